"""One home that somebody has touched: its meter in memory, and what waits for its journal to be durable.

A home nobody has touched does not exist here. Replies leave in order, each after the commit of what came before it.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from emulator.device.commands import Sender, SetPushDestination
from emulator.device.device import NEVER
from emulator.device.faults.catalogue import BY_NAME
from emulator.device.faults.home_faults import HomeFaults
from emulator.device.hub import wan
from emulator.device.installation import Installation, Premises
from emulator.device.journal import DeviceName, encode
from emulator.device.meter import Meter
from emulator.device.money import top_up
from emulator.device.money.account import AccountStarts
from emulator.device.money.contract import Contract
from emulator.dlms.logical_device import LogicalDevices
from emulator.farm.clock import FarmClock
from emulator.farm.flaws import Flaws, paced
from emulator.farm.store import Delta

if TYPE_CHECKING:
    from emulator.farm.capture import Tap

Release = Callable[[Exception | None], None]


class Home:
    """The devices of one home."""

    __slots__ = (
        "_commits",
        "_fitted",
        "_waiting",
        "clock",
        "connections",
        "devices",
        "flaws",
        "index",
        "installation",
        "lost",
        "name",
        "paced",
        "tap",
        "use_due",
    )

    def __init__(
        self,
        index: int,
        name: str,
        premises: Premises,
        now: int,
        state: bytes | None,
        address: tuple[str, int],
        clock: FarmClock,
        *,
        first_seq: int = 0,
        paced: bool = False,
    ) -> None:
        self.index = index
        self.clock = clock  # the farm's, or its own: see `homes_apart`
        self.name = name
        self.installation = Installation(premises, now, state, first_seq=first_seq)
        self.devices = LogicalDevices(
            self.installation.esme, address, self.installation.advance_meter, self.installation
        )
        self.connections = 0
        self.paced = paced  # whether its link is as slow as its make's
        self.devices.watch.answer_ms = self.meter.site.profile.pace.response_ms if paced else 0
        self.flaws: Flaws | None = None
        self.tap: Tap | None = None  # while what passes its wire is captured
        self._fitted: HomeFaults | None = None
        self.fit_link()
        self.use_due = 0  # when octets that pass must next be noted
        self.lost: Exception | None = None  # why what is here can never be durable; it is settled for good
        self._commits = 0
        self._waiting: deque[tuple[int, Release]] = deque()

    def fit_link(self) -> None:
        """Let the link have the flaws of the faults in force, and the pace of the make."""
        faults = self.installation.faults
        if faults.records is self._fitted:
            return
        self._fitted, began = faults.records, 0 if self.flaws is None else self.flaws.frames
        spoiling = [(one, how) for one in faults.in_force if (how := BY_NAME[one.name].spoils)]
        pace = self.meter.site.profile.pace
        if self.paced and pace.response_ms + pace.response_spread_ms:
            spoiling.append((paced(pace), "delay"))
        self.flaws = Flaws(spoiling, self.meter.site.key, began) if spoiling else None

    @property
    def meter(self) -> Meter:
        """The electricity meter."""
        return self.installation.esme

    @property
    def unreachable(self) -> str | None:
        """Why nothing reaches the home over the air now: its hub has no power, no coverage, sleeps; None if it does."""
        hub = self.installation.devices.get(DeviceName.CHF)
        reason = None if hub is None else wan.unreachable(hub.records)
        return None if reason is None else reason.value

    def use(self, now: int) -> bool:
        """Note that octets pass where a hub sleeps unless it is used; say whether that was news."""
        hub = self.installation.devices.get(DeviceName.CHF)
        news = hub is not None and wan.use_is_news(hub.site, hub.records, now)
        if news:
            self.installation.note(DeviceName.CHF, wan.SessionUsed(), now)
        due = None if hub is None else wan.use_due(hub.site, hub.records, now)
        self.use_due = NEVER if due is None else due
        return news

    @property
    def inactivity_s(self) -> int:
        """How long a link to the home may be silent."""
        hdlc = self.meter.site.profile.hdlc
        return 0 if hdlc is None else hdlc.inactivity_s

    def vend(self, value_mp: int, device: DeviceName = DeviceName.ESME) -> str:
        """Make a valid top-up code for a meter as it stands. Raises ValueError for a value no code can say."""
        meter = self.installation.devices[device]
        return top_up.vend_for(meter.site, meter.records, value_mp)

    def open_account(self, device: DeviceName, contract: Contract) -> None:
        """Write a supplier's contract into a meter, as from now."""
        self.installation.note(device, AccountStarts(contract))

    def set_push(self, destination: str) -> None:
        """Have the hub send its alerts to a head end, as its supplier would; "" leaves it as delivered."""
        if destination:
            self.installation.send(DeviceName.CHF, SetPushDestination(destination), Sender.SUPPLIER)

    @property
    def unsettled(self) -> bool:
        """Whether something changed that is not durable yet."""
        return self._commits > 0 or self.installation.changed

    @property
    def idle(self) -> bool:
        """Whether nothing would be lost by forgetting the home."""
        return not self.connections and not self.unsettled

    def take_delta(self) -> Delta | None:
        """Give what the store must keep, if anything changed; `settle` must be called once for it."""
        self.installation.follow()
        if not self.installation.changed:
            return None
        self.fit_link()
        self.use_due = 0
        entries, state = self.installation.take_changes()
        self._commits += 1
        return Delta(self.index, self.installation.now, tuple((entry.seq, encode(entry)) for entry in entries), state)

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


def oldest(homes: OrderedDict[int, Home], count: int) -> Iterator[int]:
    """Give the homes that were dialled least recently."""
    for index, _ in zip(homes, range(count), strict=False):
        yield index
