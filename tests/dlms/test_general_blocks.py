"""General block transfer in both directions: streams, confirmations, lost and repeated blocks, bounds.

The exchange follows IEC 62056-5-3, 7.3.13; tests/peers runs pydlms-client's GBT against the same server.
"""

import pytest
from dlms_bench import Bench
from dlms_talk import (
    BLOCKS,
    CLOCK,
    IMPORT,
    INVOKE,
    NAME,
    OBJECT_LIST,
    PROFILE_BUFFER,
    SERVICES,
    USUAL,
    Talker,
    by_entry,
    talk,
    u32,
)

from emulator.dlms.codec.data import Data, Tag, array, decode, encode
from emulator.dlms.general_blocks import MAX_LONG_OCTETS, OVERHEAD_OCTETS, WINDOW
from emulator.dlms.pdu import services as wire
from emulator.dlms.pdu.general import GeneralBlock, read_general_block
from emulator.dlms.pdu.services import Reference, Request, read_response, reference, write_request
from emulator.dlms.pdu.tags import Apdu, Conformance, DataAccessResult

GBT = Conformance.GENERAL_BLOCK_TRANSFER
ALONE = (USUAL & ~BLOCKS) | GBT
BROKEN = bytes.fromhex("d80103")
THRESHOLDS = reference(21, "0.0.16.0.0.255", 2)
NEW = array([u32(100), u32(200)])
DAYS = Reference(PROFILE_BUFFER.descriptor, by_entry(1, 96))
GET_NAME = write_request(Request(Apdu.GET_REQUEST, wire.NORMAL, INVOKE, (NAME,)))
GET_DAYS = write_request(Request(Apdu.GET_REQUEST, wire.NORMAL, INVOKE, (DAYS,)))


def pieces(apdu: bytes, size: int, *, streaming: bool = False, window: int = 1) -> list[GeneralBlock]:
    parts = [apdu[place : place + size] for place in range(0, len(apdu), size)]
    return [
        GeneralBlock(number == len(parts), streaming and number < len(parts), window, number, 0, part)
        for number, part in enumerate(parts, 1)
    ]


def confirm(number: int, acknowledged: int) -> bytes:
    return GeneralBlock(False, False, 1, number, acknowledged, b"").to_bytes()


def fetch(talker: Talker, reply: bytes, number: int = 1) -> bytes:
    """Take blocks until the last, each confirmed; check numbers and sizes."""
    octets, first = b"", None
    for _ in range(10_000):
        assert len(reply) <= talker.agreed_size
        block = read_general_block(reply)
        first = block.number if first is None else first + 1
        assert block.number == first
        assert not block.streaming
        assert block.window == WINDOW
        octets += block.octets
        if block.last:
            return octets
        number += 1
        reply = talker.send(confirm(number, block.number))
    raise AssertionError("no end")


def client(level: str = "reader", size: int = 128, conformance: Conformance = ALONE, **more) -> Talker:
    talker = talk(level, conformance=conformance, max_pdu=size, **more)
    talker.agreed_size = size
    return talker


def whole(talker: Talker, apdu: bytes) -> bytes:
    """Send an APDU in one block and fetch the answer."""
    return fetch(talker, talker.send(pieces(apdu, 10_000)[0].to_bytes()))


@pytest.mark.parametrize("size", [64, 128, 1024])
@pytest.mark.parametrize("conformance", [ALONE, USUAL | GBT])
def test_a_long_answer_to_a_block(size: int, conformance: Conformance):
    talker = client(size=size, conformance=conformance)
    answer = read_response(whole(talker, GET_DAYS))
    assert answer.values == (talk("reader").read(DAYS),)


def test_a_long_answer_to_a_plain_request_where_there_is_no_other_way():
    talker = client(size=64)
    answer = read_response(fetch(talker, talker.send(GET_DAYS)))
    assert answer.values == (talk("reader").read(DAYS),)
    assert talker.read(IMPORT)


def test_a_plain_request_with_both_kinds_of_blocks_is_answered_by_get_blocks():
    talker = client(size=64, conformance=USUAL | GBT)
    assert talker.get(DAYS).kind == wire.GET_RESPONSE_BLOCK
    assert talker.read(DAYS) == talk("reader").read(DAYS)
    assert read_response(whole(talker, GET_NAME)).values == (talker.read(NAME),)
    assert talker.get(DAYS).kind == wire.GET_RESPONSE_BLOCK  # the limit is back after a block


@pytest.mark.parametrize("envelope", ["glo", "general-glo", "ded", "general-ded"])
def test_a_protected_apdu_in_blocks(envelope: str):
    talker = client("management", dedicated=bytes(range(16)), envelope=envelope)
    answer = read_response(talker.unwrap(whole(talker, talker.wrap(GET_DAYS))))
    assert answer.values == (talk("reader").read(DAYS),)


@pytest.mark.parametrize("size", [1, 5, 30])
@pytest.mark.parametrize("streaming", [False, True])
def test_a_request_in_blocks(size: int, streaming: bool):
    talker = client("management", envelope="glo")
    asked = talker.wrap(write_request(Request(Apdu.SET_REQUEST, wire.NORMAL, INVOKE, (THRESHOLDS,), (NEW,))))
    *first, last = pieces(asked, size, streaming=streaming)
    for block in first:
        reply = talker.send(block.to_bytes())
        if streaming:
            assert reply == b""
            continue
        answer = read_general_block(reply)
        assert (answer.acknowledged, answer.octets, answer.last) == (block.number, b"", False)
    answer = read_general_block(talker.send(last.to_bytes()))
    assert answer.last
    assert answer.acknowledged == last.number
    assert answer.number == (1 if streaming else len(first) + 1)
    assert read_response(talker.unwrap(answer.octets)).results == (0,)
    assert talker.read(THRESHOLDS) == NEW


