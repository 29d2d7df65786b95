"""Registers, power and the load limit over the wire, against the devices' own (10.7: 4.1, 4.2, 4.15, 4.16)."""

from decimal import Decimal

import pytest
import tariff_bodies as made
from adapter_stages import play

from emulator.adapter.steps.prices import litres_of, wh_a_litre
from emulator.adapter.steps.registers import columns
from emulator.conformance.case import Home
from emulator.device.household import Channel
from emulator.device.journal import DeviceName
from emulator.device.metering import total_at


def of_mirror(stage):
    """Give the litres that the hub's mirror has: those of the gas meter's last wake."""
    meter = stage.farm.home(stage.index).installation.devices[DeviceName.GSME]
    return total_at(meter.site, meter.records.runs, Channel.GAS, stage.truth("last_wake", "gsme")) // 1000


@pytest.mark.parametrize("name", made.FAMILIES)
def test_electricity_registers_are_the_meters_own(name):
    async def act(stage):
        metering = stage.profile.metering
        stage.done(
            await stage.ask(
                "1.1.1",
                made.update(elec=made.elec_tariff("tou", (0, 1), (600, 2)), prices=made.elec_prices(tou=(1, 1))),
            )
        )
        await stage.advance("3h")
        told = made.told(stage.done(await stage.ask("4.1.1")))["Electricity"]
        assert told["ActiveImportRegister"] == {"Value": stage.truth("import_wh"), "ActiveEnergyUnit": "Wh"}
        assert ("ReactiveImportRegister" in told) is metering.reactive
        if metering.reactive:
            reactive = {"Value": stage.truth("reactive_import_varh"), "ReactiveEnergyUnit": "varh"}
            assert told["ReactiveImportRegister"] == reactive
        (matrix,) = made.told(stage.done(await stage.ask("4.1.2")))["Electricity"].values()
        registers = matrix["TOUPrimaryRegisterValue"]
        assert registers == stage.truth("tou_wh")
        assert len(registers) == metering.tou_registers
        assert registers[1] > 0
        asked = await stage.ask("4.2", role="ED")
        if metering.export:
            told = made.told(stage.done(asked))
            assert told["ActiveExportRegister"]["Value"] == stage.truth("export_wh")
            assert told["ReactiveExportRegister"]["Value"] == stage.truth("reactive_export_varh")
        else:
            stage.refused(asked, "not_supported")

    play(act, name)


@pytest.mark.parametrize("name", made.FAMILIES)
def test_block_counters_are_the_meters_own_by_block_and_column(name):
    async def act(stage):
        asked = await stage.ask("4.1.3")
        if not stage.profile.metering.blocks:
            stage.refused(asked, "not_supported")
            return
        body = made.update(
            elec=made.elec_tariff("block", thresholds=(50, 100, made.NO_LIMIT)),
            prices=made.elec_prices(blocks=((4, 3, 2, 0),)),
        )
        stage.done(await stage.ask("1.1.1", body))
        await stage.advance("6h")
        blocks = made.told(stage.done(await stage.ask("4.1.3")))["TariffBlockTOURegisterCollection"]
        rows = stage.truth("block_counters_wh")
        assert [block["CounterMatrixTOUValue"] for block in blocks] == [[row[n] for row in rows] for n in range(4)]
        assert [block["CounterMatrixTOUValue"][0] for block in blocks[:2]] == [50, 50]
        assert blocks[2]["CounterMatrixTOUValue"][0] > 0

    play(act, name)


@pytest.mark.parametrize("name", made.FAMILIES)
@pytest.mark.parametrize("device", ["gsme", "gpf"])
def test_gas_registers_are_the_meters_own_as_of_its_last_wake_in_cubic_metres(name, device):
    async def act(stage):
        await stage.advance("2d")
        told = made.told(stage.done(await stage.ask("4.1.1", device=device)))["Gas"]["ConsumptionRegister"]
        litres = of_mirror(stage)
        assert told == {"Value": f"{litres // 1000}.{litres % 1000:03}", "Unit": "m3"}
        registers = made.told(stage.done(await stage.ask("4.1.2", device=device)))["Gas"]["TariffTOURegisterMatrix"]
        assert len(registers) == stage.profile.gas_metering.tou_registers
        assert sum(map(Decimal, registers)) * 1000 == litres
        asked = await stage.ask("4.1.4", device=device)
        if not stage.profile.gas_metering.blocks:
            stage.refused(asked, "not_supported")
            return
        energy = wh_a_litre(
            *(
                stage.truth(key, "gsme")
                for key in ("calorific_value", "calorific_digits", "conversion_factor", "conversion_digits")
            )
        )
        counted = [Decimal(value) * 1000 for value in made.told(stage.done(asked))["ImportBlockCounters"]]
        assert len(counted) == 4
        (row,) = stage.truth("block_counters_wh", "gsme")
        assert sum(counted) > 1_000
        assert abs(sum(counted) - litres_of(sum(row), energy)) <= 100  # the mirror is older by some minutes

    play(act, name, Home(gas=True))


@pytest.mark.parametrize("name", made.FAMILIES)
def test_power_and_the_load_limit_are_the_meters_own(name):
    async def act(stage):
        told = made.told(stage.done(await stage.ask("4.16")))
        watts = stage.truth("import_w")
        assert told == {"ActivePowerImport": {"Value": watts, "Unit": "W"}, "PrimaryActivePowerImportValue": watts}
        assert watts > 0
        stage.done(await stage.ask("7.2"))
        assert made.told(stage.done(await stage.ask("4.16")))["PrimaryActivePowerImportValue"] == 0
        asked = await stage.ask("4.15")
        if stage.profile.power.load_limit:
            assert made.told(stage.done(asked)) == {
                "LoadLimitCounterValue": stage.truth("load_limit_counter"),
                "LoadLimitPowerThreshold": stage.truth("load_limit_w"),
                "LoadLimitPeriod": stage.truth("load_limit_period_s"),
                "LoadLimitRestorationPeriod": stage.truth("load_limit_restoration_s"),
                "LoadLimitSupplyState": "Unchanged",
            }
        else:
            stage.refused(asked, "not_supported")

    play(act, name)


def test_blocks_by_column_from_rows_of_blocks():
    assert columns([[1, 2, 3, 4], [5, 6, 7, 8]]) == ((1, 5), (2, 6), (3, 7), (4, 8))
    assert columns([]) == ()
