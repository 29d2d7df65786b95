"""Load limiting (functional reference 2.11): power above a threshold for a period counts, alerts and may cut off."""

import numpy as np

from emulator.device.commands import Reason, ResetLoadLimitCounter, WriteLoadLimit
from emulator.device.happenings import ConfigurationChanged, CounterReset, LoadLimitReached, SupplyArmed, SupplyRestored
from emulator.device.household import Channel, Site
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.records import LoadLimit, Records, Supply, Switch
from emulator.device.step import Due, Event, Moment, Refused, Step, replace
from emulator.device.supply import flows, move

# Most excesses are near: a short look first, and a long one only where it finds none.
_LOOKS_AHEAD = (2 * HOUR, 7 * DAY)
MAX_PERIOD_S = 86_400


class LimitReached(Event, frozen=True):
    """The power has stood above the threshold for the period."""


class RestorationDue(Event, frozen=True):
    """The restoration period is over."""


def due(site: Site, records: Records, now: int) -> Due | None:
    """Say when load limiting next acts. Power is constant over a minute, so minutes are all there is to look at."""
    limit, supply = records.load_limit, records.supply
    if supply.restore_at is not None:
        return Due(supply.restore_at, RestorationDue())
    if not site.profile.power.load_limit or not limit.threshold_w or not flows(records):
        return None
    # No power flowed while the switch was open or the mains were off: load limiting begins afresh after that.
    began = max(supply.moved_at, records.power.since)
    if began > limit.watching_since:
        limit = replace(limit, watching_since=began, latched=False)
    # An excess that began more than a period ago has been reported or is over: no need to look further back.
    start = max(limit.watching_since, now - limit.period_s * SECOND - MINUTE)
    for ahead in _LOOKS_AHEAD:
        at = _reached(site, limit, start, now + ahead)
        if at is not None:
            return Due(at, LimitReached())
    # An excess across the horizon is found by looking again a period before it.
    return Due(now + _LOOKS_AHEAD[-1] - MAX_PERIOD_S * SECOND, None)


def _reached(site: Site, limit: LoadLimit, start: int, horizon: int) -> int | None:
    """Find the first instant from `start` on at which the power has been above the threshold for the period."""
    first = start // MINUTE * MINUTE
    minutes = np.arange(first, horizon + MINUTE, MINUTE, dtype=np.int64)
    power_mw = np.diff(site.load(Channel.IMPORT).energies_mwh(minutes)) * 60
    above = power_mw > limit.threshold_w * 1000
    edges = np.flatnonzero(np.diff(np.concatenate(([False], above, [False]))))
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if begin == 0 and limit.latched:
            continue
        at = max(start, int(minutes[begin])) + limit.period_s * SECOND
        if int(minutes[end]) >= at:
            return at
    return None


def reach(records: Records, _: LimitReached, moment: Moment) -> Step:
    """Count and tell; where the limit disables, open the switch and arm it at once (2.11 (i) to (v))."""
    limit = records.load_limit
    counted = replace(limit, counter=limit.counter + 1, watching_since=moment.at, latched=True)
    records = replace(records, load_limit=counted)
    told = LoadLimitReached(limit.threshold_w, limit.disable)
    if not limit.disable:
        return records, (told,)
    armed = Supply(Switch.ARMED, restore_at=moment.at + limit.restoration_s * SECOND)
    opened, moved = move(records, moment, armed)
    armed_now = (SupplyArmed("load_limit"),) if opened.supply.switch is Switch.ARMED else ()
    return opened, (told, *moved, *armed_now)


def restore(records: Records, _: RestorationDue, moment: Moment) -> Step:
    """Close the switch that the limit opened; nobody has moved it since, or nothing would be due."""
    closed, moved = move(records, moment, Supply(Switch.ENABLED))
    restored = (SupplyRestored(),) if closed.supply.switch is Switch.ENABLED else ()
    return closed, (*moved, *restored)


def write(records: Records, command: WriteLoadLimit, moment: Moment) -> Step:
    """Store the settings and start the timer anew."""
    limit = records.load_limit
    for value, low, high in (
        (command.threshold_w, 0, 100_000),
        (command.period_s, 0, MAX_PERIOD_S),
        (command.restoration_s, 1, MAX_PERIOD_S),
    ):
        if value is not None and not low <= value <= high:
            return Refused(Reason.INVALID_VALUE, f"{value} is not {low} to {high}")
    given = {name: getattr(command, name) for name in ("threshold_w", "period_s", "restoration_s", "disable")}
    settings = {name: value for name, value in given.items() if value is not None}
    written = replace(limit, **settings, watching_since=moment.at, latched=False)
    return replace(records, load_limit=written), (ConfigurationChanged("load_limit"),)


def reset_counter(records: Records, _: ResetLoadLimitCounter, __: Moment) -> Step:
    """Set the counter to zero."""
    cleared = replace(records.load_limit, counter=0)
    return replace(records, load_limit=cleared), (CounterReset("load_limit_counter"),)
