"""The account's rules: settling, thresholds, and what is due by itself (functional reference 2.6 A to E)."""

from emulator.device.commands import ActivateEmergencyCredit, Reason
from emulator.device.happenings import (
    AccountOpened,
    CreditExhausted,
    DebtCleared,
    DisablementSuspended,
    EmergencyActivated,
    EmergencyExhausted,
    EmergencyInUse,
    EmergencyOffered,
    EmergencyReleased,
    Happening,
    Holding,
    LowCredit,
    Posted,
)
from emulator.device.household import Site
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.metering import MAX_RUNS, billing_ends
from emulator.device.money import non_disablement
from emulator.device.money.account_records import Account, AccountSnapshot, Latches, Mode
from emulator.device.money.charges import (
    DEBTS,
    day_count,
    first_tick_spending,
    in_use,
    period_count,
    project,
    suspended,
)
from emulator.device.money.contract import Contract
from emulator.device.records import Cause, MeterRecords
from emulator.device.step import Due, Event, Moment, Refused, Step, replace
from emulator.device.supply import lift, shut

DEBT_KINDS = ("time_1", "time_2")
PAYMENT_DEBT = "payment"
_BLOCK_LOOK_AHEAD = 33 * DAY
_RUNS_A_COMMAND = 4  # more than any command begins


class AccountDue(Event, frozen=True):
    """The account comes to a point where something must be told or done."""


class AccountStarts(Event, frozen=True):
    """A supplier's contract begins: what an installer or a gaining supplier writes into the meter at once."""

    contract: Contract


# What is due.


def due(site: Site, records: MeterRecords, now: int) -> Due | None:
    """Say when the account next does something by itself; in credit mode never (nothing there is told).

    How far a search looked depends on when it was made, so its end is a reason to look again and nothing more.
    """
    account, terms, offset = records.account, records.terms, records.clock.offset_ms
    moments = [] if terms.next_calendar_at is None else [terms.next_calendar_at - offset]
    looked = []
    if account.mode is Mode.PREPAYMENT:
        moments += _debt_ends(site, records)
        if records.latches.suspended:
            change = non_disablement.next_change(terms.calendar, now + offset)
            if change is None:
                looked.append(now + non_disablement.LOOK_AHEAD)
            else:
                moments.append(change - offset)
        period_end, horizon = None, None
        if records.tariff.prices.by == "block":
            horizon = now + _BLOCK_LOOK_AHEAD
            period_end = next(iter(billing_ends(records, now, horizon)), None)
            if period_end is None:
                looked.append(horizon)
            else:
                moments.append(period_end)
                horizon = period_end
        amount_mp = _nearest_change(site, records)
        if amount_mp is not None:
            found = first_tick_spending(site, records, now, amount_mp, horizon)
            (looked if found.at is None else moments).append(found.looked_to)
    if moments and (not looked or min(moments) <= min(looked)):
        return Due(max(now, min(moments)), AccountDue())
    return Due(min(looked), None) if looked else None


