"""Top-ups: where their value goes (functional reference 2.6 F), which codes are taken (G), what is owed (H)."""

import msgspec
import pytest
from device_sites import CONSUMER, SUPPLIER
from hypothesis import given, settings
from hypothesis import strategies as st
from money_sites import (
    NOON,
    TERMS,
    accept,
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

from emulator.device import event_table
from emulator.device.commands import ActivateEmergencyCredit, AddCredit, Reason
from emulator.device.happenings import DebtCleared
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.money import utrn
from emulator.device.money.account_records import Mode
from emulator.device.money.debt_to_clear import debt_to_clear_mp, owed_mp
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.pricing import Prices


def with_terms(**terms):
    return msgspec.structs.replace(TERMS, **terms)


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
    assert meter.records.receipts.tries == utrn.Tries()
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
    from emulator.device.money.top_up import spread_credit
    from emulator.device.step import Moment

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
