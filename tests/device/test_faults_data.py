"""Faults of data and clock (device dossier 4.4): what each does, and that service is as before once it is cleared."""

import pytest
from device_sites import NOW, SUPPLIER, profile_with
from display_sites import PENNY, PPMID, PREPAID, home
from fault_sites import CHF, ESME, GSME, HOME, IHD, assert_steps_do_not_matter, clear, put_in, told, whole_home

from emulator.device import given_out, metering
from emulator.device.calendar import DayProfile, Switch, SwitchingTable
from emulator.device.commands import SetClock, SetPrices, SetTariff, WriteVoltageSettings
from emulator.device.display import customer
from emulator.device.display.display import readings
from emulator.device.display.display_text import NO_TIME
from emulator.device.electricity import voltage
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.faults.catalogue import find as fault_of
from emulator.device.faults.data import FAULTS
from emulator.device.faults.fault import FaultError, values
from emulator.device.faults.home_faults import FaultPlanned
from emulator.device.gas import gas_logs
from emulator.device.happenings import (
    ClockAdjusted,
    ClockInvalidated,
    LoggingResumed,
    LoggingStopped,
    PricesChanged,
    RegistersReset,
    TariffChanged,
)
from emulator.device.household import Channel, Household
from emulator.device.instant import DAY, HALF_HOUR, HOUR, instant
from emulator.device.money.account import AccountStarts
from emulator.device.money.pricing import Prices
from emulator.device.readings import find
from emulator.device.step import replace

SUMMER = instant(2026, 7, 1, 3, 4, 5)
NIGHT_AND_DAY = SwitchingTable("two", days=(DayProfile(1, (Switch(0, 1), Switch(420, 2))),))
"""Rate 2 counts from seven in the morning."""


def read(of, key, device=ESME):
    return find(device, key).read(of.devices[device])


def later(of, by):
    of.advance(of.now + by)
    return of


def profile(of, days=3):
    """Give the profile log of the electricity meter: stamp and value of each half hour."""
    meter = of.esme
    taken = metering.intervals(meter.records, meter.now, days * 48)
    held = given_out.without_holes(meter.records, taken)
    stamps = given_out.log_stamps(meter.site, held.device)
    values = given_out.logged_energies(meter.site, meter.records, Channel.IMPORT, held)
    return dict(zip(stamps.tolist(), values.tolist(), strict=True))


def gas_profile(of, count=48):
    meter = of.devices[GSME]
    return [(row.at, row.value) for row in gas_logs.half_hours(meter.site, meter.records, meter.now, count)]


def shown_by(of, display=IHD, fuel="electricity"):
    return readings(of.devices, of.devices[display], of.now).get(fuel)


@pytest.mark.parametrize("row", [fault.row for fault in FAULTS])
def test_a_fault_of_the_data_is_the_same_in_one_step_and_in_many(row):
    assert_steps_do_not_matter(row)


