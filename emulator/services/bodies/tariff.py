"""Tariffs and prices: services 1.1, 1.2 and 4.11."""

from typing import Annotated, Literal

from emulator.services.bodies.dates import ElecDate, GasDate
from emulator.services.bodies.rows import E_G, IMPORT, SUPPLIERS, SUPPLIERS_AND_OTHERS, row
from emulator.services.bodies.tariff_parts import (
    Currency,
    ElecDay,
    ElecPrice,
    ElecProfileSchedule,
    ElecSpecialDays,
    ElecStandingCharge,
    ElecTariffElements,
    ElecThreshold,
    ElecWeek,
    GasDay,
    GasDayProfile,
    GasPrice,
    GasStandingCharge,
    GasTariffElements,
    GasWeek,
    PriceElements,
    SeasonName,
    SecondaryAction,
    SecondaryPriceElements,
    SecondarySwitchingTable,
)
from emulator.services.body import INDEXED, U32, Body, CubicMetres, Future, Scale, TimeOfDay, number, several, wrapped
from emulator.services.row import Service, Target, roles

ActivePrice = Annotated[int, number(0, U32, says="the price now, by the scale beside it")]


class UpdateImportTariffPrimaryElement(Future, frozen=True, kw_only=True):
    """1.1.1 (service requests, section 3)."""

    one_of = ("elec_tariff_elements", "gas_tariff_elements")
    elec_tariff_elements: ElecTariffElements | None = None
    gas_tariff_elements: GasTariffElements | None = None
    price_elements: PriceElements


class UpdateImportTariffSecondaryElement(Future, frozen=True, kw_only=True):
    """1.1.2 (service requests, section 3)."""

    switching_table: SecondarySwitchingTable
    special_days: ElecSpecialDays
    price_elements: SecondaryPriceElements


class UpdatePricePrimaryElement(Future, frozen=True, kw_only=True):
    """1.2.1 (service requests, section 3)."""

    price_elements: PriceElements


class UpdatePriceSecondaryElement(Future, frozen=True, kw_only=True):
    """1.2.2 (service requests, section 3)."""

    price_elements: SecondaryPriceElements


class ReadTariffPrimaryElement(Body, frozen=True, kw_only=True):
    """4.11.1 (service requests, section 3)."""


class ReadTariffSecondaryElement(Body, frozen=True, kw_only=True):
    """4.11.2 (service requests, section 3)."""


class ReadElecDayProfile(Body, frozen=True, kw_only=True):
    """How a day is split, as read."""

    day: ElecDay | None = None
    profile_schedule: Annotated[tuple[ElecProfileSchedule, ...], several(0, 48)] = ()


class ReadElecWeekProfile(Body, frozen=True, kw_only=True):
    """Which day profile each of the seven days has, as read."""

    week_name: ElecWeek | None = None
    referenced_elec_day: Annotated[tuple[ElecDay, ...], INDEXED, several(0, 7)] = ()


class ReadElecSeason(Body, frozen=True, kw_only=True):
    """From when on a week profile holds, as read."""

    season_name: SeasonName | None = None
    season_start_date: ElecDate | None = None
    referenced_week_name: ElecWeek | None = None


_Weeks = Annotated[tuple[ReadElecWeekProfile, ...], wrapped("WeekProfile"), several(0, 4)]
_Seasons = Annotated[tuple[ReadElecSeason, ...], wrapped("Season"), several(0, 4)]


class ReadElecSwitchingTable(Body, frozen=True, kw_only=True):
    """When which register counts, as read."""

    day_profiles: Annotated[tuple[ReadElecDayProfile, ...], wrapped("DayProfile"), several(0, 16)] = ()
    week_profiles: _Weeks = ()
    seasons: _Seasons = ()


class ReadElecSpecialDay(Body, frozen=True, kw_only=True):
    """A day that has a profile of its own, as read."""

    date: ElecDate | None = None
    referenced_day: ElecDay | None = None


_SpecialDays = Annotated[tuple[ReadElecSpecialDay, ...], wrapped("SpecialDay"), several(0, 50)]


class ReadElecThresholds(Body, frozen=True, kw_only=True):
    """Where the blocks of a column end, as read."""

    block_threshold: Annotated[tuple[ElecThreshold, ...], INDEXED, several(0, 3)] = ()


class ReadElecBlockPrices(Body, frozen=True, kw_only=True):
    """The prices of the blocks of a column, as read."""

    block_price: Annotated[tuple[ElecPrice, ...], INDEXED, several(0, 4)] = ()


class ElectricityTariff(Body, frozen=True, kw_only=True):
    """The tariff of an electricity meter, as read."""

    primary_active_tariff_price: ActivePrice | None = None
    currency_units_label: Currency | None = None
    currency_units_name: Literal["Millipence", "Millicent"] | None = None
    standing_charge: ElecStandingCharge | None = None
    standing_charge_scale: Scale | None = None
    price_scale: Scale | None = None
    tariff_block_price_matrix: Annotated[
        tuple[ReadElecBlockPrices, ...], wrapped("TariffBlockPrices"), INDEXED, several(0, 8)
    ] = ()
    tariff_tou_price_matrix: Annotated[tuple[ElecPrice, ...], wrapped("TariffTOUPrice"), INDEXED, several(0, 48)] = ()
    tariff_switching_table: ReadElecSwitchingTable | None = None
    tariff_switching_table_special_days: _SpecialDays = ()
    tariff_threshold_matrix: Annotated[
        tuple[ReadElecThresholds, ...], wrapped("ElecTariffThresholds"), INDEXED, several(0, 8)
    ] = ()


