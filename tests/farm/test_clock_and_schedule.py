"""The farm's clock and its schedule of homes that act unasked."""

import heapq

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.instant import HOUR, instant
from emulator.farm.clock import EARLIEST, LATEST, MAX_RATE, ClockError, FarmClock, Setting, setting
from emulator.farm.schedule import Schedule

START = instant(2026, 1, 1)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("real", Setting(None, 1)),
        ("max", Setting(None, 0, jumping=True)),
        ("x1", Setting(None, 1)),
        ("x60", Setting(None, 60)),
        (f"x{MAX_RATE}", Setting(None, MAX_RATE)),
        ("@2026-01-01T00:00:00Z", Setting(START, 0)),
        ("@2026-01-01", Setting(START, 0)),
        ("@2026-01-01T02:00:00+02:00", Setting(START, 0)),
        ("@2021-01-01", Setting(EARLIEST, 0)),
        ("@2059-12-31T23:59:59.999Z", Setting(LATEST - 1, 0)),
    ],
)
def test_settings(text, meant):
    assert setting(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        *["", "Real", "x", "x0", "x-1", "x1.5", f"x{MAX_RATE + 1}", "x²", "x" + "9" * 5000, "60", "@", "@now"],
        *["@2020-12-31T23:59:59Z", "@2060-01-01", "@2026-02-30", "@0001-01-01T00:00:00+23:59", "@9999-12-31"],
    ],
)
def test_what_is_no_setting_is_told_what_is(text):
    with pytest.raises(ClockError, match=r"allowed: real, x1 to x1000000, max, @2026-01-01T00:00:00Z \(2021.* to 2060"):
        setting(text)


def test_a_standing_clock_moves_when_it_is_moved():
    clock = FarmClock(START, 0)
    assert clock.now() == START
    assert clock.seconds_until(START + HOUR) is None
    clock.reach(START + HOUR)
    assert clock.now() == START + HOUR
    clock.reach(START)  # it is there already
    assert clock.now() == START + HOUR
    with pytest.raises(ClockError, match="ends at 2060-01-01T00:00:00Z"):
        clock.reach(LATEST)


def test_a_running_clock_runs_at_its_pace_and_never_back():
    clock = FarmClock(START, MAX_RATE)
    seen = [clock.now() for _ in range(2000)]
    assert seen == sorted(seen)
    assert seen[-1] > START
    clock.set_rate(0)
    stood = clock.now()
    assert stood >= seen[-1]
    assert clock.now() == stood
    clock.set_rate(1)
    assert stood <= clock.now() < stood + 5_000
    assert 0 < clock.seconds_until(stood + HOUR) <= 3600
    assert clock.seconds_until(stood - HOUR) == 0


@pytest.mark.parametrize("rate", [-1, MAX_RATE + 1])
def test_a_pace_that_is_none(rate):
    clock = FarmClock(START, 7)
    with pytest.raises(ClockError, match="a rate is 0 to 1000000"):
        clock.set_rate(rate)
    assert clock.rate == 7


def test_time_stands_still_at_its_end():
    clock = FarmClock(LATEST - 1, MAX_RATE)
    assert [clock.now() for _ in range(100)] == [LATEST - 1] * 100


# The schedule


def test_a_newer_moment_replaces_the_older_one():
    schedule = Schedule()
    schedule.plan(1, 100)
    schedule.plan(2, 50)
    schedule.plan(1, 30)
    assert schedule.first() == 30
    assert (schedule.take(29), schedule.take(30), schedule.take(30)) == (None, 1, None)
    schedule.plan(2, None)
    assert schedule.first() is None
    assert schedule.take(1000) is None
    schedule.plan(2, None)


@given(st.lists(st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 20)), st.booleans()), max_size=60))
@settings(max_examples=200)
def test_a_schedule_is_a_table_of_moments(steps):
    """Against a plain dictionary, looked through whole each time."""
    schedule, table = Schedule(), {}
    for index, at, taking in steps:
        if taking:
            now = at or 0
            due = [(when, number) for number, when in table.items() if when <= now]
            taken = schedule.take(now)
            assert (taken is None) == (not due)
            if taken is not None:
                assert (table.pop(taken), taken) == heapq.nsmallest(1, due)[0]
        else:
            schedule.plan(index, at)
            if at is None:
                table.pop(index, None)
            else:
                table[index] = at
        assert schedule.first() == min(table.values(), default=None)
