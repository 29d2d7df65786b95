"""Rows of the load switch, the load limit and the power thresholds (classes 9, 21, 70, 71)."""

from emulator.device.commands import (
    ArmSupply,
    Command,
    DisableSupply,
    EnableSupply,
    WriteLoadLimit,
    WritePowerThresholds,
)
from emulator.device.meter import Meter
from emulator.device.profile import Profile
from emulator.device.records import Switch
from emulator.dlms.codec.data import Data, Tag, array, encode, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.rows import (
    Attribute,
    Method,
    Object,
    Takes,
    constant,
    logical_name_octets,
    of_item,
    of_meter,
    without_parameters,
)
from emulator.dlms.objects.types import (
    ANY,
    BOOLEAN,
    ENUM,
    U32,
    InvalidValueError,
    expect,
    items,
    one_of,
)

LOAD_SWITCH = logical_name_octets("0.0.96.3.10.255")
SWITCH_SCRIPTS = logical_name_octets("0.0.10.0.106.255")
NO_SCRIPT = structure(Data(Tag.OCTET_STRING, bytes(6)), Data(Tag.LONG_UNSIGNED, 0))

# Scripts of the load switch, as GBCS numbers them (OBIS map 6.3); makes that follow it are *assumed*.
CLOSE, OPEN, ARM = 0x33, 0x34, 0x36
SCRIPTS: dict[int, type[Command]] = {CLOSE: EnableSupply, OPEN: DisableSupply, ARM: ArmSupply}

# IEC 62056-6-2, disconnect control: in these modes remote_reconnect closes the switch, in the others it arms it.
RECONNECT_CLOSES = frozenset({2, 4})


def _power_import() -> Data:
    return structure(
        Data(Tag.LONG_UNSIGNED, kinds.REGISTER.id),
        Data(Tag.OCTET_STRING, logical_name_octets("1.0.1.7.0.255")),
        Data(Tag.INTEGER, 2),
    )


def _execute(_: Meter, data: Data) -> Command:
    script = expect(data, Tag.LONG_UNSIGNED)
    if script not in SCRIPTS:
        raise InvalidValueError(f"there is no script {script}")
    return SCRIPTS[script]()


def _script_of(command: Command) -> Data:
    return Data(Tag.LONG_UNSIGNED, next(script for script, kind in SCRIPTS.items() if type(command) is kind))


def _script(number: int, method: int) -> Data:
    action = structure(
        Data(Tag.ENUM, 2),
        Data(Tag.LONG_UNSIGNED, kinds.DISCONNECT_CONTROL.id),
        Data(Tag.OCTET_STRING, LOAD_SWITCH),
        Data(Tag.INTEGER, method),
        Data(Tag.INTEGER, 0),
    )
    return structure(Data(Tag.LONG_UNSIGNED, number), array([action]))


SWITCH_SCRIPT_TABLE = Object(
    "load_switch_scripts",
    "0.0.10.0.106.255",
    kinds.SCRIPT_TABLE,
    {2: constant(encode(array([_script(CLOSE, 2), _script(OPEN, 1), _script(ARM, 2)])))},
    {1: Method(Takes(tuple(SCRIPTS.values()), _execute, _script_of))},
)


def _reconnect(meter: Meter, _: Data) -> Command:
    return EnableSupply() if meter.site.profile.supply.control_mode in RECONNECT_CLOSES else ArmSupply()


CONTROL_STATE = one_of(ENUM, {Switch.DISABLED.value: 0, Switch.ENABLED.value: 1, Switch.ARMED.value: 2})
DISCONNECT_CONTROL = Object(
    "load_switch",
    "0.0.96.3.10.255",
    kinds.DISCONNECT_CONTROL,
    {
        2: of_meter(lambda meter: meter.supplied, BOOLEAN),
        3: of_item("supply_state", CONTROL_STATE),
        4: of_meter(lambda meter: meter.site.profile.supply.control_mode, ENUM),
    },
    {
        1: Method(without_parameters(DisableSupply)),
        2: Method(Takes(EnableSupply, _reconnect, lambda _: None)),
    },
)


# Load limit


def _limits(profile: Profile) -> bool:
    return profile.power.load_limit


