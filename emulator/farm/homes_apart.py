"""Homes apart: homes with a clock of their own, ahead of the farm, at another pace, or standing still.

Time still never runs back: a home's clock starts where the home stood. It is durable, like the farm's.
"""

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec

from emulator.device.conditions import next_look
from emulator.device.installation import Installation
from emulator.device.instant import DAY, isoformat
from emulator.farm.clock import LATEST, MAX_RATE, PAUSED, REAL, ClockError, FarmClock
from emulator.farm.farmstead import Farmstead
from emulator.farm.store import Store

CLOCKS_KEY = "home_clocks"
AT_ONCE_MS = 7 * DAY  # moved before others have their turn
WAKE_AT_MOST_S = 3600.0
_AHEAD_MS = 10_000


class HomesApart:
    """The homes of one farm that do not follow its clock."""

    def __init__(self, farm: Farmstead, store: Store) -> None:
        self._farm = farm
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._alarms: dict[int, asyncio.TimerHandle] = {}
        kept = store.meta(CLOCKS_KEY)
        held = {} if kept is None else msgspec.json.decode(kept, type=dict[int, tuple[int, int]])
        self._clocks = {index: FarmClock(at, rate) for index, (at, rate) in held.items()}

    @property
    def homes(self) -> tuple[int, ...]:
        """Which homes they are."""
        return tuple(self._clocks)

    @property
    def running(self) -> bool:
        """Whether one of their clocks runs, so that it must be kept from time to time."""
        return any(clock.rate for clock in self._clocks.values())

    def clock(self, index: int) -> FarmClock | None:
        """Give a home's own clock, or None where it follows the farm's."""
        return self._clocks.get(index)

    def part(self, index: int, now: int, rate: int) -> FarmClock:
        """Give a home a clock of its own, standing at an instant; one it has goes on to there."""
        clock = self._clocks.setdefault(index, FarmClock(now, rate))
        self._farm.reset_clock(index)
        clock.reach(now)
        self.keep()
        return clock

    async def advance(self, index: int, by_ms: int) -> None:
        """Move one home forward, through everything that falls due on the way; durable when this returns.

        Raises ClockError where time would run back or beyond its end; StoreError.
        """
        now = self._farm.now(index)
        if by_ms < 0:
            raise ClockError("time does not run back")
        if now + by_ms >= LATEST:
            raise ClockError(f"the farm's time ends at {isoformat(LATEST)}")
        target = now + by_ms
        while now < target:
            now = min(target, now + AT_ONCE_MS)
            await self._step(index, now)
        await self._arrived(index)

    async def until(self, index: int, holds: Callable[[Installation], bool], limit_ms: int) -> bool:
        """Move one home forward until something holds; False if it does not within a span.

        What holds is looked at after each event, at each half hour of the way and at the end of the span. Raises
        ClockError for a span that is none, StoreError.
        """
        if limit_ms < 0:
            raise ClockError("time does not run back")
        installation = self._farm.home(index).installation
        end = min(installation.now + limit_ms, LATEST - 1)
        while not (held := holds(installation)) and installation.now < end:
            installation = await self._step(index, next_look(installation, end))
        await self._arrived(index)
        return held

    async def _step(self, index: int, at: int) -> Installation:
        """Move a home on to an instant, and let others have their turn."""
        if index not in self._clocks:
            self.part(index, self._farm.now(index), self._farm.clock.rate)
        self._clocks[index].reach(at)
        self._farm.home(index)
        await asyncio.sleep(0)
        return self._farm.home(index).installation

    async def _arrived(self, index: int) -> None:
        if index in self._clocks:
            self.keep()
        await self._farm.settled(self._farm.home(index))

    def set_rate(self, index: int, rate: int) -> None:
        """Let one home's time go on at another pace; 0 stands still. Raises ClockError."""
        if not PAUSED <= rate <= MAX_RATE:
            raise ClockError(f"a rate is {PAUSED} to {MAX_RATE}, not {rate}")
        home = self._farm.home(index)
        self.part(index, self._farm.now(index), rate).set_rate(rate)
        self.keep()
        self._farm.keep(home)

    def rejoin(self, index: int) -> None:
        """Let a home follow the farm's clock again. Raises ClockError while it is ahead of it."""
        now = self._farm.now(index)
        if now > self._farm.clock.now():
            raise ClockError(
                f"{self._farm.estate.name(index)} is ahead of the farm, at {isoformat(now)}: move the farm there first"
            )
        self._clocks.pop(index, None)
        self._farm.reset_clock(index)
        self.keep()
        self._farm.home(index)

    def plan(self, index: int, due: int | None) -> None:
        """Plan to wake a home of these when it next acts."""
        alarm = self._alarms.pop(index, None)
        if alarm is not None:
            alarm.cancel()
        clock = self._clocks.get(index)
        delay = None if due is None or clock is None else clock.seconds_until(due)
        if delay is not None:
            self._alarms[index] = self._loop.call_later(min(delay, WAKE_AT_MOST_S), self._farm.home, index)

    def kept(
        self, *, stopping: bool = False, also: Mapping[int, tuple[int, int]] = MappingProxyType({})
    ) -> list[tuple[str, str]]:
        """Say what must be durable: one that runs is kept a little ahead, so that no start goes back behind it.

        `also` are clocks that will be, as instants and rates.
        """
        held = dict(also)
        for index, clock in self._clocks.items():
            ahead_ms = 0 if stopping or not clock.rate else _AHEAD_MS * max(clock.rate, REAL)
            held[index] = (min(clock.now() + ahead_ms, LATEST - 1), clock.rate)
        if not held and self._store.meta(CLOCKS_KEY) is None:
            return []
        return [(CLOCKS_KEY, msgspec.json.encode(held).decode())]

    def keep(self) -> None:
        """Make the clocks durable."""
        for key, value in self.kept():
            self._store.set_meta(key, value)

    def stop(self) -> None:
        """Wake nobody any more."""
        for alarm in self._alarms.values():
            alarm.cancel()
        self._alarms.clear()
