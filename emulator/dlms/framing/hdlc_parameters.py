"""The parameters that SNRM and UA negotiate (IEC 62056-46, 6.4.4.4.3.2; Green Book 8.4.5.3.2).

Both ends of an HDLC link read and write them here. Knows the group 81 80 and nothing of frames.
"""

from dataclasses import dataclass

from emulator.dlms.framing.errors import FramingError

DEFAULT_INFORMATION_OCTETS = 128
MAX_INFORMATION_OCTETS = 2030
DEFAULT_WINDOW = 1
MAX_WINDOW = 7

_FORMAT_AND_GROUP = b"\x81\x80"
_USER_DATA_GROUP = 0xF0
_INFORMATION_TRANSMIT = 0x05
_INFORMATION_RECEIVE = 0x06
_WINDOW_TRANSMIT = 0x07
_WINDOW_RECEIVE = 0x08


@dataclass(frozen=True, slots=True)
class HdlcLimits:
    """What one station can do, or what both have agreed on, seen from this station."""

    max_info_transmit: int = DEFAULT_INFORMATION_OCTETS
    max_info_receive: int = DEFAULT_INFORMATION_OCTETS
    window_transmit: int = DEFAULT_WINDOW
    window_receive: int = DEFAULT_WINDOW

    def __post_init__(self) -> None:
        for octets in (self.max_info_transmit, self.max_info_receive):
            if not 1 <= octets <= MAX_INFORMATION_OCTETS:
                raise ValueError(f"an information field of {octets} octets: 1 to {MAX_INFORMATION_OCTETS} allowed")
        for frames in (self.window_transmit, self.window_receive):
            if not 1 <= frames <= MAX_WINDOW:
                raise ValueError(f"a window of {frames} frames: 1 to {MAX_WINDOW} allowed")


DEFAULT_LIMITS = HdlcLimits()


def negotiate(ours: HdlcLimits, theirs: HdlcLimits) -> HdlcLimits:
    """Take the smaller of what one side sends and what the other receives, both ways (Table 8)."""
    return HdlcLimits(
        max_info_transmit=min(ours.max_info_transmit, theirs.max_info_receive),
        max_info_receive=min(ours.max_info_receive, theirs.max_info_transmit),
        window_transmit=min(ours.window_transmit, theirs.window_receive),
        window_receive=min(ours.window_receive, theirs.window_transmit),
    )


def encode_limits(limits: HdlcLimits) -> bytes:
    """Write the negotiation group. Lengths take two octets only when one cannot hold them; windows always four."""
    group = b"".join(
        bytes((identifier, size)) + value.to_bytes(size, "big")
        for identifier, value, size in (
            (_INFORMATION_TRANSMIT, limits.max_info_transmit, 1 if limits.max_info_transmit < 256 else 2),
            (_INFORMATION_RECEIVE, limits.max_info_receive, 1 if limits.max_info_receive < 256 else 2),
            (_WINDOW_TRANSMIT, limits.window_transmit, 4),
            (_WINDOW_RECEIVE, limits.window_receive, 4),
        )
    )
    return _FORMAT_AND_GROUP + bytes((len(group),)) + group


def decode_limits(information: bytes) -> HdlcLimits:
    """Read the information field of an SNRM or UA. What is absent, or has no value, is at its default.

    User data behind the group is allowed and not read. An unknown parameter refuses the whole frame, as does a group
    that does not add up. A value above the maximum of the standard counts as the maximum.
    """
    if not information:
        return DEFAULT_LIMITS
    if information[:2] != _FORMAT_AND_GROUP or len(information) < 3:
        raise FramingError("bad_parameters", "the field does not begin with format 81 and group 80")
    end = 3 + information[2]
    if end > len(information) or information[end : end + 1] not in (b"", bytes((_USER_DATA_GROUP,))):
        raise FramingError("bad_parameters", "the length of the parameter group is wrong")
    values: dict[int, int] = {}
    at = 3
    while at < end:
        if at + 2 > end or at + 2 + information[at + 1] > end:
            raise FramingError("bad_parameters", "a parameter is cut short")
        identifier, size = information[at], information[at + 1]
        if not _INFORMATION_TRANSMIT <= identifier <= _WINDOW_RECEIVE or size > 4:
            raise FramingError("bad_parameters", f"parameter {identifier:#04x} of {size} octets is not negotiable")
        values[identifier] = int.from_bytes(information[at + 2 : at + 2 + size], "big")
        at += 2 + size
    return HdlcLimits(
        max_info_transmit=min(values.get(_INFORMATION_TRANSMIT) or DEFAULT_INFORMATION_OCTETS, MAX_INFORMATION_OCTETS),
        max_info_receive=min(values.get(_INFORMATION_RECEIVE) or DEFAULT_INFORMATION_OCTETS, MAX_INFORMATION_OCTETS),
        window_transmit=min(values.get(_WINDOW_TRANSMIT) or DEFAULT_WINDOW, MAX_WINDOW),
        window_receive=min(values.get(_WINDOW_RECEIVE) or DEFAULT_WINDOW, MAX_WINDOW),
    )
