"""Metering: registers as functions of an instant, over the runs of a meter. Nothing here changes a record.

A reading costs a binary search over the runs and one or two evaluations of the load function, whatever the time
since the last; logs of readings are vectors of the same function, so register and profile cannot disagree.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from emulator.device.calendar import SwitchingTable, billing_moments, only_rate, switches
from emulator.device.gas.open_end import OpenEnded, load_of
from emulator.device.household import Channel, Site
from emulator.device.instant import DAY, HALF_HOUR, MINUTE
from emulator.device.load.recorded import Consumption
from emulator.device.records import MeterRecords, Registers, Run

Instants = NDArray[np.int64]
M = TypeVar("M", bound=MeterRecords)

MAX_RUNS = 1024
MAX_TABLES = 64
LONGEST_PERIOD = {"quarterly": 92, "six-monthly": 184, "yearly": 366}  # days; the others at most 31
_NEVER = 1 << 62
_FIELDS = ("import_mwh", "export_mwh", "reactive_import_mvarh", "reactive_export_mvarh", "volume_ml")


def run_at(runs: tuple[Run, ...], at: int) -> Run:
    """Give the run that holds at an instant; before the first one, the first."""
    return runs[max(0, bisect_right(runs, at, key=lambda run: run.since) - 1)]


def total_at(site: Site, runs: tuple[Run, ...], channel: Channel, at: int) -> int:
    """Read a total register at an instant, in milliwatt-hours (or millivar-hours)."""
    run = run_at(runs, at)
    base: int = getattr(run.base, _FIELDS[channel])
    if not run.supplied or at <= run.since:
        return base
    load = load_of(site, run, channel)
    return base + load.energy_mwh(at) - load.energy_mwh(run.since)


def totals_at(site: Site, runs: tuple[Run, ...], channel: Channel, at: Instants) -> Instants:
    """Read a total register at many instants, in milliwatt-hours."""
    load = site.load(channel)
    since = np.array([run.since for run in runs], dtype=np.int64)
    supplied = np.array([run.supplied for run in runs], dtype=np.int64)
    base = np.array([getattr(run.base, _FIELDS[channel]) for run in runs], dtype=np.int64)
    at = np.maximum(at, since[0])
    held = np.searchsorted(since, at, side="right") - 1
    values: Instants = (base - supplied * load.energies_mwh(since))[held] + supplied[held] * load.energies_mwh(at)
    for place, run in enumerate(runs if channel is Channel.GAS else ()):
        if run.open_ml_h and run.supplied:
            ended, here = load_of(site, run, channel), held == place
            values[here] = base[place] - ended.energy_mwh(run.since) + ended.energies_mwh(at[here])
    return values


def tou_between(
    load: Consumption | OpenEnded, table: SwitchingTable, offset_ms: int, start: int, end: int, count: int
) -> list[int]:
    """Split the energy of an interval on the TOU registers of a table, in milliwatt-hours."""
    split = [0] * count
    if end <= start:
        return split
    only = only_rate(table)
    if only is not None:
        split[only - 1] = load.energy_mwh(end) - load.energy_mwh(start)
        return split
    moments, rates = switches(table, start + offset_ms, end + offset_ms)
    edges = np.append(moments - offset_ms, end)
    energies = np.diff(load.energies_mwh(edges))
    sums = np.zeros(count + 1, dtype=np.int64)
    np.add.at(sums, rates, energies)
    return [int(value) for value in sums[1:]]


def registers_at(site: Site, records: MeterRecords, at: int) -> Registers:
    """Read every register at one instant."""
    run = run_at(records.runs, at)
    if not run.supplied or at <= run.since:
        return run.base
    table = records.tariff.tables[run.table]
    count = site.metering.tou_registers
    more = tou_between(load_of(site, run, site.counted), table, run.clock_offset_ms, run.since, at, count)
    had = run.base.tou or (0,) * count
    return Registers(
        **{_FIELDS[channel]: total_at(site, records.runs, channel, at) for channel in site.channels},
        tou=tuple(old + new for old, new in zip(had, more, strict=True)),
    )


def registers_at_each(site: Site, records: MeterRecords, instants: list[int]) -> list[Registers]:
    """Read every register at rising instants, each from the one before."""
    readings: list[Registers] = []
    stepped = records
    for at in instants:
        readings.append(registers_at(site, stepped, at))
        # A reading is as good a base as any: the next one then spans days instead of years.
        run = run_at(stepped.runs, at)
        if run.supplied and at > run.since:
            index = stepped.runs.index(run)
            nearer = msgspec.structs.replace(run, since=at, base=readings[-1])
            runs = (*stepped.runs[:index], nearer, *stepped.runs[index + 1 :])
            stepped = msgspec.structs.replace(stepped, runs=runs)
    return readings


def begin_run(
    site: Site,
    records: M,
    at: int,
    *,
    supplied: bool | None = None,
    clock_offset_ms: int | None = None,
    table: SwitchingTable | None = None,
    open_end: tuple[int, int] | None = None,
    strayed: bool = False,
    timeless: bool | None = None,
    base: Registers | None = None,
) -> M:
    """Close the current run at an instant and begin the next; what is None stays as it is.

    Where nothing changes the run goes on: a clock set right every hour must not use up the bound on runs.
    """
    last = records.runs[-1]
    tables = records.tariff.tables
    if table is not None and table != tables[-1]:
        tables = (*tables, table)
    elif (
        supplied in {None, last.supplied}
        and clock_offset_ms in {None, last.clock_offset_ms}
        and timeless in {None, last.timeless}
        and open_end is None
        and base is None
    ):
        return records
    run = Run(
        since=at,
        supplied=last.supplied if supplied is None else supplied,
        clock_offset_ms=last.clock_offset_ms if clock_offset_ms is None else clock_offset_ms,
        table=len(tables) - 1,
        base=registers_at(site, records, at) if base is None else base,
        open_ml_h=last.open_ml_h if open_end is None else open_end[0],
        open_until=last.open_until if open_end is None else open_end[1],
        strayed=strayed,
        timeless=last.timeless if timeless is None else timeless,
    )
    kept = records.runs if at > last.since else records.runs[:-1]
    tariff = msgspec.structs.replace(records.tariff, tables=tables)
    return _bounded(msgspec.structs.replace(records, runs=(*kept, run), tariff=tariff))


def _bounded(records: M) -> M:
    """Forget the oldest runs beyond the bounds: the logs then begin later, the registers lose nothing."""
    runs, tables = records.runs, records.tariff.tables
    if len(runs) <= MAX_RUNS and len(tables) <= MAX_TABLES:
        return records
    runs = runs[-MAX_RUNS:]
    first = max(runs[0].table, len(tables) - MAX_TABLES)
    if first:
        runs = tuple(msgspec.structs.replace(run, table=run.table - first) for run in runs if run.table >= first)
    tariff = msgspec.structs.replace(records.tariff, tables=tables[first:])
    return msgspec.structs.replace(records, runs=runs, tariff=tariff)


@dataclass(frozen=True, slots=True)
class Stamps:
    """Moments at which a log took an entry: by the device clock, and in true time."""

    device: Instants
    true: Instants


def stamps(records: MeterRecords, now: int, period: int, count: int) -> Stamps:
    """Give the last `count` moments, up to now, at which the device clock passed a multiple of a period.

    A clock set forward skips moments, a clock set back repeats them, as the log of a real meter would.
    """
    device: list[Instants] = []
    true: list[Instants] = []
    left, until = count, now
    for run in reversed(records.runs):
        if left <= 0:
            break
        last = (until + run.clock_offset_ms) // period
        first = (run.since + run.clock_offset_ms) // period
        taken = min(last - first, left)
        moments = np.arange(last - taken + 1, last + 1, dtype=np.int64) * period
        device.append(moments)
        true.append(moments - run.clock_offset_ms)
        left, until = left - max(taken, 0), run.since
    if not device:
        empty = np.empty(0, dtype=np.int64)
        return Stamps(empty, empty)
    return Stamps(np.concatenate(device[::-1]), np.concatenate(true[::-1]))


def stamp_count(records: MeterRecords, now: int, period: int, capacity: int) -> int:
    """Count the entries a periodic log holds, without making them."""
    found, until = 0, now
    for run in reversed(records.runs):
        offset = run.clock_offset_ms
        found += max(0, (until + offset) // period - (run.since + offset) // period)
        until = run.since
        if found >= capacity:
            return capacity
    return found


def midnights(records: MeterRecords, now: int, count: int) -> Stamps:
    """Give the last `count` daily reads; a day wholly without power has none (2.9, semantics 2)."""
    outages = list(records.power.outages)
    if not records.power.on:
        outages.append((records.power.since, now))
    taken = stamps(records, now, DAY, count + sum((until - since) // DAY for since, until in outages))
    dark = np.zeros(len(taken.true), dtype=np.bool_)
    for since, until in outages:
        dark |= (taken.true - DAY >= since) & (taken.true <= until)
    kept = np.flatnonzero(~dark)[-count:]
    return Stamps(taken.device[kept], taken.true[kept])


@dataclass(frozen=True, slots=True)
class Intervals:
    """Half hours of the profile log, oldest first: the device clock's stamp at the end, true end and true beginning."""

    device: Instants
    true: Instants
    before: Instants

    def chosen(self, places: NDArray[np.int64]) -> "Intervals":
        """Give some of them."""
        return Intervals(self.device[places], self.true[places], self.before[places])


