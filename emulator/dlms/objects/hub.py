"""Rows of the hub's own logical device: who it is, its WAN and its home area network, its alerts, its logs.

Anybody may read who it is; the rest is for readers, and its commands are management's. Objects `0.0.96.50.E` are ours.
"""

from typing import Any, Final

from emulator.device.commands import AddDevice, RemoveDevice, RotateNetworkKey
from emulator.device.hub.hub import Hub
from emulator.device.hub.items_hub import HUB_ITEMS
from emulator.device.identity import format_eui64, parse_eui64
from emulator.device.instant import isoformat
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, array, decode, encode, octets, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.administration import (
    ASSOCIATION,
    INVOCATION_COUNTER,
    IPV4_SETUP,
    LOGICAL_DEVICE_NAME,
    SAP_ASSIGNMENT,
    SECURITY_TOLD,
    TCP_UDP_SETUP,
)
from emulator.dlms.objects.clock import INTERNAL_CRYSTAL
from emulator.dlms.objects.logs import EVENT_CODE, EVENTS, SECURITY, SECURITY_CODE, event_code, log, read_log_lines
from emulator.dlms.objects.money import TIME_OR_NONE, optional
from emulator.dlms.objects.push import PUSH
from emulator.dlms.objects.rows import (
    Level,
    Method,
    Object,
    Takes,
    Unit,
    constant,
    data,
    of_item,
    of_meter,
    register,
    scaler_unit,
)
from emulator.dlms.objects.types import (
    ANY,
    BOOLEAN,
    DATE_TIME,
    ENUM,
    I8,
    I16,
    OCTETS,
    TEXT,
    U8,
    U16,
    U32,
    InvalidValueError,
    WireType,
    expect,
    items,
)

HUB_BY_KEY: Final = {item.key: item for item in HUB_ITEMS}
ROTATE_KEY: Final = 1
"""The script that replaces the network key (its number, and that a script table does it, are *assumed*)."""


def _public(row: Object) -> Object:
    shown = {number: attribute._replace(level=Level.PUBLIC) for number, attribute in row.attributes.items()}
    return row._replace(attributes=shown)


def _told(name: str, number: int, wire: WireType, key: str | None = None) -> Object:
    return data(name, f"0.0.96.50.{number}.255", key or name, wire, among=HUB_BY_KEY)


def _counted(name: str, number: int) -> Object:
    return register(name, f"0.0.96.50.{number}.255", name, Unit.COUNT, among=HUB_BY_KEY)


# Values as structures


def _read_eui64(value: Data) -> int:
    found = expect(value, Tag.OCTET_STRING)
    if len(found) != 8:
        raise InvalidValueError("an EUI-64 has 8 octets")
    return int.from_bytes(found, "big")


EUI64 = WireType(
    lambda shown: OCTETS.encode(parse_eui64(shown).to_bytes(8, "big")), lambda value: format_eui64(_read_eui64(value))
)


def _iso(value: Data) -> str | None:
    at = TIME_OR_NONE.decode(value)
    return None if at is None else isoformat(at)


def _row(value: Data, fields: dict[str, Any]) -> dict[str, Any]:
    """Read a structure: the name of each part, and how it is read."""
    parts = zip(fields.items(), items(value, Tag.STRUCTURE, len(fields)), strict=True)
    return {name: read(part) for (name, read), part in parts}


def _rows(**fields: Any) -> Any:
    return lambda value: [_row(item, fields) for item in items(value, Tag.ARRAY)]


def _array(rows: list[list[bytes]]) -> Data:
    return array([structure(*(decode(cell) for cell in row)) for row in rows])


def _device_log(hub: Hub) -> Data:
    """Give the device log: who, what, joined when, may join until when, key version, heard. No code is in it."""
    return _array(
        [
            [
                OCTETS.encode(row.eui64.to_bytes(8, "big")),
                TEXT.encode(row.device),
                TIME_OR_NONE.encode(row.joined_at),
                TIME_OR_NONE.encode(row.closes_at),
                U32.encode(row.key_version),
                BOOLEAN.encode(row.linked),
            ]
            for row in hub.records.area.log
        ]
    )


