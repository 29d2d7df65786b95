"""Clock rules (functional reference 1.3): the device clock is true time plus an offset; a command moves the offset."""

from emulator.device.calendar import DayProfile, Switch, SwitchingTable, rate_at
from emulator.device.commands import AlignClock, ApplyPresetClock, PresetClock, Reason, SetClock, ShiftClock
from emulator.device.happenings import ClockAdjusted, ClockInvalidated, ClockNotAdjusted, ClockPreset
from emulator.device.household import Site
from emulator.device.instant import HOUR, LAST, SECOND
from emulator.device.metering import M, begin_run
from emulator.device.records import MeterRecords, Preset
from emulator.device.step import Due, Event, Moment, Refused, Step, replace

# A device clock outside these years is a broken command, and the load function has no shape for it.
_EARLIEST = 1_104_537_600_000  # 2005-01-01
_LATEST = 2_840_140_800_000  # 2060-01-01
_OUT_OF_RANGE = Refused(Reason.INVALID_VALUE, "the clock runs from 2005 to 2059")
MAX_SHIFT_S = 900  # IEC 62056-6-2, clock, shift_time
MAX_DRIFT_PPM = 500
_MILLION = 1_000_000
# A step begins a run, and 1,024 runs must hold the 13 months of the profile log: 395 days of 10 hours are 948.
_LEAST_STRAY = 10 * HOUR


class ClockDrifts(Event, frozen=True):
    """The clock runs fast (or slow, below zero) from now on, by so many millionths."""

    ppm: int


class StrayDue(Event, frozen=True):
    """The clock has strayed far enough for a step."""


class ClockLost(Event, frozen=True):
    """The clock loses its time; from now on it is not to be trusted (device dossier 4.4, D3)."""


class ClockSynchronised(Event, frozen=True):
    """The hub gives the meter the time, however far off its clock is."""


def device_time(records: MeterRecords, at: int) -> int:
    """Give what the device clock shows at a true instant."""
    return at + records.clock.offset_ms


def set_clock(records: MeterRecords, command: SetClock, moment: Moment) -> Step:
    """Accept within the smaller of the command's and the profile's tolerance; else log that it was not adjusted."""
    if not _EARLIEST <= command.to < _LATEST:
        return _OUT_OF_RANGE
    by_ms = command.to - device_time(records, moment.at)
    limit_s = moment.site.profile.clock.set_tolerance_s
    for tolerance_s in (command.tolerance_s, limit_s or None):
        if tolerance_s is not None and abs(by_ms) > tolerance_s * SECOND:
            return Refused(Reason.INVALID_VALUE, f"the clock is off by {by_ms} ms", (ClockNotAdjusted(by_ms),))
    return _move(records, moment, by_ms)


def shift_clock(records: MeterRecords, command: ShiftClock, moment: Moment) -> Step:
    """Move the clock by at most 900 s either way."""
    if abs(command.by_s) > MAX_SHIFT_S:
        return Refused(Reason.INVALID_VALUE, f"a shift is at most {MAX_SHIFT_S} s")
    return _move(records, moment, command.by_s * SECOND)


def align_clock(records: MeterRecords, command: AlignClock, moment: Moment) -> Step:
    """Set the clock to the nearest multiple of the period; half way goes forward."""
    if not 1 <= command.period_s <= 86_400:
        return Refused(Reason.INVALID_VALUE, "a period is 1 to 86400 s")
    period = command.period_s * SECOND
    shown = device_time(records, moment.at)
    return _move(records, moment, (shown + period // 2) // period * period - shown)


def preset_clock(records: MeterRecords, command: PresetClock, _: Moment) -> Step:
    """Hold a time ready."""
    if not (_EARLIEST <= command.to < _LATEST and 0 <= command.valid_from <= command.valid_until <= LAST):
        return Refused(Reason.INVALID_VALUE, "a preset time needs a date and a validity interval in order")
    preset = Preset(command.to, command.valid_from, command.valid_until)
    return replace(records, clock=replace(records.clock, preset=preset)), (ClockPreset(command.to),)


def apply_preset_clock(records: MeterRecords, _: ApplyPresetClock, moment: Moment) -> Step:
    """Take the preset time over, once, inside its validity interval."""
    preset = records.clock.preset
    shown = device_time(records, moment.at)
    if preset is None or not preset.valid_from <= shown <= preset.valid_until:
        return Refused(Reason.CONFLICT_STATE, "no preset time is valid now")
    return _move(records, moment, preset.to - shown)


def due(_: Site, records: MeterRecords, now: int) -> Due | None:
    """Say when a clock that strays is next bent: once it is off by a second more, and not every hour."""
    clock = records.clock
    if not clock.drift_ppm:
        return None
    return Due(max(now, clock.bent_at + _step_ms(clock.drift_ppm)), StrayDue())


def _step_ms(ppm: int) -> int:
    return max(_LEAST_STRAY, SECOND * _MILLION // abs(ppm))


def drift(records: MeterRecords, event: ClockDrifts, moment: Moment) -> Step:
    """Let the clock run fast or slow from now on."""
    if abs(event.ppm) > MAX_DRIFT_PPM:
        return Refused(Reason.INVALID_VALUE, f"a clock strays by at most {MAX_DRIFT_PPM} ppm")
    return replace(records, clock=replace(records.clock, drift_ppm=event.ppm, bent_at=moment.at)), ()


def stray(records: MeterRecords, _: StrayDue, moment: Moment) -> Step:
    """Bend the clock by what it strayed since the last step: nothing a device would know of, so nothing is told."""
    clock = records.clock
    size = (moment.at - clock.bent_at) * abs(clock.drift_ppm) // _MILLION
    offset = clock.offset_ms + (size if clock.drift_ppm > 0 else -size)
    bent = replace(records, clock=replace(clock, offset_ms=offset, bent_at=moment.at))
    return begin_run(moment.site, bent, moment.at, clock_offset_ms=offset, strayed=True), ()


def lose_time(records: MeterRecords, _: ClockLost, moment: Moment) -> Step:
    """Go on without knowing the time."""
    if not records.clock.valid:
        return records, ()
    return without_time(records, moment), (ClockInvalidated(),)


def without_time(records: M, moment: Moment) -> M:
    """Freeze the tariff on the rate that counts, until the clock is set: the rest asks whether the clock is valid."""
    table = records.tariff.tables[-1]
    rate = rate_at(table, moment.at + records.clock.offset_ms)
    lost = replace(records, clock=replace(records.clock, valid=False), aside=replace(records.aside, table=table))
    return begin_run(moment.site, lost, moment.at, table=frozen(table, rate), timeless=True)


def frozen(table: SwitchingTable, rate: int) -> SwitchingTable:
    """Give a switching table by which one rate counts at all times, under its name."""
    return SwitchingTable(name=table.name, days=(DayProfile(1, (Switch(0, rate),)),))


def synchronise(records: MeterRecords, _: ClockSynchronised, moment: Moment) -> Step:
    """Take the hub's time, which is right."""
    return _move(records, moment, -records.clock.offset_ms)


def _move(records: MeterRecords, moment: Moment, by_ms: int) -> Step:
    offset = records.clock.offset_ms + by_ms
    if not _EARLIEST <= moment.at + offset < _LATEST:
        return _OUT_OF_RANGE
    clock = replace(records.clock, offset_ms=offset, preset=None, bent_at=moment.at, valid=True)
    moved = replace(records, clock=clock, aside=replace(records.aside, table=None))
    table = records.aside.table
    run = begin_run(moment.site, moved, moment.at, clock_offset_ms=offset, table=table, timeless=False)
    return run, (ClockAdjusted(by_ms),)
