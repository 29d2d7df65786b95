"""Farms of homes with every kind of device, for the tests of forks, snapshots and clocks of single homes."""

from pathlib import Path

from farm_callers import PROFILE, STANDING

from emulator import Farm
from emulator.device.calendar import SwitchingTable
from emulator.device.commands import DisableSupply, Sender, SetTariff
from emulator.device.instant import instant
from emulator.farm.estate import Estate
from emulator.farm.estate_file import read

NOW = instant(2026, 3, 2, 10, 17)
PREPAID = "prepayment = 1\ngas = 1\nihd = 1"
LATER = SwitchingTable(name="later", days=SwitchingTable().days)


def estate(homes: int = 4, cohort: str = PREPAID, seed: int = 3) -> Estate:
    return read(f'[estate]\nseed = {seed}\n[[cohort]]\nprofile = "{PROFILE}"\nhomes = {homes}\n{cohort}\n', "e", Path())


def a_farm(state: Path | None, clock: str = STANDING, **of_estate):
    return Farm.start(estate=estate(**of_estate), clock=clock, state=state)


def names(entries):
    return [type(entry.what).__name__ for entry in entries]


async def disable(farm: Farm, index: int) -> None:
    assert (await farm.send(index, DisableSupply(), Sender.SUPPLIER)).accepted


async def plan_tariff(farm: Farm, index: int, at: int) -> None:
    assert (await farm.send(index, SetTariff(LATER, at), Sender.SUPPLIER)).accepted
