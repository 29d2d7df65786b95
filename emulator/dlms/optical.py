"""The optical port: one reader at a time, from the sign-on at 300 baud to a readout, to programming, or to HDLC.

    idle --/?!--> identified --ACK 0 Z 0--> read out --> idle
                             --ACK 0 Z 1--> programming --B0--> idle
                             --ACK 2 Z 2--> HDLC --DISC--> idle
    any --a break, silence, no power--> idle

It does no I/O: octets come with the time of the line and the speed they were sent at, and leave with theirs. See
docs/optical.md for every state and what it answers.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

from emulator.device.household import Site
from emulator.device.instant import SECOND
from emulator.device.meter import Metered
from emulator.device.profile import Model, Profile
from emulator.device.profiles.profile_optical import Optical
from emulator.dlms import optical_codes
from emulator.dlms.framing import iec62056
from emulator.dlms.framing.iec62056 import (
    BAUDS,
    SIGN_ON_BAUD,
    BadCheck,
    Char,
    Command,
    Message,
    Option,
    Repeat,
    Request,
)
from emulator.dlms.logical_device import LogicalDevices
from emulator.dlms.optical_programming import Programming
from emulator.dlms.session import FLAG, Session

REACTION_MS, FAST_REACTION_MS = 200, 20  # the shortest a reader must be given (IEC 62056-21, reaction time)
ANSWER_MS = 1_500  # how long the other side may take to react
GAP_MS = 1_500  # between two characters of one message
INACTIVITY_MS = 90_000  # the standard has 60 to 120 s
OPTION_MS = 200  # six characters at 300 baud take that long
BITS_A_CHARACTER = 10
MODE_C, MODE_E = "0", "2"  # protocol control characters
READOUT, PROGRAMMING, HDLC = (MODE_C, "0"), (MODE_C, "1"), (MODE_E, "2")


class Sent(NamedTuple):
    """Octets to send: at which speed, and how long after what they answer."""

    octets: bytes
    baud: int
    after_ms: int


class State(Enum):
    """How far a reader has come."""

    IDLE = "idle"
    IDENTIFIED = "identified"
    READ_OUT = "read out"
    PROGRAMMING = "programming"
    HDLC = "hdlc"


def block_of(site: Site) -> Optical | None:
    """Give the profile's block of a meter's optical port; None where it has none."""
    profile: Profile = site.profile
    return profile.optical if site.fuel == "electricity" else profile.gas_optical


class OpticalPort:
    """The optical port of one meter. Time of the line is in milliseconds; the meter's own is an instant."""

    __slots__ = (
        "_advance",
        "_deadline",
        "_devices",
        "_hdlc",
        "_heard_at",
        "_last",
        "_left_at",
        "_meter",
        "_parity",
        "_programming",
        "_reader",
        "baud",
        "state",
    )

    def __init__(
        self,
        meter: Metered[Any],
        devices: LogicalDevices | None = None,
        advance: Callable[[int], None] | None = None,
    ) -> None:
        """Serve a meter; without logical devices there is no mode E. `advance` moves all that lives beside it too."""
        self._meter = meter
        self._devices = devices
        self._advance = advance or meter.advance
        self._reader = iec62056.MessageReader()
        self._heard_at = self._left_at = 0
        self._fall_back()

    def _fall_back(self) -> None:
        """Return to the beginning."""
        self.state = State.IDLE
        self.baud = SIGN_ON_BAUD  # what the port listens at
        self._deadline: int | None = None
        self._hdlc: Session | None = None
        self._last: Sent | None = None
        self._programming: Programming | None = None
        self._parity = False
        self._reader.drop()

    @property
    def _block(self) -> Optical | None:
        return block_of(self._meter.site)

    @property
    def closed(self) -> str:
        """Why the port hears nothing: none, no_power, locked; empty where it does."""
        records = self._meter.records
        if self._block is None:
            return "none"
        if not self._meter.kind.awake(records):
            return "no_power"
        return "locked" if records.optical_locked else ""

    @property
    def _asleep(self) -> bool:
        """Whether the window that a key press opens has gone by."""
        block, pressed_at = self._block, self._meter.records.face.pressed_at
        if block is None or not block.window_s:
            return block is None
        return not pressed_at or self._meter.now >= pressed_at + block.window_s * SECOND

    @property
    def _modes(self) -> tuple[str, ...]:
        block = self._block
        offered = () if block is None else block.modes
        return tuple(mode for mode in offered if mode == "C" or self._speaks_hdlc)

    @property
    def _speaks_hdlc(self) -> bool:
        return self._devices is not None and self._meter.site.profile.hdlc is not None

    # The road.

    def receive(self, data: bytes, now: int, line_now: int, baud: int | None = None) -> list[Sent]:
        """Take octets that were sent at a speed (None: at the right one) and give what to send."""
        if now > self._meter.now:
            self._advance(now)
        sent = self.tick(line_now)
        if line_now - self._heard_at > GAP_MS:
            self._reader.drop()
        self._heard_at = line_now
        start = 0
        while start < len(data) and not self.closed:
            if baud is not None and baud != self.baud:
                if self.state is not State.READ_OUT or baud != SIGN_ON_BAUD:
                    self._reader.drop()
                    break  # noise; nothing in it changes the speed
                self._fall_back()  # the reader has what it wanted, and begins anew
            if self.state is State.HDLC:
                end = data.find(FLAG, start) + 1 or len(data)
                sent += self._speak_hdlc(data[start:end], now, line_now)
            else:
                end = start + 1
                sent += self._hear(data[start], line_now)
            start = end
        self._set_deadline()
        return sent

    def line_due(self) -> int | None:
        """Say when `tick` has something to do, in the line's time."""
        return self._deadline

    def tick(self, line_now: int) -> list[Sent]:
        """Do what silence brings about: a readout for a reader that only listens, or back to the beginning."""
        if self.closed:
            self._fall_back()
        if self._deadline is None or line_now < self._deadline:
            return []
        listens = self.state is State.IDENTIFIED and "C" in self._modes
        if not listens:
            self._fall_back()
            return []
        sent = self._read_out(SIGN_ON_BAUD, line_now)
        self._set_deadline()
        return sent

    def _set_deadline(self) -> None:
        quiet = max(self._left_at, self._heard_at)
        match self.state:
            case State.IDLE:
                self._deadline = None
            case State.IDENTIFIED:
                self._deadline = self._left_at + ANSWER_MS + OPTION_MS
            case State.READ_OUT:
                self._deadline = self._left_at + ANSWER_MS
            case State.PROGRAMMING:
                self._deadline = quiet + INACTIVITY_MS
            case State.HDLC:
                linked = None if self._hdlc is None else self._hdlc.line_due
                self._deadline = quiet + INACTIVITY_MS if linked is None else linked

    def _hear(self, octet: int, line_now: int) -> list[Sent]:
        character = iec62056.character_of(octet)
        if character == Char.SLASH:
            self._parity = iec62056.has_parity(octet)
        message = self._reader.feed(character)
        return [] if message is None else self._answer(message, line_now)

    def _answer(self, message: Message, line_now: int) -> list[Sent]:
        state = self.state
        match message:
            case Request(address) if state is not State.PROGRAMMING:
                return self._identify(address, line_now)
            case Option() if state is State.IDENTIFIED:
                return self._select(message, line_now)
            case Command(name=iec62056.BREAK):
                self._fall_back()
            case Command() if state is State.PROGRAMMING:
                return self._perform(message, line_now)
            case BadCheck() if state is State.PROGRAMMING:
                return self._say(bytes((Char.NAK,)), line_now, again=False)
            case Repeat() if self._last is not None and state in {State.READ_OUT, State.PROGRAMMING}:
                return self._say(self._last.octets, line_now)
        return []

    def _say(self, characters: bytes, line_now: int, *, again: bool = True) -> list[Sent]:
        """Send characters at the present speed, in the way the reader writes its own; NAK has them repeated."""
        block = self._block
        least = FAST_REACTION_MS if block is not None and block.fast_reaction else REACTION_MS
        after_ms = max(least, 0 if block is None else block.reaction_ms)
        sent = Sent(iec62056.with_parity(characters) if self._parity else characters, self.baud, after_ms)
        self._leaves(sent, line_now)
        if again:
            self._last = Sent(characters, self.baud, after_ms)
        return [sent]

    def _leaves(self, sent: Sent, line_now: int) -> None:
        takes_ms = len(sent.octets) * BITS_A_CHARACTER * SECOND // sent.baud
        self._left_at = max(line_now, self._left_at) + sent.after_ms + takes_ms

    # Sign-on

    def _identify(self, address: str, line_now: int) -> list[Sent]:
        block = self._block
        parity = self._parity
        self._fall_back()
        serial = self._meter.site.serial
        if block is None or self._asleep or (address.strip("0 ") and address.lstrip("0 ") != serial.lstrip("0")):
            return []
        self.state, self._parity = State.IDENTIFIED, parity
        model = self._model
        flag = model.flag[:2] + model.flag[2].lower() if block.fast_reaction else model.flag
        text = _named(block.identification or model.model)
        offers_hdlc = "E" in self._modes
        return self._say(iec62056.identification(flag, block.baud_digit, text, mode_e=offers_hdlc), line_now)

    @property
    def _model(self) -> Model:
        profile: Profile = self._meter.site.profile
        return profile.model if self._meter.site.fuel == "electricity" else profile.gas_model or profile.model

    def _select(self, chosen: Option, line_now: int) -> list[Sent]:
        """Go where the reader wants; one that cannot be followed gets a readout at 300 baud, as in mode A."""
        block, modes = self._block, self._modes
        digit = int(chosen.baud) if chosen.baud.isdecimal() else len(BAUDS)
        wanted = (chosen.protocol, chosen.mode)
        if block is None or digit > block.baud_digit or wanted not in _STATES or _STATES[wanted][0] not in modes:
            if "C" not in modes:
                self._fall_back()
                return []
            return self._read_out(SIGN_ON_BAUD, line_now)
        if wanted == READOUT:
            return self._read_out(BAUDS[digit], line_now)
        self.state, self.baud = _STATES[wanted][1], BAUDS[digit]
        if wanted == PROGRAMMING:
            self._programming = Programming(self._meter)
            return self._say(iec62056.command("P0", f"({self._meter.site.serial})"), line_now)
        assert self._devices is not None
        self._hdlc = Session(self._devices)
        self._hdlc.receive(bytes((FLAG,)), self._meter.now, line_now)  # a flag alone: it is HDLC, and begins nothing
        return self._say(iec62056.option(MODE_E, digit, "2"), line_now)

    def _read_out(self, baud: int, line_now: int) -> list[Sent]:
        block = self._block
        self.state, self.baud = State.READ_OUT, baud
        lines = [] if block is None else optical_codes.readout(self._meter, block.readout)
        return self._say(iec62056.data_message(lines), line_now)

    # Programming

    def _perform(self, asked: Command, line_now: int) -> list[Sent]:
        assert self._programming is not None
        sent = self._say(self._programming.perform(asked), line_now)
        if self._programming.broken_off:
            self._fall_back()
        return sent

    # HDLC

    def _speak_hdlc(self, data: bytes, now: int, line_now: int) -> list[Sent]:
        """Hand octets up to a flag to the HDLC server: only a flag ends a frame, and a frame may end the link."""
        assert self._hdlc is not None
        linked = self._hdlc.line_due is not None
        sent = [Sent(octets, self.baud, 0) for octets in self._hdlc.receive(data, now, line_now)]
        for one in sent:
            self._leaves(one, line_now)
        if linked and self._hdlc.line_due is None:
            self._fall_back()
        return sent


_STATES = {
    READOUT: ("C", State.READ_OUT),
    PROGRAMMING: ("C", State.PROGRAMMING),
    HDLC: ("E", State.HDLC),
}


def _named(text: str) -> str:
    """Give a text as an identification: 16 characters, and none that ends one or begins an escape sequence."""
    return "".join(each for each in text if " " <= each <= "~" and each not in "/!\\")[:16]
