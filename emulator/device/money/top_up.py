"""Top-up rules: judging a code (functional reference 2.6 G) and spreading its value, debts first (2.6 F)."""

from dataclasses import replace as replaced

from emulator.device.commands import AddCredit, Reason, Sender
from emulator.device.happenings import (
    CreditAdded,
    DebtCleared,
    EntryLocked,
    Happening,
    Holding,
    Posted,
    TopUpRejected,
)
from emulator.device.household import Site
from emulator.device.instant import DAY, HOUR
from emulator.device.money import utrn
from emulator.device.money.account import PAYMENT_DEBT, entry, settle
from emulator.device.money.account_records import MOST_MP, DebtPayment, Entered, Mode, Receipts, Vend
from emulator.device.records import Cause, MeterRecords
from emulator.device.step import Moment, Refused, Step, replace
from emulator.device.supply import lift

WEEK = 7 * DAY
_THURSDAY = 3 * DAY  # 1970 began on one; a week begins on a Monday
SHARE_OF_ALL = 10_000
_SHOWN_DIGITS = 4
UTRN_KEY = "UTRN"
ACCEPTED = "accepted"

_FAULTS = {
    utrn.Fault.INCOMPLETE: (Reason.MALFORMED, "incomplete"),
    utrn.Fault.CHECK_DIGIT: (Reason.INVALID_VALUE, "check_digit"),
    utrn.Fault.WRONG_DEVICE: (Reason.WRONG_DEVICE, "wrong_device"),
    utrn.Fault.NOT_AUTHENTIC: (Reason.NOT_AUTHENTIC, "not_authentic"),
}


def add_credit(records: MeterRecords, command: AddCredit, moment: Moment) -> Step:
    """Judge a code, apply it once, and remember how it fared."""
    step = _entered(records, command, moment)
    at, local = moment.at + records.clock.offset_ms, moment.sender is Sender.CONSUMER
    if isinstance(step, Refused):
        kind = next(what.kind for what in step.happened if isinstance(what, TopUpRejected))
        return replaced(step, records=_noted_last(step.records, Entered(at, local, kind)))
    applied, happened = step
    value_mp = sum(what.value_mp for what in happened if isinstance(what, CreditAdded))
    last = Entered(at, local, ACCEPTED, value_mp, "".join(utrn.split(command.code))[-_SHOWN_DIGITS:])
    return _noted_last(applied, last), happened


def _noted_last(records: MeterRecords, last: Entered) -> MeterRecords:
    return replace(records, receipts=replace(records.receipts, last=last))


def _entered(records: MeterRecords, command: AddCredit, moment: Moment) -> Step:
    local = moment.sender is Sender.CONSUMER
    digits = "".join(utrn.split(command.code))
    rules = moment.site.profile.prepayment
    if rules.level == "none":
        return _reject(records, Reason.NOT_SUPPORTED, "credit_mode", local=local)
    if not digits or (rules.utrn_digits == "20" and len(digits) != utrn.BLOCK_DIGITS):
        return _reject(records, Reason.MALFORMED, "incomplete", local=local)
    key = moment.site.secret(UTRN_KEY)[: utrn.KEY_OCTETS]
    token = utrn.read(key, moment.site.eui64, digits)
    if token is utrn.Fault.CHECK_DIGIT:
        return _reject(records, *_FAULTS[token], local=local)
    if local and utrn.locked(records.receipts.tries, moment.at):
        return _reject(records, Reason.LOCKED_OUT, "locked_out", local=local)
    if isinstance(token, utrn.Fault):
        return _reject(records, *_FAULTS[token], local=local, guessed_at=moment.at, moment=moment)
    if utrn.seen(records.receipts.used, token.counter):
        return _reject(records, Reason.DUPLICATE, "duplicate", local=local, guessed_at=moment.at, moment=moment)
    return _judged(records, token, digits, moment, local=local)


def _reject(
    records: MeterRecords,
    reason: Reason,
    kind: str,
    *,
    local: bool,
    guessed_at: int | None = None,
    moment: Moment | None = None,
) -> Refused:
    """Refuse a code; a wrong one entered in the home counts towards the lock-out."""
    receipts = replace(records.receipts, rejected=records.receipts.rejected + 1)
    happened: tuple[Happening, ...] = (TopUpRejected(kind, local),)
    if local and guessed_at is not None and moment is not None:
        tries = utrn.failed(receipts.tries, guessed_at, _lock_out(moment))
        receipts = replace(receipts, tries=tries)
        if utrn.locked(tries, guessed_at) and tries.locked_until is not None:
            happened = (*happened, EntryLocked(tries.locked_until))
    return Refused(reason, kind.replace("_", " "), happened, replace(records, receipts=receipts))


