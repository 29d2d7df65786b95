"""Data items of a gas meter, by the name of the functional reference, each declared once (7.5)."""

from typing import Any

from emulator.device.calendar import rate_at
from emulator.device.gas import battery, gas_logs, network_log, valve, wake
from emulator.device.gas.gas_meter import GasMeter
from emulator.device.identity import format_eui64
from emulator.device.instant import isoformat
from emulator.device.item import Item
from emulator.device.items import log_line
from emulator.device.money.items_money import MONEY_ITEMS
from emulator.device.profile import Model
from emulator.device.records import LogEntry
from emulator.device.tariff import active

DAY_OF_HALF_HOURS = 48


def _model(meter: GasMeter) -> Model:
    assert meter.site.profile.gas_model is not None
    return meter.site.profile.gas_model


def _battery_days(meter: GasMeter) -> int:
    return battery.remaining_days(meter.site, meter.records.battery, meter.now)


def _next_wake(meter: GasMeter) -> str:
    at = wake.next_wake(meter.site, meter.records, meter.now)
    return "" if at is None else isoformat(at)


def _log(entries: tuple[LogEntry, ...]) -> list[dict[str, object]]:
    return [log_line(entry.at, entry.code) for entry in entries]


def _profile(meter: GasMeter) -> list[dict[str, object]]:
    rows = gas_logs.half_hours(meter.site, meter.records, meter.now, DAY_OF_HALF_HOURS)
    return [{"at": isoformat(row.at), "value": row.value, "status": row.status} for row in rows]


def _read(reading: gas_logs.Reading) -> dict[str, Any]:
    return {**reading._asdict(), "at": isoformat(reading.at)}


def _daily(meter: GasMeter) -> list[dict[str, Any]]:
    return [_read(reading) for reading in gas_logs.daily_reads(meter.site, meter.records, meter.now)]


def _billing(meter: GasMeter) -> list[dict[str, Any]]:
    billed = gas_logs.billing_log(meter.site, meter.records, meter.now)
    return [
        {**_read(entry.reading), "balance_mp": None if entry.account is None else entry.account.balance_mp}
        for entry in billed
    ]


def _network(meter: GasMeter) -> list[dict[str, object]]:
    held = network_log.entries(meter.site, meter.records, meter.now)
    return [{"at": isoformat(entry.at), "volume_ml": entry.volume_ml} for entry in held]


GAS_ITEMS: tuple[Item, ...] = (
    Item("volume_l", "Consumption Register", "l", lambda m: m.volume_ml // 1000),
    Item("volume_ml", "Consumption Register In Full", "ml", lambda m: m.volume_ml),
    Item("energy_wh", "Consumption In Energy", "Wh", lambda m: m.energy_mwh // 1000),
    Item("tou_l", "Tariff TOU Register Matrix", "l", lambda m: [counted // 1000 for counted in m.tou()]),
    Item("active_tou_register", "Active TOU Register", "", lambda m: rate_at(active(m.records), m.shown_time)),
    Item("today_wh", "Consumption Today", "Wh", lambda m: gas_logs.today(m.site, m.records, m.now)[0] // 1000),
    Item("today_mp", "Cost Today", "mp", lambda m: gas_logs.today(m.site, m.records, m.now)[1]),
    Item("tariff", "Tariff Switching Table", "", lambda m: active(m.records).name),
    Item("billing_calendar", "Billing Calendar", "", lambda m: m.records.billing.calendar.text),
    Item("clock", "Clock", "UTC", lambda m: m.shown_time),
    Item("supply_state", "Supply State", "", lambda m: m.records.supply.switch.value),
    Item("supply_causes", "Supply Causes", "", lambda m: [str(c.name).lower() for c in m.records.supply.causes]),
    Item("valve", "Valve", "", lambda m: valve.position(m.site, m.records.valve, m.now)),
    Item("calorific_value", "Calorific Value", "MJ/m3 x 10^-n", lambda m: m.records.conversion.calorific_value),
    Item("calorific_digits", "Calorific Value Trailing Digit", "", lambda m: m.records.conversion.calorific_digits),
    Item("conversion_factor", "Conversion Factor", "10^-n", lambda m: m.records.conversion.conversion_factor),
    Item("conversion_digits", "Conversion Factor Trailing Digit", "", lambda m: m.records.conversion.conversion_digits),
    Item("uncontrolled_flow", "Uncontrolled Gas Flow Rate", "1e-4 m3/h", lambda m: m.records.flow.uncontrolled_flow),
    Item("stabilisation_s", "Stabilisation Period", "s", lambda m: m.records.flow.stabilisation_s),
    Item("measurement_s", "Measurement Period", "s", lambda m: m.records.flow.measurement_s),
    Item("tamper_state", "Supply Tamper State", "", lambda m: _locked(m.records.tamper.lock_supply)),
    Item("depletion_state", "Supply Depletion State", "", lambda m: _locked(m.records.flow.depletion_locks)),
    Item("battery_days", "Remaining Battery Capacity", "days", _battery_days),
    Item("battery_low", "Battery Low", "", lambda m: m.records.battery.low),
    Item("power", "Battery Power", "", lambda m: "on" if m.records.power.on else "off"),
    Item("last_wake", "Last Wake", "UTC", lambda m: wake.last_wake(m.site, m.records, m.now)),
    Item("next_wake", "Next Wake", "", _next_wake),
    *MONEY_ITEMS,
    Item("profile_unit", "Profile Data Log Unit", "", lambda m: gas_logs.profile_unit(m.site)),
    Item("profile_log", "Profile Data Log Of The Last Day", "", _profile),
    Item("daily_read_log", "Daily Read Log", "", _daily),
    Item("billing_data_log", "Billing Data Log", "", _billing),
    Item("network_data_log", "Network Data Log", "ml", _network),
    Item("event_log", "Event Log", "", lambda m: _log(m.records.logs.event)),
    Item("security_log", "Security Log", "", lambda m: _log(m.records.logs.security)),
    Item("serial", "Gas Meter Serial Number", "", lambda m: m.site.serial),
    Item("eui64", "Gas Meter Identifier", "", lambda m: format_eui64(m.site.eui64)),
    Item("mprn", "MPRN", "", lambda m: m.records.supply_number or m.site.mpan),
    Item("maker", "Manufacturer Identifier", "", lambda m: _model(m).flag),
    Item("model", "Model Type", "", lambda m: _model(m).model),
    Item("firmware", "Firmware Version", "", lambda m: m.records.firmware or _model(m).firmware),
)


def _locked(state: object) -> str:
    return "locked" if state else "unchanged"
