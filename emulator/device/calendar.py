"""Calendars: the tariff switching table and the billing calendar, as tables and as functions of an instant.

Times are the device clock's (UTC, functional reference 1.3). Limits: functional reference annex A (DUIS).
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from emulator.device.instant import DAY, LAST, MINUTE, day_date, day_number, isoformat, to_datetime

MAX_SEASONS = 4
MAX_WEEKS = 4
MAX_DAY_PROFILES = 16
MAX_SWITCHES = 48
MAX_SPECIAL_DAYS = 50
MAX_NAME = 16
HALF_HOUR_MIN = 30
GAS_RATES = 4
PERIODS = ("daily", "weekly", "monthly", "quarterly", "six-monthly", "yearly")
PERIOD_MONTHS = {"monthly": 1, "quarterly": 3, "six-monthly": 6, "yearly": 12}
_OCTET = range(0x100)
_TWO_OCTETS = range(0x10000)
_ORDINAL_1970 = date(1970, 1, 1).toordinal()
_DAY_MINUTES = range(DAY // MINUTE)


class Season(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A season: from this date each year (or of one year) its week profile holds."""

    name: str
    month: int
    day: int
    week: str
    year: int | None = None


class Week(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A week profile: the day profile of each weekday, Monday first."""

    name: str
    days: tuple[int, int, int, int, int, int, int]


class Switch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From this minute of the day on, this TOU register (1 is the first) counts."""

    minute: int
    rate: int


class DayProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The switches of one kind of day, in order of time."""

    id: int
    switches: tuple[Switch, ...]


class SpecialDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A date (year None: every year) that has a day profile of its own."""

    index: int
    month: int
    day: int
    profile: int
    year: int | None = None


class SwitchingTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The Tariff Switching Table: what decides which TOU register counts. Special days go before weeks."""

    name: str = "single"
    seasons: tuple[Season, ...] = (Season("all", 1, 1, "all"),)
    weeks: tuple[Week, ...] = (Week("all", (1, 1, 1, 1, 1, 1, 1)),)
    days: tuple[DayProfile, ...] = (DayProfile(1, (Switch(0, 1),)),)
    special_days: tuple[SpecialDay, ...] = ()


class BillingCalendar(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a billing period ends (functional reference 2.10), at an hour and minute of the day.

    Weekly periods have a weekday (1 is Monday), the longer ones a day of the month. Quarters, half years and years
    are counted from a start month. Before the instant `start`, if there is one, no period ends.
    """

    period: str = "monthly"
    day: int = 1
    hour: int = 0
    minute: int = 0
    month: int = 1
    start: int | None = None

    @property
    def text(self) -> str:
        """Say when a period ends, for people."""
        when = {"daily": "", "weekly": f" on weekday {self.day}"}.get(self.period, f" on day {self.day}")
        if PERIOD_MONTHS.get(self.period, 1) > 1:
            when += f" of month {self.month}" if self.period == "yearly" else f" from month {self.month}"
        since = "" if self.start is None else f" from {isoformat(self.start)}"
        return f"{self.period}{when} at {self.hour:02}:{self.minute:02}{since}"

    @property
    def months(self) -> tuple[int, ...]:
        """The months in which a period of a month or more ends, the start month first."""
        step = PERIOD_MONTHS.get(self.period, 12)
        return tuple((self.month - 1 + later) % 12 + 1 for later in range(0, 12, step))


def table_fault(table: SwitchingTable, rates: int) -> str | None:
    """Say what is wrong with a switching table for a meter of so many TOU registers, or None."""
    return bounds_fault(table) or _sizes_fault(table, 1) or _days_fault(table, rates) or links_fault(table)


def gas_table_fault(table: SwitchingTable) -> str | None:
    """Say what is wrong with a switching table for a gas meter, or None: it acts by whole days (reference 3.1)."""
    for profile in table.days:
        if len(profile.switches) != 1 or profile.switches[0].minute:
            return f"gas day profile {profile.id} has not one action for the whole day"
    return table_fault(table, GAS_RATES)


def bounds_fault(table: SwitchingTable) -> str | None:
    """Say what in a table no meter could hold, or None; its parts need not fit together yet."""
    names = [table.name, *(week.name for week in table.weeks)]
    for season in table.seasons:
        names += [season.name, season.week]
        if not is_date(season.year, season.month, season.day):
            return f"season {season.name!r} starts on no date"
    if any(len(name) > MAX_NAME or any(letter > "\xff" for letter in name) for name in names):
        return f"a name has at most {MAX_NAME} letters of Latin-1"
    numbers = [profile.id for profile in table.days]
    numbers += [number for week in table.weeks for number in week.days]
    if not all(number in _OCTET for number in numbers):
        return "the number of a day profile is 0 to 255"
    for profile in table.days:
        if len(profile.switches) > MAX_SWITCHES:
            return f"day profile {profile.id} has not 1 to {MAX_SWITCHES} switches"
        if not all(switch.minute in _DAY_MINUTES and switch.rate in _OCTET for switch in profile.switches):
            return f"day profile {profile.id} has a switch outside the day or the registers"
    return _sizes_fault(table, 0) or special_days_fault(table.special_days)


def _sizes_fault(table: SwitchingTable, least: int) -> str | None:
    if not least <= len(table.seasons) <= MAX_SEASONS:
        return f"a table has 1 to {MAX_SEASONS} seasons"
    if not least <= len(table.weeks) <= MAX_WEEKS:
        return f"a table has 1 to {MAX_WEEKS} week profiles"
    if not least <= len(table.days) <= MAX_DAY_PROFILES:
        return f"a table has 1 to {MAX_DAY_PROFILES} day profiles"
    return None


def special_days_fault(days: tuple[SpecialDay, ...]) -> str | None:
    """Say what is wrong with a table of special days by itself, or None."""
    if len(days) > MAX_SPECIAL_DAYS:
        return f"a table has at most {MAX_SPECIAL_DAYS} special days"
    if len({special.index for special in days}) != len(days):
        return "two special days have one index"
    for special in days:
        if special.index not in _TWO_OCTETS or special.profile not in _OCTET:
            return "a special day's index is 0 to 65535, its day profile 0 to 255"
        if not is_date(special.year, special.month, special.day):
            return f"special day {special.index} is no date"
    return None


def _days_fault(table: SwitchingTable, rates: int) -> str | None:
    for profile in table.days:
        minutes = [switch.minute for switch in profile.switches]
        if not minutes:
            return f"day profile {profile.id} has not 1 to {MAX_SWITCHES} switches"
        if sorted(set(minutes)) != minutes:
            return f"day profile {profile.id} is not in order of time"
        for switch in profile.switches:
            if switch.minute % HALF_HOUR_MIN:
                return f"day profile {profile.id} switches off the half hour"
            if not 1 <= switch.rate <= rates:
                return f"day profile {profile.id} names TOU register {switch.rate} of {rates}"
    return None


def links_fault(table: SwitchingTable) -> str | None:
    """Say which part names a part that is not there or has the name of another, or None."""
    ids = [profile.id for profile in table.days]
    if len(set(ids)) != len(ids):
        return "two day profiles have one id"
    weeks = [week.name for week in table.weeks]
    if len(set(weeks)) != len(weeks):
        return "two week profiles have one name"
    for season in table.seasons:
        if season.week not in weeks:
            return f"season {season.name!r} names no week profile"
    for week in table.weeks:
        if len(week.days) != 7 or not set(week.days) <= set(ids):
            return f"week profile {week.name!r} names no day profile"
    for special in table.special_days:
        if special.profile not in ids:
            return f"special day {special.index} names no day profile"
    return None


def is_date(year: int | None, month: int, day: int) -> bool:
    """Say whether a date exists; without a year, in a leap year."""
    try:
        date(2024 if year is None else year, month, day)
    except (ValueError, OverflowError):
        return False
    return True


def day_profile(table: SwitchingTable, on: date) -> DayProfile:
    """Give the day profile of a date: special day first, then the week of the season that holds."""
    profiles = {profile.id: profile for profile in table.days}
    for special in table.special_days:
        if (special.month, special.day) == (on.month, on.day) and special.year in {None, on.year}:
            return profiles[special.profile]
    week = _season(table, on).week
    days = next(entry.days for entry in table.weeks if entry.name == week)
    return profiles[days[on.weekday()]]


def _season(table: SwitchingTable, on: date) -> Season:
    """The season that started last on or before a date; a start without a year recurs."""

    def started(season: Season) -> tuple[int, int, int]:
        start = (season.month, season.day)
        if season.year is not None:
            return (season.year, *start) if (season.year, *start) <= (on.year, on.month, on.day) else (0, *start)
        return (on.year if start <= (on.month, on.day) else on.year - 1, *start)

    return max(table.seasons, key=started)


@lru_cache(maxsize=512)
def _year(table: SwitchingTable, year: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    instants: list[int] = []
    rates: list[int] = []
    first = date(year, 1, 1).toordinal()
    for ordinal in range(first, date(year, 12, 31).toordinal() + 1):
        on = date.fromordinal(ordinal)
        start = (ordinal - _ORDINAL_1970) * DAY
        for switch in day_profile(table, on).switches:
            instants.append(start + switch.minute * MINUTE)
            rates.append(switch.rate)
    return np.array(instants, dtype=np.int64), np.array(rates, dtype=np.int64)


def switches(table: SwitchingTable, start: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the moments in [start, end) from which a TOU register counts, and those registers (1 is the first).

    The first moment is `start` itself, with the register that counts then. The table must be valid.
    """
    last = day_date(day_number(max(start, end - 1))).year
    # The day before may still be in force: a day profile need not begin at midnight.
    before = day_date(day_number(start) - 1).year
    parts = [_year(table, year) for year in range(before, last + 1)]
    instants = np.concatenate([part[0] for part in parts])
    rates = np.concatenate([part[1] for part in parts])
    at = int(np.searchsorted(instants, start, side="right")) - 1
    to = int(np.searchsorted(instants, end, side="left"))
    moments = instants[at : max(to, at + 1)].copy()
    moments[0] = start
    return moments, rates[at : max(to, at + 1)]


@lru_cache(maxsize=512)
def only_rate(table: SwitchingTable) -> int | None:
    """Give the TOU register that counts whenever a table holds, or None where more than one may."""
    rates = {switch.rate for profile in table.days for switch in profile.switches}
    return rates.pop() if len(rates) == 1 else None


def rate_at(table: SwitchingTable, at: int) -> int:
    """Give the TOU register that counts at a moment of the device clock."""
    return int(switches(table, at, at + 1)[1][0])


def calendar_from(start: int, period: str) -> BillingCalendar:
    """Give the calendar of the gas form: periods of one length from a date and time on (functional reference 2.10).

    Seconds are cut. A start on the 29th to 31st gives a calendar with a fault unless its period is in days.
    """
    when = to_datetime(start)
    day = {"daily": 1, "weekly": when.isoweekday()}.get(period, when.day)
    month = when.month if PERIOD_MONTHS.get(period, 1) > 1 else 1
    return BillingCalendar(period, day, when.hour, when.minute, month, start - start % MINUTE)


def calendar_fault(calendar: BillingCalendar) -> str | None:
    """Say what is wrong with a billing calendar, or None."""
    if calendar.period not in PERIODS:
        return f"a billing period is {', '.join(PERIODS[:-1])} or {PERIODS[-1]}"
    allowed = {"daily": range(1, 2), "weekly": range(1, 8)}.get(calendar.period, range(1, 29))
    if calendar.day not in allowed:
        return f"the day of a {calendar.period} period is {allowed.start} to {allowed.stop - 1}"
    months = range(1, 13 if PERIOD_MONTHS.get(calendar.period, 1) > 1 else 2)
    if calendar.month not in months:
        return f"the start month of a {calendar.period} period is {months.start} to {months.stop - 1}"
    if not (0 <= calendar.hour < 24 and 0 <= calendar.minute < 60):
        return "a billing time is 00:00 to 23:59"
    if calendar.start is not None and not 0 <= calendar.start <= LAST:
        return "billing starts in the years 1970 to 9999"
    return None


def billing_moments(calendar: BillingCalendar, start: int, end: int) -> list[int]:
    """Give the ends of billing periods in (start, end] by the device clock, oldest first."""
    if calendar.start is not None:
        start = max(start, calendar.start - 1)
    offset = (calendar.hour * 60 + calendar.minute) * MINUTE
    first, last = day_number(start - offset) + 1, day_number(end - offset)
    if first > last:
        return []
    return [number * DAY + offset for number in _billing_days(calendar, first, last)]


def _billing_days(calendar: BillingCalendar, first: int, last: int) -> Iterable[int]:
    """The day numbers from first to last on which a period ends."""
    if calendar.period == "daily":
        return range(first, last + 1)
    if calendar.period == "weekly":
        return range(first + (calendar.day - day_date(first).isoweekday()) % 7, last + 1, 7)
    step = PERIOD_MONTHS[calendar.period]
    month, until = (on.year * 12 + on.month - 1 for on in (day_date(first), day_date(last)))
    # A count of months since the year 0, in the rhythm of the start month.
    month += (calendar.month - 1 - month) % step
    days = (
        date(count // 12, count % 12 + 1, calendar.day).toordinal() - _ORDINAL_1970
        for count in range(month, until + 1, step)
    )
    return (number for number in days if first <= number <= last)
