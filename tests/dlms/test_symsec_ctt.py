"""Security by the names of the DLMS UA conformance test list (Yellow Book, DLMS UA 1001-6), SYMSEC_0.

The test plans are not public; their names are. Each test has the subject of the name in our own reading of the Green
Book, 9.2, and of the security setup class, and its docstring says what OUR test checks.
"""

import pytest
from dlms_bench import PROFILE, START, Bench, allowed
from dlms_talk import CLOCK, DEDICATED_KEY, FULL, IMPORT, Talker, octets, talk, u8

from emulator.dlms.codec.data import NULL, Data, Tag, array, encode, structure
from emulator.dlms.codec.octets import octet_string
from emulator.dlms.objects.object_list import METER
from emulator.dlms.pdu.acse import Release, read_release
from emulator.dlms.pdu.general import ExceptionAnswer, read_exception
from emulator.dlms.pdu.initiate import InitiateRequest
from emulator.dlms.pdu.services import Response, reference
from emulator.dlms.pdu.tags import Apdu, Conformance, DataAccessResult
from emulator.dlms.security import AUTHENTICATED, ENCRYPTED, wrap_key

POLICY = reference(64, "0.0.43.0.0.255", 2)
SUITE = reference(64, "0.0.43.0.0.255", 3)
CLIENT_TITLE = reference(64, "0.0.43.0.0.255", 4)
SERVER_TITLE = reference(64, "0.0.43.0.0.255", 5)
ACTIVATE = reference(64, "0.0.43.0.0.255", 1)
TRANSFER = reference(64, "0.0.43.0.0.255", 2)
COUNTER = reference(1, "0.0.43.1.0.255", 2)
REFUSED = DataAccessResult.OTHER_REASON
GET_CLOCK = bytes.fromhex("c001c1000800000100 00ff0200".replace(" ", ""))
DECIPHERING = ExceptionAnswer(1, 5)
NOT_ALLOWED = ExceptionAnswer(1, 1)
NEW_KEY = bytes(range(0x20, 0x30))


def keys(bench: Bench, given: dict[int, bytes], master: bytes | None = None) -> Data:
    """Give the parameter of global_key_transfer."""
    master = master or bench.meter.records.credentials.master_key
    return array([structure(Data(Tag.ENUM, number), octets(wrap_key(master, key))) for number, key in given.items()])


def weak(policy: str) -> Bench:
    """Give a meter whose management client is delivered with a weaker policy."""
    return Bench(profile=allowed(PROFILE, "management", policy=policy))


@pytest.mark.ctt("SYMSEC_0_BasicCap_1")
def test_basic_capability():
    """Our reading: suite 0 is declared, both titles are shown, and a fully protected GET is answered likewise."""
    talker = talk("management")
    assert talker.read(SUITE) == Data(Tag.ENUM, 0)
    assert talker.read(POLICY) == Data(Tag.ENUM, 3)
    assert talker.read(CLIENT_TITLE).value == talker.title
    assert talker.read(SERVER_TITLE).value == talker.server_title
    assert talker.server_title[:3] == b"ELR"
    assert talker.control == FULL
    assert talker.read(IMPORT)


@pytest.mark.ctt("SYMSEC_0_FraCount_1")
def test_the_counter_that_we_send_rises():
    """Our reading: every message of ours has a higher counter than the last, over associations and restarts too."""
    bench = Bench()
    talker = talk("management", bench)
    for _ in range(20):
        talker.read(CLOCK)  # the talker compares
    again = Talker(bench, "management")
    again.counter, again.heard = talker.counter, talker.heard
    again.associate().read(CLOCK)
    restarted = Bench(state=bench.meter.state())
    third = Talker(restarted, "management")
    third.heard = again.heard
    third.associate().read(CLOCK)


