"""The valve: what closes it, how it opens at the meter, and the check for an open end (reference 3.5 and 3.7)."""

import pytest
from device_sites import CONSUMER, NOW, SUPPLIER, accept, refuse
from gas_sites import HOME, NO_GAS, gas_meter, gas_profile
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import commands
from emulator.device.commands import ArmSupply, DisableSupply, Reason, RestoreSupply, SetTamperState
from emulator.device.event_table import EVENT, OPTIONAL, line_of
from emulator.device.gas import network_log, valve
from emulator.device.gas.valve import EndOpened
from emulator.device.happenings import (
    PhysicalTamper,
    SupplyArmed,
    SupplyChanged,
    UncontrolledFlow,
    ValveAsked,
    ValveOpening,
    ValveTurned,
)
from emulator.device.household import Channel
from emulator.device.instant import HOUR, MINUTE, SECOND
from emulator.device.records import Cause, Supply, Switch
from emulator.device.tamper import CoverOpened

OPEN_AT = 5 * SECOND
JUDGE_AT = OPEN_AT + 360 * SECOND
"""From the consumer's confirmation on, with the profile's travel of 5 s and periods of 60 s and 300 s."""


def armed(at=NOW, **of_site):
    device = gas_meter(**of_site)
    accept(device, DisableSupply(), at)
    accept(device, ArmSupply())
    return device


def kinds(happened):
    return [type(what) for what in happened]


def after(device, seq):
    return [entry.what for entry in device.journal[seq:]]


def position(device):
    return valve.position(device.site, device.records.valve, device.now)


# What closes it.


def test_disabling_closes_the_valve_and_the_register_stands():
    device = gas_meter()
    assert position(device) == "open"
    happened = accept(device, DisableSupply(), NOW)
    assert happened == [SupplyChanged(Switch.DISABLED, Cause.SUPPLIER), ValveTurned(open=False)]
    assert position(device) == "closing"
    held = device.volume_ml
    device.advance(NOW + HOUR)
    assert position(device) == "closed"
    assert device.volume_ml == held
    assert not device.records.flows


def test_the_consumer_cannot_open_a_disabled_valve():
    device = gas_meter()
    accept(device, DisableSupply(), NOW)
    assert refuse(device, RestoreSupply(), sender=CONSUMER).reason is Reason.CONFLICT_STATE
    assert refuse(gas_meter(), RestoreSupply(), sender=CONSUMER).reason is Reason.CONFLICT_STATE


def test_nobody_opens_the_valve_from_afar():
    device = armed()
    assert device.send(RestoreSupply(), SUPPLIER).reason is Reason.NOT_AUTHORISED
    assert device.send(commands.EnableSupply(), SUPPLIER).reason is Reason.NOT_APPLICABLE
    assert device.records.supply.switch is Switch.ARMED


def test_arming_leaves_the_valve_closed():
    device = armed()
    assert [what for what in after(device, 0) if isinstance(what, SupplyArmed)] == [SupplyArmed()]
    held = device.volume_ml
    device.advance(NOW + HOUR)
    assert device.volume_ml == held
    assert device.records.supply.switch is Switch.ARMED


def test_tampering_closes_the_valve_where_configured():
    device = gas_meter()
    happened = device.note(CoverOpened("battery_cover"), NOW).entries
    assert [entry.what for entry in happened] == [PhysicalTamper("battery_cover")]
    assert device.records.supply.switch is Switch.ENABLED
    locked = gas_meter()
    accept(locked, SetTamperState(lock=True), NOW)
    locked.note(CoverOpened("magnet"))
    assert (locked.records.supply.switch, locked.records.supply.causes) == (Switch.DISABLED, Cause.TAMPER)
    assert not locked.records.valve.open
    assert refuse(locked, RestoreSupply(), sender=CONSUMER).reason is Reason.CONFLICT_STATE
    accept(locked, ArmSupply())
    assert locked.records.supply.switch is Switch.ARMED


def test_the_battery_cover_is_a_tamper_alert_of_the_security_log():
    device = gas_meter()
    device.note(CoverOpened("battery_cover"), NOW)
    assert [entry.code for entry in device.records.logs.security] == [0x8F73]
    line = line_of(PhysicalTamper("battery_cover"))
    assert (line.mandated, line.alert) == (5, "alert")


