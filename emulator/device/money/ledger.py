"""The ledger: every change of money is a double entry, and what a meter holds is the sum of its entries (D10)."""

from emulator.device.happenings import Happening
from emulator.device.happenings.money import Holding, Posted
from emulator.device.records import MeterRecords

HELD = (
    Holding.BALANCE,
    Holding.EMERGENCY,
    Holding.ACCUMULATED,
    Holding.DEBT_1,
    Holding.DEBT_2,
    Holding.PAYMENT_DEBT,
    Holding.OTHER_MODE,
)


class LedgerError(AssertionError):
    """Money came or went without an entry: a bug of ours."""


def holdings(records: MeterRecords) -> dict[Holding, int]:
    """Give what stands in the meter's accounts, in millipence; a debt counts as its negative."""
    account = records.account
    return {
        Holding.BALANCE: account.balance_mp,
        Holding.EMERGENCY: account.emergency_mp,
        Holding.ACCUMULATED: -account.accumulated_mp,
        Holding.DEBT_1: -account.debts[0].left_mp,
        Holding.DEBT_2: -account.debts[1].left_mp,
        Holding.PAYMENT_DEBT: -account.payment_debt_mp,
        Holding.OTHER_MODE: account.other_mp,
    }


def check(before: MeterRecords, after: MeterRecords, happened: tuple[Happening, ...]) -> None:
    """Assert what must hold after every event. Raises LedgerError."""
    if after.account is before.account and not any(isinstance(what, Posted) for what in happened):
        return
    moved = dict.fromkeys(Holding, 0)
    for what in happened:
        if isinstance(what, Posted):
            if what.amount_mp < 0 or what.source is what.target:
                raise LedgerError(f"an entry moves a positive amount between two accounts: {what}")
            moved[what.source] -= what.amount_mp
            moved[what.target] += what.amount_mp
    was, now = holdings(before), holdings(after)
    for holding in HELD:
        if now[holding] - was[holding] != moved[holding]:
            raise LedgerError(
                f"{holding} went from {was[holding]} to {now[holding]} mp, its entries say {moved[holding]:+}"
            )
    _bounds(after)


def _bounds(records: MeterRecords) -> None:
    account = records.account
    left = (*(debt.left_mp for debt in account.debts), account.payment_debt_mp, account.accumulated_mp)
    if min(left) < 0:
        raise LedgerError("a debt is below zero")
    lent_mp = records.terms.emergency_limit_mp if account.emergency_on else 0
    if not 0 <= account.emergency_mp <= lent_mp:
        raise LedgerError("emergency credit is there without having been activated, is below zero or above its limit")
    if not 0 <= account.rest < 1_000_000:
        raise LedgerError("the rest is a whole millipence or more")
