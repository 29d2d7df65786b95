"""Calendars and periods that are refused, and logs that have nothing (functional reference 2.9, 2.10 and 10.7)."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Need
from emulator.conformance.cases.billing import BOTH, SHEET, bills, elec, of_gas
from emulator.conformance.counted import stamps
from emulator.conformance.short import INVALID, at_each, refuses, row
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.instant import DAY, HOUR, SECOND
from emulator.services.row import Target


async def _no_period(stage: Stage, variant: str, device: str) -> None:
    good = doc.period(stage.now - DAY, stage.now)["ReadLogPeriod"]
    wrong = {
        "an end before its start": doc.period(stage.now, stage.now - SECOND),
        "no period": {},
        "no end": {"ReadLogPeriod": {"StartDateTime": good["StartDateTime"]}},
    }
    async with untouched(stage):
        for label, body in wrong.items():
            asked = await stage.ask(variant, body, device=device)
            stage.expect(not asked.ok, f"{variant} with {label} is refused", asked.code)
            stage.refused(asked, *INVALID)


async def _empty(stage: Stage, variant: str, device: str) -> None:
    for start in (stage.now + DAY, 0):
        told = await bills(stage, variant, device, start, start + HOUR)
        stage.expect(not told, "a period without entries is success without entries", told)


async def _refused_makes_none(stage: Stage) -> None:
    since = stage.now
    bad = doc.update(doc.tariff(doc.day(1, ("00:00", 2))), doc.prices(1))
    stage.refused(await stage.ask("1.1.1", bad), *INVALID)
    stage.refused(await stage.ask("1.2.1", doc.prices(1, scale=-6)), *INVALID)
    told = await bills(stage, "4.4.2", "esme", since - SECOND, stage.now + DAY)
    stage.expect(not told, "what was refused makes no entry", told)


async def _old_one_goes_on(stage: Stage) -> None:
    stage.done(await stage.ask("6.8", elec("11:00", Daily={})))
    since = stage.now
    for wrong in (elec("10:30", Monthly=31), elec("10:30", Weekly=8), of_gas("2026-06-03T10:30:00Z", "Daily")):
        stage.refused(await stage.ask("6.8", wrong), *INVALID)
    await stage.advance("1h")
    told = await bills(stage, "4.4.3", "esme", since, stage.now)
    at = stage.now // DAY * DAY + 11 * HOUR
    stage.expect(stamps(told) == [at], "the calendar that runs still ends its periods, and no other", stamps(told))


_MONTHS: Final = {"DayOfMonth": 29, "BillingPeriodStartMonth": 1}
WRONG: Final[Mapping[str, Any]] = {
    **{f"day {day} of the month": elec("00:00", Monthly=day) for day in (0, 29, 30, 31)},
    "day 29 of a quarter": elec("00:00", Quarterly=_MONTHS),
    "day 29 of half a year": elec("00:00", SixMonthly=_MONTHS),
    "day 29 of a year": elec("00:00", Yearly=_MONTHS),
    "month 13": elec("00:00", Yearly={"DayOfMonth": 1, "BillingPeriodStartMonth": 13}),
    "month 0": elec("00:00", Quarterly={"DayOfMonth": 1, "BillingPeriodStartMonth": 0}),
    "weekday 0": elec("00:00", Weekly=0),
    "weekday 8": elec("00:00", Weekly=8),
}
SHAPES: Final[Mapping[str, Any]] = {
    "two periods": elec("00:00", Daily={}, Weekly=1),
    "no period": elec("00:00"),
    "no time": {"ElectricityBillingCalendar": {"Daily": {}}},
    "24:00": elec("24:00", Daily={}),
    "a time with seconds": {"ElectricityBillingCalendar": {"BillingTime": "00:00:30Z", "Daily": {}}},
    "nothing": {},
    "both fuels": {**elec("00:00", Daily={}), **of_gas("2026-06-01T00:00:00Z", "Daily")},
}
WRONG_GAS: Final[Mapping[str, Any]] = {
    "a start on the 31st": of_gas("2026-05-31T00:00:00Z", "Monthly"),
    "a start on the 29th": of_gas("2026-05-29T00:00:00Z", "Yearly"),
    "fortnights": of_gas("2026-06-01T00:00:00Z", "Fortnightly"),
}
SHAPES_GAS: Final[Mapping[str, Any]] = {
    "the calendar of electricity": elec("00:00", Daily={}),
    "no start": {"GasBillingCalendar": {"Periodicity": "Daily"}},
    "no date": of_gas("2026-02-30T00:00:00Z", "Daily"),
}
LOGS: Final = ("4.4.2", "4.4.3", "4.4.4", "4.4.5")


def _row(name: str, says: str, act: Any, **more: Any) -> Case:
    target = more.get("target", Target.E)
    needs = tuple(Need(one, target) for one in more.pop("needs", ()))
    return row(name, says, act, clause=SHEET, needs=needs, **more)


def _each(name: str, says: str, act: Any, **more: Any) -> list[Case]:
    return at_each(name, says, act, *BOTH, clause=SHEET, **more)


CASES: tuple[Case, ...] = (
    refuses("6.8/no-such-day", "days are 1 to 28, weekdays 1 to 7, months 1 to 12", WRONG, clause=SHEET),
    refuses("6.8/no-calendar", "a calendar has one period and one time, and is for this fuel", SHAPES, clause=SHEET),
    refuses(
        "6.8/gas-for-electricity",
        "a gas calendar is not for an electricity meter",
        {"gas": of_gas("2026-06-01T00:00:00Z", "Daily")},
        clause=SHEET,
    ),
    refuses("6.8/no-such-day-gas", "no gas period ends on a 29th to 31st", WRONG_GAS, clause=SHEET, target=Target.G),
    refuses(
        "6.8/no-calendar-gas", "a gas calendar has a start and a period", SHAPES_GAS, clause=SHEET, target=Target.G
    ),
    _row(
        "4.4.2/refused-makes-none",
        "what was refused makes no entry",
        _refused_makes_none,
        needs=("1.1.1", "1.2.1"),
        negative=True,
    ),
    *(
        case
        for variant in ("4.4.2", "4.4.3")
        for case in _each(
            f"{variant}/nothing-is-an-answer",
            "a period without entries is success without entries",
            partial(_empty, variant=variant),
        )
    ),
    *(
        case
        for variant in LOGS
        for case in _each(
            f"{variant}/no-period",
            "a period that ends before it starts, or is none, is refused",
            partial(_no_period, variant=variant),
            negative=True,
        )
    ),
    _row(
        "6.8/refused-then-the-old-one",
        "after a refusal the calendar that runs still ends its periods",
        _old_one_goes_on,
        needs=("4.4.3",),
        negative=True,
    ),
)
