"""Every packaged DLMS family, read whole by other people's clients: the meter, its hub, and the gas meter behind it.

Both clients walk the object list and read every attribute of it in both framings; of the long half-hour logs they read
a day by range (test_peer_profiles reads such logs whole). dlms-cosem's HDLC is written for a serial line: its driver
gives it a TCP socket in the place of one.
"""

import datetime as dt
from typing import Any

import pytest
from peer_farm import DLMS_FAMILIES, FAMILY, Home, PeerFarm
from peer_talk import DAY, NO_DECODER, NOW, TODAY, Run, days_of, name, place_of, read_stamp, results, rows_of, text

from emulator.farm import library

METER, HUB, GAS = 1, 2, 3
DEVICES = {METER: "esme", HUB: "chf", GAS: "gsme"}
CLIENTS = ("gurux", "dlms-cosem")
IMPORT_PROFILE, OTHER_PROFILE, GAS_PROFILE, VOLTAGES = (
    "1.0.99.1.0.255",
    "1.0.99.2.0.255",
    "7.0.99.99.1.255",
    "1.0.32.24.0.255",
)
# What of each device is a plain number on the wire, under a name that no family changes, and its item in `show`.
NUMBERS = {
    METER: {(3, "1.0.1.8.0.255"): "import_wh", (3, "1.0.32.7.0.255"): "voltage_dv", (1, "0.0.96.7.0.255"): "power_ups"},
    HUB: {
        (1, "0.0.96.50.84.255"): "signal_quality",
        (1, "0.0.96.50.92.255"): "device_log_capacity",
        (3, "0.0.96.50.96.255"): "alerts_raised",
    },
    GAS: {
        (3, "7.0.0.12.54.255"): "calorific_value",
        (3, "7.0.0.4.0.255"): "conversion_factor",
        (3, "0.0.96.6.6.255"): "battery_days",
    },
}
# What goes on between a wake and the present: the wire has it as of the wake, `show` as of now.
COUNTED = {"7.0.3.0.0.255": "volume_l", "7.0.3.1.0.255": "volume_l", "0.0.96.50.60.255": "volume_ml"}
MOST_L = 5_000  # that a home draws in the time
SERIAL = (1, "0.0.96.1.0.255", 2)
every_family = pytest.mark.parametrize("family", DLMS_FAMILIES)


def servers(family: str) -> list[int]:
    gas = library.packaged(family).gas_model is not None
    return [METER, HUB, GAS] if gas else [METER, HUB]


DEVICES_OF_ALL = [(family, server) for family in DLMS_FAMILIES for server in servers(family)]


@pytest.fixture(scope="module")
def homes(farm: PeerFarm) -> dict[str, Home]:
    """Give a home of each family: these tests only read."""
    return {family: farm.take_home(FAMILY + family) for family in DLMS_FAMILIES}


def long_logs(family: str) -> list[str]:
    """Name the half-hour logs as the family has them."""
    called = library.packaged(family).wire.dlms.logical_names
    generic = {"import_profile": IMPORT_PROFILE, "other_profile": OTHER_PROFILE, "voltage_profile": VOLTAGES}
    return [*(called.get(row, logical_name) for row, logical_name in generic.items()), GAS_PROFILE]


def walked(run_at: Run, home: Home, family: str, server: int, client: str, framing: str, **more: Any) -> dict[Any, Any]:
    """Read a logical device whole, and give what was read of it by place."""
    steps = [
        {"do": "objects"},
        {"do": "read_all", "except": [[7, logical_name, 2] for logical_name in long_logs(family)]},
    ]
    if server != HUB:
        half_hours = GAS_PROFILE if server == GAS else long_logs(family)[0]
        steps.append(days_of(half_hours, TODAY - 2 * DAY, 1))
    steps.append({"do": "release"})
    listed, read, *days = results(run_at(home, client, "reader", framing, steps, server=server, **more))
    refused = [(place_of(a), a["error"]) for a in read["attributes"] if not a["ok"]]
    assert not refused
    problems = [(place_of(a), a["result"]["problem"]) for a in read["attributes"] if a["result"]["problem"]]
    assert all(client == "dlms-cosem" and NO_DECODER in problem for _, problem in problems), problems
    found = {place_of(a): a["result"] for a in read["attributes"]}
    assert {place[:2] for place in found} == {(o["class"], o["logical_name"]) for o in listed}
    # all that the list grants was read, but the buffers of the half-hour logs, of which a day was
    granted = {
        (o["class"], o["logical_name"], number) for o in listed for number, access in o["attributes"] if access & 1
    }
    assert granted - set(found) <= {(7, logical_name, 2) for logical_name in long_logs(family)}
    if server != HUB:
        assert len(rows_of(days[0])) == 48
    return found


