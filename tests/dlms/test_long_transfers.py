"""Block transfer of GET, SET and ACTION, lists, and the bounds of an APDU in both directions."""

import pytest
from dlms_bench import PROFILE, Bench, changed
from dlms_talk import (
    CLOCK,
    DEDICATED_KEY,
    IMPORT,
    INVOKE,
    NAME,
    OBJECT_LIST,
    PROFILE_BUFFER,
    USUAL,
    Talker,
    by_entry,
    octets,
    talk,
    u16,
    u32,
)

from emulator.dlms.codec.data import NULL, Data, Tag, array, decode, encode, structure
from emulator.dlms.codec.octets import Cursor, length
from emulator.dlms.pdu import services as wire
from emulator.dlms.pdu.services import (
    Block,
    Reference,
    Request,
    Response,
    Selection,
    read_get_results,
    read_response,
    reference,
    write_request,
)
from emulator.dlms.pdu.tags import ActionResult, Apdu, Conformance, DataAccessResult
from emulator.dlms.services import MAX_BUFFERS
from emulator.dlms.transfers import MAX_LONG_OCTETS

BROKEN = bytes.fromhex("d80103")
TOO_LONG = bytes.fromhex("d80104")
THRESHOLDS = reference(21, "0.0.16.0.0.255", 2)
PASSIVE_NAME = reference(20, "0.0.13.0.0.255", 6)
LIMIT = reference(71, "0.0.17.0.0.255", 4)
SHIFT = reference(8, "0.0.1.0.0.255", 6)
ALIGN = reference(8, "0.0.1.0.0.255", 3)
NEW = array([u32(100), u32(200)])
WEEK = Reference(PROFILE_BUFFER.descriptor, by_entry(1, 336))


def cut(value: bytes, size: int) -> list[Block]:
    pieces = [value[place : place + size] for place in range(0, len(value), size)]
    return [Block(number == len(pieces), number, piece) for number, piece in enumerate(pieces, 1)]


def set_request(kind: int, block: Block, *references: Reference) -> Request:
    return Request(Apdu.SET_REQUEST, kind, INVOKE, references, block=block)


def action_request(kind: int, block: Block, *references: Reference) -> Request:
    return Request(Apdu.ACTION_REQUEST, kind, INVOKE, references, block=block)


def send_blocks(talker: Talker, blocks: list[Block], target: Reference) -> list[Response]:
    kinds = [wire.SET_FIRST_BLOCK, *[wire.SET_BLOCK] * (len(blocks) - 1)]
    asked = [
        set_request(kind, block, *([target] if kind == wire.SET_FIRST_BLOCK else []))
        for kind, block in zip(kinds, blocks, strict=True)
    ]
    return [talker.ask(one) for one in asked]


# GET


@pytest.mark.parametrize("level", ["reader", "management"])
@pytest.mark.parametrize("size", [50, 64, 128, 512, 1024, 0])
def test_no_answer_is_longer_than_the_client_takes(level: str, size: int):
    talker = Talker(Bench(), level)
    talker.associate(max_pdu=size)
    limit = min(size or 0xFFFF, PROFILE.dlms.max_apdu)
    taken = []
    exchange = talker.line.exchange

    def measured(apdu: bytes) -> bytes:
        reply = exchange(apdu)
        taken.append(len(reply))
        return reply

    talker.line.exchange = measured
    reader = talk("reader")
    for target in (OBJECT_LIST, WEEK, IMPORT, NAME, THRESHOLDS):
        if level == "management" and target == OBJECT_LIST:
            talker.read(target)
            continue
        assert talker.read(target) == reader.read(target)
    assert max(taken) <= limit
    assert max(taken) > limit - 16 or limit > 512


@pytest.mark.parametrize("envelope", ["glo", "ded", "general-glo", "general-ded"])
def test_blocks_in_every_envelope(envelope: str):
    talker = talk("management", dedicated=DEDICATED_KEY, max_pdu=64, envelope=envelope)
    assert talker.read(WEEK) == talk("reader").read(WEEK)


def test_the_least_meter_takes_and_gives_64_octets():
    small = changed(PROFILE, dlms={"max_apdu": 64})
    talker = talk("reader", Bench(profile=small))
    assert talker.agreed.max_pdu == 64
    assert talker.read(WEEK) == talk("reader").read(WEEK)
    assert talker.send(bytes(65)) == TOO_LONG


def next_block(talker: Talker, number: int) -> Response:
    return talker.ask(Request(Apdu.GET_REQUEST, wire.GET_NEXT, INVOKE, block_number=number))


