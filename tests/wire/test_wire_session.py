"""The transcripts of this folder against a session, octet by octet too, and over a socket; and the player itself."""

import socket
import threading

import pytest
import wire_player
from wire_player import MismatchError, Transcript, TranscriptError, load, names, play, read, to_session, to_socket

from emulator.dlms.session import Session

TRANSCRIPTS = names()
SAID = "meter seed=7\n> 0001 0010 0001 0000\n"


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_against_a_session(name: str):
    transcript = load(name)
    play(transcript, to_session(transcript.settings))


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_against_a_session_octet_by_octet(name: str):
    transcript = load(name)
    whole = to_session(transcript.settings)
    play(transcript, lambda octets: b"".join(whole(octets[place : place + 1]) for place in range(len(octets))))


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_over_a_socket(name: str):
    transcript = load(name)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        server = threading.Thread(target=serve, args=(theirs, transcript))
        server.start()
        try:
            play(transcript, to_socket(ours, patience_s=0.3))
        finally:
            ours.shutdown(socket.SHUT_RDWR)
            server.join()


def serve(connection: socket.socket, transcript: Transcript) -> None:
    session = Session(wire_player.devices(transcript.settings))
    while octets := connection.recv(65_536):
        connection.sendall(b"".join(session.receive(octets, transcript.settings.at)))


def test_there_are_transcripts_of_both_framings():
    firsts = [load(name).turns[0].sent[0] for name in TRANSCRIPTS]
    assert len(firsts) >= 10
    assert {0x00, 0x7E} == set(firsts)


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_transcript_says_where_its_octets_come_from(name: str):
    text = (wire_player.FOLDER / f"{name}.wire").read_text("utf-8")
    assert any(
        source in text for source in ("pydlms-client 0.1.0", "gurux_dlms 1.0.203", "dlms-cosem 21.3.2", "by hand")
    )


def test_a_difference_is_shown_with_its_line():
    transcript = read(SAID + "< 01 02 03", "sample")
    with pytest.raises(MismatchError, match=r"sample:2: the answers differ from octet 1 on"):
        play(transcript, lambda _: b"\x01\xff\x03")
    with pytest.raises(MismatchError, match=r"from octet 2 on"):
        play(transcript, lambda _: b"\x01\x02")
    play(transcript, lambda _: b"\x01\x02\x03")


def test_lines_go_on_and_answers_may_be_absent():
    transcript = read("# here\nmeter at=2026-01-01T00:00:00Z\n> 00\n  01 02\n> 03\n< 04\n 05\n", "sample")
    assert [turn[1:] for turn in transcript.turns] == [(b"\x00\x01\x02", b""), (b"\x03", b"\x04\x05")]
    assert transcript.settings.seed == 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no meter"),
        ("> 00", "no meter"),
        ("meter seed=7", "nothing is said"),
        ("meter seed=7\n< 00", "sample:2: nothing was sent"),
        ("meter seed=7\n 00", "sample:2: nothing was sent"),
        ("meter seed=7\n> 0", "sample:2"),
        ("meter seed=7\n> zz", "sample:2"),
        ("meter seed=x\n> 00", "sample:1"),
        ("meter serial=1\n> 00", "sample:1"),
        ("meter seed=1 seed=2\n> 00", "sample:1"),
        ("meter seed=1\nmeter seed=1\n> 00", "sample:2: one meter"),
        ("meter seed=1\nsend 00", "sample:2: a line begins"),
    ],
)
def test_a_transcript_that_cannot_be_played(text: str, problem: str):
    with pytest.raises(TranscriptError, match=problem):
        read(text, "sample")
