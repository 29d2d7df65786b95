"""The device clock (functional reference 1.3): commands move it, logs keep its time, true time runs on."""

import pytest
from device_sites import NOW, accept, meter, profile_with, refuse
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import metering
from emulator.device.commands import (
    AlignClock,
    ApplyPresetClock,
    PresetClock,
    Reason,
    SetClock,
    ShiftClock,
)
from emulator.device.happenings import ClockAdjusted, ClockNotAdjusted, ClockPreset
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND, instant
from emulator.device.records import LogEntry

ADJUSTED, NOT_ADJUSTED = 0x8145, 0x8F0C


@pytest.mark.parametrize("by", [0, 1, -1, 10 * SECOND, -10 * SECOND, DAY, -400 * DAY, 20 * 365 * DAY])
def test_set(by):
    device = meter()
    assert accept(device, SetClock(NOW + by)) == [ClockAdjusted(by)]
    assert device.shown_time == NOW + by
    assert device.now == NOW
    device.advance(NOW + DAY)
    assert device.shown_time == NOW + DAY + by
    assert device.records.logs.event[-1] == LogEntry(NOW + by, ADJUSTED)


@pytest.mark.parametrize(
    ("by_s", "command_s", "profile_s", "taken"),
    [
        (60, 60, 0, True),
        (-60, 60, 0, True),
        (61, 60, 0, False),
        (-61, 60, 0, False),
        (0, 0, 0, True),
        (1, 0, 0, False),
        (86_400, None, 0, True),
        (10, None, 10, True),
        (11, None, 10, False),
        (11, 3_600, 10, False),
        (9, 5, 10, False),
        (5, 5, 10, True),
        (0, -1, 0, False),
    ],
)
def test_tolerance(by_s, command_s, profile_s, taken):
    device = meter(profile=profile_with(clock={"set_tolerance_s": profile_s}))
    command = SetClock(NOW + by_s * SECOND, command_s)
    if taken:
        accept(device, command)
        assert device.shown_time == NOW + by_s * SECOND
        return
    outcome = refuse(device, command)
    assert outcome.reason is Reason.INVALID_VALUE
    assert [entry.what for entry in outcome.entries] == [ClockNotAdjusted(by_s * SECOND)]
    assert device.records.logs.security == (LogEntry(NOW, NOT_ADJUSTED),)
    assert device.shown_time == NOW
    assert len(device.records.runs) == 1


@pytest.mark.parametrize("to", [instant(2004, 12, 31, 23, 59, 59), instant(2060, 1, 1), 0, -(10**30), 10**30])
@pytest.mark.parametrize("tolerance_s", [None, 60])
def test_a_date_no_meter_shows_is_refused(to, tolerance_s):
    device = meter()
    assert not refuse(device, SetClock(to, tolerance_s)).entries
    assert not refuse(device, PresetClock(to, NOW, NOW + HOUR)).entries
    accept(device, SetClock(instant(2059, 12, 31, 23, 59)))
    assert not refuse(device, ShiftClock(60)).entries


def test_shift():
    device = meter()
    accept(device, ShiftClock(900))
    accept(device, ShiftClock(-1))
    assert device.shown_time == NOW + 899 * SECOND
    for by in (901, -901, 10**30):
        assert refuse(device, ShiftClock(by)).reason is Reason.INVALID_VALUE


@pytest.mark.parametrize(
    ("shown", "period_s", "after"),
    [
        ((12, 7, 29), 900, (12, 0, 0)),
        ((12, 7, 30), 900, (12, 15, 0)),
        ((12, 14, 59), 1_800, (12, 0, 0)),
        ((12, 15, 0), 1_800, (12, 30, 0)),
        ((23, 59, 31), 60, (24, 0, 0)),
        ((12, 0, 0), 60, (12, 0, 0)),
        ((12, 0, 0), 86_400, (24, 0, 0)),
    ],
)
def test_align(shown, period_s, after):
    day = instant(2026, 1, 2)

    def moment(hour, minute, second):
        return day + hour * HOUR + minute * MINUTE + second * SECOND

    device = meter()
    accept(device, SetClock(moment(*shown)))
    accept(device, AlignClock(period_s))
    assert device.shown_time == moment(*after)


@pytest.mark.parametrize("period_s", [0, -60, 86_401])
def test_a_period_that_aligns_nothing_is_refused(period_s):
    assert refuse(meter(), AlignClock(period_s)).reason is Reason.INVALID_VALUE


def test_preset_is_taken_over_once_inside_its_interval():
    device = meter()
    assert refuse(device, ApplyPresetClock()).reason is Reason.CONFLICT_STATE
    to = NOW + DAY
    assert accept(device, PresetClock(to, NOW + MINUTE, NOW + HOUR)) == [ClockPreset(to)]
    assert refuse(device, ApplyPresetClock(), NOW + MINUTE - 1).reason is Reason.CONFLICT_STATE
    assert accept(device, ApplyPresetClock(), NOW + MINUTE) == [ClockAdjusted(DAY - MINUTE)]
    assert device.shown_time == to
    assert refuse(device, ApplyPresetClock()).reason is Reason.CONFLICT_STATE
    accept(device, PresetClock(to, to, to + MINUTE))
    assert refuse(device, ApplyPresetClock(), device.now + HOUR).reason is Reason.CONFLICT_STATE
    for interval in ((to, to - 1), (-1, to), (to, 10**30)):
        assert refuse(device, PresetClock(to, *interval)).reason is Reason.INVALID_VALUE


