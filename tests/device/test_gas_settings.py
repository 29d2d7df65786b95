"""The settings of a gas meter and its network data log (reference 3.2, 3.7, 3.9; services 6.6, 6.7, 14.1)."""

import numpy as np
import pytest
from device_sites import NOW, accept, refuse
from gas_sites import gas_meter

from emulator.device.calendar import SwitchingTable
from emulator.device.commands import (
    Reason,
    RecordNetworkData,
    Sender,
    SetPrices,
    SetTariff,
    ShiftClock,
    WriteGasConversion,
    WriteGasFlow,
)
from emulator.device.gas import gas_energy, network_log
from emulator.device.happenings import ConfigurationChanged, NetworkLogStarted, Posted
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.money.charges import block_counters, project
from emulator.device.money.pricing import Prices

OLD, NEW = 11_362_667, 10_908_160
"""Millionths of a mWh a ml, by hand: 1.02264 x 40.0 / 3.6 and 1.02264 x 38.4 / 3.6."""

WRITE_NEW = WriteGasConversion(calorific_value=384, calorific_digits=1)


def blocks_wh(device, at):
    (only_set,) = block_counters(device.site, device.records, at)
    return tuple(energy_mwh // 1000 for energy_mwh in only_set)


def test_a_new_calorific_value_acts_on_later_consumption():
    device = gas_meter()
    before_ml, before_mwh = device.volume_ml, device.energy_mwh
    assert accept(device, WRITE_NEW, NOW) == [ConfigurationChanged("gas_conversion")]
    assert device.records.energy_factor == NEW
    assert device.energy_mwh == before_mwh
    device.advance(NOW + 10 * DAY)
    assert device.energy_mwh == before_mwh + (device.volume_ml - before_ml) * NEW // 1_000_000


def test_energy_of_the_past_keeps_its_factor():
    device = gas_meter()
    before = [gas_energy.energy_mwh(device.site, device.records, NOW - hour * HOUR) for hour in range(5)]
    for day in range(1, 6):
        value = 380 + day
        accept(device, WriteGasConversion(calorific_value=value), NOW + day * DAY)
    after = [gas_energy.energy_mwh(device.site, device.records, NOW - hour * HOUR) for hour in range(5)]
    assert after == before
    moments = np.arange(NOW - 10 * DAY, device.now, 7 * HOUR)
    vector = gas_energy.energies_mwh(device.site, device.records, moments).tolist()
    assert vector == [gas_energy.energy_mwh(device.site, device.records, at) for at in moments.tolist()]


def test_consumption_is_settled_at_the_old_value_before_the_new_one_holds():
    device = gas_meter()
    accept(device, SetPrices(Prices(tou_mp=(6_400,))), NOW)
    start_ml = device.volume_ml
    device.advance(NOW + 3 * DAY)
    middle_ml = device.volume_ml
    posted = [what for what in accept(device, WRITE_NEW) if isinstance(what, Posted)]
    assert posted[0].amount_mp == (middle_ml - start_ml) * OLD // 1_000_000 * 6_400 // 1_000_000
    device.advance(NOW + 6 * DAY)
    account, _ = project(device.site, device.records, device.now)
    cost = (middle_ml - start_ml) * OLD * 6_400 + (device.volume_ml - middle_ml) * NEW * 6_400
    assert -account.balance_mp == pytest.approx(cost / 10**12, abs=2)


def test_block_counters_hold_energy_by_the_factor_of_its_time():
    prices = Prices(by="block", block_mp=((4_000, 5_000, 6_000, 7_000),), thresholds_wh=((50_000, 100_000, 200_000),))
    device = gas_meter()
    accept(device, SetTariff(SwitchingTable(), prices=prices), NOW)
    began_mwh = device.energy_mwh
    device.advance(NOW + 3 * DAY)
    accept(device, WRITE_NEW)
    device.advance(NOW + 9 * DAY)
    counters = blocks_wh(device, device.now)
    used_mwh = device.energy_mwh - began_mwh
    assert sum(counters) == pytest.approx(used_mwh // 1000, abs=3)
    account, posted = project(device.site, device.records, device.now)
    dear_mwh = used_mwh - 200_000_000
    assert dear_mwh > 0
    cost = 50_000_000 * 4_000 + 50_000_000 * 5_000 + 100_000_000 * 6_000 + dear_mwh * 7_000
    assert -account.balance_mp == pytest.approx(cost / 10**6, abs=3)
    assert posted


@pytest.mark.parametrize(
    "fields",
    [
        {"calorific_value": 0},
        {"calorific_value": -1},
        {"calorific_value": 2**32, "calorific_digits": 9},
        {"conversion_factor": 0},
        {"conversion_factor": 2**32, "conversion_digits": 9},
        {"calorific_digits": 10},
        {"calorific_digits": -1},
        {"calorific_value": 400_000, "calorific_digits": 0},
        {"conversion_factor": 1, "conversion_digits": 9},
    ],
)
def test_a_conversion_that_is_none_is_refused_whole(fields):
    device = gas_meter()
    factor = device.records.energy_factor
    assert refuse(device, WriteGasConversion(**fields)).reason is Reason.INVALID_VALUE
    assert (device.records.energy_factor, len(device.records.factors)) == (factor, 1)
    # The greatest that 32 bits hold is taken.
    accept(device, WriteGasConversion(2**32 - 1, 9, 2**32 - 1, 9))


def test_writing_what_holds_changes_nothing_but_the_log():
    device = gas_meter()
    accept(device, WriteGasConversion(), NOW)
    assert len(device.records.factors) == 1


def test_flow_settings_are_stored_all_or_nothing():
    device = gas_meter()
    command = WriteGasFlow(300, 255, 65_535, tamper_locks=True, depletion_locks=True)
    assert accept(device, command, NOW) == [ConfigurationChanged("gas_flow")]
    flow = device.records.flow
    assert (flow.uncontrolled_flow, flow.stabilisation_s, flow.measurement_s) == (300, 255, 65_535)
    assert flow.depletion_locks
    assert device.records.tamper.lock_supply
    accept(device, WriteGasFlow(tamper_locks=False))
    assert device.records.flow == flow
    assert not device.records.tamper.lock_supply


@pytest.mark.parametrize(
    "fields",
    [
        {"uncontrolled_flow": 65_536},
        {"uncontrolled_flow": -1},
        {"stabilisation_s": 256},
        {"stabilisation_s": -1},
        {"measurement_s": 65_536},
        {"measurement_s": 0},
    ],
)
def test_what_the_field_does_not_hold_is_refused(fields):
    refused = refuse(gas_meter(), WriteGasFlow(**{"depletion_locks": True, **fields}))
    assert refused.reason is Reason.INVALID_VALUE


# The network data log.


def entries(device):
    return network_log.entries(device.site, device.records, device.now)


def test_a_log_that_was_never_started_is_empty():
    assert entries(gas_meter()) == []


def test_it_runs_four_hours_in_steps_of_six_minutes():
    device = gas_meter()
    start = NOW + 17_000
    assert accept(device, RecordNetworkData(), start, Sender.NETWORK) == [NetworkLogStarted()]
    assert entries(device) == []
    before = device.volume_ml
    device.advance(start + 6 * MINUTE - 1)
    assert entries(device) == []
    device.advance(start + 6 * MINUTE)
    assert entries(device) == [(start + 6 * MINUTE, device.volume_ml - before)]
    device.advance(start + 4 * HOUR)
    after = device.volume_ml
    rows = entries(device)
    assert [row.at for row in rows] == [start + step * 6 * MINUTE for step in range(1, 41)]
    assert sum(row.volume_ml for row in rows) == after - before
    device.advance(start + 3 * DAY)
    assert entries(device) == rows


def test_starting_it_again_begins_anew():
    device = gas_meter()
    accept(device, RecordNetworkData(), NOW, Sender.NETWORK)
    accept(device, RecordNetworkData(), NOW + HOUR)
    device.advance(NOW + HOUR + 13 * MINUTE)
    assert [row.at for row in entries(device)] == [NOW + HOUR + 6 * MINUTE, NOW + HOUR + 12 * MINUTE]


def test_its_stamps_are_of_the_device_clock():
    device = gas_meter()
    accept(device, ShiftClock(by_s=30), NOW)
    accept(device, RecordNetworkData())
    device.advance(NOW + 6 * MINUTE)
    assert [row.at for row in entries(device)] == [NOW + 6 * MINUTE + 30_000]
