"""Steps of reading the tariff: 4.11.1 (functional reference 10.7): table, prices, thresholds, and the price now."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from emulator.adapter.errand import Errand, Step
from emulator.adapter.steps import prices, tariff_tables
from emulator.adapter.steps.prices import MILLIPENCE, TO_DUIS, at_scale, cubic_metres, litres_of, scale_for
from emulator.adapter.steps.tariffs import optional, wh_a_litre
from emulator.device.calendar import SwitchingTable
from emulator.device.money.pricing import UNUSED
from emulator.dlms.objects.calendars import DAYS, SEASONS, SPECIAL_DAY_LIST, WEEKS
from emulator.services.bodies import tariff
from emulator.services.body import Body

PARTS: Final = {3: SEASONS, 4: WEEKS, 5: DAYS}
"""The attributes of an activity calendar that are the active table (IEC 62056-6-2, class 20)."""
SPECIAL_DAYS: Final = 2
NAMES: Final[dict[str, Any]] = {"GBP": "Millipence", "EUR": "Millicent"}
ITEMS: Final = ("price_shape", "currency", "standing_charge_mp", "prices_mp", "active_price_mp")


async def read_tariff(errand: Errand) -> Body:
    """4.11.1: the tariff that runs, and its price now."""
    table = await read_table(errand)
    read = await errand.read(*ITEMS)
    held = (await optional(errand, "thresholds_wh")).get("thresholds_wh", ())
    if not errand.gas:
        return tariff.ReadTariffPrimaryElementRsp(electricity=electricity(table, read, held))
    energy = await wh_a_litre(errand) if held else Fraction(1)
    return tariff.ReadTariffPrimaryElementRsp(gas=gas(table, read, held, energy))


async def read_table(errand: Errand) -> SwitchingTable:
    """Read the active switching table. Raises StepError."""
    parts = [wire.decode(await errand.attribute("activity_calendar", number)) for number, wire in PARTS.items()]
    parts.append(SPECIAL_DAY_LIST.decode(await errand.attribute("special_days", SPECIAL_DAYS)))
    return SwitchingTable(tariff_tables.NAME, *parts)


def electricity(table: SwitchingTable, read: Mapping[str, Any], held: Any) -> tariff.ElectricityTariff:
    """Give an electricity tariff as the document has it. Prices that fit no scale exactly are left out, not rounded."""
    by: tariff_tables.Shape = read["price_shape"]
    rows = [read["prices_mp"]] if by == "tou" else read["prices_mp"]
    scale = scale_for([*(price for row in rows for price in row), read["active_price_mp"]])
    matrix = [tuple(at_scale(price, scale) for price in row) for row in rows] if scale is not None else []
    standing_scale = scale_for([read["standing_charge_mp"]])
    own = MILLIPENCE if scale is None else scale
    return tariff.ElectricityTariff(
        primary_active_tariff_price=at_scale(read["active_price_mp"], own),
        currency_units_label=TO_DUIS[read["currency"]],
        currency_units_name=NAMES[read["currency"]],
        standing_charge=None if standing_scale is None else at_scale(read["standing_charge_mp"], standing_scale),
        standing_charge_scale=standing_scale,
        price_scale=own,
        tariff_tou_price_matrix=matrix[0] if matrix and by == "tou" else (),
        tariff_block_price_matrix=tuple(tariff.ReadElecBlockPrices(block_price=row) for row in matrix if by == "block"),
        tariff_switching_table=tariff_tables.read_electricity(table, by),
        tariff_switching_table_special_days=tariff_tables.read_elec_special_days(table),
        tariff_threshold_matrix=tuple(tariff.ReadElecThresholds(block_threshold=tuple(row)) for row in held),
    )


def gas(table: SwitchingTable, read: Mapping[str, Any], held: Any, wh_a_litre: Fraction) -> tariff.GasTariff:
    """Give a gas tariff as the document has it; thresholds are volumes by the present calorific value."""
    by: tariff_tables.Shape = read["price_shape"]
    rows = [read["prices_mp"]] if by == "tou" else read["prices_mp"]
    ends = [energy_wh for energy_wh in (held[0] if held else ()) if energy_wh != UNUSED]
    first = tuple(rows[0])[: None if by == "tou" else len(ends) + 1] if rows else ()
    return tariff.GasTariff(
        primary_active_tariff_price=read["active_price_mp"],
        primary_active_tariff_price_scale=prices.MILLIPENCE,
        currency_units_label=TO_DUIS[read["currency"]],
        standing_charge=read["standing_charge_mp"],
        tariff_switching_table=tariff_tables.read_gas(table, by),
        tariff_switching_table_special_days=tariff_tables.read_gas_special_days(table),
        tariff_thresholds=tuple(cubic_metres(litres_of(energy_wh, wh_a_litre)) for energy_wh in ends),
        tou_tariff=first if by == "tou" else (),
        block_tariff=first if by == "block" else (),
    )


STEPS: Final[Mapping[str, Step]] = {"4.11.1": read_tariff}
