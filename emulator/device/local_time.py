"""British local time: what a display shows, and what a recording made by the wall clock means.

Everything else counts in UTC (functional reference 1.3). Summer Time Act 1972 as amended by the Summer Time Order
2002: summer time begins and ends at one o'clock in the morning, Greenwich mean time, on the last Sundays of March and
October. The rule is taken to hold in every year (it has since 1996; before that the dates differed).
"""

from functools import lru_cache

from emulator.device.instant import DAY, HOUR, day_number, instant, to_datetime

_THURSDAY = 3  # 1970-01-01, counting Monday as 0


def offset_ms(at: int) -> int:
    """Give what British local time is ahead of UTC at an instant: nothing, or an hour of summer time."""
    begins, ends = _summer(to_datetime(at).year)
    return HOUR if begins <= at < ends else 0


def local_text(at: int, *, seconds: bool = False) -> str:
    """Write an instant as a display does: 29/03/26 02:00."""
    return to_datetime(at + offset_ms(at)).strftime("%d/%m/%y %H:%M:%S" if seconds else "%d/%m/%y %H:%M")


def instants_of(wall: int) -> tuple[int, ...]:
    """Give the instants at which a wall clock shows a time, that time written as if it were an instant of UTC.

    There is one; in the hour that October repeats there are two, summer time first; in the hour that March skips, none.
    """
    return tuple(wall - ahead for ahead in (HOUR, 0) if offset_ms(wall - ahead) == ahead)


@lru_cache(maxsize=128)
def _summer(year: int) -> tuple[int, int]:
    return _last_sunday(year, 3) + HOUR, _last_sunday(year, 10) + HOUR


def _last_sunday(year: int, month: int) -> int:
    """Give the midnight of the last Sunday of a month that has 31 days."""
    number = day_number(instant(year, month, 31))
    return (number - (number + _THURSDAY + 1) % 7) * DAY
