"""What must hold of a gas meter whatever happens to it: the size of a step, a restart, the course of its registers."""

import numpy as np
from device_commands import CLOCK, GAPS, LATER, TARIFF, sender_of
from device_sites import NOW
from gas_sites import HOME, NO_GAS, gas_meter, gas_profile
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import commands, journal, metering
from emulator.device.commands import Command
from emulator.device.gas import gas_energy, gas_logs, network_log, wake
from emulator.device.gas.battery import BatteryRemoved, BatteryReplaced, BatteryReturned
from emulator.device.gas.gas_meter import GasMeter
from emulator.device.gas.items_gas import GAS_ITEMS
from emulator.device.gas.valve import EndOpened
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, Terms
from emulator.device.money.contract import Contract
from emulator.device.money.pricing import Prices
from emulator.device.tamper import CoverClosed, CoverOpened

POUND = 100_000
PREPAID = Contract(
    Mode.PREPAYMENT,
    2 * POUND,
    Prices(tou_mp=(9_600, 5_000, 20_000, 7_000), standing_mp=22_465),
    Terms(emergency_limit_mp=POUND, emergency_threshold_mp=POUND, low_credit_mp=POUND),
)
IN_BLOCKS = Prices(by="block", block_mp=((4_000, 5_000, 6_000, 7_000),), thresholds_wh=((20_000, 40_000, 90_000),))
PROFILES = {
    "as_delivered": gas_profile(),
    "locking": gas_profile(depletion_locks=True, tamper_locks=True, alert_on_reserve=False),
    "careful": gas_profile(confirm_s=30, counts_without_power=False, valve_turn_cost_s=864_000, battery_days=400),
}

SUPPLY = st.sampled_from(
    [commands.DisableSupply(), commands.ArmSupply(), commands.RestoreSupply(), commands.RestoreSupply()]
)
WORLD = st.one_of(
    st.builds(EndOpened, st.sampled_from([0, 30_001, 7_000_000]), st.integers(0, 4_000)),
    st.sampled_from(
        [
            BatteryRemoved(),
            BatteryReturned(),
            BatteryReturned(),
            BatteryReplaced(),
            CoverOpened("battery_cover"),
            CoverClosed("battery_cover"),
        ]
    ),
)
SETTINGS = st.one_of(
    st.builds(commands.WriteGasConversion, st.sampled_from([None, 0, 380, 400]), conversion_digits=st.just(5)),
    st.builds(
        commands.WriteGasFlow,
        st.sampled_from([None, 300, 61_680]),
        st.sampled_from([None, 0, 30, 256]),
        st.sampled_from([None, 1, 60, 0]),
        depletion_locks=st.sampled_from([None, True]),
    ),
    st.sampled_from(
        [
            commands.RecordNetworkData(),
            commands.SetPaymentMode(Mode.PREPAYMENT),
            commands.SetPaymentMode(Mode.CREDIT),
            commands.ActivateEmergencyCredit(),
            commands.AdjustBalance(POUND),
            commands.SetPrices(Prices(tou_mp=(8_000,), standing_mp=10_000)),
            commands.SetTariff(commands.tariff.SwitchingTable(), prices=IN_BLOCKS),
        ]
    ),
)
ANY = st.one_of(SUPPLY, SUPPLY, WORLD, SETTINGS, CLOCK, TARIFF)
HISTORIES = st.lists(st.tuples(GAPS, ANY), max_size=9)
MODELS = st.sampled_from([*PROFILES])


def fresh(model, *, prepaid):
    device = gas_meter(household=HOME, profile=PROFILES[model], installed_at=NOW - 30 * DAY)
    if prepaid:
        device.note(AccountStarts(PREPAID))
    return device


def act(device, event, at):
    if isinstance(event, Command):
        device.send(event, sender_of(event), at)
    else:
        device.note(event, at)


def timed(history):
    at, made = NOW, []
    for gap, event in history:
        at += gap
        made.append((at, event))
    return made


def readings(device):
    return {item.key: item.read(device) for item in GAS_ITEMS}


