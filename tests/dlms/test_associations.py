"""Associations side by side on one connection and on several, mixed envelopes, counters, HDLC beside the wrapper."""

import pytest
from dlms_bench import Bench, allowed, changed
from dlms_talk import (
    CLOCK,
    DEDICATED_KEY,
    IMPORT,
    NAME,
    OBJECT_LIST,
    PROFILE_BUFFER,
    SAPS,
    Talker,
    by_entry,
    octets,
    talk,
)

from emulator.device.configuration import CountersReserved
from emulator.dlms.codec.data import Data, Tag
from emulator.dlms.framing import wrapper
from emulator.dlms.framing.hdlc_client import HdlcClient, HdlcLimits, Refused
from emulator.dlms.framing.hdlc_frame import FrameKind, control_octet, encode_address, encode_frame
from emulator.dlms.pdu.acse import Diagnostic, Result, read_aare
from emulator.dlms.pdu.general import ExceptionAnswer, read_exception
from emulator.dlms.pdu.services import Reference, reference
from emulator.dlms.security import MAX_COUNTER
from emulator.dlms.session import MAX_ASSOCIATIONS

LIMITS = [
    HdlcLimits(128, 128, 1, 1),
    HdlcLimits(128, 128, 7, 7),
    HdlcLimits(32, 32, 1, 1),
    HdlcLimits(2030, 2030, 7, 7),
]
DAY = Reference(PROFILE_BUFFER.descriptor, by_entry(1, 48))
GET_CLOCK = bytes.fromhex("c001c1000800000100 00ff0200".replace(" ", ""))
GET_IMPORT = bytes.fromhex("c001c100030100010800ff0200")
NOT_ALLOWED = bytes.fromhex("d80101")
STATUS = reference(15, "0.0.40.0.0.255", 3)
HLS_REPLY = reference(15, "0.0.40.0.0.255", 1)


def test_clients_on_one_connection_do_not_see_each_other():
    bench = Bench()
    session = bench.session()
    talkers = {level: Talker(bench, level, session=session).associate() for level in SAPS}
    hub = Talker(bench, "public", server=2, session=session).associate()
    assert talkers["public"].result(IMPORT) == 3
    assert talkers["reader"].read(IMPORT) == talkers["management"].read(IMPORT)
    assert hub.read(NAME) != talkers["public"].read(NAME)
    talkers["reader"].release()
    assert talkers["reader"].send(GET_CLOCK) == NOT_ALLOWED
    assert talkers["public"].read(CLOCK) == talkers["management"].read(CLOCK)
    for level in ("public", "management"):
        partners = talkers[level].read(STATUS).value
        assert [part.value for part in partners] == [SAPS[level], 1]


def test_one_client_on_two_connections():
    bench = Bench()
    one, two = talk("reader", bench), talk("reader", bench)
    assert one.get(OBJECT_LIST).block
    assert two.read(IMPORT) == one.read(IMPORT)
    two.release()
    assert one.read(IMPORT)
    assert two.send(GET_CLOCK) == NOT_ALLOWED


def test_two_management_connections_share_the_counters():
    bench = Bench()
    one, two = talk("management", bench), talk("management", bench)
    late = one.wrap(GET_CLOCK)
    assert read_exception(one.send(late)) == ExceptionAnswer(1, 6, two.counter)
    one.counter = two.counter
    assert one.read(CLOCK)
    assert read_exception(two.send(two.wrap(GET_CLOCK))) == ExceptionAnswer(1, 6, one.counter)


def test_a_server_that_is_not_there_is_silent_and_counted():
    bench = Bench()
    session = bench.session()
    for server in (0, 3, 17, 0xFFFF):
        assert session.receive(wrapper.encode(16, server, GET_CLOCK), bench.now) == []
    assert session.refused["unknown_server"] == 4
    assert Talker(bench, "public", session=session).associate().read(CLOCK)


def test_addresses_on_one_connection_are_bounded():
    bench = Bench()
    session = bench.session()
    replies = [session.receive(wrapper.encode(client, 1, GET_CLOCK), bench.now) for client in range(100, 200)]
    assert [bool(reply) for reply in replies] == [True] * MAX_ASSOCIATIONS + [False] * (100 - MAX_ASSOCIATIONS)
    assert not session.closed


def test_envelopes_mixed_in_one_association():
    talker = talk("management", dedicated=DEDICATED_KEY)
    wanted = talker.read(DAY)
    for envelope in ("glo", "ded", "general-glo", "general-ded", "ded", "general-glo", "glo"):
        assert talker.read(DAY, envelope) == wanted
    assert talker.send(GET_CLOCK) == NOT_ALLOWED
    assert talker.read(DAY, "general-ded") == wanted


