"""Histories of a year and more, held against an account that is kept half hour by half hour (money_oracle.py)."""

from datetime import date
from functools import cache

from device_sites import accept, day_of, plain_rate, profile_with, site
from hypothesis import given, settings
from hypothesis import strategies as st
from money_oracle import Oracle
from money_sites import alerts, code, start

from emulator.device import commands
from emulator.device.calendar import SwitchingTable
from emulator.device.household import Channel, Household
from emulator.device.instant import DAY, HALF_HOUR, instant
from emulator.device.meter import Meter
from emulator.device.money import ledger
from emulator.device.money.account_records import Mode, Terms, TimeDebt
from emulator.device.money.pricing import Prices

BEGIN = instant(2025, 11, 22, 9, 30)
DAYS = 430
NIGHT = SwitchingTable(name="night", days=(day_of(1, (0, 2), (30, 1), (450, 2)),))
PERIOD_ENDS = {
    (date(year, month, 1) - date(1970, 1, 1)).days * DAY for year in (2025, 2026, 2027) for month in range(1, 13)
}
UNUSED = 0xFFFFFFFF

ROW, OTHER = (28_000, 24_500, 22_111, 0), (14_000, 13_000, 12_000, 11_000)
PRICES = (
    Prices(tou_mp=(24_513, 24_513), standing_mp=53_000),
    Prices(tou_mp=(28_001, 13_999), standing_mp=41_200),
    Prices(by="block", block_mp=(ROW, OTHER), thresholds_wh=((50_000, 100_000, 150_000),) * 2, standing_mp=30_000),
    Prices(by="block", block_mp=(OTHER, ROW), thresholds_wh=((70_500, UNUSED, UNUSED),) * 2),
)
BOOL = st.booleans()
RULES = st.fixed_dictionaries({"lt": BOOL, "park": BOOL, "full_repay": BOOL, "lift": BOOL})
TERMS = st.fixed_dictionaries(
    {
        "ecl": st.sampled_from([0, 500_000, 1_000_000]),
        "ect": st.sampled_from([-100_000, 0, 100_000]),
        "lct": st.sampled_from([0, 200_000]),
        "dt": st.sampled_from([-150_000, 0, 50_000]),
        "share": st.sampled_from([0, 1_200, 3_333]),
        "cap": st.sampled_from([0, 500_000]),
        "sdd": BOOL,
        "sde": BOOL,
    }
)
DEBTS = st.tuples(st.integers(0, 3_000_000), st.sampled_from([0, 1_001, 250_000]), BOOL)
GAPS = st.one_of(st.integers(0, 4), st.integers(1, 48 * 3), st.integers(48, 48 * 40))
ACTS = st.one_of(
    st.tuples(st.just("top_up"), st.sampled_from([1_000, 500_000, 1_000_000, 3_000_000, 10_000_000])),
    st.tuples(st.just("top_up"), st.integers(1, 4_000).map(lambda pence: pence * 1_000)),
    st.tuples(st.just("lend")),
    st.tuples(st.just("adjust"), st.integers(-700_000, 700_000)),
    st.tuples(st.just("adjust_debt"), st.integers(0, 1), st.integers(-500_000, 500_000), st.integers(0, 200_000)),
    st.tuples(st.just("set_prices"), st.sampled_from(PRICES)),
    st.tuples(st.just("set_mode"), BOOL),
    st.sampled_from([("disable",), ("enable",), ("restore",)]),
)
HISTORIES = st.lists(st.tuples(GAPS, ACTS), min_size=6, max_size=22)


@cache
def used_of(shape):
    """Give the register and the energy of each half hour, by the load function and the words of the table alone."""
    load = site(Household(shape=shape)).load(Channel.IMPORT)
    edges = [load.energy_mwh(BEGIN + place * HALF_HOUR) for place in range(DAYS * 48 + 1)]
    rates = [plain_rate(NIGHT, BEGIN % DAY + place * HALF_HOUR) for place in range(48)]
    return [(rates[place % 48], edges[place + 1] - edges[place]) for place in range(DAYS * 48)]


def plain(prices):
    return {
        "by": prices.by,
        "tou": prices.tou_mp,
        "block": prices.block_mp,
        "thresholds": prices.thresholds_wh,
        "standing": prices.standing_mp,
    }


