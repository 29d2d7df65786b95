"""British local time. The oracle is the zone Europe/London of the IANA time zone database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.instant import DAY, HOUR, MINUTE, SECOND, from_datetime, instant, to_datetime
from emulator.device.local_time import instants_of, local_text, offset_ms

LONDON = ZoneInfo("Europe/London")
# The database's rule for London has been this one since 1996, and it gives it no end.
INSTANTS = st.integers(instant(1996, 1, 1), instant(2061, 1, 1))
# Dates of the change as gov.uk publishes them ("When do the clocks change?"), and the same for earlier years.
CHANGES = [
    (2023, (3, 26), (10, 29)),
    (2024, (3, 31), (10, 27)),
    (2025, (3, 30), (10, 26)),
    (2026, (3, 29), (10, 25)),
    (2027, (3, 28), (10, 31)),
]


@given(INSTANTS)
@settings(max_examples=300, deadline=None)
def test_any_instant_has_the_offset_of_london(at):
    expected = to_datetime(at).astimezone(LONDON)
    assert timedelta(milliseconds=offset_ms(at)) == expected.utcoffset()
    assert local_text(at) == expected.strftime("%d/%m/%y %H:%M")


@pytest.mark.parametrize("year", range(2005, 2061))
def test_every_change_of_the_clocks_is_londons(year):
    for month in (3, 10):
        for day in range(25, 32):
            for at in (instant(year, month, day, 1) - 1, instant(year, month, day, 1)):
                assert timedelta(milliseconds=offset_ms(at)) == to_datetime(at).astimezone(LONDON).utcoffset()


@pytest.mark.parametrize(("year", "spring", "autumn"), CHANGES)
def test_the_clocks_change_on_the_published_dates(year, spring, autumn):
    begins, ends = instant(year, *spring, 1), instant(year, *autumn, 1)
    assert [offset_ms(begins - 1), offset_ms(begins)] == [0, HOUR]
    assert [offset_ms(ends - 1), offset_ms(ends)] == [HOUR, 0]


def test_a_display_skips_an_hour_and_repeats_one():
    assert local_text(instant(2026, 3, 29, 0, 59)) == "29/03/26 00:59"
    assert local_text(instant(2026, 3, 29, 1)) == "29/03/26 02:00"
    assert local_text(instant(2026, 10, 25, 0, 59)) == "25/10/26 01:59"
    assert local_text(instant(2026, 10, 25, 1)) == "25/10/26 01:00"


def test_seconds_are_shown_when_asked_for():
    at = instant(2026, 7, 1, 23, 59, 58) + 999
    assert local_text(at) == "02/07/26 00:59"
    assert local_text(at, seconds=True) == "02/07/26 00:59:58"


@pytest.mark.parametrize("year", [2024, 2028, 2000])
def test_a_leap_day_is_a_day(year):
    assert local_text(instant(year, 2, 28, 23, 59) + MINUTE) == f"29/02/{year % 100:02} 00:00"
    assert local_text(instant(year, 2, 29) + DAY) == f"01/03/{year % 100:02} 00:00"
    assert offset_ms(instant(year, 2, 29)) == 0


@given(INSTANTS)
@settings(max_examples=200, deadline=None)
def test_a_wall_clock_time_leads_back_to_its_instant(at):
    found = instants_of(at + offset_ms(at))
    assert at in found
    assert len(found) <= 2
    wall = to_datetime(at).replace(tzinfo=None)
    expected = {
        from_datetime(wall.replace(fold=fold, tzinfo=LONDON).astimezone(UTC))
        for fold in (0, 1)
        if wall.replace(fold=fold, tzinfo=LONDON).astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) == wall
    }
    assert set(instants_of(from_datetime(wall.replace(tzinfo=UTC)))) == expected


def test_the_repeated_hour_is_summer_time_first_and_the_skipped_one_never_was():
    repeated, skipped = instant(2026, 10, 25, 1, 30), instant(2026, 3, 29, 1, 30)
    assert instants_of(repeated) == (instant(2026, 10, 25, 0, 30), instant(2026, 10, 25, 1, 30))
    assert instants_of(skipped) == ()
    assert instants_of(skipped - HOUR) == (skipped - HOUR,)
    assert instants_of(repeated + 30 * MINUTE) == (repeated + 30 * MINUTE,)
    assert instants_of(repeated - 30 * MINUTE - SECOND) == (repeated - 90 * MINUTE - SECOND,)
    assert instants_of(instant(2026, 3, 29, 2)) == (instant(2026, 3, 29, 1),)
    assert datetime(2026, 10, 25, 1, 30, tzinfo=LONDON).utcoffset() == timedelta(hours=1)
