"""Prepayment configuration and codes: 2.1 and 2.2 (functional reference 2.5, 2.6 and 10.7)."""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.stage import Stage
from emulator.services.codes import Why
from emulator.services.row import Target

SHEET: Final = "functional reference 10.7"
CODES: Final = "functional reference 2.6 F and G"
PREPAID: Final = Home(payment="prepayment")
PREPAID_GAS: Final = Home(payment="prepayment", gas=True)
POUND_MP: Final = 100_000
TEN_POUNDS_MP: Final = 1_000_000
_ALWAYS: Final = {
    "ElectricitySpecialDays": [],
    "ElectricityNonDisablementSchedule": [
        {
            "NonDisablementScript": script,
            "SpecialDaysApplicability": [],
            "DaysOfWeekApplicability": [{"DayOfWeekID": day} for day in ("Saturday", "Sunday")],
            "ScheduleDatesAndTime": {"SwitchTime": at, "StartDate": "65535-01-01Z", "EndDate": "65535-12-31Z"},
        }
        for script, at in (("START", "00:00:00Z"), ("STOP", "23:30:00Z"))
    ],
}
_GAS_ALWAYS: Final = {
    "DayProfiles": [
        {"TimeStartAction": [{"StartTime": "00:00:00Z", "NonDisablementAction": "STOP"}], "GasDayName": 1},
        {"TimeStartAction": [{"StartTime": "00:00:00Z", "NonDisablementAction": "START"}], "GasDayName": 2},
    ],
    "WeekProfiles": [{"WeekName": 1, "ReferencedDayName": [1, 1, 1, 1, 1, 2, 2]}],
    "SeasonProfiles": [
        {
            "SeasonStartDate": {
                "GasYearWithWildcards": {"NonSpecifiedYear": {}},
                "GasMonthWithWildcards": {"SpecifiedMonth": 1},
                "GasDayOfMonthWithWildcards": {"SpecifiedDayOfMonth": 1},
                "GasDayOfWeekWithWildcards": {"NonSpecifiedDayOfWeek": {}},
            },
            "ReferencedWeekName": 1,
        }
    ],
    "SpecialDays": [],
}
_LIMITS: Final = {
    "EmergencyCreditLimit": 300_000,
    "EmergencyCreditThreshold": 150_000,
    "LowCreditThreshold": 250_000,
    "MaxMeterBalance": 50_000_000,
    "MaxCreditThreshold": 10_000_000,
}


def calendar() -> dict[str, Any]:
    """Give a non-disablement calendar of whole Saturdays and Sundays."""
    return _ALWAYS


# 2.1


async def _configures(stage: Stage) -> None:
    body = {"DebtRecoveryRateCap": 5, "ElectricityNonDisablementCalendar": _ALWAYS, **_LIMITS}
    stage.done(await stage.ask("2.1", {"UpdatePrepayConfigElectricity": body}))
    _holds_limits(stage, "esme", 5 * POUND_MP)
    if stage.profile.prepayment.full:
        stage.expect(
            not stage.truth("non_disablement"), "on a Wednesday it may disable", stage.truth("non_disablement")
        )
        await stage.advance("3d")  # 2026-06-03 is a Wednesday: a Saturday
        stage.expect(stage.truth("non_disablement"), "on a Saturday it may not", stage.truth("non_disablement"))


async def _configures_gas(stage: Stage) -> None:
    body = {"DebtRecoveryRateCap": 500_000, "GasNonDisablementCalendar": _GAS_ALWAYS, **_LIMITS}
    stage.done(await stage.ask("2.1", {"UpdatePrepayConfigGas": body}, device="gsme"))
    _holds_limits(stage, "gsme", 500_000)
    if stage.profile.prepayment.full:
        await stage.advance("3d")
        stage.expect(stage.truth("non_disablement", "gsme"), "on a Saturday it may not disable")


def _holds_limits(stage: Stage, device: str, cap_mp: int) -> None:
    items = ("emergency_limit_mp", "emergency_threshold_mp", "low_credit_mp", "max_balance_mp", "max_credit_mp")
    told = tuple(stage.truth(item, device) for item in items)
    stage.expect(told == tuple(_LIMITS.values()), f"{tuple(_LIMITS.values())} mp", told)
    stage.expect(
        stage.truth("debt_cap_mp", device) == cap_mp, f"a cap of {cap_mp} mp", stage.truth("debt_cap_mp", device)
    )


async def _wrong_fuel(stage: Stage) -> None:
    before = stage.truth("low_credit_mp")
    body = {"DebtRecoveryRateCap": 1, "GasNonDisablementCalendar": _GAS_ALWAYS, **_LIMITS}
    stage.refused(await stage.ask("2.1", {"UpdatePrepayConfigGas": body}), Why.INVALID_VALUE)
    stage.expect(stage.truth("low_credit_mp") == before, "nothing changes", stage.truth("low_credit_mp"))


# 2.2


async def _tops_up(stage: Stage, device: str = "esme") -> None:
    before = stage.truth("meter_balance_mp", device)
    stage.done(await stage.ask("2.2", {"UTRN": stage.vend(TEN_POUNDS_MP, device)}, device=device))
    added = await stage.happened("CreditAdded", device)
    stage.expect(len(added) == 1 and added[0].value_mp == TEN_POUNDS_MP, "ten pounds are added once", added)
    gained = stage.truth("meter_balance_mp", device) - before
    stage.expect(
        0 <= TEN_POUNDS_MP - gained < POUND_MP // 5, "the balance grows by it, less what was used", f"{gained} mp"
    )


