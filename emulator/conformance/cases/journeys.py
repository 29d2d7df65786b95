"""Prepayment journeys: credit that runs out and comes back, told by services and the home (reference 2.6, annex G)."""

from typing import Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.codes import calendar
from emulator.conformance.cases.debts import debts, full
from emulator.conformance.stage import Stage
from emulator.services.codes import Why

LITTLE: Final = Home(payment="prepayment", balance_mp=60_000)
RULES: Final = "functional reference 2.6"
POUND_MP: Final = 100_000
PENNY_MP: Final = 1_000
_NEEDS: Final = (Need("2.2"), Need("7.4"))


async def _runs_out(stage: Stage) -> None:
    """Let credit run out; it takes hours at most."""
    out = await stage.until("supply_state == disabled", "3d")
    stage.expect(out, "the supply is disabled once credit is used", stage.truth("meter_balance_mp"))


async def _comes_back(stage: Stage) -> None:
    await _runs_out(stage)
    stage.expect(await stage.happened("LowCredit"), "low credit was told before")
    told = stage.done(await stage.ask("7.4")).body.get("SupplyState")
    stage.expect(told == "Disabled", "7.4 says Disabled", told)
    stage.done(await stage.ask("2.2", {"UTRN": stage.vend(10 * POUND_MP)}))
    told = stage.done(await stage.ask("7.4")).body.get("SupplyState")
    stage.expect(told == "Armed", "with credit it is armed, and not switched on from afar", told)


async def _credit_is_a_cause(stage: Stage) -> None:
    await _runs_out(stage)
    stage.refused(await stage.ask("7.3"), Why.CONFLICT_STATE)
    stage.expect(stage.truth("supply_state") == "disabled", "it stays disabled", stage.truth("supply_state"))


async def _repays_first(stage: Stage) -> None:
    await stage.until("meter_balance_mp < 50000", "3d")
    stage.done(await stage.ask("2.5"))
    lent = stage.truth("emergency_limit_mp")
    used = await stage.until(f"emergency_credit_mp < {lent - 20_000}", "5d")
    stage.expect(used, "emergency credit is used once the balance is", stage.truth("emergency_credit_mp"))
    owed = lent - stage.truth("emergency_credit_mp")
    stage.done(await stage.ask("2.2", {"UTRN": stage.vend(20 * POUND_MP)}))
    balance = stage.truth("meter_balance_mp")
    stage.expect(abs(balance - (20 * POUND_MP - owed)) <= PENNY_MP, f"twenty pounds less {owed} mp", f"{balance} mp")
    stage.expect(await stage.happened("EmergencyReleased"), "emergency credit is given back")


async def _keeps_supply(stage: Stage) -> None:
    body = {"DebtRecoveryRateCap": 0, "ElectricityNonDisablementCalendar": calendar(), **_terms()}
    stage.done(await stage.ask("2.1", {"UpdatePrepayConfigElectricity": body}))
    out = await stage.until("meter_balance_mp < 0", "3d")
    stage.expect(out, "credit is used up", stage.truth("meter_balance_mp"))
    stage.expect(stage.truth("supply_state") == "enabled", "on a friendly day it stays", stage.truth("supply_state"))
    stage.expect(await stage.happened("DisablementSuspended"), "and that is told")
    out = await stage.until("supply_state == disabled", "3d")
    stage.expect(out, "when the window ends it is disabled", stage.truth("supply_state"))


def _terms() -> dict[str, int]:
    return {
        "EmergencyCreditLimit": 0,
        "EmergencyCreditThreshold": 0,
        "LowCreditThreshold": 10_000,
        "MaxMeterBalance": 50_000_000,
        "MaxCreditThreshold": 10_000_000,
    }


async def _charges_daily(stage: Stage) -> None:
    charge = stage.truth("standing_charge_mp")
    stage.expect(charge, "the stage's own arranging: there is a standing charge", charge)
    await stage.advance("2d")
    stage.done(await stage.ask("1.5", {"PrepaymentMode": {"AdjustMeterBalance": 1}}))  # which settles the account
    posted = [one for one in await stage.happened("Posted", "esme") if one.target == "standing_charge"]
    taken = sum(one.amount_mp for one in posted)
    stage.expect(taken == 2 * charge, f"{charge} mp are taken at each of two midnights", f"{taken} mp")


