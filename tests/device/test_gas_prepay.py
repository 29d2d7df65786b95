"""Prepayment on gas: the same account over energy, a top-up that arms, and the check that follows (reference 3.4)."""

import pytest
from device_sites import CONSUMER, NOW, SUPPLIER, accept, refuse
from gas_sites import gas_meter, gas_profile

from emulator.device.commands import (
    ActivateEmergencyCredit,
    AddCredit,
    AdjustBalance,
    AdjustDebt,
    ArmSupply,
    DisableSupply,
    Reason,
    ResetBalance,
    RestoreSupply,
    SetPaymentMode,
    WritePrepaymentConfiguration,
)
from emulator.device.event_table import line_of
from emulator.device.gas import wake
from emulator.device.gas.battery import BatteryRemoved, BatteryReturned
from emulator.device.happenings import CreditAdded, CreditExhausted, LowCredit, Posted, SupplyArmed, SupplyChanged
from emulator.device.household import Channel
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.money import top_up
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, Terms, TimeDebt
from emulator.device.money.charges import project
from emulator.device.money.contract import Contract
from emulator.device.money.pricing import Prices
from emulator.device.records import Cause, Switch

POUND = 100_000
PRICES = Prices(tou_mp=(9_600,), standing_mp=22_465)
"""The gas price and standing charge of DCC's request templates (functional reference 2.5)."""
TERMS = Terms(emergency_limit_mp=5 * POUND, emergency_threshold_mp=POUND, low_credit_mp=2 * POUND)
FACTOR = 11_362_667


def prepaid(balance_mp=3 * POUND, terms=TERMS, prices=PRICES, **of_site):
    device = gas_meter(**of_site)
    device.note(AccountStarts(Contract(Mode.PREPAYMENT, balance_mp, prices, terms)), NOW)
    return device


def credit_until_off(device):
    """Advance a minute at a time until the supply is off, and give when."""
    while device.records.supply.switch is Switch.ENABLED:
        device.advance(device.next_due())
    return device.now


def code(device, pounds):
    return AddCredit(top_up.vend_for(device.site, device.records, pounds * POUND))


def told(device, kind):
    return [entry.what for entry in device.journal if isinstance(entry.what, kind)]


def cost_mp(device, since, until):
    load = device.site.load(Channel.GAS)
    return (load.energy_mwh(until) - load.energy_mwh(since)) * FACTOR // 1_000_000 * 9_600 // 1_000_000


def test_credit_runs_down_by_energy_and_the_standing_charge():
    device = prepaid(50 * POUND)
    device.advance(NOW + 2 * DAY)
    account, _ = project(device.site, device.records, device.now)
    spent = cost_mp(device, NOW, device.now) + 2 * 22_465
    assert 50 * POUND - account.balance_mp == pytest.approx(spent, abs=2)


