"""The shared tables of the load function: how a year, a day and a half hour are divided, per shape.

Every number is whole and every table the same on every machine. The figures draw a plausible British
household (*assumed*: no published profile is copied). Nothing here knows a meter; `load.py` scales these
tables and jitters them.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.device.instant import DAY, instant

LOAD_EPOCH: Final = instant(2005, 1, 1)
LOAD_END: Final = instant(2061, 1, 1)  # the first instant after the tables
DAYS: Final = (LOAD_END - LOAD_EPOCH) // DAY
SLOTS: Final = 48  # half hours in a day
MINUTES: Final = 30  # minutes in a half hour

# The unit of each level: one mean day, one whole day, one whole half hour. See the bounds in load.py.
DAY_BITS: Final = 15
SLOT_UNIT: Final = SLOTS << 21
MINUTE_UNIT: Final = MINUTES << 16
HEAVIEST_DAY: Final = 2  # no day of any shape weighs more than this many mean days


class Shape(Enum):
    """How a load is spread over the year, the week and the day."""

    FLAT = "flat"  # exactly constant power: for tests and benches
    DOMESTIC = "domestic"
    ECONOMY_7 = "economy_7"  # night-heavy, 00:30 to 07:30 UTC
    SOLAR_EXPORT = "solar_export"
    REACTIVE = "reactive"
    NONE = "none"  # a vacant home: always zero


@dataclass(frozen=True, slots=True)
class Level:
    """Where the edges of one level lie, and within what width chance may move each.

    An edge moves by at most half its width either way, and its width is never more than the lighter of the
    two parts it divides: edges can never pass each other, and a part of no weight stays empty.
    """

    edges: NDArray[np.int64]
    widths: NDArray[np.int64]
    edge: memoryview  # the same two tables, read one at a time as Python ints
    width: memoryview


@dataclass(frozen=True, slots=True)
class Tables:
    """The three levels of one shape."""

    day: Level  # one edge a day since LOAD_EPOCH, and a spare one
    slot: Level  # rows of 49 edges, one row a kind of day
    minute: Level  # 31 edges
    rows: NDArray[np.int64]  # where in `slot` the row of each day starts
    row: memoryview


@dataclass(frozen=True, slots=True)
class _Figures:
    months: tuple[int, ...]  # weight of mid-month days, January first
    week: tuple[int, ...]  # Monday first
    day_jitter: int  # per cent of the largest width that keeps edges in order
    slot_jitter: int
    minute_jitter: int


_EVEN_YEAR: Final = (100,) * 12
_EVEN_WEEK: Final = (100,) * 7
_FIGURES: Final = {
    Shape.FLAT: _Figures(_EVEN_YEAR, _EVEN_WEEK, 0, 0, 0),
    Shape.NONE: _Figures((0,) * 12, _EVEN_WEEK, 0, 0, 0),
    Shape.DOMESTIC: _Figures(
        (125, 120, 111, 100, 90, 83, 81, 82, 88, 98, 112, 124), (98, 97, 97, 98, 99, 105, 108), 50, 88, 90
    ),
    Shape.ECONOMY_7: _Figures(
        (165, 158, 135, 100, 72, 55, 50, 52, 65, 92, 128, 160), (99, 99, 99, 99, 99, 102, 103), 40, 60, 60
    ),
    Shape.SOLAR_EXPORT: _Figures((33, 57, 98, 138, 160, 163, 158, 138, 108, 73, 41, 26), _EVEN_WEEK, 90, 60, 50),
    Shape.REACTIVE: _Figures(
        (106, 104, 102, 100, 98, 97, 97, 97, 98, 100, 103, 106), (99, 99, 99, 99, 99, 102, 103), 30, 60, 60
    ),
}

# Half hours of a household, from 00:00 UTC, in Wh of a middling home: (winter, summer) by (weekday, weekend).
_WORKING_WINTER: Final = (
    *(72, 62, 55, 50, 47, 45, 44, 44, 44, 45, 48, 54, 70, 95, 125, 140),
    *(138, 125, 110, 104, 100, 99, 99, 102, 108, 110, 107, 102, 99, 101, 108, 122),
    *(145, 175, 205, 222, 226, 220, 210, 200, 190, 182, 174, 162, 146, 128, 108, 88),
)
_RESTING_WINTER: Final = (
    *(82, 72, 62, 55, 51, 48, 46, 45, 45, 45, 46, 49, 55, 65, 82, 105),
    *(128, 145, 155, 158, 157, 154, 152, 155, 162, 166, 162, 154, 147, 144, 146, 154),
    *(168, 188, 208, 218, 218, 210, 200, 190, 181, 174, 166, 156, 143, 128, 112, 95),
)
_WORKING_SUMMER: Final = (
    *(70, 61, 55, 51, 49, 48, 47, 48, 50, 54, 66, 88, 112, 124, 122, 112),
    *(104, 100, 98, 98, 98, 99, 103, 108, 108, 104, 99, 97, 99, 106, 122, 146),
    *(170, 184, 186, 178, 166, 154, 146, 142, 144, 152, 158, 154, 140, 120, 100, 84),
)
_RESTING_SUMMER: Final = (
    *(80, 70, 61, 56, 52, 50, 49, 48, 48, 50, 54, 64, 80, 102, 124, 140),
    *(148, 150, 148, 146, 146, 150, 156, 157, 150, 142, 136, 133, 134, 140, 152, 166),
    *(178, 182, 178, 168, 157, 148, 142, 139, 141, 148, 154, 151, 140, 124, 107, 91),
)
_HOUSEHOLD: Final = ((_WORKING_WINTER, _WORKING_SUMMER), (_RESTING_WINTER, _RESTING_SUMMER))
_WINTER_TWELFTHS: Final = (12, 11, 9, 5, 2, 0, 0, 1, 3, 7, 10, 12)  # how wintry each month's day is

# Night charge of storage heaters and hot water, 00:30 to 07:30 UTC: (winter, summer).
_CHARGE: Final = (
    (0, *(560,) * 7, 520, 480, 430, 370, 300, 240, 180),
    (0, *(520,) * 4, 460, 400, 340, 280, 230, 190, 160, 130, 110, 90),
)

# Sunrise and sunset at mid-month in minutes UTC, middle of England (52.5 N 1.5 W, about, *assumed*).
_DAYLIGHT: Final = (
    *((490, 980), (440, 1035), (380, 1090), (305, 1145), (250, 1195), (225, 1230)),
    *((240, 1220), (285, 1170), (335, 1100), (390, 1030), (445, 975), (485, 955)),
)


@cache
def tables(shape: Shape) -> Tables:
    """Give the tables of a shape: made at its first use (a few milliseconds), never changed."""
    figures = _FIGURES[shape]
    rows = _rows()
    slots = [_slot_level(_half_hours(shape, kind), figures.slot_jitter) for kind in range(24)]
    return Tables(
        day=_day_level(figures),
        slot=_level(np.concatenate([s[0] for s in slots]), np.concatenate([s[1] for s in slots])),
        minute=_level(*_slot_level((1,) * MINUTES, figures.minute_jitter, MINUTE_UNIT)),
        rows=rows,
        row=rows.data,
    )


def _level(edges: NDArray[np.int64], widths: NDArray[np.int64]) -> Level:
    edges.flags.writeable = widths.flags.writeable = False
    return Level(edges, widths, edges.data, widths.data)


def _calendar() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give year, month (0..11) and weekday (Monday 0) of each day of the tables."""
    days = np.arange(DAYS) + LOAD_EPOCH // DAY
    months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months // 12, months % 12, (days + 3) % 7


