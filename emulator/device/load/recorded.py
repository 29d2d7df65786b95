"""Consumption that somebody measured: recorded half hours, read in the way the load function is read.

A `Recorded` answers what a `Load` answers, in whole numbers and with the same bits from its scalar and its vector
form: runs, profiles, registers and displays cannot tell them apart. A recording ends, a farm's time does not: outside
it, energy is what the same half hour of the week was in the recording, or nothing. Of gas, read millilitre for
milliwatt-hour, as in `load.py`. Where the half hours come from (`recording.py`) is not known here.
"""

# Bounds, so that int64 never overflows: a half hour is at most 1e8 < 2**26.6.
#   sums    981,792 half hours from 2005 to 2060, 2**20: < 2**47
#   minute  a half hour x 30 < 2**32
#   within  a minute x 60,000 < 2**43

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal

import numpy as np

from emulator.device.instant import HALF_HOUR, MINUTE
from emulator.device.load.load import LOAD_END, LOAD_EPOCH, Ints, Load, Segment, require_known
from emulator.device.load.load_shapes import MINUTES, SLOTS

Outside = Literal["repeat", "zero"]
Fuel = Literal["electricity", "gas"]

MAX_HALF_HOURS: Final = 200_000
MOST_MWH: Final = 100_000_000  # in a half hour, 100 kWh
MOST_ML: Final = 20_000_000  # in a half hour, 20 m3
WEEK: Final = 7 * SLOTS
_YEAR: Final = 52 * WEEK  # whole weeks, so that a weekday stays one


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """One recorded channel. A shared thing of up to 1.6 MB: compared and hashed as an object, never copied.

    With `repeat` what lies outside is the whole weeks of the recording over and over, those at its end after it and
    those at its beginning before it; of more than a year, whole years of 52 weeks, so that winter stays in winter.
    """

    first: int  # when the first half hour begins
    half_hours: Ints  # mWh (or ml) of each
    outside: Outside = "repeat"
    _sums: Ints = field(init=False, repr=False)  # energy from the beginning to each edge
    _period: int = field(init=False, repr=False)
    _epoch: int = field(init=False, repr=False)  # the number of the half hour that begins at LOAD_EPOCH
    _before: int = field(init=False, repr=False)  # energy from the beginning to LOAD_EPOCH: not above zero

    def __post_init__(self) -> None:
        count = len(self.half_hours)
        if not 1 <= count <= MAX_HALF_HOURS:
            raise ValueError(f"a recording has 1 to {MAX_HALF_HOURS} half hours, not {count}")
        if self.first % HALF_HOUR or not LOAD_EPOCH <= self.first <= LOAD_END - count * HALF_HOUR:
            raise ValueError(f"a recording is of half hours from 2005 to 2060 UTC, not from instant {self.first}")
        values = np.array(self.half_hours, dtype=np.int64)
        if not 0 <= int(values.min()) <= int(values.max()) <= MOST_MWH:
            raise ValueError(f"a recorded half hour must lie in 0..{MOST_MWH}")
        period = count // _YEAR * _YEAR or count // WEEK * WEEK
        if self.outside == "repeat" and not period:
            raise ValueError(f"only a recording of 7 days or more repeats, not one of {count} half hours")
        sums = np.zeros(count + 1, dtype=np.int64)
        np.cumsum(values, out=sums[1:])
        values.flags.writeable = sums.flags.writeable = False
        epoch = (LOAD_EPOCH - self.first) // HALF_HOUR
        made = {"half_hours": values, "_sums": sums, "_period": period, "_epoch": epoch}
        for name, value in made.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_before", self._sum_to(epoch))

    @property
    def end(self) -> int:
        """When the last half hour ends."""
        return self.first + len(self.half_hours) * HALF_HOUR

    @property
    def daily_mwh(self) -> int:
        """Energy of the mean day of the recording."""
        return self._sums.item(-1) * SLOTS // len(self.half_hours)

    def energy_mwh(self, at: int) -> int:
        """Give the energy counted from LOAD_EPOCH to an instant. Raises ValueError outside 2005..2060."""
        segment = self.segment(at)
        return segment.start_mwh + (segment.end_mwh - segment.start_mwh) * (at - segment.start) // MINUTE

    def power_mw(self, at: int) -> int:
        """Give the power during the minute that holds an instant."""
        segment = self.segment(at)
        return (segment.end_mwh - segment.start_mwh) * 60

    def segment(self, at: int) -> Segment:
        """Give the minute that holds an instant. Raises ValueError outside 2005..2060."""
        require_known(at, at)
        number = (at - LOAD_EPOCH) // MINUTE
        slot, minute = divmod(number, MINUTES)
        slot += self._epoch
        low = self._sum_to(slot)
        half_hour = self._sum_to(slot + 1) - low
        low -= self._before
        begins = LOAD_EPOCH + number * MINUTE
        start, end = (low + half_hour * edge // MINUTES for edge in (minute, minute + 1))
        return Segment(begins, begins + MINUTE, start, end)

    def energies_mwh(self, at: Ints) -> Ints:
        """Give energy_mwh of many instants, in any order."""
        if not at.size:
            return np.zeros_like(at)
        require_known(int(at.min()), int(at.max()))
        slot, rest = np.divmod(at - self.first, HALF_HOUR)
        low = self._sums_to(slot)
        if rest.any():
            half_hour = self._sums_to(slot + 1) - low
            minute, within = np.divmod(rest, MINUTE)
            start = half_hour * minute // MINUTES
            end = half_hour * (minute + 1) // MINUTES
            low += start + (end - start) * within // MINUTE
        low -= self._before
        return low

    def _sum_to(self, slot: int) -> int:
        """Give the energy from the beginning of the recording to that of a half hour, negative before it."""
        sums, last = self._sums, len(self.half_hours)
        if 0 <= slot <= last:
            return sums.item(slot)
        if self.outside == "zero":
            return 0 if slot < 0 else sums.item(last)
        if slot < 0:
            times, place = divmod(slot, self._period)
            return times * sums.item(self._period) + sums.item(place)
        times, place = divmod(slot - last, self._period)
        start = last - self._period
        return (times + 1) * (sums.item(last) - sums.item(start)) + sums.item(start + place)

    def _sums_to(self, slot: Ints) -> Ints:
        """Give _sum_to of many half hours."""
        sums, last = self._sums, len(self.half_hours)
        within = np.clip(slot, 0, last)
        found: Ints = sums[within]
        if self.outside == "repeat" and (within != slot).any():
            times, place = np.divmod(np.minimum(slot, 0), self._period)
            found = np.where(slot < 0, times * sums[self._period] + sums[place], found)
            times, place = np.divmod(np.maximum(slot - last, 0), self._period)
            start = last - self._period
            found = np.where(slot > last, (times + 1) * (sums[last] - sums[start]) + sums[start + place], found)
        return found


Consumption = Load | Recorded
"""What a register counts: a load that is worked out, or one that was recorded."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """What one file holds: the consumption of a home, its export where it was recorded, and how it was mended."""

    name: str
    fuel: Fuel
    consumed: Recorded  # the electricity imported, or the gas
    exported: Recorded | None = None
    repeated: int = 0  # rows that said again what another row had said
    filled: int = 0  # amounts that were missing: half hours of a column

    @property
    def warnings(self) -> tuple[str, ...]:
        """Say for people what was mended in the file."""
        said = (
            (self.repeated, "row says", "rows say", "again what another says"),
            (self.filled, "missing amount was", "missing amounts were", "filled"),
        )
        return tuple(f"{self.name}: {n} {one if n == 1 else more} {what}" for n, one, more, what in said if n)

    def digest(self) -> str:
        """Give a text that is the same exactly for the same energies: what stored state belongs to."""
        made = sha256(self.fuel.encode())
        for part in (self.consumed, self.exported):
            if part is not None:
                made.update(f"|{part.first}|{part.outside}|{len(part.half_hours)}|".encode())
                made.update(part.half_hours.astype("<i8").tobytes())
        return made.hexdigest()
