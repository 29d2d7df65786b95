"""The shared tables of the load function: how a year, a day and a half hour are divided, per shape.

Every number is whole and every table the same on every machine. The figures draw a plausible British
household (*assumed*: no published profile is copied). Nothing here knows a meter; `load.py` scales these
tables and jitters them. Times of day are UTC, as everywhere in the core.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.device.instant import DAY, instant
from emulator.device.splitmix import outputs

LOAD_EPOCH: Final = instant(2005, 1, 1)
LOAD_END: Final = instant(2061, 1, 1)  # the first instant after the tables
DAYS: Final = (LOAD_END - LOAD_EPOCH) // DAY
SLOTS: Final = 48  # half hours in a day
_KINDS: Final = 24  # kinds of day that every shape has
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
    NONE = "none"  # nothing connected: always zero
    VACANT = "vacant"  # nobody at home: a fridge and what stays on standby, nearly even
    TAPPED = "tapped"  # energy taken past the meter: domestic, but most working days have no evening
    GAS = "gas"  # a boiler: heating by timer in winter, hot water and cooking all year


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
    slot: Level  # rows of 49 edges, one row a kind of day: month x 2, plus 1 at the weekend; then TAPPED's own
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
    # A fridge works harder in a warm kitchen, and is on or off from minute to minute.
    Shape.VACANT: _Figures((97, 97, 98, 99, 101, 103, 105, 104, 102, 99, 98, 97), _EVEN_WEEK, 8, 30, 90),
    Shape.TAPPED: _Figures(
        (125, 120, 111, 100, 90, 83, 81, 82, 88, 98, 112, 124), (98, 97, 97, 98, 99, 105, 108), 50, 88, 90
    ),
    Shape.GAS: _Figures(
        (186, 178, 152, 108, 64, 36, 30, 30, 46, 92, 142, 176), (99, 98, 98, 99, 99, 103, 104), 60, 70, 80
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

# Half hours of a boiler, (winter, summer) by (weekday, weekend): two timed periods of heating, hot water, a hob.
# Summer nights are empty: no pilot light.
_BOILER: Final = (
    (
        (
            *(6, 5, 5, 5, 5, 5, 6, 8, 12, 20, 60, 190, 300, 310, 270, 210),
            *(150, 90, 60, 50, 46, 44, 44, 46, 48, 46, 44, 46, 52, 66, 100, 160),
            *(220, 260, 275, 270, 260, 245, 230, 215, 200, 185, 165, 130, 80, 36, 16, 9),
        ),
        (
            *(*(0,) * 10, 4, 22, 60, 84, 70, 44, 22, 10, 6, 5, 4, 4, 5, 8),
            *(9, 6, 4, 4, 5, 7, 10, 18, 34, 52, 60, 54, 44, 36, 30, 28, 26, 22, 14, 6, *(0,) * 4),
        ),
    ),
    (
        (
            *(7, 6, 5, 5, 5, 5, 6, 7, 9, 12, 22, 60, 130, 220, 285, 290),
            *(265, 230, 190, 160, 140, 126, 120, 122, 124, 118, 112, 112, 118, 130, 150, 180),
            *(215, 245, 258, 255, 245, 235, 222, 208, 195, 180, 162, 132, 88, 44, 20, 11),
        ),
        (
            *(*(0,) * 11, 5, 18, 42, 66, 74, 66, 48, 30, 18, 12, 10, 10, 14),
            *(16, 12, 8, 7, 7, 9, 14, 22, 36, 50, 56, 50, 42, 34, 28, 26, 24, 20, 14, 7, *(0,) * 4),
        ),
    ),
)

# A tapped home: from 16:30 to 22:30 its meter sees the night's quiet load, on four working days of five; which ones
# is drawn once and the same for all such homes.
_TAPPED_SLOTS: Final = range(33, 45)
_TAPPED_DAY: Final = 70  # per cent of an honest day that is left
_TAPPED_OF: Final = 5
_TAPPED_STREAM: Final = 0x7A99ED

# Sunrise and sunset at mid-month in minutes UTC, middle of England (52.5 N 1.5 W, about, *assumed*).
_DAYLIGHT: Final = (
    *((490, 980), (440, 1035), (380, 1090), (305, 1145), (250, 1195), (225, 1230)),
    *((240, 1220), (285, 1170), (335, 1100), (390, 1030), (445, 975), (485, 955)),
)


@cache
def tables(shape: Shape) -> Tables:
    """Give the tables of a shape: made at its first use (a few milliseconds), never changed."""
    figures = _FIGURES[shape]
    rows = _rows(shape)
    kinds = _KINDS + 12 * (shape is Shape.TAPPED)
    slots = [_slot_level(_half_hours(shape, kind), figures.slot_jitter) for kind in range(kinds)]
    return Tables(
        day=_day_level(figures, _tapped_days(shape)),
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


def _tapped_days(shape: Shape) -> NDArray[np.bool_]:
    """Say of each day of the tables whether its evening goes past the meter."""
    if shape is not Shape.TAPPED:
        return np.zeros(DAYS, dtype=np.bool_)
    _, _, weekday = _calendar()
    drawn = outputs(_TAPPED_STREAM, np.arange(DAYS)) % np.uint64(_TAPPED_OF)
    days: NDArray[np.bool_] = (weekday < 5) & (drawn != 0)
    return days


def _rows(shape: Shape) -> NDArray[np.int64]:
    _, month, weekday = _calendar()
    kind = np.where(_tapped_days(shape), _KINDS + month, month * 2 + (weekday >= 5))
    rows = np.append(kind * (SLOTS + 1), 0)
    rows.flags.writeable = False
    return rows


def _day_level(figures: _Figures, tapped: NDArray[np.bool_]) -> Level:
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
    raw[tapped] = raw[tapped] * _TAPPED_DAY // 100
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
    """Give the 48 weights of a kind of day: month x 2, plus 1 at the weekend, or 24 plus the month of a tapped day."""
    if kind >= _KINDS:
        day = _household(kind - _KINDS, 0)
        return tuple(min(day) if slot in _TAPPED_SLOTS else weight for slot, weight in enumerate(day))
    month, weekend = divmod(kind, 2)
    match shape:
        case Shape.DOMESTIC | Shape.TAPPED:
            return _household(month, weekend)
        case Shape.GAS:
            return _blend(month, *_BOILER[weekend])
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
