"""Tamper rules (functional reference 2.13): sensors of the case, what they tell and lock, and attacks on the wire.

The sensors work without mains too; a meter that is off tells when it has mains again.
"""

from typing import Final

from emulator.device.commands import Reason, SetTamperState
from emulator.device.happenings import (
    ConfigurationChanged,
    Happening,
    MalformedCommands,
    PhysicalTamper,
    SupplyLocked,
    TamperEnded,
)
from emulator.device.instant import SECOND
from emulator.device.metering import M
from emulator.device.records import Cause, MeterRecords
from emulator.device.step import Event, Moment, Refused, Step, replace
from emulator.device.supply import shut

COVERS: Final = frozenset({"terminal_cover", "meter_cover", "battery_cover"})


class CoverOpened(Event, frozen=True):
    """A cover was opened, or another sensor of the case went off: a kind of the profile's sensors."""

    kind: str


class CoverClosed(Event, frozen=True):
    """A sensor stands as it should again."""

    kind: str


class MalformedReceived(Event, frozen=True):
    """A binding took something that is no command."""


def opened(records: MeterRecords, event: CoverOpened, moment: Moment) -> Step:
    """Count and tell an opening, once until it is closed; lock the supply where that is set."""
    sensors = moment.site.sensors
    if event.kind not in sensors:
        return Refused(Reason.INVALID_VALUE, f"the case has sensors {', '.join(sensors)}")
    tamper = records.tamper
    if event.kind in tamper.open:
        return records, ()
    counted = replace(
        tamper,
        open=(*tamper.open, event.kind),
        cover_openings=tamper.cover_openings + (event.kind in COVERS),
        untold=tuple(dict.fromkeys((*tamper.untold, event.kind))),
    )
    noted = replace(records, tamper=counted)
    return tell_untold(noted, moment) if records.power.on else (noted, ())


def closed(records: MeterRecords, event: CoverClosed, _: Moment) -> Step:
    """Note that a sensor stands right again; a locked supply stays locked."""
    tamper = records.tamper
    if event.kind not in tamper.open:
        return records, ()
    left = replace(tamper, open=tuple(kind for kind in tamper.open if kind != event.kind))
    noted = replace(records, tamper=left)
    return noted, (TamperEnded(event.kind),) if records.power.on else ()


def tell_untold(records: M, moment: Moment) -> tuple[M, tuple[Happening, ...]]:
    """Tell of every sensor that went off and was not told of, and lock the supply where that is set."""
    kinds = records.tamper.untold
    if not kinds:
        return records, ()
    told = replace(records, tamper=replace(records.tamper, untold=()))
    happened: tuple[Happening, ...] = tuple(PhysicalTamper(kind) for kind in kinds)
    if not records.tamper.lock_supply or Cause.TAMPER in records.supply.causes:
        return told, happened
    locked, moved = shut(told, moment, Cause.TAMPER)
    return locked, (*happened, *moved, SupplyLocked())


def rebooted(records: M, moment: Moment) -> M:
    """Find a sensor off at a reboot that nobody touched, where a set does so (device dossier 4.6, E7)."""
    kind = moment.site.profile.quirks.tamper_at_reboot
    if not kind or kind not in moment.site.sensors or kind in records.tamper.open:
        return records
    return replace(records, tamper=replace(records.tamper, untold=(*records.tamper.untold, kind)))


def set_state(records: MeterRecords, command: SetTamperState, _: Moment) -> Step:
    """Store what the next tampering does to the supply; a lock that holds is lifted by arming alone."""
    tamper = replace(records.tamper, lock_supply=command.lock)
    return replace(records, tamper=tamper), (ConfigurationChanged("supply_tamper_state"),)


def malformed(records: MeterRecords, _: MalformedReceived, moment: Moment) -> Step:
    """Count what is malformed within a window; an unusual number of them is told once a window (4.2, 0x8F60)."""
    rules, tamper = moment.site.profile.tamper, records.tamper
    fresh = not tamper.malformed or moment.at - tamper.malformed_since >= rules.malformed_window_s * SECOND
    since, count = (moment.at, 1) if fresh else (tamper.malformed_since, tamper.malformed + 1)
    counted = replace(records, tamper=replace(tamper, malformed=count, malformed_since=since))
    return counted, (MalformedCommands(count),) if count == rules.malformed_count else ()
