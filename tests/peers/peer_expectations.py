"""What every attribute of the meter's wire must hold, written from what the device says of itself off the wire.

The values come from `meterfarm show`, the sizes from the profile file, and structures, units and numbers from the
interface classes of IEC 62056-6-2 (the Blue Book): none of it from the rows that the meter answers with.
"""

import datetime as dt
import tomllib
from ipaddress import IPv4Address
from typing import Any

from peer_account import BITS, LONG, compared, gateway, money
from peer_farm import CLIENT_TITLE
from peer_talk import (
    BILLING_LOG,
    DAILY_READS,
    EVENT_LOG,
    HALF_HOUR,
    LOAD_PROFILE,
    OTHER_PROFILE,
    SECURITY_LOG,
    Place,
    name,
    octets,
    stamp,
    text,
)
from whole_profile import TEXT

PROFILE = tomllib.loads(TEXT)
NEVER = octets(b"\xff" * 9 + b"\x80\x00\xff")
NO_SCRIPT = [octets(bytes(6)), 0]
OID = bytes.fromhex("608574050800")[:5]
TARIFF_SCRIPTS, SWITCH_SCRIPTS = "0.0.10.0.100.255", "0.0.10.0.106.255"
ACTIVE_POWER = [3, name("1.0.1.7.0.255"), 2]
CLOCK_COLUMN, STATUS_COLUMN = [8, name("0.0.1.0.0.255"), 2, 0], [1, name("0.0.96.10.1.255"), 2, 0]
CONTROL_STATES = {"disabled": 0, "enabled": 1, "armed": 2}
MECHANISMS, CONTEXTS = {"public": 0, "reader": 1, "management": 5}, {"public": 1, "reader": 1, "management": 3}

# How `show` names units, as scaler and unit of IEC 62056-6-2, table 4.
UNITS = {
    "Wh": [0, 30],
    "varh": [0, 32],
    "W": [0, 27],
    "var": [0, 29],
    "dV": [-1, 35],
    "mA": [-3, 33],
    "1/1000": [-3, 255],
    "cHz": [-2, 44],
    "": [0, 255],
}
REGISTERS = {
    "1.0.1.8.0.255": "import_wh",
    "1.0.2.8.0.255": "export_wh",
    "1.0.3.8.0.255": "reactive_import_varh",
    "1.0.4.8.0.255": "reactive_export_varh",
    "1.0.1.7.0.255": "import_w",
    "1.0.2.7.0.255": "export_w",
    "1.0.3.7.0.255": "reactive_import_var",
    "1.0.4.7.0.255": "reactive_export_var",
    "1.0.32.7.0.255": "voltage_dv",
    "1.0.31.7.0.255": "current_ma",
    "1.0.13.7.0.255": "power_factor_thousandths",
    "1.0.14.7.0.255": "frequency_chz",
    "1.0.1.29.0.255": "interval_import_wh",
    "1.0.2.29.0.255": "interval_export_wh",
    "1.0.3.29.0.255": "interval_reactive_import_varh",
    "1.0.4.29.0.255": "interval_reactive_export_varh",
    "0.0.96.15.1.255": "load_limit_counter",
}
NAMES = {
    "0.0.96.1.0.255": "serial",
    "0.0.96.1.2.255": "maker",
    "0.0.96.1.4.255": "model",
    "1.0.0.2.0.255": "firmware",
    "1.0.0.0.0.255": "mpan",
}