@pytest.mark.parametrize("wrong", [0, 2, 3, 2**32 - 1])
def test_get_next_out_of_order_ends_the_transfer(wrong: int):
    talker = talk("reader", max_pdu=64)
    assert not talker.get(WEEK).block.last
    answer = next_block(talker, wrong)
    assert answer.results == (DataAccessResult.DATA_BLOCK_NUMBER_INVALID,)
    assert answer.block == Block(True, wrong, b"")
    assert next_block(talker, 1).results == (DataAccessResult.NO_LONG_GET_IN_PROGRESS,)
    assert talker.read(WEEK)


def test_get_next_after_the_last_block_and_after_another_request():
    talker = talk("reader", max_pdu=512)
    talker.read(OBJECT_LIST)
    assert next_block(talker, 1).results == (DataAccessResult.NO_LONG_GET_IN_PROGRESS,)
    for other in (IMPORT, reference(3, "1.0.1.8.0.255", 99), reference(7, "0.0.99.98.0.255", 2)):
        assert not talker.get(WEEK).block.last
        talker.get(other)
        assert next_block(talker, 1).results == (DataAccessResult.NO_LONG_GET_IN_PROGRESS,)


def test_a_long_answer_does_not_change_while_it_goes_out():
    talker = talk("reader", max_pdu=64)
    one = talk("reader", max_pdu=0).read(WEEK)
    first = talker.get(WEEK)
    talker.bench.now += 86_400_000
    assert decode(talker.blocks(first)) == one


def test_without_block_get_a_long_answer_is_refused():
    talker = talk("reader", conformance=USUAL & ~Conformance.BLOCK_GET, max_pdu=64)
    assert talker.result(OBJECT_LIST) == DataAccessResult.DATA_BLOCK_UNAVAILABLE
    assert talker.read(IMPORT)


# Lists


def test_get_with_list():
    talker = talk("reader")
    nowhere, denied = reference(3, "1.2.3.4.5.6", 2), reference(15, "0.0.40.0.0.255", 7)
    asked = (NAME, nowhere, IMPORT, denied, Reference(PROFILE_BUFFER.descriptor, by_entry(1, 2)))
    answer = talker.ask(Request(Apdu.GET_REQUEST, wire.GET_WITH_LIST, INVOKE, asked))
    assert answer.kind == wire.GET_RESPONSE_LIST
    assert answer.results == (0, 4, 0, 3, 0)
    assert answer.values == (talker.read(NAME), None, talker.read(IMPORT), None, talker.read(asked[4]))


@pytest.mark.parametrize("level", ["reader", "management"])
def test_a_long_list_comes_in_blocks(level: str):
    talker = talk(level, max_pdu=64)
    asked = (NAME, reference(3, "1.2.3.4.5.6", 2), IMPORT) * 10
    answer = talker.ask(Request(Apdu.GET_REQUEST, wire.GET_WITH_LIST, INVOKE, asked))
    assert answer.kind == wire.GET_RESPONSE_BLOCK
    cursor = Cursor(talker.blocks(answer))
    results = read_get_results(cursor)
    cursor.end()
    assert results == ((0, talker.read(NAME)), (4, None), (0, talker.read(IMPORT))) * 10


def test_a_list_has_a_bound_of_logs():
    talker = talk("reader")
    one = Reference(reference(7, "0.0.99.98.0.255", 2).descriptor, by_entry(1, 1))
    answer = talker.ask(Request(Apdu.GET_REQUEST, wire.GET_WITH_LIST, INVOKE, (one,) * (MAX_BUFFERS + 2)))
    assert answer.results == (0,) * MAX_BUFFERS + (DataAccessResult.TEMPORARY_FAILURE,) * 2


def test_set_with_list_acts_item_by_item():
    talker = talk("management")
    asked = (THRESHOLDS, IMPORT, LIMIT, LIMIT)
    values = (NEW, u32(1), u16(1), u32(3000))
    answer = talker.ask(Request(Apdu.SET_REQUEST, wire.SET_WITH_LIST, INVOKE, asked, values))
    assert answer.results == (0, DataAccessResult.READ_WRITE_DENIED, DataAccessResult.TYPE_UNMATCHED, 0)
    assert talker.read(THRESHOLDS) == NEW
    assert talker.read(LIMIT) == u32(3000)


def test_action_with_list_acts_item_by_item():
    talker = talk("management")
    asked = (SHIFT, reference(8, "0.0.1.0.0.255", 7), SHIFT)
    values = (Data(Tag.LONG, 10), NULL, Data(Tag.LONG, 901))
    before = talker.bench.meter.shown_time
    answer = talker.ask(Request(Apdu.ACTION_REQUEST, wire.ACTION_WITH_LIST, INVOKE, asked, values))
    assert answer.results == (0, DataAccessResult.READ_WRITE_DENIED, DataAccessResult.OTHER_REASON)
    assert talker.bench.meter.shown_time == before + 10_000


