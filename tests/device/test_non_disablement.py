"""The non-disablement calendar, against a model that looks back minute by minute (functional reference 2.7)."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.calendar import MAX_SPECIAL_DAYS, DayProfile, Season, SpecialDay, Switch, SwitchingTable, Week
from emulator.device.instant import DAY, HOUR, MINUTE, instant, to_datetime
from emulator.device.money.non_disablement import (
    LOOK_AHEAD,
    LOOK_BACK,
    START,
    STOP,
    Day,
    Entry,
    NonDisablement,
    active,
    fault,
    next_change,
)
from emulator.device.step import replace

WEEKDAYS, WEEKEND = (1, 2, 3, 4, 5), (6, 7)
EMPTY = NonDisablement()
# Nights from 18:00 to 09:00, and the weekend from Friday's evening to Monday's morning. 2026-01-02 is a Friday.
FRIENDLY = NonDisablement(
    entries=(Entry("start", 18 * 60), Entry("stop", 9 * 60, WEEKDAYS)),
)


def calendar_of(*entries, special_days=()):
    return NonDisablement(entries, special_days)


def day_of(number, *switches):
    return DayProfile(number, tuple(Switch(minute, action) for minute, action in switches))


def week_of(name, *days):
    return Week(name, days if len(days) == 7 else days * 7)


EVERY_DAY = (week_of("all", 1),)
EVERY_SEASON = (Season("all", 1, 1, "all"),)


def table_of(*days, weeks=EVERY_DAY, seasons=EVERY_SEASON, special_days=()):
    return NonDisablement(table=SwitchingTable("nd", seasons, weeks, days, special_days))


# The same in the gas form: weekdays, then Saturday and Sunday, which have no STOP.
FRIENDLY_TABLE = table_of(
    day_of(1, (540, STOP), (1080, START)),
    DayProfile(2, ()),
    weeks=(week_of("all", 1, 1, 1, 1, 1, 2, 2),),
)


def changes(calendar, start, end):
    """Walk from change to change."""
    found = []
    while (at := next_change(calendar, start)) is not None and at <= end:
        found.append(at)
        start = at
    return found


def test_an_empty_calendar_never_holds():
    assert fault(EMPTY) is None
    assert not active(EMPTY, instant(2026, 1, 1))
    assert next_change(EMPTY, instant(2026, 1, 1)) is None


@pytest.mark.parametrize("calendar", [FRIENDLY, FRIENDLY_TABLE])
def test_nights_and_weekends_in_either_form(calendar):
    assert fault(calendar) is None
    for moment, held in (
        ((2026, 1, 1, 8, 59, 59), True),
        ((2026, 1, 1, 9, 0), False),
        ((2026, 1, 1, 17, 59, 59), False),
        ((2026, 1, 1, 18, 0), True),
        ((2026, 1, 2, 0, 0), True),
        ((2026, 1, 3, 12, 0), True),
        ((2026, 1, 5, 8, 59, 59), True),
        ((2026, 1, 5, 9, 0), False),
    ):
        assert active(calendar, instant(*moment)) is held
    assert changes(calendar, instant(2026, 1, 1, 9), instant(2026, 1, 6)) == [
        instant(2026, 1, 1, 18),
        instant(2026, 1, 2, 9),
        instant(2026, 1, 2, 18),
        instant(2026, 1, 5, 9),
        instant(2026, 1, 5, 18),
    ]


def test_a_change_is_exact_to_the_millisecond():
    at = instant(2026, 1, 1, 18)
    assert not active(FRIENDLY, at - 1)
    assert active(FRIENDLY, at)
    assert next_change(FRIENDLY, at - 1) == at
    assert next_change(FRIENDLY, at) == instant(2026, 1, 2, 9)


def test_a_start_that_nothing_follows_ends_after_eight_days():
    begin = instant(2026, 3, 1, 12)
    once = Day(3, 1, 2026)
    calendar = calendar_of(Entry("start", 720, first=once, last=once))
    assert changes(calendar, instant(2026, 1, 1), instant(2028, 1, 1)) == [begin, begin + LOOK_BACK]
    assert active(calendar, begin + LOOK_BACK - 1)
    assert not active(calendar, begin + LOOK_BACK)
    twice = calendar_of(*calendar.entries, Entry("start", 720, first=Day(3, 9, 2026), last=Day(3, 9, 2026)))
    assert changes(twice, instant(2026, 1, 1), instant(2028, 1, 1)) == [begin, begin + 2 * LOOK_BACK]
    gap = calendar_of(*calendar.entries, Entry("start", 721, first=Day(3, 9, 2026), last=Day(3, 9, 2026)))
    assert changes(gap, begin, begin + LOOK_BACK + MINUTE) == [begin + LOOK_BACK, begin + LOOK_BACK + MINUTE]


def test_a_daily_start_without_a_stop_always_holds():
    calendar = calendar_of(Entry("start", 0))
    assert active(calendar, instant(2026, 5, 5, 5, 5))
    assert next_change(calendar, instant(2026, 5, 5, 5, 5)) is None


def test_the_search_ends_after_400_days():
    leap = Day(2, 29)
    calendar = calendar_of(Entry("start", 60, first=leap, last=leap), Entry("stop", 120, first=leap, last=leap))
    begin = instant(2028, 2, 29, 1)
    assert next_change(calendar, begin - LOOK_AHEAD) == begin
    assert next_change(calendar, begin - LOOK_AHEAD - 1) is None
    assert active(calendar, begin + HOUR - 1)
    assert next_change(calendar, begin) == begin + HOUR
    assert next_change(calendar, begin + HOUR) is None
    assert not active(calendar, instant(2027, 3, 1, 1, 30))


def test_dates_of_every_year_may_embrace_the_new_year():
    winter = {"first": Day(12, 24), "last": Day(1, 2)}
    calendar = calendar_of(Entry("start", 0, **winter), Entry("stop", 0, first=Day(1, 3), last=Day(1, 3)))
    for year in (2025, 2026):
        assert changes(calendar, instant(year, 6, 1), instant(year + 1, 6, 1)) == [
            instant(year, 12, 24),
            instant(year + 1, 1, 3),
        ]


def test_dates_of_one_year_bound_the_days():
    may = {"first": Day(5, 1, 2026), "last": Day(5, 2, 2026)}
    calendar = calendar_of(Entry("start", 60, **may), Entry("stop", 120, **may))
    assert changes(calendar, instant(2025, 1, 1), instant(2028, 1, 1)) == []  # more than 400 days ahead
    assert changes(calendar, instant(2026, 1, 1), instant(2028, 1, 1)) == [
        instant(2026, 5, day, hour) for day in (1, 2) for hour in (1, 2)
    ]
    # From a day of one year on, and then every year until the second of May.
    mixed = calendar_of(*(replace(entry, last=Day(5, 2)) for entry in calendar.entries))
    assert next_change(mixed, instant(2026, 12, 31)) == instant(2027, 1, 1, 1)
    assert next_change(mixed, instant(2026, 1, 1)) == instant(2026, 5, 1, 1)


def test_on_a_special_day_only_the_entries_that_name_it_act():
    bank_holidays = (SpecialDay(1, 12, 25, 4), SpecialDay(2, 5, 4, 5, 2026))
    nights = (Entry("start", 1_080), Entry("stop", 540, special_days=(5,)))
    calendar = calendar_of(*nights, special_days=bank_holidays)
    assert fault(calendar) is None
    # Christmas: neither starts nor stops, so the night before goes on until the morning after.
    assert changes(calendar, instant(2026, 12, 24, 12), instant(2026, 12, 26, 12)) == [
        instant(2026, 12, 24, 18),
        instant(2026, 12, 26, 9),
    ]
    # Early May bank holiday of 2026: stops and does not start; of 2027: an ordinary day.
    assert changes(calendar, instant(2026, 5, 3, 20), instant(2026, 5, 5, 20)) == [
        instant(2026, 5, 4, 9),
        instant(2026, 5, 5, 18),
    ]
    assert len(changes(calendar, instant(2027, 5, 3, 20), instant(2027, 5, 5, 20))) == 4


def test_of_two_entries_at_one_minute_the_later_decides():
    start, stop = Entry("start", 600), Entry("stop", 600)
    assert active(calendar_of(stop, start), instant(2026, 1, 1, 10))
    assert not active(calendar_of(start, stop), instant(2026, 1, 1, 10))
    assert next_change(calendar_of(start, stop), instant(2026, 1, 1)) is None


def test_seasons_and_special_days_of_the_gas_form():
    calendar = table_of(
        day_of(1, (0, STOP)),
        day_of(2, (17 * 60, START), (23 * 60, STOP)),
        day_of(3, (0, START)),
        weeks=(week_of("free", 1), week_of("cold", 2)),
        seasons=(Season("summer", 4, 1, "free"), Season("winter", 10, 1, "cold")),
        special_days=(SpecialDay(1, 2, 29, 3),),
    )
    assert fault(calendar) is None
    assert changes(calendar, instant(2026, 3, 31), instant(2026, 10, 1, 23)) == [
        instant(2026, 3, 31, 17),
        instant(2026, 3, 31, 23),
        instant(2026, 10, 1, 17),
        instant(2026, 10, 1, 23),
    ]
    assert changes(calendar, instant(2028, 2, 28, 23), instant(2028, 3, 1, 23)) == [
        instant(2028, 2, 29),
        instant(2028, 3, 1, 23),
    ]
    assert active(calendar, instant(2028, 2, 29, 12))
    assert not active(calendar, instant(2027, 3, 1, 12))


@pytest.mark.parametrize(
    ("calendar", "words"),
    [
        (calendar_of(*[Entry("start", 0)] * 17), "at most 16"),
        (calendar_of(Entry("pause", 0)), "start or stop"),
        (calendar_of(Entry("start", 1_440)), "minute of the day"),
        (calendar_of(Entry("start", -1)), "minute of the day"),
        (calendar_of(Entry("start", 0, (0,))), "1 to 7"),
        (calendar_of(Entry("start", 0, (8,))), "1 to 7"),
        (calendar_of(Entry("start", 0, special_days=(256,))), "0 to 255"),
        (calendar_of(Entry("start", 0, first=Day(2, 30))), "from one date"),
        (calendar_of(Entry("start", 0, last=Day(2, 29, 2026))), "from one date"),
        (calendar_of(Entry("start", 0, first=Day(2, 2, 2026), last=Day(2, 1, 2026))), "ends before"),
        (calendar_of(special_days=(SpecialDay(1, 2, 30, 1),)), "no date"),
        (calendar_of(special_days=tuple(SpecialDay(n, 1, 1, 1) for n in range(MAX_SPECIAL_DAYS + 1))), "at most 50"),
        (table_of(day_of(1, (0, 2))), "start (1) or stop (0)"),
        (table_of(day_of(1, (60, START), (60, STOP))), "order of time"),
        (table_of(day_of(1, (1_440, START))), "outside the day"),
        (table_of(day_of(2, (0, START))), "names no day"),
        (table_of(day_of(1, (0, START)), seasons=()), "a season"),
        (table_of(day_of(1, (0, START)), seasons=(Season("s", 1, 1, "none"),)), "names no week"),
        (replace(FRIENDLY, table=SwitchingTable()), "not both"),
    ],
)
def test_a_calendar_with_a_fault(calendar, words):
    assert words in fault(calendar)


# The model: every minute of the eight days before, in the words of the module.


def plain_changes(calendar, on):
    special = next(
        (
            one
            for one in calendar.special_days
            if (one.month, one.day) == (on.month, on.day) and one.year in {None, on.year}
        ),
        None,
    )
    found = {}
    for entry in calendar.entries:
        named = special is not None and special.profile in entry.special_days
        usual = special is None and on.isoweekday() in entry.weekdays
        if (named or usual) and plain_within(entry, on):
            found[entry.minute] = entry.action == "start"
    return found


def plain_within(entry, on):
    """Say whether a date is one of the days met on the way from the first to the last, each year anew."""
    if entry.first.year is not None:
        return (
            date(entry.first.year, entry.first.month, entry.first.day)
            <= on
            <= date(entry.last.year, entry.last.month, entry.last.day)
        )
    day, last = on, (entry.last.month, entry.last.day)
    while day == on or (day.month, day.day) != last:
        if (day.month, day.day) == (entry.first.month, entry.first.day):
            return True
        day -= timedelta(days=1)
    return False


def plain_active(calendar, at):
    """Go back minute by minute to the first that has a change."""
    for midnight in range(at // DAY * DAY, at - LOOK_BACK - DAY, -DAY):
        found = plain_changes(calendar, to_datetime(midnight).date())
        for minute in reversed(range(1_440)):
            moment = midnight + minute * MINUTE
            if at - LOOK_BACK < moment <= at and minute in found:
                return found[minute]
    return False


# No 29 February among the borders, because the plain way would not meet it each year.
DAYS = st.one_of(
    st.tuples(st.integers(1, 12), st.integers(1, 28)), st.sampled_from([(12, 28), (12, 31), (1, 1), (1, 4), (1, 6)])
)


@st.composite
def entry_lists(draw):
    entries = []
    for _ in range(draw(st.integers(1, 4))):
        first, last = draw(DAYS), draw(DAYS)
        year = draw(st.sampled_from([None, 2026]))
        if year is not None:
            first, last = min(first, last), max(first, last)
        minute = draw(st.one_of(st.integers(0, 1_439), st.sampled_from([0, 720, 1_439])))
        weekdays = tuple(sorted(draw(st.sets(st.integers(1, 7), min_size=1))))
        named = draw(st.sampled_from([(), (1,), (1, 2)]))
        action = draw(st.sampled_from(["start", "stop"]))
        entries.append(Entry(action, minute, weekdays, named, Day(*first, year), Day(*last, year)))
    special = (SpecialDay(1, 1, 1, 1), SpecialDay(2, 1, 3, 2, 2026))
    return NonDisablement(tuple(entries), draw(st.sampled_from([(), special])))


@given(entry_lists(), st.integers(instant(2025, 12, 28), instant(2026, 1, 8)))
@settings(max_examples=200, deadline=None)
def test_active_agrees_with_the_minutes_before(calendar, at):
    assert fault(calendar) is None
    assert active(calendar, at) is plain_active(calendar, at)


@given(entry_lists(), st.integers(instant(2025, 12, 20), instant(2026, 12, 20)))
@settings(max_examples=100, deadline=None)
def test_the_next_change_is_the_first_minute_that_differs(calendar, at):
    following = next_change(calendar, at)
    now = active(calendar, at)
    end = at + 20 * DAY if following is None else min(following, at + 20 * DAY)
    first = (at // MINUTE + 1) * MINUTE
    assert all(active(calendar, minute) is now for minute in range(first, end, 7 * MINUTE))
    if following is not None:
        assert at < following <= at + LOOK_AHEAD
        assert active(calendar, following - 1) is now
        assert active(calendar, following) is not now
