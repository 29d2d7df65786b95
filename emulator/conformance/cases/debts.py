"""Debt and emergency credit: 2.3 and 2.5 (functional reference 2.6 and 10.7)."""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.stage import Stage
from emulator.device.profile import Profile
from emulator.services.codes import Why
from emulator.services.row import Target

SHEET: Final = "functional reference 10.7"
DEBT: Final = "functional reference 2.6 and 10.7 (2.3)"
PREPAID: Final = Home(payment="prepayment")
PREPAID_GAS: Final = Home(payment="prepayment", gas=True)
TEN_POUNDS_MP: Final = 1_000_000
_POOR: Final = Home(payment="prepayment", balance_mp=50_000)
_POOR_GAS: Final = Home(payment="prepayment", balance_mp=50_000, gas=True)


def full(profile: Profile) -> str:
    """Say why a family is not meant by what needs debts by time and a friendly calendar."""
    return "" if profile.prepayment.full else "its prepayment is in part: no debt by time, no friendly calendar"


def in_part(profile: Profile) -> str:
    """Say why a family is not meant by what only one in part refuses."""
    return "its prepayment is full" if profile.prepayment.full else ""


def debts(first: int = 0, second: int = 0, payment: int = 0, share: int = 0, **more: Any) -> dict[str, Any]:
    """Make the body of 2.3 for electricity: rates of a pound and of nothing a day, unless it is said otherwise."""
    rate = {"DebtRecoveryRate": more.pop("rate", 1), "DebtRecoveryRatePriceScale": more.pop("scale", 0)}
    period = {"DebtRecoveryRatePeriod": more.pop("period", "DAILY")}
    return {
        "TimeDebtRegister1": first,
        "TimeDebtRegister2": second,
        "PaymentDebtRegister": payment,
        "DebtRecoveryPerPayment": share,
        "ElecDebtRecovery1": {**rate, **period},
        "ElecDebtRecovery2": {
            "DebtRecoveryRate": 0,
            "DebtRecoveryRatePriceScale": 0,
            "DebtRecoveryRatePeriod": "DAILY",
        },
        **more,
    }


def gas_debts(first: int = 0, payment: int = 0, share: int = 0, rate: int = 0) -> dict[str, Any]:
    """Make the body of 2.3 for gas."""
    return {
        "TimeDebtRegister1": first,
        "TimeDebtRegister2": 0,
        "PaymentDebtRegister": payment,
        "DebtRecoveryPerPayment": share,
        "GasDebtRecovery1": {"DebtRecoveryRate": rate, "DebtRecoveryRatePeriod": "DAILY"},
        "GasDebtRecovery2": {"DebtRecoveryRate": 0, "DebtRecoveryRatePeriod": "DAILY"},
    }


# 2.3


async def _owes(stage: Stage) -> None:
    stage.done(await stage.ask("2.3", debts(700_000, 0, 300_000, 1_200, rate=25, scale=-2)))
    told = {
        item: stage.truth(item) for item in ("time_debt_1_mp", "payment_debt_mp", "debt_rate_1_mp", "payment_share")
    }
    wanted = {"time_debt_1_mp": 700_000, "payment_debt_mp": 300_000, "debt_rate_1_mp": 25_000, "payment_share": 1_200}
    stage.expect(told == wanted, f"{wanted}", told)
    stage.done(await stage.ask("2.3", debts(-200_000, 0, -100_000, 1_200, rate=25, scale=-2)))
    left = (stage.truth("time_debt_1_mp"), stage.truth("payment_debt_mp"))
    stage.expect(left == (500_000, 200_000), "signed amounts are added", left)


async def _recovers_daily(stage: Stage) -> None:
    stage.done(await stage.ask("2.3", debts(700_000, rate=25, scale=-2)))
    await stage.advance("3d")
    left = stage.truth("time_debt_1_mp")
    stage.expect(left == 700_000 - 3 * 25_000, "25 p are taken on each of three days", left)


async def _pays_by_top_up(stage: Stage) -> None:
    stage.done(await stage.ask("2.3", debts(payment=1_501_000, share=1_200, rate=0)))
    stage.done(await stage.ask("2.2", {"UTRN": stage.vend(2 * TEN_POUNDS_MP)}))
    left = stage.truth("payment_debt_mp")
    stage.expect(left == 1_501_000 - 240_000, "12 % of twenty pounds pay the debt (vector V3)", left)


async def _gas_owes(stage: Stage) -> None:
    stage.done(await stage.ask("2.3", gas_debts(payment=300_000, share=2_500), device="gsme"))
    told = (stage.truth("payment_debt_mp", "gsme"), stage.truth("payment_share", "gsme"))
    stage.expect(told == (300_000, 2_500), "(300000 mp, 25 %)", told)


