"""Instants: whole milliseconds UTC since 1970-01-01, the only form of time in the core.

Leap seconds do not exist here, as they do not for a meter's clock (POSIX time, *assumed*).
"""

import re
from datetime import UTC, date, datetime, timedelta

SECOND = 1_000
MINUTE = 60 * SECOND
HALF_HOUR = 30 * MINUTE
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LAST = 253_402_300_799_999  # the end of the year 9999, beyond which no calendar date is written

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    """Give the instant of a UTC calendar date and time. Raises ValueError for a date that does not exist."""
    return from_datetime(datetime(year, month, day, hour, minute, second, tzinfo=UTC))


def from_datetime(moment: datetime) -> int:
    """Give the instant of an aware datetime, cut to whole milliseconds."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def to_datetime(at: int) -> datetime:
    """Give the aware UTC datetime of an instant. Raises OverflowError outside the years 1 to 9999."""
    return _EPOCH + timedelta(milliseconds=at)


def day_number(at: int) -> int:
    """Count whole UTC days since 1970-01-01 (a Thursday)."""
    return at // DAY


def day_date(number: int) -> date:
    """Give the calendar date of a day number."""
    return date.fromordinal(number + 719_163)


def isoformat(at: int) -> str:
    """Write an instant as ISO 8601 in UTC with milliseconds only when there are any: 2026-01-01T00:00:00Z."""
    whole, rest = divmod(at, SECOND)
    text = (_EPOCH + timedelta(seconds=whole)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:03d}Z" if rest else f"{text}Z"


def parse(text: str) -> int:
    """Read an ISO 8601 date and time; one without an offset is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


_UNITS = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_SPAN = re.compile(r"(\d+)(ms|s|m|h|d|w)")


def span(text: str) -> int:
    """Read a span of time in milliseconds: 36h, 1d12h, 90s. Raises ValueError."""
    parts = _SPAN.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no span of time; allowed: 90s, 36h, 1d12h, 2w")
    return sum(int(number) * _UNITS[unit] for number, unit in parts)
