"""Commands of settings, counters and logs."""

from emulator.device.calendar import BillingCalendar
from emulator.device.commands.declaring import Command, command


@command("Write Billing Calendar")
class WriteBillingCalendar(Command, frozen=True):
    """Replace the billing calendar (service 6.8)."""

    calendar: BillingCalendar


@command("Write Power Thresholds")
class WritePowerThresholds(Command, frozen=True):
    """Set the borders of low, medium and high power (service 6.12)."""

    low_medium_w: int
    medium_high_w: int


@command("Write Load Limit")
class WriteLoadLimit(Command, frozen=True):
    """Set the load limit, at once or at an instant; 0 W is off (service 6.4.1). What is None stays as it is."""

    threshold_w: int | None = None
    period_s: int | None = None
    restoration_s: int | None = None
    disable: bool | None = None
    at: int | None = None


@command("Reset Load Limit Counter")
class ResetLoadLimitCounter(Command, frozen=True):
    """Set the load limit counter to zero (service 6.4.2)."""


@command("Reset Maximum Demand")
class ResetMaximumDemand(Command, frozen=True):
    """Start the maximum demand anew (a maker's function; not one of the 37 services)."""


@command("Clear Event Log")
class ClearEventLog(Command, frozen=True):
    """Empty the event log; the security log records it (service 3.3)."""


@command("Clear Security Log")
class ClearSecurityLog(Command, frozen=True):
    """Always refused: the security log cannot be cleared (functional reference 2.9)."""


@command("Set Import MPxN")
class SetSupplyNumber(Command, frozen=True):
    """Write the number of the supply point, MPAN or MPRN (service 6.20.1; several makes have it, SMETS1 asks not)."""

    number: str


@command("Lock Optical Port")
class LockOpticalPort(Command, frozen=True):
    """Close the optical port, or open it again (a maker's function; device dossier 3.10)."""

    locked: bool


COMMANDS: tuple[type[Command], ...] = (
    WriteBillingCalendar,
    WritePowerThresholds,
    WriteLoadLimit,
    ResetLoadLimitCounter,
    ResetMaximumDemand,
    ClearEventLog,
    ClearSecurityLog,
    SetSupplyNumber,
    LockOpticalPort,
)
