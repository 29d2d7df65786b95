"""Rows of a gas meter's logs (functional reference 3.9): half hours, midnights, billing, the network's four hours.

A daily or billing entry has the index, the TOU registers and the block counters; of the last two only the set that the
tariff uses is kept, the other one is 0 or empty.
"""

from dataclasses import replace
from typing import Any, Final

from emulator.device import items as electricity_items
from emulator.device.commands import RecordNetworkData
from emulator.device.gas import gas_logs, network_log
from emulator.device.gas.gas_logs import Reading
from emulator.device.gas.gas_meter import GasMeter
from emulator.device.instant import HALF_HOUR, isoformat
from emulator.device.profile import Metering, Profile
from emulator.dlms.codec.data import Data, Tag, array, structure
from emulator.dlms.objects import buffers, kinds
from emulator.dlms.objects.buffers import CLOCK, STATUS, Buffer, Column, Line
from emulator.dlms.objects.logs import LOGS, log
from emulator.dlms.objects.money import AMOUNT, BALANCE, optional
from emulator.dlms.objects.prices import BLOCK_COUNTERS_NAME
from emulator.dlms.objects.rows import Attribute, Object, Unit, of_meter, scaler_unit, without_parameters
from emulator.dlms.objects.types import ANY, DATE_TIME, TEXT, U8, U32, array_of, items

VOLUME: Final = Column("volume", kinds.REGISTER.id, "7.0.3.0.0.255")
INTERVAL: Final = Column("interval_volume", kinds.REGISTER.id, "7.0.3.29.0.255")
STEP: Final = Column("network_step", kinds.REGISTER.id, "0.0.96.50.75.255")
BLOCKS: Final = Column("block_counters", kinds.DATA.id, BLOCK_COUNTERS_NAME)
DAY_OF_HALF_HOURS: Final = 48


def gas_metering(profile: Profile) -> Metering:
    """Give the gas meter's registers and logs; a profile whose gas meter is read has one."""
    assert profile.gas_metering is not None
    return profile.gas_metering


def tou_name(rate: int) -> str:
    """Give the generic logical name of a TOU register: its E is the rate."""
    return f"7.0.3.0.{rate}.255"


def tou_column(rate: int) -> Column:
    """Give a TOU register as a captured object."""
    return Column(f"volume_tou_{rate}", kinds.REGISTER.id, tou_name(rate))


# Half hours


def _capacity(profile: Profile) -> int:
    return gas_metering(profile).import_profile_days * 48


def _half_hours(meter: GasMeter) -> list[Line]:
    rows = gas_logs.half_hours(meter.site, meter.records, meter.now)
    return [(row.at, (U8.encode(row.status), U32.encode(row.value))) for row in rows]


