"""Rules of payment modes, balances, debts, prices and prepayment configuration (functional reference 2.3 to 2.5)."""

from emulator.device.commands import (
    AdjustBalance,
    AdjustDebt,
    Reason,
    ResetBalance,
    ResetBlockCounters,
    SetPaymentMode,
    SetPrices,
    WritePrepaymentConfiguration,
)
from emulator.device.future import CANCEL_AT
from emulator.device.happenings import (
    BalanceAdjusted,
    BillingSnapshotTaken,
    ConfigurationChanged,
    CounterReset,
    DebtAdjusted,
    DebtCleared,
    Happening,
    Holding,
    PaymentModeChanged,
    PricesChanged,
)
from emulator.device.instant import LAST
from emulator.device.metering import M
from emulator.device.money import non_disablement, pricing
from emulator.device.money.account import changed, entry, exhausted, snapshot
from emulator.device.money.account_records import MOST_MP, Latches, Mode, TimeDebt
from emulator.device.money.charges import DEBTS, period_count
from emulator.device.money.mishaps import leave_credit
from emulator.device.records import Cause, MeterRecords
from emulator.device.step import Moment, Refused, Step, replace
from emulator.device.supply import lift

_KINDS = ("time_1", "time_2")
GAS_REGISTERS, GAS_SETS = 4, pricing.GAS_SETS


def take_snapshot(records: M, moment: Moment, cause: str) -> tuple[M, tuple[Happening, ...]]:
    """Take a billing snapshot of registers and account as they stand, before anything changes (2.3.4, rule 2)."""
    kept, billing = moment.site.metering.billing_entries, records.billing
    billed = replace(
        billing,
        snapshots=(*billing.snapshots, moment.at)[-kept:],
        accounts=(*billing.accounts, snapshot(moment.at, records.account))[-kept:],
    )
    return replace(records, billing=billed), (BillingSnapshotTaken(cause),)


def prices_fault(prices: pricing.Prices, moment: Moment) -> str | None:
    """Say what is wrong with prices for this meter, or None."""
    metering = moment.site.metering
    sets = pricing.MAX_SETS if moment.site.fuel == "electricity" else GAS_SETS
    return pricing.fault(prices, metering.tou_registers, sets, metering.blocks)


def set_prices(records: MeterRecords, command: SetPrices, moment: Moment) -> Step:
    """Replace prices and standing charge; the shape of the running tariff stays (10.7, service 1.2)."""
    old, prices = records.tariff.prices, command.prices
    if prices.by == "block" and not prices.thresholds_wh:
        prices = replace(prices, thresholds_wh=old.thresholds_wh)
    fault = prices_fault(prices, moment) or _shape_fault(records, prices)
    if fault:
        return Refused(Reason.INVALID_VALUE, fault)
    billed, told = take_snapshot(records, moment, "price")
    return with_prices(billed, prices, moment.at), (*told, PricesChanged())


def _shape_fault(records: MeterRecords, prices: pricing.Prices) -> str | None:
    """Say why prices do not fit the running tariff, or None. A meter that was never priced takes either shape."""
    old = records.tariff.prices
    if old != pricing.Prices() and (prices.by, prices.thresholds_wh) != (old.by, old.thresholds_wh):
        return f"the running tariff is by {old.by} with its own thresholds: set a tariff to change that"
    rows = [(price,) for price in prices.tou_mp] if prices.by == "tou" else list(prices.block_mp)
    if any(any(row) for row in prices.block_mp) if prices.by == "tou" else any(prices.tou_mp):
        return f"prices of the other shape do not fit a tariff by {prices.by}"
    table = records.tariff.tables[-1]
    used = {switch.rate for profile in table.days for switch in profile.switches}
    unused = [number for number, row in enumerate(rows, 1) if any(row) and number not in used]
    return f"the running tariff does not use number {unused[0]}" if unused else None


def with_prices(records: M, prices: pricing.Prices, at: int) -> M:
    """Take up prices; block counters begin anew where their thresholds change (10.7, service 1.1)."""
    old = records.tariff.prices
    if (prices.by, prices.thresholds_wh) != (old.by, old.thresholds_wh):
        records = replace(records, billing=replace(records.billing, blocks_since=at))
    return replace(records, tariff=replace(records.tariff, prices=prices))


def reset_block_counters(records: MeterRecords, _: ResetBlockCounters, moment: Moment) -> Step:
    """Start the block counters anew."""
    begun = replace(records, billing=replace(records.billing, blocks_since=moment.at))
    return begun, (CounterReset("block_counters"),)


