"""Faults of the link and of the protocol, over TCP with our head end and with octets by hand: what a client sees of
each, and that clearing it restores the service."""

import asyncio

import pytest
from farm_callers import AARQ, GET_IMPORT, head_end, run, until
from farm_homes import a_farm

from emulator.device.commands import WritePowerThresholds
from emulator.device.faults.catalogue import BY_NAME
from emulator.device.faults.home_faults import Planned
from emulator.dlms.framing import wrapper
from emulator.dlms.framing.hdlc_frame import HdlcDeframer, encode_frame
from emulator.farm.flaws import SPOILS, Flaws, Piece
from emulator.farm.link import MAX_BACKLOG
from emulator.headend import ServiceRefusedError

FRAME = bytes.fromhex("000100010010000ac4 01c1 00 0600003039".replace(" ", ""))
ALWAYS = {"per_mille": 1_000, "way": "both"}


def flawed(name, given):
    fault = BY_NAME[name]
    whole = {one.name: one.default for one in fault.parameters} | given
    return Flaws([(Planned(1, name, "", whole, 0), fault.spoils)], 77)


async def talk(farm, *apdus):
    """Send wrapped APDUs one by one, and give what came back within a moment."""
    reader, writer = await asyncio.open_connection(*farm.addresses.of(0))
    answers = []
    for apdu in apdus:
        writer.write(wrapper.encode(16, 1, apdu))
        try:
            async with asyncio.timeout(0.5):
                answers.append(await reader.read(65_536))
        except (TimeoutError, ConnectionError):
            answers.append(None)
    writer.close()
    return answers


async def spoiled_and_cleared(name, given, *apdus):
    """Give the answers of a home before a fault, while it is in force, and after it is cleared."""
    async with a_farm(None) as farm:
        before = await talk(farm, *apdus)
        order, homes = await farm.faults.put_in(name, "home-1", given)
        assert homes == 1
        during = await talk(farm, *apdus)
        await farm.faults.clear("home-1", order.number)
        after = await talk(farm, *apdus)
    assert after == before
    return before, during


def test_loss_leaves_a_request_without_an_answer():
    before, during = run(spoiled_and_cleared("link_loss", ALWAYS, AARQ))
    assert before[0]
    assert during == [None]


def test_half_open_takes_the_link_and_answers_nothing():
    _, during = run(spoiled_and_cleared("link_half_open", {}, AARQ))
    assert during == [None]


def test_a_reset_comes_in_the_middle_of_a_frame():
    before, during = run(spoiled_and_cleared("link_reset", {"per_mille": 1_000, "way": "out"}, AARQ))
    assert during[0] is None or before[0].startswith(during[0])
    assert during != before


def test_a_reset_ends_the_connection():
    async def scenario():
        async with a_farm(None) as farm:
            await farm.faults.put_in("link_reset", "home-1", {"per_mille": 1_000, "way": "out"})
            reader, writer = await asyncio.open_connection(*farm.addresses.of(0))
            writer.write(wrapper.encode(16, 1, AARQ))
            got = b""
            async with asyncio.timeout(5):  # a link that stays open would keep this waiting
                try:
                    while octets := await reader.read(65_536):
                        got += octets
                except ConnectionResetError:
                    pass
            writer.close()
            assert len(got) < 30  # the answer has more

    run(scenario())


def test_each_direction_of_the_line_is_spoiled_for_itself():
    async def scenario(way):
        async with a_farm(None) as farm:
            await farm.faults.put_in("link_loss", "home-1", {"per_mille": 1_000, "way": way})
            answers = await talk(farm, AARQ)
            await farm.advance(1)
            return answers, farm.home(0).flaws.frames

    assert run(scenario("in")) == ([None], 1)  # what never arrived is not answered
    assert run(scenario("out")) == ([None], 2)  # it was answered, and the answer was lost


def test_truncation_gives_the_beginning_only():
    before, during = run(spoiled_and_cleared("link_truncation", {"per_mille": 1_000, "way": "out"}, AARQ))
    assert during[0] is None or (before[0].startswith(during[0]) and len(during[0]) < len(before[0]))


