"""What tariffs and prices are made of: TARIFF-E, TARIFF-G, PRICE-E, PRICE-G (service requests, section 5).

The names are the schema's of today, those of containers included.
"""

from typing import Annotated, Literal

from emulator.services.bodies.dates import ElecDate, GasDate
from emulator.services.body import (
    INDEXED,
    U32,
    U48,
    Body,
    Empty,
    Scale,
    TimeOfDay,
    number,
    several,
    text,
    wrapped,
)

Currency = Literal["GBP", "ECB"]
ElecDay = Annotated[int, number(1, 16)]
ElecWeek = Annotated[int, number(1, 4)]
GasDay = Annotated[int, number(1, 4)]
GasWeek = Annotated[int, number(1, 2)]
SeasonName = Annotated[str, text(8, shortest=0)]
PrimaryAction = Annotated[int, number(1, 48, says="a time-of-use register")]
SecondaryAction = Annotated[int, number(1, 4, says="a time-of-use register")]
BlockAction = Annotated[int, number(1, 8, says="a column of blocks")]
GasAction = Annotated[int, number(1, 4, says="a time-of-use register")]

ElecPrice = Annotated[int, number(-(2**15), 2**15 - 1, "GBP/kWh x 10^PriceScale")]
ElecStandingCharge = Annotated[int, number(-(2**15), 2**15 - 1, "GBP/day x 10^StandingChargeScale")]
ElecThreshold = Annotated[int, number(0, U32, "Wh", "4294967295 is no limit")]
GasPrice = Annotated[int, number(0, U32, "mp/kWh")]
GasStandingCharge = Annotated[int, number(0, U32, "mp/day")]
GasThreshold = Annotated[int, number(0, U48, says="thousandths of a m3 (*assumed*)")]


class ElecProfileSchedule(Body, frozen=True, kw_only=True):
    """From a time of the day on, a register counts."""

    one_of = ("tou_tariff_action", "block_tariff_action")
    start_time: TimeOfDay
    tou_tariff_action: PrimaryAction | None = None
    block_tariff_action: BlockAction | None = None


class ElecDayProfile(Body, frozen=True, kw_only=True):
    """How a day is split."""

    day_name: ElecDay
    profile_schedule: Annotated[tuple[ElecProfileSchedule, ...], several(1, 48)]


class ElecWeekProfile(Body, frozen=True, kw_only=True):
    """Which day profile each of the seven days has, Monday first."""

    week_name: ElecWeek
    referenced_day_name: Annotated[tuple[ElecDay, ...], INDEXED, several(7, 7)]


class ElecSeason(Body, frozen=True, kw_only=True):
    """From when on a week profile holds."""

    season_name: SeasonName
    season_start_date: ElecDate
    referenced_week_name: ElecWeek


class ElecSwitchingTable(Body, frozen=True, kw_only=True):
    """When which register counts, for the primary element."""

    day_profiles: Annotated[tuple[ElecDayProfile, ...], wrapped("DayProfile"), several(1, 16)]
    week_profiles: Annotated[tuple[ElecWeekProfile, ...], wrapped("WeekProfile"), several(1, 4)]
    seasons: Annotated[tuple[ElecSeason, ...], wrapped("Season"), several(1, 4)]


class ElecSpecialDay(Body, frozen=True, kw_only=True):
    """A day that has a profile of its own."""

    date: ElecDate
    referenced_day_name: ElecDay


ElecSpecialDays = Annotated[tuple[ElecSpecialDay, ...], wrapped("SpecialDay"), several(0, 50)]


class ElecThresholds(Body, frozen=True, kw_only=True):
    """Where the blocks of a column end."""

    block_threshold: Annotated[tuple[ElecThreshold, ...], INDEXED, several(1, 3)]


class ElecTariffElements(Body, frozen=True, kw_only=True):
    """TARIFF-E."""

    currency_units: Currency
    switching_table: ElecSwitchingTable
    special_days: ElecSpecialDays
    threshold_matrix: Annotated[tuple[ElecThresholds, ...], wrapped("Thresholds"), INDEXED, several(8, 8)]


class SecondaryProfileSchedule(Body, frozen=True, kw_only=True):
    """From a time of the day on, a register of the second element counts."""

    start_time: TimeOfDay
    tou_tariff_action: SecondaryAction


class SecondaryDayProfile(Body, frozen=True, kw_only=True):
    """How a day is split for the second element."""

    day_name: ElecDay
    profile_schedule: Annotated[tuple[SecondaryProfileSchedule, ...], several(1, 48)]