@pytest.mark.parametrize(("factor", "over"), [("double", (2, 1)), ("half", (1, 2))])
def test_d1_half_hours_are_given_out_as_power(factor, over):
    of = later(whole_home(), 2 * DAY)
    right, gas, total = profile(of), gas_profile(of), read(of, "import_wh")
    demand, last = read(of, "maximum_demand_w"), read(of, "interval_import_wh")
    times, parts = over
    put_in(of, "D1", factor=factor)
    assert profile(of) == {at: value * times // parts for at, value in right.items()}
    assert gas_profile(of) == [(at, value * times // parts) for at, value in gas]
    assert read(of, "interval_import_wh") == last * times // parts
    assert (read(of, "import_wh"), read(of, "maximum_demand_w")) == (total, demand)
    clear(of)
    assert (profile(of), gas_profile(of)) == (right, gas)


def test_d2_the_unit_of_the_gas_profile_flips():
    of = later(whole_home(), DAY)
    litres, volume, energy = gas_profile(of), read(of, "volume_l", GSME), read(of, "energy_wh", GSME)
    assert read(of, "profile_unit", GSME) == "m3"
    put_in(of, "D2")
    wh = gas_profile(of)
    assert read(of, "profile_unit", GSME) == "kWh"
    # 1.02264 x 40 MJ/m3 / 3.6 is 11.363 kWh a cubic metre (functional reference 3.2).
    assert all(abs(used - counted * 11.3627) <= 13 for (_, used), (_, counted) in zip(wh, litres, strict=True))
    assert (read(of, "volume_l", GSME), read(of, "energy_wh", GSME)) == (volume, energy)
    clear(of)
    assert gas_profile(of) == litres


def test_d3_an_invalid_clock_freezes_the_tariff_and_the_hub_sets_it():
    of = whole_home()
    of.send(ESME, SetTariff(NIGHT_AND_DAY), SUPPLIER)
    put_in(of, "D3")
    assert told(of, ClockInvalidated) == [ClockInvalidated()]
    assert read(of, "clock_status") == "invalid"
    night, day, *_ = read(of, "tou_wh")
    demand, balance = read(of, "maximum_demand_w"), read(of, "meter_balance_mp")
    of.send(ESME, SetTariff(replace(NIGHT_AND_DAY, name="next"), at=of.now + HOUR), SUPPLIER)
    total = read(of, "import_wh")
    later(of, 12 * HOUR)
    counted = read(of, "import_wh") - total
    assert counted > 1_000
    # Seven o'clock passed: the rate stays, and so does the tariff that was to follow.
    assert read(of, "active_tou_register") == 1
    assert read(of, "tou_wh")[1] == day
    assert abs(read(of, "tou_wh")[0] - night - counted) <= 1
    assert read(of, "tariff") == "two"
    assert (read(of, "running_demand_w"), read(of, "maximum_demand_w")) == (0, demand)
    for device in (ESME, IHD):
        assert NO_TIME in pages_of(of, device)
    # Energy at 25 pence, and no standing charge of a day that it does not know of.
    spent = balance - read(of, "meter_balance_mp")
    assert abs(spent - counted * 25) <= 50
    clear(of)
    assert told(of, ClockAdjusted)[-1] == ClockAdjusted(0)
    assert read(of, "clock_status") == "valid"
    assert [what.name for what in told(of, TariffChanged)][-1] == "next"
    assert read(of, "active_tou_register") == 2
    later(of, 3 * HOUR)
    assert read(of, "tou_wh")[1] > day
    assert read(of, "running_demand_w") > 0
    assert NO_TIME not in pages_of(of, ESME)


def pages_of(of, device):
    """Give all that the first menu of a display shows."""
    found = []
    keys = customer.interface_of(of.devices[device]).keys["pages"]
    onward = next(key for key, actions in keys.items() if "next" in actions)
    for _ in range(60):
        found += customer.press(of, device, [onward]).display
    return found


def test_d3_a_set_clock_restores_it_too_and_days_that_were_missed_are_not_charged():
    of = put_in(whole_home(), "D3")
    spent = read(of, "meter_balance_mp") + 25 * read(of, "import_wh")
    later(of, 5 * DAY)
    of.send(ESME, SetClock(of.now), SUPPLIER)
    assert read(of, "clock_status") == "valid"
    assert abs(read(of, "meter_balance_mp") + 25 * read(of, "import_wh") - spent) < 50
    clear(of)
    later(of, DAY)
    standing = spent - read(of, "meter_balance_mp") - 25 * read(of, "import_wh")
    assert abs(standing - 50 * PENNY) < 50


def test_d3_a_clock_that_a_long_cut_stopped_freezes_the_tariff_too():
    of = whole_home(profile=profile_with(clock={"backup_s": 3_600}))
    of.send(ESME, SetTariff(NIGHT_AND_DAY), SUPPLIER)
    of.note(ESME, MainsOff())
    later(of, 3 * HOUR)
    of.note(ESME, MainsOn())
    later(of, 12 * HOUR)
    assert (read(of, "clock_status"), read(of, "active_tou_register")) == ("invalid", 1)
    assert of.send(ESME, SetClock(of.now), SUPPLIER).accepted
    assert (read(of, "clock_status"), read(of, "active_tou_register")) == ("valid", 2)


def test_d3_no_billing_period_ends_on_a_clock_without_time():
    of = later(whole_home(), 20 * DAY)
    bills = len(metering.snapshot_moments(of.esme.site, of.esme.records, of.now))
    put_in(of, "D3")
    later(of, 15 * DAY)  # the first of February passed
    assert len(metering.snapshot_moments(of.esme.site, of.esme.records, of.now)) == bills
    clear(of)
    later(of, 28 * DAY)
    assert len(metering.snapshot_moments(of.esme.site, of.esme.records, of.now)) == bills + 1


@pytest.mark.parametrize(("way", "off"), [("ahead", HOUR), ("behind", -HOUR)])
def test_d4_stamps_of_logs_are_an_hour_off_the_tariff_in_summer(way, off):
    of = whole_home(now=SUMMER)
    of.send(ESME, SetTariff(NIGHT_AND_DAY), SUPPLIER)
    later(of, DAY)
    right, gas, events = profile(of), gas_profile(of), len(of.esme.records.logs.event)
    put_in(of, "D4", way=way)
    assert profile(of) == {at + off: value for at, value in right.items()}
    assert gas_profile(of) == [(at + off, value) for at, value in gas]
    of.send(ESME, WriteVoltageSettings(sag_s=31), SUPPLIER)
    assert [entry.at for entry in of.esme.records.logs.event[events:]] == [of.now + off]
    # The bill goes on by the switching table: seven o'clock is seven o'clock.
    of.advance(SUMMER // DAY * DAY + 2 * DAY + 7 * HOUR - 1)
    assert read(of, "active_tou_register") == 1
    later(of, 1)
    assert read(of, "active_tou_register") == 2
    clear(of)
    assert {at: value for at, value in profile(of).items() if at in right} == {
        at: value for at, value in right.items() if at in profile(of)
    }
    of.send(ESME, WriteVoltageSettings(sag_s=30), SUPPLIER)
    assert of.esme.records.logs.event[-1].at == of.now


def test_d4_in_winter_nothing_shows():
    of = later(whole_home(), DAY)
    right = profile(of)
    assert profile(put_in(of, "D4")) == right


def averages(of):
    return voltage.log(of.esme.site, of.esme.records, of.now)


def test_d5_a_changed_averaging_period_wipes_the_voltage_profile():
    of = later(whole_home(), DAY)
    assert len(averages(of).true) >= 48
    put_in(of, "D5", period_s=600)
    assert len(averages(of).true) == 0
    put_in(of, "D5", period_s=900)
    assert of.esme.records.voltage.settings.average_period_s == 900
    put_in(of, "D5", period_s=600)
    later(of, 2 * HOUR)
    assert 11 <= len(averages(of).true) <= 12
    clear(of)
    assert of.esme.records.voltage.settings.average_period_s == 1_800
    assert len(averages(of).true) == 0
    later(of, DAY)
    assert 47 <= len(averages(of).true) <= 48


def test_d6_totals_begin_anew_at_zero_and_displays_lose_electricity():
    of = later(
        whole_home(household=Household(daily_import_wh=9_000, opening_import_wh=5_000_000, daily_gas_l=3_000)), DAY
    )
    held, balance = read(of, "import_wh"), read(of, "meter_balance_mp")
    before = profile(of)
    put_in(of, "D6")
    assert [what.import_wh for what in told(of, RegistersReset)] == [held]
    assert (read(of, "import_wh"), sum(read(of, "tou_wh"))) == (0, 0)
    assert read(of, "meter_balance_mp") == balance
    for display in (IHD, PPMID):
        assert shown_by(of, display) is None
        assert shown_by(of, display, "gas") is not None
    later(of, DAY)
    used = read(of, "import_wh")
    assert 4_000 < used < 15_000
    assert sum(read(of, "tou_wh")) == used
    assert abs(balance - read(of, "meter_balance_mp") - used * 25 - 50 * PENNY) <= 50
    rows = profile(of)
    assert all(0 <= value < 5_000 for value in rows.values())
    assert all(rows[at] == value for at, value in before.items() if at in rows)
    clear(of)
    assert read(of, "import_wh") == used  # what was lost stays lost
    assert shown_by(of).counted == used
    assert shown_by(of, PPMID).counted == used


def test_d7_days_of_the_profile_are_never_filled():
    of = later(whole_home(), DAY)
    at, total = of.now, read(of, "import_wh")
    put_in(of, "D7", days=2)
    assert told(of, LoggingStopped) == [LoggingStopped(at + 2 * DAY)]
    later(of, 3 * DAY)
    rows = profile(of, days=5)
    ends = range((at // HALF_HOUR + 1) * HALF_HOUR, at + 2 * DAY, HALF_HOUR)
    assert len(ends) == 96
    assert not set(ends) & set(rows)
    assert {at // HALF_HOUR * HALF_HOUR, (at + 2 * DAY) // HALF_HOUR * HALF_HOUR + HALF_HOUR} <= set(rows)
    assert read(of, "import_wh") - total > 3 * 4_000  # the register saw it all
    clear(of)
    later(of, DAY)
    after = profile(of, days=6)
    assert not set(ends) & set(after)
    assert sum(stamp > at + 2 * DAY for stamp in after) == 2 * 48


def test_d7_a_hole_ends_early_where_it_is_cleared_and_gas_has_its_own():
    of = later(whole_home(), DAY)
    at = of.now
    fault = fault_of("D7")
    of.note(HOME, FaultPlanned(1, fault.name, GSME, values(fault, {"days": 2}), at))
    later(of, DAY)
    clear(of)
    assert len(told(of, LoggingResumed, device=GSME)) == 1
    later(of, DAY)
    stamps = [stamp for stamp, _ in gas_profile(of, 3 * 48)]
    assert not [stamp for stamp in stamps if at < stamp <= at + DAY]
    assert len([stamp for stamp in stamps if stamp > at + DAY]) == 48
    assert len(profile(of)) == 3 * 48


def test_d8_totals_roll_over_at_the_width_of_the_display():
    # Ten watt-hours before 99999.99 kWh is passed (the E470's display, dossier 3.2).
    opening = 100_000_000 - 10
    of = whole_home(household=Household(shape="flat", daily_import_wh=24_000, opening_import_wh=opening))
    total = read(of, "import_wh")
    assert total > 100_000_000
    put_in(of, "D8")
    assert (read(of, "import_wh"), read(of, "tou_wh")[0]) == (total, total)
    assert 0 <= total - 100_000_000 - shown_by(of).counted <= 10  # as of its last refresh
    assert f"{(total - 100_000_000) // 1000} kWh" in pages_of(of, ESME)
    clear(of)
    assert f"{total // 1000} kWh" in pages_of(of, ESME)
    put_in(of, "D8", where="everywhere")
    assert read(of, "import_wh") == total - 100_000_000
    assert read(of, "tou_wh")[0] == total - 100_000_000
    later(of, HOUR)
    assert abs(read(of, "import_wh") - (total - 100_000_000) - 1_000) <= 2
    assert 0 < read(of, "running_demand_w") <= 1_100
    clear(of)
    assert abs(read(of, "import_wh") - total - 1_000) <= 2


def test_d9_displays_keep_the_old_prices_after_a_change_of_supplier():
    of = whole_home()
    put_in(of, "D9")
    before = shown_by(of).usages.day
    of.note(ESME, AccountStarts(replace(PREPAID, prices=Prices(tou_mp=(31 * PENNY,), standing_mp=60 * PENNY))))
    of.send(ESME, SetPrices(Prices(tou_mp=(32 * PENNY,), standing_mp=60 * PENNY)), SUPPLIER)
    assert told(of, PricesChanged)
    assert read(of, "active_price_mp") == 32 * PENNY
    for display in (IHD, PPMID):
        assert shown_by(of, display).tariff.price_mp == 25 * PENNY
        assert shown_by(of, display).tariff.standing_mp == 50 * PENNY
    later(of, 12 * HOUR)
    used = shown_by(of).usages.day
    assert abs(used.cost_mp - before.cost_mp - (used.wh - before.wh) * 25) <= 50
    assert "25p" in pages_of(of, IHD)
    clear(of)
    assert "32p" in pages_of(of, IHD)
    assert shown_by(of).tariff.price_mp == 32 * PENNY
    assert shown_by(of, PPMID).tariff.standing_mp == 60 * PENNY
    before = shown_by(of).usages.day
    later(of, HOUR)
    used = shown_by(of).usages.day
    assert abs(used.cost_mp - before.cost_mp - (used.wh - before.wh) * 32) <= 50  # the new prices count from the stop
    of.send(ESME, SetPrices(Prices(tou_mp=(20 * PENNY,), standing_mp=60 * PENNY)), SUPPLIER)
    assert shown_by(of).tariff.price_mp == 20 * PENNY


def test_d9_a_home_without_a_fault_follows_at_once():
    of = whole_home()
    of.send(ESME, SetPrices(Prices(tou_mp=(32 * PENNY,), standing_mp=60 * PENNY)), SUPPLIER)
    assert shown_by(of).tariff.price_mp == 32 * PENNY


def test_a_fault_of_gas_needs_a_set_with_gas():
    bare = home(CHF)
    with pytest.raises(FaultError, match="there is no gsme"):
        put_in(bare, "D2")
    assert bare.now == NOW
