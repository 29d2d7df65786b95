"""Rows of the billing calendar: a single action schedule (class 22) whose wildcards say how often."""

from emulator.device.calendar import BillingCalendar
from emulator.device.commands import WriteBillingCalendar
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, array, encode, octets, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.rows import Object, Takes, constant, logical_name_octets, of_meter
from emulator.dlms.objects.types import ANY, ENUM, InvalidValueError, TypeUnmatchedError, checked, expect, items

BILLING_SCRIPTS = logical_name_octets("0.0.10.0.1.255")


def _execution(calendar: BillingCalendar) -> Data:
    day = calendar.day if calendar.period == "monthly" else 0xFF
    weekday = calendar.day if calendar.period == "weekly" else 0xFF
    at = octets(datetimes.encode_time(calendar.hour * 60 + calendar.minute))
    return array([structure(at, octets(bytes((0xFF, 0xFF, 0xFF, day, weekday))))])


@checked
def _read_execution(data: Data) -> WriteBillingCalendar:
    entries = items(data, Tag.ARRAY)
    if len(entries) != 1:
        raise InvalidValueError("a billing calendar has one execution time")
    at, on = items(entries[0], Tag.STRUCTURE, 2)
    minute = datetimes.decode_time(expect(at, Tag.OCTET_STRING, Tag.TIME))
    on_octets = expect(on, Tag.OCTET_STRING, Tag.DATE)
    if len(on_octets) != 5:
        raise TypeUnmatchedError("a date has 5 octets")
    if on_octets[:3] != b"\xff\xff\xff":
        raise InvalidValueError("a billing calendar recurs every month, week or day")
    day, weekday = on_octets[3], on_octets[4]
    period, number = ("monthly", day) if day != 0xFF else ("weekly", weekday) if weekday != 0xFF else ("daily", 1)
    return WriteBillingCalendar(BillingCalendar(period, number, *divmod(minute, 60)))


BILLING_CALENDAR = Object(
    "billing_calendar",
    "0.0.15.0.0.255",
    kinds.SINGLE_ACTION_SCHEDULE,
    {
        2: constant(encode(structure(octets(BILLING_SCRIPTS), Data(Tag.LONG_UNSIGNED, 1)))),
        3: constant(ENUM.encode(1)),
        4: of_meter(lambda meter: _execution(meter.records.billing.calendar), ANY)._replace(
            items={"billing_calendar": lambda data: _read_execution(data).calendar.text},
            write=Takes(
                WriteBillingCalendar,
                lambda _, data: _read_execution(data),
                lambda command: _execution(command.calendar),
            ),
        ),
    },
)
