"""Records: what a meter remembers between moments, as small frozen values.

A register's reading is not here: it is a function of the instant (`metering.py`). What is here is what a command or
an event changed. A record has about eight fields; a rule replaces whole records.
"""

from enum import IntFlag, StrEnum

import msgspec

from emulator.device.calendar import BillingCalendar, SwitchingTable


class Switch(StrEnum):
    """The load switch as the functional reference 2.8 names its states."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    ARMED = "armed"


class Cause(IntFlag):
    """Why the supply is off; it can be armed only when no cause is left (2.8, *proposal*)."""

    SUPPLIER = 1


class Supply(msgspec.Struct, frozen=True):
    """The load switch and the causes that keep it open."""

    switch: Switch = Switch.ENABLED
    causes: Cause = Cause(0)


class Preset(msgspec.Struct, frozen=True):
    """A time held ready for the clock, with the interval in which it may be taken over."""

    to: int
    valid_from: int
    valid_until: int


class Clock(msgspec.Struct, frozen=True):
    """How the device clock differs from true time, and the preset time that waits."""

    offset_ms: int = 0
    preset: Preset | None = None


class Registers(msgspec.Struct, frozen=True, array_like=True):
    """The cumulative registers at one instant, in milliwatt-hours and millivar-hours."""

    import_mwh: int = 0
    export_mwh: int = 0
    reactive_import_mvarh: int = 0
    reactive_export_mvarh: int = 0
    tou_mwh: tuple[int, ...] = ()


class Run(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of time in which nothing but the load moves a register, with the registers at its start.

    Whatever bends the curve starts a new run: the load switch, the switching table, the clock. So a register at any
    instant is its run's base plus a closed form, and an interruption carves a hole in every log alike.
    """

    since: int
    supplied: bool
    clock_offset_ms: int
    table: int
    base: Registers


class Tariff(msgspec.Struct, frozen=True):
    """The switching tables the runs refer to (the last is the active one), and the passive one with its time."""

    tables: tuple[SwitchingTable, ...]
    passive: SwitchingTable
    activate_at: int | None = None


class Billing(msgspec.Struct, frozen=True):
    """The billing calendar, since when it holds, and the snapshots that no calendar explains (oldest first)."""

    calendar: BillingCalendar
    since: int
    snapshots: tuple[int, ...] = ()


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
    """The load limit's settings, its counter, and the moment a limited supply comes back by itself.

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
    restore_at: int | None = None


class Credentials(msgspec.Struct, frozen=True):
    """Secret material (never in the journal) and the invocation counters that must survive a restart."""

    encryption_key: bytes
    authentication_key: bytes
    master_key: bytes
    policy: int
    sent_below: int = 0
    seen: dict[int, int] = {}


class Records(msgspec.Struct, frozen=True):
    """All that a meter remembers."""

    supply: Supply
    clock: Clock
    runs: tuple[Run, ...]
    tariff: Tariff
    billing: Billing
    logs: Logs
    thresholds: Thresholds
    load_limit: LoadLimit
    credentials: Credentials
