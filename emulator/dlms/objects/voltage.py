"""Rows of voltage quality (functional reference 2.12), under the logical names of GBCS (OBIS map 6.2 and 6.3).

The four excursions are Limiters that watch the voltage. Thresholds of averages, Data objects there, are Registers here,
so that a reader learns their unit: tenths of a volt.
"""

import numpy as np

from emulator.device.commands import ResetVoltageCounters, WriteVoltageSettings
from emulator.device.electricity import voltage
from emulator.device.meter import Meter
from emulator.device.profile import Profile
from emulator.dlms.codec.data import Data, Tag, array, encode, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.buffers import Buffer, Column, lines
from emulator.dlms.objects.control import NO_EMERGENCY, NO_SCRIPT
from emulator.dlms.objects.logs import log
from emulator.dlms.objects.rows import (
    Object,
    Takes,
    Unit,
    constant,
    logical_name_octets,
    of_item,
    of_meter,
    only,
    register,
    whole,
)
from emulator.dlms.objects.types import ANY, BOOLEAN, U16, U32

VOLTAGE = structure(
    Data(Tag.LONG_UNSIGNED, kinds.REGISTER.id),
    Data(Tag.OCTET_STRING, logical_name_octets("1.0.32.7.0.255")),
    Data(Tag.INTEGER, 2),
)
AVERAGE = Column("average_voltage", kinds.REGISTER.id, "1.0.32.25.0.255")
FIELDS = {name: U32 if name.endswith("_s") else U16 for name in WriteVoltageSettings.__struct_fields__}


def _limiter(number: int, kind: str, items: tuple[str, str]) -> Object:
    threshold, period = items
    return Object(
        f"voltage_{kind}",
        f"0.0.17.0.{number}.255",
        kinds.LIMITER,
        {
            2: constant(encode(VOLTAGE)),
            3: of_item(threshold, U16)._replace(items={}),
            4: of_item(threshold, U16, write=only(WriteVoltageSettings, f"{kind}_dv", U16)),
            5: constant(U16.encode(0)),
            6: of_item(period, U32, write=only(WriteVoltageSettings, f"{kind}_s", U32)),
            7: constant(U32.encode(0)),
            8: constant(encode(NO_EMERGENCY)),
            9: constant(encode(array([]))),
            10: constant(BOOLEAN.encode(0)),
            11: constant(encode(structure(NO_SCRIPT, NO_SCRIPT))),
        },
    )


def _has_averages(profile: Profile) -> bool:
    return profile.voltage.averages


def _average(name: str, logical_name: str, item: str, field: str) -> Object:
    write = only(WriteVoltageSettings, field, U16)
    return register(name, logical_name, item, Unit.VOLT, -1, U16, write=write, when=_has_averages)


def _counter(name: str, logical_name: str, item: str, reset: Takes) -> Object:
    return register(name, logical_name, item, Unit.COUNT, reset=reset, when=_has_averages)


# One command resets both counters: either reset does.
RESET = Takes(ResetVoltageCounters, lambda _meter, _data: ResetVoltageCounters(), lambda _: Data(Tag.INTEGER, 0))


def _averages() -> Buffer:
    def rows(meter: Meter) -> list[tuple[int, tuple[bytes, ...]]]:
        held = voltage.log(meter.site, meter.records, meter.now)
        pairs = zip(held.device.tolist(), held.voltages_dv.tolist(), strict=True)
        return [(at, (U16.encode(value),)) for at, value in pairs]

    made = lines((AVERAGE,), lambda profile: profile.voltage.log_entries, rows)
    return Buffer(
        made.columns,
        made.capacity,
        lambda meter: len(voltage.log(meter.site, meter.records, meter.now).true),
        lambda meter: np.asarray(voltage.log(meter.site, meter.records, meter.now).device, dtype=np.int64),
        made.rows,
    )


_LOG = log("voltage_profile", "1.0.32.24.0.255", _averages(), when=_has_averages, entries_item="voltage_log_entries")
VOLTAGE_PROFILE = _LOG._replace(
    attributes=_LOG.attributes
    | {4: of_item("average_voltage_period_s", U32, write=only(WriteVoltageSettings, "average_period_s", U32))}
)


def _settings(meter: Meter) -> Data:
    held = meter.records.voltage.settings
    limits = {
        f"{kind}_{unit}": value
        for kind in ("extreme_over", "extreme_under", "sag", "swell")
        for unit, value in (("dv", getattr(held, kind).threshold_dv), ("s", getattr(held, kind).period_s))
    }
    has = meter.site.profile.voltage.averages
    averages = {name: getattr(held, name) for name in FIELDS if has and name.startswith("average_")}
    shown = whole(WriteVoltageSettings, FIELDS).data(WriteVoltageSettings(**averages, **limits))
    assert shown is not None
    return shown


SETTINGS = Object(
    "voltage_settings",
    "0.0.96.50.20.255",
    kinds.DATA,
    {2: of_meter(_settings, ANY)._replace(write=whole(WriteVoltageSettings, FIELDS))},
)

VOLTAGES: tuple[Object, ...] = (
    _limiter(1, "extreme_over", ("extreme_over_voltage_dv", "extreme_over_voltage_s")),
    _limiter(2, "extreme_under", ("extreme_under_voltage_dv", "extreme_under_voltage_s")),
    _limiter(3, "sag", ("voltage_sag_dv", "voltage_sag_s")),
    _limiter(4, "swell", ("voltage_swell_dv", "voltage_swell_s")),
    _average("average_over_threshold", "1.0.32.35.0.4", "average_over_voltage_dv", "average_over_dv"),
    _average("average_under_threshold", "1.0.32.31.0.4", "average_under_voltage_dv", "average_under_dv"),
    _counter("average_over_counter", "1.0.32.36.0.4", "average_over_voltage_count", RESET),
    _counter("average_under_counter", "1.0.32.32.0.4", "average_under_voltage_count", RESET),
    register("average_voltage", AVERAGE.logical_name, "average_voltage_dv", Unit.VOLT, -1, U16, when=_has_averages),
    VOLTAGE_PROFILE,
    SETTINGS,
)
