"""What a meter finds in itself: faults, conditions of the current, its firmware; and its commissioning.

The faults are the world's doing: an event of it says that one is there. Installing firmware is not here; what an
installation leads to is told through the same events.
"""

from typing import Literal, get_args

from emulator.device import clock, tamper
from emulator.device.commands import Commission, Reason, SetClock
from emulator.device.happenings import (
    Commissioned,
    CurrentCondition,
    FirmwareChanged,
    FirmwareChecked,
    Happening,
    MeterError,
)
from emulator.device.records import MeterRecords
from emulator.device.step import Event, Moment, Refused, Step, replace

Fault = Literal[
    "measurement",
    "metrology_firmware",
    "non_volatile_memory",
    "program_execution",
    "program_storage",
    "ram",
    "unexpected_reset",
    "watchdog",
]
FAULTS: tuple[str, ...] = get_args(Fault)
VERDICTS = ("ok", "failed", "failed_at_power_on")
CONDITIONS = ("over_current", "power_factor", "polarity", "reverse_current")


class FaultFound(Event, frozen=True):
    """The meter's self-test finds a fault; a kind of FAULTS."""

    kind: str


class CurrentNoticed(Event, frozen=True):
    """The current is as a kind of CONDITIONS says."""

    kind: str


class FirmwareTested(Event, frozen=True):
    """Firmware was verified, or was not, at power-on or after it was received."""

    kind: str


class FirmwareRuns(Event, frozen=True):
    """Another firmware version runs from now on."""

    version: str


def find_fault(records: MeterRecords, event: FaultFound, _: Moment) -> Step:
    """Tell of a fault; the meter goes on."""
    return _told(records, event.kind, FAULTS, MeterError(event.kind))


def notice_current(records: MeterRecords, event: CurrentNoticed, _: Moment) -> Step:
    """Tell of a condition of the current."""
    return _told(records, event.kind, CONDITIONS, CurrentCondition(event.kind))


def verify_firmware(records: MeterRecords, event: FirmwareTested, _: Moment) -> Step:
    """Tell what the verification of firmware gave; the old one runs on where it failed (functional reference 9)."""
    return _told(records, event.kind, VERDICTS, FirmwareChecked(event.kind))


def _told(records: MeterRecords, kind: str, known: tuple[str, ...], what: Happening) -> Step:
    if kind not in known:
        return Refused(Reason.INVALID_VALUE, f"nothing is called {kind!r}; there are {', '.join(known)}")
    return records, (what,)


def run_firmware(records: MeterRecords, event: FirmwareRuns, moment: Moment) -> Step:
    """Take up another version; nothing else changes (functional reference 9)."""
    changed = tamper.rebooted(replace(records, firmware=event.version), moment)
    seen, more = tamper.tell_untold(changed, moment)
    return seen, (FirmwareChanged(event.version), *more)


def commission(records: MeterRecords, command: Commission, moment: Moment) -> Step:
    """Set the clock and tell that the device was commissioned (functional reference 8.1, step 4)."""
    step = clock.set_clock(records, SetClock(command.to, command.tolerance_s), moment)
    if isinstance(step, Refused):
        return step
    adjusted, happened = step
    return adjusted, (*happened, Commissioned())
