"""What a meter offers a display at one instant (functional reference 6.2), as a value. Closed form, nothing is stored.

A meter's own display and the displays of the home show the same reading; they differ in how old it is, in the words,
and in the history, which is the display's own.
"""

from typing import NamedTuple

import msgspec

from emulator.device.calendar import rate_at
from emulator.device.gas.gas_records import GasRecords
from emulator.device.given_out import rolled
from emulator.device.household import Channel, Site
from emulator.device.instant import DAY, SECOND, day_date, day_number
from emulator.device.load.recorded import Fuel
from emulator.device.local_time import instants_of, offset_ms
from emulator.device.metering import registers_at, run_at
from emulator.device.money import non_disablement, pricing
from emulator.device.money.account_records import Account, Latches, Mode, TimeDebt, Vend
from emulator.device.money.charges import MILLIONTHS, block_counters, consumed, day_count, heated, project
from emulator.device.money.debt_to_clear import debt_to_clear_mp
from emulator.device.money.pricing import Prices
from emulator.device.records import Cause, MeterRecords, Records, Switch
from emulator.device.step import replace

_LATER = 1 << 62


class Usage(msgspec.Struct, frozen=True, array_like=True):
    """Energy and money of a period now and of the one before; None where the display knows nothing of it."""

    wh: int
    cost_mp: int
    before_wh: int | None
    before_cost_mp: int | None


class Usages(msgspec.Struct, frozen=True):
    """Of the day, the week (from Monday) and the month, by the clock on the wall."""

    day: Usage
    week: Usage
    month: Usage


class Money(msgspec.Struct, frozen=True):
    """The account as a display shows it."""

    mode: Mode
    balance_mp: int
    emergency_mp: int
    emergency_on: bool
    offered_mp: int
    accumulated_mp: int
    debts: tuple[TimeDebt, TimeDebt]
    payment_debt_mp: int
    payment_share: int
    to_clear_mp: int
    latches: Latches
    vends: tuple[Vend, ...]
    accepted: int
    rejected: int


class Tariffs(msgspec.Struct, frozen=True):
    """The prices that hold: name, the register that counts now and its price, all prices, the standing charge.

    `blocks_wh` are the counters of the block set that counts now; without block pricing there are none.
    """

    name: str
    rate: int
    price_mp: int
    tou_mp: tuple[int, ...]
    standing_mp: int
    currency: str
    blocks_wh: tuple[int, ...] = ()


class State(msgspec.Struct, frozen=True):
    """The supply, non-disablement (and until when by the meter's clock), and until when the load limit is told."""

    switch: Switch
    for_credit: bool
    friendly: bool
    friendly_until: int | None
    limited_at: int | None
    battery_low: bool = False
    timeless: bool = False


class Reading(msgspec.Struct, frozen=True):
    """One meter at one instant. Amounts counted are in Wh, or in litres of gas; `power_w` is electricity only.

    `exported_wh` is None where the meter does not count export.
    """

    fuel: Fuel
    at: int
    clock_at: int
    counted: int
    exported_wh: int | None
    registers: tuple[int, ...]
    power_w: int
    ambient: str
    state: State
    tariff: Tariffs
    money: Money
    usages: Usages


class Known(NamedTuple):
    """What a display brings to a reading: since when it counts, and which prices held from when on."""

    since: int
    prices: tuple[tuple[int, Prices], ...] = ()
    standing_in_cost: bool = True


