"""Setting a stage: a farm with one home of a family, as a case wants it, and the adapter under test beside it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

from emulator.adapter.adapter import Adapter
from emulator.adapter.farm_surroundings import FarmSurroundings
from emulator.adapter.inventory import Inventory
from emulator.conformance.case import Home
from emulator.conformance.stage import Stage
from emulator.conformance.subject import Reference, Subject
from emulator.device.commands import RemoveDevice, Sender, SetPushDestination
from emulator.device.household import Site
from emulator.device.identity import format_eui64
from emulator.device.installation import Installation
from emulator.device.instant import isoformat, parse
from emulator.device.journal import DeviceName
from emulator.device.money.account_records import Mode
from emulator.device.money.contract import Contract
from emulator.device.profile import Profile
from emulator.farm import library
from emulator.farm.cohort import Cohort, Header
from emulator.farm.drawing import prepayment_contract
from emulator.farm.estate import Estate
from emulator.farm.farm import Farm

SETTLED_MS: Final = 2 * 3_600_000
"""A home with gas was set up this long ago: its hub has heard the gas meter since, and the mirror is no older."""

Stand = Callable[[Farm, Home], AbstractAsyncContextManager[Subject]]
"""Stands an adapter under test up beside the farm of one case; the home says what its inventory has."""


@asynccontextmanager
async def reference(farm: Farm, home: Home) -> AsyncIterator[Subject]:
    """Stand the reference adapter up."""
    async with FarmSurroundings.beside(farm) as around:
        inventory = around.inventory() if home.commissioned else Inventory()
        await push_to(farm, around.listens_at)
        async with Adapter(around, inventory, patience_s=home.patience_s) as adapter:
            yield Reference(adapter, around)


@asynccontextmanager
async def staged(profile: str | Profile, home: Home, seed: int = 1, stand: Stand = reference) -> AsyncIterator[Stage]:
    """Set a stage, with the reference adapter unless another is named. Raises what `Farm.start` raises."""
    chosen = library.packaged(profile) if isinstance(profile, str) else profile
    began = parse(home.at) - (SETTLED_MS if home.gas else 0)
    async with Farm.start(estate=estate_of(chosen, home, seed), clock=f"@{isoformat(began)}") as farm:
        await furnish(farm, home)
        await farm.advance(parse(home.at) - began)
        async with stand(farm, home) as subject:
            yield Stage(farm, chosen, subject, seed)


def estate_of(profile: Profile, home: Home, seed: int) -> Estate:
    """Give the estate of one such home."""
    cohort = Cohort(
        profile=profile.name,
        homes=1,
        gas=float(home.gas),
        prepayment=float(home.payment == "prepayment"),
        solar=float(profile.metering.export),
        debts=0.0,
    )
    return Estate(Header(name="stage", seed=seed), (cohort,), {profile.name: profile})


async def furnish(farm: Farm, home: Home, index: int = 0) -> None:
    """Let the supplier of a home set its meters up as a case wants them, and a home from nothing be that."""
    installation = farm.home(index).installation
    for name in (DeviceName.ESME, DeviceName.GSME):
        if name in installation.devices:
            contract = contract_of(installation.devices[name].site, name, home)
            farm.home(index).open_account(name, contract)
    if not home.commissioned:
        for name, device in list(installation.devices.items()):
            if name is not DeviceName.CHF:
                await farm.send(index, RemoveDevice(format_eui64(device.site.eui64)), Sender.SUPPLIER, DeviceName.CHF)
    farm.keep(farm.home(index))
    await farm.settled()


def contract_of(site: Site, name: DeviceName, home: Home) -> Contract:
    """Give what a supplier sets a meter of such a home up with."""
    if home.payment == "credit":
        return Contract(mode=Mode.CREDIT, balance_mp=0)
    drawn = prepayment_contract(site.key, name, 0.0, by_time=site.profile.prepayment.full)
    return Contract(mode=drawn.mode, balance_mp=home.balance_mp, prices=drawn.prices, terms=drawn.terms)


async def push_to(farm: Farm, destination: str, index: int = 0) -> None:
    """Have a hub tell its alerts to whoever listens, as its supplier set it up long ago."""

    def name_it(installation: Installation) -> None:
        if installation.premises.electricity.profile.push.service != "none":
            installation.send(DeviceName.CHF, SetPushDestination(destination), Sender.SUPPLIER)

    await farm.act(index, name_it)
