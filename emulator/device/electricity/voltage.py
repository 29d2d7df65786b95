"""Voltage quality (functional reference 2.12): averages of measurement periods, and excursions beyond thresholds.

Nothing is sampled: the voltage is a function of the instant (`mains.py`) with disturbances and outages laid over it, so
the log of averages is a closed form, and the next excursion is found by a search with bounded look-ahead.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emulator.device.commands import Reason, ResetVoltageCounters, WriteVoltageSettings
from emulator.device.electricity import mains
from emulator.device.electricity.voltage_records import Disturbance, Limit, VoltageSettings
from emulator.device.happenings import ConfigurationChanged, CounterReset, VoltageExcursion
from emulator.device.household import Site
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.metering import stamps
from emulator.device.records import Records
from emulator.device.splitmix import stream
from emulator.device.step import Due, Event, Moment, Refused, Step, replace

MOST_DV: Final = 10_000
MAX_PERIOD_S: Final = 86_400
LEAST_AVERAGE_S: Final = 30
MOST_DISTURBED_S: Final = 31 * DAY // SECOND
DISTURBANCES_KEPT: Final = 128
_LOOKS_AHEAD = (2 * HOUR, 7 * DAY)
_CHUNK_MS = 200_000 * MINUTE
_NEVER = 1 << 62


class MainsDisturbed(Event, frozen=True):
    """The network holds another voltage from now on, for some seconds; what it did before ends now."""

    voltage_dv: int
    for_s: int


class ExcursionDue(Event, frozen=True):
    """A stretch beyond a threshold has lasted its period, or an average is beyond one."""


class Averages(NamedTuple):
    """Average voltages, oldest first: the device clock's time and true time at the end of each period, and the mean."""

    device: NDArray[np.int64]
    true: NDArray[np.int64]
    voltages_dv: NDArray[np.int64]


def key_of(site: Site) -> int:
    """Give the key of a site's mains."""
    return stream(site.key, "MAINS")


def laid_over(records: Records) -> list[mains.Laid]:
    """Give the stretches in which the voltage is another than the network's own: disturbances, then no mains at all."""
    stretches = [(each.since, each.until, each.voltage_dv) for each in records.voltage.disturbances]
    stretches += [(since, until, 0) for since, until in records.power.outages]
    if not records.power.on:
        stretches.append((records.power.since, _NEVER, 0))
    return stretches


def voltage_dv(site: Site, records: Records, at: int) -> int:
    """Give the voltage at the terminals at an instant; 0 without mains."""
    held = [voltage for since, until, voltage in laid_over(records) if since <= at < until]
    return held[-1] if held else mains.voltage_dv(key_of(site), at)


