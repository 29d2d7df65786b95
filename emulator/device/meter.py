"""The meter: applies commands and events, keeps the journal, and is read at its present instant.

It knows no protocol, no file and no clock: time is an argument, and `next_due` says when it next acts unasked.
"""

from typing import NamedTuple

import msgspec

from emulator.device import clock, journal
from emulator.device.calendar import BillingCalendar, SwitchingTable
from emulator.device.commands import Command, Reason, Sender
from emulator.device.household import Channel, Site
from emulator.device.instant import HALF_HOUR
from emulator.device.journal import Entry, Happening
from emulator.device.logs import logged
from emulator.device.metering import RunningTotal, registers_at, tou_between
from emulator.device.profile import POLICIES
from emulator.device.records import (
    Billing,
    Clock,
    Credentials,
    LoadLimit,
    Logs,
    Records,
    Registers,
    Run,
    Supply,
    Switch,
    Tariff,
    Thresholds,
)
from emulator.device.rules import RULES, UNASKED
from emulator.device.step import Due, Event, Moment, Refused, replace

STATE_VERSION = 1
JOURNAL_IN_MEMORY = 1_000
_NEVER = 1 << 62


class StateError(ValueError):
    """Stored state that this version cannot read."""


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


class _State(msgspec.Struct, frozen=True, array_like=True):
    version: int
    at: int
    seq: int
    records: Records


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_State)


def delivered(site: Site) -> Records:
    """Give the records of a meter as it was installed, from its profile's defaults and its site."""
    profile, home = site.profile, site.household
    opening = Registers(
        import_mwh=home.opening_import_wh * 1000,
        export_mwh=home.opening_export_wh * 1000,
        tou_mwh=(home.opening_import_wh * 1000,) + (0,) * (profile.metering.tou_registers - 1),
    )
    table = standard_table(site)
    power = profile.power
    return Records(
        supply=Supply(),
        clock=Clock(),
        runs=(Run(site.installed_at, supplied=True, clock_offset_ms=0, table=0, base=opening),),
        tariff=Tariff((table,), table),
        billing=Billing(BillingCalendar(), site.installed_at),
        logs=Logs(),
        thresholds=Thresholds(power.low_medium_w, power.medium_high_w, site.installed_at),
        load_limit=LoadLimit(
            power.load_limit_w,
            power.load_limit_period_s,
            power.load_limit_restoration_s,
            power.load_limit_disables,
            watching_since=site.installed_at,
        ),
        credentials=Credentials(
            encryption_key=site.secret("encryption key"),
            authentication_key=site.secret("authentication key"),
            master_key=site.secret("master key"),
            policy=POLICIES[profile.associations.management.policy],
        ),
    )


def standard_table(site: Site) -> SwitchingTable:
    """Give the switching table a home is delivered with: one rate, or night and day for an economy-7 home."""
    split = site.household.shape == "economy-7" and site.profile.metering.tou_registers > 1
    return _ECONOMY_7 if split else SwitchingTable()


_ECONOMY_7 = msgspec.convert(
    {
        "name": "economy-7",
        "days": [
            {
                "id": 1,
                "switches": [{"minute": 0, "rate": 2}, {"minute": 30, "rate": 1}, {"minute": 450, "rate": 2}],
            }
        ],
    },
    SwitchingTable,
)


