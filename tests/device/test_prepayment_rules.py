"""The prepayment rules A to H of the functional reference 2.6, 2.4 and the settings of annex H that are the money's."""

import msgspec
import pytest
from device_sites import CONSUMER
from money_sites import (
    NOON,
    PRICES,
    TERMS,
    accept,
    alerts,
    holds,
    home,
    mp,
    names,
    pay,
    refuse,
    start,
    use,
)

from emulator.device import commands, event_table
from emulator.device.commands import ActivateEmergencyCredit, AdjustBalance, Reason, SetClock
from emulator.device.happenings import DebtCleared, Posted
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE
from emulator.device.money.account_records import Mode, TimeDebt
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.pricing import Prices

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
    # The balance alone falls below 2; together with emergency credit it does so half an hour later.
    meter = home(0.6, 0.6, 2.0, 0.3)
    start(meter, 3, terms=with_terms(emergency_limit_mp=mp(1), emergency_threshold_mp=mp(2.5)))
    assert alerts(use(meter)) == ["EmergencyOffered"]
    accept(meter, ActivateEmergencyCredit())
    assert alerts(use(meter)) == []
    holds(meter, mb=1.8, ecb=1)
    assert alerts(use(meter)) == ["LowCredit"]
    holds(meter, mb=0, ecb=0.8)
    assert alerts(use(meter)) == []


def test_emergency_credit_is_offered_once():
    meter = home(0.6, 0.1, 0.1)
    start(meter, 1.5)
    assert [names(use(meter)).count("EmergencyOffered") for _ in range(3)] == [1, 0, 0]
    # Not where there is none to give, nor at the threshold itself.
    for balance, terms in ((1.5, {"emergency_limit_mp": 0}), (1.6, {})):
        other = home(0.6)
        start(other, balance, terms=with_terms(**terms))
        assert "EmergencyOffered" not in names(use(other))


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
    holds(meter, mb=-0.7, supply="disabled")


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
