"""Beyond the sign-on: programming in mode C, HDLC in mode E, and every way back to the beginning.

Where expected octets are from: see optical_bench.
"""

import pytest
from dlms_bench import PROFILE, START
from optical_bench import (
    ACK,
    BLOCK,
    BREAK,
    IDENTIFIED,
    NAK,
    READ_OUT,
    SIGN_ON,
    TO_HDLC,
    Reader,
    answer,
    checked,
    command,
)

from emulator.device.commands import Reason
from emulator.device.instant import SECOND
from emulator.dlms.framing.hdlc_client import Disconnected, HdlcClient, Response, Transmit
from emulator.dlms.framing.hdlc_frame import encode_address
from emulator.dlms.optical import State
from emulator.dlms.optical_programming import ERRORS

# Mode C, programming


def test_a_code_is_read_without_a_password():
    reader = Reader().programming()
    assert reader.say(command("R1", "1.8.0()")) == answer("1.8.0(001234.120*kWh)")
    assert reader.say(command("R1", "1-0:1.8.0*255(1)")) == answer("1.8.0(001234.120*kWh)")
    assert reader.say(NAK) == answer("1.8.0(001234.120*kWh)")


def test_the_clock_is_written_with_the_password():
    reader = Reader().unlocked()
    assert reader.say(command("W1", "0.9.1(03:04:09)")) == ACK
    assert reader.bench.meter.shown_time == START + 4 * SECOND
    assert reader.say(command("R1", "0.9.1()")) == answer("0.9.1(03:04:09)")
    assert reader.say(command("W1", "0.9.2(260101)")) == ACK
    assert reader.bench.happened() == ["ClockAdjusted", "ClockAdjusted"]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (command("R1", "9.9.9()"), "(ERR02)"),
        (command("R1", "1.8()"), "(ERR02)"),
        (command("R1", "1.8.99()"), "(ERR02)"),
        (command("W1", "9.9.9(1)"), "(ERR02)"),
        (command("W1", "1.8.0(0)"), "(ERR03)"),
        (command("W1", "0.9.1(25:00:00)"), "(ERR04)"),
        (command("W1", "0.9.1(1)"), "(ERR04)"),
        (command("W1", "0.9.2(991231)"), "(ERR04)"),
        (command("R1", ""), "(ERR01)"),
        (command("R5", "1.8.0()"), "(ERR01)"),
        (command("E2", "1.8.0()"), "(ERR01)"),
        (checked(b"\x01", "R1"), "(ERR01)"),
    ],
)
def test_what_cannot_be_done_is_refused_in_the_protocols_words_and_the_next_reader_is_served(said, error):
    reader = Reader().unlocked()
    before = reader.bench.meter.records.clock
    assert reader.say(said) == answer(error)
    assert reader.bench.meter.records.clock == before
    assert reader.say(command("R1", "0.0.0()")) == answer("0.0.0(14K0000001)")
    assert reader.is_served()


def test_a_command_with_a_wrong_check_character_is_asked_for_again():
    reader = Reader().programming()
    spoilt = command("R1", "1.8.0()")[:-1] + b"\x00"
    assert reader.say(spoilt) == NAK
    assert reader.say(command("R1", "1.8.0()")) == answer("1.8.0(001234.120*kWh)")


def test_a_write_without_the_password_is_refused_and_noted():
    reader = Reader().programming()
    assert reader.say(command("W1", "0.9.1(03:04:09)")) == answer("(ERR03)")
    assert reader.bench.meter.shown_time == START
    assert reader.bench.happened() == ["AccessRefused"]


def test_a_wrong_password_is_an_unauthorised_access_and_the_third_ends_it():
    reader = Reader().programming()
    wrong = command("P1", "(00000000)")
    assert [reader.say(wrong) for _ in range(3)] == [answer("(ERR03)")] * 2 + [BREAK]
    assert reader.bench.happened() == ["AuthenticationFailed"] * 3
    assert len(reader.bench.meter.records.logs.security) == 3
    assert reader.port.state is State.IDLE
    assert reader.is_served()


def test_a_new_session_asks_for_the_password_again():
    reader = Reader().unlocked()
    assert reader.say(BREAK) == b""
    assert reader.programming().say(command("W1", "0.9.1(03:04:09)")) == answer("(ERR03)")


