"""The tariff: 1.1.1 is taken whole, and the meter counts by it from then on (functional reference 2.3, 3.1, 10.7)."""

from typing import Any, Final

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.counted import moved
from emulator.conformance.short import blocks, columns, equal, gas_blocks, gas_registers, row, same
from emulator.conformance.stage import Stage
from emulator.device.household import Channel
from emulator.device.instant import DAY, HOUR, MINUTE, parse
from emulator.services.row import Target

SHEET: Final = "functional reference 2.3 and 10.7 (1.1); service requests, section 5 (TARIFF-E)"
GAS_SHEET: Final = "functional reference 3.1 and 10.7 (1.1); service requests, section 5 (TARIFF-G)"
FRIDAY: Final = Home(at="2026-06-05T22:37:00Z")
COMPUTED: Final = 2
"""Registers are cut to whole units: of a difference of two, so much may be lost."""


async def at_time(stage: Stage, text: str) -> None:
    """Move the clock to an instant of the stage's day, or of a day named."""
    day = stage.now // DAY * DAY
    to = parse(text) if "T" in text else day + int(text[:2]) * HOUR + int(text[3:5]) * MINUTE
    await stage.advance(to - stage.now)


async def taken_at(stage: Stage, device: str = "esme") -> int:
    """Give the instant of the last change of a meter's tariff, by its journal: a request takes time. Raises Failed."""
    told = [
        one.at for one in await stage.journal() if type(one.what).__name__ == "TariffChanged" and one.device == device
    ]
    stage.expect(told, "the meter tells of a new tariff")
    return told[-1]


async def chosen(stage: Stage, register: int, at: str, device: str = "esme") -> None:
    """Hold that a register counts at an instant. Raises Failed."""
    await at_time(stage, at)
    equal(stage, "active_tou_register", register, device)


async def _swaps(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.TWO_RATES))
    equal(stage, "prices_mp", [20_000, 30_000])
    equal(stage, "standing_charge_mp", 20_000)
    equal(stage, "price_shape", "tou")
    equal(stage, "active_tou_register", 1)
    equal(stage, "active_price_mp", 20_000)
    stage.expect(await stage.happened("TariffChanged", "esme"), "the meter tells of a new tariff")
    stage.done(await stage.ask("1.1.1", doc.update(doc.tariff(doc.day(1, ("00:00", 2))), doc.prices(7, 8))))
    equal(stage, "active_tou_register", 2)
    equal(stage, "active_price_mp", 8)


async def _right_time(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.TWO_RATES))
    began, before = stage.now, stage.truth("tou_wh")
    for at, register in (("11:29", 1), ("11:30", 2), ("12:29", 2), ("12:30", 1)):
        await chosen(stage, register, at)
    end, after = stage.now, stage.truth("tou_wh")
    day = end // DAY * DAY
    first, last = day + 11 * HOUR + 30 * MINUTE, day + 12 * HOUR + 30 * MINUTE
    second_mwh = moved(stage, Channel.IMPORT, first, last)
    first_mwh = moved(stage, Channel.IMPORT, began, end) - second_mwh
    for register, wanted_mwh in ((1, first_mwh), (2, second_mwh)):
        got = after[register - 1] - before[register - 1]
        stage.expect(
            abs(got - wanted_mwh / 1000) < COMPUTED, f"register {register} counted {wanted_mwh / 1000} Wh", got
        )
    stage.expect(not any(after[2:]), "no other register counts", after[2:])


async def _weekdays(stage: Stage) -> None:
    days = [doc.day(number, ("00:00", 1 + number % 2)) for number in (1, 2, 3)]
    week = doc.week(1, 1, 1, 1, 1, 1, 2, 3)  # Saturday has the first register, Sunday the second
    elements = doc.tariff(*days, weeks=[week])
    stage.done(await stage.ask("1.1.1", doc.update(elements, doc.prices(10, 20))))
    for at, register in (
        ("2026-06-05T23:59:00Z", 2),
        ("2026-06-06T00:00:00Z", 1),
        ("2026-06-06T23:59:00Z", 1),
        ("2026-06-07T00:00:00Z", 2),
    ):
        await chosen(stage, register, at)


