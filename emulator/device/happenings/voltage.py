"""What happens to the voltage at the terminals."""

from emulator.device.happenings.happening import Happening


class VoltageExcursion(Happening, frozen=True):
    """The voltage passed a threshold for longer than its period, or its average over a measurement period did.

    `kind` is average_over, average_under, extreme_over, extreme_under, sag or swell.
    """

    kind: str
    voltage_dv: int
    threshold_dv: int


VOLTAGE = VoltageExcursion
