"""The supply at the terminals."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.electricity.mains import (
    NOMINAL_CHZ,
    apparent_mva,
    average_dv,
    averages_dv,
    current_ma,
    curve,
    frequency_chz,
    power_factor_thousandths,
    voltage_dv,
)
from emulator.device.instant import DAY, HOUR, MINUTE, instant
from emulator.device.splitmix import stream

KEYS = st.integers(0, 2**64 - 1)
INSTANTS = st.integers(instant(2005, 1, 1), instant(2061, 1, 1))
MILLIS = st.integers(-(10**12), 10**12)
QUICK = settings(max_examples=200, deadline=None)
NOON = instant(2026, 11, 22, 12)


@given(KEYS, INSTANTS)
@QUICK
def test_normal_service_stays_within_its_limits(key, at):
    assert 2_180 <= voltage_dv(key, at) <= 2_480
    assert 4_984 <= frequency_chz(key, at) <= 5_016


@given(KEYS, INSTANTS)
@QUICK
def test_a_voltage_holds_for_its_minute(key, at):
    start = at - at % MINUTE
    assert voltage_dv(key, start) == voltage_dv(key, at) == average_dv(key, at, at + 1)


@given(KEYS, INSTANTS, st.integers(1, 2 * HOUR))
@settings(max_examples=50, deadline=None)
def test_an_average_is_the_mean_of_its_time(key, start, length):
    edges = [start, *range((start // MINUTE + 1) * MINUTE, start + length, MINUTE), start + length]
    expected = sum(voltage_dv(key, begin) * (end - begin) for begin, end in pairwise(edges)) // length
    assert average_dv(key, start, start + length) == expected


def test_stretches_are_laid_over_and_the_last_one_counts():
    key = stream(5, "mains")
    laid = [(NOON + MINUTE, NOON + 3 * MINUTE, 2_000), (NOON + 2 * MINUTE, NOON + 4 * MINUTE, 0)]
    held = curve(key, NOON, NOON + 5 * MINUTE, laid)
    assert held.edges.tolist() == [NOON + number * MINUTE for number in range(6)]
    assert held.values_dv.tolist() == [voltage_dv(key, NOON), 2_000, 0, 0, voltage_dv(key, NOON + 4 * MINUTE)]
    edges = np.array([NOON, NOON + 2 * MINUTE, NOON + 4 * MINUTE, NOON + 5 * MINUTE])
    means = averages_dv(key, edges, laid)
    assert means.tolist() == [(voltage_dv(key, NOON) + 2_000) // 2, 0, voltage_dv(key, NOON + 4 * MINUTE)]


def test_an_empty_period_has_no_average():
    for end in (NOON, NOON - 1):
        with pytest.raises(ValueError, match="ends after it starts"):
            average_dv(1, NOON, end)


def test_sites_hours_and_minutes_differ():
    keys = [stream(1, home, "mains") for home in range(200)]
    assert len({average_dv(key, NOON, NOON + DAY) for key in keys}) > 50
    day = [voltage_dv(keys[0], at) for at in range(NOON, NOON + DAY, MINUTE)]
    assert len(set(day)) > 40
    assert max(abs(b - a) for a, b in pairwise(day)) <= 2 * 25 + 2
    hourly = [average_dv(keys[0], at, at + HOUR) for at in range(NOON, NOON + DAY, HOUR)]
    assert max(hourly) - min(hourly) > 20
    assert len({frequency_chz(1, at) for at in range(NOON, NOON + HOUR, 10_000)}) > 10
    assert np.mean([frequency_chz(1, at) for at in range(NOON, NOON + 30 * DAY, HOUR)]) == pytest.approx(
        NOMINAL_CHZ, abs=2
    )


# By hand: 2,300 W at 230 V is 10 A; 3 kW and 4 kvar make 5 kVA, which at 250 V is 20 A.
@pytest.mark.parametrize(
    ("power", "reactive", "voltage", "current", "factor"),
    [
        (2_300_000, 0, 2_300, 10_000, 1_000),
        (3_000_000, 4_000_000, 2_500, 20_000, 600),
        (-3_000_000, 4_000_000, 2_500, 20_000, 600),
        (0, 0, 2_400, 0, 1_000),
        (0, 240_000, 2_400, 1_000, 0),
        (1_000, 0, 0, 0, 1_000),
    ],
)
def test_current_and_power_factor(power, reactive, voltage, current, factor):
    assert current_ma(power, reactive, voltage) == current
    assert power_factor_thousandths(power, reactive) == factor


@given(MILLIS, MILLIS)
@QUICK
def test_apparent_power_is_the_root_rounded_down(power, reactive):
    apparent = apparent_mva(power, reactive)
    assert apparent**2 <= power**2 + reactive**2 < (apparent + 1) ** 2
    assert 0 <= power_factor_thousandths(power, reactive) <= 1_000