@pytest.mark.ctt("SYMSEC_0_FraCount_3")
def test_the_counter_that_we_take_must_rise():
    """Our reading: repeated and lower counters are refused with the lowest we would take; skipped ones are taken."""
    bench = Bench()
    talker = talk("management", bench)
    sent = talker.wrap(GET_CLOCK)
    assert talker.unwrap(talker.send(sent))
    for counter in (talker.counter - 1, talker.counter - 2, 0):
        reply = read_exception(talker.send(talker.wrap(GET_CLOCK, counter=counter)))
        assert reply == ExceptionAnswer(1, 6, talker.counter)
    assert read_exception(talker.send(sent)) == ExceptionAnswer(1, 6, talker.counter)
    talker.counter += 1_000_000
    assert talker.read(CLOCK)
    assert talk("public", bench).read(COUNTER).value == talker.counter - 1
    talker.counter = 0xFFFF_FFFF
    assert talker.read(CLOCK)
    for _ in range(2):
        assert read_exception(talker.send(talker.wrap(GET_CLOCK, counter=0))) == ExceptionAnswer(1, 6, 0xFFFF_FFFF)


@pytest.mark.ctt("SYMSEC_0_Key_Tx_P1")
def test_one_key_is_transferred():
    """Our reading: a new encryption key counts from the next message on; its transfer is answered under the old."""
    bench = Bench()
    talker = talk("management", bench)
    assert talker.invoke(TRANSFER, keys(bench, {0: NEW_KEY})) == 0
    assert read_exception(talker.send(talker.wrap(GET_CLOCK))) == DECIPHERING
    talker.cipher = talker.cipher.with_key(NEW_KEY)
    talker.counter = 1  # the counters of a new key begin anew
    assert talker.read(CLOCK)
    fresh = Talker(bench, "management")
    fresh.counter = 10
    assert fresh.associate().read(CLOCK)
    assert bench.happened().count("CredentialsUpdated") == 1


@pytest.mark.ctt("SYMSEC_0_Key_Tx_P2")
@pytest.mark.parametrize("numbers", [(2,), (3,), (0, 2), (0, 2, 3)])
def test_several_keys_are_transferred(numbers: tuple[int, ...]):
    """Our reading: authentication and master key too, together or alone; the next transfer uses the new master key."""
    bench = Bench()
    talker = talk("management", bench)
    new = {number: bytes((number,) * 16) for number in numbers}
    assert talker.invoke(TRANSFER, keys(bench, new)) == 0
    held = bench.meter.records.credentials
    names = {0: held.encryption_key, 2: held.authentication_key, 3: held.master_key}
    assert {number: names[number] for number in numbers} == new
    fresh = Talker(bench, "management")
    fresh.counter = 100
    fresh.associate()
    assert fresh.invoke(TRANSFER, keys(bench, {3: NEW_KEY})) == 0
    assert bench.meter.records.credentials.master_key == NEW_KEY


@pytest.mark.ctt("SYMSEC_0_Key_Tx_P3")
def test_the_master_key_wraps_the_next_transfer():
    """Our reading: once the master key is another, one wrapped under the old one is refused, under the new taken."""
    bench = Bench()
    talker = talk("management", bench)
    old = bench.meter.records.credentials.master_key
    assert talker.invoke(TRANSFER, keys(bench, {3: NEW_KEY})) == 0
    assert talker.invoke(TRANSFER, keys(bench, {2: bytes(16)}, master=old)) == REFUSED
    assert bench.meter.records.credentials.authentication_key != bytes(16)
    assert talker.invoke(TRANSFER, keys(bench, {2: bytes(16)}, master=NEW_KEY)) == 0
    assert bench.meter.records.credentials.authentication_key == bytes(16)


