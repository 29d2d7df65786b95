"""Billing: the calendar (6.8, 6.2.3) and the logs of its periods and of changes (4.4.2, 4.4.3) (reference 2.9, 2.10)."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.tariffs import at_time, gas
from emulator.conformance.counted import litres, stamps, whole
from emulator.conformance.short import INVALID, at_each, equal, refuses, row, same
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.household import Channel
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND, isoformat, parse
from emulator.services.row import Target

SHEET: Final = "functional reference 2.9, 2.10 and 10.7 (4.4, 6.8); service requests, section 5 (BILLCAL, BILL-SNAP)"
BOTH: Final = (Target.E, Target.G)
MONTH_END: Final = Home(at="2026-06-30T23:07:00Z")
LATE: Final = Home(at="2026-06-03T22:07:00Z")
CALENDARS: Final[Mapping[str, tuple[dict[str, Any], str]]] = {
    "daily": ({"BillingTime": "06:30:00Z", "Daily": {}}, "daily at 06:30"),
    "weekly": ({"BillingTime": "23:59:00Z", "Weekly": 7}, "weekly on weekday 7 at 23:59"),
    "monthly": ({"BillingTime": "00:00:00Z", "Monthly": 28}, "monthly on day 28 at 00:00"),
    "quarterly": (
        {"BillingTime": "01:00:00Z", "Quarterly": {"DayOfMonth": 2, "BillingPeriodStartMonth": 3}},
        "quarterly on day 2 from month 3 at 01:00",
    ),
    "six-monthly": (
        {"BillingTime": "01:00:00Z", "SixMonthly": {"DayOfMonth": 4, "BillingPeriodStartMonth": 5}},
        "six-monthly on day 4 from month 5 at 01:00",
    ),
    "yearly": (
        {"BillingTime": "01:00:00Z", "Yearly": {"DayOfMonth": 6, "BillingPeriodStartMonth": 7}},
        "yearly on day 6 of month 7 at 01:00",
    ),
}
GAS_CALENDARS: Final = (
    ("Daily", "2026-06-03T06:30:00Z", "daily at 06:30"),
    ("Weekly", "2026-05-31T23:59:00Z", "weekly on weekday 7 at 23:59"),
    ("Monthly", "2026-05-28T00:00:00Z", "monthly on day 28 at 00:00"),
    ("Quarterly", "2026-04-02T01:00:00Z", "quarterly on day 2 from month 4 at 01:00"),
    ("SixMonthly", "2026-05-04T01:00:00Z", "six-monthly on day 4 from month 5 at 01:00"),
    ("Yearly", "2025-07-06T01:00:00Z", "yearly on day 6 of month 7 at 01:00"),
)


def elec(at: str, **period: Any) -> dict[str, Any]:
    """Give the body of 6.8 for electricity."""
    return {"ElectricityBillingCalendar": {"BillingTime": f"{at}:00Z", **period}}


def of_gas(start: str, periodicity: str) -> dict[str, Any]:
    """Give the body of 6.8 for gas."""
    return {"GasBillingCalendar": {"BillingPeriodStart": start, "Periodicity": periodicity}}


async def bills(stage: Stage, variant: str, device: str, start: int, end: int) -> list[dict[str, Any]]:
    """Read the registers of a billing log between two instants. Raises Failed."""
    body = stage.done(await stage.ask(variant, doc.period(start, end), device=device)).body
    (fuel,) = body.values()
    names = {
        ("4.4.2", "esme"): "LogEntryConsumptionAndTariffRegistersData",
        ("4.4.3", "esme"): "ESMEBillingDataLogEntry",
        ("4.4.2", "gsme"): "LogEntryConsumptionRegister",
        ("4.4.3", "gsme"): "GSMEBillingDataLogEntry",
    }
    return list(fuel.get(names[variant, device], ()))


async def accounts(stage: Stage, variant: str, device: str, start: int, end: int) -> list[dict[str, Any]]:
    """Read the account of a billing log between two instants. Raises Failed."""
    body = stage.done(await stage.ask(variant, doc.period(start, end), device=device)).body
    (fuel,) = body.values()
    name = "LogEntryPrepaymentData"
    if variant == "4.4.3":
        name = f"{'ESME' if device == 'esme' else 'GSME'}BillingPrepaymentDataLogEntry"
    return list(fuel.get(name, ()))


def total(entry: dict[str, Any]) -> int:
    """Give the total of an entry in Wh or litres."""
    for name in ("ActiveImportRegisterConsumption", "ActiveImportRegisterValueConsumption", "ConsumptionRegister"):
        if name in entry:
            return litres(entry[name]) if isinstance(entry[name], str) else int(entry[name])
    return -1


def channel(device: str) -> Channel:
    """Give what the meter's total counts."""
    return Channel.IMPORT if device == "esme" else Channel.GAS


