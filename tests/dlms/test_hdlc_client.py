"""The primary station: against octets of other implementations, and against our secondary over a line that loses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.dlms.framing.errors import FramingError
from emulator.dlms.framing.hdlc_client import (
    MAX_STALLED_TURNS,
    Acknowledged,
    Connected,
    Disconnected,
    Event,
    HdlcClient,
    Notification,
    Refused,
    Response,
    Transmit,
)
from emulator.dlms.framing.hdlc_frame import HdlcDeframer, encode_address, encode_frame
from emulator.dlms.framing.hdlc_parameters import HdlcLimits
from emulator.dlms.framing.hdlc_server import Delivery, HdlcServer
from emulator.dlms.framing.hdlc_server import Transmit as Reply

# gurux_dlms 1.0.203 and pydlms-client 0.1.0 both write SNRM, DISC, AARQ and the GETs; pydlms wrote the rest.
SNRM = bytes.fromhex("7ea0070321930f017e")
DISC = bytes.fromhex("7ea00703215303c77e")
AARQ = bytes.fromhex("601da109060760857405080101be10040e01000000065f1f0400401e5dffff")
AARQ_FRAME = bytes.fromhex("7ea02b032110fbafe6e600601da109060760857405080101be10040e01000000065f1f0400401e5dffff91237e")
GET_APDU = bytes.fromhex("c001c100030100010800ff0200")
GET = bytes.fromhex("7ea0190321107fdae6e600c001c100030100010800ff020032687e")
SECOND_GET = bytes.fromhex("7ea0190321326fd8e6e600c001c100030100010800ff020032687e")  # N(S)=1, N(R)=1
POLL_0 = bytes.fromhex("7ea00703211115a67e")
POLL_1 = bytes.fromhex("7ea00703213117877e")
UA_DEFAULTS = bytes.fromhex("7ea01e210373c37a818012050180060180070400000001080400000001533b7e")
UA = bytes.fromhex("7ea00721037301407e")
DM = bytes.fromhex("7ea00721031f6be97e")
FRMR = bytes.fromhex("7ea00c2103973e21ff00010d187e")
READY_0 = bytes.fromhex("7ea00721031115007e")
READY_1 = bytes.fromhex("7ea00721033117217e")
RESPONSE = bytes.fromhex("7ea01521033049cae6e700c401c10006000030399d027e")
FIRST_SEGMENT = bytes.fromhex("7ea81121033085e2e6e700c401c1000606cc7e")
LAST_SEGMENT = bytes.fromhex("7ea00d21033222cf000030396fed7e")
NOTICE = bytes.fromhex("7ea01521030351c9e6e700c401c10006000030399d027e")
RESPONSE_APDU = bytes.fromhex("c401c1000600003039")

TO_CLIENT = b"\x21\x03"


def client(limits: HdlcLimits | None = None) -> HdlcClient:
    return HdlcClient(16, encode_address(1), limits or HdlcLimits())


def connected() -> HdlcClient:
    ours = client()
    ours.connect()
    assert ours.feed(UA_DEFAULTS) == [Connected(HdlcLimits())]
    return ours


def test_a_whole_conversation():
    ours = client()
    assert ours.connect() == SNRM
    assert ours.feed(UA_DEFAULTS) == [Connected(HdlcLimits())]
    assert ours.request(GET_APDU) == GET
    assert ours.feed(RESPONSE) == [Response(RESPONSE_APDU)]
    assert ours.request(GET_APDU) == SECOND_GET
    assert ours.disconnect() == DISC
    assert ours.feed(UA) == [Disconnected()]


def test_an_association_request_is_framed_as_others_frame_it():
    assert connected().request(AARQ) == AARQ_FRAME


def test_a_proposal_is_made_when_it_differs_from_the_defaults():
    ours = client(HdlcLimits(2030, 2030, 1, 1))
    assert ours.connect() == bytes.fromhex("7ea0200321937dd9818014050207ee060207ee070400000001080400000001b5d47e")
    # IEC 62056-46, Table 8: the server can take 64 octets and send windows of 7; ours takes one frame at a time.
    ua = bytes.fromhex("7ea01e210373c37a8180120501800601400704000000070804000000016dc67e")
    assert ours.feed(ua) == [Connected(HdlcLimits(64, 128, 1, 1))]


def test_a_ua_of_a_real_meter_is_understood():
    # A capture in the tests of dlms-cosem 21.3.2, server 1 at 17.
    ours = HdlcClient(16, encode_address(1, 17, octets=2), HdlcLimits(2030, 2030, 7, 7))
    ours.connect()
    ua = bytes.fromhex("7EA01F21022373E6C781801205019A06019A070400000001080400000001CCA27E")
    assert ours.feed(ua) == [Connected(HdlcLimits(154, 154, 1, 1))]


def test_segments_are_polled_for_and_put_together():
    ours = connected()
    ours.request(GET_APDU)
    assert ours.feed(FIRST_SEGMENT) == [Transmit(POLL_1)]
    assert ours.feed(LAST_SEGMENT) == [Response(RESPONSE_APDU)]


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_any_split_gives_the_same_events(size: int):
    ours = connected()
    ours.request(GET_APDU)
    stream = NOTICE + FIRST_SEGMENT + LAST_SEGMENT
    events = [event for at in range(0, len(stream), size) for event in ours.feed(stream[at : at + size])]
    assert events == [Notification(RESPONSE_APDU), Transmit(POLL_1), Response(RESPONSE_APDU)]
    assert not ours.pending


def test_no_answer_yet():
    ours = connected()
    ours.request(GET_APDU)
    assert ours.feed(READY_1) == [Acknowledged()]
    assert ours.poll() == POLL_0
    assert ours.feed(READY_1) == [Acknowledged()]
    assert ours.feed(RESPONSE) == [Response(RESPONSE_APDU)]


def test_a_repeated_response_is_not_given_twice():
    ours = connected()
    ours.request(GET_APDU)
    ours.feed(RESPONSE)
    assert ours.feed(RESPONSE) == [Transmit(POLL_1)]
    assert ours.feed(READY_1) == [Acknowledged()]


def test_what_goes_again_after_silence():
    ours = client()
    ours.connect()
    assert ours.repeat() == SNRM
    ours.feed(UA_DEFAULTS)
    ours.request(GET_APDU)
    ours.feed(RESPONSE[:-1])
    assert ours.repeat() == POLL_0  # an RR, not the I frame (6.4.4.9.1)
    assert ours.rejected == {"incomplete": 1}
    assert ours.feed(READY_0) == [Transmit(GET)]  # the server says that it never got it
    ours.disconnect()
    assert ours.repeat() == DISC


@pytest.mark.parametrize(("octets", "kind"), [(DM, "dm"), (FRMR, "frmr")])
def test_a_refusal_takes_the_link_down(octets: bytes, kind: str):
    ours = connected()
    ours.request(GET_APDU)
    assert ours.feed(octets) == [Refused(kind)]
    assert ours.feed(octets + RESPONSE) == []
    with pytest.raises(FramingError, match="not_connected"):
        ours.request(GET_APDU)


def test_a_refused_connection():
    ours = client()
    ours.connect()
    assert ours.feed(DM) == [Refused("dm")]
    ours.connect()
    assert ours.feed(encode_frame(TO_CLIENT, 0x73, b"\x81\x80\x05")) == [Refused("bad_parameters")]


def test_dm_confirms_a_disconnection_too():
    ours = connected()
    ours.disconnect()
    assert ours.feed(DM) == [Disconnected()]


@pytest.mark.parametrize(
    ("control", "information", "kind"),
    [
        (0x51, b"", "bad_receive_number"),
        (0x30, b"\xe6\xe6\x00", "bad_llc"),
        (0x70, b"\xe6\xe7\x00", "bad_receive_number"),
    ],
)
def test_a_server_that_breaks_the_rules(control: int, information: bytes, kind: str):
    ours = connected()
    ours.request(GET_APDU)
    assert ours.feed(encode_frame(TO_CLIENT, control, information)) == [Refused(kind)]


def test_a_server_that_never_gets_on_is_given_up():
    ours = connected()
    ours.request(GET_APDU)
    for _ in range(MAX_STALLED_TURNS):
        assert ours.feed(READY_0) == [Transmit(GET)]
    assert ours.feed(READY_0) == [Refused("no_progress")]


def test_an_endless_response_is_given_up():
    ours = connected()
    ours.request(GET_APDU)
    for number in range(32):
        ours.feed(encode_frame(TO_CLIENT, 0x30 | (number % 8) << 1, bytes(2030), segmented=True))
    assert ours.feed(encode_frame(TO_CLIENT, 0x30, bytes(2030), segmented=True)) == [Refused("oversize")]


def test_frames_of_other_stations_are_not_ours():
    ours = connected()
    ours.request(GET_APDU)
    assert ours.feed(encode_frame(b"\x23\x03", 0x1F) + encode_frame(b"\x21\x05", 0x1F)) == []


@settings(deadline=None)
@given(st.lists(st.binary(max_size=20) | st.sampled_from([UA, DM, FRMR, READY_0, RESPONSE, FIRST_SEGMENT, b"\x7e"])))
def test_noise_never_raises(pieces: list[bytes]):
    ours = connected()
    ours.request(GET_APDU)
    for piece in pieces:
        ours.feed(piece)


class LossyLine:
    """Our client and our meter, and a line that loses the frames it is told to lose."""

    def __init__(self, limits: HdlcLimits, losses: list[bool]) -> None:
        self.meter = HdlcServer(limits, 17, {1})
        self.client = HdlcClient(16, encode_address(1), limits)
        self.losses = iter(losses)
        self.executed: list[bytes] = []

    def carry(self, octets: bytes) -> bytes:
        kept = [frame for frame in HdlcDeframer().feed(octets) if not next(self.losses, False)]
        return b"".join(
            encode_frame(f.destination + f.source, f.control, f.information, segmented=f.segmented) for f in kept
        )

    def turn(self, octets: bytes) -> list[Event]:
        back = b""
        for event in self.meter.feed(self.carry(octets), 0):
            if isinstance(event, Reply):
                back += event.octets
            elif isinstance(event, Delivery):
                self.executed.append(event.apdu)
                back += self.meter.send(event.client, event.server, event.apdu[::-1])
        return self.client.feed(self.carry(back))

    def until(self, octets: bytes, wanted: type[Event]) -> Event:
        """Go on, repeating after silence, until the wanted event comes."""
        for _ in range(200):
            events = self.turn(octets)
            for event in events:
                if isinstance(event, wanted):
                    return event
                assert not isinstance(event, Refused)
            more = b"".join(event.octets for event in events if isinstance(event, Transmit))
            octets = more or self.client.repeat()
        raise AssertionError


@settings(max_examples=150, deadline=None)
@given(
    st.builds(HdlcLimits, *[st.sampled_from([1, 7, 64, 128])] * 2, *[st.integers(1, 7)] * 2),
    st.lists(st.binary(max_size=70), min_size=1, max_size=3),
    st.lists(st.booleans(), max_size=25),
)
def test_each_request_is_executed_once_whatever_the_line_loses(
    limits: HdlcLimits, requests: list[bytes], losses: list[bool]
):
    line = LossyLine(limits, losses)
    line.until(line.client.connect(), Connected)
    for apdu in requests:
        assert line.until(line.client.request(apdu), Response) == Response(apdu[::-1])
    assert line.executed == requests
    assert isinstance(line.until(line.client.disconnect(), Disconnected), Disconnected)