@pytest.mark.ctt("SYMSEC_0_Key_Tx_N1")
def test_a_key_that_does_not_unwrap():
    """Our reading: wrapped under another key, cut, or of another size, it is refused and nothing changes."""
    bench = Bench()
    talker = talk("management", bench)
    held = bench.meter.records.credentials
    wrapped = wrap_key(held.master_key, NEW_KEY)
    for broken in (wrapped[:-1], wrapped[:-1] + b"\x00", b"", wrap_key(held.master_key, bytes(24)), NEW_KEY):
        assert talker.invoke(TRANSFER, array([structure(Data(Tag.ENUM, 0), octets(broken))])) == REFUSED
    assert talker.invoke(TRANSFER, keys(bench, {0: NEW_KEY}, master=bytes(16))) == REFUSED
    good = structure(Data(Tag.ENUM, 0), octets(wrapped))
    bad = structure(Data(Tag.ENUM, 2), octets(wrapped[::-1]))
    assert talker.invoke(TRANSFER, array([good, bad])) == REFUSED  # all or none
    assert bench.meter.records.credentials.encryption_key == held.encryption_key
    assert talker.read(CLOCK)


@pytest.mark.ctt("SYMSEC_0_Key_Tx_N2")
def test_a_key_that_nobody_has():
    """Our reading: the broadcast key and unknown ids, an id twice, no key at all and other types are refused."""
    bench = Bench()
    talker = talk("management", bench)
    for number in (1, 4, 255):
        assert talker.invoke(TRANSFER, keys(bench, {number: NEW_KEY})) == REFUSED
    one = keys(bench, {0: NEW_KEY}).value[0]
    assert talker.invoke(TRANSFER, array([one, one])) == REFUSED
    assert talker.invoke(TRANSFER, array([])) == REFUSED
    for value in (NULL, one, u8(0), array([NULL]), array([structure(u8(0), one.value[1])])):
        assert talker.invoke(TRANSFER, value) == DataAccessResult.TYPE_UNMATCHED
    assert talker.read(CLOCK)
    for level in ("public", "reader"):
        stranger = talk(level, bench)
        assert stranger.invoke(TRANSFER, keys(bench, {0: NEW_KEY})) == DataAccessResult.READ_WRITE_DENIED


@pytest.mark.ctt("SYMSEC_0_DedKey_N1")
def test_a_dedicated_key_that_was_not_agreed_on():
    """Our reading: ded- messages fail without a dedicated key, with another, and with that of another association."""
    bench = Bench()
    talker = talk("management", bench)
    talker.dedicated = talker.cipher.with_key(DEDICATED_KEY)
    for envelope in ("ded", "general-ded"):
        assert read_exception(talker.send(talker.wrap(GET_CLOCK, envelope))) == DECIPHERING
    agreed = talk("management", bench, dedicated=DEDICATED_KEY)
    assert agreed.read(CLOCK, "ded")
    assert read_exception(talker.send(talker.wrap(GET_CLOCK, "ded"))) == DECIPHERING
    agreed.dedicated = agreed.cipher.with_key(NEW_KEY)
    assert read_exception(agreed.send(agreed.wrap(GET_CLOCK, "ded"))) == DECIPHERING
    agreed.release()
    agreed.envelope = "plain"
    agreed.associate()  # anew, without a key
    agreed.dedicated = agreed.cipher.with_key(DEDICATED_KEY)
    assert read_exception(agreed.send(agreed.wrap(GET_CLOCK, "ded"))) == DECIPHERING


@pytest.mark.ctt("SYMSEC_0_SecDataX_P1")
@pytest.mark.parametrize("envelope", ["glo", "ded", "general-glo", "general-ded"])
def test_protected_services(envelope: str):
    """Our reading: GET, SET and ACTION work in every envelope, and answers come in the envelope of their request."""
    talker = talk("management", dedicated=DEDICATED_KEY, envelope=envelope)
    clock = talker.read(CLOCK)
    assert talker.set(CLOCK, clock) == 0
    assert talker.invoke(reference(8, "0.0.1.0.0.255", 6), Data(Tag.LONG, 0)) == 0
    assert talker.read(reference(15, "0.0.40.0.0.255", 2)).tag is Tag.ARRAY


