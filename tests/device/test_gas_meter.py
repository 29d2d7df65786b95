"""The gas meter as a meter: its registers, its conversion, its logs, and what it does not do."""

import pytest
from device_sites import NOW, SUPPLIER, accept, day_of, meter, refuse, week_of
from gas_sites import NO_GAS, gas_meter, gas_profile, gas_site

from emulator.device import commands
from emulator.device.calendar import BillingCalendar, Season, SwitchingTable
from emulator.device.commands import Reason, Sender
from emulator.device.gas import gas_logs, wake
from emulator.device.gas.gas_meter import GasMeter
from emulator.device.gas.gas_records import Conversion
from emulator.device.gas.gas_rules import GAS_RULES, GAS_UNASKED
from emulator.device.gas.items_gas import GAS_ITEMS
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE
from emulator.device.money.charges import block_counters
from emulator.device.money.pricing import Prices
from emulator.device.rules import SHARED_RULES, SHARED_UNASKED

WEEKENDS = SwitchingTable(
    name="weekends",
    seasons=(Season("all", 1, 1, "all"),),
    weeks=(week_of("all", 1, 1, 1, 1, 1, 2, 2),),
    days=(day_of(1, (0, 1)), day_of(2, (0, 4))),
)
BLOCKS = Prices(
    by="block",
    block_mp=((4_000, 5_000, 6_000, 7_000),),
    thresholds_wh=((50_000, 100_000, 200_000),),
    standing_mp=20_000,
)


