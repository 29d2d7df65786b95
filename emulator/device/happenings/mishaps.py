"""What befalls a meter that no rule of the specification knows (device dossier 4.4 to 4.6)."""

from emulator.device.happenings.happening import Happening


class RegistersReset(Happening, frozen=True):
    """All registers began anew at zero; what they held is gone."""

    import_wh: int


class LoggingStopped(Happening, frozen=True):
    """No half hour reaches the profile log from now on, and none of these ever will."""

    until: int


class LoggingResumed(Happening, frozen=True):
    """The profile log takes half hours again."""


class FriendlyHoursImposed(Happening, frozen=True):
    """Supply is kept until this minute of each day whatever the balance, which was laid this much below zero."""

    until_minute: int
    debt_mp: int


class FriendlyHoursLifted(Happening, frozen=True):
    """The friendly hours are what they were before, and what was laid on the balance is given back."""

    debt_mp: int


class CreditRetained(Happening, frozen=True):
    """Credit that a change of payment mode left over stands in a refund code; of the code only its end is told."""

    value_mp: int
    code: str


class CreditForfeited(Happening, frozen=True):
    """Credit that a change of payment mode left over is gone."""

    value_mp: int


class EntryFreed(Happening, frozen=True):
    """Codes may be keyed in again before the lock ran out."""


class CredentialsHandedOver(Happening, frozen=True):
    """Another party's keys stand in the meter from now on; "" hands the former ones back."""

    to: str


class EnrolmentFailed(Happening, frozen=True):
    """An attempt to enrol the installation failed; after the last one it is excluded."""

    attempts: int
    excluded: bool


MISHAPS = (
    RegistersReset
    | LoggingStopped
    | LoggingResumed
    | FriendlyHoursImposed
    | FriendlyHoursLifted
    | CreditRetained
    | CreditForfeited
    | EntryFreed
    | CredentialsHandedOver
    | EnrolmentFailed
)
