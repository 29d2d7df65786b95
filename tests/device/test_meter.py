"""The meter itself: its state goes out and comes back, its journal is handed over once, its senders are checked."""

import contextlib

import msgspec
import pytest
from device_sites import CONSUMER, FOUR_SEASONS, NOW, SUPPLIER, accept, meter, site
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import commands, delivered, items, journal
from emulator.device.calendar import BillingCalendar
from emulator.device.commands import COMMANDS, Reason, Sender
from emulator.device.configuration import Associated, AuthenticationRejected
from emulator.device.device import read_state
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.meter import ESME, JOURNAL_IN_MEMORY, STATE_VERSION, Meter, StateError, entries_from_store
from emulator.device.money.account_records import Mode
from emulator.device.money.pricing import Prices
from emulator.device.rules import ELECTRICITY_RULES
from emulator.device.tamper import CoverOpened

PRICES = Prices(tou_mp=(15_000,), standing_mp=20_000)


def busy():
    """A meter of which no record is as delivered."""
    device = meter()
    accept(device, commands.WriteLoadLimit(threshold_w=450, period_s=60, restoration_s=900, disable=True))
    accept(device, commands.ShiftClock(77), NOW + 3 * HOUR)
    accept(device, commands.SetTariff(FOUR_SEASONS), NOW + 4 * HOUR)
    accept(device, commands.WriteSpecialDays(()), NOW + 5 * HOUR)
    accept(device, commands.SetTariff(FOUR_SEASONS, NOW + 9 * DAY))
    accept(device, commands.WriteBillingCalendar(BillingCalendar("weekly", 2, 4, 30)), NOW + DAY)
    accept(device, commands.PresetClock(NOW + DAY, NOW, NOW + 2 * DAY))
    accept(device, commands.WritePowerThresholds(100, 200))
    accept(device, commands.UpdateSecurityCredentials(master_key=bytes(16)))
    device.note(Associated(1, 5_000, 9))
    device.note(AuthenticationRejected(32, "password"))
    accept(device, commands.WriteVoltageSettings(sag_dv=2_100))
    accept(device, commands.RestrictData(NOW))
    device.note(CoverOpened("magnet"))
    accept(device, commands.SetSupplyNumber("1012345678903"))
    accept(device, commands.SetPrices(PRICES))
    accept(device, commands.SetPaymentMode(Mode.PREPAYMENT, disablement_mp=-10_000))
    accept(device, commands.AdjustBalance(500))
    assert not device.send(commands.AddCredit("0" * 20), SUPPLIER).accepted
    accept(device, commands.SetPaymentMode(Mode.CREDIT, at=NOW + 8 * DAY))
    accept(device, commands.DisableSupply(), NOW + DAY + HOUR)
    device.note(MainsOff())
    device.note(MainsOn(), NOW + 2 * DAY - HOUR)
    device.advance(NOW + 2 * DAY)
    return device


ELSEWHERE = {"energy_factor", "factors", "face", "firmware", "install", "holes", "aside", "schedules", "optical_locked"}
"""Records of gas, of the meter's own keys, display and port, of firmware, faults and schedules: tested elsewhere."""


def test_a_state_comes_back_whole():
    old = busy()
    untouched = meter(old.now).records
    for name in {*untouched.__struct_fields__} - ELSEWHERE:
        assert getattr(old.records, name) != getattr(untouched, name), name
    new = Meter(old.site, old.now, old.state())
    assert new.records == old.records
    assert new.state() == old.state()
    assert new.next_due() == old.next_due()
    assert [item.read(new) for item in items.ITEMS] == [item.read(old) for item in items.ITEMS]
    for device in (old, new):
        accept(device, commands.EnableSupply(), NOW + 3 * DAY)
        device.advance(NOW + 20 * DAY)
    assert new.records == old.records
    assert new.journal == old.journal[-len(new.journal) :]
    assert [item.read(new) for item in items.ITEMS] == [item.read(old) for item in items.ITEMS]


def test_a_meter_comes_back_no_earlier_than_it_left():
    old = busy()
    assert Meter(old.site, NOW, old.state()).now == old.now


@pytest.mark.parametrize("state", [b"", b"\xc1", b"junk", b"\x90", b"\x94\x01\x02\x03\x04", bytes(100)])
def test_junk_is_no_state(state):
    with pytest.raises(StateError, match="unreadable state"):
        Meter(site(), NOW, state)


def test_another_version_is_no_state():
    parts = msgspec.msgpack.decode(meter().state())
    assert parts[0] == STATE_VERSION
    with pytest.raises(StateError, match=f"version {STATE_VERSION + 1}"):
        Meter(site(), NOW, msgspec.msgpack.encode([STATE_VERSION + 1, *parts[1:]]))


