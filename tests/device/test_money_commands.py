"""The money's commands (functional reference 5.1, 5.2, sheets of 10.7): effects, refusals, dates, nothing by half."""

import msgspec
import pytest
from device_sites import day_of
from money_sites import NOON, PRICES, TERMS, accept, alerts, holds, home, mp, names, pay, refuse, start, use

from emulator.device import commands, event_table
from emulator.device.calendar import BillingCalendar, SwitchingTable
from emulator.device.commands import (
    AdjustBalance,
    AdjustDebt,
    Reason,
    ResetBalance,
    ResetBlockCounters,
    SetPaymentMode,
    SetPrices,
    SetTariff,
    WriteBillingCalendar,
    WritePrepaymentConfiguration,
)
from emulator.device.future import CANCEL_AT
from emulator.device.happenings import DebtCleared
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE
from emulator.device.money.account_records import MOST_MP, Mode, TimeDebt
from emulator.device.money.items_money import balance_mp
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.pricing import Prices

NIGHT = SwitchingTable(name="night", days=(day_of(1, (0, 2), (420, 1)),))
TWO = Prices(tou_mp=(mp(1), mp(0.5)))
BLOCK_ROW = (mp(1), mp(2), mp(3), mp(4))
BLOCKS = Prices(by="block", block_mp=(BLOCK_ROW,), thresholds_wh=((1_000, 2_000, 3_000),))


def codes(happened):
    lines = [event_table.line_of(what) for what in happened]
    return [line.code for line in lines if line is not None]


# 1.1 Set Tariff and 1.2 Set Price.


def test_a_tariff_is_swapped_whole_after_a_billing_snapshot_with_the_old_prices():
    meter = home(1.0, 1.0)
    start(meter, 10)
    meter.advance(NOON + HALF_HOUR + 15 * MINUTE)
    happened = accept(meter, SetTariff(NIGHT, prices=Prices(tou_mp=(mp(3), mp(2)), standing_mp=7)))
    assert names(happened) == ["BillingSnapshotTaken", "TariffChanged", "PricesChanged"]
    assert meter.records.billing.accounts[-1].balance_mp == mp(8.5)
    use(meter)
    holds(meter, mb=8.5 - 0.5 * 3)


@pytest.mark.parametrize(
    "command",
    [
        SetTariff(NIGHT, prices=Prices(tou_mp=(-1,))),
        SetTariff(SwitchingTable(days=(day_of(1, (0, 49)),)), prices=TWO),
        SetTariff(SwitchingTable(days=(day_of(1, (0, 9)),)), prices=BLOCKS),
        SetTariff(NIGHT, prices=Prices(by="block", block_mp=(BLOCK_ROW,) * 9)),
    ],
)
def test_a_tariff_with_a_fault_is_refused_whole(command):
    meter = home()
    start(meter, 10)
    assert refuse(meter, command).reason is Reason.INVALID_VALUE
    assert meter.records.tariff.prices == PRICES


def test_a_dated_tariff_waits_and_says_that_it_was_actioned():
    meter = home(*[1.0] * 6)
    start(meter, 20)
    accept(meter, SetTariff(NIGHT, NOON + HOUR, Prices(tou_mp=(mp(2), mp(2)))))
    happened = use(meter, 2)
    assert 0x8F66 in codes(happened)
    holds(meter, mb=18)
    use(meter)
    holds(meter, mb=16)


def test_block_counters_restart_when_thresholds_change():
    meter = home(*[1.0] * 6)
    start(meter, 50, prices=BLOCKS)
    use(meter, 2)
    holds(meter, mb=50 - 1 - 2)
    accept(meter, SetPrices(Prices(by="block", block_mp=((mp(1), mp(2), mp(5), mp(5)),))))
    use(meter)
    holds(meter, mb=47 - 5)
    accept(
        meter,
        SetTariff(SwitchingTable(), prices=msgspec.structs.replace(BLOCKS, thresholds_wh=((500, 1_000, 0xFFFFFFFF),))),
    )
    use(meter)
    holds(meter, mb=42 - 0.5 - 1)


