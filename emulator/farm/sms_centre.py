"""The SMS centre of a farm: it takes SMS for homes, and has what homes sent.

It is called to hand one in: `await farm.sms("home-1", "WAKE")`. Whose number is whose is arithmetic, so no table of
numbers exists (architecture D3). What a home sent stands in its journal; the outbox of all homes is of this run only,
its newest messages, each there once it is durable.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

from emulator.device import identity
from emulator.device.commands import Reason
from emulator.device.device import Outcome
from emulator.device.happenings import SmsHandedIn, SmsSent
from emulator.device.hub.hub_records import Sms
from emulator.device.installation import Installation
from emulator.device.journal import DeviceName, Entry
from emulator.device.sms.flight import SmsSubmitted
from emulator.farm.addresses import LoopbackAddresses, PortAddresses
from emulator.farm.farmstead import Farmstead
from emulator.farm.home import Home
from emulator.farm.selectors import SelectorError, select

OUTBOX = 10_000
_JOURNAL_AT_ONCE = 10_000
T = TypeVar("T")


class Reached(Farmstead, Protocol):
    """A farm whose homes can be found and written to."""

    @property
    def addresses(self) -> LoopbackAddresses | PortAddresses:
        """Where homes answer."""

    async def act(self, index: int, do: Callable[[Installation], T]) -> T:
        """Do something with the devices of a home; it is durable when this returns."""

    async def journal(self, index: int, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Give a home's journal beyond a sequence number."""


class HandedIn(NamedTuple):
    """What came of handing an SMS in: to which home, its number there (None if it was refused), and the outcome."""

    selector: str
    number: int | None
    outcome: Outcome


class Sent(NamedTuple):
    """One SMS that a home sent: its number in the outbox or 0, whose it is, its number there, when, what it says."""

    id: int
    selector: str
    number: int
    at: int
    iccid: str
    imsi: str
    text: str


class UnknownNumberError(LookupError):
    """Nobody in this farm has a number."""


class SmsCentre:
    """The SMS centre of one farm."""

    def __init__(self, farm: Reached) -> None:
        self._farm = farm
        self._loop = asyncio.get_running_loop()
        self._outbox: deque[Sent] = deque(maxlen=OUTBOX)
        self._last_id = 0
        self._seen: dict[int, tuple[Sms, int]] = {}

    async def __call__(self, selector: str, text: str = "") -> HandedIn:
        """Hand an SMS in for the hub of a home; without a text it is the one that wakes it. Raises SelectorError.

        It is durable when this returns, and arrives when it does.
        """
        return await self.hand_in(select(selector, self._farm.estate, self._farm.addresses, 1)[0].home, text)

    async def hand_in(self, index: int, text: str = "") -> HandedIn:
        """Hand an SMS in for the hub of a home (0 is the first)."""
        name = self._farm.estate.name(index)
        hub = self._farm.home(index).installation.devices.get(DeviceName.CHF)
        if hub is None:
            nobody = Outcome(accepted=False, reason=Reason.NOT_APPLICABLE, detail="the home has no hub", entries=())
            return HandedIn(name, None, nobody)
        event = SmsSubmitted(text or hub.site.profile.wan.wake_text)
        outcome = await self._farm.act(index, lambda home: home.note(DeviceName.CHF, event))
        numbers = [entry.what.number for entry in outcome.entries if isinstance(entry.what, SmsHandedIn)]
        return HandedIn(name, numbers[0] if numbers else None, outcome)

    def find(self, to: str) -> int:
        """Find the home that a number belongs to: an ICCID, an IMSI, or a selector. Raises UnknownNumberError."""
        estate = self._farm.estate
        for read in (identity.parse_iccid, identity.parse_imsi):
            try:
                index = read(to)[1] - 1
            except ValueError:
                continue
            if 0 <= index < estate.homes and to in {(site := estate.site(index)).iccid, site.imsi}:
                return index
            raise UnknownNumberError(f"nobody in this farm has the number {to}")
        try:
            return select(to, estate, self._farm.addresses, 1)[0].home
        except SelectorError as error:
            raise UnknownNumberError(str(error)) from None

    # What homes sent

    async def sent(self, index: int, limit: int = 1_000) -> list[Sent]:
        """Give the newest SMS that a home sent, oldest first, from its journal."""
        found: deque[Sent] = deque(maxlen=limit)
        after = 0
        while entries := await self._farm.journal(index, after, _JOURNAL_AT_ONCE):
            found.extend(self._told(index, entry) for entry in entries if isinstance(entry.what, SmsSent))
            after = entries[-1].seq
        return list(found)

    def outbox(self, after: int = 0, limit: int = 1_000) -> list[Sent]:
        """Give what all homes sent since the farm started, beyond a number of the outbox, oldest first."""
        return [one for one in self._outbox if one.id > after][:limit]

    def see(self, home: Home) -> None:
        """Take up what a home sent; it is in the outbox once it is durable. Called before its changes are kept."""
        hub = home.installation.devices.get(DeviceName.CHF)
        if hub is None or not hub.records.sms.sent:
            return
        sms, last = self._seen.get(home.index, (None, 0))
        if sms is hub.records.sms:
            return
        self._seen[home.index] = (hub.records.sms, home.installation.seq)
        fresh = [entry for entry in home.installation.journal if entry.seq > last and isinstance(entry.what, SmsSent)]
        if fresh:
            self._loop.call_soon(home.when_settled, partial(self._publish, home.index, fresh))

    def _publish(self, index: int, entries: list[Entry], error: Exception | None) -> None:
        if error is not None:
            self._seen.pop(index, None)  # the home is as it was before: it may send again under the same number
            return
        for entry in entries:
            self._last_id += 1
            self._outbox.append(self._told(index, entry)._replace(id=self._last_id))

    def _told(self, index: int, entry: Entry) -> Sent:
        assert isinstance(entry.what, SmsSent)
        estate = self._farm.estate
        site = estate.site(index)
        return Sent(0, estate.name(index), entry.what.number, entry.at, site.iccid, site.imsi, entry.what.text)