def test_duplication_answers_twice():
    before, during = run(spoiled_and_cleared("link_duplication", {"per_mille": 1_000, "way": "out"}, AARQ))
    assert during[0] in {before[0], before[0] * 2}
    assert flawed("link_duplication", ALWAYS).outward(FRAME) == [Piece(FRAME)] * 2


def test_corruption_turns_over_as_many_bits_as_it_says():
    for bits in (1, 5):
        (piece,) = flawed("link_corruption", {**ALWAYS, "bits": bits}).outward(FRAME)
        turned = int.from_bytes(piece.octets, "big") ^ int.from_bytes(FRAME, "big")
        assert 1 <= turned.bit_count() <= bits
    before, during = run(spoiled_and_cleared("link_corruption", {"per_mille": 1_000, "way": "out"}, AARQ))
    assert during != before


def test_a_wrong_tag_is_that_of_another_service():
    before, during = run(spoiled_and_cleared("link_wrong_tag", {"per_mille": 1_000}, AARQ, GET_IMPORT))
    assert [answer[8] for answer in before] == [0x61, 0xC4]
    assert [answer[8] for answer in during] == [0x60, 0xC5]
    assert [answer[9:] for answer in during] == [answer[9:] for answer in before]


def test_a_wrong_tag_in_a_frame_of_hdlc_has_a_check_sequence_that_is_right():
    octets = encode_frame(bytes.fromhex("2103"), 0x30, b"\xe6\xe7\x00" + FRAME[8:])
    (piece,) = flawed("link_wrong_tag", {"per_mille": 1_000}).outward(octets)
    (frame,) = HdlcDeframer().feed(piece.octets)
    assert frame.information == b"\xe6\xe7\x00\xc5" + FRAME[9:]


def test_delay_and_drip_keep_the_octets_and_take_their_time():
    given = {"delay_ms": 40, "spread_ms": 0, "way": "out"}
    assert flawed("link_delay", given).outward(FRAME) == [Piece(FRAME, 40)]
    drawn = [flawed_piece.after_ms for flawed_piece in _delays("uniform")]
    assert min(drawn) >= 10
    assert max(drawn) <= 110
    assert len(set(drawn)) > 50
    tail = [flawed_piece.after_ms for flawed_piece in _delays("exponential")]
    assert max(tail) > 200
    assert 60 < sum(tail) / len(tail) < 160
    pieces = flawed("link_drip", {"octets": 4, "every_ms": 7}).outward(FRAME)
    assert b"".join(piece.octets for piece in pieces) == FRAME
    assert [piece.after_ms for piece in pieces] == list(range(0, 7 * len(pieces), 7))
    before, during = run(spoiled_and_cleared("link_delay", given, AARQ))
    assert during == before


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("link_delay", {"delay_ms": 0, "spread_ms": 60, "way": "out"}),
        ("link_drip", {"octets": 3, "every_ms": 2}),
    ],
)
def test_octets_that_are_late_keep_their_order(name, given):
    """A line that is slow hands over what it was given in that order: it is a stream, as TCP is."""

    async def answers(farm):
        reader, writer = await asyncio.open_connection(*farm.addresses.of(0))
        writer.write(wrapper.encode(16, 1, AARQ))
        opened = await reader.readexactly(8)
        opened += await reader.readexactly(opened[7])
        writer.write(
            b"".join(wrapper.encode(16, 1, GET_IMPORT[:2] + bytes((one,)) + GET_IMPORT[3:]) for one in range(8))
        )
        async with asyncio.timeout(5):
            found = await reader.readexactly(8 * 13)
        writer.close()
        return opened + found

    async def scenario():
        async with a_farm(None) as farm:
            before = await answers(farm)
            await farm.faults.put_in(name, "home-1", given)
            assert await answers(farm) == before

    run(scenario())


def _delays(shape):
    flaws = flawed("link_delay", {"delay_ms": 10, "spread_ms": 100, "shape": shape})
    return [flaws.outward(FRAME)[0] for _ in range(300)]


def test_a_bad_check_sequence_is_on_hdlc_only():
    hdlc = bytes.fromhex("7ea00a00022321939a747e")
    flaws = flawed("link_bad_check", {"per_mille": 1_000})
    (piece,) = flaws.outward(hdlc)
    assert (piece.octets[:-3], piece.octets[-1:]) == (hdlc[:-3], b"\x7e")
    assert piece.octets != hdlc
    assert flaws.outward(FRAME) == [Piece(FRAME)]
    assert flaws.inward(hdlc) == [Piece(hdlc)]


