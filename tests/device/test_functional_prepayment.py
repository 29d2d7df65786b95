"""Prepayment that a family has in full, in part or not at all (device dossier 3.11), at each packaged set."""

import pytest
from device_sites import NOW, accept, meter, profile_with, refuse
from functional_sites import ACLARA, AS300P, AS330, E470, EDMI, ITRON, POUND, SECURE, TOKENLESS, keys, of, said

from emulator import VirtualHome
from emulator.device.commands import (
    ActivateEmergencyCredit,
    AddCredit,
    AdjustBalance,
    AdjustDebt,
    Reason,
    Sender,
    SetPaymentMode,
    SetPrices,
    WritePrepaymentConfiguration,
)
from emulator.device.faults.fault import FaultError
from emulator.device.happenings import CreditAdded
from emulator.device.instant import DAY
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, Terms, TimeDebt
from emulator.device.money.contract import Contract
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.pricing import Prices

FRIENDLY = NonDisablement((Entry("start", 18 * 60), Entry("stop", 9 * 60)))


# Prepayment: full, basic, none

BY_TIME = (
    AdjustDebt(time_1_mp=POUND),
    AdjustDebt(time_2_mp=POUND),
    AdjustDebt(rate_1_mp=100),
    AdjustDebt(hourly_2=True),
    AdjustDebt(time_1_mp=POUND, payment_mp=POUND),
)
CALENDARS = (
    WritePrepaymentConfiguration(calendar=FRIENDLY),
    WritePrepaymentConfiguration(calendar=FRIENDLY, calendar_at=NOW + DAY),
    WritePrepaymentConfiguration(calendar=NonDisablement(), emergency_limit_mp=POUND),
)
DEBT_ITEMS = {"time_debts", "time_debt_1_mp", "time_debt_2_mp", "debt_rate_1_mp", "debt_rate_2_mp"}
FRIENDLY_ITEMS = {"non_disablement", "non_disablement_until", "non_disablement_calendar", "next_calendar_at"}


@pytest.mark.parametrize("name", [SECURE, E470, TOKENLESS, AS300P, AS330, ACLARA])
def test_full_prepayment_has_time_debts_and_friendly_hours(name):
    device = of(name)
    accept(device, SetPaymentMode(Mode.PREPAYMENT))
    for command in (*BY_TIME, *CALENDARS):
        accept(device, command)
    assert keys(device) >= DEBT_ITEMS | FRIENDLY_ITEMS


@pytest.mark.parametrize("device_name", ["esme", "gsme"])
def test_basic_prepayment_has_neither_and_all_the_rest(device_name):
    home = VirtualHome(EDMI, payment="prepayment", balance_mp=50 * POUND, gas=True, seed=3)
    device = home.installation.devices[device_name]
    for command in BY_TIME:
        outcome = device.send(command, Sender.SUPPLIER)
        assert outcome.reason is Reason.NOT_SUPPORTED
        assert said(outcome) == "this make has no debt that is recovered by time"
    for command in CALENDARS:
        outcome = device.send(command, Sender.SUPPLIER)
        assert outcome.reason is Reason.NOT_SUPPORTED
        assert said(outcome) == "this make has no non-disablement calendar"
    assert not (DEBT_ITEMS | FRIENDLY_ITEMS) & keys(device)
    limits = WritePrepaymentConfiguration(emergency_limit_mp=5 * POUND, emergency_threshold_mp=60 * POUND)
    for command in (AdjustDebt(payment_mp=8 * POUND, payment_share=2_500), limits, ActivateEmergencyCredit()):
        assert device.send(command, Sender.SUPPLIER).accepted, command
    owed_mp = home.read("payment_debt_mp", device_name)
    paid = home.code(home.vend(4 * POUND, device_name), device_name)
    (added,) = [entry.what for entry in paid.outcome.entries if isinstance(entry.what, CreditAdded)]
    assert added.value_mp == 4 * POUND
    assert home.read("payment_debt_mp", device_name) == owed_mp - POUND  # a quarter of it
    assert home.read("time_debt_1_mp", device_name) is None


def test_homes_of_a_basic_make_owe_by_payment_alone():
    owing = [VirtualHome(EDMI, payment="prepayment", seed=seed).installation.esme.records for seed in range(40)]
    assert all(records.account.mode is Mode.PREPAYMENT for records in owing)
    assert any(records.account.payment_debt_mp for records in owing)
    assert not any(debt.left_mp for records in owing for debt in records.account.debts)
    others = [VirtualHome(AS300P, payment="prepayment", seed=seed).installation.esme.records for seed in range(40)]
    assert any(debt.left_mp for records in others for debt in records.account.debts)


