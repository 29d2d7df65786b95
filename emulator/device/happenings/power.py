"""What happens to the power of a device."""

from emulator.device.happenings.happening import Happening


class PowerLost(Happening, frozen=True):
    """The mains went off: the meter stops until they are back."""


class PowerRestored(Happening, frozen=True):
    """The mains are back; `kind` is "long" after three minutes and more."""

    off_ms: int
    kind: str = ""


POWER = PowerLost | PowerRestored
