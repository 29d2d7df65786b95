"""The device: applies commands and events to its records by its kind's tables, and writes the journal.

It knows no protocol, no file and no clock: time is an argument, and `next_due` says when it next acts unasked. What
kind of device it is (a meter, a hub, a display) is a value: which records, which rules, what is due.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from emulator.device.commands import COMMANDS, NOBODY, Command, Reason, Sender
from emulator.device.happenings import Happening
from emulator.device.household import Site
from emulator.device.journal import DeviceName, Entry, Journal
from emulator.device.step import Due, Event, Moment, Refused, Rule

STATE_VERSION = 2
JOURNAL_IN_MEMORY = 1_000
NEVER = 1 << 62
MOST_AT_ONCE = 100_000
"""How many events may fall due at one instant; more is an event that falls due again and again, a bug of ours."""
_LEAST_READABLE = 1

R = TypeVar("R", bound=msgspec.Struct)


class StateError(ValueError):
    """Stored state that this version cannot read."""


class EndlessError(RuntimeError):
    """A device that does not get on, because what is due at an instant is due there again; a bug of ours."""


class Outcome(NamedTuple):
    """What came of a command: taken or not, why not, and the journal's new entries."""

    accepted: bool
    reason: Reason | None
    detail: str
    entries: tuple[Entry, ...]


class Changes(NamedTuple):
    """What a store must keep: the new entries of the journal and the state after them."""

    entries: tuple[Entry, ...]
    state: bytes


class Kind(NamedTuple):
    """One kind of device, as tables.

    `log` gives the records with what happened written to the device's logs; `check` asserts what must hold between
    the records before, the records after and what happened; `awake` says whether the device can act at all;
    `upgrade` makes plain data of an older version into that of this one.
    """

    name: DeviceName
    records: Any
    delivered: Callable[[Site], Any]
    rules: Mapping[type, tuple[Rule, ...]]
    unasked: tuple[Callable[[Site, Any, int], Due | None], ...]
    log: Callable[[Any, tuple[Happening, ...], Moment], Any]
    check: Callable[[Any, Any, tuple[Happening, ...]], None]
    awake: Callable[[Any], bool]
    upgrade: Callable[[int, dict[str, Any]], dict[str, Any]] = lambda _, plain: plain


class _State(msgspec.Struct, frozen=True, array_like=True):
    version: int
    at: int
    seq: int
    records: msgspec.Raw


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_State)