@pytest.mark.ctt("SYMSEC_0_SecDataX_N1")
def test_messages_that_are_not_authentic():
    """Our reading: any changed octet, other title, keys, suite or cut message fails, changes nothing, and is logged."""
    bench = Bench()
    talker = talk("management", bench)
    for envelope in ("glo", "general-glo"):
        for place in range(2, len(talker.wrap(GET_CLOCK, envelope))):
            sent = bytearray(talker.wrap(GET_CLOCK, envelope))
            sent[place] ^= 0x80
            assert talker.send(bytes(sent))[:1] == b"\xd8"
    assert talker.read(CLOCK)
    message = talker.cipher.protect(FULL, talker.title, talker.take_counter(), GET_CLOCK)
    other = b"\xdb" + octet_string(b"OTHER123") + octet_string(message)
    assert read_exception(talker.send(other)) == DECIPHERING
    stranger = talker.cipher.protect(FULL, b"OTHER123", talker.take_counter(), GET_CLOCK)
    assert read_exception(talker.send(b"\xc8" + octet_string(stranger))) == DECIPHERING
    assert read_exception(talker.send(b"\xc8" + octet_string(message[:-1]))) == DECIPHERING
    assert read_exception(talker.send(b"\xc8" + octet_string(message[:4]))) == DECIPHERING
    assert read_exception(talker.send(b"\xc9" + octet_string(message))) == ExceptionAnswer(1, 3)
    assert talker.read(CLOCK)
    assert "AuthenticationFailed" in bench.happened()


@pytest.mark.ctt("SYMSEC_0_SYMSEC_REL_N1")
def test_a_release_that_is_not_authentic():
    """Our reading: an RLRQ protected wrongly, weakly or with a used counter ends nothing; a sound one does."""
    talker = talk("management")
    proposal = InitiateRequest(Conformance.GET, 0xFFFF).to_bytes()

    def release(control: int = FULL, counter: int | None = None, change: int = 0) -> bytes:
        taken = talker.take_counter() if counter is None else counter
        message = bytearray(talker.cipher.protect(control, talker.title, taken, proposal))
        message[-1] ^= change
        return Release(0, b"\x21" + octet_string(bytes(message))).to_bytes(Apdu.RLRQ)

    for apdu in (
        release(change=1),
        release(control=AUTHENTICATED),
        release(control=ENCRYPTED, counter=0xFFFF_FFFF),
        release(control=0, counter=0xFFFF_FFFF),
        release(counter=1),
    ):
        assert read_exception(talker.send(apdu)) == DECIPHERING
        assert talker.read(CLOCK)
    answer = read_release(talker.send(release()))
    assert answer.reason == 0
    assert talker.opened("glo", answer.user_information[2:])[0] == Apdu.INITIATE_RESPONSE
    assert talker.send(GET_CLOCK) == bytes.fromhex("d80101")


@pytest.mark.ctt("SYMSEC_0_SecPol_1")
def test_policy_none_takes_all_and_can_be_strengthened_at_once():
    """Our reading: without a policy every protection is taken; a stronger one holds from its activation on."""
    bench = weak("none")
    talker = talk("management", bench, envelope="plain")
    assert talker.read(POLICY) == Data(Tag.ENUM, 0)
    for control in (0, AUTHENTICATED, ENCRYPTED, FULL):
        talker.control = control
        assert talker.read(CLOCK, "glo")
    assert talker.read(CLOCK)
    assert talker.invoke(ACTIVATE, Data(Tag.ENUM, 3)) == 0
    assert read_exception(talker.send(GET_CLOCK)) == NOT_ALLOWED
    assert talker.read(CLOCK, "glo")
    assert bench.happened()[-2:] == ["SecurityPolicyActivated", "AuthenticationFailed"]