def _part(field: str) -> Takes:
    return Takes(
        WriteLoadLimit,
        lambda _, data: WriteLoadLimit(**{field: expect(data, Tag.DOUBLE_LONG_UNSIGNED)}),
        lambda command: (
            None
            if command.at is not None or getattr(command, field) is None
            else Data(Tag.DOUBLE_LONG_UNSIGNED, getattr(command, field))
        ),
        part=True,
    )


def _limit_actions(meter: Meter) -> Data:
    opening = structure(Data(Tag.OCTET_STRING, SWITCH_SCRIPTS), Data(Tag.LONG_UNSIGNED, OPEN))
    closing = structure(Data(Tag.OCTET_STRING, SWITCH_SCRIPTS), Data(Tag.LONG_UNSIGNED, CLOSE))
    acts = meter.records.load_limit.disable
    return structure(opening, closing) if acts else structure(NO_SCRIPT, NO_SCRIPT)


NO_EMERGENCY = structure(
    Data(Tag.LONG_UNSIGNED, 0), Data(Tag.OCTET_STRING, b"\xff" * 12), Data(Tag.DOUBLE_LONG_UNSIGNED, 0)
)
LIMITER = Object(
    "load_limit",
    "0.0.17.0.0.255",
    kinds.LIMITER,
    {
        2: constant(encode(_power_import())),
        3: of_meter(lambda meter: meter.records.load_limit.threshold_w, U32),
        4: of_item("load_limit_w", U32, write=_part("threshold_w")),
        5: constant(U32.encode(0)),
        6: of_item("load_limit_period_s", U32, write=_part("period_s")),
        7: of_item("load_limit_restoration_s", U32, write=_part("restoration_s")),
        8: constant(encode(NO_EMERGENCY)),
        9: constant(encode(array([]))),
        10: constant(BOOLEAN.encode(0)),
        11: of_meter(_limit_actions, ANY),
    },
    when=_limits,
)


def _disable_data(command: WriteLoadLimit) -> Data | None:
    """Write what disables; an attribute has no place for an instant to come."""
    return None if command.disable is None or command.at is not None else Data(Tag.BOOLEAN, command.disable)


LIMIT_STATE = Object(
    "load_limit_supply_state",
    "0.0.94.44.0.3",
    kinds.DATA,
    {
        2: Attribute(
            lambda view: BOOLEAN.encode(view.meter.records.load_limit.disable),
            items={"load_limit_supply_state": lambda data: "disable" if BOOLEAN.decode(data) else "unchanged"},
            write=Takes(
                WriteLoadLimit,
                lambda _, data: WriteLoadLimit(disable=BOOLEAN.decode(data)),
                _disable_data,
                part=True,
            ),
        )
    },
    when=_limits,
)


# Power thresholds


def _read_thresholds(data: Data) -> WritePowerThresholds:
    low, high = (expect(item, Tag.DOUBLE_LONG_UNSIGNED) for item in items(data, Tag.ARRAY, 2))
    return WritePowerThresholds(low, high)


def _thresholds_data(command: WritePowerThresholds) -> Data:
    borders = (command.low_medium_w, command.medium_high_w)
    return array([Data(Tag.DOUBLE_LONG_UNSIGNED, border) for border in borders])


def _show_thresholds(meter: Meter) -> Data:
    held = meter.records.thresholds
    return _thresholds_data(WritePowerThresholds(held.low_medium_w, held.medium_high_w))


POWER_THRESHOLDS = Object(
    "power_thresholds",
    "0.0.16.0.0.255",
    kinds.REGISTER_MONITOR,
    {
        2: of_meter(_show_thresholds, ANY)._replace(
            items={
                "low_medium_w": lambda data: _read_thresholds(data).low_medium_w,
                "medium_high_w": lambda data: _read_thresholds(data).medium_high_w,
            },
            write=Takes(WritePowerThresholds, lambda _, data: _read_thresholds(data), _thresholds_data),
        ),
        3: constant(encode(_power_import())),
        4: constant(encode(array([structure(NO_SCRIPT, NO_SCRIPT)] * 2))),
    },
)

CONTROL: tuple[Object, ...] = (
    SWITCH_SCRIPT_TABLE,
    DISCONNECT_CONTROL,
    LIMITER,
    LIMIT_STATE,
    POWER_THRESHOLDS,
)
