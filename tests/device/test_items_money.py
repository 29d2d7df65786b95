"""The data items of money: what they read, that they change nothing, and that reading one is cheap after years."""

from time import process_time_ns

import msgspec
import pytest
from device_sites import CONSUMER, NOW, accept, day_of, meter, profile_with
from money_sites import NOON, TERMS, code, home, mp, pay, start, use

from emulator.device.calendar import BillingCalendar, SwitchingTable
from emulator.device.commands import (
    ActivateEmergencyCredit,
    AddCredit,
    DisableSupply,
    EnableSupply,
    SetTariff,
    WriteBillingCalendar,
)
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND
from emulator.device.items import find
from emulator.device.metering import MAX_RUNS
from emulator.device.money import charges
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, TimeDebt
from emulator.device.money.contract import Contract
from emulator.device.money.items_money import MONEY_ITEMS
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.pricing import Prices

NIGHT = SwitchingTable(name="night", days=(day_of(1, (0, 2), (420, 1)),))
ROW = (1_000, 2_000, 3_000, 4_000)
BLOCKS = Prices(by="block", block_mp=(ROW, ROW), thresholds_wh=((1_000, 2_000, 3_000),) * 2)


def read(device, *keys):
    found = [find(key).read(device) for key in keys]
    return found[0] if len(found) == 1 else found


@pytest.mark.parametrize(("due", "sign"), [(True, 1), (False, -1)])
def test_in_credit_mode_the_balance_is_the_amount_due_unless_the_make_shows_it_negative(due, sign):
    device = home(1.0, due_in_credit_mode=due)
    start(device, 0, mode=Mode.CREDIT)
    device.advance(NOON + 15 * MINUTE)
    assert read(device, "meter_balance_mp", "payment_mode") == [sign * mp(0.5), "credit"]


def test_the_course_of_emergency_credit():
    device = home(1.2, 0.6, 10.2)
    start(device, 2)
    seen = [read(device, "emergency_status")]
    use(device)
    seen.append(read(device, "emergency_status"))
    accept(device, ActivateEmergencyCredit())
    seen.append(read(device, "emergency_status"))
    device.advance(NOON + HOUR + MINUTE)
    seen.append(read(device, "emergency_status"))
    device.advance(NOON + 2 * HOUR)
    seen.append(read(device, "emergency_status"))
    assert seen == ["not available", "available", "activated", "in use", "exhausted"]
    assert read(device, "emergency_credit_mp", "low_credit", "supply_state") == [0, True, "disabled"]
    start(device, 2, mode=Mode.CREDIT)
    assert read(device, "emergency_status") == "not available"


def test_debts_prices_and_terms_are_read():
    device = home(1.5)
    debts = (TimeDebt(mp(3), mp(0.2), hourly=True), TimeDebt(mp(4), mp(0.1)))
    start(device, 50, prices=BLOCKS, debts=debts, payment_debt_mp=mp(5))
    device.advance(NOON + 20 * MINUTE)
    assert read(device, "block_counters_wh")[:2] == [[1_000, 0, 0, 0], [0, 0, 0, 0]]
    assert read(device, "active_price_mp", "prices_mp", "price_shape") == [2_000, [list(ROW)] * 2, "block"]
    device.advance(NOON + HOUR)
    assert read(device, "time_debt_1_mp", "time_debt_2_mp", "payment_debt_mp") == [mp(2.8), mp(4), mp(5)]
    assert read(device, "time_debts")[0] == {"left_mp": mp(2.8), "rate_mp": mp(0.2), "period": "hourly"}
    assert read(device, "emergency_limit_mp", "low_credit_mp") == [mp(10), mp(2)]
    start(device, 50)
    accept(device, SetTariff(NIGHT, prices=Prices(tou_mp=(7, 8))))
    assert read(device, "active_price_mp") == 7
    device.advance(NOON + 13 * HOUR)
    assert read(device, "active_price_mp") == 8


