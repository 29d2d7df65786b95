"""When a sleepy meter wakes: the half hours of its own clock, each meter a little later (functional reference 3.8).

Between wakes the radio is off unless there is something to send: an alert goes out at once, a command waits for the
wake. Nothing is stored: a wake is a function of the instant.
"""

from emulator.device.household import Site
from emulator.device.instant import SECOND
from emulator.device.records import MeterRecords
from emulator.device.splitmix import stream


def offset_ms(site: Site) -> int:
    """Give how long after the half hour this meter wakes: a farm's meters do not all call at once."""
    gas = site.profile.gas_device
    if gas is None:
        return 0
    own_ms = stream(site.key, "WAKE") % (gas.wake_spread_s * SECOND) if gas.wake_spread_s else 0
    return gas.wake_offset_s * SECOND + own_ms


def last_wake(site: Site, records: MeterRecords, now: int) -> int:
    """Give the last wake at or before an instant. A meter also wakes when it is installed and when power returns."""
    until = now if records.power.on else min(now, records.power.since)
    wake = _before(site, records, until)
    began = max(site.installed_at, records.power.since) if records.power.on else site.installed_at
    return max(wake, min(began, until))


def next_wake(site: Site, records: MeterRecords, now: int) -> int | None:
    """Give the first wake after an instant; None while the meter has no power, for then it has none ahead."""
    return _before(site, records, now) + _interval_ms(site) if records.power.on else None


def _before(site: Site, records: MeterRecords, at: int) -> int:
    late_ms = offset_ms(site) - records.clock.offset_ms
    return (at - late_ms) // _interval_ms(site) * _interval_ms(site) + late_ms


def _interval_ms(site: Site) -> int:
    gas = site.profile.gas_device
    return (1_800 if gas is None else gas.wake_interval_s) * SECOND
