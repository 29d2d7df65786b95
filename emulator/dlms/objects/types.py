"""Wire types: how one value of a device is written as COSEM data and read back. They know no object and no device."""

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, encode
from emulator.dlms.codec.octets import length
from emulator.dlms.errors import PduError


class TypeUnmatchedError(Exception):
    """A written value has another type than its attribute."""


class InvalidValueError(Exception):
    """A written value has the right type and no meaning."""


class WireType(NamedTuple):
    """How a value goes out and comes in. `decode` raises TypeUnmatchedError or InvalidValueError."""

    encode: Callable[[Any], bytes]
    decode: Callable[[Data], Any]


def expect(data: Data, *tags: Tag) -> Any:  # the value's type is its tag's
    """Give the value of data of one of these types. Raises TypeUnmatchedError."""
    if data.tag not in tags:
        raise TypeUnmatchedError(f"{data.tag.name} is not {' or '.join(tag.name for tag in tags)}")
    return data.value


def items(data: Data, tag: Tag, count: int | None = None) -> tuple[Data, ...]:
    """Give the items of an array or structure, of so many items if that is known. Raises TypeUnmatchedError."""
    found: tuple[Data, ...] = expect(data, tag)
    if count is not None and len(found) != count:
        raise TypeUnmatchedError(f"{len(found)} items where {count} are due")
    return found


def number(tag: Tag, code: str) -> WireType:
    """Make a number type; on writing, the exact type is required."""
    pack = struct.Struct(">B" + code).pack

    def write(value: Any) -> bytes:
        try:
            return pack(tag, value)
        except struct.error as error:
            raise ValueError(f"{value} as {tag.name}: {error}") from error

    return WireType(write, lambda data: expect(data, tag))


U8 = number(Tag.UNSIGNED, "B")
U16 = number(Tag.LONG_UNSIGNED, "H")
U32 = number(Tag.DOUBLE_LONG_UNSIGNED, "I")
U64 = number(Tag.LONG64_UNSIGNED, "Q")
I8 = number(Tag.INTEGER, "b")
I16 = number(Tag.LONG, "h")
I32 = number(Tag.DOUBLE_LONG, "i")
ENUM = number(Tag.ENUM, "B")
BOOLEAN = WireType(lambda value: b"\x03\x01" if value else b"\x03\x00", lambda data: expect(data, Tag.BOOLEAN))
OCTETS = WireType(lambda value: encode(Data(Tag.OCTET_STRING, value)), lambda data: expect(data, Tag.OCTET_STRING))


def _text(data: Data) -> str:
    octets = expect(data, Tag.OCTET_STRING, Tag.VISIBLE_STRING, Tag.UTF8_STRING)
    return str(octets.decode("latin-1"))


TEXT = WireType(lambda value: encode(Data(Tag.OCTET_STRING, value.encode("latin-1"))), _text)
ANY = WireType(encode, lambda data: data)


def _instant(data: Data) -> int:
    octets = expect(data, Tag.OCTET_STRING, Tag.DATE_TIME)
    try:
        return datetimes.decode(octets)
    except PduError as error:
        raise InvalidValueError(str(error)) from error


def checked(read: Callable[[Data], Any]) -> Callable[[Data], Any]:
    """Turn a date or time that means nothing into a refusal."""

    def reading(data: Data) -> Any:
        try:
            return read(data)
        except PduError as error:
            raise InvalidValueError(str(error)) from error

    return reading


DATE_TIME = WireType(lambda at: b"\x09\x0c" + datetimes.encode(at), _instant)


def one_of(base: WireType, meanings: dict[str, int]) -> WireType:
    """Make a type for words that stand as numbers."""
    words = {code: word for word, code in meanings.items()}

    def read(data: Data) -> str:
        code = base.decode(data)
        if code not in words:
            raise InvalidValueError(f"{code} is none of {sorted(words)}")
        return words[code]

    return WireType(lambda word: base.encode(meanings[word]), read)


def array_of(element: WireType) -> WireType:
    """Make a type for lists of one element type."""

    def write(values: Any) -> bytes:
        return bytes((Tag.ARRAY,)) + length(len(values)) + b"".join(element.encode(value) for value in values)

    return WireType(write, lambda data: [element.decode(item) for item in items(data, Tag.ARRAY)])
