"""Explanations: what they say adds up to what the meter reads, and reads well."""

import msgspec
import pytest
from device_sites import day_of
from hypothesis import given, settings
from hypothesis import strategies as st
from money_sites import NOON, TERMS, accept, home, mp, pay, start, use

from emulator.device import commands
from emulator.device.calendar import SwitchingTable
from emulator.device.happenings import Holding
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE
from emulator.device.money.account_records import Mode, TimeDebt
from emulator.device.money.explain import explain, half_hours, money_text, steps
from emulator.device.money.ledger import HELD, holdings
from emulator.device.money.pricing import Prices

NIGHT = SwitchingTable(name="night", days=(day_of(1, (0, 2), (420, 1)),))
BLOCKS = Prices(
    by="block", block_mp=((20_001, 30_003, 1, 2),) * 2, thresholds_wh=((700, 2_000, 9_000),) * 2, standing_mp=50_000
)
TWO = Prices(tou_mp=(24_513, 9_999), standing_mp=53_000)


@pytest.mark.parametrize(
    ("amount_mp", "text"),
    [
        (0, "£0.00"),
        (100_000, "£1.00"),
        (-70_000, "-£0.70"),
        (1_234_567, "£12.34567"),
        (5, "£0.00005"),
        (-1_010, "-£0.01010"),
    ],
)
def test_amounts_in_words(amount_mp, text):
    assert money_text(amount_mp) == text


def lived(prices=TWO, mode=Mode.PREPAYMENT):
    """Give a meter after two days of use, emergency credit, debts, a top-up, and a stretch that is not settled."""
    meter = home(*[0.4, 0.61234, 1.5, 2.25, 0.000001] * 20)
    accept(meter, commands.SetTariff(NIGHT))
    terms = msgspec.structs.replace(TERMS, payment_share=1_200, suspend_emergency=True)
    debts = (TimeDebt(mp(2), mp(0.25), hourly=True), TimeDebt(mp(1), 3))
    start(meter, 1, mode, prices, terms, debts=debts, payment_debt_mp=mp(3))
    meter.advance(NOON + 70 * MINUTE)
    if mode is Mode.PREPAYMENT:
        accept(meter, commands.ActivateEmergencyCredit())
        meter.advance(NOON + 15 * HOUR)
        pay(meter, 17)
    accept(meter, commands.AdjustBalance(mp(-0.5)))
    meter.advance(NOON + 40 * HOUR + 12_345)
    return meter


def adds_up(meter, journal):
    now = holdings(msgspec.structs.replace(meter.records, account=meter.account()))
    for holding in HELD:
        assert sum(step.by_mp for step in steps(journal, meter, holding)) == now[holding]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("prices", [TWO, BLOCKS, Prices()])
def test_the_steps_add_up_to_the_reading(prices, mode):
    meter = lived(prices, mode)
    before = meter.records
    adds_up(meter, meter.journal)
    assert meter.records is before


@pytest.mark.parametrize("prices", [TWO, BLOCKS])
def test_half_hours_add_up_to_the_stretch_and_to_the_register(prices):
    meter = lived(prices)
    stretches = {}
    for holding in (Holding.BALANCE, Holding.EMERGENCY):
        for step in steps(meter.journal, meter, holding):
            if step.postings[0].target is Holding.ENERGY:
                stretches[step.until] = step
    energy_mwh = 0
    for step in stretches.values():
        halves = half_hours(meter, step)
        assert sum(half.cost_mp for half in halves) == sum(posted.amount_mp for posted in step.postings)
        assert all(half.until - half.since <= HALF_HOUR for half in halves)
        lines = step.postings[0].lines
        assert sum(half.energy_mwh for half in halves) == sum(line.energy_mwh for line in lines)
        energy_mwh += sum(half.energy_mwh for half in halves)
    assert energy_mwh == sum(meter.tou())


