"""Faults of the mains."""

from collections.abc import Iterator

from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.faults.fault import Fault, Moment
from emulator.device.journal import DeviceName
from emulator.device.reached import Reached


def _off(_: Moment) -> Iterator[Reached]:
    yield Reached(DeviceName.ESME, MainsOff())


def _on(_: Moment) -> Iterator[Reached]:
    yield Reached(DeviceName.ESME, MainsOn())


FAULTS = (
    Fault(
        name="power_cut",
        title="Power cut",
        behaviour="The mains are off from start to stop: the electricity meter and its hub stop, the gas meter goes "
        "on; on return the meter tells of the outage and the hub attaches again, each home at an instant of its own.",
        source="functional reference 2.11, 4.3; ours",
        target="esme",
        begins=_off,
        ends=_on,
    ),
)
