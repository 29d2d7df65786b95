"""What happens inside a device: faults it finds in itself, its firmware, its commissioning."""

from emulator.device.happenings.happening import Happening


class MeterError(Happening, frozen=True):
    """The meter found a fault in itself; `kind` names it."""

    kind: str


class CurrentCondition(Happening, frozen=True):
    """The current through an electricity meter is not as it should be; `kind` says how."""

    kind: str


class FirmwareChecked(Happening, frozen=True):
    """Firmware was verified: `kind` is ok, failed, or failed_at_power_on."""

    kind: str


class FirmwareChanged(Happening, frozen=True):
    """Another firmware version runs."""

    version: str


class Commissioned(Happening, frozen=True):
    """The device was commissioned."""


ERRORS = MeterError | CurrentCondition | FirmwareChecked | FirmwareChanged | Commissioned
