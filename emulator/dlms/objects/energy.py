"""Rows of energy, power and mains. Codes marked V in the OBIS map are conventional (*assumed* for any one maker)."""

from emulator.device import items, metering
from emulator.device.commands import ResetLoadLimitCounter, ResetMaximumDemand
from emulator.device.instant import HALF_HOUR, SECOND
from emulator.device.meter import Meter
from emulator.device.profile import Profile
from emulator.dlms.objects import kinds
from emulator.dlms.objects.rows import (
    STATUS_OK,
    Method,
    Object,
    Unit,
    constant,
    of_item,
    of_meter,
    register,
    scaler_unit,
    without_parameters,
)
from emulator.dlms.objects.types import DATE_TIME, U8, U16, U32


def _export(profile: Profile) -> bool:
    return profile.metering.export


def _reactive(profile: Profile) -> bool:
    return profile.metering.reactive


def tou_registers() -> tuple[Object, ...]:
    """Make the 48 TOU registers; a profile with fewer has the first of them."""
    return tuple(_tou_register(rate) for rate in range(1, 49))


def _tou_register(rate: int) -> Object:
    def read(meter: Meter) -> int:
        return meter.tou()[rate - 1] // 1000

    return Object(
        f"tou_{rate}",
        f"1.0.1.8.{rate}.255",
        kinds.REGISTER,
        {2: of_meter(read, U32), 3: scaler_unit(0, Unit.WATT_HOUR)},
        when=lambda profile: rate <= profile.metering.tou_registers,
    )


def _interval_end(meter: Meter) -> int:
    last = metering.stamps(meter.records, meter.now, HALF_HOUR, 1).device
    return int(last[-1]) if len(last) else meter.shown_time


MAXIMUM_DEMAND = Object(
    "maximum_demand",
    "1.0.1.6.0.255",
    kinds.EXTENDED_REGISTER,
    {
        2: of_item("maximum_demand_w", U32),
        3: scaler_unit(0, Unit.WATT),
        4: STATUS_OK,
        5: of_meter(lambda meter: items.maximum_demand(meter).at, DATE_TIME),
    },
    {1: Method(without_parameters(ResetMaximumDemand))},
)

DEMAND = Object(
    "demand",
    "1.0.1.4.0.255",
    kinds.DEMAND_REGISTER,
    {
        2: of_item("running_demand_w", U32),
        3: of_item("last_demand_w", U32),
        4: scaler_unit(0, Unit.WATT),
        5: STATUS_OK,
        6: of_meter(_interval_end, DATE_TIME),
        7: of_meter(items.demand_started, DATE_TIME),
        8: constant(U32.encode(HALF_HOUR // SECOND)),
        9: constant(U16.encode(1)),
    },
)

INTERVAL_STATUS = Object("interval_status", "0.0.96.10.1.255", kinds.DATA, {2: of_meter(items.interval_status, U8)})

LOAD_LIMIT_COUNTER = register(
    "load_limit_counter",
    "0.0.96.15.1.255",
    "load_limit_counter",
    Unit.COUNT,
    reset=without_parameters(ResetLoadLimitCounter),
    when=lambda profile: profile.power.load_limit,
)


ENERGY: tuple[Object, ...] = (
    register("import_total", "1.0.1.8.0.255", "import_wh", Unit.WATT_HOUR),
    register("export_total", "1.0.2.8.0.255", "export_wh", Unit.WATT_HOUR, when=_export),
    register("reactive_import_total", "1.0.3.8.0.255", "reactive_import_varh", Unit.VAR_HOUR, when=_reactive),
    register("reactive_export_total", "1.0.4.8.0.255", "reactive_export_varh", Unit.VAR_HOUR, when=_reactive),
    *tou_registers(),
    register("import_power", "1.0.1.7.0.255", "import_w", Unit.WATT),
    register("export_power", "1.0.2.7.0.255", "export_w", Unit.WATT, when=_export),
    register("reactive_import_power", "1.0.3.7.0.255", "reactive_import_var", Unit.VAR, when=_reactive),
    register("reactive_export_power", "1.0.4.7.0.255", "reactive_export_var", Unit.VAR, when=_reactive),
    register("voltage", "1.0.32.7.0.255", "voltage_dv", Unit.VOLT, -1, U16),
    register("current", "1.0.31.7.0.255", "current_ma", Unit.AMPERE, -3, U32),
    register("power_factor", "1.0.13.7.0.255", "power_factor_thousandths", Unit.COUNT, -3, U16),
    register("frequency", "1.0.14.7.0.255", "frequency_chz", Unit.HERTZ, -2, U16),
    register("interval_import", "1.0.1.29.0.255", "interval_import_wh", Unit.WATT_HOUR),
    register("interval_export", "1.0.2.29.0.255", "interval_export_wh", Unit.WATT_HOUR, when=_export),
    register(
        "interval_reactive_import", "1.0.3.29.0.255", "interval_reactive_import_varh", Unit.VAR_HOUR, when=_reactive
    ),
    register(
        "interval_reactive_export", "1.0.4.29.0.255", "interval_reactive_export_varh", Unit.VAR_HOUR, when=_reactive
    ),
    INTERVAL_STATUS,
    MAXIMUM_DEMAND,
    DEMAND,
    LOAD_LIMIT_COUNTER,
)
