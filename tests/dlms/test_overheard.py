"""Overheard connections: octets are decoded however they are split, and opened where a key fits.

The frames of HDLC are made by our own encoder, which test_hdlc_frame.py holds to the standard's octets.
"""

from emulator.dlms.framing.hdlc_frame import FrameKind, control_octet, encode_frame
from emulator.dlms.overheard import Overheard
from emulator.dlms.security import Cipher

# Public client: AARQ, GET of active import energy. Octets of tests/wire (public_client.wire and style page), by hand.
GET = bytes.fromhex("0001 0010 0001 000d c001c1 0003 0100010800ff 02 00")
RESPONSE = bytes.fromhex("0001 0001 0010 0009 c401c1 00 06 00003039")

# Green Book 9.2.7.2.4 / IEC 62056-5-3: the example keys and client title; a GET of the clock, glo-get-request.
KEY = bytes.fromhex("000102030405060708090A0B0C0D0E0F")
AUTHENTICATION_KEY = bytes.fromhex("D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF")
TITLE = bytes.fromhex("4D4D4D0000BC614E")
GLO_GET = bytes.fromhex("C81E3001234567411312FF935A47566827C467BC7D825C3BE4A77C3FCC056B6B")
GENERAL = bytes.fromhex("DB") + b"\x08" + TITLE + GLO_GET[1:]


def wrapped(apdu):
    return b"\x00\x01\x00\x10\x00\x01" + len(apdu).to_bytes(2, "big") + apdu


def names(parts):
    return [part.name for part in parts]


def test_octets_are_decoded_however_they_are_split():
    whole = Overheard().hear(GET, inward=True)
    assert [str(part.value) for part in whole][:2] == ["from 16 to 1, 13 octets", "type 1, invoke id 0xc1"]
    line, parts = Overheard(), []
    for octet in GET:
        parts += line.hear(bytes((octet,)), inward=True)
    assert parts == whole


def test_directions_do_not_mix():
    line = Overheard()
    assert line.hear(GET[:9], inward=True) == []
    answer = line.hear(RESPONSE, inward=False)
    assert names(answer) == ["wrapper", "GET_RESPONSE", "result", "double-long-unsigned"]
    assert names(line.hear(GET[9:], inward=True)) == ["wrapper", "GET_REQUEST", "target"]


def test_protected_apdu_is_opened_by_its_key():
    keys = [Cipher(bytes(16), bytes(16)), Cipher(KEY, AUTHENTICATION_KEY)]
    parts = Overheard(keys).hear(wrapped(GENERAL), inward=True)
    assert ("target", "Clock (8) 0.0.1.0.0.255 number 2") in [(part.name, part.value) for part in parts]


def test_protected_apdu_stays_closed_without_its_key():
    parts = Overheard([Cipher(bytes(16), AUTHENTICATION_KEY)]).hear(wrapped(GENERAL), inward=True)
    assert "protected: its content needs the key" in [part.value for part in parts]
    assert not any(part.fault for part in parts)


def test_broken_framing_is_told_and_the_next_octets_begin_afresh():
    line = Overheard()
    assert any(part.fault for part in line.hear(b"\x00\x07garbage!", inward=True))
    assert names(line.hear(GET, inward=True)) == ["wrapper", "GET_REQUEST", "target"]


def test_hdlc_frames_are_followed():
    addresses = b"\x03\x41"
    snrm = encode_frame(addresses, control_octet(FrameKind.SNRM, poll_final=True))
    inside = encode_frame(addresses, control_octet(FrameKind.I, poll_final=True), b"\xe6\xe6\x00" + GET[8:])
    line = Overheard()
    assert names(line.hear(snrm, inward=True)) == ["HDLC SNRM"]
    assert names(line.hear(inside[:5], inward=True)) == []
    assert names(line.hear(inside[5:], inward=True)) == ["HDLC I", "GET_REQUEST", "target"]
