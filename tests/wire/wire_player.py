"""Plays transcripts: hex in, hex out, against anything that takes octets and gives octets back.

    # a comment; one of them says where the octets come from
    meter profile=elster-as300p at=2026-01-01T00:00:00Z seed=7 import_wh=12345 export_wh=0
    > 0001 0010 0001 000d  c001c1 0003 0100010800ff 02 00
    < 0001 0001 0010 0009  c401c1 00 06 00003039

Spaces in hex mean nothing; a line that begins with a space goes on with the one before. A `>` without a `<` expects
silence. The home draws nothing, so its registers stay where they are opened, and its clock stands still. With
`prepaid_mp` it has a prepayment contract with that balance, 28.55 p a kWh and 61.12 p a day.
"""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from emulator.device.household import Household, Site
from emulator.device.instant import instant, parse
from emulator.device.meter import Meter
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode
from emulator.device.money.contract import Contract
from emulator.device.money.pricing import Prices
from emulator.dlms.logical_device import LogicalDevices
from emulator.dlms.session import Session
from emulator.farm import library

FOLDER = Path(__file__).parent
PRICES = Prices(tou_mp=(28_550,), standing_mp=61_120)
Send = Callable[[bytes], bytes]
_FLAG = 0x7E
_HDLC_HEAD, _WRAPPER_HEAD = 3, 8


class TranscriptError(ValueError):
    """A transcript that cannot be played; the text names file and line."""


class MismatchError(AssertionError):
    """The other side answered something else than the transcript says."""


class Settings(NamedTuple):
    """Which meter a transcript talks to."""

    profile: str = "elster-as300p"
    at: int = 0
    seed: int = 0
    import_wh: int = 0
    export_wh: int = 0
    prepaid_mp: int = 0


class Turn(NamedTuple):
    """What is sent, what must come back, and in which line the sending stands."""

    line: int
    sent: bytes
    expected: bytes


class Transcript(NamedTuple):
    """A conversation with a meter."""

    name: str
    settings: Settings
    turns: tuple[Turn, ...]


def names() -> list[str]:
    """Name the transcripts of the folder."""
    return sorted(path.stem for path in FOLDER.glob("*.wire"))


def load(name: str) -> Transcript:
    """Read a transcript of the folder. Raises TranscriptError."""
    return read((FOLDER / f"{name}.wire").read_text("utf-8"), name)


def read(text: str, name: str) -> Transcript:
    """Read a transcript. Raises TranscriptError."""
    settings: Settings | None = None
    turns: list[list[int | str]] = []
    mark = ""
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}:{number}"
        if not line.strip() or line[0] == "#":
            mark = ""
        elif line.startswith("meter "):
            if settings is not None or turns:
                raise TranscriptError(f"{where}: one meter, before the first line")
            settings = _settings(line.split()[1:], where)
        elif line[0] in "<> ":
            mark = mark if line[0] == " " else line[0]
            if line[0] == ">":
                turns.append([number, "", ""])
            if not mark or not turns:
                raise TranscriptError(f"{where}: nothing was sent yet")
            place = 1 if mark == ">" else 2
            turns[-1][place] = f"{turns[-1][place]}{_hex(line[1:], where)}"
        else:
            raise TranscriptError(f"{where}: a line begins with #, meter, >, < or a space")
    if settings is None or not turns:
        raise TranscriptError(f"{name}: no meter, or nothing is said")
    made = [Turn(int(line), bytes.fromhex(str(sent)), bytes.fromhex(str(back))) for line, sent, back in turns]
    return Transcript(name, settings, tuple(made))


def _hex(text: str, where: str) -> str:
    octets = "".join(text.split())
    try:
        return bytes.fromhex(octets).hex()
    except ValueError as error:
        raise TranscriptError(f"{where}: {error}") from error


def _settings(words: list[str], where: str) -> Settings:
    given: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if key not in Settings._fields or not equals or key in given:
            raise TranscriptError(f"{where}: {word!r} is none of {', '.join(Settings._fields)}, each once")
        given[key] = value
    try:
        return Settings(
            given.get("profile", "elster-as300p"),
            parse(given.get("at", "2026-01-01T00:00:00Z")),
            *(int(given.get(key, "0")) for key in ("seed", "import_wh", "export_wh", "prepaid_mp")),
        )
    except ValueError as error:
        raise TranscriptError(f"{where}: {error}") from error


def play(transcript: Transcript, send: Send) -> None:
    """Say every line and compare every answer. Raises MismatchError."""
    for turn in transcript.turns:
        answer = send(turn.sent)
        if answer != turn.expected:
            raise MismatchError(_difference(transcript.name, turn, answer))


def _difference(name: str, turn: Turn, answer: bytes) -> str:
    pairs = zip(answer, turn.expected, strict=False)
    place = next((place for place, (one, other) in enumerate(pairs) if one != other), None)
    at = min(len(answer), len(turn.expected)) if place is None else place
    return (
        f"{name}:{turn.line}: the answers differ from octet {at} on\n"
        f"  sent     {turn.sent.hex()}\n  expected {turn.expected.hex()}\n  received {answer.hex()}"
    )


# What may be played against


def devices(settings: Settings) -> LogicalDevices:
    """Make the meter of a transcript. Its identity is the same in all of them."""
    home = Household(
        shape="none", daily_import_wh=0, opening_import_wh=settings.import_wh, opening_export_wh=settings.export_wh
    )
    site = Site(
        key=settings.seed,
        profile=library.packaged(settings.profile),
        serial="14K0000001",
        eui64=0x00237E0000000001,
        mpan="2000000000006",
        hub_serial="H14K0000001",
        hub_eui64=0x001A630000000001,
        iccid="8944100000000000014",
        imsi="234150000000001",
        household=home,
        installed_at=instant(2014, 5, 5, 10),
    )
    meter = Meter(site, settings.at)
    if settings.prepaid_mp:
        meter.note(AccountStarts(Contract(Mode.PREPAYMENT, settings.prepaid_mp, PRICES)))
    return LogicalDevices(meter, ("127.0.0.1", 4059))


def to_session(settings: Settings) -> Send:
    """Play against a session of a new meter, whose time stands still."""
    session = Session(devices(settings))
    return lambda octets: b"".join(session.receive(octets, settings.at))


def to_socket(connection: socket.socket, patience_s: float = 2.0) -> Send:
    """Play over a connected socket: one whole frame is awaited; after `patience_s` of silence what came is taken."""
    connection.settimeout(patience_s)

    def send(octets: bytes) -> bytes:
        connection.sendall(octets)
        received = bytearray()
        try:
            while (missing := _missing(received)) and (chunk := connection.recv(missing)):
                received += chunk
        except TimeoutError:
            pass
        return bytes(received)

    return send


def _missing(received: bytes | bytearray) -> int:
    """Say how many octets are surely still to come."""
    if len(received) < _HDLC_HEAD:
        return _HDLC_HEAD - len(received)
    if received[0] == _FLAG:
        return (int.from_bytes(received[1:3], "big") & 0x7FF) + 2 - len(received)
    if len(received) < _WRAPPER_HEAD:
        return _WRAPPER_HEAD - len(received)
    return _WRAPPER_HEAD + int.from_bytes(received[6:8], "big") - len(received)
