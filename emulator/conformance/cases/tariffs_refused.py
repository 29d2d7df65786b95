"""Tariffs that do not hold together: 1.1.1 is refused, and nothing changes (functional reference 10.7, Annex A)."""

from collections.abc import Mapping
from typing import Any, Final

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Group
from emulator.conformance.short import (
    at_each,
    blocks,
    equal,
    gas_blocks,
    no_blocks,
    none_taken,
    one_column,
    refuses,
    row,
)
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.instant import HOUR, parse
from emulator.device.profile import Profile
from emulator.services.codes import Why
from emulator.services.row import Target

SHEET: Final = "functional reference 10.7 (1.1: refuse when) and Annex A; service requests, section 5"
TOU: Final = doc.prices(20_000, 30_000)
DAY_1: Final = doc.day(1, ("00:00", 1))
GAS_DAY_1: Final = doc.gas_day(1, 1)
GAS_TOU: Final = doc.gas_prices(9_600)
COLUMN: Final = doc.column_day(1, ("00:00", 1))
FOUR: Final = doc.prices(blocks=((4, 3, 2, 1),))
NEVER: Final = parse("3000-12-31T00:00:00Z")
"""The date that cancels (Annex A)."""
_NO_DATES: Final = ((2, 30), (4, 31), (6, 31), (13, 1), (0, 1), (1, 32), (1, 0))


def _elec(*days: Any, priced: Any = TOU, **parts: Any) -> dict[str, Any]:
    return doc.update(doc.tariff(*(days or (DAY_1,)), **parts), priced)


def _gas(*days: Any, priced: Any = GAS_TOU, **parts: Any) -> dict[str, Any]:
    return doc.update(doc.gas_tariff(*(days or (GAS_DAY_1,)), **parts), priced)


def _season(week: int, date: Any = None) -> list[Any]:
    return [doc.season("all", date or doc.on(1, 1), week)]


def _gas_season(week: int, date: Any = None) -> list[Any]:
    return [{"SeasonStartDate": date or doc.gas_on(1, 1), "ReferencedWeekName": week}]


