"""Readings: which data items each device of a home has, and how one is found by name."""

from emulator.device.item import Item
from emulator.device.items import ITEMS, UnknownItemError
from emulator.device.items import find as find_item
from emulator.device.items_display import DISPLAY_ITEMS
from emulator.device.items_gas import GAS_ITEMS
from emulator.device.journal import DeviceName

ITEMS_OF: dict[DeviceName, tuple[Item, ...]] = {
    DeviceName.ESME: ITEMS,
    DeviceName.GSME: GAS_ITEMS,
    DeviceName.PPMID: DISPLAY_ITEMS,
    DeviceName.IHD: DISPLAY_ITEMS,
}


def find(device: DeviceName, name: str) -> Item:
    """Find a data item of a device by key or title. Raises UnknownItemError."""
    items = ITEMS_OF.get(device, ())
    if device is DeviceName.ESME:
        return find_item(name)
    for item in items:
        if name.lower() in {item.key, item.title.lower()}:
            return item
    keys = ", ".join(item.key for item in items) or "none"
    raise UnknownItemError(f"{device} has no data item {name!r}; it has: {keys}")
