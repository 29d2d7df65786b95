"""The supply at the meter's terminals: voltage, current, power factor and frequency at any instant.

Like the load, nothing is stored: each value is a function of a stream key and an instant, in whole numbers. A
site has its own standing offset, drifts from hour to hour, and shakes from minute to minute. In normal
service voltage stays within 2,180..2,480 dV, inside the statutory 230 V +10 % -6 % (2,162..2,530 dV; ESQCR 2002,
regulation 27). Sags, swells and interruptions are laid over this: stretches of time with a voltage of their own.
"""

from collections.abc import Sequence
from math import isqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emulator.device.instant import HOUR, MINUTE, SECOND
from emulator.device.splitmix import mix64, output, outputs, stream

NOMINAL_DV: Final = 2_300
NOMINAL_CHZ: Final = 5_000

# Swings, in dV or chz: a value lies in -swing..+swing. Voltage: 2,330 +- (60 + 55 + 25), or 2,190..2,470 dV.
_MIDDLE_DV: Final = NOMINAL_DV + 30  # homes sit above nominal: networks are still set for 240 V (*assumed*)
_SITE_DV: Final = 60
_HOURLY_DV: Final = 55
_MINUTE_DV: Final = 25
_GRID_CHZ: Final = 12  # every five minutes
_RIPPLE_CHZ: Final = 4  # every ten seconds

_GRID: Final = 5 * MINUTE
_RIPPLE: Final = 10 * SECOND

_SITE: Final = stream("mains site")
_HOURLY: Final = stream("mains hourly")
_MINUTELY: Final = stream("mains minutely")
_GRIDWISE: Final = stream("mains grid")
_RIPPLES: Final = stream("mains ripple")


def voltage_dv(key: int, at: int) -> int:
    """Give the RMS voltage in tenths of a volt; it holds for one minute of the clock."""
    minute = at // MINUTE
    site = _swing(mix64(key ^ _SITE), _SITE_DV)
    return (
        _MIDDLE_DV
        + site
        + _drift(key ^ _HOURLY, minute * MINUTE, HOUR, _HOURLY_DV)
        + _swing(output(key ^ _MINUTELY, minute), _MINUTE_DV)
    )


def bounds_dv(key: int) -> tuple[int, int]:
    """Give the least and the greatest voltage that a site ever has in normal service."""
    middle, swing = _MIDDLE_DV + _swing(mix64(key ^ _SITE), _SITE_DV), _HOURLY_DV + _MINUTE_DV
    return middle - swing, middle + swing


class Curve(NamedTuple):
    """The voltage over a stretch of time: `values_dv[n]` from `edges[n]` until `edges[n + 1]`; 0 is no mains."""

    edges: NDArray[np.int64]
    values_dv: NDArray[np.int64]


Laid = tuple[int, int, int]
"""A stretch of time with a voltage of its own: since, until, tenths of a volt."""


def curve(key: int, start: int, end: int, laid_over: Sequence[Laid] = ()) -> Curve:
    """Give the voltage from an instant until a later one; of stretches that overlap, the last one counts."""
    minutes = np.arange(start // MINUTE, (end - 1) // MINUTE + 1, dtype=np.int64)
    edges = np.append(minutes * MINUTE, end)
    edges[0] = start
    values = _voltages_dv(key, minutes)
    laid_over = [laid for laid in laid_over if laid[0] < end and laid[1] > start]
    if laid_over:
        cuts = np.clip(np.array([at for laid in laid_over for at in laid[:2]], dtype=np.int64), start, end)
        finer = np.union1d(edges, cuts)
        values = values[np.searchsorted(edges, finer[:-1], side="right") - 1]
        for since, until, voltage_dv in laid_over:
            values[(finer[:-1] >= since) & (finer[:-1] < until)] = voltage_dv
        edges = finer
    return Curve(edges, values)


def averages_dv(key: int, edges: NDArray[np.int64], laid_over: Sequence[Laid] = ()) -> NDArray[np.int64]:
    """Give the mean voltage between each two of some rising instants, rounded down: 0 where there were no mains at all.

    Time without mains counts for nothing: a meter that is off measures nothing.
    """
    held = curve(key, int(edges[0]), int(edges[-1]), laid_over)
    lengths = np.diff(held.edges)
    place = np.clip(np.searchsorted(held.edges, edges, side="right") - 1, 0, len(lengths) - 1)
    sums = []
    for values in (held.values_dv, (held.values_dv > 0).astype(np.int64)):
        before = np.concatenate([[0], np.cumsum(values * lengths)])
        sums.append(np.diff(before[place] + values[place] * (edges - held.edges[place])))
    volts, on = sums
    means: NDArray[np.int64] = volts // np.maximum(on, 1)
    return means


def average_dv(key: int, start: int, end: int) -> int:
    """Give the mean voltage of a period, rounded down. Raises ValueError for none."""
    if start >= end:
        raise ValueError("an average needs a period that ends after it starts")
    return int(averages_dv(key, np.array([start, end], dtype=np.int64))[0])


def current_ma(power_mw: int, reactive_mvar: int, voltage_dv: int) -> int:
    """Give the RMS current in milliamperes, rounded down; none flows without voltage."""
    return apparent_mva(power_mw, reactive_mvar) * 10 // voltage_dv if voltage_dv > 0 else 0


def apparent_mva(power_mw: int, reactive_mvar: int) -> int:
    """Give the apparent power in millivolt-amperes, rounded down."""
    return isqrt(power_mw * power_mw + reactive_mvar * reactive_mvar)


def power_factor_thousandths(power_mw: int, reactive_mvar: int) -> int:
    """Give the power factor without a sign in thousandths, rounded down: 1,000 when nothing flows."""
    apparent = apparent_mva(power_mw, reactive_mvar)
    return abs(power_mw) * 1_000 // apparent if apparent else 1_000


def frequency_chz(key: int, at: int) -> int:
    """Give the frequency in hundredths of a hertz, within 4,984..5,016.

    Britain is one synchronous area: give every meter of a farm the same key.
    """
    held = at // _RIPPLE
    return (
        NOMINAL_CHZ
        + _drift(key ^ _GRIDWISE, held * _RIPPLE, _GRID, _GRID_CHZ)
        + _swing(output(key ^ _RIPPLES, held), _RIPPLE_CHZ)
    )


def _voltages_dv(key: int, minutes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give voltage_dv at the start of many minutes."""
    site = _swing(mix64(key ^ _SITE), _SITE_DV)
    hours = minutes * MINUTE // HOUR
    before = _swings(outputs(key ^ _HOURLY, hours), _HOURLY_DV)
    after = _swings(outputs(key ^ _HOURLY, hours + 1), _HOURLY_DV)
    drift = before + (after - before) * (minutes * MINUTE - hours * HOUR) // HOUR
    found: NDArray[np.int64] = drift + _swings(outputs(key ^ _MINUTELY, minutes), _MINUTE_DV)
    return found + (_MIDDLE_DV + site)


def _drift(key: int, at: int, period: int, swing: int) -> int:
    """Go in a straight line from one period's swing to the next one's."""
    number, since = divmod(at, period)
    before, after = _swing(output(key, number), swing), _swing(output(key, number + 1), swing)
    return before + (after - before) * since // period


def _swing(drawn: int, swing: int) -> int:
    """Bring 64 random bits to -swing..+swing."""
    return ((drawn >> 48) * (2 * swing + 1) >> 16) - swing


def _swings(drawn: NDArray[np.uint64], swing: int) -> NDArray[np.int64]:
    high = (drawn >> np.uint64(48)).astype(np.int64)
    return (high * (2 * swing + 1) >> 16) - swing
