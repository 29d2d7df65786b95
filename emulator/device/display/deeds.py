"""Deeds: what a person can do to a device of a home by hand, each by one word."""

from collections.abc import Callable, Mapping

from emulator.device.display import customer
from emulator.device.display.customer import Done
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.installation import Installation
from emulator.device.journal import DeviceName

Deed = Callable[[Installation, DeviceName], Done]


def cut_power(home: Installation, name: DeviceName) -> Done:
    """Take the mains away from a home."""
    outcome = home.note(DeviceName.ESME, MainsOff())
    return Done(outcome, customer.shown(home, name))


def restore_power(home: Installation, name: DeviceName) -> Done:
    """Give the mains back to a home."""
    outcome = home.note(DeviceName.ESME, MainsOn())
    return Done(outcome, customer.shown(home, name))


def _with_cover(do: Callable[[Installation, DeviceName, str], Done], kind: str) -> Deed:
    return lambda home, name: do(home, name, kind)


DEEDS: Mapping[str, Deed] = {
    **customer.DEEDS,
    "open_terminal_cover": _with_cover(customer.open_cover, "terminal_cover"),
    "close_terminal_cover": _with_cover(customer.close_cover, "terminal_cover"),
    "open_battery_cover": _with_cover(customer.open_cover, "battery_cover"),
    "close_battery_cover": _with_cover(customer.close_cover, "battery_cover"),
    "cut_power": cut_power,
    "restore_power": restore_power,
}
