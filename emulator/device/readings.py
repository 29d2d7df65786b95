"""Readings: which data items each device of a home has, and how one is found by name."""

from difflib import get_close_matches

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


def find(device: DeviceName, name: str) -> Item:
    """Find a data item of a device by key or title, whatever its case and spaces. Raises UnknownItemError."""
    if device is DeviceName.ESME:
        return find_item(name)
    items = {_plain(word): item for item in ITEMS_OF[device] for word in (item.key, item.title)}
    if _plain(name) not in items:
        near = get_close_matches(_plain(name), items, n=3, cutoff=0.4)
        hint = ", ".join(dict.fromkeys(items[match].key for match in near)) or "see `meterfarm show SEL`"
        raise UnknownItemError(f"no data item of {device} is called {name!r}; near: {hint}")
    return items[_plain(name)]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