def test_a_list_with_another_number_of_values_does_nothing():
    talker = talk("management")
    for values in ((NEW,), (NEW, u32(1), u32(1))):
        asked = Request(Apdu.SET_REQUEST, wire.SET_WITH_LIST, INVOKE, (THRESHOLDS, LIMIT), values)
        assert talker.exchange(write_request(asked)) == BROKEN
    asked = Request(Apdu.ACTION_REQUEST, wire.ACTION_WITH_LIST, INVOKE, (SHIFT, SHIFT), (Data(Tag.LONG, 5),))
    assert talker.exchange(write_request(asked)) == BROKEN
    assert talker.read(THRESHOLDS) != NEW
    assert talker.read(LIMIT) == u32(0)


def test_a_list_whose_results_do_not_fit_does_nothing():
    talker = talk("management", max_pdu=64)
    values = (u32(1234),) * 60
    asked = Request(Apdu.SET_REQUEST, wire.SET_WITH_LIST, INVOKE, (LIMIT,) * 60, values)
    assert talker.exchange(write_request(asked)) == BROKEN
    asked = Request(Apdu.ACTION_REQUEST, wire.ACTION_WITH_LIST, INVOKE, (SHIFT,) * 30, (Data(Tag.LONG, 1),) * 30)
    assert talker.exchange(write_request(asked)) == BROKEN
    assert talker.read(LIMIT) == u32(0)


# SET


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_long_set(size: int):
    talker = talk("management")
    blocks = cut(encode(NEW), size)
    *confirmed, last = send_blocks(talker, blocks, THRESHOLDS)
    assert [answer.block_number for answer in confirmed] == list(range(1, len(blocks)))
    assert all(answer.kind == wire.SET_RESPONSE_BLOCK for answer in confirmed)
    assert (last.kind, last.results, last.block_number) == (wire.SET_RESPONSE_LAST_BLOCK, (0,), len(blocks))
    assert talker.read(THRESHOLDS) == NEW


def test_a_long_set_of_a_list():
    talker = talk("management")
    first, *more = cut(length(2) + encode(NEW) + encode(u32(4000)), 7)
    answer = talker.ask(set_request(wire.SET_LIST_FIRST_BLOCK, first, THRESHOLDS, LIMIT))
    assert answer.kind == wire.SET_RESPONSE_BLOCK
    for block in more:
        answer = talker.ask(set_request(wire.SET_BLOCK, block))
    assert (answer.kind, answer.results) == (wire.SET_RESPONSE_LAST_LIST, (0, 0))
    assert answer.block_number == len(more) + 1
    assert talker.read(THRESHOLDS) == NEW
    assert talker.read(LIMIT) == u32(4000)


def test_a_long_set_with_a_refused_or_broken_value():
    talker = talk("management")
    assert send_blocks(talker, cut(encode(NEW)[:-1], 5), THRESHOLDS)[-1].results == (DataAccessResult.TYPE_UNMATCHED,)
    assert send_blocks(talker, cut(encode(u32(1)), 2), IMPORT)[-1].results == (DataAccessResult.READ_WRITE_DENIED,)
    first = Block(True, 1, length(1) + encode(NEW))
    answer = talker.ask(set_request(wire.SET_LIST_FIRST_BLOCK, first, THRESHOLDS, LIMIT))  # one value for two
    assert answer.results == (DataAccessResult.TYPE_UNMATCHED,) * 2
    assert talker.read(THRESHOLDS) != NEW


@pytest.mark.parametrize("wrong", [0, 1, 3, 2**32 - 1])
def test_a_set_block_out_of_order_ends_the_transfer(wrong: int):
    talker = talk("management")
    first, second = cut(encode(NEW), 8)[:2]
    assert talker.ask(set_request(wire.SET_FIRST_BLOCK, first, THRESHOLDS)).kind == wire.SET_RESPONSE_BLOCK
    answer = talker.ask(set_request(wire.SET_BLOCK, second._replace(number=wrong)))
    assert answer.results == (DataAccessResult.DATA_BLOCK_NUMBER_INVALID,)
    answer = talker.ask(set_request(wire.SET_BLOCK, second))
    assert answer.results == (DataAccessResult.NO_LONG_SET_IN_PROGRESS,)
    assert talker.read(THRESHOLDS) != NEW


def test_the_first_set_block_is_number_1():
    talker = talk("management")
    answer = talker.ask(set_request(wire.SET_FIRST_BLOCK, Block(True, 2, encode(NEW)), THRESHOLDS))
    assert answer.results == (DataAccessResult.DATA_BLOCK_NUMBER_INVALID,)
    answer = talker.ask(action_request(wire.ACTION_FIRST_BLOCK, Block(True, 0, encode(NEW)), SHIFT))
    assert answer.results == (ActionResult.LONG_ACTION_ABORTED,)


