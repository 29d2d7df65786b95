"""What happens when somebody puts a fault into a home (architecture D11): it starts, and it stops."""

import msgspec

from emulator.device.happenings.happening import Happening

Given = dict[str, int | str]
"""The parameters of a fault by name."""


class FaultStarted(Happening, frozen=True):
    """A fault is in force from now on; `on` is the device it was put into, "" for the home or its link."""

    number: int
    name: str
    on: str = ""
    given: Given = msgspec.field(default_factory=dict)


class FaultStopped(Happening, frozen=True):
    """A fault is no longer in force, by its own end or because somebody cleared it.

    `remains` says that the same fault stays in force by another number: what it did to the home goes on.
    """

    number: int
    name: str
    on: str = ""
    given: Given = msgspec.field(default_factory=dict)
    remains: bool = False


FAULTS = FaultStarted | FaultStopped
