"""The profile's block of alerts: which events a make tells of unasked, under which codes, and which it only logs."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from emulator.device.profiles.profile_block import Block

EventName = Annotated[str, Meta(pattern=r"^[A-Z][A-Za-z]+(\.[a-z_0-9]+)?$")]
"""A happening by its class, or by class and kind: `LowBattery`, `TopUpRejected.duplicate`."""

Code = Annotated[int, Meta(ge=0, le=0xFFFF)]
Log = Literal["event", "security", "none"]


class Alerts(Block, frozen=True, kw_only=True):
    """What a make alerts (functional reference 4, annex H alert_set). SMETS1 lets no supplier configure it.

    `set` is the 13 mandated alerts, or all that the event table calls one; `optional` adds those that are a maker's
    choice; `push` and `log_only` add and take away single events. `codes` and `logs` say where a make differs from
    the event table. An event in `duplicates` is sent twice; one in `latches` not again within `latch_s`.
    `configurable` is what the make's own head end can choose, whatever the 37 services lack: nothing, some, or each.
    """

    set: Literal["mandated", "all"] = "mandated"
    optional: bool = False
    codes: dict[EventName, Code] = msgspec.field(default_factory=dict)
    logs: dict[EventName, Log] = msgspec.field(default_factory=dict)
    push: tuple[EventName, ...] = ()
    log_only: tuple[EventName, ...] = ()
    duplicates: tuple[EventName, ...] = ()
    latches: tuple[EventName, ...] = ()
    latch_s: Annotated[int, Meta(ge=0, le=2_678_400)] = 0
    configurable: Literal["none", "some", "each"] = "none"


ASSUMED = Alerts(
    provenance="assumed",
    source="functional reference, annex H: alert_set of the 13 mandated alerts",
    basis="by us",
)
