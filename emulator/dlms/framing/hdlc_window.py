"""Numbered information: segments out under a window, segments in until whole (IEC 62056-46, 6.4.4.4.3.4 to .6).

Both stations of an HDLC link use it. Knows V(S), V(R) and segments; knows nothing of modes or of who may speak.
"""

from collections import deque

from emulator.dlms.framing.hdlc_frame import MODULO, POLL_FINAL, encode_frame
from emulator.dlms.framing.hdlc_parameters import HdlcLimits

MAX_PDU_OCTETS = 65_536  # bound of a reassembled LLC PDU; of our own choice, an APDU length has 16 bits


class SendWindow:
    """Segments not yet acknowledged, oldest first. Each transmission goes back to the oldest (checkpoint recovery).

    In normal response mode a station that speaks has just been told by N(R) what arrived, so whatever is still held
    then is lost and goes again, together with new segments as far as the window allows.
    """

    __slots__ = ("_first", "_in_flight", "_max_information", "_segments", "_size", "octets")

    def __init__(self, limits: HdlcLimits) -> None:
        self._size = limits.window_transmit
        self._max_information = limits.max_info_transmit
        self._segments: deque[tuple[bytes, bool]] = deque()
        self._first = 0  # number of the oldest segment
        self._in_flight = 0  # how many were sent at least once
        self.octets = 0

    def __len__(self) -> int:
        return len(self._segments)

    @property
    def send_number(self) -> int:
        """V(S): the number of the next segment that was never sent."""
        return (self._first + self._in_flight) % MODULO

    def push(self, pdu: bytes) -> None:
        """Queue a PDU, cut into segments."""
        self.octets += len(pdu)
        size = self._max_information
        if len(pdu) <= size:
            self._segments.append((pdu, False))
            return
        for start in range(0, len(pdu), size):
            self._segments.append((pdu[start : start + size], start + size < len(pdu)))

    def acknowledge(self, receive_number: int) -> bool:
        """Forget what N(R) acknowledges. False if N(R) speaks of what is long acknowledged or was never sent."""
        acknowledged = (receive_number - self._first) % MODULO
        if acknowledged > self._in_flight:
            return False
        if acknowledged:
            self._first = receive_number
            self._in_flight -= acknowledged
            for _ in range(acknowledged):
                self.octets -= len(self._segments.popleft()[0])
        return True

    def transmit(self, addresses: bytes, receive_number: int) -> bytes:
        """Write the frames that the window allows, from the oldest on; the last one has the P/F bit."""
        segments = self._segments
        count = min(self._size, len(segments))
        self._in_flight = count
        control = receive_number << 5 | POLL_FINAL
        if count == 1:
            information, segmented = segments[0]
            return encode_frame(addresses, control | self._first << 1, information, segmented=segmented)
        frames: list[bytes] = []
        for index in range(count):
            number = (self._first + index) % MODULO
            octet = (control if index == count - 1 else control & ~POLL_FINAL) | number << 1
            information, segmented = segments[index]
            frames.append(encode_frame(addresses, octet, information, segmented=segmented))
        return b"".join(frames)


class Reassembly:
    """The segments of one PDU, until its last one has come."""

    __slots__ = ("_held", "receive_number")

    def __init__(self) -> None:
        self._held = bytearray()
        self.receive_number = 0  # V(R)

    @property
    def pending(self) -> bool:
        """Tell whether the first segments of a PDU wait for the rest."""
        return bool(self._held)

    def overflows(self, information: bytes) -> bool:
        """Tell whether one more segment would pass the bound."""
        return len(self._held) + len(information) > MAX_PDU_OCTETS

    def take(self, information: bytes, *, segmented: bool) -> bytes | None:
        """Count an in-sequence segment and give the PDU if it was the last one."""
        self.receive_number = (self.receive_number + 1) % MODULO
        if segmented:
            self._held += information
            return None
        if not self._held:
            return information
        whole = bytes(self._held) + information
        self._held.clear()
        return whole