def adjust_balance(records: MeterRecords, command: AdjustBalance, moment: Moment) -> Step:
    """Add to the balance as it is shown in the running mode (10.7, service 1.5)."""
    account = records.account
    if command.mode not in {None, account.mode}:
        return Refused(Reason.CONFLICT_STATE, f"the meter runs in {account.mode} mode")
    due = account.mode is Mode.CREDIT and moment.site.profile.prepayment.due_in_credit_mode
    by_mp = -command.amount_mp if due else command.amount_mp
    if abs(account.balance_mp + by_mp) > MOST_MP:
        return Refused(Reason.INVALID_VALUE, f"a balance lies within {MOST_MP} mp either way")
    return _balance(records, by_mp, moment)


def reset_balance(records: MeterRecords, command: ResetBalance, moment: Moment) -> Step:
    """Set the balance to zero: in credit mode a new account period begins."""
    account = records.account
    if command.mode not in {None, account.mode}:
        return Refused(Reason.CONFLICT_STATE, f"the meter runs in {account.mode} mode")
    return _balance(records, -account.balance_mp, moment)


def _balance(records: MeterRecords, by_mp: int, moment: Moment) -> Step:
    account = replace(records.account, balance_mp=records.account.balance_mp + by_mp)
    posted = changed("1.5 balance", Holding.BALANCE, by_mp, moment.at)
    return replace(records, account=account), (*posted, BalanceAdjusted(by_mp))


def adjust_debt(records: MeterRecords, command: AdjustDebt, moment: Moment) -> Step:
    """Add signed amounts and replace rates and share; below zero a debt is zero, or all is refused (annex H)."""
    account = records.account
    shown_at = moment.at + records.clock.offset_ms
    if command.payment_share is not None and not 0 <= command.payment_share <= 10_000:
        return Refused(Reason.INVALID_VALUE, "a share is 0 to 10000 hundredths of a per cent")
    wanted = [
        account.debts[0].left_mp + command.time_1_mp,
        account.debts[1].left_mp + command.time_2_mp,
        account.payment_debt_mp + command.payment_mp,
    ]
    rates = (command.rate_1_mp, command.rate_2_mp)
    if max(wanted) > MOST_MP or any(rate is not None and not 0 <= rate <= MOST_MP for rate in rates):
        return Refused(Reason.INVALID_VALUE, f"a debt and a rate are 0 to {MOST_MP} mp")
    if min(wanted) < 0 and moment.site.profile.prepayment.debt_below_zero == "reject":
        return Refused(Reason.INVALID_VALUE, "a debt cannot go below zero")
    first_mp, second_mp, payment_mp = (max(0, amount) for amount in wanted)
    hourly = (command.hourly_1, command.hourly_2)
    debts = []
    for debt, left_mp, rate_mp, each in zip(account.debts, (first_mp, second_mp), rates, hourly, strict=True):
        written = TimeDebt(
            left_mp,
            debt.rate_mp if rate_mp is None else rate_mp,
            debt.hourly if each is None else each,
            debt.taken,
        )
        # Recovery counts from now where its period changed; else it goes on.
        taken = debt.taken if written.hourly == debt.hourly else period_count(moment.site, written, shown_at)
        debts.append(replace(written, taken=taken))
    rule = "2.3 debt"
    posted: list[Happening] = []
    told: list[Happening] = []
    for holding, kind, was, now in zip(DEBTS, _KINDS, account.debts, debts, strict=True):
        posted += changed(rule, holding, was.left_mp - now.left_mp, moment.at)
        told += [DebtCleared(kind)] if was.left_mp and not now.left_mp else []
    posted += changed(rule, Holding.PAYMENT_DEBT, account.payment_debt_mp - payment_mp, moment.at)
    told += [DebtCleared("payment")] if account.payment_debt_mp and not payment_mp else []
    share = records.terms.payment_share if command.payment_share is None else command.payment_share
    owing = replace(account, debts=(debts[0], debts[1]), payment_debt_mp=payment_mp)
    adjusted = replace(records, account=owing, terms=replace(records.terms, payment_share=share))
    return adjusted, (*posted, DebtAdjusted(), *told)


