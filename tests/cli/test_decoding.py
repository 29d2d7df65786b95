"""Decoding for people: each framing and each kind of APDU, and any octets at all.

Octets are from the tables of IEC 62056-5-3 and -46, put together by hand; their readings are written out beside them.
The check sequences of HDLC frames were worked out bit by bit (ISO/IEC 13239), outside the code under test.
"""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from emulator.dlms.decoding import decode_octets

WIRE = sorted((Path(__file__).parents[1] / "wire").glob("*.wire"))


def crc(octets: bytes) -> bytes:
    value = 0xFFFF
    for octet in octets:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ (0x8408 if value & 1 else 0)
    return (value ^ 0xFFFF).to_bytes(2, "little")


def frame(control: int, information: str = "", segmented: bool = False) -> bytes:
    octets = bytes.fromhex(information)
    length = 8 + (len(octets) + 2 if octets else 0)
    head = (0xA000 | segmented << 11 | length).to_bytes(2, "big") + b"\x02\x21\x21" + bytes((control,))
    if octets:
        head += crc(head) + octets
    return b"\x7e" + head + crc(head) + b"\x7e"


def text(octets: bytes) -> list[str]:
    return [
        f"{'  ' * part.depth}{part.name}{': ' + part.value if part.value else ''}" for part in decode_octets(octets)
    ]


AARQ = "601da109060760857405080101be10040e01000000065f1f04000010100400"
APDUS = {
    AARQ: [
        "AARQ: application context 1",
        "  InitiateRequest: DLMS version 6, largest PDU 1024",
        "    conformance: block_get, get",
    ],
    # with a title, HLS-5 (GMAC) and a challenge of eight octets; the proposal under the global key
    "6040a109060760857405080103"
    "a60a04084d4648454144454e"
    "8a0207808b0760857405080205ac0a80084142434445464748"
    "be0e040c210a3000000001aabbccddee": [
        "AARQ: application context 3",
        "  system title: 4d 46 48 45 41 44 45 4e",
        "  authentication mechanism: 5",
        "  authentication value: 8 octets",
        "  GLO_INITIATE_REQUEST: protected: its content needs the key",
        "    security control: 0x30",
        "    invocation counter: 1",
        "    octets: aa bb cc dd ee",
    ],
    "6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f040000101004000007": [
        "AARE: application context 1",
        "  result: 0 (accepted)",
        "  diagnostic: 0 (service user)",
        "  InitiateResponse: DLMS version 6, largest PDU 1024",
        "    conformance: block_get, get",
    ],
    "6200": ["RLRQ: reason None"],
    "6203800100": ["RLRQ: reason 0"],
    "6303800100": ["RLRE: reason 0"],
    "c001c100030100010800ff0200": [
        "GET_REQUEST: type 1, invoke id 0xc1",
        "  target: Register (3) 1.0.1.8.0.255 number 2",
    ],
    "c002c100000007": ["GET_REQUEST: type 2, invoke id 0xc1", "  block number: 7"],
    "c003c102" + "00030100010800ff0200" + "00080000010000ff0200": [
        "GET_REQUEST: type 3, invoke id 0xc1",
        "  target: Register (3) 1.0.1.8.0.255 number 2",
        "  target: Clock (8) 0.0.1.0.0.255 number 2",
    ],
    "c401c10006000003e8": [
        "GET_RESPONSE: type 1, invoke id 0xc1",
        "  result: 0 (success)",
        "  double-long-unsigned: 1000",
    ],
    "c401c1000202" + "090c07ea0302010a110000000000" + "01010f05": [
        "GET_RESPONSE: type 1, invoke id 0xc1",
        "  result: 0 (success)",
        "  structure: 2 items",
        "    octet-string: 07ea0302010a110000000000 (2026-03-02T10:17:00Z)",
        "    array: 1 items",
        "      integer: 5",
    ],
    "c401c10103": ["GET_RESPONSE: type 1, invoke id 0xc1", "  result: 3 (read_write_denied)"],
    "c402c101000000020002aabb": [
        "GET_RESPONSE: type 2, invoke id 0xc1",
        "  block: 2, last True, 2 octets",
    ],
    "c403c102" + "0016ff" + "0104": [
        "GET_RESPONSE: type 3, invoke id 0xc1",
        "  result: 0 (success)",
        "  enum: 255",
        "  result: 4 (object_undefined)",
    ],
    "c101c100080000010000ff0300100000": [
        "SET_REQUEST: type 1, invoke id 0xc1",
        "  target: Clock (8) 0.0.1.0.0.255 number 3",
        "  long: 0",
    ],
    "c501c100": ["SET_RESPONSE: type 1, invoke id 0xc1", "  result: 0 (success)"],
    "c501c1fa": ["SET_RESPONSE: type 1, invoke id 0xc1", "  result: 250 (other_reason)"],
    "c301c10046000060030aff01010f00": [
        "ACTION_REQUEST: type 1, invoke id 0xc1",
        "  target: Disconnect control (70) 0.0.96.3.10.255 number 1",
        "  integer: 0",
    ],
    "c701c10000": ["ACTION_RESPONSE: type 1, invoke id 0xc1", "  result: 0 (success)"],
    "c701c10200": ["ACTION_RESPONSE: type 1, invoke id 0xc1", "  result: 2 (temporary_failure)"],
    "d8010600000005": [
        "exception-response: 1 (service_not_allowed)",
        "  service error: 6 (invocation_counter_error)",
        "  expected counter: 5",
    ],
    "e0c00001000003aabbcc": [
        "GENERAL_BLOCK_TRANSFER: block 1, acknowledges 0, last True",
        "  octets: aa bb cc",
    ],
    "c80830000000ff010203": [
        "GLO_GET_REQUEST: protected: its content needs the key",
        "  security control: 0x30",
        "  invocation counter: 255",
        "  octets: 01 02 03",
    ],
    "db084d4648454144454e0630000000077a": [
        "GENERAL_GLO_CIPHERING: protected: its content needs the key",
        "  system title: 4d 46 48 45 41 44 45 4e",
        "  security control: 0x30",
        "  invocation counter: 7",
        "  octets: 7a",
    ],
    "0e010600": ["CONFIRMED_SERVICE_ERROR: 01 06 00"],
    "0f00000007001203e8": ["DATA_NOTIFICATION: long invoke id 7", "  long-unsigned: 1000"],
    "c20000010000603266ff021203e8": [
        "EVENT_NOTIFICATION",
        "  target: Data (1) 0.0.96.50.102.255 number 2",
        "  long-unsigned: 1000",
    ],
    "0f00000001": ["broken: octets are missing: 0f 00 00 00 01"],
    "ff00": ["broken: no APDU: ff 00"],
    "": ["broken: no APDU: "],
}


