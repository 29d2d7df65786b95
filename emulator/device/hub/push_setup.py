"""The push setup: which head end the hub tells of alerts (functional reference 4.1; IEC 62056-6-2, Push setup).

How alerts leave is the profile's push block and the alert queue's matter; nothing here opens a connection.
"""

import re

from emulator.device.commands import Reason, SetPushDestination
from emulator.device.happenings import PushDestinationSet
from emulator.device.hub.hub_records import HubRecords, Push
from emulator.device.step import Moment, Refused, Step, replace

ALLOWED = "host:port, such as 127.0.0.1:4060, or nothing"
DESTINATION = (
    r"[0-9A-Za-z]([0-9A-Za-z.-]{0,251}[0-9A-Za-z])?"
    r":(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
)


def host_and_port(destination: str) -> tuple[str, int]:
    """Take a destination apart. Raises ValueError for what is none."""
    if not re.fullmatch(DESTINATION, destination):
        raise ValueError(f"{destination!r} is no destination; allowed: {ALLOWED}")
    host, _, port = destination.rpartition(":")
    return host, int(port)


def set_destination(records: HubRecords, command: SetPushDestination, _: Moment) -> Step:
    """Name another head end; what waits goes there, what is on the wire arrives where it was sent."""
    if command.destination:
        try:
            host_and_port(command.destination)
        except ValueError as error:
            return Refused(Reason.INVALID_VALUE, str(error))
    if command.destination == records.push.destination:
        return records, ()
    return replace(records, push=Push(command.destination)), (PushDestinationSet(command.destination),)