# Read by other tests: the logs' entries, the stamp of the maximum demand, the counter that every message moves,
# and the object list itself.
ELSEWHERE: set[Place] = {
    (7, LOAD_PROFILE, 2),
    (7, OTHER_PROFILE, 2),
    (7, DAILY_READS, 2),
    (7, BILLING_LOG, 2),
    (4, "1.0.1.6.0.255", 5),
    (1, "0.0.43.1.0.255", 2),
    (15, "0.0.40.0.0.255", 2),
    *LONG,
}
# What dlms-cosem cannot decode: bit-strings and UTF-8.
UNDECODED = BITS | {(15, "0.0.40.0.0.255", 5)}
# What pydlms takes for something else by its name alone (a configuration is a bit-string, a period a number); it gives
# the value all the same. Gurux takes each for what it is.
MISNAMED = {(111, f"0.{channel}.19.0.0.255", number) for channel in (0, 1) for number in (11, 12)} | {
    (112, f"0.0.19.10.{number}.255", 11) for number in range(3)
}
NO_TOKEN = gateway("", None, [], 0, 0)
PUBLIC = {
    (1, "0.0.42.0.0.255"): {2},
    (17, "0.0.41.0.0.255"): {2},
    (15, "0.0.40.0.0.255"): {2, 3, 4, 5, 6, 8},
    (1, "0.0.96.1.0.255"): {2},
    (64, "0.0.43.0.0.255"): {5},
    (1, "0.0.43.1.0.255"): {2},
    (8, "0.0.1.0.0.255"): {2},
}
VERSIONS = {7: 1, 15: 1, 23: 1}  # of the interface classes that are not version 0


def visible_to_public(place: Place) -> bool:
    held = PUBLIC.get(place[:2])
    return held is not None and (place[2] == 1 or place[2] in held)


def expected(
    shown: dict[str, Any], hub: dict[str, Any], who: str, client: str, negotiated: dict[str, Any]
) -> dict[Place, Any]:
    """Give every attribute that an association reads, but those of ELSEWHERE, with the value it must have."""
    items = {key: item["value"] for key, item in shown["values"].items()}
    found: dict[Place, Any] = {}
    for part in (
        _administration(shown, hub, who, client, negotiated),
        _identity(shown, items),
        _calendars(items),
        _control(items),
        _energy(items, {key: item["unit"] for key, item in shown["values"].items()}),
        _logs(items),
        money(shown, items, PROFILE),
        NO_TOKEN,
    ):
        found |= part
    found |= {(class_id, ln, 1): name(ln) for class_id, ln, _ in set(found) | ELSEWHERE}
    return {place: value for place, value in found.items() if who != "public" or visible_to_public(place)}


def _attributes(class_id: int, logical_name: str, *values: Any, first: int = 2) -> dict[Place, Any]:
    return {(class_id, logical_name, first + place): value for place, value in enumerate(values)}


def _administration(
    shown: dict[str, Any], hub: dict[str, Any], who: str, client: str, negotiated: dict[str, Any]
) -> dict[Place, Any]:
    hdlc, largest = PROFILE["hdlc"], PROFILE["dlms"]["max_apdu"]
    flag = PROFILE["model"]["flag"]
    conformance = {"bits": f"{int(negotiated['conformance'], 16):024b}"}
    named = [[1, text(flag + shown["serial"])], [2, text(flag + hub["serial"])]]
    sends_title = who == "management" or client == "dlms-cosem"
    links = {
        **_attributes(23, "0.0.22.0.0.255", 5, hdlc["window"], hdlc["window"]),
        **_attributes(23, "0.0.22.0.0.255", hdlc["information_field"], hdlc["information_field"], 25, first=5),
        **_attributes(23, "0.0.22.0.0.255", hdlc["inactivity_s"], shown["address"]["hdlc_physical"], first=8),
        **_attributes(41, "0.0.25.0.0.255", shown["port"], name("0.0.25.1.0.255"), 1460, 8, hdlc["inactivity_s"]),
        **_attributes(42, "0.0.25.1.0.255", name("0.0.25.2.0.255"), int(IPv4Address(shown["host"])), [], []),
        **_attributes(42, "0.0.25.1.0.255", 0xFF000000, 0, False, 0, 0, first=6),
    }
    return {
        (1, "0.0.42.0.0.255", 2): named[0][1],
        (17, "0.0.41.0.0.255", 2): named,
        (15, "0.0.40.0.0.255", 3): [shown["address"]["clients"][who], shown["address"]["server"]],
        (15, "0.0.40.0.0.255", 4): octets(OID + bytes((1, CONTEXTS[who]))),
        (15, "0.0.40.0.0.255", 5): [conformance, largest, largest, 6, 0, octets(b"")],
        (15, "0.0.40.0.0.255", 6): octets(OID + bytes((2, MECHANISMS[who]))),
        (15, "0.0.40.0.0.255", 8): 2,  # associated
        (15, "0.0.40.0.0.255", 9): name("0.0.43.0.0.255"),
        (64, "0.0.43.0.0.255", 2): 3,  # security setup version 0: authenticated and encrypted
        (64, "0.0.43.0.0.255", 3): 0,
        (64, "0.0.43.0.0.255", 4): {"octets": CLIENT_TITLE if sends_title else ""},
        (64, "0.0.43.0.0.255", 5): {"octets": shown["secrets"]["system_title"]},
        **links,
    }


