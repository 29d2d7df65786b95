"""Explanations: from what stands in an account back through its entries, in words for people (architecture D10).

What is told adds up: the opening, every step and the stretch that is not settled yet come to the reading. Where the
journal's oldest entries are gone, the opening is what stood before the first that is left.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from emulator.device.happenings.money import Holding, Line, Posted
from emulator.device.instant import HALF_HOUR, isoformat
from emulator.device.journal import Entry
from emulator.device.meter import Metered
from emulator.device.money import charges
from emulator.device.money.ledger import holdings
from emulator.device.step import replace

POUND_MP, PENNY_MP = 100_000, 1_000
_DEBTS = (Holding.DEBT_1, Holding.DEBT_2, Holding.PAYMENT_DEBT, Holding.ACCUMULATED)
WHAT: dict[str, tuple[Holding, ...]] = {
    "balance": (Holding.BALANCE,),
    "emergency": (Holding.EMERGENCY,),
    "debt": _DEBTS,
}
"""What can be explained, and which accounts of the ledger that is."""

_NAMES = {
    Holding.BALANCE: "the balance",
    Holding.EMERGENCY: "emergency credit",
    Holding.ACCUMULATED: "accumulated debt",
    Holding.DEBT_1: "time debt 1",
    Holding.DEBT_2: "time debt 2",
    Holding.PAYMENT_DEBT: "payment debt",
    Holding.OTHER_MODE: "the balance of the other payment mode",
    Holding.STANDING: "standing charge",
    Holding.ENERGY: "energy",
    Holding.VENDED: "top-up",
    Holding.LENDER: "the lender",
    Holding.SUPPLIER: "the supplier",
}

_SAID = {
    "1.5 balance": "adjusted by the supplier (service 1.5)",
    "2.1 emergency limit": "the emergency credit limit was changed (service 2.1)",
    "2.3 debt": "adjusted by the supplier (service 2.3)",
    "2.4 contract": "set by a new contract (2.4)",
    "2.4 balance of each mode": "changed places with the balance of the other payment mode (2.4)",
    "2.6 E activation": "emergency credit activated (2.6 E2)",
    "2.6 E4 release": "emergency credit repaid and no longer selected (2.6 E4)",
    "2.6 refund code": "refunded by a code (2.6 G)",
}
"""What is said of a posting that neither a charge nor a top-up made, by its rule."""


class Step(NamedTuple):
    """One step of an account: from when to when, why, by how much it changed, and the postings behind it."""

    since: int
    until: int
    text: str
    by_mp: int
    postings: tuple[Posted, ...]
    settled: bool = True


class HalfHour(NamedTuple):
    """What a half hour of a stretch used and cost, by register; the first and last may be parts of one."""

    since: int
    until: int
    register: int
    energy_mwh: int
    cost_mp: int


def money_text(amount_mp: int) -> str:
    """Write an amount in pounds; thousandths of a penny only where there are any."""
    pounds, rest = divmod(abs(amount_mp), POUND_MP)
    pence, thousandths = divmod(rest, PENNY_MP)
    finer = f"{thousandths:03}" if thousandths else ""
    return f"{'-' if amount_mp < 0 else ''}£{pounds}.{pence:02}{finer}"


def explain(entries: Sequence[Entry], meter: Metered[Any], what: str = "balance", *, detail: bool = False) -> list[str]:
    """Say how a balance, emergency credit or the debts came to be what they are. Raises KeyError for anything else."""
    told: list[str] = []
    for holding in WHAT[what]:
        found = steps(entries, meter, holding)
        if what == "debt" and not found and not _now_mp(meter, holding):
            continue
        told += _section(meter, holding, found, detail=detail)
    return told or ["No debt, and none that the journal remembers."]


def steps(entries: Iterable[Entry], meter: Metered[Any], holding: Holding) -> list[Step]:
    """Give the steps of one account, oldest first; the last may be the stretch that is not settled yet."""
    made = []
    own = [entry for entry in entries if entry.device == meter.kind.name and isinstance(entry.what, Posted)]
    for at, group in groupby(own, key=lambda entry: entry.at):
        made += list(_steps_of([entry.what for entry in group if isinstance(entry.what, Posted)], holding, at))
    pending = charges.project(meter.site, meter.records, meter.now)[1]
    return made + [step._replace(settled=False) for step in _steps_of(pending, holding, meter.now)]


def _steps_of(postings: Sequence[Posted], holding: Holding, at: int) -> Iterator[Step]:
    """Make the steps of one moment: the postings of a top-up belong together, and so do those of one charge."""

    def kind(posted: Posted) -> str:
        if posted.source is Holding.VENDED:
            return "top-up"
        return posted.rule if posted.rule not in _SAID else f"{posted.rule}: {posted.source}, {posted.target}"

    for name, group in groupby(postings, key=kind):
        together = tuple(group)
        touching = [posted for posted in together if holding in {posted.source, posted.target}]
        if not touching and not (name == "top-up" and holding is Holding.BALANCE):
            continue
        by_mp = sum(posted.amount_mp * (1 if posted.target is holding else -1) for posted in touching)
        since = min(posted.since for posted in together)
        yield Step(since, at, _text(together, holding, by_mp), by_mp, together)


def _text(postings: tuple[Posted, ...], holding: Holding, by_mp: int) -> str:
    """Say why an account changed."""
    total_mp = sum(posted.amount_mp for posted in postings)
    first = postings[0]
    if first.rule in _SAID:
        return _SAID[first.rule]
    if first.source is Holding.VENDED:
        parts = [f"{money_text(part.amount_mp)} to {_NAMES[part.target]} ({_rule(part)})" for part in postings]
        return f"top-up of {money_text(total_mp)}: {', '.join(parts)}"
    if first.target is Holding.ENERGY:
        said = "used " + " + ".join(_line(line) for line in first.lines)
    elif first.target is Holding.STANDING:
        said = f"standing charge for {_times(first.times, 'day')}"
    else:
        said = f"{_NAMES[first.target]} recovered, {_times(first.times, 'payment')}"
    if first.source is Holding.ACCUMULATED:
        said += ", suspended and put on the accumulated debt"
    if total_mp != abs(by_mp):
        others = sorted({_NAMES[posted.source] for posted in postings if posted.source is not holding})
        said += f", {money_text(total_mp)} in all with {' and '.join(others)}"
    return f"{said} ({_rule(first)})"


def _rule(posted: Posted) -> str:
    """Give the number of the rule: 2.6 F1."""
    return " ".join(posted.rule.split(" ")[:2])


def _times(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _line(line: Line) -> str:
    """Write energy at one price: 12.345 kWh of register 1 at 24.500p."""
    block = f", block {line.block}" if line.block else ""
    kwh, rest = divmod(line.energy_mwh, 1_000_000)
    digits = f"{rest:06}"
    shown = digits[:3] if digits.endswith("000") else digits
    pence, thousandths = divmod(line.price_mp, PENNY_MP)
    return f"{kwh}.{shown} kWh of register {line.register}{block} at {pence}.{thousandths:03}p"


def _section(meter: Metered[Any], holding: Holding, found: list[Step], *, detail: bool) -> list[str]:
    now_mp = _now_mp(meter, holding)
    running = now_mp - sum(step.by_mp for step in found)
    name = _NAMES[holding][0].upper() + _NAMES[holding][1:]
    told = [
        f"{name} at {isoformat(meter.shown_time)}: {_stands(holding, now_mp)}.",
        f"  Opening: {_stands(holding, running)}.",
    ]
    for step in found:
        running += step.by_mp
        when = (
            isoformat(step.until) if step.since == step.until else f"{isoformat(step.since)} to {isoformat(step.until)}"
        )
        pending = "" if step.settled else ", not settled yet"
        told.append(
            f"  {when}: {step.text}{pending}: {_change(holding, step.by_mp)}, then {_stands(holding, running)}."
        )
        if detail and step.postings[0].target is Holding.ENERGY:
            told += [_half_hour_text(half) for half in half_hours(meter, step)]
    return told


def _now_mp(meter: Metered[Any], holding: Holding) -> int:
    return holdings(replace(meter.records, account=meter.account()))[holding]


def _stands(holding: Holding, amount_mp: int) -> str:
    """Say what stands in an account: a debt is told as what is owed."""
    if holding in _DEBTS:
        return f"{money_text(-amount_mp)} owed"
    if holding is Holding.BALANCE and amount_mp < 0:
        return f"{money_text(-amount_mp)} due"
    return f"{money_text(amount_mp)} in credit" if holding is Holding.BALANCE else money_text(amount_mp)


def _change(holding: Holding, by_mp: int) -> str:
    shown_mp = -by_mp if holding in _DEBTS else by_mp
    return f"+{money_text(shown_mp)}" if shown_mp >= 0 else money_text(shown_mp)


def _half_hour_text(half: HalfHour) -> str:
    energy = f"{half.energy_mwh // 1000}.{half.energy_mwh % 1000:03} Wh"
    return f"    {isoformat(half.since)}: {energy} on register {half.register}: {money_text(half.cost_mp)}"


def half_hours(meter: Metered[Any], step: Step) -> list[HalfHour]:
    """Give the half hours of a stretch of consumption that used anything; their costs add up to the step's.

    In blocks a register's energy is told from the first block on, as it was counted.
    """
    postings = [posted for posted in step.postings if posted.target is Holding.ENERGY]
    total_mp = sum(posted.amount_mp for posted in postings)
    lines = sorted(postings[0].lines, key=lambda line: (line.register, line.block))
    left = {(line.register, line.block): line.energy_mwh for line in lines}
    priced = sum(line.energy_mwh * line.price_mp for line in lines)
    # What was run up before the stretch and is less than a millipence takes part in its first whole one.
    run_up = max(0, total_mp * charges.MILLIONTHS - priced)
    made: list[HalfHour] = []
    site, records, since = meter.site, meter.records, postings[0].since
    while since < postings[0].until:
        until = min(postings[0].until, _half_hour_end(meter, since))
        for register, energy in enumerate(charges.heated(site, records, since, until), 1):
            before, rest = run_up // charges.MILLIONTHS, energy
            for line in lines:
                if line.register == register and rest:
                    part = min(rest, left[register, line.block])
                    left[register, line.block] -= part
                    rest -= part
                    run_up += part * line.price_mp
            if energy:
                made.append(HalfHour(since, until, register, energy, run_up // charges.MILLIONTHS - before))
        since = until
    return made


def _half_hour_end(meter: Metered[Any], at: int) -> int:
    """Give when the device clock's half hour ends that holds an instant."""
    run = next(run for run in reversed(meter.records.runs) if run.since <= at or run is meter.records.runs[0])
    offset: int = run.clock_offset_ms
    return (at + offset) // HALF_HOUR * HALF_HOUR + HALF_HOUR - offset
