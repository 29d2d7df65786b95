"""What an account is charged between two events, in closed form (functional reference 2.3 and 2.6 A to C).

Consumption runs up continuously; the standing charge and time debts fall due at moments of the device clock. Nothing
is stored on the way: `project` gives the account at any instant after it was last settled, and `settle` (account.py)
makes that the stored one. The order within one instant is the reference's: consumption, standing charge, time debts.
"""

from typing import NamedTuple

import numpy as np

from emulator.device.calendar import switches
from emulator.device.gas.open_end import load_of
from emulator.device.happenings.money import Holding, Line, Posted
from emulator.device.household import Site
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE
from emulator.device.load.load import LOAD_END
from emulator.device.metering import Instants, billing_ends, tou_between
from emulator.device.money import pricing
from emulator.device.money.account_records import Account, Mode, Terms, TimeDebt
from emulator.device.records import Cause, MeterRecords
from emulator.device.step import replace

MILLIONTHS = 1_000_000
"""Milliwatt-hours times millipence a kilowatt-hour in one millipence."""

DEBTS = (Holding.DEBT_1, Holding.DEBT_2)
_LONGEST_PERIOD = 367 * DAY
STANDING_RULE, CONSUMPTION_RULE = "2.6 A standing charge", "2.6 A consumption"
DEBT_RULES = ("2.6 A time debt 1", "2.6 A time debt 2")


def counted(site: Site, records: MeterRecords, since: int, until: int) -> list[int]:
    """Give what each TOU register counted between two instants, in the meter's own unit (mWh or ml)."""
    total = [0] * site.metering.tou_registers
    runs = records.runs
    for place in range(len(runs) - 1, -1, -1):
        run = runs[place]
        end = until if place + 1 == len(runs) else min(until, runs[place + 1].since)
        start = max(since, run.since)
        if run.supplied and start < end:
            table = records.tariff.tables[run.table]
            load = load_of(site, run, site.counted)
            more = tou_between(load, table, run.clock_offset_ms, start, end, len(total))
            total = [had + new for had, new in zip(total, more, strict=True)]
        if run.since <= since:
            break
    return total


