"""AARQ, AARE, RLRQ, RLRE and the initiate APDUs in them: the Green Book's examples, round trips, broken BER.

Green Book examples (DLMS UA 1000-2, clause 11, encoding examples) as the test suites of dlms-cosem 21.3.2 and of
Gurux quote them. Octets marked pydlms were written by pydlms-client 0.1.0.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.dlms.errors import PduError
from emulator.dlms.pdu.acse import FOREIGN, Aare, Aarq, Release, read_aare, read_aarq, read_release
from emulator.dlms.pdu.initiate import (
    InitiateError,
    InitiateRequest,
    InitiateResponse,
    initiate_refusal,
    read_initiate_request,
    read_initiate_response,
)
from emulator.dlms.pdu.tags import Apdu, Conformance

INITIATE = "01000000065f1f0400007e1f04b0"
PROPOSED = InitiateRequest(Conformance(0x007E1F), 1200)
AGREED = "0800065f1f040000501f01f40007"
TITLE = bytes.fromhex("4d4d4d0000bc614e")
GLO_INITIATE = "21303001234567801302ff8a7874133d414ced25b42534d28db0047720606b175bd52211be6841db204d39ee6fdb8e356855"

AARQS = {
    "Green Book, no authentication": (
        "601da109060760857405080101be10040e" + INITIATE,
        Aarq(1, bytes.fromhex(INITIATE)),
    ),
    "Green Book, low level security": (
        "6036a1090607608574050801018a0207808b0760857405080201ac0a80083132333435363738be10040e" + INITIATE,
        Aarq(1, bytes.fromhex(INITIATE), None, True, 1, b"12345678"),
    ),
    "Green Book, high level security": (
        "6036a1090607608574050801018a0207808b0760857405080205ac0a80084b35366956616759be10040e" + INITIATE,
        Aarq(1, bytes.fromhex(INITIATE), None, True, 5, b"K56iVagY"),
    ),
    "Green Book, ciphered": (
        "6066a109060760857405080103a60a04084d4d4d0000bc614e8a0207808b0760857405080201ac0a80083132333435363738"
        "be340432" + GLO_INITIATE,
        Aarq(3, bytes.fromhex(GLO_INITIATE), TITLE, True, 1, b"12345678"),
    ),
}
AARES = {
    "Green Book, accepted": (
        "6129a109060760857405080101a203020100a305a103020100be10040e" + AGREED,
        Aare(1, 0, 0, user_information=bytes.fromhex(AGREED)),
    ),
    "Green Book, context name not supported": (
        "6129a109060760857405080101a203020101a305a103020102be10040e" + AGREED,
        Aare(1, 1, 2, user_information=bytes.fromhex(AGREED)),
    ),
    "Green Book, version too low": (
        "611fa109060760857405080101a203020101a305a103020101be0604040e010601",
        Aare(1, 1, 1, user_information=bytes.fromhex("0e010601")),
    ),
    "Green Book, authentication required": (
        "6142a109060760857405080101a203020100a305a10302010e88020780890760857405080205aa0a8008503677524a323146"
        "be10040e" + AGREED,
        Aare(1, 0, 14, mechanism=5, authentication=b"P6wRJ21F", user_information=bytes.fromhex(AGREED)),
    ),
    "pydlms, with a title": (
        (
            "6143a109060760857405080103a203020100a305a10302010ea40a04084d4d4d0000bc614e88020780890760857405080205"
            "aa0a8008503677524a323146be050403280102"
        ),
        Aare(3, 0, 14, False, TITLE, 5, b"P6wRJ21F", b"\x28\x01\x02"),
    ),
    "pydlms, refused by the provider": (
        "6117a109060760857405080101a203020101a305a203020102",
        Aare(1, 1, 2, by_provider=True),
    ),
}
RELEASES = {
    "6203800100": (Apdu.RLRQ, Release(0)),
    "6200": (Apdu.RLRQ, Release()),
    "620a800100be050403210102": (Apdu.RLRQ, Release(0, b"\x21\x01\x02")),
    "6303800100": (Apdu.RLRE, Release(0)),
    "630a800100be050403280102": (Apdu.RLRE, Release(0, b"\x28\x01\x02")),
}


@pytest.mark.parametrize("name", AARQS)
def test_aarq_vectors(name: str):
    octets, value = AARQS[name]
    assert read_aarq(bytes.fromhex(octets)) == value
    assert value.to_bytes().hex() == octets


@pytest.mark.parametrize("name", AARES)
def test_aare_vectors(name: str):
    octets, value = AARES[name]
    assert read_aare(bytes.fromhex(octets)) == value
    assert value.to_bytes().hex() == octets


@pytest.mark.parametrize("octets", RELEASES)
def test_release_vectors(octets: str):  # pydlms
    apdu, value = RELEASES[octets]
    assert read_release(bytes.fromhex(octets)) == value
    assert value.to_bytes(apdu).hex() == octets


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        (INITIATE, PROPOSED),
        # Green Book, with a dedicated key
        (
            "01011000112233445566778899aabbccddeeff0000065f1f0400007e1f04b0",
            replace(PROPOSED, dedicated_key=bytes.fromhex("00112233445566778899aabbccddeeff")),
        ),
    ],
)
def test_initiate_request_vectors(octets: str, value: InitiateRequest):
    assert read_initiate_request(bytes.fromhex(octets)) == value
    assert value.to_bytes().hex() == octets


def test_initiate_response_vectors():
    value = InitiateResponse(Conformance(0x00501F), 500)
    assert read_initiate_response(bytes.fromhex(AGREED)) == value
    assert value.to_bytes().hex() == AGREED
    # dlms-cosem's, with a negotiated quality of service
    assert read_initiate_response(bytes.fromhex("080100065f1f0400001e1d04c80007")).max_pdu == 0x04C8


def test_optional_fields_of_an_initiate_request():
    # by hand from IEC 62056-5-3, 7.3.2: response-allowed and proposed-quality-of-service present
    full = "0100" + "0100" + "0105" + "065f1f0400007e1f04b0"
    assert read_initiate_request(bytes.fromhex(full)) == PROPOSED
    # the tag of the conformance block without its second octet, as some clients write it
    assert read_initiate_request(bytes.fromhex("01000000065f0400007e1f04b0")) == PROPOSED


@pytest.mark.parametrize("error", InitiateError)
def test_an_initiate_refusal_is_a_confirmed_service_error(error: InitiateError):
    assert initiate_refusal(error) == bytes((0x0E, 1, 6, error))


@pytest.mark.parametrize(
    "octets",
    [
        "02000000065f1f0400007e1f04b0",
        "01020000065f1f0400007e1f04b0",
        "01000000065f1f0300007e1f04b0",
        "01000000065f1f0401007e1f04b0",
        "01000000065e1f0400007e1f04b0",
        INITIATE + "00",
        "0110" + INITIATE[4:],
    ],
)
def test_a_broken_initiate_request_is_refused(octets: str):
    with pytest.raises(PduError):
        read_initiate_request(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("read", "octets"),
    [
        *((read_aarq, octets) for octets, _ in AARQS.values()),
        *((read_aare, octets) for octets, _ in AARES.values()),
        *((read_release, octets) for octets in RELEASES),
        (read_initiate_request, INITIATE),
        (read_initiate_response, AGREED),
    ],
)
def test_what_is_cut_short_anywhere_is_refused(read, octets: str):
    whole = bytes.fromhex(octets)
    for size in range(len(whole)):
        with pytest.raises(PduError):
            read(whole[:size])
    with pytest.raises(PduError):
        read(whole + b"\x00")


@given(st.sampled_from([read_aarq, read_aare, read_release, read_initiate_request]), st.data())
def test_a_changed_octet_is_read_or_refused(read, data: st.DataObject):
    texts = [octets for octets, _ in (*AARQS.values(), *AARES.values())] + [INITIATE, *RELEASES]
    octets = bytearray.fromhex(data.draw(st.sampled_from(texts)))
    octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(octets))
    except PduError:
        return


def test_a_foreign_name_is_told_from_ours():
    octets, _ = AARQS["Green Book, low level security"]
    foreign = octets.replace("60857405080101", "60857405090101").replace("60857405080201", "2b060104010203")
    asked = read_aarq(bytes.fromhex(foreign))
    assert (asked.context, asked.mechanism) == (FOREIGN, FOREIGN)


@pytest.mark.parametrize(
    ("field", "expected"),
    # by hand from X.208: 80 is protocol-version, bit 0 is version 1
    [("80020780", True), ("80020700", False), ("800107", False), ("8002 0640", False)],
)
def test_protocol_version(field: str, expected: bool):
    body = bytes.fromhex(field + AARQS["Green Book, no authentication"][0][4:])
    assert read_aarq(b"\x60" + bytes((len(body),)) + body).version_1 is expected


def test_a_field_that_stands_twice_is_refused():
    body = bytes.fromhex("a109060760857405080101" * 2)
    with pytest.raises(PduError):
        read_aarq(b"\x60" + bytes((len(body),)) + body)


def test_unknown_fields_are_passed_over():
    body = bytes.fromhex("a2060604ffffffff" + AARQS["Green Book, no authentication"][0][4:] + "bd020500")
    assert read_aarq(b"\x60" + bytes((len(body),)) + body) == AARQS["Green Book, no authentication"][1]
