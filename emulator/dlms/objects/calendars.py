"""Rows of the tariff: activity calendar, special days, TOU registers and their scripts (classes 6, 9, 11, 20)."""

from collections.abc import Callable
from typing import Any

from emulator.device.calendar import (
    DayProfile,
    Season,
    SpecialDay,
    Switch,
    SwitchingTable,
    Week,
)
from emulator.device.commands import (
    ActivatePassiveTariff,
    ResetBlockCounters,
    WritePassiveTariff,
    WriteSpecialDays,
)
from emulator.device.future import CANCEL_AT
from emulator.device.items import active_tou_register
from emulator.device.meter import Meter
from emulator.device.step import replace
from emulator.device.tariff import active
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, array, encode, octets, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.rows import (
    Attribute,
    Method,
    Object,
    Takes,
    logical_name_octets,
    of_item,
    of_meter,
)
from emulator.dlms.objects.types import (
    ANY,
    OCTETS,
    TEXT,
    InvalidValueError,
    WireType,
    checked,
    expect,
    items,
)

TARIFF_SCRIPTS = logical_name_octets("0.0.10.0.100.255")
RESET_COUNTERS = 49
"""The script that starts the block counters anew (GBCS keeps it in this table; its number is *assumed*)."""
REGISTERS = logical_name_octets("0.0.14.0.0.255")


def _name(text: str) -> Data:
    return octets(text.encode("latin-1"))


def _read_name(data: Data) -> str:
    return str(TEXT.decode(data))


# Activity calendar


def _season(season: Season) -> Data:
    start = datetimes.encode_date(season.year, season.month, season.day) + b"\x00\x00\x00\x00\x80\x00\x00"
    return structure(_name(season.name), octets(start), _name(season.week))


@checked
def _read_season(data: Data) -> Season:
    name, start, week = items(data, Tag.STRUCTURE, 3)
    year, month, day = datetimes.decode_date(expect(start, Tag.OCTET_STRING, Tag.DATE_TIME))
    return Season(_read_name(name), month, day, _read_name(week), year)


def _week(week: Week) -> Data:
    return structure(_name(week.name), *(Data(Tag.UNSIGNED, day) for day in week.days))


def _read_week(data: Data) -> Week:
    name, *days = items(data, Tag.STRUCTURE, 8)
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (expect(day, Tag.UNSIGNED) for day in days)
    return Week(_read_name(name), (monday, tuesday, wednesday, thursday, friday, saturday, sunday))


def _day(profile: DayProfile) -> Data:
    switches = [
        structure(
            octets(datetimes.encode_time(switch.minute)),
            octets(TARIFF_SCRIPTS),
            Data(Tag.LONG_UNSIGNED, switch.rate),
        )
        for switch in profile.switches
    ]
    return structure(Data(Tag.UNSIGNED, profile.id), array(switches))


@checked
def _read_day(data: Data) -> DayProfile:
    number, switches = items(data, Tag.STRUCTURE, 2)
    return DayProfile(expect(number, Tag.UNSIGNED), tuple(_read_switch(item) for item in items(switches, Tag.ARRAY)))


def _read_switch(data: Data) -> Switch:
    start, table, rate = items(data, Tag.STRUCTURE, 3)
    if expect(table, Tag.OCTET_STRING) != TARIFF_SCRIPTS:
        raise InvalidValueError("a day profile runs scripts of the tariff script table")
    return Switch(datetimes.decode_time(expect(start, Tag.OCTET_STRING, Tag.TIME)), expect(rate, Tag.LONG_UNSIGNED))


def _listed(write: Callable[[Any], Data], read: Callable[[Data], Any]) -> WireType:
    return WireType(
        lambda values: encode(array([write(value) for value in values])),
        lambda data: tuple(read(item) for item in items(data, Tag.ARRAY)),
    )


SEASONS = _listed(_season, _read_season)
WEEKS = _listed(_week, _read_week)
DAYS = _listed(_day, _read_day)


def _passive(field: str, wire: WireType, as_data: Callable[[SwitchingTable], Data]) -> Attribute:
    """Make a part of the passive table. Its name comes first: a table that is named anew is without prices again."""

    def make(meter: Meter, data: Data) -> WritePassiveTariff:
        held = meter.records.tariff
        prices = None if field == "name" else held.passive_prices
        return WritePassiveTariff(replace(held.passive, **{field: wire.decode(data)}), prices)

    written = Takes(WritePassiveTariff, make, lambda command: as_data(command.table), part=True)
    shown = of_meter(lambda meter: getattr(meter.records.tariff.passive, field), wire)
    return shown._replace(write=written)


def _active(field: str, wire: WireType) -> Attribute:
    return of_meter(lambda meter: getattr(active(meter.records), field), wire)


def _activation_time(meter: Meter) -> bytes:
    at = meter.records.tariff.activate_at
    return datetimes.NEVER if at is None else datetimes.encode(at)


@checked
def _read_activation(data: Data) -> ActivatePassiveTariff:
    written = expect(data, Tag.OCTET_STRING, Tag.DATE_TIME)
    return ActivatePassiveTariff(CANCEL_AT if datetimes.is_unspecified(written) else datetimes.decode(written))