def opened(shape, rules, terms, prices, balance_mp, debts):
    """Give a meter in prepayment mode and its oracle, as the contract begins."""
    profile = profile_with(
        prepayment={
            "accounting_period_s": 1800,
            "disablement_test": "lt" if rules["lt"] else "le",
            "park_suspended": rules["park"],
            "partial_repay": "require_full_repay" if rules["full_repay"] else "rearm_if_above_dt",
            "lift_to_disablement_first": rules["lift"],
        }
    )
    meter = Meter(site(Household(shape=shape), profile=profile, installed_at=BEGIN - DAY), BEGIN)
    accept(meter, commands.SetTariff(NIGHT))
    contract = Terms(
        emergency_limit_mp=terms["ecl"],
        emergency_threshold_mp=terms["ect"],
        low_credit_mp=terms["lct"],
        disablement_mp=terms["dt"],
        payment_share=terms["share"],
        cap_mp=terms["cap"],
        suspend_disabled=terms["sdd"],
        suspend_emergency=terms["sde"],
    )
    owed = tuple(TimeDebt(*debt) for debt in debts)
    start(meter, balance_mp / 100_000, prices=prices, terms=contract, debts=owed, payment_debt_mp=2_000_000)
    return meter, Oracle(BEGIN, rules, terms, plain(prices), balance_mp, debts, 2_000_000, PERIOD_ENDS)


def act(meter, oracle, what, *values):
    """Do one thing to the meter and to the oracle."""
    account = meter.records.account
    if what == "top_up":
        if account.mode is Mode.PREPAYMENT:
            accept(meter, commands.AddCredit(code(meter, values[0] / 100_000)))
            oracle.top_up(*values)
        return
    if what == "restore" and meter.records.supply.switch.value != "armed":
        return
    command = {
        "lend": commands.ActivateEmergencyCredit,
        "adjust_debt": lambda place, by, rate: commands.AdjustDebt(
            **{f"time_{place + 1}_mp": by, f"rate_{place + 1}_mp": rate}
        ),
        "set_prices": lambda prices: commands.SetTariff(NIGHT, prices=prices),
        "set_mode": lambda prepaid: commands.SetPaymentMode(Mode.PREPAYMENT if prepaid else Mode.CREDIT),
        "disable": commands.DisableSupply,
        "enable": commands.EnableSupply,
        "restore": commands.RestoreSupply,
    }
    if what == "adjust":
        due = account.mode is Mode.CREDIT
        accept(meter, commands.AdjustBalance(-values[0] if due else values[0]))
    else:
        meter.send(command[what](*values), commands.Sender.SUPPLIER | commands.Sender.CONSUMER)
    getattr(oracle, what)(*(plain(value) if isinstance(value, Prices) else value for value in values))


def compare(meter, oracle):
    account = meter.account()
    assert (account.balance_mp, account.rest) == (oracle.mb, oracle.rest)
    assert (account.emergency_mp, account.emergency_on) == (oracle.ecb, oracle.lent)
    assert (account.accumulated_mp, account.payment_debt_mp) == (oracle.adr, oracle.pdr)
    assert [debt.left_mp for debt in account.debts] == [debt[0] for debt in oracle.tdr]
    assert (meter.records.supply.switch.value == "enabled") == oracle.supplied
    assert (meter.records.supply.switch.value == "armed") == oracle.armed


@given(
    st.sampled_from(["domestic", "flat"]),
    RULES,
    TERMS,
    st.sampled_from(PRICES),
    st.integers(-100_000, 2_000_000),
    st.tuples(DEBTS, DEBTS),
    HISTORIES,
)
@settings(max_examples=25, deadline=None)
def test_the_account_is_what_half_hour_by_half_hour_gives(shape, rules, terms, prices, balance_mp, debts, history):
    meter, oracle = opened(shape, rules, terms, prices, balance_mp, debts)
    used, place = used_of(shape), 0
    compare(meter, oracle)
    for gap, what in [*history, (48, ("adjust", 0))]:
        for _ in range(min(gap, len(used) - place)):
            oracle.half_hour(*used[place])
            place += 1
        meter.advance(oracle.at)
        compare(meter, oracle)
        act(meter, oracle, *what)
        compare(meter, oracle)
    told = [name for name in alerts(entry.what for entry in meter.journal) if name in TOLD]
    assert told == oracle.told
    assert ledger.holdings(meter.records)


TOLD = {"LowCredit", "EmergencyOffered", "CreditExhausted", "SupplyArmed", "CreditAdded"}
