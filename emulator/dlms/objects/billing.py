"""Rows of the billing calendar: a single action schedule (class 22) whose wildcards say how often."""

from emulator.device.calendar import PERIOD_MONTHS, BillingCalendar
from emulator.device.commands import WriteBillingCalendar
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, array, encode, octets, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.rows import Object, Takes, constant, logical_name_octets, of_meter
from emulator.dlms.objects.types import ANY, ENUM, InvalidValueError, TypeUnmatchedError, checked, expect, items

BILLING_SCRIPTS = logical_name_octets("0.0.10.0.1.255")
_OPEN = 0xFF


# Kinds of schedule (IEC 62056-6-2, class 22): one entry, or several at one time of day; wildcards in their dates.
ONE_ENTRY, ONE_TIME = 1, 3
_BY_MONTHS = {1: "yearly", 2: "six-monthly", 4: "quarterly"}


def _execution(calendar: BillingCalendar) -> Data:
    """Write the entries of a calendar: one, or one for each month named, the start month first."""
    weekday = calendar.day if calendar.period == "weekly" else _OPEN
    day = calendar.day if calendar.period in PERIOD_MONTHS else _OPEN
    months = calendar.months if PERIOD_MONTHS.get(calendar.period, 1) > 1 else (_OPEN,)
    at = octets(datetimes.encode_time(calendar.hour * 60 + calendar.minute))
    dates = (bytes((_OPEN, _OPEN, month, day, weekday)) for month in months)
    return array([structure(at, octets(date)) for date in dates])


def _kind(calendar: BillingCalendar) -> int:
    return ONE_ENTRY if len(_execution(calendar).value) == 1 else ONE_TIME


def _written(command: WriteBillingCalendar) -> Data | None:
    """Write a command's calendar. A schedule has no place for the instant before which nothing is billed."""
    return _execution(command.calendar) if command.calendar.start is None else None


@checked
def _read_execution(data: Data) -> WriteBillingCalendar:
    entries = [_read_entry(entry) for entry in items(data, Tag.ARRAY)]
    if not entries:
        raise InvalidValueError("a billing calendar has an execution time")
    minute, month, day, weekday = entries[0]
    hour_minute = divmod(minute, 60)
    if month == _OPEN and len(entries) == 1:
        period, number = ("monthly", day) if day != _OPEN else ("weekly", weekday) if weekday != _OPEN else ("daily", 1)
        return WriteBillingCalendar(BillingCalendar(period, number, *hour_minute))
    calendar = BillingCalendar(_BY_MONTHS.get(len(entries), ""), day, *hour_minute, month)
    expected = [(minute, month, day, _OPEN) for month in calendar.months]
    if month not in range(1, 13) or sorted(entries) != sorted(expected):
        raise InvalidValueError("a billing calendar recurs every day, week, month, quarter, half year or year")
    return WriteBillingCalendar(calendar)


def _read_entry(entry: Data) -> tuple[int, int, int, int]:
    """Read one entry: minute of the day, month, day of the month and weekday, as they stand."""
    at, on = items(entry, Tag.STRUCTURE, 2)
    minute = datetimes.decode_time(expect(at, Tag.OCTET_STRING, Tag.TIME))
    on_octets = expect(on, Tag.OCTET_STRING, Tag.DATE)
    if len(on_octets) != 5:
        raise TypeUnmatchedError("a date has 5 octets")
    if on_octets[:2] != b"\xff\xff":
        raise InvalidValueError("a billing calendar recurs in every year")
    return minute, on_octets[2], on_octets[3], on_octets[4]


BILLING_CALENDAR = Object(
    "billing_calendar",
    "0.0.15.0.0.255",
    kinds.SINGLE_ACTION_SCHEDULE,
    {
        2: constant(encode(structure(octets(BILLING_SCRIPTS), Data(Tag.LONG_UNSIGNED, 1)))),
        3: of_meter(lambda meter: _kind(meter.records.billing.calendar), ENUM),
        4: of_meter(lambda meter: _execution(meter.records.billing.calendar), ANY)._replace(
            items={"billing_calendar": lambda data: _read_execution(data).calendar.text},
            write=Takes(
                WriteBillingCalendar,
                lambda _, data: _read_execution(data),
                _written,
            ),
        ),
    },
)
