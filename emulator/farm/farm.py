"""The farm: homes at addresses, one clock, one journal. It wakes homes that are dialled or due, and no other."""

import asyncio
import tempfile
import time
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Self

import structlog

from emulator.device.commands import Command, Sender
from emulator.device.instant import HALF_HOUR
from emulator.device.journal import Entry, decode
from emulator.device.meter import Outcome
from emulator.dlms.access import Access, access
from emulator.farm import library
from emulator.farm.addresses import Address, LoopbackAddresses, PortAddresses
from emulator.farm.clock import FarmClock, setting
from emulator.farm.estate import Estate, from_flags
from emulator.farm.home import Home
from emulator.farm.link import Link
from emulator.farm.opening import CLOCK_KEY, STORE_FILE, adopt, listen, start_at
from emulator.farm.schedule import Schedule
from emulator.farm.selectors import SERVERS, select
from emulator.farm.store import Store, StoreError
from emulator.transports.tcp import Listener, has_loopback_network

HOMES_IN_MEMORY = 20_000
SWEEP_S = 5.0
FRAME_TIMEOUT_S = 30.0
LOGGED_EACH = 5
WAKE_AT_MOST_S = 3600.0
_log = structlog.get_logger("meterfarm")


class Farm:
    """A running farm, made by `Farm.start`."""

    def __init__(
        self, estate: Estate, addresses: LoopbackAddresses | PortAddresses, clock: FarmClock, store: Store
    ) -> None:
        self.estate = estate
        self.addresses = addresses
        self.clock = clock
        self.refused: Counter[str] = Counter()
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._homes: OrderedDict[int, Home] = OrderedDict()
        self._links: set[Link] = set()
        self._partial: dict[Link, float] = {}
        self._schedule = Schedule()
        self._durable: deque[tuple[Home, Exception | None]] = deque()
        self._settling = False
        self._alarm: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
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
    ) -> AsyncIterator[Self]:
        """Run a farm for as long as the context lasts.

        Without an estate there are `homes` homes of `profile` (of every packaged profile if it is None). Without a
        state directory the journal goes with the farm. Port 0 is any free one. With `port_each` (and where the system
        has no loopback network) every hub has a port of its own on 127.0.0.1 instead of an address of its own.

        Raises UnknownProfileError, ClockError, AddressError, ListenError, StoreError or StateMismatchError.
        """
        if estate is None:
            estate = from_flags((profile,) if profile else library.names(), homes, seed)
        began = setting(clock)
        with ExitStack() as undo:
            folder = state or Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="meterfarm-")))
            folder.mkdir(parents=True, exist_ok=True)
            store = Store(folder / STORE_FILE)
            undo.callback(store.close)
            adopt(store, estate, folder)
            farm_clock = FarmClock(start_at(store, began), began.rate)
            sockets, addresses = listen(estate.homes, port, each=port_each or not has_loopback_network())
            farm = cls(estate, addresses, farm_clock, store)
            listener = Listener(sockets, lambda: Link(farm))
            farm.serve(listener, jumping=began.jumping)
            try:
                yield farm
            finally:
                await farm.stop()

    def serve(self, listener: Listener, *, jumping: bool = False) -> None:
        """Begin: answer callers, watch links, wake homes that are due."""
        self._listener = listener
        self._spawn(self._watch())
        self._spawn(self._remember())
        if jumping:
            self._spawn(self._jump())

    async def stop(self) -> None:
        """End: refuse callers, finish what is under way, keep the clock."""
        if self._listener is not None:
            self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._alarm is not None:
            self._alarm.cancel()
        for link in tuple(self._links):
            link.transport.close()
        await self.settled()
        self.keep_clock()

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("task_failed", error=repr(task.exception()))

    # Homes

    def home(self, index: int) -> Home:
        """Wake a home (0 is the first) and bring it to the present. Raises IndexError."""
        home = self._homes.get(index)
        now = self.clock.now()
        if home is None:
            site = self.estate.site(index)
            home = Home(index, site, now, self._store.state(index), self.addresses.of(index))
            self._homes[index] = home
            self._make_room()
        elif now > home.meter.now:
            home.meter.advance(now)
        self.keep(home)
        return home

    def _make_room(self) -> None:
        for index in [index for index in _oldest(self._homes, 2 * len(self._links) + 64) if self._homes[index].idle]:
            if len(self._homes) <= HOMES_IN_MEMORY:
                return
            del self._homes[index]

    async def send(self, index: int, command: Command, sender: Sender) -> Outcome:
        """Carry out a command at a home's meter; it is durable when this returns."""
        home = self.home(index)
        outcome = home.meter.send(command, sender)
        self.keep(home)
        await self.settled(home)
        return outcome

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
        return access(self.home(chosen.home).devices, level, SERVERS[chosen.kind])

    # Links

    def arrive(self, link: Link, address: Address) -> Home | None:
        """Take a connection in: the home that lives at the address, or None for nobody."""
        index = self.addresses.index((address[0], address[1]))
        if index is None:
            self.refuse(link, "unknown_address")
            return None
        home = self.home(index)
        self._homes.move_to_end(index)
        home.connections += 1
        self._links.add(link)
        return home

    def leave(self, link: Link) -> None:
        """A connection is gone."""
        self._links.discard(link)
        self._partial.pop(link, None)
        if link.home is not None:
            link.home.connections -= 1

    def refuse(self, link: Link, kind: str) -> None:
        """Count a link that was ended, and log it: the first few of a kind, then every doubling of their number."""
        self.refused[kind] += 1
        count = self.refused[kind]
        if count <= LOGGED_EACH or count & (count - 1) == 0:
            home = None if link.home is None else f"home-{link.home.index + 1}"
            _log.warning("link_ended", kind=kind, peer=link.peer, home=home, count=count)

    def sweep(self, now: float) -> None:
        """End links that began a frame and do not finish it, and links that are silent for too long."""
        for link in tuple(self._links):
            assert link.home is not None
            if link.pending:
                since = self._partial.setdefault(link, now)
                if now - since >= FRAME_TIMEOUT_S:
                    link.end("incomplete_frame")
                    continue
            else:
                self._partial.pop(link, None)
            if now - link.heard_at >= link.home.meter.site.profile.hdlc.inactivity_s:
                link.end("inactivity")

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            self.sweep(time.monotonic())

    # Durability

    def keep(self, home: Home) -> None:
        """Hand what changed in a home to the store, and plan when it next acts."""
        delta = home.take_delta()
        if delta is not None:
            try:
                self._store.append(delta, self._acknowledge(home))
            except StoreError as error:
                # In the loop's next turn: whoever holds a reply back must have begun to wait for it.
                self._loop.call_soon(self._not_kept, home, error)
        self._schedule.plan(home.index, home.meter.next_due())
        self._set_alarm()

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
        while self._durable:
            home, error = self._durable.popleft()
            if error is None:
                home.settle(None)
            else:
                self._not_kept(home, error)

    def _not_kept(self, home: Home, error: Exception) -> None:
        """What a home changed is not durable: answer nobody, and forget the home as it stands in memory."""
        _log.error("not_kept", home=f"home-{home.index + 1}", error=str(error))
        home.settle(error)
        if self._homes.get(home.index) is home:
            del self._homes[home.index]
        for link in tuple(self._links):
            if link.home is home:
                link.transport.abort()

    async def settled(self, home: Home | None = None) -> None:
        """Wait until what changed so far, in one home or in all, is durable. Raises what the store raised."""
        homes = [home] if home is not None else [one for one in self._homes.values() if one.unsettled]
        for one in homes:
            self.keep(one)
            await self._one_settled(one)

    async def _one_settled(self, home: Home) -> None:
        done: asyncio.Future[None] = self._loop.create_future()

        def release(error: Exception | None) -> None:
            if not done.done():
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)

        home.when_settled(release)
        await done

    # Time

    async def advance(self, by_ms: int) -> None:
        """Move the clock forward through everything that falls due on the way; durable when this returns."""
        target = self.clock.now() + by_ms
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
        """Let farm time go on at another pace; 0 stands still."""
        self.clock.set_rate(rate)
        self.keep_clock()
        self._set_alarm()

    def keep_clock(self) -> None:
        """Make farm time durable, so that a later start does not go back behind it."""
        self._store.set_meta(CLOCK_KEY, str(self.clock.now()))

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
        while True:
            now = self.clock.now()
            first = self._schedule.first()
            await self._run_to(now + HALF_HOUR if first is None else max(now, min(first, now + HALF_HOUR)))
            await asyncio.sleep(0)

    async def _remember(self) -> None:
        """Find out when the homes that have stored state are due, a few at a time."""
        for number, index in enumerate(self._store.devices()):
            if index < self.estate.homes:
                self.home(index)
            if number % 50 == 0:
                await asyncio.sleep(0)


def _oldest(homes: OrderedDict[int, Home], count: int) -> Iterator[int]:
    for index, _ in zip(homes, range(count), strict=False):
        yield index
