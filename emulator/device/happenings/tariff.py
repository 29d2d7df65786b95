"""What happens to tariffs and prices."""

from emulator.device.happenings.happening import Happening


class TariffChanged(Happening, frozen=True):
    """Another switching table is active."""

    name: str


class PassiveTariffWritten(Happening, frozen=True):
    """Another switching table is held ready, to be activated at an instant or by a command."""

    name: str
    activate_at: int | None


class TariffNotActivated(Happening, frozen=True):
    """The passive switching table's time came, and the table is no valid one: the active one stays."""

    name: str
    fault: str


TARIFF = TariffChanged | PassiveTariffWritten | TariffNotActivated
