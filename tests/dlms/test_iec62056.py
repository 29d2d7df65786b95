"""Messages of IEC 62056-21: known octets, both ways, however they come.

Where the octets are from: the sign-on `/?!` and the shape of the option message are the standard's own (also device
dossier 3.10); the identification of a ZMF100 is in dossier 3.10; the break with its check character, and `06 B2 35 B2
8D 0A` for ACK 2 5 2 with parity at 9,600 baud (Green Book 5, figure 17), are quoted in the sources of pydlms-client;
the password message `P1 (00000000)` with check character `a` stands in many public reader programs.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.dlms.framing import iec62056
from emulator.dlms.framing.iec62056 import BadCheck, Command, MessageReader, Option, Repeat, Request

SIGN_ON = b"/?!\r\n"
PASSWORD = b"\x01P1\x02(00000000)\x03a"
BREAK = bytes.fromhex("01 42 30 03 71")

KNOWN = {
    SIGN_ON: Request(""),
    b"/?1234ABC!\r\n": Request("1234ABC"),
    b"\x06051\r\n": Option("0", "5", "1"),
    b"\x06040\r\n": Option("0", "4", "0"),
    b"\x06252\r\n": Option("2", "5", "2"),
    b"\x06@@@\r\n": Option(),
    PASSWORD: Command("P1", "(00000000)"),
    BREAK: Command("B0"),
    b"\x01B0\x03\r": Command("B0"),  # as Gurux writes it: CR LF, and no check character
    b"\x01R1\x021.8.0()\x03Z": Command("R1", "1.8.0()"),
    b"\x01R1\x021.8.0()\x03[": BadCheck(),
    b"\x01??\x03\x03": Command(),
    b"\x15": Repeat(),
}


def read(octets, reader=None):
    reader = reader or MessageReader()
    found = (reader.feed(iec62056.character_of(octet)) for octet in octets)
    return [message for message in found if message is not None]


@pytest.mark.parametrize("octets", KNOWN)
def test_a_known_message_is_read_with_and_without_parity(octets):
    assert read(octets) == [KNOWN[octets]]
    assert read(iec62056.with_parity(octets)) == [KNOWN[octets]]


@pytest.mark.parametrize("octets", [each for each in KNOWN if len(each) > 1])
def test_a_message_that_is_cut_short_waits_and_can_be_dropped(octets):
    reader = MessageReader()
    assert read(octets[:-1], reader) == []
    assert reader.pending
    reader.drop()
    assert read(SIGN_ON, reader) == [Request("")]


def test_parity_is_even_and_a_wrong_one_spoils_the_message():
    assert iec62056.with_parity(b"\x06252\r\n") == bytes.fromhex("06 B2 35 B2 8D 0A")
    assert iec62056.with_parity(SIGN_ON) == bytes.fromhex("AF 3F 21 8D 0A")
    assert read(bytes.fromhex("AF BF 21 8D 0A")) == []  # the question mark's parity bit is wrong
    spoilt = bytearray(iec62056.with_parity(PASSWORD))
    spoilt[6] ^= 0x80 | 0x01
    spoilt[7] ^= 0x80
    assert read(bytes(spoilt)) == [BadCheck()]


def test_noise_between_messages_is_dropped():
    noise = bytes(50) + b"\xff\x00!\r\n?\x03\x02"
    assert read(noise + SIGN_ON + noise + PASSWORD + noise) == [Request(""), KNOWN[PASSWORD]]
    assert read(b"/?" + SIGN_ON) == [Request("")]  # a request that breaks off
    assert read(b"\x06" + SIGN_ON) == [Request("")]  # an acknowledgement alone
    assert read(b"/?" + b"1" * 33 + b"!\r\n" + SIGN_ON) == [Request("")]  # too long an address


def test_a_command_without_an_end_is_bounded():
    assert read(b"\x01W1\x02" + b"1" * 400) == [BadCheck()]


def test_what_a_meter_writes():
    assert iec62056.identification("LGZ", 4, "ZMF100AC.M26", mode_e=False) == b"/LGZ4ZMF100AC.M26\r\n"
    assert iec62056.identification("ELs", 5, "AS300P", mode_e=True) == b"/ELs5\\2AS300P\r\n"
    assert iec62056.option("2", 5, "2") == b"\x06252\r\n"
    assert iec62056.command("P1", "(00000000)") == PASSWORD
    assert iec62056.command("B0") == BREAK
    # By hand: 31^2e^38^2e^30 = 39, ^28^31^29 = 09, twice ^0d^0a is nothing, ^21^03 = 2b
    assert iec62056.data_message(["1.8.0(1)"]) == b"\x021.8.0(1)\r\n!\r\n\x03\x2b"
    assert iec62056.answer("(ERR01)") == b"\x02(ERR01)\x03" + bytes((0x45 ^ 0x52 ^ 0x52 ^ 0x30 ^ 0x31 ^ 0x01 ^ 0x03,))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1.8.0()", ("1.8.0", "")),
        ("1-0:1.8.0*255(1)", ("1.8.0", "1")),
        ("0.9.1(10:20:30)", ("0.9.1", "10:20:30")),
        ("(00000000)", ("", "00000000")),
        ("1.8.0", None),
        ("1.8.0(", None),
        ("1.8.0(1)(2)", None),
        ("", None),
    ],
)
def test_a_data_set_is_a_code_and_a_value(text, found):
    assert iec62056.parse_data_set(text) == found


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(list(KNOWN)), st.binary(max_size=20))), st.booleans())
def test_any_octets_are_read_without_an_error_and_a_sign_on_after_them_is_heard(pieces, parity):
    octets = b"".join(pieces)
    reader = MessageReader()
    read(iec62056.with_parity(bytes(each & 0x7F for each in octets)) if parity else octets, reader)
    reader.drop()
    assert read(SIGN_ON, reader) == [Request("")]


@given(st.text(st.characters(codec="ascii", exclude_characters="\x01\x02\x03\x06\x15/!"), max_size=100))
def test_a_command_comes_back_as_it_was_written(text):
    assert read(iec62056.command("W1", text)) == [Command("W1", text)]
