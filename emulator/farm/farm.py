"""The farm: homes at addresses, one clock, one journal. It wakes homes that are dialled or due, and no other."""

import asyncio
import tempfile
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self, TypeVar

import structlog

from emulator.device.commands import Command, Sender
from emulator.device.installation import Installation
from emulator.device.instant import DAY, HALF_HOUR, isoformat
from emulator.device.journal import DeviceName, Entry, decode
from emulator.device.meter import Outcome, StateError
from emulator.dlms.access import Access, access
from emulator.farm import library
from emulator.farm.addresses import Address, LoopbackAddresses, PortAddresses
from emulator.farm.clock import LATEST, REAL, ClockError, FarmClock, setting, wall
from emulator.farm.commits import Commits
from emulator.farm.estate import Estate, from_flags
from emulator.farm.futures import Futures
from emulator.farm.home import Home, oldest
from emulator.farm.homes_apart import HomesApart
from emulator.farm.link import Link
from emulator.farm.links import Links
from emulator.farm.opening import CLOCK_KEY, STORE_FILE, adopt, forks_of, judge, listen, start_at
from emulator.farm.schedule import Schedule
from emulator.farm.selectors import SERVERS, SelectorError, select
from emulator.farm.store import Store, StoreError
from emulator.transports.tcp import Listener, has_loopback_network

HOMES_IN_MEMORY = 20_000
SWEEP_S = 5.0
WAKE_AT_MOST_S = 3600.0
KEPT_AHEAD_S = 2 * SWEEP_S
JUMPED_AT_ONCE = 30 * DAY
T = TypeVar("T")
_log = structlog.get_logger("meterfarm")


