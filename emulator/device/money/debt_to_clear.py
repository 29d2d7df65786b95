"""What a top-up must be worth to bring a home back into credit (functional reference 2.6 H)."""

from emulator.device.household import Site
from emulator.device.money.account_records import Account
from emulator.device.money.top_up import SHARE_OF_ALL, payment_debt_room_mp
from emulator.device.records import MeterRecords
from emulator.device.step import Moment, replace


def owed_mp(records: MeterRecords, account: Account) -> int:
    """Add up what a top-up pays before it is credit: accumulated debt, a balance below the threshold, lent credit."""
    terms = records.terms
    lent_mp = terms.emergency_limit_mp - account.emergency_mp if account.emergency_on else 0
    return account.accumulated_mp + max(0, terms.disablement_mp - account.balance_mp) + max(0, lent_mp)


def debt_to_clear_mp(site: Site, records: MeterRecords, account: Account, at: int) -> int:
    """Give the least top-up that pays all that, with the share that goes to the payment debt on top of it."""
    owed = owed_mp(records, account)
    if not owed:
        return 0
    room = payment_debt_room_mp(replace(records, account=account), Moment(site, at))
    kept_share = SHARE_OF_ALL - records.terms.payment_share
    if not kept_share:
        return owed + room
    # Of V pence the share is rounded down: the least V with V - V * share // 10000 >= owed.
    gross = (owed - 1) * SHARE_OF_ALL // kept_share + 1
    return min(gross, owed + room)
