"""What must hold of a meter whatever happens to it: the size of a step, a restart, the course of its registers."""

import pytest
from device_commands import ANYTHING, CLOCK, DRIFT, LATER, LOAD_LIMIT, POWER, SUPPLY, TARIFF, act, histories
from device_sites import HOMES, NOW, meter, plain_tou_mwh, profile_with
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import items, journal, metering
from emulator.device.commands import DisableSupply, Sender
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR
from emulator.device.meter import Meter
from emulator.device.records import Switch
from emulator.device.step import Event

# A limit that restores at once and finds the same load again acts all day long: right, but slow to test.
PROFILE = profile_with(power={"load_limit_restoration_s": 7_200})
LIMITED = profile_with(
    power={
        "load_limit_w": 450,
        "load_limit_period_s": 90,
        "load_limit_restoration_s": 7_200,
        "load_limit_disables": True,
    },
    clock={"backup_s": 3_600},
    tamper={"on_tamper": "lock", "malformed_count": 2},
    voltage={"swell_dv": 2_440, "average_under_dv": 2_280},
)
HOMES_DRAWN = st.sampled_from([*HOMES, "limited"])


def fresh(home="domestic"):
    if home == "limited":
        return meter(installed_at=NOW - DAY, profile=LIMITED)
    return meter(household=HOMES[home], profile=PROFILE)


def readings(device):
    return {item.key: item.read(device) for item in items.ITEMS}


def logs(device):
    rows = metering.intervals(device.records, device.now, 500)
    return (
        rows.device.tolist(),
        metering.interval_energies(device.site, device.records, Channel.IMPORT, rows).tolist(),
        metering.interval_statuses(device.records, rows).tolist(),
        metering.snapshot_moments(device.site, device.records, device.now),
    )


def told(device):
    return [journal.encode(entry) for entry in device.journal]


@given(HOMES_DRAWN, histories(ANYTHING), LATER, st.lists(st.integers(0, 12 * DAY), max_size=12))
@settings(max_examples=80, deadline=None)
def test_the_size_of_a_step_does_not_matter(home, history, later, stops):
    once, often = fresh(home), fresh(home)
    end = (history[-1][0] if history else NOW) + later
    left = sorted({*(NOW + stop for stop in stops if NOW + stop <= end), end})
    for at, command in history:
        act(once, command, at)
        while left and left[0] < at:
            often.advance(left.pop(0))
        act(often, command, at)
    once.advance(end)
    for at in left:
        often.advance(at)
        often.advance(at)
    assert told(once) == told(often)
    assert once.records == often.records
    assert readings(once) == readings(often)
    assert logs(once) == logs(often)
    assert once.next_due() == often.next_due()


@given(HOMES_DRAWN, histories(ANYTHING), LATER, st.lists(st.booleans(), min_size=8, max_size=8))
@settings(max_examples=80, deadline=None)
def test_a_restart_does_not_matter(home, history, later, restarts):
    """A store holds the state of the last change; the meter comes back from it some time later."""
    through, restarted = fresh(home), fresh(home)
    kept = []
    stored = None
    for (at, command), restart in zip(history, restarts, strict=False):
        if stored is not None:
            restarted = Meter(restarted.site, at, stored)
        act(through, command, at)
        act(restarted, command, at)
        changes = restarted.take_changes()
        kept.extend(changes.entries)
        stored = changes.state if restart else None
    end = through.now + later
    through.advance(end)
    changes = restarted.take_changes()
    kept.extend(changes.entries)
    restarted = Meter(restarted.site, end, changes.state)
    kept.extend(restarted.take_changes().entries)
    assert kept == through.journal
    assert [entry.seq for entry in kept] == list(range(1, len(kept) + 1))
    assert restarted.records == through.records
    assert readings(restarted) == readings(through)
    assert logs(restarted) == logs(through)


@given(HOMES_DRAWN, histories(ANYTHING, size=12), st.lists(LATER, min_size=1, max_size=5))
@settings(max_examples=80, deadline=None)
def test_registers_never_run_backwards_and_tou_adds_up(home, history, gaps):
    device = fresh(home)
    before = [0] * len(Channel)
    before_tou = (0,) * 48
    moments = list(history)
    for gap in gaps:
        moments.append(((moments[-1][0] if moments else NOW) + gap, None))
    for at, command in moments:
        device.advance(at)
        for _ in range(2):
            now, tou = [device.total_mwh(channel) for channel in Channel], device.tou()
            assert all(new >= old for old, new in zip(before, now, strict=True))
            assert all(new >= old for old, new in zip(before_tou, tou, strict=True))
            assert sum(tou) == now[Channel.IMPORT]
            registers = metering.registers_at(device.site, device.records, at)
            assert [*now] == [
                registers.import_mwh,
                registers.export_mwh,
                registers.reactive_import_mvarh,
                registers.reactive_export_mvarh,
                registers.volume_ml,
            ]
            assert registers.tou == tou
            before, before_tou = now, tou
            if command is not None:
                act(device, command)


