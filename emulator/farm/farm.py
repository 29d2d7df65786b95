"""The farm: homes at addresses, one clock, one journal. It wakes homes that are dialled or due, and no other."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Self, TypeVar

import structlog

from emulator.device.commands import Command, Sender
from emulator.device.device import EndlessError
from emulator.device.installation import Installation
from emulator.device.journal import DeviceName, Entry, decode
from emulator.device.meter import Outcome, StateError
from emulator.dlms.access import Access, access
from emulator.farm import library
from emulator.farm.addresses import Address, LoopbackAddresses, PortAddresses
from emulator.farm.capture import Capture
from emulator.farm.clock import FarmClock, setting
from emulator.farm.commits import Commits
from emulator.farm.conduct import ConductLog
from emulator.farm.estate import Estate, from_flags
from emulator.farm.fault_book import FaultBook
from emulator.farm.futures import Futures
from emulator.farm.home import Home
from emulator.farm.homes_apart import HomesApart
from emulator.farm.homes_awake import HOMES_IN_MEMORY, HomesAwake
from emulator.farm.link import Link
from emulator.farm.links import Links
from emulator.farm.opening import STORE_FILE, adopt, forks_of, judge, listen, start_at
from emulator.farm.optical import OpticalLines
from emulator.farm.pushing import Pushing
from emulator.farm.selectors import SERVERS, SelectorError, select
from emulator.farm.sms_centre import SmsCentre
from emulator.farm.store import Store, StoreError
from emulator.farm.timekeeping import Timekeeping
from emulator.transports.tcp import Listener, has_loopback_network

SWEEP_S = 5.0
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
        *,
        paced: bool = False,
    ) -> None:
        self.estate = estate
        self.addresses = addresses
        self.clock = clock
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._homes = HomesAwake(self, store, addresses, most=homes_in_memory, paced=paced)
        self._commits = Commits(store, self._lose)
        self.links = Links()
        self.capture = Capture(self)
        self._time = Timekeeping(clock, store, self.home, self.settled, lambda: self._commits.behind)
        self.apart = HomesApart(self, store)
        self.futures = Futures(self, store)
        self.conduct = ConductLog(self)
        self.faults = FaultBook(self, store)
        self.push = Pushing(self, store)
        self.sms = SmsCentre(self)
        self.optical = OpticalLines(self)
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
        gas: float = 0.0,
        prepayment: float = 0.0,
        estate: Estate | None = None,
        clock: str = "real",
        state: Path | None = None,
        port: int = 0,
        port_each: bool = False,
        push: str = "",
        homes_in_memory: int = HOMES_IN_MEMORY,
        paced: bool = False,
    ) -> AsyncIterator[Self]:
        """Run a farm for as long as the context lasts.

        Without an estate there are `homes` homes of `profile` (of every packaged profile if it is None), shares of them
        with gas and on prepayment. Without a state directory the journal goes with the farm. Port 0 is any free one.
        With `port_each` (and where the system has no loopback network) every hub has a port of its own on 127.0.0.1
        instead of an address. Hubs of homes woken for the first time push their alerts to `push`, as host:port. Answers
        leave at once, or when `paced` as slowly as each make's.

        Raises UnknownProfileError, EstateError, ClockError, AddressError, ListenError, StoreError or
        StateMismatchError.
        """
        if estate is None:
            estate = from_flags((profile,) if profile else library.names(), homes, seed, gas=gas, prepayment=prepayment)
        estate = estate.pushing(push) if push else estate
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
            farm = cls(estate, addresses, farm_clock, store, homes_in_memory, paced=paced)
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
            self._jumping = self._spawn(self._time.jump())

    async def stop(self) -> None:
        """End: refuse callers, finish what is under way, keep the clock."""
        if self._listener is not None:
            self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._time.stop()
        self.apart.stop()
        self.optical.stop()
        await self.push.stop()
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
            home = self._homes.wake(index, now, self.faults)
            if home.installation.now > now and self.apart.clock(index) is not None:
                self.apart.part(index, home.installation.now, self.clock.rate)  # killed before its clock was kept
            self._homes.put(home)
            self.capture.fit(home)
            self._homes.make_room(self.links, self.apart)
        elif now >= home.installation.now:  # what is due at this very instant happens too
            home.installation.advance(now)
        self.keep(home)
        return home

    @property
    def awake(self) -> tuple[int, ...]:
        """The homes in memory."""
        return tuple(self._homes.all)

    @property
    def held(self) -> Mapping[int, Home]:
        """The homes in memory as they stand; looking wakes none and moves none."""
        return self._homes.all

    def now(self, index: int) -> int:
        """Give a home's time: the farm's, unless it has a clock of its own."""
        return self.clock_of(index).now()

    def clock_of(self, index: int) -> FarmClock:
        """Give the clock that a home goes by."""
        return self.apart.clock(index) or self.clock

    def reset_clock(self, index: int) -> None:
        """Let a home in memory go by the clock that is its now."""
        home = self._homes.get(index)
        if home is not None:
            home.clock = self.clock_of(index)

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
        home = self._homes.made(index, now, state, seq)
        if home.installation.now > now:
            home.clock = self.apart.part(index, home.installation.now, self.clock.rate)
        self._lose({old})
        self._homes.put(home)
        self.capture.fit(home)
        self.faults.stand_by(home)
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
        profile = self.estate.premises(chosen.home).sites[chosen.device].profile
        if chosen.device not in SERVERS or profile.dlms is None:
            raise SelectorError(
                f"{chosen.text} has no wire of its own yet: `meterfarm show {chosen.text}` reads it, "
                "`do`, `press` and `code` reach it"
            )
        if self.addresses.index(self.addresses.of(chosen.home)) is None:
            raise SelectorError(f"{chosen.text} has no address: with a port for each hub, forks have none")
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
        except (StateError, EndlessError) as error:
            _log.error("unreadable_state", home=self.estate.name(index), error=str(error))
            self.refuse(link, "unreadable_state")
            return None
        self._homes.dialled(index)
        reason = "no_dlms_wire" if home.meter.site.profile.dlms is None else home.unreachable
        if reason is not None:
            self.refuse(link, reason)
            return None
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
            if self._time.runs_ahead or self.apart.running:
                try:
                    await asyncio.to_thread(self._write_clocks, self._clocks())
                except StoreError as error:
                    _log.error("clock_not_kept", error=str(error))

    # Durability

    def keep(self, home: Home) -> None:
        """Hand what changed in a home to the store, and plan when it next acts."""
        self.sms.see(home)
        self._commits.keep(home)
        self.push.see(home)
        if home.connections and (reason := home.unreachable) is not None:
            self.links.hang_up(home, reason)
        due = home.installation.next_due()
        self._time.plan(home.index, due if self.apart.clock(home.index) is None else None)
        self.apart.plan(home.index, due)

    async def settled(self, home: Home | None = None) -> None:
        """Wait until what changed so far, in one home or in all, is durable. Raises StoreError."""
        homes = [home] if home is not None else self._homes.unsettled
        for one in homes:
            await self._commits.settled(one)

    def _lose(self, homes: set[Home]) -> None:
        """Forget homes as they stand in memory, and end their links: what is on the disk is what there is."""
        for home in homes:
            self._homes.forget(home)
        for link in tuple(self.links.open):
            if link.home in homes:
                link.transport.abort()

    # Time

    async def advance(self, by_ms: int) -> None:
        """Move the clock forward through everything that falls due on the way; durable when this returns.

        Raises ClockError, with nothing done, where time would run back or beyond its end; StoreError.
        """
        await self._time.advance(by_ms)
        self.keep_clock()

    def set_rate(self, rate: int) -> None:
        """Let farm time go on at another pace, and jump no more; 0 stands still. Raises ClockError."""
        self.clock.set_rate(rate)
        if self._jumping is not None:
            self._jumping.cancel()
            self._jumping = None
        self.keep_clock()
        self._time.set_alarm()

    def keep_clock(self, *, stopping: bool = False) -> None:
        """Make farm time and the time of homes apart durable."""
        self._write_clocks(self._clocks(stopping=stopping))

    def _clocks(self, *, stopping: bool = False) -> list[tuple[str, str]]:
        return [self._time.kept(stopping=stopping), *self.apart.kept(stopping=stopping)]

    def _write_clocks(self, kept: list[tuple[str, str]]) -> None:
        for key, value in kept:
            self._store.set_meta(key, value)

    async def _remember(self) -> None:
        """Find out when the homes that have stored state are due, a few at a time."""
        for number, index in enumerate((*self.apart.homes, *self._store.devices())):
            if self.estate.known(index):
                try:
                    self.home(index)
                except (StateError, EndlessError) as error:
                    _log.error("unreadable_state", home=self.estate.name(index), error=str(error))
            if number % 50 == 0:
                await asyncio.sleep(0)