STATE = busy().state()


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_state_is_a_state_error_or_none(data):
    damaged = bytearray(STATE)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(damaged[: data.draw(st.sampled_from([len(damaged), 7, len(damaged) - 1]))])
    with contextlib.suppress(StateError):
        read_state(ESME, cut, delivered.electricity(site()))


def test_each_entry_is_handed_over_once():
    device = meter()
    assert not device.changed
    assert device.take_changes().entries == ()
    taken = []
    for number in range(7):
        accept(device, commands.ShiftClock(1), NOW + number * MINUTE)
        if number % 3 == 2:
            assert device.changed
            changes = device.take_changes()
            assert not device.changed
            assert Meter(device.site, device.now, changes.state).records == device.records
            taken.extend(changes.entries)
    taken.extend(device.take_changes().entries)
    assert taken == device.journal
    assert [entry.seq for entry in taken] == list(range(1, 8))
    assert device.take_changes().entries == ()


def test_nothing_is_forgotten_before_it_is_handed_over():
    device = meter()
    for _ in range(JOURNAL_IN_MEMORY + 500):
        device.note(AuthenticationRejected(1, "password"))
    assert [entry.seq for entry in device.take_changes().entries] == list(range(1, JOURNAL_IN_MEMORY + 501))
    assert len(device.journal) == JOURNAL_IN_MEMORY
    device.note(AuthenticationRejected(1, "password"))
    assert [entry.seq for entry in device.take_changes().entries] == [JOURNAL_IN_MEMORY + 501]


def test_a_change_without_an_entry_is_a_change():
    device = meter()
    device.advance(NOW + DAY)
    assert not device.changed
    assert accept(device, commands.EnableSupply()) == []
    assert not device.changed


def test_entries_come_back_from_a_store():
    device = busy()
    rows = [(entry.seq, entry.at, journal.encode(entry)) for entry in device.journal]
    assert entries_from_store(rows) == device.journal
    told = journal.describe(device.journal)
    assert [line["event"] for line in told] == [type(entry.what).__name__ for entry in device.journal]
    assert all({"seq", "at", "event"} <= set(line) for line in told)


SOME = {
    commands.SetClock: {"to": NOW},
    commands.ShiftClock: {"by_s": 1},
    commands.AlignClock: {"period_s": 60},
    commands.PresetClock: {"to": NOW, "valid_from": NOW, "valid_until": NOW},
    commands.SetTariff: {"table": FOUR_SEASONS},
    commands.WritePassiveTariff: {"table": FOUR_SEASONS},
    commands.WriteSpecialDays: {"days": ()},
    commands.WriteBillingCalendar: {"calendar": BillingCalendar()},
    commands.WritePowerThresholds: {"low_medium_w": 1, "medium_high_w": 2},
    commands.ActivateSecurityPolicy: {"policy": 3},
    commands.SetPrices: {"prices": PRICES},
    commands.AdjustBalance: {"amount_mp": 1},
    commands.SetPaymentMode: {"mode": Mode.CREDIT},
    commands.AddCredit: {"code": ""},
    commands.SetTamperState: {"lock": True},
    commands.RestrictData: {"before": NOW},
    commands.SetSupplyNumber: {"number": "1012345678903"},
    commands.LockOpticalPort: {"locked": True},
    commands.Commission: {"to": NOW},
    commands.SetReadSchedule: {"number": 1, "kind": "daily"},
    commands.ClearReadSchedule: {"number": 1},
    commands.ChangeAccount: {"of": "tenancy"},
}


@pytest.mark.parametrize("kind", [kind for kind in COMMANDS if kind in ELECTRICITY_RULES])
def test_only_the_senders_of_a_command_may_send_it(kind):
    command = kind(**SOME.get(kind, {}))
    for sender in (SUPPLIER, CONSUMER, Sender.NETWORK, Sender(0)):
        device = meter()
        outcome = device.send(command, sender)
        refused = outcome.reason is Reason.NOT_AUTHORISED and outcome.detail == "not for this sender"
        assert refused is not bool(sender & kind.senders)
        if refused:
            assert not outcome.accepted
            assert outcome.entries == ()
            assert not device.changed


def test_what_is_due_acts_before_a_command_at_the_same_instant():
    device = meter()
    accept(device, commands.SetTariff(FOUR_SEASONS, NOW + HOUR))
    accept(device, commands.SetClock(NOW + HOUR))
    accept(device, commands.DisableSupply())  # no instant given: the present one
    assert [type(entry.what).__name__ for entry in device.journal] == [
        *(
            "PassiveTariffWritten",
            "ClockAdjusted",
            "BillingSnapshotTaken",
            "TariffChanged",
            "FutureActioned",
            "SupplyChanged",
        ),
    ]


