"""The prepayment rules A to H of the functional reference 2.6, 2.4 and the settings of annex H that are the money's."""

import msgspec
import pytest
from device_sites import CONSUMER, SUPPLIER
from hypothesis import given, settings
from hypothesis import strategies as st
from money_sites import (
    NOON,
    PRICES,
    TERMS,
    accept,
    alerts,
    code,
    holds,
    home,
    moved,
    mp,
    names,
    pay,
    refuse,
    start,
    use,
)

from emulator.device import commands, event_table, utrn
from emulator.device.account_records import Mode, TimeDebt
from emulator.device.commands import ActivateEmergencyCredit, AddCredit, AdjustBalance, Reason, SetClock
from emulator.device.debt_to_clear import debt_to_clear_mp, owed_mp
from emulator.device.happenings import DebtCleared, Posted
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND
from emulator.device.non_disablement import Entry, NonDisablement
from emulator.device.pricing import Prices

FREE = Prices(standing_mp=mp(0.5))


def with_terms(**terms):
    return msgspec.structs.replace(TERMS, **terms)


def debts(*first, second=()):
    return TimeDebt(*first), TimeDebt(*second)


def fresh(meter, act):
    """Give what happened to a meter while something was done."""
    seen = meter.seq
    act()
    return [entry.what for entry in meter.journal if entry.seq > seen]


# A. Charges that accrue.


def test_consumption_runs_up_between_the_ticks():
    meter = home(1.2)
    start(meter, 5)
    meter.advance(NOON + 5 * MINUTE)
    holds(meter, mb=5 - 0.2)
    meter.advance(NOON + HALF_HOUR)
    holds(meter, mb=5 - 1.2)


def test_the_standing_charge_is_taken_at_midnight():
    meter = home()
    start(meter, 5, prices=FREE)
    meter.advance(NOON + 12 * HOUR - 1)
    holds(meter, mb=5)
    meter.advance(NOON + 12 * HOUR)
    holds(meter, mb=4.5)
    meter.advance(NOON + 3 * DAY)
    holds(meter, mb=3.5)


def test_the_time_of_day_of_daily_charges_is_a_setting():
    meter = home(charge_minute=90)
    start(meter, 5, prices=FREE, debts=debts(mp(1), mp(0.25)))
    meter.advance(NOON + 12 * HOUR + 90 * MINUTE - 1)
    holds(meter, mb=5, tdr=1)
    meter.advance(NOON + 12 * HOUR + 90 * MINUTE)
    holds(meter, mb=4.25, tdr=0.75)


def test_time_debts_are_taken_by_the_hour_and_by_the_day():
    meter = home(at=NOON + 10 * MINUTE)
    start(meter, 5, debts=debts(mp(1), mp(0.3), True, second=(mp(2), mp(0.5))))
    meter.advance(NOON + HOUR - 1)
    holds(meter, mb=5, tdr=1)
    meter.advance(NOON + HOUR)
    holds(meter, mb=4.7, tdr=0.7)
    happened = fresh(meter, lambda: meter.advance(NOON + 5 * HOUR))
    # The last is what is left, not the rate.
    holds(meter, mb=4, tdr=0)
    assert DebtCleared("time_1") in happened
    assert [entry.at for entry in meter.journal if entry.what == DebtCleared("time_1")] == [NOON + 4 * HOUR]
    meter.advance(NOON + 12 * HOUR)
    assert meter.account().debts[1].left_mp == mp(1.5)


def test_the_order_of_one_midnight():
    meter = home(0.5, at=NOON + 12 * HOUR - HALF_HOUR)
    start(meter, 1, prices=Prices(tou_mp=(mp(1),), standing_mp=mp(0.2)), debts=debts(1, 1, False, second=(1, 1)))
    posted = [what for what in use(meter) if isinstance(what, Posted)]
    assert [what.target.value for what in posted] == ["energy", "standing_charge", "time_debt_1", "time_debt_2"]


# B. Where a charge is taken from.


