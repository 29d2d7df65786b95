"""The secondary station beyond the conformance names: windows, repeats, several links, broadcast, UI, and noise."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.dlms.framing.errors import FramingError
from emulator.dlms.framing.hdlc_frame import ALL_STATIONS, Frame, HdlcDeframer, check_sequence, encode_frame
from emulator.dlms.framing.hdlc_parameters import HdlcLimits, encode_limits
from emulator.dlms.framing.hdlc_server import Connected, Delivery, Disconnected, Event, HdlcServer, Transmit

# Octets by pydlms-client 0.1.0 unless a comment says otherwise.
SNRM = bytes.fromhex("7ea0070321930f017e")
UA_DEFAULTS = bytes.fromhex("7ea01e210373c37a818012050180060180070400000001080400000001533b7e")
DISC = bytes.fromhex("7ea00703215303c77e")
UA = bytes.fromhex("7ea00721037301407e")
DM = bytes.fromhex("7ea00721031f6be97e")
POLL_0 = bytes.fromhex("7ea00703211115a67e")
POLL_1 = bytes.fromhex("7ea00703213117877e")
READY_0 = bytes.fromhex("7ea00721031115007e")
READY_1 = bytes.fromhex("7ea00721033117217e")
READY_2 = bytes.fromhex("7ea00721035111427e")
GET = bytes.fromhex("7ea0190321107fdae6e600c001c100030100010800ff020032687e")
GET_NOT_POLLED = bytes.fromhex("7ea019032100fecae6e600c001c100030100010800ff020032687e")
GET_APDU = bytes.fromhex("c001c100030100010800ff0200")
RESPONSE = bytes.fromhex("7ea01521033049cae6e700c401c10006000030399d027e")
RESPONSE_APDU = bytes.fromhex("c401c1000600003039")
NOTICE = bytes.fromhex("7ea01521030351c9e6e700c401c10006000030399d027e")  # the same APDU in a UI frame

TO_METER = b"\x03\x21"  # server 1, client 16
TO_CLIENT = b"\x21\x03"
LLC_COMMAND = b"\xe6\xe6\x00"
LLC_RESPONSE = b"\xe6\xe7\x00"


def line(limits: HdlcLimits | None = None, **options) -> HdlcServer:
    return HdlcServer(limits or HdlcLimits(), 17, {1, 2}, **options)


def exchange(server: HdlcServer, data: bytes, answer: bytes | None = RESPONSE_APDU) -> tuple[bytes, list[Event]]:
    """Feed octets, answer what is delivered, and give what goes back and what happened."""
    back = b""
    happened: list[Event] = []
    for event in server.feed(data, 0):
        if isinstance(event, Transmit):
            back += event.octets
            continue
        happened.append(event)
        if isinstance(event, Delivery) and event.confirmed and answer is not None:
            back += server.send(event.client, event.server, answer)
    return back, happened


def connected(limits: HdlcLimits | None = None, proposed: HdlcLimits | None = None, **options) -> HdlcServer:
    server = line(limits, **options)
    back, happened = exchange(server, encode_frame(TO_METER, 0x93, encode_limits(proposed) if proposed else b""))
    assert happened == [Connected(16, 1)]
    assert back
    return server


def command(send: int, receive: int, information: bytes, *, poll: bool = True, segmented: bool = False) -> bytes:
    """Write an I frame of the client."""
    return encode_frame(TO_METER, receive << 5 | poll << 4 | send << 1, information, segmented=segmented)


def poll(receive: int) -> bytes:
    return encode_frame(TO_METER, receive << 5 | 0x11)


def frames(octets: bytes) -> list[Frame]:
    return HdlcDeframer().feed(octets)


def test_a_request_is_delivered_and_answered():
    server = connected()
    assert exchange(server, GET) == (RESPONSE, [Delivery(16, 1, GET_APDU)])


def test_a_repeated_request_is_answered_again_but_not_delivered_again():
    server = connected()
    exchange(server, GET)
    assert exchange(server, GET) == (RESPONSE, [])
    assert exchange(server, POLL_0) == (RESPONSE, [])
    assert exchange(server, POLL_1) == (READY_1, [])
    assert exchange(server, GET) == (encode_frame(TO_CLIENT, 0x97, bytes((0x10, 0x22, 0x08))), [Disconnected(16, 1)])


def test_a_late_answer_waits_for_the_turn():
    server = connected()
    assert exchange(server, GET, None) == (b"", [Delivery(16, 1, GET_APDU)])
    assert server.send(16, 1, RESPONSE_APDU) == RESPONSE  # the client still waits: the turn is ours
    other = connected()
    exchange(other, GET, None)
    assert exchange(other, POLL_0) == (READY_1, [])  # the client has asked again and was told to wait
    assert other.send(16, 1, RESPONSE_APDU) == b""
    assert exchange(other, POLL_0) == (RESPONSE, [])


def test_a_request_that_is_not_polled_is_answered_with_the_next_poll():
    server = connected()
    assert exchange(server, GET_NOT_POLLED) == (b"", [Delivery(16, 1, GET_APDU)])
    assert exchange(server, POLL_0) == (RESPONSE, [])


def test_a_delivery_without_an_answer_is_acknowledged():
    server = connected()
    exchange(server, GET, None)
    assert server.acknowledge(16, 1) == READY_1
    assert server.acknowledge(16, 1) == b""


def test_an_answer_for_a_link_that_is_gone_goes_nowhere():
    server = connected()
    exchange(server, GET, None)
    exchange(server, DISC)
    assert server.send(16, 1, RESPONSE_APDU) == b""
    assert server.send(99, 1, RESPONSE_APDU) == b""
    assert server.acknowledge(99, 1) == b""
    assert exchange(server, SNRM)[0] == UA_DEFAULTS
    assert exchange(server, POLL_0) == (READY_0, [])


@pytest.mark.parametrize("window", [1, 2, 7])
@pytest.mark.parametrize("octets", [0, 1, 61, 62, 63, 64, 65, 125, 126, 1000])
def test_a_long_answer_goes_in_segments_under_the_window(window: int, octets: int):
    proposed = HdlcLimits(max_info_receive=64, window_receive=7)
    server = connected(HdlcLimits(2030, 2030, window, window), proposed)
    apdu = bytes(number % 251 for number in range(octets))
    back, _ = exchange(server, GET, apdu)
    received: list[Frame] = []
    while not received or received[-1].segmented:
        turn = frames(back)
        assert 1 <= len(turn) <= window
        assert [bool(frame.control & 0x10) for frame in turn] == [False] * (len(turn) - 1) + [True]
        assert all(len(frame.information) <= 64 for frame in turn)
        received += turn
        assert [frame.control >> 1 & 7 for frame in turn] == [
            number % 8 for number in range(len(received) - len(turn), len(received))
        ]
        back, _ = exchange(server, poll(len(received) % 8))
    assert b"".join(frame.information for frame in received) == LLC_RESPONSE + apdu
    assert back == READY_1


def test_segments_that_were_lost_go_again_with_the_ones_that_follow():
    server = connected(HdlcLimits(64, 64, 3, 3), HdlcLimits(max_info_receive=10, window_receive=3))
    apdu = bytes(range(60))
    exchange(server, GET, apdu)
    again, _ = exchange(server, poll(1))  # 0 arrived, 1 and 2 did not
    assert [frame.control for frame in frames(again)] == [0x22, 0x24, 0x36]
    assert b"".join(frame.information for frame in frames(again)) == (LLC_RESPONSE + apdu)[10:40]


def test_a_busy_client_gets_no_information():
    server = connected()
    exchange(server, GET)
    assert exchange(server, encode_frame(TO_METER, 0x15)) == (READY_1, [])  # RNR, N(R)=0
    assert exchange(server, POLL_0) == (RESPONSE, [])


def test_a_supervisory_frame_with_information_is_rejected():
    server = connected()
    rejection = encode_frame(TO_CLIENT, 0x97, bytes((0x11, 0x00, 0x03)))  # w and x, by ISO/IEC 13239
    assert exchange(server, encode_frame(TO_METER, 0x11, b"x")) == (rejection, [Disconnected(16, 1)])


def test_a_rejection_that_was_not_polled_is_told_with_the_next_poll_and_ended_by_disc():
    server = connected()
    assert exchange(server, encode_frame(TO_METER, 0xEF)) == (b"", [Disconnected(16, 1)])
    assert exchange(server, encode_frame(TO_METER, 0x00, LLC_COMMAND)) == (b"", [])
    assert frames(exchange(server, POLL_0)[0])[0].information == bytes((0xEF, 0x00, 0x01))
    assert exchange(server, DISC) == (UA, [])
    assert exchange(server, DISC) == (DM, [])


def test_snrm_on_a_link_that_is_up_ends_it_and_begins_anew():
    server = connected()
    exchange(server, GET)
    assert exchange(server, SNRM) == (UA_DEFAULTS, [Disconnected(16, 1), Connected(16, 1)])
    assert exchange(server, GET) == (RESPONSE, [Delivery(16, 1, GET_APDU)])


@pytest.mark.parametrize(
    "information",
    ["8180", "8280 00", "8181 00", "8180 12 0501", "8180 03 0901 01", "8180 03 0502 80", "8180 07 0505 0000000080"],
)
def test_snrm_with_parameters_that_make_no_sense_gets_dm(information: str):
    server = line()
    wrong = encode_frame(TO_METER, 0x93, bytes.fromhex(information))
    assert exchange(server, wrong) == (DM, [])
    server = connected()
    assert exchange(server, wrong) == (DM, [Disconnected(16, 1)])
    assert exchange(server, GET) == (DM, [])


def test_parameters_of_the_standards_own_example():
    # IEC 62056-46, Table 8: the client proposes only a receive window of 7; the server can take 64 octets.
    ours = HdlcLimits(max_info_transmit=128, max_info_receive=64, window_transmit=7, window_receive=7)
    server = line(ours)
    back, _ = exchange(server, bytes.fromhex("7ea012032193f9ac818006080400000007266d7e"))
    assert back == bytes.fromhex("7ea01e210373c37a8180120501800601400704000000070804000000016dc67e")


@pytest.mark.parametrize("physical", [0x00, 0x3FFE, 0x3FFF])
def test_a_reserved_physical_address_is_refused(physical: int):
    with pytest.raises(ValueError, match="reserved"):
        HdlcServer(HdlcLimits(), physical, {1})


def test_information_without_an_llc_header_is_taken_and_dropped():
    server = connected()
    assert exchange(server, command(0, 0, b"\xe6\xe7\x00" + GET_APDU)) == (READY_1, [])
    assert exchange(server, command(1, 0, b"")) == (READY_2, [])


def test_an_endless_message_is_rejected():
    server = connected(HdlcLimits(2030, 2030, 1, 1), HdlcLimits(2030, 2030, 1, 1))
    replies = [
        exchange(server, command(number % 8, 0, LLC_COMMAND + bytes(2027), segmented=True)) for number in range(33)
    ]
    assert [happened for _, happened in replies] == [[]] * 32 + [[Disconnected(16, 1)]]
    assert frames(replies[-1][0])[0].information[2] == 0x04


def test_a_client_that_never_acknowledges_is_not_served_for_ever():
    server = connected()
    delivered = 0
    for number in range(200):
        _, happened = exchange(server, command(number % 8, 0, LLC_COMMAND), bytes(1000))
        delivered += len(happened)
    assert delivered < 80


def test_links_on_one_line_do_not_touch_each_other():
    server = line()
    # Client 16 to logical device 1 in one octet, client 1 to logical device 2 at 17 in two octets.
    here, there = (b"\x03\x21", b"\x21\x03", 16, 1), (b"\x04\x23\x03", b"\x03\x04\x23", 1, 2)
    for to_meter, to_client, client, device in (here, there):
        back, happened = exchange(server, encode_frame(to_meter, 0x93))
        assert happened == [Connected(client, device)]
        assert back.startswith(b"\x7e\xa0" + bytes((29 + len(to_client) - 1,)) + to_client)
    exchange(server, encode_frame(there[0], 0x10, LLC_COMMAND + b"a"))
    assert exchange(server, encode_frame(here[0], 0x10, LLC_COMMAND + b"b"))[1] == [Delivery(16, 1, b"b")]
    assert exchange(server, encode_frame(there[0], 0x32, LLC_COMMAND + b"c"))[1] == [Delivery(1, 2, b"c")]
    assert exchange(server, encode_frame(here[0], 0x53)) == (UA, [Disconnected(16, 1)])
    assert exchange(server, encode_frame(there[0], 0x51)) == (encode_frame(there[1], 0x51), [])


def test_one_client_may_write_the_address_in_several_ways():
    server = connected()
    assert exchange(server, encode_frame(b"\x02\x23\x21", 0x10, LLC_COMMAND + b"a")) == (
        encode_frame(b"\x21\x02\x23", 0x30, LLC_RESPONSE + RESPONSE_APDU),
        [Delivery(16, 1, b"a")],
    )
    assert exchange(server, POLL_1) == (READY_1, [])


def test_two_octets_are_read_as_four_by_a_meter_that_has_four():
    server = line(address_octets=(4,))
    assert exchange(server, encode_frame(b"\x02\x23\x21", 0x93))[1] == [Connected(16, 1)]


def test_the_ninth_link_is_refused():
    server = line()
    for client in range(16, 24):
        assert exchange(server, encode_frame(bytes((0x03, client << 1 | 1)), 0x93))[1] == [Connected(client, 1)]
    refused = encode_frame(b"\x03\x33", 0x93)
    assert exchange(server, refused) == (encode_frame(b"\x33\x03", 0x1F), [])
    exchange(server, DISC)
    assert exchange(server, refused)[1] == [Connected(25, 1)]


def test_the_calling_device_answers_with_its_own_address():
    snrm = bytes.fromhex("7ea00802fd2193a9fb7e")
    assert exchange(line(), snrm) == (b"", [])
    back, happened = exchange(line(calling=True), snrm)
    assert happened == [Connected(16, 1)]
    assert frames(back)[0].source == b"\x02\x23"


# pydlms wrote these to all logical devices of physical device 17, to all devices, and to logical device 1 of all.
@pytest.mark.parametrize(
    ("octets", "devices"),
    [
        ("7ea01afe232103e3b2e6e600c001c100030100010800ff020032687e", [1, 2]),
        ("7ea01cfefefeff2103c7eae6e600c001c100030100010800ff020032687e", [1, 2]),
        ("7ea01a02ff21035078e6e600c001c100030100010800ff020032687e", [1]),
        ("7ea01a002321038a6be6e600c001c100030100010800ff020032687e", []),  # no-station
        ("7ea01afe23211362a2e6e600c001c100030100010800ff020032687e", []),  # polled: discarded
        ("7ea01afe232110f990e6e600c001c100030100010800ff020032687e", []),  # an I frame: discarded
    ],
)
def test_broadcast(octets: str, devices: list[int]):
    expected = [Delivery(16, device, GET_APDU, confirmed=False) for device in devices]
    for server in (line(), connected()):
        assert exchange(server, bytes.fromhex(octets)) == (b"", expected)


@pytest.mark.parametrize("own", [(1,), (2,), (4,)])
def test_a_broadcast_to_everyone_is_taken_whatever_the_size_of_our_address(own: tuple[int, ...]):
    octets = bytes.fromhex("7ea01cfefefeff2103c7eae6e600c001c100030100010800ff020032687e")
    assert len(exchange(line(address_octets=own), octets)[1]) == 2


def test_disc_to_everyone_ends_the_links_of_that_client_without_an_answer():
    server = connected()
    assert exchange(server, bytes.fromhex("7ea008feff214383787e")) == (b"", [Disconnected(16, 1)])
    assert exchange(server, DISC) == (DM, [])


def test_ui_is_delivered_in_any_mode_and_only_a_poll_is_answered():
    ui = bytes.fromhex("7ea01903210365f8e6e600c001c100030100010800ff020032687e")
    polled = bytes.fromhex("7ea019032113e4e8e6e600c001c100030100010800ff020032687e")
    delivery = [Delivery(16, 1, GET_APDU, confirmed=False)]
    assert exchange(line(), ui) == (b"", delivery)
    assert exchange(line(), polled) == (DM, delivery)
    assert exchange(connected(), ui) == (b"", delivery)
    assert exchange(connected(), polled) == (READY_0, delivery)


def test_a_notice_waits_for_the_turn_and_goes_first():
    fetch = bytes.fromhex("7ea00703211307857e")  # an empty UI frame with P
    server = connected()
    assert server.send_unnumbered(16, 1, RESPONSE_APDU) == b""
    assert exchange(server, POLL_0) == (NOTICE + READY_0, [])
    assert exchange(server, fetch) == (READY_0, [])
    server.send_unnumbered(16, 1, b"\x01")
    server.send_unnumbered(16, 1, RESPONSE_APDU)
    back, _ = exchange(server, fetch)
    assert [frame.control for frame in frames(back)] == [0x03, 0x13]
    with pytest.raises(FramingError, match="oversize"):
        server.send_unnumbered(16, 1, bytes(126))


def test_time_out_of_the_inactive_line():
    server = connected(inactivity_ms=5_000)
    assert server.next_due == 5_000
    assert list(server.feed(b"\x7e", 4_000)) == []
    assert server.advance(8_999) == []
    assert server.advance(9_000) == [Disconnected(16, 1)]
    assert server.next_due is None
    assert connected(inactivity_ms=0).next_due is None


def test_a_line_without_an_inter_octet_time_out_waits_for_ever():
    server = line(inter_octet_ms=0)
    assert list(server.feed(SNRM[:5], 0)) == []
    assert server.pending
    assert len(list(server.feed(SNRM[5:], 10**9))) == 2


CONVERSATION = [
    SNRM, GET, GET, POLL_0, POLL_1, GET_NOT_POLLED, DISC, SNRM + GET, command(1, 1, LLC_COMMAND + bytes(60)),
    encode_frame(TO_METER, 0x93, encode_limits(HdlcLimits(20, 20, 3, 3))), command(0, 0, LLC_COMMAND, segmented=True),
    command(1, 0, bytes(30)), encode_frame(TO_METER, 0xFF), encode_frame(b"\x02\x23\x21", 0x93), b"\x7e\x7e", b"\x00",
    encode_frame(b"\xff\x21", 0x03, LLC_COMMAND + b"x"), encode_frame(TO_METER, 0x13), GET[:-1], GET[1:],
]  # fmt: skip
STEPS = st.sampled_from(CONVERSATION) | st.integers(0, 255).map(
    lambda octet: encode_frame(TO_METER, octet, LLC_COMMAND)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=12), st.lists(st.integers(1, 30), min_size=1, max_size=5))
def test_any_split_gives_the_same_answers(steps: list[bytes], sizes: list[int]):
    stream = b"".join(steps)
    at_once, piecewise = line(HdlcLimits(64, 64, 2, 2)), line(HdlcLimits(64, 64, 2, 2))
    expected = exchange(at_once, stream, bytes(100))
    back, happened = b"", []
    size = itertools.cycle(sizes)
    while stream:
        length = next(size)
        more, also = exchange(piecewise, stream[:length], bytes(100))
        back, happened, stream = back + more, happened + also, stream[length:]
    assert (back, happened) == expected
    assert at_once.rejected == piecewise.rejected


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(STEPS, st.integers(0, 300), st.integers(0, 255), st.booleans()), max_size=10))
def test_mutated_frames_never_raise_and_whatever_comes_back_is_a_frame(steps: list[tuple[bytes, int, int, bool]]):
    server = line(HdlcLimits(64, 64, 2, 2))
    for octets, place, flip, repaired in steps:
        changed = bytearray(octets)
        changed[place % len(changed)] ^= flip
        if repaired and len(changed) > 9:  # a wrong frame with a right check
            changed[-3:-1] = check_sequence(bytes(changed[1:-3]))
        back, happened = exchange(server, bytes(changed), bytes(70))
        deframer = HdlcDeframer()
        deframer.feed(back)
        assert not deframer.rejected
        assert not deframer.pending
        assert all(event.server in (1, 2, ALL_STATIONS) for event in happened)
