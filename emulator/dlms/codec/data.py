"""COSEM data (IEC 62056-5-3, Data; A-XDR): tagged values to octets and back."""

import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NamedTuple

from emulator.dlms.codec.octets import Cursor, length, octet_string
from emulator.dlms.errors import PduError

MAX_DEPTH = 12
MAX_ITEMS = 65_535


class Tag(IntEnum):
    """The types of Data, with their A-XDR tags."""

    NULL = 0
    ARRAY = 1
    STRUCTURE = 2
    BOOLEAN = 3
    BIT_STRING = 4
    DOUBLE_LONG = 5
    DOUBLE_LONG_UNSIGNED = 6
    OCTET_STRING = 9
    VISIBLE_STRING = 10
    UTF8_STRING = 12
    BCD = 13
    INTEGER = 15
    LONG = 16
    UNSIGNED = 17
    LONG_UNSIGNED = 18
    COMPACT_ARRAY = 19
    LONG64 = 20
    LONG64_UNSIGNED = 21
    ENUM = 22
    FLOAT32 = 23
    FLOAT64 = 24
    DATE_TIME = 25
    DATE = 26
    TIME = 27


class Data(NamedTuple):
    """One tagged value. Arrays and structures hold tuples of Data, strings bytes, a bit string a str of 0s and 1s."""

    tag: Tag
    value: Any


NULL = Data(Tag.NULL, None)

_FIXED: dict[Tag, struct.Struct] = {
    Tag.DOUBLE_LONG: struct.Struct(">i"),
    Tag.DOUBLE_LONG_UNSIGNED: struct.Struct(">I"),
    Tag.BCD: struct.Struct(">B"),
    Tag.INTEGER: struct.Struct(">b"),
    Tag.LONG: struct.Struct(">h"),
    Tag.UNSIGNED: struct.Struct(">B"),
    Tag.LONG_UNSIGNED: struct.Struct(">H"),
    Tag.LONG64: struct.Struct(">q"),
    Tag.LONG64_UNSIGNED: struct.Struct(">Q"),
    Tag.ENUM: struct.Struct(">B"),
    Tag.FLOAT32: struct.Struct(">f"),
    Tag.FLOAT64: struct.Struct(">d"),
}
_STRINGS = {Tag.OCTET_STRING, Tag.VISIBLE_STRING, Tag.UTF8_STRING}
_SIZED = {Tag.DATE_TIME: 12, Tag.DATE: 5, Tag.TIME: 4}


def encode(data: Data) -> bytes:
    """Write one tagged value. Raises ValueError for a value its type cannot hold."""
    tag, value = data
    head = bytes((tag,))
    if tag in _FIXED:
        try:
            return head + _FIXED[tag].pack(value)
        except struct.error as error:
            raise ValueError(f"{value!r} is no {tag.name}") from error
    if tag in {Tag.ARRAY, Tag.STRUCTURE}:
        return head + length(len(value)) + b"".join(encode(item) for item in value)
    if tag in _STRINGS:
        return head + octet_string(value)
    if tag is Tag.NULL:
        return head
    if tag is Tag.BOOLEAN:
        return head + (b"\x01" if value else b"\x00")
    if tag is Tag.BIT_STRING:
        return head + bit_string(value)
    if tag in _SIZED and len(value) == _SIZED[tag]:
        return head + bytes(value)
    raise ValueError(f"{value!r} is no {tag.name}")


def decode(octets: bytes) -> Data:
    """Read one tagged value that takes all the octets. Raises PduError."""
    cursor = Cursor(octets)
    data = read(cursor)
    cursor.end()
    return data


def read(cursor: Cursor, depth: int = 0) -> Data:
    """Read one tagged value where the cursor stands. Raises PduError."""
    if depth > MAX_DEPTH:
        raise PduError("data is nested too deeply")
    tag = _tag(cursor.u8())
    return Data(tag, _value(cursor, tag, depth))


def _tag(octet: int) -> Tag:
    try:
        return Tag(octet)
    except ValueError:
        raise PduError(f"0x{octet:02x} is no type of data") from None


def _value(cursor: Cursor, tag: Tag, depth: int) -> Any:
    if tag in _FIXED:
        kind = _FIXED[tag]
        return kind.unpack(cursor.take(kind.size))[0]
    if tag in {Tag.ARRAY, Tag.STRUCTURE}:
        count = cursor.length()
        # Each item takes at least one octet: a count beyond the octets left is a lie, found before any loop.
        if count > min(cursor.left, MAX_ITEMS):
            raise PduError("octets are missing")
        return tuple(read(cursor, depth + 1) for _ in range(count))
    if tag in _STRINGS:
        return cursor.octet_string()
    if tag is Tag.BOOLEAN:
        return cursor.u8() != 0
    if tag is Tag.BIT_STRING:
        return read_bit_string(cursor)
    if tag in _SIZED:
        return cursor.take(_SIZED[tag])
    if tag is Tag.COMPACT_ARRAY:
        raise PduError("compact arrays are not taken")
    return None


def bit_string(bits: str) -> bytes:
    """Write a bit string given as 0s and 1s: its length in bits, then whole octets."""
    if set(bits) - {"0", "1"}:
        raise ValueError(f"{bits!r} is no bit string")
    size = (len(bits) + 7) // 8
    value = int(bits.ljust(size * 8, "0") or "0", 2)
    return length(len(bits)) + value.to_bytes(size, "big")


def read_bit_string(cursor: Cursor) -> str:
    """Read a bit string as 0s and 1s."""
    count = cursor.length()
    octets = cursor.take((count + 7) // 8)
    return "".join(f"{octet:08b}" for octet in octets)[:count]


def structure(*items: Data) -> Data:
    """Make a structure."""
    return Data(Tag.STRUCTURE, items)


def array(items: Sequence[Data]) -> Data:
    """Make an array."""
    return Data(Tag.ARRAY, tuple(items))


def octets(value: bytes) -> Data:
    """Make an octet string."""
    return Data(Tag.OCTET_STRING, value)


def plain(data: Data) -> Any:
    """Give a value as plain Python: lists, numbers, text; octets as hex."""
    if data.tag in {Tag.ARRAY, Tag.STRUCTURE}:
        return [plain(item) for item in data.value]
    if data.tag in {Tag.VISIBLE_STRING, Tag.UTF8_STRING}:
        return data.value.decode("utf-8", "replace")
    return data.value.hex() if isinstance(data.value, bytes) else data.value