async def _no_half_millipence(stage: Stage) -> None:
    stage.refused(await stage.ask("2.3", debts(rate=1, scale=-6)), Why.INVALID_VALUE)
    stage.expect(not await stage.happened("DebtAdjusted"), "nothing reaches the meter")


async def _no_time_debt(stage: Stage) -> None:
    stage.refused(await stage.ask("2.3", debts(100_000)), Why.NOT_SUPPORTED)
    stage.expect(stage.truth("time_debt_1_mp") in {0, None}, "no debt is put on", stage.truth("time_debt_1_mp"))


# 2.5


async def _lends(stage: Stage) -> None:
    stage.done(await stage.ask("2.5"))
    lent = stage.truth("emergency_credit_mp")
    stage.expect(lent == stage.truth("emergency_limit_mp"), "the whole limit is lent", lent)


async def _lends_once(stage: Stage) -> None:
    stage.done(await stage.ask("2.5"))
    lent = stage.truth("emergency_credit_mp")
    stage.done(await stage.ask("2.5"))
    stage.expect(stage.truth("emergency_credit_mp") == lent, "it is lent once", stage.truth("emergency_credit_mp"))
    stage.expect(len(await stage.happened("EmergencyActivated")) == 1, "it was activated once")


async def _lends_gas(stage: Stage) -> None:
    stage.done(await stage.ask("2.5", device="gsme"))
    lent = stage.truth("emergency_credit_mp", "gsme")
    stage.expect(lent == stage.truth("emergency_limit_mp", "gsme"), "the whole limit is lent", lent)


async def _has_enough(stage: Stage) -> None:
    stage.refused(await stage.ask("2.5"))
    stage.expect(stage.truth("emergency_credit_mp") == 0, "nothing is lent", stage.truth("emergency_credit_mp"))


CASES: tuple[Case, ...] = (
    Case(
        name="2.3/adds-signed-amounts",
        says="signed amounts are added to the debts, rates and share are replaced, scale and all",
        clause=DEBT,
        group=Group.HAPPY,
        needs=(Need("2.3"),),
        home=PREPAID,
        only=full,
        act=_owes,
    ),
    Case(
        name="2.3/recovers-daily",
        says="a daily rate is taken once a day",
        clause=DEBT,
        group=Group.PREPAYMENT,
        needs=(Need("2.3"),),
        home=Home(payment="prepayment", balance_mp=5_000_000),
        only=full,
        act=_recovers_daily,
    ),
    Case(
        name="2.3/share-of-top-up",
        says="the share of a top-up pays the payment debt first",
        clause="functional reference 2.6 F and annex G, V3",
        group=Group.PREPAYMENT,
        needs=(Need("2.3"), Need("2.2")),
        home=PREPAID,
        act=_pays_by_top_up,
    ),
    Case(
        name="2.3/gas-payment-debt",
        says="the gas meter's payment debt and share are set when it wakes",
        clause=DEBT,
        group=Group.HAPPY,
        needs=(Need("2.3", Target.G),),
        home=PREPAID_GAS,
        act=_gas_owes,
    ),
    Case(
        name="2.3/no-part-of-a-millipence",
        says="a rate that is no whole millipence is refused, not rounded",
        clause="service requests, section 5 (DEBT): i16 x 10^scale",
        group=Group.UNITS,
        needs=(Need("2.3"),),
        home=PREPAID,
        act=_no_half_millipence,
        negative=True,
    ),
    Case(
        name="2.3/no-debt-by-time",
        says="a family that recovers no debt by time refuses one",
        clause="device dossier 3.11: time debts",
        group=Group.NOT_OFFERED,
        needs=(Need("2.3"),),
        home=PREPAID,
        only=in_part,
        act=_no_time_debt,
        negative=True,
    ),
    Case(
        name="2.5/lends-the-limit",
        says="emergency credit lends the whole limit",
        clause=f"{SHEET}, 2.5; functional reference 2.6 E",
        group=Group.HAPPY,
        needs=(Need("2.5"),),
        home=_POOR,
        act=_lends,
    ),
    Case(
        name="2.5/lends-at-gas",
        says="emergency credit lends the whole limit when the gas meter wakes",
        clause=f"{SHEET}, 2.5; functional reference 2.6 E",
        group=Group.HAPPY,
        needs=(Need("2.5", Target.G),),
        home=_POOR_GAS,
        act=_lends_gas,
    ),
    Case(
        name="2.5/already-active",
        says="active after the command is a success, even if it was before; nothing is lent twice",
        clause="functional reference 10.5: 2.5 special",
        group=Group.ORDER,
        needs=(Need("2.5"),),
        home=_POOR,
        act=_lends_once,
    ),
    Case(
        name="2.5/credit-left",
        says="with credit above the threshold nothing is lent, and that is a failure",
        clause=f"{SHEET}, 2.5: result not active afterwards",
        group=Group.PREPAYMENT,
        needs=(Need("2.5"),),
        home=PREPAID,
        act=_has_enough,
        negative=True,
    ),
)
