"""Our alerts as other people's libraries read them, and our push setup and alert log through their clients."""

import datetime as dt
import socket
from dataclasses import replace
from typing import Any

import driver
import msgspec
import pytest
from peer_farm import STANDING_CLOCK, Home
from peer_talk import CLIENTS, Run, get, read_stamp, results

from emulator.device.hub.hub_records import Told
from emulator.device.instant import from_datetime
from emulator.dlms import alerts
from emulator.dlms.framing import wrapper
from emulator.farm.estate import from_flags

HUB = 2
SETUP, LOG = "0.0.25.9.0.255", "0.0.99.98.10.255"
PHYSICAL_TAMPER = 0x8F74  # a meter cover; the code of functional reference 4.2 for a vendor's sensor
NOW = dt.datetime.fromisoformat(STANDING_CLOCK)
AT = from_datetime(NOW)
ESME = 0


@pytest.fixture
def ear() -> Any:
    """Give a bare socket to send alerts to."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        yield listening


def heard(listening: socket.socket) -> tuple[bytes, str]:
    """Take one connection to its end: what came, and from where."""
    caller, address = listening.accept()
    with caller:
        caller.settimeout(20)
        frame = b""
        while octets := caller.recv(4096):
            frame += octets
    return frame, address[0]


def destination(where: str) -> dict[str, Any]:
    parts = [("enum", 0), ("octet-string", where.encode().hex()), ("enum", 0)]
    value = [{"type": kind, "value": part} for kind, part in parts]
    return {"do": "set", "class": 40, "logical_name": SETUP, "attribute": 3, "type": "structure", "value": value}


def expected(hub: dict[str, Any], home: Home) -> list[Any]:
    """Write the packaged family's notification by hand: title, logical device, number, code, source, raised."""
    title = home.show()["secrets"]["system_title"]
    flag = home.values()["maker"]
    name = (flag + hub["serial"]).encode()[:16].hex()
    return [title, name, 1, PHYSICAL_TAMPER, ESME]


def test_three_libraries_read_what_a_hub_sends_where_one_of_them_told_it_to(
    run_at: Run, home: Home, peers_python: str, ear: socket.socket
) -> None:
    where = f"127.0.0.1:{ear.getsockname()[1]}"
    run = run_at(home, "gurux", "management", "wrapper", [destination(where), get(40, SETUP, 3)], server=HUB)
    assert results(run)[1]["value"] == [0, {"octets": where.encode().hex()}, 0]
    home.farm.ask("act", f"{home.name}/esme", text="open_cover")
    frame, address = heard(ear)
    assert address == home.address["host"]
    assert frame[:8] == bytes.fromhex("0001 0002 0001") + (len(frame) - 8).to_bytes(2, "big")
    found = driver.run(peers_python, "notifications", {"frame": frame.hex(), "service": "data-notification"})
    values = expected(home.show("chf"), home)
    for reader in ("gurux", "dlms-cosem", "pydlms"):
        assert found[reader]["values"][:-1] == values, reader
        assert read_stamp(bytes.fromhex(found[reader]["values"][-1])) == NOW
        assert dt.datetime.fromisoformat(found[reader]["at"]) == NOW
    for reader in ("dlms-cosem", "pydlms"):
        head = {name: found[reader][name] for name in ("invoke", "high", "confirmed")}
        assert head == {"invoke": 1, "high": True, "confirmed": False}
    assert found["pydlms"]["again"] == frame[8:].hex()


def test_an_event_notification_is_read_by_two(peers_python: str) -> None:
    site = from_flags(("elster-as300p",), 1, 1).site(0)
    push = msgspec.structs.replace(site.profile.push, service="event-notification", objects=("number", "code", "name"))
    other = replace(site, profile=msgspec.structs.replace(site.profile, push=push))
    apdu = alerts.notification(other, Told(7, "gsme", 0x8F3F, "Physical Tamper", AT), AT)
    frame = wrapper.encode(HUB, 1, apdu).hex()
    found = driver.run(peers_python, "notifications", {"frame": frame, "service": "event-notification"})
    assert found["pydlms"] == {
        "target": [1, "0.0.96.50.102.255", 2],
        "at": NOW.isoformat(),
        "values": [7, 0x8F3F, "Physical Tamper"],
        "again": apdu.hex(),
    }
    assert found["gurux"] == {
        "target": ["0001", "0000603266FF", "02"],
        "time": "07EA0302010A110000000000",
        "shape": "Structure",
        "values": [["UInt32", "00000007"], ["UInt16", "8F3F"], ["String", "Physical Tamper"]],
    }


@pytest.mark.parametrize("client", CLIENTS)
def test_the_alert_log_is_polled_whole(run_at: Run, home: Home, client: str) -> None:
    for deed in ("open_cover", "magnet"):
        home.farm.ask("act", f"{home.name}/esme", text=deed)
    told = sorted(
        (one for one in home.farm.ask("events", home.name)["events"] if one["event"] == "AlertSent"),
        key=lambda one: one["number"],
    )
    assert len(told) >= 2
    read = results(run_at(home, client, "reader", "wrapper", [get(7, LOG, 2), get(7, LOG, 7)], server=HUB))
    assert read[1]["value"] == len(told)
    rows = read[0]["value"]
    assert [row[1:] for row in rows] == [[one["code"], ESME, one["number"]] for one in told]
