"""The supply at the terminals."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, instant
from emulator.device.mains import (
    NOMINAL_CHZ,
    apparent_mva,
    average_dv,
    current_ma,
    frequency_chz,
    power_factor_thousandths,
    voltage_dv,
)
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
def test_an_average_is_the_mean_of_its_minutes(key, start, length):
    minutes = range(start // MINUTE, (start + length - 1) // MINUTE + 1)
    expected = sum(voltage_dv(key, minute * MINUTE) for minute in minutes) // len(minutes)
    assert average_dv(key, start, start + length) == expected


def test_a_long_average_is_sampled():
    year = average_dv(1, instant(2026, 1, 1), instant(2027, 1, 1))
    half_hours = [
        average_dv(1, at, at + HALF_HOUR) for at in range(instant(2026, 1, 1), instant(2027, 1, 1), 5 * HALF_HOUR)
    ]
    assert abs(year - np.mean(half_hours)) < 8


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