@pytest.mark.parametrize("said", [BREAK, b"\x01B0\x03\r\n"])
def test_a_break_ends_programming(said):
    reader = Reader().programming()
    assert reader.say(said) == b""
    assert (reader.port.state, reader.port.baud) == (State.IDLE, 300)
    assert reader.say(SIGN_ON, 300) == IDENTIFIED


def test_silence_ends_programming_within_60_to_120_s():
    reader = Reader().programming()
    reader.wait(60 * SECOND)
    assert reader.port.state is State.PROGRAMMING
    reader.wait(60 * SECOND)
    assert reader.port.state is State.IDLE


def test_every_reason_has_a_word():
    assert set(ERRORS) == set(Reason)


# Mode E


class Hdlc:
    """Our own HDLC client behind the sign-on; other people's are in tests/peers."""

    def __init__(self, reader: Reader, server: int = 1) -> None:
        self.reader = reader
        assert reader.say(SIGN_ON) == IDENTIFIED
        assert reader.say(TO_HDLC, 300) == TO_HDLC  # the meter's own, at the new speed
        assert reader.bauds == [9_600]
        self.client = HdlcClient(16, encode_address(server, PROFILE.hdlc.physical_address, octets=2))
        self.until(self.client.connect())

    def until(self, octets: bytes) -> object:
        event = None
        while octets:
            received, octets = self.reader.say(octets, 9_600), b""
            assert set(self.reader.bauds) <= {9_600}
            for event in self.client.feed(received):
                if isinstance(event, Transmit):
                    octets += event.octets
        return event


# Public client: AARQ of LN without ciphering and GET of the clock's time, by hand from the Green Book's tables.
AARQ = bytes.fromhex("601da109060760857405080101be10040e01000000065f1f04000010100400")
GET_CLOCK = bytes.fromhex("c001c1000800000100 00ff0200")


def test_mode_e_leads_to_hdlc_and_a_disconnect_back():
    reader = Reader()
    line = Hdlc(reader)
    opened = line.until(line.client.request(AARQ))
    assert isinstance(opened, Response)
    assert opened.apdu[0] == 0x61
    clock = line.until(line.client.request(GET_CLOCK))
    assert isinstance(clock, Response)
    # date-time 2026-01-01, Thursday, 03:04:05.00, deviation 0, clock status 0
    assert clock.apdu == bytes.fromhex("c401c100 090c 07ea0101 04 03040500 0000 00")
    assert isinstance(line.until(line.client.disconnect()), Disconnected)
    assert (reader.port.state, reader.port.baud) == (State.IDLE, 300)
    assert reader.say(SIGN_ON, 300) == IDENTIFIED


def test_noise_in_mode_e_is_dropped():
    reader = Reader()
    assert reader.say(SIGN_ON + TO_HDLC) == IDENTIFIED + TO_HDLC
    assert reader.say(SIGN_ON) == b""
    line = object.__new__(Hdlc)
    line.reader, line.client = reader, HdlcClient(16, encode_address(1, PROFILE.hdlc.physical_address, octets=2))
    line.until(line.client.connect())
    assert isinstance(line.until(line.client.request(AARQ)), Response)


def test_silence_ends_mode_e_with_or_without_a_link():
    reader = Reader()
    Hdlc(reader)
    reader.wait(PROFILE.hdlc.inactivity_s * SECOND - 1)
    assert reader.port.state is State.HDLC
    reader.wait(1)
    assert (reader.port.state, reader.port.baud) == (State.IDLE, 300)
    reader.say(SIGN_ON + TO_HDLC)
    reader.wait(120 * SECOND)
    assert reader.port.state is State.IDLE


def test_mode_e_is_not_offered_where_there_is_no_dlms():
    reader = Reader(hdlc=False)
    assert reader.say(SIGN_ON) == b"/ELR5AS300P\r\n"
    assert reader.say(TO_HDLC) == BLOCK


def test_a_port_of_mode_e_alone_reads_out_nothing():
    reader = Reader(modes=("E",))
    reader.say(SIGN_ON)
    assert reader.say(READ_OUT) == b""
    assert reader.port.state is State.IDLE
    reader.say(SIGN_ON)
    assert reader.wait(5 * SECOND) == b""
    assert reader.port.state is State.IDLE