class SecondarySwitchingTable(Body, frozen=True, kw_only=True):
    """SWITCH-E2: when which register of the second element counts."""

    day_profiles: Annotated[tuple[SecondaryDayProfile, ...], wrapped("DayProfile"), several(1, 16)]
    week_profiles: Annotated[tuple[ElecWeekProfile, ...], wrapped("WeekProfile"), several(1, 4)]
    seasons: Annotated[tuple[ElecSeason, ...], wrapped("Season"), several(1, 4)]


class GasDayProfile(Body, frozen=True, kw_only=True):
    """What holds for a whole gas day: a register, or blocks."""

    one_of = ("tou_tariff_action", "block_tariff")
    day_name: GasDay
    tou_tariff_action: GasAction | None = None
    block_tariff: Empty | None = None


class GasWeekProfile(Body, frozen=True, kw_only=True):
    """Which day profile each of the seven days has, Monday first."""

    week_name: GasWeek
    referenced_day_name: Annotated[tuple[GasDay, ...], INDEXED, several(7, 7)]


class GasSeason(Body, frozen=True, kw_only=True):
    """From when on a week profile holds."""

    season_start_date: GasDate
    referenced_week_name: GasWeek


class GasSwitchingTable(Body, frozen=True, kw_only=True):
    """Which days have which register or blocks."""

    day_profiles: Annotated[tuple[GasDayProfile, ...], wrapped("DayProfile"), several(1, 4)]
    week_profiles: Annotated[tuple[GasWeekProfile, ...], wrapped("WeekProfile"), several(1, 2)]
    seasons: Annotated[tuple[GasSeason, ...], wrapped("Season"), several(1, 3)]


class GasSpecialDay(Body, frozen=True, kw_only=True):
    """A day that has a profile of its own."""

    date: GasDate
    referenced_day_name: GasDay


class GasTariffElements(Body, frozen=True, kw_only=True):
    """TARIFF-G."""

    switching_table: GasSwitchingTable
    special_days: Annotated[tuple[GasSpecialDay, ...], wrapped("SpecialDay"), several(0, 20)]
    threshold_matrix: Annotated[tuple[GasThreshold, ...], wrapped("BlockThreshold"), INDEXED, several(1, 3)]


class ElecBlockPrices(Body, frozen=True, kw_only=True):
    """The prices of the blocks of a column."""

    block_price: Annotated[tuple[ElecPrice, ...], INDEXED, several(1, 4)]


_BlockPrices = Annotated[tuple[ElecBlockPrices, ...], INDEXED, several(1, 8)]
_TouPrices = Annotated[tuple[ElecPrice, ...], INDEXED, several(1, 48)]


class ElecBlockTariff(Body, frozen=True, kw_only=True):
    """Prices by blocks."""

    block_prices: _BlockPrices


class ElecTOUTariff(Body, frozen=True, kw_only=True):
    """Prices by time of use."""

    tou_price: _TouPrices


class ElecHybridTariff(Body, frozen=True, kw_only=True):
    """Both, one beside the other."""

    block_prices: _BlockPrices
    tou_price: _TouPrices


class ElectricityPriceElements(Body, frozen=True, kw_only=True):
    """PRICE-E."""

    one_of = ("block_tariff", "tou_tariff", "hybrid_tariff")
    standing_charge: ElecStandingCharge
    standing_charge_scale: Scale
    price_scale: Scale
    block_tariff: ElecBlockTariff | None = None
    tou_tariff: ElecTOUTariff | None = None
    hybrid_tariff: ElecHybridTariff | None = None


class GasBlockTariff(Body, frozen=True, kw_only=True):
    """Prices by blocks."""

    block_price: Annotated[tuple[GasPrice, ...], INDEXED, several(1, 4)]
    number_of_thresholds: Annotated[int, number(1, 3)]


class GasTOUTariff(Body, frozen=True, kw_only=True):
    """Prices by time of use."""

    tou_price: Annotated[tuple[GasPrice, ...], INDEXED, several(1, 4)]


class GasPriceElements(Body, frozen=True, kw_only=True):
    """PRICE-G."""

    one_of = ("block_tariff", "tou_tariff")
    currency_units: Currency
    standing_charge: GasStandingCharge
    block_tariff: GasBlockTariff | None = None
    tou_tariff: GasTOUTariff | None = None


class PriceElements(Body, frozen=True, kw_only=True):
    """PRICE-E or PRICE-G."""

    one_of = ("electricity_price_elements", "gas_price_elements")
    electricity_price_elements: ElectricityPriceElements | None = None
    gas_price_elements: GasPriceElements | None = None


class SecondaryPriceElements(Body, frozen=True, kw_only=True):
    """The prices of the second element, by time of use."""

    price_scale: Scale
    electricity_price_element: Annotated[tuple[ElecPrice, ...], INDEXED, several(1, 4)]