@given(MODELS, st.booleans(), HISTORIES, LATER, st.lists(st.integers(0, 12 * DAY), max_size=12))
@settings(max_examples=60, deadline=None)
def test_the_size_of_a_step_does_not_matter_to_gas(model, prepaid, history, later, stops):
    once, often = (fresh(model, prepaid=prepaid) for _ in range(2))
    history = timed(history)
    end = (history[-1][0] if history else NOW) + later
    left = sorted({*(NOW + stop for stop in stops if NOW + stop <= end), end})
    for at, event in history:
        act(once, event, at)
        while left and left[0] < at:
            often.advance(left.pop(0))
        act(often, event, at)
    once.advance(end)
    for at in left:
        often.advance(at)
        often.advance(at)
    assert [journal.encode(entry) for entry in once.journal] == [journal.encode(entry) for entry in often.journal]
    assert once.records == often.records
    assert readings(once) == readings(often)
    assert once.next_due() == often.next_due()


@given(MODELS, st.booleans(), HISTORIES, LATER, st.lists(st.booleans(), min_size=9, max_size=9))
@settings(max_examples=50, deadline=None)
def test_a_restart_does_not_matter_to_gas(model, prepaid, history, later, restarts):
    through, restarted = (fresh(model, prepaid=prepaid) for _ in range(2))
    for (at, event), restart in zip(timed(history), restarts, strict=False):
        if restart:
            restarted = GasMeter(restarted.site, restarted.now, restarted.state())
        act(through, event, at)
        act(restarted, event, at)
    end = through.now + later
    through.advance(end)
    restarted.advance(end)
    assert restarted.records == through.records
    assert readings(restarted) == readings(through)
    assert restarted.seq == through.seq


@given(MODELS, st.booleans(), HISTORIES, st.lists(LATER, min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_gas_registers_never_run_backwards_and_agree(model, prepaid, history, gaps):
    device = fresh(model, prepaid=prepaid)
    moments = timed(history)
    for gap in gaps:
        moments.append(((moments[-1][0] if moments else NOW) + gap, None))
    volume_ml = energy_mwh = 0
    for at, event in moments:
        device.advance(at)
        for _ in range(2):
            assert device.volume_ml >= volume_ml
            assert device.energy_mwh >= energy_mwh
            volume_ml, energy_mwh = device.volume_ml, device.energy_mwh
            assert sum(device.tou()) == volume_ml
            assert metering.total_at(device.site, device.records.runs, Channel.GAS, at) == volume_ml
            assert metering.registers_at(device.site, device.records, at).tou == device.tou()
            moment = np.array([at], dtype=np.int64)
            assert gas_energy.energies_mwh(device.site, device.records, moment).tolist() == [energy_mwh]
            assert metering.totals_at(device.site, device.records.runs, Channel.GAS, moment).tolist() == [volume_ml]
            if event is not None:
                act(device, event, at)


@given(MODELS, HISTORIES, LATER)
@settings(max_examples=50, deadline=None)
def test_profile_and_network_log_agree_with_the_register(model, history, later):
    device = fresh(model, prepaid=False)
    for at, event in timed(history):
        act(device, event, at)
    device.advance(device.now + later)
    held = gas_logs.recorded(device.records, metering.intervals(device.records, device.now, 100))
    ends = metering.totals_at(device.site, device.records.runs, Channel.GAS, held.true) // 1000
    starts = metering.totals_at(device.site, device.records.runs, Channel.GAS, held.before) // 1000
    rows = gas_logs.half_hours(device.site, device.records, device.now, 100)
    assert [row.value for row in rows] == (ends - starts).tolist()
    if rows:
        assert sum(row.value for row in rows) == ends[-1] - starts[0]
    started = device.records.network.started_at
    if started is not None:
        rows = network_log.entries(device.site, device.records, device.now)
        edges = [
            metering.total_at(device.site, device.records.runs, Channel.GAS, at)
            for at in (started, started + len(rows) * network_log.STEP)
        ]
        assert sum(row.volume_ml for row in rows) == edges[1] - edges[0]


@given(st.integers(0, 2**32), st.integers(NOW, NOW + 30 * DAY), st.integers(-900, 900))
@settings(max_examples=100, deadline=None)
def test_the_next_wake_is_an_interval_after_the_last(seed, now, shift_s):
    device = gas_meter(household=NO_GAS, seed=seed)
    device.send(commands.ShiftClock(shift_s), sender_of(commands.ShiftClock(0)), NOW)
    last = wake.last_wake(device.site, device.records, now)
    assert last <= now < last + HALF_HOUR == wake.next_wake(device.site, device.records, now)
    assert wake.last_wake(device.site, device.records, last) == last


def test_a_year_of_an_untouched_credit_meter_is_one_step():
    device = gas_meter()
    battery_low = device.next_due()
    device.advance(NOW + 366 * DAY)
    assert device.next_due() == battery_low > device.now
    assert device.journal == []
