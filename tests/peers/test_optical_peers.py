"""Our optical ports through other people's readers, over a pseudo-terminal: modes C and E of IEC 62056-21.

What is compared: mode C with what the device says off the wire, mode E with what the same library reads over TCP.
Some read at the pace of a line, some as fast as they can; iec62056-21 drops what comes before its waits are over.
"""

from typing import Any

import driver
import pytest
from peer_farm import STANDING_CLOCK, Home
from peer_talk import HALF_HOUR_LOGS, Run, every_role, results

COUNTERS = [[1, "0.0.43.1.0.255", 2], [15, "0.0.40.0.0.255", 5], [64, "0.0.43.0.0.255", 4]]
READ_ALL = {"do": "read_all", "except": HALF_HOUR_LOGS + COUNTERS}
NAMED = "/ELR5\\2AS300P\r\n"


def opened(home: Home, *, pace: bool = False) -> str:
    return str(home.farm.ask("optical", f"{home.name}/esme", pace=pace)["path"])


def read(python: str, home: Home, what: str, *, pace: bool = False, **more: Any) -> Any:
    return driver.run(python, "optical-readers", {"do": what, "device": opened(home, pace=pace), **more})


def expected(home: Home) -> list[list[Any]]:
    """Write the readout of the packaged profile by hand from what the device says."""
    held = home.values()
    assert held["clock"] == STANDING_CLOCK.replace("+00:00", "Z")

    def kilo(value: int) -> str:
        return f"{value // 1000:06}.{value % 1000:03}"

    found = [["0.0.0", held["serial"], None], ["0.2.0", held["firmware"], None]]
    found += [["0.9.1", "10:17:00", None], ["0.9.2", "26-03-02", None], ["1.8.0", kilo(held["import_wh"]), "kWh"]]
    found += [[f"1.8.{number}", kilo(value), "kWh"] for number, value in enumerate(held["tou_wh"], 1)]
    found += [["2.8.0", kilo(held["export_wh"]), "kWh"], ["1.6.0", kilo(held["maximum_demand_w"])[3:], "kW"]]
    volts = held["voltage_dv"]
    found += [["1.7.0", kilo(held["import_w"])[3:], "kW"], ["32.7.0", f"{volts // 10:03}.{volts % 10}", "V"]]
    return [*found, ["96.3.10", "1", None]]


@every_role
def test_gurux_reads_a_meter_whole_at_mode_e(run: Run, home: Home, who: str) -> None:
    steps = [{"do": "objects"}, READ_ALL, {"do": "release"}]
    document = run("gurux-optical", who, "hdlc", steps, device=opened(home))
    listed, attributes, _ = results(document)
    assert document["negotiated"]["identification"] == NAMED
    assert len(attributes["attributes"]) > (10 if who == "public" else 300)
    assert all(one["ok"] for one in attributes["attributes"])
    assert results(run("gurux", who, "hdlc", steps))[:2] == [listed, attributes]
    # its disconnect brought the port back to 300 baud: the next reader signs on
    again = run("gurux-optical", who, "hdlc", [{"do": "objects"}], device=opened(home))
    assert results(again) == [listed]


def test_pydlms_signs_on_to_mode_e_twice(peers_python: str, home: Home) -> None:
    physical = home.address["physical"]
    first, second = read(peers_python, home, "pydlms mode E", physical=physical)
    assert first == second
    assert first[0] == STANDING_CLOCK
    assert first[1] > 5


@pytest.mark.parametrize("pace", [False, True])
def test_pydlms_reads_mode_c(peers_python: str, home: Home, pace: bool) -> None:
    found = read(peers_python, home, "pydlms readout", pace=pace)
    assert found == {"who": ["ELR", "5", "AS300P"], "mode_e": True, "sets": expected(home)}


def test_pydlms_breaks_in_and_wakes_the_meter_first(peers_python: str, home: Home) -> None:
    assert read(peers_python, home, "pydlms wake-up")["sets"] == expected(home)


def test_iec62056_21_reads_mode_c(peers_python: str, home: Home) -> None:
    found = read(peers_python, home, "iec readout", pace=True)
    assert found["who"] == ["ELR", "5", "2AS300P"]  # it takes the escape sequence of mode E for part of the name
    assert found["sets"] == expected(home)


def test_iec62056_21_programs(peers_python: str, home: Home) -> None:
    told = home.show()
    password = told["secrets"]["test_passwords"]["optical"]
    kwh = next(line for line in expected(home) if line[0] == "1.8.0")
    found = read(peers_python, home, "iec programming", pace=True, password=password, time="10:17:08")
    assert found == {
        "asked": "P0",
        "operand": told["serial"],
        "import": kwh,
        "wrong": "ERR03",
        "right": True,
        "time": "10:17:08",
    }
    assert home.values()["clock"] == STANDING_CLOCK.replace(":00+00:00", ":08Z")
    assert [event["event"] for event in home.events("AuthenticationFailed", "ClockAdjusted")] == [
        "AuthenticationFailed",
        "ClockAdjusted",
    ]
    assert read(peers_python, home, "pydlms readout")["sets"][2] == ["0.9.1", "10:17:08", None]


def test_the_command_line_opens_lists_and_closes_a_port(home: Home) -> None:
    selector = f"{home.name}/esme"
    told = home.farm.printed("optical", home.name)
    assert told == {"selector": selector, "path": told["path"], "pace": False, "modes": ["C", "E"]}
    assert told["path"].startswith("/dev/")
    listed = {"selector": selector, "path": told["path"], "pace": False, "state": "idle", "heard": 0}
    assert listed in home.farm.printed("optical", "ls")
    assert home.farm.printed("optical", "close", home.name) == {"selector": selector, "closed": True}
    assert listed not in home.farm.printed("optical", "ls")
