"""An account through a year of anything: what must hold after every step, whatever was sent and however time went.

Two meters live the same life. One goes from event to event in one step; the other in many, and is taken from its stored
state now and then. Their journals, records and readings must be the same, and every balance the sum of its entries.
"""

import pytest
from device_sites import SUPPLIER, day_of, profile_with, site
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from money_sites import NOON, POUND, TERMS, accept, holds, home, start

from emulator.device import commands
from emulator.device.calendar import BillingCalendar, SwitchingTable
from emulator.device.commands import Sender
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.future import CANCEL_AT
from emulator.device.happenings import Posted
from emulator.device.household import Household
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND, instant
from emulator.device.meter import Meter
from emulator.device.money import charges, ledger, top_up, utrn
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, Terms, TimeDebt
from emulator.device.money.contract import Contract
from emulator.device.money.items_money import MONEY_ITEMS
from emulator.device.money.ledger import HELD
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.pricing import Prices

BEGIN = instant(2025, 10, 20, 17, 4, 5)
NIGHT = SwitchingTable(name="night", days=(day_of(1, (0, 2), (30, 1), (450, 2)),))
ROW = (28_000, 24_500, 22_000, 20_000)
PRICES = (
    Prices(tou_mp=(24_513, 13_000), standing_mp=53_000),
    Prices(tou_mp=(400_000, 0)),
    Prices(by="block", block_mp=(ROW, ROW), thresholds_wh=((50_000, 90_000, 150_000),) * 2, standing_mp=30_000),
    Prices(by="block", block_mp=(ROW[::-1],), thresholds_wh=((9_000, utrn.COUNTERS, 0xFFFFFFFF),)),
    Prices(by="block", block_mp=((1, 2, 3),)),
)
KEPT_ON = (
    NonDisablement(),
    NonDisablement((Entry("start", 16 * 60), Entry("stop", 9 * 60))),
    NonDisablement((Entry("start", 0, weekdays=(6,)), Entry("stop", 60, weekdays=(1,)))),
    NonDisablement((Entry("start", 0, weekdays=(2,)),)),
)
CALENDARS = (BillingCalendar(), BillingCalendar("weekly", 3, 0, 30), BillingCalendar("quarterly", 5, month=2))
GAPS = st.one_of(
    st.integers(0, 90 * SECOND),
    st.integers(0, 200).map(lambda count: count * MINUTE),
    st.integers(0, 80).map(lambda count: count * HALF_HOUR),
    st.integers(0, 9 * DAY),
    st.integers(20 * DAY, 75 * DAY),
)
AMOUNTS = st.one_of(st.integers(-6 * POUND, 6 * POUND), st.sampled_from([2**31, -(2**31), 3_000 * POUND]))
MAYBE = st.none()
LATER = st.one_of(MAYBE, st.integers(-HOUR, 20 * DAY), st.just(CANCEL_AT))
BOOL = st.booleans()
ANY = SUPPLIER | Sender.CONSUMER


