"""Commands of voltage monitoring, the case and the tenancy."""

from emulator.device.commands.declaring import Command, Sender, command

_NETWORK = Sender.NETWORK | Sender.SUPPLIER


@command("Write Voltage Settings", _NETWORK)
class WriteVoltageSettings(Command, frozen=True):
    """Set the thresholds and periods of voltage monitoring (service 6.5). What is None stays as it is."""

    average_over_dv: int | None = None
    average_under_dv: int | None = None
    average_period_s: int | None = None
    extreme_over_dv: int | None = None
    extreme_over_s: int | None = None
    extreme_under_dv: int | None = None
    extreme_under_s: int | None = None
    sag_dv: int | None = None
    sag_s: int | None = None
    swell_dv: int | None = None
    swell_s: int | None = None


@command("Reset Voltage Counters", _NETWORK)
class ResetVoltageCounters(Command, frozen=True):
    """Set the counters of average over and under voltage to zero."""


@command("Set Tamper State")
class SetTamperState(Command, frozen=True):
    """Say whether tampering locks the supply or leaves it as it is (service 6.25; not one of the 37)."""

    lock: bool


@command("Restrict Data")
class RestrictData(Command, frozen=True):
    """Hide personal history before an instant of the device clock, past or to come, at a change of tenancy (3.2)."""

    before: int


COMMANDS: tuple[type[Command], ...] = (
    WriteVoltageSettings,
    ResetVoltageCounters,
    SetTamperState,
    RestrictData,
)
