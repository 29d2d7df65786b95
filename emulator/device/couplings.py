"""Couplings: what happens to one device of a home and reaches another at the same instant, as a table.

A coupling is a function of the devices as they stand and of an entry of the journal; it gives what reaches whom. It
changes nothing itself.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from emulator.device.commands import NOBODY, Command, Sender
from emulator.device.device import Device
from emulator.device.happenings import Happening
from emulator.device.journal import DeviceName, Entry
from emulator.device.step import Event

Devices = Mapping[DeviceName, Device[Any]]


class Reached(NamedTuple):
    """What reaches a device: an event, or a command with who sends it. A device that is not there is not reached."""

    device: DeviceName
    what: Command | Event
    sender: Sender = NOBODY


Coupling = Callable[[Devices, Entry], Iterable[Reached]]

COUPLINGS: dict[type[Happening], tuple[Coupling, ...]] = {}
