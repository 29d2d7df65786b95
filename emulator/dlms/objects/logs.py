"""Rows of the logs: half-hour profiles, daily reads, billing, events (class 7)."""

from collections.abc import Callable, Mapping

from emulator.device.commands import ClearEventLog, ClearSecurityLog
from emulator.device.household import Channel
from emulator.device.items import log_line
from emulator.device.meter import Meter
from emulator.device.profile import Profile
from emulator.device.records import LogEntry
from emulator.dlms.codec.data import Data, Tag, encode
from emulator.dlms.objects import buffers, kinds
from emulator.dlms.objects.buffers import Buffer, Column
from emulator.dlms.objects.rows import Attribute, Method, Object, Takes, View, constant, of_meter, without_parameters
from emulator.dlms.objects.types import DATE_TIME, ENUM, U16, U32
from emulator.dlms.objects.types import items as items_of

FIFO = 1


def _other_channels(profile: Profile) -> tuple[Channel, ...]:
    export = (Channel.EXPORT,) if profile.metering.export else ()
    reactive = (Channel.REACTIVE_IMPORT, Channel.REACTIVE_EXPORT) if profile.metering.reactive else ()
    return export + reactive


def _has_others(profile: Profile) -> bool:
    return bool(profile.metering.other_profile_days and _other_channels(profile))


def _last_code(entries: tuple[LogEntry, ...]) -> int:
    return entries[-1].code if entries else 0


EVENT_CODE = Column("event_code", 1, "0.0.96.11.0.255")
SECURITY_CODE = Column("security_event_code", 1, "0.0.96.11.1.255")

IMPORT_PROFILE = buffers.half_hours(lambda _: (Channel.IMPORT,), lambda profile: profile.metering.import_profile_days)
OTHER_PROFILE = buffers.half_hours(_other_channels, lambda profile: profile.metering.other_profile_days)
DAILY = buffers.snapshots(lambda profile: profile.metering.daily_reads, buffers.midnights)
BILLING = buffers.snapshots(lambda profile: profile.metering.billing_entries, buffers.billings)
EVENTS = buffers.events(EVENT_CODE, lambda profile: profile.logs.event_entries, lambda meter: meter.records.logs.event)
SECURITY = buffers.events(
    SECURITY_CODE, lambda profile: profile.logs.security_entries, lambda meter: meter.records.logs.security
)


def read_log_lines(lines: Data) -> list[dict[str, object]]:
    """Read the buffer of an event log as the item of it has it."""
    told = []
    for line in items_of(lines, Tag.ARRAY):
        at, code = items_of(line, Tag.STRUCTURE, 2)
        told.append(log_line(DATE_TIME.decode(at), U16.decode(code)))
    return told


def log(
    name: str,
    logical_name: str,
    buffer: Buffer,
    items: Mapping[str, Callable[[Data], object]] | None = None,
    clear: Takes | None = None,
    when: Callable[[Profile], bool] = lambda _: True,
    entries_item: str | None = None,
) -> Object:
    """Make a profile generic of a buffer, with the items that its entries and their number hold."""

    def whole(view: View) -> bytes:
        return buffers.read_buffer(buffer, view.meter, None)

    def captured(view: View) -> bytes:
        return buffers.capture_objects(buffer, view.meter.site.profile)

    def sorted_by(view: View) -> bytes:
        return encode(buffers.CLOCK.definition(view.meter.site.profile.wire.dlms.logical_names))

    return Object(
        name,
        logical_name,
        kinds.PROFILE_GENERIC,
        {
            2: Attribute(
                whole,
                items=items or {},
                select=lambda view, selection: buffers.read_buffer(buffer, view.meter, selection),
            ),
            3: Attribute(captured),
            4: constant(U32.encode(buffer.period_s)),
            5: constant(ENUM.encode(FIFO)),
            6: Attribute(sorted_by),
            7: of_meter(buffer.in_use, U32)._replace(items={entries_item: U32.decode} if entries_item else {}),
            8: of_meter(lambda meter: buffer.capacity(meter.site.profile), U32),
        },
        {} if clear is None else {1: Method(clear)},
        when,
    )


def event_code(name: str, column: Column, entries: str) -> Object:
    """Make the Data object that an event log captures: the code of its newest entry."""

    def last(meter: Meter) -> int:
        return _last_code(getattr(meter.records.logs, entries))

    return Object(name, column.logical_name, kinds.DATA, {2: of_meter(last, U16)})


LOGS: tuple[Object, ...] = (
    log("import_profile", "1.0.99.1.0.255", IMPORT_PROFILE),
    log("other_profile", "1.0.99.2.0.255", OTHER_PROFILE, when=_has_others),
    log("daily_reads", "0.0.98.2.0.255", DAILY, entries_item="daily_read_entries"),
    log("billing_log", "0.0.98.1.0.255", BILLING),
    event_code("event_code", EVENT_CODE, "event"),
    log("event_log", "0.0.99.98.0.255", EVENTS, {"event_log": read_log_lines}, without_parameters(ClearEventLog)),
    event_code("security_event_code", SECURITY_CODE, "security"),
    log(
        "security_log",
        "0.0.99.98.1.255",
        SECURITY,
        {"security_log": read_log_lines},
        without_parameters(ClearSecurityLog),
    ),
)