def _added(_: Hub, value: Data) -> AddDevice:
    eui64, device, code, seconds = items(value, Tag.STRUCTURE, 4)
    return AddDevice(
        EUI64.decode(eui64), TEXT.decode(device), expect(code, Tag.OCTET_STRING).hex(), U16.decode(seconds)
    )


def _to_add(command: AddDevice) -> Data:
    """Write who may join: EUI-64, device, install code, seconds. Raises ValueError for what is no hex."""
    return structure(
        decode(EUI64.encode(command.eui64)),
        decode(TEXT.encode(command.device)),
        octets(bytes.fromhex(command.install_code)),
        Data(Tag.LONG_UNSIGNED, command.join_time_s),
    )


def _removed(hub: Hub) -> Data:
    return _array(
        [
            [OCTETS.encode(one.eui64.to_bytes(8, "big")), TEXT.encode(one.device), DATE_TIME.encode(one.removed_at)]
            for one in hub.records.area.removed
        ]
    )


def _queue(hub: Hub) -> Data:
    return _array(
        [
            [U32.encode(one.number), TEXT.encode(one.name), DATE_TIME.encode(one.queued_at)]
            for one in hub.records.queue.waiting
        ]
    )


def _ended(hub: Hub) -> Data:
    """Give what became of commands for the gas meter: number, name, reason ("" is done), detail, when."""
    return _array(
        [
            [
                U32.encode(one.number),
                TEXT.encode(one.name),
                TEXT.encode(one.reason),
                TEXT.encode(one.detail),
                DATE_TIME.encode(one.ended_at),
            ]
            for one in hub.records.queue.ended
        ]
    )


def _alerts(hub: Hub) -> Data:
    return _array(
        [
            [U32.encode(one.number), TEXT.encode(one.device), U16.encode(one.code), DATE_TIME.encode(one.raised_at)]
            for one in hub.records.alerts.waiting
        ]
    )


def _rotation(_: Hub, value: Data) -> RotateNetworkKey:
    if expect(value, Tag.LONG_UNSIGNED) != ROTATE_KEY:
        raise InvalidValueError(f"there is one script, {ROTATE_KEY}")
    return RotateNetworkKey()


