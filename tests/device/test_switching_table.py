"""Switching tables: which are refused, and which TOU register they choose (functional reference 2.3.2)."""

import pytest
from device_sites import (
    FOUR_SEASONS,
    HOMES,
    NOW,
    PROFILE,
    accept,
    day_of,
    meter,
    plain_rate,
    profile_with,
    refuse,
    week_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.calendar import (
    MAX_SPECIAL_DAYS,
    DayProfile,
    Season,
    SpecialDay,
    Switch,
    SwitchingTable,
    bounds_fault,
    rate_at,
    switches,
    table_fault,
)
from emulator.device.commands import ActivatePassiveTariff, Reason, SetTariff, WritePassiveTariff
from emulator.device.happenings import PassiveTariffWritten, TariffNotActivated
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, instant
from emulator.device.step import replace
from emulator.device.tariff import active

RATES = PROFILE.metering.tou_registers
SINGLE = SwitchingTable()
TWO_RATE = SwitchingTable(name="two", days=(day_of(1, (0, 1), (420, 2)),))
HALF_HOURS = tuple((minute, 1) for minute in range(0, 1440, 30))


def single(**parts):
    return replace(SINGLE, **parts)


BEYOND_BOUNDS = [
    (single(seasons=(Season("a", 1, 1, "all"),) * 5), "1 to 4 seasons"),
    (single(weeks=tuple(week_of(str(number), 1) for number in range(5))), "1 to 4 week"),
    (single(days=tuple(day_of(number, (0, 1)) for number in range(17))), "1 to 16 day"),
    (single(days=(day_of(1, *HALF_HOURS, (1439, 1)),)), "1 to 48 switches"),
    (single(days=(day_of(1, (1440, 1)),)), "outside the day"),
    (single(days=(day_of(1, (-30, 1)),)), "outside the day"),
    (single(days=(day_of(1, (0, 256)),)), "outside the day or the registers"),
    (single(days=(day_of(256, (0, 1)),)), "0 to 255"),
    (single(weeks=(week_of("all", -1),)), "0 to 255"),
    (single(name="a name of 17 char"), "16 letters"),
    (single(weeks=(week_of("\u03a9", 1),)), "Latin-1"),
    (single(seasons=(Season("a" * 17, 1, 1, "all"),)), "16 letters"),
    (single(seasons=(Season("all", 2, 30, "all"),)), "on no date"),
    (single(seasons=(Season("all", 2, 29, "all", year=2025),)), "on no date"),
    (single(seasons=(Season("all", 1, 1, "all", year=0),)), "on no date"),
    (single(seasons=(Season("all", 10**30, 1, "all"),)), "on no date"),
    (single(special_days=tuple(SpecialDay(n, 1, 1, 1) for n in range(MAX_SPECIAL_DAYS + 1))), "at most 50"),
    (single(special_days=(SpecialDay(1, 1, 1, 1), SpecialDay(1, 1, 2, 1))), "one index"),
    (single(special_days=(SpecialDay(1, 4, 31, 1),)), "no date"),
    (single(special_days=(SpecialDay(65536, 4, 30, 1),)), "0 to 65535"),
    (single(special_days=(SpecialDay(1, 4, 30, 256),)), "0 to 255"),
]
DO_NOT_FIT = [
    (single(seasons=()), "1 to 4 seasons"),
    (single(weeks=()), "1 to 4 week"),
    (single(days=()), "1 to 16 day"),
    (single(days=(DayProfile(1, ()),)), "1 to 48 switches"),
    (single(days=(day_of(1, (420, 1), (0, 2)),)), "order of time"),
    (single(days=(day_of(1, (0, 1), (0, 2)),)), "order of time"),
    (single(days=(day_of(1, (15, 1)),)), "off the half hour"),
    (single(days=(day_of(1, (0, 0)),)), "TOU register 0 of 48"),
    (single(days=(day_of(1, (0, 49)),)), "TOU register 49 of 48"),
    (single(days=(day_of(1, (0, 1)), day_of(1, (0, 2)))), "one id"),
    (single(weeks=(week_of("all", 1), week_of("all", 1))), "one name"),
    (single(seasons=(Season("all", 1, 1, "none"),)), "names no week"),
    (single(weeks=(week_of("all", 2),)), "names no day"),
    (single(weeks=(replace(SINGLE.weeks[0], days=(1, 1, 1)),)), "names no day"),
    (single(special_days=(SpecialDay(1, 1, 1, 9),)), "names no day"),
]


@pytest.mark.parametrize(("table", "words"), BEYOND_BOUNDS + DO_NOT_FIT)
def test_a_table_with_a_fault_is_refused_whole(table, words):
    assert words in table_fault(table, RATES)
    device = meter()
    for command in (SetTariff(table), SetTariff(table, NOW + DAY)):
        outcome = refuse(device, command)
        assert outcome.reason is Reason.INVALID_VALUE
        assert words in outcome.detail
    assert active(device.records) == SINGLE


@pytest.mark.parametrize("table", [table for table, _ in BEYOND_BOUNDS])
def test_what_no_meter_could_hold_is_not_held_ready(table):
    assert refuse(meter(), WritePassiveTariff(table)).reason is Reason.INVALID_VALUE


@pytest.mark.parametrize("table", [table for table, _ in DO_NOT_FIT])
def test_parts_that_do_not_fit_are_held_and_judged_when_activated(table):
    device = meter()
    assert accept(device, WritePassiveTariff(table)) == [PassiveTariffWritten(table.name, None)]
    for at in (None, NOW + HOUR):
        assert refuse(device, ActivatePassiveTariff(at)).reason is Reason.INVALID_VALUE
    accept(device, WritePassiveTariff(TWO_RATE))
    accept(device, ActivatePassiveTariff(NOW + HOUR))
    accept(device, WritePassiveTariff(table))
    device.advance(NOW + HOUR)
    assert device.journal[-1].what == TariffNotActivated(table.name, table_fault(table, RATES))
    assert active(device.records) == SINGLE
    assert device.next_due() is None


def test_the_largest_table_is_taken():
    table = SwitchingTable(
        name="n" * 16,
        seasons=tuple(Season(str(month), month, 1, str(month)) for month in range(1, 5)),
        weeks=tuple(week_of(str(month), month) for month in range(1, 5)),
        days=tuple(day_of(number, *((minute, minute // 30 + 1) for minute, _ in HALF_HOURS)) for number in range(16)),
        special_days=tuple(SpecialDay(n, 1 + n % 12, 1 + n % 28, n % 16) for n in range(MAX_SPECIAL_DAYS)),
    )
    assert bounds_fault(table) is table_fault(table, RATES) is None
    device = meter()
    accept(device, SetTariff(table))
    device.advance(NOW + DAY)
    assert sum(device.tou()) == device.total_mwh(Channel.IMPORT)


def test_a_meter_with_one_tou_register_takes_no_second():
    profile = profile_with(metering={"tou_registers": 1})
    for home in HOMES.values():
        device = meter(profile=profile, household=home)
        assert "TOU register 2 of 1" in refuse(device, SetTariff(TWO_RATE)).detail
        assert device.tou() == (device.total_mwh(Channel.IMPORT),)


@pytest.mark.parametrize(
    ("moment", "rate"),
    [
        ((2026, 1, 1, 6, 59), 1),
        ((2026, 1, 1, 7, 0), 2),
        ((2026, 1, 1, 23, 0), 1),
        ((2026, 2, 28, 23, 59), 1),  # winter wraps the year
        ((2026, 3, 1, 0, 29), 1),  # a Sunday of spring begins at 06:00: the winter evening goes on
        ((2026, 3, 1, 6, 0), 6),
        ((2026, 3, 2, 0, 0), 6),  # special day of one year, before the recurring one by its place in the list
        ((2025, 3, 2, 0, 0), 7),  # recurring special day: day profile 4
        ((2025, 3, 2, 0, 30), 8),
        ((2025, 3, 3, 0, 29), 48),  # the special day's last rate goes on until Monday's first switch
        ((2025, 3, 3, 0, 30), 3),
        ((2026, 3, 4, 16, 0), 5),
        ((2026, 6, 1, 6, 0), 6),  # summer
        ((2026, 6, 10, 0, 0), 7),  # the dated season
        ((2026, 10, 31, 12, 0), 8),  # ... lasts until the next season starts
        ((2026, 11, 1, 12, 0), 2),
        ((2027, 6, 10, 12, 0), 6),  # ... and does not recur
        ((2026, 12, 25, 23, 30), 48),  # special day before the week
    ],
)
def test_special_day_then_week_then_season(moment, rate):
    assert rate_at(FOUR_SEASONS, instant(*moment)) == rate == plain_rate(FOUR_SEASONS, instant(*moment))


@given(st.integers(instant(2025, 1, 1), instant(2028, 1, 1)))
@settings(max_examples=150, deadline=None)
def test_the_register_that_counts_is_what_the_words_say(at):
    assert rate_at(FOUR_SEASONS, at) == plain_rate(FOUR_SEASONS, at)


@st.composite
def tables(draw):
    ids = list(range(draw(st.integers(1, 4))))
    minutes = st.lists(st.integers(0, 47), min_size=1, max_size=5, unique=True).map(sorted)
    days = tuple(
        DayProfile(number, tuple(Switch(minute * 30, draw(st.integers(1, 6))) for minute in draw(minutes)))
        for number in ids
    )
    weeks = tuple(
        week_of(str(name), *draw(st.lists(st.sampled_from(ids), min_size=7, max_size=7)))
        for name in range(draw(st.integers(1, 3)))
    )
    starts = st.tuples(st.integers(1, 12), st.integers(1, 28))
    begun = draw(st.lists(starts, min_size=1, max_size=4, unique=True))
    years = st.sampled_from([None, 2025, 2026])
    names = st.sampled_from([week.name for week in weeks])
    # The first season recurs, so that one always holds.
    seasons = tuple(
        Season("s", *start, draw(names), draw(years) if place else None) for place, start in enumerate(begun)
    )
    special = tuple(
        SpecialDay(index, *draw(starts), draw(st.sampled_from(ids)), draw(years))
        for index in range(draw(st.integers(0, 9)))
    )
    return SwitchingTable("drawn", seasons, weeks, days, special)


@given(tables(), st.integers(instant(2025, 12, 1), instant(2027, 3, 1)), st.integers(1, 5 * DAY))
@settings(max_examples=40, deadline=None)
def test_switches_agree_with_the_words_of_random_tables(table, start, length):
    assert table_fault(table, 6) is None
    moments, rates = switches(table, start, start + length)
    assert moments[0] == start
    assert (moments[1:] % HALF_HOUR == 0).all()
    for at in range(start, start + length, 97 * MINUTE):
        held = [rate for moment, rate in zip(moments.tolist(), rates.tolist(), strict=True) if moment <= at]
        assert held[-1] == plain_rate(table, at) == rate_at(table, at)
