"""A meter as it was installed: its records from the profile's defaults and its site."""

from typing import Any

import msgspec

from emulator.device.calendar import BillingCalendar, SwitchingTable
from emulator.device.electricity.voltage_records import Limit, Voltage, VoltageSettings
from emulator.device.household import Site
from emulator.device.instant import day_number
from emulator.device.money.account_records import Account
from emulator.device.profile import POLICIES, Profile
from emulator.device.records import (
    Billing,
    Clock,
    Credentials,
    LoadLimit,
    Logs,
    Records,
    Registers,
    Run,
    Supply,
    Tamper,
    Tariff,
    Thresholds,
)


def electricity(site: Site) -> Records:
    """Give the records of an electricity meter as it was installed."""
    home, power = site.household, site.profile.power
    import_mwh = home.opening_import_wh * 1000
    opening = Registers(
        import_mwh=import_mwh,
        export_mwh=home.opening_export_wh * 1000,
        tou=(import_mwh,) + (0,) * (site.metering.tou_registers - 1),
    )
    return Records(
        **shared(site, opening, standard_table(site)),
        thresholds=Thresholds(power.low_medium_w, power.medium_high_w, site.installed_at),
        load_limit=LoadLimit(
            power.load_limit_w,
            power.load_limit_period_s,
            power.load_limit_restoration_s,
            power.load_limit_disables,
            watching_since=site.installed_at,
        ),
        voltage=_voltage(site),
    )


def _voltage(site: Site) -> Voltage:
    rules, at = site.profile.voltage, site.installed_at
    settings = VoltageSettings(
        average_over_dv=rules.average_over_dv,
        average_under_dv=rules.average_under_dv,
        average_period_s=rules.average_period_s,
        extreme_over=Limit(rules.extreme_over_dv, rules.extreme_over_s),
        extreme_under=Limit(rules.extreme_under_dv, rules.extreme_under_s),
        sag=Limit(rules.sag_dv, rules.sag_s),
        swell=Limit(rules.swell_dv, rules.swell_s),
    )
    return Voltage(settings, log_since=at, watching_since=at, told_at=at)


def shared(site: Site, opening: Registers, table: SwitchingTable) -> dict[str, Any]:
    """Give what a meter of either fuel is delivered with."""
    at = site.installed_at
    return {
        "supply": Supply(),
        "clock": Clock(drift_ppm=site.profile.clock.drift_ppm, bent_at=at),
        "tamper": Tamper(lock_supply=site.profile.tamper.on_tamper == "lock"),
        "runs": (Run(at, supplied=True, clock_offset_ms=0, table=0, base=opening),),
        "tariff": Tariff((table,), table),
        "billing": Billing(BillingCalendar(), at, blocks_since=at),
        "logs": Logs(),
        "credentials": Credentials(
            encryption_key=site.secret("encryption key"),
            authentication_key=site.secret("authentication key"),
            master_key=site.secret("master key"),
            policy=_policy(site.profile),
        ),
        "account": Account(settled_at=at, charged_day=day_number(at)),
    }


def standard_table(site: Site) -> SwitchingTable:
    """Give the switching table a home is delivered with: one rate, or night and day for an economy-7 home."""
    split = site.household.shape == "economy-7" and site.metering.tou_registers > 1
    return _ECONOMY_7 if split else SwitchingTable()


_ECONOMY_7 = msgspec.convert(
    {
        "name": "economy-7",
        "days": [
            {
                "id": 1,
                "switches": [{"minute": 0, "rate": 2}, {"minute": 30, "rate": 1}, {"minute": 450, "rate": 2}],
            }
        ],
    },
    SwitchingTable,
)


def _policy(profile: Profile) -> int:
    allowed = profile.associations
    return 0 if allowed is None else POLICIES[allowed.management.policy]