class AnAccount(RuleBasedStateMachine):
    """One account, twice: `once` in single steps, `often` in many."""

    @initialize(
        mode=st.sampled_from([Mode.PREPAYMENT, Mode.PREPAYMENT, Mode.CREDIT]),
        rules=st.fixed_dictionaries(
            {
                "accounting_period_s": st.sampled_from([60, 300, 1800]),
                "charge_minute": st.sampled_from([0, 0, 5, 1439]),
                "disablement_test": st.sampled_from(["le", "lt"]),
                "cap_period": st.sampled_from(["calendar_week", "rolling_7d"]),
                "partial_repay": st.sampled_from(["rearm_if_above_dt", "require_full_repay"]),
                "park_suspended": BOOL,
                "lift_to_disablement_first": BOOL,
                "balance_for_each_mode": BOOL,
                "arm_overrides_credit": BOOL,
                "top_up_in_credit_mode": BOOL,
            }
        ),
        prices=st.sampled_from(PRICES[:4]),
        balance_mp=st.integers(-POUND, 30 * POUND),
        debts=st.tuples(*[st.builds(TimeDebt, st.integers(0, 40 * POUND), st.integers(0, 9_000), BOOL)] * 2),
        suspend=st.tuples(BOOL, BOOL),
    )
    def begin(self, mode, rules, prices, balance_mp, debts, suspend):
        profile = profile_with(prepayment=rules)
        made = site(Household(), profile=profile, installed_at=BEGIN - 40 * DAY)
        self.once, self.often = Meter(made, BEGIN), Meter(made, BEGIN)
        self.kept = {}
        self.seen = self.moved = 0
        self.sums = ledger.holdings(self.once.records)
        terms = Terms(
            emergency_limit_mp=TERMS.emergency_limit_mp,
            emergency_threshold_mp=POUND,
            low_credit_mp=2 * POUND,
            payment_share=1_200,
            cap_mp=5 * POUND,
            suspend_disabled=suspend[0],
            suspend_emergency=suspend[1],
        )
        self.send(commands.SetTariff(NIGHT))
        contract = Contract(mode, balance_mp, prices, terms, debts, 9 * POUND)
        for meter in (self.once, self.often):
            meter.note(AccountStarts(contract))

    def send(self, command, sender=ANY):
        first, second = self.once.send(command, sender), self.often.send(command, sender)
        assert first[:3] == second[:3]
        return first

    def digits(self, kind, value_mp, *, eui64=None, counter=None, key=None):
        meter = self.once.site
        used = self.once.records.receipts.used.highest + 1
        token = utrn.Token(kind, used if counter is None else counter, value_mp)
        secret = meter.secret(top_up.UTRN_KEY) if key is None else key
        return utrn.make(secret, meter.eui64 if eui64 is None else eui64, token)

    # Time, power, the supply.

    @rule(gap=GAPS, stops=st.lists(st.integers(0, 1_000), max_size=4), restart=BOOL)
    def pass_time(self, gap, stops, restart):
        start = self.once.now
        self.once.advance(start + gap)
        for stop in sorted(stops):
            self.often.advance(start + gap * stop // 1_000)
            self.often.account()
        if restart:
            known = self.often.journal
            self.often = Meter(self.often.site, self.often.now, self.often.state())
            self.often.journal[:0] = known
        self.often.advance(start + gap)

    @rule(gap=st.integers(0, 3 * DAY))
    def without_power(self, gap):
        for meter in (self.once, self.often):
            meter.note(MainsOff())
        self.pass_time(gap, [500], restart=False)
        for meter in (self.once, self.often):
            meter.note(MainsOn())

    @rule(
        command=st.sampled_from(
            [
                commands.DisableSupply(),
                commands.EnableSupply(),
                commands.EnableSupply(),
                commands.ArmSupply(),
                commands.RestoreSupply(),
            ]
        )
    )
    def move_the_supply(self, command):
        self.send(command)

    @rule(by=st.one_of(st.integers(-3 * HOUR, 3 * HOUR), st.integers(-4 * DAY, 4 * DAY)))
    def set_the_clock(self, by):
        self.send(commands.SetClock(self.once.shown_time + by))

    # Money.

    @rule(pounds=st.one_of(st.integers(1, 60), st.just(1_000)), local=BOOL)
    def pay(self, pounds, local):
        code = self.digits(utrn.Kind.VEND, pounds * POUND)
        outcome = self.send(commands.AddCredit(code), Sender.CONSUMER if local else SUPPLIER)
        if outcome.accepted:
            assert not self.send(commands.AddCredit(code), SUPPLIER).accepted

    @rule(what=st.sampled_from(["other device", "other key", "digit", "short", "refund", "switch", "engineer"]))
    def enter_another_code(self, what):
        code = self.digits(utrn.Kind.VEND, POUND)
        if what == "other device":
            code = self.digits(utrn.Kind.VEND, POUND, eui64=self.once.site.eui64 + 1)
        elif what == "other key":
            code = self.digits(utrn.Kind.VEND, POUND, key=bytes(16))
        elif what == "digit":
            code = code[:-1] + str((int(code[-1]) + 1) % 10)
        elif what == "short":
            code = code[1:]
        elif what == "refund":
            code = self.digits(utrn.Kind.REFUND, POUND)
        else:
            code = self.digits(utrn.Kind(what), 0)
        self.send(commands.AddCredit(code), Sender.CONSUMER)

    @rule()
    def lend(self):
        outcome = self.send(commands.ActivateEmergencyCredit())
        assert (
            outcome.accepted == self.once.records.account.emergency_on or self.once.records.account.mode is Mode.CREDIT
        )

    @rule(amount=AMOUNTS, mode=st.sampled_from([None, *Mode]))
    def adjust(self, amount, mode):
        self.send(commands.AdjustBalance(amount, mode))

    @rule()
    def reset(self):
        self.send(commands.ResetBalance())

    @rule(
        amounts=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS),
        rate=st.one_of(MAYBE, st.integers(-1, 99_000)),
        hourly=st.one_of(MAYBE, BOOL),
    )
    def adjust_debt(self, amounts, rate, hourly):
        self.send(commands.AdjustDebt(*amounts, rate_1_mp=rate, hourly_2=hourly))

    @rule(
        mode=st.sampled_from(Mode),
        flag=st.one_of(MAYBE, BOOL),
        dt=st.sampled_from([None, 0, -POUND, POUND]),
        later=LATER,
    )
    def set_mode(self, mode, flag, dt, later):
        self.send(commands.SetPaymentMode(mode, flag, flag, dt, at=self.at(later)))

    @rule(
        limit=st.sampled_from([None, 0, 5 * POUND, 10 * POUND, -1]),
        threshold=st.sampled_from([None, 0, 3 * POUND]),
        low=st.sampled_from([None, 0, 9 * POUND]),
        calendar=st.sampled_from([None, *KEPT_ON]),
        later=LATER,
        at=LATER,
    )
    def configure(self, limit, threshold, low, calendar, later, at):
        command = commands.WritePrepaymentConfiguration(
            emergency_limit_mp=limit,
            emergency_threshold_mp=threshold,
            low_credit_mp=low,
            calendar=calendar,
            calendar_at=self.at(later),
            at=self.at(at),
        )
        self.send(command)

    def at(self, later):
        return later if later in {None, CANCEL_AT} else self.once.shown_time + later

    # Tariffs.

    @rule(prices=st.sampled_from([None, *PRICES]), table=st.sampled_from([NIGHT, SwitchingTable()]), later=LATER)
    def set_tariff(self, prices, table, later):
        self.send(commands.SetTariff(table, self.at(later), prices))

    @rule(prices=st.sampled_from(PRICES), later=LATER)
    def set_prices(self, prices, later):
        self.send(commands.SetPrices(prices, self.at(later)))

    @rule(calendar=st.sampled_from(CALENDARS))
    def set_billing(self, calendar):
        self.send(commands.WriteBillingCalendar(calendar))

    @rule()
    def reset_blocks(self):
        self.send(commands.ResetBlockCounters())

    # What must hold.

    @precondition(lambda self: hasattr(self, "once"))
    @invariant()
    def both_lived_the_same(self):
        assert self.once.records == self.often.records
        fresh = self.once.journal[self.seen :]
        assert fresh == self.often.journal[self.seen :]
        self.seen = len(self.once.journal)
        for entry in fresh:
            if isinstance(entry.what, Posted):
                self.sums.setdefault(entry.what.source, 0)
                self.sums.setdefault(entry.what.target, 0)
                self.sums[entry.what.source] -= entry.what.amount_mp
                self.sums[entry.what.target] += entry.what.amount_mp
        assert {name: self.sums[name] for name in HELD} == ledger.holdings(self.once.records)
        assert sum(self.sums.values()) == self.total

    @property
    def total(self):
        """What was in the meter before any entry: nothing comes and nothing goes."""
        return 0

    @precondition(lambda self: hasattr(self, "once"))
    @invariant()
    def readings_agree_and_change_nothing(self):
        meter = self.once
        before = meter.records
        assert meter.account() == charges.project(meter.site, before, meter.now)[0]
        for item in MONEY_ITEMS:
            item.read(meter)
        assert meter.records is before