def _rows() -> NDArray[np.int64]:
    _, month, weekday = _calendar()
    rows = np.append((month * 2 + (weekday >= 5)) * (SLOTS + 1), 0)
    rows.flags.writeable = False
    return rows


def _day_level(figures: _Figures) -> Level:
    """Sum season x weekday weights from day to day; every calendar year's mean day is one unit."""
    year, month, weekday = _calendar()
    middle = np.array(figures.months) * 1000
    first = np.flatnonzero(np.diff(month, prepend=-1))
    length = np.diff(first, append=DAYS)
    of_month = np.cumsum(np.diff(month, prepend=-1) != 0) - 1
    size, since = length[of_month], 2 * (np.arange(DAYS) - first[of_month])
    before, this, after = middle[month - 1], middle[month], middle[(month + 1) % 12]
    season = np.where(
        since < size,
        before * (size - since) + this * (size + since),
        this * (3 * size - since) + after * (since - size),
    ) // (2 * size)
    raw = season * np.array(figures.week)[weekday]
    years = year - year[0]
    total, count = np.zeros((2, years[-1] + 1), dtype=np.int64)
    np.add.at(total, years, raw)
    np.add.at(count, years, 1)
    weight = (raw * (count[years] << DAY_BITS)) // np.maximum(total[years], 1)
    assert weight.max() <= HEAVIEST_DAY << DAY_BITS
    edges = np.zeros(DAYS + 2, dtype=np.int64)  # the spare edge spares the last day a special case
    edges[1:-1] = np.cumsum(weight)
    edges[-1] = edges[-2]
    widths = np.zeros_like(edges)  # no jitter at the epoch, so a register starts at zero
    widths[1:-2] = np.minimum(weight[:-1], weight[1:]) * figures.day_jitter // 100
    return _level(edges, widths)


