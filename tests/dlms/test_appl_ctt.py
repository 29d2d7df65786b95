"""The application layer by the names of the DLMS UA conformance test list (Yellow Book, DLMS UA 1001-6), APPL.

The test plans are not public; their names are. Each test has the subject of the name in our own reading of IEC
62056-5-3, and its docstring says what OUR test checks. Broken octets are made by hand from the sound ones.
"""

import pytest
from dlms_bench import PROFILE, Bench, changed
from dlms_talk import BLOCKS, CLOCK, IMPORT, INVOKE, NAME, SERVICES, USUAL, Talker, talk

from emulator.dlms.codec.data import NULL
from emulator.dlms.pdu.acse import Context, Diagnostic, Mechanism, ProviderDiagnostic, Release, Result, read_aare
from emulator.dlms.pdu.initiate import InitiateError, initiate_refusal
from emulator.dlms.pdu.services import GET_NEXT, Request, read_response, write_request
from emulator.dlms.pdu.tags import Apdu, Conformance, DataAccessResult

NOT_ALLOWED = bytes.fromhex("d80101")  # service not allowed, operation not possible
UNKNOWN = bytes.fromhex("d80202")  # service unknown, service not supported
BROKEN = bytes.fromhex("d80103")  # service not allowed, other reason
GET = bytes.fromhex("c001c1000800000100 00ff0200".replace(" ", ""))
SET = bytes.fromhex("c101c100080000010000ff020000")
ACTION = bytes.fromhex("c301c100460000 60030aff0100".replace(" ", ""))


def refused(talker: Talker, diagnostic: int, *, by_provider: bool = False, **changes) -> bytes | None:
    """Check that an AARQ is refused for good and leaves no association; give the user information of the AARE."""
    aare = talker.open(**changes)
    assert (aare.result, aare.by_provider) == (Result.REJECTED_PERMANENT, by_provider)
    assert aare.diagnostic == diagnostic
    assert talker.send(GET) == NOT_ALLOWED
    return aare.user_information


@pytest.mark.ctt("APPL_IDLE_N1")
@pytest.mark.parametrize("level", ["public", "reader", "management"])
def test_no_service_without_an_association(level: str):
    """Our reading: in IDLE, every confirmed service and a release is refused by an exception-response."""
    talker = Talker(Bench(), level)
    for apdu in (GET, SET, ACTION, bytes.fromhex("6203800100"), bytes.fromhex("c81e") + bytes(30)):
        assert talker.send(apdu) == NOT_ALLOWED
    for apdu in (b"\x05\x01\x02\xfa\x00", b"\xd9\x00", b"\xff", b"\xc4\x01\xc1\x00\x00"):
        assert talker.send(apdu) == UNKNOWN
    assert talker.send(b"") == b""
    assert talker.associate().read(NAME)


@pytest.mark.ctt("APPL_OPEN_1")
@pytest.mark.parametrize("level", ["public", "reader", "management"])
def test_an_association_opens(level: str):
    """Our reading: a sound AARQ of each client is accepted, and services work from then on."""
    talker = talk(level)
    assert talker.aare.result == Result.ACCEPTED
    assert talker.aare.diagnostic == (Diagnostic.AUTHENTICATION_REQUIRED if level == "management" else Diagnostic.NULL)
    assert talker.aare.context == (Context.LN_CIPHERED if level == "management" else Context.LN)
    assert talker.agreed.version == 6
    assert talker.read(CLOCK)


@pytest.mark.ctt("APPL_OPEN_2")
def test_a_broken_aarq_opens_nothing():
    """Our reading: an AARQ cut short or with broken BER is refused, or answered by nothing, and opens nothing."""
    talker = Talker(Bench(), "public")
    whole = talker.aarq().to_bytes()
    for size in range(1, len(whole)):
        assert read_aare(talker.send(whole[:size])).result == Result.REJECTED_PERMANENT
        assert talker.send(GET) == NOT_ALLOWED
    assert talker.associate().read(CLOCK)


@pytest.mark.ctt("APPL_OPEN_3")
@pytest.mark.parametrize(
    ("field", "accepted"),
    [("", True), ("80020780", True), ("80020700", False), ("800207c0", True), ("80020640", False)],
)
def test_protocol_version(field: str, accepted: bool):
    """Our reading: protocol-version may be absent; present, it must have bit 0 set, else the provider refuses."""
    talker = Talker(Bench(), "public")
    body = bytes.fromhex(field) + talker.aarq().to_bytes()[2:]
    aare = read_aare(talker.send(b"\x60" + bytes((len(body),)) + body))
    if accepted:
        assert aare.result == Result.ACCEPTED
        return
    assert aare.result == Result.REJECTED_PERMANENT
    assert (aare.by_provider, aare.diagnostic) == (True, ProviderDiagnostic.NO_COMMON_ACSE_VERSION)


