"""A contract: what a supplier agrees with a home for one fuel, as data that a meter is set up with."""

import msgspec

from emulator.device.money.account_records import Mode, Terms, TimeDebt
from emulator.device.money.pricing import Prices


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Payment mode and opening balance (credit positive), prices, terms and debts. Amounts in millipence."""

    mode: Mode = Mode.CREDIT
    balance_mp: int = 0
    prices: Prices = Prices()
    terms: Terms = Terms()
    debts: tuple[TimeDebt, TimeDebt] = (TimeDebt(), TimeDebt())
    payment_debt_mp: int = 0
