"""Where a top-up goes, in which order, and how far (functional reference 2.6 F).

Each of these was a fault that could be put into the meter or the adapter without any case noticing.
"""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.codes import calendar
from emulator.conformance.cases.debts import debts, full
from emulator.conformance.stage import Stage

ORDER: Final = "functional reference 2.6 F"
POUND_MP: Final = 100_000
LITTLE: Final = Home(payment="prepayment", balance_mp=60_000)
SHARE: Final = 1_200
_HELD: Final = ("payment_debt_mp", "accumulated_debt_mp", "emergency_credit_mp", "meter_balance_mp")


def _account(stage: Stage) -> dict[str, int]:
    return {item: stage.truth(item) or 0 for item in _HELD}


async def _in_debt(stage: Stage, owed_mp: int) -> None:
    """Lend emergency credit, and wait until so much of it is used."""
    stage.done(await stage.ask("2.5"))
    left_mp = stage.truth("emergency_limit_mp") - owed_mp
    used = await stage.until(f"emergency_credit_mp < {left_mp}", "10d")
    stage.expect(used, f"the stage's own arranging: {owed_mp} mp are lent and used", stage.truth("emergency_credit_mp"))


async def _tops_up(stage: Stage, value_mp: int) -> dict[str, int]:
    """Top up while the clock stands; give what each part of the account gained."""
    before = _account(stage)
    stage.done(await stage.ask("2.2", {"UTRN": stage.vend(value_mp)}))
    after = _account(stage)
    return {item: after[item] - before[item] for item in _HELD}


async def _share_first(stage: Stage) -> None:
    stage.done(await stage.ask("2.3", debts(payment=5 * POUND_MP, share=SHARE, rate=0)))
    await _in_debt(stage, POUND_MP)
    gained = await _tops_up(stage, POUND_MP)
    wanted = {
        "payment_debt_mp": -12_000,
        "accumulated_debt_mp": 0,
        "emergency_credit_mp": 88_000,
        "meter_balance_mp": 0,
    }
    stage.expect(gained == wanted, f"12 % go to the debt, the rest repays emergency credit: {wanted}", gained)


async def _accumulated_next(stage: Stage) -> None:
    terms = {"SuspendDebtDisabled": True, "SuspendDebtEmergency": True, "DisablementThreshold": 0}
    stage.done(await stage.ask("1.6", {"Prepayment": terms}))
    stage.done(await stage.ask("2.3", debts(5 * POUND_MP, rate=30, scale=-2)))
    await _in_debt(stage, POUND_MP)
    await stage.until("accumulated_debt_mp > 30000", "2d")
    owed = stage.truth("accumulated_debt_mp")
    value_mp = POUND_MP
    stage.expect(0 < owed < value_mp, "the stage's own arranging: suspended charges were set aside", owed)
    gained = await _tops_up(stage, value_mp)
    stage.expect(gained["accumulated_debt_mp"] == -owed, f"{owed} mp that were set aside are paid first", gained)
    stage.expect(gained["emergency_credit_mp"] == value_mp - owed, "the rest repays emergency credit", gained)


async def _capped(stage: Stage) -> None:
    limits = {
        "EmergencyCreditLimit": 0,
        "EmergencyCreditThreshold": 0,
        "LowCreditThreshold": 0,
        "MaxMeterBalance": 50_000_000,
        "MaxCreditThreshold": 10_000_000,
    }
    body: dict[str, Any] = {"DebtRecoveryRateCap": 5, "ElectricityNonDisablementCalendar": calendar(), **limits}
    stage.done(await stage.ask("2.1", {"UpdatePrepayConfigElectricity": body}))
    stage.done(await stage.ask("2.3", debts(payment=1_501_000, share=SHARE, rate=0)))
    for pounds, paid_mp in ((20, 240_000), (10, 120_000), (10, 120_000), (10, 20_000), (10, 0)):
        gained = await _tops_up(stage, pounds * POUND_MP)
        stage.expect(gained["payment_debt_mp"] == -paid_mp, f"of {pounds} pounds {paid_mp} mp pay the debt", gained)
        rest_mp = pounds * POUND_MP - paid_mp
        used_mp = rest_mp - gained["meter_balance_mp"]  # a make that is busy for seconds uses a little meanwhile
        stage.expect(0 <= used_mp < POUND_MP // 100, f"and {rest_mp} mp are credit", gained)
    await stage.advance("7d")
    gained = await _tops_up(stage, 10 * POUND_MP)
    stage.expect(gained["payment_debt_mp"] == -120_000, "another week has its own five pounds", gained)


def _case(name: str, says: str, act: Any, *needs: str, **more: Any) -> Case:
    fields = {"clause": ORDER, "group": Group.PREPAYMENT, "home": LITTLE, **more}
    return Case(name=name, says=says, needs=tuple(Need(one) for one in needs), act=act, **fields)


CASES: tuple[Case, ...] = (
    _case(
        "2.2/share-of-debt-before-emergency-credit",
        "of a top-up the share of the payment debt goes first, then emergency credit, and the balance gets the rest",
        _share_first,
        *("2.2", "2.3", "2.5"),
    ),
    _case(
        "2.2/what-was-set-aside-goes-first",
        "charges that were suspended are paid by a top-up before emergency credit is",
        _accumulated_next,
        *("2.2", "2.3", "2.5", "1.6"),
        clause=f"{ORDER}; annex G, V4c",
        only=full,
    ),
    _case(
        "2.2/cap-of-the-week",
        "top-ups pay no more of the payment debt than the cap of the week",
        _capped,
        *("2.1", "2.2", "2.3"),
        clause=f"{ORDER}; annex G, V3 and V3b",
        home=Home(payment="prepayment"),
        negative=True,
    ),
)