async def _special_day(stage: Stage) -> None:
    days = (doc.day(1, ("00:00", 1)), doc.day(2, ("00:00", 2)), doc.day(3, ("00:00", 3)))
    given = [doc.special(doc.on(6, 5), 2), doc.special(doc.on(6, 6, 2026), 3), doc.special(doc.on(6, 7, 2027), 2)]
    stage.done(await stage.ask("1.1.1", doc.update(doc.tariff(*days, special=given), doc.prices(10, 20, 30))))
    for at, register in (
        ("2026-06-05T22:59:00Z", 2),
        ("2026-06-05T23:59:00Z", 2),
        ("2026-06-06T00:00:00Z", 3),
        ("2026-06-07T00:00:00Z", 1),
    ):
        await chosen(stage, register, at)


async def _season(stage: Stage) -> None:
    elements = doc.tariff(
        doc.day(1, ("00:00", 1)),
        doc.day(2, ("00:00", 2)),
        weeks=[doc.week(1, 1), doc.week(2, 2)],
        seasons=[doc.season("summer", doc.on(6, 6), 2), doc.season("winter", doc.on(11, 1), 1)],
    )
    stage.done(await stage.ask("1.1.1", doc.update(elements, doc.prices(10, 20))))
    equal(stage, "active_tou_register", 1)  # the winter that began in November lasts until then
    for at, register in (("2026-06-05T23:59:00Z", 1), ("2026-06-06T00:00:00Z", 2)):
        await chosen(stage, register, at)


async def _no_summer_time(stage: Stage) -> None:
    day = doc.day(1, ("00:00", 1), ("01:00", 2), ("01:30", 3), ("02:00", 1))
    stage.done(await stage.ask("1.1.1", doc.update(doc.tariff(day), doc.prices(10, 20, 30))))
    for at, register in (("00:59", 1), ("01:00", 2), ("01:30", 3), ("02:00", 1)):
        await at_time(stage, f"2026-03-29T{at}:00Z")
        equal(stage, "active_tou_register", register)


