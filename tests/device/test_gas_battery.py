"""The battery: its remaining life, and what a gas meter does without it (functional reference 3.6)."""

import pytest
from device_sites import CONSUMER, INSTALLED, NOW, SUPPLIER, accept, refuse
from gas_sites import gas_meter, gas_profile

from emulator.device.commands import ArmSupply, DisableSupply, Reason, RestoreSupply, SetPrices, WriteGasFlow
from emulator.device.event_table import EVENT, line_of
from emulator.device.gas import battery, gas_logs, wake
from emulator.device.gas.battery import BatteryRemoved, BatteryReplaced, BatteryReturned
from emulator.device.gas.items_gas import GAS_ITEMS
from emulator.device.happenings import (
    BatteryBack,
    BatteryFitted,
    BatteryLost,
    LossOfPower,
    LowBattery,
    PhysicalTamper,
    PricesChanged,
    SupplyChanged,
)
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.money.pricing import Prices
from emulator.device.records import Cause, Power, Switch
from emulator.device.tamper import CoverOpened

LIFE = 7_300 * DAY
LOW_AT = INSTALLED + LIFE - 365 * DAY
READ = {item.key: item.read for item in GAS_ITEMS}


def told(device, kind):
    return [(entry.at, entry.what) for entry in device.journal if isinstance(entry.what, kind)]


def noted(device, event, at=None):
    return [entry.what for entry in device.note(event, at).entries]


# 3.6.1: how long it lasts.


def test_the_remaining_days_are_estimated():
    device = gas_meter(INSTALLED)
    assert READ["battery_days"](device) == 7_300
    device.advance(INSTALLED + 1_000 * DAY)
    assert READ["battery_days"](device) == 6_300
    device.advance(INSTALLED + 1_000 * DAY + 1)
    assert READ["battery_days"](device) == 6_299


def test_each_turn_of_the_valve_takes_some_of_it():
    device = gas_meter(profile=gas_profile(valve_turn_cost_s=86_400))
    days = READ["battery_days"](device)
    accept(device, DisableSupply())
    assert READ["battery_days"](device) == days - 1


def test_a_low_battery_is_told_once_below_the_threshold():
    device = gas_meter(LOW_AT)
    assert (READ["battery_days"](device), READ["battery_low"](device)) == (365, False)
    assert told(device, LowBattery) == []
    assert device.next_due() == LOW_AT + 1
    device.advance(LOW_AT + 300 * DAY)
    assert told(device, LowBattery) == [(LOW_AT + 1, LowBattery(364))]
    line = line_of(LowBattery(1))
    assert (line.code, line.log, line.mandated) == (0x8F1F, EVENT, 1)
    assert [entry.code for entry in device.records.logs.event] == [0x8F1F]


def test_a_new_battery_begins_anew_and_may_be_low_again():
    device = gas_meter(LOW_AT + DAY)
    assert noted(device, BatteryReplaced()) == [BatteryFitted()]
    assert READ["battery_days"](device) == 7_300
    assert line_of(BatteryFitted()).code == 0x8F82
    device.advance(device.now + LIFE - 364 * DAY)
    assert [what for _, what in told(device, LowBattery)] == [LowBattery(364), LowBattery(364)]


def test_an_empty_battery_is_a_loss_of_power():
    device = gas_meter(INSTALLED + LIFE - DAY)
    assert device.next_due() == INSTALLED + LIFE
    device.advance(INSTALLED + LIFE + DAY)
    assert told(device, BatteryLost) == [(INSTALLED + LIFE, BatteryLost("empty"))]
    assert device.next_due() is None
    assert noted(device, BatteryReplaced()) == [BatteryFitted(), BatteryBack(INSTALLED + LIFE)]
    assert device.records.power.on


# 3.6.2: without it.


def test_a_removed_battery_is_found_logged_and_told_on_the_reserve():
    device = gas_meter()
    assert noted(device, BatteryRemoved(), NOW + MINUTE) == [BatteryLost("removed"), LossOfPower(NOW + MINUTE)]
    assert device.records.power == Power(on=False, since=NOW + MINUTE)
    assert [entry.code for entry in device.records.logs.event] == [0x9030, 0x8F1D]
    line = line_of(LossOfPower(1))
    assert (line.code, line.log, line.mandated) == (0x8F1D, EVENT, 2)
    assert noted(device, BatteryRemoved()) == []


def test_without_a_reserve_the_alert_is_sent_on_return():
    device = gas_meter(profile=gas_profile(alert_on_reserve=False))
    assert noted(device, BatteryRemoved(), NOW) == [BatteryLost("removed")]
    assert noted(device, BatteryReturned(), NOW + HOUR) == [BatteryBack(NOW), LossOfPower(NOW)]


def test_a_meter_without_power_does_nothing():
    device = gas_meter()
    device.note(BatteryRemoved(), NOW)
    assert device.send(DisableSupply(), SUPPLIER).reason is Reason.UNREACHABLE
    assert device.next_due() is None
    assert wake.next_wake(device.site, device.records, device.now) is None
    last = wake.last_wake(device.site, device.records, NOW + 9 * DAY)
    assert last <= NOW