class Device(Generic[R]):
    """One device and its present instant. `records` and the journal are values: read them, do not change them."""

    __slots__ = ("_book", "_saved_seq", "due", "kind", "now", "records", "site", "stored")

    def __init__(
        self, kind: Kind, site: Site, now: int, state: bytes | None = None, journal: Journal | None = None
    ) -> None:
        """Make a device of a site as it stands at an instant, from its stored state if it has one.

        Devices of one home share a journal; a device alone has its own. Raises StateError.
        """
        self.kind = kind
        self.site = site
        self.records: R = kind.delivered(site)
        self.now = min(site.installed_at, now)
        seq = 0
        if state is not None:
            self.records, self.now, seq = read_state(kind, state, self.records)
        self._book = Journal(seq) if journal is None else journal
        self._saved_seq = self._book.seq
        self.stored: R = self.records  # what a store was given last
        self.due = self._next(self.now)
        self.advance(max(now, self.now))

    @property
    def journal(self) -> list[Entry]:
        """The entries in memory, oldest first."""
        return self._book.entries

    def refit(self, site: Site) -> None:
        """Let the device be one of another site from now on: its profile changed, as a fault changes it.

        What that makes due now happens at once.
        """
        if site != self.site:
            self.site = site
            self.due = self._next(self.now)
            if self.due.at <= self.now:
                self.advance(self.now)

    def advance(self, now: int) -> None:
        """Move to an instant, through everything that falls due on the way. Raises ValueError for the past."""
        if now < self.now:
            raise ValueError(f"time runs forward: {now} is before {self.now}")
        at_once = 0
        while self.due.at <= now:
            due = self.due
            at_once = at_once + 1 if due.at <= self.now else 0
            if at_once > MOST_AT_ONCE:
                raise EndlessError(f"{self.kind.name}: {_named(due)} falls due again and again at {self.now}")
            self.now = max(due.at, self.now)
            if due.event is None:
                self.due = self._next(self.now)
            else:
                self._apply(due.event)
        self.now = now

    def next_due(self) -> int | None:
        """Say when the device next acts unasked, or None."""
        return None if self.due.at == NEVER else self.due.at

    def send(self, command: Command, sender: Sender, now: int | None = None) -> Outcome:
        """Carry out a command at an instant (the present one by default), or refuse it with a reason."""
        self.advance(self.now if now is None else now)
        if not sender & command.senders:
            return _refused(Reason.NOT_AUTHORISED, "not for this sender")
        if type(command) not in self.kind.rules:
            takes = f"this {self.kind.name} takes no {command.title}; allowed: {self._takes(sender)}"
            return _refused(Reason.NOT_APPLICABLE, takes)
        if not self.kind.awake(self.records):
            return _refused(Reason.UNREACHABLE, "the device has no power, or is broken")
        return self._at_once(self._apply(command, sender))

    def _takes(self, sender: Sender) -> str:
        """Name the commands that a sender may send here."""
        names = [kind.__name__ for kind in COMMANDS if kind in self.kind.rules and kind.senders & sender]
        return ", ".join(names) or "none"

    def note(self, event: Command | Event, now: int | None = None) -> Outcome:
        """Take in an event that a binding, another device or the world around caused, or what is set by hand."""
        self.advance(self.now if now is None else now)
        return self._at_once(self._apply(event))

    def _at_once(self, outcome: Outcome) -> Outcome:
        """Let what that made due by now happen too: all that waited for the power, for instance."""
        if self.due.at <= self.now:
            self.advance(self.now)
        return outcome

    def _apply(self, event: Command | Event, sender: Sender = NOBODY) -> Outcome:
        moment = Moment(self.site, self.now, sender)
        records: Any = self.records
        happened: tuple[Happening, ...] = ()
        for rule in self.kind.rules[type(event)]:
            step = rule(records, event, moment)
            if isinstance(step, Refused):
                told = step.happened if step.records is None else (*happened, *step.happened)
                before = self.records if step.records is None else step.records
                entries = self._record(before, told, moment) if told or step.records is not None else ()
                return Outcome(accepted=False, reason=step.reason, detail=step.detail, entries=entries)
            records, more = step
            happened += more
        return Outcome(accepted=True, reason=None, detail="", entries=self._record(records, happened, moment))

    def _record(self, records: R, happened: tuple[Happening, ...], moment: Moment) -> tuple[Entry, ...]:
        self.kind.check(self.records, records, happened)
        self.records = self.kind.log(records, happened, moment)
        entries = self._book.append(self.kind.name, self.now, happened)
        self.due = self._next(self.now)
        return entries

    def _next(self, now: int) -> Due:
        if not self.kind.awake(self.records):
            return Due(NEVER, None)
        dues = [due for act in self.kind.unasked if (due := act(self.site, self.records, now)) is not None]
        return min(dues, key=lambda due: due.at, default=Due(NEVER, None))

    # What a store keeps.

    @property
    def seq(self) -> int:
        """The number of the journal's newest entry; 0 before the first."""
        return self._book.seq

    @property
    def changed(self) -> bool:
        """Whether there is something that no store has been given yet."""
        return self.records is not self.stored

    def saved(self) -> None:
        """Take note that a store was given all there is."""
        self.stored = self.records

    def take_changes(self) -> Changes:
        """Hand over what changed since the last call: the entries of a device alone, and its state."""
        fresh = self._book.since(self._saved_seq)
        self._saved_seq = self._book.seq
        self.saved()
        self._book.forget(JOURNAL_IN_MEMORY)
        return Changes(fresh, self.state())

    def state(self) -> bytes:
        """Write the whole state, versioned."""
        plain = msgspec.Raw(_ENCODER.encode(self.records))
        return _ENCODER.encode(_State(STATE_VERSION, self.now, self._book.seq, plain))


def _named(due: Due) -> str:
    return "a look at what is due" if due.event is None else type(due.event).__name__


def _refused(reason: Reason, detail: str) -> Outcome:
    return Outcome(accepted=False, reason=reason, detail=detail, entries=())


def read_state(kind: Kind, state: bytes, delivered: Any) -> tuple[Any, int, int]:
    """Read state of this version or of an older one: what is new since stands as delivered."""
    try:
        kept = _DECODER.decode(state)
        if not _LEAST_READABLE <= kept.version <= STATE_VERSION:
            raise StateError(f"state of version {kept.version}; this is version {STATE_VERSION}")
        if kept.version == STATE_VERSION:
            return msgspec.msgpack.decode(kept.records, type=kind.records), kept.at, kept.seq
        plain = kind.upgrade(kept.version, msgspec.msgpack.decode(kept.records, type=dict[str, Any]))
        whole = {**msgspec.msgpack.decode(_ENCODER.encode(delivered)), **plain}
        return msgspec.msgpack.decode(_ENCODER.encode(whole), type=kind.records), kept.at, kept.seq
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StateError(f"unreadable state: {error}") from error
