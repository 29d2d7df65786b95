"""What a rule takes and gives: records, an event, the moment; new records and what happened, or a refusal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from emulator.device.commands import Reason
from emulator.device.household import Site
from emulator.device.journal import Happening
from emulator.device.records import Records

replace = msgspec.structs.replace


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal: nothing changed, for this reason; `detail` is one clause for people.

    `happened` is what the journal and the logs must know of it all the same.
    """

    reason: Reason
    detail: str = ""
    happened: tuple[Happening, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """Where and when a rule acts: the site, and true time."""

    site: Site
    at: int


Step = tuple[Records, tuple[Happening, ...]] | Refused
Rule = Callable[[Records, Any, Moment], Step]


class Event(msgspec.Struct, frozen=True):
    """Something that reaches a meter and is no command: its own timed work, or what a binding observed."""


class Due(NamedTuple):
    """When a rule next acts unasked; without an event there is only a reason to look again."""

    at: int
    event: Event | None
