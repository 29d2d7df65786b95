"""Balance and payment mode: 1.5 and 1.6 (functional reference 10.7)."""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.stage import Stage
from emulator.services.codes import Why
from emulator.services.row import Target

SHEET: Final = "functional reference 10.7"
PREPAID: Final = Home(payment="prepayment")
PREPAID_GAS: Final = Home(payment="prepayment", gas=True)
POUND_MP: Final = 100_000


# 1.5


async def _adjusts(stage: Stage, amount_mp: int, device: str = "esme") -> None:
    before = stage.truth("meter_balance_mp", device)
    stage.done(await stage.ask("1.5", {"PrepaymentMode": {"AdjustMeterBalance": amount_mp}}, device=device))
    moved = await stage.happened("BalanceAdjusted", device)
    stage.expect(len(moved) == 1, "the balance is adjusted once", moved)
    stage.expect(moved[0].by_mp == amount_mp, f"by {amount_mp} mp", moved[0])
    after = stage.truth("meter_balance_mp", device)
    used_mp = before + amount_mp - after
    most_mp = POUND_MP // 5 if device == "gsme" else POUND_MP // 100  # until a gas meter wakes, time goes on
    stage.expect(0 <= used_mp <= most_mp, f"the balance moves by {amount_mp} mp", f"{before} to {after} mp")


async def _adjusts_up(stage: Stage) -> None:
    await _adjusts(stage, 12_345)


async def _adjusts_down(stage: Stage) -> None:
    await _adjusts(stage, -700_001)


async def _adjusts_gas(stage: Stage) -> None:
    await _adjusts(stage, 4_321, "gsme")


async def _resets(stage: Stage) -> None:
    stage.done(await stage.ask("1.5", {"PrepaymentMode": {"ResetMeterBalance": {}}}))
    stage.expect(stage.truth("meter_balance_mp") == 0, "the balance is 0", stage.truth("meter_balance_mp"))


async def _other_mode(stage: Stage) -> None:
    before = stage.truth("meter_balance_mp")
    asked = await stage.ask("1.5", {"CreditMode": {"AdjustMeterBalance": 5_000}})
    stage.refused(asked, Why.CONFLICT_STATE)
    stage.expect(stage.truth("meter_balance_mp") == before, "the balance stays", stage.truth("meter_balance_mp"))


# 1.6


def _prepayment(threshold_mp: int = 0) -> dict[str, Any]:
    terms = {"SuspendDebtDisabled": True, "SuspendDebtEmergency": False, "DisablementThreshold": threshold_mp}
    return {"Prepayment": terms}


async def _to_prepayment(stage: Stage) -> None:
    supply = stage.truth("supply_state")
    stage.done(await stage.ask("1.6", _prepayment(-50_000)))
    told = {item: stage.truth(item) for item in ("payment_mode", "suspend_debt_disabled", "suspend_debt_emergency")}
    wanted = {"payment_mode": "prepayment", "suspend_debt_disabled": True, "suspend_debt_emergency": False}
    stage.expect(told == wanted, f"{wanted}", told)
    stage.expect(stage.truth("disablement_mp") == -50_000, "the threshold is -50000 mp", stage.truth("disablement_mp"))
    stage.expect(stage.truth("supply_state") == supply, "the change itself cuts no supply", stage.truth("supply_state"))
    stage.expect(await stage.happened("PaymentModeChanged"), "the journal tells of the change")


async def _to_credit(stage: Stage) -> None:
    stage.done(await stage.ask("1.6", {"Credit": {}}))
    stage.expect(stage.truth("payment_mode") == "credit", "credit mode runs", stage.truth("payment_mode"))


async def _same_mode(stage: Stage) -> None:
    stage.done(await stage.ask("1.6", _prepayment(-10_000)))
    stage.done(await stage.ask("1.6", _prepayment(-20_000)))
    stage.expect(stage.truth("disablement_mp") == -20_000, "its terms are refreshed", stage.truth("disablement_mp"))


async def _gas_to_credit(stage: Stage) -> None:
    stage.done(await stage.ask("1.6", {"Credit": {}}, device="gsme"))
    stage.expect(
        stage.truth("payment_mode", "gsme") == "credit", "credit mode runs", stage.truth("payment_mode", "gsme")
    )


async def _no_prepayment(stage: Stage) -> None:
    stage.refused(await stage.ask("1.6", _prepayment()), Why.NOT_SUPPORTED)
    stage.expect(stage.truth("payment_mode") == "credit", "credit mode goes on", stage.truth("payment_mode"))


CASES: tuple[Case, ...] = (
    Case(
        name="1.5/adds",
        says="a signed amount is added to the balance of the mode that runs",
        clause=f"{SHEET}, 1.5",
        group=Group.HAPPY,
        needs=(Need("1.5"),),
        home=PREPAID,
        act=_adjusts_up,
    ),
    Case(
        name="1.5/takes-away",
        says="a negative amount is taken from the balance, to the millipence",
        clause=f"{SHEET}, 1.5; service requests, section 3: i32 mp, signed",
        group=Group.UNITS,
        needs=(Need("1.5"),),
        home=PREPAID,
        act=_adjusts_down,
    ),
    Case(
        name="1.5/adds-at-gas",
        says="the gas meter's balance is its own",
        clause=f"{SHEET}, 1.5",
        group=Group.HAPPY,
        needs=(Need("1.5", Target.G),),
        home=PREPAID_GAS,
        act=_adjusts_gas,
    ),
    Case(
        name="1.5/resets",
        says="a reset sets the balance to zero",
        clause=f"{SHEET}, 1.5",
        group=Group.HAPPY,
        needs=(Need("1.5"),),
        home=PREPAID,
        act=_resets,
    ),
    Case(
        name="1.5/other-mode",
        says="a change for the mode that does not run is refused",
        clause=f"{SHEET}, 1.5: mode in request equals running mode",
        group=Group.UNITS,
        needs=(Need("1.5"),),
        home=PREPAID,
        act=_other_mode,
        negative=True,
    ),
    Case(
        name="1.6/to-prepayment",
        says="prepayment runs with the terms given, and the change itself cuts no supply",
        clause=f"{SHEET}, 1.6",
        group=Group.HAPPY,
        needs=(Need("1.6"), Need("2.2")),
        act=_to_prepayment,
    ),
    Case(
        name="1.6/to-credit",
        says="credit mode runs",
        clause=f"{SHEET}, 1.6",
        group=Group.HAPPY,
        needs=(Need("1.6"),),
        home=PREPAID,
        act=_to_credit,
    ),
    Case(
        name="1.6/same-mode-again",
        says="the same mode again is a success that refreshes its terms",
        clause=f"{SHEET}, 1.6",
        group=Group.ORDER,
        needs=(Need("1.6"), Need("2.2")),
        home=PREPAID,
        act=_same_mode,
    ),
    Case(
        name="1.6/gas-to-credit",
        says="a sleeping gas meter changes its mode when it wakes",
        clause=f"{SHEET}, 1.6; functional reference 3.8",
        group=Group.HAPPY,
        needs=(Need("1.6", Target.G),),
        home=PREPAID_GAS,
        act=_gas_to_credit,
    ),
    Case(
        name="1.6/no-prepayment",
        says="a family without prepayment refuses to run it",
        clause="device dossier 3.11: prepayment none",
        group=Group.NOT_OFFERED,
        needs=(Need("1.6"),),
        only=lambda profile: "it has prepayment" if profile.prepayment.offered else "",
        act=_no_prepayment,
        negative=True,
    ),
)
