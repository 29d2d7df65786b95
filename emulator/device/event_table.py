"""The event table: what a happening is called in a log and on the wire (functional reference 4.1 and 4.2).

Codes are GBCS's where 4.2 has one; the 0x9000 block is ours, for events every maker logs under a number of his own
(*assumed*). A profile may say otherwise for its make.
"""

from typing import NamedTuple

from emulator.device.happenings import (
    AccessRefused,
    AlertExpired,
    AlertSuppressed,
    AttachFailed,
    AuthenticationFailed,
    BalanceAdjusted,
    BatteryBack,
    BatteryFitted,
    BatteryLost,
    BillingCalendarChanged,
    ClockAdjusted,
    ClockInvalidated,
    ClockNotAdjusted,
    Commissioned,
    ConfigurationChanged,
    CounterReset,
    CredentialsUpdated,
    CreditAdded,
    CreditExhausted,
    CurrentCondition,
    DebtAdjusted,
    DebtCleared,
    DeviceJoined,
    DeviceLeft,
    DeviceLogChanged,
    DisablementSuspended,
    EmergencyActivated,
    EmergencyExhausted,
    EmergencyOffered,
    EntryLocked,
    EventLogCleared,
    FirmwareChanged,
    FirmwareChecked,
    FutureActioned,
    FutureNotActioned,
    HanLinkChanged,
    Happening,
    HubStarted,
    HubStopped,
    JoinRefused,
    LoadLimitReached,
    LocalCommandActioned,
    LocalCommandNotActioned,
    LossOfPower,
    LowBattery,
    LowCredit,
    MalformedCommands,
    MeterError,
    NetworkKeyRotated,
    NetworkLogStarted,
    PaymentModeChanged,
    PhysicalTamper,
    PowerLost,
    PowerRestored,
    PricesChanged,
    QueuedCommandRefused,
    SecurityPolicyActivated,
    SmsTaken,
    SupplyArmed,
    SupplyChanged,
    SupplyLocked,
    SupplyRestored,
    SwitchFailed,
    TariffChanged,
    TariffNotActivated,
    TenancyChanged,
    TopUpRejected,
    UncontrolledFlow,
    VoltageExcursion,
    WanAttached,
    WanLost,
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
    ClockInvalidated: Line(0x9020, EVENT, "clock invalid after a loss of power"),
    SupplyArmed: Line(0x8F32, EVENT, "supply armed", ALERT),
    (SupplyArmed, "load_limit"): Line(0x8F33, EVENT, "supply disabled, then armed, by the load limit", ALERT),
    (SupplyArmed, "emergency_credit"): Line(0x8168, NO_LOG, "supply armed by emergency credit"),
    SupplyRestored: Line(0x8F34, NO_LOG, "supply re-enabled after load limit restoration", ALERT, han=True),
    LoadLimitReached: Line(0x8F01, EVENT, "active power above load limit", ALERT, mandated=7),
    (SwitchFailed, "connect"): Line(0x81BD, EVENT, "load switch failed to connect", OPTIONAL),
    (SwitchFailed, "disconnect"): Line(0x81C0, EVENT, "load switch failed to disconnect", OPTIONAL),
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
    # SMETS1 has no power event log: its events go to the event log (4.3, rule 1). Outage alerts came with SMETS2.
    (VoltageExcursion, "average_over"): Line(0x8002, EVENT, "average RMS over voltage", ALERT, mandated=8),
    (VoltageExcursion, "average_under"): Line(0x8006, EVENT, "average RMS under voltage", ALERT, mandated=9),
    (VoltageExcursion, "extreme_over"): Line(0x8020, EVENT, "RMS extreme over voltage", ALERT, mandated=10),
    (VoltageExcursion, "extreme_under"): Line(0x8028, EVENT, "RMS extreme under voltage", ALERT, mandated=11),
    (VoltageExcursion, "sag"): Line(0x802C, EVENT, "RMS voltage sag", ALERT, mandated=12),
    (VoltageExcursion, "swell"): Line(0x8024, EVENT, "RMS voltage swell", ALERT, mandated=13),
    PowerLost: Line(0x8F57, EVENT, "supply interrupted"),
    PowerRestored: Line(0x8F35, EVENT, "power restored after an outage", OPTIONAL),
    (PowerRestored, "long"): Line(0x8F36, EVENT, "power restored after an outage of three minutes or more", OPTIONAL),
    PhysicalTamper: Line(0x8F3F, SECURITY, "physical tamper", ALERT, mandated=5),
    (PhysicalTamper, "battery_cover"): Line(0x8F73, SECURITY, "battery cover removed", ALERT, mandated=5),
    (PhysicalTamper, "meter_cover"): Line(0x8F74, SECURITY, "meter cover removed", ALERT, mandated=5),
    (PhysicalTamper, "magnet"): Line(0x8F75, SECURITY, "strong magnetic field", ALERT, mandated=5),
    (PhysicalTamper, "terminal_cover"): Line(0x8F76, SECURITY, "terminal cover removed", ALERT, mandated=5),
    (PhysicalTamper, "other"): Line(0x8F78, SECURITY, "other physical tamper", ALERT, mandated=5),
    (PhysicalTamper, "hub_removed"): Line(0x9021, SECURITY, "communications hub removed", ALERT, mandated=5),
    SupplyLocked: Line(0x81BE, EVENT, "supply locked by tamper", OPTIONAL),
    TenancyChanged: Line(0x9022, EVENT, "change of tenancy"),
    LowBattery: Line(0x8F1F, EVENT, "battery low", ALERT, mandated=1),
    LossOfPower: Line(0x8F1D, EVENT, "loss of power", ALERT, mandated=2),
    BatteryLost: Line(0x9030, EVENT, "battery removed or empty"),
    BatteryBack: Line(0x9031, EVENT, "battery power back"),
    BatteryFitted: Line(0x8F82, EVENT, "remaining battery capacity reset"),
    UncontrolledFlow: Line(0x81BF, EVENT, "supply disabled, then armed, for uncontrolled gas flow", OPTIONAL),
    NetworkLogStarted: Line(0x9032, EVENT, "network data log started"),
    # Of the hub. 4.2 gives 0x8F48 to 0x8F4B to joining and unjoining together; which is which is from memory.
    DeviceLogChanged: Line(0x8F12, SECURITY, "communications hub device log changed", ALERT),
    DeviceJoined: Line(0x8183, EVENT, "device joined the home area network", OPTIONAL),
    JoinRefused: Line(0x8F48, SECURITY, "device joining failed"),
    DeviceLeft: Line(0x8F4B, SECURITY, "device unjoining succeeded"),
    NetworkKeyRotated: Line(0x9041, SECURITY, "network key replaced"),
    HanLinkChanged: Line(0x9042, EVENT, "device lost or found on the home area network"),
    HubStopped: Line(0x9043, EVENT, "communications hub lost its power"),
    HubStarted: Line(0x9044, EVENT, "communications hub started"),
    WanAttached: Line(0x9045, EVENT, "WAN session open"),
    WanLost: Line(0x9046, EVENT, "WAN session lost"),
    AttachFailed: Line(0x9047, EVENT, "WAN attach failed"),
    SmsTaken: Line(0x9048, EVENT, "SMS received"),
    AlertSuppressed: Line(0x9049, EVENT, "alert suppressed"),
    AlertExpired: Line(0x904A, EVENT, "alert expired"),
    QueuedCommandRefused: Line(0x904B, EVENT, "command from the hub's queue refused"),
    (LocalCommandActioned, "han"): Line(0x8154, EVENT, "command from the home area network actioned", OPTIONAL),
    (LocalCommandNotActioned, "han"): Line(0x8155, EVENT, "command from the home area network refused", OPTIONAL),
    (LocalCommandActioned, "interface"): Line(0x8161, EVENT, "command at the user interface actioned", OPTIONAL),
    (LocalCommandNotActioned, "interface"): Line(0x8162, EVENT, "command at the user interface refused", OPTIONAL),
    (MeterError, "measurement"): Line(0x81AC, EVENT, "measurement fault", OPTIONAL),
    (MeterError, "metrology_firmware"): Line(0x81AD, EVENT, "metrology firmware fault", OPTIONAL),
    (MeterError, "non_volatile_memory"): Line(0x81AE, EVENT, "non-volatile memory fault", OPTIONAL),
    (MeterError, "program_execution"): Line(0x81AF, EVENT, "program execution fault", OPTIONAL),
    (MeterError, "program_storage"): Line(0x81B0, EVENT, "program storage fault", OPTIONAL),
    (MeterError, "ram"): Line(0x81B1, EVENT, "RAM fault", OPTIONAL),
    (MeterError, "unexpected_reset"): Line(0x81B2, EVENT, "unexpected hardware reset", OPTIONAL),
    (MeterError, "watchdog"): Line(0x81B3, EVENT, "watchdog fault", OPTIONAL),
    (CurrentCondition, "over_current"): Line(0x8010, EVENT, "over current", ALERT),
    (CurrentCondition, "power_factor"): Line(0x8014, EVENT, "power factor below its threshold", ALERT),
    (CurrentCondition, "polarity"): Line(0x81B8, EVENT, "incorrect polarity", ALERT),
    (CurrentCondition, "reverse_current"): Line(0x81BB, EVENT, "reverse current", ALERT),
    (FirmwareChecked, "ok"): Line(0x8F72, SECURITY, "firmware verified", ALERT),
    (FirmwareChecked, "failed"): Line(0x8F1C, SECURITY, "firmware verification failed", ALERT),
    (FirmwareChecked, "failed_at_power_on"): Line(0x8F1B, SECURITY, "firmware verification failed at power-on", ALERT),
    FirmwareChanged: Line(0x8F43, SECURITY, "another firmware version runs"),
    Commissioned: Line(0x8F69, NO_LOG, "device commissioned", ALERT),
    EventLogCleared: Line(0x8F52, SECURITY, "event log cleared"),
    CredentialsUpdated: Line(0x8F70, SECURITY, "security credentials updated"),
    SecurityPolicyActivated: Line(0x9006, SECURITY, "security policy activated"),
    AuthenticationFailed: Line(0x8F53, SECURITY, "failed authentication or authorisation", ALERT, mandated=6),
    (AuthenticationFailed, "source"): Line(
        0x8F3D, NO_LOG, "trusted source authentication failure", ALERT, mandated=6
    ),
    (AuthenticationFailed, "integrity"): Line(
        0x8F1E, SECURITY, "integrity check of command content or format failed", ALERT, mandated=6
    ),
    MalformedCommands: Line(0x8F60, SECURITY, "unusual numbers of malformed commands", ALERT, mandated=6),
    AccessRefused: Line(0x8F3E, SECURITY, "unauthorised communication access attempted", ALERT, mandated=6),
}


def line_of(what: Happening) -> Line | None:
    """Give how a happening is told; None for one that stands in the journal only."""
    kind = getattr(what, "kind", None)
    found = None if kind is None else LINES.get((type(what), kind))
    return found or LINES.get(type(what))