@given(
    st.sampled_from(["domestic", "economy-7", "limited"]),
    histories(st.one_of(SUPPLY, CLOCK, TARIFF, LOAD_LIMIT, POWER, DRIFT)),
    LATER,
)
@settings(max_examples=80, deadline=None)
def test_tou_registers_hold_what_half_hour_by_half_hour_gives(home, history, later):
    device = fresh(home)
    opening = device.tou()
    pieces = []

    def move_to(end):
        """Note the state of every stretch between two moments at which the meter acts."""
        while device.now < end:
            start, records = device.now, device.records
            due = device.next_due()
            stop = end if due is None else min(end, max(due, start))
            supplied = records.supply.switch is Switch.ENABLED and records.power.on
            pieces.append((start, stop, supplied, records.clock.offset_ms, records.tariff.tables[-1]))
            device.advance(stop)

    for at, command in history:
        device.advance(device.now)
        move_to(at)
        act(device, command)
        device.advance(at)
    move_to(device.now + later)
    expected = plain_tou_mwh(device.site, pieces)
    assert [new - old for old, new in zip(opening, device.tou(), strict=True)] == expected


@given(
    HOMES_DRAWN,
    histories(ANYTHING, size=15),
    st.lists(st.sampled_from([Sender.SUPPLIER, Sender.CONSUMER, Sender.NETWORK, Sender(0)]), min_size=15, max_size=15),
)
@settings(max_examples=80, deadline=None)
def test_no_command_raises_and_a_refusal_changes_nothing(home, history, senders):
    device = fresh(home)
    for (at, command), sender in zip(history, senders, strict=False):
        device.advance(at)
        before, seq = device.records, len(device.journal)
        outcome = device.note(command) if isinstance(command, Event) else device.send(command, sender)
        assert outcome.accepted is (outcome.reason is None)
        if not outcome.accepted and not outcome.entries:
            assert device.records is before
        assert list(outcome.entries) == device.journal[seq:]
        if not outcome.accepted:
            changed = [
                name for name in before.__struct_fields__ if getattr(before, name) != getattr(device.records, name)
            ]
            # A wrong top-up code counts; arming may take one cause away and be refused for another; both are told.
            assert {*changed} <= {"logs", "receipts", "supply", "account", "billing", "latches"}
    readings(device)
    assert len(journal.describe(device.journal)) == len(device.journal)
    assert Meter(device.site, device.now, device.state()).records == device.records


@given(histories(st.one_of(SUPPLY, CLOCK, POWER, DRIFT)), LATER)
@settings(max_examples=80, deadline=None)
def test_the_profile_sums_to_the_movement_of_the_register(history, later):
    device = fresh()
    for at, command in history:
        act(device, command, at)
    device.advance(device.now + later)
    for count in (1, 7, 300):
        rows = metering.intervals(device.records, device.now, count)
        assert (rows.before[1:] == rows.true[:-1]).all()
        for channel in Channel:
            energies = metering.interval_energies(device.site, device.records, channel, rows)
            start, end = (
                metering.total_at(device.site, device.records.runs, channel, int(at)) // 1000
                for at in (rows.before[0], rows.true[-1])
            )
            assert energies.sum() == end - start
            assert (energies >= 0).all()


def test_time_runs_forward():
    device = fresh()
    with pytest.raises(ValueError, match="time runs forward"):
        device.advance(NOW - 1)
    with pytest.raises(ValueError, match="time runs forward"):
        device.send(DisableSupply(), Sender.SUPPLIER, NOW - 1)


def test_before_its_installation_a_meter_stands_at_its_opening():
    device = meter(NOW - 400 * DAY)
    assert device.total_mwh(Channel.IMPORT) == 1_234_000 == sum(device.tou())
    assert device.power_mw(Channel.IMPORT) == 0
    readings(device)
    device.advance(device.site.installed_at + HALF_HOUR)
    assert device.total_mwh(Channel.IMPORT) > 1_234_000
