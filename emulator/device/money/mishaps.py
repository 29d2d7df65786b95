"""Mishaps of prepayment: what goes wrong around an account, and what ends it again (device dossier 4.5).

Each is an event that a fault brings about at its start or its stop; the account knows nothing of faults.
"""

from emulator.device.commands import SetPaymentMode
from emulator.device.happenings import (
    CreditForfeited,
    CreditRetained,
    EntryFreed,
    FriendlyHoursImposed,
    FriendlyHoursLifted,
    Happening,
    Holding,
)
from emulator.device.metering import M
from emulator.device.money import utrn
from emulator.device.money.account import changed
from emulator.device.money.account_records import Mode
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.top_up import UTRN_KEY, next_counter
from emulator.device.records import MeterRecords
from emulator.device.step import Event, Moment, Refused, Rule, Step, replace


class FriendlyDebtBuilds(Event, frozen=True):
    """Friendly hours from one minute of the day to another, and a debt that was built up in them (P4)."""

    from_minute: int
    until_minute: int
    debt_mp: int


class FriendlyDebtEnds(Event, frozen=True):
    """The friendly hours are as before, and the debt is let go."""


class ModeReverts(Event, frozen=True):
    """The supplier's systems take the meter for one on prepayment (P5)."""


class ModeRighted(Event, frozen=True):
    """The supplier has seen its error."""


class LockLifted(Event, frozen=True):
    """The lock of code entry is taken off by hand (P3)."""


def build_debt(records: MeterRecords, event: FriendlyDebtBuilds, moment: Moment) -> Step:
    """Keep supply within the hours, with a balance below zero.

    Outside of prepayment, or at a make without a non-disablement calendar, nothing comes of it.
    """
    if not moment.site.profile.prepayment.full:
        return records, ()
    if records.account.mode is Mode.CREDIT or records.aside.calendar is not None:
        return records, ()
    entries = (Entry("start", event.from_minute), Entry("stop", event.until_minute))
    debt_mp = max(0, records.account.balance_mp + event.debt_mp) if event.debt_mp else 0
    account = replace(records.account, balance_mp=records.account.balance_mp - debt_mp)
    owing = replace(
        records,
        account=account,
        terms=replace(records.terms, calendar=NonDisablement(entries)),
        aside=replace(records.aside, calendar=records.terms.calendar, debt_mp=debt_mp),
    )
    posted = changed("4.5 P4 friendly debt", Holding.BALANCE, -debt_mp, moment.at)
    return owing, (*posted, FriendlyHoursImposed(event.until_minute, debt_mp))


def end_debt(records: MeterRecords, _: FriendlyDebtEnds, moment: Moment) -> Step:
    """Take up the former calendar, and give back what was laid on the balance."""
    calendar, debt_mp = records.aside.calendar, records.aside.debt_mp
    if calendar is None:
        return records, ()
    account = replace(records.account, balance_mp=records.account.balance_mp + debt_mp)
    righted = replace(
        records,
        account=account,
        terms=replace(records.terms, calendar=calendar),
        aside=replace(records.aside, calendar=None, debt_mp=0),
    )
    posted = changed("4.5 P4 friendly debt", Holding.BALANCE, debt_mp, moment.at)
    return righted, (*posted, FriendlyHoursLifted(debt_mp))


def reverting(set_mode: Rule) -> Rule:
    """Make the rule that puts a credit customer on prepayment, with no regard to a supply that this cuts."""

    def revert(records: MeterRecords, _: ModeReverts, moment: Moment) -> Step:
        if records.account.mode is Mode.PREPAYMENT:
            return records, ()
        step = set_mode(records, SetPaymentMode(Mode.PREPAYMENT), moment)
        if isinstance(step, Refused):
            return step
        moded, told = step
        latches = replace(moded.latches, spared=False)
        return replace(moded, latches=latches, aside=replace(moded.aside, mode=Mode.CREDIT)), told

    return revert


def righting(set_mode: Rule) -> Rule:
    """Make the rule that puts the customer back on credit; a supply that was cut waits for the customer."""

    def right(records: MeterRecords, _: ModeRighted, moment: Moment) -> Step:
        mode = records.aside.mode
        if mode is None:
            return records, ()
        back = replace(records, aside=replace(records.aside, mode=None))
        return set_mode(back, SetPaymentMode(mode), moment)

    return right


def lift_lock(records: MeterRecords, _: LockLifted, __: Moment) -> Step:
    """Forget wrong codes and the lock they led to."""
    if records.receipts.tries == utrn.Tries():
        return records, ()
    return replace(records, receipts=replace(records.receipts, tries=utrn.Tries())), (EntryFreed(),)


def leave_credit(records: M, moment: Moment) -> tuple[M, tuple[Happening, ...]]:
    """Take what a change to credit mode leaves of prepaid credit: into a refund code, or for good (P6)."""
    habit, balance_mp = moment.site.profile.quirks.credit_at_mode_change, records.account.balance_mp
    value_mp = balance_mp // utrn.PENNY_MP * utrn.PENNY_MP
    if habit == "kept" or value_mp <= 0:
        return records, ()
    left = replace(records, account=replace(records.account, balance_mp=balance_mp - value_mp))
    posted = changed("4.5 P6 credit left over", Holding.BALANCE, -value_mp, moment.at)
    if habit == "lost":
        return left, (*posted, CreditForfeited(value_mp))
    key, counter = moment.site.secret(UTRN_KEY)[: utrn.KEY_OCTETS], next_counter(records.receipts)
    code = utrn.make(key, moment.site.eui64, utrn.Token(utrn.Kind.REFUND, counter, value_mp))
    kept = replace(left, receipts=replace(left.receipts, refund=code))
    return kept, (*posted, CreditRetained(value_mp, code[-4:]))
