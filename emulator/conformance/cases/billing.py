"""Billing: the calendar (6.8, 6.2.3), and the logs of its periods and of changes (4.4.3, 4.4.2) (reference 2.9)."""

from typing import Any, Final

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.tariffs import at_time, gas
from emulator.conformance.counted import litres, stamps, whole
from emulator.conformance.short import at_each, equal, row, same
from emulator.conformance.stage import Stage
from emulator.device.household import Channel
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND, isoformat, parse
from emulator.services.row import Target

SHEET: Final = "functional reference 2.9, 2.10 and 10.7 (4.4, 6.8); service requests, section 5 (BILLCAL, BILL-SNAP)"
BOTH: Final = (Target.E, Target.G)
MONTH_END: Final = Home(at="2026-06-30T23:07:00Z")
LATE: Final = Home(at="2026-06-03T22:07:00Z")
CALENDARS: Final[tuple[tuple[dict[str, Any], str], ...]] = (
    ({"BillingTime": "06:30:00Z", "Daily": {}}, "daily at 06:30"),
    ({"BillingTime": "23:59:00Z", "Weekly": 7}, "weekly on weekday 7 at 23:59"),
    ({"BillingTime": "00:00:00Z", "Monthly": 28}, "monthly on day 28 at 00:00"),
    (
        {"BillingTime": "01:00:00Z", "Quarterly": {"DayOfMonth": 2, "BillingPeriodStartMonth": 3}},
        "quarterly on day 2 from month 3 at 01:00",
    ),
    (
        {"BillingTime": "01:00:00Z", "SixMonthly": {"DayOfMonth": 4, "BillingPeriodStartMonth": 5}},
        "six-monthly on day 4 from month 5 at 01:00",
    ),
    (
        {"BillingTime": "01:00:00Z", "Yearly": {"DayOfMonth": 6, "BillingPeriodStartMonth": 7}},
        "yearly on day 6 of month 7 at 01:00",
    ),
)
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


async def _each_calendar(stage: Stage) -> None:
    for given, wanted in CALENDARS:
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
    least = stage.truth("tou_wh")
    stage.done(await stage.ask("1.1.1", doc.update(doc.tariff(doc.day(1, ("00:00", 3))), doc.prices(1, 2, 3))))
    most = stage.truth("tou_wh")
    await stage.advance("3h")
    entry = (await bills(stage, "4.4.2", "esme", stage.now - 4 * HOUR, stage.now))[-1]
    told = entry["TariffTOURegisterMatrixValue"]
    stage.expect(least[1] > 0 and len(told) == len(least), "register 2 counted until then", told)
    held = all(low <= one <= high for low, one, high in zip(least, told, most, strict=True))
    stage.expect(held and not told[2], f"the registers are those of the swap: {least[:3]} to {most[:3]}", told)


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


def _row(name: str, says: str, act: Any, **more: Any) -> Case:
    target = more.get("target", Target.E)
    needs = tuple(Need(one, target) for one in more.pop("needs", ()))
    return row(name, says, act, clause=SHEET, needs=needs, **more)


def _each(name: str, says: str, act: Any, **more: Any) -> list[Case]:
    return at_each(name, says, act, *BOTH, clause=SHEET, **more)


PREPAID: Final = Home(payment="prepayment", balance_mp=5_000_000)

CASES: tuple[Case, ...] = (
    _row(
        "6.8/each-period",
        "each calendar is held as given, and told so",
        _each_calendar,
        group=Group.HAPPY,
        needs=("6.2.3",),
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
)
