"""Rows of the prepayment configuration and its state: registers, the non-disablement calendar, what is told of both.

GBCS has these as objects of its own class 9000; here they are Registers at the same logical names, for a reader that
knows the standard. The calendar is a Schedule (class 10) with special days, which any DLMS client reads; a Data object
carries it whole in both directions, the table form too.
"""

from typing import Any

import msgspec

from emulator.device.calendar import SpecialDay, SwitchingTable
from emulator.device.commands import Command, SetPaymentMode, WritePrepaymentConfiguration
from emulator.device.meter import Meter
from emulator.device.money.non_disablement import Day, Entry, NonDisablement
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import NULL, Data, Tag, array, decode, octets, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.account import WEEK_S
from emulator.dlms.objects.calendars import DAYS, SEASONS, SPECIAL_DAY_LIST, WEEKS
from emulator.dlms.objects.money import (
    AMOUNT,
    MONEY_SCALE,
    TIME_OR_NONE,
    fully_prepaid,
    prepaid,
)
from emulator.dlms.objects.rows import (
    Object,
    Takes,
    Unit,
    constant,
    data,
    logical_name_octets,
    of_item,
    of_meter,
    only,
    scaler_unit,
    whole,
)
from emulator.dlms.objects.types import (
    ANY,
    BOOLEAN,
    I32,
    TEXT,
    U32,
    InvalidValueError,
    WireType,
    checked,
    expect,
    items,
)

START_SCRIPT, STOP_SCRIPT = 1, 2
SCRIPTS = logical_name_octets("0.0.10.0.105.255")  # of the disconnector's special cases: none can be run by a client
_WEEK = 7
_SPECIAL_BITS = 256


def _setting(
    name: str, logical_name: str, key: str, field: str | None = None, *, item: bool = True, takes: Takes | None = None
) -> Object:
    """Make a Register of an amount that a command writes."""
    write = takes or only(WritePrepaymentConfiguration, field or key, I32)
    value = of_item(key, AMOUNT)
    if not item:
        value = value._replace(items={})  # an attribute of the account or a credit tells it too
    attributes = {2: value._replace(write=write), 3: scaler_unit(MONEY_SCALE, Unit.CURRENCY)}
    return Object(name, logical_name, kinds.REGISTER, attributes, when=prepaid)


def _disablement(meter: Meter, value: Data) -> SetPaymentMode:
    """Write the threshold and refresh the mode that runs (2.4)."""
    return SetPaymentMode(meter.records.account.mode, disablement_mp=I32.decode(value))


SETTINGS = (
    _setting("emergency_limit", "0.0.94.44.128.2", "emergency_limit_mp", item=False),
    _setting("emergency_threshold", "0.0.94.44.128.3", "emergency_threshold_mp", item=False),
    _setting("low_credit", "0.0.94.44.128.9", "low_credit_mp", item=False),
    _setting("debt_cap", "0.0.94.44.128.12", "debt_cap_mp", "cap_mp"),
    Object(
        "debt_cap_period",
        "0.0.94.44.128.13",
        kinds.REGISTER,
        {2: constant(U32.encode(WEEK_S)), 3: scaler_unit(0, Unit.SECOND)},
        when=prepaid,
    ),
    _setting(
        "disablement_threshold",
        "0.0.94.44.128.22",
        "disablement_mp",
        takes=Takes(SetPaymentMode, _disablement, lambda _: None),
    ),
    _setting("max_credit", "0.0.94.44.2.10", "max_credit_mp"),
    _setting("max_balance", "0.0.94.44.2.20", "max_balance_mp"),
)


# The non-disablement calendar as a schedule


def _date(on: Day) -> Data:
    return octets(datetimes.encode_date(on.year, on.month, on.day))


@checked
def _read_date(value: Data) -> Day:
    year, month, day = datetimes.decode_date(expect(value, Tag.OCTET_STRING, Tag.DATE))
    return Day(month, day, year)


def _places(numbers: tuple[int, ...], first: int, least: int) -> Data:
    """Write numbers as set bits of a bit-string, the bit of the first number first."""
    size = max([least, *(number - first + 1 for number in numbers)])
    return Data(Tag.BIT_STRING, "".join("01"[place + first in numbers] for place in range(size)))