def test_a_client_over_hdlc_gets_through_bad_check_sequences_or_gives_up():
    async def scenario():
        async with a_farm(None) as farm:
            order, _ = await farm.faults.put_in("link_bad_check", "home-1", {"per_mille": 1_000})
            with pytest.raises((TimeoutError, ConnectionError)):
                async with asyncio.timeout(0.5), head_end(farm, "home-1", framing="hdlc") as client:
                    await client.read("import_wh")
            await farm.faults.clear("home-1", order.number)
            async with head_end(farm, "home-1", framing="hdlc") as client:
                assert await client.read("import_wh") > 0

    run(scenario())


def test_a_stale_block_comes_instead_of_the_next():
    first, second = (bytes.fromhex("0001000100100007c402c100000000") + bytes((number,)) for number in (1, 2))
    flaws = flawed("link_stale_block", {"per_mille": 1_000})
    assert flaws.outward(first) == [Piece(first)]
    assert flaws.outward(second) == [Piece(first)]
    assert flaws.outward(FRAME) == [Piece(FRAME)]


def test_an_old_counter_is_refused_by_the_client_and_a_new_one_taken():
    async def scenario():
        async with a_farm(None) as farm:
            async with head_end(farm, "home-1") as client:
                assert await client.read("import_wh") > 0
                order, _ = await farm.faults.put_in("link_old_counter", "home-1", {"back": 3})
                with pytest.raises(Exception, match="not fresh"):
                    await client.read("import_wh")
            await farm.faults.clear("home-1", order.number)
            async with head_end(farm, "home-1") as client:
                assert await client.read("import_wh") > 0

    run(scenario())


@pytest.mark.parametrize("busy", ["temporary-failure", "silent"])
def test_a_busy_device_says_so_or_says_nothing_until_its_time_is_over(busy):
    async def scenario():
        async with a_farm(None) as farm:
            given = {"busy_after_write_ms": 5_000, "busy": busy}
            order, _ = await farm.faults.put_in("busy", "home-1", given)
            async with head_end(farm, "home-1") as client:
                await client.send(WritePowerThresholds(11, 22))
                if busy == "silent":
                    with pytest.raises(TimeoutError):
                        async with asyncio.timeout(0.3):
                            await client.read("import_wh")
                else:
                    with pytest.raises(ServiceRefusedError, match="temporary_failure"):
                        await client.read("import_wh")
            await farm.advance(5_000)
            async with head_end(farm, "home-1") as client:
                assert await client.read("low_medium_w") == 11
            await farm.faults.clear("home-1", order.number)
            async with head_end(farm, "home-1") as client:
                await client.send(WritePowerThresholds(12, 22))
                assert await client.read("low_medium_w") == 12

    run(scenario())


def test_what_is_in_the_air_is_bounded_however_much_a_client_sends():
    async def scenario():
        async with a_farm(None) as farm:
            await farm.faults.put_in("link_delay", "home-1", {"delay_ms": 2_000, "spread_ms": 0, "way": "in"})
            _, writer = await asyncio.open_connection(*farm.addresses.of(0))
            writer.write(wrapper.encode(16, 1, AARQ) * 100_000)
            await until(lambda: any(link.in_air > MAX_BACKLOG for link in farm.links.open))
            (link,) = farm.links.open
            heard = link.in_air
            for _ in range(50):  # turns of the loop in which more would come in, if anything did
                await asyncio.sleep(0)
            assert link.in_air == heard < 2 * MAX_BACKLOG
            writer.transport.abort()

    run(scenario())


def test_every_row_of_the_link_has_what_carries_it_out():
    spoiling = {fault.spoils for fault in BY_NAME.values() if fault.spoils}
    assert spoiling == {*SPOILS, "stale_block"}


def test_what_is_drawn_is_the_same_for_the_same_conversation():
    runs = [[flawed("link_loss", {"per_mille": 300}).outward(FRAME) for _ in range(1)] for _ in range(2)]
    assert runs[0] == runs[1]
    flaws = flawed("link_loss", {"per_mille": 300})
    lost = sum(not flaws.outward(FRAME) for _ in range(1_000))
    assert 240 < lost < 360