async def _credit_mode_ends_it(stage: Stage) -> None:
    await _runs_out(stage)
    stage.done(await stage.ask("1.6", {"Credit": {}}))
    state = stage.truth("supply_state")
    stage.expect(state in {"armed", "enabled"}, "in credit mode lack of credit is no cause", state)


async def _debt_waits(stage: Stage) -> None:
    stage.done(await stage.ask("2.3", debts(500_000, rate=50, scale=-2)))
    await _runs_out(stage)
    left = stage.truth("time_debt_1_mp")
    stage.done(
        await stage.ask(
            "1.6",
            {
                "Prepayment": {
                    "SuspendDebtDisabled": False,
                    "SuspendDebtEmergency": False,
                    "DisablementThreshold": 0,
                }
            },
        )
    )
    await stage.advance("2d")
    now = stage.truth("time_debt_1_mp")
    stage.expect(now == left - 2 * 50_000, "without suspension debt is taken while disabled", f"{left} to {now} mp")


CASES: tuple[Case, ...] = (
    Case(
        name="2.2/runs-out-and-comes-back",
        says="without credit the supply is disabled, a code arms it, and nobody far away closes it",
        clause=f"{RULES} D and F; annex G, V1",
        group=Group.PREPAYMENT,
        needs=_NEEDS,
        home=Home(payment="prepayment", balance_mp=230_000),
        act=_comes_back,
    ),
    Case(
        name="7.3/lack-of-credit-stands",
        says="a supplier's arming does not lift lack of credit",
        clause="functional reference 10.7, 7.3: other reasons still standing",
        group=Group.PREPAYMENT,
        needs=(Need("7.3"), Need("2.2")),
        home=LITTLE,
        only=lambda profile: "its arming overrides lack of credit" if profile.prepayment.arm_overrides_credit else "",
        act=_credit_is_a_cause,
        negative=True,
    ),
    Case(
        name="2.5/top-up-repays-first",
        says="a top-up repays emergency credit before it is credit",
        clause=f"{RULES} F; annex G, V2b",
        group=Group.PREPAYMENT,
        needs=(Need("2.5"), Need("2.2")),
        home=LITTLE,
        act=_repays_first,
    ),
    Case(
        name="2.1/friendly-days-keep-supply",
        says="in a non-disablement window supply stays without credit, and ends with the window",
        clause="functional reference 2.7; annex G, V5",
        group=Group.PREPAYMENT,
        needs=(Need("2.1"),),
        home=Home(payment="prepayment", balance_mp=30_000, at="2026-06-06T01:07:00Z"),
        only=full,
        act=_keeps_supply,
    ),
    Case(
        name="1.6/standing-charge-is-taken",
        says="a standing charge is taken each day in prepayment",
        clause=f"{RULES} A",
        group=Group.PREPAYMENT,
        needs=(Need("1.6"), Need("2.2"), Need("1.5")),
        home=Home(payment="prepayment"),
        act=_charges_daily,
    ),
    Case(
        name="1.6/credit-mode-lifts-lack-of-credit",
        says="a change to credit mode leaves no supply disabled for lack of credit",
        clause="functional reference 2.4 and 10.7, 1.6",
        group=Group.PREPAYMENT,
        needs=(Need("1.6"), Need("2.2")),
        home=LITTLE,
        act=_credit_mode_ends_it,
    ),
    Case(
        name="2.3/debt-while-disabled",
        says="time debt is taken while the supply is disabled, unless it is suspended",
        clause=f"{RULES} C; annex G, V6b",
        group=Group.PREPAYMENT,
        needs=(Need("2.3"), Need("1.6"), Need("2.2")),
        home=LITTLE,
        only=full,
        act=_debt_waits,
    ),
)