@pytest.mark.ctt("APPL_OPEN_4")
@pytest.mark.parametrize("context", [0, 2, 4, 5, 0xFE])
def test_an_application_context_we_do_not_have(context: int):
    """Our reading: short-name contexts and unknown ones are refused with application-context-name-not-supported."""
    refused(Talker(Bench(), "public"), Diagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED, context=context)


@pytest.mark.ctt("APPL_OPEN_5")
def test_fields_that_we_have_no_use_for():
    """Our reading: optional ACSE fields (called titles, invocation ids, implementation data) change nothing."""
    talker = Talker(Bench(), "public")
    head, rest = talker.aarq().to_bytes()[2:13], talker.aarq().to_bytes()[13:]
    extra = bytes.fromhex("a20a04080102030405060708" + "a3030401ff" + "a4030201 01".replace(" ", "") + "a803020107")
    body = head + extra + bytes.fromhex("bd0404020102") + rest
    assert read_aare(talker.send(b"\x60" + bytes((len(body),)) + body)).result == Result.ACCEPTED
    assert talker.read(NAME)


@pytest.mark.ctt("APPL_OPEN_6")
def test_another_authentication_mechanism():
    """Our reading: a mechanism the client must not use is not recognised; none, where one is due, is asked for."""
    for mechanism in (Mechanism.HLS, Mechanism.HLS_MD5, Mechanism.HLS_SHA1, Mechanism.HLS_GMAC, 7, 9, 0xFE):
        refused(Talker(Bench(), "reader"), Diagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED, mechanism=mechanism)
    for level in ("reader", "management"):
        for mechanism in (None, Mechanism.NONE):
            wanted = Diagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED
            refused(Talker(Bench(), level), wanted, mechanism=mechanism, authentication=None)
    refused(
        Talker(Bench(), "public"),
        Diagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED,
        mechanism=Mechanism.LLS,
        authentication=b"12345678",
    )


@pytest.mark.ctt("APPL_OPEN_7")
@pytest.mark.parametrize("password", [None, b"", b"TEST", b"TEST0000000", b"x" * 64])
def test_a_wrong_secret(password: bytes | None):
    """Our reading: a wrong or missing password is an authentication failure, and the security log knows of it."""
    bench = Bench()
    refused(Talker(bench, "reader"), Diagnostic.AUTHENTICATION_FAILURE, authentication=password)
    assert bench.refusals() == ["wrong password"]
    talk("reader", bench)


@pytest.mark.ctt("APPL_OPEN_9")
def test_a_dedicated_key_in_the_proposal():
    """Our reading: a plain context passes a dedicated key over, a ciphered one takes it if it has 16 octets."""
    assert talk("public", dedicated=bytes(16)).read(NAME)
    talker = talk("management", dedicated=bytes(range(16)))
    assert talker.read(NAME, "ded") == talker.read(NAME, "glo")
    aare = Talker(Bench(), "management").open(dedicated=bytes(15))
    assert aare.result == Result.REJECTED_PERMANENT


@pytest.mark.ctt("APPL_OPEN_11")
def test_quality_of_service_and_response_allowed():
    """Our reading: both may be absent or present; the quality of service is not taken up in the answer."""
    # by hand from IEC 62056-5-3, 7.3.2: no dedicated key; response-allowed; proposed-quality-of-service
    for options in ("000000", "00010000", "000101" + "00", "00000105", "0001010105"):
        talker = Talker(Bench(), "public")
        proposal = bytes.fromhex("01" + options + "065f1f0400601a1d0400")
        aare = talker.open(user_information=proposal)
        assert aare.result == Result.ACCEPTED, options
        assert aare.user_information[:2] == b"\x08\x00"


@pytest.mark.ctt("APPL_OPEN_12")
def test_the_dlms_version():
    """Our reading: a version below 6 is refused, 6 is agreed on with a client that offers more."""
    for version in (0, 1, 5):
        information = refused(Talker(Bench(), "public"), Diagnostic.NO_REASON_GIVEN, version=version)
        assert information == initiate_refusal(InitiateError.DLMS_VERSION_TOO_LOW)
    for version in (6, 7, 255):
        assert talk("public", version=version).agreed.version == 6


@pytest.mark.ctt("APPL_OPEN_13")
def test_the_conformance_block():
    """Our reading: what both can do is agreed on; nothing of GET, SET and ACTION in common is no association."""
    everything = Conformance(0xFFFFFF)
    supported = USUAL & ~Conformance.GENERAL_PROTECTION | Conformance.GENERAL_BLOCK_TRANSFER
    assert talk("public", conformance=everything).agreed.conformance == supported
    assert talk("public", conformance=Conformance.GET).agreed.conformance == Conformance.GET
    ciphered = talk("management", conformance=everything).agreed.conformance
    assert ciphered == supported | Conformance.GENERAL_PROTECTION
    for useless in (Conformance(0), Conformance.ACCESS, BLOCKS, everything & ~SERVICES):
        information = refused(Talker(Bench(), "public"), Diagnostic.NO_REASON_GIVEN, conformance=useless)
        assert information == initiate_refusal(InitiateError.INCOMPATIBLE_CONFORMANCE)