# State of version 1, as release 0.1 kept it: a meter alone, without an account, power, voltage or case.


def version_1(device):
    """Write a meter's records as version 1 did, by hand from its shape."""
    plain = msgspec.msgpack.decode(device.state())
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(device.records))
    names = {"supply", "clock", "runs", "tariff", "billing", "logs", "thresholds", "load_limit", "credentials"}
    records = {name: value for name, value in kept.items() if name in names}
    records["supply"] = {name: kept["supply"][name] for name in ("switch", "causes")}
    records["clock"] = {name: kept["clock"][name] for name in ("offset_ms", "preset")}
    records["tariff"] = {name: kept["tariff"][name] for name in ("tables", "passive", "activate_at")}
    records["billing"] = {name: kept["billing"][name] for name in ("calendar", "since", "snapshots")}
    records["billing"]["calendar"] = {
        name: kept["billing"]["calendar"][name] for name in ("period", "day", "hour", "minute")
    }
    records["load_limit"] = {**kept["load_limit"], "restore_at": kept["supply"]["restore_at"]}
    records["runs"] = [[*run[:4], run[4][:5]] for run in kept["runs"]]
    return msgspec.msgpack.encode([1, plain[1], plain[2], records])


def long_used():
    """A meter as release 0.1 could leave it: clock, tariff, calendar, keys and load limit written, supply armed."""
    device = meter()
    accept(device, commands.ShiftClock(77), NOW + 3 * HOUR)
    accept(device, commands.SetTariff(FOUR_SEASONS), NOW + 4 * HOUR)
    accept(device, commands.WriteBillingCalendar(BillingCalendar("weekly", 2, 4, 30)), NOW + DAY)
    accept(device, commands.UpdateSecurityCredentials(master_key=bytes(16)))
    device.note(Associated(1, 5_000, 9))
    accept(device, commands.WriteLoadLimit(threshold_w=450, period_s=60, restoration_s=86_400, disable=True))
    while device.records.supply.restore_at is None:
        device.advance(device.next_due())
    return device


@pytest.mark.parametrize("old", [meter(), long_used()], ids=["delivered", "used"])
def test_state_of_version_1_is_read(old):
    new = Meter(old.site, old.now, version_1(old))
    assert new.now == old.now
    for later in (0, HOUR, DAY, 40 * DAY):
        for device in (old, new):
            device.advance(old.now + later if device is old else old.now)
        # Version 1 counted no blocks: they begin with its billing calendar.
        known = [item for item in items.ITEMS if item.key != "block_counters_wh"]
        assert [item.read(new) for item in known] == [item.read(old) for item in known]
    assert new.records.runs == old.records.runs
    assert new.records.credentials == old.records.credentials
    assert new.records.logs == old.records.logs
    assert new.next_due() == old.next_due()
    assert Meter(new.site, new.now, new.state()).records == new.records


def test_a_restoration_that_version_1_awaited_comes():
    old = long_used()
    new = Meter(old.site, old.now, version_1(old))
    assert new.next_due() == old.next_due() == old.records.supply.restore_at
    new.advance(new.next_due())
    assert new.supplied


# Readings of release 0.1 (its own output for seed 77, 1 January 2026 03:04:05): a delivered meter reads the same.
RELEASE_0_1 = {
    "import_wh": 927_953,
    "export_wh": 0,
    "reactive_import_varh": 161_341,
    "reactive_export_varh": 26_861,
    "import_w": 221,
    "export_w": 0,
    "reactive_import_var": 63,
    "reactive_export_var": 8,
    "voltage_dv": 2_373,
    "current_ma": 970,
    "power_factor_thousandths": 961,
    "frequency_chz": 4_995,
    "power_threshold_status": "low",
    "low_medium_w": 2_300,
    "medium_high_w": 4_600,
    "running_demand_w": 15,
    "last_demand_w": 124,
    "maximum_demand_w": 230,
    "interval_import_wh": 62,
    "interval_reactive_import_varh": 20,
    "interval_reactive_export_varh": 4,
    "clock": NOW,
    "supply_state": "enabled",
    "tariff": "single",
    "active_tou_register": 1,
    "load_limit_w": 0,
    "load_limit_period_s": 30,
    "load_limit_restoration_s": 300,
    "load_limit_counter": 0,
    "event_log": [],
    "security_log": [],
    "serial": "14K0000001",
    "eui64": "00-23-7E-00-00-00-00-01",
    "firmware": "AS300P 01.21.29",
}


def test_a_delivered_meter_reads_as_in_release_0_1():
    device = meter()
    assert {key: items.find(key).read(device) for key in RELEASE_0_1} == RELEASE_0_1
    assert sum(items.find("tou_wh").read(device)) == RELEASE_0_1["import_wh"]
