"""What the attributes of account, prices, prepayment, voltage and case must hold, written from what the device says.

As in peer_expectations: values from `meterfarm show`, sizes from the profile file, structures and numbers from the
classes 10, 21, 71 and 111 to 115 of IEC 62056-6-2:2017, and nothing from the rows that the meter answers with.
"""

import datetime as dt
from typing import Any

from peer_talk import Place, name, octets, stamp, text

NEVER = octets(b"\xff" * 9 + b"\x80\x00\xff")
CLOCK_COLUMN = [8, name("0.0.1.0.0.255"), 2, 0]
BALANCE, EMERGENCY, ACCUMULATED = (f"0.0.19.10.{number}.255" for number in range(3))
MATRIX, DEBT_1, DEBT_2, PAYMENT_DEBT, STANDING = CHARGES = [f"0.0.19.20.{number}.255" for number in range(5)]
GATEWAY = "0.0.19.40.0.255"
VOLTAGE_LOG, CREDIT_LOG, PAYMENT_LOG, ACCOUNT_LOG = (
    "1.0.32.24.0.255",
    "0.0.98.1.5.255",
    "0.0.98.1.4.255",
    "0.0.98.1.1.255",
)
MONEY, VOLTS, SECONDS, COUNT = [-5, 10], [-1, 35], [0, 7], [0, 255]
IMPORTED, NO_COMMODITY = [3, name("1.0.1.8.0.255"), 2], [0, octets(bytes(6)), 0]
NO_SCRIPT = [octets(bytes(6)), 0]
MODES = {"credit": 1, "prepayment": 2}
EMERGENCY_STATUS = {"not available": 0, "available": 1, "activated": 2, "in use": 3, "exhausted": 4}
WEEK_S = 604_800

AMOUNTS = {  # Registers of money
    "0.0.94.44.128.2": "emergency_limit_mp",
    "0.0.94.44.128.3": "emergency_threshold_mp",
    "0.0.94.44.128.9": "low_credit_mp",
    "0.0.94.44.128.12": "debt_cap_mp",
    "0.0.94.44.128.22": "disablement_mp",
    "0.0.94.44.2.10": "max_credit_mp",
    "0.0.94.44.2.20": "max_balance_mp",
    "0.0.96.50.5.255": "other_mode_balance_mp",
}
PLAIN = {  # Data
    "0.0.96.50.1.255": "disablement_suspended",
    "0.0.96.50.2.255": "non_disablement",
    "0.0.96.7.0.255": "power_ups",
    "0.0.96.20.0.255": "cover_openings",
    "0.0.63.1.1.255": "thresholds_wh",
    "0.0.94.44.34.2": "block_counters_wh",
}
WORDS = {
    "0.0.96.1.3.255": "hardware",
    "0.0.96.50.23.255": "hub_firmware",
    "0.0.94.44.2.0": "currency",
    "0.0.96.50.26.255": "refund_code",
}
LISTS = {"0.0.96.5.0.255": "tampered", "0.0.96.50.21.255": "supply_causes"}
TIMES = {
    "0.0.96.50.3.255": "non_disablement_until",
    "0.0.96.50.4.255": "next_calendar_at",
    "0.0.96.50.9.255": "entry_locked_until",
    "0.0.94.44.3.2": "restricted_before",
}
COUNTERS = {
    "1.0.32.36.0.4": "average_over_voltage_count",
    "1.0.32.32.0.4": "average_under_voltage_count",
    "0.0.96.50.7.255": "top_ups_accepted",
    "0.0.96.50.8.255": "top_ups_rejected",
}
VOLTAGES = {
    "1.0.32.35.0.4": "average_over_voltage_dv",
    "1.0.32.31.0.4": "average_under_voltage_dv",
    "1.0.32.25.0.255": "average_voltage_dv",
}
LIMITERS = {1: "extreme_over_voltage", 2: "extreme_under_voltage", 3: "voltage_sag", 4: "voltage_swell"}

# Read by other tests: 4,320 averages. And what dlms-cosem cannot decode: bit-strings and UTF-8.
LONG = {(7, VOLTAGE_LOG, 2)}
BITS: set[Place] = {
    *((111, f"0.{channel}.19.0.0.255", number) for channel in (0, 1) for number in (4, 11, 15)),
    *((112, credit, 7) for credit in (BALANCE, EMERGENCY, ACCUMULATED)),
    *((113, charge, 9) for charge in CHARGES),
    (115, GATEWAY, 6),
}


def _attributes(class_id: int, logical_name: str, *values: Any, first: int = 2) -> dict[Place, Any]:
    return {(class_id, logical_name, first + place): value for place, value in enumerate(values)}