PROFILE: Final = replace(buffers.lines((STATUS, INTERVAL), _capacity, _half_hours), period_s=HALF_HOUR // 1000)


def _last_interval(meter: GasMeter) -> int:
    last = gas_logs.half_hours(meter.site, meter.records, meter.now, 1)
    return last[-1].value if last else 0


def _profile_scale(meter: GasMeter) -> Data:
    """Say the unit of the half hours: litres, or Wh where the make keeps them so."""
    scaler, unit = (0, Unit.WATT_HOUR) if gas_logs.profile_unit(meter.site) == "kWh" else (-3, Unit.CUBIC_METRE)
    return structure(Data(Tag.INTEGER, scaler), Data(Tag.ENUM, unit))


def _last_day(meter: GasMeter) -> Data:
    rows = gas_logs.half_hours(meter.site, meter.records, meter.now, DAY_OF_HALF_HOURS)
    return array(
        [
            structure(_date_time(row.at), Data(Tag.DOUBLE_LONG_UNSIGNED, row.value), Data(Tag.UNSIGNED, row.status))
            for row in rows
        ]
    )


def _read_day(value: Data) -> list[dict[str, object]]:
    rows = [items(row, Tag.STRUCTURE, 3) for row in items(value, Tag.ARRAY)]
    return [
        {"at": isoformat(DATE_TIME.decode(at)), "value": U32.decode(used), "status": U8.decode(status)}
        for at, used, status in rows
    ]


def _date_time(at: int) -> Data:
    return Data(Tag.OCTET_STRING, DATE_TIME.encode(at)[2:])


# Readings at midnights and at the ends of billing periods

_COUNTERS: Final = array_of(array_of(U32))
_BALANCE: Final = optional(AMOUNT)


def _columns(profile: Profile) -> tuple[Column, ...]:
    rates = range(1, gas_metering(profile).tou_registers + 1)
    blocks = (BLOCKS,) if gas_metering(profile).blocks else ()
    return (VOLUME, *(tou_column(rate) for rate in rates), *blocks)


def _cells(meter: GasMeter, reading: Reading) -> tuple[bytes, ...]:
    tou = reading.tou_l or (0,) * meter.site.metering.tou_registers
    blocks = [reading.blocks_wh] if reading.blocks_wh else []
    counters = (_COUNTERS.encode(blocks),) if meter.site.metering.blocks else ()
    return (U32.encode(reading.volume_l), *(U32.encode(counted) for counted in tou), *counters)


def _daily(meter: GasMeter) -> list[Line]:
    readings = gas_logs.daily_reads(meter.site, meter.records, meter.now)
    return [(reading.at, _cells(meter, reading)) for reading in readings]


def _billing(meter: GasMeter) -> list[Line]:
    lines = []
    for reading, account in gas_logs.billing_log(meter.site, meter.records, meter.now):
        balance = _BALANCE.encode(None if account is None else account.balance_mp)
        lines.append((reading.at, (*_cells(meter, reading), balance)))
    return lines


def _read_reading(cells: tuple[Data, ...]) -> dict[str, Any]:
    at, volume, *tou = cells
    counted = _COUNTERS.decode(tou.pop()) if tou[-1].tag is Tag.ARRAY else []
    return {
        "at": isoformat(DATE_TIME.decode(at)),
        "volume_l": U32.decode(volume),
        "tou_l": () if counted else tuple(U32.decode(register) for register in tou),
        "blocks_wh": tuple(counted[0]) if counted else (),
    }


def _read_daily(value: Data) -> list[dict[str, Any]]:
    return [_read_reading(items(row, Tag.STRUCTURE)) for row in items(value, Tag.ARRAY)]


def _read_billing(value: Data) -> list[dict[str, Any]]:
    rows = [items(row, Tag.STRUCTURE) for row in items(value, Tag.ARRAY)]
    return [{**_read_reading(row[:-1]), "balance_mp": _BALANCE.decode(row[-1])} for row in rows]


def _by_profile(buffer: Buffer, last: tuple[Column, ...] = ()) -> Buffer:
    """Give a buffer whose TOU registers are as many as the profile has."""
    return replace(buffer, columns=lambda profile: (CLOCK, *_columns(profile), *last))


DAILY: Final = _by_profile(buffers.lines((), lambda profile: gas_metering(profile).daily_reads, _daily))
BILLING: Final = _by_profile(
    buffers.lines((), lambda profile: gas_metering(profile).billing_entries, _billing),
    (Column("meter_balance", kinds.CREDIT.id, BALANCE),),
)


# The network data log


def _steps(meter: GasMeter) -> list[Line]:
    held = network_log.entries(meter.site, meter.records, meter.now)
    return [(entry.at, (U32.encode(entry.volume_ml),)) for entry in held]


def _last_step(meter: GasMeter) -> int:
    held = network_log.entries(meter.site, meter.records, meter.now)
    return held[-1].volume_ml if held else 0


def _read_steps(value: Data) -> list[dict[str, object]]:
    rows = [items(row, Tag.STRUCTURE, 2) for row in items(value, Tag.ARRAY)]
    return [{"at": isoformat(DATE_TIME.decode(at)), "volume_ml": U32.decode(used)} for at, used in rows]


NETWORK: Final = buffers.lines((STEP,), lambda _: network_log.ENTRIES, _steps)


def _log_of(name: str) -> Object:
    return next(row for row in LOGS if row.name == name)


GAS_LOGS: Final[tuple[Object, ...]] = (
    Object(
        INTERVAL.object,
        INTERVAL.logical_name,
        kinds.REGISTER,
        {2: of_meter(_last_interval, U32), 3: of_meter(_profile_scale, ANY)},
    ),
    Object(
        STATUS.object,
        STATUS.logical_name,
        kinds.DATA,
        {2: of_meter(electricity_items.interval_status, U8)},
    ),
    log("gas_profile", "7.0.99.99.1.255", PROFILE),
    Object(
        "gas_profile_day",
        "0.0.96.50.73.255",
        kinds.DATA,
        {2: of_meter(_last_day, ANY)._replace(items={"profile_log": _read_day})},
    ),
    Object(
        "gas_profile_unit",
        "0.0.96.50.74.255",
        kinds.DATA,
        {
            2: Attribute(
                lambda view: TEXT.encode(gas_logs.profile_unit(view.meter.site)), items={"profile_unit": TEXT.decode}
            )
        },
    ),
    log("daily_reads", "0.0.98.2.0.255", DAILY, {"daily_read_log": _read_daily}),
    log("billing_log", "0.0.98.1.0.255", BILLING, {"billing_data_log": _read_billing}),
    Object(
        STEP.object,
        STEP.logical_name,
        kinds.REGISTER,
        {2: of_meter(_last_step, U32), 3: scaler_unit(-6, Unit.CUBIC_METRE)},
    ),
    # Its reset begins the log anew (service 14.1).
    log(
        "network_log",
        "7.0.99.99.2.255",
        NETWORK,
        {"network_data_log": _read_steps},
        without_parameters(RecordNetworkData),
    ),
    *(_log_of(name) for name in ("event_code", "event_log", "security_event_code", "security_log")),
)
