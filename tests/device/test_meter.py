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
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.meter import ESME, JOURNAL_IN_MEMORY, STATE_VERSION, Meter, StateError, entries_from_store


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
    accept(device, commands.DisableSupply(), NOW + DAY + HOUR)
    device.advance(NOW + 2 * DAY)
    return device


def test_a_state_comes_back_whole():
    old = busy()
    untouched = meter(old.now).records
    for name in untouched.__struct_fields__:
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
}


@pytest.mark.parametrize("kind", COMMANDS)
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
        *("PassiveTariffWritten", "ClockAdjusted", "BillingSnapshotTaken", "TariffChanged", "SupplyChanged"),
    ]