# How it opens.


def test_the_valve_opens_is_tested_and_the_supply_enabled():
    device = armed()
    start, seq = NOW + HOUR, len(device.journal)
    held = device.volume_ml
    assert kinds(accept(device, RestoreSupply(), start, CONSUMER)) == [ValveOpening]
    assert position(device) == "opening"
    device.advance(start + OPEN_AT - 1)
    assert (device.volume_ml, device.records.flows) == (held, False)
    device.advance(start + OPEN_AT)
    assert position(device) == "open"
    assert device.records.supply.switch is Switch.ARMED
    device.advance(start + JUDGE_AT - 1)
    assert device.records.supply.switch is Switch.ARMED
    device.advance(start + JUDGE_AT)
    assert device.records.supply == Supply(Switch.ENABLED, moved_at=device.now)
    assert kinds(after(device, seq)) == [ValveOpening, ValveTurned, SupplyChanged]


def test_gas_that_flows_while_testing_is_counted():
    device = armed()
    start, held = NOW + HOUR, device.volume_ml
    accept(device, RestoreSupply(), start, CONSUMER)
    device.advance(start + JUDGE_AT + HOUR)
    load = device.site.load(Channel.GAS)
    assert device.volume_ml - held == load.energy_mwh(device.now) - load.energy_mwh(start + OPEN_AT)


