"""Metering: many readings equal single ones, and bounds on the past take nothing from the registers."""

import numpy as np
import pytest
from device_commands import CLOCK, SUPPLY, TARIFF, histories, sender_of
from device_sites import FOUR_SEASONS, HOMES, INSTALLED, NOW, accept, meter, moved_mwh, plain_tou_mwh
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import items, metering
from emulator.device.calendar import SwitchingTable
from emulator.device.commands import DisableSupply, EnableSupply, SetTariff
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE
from emulator.device.meter import Meter
from emulator.device.metering import MAX_RUNS, MAX_TABLES

INSTANTS = st.integers(INSTALLED - DAY, NOW + 12 * DAY)


@given(
    st.sampled_from(sorted(HOMES)),
    histories(st.one_of(SUPPLY, CLOCK, TARIFF)),
    st.lists(INSTANTS, min_size=1, max_size=12),
)
@settings(max_examples=80, deadline=None)
def test_readings_at_many_instants_equal_single_ones(home, history, instants):
    device = meter(household=HOMES[home])
    for at, command in history:
        device.send(command, sender_of(command), at)
    edges = [run.since + step for run in device.records.runs for step in (-1, 0, 1)]
    instants = sorted([*instants, *instants[:2], *edges])
    single = [metering.registers_at(device.site, device.records, at) for at in instants]
    assert metering.registers_at_each(device.site, device.records, instants) == single
    for channel, field in zip(Channel, ("import_mwh", "export_mwh"), strict=False):
        totals = metering.totals_at(device.site, device.records.runs, channel, np.array(instants)).tolist()
        assert totals == [metering.total_at(device.site, device.records.runs, channel, at) for at in instants]
        assert totals == [getattr(reading, field) for reading in single]


def test_a_running_total_is_the_total_at_each_instant():
    device = meter(household=HOMES["solar"])
    accept(device, DisableSupply(), NOW + 10 * MINUTE)
    accept(device, EnableSupply(), NOW + 20 * MINUTE)
    for at in (*range(device.now, device.now + 5 * MINUTE, 997), device.now + DAY, device.now + DAY + 1):
        device.advance(at)
        for channel in Channel:
            assert device.total_mwh(channel) == metering.total_at(device.site, device.records.runs, channel, at)
            assert device.power_mw(channel) == device.site.load(channel).power_mw(at)


def test_forgotten_runs_take_nothing_from_the_registers():
    device = meter(household=HOMES["economy-7"])
    accept(device, SetTariff(device.records.tariff.tables[-1]))
    spans, start = [], INSTALLED
    table = device.records.tariff.tables[-1]
    opening = device.tou()
    pieces = []
    for number in range(MAX_RUNS // 2 + 40):
        off = NOW + number * 3 * HOUR + 7_777
        on = off + 50 * MINUTE
        pieces += [(max(start, NOW), off, True, 0, table), (off, on, False, 0, table)]
        spans.append((start, off))
        accept(device, DisableSupply(), off)
        accept(device, EnableSupply(), on)
        start = on
    end = start + DAY
    device.advance(end)
    spans.append((start, end))
    pieces.append((start, end, True, 0, table))
    assert len(device.records.runs) == MAX_RUNS
    for channel in Channel:
        assert device.total_mwh(channel) == moved_mwh(device.site, channel, spans)
    grown = [new - old for old, new in zip(opening, device.tou(), strict=True)]
    assert grown == plain_tou_mwh(device.site, pieces)
    # The logs begin later, and what they hold still adds up.
    rows = metering.intervals(device.records, device.now, 10**6)
    assert rows.before[0] == device.records.runs[0].since > INSTALLED
    energies = metering.interval_energies(device.site, device.records, Channel.IMPORT, rows)
    runs = device.records.runs
    ends = [
        metering.total_at(device.site, runs, Channel.IMPORT, int(at)) // 1000 for at in (rows.before[0], rows.true[-1])
    ]
    assert energies.sum() == ends[1] - ends[0]
    snapshots = metering.snapshot_moments(device.site, device.records, end)
    assert NOW in device.records.billing.snapshots
    assert min(snapshots) >= device.records.runs[0].since > NOW
    assert len([item.read(device) for item in items.ITEMS]) == len(items.BY_KEY)
    assert Meter(device.site, end, device.state()).records == device.records


def test_forgotten_tables_take_nothing_from_the_registers():
    device = meter()
    opening = device.tou()
    pieces = []
    table = SwitchingTable()
    for number in range(MAX_TABLES + 30):
        at = NOW + number * 5 * HOUR
        pieces.append((device.now, at, True, 0, table))
        table = FOUR_SEASONS if number % 2 else SwitchingTable(name=f"table {number}")
        accept(device, SetTariff(table), at)
        if number % 10 == 0:  # a run that shares its table with the one before
            accept(device, DisableSupply())
            accept(device, EnableSupply(), at + HOUR)
            pieces.append((at, at + HOUR, False, 0, table))
    pieces.append((device.now, device.now + 2 * DAY, True, 0, table))
    device.advance(device.now + 2 * DAY)
    assert len(device.records.tariff.tables) == MAX_TABLES
    assert {run.table for run in device.records.runs} <= set(range(MAX_TABLES))
    assert device.records.runs[-1].table == MAX_TABLES - 1
    grown = [new - old for old, new in zip(opening, device.tou(), strict=True)]
    assert grown == plain_tou_mwh(device.site, pieces)
    assert sum(device.tou()) == device.total_mwh(Channel.IMPORT)
    assert items.find("tariff").read(device) == table.name
    assert Meter(device.site, device.now, device.state()).records == device.records


def test_the_same_table_again_is_no_new_run_but_a_snapshot():
    device = meter()
    for number in range(20):
        accept(device, SetTariff(SwitchingTable()), NOW + number * HOUR)
    assert len(device.records.runs) == len(device.records.tariff.tables) == 1
    assert metering.snapshot_moments(device.site, device.records, device.now) == [NOW + n * HOUR for n in range(8, 20)]


@pytest.mark.parametrize("count", [0, 1, 2, 48, 18_960])
def test_rows_of_an_untouched_meter_follow_each_other(count):
    device = meter()
    rows = metering.intervals(device.records, device.now, count)
    last = NOW // HALF_HOUR
    whole = last - INSTALLED // HALF_HOUR
    assert rows.device.tolist() == [n * HALF_HOUR for n in range(last - min(count, whole) + 1, last + 1)]
    assert (rows.true == rows.device).all()
    if count < whole:
        assert (rows.true - rows.before == HALF_HOUR).all()
    else:
        assert rows.before[0] == INSTALLED
    assert not metering.interval_statuses(device.records, rows).any()


def test_a_meter_just_installed_has_empty_logs():
    device = meter(INSTALLED)
    rows = metering.intervals(device.records, device.now, 48)
    assert len(rows.true) == len(metering.interval_statuses(device.records, rows)) == 0
    assert not len(metering.interval_energies(device.site, device.records, Channel.IMPORT, rows))
    assert metering.stamp_count(device.records, device.now, DAY, 14) == 0
    assert metering.snapshot_moments(device.site, device.records, device.now) == []
    assert items.maximum_demand(device) == items.Demand(0, INSTALLED)
    none = {item.key for item in items.ITEMS if item.read(device) is None}
    assert {items.BY_KEY[key].unit for key in none} <= {"UTC"}  # instants that do not lie ahead
