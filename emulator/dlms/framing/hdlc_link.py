"""One HDLC connection as the secondary station sees it (IEC 62056-46, 6.4.3 and 6.4.4; the table is in docs/hdlc.md).

A link belongs to one client and one logical device. It knows modes, numbers and who may speak; `hdlc_server` finds the
link that a frame is for.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum, IntEnum

import msgspec

from emulator.dlms.framing.errors import FramingError
from emulator.dlms.framing.hdlc_frame import CONTROLS, Control, Frame, FrameKind, control_octet, encode_frame
from emulator.dlms.framing.hdlc_parameters import DEFAULT_LIMITS, HdlcLimits, decode_limits, encode_limits, negotiate
from emulator.dlms.framing.hdlc_window import MAX_PDU_OCTETS, Reassembly, SendWindow

LLC_COMMAND = b"\xe6\xe6\x00"  # destination LSAP, source LSAP of a client, quality (6.3.4)
LLC_RESPONSE = b"\xe6\xe7\x00"
MAX_WAITING_NOTICES = 16  # UI frames that wait for the turn; the oldest is lost first, as a UI frame may be


class Transmit(msgspec.Struct, frozen=True):
    """Write these octets now."""

    octets: bytes


class Connected(msgspec.Struct, frozen=True):
    """A client has set up the data link to a logical device."""

    client: int
    server: int


class Disconnected(msgspec.Struct, frozen=True):
    """That data link is gone, and any association on it with it."""

    client: int
    server: int


class Delivery(msgspec.Struct, frozen=True):
    """An APDU for a logical device. One that is not confirmed came in a UI frame and expects no answer."""

    client: int
    server: int
    apdu: bytes
    confirmed: bool = True


Event = Transmit | Connected | Disconnected | Delivery


class Mode(IntEnum):
    """The modes of a secondary station: normal disconnected, normal response, and after an FRMR until SNRM or DISC."""

    NDM = 0
    NRM = 1
    REJECTED = 2


class Reject(Enum):
    """Why a frame is rejected: the bits of the third octet of FRMR information (ISO/IEC 13239, 5.5.3.4.2)."""

    UNKNOWN_COMMAND = 0x01  # w
    INFORMATION_NOT_PERMITTED = 0x03  # x, with w
    INFORMATION_TOO_LONG = 0x04  # y
    BAD_RECEIVE_NUMBER = 0x08  # z


_DM = control_octet(FrameKind.DM, poll_final=True)
_UA = control_octet(FrameKind.UA, poll_final=True)
_FRMR = control_octet(FrameKind.FRMR, poll_final=True)
_UI = control_octet(FrameKind.UI, poll_final=False)
_UI_FINAL = control_octet(FrameKind.UI, poll_final=True)
_RR_FINAL = tuple(control_octet(FrameKind.RR, poll_final=True, receive_number=number) for number in range(8))


class HdlcLink:
    """The state of one client and logical device pair."""

    __slots__ = (
        "_client",
        "_frmr_information",
        "_limits",
        "_notices",
        "_offered",
        "_polled",
        "_received",
        "_server",
        "_window",
        "addresses",
        "mode",
    )

    def __init__(self, client: int, server: int, addresses: bytes, offered: HdlcLimits) -> None:
        self._client = client
        self._server = server
        self.addresses = addresses  # destination and source of what we send
        self._offered = offered
        self.mode = Mode.NDM
        self._notices: deque[bytes] = deque(maxlen=MAX_WAITING_NOTICES)
        self._reset(DEFAULT_LIMITS)

    def _reset(self, limits: HdlcLimits) -> None:
        self._limits = limits
        self._window = SendWindow(limits)
        self._received = Reassembly()
        self._polled = False  # the client has given us the turn and waits
        self._frmr_information = b""

    def receive(self, frame: Frame) -> Iterable[Event]:
        """Act on a frame of this link: what to send, to deliver and to tell, in order."""
        control = CONTROLS[frame.control]
        return _TABLE[self.mode][control.kind](self, frame, control)

    def send(self, apdu: bytes) -> bytes:
        """Queue an APDU and give what may go out now: nothing, unless the client waits for us."""
        if self.mode is not Mode.NRM:
            return b""
        self._window.push(LLC_RESPONSE + apdu)
        return self._take_turn() if self._polled else b""

    def send_unnumbered(self, apdu: bytes) -> bytes:
        """Queue a UI frame for the next turn (6.4.4.7). Raises FramingError if it does not fit one frame."""
        if len(LLC_RESPONSE) + len(apdu) > self._limits.max_info_transmit:
            raise FramingError("oversize", f"{len(apdu)} octets do not fit one UI frame")
        self._notices.append(LLC_RESPONSE + apdu)
        return b""

    def acknowledge(self) -> bytes:
        """Give the turn back without an answer, if we have it."""
        return self._take_turn() if self.mode is Mode.NRM and self._polled else b""

    def drop(self) -> tuple[Event, ...]:
        """Go to NDM without a word on the line."""
        was, self.mode = self.mode, Mode.NDM
        self._reset(DEFAULT_LIMITS)
        return (Disconnected(self._client, self._server),) if was is Mode.NRM else ()

    def _frame(self, control: int, information: bytes = b"") -> bytes:
        return encode_frame(self.addresses, control, information)

    def _take_turn(self, *, may_send_information: bool = True) -> bytes:
        """Speak: waiting UI frames, then I frames if any are held, else RR. The last one is final."""
        self._polled = False
        if self._window and may_send_information:
            last = self._window.transmit(self.addresses, self._received.receive_number)
        else:
            last = self._frame(_RR_FINAL[self._received.receive_number])
        if not self._notices:
            return last
        notices = b"".join(self._frame(_UI, notice) for notice in self._notices)
        self._notices.clear()
        return notices + last

    # The actions of the table below, each on a frame that has come.

    def refuse(self, _: Frame, control: Control) -> tuple[Event, ...]:
        """Say that no link is up, if polled."""
        return (Transmit(self._frame(_DM)),) if control.poll_final else ()

    def refuse_connection(self) -> tuple[Event, ...]:
        """Answer an SNRM that cannot be acted on: DM, and no link is up (6.4.3.9)."""
        return (*self.drop(), Transmit(self._frame(_DM)))

    def connect(self, frame: Frame, control: Control) -> tuple[Event, ...]:
        """Go to NRM with what both sides can do; a link that was up ends first. Without P nothing happens."""
        if not control.poll_final:
            return ()
        try:
            limits = negotiate(self._offered, decode_limits(frame.information))
        except FramingError:
            return self.refuse_connection()
        ended = self.drop()
        self.mode = Mode.NRM
        self._reset(limits)
        answer = Transmit(self._frame(_UA, encode_limits(limits)))
        return (*ended, Connected(self._client, self._server), answer)

    def disconnect(self, _: Frame, control: Control) -> tuple[Event, ...]:
        """Go to NDM."""
        ended = self.drop()
        return (*ended, Transmit(self._frame(_UA))) if control.poll_final else ended

    def _reject(self, frame: Frame, reason: Reject) -> tuple[Event, ...]:
        numbers = self._window.send_number << 1 | self._received.receive_number << 5
        information = bytes((frame.control, numbers, reason.value))
        ended = self.drop()
        self.mode = Mode.REJECTED
        self._frmr_information = information
        return (*ended, *self.repeat_rejection(frame, CONTROLS[frame.control]))

    def repeat_rejection(self, _: Frame, control: Control) -> tuple[Event, ...]:
        """Say again what was rejected, until SNRM or DISC (ISO/IEC 13239, 5.6.4)."""
        return (Transmit(self._frame(_FRMR, self._frmr_information)),) if control.poll_final else ()

    def reject_unknown(self, frame: Frame, _: Control) -> tuple[Event, ...]:
        """Reject what is not a command of this profile."""
        return self._reject(frame, Reject.UNKNOWN_COMMAND)

    def take_information(self, frame: Frame, control: Control) -> tuple[Event, ...]:
        """Take an I frame: acknowledge, deliver when whole, and speak if polled and nothing was delivered."""
        information = frame.information
        received = self._received
        if len(information) > self._limits.max_info_receive or received.overflows(information):
            return self._reject(frame, Reject.INFORMATION_TOO_LONG)
        if not self._window.acknowledge(control.receive_number):
            return self._reject(frame, Reject.BAD_RECEIVE_NUMBER)
        if control.poll_final:
            self._polled = True
        # A repeated frame is not taken twice: the answer to it, still held, goes again with the turn. Nor is a new one
        # taken from a client that leaves more unacknowledged than we are ready to hold.
        if control.send_number == received.receive_number and self._window.octets <= MAX_PDU_OCTETS:
            pdu = received.take(information, segmented=frame.segmented)
            if pdu is not None and pdu.startswith(LLC_COMMAND):
                return (Delivery(self._client, self._server, pdu[len(LLC_COMMAND) :]),)
        return (Transmit(self._take_turn()),) if control.poll_final else ()

    def take_supervisory(self, frame: Frame, control: Control) -> tuple[Event, ...]:
        """Take an RR or RNR: what it does not acknowledge goes again, unless the client is busy."""
        if frame.information:
            return self._reject(frame, Reject.INFORMATION_NOT_PERMITTED)
        if not self._window.acknowledge(control.receive_number):
            return self._reject(frame, Reject.BAD_RECEIVE_NUMBER)
        if not control.poll_final:
            return ()
        return (Transmit(self._take_turn(may_send_information=control.kind is FrameKind.RR)),)

    def take_unnumbered(self, frame: Frame, control: Control) -> Iterator[Event]:
        """Take a UI frame, which the modes and numbers do not touch; an empty one with P fetches ours (6.4.4.7)."""
        if len(frame.information) > self._offered.max_info_receive:
            if self.mode is Mode.NRM:
                yield from self._reject(frame, Reject.INFORMATION_TOO_LONG)
            return
        if control.poll_final:
            self._polled = True
        if frame.information.startswith(LLC_COMMAND):
            apdu = frame.information[len(LLC_COMMAND) :]
            yield Delivery(self._client, self._server, apdu, confirmed=False)
        if not (control.poll_final and self._polled):
            return
        self._polled = False
        if self._notices:
            *first, last = self._notices
            self._notices.clear()
            frames = [self._frame(_UI, notice) for notice in first]
            yield Transmit(b"".join((*frames, self._frame(_UI_FINAL, last))))
        elif self.mode is Mode.NRM:
            yield Transmit(self._take_turn(may_send_information=False))  # UI says nothing of what arrived
        else:
            yield Transmit(self._frame(_DM))


_Action = Callable[[HdlcLink, Frame, Control], Iterable[Event]]


def _row(otherwise: _Action, **actions: _Action) -> Mapping[FrameKind, _Action]:
    return {kind: actions.get(kind.name, otherwise) for kind in FrameKind}


_TABLE: Mapping[Mode, Mapping[FrameKind, _Action]] = {
    Mode.NDM: _row(HdlcLink.refuse, SNRM=HdlcLink.connect, UI=HdlcLink.take_unnumbered),
    Mode.NRM: _row(
        HdlcLink.reject_unknown,
        SNRM=HdlcLink.connect,
        DISC=HdlcLink.disconnect,
        I=HdlcLink.take_information,
        RR=HdlcLink.take_supervisory,
        RNR=HdlcLink.take_supervisory,
        UI=HdlcLink.take_unnumbered,
    ),
    Mode.REJECTED: _row(HdlcLink.repeat_rejection, SNRM=HdlcLink.connect, DISC=HdlcLink.disconnect),
}
