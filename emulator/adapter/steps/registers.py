"""Steps of the registers and of power: 4.1.1 to 4.1.4, 4.2, 4.15 and 4.16 (functional reference 10.7).

An item that a make does not have is left out of the reply; where it is the whole reply, the service is not supported.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from emulator.adapter.errand import Errand, Step
from emulator.adapter.steps.prices import cubic_metres, litres_of
from emulator.adapter.steps.tariffs import optional, wh_a_litre
from emulator.device.money.pricing import BLOCKS
from emulator.services.bodies import readings, registers
from emulator.services.body import Body


async def totals(errand: Errand) -> Body:
    """4.1.1: the total registers."""
    if errand.gas:
        litres = (await errand.read("volume_l"))["volume_l"]
        register = registers.ConsumptionRegister(value=cubic_metres(litres), unit="m3")
        return registers.ReadInstantaneousImportRegistersRsp(gas=registers.GasRegisters(consumption_register=register))
    active_wh = (await errand.read("import_wh"))["import_wh"]
    reactive_varh = (await optional(errand, "reactive_import_varh")).get("reactive_import_varh")
    return registers.ReadInstantaneousImportRegistersRsp(
        electricity=registers.ElectricityRegisters(
            active_import_register=registers.ActiveRegister(value=active_wh, active_energy_unit="Wh"),
            reactive_import_register=_reactive(reactive_varh),
        )
    )


async def tou_matrices(errand: Errand) -> Body:
    """4.1.2: the registers by time of use."""
    if errand.gas:
        litres = (await errand.read("tou_l"))["tou_l"]
        matrix = registers.GasMatrices(tariff_tou_register_matrix=tuple(map(cubic_metres, litres)))
        return registers.ReadInstantaneousImportTOUMatricesRsp(gas=matrix)
    energies_wh = (await errand.read("tou_wh"))["tou_wh"]
    collection = registers.TariffTOURegisters(tou_primary_register_value=tuple(energies_wh))
    return registers.ReadInstantaneousImportTOUMatricesRsp(
        electricity=registers.ElectricityMatrices(tariff_tou_register_collection=collection)
    )


async def block_matrices(errand: Errand) -> Body:
    """4.1.3: the counters of every block by column. These meters keep no registers that are never reset (2.3)."""
    rows = (await errand.read("block_counters_wh"))["block_counters_wh"]
    blocks = tuple(registers.TariffBlock(counter_matrix_tou_value=column) for column in columns(rows))
    return registers.ReadInstantaneousImportTOUWithBlocksMatricesRsp(tariff_block_tou_register_collection=blocks)


async def block_counters(errand: Errand) -> Body:
    """4.1.4: the gas meter's block counters, as the volume that their energy is at the present calorific value."""
    rows = (await errand.read("block_counters_wh"))["block_counters_wh"]
    energy = await wh_a_litre(errand)
    counted = rows[0][:BLOCKS] if rows else ()
    volumes = tuple(cubic_metres(litres_of(energy_wh, energy)) for energy_wh in counted)
    return registers.ReadInstantaneousImportBlockCountersRsp(import_block_counters=volumes)


async def export(errand: Errand) -> Body:
    """4.2: the export registers, where export is metered."""
    active_wh = (await errand.read("export_wh"))["export_wh"]
    reactive_varh = (await optional(errand, "reactive_export_varh")).get("reactive_export_varh")
    return registers.ReadInstantaneousExportRegistersRsp(
        active_export_register=registers.ActiveRegister(value=active_wh, active_energy_unit="Wh"),
        reactive_export_register=_reactive(reactive_varh),
    )


async def load_limit(errand: Errand) -> Body:
    """4.15: the load limit, and how often it was reached."""
    read = await errand.read(
        *("load_limit_counter", "load_limit_w", "load_limit_period_s", "load_limit_restoration_s"),
        "load_limit_supply_state",
    )
    return readings.ReadLoadLimitDataRsp(
        load_limit_counter_value=read["load_limit_counter"],
        load_limit_power_threshold=read["load_limit_w"],
        load_limit_period=read["load_limit_period_s"],
        load_limit_restoration_period=read["load_limit_restoration_s"],
        load_limit_supply_state=read["load_limit_supply_state"].capitalize(),
    )


async def power(errand: Errand) -> Body:
    """4.16: the power that is taken now; 0 when the switch is open."""
    power_w = (await errand.read("import_w"))["import_w"]
    return readings.ReadActivePowerImportRsp(
        active_power_import=readings.ActivePowerImport(value=power_w, unit="W"),
        primary_active_power_import_value=power_w,
    )


def columns(rows: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Turn rows of blocks, a row a column of the tariff, into what each of the four blocks counted by column."""
    return tuple(tuple(row[block] for row in rows) for block in range(BLOCKS)) if rows else ()


def _reactive(energy_varh: int | None) -> registers.ReactiveRegister | None:
    if energy_varh is None:
        return None
    return registers.ReactiveRegister(value=energy_varh, reactive_energy_unit="varh")


STEPS: Final[Mapping[str, Step]] = {
    "4.1.1": totals,
    "4.1.2": tou_matrices,
    "4.1.3": block_matrices,
    "4.1.4": block_counters,
    "4.2": export,
    "4.15": load_limit,
    "4.16": power,
}
