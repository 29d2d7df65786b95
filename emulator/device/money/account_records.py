"""The money a meter keeps, as small frozen values (functional reference 2.5), in millipence; debts are positive."""

from enum import StrEnum

import msgspec

from emulator.device.money.non_disablement import NonDisablement
from emulator.device.money.utrn import Tries, Used

MOST_MP = 2**31 - 1
"""The greatest amount that a money item of a meter can say, either way (int32, 2.5)."""


class Mode(StrEnum):
    """The payment mode."""

    CREDIT = "credit"
    PREPAYMENT = "prepayment"


class TimeDebt(msgspec.Struct, frozen=True, array_like=True):
    """A debt recovered over time: what is left, what is taken each hour or day, and through which one it was taken.

    `taken` counts whole hours or days of the device clock since 1970.
    """

    left_mp: int = 0
    rate_mp: int = 0
    hourly: bool = False
    taken: int = 0


class Account(msgspec.Struct, frozen=True):
    """The account as it stood at `settled_at`; at any later instant it is this and a closed form (`charges.py`).

    `balance_mp` falls with consumption in both modes; in credit mode the amount due is its negative. `rest` is what
    consumption has run up beyond the last whole millipence, in millionths. `other_mp` is the balance of the mode that
    does not run, where a meter keeps one for each. `charged_day` is the device clock's day
    through which the standing charge was taken.
    """

    mode: Mode = Mode.CREDIT
    settled_at: int = 0
    balance_mp: int = 0
    other_mp: int = 0
    rest: int = 0
    emergency_mp: int = 0
    emergency_on: bool = False
    accumulated_mp: int = 0
    debts: tuple[TimeDebt, TimeDebt] = (TimeDebt(), TimeDebt())
    payment_debt_mp: int = 0
    charged_day: int = 0


class Latches(msgspec.Struct, frozen=True):
    """What was already told and is not told again until it was otherwise once (2.6 D).

    `spared` keeps the supply on after a change of payment mode found no credit (2.4), until there is some.
    """

    low: bool = False
    offered: bool = False
    in_use: bool = False
    exhausted: bool = False
    suspended: bool = False
    spared: bool = False


class Terms(msgspec.Struct, frozen=True):
    """The prepayment configuration. A cap, a greatest balance and a greatest credit of 0 are none."""

    emergency_limit_mp: int = 0
    emergency_threshold_mp: int = 0
    low_credit_mp: int = 0
    disablement_mp: int = 0
    payment_share: int = 0
    cap_mp: int = 0
    suspend_disabled: bool = False
    suspend_emergency: bool = False
    max_balance_mp: int = 0
    max_credit_mp: int = 0
    calendar: NonDisablement = NonDisablement()
    next_calendar: NonDisablement | None = None
    next_calendar_at: int | None = None


class Vend(msgspec.Struct, frozen=True, array_like=True):
    """One accepted top-up: the device clock's time, its value, and the last digits of its code."""

    at: int
    value_mp: int
    code: str = ""


class DebtPayment(msgspec.Struct, frozen=True, array_like=True):
    """One payment that a top-up made on the payment debt, by the device clock."""

    at: int
    value_mp: int


class Entered(msgspec.Struct, frozen=True, array_like=True):
    """How the last top-up code fared: the device clock's time, whether it came from within the home, and the outcome.

    The outcome is "accepted" or the kind of its rejection; of the code only the last digits are kept.
    """

    at: int
    local: bool
    outcome: str
    value_mp: int = 0
    code: str = ""


class Receipts(msgspec.Struct, frozen=True):
    """The last credits and debt payments, oldest first, what guards against replay and guessing, and two counts.

    `week` is what counts against the cap: the payments of the last seven days, added up by the hour. `refund` is a code
    that says what credit a change of payment mode left over, "" for none.
    """

    credits: tuple[Vend, ...] = ()
    payments: tuple[DebtPayment, ...] = ()
    week: tuple[DebtPayment, ...] = ()
    used: Used = Used()
    tries: Tries = Tries()
    accepted: int = 0
    rejected: int = 0
    last: Entered | None = None
    refund: str = ""


class AccountSnapshot(msgspec.Struct, frozen=True, array_like=True):
    """The account at one moment, for the billing data log (2.9)."""

    at: int
    mode: Mode
    balance_mp: int
    emergency_mp: int
    accumulated_mp: int
    payment_debt_mp: int
    debts_mp: tuple[int, int]
