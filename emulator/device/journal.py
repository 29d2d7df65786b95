"""The journal: what happened to a meter, in order. It is a meter's only output; every reader keeps its own place.

Happenings are past tense and hold no secret.
"""

from collections.abc import Sequence
from typing import cast

import msgspec

from emulator.device.records import Cause, Switch


class Happening(msgspec.Struct, frozen=True, tag=True):
    """Something that happened; its subclasses are the declarations in this file."""


class SupplyChanged(Happening, frozen=True):
    """The load switch moved, or the causes that hold it open changed."""

    switch: Switch
    causes: Cause


class SupplyArmed(Happening, frozen=True):
    """The consumer may now close the load switch."""


class SupplyRestored(Happening, frozen=True):
    """The supply came back by itself at the end of the load limit's restoration period."""


class LoadLimitReached(Happening, frozen=True):
    """Active power import stood above the load limit for the load limit period."""

    threshold_w: int
    disabled: bool


class ClockAdjusted(Happening, frozen=True):
    """The clock was set."""

    by_ms: int


class ClockNotAdjusted(Happening, frozen=True):
    """The clock was not set: the command would have moved it further than its tolerance."""

    by_ms: int


class ClockPreset(Happening, frozen=True):
    """A time is held ready for the clock."""

    to: int


class TariffChanged(Happening, frozen=True):
    """Another switching table is active."""

    name: str


class PassiveTariffWritten(Happening, frozen=True):
    """Another switching table is held ready, to be activated at an instant or by a command."""

    name: str
    activate_at: int | None


class TariffNotActivated(Happening, frozen=True):
    """The passive switching table's time came, and the table is no valid one: the active one stays."""

    name: str
    fault: str


class BillingSnapshotTaken(Happening, frozen=True):
    """A billing snapshot was taken for a cause other than the billing calendar."""

    cause: str


class BillingCalendarChanged(Happening, frozen=True):
    """Another billing calendar holds."""

    period: str


class ConfigurationChanged(Happening, frozen=True):
    """A setting was written."""

    name: str


class CounterReset(Happening, frozen=True):
    """A counter or a maximum was started anew."""

    name: str


class EventLogCleared(Happening, frozen=True):
    """The event log was emptied."""

    entries: int


class CredentialsUpdated(Happening, frozen=True):
    """Keys were replaced; their names, never their values."""

    names: tuple[str, ...]


class SecurityPolicyActivated(Happening, frozen=True):
    """A stronger security policy holds."""

    policy: int


class AssociationOpened(Happening, frozen=True):
    """A client associated with authentication or ciphering."""

    client: int


class AuthenticationFailed(Happening, frozen=True):
    """A client could not prove who it is, or a protected message was not authentic or not fresh."""

    client: int
    detail: str


class AccessRefused(Happening, frozen=True):
    """A client asked for what its association may not do."""

    client: int
    detail: str


HAPPENINGS = (
    SupplyChanged
    | SupplyArmed
    | SupplyRestored
    | LoadLimitReached
    | ClockAdjusted
    | ClockNotAdjusted
    | ClockPreset
    | TariffChanged
    | PassiveTariffWritten
    | TariffNotActivated
    | BillingSnapshotTaken
    | BillingCalendarChanged
    | ConfigurationChanged
    | CounterReset
    | EventLogCleared
    | CredentialsUpdated
    | SecurityPolicyActivated
    | AssociationOpened
    | AuthenticationFailed
    | AccessRefused
)


class Entry(msgspec.Struct, frozen=True):
    """One line of the journal: its number (1 is the first), true time, and what happened."""

    seq: int
    at: int
    what: HAPPENINGS


def numbered(happened: Sequence[Happening], first: int, at: int) -> tuple[Entry, ...]:
    """Make entries of what happened at one instant, numbered from `first`."""
    return tuple(Entry(first + place, at, cast("HAPPENINGS", what)) for place, what in enumerate(happened))


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    """Write an entry for the store."""
    return _ENCODER.encode(entry)


def decode(data: bytes) -> Entry:
    """Read an entry from the store. Raises msgspec.DecodeError."""
    return _DECODER.decode(data)


def describe(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """Give entries as plain data for people and for JSON."""
    told = []
    for entry in entries:
        fields = {name: _named(getattr(entry.what, name)) for name in entry.what.__struct_fields__}
        told.append({"seq": entry.seq, "at": entry.at, "event": type(entry.what).__name__, **fields})
    return told


def _named(value: object) -> object:
    """Give flags by their names; all else as plain data."""
    if isinstance(value, Cause):
        return [str(cause.name).lower() for cause in value]
    return msgspec.to_builtins(value)
