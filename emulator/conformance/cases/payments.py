"""The logs of top-ups and of what they paid of a debt: 4.4.5 and 4.4.4 (functional reference 2.6 F, 2.9)."""

from typing import Any, Final

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Group, Home
from emulator.conformance.cases.debts import debts, gas_debts
from emulator.conformance.counted import stamps
from emulator.conformance.short import at_each, same
from emulator.conformance.stage import Stage
from emulator.device.instant import DAY, MINUTE, SECOND, isoformat
from emulator.services.row import Target

SHEET: Final = "functional reference 2.6 F, 2.9 and 10.7 (2.2, 4.4); service requests, section 3"
BOTH: Final = (Target.E, Target.G)
POUND_MP: Final = 100_000
NAMES: Final = {"4.4.4": "PaymentBasedDebtRepayment", "4.4.5": "PrepaymentCredits"}
SHARE: Final = 1_000  # ten percent, in hundredths
Entries = list[dict[str, Any]]


async def read(stage: Stage, variant: str, device: str, start: int, end: int) -> Entries:
    """Read what a log has between two instants. Raises Failed."""
    body = stage.done(await stage.ask(variant, doc.period(start, end), device=device)).body
    return list(body.get(NAMES[variant], ()))


async def pay(stage: Stage, device: str, *amounts: int) -> list[tuple[int, int]]:
    """Top up, a minute apart; give between which instants each was taken. Raises Failed."""
    taken = []
    for amount in amounts:
        since = stage.now
        stage.done(await stage.ask("2.2", {"UTRN": stage.vend(amount, device)}, device=device))
        taken.append((since, stage.now))
        await stage.advance(MINUTE)
    return taken


async def owe(stage: Stage, device: str, payment: int) -> None:
    """Put a payment debt on, of which ten percent of each top-up are taken. Raises Failed."""
    body = debts(payment=payment, share=SHARE, rate=0) if device == "esme" else gas_debts(payment=payment, share=SHARE)
    stage.done(await stage.ask("2.3", body, device=device))


async def _credits(stage: Stage, device: str) -> None:
    start = stage.now
    taken = await pay(stage, device, 3 * POUND_MP, 12 * POUND_MP, 7_000)
    told = await read(stage, "4.4.5", device, start, stage.now)
    same(stage, "the amounts in mp, oldest first", [one["Amount"] for one in told], [300_000, 1_200_000, 7_000])
    for at, (since, until) in zip(stamps(told), taken, strict=True):
        stage.expect(since <= at <= until, "each has the stamp of when it was taken", isoformat(at))


async def _newest_credits(stage: Stage, device: str) -> None:
    kept = stage.profile.prepayment.credits_kept
    amounts = [POUND_MP + 1_000 * place for place in range(kept + 2)]
    await pay(stage, device, *amounts)
    told = await read(stage, "4.4.5", device, 0, stage.now + DAY)
    same(stage, f"the newest {kept}, oldest first", [one["Amount"] for one in told], amounts[-kept:])


async def _credit_edges(stage: Stage, device: str) -> None:
    await pay(stage, device, POUND_MP, 2 * POUND_MP)
    one, two = stamps(await read(stage, "4.4.5", device, 0, stage.now))
    for start, end, wanted in (
        (one - one % SECOND, one + SECOND, [one]),
        (one - SECOND, two + SECOND, [one, two]),
        (one + SECOND, two - SECOND, []),
        (two - SECOND, stage.now + DAY, [two]),
    ):
        told = stamps(await read(stage, "4.4.5", device, start, end))
        stage.expect(told == wanted, f"from {isoformat(start)} to {isoformat(end)} there is {wanted}", told)


async def _no_credits(stage: Stage, device: str) -> None:
    good = stage.vend(POUND_MP, device)
    bad = f"{good[:-1]}{(int(good[-1]) + 1) % 10}"
    stage.refused(await stage.ask("2.2", {"UTRN": bad}, device=device))
    told = await read(stage, "4.4.5", device, 0, stage.now + DAY)
    stage.expect(not told, "a code that was refused is no credit", told)
    stage.done(await stage.ask("2.2", {"UTRN": good}, device=device))
    stage.refused(await stage.ask("2.2", {"UTRN": good}, device=device))
    told = await read(stage, "4.4.5", device, 0, stage.now + DAY)
    stage.expect(len(told) == 1, "a code is credited once", told)


