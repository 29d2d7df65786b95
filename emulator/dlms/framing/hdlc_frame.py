"""HDLC frames: octets to frames and back (IEC 62056-46, 6.4.1 to 6.4.3; Green Book 8.4.1 to 8.4.3).

Knows the frame format (type 3), addresses, control fields and check sequences. Knows nothing of connections: which
frame may follow which is the business of `hdlc_server` and `hdlc_client`.
"""

from binascii import crc_hqx
from collections import Counter
from enum import IntEnum
from typing import NamedTuple

from emulator.dlms.framing.errors import FramingError

FLAG = b"\x7e"
POLL_FINAL = 0x10
MODULO = 8
MAX_FRAME_OCTETS = 0x7FF  # the frame length sub-field has 11 bits and does not count the flags
NO_STATION = 0x00
ALL_STATIONS = 0x3FFF  # written 0x7F where an address part has one octet
CALLING_DEVICE = 0x3FFE  # written 0x7E where an address part has one octet

_FLAG_OCTET = 0x7E
_TWO_FLAGS = b"\x7e\x7e"
_FORMAT_TYPE = 0xA000
_SEGMENTED = 0x0800
_MIN_FRAME_OCTETS = 7  # format 2, addresses 1 + 1, control 1, FCS 2 (6.4.4.2.3)
_REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
_RESIDUE = 0x1D0F  # what a good check sequence leaves behind, bits in the order crc_hqx keeps them


def check_sequence(octets: bytes) -> bytes:
    """Compute the two octets of an HCS or FCS: CRC-16/X-25, low octet first.

    X-25 is the mirror image of the CRC that `crc_hqx` computes in C, so the bits of the input and of the result are
    mirrored; that is seven times faster than a table loop in Python.
    """
    return (crc_hqx(octets.translate(_REVERSED), 0xFFFF) ^ 0xFFFF).to_bytes(2, "big").translate(_REVERSED)


class FrameKind(IntEnum):
    """The commands and responses of 6.4.3.1, by the control octet without its numbers and P/F bit."""

    I = 0x00  # noqa: E741 (the name the standard gives it)
    RR = 0x01
    RNR = 0x05
    UI = 0x03
    DM = 0x0F
    DISC = 0x43
    UA = 0x63
    SNRM = 0x83
    FRMR = 0x87
    UNKNOWN = 0xFF


class Control(NamedTuple):
    """A control octet taken apart. The numbers are 0 where the kind has none."""

    kind: FrameKind
    poll_final: bool
    send_number: int
    receive_number: int


_UNNUMBERED = {
    kind.value: kind
    for kind in (FrameKind.UI, FrameKind.DM, FrameKind.DISC, FrameKind.UA, FrameKind.SNRM, FrameKind.FRMR)
}


def _parse_control(octet: int) -> Control:
    poll_final = bool(octet & POLL_FINAL)
    if not octet & 0x01:
        return Control(FrameKind.I, poll_final, octet >> 1 & 7, octet >> 5)
    if octet & 0x0F in (FrameKind.RR, FrameKind.RNR):
        return Control(FrameKind(octet & 0x0F), poll_final, 0, octet >> 5)
    return Control(_UNNUMBERED.get(octet & ~POLL_FINAL, FrameKind.UNKNOWN), poll_final, 0, 0)


CONTROLS = tuple(_parse_control(octet) for octet in range(256))
"""Every control octet, taken apart once."""


def control_octet(kind: FrameKind, *, poll_final: bool, send_number: int = 0, receive_number: int = 0) -> int:
    """Build a control octet."""
    return kind | send_number << 1 | (POLL_FINAL if poll_final else 0) | receive_number << 5


class Address(NamedTuple):
    """A station address. A server has a logical device (upper) and, past one octet, a physical device (lower)."""

    upper: int
    lower: int | None = None


def encode_address(upper: int, lower: int | None = None, *, octets: int = 1) -> bytes:
    """Write an address in 1, 2 or 4 octets. ALL_STATIONS and CALLING_DEVICE fit any size. Raises ValueError."""
    if (octets == 1) != (lower is None):
        raise ValueError("an address of one octet has no lower part, a longer one must have it")
    written = bytearray()
    for part, special in ((upper, (ALL_STATIONS,)), (lower, (ALL_STATIONS, CALLING_DEVICE))):
        if part is None:
            continue
        value = part & 0x7F if octets < 4 and part in special else part
        if octets not in (1, 2, 4) or not 0 <= value < (1 << 14 if octets == 4 else 1 << 7):
            raise ValueError(f"address part {part:#x} does not fit an address of {octets} octets")
        written += bytes(((value >> 7) << 1, (value & 0x7F) << 1)) if octets == 4 else bytes((value << 1,))
    written[-1] |= 1
    return bytes(written)


def decode_address(octets: bytes) -> Address:
    """Read the octets of an address, as a Frame carries them: 1, 2 or 4 with the last one marked."""
    parts = [octet >> 1 for octet in octets]
    if len(parts) == 4:
        return Address(parts[0] << 7 | parts[1], parts[2] << 7 | parts[3])
    upper = ALL_STATIONS if parts[0] == 0x7F else parts[0]
    if len(parts) == 1:
        return Address(upper)
    return Address(upper, parts[1] | 0x3F80 if parts[1] >= 0x7E else parts[1])