def _slot_level(
    weights: tuple[int, ...], jitter: int, unit: int = SLOT_UNIT
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Share `unit` out by weights; the outer edges have no width."""
    total = sum(weights)
    edges = np.array([part * unit // total for part in accumulate(weights, initial=0)], dtype=np.int64)
    widths = np.zeros_like(edges)
    share = np.diff(edges)
    widths[1:-1] = np.minimum(share[:-1], share[1:]) * jitter // 100
    return edges, widths


def _half_hours(shape: Shape, kind: int) -> tuple[int, ...]:
    """Give the 48 weights of a kind of day: month x 2, plus 1 at the weekend."""
    month, weekend = divmod(kind, 2)
    match shape:
        case Shape.DOMESTIC:
            return _household(month, weekend)
        case Shape.REACTIVE:  # motors and supplies that run all day: the same day, flatter
            return tuple(weight + 1_800 for weight in _household(month, weekend))
        case Shape.ECONOMY_7:
            charge = _blend(month, *((*night, *(0,) * (SLOTS - len(night))) for night in _CHARGE))
            return tuple(2 * h + 3 * c for h, c in zip(_household(month, weekend), charge, strict=True))
        case Shape.SOLAR_EXPORT:
            return tuple(_sun(month, 30 * slot + 30) - _sun(month, 30 * slot) for slot in range(SLOTS))
        case _:
            return (1,) * SLOTS


def _household(month: int, weekend: int) -> tuple[int, ...]:
    return _blend(month, *_HOUSEHOLD[weekend])


def _blend(month: int, winter: tuple[int, ...], summer: tuple[int, ...]) -> tuple[int, ...]:
    """Mix a winter and a summer day, twelfth by twelfth (so the sums are twelve times as large)."""
    share = _WINTER_TWELFTHS[month]
    return tuple(share * w + (12 - share) * s for w, s in zip(winter, summer, strict=True))


def _sun(month: int, minute: int) -> int:
    """Give a roof's output from midnight to a minute: a bell of power x^2 (L - x)^2 over the daylight L."""
    rise, fall = _DAYLIGHT[month]
    light = fall - rise
    x = min(max(minute - rise, 0), light)
    return x**3 * (10 * light * light - 15 * light * x + 6 * x * x)
