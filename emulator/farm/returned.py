"""Devices that come back: a home's devices as they leave the works again, and what is printed on them.

A home that was reset has the registers of its meters, which no reset touches, and nothing else of its former life: no
contract, no logs, the first keys, an empty device log, and a SIM that its operator has yet to activate.
"""

import msgspec

from emulator.device.display.deeds import join
from emulator.device.hub.han import install_code as code_of
from emulator.device.hub.hub_records import Area, HubRecords, Network, SimState
from emulator.device.hub.wan import SimChanged
from emulator.device.installation import Installation
from emulator.device.journal import DeviceName
from emulator.farm.farm import Farm
from emulator.farm.selectors import select

_HUB = DeviceName.CHF


async def factory_reset(farm: Farm, selector: str) -> None:
    """Put all devices of a home into the state in which they leave the works; open connections to it end.

    Raises SelectorError.
    """
    index = select(selector, farm.estate, farm.addresses, 1)[0].home
    fresh = Installation(farm.estate.premises(index), farm.now(index))
    hub = fresh.devices[_HUB]
    records = hub.records
    assert isinstance(records, HubRecords)
    hub.records = msgspec.structs.replace(records, area=Area(), network=Network(sim=SimState.ACTIVE))
    fresh.note(_HUB, SimChanged(SimState.INACTIVE))
    await farm.put(index, fresh.state())


def install_code(farm: Farm, selector: str) -> str:
    """Read the install code that is printed on a device, in hexadecimal. Raises SelectorError."""
    chosen = select(selector, farm.estate, farm.addresses, 1)[0]
    premises = farm.estate.premises(chosen.home)
    return code_of(premises.sites[_HUB], premises.sites[chosen.device].eui64).hex()


async def joins(farm: Farm, selector: str) -> bool:
    """Switch a device on so that it looks for its network; say whether its hub let it in. Raises SelectorError."""
    chosen = select(selector, farm.estate, farm.addresses, 1)[0]
    done = await farm.act(chosen.home, lambda home: join(home, chosen.device))
    return any(type(entry.what).__name__ == "DeviceJoined" for entry in done.entries)
