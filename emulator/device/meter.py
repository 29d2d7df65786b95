"""The meters: devices that count, read at their present instant."""

from typing import Any, TypeVar

from emulator.device import clock, delivered, journal
from emulator.device.device import JOURNAL_IN_MEMORY, STATE_VERSION, Changes, Device, Kind, Outcome, StateError
from emulator.device.gas.open_end import load_of
from emulator.device.given_out import log_stamp, rolled
from emulator.device.happenings import Happening
from emulator.device.household import Channel, Site
from emulator.device.instant import HALF_HOUR
from emulator.device.journal import DeviceName, Entry, Journal
from emulator.device.logs import logged
from emulator.device.metering import RunningTotal, registers_at, tou_between
from emulator.device.money import charges, ledger
from emulator.device.money.account_records import Account
from emulator.device.records import MeterRecords, Records, Switch
from emulator.device.rules import ELECTRICITY_RULES, ELECTRICITY_UNASKED
from emulator.device.step import Moment, replace

__all__ = ["JOURNAL_IN_MEMORY", "STATE_VERSION", "Changes", "Meter", "Metered", "Outcome", "StateError"]

M = TypeVar("M", bound=MeterRecords)


def log_of_meter(records: M, happened: tuple[Happening, ...], moment: Moment) -> M:
    """Write what happened to the meter's logs, with its own clock's time."""
    at = log_stamp(moment.site, clock.device_time(records, moment.at))
    logs = logged(records.logs, happened, at, moment.site.profile)
    return records if logs is records.logs else replace(records, logs=logs)


def meter_awake(records: MeterRecords) -> bool:
    """Say whether a meter can act: it needs power, and firmware that works."""
    return records.power.on and not records.install.broken


def _upgrade(version: int, plain: dict[str, Any]) -> dict[str, Any]:
    """From version 1: the end of a load limit's restoration is the supply's now; nobody counted blocks then."""
    limit, supply = plain.get("load_limit"), plain.get("supply")
    if version == 1 and isinstance(limit, dict) and isinstance(supply, dict):
        plain["supply"] = {**supply, "restore_at": limit.get("restore_at")}
    billing = plain.get("billing")
    if version == 1 and isinstance(billing, dict):
        plain["billing"] = {**billing, "blocks_since": billing.get("since", 0)}
    return plain


ESME = Kind(
    name=DeviceName.ESME,
    records=Records,
    delivered=delivered.electricity,
    rules=ELECTRICITY_RULES,
    unasked=ELECTRICITY_UNASKED,
    log=log_of_meter,
    check=ledger.check,
    awake=meter_awake,
    upgrade=_upgrade,
)


class Metered(Device[M]):
    """A meter of either fuel."""

    __slots__ = ("_balance", "_rolls_over", "_totals", "_tou")

    def __init__(
        self, kind: Kind, site: Site, now: int, state: bytes | None = None, journal: Journal | None = None
    ) -> None:
        self._totals: dict[Channel, RunningTotal] = {}
        self._tou: tuple[int, tuple[int, ...]] | None = None
        self._balance: tuple[M, Account, Account] | None = None
        self._rolls_over = site.profile.quirks.registers_roll_over
        super().__init__(kind, site, now, state, journal)

    def _record(self, records: M, happened: tuple[Happening, ...], moment: Moment) -> tuple[Entry, ...]:
        if records.runs is not self.records.runs:
            self._totals, self._tou = {}, None
        return super()._record(records, happened, moment)

    def refit(self, site: Site) -> None:
        """Let the meter be one of another site, whose registers may count as far as others."""
        self._rolls_over = site.profile.quirks.registers_roll_over
        super().refit(site)

    # What a reader reads, at the present instant.

    @property
    def shown_time(self) -> int:
        """What the device clock shows."""
        return self.now + self.records.clock.offset_ms

    def total_mwh(self, channel: Channel) -> int:
        """Read a total register."""
        held = self._total(channel).read(self.now)
        return self._read_out(held) if self._rolls_over else held

    def _read_out(self, amount: int) -> int:
        """Give a register as far as it counts (device dossier 4.4, D8)."""
        return rolled(self.site, amount // 1000) * 1000 + amount % 1000 if self._rolls_over else amount

    def power_mw(self, channel: Channel) -> int:
        """Read a power, over the present minute."""
        return self._total(channel).power_mw(self.now)

    def tou(self) -> tuple[int, ...]:
        """Read the TOU register matrix."""
        base_at = max(self.now // HALF_HOUR * HALF_HOUR, self.records.runs[-1].since)
        if self._tou is None or self._tou[0] != base_at:
            held = registers_at(self.site, self.records, base_at).tou
            self._tou = (base_at, held)
        run = self.records.runs[-1]
        if not run.supplied:
            return tuple(self._read_out(held) for held in self._tou[1])
        table = self.records.tariff.tables[run.table]
        load = load_of(self.site, run, self.site.counted)
        since = tou_between(load, table, run.clock_offset_ms, base_at, self.now, len(self._tou[1]))
        return tuple(self._read_out(held + more) for held, more in zip(self._tou[1], since, strict=True))

    def account(self) -> Account:
        """Read the account as it stands now; nothing is settled by it.

        The account at the last half hour is kept, so that a reading does not go through years again.
        """
        records, now = self.records, self.now
        if self._balance is None or self._balance[0] is not records:
            self._balance = (records, records.account, records.account)
        _, base, last = self._balance
        if last.settled_at != now:
            half_hour = now // HALF_HOUR * HALF_HOUR
            if half_hour > base.settled_at and records.energy_factor == charges.MILLIONTHS:
                base = charges.project(self.site, records, half_hour, base)[0]
            last = charges.project(self.site, records, now, base)[0]
            self._balance = (records, base, last)
        return last

    @property
    def supplied(self) -> bool:
        """Whether the load switch is closed."""
        return self.records.supply.switch is Switch.ENABLED

    def _total(self, channel: Channel) -> RunningTotal:
        total = self._totals.get(channel)
        if total is None:
            total = self._totals[channel] = RunningTotal(self.site, self.records.runs[-1], channel)
        return total


class Meter(Metered[Records]):
    """An electricity meter (ESME)."""

    __slots__ = ()

    def __init__(self, site: Site, now: int, state: bytes | None = None, journal: Journal | None = None) -> None:
        super().__init__(ESME, site, now, state, journal)


def entries_from_store(rows: list[tuple[int, int, bytes]]) -> list[Entry]:
    """Read journal entries back from a store's rows (sequence, instant, entry)."""
    return [journal.decode(row[2]) for row in rows]
