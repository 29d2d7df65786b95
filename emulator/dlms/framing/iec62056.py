"""Framing of IEC 62056-21: characters with or without parity, the check character, and the messages of both sides.

Knows how a message is written and nothing of what it asks for or when it may come. Characters are 7 bits with even
parity. A pseudo-terminal and many serial servers give 8 bits: what comes may be plain characters or characters with
the parity in the eighth bit, and both are taken.
"""

import re
from enum import IntEnum
from functools import reduce
from operator import xor

import msgspec

BAUDS = (300, 600, 1_200, 2_400, 4_800, 9_600, 19_200)
"""The speeds of modes C and E, by baud digit."""
SIGN_ON_BAUD = BAUDS[0]
MOST_ADDRESS = 32
MOST_COMMAND = 256  # characters from SOH on; a bound of our own
_SEVEN_BITS, _PARITY_BIT = 0x7F, 0x80
_LINE_END = b"\r\n"
_REQUEST = re.compile(rb"/\?([0-9A-Za-z ]{0,%d})!\r\n" % MOST_ADDRESS)
_OPTION = re.compile(rb"\x06([0-9])([0-9A-Z])([0-9A-Z])\r\n")
_COMMAND = re.compile(rb"\x01([A-Z][0-9])(?:\x02([^\x02]*))?\x03")
_DATA_SET = re.compile(r"([^()/!]{0,24})\(([^()]{0,128})\)")
_FULL_CODE = re.compile(r"(?:\d+-\d+:)?(\w+(?:\.\w+)+)(?:\*255)?")


class Char(IntEnum):
    """The control characters, and the solidus, with which a message begins or ends."""

    NUL = 0x00
    SOH = 0x01
    STX = 0x02
    ETX = 0x03
    ACK = 0x06
    LF = 0x0A
    NAK = 0x15
    SLASH = 0x2F


class Request(msgspec.Struct, frozen=True):
    """`/?address!`: who is there? No address is any meter."""

    address: str


class Option(msgspec.Struct, frozen=True):
    """ACK V Z Y: the protocol, the baud digit and the mode that the reader chose; all empty if it cannot be read."""

    protocol: str = ""
    baud: str = ""
    mode: str = ""


class Command(msgspec.Struct, frozen=True):
    """A programming command such as R1 with its data set; an empty name is one that cannot be read."""

    name: str = ""
    data: str = ""


class BadCheck(msgspec.Struct, frozen=True):
    """A command whose check character is wrong, or that is too long."""


class Repeat(msgspec.Struct, frozen=True):
    """NAK: say that again."""


Message = Request | Option | Command | BadCheck | Repeat
BREAK = "B0"


class MessageReader:
    """Puts a reader's characters together to messages; what begins no message is dropped."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def pending(self) -> bool:
        """Tell whether the beginning of a message waits for its end."""
        return bool(self._held)

    def drop(self) -> None:
        """Forget an unfinished message."""
        self._held.clear()

    def feed(self, character: int) -> Message | None:
        """Take one character; gives the message that it completes."""
        held = self._held
        if not held or (held[0] != Char.SOH and character in _STARTS):
            held.clear()
            if character in _STARTS:
                held.append(character)
            return Repeat() if character == Char.NAK else None
        held.append(character)
        match held[0]:
            case Char.SLASH:
                return self._request(character)
            case Char.ACK:
                return _option(self._take()) if len(held) == _OPTION_LENGTH else None
            case _:
                return self._command()

    def _take(self) -> bytes:
        whole = bytes(self._held)
        self._held.clear()
        return whole

    def _request(self, character: int) -> Message | None:
        if character != Char.LF and len(self._held) <= MOST_ADDRESS + len(b"/?!\r\n"):
            return None
        found = _REQUEST.fullmatch(self._take())
        return None if found is None else Request(found[1].decode("ascii"))

    def _command(self) -> Message | None:
        if len(self._held) > MOST_COMMAND:
            self._held.clear()
            return BadCheck()
        if self._held[-2] != Char.ETX:
            return None
        whole = self._take()
        found = _COMMAND.fullmatch(whole[:-1])
        name = "" if found is None else found[1].decode("ascii")
        # A break ends a session whatever its check character: some readers write CR LF in its place.
        if name != BREAK and check_character(whole[1:-1]) != whole[-1]:
            return BadCheck()
        return Command(name, "" if found is None else (found[2] or b"").decode("ascii"))


_STARTS = frozenset((Char.SLASH, Char.ACK, Char.SOH))
_OPTION_LENGTH = 6


def _option(whole: bytes) -> Option:
    found = _OPTION.fullmatch(whole)
    return Option() if found is None else Option(*(part.decode("ascii") for part in found.groups()))


def check_character(after_start: bytes) -> int:
    """Give the block check character of what follows SOH or STX, up to and with ETX (ISO 1155: exclusive or)."""
    return reduce(xor, after_start, 0) & _SEVEN_BITS


def character_of(octet: int) -> int:
    """Give the character of an octet, with or without parity in its eighth bit; NUL where that parity is wrong."""
    if octet & _PARITY_BIT and octet.bit_count() % 2:
        return Char.NUL
    return octet & _SEVEN_BITS


def has_parity(octet: int) -> bool:
    """Tell whether an octet carries its parity in the eighth bit."""
    return bool(octet & _PARITY_BIT)


def with_parity(characters: bytes) -> bytes:
    """Put even parity into the eighth bits."""
    return bytes(each | _PARITY_BIT if each.bit_count() % 2 else each for each in characters)


# What a meter writes.


def identification(flag: str, baud_digit: int, text: str, *, mode_e: bool) -> bytes:
    r"""Write `/FLAG Z [\2] text`; the escape sequence offers mode E."""
    escape = "\\2" if mode_e else ""
    return f"/{flag}{baud_digit}{escape}{text}\r\n".encode("ascii")


def option(protocol: str, baud_digit: int, mode: str) -> bytes:
    """Write an acknowledgement and option select: the reader's, or the meter's own before HDLC."""
    return bytes((Char.ACK,)) + f"{protocol}{baud_digit}{mode}".encode("ascii") + _LINE_END


def data_message(lines: list[str]) -> bytes:
    """Write a readout."""
    block = b"".join(line.encode("ascii") + _LINE_END for line in lines)
    return _checked(Char.STX, block + b"!" + _LINE_END)


def answer(data_set: str) -> bytes:
    """Write an answer to a programming command: a data set, or an error in brackets."""
    return _checked(Char.STX, data_set.encode("ascii"))


def command(name: str, data_set: str | None = None) -> bytes:
    """Write a programming command: the meter's P0 and B0, and all of a reader's."""
    data = b"" if data_set is None else bytes((Char.STX,)) + data_set.encode("ascii")
    return _checked(Char.SOH, name.encode("ascii") + data)


def _checked(start: Char, content: bytes) -> bytes:
    checked = content + bytes((Char.ETX,))
    return bytes((start,)) + checked + bytes((check_character(checked),))


def parse_data_set(data: str) -> tuple[str, str] | None:
    """Read `code(value)`: a full code such as 1-0:1.8.0*255 gives its short form. None for anything else."""
    found = _DATA_SET.fullmatch(data)
    if found is None:
        return None
    full = _FULL_CODE.fullmatch(found[1])
    return (full[1] if full else found[1]), found[2]