@pytest.mark.parametrize(("dt", "mb", "ecb"), [(0, 0, 9.5), (-1, -0.5, 10), (0.25, 0.25, 9.25)])
def test_charges_go_from_the_balance_down_to_the_threshold_then_from_emergency_credit(dt, mb, ecb):
    meter = home(1.0)
    start(meter, 0.5, terms=with_terms(disablement_mp=mp(dt)))
    accept(meter, ActivateEmergencyCredit())
    use(meter)
    holds(meter, mb=mb, ecb=ecb)


def test_without_emergency_credit_the_balance_goes_below_the_threshold():
    meter = home(1.0)
    start(meter, 0.5)
    use(meter)
    holds(meter, mb=-0.5, ecb=0)


# C. Suspension: annex G V4 and V6, and whether suspended amounts are kept.


def test_suspended_amounts_may_be_forgone_instead_of_put_on_the_accumulated_debt():
    meter = home(park_suspended=False, at=NOON + 11 * HOUR)
    start(meter, 0, prices=FREE, terms=with_terms(suspend_disabled=True), debts=debts(mp(1), mp(0.3), True))
    meter.advance(NOON + 2 * DAY)
    holds(meter, mb=0, adr=0, tdr=1)
    pay(meter, 5)
    meter.advance(NOON + 2 * DAY + HOUR)
    holds(meter, mb=4.7, tdr=0.7)


def test_consumption_is_never_suspended():
    meter = home(1.0)
    start(meter, 0.5, terms=with_terms(suspend_emergency=True))
    accept(meter, ActivateEmergencyCredit())
    use(meter)
    holds(meter, ecb=9.5, adr=0)


def test_enabling_the_supply_ends_a_suspension_then_and_not_before():
    """What fell due while the supply was disabled was suspended, whoever ends that."""
    meter = home(at=NOON + 11 * HOUR)
    start(meter, 0, prices=FREE, terms=with_terms(suspend_disabled=True))
    meter.advance(NOON + 2 * DAY)
    accept(meter, commands.EnableSupply())
    holds(meter, mb=0, adr=1, supply="enabled")


# D. Threshold tests.


def test_low_credit_is_told_once_and_again_after_it_was_enough():
    meter = home(0.5, 0.5, 0.5, 0.5, 0.5, 0.5)
    start(meter, 3)
    assert [alerts(use(meter)) for _ in range(4)] == [[], [], ["LowCredit"], []]
    pay(meter, 1.5)
    assert [alerts(use(meter)) for _ in range(2)] == [[], ["LowCredit"]]


def test_low_credit_is_of_combined_credit():
    meter = home(1.0)
    start(meter, 0.5)
    accept(meter, ActivateEmergencyCredit())
    assert "LowCredit" not in names(use(meter))
    assert event_table.LINES[event_table.LowCredit].mandated == 3


def test_emergency_credit_is_offered_once():
    meter = home(0.6, 0.1, 0.1)
    start(meter, 1.5)
    assert [names(use(meter)).count("EmergencyOffered") for _ in range(3)] == [1, 0, 0]


@pytest.mark.parametrize(("test", "supply"), [("le", "disabled"), ("lt", "enabled")])
def test_disablement_at_the_threshold_is_a_setting(test, supply):
    meter = home(1.0, 0.001, disablement_test=test)
    start(meter, 1)
    use(meter)
    holds(meter, mb=0, supply=supply)
    use(meter)
    assert meter.records.supply.switch.value == "disabled"


def test_disablement_waits_for_the_end_of_the_period_even_if_the_clock_is_set_there():
    calendar = NonDisablement((Entry("start", 12 * 60), Entry("stop", 20 * 60)))
    meter = home(1.0)
    start(meter, 0.3, terms=with_terms(calendar=calendar))
    assert names(use(meter)) == ["DisablementSuspended"]
    assert event_table.LINES[event_table.DisablementSuspended].code == 0x8F83
    happened = accept(meter, SetClock(NOON + 8 * HOUR))
    assert alerts(happened) == ["CreditExhausted"]