def intervals(records: MeterRecords, now: int, count: int) -> Intervals:
    """Give the last `count` half hours; the first of all begins with the first run, a set clock bends one."""
    ends = stamps(records, now, HALF_HOUR, count + 1)
    skip = len(ends.true) - count
    if skip > 0:
        return Intervals(ends.device[skip:], ends.true[skip:], ends.true[skip - 1 : -1])
    start = np.array([records.runs[0].since], dtype=np.int64)
    return Intervals(ends.device, ends.true, np.concatenate([start, ends.true[:-1]])[: len(ends.true)])


def interval_energies(site: Site, records: MeterRecords, channel: Channel, held: Intervals) -> Instants:
    """Give the energy of each half hour in Wh.

    A register counts whole watt-hours, so an interval is the difference of two whole readings: the sum of the
    profile equals the movement of the register. Of the half hour in which registers began anew at zero there is what
    they hold at its end.
    """
    ends = totals_at(site, records.runs, channel, held.true) // 1000
    starts = totals_at(site, records.runs, channel, held.before) // 1000
    energies: Instants = np.where(ends < starts, ends, ends - starts)
    return energies


def interval_statuses(records: MeterRecords, held: Intervals) -> NDArray[np.uint8]:
    """Give the status of each half hour: 0x01 the supply was off in it, 0x20 the clock was set in it (*assumed*)."""
    statuses = np.zeros(len(held.true), dtype=np.uint8)
    for index, run in enumerate(records.runs):
        first = np.searchsorted(held.true, run.since, side="right")
        if not run.supplied:
            last = index + 1 == len(records.runs)
            until = len(statuses) if last else np.searchsorted(held.before, records.runs[index + 1].since, side="left")
            statuses[first:until] |= 0x01
        if index and not run.strayed and run.clock_offset_ms != records.runs[index - 1].clock_offset_ms:
            statuses[first : np.searchsorted(held.before, run.since, side="right")] |= 0x20
    return statuses


