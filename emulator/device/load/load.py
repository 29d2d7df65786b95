"""Consumption by random access: the energy a meter has counted at any instant (architecture D2).

A register is a monotone function of (key, shape, daily energy, instant), in whole numbers, so thirteen months
of half hours exist before anyone asks, and the profile, the register and the power on the display cannot
disagree. Three levels share one trick: a year's energy is cut into days, a day into half hours and a half
hour into minutes, at edges taken from a shared table and moved by bounded chance. Inside a minute energy is
linear. Days are UTC days; there is no DST.

The jitter of an edge is output number (minutes since LOAD_EPOCH) of the key's splitmix64 stream: an edge
belongs to one level only, so no two edges share a number. The scalar and the numpy forms give the same bits.

Nothing here knows a supply interruption: the meter's rules skip those. Of gas, read millilitre for milliwatt-hour.
"""

# Bounds, so that int64 never overflows (Python ints could not; numpy could). daily <= 1e10 < 2**33.3.
#   day     daily x edge: 20,454 days x 2**15 < 2**29.4, so < 2**62.6; jitter never passes the last edge
#   slot    a day is at most twice the heaviest weight, 4 daily < 2**35.3; x SLOT_UNIT < 2**26.6: < 2**61.9
#   minute  a half hour < a day < 2**35.3; x MINUTE_UNIT < 2**20.9: < 2**56.2
#   within  a minute < a day; x 60,000 < 2**15.9: < 2**51.2
#   widths  at most half a unit < 2**25.6, x noise 2**15: < 2**41
# A register never passes 1e10 x 20,454 days, or 2.1e14 mWh.

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.device.instant import DAY, HALF_HOUR, MINUTE
from emulator.device.load.load_shapes import (
    DAY_BITS,
    LOAD_END,
    LOAD_EPOCH,
    MINUTE_UNIT,
    MINUTES,
    SLOT_UNIT,
    SLOTS,
    Level,
    Shape,
    Tables,
    tables,
)
from emulator.device.splitmix import MASK, output, outputs, outputs_of

__all__ = ["LOAD_END", "LOAD_EPOCH", "MOST_DAILY_MWH", "Load", "Segment", "Shape", "energies_of", "require_known"]

MOST_DAILY_MWH: Final = 10_000_000_000
_DAY_MINUTES: Final = SLOTS * MINUTES
_CHUNK: Final = 8_192  # loads taken together, so that the working arrays stay in the processor's cache

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Segment:
    """One minute of a load, over which energy grows in a straight line."""

    start: int
    end: int
    start_mwh: int
    end_mwh: int


@dataclass(frozen=True, slots=True)
class Load:
    """One thing that is counted: import, export, reactive energy (mvarh, mvar) or gas (ml, ml an hour)."""

    key: int  # the 64-bit key of its stream
    shape: Shape
    daily_mwh: int  # energy of the mean day

    def __post_init__(self) -> None:
        if not 0 <= self.daily_mwh <= MOST_DAILY_MWH:
            raise ValueError(f"daily energy must lie in 0..{MOST_DAILY_MWH} mWh, not {self.daily_mwh}")
        if not 0 <= self.key <= MASK:
            raise ValueError(f"a stream key must fit 64 bits without a sign, not {self.key}")

    def energy_mwh(self, at: int) -> int:
        """Give the energy counted from LOAD_EPOCH to an instant. Raises ValueError outside 2005..2060."""
        day, of_day = divmod(at - LOAD_EPOCH, DAY)
        if not of_day:  # most asked for, as a period's edge: the edge of a half hour and of a minute lies here too
            require_known(at, at)
            return self.daily_mwh * _edge(tables(self.shape).day, day, self.key, day * _DAY_MINUTES) >> DAY_BITS
        segment = self.segment(at)
        return segment.start_mwh + (segment.end_mwh - segment.start_mwh) * (at - segment.start) // MINUTE

    def power_mw(self, at: int) -> int:
        """Give the power during the minute that holds an instant."""
        segment = self.segment(at)
        return (segment.end_mwh - segment.start_mwh) * 60

    def segment(self, at: int) -> Segment:
        """Give the minute that holds an instant. Raises ValueError outside 2005..2060."""
        require_known(at, at)
        table = tables(self.shape)
        key, daily = self.key, self.daily_mwh
        number = (at - LOAD_EPOCH) // MINUTE
        day, of_day = divmod(number, _DAY_MINUTES)
        slot, minute = divmod(of_day, MINUTES)

        first = day * _DAY_MINUTES
        low = daily * _edge(table.day, day, key, first) >> DAY_BITS
        all_day = (daily * _edge(table.day, day + 1, key, first + _DAY_MINUTES) >> DAY_BITS) - low

        first, place = number - minute, table.row[day] + slot
        start = all_day * _edge(table.slot, place, key, first) // SLOT_UNIT
        end = all_day * _edge(table.slot, place + 1, key, first + MINUTES) // SLOT_UNIT
        low, half_hour = low + start, end - start

        start = half_hour * _edge(table.minute, minute, key, number) // MINUTE_UNIT
        end = half_hour * _edge(table.minute, minute + 1, key, number + 1) // MINUTE_UNIT
        begins = LOAD_EPOCH + number * MINUTE
        return Segment(begins, begins + MINUTE, low + start, low + end)

    def energies_mwh(self, at: Ints) -> Ints:
        """Give energy_mwh of many instants, in any order: quickest for half hours that follow each other."""
        if not at.size:
            return np.zeros_like(at)
        require_known(int(at.min()), int(at.max()))
        since = at - LOAD_EPOCH
        slot, rest = np.divmod(since, HALF_HOUR)
        if not rest.any():
            return self._at_slots(slot)
        number = since // MINUTE
        low, high = _both_edges(self._at_minutes, number)
        found: Ints = low + (high - low) * (since - number * MINUTE) // MINUTE
        return found

    def _at_days(self, day: Ints) -> Ints:
        edges = _edges(tables(self.shape).day, day, self.key, day * _DAY_MINUTES)
        return (self.daily_mwh * edges) >> DAY_BITS

    def _at_slots(self, number: Ints) -> Ints:
        table = tables(self.shape)
        day = number // SLOTS
        low, high = _both_edges(self._at_days, day)
        edges = _edges(table.slot, table.rows[day] + (number - day * SLOTS), self.key, number * MINUTES)
        return low + (high - low) * edges // SLOT_UNIT

    def _at_minutes(self, number: Ints) -> Ints:
        slot = number // MINUTES
        low, high = _both_edges(self._at_slots, slot)
        edges = _edges(tables(self.shape).minute, number - slot * MINUTES, self.key, number)
        return low + (high - low) * edges // MINUTE_UNIT


