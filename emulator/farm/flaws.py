"""Flaws of a home's link: what faults in force do to the octets that pass on it, in the time of the line.

Pure: octets in, pieces out, each with how long it takes and what then becomes of the link. What chance decides is drawn
by the number of the frame, so a run with the same conversation is spoiled in the same places.
"""

from collections.abc import Callable, Mapping, Sequence
from math import log
from typing import NamedTuple

from emulator.device.faults.home_faults import Planned
from emulator.device.profiles.profile_family import Pace
from emulator.device.splitmix import output, stream
from emulator.dlms.framing.hdlc_frame import FLAG, check_sequence
from emulator.dlms.pdu.tags import Apdu

THOUSAND = 1_000
WRAPPER_OCTETS = 8
_CHECK_OCTETS = 2
_DATABLOCK = bytes((Apdu.GET_RESPONSE, 2))
_RESOLUTION = 1 << 20


class Piece(NamedTuple):
    """Octets that pass after a while; with `ends`, the link is then reset."""

    octets: bytes
    after_ms: int = 0
    ends: bool = False


class Frame(NamedTuple):
    """One frame on its way: its octets, its number on this home's link, whether it comes from the meter."""

    octets: bytes
    number: int
    outward: bool


class Given(NamedTuple):
    """A fault in force on the link: its parameters, and the stream that chance is drawn from."""

    values: Mapping[str, int | str]
    key: int

    def number(self, name: str) -> int:
        """Give a parameter that is a number."""
        return int(self.values[name])

    def drawn(self, frame: Frame, what: int = 0) -> int:
        """Draw for a frame; `what` tells draws for the same frame apart."""
        return output(self.key, (frame.number << 3 | what) & (_RESOLUTION * _RESOLUTION - 1))

    def hits(self, frame: Frame) -> bool:
        """Say whether a frame is one of those in a thousand, in the direction that is meant."""
        way = self.values.get("way", "both")
        if way not in {"both", "out" if frame.outward else "in"}:
            return False
        return self.drawn(frame) % THOUSAND < int(self.values.get("per_mille", THOUSAND))


Spoil = Callable[[Given, Frame, list[Piece]], list[Piece]]


def _loss(given: Given, frame: Frame, pieces: list[Piece]) -> list[Piece]:
    return [] if given.hits(frame) else pieces


def _delay(given: Given, frame: Frame, pieces: list[Piece]) -> list[Piece]:
    if not given.hits(frame):
        return pieces
    spread, drawn = given.number("spread_ms"), given.drawn(frame, 1) % _RESOLUTION
    if given.values.get("shape") == "exponential":
        extra = round(-log((drawn + 1) / _RESOLUTION) * spread)
    else:
        extra = drawn * (spread + 1) // _RESOLUTION
    after = given.number("delay_ms") + extra
    return [piece._replace(after_ms=piece.after_ms + after) for piece in pieces]


def _truncation(given: Given, frame: Frame, pieces: list[Piece]) -> list[Piece]:
    if not given.hits(frame):
        return pieces
    kept = given.drawn(frame, 1) % max(1, len(frame.octets))
    return [piece._replace(octets=piece.octets[:kept]) for piece in pieces]


def _duplication(given: Given, frame: Frame, pieces: list[Piece]) -> list[Piece]:
    return pieces * 2 if given.hits(frame) else pieces


