"""The event and the security log: readings of the journal, kept on the meter with its own clock's time."""

from emulator.device.alerts import told
from emulator.device.event_table import EVENT, SECURITY
from emulator.device.happenings import Happening
from emulator.device.profile import Profile
from emulator.device.records import LogEntry, Logs


def logged(logs: Logs, happened: tuple[Happening, ...], shown_at: int, profile: Profile) -> Logs:
    """Append what happened to the logs; the oldest entries beyond their capacity are overwritten."""
    event: list[LogEntry] = []
    security: list[LogEntry] = []
    for what in happened:
        line = told(profile.alerts, what)
        if line is not None and line.log == EVENT:
            event.append(LogEntry(shown_at, line.code))
        elif line is not None and line.log == SECURITY:
            security.append(LogEntry(shown_at, line.code))
    if not event and not security:
        return logs
    return Logs(
        event=(*logs.event, *event)[-profile.logs.event_entries :],
        security=(*logs.security, *security)[-profile.logs.security_entries :],
    )
