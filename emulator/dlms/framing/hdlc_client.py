"""The primary station: one data link to one logical device, for our own head end (IEC 62056-46, 6.4.4; docs/hdlc.md).

The mirror of `hdlc_server`. Does no I/O and keeps no timer: when an answer is late, the caller sends `repeat()`, and it
is the caller who counts how often.
"""

from collections import Counter
from collections.abc import Iterable
from enum import Enum

import msgspec

from emulator.dlms.framing.errors import FramingError
from emulator.dlms.framing.hdlc_frame import (
    CONTROLS,
    Control,
    Frame,
    FrameKind,
    HdlcDeframer,
    control_octet,
    encode_address,
    encode_frame,
)
from emulator.dlms.framing.hdlc_link import LLC_COMMAND, LLC_RESPONSE, Transmit
from emulator.dlms.framing.hdlc_parameters import DEFAULT_LIMITS, HdlcLimits, decode_limits, encode_limits, negotiate
from emulator.dlms.framing.hdlc_window import Reassembly, SendWindow

__all__ = [
    "Acknowledged",
    "Connected",
    "Disconnected",
    "Event",
    "HdlcClient",
    "HdlcLimits",
    "Notification",
    "Refused",
    "Response",
    "Transmit",
]

MAX_STALLED_TURNS = 5  # answers in a row that bring nothing new before the link is given up; a bound of our own


class Connected(msgspec.Struct, frozen=True):
    """The link is up, with what both sides agreed on."""

    limits: HdlcLimits


class Disconnected(msgspec.Struct, frozen=True):
    """The server has confirmed that the link is down."""


class Response(msgspec.Struct, frozen=True):
    """A whole APDU from the server."""

    apdu: bytes


class Notification(msgspec.Struct, frozen=True):
    """An APDU from the server in a UI frame, which nobody asked for."""

    apdu: bytes


class Acknowledged(msgspec.Struct, frozen=True):
    """The server has everything and nothing to say yet. `poll` asks again."""


class Refused(msgspec.Struct, frozen=True):
    """The link is not up, or no longer: `dm`, `frmr`, or what the server did wrong in a word. Connect again."""

    kind: str


Event = Transmit | Connected | Disconnected | Response | Notification | Acknowledged | Refused


class _State(Enum):
    DOWN = "down"
    CONNECTING = "connecting"
    UP = "up"
    DISCONNECTING = "disconnecting"


_SNRM = control_octet(FrameKind.SNRM, poll_final=True)
_DISC = control_octet(FrameKind.DISC, poll_final=True)
_RR_POLL = tuple(control_octet(FrameKind.RR, poll_final=True, receive_number=number) for number in range(8))


