"""Data items of voltage, power, the case and the tenancy of an electricity meter (functional reference 7.3 and 7.4)."""

from emulator.device.electricity import voltage
from emulator.device.electricity.voltage_records import Voltage, VoltageSettings
from emulator.device.instant import isoformat
from emulator.device.item import Item
from emulator.device.meter import Meter
from emulator.device.metering import midnights


def _voltage(meter: Meter) -> Voltage:
    return meter.records.voltage


def _settings(meter: Meter) -> VoltageSettings:
    return meter.records.voltage.settings


def last_average_dv(meter: Meter) -> int:
    """Read the average voltage of the last measurement period with mains; 0 before the first."""
    held = voltage.log(meter.site, meter.records, meter.now, 1)
    return int(held.voltages_dv[-1]) if len(held.voltages_dv) else 0


def _restricted(meter: Meter) -> str:
    before = meter.records.tenancy.restricted_before
    return "" if before is None else isoformat(before)


ELECTRICITY_ITEMS: tuple[Item, ...] = (
    Item("average_over_voltage_dv", "Average RMS Over Voltage Threshold", "dV", lambda m: _settings(m).average_over_dv),
    Item(
        "average_under_voltage_dv", "Average RMS Under Voltage Threshold", "dV", lambda m: _settings(m).average_under_dv
    ),
    Item(
        "average_voltage_period_s",
        "Average RMS Voltage Measurement Period",
        "s",
        lambda m: _settings(m).average_period_s,
    ),
    Item(
        "extreme_over_voltage_dv",
        "RMS Extreme Over Voltage Threshold",
        "dV",
        lambda m: _settings(m).extreme_over.threshold_dv,
    ),
    Item(
        "extreme_over_voltage_s",
        "RMS Extreme Over Voltage Measurement Period",
        "s",
        lambda m: _settings(m).extreme_over.period_s,
    ),
    Item(
        "extreme_under_voltage_dv",
        "RMS Extreme Under Voltage Threshold",
        "dV",
        lambda m: _settings(m).extreme_under.threshold_dv,
    ),
    Item(
        "extreme_under_voltage_s",
        "RMS Extreme Under Voltage Measurement Period",
        "s",
        lambda m: _settings(m).extreme_under.period_s,
    ),
    Item("voltage_sag_dv", "RMS Voltage Sag Threshold", "dV", lambda m: _settings(m).sag.threshold_dv),
    Item("voltage_sag_s", "RMS Voltage Sag Measurement Period", "s", lambda m: _settings(m).sag.period_s),
    Item("voltage_swell_dv", "RMS Voltage Swell Threshold", "dV", lambda m: _settings(m).swell.threshold_dv),
    Item("voltage_swell_s", "RMS Voltage Swell Measurement Period", "s", lambda m: _settings(m).swell.period_s),
    Item("average_over_voltage_count", "Average RMS Over Voltage Counter", "", lambda m: _voltage(m).over_count),
    Item("average_under_voltage_count", "Average RMS Under Voltage Counter", "", lambda m: _voltage(m).under_count),
    Item("average_voltage_dv", "Average RMS Voltage", "dV", last_average_dv),
    Item(
        "voltage_log_entries",
        "Average RMS Voltage Profile Data Log Entries",
        "",
        lambda m: len(voltage.log(m.site, m.records, m.now).true),
    ),
    Item(
        "daily_read_entries",
        "Daily Read Log Entries",
        "",
        lambda m: len(midnights(m.records, m.now, m.site.metering.daily_reads).true),
    ),
    Item("clock_status", "Clock Status", "", lambda m: "valid" if m.records.clock.valid else "invalid"),
    Item("power", "Power", "", lambda m: "on" if m.records.power.on else "off"),
    Item("power_ups", "Power Up Counter", "", lambda m: m.records.tamper.power_ups),
    Item("tampered", "Tamper Sensors", "", lambda m: list(m.records.tamper.open)),
    Item("cover_openings", "Cover Opening Counter", "", lambda m: m.records.tamper.cover_openings),
    Item(
        "supply_tamper_state",
        "Supply Tamper State",
        "",
        lambda m: "lock" if m.records.tamper.lock_supply else "unchanged",
    ),
    Item("supply_causes", "Supply Causes", "", lambda m: [str(each.name).lower() for each in m.records.supply.causes]),
    Item("restricted_before", "Restrict Data Date", "", _restricted),
    Item("hub_firmware", "Communications Hub Firmware Version", "", lambda m: m.site.profile.hub.firmware),
    Item("hardware", "Hardware Version", "", lambda m: m.site.profile.model.hardware),
)