def test_prices_change_with_a_snapshot_and_leave_the_rest():
    meter = home(1.0, 1.0)
    start(meter, 10)
    use(meter)
    happened = accept(meter, SetPrices(Prices(tou_mp=(mp(2),), standing_mp=mp(0.1))))
    assert names(happened) == ["BillingSnapshotTaken", "PricesChanged"]
    use(meter)
    holds(meter, mb=7)


@pytest.mark.parametrize(
    "prices",
    [
        Prices(tou_mp=(mp(1), mp(1))),  # register 2 is not in use
        BLOCKS,
        Prices(tou_mp=(mp(1),), block_mp=(BLOCK_ROW,)),
        Prices(tou_mp=(10_000_001,)),
    ],
)
def test_prices_that_do_not_fit_the_running_tariff_are_refused(prices):
    meter = home()
    start(meter, 10)
    assert refuse(meter, SetPrices(prices)).reason is Reason.INVALID_VALUE
    assert refuse(meter, SetPrices(prices, NOON + DAY)).reason is Reason.INVALID_VALUE
    assert meter.records.pending == ()


# 1.5 Adjust and reset the balance.


def test_the_balance_is_adjusted_as_it_is_shown():
    meter = home()
    start(meter, 5)
    assert 0x9008 in codes(accept(meter, AdjustBalance(mp(-1), Mode.PREPAYMENT)))
    holds(meter, mb=4)
    accept(meter, SetPaymentMode(Mode.CREDIT))
    assert balance_mp(meter) == mp(-4)
    accept(meter, AdjustBalance(mp(10)))
    assert balance_mp(meter) == mp(6)
    holds(meter, mb=-6)


def test_a_reset_begins_a_new_account_period():
    meter = home(1.0, 0.25)
    start(meter, 0, mode=Mode.CREDIT)
    use(meter)
    assert balance_mp(meter) == mp(1)
    accept(meter, ResetBalance(Mode.CREDIT))
    use(meter)
    assert balance_mp(meter) == mp(0.25)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (AdjustBalance(1, Mode.CREDIT), Reason.CONFLICT_STATE),
        (ResetBalance(Mode.CREDIT), Reason.CONFLICT_STATE),
        (AdjustBalance(MOST_MP), Reason.INVALID_VALUE),
        (AdjustBalance(-MOST_MP - mp(6)), Reason.INVALID_VALUE),
    ],
)
def test_a_balance_is_not_adjusted(command, reason):
    meter = home()
    start(meter, 5)
    assert refuse(meter, command).reason is reason
    holds(meter, mb=5)


def test_an_adjustment_that_uses_up_credit_disables():
    meter = home()
    start(meter, 5)
    assert alerts(accept(meter, AdjustBalance(mp(-5)))) == ["LowCredit", "EmergencyOffered", "CreditExhausted"]


# 1.6 Set Payment Mode.


def test_the_payment_mode_comes_with_its_parameters():
    meter = home()
    start(meter, 5, mode=Mode.CREDIT)
    happened = accept(meter, SetPaymentMode(Mode.PREPAYMENT, True, False, mp(1)))
    assert 0x9007 in codes(happened)
    terms = meter.records.terms
    assert (terms.suspend_disabled, terms.suspend_emergency, terms.disablement_mp) == (True, False, mp(1))
    # The same mode again refreshes them, and leaves what is not given.
    accept(meter, SetPaymentMode(Mode.PREPAYMENT, suspend_emergency=True))
    assert meter.records.terms == msgspec.structs.replace(terms, suspend_emergency=True)


def test_a_dated_mode_waits():
    meter = home(1.0, 1.0, 1.0, 1.0)
    start(meter, 3, mode=Mode.CREDIT)
    accept(meter, SetPaymentMode(Mode.PREPAYMENT, at=NOON + HOUR))
    use(meter, 2)
    assert meter.records.account.mode is Mode.PREPAYMENT
    use(meter)
    holds(meter, mb=0, supply="disabled")


def test_a_make_without_prepayment_refuses_it():
    meter = home(level="none")
    assert refuse(meter, SetPaymentMode(Mode.PREPAYMENT)).reason is Reason.NOT_SUPPORTED
    accept(meter, SetPaymentMode(Mode.CREDIT))


