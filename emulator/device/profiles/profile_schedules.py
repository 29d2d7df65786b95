"""The profile's block of reading schedules that the meter itself holds (device dossier 3.2 b, 3.11)."""

from typing import Annotated, Literal

from msgspec import Meta

from emulator.device.profiles.profile_block import Block

ScheduleKind = Literal["daily", "weekly", "monthly", "billing"]


class Schedules(Block, frozen=True, kw_only=True):
    """Which schedules a meter takes, how many of them, and how what they read leaves the home.

    A reading is taken up to `spread_s` after midnight, each night at a moment of the meter's own.
    """

    kinds: tuple[ScheduleKind, ...] = ("daily", "weekly", "monthly", "billing")
    most: Annotated[int, Meta(ge=1, le=16)] = 4
    spread_s: Annotated[int, Meta(ge=0, le=7_200)] = 0
    by: Literal["sms", "push"] = "push"
