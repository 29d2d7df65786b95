"""GET, SET and ACTION requests and responses, exception-response, general-block-transfer.

Every octet string of VECTORS was written by pydlms-client 0.1.0 (pydlms.apdu.xdlms, pydlms.apdu.gbt).
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.dlms.codec.data import Data, Tag, structure
from emulator.dlms.errors import PduError
from emulator.dlms.pdu.general import (
    ExceptionAnswer,
    GeneralBlock,
    exception_response,
    read_exception,
    read_general_block,
)
from emulator.dlms.pdu.services import (
    MAX_LIST,
    Block,
    Request,
    Response,
    Selection,
    read_request,
    read_response,
    reference,
    write_request,
)
from emulator.dlms.pdu.tags import Apdu, ServiceError, StateError

GET, SET, ACTION = Apdu.GET_REQUEST, Apdu.SET_REQUEST, Apdu.ACTION_REQUEST
GOT, DID_SET, ACTED = Apdu.GET_RESPONSE, Apdu.SET_RESPONSE, Apdu.ACTION_RESPONSE
ENERGY = reference(3, "1.0.1.8.0.255", 2)
CLOCK = reference(8, "0.0.1.0.0.255", 2)
SHIFT = reference(8, "0.0.1.0.0.255", 6)
DISCONNECT = reference(70, "0.0.96.3.10.255", 1)
KWH = Data(Tag.DOUBLE_LONG_UNSIGNED, 1000)
ZERO = Data(Tag.INTEGER, 0)
ENTRIES = structure(
    Data(Tag.DOUBLE_LONG_UNSIGNED, 1),
    Data(Tag.DOUBLE_LONG_UNSIGNED, 4),
    Data(Tag.LONG_UNSIGNED, 1),
    Data(Tag.LONG_UNSIGNED, 0),
)
PROFILE = reference(7, "1.0.99.1.0.255", 2, Selection(2, ENTRIES))
SELECTED = "00070100630100ff020102020406000000010600000004120001120000"

REQUESTS = {
    "c0010100030100010800ff0200": Request(GET, 1, 1, (ENERGY,)),
    "c00101" + SELECTED: Request(GET, 1, 1, (PROFILE,)),
    "c0020100000002": Request(GET, 2, 1, block_number=2),
    "c003010200030100010800ff0200" + SELECTED: Request(GET, 3, 1, (ENERGY, PROFILE)),
    "c1010100030100010800ff020006000003e8": Request(SET, 1, 1, (ENERGY,), (KWH,)),
    "c10101" + SELECTED + "06000003e8": Request(SET, 1, 1, (PROFILE,), (KWH,)),
    "c1020100030100010800ff02000000000001020600": Request(SET, 2, 1, (ENERGY,), block=Block(False, 1, b"\x06\x00")),
    "c1030101000000020203e8": Request(SET, 3, 1, block=Block(True, 2, b"\x03\xe8")),
    "c104010200030100010800ff020000080000010000ff02000206000003e80f00": Request(
        SET, 4, 1, (ENERGY, CLOCK), (KWH, ZERO)
    ),
    "c105010200030100010800ff020000080000010000ff020000000000010102": Request(
        SET, 5, 1, (ENERGY, CLOCK), block=Block(False, 1, b"\x02")
    ),
    "c301010046000060030aff01010f00": Request(ACTION, 1, 1, (DISCONNECT,), (ZERO,)),
    "c301010046000060030aff0100": Request(ACTION, 1, 1, (DISCONNECT,), (None,)),
    "c3020100000001": Request(ACTION, 2, 1, block_number=1),
    "c30301020046000060030aff0100080000010000ff06020f0010fffb": Request(
        ACTION, 3, 1, (DISCONNECT, SHIFT), (ZERO, Data(Tag.LONG, -5))
    ),
    "c3040100080000010000ff0600000000010110": Request(ACTION, 4, 1, (SHIFT,), block=Block(False, 1, b"\x10")),
    "c305010200080000010000ff060046000060030aff0100000000010102": Request(
        ACTION, 5, 1, (SHIFT, DISCONNECT), block=Block(False, 1, b"\x02")
    ),
    "c30601010000000202fffb": Request(ACTION, 6, 1, block=Block(True, 2, b"\xff\xfb")),
}
RESPONSES = {
    "c401010006000003e8": Response(GOT, 1, 1, (0,), (KWH,)),
    "c401010104": Response(GOT, 1, 1, (4,), (None,)),
    "c4020100000000010003010203": Response(GOT, 2, 1, block=Block(False, 1, b"\x01\x02\x03")),
    "c402010100000003010f": Response(GOT, 2, 1, (15,), block=Block(True, 3, b"")),
    "c40301020006000003e80103": Response(GOT, 3, 1, (0, 3), (KWH, None)),
    "c5010100": Response(DID_SET, 1, 1, (0,)),
    "c5020100000001": Response(DID_SET, 2, 1, block_number=1),
    "c503010c00000002": Response(DID_SET, 3, 1, (12,), block_number=2),
    "c5040102000300000002": Response(DID_SET, 4, 1, (0, 3), block_number=2),
    "c5050102000c": Response(DID_SET, 5, 1, (0, 12)),
    "c701010000": Response(ACTED, 1, 1, (0,), (None,)),
    "c7010100010009020102": Response(ACTED, 1, 1, (0,), (Data(Tag.OCTET_STRING, b"\x01\x02"),)),
    "c70101030101fa": Response(ACTED, 1, 1, (3,), (None,)),
    "c7020101000000010100": Response(ACTED, 2, 1, block=Block(True, 1, b"\x00")),
    "c703010200000c00": Response(ACTED, 3, 1, (0, 12), (None, None)),
    "c7040100000001": Response(ACTED, 4, 1, block_number=1),
}
BLOCKS = {
    "e0430002000102c401": GeneralBlock(False, True, 3, 2, 1, b"\xc4\x01"),
    "e088012c012b81c8" + "00" * 200: GeneralBlock(True, False, 8, 300, 299, bytes(200)),
}


@pytest.mark.parametrize("octets", REQUESTS)
def test_requests(octets: str):
    assert read_request(bytes.fromhex(octets)) == REQUESTS[octets]
    assert write_request(REQUESTS[octets]).hex() == octets


@pytest.mark.parametrize("octets", RESPONSES)
def test_responses(octets: str):
    assert read_response(bytes.fromhex(octets)) == RESPONSES[octets]


@pytest.mark.parametrize("octets", BLOCKS)
def test_general_blocks(octets: str):
    assert read_general_block(bytes.fromhex(octets)) == BLOCKS[octets]
    assert BLOCKS[octets].to_bytes().hex() == octets


def test_exception_responses():
    assert exception_response(StateError(1), ServiceError(1)).hex() == "d80101"
    assert exception_response(StateError(1), ServiceError(6), 77).hex() == "d801060000004d"
    assert read_exception(bytes.fromhex("d80101")) == ExceptionAnswer(1, 1)
    assert read_exception(bytes.fromhex("d801060000004d")) == ExceptionAnswer(1, 6, 77)
    assert read_exception(bytes.fromhex("d80106")) == ExceptionAnswer(1, 6)


@pytest.mark.parametrize(
    ("read", "octets"),
    [
        *((read_request, octets) for octets in REQUESTS),
        *((read_response, octets) for octets in RESPONSES),
        *((read_general_block, octets) for octets in BLOCKS),
        (read_exception, "d80101"),
    ],
)
def test_what_is_cut_short_anywhere_is_refused(read, octets: str):
    whole = bytes.fromhex(octets)
    for size in range(len(whole)):
        with pytest.raises(PduError):
            read(whole[:size])
    with pytest.raises(PduError):
        read(whole + b"\x00")


@given(st.sampled_from([*REQUESTS]), st.data())
def test_a_changed_octet_is_read_or_refused(octets: str, data: st.DataObject):
    changed = bytearray.fromhex(octets)
    changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        asked = read_request(bytes(changed))
    except PduError:
        return
    assert read_request(write_request(asked)) == asked


@pytest.mark.parametrize(
    "octets", ["", "c0", "c401c1", "60", "c00001", "c00401", "c10001", "c10601", "c30001", "c30701"]
)
def test_what_is_no_request_is_refused(octets: str):
    with pytest.raises(PduError):
        read_request(bytes.fromhex(octets))


@pytest.mark.parametrize("octets", ["", "c4", "c001c1", "c40401", "c50601", "c70501"])
def test_what_is_no_response_is_refused(octets: str):
    with pytest.raises(PduError):
        read_response(bytes.fromhex(octets))


def test_a_list_is_bounded_and_never_empty():
    entry = "00030100010800ff0200"
    assert len(read_request(bytes.fromhex("c00301" + "820100" + entry * MAX_LIST)).references) == MAX_LIST
    for octets in ("c00301" + "820101" + entry * (MAX_LIST + 1), "c0030100", "c30301000200"):
        with pytest.raises(PduError):
            read_request(bytes.fromhex(octets))


def test_a_presence_flag_is_0_or_1():
    with pytest.raises(PduError):
        read_request(bytes.fromhex("c0010100030100010800ff0202"))


def test_a_reference_shows_what_it_names():
    assert (CLOCK.class_id, CLOCK.logical_name, CLOCK.number) == (8, "0.0.1.0.0.255", 2)
    with pytest.raises(ValueError, match="no logical name"):
        reference(8, "0.0.1.0.0", 2)