CALENDAR = Object(
    "activity_calendar",
    "0.0.13.0.0.255",
    kinds.ACTIVITY_CALENDAR,
    {
        2: of_item("tariff", TEXT),
        3: _active("seasons", SEASONS),
        4: _active("weeks", WEEKS),
        5: _active("days", DAYS),
        6: _passive("name", TEXT, lambda table: _name(table.name)),
        7: _passive("seasons", SEASONS, lambda table: array([_season(season) for season in table.seasons])),
        8: _passive("weeks", WEEKS, lambda table: array([_week(week) for week in table.weeks])),
        9: _passive("days", DAYS, lambda table: array([_day(profile) for profile in table.days])),
        10: of_meter(_activation_time, OCTETS)._replace(
            write=Takes(
                ActivatePassiveTariff,
                lambda _, data: _read_activation(data),
                lambda command: None if command.at is None else octets(datetimes.encode(command.at)),
                part=True,
            )
        ),
    },
    {
        1: Method(
            Takes(
                ActivatePassiveTariff,
                lambda _meter, _data: ActivatePassiveTariff(),
                lambda command: Data(Tag.INTEGER, 0) if command.at is None else None,
                part=True,
            )
        )
    },
)


# Special days


def _special_day(special: SpecialDay) -> Data:
    return structure(
        Data(Tag.LONG_UNSIGNED, special.index),
        octets(datetimes.encode_date(special.year, special.month, special.day)),
        Data(Tag.UNSIGNED, special.profile),
    )


@checked
def _read_special_day(data: Data) -> SpecialDay:
    index, on, profile = items(data, Tag.STRUCTURE, 3)
    year, month, day = datetimes.decode_date(expect(on, Tag.OCTET_STRING, Tag.DATE))
    return SpecialDay(expect(index, Tag.LONG_UNSIGNED), month, day, expect(profile, Tag.UNSIGNED), year)


def _insert(meter: Meter, data: Data) -> WriteSpecialDays:
    added: SpecialDay = _read_special_day(data)
    others = tuple(day for day in active(meter.records).special_days if day.index != added.index)
    return WriteSpecialDays((*others, added))


def _delete(meter: Meter, data: Data) -> WriteSpecialDays:
    index = expect(data, Tag.LONG_UNSIGNED)
    days = active(meter.records).special_days
    if all(day.index != index for day in days):
        raise InvalidValueError(f"there is no special day {index}")
    return WriteSpecialDays(tuple(day for day in days if day.index != index))


SPECIAL_DAY_LIST = _listed(_special_day, _read_special_day)
SPECIAL_DAYS = Object(
    "special_days",
    "0.0.11.0.0.255",
    kinds.SPECIAL_DAYS,
    {
        2: _active("special_days", SPECIAL_DAY_LIST)._replace(
            write=Takes(
                WriteSpecialDays,
                lambda _, data: WriteSpecialDays(SPECIAL_DAY_LIST.decode(data)),
                lambda command: array([_special_day(day) for day in command.days]),
            )
        )
    },
    {
        1: Method(Takes(WriteSpecialDays, _insert, lambda _: None)),
        2: Method(Takes(WriteSpecialDays, _delete, lambda _: None)),
    },
)
# GBCS writes the special days of the passive table at B=1.
PASSIVE_SPECIAL_DAYS = Object(
    "special_days_passive",
    "0.1.11.0.0.255",
    kinds.SPECIAL_DAYS,
    {
        2: _passive(
            "special_days", SPECIAL_DAY_LIST, lambda table: array([_special_day(day) for day in table.special_days])
        )
    },
)


# TOU registers and the scripts that choose one


def _mask(rate: int) -> bytes:
    return f"TOU{rate:02}".encode("ascii")


def _assignment(meter: Meter) -> Data:
    rates = range(1, meter.site.metering.tou_registers + 1)
    return array([structure(Data(Tag.LONG_UNSIGNED, 3), octets(bytes((1, 0, 1, 8, rate, 255)))) for rate in rates])


def _masks(meter: Meter) -> Data:
    rates = range(1, meter.site.metering.tou_registers + 1)
    return array([structure(octets(_mask(rate)), array([Data(Tag.UNSIGNED, rate)])) for rate in rates])


def _scripts(meter: Meter) -> Data:
    rates = range(1, meter.site.metering.tou_registers + 1)
    chosen = [structure(Data(Tag.LONG_UNSIGNED, rate), array([_activation(rate)])) for rate in rates]
    return array([*chosen, structure(Data(Tag.LONG_UNSIGNED, RESET_COUNTERS), array([]))])


def _execute(_: Meter, data: Data) -> ResetBlockCounters:
    """Run the one script that a client may run: the others are the calendar's."""
    if expect(data, Tag.LONG_UNSIGNED) != RESET_COUNTERS:
        raise InvalidValueError(f"a client runs script {RESET_COUNTERS} alone")
    return ResetBlockCounters()


def _activation(rate: int) -> Data:
    return structure(
        Data(Tag.ENUM, 1),
        Data(Tag.LONG_UNSIGNED, kinds.REGISTER_ACTIVATION.id),
        octets(REGISTERS),
        Data(Tag.INTEGER, 4),
        octets(_mask(rate)),
    )


REGISTER_ACTIVATION = Object(
    "register_activation",
    "0.0.14.0.0.255",
    kinds.REGISTER_ACTIVATION,
    {
        2: of_meter(_assignment, ANY),
        3: of_meter(_masks, ANY),
        4: Attribute(
            lambda view: OCTETS.encode(_mask(active_tou_register(view.meter))),
            items={"active_tou_register": lambda data: int(OCTETS.decode(data)[3:])},
        ),
    },
)
TARIFF_SCRIPT_TABLE = Object(
    "tariff_scripts",
    "0.0.10.0.100.255",
    kinds.SCRIPT_TABLE,
    {2: of_meter(_scripts, ANY)},
    {1: Method(Takes(ResetBlockCounters, _execute, lambda _: Data(Tag.LONG_UNSIGNED, RESET_COUNTERS)))},
)


CALENDARS: tuple[Object, ...] = (
    CALENDAR,
    SPECIAL_DAYS,
    PASSIVE_SPECIAL_DAYS,
    REGISTER_ACTIVATION,
    TARIFF_SCRIPT_TABLE,
)