async def _everything(stage: Stage) -> None:
    most = stage.profile.metering.tou_registers
    at = [f"{half // 2:02}:{half % 2 * 30:02}" for half in range(48)]
    days = [
        doc.day(number, *((one, (number + place) % most + 1) for place, one in enumerate(at)))
        for number in range(1, 17)
    ]
    weeks = [doc.week(number, *range(number, number + 7)) for number in range(1, 5)]
    seasons = [doc.season(f"season {number}", doc.on(3 * number - 2, 1), number) for number in range(1, 5)]
    special = [doc.special(doc.on(1 + place % 12, 1 + place // 12), 16 - place % 16) for place in range(50)]
    given = doc.tariff(*days, weeks=weeks, seasons=seasons, special=special)
    prices = [1_000 + number for number in range(most)]
    stage.done(await stage.ask("1.1.1", doc.update(given, doc.prices(*prices))))
    equal(stage, "prices_mp", prices)
    read = stage.done(await stage.ask("4.11.1")).body["Electricity"]
    table, wanted = read["TariffSwitchingTable"], given["SwitchingTable"]
    same(
        stage,
        "the day profiles",
        [(one["Day"], one["ProfileSchedule"]) for one in table["DayProfiles"]],
        [(one["DayName"], one["ProfileSchedule"]) for one in wanted["DayProfiles"]],
    )
    same(
        stage,
        "the week profiles",
        [one["ReferencedElecDay"] for one in table["WeekProfiles"]],
        [one["ReferencedDayName"] for one in wanted["WeekProfiles"]],
    )
    same(stage, "the seasons", table["Seasons"], wanted["Seasons"])
    told = [(one["Date"], one["ReferencedDay"]) for one in read["TariffSwitchingTableSpecialDays"]]
    same(stage, "the special days", told, [(one["Date"], one["ReferencedDayName"]) for one in special])
    same(stage, "the prices", read["TariffTOUPriceMatrix"], prices)


async def _waits(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.TWO_RATES))
    later = doc.update(doc.tariff(doc.day(1, ("00:00", 2))), doc.prices(77, 88), stage.now + 3 * HOUR)
    await stage.submit(stage.request("1.1.1", later))
    await stage.advance(3 * HOUR - MINUTE)
    equal(stage, "prices_mp", [20_000, 30_000])
    equal(stage, "active_tou_register", 1)
    await stage.advance(2 * MINUTE)
    equal(stage, "prices_mp", [77, 88])
    equal(stage, "active_tou_register", 2)


async def _in_order(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.BLOCKS))
    began = await taken_at(stage)
    equal(stage, "thresholds_wh", [list(doc.LIMITS)] * len(stage.truth("thresholds_wh")))
    equal(stage, "active_price_mp", 30_000)
    for limit, price in ((50, 30_000), (100, 25_000)):
        full = next(
            at for at in range(began, began + DAY, MINUTE) if moved(stage, Channel.IMPORT, began, at) >= limit * 1000
        )
        await stage.advance(full - MINUTE - stage.now)
        equal(stage, "active_price_mp", price)
        await stage.advance(2 * MINUTE)
    equal(stage, "active_price_mp", 20_000)
    row_wh = stage.truth("block_counters_wh")[0]
    stage.expect(row_wh[:2] == [50, 50], "the first two blocks are full", row_wh)
    total = moved(stage, Channel.IMPORT, began, stage.now) // 1000
    stage.expect(abs(sum(row_wh) - total) < COMPUTED, f"all blocks come to {total} Wh", row_wh)


async def _restart(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.BLOCKS))
    await stage.advance("6h")
    stage.expect(stage.truth("block_counters_wh")[0][0] == 50, "the first block is full")
    other = doc.update(
        doc.tariff(doc.column_day(1, ("00:00", 1)), limits=(60, 90, 500)), doc.prices(blocks=((1, 2, 3, 4),))
    )
    stage.done(await stage.ask("1.1.1", other))
    counters = [one for line in stage.truth("block_counters_wh") for one in line]
    stage.expect(sum(counters) < COMPUTED, "the counters begin anew", counters)
    equal(stage, "active_price_mp", 1)


async def _columns(stage: Stage) -> None:
    elements = doc.tariff(doc.column_day(1, ("00:00", 1), ("11:30", 8), ("12:30", 1)), limits=doc.LIMITS)
    rows = ((9, 8, 7, 6), *((1, 1, 1, 1),) * 6, (40, 30, 20, 10))
    stage.done(await stage.ask("1.1.1", doc.update(elements, doc.prices(blocks=rows))))
    equal(stage, "active_price_mp", 9)
    await at_time(stage, "11:30")
    equal(stage, "active_price_mp", 40)
    since = stage.now
    await at_time(stage, "12:30")
    wanted = moved(stage, Channel.IMPORT, since, stage.now) // 1000
    counters = stage.truth("block_counters_wh")
    stage.expect(abs(sum(counters[7]) - wanted) < COMPUTED, f"column 8 counted {wanted} Wh", counters)
    stage.expect(not any(map(sum, counters[1:7])), "no other column counts", counters)


# Gas


async def gas(stage: Stage, body: dict[str, Any]) -> None:
    """Give the gas meter a tariff, and hold that it took it. Raises Failed."""
    stage.done(await stage.ask("1.1.1", body, device="gsme", within="3h"))


async def _gas_swaps(stage: Stage) -> None:
    body = doc.update(doc.gas_tariff(doc.gas_day(1, 1)), doc.gas_prices(9_600, standing=33_333))
    await gas(stage, body)
    equal(stage, "prices_mp", [9_600], "gsme")
    equal(stage, "standing_charge_mp", 33_333, "gsme")
    equal(stage, "active_price_mp", 9_600, "gsme")
    equal(stage, "price_shape", "tou", "gsme")
    stage.expect(await stage.happened("TariffChanged", "gsme"), "the meter tells of a new tariff")
    stage.expect(not await stage.happened("TariffChanged", "esme"), "the electricity meter is left alone")