def _identity(shown: dict[str, Any], items: dict[str, Any]) -> dict[Place, Any]:
    number = {"octets": shown["eui64"].replace("-", "").lower()}
    assert items["eui64"] == shown["eui64"]
    return {(1, "0.0.96.1.1.255", 2): number} | {(1, ln, 2): text(items[key]) for ln, key in NAMES.items()}


def _calendars(items: dict[str, Any]) -> dict[Place, Any]:
    rates = range(1, PROFILE["metering"]["tou_registers"] + 1)
    table = [
        text(items["tariff"]),
        [[text("all"), octets(bytes.fromhex("ffff0101ff 00000000 8000 00")), text("all")]],
        [[text("all"), 1, 1, 1, 1, 1, 1, 1]],
        [[1, [[octets(bytes(4)), name(TARIFF_SCRIPTS), 1]]]],
    ]
    registers = [[3, name(f"1.0.1.8.{rate}.255")] for rate in rates]
    masks = [[text(f"TOU{rate:02}"), [rate]] for rate in rates]
    scripts = [[rate, [[1, 6, name("0.0.14.0.0.255"), 4, text(f"TOU{rate:02}")]]] for rate in rates]
    assert (items["tariff"], items["billing_calendar"]) == ("single", "monthly on day 1 at 00:00")  # as delivered
    monthly = [[octets(bytes(4)), octets(bytes.fromhex("ffffff01ff"))]]
    scripts.append([49, []])  # resets the block counters, and acts on no object
    clock, status = stamp(dt.datetime.fromisoformat(items["clock"])), 0 if items["clock_status"] == "valid" else 1
    return {
        **_attributes(8, "0.0.1.0.0.255", clock, 0, status, NEVER, NEVER, 0, False, 1),
        **_attributes(20, "0.0.13.0.0.255", *table, *table, NEVER),
        **_attributes(11, "0.0.11.0.0.255", []),
        **_attributes(11, "0.1.11.0.0.255", []),
        **_attributes(6, "0.0.14.0.0.255", registers, masks, text(f"TOU{items['active_tou_register']:02}")),
        **_attributes(9, TARIFF_SCRIPTS, scripts),
        **_attributes(22, "0.0.15.0.0.255", [name("0.0.10.0.1.255"), 1], 1, monthly),
    }


def _control(items: dict[str, Any]) -> dict[Place, Any]:
    scripts = [
        [number, [[2, 70, name("0.0.96.3.10.255"), method, 0]]] for number, method in ((51, 2), (52, 1), (54, 2))
    ]
    state, limit = CONTROL_STATES[items["supply_state"]], items["load_limit_w"]
    acts = items["load_limit_supply_state"] == "disable"
    actions = [[name(SWITCH_SCRIPTS), 52], [name(SWITCH_SCRIPTS), 51]] if acts else [NO_SCRIPT, NO_SCRIPT]
    return {
        **_attributes(9, SWITCH_SCRIPTS, scripts),
        **_attributes(70, "0.0.96.3.10.255", state == 1, state, PROFILE["supply"]["control_mode"]),
        **_attributes(71, "0.0.17.0.0.255", ACTIVE_POWER, limit, limit, 0, items["load_limit_period_s"]),
        **_attributes(71, "0.0.17.0.0.255", items["load_limit_restoration_s"], first=7),
        **_attributes(71, "0.0.17.0.0.255", [0, octets(b"\xff" * 12), 0], [], False, actions, first=8),
        **_attributes(1, "0.0.94.44.0.3", acts),
        **_attributes(21, "0.0.16.0.0.255", [items["low_medium_w"], items["medium_high_w"]], ACTIVE_POWER),
        **_attributes(21, "0.0.16.0.0.255", [[NO_SCRIPT, NO_SCRIPT]] * 2, first=4),
    }


