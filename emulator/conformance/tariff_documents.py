"""Tariffs, prices and periods as service documents, for cases: plain, so that a part may be wrong on purpose.

Written by hand from the reference (service requests, section 5: TARIFF, PRICE, PERIOD, DATE).
"""

from typing import Any, Final

from emulator.device.instant import isoformat

NO_LIMIT: Final = 4_294_967_295
UNLIMITED: Final = (NO_LIMIT, NO_LIMIT, NO_LIMIT)
LIMITS: Final = (50, 100, NO_LIMIT)
GAS_LIMITS: Final = (200, 500)
"""Thousandths of a cubic metre (*assumed*)."""
_WEEK_LENGTH: Final = 7
Body = dict[str, Any]


def on(month: int | None = None, day: int | None = None, year: int | None = None) -> Body:
    """Give DATE for electricity; what is left out is open."""
    return {
        "Year": {"NonSpecifiedYear": {}} if year is None else {"SpecifiedYear": year},
        "Month": {"NonSpecifiedMonth": {}} if month is None else {"SpecifiedMonth": month},
        "DayOfMonth": {"NonSpecifiedDayOfMonth": {}} if day is None else {"SpecifiedDayOfMonth": day},
        "DayOfWeek": {"NonSpecifiedDayOfWeek": {}},
    }


def gas_on(month: int | None = None, day: int | None = None, year: int | None = None) -> Body:
    """Give DATE for gas; what is left out is open."""
    return {
        "GasYearWithWildcards": {"NonSpecifiedYear": {}} if year is None else {"SpecifiedYear": year},
        "GasMonthWithWildcards": {"NonSpecifiedMonth": {}} if month is None else {"SpecifiedMonth": month},
        "GasDayOfMonthWithWildcards": {"GasNonSpecifiedDayOfMonth": {}}
        if day is None
        else {"SpecifiedDayOfMonth": day},
        "GasDayOfWeekWithWildcards": {"NonSpecifiedDayOfWeek": {}},
    }


def day(name: int, *switches: tuple[str, int], by: str = "TOUTariffAction") -> Body:
    """Give a day profile: from each time on, that register, or that column."""
    return {"DayName": name, "ProfileSchedule": [{"StartTime": f"{at}:00Z", by: number} for at, number in switches]}


def column_day(name: int, *switches: tuple[str, int]) -> Body:
    """Give a day profile of columns of blocks."""
    return day(name, *switches, by="BlockTariffAction")


def week(name: int, *days: int) -> Body:
    """Give a week profile; one day stands for all seven."""
    return {"WeekName": name, "ReferencedDayName": list(days) * (_WEEK_LENGTH if len(days) == 1 else 1)}


def season(name: str, date: Body, week_name: int) -> Body:
    """Give a season of an electricity table."""
    return {"SeasonName": name, "SeasonStartDate": date, "ReferencedWeekName": week_name}


def special(date: Body, day_name: int) -> Body:
    """Give a special day, of either fuel."""
    return {"Date": date, "ReferencedDayName": day_name}


def tariff(*days: Body, **parts: Any) -> Body:
    """Give TARIFF-E of day profiles: every day the first, unless weeks, seasons or special days say otherwise."""
    return {
        "CurrencyUnits": parts.get("currency", "GBP"),
        "SwitchingTable": {
            "DayProfiles": list(days),
            "WeekProfiles": parts.get("weeks", [week(1, days[0]["DayName"])]),
            "Seasons": parts.get("seasons", [season("all", on(1, 1), 1)]),
        },
        "SpecialDays": parts.get("special", []),
        "ThresholdMatrix": [{"BlockThreshold": list(parts.get("limits", UNLIMITED))}] * 8,
    }


def gas_tariff(*days: Body, **parts: Any) -> Body:
    """Give TARIFF-G of day profiles: every day the first, unless weeks, seasons or special days say otherwise."""
    return {
        "SwitchingTable": {
            "DayProfiles": list(days),
            "WeekProfiles": parts.get("weeks", [week(1, days[0]["DayName"])]),
            "Seasons": parts.get("seasons", [{"SeasonStartDate": gas_on(1, 1), "ReferencedWeekName": 1}]),
        },
        "SpecialDays": parts.get("special", []),
        "ThresholdMatrix": list(parts.get("limits", GAS_LIMITS)),
    }


def gas_day(name: int, register: int | None) -> Body:
    """Give a gas day profile: a register for the whole day, or blocks where there is none."""
    return {"DayName": name, **({"BlockTariff": {}} if register is None else {"TOUTariffAction": register})}


def prices(*tou: int, blocks: tuple[tuple[int, ...], ...] = (), **scales: int) -> Body:
    """Give PRICE-E by register, by blocks, or both; in millipence unless a scale is given."""
    by_tou = {"TOUPrice": list(tou)}
    by_block = {"BlockPrices": [{"BlockPrice": list(row)} for row in blocks]}
    if tou and blocks:
        shape: Body = {"HybridTariff": {**by_block, **by_tou}}
    else:
        shape = {"BlockTariff": by_block} if blocks else {"TOUTariff": by_tou}
    given = {
        "StandingCharge": scales.get("standing", 20_000),
        "StandingChargeScale": scales.get("standing_scale", -5),
        "PriceScale": scales.get("scale", -5),
    }
    return {"PriceElements": {"ElectricityPriceElements": {**given, **shape}}}


def gas_prices(*tou: int, blocks: tuple[int, ...] = (), limits: int = 2, standing: int = 22_465) -> Body:
    """Give PRICE-G by register, or by blocks of so many thresholds, in millipence."""
    shape: Body = {"TOUTariff": {"TOUPrice": list(tou)}}
    if blocks:
        shape = {"BlockTariff": {"BlockPrice": list(blocks), "NumberOfThresholds": limits}}
    given = {"CurrencyUnits": "GBP", "StandingCharge": standing}
    return {"PriceElements": {"GasPriceElements": {**given, **shape}}}


def update(elements: Body, priced: Body, at: int | None = None) -> Body:
    """Give the body of 1.1.1 for either fuel, now or at an instant."""
    name = "ElecTariffElements" if "CurrencyUnits" in elements else "GasTariffElements"
    return {**dated(at), name: elements, **priced}


def dated(at: int | None) -> Body:
    """Give a date of its own to a request."""
    return {} if at is None else {"ExecutionDateTime": isoformat(at)}


def period(start: int, end: int) -> Body:
    """Give PERIOD, with both ends in it."""
    return {"ReadLogPeriod": {"StartDateTime": isoformat(start), "EndDateTime": isoformat(end)}}


TWO_RATES: Final = update(tariff(day(1, ("00:00", 1), ("11:30", 2), ("12:30", 1))), prices(20_000, 30_000))
"""Register 2 counts from 11:30 to 12:30 of every day."""
BLOCKS: Final = update(
    tariff(column_day(1, ("00:00", 1)), limits=LIMITS), prices(blocks=((30_000, 25_000, 20_000, 0),))
)
GAS_RATE: Final = update(gas_tariff(gas_day(1, 2)), gas_prices(6_000, 9_600))
"""Register 2 counts every day."""
GAS_BLOCKS: Final = update(gas_tariff(gas_day(1, None)), gas_prices(blocks=(8_000, 7_000, 6_000)))