def test_a_non_disablement_period_and_its_end():
    calendar = NonDisablement((Entry("start", 12 * 60), Entry("stop", 20 * 60)))
    device = home()
    start(device, 0, terms=msgspec.structs.replace(TERMS, calendar=calendar))
    keys = ("non_disablement", "non_disablement_until", "disablement_suspended")
    assert read(device, *keys) == [True, NOON + 8 * HOUR, True]
    device.advance(NOON + 9 * HOUR)
    assert read(device, *keys) == [False, None, False]


def test_credits_payments_and_the_lock_out():
    device = home()
    terms = msgspec.structs.replace(TERMS, payment_share=1_000)
    start(device, 5, terms=terms, payment_debt_mp=mp(50))
    digits = code(device, 10)
    accept(device, AddCredit(digits))
    assert read(device, "credits") == [{"at": NOON, "value_mp": mp(10), "code": digits[-4:]}]
    assert read(device, "debt_payments") == [{"at": NOON, "value_mp": mp(1)}]
    for _ in range(5):
        device.send(AddCredit(digits), CONSUMER)
    keys = ("top_ups_accepted", "top_ups_rejected", "entry_locked_until")
    assert read(device, *keys) == [1, 5, NOON + HOUR]
    device.advance(NOON + HOUR)
    assert read(device, *keys) == [1, 5, None]


def test_accounts_at_the_ends_of_billing_periods():
    device = home(*[1.0] * 96)
    accept(device, WriteBillingCalendar(BillingCalendar("daily")))
    start(device, 50, mode=Mode.CREDIT)
    device.advance(NOON + 3 * DAY)
    assert [kept["balance_mp"] for kept in read(device, "billing_accounts")] == [mp(26), mp(-22), mp(-46)]


def test_a_kept_reading_is_the_whole_one():
    """The account is kept at the last half hour: what is added to it since is what it would be from the beginning."""
    for prices in (Prices(tou_mp=(24_513, 9_999), standing_mp=53_000), BLOCKS):
        device = meter(profile=profile_with(prepayment={"charge_minute": 5}))
        accept(device, SetTariff(NIGHT))
        device.note(AccountStarts(Contract(balance_mp=mp(9_000), prices=prices)))
        for gap in (1, SECOND, 7 * MINUTE, HALF_HOUR, DAY - 3, 40 * DAY, HALF_HOUR - 1, 5 * MINUTE):
            device.advance(device.now + gap)
            for _ in range(2):
                assert device.account() == charges.project(device.site, device.records, device.now)[0]


def test_no_energy_is_lost_when_old_runs_are_forgotten():
    """A switch that moves more often than runs are kept, and nobody reads the balance meanwhile."""
    device = home(*[1.0] * 2_000)
    start(device, 0, mode=Mode.CREDIT)
    supplied = 0
    for _ in range(MAX_RUNS):
        device.advance(device.now + 5 * MINUTE)
        supplied += 5
        accept(device, DisableSupply())
        device.advance(device.now + MINUTE)
        accept(device, EnableSupply())
    assert len(device.records.runs) == MAX_RUNS
    used_mp = device.tou()[0] * mp(1) // 1_000_000
    assert read(device, "meter_balance_mp") == used_mp
    assert abs(used_mp - mp(supplied / 30)) < mp(0.01)


def test_a_reading_is_cheap_after_years():
    """Three tenths of a millisecond, measured as processor time and with room for a busy machine."""
    device = meter()
    accept(device, SetTariff(NIGHT))
    device.note(AccountStarts(Contract(prices=Prices(tou_mp=(24_513, 9_999), standing_mp=53_000))))
    device.advance(NOW + 3 * 365 * DAY)
    read(device, "meter_balance_mp")
    best = 10**12
    for _ in range(30):
        device.advance(device.now + SECOND)
        began = process_time_ns()
        read(device, "meter_balance_mp")
        best = min(best, process_time_ns() - began)
    assert best < 300_000
    before = device.records
    for item in MONEY_ITEMS:
        item.read(device)
    assert device.records is before


def test_a_top_up_is_read_at_once():
    device = home()
    start(device, 5)
    assert read(device, "meter_balance_mp") == mp(5)
    pay(device, 3)
    assert read(device, "meter_balance_mp") == mp(8)
