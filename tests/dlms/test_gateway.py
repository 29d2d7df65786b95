"""The gateway header: another device of the home, reached through the logical device that was dialled.

Headers are written by hand here as the Green Book draws them; tests/peers has Gurux write and read them.
"""

import pytest
from dlms_bench import HdlcLine
from dlms_talk import SAPS, Talker
from home_bench import GAS, HUB, METER, HomeBench, at
from hypothesis import given
from hypothesis import strategies as st

from emulator.dlms.errors import PduError
from emulator.dlms.framing import gateway, wrapper
from emulator.dlms.framing.gateway import Route
from emulator.dlms.framing.hdlc_client import HdlcLimits

NAMES = {METER: b"ELR14K0000001", HUB: b"ELRH14K0000001", GAS: b"ELRG4K0000000114"}
EUI64 = {METER: "00237e0000000001", HUB: "001a630000000001", GAS: "00237e0000000002"}
SERIAL = {METER: b"14K0000001", HUB: b"H14K0000001", GAS: b"G4K0000000114"}
ADDRESSES = [(server, bytes.fromhex(EUI64[server])) for server in NAMES] + list(SERIAL.items())
NAME = at(1, "0.0.42.0.0.255")
PARTNERS = at(15, "0.0.40.0.0.255", 3)
NOBODY = bytes.fromhex("d80101")  # exception-response: service not allowed, operation not possible
BROKEN = bytes.fromhex("d80103")
AARQ = bytes.fromhex("601da109060760857405080101be10040e01000000065f1f0400007e1fffff")  # Green Book, no security


class RoutedLine:
    """A line on which every APDU is headed to one device."""

    def __init__(self, line, route: Route) -> None:
        self._line, self._route = line, route

    def exchange(self, apdu: bytes) -> bytes:
        answer = self._line.exchange(gateway.request(self._route, apdu))
        if not answer:
            return b""
        head = bytes((0xE7, self._route.network, len(self._route.address))) + self._route.address
        assert answer.startswith(head)
        return answer[len(head) :]


def routed(bench, address, dialled=HUB, level="reader", *, network=0, hdlc=None, session=None):
    """Give a client whose APDUs are headed to a device, not associated yet."""
    talker = Talker(bench, level, dialled, session, hdlc)
    talker.line = RoutedLine(talker.line, Route(network, address))
    return talker


@pytest.mark.parametrize("dialled", [METER, HUB])
@pytest.mark.parametrize(("server", "address"), ADDRESSES)
@pytest.mark.parametrize("level", ["public", "reader", "management"])
def test_every_device_is_reached_by_its_eui64_and_by_its_serial_number(level, server, address, dialled):
    talker = routed(HomeBench(), address, dialled, level).associate()
    assert talker.read(NAME).value == NAMES[server]
    assert [part.value for part in talker.read(PARTNERS).value] == [SAPS[level], server]


@pytest.mark.parametrize(("server", "address"), ADDRESSES[:3])
def test_it_goes_over_hdlc_too(server, address):
    limits = HdlcLimits(128, 128, 1, 1)
    talker = routed(HomeBench(), address, hdlc=limits).associate()
    assert talker.read(NAME).value == NAMES[server]


def test_octets_by_hand():
    """E6, network 0, 8 octets of EUI-64, AARQ: Green Book, gateway protocol; the answer has E7 and the same header."""
    session, eui64 = HomeBench().session(), bytes.fromhex(EUI64[GAS])
    sent = bytes.fromhex("0001 0010 0002 002a e6 00 08") + eui64 + AARQ
    (answer,) = session.receive(sent, HomeBench().now)
    assert answer[:8] == bytes.fromhex("0001 0002 0010") + (len(answer) - 8).to_bytes(2, "big")
    assert answer[8:19] == bytes.fromhex("e70008") + eui64
    assert answer[19:21] == bytes.fromhex("6129")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        (b"", 0),
        (b"G4K000000011", 0),
        (bytes.fromhex("00237e00000000ff"), 0),
        (bytes.fromhex(EUI64[GAS]), 1),
        (bytes.fromhex(EUI64[GAS])[::-1], 0),
    ],
)
def test_an_address_that_nobody_has_is_refused_with_the_header_it_came_with(address, network):
    line = routed(HomeBench(), address, network=network).line
    assert line.exchange(AARQ) == NOBODY