def test_a_lost_block_is_asked_for_again():
    talker = client()
    one, two, three = pieces(GET_NAME, 5, streaming=True)
    assert talker.send(one.to_bytes()) == b""
    lost = read_general_block(talker.send(three.to_bytes()))
    assert (lost.acknowledged, lost.last, lost.octets) == (1, False, b"")
    assert talker.send(two.to_bytes()) == b""
    answer = read_general_block(talker.send(three.to_bytes()))
    assert read_response(answer.octets).values == (talker.read(NAME),)


def test_a_block_that_was_not_confirmed_goes_again():
    talker = client(size=64)
    first = read_general_block(talker.send(GET_DAYS))
    again = read_general_block(talker.send(confirm(1, 0)))
    assert again == first
    second = read_general_block(talker.send(confirm(1, 1)))
    assert second.number == 2
    assert read_general_block(talker.send(confirm(2, 1))) == second
    assert talker.send(confirm(3, 9)) == BROKEN
    assert talker.read(NAME)


def test_a_last_confirmation_needs_no_answer():
    talker = client(size=64)
    reply = read_general_block(talker.send(pieces(GET_NAME, 100)[0].to_bytes()))
    assert reply.last
    assert talker.send(confirm(2, reply.number)) == b""
    assert talker.read(NAME)


def test_a_new_request_drops_what_was_going_out():
    talker = client(size=64)
    assert not read_general_block(talker.send(GET_DAYS)).last
    assert read_response(whole(talker, GET_NAME)).results == (0,)
    assert read_response(fetch(talker, talker.send(GET_DAYS))).results == (0,)


@pytest.mark.parametrize("octets", ["e080", "e08000010000", "e0800001000001", "e08000010000010000"])
def test_a_broken_block_is_refused(octets: str):
    talker = client()
    assert talker.send(bytes.fromhex(octets)) == BROKEN
    assert talker.read(NAME)


def test_blocks_with_nothing_in_them():
    talker = client()
    empty = GeneralBlock(True, False, 1, 1, 0, b"")
    assert talker.send(empty.to_bytes()) == BROKEN
    assert talker.send(empty.to_bytes()) == BROKEN
    assert talker.read(NAME)


def test_blocks_within_blocks_are_no_service():
    talker = client()
    inner = pieces(GET_NAME, 100)[0].to_bytes()
    assert whole(talker, inner) == bytes.fromhex("d80202")


def test_a_request_in_blocks_is_bounded():
    talker = client(size=1024)
    size = 1000
    replies = [
        talker.send(GeneralBlock(False, True, 1, number, 0, bytes(size)).to_bytes())
        for number in range(1, MAX_LONG_OCTETS // size + 2)
    ]
    assert set(replies[:-1]) == {b""}
    assert replies[-1] == BROKEN
    assert talker.read(NAME)


def test_a_refusal_and_a_broken_request_come_back_in_a_block():
    talker = client()
    denied = write_request(Request(Apdu.GET_REQUEST, wire.NORMAL, INVOKE, (reference(15, "0.0.40.0.0.255", 7),)))
    assert read_response(whole(talker, denied)).results == (DataAccessResult.READ_WRITE_DENIED,)
    assert talker.send(pieces(b"\xc0\x09\xc1", 100)[0].to_bytes()) == BROKEN
    assert whole(talker, b"\xff") == bytes.fromhex("d80202")


def test_a_release_and_an_association_in_blocks():
    talker = client(size=512)
    aarq = Talker(talker.bench, "reader").aarq(conformance=USUAL, max_pdu=64).to_bytes()
    assert whole(talker, aarq)[0] == Apdu.AARE
    assert len(talker.send(write_request(Request(Apdu.GET_REQUEST, wire.NORMAL, INVOKE, (OBJECT_LIST,))))) <= 64
    talker = client(size=512)
    assert whole(talker, bytes.fromhex("6203800100"))[0] == Apdu.RLRE
    assert talker.send(GET_NAME) == bytes.fromhex("d80101")


def test_blocks_need_to_have_been_agreed_on():
    talker = talk("reader", conformance=SERVICES)
    assert talker.send(pieces(GET_NAME, 100)[0].to_bytes()) == bytes.fromhex("d80202")


def test_the_whole_log_in_the_smallest_blocks():
    talker = client(size=64)
    answer = read_response(
        fetch(talker, talker.send(write_request(Request(Apdu.GET_REQUEST, 1, INVOKE, (PROFILE_BUFFER,)))))
    )
    assert len(answer.values[0].value) == 395 * 48
    assert talker.agreed_size - OVERHEAD_OCTETS == 55


def test_a_client_may_answer_the_challenge_in_blocks():
    bench = Bench()
    talker = Talker(bench, "management")
    talker.agreed_size = 1024
    aare = talker.open(conformance=USUAL | GBT)
    answer = talker.cipher.answer_challenge(talker.title, talker.take_counter(), aare.authentication)
    value = Data(Tag.OCTET_STRING, answer)
    asked = Request(Apdu.ACTION_REQUEST, wire.NORMAL, INVOKE, (reference(15, "0.0.40.0.0.255", 1),), (value,))
    reply = talker.unwrap(whole(talker, talker.wrap(write_request(asked))))
    assert read_response(reply).results == (0,)
    assert decode(encode(talker.read(CLOCK))).tag is Tag.OCTET_STRING
