"""Security suite 0: published vectors for every primitive, and that no octet of a message can be changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.dlms.errors import PduError
from emulator.dlms.pdu.initiate import read_initiate_request, read_initiate_response
from emulator.dlms.protection import ReplayError, dedicated_cipher, open_request
from emulator.dlms.security import (
    AUTHENTICATED,
    ENCRYPTED,
    Cipher,
    SecurityError,
    unwrap_key,
    wrap_key,
)

BOTH = AUTHENTICATED | ENCRYPTED
# The keys, title and counter of the Green Book's examples (DLMS UA 1000-2, 9.2.7 and clause 11).
BOOK = Cipher(bytes(range(0x10)), bytes(range(0xD0, 0xE0)))
TITLE = bytes.fromhex("4d4d4d0000bc614e")
COUNTER = 0x01234567
GET_CLOCK = bytes.fromhex("c0010000080000010000ff0200")
GLO_GET = bytes.fromhex("c81e3001234567411312ff935a47566827c467bc7d825c3be4a77c3fcc056b6b")


def test_gcm_as_nist_publishes_it():
    # NIST SP 800-38D, validation set of the GCM submission, test cases 3 and 4. Our associated data is the control
    # octet and the authentication key, so the vector's associated data is cut after its first octet.
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308")
    title, counter = bytes.fromhex("cafebabefacedbad"), 0xDECAF888
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
    )
    text = bytes.fromhex(
        "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
        "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
    )
    cipher = Cipher(key, associated[1:])
    head = bytes((ENCRYPTED,)) + counter.to_bytes(4, "big")
    assert cipher.protect(ENCRYPTED, title, counter, plain) == head + text
    assert cipher.open(title, head + text).plain == plain
    # Test case 4: 60 octets, the tag 5bc94fbc3221a5db94fae95ae7121a47 cut to 12.
    protected = cipher.protect(associated[0], title, counter, plain[:60])
    assert protected[5:] == text[:60] + bytes.fromhex("5bc94fbc3221a5db94fae95a")


def test_glo_get_request_of_the_green_book():
    assert BOOK.protect(BOTH, TITLE, COUNTER, GET_CLOCK) == GLO_GET[2:]
    opened = open_request(GLO_GET, BOOK, TITLE, COUNTER)
    assert (opened.plain, opened.counter, opened.envelope.control) == (GET_CLOCK, COUNTER, BOTH)


@pytest.mark.parametrize(
    ("control", "octets"),
    [
        (AUTHENTICATED, "1001234567" + GET_CLOCK.hex() + "06725d910f9221d263877516"),
        (ENCRYPTED, "2001234567411312ff935a47566827c467bc"),
        (0, "0001234567" + GET_CLOCK.hex()),
    ],
)
def test_the_weaker_protections_of_the_green_book(control: int, octets: str):
    assert BOOK.protect(control, TITLE, COUNTER, GET_CLOCK).hex() == octets
    assert BOOK.open(TITLE, bytes.fromhex(octets)).plain == GET_CLOCK


def test_glo_initiate_request_of_the_green_book():
    message = bytes.fromhex(
        "3001234567801302ff8a7874133d414ced25b42534d28db0047720606b175bd52211be6841db204d39ee6fdb8e356855"
    )
    plain = bytes.fromhex("01011000112233445566778899aabbccddeeff0000065f1f0400007e1f04b0")
    assert BOOK.protect(BOTH, TITLE, COUNTER, plain) == message
    asked = read_initiate_request(BOOK.open(TITLE, message).plain)
    assert asked.dedicated_key == bytes.fromhex("00112233445566778899aabbccddeeff")


def test_glo_initiate_response_of_the_green_book():
    message = bytes.fromhex("3001234567891214a0845e475714383f65bc19745ca235906525e4f3e1c893")
    agreed = read_initiate_response(BOOK.open(TITLE, message).plain)
    assert (agreed.conformance, agreed.max_pdu) == (0x007C1F, 1024)


def test_hls_mechanism_5_of_the_green_book():
    # Green Book 9.2.7.4: CtoS K56iVagY, StoC P6wRJ21F, counters 1 and 01234567.
    client = bytes.fromhex("4d4d4d0000000001")
    of_client = bytes.fromhex("10000000011a52fe7dd3e72748973c1e28")
    of_server = bytes.fromhex("1001234567fe1466afb3dbcd4f9389e2b7")
    assert BOOK.answer_challenge(client, 1, b"P6wRJ21F") == of_client
    assert BOOK.answer_challenge(TITLE, COUNTER, b"K56iVagY") == of_server
    assert BOOK.verify_answer(client, of_client, b"P6wRJ21F") == 1
    assert BOOK.verify_answer(TITLE, of_server, b"K56iVagY") == COUNTER
    for title, answer, challenge in (
        (TITLE, of_client, b"P6wRJ21F"),
        (client, of_client, b"P6wRJ21f"),
        (client, of_client[:-1], b"P6wRJ21F"),
        (client, of_client + b"\x00", b"P6wRJ21F"),
        (client, b"\x30" + of_client[1:], b"P6wRJ21F"),
    ):
        with pytest.raises(SecurityError):
            BOOK.verify_answer(title, answer, challenge)


def test_key_wrap_of_rfc_3394():
    # RFC 3394, 4.1: 128 bits of key data with a 128-bit key.
    master, key = bytes(range(0x10)), bytes.fromhex("00112233445566778899aabbccddeeff")
    wrapped = bytes.fromhex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5")
    assert wrap_key(master, key) == wrapped
    assert unwrap_key(master, wrapped) == key
    for broken in (wrapped[:-1], wrapped + b"\x00", wrapped[:-1] + b"\x00", b"", bytes(24)):
        with pytest.raises(SecurityError):
            unwrap_key(master, broken)


def flipped(octets: bytes, place: int) -> bytes:
    return octets[:place] + bytes((octets[place] ^ 0x01,)) + octets[place + 1 :]


@pytest.mark.parametrize("control", [AUTHENTICATED, BOTH])
def test_a_change_of_any_octet_is_found(control: int):
    message = BOOK.protect(control, TITLE, COUNTER, GET_CLOCK)
    for place in range(len(message)):
        with pytest.raises(SecurityError):
            BOOK.open(TITLE, flipped(message, place))
    for place in range(len(TITLE)):
        with pytest.raises(SecurityError):
            BOOK.open(flipped(TITLE, place), message)
    for size in range(len(message)):
        with pytest.raises(SecurityError):
            BOOK.open(TITLE, message[:size])


@pytest.mark.parametrize("general", [False, True])
def test_a_change_of_any_octet_of_an_envelope_is_found(general: bool):
    envelope = b"\xdb\x08" + TITLE + GLO_GET[1:] if general else GLO_GET
    assert open_request(envelope, BOOK, TITLE, 0).plain == GET_CLOCK
    for place in range(1, len(envelope)):
        with pytest.raises((SecurityError, PduError)):
            open_request(flipped(envelope, place), BOOK, TITLE, 0)


@given(
    st.sampled_from([0, AUTHENTICATED, ENCRYPTED, BOTH]),
    st.binary(min_size=8, max_size=8),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=100),
)
def test_what_is_protected_is_opened(control: int, title: bytes, counter: int, plain: bytes):
    assert BOOK.open(title, BOOK.protect(control, title, counter, plain)) == (control, counter, plain)


@pytest.mark.parametrize("control", [0x31, 0x32, 0x70, 0xB0, 0x01, 0xFF])
def test_another_suite_key_or_compression_is_refused(control: int):
    with pytest.raises(SecurityError):
        BOOK.open(TITLE, bytes((control,)) + GLO_GET[3:])


@given(st.binary(max_size=40))
def test_random_octets_never_pass(octets: bytes):
    with pytest.raises(SecurityError):
        BOOK.open(TITLE, bytes((BOTH,)) + octets)


def test_a_used_counter_is_refused_and_the_next_is_named():
    assert open_request(GLO_GET, BOOK, TITLE, COUNTER).counter == COUNTER
    with pytest.raises(ReplayError) as refused:
        open_request(GLO_GET, BOOK, TITLE, COUNTER + 1)
    assert refused.value.expected == COUNTER + 1


def test_an_envelope_names_the_service_it_holds():
    with pytest.raises(PduError):
        open_request(b"\xc9" + GLO_GET[1:], BOOK, TITLE, 0)  # a GET in glo-set
    empty = BOOK.protect(BOTH, TITLE, COUNTER, b"")
    with pytest.raises(PduError):
        open_request(b"\xdb\x00" + bytes((len(empty),)) + empty, BOOK, TITLE, 0)


def test_a_general_envelope_may_leave_the_title_out_and_no_other_may_stand_there():
    assert open_request(b"\xdb\x00" + GLO_GET[1:], BOOK, TITLE, 0).plain == GET_CLOCK
    with pytest.raises(SecurityError):
        open_request(b"\xdb\x08" + flipped(TITLE, 7) + GLO_GET[1:], BOOK, TITLE, 0)


@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_dedicated_key_has_16_octets(size: int):
    with pytest.raises(SecurityError):
        dedicated_cipher(bytes(size), BOOK)
