"""HDLC frames: check sequences, addresses, control fields, and the hunt for frames in any stream of octets."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.dlms.framing.errors import FramingError
from emulator.dlms.framing.hdlc_frame import (
    ALL_STATIONS,
    CALLING_DEVICE,
    CONTROLS,
    FLAG,
    Address,
    Frame,
    FrameKind,
    HdlcDeframer,
    check_sequence,
    control_octet,
    decode_address,
    encode,
    encode_address,
    encode_frame,
)

CLIENT = b"\x21"
SERVER = b"\x03"

# Frames that others wrote, with what they say. K: "Examples for DLMS/COSEM information exchange", G. Kmethy, DLMS UA;
# G: gurux_dlms 1.0.203; D: captures in the tests of dlms-cosem 21.3.2; P: pydlms-client 0.1.0.
PUBLIC_FRAMES = [
    ("K", "7EA00A00020023219318717E", "00020023", "21", 0x93, ""),
    (
        "K",
        "7EA023210002002373F6C58180140502008006020080070400000001080400000001CE6A7E",
        "21",
        "00020023",
        0x73,
        "8180140502008006020080070400000001080400000001",
    ),
    (
        "K",
        "7EA02E0002002321107ECBE6E600601DA109060760857405080101BE10040E01000000065F1F040000301DFFFFD4C57E",
        "00020023",
        "21",
        0x10,
        "E6E600601DA109060760857405080101BE10040E01000000065F1F040000301DFFFF",
    ),
    ("G", "7EA0070321930F017E", "03", "21", 0x93, ""),
    ("G", "7EA00703215303C77E", "03", "21", 0x53, ""),
    ("G", "7EA00703215111E47E", "03", "21", 0x51, ""),
    ("G", "7EA01403219363E7818008050202000602020043B07E", "03", "21", 0x93, "8180080502020006020200"),
    ("D", "7EA00802232193BD647E", "0223", "21", 0x93, ""),
    ("D", "7EA01F21022373E6C781801205019A06019A070400000001080400000001CCA27E", "21", "0223", 0x73, None),
    (
        "D",
        "7EA02C02232110AF9FE6E600601DA109060760857405080101BE10040E01000000065F1F0400001E1DFFFFC5E47E",
        "0223",
        "21",
        0x10,
        None,
    ),
    ("P", "7EA00C2103973E21FF00010D187E", "21", "03", 0x97, "FF0001"),
    ("P", "7EA00D21033222CF000030396FED7E", "21", "03", 0x32, "00003039"),
]

FRAMES = st.builds(
    Frame,
    st.sampled_from([SERVER, b"\x02\x23", b"\x00\x02\x00\x23", b"\xfe\xfe\xfe\xff", CLIENT]),
    st.sampled_from([CLIENT, SERVER, b"\x02\x23", b"\x00\x02\x00\x23"]),
    st.integers(0, 255),
    st.binary(max_size=40) | st.binary(max_size=6).map(lambda few: FLAG + few + FLAG),
    st.booleans(),
)


def in_pieces(deframer: HdlcDeframer, octets: bytes, sizes: list[int]) -> list[Frame]:
    frames: list[Frame] = []
    size = itertools.cycle(sizes)
    while octets:
        length = next(size)
        frames += deframer.feed(octets[:length])
        octets = octets[length:]
    return frames


def plain_x25(octets: bytes) -> int:
    """CRC-16/X-25 bit by bit, as its definition says."""
    crc = 0xFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc ^ 0xFFFF


def test_check_sequence_of_the_published_inputs():
    assert int.from_bytes(check_sequence(b"123456789"), "little") == 0x906E  # the check value of CRC-16/X-25
    assert check_sequence(b"\x03\x3f") == b"\x5b\xec"  # IEC 62056-46, Annex A.1


@given(st.binary(max_size=300))
def test_check_sequence_equals_the_plain_loop(octets: bytes):
    assert int.from_bytes(check_sequence(octets), "little") == plain_x25(octets)


@pytest.mark.parametrize(("_by", "octets", "destination", "source", "control", "information"), PUBLIC_FRAMES)
def test_frames_of_others_are_read_and_written(_by, octets, destination, source, control, information):
    wire = bytes.fromhex(octets)
    deframer = HdlcDeframer()
    (frame,) = deframer.feed(wire)
    assert frame.destination.hex() == destination.lower()
    assert frame.source.hex() == source.lower()
    assert frame.control == control
    if information is not None:
        assert frame.information == bytes.fromhex(information)
    assert encode(frame) == wire
    assert not deframer.pending
    assert not deframer.rejected
    assert deframer.error is None


def test_a_long_segment_of_a_capture_is_read():
    # A captured segment, S bit set, in the tests of dlms-cosem 21.3.2 (HCS and FCS made by the meter).
    head = bytes.fromhex("7ea87e210396a409")
    body = bytes.fromhex(
        "0f01160002020f02160002020f03160002020f04160002020f05160002020f0616000204120017110009060000160000ff0202010902"
        "030f0116010002030f0216010002030f0316010002030f0416010002030f0516010002030f0616010002030f0716010002030f081601"
        "0002030f0916010001"
    )
    (frame,) = HdlcDeframer().feed(head + body + bytes.fromhex("6ff37e"))
    assert frame == Frame(CLIENT, SERVER, 0x96, body, segmented=True)


# Control octets: IEC 62056-46, Table 7.
@pytest.mark.parametrize(
    ("octet", "kind", "poll_final", "send", "receive"),
    [
        (0x10, FrameKind.I, True, 0, 0),
        (0x54, FrameKind.I, True, 2, 2),
        (0xEE, FrameKind.I, False, 7, 7),
        (0x51, FrameKind.RR, True, 0, 2),
        (0x35, FrameKind.RNR, True, 0, 1),
        (0x93, FrameKind.SNRM, True, 0, 0),
        (0x53, FrameKind.DISC, True, 0, 0),
        (0x73, FrameKind.UA, True, 0, 0),
        (0x1F, FrameKind.DM, True, 0, 0),
        (0x97, FrameKind.FRMR, True, 0, 0),
        (0x03, FrameKind.UI, False, 0, 0),
        (0x13, FrameKind.UI, True, 0, 0),
    ],
)
def test_control_octets(octet: int, kind: FrameKind, poll_final: bool, send: int, receive: int):
    assert CONTROLS[octet] == (kind, poll_final, send, receive)
    assert control_octet(kind, poll_final=poll_final, send_number=send, receive_number=receive) == octet


def test_every_control_octet_is_known_or_said_to_be_unknown():
    assert len(CONTROLS) == 256
    for octet, control in enumerate(CONTROLS):
        if control.kind is not FrameKind.UNKNOWN:
            kind, poll_final, send, receive = control
            assert control_octet(kind, poll_final=poll_final, send_number=send, receive_number=receive) == octet
    # REJ, SREJ, SNRME, TEST and XID are not in the repertoire of Table 6.
    assert {CONTROLS[octet].kind for octet in (0x19, 0x1D, 0xCF, 0xF3, 0xBF, 0xFF)} == {FrameKind.UNKNOWN}


# The addresses of the frames above, and the special ones of IEC 62056-46, Table 4.
@pytest.mark.parametrize(
    ("octets", "upper", "lower"),
    [
        ("03", 1, None),
        ("21", 16, None),
        ("ff", ALL_STATIONS, None),
        ("0223", 1, 17),
        ("02fd", 1, CALLING_DEVICE),
        ("feff", ALL_STATIONS, ALL_STATIONS),
        ("00020023", 1, 17),
        ("0000fefd", 0, CALLING_DEVICE),
        ("fefefeff", ALL_STATIONS, ALL_STATIONS),
        ("02000401", 0x80, 0x100),
    ],
)
def test_addresses(octets: str, upper: int, lower: int | None):
    wire = bytes.fromhex(octets)
    assert decode_address(wire) == Address(upper, lower)
    assert encode_address(upper, lower, octets=len(wire)) == wire


@pytest.mark.parametrize(
    ("upper", "lower", "octets"), [(128, None, 1), (1, 128, 2), (1, 17, 3), (1, None, 2), (1, 17, 1)]
)
def test_an_address_that_does_not_fit_is_not_written(upper: int, lower: int | None, octets: int):
    with pytest.raises(ValueError, match="address"):
        encode_address(upper, lower, octets=octets)


def test_a_frame_longer_than_eleven_bits_can_say_is_not_written():
    assert len(encode_frame(SERVER + CLIENT, 0x10, bytes(2038))) == 2047 + 2
    with pytest.raises(FramingError, match="oversize"):
        encode_frame(SERVER + CLIENT, 0x10, bytes(2039))


@given(FRAMES)
def test_round_trip(frame: Frame):
    assert HdlcDeframer().feed(encode(frame)) == [frame]


@given(st.lists(FRAMES, max_size=4), st.lists(st.integers(1, 12), min_size=1, max_size=5), st.booleans())
def test_any_split_gives_the_same_frames(frames: list[Frame], sizes: list[int], shared_flags: bool):
    wires = [encode(frame) for frame in frames]
    stream = b"".join(wire[:-1] for wire in wires) + FLAG if shared_flags else b"".join(wires)
    deframer = HdlcDeframer()
    assert in_pieces(deframer, stream, sizes) == frames
    assert not deframer.rejected
    assert not deframer.pending


@pytest.mark.parametrize(
    "wire",
    [
        # K, flag octet in the HCS; then P: last octet of the FCS, its first octet, and last octet of the HCS.
        bytes.fromhex(
            "7EA02E0002002321107ECBE6E600601DA109060760857405080101BE10040E01000000065F1F040000301DFFFFD4C57E"
        ),
        bytes.fromhex("7EA01B03211009E3E6E600C001C100030100010800FF020000ABC27E7E"),
        bytes.fromhex("7EA01B03211009E3E6E600C001C100030100010800FF020001277E297E"),
        bytes.fromhex("7EA00A030340157E00CCC67E"),
        encode_frame(SERVER + CLIENT, 0x10, b"\x7e\xa0\x07\x03\x21\x93\x0f\x01\x7e" * 3),
        encode_frame(b"\x7e\x7f" + CLIENT, 0x10, FLAG * 20),  # logical device 0x3F
        encode_frame(SERVER + CLIENT, 0x7E, FLAG * 109),  # a length of 7E and a control octet of 7E
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_a_flag_octet_inside_a_frame_is_data(wire: bytes, size: int):
    deframer = HdlcDeframer()
    frames = in_pieces(deframer, wire * 2, [size])
    assert [encode(frame) for frame in frames] == [wire, wire]
    assert not deframer.rejected


SNRM = bytes.fromhex("7EA0070321930F017E")  # G, above
AARQ = bytes.fromhex(PUBLIC_FRAMES[2][1])


@pytest.mark.parametrize(
    ("kind", "damaged"),
    [
        ("bad_format", SNRM[:1] + b"\x00" + SNRM[2:]),
        ("bad_format", SNRM[:1] + b"\xb0" + SNRM[2:]),
        ("bad_length", SNRM[:2] + b"\x06" + SNRM[3:]),
        ("bad_length", SNRM[:2] + b"\x00" + SNRM[3:]),
        ("no_closing_flag", SNRM[:-1] + b"\x00" + SNRM[-1:]),
        ("bad_fcs", SNRM[:-2] + b"\x00" + SNRM[-1:]),
        ("bad_fcs", SNRM[:4] + b"\x23" + SNRM[5:]),
        ("bad_hcs", AARQ[:10] + b"\xca" + AARQ[11:]),
        ("bad_fcs", AARQ[:20] + b"\x00" + AARQ[21:]),
        ("bad_address", bytes.fromhex("7EA0090002052193AFD07E")),  # three octets; from the Gurux conformance tool
        ("bad_address", bytes.fromhex("7EA00B00020004032193") + check_sequence(b"") + FLAG),  # five octets
    ],
)
def test_what_is_no_frame_is_counted_and_the_next_frame_is_found(kind: str, damaged: bytes):
    for size in (1, 1000):
        deframer = HdlcDeframer()
        assert [encode(frame) for frame in in_pieces(deframer, damaged + SNRM, [size])] == [SNRM]
        assert deframer.rejected[kind] >= 1


def test_a_length_without_room_for_a_check_of_the_information_is_rejected():
    header = b"\xa0\x08\x03\x21\x10"
    deframer = HdlcDeframer()
    assert deframer.feed(FLAG + header + b"\x00" + check_sequence(header + b"\x00") + FLAG) == []
    assert deframer.rejected["bad_length"] == 1


def test_flags_in_a_row_are_fill_and_noise_before_a_flag_is_skipped():
    deframer = HdlcDeframer()
    assert len(deframer.feed(b"\x00\xa0\x07" + FLAG * 5 + SNRM + FLAG * 5)) == 1
    assert not deframer.rejected
    assert not deframer.pending


def test_a_frame_is_not_lost_behind_a_false_beginning():
    false_beginning = b"\x7e\xa7\xff\x03\x21\x10\x00\x00"  # says 2047 octets, but its header check is wrong
    deframer = HdlcDeframer()
    assert [encode(frame) for frame in deframer.feed(false_beginning + SNRM)] == [SNRM]


def test_an_incomplete_frame_can_be_dropped():
    deframer = HdlcDeframer()
    deframer.feed(SNRM[:-1])
    assert deframer.pending
    deframer.drop_incomplete()
    assert not deframer.pending
    assert deframer.rejected == {"incomplete": 1}
    assert deframer.feed(b"\x7e") == []
    assert [encode(frame) for frame in deframer.feed(SNRM)] == [SNRM]


NOISE = st.binary(max_size=20) | st.sampled_from([FLAG, FLAG * 3, b"\x7e\xa0", b"\x7e\xa7\xff\x03\x21", SNRM, AARQ])
MUTATED = st.tuples(FRAMES.map(encode), st.integers(0, 200), st.integers(1, 255)).map(
    lambda it: bytes(octet ^ it[2] if at == it[1] % len(it[0]) else octet for at, octet in enumerate(it[0]))
)


@settings(max_examples=200)
@given(st.lists(NOISE | MUTATED, max_size=8), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_noise_never_raises_is_judged_the_same_in_any_pieces_and_is_not_hoarded(parts: list[bytes], sizes: list[int]):
    stream = b"".join(parts)
    at_once, piecewise = HdlcDeframer(), HdlcDeframer()
    assert at_once.feed(stream) == in_pieces(piecewise, stream, sizes)
    assert at_once.rejected == piecewise.rejected
    assert at_once.pending == piecewise.pending


def test_no_more_than_one_frame_is_held():
    deframer = HdlcDeframer()
    header = b"\xa7\xff\x03\x21\x10"
    for _ in range(40):
        deframer.feed(FLAG + header + check_sequence(header) + bytes(93))
        assert len(deframer._held) <= 1 + 2047
    assert deframer.rejected["no_closing_flag"] >= 1
