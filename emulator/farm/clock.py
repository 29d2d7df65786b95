"""The farm's clock: real time, time at another pace, or time that stands until it is moved.

The farm's time never runs back. It starts at an instant and goes on by the machine's monotonic clock.
"""

import re
import time
from typing import NamedTuple

from emulator.device.instant import instant, isoformat, parse

REAL, PAUSED = 1, 0
MAX_RATE = 1_000_000
_NS = 1_000_000

# Every meter was installed before the first, and every load function is known until the last.
EARLIEST = instant(2021, 1, 1)
LATEST = instant(2060, 1, 1)


class ClockError(ValueError):
    """A clock setting that is none; the text says what is allowed."""


class Setting(NamedTuple):
    """How a clock starts: at an instant (None is now) and at a pace; `jumping` goes from event to event."""

    at: int | None
    rate: int
    jumping: bool = False


def setting(text: str) -> Setting:
    """Read a setting: real, x60, max, or @2026-01-01T00:00:00Z (standing). Raises ClockError."""
    if text == "real":
        return Setting(None, REAL)
    if text == "max":
        return Setting(None, PAUSED, jumping=True)
    if (times := re.fullmatch("x([0-9]{1,7})", text)) and 1 <= int(times[1]) <= MAX_RATE:
        return Setting(None, int(times[1]))
    if text.startswith("@"):
        try:
            at = parse(text[1:])
        except (ValueError, OverflowError):
            at = 0
        if EARLIEST <= at < LATEST:
            return Setting(at, PAUSED)
    raise ClockError(
        f"no clock is called {text!r}; allowed: real, x1 to x{MAX_RATE}, max, "
        f"@2026-01-01T00:00:00Z ({isoformat(EARLIEST)} to {isoformat(LATEST)})"
    )


def wall() -> int:
    """Give the machine's time as an instant."""
    return time.time_ns() // _NS


class FarmClock:
    """Farm time as a straight line over the machine's monotonic time, bent whenever it is set."""

    __slots__ = ("_at", "_rate", "_since")

    def __init__(self, at: int, rate: int = REAL) -> None:
        self._at = at
        self._rate = rate
        self._since = time.monotonic_ns()

    def now(self) -> int:
        """Give farm time; it stands still at the end of what can be told."""
        return self.at(time.monotonic_ns())

    def at(self, monotonic_ns: int) -> int:
        """Give farm time as of a reading of the machine's monotonic clock."""
        if not self._rate:
            return self._at
        at = self._at + (monotonic_ns - self._since) * self._rate // _NS
        return at if at < LATEST else LATEST - 1

    @property
    def rate(self) -> int:
        """Milliseconds of farm time a millisecond; 0 stands still."""
        return self._rate

    def set_rate(self, rate: int) -> None:
        """Go on at another pace. Raises ClockError."""
        if not PAUSED <= rate <= MAX_RATE:
            raise ClockError(f"a rate is 0 to {MAX_RATE}, not {rate}")
        self._at, self._since, self._rate = self.now(), time.monotonic_ns(), rate

    def reach(self, at: int) -> None:
        """Set the clock forward to an instant, unless it is there already. Raises ClockError beyond the end of time."""
        now = self.now()
        if at >= LATEST:
            raise ClockError(f"the farm's time ends at {isoformat(LATEST)}")
        if at > now:
            self._at, self._since = at, time.monotonic_ns()

    def seconds_until(self, at: int) -> float | None:
        """Give real seconds until an instant of farm time, or None while the clock stands."""
        return max(0, at - self.now()) / 1000 / self._rate if self._rate else None