@pytest.mark.parametrize(("family", "server"), DEVICES_OF_ALL)
def test_a_family_is_read_whole_and_alike_by_both_clients_in_both_framings(
    run_at: Run, homes: dict[str, Home], family: str, server: int
) -> None:
    home = homes[family]
    seen = [
        walked(run_at, home, family, server, client, framing) for framing in ("wrapper", "hdlc") for client in CLIENTS
    ]
    # of itself an association tells each client its own: its terms and title; a counter moves with every message
    own = {(15, "0.0.40.0.0.255", 5), (64, "0.0.43.0.0.255", 4), (1, "0.0.43.1.0.255", 2)}
    octets = [{place: read["raw"] for place, read in found.items() if place not in own} for found in seen]
    assert all(other == octets[0] for other in octets[1:])
    shown = home.show(DEVICES[server])
    assert seen[0][SERIAL]["value"] == text(shown["serial"])
    for place, item in NUMBERS[server].items():
        assert seen[0][*place, 2]["value"] == shown["values"][item]["value"], (place, item)
    if server == GAS:
        for logical_name, item in COUNTED.items():
            litres = 1000 if item == "volume_ml" else 1
            grown = shown["values"][item]["value"] - seen[0][3, logical_name, 2]["value"]
            assert 0 <= grown <= MOST_L * litres
        woke = bytes.fromhex(seen[0][1, "0.0.96.50.71.255", 2]["value"]["octets"])
        since = NOW - read_stamp(woke[:8] + b"\0" + woke[9:])  # its clock may stray: the wake is told in true time
        device = library.packaged(family).gas_device
        assert device is not None
        assert dt.timedelta(0) <= since <= dt.timedelta(seconds=device.wake_interval_s + device.wake_spread_s)


@every_family
def test_a_familys_meter_is_read_whole_at_its_optical_port_as_over_tcp(
    run_at: Run, homes: dict[str, Home], family: str
) -> None:
    home = homes[family]
    port = str(home.farm.ask("optical", f"{home.name}/esme", pace=False)["path"])
    at_port = walked(run_at, home, family, METER, "gurux-optical", "hdlc", device=port)
    over_tcp = walked(run_at, home, family, METER, "gurux", "hdlc")
    own = {(15, "0.0.40.0.0.255", 5), (64, "0.0.43.0.0.255", 4), (1, "0.0.43.1.0.255", 2)}
    assert len(at_port) > 150
    assert {place: read["raw"] for place, read in at_port.items() if place not in own} == {
        place: read["raw"] for place, read in over_tcp.items() if place not in own
    }


@every_family
def test_the_logical_devices_are_listed_with_their_names(run_at: Run, homes: dict[str, Home], family: str) -> None:
    profile, home = library.packaged(family), homes[family]
    steps = [{"do": "get", "class": 17, "logical_name": "0.0.41.0.0.255", "attribute": 2}]
    flags = {METER: profile.model.flag, HUB: profile.model.flag, GAS: profile.gas_model and profile.gas_model.flag}
    wanted = [[sap, text((flags[sap] + home.show(DEVICES[sap])["serial"])[:16])] for sap in servers(family)]
    for client in CLIENTS:
        assert results(run_at(home, client, "public", "wrapper", steps))[0]["value"] == wanted


@pytest.mark.parametrize("server", [HUB, GAS])
def test_management_reads_what_stands_behind_the_meter_too(run_at: Run, homes: dict[str, Home], server: int) -> None:
    home = homes["elster-as300p"]
    long = [[7, logical_name, 2] for logical_name in long_logs("elster-as300p")]
    for client in CLIENTS:
        steps = [{"do": "objects"}, {"do": "read_all", "except": long}]
        listed, read = results(run_at(home, client, "management", "wrapper", steps, server=server))
        assert [a["error"] for a in read["attributes"] if not a["ok"]] == []
        assert len(listed) == read["objects"] > 30


# A family that keeps the names Great Britain agreed on later (device dossier 6.2 and 6.3)

GB_FAMILIES = [family for family in DLMS_FAMILIES if library.packaged(family).wire.dlms.logical_names]


def test_one_family_has_the_british_names_and_another_the_generic_ones(run_at: Run, homes: dict[str, Home]) -> None:
    found = {}
    for family in DLMS_FAMILIES:
        (listed,) = results(run_at(homes[family], "gurux", "reader", "wrapper", [{"do": "objects"}]))
        found[family] = {(o["class"], o["logical_name"]) for o in listed}
    british = {family for family, places in found.items() if (7, "0.0.99.1.0.255") in places}
    generic = {family for family, places in found.items() if (7, IMPORT_PROFILE) in places}
    assert british == set(GB_FAMILIES)
    assert british
    assert generic == set(DLMS_FAMILIES) - british


@pytest.mark.parametrize("family", GB_FAMILIES)
def test_what_a_log_captures_and_sorts_by_stands_in_the_object_list(
    run_at: Run, homes: dict[str, Home], family: str
) -> None:
    (listed,) = results(run_at(homes[family], "gurux", "reader", "wrapper", [{"do": "objects"}]))
    places = {(o["class"], o["logical_name"]) for o in listed}
    logs = [logical_name for class_id, logical_name in places if class_id == 7]
    steps = [{"do": "get", "class": 7, "logical_name": each, "attribute": 3} for each in logs]
    for captured in results(run_at(homes[family], "gurux", "reader", "wrapper", steps)):
        for class_id, octets, _, _ in captured["value"]:
            assert any(name(logical_name) == octets and number == class_id for number, logical_name in places)