IDENTITY: Final[tuple[Object, ...]] = (
    data("serial", "0.0.96.1.0.255", "serial", level=Level.PUBLIC, among=HUB_BY_KEY),
    data("eui64", "0.0.96.1.1.255", "eui64", EUI64, Level.PUBLIC, among=HUB_BY_KEY),
    Object(
        "maker", "0.0.96.1.2.255", kinds.DATA, {2: of_meter(lambda h: h.site.profile.hub.maker, TEXT, Level.PUBLIC)}
    ),
    Object(
        "model", "0.0.96.1.4.255", kinds.DATA, {2: of_meter(lambda h: h.site.profile.hub.model, TEXT, Level.PUBLIC)}
    ),
    data("firmware", "1.0.0.2.0.255", "firmware", level=Level.PUBLIC, among=HUB_BY_KEY),
    data("iccid", "0.0.96.1.5.255", "iccid", level=Level.PUBLIC, among=HUB_BY_KEY),
    data("imsi", "0.0.96.1.6.255", "imsi", level=Level.PUBLIC, among=HUB_BY_KEY),
)
# The network's time: nobody sets it.
HUB_CLOCK = Object(
    "clock",
    "0.0.1.0.0.255",
    kinds.CLOCK,
    {
        2: of_meter(lambda hub: hub.now, DATE_TIME),
        3: constant(I16.encode(0)),
        4: constant(U8.encode(0)),
        5: constant(OCTETS.encode(datetimes.NEVER)),
        6: constant(OCTETS.encode(datetimes.NEVER)),
        7: constant(I8.encode(0)),
        8: constant(BOOLEAN.encode(0)),
        9: constant(ENUM.encode(INTERNAL_CRYSTAL)),
    },
)
WAN: Final[tuple[Object, ...]] = (
    _told("wan_state", 80, TEXT),
    _told("wan_cause", 81, U8),
    _told("registration", 82, TEXT),
    Object(
        "signal_dbm",
        "0.0.96.50.83.255",
        kinds.REGISTER,
        {2: of_item("signal_dbm", optional(I16), among=HUB_BY_KEY), 3: scaler_unit(0, Unit.DECIBEL_MILLIWATT)},
    ),
    _told("signal_quality", 84, U8),
    _told("sim_state", 85, TEXT),
    _counted("sms_received", 86),
)
AREA: Final[tuple[Object, ...]] = (
    _told("han_channel", 87, U8),
    _told("han_pan_id", 88, U16),
    _told("han_extended_pan_id", 89, EUI64),
    _told("network_key_version", 90, U32),
    Object(
        "device_log",
        "0.0.96.50.91.255",
        kinds.DATA,
        {
            2: of_meter(_device_log, ANY)._replace(
                items={
                    "device_log": _rows(
                        eui64=EUI64.decode,
                        device=TEXT.decode,
                        joined_at=_iso,
                        may_join_until=_iso,
                        key_version=U32.decode,
                        linked=lambda value: bool(BOOLEAN.decode(value)),
                    )
                },
                write=Takes(AddDevice, _added, _to_add),
            )
        },
    ),
    _told("device_log_capacity", 92, U16),
    Object(
        "removed_devices",
        "0.0.96.50.93.255",
        kinds.DATA,
        {
            2: of_meter(_removed, ANY)._replace(
                items={"removed_devices": _rows(eui64=EUI64.decode, device=TEXT.decode, removed_at=_iso)},
                write=Takes(
                    RemoveDevice,
                    lambda _, value: RemoveDevice(EUI64.decode(value)),
                    lambda command: decode(EUI64.encode(command.eui64)),
                ),
            )
        },
    ),
    Object(
        "queued_commands",
        "0.0.96.50.94.255",
        kinds.DATA,
        {
            2: of_meter(_queue, ANY)._replace(
                items={"queued_commands": _rows(number=U32.decode, name=TEXT.decode, queued_at=_iso)}
            )
        },
    ),
    Object(
        "queue_results",
        "0.0.96.50.112.255",
        kinds.DATA,
        {
            2: of_meter(_ended, ANY)._replace(
                items={
                    "queue_results": _rows(
                        number=U32.decode, name=TEXT.decode, reason=TEXT.decode, detail=TEXT.decode, ended_at=_iso
                    )
                }
            )
        },
    ),
    # Function control script table (IEC 62056-6-2).
    Object(
        "hub_scripts",
        "0.0.10.0.111.255",
        kinds.SCRIPT_TABLE,
        {2: constant(encode(array([structure(Data(Tag.LONG_UNSIGNED, ROTATE_KEY), array([]))])))},
        {1: Method(Takes(RotateNetworkKey, _rotation, lambda _: Data(Tag.LONG_UNSIGNED, ROTATE_KEY)))},
    ),
)
ALERTS: Final[tuple[Object, ...]] = (
    Object(
        "alerts_waiting",
        "0.0.96.50.95.255",
        kinds.DATA,
        {
            2: of_meter(_alerts, ANY)._replace(
                items={"alerts_waiting": _rows(number=U32.decode, device=TEXT.decode, code=U16.decode, raised_at=_iso)}
            )
        },
    ),
    _counted("alerts_raised", 96),
    _counted("alerts_sent", 97),
    _counted("alerts_suppressed", 98),
    _counted("alerts_expired", 99),
)
HUB_LOGS: Final[tuple[Object, ...]] = (
    event_code("event_code", EVENT_CODE, "event"),
    log("event_log", "0.0.99.98.0.255", EVENTS, {"event_log": read_log_lines}),
    event_code("security_event_code", SECURITY_CODE, "security"),
    log("security_log", "0.0.99.98.1.255", SECURITY, {"security_log": read_log_lines}),
)

HUB: Final[tuple[Object, ...]] = (
    LOGICAL_DEVICE_NAME,
    SAP_ASSIGNMENT,
    ASSOCIATION,
    *IDENTITY,
    SECURITY_TOLD,
    INVOCATION_COUNTER,
    _public(TCP_UDP_SETUP),
    _public(IPV4_SETUP),
    HUB_CLOCK,
    *WAN,
    *AREA,
    *ALERTS,
    *HUB_LOGS,
    *PUSH,
    _told("firmware_slot", 100, TEXT),
    _told("combination", 110, TEXT),
    _counted("enrolment_attempts", 111),
)
