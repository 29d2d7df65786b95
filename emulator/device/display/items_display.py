"""Data items of an in-home display and a PPMID: what each holds by itself. What it shows of the meters is `shown`."""

from emulator.device.display.display import Display
from emulator.device.display.display_rules import block_of, heard
from emulator.device.identity import format_eui64
from emulator.device.instant import isoformat
from emulator.device.item import Item


def unsent(display: Display) -> list[dict[str, object]]:
    """Read what waits for a meter; of a code nothing is told."""
    return [
        {"what": wish.what, "fuel": wish.fuel, "asked_at": isoformat(wish.asked_at), "try_at": isoformat(wish.try_at)}
        for wish in display.records.unsent
    ]


def messages(display: Display) -> list[dict[str, object]]:
    """Read the supplier's messages, newest last."""
    return [{"at": isoformat(message.at), "text": message.text} for message in display.records.messages]


DISPLAY_ITEMS: tuple[Item, ...] = (
    Item("powered", "Display Powered", "", lambda d: d.records.power.on),
    Item("plugged", "Display Plugged In", "", lambda d: d.records.mains.plugged),
    Item("heard", "Display In Touch", "", lambda d: heard(d.records, d.now)),
    Item("missing", "Display Lacks", "", lambda d: list(d.records.link.missing)),
    Item("unsent", "Top-Ups To Send", "", unsent),
    Item("messages", "Messages", "", messages),
    Item(
        "history_since",
        "History Since",
        "UTC",
        lambda d: max(d.site.installed_at, d.records.histories.electricity.since),
    ),
    Item(
        "gas_history_since",
        "Gas History Since",
        "UTC",
        lambda d: max(d.site.installed_at, d.records.histories.gas.since),
    ),
    Item("serial", "Display Serial Number", "", lambda d: d.site.serial),
    Item("eui64", "Display Identifier", "", lambda d: format_eui64(d.site.eui64)),
    Item("maker", "Display Maker", "", lambda d: block_of(d.site, d.records).maker),
    Item("model", "Display Model", "", lambda d: block_of(d.site, d.records).model),
    Item("firmware", "Display Firmware Version", "", lambda d: block_of(d.site, d.records).firmware),
)