# 1.7 Reset Tariff Block Counter Matrix, and the end of a billing period.


def test_block_counters_are_reset_by_command_and_at_the_end_of_a_billing_period():
    meter = home(*[1.0] * 8, at=NOON + 12 * HOUR - 4 * HALF_HOUR)
    accept(meter, WriteBillingCalendar(BillingCalendar("weekly", 2)))  # Tuesday, midnight
    start(meter, 50, prices=BLOCKS)
    use(meter, 2)
    accept(meter, ResetBlockCounters())
    use(meter, 2)
    holds(meter, mb=50 - 3 - 3)
    use(meter, 2)
    holds(meter, mb=44 - 3)


def test_a_new_billing_calendar_does_not_reset_block_counters_nor_forget_accounts():
    meter = home(*[1.0] * 4)
    start(meter, 50, prices=BLOCKS)
    accept(meter, SetPrices(msgspec.structs.replace(BLOCKS, standing_mp=1)))
    kept = meter.records.billing.accounts
    use(meter)
    accept(meter, ResetBlockCounters())
    use(meter, 2)
    accept(meter, WriteBillingCalendar(BillingCalendar("weekly", 5)))
    assert meter.records.billing.accounts[: len(kept)] == kept
    use(meter)
    holds(meter, mb=50 - 1 - 1 - 2 - 3)


def test_hybrid_prices_count_blocks_by_set():
    meter = home(*[1.0] * 4, at=NOON + 12 * HOUR - 2 * HALF_HOUR)
    accept(meter, SetTariff(NIGHT))
    rows = (BLOCK_ROW, (mp(5), mp(6), mp(7), mp(8)))
    start(meter, 50, prices=Prices(by="block", block_mp=rows, thresholds_wh=((1_000, 2_000, 3_000),) * 2))
    use(meter, 2)
    holds(meter, mb=50 - 1 - 2)
    use(meter, 2)
    holds(meter, mb=47 - 5 - 6)


# 2.1 Write prepayment configuration.

ALL = {
    "cap_mp": 1,
    "emergency_limit_mp": 2,
    "emergency_threshold_mp": 3,
    "low_credit_mp": 4,
    "max_balance_mp": 5,
    "max_credit_mp": 6,
}


def test_the_prepayment_configuration_is_replaced_in_either_mode():
    for mode in Mode:
        meter = home()
        start(meter, 50, mode=mode)
        assert 0x9004 in codes(accept(meter, WritePrepaymentConfiguration(**ALL)))
        terms = msgspec.structs.asdict(meter.records.terms)
        assert {name: terms[name] for name in ALL} == ALL


def test_an_emergency_credit_threshold_above_the_limit_is_allowed():
    meter = home()
    start(meter, 50)
    accept(meter, WritePrepaymentConfiguration(emergency_limit_mp=1, emergency_threshold_mp=mp(5)))
    assert meter.records.terms.emergency_threshold_mp == mp(5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cap_mp": -1},
        {"emergency_limit_mp": MOST_MP + 1},
        {"low_credit_mp": -MOST_MP - 1},
        {"calendar": NonDisablement((Entry("start", 1440),))},
        {"calendar": NonDisablement(), "calendar_at": 10**15},
    ],
)
def test_a_configuration_with_a_fault_is_refused_whole(wrong):
    meter = home()
    start(meter, 50)
    outcome = refuse(meter, WritePrepaymentConfiguration(**{**ALL, **wrong}))
    assert outcome.reason is Reason.INVALID_VALUE
    assert meter.records.terms == TERMS


def test_thresholds_are_tested_once_after_a_configuration():
    meter = home()
    start(meter, 5)
    assert alerts(accept(meter, WritePrepaymentConfiguration(low_credit_mp=mp(9)))) == ["LowCredit"]
    assert alerts(accept(meter, WritePrepaymentConfiguration(low_credit_mp=mp(9)))) == []
    assert alerts(accept(meter, WritePrepaymentConfiguration(emergency_threshold_mp=mp(9)))) == ["EmergencyOffered"]