async def _tops_up_electricity(stage: Stage) -> None:
    await _tops_up(stage)


async def _tops_up_gas(stage: Stage) -> None:
    await _tops_up(stage, "gsme")


async def _twice(stage: Stage) -> None:
    code = stage.vend(TEN_POUNDS_MP)
    stage.done(await stage.ask("2.2", {"UTRN": code}))
    after = stage.truth("meter_balance_mp")
    stage.refused(await stage.ask("2.2", {"UTRN": code}), Why.DUPLICATE)
    stage.expect(stage.truth("meter_balance_mp") <= after, "nothing is added again", stage.truth("meter_balance_mp"))
    stage.expect(len(await stage.happened("CreditAdded")) == 1, "one credit is recorded")


async def _misread(stage: Stage) -> None:
    code = stage.vend(TEN_POUNDS_MP)
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    before = stage.truth("meter_balance_mp")
    stage.refused(await stage.ask("2.2", {"UTRN": wrong}), Why.NOT_AUTHENTIC, Why.INVALID_VALUE)
    stage.expect(stage.truth("meter_balance_mp") <= before, "nothing is added", stage.truth("meter_balance_mp"))


async def _anothers(stage: Stage) -> None:
    code = stage.vend(TEN_POUNDS_MP, "gsme")
    stage.refused(await stage.ask("2.2", {"UTRN": code}), Why.WRONG_DEVICE, Why.NOT_AUTHENTIC)
    stage.expect(not await stage.happened("CreditAdded"), "nothing is added")


async def _in_credit_mode(stage: Stage) -> None:
    stage.refused(await stage.ask("2.2", {"UTRN": stage.vend(TEN_POUNDS_MP)}))
    stage.expect(not await stage.happened("CreditAdded"), "nothing is added")


async def _too_much(stage: Stage) -> None:
    body = {"DebtRecoveryRateCap": 0, "ElectricityNonDisablementCalendar": _ALWAYS, **_LIMITS}
    body["MaxCreditThreshold"] = TEN_POUNDS_MP - 1
    stage.done(await stage.ask("2.1", {"UpdatePrepayConfigElectricity": body}))
    stage.refused(await stage.ask("2.2", {"UTRN": stage.vend(TEN_POUNDS_MP)}), Why.LIMIT_EXCEEDED)
    stage.expect(not await stage.happened("CreditAdded"), "nothing is added")


CASES: tuple[Case, ...] = (
    Case(
        name="2.1/replaces-all",
        says="limits, thresholds, cap and friendly calendar are what the request says",
        clause=f"{SHEET}, 2.1; service requests, section 5 (PREPAY-E)",
        group=Group.HAPPY,
        needs=(Need("2.1"),),
        home=PREPAID,
        act=_configures,
    ),
    Case(
        name="2.1/replaces-all-at-gas",
        says="limits, thresholds, cap and friendly calendar are what the request says",
        clause=f"{SHEET}, 2.1; service requests, section 5 (PREPAY-G)",
        group=Group.HAPPY,
        needs=(Need("2.1", Target.G),),
        home=PREPAID_GAS,
        act=_configures_gas,
    ),
    Case(
        name="2.1/gas-form-at-electricity",
        says="a gas configuration for an electricity meter is refused",
        clause=f"{SHEET}, 2.1",
        group=Group.UNITS,
        needs=(Need("2.1"),),
        home=PREPAID,
        act=_wrong_fuel,
        negative=True,
    ),
    Case(
        name="2.2/adds-credit",
        says="a valid code is credited once, with its value",
        clause=CODES,
        group=Group.HAPPY,
        needs=(Need("2.2"),),
        home=PREPAID,
        act=_tops_up_electricity,
    ),
    Case(
        name="2.2/adds-credit-at-gas",
        says="a valid code is credited once, with its value, when the gas meter wakes",
        clause=f"{CODES}; 3.8",
        group=Group.HAPPY,
        needs=(Need("2.2", Target.G),),
        home=PREPAID_GAS,
        act=_tops_up_gas,
    ),
    Case(
        name="2.2/duplicate-utrn",
        says="a code that was taken is refused, and adds nothing",
        clause=CODES,
        group=Group.ORDER,
        needs=(Need("2.2"),),
        home=PREPAID,
        act=_twice,
        negative=True,
    ),
    Case(
        name="2.2/wrong-check-digit",
        says="a code with a wrong digit is refused, and adds nothing",
        clause=CODES,
        group=Group.PREPAYMENT,
        needs=(Need("2.2"),),
        home=PREPAID,
        act=_misread,
        negative=True,
    ),
    Case(
        name="2.2/for-another-device",
        says="a code made for the gas meter is refused by the electricity meter",
        clause=CODES,
        group=Group.PREPAYMENT,
        needs=(Need("2.2"), Need("2.2", Target.G)),
        home=PREPAID_GAS,
        act=_anothers,
        negative=True,
    ),
    Case(
        name="2.2/in-credit-mode",
        says="in credit mode a code to add credit is refused",
        clause=f"{SHEET}, 2.2: credit mode",
        group=Group.PREPAYMENT,
        needs=(Need("2.2"),),
        act=_in_credit_mode,
        negative=True,
    ),
    Case(
        name="2.2/above-greatest-credit",
        says="a code above the greatest credit is refused",
        clause=CODES,
        group=Group.PREPAYMENT,
        needs=(Need("2.2"), Need("2.1")),
        home=PREPAID,
        act=_too_much,
        negative=True,
    ),
)
