"""The event table: what a happening is called in a log and on the wire (functional reference 4.1 and 4.2).

Codes are GBCS's where 4.2 has one; the 0x9000 block is ours, for events every maker logs under a number of his own
(*assumed*). A profile may say otherwise for its make.
"""

from typing import NamedTuple

from emulator.device.happenings import (
    AccessRefused,
    AuthenticationFailed,
    BalanceAdjusted,
    BillingCalendarChanged,
    ClockAdjusted,
    ClockNotAdjusted,
    ConfigurationChanged,
    CounterReset,
    CredentialsUpdated,
    CreditAdded,
    CreditExhausted,
    DebtAdjusted,
    DebtCleared,
    DisablementSuspended,
    EmergencyActivated,
    EmergencyExhausted,
    EmergencyOffered,
    EntryLocked,
    EventLogCleared,
    FutureActioned,
    FutureNotActioned,
    Happening,
    LoadLimitReached,
    LowCredit,
    PaymentModeChanged,
    PricesChanged,
    SecurityPolicyActivated,
    SupplyArmed,
    SupplyChanged,
    SupplyRestored,
    TariffChanged,
    TariffNotActivated,
    TopUpRejected,
)

EVENT, SECURITY, NO_LOG = "event", "security", ""
ALERT, OPTIONAL, NO_ALERT = "alert", "optional", ""


class Line(NamedTuple):
    """How a happening is told: its code, its log, what it means, and whether it is an alert.

    `mandated` is the row of the 13 mandated alerts (4.1), 0 for none; `han` says that displays are told too.
    """

    code: int
    log: str
    meaning: str
    alert: str = NO_ALERT
    mandated: int = 0
    han: bool = False


# A happening with a `kind` may have a line for each.
LINES: dict[type[Happening] | tuple[type[Happening], str], Line] = {
    ClockAdjusted: Line(0x8145, EVENT, "clock adjusted"),
    ClockNotAdjusted: Line(0x8F0C, SECURITY, "clock not adjusted", ALERT),
    SupplyArmed: Line(0x8F32, EVENT, "supply armed", ALERT),
    (SupplyArmed, "load_limit"): Line(0x8F33, EVENT, "supply disabled, then armed, by the load limit", ALERT),
    (SupplyArmed, "emergency_credit"): Line(0x8168, NO_LOG, "supply armed by emergency credit"),
    SupplyRestored: Line(0x8F34, NO_LOG, "supply re-enabled after load limit restoration", ALERT, han=True),
    LoadLimitReached: Line(0x8F01, EVENT, "active power above load limit", ALERT, mandated=7),
    SupplyChanged: Line(0x9001, EVENT, "load switch moved"),
    TariffChanged: Line(0x9002, EVENT, "tariff changed"),
    TariffNotActivated: Line(0x8F67, EVENT, "future-dated command not actioned", ALERT),
    FutureActioned: Line(0x8F66, EVENT, "future-dated command actioned", ALERT),
    FutureNotActioned: Line(0x8F67, EVENT, "future-dated command not actioned", ALERT),
    BillingCalendarChanged: Line(0x9003, EVENT, "billing calendar changed"),
    ConfigurationChanged: Line(0x9004, EVENT, "configuration changed"),
    CounterReset: Line(0x9005, EVENT, "counter reset"),
    PaymentModeChanged: Line(0x9007, EVENT, "payment mode changed"),
    BalanceAdjusted: Line(0x9008, EVENT, "meter balance adjusted"),
    DebtAdjusted: Line(0x9009, EVENT, "debt adjusted"),
    PricesChanged: Line(0x900A, EVENT, "prices changed"),
    LowCredit: Line(0x810D, NO_LOG, "credit below the low credit threshold", ALERT, mandated=3, han=True),
    EmergencyOffered: Line(0x8119, NO_LOG, "emergency credit available", ALERT, han=True),
    CreditAdded: Line(0x810E, NO_LOG, "credit added locally", ALERT),
    EmergencyExhausted: Line(0x81AA, EVENT, "emergency credit exhausted", OPTIONAL, han=True),
    EmergencyActivated: Line(0x81AB, EVENT, "emergency credit activated", OPTIONAL, han=True),
    CreditExhausted: Line(0x8F0F, NO_LOG, "credit below the disablement threshold", ALERT, mandated=4),
    DisablementSuspended: Line(0x8F83, EVENT, "disablement suspended"),
    (DebtCleared, "time_1"): Line(0x81A7, EVENT, "time debt 1 collected", OPTIONAL),
    (DebtCleared, "time_2"): Line(0x81A8, EVENT, "time debt 2 collected", OPTIONAL),
    (DebtCleared, "payment"): Line(0x81A9, EVENT, "payment debt collected", OPTIONAL),
    (TopUpRejected, "duplicate"): Line(0x8F51, SECURITY, "top-up code used before"),
    (TopUpRejected, "not_authentic"): Line(0x8F63, SECURITY, "top-up code not authentic"),
    (TopUpRejected, "wrong_device"): Line(0x8F64, SECURITY, "top-up code for another device"),
    (TopUpRejected, "above_max_credit"): Line(0x8F5B, SECURITY, "top-up above the maximum credit"),
    (TopUpRejected, "above_max_balance"): Line(0x8F47, SECURITY, "top-up would exceed the maximum balance"),
    (TopUpRejected, "locked_out"): Line(0x81C5, EVENT, "top-up code rejected, entry is suspended", OPTIONAL),
    EntryLocked: Line(0x81C4, EVENT, "manual entry of top-up codes suspended", OPTIONAL),
    EventLogCleared: Line(0x8F52, SECURITY, "event log cleared"),
    CredentialsUpdated: Line(0x8F70, SECURITY, "security credentials updated"),
    SecurityPolicyActivated: Line(0x9006, SECURITY, "security policy activated"),
    AuthenticationFailed: Line(0x8F53, SECURITY, "failed authentication or authorisation"),
    AccessRefused: Line(0x8F3E, SECURITY, "unauthorised communication access attempted", ALERT, mandated=6),
}


def line_of(what: Happening) -> Line | None:
    """Give how a happening is told; None for one that stands in the journal only."""
    kind = getattr(what, "kind", None)
    found = None if kind is None else LINES.get((type(what), kind))
    return found or LINES.get(type(what))