@pytest.mark.ctt("SYMSEC_0_SecPol_2")
@pytest.mark.parametrize(
    ("policy", "taken", "refused"),
    [
        ("authenticated", (AUTHENTICATED, FULL), (0, ENCRYPTED)),
        ("encrypted", (ENCRYPTED, FULL), (0, AUTHENTICATED)),
        ("authenticated-encrypted", (FULL,), (0, AUTHENTICATED, ENCRYPTED)),
    ],
)
def test_a_policy_is_the_least_protection(policy: str, taken: tuple[int, ...], refused: tuple[int, ...]):
    """Our reading: weaker messages are refused and do not move the counter; stronger ones are taken."""
    bench = weak(policy)
    talker = talk("management", bench)
    for control in refused:
        talker.control = control
        assert read_exception(talker.send(talker.wrap(GET_CLOCK, "glo", counter=0xFFFF_FFFE))) == NOT_ALLOWED
    for control in taken:
        talker.control = control
        assert talker.read(CLOCK, "glo")
    assert read_exception(talker.send(GET_CLOCK)) == NOT_ALLOWED
    for control in refused:
        stranger = Talker(bench, "management")
        stranger.control = control
        stranger.counter = 0xFFFF_FFFD
        assert stranger.open().result == 1
    again = Talker(bench, "management")
    again.counter = talker.counter
    again.control = taken[0]
    again.associate()


@pytest.mark.ctt("SYMSEC_0_SecPol_3")
def test_a_policy_is_never_weakened():
    """Our reading: a weaker or unknown policy is refused; the same again, or a stronger one, is taken and kept."""
    bench = weak("authenticated")
    talker = talk("management", bench)
    for number in (0, 2, 4, 255):
        assert talker.invoke(ACTIVATE, Data(Tag.ENUM, number)) == REFUSED
    for value in (NULL, u8(3), array([])):
        assert talker.invoke(ACTIVATE, value) == DataAccessResult.TYPE_UNMATCHED
    assert talker.invoke(ACTIVATE, Data(Tag.ENUM, 1)) == 0
    assert talker.invoke(ACTIVATE, Data(Tag.ENUM, 3)) == 0
    assert talker.invoke(ACTIVATE, Data(Tag.ENUM, 1)) == REFUSED
    assert talker.read(POLICY) == Data(Tag.ENUM, 3)
    assert Bench(START, state=bench.meter.state()).meter.records.credentials.policy == 3


def test_two_associations_never_share_a_counter_under_one_dedicated_key():
    bench = Bench()
    one = talk("management", bench, dedicated=DEDICATED_KEY)
    two = talk("management", bench, dedicated=DEDICATED_KEY)
    two.heard = one.heard
    for _ in range(5):
        one.read(CLOCK, "ded")
        two.read(CLOCK, "ded")
    one.counter = two.counter
    assert one.invoke(TRANSFER, keys(bench, {0: NEW_KEY})) == 0
    one.cipher, one.counter = one.cipher.with_key(NEW_KEY), 1
    one.heard.pop("glo")
    assert one.read(CLOCK, "glo")
    assert two.read(CLOCK, "ded")  # the dedicated key lives on, and its counters with it
    assert one.read(CLOCK, "ded")


def test_a_counter_that_nobody_vouches_for_does_not_lock_a_client_out():
    bench = weak("none")
    talker = talk("management", bench)
    for control in (0, ENCRYPTED):
        talker.control = control
        talker.send(talker.wrap(GET_CLOCK, "glo", counter=0xFFFF_FFFF))
    talker.control = FULL
    assert talker.read(CLOCK, "glo")


def test_no_secret_is_shown_anywhere():
    bench = Bench()
    talker = talk("management", bench)
    held = bench.meter.records.credentials
    secrets = [held.encryption_key, held.authentication_key, held.master_key, bench.meter.site.password("reader")]
    for row in METER:
        for number in row.attributes:
            answer = talker.get(reference(row.kind.id, row.logical_name, number))
            shown = octets_of(answer)
            assert not any(secret in shown for secret in secrets), row.name


def octets_of(answer: Response) -> bytes:
    return b"".join(encode(value) for value in answer.values if value) + (answer.block.octets if answer.block else b"")
