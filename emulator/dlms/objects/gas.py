"""Rows of the gas meter behind the hub: what its mirror shows is read, what is written waits there for its next wake.

What a meter of either fuel has stands under the names of the electricity meter; what is only gas's under those of
medium 7, as far as public lists of codes have them. Objects `0.0.96.50.E` are ours.
"""

from typing import Final

from emulator.device.commands import (
    ArmSupply,
    DisableSupply,
    SetSupplyNumber,
    WriteGasConversion,
    WriteGasFlow,
)
from emulator.device.gas import wake
from emulator.device.gas.gas_meter import GasMeter
from emulator.device.identity import format_eui64, parse_eui64
from emulator.device.instant import isoformat
from emulator.device.profile import Profile
from emulator.dlms.codec.data import Data, Tag, array, encode, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.administration import (
    ASSOCIATION,
    INVOCATION_COUNTER,
    LOGICAL_DEVICE_NAME,
    SAP_ASSIGNMENT,
    SECURITY_TOLD,
)
from emulator.dlms.objects.case import WORDS
from emulator.dlms.objects.control import ARM, CONTROL_STATE, LOAD_SWITCH, OPEN
from emulator.dlms.objects.gas_logs import GAS_LOGS, VOLUME, tou_name
from emulator.dlms.objects.gas_shared import ENERGY_NAME, GAS_BY_KEY, RATES, SHARED
from emulator.dlms.objects.money import MONEY_SCALE, TIME_OR_NONE
from emulator.dlms.objects.rows import (
    Attribute,
    Level,
    Method,
    Object,
    Takes,
    Unit,
    constant,
    data,
    of_item,
    of_meter,
    only,
    register,
    scaler_unit,
    whole,
    without_parameters,
)
from emulator.dlms.objects.types import (
    ANY,
    BOOLEAN,
    ENUM,
    I32,
    OCTETS,
    TEXT,
    U8,
    U16,
    U32,
    U64,
    InvalidValueError,
    WireType,
    expect,
    one_of,
)

CONTROL_MODE: Final = 3
"""Disconnect control: closed from afar, made ready from afar, opened at the meter (IEC 62056-6-2, class 70)."""
BATTERY_LOW, VALVE_CLOSED, TAMPERED, CLOCK_INVALID = 1, 2, 4, 8
_DIGITS: Final = range(128)


def _ours(name: str, number: int, key: str, wire: WireType, write: Takes | None = None) -> Object:
    return data(name, f"0.0.96.50.{number}.255", key, wire, write=write, among=GAS_BY_KEY)


def _counted(name: str, logical_name: str, key: str, unit: Unit, scaler: int = 0, wire: WireType = U32) -> Object:
    return register(name, logical_name, key, unit, scaler, wire, among=GAS_BY_KEY)


# Identity

_MPRN = Takes(
    SetSupplyNumber,
    lambda _, written: SetSupplyNumber(TEXT.decode(written)),
    lambda command: Data(Tag.OCTET_STRING, command.number.encode("latin-1")),
)
IDENTITY: Final[tuple[Object, ...]] = (
    data("serial", "0.0.96.1.0.255", "serial", level=Level.PUBLIC, among=GAS_BY_KEY),
    Object(
        "eui64",
        "0.0.96.1.1.255",
        kinds.DATA,
        {
            2: Attribute(
                lambda view: OCTETS.encode(view.meter.site.eui64.to_bytes(8, "big")),
                Level.PUBLIC,
                {"eui64": lambda value: format_eui64(parse_eui64(OCTETS.decode(value).hex()))},
            )
        },
    ),
    data("maker", "0.0.96.1.2.255", "maker", level=Level.PUBLIC, among=GAS_BY_KEY),
    data("model", "0.0.96.1.4.255", "model", level=Level.PUBLIC, among=GAS_BY_KEY),
    data("firmware", "7.0.0.2.1.255", "firmware", among=GAS_BY_KEY),
    data("mprn", "7.0.0.0.0.255", "mprn", write=_MPRN, among=GAS_BY_KEY),
)


# Registers


def _volume_tou(rate: int) -> Object:
    def read(meter: GasMeter) -> int:
        return meter.tou()[rate - 1] // 1000

    def fitted(profile: Profile) -> bool:
        return profile.gas_metering is not None and rate <= profile.gas_metering.tou_registers

    attributes = {2: of_meter(read, U32), 3: scaler_unit(-3, Unit.CUBIC_METRE)}
    return Object(f"volume_tou_{rate}", tou_name(rate), kinds.REGISTER, attributes, when=fitted)