def set_mode(records: MeterRecords, command: SetPaymentMode, moment: Moment) -> Step:
    """Change the payment mode after a billing snapshot; the change itself never cuts the supply (2.4).

    The same mode again refreshes the parameters.
    """
    if moment.site.profile.prepayment.level == "none" and command.mode is Mode.PREPAYMENT:
        return Refused(Reason.NOT_SUPPORTED, "this make has no prepayment")
    if command.disablement_mp is not None and abs(command.disablement_mp) > MOST_MP:
        return Refused(Reason.INVALID_VALUE, f"a threshold lies within {MOST_MP} mp either way")
    terms = records.terms
    given = {
        "suspend_disabled": command.suspend_disabled,
        "suspend_emergency": command.suspend_emergency,
        "disablement_mp": command.disablement_mp,
    }
    terms = replace(terms, **{name: value for name, value in given.items() if value is not None})
    if command.mode is records.account.mode:
        return replace(records, terms=terms), (ConfigurationChanged("payment_mode"),)
    billed, told = take_snapshot(records, moment, "payment_mode")
    if command.mode is Mode.CREDIT:
        billed, left = leave_credit(billed, moment)
        told = (*told, *left)
    moded = _in_mode(billed, command.mode, moment)
    posted: tuple[Happening, ...] = ()
    if moment.site.balance_for_each_mode:
        moded, posted = _other_balance(moded, moment.at)
    ready = replace(moded, terms=terms)
    # What is told in prepayment is told anew.
    spared = command.mode is Mode.PREPAYMENT and exhausted(ready, moment.site)
    ready = replace(ready, latches=Latches(spared=spared))
    moved: tuple[Happening, ...] = ()
    if Cause.CREDIT in ready.supply.causes:
        ready, moved = lift(ready, moment, Cause.CREDIT)
    return ready, (*told, *posted, PaymentModeChanged(command.mode), *moved)


def _in_mode(records: M, mode: Mode, moment: Moment) -> M:
    """Change the mode; time debts are recovered from now on."""
    shown_at = moment.at + records.clock.offset_ms
    debts = tuple(replace(debt, taken=period_count(moment.site, debt, shown_at)) for debt in records.account.debts)
    return replace(records, account=replace(records.account, mode=mode, debts=(debts[0], debts[1])))


def _other_balance(records: M, at: int) -> tuple[M, tuple[Happening, ...]]:
    """Take up the balance of the other mode and set this one's aside."""
    account = records.account
    by_mp = account.balance_mp - account.other_mp
    rule = "2.4 balance of each mode"
    posted = (entry(rule, Holding.BALANCE, Holding.OTHER_MODE, by_mp, at),) if by_mp else ()
    swapped = replace(account, balance_mp=account.other_mp, other_mp=account.balance_mp)
    return replace(records, account=swapped), posted


def write_configuration(records: MeterRecords, command: WritePrepaymentConfiguration, moment: Moment) -> Step:
    """Replace what is given, all or nothing (10.7, service 2.1); it acts only in prepayment mode."""
    unsigned = ("cap_mp", "emergency_limit_mp", "max_balance_mp", "max_credit_mp")
    signed = ("emergency_threshold_mp", "low_credit_mp")
    amounts = {name: value for name in (*unsigned, *signed) if (value := getattr(command, name)) is not None}
    for name, value in amounts.items():
        if not (0 if name in unsigned else -MOST_MP) <= value <= MOST_MP:
            return Refused(Reason.INVALID_VALUE, f"{name} {value} is out of range")
    terms = replace(records.terms, **amounts)
    if command.calendar is not None:
        fault = non_disablement.fault(command.calendar)
        if fault:
            return Refused(Reason.INVALID_VALUE, fault)
        later = command.calendar_at
        if later is not None and later > LAST:
            return Refused(Reason.INVALID_VALUE, "an activation time lies before the year 10000")
        if later == CANCEL_AT:
            terms = replace(terms, next_calendar=None, next_calendar_at=None)
        elif later is not None and later > moment.at + records.clock.offset_ms:
            terms = replace(terms, next_calendar=command.calendar, next_calendar_at=later)
        else:
            terms = replace(terms, calendar=command.calendar, next_calendar=None, next_calendar_at=None)
    # A new limit does not change what was lent: emergency credit owed stays what it is.
    owed_mp = records.terms.emergency_limit_mp - records.account.emergency_mp
    posted: tuple[Happening, ...] = ()
    account = records.account
    if account.emergency_on and terms.emergency_limit_mp != records.terms.emergency_limit_mp:
        left_mp = max(0, terms.emergency_limit_mp - owed_mp)
        posted = changed("2.1 emergency limit", Holding.EMERGENCY, left_mp - account.emergency_mp, moment.at)
        account = replace(account, emergency_mp=left_mp)
    return replace(records, terms=terms, account=account), (*posted, ConfigurationChanged("prepayment"))