def test_an_open_end_closes_the_valve_again_and_leaves_the_supply_armed():
    device = armed(household=NO_GAS)
    start = NOW + HOUR
    device.note(EndOpened(flow_ml_h=7_000_000, for_s=1_200), start)
    seq = len(device.journal)
    accept(device, RestoreSupply(), start, CONSUMER)
    device.advance(start + OPEN_AT + 60 * SECOND)
    # 7 m3/h for a minute.
    assert device.volume_ml == pytest.approx(116_667, abs=2)
    device.advance(start + HOUR)
    assert device.volume_ml == pytest.approx(7_000_000 * 360 // 3_600, abs=2)
    found = after(device, seq)
    assert kinds(found) == [ValveOpening, ValveTurned, UncontrolledFlow, ValveTurned]
    assert found[2].flow_ml_h == pytest.approx(7_000_000, abs=40)
    assert device.records.supply.switch is Switch.ARMED
    assert not device.records.flows
    assert device.tou()[0] == device.volume_ml


def test_uncontrolled_flow_is_an_event_of_its_own():
    line = line_of(UncontrolledFlow(1))
    assert (line.code, line.log, line.alert) == (0x81BF, EVENT, OPTIONAL)


def test_after_an_open_end_the_consumer_tries_again():
    device = armed(household=NO_GAS)
    start = NOW + HOUR
    device.note(EndOpened(flow_ml_h=7_000_000, for_s=500), start)
    accept(device, RestoreSupply(), start, CONSUMER)
    accept(device, RestoreSupply(), start + HOUR, CONSUMER)
    device.advance(start + 2 * HOUR)
    assert device.records.supply.switch is Switch.ENABLED


@pytest.mark.parametrize(("flow_ml_h", "enabled"), [(6_168_000, True), (6_169_000, False)])
def test_only_more_than_the_rate_is_too_much(flow_ml_h, enabled):
    """The rate as delivered is DCC's sample, 61680: 6.1680 m3/h."""
    device = armed(household=NO_GAS)
    device.note(EndOpened(flow_ml_h, for_s=3_000))
    accept(device, RestoreSupply(), NOW, CONSUMER)
    device.advance(NOW + HOUR)
    assert (device.records.supply.switch is Switch.ENABLED) == enabled


def test_a_flow_that_settles_in_time_does_not_count():
    """What flows in the stabilisation period is not measured."""
    device = armed(household=NO_GAS)
    device.note(EndOpened(7_000_000, for_s=64))
    accept(device, RestoreSupply(), NOW, CONSUMER)
    device.advance(NOW + HOUR)
    assert device.records.supply.switch is Switch.ENABLED
    assert device.volume_ml == pytest.approx(7_000_000 * 59 // 3_600, abs=2)


def test_written_periods_and_rate_are_used():
    device = armed(household=NO_GAS)
    accept(device, commands.WriteGasFlow(uncontrolled_flow=300, stabilisation_s=10, measurement_s=20))
    device.note(EndOpened(31_000, for_s=3_000))  # 31 l/h; Secure's published rate is 30 l/h
    accept(device, RestoreSupply(), NOW, CONSUMER)
    device.advance(NOW + 34 * SECOND)
    assert device.records.flows
    device.advance(NOW + 35 * SECOND)
    assert not device.records.flows
    assert device.records.supply.switch is Switch.ARMED


def test_a_second_key_press_during_the_test_is_refused():
    device = armed()
    accept(device, RestoreSupply(), NOW, CONSUMER)
    assert refuse(device, RestoreSupply(), NOW + MINUTE, CONSUMER).reason is Reason.CONFLICT_STATE


def test_disabling_overtakes_the_test():
    device = armed()
    accept(device, RestoreSupply(), NOW, CONSUMER)
    device.advance(NOW + MINUTE)
    assert device.records.flows
    accept(device, DisableSupply(), NOW + 2 * MINUTE)
    held = device.volume_ml
    device.advance(NOW + HOUR)
    assert (device.records.supply.switch, device.volume_ml) == (Switch.DISABLED, held)
    assert device.records.valve.opening is None


def test_disabling_overtakes_a_valve_on_its_way():
    device = armed()
    accept(device, RestoreSupply(), NOW, CONSUMER)
    accept(device, DisableSupply(), NOW + SECOND)
    accept(device, ArmSupply(), NOW + 2 * SECOND)
    device.advance(NOW + HOUR)
    assert device.records.supply.switch is Switch.ARMED
    assert not device.records.flows


def test_where_the_make_wants_it_twice_the_second_key_opens():
    """Secure's gas meter: A, then B within 30 s; otherwise it stays armed."""
    device = armed(profile=gas_profile(confirm_s=30))
    assert accept(device, RestoreSupply(), NOW + HOUR, CONSUMER) == [ValveAsked(NOW + HOUR + 30 * SECOND)]
    device.advance(NOW + 2 * HOUR)
    assert device.records.supply.switch is Switch.ARMED
    assert kinds(accept(device, RestoreSupply(), sender=CONSUMER)) == [ValveAsked]
    assert kinds(accept(device, RestoreSupply(), NOW + 2 * HOUR + 30 * SECOND, CONSUMER)) == [ValveOpening]
    device.advance(NOW + 3 * HOUR)
    assert device.records.supply.switch is Switch.ENABLED


def test_a_turn_costs_battery():
    device = armed()
    assert (device.records.valve.turns, device.records.battery.spent_s) == (1, 7_200)
    accept(device, RestoreSupply(), NOW + HOUR, CONSUMER)
    device.advance(NOW + 2 * HOUR)
    assert (device.records.valve.turns, device.records.battery.spent_s) == (2, 14_400)


def test_an_open_end_of_an_enabled_supply_is_counted_until_it_ends():
    device = gas_meter(household=NO_GAS)
    device.note(EndOpened(3_600_000, for_s=600), NOW)
    device.advance(NOW + 5 * MINUTE)
    assert device.volume_ml == pytest.approx(300_000, abs=100)
    device.advance(NOW + HOUR)
    assert device.volume_ml == pytest.approx(600_000, abs=1)


@given(
    st.integers(0, 9_000_000),
    st.integers(0, 2_000),
    st.lists(st.integers(0, 40 * MINUTE), min_size=1, max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_every_way_to_read_an_open_end_gives_the_same(flow_ml_h, for_s, steps):
    """The running register, the TOU registers, the vector of the logs and a meter that was not watched."""
    watched, left_alone = (gas_meter(household=HOME, installed_at=NOW - HOUR) for _ in range(2))
    for device in (watched, left_alone):
        device.note(EndOpened(flow_ml_h, for_s), NOW + 7 * SECOND)
    accept(watched, commands.RecordNetworkData(), NOW + 7 * SECOND)
    before = 0
    for step in steps:
        watched.advance(watched.now + step)
        assert watched.volume_ml >= before
        before = watched.volume_ml
        assert watched.tou()[0] == before
    left_alone.advance(watched.now)
    assert left_alone.volume_ml == before
    rows = network_log.entries(watched.site, watched.records, watched.now)
    assert all(row.volume_ml >= 0 for row in rows)
