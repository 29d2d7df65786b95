"""Records: what a meter remembers between moments, as small frozen values.

A register's reading is not here: it is a function of the instant (`metering.py`). What is here is what a command or
an event changed. A record has about eight fields; a rule replaces whole records. `MeterRecords` is what both fuels
have, `Records` adds what only electricity has; what is the money's stands in `account_records.py`, what is only gas's
in `gas_records.py`.
"""

from enum import IntFlag, StrEnum
from typing import Literal

import msgspec

from emulator.device.calendar import BillingCalendar, SwitchingTable
from emulator.device.display.face_records import Face
from emulator.device.electricity.voltage_records import Voltage
from emulator.device.money.account_records import Account, AccountSnapshot, Latches, Mode, Receipts, Terms
from emulator.device.money.non_disablement import NonDisablement
from emulator.device.money.pricing import Prices
from emulator.device.schedule_records import ReadSchedule


class Switch(StrEnum):
    """The load switch or the valve, as the functional reference 2.8 and 3.5 name their states."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    ARMED = "armed"


class Cause(IntFlag):
    """Why the supply is off; it can be armed only when no cause is left (2.8, *proposal*)."""

    SUPPLIER = 1
    CREDIT = 2
    TAMPER = 4
    DEPLETION = 8


class Supply(msgspec.Struct, frozen=True):
    """The switch, the causes that keep it open, since when it stands so, and when it comes back by itself.

    A jammed switch neither opens nor closes.
    """

    switch: Switch = Switch.ENABLED
    causes: Cause = Cause(0)
    moved_at: int = 0
    restore_at: int | None = None
    jammed: bool = False


class Power(msgspec.Struct, frozen=True):
    """Whether the device has power, and since when; a device without it acts when it has it again.

    `outages` are the past ones, from and until, oldest first.
    """

    on: bool = True
    since: int = 0
    outages: tuple[tuple[int, int], ...] = ()


class Preset(msgspec.Struct, frozen=True):
    """A time held ready for the clock, with the interval in which it may be taken over."""

    to: int
    valid_from: int
    valid_until: int


class Clock(msgspec.Struct, frozen=True):
    """How the device clock differs from true time, the preset time that waits, and how it strays.

    A straying clock is bent in whole steps (`clock.stray`), so that between two events it runs true. `valid` is false
    after the clock lost its time, until it is set.
    """

    offset_ms: int = 0
    preset: Preset | None = None
    drift_ppm: int = 0
    bent_at: int = 0
    valid: bool = True


class Registers(msgspec.Struct, frozen=True, array_like=True):
    """The cumulative registers at one instant: milliwatt-hours, millivar-hours, and for gas millilitres.

    `tou` is the TOU register matrix, in the unit of what the meter counts.
    """

    import_mwh: int = 0
    export_mwh: int = 0
    reactive_import_mvarh: int = 0
    reactive_export_mvarh: int = 0
    tou: tuple[int, ...] = ()
    volume_ml: int = 0


class Run(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of time in which nothing but the load moves a register, with the registers at its start.

    Whatever bends the curve starts a new run: the load switch, the switching table, the clock. So a register at any
    instant is its run's base plus a closed form, and an interruption carves a hole in every log alike. Gas also leaves
    by an open end: so many millilitres an hour, until an instant. `strayed` says that only the clock's own error began
    the run: nobody set it; `timeless` that the meter does not know what time it is.
    """

    since: int
    supplied: bool
    clock_offset_ms: int
    table: int
    base: Registers
    open_ml_h: int = 0
    open_until: int = 0
    strayed: bool = False
    timeless: bool = False


class Factor(msgspec.Struct, frozen=True, array_like=True):
    """An energy factor, the instant from which it holds, and the registers of volume and energy at that instant."""

    since: int
    millionths: int
    volume_ml: int
    energy_mwh: int


class Tariff(msgspec.Struct, frozen=True):
    """The switching tables the runs refer to (the last is the active one) with the active prices, and the passive ones.

    `passive_prices` is None where a passive table comes without prices: the active ones then stay.
    """

    tables: tuple[SwitchingTable, ...]
    passive: SwitchingTable
    activate_at: int | None = None
    prices: Prices = Prices()
    passive_prices: Prices | None = None


class BlockCounters(msgspec.Struct, frozen=True, array_like=True):
    """The Tariff Block Counter Matrix at one true instant, in milliwatt-hours: four blocks a set."""

    at: int
    rows: tuple[tuple[int, ...], ...]


class Billing(msgspec.Struct, frozen=True):
    """The billing calendar, since when it holds, and what no calendar explains (oldest first).

    `snapshots` are moments of other causes, `accounts` the account at moments that lie before it was last settled.
    Block counters count from the end of the last billing period, or from `blocks_since` if that is later; `blocks` are
    those of log entries before they last began anew.
    """

    calendar: BillingCalendar
    since: int
    snapshots: tuple[int, ...] = ()
    accounts: tuple[AccountSnapshot, ...] = ()
    blocks_since: int = 0
    blocks: tuple[BlockCounters, ...] = ()


