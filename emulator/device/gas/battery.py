"""The battery of a gas meter (functional reference 3.6): how long it lasts, and what happens without it.

The remaining life is a closed form: the days the battery was made for, less those since it was fitted, less what the
turns of the valve cost. Waking and measuring are of a steady cadence and so are part of the days (*assumed*).
"""

from emulator.device.electricity.power import OUTAGES_KEPT
from emulator.device.gas.delivered_gas import device_of
from emulator.device.gas.gas_records import Battery, GasRecords
from emulator.device.happenings import BatteryBack, BatteryFitted, BatteryLost, Happening, LossOfPower, LowBattery
from emulator.device.household import Site
from emulator.device.instant import DAY, SECOND
from emulator.device.metering import begin_run
from emulator.device.records import Cause, Power
from emulator.device.step import Due, Event, Moment, Step, replace
from emulator.device.supply import flows, shut
from emulator.device.tamper import tell_untold


class BatteryRemoved(Event, frozen=True):
    """Somebody takes the main battery out."""


class BatteryReturned(Event, frozen=True):
    """The main battery is back in its place."""


class BatteryReplaced(Event, frozen=True):
    """A new battery is fitted, within what the reserve lasts, or in the place of one that was taken out or ran out."""


class BatteryRunsLow(Event, frozen=True):
    """The estimate reaches the threshold."""


class BatteryRunsOut(Event, frozen=True):
    """The battery's life is over."""


def ends_at(site: Site, battery: Battery) -> int:
    """Give when the battery is empty if the valve turns no more."""
    return battery.fitted_at + device_of(site).battery_days * DAY - battery.spent_s * SECOND


def remaining_days(site: Site, battery: Battery, now: int) -> int:
    """Estimate the remaining battery capacity in whole days (3.6.1 (i))."""
    return max(0, (ends_at(site, battery) - now) // DAY)


def due(site: Site, records: GasRecords, now: int) -> Due | None:
    """Say when the battery is told as low, or is empty."""
    battery, end = records.battery, ends_at(site, records.battery)
    if battery.low:
        return Due(max(now, end), BatteryRunsOut())
    # At whole days the estimate still stands at the threshold; a millisecond later it is a day less.
    return Due(max(now, end - device_of(site).battery_low_days * DAY + 1), BatteryRunsLow())


def run_low(records: GasRecords, _: BatteryRunsLow, moment: Moment) -> Step:
    """Tell it once, until a new battery is fitted (3.6.1 (ii))."""
    told = replace(records, battery=replace(records.battery, low=True))
    return told, (LowBattery(remaining_days(moment.site, records.battery, moment.at)),)


def remove(records: GasRecords, _: BatteryRemoved, moment: Moment) -> Step:
    """Lose power; a battery that is out already cannot be taken out."""
    return _lose(records, moment, "removed") if records.power.on else (records, ())


def run_out(records: GasRecords, _: BatteryRunsOut, moment: Moment) -> Step:
    """Lose power."""
    return _lose(records, moment, "empty")


def _lose(records: GasRecords, moment: Moment, cause: str) -> Step:
    """Log it, and act on the reserve: end a test of the valve, close it where depletion locks (3.6.2).

    The alert is sent on the reserve or when power is back, as the make has it.
    """
    site, at, model = moment.site, moment.at, device_of(moment.site)
    happened: tuple[Happening, ...] = (BatteryLost(cause),)
    if model.alert_on_reserve:
        happened = (*happened, LossOfPower(at))
    valve = replace(records.valve, opening=None, asked_at=None)
    lost = replace(records, valve=valve)
    lost = begin_run(site, lost, at, supplied=flows(lost))
    if records.flow.depletion_locks or site.profile.quirks.flat_battery_shuts:
        lost, moved = shut(lost, moment, Cause.DEPLETION)
        happened = (*happened, *moved)
    lost = replace(lost, power=replace(lost.power, on=False, since=at))
    if not model.counts_without_power:
        lost = begin_run(site, lost, at, supplied=False)
    return lost, happened


def give_back(records: GasRecords, _: BatteryReturned, moment: Moment) -> Step:
    """Go on as before; a supply that depletion locked stays off until the supplier arms it (3.6.2)."""
    if records.power.on:
        return records, ()
    since, model = records.power.since, device_of(moment.site)
    happened: tuple[Happening, ...] = (BatteryBack(since),)
    if not model.alert_on_reserve:
        happened = (*happened, LossOfPower(since))
    outages = (*records.power.outages, (since, moment.at))[-OUTAGES_KEPT:]
    back = replace(records, power=Power(on=True, since=moment.at, outages=outages))
    back, told = tell_untold(begin_run(moment.site, back, moment.at, supplied=flows(back)), moment)
    return back, (*happened, *told)


def fit(records: GasRecords, _: BatteryReplaced, moment: Moment) -> Step:
    """Count the life of a new battery from now, and go on if power was lost."""
    fitted = replace(records, battery=Battery(moment.at))
    step = give_back(fitted, BatteryReturned(), moment)
    assert isinstance(step, tuple)
    return step[0], (BatteryFitted(), *step[1])