async def _gas_days(stage: Stage) -> None:
    days = (doc.gas_day(1, 1), doc.gas_day(2, 2), doc.gas_day(3, 3))
    week = doc.week(1, 1, 1, 1, 1, 1, 2, 1)  # Saturdays, 6 June one of them, have the second register
    given = [doc.special(doc.gas_on(6, 5), 3)]
    await gas(stage, doc.update(doc.gas_tariff(*days, weeks=[week], special=given), doc.gas_prices(1, 2, 3)))
    for at, register in (
        ("2026-06-04T23:59:00Z", 1),
        ("2026-06-05T00:00:00Z", 3),
        ("2026-06-05T23:59:00Z", 3),
        ("2026-06-06T00:00:00Z", 2),
        ("2026-06-07T00:00:00Z", 1),
    ):
        await at_time(stage, at)
        equal(stage, "active_tou_register", register, "gsme")
    day = parse("2026-06-05T00:00:00Z")
    for register, since in ((3, day), (2, day + DAY)):
        wanted = moved(stage, Channel.GAS, since, since + DAY) // 1000
        got = stage.truth("tou_l", "gsme")[register - 1]
        stage.expect(abs(got - wanted) < COMPUTED, f"register {register} counted {wanted} l", got)


async def _gas_season(stage: Stage) -> None:
    elements = doc.gas_tariff(
        doc.gas_day(1, 1),
        doc.gas_day(2, 2),
        weeks=[doc.week(1, 1), doc.week(2, 2)],
        seasons=[
            {"SeasonStartDate": doc.gas_on(6, 4), "ReferencedWeekName": 2},
            {"SeasonStartDate": doc.gas_on(11, 1), "ReferencedWeekName": 1},
        ],
    )
    await gas(stage, doc.update(elements, doc.gas_prices(10, 20)))
    for at, register in (("2026-06-03T23:59:00Z", 1), ("2026-06-04T00:00:00Z", 2)):
        await at_time(stage, at)
        equal(stage, "active_tou_register", register, "gsme")


async def _gas_blocks(stage: Stage) -> None:
    await gas(stage, doc.GAS_BLOCKS)
    litre_wh = 400 * 102_264 / 1_000_000 / 3.6  # 40.0 MJ/m3 and 1.02264: 11.36 Wh
    stage.expect(stage.truth("calorific_value", "gsme") == 400, "the stage's gas has 40.0 MJ/m3")
    (limits,) = stage.truth("thresholds_wh", "gsme")
    for wanted, got in zip(doc.GAS_LIMITS, limits, strict=False):
        stage.expect(abs(got - wanted * litre_wh) <= 1, f"{wanted} l are {wanted * litre_wh:.1f} Wh", got)
    equal(stage, "active_price_mp", 8_000, "gsme")
    await stage.advance("3d")
    (counters,) = stage.truth("block_counters_wh", "gsme")
    stage.expect(counters[0] == limits[0], "the first block is full", counters)
    stage.expect(stage.truth("price_shape", "gsme") == "block", "gas is charged by blocks")


async def _gas_everything(stage: Stage) -> None:
    most = stage.profile.gas_metering.tou_registers if stage.profile.gas_metering else 1
    days = [doc.gas_day(number, (number - 1) % most + 1) for number in range(1, 5)]
    special = [doc.special(doc.gas_on(1 + place % 12, 10 + place), 1 + place % 4) for place in range(20)]
    seasons = [{"SeasonStartDate": doc.gas_on(month, 1), "ReferencedWeekName": 1 + month % 2} for month in (2, 5, 10)]
    weeks = [doc.week(1, 1, 2, 3, 4, 1, 2, 3), doc.week(2, 4, 3, 2, 1, 4, 3, 2)]
    given = doc.gas_tariff(*days, weeks=weeks, seasons=seasons, special=special)
    prices = [1_000 + number for number in range(most)]
    await gas(stage, doc.update(given, doc.gas_prices(*prices)))
    read = stage.done(await stage.ask("4.11.1", device="gsme")).body["Gas"]
    table, wanted = read["TariffSwitchingTable"], given["SwitchingTable"]
    same(stage, "the day profiles", table["DayProfiles"], wanted["DayProfiles"])
    told = [one["ReferencedDay"] for one in table["WeekProfiles"]]
    same(stage, "the week profiles", told, [one["ReferencedDayName"] for one in weeks])
    same(stage, "the seasons", table["Seasons"], seasons)
    told = [(one["Date"], one["ReferencedDay"]) for one in read["TariffSwitchingTableSpecialDays"]]
    same(stage, "the special days", told, [(one["Date"], one["ReferencedDayName"]) for one in special])
    same(stage, "the prices", read["TOUTariff"], prices)


