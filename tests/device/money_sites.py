"""Homes for the money tests: recorded half hours at a pound a kilowatt-hour, contracts, codes, and what was told."""

from dataclasses import replace

import numpy as np
from device_sites import PROFILE, accept, profile_with, refuse, site

from emulator.device import event_table
from emulator.device.commands import AddCredit, Sender
from emulator.device.happenings import Posted
from emulator.device.household import Household
from emulator.device.instant import DAY, HALF_HOUR, instant
from emulator.device.load.recorded import Recorded, Recording
from emulator.device.meter import Meter
from emulator.device.money import top_up
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, Terms
from emulator.device.money.contract import Contract
from emulator.device.money.pricing import Prices

POUND = 100_000
NOON = instant(2026, 1, 5, 12)  # a Monday
PRICES = Prices(tou_mp=(POUND,))
TERMS = Terms(emergency_limit_mp=10 * POUND, emergency_threshold_mp=POUND, low_credit_mp=2 * POUND)
"""The setup of annex G: ECL 10, ECT 1, LCT 2, DT 0."""


def mp(pounds):
    """Give pounds in millipence."""
    return round(pounds * POUND)


def home(*uses, at=NOON, profile=PROFILE, **prepayment):
    """Give a meter at an instant whose home then uses so many kWh in each half hour, and nothing after."""
    rules = {"accounting_period_s": 1800, **prepayment}
    if profile is PROFILE:
        profile = profile_with(prepayment=rules)
    # What is used is recorded from the half hour that holds the instant on.
    values = np.array([round(use * 1_000_000) for use in uses] or [0], dtype=np.int64)
    recording = Recording("uses", "electricity", Recorded(at // HALF_HOUR * HALF_HOUR, values, "zero"))
    made = site(household=Household(shape="none", recording="uses"), profile=profile, installed_at=at - DAY)

    return Meter(replace(made, recording=recording), at)


def start(meter, balance, mode=Mode.PREPAYMENT, prices=PRICES, terms=TERMS, **contract):
    """Let a contract begin; the balance is in pounds."""
    outcome = meter.note(AccountStarts(Contract(mode, mp(balance), prices, terms, **contract)))
    return [entry.what for entry in outcome.entries]


def code(meter, pounds):
    """Give the code of a top-up of so many pounds, next in turn."""
    key = meter.site.secret(top_up.UTRN_KEY)
    return top_up.vend(meter.records, key, meter.site.eui64, mp(pounds))


def pay(meter, pounds, sender=Sender.SUPPLIER):
    """Top a meter up, and give what happened."""
    return accept(meter, AddCredit(code(meter, pounds)), sender=sender)


def use(meter, halves=1):
    """Let half hours go by, and give what happened."""
    seen = meter.seq
    meter.advance(meter.now + halves * HALF_HOUR)
    return [entry.what for entry in meter.journal if entry.seq > seen]


def alerts(happened):
    """Give the names of the alerts among what happened, in order."""
    lines = [(what, event_table.line_of(what)) for what in happened]
    return [type(what).__name__ for what, line in lines if line is not None and line.alert == event_table.ALERT]


def names(happened):
    """Give the names of what happened, without postings."""
    return [type(what).__name__ for what in happened if not isinstance(what, Posted)]


def moved(happened, rule):
    """Give how much the postings of a rule moved, in pounds."""
    return sum(what.amount_mp for what in happened if isinstance(what, Posted) and what.rule.startswith(rule)) / POUND


def holds(meter, *, mb=None, ecb=None, adr=None, tdr=None, pdr=None, supply=None):
    """Assert what stands in the account, in pounds, to the millipence, and the state of the supply."""
    account = meter.account()
    found = {
        "mb": account.balance_mp,
        "ecb": account.emergency_mp,
        "adr": account.accumulated_mp,
        "tdr": account.debts[0].left_mp,
        "pdr": account.payment_debt_mp,
    }
    wanted = {"mb": mb, "ecb": ecb, "adr": adr, "tdr": tdr, "pdr": pdr}
    assert {name: found[name] for name, value in wanted.items() if value is not None} == {
        name: mp(value) for name, value in wanted.items() if value is not None
    }
    if supply is not None:
        assert meter.records.supply.switch.value == supply


__all__ = [
    "NOON", "POUND", "PRICES", "TERMS", "accept", "alerts", "code", "holds", "home", "moved", "mp", "names", "pay",
    "refuse", "start", "use",
]  # fmt: skip