def test_without_gas_its_address_is_nobodys():
    assert routed(HomeBench(gas=False), bytes.fromhex(EUI64[GAS])).line.exchange(AARQ) == NOBODY


def test_the_gas_meters_sap_is_no_gateway():
    assert routed(HomeBench(), SERIAL[METER], GAS).line.exchange(AARQ) == NOBODY


def test_a_routed_association_is_kept_apart_from_a_direct_one():
    bench = HomeBench()
    session = bench.session()
    direct = Talker(bench, "reader", HUB, session).associate()
    gas = routed(bench, SERIAL[GAS], session=session)
    assert gas.line.exchange(bytes.fromhex("c001c1") + NAME.descriptor + b"\0") == bytes.fromhex("d80101")
    gas.associate()
    meter = routed(bench, SERIAL[METER], session=session).associate()
    assert [talker.read(NAME).value for talker in (direct, gas, meter)] == [NAMES[HUB], NAMES[GAS], NAMES[METER]]
    gas.release()
    assert gas.line.exchange(bytes.fromhex("c001c1") + NAME.descriptor + b"\0") == bytes.fromhex("d80101")
    assert [talker.read(NAME).value for talker in (direct, meter)] == [NAMES[HUB], NAMES[METER]]


def test_the_same_client_at_both_saps_has_two():
    bench = HomeBench()
    session = bench.session()
    one = routed(bench, SERIAL[GAS], METER, session=session).associate()
    two = routed(bench, SERIAL[GAS], HUB, session=session).associate()
    one.release()
    assert two.read(NAME).value == NAMES[GAS]


def test_a_link_that_goes_takes_what_was_routed_over_it():
    bench = HomeBench()
    limits = HdlcLimits(128, 128, 1, 1)
    session = bench.session()
    routed(bench, SERIAL[GAS], hdlc=limits, session=session).associate()
    again = HdlcLine(bench, SAPS["reader"], HUB, session, limits)  # SNRM: a new link
    line = RoutedLine(again, Route(0, SERIAL[GAS]))
    assert line.exchange(bytes.fromhex("c001c1") + NAME.descriptor + b"\0") == bytes.fromhex("d80101")


def test_there_are_only_so_many_routes():
    bench = HomeBench()
    session = bench.session()
    answers = [
        routed(bench, address, dialled, level, session=session).line.exchange(AARQ)
        for level in ("public", "reader")
        for dialled in (METER, HUB)
        for _, address in ADDRESSES
    ]
    assert [answer == NOBODY for answer in answers] == [False] * 16 + [True] * 8


@pytest.mark.parametrize("octets", ["e6", "e600", "e60008", "e60008" + "00" * 7, "e60008" + "00" * 8, "e60000"])
def test_a_broken_header_is_answered_and_harms_nothing(octets):
    bench = HomeBench()
    session = bench.session()
    direct = Talker(bench, "reader", HUB, session).associate()
    (answer,) = session.receive(wrapper.encode(SAPS["reader"], HUB, bytes.fromhex(octets)), bench.now)
    assert answer[8:] == BROKEN
    assert direct.read(NAME).value == NAMES[HUB]


@given(st.integers(0, 255), st.binary(max_size=255), st.binary(min_size=1, max_size=300))
def test_a_header_comes_out_as_it_went_in(network, address, apdu):
    assert gateway.read(gateway.request(Route(network, address), apdu)) == (Route(network, address), apdu)


@given(st.binary(max_size=40))
def test_any_octets_are_a_header_or_are_not(octets):
    try:
        route, apdu = gateway.read(octets)
    except PduError:
        return
    assert gateway.request(route, apdu)[1:] == octets[1:]
    assert apdu
