"""Timekeeping: the farm's clock, the moments at which homes act unasked, and the alarm that wakes them.

Homes with a clock of their own are not planned here: see `homes_apart`.
"""

import asyncio
from collections.abc import Awaitable, Callable

from emulator.device.instant import DAY, HALF_HOUR, isoformat
from emulator.farm.clock import LATEST, REAL, ClockError, FarmClock, wall
from emulator.farm.opening import CLOCK_KEY
from emulator.farm.schedule import Schedule
from emulator.farm.store import Store

WAKE_AT_MOST_S = 3600.0
KEPT_AHEAD_S = 10.0
JUMPED_AT_ONCE = 30 * DAY


class Timekeeping:
    """One farm's time. `wake` brings a home to the present and plans it anew; `settled` waits until all is durable.

    Time that is moved on waits where the store is `behind`: it makes deltas faster than any disk takes them.
    """

    def __init__(
        self,
        clock: FarmClock,
        store: Store,
        wake: Callable[[int], object],
        settled: Callable[[], Awaitable[None]],
        behind: Callable[[], bool],
    ) -> None:
        self.clock = clock
        self.schedule = Schedule()
        self._store = store
        self._wake = wake
        self._settled = settled
        self._behind = behind
        self._alarm: asyncio.TimerHandle | None = None

    def plan(self, index: int, due: int | None) -> None:
        """Say when a home next acts, or that it does not."""
        self.schedule.plan(index, due)
        self.set_alarm()

    async def advance(self, by_ms: int) -> None:
        """Move the clock forward through everything that falls due on the way. Raises ClockError or StoreError."""
        if by_ms < 0:
            raise ClockError("time does not run back")
        target = self.clock.now() + by_ms
        if target >= LATEST:
            raise ClockError(f"the farm's time ends at {isoformat(LATEST)}")
        await self._run_to(target)

    async def jump(self) -> None:
        """Go from event to event as fast as they can be worked off, and in half hours where there is none."""
        kept = self.clock.now()
        while (now := self.clock.now()) + HALF_HOUR < LATEST:
            if now + HALF_HOUR > kept:
                kept = min(now + JUMPED_AT_ONCE, LATEST - 1)
                self._store.set_meta(CLOCK_KEY, str(kept))
            first = self.schedule.first()
            await self._run_to(now + HALF_HOUR if first is None else max(now, min(first, now + HALF_HOUR)))
            await asyncio.sleep(0)

    async def _run_to(self, target: int) -> None:
        while (first := self.schedule.first()) is not None and first <= target:
            self.clock.reach(first)
            self._wake_due()
            await (self._settled() if self._behind() else asyncio.sleep(0))
        self.clock.reach(target)
        await self._settled()

    def kept(self, *, stopping: bool = False) -> tuple[str, str]:
        """Say what must be durable, so that a later start does not go back behind this time, even after a kill.

        Time that runs ahead of the machine's is kept as far as it gets before it is kept again.
        """
        ahead_ms = 0 if stopping or not self.runs_ahead else int(KEPT_AHEAD_S * 1000) * self.clock.rate
        return CLOCK_KEY, str(min(self.clock.now() + ahead_ms, LATEST - 1))

    @property
    def runs_ahead(self) -> bool:
        """Whether this time gets further than the machine's, so that it must be kept from time to time."""
        return self.clock.rate > REAL or (self.clock.rate == REAL and self.clock.now() > wall() + 1000)

    def _wake_due(self) -> None:
        now = self.clock.now()
        while (index := self.schedule.take(now)) is not None:
            self._wake(index)

    def set_alarm(self) -> None:
        """Set the alarm to the first moment that matters."""
        self.stop()
        first = self.schedule.first()
        delay = None if first is None else self.clock.seconds_until(first)
        if delay is not None:
            self._alarm = asyncio.get_running_loop().call_later(min(delay, WAKE_AT_MOST_S), self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._wake_due()
        self.set_alarm()

    def stop(self) -> None:
        """Wake nobody any more."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
