"""Records of a display in the home: how it is powered and heard, what it last saw, and what is its own."""

from typing import Literal

import msgspec

from emulator.device.display.display_reading import Reading
from emulator.device.display.face_records import Face
from emulator.device.load.recorded import Fuel
from emulator.device.money.pricing import Prices
from emulator.device.records import Power

Wish = Literal["top_up", "emergency", "enable"]


class Mains(msgspec.Struct, frozen=True):
    """Whether the display is plugged in, and when its battery is flat if it is not."""

    plugged: bool = True
    flat_at: int | None = None


class Link(msgspec.Struct, frozen=True):
    """What the display lacks to be heard (membership "join", the HAN "han", "radio"), and from when data come."""

    missing: tuple[str, ...] = ()
    since: int = 0


class PricesSeen(msgspec.Struct, frozen=True, array_like=True):
    """Prices that a meter told, and the instant from which they held."""

    since: int
    prices: Prices


class History(msgspec.Struct, frozen=True):
    """What a display knows of one fuel by itself: since when it counts, and the prices it saw, oldest first."""

    since: int = 0
    prices: tuple[PricesSeen, ...] = ()


class Message(msgspec.Struct, frozen=True, array_like=True):
    """A supplier's message, and when it came."""

    at: int
    text: str


class Unsent(msgspec.Struct, frozen=True, array_like=True):
    """A wish of the consumer that no meter has answered yet, when it is tried (again), and how often it was in vain."""

    number: int
    what: Wish
    fuel: Fuel
    code: str
    asked_at: int
    try_at: int
    tries: int = 0


class Histories(msgspec.Struct, frozen=True):
    """One for each fuel."""

    electricity: History = History()
    gas: History = History()


class Held(msgspec.Struct, frozen=True):
    """What stood on the display when it was last heard, for each fuel; None while it is heard, or has seen nothing."""

    electricity: Reading | None = None
    gas: Reading | None = None


class DisplayRecords(msgspec.Struct, frozen=True, kw_only=True):
    """All that a display in the home remembers; `kind` says which of the two it is."""

    kind: Literal["ppmid", "ihd"]
    power: Power = Power()
    mains: Mains = Mains()
    link: Link = Link()
    held: Held = Held()
    histories: Histories = Histories()
    messages: tuple[Message, ...] = ()
    unsent: tuple[Unsent, ...] = ()
    wishes: int = 0
    face: Face = Face()
