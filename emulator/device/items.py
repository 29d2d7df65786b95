"""Data items: every value a meter holds, by the name of the functional reference, each declared once.

`key` carries the unit and is what programs use; `title` is the reference's name; either is taken on a command line.
A binding's rows name items; the head end, the command line and the documentation read this table.
"""

from difflib import get_close_matches
from typing import NamedTuple

import numpy as np

from emulator.device import given_out, metering
from emulator.device.calendar import rate_at
from emulator.device.electricity import mains, voltage
from emulator.device.electricity.items_electricity import ELECTRICITY_ITEMS
from emulator.device.event_table import LINES
from emulator.device.household import Channel
from emulator.device.identity import format_eui64
from emulator.device.instant import DAY, HALF_HOUR, isoformat
from emulator.device.item import Item
from emulator.device.meter import Meter
from emulator.device.money.items_money import MONEY_ITEMS
from emulator.device.records import LogEntry
from emulator.device.splitmix import stream
from emulator.device.tariff import active

_IMPORT = Channel.IMPORT  # to look a member up takes as long as to read its register, which is read most of all


class Demand(NamedTuple):
    """A maximum demand: average power of the half hour, and the device clock's time at its end."""

    value_w: int
    at: int


def voltage_dv(meter: Meter) -> int:
    """Read the supply voltage; it stands on the supplier's side of the load switch."""
    return voltage.voltage_dv(meter.site, meter.records, meter.now)


def current_ma(meter: Meter) -> int:
    """Read the current through the load switch."""
    active_mw = meter.power_mw(Channel.IMPORT)
    reactive_mvar = meter.power_mw(Channel.REACTIVE_IMPORT)
    return mains.current_ma(active_mw, reactive_mvar, voltage_dv(meter))


def power_factor(meter: Meter) -> int:
    """Read the power factor in thousandths."""
    return mains.power_factor_thousandths(meter.power_mw(Channel.IMPORT), meter.power_mw(Channel.REACTIVE_IMPORT))


def frequency_chz(meter: Meter) -> int:
    """Read the mains frequency."""
    return mains.frequency_chz(stream(0, "GRID"), meter.now) if meter.records.power.on else 0


def power_threshold_status(meter: Meter) -> str:
    """Say whether active power import is low, medium or high."""
    watts = meter.power_mw(Channel.IMPORT) // 1000
    thresholds = meter.records.thresholds
    if watts < thresholds.low_medium_w:
        return "low"
    return "medium" if watts < thresholds.medium_high_w else "high"


def active_tou_register(meter: Meter) -> int:
    """Say which TOU register counts."""
    return rate_at(active(meter.records), meter.shown_time)


def interval_wh(meter: Meter, channel: Channel) -> int:
    """Read the energy of the last whole half hour."""
    last = metering.intervals(meter.records, meter.now, 1)
    return sum(metering.interval_energies(meter.site, meter.records, channel, last).tolist())


def logged_wh(meter: Meter, channel: Channel) -> int:
    """Read what the profile log says of the last whole half hour."""
    last = metering.intervals(meter.records, meter.now, 1)
    return sum(given_out.logged_energies(meter.site, meter.records, channel, last).tolist())


def interval_status(meter: Meter) -> int:
    """Read the status of the last whole half hour."""
    last = metering.intervals(meter.records, meter.now, 1)
    return sum(metering.interval_statuses(meter.records, last).tolist())


def running_demand_w(meter: Meter) -> int:
    """Read the power averaged over the present half hour so far, spread on the whole of it.

    A clock without time has no half hours, and demand none either (device dossier 4.4, D3).
    """
    if not meter.records.clock.valid:
        return 0
    last = metering.stamps(meter.records, meter.now, HALF_HOUR, 1).true
    since = int(last[-1]) if len(last) else meter.records.runs[0].since
    before = metering.total_at(meter.site, meter.records.runs, Channel.IMPORT, since)
    return (metering.total_at(meter.site, meter.records.runs, Channel.IMPORT, meter.now) - before) * 2 // 1000


