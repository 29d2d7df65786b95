"""Holding that a refusal changed nothing: what the home's devices hold before and after, and their silence between.

What moves by itself with time (registers, clocks, logs of readings) is compared only while the clock stands.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from emulator.conformance.stage import Stage
from emulator.device.items import present
from emulator.device.readings import items_of

SETTINGS: Final = frozenset(
    {
        *("payment_mode", "suspend_debt_disabled", "suspend_debt_emergency", "disablement_mp"),
        *("emergency_limit_mp", "emergency_threshold_mp", "low_credit_mp", "max_balance_mp", "max_credit_mp"),
        *("non_disablement_calendar", "debt_cap_mp", "debt_rate_1_mp", "debt_rate_2_mp", "payment_share"),
        *("tariff", "prices_mp", "thresholds_wh", "standing_charge_mp", "currency", "price_shape"),
        *("billing_calendar", "load_limit_w", "load_limit_period_s", "load_limit_restoration_s"),
        *("load_limit_supply_state", "low_medium_w", "medium_high_w", "supply_state", "supply_causes"),
        *("supply_tamper_state", "restricted_before", "mpan", "mprn", "firmware", "eui64", "top_ups_accepted"),
        *("top_ups_rejected", "average_over_voltage_dv", "average_under_voltage_dv", "average_voltage_period_s"),
        *("extreme_over_voltage_dv", "extreme_over_voltage_s", "extreme_under_voltage_dv", "extreme_under_voltage_s"),
        *("voltage_sag_dv", "voltage_sag_s", "voltage_swell_dv", "voltage_swell_s"),
        *("calorific_value", "calorific_digits", "conversion_factor", "conversion_digits", "uncontrolled_flow"),
        *("stabilisation_s", "measurement_s", "tamper_state", "depletion_state", "valve", "han_channel"),
    }
)
"""What only a command changes."""
LONG: Final = frozenset(
    {
        *("voltage_log_entries", "daily_read_entries", "maximum_demand_w", "last_demand_w", "running_demand_w"),
        *("interval_import_wh", "interval_export_wh", "interval_reactive_import_varh", "interval_reactive_export_varh"),
        *("profile_log", "daily_read_log", "billing_data_log", "network_data_log", "today_wh", "today_mp"),
    }
)
"""What takes long to work out, and follows from the mains, the registers and the load: nobody sets it."""
APART: Final = LONG | frozenset(
    {
        *("voltage_dv", "average_voltage_dv"),  # the mains'
        *("alerts_waiting", "alerts_sent", "alert_log"),  # what was told before is on its way
        *("wan_state", "signal_dbm", "signal_quality", "registration", "last_wake", "next_wake"),
    }
)
"""What may change though nobody did anything to the home."""
READERS: Final = frozenset({"AssociationOpened"})
"""What a device tells of somebody who only looks."""
ON_ITS_WAY: Final = ("Alert", "Wan")
"""How names of happenings begin that are a hub's, of what was told before."""


@asynccontextmanager
async def untouched(stage: Stage) -> AsyncIterator[None]:
    """Hold that nothing of the home changes meanwhile, and that no device tells of anything. Raises Failed."""
    at, before, seq = stage.now, held(stage), len(await stage.journal())
    yield
    after, still = held(stage), stage.now == at
    changed = {key: after.get(key) for key in before if (still or key[1] in SETTINGS) and before[key] != after.get(key)}
    stage.expect(not changed, "nothing changes at the home's devices", changed)
    if still:
        told = [type(entry.what).__name__ for entry in (await stage.journal())[seq:]]
        loud = [name for name in told if name not in READERS and not name.startswith(ON_ITS_WAY)]
        stage.expect(not loud, "the devices tell of nothing", ", ".join(loud))


def held(stage: Stage) -> dict[tuple[str, str], Any]:
    """Give what the home's devices hold, by device and item."""
    devices = stage.farm.home(stage.index).installation.devices
    return {
        (name.value, item.key): present(item, item.read(device))
        for name, device in devices.items()
        for item in items_of(device)
        if item.key not in APART
    }
