"""Commands for the gas meter that sleeps: the hub holds them until it wakes and asks (functional reference 3.8).

The hub does not know when that is: a coupling tells it the next wake. Of a command the journal has the name only.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from emulator.device import commands
from emulator.device.commands import Command, Reason, Sender
from emulator.device.future import in_turn
from emulator.device.happenings import CommandFetched, CommandQueued, QueuedCommandDone, QueuedCommandRefused
from emulator.device.household import Site
from emulator.device.hub import han
from emulator.device.hub.hub_records import Ended, HubRecords, Queued
from emulator.device.step import Due, Event, Moment, Refused, Rule, Step, replace

MOST_ENDED = 100  # as many as the longest queue that a profile may have
_ENCODER = msgspec.msgpack.Encoder()
_KINDS: dict[str, type[Command]] = {kind.__name__: kind for kind in commands.COMMANDS}
_TIMES: dict[str, type[commands.SetClock | commands.Commission]] = {
    kind.__name__: kind for kind in (commands.SetClock, commands.Commission)
}


class QueueForGas(Event, frozen=True):
    """A command is to wait for the gas meter: its class name, its fields as octets, and its sender's flags."""

    name: str
    fields: bytes
    sender: int


class GasWakesNext(Event, frozen=True):
    """The gas meter's next wake will be at this instant; None is none ahead."""

    at: int | None


class GasWakes(Event, frozen=True):
    """The gas meter wakes now, and something waits for it."""


class HandedOver(Event, frozen=True):
    """The commands that the gas meter fetched have reached it."""


class CommandEnded(Event, frozen=True):
    """The gas meter told the hub what became of a command; no reason is that it was done."""

    number: int
    name: str
    reason: str = ""
    detail: str = ""


class CarryOut(Event, frozen=True):
    """A command reaches the gas meter from the hub's queue; so many remain there."""

    number: int
    name: str
    fields: bytes
    sender: int
    remaining: int


def queued(command: Command, sender: Sender) -> QueueForGas:
    """Make the event that has a command wait for the gas meter."""
    return QueueForGas(type(command).__name__, _ENCODER.encode(command), sender.value)


def queue_for_gas(records: HubRecords, event: QueueForGas, moment: Moment) -> Step:
    """Let a command wait, in order; refuse it if the queue is full or there is nobody to fetch it."""
    if not records.power.on or han.row_of(records.area, han.GAS) is None:
        return Refused(Reason.UNREACHABLE, "no gas meter has joined this hub")
    most, queue = moment.site.profile.han.queued_commands, records.queue
    if len(queue.waiting) >= most:
        return Refused(Reason.LIMIT_EXCEEDED, f"{most} commands wait for the gas meter already")
    number = queue.total + 1
    waiting = (*queue.waiting, Queued(number, event.name, event.fields, event.sender, moment.at))
    held = replace(queue, waiting=waiting, total=number)
    return replace(records, queue=held), (CommandQueued(number, event.name, len(waiting)),)


def expect(records: HubRecords, event: GasWakesNext, _: Moment) -> Step:
    """Remember the next wake; one that has not come yet is no reason to forget that something waits."""
    return replace(records, queue=replace(records.queue, wake_at=event.at)), ()


def hand_out(records: HubRecords, _: GasWakes, __: Moment) -> Step:
    """Let the gas meter fetch all that waits, oldest first, and the network key if it is new."""
    records = han.hand_key(records, han.GAS)
    queue = records.queue
    fetched = replace(queue, waiting=(), fetched=(*queue.fetched, *queue.waiting), wake_at=None)
    last = len(queue.waiting) - 1
    told = tuple(CommandFetched(one.number, one.name, last - place) for place, one in enumerate(queue.waiting))
    return replace(records, queue=fetched), told


def fields_at(one: Queued, at: int) -> bytes:
    """Give a command's fields as they are at the wake: a time has gone on since, and the hub, which keeps it, says so.

    *assumed*: no make's is public; a time as old as the wait would put every gas clock wrong (service 6.11, 10.7).
    """
    kind = _TIMES.get(one.name)
    if kind is None:
        return one.fields
    command = msgspec.msgpack.decode(one.fields, type=kind)
    return _ENCODER.encode(replace(command, to=command.to + at - one.queued_at))


def forget(records: HubRecords, _: HandedOver, __: Moment) -> Step:
    """Forget the oldest command that the gas meter fetched."""
    return replace(records, queue=replace(records.queue, fetched=records.queue.fetched[1:])), ()


def remember(records: HubRecords, event: CommandEnded, moment: Moment) -> Step:
    """Remember what became of a command, for the head end that queued it (*assumed*: no make's is public)."""
    one = Ended(event.number, event.name, event.reason, event.detail, moment.at)
    return replace(records, queue=replace(records.queue, ended=(*records.queue.ended, one)[-MOST_ENDED:])), ()


def due(_: Site, records: HubRecords, now: int) -> Due | None:
    """Say when the gas meter next wakes, if something waits for it and it is heard."""
    waits = bool(records.queue.waiting) or han.key_waits(records.area)
    if not waits or records.queue.wake_at is None or not records.mirror.up:
        return None
    return Due(max(now, records.queue.wake_at), GasWakes())


def carrying(rules: Mapping[type, tuple[Rule, ...]]) -> Rule:
    """Make the rule by which a gas meter carries out a command from the queue; whether it worked is told.

    It is judged as any command is, by the table of the meter: its sender, its rules, the meter's state at the wake.
    """

    def carry_out(records: Any, event: CarryOut, moment: Moment) -> Step:
        step = _judged(rules, records, event, moment)
        number, name, remaining = event.number, event.name, event.remaining
        if isinstance(step, Refused):
            refused = QueuedCommandRefused(number, name, remaining, step.reason, step.detail)
            return records if step.records is None else step.records, (*step.happened, refused)
        done, happened = step
        return done, (*happened, QueuedCommandDone(number, name, remaining))

    return carry_out


def _judged(rules: Mapping[type, tuple[Rule, ...]], records: Any, event: CarryOut, moment: Moment) -> Step:
    sender, kind = Sender(event.sender), _KINDS.get(event.name)
    if kind is None or kind not in rules:
        return Refused(Reason.NOT_APPLICABLE, "not for a gas meter")
    if not sender & kind.senders:
        return Refused(Reason.NOT_AUTHORISED, "not for this sender")
    if not records.power.on:
        return Refused(Reason.UNREACHABLE, "the device has no power")
    command = msgspec.msgpack.decode(event.fields, type=kind)
    return in_turn(rules[kind], records, command, Moment(moment.site, moment.at, sender))
