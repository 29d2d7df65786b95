"""Rows of the clock (class 8): UTC, without daylight saving."""

from emulator.device.commands import (
    AlignClock,
    ApplyPresetClock,
    Command,
    Commission,
    PresetClock,
    SetClock,
    ShiftClock,
)
from emulator.device.meter import Meter
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, octets, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.rows import (
    Level,
    Method,
    Object,
    Takes,
    constant,
    of_item,
    of_meter,
    whole,
    without_parameters,
)
from emulator.dlms.objects.types import (
    ANY,
    BOOLEAN,
    DATE_TIME,
    ENUM,
    I8,
    I16,
    OCTETS,
    U8,
    U32,
    WireType,
    expect,
    items,
    one_of,
)

QUARTER_S, MEASURING_S, MINUTE_S = 900, 1800, 60
INTERNAL_CRYSTAL = 1
INVALID = 0x01


def _clock_data(command: SetClock) -> Data | None:
    return None if command.tolerance_s is not None else octets(datetimes.encode(command.to))


def _preset(_: Meter, data: Data) -> PresetClock:
    to, start, end = items(data, Tag.STRUCTURE, 3)
    return PresetClock(DATE_TIME.decode(to), DATE_TIME.decode(start), DATE_TIME.decode(end))


def _preset_data(command: PresetClock) -> Data:
    moments = (command.to, command.valid_from, command.valid_until)
    return structure(*(octets(datetimes.encode(at)) for at in moments))


def _align(period_s: int) -> Takes:
    return Takes(
        AlignClock,
        lambda _meter, _data: AlignClock(period_s),
        lambda command: Data(Tag.INTEGER, 0) if command.period_s == period_s else None,
        part=True,
    )


CLOCK = Object(
    "clock",
    "0.0.1.0.0.255",
    kinds.CLOCK,
    {
        2: of_item(
            "clock",
            DATE_TIME,
            Level.PUBLIC,
            Takes(SetClock, lambda _, data: SetClock(DATE_TIME.decode(data)), _clock_data),
        ),
        3: constant(I16.encode(0)),
        4: of_item("clock_status", one_of(U8, {"valid": 0, "invalid": INVALID})),
        5: constant(OCTETS.encode(datetimes.NEVER)),
        6: constant(OCTETS.encode(datetimes.NEVER)),
        7: constant(I8.encode(0)),
        8: constant(BOOLEAN.encode(0)),
        9: constant(ENUM.encode(INTERNAL_CRYSTAL)),
    },
    {
        1: Method(_align(QUARTER_S)),
        2: Method(_align(MEASURING_S)),
        3: Method(_align(MINUTE_S)),
        4: Method(without_parameters(ApplyPresetClock)),
        5: Method(Takes(PresetClock, _preset, _preset_data)),
        6: Method(
            Takes(
                ShiftClock,
                lambda _, data: ShiftClock(expect(data, Tag.LONG)),
                lambda command: Data(Tag.LONG, command.by_s),
            )
        ),
    },
)


TOLERATED: dict[str, WireType] = {"to": DATE_TIME, "tolerance_s": U32}


def _tolerated(name: str, logical_name: str, command: type[Command]) -> Object:
    """Make a carrier of a time with how far it may move the clock, for which a Clock has no place."""

    def shown(meter: Meter) -> Data:
        tolerance = Data(Tag.DOUBLE_LONG_UNSIGNED, meter.site.profile.clock.set_tolerance_s)
        return structure(octets(datetimes.encode(meter.shown_time)), tolerance)

    return Object(name, logical_name, kinds.DATA, {2: of_meter(shown, ANY)._replace(write=whole(command, TOLERATED))})


CLOCK_ROWS: tuple[Object, ...] = (
    CLOCK,
    _tolerated("clock_setting", "0.0.96.50.24.255", SetClock),
    _tolerated("commissioning", "0.0.96.50.25.255", Commission),
)
