"""Commands of prices, the account and prepayment."""

from emulator.device.commands.declaring import Command, Sender, command
from emulator.device.money.account_records import Mode
from emulator.device.money.non_disablement import NonDisablement
from emulator.device.money.pricing import Prices


@command("Set Price")
class SetPrices(Command, frozen=True):
    """Replace prices and the standing charge, at once or at an instant (service 1.2)."""

    prices: Prices
    at: int | None = None


@command("Adjust Meter Balance")
class AdjustBalance(Command, frozen=True):
    """Add a signed amount to the meter balance of the running payment mode (service 1.5)."""

    amount_mp: int
    mode: Mode | None = None


@command("Reset Meter Balance")
class ResetBalance(Command, frozen=True):
    """Set the meter balance to zero (service 1.5)."""

    mode: Mode | None = None


@command("Set Payment Mode")
class SetPaymentMode(Command, frozen=True):
    """Run in credit or prepayment mode, at once or at an instant (service 1.6). What is None stays as it is."""

    mode: Mode
    suspend_disabled: bool | None = None
    suspend_emergency: bool | None = None
    disablement_mp: int | None = None
    at: int | None = None


@command("Reset Tariff Block Counter Matrix")
class ResetBlockCounters(Command, frozen=True):
    """Start the block counters anew (service 1.7, *assumed* for SMETS1)."""


@command("Write Prepayment Configuration")
class WritePrepaymentConfiguration(Command, frozen=True):
    """Replace the prepayment configuration (service 2.1). What is None stays as it is; a cap or greatest of 0 is none.

    All is taken at once, or at `at`; the calendar alone may also wait as the meter's next one, until `calendar_at`.
    """

    cap_mp: int | None = None
    emergency_limit_mp: int | None = None
    emergency_threshold_mp: int | None = None
    low_credit_mp: int | None = None
    max_balance_mp: int | None = None
    max_credit_mp: int | None = None
    calendar: NonDisablement | None = None
    calendar_at: int | None = None
    at: int | None = None


@command("Add Credit", Sender.SUPPLIER | Sender.CONSUMER)
class AddCredit(Command, frozen=True):
    """Apply a top-up code of 20 digits, once (service 2.2)."""

    code: str


@command("Adjust Debt")
class AdjustDebt(Command, frozen=True):
    """Add signed amounts to the debts, and replace how they are recovered (service 2.3). What is None stays as it is.

    `payment_share` is in hundredths of a per cent of each top-up.
    """

    time_1_mp: int = 0
    time_2_mp: int = 0
    payment_mp: int = 0
    rate_1_mp: int | None = None
    rate_2_mp: int | None = None
    hourly_1: bool | None = None
    hourly_2: bool | None = None
    payment_share: int | None = None


@command("Activate Emergency Credit", Sender.SUPPLIER | Sender.CONSUMER)
class ActivateEmergencyCredit(Command, frozen=True):
    """Lend the emergency credit limit (service 2.5)."""


COMMANDS: tuple[type[Command], ...] = (
    SetPrices,
    AdjustBalance,
    ResetBalance,
    SetPaymentMode,
    ResetBlockCounters,
    WritePrepaymentConfiguration,
    AddCredit,
    AdjustDebt,
    ActivateEmergencyCredit,
)
