"""What clients do wrong on the home's wire, as the hub writes it down. Nothing else comes of it: it is no device's log.

Who finds it is the binding's matter; a real hub has no such book.
"""

from emulator.device.happenings import ClientMisbehaved
from emulator.device.hub.hub_records import HubRecords
from emulator.device.step import Event, Moment, Step


class MisconductSeen(Event, frozen=True):
    """A binding saw a client do what it should not; the fields are the happening's."""

    kind: str
    client: int
    server: int
    detail: str
    evidence: str
    count: int


def tell(records: HubRecords, event: MisconductSeen, _: Moment) -> Step:
    """Write it down."""
    told = ClientMisbehaved(event.kind, event.client, event.server, event.detail, event.evidence, event.count)
    return records, (told,)
