"""Faults of the mains and of the crystal."""

from collections.abc import Iterator

from emulator.device.clock import MAX_DRIFT_PPM, ClockDrifts
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.electricity.voltage import MainsDisturbed
from emulator.device.faults.fault import Fault, Moment, Parameter
from emulator.device.journal import DeviceName
from emulator.device.reached import Reached


def _off(_: Moment) -> Iterator[Reached]:
    yield Reached(DeviceName.ESME, MainsOff())


def _on(_: Moment) -> Iterator[Reached]:
    yield Reached(DeviceName.ESME, MainsOn())


def _disturbed(moment: Moment) -> Iterator[Reached]:
    yield Reached(DeviceName.ESME, MainsDisturbed(moment.number("voltage_dv"), moment.number("for_s")))


def _strays(moment: Moment) -> Iterator[Reached]:
    ppm = moment.number("ppm")
    yield Reached(moment.on, ClockDrifts(-ppm if moment.given["way"] == "slow" else ppm))


def _keeps_time(moment: Moment) -> Iterator[Reached]:
    yield Reached(moment.on, ClockDrifts(0))


FAULTS = (
    Fault(
        name="power_cut",
        title="Power cut",
        behaviour="The mains are off from start to stop: the electricity meter and its hub stop, the gas meter goes "
        "on; on return a meter whose make has that alert tells of the outage, and the hub attaches again, each home at "
        "an instant of its own.",
        source="functional reference 2.11, 4.3; ours",
        target="esme",
        alone=True,
        begins=_off,
        ends=_on,
    ),
    Fault(
        name="voltage_out_of_bounds",
        title="Voltage out of bounds",
        behaviour="The network holds another voltage for a while: averages, extremes, sags and swells follow, with "
        "their counters, events and alerts; a voltage of 0 is an interruption of seconds. It ends by itself.",
        source="functional reference 2.12; ours",
        target="esme",
        alone=True,
        parameters=(
            Parameter("voltage_dv", 1_750, "the voltage in tenths of a volt", 0, 5_000),
            Parameter("for_s", 60, "how long", 1, 86_400),
        ),
        begins=_disturbed,
    ),
    Fault(
        name="clock_strays",
        title="Clock strays",
        behaviour="The meter's clock runs fast or slow; stamps, rates and midnights go by it until somebody sets it. "
        "Cleared, it keeps time again, and stays as far off as it got.",
        source="device dossier 8 (clock drift ppm as a parameter of profiles); ours",
        target="esme",
        meters=True,
        parameters=(
            Parameter("ppm", 20, "by so many millionths", 1, MAX_DRIFT_PPM),
            Parameter("way", "fast", "which way", words=("fast", "slow")),
        ),
        begins=_strays,
        ends=_keeps_time,
    ),
)
