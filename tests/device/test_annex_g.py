"""The prepayment vectors of the functional reference, annex G, to the millipence.

ECL 10, ECT 1, LCT 2, DT 0 pounds; energy costs a pound a kilowatt-hour and the account is kept by half hours, so that
"use 1.5, 1.0, 1.0" is three half hours.
"""

import msgspec
import pytest
from money_sites import NOON, TERMS, accept, alerts, code, holds, home, moved, mp, names, pay, refuse, start, use

from emulator.device.commands import ActivateEmergencyCredit, AddCredit, Reason
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE
from emulator.device.money.account_records import TimeDebt
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.pricing import Prices

LATE = NOON + 12 * HOUR - HALF_HOUR  # the half hour before midnight


def with_terms(**terms):
    return msgspec.structs.replace(TERMS, **terms)


def test_v1_credit_runs_out():
    meter = home(1.5, 1.0, 1.0)
    assert alerts(start(meter, 3)) == []
    assert alerts(use(meter)) == ["LowCredit"]
    holds(meter, mb=1.5, supply="enabled")
    assert alerts(use(meter)) == ["EmergencyOffered"]
    holds(meter, mb=0.5, supply="enabled")
    assert alerts(use(meter)) == ["CreditExhausted"]
    holds(meter, mb=-0.5, supply="disabled")


def lent(*uses, **rules):
    """V2: emergency credit is lent at a balance of 0.50."""
    meter = home(2.5, *uses, **rules)
    assert names(start(meter, 0.5)) == ["AccountOpened", "LowCredit", "EmergencyOffered"]
    assert names(accept(meter, ActivateEmergencyCredit())) == ["EmergencyActivated"]
    holds(meter, mb=0.5, ecb=10, supply="enabled")
    return meter


def used_up(**rules):
    """V2a: all emergency credit is used."""
    meter = lent(8.0, **rules)
    use(meter)
    happened = use(meter)
    assert alerts(happened) == ["LowCredit", "CreditExhausted"]
    assert names(happened) == ["LowCredit", "EmergencyExhausted", "SupplyChanged", "CreditExhausted"]
    return meter


def test_v2_emergency_credit_pays_when_the_balance_is_used_up():
    meter = lent()
    assert names(use(meter)) == ["EmergencyInUse"]
    holds(meter, mb=0, ecb=8, supply="enabled")


def test_v2a_emergency_credit_runs_out():
    holds(used_up(), mb=0, ecb=0, supply="disabled")


def test_v2b_a_top_up_repays_emergency_credit():
    meter = used_up()
    happened = pay(meter, 20)
    assert moved(happened, "2.6 F4") == 10
    assert alerts(happened) == ["CreditAdded", "SupplyArmed"]
    assert names(happened) == ["CreditAdded", "EmergencyReleased", "SupplyChanged", "SupplyArmed"]
    holds(meter, mb=10, ecb=0, supply="armed")
    assert not meter.records.account.emergency_on


@pytest.mark.parametrize(
    ("partial_repay", "supply"), [("rearm_if_above_dt", "armed"), ("require_full_repay", "disabled")]
)
def test_v2c_emergency_credit_repaid_in_part(partial_repay, supply):
    meter = used_up(partial_repay=partial_repay)
    pay(meter, 5)
    holds(meter, mb=0, ecb=5, supply=supply)
    assert meter.records.account.emergency_on
    pay(meter, 5)
    holds(meter, mb=0, ecb=10, supply="armed")


def test_v3_payment_debt_takes_its_share_up_to_the_cap_of_a_week():
    meter = home()
    terms = with_terms(payment_share=1_200, cap_mp=mp(5))
    start(meter, 0, terms=terms, payment_debt_mp=mp(15.01))
    holds(meter, mb=0, supply="disabled")
    assert moved(pay(meter, 20), "2.6 F1") == 2.40
    holds(meter, mb=17.60, pdr=12.61, supply="armed")
    assert [moved(pay(meter, 10), "2.6 F1") for _ in range(3)] == [1.20, 1.20, 0.20]
    holds(meter, pdr=10.01, mb=17.60 + 30 - 2.60)
    assert [payment.value_mp for payment in meter.records.receipts.payments] == [240_000, 120_000, 120_000, 20_000]
    meter.advance(NOON + 6 * DAY + 12 * HOUR - 1)
    assert moved(pay(meter, 10), "2.6 F1") == 0
    meter.advance(NOON + 6 * DAY + 12 * HOUR)  # Monday
    assert moved(pay(meter, 10), "2.6 F1") == 1.20