def _days(count: int) -> list[Any]:
    return [doc.special(doc.on(1 + place % 12, 1 + place // 12), 1) for place in range(count)]


def _gas_days(count: int) -> list[Any]:
    return [doc.special(doc.gas_on(1 + place % 12, 1 + place // 12), 1) for place in range(count)]


def _limits(*limits: int) -> dict[str, Any]:
    return _elec(COLUMN, priced=FOUR, limits=limits)


async def _registers(stage: Stage) -> None:
    most = stage.profile.metering.tou_registers
    priced = doc.prices(*range(1, most + 1))
    wrong = {
        f"register {number}": doc.update(doc.tariff(doc.day(1, ("00:00", number))), priced)
        for number in {0, most + 1, 49}
    }
    await none_taken(stage, "1.1.1", wrong)
    stage.done(await stage.ask("1.1.1", doc.update(doc.tariff(doc.day(1, ("00:00", most))), priced)))
    equal(stage, "active_tou_register", most)


async def _prices_beyond(stage: Stage) -> None:
    most = stage.profile.metering.tou_registers
    await none_taken(stage, "1.1.1", {"a price too many": _elec(priced=doc.prices(*range(1, most + 2)))})


async def _no_blocks(stage: Stage) -> None:
    async with untouched(stage):
        stage.refused(await stage.ask("1.1.1", doc.BLOCKS), Why.NOT_SUPPORTED, Why.INVALID_VALUE)


async def _gas_registers(stage: Stage) -> None:
    own = stage.profile.gas_metering
    most = own.tou_registers if own else 1
    wrong = {
        f"register {number}": _gas(doc.gas_day(1, number), priced=doc.gas_prices(*range(1, min(most, 4) + 1)))
        for number in {0, most + 1, 5}
    }
    await none_taken(stage, "1.1.1", wrong, "gsme")


async def _no_gas_blocks(stage: Stage) -> None:
    await none_taken(stage, "1.1.1", {"blocks": doc.GAS_BLOCKS}, "gsme")


async def _dated_and_wrong(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.TWO_RATES))
    at = stage.now + 2 * HOUR
    wrong = {
        "a dangling week": doc.update(doc.tariff(DAY_1, seasons=_season(2)), TOU, at),
        "gas": doc.update(doc.gas_tariff(GAS_DAY_1), GAS_TOU, at),
        "half a millipence": doc.update(doc.tariff(DAY_1), doc.prices(5, scale=-6), at),
    }
    before = stage.truth("prices_mp"), stage.truth("tariff")
    for label, body in wrong.items():
        asked = await stage.ask("1.1.1", body, within="3h")
        stage.expect(not asked.ok, f"a dated tariff with {label} is refused", asked.code)
    await stage.advance("3h")
    stage.expect((stage.truth("prices_mp"), stage.truth("tariff")) == before, "nothing of it is taken at its date")


async def _cancelled(stage: Stage, device: str) -> None:
    first, second = (_gas(priced=doc.gas_prices(price)) for price in (500, 600))
    stage.done(await stage.ask("1.1.1", first, device=device, within="3h"))
    at = stage.now + 3 * HOUR
    await stage.submit(stage.request("1.1.1", {**second, **doc.dated(at)}, device=device))
    await stage.advance("1h")
    await stage.submit(stage.request("1.1.1", {**second, **doc.dated(NEVER)}, device=device))
    await stage.advance("4h")
    equal(stage, "prices_mp", [500], device)
    await stage.submit(stage.request("1.1.1", {**second, **doc.dated(stage.now + HOUR)}, device=device))
    await stage.advance("4h")
    equal(stage, "prices_mp", [600], device)  # the same one, not cancelled


_BOTH: Final = {"DayName": 1, "TOUTariffAction": 1, "BlockTariff": {}}
_TIMED: Final = {"DayName": 1, "ProfileSchedule": [{"StartTime": "06:00:00Z", "TOUTariffAction": 1}]}
_TWO_SHAPES: Final = {
    "DayName": 1,
    "ProfileSchedule": [
        {"StartTime": "00:00:00Z", "TOUTariffAction": 1},
        {"StartTime": "06:00:00Z", "BlockTariffAction": 1},
    ],
}
_SHORT: Final = _elec()
_SEVEN_ROWS: Final = {
    **_SHORT,
    "ElecTariffElements": {
        **_SHORT["ElecTariffElements"],
        "ThresholdMatrix": _SHORT["ElecTariffElements"]["ThresholdMatrix"][:7],
    },
}
_WITHOUT: Final = {
    f"no {name}": {
        **_SHORT,
        "ElecTariffElements": {key: one for key, one in _SHORT["ElecTariffElements"].items() if key != name},
    }
    for name in ("CurrencyUnits", "SwitchingTable", "SpecialDays", "ThresholdMatrix")
}

ELEC: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "mixed-fuel": (
        "a tariff or prices of gas are not for an electricity meter, alone or mixed",
        {
            "a gas tariff": doc.GAS_RATE,
            "gas prices": _elec(priced=GAS_TOU),
            "a gas table": doc.update(doc.gas_tariff(GAS_DAY_1), TOU),
            "both": {**_elec(), "GasTariffElements": doc.gas_tariff(GAS_DAY_1)},
            "neither": TOU,
        },
    ),
    "dangling-references": (
        "a season names a week, a week its days, a special day a day, that are there",
        {
            "no such week": _elec(seasons=_season(2)),
            "no such day": _elec(weeks=[doc.week(1, 1, 1, 1, 1, 1, 1, 2)]),
            "no such day of a special day": _elec(special=[doc.special(doc.on(12, 25), 2)]),
        },
    ),
    "one-name-for-two": (
        "two day profiles or two week profiles have not one name",
        {
            "day 1 twice": _elec(DAY_1, doc.day(1, ("00:00", 2))),
            "week 1 twice": _elec(weeks=[doc.week(1, 1), doc.week(1, 1)]),
        },
    ),
    "too-much-of-it": (
        "16 day profiles, 48 switches, 4 weeks, 4 seasons and 50 special days are the most",
        {
            "51 special days": _elec(special=_days(51)),
            "17 day profiles": _elec(*(doc.day(number, ("00:00", 1)) for number in range(1, 18))),
            "49 switches": _elec(
                doc.day(1, *((f"{place // 2 % 24:02}:{place % 2 * 30:02}", 1) for place in range(49)))
            ),
            "5 weeks": _elec(weeks=[doc.week(number, 1) for number in range(1, 6)]),
            "5 seasons": _elec(seasons=[doc.season(f"s{month}", doc.on(month, 1), 1) for month in range(1, 6)]),
            "a name of 9 letters": _elec(seasons=[doc.season("123456789", doc.on(1, 1), 1)]),
        },
    ),
    "too-little-of-it": (
        "no part of a tariff may be missing",
        {
            **_WITHOUT,
            "6 days a week": _elec(weeks=[{"WeekName": 1, "ReferencedDayName": [1] * 6}]),
            "8 days a week": _elec(weeks=[{"WeekName": 1, "ReferencedDayName": [1] * 8}]),
            "7 rows of thresholds": _SEVEN_ROWS,
            "a day of no register": _elec({"DayName": 1, "ProfileSchedule": []}),
            "no prices": {"ElecTariffElements": doc.tariff(DAY_1)},
        },
    ),
    "times-of-no-day": (
        "switches of a day rise, and stand on half hours of one day",
        {
            "two at one time": _elec(doc.day(1, ("00:00", 1), ("00:00", 2))),
            "times that fall": _elec(doc.day(1, ("06:00", 1), ("00:00", 2))),
            "a quarter past": _elec(doc.day(1, ("00:00", 1), ("06:15", 2))),
            "24:00": _elec(doc.day(1, ("00:00", 1), ("24:00", 2))),
        },
    ),
    "dates-that-are-none": (
        "seasons and special days have a date that there is",
        {
            **{f"special day {date}": _elec(special=[doc.special(doc.on(*date), 1)]) for date in _NO_DATES},
            **{f"season {date}": _elec(seasons=_season(1, doc.on(*date))) for date in _NO_DATES},
            "29 February of a plain year": _elec(special=[doc.special(doc.on(2, 29, 2027), 1)]),
        },
    ),
    "register-without-a-price": (
        "every register that the table chooses has a price",
        {
            "2 of 1": _elec(doc.day(1, ("00:00", 2)), priced=doc.prices(20_000)),
            "3 of 2": _elec(doc.day(1, ("00:00", 1), ("06:00", 3))),
        },
    ),
    "prices-of-another-shape": (
        "prices by blocks are not for a table by time of use; a table has one shape",
        {
            "block prices": _elec(priced=FOUR),
            "both shapes in a table": _elec(_TWO_SHAPES),
            "no price at all": _elec(priced=doc.prices()),
        },
    ),
    "prices-that-are-none": (
        "a price is a whole number of millipence, not below zero, and of 16 bits",
        {
            "half a millipence": _elec(priced=doc.prices(5, scale=-6)),
            "less than nothing": _elec(priced=doc.prices(-1)),
            "a negative standing charge": _elec(priced=doc.prices(1, standing=-1)),
            "32768": _elec(priced=doc.prices(32_768)),
            "a scale of 128": _elec(priced=doc.prices(0, scale=128)),
            "the dearest energy that there is": _elec(priced=doc.prices(1, scale=127)),
        },
    ),
    "another-currency": ("pounds and euros are all", {"dollars": _elec(currency="USD"), "EUR": _elec(currency="EUR")}),
}
BY_BLOCK: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "thresholds-that-fall": (
        "the thresholds of a column rise, are above nothing, and unused ones come last",
        {
            "two that fall": _limits(100, 50, doc.NO_LIMIT),
            "two that are one": _limits(50, 50, doc.NO_LIMIT),
            "an unused one first": _limits(doc.NO_LIMIT, 50, 100),
            "nothing": _limits(0, 50, 100),
            "a negative one": _limits(-1, 50, 100),
            "one of 33 bits": _limits(50, 100, 2**32),
            "four": _limits(1, 2, 3, 4),
        },
    ),
    "block-without-a-price": (
        "every block that the thresholds open has a price, and every column that the table chooses",
        {
            "2 prices for 3 blocks": _elec(COLUMN, priced=doc.prices(blocks=((4, 3),)), limits=doc.LIMITS),
            "5 prices": _elec(COLUMN, priced=doc.prices(blocks=((5, 4, 3, 2, 1),)), limits=doc.LIMITS),
            "column 2 of 1": _elec(doc.column_day(1, ("00:00", 2)), priced=FOUR, limits=doc.LIMITS),
            "column 9": _elec(doc.column_day(1, ("00:00", 9)), priced=doc.prices(blocks=((4, 3, 2, 1),) * 8)),
            "prices by time of use": _elec(COLUMN, limits=doc.LIMITS),
        },
    ),
}
GAS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "mixed-fuel-gas": (
        "a tariff or prices of electricity are not for a gas meter, alone or mixed",
        {
            "an electricity tariff": doc.TWO_RATES,
            "electricity prices": _gas(priced=TOU),
            "an electricity table": _elec(priced=GAS_TOU),
        },
    ),
    "gas-day-with-times": (
        "a gas day has one action: no times, and not a register and blocks at once",
        {"times": _gas(_TIMED), "both": _gas(_BOTH), "neither": _gas({"DayName": 1})},
    ),
    "dangling-references-gas": (
        "a season names a week, a week its days, a special day a day, that are there",
        {
            "no such week": _gas(seasons=_gas_season(2)),
            "no such day": _gas(weeks=[doc.week(1, 1, 1, 1, 1, 1, 1, 2)]),
            "no such day of a special day": _gas(special=[doc.special(doc.gas_on(12, 25), 2)]),
            "day 1 twice": _gas(GAS_DAY_1, GAS_DAY_1),
            "week 1 twice": _gas(weeks=[doc.week(1, 1), doc.week(1, 1)]),
        },
    ),
    "too-much-of-it-gas": (
        "4 day profiles, 2 weeks, 3 seasons and 20 special days are the most",
        {
            "21 special days": _gas(special=_gas_days(21)),
            "5 day profiles": _gas(*(doc.gas_day(number, 1) for number in range(1, 6))),
            "3 weeks": _gas(weeks=[doc.week(number, 1) for number in range(1, 4)]),
            "4 seasons": _gas(seasons=[_gas_season(1, doc.gas_on(month, 1))[0] for month in range(1, 5)]),
            "4 thresholds": _gas(limits=(1, 2, 3, 4)),
            "5 prices": _gas(priced=doc.gas_prices(1, 2, 3, 4, 5)),
        },
    ),
    "dates-that-are-none-gas": (
        "gas seasons and special days have a date that there is",
        {
            **{f"special day {date}": _gas(special=[doc.special(doc.gas_on(*date), 1)]) for date in _NO_DATES},
            **{f"season {date}": _gas(seasons=_gas_season(1, doc.gas_on(*date))) for date in _NO_DATES},
        },
    ),
    "prices-of-another-shape-gas": (
        "prices by blocks are not for days by register, nor the other way round; registers have prices",
        {
            "block prices": _gas(priced=doc.gas_prices(blocks=(3, 2, 1))),
            "register prices": _gas(doc.gas_day(1, None)),
            "register 2 of 1": _gas(doc.gas_day(1, 2)),
            "days of both": _gas(GAS_DAY_1, doc.gas_day(2, None)),
            "less than nothing": _gas(priced=doc.gas_prices(-1)),
            "a negative standing charge": _gas(priced=doc.gas_prices(1, standing=-1)),
        },
    ),
    "gas-blocks-that-are-none": (
        "gas thresholds rise, and each block that they make has a price",
        {
            "two that fall": _gas(doc.gas_day(1, None), priced=doc.gas_prices(blocks=(3, 2, 1)), limits=(500, 200)),
            "2 prices for 3 blocks": _gas(doc.gas_day(1, None), priced=doc.gas_prices(blocks=(3, 2))),
        },
    ),
    "gas-blocks-without-thresholds": (
        "there is a threshold for each price but the last, and none over",
        {
            "1 threshold where 2 are meant": _gas(
                doc.gas_day(1, None), priced=doc.gas_prices(blocks=(3, 2, 1)), limits=(200,)
            ),
            "a price beyond the blocks": _gas(doc.gas_day(1, None), priced=doc.gas_prices(blocks=(4, 3, 2, 1))),
        },
    ),
}


def _no_gas_block(profile: Profile) -> str:
    return "its gas meter has blocks" if not gas_blocks(profile) else ""


def _row(word: str, says: str, act: Any, **more: Any) -> Case:
    return row(f"1.1.1/{word}", says, act, clause=SHEET, negative=True, **more)


CASES: tuple[Case, ...] = (
    *(refuses(f"1.1.1/{word}", says, wrong, clause=SHEET) for word, (says, wrong) in ELEC.items()),
    *(refuses(f"1.1.1/{word}", says, wrong, clause=SHEET, only=blocks) for word, (says, wrong) in BY_BLOCK.items()),
    *(refuses(f"1.1.1/{word}", says, wrong, clause=SHEET, target=Target.G) for word, (says, wrong) in GAS.items()),
    refuses(
        "1.1.1/more-columns-than-the-make-has",
        "a make with one column of blocks takes no table and no price for a second",
        {
            "a table of two": _elec(
                doc.column_day(1, ("00:00", 1), ("06:00", 2)), priced=doc.prices(blocks=((4, 3, 2, 1),) * 2)
            ),
            "a price for two": _elec(COLUMN, priced=doc.prices(blocks=((4, 3, 2, 1),) * 2)),
        },
        clause=SHEET,
        only=one_column,
    ),
    _row("action-out-of-range", "a table names no register that the meter does not have; the last is one", _registers),
    _row("price-for-no-register", "there is no price for a register that the meter does not have", _prices_beyond),
    _row("no-blocks-on-this-make", "a make without blocks takes no tariff by blocks", _no_blocks, only=no_blocks),
    _row("gas-action-out-of-range", "a gas day names no register beyond the meter's", _gas_registers, target=Target.G),
    _row(
        "no-gas-blocks-on-this-make",
        "a gas meter without blocks takes no tariff by blocks",
        _no_gas_blocks,
        target=Target.G,
        only=_no_gas_block,
    ),
    _row("dated-and-wrong", "a wrong tariff with a date is refused, and not taken at its date", _dated_and_wrong),
    *at_each(
        "1.1.1/cancelled",
        "a dated tariff that was cancelled is not taken",
        _cancelled,
        Target.G,
        clause="service requests, section 7; Annex A: cancel date",
        negative=True,
        group=Group.FUTURE,
    ),
)
