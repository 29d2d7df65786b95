"""Commands: what a supplier, a network or a consumer may ask of a device, each declared once.

The class is the command's name, its fields its parameters (units in their names), `command` its title and who may
send it, its docstring its one line of meaning. The command line, the head end, the bindings and the documentation
read `COMMANDS`. Titles are those of the SMETS1 functional reference, section 5.
"""

from collections.abc import Callable
from enum import Flag, StrEnum, auto
from typing import ClassVar, TypeVar

import msgspec

from emulator.device.calendar import BillingCalendar, SpecialDay, SwitchingTable


class Sender(Flag):
    """Who sends a command: the roles a binding gives to an association or to a key press."""

    SUPPLIER = auto()
    NETWORK = auto()
    CONSUMER = auto()


class Reason(StrEnum):
    """Why a command was refused. Each binding maps every member to an answer of its own wire."""

    NOT_AUTHENTIC = "not_authentic"
    NOT_AUTHORISED = "not_authorised"
    MALFORMED = "malformed"
    INVALID_VALUE = "invalid_value"
    NOT_APPLICABLE = "not_applicable"
    NOT_SUPPORTED = "not_supported"
    CONFLICT_STATE = "conflict_state"


class Command(msgspec.Struct, frozen=True):
    """One command; its subclasses are the declarations in this file."""

    title: ClassVar[str] = ""
    senders: ClassVar[Sender] = Sender.SUPPLIER


C = TypeVar("C", bound=type[Command])


def command(title: str, senders: Sender = Sender.SUPPLIER) -> Callable[[C], C]:
    """Give a command class its title and its senders."""

    def declare(kind: C) -> C:
        kind.title = title
        kind.senders = senders
        return kind

    return declare


@command("Enable Supply")
class EnableSupply(Command, frozen=True):
    """Close the load switch from afar (service 7.1); electricity only."""


@command("Disable Supply")
class DisableSupply(Command, frozen=True):
    """Open the load switch; the consumer cannot close it (service 7.2)."""


@command("Arm Supply")
class ArmSupply(Command, frozen=True):
    """Let the consumer close an open load switch (service 7.3)."""


@command("Restore Supply", Sender.CONSUMER)
class RestoreSupply(Command, frozen=True):
    """Close an armed load switch at the meter's own buttons."""


@command("Set Clock")
class SetClock(Command, frozen=True):
    """Set the clock to an instant (service 6.11), refused where that moves it further than the tolerance."""

    to: int
    tolerance_s: int | None = None


@command("Shift Clock")
class ShiftClock(Command, frozen=True):
    """Move the clock by some seconds, forward or back."""

    by_s: int


@command("Align Clock")
class AlignClock(Command, frozen=True):
    """Set the clock to the nearest whole multiple of a period (a quarter hour, the measuring period, a minute)."""

    period_s: int


@command("Preset Clock")
class PresetClock(Command, frozen=True):
    """Hold a time ready, to be taken over by Apply Preset Clock inside its validity interval."""

    to: int
    valid_from: int
    valid_until: int


@command("Apply Preset Clock")
class ApplyPresetClock(Command, frozen=True):
    """Set the clock to the preset time, if the clock stands inside the validity interval."""


@command("Set Tariff")
class SetTariff(Command, frozen=True):
    """Replace the switching table and its special days at once or at an instant (service 1.1, without its prices)."""

    table: SwitchingTable
    at: int | None = None


@command("Write Passive Tariff")
class WritePassiveTariff(Command, frozen=True):
    """Hold a switching table ready without activating it; it is validated when it is activated."""

    table: SwitchingTable


@command("Activate Passive Tariff")
class ActivatePassiveTariff(Command, frozen=True):
    """Make the passive switching table the active one, at once or at an instant."""

    at: int | None = None


@command("Write Special Days")
class WriteSpecialDays(Command, frozen=True):
    """Replace the special days of the active switching table."""

    days: tuple[SpecialDay, ...]


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
    """Set the load limit; a threshold of 0 W is off (service 6.4.1). What is None stays as it is."""

    threshold_w: int | None = None
    period_s: int | None = None
    restoration_s: int | None = None
    disable: bool | None = None


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


@command("Update Security Credentials")
class UpdateSecurityCredentials(Command, frozen=True):
    """Replace keys of the device, all or none (services 6.15 and 6.23); a key is 16 octets, None stays."""

    encryption_key: bytes | None = None
    authentication_key: bytes | None = None
    master_key: bytes | None = None


@command("Activate Security Policy")
class ActivateSecurityPolicy(Command, frozen=True):
    """Strengthen the security policy of the management association; it can never be weakened."""

    policy: int


COMMANDS: tuple[type[Command], ...] = (
    EnableSupply,
    DisableSupply,
    ArmSupply,
    RestoreSupply,
    SetClock,
    ShiftClock,
    AlignClock,
    PresetClock,
    ApplyPresetClock,
    SetTariff,
    WritePassiveTariff,
    ActivatePassiveTariff,
    WriteSpecialDays,
    WriteBillingCalendar,
    WritePowerThresholds,
    WriteLoadLimit,
    ResetLoadLimitCounter,
    ResetMaximumDemand,
    ClearEventLog,
    ClearSecurityLog,
    UpdateSecurityCredentials,
    ActivateSecurityPolicy,
)