async def _gas_waits(stage: Stage) -> None:
    await gas(stage, doc.update(doc.gas_tariff(doc.gas_day(1, 1)), doc.gas_prices(5_000)))
    later = doc.update(doc.gas_tariff(doc.gas_day(1, 1)), doc.gas_prices(6_000), stage.now + 3 * HOUR)
    await stage.submit(stage.request("1.1.1", later, device="gsme"))
    await stage.advance(3 * HOUR - MINUTE)
    equal(stage, "prices_mp", [5_000], "gsme")
    await stage.advance(HOUR)
    equal(stage, "prices_mp", [6_000], "gsme")


def _elec(word: str, says: str, act: Any, **more: Any) -> Case:
    return row(f"1.1.1/{word}", says, act, clause=SHEET, **more)


def _gas(word: str, says: str, act: Any, **more: Any) -> Case:
    return row(f"1.1.1/{word}", says, act, clause=GAS_SHEET, target=Target.G, **more)


CASES: tuple[Case, ...] = (
    _elec("swaps-the-tariff", "table, prices and standing charge are swapped as one", _swaps, group=Group.HAPPY),
    _elec("right-register-at-the-right-time", "registers count from the minute that the table says", _right_time),
    _elec("seven-days-monday-first", "a week has its days from Monday to Sunday", _weekdays, home=FRIDAY),
    _elec(
        "special-day-goes-first",
        "a special day goes before its weekday, in its year or in each",
        _special_day,
        home=FRIDAY,
    ),
    _elec("season-changes-the-week", "a week profile holds from its season's date on", _season, home=FRIDAY),
    _elec(
        "no-summer-time",
        "on the night of the clock change the table goes on in UTC",
        _no_summer_time,
        home=Home(at="2026-03-29T00:07:00Z"),
    ),
    _elec(
        "most-of-everything",
        "16 days of 48 switches, 4 weeks, 4 seasons and 50 special days are held and told in their order",
        _everything,
        needs=(Need("4.11.1"),),
    ),
    _elec("waits-for-its-date", "a dated tariff is taken at its date, and not before", _waits, group=Group.FUTURE),
    _elec("blocks-fill-in-order", "each block has its price until its threshold", _in_order, only=blocks),
    _elec("counters-begin-anew", "with other thresholds the block counters restart", _restart, only=blocks),
    _elec("columns-by-time", "a column of blocks counts at its time, the last as the first", _columns, only=columns),
    _gas("swaps-the-gas-tariff", "table, prices and standing charge are swapped as one", _gas_swaps, group=Group.HAPPY),
    _gas(
        "gas-by-whole-days", "weekdays and special days choose the register of the day", _gas_days, only=gas_registers
    ),
    _gas("gas-season", "a gas season changes the week at its date", _gas_season, only=gas_registers),
    _gas(
        "gas-blocks-are-volumes", "thresholds of litres are energy by the calorific value", _gas_blocks, only=gas_blocks
    ),
    _gas(
        "most-of-everything-gas",
        "4 days, 2 weeks, 3 seasons and 20 special days are held and told in their order",
        _gas_everything,
        needs=(Need("4.11.1", Target.G),),
    ),
    _gas(
        "gas-waits-for-its-date",
        "a dated gas tariff is taken after its date, not before",
        _gas_waits,
        group=Group.FUTURE,
    ),
)