def test_emergency_credit_works_in_a_non_disablement_period_and_the_overrun_is_carried():
    calendar = NonDisablement((Entry("start", 12 * 60), Entry("stop", 20 * 60)))
    meter = home(1.0, 10.0)
    start(meter, 0.3, terms=with_terms(calendar=calendar))
    accept(meter, ActivateEmergencyCredit())
    use(meter)
    holds(meter, mb=0, ecb=9.3, supply="enabled")
    assert "DisablementSuspended" in names(use(meter))
    holds(meter, mb=-0.7, ecb=0, supply="enabled")
    meter.advance(NOON + 8 * HOUR)
    holds(meter, mb=-0.7, supply="disabled")


def test_the_next_calendar_is_taken_up_at_its_date():
    kept = NonDisablement((Entry("start", 0),))
    meter = home()
    start(meter, 0)
    command = commands.WritePrepaymentConfiguration(calendar=kept, calendar_at=NOON + DAY)
    accept(meter, command)
    assert meter.records.terms.calendar == NonDisablement()
    assert meter.records.terms.next_calendar == kept
    meter.advance(NOON + DAY)
    assert (meter.records.terms.calendar, meter.records.terms.next_calendar) == (kept, None)


# E. Emergency credit.


def test_when_emergency_credit_may_be_activated():
    meter = home(0.6)
    start(meter, 1.5)
    assert refuse(meter, ActivateEmergencyCredit()).reason is Reason.CONFLICT_STATE
    use(meter)
    accept(meter, ActivateEmergencyCredit(), sender=CONSUMER)
    holds(meter, ecb=10)
    # Active already: a success without effect.
    assert accept(meter, ActivateEmergencyCredit()) == []
    holds(meter, ecb=10)


@pytest.mark.parametrize("terms", [{"emergency_limit_mp": 0}, {"emergency_threshold_mp": mp(-1)}])
def test_emergency_credit_is_refused(terms):
    meter = home()
    start(meter, 0, terms=with_terms(**terms))
    assert refuse(meter, ActivateEmergencyCredit()).reason is Reason.CONFLICT_STATE


def test_emergency_credit_is_for_prepayment():
    meter = home()
    start(meter, 0, mode=Mode.CREDIT)
    assert refuse(meter, ActivateEmergencyCredit()).reason is Reason.CONFLICT_STATE


def test_emergency_credit_arms_a_disabled_supply():
    meter = home()
    start(meter, 0)
    holds(meter, supply="disabled")
    happened = accept(meter, ActivateEmergencyCredit())
    holds(meter, ecb=10, supply="armed")
    codes = [event_table.line_of(what).code for what in happened if event_table.line_of(what)]
    assert {0x81AB, 0x8168} <= set(codes)


def test_emergency_credit_is_released_however_the_balance_rises():
    meter = home(1.0)
    start(meter, 0.5)
    accept(meter, ActivateEmergencyCredit())
    happened = accept(meter, AdjustBalance(mp(3)))
    assert "EmergencyReleased" in names(happened)
    holds(meter, mb=3.5, ecb=0)
    use(meter)
    holds(meter, mb=2.5, ecb=0)


# F. Adding credit.


def test_what_a_top_up_pays_first():
    """Payment debt, accumulated debt, up to the disablement threshold, emergency credit, the balance."""
    meter = home(1.0, 10.0, at=NOON + 11 * HOUR)
    calendar = NonDisablement((Entry("start", 0), Entry("stop", 20 * 60)))
    terms = with_terms(calendar=calendar, payment_share=1_000, suspend_emergency=True, disablement_mp=mp(-0.5))
    start(meter, 0.3, terms=terms, prices=Prices(tou_mp=(mp(1),), standing_mp=mp(0.2)), payment_debt_mp=mp(8))
    accept(meter, ActivateEmergencyCredit())
    meter.advance(NOON + 12 * HOUR)
    holds(meter, mb=-0.9, ecb=0)
    account = msgspec.structs.replace(meter.records.account, accumulated_mp=mp(0.4))
    meter.records = msgspec.structs.replace(meter.records, account=account)
    happened = pay(meter, 20)
    paid = {rule: moved(happened, f"2.6 {rule}") for rule in ("F1", "F2", "F3", "F4", "F5")}
    assert paid == {"F1": 2, "F2": 0.4, "F3": 0.4, "F4": 10, "F5": 7.2}


