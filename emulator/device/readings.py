"""Readings: which data items each device of a home has, and how one is found by name."""

from difflib import get_close_matches
from typing import Any

from emulator.device.abilities import lacking
from emulator.device.device import Device
from emulator.device.display.items_display import DISPLAY_ITEMS
from emulator.device.gas.items_gas import GAS_ITEMS
from emulator.device.hub.items_hub import HUB_ITEMS
from emulator.device.item import Item
from emulator.device.items import ITEMS, UnknownItemError
from emulator.device.items import find as find_item
from emulator.device.journal import DeviceName

ITEMS_OF: dict[DeviceName, tuple[Item, ...]] = {
    DeviceName.ESME: ITEMS,
    DeviceName.GSME: GAS_ITEMS,
    DeviceName.CHF: HUB_ITEMS,
    DeviceName.PPMID: DISPLAY_ITEMS,
    DeviceName.IHD: DISPLAY_ITEMS,
}
METERS = frozenset({DeviceName.ESME, DeviceName.GSME})


def items_of(device: Device[Any]) -> tuple[Item, ...]:
    """Give the data items that a device has: not those of functions which its make lacks."""
    items = ITEMS_OF[device.kind.name]
    if device.kind.name not in METERS:
        return items
    missing = lacking(device.site)
    return tuple(item for item in items if item.key not in missing)


def value(device: Device[Any], item: Item) -> Any:
    """Read an item of a device; None where its make lacks what the item tells of."""
    if device.kind.name in METERS and item.key in lacking(device.site):
        return None
    return item.read(device)


def find(device: DeviceName, name: str) -> Item:
    """Find a data item of a device by key or title, whatever its case and spaces. Raises UnknownItemError."""
    if device is DeviceName.ESME:
        return find_item(name)
    items = {_plain(word): item for item in ITEMS_OF[device] for word in (item.key, item.title)}
    if _plain(name) not in items:
        near = get_close_matches(_plain(name), items, n=3, cutoff=0.4)
        hint = ", ".join(dict.fromkeys(items[match].key for match in near))
        told = f"near: {hint}" if hint else "`meterfarm show SEL` lists them"
        raise UnknownItemError(f"no data item of {device} is called {name!r}; {told}")
    return items[_plain(name)]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