async def _each_calendar(stage: Stage, period: str) -> None:
    given, wanted = CALENDARS[period]
    stage.done(await stage.ask("6.8", {"ElectricityBillingCalendar": given}))
    equal(stage, "billing_calendar", wanted)
    told = stage.done(await stage.ask("6.2.3")).body["BillingCalendar"]
    same(stage, "the calendar", told, {"ElectricityBillingCalendar": given})


async def _each_gas_calendar(stage: Stage) -> None:
    for periodicity, start, wanted in GAS_CALENDARS:
        stage.done(await stage.ask("6.8", of_gas(start, periodicity), device="gsme"))
        equal(stage, "billing_calendar", wanted, "gsme")
        told = stage.done(await stage.ask("6.2.3", device="gsme")).body["BillingCalendar"]["GasBillingCalendar"]
        same(stage, "the periodicity", told["Periodicity"], periodicity)
        begun = parse(str(told["BillingPeriodStart"]))
        stage.expect(begun == parse(start), f"the period that runs began {start}", told)


async def _at_first(stage: Stage, device: str) -> None:
    told = stage.done(await stage.ask("6.2.3", device=device)).body["BillingCalendar"]
    equal(stage, "billing_calendar", "monthly on day 1 at 00:00", device)
    wanted: dict[str, Any] = {"ElectricityBillingCalendar": {"BillingTime": "00:00:00Z", "Monthly": 1}}
    if device == "gsme":
        wanted = of_gas("2026-06-01T00:00:00Z", "Monthly")
    same(stage, "the calendar", told, wanted)


async def _set_daily(stage: Stage, device: str, at: str = "06:30") -> None:
    body = elec(at, Daily={}) if device == "esme" else of_gas(f"2026-06-02T{at}:00Z", "Daily")
    stage.done(await stage.ask("6.8", body, device=device))


async def _ends_a_period(stage: Stage, device: str) -> None:
    await _set_daily(stage, device)
    since, at = stage.now, parse("2026-06-04T06:30:00Z")
    await at_time(stage, "2026-06-04T06:29:00Z")
    early = await bills(stage, "4.4.3", device, since, stage.now + DAY)
    stage.expect(not early, "before the instant there is no entry", early)
    await stage.advance("90m")
    (entry,) = await bills(stage, "4.4.3", device, since, stage.now + DAY)
    stage.expect(stamps([entry]) == [at], f"the entry has the stamp {isoformat(at)}", entry)
    held = whole(stage, channel(device), at)
    stage.expect(total(entry) == held, f"its total is that of the instant, {held}", entry)
    change = await bills(stage, "4.4.2", device, since, stage.now + DAY)
    stage.expect(not change, "the end of a period is no change of the tariff", change)
    matrix = entry["TariffTOURegisterMatrixValue"]
    first = litres(matrix[0]) if device == "gsme" else matrix[0]
    stage.expect(first == held, f"the first register had all of it, {held}", entry)


async def _week_and_month(stage: Stage) -> None:
    for at, body, before in (
        ("2026-06-04T00:30:00Z", elec("00:30", Weekly=4), "2026-06-04T00:29:00Z"),
        ("2026-06-05T01:00:00Z", elec("01:00", Monthly=5), "2026-06-05T00:59:00Z"),
    ):
        stage.done(await stage.ask("6.8", body))
        since = stage.now
        await at_time(stage, before)
        early = await bills(stage, "4.4.3", "esme", since, stage.now)
        stage.expect(not early, "before the day and the time there is no entry", early)
        await stage.advance("2m")
        told = await bills(stage, "4.4.3", "esme", since, stage.now)
        stage.expect(stamps(told) == [parse(at)], f"the period ends {at}", stamps(told))