def time_of(value: Any) -> dict[str, str]:
    """Give the octets of an item's instant; "" and null are none."""
    return stamp(dt.datetime.fromisoformat(value)) if value else NEVER


def at(value_ms: int) -> dict[str, str]:
    return stamp(dt.datetime.fromtimestamp(value_ms / 1000, dt.UTC))


def unit_charge(prices: list[tuple[str, int]], *, energy: bool) -> list[Any]:
    """Give unit_charge: the greatest of whole scales from 10**-5 up at which all prices fit 16 bits."""
    for places in range(5):
        if all(price % 10**places == 0 and price // 10**places < 0x8000 for _, price in prices):
            table = [[text(index), price // 10**places] for index, price in prices]
            return [[3 if energy else 0, places - 5], IMPORTED if energy else NO_COMMODITY, table]
    table = [[text(index), price] for index, price in prices]
    return [[3 if energy else 0, -5], IMPORTED if energy else NO_COMMODITY, table]


def money(shown: dict[str, Any], items: dict[str, Any], profile: dict[str, Any]) -> dict[Place, Any]:
    """Give every attribute of account, credits, charges, gateway and configuration."""
    return {
        **_account(shown, items),
        **_credits(items),
        **_charges(items),
        **_settings(items),
        **_logs(items, profile),
        **_quality(items, profile),
        **_case(items, profile),
    }


def _account(shown: dict[str, Any], items: dict[str, Any]) -> dict[Place, Any]:
    prepaid = items["payment_mode"] == "prepayment"
    balance = items["meter_balance_mp"] if prepaid else -items["meter_balance_mp"]
    credit, status = balance + items["emergency_credit_mp"], items["emergency_status"]
    out = prepaid and credit <= items["disablement_mp"]
    flags = (
        *(not out, items["low_credit"], False, status == "available", status == "activated", status == "in use"),
        *(out, False),
    )
    debts = sum(items[key] for key in ("accumulated_debt_mp", "time_debt_1_mp", "time_debt_2_mp", "payment_debt_mp"))
    pairs = []
    for row, paying in enumerate((BALANCE, EMERGENCY)):
        for charge in (MATRIX, DEBT_1, DEBT_2, STANDING):
            timed = charge != MATRIX
            if not (row and timed and items["suspend_debt_emergency"]):
                disconnected = "0" if timed and items["suspend_debt_disabled"] else "1"
                pairs.append([name(paying), name(charge), {"bits": f"{disconnected}11"}])
    currency = [{"text": items["currency"]}, -5, 0]
    values = (
        [MODES[items["payment_mode"]], 2],
        2 if status == "in use" else 1,
        {"bits": "".join("01"[flag] for flag in flags)},
        *(credit, items["debt_to_clear_mp"], items["disablement_mp"], debts),
        [name(each) for each in (BALANCE, EMERGENCY, ACCUMULATED)],
        [name(each) for each in CHARGES],
        pairs,
        [[name(BALANCE), 100]],
        *(time_of(shown["installed"]), NEVER, currency),
        *(items["low_credit_mp"], items["emergency_threshold_mp"], items["debt_cap_mp"], WEEK_S),
    )
    flags_now = (items["suspend_debt_disabled"], items["suspend_debt_emergency"], items["disablement_mp"])
    mode = MODES[items["payment_mode"]]
    return {
        **_attributes(111, "0.0.19.0.0.255", *values),
        **_attributes(111, "0.1.19.0.0.255", *values),
        **_attributes(1, "0.0.96.50.10.255", [mode, *flags_now, None]),
        **_attributes(1, "0.0.96.50.11.255", [items["meter_balance_mp"], mode]),
    }


def _credits(items: dict[str, Any]) -> dict[Place, Any]:
    prepaid = items["payment_mode"] == "prepayment"
    used_up = prepaid and items["meter_balance_mp"] <= items["disablement_mp"]
    low, limit = items["low_credit_mp"], items["disablement_mp"]
    lent = (items["emergency_limit_mp"], items["emergency_threshold_mp"])
    status = EMERGENCY_STATUS[items["emergency_status"]]
    return {
        **_attributes(112, BALANCE, items["meter_balance_mp"], 0, 1, low, limit, {"bits": "00011"}),
        **_attributes(112, BALANCE, 4 if used_up else 3, 0, 0, NEVER, first=8),
        **_attributes(112, EMERGENCY, items["emergency_credit_mp"], 2, 2, 0, 0, {"bits": "11100"}),
        **_attributes(112, EMERGENCY, status, *lent, NEVER, first=8),
        **_attributes(112, ACCUMULATED, items["accumulated_debt_mp"], 0, 3, 0, 0, {"bits": "00101"}),
        **_attributes(112, ACCUMULATED, 0, 0, 0, NEVER, first=8),
    }


def _charges(items: dict[str, Any]) -> dict[Place, Any]:
    assert items["price_shape"] == "tou"  # homes of these tests are priced by register
    matrix = unit_charge([(f"TOU{n:02}", price) for n, price in enumerate(items["prices_mp"], 1)], energy=True)
    standing, nothing = (
        unit_charge([("", items["standing_charge_mp"])], energy=False),
        unit_charge([("", 0)], energy=False),
    )
    first, second = (unit_charge([("", items[f"debt_rate_{number}_mp"])], energy=False) for number in (1, 2))
    periods = [3_600 if debt["period"] == "hourly" else 86_400 for debt in items["time_debts"]]
    paid = items["debt_payments"][-1] if items["debt_payments"] else {"at": None, "value_mp": 0}
    found: dict[Place, Any] = {}
    for row, (charge, kind, unit, period, configuration, left) in enumerate(
        (
            (MATRIX, 0, matrix, 0, "01", 0),
            (DEBT_1, 1, first, periods[0], "00", items["time_debt_1_mp"]),
            (DEBT_2, 1, second, periods[1], "00", items["time_debt_2_mp"]),
            (PAYMENT_DEBT, 2, nothing, 0, "10", items["payment_debt_mp"]),
            (STANDING, 1, standing, 86_400, "00", 0),
        )
    ):
        last = (NEVER, 0) if charge != PAYMENT_DEBT or not paid["at"] else (at(paid["at"]), paid["value_mp"])
        share = items["payment_share"] if charge == PAYMENT_DEBT else 0
        found |= _attributes(113, charge, 0, kind, row + 1, unit, unit, NEVER, period, {"bits": configuration})
        found |= _attributes(113, charge, *last, left, share, first=10)
    for channel in (0, 1):
        for number in range(1, 9):
            logical_name = f"0.0.16.{channel}.{10 + number}.255"
            assert items["thresholds_wh"] == []
            found |= _attributes(21, logical_name, [], [1, name("0.0.94.44.34.2"), 2], [])
    hourly = [period == 3_600 for period in periods]
    rates = (items["debt_rate_1_mp"], items["debt_rate_2_mp"])
    return {
        **found,
        **_attributes(3, "0.0.94.44.1.7", items["active_price_mp"], [-5, 254]),
        **_attributes(1, "0.0.96.50.12.255", [0, 0, 0, *rates, *hourly, items["payment_share"]]),
        **_attributes(
            1,
            "0.0.96.50.13.255",
            [0, items["standing_charge_mp"], text(items["currency"]), items["prices_mp"], [], [], None],
        ),
    }


def _settings(items: dict[str, Any]) -> dict[Place, Any]:
    assert items["non_disablement_calendar"] == {"entries": [], "special_days": [], "table": None}
    amounts = ("debt_cap_mp", "emergency_limit_mp", "emergency_threshold_mp", "low_credit_mp")
    configuration = [items[key] for key in (*amounts, "max_balance_mp", "max_credit_mp")]
    debts = [[debt["left_mp"], debt["rate_mp"], debt["period"] == "hourly"] for debt in items["time_debts"]]
    balance = items["meter_balance_mp"] if items["payment_mode"] == "prepayment" else -items["meter_balance_mp"]
    kept = (items["emergency_credit_mp"], items["accumulated_debt_mp"], items["payment_debt_mp"])
    found: dict[Place, Any] = {}
    for logical_name, key in AMOUNTS.items():
        found |= _attributes(3, logical_name, items[key], MONEY)
    found |= {(1, logical_name, 2): items[key] for logical_name, key in PLAIN.items()}
    found |= {(1, logical_name, 2): text(items[key]) for logical_name, key in WORDS.items()}
    found |= {(1, logical_name, 2): [text(word) for word in items[key]] for logical_name, key in LISTS.items()}
    found |= {(1, logical_name, 2): time_of(items[key]) for logical_name, key in TIMES.items()}
    for counter, key in COUNTERS.items():
        found |= _attributes(3, counter, items[key], COUNT)
    return {
        **found,
        **_attributes(3, "0.0.94.44.128.13", WEEK_S, SECONDS),
        **_attributes(1, "0.0.94.44.128.28", [[], [], None]),
        **_attributes(10, "0.0.12.0.1.255", []),
        **_attributes(11, "0.0.11.0.2.255", []),
        **_attributes(1, "0.0.96.50.14.255", [*configuration, [[], [], None], None, None]),
        **_attributes(1, "0.0.94.44.34.30", [balance, *kept, debts]),
    }


def _logs(items: dict[str, Any], profile: dict[str, Any]) -> dict[Place, Any]:
    rules, vends = profile["prepayment"], items["credits"]
    taken = [[at(each["at"]), each["value_mp"], text(each["code"])] for each in vends]
    paid = [[at(each["at"]), each["value_mp"]] for each in items["debt_payments"]]
    accounts = [
        [
            *(at(each["at"]), [MODES[each["mode"]], 2], each["balance_mp"], each["emergency_mp"]),
            *(each["accumulated_mp"], each["payment_debt_mp"], *each["debts_mp"]),
        ]
        for each in items["billing_accounts"]
    ]
    stood = [(112, BALANCE, 2), (112, EMERGENCY, 2), (112, ACCUMULATED, 2)]
    stood += [(113, PAYMENT_DEBT, 12), (113, DEBT_1, 12), (113, DEBT_2, 12)]
    found: dict[Place, Any] = {}
    for logical_name, columns, rows, kept in (
        (CREDIT_LOG, [(3, "0.0.96.50.6.255", 2), (115, GATEWAY, 2)], taken, rules.get("credits_kept", 5)),
        (PAYMENT_LOG, [(113, PAYMENT_DEBT, 11)], paid, rules.get("payments_kept", 10)),
        (ACCOUNT_LOG, [(111, "0.0.19.0.0.255", 2), *stood], accounts, profile["metering"]["billing_entries"]),
    ):
        defined = [CLOCK_COLUMN, *([class_id, name(ln), number, 0] for class_id, ln, number in columns)]
        found |= _attributes(7, logical_name, rows, defined, 0, 1, CLOCK_COLUMN, len(rows), kept)
    return found | _attributes(3, "0.0.96.50.6.255", vends[-1]["value_mp"] if vends else 0, MONEY)


def gateway(digits: str, when: Any, told: list[str], delivery: int, status: int) -> dict[Place, Any]:
    """Give the token gateway after a token, or before any: `show` has no item for it."""
    described = [text(word) for word in told]
    return _attributes(115, GATEWAY, text(digits), time_of(when), described, delivery, [status, {"bits": ""}])


def _quality(items: dict[str, Any], profile: dict[str, Any]) -> dict[Place, Any]:
    watched, period = [3, name("1.0.32.7.0.255"), 2], items["average_voltage_period_s"]
    entries = profile.get("voltage", {}).get("log_entries", 4_320)
    columns = [CLOCK_COLUMN, [3, name("1.0.32.25.0.255"), 2, 0]]
    settings = [items[f"average_{which}"] for which in ("over_voltage_dv", "under_voltage_dv", "voltage_period_s")]
    found: dict[Place, Any] = {}
    for number, kind in LIMITERS.items():
        threshold, least = items[f"{kind}_dv"], items[f"{kind}_s"]
        settings += [threshold, least]
        found |= _attributes(71, f"0.0.17.0.{number}.255", watched, threshold, threshold, 0, least, 0)
        emergency = [0, octets(b"\xff" * 12), 0]
        found |= _attributes(71, f"0.0.17.0.{number}.255", emergency, [], False, [NO_SCRIPT, NO_SCRIPT], first=8)
    for logical_name, key in VOLTAGES.items():
        found |= _attributes(3, logical_name, items[key], VOLTS)
    log = (columns, period, 1, CLOCK_COLUMN, items["voltage_log_entries"], entries)
    return {**found, **_attributes(7, VOLTAGE_LOG, *log, first=3), **_attributes(1, "0.0.96.50.20.255", settings)}


def _case(items: dict[str, Any], profile: dict[str, Any]) -> dict[Place, Any]:
    time = [time_of(items["clock"]), profile["clock"]["set_tolerance_s"]]
    return {
        (1, "0.0.96.50.22.255", 2): items["supply_tamper_state"] == "lock",
        (1, "0.0.96.50.24.255", 2): time,
        (1, "0.0.96.50.25.255", 2): time,
    }


def compared() -> set[str]:
    """Name every item of `show` that the tables above compare."""
    tables = (AMOUNTS, PLAIN, WORDS, LISTS, TIMES, COUNTERS, VOLTAGES)
    return {
        *(key for table in tables for key in table.values()),
        *(f"{kind}_{unit}" for kind in LIMITERS.values() for unit in ("dv", "s")),
        *("average_voltage_period_s", "voltage_log_entries", "supply_tamper_state"),
        *("payment_mode", "meter_balance_mp", "emergency_credit_mp", "emergency_status", "accumulated_debt_mp"),
        *("time_debts", "time_debt_1_mp", "time_debt_2_mp", "debt_rate_1_mp", "debt_rate_2_mp", "payment_debt_mp"),
        *("payment_share", "debt_to_clear_mp", "standing_charge_mp", "active_price_mp", "price_shape", "prices_mp"),
        *("low_credit", "suspend_debt_disabled", "suspend_debt_emergency", "non_disablement_calendar"),
        *("credits", "debt_payments", "billing_accounts"),
    }