@pytest.mark.timeout(60)
def test_an_account_through_anything():
    run_state_machine_as_test(
        AnAccount,
        settings=settings(
            max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_a_search_that_found_nothing_leaves_no_trace():
    """How far ahead a meter looks depends on when it was last restarted; nothing that is told may."""
    made = site(Household(), installed_at=BEGIN - DAY)
    through, restarted = Meter(made, BEGIN), Meter(made, BEGIN)
    kept = []
    for meter in (through, restarted):
        meter.note(AccountStarts(Contract(Mode.PREPAYMENT, 900 * POUND, PRICES[0], TERMS)))
    for day in range(0, 200, 9):
        restarted.advance(BEGIN + day * DAY + 777)
        kept += restarted.take_changes().entries
        restarted = Meter(made, restarted.now, restarted.state())
    through.advance(restarted.now)
    assert kept == through.journal
    assert restarted.records == through.records


def test_a_threshold_is_found_on_time_after_a_block_period_ended_without_power():
    """What was used before the period ended, at its prices, counts although the meter could not settle there."""
    halves = [1.0] * 40
    before, after = home(*halves, at=NOON), home(*halves, at=NOON)
    for meter in (before, after):
        accept(meter, commands.WriteBillingCalendar(BillingCalendar("daily", hour=15)))
        row = (POUND, 2 * POUND, 3 * POUND, 4 * POUND)
        start(meter, 16, prices=Prices(by="block", block_mp=(row,), thresholds_wh=((1_000, 2_000, 3_000),)))
        meter.advance(NOON + 2 * HOUR)  # 1 + 2 + 3 + 4 used, 6 left
        holds(meter, mb=6)
        meter.note(MainsOff())
        meter.advance(NOON + 4 * HOUR)
        meter.note(MainsOn())
    # Now 1 + 2 + 3 to zero: the third half hour's end, whether anything settles in between or not.
    after.send(commands.AdjustBalance(0), SUPPLIER)
    for meter in (before, after):
        meter.advance(NOON + 5 * HOUR + HALF_HOUR)
        holds(meter, mb=0, supply="disabled")


def test_a_refusal_that_is_remembered_keeps_what_was_settled_before_it():
    meter = home()
    start(meter, 0, prices=Prices(standing_mp=7))
    accept(meter, commands.DisableSupply())
    meter.advance(NOON + DAY)
    outcome = meter.send(commands.ArmSupply(), SUPPLIER)
    assert not outcome.accepted
    assert Posted in {type(entry.what) for entry in outcome.entries}
    holds(meter, mb=-7 / POUND, supply="disabled")
