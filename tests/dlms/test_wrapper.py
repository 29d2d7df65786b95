"""The TCP wrapper: vectors, any split of the octets, and what closes the link."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.dlms.framing.errors import FramingError
from emulator.dlms.framing.wrapper import Datagram, WrapperDeframer, encode

# gurux_dlms 1.0.203, GXDLMSClient(True, 16, 1, NONE, None, WRAPPER).aarqRequest()
GURUX_AARQ = bytes.fromhex("000100100001001f601da109060760857405080101be10040e01000000065f1f0400401e5dffff")
GURUX_AARQ_READ = Datagram(16, 1, GURUX_AARQ[8:])

DATAGRAMS = st.lists(
    st.builds(Datagram, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=6
)


def cut(octets: bytes, places: list[int]) -> list[bytes]:
    marks = [0, *sorted(place % (len(octets) + 1) for place in places), len(octets)]
    return [octets[start:end] for start, end in itertools.pairwise(marks)]


def test_a_frame_of_another_implementation_is_read():
    deframer = WrapperDeframer()
    assert deframer.feed(GURUX_AARQ) == [GURUX_AARQ_READ]
    assert not deframer.pending
    assert deframer.error is None


def test_a_frame_is_written_as_another_implementation_writes_it():
    assert encode(*GURUX_AARQ_READ) == GURUX_AARQ


def test_octet_by_octet():
    deframer = WrapperDeframer()
    for octet in GURUX_AARQ[:-1]:
        assert deframer.feed(bytes((octet,))) == []
        assert deframer.pending
    assert deframer.feed(GURUX_AARQ[-1:]) == [GURUX_AARQ_READ]
    assert not deframer.pending


@given(DATAGRAMS, st.lists(st.integers(0, 1 << 16), max_size=8))
def test_any_split_gives_the_same_datagrams(datagrams: list[Datagram], places: list[int]):
    stream = b"".join(encode(*datagram) for datagram in datagrams)
    deframer = WrapperDeframer()
    assert [datagram for piece in cut(stream, places) for datagram in deframer.feed(piece)] == datagrams
    assert not deframer.pending


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("0002 0010 0001 0001", "bad_version"),
        ("0000 0010 0001 0001", "bad_version"),
        ("0001 0010 0001 0201", "oversize"),
    ],
)
def test_an_unreadable_header_keeps_what_was_complete_and_ends_the_stream(header: str, kind: str):
    deframer = WrapperDeframer(max_apdu=512)
    assert deframer.feed(GURUX_AARQ + bytes.fromhex(header) + b"\x00") == [GURUX_AARQ_READ]
    assert isinstance(deframer.error, FramingError)
    assert deframer.error.kind == kind
    assert not deframer.pending
    assert deframer.feed(GURUX_AARQ) == []


def test_an_oversize_frame_is_refused_at_its_header():
    deframer = WrapperDeframer(max_apdu=4)
    assert deframer.feed(encode(1, 2, b"abcd")) == [Datagram(1, 2, b"abcd")]
    assert deframer.feed(encode(1, 2, b"abcde")[:8]) == []
    assert deframer.error is not None


def test_the_longest_and_the_empty_apdu():
    longest = bytes(0xFFFF)
    assert WrapperDeframer().feed(encode(1, 2, longest) + encode(3, 4, b"")) == [(1, 2, longest), (3, 4, b"")]
    with pytest.raises(FramingError, match="oversize"):
        encode(1, 2, bytes(0x1_0000))


@given(st.lists(st.binary(max_size=30), max_size=8))
def test_noise_never_raises_and_is_judged_the_same_in_one_piece(pieces: list[bytes]):
    in_pieces, at_once = WrapperDeframer(max_apdu=20), WrapperDeframer(max_apdu=20)
    assert [d for piece in pieces for d in in_pieces.feed(piece)] == at_once.feed(b"".join(pieces))
    assert (in_pieces.error and in_pieces.error.kind) == (at_once.error and at_once.error.kind)
    assert in_pieces.pending == at_once.pending
