"""Capture: what passed the wires of homes, between link and session, as a client sees it. Off until it is started.

A home that is not captured has no tap, and its link looks for one once in each direction. All captured homes share one
ring, so that a storm costs what a quiet day costs. Captured octets may hold TEST secrets, as the wire does.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from emulator.dlms.decoding import Part
from emulator.dlms.overheard import Overheard
from emulator.dlms.security import Cipher
from emulator.farm.farmstead import Farmstead
from emulator.farm.selectors import GLOB, Addresses, select

if TYPE_CHECKING:
    from emulator.farm.home import Home

EVERYWHERE: Final = "*"
MOST: Final = 1_000
MOST_OCTETS: Final = 4 * 1024 * 1024
_MOST_OF_ONE = 6  # a home has five devices
_MOST_NAMED = 10_000_000


class Row(NamedTuple):
    """Octets that passed: farm time, the home's index, the peer's port, whether they came in, and themselves."""

    at: int
    home: int
    peer: int
    inward: bool
    octets: bytes


class Decoded(NamedTuple):
    """A row, and what it says; nothing where it only begins a frame."""

    row: Row
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The parts as lines, indented by their depth."""
        return "\n".join(
            f"{'  ' * part.depth}{part.name}{f': {part.value}' if part.value else ''}" for part in self.parts
        )


class CapturedFarm(Farmstead, Protocol):
    """A farm whose homes a selector finds."""

    addresses: Addresses

    @property
    def held(self) -> "Mapping[int, Home]":
        """The homes in memory."""


class Tap:
    """Where what passes one home's wire is taken down."""

    __slots__ = ("_capture", "_home", "_keys")

    def __init__(self, capture: "Capture", home: "Home") -> None:
        self._capture, self._home = capture, home
        self._keys: object = None

    def take(self, peer: int, octets: bytes, *, inward: bool) -> None:
        """Take octets down."""
        credentials = self._home.meter.records.credentials
        if credentials is not self._keys:
            self._keys = credentials
            self._capture.learn(self._home.index, credentials.encryption_key, credentials.authentication_key)
        self._capture.take(Row(self._home.clock.now(), self._home.index, peer, inward, octets))


class Capture:
    """The capture of one farm."""

    def __init__(self, farm: CapturedFarm) -> None:
        self._farm = farm
        self._wanted: set[int] | None = set()  # None is every home
        self._rows: deque[Row] = deque(maxlen=MOST)
        self._octets = 0
        self._keys: dict[int, dict[tuple[bytes, bytes], Cipher]] = {}

    def start(self, selector: str = EVERYWHERE, *, most: int = MOST) -> None:
        """Take down what passes the homes that a selector names, besides those already; of all the last `most` rows.

        Raises SelectorError.
        """
        if selector == EVERYWHERE:
            self._wanted = None
        else:
            limit = _MOST_NAMED if GLOB & set(selector) else _MOST_OF_ONE
            named = {one.home for one in select(selector, self._farm.estate, self._farm.addresses, limit)}
            self._wanted = None if self._wanted is None else self._wanted | named
        self._rows = deque(self._rows, maxlen=most)
        self._octets = sum(len(row.octets) for row in self._rows)
        self._fit_all(self._farm.held.values())

    def stop(self) -> None:
        """Take nothing more down. What was taken stays until the next start finds no room for it."""
        self._wanted = set()
        self._fit_all(self._farm.held.values())

    def on(self, index: int) -> bool:
        """Say whether a home is captured."""
        return self._wanted is None or index in self._wanted

    def rows(self, index: int | None = None) -> list[Row]:
        """Give what was taken of a home, or of all, oldest first."""
        return [row for row in self._rows if index in {None, row.home}]

    def clear(self) -> None:
        """Forget what was taken."""
        self._rows.clear()
        self._octets = 0

    def decoded(self, index: int, last: int | None = None) -> list[Decoded]:
        """Give what was taken of a home with what it says, opened by its keys; of `last` rows if there are more."""
        title = self._farm.home(index).devices.title
        keys = tuple(self._keys.get(index, {}).values())
        lines: dict[int, Overheard] = {}
        told = []
        for row in self.rows(index):
            line = lines.setdefault(row.peer, Overheard(keys, title))
            told.append(Decoded(row, tuple(line.hear(row.octets, inward=row.inward))))
        return told if last is None else told[-last:]

    def fit(self, home: "Home") -> None:
        """Give a home a tap if it is captured, or take it away."""
        if not self.on(home.index):
            home.tap = None
        elif home.tap is None:
            home.tap = Tap(self, home)

    def _fit_all(self, homes: "Iterable[Home]") -> None:
        for home in homes:
            self.fit(home)

    def learn(self, index: int, encryption_key: bytes, authentication_key: bytes) -> None:
        """Remember the keys of a home, and with them all that it had while it was captured."""
        cipher = Cipher(encryption_key, authentication_key)
        self._keys.setdefault(index, {})[encryption_key, authentication_key] = cipher

    def take(self, row: Row) -> None:
        """Take a row down; the oldest go where there are too many, or too many octets."""
        if len(self._rows) == self._rows.maxlen:
            self._octets -= len(self._rows.popleft().octets)
        self._rows.append(row)
        self._octets += len(row.octets)
        while self._octets > MOST_OCTETS and len(self._rows) > 1:
            self._octets -= len(self._rows.popleft().octets)
