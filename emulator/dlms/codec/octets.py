"""A cursor over received octets that never reads past their end, and lengths as A-XDR and BER write them."""

import struct

from emulator.dlms.errors import PduError

_U16 = struct.Struct(">H")
_U32 = struct.Struct(">I")


class Cursor:
    """Octets and a place in them. Every read raises PduError where octets are missing."""

    __slots__ = ("data", "place")

    def __init__(self, data: bytes, place: int = 0) -> None:
        self.data = data
        self.place = place

    @property
    def left(self) -> int:
        """How many octets are unread."""
        return len(self.data) - self.place

    def u8(self) -> int:
        """Read one octet."""
        if self.place >= len(self.data):
            raise PduError("octets are missing")
        value = self.data[self.place]
        self.place += 1
        return value

    def u16(self) -> int:
        """Read a 16-bit number."""
        return int(_U16.unpack(self.take(2))[0])

    def u32(self) -> int:
        """Read a 32-bit number."""
        return int(_U32.unpack(self.take(4))[0])

    def take(self, count: int) -> bytes:
        """Read so many octets."""
        end = self.place + count
        if count < 0 or end > len(self.data):
            raise PduError("octets are missing")
        taken = self.data[self.place : end]
        self.place = end
        return taken

    def rest(self) -> bytes:
        """Read all that is left."""
        return self.take(self.left)

    def length(self) -> int:
        """Read a length: one octet below 128, else 0x80 + how many octets follow (at most 4)."""
        first = self.u8()
        if first < 0x80:
            return first
        count = first & 0x7F
        if not 1 <= count <= 4:
            raise PduError("a length takes 1 to 4 octets")
        return int.from_bytes(self.take(count), "big")

    def octet_string(self) -> bytes:
        """Read a length and so many octets."""
        return self.take(self.length())

    def end(self) -> None:
        """Require that nothing is left."""
        if self.left:
            raise PduError(f"{self.left} octets too many")


def length(count: int) -> bytes:
    """Write a length."""
    if count < 0x80:
        return bytes((count,))
    size = (count.bit_length() + 7) // 8
    return bytes((0x80 | size,)) + count.to_bytes(size, "big")


def octet_string(data: bytes) -> bytes:
    """Write a length and the octets."""
    return length(len(data)) + data