def read(site: Site, records: MeterRecords, at: int, known: Known, account_at: int | None = None) -> Reading:
    """Read a meter's records at an instant, which may lie a little back: what happened since is not in its registers.

    The account is read at `account_at`, or as near to the instant as it can still be known.
    """
    offset = records.clock.offset_ms
    account, _ = project(site, records, max(at if account_at is None else account_at, records.account.settled_at))
    registers = registers_at(site, records, at)
    electricity = site.fuel == "electricity"
    power_w = _power_mw(site, records, at) // 1000 if electricity else 0
    return Reading(
        fuel=site.fuel,
        at=at,
        clock_at=at + offset,
        counted=rolled(site, (registers.import_mwh if electricity else registers.volume_ml) // 1000),
        exported_wh=rolled(site, registers.export_mwh // 1000) if _exports(site) else None,
        registers=tuple(rolled(site, amount) for amount in _used(records, registers.tou)),
        power_w=power_w,
        ambient=_ambient(records, power_w),
        state=_state(records, at),
        tariff=_tariff(site, records, at),
        money=_money(site, records, account, at, known.since + offset),
        usages=usages(site, records, at, known),
    )


def _exports(site: Site) -> bool:
    return site.fuel == "electricity" and site.metering.export


def _used(records: MeterRecords, tou: tuple[int, ...]) -> tuple[int, ...]:
    """Cut the registers that no switching table names and that hold nothing."""
    highest = max((switch.rate for day in records.tariff.tables[-1].days for switch in day.switches), default=1)
    held = [place for place, amount in enumerate(tou, 1) if amount]
    return tuple(amount // 1000 for amount in tou[: max(highest, *held, 1)])


def _power_mw(site: Site, records: MeterRecords, at: int) -> int:
    if not run_at(records.runs, at).supplied or at < records.runs[0].since:
        return 0
    minute = site.load(Channel.IMPORT).segment(at)
    return (minute.end_mwh - minute.start_mwh) * 60


def _ambient(records: MeterRecords, power_w: int) -> str:
    if not isinstance(records, Records):
        return ""
    if power_w < records.thresholds.low_medium_w:
        return "low"
    return "medium" if power_w < records.thresholds.medium_high_w else "high"


def _state(records: MeterRecords, at: int) -> State:
    shown_at, calendar = at + records.clock.offset_ms, records.terms.calendar
    friendly = records.account.mode is Mode.PREPAYMENT and non_disablement.active(calendar, shown_at)
    limit = records.load_limit if isinstance(records, Records) else None
    return State(
        switch=records.supply.switch,
        for_credit=Cause.CREDIT in records.supply.causes,
        friendly=friendly,
        friendly_until=non_disablement.next_change(calendar, shown_at) if friendly else None,
        limited_at=limit.watching_since if limit is not None and limit.latched else None,
        battery_low=isinstance(records, GasRecords) and records.battery.low,
        timeless=not records.clock.valid,
    )


def _tariff(site: Site, records: MeterRecords, at: int) -> Tariffs:
    prices, table = records.tariff.prices, records.tariff.tables[-1]
    rate = rate_at(table, at + records.clock.offset_ms)
    blocks = block_counters(site, records, at)[rate - 1] if prices.by == "block" else ()
    return Tariffs(
        name=table.name,
        rate=rate,
        price_mp=pricing.active_price_mp(prices, rate, sum(blocks)),
        tou_mp=prices.tou_mp,
        standing_mp=prices.standing_mp,
        currency=prices.currency,
        blocks_wh=tuple(counter // 1000 for counter in blocks),
    )


def _money(site: Site, records: MeterRecords, account: Account, at: int, visible_from: int) -> Money:
    terms, receipts = records.terms, records.receipts
    offered = terms.emergency_limit_mp and not account.emergency_on
    offered = offered and account.mode is Mode.PREPAYMENT and account.balance_mp < terms.emergency_threshold_mp
    return Money(
        mode=account.mode,
        balance_mp=account.balance_mp,
        emergency_mp=account.emergency_mp,
        emergency_on=account.emergency_on,
        offered_mp=terms.emergency_limit_mp if offered else 0,
        accumulated_mp=account.accumulated_mp,
        debts=account.debts,
        payment_debt_mp=account.payment_debt_mp,
        payment_share=terms.payment_share,
        to_clear_mp=debt_to_clear_mp(site, records, account, at) if account.mode is Mode.PREPAYMENT else 0,
        latches=records.latches,
        vends=tuple(vend for vend in receipts.credits if vend.at >= visible_from),
        accepted=receipts.accepted,
        rejected=receipts.rejected,
    )


# Energy and money of the day, the week and the month.


def usages(site: Site, records: MeterRecords, at: int, known: Known) -> Usages:
    """Add up the periods of the wall clock, as far back as the display counts."""
    day, week, month = (
        _usage(site, records, [*bounds, at], known) for bounds in periods(at + records.clock.offset_ms, records)
    )
    return Usages(day, week, month)


def periods(shown_at: int, records: MeterRecords) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Give the starts of the period before and of this one, for day, week and month, in true time."""
    today = day_number(shown_at + offset_ms(shown_at))
    monday = today - (today + 3) % 7  # 1970 began on a Thursday
    first = today - day_date(today).day + 1
    earlier = first - day_date(first - 1).day
    starts = ((today - 1, today), (monday - 7, monday), (earlier, first))
    return tuple(  # type: ignore[return-value]
        tuple(instants_of(number * DAY)[0] - records.clock.offset_ms for number in pair) for pair in starts
    )


def _usage(site: Site, records: MeterRecords, bounds: list[int], known: Known) -> Usage:
    before, start, at = (min(max(bound, known.since), bounds[-1]) for bound in bounds)
    now = _wh(site, records, start, at), _cost_mp(site, records, start, at, known)
    if known.since >= start:
        return Usage(*now, None, None)
    return Usage(*now, _wh(site, records, before, start), _cost_mp(site, records, before, start, known))


def _wh(site: Site, records: MeterRecords, since: int, until: int) -> int:
    return sum(heated(site, records, since, until)) // 1000


def _cost_mp(site: Site, records: MeterRecords, since: int, until: int, known: Known) -> int:
    """Add up what energy cost at the prices that held, and the standing charge of each day."""
    total = 0
    stretches = known.prices or ((0, records.tariff.prices),)
    offset = records.clock.offset_ms
    for place, (held_from, prices) in enumerate(stretches):
        held_until = stretches[place + 1][0] if place + 1 < len(stretches) else _LATER
        start, end = max(since, held_from), min(until, held_until)
        if start >= end:
            continue
        priced = replace(records, tariff=replace(records.tariff, prices=prices))
        total += sum(line.energy_mwh * line.price_mp for line in consumed(site, priced, start, end))
        if known.standing_in_cost:
            # A charge at the very start of a period is that period's own.
            days = day_count(site, end + offset - 1) - day_count(site, start + offset - 1)
            total += days * prices.standing_mp * MILLIONTHS
    return total // MILLIONTHS


def refreshed(now: int, every_s: int) -> int:
    """Give the instant at which a display last asked for the power."""
    return now // (every_s * SECOND) * (every_s * SECOND)