class ReadGasWeekProfile(Body, frozen=True, kw_only=True):
    """Which day profile each of the seven days has, as read."""

    week_name: GasWeek | None = None
    referenced_day: Annotated[tuple[GasDay, ...], INDEXED, several(0, 7)] = ()


class ReadGasSeason(Body, frozen=True, kw_only=True):
    """From when on a week profile holds, as read."""

    season_start_date: GasDate | None = None
    referenced_week_name: GasWeek | None = None


class ReadGasSwitchingTable(Body, frozen=True, kw_only=True):
    """Which days have which register or blocks, as read."""

    day_profiles: Annotated[tuple[GasDayProfile, ...], wrapped("DayProfile"), several(0, 4)] = ()
    week_profiles: Annotated[tuple[ReadGasWeekProfile, ...], wrapped("WeekProfile"), several(0, 2)] = ()
    seasons: Annotated[tuple[ReadGasSeason, ...], wrapped("Season"), several(0, 3)] = ()


class ReadGasSpecialDay(Body, frozen=True, kw_only=True):
    """A day that has a profile of its own, as read."""

    date: GasDate | None = None
    referenced_day: GasDay | None = None


class GasTariff(Body, frozen=True, kw_only=True):
    """The tariff of a gas meter, as read. Its thresholds are in m3 (*assumed*)."""

    primary_active_tariff_price: ActivePrice | None = None
    primary_active_tariff_price_scale: Scale | None = None
    currency_units_label: Currency | None = None
    standing_charge: GasStandingCharge | None = None
    tariff_switching_table: ReadGasSwitchingTable | None = None
    tariff_switching_table_special_days: Annotated[
        tuple[ReadGasSpecialDay, ...], wrapped("SpecialDay"), several(0, 20)
    ] = ()
    tariff_thresholds: Annotated[tuple[CubicMetres, ...], wrapped("BlockThreshold"), INDEXED, several(0, 3)] = ()
    tou_tariff: Annotated[tuple[GasPrice, ...], wrapped("TariffTOUPrice"), INDEXED, several(0, 4)] = ()
    block_tariff: Annotated[tuple[GasPrice, ...], wrapped("BlockPrice"), INDEXED, several(0, 4)] = ()


class ReadTariffPrimaryElementRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.11.1."""

    one_of = ("electricity", "gas")
    electricity: ElectricityTariff | None = None
    gas: GasTariff | None = None


class ReadSecondaryProfileSchedule(Body, frozen=True, kw_only=True):
    """From a time of the day on, a register of the second element counts, as read."""

    start_time: TimeOfDay | None = None
    tou_tariff_action: SecondaryAction | None = None


class ReadSecondaryDayProfile(Body, frozen=True, kw_only=True):
    """How a day is split for the second element, as read."""

    day: ElecDay | None = None
    profile_schedule: Annotated[tuple[ReadSecondaryProfileSchedule, ...], several(0, 48)] = ()


class ReadSecondarySwitchingTable(Body, frozen=True, kw_only=True):
    """When which register of the second element counts, as read."""

    day_profiles: Annotated[tuple[ReadSecondaryDayProfile, ...], wrapped("DayProfile"), several(0, 16)] = ()
    week_profiles: _Weeks = ()
    seasons: _Seasons = ()


class ReadTariffSecondaryElementRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.11.2."""

    secondary_active_tariff_price: ActivePrice | None = None
    price_scale: Scale | None = None
    tariff_tou_price_matrix: Annotated[tuple[ElecPrice, ...], wrapped("TariffTOUPrice"), INDEXED, several(0, 4)] = ()
    tariff_switching_table: ReadSecondarySwitchingTable | None = None
    tariff_switching_table_special_days: _SpecialDays = ()


SERVICES: tuple[Service, ...] = (
    row(
        "1.1.1",
        "Update Import Tariff (Primary Element)",
        UpdateImportTariffPrimaryElement,
        targets=E_G,
        roles=SUPPLIERS,
        critical=True,
        held="device",
    ),
    row(
        "1.1.2",
        "Update Import Tariff (Secondary Element)",
        UpdateImportTariffSecondaryElement,
        targets=Target.E,
        roles=SUPPLIERS,
        duis_roles=IMPORT,
        critical=True,
        held="device",
        twin=True,
    ),
    row(
        "1.2.1",
        "Update Price (Primary Element)",
        UpdatePricePrimaryElement,
        targets=E_G,
        roles=SUPPLIERS,
        critical=True,
        held="device",
    ),
    row(
        "1.2.2",
        "Update Price (Secondary Element)",
        UpdatePriceSecondaryElement,
        targets=Target.E,
        roles=SUPPLIERS,
        duis_roles=IMPORT,
        critical=True,
        held="device",
        twin=True,
    ),
    row(
        "4.11.1",
        "Read Tariff (Primary Element)",
        ReadTariffPrimaryElement,
        ReadTariffPrimaryElementRsp,
        targets=E_G,
        roles=SUPPLIERS_AND_OTHERS,
    ),
    row(
        "4.11.2",
        "Read Tariff (Secondary Element)",
        ReadTariffSecondaryElement,
        ReadTariffSecondaryElementRsp,
        targets=Target.E,
        roles=SUPPLIERS_AND_OTHERS,
        duis_roles=roles("IS OU"),
        twin=True,
    ),
)