def _scaled(name: str, logical_name: str, key: str, digits_key: str) -> Object:
    """Make a Register whose scaler is the digits after the point, as they are written."""
    digits = GAS_BY_KEY[digits_key].read

    def scale(meter: GasMeter) -> Data:
        return structure(Data(Tag.INTEGER, -digits(meter)), Data(Tag.ENUM, Unit.OTHER))

    def read_digits(value: Data) -> int:
        after = -int(expect(value.value[0], Tag.INTEGER))
        if after not in _DIGITS:
            raise InvalidValueError("digits after the point")
        return after

    attributes = {
        2: of_item(key, U32, among=GAS_BY_KEY),
        3: of_meter(scale, ANY)._replace(items={digits_key: read_digits}),
    }
    return Object(name, logical_name, kinds.REGISTER, attributes)


_VOLUME = _counted(VOLUME.object, VOLUME.logical_name, "volume_l", Unit.CUBIC_METRE, -3)
REGISTERS: Final[tuple[Object, ...]] = (
    _VOLUME,
    # These meters convert nothing (*assumed*): the temperature-converted index is the same.
    Object(
        "volume_converted",
        "7.0.3.1.0.255",
        kinds.REGISTER,
        {2: _VOLUME.attributes[2]._replace(items={}), 3: _VOLUME.attributes[3]},
    ),
    *(_volume_tou(rate) for rate in RATES),
    _counted("volume_in_full", "0.0.96.50.60.255", "volume_ml", Unit.CUBIC_METRE, -6, U64),
    _counted("energy", ENERGY_NAME, "energy_wh", Unit.WATT_HOUR, 0, U64),
    _counted("energy_today", "0.0.96.50.62.255", "today_wh", Unit.WATT_HOUR),
    _counted("cost_today", "0.0.96.50.63.255", "today_mp", Unit.CURRENCY, MONEY_SCALE, I32),
    _scaled("calorific_value", "7.0.0.12.54.255", "calorific_value", "calorific_digits"),
    _scaled("conversion_factor", "7.0.0.4.0.255", "conversion_factor", "conversion_digits"),
)


# Valve and flow


def _status(meter: GasMeter) -> int:
    """Give the operating status (its bits are *assumed*): battery low, valve closed, tampered, clock invalid."""
    held = meter.records
    flags = (
        (BATTERY_LOW, held.battery.low),
        (VALVE_CLOSED, not held.valve.open),
        (TAMPERED, bool(held.tamper.open)),
        (CLOCK_INVALID, not held.clock.valid),
    )
    return sum(bit for bit, is_set in flags if is_set)


VALVE_SCRIPTS: Final = Object(
    "load_switch_scripts",
    "0.0.10.0.106.255",
    kinds.SCRIPT_TABLE,
    {
        2: constant(
            encode(
                array(
                    [
                        structure(
                            Data(Tag.LONG_UNSIGNED, script),
                            array(
                                [
                                    structure(
                                        Data(Tag.ENUM, 2),
                                        Data(Tag.LONG_UNSIGNED, kinds.DISCONNECT_CONTROL.id),
                                        Data(Tag.OCTET_STRING, LOAD_SWITCH),
                                        Data(Tag.INTEGER, method),
                                        Data(Tag.INTEGER, 0),
                                    )
                                ]
                            ),
                        )
                        for script, method in ((OPEN, 1), (ARM, 2))
                    ]
                )
            )
        )
    },
)
VALVE: Final = Object(
    "load_switch",
    "0.0.96.3.10.255",
    kinds.DISCONNECT_CONTROL,
    {
        2: of_meter(lambda meter: meter.records.valve.open, BOOLEAN),
        3: of_item("supply_state", CONTROL_STATE, among=GAS_BY_KEY),
        4: constant(ENUM.encode(CONTROL_MODE)),
    },
    {1: Method(without_parameters(DisableSupply)), 2: Method(without_parameters(ArmSupply))},
)
LOCKED: Final = WireType(
    lambda word: BOOLEAN.encode(word == "locked"), lambda value: "locked" if BOOLEAN.decode(value) else "unchanged"
)
FLOW: Final[dict[str, WireType]] = {
    "uncontrolled_flow": U16,
    "stabilisation_s": U8,
    "measurement_s": U16,
    "tamper_locks": BOOLEAN,
    "depletion_locks": BOOLEAN,
}
CONVERSION: Final[dict[str, WireType]] = {
    "calorific_value": U32,
    "calorific_digits": U8,
    "conversion_factor": U32,
    "conversion_digits": U8,
}