def demand_started(meter: Meter) -> int:
    """Give the device clock's time at which the present half hour of demand began."""
    last = metering.stamps(meter.records, meter.now, HALF_HOUR, 1).device
    return int(last[-1]) if len(last) else meter.shown_time


def maximum_demand(meter: Meter) -> Demand:
    """Find the highest half-hour average since the last billing snapshot or reset."""
    since = max(
        [
            meter.records.thresholds.demand_since,
            *metering.snapshot_moments(meter.site, meter.records, meter.now),
        ]
    )
    # A run ends with part of a half hour: a clock set often makes more of them than whole ones fit in.
    count = min((meter.now - since) // HALF_HOUR + len(meter.records.runs), 400 * DAY // HALF_HOUR)
    held = metering.intervals(meter.records, meter.now, count)
    held = given_out.with_time(meter.records, held.chosen(np.flatnonzero(held.true > since)))
    energies = metering.interval_energies(meter.site, meter.records, Channel.IMPORT, held)
    if not len(energies):
        return Demand(0, meter.shown_time)
    best = int(np.argmax(energies))
    return Demand(int(energies[best]) * 2, int(held.device[best]))


def _event_log(meter: Meter) -> list[dict[str, object]]:
    return _log_lines(meter.records.logs.event)


def _security_log(meter: Meter) -> list[dict[str, object]]:
    return _log_lines(meter.records.logs.security)


_MEANINGS = {line.code: line.meaning for line in LINES.values()}


def log_line(at: int, code: int) -> dict[str, object]:
    """Give one line of the event or security log for people."""
    return {"at": isoformat(at), "code": code, "meaning": _MEANINGS.get(code, "")}


def _log_lines(entries: tuple[LogEntry, ...]) -> list[dict[str, object]]:
    return [log_line(entry.at, entry.code) for entry in entries]


ITEMS: tuple[Item, ...] = (
    Item("import_wh", "Total Active Import Register", "Wh", lambda m: m.total_mwh(_IMPORT) // 1000),
    Item("export_wh", "Total Active Export Register", "Wh", lambda m: m.total_mwh(Channel.EXPORT) // 1000),
    Item(
        "reactive_import_varh",
        "Total Reactive Import Register",
        "varh",
        lambda m: m.total_mwh(Channel.REACTIVE_IMPORT) // 1000,
    ),
    Item(
        "reactive_export_varh",
        "Total Reactive Export Register",
        "varh",
        lambda m: m.total_mwh(Channel.REACTIVE_EXPORT) // 1000,
    ),
    Item("tou_wh", "Tariff TOU Register Matrix", "Wh", lambda m: [value // 1000 for value in m.tou()]),
    Item("import_w", "Active Power Import", "W", lambda m: m.power_mw(Channel.IMPORT) // 1000),
    Item("export_w", "Active Power Export", "W", lambda m: m.power_mw(Channel.EXPORT) // 1000),
    Item(
        "reactive_import_var",
        "Reactive Power Import",
        "var",
        lambda m: m.power_mw(Channel.REACTIVE_IMPORT) // 1000,
    ),
    Item(
        "reactive_export_var",
        "Reactive Power Export",
        "var",
        lambda m: m.power_mw(Channel.REACTIVE_EXPORT) // 1000,
    ),
    Item("voltage_dv", "RMS Voltage", "dV", voltage_dv),
    Item("current_ma", "RMS Current", "mA", current_ma),
    Item("power_factor_thousandths", "Power Factor", "1/1000", power_factor),
    Item("frequency_chz", "Frequency", "cHz", frequency_chz),
    Item("power_threshold_status", "Power Threshold Status", "", power_threshold_status),
    Item("low_medium_w", "Low Medium Power Threshold", "W", lambda m: m.records.thresholds.low_medium_w),
    Item("medium_high_w", "Medium High Power Threshold", "W", lambda m: m.records.thresholds.medium_high_w),
    Item("running_demand_w", "Active Power Import Running Average", "W", running_demand_w),
    Item("last_demand_w", "Active Power Import Last Average", "W", lambda m: interval_wh(m, Channel.IMPORT) * 2),
    Item("maximum_demand_w", "Maximum Demand Active Power Import", "W", lambda m: maximum_demand(m).value_w),
    Item(
        "interval_import_wh",
        "Active Import Of The Last Half Hour",
        "Wh",
        lambda m: logged_wh(m, Channel.IMPORT),
    ),
    Item(
        "interval_export_wh",
        "Active Export Of The Last Half Hour",
        "Wh",
        lambda m: logged_wh(m, Channel.EXPORT),
    ),
    Item(
        "interval_reactive_import_varh",
        "Reactive Import Of The Last Half Hour",
        "varh",
        lambda m: logged_wh(m, Channel.REACTIVE_IMPORT),
    ),
    Item(
        "interval_reactive_export_varh",
        "Reactive Export Of The Last Half Hour",
        "varh",
        lambda m: logged_wh(m, Channel.REACTIVE_EXPORT),
    ),
    Item("clock", "Clock", "UTC", lambda m: m.shown_time),
    Item("supply_state", "Supply State", "", lambda m: m.records.supply.switch.value),
    Item("tariff", "Tariff Switching Table", "", lambda m: active(m.records).name),
    Item("active_tou_register", "Active TOU Register", "", active_tou_register),
    Item("billing_calendar", "Billing Calendar", "", lambda m: m.records.billing.calendar.text),
    Item("load_limit_w", "Load Limit Power Threshold", "W", lambda m: m.records.load_limit.threshold_w),
    Item("load_limit_period_s", "Load Limit Period", "s", lambda m: m.records.load_limit.period_s),
    Item(
        "load_limit_restoration_s",
        "Load Limit Restoration Period",
        "s",
        lambda m: m.records.load_limit.restoration_s,
    ),
    Item(
        "load_limit_supply_state",
        "Load Limit Supply State",
        "",
        lambda m: "disable" if m.records.load_limit.disable else "unchanged",
    ),
    Item("load_limit_counter", "Load Limit Counter", "", lambda m: m.records.load_limit.counter),
    Item("event_log", "Event Log", "", _event_log),
    Item("security_log", "Security Log", "", _security_log),
    Item("serial", "Electricity Meter Serial Number", "", lambda m: m.site.serial),
    Item("eui64", "Electricity Meter Identifier", "", lambda m: format_eui64(m.site.eui64)),
    Item("mpan", "Import MPAN", "", lambda m: m.records.supply_number or m.site.mpan),
    Item("maker", "Manufacturer Identifier", "", lambda m: m.site.profile.model.flag),
    Item("model", "Model Type", "", lambda m: m.site.profile.model.model),
    Item("firmware", "Firmware Version", "", lambda m: m.records.firmware or m.site.profile.model.firmware),
    *ELECTRICITY_ITEMS,
    *MONEY_ITEMS,
)

BY_KEY = {item.key: item for item in ITEMS}


class UnknownItemError(KeyError):
    """No data item has this name; the text names the nearest ones."""

    def __str__(self) -> str:
        return str(self.args[0])


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


_BY_NAME = {_plain(name): item for item in ITEMS for name in (item.key, item.title)}


def find(name: str) -> Item:
    """Find an item by key or title, whatever its case and spaces. Raises UnknownItemError."""
    item = _BY_NAME.get(_plain(name))
    if item is None:
        near = get_close_matches(_plain(name), _BY_NAME, n=3, cutoff=0.4)
        hint = ", ".join(dict.fromkeys(_BY_NAME[match].key for match in near))
        told = f"near: {hint}" if hint else "`meterfarm show SEL` lists them"
        raise UnknownItemError(f"no data item is called {name!r}; {told}")
    return item


def present(item: Item, value: object) -> object:
    """Give an item's value for JSON and for people: a clock's instant as ISO 8601."""
    return isoformat(value) if item.unit == "UTC" and isinstance(value, int) else value
