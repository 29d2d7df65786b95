"""What a rule takes and gives: records, an event, the moment; new records and what happened, or a refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from emulator.device.commands import NOBODY, Reason, Sender
from emulator.device.happenings import Happening
from emulator.device.household import Site

replace = msgspec.structs.replace


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal: nothing changed, for this reason; `detail` is one clause for people.

    `happened` is what the journal and the logs must know of it all the same, and `records` what must be remembered of
    it (a wrong top-up code counts): None is nothing.
    """

    reason: Reason
    detail: str = ""
    happened: tuple[Happening, ...] = ()
    records: Any = None


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when a rule acts: the site, true time, and who asked (nobody for the meter's own work)."""

    site: Site
    at: int
    sender: Sender = NOBODY


Step = tuple[Any, tuple[Happening, ...]] | Refused
Rule = Callable[[Any, Any, Moment], Step]


class Event(msgspec.Struct, frozen=True):
    """Something that reaches a meter and is no command: its own timed work, or what a binding observed."""


class Due(NamedTuple):
    """When a rule next acts unasked; without an event there is only a reason to look again."""

    at: int
    event: Event | None
