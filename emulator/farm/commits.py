"""Commits: what homes changed on its way to the durable store, and the word back that it is durable or lost.

Nothing leaves a home before the commit of what came before it; nothing at all leaves it once a commit has failed.
"""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from emulator.farm.home import Home
from emulator.farm.store import Delta, Store, StoreBusy, StoreError

MOST_WAITING = 200
_log = structlog.get_logger("meterfarm")


class Commits:
    """The commits of one farm that are under way. `lose` is told which homes can never be durable."""

    def __init__(self, store: Store, lose: Callable[[set[Home]], None]) -> None:
        self._store = store
        self._lose = lose
        self._loop = asyncio.get_running_loop()
        self._overflow: deque[tuple[Home, Delta]] = deque()
        self._durable: deque[tuple[Home, Exception | None]] = deque()
        self._settling = False

    @property
    def behind(self) -> bool:
        """Whether more waits for the store than should stand in memory: whoever makes more must wait for it."""
        return len(self._overflow) >= MOST_WAITING

    def keep(self, home: Home) -> None:
        """Hand what changed in a home to the store."""
        delta = home.take_delta()
        if delta is not None:
            self._overflow.append((home, delta))
            if len(self._overflow) == 1:
                self._hand_over()

    async def settled(self, home: Home) -> None:
        """Wait until what changed so far in a home is durable. Raises what the store raised."""
        self.keep(home)
        done: asyncio.Future[None] = self._loop.create_future()

        def release(error: Exception | None) -> None:
            if not done.done():
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)

        home.when_settled(release)
        await done

    def _hand_over(self) -> None:
        """Give the store what it takes. What is too much for it waits here, in order, for its next acknowledgement."""
        while self._overflow:
            home, delta = self._overflow[0]
            try:
                self._store.append(delta, self._acknowledge(home))
            except StoreBusy:
                return
            except StoreError as error:
                # In the loop's next turn: whoever holds a reply back must have begun to wait for it.
                self._loop.call_soon(self._not_kept, [home for home, _ in self._overflow], error)
                self._overflow.clear()
                return
            self._overflow.popleft()

    def _acknowledge(self, home: Home) -> Callable[[Exception | None], None]:
        """Make the writer thread's call-back: one wake-up of the loop for all that became durable together."""

        def done(error: Exception | None) -> None:
            self._durable.append((home, error))
            if not self._settling:
                self._settling = True
                self._loop.call_soon_threadsafe(self._settle)

        return done

    def _settle(self) -> None:
        self._settling = False
        failed: list[Home] = []
        failure: Exception | None = None
        while self._durable:
            home, error = self._durable.popleft()
            if error is None:
                home.settle(None)
            else:
                failed.append(home)
                failure = error
        if failure is not None:
            self._not_kept(failed, failure)
        self._hand_over()

    def _not_kept(self, homes: list[Home], error: Exception) -> None:
        """What homes changed is not durable: answer nobody who waits for it."""
        lost = set(homes)
        _log.error("not_kept", home=homes[0].name, homes=len(lost), error=str(error))
        for home in homes:
            home.settle(error)
        self._lose(lost)
