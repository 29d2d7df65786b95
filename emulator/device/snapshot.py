"""Snapshots: the whole state of a home as versioned plain data, that can be kept, compared and stood up again.

A snapshot holds the TEST keys of its devices: treat it as you treat them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from emulator.device.device import STATE_VERSION, Device, Kind
from emulator.device.faults.home_faults import HOME
from emulator.device.installation import MAKERS, Installation, Premises
from emulator.device.installation import STATE_VERSION as HOME_VERSION
from emulator.device.journal import DeviceName

VERSION = 1
SECRETS = frozenset({"credentials", "keys", "install_code", "fields", "shown", "pending"})
"""Parts of records that are keys, or octets in which keys may stand (commands that wait, what a hub holds)."""


class SnapshotError(ValueError):
    """Data that is no snapshot of this home; the text says why."""


class DeviceSnapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One device: the version of its records, its present instant, and the records."""

    version: int
    at: int
    records: Any


class Snapshot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One home: the version of this form, its instant, the number of its journal's last entry, its devices."""

    version: int
    at: int
    seq: Annotated[int, Meta(ge=0, lt=2**62)]
    devices: dict[DeviceName, DeviceSnapshot]


class Difference(NamedTuple):
    """Where two snapshots differ, as a path such as esme.account.balance_mp, and both values; None is not there."""

    path: str
    left: Any
    right: Any


def take(installation: Installation) -> Snapshot:
    """Take a snapshot of a home as it stands."""
    installation.advance(installation.now)
    taken: dict[DeviceName, Device[Any]] = dict(installation.devices)
    if installation.faults.records.seen:
        taken[DeviceName.HOME] = installation.faults
    devices = {
        name: DeviceSnapshot(STATE_VERSION, device.now, msgspec.json.decode(msgspec.json.encode(device.records)))
        for name, device in taken.items()
    }
    return Snapshot(VERSION, installation.now, installation.seq, devices)


def state(snapshot: Snapshot, premises: Premises) -> bytes:
    """Give the stored state that a snapshot stands for. Raises SnapshotError."""
    if snapshot.version != VERSION:
        raise SnapshotError(f"a snapshot of version {snapshot.version}; this is version {VERSION}")
    if set(snapshot.devices) - {DeviceName.HOME} != set(premises.sites):
        there, wanted = (", ".join(sorted(names)) for names in (snapshot.devices, premises.sites))
        raise SnapshotError(f"a snapshot of {there}; the home has {wanted}")
    states = {}
    for name, kept in snapshot.devices.items():
        kind = _kind(name, premises)
        if kept.version != STATE_VERSION:
            raise SnapshotError(f"{name}: records of version {kept.version}; this is version {STATE_VERSION}")
        if kept.at != snapshot.at:
            raise SnapshotError(f"{name} stands at another instant than its home")
        try:
            records = msgspec.json.decode(msgspec.json.encode(kept.records), type=kind.records)
            packed = msgspec.Raw(msgspec.msgpack.encode(records))
            states[name.value] = msgspec.msgpack.encode([kept.version, kept.at, snapshot.seq, packed])
        except (msgspec.DecodeError, msgspec.ValidationError, OverflowError) as error:
            raise SnapshotError(f"{name}: {error}") from error
    return msgspec.msgpack.encode(["home", HOME_VERSION, snapshot.at, snapshot.seq, states])


def _kind(name: DeviceName, premises: Premises) -> Kind:
    if name is DeviceName.HOME:
        return HOME
    site = premises.fitted(name)
    return MAKERS[name](site, site.installed_at, None, None).kind


def differences(left: Snapshot, right: Snapshot) -> list[Difference]:
    """Give where two snapshots differ, in order of their paths. Secrets are named, never shown."""
    both = [dict(_leaves("", _plain(snapshot))) for snapshot in (left, right)]
    found = []
    for path in sorted({*both[0], *both[1]}):
        values = [leaves.get(path) for leaves in both]
        if values[0] != values[1]:
            if SECRETS & set(re.split(r"[.\[]", path)):
                values = ["***", "*** (another)"]
            found.append(Difference(path, values[0], values[1]))
    return found


def _plain(snapshot: Snapshot) -> dict[str, Any]:
    return {"at": snapshot.at, **{name.value: device.records for name, device in snapshot.devices.items()}}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list) and any(isinstance(inner, dict | list) for inner in value):
        for place, inner in enumerate(value):
            yield from _leaves(f"{path}[{place}]", inner)
    else:
        yield path, value