def _lock_out(moment: Moment) -> utrn.LockOut:
    rules = moment.site.profile.prepayment
    return utrn.LockOut(rules.utrn_tries, rules.utrn_window_s, rules.utrn_lock_s)


def _judged(records: MeterRecords, token: utrn.Token, digits: str, moment: Moment, *, local: bool) -> Step:
    """Judge the value of a good code, and apply it; only then is the account settled."""
    settled, posted = settle(records, None, moment)
    terms, balance_mp, quirks = records.terms, settled.account.balance_mp, moment.site.profile.quirks
    max_credit_mp = quirks.most_credit_mp or terms.max_credit_mp
    max_balance_mp = quirks.most_balance_mp or terms.max_balance_mp or MOST_MP
    if token.kind is utrn.Kind.VEND:
        if settled.account.mode is Mode.CREDIT and not moment.site.profile.prepayment.top_up_in_credit_mode:
            return _reject(records, Reason.CONFLICT_STATE, "credit_mode", local=local)
        if max_credit_mp and token.value_mp > max_credit_mp:
            return _reject(records, Reason.LIMIT_EXCEEDED, "above_max_credit", local=local)
        if balance_mp + token.value_mp > max_balance_mp:
            return _reject(records, Reason.LIMIT_EXCEEDED, "above_max_balance", local=local)
    if token.kind is utrn.Kind.REFUND and balance_mp - token.value_mp < -MOST_MP:
        return _reject(records, Reason.LIMIT_EXCEEDED, "below_min_balance", local=local)
    applied, happened = _apply(settled, token, digits, moment, local=local)
    return applied, (*posted, *happened)


def _apply(
    records: MeterRecords, token: utrn.Token, digits: str, moment: Moment, *, local: bool
) -> tuple[MeterRecords, tuple[Happening, ...]]:
    account, receipts = records.account, records.receipts
    kept = replace(
        receipts,
        used=utrn.note(receipts.used, token.counter),
        tries=utrn.succeeded(receipts.tries),
        accepted=receipts.accepted + 1,
    )
    taken = replace(records, receipts=kept)
    if token.kind is utrn.Kind.VEND:
        return _vend(taken, token.value_mp, digits[-_SHOWN_DIGITS:], moment, local=local)
    if token.kind is utrn.Kind.REFUND:
        left = replace(account, balance_mp=account.balance_mp - token.value_mp)
        told = entry("2.6 refund code", Holding.BALANCE, Holding.VENDED, token.value_mp, moment.at)
        return replace(taken, account=left), (told,)
    if token.kind is utrn.Kind.SUPPLY_ON:
        return lift(taken, moment, Cause.SUPPLIER)
    return replace(taken, receipts=replace(kept, tries=utrn.Tries())), ()


def _vend(
    records: MeterRecords, value_mp: int, code: str, moment: Moment, *, local: bool
) -> tuple[MeterRecords, tuple[Happening, ...]]:
    """Write the credit record and the debt payment record, and spread the value."""
    shown_at = moment.at + records.clock.offset_ms
    spread, happened, paid_mp = spread_credit(records, value_mp, moment)
    receipts, rules = spread.receipts, moment.site.profile.prepayment
    vends = (*receipts.credits, Vend(shown_at, value_mp, code))[-rules.credits_kept :]
    kept = replace(receipts, credits=vends)
    if paid_mp:
        payments = (*kept.payments, DebtPayment(shown_at, paid_mp))[-rules.payments_kept :]
        kept = replace(kept, payments=payments, week=_noted(kept, shown_at, paid_mp))
    added = CreditAdded(value_mp, spread.account.balance_mp, local, code)
    return replace(spread, receipts=kept), (*happened, added)


