"""Billing calendars of every periodicity, against a walk over all days (functional reference 2.10), and gas tables."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.calendar import (
    MAX_SPECIAL_DAYS,
    PERIODS,
    BillingCalendar,
    DayProfile,
    Season,
    SpecialDay,
    Switch,
    SwitchingTable,
    billing_moments,
    calendar_fault,
    calendar_from,
    gas_table_fault,
    table_fault,
)
from emulator.device.instant import DAY, LAST, MINUTE, SECOND, from_datetime, instant, to_datetime
from emulator.device.step import replace

YEAR = instant(2026, 1, 1), instant(2027, 1, 1)


def plain_moments(calendar, start, end):
    """Look at every day: does a period end on it? A quarter ends every third month from the start month, and so on."""
    rhythm = {"monthly": 1, "quarterly": 3, "six-monthly": 6, "yearly": 12}
    found = []
    on = to_datetime(start).replace(hour=calendar.hour, minute=calendar.minute, second=0, microsecond=0)
    on -= timedelta(days=1)
    while from_datetime(on) <= end:
        due = {
            "daily": True,
            "weekly": on.isoweekday() == calendar.day,
        }.get(
            calendar.period,
            on.day == calendar.day and (on.month - calendar.month) % rhythm.get(calendar.period, 1) == 0,
        )
        at = from_datetime(on)
        if due and at > start and (calendar.start is None or at >= calendar.start):
            found.append(at)
        on += timedelta(days=1)
    return found


@st.composite
def calendars(draw):
    period = draw(st.sampled_from(PERIODS))
    day = draw({"daily": st.just(1), "weekly": st.integers(1, 7)}.get(period, st.integers(1, 28)))
    month = 1 if period in {"daily", "weekly", "monthly"} else draw(st.integers(1, 12))
    since = draw(st.one_of(st.none(), st.integers(*YEAR)))
    return BillingCalendar(period, day, draw(st.integers(0, 23)), draw(st.integers(0, 59)), month, since)


@given(calendars(), st.integers(instant(2023, 11, 1), YEAR[1]), st.integers(0, 800 * DAY), st.booleans())
@settings(max_examples=150, deadline=None)
def test_periods_end_when_a_walk_over_all_days_says_so(calendar, start, length, on_the_dot):
    assert calendar_fault(calendar) is None
    if on_the_dot:
        start -= start % DAY - (calendar.hour * 60 + calendar.minute) * MINUTE
    end = start + length - (length % DAY if on_the_dot else 0)
    assert billing_moments(calendar, start, end) == plain_moments(calendar, start, end)


def dates(calendar, start=YEAR[0] - 1, end=YEAR[1] - 1):
    return [f"{to_datetime(at):%m-%d %H:%M}" for at in billing_moments(calendar, start, end)]


def test_quarters_half_years_and_years_start_in_their_month():
    assert dates(BillingCalendar("quarterly", 15, 6, 30, 2)) == [
        "02-15 06:30", "05-15 06:30", "08-15 06:30", "11-15 06:30",
    ]  # fmt: skip
    assert dates(BillingCalendar("quarterly", 15, 6, 30, 11)) == dates(BillingCalendar("quarterly", 15, 6, 30, 2))
    assert dates(BillingCalendar("six-monthly", 1, 0, 0, 10)) == ["04-01 00:00", "10-01 00:00"]
    assert dates(BillingCalendar("yearly", 28, 23, 59, 2)) == ["02-28 23:59"]
    assert len(dates(BillingCalendar("monthly", 28))) == 12
    assert len(dates(BillingCalendar("weekly", 5))) == 52
    assert len(dates(BillingCalendar("daily"))) == 365


def test_a_period_ends_in_the_half_open_interval():
    calendar = BillingCalendar("yearly", 1, 6, 0, 4)
    at = instant(2026, 4, 1, 6)
    assert billing_moments(calendar, at - 1, at) == [at]
    assert billing_moments(calendar, at, at + 364 * DAY) == []
    assert billing_moments(calendar, at - 1, at - 1) == billing_moments(calendar, at, at - DAY) == []


def test_gas_bills_in_periods_from_a_start():
    start = instant(2026, 5, 7, 6, 15)
    for period, ends in (
        ("daily", ["05-07", "05-08", "05-09"]),
        ("weekly", ["05-07", "05-14", "05-21"]),
        ("monthly", ["05-07", "06-07", "07-07"]),
        ("quarterly", ["05-07", "08-07", "11-07"]),
        ("six-monthly", ["05-07", "11-07"]),
        ("yearly", ["05-07"]),
    ):
        calendar = calendar_from(start + 30 * SECOND, period)
        assert calendar_fault(calendar) is None
        assert calendar.start == start
        assert dates(calendar)[:3] == [f"{end} 06:15" for end in ends]
    assert "1 to 28" in calendar_fault(calendar_from(instant(2026, 1, 31), "monthly"))
    assert dates(calendar_from(instant(2028, 1, 1), "daily")) == []


@pytest.mark.parametrize(
    ("calendar", "text"),
    [
        (BillingCalendar("quarterly", 15, 6, 0, 2), "quarterly on day 15 from month 2 at 06:00"),
        (BillingCalendar("six-monthly", 1, 0, 0, 10), "six-monthly on day 1 from month 10 at 00:00"),
        (BillingCalendar("yearly", 6, 4, 5, 4), "yearly on day 6 of month 4 at 04:05"),
        (
            BillingCalendar("monthly", 6, start=instant(2026, 1, 1)),
            "monthly on day 6 at 00:00 from 2026-01-01T00:00:00Z",
        ),
    ],
)
def test_a_calendar_says_when_it_bills(calendar, text):
    assert calendar_fault(calendar) is None
    assert calendar.text == text


@pytest.mark.parametrize(
    ("calendar", "words"),
    [
        (BillingCalendar("fortnightly"), "daily, weekly, monthly, quarterly, six-monthly or yearly"),
        (BillingCalendar("quarterly", 29), "1 to 28"),
        (BillingCalendar("yearly", 0), "1 to 28"),
        (BillingCalendar("quarterly", 1, month=13), "1 to 12"),
        (BillingCalendar("yearly", 1, month=0), "1 to 12"),
        (BillingCalendar("monthly", 1, month=2), "1 to 1"),
        (BillingCalendar("daily", 1, month=2), "1 to 1"),
        (BillingCalendar("yearly", 1, 24), "00:00 to 23:59"),
        (BillingCalendar(start=-1), "1970 to 9999"),
        (BillingCalendar(start=LAST + 1), "1970 to 9999"),
    ],
)
def test_what_no_calendar_says(calendar, words):
    assert words in calendar_fault(calendar)


# Gas switching tables

GAS = SwitchingTable(days=tuple(DayProfile(rate, (Switch(0, rate),)) for rate in (1, 2, 3, 4)))


def gas(*days, **parts):
    return replace(GAS, days=days or GAS.days, **parts)


def test_a_gas_table_acts_by_whole_days():
    assert gas_table_fault(GAS) is None
    two = DayProfile(1, (Switch(0, 1), Switch(720, 2)))
    assert table_fault(gas(two), 4) is None
    for wrong in (two, DayProfile(1, (Switch(30, 1),)), DayProfile(1, ())):
        assert "whole day" in gas_table_fault(gas(wrong))


def test_a_gas_table_has_four_rates_and_fifty_special_days():
    assert "register 5 of 4" in gas_table_fault(gas(DayProfile(1, (Switch(0, 5),))))
    special = tuple(SpecialDay(n, 1 + n % 12, 1, 1) for n in range(MAX_SPECIAL_DAYS + 1))
    assert gas_table_fault(gas(special_days=special[:-1])) is None
    assert "at most 50" in gas_table_fault(gas(special_days=special))
    assert "names no week" in gas_table_fault(gas(seasons=(Season("all", 1, 1, "none"),)))