def _read_places(value: Data, first: int, most: int) -> tuple[int, ...]:
    places = expect(value, Tag.BIT_STRING)
    if len(places) > most:
        raise InvalidValueError(f"a bit-string of at most {most} bits")
    return tuple(place + first for place, bit in enumerate(places) if bit == "1")


def _entry(index: int, entry: Entry) -> Data:
    return structure(
        Data(Tag.LONG_UNSIGNED, index),
        Data(Tag.BOOLEAN, True),
        octets(SCRIPTS),
        Data(Tag.LONG_UNSIGNED, START_SCRIPT if entry.action == "start" else STOP_SCRIPT),
        octets(datetimes.encode_time(entry.minute)),
        Data(Tag.LONG_UNSIGNED, 0xFFFF),
        _places(entry.weekdays, 1, _WEEK),
        _places(entry.special_days, 0, 0),
        _date(entry.first),
        _date(entry.last),
    )


@checked
def _read_entry(value: Data) -> Entry:
    _index, enabled, _script, selector, at, _window, weekdays, specials, first, last = items(value, Tag.STRUCTURE, 10)
    actions: dict[int, Any] = {START_SCRIPT: "start", STOP_SCRIPT: "stop"}
    action = actions.get(expect(selector, Tag.LONG_UNSIGNED))
    if action is None or not expect(enabled, Tag.BOOLEAN):
        raise InvalidValueError("an entry is enabled, and starts (1) or stops (2)")
    return Entry(
        action,
        datetimes.decode_time(expect(at, Tag.OCTET_STRING, Tag.TIME)),
        _read_places(weekdays, 1, _WEEK),
        _read_places(specials, 0, _SPECIAL_BITS),
        _read_date(first),
        _read_date(last),
    )


def _schedule(calendar: NonDisablement) -> Data:
    return array([_entry(number, entry) for number, entry in enumerate(calendar.entries, 1)])


def _days(days: tuple[SpecialDay, ...]) -> Data:
    return decode(SPECIAL_DAY_LIST.encode(days))


def table_data(table: SwitchingTable) -> Data:
    """Write a switching table whole: name, seasons, weeks, days, special days."""
    return structure(
        octets(table.name.encode("latin-1")),
        decode(SEASONS.encode(table.seasons)),
        decode(WEEKS.encode(table.weeks)),
        decode(DAYS.encode(table.days)),
        _days(table.special_days),
    )


def read_table(value: Data) -> SwitchingTable:
    """Read a switching table written whole."""
    name, seasons, weeks, days, specials = items(value, Tag.STRUCTURE, 5)
    return SwitchingTable(
        str(TEXT.decode(name)),
        SEASONS.decode(seasons),
        WEEKS.decode(weeks),
        DAYS.decode(days),
        SPECIAL_DAY_LIST.decode(specials),
    )


def _calendar(calendar: NonDisablement) -> bytes:
    table = NULL if calendar.table is None else table_data(calendar.table)
    return ANY.encode(structure(_schedule(calendar), _days(calendar.special_days), table))


def _read_calendar(value: Data) -> NonDisablement:
    entries, specials, table = items(value, Tag.STRUCTURE, 3)
    return NonDisablement(
        tuple(_read_entry(entry) for entry in items(entries, Tag.ARRAY)),
        SPECIAL_DAY_LIST.decode(specials),
        None if table.tag is Tag.NULL else read_table(table),
    )


CALENDAR_TYPE = WireType(_calendar, _read_calendar)


def _write_calendar(_: Meter, value: Data) -> Command:
    return WritePrepaymentConfiguration(calendar=_read_calendar(value))


def _only_calendar(command: WritePrepaymentConfiguration) -> Data | None:
    alone = command == WritePrepaymentConfiguration(calendar=command.calendar)
    return None if command.calendar is None or not alone else decode(_calendar(command.calendar))


