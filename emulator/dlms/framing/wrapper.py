"""Framing of DLMS over TCP: the 8-octet wrapper header before each APDU (IEC 62056-47, clause 5.2.2).

Knows ports (SAPs) and lengths only, and nothing of what an APDU means. Reads like every deframer here: `feed` returns
what is complete, `error` stays None until the stream can no longer be read, and `pending` tells of a cut-off frame.
"""

import struct
from typing import NamedTuple

from emulator.dlms.framing.errors import FramingError

VERSION = 1
HEADER_OCTETS = 8
MAX_APDU_OCTETS = 0xFFFF

_HEADER = struct.Struct(">HHHH")  # version, source wPort, destination wPort, length
_read_header = _HEADER.unpack_from
_write_header = _HEADER.pack


class Datagram(NamedTuple):
    """One wrapped APDU: who sent it, to whom, and what."""

    source: int
    destination: int
    apdu: bytes


def encode(source: int, destination: int, apdu: bytes) -> bytes:
    """Put the wrapper header before an APDU. Raises FramingError when the length field cannot say its length."""
    if len(apdu) > MAX_APDU_OCTETS:
        raise FramingError("oversize", f"an APDU of {len(apdu)} octets does not fit the length field")
    return _write_header(VERSION, source, destination, len(apdu)) + apdu


class WrapperDeframer:
    """Cuts received octets into datagrams, however they were split on the way. Holds at most one frame."""

    __slots__ = ("_held", "_max_apdu", "error")

    def __init__(self, max_apdu: int = MAX_APDU_OCTETS) -> None:
        self._max_apdu = max_apdu
        self._held = bytearray()
        self.error: FramingError | None = None

    @property
    def pending(self) -> bool:
        """Tell whether the beginning of a frame waits for its end."""
        return bool(self._held)

    def feed(self, data: bytes) -> list[Datagram]:
        """Give the datagrams that `data` completes. After an `error` nothing more is read: close the link."""
        if not self._held and len(data) >= HEADER_OCTETS and self.error is None:  # nearly always one whole frame
            version, source, destination, length = _read_header(data)
            if version == VERSION and len(data) == length + HEADER_OCTETS and length <= self._max_apdu:
                return [Datagram(source, destination, data[HEADER_OCTETS:])]
        return self._feed_piece(data)

    def _feed_piece(self, data: bytes) -> list[Datagram]:
        complete: list[Datagram] = []
        if self.error is not None:
            return complete
        held = self._held
        held += data
        start = 0
        while len(held) - start >= HEADER_OCTETS:
            version, source, destination, length = _read_header(held, start)
            if version != VERSION:
                self.error = FramingError("bad_version", f"wrapper version {version}, expected {VERSION}")
            elif length > self._max_apdu:
                self.error = FramingError("oversize", f"an APDU of {length} octets, at most {self._max_apdu} taken")
            if self.error is not None:
                held.clear()
                return complete
            end = start + HEADER_OCTETS + length
            if end > len(held):
                break
            complete.append(Datagram(source, destination, bytes(held[start + HEADER_OCTETS : end])))
            start = end
        del held[:start]
        return complete
