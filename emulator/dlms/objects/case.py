"""Rows of the case, the power and the tenancy: what was tampered with, what keeps the supply off, what is hidden."""

from emulator.device.commands import RestrictData, SetTamperState
from emulator.device.instant import isoformat
from emulator.device.meter import Meter
from emulator.dlms.codec.data import Data, decode
from emulator.dlms.objects import kinds
from emulator.dlms.objects.money import TIME_OR_NONE
from emulator.dlms.objects.rows import Object, Takes, data, of_meter
from emulator.dlms.objects.types import (
    BOOLEAN,
    DATE_TIME,
    TEXT,
    U32,
    InvalidValueError,
    WireType,
    array_of,
)


def _read_restriction(value: Data) -> str:
    before = TIME_OR_NONE.decode(value)
    return "" if before is None else isoformat(before)


def _restrict(_: Meter, value: Data) -> RestrictData:
    before = TIME_OR_NONE.decode(value)
    if before is None:
        raise InvalidValueError("a restriction is a date")
    return RestrictData(before)


LOCK = WireType(
    lambda word: BOOLEAN.encode(word == "lock"), lambda value: "lock" if BOOLEAN.decode(value) else "unchanged"
)
WORDS = array_of(TEXT)


def _as_data(wire: WireType, value: object) -> Data:
    return decode(wire.encode(value))


CASE: tuple[Object, ...] = (
    # Blue Book names of failures of the mains and of openings of the meter.
    data("power_ups", "0.0.96.7.0.255", "power_ups", U32),
    data("cover_openings", "0.0.96.20.0.255", "cover_openings", U32),
    data("tampered", "0.0.96.5.0.255", "tampered", WORDS),
    data("hardware", "0.0.96.1.3.255", "hardware"),
    data("hub_firmware", "0.0.96.50.23.255", "hub_firmware"),
    data("supply_causes", "0.0.96.50.21.255", "supply_causes", WORDS),
    data(
        "supply_tamper_state",
        "0.0.96.50.22.255",
        "supply_tamper_state",
        LOCK,
        write=Takes(
            SetTamperState,
            lambda _, value: SetTamperState(BOOLEAN.decode(value)),
            lambda command: _as_data(BOOLEAN, command.lock),
        ),
    ),
    Object(
        "restricted_before",
        "0.0.94.44.3.2",
        kinds.DATA,
        {
            2: of_meter(lambda meter: meter.records.tenancy.restricted_before, TIME_OR_NONE)._replace(
                items={"restricted_before": _read_restriction},
                write=Takes(RestrictData, _restrict, lambda command: _as_data(DATE_TIME, command.before)),
            )
        },
    ),
)
