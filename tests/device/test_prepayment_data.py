"""The prepayment data in one place (functional reference 2.5): each item is held, written and read in its unit."""

import pytest
from device_sites import accept, refuse
from money_sites import NOON, POUND, home, pay, start

from emulator.device.commands import (
    ActivateEmergencyCredit,
    AdjustBalance,
    AdjustDebt,
    SetPaymentMode,
    SetPrices,
    SetSupplyNumber,
    WritePrepaymentConfiguration,
)
from emulator.device.instant import DAY, HOUR
from emulator.device.items import BY_KEY
from emulator.device.money.account_records import Terms, TimeDebt
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.pricing import Prices
from emulator.device.records import Switch

INT32 = 2**31 - 1


def read(meter, key):
    return BY_KEY[key].read(meter)


def prepaid(balance=5, **contract):
    meter = home()
    start(meter, balance, **contract)
    return meter


def test_meter_balance_may_go_negative_and_is_int32():
    meter = prepaid(0)
    accept(meter, AdjustBalance(-3 * POUND))
    assert read(meter, "meter_balance_mp") == -3 * POUND
    refuse(meter, AdjustBalance(INT32 + 4 * POUND))


def test_emergency_credit_balance_is_what_is_left_after_activation():
    meter = prepaid(0.5)
    assert read(meter, "emergency_credit_mp") == 0
    accept(meter, ActivateEmergencyCredit())
    assert read(meter, "emergency_credit_mp") == 10 * POUND
    meter = home(3)
    start(meter, 0.5)
    accept(meter, ActivateEmergencyCredit())
    meter.advance(NOON + HOUR)
    assert (read(meter, "emergency_credit_mp"), read(meter, "meter_balance_mp")) == (750_000, 0)


def test_two_time_debts_are_independent():
    meter = prepaid(debts=(TimeDebt(7 * POUND, 100), TimeDebt(9 * POUND, 200, hourly=True)))
    accept(meter, AdjustDebt(time_1_mp=POUND))
    assert (read(meter, "time_debt_1_mp"), read(meter, "time_debt_2_mp")) == (8 * POUND, 9 * POUND)


def test_payment_debt_is_held():
    meter = prepaid(payment_debt_mp=15 * POUND)
    assert read(meter, "payment_debt_mp") == 15 * POUND
    accept(meter, AdjustDebt(payment_mp=-2 * POUND, payment_share=1_000))
    assert read(meter, "payment_debt_mp") == 13 * POUND
    pay(meter, 10)  # of which a tenth goes to the debt
    assert (read(meter, "payment_debt_mp"), read(meter, "meter_balance_mp")) == (12 * POUND, 14 * POUND)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("emergency_limit_mp", 7 * POUND),
        ("emergency_threshold_mp", -2 * POUND),
        ("low_credit_mp", 3 * POUND),
        ("max_balance_mp", 250 * POUND),
        ("max_credit_mp", 100 * POUND),
    ],
)
def test_limits_and_thresholds_are_written_and_read(key, value):
    meter = prepaid()
    accept(meter, WritePrepaymentConfiguration(**{key: value}))
    assert read(meter, key) == value


def test_accumulated_debt_register_is_read():
    assert read(prepaid(), "accumulated_debt_mp") == 0
    # Parked while the supply is off (2.6 C), and paid by the next top-up (F2).
    meter = prepaid(0, terms=Terms(suspend_disabled=True), prices=Prices(tou_mp=(POUND,), standing_mp=22_465))
    meter.advance(NOON + 2 * DAY)
    assert (read(meter, "accumulated_debt_mp"), read(meter, "meter_balance_mp")) == (2 * 22_465, 0)
    pay(meter, 1)
    assert (read(meter, "accumulated_debt_mp"), read(meter, "meter_balance_mp")) == (0, POUND - 2 * 22_465)


@pytest.mark.parametrize("value", [-5 * POUND, 0, 2 * POUND])
def test_disablement_threshold_is_written_with_the_payment_mode(value):
    meter = prepaid(20)
    accept(meter, SetPaymentMode(meter.records.account.mode, disablement_mp=value))
    assert read(meter, "disablement_mp") == value