def test_lifting_the_balance_first_is_a_setting():
    for first, mb, ecb in ((True, 0, 0.6), (False, -0.4, 1)):
        calendar = NonDisablement((Entry("start", 0),))
        meter = home(1.9, lift_to_disablement_first=first)
        start(meter, 0.5, terms=with_terms(calendar=calendar, emergency_limit_mp=mp(1)))
        accept(meter, ActivateEmergencyCredit())
        use(meter)
        holds(meter, mb=-0.4, ecb=0)
        pay(meter, 1)
        holds(meter, mb=mb, ecb=ecb)


@pytest.mark.parametrize(("period", "paid"), [("calendar_week", 1.0), ("rolling_7d", 0.0)])
def test_the_period_of_the_cap_is_a_setting(period, paid):
    meter = home(cap_period=period)
    start(meter, 5, terms=with_terms(payment_share=5_000, cap_mp=mp(1)), payment_debt_mp=mp(20))
    meter.advance(NOON + 5 * DAY)  # a Saturday
    assert moved(pay(meter, 4), "2.6 F1") == 1
    meter.advance(NOON + 7 * DAY)  # the Monday after
    assert moved(pay(meter, 4), "2.6 F1") == paid
    meter.advance(NOON + 12 * DAY)  # seven days after the first, to the millisecond
    assert moved(pay(meter, 4), "2.6 F1") == 1 - paid


def test_a_cap_of_zero_is_none():
    meter = home()
    start(meter, 5, terms=with_terms(payment_share=5_000), payment_debt_mp=mp(20))
    assert moved(pay(meter, 30), "2.6 F1") == 15
    happened = pay(meter, 30)
    assert moved(happened, "2.6 F1") == 5
    assert DebtCleared("payment") in happened