def test_with_depletion_unchanged_the_valve_stays_and_gas_is_counted():
    device, other = gas_meter(), gas_meter()
    device.note(BatteryRemoved(), NOW)
    device.advance(NOW + 3 * DAY)
    other.advance(NOW + 3 * DAY)
    assert device.volume_ml == other.volume_ml
    assert device.records.supply.switch is Switch.ENABLED
    device.note(BatteryReturned())
    assert device.records.supply.switch is Switch.ENABLED
    assert wake.last_wake(device.site, device.records, device.now) == device.now


def test_a_meter_that_measures_with_power_misses_what_flows_without():
    device = gas_meter(profile=gas_profile(counts_without_power=False))
    device.note(BatteryRemoved(), NOW)
    held = device.volume_ml
    device.note(BatteryReturned(), NOW + DAY)
    assert device.volume_ml == held
    device.advance(NOW + 2 * DAY)
    assert device.volume_ml > held


def test_with_depletion_locked_the_valve_closes_until_the_supplier_arms_it():
    device = gas_meter()
    accept(device, WriteGasFlow(depletion_locks=True), NOW)
    happened = noted(device, BatteryRemoved(), NOW + HOUR)
    assert SupplyChanged(Switch.DISABLED, Cause.DEPLETION) in happened
    held = device.volume_ml
    device.note(BatteryReturned(), NOW + 5 * HOUR)
    assert (device.records.supply.switch, device.records.supply.causes) == (Switch.DISABLED, Cause.DEPLETION)
    assert refuse(device, RestoreSupply(), sender=CONSUMER).reason is Reason.CONFLICT_STATE
    accept(device, ArmSupply())
    assert device.records.supply.switch is Switch.ARMED
    assert device.volume_ml == held


@pytest.mark.parametrize("prepare", [(), (DisableSupply(),), (DisableSupply(), ArmSupply())])
def test_return_resumes_the_state_before(prepare):
    device = gas_meter()
    for command in prepare:
        accept(device, command)
    before = device.records.supply
    device.note(BatteryRemoved(), NOW + HOUR)
    device.note(BatteryReturned(), NOW + DAY)
    assert device.records.supply == before
    assert noted(device, BatteryReturned()) == []


def test_a_test_of_the_valve_ends_when_power_is_lost():
    device = gas_meter()
    accept(device, DisableSupply(), NOW)
    accept(device, ArmSupply())
    accept(device, RestoreSupply(), sender=CONSUMER)
    device.note(BatteryRemoved(), NOW + 90 * SECOND)
    held = device.volume_ml
    device.note(BatteryReturned(), NOW + DAY)
    device.advance(NOW + 2 * DAY)
    assert (device.records.supply.switch, device.volume_ml) == (Switch.ARMED, held)


def test_what_fell_due_meanwhile_is_done_on_return():
    device = gas_meter()
    accept(device, SetPrices(Prices(tou_mp=(9_600,)), at=NOW + DAY), NOW)
    device.note(BatteryRemoved(), NOW + HOUR)
    device.advance(NOW + 2 * DAY)
    assert told(device, PricesChanged) == []
    device.note(BatteryReturned(), NOW + 3 * DAY)
    device.advance(NOW + 3 * DAY)
    assert [at for at, _ in told(device, PricesChanged)] == [NOW + 3 * DAY]


def test_the_logs_have_a_gap_and_what_flowed_in_it_comes_after():
    """A day wholly without power has no daily read, a half hour that ended without it no record (2.9)."""
    device, lit = gas_meter(), gas_meter()
    device.note(BatteryRemoved(), NOW)
    assert gas_logs.half_hours(device.site, device.records, NOW)[-1].at <= NOW
    device.advance(NOW + 3 * DAY)
    assert gas_logs.half_hours(device.site, device.records, device.now)[-1].at <= NOW
    device.note(BatteryReturned())
    device.advance(NOW + 4 * DAY)
    lit.advance(NOW + 4 * DAY)
    rows = gas_logs.half_hours(device.site, device.records, device.now)
    every = gas_logs.half_hours(lit.site, lit.records, lit.now)
    assert len(every) - len(rows) == 3 * 48
    assert sum(row.value for row in rows) == sum(row.value for row in every)
    reads = [read.at for read in gas_logs.daily_reads(device.site, device.records, device.now)]
    midnight = NOW // DAY * DAY
    assert midnight + 2 * DAY not in reads
    assert reads[-1] == midnight + 4 * DAY


def test_a_cover_opened_without_power_is_told_on_return():
    device = gas_meter()
    device.note(BatteryRemoved(), NOW)
    assert noted(device, CoverOpened("battery_cover"), NOW + HOUR) == []
    assert PhysicalTamper("battery_cover") in noted(device, BatteryReturned(), NOW + DAY)


def test_the_end_of_the_battery_is_a_closed_form():
    device = gas_meter()
    assert battery.ends_at(device.site, device.records.battery) == INSTALLED + LIFE
