"""Pushing: alerts leave on the wire, each from its hub's own address to the head end that the push setup names.

An alert leaves when it is durable that it is on its way, and its answer is noted to the home at the home's present
time: taken when all octets were sent and the connection was closed cleanly (nothing answers a notification), failed
otherwise. A farm that dies in between finds it still on its way and sends it again, under the same number.

A hub has one alert on its way, so the queue is fair by itself: a storm is so many homes in a row, of which only some
dial at a time. A home that tells nothing costs nothing.
"""

import asyncio
from collections import deque
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import structlog

from emulator.device.device import EndlessError
from emulator.device.hub.alert_account import AlertAccount
from emulator.device.hub.alert_queue import AlertFailed, AlertTaken, in_flight, kept_from
from emulator.device.hub.hub import Hub
from emulator.device.hub.hub_records import Told, Waiting
from emulator.device.hub.push_setup import host_and_port
from emulator.device.journal import DeviceName
from emulator.device.meter import StateError
from emulator.dlms.alerts import notification
from emulator.dlms.framing import wrapper
from emulator.dlms.objects.administration import HUB_SAP
from emulator.farm.alert_accounts import account
from emulator.farm.farmstead import Farmstead
from emulator.farm.home import Home
from emulator.farm.store import Store
from emulator.transports.outgoing import Outgoing

MOST_OPEN = 64
TIMEOUT_S = 10.0  # longer than any family lingers
STOP_S = 1.0
MAX_REASON = 80
_log = structlog.get_logger("meterfarm")


class Counts(NamedTuple):
    """What was sent and failed since the farm started, how many connections are open, how many homes wait for one."""

    sent: int
    failed: int
    open: int
    waiting: int


class Pushing:
    """The outgoing side of one farm."""

    def __init__(
        self, farm: Farmstead, store: Store, *, most_open: int = MOST_OPEN, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._farm, self._store = farm, store
        self._most_open, self._timeout_s = most_open, timeout_s
        self._loop = asyncio.get_running_loop()
        self._on_way: set[int] = set()  # homes whose alert is waited for, in the queue or being sent
        self._queue: deque[int] = deque()
        self._next: dict[int, asyncio.Future[bool]] = {}  # homes whose open connection takes the next alert
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False
        self._sent = self._failed = 0

    @property
    def counts(self) -> Counts:
        """What was done, and what is under way."""
        return Counts(self._sent, self._failed, len(self._tasks), len(self._queue))

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way."""
        return not self._on_way

    async def account(self, among: Collection[int] | None = None) -> AlertAccount:
        """Say what became of all alerts of the farm, or of some homes."""
        return await account(self._farm, self._store, among)

    def see(self, home: Home) -> None:
        """Take up the alert that a home has on its way, once that is durable."""
        if self._stopped or home.index in self._on_way or _going(home) is None:
            return
        self._on_way.add(home.index)
        home.when_settled(partial(self._durable, home.index))

    def _durable(self, index: int, error: Exception | None) -> None:
        follows = self._next.get(index)
        if error is not None:
            self._on_way.discard(index)  # the home is forgotten; it is seen again when it wakes
        if follows is not None:
            if not follows.done():
                follows.set_result(error is None)
        elif error is None:
            self._queue.append(index)
            self._dial()

    def _dial(self) -> None:
        while self._queue and len(self._tasks) < self._most_open and not self._stopped:
            task = self._loop.create_task(self._push(self._queue.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("push_failed", error=repr(task.exception()))
        self._dial()

    async def stop(self) -> None:
        """Begin nothing more, and let what is being sent end. What is not sent stays on its way in the journal."""
        self._stopped = True
        self._queue.clear()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # One connection

    async def _push(self, index: int) -> None:
        line: Outgoing | None = None
        try:
            while (going := self._taken_up(index)) is not None:
                home, one = going
                rules = home.meter.site.profile.push
                try:
                    async with asyncio.timeout(self._timeout_s):
                        line = line or await Outgoing.dial(home.devices.address[0], _destination(home))
                        octets = _octets(home, one)
                        if home.tap is not None:
                            home.tap.take(_destination(home)[1], octets, inward=False)
                        await line.send(octets)
                        if not rules.one_connection:
                            ending, line = line, None
                            await self._finish(ending, rules.linger_s)
                except (OSError, TimeoutError) as error:
                    self._answer(index, AlertFailed(one.number, _told(error)))
                    return
                if line is None:
                    self._answer(index, AlertTaken(one.number))
                    return
                if not await self._follows(index, one.number):
                    ending, line = line, None
                    with suppress(OSError):  # what went over it is answered already
                        async with asyncio.timeout(self._timeout_s):
                            await self._finish(ending, rules.linger_s)
                    return
        except BaseException:
            self._on_way.discard(index)
            raise
        finally:
            if line is not None:
                line.abort()

    def _taken_up(self, index: int) -> tuple[Home, Waiting] | None:
        """Give a home and its alert, if it is still on its way and nothing keeps it from leaving."""
        try:
            home = self._farm.home(index)
        except (StateError, EndlessError, IndexError) as error:
            _log.error("unreadable_state", home=index, error=str(error))
            self._on_way.discard(index)
            return None
        one = _going(home)
        if one is None:  # the home was put into another state
            self._on_way.discard(index)
            return None
        reason = kept_from(_hub(home).records, one)
        if reason:
            self._answer(index, AlertFailed(one.number, reason))
            return None
        return home, one

    @staticmethod
    async def _finish(line: Outgoing, linger_s: int) -> None:
        try:
            await line.finish(linger_s)
        except BaseException:
            line.abort()
            raise

    async def _follows(self, index: int, number: int) -> bool:
        """Note an alert as taken, and wait for the next to be durable if there is one to be sent now."""
        follows = self._next[index] = self._loop.create_future()
        try:
            self._answer(index, AlertTaken(number))
            return index in self._on_way and await follows
        finally:
            del self._next[index]

    def _answer(self, index: int, event: AlertTaken | AlertFailed) -> None:
        if isinstance(event, AlertTaken):
            self._sent += 1
        else:
            self._failed += 1
        try:
            home = self._farm.home(index)
        finally:
            self._on_way.discard(index)
        home.installation.note(DeviceName.CHF, event)
        self._farm.keep(home)  # and with it the next is seen


def _hub(home: Home) -> Hub:
    hub = home.installation.devices[DeviceName.CHF]
    assert isinstance(hub, Hub)
    return hub


def _going(home: Home) -> Waiting | None:
    return in_flight(_hub(home).records.alerts) if DeviceName.CHF in home.installation.devices else None


def _destination(home: Home) -> tuple[str, int]:
    destination = _hub(home).records.push.destination
    if not destination:
        raise ConnectionAbortedError("no head end is named")
    return host_and_port(destination)


def _octets(home: Home, one: Waiting) -> bytes:
    """Write the notification as often as this make sends it, in the wrapper: from the hub to the head end's client."""
    site = _hub(home).site
    told = Told(one.number, one.device, one.code, one.name, one.raised_at)
    apdu = notification(site, told, home.installation.now, high_priority=one.priority)
    return wrapper.encode(HUB_SAP, site.profile.push.client, apdu) * one.copies


def _told(error: OSError | TimeoutError) -> str:
    if isinstance(error, TimeoutError) and not error.errno:
        return "timed out"
    return (error.strerror or str(error) or type(error).__name__)[:MAX_REASON].lower()
