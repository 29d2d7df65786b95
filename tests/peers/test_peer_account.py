"""Prepayment through other people's clients: Gurux's own models of account, credit, charge and gateway, and a token."""

import datetime as dt
from typing import Any

import pytest
from peer_account import BALANCE, CHARGES, CREDIT_LOG, DEBT_1, EMERGENCY, GATEWAY, MATRIX, STANDING, gateway, money
from peer_expectations import PROFILE
from peer_farm import Home
from peer_talk import CLIENTS, NOW, VOLTAGE_LOG, Run, every_client, get, range_of, results, rows_of, text

POUND = 100_000
HOUR = dt.timedelta(hours=1)
ACCOUNT = "0.0.19.0.0.255"
PREPAYMENT = (
    ("SetPrices", {"prices": {"tou_mp": [28_550], "standing_mp": 61_120}}),
    (
        "WritePrepaymentConfiguration",
        {
            "emergency_limit_mp": 5 * POUND,
            "emergency_threshold_mp": 2 * POUND,
            "low_credit_mp": 3 * POUND,
            "cap_mp": 4 * POUND,
        },
    ),
    ("SetPaymentMode", {"mode": "prepayment", "suspend_emergency": True}),
    ("AdjustBalance", {"amount_mp": 15 * POUND}),
    (
        "AdjustDebt",
        {
            "time_1_mp": 30 * POUND,
            "payment_mp": 8 * POUND,
            "rate_1_mp": 70_000,
            "hourly_2": True,
            "payment_share": 2_500,
        },
    ),
)


@pytest.fixture
def prepaid(home: Home) -> Home:
    """Give a home in prepayment mode, with 15 pounds and debts."""
    for command, fields in PREPAYMENT:
        told = home.farm.ask("do", f"{home.name}/esme", command=command, fields=fields)
        assert told["accepted"], told
    return home


def vend(home: Home, amount_mp: int) -> str:
    return str(home.farm.ask("vend", f"{home.name}/esme", amount_mp=amount_mp)["code"])


def enter(digits: str) -> dict[str, Any]:
    value = digits.encode().hex()
    return {"do": "action", "class": 115, "logical_name": GATEWAY, "method": 1, "type": "octet-string", "value": value}


def model(class_id: int, logical_name: str) -> dict[str, Any]:
    return {"do": "model", "class": class_id, "logical_name": logical_name}


@every_client
def test_every_attribute_of_the_account_holds_what_the_device_says(run_at: Run, prepaid: Home, client: str) -> None:
    shown = prepaid.show()
    items = {key: item["value"] for key, item in shown["values"].items()}
    wanted = money(shown, items, PROFILE)
    places = [place for place in wanted if place[0] in {10, 111, 112, 113, 3} or place[1].startswith("0.0.9")]
    found = results(run_at(prepaid, client, "reader", "wrapper", [get(*place) for place in places]))
    read = {place: each["value"] for place, each in zip(places, found, strict=True) if not each["problem"]}
    assert {place: value for place, value in read.items() if value != wanted[place]} == {}
    assert len(read) > len(places) - 25
    if client == "gurux":
        assert set(read) == set(places)


def test_a_token_is_entered_once(run_at: Run, prepaid: Home) -> None:
    digits, before = vend(prepaid, 10 * POUND), prepaid.values()
    places = list(gateway("", None, [], 0, 0))
    steps = [enter(digits), *(get(*place) for place in places)]
    first = results(run_at(prepaid, "gurux", "management", "wrapper", steps))
    read = {place: result["value"] for place, result in zip(places, first[1:], strict=True)}
    assert read == gateway(digits[-4:], NOW.isoformat(), ["accepted", str(10 * POUND)], 0, 3)
    after = prepaid.values()
    # A quarter, and no more than 4 pounds a week, goes to the payment debt.
    assert after["meter_balance_mp"] - before["meter_balance_mp"] == 750_000
    assert before["payment_debt_mp"] - after["payment_debt_mp"] == 250_000
    (added,) = prepaid.events("CreditAdded")
    assert (added["value_mp"], added["local"], added["code"]) == (10 * POUND, False, digits[-4:])
    second = run_at(prepaid, "gurux", "management", "wrapper", steps)
    assert second["steps"][0]["error"] == "action-result 250 (other-reason)"
    read = {place: step["result"]["value"] for place, step in zip(places, second["steps"][1:], strict=True)}
    assert read == gateway("", NOW.isoformat(), ["duplicate"], 0, 6)
    assert prepaid.values()["meter_balance_mp"] == after["meter_balance_mp"]