def test_a_new_emergency_limit_leaves_what_is_owed():
    meter = home(1.0)
    start(meter, 0.5)
    accept(meter, commands.ActivateEmergencyCredit())
    use(meter)
    accept(meter, WritePrepaymentConfiguration(emergency_limit_mp=mp(4)))
    holds(meter, ecb=3.5)
    pay(meter, 1)
    holds(meter, ecb=4, mb=0.5)


def test_a_dated_configuration_has_one_time_for_all():
    meter = home()
    start(meter, 5)
    accept(meter, WritePrepaymentConfiguration(**ALL, at=NOON + HOUR))
    meter.advance(NOON + HOUR - 1)
    assert meter.records.terms == TERMS
    happened = use(meter)
    assert 0x8F66 in codes(happened)
    assert {name: getattr(meter.records.terms, name) for name in ALL} == ALL


def test_the_next_calendar_is_replaced_and_cancelled():
    first, second = NonDisablement((Entry("start", 0),)), NonDisablement((Entry("start", 60),))
    meter = home()
    start(meter, 5)
    accept(meter, WritePrepaymentConfiguration(calendar=first, calendar_at=NOON + DAY))
    accept(meter, WritePrepaymentConfiguration(calendar=second, calendar_at=NOON + 2 * DAY))
    assert meter.records.terms.next_calendar == second
    accept(meter, WritePrepaymentConfiguration(calendar=second, calendar_at=CANCEL_AT))
    meter.advance(NOON + 3 * DAY)
    assert (meter.records.terms.calendar, meter.records.terms.next_calendar) == (NonDisablement(), None)


# 2.3 Adjust Debt.


def test_debts_are_adjusted_by_signed_amounts_and_their_recovery_replaced():
    meter = home()
    start(meter, 50, debts=(TimeDebt(mp(3), mp(1)), TimeDebt()), payment_debt_mp=mp(2))
    happened = accept(meter, AdjustDebt(mp(-1), mp(4), mp(5), rate_2_mp=mp(0.5), hourly_2=True, payment_share=700))
    assert 0x9009 in codes(happened)
    account = meter.records.account
    assert [(debt.left_mp, debt.rate_mp, debt.hourly) for debt in account.debts] == [
        (mp(2), mp(1), False),
        (mp(4), mp(0.5), True),
    ]
    assert (account.payment_debt_mp, meter.records.terms.payment_share) == (mp(7), 700)
    use(meter, 2)
    holds(meter, mb=49.5)


def test_a_debt_that_is_gone_is_told():
    meter = home()
    start(meter, 50, debts=(TimeDebt(mp(3), mp(1)), TimeDebt(mp(1))), payment_debt_mp=mp(2))
    happened = accept(meter, AdjustDebt(mp(-3), mp(-1), mp(-2)))
    assert {DebtCleared("time_1"), DebtCleared("time_2"), DebtCleared("payment")} <= set(happened)


@pytest.mark.parametrize("below", ["clamp", "reject"])
def test_a_debt_below_zero_is_a_setting(below):
    meter = home(debt_below_zero=below)
    start(meter, 50, debts=(TimeDebt(mp(3), mp(1)), TimeDebt()), payment_debt_mp=mp(2))
    command = AdjustDebt(mp(-4), 0, mp(1))
    if below == "reject":
        assert refuse(meter, command).reason is Reason.INVALID_VALUE
        holds(meter, tdr=3, pdr=2)
    else:
        accept(meter, command)
        holds(meter, tdr=0, pdr=3)


@pytest.mark.parametrize(
    "command",
    [
        AdjustDebt(payment_share=10_001),
        AdjustDebt(rate_1_mp=-1),
        AdjustDebt(time_1_mp=MOST_MP + 1),
        AdjustDebt(time_1_mp=mp(1), rate_2_mp=MOST_MP + 1),
    ],
)
def test_a_debt_is_not_adjusted_by_half(command):
    meter = home()
    start(meter, 50)
    before = meter.records
    assert refuse(meter, command).reason is Reason.INVALID_VALUE
    assert meter.records is before