class LogEntry(msgspec.Struct, frozen=True, array_like=True):
    """One line of the event or the security log: the device clock's time and the event's code."""

    at: int
    code: int


class Logs(msgspec.Struct, frozen=True):
    """The event log and the security log, oldest entry first."""

    event: tuple[LogEntry, ...] = ()
    security: tuple[LogEntry, ...] = ()


class Thresholds(msgspec.Struct, frozen=True):
    """The borders of low, medium and high power, and the instant the maximum demand counts from."""

    low_medium_w: int
    medium_high_w: int
    demand_since: int


class LoadLimit(msgspec.Struct, frozen=True):
    """The load limit's settings and its counter.

    `watching_since` is where the search for the next excess begins; `latched` says that the excess which holds there
    was already reported.
    """

    threshold_w: int
    period_s: int
    restoration_s: int
    disable: bool
    counter: int = 0
    watching_since: int = 0
    latched: bool = False


class Credentials(msgspec.Struct, frozen=True):
    """Secret material (never in the journal) and the invocation counters that must survive a restart."""

    encryption_key: bytes
    authentication_key: bytes
    master_key: bytes
    policy: int
    sent_below: int = 0
    seen: dict[int, int] = {}


class Tamper(msgspec.Struct, frozen=True):
    """Which sensors of the case stand off now, and what was counted: cover openings and power-ups (2.13).

    `untold` are sensors that went off without mains; `malformed` commands came since `malformed_since`.
    """

    open: tuple[str, ...] = ()
    cover_openings: int = 0
    power_ups: int = 0
    lock_supply: bool = False
    untold: tuple[str, ...] = ()
    malformed: int = 0
    malformed_since: int = 0


class Tenancy(msgspec.Struct, frozen=True):
    """What belongs to the present consumer: personal history before `restricted_before` is hidden (2.13)."""

    restricted_before: int | None = None


class Aside(msgspec.Struct, frozen=True):
    """What something that befell the meter took the place of, for as long as it lasts; None where nothing did.

    The switching table while the clock has no time, the friendly hours with the debt laid on them, the payment mode,
    the former keys.
    """

    table: SwitchingTable | None = None
    calendar: NonDisablement | None = None
    debt_mp: int = 0
    mode: Mode | None = None
    credentials: Credentials | None = None


class Pending(msgspec.Struct, frozen=True):
    """A command that waits for a time of the device clock: its class name, and its fields as octets."""

    name: str
    at: int
    fields: bytes


class Install(msgspec.Struct, frozen=True):
    """An image in the meter's slot, how far it has come, and from when until when the meter starts anew with it.

    `user` is who sent it by which port; `broken` the version that a meter shows which does nothing else any more.
    """

    version: str = ""
    part: str = ""
    user: int = 0
    stage: Literal["", "received", "verified", "activating"] = ""
    since: int = 0
    until: int | None = None
    cuts_hub: bool = False
    broken: str = ""


class MeterRecords(msgspec.Struct, frozen=True, kw_only=True):
    """All that a meter of either fuel remembers.

    `firmware` and `supply_number` are what was written, "" for the delivered ones.
    `energy_factor` turns what is counted into energy: millionths of a milliwatt-hour a unit. `factors` are those of
    the past and the present, oldest first, where it ever changed. `holes` are stretches without half hours in the log.
    """

    supply: Supply
    clock: Clock
    runs: tuple[Run, ...]
    tariff: Tariff
    billing: Billing
    logs: Logs
    credentials: Credentials
    account: Account = Account()
    latches: Latches = Latches()
    terms: Terms = Terms()
    receipts: Receipts = Receipts()
    power: Power = Power()
    tamper: Tamper = Tamper()
    tenancy: Tenancy = Tenancy()
    pending: tuple[Pending, ...] = ()
    energy_factor: int = 1_000_000
    firmware: str = ""
    install: Install = Install()
    supply_number: str = ""
    factors: tuple[Factor, ...] = ()
    face: Face = Face()
    aside: Aside = Aside()
    holes: tuple[tuple[int, int], ...] = ()
    optical_locked: bool = False

    @property
    def flows(self) -> bool:
        """Whether anything can flow: the switch is closed, and an electricity meter has mains."""
        return self.supply.switch is Switch.ENABLED and self.power.on


class Records(MeterRecords, frozen=True, kw_only=True):
    """All that an electricity meter remembers."""

    thresholds: Thresholds
    load_limit: LoadLimit
    voltage: Voltage = Voltage()
    schedules: tuple[ReadSchedule, ...] = ()