def energies(records: MeterRecords, amounts: list[int]) -> list[int]:
    """Turn what was counted into milliwatt-hours."""
    if records.energy_factor == MILLIONTHS:
        return amounts
    return [amount * records.energy_factor // MILLIONTHS for amount in amounts]


def heated(site: Site, records: MeterRecords, since: int, until: int) -> list[int]:
    """Give what each TOU register counted between two instants in milliwatt-hours, each part by the factor of its time.

    A change of the factor acts on later consumption only (3.2).
    """
    if len(records.factors) < 2:
        return energies(records, counted(site, records, since, until))
    total = [0] * site.metering.tou_registers
    ends = [factor.since for factor in records.factors[1:]] + [until]
    for factor, end in zip(records.factors, ends, strict=True):
        start = since if factor is records.factors[0] else max(since, factor.since)
        if start < min(end, until):
            more = counted(site, records, start, min(end, until))
            total = [had + new * factor.millionths // MILLIONTHS for had, new in zip(total, more, strict=True)]
    return total


def block_period_start(records: MeterRecords, at: int) -> int:
    """Give the instant from which block counters count."""
    since = records.billing.blocks_since
    # No period is longer than a year: of many years only the last need be looked through.
    ends = billing_ends(records, max(since, at - _LONGEST_PERIOD), at) or billing_ends(records, since, at)
    return ends[-1] if ends else records.billing.blocks_since


def block_counters(site: Site, records: MeterRecords, at: int, since: int | None = None) -> tuple[tuple[int, ...], ...]:
    """Read the Tariff Block Counter Matrix: a row of blocks a set, in mWh since the block period began."""
    held = heated(site, records, block_period_start(records, at) if since is None else since, at)
    sets = pricing.MAX_SETS if site.fuel == "electricity" else pricing.GAS_SETS
    wide = pricing.width(records.tariff.prices)
    rows = [[0] * wide for _ in range(min(len(held), sets))]
    for part in pricing.blocks(replace(records.tariff.prices, by="block"), held[: len(rows)]):
        rows[part.register - 1][part.block - 1] += part.energy_mwh
    return tuple(tuple(row) for row in rows)


def priced(records: MeterRecords) -> bool:
    """Say whether consumption costs anything at all."""
    prices = records.tariff.prices
    return any(prices.tou_mp) if prices.by == "tou" else any(any(row) for row in prices.block_mp)


def consumed(site: Site, records: MeterRecords, since: int, until: int) -> list[Line]:
    """Give the energy of a stretch by tariff line. Prices are those of the records."""
    if not priced(records) or until <= since:
        return []
    prices = records.tariff.prices
    if prices.by == "tou":
        parts = pricing.blocks(prices, heated(site, records, since, until))
        return [Line(*part) for part in parts]
    lines: dict[tuple[int, int, int], int] = {}
    whole = records.energy_factor == MILLIONTHS and not records.factors
    for end in (*billing_ends(records, since, until), until):
        began = block_period_start(records, since)
        before = heated(site, records, began, since)
        if whole:
            more = counted(site, records, since, end)
            after = [had + new for had, new in zip(before, more, strict=True)]
        else:  # what is cut off to whole milliwatt-hours is cut off once a period
            after = heated(site, records, began, end)
        for sign, held in ((-1, before), (1, after)):
            for register, block, energy_mwh, price_mp in pricing.blocks(prices, held):
                key = (register, block, price_mp)
                lines[key] = lines.get(key, 0) + sign * energy_mwh
        since = end
    return [
        Line(register, block, energy, price) for (register, block, price), energy in sorted(lines.items()) if energy
    ]


# Charges that fall due at moments.


def day_count(site: Site, shown_at: int) -> int:
    """Count the device clock's days by the time of day at which daily charges fall due."""
    return (shown_at - site.profile.prepayment.charge_minute * MINUTE) // DAY


def period_count(site: Site, debt: TimeDebt, shown_at: int) -> int:
    """Count the hours or days in which a time debt is taken."""
    return shown_at // HOUR if debt.hourly else day_count(site, shown_at)


def in_use(account: Account, terms: Terms) -> bool:
    """Say whether emergency credit pays now (2.6 C)."""
    return account.emergency_on and account.balance_mp <= terms.disablement_mp and account.emergency_mp > 0


def suspended(records: MeterRecords, account: Account) -> bool:
    """Say whether standing charge and time debts are not taken from credit now (2.6 C)."""
    terms = records.terms
    if account.mode is Mode.CREDIT:
        return False
    off = Cause.CREDIT in records.supply.causes and terms.suspend_disabled
    return off or (terms.suspend_emergency and in_use(account, terms))


class _Teller:
    """An account that money is taken from, and the entries made of it."""

    def __init__(self, account: Account, terms: Terms, until: int) -> None:
        self.account = account
        self.terms = terms
        self.since, self.until = account.settled_at, until
        self.posted: list[Posted] = []

    def post(self, rule: str, source: Holding, target: Holding, amount_mp: int, **told: object) -> None:
        if not amount_mp and not told.get("lines"):
            return
        entry = Posted(rule, source, target, amount_mp, self.since, self.until, **told)  # type: ignore[arg-type]
        for place, made in enumerate(self.posted):
            if (made.rule, made.source, made.target) == (rule, source, target):
                both = made.amount_mp + amount_mp
                self.posted[place] = replace(made, amount_mp=both, times=made.times + entry.times)
                return
        self.posted.append(entry)

    def take(self, rule: str, target: Holding, amount_mp: int, **told: object) -> None:
        """Take from the balance down to the disablement threshold, then from emergency credit, then on (2.6 B)."""
        account = self.account
        from_emergency = 0
        if account.mode is Mode.PREPAYMENT and account.emergency_on:
            beyond = amount_mp - max(0, account.balance_mp - self.terms.disablement_mp)
            from_emergency = min(max(0, beyond), account.emergency_mp)
        from_balance = amount_mp - from_emergency
        if from_balance or not from_emergency:
            self.post(rule, Holding.BALANCE, target, from_balance, **told)
        if from_emergency:
            self.post(rule, Holding.EMERGENCY, target, from_emergency, **told)
        self.account = replace(
            account,
            balance_mp=account.balance_mp - from_balance,
            emergency_mp=account.emergency_mp - from_emergency,
        )

    def park(self, rule: str, target: Holding, amount_mp: int, **told: object) -> None:
        """Move a suspended amount to the accumulated debt (2.6 C)."""
        self.post(rule, Holding.ACCUMULATED, target, amount_mp, **told)
        self.account = replace(self.account, accumulated_mp=self.account.accumulated_mp + amount_mp)


def project(
    site: Site, records: MeterRecords, at: int, start: Account | None = None
) -> tuple[Account, tuple[Posted, ...]]:
    """Give the account at an instant after it was settled, and the entries that lead there.

    `start` is the account at an instant in between, where that is known already.
    """
    start = records.account if start is None else start
    if at < start.settled_at or (at == start.settled_at and not _overdue(site, start, at + records.clock.offset_ms)):
        return start, ()
    teller = _Teller(start, records.terms, at)
    lines = consumed(site, records, start.settled_at, at)
    whole, rest = divmod(start.rest + sum(line.energy_mwh * line.price_mp for line in lines), MILLIONTHS)
    teller.take(CONSUMPTION_RULE, Holding.ENERGY, whole, lines=tuple(lines))
    shown_at = at + records.clock.offset_ms
    if not records.clock.valid:  # nothing falls due on a clock without time (device dossier 4.4, D3)
        return replace(teller.account, settled_at=at, rest=rest), tuple(teller.posted)
    if start.mode is Mode.CREDIT:
        days = max(0, day_count(site, shown_at) - start.charged_day)
        teller.take(STANDING_RULE, Holding.STANDING, days * records.tariff.prices.standing_mp, times=days)
        taken = tuple(replace(debt, taken=period_count(site, debt, shown_at)) for debt in start.debts)
        teller.account = replace(teller.account, debts=taken)
    else:
        # All that fell due before this accounting tick did so in the state the account was last left in.
        _scheduled(site, records, teller, shown_at - 1, parked=suspended(records, records.account))
        ticks = shown_at % (site.profile.prepayment.accounting_period_s * 1000) == 0
        _scheduled(
            site, records, teller, shown_at, parked=suspended(records, teller.account if ticks else records.account)
        )
    charged = max(start.charged_day, day_count(site, shown_at))
    return replace(teller.account, settled_at=at, rest=rest, charged_day=charged), tuple(teller.posted)


def _overdue(site: Site, account: Account, shown_at: int) -> bool:
    """Say whether a clock that was set brought charges with it, at the very instant at which all was settled."""
    return day_count(site, shown_at) > account.charged_day or any(
        period_count(site, debt, shown_at) > debt.taken for debt in account.debts
    )


def _scheduled(site: Site, records: MeterRecords, teller: _Teller, shown_at: int, *, parked: bool) -> None:
    """Take the standing charge and the time debts that fell due until a time of the device clock."""
    if parked and not site.profile.prepayment.park_suspended:
        skip = replace(teller.account, charged_day=max(teller.account.charged_day, day_count(site, shown_at)))
        later = tuple(replace(debt, taken=max(debt.taken, period_count(site, debt, shown_at))) for debt in skip.debts)
        teller.account = replace(skip, debts=later)
        return
    take = teller.park if parked else teller.take
    day = day_count(site, shown_at)
    days = max(0, day - teller.account.charged_day)
    if days:
        take(STANDING_RULE, Holding.STANDING, days * records.tariff.prices.standing_mp, times=days)
        teller.account = replace(teller.account, charged_day=day)
    for place, (holding, rule) in enumerate(zip(DEBTS, DEBT_RULES, strict=True)):
        debt = teller.account.debts[place]
        number = period_count(site, debt, shown_at)
        times = number - debt.taken
        if times <= 0:
            continue
        amount_mp = min(debt.left_mp, times * debt.rate_mp)
        take(rule, holding, amount_mp, times=times)
        debts = list(teller.account.debts)
        debts[place] = replace(debt, left_mp=debt.left_mp - amount_mp, taken=number)
        teller.account = replace(teller.account, debts=(debts[0], debts[1]))


# When enough is spent.


class Horizon(NamedTuple):
    """The answer of a search: the first accounting tick that does it, or how far was looked."""

    at: int | None
    looked_to: int


_LOOK_AHEAD_DAYS = 32


def first_tick_spending(site: Site, records: MeterRecords, now: int, amount_mp: int, until: int | None) -> Horizon:
    """Find the first accounting tick after now at which the account has spent an amount since it was settled.

    The account must not change its state in between: the caller asks for the nearest change first. In block pricing
    `until` is the end of the block period, beyond which is not looked.
    """
    tick = site.profile.prepayment.accounting_period_s * 1000
    offset = records.clock.offset_ms
    first = ((now + offset) // tick + 1) * tick - offset
    days = first + np.arange(_LOOK_AHEAD_DAYS + 1, dtype=np.int64) * DAY
    days = days[days < LOAD_END - DAY]
    if not len(days):
        return Horizon(None, LOAD_END)
    if until is not None:
        days = np.append(days[days < until], max(until, first))
    base = _base(site, records, now)
    place = int(np.searchsorted(_spent(site, records, base, days), amount_mp))
    if place == len(days):
        return Horizon(None, int(days[-1]))
    if place == 0:
        return Horizon(first, first)
    # Half hours are cheap to work out and ticks are not: the day is narrowed down by the one before the other.
    before, last = int(days[place - 1]), int(days[place])
    for step in (HALF_HOUR, tick):
        edges = np.append(np.arange(before, last, step, dtype=np.int64), last)
        near = int(np.searchsorted(_spent(site, records, base, edges), amount_mp))
        before, last = int(edges[max(near - 1, 0)]), int(edges[near])
    last = first + -(-(last - first) // tick) * tick
    return Horizon(last, last)


def _spent(site: Site, records: MeterRecords, base: "_Base | None", at: Instants) -> Instants:
    """Give what the account spends from credit between its settling and each of some rising instants, in mp."""
    account = records.account
    spent: Instants = (account.rest + _run_up(site, records, base, at)) // MILLIONTHS
    if suspended(records, account) or not records.clock.valid:
        return spent
    shown = at + records.clock.offset_ms
    minute = site.profile.prepayment.charge_minute * MINUTE
    spent = spent + np.maximum(0, (shown - minute) // DAY - account.charged_day) * records.tariff.prices.standing_mp
    for debt in account.debts:
        if debt.left_mp and debt.rate_mp:
            numbers = shown // HOUR if debt.hourly else (shown - minute) // DAY
            spent = spent + np.minimum(debt.left_mp, np.maximum(0, numbers - debt.taken) * debt.rate_mp)
    return spent


class _Base(NamedTuple):
    """What is known of consumption up to the present, for the registers or block sets that have a price.

    `earlier_cost` is that of block periods which ended before the present one, `before` the energy of the period that
    is paid for; `past` is energy of earlier factors, `counted` what the present factor turns into energy.
    """

    now: int
    earlier_cost: int
    before: list[int]
    past: list[int]
    counted: list[int]


def _base(site: Site, records: MeterRecords, now: int) -> _Base | None:
    """Give what a search for a spent amount builds on; None where consumption costs nothing."""
    if not priced(records):
        return None
    prices, settled_at = records.tariff.prices, records.account.settled_at
    began = settled_at if prices.by == "tou" else block_period_start(records, now)
    # A meter without power at the end of its block period has not settled there.
    earlier = sum(line.energy_mwh * line.price_mp for line in consumed(site, records, settled_at, began))
    # What an earlier factor turned into energy stands; the rest of the period is of the present one.
    turned = max(began, records.factors[-1].since) if records.factors else began
    wide = len(prices.tou_mp if prices.by == "tou" else prices.block_mp)
    return _Base(
        now,
        earlier,
        heated(site, records, began, settled_at)[:wide],
        heated(site, records, began, turned)[:wide],
        counted(site, records, turned, now)[:wide],
    )


def _run_up(site: Site, records: MeterRecords, base: _Base | None, at: Instants) -> Instants:
    """Give the cost of consumption since the account was settled, in millionths of mp."""
    if base is None:
        return np.zeros_like(at)
    prices, run = records.tariff.prices, records.runs[-1]
    table = np.repeat(np.array([base.counted], dtype=np.int64), len(at), axis=0)
    if run.supplied:
        offset = run.clock_offset_ms
        load = load_of(site, run, site.counted)
        moments, rates = switches(records.tariff.tables[run.table], base.now + offset, int(at[-1]) + offset + 1)
        if len(set(rates.tolist())) == 1:
            rate = int(rates[0])
            if rate <= table.shape[1]:
                table[:, rate - 1] += load.energies_mwh(at) - load.energy_mwh(base.now)
        else:
            moments = moments - offset
            edges = np.union1d(moments, at)
            energy = np.diff(load.energies_mwh(edges))
            counting = rates[np.searchsorted(moments, edges[:-1], side="right") - 1]
            wanted = np.searchsorted(edges, at)
            for rate in set(rates.tolist()):
                if rate <= table.shape[1]:
                    summed = np.concatenate([[0], np.cumsum(np.where(counting == rate, energy, 0))])
                    table[:, rate - 1] += summed[wanted]
    if records.energy_factor != MILLIONTHS:
        table = table * records.energy_factor // MILLIONTHS + np.array(base.past, dtype=np.int64)
    return pricing.costs(prices, table, base.before) + base.earlier_cost
