"""The non-disablement calendar: when supply is not disabled for lack of credit (functional reference 2.7).

Electricity writes entries, gas writes a table of days, weeks and seasons like a tariff's; both come to the same:
changes (START or STOP) at minutes of days. The latest change at or before an instant decides, for as long as the
calendar looks back: a START that nothing follows ends after 8 days. Times are the device clock's.

On a special day only the entries that name it act, whatever its weekday (as for schedules, IEC 62056-6-2 class 10).
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import msgspec

from emulator.device.calendar import (
    MAX_SWITCHES,
    SpecialDay,
    SwitchingTable,
    bounds_fault,
    day_profile,
    is_date,
    links_fault,
    special_days_fault,
)
from emulator.device.instant import DAY, LAST, MINUTE, day_date, day_number

MAX_ENTRIES: Final = 16
LOOK_BACK: Final = 8 * DAY
LOOK_AHEAD: Final = 400 * DAY

# What a switch of the gas form says in place of a TOU register.
STOP: Final = 0
START: Final = 1

_DAY_MINUTES: Final = range(DAY // MINUTE)
_WEEKDAYS: Final = range(1, 8)
_OCTET: Final = range(0x100)
_ORDINAL_1970: Final = date(1970, 1, 1).toordinal()
_LAST_YEAR: Final = 9999


class Day(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A date; without a year, one of every year."""

    month: int
    day: int
    year: int | None = None


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Start or stop at a minute of each day that it applies to, from one date to another, both included.

    `weekdays`: 1 is Monday. `special_days`: the numbers (`profile`) of special days. Two dates of every year may
    embrace the new year. A date with a year and one without each bound the days in their own way.
    """

    action: Literal["start", "stop"]
    minute: int
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    special_days: tuple[int, ...] = ()
    first: Day = Day(1, 1)
    last: Day = Day(12, 31)


class NonDisablement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The calendar: entries with their special days, or a table; empty it never holds.

    In the table a switch's `rate` is START or STOP, at any minute; a day profile may be without switches.
    """

    entries: tuple[Entry, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()
    table: SwitchingTable | None = None


class _Year(NamedTuple):
    """The changes of one year, in order of time."""

    instants: tuple[int, ...]
    starts: tuple[bool, ...]


def fault(calendar: NonDisablement) -> str | None:
    """Say what is wrong with a calendar, or None."""
    if calendar.table is not None:
        if calendar.entries or calendar.special_days:
            return "a non-disablement calendar is of entries or a table, not both"
        return bounds_fault(calendar.table) or _table_fault(calendar.table)
    if len(calendar.entries) > MAX_ENTRIES:
        return f"a non-disablement calendar has at most {MAX_ENTRIES} entries"
    return special_days_fault(calendar.special_days) or next(filter(None, map(_entry_fault, calendar.entries)), None)


def _entry_fault(entry: Entry) -> str | None:
    if entry.action not in {"start", "stop"}:
        return "an entry is start or stop"
    if entry.minute not in _DAY_MINUTES:
        return "an entry is at a minute of the day"
    if not set(entry.weekdays) <= set(_WEEKDAYS):
        return "the weekdays of an entry are 1 to 7"
    if not set(entry.special_days) <= set(_OCTET):
        return "the special days of an entry are 0 to 255"
    first, last = entry.first, entry.last
    if not (is_date(first.year, first.month, first.day) and is_date(last.year, last.month, last.day)):
        return "an entry is from one date to another"
    if (
        first.year is not None
        and last.year is not None
        and (first.year, first.month, first.day) > (last.year, last.month, last.day)
    ):
        return "an entry ends before it starts"
    return None


def _table_fault(table: SwitchingTable) -> str | None:
    if not (table.seasons and table.weeks and table.days):
        return "a non-disablement table has a season, a week profile and a day profile"
    for profile in table.days:
        minutes = [switch.minute for switch in profile.switches]
        if sorted(set(minutes)) != minutes or len(minutes) > MAX_SWITCHES:
            return f"day profile {profile.id} is not in order of time"
        if not {switch.rate for switch in profile.switches} <= {START, STOP}:
            return f"day profile {profile.id} does not start (1) or stop (0)"
    return links_fault(table)


def active(calendar: NonDisablement, at: int) -> bool:
    """Say whether supply is kept at an instant of the device clock. The calendar must be without fault."""
    return not _is_empty(calendar) and _began(calendar, at) is not None


def next_change(calendar: NonDisablement, at: int) -> int | None:
    """Give the first instant after one at which active() changes, at most 400 days later; None if there is none."""
    if _is_empty(calendar):
        return None
    began = _began(calendar, at)
    for instant, starts in _changes(calendar, at, at + LOOK_AHEAD):
        if began is not None and instant - began >= LOOK_BACK and not (starts and instant - began == LOOK_BACK):
            return began + LOOK_BACK
        if starts != (began is not None):
            return instant
        began = instant if starts else None
    return began + LOOK_BACK if began is not None and began + LOOK_BACK <= at + LOOK_AHEAD else None


def _is_empty(calendar: NonDisablement) -> bool:
    return not calendar.entries and calendar.table is None


def _began(calendar: NonDisablement, at: int) -> int | None:
    """Give the START in force: the latest change at or before an instant, if it is one and not 8 days old yet."""
    for year in range(_year_of(at), _year_of(at - LOOK_BACK) - 1, -1):
        held = _year(calendar, year)
        place = bisect_right(held.instants, at) - 1
        if place >= 0:
            return held.instants[place] if held.starts[place] and at - held.instants[place] < LOOK_BACK else None
    return None


def _changes(calendar: NonDisablement, after: int, until: int) -> Iterator[tuple[int, bool]]:
    """Give the changes in (after, until]; of several at one instant, the last."""
    for year in range(_year_of(after), _year_of(until) + 1):
        held = _year(calendar, year)
        for place in range(bisect_right(held.instants, after), bisect_right(held.instants, until)):
            yield held.instants[place], held.starts[place]


def _year_of(at: int) -> int:
    return day_date(day_number(min(at, LAST))).year


@lru_cache(maxsize=256)
def _year(calendar: NonDisablement, year: int) -> _Year:
    changes: dict[int, bool] = {}
    if 1 <= year <= _LAST_YEAR:
        for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
            midnight = (ordinal - _ORDINAL_1970) * DAY
            for minute, starts in _of_day(calendar, date.fromordinal(ordinal)):
                changes[midnight + minute * MINUTE] = starts
    instants = sorted(changes)
    return _Year(tuple(instants), tuple(changes[instant] for instant in instants))


def _of_day(calendar: NonDisablement, on: date) -> Iterator[tuple[int, bool]]:
    """Give the changes of a date; of two at one minute, the later in the list decides."""
    if calendar.table is not None:
        for switch in day_profile(calendar.table, on).switches:
            yield switch.minute, switch.rate == START
        return
    special = _special_day(calendar, on)
    for entry in calendar.entries:
        applies = on.isoweekday() in entry.weekdays if special is None else special in entry.special_days
        if applies and _within(entry, on):
            yield entry.minute, entry.action == "start"


def _special_day(calendar: NonDisablement, on: date) -> int | None:
    for special in calendar.special_days:
        if (special.month, special.day) == (on.month, on.day) and special.year in {None, on.year}:
            return special.profile
    return None


def _within(entry: Entry, on: date) -> bool:
    first, last = entry.first, entry.last
    begun, over = _compare(on, first) >= 0, _compare(on, last) > 0
    if first.year is None and last.year is None and (first.month, first.day) > (last.month, last.day):
        return begun or not over
    return begun and not over


def _compare(on: date, bound: Day) -> int:
    """Say whether a date is before (-1), on (0) or after (1) another, within its year if that recurs."""
    left = (on.year, on.month, on.day)
    right = (on.year if bound.year is None else bound.year, bound.month, bound.day)
    return (left > right) - (left < right)