def suspending(*, suspend_emergency):
    """V4: half an hour that uses 1.00, then midnight with its standing charge of 0.20 and a debt of 0.25."""
    meter = home(1.0, at=LATE)
    terms = with_terms(suspend_emergency=suspend_emergency)
    debts = (TimeDebt(mp(10), mp(0.25), hourly=True), TimeDebt())
    start(meter, 0.5, terms=terms, prices=Prices(tou_mp=(mp(1),), standing_mp=mp(0.20)), debts=debts)
    accept(meter, ActivateEmergencyCredit())
    use(meter)
    return meter


def test_v4_charges_are_suspended_while_emergency_credit_is_in_use():
    holds(suspending(suspend_emergency=True), mb=0, ecb=9.5, adr=0.45, tdr=9.75, supply="enabled")


def test_v4b_charges_are_not_suspended():
    holds(suspending(suspend_emergency=False), mb=0, ecb=9.05, adr=0, tdr=9.75, supply="enabled")


def test_v4c_a_top_up_pays_accumulated_debt_before_emergency_credit():
    meter = suspending(suspend_emergency=True)
    happened = pay(meter, 5)
    assert [moved(happened, rule) for rule in ("2.6 F2", "2.6 F4", "2.6 F5")] == [0.45, 0.50, 4.05]
    holds(meter, mb=4.05, adr=0, supply="enabled")
    # Repaid, and the balance stands above the emergency credit threshold: it is no longer selected (2.6 E4).
    assert not meter.records.account.emergency_on


def kept_on():
    """V5: credit runs out inside a non-disablement period, from noon to eight in the evening."""
    calendar = NonDisablement((Entry("start", 12 * 60), Entry("stop", 20 * 60)))
    meter = home(1.0)
    start(meter, 0.3, terms=with_terms(calendar=calendar))
    happened = use(meter)
    assert names(happened) == ["DisablementSuspended"]
    return meter


def test_v5_non_disablement_keeps_the_supply_on():
    holds(kept_on(), mb=-0.70, supply="enabled")


def test_v5b_the_end_of_the_period_disables():
    meter = kept_on()
    meter.advance(NOON + 8 * HOUR - 1)
    holds(meter, mb=-0.70, supply="enabled")
    seen = meter.seq
    meter.advance(NOON + 8 * HOUR)
    assert alerts(entry.what for entry in meter.journal if entry.seq > seen) == ["CreditExhausted"]
    holds(meter, mb=-0.70, supply="disabled")


def test_v5c_a_top_up_arms():
    meter = kept_on()
    meter.advance(NOON + 8 * HOUR)
    assert alerts(pay(meter, 2)) == ["CreditAdded", "SupplyArmed"]
    holds(meter, mb=1.30, supply="armed")


@pytest.mark.parametrize(("suspend_disabled", "mb", "adr"), [(True, 0, 1.25), (False, -1.25, 0)])
def test_v6_charges_while_the_supply_is_disabled(suspend_disabled, mb, adr):
    meter = home(at=NOON + 11 * HOUR + 10 * MINUTE)
    start(
        meter,
        0,
        terms=with_terms(suspend_disabled=suspend_disabled),
        prices=Prices(tou_mp=(mp(1),), standing_mp=mp(0.25)),
        debts=(TimeDebt(mp(1), mp(0.60), hourly=True), TimeDebt()),
    )
    holds(meter, mb=0, supply="disabled")
    meter.advance(NOON + 13 * HOUR)
    holds(meter, mb=mb, adr=adr, tdr=0, supply="disabled")


def test_codes_are_taken_once():
    meter = home()
    start(meter, 3)
    digits = code(meter, 5)
    accept(meter, AddCredit(digits))
    assert refuse(meter, AddCredit(digits)).reason is Reason.DUPLICATE
    holds(meter, mb=8)
