"""Load limiting (functional reference 2.11) against a plain walk through the minutes."""

import numpy as np
import pytest
from device_sites import CONSUMER, FOUR_SEASONS, INSTALLED, NOW, accept, meter, profile_with, refuse

from emulator.device import items
from emulator.device.alerts import alert_of
from emulator.device.commands import (
    ArmSupply,
    DisableSupply,
    EnableSupply,
    Reason,
    ResetLoadLimitCounter,
    RestoreSupply,
    SetTariff,
    ShiftClock,
    WriteLoadLimit,
)
from emulator.device.happenings import (
    ConfigurationChanged,
    CounterReset,
    LoadLimitReached,
    SupplyArmed,
    SupplyChanged,
    SupplyRestored,
)
from emulator.device.household import Channel, Household
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.journal import DeviceName
from emulator.device.meter import Meter
from emulator.device.records import Cause, LogEntry, Switch

FLAT = Household(shape="flat", daily_import_wh=24_000)  # about 1 kW, always
NO_CAUSE = Cause(0)


def walked(load, start, end, limit):
    """Give the instants of excesses and of restorations, minute by minute from a switch that closes at `start`."""
    first = start // MINUTE * MINUTE
    edges = load.energies_mwh(np.arange(first, end + 2 * MINUTE, MINUTE))
    above = (np.diff(edges) * 60 > limit.threshold_w * 1000).tolist()
    reached, restored = [], []
    at, began, reported = start, None, False
    while at < end:
        minute_end = at // MINUTE * MINUTE + MINUTE
        if not above[(at - first) // MINUTE]:
            at, began, reported = minute_end, None, False
            continue
        began = at if began is None else began
        due = began + limit.period_s * SECOND
        if reported or due > minute_end:
            at = minute_end
            continue
        reached.append(due)
        reported = True
        if limit.disable:
            at, began, reported = due + limit.restoration_s * SECOND, None, False
            restored.append(at)
    return [at for at in reached if at <= end], [at for at in restored if at <= end]


def happened(device, kind):
    return [entry.at for entry in device.journal if isinstance(entry.what, kind)]


def limit(threshold_w, period_s=60, restoration_s=300, disable=False):
    return WriteLoadLimit(threshold_w, period_s, restoration_s, disable)


@pytest.mark.parametrize(
    ("written", "days", "least"),
    [
        (limit(350, 0), 5, 20),
        (limit(400, 30), 5, 20),
        (limit(400, 60), 5, 20),
        (limit(400, 61), 5, 20),
        (limit(450, 300), 10, 5),
        (limit(300, 3_600), 20, 2),
        (limit(200, 7_200), 20, 2),
        (limit(600, 0, 15, disable=True), 1, 50),
        (limit(450, 60, 300, disable=True), 4, 20),
        (limit(450, 60, 3_600, disable=True), 10, 20),
        (limit(500, 17, 4_001, disable=True), 10, 10),
        (limit(300, 1_800, 86_400, disable=True), 30, 5),
        (limit(2_000, 60), 60, 0),
        (limit(990, 60), 90, 1),
        (limit(990, 60, 600, disable=True), 90, 1),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_excesses_are_found_at_the_right_minute(written, days, least, seed):
    device = meter(seed=seed)
    start, end = NOW + 12_345, NOW + days * DAY
    accept(device, written, start)
    device.advance(end)
    reached, restored = walked(device.site.load(Channel.IMPORT), start, end, written)
    assert len(reached) >= least
    assert happened(device, LoadLimitReached) == reached
    assert happened(device, SupplyRestored) == restored
    assert device.records.load_limit.counter == len(reached)
    assert device.records.supply.switch is (
        Switch.ARMED if written.disable and len(reached) > len(restored) else Switch.ENABLED
    )


def test_a_limit_that_only_tells_leaves_the_supply():
    device = meter(household=FLAT)
    assert accept(device, limit(500, 30)) == [ConfigurationChanged("load_limit")]
    device.advance(NOW + 20 * DAY)
    told = [(entry.at, entry.what) for entry in device.journal[1:]]
    assert told == [(NOW + 30 * SECOND, LoadLimitReached(500, disabled=False))]  # latched: it never fell
    assert device.supplied
    # (i) the event log, (ii) the counter, (iii) the alert, the 7th of the mandated.
    assert device.records.logs.event[-1] == LogEntry(NOW + 30 * SECOND, 0x8F01)
    assert items.find("load_limit_counter").read(device) == 1
    alert = alert_of(device.site.profile, DeviceName.ESME, told[0][1])
    assert (alert.code, alert.mandated) == (0x8F01, 7)


def test_a_limit_that_disables_opens_arms_and_restores():
    device = meter(household=FLAT)
    accept(device, limit(500, 30, 120, disable=True))
    device.advance(NOW + 30 * SECOND)
    assert [entry.what for entry in device.journal[1:]] == [
        LoadLimitReached(500, disabled=True),
        SupplyChanged(Switch.ARMED, NO_CAUSE),
        SupplyArmed("load_limit"),
    ]
    assert device.power_mw(Channel.IMPORT) == 0
    held = device.total_mwh(Channel.IMPORT)
    assert device.next_due() == NOW + 150 * SECOND
    device.advance(NOW + 150 * SECOND)
    assert [entry.what for entry in device.journal[4:]] == [
        SupplyChanged(Switch.ENABLED, NO_CAUSE),
        SupplyRestored(),
    ]
    assert device.total_mwh(Channel.IMPORT) == held
    # No power flowed while the switch was open: the excess after it is a new one.
    assert device.next_due() == NOW + 180 * SECOND


def test_the_consumer_may_close_before_the_restoration():
    device = meter(household=FLAT)
    accept(device, limit(500, 60, 3_600, disable=True))
    accept(device, RestoreSupply(), NOW + 5 * MINUTE, CONSUMER)
    assert device.supplied
    device.advance(NOW + 6 * MINUTE)
    assert happened(device, LoadLimitReached) == [NOW + MINUTE, NOW + 6 * MINUTE]
    device.advance(NOW + 2 * HOUR)
    assert happened(device, SupplyRestored) == [NOW + 6 * MINUTE + HOUR]


@pytest.mark.parametrize(
    ("commands", "switch"),
    [
        ((DisableSupply(),), Switch.DISABLED),
        ((DisableSupply(), ArmSupply()), Switch.ARMED),
        ((EnableSupply(), limit(0)), Switch.ENABLED),
    ],
)
def test_a_supplier_who_moves_the_switch_ends_the_wait(commands, switch):
    device = meter(household=FLAT)
    accept(device, limit(500, 60, 3_600, disable=True))
    for number, command in enumerate(commands):
        accept(device, command, NOW + 2 * MINUTE + number * SECOND)
    assert device.next_due() is None
    device.advance(NOW + 2 * DAY)
    assert device.records.supply.switch is switch
    assert not happened(device, SupplyRestored)


def test_arming_what_the_limit_armed_changes_nothing():
    device = meter(household=FLAT)
    accept(device, limit(500, 60, 3_600, disable=True))
    assert accept(device, ArmSupply(), NOW + 2 * MINUTE) == []
    assert device.next_due() == NOW + MINUTE + HOUR


def test_a_write_starts_the_timer_anew():
    device = meter(household=FLAT)
    accept(device, limit(500, 600))
    accept(device, WriteLoadLimit(period_s=600), NOW + 9 * MINUTE)
    device.advance(NOW + 19 * MINUTE - 1)
    assert not happened(device, LoadLimitReached)
    device.advance(NOW + 19 * MINUTE)
    assert happened(device, LoadLimitReached) == [NOW + 19 * MINUTE]
    accept(device, WriteLoadLimit(disable=False), NOW + HOUR)  # and forgets what it reported
    device.advance(NOW + DAY)
    assert happened(device, LoadLimitReached) == [NOW + 19 * MINUTE, NOW + HOUR + 10 * MINUTE]


@pytest.mark.parametrize("command", [ShiftClock(300), SetTariff(FOUR_SEASONS)])
def test_neither_the_clock_nor_the_tariff_disturbs_the_timer(command):
    device, plain = meter(), meter()
    for each in (device, plain):
        accept(each, limit(450, 600))
    due = plain.next_due()
    device.advance(due - MINUTE)
    accept(device, command)
    for each in (device, plain):
        each.advance(NOW + 10 * DAY)
    assert happened(device, LoadLimitReached) == happened(plain, LoadLimitReached)
    assert happened(plain, LoadLimitReached)[0] == due


def test_a_limit_that_is_delivered_watches_from_the_installation():
    profile = profile_with(power={"load_limit_w": 500, "load_limit_period_s": 600})
    device = meter(INSTALLED + DAY, household=FLAT, profile=profile)
    assert happened(device, LoadLimitReached) == [INSTALLED + 10 * MINUTE]


def test_an_open_switch_is_not_watched():
    device = meter(household=FLAT)
    accept(device, limit(500, 600))
    accept(device, DisableSupply(), NOW + 5 * MINUTE)
    assert device.next_due() is None
    accept(device, EnableSupply(), NOW + HOUR)
    device.advance(NOW + DAY)
    assert happened(device, LoadLimitReached) == [NOW + HOUR + 10 * MINUTE]


def test_the_longest_period_is_found_across_the_horizon():
    device = meter(household=FLAT)
    accept(device, limit(500, 86_400))
    device.advance(NOW + 30 * DAY)
    assert happened(device, LoadLimitReached) == [NOW + DAY]
    low = int(np.diff(device.site.load(Channel.IMPORT).energies_mwh(np.arange(NOW, NOW + DAY, MINUTE))).min()) * 60
    assert low > 500_000


def test_a_restart_in_the_middle_of_an_excess_changes_nothing():
    device = meter()
    accept(device, limit(300, 1_800, 3_600, disable=True))
    again = meter()
    accept(again, limit(300, 1_800, 3_600, disable=True))
    told = []
    for _ in range(200):
        told.extend(again.take_changes().entries)
        again = Meter(again.site, again.now + 37 * MINUTE, again.state())
        told.extend(again.take_changes().entries)
    device.advance(again.now)
    assert told == device.journal
    assert again.records == device.records


def test_settings_are_bounded_and_none_stays():
    device = meter()
    wrong = [
        {"threshold_w": -1},
        {"threshold_w": 100_001},
        {"period_s": -1},
        {"period_s": 86_401},
        {"restoration_s": 0},
        {"restoration_s": 86_401},
    ]
    for fields in wrong:
        assert refuse(device, WriteLoadLimit(**fields, disable=True)).reason is Reason.INVALID_VALUE
    accept(device, WriteLoadLimit(threshold_w=6_900))
    accept(device, WriteLoadLimit(disable=True))
    held = {key: items.BY_KEY[key].read(device) for key in items.BY_KEY if key.startswith("load_limit")}
    assert held == {
        "load_limit_w": 6_900,
        "load_limit_period_s": 30,
        "load_limit_restoration_s": 300,
        "load_limit_supply_state": "disable",
        "load_limit_counter": 0,
    }


def test_the_counter_is_reset_by_command_only():
    device = meter(household=FLAT)
    accept(device, limit(500, 60, 60, disable=True))
    device.advance(NOW + HOUR)
    assert device.records.load_limit.counter == 30
    accept(device, limit(0))
    assert device.records.load_limit.counter == 30
    assert accept(device, ResetLoadLimitCounter()) == [CounterReset("load_limit_counter")]
    assert device.records.load_limit.counter == 0
    device.advance(NOW + DAY)
    assert device.supplied
    assert device.next_due() is None