def test_blocks_of_one_answer_in_different_envelopes():
    talker = talk("management", dedicated=DEDICATED_KEY, max_pdu=128)
    wanted = talker.blocks(talker.get(DAY, "glo"), "glo")
    assert talker.blocks(talker.get(DAY, "glo"), "ded") == wanted
    assert talker.blocks(talker.get(DAY, "ded"), "general-glo") == wanted


def test_protected_messages_need_a_ciphered_context():
    talker = talk("reader")
    for envelope in ("glo", "general-glo"):
        assert talker.send(talker.wrap(GET_CLOCK, envelope)) == bytes.fromhex("d80202")
    assert talker.read(IMPORT)


def test_a_ciphered_context_may_be_opened_by_a_client_that_needs_none():
    bench = Bench()
    talker = talk("reader", bench, ciphered=True, dedicated=DEDICATED_KEY)
    assert talker.read(IMPORT, "glo") == talker.read(IMPORT, "plain") == talker.read(IMPORT, "ded")
    without = Talker(bench, "reader").open(ciphered=True, title=None)
    assert without.diagnostic == Diagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED
    for title in (b"", b"SHORT", b"NINEOCTET"):
        assert Talker(bench, "management").open(title=title).result == Result.REJECTED_PERMANENT


def test_management_is_not_let_in_unprotected():
    bench = Bench()
    plain = bytes.fromhex("01000000065f1f0400601a1d0400")
    assert Talker(bench, "management").open(user_information=plain).diagnostic == Diagnostic.AUTHENTICATION_FAILURE
    aare = Talker(bench, "management").open(context=1)
    assert aare.diagnostic == Diagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED
    broken = Talker(bench, "management")
    asked = broken.aarq(user_information=None)
    assert broken.send(asked.to_bytes())[0] == 0x61
    assert bench.refusals() == [
        "an unprotected InitiateRequest",
        "ciphering required",
        "an unprotected InitiateRequest",
    ]


def test_an_aarq_is_not_taken_twice():
    bench = Bench()
    talker = Talker(bench, "management")
    recorded = talker.aarq().to_bytes()
    assert talker.send(recorded)[0] == 0x61
    other = Talker(bench, "management")
    assert other.open(user_information=None).result == Result.REJECTED_PERMANENT
    again = bench.session().receive(wrapper.encode(1, 1, recorded), bench.now)
    assert read_aare(again[0][8:]).diagnostic == Diagnostic.AUTHENTICATION_FAILURE
    assert bench.refusals()[-1] == "the invocation counter was used before"


@pytest.mark.parametrize("size", [0, 7, 65])
def test_a_challenge_has_8_to_64_octets(size: int):
    aare = Talker(Bench(), "management").open(authentication=bytes(size))
    assert aare.diagnostic == Diagnostic.AUTHENTICATION_FAILURE


def test_before_the_challenge_is_answered_nothing_else_is_served():
    bench = Bench()
    talker = Talker(bench, "management")
    aare = talker.open()
    for plain in (
        GET_CLOCK,
        bytes.fromhex("c301c1000f0000280000ff0200"),
        bytes.fromhex("c101c1000800000100 00ff020000"),
    ):
        assert read_exception(talker.exchange(plain, "glo")) == ExceptionAnswer(1, 1)
    talker.prove(aare)
    assert talker.read(CLOCK)
    assert talker.invoke(HLS_REPLY, octets(bytes(17))) == 3


@pytest.mark.parametrize("change", ["tag", "counter", "challenge", "type", "size", "none", "replayed"])
def test_a_wrong_answer_to_the_challenge_ends_the_attempt(change: str):
    bench = Bench()
    talker = Talker(bench, "management")
    aare = talker.open()
    answer = bytearray(talker.cipher.answer_challenge(talker.title, talker.take_counter(), aare.authentication))
    value: Data | None = octets(bytes(answer))
    if change == "tag":
        answer[-1] ^= 1
    elif change == "counter":
        answer[4] ^= 1
    elif change == "size":
        answer = answer[:-1]
    elif change == "challenge":
        answer = bytearray(talker.cipher.answer_challenge(talker.title, talker.take_counter(), bytes(16)))
    elif change == "replayed":
        answer = bytearray(talker.cipher.answer_challenge(talker.title, 1, aare.authentication))
    value = octets(bytes(answer))
    if change == "type":
        value = Data(Tag.VISIBLE_STRING, bytes(answer))
    elif change == "none":
        value = None
    replied = talker.action(HLS_REPLY, value)
    assert (replied.results, replied.values) == ((3,), (None,))
    assert talker.send(talker.wrap(GET_CLOCK)) == NOT_ALLOWED
    assert bench.happened()[-1] == "AuthenticationFailed"
    assert "AssociationOpened" not in bench.happened()


def test_challenges_differ():
    bench = Bench()
    challenges = set()
    for _ in range(5):
        talker = Talker(bench, "management")
        talker.counter = bench.device.counter + 1
        challenges.add(talker.open().authentication)
    assert len(challenges) == 5
    assert all(len(challenge) == 16 for challenge in challenges)


