"""DataNotification and EventNotification: what a server says unasked (IEC 62056-5-3, 6.15 and 7.3; A-XDR).

Neither is answered. The date-time of a DataNotification may be empty; the time of an EventNotification is optional.
"""

from dataclasses import dataclass

from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, encode, read
from emulator.dlms.codec.octets import Cursor, octet_string
from emulator.dlms.errors import PduError
from emulator.dlms.pdu.tags import Apdu

MAX_INVOKE_ID = 0xFFFFFF
_HIGH_PRIORITY = 1 << 31


@dataclass(frozen=True, slots=True)
class DataNotification:
    """A push: the invoke id (24 bits), when it was sent, and its body. The service class is unconfirmed."""

    invoke: int
    body: Data
    at: int | None = None
    high_priority: bool = False

    def to_bytes(self) -> bytes:
        """Write the APDU."""
        head = (self.invoke & MAX_INVOKE_ID) | (_HIGH_PRIORITY if self.high_priority else 0)
        return bytes((Apdu.DATA_NOTIFICATION,)) + head.to_bytes(4, "big") + _written(self.at) + encode(self.body)


@dataclass(frozen=True, slots=True)
class EventNotification:
    """An event: an attribute by its class, logical name and number, its value, and when."""

    class_id: int
    logical_name: bytes
    attribute: int
    value: Data
    at: int | None = None

    def to_bytes(self) -> bytes:
        """Write the APDU."""
        time = b"\x00" if self.at is None else b"\x01" + _written(self.at)
        descriptor = self.class_id.to_bytes(2, "big") + self.logical_name + self.attribute.to_bytes(1, "big")
        return bytes((Apdu.EVENT_NOTIFICATION,)) + time + descriptor + encode(self.value)


Notification = DataNotification | EventNotification


def read_notification(octets: bytes) -> Notification:
    """Read either APDU. Raises PduError."""
    cursor = Cursor(octets)
    tag = cursor.u8()
    if tag == Apdu.DATA_NOTIFICATION:
        return _data_notification(cursor)
    if tag == Apdu.EVENT_NOTIFICATION:
        return _event_notification(cursor)
    raise PduError("no notification")


def _data_notification(cursor: Cursor) -> DataNotification:
    head = cursor.u32()
    at = _instant(cursor.octet_string())
    body = read(cursor)
    cursor.end()
    return DataNotification(head & MAX_INVOKE_ID, body, at, bool(head & _HIGH_PRIORITY))


def _event_notification(cursor: Cursor) -> EventNotification:
    flag = cursor.u8()
    if flag not in {0, 1}:
        raise PduError("a presence flag is 0 or 1")
    at = _instant(cursor.octet_string()) if flag else None
    class_id, name, attribute = cursor.u16(), cursor.take(6), cursor.u8()
    value = read(cursor)
    cursor.end()
    return EventNotification(class_id, name, attribute, value, at)


def _written(at: int | None) -> bytes:
    return b"\x00" if at is None else octet_string(datetimes.encode(at))


def _instant(octets: bytes) -> int | None:
    return None if not octets or datetimes.is_unspecified(octets) else datetimes.decode(octets)
