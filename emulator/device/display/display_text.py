"""Display text: a reading in the words of a display. Money in pounds and pence, energy in kWh, the clock in local time.

A field gives the values of its pages: none where it has nothing to say (debts in credit mode), several for registers.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from emulator.device.display.display_reading import Reading, Usage
from emulator.device.happenings import CreditAdded, EntryLocked, Happening, TopUpRejected
from emulator.device.instant import SECOND
from emulator.device.load.recorded import Fuel
from emulator.device.local_time import local_text
from emulator.device.money.account_records import Mode, TimeDebt
from emulator.device.profile import Profile
from emulator.device.profiles.profile_display import Field, Interface, Page
from emulator.device.records import Switch

_SIGNS = {"GBP": "£", "EUR": "€"}
_MP_A_PENNY, _PENCE_A_POUND = 1_000, 100
NO_TIME = "--------"
"""What stands in the place of the time while the clock has none (device dossier 4.4, D3)."""


class Own(NamedTuple):
    """What a device shows of itself: the newest message, its serial number and firmware."""

    message: str = ""
    serial: str = ""
    firmware: str = ""


class Shown(NamedTuple):
    """One page as it stands on the display."""

    label: str
    value: str
    fuel: Fuel


def money(amount_mp: int, currency: str = "GBP") -> str:
    """Write an amount in pounds and pence, to the nearest penny: -£1.20."""
    pence = (abs(amount_mp) + _MP_A_PENNY // 2) // _MP_A_PENNY
    sign = "-" if amount_mp < 0 and pence else ""
    return f"{sign}{_SIGNS[currency]}{pence // _PENCE_A_POUND}.{pence % _PENCE_A_POUND:02}"


def price(amount_mp: int) -> str:
    """Write a price in pence a kWh, as exact as it is: 26.15p."""
    whole, rest = divmod(amount_mp, _MP_A_PENNY)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".") + "p"


def thousandths(amount: int, decimals: int) -> str:
    """Write Wh as kWh or litres as cubic metres, cut to some decimals as a register is."""
    whole, rest = divmod(amount, 1000)
    return f"{whole}.{rest:03}"[: len(str(whole)) + 1 + decimals].rstrip(".")


def counted(reading: Reading, amount: int) -> str:
    """Write a register in its unit."""
    unit = "kWh" if reading.fuel == "electricity" else "m3"
    return f"{thousandths(amount, 0 if unit == 'kWh' else 3)} {unit}"


def _prepaid(show: Callable[[Reading], tuple[str, ...]]) -> Callable[[Reading, Interface, Own], tuple[str, ...]]:
    def in_prepayment(reading: Reading, _: Interface, __: Own) -> tuple[str, ...]:
        return show(reading) if reading.money.mode is Mode.PREPAYMENT else ()

    return in_prepayment


def _plain(show: Callable[[Reading], tuple[str, ...]]) -> Callable[[Reading, Interface, Own], tuple[str, ...]]:
    return lambda reading, _, __: show(reading)


def _amount(reading: Reading, amount_mp: int) -> str:
    return money(amount_mp, reading.tariff.currency)


def _debt(place: int) -> Callable[[Reading], tuple[str, ...]]:
    def show(reading: Reading) -> tuple[str, ...]:
        debt: TimeDebt = reading.money.debts[place]
        every = "hour" if debt.hourly else "day"
        return (
            (f"{_amount(reading, debt.left_mp)} at {_amount(reading, debt.rate_mp)} a {every}",) if debt.left_mp else ()
        )

    return show


def _emergency(reading: Reading) -> tuple[str, ...]:
    held = reading.money
    if held.emergency_on:
        return (_amount(reading, held.emergency_mp),)
    return (f"{_amount(reading, held.offered_mp)} available",) if held.offered_mp else ()


def _payment_debt(reading: Reading) -> tuple[str, ...]:
    held = reading.money
    share = f"{held.payment_share // 100}%"
    return (f"{_amount(reading, held.payment_debt_mp)} at {share} of a top-up",) if held.payment_debt_mp else ()


def _total_debt(reading: Reading) -> tuple[str, ...]:
    held = reading.money
    owed_mp = held.accumulated_mp + held.payment_debt_mp + sum(debt.left_mp for debt in held.debts)
    return (_amount(reading, owed_mp),)


def _friendly(reading: Reading) -> tuple[str, ...]:
    until = reading.state.friendly_until
    if not reading.state.friendly:
        return ()
    return (f"until {local_text(until)}",) if until is not None else ("now",)


def _vends(reading: Reading) -> tuple[str, ...]:
    return tuple(f"{local_text(vend.at)} {_amount(reading, vend.value_mp)}" for vend in reversed(reading.money.vends))


def _spent(reading: Reading, wh: int | None, cost_mp: int | None) -> tuple[str, ...]:
    if wh is None or cost_mp is None:
        return ("--",)
    return (f"{thousandths(wh, 2)} kWh {_amount(reading, cost_mp)}",)


def _period(name: str, *, before: bool) -> Callable[[Reading], tuple[str, ...]]:
    def show(reading: Reading) -> tuple[str, ...]:
        used: Usage = getattr(reading.usages, name)
        if before:
            return _spent(reading, used.before_wh, used.before_cost_mp)
        return _spent(reading, used.wh, used.cost_mp)

    return show


def _days_left(reading: Reading) -> tuple[str, ...]:
    """Give for how many days the credit lasts at yesterday's rate."""
    a_day = reading.usages.day.before_cost_mp
    left_mp = reading.money.balance_mp + reading.money.emergency_mp
    return (f"{max(0, left_mp) // a_day} days",) if a_day else ()


