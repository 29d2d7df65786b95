"""Commands for a gas meter: the hub holds them until it wakes, and tells then what became of each (reference 3.8).

Success of a write at the gas meter's mirror is no more than *queued*. So an errand hands its commands over, goes apart
so that others may use the home's session, comes back after the wakes, and reads the outcomes at the hub. What still
waits after a day ends with E21, and may be done later all the same (service requests, 8.1).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emulator.adapter import trying, waking
from emulator.adapter.trying import Call, Pause, StepError
from emulator.device.commands import Command
from emulator.device.instant import DAY, SECOND
from emulator.device.instant import parse as parse_instant
from emulator.headend import HeadEnd
from emulator.services.codes import Why

if TYPE_CHECKING:
    from emulator.adapter.errand import Errand

LONGEST_MS: Final = DAY
AFTER_WAKE_MS: Final = 2 * SECOND
REASONS: Final = {
    "malformed": Why.INVALID_VALUE,
    "not_applicable": Why.NOT_SUPPORTED,
    "unreachable": Why.TIMEOUT,
}
"""What a meter's own reasons are called here, where that is something else."""


class HandedOver(NamedTuple):
    """A command that waits at the hub: its step, and its numbers there; more than one if its wire takes more writes."""

    position: int
    title: str
    numbers: frozenset[int]


async def carried_out(errand: "Errand", commands: Sequence[Command], device: str) -> None:
    """Hand commands over and wait until the gas meter has judged them all. Raises StepError, of the first that failed.

    They wait together and are judged at one wake, each by itself: what follows a refused one may have been done.
    """
    sent: list[HandedOver] = []
    failed: StepError | None = None
    for command in commands:
        newest = max((row["number"] for rows in await _looked(errand) for row in rows), default=0)
        try:
            await errand.hand_over(command, device)
        except StepError as error:
            failed = error
            break
        numbers = {row["number"] for rows in await _looked(errand) for row in rows if row["number"] > newest}
        sent.append(HandedOver(errand.position, command.title, frozenset(numbers)))
    if sent:
        await _judged(errand, sent, device)
    if failed is not None:
        raise failed


async def _judged(errand: "Errand", sent: Sequence[HandedOver], device: str) -> None:
    """Wait for the outcomes. Raises StepError."""
    end = errand.now + LONGEST_MS
    step_ms = _interval_ms(errand)
    at = min(end, await _next_wake(errand, device) + AFTER_WAKE_MS)
    while True:
        async with errand.apart():
            await errand.adapter.until(at)
        try:
            waiting, ended = await _looked(errand)
        except StepError as error:
            if errand.now >= end:
                raise StepError(Why.TIMEOUT, sent[0].position, f"{sent[0].title}: {error.detail}") from error
        else:
            outcomes = {row["number"]: row for row in ended}
            still = {row["number"] for row in waiting}
            for one in sent:
                _hold(one, outcomes)
            if not any(one.numbers & still for one in sent):
                return _known(sent, outcomes)
        if errand.now >= end:
            waits = next((one for one in sent if not one.numbers <= outcomes.keys()), sent[0])
            told = "still waits for the gas meter after a day, and may be done later"
            raise StepError(Why.TIMEOUT, waits.position, f"{waits.title} {told}")
        at = min(end, at + step_ms)
        step_ms = 2 * step_ms if waking.sleeps(errand.profile) else step_ms


def _hold(one: HandedOver, outcomes: dict[int, dict[str, Any]]) -> None:
    """Raise StepError for a command that the gas meter refused."""
    for number in sorted(one.numbers & outcomes.keys()):
        row = outcomes[number]
        if row["reason"]:
            why = REASONS.get(row["reason"]) or Why(row["reason"])
            raise StepError(why, one.position, f"{one.title}: {row['detail'] or row['reason']}")


def _known(sent: Sequence[HandedOver], outcomes: dict[int, dict[str, Any]]) -> None:
    """Raise StepError for a command of which nothing is known any more: its hub forgot it."""
    for one in sent:
        if not one.numbers <= outcomes.keys():
            raise StepError(Why.TIMEOUT, one.position, f"{one.title}: the hub no longer knows what became of it")


async def _looked(errand: "Errand") -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Read at the hub what waits and what became of the rest; this is no step of the service's own."""

    async def look(head_end: HeadEnd, _: Pause) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        return await head_end.read("queued_commands"), await head_end.read("queue_results")

    waiting, ended = await trying.tried(errand, Call("read the hub's queue", errand.home, "reader", look))
    return waiting, ended


async def _next_wake(errand: "Errand", device: str) -> int:
    async def look(head_end: HeadEnd, _: Pause) -> str | None:
        told: str | None = await head_end.read("next_wake")
        return told

    try:
        told = await trying.tried(errand, Call("read next wake", device or errand.entry.way_id, "reader", look))
    except StepError:
        told = None  # a mirror that never stood: the next half hour is as good a guess
    soonest = errand.now + _interval_ms(errand)
    return soonest if told is None else min(max(parse_instant(told), errand.now), soonest)


def _interval_ms(errand: "Errand") -> int:
    gas = errand.profile.gas_device
    return (1_800 if gas is None else gas.wake_interval_s) * SECOND