def test_a_long_set_is_bounded():
    talker = talk("management")
    size = 900
    answers = send_blocks(talker, cut(bytes(MAX_LONG_OCTETS + size), size), THRESHOLDS)
    ended = [answer for answer in answers if answer.results]
    assert ended[0].results == (DataAccessResult.LONG_SET_ABORTED,)
    assert ended[1].results == (DataAccessResult.NO_LONG_SET_IN_PROGRESS,)


# ACTION


@pytest.mark.parametrize("size", [1, 2, 10])
def test_a_long_action(size: int):
    talker = talk("management")
    before = talker.bench.meter.shown_time
    first, *more = cut(encode(Data(Tag.LONG, 60)), size)
    answer = talker.ask(action_request(wire.ACTION_FIRST_BLOCK, first, SHIFT))
    for block in more:
        assert (answer.kind, answer.block_number) == (wire.ACTION_RESPONSE_NEXT, block.number - 1)
        answer = talker.ask(action_request(wire.ACTION_BLOCK, block))
    assert (answer.kind, answer.results) == (wire.NORMAL, (0,))
    assert talker.bench.meter.shown_time == before + 60_000


def test_a_long_action_of_a_list():
    talker = talk("management")
    before = talker.bench.meter.shown_time
    first, *more = cut(length(2) + encode(Data(Tag.LONG, 60)) + encode(Data(Tag.LONG, -20)), 3)
    talker.ask(action_request(wire.ACTION_LIST_FIRST_BLOCK, first, SHIFT, SHIFT))
    for block in more:
        answer = talker.ask(action_request(wire.ACTION_BLOCK, block))
    assert (answer.kind, answer.results) == (wire.ACTION_RESPONSE_LIST, (0, 0))
    assert talker.bench.meter.shown_time == before + 40_000


def test_what_ends_a_long_action_has_an_action_result():
    talker = talk("management")
    first, second = cut(encode(Data(Tag.LONG, 60)), 2)
    answer = talker.ask(action_request(wire.ACTION_BLOCK, second))
    assert answer.results == (ActionResult.NO_LONG_ACTION_IN_PROGRESS,)
    talker.ask(action_request(wire.ACTION_FIRST_BLOCK, first, SHIFT))
    answer = talker.ask(action_request(wire.ACTION_BLOCK, second._replace(number=9)))
    assert answer.results == (ActionResult.LONG_ACTION_ABORTED,)
    answer = talker.ask(Request(Apdu.ACTION_REQUEST, wire.ACTION_NEXT_BLOCK, INVOKE, block_number=1))
    assert answer.results == (ActionResult.NO_LONG_ACTION_IN_PROGRESS,)
    answer = talker.ask(action_request(wire.ACTION_FIRST_BLOCK, Block(True, 1, b"\x10"), SHIFT))
    assert answer.results == (ActionResult.TYPE_UNMATCHED,)
    reply = talker.exchange(write_request(action_request(wire.ACTION_LIST_FIRST_BLOCK, Block(True, 1, b"\x01"), SHIFT)))
    assert reply == BROKEN


def test_blocks_of_a_set_do_not_end_up_in_an_action():
    talker = talk("management")
    talker.ask(set_request(wire.SET_FIRST_BLOCK, Block(False, 1, encode(NEW)[:2]), THRESHOLDS))
    answer = talker.ask(action_request(wire.ACTION_BLOCK, Block(True, 2, encode(NEW)[2:])))
    assert answer.results == (ActionResult.NO_LONG_ACTION_IN_PROGRESS,)
    assert talker.read(THRESHOLDS) != NEW


# Bounds of a request


def test_a_request_longer_than_agreed_is_refused_and_the_association_stays():
    talker = talk("reader")
    for apdu in (b"\xc0" + bytes(1024), b"\xc1" + bytes(1500), b"\xff" * 1025, b"\xe0" + bytes(2000)):
        assert talker.send(apdu) == TOO_LONG
    whole = write_request(Request(Apdu.GET_REQUEST, wire.GET_WITH_LIST, INVOKE, (NAME,) * 102))
    assert len(whole) == 1024
    assert len(read_response(talker.send(whole)).block.octets) > 900
    assert talker.read(IMPORT)


def test_a_request_that_the_wrapper_cannot_take_ends_the_link():
    talker = talk("reader")
    session = talker.line.session
    assert session.receive(bytes.fromhex("0001002000010900") + bytes(10), talker.bench.now) == []
    assert session.closed == "oversize"
    assert session.receive(bytes(100), talker.bench.now) == []


def test_a_selection_in_a_set_is_refused():
    talker = talk("management")
    target = Reference(CLOCK.descriptor, Selection(1, structure(octets(b""))))
    assert talker.set(target, talker.read(CLOCK)) == DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
    assert talker.invoke(ALIGN) == 0
