"""What happens to SMS on their way, and to readings that a meter takes by a schedule of its own."""

from emulator.device.happenings.happening import Happening


class SmsHandedIn(Happening, frozen=True):
    """The SMS centre took an SMS for the hub; its text may hold a code and is not told."""

    number: int


class SmsSent(Happening, frozen=True):
    """The hub sent an SMS: what it says."""

    number: int
    text: str


class SmsNotSent(Happening, frozen=True):
    """An SMS was given up before the network could be reached: too many waited."""


class TextAnswered(Happening, frozen=True):
    """The meter answers a text that came by SMS."""

    text: str


class ReadingScheduled(Happening, frozen=True):
    """A schedule's time came, and the meter read itself.

    `mode` is the payment mode; debts are the two recovered over time and the payment debt.
    """

    number: int
    kind: str
    shown_at: int
    import_wh: int
    export_wh: int
    rates_wh: tuple[int, ...]
    mode: str
    balance_mp: int
    emergency_mp: int
    debts_mp: tuple[int, int, int]


class ReadScheduleChanged(Happening, frozen=True):
    """A reading schedule was set; without a kind it was cleared."""

    number: int
    kind: str = ""
    day: int = 1


class AccountChanged(Happening, frozen=True):
    """The meter changed hands: another tenant, or another supplier."""

    of: str


SMS = SmsHandedIn | SmsSent | SmsNotSent | TextAnswered | ReadingScheduled | ReadScheduleChanged | AccountChanged