class HdlcClient:
    """A client SAP that talks to the logical device at `server`, an address as `encode_address` writes it."""

    def __init__(self, client: int, server: bytes, limits: HdlcLimits = DEFAULT_LIMITS) -> None:
        self._own = encode_address(client)
        self._server = server
        self._addresses = server + self._own
        self._offered = limits
        self._deframer = HdlcDeframer()
        self._state = _State.DOWN
        self._reset(DEFAULT_LIMITS)

    def _reset(self, limits: HdlcLimits) -> None:
        self._limits = limits
        self._window = SendWindow(limits)
        self._received = Reassembly()
        self._stalled = 0

    @property
    def rejected(self) -> Counter[str]:
        """Count what was received and was no frame, by kind."""
        return self._deframer.rejected

    @property
    def pending(self) -> bool:
        """Tell whether the beginning of a frame waits for its end."""
        return self._deframer.pending

    def connect(self) -> bytes:
        """Ask for a link. The parameters are proposed only if they differ from the defaults (6.4.4.4.3.2)."""
        self._state = _State.CONNECTING
        self._reset(DEFAULT_LIMITS)
        proposal = b"" if self._offered == DEFAULT_LIMITS else encode_limits(self._offered)
        return encode_frame(self._addresses, _SNRM, proposal)

    def disconnect(self) -> bytes:
        """Ask to take the link down."""
        self._state = _State.DISCONNECTING
        return encode_frame(self._addresses, _DISC)

    def request(self, apdu: bytes) -> bytes:
        """Send an APDU: the octets of the first window. The rest goes as the server acknowledges."""
        if self._state is not _State.UP:
            raise FramingError("not_connected", "an I frame needs a link that is up")
        self._stalled = 0
        self._window.push(LLC_COMMAND + apdu)
        return self._window.transmit(self._addresses, self._received.receive_number)

    def poll(self) -> bytes:
        """Give the server the turn without sending it anything."""
        return encode_frame(self._addresses, _RR_POLL[self._received.receive_number])

    def repeat(self) -> bytes:
        """Give what to send when no answer came: the command again, but an RR in place of an I frame (6.4.4.9.1)."""
        self._deframer.drop_incomplete()
        if self._state is _State.CONNECTING:
            return self.connect()
        return self.disconnect() if self._state is _State.DISCONNECTING else self.poll()

    def feed(self, data: bytes) -> list[Event]:
        """Take received octets: what happened and what to send, in order."""
        return [event for frame in self._deframer.feed(data) for event in self._receive(frame)]

    def _receive(self, frame: Frame) -> Iterable[Event]:
        if frame.destination != self._own or frame.source != self._server:
            return ()
        control = CONTROLS[frame.control]
        kind = control.kind
        if kind is FrameKind.I or kind is FrameKind.RR or kind is FrameKind.RNR:
            return self._numbered(frame, control) if self._state is _State.UP else ()
        if kind is FrameKind.UI:
            known = frame.information.startswith(LLC_RESPONSE)
            return (Notification(frame.information[len(LLC_RESPONSE) :]),) if known else ()
        if kind is FrameKind.UA and self._state is _State.CONNECTING:
            return self._confirm(frame)
        if kind in (FrameKind.UA, FrameKind.DM) and self._state is _State.DISCONNECTING:
            self._state = _State.DOWN
            return (Disconnected(),)
        if kind is FrameKind.DM or kind is FrameKind.FRMR:
            return self._give_up(kind.name.lower())
        return ()

    def _give_up(self, why: str) -> tuple[Event, ...]:
        was, self._state = self._state, _State.DOWN
        return () if was is _State.DOWN else (Refused(why),)

    def _confirm(self, frame: Frame) -> tuple[Event, ...]:
        try:
            limits = negotiate(self._offered, decode_limits(frame.information))
        except FramingError as error:
            return self._give_up(error.kind)
        self._state = _State.UP
        self._reset(limits)
        return (Connected(limits),)

    def _numbered(self, frame: Frame, control: Control) -> tuple[Event, ...]:
        received = self._received
        waiting = len(self._window)
        if not self._window.acknowledge(control.receive_number):
            return self._give_up("bad_receive_number")
        news = len(self._window) < waiting
        pdu = None
        if control.kind is FrameKind.I and control.send_number == received.receive_number:
            if received.overflows(frame.information):
                return self._give_up("oversize")
            news = True
            pdu = received.take(frame.information, segmented=frame.segmented)
        at_rest = not self._window and not received.pending and control.kind is not FrameKind.I
        self._stalled = 0 if news or at_rest else self._stalled + 1
        if self._stalled > MAX_STALLED_TURNS:
            return self._give_up("no_progress")
        if pdu is not None:
            if not pdu.startswith(LLC_RESPONSE):
                return self._give_up("bad_llc")
            return (Response(pdu[len(LLC_RESPONSE) :]),)
        if not control.poll_final:
            return ()
        if self._window and control.kind is not FrameKind.RNR:
            return (Transmit(self._window.transmit(self._addresses, received.receive_number)),)
        if control.kind is FrameKind.I or received.pending:
            return (Transmit(self.poll()),)
        return (Acknowledged(),)
