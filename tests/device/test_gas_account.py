"""The rules of electricity's account on gas (functional reference 3.4, 3.5): suspension, order, non-disablement."""

import pytest
from device_sites import CONSUMER, NOW, accept, day_of, week_of
from gas_sites import HOME, NO_GAS, gas_meter

from emulator.device.calendar import Season, SwitchingTable
from emulator.device.commands import ActivateEmergencyCredit, AddCredit, AdjustDebt, SetPaymentMode
from emulator.device.gas.items_gas import GAS_ITEMS
from emulator.device.happenings import CreditExhausted, Posted
from emulator.device.instant import DAY, HOUR
from emulator.device.money import top_up
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, Terms, TimeDebt
from emulator.device.money.contract import Contract
from emulator.device.money.non_disablement import START, STOP, NonDisablement
from emulator.device.money.pricing import Prices

POUND = 100_000
STANDING = 40_000
NO_DEBTS = (TimeDebt(), TimeDebt())
MIDNIGHT = NOW // DAY * DAY + DAY
READ = {item.key: item.read for item in GAS_ITEMS}


def kept_on(*switches):
    """Give a non-disablement calendar of the gas form with one day for all."""
    seasons, weeks = (Season("all", 1, 1, "all"),), (week_of("all", 1),)
    return NonDisablement(table=SwitchingTable("nd", seasons, weeks, (day_of(1, *switches),)))


def prepaid(balance_mp, household=NO_GAS, debts=NO_DEBTS, **terms):
    device = gas_meter(household=household)
    prices = Prices(tou_mp=(9_600,), standing_mp=STANDING)
    device.note(AccountStarts(Contract(Mode.PREPAYMENT, balance_mp, prices, Terms(**terms), debts)), NOW)
    return device


def holds(device, balance_mp, emergency_mp, accumulated_mp):
    keys = ("meter_balance_mp", "emergency_credit_mp", "accumulated_debt_mp")
    assert [READ[key](device) for key in keys] == [balance_mp, emergency_mp, accumulated_mp]


@pytest.mark.parametrize("suspended", [True, False])
def test_charges_of_gas_while_the_supply_is_disabled(suspended):
    """2.6 C: with the flag they go to the accumulated debt, without it to the balance; the time debt falls in both."""
    hourly = (TimeDebt(5_000, 1_000, hourly=True), TimeDebt())
    device = prepaid(0, debts=hourly, suspend_disabled=suspended)
    assert READ["supply_state"](device) == "disabled"
    device.advance(MIDNIGHT + DAY)
    due_mp = 2 * STANDING + 5_000
    holds(device, *((0, 0, due_mp) if suspended else (-due_mp, 0, 0)))
    assert READ["time_debt_1_mp"](device) == 0


@pytest.mark.parametrize("suspended", [True, False])
def test_charges_of_gas_while_emergency_credit_is_in_use(suspended):
    device = prepaid(0, suspend_emergency=suspended, emergency_limit_mp=POUND, emergency_threshold_mp=POUND)
    accept(device, ActivateEmergencyCredit(), sender=CONSUMER)
    device.advance(MIDNIGHT)
    holds(device, 0, POUND - (0 if suspended else STANDING), STANDING if suspended else 0)


def test_what_a_top_up_of_gas_pays_first():
    """2.6 F: payment debt, accumulated debt, up to the threshold, emergency credit, the balance; every amount real."""
    device = prepaid(
        0,
        suspend_emergency=True,
        emergency_limit_mp=POUND,
        emergency_threshold_mp=POUND,
        payment_share=1_000,
        calendar=kept_on((0, START)),
    )
    accept(device, AdjustDebt(payment_mp=5 * POUND))
    accept(device, ActivateEmergencyCredit(), sender=CONSUMER)
    device.advance(MIDNIGHT)
    accept(device, SetPaymentMode(Mode.PREPAYMENT, suspend_emergency=False))
    device.advance(MIDNIGHT + 3 * DAY)
    holds(device, -20_000, 0, STANDING)
    assert READ["supply_state"](device) == "enabled"
    told = accept(device, AddCredit(top_up.vend_for(device.site, device.records, 10 * POUND)))
    paid = [(what.rule[:6], abs(what.amount_mp)) for what in told if isinstance(what, Posted)]
    assert paid.pop() == ("2.6 E4", POUND)  # emergency credit, whole again, is given back
    assert paid == [
        ("2.6 F1", POUND),
        ("2.6 F2", STANDING),
        ("2.6 F3", 20_000),
        ("2.6 F4", POUND),
        ("2.6 F5", 740_000),
    ]
    assert READ["payment_debt_mp"](device) == 4 * POUND


def test_the_valve_stays_open_in_a_non_disablement_period_and_closes_at_its_end():
    device = prepaid(100, household=HOME, calendar=kept_on((0, START), (20 * 60, STOP)))
    end = NOW // DAY * DAY + 20 * HOUR
    device.advance(end - 1)
    assert (READ["supply_state"](device), READ["valve"](device)) == ("enabled", "open")
    assert READ["meter_balance_mp"](device) < 0
    assert [entry.code for entry in device.records.logs.event] == [0x8F83]
    assert not [entry for entry in device.journal if isinstance(entry.what, CreditExhausted)]
    device.advance(end + HOUR)
    assert (READ["supply_state"](device), READ["valve"](device)) == ("disabled", "closed")
    assert [entry.at for entry in device.journal if isinstance(entry.what, CreditExhausted)] == [end]