@pytest.mark.parametrize("client", [client for client in CLIENTS if client != "gurux"])
def test_other_clients_enter_tokens_too(run_at: Run, prepaid: Home, client: str) -> None:
    digits = vend(prepaid, POUND)
    results(run_at(prepaid, client, "management", "wrapper", [enter(digits)]))
    (paid,) = results(run_at(prepaid, client, "reader", "wrapper", [get(7, CREDIT_LOG, 2)]))
    assert [row[1:] for row in paid["value"]] == [[POUND, text(digits[-4:])]]


def test_gurux_has_the_account_in_models_of_its_own(run_at: Run, prepaid: Home) -> None:
    steps = [model(111, ACCOUNT), model(112, BALANCE), model(112, EMERGENCY)]
    steps += [model(113, MATRIX), model(113, DEBT_1), model(113, STANDING), model(115, GATEWAY)]
    account, balance, emergency, matrix, debt, standing, token = results(
        run_at(prepaid, "gurux", "reader", "wrapper", steps)
    )
    items = prepaid.values()
    assert (account["paymentMode"], account["accountStatus"]) == (2, 2)
    assert account["availableCredit"] == items["meter_balance_mp"] == 15 * POUND
    assert account["amountToClear"] == items["debt_to_clear_mp"]
    assert account["aggregatedDebt"] == items["time_debt_1_mp"] + items["payment_debt_mp"] == 38 * POUND
    assert (account["lowCreditThreshold"], account["maxProvision"]) == (items["low_credit_mp"], items["debt_cap_mp"])
    assert account["currency"] == {"name": items["currency"], "scale": -5, "unit": 0}
    assert account["currentCreditStatus"] == 1  # in credit
    assert account["chargeReferences"] == list(CHARGES)
    emergency_pays = [pair for pair in account["creditChargeConfigurations"] if pair["creditReference"] == EMERGENCY]
    assert [pair["chargeReference"] for pair in emergency_pays] == [MATRIX]  # suspended while it is used
    assert (balance["currentCreditAmount"], balance["type_"], balance["status"]) == (15 * POUND, 0, 3)
    assert (emergency["presetCreditAmount"], emergency["creditAvailableThreshold"]) == (5 * POUND, 2 * POUND)
    assert emergency["status"] == 0
    for charge, kind, scale, price in ((matrix, 0, -5, 28_550), (standing, 1, -4, 6_112), (debt, 1, -4, 7_000)):
        unit = charge["unitChargeActive"]
        assert charge["chargeType"] == kind
        assert unit["chargePerUnitScaling"]["priceScale"] == scale
        assert [row["chargePerUnit"] for row in unit["chargeTables"]] == [price]
    assert (debt["totalAmountRemaining"], debt["period"]) == (items["time_debt_1_mp"], 86_400)
    assert (token["statusCode"], token["deliveryMethod"]) == (0, 0)


@every_client
def test_the_profile_of_average_voltages(run_at: Run, home: Home, client: str) -> None:
    (found,) = results(run_at(home, client, "reader", "wrapper", [range_of(VOLTAGE_LOG, NOW - 10 * HOUR, NOW)]))
    rows = rows_of(found)
    last = NOW.replace(minute=0)
    assert [row[0] for row in rows] == [last - place * dt.timedelta(minutes=30) for place in reversed(range(20))]
    assert rows[-1][1] == home.values()["average_voltage_dv"]
    assert all(2_070 <= row[1] <= 2_640 for row in rows)
