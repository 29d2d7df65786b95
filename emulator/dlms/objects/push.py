"""Rows of the hub's alerts on the wire: the push setup (class 40), the alert log to poll, and the newest alert.

What is pushed stands in these objects too, so that the push object list names nothing that cannot be read.
"""

from typing import Final

from emulator.device.commands import SetPushDestination
from emulator.device.hub.alert_queue import alert_log
from emulator.device.hub.hub import Hub
from emulator.device.hub.hub_records import Told
from emulator.device.instant import isoformat
from emulator.device.profile import Profile
from emulator.device.profiles.profile_push import PushObject
from emulator.dlms.alerts import NEWEST_ALERT, SOURCES, body
from emulator.dlms.codec.data import Data, Tag, array, encode, structure
from emulator.dlms.objects import buffers, kinds
from emulator.dlms.objects.buffers import Column, Line
from emulator.dlms.objects.logs import log
from emulator.dlms.objects.rows import Attribute, Object, Takes, View, constant, of_meter
from emulator.dlms.objects.types import (
    ANY,
    DATE_TIME,
    ENUM,
    TEXT,
    U8,
    U16,
    U32,
    InvalidValueError,
    expect,
    items,
)

TCP: Final = 0
XDLMS_APDU: Final = 0
_U8, _U16 = 0xFF, 0xFFFF

CODE = Column("alert_code", 1, "0.0.96.11.10.255")
NUMBER = Column("alert_number", 1, "0.0.96.15.10.255")
SOURCE = Column("alert_source", 1, "0.0.96.50.101.255")
NAME = Column("alert_name", 1, "0.0.96.50.103.255")
PUSHED: Final[dict[PushObject, Column]] = {
    "system_title": Column("security_setup", 64, "0.0.43.0.0.255", 5),
    "logical_device_name": Column("logical_device_name", 1, "0.0.42.0.0.255"),
    "number": NUMBER,
    "code": CODE,
    "name": NAME,
    "source": SOURCE,
    "raised_at": buffers.CLOCK,
}
_NONE = Told(0, SOURCES[0].value, 0, "", 0)


def _shown(hub: Hub) -> tuple[Told, ...]:
    return alert_log(hub.site, hub.records)


def _newest(hub: Hub) -> Told:
    return (_shown(hub) or (_NONE,))[-1]


def _source(one: Told) -> int:
    return SOURCES.index(next(name for name in SOURCES if name.value == one.device))


def _entries(hub: Hub) -> list[Line]:
    return [
        (one.raised_at, (U16.encode(one.code), ENUM.encode(_source(one)), U32.encode(one.number)))
        for one in _shown(hub)
    ]


def _read_lines(lines: Data) -> list[dict[str, object]]:
    told: list[dict[str, object]] = []
    for line in items(lines, Tag.ARRAY):
        at, code, source, number = items(line, Tag.STRUCTURE, 4)
        device = SOURCES[ENUM.decode(source)].value
        told.append(
            {
                "number": U32.decode(number),
                "device": device,
                "code": U16.decode(code),
                "raised_at": isoformat(DATE_TIME.decode(at)),
            }
        )
    return told


# The push setup


def _objects(view: View) -> bytes:
    names = view.meter.site.profile.push.objects
    return encode(array([PUSHED[name].definition({}) for name in names]))


def _sent_to(destination: str) -> Data:
    return structure(
        Data(Tag.ENUM, TCP), Data(Tag.OCTET_STRING, destination.encode("ascii")), Data(Tag.ENUM, XDLMS_APDU)
    )


def _destination(value: Data) -> str:
    service, destination, message = items(value, Tag.STRUCTURE, 3)
    if (expect(service, Tag.ENUM), expect(message, Tag.ENUM)) != (TCP, XDLMS_APDU):
        raise InvalidValueError("alerts go over TCP, as xDLMS APDUs")
    return str(TEXT.decode(destination))


def _spread(hub: Hub) -> int:
    return min(hub.site.profile.forwarding.storm_spread_s, _U16)


def _retries(hub: Hub) -> int:
    return min(hub.site.profile.forwarding.retries, _U8)


def _repetition(hub: Hub) -> int:
    return min(hub.site.profile.forwarding.retry_s, _U16)


def _pushes(profile: Profile) -> bool:
    return profile.push.service != "none"


PUSH_SETUP = Object(
    "push_setup",
    "0.0.25.9.0.255",
    kinds.PUSH_SETUP,
    {
        2: Attribute(_objects),
        3: of_meter(lambda hub: _sent_to(hub.records.push.destination), ANY)._replace(
            items={"push_destination": _destination},
            write=Takes(
                SetPushDestination,
                lambda _, value: SetPushDestination(_destination(value)),
                lambda command: _sent_to(command.destination),
            ),
        ),
        4: constant(encode(array([]))),
        5: of_meter(_spread, U16),
        6: of_meter(_retries, U8),
        7: of_meter(_repetition, U16),
    },
    when=_pushes,
)

PUSH: Final[tuple[Object, ...]] = (
    PUSH_SETUP,
    Object(CODE.object, CODE.logical_name, kinds.DATA, {2: of_meter(lambda hub: _newest(hub).code, U16)}),
    Object(NUMBER.object, NUMBER.logical_name, kinds.DATA, {2: of_meter(lambda hub: _newest(hub).number, U32)}),
    Object(SOURCE.object, SOURCE.logical_name, kinds.DATA, {2: of_meter(lambda hub: _source(_newest(hub)), ENUM)}),
    Object(NAME.object, NAME.logical_name, kinds.DATA, {2: of_meter(lambda hub: _newest(hub).name, TEXT)}),
    Object(
        "newest_alert",
        NEWEST_ALERT,
        kinds.DATA,
        {2: of_meter(lambda hub: body(hub.site, _newest(hub)), ANY)},
    ),
    log(
        "alert_log",
        "0.0.99.98.10.255",
        buffers.lines((CODE, SOURCE, NUMBER), lambda profile: profile.push.log_entries, _entries),
        {"alert_log": _read_lines},
    ),
)
