"""Deeds: what a person can do to a device of a home by hand, each by one word."""

from collections.abc import Callable, Mapping

from emulator.device.commands import Reason
from emulator.device.device import Outcome
from emulator.device.display import customer
from emulator.device.display.customer import Done
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.hub.han import JoinAsked, install_code
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


def join(home: Installation, name: DeviceName) -> Done:
    """Switch a device on so that it looks for a network: it asks the home's hub to let it in, by its install code."""
    hub, device = home.devices.get(DeviceName.CHF), home.devices[name]
    if hub is None or name is DeviceName.CHF:
        detail = "there is no hub to join" if hub is None else "the hub is what others join"
        return Done(Outcome(accepted=False, reason=Reason.NOT_APPLICABLE, detail=detail, entries=()), ())
    if not device.kind.awake(device.records):
        dark = Outcome(accepted=False, reason=Reason.CONFLICT_STATE, detail="the device has no power", entries=())
        return Done(dark, ())
    eui64 = device.site.eui64
    outcome = home.note(DeviceName.CHF, JoinAsked(eui64, install_code(hub.site, eui64)))
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
    "join": join,
}