def blocks_wh(device, at):
    (only_set,) = block_counters(device.site, device.records, at)
    return tuple(energy_mwh // 1000 for energy_mwh in only_set)


def test_the_register_counts_what_the_load_function_gives():
    device = gas_meter()
    load = device.site.load(Channel.GAS)
    since = device.site.installed_at
    assert device.volume_ml == 123_000 + load.energy_mwh(NOW) - load.energy_mwh(since)
    assert 300_000_000 < device.volume_ml < 600_000_000


def test_only_gas_is_counted():
    device = gas_meter()
    assert device.site.channels == (Channel.GAS,)
    assert [device.total_mwh(channel) for channel in Channel][:4] == [0, 0, 0, 0]


def test_the_formula_of_conversion():
    """The factor 1.02264 and 40.0 MJ/m3 are GBCS's test values; m3 x factor x value / 3.6 is 11.36266... kWh a m3."""
    assert Conversion(400, 1, 102_264, 5).millionths == 11_362_667
    assert Conversion(36, 0, 1, 0).millionths == 10_000_000
    assert Conversion(3_950, 2, 102_264, 5).millionths == round(39.5 * 1.02264 / 3.6 * 1_000_000)


def test_energy_is_volume_converted():
    device = gas_meter()
    assert device.energy_mwh == pytest.approx(device.volume_ml * 1.02264 * 40.0 / 3.6, rel=1e-7)


def test_the_four_tou_registers_count_by_whole_days():
    device = gas_meter()
    opening = device.tou()
    assert len(opening) == 4
    assert opening == (device.volume_ml, 0, 0, 0)
    accept(device, commands.SetTariff(WEEKENDS), NOW)
    load, midnight = device.site.load(Channel.GAS), NOW // DAY * DAY
    device.advance(NOW + 14 * DAY)
    # 1 January 2026 is a Thursday: the Saturdays and Sundays are the 3rd, 4th, 10th and 11th.
    at_weekends = sum(
        load.energy_mwh(midnight + day * DAY) - load.energy_mwh(midnight + (day - 2) * DAY) for day in (4, 11)
    )
    assert device.tou()[3] == at_weekends
    assert sum(device.tou()) == device.volume_ml


def test_a_gas_day_with_times_is_refused():
    broken = SwitchingTable(name="night", days=(day_of(1, (0, 2), (420, 1)),))
    assert refuse(gas_meter(), commands.SetTariff(broken)).reason is Reason.INVALID_VALUE


def test_block_counters_start_anew_with_the_billing_period():
    device = gas_meter()
    accept(device, commands.SetTariff(SwitchingTable(), prices=BLOCKS), NOW)
    before = device.energy_mwh
    device.advance(NOW + 10 * DAY)
    counters = blocks_wh(device, device.now)
    used_wh = (device.energy_mwh - before) // 1000
    assert counters[:3] == (50_000, 50_000, 100_000)
    assert sum(counters) == pytest.approx(used_wh, abs=2)
    month = NOW // DAY * DAY + 31 * DAY
    device.advance(month + HOUR)
    ended = gas_logs.billing_log(device.site, device.records, device.now)[-1].reading.blocks_wh
    begun = blocks_wh(device, device.now)
    assert sum(ended) > 300_000
    assert 0 < sum(begun) < 50_000


def test_there_is_one_block_set_and_no_more():
    two_sets = Prices(by="block", block_mp=((1, 2, 3, 4), (1, 2, 3, 4)))
    assert refuse(gas_meter(), commands.SetTariff(SwitchingTable(), prices=two_sets)).reason is Reason.INVALID_VALUE


# What gas does not do.


@pytest.mark.parametrize(
    "command",
    [
        commands.EnableSupply(),
        commands.WriteLoadLimit(threshold_w=1),
        commands.ResetLoadLimitCounter(),
        commands.WritePowerThresholds(1, 2),
        commands.ResetMaximumDemand(),
        commands.WriteVoltageSettings(),
    ],
)
def test_what_is_electricity_alone_is_not_applicable(command):
    assert gas_meter().send(command, SUPPLIER).reason is Reason.NOT_APPLICABLE


def test_gas_commands_are_not_applicable_to_electricity():
    for command in (commands.WriteGasConversion(), commands.WriteGasFlow(), commands.RecordNetworkData()):
        assert meter().send(command, SUPPLIER).reason is Reason.NOT_APPLICABLE


def test_a_gas_meter_does_what_every_meter_does():
    assert set(SHARED_RULES) <= set(GAS_RULES)
    assert GAS_UNASKED[: len(SHARED_UNASKED)] == SHARED_UNASKED
    assert commands.EnableSupply not in GAS_RULES
    assert {commands.RestoreSupply, *commands.gas.COMMANDS} <= set(GAS_RULES)


def test_every_item_reads():
    device = gas_meter()
    values = {item.key: item.read(device) for item in GAS_ITEMS}
    assert len(values) == len(GAS_ITEMS) == len({item.title for item in GAS_ITEMS})
    assert values["volume_l"] == device.volume_ml // 1000
    assert values["energy_wh"] == device.energy_mwh // 1000
    assert values["supply_state"] == "enabled"
    assert values["valve"] == "open"
    assert (values["calorific_value"], values["calorific_digits"]) == (400, 1)
    assert (values["conversion_factor"], values["conversion_digits"]) == (102_264, 5)
    assert (values["uncontrolled_flow"], values["stabilisation_s"], values["measurement_s"]) == (61_680, 60, 300)
    assert (values["tamper_state"], values["depletion_state"]) == ("unchanged", "unchanged")
    assert values["mprn"] == device.site.mpan
    assert values["model"] == "BK-G4E"
    assert values["billing_calendar"].startswith("monthly")


def test_the_tariff_reads_with_its_active_price():
    device = gas_meter()
    read = {item.key: item.read for item in GAS_ITEMS}
    accept(device, commands.SetPrices(Prices(tou_mp=(6_400,), standing_mp=32_000)), NOW)
    assert (read["active_price_mp"](device), read["standing_charge_mp"](device)) == (6_400, 32_000)
    accept(device, commands.SetTariff(SwitchingTable(), prices=BLOCKS))
    assert read["active_price_mp"](device) == 4_000
    device.advance(NOW + 10 * DAY)
    assert read["active_price_mp"](device) == 7_000


def test_a_gas_meter_comes_back_from_its_state():
    device = gas_meter()
    accept(device, commands.DisableSupply(), NOW + HOUR)
    again = GasMeter(device.site, NOW + HOUR, device.state())
    assert again.records == device.records
    assert (again.volume_ml, again.energy_mwh, again.tou()) == (device.volume_ml, device.energy_mwh, device.tou())


# The logs.


def test_the_profile_holds_thirteen_months_of_half_hours_and_adds_up():
    device = gas_meter(installed_at=NOW - 500 * DAY)
    rows = gas_logs.half_hours(device.site, device.records, device.now)
    assert len(rows) == 395 * 48
    assert rows[-1].at == NOW // HALF_HOUR * HALF_HOUR
    load = device.site.load(Channel.GAS)
    span = load.energy_mwh(rows[-1].at) - load.energy_mwh(rows[0].at - HALF_HOUR)
    assert sum(row.value for row in rows) == pytest.approx(span // 1000, abs=1)
    assert {row.status for row in rows} == {0}


def test_the_profile_in_energy_where_the_make_has_it_so():
    device = gas_meter(profile=gas_profile(profile_unit="kWh"))
    litres = gas_meter()
    in_wh = gas_logs.half_hours(device.site, device.records, NOW, 96)
    in_l = gas_logs.half_hours(litres.site, litres.records, NOW, 96)
    assert [row.at for row in in_wh] == [row.at for row in in_l]
    assert sum(row.value for row in in_wh) == pytest.approx(sum(row.value for row in in_l) * 11.362667, abs=15)


def test_a_shut_valve_leaves_nothing_in_the_profile():
    device = gas_meter()
    accept(device, commands.DisableSupply(), NOW)
    device.advance(NOW + DAY)
    rows = gas_logs.half_hours(device.site, device.records, device.now, 40)
    assert {(row.value, row.status) for row in rows} == {(0, 1)}


def test_the_daily_read_log_holds_fourteen_midnights():
    device = gas_meter()
    reads = gas_logs.daily_reads(device.site, device.records, device.now)
    midnight = NOW // DAY * DAY
    assert [read.at for read in reads] == [midnight - (13 - day) * DAY for day in range(14)]
    load = device.site.load(Channel.GAS)
    opening = 123_000 - load.energy_mwh(device.site.installed_at)
    assert reads[-1].volume_l == (opening + load.energy_mwh(midnight)) // 1000
    assert reads[-1].tou_l == (reads[-1].volume_l, 0, 0, 0)
    assert reads[-1].blocks_wh == ()


def test_the_daily_read_log_has_the_set_the_tariff_uses():
    device = gas_meter()
    accept(device, commands.SetTariff(SwitchingTable(), prices=BLOCKS), NOW)
    device.advance(NOW + 2 * DAY)
    last = gas_logs.daily_reads(device.site, device.records, device.now)[-1]
    assert last.tou_l == ()
    assert sum(last.blocks_wh) > 0


def test_the_billing_log_has_registers_and_account():
    device = gas_meter(installed_at=NOW - 500 * DAY)
    accept(device, commands.SetPrices(Prices(tou_mp=(6_400,), standing_mp=32_000)), NOW)
    accept(device, commands.WriteBillingCalendar(BillingCalendar("weekly", 1, 0, 0)), NOW + MINUTE)
    device.advance(NOW + 40 * DAY)
    billed = gas_logs.billing_log(device.site, device.records, device.now)
    assert len(billed) == 12
    known = [entry.account for entry in billed if entry.account is not None]
    assert known[0].balance_mp > known[-1].balance_mp
    volumes = [entry.reading.volume_l for entry in billed]
    assert volumes == sorted(volumes)


def test_a_change_of_price_takes_a_snapshot_before_it_acts():
    device = gas_meter()
    accept(device, commands.SetPrices(Prices(tou_mp=(6_400,))), NOW)
    device.advance(NOW + DAY)
    happened = accept(device, commands.SetPrices(Prices(tou_mp=(9_600,))))
    assert "BillingSnapshotTaken" in {type(what).__name__ for what in happened}
    last = gas_logs.billing_log(device.site, device.records, device.now)[-1]
    assert last.account is not None
    assert last.account.balance_mp == device.records.account.balance_mp


def test_today_is_from_midnight():
    device = gas_meter()
    accept(device, commands.SetPrices(Prices(tou_mp=(6_400,))), NOW)
    midnight = NOW // DAY * DAY + DAY
    device.advance(midnight)
    before = device.energy_mwh
    device.advance(midnight + 9 * HOUR)
    used_mwh, cost_mp = gas_logs.today(device.site, device.records, device.now)
    assert used_mwh == device.energy_mwh - before
    assert cost_mp == pytest.approx(used_mwh * 6_400 // 1_000_000, abs=1)


# Waking.


def test_a_meter_wakes_each_half_hour_of_its_clock_and_a_little_later():
    device = gas_meter()
    late = wake.offset_ms(device.site)
    assert 0 <= late < MINUTE
    last, following = (found(device.site, device.records, NOW) for found in (wake.last_wake, wake.next_wake))
    assert last <= NOW < following
    assert following - last == HALF_HOUR
    assert last % HALF_HOUR == late
    at = following + 5 * HALF_HOUR
    assert wake.last_wake(device.site, device.records, at) == at
    assert wake.next_wake(device.site, device.records, at) == at + HALF_HOUR
    assert wake.last_wake(device.site, device.records, at - 1) == at - HALF_HOUR


def test_wakes_follow_the_device_clock():
    device = gas_meter()
    accept(device, commands.ShiftClock(by_s=600), NOW)
    late = wake.offset_ms(device.site)
    following = wake.next_wake(device.site, device.records, device.now)
    assert (following + 600_000) % HALF_HOUR == late


def test_meters_wake_apart():
    offsets = {wake.offset_ms(gas_site(seed=seed)) for seed in range(20)}
    assert len(offsets) > 15
    assert wake.offset_ms(gas_site(profile=gas_profile(wake_spread_s=0))) == 0
    assert wake.offset_ms(gas_site(profile=gas_profile(wake_spread_s=0, wake_offset_s=90))) == 90_000


def test_the_cadence_is_the_makes():
    device = gas_meter(profile=gas_profile(wake_interval_s=900))
    last = wake.last_wake(device.site, device.records, NOW)
    assert wake.next_wake(device.site, device.records, NOW) == last + 15 * MINUTE


@pytest.mark.parametrize("command", [commands.DisableSupply(), commands.WriteGasFlow(measurement_s=60)])
def test_a_command_may_come_from_a_supplier_alone(command):
    assert gas_meter().send(command, Sender.CONSUMER).reason is Reason.NOT_AUTHORISED


def test_a_home_without_gas_counts_nothing():
    device = gas_meter(household=NO_GAS)
    device.advance(NOW + 30 * DAY)
    assert device.volume_ml == 0