def test_counters_over_a_restart():
    bench = Bench()
    talker = Talker(bench, "management")
    recorded = talker.line.recorded = []
    talker.associate().read(CLOCK)
    restarted = Bench(state=bench.meter.state())
    again = restarted.session().receive(wrapper.encode(1, 1, recorded[0]), restarted.now)
    assert read_aare(again[0][8:]).diagnostic == Diagnostic.AUTHENTICATION_FAILURE
    fresh = Talker(restarted, "management")
    fresh.heard = talker.heard
    assert fresh.associate().read(CLOCK)
    old = Talker(restarted, "management")
    old.counter = 1
    assert old.open().result == Result.REJECTED_PERMANENT


def test_when_our_counters_are_used_up_no_message_goes_out_twice():
    before = Bench()
    before.meter.note(CountersReserved(MAX_COUNTER - 4))
    bench = Bench(state=before.meter.state())
    talker = talk("management", bench)  # takes three: the AARE, the answer to the challenge, its envelope
    assert talker.read(CLOCK)
    assert talker.heard["glo"] == MAX_COUNTER
    assert read_exception(talker.send(talker.wrap(GET_CLOCK))) == ExceptionAnswer(1, 5)
    late = Talker(bench, "management")
    late.counter = talker.counter
    assert late.send(late.aarq().to_bytes()) == bytes.fromhex("d80105")


def test_a_reader_with_a_challenge():
    bench = Bench(profile=allowed(changed(Bench().meter.site.profile), "reader", authentication="hls-gmac"))
    talker = talk("reader", bench)
    assert talker.read(IMPORT, "glo") == talker.read(IMPORT, "plain")


# HDLC


@pytest.mark.parametrize("limits", LIMITS)
@pytest.mark.parametrize("level", SAPS)
def test_hdlc_gives_the_same_answers(level: str, limits: HdlcLimits):
    over_hdlc = Talker(Bench(), level, hdlc=limits).associate()
    wrapped = talk(level)
    targets = [NAME, CLOCK, OBJECT_LIST] + ([] if level == "public" else [DAY, IMPORT])
    for target in targets:
        assert over_hdlc.read(target) == wrapped.read(target)
    assert over_hdlc.release() == wrapped.release()
    assert over_hdlc.send(GET_CLOCK) == NOT_ALLOWED


def test_a_link_that_ends_takes_its_association_along():
    bench = Bench()
    talker = Talker(bench, "reader", hdlc=LIMITS[0]).associate()
    line = talker.line
    line.until(line.hdlc.disconnect())
    line.until(line.hdlc.connect())
    assert talker.send(GET_IMPORT) == NOT_ALLOWED
    talker.associate()
    line.until(line.hdlc.connect())  # SNRM on a link that is up
    assert talker.send(GET_IMPORT) == NOT_ALLOWED


def test_a_silent_link_is_taken_down():
    bench = Bench()
    talker = Talker(bench, "reader", hdlc=LIMITS[0]).associate()
    bench.now += 119_000
    assert talker.read(IMPORT)
    bench.now += 121_000
    received = b"".join(talker.line.session.receive(talker.line.hdlc.request(GET_IMPORT), bench.now))
    assert talker.line.hdlc.feed(received) == [Refused("dm")]


def test_the_line_has_a_time_of_its_own():
    bench = Bench()
    client = HdlcClient(32, encode_address(1, 16, octets=2), LIMITS[0])
    session = bench.session()
    client.feed(b"".join(session.receive(client.connect(), bench.now, 0)))
    asked = client.request(GET_IMPORT)
    assert session.receive(asked, bench.now + 86_400_000, 1_000)  # a day for the meter, a second for the line


def test_a_request_in_a_ui_frame_gets_no_answer():
    bench = Bench()
    talker = Talker(bench, "reader", hdlc=LIMITS[0]).associate()
    session = talker.line.session
    addresses = encode_address(1, 16, octets=2) + encode_address(32)
    frame = encode_frame(addresses, control_octet(FrameKind.UI, poll_final=False), b"\xe6\xe6\x00" + GET_CLOCK)
    assert session.receive(frame, bench.now) == []
    assert talker.read(IMPORT) == talk("reader").read(IMPORT)


def test_two_clients_on_one_line():
    bench = Bench()
    session = bench.session()
    reader = Talker(bench, "reader", session=session, hdlc=LIMITS[0]).associate()
    public = Talker(bench, "public", session=session, hdlc=LIMITS[0]).associate()
    hub = Talker(bench, "public", server=2, session=session, hdlc=LIMITS[0]).associate()
    assert reader.read(CLOCK) == public.read(CLOCK)
    assert reader.read(NAME) != hub.read(NAME)
    assert public.result(IMPORT) == 3