class Farm:
    """A running farm, made by `Farm.start`."""

    def __init__(
        self,
        estate: Estate,
        addresses: LoopbackAddresses | PortAddresses,
        clock: FarmClock,
        store: Store,
        homes_in_memory: int = HOMES_IN_MEMORY,
    ) -> None:
        self.estate = estate
        self.addresses = addresses
        self.clock = clock
        self._store = store
        self._homes_in_memory = homes_in_memory
        self._loop = asyncio.get_running_loop()
        self._homes: OrderedDict[int, Home] = OrderedDict()
        self._commits = Commits(store, self._lose)
        self.links = Links()
        self._schedule = Schedule()
        self.apart = HomesApart(self, store)
        self.futures = Futures(self, store)
        self._alarm: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._jumping: asyncio.Task[None] | None = None
        self._listener: Listener | None = None

    # Life

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        profile: str | None = None,
        homes: int = 1,
        *,
        seed: int = 1,
        estate: Estate | None = None,
        clock: str = "real",
        state: Path | None = None,
        port: int = 0,
        port_each: bool = False,
        homes_in_memory: int = HOMES_IN_MEMORY,
    ) -> AsyncIterator[Self]:
        """Run a farm for as long as the context lasts.

        Without an estate there are `homes` homes of `profile` (of every packaged profile if it is None). Without a
        state directory the journal goes with the farm. Port 0 is any free one. With `port_each` (and where the system
        has no loopback network) every hub has a port of its own on 127.0.0.1 instead of an address of its own.

        Raises UnknownProfileError, EstateError, ClockError, AddressError, ListenError, StoreError or
        StateMismatchError.
        """
        if estate is None:
            estate = from_flags((profile,) if profile else library.names(), homes, seed)
        began = setting(clock)
        with ExitStack() as undo:
            folder = state or Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="meterfarm-")))
            folder.mkdir(parents=True, exist_ok=True)
            store = Store(folder / STORE_FILE)
            undo.callback(store.close)
            judge(store, estate, folder)
            farm_clock = FarmClock(start_at(store, began), began.rate)
            sockets, addresses = listen(estate.homes, port, each=port_each or not has_loopback_network())
            for one in sockets:
                undo.callback(one.close)
            adopt(store, estate)
            estate = replace(estate, forks=forks_of(store))
            farm = cls(estate, addresses, farm_clock, store, homes_in_memory)
            listener = Listener(sockets, lambda: Link(farm))
            try:
                farm.serve(listener, jumping=began.jumping)
                yield farm
            finally:
                await farm.stop()

    def serve(self, listener: Listener, *, jumping: bool = False) -> None:
        """Begin: answer callers, watch links, wake homes that are due."""
        self._listener = listener
        self._spawn(self._watch())
        self._spawn(self._remember())
        self.keep_clock()
        if jumping:
            self._jumping = self._spawn(self._jump())

    async def stop(self) -> None:
        """End: refuse callers, finish what is under way, keep the clock."""
        if self._listener is not None:
            self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._alarm is not None:
            self._alarm.cancel()
        self.apart.stop()
        try:
            await self.settled()  # and with it the replies that were held back go out
        finally:
            for link in tuple(self.links.open):
                link.transport.close()
        await self.settled()
        self.keep_clock(stopping=True)

    def _spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("task_failed", error=repr(task.exception()))

    # Homes

    def home(self, index: int) -> Home:
        """Wake a home (0 is the first) and bring it to the present. Raises IndexError."""
        home = self._homes.get(index)
        now = self.now(index)
        if home is None:
            home = self._wake(index, now)
            self._homes[index] = home
            self._make_room()
        elif now >= home.installation.now:  # what is due at this very instant happens too
            home.installation.advance(now)
        self.keep(home)
        return home

    def _wake(self, index: int, now: int) -> Home:
        """Make a home; one that was never touched is set up by its supplier first."""
        state = self._store.state(index)
        home = Home(index, self.estate.name(index), self.estate.premises(index), now, state, self.addresses.of(index))
        if state is None:
            for device in home.installation.devices:
                contract = self.estate.contract(index, device)
                if contract is not None:
                    home.open_account(device, contract)
        return home

    @property
    def awake(self) -> tuple[int, ...]:
        """The homes in memory."""
        return tuple(self._homes)

    def now(self, index: int) -> int:
        """Give a home's time: the farm's, unless it has a clock of its own."""
        return (self.apart.clock(index) or self.clock).now()

    def _make_room(self) -> None:
        too_many = len(self._homes) - self._homes_in_memory
        if too_many <= 0:
            return
        candidates = oldest(self._homes, 2 * len(self.links.open) + 64)
        idle = [index for index in candidates if self._homes[index].idle and self.apart.clock(index) is None]
        for index in idle[:too_many]:
            del self._homes[index]

    async def send(self, index: int, command: Command, sender: Sender, device: DeviceName = DeviceName.ESME) -> Outcome:
        """Carry out a command at a device of a home; it is durable when this returns."""
        return await self.act(index, lambda home: home.send(device, command, sender))

    async def act(self, index: int, do: Callable[[Installation], T]) -> T:
        """Do something with the devices of a home, such as pressing a key; it is durable when this returns."""
        home = self.home(index)
        result = do(home.installation)
        self.keep(home)
        await self.settled(home)
        return result

    async def put(self, index: int, state: bytes) -> Home:
        """Put a home into another state; its open connections end. Raises StateError, with nothing done.

        A state that lies ahead of the home's time gives the home a clock of its own there.
        """
        old = self.home(index)
        await self.settled(old)
        now, seq = self.now(index), old.installation.seq
        home = Home(
            index,
            self.estate.name(index),
            self.estate.premises(index),
            now,
            state,
            self.addresses.of(index),
            first_seq=seq,
        )
        if home.installation.now > now:
            self.apart.part(index, home.installation.now, self.clock.rate)
        self._lose({old})
        self._homes[index] = home
        home.installation.touch()
        self.keep(home)
        await self.settled(home)
        return home

    async def journal(self, index: int, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Give a home's journal beyond a sequence number, oldest first."""
        home = self._homes.get(index)
        if home is not None:
            await self.settled(home)
        return [decode(row[2]) for row in self._store.journal(index, after, limit)]

    def access(self, selector: str, level: str = "reader") -> Access:
        """Give what a client needs to reach a device as public, reader or management: see `HeadEnd.open`.

        Raises SelectorError, or KeyError for another level.
        """
        chosen = select(selector, self.estate, self.addresses, 1)[0]
        if chosen.device not in SERVERS:
            raise SelectorError(f"{chosen.text} has no wire of its own yet; `do`, `press` and `code` reach it")
        return access(self.home(chosen.home).devices, level, SERVERS[chosen.device])

    # Links

    def arrive(self, link: Link, address: Address) -> Home | None:
        """Take a connection in: the home that lives at the address, or None for nobody."""
        index = self.addresses.index((address[0], address[1]))
        if index is None or not self.estate.known(index):
            self.refuse(link, "unknown_address")
            return None
        try:
            home = self.home(index)
        except StateError as error:
            _log.error("unreadable_state", home=self.estate.name(index), error=str(error))
            self.refuse(link, "unreadable_state")
            return None
        self._homes.move_to_end(index)
        home.connections += 1
        self.links.open.add(link)
        return home

    def leave(self, link: Link) -> None:
        """A connection is gone. What it sent that no link is ended for is counted now."""
        self.links.leave(link)
        if link.home is not None:
            link.home.connections -= 1

    def refuse(self, link: Link, kind: str) -> None:
        """Count a link that was ended, and log it."""
        self.links.count("link_ended", link, kind, 1)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self.links.sweep(time.monotonic())
            if self._runs_ahead() or self.apart.running:
                try:
                    await asyncio.to_thread(self.keep_clock)
                except StoreError as error:
                    _log.error("clock_not_kept", error=str(error))

    # Durability

    def keep(self, home: Home) -> None:
        """Hand what changed in a home to the store, and plan when it next acts."""
        self._commits.keep(home)
        due = home.installation.next_due()
        self._schedule.plan(home.index, due if self.apart.clock(home.index) is None else None)
        self.apart.plan(home.index, due)
        self._set_alarm()

    async def settled(self, home: Home | None = None) -> None:
        """Wait until what changed so far, in one home or in all, is durable. Raises StoreError."""
        homes = [home] if home is not None else [one for one in self._homes.values() if one.unsettled]
        for one in homes:
            await self._commits.settled(one)

    def _lose(self, homes: set[Home]) -> None:
        """Forget homes as they stand in memory, and end their links: what is on the disk is what there is."""
        for home in homes:
            if self._homes.get(home.index) is home:
                del self._homes[home.index]
        for link in tuple(self.links.open):
            if link.home in homes:
                link.transport.abort()

    # Time

    async def advance(self, by_ms: int) -> None:
        """Move the clock forward through everything that falls due on the way; durable when this returns.

        Raises ClockError, with nothing done, where time would run back or beyond its end; StoreError.
        """
        if by_ms < 0:
            raise ClockError("time does not run back")
        target = self.clock.now() + by_ms
        if target >= LATEST:
            raise ClockError(f"the farm's time ends at {isoformat(LATEST)}")
        await self._run_to(target)
        self.keep_clock()

    async def _run_to(self, target: int) -> None:
        while (first := self._schedule.first()) is not None and first <= target:
            self.clock.move_to(max(first, self.clock.now()))
            self._wake_due()
            await asyncio.sleep(0)
        self.clock.move_to(max(target, self.clock.now()))
        await self.settled()

    def set_rate(self, rate: int) -> None:
        """Let farm time go on at another pace, and jump no more; 0 stands still. Raises ClockError."""
        self.clock.set_rate(rate)
        if self._jumping is not None:
            self._jumping.cancel()
            self._jumping = None
        self.keep_clock()
        self._set_alarm()

    def keep_clock(self, *, stopping: bool = False) -> None:
        """Make farm time durable, so that a later start does not go back behind it, even after a kill.

        Time that runs ahead of the machine's is kept as far as it gets before it is kept again.
        """
        ahead_ms = 0 if stopping or not self._runs_ahead() else int(KEPT_AHEAD_S * 1000) * self.clock.rate
        self._store.set_meta(CLOCK_KEY, str(min(self.clock.now() + ahead_ms, LATEST - 1)))
        self.apart.keep(stopping=stopping)

    def _runs_ahead(self) -> bool:
        return self.clock.rate > REAL or (self.clock.rate == REAL and self.clock.now() > wall() + 1000)

    def _wake_due(self) -> None:
        now = self.clock.now()
        while (index := self._schedule.take(now)) is not None:
            self.home(index)

    def _set_alarm(self) -> None:
        first = self._schedule.first()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        delay = None if first is None else self.clock.seconds_until(first)
        if delay is not None:
            self._alarm = self._loop.call_later(min(delay, WAKE_AT_MOST_S), self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._wake_due()
        self._set_alarm()

    async def _jump(self) -> None:
        """Go from event to event as fast as they can be worked off, and in half hours where there is none."""
        kept = self.clock.now()
        while (now := self.clock.now()) + HALF_HOUR < LATEST:
            if now + HALF_HOUR > kept:
                kept = min(now + JUMPED_AT_ONCE, LATEST - 1)
                self._store.set_meta(CLOCK_KEY, str(kept))
            first = self._schedule.first()
            await self._run_to(now + HALF_HOUR if first is None else max(now, min(first, now + HALF_HOUR)))
            await asyncio.sleep(0)

    async def _remember(self) -> None:
        """Find out when the homes that have stored state are due, a few at a time."""
        for number, index in enumerate((*self.apart.homes, *self._store.devices())):
            if self.estate.known(index):
                try:
                    self.home(index)
                except StateError as error:
                    _log.error("unreadable_state", home=self.estate.name(index), error=str(error))
            if number % 50 == 0:
                await asyncio.sleep(0)