def billing_ends(records: MeterRecords, since: int, until: int) -> list[int]:
    """Give the true instants in (since, until] at which the present billing calendar ended a period, oldest first."""
    billing, ends = records.billing, []
    since = max(since, billing.since)
    first = max(0, bisect_right(records.runs, since, key=lambda run: run.since) - 1)
    for index in range(first, len(records.runs)):
        run = records.runs[index]
        last = records.runs[index + 1].since if index + 1 < len(records.runs) else until
        start, end = max(since, run.since), min(last, until)
        if end > start and not run.timeless:
            offset = run.clock_offset_ms
            ends += [at - offset for at in billing_moments(billing.calendar, start + offset, end + offset)]
    return ends


def snapshot_moments(site: Site, records: MeterRecords, now: int) -> list[int]:
    """Give the true instants of the billing snapshots that the log still holds, oldest first."""
    kept = site.metering.billing_entries
    longest = LONGEST_PERIOD.get(records.billing.calendar.period, 31) * DAY
    ends = billing_ends(records, now - (kept + 1) * longest, now)
    held = [at for at in sorted([*records.billing.snapshots, *ends]) if at >= records.runs[0].since]
    return held[-kept:]


class RunningTotal:
    """A total register read at rising instants: one evaluation of the load a minute, arithmetic in between."""

    __slots__ = ("_base", "_delta", "_end", "_floor", "_load", "_opening", "_start", "_supplied_since")

    def __init__(self, site: Site, run: Run, channel: Channel) -> None:
        self._load = load_of(site, run, channel)
        self._opening: int = getattr(run.base, _FIELDS[channel])
        self._base, self._supplied_since = self._opening, _NEVER
        if run.supplied:
            self._base -= self._load.energy_mwh(run.since)
            self._supplied_since = run.since
        self._start = self._end = self._floor = self._delta = 0

    def read(self, at: int) -> int:
        """Give the register at an instant, in milliwatt-hours."""
        if not self._start <= at < self._end:
            # Nothing is counted while the switch is open, nor before the meter is installed.
            if at < self._supplied_since:
                return self._opening
            minute = self._load.segment(at)
            self._start, self._end = minute.start, minute.end
            self._floor = self._base + minute.start_mwh
            self._delta = minute.end_mwh - minute.start_mwh
        return self._floor + self._delta * (at - self._start) // MINUTE

    def power_mw(self, at: int) -> int:
        """Give the power over the minute that holds an instant, in milliwatts."""
        self.read(at)
        return self._delta * 60
