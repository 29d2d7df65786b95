"""Alerts on the wire: a hub's alert as a notification of its family, and a notification read back as an alert.

What a notification holds, and in which order, is the profile's. A reader tells the values apart by their types, so a
head end needs no copy of the layout. It opens no connection.
"""

from collections.abc import Callable
from typing import NamedTuple

from emulator.device.household import Site
from emulator.device.hub.hub_records import Told
from emulator.device.journal import DeviceName
from emulator.device.profiles.profile_push import PushObject
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, structure
from emulator.dlms.errors import PduError
from emulator.dlms.objects.administration import HUB_SAP, logical_device_name, system_title
from emulator.dlms.objects.rows import logical_name_octets
from emulator.dlms.pdu.notification import DataNotification, EventNotification, read_notification

DATA_CLASS = 1
VALUE = 2
NEWEST_ALERT = "0.0.96.50.102.255"
"""The Data object whose value is the newest alert, as a notification's body is: what an EventNotification names."""

SOURCES = tuple(DeviceName)
"""Which device raised an alert: its place here is its number on the wire."""

_TITLE_OCTETS = 8


class Alert(NamedTuple):
    """An alert as a notification tells it; None and "" are what this family leaves out."""

    service: str
    sent_at: int | None
    system_title: bytes = b""
    logical_device: str = ""
    number: int | None = None
    code: int | None = None
    name: str = ""
    source: str = ""
    raised_at: int | None = None


def _octets(value: bytes) -> Data:
    return Data(Tag.OCTET_STRING, value)


_WRITTEN: dict[PushObject, Callable[[Site, Told], Data]] = {
    "system_title": lambda site, _: _octets(system_title(site)),
    "logical_device_name": lambda site, _: _octets(logical_device_name(site, HUB_SAP)),
    "number": lambda _, one: Data(Tag.DOUBLE_LONG_UNSIGNED, one.number),
    "code": lambda _, one: Data(Tag.LONG_UNSIGNED, one.code),
    "name": lambda _, one: Data(Tag.VISIBLE_STRING, one.name.encode("ascii", "replace")),
    "source": lambda _, one: Data(Tag.ENUM, SOURCES.index(DeviceName(one.device))),
    "raised_at": lambda _, one: _octets(datetimes.encode(one.raised_at)),
}


def body(site: Site, one: Told) -> Data:
    """Give what a family tells of an alert, in its order."""
    return structure(*(_WRITTEN[name](site, one) for name in site.profile.push.objects))


def notification(site: Site, one: Told, now: int, *, high_priority: bool = False) -> bytes:
    """Write the APDU by which a family tells of an alert."""
    told = body(site, one)
    if site.profile.push.service == "event-notification":
        return EventNotification(DATA_CLASS, logical_name_octets(NEWEST_ALERT), VALUE, told, now).to_bytes()
    return DataNotification(one.number, told, now, high_priority).to_bytes()


def read_alert(apdu: bytes) -> Alert:
    """Read an alert from a notification. Raises PduError for what is none."""
    read = read_notification(apdu)
    if isinstance(read, DataNotification):
        told, service = read.body, "data-notification"
    else:
        told, service = read.value, "event-notification"
    if told.tag is not Tag.STRUCTURE:
        raise PduError("an alert is a structure")
    found = Alert(service, read.at)
    for item in told.value:
        found = _with(found, item)
    return found


def _with(found: Alert, item: Data) -> Alert:
    value = item.value
    match item.tag:
        case Tag.DOUBLE_LONG_UNSIGNED:
            return found._replace(number=value)
        case Tag.LONG_UNSIGNED:
            return found._replace(code=value)
        case Tag.VISIBLE_STRING:
            return found._replace(name=value.decode("ascii", "replace"))
        case Tag.ENUM if value < len(SOURCES):
            return found._replace(source=SOURCES[value].value)
        case Tag.OCTET_STRING if len(value) == _TITLE_OCTETS:
            return found._replace(system_title=value)
        case Tag.OCTET_STRING:
            try:
                return found._replace(raised_at=datetimes.decode(value))
            except PduError:
                return found._replace(logical_device=value.decode("ascii", "replace"))
    return found  # what another make adds