class Meter:
    """One meter and its present instant. `records` and `journal` are values: read them, do not change them."""

    __slots__ = (
        "_due",
        "_saved_seq",
        "_seq",
        "_stored",
        "_totals",
        "_tou",
        "journal",
        "now",
        "records",
        "site",
    )

    def __init__(self, site: Site, now: int, state: bytes | None = None) -> None:
        """Make the meter of a site as it stands at an instant, from its stored state if it has one."""
        self.site = site
        self.journal: list[Entry] = []
        self._seq = 0
        self.records = delivered(site)
        self.now = min(site.installed_at, now)
        if state is not None:
            kept = _read_state(state)
            self.records, self.now, self._seq = kept.records, kept.at, kept.seq
        self._saved_seq = self._seq
        self._stored: Records = self.records
        self._totals: dict[Channel, RunningTotal] = {}
        self._tou: tuple[int, tuple[int, ...]] | None = None
        self._due = self._next(self.now)
        self.advance(max(now, self.now))

    def advance(self, now: int) -> None:
        """Move to an instant, through everything that falls due on the way. Raises ValueError for the past."""
        if now < self.now:
            raise ValueError(f"time runs forward: {now} is before {self.now}")
        while self._due.at <= now:
            due = self._due
            self.now = max(due.at, self.now)
            if due.event is None:
                self._due = self._next(self.now)
            else:
                self._apply(due.event)
        self.now = now

    def next_due(self) -> int | None:
        """Say when the meter next acts unasked, or None."""
        return None if self._due.at == _NEVER else self._due.at

    def send(self, command: Command, sender: Sender, now: int | None = None) -> Outcome:
        """Carry out a command at an instant (the present one by default), or refuse it with a reason."""
        self.advance(self.now if now is None else now)
        if not sender & command.senders:
            return Outcome(accepted=False, reason=Reason.NOT_AUTHORISED, detail="not for this sender", entries=())
        return self._apply(command)

    def note(self, event: Event, now: int | None = None) -> Outcome:
        """Take in an event that a binding observed."""
        self.advance(self.now if now is None else now)
        return self._apply(event)

    def _apply(self, event: Command | Event) -> Outcome:
        moment = Moment(self.site, self.now)
        records = self.records
        happened: tuple[Happening, ...] = ()
        for rule in RULES[type(event)]:
            step = rule(records, event, moment)
            if isinstance(step, Refused):
                entries = self._record(self.records, step.happened) if step.happened else ()
                return Outcome(accepted=False, reason=step.reason, detail=step.detail, entries=entries)
            records, more = step
            happened += more
        return Outcome(accepted=True, reason=None, detail="", entries=self._record(records, happened))

    def _record(self, records: Records, happened: tuple[Happening, ...]) -> tuple[Entry, ...]:
        logs = logged(records.logs, happened, clock.device_time(records, self.now), self.site.profile.logs)
        if logs is not records.logs:
            records = replace(records, logs=logs)
        if records.runs is not self.records.runs:
            self._totals, self._tou = {}, None
        self.records = records
        entries = journal.numbered(happened, self._seq + 1, self.now)
        self._seq += len(entries)
        self.journal.extend(entries)
        self._due = self._next(self.now)
        return entries

    def _next(self, now: int) -> Due:
        dues = [due for act in UNASKED if (due := act(self.site, self.records, now)) is not None]
        return min(dues, key=lambda due: due.at, default=Due(_NEVER, None))

    # What a store keeps.

    @property
    def seq(self) -> int:
        """The number of the journal's newest entry; 0 before the first."""
        return self._seq

    @property
    def changed(self) -> bool:
        """Whether there is something that no store has been given yet."""
        return self.records is not self._stored

    def take_changes(self) -> Changes:
        """Hand over what changed since the last call."""
        count = self._seq - self._saved_seq
        fresh = tuple(self.journal[len(self.journal) - count :])
        self._saved_seq, self._stored = self._seq, self.records
        del self.journal[:-JOURNAL_IN_MEMORY]
        return Changes(fresh, self.state())

    def state(self) -> bytes:
        """Write the whole state, versioned."""
        return _ENCODER.encode(_State(STATE_VERSION, self.now, self._seq, self.records))

    # What a reader reads, at the present instant.

    @property
    def shown_time(self) -> int:
        """What the device clock shows."""
        return self.now + self.records.clock.offset_ms

    def total_mwh(self, channel: Channel) -> int:
        """Read a total register."""
        return self._total(channel).read(self.now)

    def power_mw(self, channel: Channel) -> int:
        """Read a power, over the present minute."""
        return self._total(channel).power_mw(self.now)

    def tou_mwh(self) -> tuple[int, ...]:
        """Read the TOU register matrix."""
        base_at = max(self.now // HALF_HOUR * HALF_HOUR, self.records.runs[-1].since)
        if self._tou is None or self._tou[0] != base_at:
            held = registers_at(self.site, self.records, base_at).tou_mwh
            self._tou = (base_at, held)
        run = self.records.runs[-1]
        if not run.supplied:
            return self._tou[1]
        table = self.records.tariff.tables[run.table]
        load = self.site.load(Channel.IMPORT)
        since = tou_between(load, table, run.clock_offset_ms, base_at, self.now, len(self._tou[1]))
        return tuple(held + more for held, more in zip(self._tou[1], since, strict=True))

    @property
    def supplied(self) -> bool:
        """Whether the load switch is closed."""
        return self.records.supply.switch is Switch.ENABLED

    def _total(self, channel: Channel) -> RunningTotal:
        total = self._totals.get(channel)
        if total is None:
            total = self._totals[channel] = RunningTotal(self.site, self.records.runs[-1], channel)
        return total


def _read_state(state: bytes) -> _State:
    try:
        kept = _DECODER.decode(state)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StateError(f"unreadable state: {error}") from error
    if kept.version != STATE_VERSION:
        raise StateError(f"state of version {kept.version}; this is version {STATE_VERSION}")
    return kept


def entries_from_store(rows: list[tuple[int, int, bytes]]) -> list[Entry]:
    """Read journal entries back from a store's rows (sequence, instant, entry)."""
    return [journal.decode(row[2]) for row in rows]
