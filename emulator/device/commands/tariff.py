"""Commands of tariffs."""

from emulator.device.calendar import SpecialDay, SwitchingTable
from emulator.device.commands.declaring import Command, command
from emulator.device.money.pricing import Prices


@command("Set Tariff")
class SetTariff(Command, frozen=True):
    """Replace the switching table, its special days and the prices, at once or at an instant (service 1.1).

    Without prices the present ones stay.
    """

    table: SwitchingTable
    at: int | None = None
    prices: Prices | None = None


@command("Write Passive Tariff")
class WritePassiveTariff(Command, frozen=True):
    """Hold a switching table ready without activating it; it is validated when it is activated.

    Without prices the active ones stay.
    """

    table: SwitchingTable
    prices: Prices | None = None


@command("Activate Passive Tariff")
class ActivatePassiveTariff(Command, frozen=True):
    """Make the passive switching table the active one, at once or at an instant."""

    at: int | None = None


@command("Write Special Days")
class WriteSpecialDays(Command, frozen=True):
    """Replace the special days of the active switching table."""

    days: tuple[SpecialDay, ...]


COMMANDS: tuple[type[Command], ...] = (
    SetTariff,
    WritePassiveTariff,
    ActivatePassiveTariff,
    WriteSpecialDays,
)