def _debt_ends(site: Site, records: MeterRecords) -> list[int]:
    """Give when each time debt is paid off at its rate."""
    if suspended(records, records.account) and not site.profile.prepayment.park_suspended:
        return []
    if not records.clock.valid:
        return []
    ends = []
    for debt in records.account.debts:
        if debt.left_mp and debt.rate_mp:
            last = debt.taken - (-debt.left_mp // debt.rate_mp)
            shown = last * HOUR if debt.hourly else last * DAY + site.profile.prepayment.charge_minute * MINUTE
            ends.append(shown - records.clock.offset_ms)
    return ends


def _nearest_change(site: Site, records: MeterRecords) -> int | None:
    """Give how much may be spent before a threshold is met (2.6 D), or None where none is left to meet."""
    account, terms, latches = records.account, records.terms, records.latches
    credit_mp = account.balance_mp + account.emergency_mp
    above_mp = account.balance_mp - terms.disablement_mp
    amounts = []
    if not latches.low:
        amounts.append(credit_mp - terms.low_credit_mp + 1)
    if terms.emergency_limit_mp and not account.emergency_on and not latches.offered:
        amounts.append(account.balance_mp - terms.emergency_threshold_mp + 1)
    if account.emergency_on and account.emergency_mp:
        amounts.append(max(0, above_mp) + account.emergency_mp)
        if not latches.in_use:
            amounts.append(above_mp)
    if Cause.CREDIT not in records.supply.causes and not latches.suspended and not latches.spared:
        beyond = 1 if site.profile.prepayment.disablement_test == "lt" else 0
        amounts.append(credit_mp - terms.disablement_mp + beyond)
    # What is met already is met at the next charge, however small.
    return max(1, min(amounts)) if amounts else None


# Settling and testing: the first and the last rule of whatever touches the account.


def settle(records: MeterRecords, _: object, moment: Moment) -> tuple[MeterRecords, tuple[Happening, ...]]:
    """Bring the account to the present."""
    account, posted = project(moment.site, records, moment.at)
    if account is records.account:
        return records, ()
    cleared = tuple(
        DebtCleared(kind)
        for kind, was, now in zip(DEBT_KINDS, records.account.debts, account.debts, strict=True)
        if was.left_mp and not now.left_mp
    )
    billing = replace(records.billing, accounts=snapshots(moment.site, records, moment.at))
    return replace(records, account=account, billing=billing), (*posted, *cleared)


def snapshots(site: Site, records: MeterRecords, now: int) -> tuple[AccountSnapshot, ...]:
    """Give the account at the moments of the billing log, oldest first: the stored ones and those since."""
    moments = {*billing_ends(records, records.account.settled_at, now)}
    moments |= {at for at in records.billing.snapshots if records.account.settled_at < at <= now}
    kept = site.metering.billing_entries
    account, fresh = records.account, []
    for at in sorted(moments)[-kept:]:
        account = project(site, records, at, account)[0]
        fresh.append(snapshot(at, account))
    return (*records.billing.accounts, *fresh)[-kept:]


def snapshot(at: int, account: Account) -> AccountSnapshot:
    """Give the account as the billing data log keeps it."""
    return AccountSnapshot(
        at,
        account.mode,
        account.balance_mp,
        account.emergency_mp,
        account.accumulated_mp,
        account.payment_debt_mp,
        (account.debts[0].left_mp, account.debts[1].left_mp),
    )


def test(records: MeterRecords, event: object, moment: Moment) -> tuple[MeterRecords, tuple[Happening, ...]]:
    """Test the thresholds after the balance changed (2.6 D): tell what is met once, disable or arm the supply."""
    if records.account.mode is Mode.CREDIT:
        return records, ()
    records, released = release_emergency(records, moment.at)
    account, terms, latches = records.account, records.terms, records.latches
    happened: list[Happening] = [*released]
    credit_mp = account.balance_mp + account.emergency_mp
    low = credit_mp < terms.low_credit_mp
    if low and not latches.low:
        happened.append(LowCredit(credit_mp))
    offered = bool(
        terms.emergency_limit_mp and not account.emergency_on and account.balance_mp < terms.emergency_threshold_mp
    )
    if offered and not latches.offered:
        happened.append(EmergencyOffered(terms.emergency_limit_mp))
    used = in_use(account, terms)
    if used and not latches.in_use:
        happened.append(EmergencyInUse(account.emergency_mp))
    exhausted = account.emergency_on and not account.emergency_mp
    if exhausted and not latches.exhausted:
        happened.append(EmergencyExhausted())
    told = replace(latches, low=low, offered=offered, in_use=used, exhausted=exhausted)
    return _test_disablement(replace(records, latches=told), credit_mp, happened, event, moment)


def _test_disablement(
    records: MeterRecords, credit_mp: int, happened: list[Happening], event: object, moment: Moment
) -> tuple[MeterRecords, tuple[Happening, ...]]:
    terms, latches = records.terms, records.latches
    out = exhausted(records, moment.site)
    off = Cause.CREDIT in records.supply.causes
    if not out:
        records = replace(records, latches=replace(latches, spared=False, suspended=False))
        if off and _repaid_enough(records, moment):
            by = "emergency_credit" if isinstance(event, ActivateEmergencyCredit) else ""
            armed, moved = lift(records, moment, Cause.CREDIT, by)
            return armed, (*happened, *moved)
        return records, tuple(happened)
    if off or latches.spared:
        return records, tuple(happened)
    if non_disablement.active(terms.calendar, moment.at + records.clock.offset_ms):
        if not latches.suspended:
            happened.append(DisablementSuspended(credit_mp))
        return replace(records, latches=replace(latches, suspended=True)), tuple(happened)
    shut_off, moved = shut(replace(records, latches=replace(latches, suspended=False)), moment, Cause.CREDIT)
    return shut_off, (*happened, *moved, CreditExhausted(credit_mp))


def exhausted(records: MeterRecords, site: Site) -> bool:
    """Say whether combined credit is used up (2.6 D3; annex H, disablement_test)."""
    account, terms = records.account, records.terms
    credit_mp = account.balance_mp + account.emergency_mp
    if site.profile.prepayment.disablement_test == "lt":
        return credit_mp < terms.disablement_mp
    return credit_mp <= terms.disablement_mp


def _repaid_enough(records: MeterRecords, moment: Moment) -> bool:
    """Some makes arm only when all emergency credit is repaid (annex H, ec_partial_repay).

    A balance that is enough by itself is enough there too: only a supplier can raise it past what is owed.
    """
    account, terms = records.account, records.terms
    if moment.site.profile.prepayment.partial_repay == "rearm_if_above_dt" or not account.emergency_on:
        return True
    return account.emergency_mp >= terms.emergency_limit_mp or account.balance_mp > terms.disablement_mp


def keep_up(records: MeterRecords, event: object, moment: Moment) -> Step:
    """Settle before the supply moves where that matters: charges are suspended, or the oldest run is forgotten soon."""
    runs = records.runs
    forgotten = len(runs) >= MAX_RUNS - _RUNS_A_COMMAND and records.account.settled_at < runs[_RUNS_A_COMMAND].since
    if Cause.CREDIT not in records.supply.causes and not forgotten:
        return records, ()
    settled, posted = settle(records, event, moment)
    tested, happened = test(settled, event, moment)
    return tested, (*posted, *happened)


def change_calendar(records: MeterRecords, _: AccountDue, moment: Moment) -> Step:
    """Take up the next non-disablement calendar when its time has come."""
    terms = records.terms
    if terms.next_calendar_at is None or moment.at + records.clock.offset_ms < terms.next_calendar_at:
        return records, ()
    calendar = terms.next_calendar or terms.calendar
    return replace(records, terms=replace(terms, calendar=calendar, next_calendar=None, next_calendar_at=None)), ()


# Emergency credit.


def activate_emergency(records: MeterRecords, _: ActivateEmergencyCredit, __: Moment) -> Step:
    """Lend the limit; already lent is a success without effect (2.6 E)."""
    account, terms = records.account, records.terms
    if account.mode is Mode.CREDIT:
        return Refused(Reason.CONFLICT_STATE, "emergency credit is for prepayment mode")
    if account.emergency_on:
        return records, ()
    if not terms.emergency_limit_mp:
        return Refused(Reason.CONFLICT_STATE, "the emergency credit limit is zero")
    if account.balance_mp >= terms.emergency_threshold_mp:
        return Refused(Reason.CONFLICT_STATE, "the balance is not below the emergency credit threshold")
    limit_mp = terms.emergency_limit_mp
    lent = replace(account, emergency_on=True, emergency_mp=limit_mp)
    return replace(records, account=lent), (
        entry("2.6 E activation", Holding.LENDER, Holding.EMERGENCY, limit_mp, account.settled_at),
        EmergencyActivated(limit_mp),
    )


def release_emergency(records: MeterRecords, at: int) -> tuple[MeterRecords, tuple[Happening, ...]]:
    """Deselect emergency credit once it is repaid and the balance stands at its threshold or above (2.6 E4)."""
    account, terms = records.account, records.terms
    repaid = account.emergency_on and account.emergency_mp >= terms.emergency_limit_mp
    if not repaid or account.balance_mp < terms.emergency_threshold_mp:
        return records, ()
    free = replace(records, account=replace(account, emergency_on=False, emergency_mp=0))
    return free, (*_given_back(account.emergency_mp, at), EmergencyReleased())


def _given_back(amount_mp: int, at: int) -> tuple[Posted, ...]:
    return (entry("2.6 E4 release", Holding.EMERGENCY, Holding.LENDER, amount_mp, at),) if amount_mp else ()


def entry(rule: str, source: Holding, target: Holding, amount_mp: int, at: int) -> Posted:
    """Make one entry of one moment, the other way round for a negative amount."""
    if amount_mp < 0:
        source, target, amount_mp = target, source, -amount_mp
    return Posted(rule, source, target, amount_mp, at, at)


def changed(rule: str, holding: Holding, by_mp: int, at: int) -> tuple[Posted, ...]:
    """Make the entry by which a supplier changes what stands in an account; nothing is none."""
    return (entry(rule, Holding.SUPPLIER, holding, by_mp, at),) if by_mp else ()


# A contract begins.


def start(records: MeterRecords, event: AccountStarts, moment: Moment) -> Step:
    """Write a contract into the meter: mode, prices, terms, what is owed; charges count from now."""
    contract, old, at = event.contract, records.account, moment.at
    shown_at = at + records.clock.offset_ms
    debts = tuple(replace(debt, taken=period_count(moment.site, debt, shown_at)) for debt in contract.debts)
    account = Account(
        mode=contract.mode,
        settled_at=at,
        balance_mp=contract.balance_mp,
        debts=(debts[0], debts[1]),
        payment_debt_mp=contract.payment_debt_mp,
        charged_day=day_count(moment.site, shown_at),
        rest=old.rest,
    )
    rule = "2.4 contract"
    posted = [
        *changed(rule, Holding.BALANCE, contract.balance_mp - old.balance_mp, at),
        *changed(rule, Holding.EMERGENCY, -old.emergency_mp, at),
        *changed(rule, Holding.ACCUMULATED, old.accumulated_mp, at),
        *changed(rule, Holding.PAYMENT_DEBT, old.payment_debt_mp - contract.payment_debt_mp, at),
        *changed(rule, Holding.OTHER_MODE, -old.other_mp, at),
    ]
    for holding, was, now in zip(DEBTS, old.debts, debts, strict=True):
        posted += changed(rule, holding, was.left_mp - now.left_mp, at)
    begun = replace(
        records,
        account=account,
        terms=contract.terms,
        latches=Latches(),
        tariff=replace(records.tariff, prices=contract.prices),
        billing=replace(records.billing, blocks_since=at),
    )
    kept, moved = begun, tuple[Happening, ...]()
    if Cause.CREDIT in begun.supply.causes:
        kept, moved = lift(begun, moment, Cause.CREDIT)
    return kept, (*posted, AccountOpened(contract.mode), *moved)


def follow_clock(records: MeterRecords, event: object, moment: Moment) -> Step:
    """After the clock was set: charges of the hours and days it skipped are taken, but not those of more than a day.

    A clock set back charges no day twice (*proposal*).
    """
    site, shown_at, account = moment.site, moment.at + records.clock.offset_ms, records.account
    day = day_count(site, shown_at)
    if abs(day - account.charged_day) <= 1:
        return settle(records, event, moment)
    debts = tuple(replace(debt, taken=period_count(site, debt, shown_at)) for debt in account.debts)
    return replace(records, account=replace(account, charged_day=day, debts=(debts[0], debts[1]))), ()
