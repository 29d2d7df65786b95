"""The faults of one home: planned, in force, over. A device of its own among the home's, always awake.

What is in force is a function of the instant: each has a start and may have a stop, and nothing ticks between them.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from emulator.device.commands import Reason
from emulator.device.device import NEVER, Device, Kind
from emulator.device.faults.catalogue import BY_NAME
from emulator.device.faults.fault import device_of, nothing
from emulator.device.happenings import FaultStarted, FaultStopped, Given, Happening
from emulator.device.household import Site
from emulator.device.journal import DeviceName, Journal
from emulator.device.step import Due, Event, Moment, Refused, Rule, Step, replace

R = TypeVar("R")
MOST = 100
"""How many faults a home holds at once; further ones are refused."""


class Planned(msgspec.Struct, frozen=True):
    """One fault of this home: its number (the farm's), its name, where it was put in, and from when until when."""

    number: int
    name: str
    on: str
    given: Given
    starts_at: int
    stops_at: int | None = None
    in_force: bool = False


class HomeFaults(msgspec.Struct, frozen=True):
    """All faults that are planned or in force; `seen` is the highest number this home was ever told of."""

    seen: int = 0
    planned: tuple[Planned, ...] = ()


class FaultPlanned(Event, frozen=True):
    """Somebody puts a fault in, from an instant until another (None: until it is cleared)."""

    number: int
    name: str
    on: str
    given: Given
    starts_at: int
    stops_at: int | None = None


class FaultPassedBy(Event, frozen=True):
    """A fault that the farm drew does not befall this home."""

    number: int


class FaultCleared(Event, frozen=True):
    """Somebody takes a fault out again, whether it has begun or not; 0 is all of them."""

    number: int = 0


class FaultDue(Event, frozen=True):
    """Some fault starts or stops now."""


def plan(records: HomeFaults, event: FaultPlanned, _: Moment) -> Step:
    """Remember a fault; one that is too many does not befall the home, and is remembered as seen."""
    seen = replace(records, seen=max(records.seen, event.number))
    if len(records.planned) >= MOST:
        return Refused(Reason.LIMIT_EXCEEDED, f"{MOST} faults stand in this home already", records=seen)
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return replace(seen, planned=(*records.planned, Planned(**fields))), ()


def pass_by(records: HomeFaults, event: FaultPassedBy, _: Moment) -> Step:
    """Remember that a fault was considered."""
    return replace(records, seen=max(records.seen, event.number)), ()


def clear(records: HomeFaults, event: FaultCleared, _: Moment) -> Step:
    """Stop a fault, or all of them."""
    gone = [one for one in records.planned if event.number in {0, one.number}]
    kept = tuple(one for one in records.planned if one not in gone)
    return replace(records, planned=kept), tuple(_stopped(one, kept) for one in gone if one.in_force)


def act(records: HomeFaults, _: FaultDue, moment: Moment) -> Step:
    """Stop what ends now, start what begins now. A fault that began and ended while nobody looked does both."""
    told: list[Happening] = []
    kept: list[Planned] = []
    over: list[Planned] = []
    for one in records.planned:
        if not one.in_force and one.starts_at <= moment.at:
            one = replace(one, in_force=True)  # noqa: PLW2901 (the same fault, a moment later)
            told.append(FaultStarted(one.number, one.name, one.on, one.given))
        if one.in_force and one.stops_at is not None and one.stops_at <= moment.at:
            over.append(one)
        else:
            kept.append(one)
    return replace(records, planned=tuple(kept)), (*told, *(_stopped(one, kept) for one in over))


def due(_: Site, records: HomeFaults, now: int) -> Due | None:
    """Say when a fault next starts or stops."""
    moments = [
        one.starts_at if not one.in_force else one.stops_at
        for one in records.planned
        if one.stops_at or not one.in_force
    ]
    at = min((moment for moment in moments if moment is not None), default=NEVER)
    return None if at == NEVER else Due(max(now, at), FaultDue())


def _stopped(one: Planned, kept: Sequence[Planned]) -> FaultStopped:
    remains = any(other.in_force and _ended(other) == _ended(one) for other in kept)
    return FaultStopped(one.number, one.name, one.on, one.given, remains)


def _ended(one: Planned) -> tuple[object, str]:
    """Say what the stop of a fault ends, and at which device: two faults may hold the same."""
    fault = BY_NAME.get(one.name)
    if fault is None:
        return one.name, one.on
    return one.name if fault.ends is nothing else fault.ends, device_of(fault, one.on)


def _kept(records: R, _: tuple[Happening, ...], __: Moment) -> R:
    return records


HOME_RULES: dict[type, tuple[Rule, ...]] = {
    FaultPlanned: (plan,),
    FaultPassedBy: (pass_by,),
    FaultCleared: (clear,),
    FaultDue: (act,),
}

HOME = Kind(
    name=DeviceName.HOME,
    records=HomeFaults,
    delivered=lambda _: HomeFaults(),
    rules=HOME_RULES,
    unasked=(due,),
    log=_kept,
    check=lambda *_: None,
    awake=lambda _: True,
)


class FaultyHome(Device[HomeFaults]):
    """The home as a place where faults are put in."""

    __slots__ = ()

    def __init__(self, site: Site, now: int, state: bytes | None = None, journal: Journal | None = None) -> None:
        super().__init__(HOME, site, now, state, journal)

    @property
    def in_force(self) -> tuple[Planned, ...]:
        """The faults in force, in the order in which they were put in."""
        return tuple(one for one in self.records.planned if one.in_force)
