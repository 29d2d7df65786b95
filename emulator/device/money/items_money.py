"""Data items of money and prepayment, of a meter of either fuel (functional reference 2.4, 2.5 and 7.4).

Money is read as it stands now, whenever it was last settled; nothing is settled by a reading.
"""

from typing import Any

import msgspec

from emulator.device.calendar import rate_at
from emulator.device.item import Item
from emulator.device.meter import Metered
from emulator.device.money import non_disablement, pricing, utrn
from emulator.device.money.account import snapshots
from emulator.device.money.account_records import Mode
from emulator.device.money.charges import block_counters, in_use
from emulator.device.money.debt_to_clear import debt_to_clear_mp

AnyMeter = Metered[Any]


def balance_mp(meter: AnyMeter) -> int:
    """Read the meter balance as it is shown: in credit mode it is the amount due, unless the make shows it negative."""
    account = meter.account()
    due = account.mode is Mode.CREDIT and meter.site.profile.prepayment.due_in_credit_mode
    return -account.balance_mp if due else account.balance_mp


def emergency_status(meter: AnyMeter) -> str:
    """Say how it stands with emergency credit (2.6 C to E)."""
    account, terms = meter.account(), meter.records.terms
    if account.mode is Mode.CREDIT:
        return "not available"
    if account.emergency_on:
        if not account.emergency_mp:
            return "exhausted"
        return "in use" if in_use(account, terms) else "activated"
    offered = terms.emergency_limit_mp and account.balance_mp < terms.emergency_threshold_mp
    return "available" if offered else "not available"


def active_price_mp(meter: AnyMeter) -> int:
    """Give the price of the energy that is counted now (2.3.4, rule 1)."""
    records = meter.records
    register = rate_at(records.tariff.tables[-1], meter.shown_time)
    if records.tariff.prices.by == "tou":
        return pricing.active_price_mp(records.tariff.prices, register)
    used = sum(block_counters(meter.site, records, meter.now)[register - 1])
    return pricing.active_price_mp(records.tariff.prices, register, used)


def non_disablement_now(meter: AnyMeter) -> bool:
    """Say whether supply is kept for now (2.7)."""
    return non_disablement.active(meter.records.terms.calendar, meter.shown_time)


def non_disablement_until(meter: AnyMeter) -> int | None:
    """Give when the present non-disablement period ends, by the device clock; None outside of one."""
    calendar = meter.records.terms.calendar
    return non_disablement.next_change(calendar, meter.shown_time) if non_disablement_now(meter) else None


def time_debts(meter: AnyMeter) -> list[dict[str, object]]:
    """Read both time debts with how they are recovered."""
    return [
        {"left_mp": debt.left_mp, "rate_mp": debt.rate_mp, "period": "hourly" if debt.hourly else "daily"}
        for debt in meter.account().debts
    ]


def _prices(meter: AnyMeter) -> list[int] | list[list[int]]:
    prices = meter.records.tariff.prices
    return list(prices.tou_mp) if prices.by == "tou" else [list(row) for row in prices.block_mp]