def test_exhaustion_closes_the_valve_at_the_tick_it_falls_in():
    device = prepaid(terms=Terms())
    at = credit_until_off(device)
    assert (device.records.supply.switch, device.records.supply.causes) == (Switch.DISABLED, Cause.CREDIT)
    assert at % MINUTE == 0
    days = at // DAY - NOW // DAY
    assert cost_mp(device, NOW, at) + days * 22_465 >= 3 * POUND - 2
    assert cost_mp(device, NOW, at - MINUTE) + (at - MINUTE - NOW // DAY * DAY) // DAY * 22_465 < 3 * POUND
    assert not device.records.valve.open
    held = device.volume_ml
    device.advance(at + DAY)
    assert device.volume_ml == held


def test_low_credit_and_disablement_are_mandated_alerts_of_gas():
    device = prepaid()
    credit_until_off(device)
    assert len(told(device, LowCredit)) == len(told(device, CreditExhausted)) == 1
    lines = [line_of(told(device, kind)[0]) for kind in (LowCredit, CreditExhausted)]
    assert [(line.mandated, line.code) for line in lines] == [(3, 0x810D), (4, 0x8F0F)]


def test_a_top_up_arms_and_the_consumer_opens_the_valve():
    device = prepaid()
    off_at = credit_until_off(device)
    assert refuse(device, RestoreSupply(), sender=CONSUMER).reason is Reason.CONFLICT_STATE
    happened = accept(device, code(device, 10), off_at + HOUR, CONSUMER)
    assert SupplyArmed() in happened
    assert CreditAdded in {type(what) for what in happened}
    assert device.records.supply.switch is Switch.ARMED
    held = device.volume_ml
    device.advance(off_at + 2 * HOUR)
    assert device.volume_ml == held
    accept(device, RestoreSupply(), sender=CONSUMER)
    device.advance(off_at + 3 * HOUR)
    assert device.records.supply.switch is Switch.ENABLED
    assert device.volume_ml > held


def test_local_entry_is_immediate_between_wakes():
    device = prepaid()
    at = wake.next_wake(device.site, device.records, NOW) + 11 * MINUTE
    before, _ = project(device.site, device.records, at)
    accept(device, code(device, 10), at, CONSUMER)
    assert device.records.account.balance_mp == before.balance_mp + 10 * POUND
    assert wake.last_wake(device.site, device.records, at) < at


def test_gas_used_in_the_test_is_paid_for():
    device = prepaid()
    off_at = credit_until_off(device)
    accept(device, code(device, 10), off_at, CONSUMER)
    balance_mp = device.records.account.balance_mp
    accept(device, RestoreSupply(), sender=CONSUMER)
    device.advance(off_at + 5_000 + 360_000)
    account, _ = project(device.site, device.records, device.now)
    assert balance_mp - account.balance_mp == pytest.approx(cost_mp(device, off_at + 5_000, device.now), abs=2)


def test_emergency_credit_arms_a_supply_that_is_off_for_credit():
    device = prepaid()
    credit_until_off(device)
    happened = accept(device, ActivateEmergencyCredit(), sender=CONSUMER)
    assert SupplyArmed("emergency_credit") in happened
    assert device.records.supply.switch is Switch.ARMED


def test_emergency_credit_does_not_arm_what_the_supplier_disabled():
    device = prepaid()
    credit_until_off(device)
    accept(device, DisableSupply())
    accept(device, ActivateEmergencyCredit(), sender=CONSUMER)
    assert (device.records.supply.switch, device.records.supply.causes) == (Switch.DISABLED, Cause.SUPPLIER)
    accept(device, ArmSupply())
    assert device.records.supply.switch is Switch.ARMED


def test_exhaustion_during_the_test_closes_the_valve():
    device = prepaid()
    off_at = credit_until_off(device)
    accept(device, code(device, 10), off_at, CONSUMER)
    accept(device, RestoreSupply(), sender=CONSUMER)
    accept(device, AdjustBalance(-11 * POUND), off_at + 3 * MINUTE)
    assert device.records.supply.switch is Switch.DISABLED
    assert not device.records.flows
    device.advance(off_at + HOUR)
    assert device.records.valve.opening is None


def test_a_change_of_mode_arms_what_was_off_for_credit():
    device = prepaid()
    credit_until_off(device)
    happened = accept(device, SetPaymentMode(Mode.CREDIT))
    assert SupplyChanged(Switch.ARMED, Cause(0)) in happened


def test_each_mode_has_its_balance_where_the_make_keeps_them_apart():
    device = prepaid(7 * POUND)
    accept(device, SetPaymentMode(Mode.CREDIT))
    assert (device.records.account.balance_mp, device.records.account.other_mp) == (0, 7 * POUND)
    accept(device, SetPaymentMode(Mode.PREPAYMENT))
    assert device.records.account.balance_mp == 7 * POUND
    together = prepaid(7 * POUND, profile=gas_profile(balance_for_each_mode=False))
    accept(together, SetPaymentMode(Mode.CREDIT))
    assert together.records.account.balance_mp == 7 * POUND


def test_the_credit_mode_balance_is_adjusted_as_what_is_due():
    device = gas_meter()
    accept(device, AdjustBalance(5_000, Mode.CREDIT))
    assert device.records.account.balance_mp == -5_000
    accept(device, ResetBalance(Mode.CREDIT))
    assert device.records.account.balance_mp == 0
    assert refuse(device, AdjustBalance(5_000, Mode.PREPAYMENT)).reason is Reason.CONFLICT_STATE


def test_debts_are_recovered_hourly_or_daily_on_gas():
    device = prepaid(50 * POUND, prices=Prices())
    accept(
        device,
        AdjustDebt(time_1_mp=30_000, rate_1_mp=100, hourly_1=True, time_2_mp=30_000, rate_2_mp=1_000, hourly_2=False),
    )
    device.advance(NOW // DAY * DAY + 2 * DAY)
    account, posted = project(device.site, device.records, device.now)
    hours = device.now // HOUR - NOW // HOUR
    assert [debt.left_mp for debt in account.debts] == [30_000 - hours * 100, 30_000 - 2 * 1_000]
    assert 50 * POUND - account.balance_mp == hours * 100 + 2_000
    assert posted


def test_the_share_of_a_top_up_and_its_cap():
    """The samples of DCC's templates: a share of 100 (1.00 %), a cap of 100000 (a pound)."""
    device = prepaid(0, Terms(payment_share=100, cap_mp=100_000), Prices())
    accept(device, AdjustDebt(payment_mp=50 * POUND))
    accept(device, code(device, 20))
    assert device.records.account.payment_debt_mp == 50 * POUND - 20_000
    accept(device, code(device, 90))
    assert device.records.account.payment_debt_mp == 50 * POUND - 100_000


def test_the_configuration_of_the_templates_is_taken():
    device = prepaid()
    accept(
        device,
        WritePrepaymentConfiguration(
            cap_mp=100_000,
            emergency_limit_mp=10_000_000,
            emergency_threshold_mp=100_000,
            low_credit_mp=5_000_000,
            max_balance_mp=25_000_000,
            max_credit_mp=25_000_000,
        ),
    )
    terms = device.records.terms
    assert (terms.cap_mp, terms.emergency_limit_mp, terms.max_balance_mp) == (100_000, 10_000_000, 25_000_000)
    assert (terms.emergency_threshold_mp, terms.low_credit_mp, terms.max_credit_mp) == (100_000, 5_000_000, 25_000_000)


def test_a_code_works_once_and_on_one_meter():
    device, other = prepaid(), prepaid(seed=100)
    one = code(device, 5)
    accept(device, one, sender=CONSUMER)
    assert refuse(device, one, sender=CONSUMER).reason is Reason.DUPLICATE
    assert refuse(other, one, sender=CONSUMER).reason in {Reason.WRONG_DEVICE, Reason.NOT_AUTHENTIC}


def test_charges_fall_due_on_time_while_the_meter_sleeps():
    """The standing charge is of each midnight of the meter's own clock; nobody need talk to it."""
    device = prepaid(50 * POUND, prices=Prices(standing_mp=22_465))
    midnight = NOW // DAY * DAY + DAY
    for at, days in ((midnight - 1, 0), (midnight, 1), (midnight + 5 * DAY, 6)):
        device.advance(at)
        account, _ = project(device.site, device.records, device.now)
        assert account.balance_mp == 50 * POUND - days * 22_465


def test_what_was_used_without_power_is_charged_on_return():
    device = prepaid()
    device.note(BatteryRemoved(), NOW + HOUR)
    device.advance(NOW + 5 * DAY)
    assert device.records.supply.switch is Switch.ENABLED
    device.note(BatteryReturned())
    assert (device.records.supply.switch, device.records.supply.causes) == (Switch.DISABLED, Cause.CREDIT)
    assert device.records.account.balance_mp < 0
    assert told(device, Posted)


def test_a_time_debt_of_a_contract_runs():
    device = gas_meter()
    debts = (TimeDebt(1_000, 500), TimeDebt())
    device.note(AccountStarts(Contract(Mode.PREPAYMENT, POUND, Prices(), Terms(), debts)), NOW)
    device.advance(NOW + 3 * DAY)
    assert device.records.account.debts[0].left_mp == 0


def test_a_supplier_sends_codes_and_lends_emergency_credit_too():
    device = prepaid(50_000)
    accept(device, ActivateEmergencyCredit(), sender=SUPPLIER)
    assert device.records.account.emergency_mp == 5 * POUND
    accept(device, code(device, 5), sender=SUPPLIER)
    assert device.records.account.balance_mp == 50_000 + 5 * POUND


def test_the_last_five_credits_and_ten_debt_payments_are_kept():
    device = prepaid(0, Terms(payment_share=100), Prices())
    accept(device, AdjustDebt(payment_mp=500 * POUND))
    for pounds in range(1, 13):
        accept(device, code(device, pounds))
    receipts = device.records.receipts
    assert [vend.value_mp for vend in receipts.credits] == [pounds * POUND for pounds in range(8, 13)]
    assert [payment.value_mp for payment in receipts.payments] == [pounds * 1_000 for pounds in range(3, 13)]