@given(st.lists(st.tuples(st.integers(0, 3 * HOUR), st.integers(-300, 300)), max_size=8))
@settings(max_examples=30, deadline=None)
def test_the_balance_adds_up_after_any_history(history):
    meter = home(*[0.4, 1.2, 0.3] * 10)
    start(meter, 2, prices=TWO)
    for gap, pence in history:
        meter.advance(meter.now + gap)
        accept(meter, commands.AdjustBalance(pence * 1_000 + 7))
    adds_up(meter, meter.journal)


def test_a_clerk_reads_how_a_balance_came_about():
    meter = home(0.4, 2.0)
    start(meter, 1, payment_debt_mp=mp(3), terms=msgspec.structs.replace(TERMS, payment_share=1_200))
    use(meter)
    accept(meter, commands.ActivateEmergencyCredit())
    use(meter)
    pay(meter, 5)
    assert explain(meter.journal, meter) == [
        "The balance at 2026-01-05T13:00:00Z: £3.00 in credit.",
        "  Opening: £0.00 in credit.",
        "  2026-01-05T12:00:00Z: set by a new contract (2.4): +£1.00, then £1.00 in credit.",
        (
            "  2026-01-05T12:00:00Z to 2026-01-05T12:30:00Z: used 0.400 kWh of register 1 at 100.000p (2.6 A): "
            "-£0.40, then £0.60 in credit."
        ),
        (
            "  2026-01-05T12:30:00Z to 2026-01-05T13:00:00Z: used 2.000 kWh of register 1 at 100.000p, "
            "£2.00 in all with emergency credit (2.6 A): -£0.60, then £0.00 in credit."
        ),
        (
            "  2026-01-05T13:00:00Z: top-up of £5.00: £0.60 to payment debt (2.6 F1), "
            "£1.40 to emergency credit (2.6 F4), £3.00 to the balance (2.6 F5): +£3.00, then £3.00 in credit."
        ),
    ]
    assert explain(meter.journal, meter, "emergency")[-1] == (
        "  2026-01-05T13:00:00Z: emergency credit repaid and no longer selected (2.6 E4): -£10.00, then £0.00."
    )
    assert explain(meter.journal, meter, "debt") == [
        "Payment debt at 2026-01-05T13:00:00Z: £2.40 owed.",
        "  Opening: £0.00 owed.",
        "  2026-01-05T12:00:00Z: set by a new contract (2.4): +£3.00, then £3.00 owed.",
        (
            "  2026-01-05T13:00:00Z: top-up of £5.00: £0.60 to payment debt (2.6 F1), "
            "£1.40 to emergency credit (2.6 F4), £3.00 to the balance (2.6 F5): -£0.60, then £2.40 owed."
        ),
    ]


def test_detail_shows_the_half_hours_and_what_is_not_settled_is_said():
    meter = home(0.4, 2.0)
    start(meter, 5)
    meter.advance(NOON + 40 * MINUTE)
    assert explain(meter.journal, meter, detail=True)[3:] == [
        (
            "  2026-01-05T12:00:00Z to 2026-01-05T12:40:00Z: used 1.066666 kWh of register 1 at 100.000p (2.6 A), "
            "not settled yet: -£1.06666, then £3.93334 in credit."
        ),
        "    2026-01-05T12:00:00Z: 400.000 Wh on register 1: £0.40",
        "    2026-01-05T12:30:00Z: 666.666 Wh on register 1: £0.66666",
    ]


def test_a_journal_whose_beginning_is_gone_opens_with_what_stood_then():
    meter = lived()
    kept = meter.journal[-4:]
    told = explain(kept, meter)
    assert told[0] == explain(meter.journal, meter)[0]
    assert told[1] != "  Opening: £0.00 in credit."


def test_a_home_without_debts():
    meter = home()
    assert explain(meter.journal, meter, "debt") == ["No debt, and none that the journal remembers."]
    with pytest.raises(KeyError):
        explain(meter.journal, meter, "weather")
    meter.advance(NOON + DAY)