def _block_counters(meter: AnyMeter) -> list[list[int]]:
    rows = block_counters(meter.site, meter.records, meter.now)
    return [[energy // pricing.MWH_A_WH for energy in row] for row in rows]


def _locked_until(meter: AnyMeter) -> int | None:
    """Give when entry by hand is free again, by the device clock; None if it is."""
    tries = meter.records.receipts.tries
    until = tries.locked_until if utrn.locked(tries, meter.now) else None
    return None if until is None else until + meter.records.clock.offset_ms


def _refund_code(meter: AnyMeter) -> str:
    """Give the refund code as a display shows it: blocks of five digits, with a start and an end."""
    code = meter.records.receipts.refund
    return f"<{'-'.join(code[at : at + 5] for at in range(0, len(code), 5))}>" if code else ""


def _billing_accounts(meter: AnyMeter) -> list[object]:
    plain: list[object] = [msgspec.to_builtins(_named(kept)) for kept in _kept(meter)]
    return plain


def _kept(meter: AnyMeter) -> tuple[Any, ...]:
    return snapshots(meter.site, meter.records, meter.now)


def _named(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _credits(meter: AnyMeter) -> list[dict[str, Any]]:
    return [_named(vend) for vend in meter.records.receipts.credits]


def _payments(meter: AnyMeter) -> list[dict[str, Any]]:
    return [_named(payment) for payment in meter.records.receipts.payments]


def _calendar(meter: AnyMeter) -> object:
    return msgspec.to_builtins(meter.records.terms.calendar)


MONEY_ITEMS: tuple[Item, ...] = (
    Item("payment_mode", "Payment Mode", "", lambda m: m.records.account.mode.value),
    Item("meter_balance_mp", "Meter Balance", "mp", balance_mp),
    Item("other_mode_balance_mp", "Balance Of The Other Mode", "mp", lambda m: m.account().other_mp),
    Item("emergency_credit_mp", "Emergency Credit Balance", "mp", lambda m: m.account().emergency_mp),
    Item("emergency_status", "Emergency Credit Status", "", emergency_status),
    Item("accumulated_debt_mp", "Accumulated Debt Register", "mp", lambda m: m.account().accumulated_mp),
    Item("time_debts", "Time Debt Registers", "", time_debts),
    Item("time_debt_1_mp", "Time Debt Register 1", "mp", lambda m: m.account().debts[0].left_mp),
    Item("time_debt_2_mp", "Time Debt Register 2", "mp", lambda m: m.account().debts[1].left_mp),
    Item("debt_rate_1_mp", "Debt Recovery Rate 1", "mp", lambda m: m.records.account.debts[0].rate_mp),
    Item("debt_rate_2_mp", "Debt Recovery Rate 2", "mp", lambda m: m.records.account.debts[1].rate_mp),
    Item("payment_debt_mp", "Payment Debt Register", "mp", lambda m: m.account().payment_debt_mp),
    Item("payment_share", "Debt Recovery Per Payment", "1/10000", lambda m: m.records.terms.payment_share),
    Item("debt_cap_mp", "Debt Recovery Rate Cap", "mp", lambda m: m.records.terms.cap_mp),
    Item(
        "debt_to_clear_mp",
        "Debt To Clear",
        "mp",
        lambda m: debt_to_clear_mp(m.site, m.records, m.account(), m.now),
    ),
    Item("standing_charge_mp", "Standing Charge", "mp", lambda m: m.records.tariff.prices.standing_mp),
    Item("active_price_mp", "Active Tariff Price", "mp", active_price_mp),
    Item("price_shape", "Tariff Pricing Mode", "", lambda m: m.records.tariff.prices.by),
    Item("currency", "Currency", "", lambda m: m.records.tariff.prices.currency),
    Item("prices_mp", "Tariff Price Matrix", "mp", _prices),
    Item(
        "thresholds_wh",
        "Tariff Threshold Matrix",
        "Wh",
        lambda m: [list(row) for row in m.records.tariff.prices.thresholds_wh],
    ),
    Item("block_counters_wh", "Tariff Block Counter Matrix", "Wh", _block_counters),
    Item("emergency_limit_mp", "Emergency Credit Limit", "mp", lambda m: m.records.terms.emergency_limit_mp),
    Item(
        "emergency_threshold_mp", "Emergency Credit Threshold", "mp", lambda m: m.records.terms.emergency_threshold_mp
    ),
    Item("low_credit_mp", "Low Credit Threshold", "mp", lambda m: m.records.terms.low_credit_mp),
    Item("low_credit", "Low Credit", "", lambda m: m.records.latches.low),
    Item("disablement_mp", "Disablement Threshold", "mp", lambda m: m.records.terms.disablement_mp),
    Item("disablement_suspended", "Disablement Suspended", "", lambda m: m.records.latches.suspended),
    Item("suspend_debt_disabled", "Suspend Debt Disabled", "", lambda m: m.records.terms.suspend_disabled),
    Item("suspend_debt_emergency", "Suspend Debt Emergency", "", lambda m: m.records.terms.suspend_emergency),
    Item("max_balance_mp", "Maximum Meter Balance", "mp", lambda m: m.records.terms.max_balance_mp),
    Item("max_credit_mp", "Maximum Credit Threshold", "mp", lambda m: m.records.terms.max_credit_mp),
    Item("non_disablement", "Non-Disablement Active", "", non_disablement_now),
    Item("non_disablement_until", "Non-Disablement End", "UTC", non_disablement_until),
    Item("non_disablement_calendar", "Non-Disablement Calendar", "", _calendar),
    Item("next_calendar_at", "Next Non-Disablement Calendar From", "UTC", lambda m: m.records.terms.next_calendar_at),
    Item("credits", "Last Credits", "", _credits),
    Item("debt_payments", "Last Debt Payments", "", _payments),
    Item("billing_accounts", "Billing Data Log: Accounts", "", _billing_accounts),
    Item("top_ups_accepted", "Top-Ups Accepted", "", lambda m: m.records.receipts.accepted),
    Item("top_ups_rejected", "Top-Ups Rejected", "", lambda m: m.records.receipts.rejected),
    Item("refund_code", "Refund Code", "", _refund_code),
    Item("entry_locked_until", "Top-Up Entry Suspended Until", "UTC", _locked_until),
)