def test_the_log_of_a_setting_has_the_new_time():
    device = meter()
    accept(device, SetClock(NOW + HOUR))
    accept(device, ShiftClock(-60))
    assert [entry.at for entry in device.records.logs.event] == [NOW + HOUR, NOW + HOUR - MINUTE]


def test_setting_a_clock_that_is_right_uses_up_no_run():
    device = meter()
    for hour in range(2_000):
        accept(device, SetClock(NOW + hour * HOUR), NOW + hour * HOUR)
    assert len(device.records.runs) == 1


# The half-hour profile across a set clock


def rows_of(device, count=48):
    rows = metering.intervals(device.records, device.now, count)
    energies = metering.interval_energies(device.site, device.records, Channel.IMPORT, rows)
    statuses = metering.interval_statuses(device.records, rows)
    return rows, energies.tolist(), statuses.tolist()


def at(hour, minute=0):
    return instant(2026, 1, 10, hour, minute)


def test_a_clock_set_forward_skips_rows():
    device = meter()
    accept(device, SetClock(at(12, 10)), at(10, 10))
    device.advance(at(12, 20))
    rows, energies, statuses = rows_of(device, 8)
    assert rows.device.tolist() == [at(8, 30), at(9), at(9, 30), at(10), at(12, 30), at(13), at(13, 30), at(14)]
    assert rows.true[-4:].tolist() == [at(10, 30), at(11), at(11, 30), at(12)]
    assert statuses == [0, 0, 0, 0, 0x20, 0, 0, 0]
    assert sum(energies) == reading(device, at(12)) - reading(device, at(8))


def test_a_clock_set_back_repeats_rows():
    device = meter()
    accept(device, SetClock(at(9, 5)), at(10, 10))
    device.advance(at(11, 30))
    rows, energies, statuses = rows_of(device, 7)
    assert rows.device.tolist() == [at(8), at(8, 30), at(9), at(9, 30), at(10), at(9, 30), at(10)]
    assert rows.true[-2:].tolist() == [at(10, 35), at(11, 5)]
    assert statuses == [0, 0, 0, 0, 0, 0x20, 0]
    assert sum(energies) == reading(device, at(11, 5)) - reading(device, at(7, 30))


def test_a_small_step_back_over_a_boundary_repeats_it():
    device = meter()
    accept(device, ShiftClock(-120), at(10, 1))
    device.advance(at(11))
    rows, energies, statuses = rows_of(device, 4)
    assert rows.device.tolist() == [at(9, 30), at(10), at(10), at(10, 30)]
    assert rows.true.tolist() == [at(9, 30), at(10), at(10, 2), at(10, 32)]
    assert statuses == [0, 0, 0x20, 0]
    assert energies[2] == reading(device, at(10, 2)) - reading(device, at(10))


def test_a_clock_set_on_the_half_hour_marks_the_row_that_begins_then():
    device = meter()
    accept(device, ShiftClock(-60), at(10))
    device.advance(at(11))
    rows, _, statuses = rows_of(device, 4)
    assert rows.device.tolist() == [at(9, 30), at(10), at(10), at(10, 30)]
    assert rows.true.tolist() == [at(9, 30), at(10), at(10, 1), at(10, 31)]
    assert statuses == [0, 0, 0x20, 0]


def reading(device, moment):
    return metering.total_at(device.site, device.records.runs, Channel.IMPORT, moment) // 1000


GAPS = st.one_of(st.integers(0, 20 * HOUR), st.integers(0, 80).map(lambda quarters: quarters * HALF_HOUR // 2))
WHOLE = NOW // HALF_HOUR * HALF_HOUR


@given(
    st.lists(st.tuples(GAPS, st.one_of(st.integers(-900, 900), st.sampled_from([-900, 0, 900]))), max_size=6),
    GAPS,
    st.integers(1, 200),
)
@settings(max_examples=100, deadline=None)
def test_rows_are_what_a_clock_that_is_watched_writes(shifts, later, count):
    """Against a clock watched from shift to shift: it writes a row whenever it passes a half hour."""
    device = meter(WHOLE, installed_at=WHOLE - 3 * DAY)
    offset, start, written = 0, WHOLE - 3 * DAY, []

    def watch(end):
        first = (start + offset) // HALF_HOUR + 1
        passed = range(first * HALF_HOUR, end + offset + 1, HALF_HOUR)
        written.extend((shown, shown - offset) for shown in passed)

    end = WHOLE
    for gap, by_s in shifts:
        end += gap
        accept(device, ShiftClock(by_s), end)
        watch(end)
        start, offset = end, offset + by_s * SECOND
    device.advance(end + later)
    watch(end + later)
    rows = metering.intervals(device.records, device.now, count)
    assert list(zip(rows.device.tolist(), rows.true.tolist(), strict=True)) == written[-count:]
    for period, capacity in ((HALF_HOUR, count), (HALF_HOUR, 10**6), (DAY, 14)):
        stamps = metering.stamps(device.records, device.now, period, capacity)
        assert len(stamps.true) == metering.stamp_count(device.records, device.now, period, capacity) <= capacity
    assert metering.stamp_count(device.records, device.now, HALF_HOUR, 10**6) == len(written)