@pytest.mark.parametrize(
    ("level", "contract", "word"),
    [
        ("none", Contract(Mode.PREPAYMENT), "prepayment"),
        ("basic", Contract(Mode.PREPAYMENT, debts=(TimeDebt(), TimeDebt(POUND, 10))), "debt"),
        ("basic", Contract(Mode.PREPAYMENT, terms=Terms(calendar=FRIENDLY)), "calendar"),
        ("none", Contract(debts=(TimeDebt(POUND, 10), TimeDebt())), "debt"),
    ],
)
def test_a_contract_that_the_make_cannot_keep_is_refused(level, contract, word):
    device = meter(profile=profile_with(prepayment={"level": level}))
    outcome = device.note(AccountStarts(contract))
    assert outcome.reason is Reason.NOT_SUPPORTED
    assert word in said(outcome)
    assert meter().note(AccountStarts(contract)).accepted


def test_friendly_hours_do_not_come_by_a_mishap_either():
    home = VirtualHome(AS300P, payment="prepayment", balance_mp=POUND)
    home.fault("P4")
    assert home.installation.esme.records.terms.calendar.entries
    home = VirtualHome(EDMI, payment="prepayment", balance_mp=POUND)
    with pytest.raises(FaultError, match=r"no prepayment\.full"):
        home.fault("P4")
    assert not home.installation.esme.records.terms.calendar.entries


PREPAYMENT = (
    SetPaymentMode(Mode.PREPAYMENT),
    SetPaymentMode(Mode.PREPAYMENT, at=NOW + DAY),
    SetPaymentMode(Mode.CREDIT, disablement_mp=-POUND),
    SetPaymentMode(Mode.CREDIT, suspend_disabled=True),
    WritePrepaymentConfiguration(emergency_limit_mp=POUND),
    WritePrepaymentConfiguration(low_credit_mp=POUND, at=NOW + DAY),
    WritePrepaymentConfiguration(),
    *CALENDARS,
    *BY_TIME,
    AdjustDebt(payment_mp=POUND),
    ActivateEmergencyCredit(),
)


@pytest.mark.parametrize("command", PREPAYMENT, ids=repr)
def test_a_make_without_prepayment_refuses_each_command_of_it(command):
    outcome = refuse(of(ITRON), command)
    assert outcome.reason is Reason.NOT_SUPPORTED
    assert said(outcome) == "this make has no prepayment"


def test_a_make_without_prepayment_still_runs_on_credit():
    device = of(ITRON)
    accept(device, SetPaymentMode(Mode.CREDIT))
    accept(device, AdjustBalance(POUND))
    accept(device, SetPrices(Prices(tou_mp=(20_000,), standing_mp=1_000)))
    assert {"payment_mode", "meter_balance_mp", "standing_charge_mp", "prices_mp"} <= keys(device)
    gone = {"emergency_credit_mp", "emergency_limit_mp", "payment_debt_mp", "credits", "top_ups_accepted", "low_credit"}
    assert not gone & keys(device)
    assert gone <= keys(of(AS300P))


def test_a_make_without_prepayment_takes_no_code():
    device = of(ITRON)
    outcome = device.send(AddCredit("1" * 20), Sender.CONSUMER)
    assert (outcome.accepted, outcome.reason) == (False, Reason.NOT_SUPPORTED)
    assert said(outcome) == "credit mode"  # its word on a display: prepayment.words
    assert device.site.profile.prepayment.words["credit_mode"]
    done = VirtualHome(ITRON).code("1" * 20)
    assert (done.outcome.accepted, done.outcome.reason) == (False, Reason.NOT_APPLICABLE)
    assert "codes are not keyed in" in said(done.outcome)


PAGES = {"Balance", "Emergency", "Emergency credit", "Debt", "Debt 1", "Debt 2", "Payment debt", "Friendly credit"}


@pytest.mark.parametrize("name", [ITRON, AS300P])
def test_displays_show_no_page_of_prepayment_where_there_is_none(name):
    paid = "credit" if name == ITRON else "prepayment"
    home = VirtualHome(name, payment=paid, gas=True)
    home.advance("2h")
    seen = set()
    for device in home.installation.devices:
        for key in ("A", "B", "next", "ok"):
            for _ in range(40):
                done = home.press(key, device=device)
                if not done.outcome.accepted:
                    break
                seen |= {line.partition(":")[0].strip() for line in done.display}
    assert bool(seen & PAGES) is (name != ITRON), seen


def test_nobody_pays_before_use_at_a_make_that_has_no_prepayment():
    with pytest.raises(ValueError, match="itron-lite has no prepayment"):
        VirtualHome(ITRON, payment="prepayment")