def _flow_now(meter: GasMeter) -> Data | None:
    held = meter.records.flow
    told = WriteGasFlow(
        held.uncontrolled_flow,
        held.stabilisation_s,
        held.measurement_s,
        meter.records.tamper.lock_supply,
        held.depletion_locks,
    )
    return whole(WriteGasFlow, FLOW).data(told)


def _conversion_now(meter: GasMeter) -> Data | None:
    held = meter.records.conversion
    return whole(WriteGasConversion, CONVERSION).data(
        WriteGasConversion(**{name: getattr(held, name) for name in CONVERSION})
    )


def _flow(name: str, number: int, field: str, wire: WireType, unit: Unit, scaler: int = 0) -> Object:
    write = only(WriteGasFlow, field, wire)
    return register(name, f"0.0.96.50.{number}.255", field, unit, scaler, wire, write=write, among=GAS_BY_KEY)


SUPPLY: Final[tuple[Object, ...]] = (
    VALVE,
    VALVE_SCRIPTS,
    Object(
        "gas_status",
        "7.0.96.5.0.255",
        kinds.DATA,
        {
            2: of_meter(_status, U16)._replace(
                items={"battery_low": lambda value: bool(U16.decode(value) & BATTERY_LOW)}
            )
        },
    ),
    data(
        "valve_position",
        "7.0.96.5.1.255",
        "valve",
        one_of(ENUM, {"closed": 0, "open": 1, "opening": 2, "closing": 3}),
        among=GAS_BY_KEY,
    ),
    _ours("supply_causes", 21, "supply_causes", WORDS),
    _flow("uncontrolled_flow", 64, "uncontrolled_flow", U16, Unit.CUBIC_METRE_AN_HOUR, -4),
    _flow("stabilisation", 65, "stabilisation_s", U8, Unit.SECOND),
    _flow("measurement", 66, "measurement_s", U16, Unit.SECOND),
    _ours("supply_tamper_state", 22, "tamper_state", LOCKED, only(WriteGasFlow, "tamper_locks", BOOLEAN)),
    _ours("supply_depletion_state", 67, "depletion_state", LOCKED, only(WriteGasFlow, "depletion_locks", BOOLEAN)),
    Object(
        "gas_flow_settings",
        "0.0.96.50.68.255",
        kinds.DATA,
        {2: of_meter(_flow_now, ANY)._replace(write=whole(WriteGasFlow, FLOW))},
    ),
    Object(
        "gas_conversion",
        "0.0.96.50.69.255",
        kinds.DATA,
        {2: of_meter(_conversion_now, ANY)._replace(write=whole(WriteGasConversion, CONVERSION))},
    ),
)


# Battery and wakes


def _iso(value: Data) -> str:
    at = TIME_OR_NONE.decode(value)
    return "" if at is None else isoformat(at)


def _next_wake(meter: GasMeter) -> int | None:
    return wake.next_wake(meter.site, meter.records, meter.now)


POWER: Final[tuple[Object, ...]] = (
    _counted("battery_days", "0.0.96.6.6.255", "battery_days", Unit.DAY),
    _ours("battery_power", 70, "power", one_of(BOOLEAN, {"off": 0, "on": 1})),
    _ours("last_wake", 71, "last_wake", TIME_OR_NONE),
    Object(
        "next_wake",
        "0.0.96.50.72.255",
        kinds.DATA,
        {2: of_meter(_next_wake, TIME_OR_NONE)._replace(items={"next_wake": _iso})},
    ),
)


GAS: Final[tuple[Object, ...]] = (
    LOGICAL_DEVICE_NAME,
    SAP_ASSIGNMENT,
    ASSOCIATION,
    *IDENTITY,
    SECURITY_TOLD,
    INVOCATION_COUNTER,
    *REGISTERS,
    *SUPPLY,
    *POWER,
    *SHARED,
    *GAS_LOGS,
)
