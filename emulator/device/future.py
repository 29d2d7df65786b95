"""Future-dated commands: a command with a time of its own waits in the meter until then (functional reference 5.4)."""

from dataclasses import replace as replaced
from typing import Any

import msgspec

from emulator.device import commands
from emulator.device.commands import Reason
from emulator.device.happenings import FutureActioned, FutureCancelled, FutureHeld, FutureNotActioned, Happening
from emulator.device.household import Site
from emulator.device.instant import LAST, instant
from emulator.device.records import MeterRecords, Pending
from emulator.device.step import Due, Event, Moment, Refused, Rule, Step, replace

CANCEL_AT = instant(3000, 12, 31)
"""An execution time that stands for none: it cancels what is pending (functional reference 5.4, rule 2)."""

_ENCODER = msgspec.msgpack.Encoder()


class FutureDue(Event, frozen=True):
    """A held command's time has come."""

    name: str


def dated(*chain: Rule) -> Rule:
    """Make the rules of a command that may carry a time `at`: now and past act at once, later ones are held.

    A command that would be refused now is refused whole; only the newest of a kind is held.
    """

    def rule(records: MeterRecords, command: Any, moment: Moment) -> Step:
        name = type(command).__name__
        others = tuple(pending for pending in records.pending if pending.name != name)
        if command.at == CANCEL_AT:
            return replace(records, pending=others), (FutureCancelled(name),)
        step = in_turn(chain, records, replace(command, at=None), moment)
        if isinstance(step, Refused) or command.at is None or command.at <= moment.at + records.clock.offset_ms:
            return step
        if command.at > LAST:
            return Refused(Reason.INVALID_VALUE, "an execution time lies before the year 10000")
        held = Pending(name, command.at, _ENCODER.encode(replace(command, at=None)))
        return replace(records, pending=(*others, held)), (FutureHeld(name, command.at),)

    return rule


def in_turn(chain: tuple[Rule, ...], records: Any, event: Any, moment: Moment) -> Step:
    """Run rules one after another; the first refusal ends it."""
    happened: tuple[Happening, ...] = ()
    for rule in chain:
        step = rule(records, event, moment)
        if isinstance(step, Refused):
            return step if step.records is None else replaced(step, happened=(*happened, *step.happened))
        records, more = step
        happened += more
    return records, happened


def due(_: Site, records: MeterRecords, now: int) -> Due | None:
    """Say when the first held command is to act; one that the clock has passed, or missed without power, at once."""
    if not records.pending or not records.clock.valid:
        return None
    first = min(records.pending, key=lambda pending: pending.at)
    return Due(max(now, first.at - records.clock.offset_ms), FutureDue(first.name))


def performing(rules: dict[type, tuple[Rule, ...]]) -> Rule:
    """Make the rule that carries out a held command by a meter's own table; whether it worked is told."""

    def perform(records: MeterRecords, event: FutureDue, moment: Moment) -> Step:
        held = next(pending for pending in records.pending if pending.name == event.name)
        kind = getattr(commands, held.name)
        rest = replace(records, pending=tuple(pending for pending in records.pending if pending is not held))
        step = in_turn(rules[kind], rest, msgspec.msgpack.decode(held.fields, type=kind), moment)
        if isinstance(step, Refused):
            return rest, (FutureNotActioned(event.name, step.detail),)
        done, happened = step
        return done, (*happened, FutureActioned(event.name))

    return perform