def log(site: Site, records: Records, now: int, count: int | None = None) -> Averages:
    """Give the last entries of the Average RMS Voltage Profile Data Log; without mains a period has none."""
    if not site.profile.voltage.averages:
        none = np.empty(0, dtype=np.int64)
        return Averages(none, none, none)
    period, entries = records.voltage.settings.average_period_s * SECOND, site.profile.voltage.log_entries
    kept = entries if count is None else min(count, entries)
    dark = sum((until - since) // period for since, until in records.power.outages)
    device, edges = _periods(records, now, kept + dark)
    key, laid, step = key_of(site), laid_over(records), max(1, _CHUNK_MS // period)
    parts = [mains.averages_dv(key, edges[at : at + step + 1], laid) for at in range(0, len(device), step)]
    voltages = np.concatenate([np.empty(0, dtype=np.int64), *parts])
    lit = np.flatnonzero(voltages)[-kept:]
    return Averages(device[lit], edges[1:][lit], voltages[lit])


def _periods(records: Records, now: int, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the ends of the last `count` measurement periods by the device clock, and their borders in true time."""
    since = max(records.voltage.log_since, records.runs[0].since)
    taken = stamps(records, now, records.voltage.settings.average_period_s * SECOND, count + 1)
    inside = taken.true > since
    device, true = taken.device[inside], taken.true[inside]
    if len(true) > count:
        return device[1:], true
    return device, np.concatenate([[since], true])


# What is due.


def due(site: Site, records: Records, now: int) -> Due | None:
    """Say when voltage monitoring next has something to tell.

    Where no threshold lies within what the site's mains ever do, only a disturbance can pass one.
    """
    settings, watched = records.voltage.settings, records.voltage
    longest = max(limit.period_s for limit, _ in _limits(settings).values()) * SECOND
    ends = _NEVER
    if not possible(site, settings):
        after = max(longest, settings.average_period_s * SECOND) + MINUTE
        ends = max((each.until + after for each in watched.disturbances), default=0)
        if ends <= now:
            return None
    for ahead in _LOOKS_AHEAD:
        horizon = min(now + ahead, ends)
        found = min((at for at, _ in _found(site, records, now, horizon)), default=None)
        if found is not None:
            return Due(found, ExcursionDue())
        if horizon == ends:
            return None
    # A stretch across the horizon is found by looking again a period before it.
    return Due(now + _LOOKS_AHEAD[-1] - MAX_PERIOD_S * SECOND - MINUTE, None)


def possible(site: Site, settings: VoltageSettings) -> bool:
    """Say whether the mains of a site can pass a threshold without a disturbance."""
    least, greatest = mains.bounds_dv(key_of(site))
    highest = min(settings.extreme_over.threshold_dv, settings.swell.threshold_dv)
    lowest = max(settings.extreme_under.threshold_dv, settings.sag.threshold_dv)
    if site.profile.voltage.averages:
        highest, lowest = min(highest, settings.average_over_dv), max(lowest, settings.average_under_dv)
    return greatest > highest or least < lowest


def _limits(settings: VoltageSettings) -> dict[str, tuple[Limit, bool]]:
    """Give each limit, and whether the voltage must stand above it."""
    return {
        "extreme_over": (settings.extreme_over, True),
        "extreme_under": (settings.extreme_under, False),
        "sag": (settings.sag, False),
        "swell": (settings.swell, True),
    }


def _found(site: Site, records: Records, now: int, horizon: int) -> Iterator[tuple[int, VoltageExcursion]]:
    """Find what is to be told from now until a horizon, each with its instant."""
    yield from _stretches(site, records, now, horizon)
    yield from _means(site, records, now, horizon)


def _stretches(site: Site, records: Records, now: int, horizon: int) -> Iterator[tuple[int, VoltageExcursion]]:
    """Find stretches beyond a threshold that last longer than its period."""
    limits, watched = _limits(records.voltage.settings), records.voltage
    longest = max(limit.period_s for limit, _ in limits.values()) * SECOND
    # A stretch that began longer ago has been told of or is over.
    start = max(watched.watching_since, now - longest - MINUTE)
    held = mains.curve(key_of(site), start, max(horizon, now) + 1, laid_over(records))
    for kind, (limit, over) in limits.items():
        beyond = (held.values_dv > limit.threshold_dv) if over else (held.values_dv < limit.threshold_dv)
        borders = np.flatnonzero(np.diff(np.concatenate(([False], beyond & (held.values_dv > 0), [False]))))
        for begin, end in zip(borders[::2].tolist(), borders[1::2].tolist(), strict=True):
            at = int(held.edges[begin]) + limit.period_s * SECOND
            if int(held.edges[end]) > at >= now and at > watched.told_at:
                place = int(np.searchsorted(held.edges, at, side="right")) - 1
                yield at, VoltageExcursion(kind, int(held.values_dv[place]), limit.threshold_dv)
                break


def _means(site: Site, records: Records, now: int, horizon: int) -> Iterator[tuple[int, VoltageExcursion]]:
    """Find measurement periods whose average lies beyond a threshold."""
    if not site.profile.voltage.averages:
        return
    settings, period = records.voltage.settings, records.voltage.settings.average_period_s * SECOND
    _, past = _periods(records, now, 1)
    offset = records.runs[-1].clock_offset_ms
    first = ((now + offset) // period + 1) * period - offset
    edges = np.concatenate([past, np.arange(first, horizon + 1, period, dtype=np.int64)])
    if len(edges) < 2:
        return
    means = mains.averages_dv(key_of(site), edges, laid_over(records))
    fresh = (edges[1:] >= now) & (edges[1:] > records.voltage.told_at) & (means > 0)
    for kind, threshold_dv, beyond in (
        ("average_over", settings.average_over_dv, means > settings.average_over_dv),
        ("average_under", settings.average_under_dv, means < settings.average_under_dv),
    ):
        places = np.flatnonzero(beyond & fresh)
        if len(places):
            place = int(places[0])
            yield int(edges[1:][place]), VoltageExcursion(kind, int(means[place]), threshold_dv)


# Rules.


def tell(records: Records, _: ExcursionDue, moment: Moment) -> Step:
    """Tell what is beyond a threshold now: event and alert, and for averages a counter (2.12)."""
    told = [what for at, what in _found(moment.site, records, moment.at, moment.at) if at == moment.at]
    kinds = [what.kind for what in told]
    voltage = replace(
        records.voltage,
        over_count=records.voltage.over_count + kinds.count("average_over"),
        under_count=records.voltage.under_count + kinds.count("average_under"),
        told_at=moment.at,
    )
    return replace(records, voltage=voltage), tuple(told)


def disturb(records: Records, event: MainsDisturbed, moment: Moment) -> Step:
    """Lay a voltage over the network's own; what was laid over the time to come is gone."""
    if not 1 <= event.voltage_dv <= MOST_DV or not 1 <= event.for_s <= MOST_DISTURBED_S:
        return Refused(Reason.INVALID_VALUE, f"a disturbance is 1 to {MOST_DV} dV for 1 to {MOST_DISTURBED_S} s")
    past = [replace(each, until=min(each.until, moment.at)) for each in records.voltage.disturbances]
    fresh = Disturbance(moment.at, moment.at + event.for_s * SECOND, event.voltage_dv)
    kept = (*(each for each in past if each.since < each.until), fresh)[-DISTURBANCES_KEPT:]
    return replace(records, voltage=replace(records.voltage, disturbances=kept)), ()


def write(records: Records, command: WriteVoltageSettings, moment: Moment) -> Step:
    """Store what is given, all or none. Another limit starts the timers anew, another period the log of averages."""
    old = records.voltage.settings
    given = {name: value for name in command.__struct_fields__ if (value := getattr(command, name)) is not None}
    for name, value in given.items():
        low = LEAST_AVERAGE_S if name == "average_period_s" else int(name.endswith("_s"))
        most = MAX_PERIOD_S if name.endswith("_s") else MOST_DV
        if not low <= value <= most:
            return Refused(Reason.INVALID_VALUE, f"{name} {value} is not {low} to {most}")
    limits = {
        kind: Limit(given.get(f"{kind}_dv", limit.threshold_dv), given.get(f"{kind}_s", limit.period_s))
        for kind, (limit, _) in _limits(old).items()
    }
    averages = {name: value for name, value in given.items() if name.startswith("average_")}
    settings = replace(old, **averages, **limits)
    for under, over in (
        (settings.average_under_dv, settings.average_over_dv),
        (settings.extreme_under.threshold_dv, settings.extreme_over.threshold_dv),
        (settings.sag.threshold_dv, settings.swell.threshold_dv),
    ):
        if under >= over:
            return Refused(Reason.INVALID_VALUE, f"a threshold for under voltage, {under} dV, is not below {over} dV")
    # A period that ends at this very instant was judged by the old settings.
    voltage = replace(records.voltage, settings=settings, told_at=moment.at)
    if _limits(settings) != _limits(old):
        voltage = replace(voltage, watching_since=moment.at)
    if settings.average_period_s != old.average_period_s:
        voltage = replace(voltage, log_since=moment.at)
    return replace(records, voltage=voltage), (ConfigurationChanged("voltage"),)


def reset_counters(records: Records, _: ResetVoltageCounters, __: Moment) -> Step:
    """Set both counters to zero."""
    cleared = replace(records.voltage, over_count=0, under_count=0)
    return replace(records, voltage=cleared), (CounterReset("voltage_counters"),)