async def _repaid(stage: Stage, device: str) -> None:
    start = stage.now
    await owe(stage, device, 5 * POUND_MP)
    taken = await pay(stage, device, 20 * POUND_MP, 10 * POUND_MP)
    told = await read(stage, "4.4.4", device, start, stage.now)
    same(stage, "ten percent each, in mp, oldest first", [one["Amount"] for one in told], [2 * POUND_MP, POUND_MP])
    for at, (since, until) in zip(stamps(told), taken, strict=True):
        stage.expect(since <= at <= until, "each has the stamp of its top-up", isoformat(at))
    left = stage.truth("payment_debt_mp", device)
    stage.expect(left == 2 * POUND_MP, "what is told was taken off the debt", left)
    credited = [one["Amount"] for one in await read(stage, "4.4.5", device, start, stage.now)]
    same(stage, "credits are told whole", credited, [20 * POUND_MP, 10 * POUND_MP])


async def _newest_repaid(stage: Stage, device: str) -> None:
    kept = stage.profile.prepayment.payments_kept
    await owe(stage, device, 50 * POUND_MP)
    amounts = [POUND_MP + 1_000 * place for place in range(kept + 2)]
    await pay(stage, device, *amounts)
    told = await read(stage, "4.4.4", device, 0, stage.now + DAY)
    wanted = [amount // 10 for amount in amounts[-kept:]]
    same(stage, f"the newest {kept}, oldest first", [one["Amount"] for one in told], wanted)


async def _nothing_owed(stage: Stage, device: str) -> None:
    await pay(stage, device, POUND_MP)
    told = await read(stage, "4.4.4", device, 0, stage.now + DAY)
    stage.expect(not told, "a top-up without a debt pays none", told)


async def _not_for_debt(stage: Stage, device: str) -> None:
    await owe(stage, device, 5 * POUND_MP)
    stage.refused(await stage.ask("2.2", {"UTRN": "0" * 20}, device=device))
    told = await read(stage, "4.4.4", device, 0, stage.now + DAY)
    stage.expect(not told, "a code that was refused pays no debt", told)
    left = stage.truth("payment_debt_mp", device)
    stage.expect(left == 5 * POUND_MP, "the debt stays", left)


def _each(name: str, says: str, act: Any, *needs: str, **more: Any) -> list[Case]:
    home = Home(payment="prepayment", balance_mp=500_000)
    group = more.pop("group", Group.PREPAYMENT)
    targets = more.pop("targets", BOTH)
    return at_each(name, says, act, *targets, clause=SHEET, needs=needs, home=home, group=group, **more)


CASES: tuple[Case, ...] = (
    *_each("4.4.5/credits-in-millipence", "top-ups are told, oldest first", _credits, "2.2", group=Group.HAPPY),
    *_each("4.4.5/newest-kept", "of more than 5 the newest are kept", _newest_credits, "2.2", targets=(Target.E,)),
    *_each("4.4.5/both-ends-included", "a period has what lies in it, and no more", _credit_edges, "2.2"),
    *_each("4.4.5/refused-is-no-credit", "a refused code is not told", _no_credits, "2.2", negative=True),
    *_each(
        "4.4.4/payments-in-millipence",
        "what of top-ups paid the debt is told",
        _repaid,
        "2.2",
        "2.3",
        "4.4.5",
        group=Group.HAPPY,
    ),
    *_each(
        "4.4.4/newest-kept", "of more than 10 the newest are kept", _newest_repaid, "2.2", "2.3", targets=(Target.E,)
    ),
    *_each("4.4.4/nothing-owed", "without a debt nothing is told", _nothing_owed, "2.2", negative=True),
    *_each("4.4.4/refused-pays-nothing", "a refused code pays no debt", _not_for_debt, "2.2", "2.3", negative=True),
)
