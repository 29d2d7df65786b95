"""What happens to the account: postings of the ledger, credit running low, top-ups, debts, payment modes."""

from enum import StrEnum

import msgspec

from emulator.device.happenings.happening import Happening
from emulator.device.money.account_records import Mode


class Holding(StrEnum):
    """The accounts of the ledger. The meter holds the first seven; the others are the world's.

    A debt is held as its negative: paying one moves money from the balance to it.
    """

    BALANCE = "balance"
    EMERGENCY = "emergency_credit"
    ACCUMULATED = "accumulated_debt"
    DEBT_1 = "time_debt_1"
    DEBT_2 = "time_debt_2"
    PAYMENT_DEBT = "payment_debt"
    OTHER_MODE = "other_mode_balance"
    ENERGY = "energy"
    STANDING = "standing_charge"
    VENDED = "top_up"
    LENDER = "lender"
    SUPPLIER = "supplier"


class Line(msgspec.Struct, frozen=True, array_like=True):
    """Energy at one price: the TOU register (or block set) and the block (0 for none) that counted it."""

    register: int
    block: int
    energy_mwh: int
    price_mp: int


class Posted(Happening, frozen=True):
    """Money moved from one account to another for a rule of the functional reference, over a stretch of time.

    `lines` explain consumption by tariff line; `times` how many hours or days a charge was taken for.
    """

    rule: str
    source: Holding
    target: Holding
    amount_mp: int
    since: int
    until: int
    times: int = 1
    lines: tuple[Line, ...] = ()


class AccountOpened(Happening, frozen=True):
    """A contract holds from now on."""

    mode: Mode


class PaymentModeChanged(Happening, frozen=True):
    """The meter runs in another payment mode."""

    mode: Mode


class LowCredit(Happening, frozen=True):
    """Combined credit fell below the low credit threshold."""

    credit_mp: int


class CreditExhausted(Happening, frozen=True):
    """Combined credit reached the disablement threshold, and the supply was disabled."""

    credit_mp: int


class DisablementSuspended(Happening, frozen=True):
    """Combined credit reached the disablement threshold inside a non-disablement period: the supply stays on."""

    credit_mp: int


class EmergencyOffered(Happening, frozen=True):
    """Emergency credit may now be activated."""

    limit_mp: int


class EmergencyActivated(Happening, frozen=True):
    """Emergency credit was lent."""

    limit_mp: int


class EmergencyInUse(Happening, frozen=True):
    """The balance is used up: from now on emergency credit pays."""

    left_mp: int


class EmergencyExhausted(Happening, frozen=True):
    """Emergency credit is used up."""


class EmergencyReleased(Happening, frozen=True):
    """Emergency credit is repaid and no longer selected."""


class CreditAdded(Happening, frozen=True):
    """A top-up was accepted; `local` says that it was entered in the home. Of its code only the last digits stand."""

    value_mp: int
    balance_mp: int
    local: bool
    code: str


class TopUpRejected(Happening, frozen=True):
    """A top-up code was refused; `kind` says why."""

    kind: str
    local: bool


class EntryLocked(Happening, frozen=True):
    """Too many wrong codes: manual entry is suspended until an instant."""

    until: int


class DebtCleared(Happening, frozen=True):
    """A debt is collected; `kind` names it."""

    kind: str


class BalanceAdjusted(Happening, frozen=True):
    """The supplier changed the balance, or set it to zero."""

    by_mp: int


class DebtAdjusted(Happening, frozen=True):
    """The supplier changed debts or how they are recovered."""


class PricesChanged(Happening, frozen=True):
    """Other prices hold."""


MONEY = (
    Posted
    | AccountOpened
    | PaymentModeChanged
    | LowCredit
    | CreditExhausted
    | DisablementSuspended
    | EmergencyOffered
    | EmergencyActivated
    | EmergencyInUse
    | EmergencyExhausted
    | EmergencyReleased
    | CreditAdded
    | TopUpRejected
    | EntryLocked
    | DebtCleared
    | BalanceAdjusted
    | DebtAdjusted
    | PricesChanged
)
