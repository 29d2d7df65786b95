"""Commands of gas meters."""

from emulator.device.commands.declaring import Command, Sender, command


@command("Write Gas Conversion")
class WriteGasConversion(Command, frozen=True):
    """Set calorific value (MJ/m3) and conversion factor, for later consumption (service 6.6). None stays as it is.

    Each is a whole number with so many digits after the point.
    """

    calorific_value: int | None = None
    calorific_digits: int | None = None
    conversion_factor: int | None = None
    conversion_digits: int | None = None


@command("Write Gas Flow")
class WriteGasFlow(Command, frozen=True):
    """Set the uncontrolled gas flow rate (1e-4 m3/h), its periods and the lock states (service 6.7). None stays."""

    uncontrolled_flow: int | None = None
    stabilisation_s: int | None = None
    measurement_s: int | None = None
    tamper_locks: bool | None = None
    depletion_locks: bool | None = None


@command("Record Network Data", Sender.NETWORK | Sender.SUPPLIER)
class RecordNetworkData(Command, frozen=True):
    """Record consumption in steps of six minutes for four hours from now (service 14.1)."""


COMMANDS: tuple[type[Command], ...] = (
    WriteGasConversion,
    WriteGasFlow,
    RecordNetworkData,
)
