"""What happens to the case, to the tenancy, and what looks like an attack on the wire."""

from emulator.device.happenings.happening import Happening


class PhysicalTamper(Happening, frozen=True):
    """A sensor of the case found an attempt at physical access; `kind` is the sensor."""

    kind: str


class TamperEnded(Happening, frozen=True):
    """A sensor of the case stands as it should again."""

    kind: str


class SupplyLocked(Happening, frozen=True):
    """Tampering locked the supply; only the supplier arms it again."""


class TenancyChanged(Happening, frozen=True):
    """The consumer changed: personal history before an instant of the device clock is hidden."""

    restricted_before: int


class MalformedCommands(Happening, frozen=True):
    """Unusual numbers of malformed commands arrived."""

    count: int


TAMPER = PhysicalTamper | TamperEnded | SupplyLocked | TenancyChanged | MalformedCommands