CALENDAR = (
    Object(
        "non_disablement_calendar",
        "0.0.94.44.128.28",
        kinds.DATA,
        {
            2: of_meter(lambda meter: meter.records.terms.calendar, CALENDAR_TYPE)._replace(
                items={"non_disablement_calendar": lambda value: msgspec.to_builtins(_read_calendar(value))},
                write=Takes(WritePrepaymentConfiguration, _write_calendar, _only_calendar),
            )
        },
        when=fully_prepaid,
    ),
    Object(
        "non_disablement_schedule",
        "0.0.12.0.1.255",
        kinds.SCHEDULE,
        {2: of_meter(lambda meter: _schedule(meter.records.terms.calendar), ANY)},
        when=fully_prepaid,
    ),
    Object(
        "non_disablement_days",
        "0.0.11.0.2.255",
        kinds.SPECIAL_DAYS,
        {2: of_meter(lambda meter: meter.records.terms.calendar.special_days, SPECIAL_DAY_LIST)},
        when=fully_prepaid,
    ),
)


# The whole configuration at once

FIELDS: dict[str, WireType] = {
    "cap_mp": I32,
    "emergency_limit_mp": I32,
    "emergency_threshold_mp": I32,
    "low_credit_mp": I32,
    "max_balance_mp": I32,
    "max_credit_mp": I32,
    "calendar": CALENDAR_TYPE,
    "calendar_at": TIME_OR_NONE,
    "at": TIME_OR_NONE,
}


def _configuration(meter: Meter) -> Data:
    terms = meter.records.terms
    left_out = {"calendar_at", "at"} if meter.site.profile.prepayment.full else {"calendar", "calendar_at", "at"}
    held = {name: getattr(terms, name) for name in FIELDS if name not in left_out}
    shown = whole(WritePrepaymentConfiguration, FIELDS).data(WritePrepaymentConfiguration(**held))
    assert shown is not None
    return shown


CONFIGURATION = Object(
    "prepayment_configuration",
    "0.0.96.50.14.255",
    kinds.DATA,
    {2: of_meter(_configuration, ANY)._replace(write=whole(WritePrepaymentConfiguration, FIELDS))},
    when=prepaid,
)


# The state


def _debts(meter: Meter) -> Data:
    account = meter.account()
    debts = [
        structure(
            decode(AMOUNT.encode(debt.left_mp)),
            decode(AMOUNT.encode(debt.rate_mp)),
            Data(Tag.BOOLEAN, debt.hourly),
        )
        for debt in (account.debts if meter.site.profile.prepayment.full else ())
    ]
    money = (account.balance_mp, account.emergency_mp, account.accumulated_mp, account.payment_debt_mp)
    return structure(*(decode(AMOUNT.encode(amount_mp)) for amount_mp in money), array(debts))


def _time_debts(value: Data) -> list[dict[str, object]]:
    read = [items(debt, Tag.STRUCTURE, 3) for debt in items(items(value, Tag.STRUCTURE, 5)[4], Tag.ARRAY)]
    return [
        {
            "left_mp": I32.decode(left),
            "rate_mp": I32.decode(rate),
            "period": "hourly" if BOOLEAN.decode(hourly) else "daily",
        }
        for left, rate, hourly in read
    ]


STATE = (
    Object(
        "prepayment_registers",
        "0.0.94.44.34.30",
        kinds.DATA,
        {2: of_meter(_debts, ANY)._replace(items={"time_debts": _time_debts})},
        when=prepaid,
    ),
    data("disablement_suspended", "0.0.96.50.1.255", "disablement_suspended", BOOLEAN, when=prepaid),
    data("non_disablement", "0.0.96.50.2.255", "non_disablement", BOOLEAN, when=fully_prepaid),
    data("non_disablement_until", "0.0.96.50.3.255", "non_disablement_until", TIME_OR_NONE, when=fully_prepaid),
    data("next_calendar_at", "0.0.96.50.4.255", "next_calendar_at", TIME_OR_NONE, when=fully_prepaid),
    Object(
        "other_mode_balance",
        "0.0.96.50.5.255",
        kinds.REGISTER,
        {2: of_item("other_mode_balance_mp", AMOUNT), 3: scaler_unit(MONEY_SCALE, Unit.CURRENCY)},
        when=prepaid,
    ),
)

PREPAYMENT: tuple[Object, ...] = (*SETTINGS, *CALENDAR, CONFIGURATION, *STATE)
