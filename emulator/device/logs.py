"""The event and the security log: readings of the journal, kept on the meter with its own clock's time.

Codes are GBCS's where the functional reference 4.2 has one; the 0x9000 block is ours, for events every maker logs
under a number of his own (*assumed*; a later profile table replaces them).
"""

from typing import NamedTuple

from emulator.device.happenings import (
    AccessRefused,
    AuthenticationFailed,
    BillingCalendarChanged,
    ClockAdjusted,
    ClockNotAdjusted,
    ConfigurationChanged,
    CounterReset,
    CredentialsUpdated,
    EventLogCleared,
    Happening,
    LoadLimitReached,
    SecurityPolicyActivated,
    SupplyArmed,
    SupplyChanged,
    SupplyRestored,
    TariffChanged,
    TariffNotActivated,
)
from emulator.device.profile import EventLogs
from emulator.device.records import LogEntry, Logs

EVENT = "event"
SECURITY = "security"


class Line(NamedTuple):
    """How a happening stands in a log."""

    code: int
    log: str
    meaning: str


LINES: dict[type[Happening], Line] = {
    ClockAdjusted: Line(0x8145, EVENT, "clock adjusted"),
    ClockNotAdjusted: Line(0x8F0C, SECURITY, "clock not adjusted"),
    SupplyArmed: Line(0x8F32, EVENT, "supply armed"),
    SupplyRestored: Line(0x8F34, EVENT, "supply re-enabled after load limit restoration"),
    LoadLimitReached: Line(0x8F01, EVENT, "active power above load limit"),
    SupplyChanged: Line(0x9001, EVENT, "load switch moved"),
    TariffChanged: Line(0x9002, EVENT, "tariff changed"),
    TariffNotActivated: Line(0x8F67, EVENT, "future-dated command not actioned"),
    BillingCalendarChanged: Line(0x9003, EVENT, "billing calendar changed"),
    ConfigurationChanged: Line(0x9004, EVENT, "configuration changed"),
    CounterReset: Line(0x9005, EVENT, "counter reset"),
    EventLogCleared: Line(0x8F52, SECURITY, "event log cleared"),
    CredentialsUpdated: Line(0x8F70, SECURITY, "security credentials updated"),
    SecurityPolicyActivated: Line(0x9006, SECURITY, "security policy activated"),
    AuthenticationFailed: Line(0x8F53, SECURITY, "failed authentication or authorisation"),
    AccessRefused: Line(0x8F3E, SECURITY, "unauthorised communication access attempted"),
}


def logged(logs: Logs, happened: tuple[Happening, ...], shown_at: int, sizes: EventLogs) -> Logs:
    """Append what happened to the logs; the oldest entries beyond their capacity are overwritten."""
    event: list[LogEntry] = []
    security: list[LogEntry] = []
    for what in happened:
        line = LINES.get(type(what))
        if line is not None:
            (security if line.log == SECURITY else event).append(LogEntry(shown_at, line.code))
    if not event and not security:
        return logs
    return Logs(
        event=(*logs.event, *event)[-sizes.event_entries :],
        security=(*logs.security, *security)[-sizes.security_entries :],
    )