@pytest.mark.ctt("APPL_OPEN_14")
def test_the_largest_pdu():
    """Our reading: a size too small for one block is refused; 0 is no limit; ours is the profile's."""
    for size in (1, 11, 49):
        information = refused(Talker(Bench(), "public"), Diagnostic.NO_REASON_GIVEN, max_pdu=size)
        assert information == initiate_refusal(InitiateError.PDU_SIZE_TOO_SHORT)
    for size in (0, 64, 65535):
        assert talk("public", max_pdu=size).agreed.max_pdu == PROFILE.dlms.max_apdu
    small = Bench(profile=changed(PROFILE, dlms={"max_apdu": 512}))
    assert talk("public", small, max_pdu=0).agreed.max_pdu == 512


@pytest.mark.ctt("APPL_DATA_LN_N1")
def test_requests_that_are_no_requests():
    """Our reading: a GET, SET or ACTION of unknown type or broken gets an exception; the association stays."""
    talker = talk("reader")
    for apdu in ("c000c1", "c004c1" + GET.hex()[6:], "c10001", "c10601", "c30001", "c307c1", "c0", "c001", "c1", "c3"):
        assert talker.send(bytes.fromhex(apdu)) == BROKEN, apdu
    for whole in (GET, SET, ACTION):
        for size in range(1, len(whole)):
            assert talker.send(whole[:size]) == BROKEN
        assert talker.send(whole + b"\x00") == BROKEN
    assert talker.read(IMPORT)


@pytest.mark.ctt("APPL_DATA_LN_N3")
def test_get_next_without_a_long_get():
    """Our reading: GET-next where nothing is under way, or of another block, ends with its own result."""
    talker = talk("reader")
    reply = talker.send(write_request(Request(Apdu.GET_REQUEST, GET_NEXT, INVOKE, block_number=1)))
    answer = read_response(reply)
    assert answer.results == (DataAccessResult.NO_LONG_GET_IN_PROGRESS,)
    assert answer.block.last


@pytest.mark.ctt("APPL_DATA_LN_N4")
def test_services_that_were_not_agreed_on():
    """Our reading: a service or a form of it outside the agreed conformance is unknown in this association."""
    only_get = talk("reader", conformance=Conformance.GET)
    assert only_get.read(IMPORT)
    for apdu in (
        SET,
        ACTION,
        bytes.fromhex("c002c100000001"),
        bytes.fromhex("c003c101") + GET[3:],
        bytes.fromhex("c104c10100080000010000ff02000100"),
        bytes.fromhex("c303c1010046000060030aff010100"),
        bytes.fromhex("05010200fa"),
        bytes.fromhex("d9000000000001"),
        bytes.fromhex("e0c0000100000d") + GET,
    ):
        assert only_get.send(apdu) == UNKNOWN, apdu.hex()


@pytest.mark.ctt("APPL_DATA_SN_N1")
@pytest.mark.ctt("APPL_DATA_SN_N2")
@pytest.mark.ctt("APPL_DATA_SN_N3")
def test_short_names_are_refused():
    """Our reading: these are about Read and Write; a meter without short names refuses the context and the services."""
    for context in (Context.SN, Context.SN_CIPHERED):
        refused(Talker(Bench(), "public"), Diagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED, context=context)
    talker = talk("reader")
    read, write, unconfirmed = "050102fa00", "060102fa00010f00", "160102fa00010f00"
    for apdu in (read, write, unconfirmed, "2506" + "00" * 6, "2606" + "00" * 6):
        assert talker.send(bytes.fromhex(apdu)) == UNKNOWN
    assert talker.read(NAME)


@pytest.mark.ctt("APPL_REL_P1")
@pytest.mark.parametrize("level", ["public", "reader", "management"])
@pytest.mark.parametrize("apdu", ["6200", "6203800100", "6203800101"])
def test_a_release(level: str, apdu: str):
    """Our reading: RLRQ with or without a reason is confirmed with reason normal; then the client is idle again."""
    talker = talk(level)
    assert talker.release(bytes.fromhex(apdu)).hex() == "6303800100"
    assert talker.send(GET) == NOT_ALLOWED
    assert talker.release(Release(0).to_bytes(Apdu.RLRQ)) == NOT_ALLOWED
    talker.envelope = "plain"
    assert talker.associate().read(CLOCK)


def test_an_aarq_in_an_association_opens_it_anew():
    talker = talk("reader")
    assert talker.set(CLOCK, NULL) == DataAccessResult.READ_WRITE_DENIED
    refused(talker, Diagnostic.AUTHENTICATION_FAILURE, authentication=b"no")
    assert talker.associate().read(IMPORT)


def test_a_client_that_nobody_knows():
    for client in (0, 2, 17, 100, 1000, 0xFFFF):
        bench = Bench()
        stranger = Talker(bench, "public", client=client)
        refused(stranger, Diagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED)
        assert bench.refusals() == ["unknown client"]
