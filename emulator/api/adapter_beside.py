"""The reference adapter that lives in a farm's process: it starts when somebody first needs it.

All homes are enrolled and commissioned. Where there are very many the inventory is filled device by device, as they are
asked for, and nothing of the adapter is kept on the disk.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from emulator.adapter import Adapter, Entry, Inventory
from emulator.adapter.farm_surroundings import PROXY_PLACE, FarmSurroundings
from emulator.device.identity import parse_eui64
from emulator.farm.farm import Farm
from emulator.headend_push import AlertListener

FOLDER: Final = "adapter"
"""Where in the state directory it keeps what must outlive a restart."""
MANY: Final = 10_000


class LazyInventory(Inventory):
    """An inventory of more homes than are worth writing down: a device is enrolled when it is first asked for.

    What looks through all devices sees those that were asked for.
    """

    def __init__(self, farm: Farm, around: FarmSurroundings) -> None:
        super().__init__()
        self._farm, self._around = farm, around
        self._known: set[int] = set()

    def get(self, device_id: str) -> Entry | None:
        """Find a device, and enrol its home if need be."""
        try:
            number = parse_eui64(device_id)
        except ValueError:
            return super().get(device_id)
        estate = self._farm.estate
        found = estate.find_eui64(number) or estate.find_eui64(number - PROXY_PLACE)
        if found is not None and found[0] not in self._known:
            self._known.add(found[0])
            for entry in self._around.entries(found[0]):
                self.put(entry)
        return super().get(device_id)


class AdapterBeside:
    """The adapter of one farm, if anybody needed it yet."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._stack = AsyncExitStack()
        self._turn = asyncio.Lock()
        self._adapter: Adapter | None = None
        self.keep: Path | None = None
        self.ear: AlertListener | None = None  # where the farm's hubs push their alerts already, if they do

    async def get(self) -> Adapter:
        """Give the adapter; the first time it starts. Raises KeptError or OSError."""
        async with self._turn:
            if self._adapter is None:
                if self.ear is not None:
                    around = FarmSurroundings(self._farm, self.ear)
                else:
                    around = await self._stack.enter_async_context(FarmSurroundings.beside(self._farm))
                if self._farm.estate.homes > MANY:
                    adapter = Adapter(around, LazyInventory(self._farm, around))
                else:
                    adapter = Adapter(around, around.inventory(), keep=self.keep)
                self._adapter = await self._stack.enter_async_context(adapter)
            return self._adapter

    async def stop(self) -> None:
        """Stop it, if it runs."""
        self._adapter = None
        await self._stack.aclose()
