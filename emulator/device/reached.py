"""What a coupling is: what happens to one device of a home and reaches another at the same instant."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from emulator.device.commands import NOBODY, Command, Sender
from emulator.device.device import Device
from emulator.device.journal import DeviceName, Entry
from emulator.device.step import Event

Devices = Mapping[DeviceName, Device[Any]]


class Reached(NamedTuple):
    """What reaches a device: an event, or a command with who sends it. A device that is not there is not reached.

    A command that nobody sends is done by hand, at a device without power too: so a fault that ends sets right.
    """

    device: DeviceName
    what: Command | Event
    sender: Sender = NOBODY


Coupling = Callable[[Devices, Entry], Iterable[Reached]]
