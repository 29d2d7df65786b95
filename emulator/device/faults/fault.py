"""What a fault is: a row of the catalogue (architecture D11; device dossier 4).

A row brings its behaviour about in one or more of three ways, and holds no code of its own beyond that: it lays changes
over the profile of the home's devices while it is in force (`changes`), it lets something happen in the world when it
starts and when it stops (`begins`, `ends`), or it spoils what passes on the home's link (`spoils`, by the farm).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from emulator.device.device import Device
from emulator.device.journal import DeviceName
from emulator.device.overlay import Changes
from emulator.device.profile import Profile
from emulator.device.reached import Devices, Reached

Value = int | str
Values = Mapping[str, Value]
Target = Literal["home", "esme", "gsme", "chf", "ppmid", "ihd", "link"]


class Parameter(NamedTuple):
    """One parameter: a whole number within bounds, or one of some words; its unit ends its name."""

    name: str
    default: Value
    meaning: str
    least: int = 0
    most: int = 0
    words: tuple[str, ...] = ()


class Moment(NamedTuple):
    """A fault as it starts or stops: in which home, at which of its devices, with which parameters."""

    devices: Devices
    on: DeviceName
    given: Values
    at: int

    @property
    def device(self) -> Device[Any]:
        """The device the fault was put into."""
        return self.devices[self.on]

    def number(self, name: str) -> int:
        """Give a parameter that is a number."""
        return int(self.given[name])


Happens = Callable[[Moment], Iterable[Reached]]


def nothing(_: Moment) -> Iterable[Reached]:
    """Let nothing happen."""
    return ()


def _no_changes(_: Values) -> Changes:
    return {}


class Fault(NamedTuple):
    """One row of the catalogue.

    `row` is the reference's own id ("W1"), "" for those that are ours; `target` what it is put into where the selector
    names a home; one that is `alone` befalls that and no other device, one of `meters` either meter. `absent` says what
    of it cannot be reproduced in software, and `wholly_absent` that nothing of it can: such a row explains and refuses
    to start. `needs` names the profile blocks, or properties of them that must hold, without which it cannot
    befall a set.
    """

    name: str
    title: str
    behaviour: str
    source: str
    target: Target
    row: str = ""
    parameters: tuple[Parameter, ...] = ()
    changes: Callable[[Values], Changes] = _no_changes
    begins: Happens = nothing
    ends: Happens = nothing
    spoils: str = ""
    needs: tuple[str, ...] = ()
    alone: bool = False
    meters: bool = False
    absent: str = ""
    wholly_absent: bool = False


def device_of(fault: Fault, on: str) -> DeviceName:
    """Give the device a fault was put into: the one that was named, else the one it is made for."""
    name = on or fault.target
    return DeviceName.CHF if name in {"home", "link"} else DeviceName(name)


def lacking(fault: Fault, profile: Profile) -> str:
    """Name the first of what a fault needs that a set does not have, "" where it has all."""
    for need in fault.needs:
        block, _, key = need.partition(".")
        held = getattr(profile, block)
        if held is None or (key and not getattr(held, key)):
            return need
    return ""


class FaultError(ValueError):
    """A fault that cannot be put in like this; the text says what is allowed."""


def values(fault: Fault, given: Mapping[str, str | int]) -> dict[str, Value]:
    """Give all parameters of a fault, read and judged, from what somebody wrote. Raises FaultError."""
    known = {one.name: one for one in fault.parameters}
    for name in given:
        if name not in known:
            raise FaultError(f"{fault.name} has no {name!r}; allowed: {', '.join(known) or 'no parameter'}")
    return {name: _value(fault, one, given.get(name, one.default)) for name, one in known.items()}


def _value(fault: Fault, parameter: Parameter, written: str | int) -> Value:
    if parameter.words:
        if written in parameter.words:
            return written
        allowed = ", ".join(parameter.words)
    else:
        try:
            number = int(written)
        except ValueError:
            number = parameter.most + 1
        if parameter.least <= number <= parameter.most:
            return number
        allowed = f"a whole number from {parameter.least} to {parameter.most}"
    raise FaultError(f"{fault.name}: {parameter.name} = {written}; allowed: {allowed}")
