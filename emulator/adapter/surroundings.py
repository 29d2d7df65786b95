"""What an adapter has around it: time, addresses with their keys, the SMS centre, and an ear for alerts.

`FarmSurroundings` is a farm's; a bench has its own.
"""

from typing import NamedTuple, Protocol

from emulator.device.profile import Profile
from emulator.dlms.access import Access


class Text(NamedTuple):
    """An SMS that a hub sent: its number there, when, and what it says."""

    number: int
    at: int
    text: str


class Pushed(NamedTuple):
    """An alert as it came off the wire: whose (EUI-64), its number at the hub, its code, when it was raised.

    What the family does not tell is None, or "".
    """

    eui64: str
    hub: str
    number: int | None
    code: int
    name: str
    raised_at: int


class Place(NamedTuple):
    """Where a supply point is, as its registration says: unique property reference, post code, address."""

    uprn: int
    post_code: str
    address: str


class UnknownWayError(LookupError):
    """Nobody knows a way to a device; the text says why."""


class Surroundings(Protocol):
    """What an adapter may ask of the world."""

    def now(self) -> int:
        """Give the present instant."""

    async def until(self, at: int) -> None:
        """Wait for an instant."""

    def way(self, eui64: str, level: str) -> Access:
        """Give address and keys of a device. Raises UnknownWayError."""

    def family(self, eui64: str) -> Profile:
        """Give the profile of the set that a device belongs to. Raises UnknownWayError."""

    async def sms(self, hub: str, text: str) -> str:
        """Hand an SMS in for a hub (EUI-64); an empty text wakes it. Gives "" or why it was refused."""

    def text_password(self, hub: str) -> str:
        """Give the password that a supplier's texts to the meter behind a hub carry. Raises UnknownWayError."""

    def texts(self, hub: str, after: int) -> list[Text]:
        """Give the SMS that a hub sent, beyond a number."""

    async def activate_sim(self, hub: str, iccid: str) -> str:
        """Have the network let a hub's SIM in. Gives "" or why it does not."""

    def place(self, mpxn: str) -> Place | None:
        """Give where a supply point is, if its registration is known."""

    @property
    def listens_at(self) -> str:
        """Where pushed alerts are heard, as host:port; "" is nowhere."""

    async def heard(self) -> None:
        """Wait until some alert was pushed."""

    def pushed(self) -> list[Pushed]:
        """Give the alerts that came since the last call."""