@pytest.mark.parametrize("octets", APDUS, ids=lambda one: one[:24] or "-")
def test_an_apdu_is_told_in_its_parts(octets):
    assert text(bytes.fromhex(octets)) == APDUS[octets]


def test_the_wrapper_with_two_frames_and_half_a_third():
    one = "00010010000100" + f"{len(AARQ) // 2:02x}" + AARQ
    two = "0001000100100004c501c100"
    told = text(bytes.fromhex(one + two + one[:20]))
    assert told[0] == "wrapper: from 16 to 1, 31 octets"
    assert told[1:4] == [f"  {line}" for line in APDUS[AARQ]]
    assert told[4:] == [
        "wrapper: from 1 to 16, 4 octets",
        "  SET_RESPONSE: type 1, invoke id 0xc1",
        "    result: 0 (success)",
        "broken: a frame is cut short",
    ]


def test_hdlc_with_a_link_coming_up_and_an_apdu_in_two_segments():
    get = "c001c100030100010800ff0200"
    stream = (
        frame(0x93, "8180140502008006020080070400000001080400000001")
        + frame(0x73)
        + frame(0x00, "e6e600" + get[:10], segmented=True)
        + frame(0x31)
        + frame(0x12, get[10:])
        + frame(0x53)[:-4]
    )
    assert text(stream) == [
        "HDLC SNRM: from 16 to 1/16, P/F",
        "  information: 81 80 14 05 02 00 80 06 02 00 80 07 04 00 00 00 01 08 04 00 00 00 01",
        "HDLC UA: from 16 to 1/16, P/F",
        "HDLC I: from 16 to 1/16",
        "HDLC RR: from 16 to 1/16, P/F",
        "HDLC I: from 16 to 1/16, P/F",
        "  GET_REQUEST: type 1, invoke id 0xc1",
        "    target: Register (3) 1.0.1.8.0.255 number 2",
        "broken: a frame is cut short",
    ]


def test_a_broken_hdlc_frame_is_told_and_the_next_one_read():
    broken = bytearray(frame(0x93))
    broken[-3] ^= 1
    assert text(bytes(broken) + frame(0x93)) == ["HDLC SNRM: from 16 to 1/16, P/F", "broken: 1 frame rejected: bad_fcs"]


@pytest.mark.parametrize("octets", [octets for octets in APDUS if octets[:2] in {"60", "61", "c0", "c4", "c8", "db"}])
def test_an_apdu_cut_short_is_told_so(octets):
    for end in range(2, len(octets), 2):
        parts = decode_octets(bytes.fromhex(octets[:end]))
        assert parts[-1].fault, octets[:end]


def changed(seed: bytes, changes: list[tuple[int, int]], tail: bytes) -> bytes:
    octets = bytearray(seed)
    for place, value in changes:
        if octets:
            octets[place % len(octets)] = value
    return bytes(octets) + tail


CHANGES = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=4)
SEEDS = [bytes.fromhex(octets) for octets in APDUS] + [frame(0x93), frame(0x10, "e6e600" + AARQ)]


@given(st.one_of(st.binary(max_size=80), st.builds(changed, st.sampled_from(SEEDS), CHANGES, st.binary(max_size=6))))
@example(b"\xc4\x01\xc1\x00" + b"\x01\x01" * 3000)
@example(b"\xc4\x03\xc1\xff")
@example(b"\xc4\x01\xc1\x00\x09\x0c" + b"\xff" * 12)
@example(b"\x7e" * 50)
@example(b"\x00\x01\x00\x01")
@settings(max_examples=600, deadline=None)
def test_no_octets_raise(octets):
    parts = decode_octets(octets)
    assert parts or octets in {b"", b"\x7e" * len(octets)}
    assert all(part.name and part.depth >= 0 for part in parts)


def test_every_octet_of_every_transcript_is_read():
    """What the wire transcripts hold, conversation by conversation."""
    lines = 0
    for file in WIRE:
        for line in file.read_text("utf-8").splitlines():
            if line[:2] in {"> ", "< "} and not set(line[2:].split("#")[0]) - set("0123456789abcdefABCDEF "):
                decode_octets(bytes.fromhex(line[2:].split("#")[0]))
                lines += 1
    assert lines > 20