class Frame(NamedTuple):
    """One frame. Addresses stay as they were on the wire, because a reply must use the same number of octets."""

    destination: bytes
    source: bytes
    control: int
    information: bytes = b""
    segmented: bool = False


def encode_frame(addresses: bytes, control: int, information: bytes = b"", *, segmented: bool = False) -> bytes:
    """Write a frame between its flags. `addresses` is the destination followed by the source."""
    length = len(addresses) + 5 + (len(information) + 2 if information else 0)
    if length > MAX_FRAME_OCTETS:
        raise FramingError("oversize", f"a frame of {length} octets does not fit the length sub-field")
    header = (_FORMAT_TYPE | (_SEGMENTED if segmented else 0) | length).to_bytes(2, "big") + addresses
    body = header + bytes((control,))
    if information:
        body += check_sequence(body) + information
    return b"%b%b%b%b" % (FLAG, body, check_sequence(body), FLAG)


def encode(frame: Frame) -> bytes:
    """Write a Frame between its flags."""
    return encode_frame(frame.destination + frame.source, frame.control, frame.information, segmented=frame.segmented)


def _address_end(octets: bytes, start: int) -> int:
    """Find the end of the address at `start`: 0 for a size that does not exist, -1 if its end is not here yet.

    Three octets, or more than four, must be discarded (6.4.2.5, Table 5).
    """
    for last in range(start, start + 4):
        if last >= len(octets):
            return -1
        if octets[last] & 1:
            return 0 if last == start + 2 else last + 1
    return 0


def _examine(octets: bytes, start: int) -> Frame | str | None:
    """Judge the frame whose first octet is at `start`: the frame, why it is rejected, or None while it may be good.

    The verdict depends on the earliest octet that decides, so that it is the same however the octets arrive.
    """
    here = len(octets)
    if here <= start:
        return None
    if octets[start] & 0xF0 != _FORMAT_TYPE >> 8:
        return "bad_format"
    if here < start + 2:
        return None
    length = (octets[start] & 0x07) << 8 | octets[start + 1]
    if length < _MIN_FRAME_OCTETS:
        return "bad_length"
    if here > start + 4 and octets[start + 2] & octets[start + 3] & 1:  # one octet each, as most often
        source = start + 3
        control = start + 4
    else:
        source = _address_end(octets, start + 2)
        control = _address_end(octets, source) if source > 0 else source
        if control <= 0:
            return "bad_address" if control == 0 else None
    end = start + length
    after_control = end - control - 1
    checked = octets[start:end].translate(_REVERSED)
    if after_control == 2:  # only an FCS
        residue, header_octets, information = 0xFFFF, 0, b""
    elif after_control >= 5:  # HCS, information, FCS
        if here < control + 3:
            return None
        header_octets = control + 3 - start
        residue = crc_hqx(checked[:header_octets], 0xFFFF)
        if residue != _RESIDUE:
            return "bad_hcs"
        information = octets[control + 3 : end - 2]
    else:
        return "bad_length"
    if here <= end:
        return None
    if octets[end] != _FLAG_OCTET:
        return "no_closing_flag"
    if crc_hqx(checked[header_octets:], residue) != _RESIDUE:
        return "bad_fcs"
    segmented = bool(octets[start] & _SEGMENTED >> 8)
    return Frame(octets[start + 2 : source], octets[source:control], octets[control], information, segmented)


class HdlcDeframer:
    """Hunts frames in received octets. Never raises: what is not a frame is counted in `rejected` and dropped.

    There is no octet stuffing: a flag octet inside a frame is data (6.4.4.2.1). So the length decides where the closing
    flag must be, and after a rejected frame the hunt goes on at the first flag octet behind its opening flag.
    """

    __slots__ = ("_held", "error", "rejected")

    def __init__(self) -> None:
        self._held = b""  # empty while hunting, else a flag and the frame that has begun behind it
        self.rejected: Counter[str] = Counter()
        self.error: FramingError | None = None  # as other deframers have; HDLC always resynchronises

    @property
    def pending(self) -> bool:
        """Tell whether the beginning of a frame waits for its end."""
        return len(self._held) > 1

    def drop_incomplete(self) -> None:
        """Forget a frame whose end did not come in time and hunt for the next flag (6.4.4.3.3)."""
        if self.pending:
            self.rejected["incomplete"] += 1
        self._held = b""

    def feed(self, data: bytes) -> list[Frame]:
        """Give the frames that `data` completes."""
        octets = self._held + data if self._held else data
        frames: list[Frame] = []
        flag = octets.find(_FLAG_OCTET)
        while flag >= 0:
            while octets.startswith(_TWO_FLAGS, flag):  # flags in a row are fill between frames
                flag += 1
            verdict = _examine(octets, flag + 1)
            if verdict is None:
                break
            if isinstance(verdict, str):
                self.rejected[verdict] += 1
                flag = octets.find(_FLAG_OCTET, flag + 1)
            else:
                frames.append(verdict)  # its closing flag may open the next frame (6.4.1.2)
                flag += 1 + ((octets[flag + 1] & 0x07) << 8 | octets[flag + 2])
        self._held = octets[flag:] if flag >= 0 else b""
        return frames