def _corruption(given: Given, frame: Frame, pieces: list[Piece]) -> list[Piece]:
    if not given.hits(frame):
        return pieces
    spoiled = []
    for piece in pieces:
        octets = bytearray(piece.octets)
        for turn in range(given.number("bits")):
            bit = output(given.drawn(frame, 1), turn) % (len(octets) * 8) if octets else 0
            if octets:
                octets[bit // 8] ^= 1 << bit % 8
        spoiled.append(piece._replace(octets=bytes(octets)))
    return spoiled


def _reset(given: Given, frame: Frame, pieces: list[Piece]) -> list[Piece]:
    if not given.hits(frame) or not pieces:
        return pieces
    half = pieces[0].octets[: len(pieces[0].octets) // 2]
    return [Piece(half, pieces[0].after_ms, ends=True)]


def _drip(given: Given, frame: Frame, pieces: list[Piece]) -> list[Piece]:
    if not given.hits(frame):
        return pieces
    size, every = given.number("octets"), given.number("every_ms")
    return [
        Piece(piece.octets[at : at + size], piece.after_ms + at // size * every)
        for piece in pieces
        for at in range(0, len(piece.octets), size)
    ]


def _half_open(_: Given, __: Frame, ___: list[Piece]) -> list[Piece]:
    return []


def _bad_check(given: Given, frame: Frame, pieces: list[Piece]) -> list[Piece]:
    """Spoil the frame check sequence of an HDLC frame of the meter; the wrapper has none."""
    if not frame.outward or not given.hits(frame) or frame.octets[:1] != FLAG:
        return pieces
    return [
        piece._replace(octets=piece.octets[:-3] + bytes((piece.octets[-3] ^ 0xFF,)) + piece.octets[-2:])
        for piece in pieces
    ]


def _wrong_tag(given: Given, frame: Frame, pieces: list[Piece]) -> list[Piece]:
    """Let an answer carry the tag of another service."""
    if not frame.outward or not given.hits(frame):
        return pieces
    return [piece._replace(octets=_retagged(piece.octets)) for piece in pieces]


def _retagged(octets: bytes) -> bytes:
    if octets[:1] != FLAG:
        tag = octets[WRAPPER_OCTETS : WRAPPER_OCTETS + 1]
        return octets[:WRAPPER_OCTETS] + bytes((tag[0] ^ 1,)) + octets[WRAPPER_OCTETS + 1 :] if tag else octets
    at = octets.find(b"\xe6\xe7\x00")  # the LLC header of a response
    if at < 0:
        return octets
    body = octets[1 : at + 3] + bytes((octets[at + 3] ^ 1,)) + octets[at + 4 : -1 - _CHECK_OCTETS]
    return FLAG + body + check_sequence(body) + FLAG


SPOILS: dict[str, Spoil] = {
    "loss": _loss,
    "delay": _delay,
    "truncation": _truncation,
    "duplication": _duplication,
    "corruption": _corruption,
    "reset": _reset,
    "drip": _drip,
    "half_open": _half_open,
    "bad_check": _bad_check,
    "wrong_tag": _wrong_tag,
}


def paced(pace: Pace) -> Planned:
    """Give the pace of a make as a delay of its answers."""
    given: dict[str, int | str] = {
        "delay_ms": pace.response_ms,
        "spread_ms": pace.response_spread_ms,
        "shape": "uniform",
        "way": "out",
    }
    return Planned(0, "pace", "", given, 0)


class Flaws:
    """What is wrong with one home's link now, in the order in which it was put in."""

    def __init__(self, faults: Sequence[tuple[Planned, str]], key: int, first: int = 0) -> None:
        """Spoil as faults in force say, each with how it spoils; frames are numbered on from `first`."""
        self._spoils = [
            (SPOILS[how], Given(one.given, stream(key, "FLAW", one.number))) for one, how in faults if how in SPOILS
        ]
        self._stale = [Given(one.given, stream(key, "FLAW", one.number)) for one, how in faults if how == "stale_block"]
        self._block = b""
        self.frames = first

    def inward(self, octets: bytes) -> list[Piece]:
        """Spoil what a client sent."""
        return self._spoiled(octets, outward=False)

    def outward(self, octets: bytes) -> list[Piece]:
        """Spoil what the meter sends: one frame."""
        return self._spoiled(self._staled(octets), outward=True)

    def _spoiled(self, octets: bytes, *, outward: bool) -> list[Piece]:
        self.frames += 1
        frame, pieces = Frame(octets, self.frames, outward), [Piece(octets)]
        for spoil, given in self._spoils:
            pieces = spoil(given, frame, pieces)
        return pieces

    def _staled(self, octets: bytes) -> bytes:
        """Send the block before once more instead of this one, where a block of a long answer is hit."""
        if not self._stale or octets[WRAPPER_OCTETS : WRAPPER_OCTETS + 2] != _DATABLOCK:
            return octets
        before, self._block = self._block, octets
        frame = Frame(octets, self.frames + 1, outward=True)
        return before if before and any(given.hits(frame) for given in self._stale) else octets
