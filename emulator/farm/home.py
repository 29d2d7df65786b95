"""One home that somebody has touched: its meter in memory, and what waits for its journal to be durable.

A home nobody has touched does not exist here. Replies leave in order, each after the commit of what came before it.
"""

from collections import deque
from collections.abc import Callable

from emulator.device.household import Site
from emulator.device.journal import encode
from emulator.device.meter import Meter
from emulator.dlms.logical_device import LogicalDevices
from emulator.farm.store import Delta

Release = Callable[[Exception | None], None]


class Home:
    """The devices of one home."""

    __slots__ = ("_commits", "_waiting", "connections", "devices", "index", "lost", "meter")

    def __init__(self, index: int, site: Site, now: int, state: bytes | None, address: tuple[str, int]) -> None:
        self.index = index
        self.meter = Meter(site, now, state)
        self.devices = LogicalDevices(self.meter, address)
        self.connections = 0
        self.lost: Exception | None = None  # why what is here can never be durable; it is settled for good
        self._commits = 0
        self._waiting: deque[tuple[int, Release]] = deque()

    @property
    def name(self) -> str:
        """The selector that names it."""
        return f"home-{self.index + 1}"

    @property
    def unsettled(self) -> bool:
        """Whether something changed that is not durable yet."""
        return bool(self._commits) or self.meter.changed

    @property
    def idle(self) -> bool:
        """Whether nothing would be lost by forgetting the home."""
        return not self.connections and not self.unsettled

    def take_delta(self) -> Delta | None:
        """Give what the store must keep, if anything changed; `settle` must be called once for it."""
        if not self.meter.changed:
            return None
        entries, state = self.meter.take_changes()
        self._commits += 1
        return Delta(self.index, self.meter.now, tuple((entry.seq, encode(entry)) for entry in entries), state)

    def when_settled(self, release: Release) -> None:
        """Call back once all that was taken so far is durable."""
        if self._commits:
            self._waiting.append((self._commits, release))
        else:
            release(self.lost)

    def settle(self, error: Exception | None) -> None:
        """One commit is done: let go what waited for it and for no later one. After a failure all the rest fails."""
        self._commits -= 1
        self.lost = self.lost or error
        self._waiting = deque((left - 1, release) for left, release in self._waiting)
        while self._waiting and self._waiting[0][0] <= 0:
            self._waiting.popleft()[1](self.lost)