async def _old_calendar(stage: Stage) -> None:
    await _set_daily(stage, "esme", "23:00")
    stage.done(await stage.ask("6.8", elec("23:30", Daily={})))
    since = stage.now
    await at_time(stage, "23:40")
    told = await bills(stage, "4.4.3", "esme", since, stage.now)
    stage.expect(
        stamps(told) == [stage.now // DAY * DAY + 23 * HOUR + 30 * MINUTE], "only the new one ends periods", told
    )
    change = await bills(stage, "4.4.2", "esme", since, stage.now)
    stage.expect(not change, "the old one's time makes no entry either", change)


async def _newest_bills(stage: Stage, device: str) -> None:
    own = stage.profile.metering if device == "esme" else stage.profile.gas_metering
    most = min(own.billing_entries, 12) if own is not None else 0
    months = [parse(f"{year}-{month:02}-01T00:00:00Z") for year in (2025, 2026) for month in range(1, 13)]
    before = stamps(await bills(stage, "4.4.3", device, 0, stage.now + DAY))
    wanted = [at for at in months if at <= stage.now][-most:]
    stage.expect(before == wanted, f"there are the newest {most}, oldest first", list(map(isoformat, before)))
    await stage.advance("2h")
    told = await bills(stage, "4.4.3", device, 0, stage.now + DAY)
    wanted = [at for at in months if at <= stage.now][-most:]
    stage.expect(stamps(told) == wanted, "the oldest gave way to the new one", [isoformat(at) for at in stamps(told)])
    held = [whole(stage, channel(device), at) for at in wanted]
    stage.expect(list(map(total, told)) == held, f"each has its own total: {held}", list(map(total, told)))


async def _edges(stage: Stage, device: str) -> None:
    held = stamps(await bills(stage, "4.4.3", device, stage.now - 400 * DAY, stage.now))
    stage.expect(len(held) > 2 and held == sorted(held), "there are periods of before, oldest first", held)
    one, two = held[-2:]
    for start, end, wanted in (
        (one, one, [one]),
        (one, two, [one, two]),
        (one + SECOND, two, [two]),
        (one, two - SECOND, [one]),
        (one + SECOND, two - SECOND, []),
    ):
        told = stamps(await bills(stage, "4.4.3", device, start, end))
        stage.expect(told == wanted, f"from {isoformat(start)} to {isoformat(end)} there is {wanted}", told)


async def _tariff_change(stage: Stage, device: str) -> None:
    since, before = stage.now, whole(stage, channel(device), stage.now)
    if device == "esme":
        stage.done(await stage.ask("1.1.1", doc.TWO_RATES))
    else:
        await gas(stage, doc.update(doc.gas_tariff(doc.gas_day(1, 1)), doc.gas_prices(9_600)))
    until, after = stage.now, whole(stage, channel(device), stage.now)
    (entry,) = await bills(stage, "4.4.2", device, since, stage.now + DAY)
    (at,) = stamps([entry])
    stage.expect(since <= at <= until, "the entry has the stamp of the change", entry)
    stage.expect(before <= total(entry) <= after, f"its total is that of the change, {before} to {after}", entry)
    periods = await bills(stage, "4.4.3", device, since, stage.now + DAY)
    stage.expect(not periods, "a change of the tariff ends no billing period", periods)


async def _before_the_swap(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.update(doc.tariff(doc.day(1, ("00:00", 2))), doc.prices(1, 2))))
    await stage.advance("3h")
    registers = stage.truth("tou_wh")
    stage.done(await stage.ask("1.1.1", doc.update(doc.tariff(doc.day(1, ("00:00", 3))), doc.prices(1, 2, 3))))
    await stage.advance("3h")
    entry = (await bills(stage, "4.4.2", "esme", stage.now - 4 * HOUR, stage.now))[-1]
    told = entry["TariffTOURegisterMatrixValue"]
    stage.expect(registers[1] > 0 and len(told) == len(registers), "register 2 counted until then", told)
    apart = [one - two for one, two in zip(told, registers, strict=True)]
    stage.expect(
        all(0 <= one <= 1 for one in apart), f"the registers are those of before the swap: {registers[:4]}", told
    )


async def _price_change(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.TWO_RATES))
    await stage.advance("1h")
    since = stage.now
    stage.done(await stage.ask("1.2.1", doc.prices(5, 6)))
    told = await bills(stage, "4.4.2", "esme", since, stage.now + DAY)
    stage.expect(len(told) == 1, "new prices make one entry", told)
    held = whole(stage, Channel.IMPORT, stage.now)
    stage.expect(held - 1 <= total(told[0]) <= held, f"its total is {held}", told)


