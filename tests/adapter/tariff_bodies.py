"""Bodies of tariffs and prices for tests: small ones, each part of which a test may replace."""

import json
from datetime import UTC, time

from emulator.device.instant import to_datetime
from emulator.services.bodies import tariff
from emulator.services.bodies import tariff_parts as parts
from emulator.services.bodies.dates import ElecDate, GasDate
from emulator.services.body import Empty, Period, plain

FAMILIES = ("elster-as300p", "elster-as330-mixed", "aclara-sgm1411", "edmi-es10a", "itron-lite")
NO_LIMIT = 0xFFFF_FFFF
UNLIMITED = (NO_LIMIT, NO_LIMIT, NO_LIMIT)
THRESHOLDS = (10_000, 20_000, NO_LIMIT)


def at(minutes):
    """Give a time of the day."""
    return time(*divmod(minutes, 60), tzinfo=UTC)


def switched(by, *pairs):
    """Give the schedule of a day: from each minute on, that register or column."""
    action = {"tou": "tou_tariff_action", "block": "block_tariff_action"}[by]
    return tuple(parts.ElecProfileSchedule(start_time=at(minute), **{action: number}) for minute, number in pairs)


def elec_table(by="tou", *pairs, date=None):
    """Give an electricity table of one day, one week and one season."""
    return parts.ElecSwitchingTable(
        day_profiles=(parts.ElecDayProfile(day_name=1, profile_schedule=switched(by, *(pairs or ((0, 1),)))),),
        week_profiles=(parts.ElecWeekProfile(week_name=1, referenced_day_name=(1,) * 7),),
        seasons=(
            parts.ElecSeason(
                season_name="all", season_start_date=date or ElecDate.of(None, 1, 1), referenced_week_name=1
            ),
        ),
    )


def elec_tariff(by="tou", *pairs, thresholds=UNLIMITED, special_days=(), currency="GBP", date=None):
    """Give TARIFF-E."""
    return parts.ElecTariffElements(
        currency_units=currency,
        switching_table=elec_table(by, *pairs, date=date),
        special_days=special_days,
        threshold_matrix=(parts.ElecThresholds(block_threshold=thresholds),) * 8,
    )


def elec_prices(*, tou=(), blocks=(), scale=-5, standing=5400, standing_scale=-4):
    """Give PRICE-E: by time of use, by blocks, or both."""
    columns = tuple(parts.ElecBlockPrices(block_price=row) for row in blocks)
    shape = {}
    if tou and blocks:
        shape = {"hybrid_tariff": parts.ElecHybridTariff(block_prices=columns, tou_price=tou)}
    elif tou:
        shape = {"tou_tariff": parts.ElecTOUTariff(tou_price=tou)}
    else:
        shape = {"block_tariff": parts.ElecBlockTariff(block_prices=columns)}
    given = parts.ElectricityPriceElements(
        standing_charge=standing, standing_charge_scale=standing_scale, price_scale=scale, **shape
    )
    return parts.PriceElements(electricity_price_elements=given)


def gas_tariff(rate=1, thresholds=(1_000, 2_000), special_days=()):
    """Give TARIFF-G: a register for every day, or blocks where there is none."""
    day = {"block_tariff": Empty()} if rate is None else {"tou_tariff_action": rate}
    return parts.GasTariffElements(
        switching_table=parts.GasSwitchingTable(
            day_profiles=(parts.GasDayProfile(day_name=1, **day),),
            week_profiles=(parts.GasWeekProfile(week_name=2, referenced_day_name=(1,) * 7),),
            seasons=(parts.GasSeason(season_start_date=GasDate.of(None, 4, 1), referenced_week_name=2),),
        ),
        special_days=special_days,
        threshold_matrix=thresholds,
    )


def gas_prices(*, tou=(), blocks=(), thresholds=2, standing=22_465):
    """Give PRICE-G."""
    shape = {"tou_tariff": parts.GasTOUTariff(tou_price=tou)}
    if blocks:
        shape = {"block_tariff": parts.GasBlockTariff(block_price=blocks, number_of_thresholds=thresholds)}
    given = parts.GasPriceElements(currency_units="GBP", standing_charge=standing, **shape)
    return parts.PriceElements(gas_price_elements=given)


def update(*, elec=None, gas=None, prices, date=None):
    """Give the body of 1.1.1."""
    return tariff.UpdateImportTariffPrimaryElement(
        execution_date_time=date, elec_tariff_elements=elec, gas_tariff_elements=gas, price_elements=prices
    )


def price(prices, date=None):
    """Give the body of 1.2.1."""
    return tariff.UpdatePricePrimaryElement(execution_date_time=date, price_elements=prices)


def period(start, end):
    """Give the body of a read of a log, as JSON."""
    return {"ReadLogPeriod": plain(Period(start_date_time=to_datetime(start), end_date_time=to_datetime(end)))}


def told(asked):
    """Give the element of a reply as it is in JSON."""
    return json.loads(json.dumps(asked.body))
