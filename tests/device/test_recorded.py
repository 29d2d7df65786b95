"""Recorded loads: read as a load function is read, half hour by half hour what was recorded, and repeated outside."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from device_sites import HOMES, INSTALLED, NOW, accept, site
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import metering
from emulator.device.commands import DisableSupply, EnableSupply
from emulator.device.household import Channel, Household
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, instant
from emulator.device.load.load import LOAD_END, LOAD_EPOCH, Shape
from emulator.device.load.recorded import MAX_HALF_HOURS, MOST_MWH, WEEK, Recorded, Recording
from emulator.device.meter import Meter
from emulator.device.records import Registers, Run

QUICK = settings(max_examples=60, deadline=None)
INSTANTS = st.integers(LOAD_EPOCH, LOAD_END - 1)
SLOT_COUNT = (LOAD_END - LOAD_EPOCH) // HALF_HOUR


def drawn(seed, count):
    return np.random.default_rng(seed).integers(0, 2_000_000, count)


@st.composite
def recorded_loads(draw):
    outside = draw(st.sampled_from(["repeat", "zero"]))
    count = draw(st.integers(WEEK if outside == "repeat" else 1, 4 * WEEK))
    first = LOAD_EPOCH + draw(st.integers(0, SLOT_COUNT - count)) * HALF_HOUR
    values = drawn(draw(st.integers(0, 9)), count)
    if draw(st.booleans()):
        values[draw(st.integers(0, count - 1))] = MOST_MWH
    return Recorded(first, values, outside)


LOADS = recorded_loads()


def plain_half_hour(load, start):
    """Give the energy of a half hour by walking weeks, from the words of the rule alone."""
    values = load.half_hours.tolist()
    weeks = len(values) // WEEK
    span = 52 * (weeks // 52) if weeks >= 52 else weeks
    place = (start - load.first) // HALF_HOUR
    if not 0 <= place < len(values) and load.outside == "zero":
        return 0
    while place < 0:
        place += span * WEEK
    while place >= len(values):
        place -= span * WEEK
    return values[place]


@given(LOADS, st.integers(-6 * WEEK, 10 * WEEK))
@QUICK
def test_each_half_hour_is_the_recorded_one_or_that_of_another_week(load, place):
    start = load.first + place * HALF_HOUR
    if LOAD_EPOCH <= start < LOAD_END - HALF_HOUR:
        grown = load.energy_mwh(start + HALF_HOUR) - load.energy_mwh(start)
        assert grown == plain_half_hour(load, start)


@given(LOADS, INSTANTS)
@QUICK
def test_minutes_of_a_half_hour_sum_to_it(load, at):
    start = min(at - at % HALF_HOUR, LOAD_END - 2 * HALF_HOUR)
    whole = plain_half_hour(load, start)
    edges = [load.energy_mwh(start + minute * MINUTE) - load.energy_mwh(start) for minute in range(31)]
    assert edges == [whole * minute // 30 for minute in range(31)]


@given(LOADS, INSTANTS, INSTANTS, st.integers(0, 3 * HOUR))
@QUICK
def test_energy_never_decreases(load, one, other, soon):
    low, high = sorted((one, other))
    assert 0 <= load.energy_mwh(low) <= load.energy_mwh(high)
    assert load.energy_mwh(low) <= load.energy_mwh(min(low + soon, LOAD_END - 1))


@given(LOADS, st.lists(INSTANTS, min_size=1, max_size=20), st.integers(-WEEK, 5 * WEEK))
@QUICK
def test_scalar_and_vector_give_the_same_bits(load, scattered, place):
    start = min(max(load.first + place * HALF_HOUR, LOAD_EPOCH), LOAD_END - 1)
    near = [min(start + step, LOAD_END - 1) for step in (0, 1, MINUTE - 1, MINUTE, HALF_HOUR, DAY, 30 * DAY)]
    aligned = [at - at % HALF_HOUR for at in (*scattered, *near)]
    for instants in (scattered, near, aligned):
        before = np.array(instants, dtype=np.int64)
        given = before.copy()
        assert load.energies_mwh(given).tolist() == [load.energy_mwh(at) for at in instants]
        assert (given == before).all()


@given(LOADS, INSTANTS, st.integers(0, MINUTE - 1))
@QUICK
def test_a_segment_is_the_register(load, at, within):
    segment = load.segment(at)
    assert segment.start <= at < segment.end == segment.start + MINUTE
    assert segment.start_mwh == load.energy_mwh(segment.start)
    if segment.end < LOAD_END:
        assert segment.end_mwh == load.energy_mwh(segment.end)
    grown = (segment.end_mwh - segment.start_mwh) * within // MINUTE
    assert load.energy_mwh(segment.start + within) == segment.start_mwh + grown
    assert load.power_mw(at) == (segment.end_mwh - segment.start_mwh) * 60


@pytest.mark.parametrize("outside", ["repeat", "zero"])
@pytest.mark.parametrize("first", [LOAD_EPOCH, instant(2030, 5, 5), LOAD_END - WEEK * HALF_HOUR])
def test_the_largest_recording_counts_from_nothing_to_the_end_of_the_tables(outside, first):
    load = Recorded(first, np.full(WEEK, MOST_MWH), outside)
    ends = np.array([LOAD_EPOCH, LOAD_EPOCH + 1, LOAD_END - MINUTE, LOAD_END - 1])
    assert load.energies_mwh(ends).tolist() == [load.energy_mwh(int(at)) for at in ends]
    assert load.energy_mwh(LOAD_EPOCH) == 0
    slots = WEEK if outside == "zero" else SLOT_COUNT
    assert load.energy_mwh(LOAD_END - 1) == pytest.approx(slots * MOST_MWH, rel=1e-6)
    every_day = load.energies_mwh(np.arange(LOAD_EPOCH, LOAD_END, DAY))
    assert (np.diff(every_day) >= 0).all()


def test_more_than_a_year_repeats_in_years_of_52_weeks():
    values = drawn(3, 60 * WEEK + 5)
    load = Recorded(instant(2024, 1, 1), values)
    year = 52 * WEEK
    for step, expected in (
        (len(values), values[len(values) - year]),  # 52 weeks earlier, not 60
        (len(values) + year - 1, values[-1]),
        (-1, values[year - 1]),
        (-year, values[0]),
    ):
        start = load.first + step * HALF_HOUR
        assert load.energy_mwh(start + HALF_HOUR) - load.energy_mwh(start) == expected


@pytest.mark.parametrize("at", [LOAD_EPOCH - 1, LOAD_END, 0, -1])
def test_an_instant_outside_the_tables_is_refused(at):
    load = Recorded(instant(2026, 1, 1), drawn(1, WEEK))
    for ask in (load.energy_mwh, load.power_mw, load.segment):
        with pytest.raises(ValueError, match=f"2005 to 2060 UTC, not at instant {at}"):
            ask(at)
    with pytest.raises(ValueError, match="2005 to 2060"):
        load.energies_mwh(np.array([instant(2026, 1, 1), at]))


@pytest.mark.parametrize(
    ("first", "values", "outside", "complaint"),
    [
        (LOAD_EPOCH, [], "zero", "1 to 200000"),
        (LOAD_EPOCH, np.zeros(MAX_HALF_HOURS + 1), "zero", "1 to 200000"),
        (LOAD_EPOCH + 1, [1], "zero", "half hours from 2005"),
        (LOAD_EPOCH - HALF_HOUR, [1], "zero", "from 2005"),
        (LOAD_END - HALF_HOUR, [1, 1], "zero", "to 2060"),
        (LOAD_EPOCH, [1, -1], "zero", "0..100000000"),
        (LOAD_EPOCH, [MOST_MWH + 1], "zero", "0..100000000"),
        (LOAD_EPOCH, [1] * (WEEK - 1), "repeat", "7 days or more"),
    ],
)
def test_a_recording_out_of_bounds_is_refused(first, values, outside, complaint):
    with pytest.raises(ValueError, match=complaint):
        Recorded(first, np.array(values, dtype=np.int64), outside)


def test_nothing_asked_nothing_given():
    assert Recorded(LOAD_EPOCH, drawn(1, WEEK)).energies_mwh(np.array([], dtype=np.int64)).size == 0


def test_a_recording_is_an_object_that_nobody_can_change():
    values = drawn(1, WEEK)
    one, other = Recorded(LOAD_EPOCH, values), Recorded(LOAD_EPOCH, values)
    values[0] += 1
    assert one.half_hours[0] == values[0] - 1
    with pytest.raises(ValueError, match="read-only"):
        one.half_hours[0] = 0
    assert one != other
    assert len({one, other, one}) == 2
    assert pickle.loads(pickle.dumps(one)).energy_mwh(NOW) == one.energy_mwh(NOW)


def test_a_digest_tells_recordings_apart():
    values = drawn(1, WEEK)
    load = Recorded(LOAD_EPOCH, values)
    same = Recording("other name", "electricity", Recorded(LOAD_EPOCH, values.copy()), repeated=3)
    others = [
        Recording("a", "gas", load),
        Recording("a", "electricity", load, load),
        Recording("a", "electricity", Recorded(LOAD_EPOCH, values, "zero")),
        Recording("a", "electricity", Recorded(LOAD_EPOCH + HALF_HOUR, values)),
        Recording("a", "electricity", Recorded(LOAD_EPOCH, values + 1)),
    ]
    assert same.digest() == Recording("a", "electricity", load).digest()
    assert len({one.digest() for one in (same, *others)}) == 6


# --- behind a meter ---------------------------------------------------------------------------------------------


FIRST = instant(2025, 9, 1)


def recording(values, first=FIRST, exported=None, fuel="electricity"):
    export = None if exported is None else Recorded(first, np.array(exported))
    return Recording("house.csv", fuel, Recorded(first, np.array(values)), export)


def recorded_site(made, fuel="electricity", **household):
    return replace(site(Household(recording="house", **household)), recording=made, fuel=fuel)


def whole_wh(seed, count):
    return drawn(seed, count) // 1000 * 1000


def test_a_profile_reads_back_the_recorded_half_hours():
    imported, exported = whole_wh(1, 200 * 48), whole_wh(2, 200 * 48)
    device = Meter(recorded_site(recording(imported, exported=exported)), NOW)
    rows = metering.intervals(device.records, NOW, 10**6)
    assert len(rows.true) > 5_000
    places = (rows.true - instant(2025, 9, 1)) // HALF_HOUR - 1
    for channel, values in ((Channel.IMPORT, imported), (Channel.EXPORT, exported)):
        energies = metering.interval_energies(device.site, device.records, channel, rows)
        assert (energies[1:] == values[places[1:]] // 1000).all()
        # The first one began at 10:20, when the meter was installed: ten minutes of thirty.
        assert energies[0] in (values[places[0]] // 3000, values[places[0]] // 3000 + 1)


def test_a_disablement_carves_a_hole_of_the_recorded_energy():
    values = np.full(200 * 48, 600_000)
    off, on = instant(2026, 1, 2, 10, 10), instant(2026, 1, 2, 11, 45)
    values[(instant(2026, 1, 2, 10) - instant(2025, 9, 1)) // HALF_HOUR :][:4] = [300_000, 900_000, 0, 1_500_000]
    device = Meter(recorded_site(recording(values)), NOW)
    accept(device, DisableSupply(), off)
    before = device.total_mwh(Channel.IMPORT)
    device.advance(on - 1)
    assert device.total_mwh(Channel.IMPORT) == before
    accept(device, EnableSupply(), on)
    end = instant(2026, 1, 2, 12)
    device.advance(end)
    load = device.site.load(Channel.IMPORT)
    assert load.energy_mwh(on) - load.energy_mwh(off) == 200_000 + 900_000 + 0 + 750_000
    rows = metering.intervals(device.records, device.now, 5)
    found = metering.interval_energies(device.site, device.records, Channel.IMPORT, rows)
    # 09:30 whole; 10 minutes of 300 Wh; all of 900 Wh and of nothing lost; 15 minutes of 1,500 Wh.
    assert found.tolist() == [600, 100, 0, 0, 750]
    assert metering.interval_statuses(device.records, rows).tolist() == [0, 1, 1, 1, 1]
    assert device.total_mwh(Channel.IMPORT) - before == 750_000


def test_a_closed_valve_carves_a_hole_in_recorded_gas():
    first = instant(2025, 9, 1)
    of = recorded_site(recording(np.full(WEEK, 30_000), first, fuel="gas"), "gas")
    opening = Registers(volume_ml=5_000_000)
    off, on = first + 10 * MINUTE, first + 70 * MINUTE
    runs = (
        Run(first, supplied=True, clock_offset_ms=0, table=0, base=opening),
        Run(off, supplied=False, clock_offset_ms=0, table=0, base=Registers(volume_ml=5_010_000)),
        Run(on, supplied=True, clock_offset_ms=0, table=0, base=Registers(volume_ml=5_010_000)),
    )
    at = np.array([first, off, on, on + 20 * MINUTE])
    assert metering.totals_at(of, runs, Channel.GAS, at).tolist() == [5_000_000, 5_010_000, 5_010_000, 5_030_000]


def test_a_running_total_of_a_recording_is_the_total_at_each_instant():
    device = Meter(recorded_site(recording(drawn(4, 2 * WEEK))), NOW)
    for at in (*range(NOW, NOW + 5 * MINUTE, 997), NOW + DAY, NOW + DAY + 1):
        device.advance(at)
        for channel in device.site.channels:
            assert device.total_mwh(channel) == metering.total_at(device.site, device.records.runs, channel, at)
            assert device.power_mw(channel) == device.site.load(channel).power_mw(at)


def test_a_recording_takes_the_place_of_the_channels_it_has():
    made = recording(np.full(WEEK, 1_000_000))  # 48 kWh a day
    of = recorded_site(made, daily_export_wh=3_000)
    assert of.load(Channel.IMPORT) is made.consumed
    assert of.load(Channel.EXPORT).shape is Shape.SOLAR_EXPORT
    assert of.load(Channel.REACTIVE_IMPORT).daily_mwh == 48_000_000 * 18 // 100
    assert of.load(Channel.GAS).shape is Shape.NONE
    both = recording(np.full(WEEK, 1), exported=np.full(WEEK, 2))
    assert recorded_site(both).load(Channel.EXPORT) is both.exported


def test_a_recording_of_the_other_fuel_changes_nothing():
    gas = recording(np.full(WEEK, 1), fuel="gas")
    of = recorded_site(gas, daily_gas_l=4_000)
    assert of.load(Channel.IMPORT) == site().load(Channel.IMPORT)
    assert recorded_site(gas, "gas").load(Channel.GAS) is gas.consumed


def test_a_named_recording_must_be_there():
    of = site(Household(recording="house"))
    with pytest.raises(ValueError, match="no recording 'house'"):
        of.load(Channel.IMPORT)
    unnamed = replace(site(HOMES["domestic"]), recording=recording(np.full(WEEK, 1)))
    assert unnamed.load(Channel.IMPORT) == site().load(Channel.IMPORT)


def test_installation_may_lie_outside_the_recording():
    load = Recorded(INSTALLED // DAY * DAY + 40 * DAY, drawn(5, WEEK))
    assert load.end == load.first + 7 * DAY
    device = Meter(recorded_site(Recording("late", "electricity", load)), NOW)
    grown = load.energy_mwh(NOW) - load.energy_mwh(INSTALLED)
    assert device.total_mwh(Channel.IMPORT) == grown > 0
