"""The gateway header as Gurux writes and reads it: devices of the home reached through the hub or the meter."""

import pytest
from peer_farm import FAMILY, PACKAGED, Home, PeerFarm
from peer_talk import Run, get, results, text

METER, HUB, GAS = 1, 2, 3
DEVICES = {METER: "esme", HUB: "chf", GAS: "gsme"}
NAME, PARTNERS, SERIAL = get(1, "0.0.42.0.0.255", 2), get(15, "0.0.40.0.0.255", 3), get(1, "0.0.96.1.0.255", 2)
VOLUME = get(3, "7.0.3.0.0.255", 2)


@pytest.fixture(scope="module")
def home(farm: PeerFarm) -> Home:
    return farm.take_home(FAMILY + PACKAGED)


def eui64(home: Home, server: int) -> str:
    return str(home.show(DEVICES[server])["eui64"]).replace("-", "")


def serial(home: Home, server: int) -> str:
    return home.show(DEVICES[server])["serial"].encode("ascii").hex()


@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
@pytest.mark.parametrize("dialled", [METER, HUB])
@pytest.mark.parametrize("server", DEVICES)
def test_a_device_is_reached_through_the_gateway(run: Run, home: Home, framing: str, dialled: int, server: int) -> None:
    address = eui64(home, server) if dialled == HUB else serial(home, server)
    gateway = {"network": 0, "address": address}
    done = results(run("gurux", "reader", framing, [SERIAL, PARTNERS], server=dialled, gateway=gateway))
    assert done[0]["value"] == text(home.show(DEVICES[server])["serial"])
    assert done[1]["value"] == [home.address["clients"]["reader"]["client"], server]


def test_gas_is_read_through_the_gateway_and_directly_alike(run: Run, home: Home) -> None:
    gateway = {"network": 0, "address": eui64(home, GAS)}
    routed = results(run("gurux", "reader", "wrapper", [VOLUME, {"do": "objects"}], server=HUB, gateway=gateway))
    direct = results(run("gurux", "reader", "wrapper", [VOLUME, {"do": "objects"}], server=GAS))
    assert routed == direct
    assert 0 < routed[0]["value"] <= home.show("gsme")["values"]["volume_l"]["value"]  # as of the last wake


@pytest.mark.parametrize(("network", "address"), [(0, "00237E00FFFFFFFF"), (1, None), (0, "58")])
def test_an_address_that_nobody_has_is_refused(run: Run, home: Home, network: int, address: str | None) -> None:
    gateway = {"network": network, "address": address or eui64(home, GAS)}
    document = run("gurux", "reader", "wrapper", [NAME], server=HUB, gateway=gateway)
    assert not document["associated"]
    assert document["error"] == "exception-response state 1 service 1"