def _power(reading: Reading) -> tuple[str, ...]:
    return (f"{thousandths(reading.power_w, 3)} kW",) if reading.fuel == "electricity" else ()


def _supply(reading: Reading, block: Interface, _: Own) -> tuple[str, ...]:
    return (supply_word(reading, block),)


def supply_word(reading: Reading, block: Interface) -> str:
    """Give the make's word for the supply."""
    switch = reading.state.switch
    if switch is Switch.ENABLED:
        return block.word("on")
    return block.word("ready" if switch is Switch.ARMED else "off")


def _ambient(reading: Reading, block: Interface, _: Own) -> tuple[str, ...]:
    match reading.ambient:
        case "low":
            return (block.word("low"),)
        case "medium":
            return (block.word("medium"),)
        case "high":
            return (block.word("high"),)
        case _:
            return ()


FIELDS: Mapping[Field, Callable[[Reading, Interface, Own], tuple[str, ...]]] = {
    "total": _plain(lambda r: (counted(r, r.counted),)),
    "rates": _plain(lambda r: tuple(counted(r, amount) for amount in r.registers)),
    "blocks": _plain(lambda r: tuple(f"{thousandths(wh, 0)} kWh" for wh in r.tariff.blocks_wh)),
    "mode": lambda r, block, _: (block.word("prepayment" if r.money.mode is Mode.PREPAYMENT else "credit"),),
    "export": _plain(lambda r: () if r.exported_wh is None else (counted(r, r.exported_wh),)),
    "power": _plain(_power),
    "ambient": _ambient,
    "price": _plain(lambda r: (price(r.tariff.price_mp),)),
    "tariff": _plain(lambda r: (f"{r.tariff.name} {r.tariff.rate}",)),
    "standing": _plain(lambda r: (f"{price(r.tariff.standing_mp)} a day",)),
    "currency": _plain(lambda r: (r.tariff.currency,)),
    "balance": _prepaid(lambda r: (_amount(r, r.money.balance_mp),)),
    "due": _plain(lambda r: (_amount(r, -r.money.balance_mp),) if r.money.mode is Mode.CREDIT else ()),
    "emergency": _prepaid(_emergency),
    "debt": _prepaid(_total_debt),
    "debt_1": _prepaid(_debt(0)),
    "debt_2": _prepaid(_debt(1)),
    "payment_debt": _prepaid(_payment_debt),
    "to_clear": _prepaid(lambda r: (_amount(r, r.money.to_clear_mp),) if r.money.to_clear_mp else ()),
    "last_vends": _prepaid(_vends),
    "vend_counts": _prepaid(lambda r: (f"{r.money.accepted} accepted, {r.money.rejected} rejected",)),
    "friendly": _prepaid(_friendly),
    "supply": _supply,
    "clock": _plain(lambda r: (NO_TIME if r.state.timeless else local_text(r.clock_at),)),
    "day": _plain(_period("day", before=False)),
    "yesterday": _plain(_period("day", before=True)),
    "week": _plain(_period("week", before=False)),
    "last_week": _plain(_period("week", before=True)),
    "month": _plain(_period("month", before=False)),
    "last_month": _plain(_period("month", before=True)),
    "days_left": _prepaid(_days_left),
    "message": lambda _, __, own: (own.message,) if own.message else (),
    "updated": _plain(lambda r: (local_text(r.at, seconds=True),)),
    "serial": lambda _, __, own: (own.serial,),
    "firmware": lambda _, __, own: (own.firmware,),
}


def pages(menu: tuple[Page, ...], readings: Mapping[Fuel, Reading], block: Interface, own: Own) -> list[Shown]:
    """Write the pages of a menu; a page of a meter that is not there, or has nothing to say, is left out."""
    made = []
    for page in menu:
        fuel: Fuel | None = page.fuel or next(iter(readings), None)
        if fuel is None or fuel not in readings:
            continue
        values = FIELDS[page.shows](readings[fuel], block, own)
        made += [Shown(page.label.replace("{n}", str(number)), value, fuel) for number, value in enumerate(values, 1)]
    return made


def marks(reading: Reading, block: Interface, at: int) -> list[str]:
    """Give what stands on the display whatever page is open: supply, credit, non-disablement."""
    held, state = reading.money, reading.state
    found = []
    if state.limited_at is not None and at < state.limited_at + block.overload_s * SECOND:
        found.append(block.word("overload"))
    if state.switch is not Switch.ENABLED:
        found.append(supply_word(reading, block))
    if state.battery_low:
        found.append(block.word("battery"))
    if held.mode is Mode.PREPAYMENT:
        if state.friendly:
            found.append(block.word("friendly"))
        if state.for_credit:
            found.append(block.word("no_credit"))
        elif held.latches.low:
            found.append(block.word("low_credit"))
        if held.emergency_on:
            if not held.emergency_mp:
                found.append(block.word("emergency_exhausted"))
            elif held.latches.in_use:
                found.append(block.word("emergency_in_use"))
        elif held.offered_mp:
            found.append(block.word("emergency_offered"))
    return found


def top_up_words(told: Sequence[Happening], profile: Profile, block: Interface) -> tuple[bool, str, str]:
    """Say what came of a code: whether it was taken, in one word for programs and in the make's words."""
    for what in told:
        if isinstance(what, CreditAdded):
            return True, "accepted", block.word("accepted").replace("{amount}", money(what.value_mp))
    kind = next((what.kind for what in told if isinstance(what, TopUpRejected)), "")
    if not kind:
        return True, "accepted", block.word("done")  # a code that is no top-up: a refund, the supply, a lock lifted
    if kind == "locked_out" or any(isinstance(what, EntryLocked) for what in told):
        return False, kind, block.word("locked")
    return False, kind, profile.prepayment.words.get(kind, block.word("rejected"))