async def _mode_change(stage: Stage, device: str) -> None:
    since, balance = stage.now, stage.truth("meter_balance_mp", device)
    stage.done(await stage.ask("1.6", {"Credit": {}}, device=device))
    stage.expect(stage.truth("payment_mode", device) == "credit", "the mode is credit")
    told = await bills(stage, "4.4.2", device, since, stage.now + DAY)
    stage.expect(len(told) == 1, "a change of mode makes one entry", told)
    (entry,) = await accounts(stage, "4.4.2", device, since, stage.now + DAY)
    stage.expect(stamps([entry]) == stamps(told), "registers and account have one stamp", (entry, told))
    got = entry["MeterBalance"]
    stage.expect(0 <= balance - got <= 10_000, f"the balance is that of before, {balance} mp or what was left", got)


async def _account_of_period(stage: Stage, device: str) -> None:
    await _set_daily(stage, device, "23:00")
    since = stage.now
    await at_time(stage, "22:59")
    high = stage.truth("meter_balance_mp", device)
    await stage.advance("31m")
    low = stage.truth("meter_balance_mp", device)
    told = await accounts(stage, "4.4.3", device, since, stage.now)
    stage.expect(stamps(told) == [stage.now // DAY * DAY + 23 * HOUR], "the account is kept at the instant", told)
    stage.expect(low <= told[0]["MeterBalance"] <= high, f"its balance is {low} to {high} mp", told)


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


def _row(name: str, says: str, act: Any, **more: Any) -> Case:
    target = more.get("target", Target.E)
    needs = tuple(Need(one, target) for one in more.pop("needs", ()))
    return row(name, says, act, clause=SHEET, needs=needs, **more)


def _each(name: str, says: str, act: Any, **more: Any) -> list[Case]:
    return at_each(name, says, act, *BOTH, clause=SHEET, **more)


PREPAID: Final = Home(payment="prepayment", balance_mp=5_000_000)
LOGS: Final = ("4.4.2", "4.4.3", "4.4.4", "4.4.5")

CASES: tuple[Case, ...] = (
    *(
        _row(
            f"6.8/{period}",
            "the calendar is held as given, and told so",
            partial(_each_calendar, period=period),
            group=Group.HAPPY,
            needs=("6.2.3",),
        )
        for period in CALENDARS
    ),
    _row(
        "6.8/each-periodicity-of-gas",
        "a gas calendar has its day and time from its start",
        _each_gas_calendar,
        target=Target.G,
        group=Group.HAPPY,
        needs=("6.2.3",),
    ),
    *_each("6.2.3/calendar-as-held", "the calendar is told as the meter holds it", _at_first, group=Group.HAPPY),
    *_each(
        "6.8/ends-a-period",
        "a period ends at its instant, and the registers of it are kept",
        _ends_a_period,
        needs=("4.4.3", "4.4.2"),
    ),
    _row(
        "6.8/week-and-month",
        "periods end on their weekday and their day of the month",
        _week_and_month,
        needs=("4.4.3",),
        home=LATE,
    ),
    _row(
        "6.8/old-calendar-ends-nothing",
        "a calendar that was replaced ends no period",
        _old_calendar,
        needs=("4.4.3", "4.4.2"),
        home=LATE,
    ),
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
    *_each(
        "4.4.3/newest-kept",
        "of more than 12, or than the meter keeps, there are the newest",
        _newest_bills,
        home=MONTH_END,
    ),
    *_each("4.4.3/both-ends-included", "a period has both its ends, to the second", _edges, group=Group.HAPPY),
    *_each(
        "4.4.3/account-of-the-period",
        "the account of the instant is kept",
        _account_of_period,
        needs=("6.8",),
        home=Home(payment="prepayment", balance_mp=5_000_000, at="2026-06-03T22:07:00Z"),
    ),
    *_each(
        "4.4.2/tariff-change",
        "a new tariff makes an entry, and ends no period",
        _tariff_change,
        group=Group.HAPPY,
        needs=("1.1.1", "4.4.3"),
    ),
    _row(
        "4.4.2/registers-before-the-swap",
        "its registers are those of before the swap",
        _before_the_swap,
        needs=("1.1.1",),
    ),
    _row("4.4.2/price-change", "new prices make an entry", _price_change, needs=("1.1.1", "1.2.1")),
    *_each(
        "4.4.2/mode-change",
        "a change of mode makes an entry, of registers and account",
        _mode_change,
        needs=("1.6",),
        home=PREPAID,
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
)
