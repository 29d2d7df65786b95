"""What a set cannot do: functions that not every family has (device dossier 3.11), as its profile says.

`able` is the first rule of each command that needs such a function: what this set lacks is refused before anything
else is looked at. `lacking` names the data items that tell of what a set has not. A binding leaves their rows out.
"""

from collections.abc import Callable, Mapping
from typing import Any

from emulator.device import commands
from emulator.device.commands import Reason
from emulator.device.household import Site
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode, TimeDebt
from emulator.device.money.non_disablement import NonDisablement
from emulator.device.money.pricing import BLOCKS, UNUSED, Prices
from emulator.device.step import Moment, Refused, Step

EXPORT = frozenset({"export_wh", "export_w", "interval_export_wh"})
REACTIVE = frozenset(
    {
        "reactive_import_varh",
        "reactive_export_varh",
        "reactive_import_var",
        "reactive_export_var",
        "interval_reactive_import_varh",
        "interval_reactive_export_varh",
    }
)
BLOCK_PRICING = frozenset({"thresholds_wh", "block_counters_wh"})
LOAD_LIMIT = frozenset(
    {
        "load_limit_w",
        "load_limit_period_s",
        "load_limit_restoration_s",
        "load_limit_supply_state",
        "load_limit_counter",
    }
)
AVERAGES = frozenset(
    {
        "average_over_voltage_dv",
        "average_under_voltage_dv",
        "average_voltage_period_s",
        "average_over_voltage_count",
        "average_under_voltage_count",
        "average_voltage_dv",
        "voltage_log_entries",
    }
)
TIME_DEBTS = frozenset({"time_debts", "time_debt_1_mp", "time_debt_2_mp", "debt_rate_1_mp", "debt_rate_2_mp"})
FRIENDLY = frozenset({"non_disablement", "non_disablement_until", "non_disablement_calendar", "next_calendar_at"})
PREPAYMENT = frozenset(
    {
        *("emergency_credit_mp", "emergency_status", "emergency_limit_mp", "emergency_threshold_mp"),
        *("accumulated_debt_mp", "payment_debt_mp", "payment_share", "debt_cap_mp", "debt_to_clear_mp"),
        *("low_credit_mp", "low_credit", "disablement_mp", "disablement_suspended"),
        *("suspend_debt_disabled", "suspend_debt_emergency", "max_balance_mp", "max_credit_mp"),
        *("credits", "debt_payments", "billing_accounts", "top_ups_accepted", "top_ups_rejected"),
        *("refund_code", "entry_locked_until", "other_mode_balance_mp"),
    }
)


def lacking(site: Site) -> frozenset[str]:
    """Give the keys of the data items that tell of functions a meter does not have."""
    profile, pays = site.profile, site.profile.prepayment
    has = (
        (profile.metering.export, EXPORT),
        (profile.metering.reactive, REACTIVE),
        (site.metering.blocks > 0, BLOCK_PRICING),
        (profile.power.load_limit, LOAD_LIMIT),
        (profile.voltage.averages, AVERAGES),
        (pays.full, TIME_DEBTS),
        (pays.full, FRIENDLY),
        (pays.offered, PREPAYMENT),
    )
    return frozenset().union(*(keys for able_to, keys in has if not able_to))


def _no(what: str) -> Refused:
    return Refused(Reason.NOT_SUPPORTED, f"this make has no {what}")


def _load_limit(site: Site, _: object) -> Refused | None:
    return None if site.profile.power.load_limit else _no("load limit")


def _averages(site: Site, command: Any) -> Refused | None:
    names = [name for name in command.__struct_fields__ if name.startswith("average_")]
    asked = not names or any(getattr(command, name) is not None for name in names)
    return _no("voltage averages") if asked and not site.profile.voltage.averages else None


def _block_counters(site: Site, _: object) -> Refused | None:
    return None if site.metering.blocks else _no("block pricing")


def prices(site: Site, given: Prices | None) -> Refused | None:
    """Say which blocks of some prices are beyond a meter."""
    sets = 0 if given is None else max(len(given.block_mp), len(given.thresholds_wh))
    if given is None or not (sets or given.by == "block"):
        return None
    most = site.metering.blocks
    if not most:
        return _no("block pricing")
    if sets > 1 and not site.metering.hybrid and site.fuel == "electricity":
        return _no("blocks of each rate: one block set is for all hours")
    used = [len(row) for row in given.block_mp if len(row) > BLOCKS]
    used += [sum(threshold != UNUSED for threshold in row) + 1 for row in given.thresholds_wh]
    if max(used, default=0) > most:
        return Refused(Reason.LIMIT_EXCEEDED, f"a block set of this make has at most {most} blocks, not {max(used)}")
    return None


def _prices(site: Site, command: Any) -> Refused | None:
    return prices(site, command.prices)


def _mode(site: Site, command: commands.SetPaymentMode) -> Refused | None:
    terms = command.suspend_disabled or command.suspend_emergency or command.disablement_mp is not None
    asked = terms or command.mode is Mode.PREPAYMENT
    return _no("prepayment") if asked and not site.profile.prepayment.offered else None


def _prepayment(site: Site, _: object) -> Refused | None:
    return None if site.profile.prepayment.offered else _no("prepayment")


def _configuration(site: Site, command: commands.WritePrepaymentConfiguration) -> Refused | None:
    calendar = command.calendar is not None or command.calendar_at is not None
    if calendar and site.profile.prepayment.offered and not site.profile.prepayment.full:
        return _no("non-disablement calendar")
    return _prepayment(site, command)


def _debts(site: Site, command: commands.AdjustDebt) -> Refused | None:
    kept = (command.rate_1_mp, command.rate_2_mp, command.hourly_1, command.hourly_2)
    by_time = command.time_1_mp or command.time_2_mp or any(value is not None for value in kept)
    if by_time and site.profile.prepayment.offered and not site.profile.prepayment.full:
        return _no("debt that is recovered by time")
    return _prepayment(site, command)


def _account(site: Site, command: commands.ChangeAccount) -> Refused | None:
    return _no("debt that is recovered by time") if command.debt_mp and not site.profile.prepayment.full else None


def _contract(site: Site, event: AccountStarts) -> Refused | None:
    contract, pays = event.contract, site.profile.prepayment
    if contract.mode is Mode.PREPAYMENT and not pays.offered:
        return _no("prepayment")
    if contract.debts != (TimeDebt(), TimeDebt()) and not pays.full:
        return _no("debt that is recovered by time")
    if contract.terms.calendar != NonDisablement() and not pays.full:
        return _no("non-disablement calendar")
    return prices(site, contract.prices)


NEEDS: Mapping[type, Callable[[Site, Any], Refused | None]] = {
    commands.SetTariff: _prices,
    commands.WritePassiveTariff: _prices,
    commands.SetPrices: _prices,
    commands.ResetBlockCounters: _block_counters,
    commands.WriteLoadLimit: _load_limit,
    commands.ResetLoadLimitCounter: _load_limit,
    commands.WriteVoltageSettings: _averages,
    commands.ResetVoltageCounters: _averages,
    commands.SetPaymentMode: _mode,
    commands.WritePrepaymentConfiguration: _configuration,
    commands.AdjustDebt: _debts,
    commands.ActivateEmergencyCredit: _prepayment,
    commands.ChangeAccount: _account,
    AccountStarts: _contract,
}
"""What needs a function that a set may lack. A top-up code is judged by its own rule, which has a word for it."""


def able(records: Any, event: Any, moment: Moment) -> Step:
    """Refuse what this set cannot do."""
    refused = NEEDS[type(event)](moment.site, event)
    return (records, ()) if refused is None else refused