def _energy(items: dict[str, Any], units: dict[str, str]) -> dict[Place, Any]:
    found: dict[Place, Any] = {}
    for logical_name, key in REGISTERS.items():
        found |= _attributes(3, logical_name, items[key], UNITS[units[key]])
    for number, value in enumerate(items["tou_wh"], 1):
        found |= _attributes(3, f"1.0.1.8.{number}.255", value, UNITS[units["tou_wh"]])
    now = dt.datetime.fromisoformat(items["clock"])
    last = stamp(now - (now - now.replace(hour=0, minute=0)) % HALF_HOUR)
    running, before = items["running_demand_w"], items["last_demand_w"]
    return {
        **found,
        **_attributes(4, "1.0.1.6.0.255", items["maximum_demand_w"], UNITS["W"], 0),
        **_attributes(5, "1.0.1.4.0.255", running, before, UNITS["W"], 0, last, last, 1800, 1),
        **_attributes(1, "0.0.96.10.1.255", 0),
    }


def _logs(items: dict[str, Any]) -> dict[Place, Any]:
    sizes, rates = PROFILE["metering"], range(PROFILE["metering"]["tou_registers"] + 1)
    intervals = [[3, name(f"1.0.{channel}.29.0.255"), 2, 0] for channel in (1, 2, 3, 4)]
    readings = [CLOCK_COLUMN, *([3, name(f"1.0.1.8.{rate}.255"), 2, 0] for rate in rates)]
    found: dict[Place, Any] = {}
    for logical_name, columns, period_s, in_use, entries in (
        (LOAD_PROFILE, [CLOCK_COLUMN, STATUS_COLUMN, *intervals[:1]], 1800, None, 48 * sizes["import_profile_days"]),
        (OTHER_PROFILE, [CLOCK_COLUMN, STATUS_COLUMN, *intervals[1:]], 1800, None, 48 * sizes["other_profile_days"]),
        (DAILY_READS, readings, 0, None, sizes["daily_reads"]),
        (BILLING_LOG, readings, 0, None, sizes["billing_entries"]),
        (EVENT_LOG, _event_columns(0), 0, len(items["event_log"]), PROFILE["logs"]["event_entries"]),
        (SECURITY_LOG, _event_columns(1), 0, len(items["security_log"]), PROFILE["logs"]["security_entries"]),
    ):
        held = entries if in_use is None else in_use  # the meter is years old: its periodic logs are full
        found |= _attributes(7, logical_name, columns, period_s, 1, CLOCK_COLUMN, held, entries, first=3)
    for channel, (logical_name, key) in enumerate(((EVENT_LOG, "event_log"), (SECURITY_LOG, "security_log"))):
        found |= _attributes(7, logical_name, event_rows(items[key]))
        found |= _attributes(1, f"0.0.96.11.{channel}.255", items[key][-1]["code"] if items[key] else 0)
    return found


def _event_columns(channel: int) -> list[Any]:
    return [CLOCK_COLUMN, [1, name(f"0.0.96.11.{channel}.255"), 2, 0]]


def event_rows(lines: list[dict[str, Any]]) -> list[Any]:
    return [[stamp(dt.datetime.fromisoformat(line["at"])), line["code"]] for line in lines]


def shown_on_wire() -> set[str]:
    """Name every item of `show` that the table above compares."""
    return {
        *REGISTERS.values(),
        *NAMES.values(),
        *("tou_wh", "eui64", "clock", "tariff", "active_tou_register", "billing_calendar", "supply_state"),
        *("running_demand_w", "last_demand_w", "maximum_demand_w", "low_medium_w", "medium_high_w"),
        *("load_limit_w", "load_limit_period_s", "load_limit_restoration_s", "load_limit_supply_state"),
        *("event_log", "security_log", "daily_read_entries", "clock_status"),
        *compared(),
    }
