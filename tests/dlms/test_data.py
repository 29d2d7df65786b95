"""COSEM data and the octet cursor: vectors, round trips, and input that is cut short or lies.

Octets of VECTORS were written by gurux_dlms 1.0.203 (_GXCommon.setData); dates by its GXDateTime.
"""

import struct

import pytest
from dlms_values import ANYTHING, INTEGERS
from hypothesis import given
from hypothesis import strategies as st

from emulator.dlms.codec.data import (
    MAX_DEPTH,
    NULL,
    Data,
    Tag,
    array,
    bit_string,
    decode,
    encode,
    plain,
    read_bit_string,
    structure,
)
from emulator.dlms.codec.octets import Cursor, length
from emulator.dlms.errors import PduError

VECTORS = [
    ("00", NULL),
    ("0301", Data(Tag.BOOLEAN, True)),
    ("040aa0c0", Data(Tag.BIT_STRING, "1010000011")),
    ("05fffffffe", Data(Tag.DOUBLE_LONG, -2)),
    ("06ffffffff", Data(Tag.DOUBLE_LONG_UNSIGNED, 0xFFFFFFFF)),
    ("09030001ff", Data(Tag.OCTET_STRING, b"\x00\x01\xff")),
    ("0a06415333303050", Data(Tag.VISIBLE_STRING, b"AS300P")),
    ("0c02c2a3", Data(Tag.UTF8_STRING, "£".encode())),
    ("0d05", Data(Tag.BCD, 5)),
    ("0f80", Data(Tag.INTEGER, -128)),
    ("108000", Data(Tag.LONG, -32768)),
    ("11ff", Data(Tag.UNSIGNED, 255)),
    ("12ffff", Data(Tag.LONG_UNSIGNED, 65535)),
    ("148000000000000000", Data(Tag.LONG64, -(2**63))),
    ("15ffffffffffffffff", Data(Tag.LONG64_UNSIGNED, 2**64 - 1)),
    ("1607", Data(Tag.ENUM, 7)),
    ("173fc00000", Data(Tag.FLOAT32, 1.5)),
    ("18c002000000000000", Data(Tag.FLOAT64, -2.25)),
    ("1907e8021dff173b3a00000000", Data(Tag.DATE_TIME, bytes.fromhex("07e8021dff173b3a00000000"))),
    # by hand from A-XDR: count, then the items
    ("010211011102", array([Data(Tag.UNSIGNED, 1), Data(Tag.UNSIGNED, 2)])),
    ("0202010000", structure(array([]), NULL)),
    ("1a07e8021dff", Data(Tag.DATE, bytes.fromhex("07e8021dff"))),
    ("1b173b3a00", Data(Tag.TIME, bytes.fromhex("173b3a00"))),
]


@pytest.mark.parametrize(("octets", "data"), VECTORS, ids=[data.tag.name for _, data in VECTORS])
def test_another_implementation_writes_the_same(octets: str, data: Data):
    assert encode(data).hex() == octets
    assert decode(bytes.fromhex(octets)) == data


def test_every_type_that_we_take_has_a_vector():
    assert {data.tag for _, data in VECTORS} == set(Tag) - {Tag.COMPACT_ARRAY}


@given(ANYTHING)
def test_what_is_written_is_read_back(data: Data):
    assert decode(encode(data)) == data


@given(ANYTHING)
def test_data_cut_short_anywhere_is_refused(data: Data):
    octets = encode(data)
    for size in range(len(octets)):
        with pytest.raises(PduError):
            decode(octets[:size])


@given(ANYTHING)
def test_one_octet_too_many_is_refused(data: Data):
    with pytest.raises(PduError):
        decode(encode(data) + b"\x00")


@given(st.binary(max_size=60))
def test_any_octets_are_read_or_refused(octets: bytes):
    try:
        data = decode(octets)
    except PduError:
        return
    assert decode(encode(data)) == data


@pytest.mark.parametrize("tag", [0x07, 0x08, 0x0B, 0x0E, 0x1C, 0xFF])
def test_a_tag_of_no_type_is_refused(tag: int):
    with pytest.raises(PduError):
        decode(bytes((tag,)) + bytes(12))


def test_a_compact_array_is_refused():
    # DLMS UA 1000-2: 13, type description, then contents. We take none and send none.
    with pytest.raises(PduError):
        decode(bytes.fromhex("13110401020304"))


@pytest.mark.parametrize("head", ["0184ffffffff", "0284ffffffff", "0982ffff", "0484ffffffff", "0183010000"])
def test_a_count_beyond_the_octets_is_refused_before_any_loop(head: str):
    with pytest.raises(PduError):
        decode(bytes.fromhex(head) + bytes(64))


def test_nesting_is_bounded():
    deep = b"\x02\x01" * MAX_DEPTH + b"\x00"
    assert encode(decode(deep)) == deep
    with pytest.raises(PduError):
        decode(b"\x02\x01" + deep)
    with pytest.raises(PduError):
        decode(b"\x01\x01" * 30_000)


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        *((tag, bounds[0] - 1) for tag, bounds in INTEGERS.items()),
        *((tag, bounds[1] + 1) for tag, bounds in INTEGERS.items()),
        (Tag.BIT_STRING, "012"),
        (Tag.DATE_TIME, bytes(11)),
        (Tag.DATE, bytes(6)),
        (Tag.TIME, b""),
        (Tag.COMPACT_ARRAY, b""),
        (Tag.UNSIGNED, "1"),
    ],
)
def test_a_value_that_its_type_cannot_hold_is_refused(tag: Tag, value: object):
    with pytest.raises(ValueError, match=r"is no"):
        encode(Data(tag, value))


@pytest.mark.parametrize(
    ("count", "octets"),
    # A-XDR (IEC 61334-6, 6.10): below 128 in one octet, else how many octets follow
    [(0, "00"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100"), (65_536, "83010000")],
)
def test_lengths(count: int, octets: str):
    assert length(count).hex() == octets
    assert Cursor(bytes.fromhex(octets)).length() == count


@pytest.mark.parametrize("octets", ["80", "85", "850000000001", "81", "8201"])
def test_a_broken_length_is_refused(octets: str):
    with pytest.raises(PduError):
        Cursor(bytes.fromhex(octets)).length()


def test_a_longer_form_of_a_length_is_read():
    assert Cursor(bytes.fromhex("8400000005")).length() == 5


@given(st.text("01", max_size=300))
def test_bit_strings(bits: str):
    octets = bit_string(bits)
    assert read_bit_string(Cursor(octets)) == bits


def test_plain_python():
    data = structure(
        Data(Tag.VISIBLE_STRING, b"AS300P"),
        array([Data(Tag.UNSIGNED, 1), Data(Tag.OCTET_STRING, b"\x01\xff")]),
        NULL,
    )
    assert plain(data) == ["AS300P", [1, "01ff"], None]


def test_a_float_keeps_its_bits():
    assert decode(b"\x17" + struct.pack(">f", 0.1)).value == struct.unpack(">f", struct.pack(">f", 0.1))[0]