def spread_credit(
    records: MeterRecords, value_mp: int, moment: Moment
) -> tuple[MeterRecords, tuple[Happening, ...], int]:
    """Spread a top-up in the order of 2.6 F; gives also what went to the payment debt."""
    account, terms, at = records.account, records.terms, moment.at
    happened: list[Happening] = []
    left_mp = value_mp

    def pay(rule: str, target: Holding, wanted_mp: int) -> int:
        nonlocal left_mp
        paid = min(left_mp, max(0, wanted_mp))
        left_mp -= paid
        if paid:
            happened.append(Posted(rule, Holding.VENDED, target, paid, at, at))
        return paid

    share_mp = value_mp * terms.payment_share // SHARE_OF_ALL
    room_mp = payment_debt_room_mp(records, moment)
    debt_mp = pay("2.6 F1 payment debt", Holding.PAYMENT_DEBT, min(share_mp, room_mp))
    if debt_mp and debt_mp == account.payment_debt_mp:
        happened.append(DebtCleared(PAYMENT_DEBT))
    parked_mp = pay("2.6 F2 accumulated debt", Holding.ACCUMULATED, account.accumulated_mp)
    lifted_mp = 0
    if moment.site.profile.prepayment.lift_to_disablement_first:
        lifted_mp = pay("2.6 F3 up to disablement", Holding.BALANCE, terms.disablement_mp - account.balance_mp)
    repaid_mp = 0
    if account.emergency_on:
        wanted_mp = terms.emergency_limit_mp - account.emergency_mp
        repaid_mp = pay("2.6 F4 emergency credit", Holding.EMERGENCY, wanted_mp)
    rest_mp = pay("2.6 F5 balance", Holding.BALANCE, left_mp)
    account = replace(
        account,
        payment_debt_mp=account.payment_debt_mp - debt_mp,
        accumulated_mp=account.accumulated_mp - parked_mp,
        emergency_mp=account.emergency_mp + repaid_mp,
        balance_mp=account.balance_mp + lifted_mp + rest_mp,
    )
    return replace(records, account=account), tuple(happened), debt_mp


def payment_debt_room_mp(records: MeterRecords, moment: Moment) -> int:
    """Give how much top-ups may still pay on the payment debt: what is owed, and what the cap leaves (2.6 F1)."""
    cap_mp, owed_mp = records.terms.cap_mp, records.account.payment_debt_mp
    return min(owed_mp, max(0, cap_mp - recovered_mp(records, moment))) if cap_mp else owed_mp


def recovered_mp(records: MeterRecords, moment: Moment) -> int:
    """Add up what the payment debt took in the present cap period (2.6 F, annex H cap_period)."""
    shown_at = moment.at + records.clock.offset_ms
    if moment.site.profile.prepayment.cap_period == "rolling_7d":
        since = shown_at - WEEK + 1
    else:
        since = (shown_at + _THURSDAY) // WEEK * WEEK - _THURSDAY
    return sum(payment.value_mp for payment in records.receipts.week if payment.at >= since)


def _noted(receipts: Receipts, shown_at: int, paid_mp: int) -> tuple[DebtPayment, ...]:
    recent = [payment for payment in receipts.week if payment.at > shown_at - WEEK]
    if recent and recent[-1].at // HOUR == shown_at // HOUR:
        last = recent.pop()
        return (*recent, DebtPayment(last.at, last.value_mp + paid_mp))
    return (*recent, DebtPayment(shown_at, paid_mp))


def vend(records: MeterRecords, key: bytes, eui64: int, value_mp: int) -> str:
    """Write a valid code for a meter as it stands: what a payment outlet would print. Raises ValueError."""
    return utrn.make(key, eui64, utrn.Token(utrn.Kind.VEND, next_counter(records.receipts), value_mp))


def next_counter(receipts: Receipts) -> int:
    """Give the counter of the next code for a meter."""
    used = receipts.used
    return (used.highest + 1 if used != utrn.Used() else 1) % utrn.COUNTERS


class NoCodeError(ValueError):
    """The systems that make codes are down (device dossier 4.5, P1)."""


def vend_for(site: Site, records: MeterRecords, value_mp: int) -> str:
    """Write a valid code for the meter of a site as it stands, unless the outlet or the systems behind it err.

    Raises ValueError for a value no code can say, NoCodeError while none can be made.
    """
    key, used = site.secret(UTRN_KEY)[: utrn.KEY_OCTETS], records.receipts.used
    match site.profile.quirks.codes_issued:
        case "none":
            raise NoCodeError("the systems that make top-up codes are down: no code can be issued")
        case "duplicate":
            token = utrn.Token(utrn.Kind.VEND, max(used.highest, 0), value_mp)
            return utrn.make(key, site.eui64, token)
        case "wrong_fuel":
            return vend(records, key, _another(site.eui64), value_mp)
        case "incomplete":
            return vend(records, key, site.eui64, value_mp)[:-1]
        case _:
            return vend(records, key, site.eui64, value_mp)


def _another(eui64: int) -> int:
    """Give the identifier of a device whose codes show that they are not for this one."""
    digit = utrn.device_digit(eui64)
    return next(eui64 + step for step in range(1, 1_000) if utrn.device_digit(eui64 + step) != digit)