@pytest.mark.parametrize("hourly", [True, False])
def test_debt_recovery_rates_have_an_amount_and_a_period(hourly):
    meter = prepaid()
    accept(meter, AdjustDebt(rate_1_mp=250, hourly_1=hourly, rate_2_mp=750, hourly_2=not hourly))
    assert [(debt.rate_mp, debt.hourly) for debt in meter.records.account.debts] == [(250, hourly), (750, not hourly)]
    assert [(debt["rate_mp"], debt["period"] == "hourly") for debt in read(meter, "time_debts")] == [
        (250, hourly),
        (750, not hourly),
    ]
    accept(meter, AdjustDebt(time_1_mp=POUND, time_2_mp=POUND))
    meter.advance(NOON + DAY)  # 24 hours, and one midnight
    taken = (24 * 250, 750) if hourly else (250, 24 * 750)
    assert [POUND - read(meter, f"time_debt_{number}_mp") for number in (1, 2)] == list(taken)


@pytest.mark.parametrize(("share", "taken"), [(1_000, True), (10_000, True), (10_001, False), (-1, False)])
def test_debt_recovery_per_payment_is_hundredths_of_a_per_cent(share, taken):
    meter = prepaid()
    (accept if taken else refuse)(meter, AdjustDebt(payment_share=share))
    assert read(meter, "payment_share") == (share if taken else 0)


def test_rate_cap_and_its_week():
    meter = prepaid()
    accept(meter, WritePrepaymentConfiguration(cap_mp=5 * POUND))
    assert read(meter, "debt_cap_mp") == 5 * POUND
    accept(meter, AdjustDebt(payment_mp=20 * POUND, payment_share=5_000))
    pay(meter, 16)
    pay(meter, 1)
    assert read(meter, "payment_debt_mp") == 15 * POUND  # eight wanted, five taken, then none
    meter.advance(NOON + 7 * DAY)
    pay(meter, 2)
    assert read(meter, "payment_debt_mp") == 14 * POUND
    assert meter.site.profile.prepayment.cap_period == "calendar_week"


@pytest.mark.parametrize("flag", ["suspend_disabled", "suspend_emergency"])
def test_suspend_flags_are_written_with_the_payment_mode(flag):
    meter = prepaid()
    assert read(meter, flag.replace("suspend_", "suspend_debt_")) is False
    accept(meter, SetPaymentMode(meter.records.account.mode, **{flag: True}))
    assert read(meter, flag.replace("suspend_", "suspend_debt_")) is True


def test_non_disablement_calendar_is_held():
    meter = prepaid()
    calendar = NonDisablement((Entry("start", 18 * 60), Entry("stop", 10 * 60)))
    accept(meter, WritePrepaymentConfiguration(calendar=calendar))
    assert meter.records.terms.calendar == calendar
    assert read(meter, "non_disablement_calendar")


def test_standing_charge_is_a_day_s():
    meter = prepaid()
    accept(meter, SetPrices(Prices(tou_mp=(POUND,), standing_mp=22_465)))
    assert read(meter, "standing_charge_mp") == 22_465
    meter.advance(NOON + 3 * DAY)
    assert read(meter, "meter_balance_mp") == 5 * POUND - 3 * 22_465


def test_the_supply_number_is_written_where_its_check_digits_are_right():
    meter = home()
    accept(meter, SetSupplyNumber("1012345678903"))
    assert read(meter, "mpan") == "1012345678903"
    refuse(meter, SetSupplyNumber("1012345678907"))
    assert read(meter, "mpan") == "1012345678903"


@pytest.mark.parametrize("log", ["prepayment_daily", "daily_consumption", "history", "power_event"])
def test_logs_that_only_smets2_has_are_not_there(log):
    """No slot for them in the ancestor's list (functional reference 2.9 and 7.6)."""
    assert not [key for key in BY_KEY if key.startswith(log)]
    assert prepaid().records.supply.switch is Switch.ENABLED
    # Nor under another name: these are all the logs there are, over the wire and in the items.
    logs = {key for key in BY_KEY if key.endswith(("_log", "credits", "payments", "accounts", "log_entries"))}
    assert logs == {
        "event_log",
        "security_log",
        "credits",
        "debt_payments",
        "billing_accounts",
        "voltage_log_entries",
    }