def energies_of(keys: NDArray[np.uint64], daily_mwh: Ints, shape: Shape, at: int) -> Ints:
    """Give energy_mwh of many loads of one shape at one instant."""
    require_known(at, at)
    if daily_mwh.size and not 0 <= int(daily_mwh.min()) <= int(daily_mwh.max()) <= MOST_DAILY_MWH:
        raise ValueError(f"daily energy must lie in 0..{MOST_DAILY_MWH} mWh")
    if keys.shape != daily_mwh.shape:
        raise ValueError("there must be one key for each daily energy")
    table = tables(shape)
    found = np.empty(daily_mwh.shape, dtype=np.int64)
    for start in range(0, len(found), _CHUNK):
        part = slice(start, start + _CHUNK)
        found[part] = _chunk_of(table, keys[part], daily_mwh[part], at - LOAD_EPOCH)
    return found


def _chunk_of(table: Tables, keys: NDArray[np.uint64], daily: Ints, since: int) -> Ints:
    number, within = divmod(since, MINUTE)
    day, of_day = divmod(number, _DAY_MINUTES)
    slot, minute = divmod(of_day, MINUTES)

    first = day * _DAY_MINUTES
    low = (daily * _edge_of(table.day, day, keys, first)) >> DAY_BITS
    if not since % DAY:
        return low
    part = ((daily * _edge_of(table.day, day + 1, keys, first + _DAY_MINUTES)) >> DAY_BITS) - low

    first, place = number - minute, table.row[day] + slot
    start = part * _edge_of(table.slot, place, keys, first) // SLOT_UNIT
    low += start
    if not since % HALF_HOUR:
        return low
    part = part * _edge_of(table.slot, place + 1, keys, first + MINUTES) // SLOT_UNIT - start

    start = part * _edge_of(table.minute, minute, keys, number) // MINUTE_UNIT
    low += start
    if not within:
        return low
    part = part * _edge_of(table.minute, minute + 1, keys, number + 1) // MINUTE_UNIT - start
    return low + part * within // MINUTE


def _edge(level: Level, place: int, key: int, number: int) -> int:
    """Give where an edge lies, moved by its noise of -2**15..2**15-1 over 2**16 widths."""
    return level.edge[place] + (level.width[place] * ((output(key, number) >> 48) - 0x8000) >> 16)


def _edges(level: Level, places: Ints, key: int, numbers: Ints) -> Ints:
    """Give many edges of one load."""
    noise = _noise(outputs(key, numbers))
    noise *= level.widths[places]
    noise >>= 16
    noise += level.edges[places]
    return noise


def _edge_of(level: Level, place: int, keys: NDArray[np.uint64], number: int) -> Ints:
    """Give one edge of many loads; an edge that cannot move is the same for all."""
    if not level.width[place]:
        return np.array(level.edge[place])
    noise = _noise(outputs_of(keys, number))
    noise *= level.width[place]
    noise >>= 16
    noise += level.edge[place]
    return noise


def _noise(drawn: NDArray[np.uint64]) -> Ints:
    drawn >>= np.uint64(48)
    noise = drawn.view(np.int64)
    noise -= 0x8000
    return noise


def _both_edges(energy: Callable[[Ints], Ints], parts: Ints) -> tuple[Ints, Ints]:
    """Give the energy at both edges of each part, working an edge out once where parts lie close together."""
    low, high = int(parts.min()), int(parts.max())
    if high - low >= 2 * parts.size:
        return energy(parts), energy(parts + 1)
    near = energy(np.arange(low, high + 2))
    at = parts - low
    return near[at], near[at + 1]


def require_known(first: int, last: int) -> None:
    """Refuse instants outside the tables. Raises ValueError."""
    if first < LOAD_EPOCH or last >= LOAD_END:
        raise ValueError(
            f"loads are known from 2005 to 2060 UTC, not at instant {first if first < LOAD_EPOCH else last}"
        )
