"""A change of tenancy or of supplier by one command, as an SMS meter takes it (device dossier 3.2 b)."""

from emulator.device.commands import ChangeAccount, Reason
from emulator.device.happenings import (
    AccountChanged,
    BalanceAdjusted,
    DebtAdjusted,
    DebtCleared,
    EmergencyReleased,
    Happening,
    Holding,
    TenancyChanged,
)
from emulator.device.money.account import DEBT_KINDS, PAYMENT_DEBT, changed, entry
from emulator.device.money.account_records import MOST_MP
from emulator.device.money.charges import DEBTS
from emulator.device.records import MeterRecords, Tenancy
from emulator.device.step import Moment, Refused, Step, replace

_RULE = "3.2 change of account"


def change(records: MeterRecords, command: ChangeAccount, moment: Moment) -> Step:
    """Take emergency credit back, and write the balance and the debts that are given; a debt is recovered as before.

    The debt goes where time-based recovery begins; the other debts are zero then. A new tenant does not see what the
    one before used (functional reference 2.13).
    """
    if moment.site.profile.protocol != "sms":
        return Refused(Reason.NOT_APPLICABLE, "this meter takes a change of account in single steps")
    balance_mp, debt_mp = command.balance_mp, command.debt_mp
    if balance_mp is not None and abs(balance_mp) > MOST_MP:
        return Refused(Reason.INVALID_VALUE, f"a balance is {-MOST_MP} to {MOST_MP} mp")
    if debt_mp is not None and not 0 <= debt_mp <= MOST_MP:
        return Refused(Reason.INVALID_VALUE, f"a debt is 0 to {MOST_MP} mp")
    account, at = records.account, moment.at
    told: list[Happening] = []
    if account.emergency_on:
        if account.emergency_mp:
            told.append(entry(_RULE, Holding.EMERGENCY, Holding.LENDER, account.emergency_mp, at))
        account = replace(account, emergency_on=False, emergency_mp=0)
        told.append(EmergencyReleased())
    if balance_mp is not None:
        by_mp = balance_mp - account.balance_mp
        account = replace(account, balance_mp=balance_mp)
        told += [*changed(_RULE, Holding.BALANCE, by_mp, at), BalanceAdjusted(by_mp)]
    if debt_mp is not None:
        wanted = (debt_mp, 0, 0)
        had = (account.debts[0].left_mp, account.debts[1].left_mp, account.payment_debt_mp)
        holdings, kinds = (*DEBTS, Holding.PAYMENT_DEBT), (*DEBT_KINDS, PAYMENT_DEBT)
        for holding, kind, was, now in zip(holdings, kinds, had, wanted, strict=True):
            told += changed(_RULE, holding, was - now, at)
            told += [DebtCleared(kind)] if was and not now else []
        debts = (replace(account.debts[0], left_mp=debt_mp), replace(account.debts[1], left_mp=0))
        account = replace(account, debts=debts, payment_debt_mp=0)
        told.append(DebtAdjusted())
    after = replace(records, account=account)
    if command.of == "tenancy":
        before = at + records.clock.offset_ms
        after, told = replace(after, tenancy=Tenancy(before)), [*told, TenancyChanged(before)]
    return after, (*told, AccountChanged(command.of))