def test_credits_and_debt_payments_are_kept():
    meter = home()
    start(meter, 5, terms=with_terms(payment_share=1_000), payment_debt_mp=mp(100))
    codes = [code_taken(meter, pounds) for pounds in range(1, 14)]
    receipts = meter.records.receipts
    assert [(vend.value_mp, vend.code) for vend in receipts.credits] == [
        (mp(pounds), codes[pounds - 1][-4:]) for pounds in range(9, 14)
    ]
    assert [payment.value_mp for payment in receipts.payments] == [mp(pounds) // 10 for pounds in range(4, 14)]
    assert receipts.accepted == 13


def code_taken(meter, pounds):
    digits = code(meter, pounds)
    accept(meter, AddCredit(digits), sender=CONSUMER)
    return digits


# G. Codes.


def token(meter, kind=utrn.Kind.VEND, pounds=1, counter=1, **other):
    made = {"key": meter.site.secret("UTRN"), "eui64": meter.site.eui64, **other}
    return utrn.make(token=utrn.Token(kind, counter, mp(pounds)), **made)


def other_eui64(meter):
    """Give an identifier whose codes begin with another digit."""
    mine = utrn.device_digit(meter.site.eui64)
    return next(eui64 for eui64 in range(100) if utrn.device_digit(eui64) != mine)


def test_what_a_code_is_refused_for_and_what_is_told():
    meter = home()
    start(meter, 5, terms=with_terms(max_credit_mp=mp(50), max_balance_mp=mp(60)))
    good = token(meter)
    wrong_digit = good[:-1] + str((int(good[-1]) + 1) % 10)
    cases = [
        (good[:-1], Reason.MALFORMED, None),
        (wrong_digit, Reason.INVALID_VALUE, None),
        (token(meter, eui64=other_eui64(meter)), Reason.WRONG_DEVICE, 0x8F64),
        (token(meter, key=bytes(16)), Reason.NOT_AUTHENTIC, 0x8F63),
        (token(meter, pounds=51), Reason.LIMIT_EXCEEDED, 0x8F5B),
    ]
    for digits, reason, event in cases:
        outcome = refuse(meter, AddCredit(digits))
        assert outcome.reason is reason
        lines = [event_table.line_of(entry.what) for entry in outcome.entries]
        assert [line.code for line in lines if line] == ([event] if event else [])
    accept(meter, AddCredit(token(meter, pounds=50)))
    outcome = refuse(meter, AddCredit(token(meter, pounds=50, counter=2)))
    assert (outcome.reason, event_table.line_of(outcome.entries[0].what).code) == (Reason.LIMIT_EXCEEDED, 0x8F47)
    outcome = refuse(meter, AddCredit(token(meter, pounds=50)))
    assert (outcome.reason, event_table.line_of(outcome.entries[0].what).code) == (Reason.DUPLICATE, 0x8F51)
    # A code that was refused for its value was not used up.
    accept(meter, AddCredit(token(meter, pounds=5, counter=2)))
    holds(meter, mb=60)
    assert meter.records.receipts.rejected == 7


def test_a_refused_code_costs_nothing_and_settles_nothing():
    meter = home(1.0)
    start(meter, 5)
    meter.advance(NOON + 10 * MINUTE)
    before = meter.records.account
    refuse(meter, AddCredit(token(meter, key=bytes(16))))
    assert meter.records.account is before
    holds(meter, mb=5 - 1 / 3)


@pytest.mark.parametrize(("tries", "lock_s"), [(5, 3_600), (2, 60)])
def test_wrong_codes_lock_the_entry_by_hand_and_not_the_supplier(tries, lock_s):
    meter = home(utrn_tries=tries, utrn_lock_s=lock_s)
    start(meter, 5)
    wrong = AddCredit(token(meter, key=bytes(16)))
    for _ in range(tries):
        meter.advance(meter.now + SECOND)
        outcome = refuse(meter, wrong, sender=CONSUMER)
        assert outcome.reason is Reason.NOT_AUTHENTIC
    assert names(entry.what for entry in outcome.entries) == ["TopUpRejected", "EntryLocked"]
    outcome = refuse(meter, AddCredit(token(meter)), sender=CONSUMER)
    assert outcome.reason is Reason.LOCKED_OUT
    assert event_table.line_of(outcome.entries[0].what).code == 0x81C5
    accept(meter, AddCredit(token(meter)), sender=SUPPLIER)
    meter.advance(meter.now + lock_s * SECOND)
    accept(meter, AddCredit(token(meter, counter=2)), sender=CONSUMER)
    holds(meter, mb=7)


def test_a_wrong_check_digit_is_no_try():
    meter = home(utrn_tries=1)
    start(meter, 5)
    good = token(meter)
    refuse(meter, AddCredit(good[:-1] + str((int(good[-1]) + 1) % 10)), sender=CONSUMER)
    accept(meter, AddCredit(good), sender=CONSUMER)


@pytest.mark.parametrize(("digits", "taken"), [("20", False), ("20-40-60", True)])
def test_codes_of_several_blocks_are_a_setting(digits, taken):
    meter = home(utrn_digits=digits)
    start(meter, 5)
    outcome = meter.send(AddCredit(token(meter, pounds=1.01, blocks=2)), SUPPLIER)
    assert outcome.accepted is taken


def test_a_balance_has_room_for_31_bits():
    meter = home(utrn_digits="20-40-60")
    start(meter, 20_000)
    outcome = refuse(meter, AddCredit(token(meter, pounds=2_000, blocks=2)))
    assert outcome.reason is Reason.LIMIT_EXCEEDED


@pytest.mark.parametrize(("taken", "mode_balance"), [(True, 9), (False, 5)])
def test_codes_in_credit_mode_are_a_setting(taken, mode_balance):
    meter = home(top_up_in_credit_mode=taken)
    start(meter, 5, mode=Mode.CREDIT)
    assert meter.send(AddCredit(token(meter, pounds=4)), SUPPLIER).accepted is taken
    holds(meter, mb=mode_balance)


# H. Debt to clear.


def owing(meter):
    return debt_to_clear_mp(meter.site, meter.records, meter.account(), meter.now)


def test_debt_to_clear_by_hand():
    """D0 = 0.70 below the threshold and nothing else; with a share of 12 % it is 0.70 / 0.88, to the millipence up."""
    meter = home(1.0)
    calendar = NonDisablement((Entry("start", 0),))
    start(meter, 0.3, terms=with_terms(calendar=calendar, payment_share=1_200), payment_debt_mp=mp(15))
    use(meter)
    assert owed_mp(meter.records, meter.account()) == mp(0.7)
    assert owing(meter) == 79_545  # V - V * 12 % >= 70,000 first for 79,545: 79,545 - 9,545 = 70,000
    start(meter, 0.3)
    assert owing(meter) == 0


@given(
    st.integers(0, 900_000),
    st.integers(-500_000, 200_000),
    st.integers(0, 1_000_000),
    st.integers(0, 10_000),
    st.sampled_from([0, 1, 300_000]),
    st.integers(0, 700_000),
)
@settings(max_examples=60, deadline=None)
def test_debt_to_clear_is_the_least_top_up_that_clears_it(adr, mb, ecb, share, cap, pdr):
    from emulator.device.step import Moment
    from emulator.device.top_up import spread_credit

    meter = DEBTOR
    terms = with_terms(payment_share=share, cap_mp=cap)
    account = msgspec.structs.replace(
        meter.records.account,
        accumulated_mp=adr,
        balance_mp=mb,
        emergency_on=True,
        emergency_mp=ecb,
        payment_debt_mp=pdr,
    )
    records = msgspec.structs.replace(meter.records, account=account, terms=terms)
    moment = Moment(meter.site, meter.now)
    least = debt_to_clear_mp(meter.site, records, account, meter.now)
    cleared = spread_credit(records, least, moment)[0]
    assert owed_mp(cleared, cleared.account) == 0
    if least:
        short = spread_credit(records, least - 1, moment)[0]
        assert owed_mp(short, short.account) > 0


DEBTOR = home()
start(DEBTOR, 0)


# 2.4: the change of mode.


def test_a_change_to_prepayment_never_cuts_the_supply():
    meter = home(1.0, 1.0)
    start(meter, -3, mode=Mode.CREDIT)
    happened = accept(meter, commands.SetPaymentMode(Mode.PREPAYMENT))
    assert "BillingSnapshotTaken" in names(happened)
    use(meter, 2)
    holds(meter, mb=-5, supply="enabled")
    # Once there was credit, its end counts as ever.
    pay(meter, 5.01)
    accept(meter, AdjustBalance(mp(-1)))
    holds(meter, supply="disabled")


def test_a_change_of_mode_arms_a_supply_that_was_off_for_credit():
    meter = home()
    start(meter, 0)
    holds(meter, supply="disabled")
    happened = accept(meter, commands.SetPaymentMode(Mode.CREDIT))
    assert names(happened) == ["BillingSnapshotTaken", "PaymentModeChanged", "SupplyChanged", "SupplyArmed"]
    holds(meter, supply="armed")


def test_credit_mode_tells_and_cuts_nothing_and_takes_no_time_debt():
    meter = home(1.0, 1.0)
    start(meter, 1, mode=Mode.CREDIT, debts=debts(mp(1), mp(0.5), True))
    assert names(use(meter, 8)) == []
    holds(meter, mb=-1, tdr=1, supply="enabled")


def test_low_credit_is_told_anew_after_a_time_in_credit_mode():
    meter = home()
    assert alerts(start(meter, 1.5)) == ["LowCredit"]
    accept(meter, commands.SetPaymentMode(Mode.CREDIT))
    assert alerts(accept(meter, commands.SetPaymentMode(Mode.PREPAYMENT))) == ["LowCredit"]


@pytest.mark.parametrize("apart", [False, True])
def test_a_balance_for_each_mode_is_a_setting(apart):
    meter = home(balance_for_each_mode=apart)
    start(meter, 7)
    accept(meter, commands.SetPaymentMode(Mode.CREDIT))
    holds(meter, mb=0 if apart else 7)
    accept(meter, commands.SetPaymentMode(Mode.PREPAYMENT))
    holds(meter, mb=7)


def test_a_meter_is_delivered_in_credit_mode_with_all_prices_zero():
    meter = home(1.0)
    assert (meter.records.account.mode, meter.records.tariff.prices) == (Mode.CREDIT, Prices())
    use(meter)
    holds(meter, mb=0)
    assert Prices() != PRICES
