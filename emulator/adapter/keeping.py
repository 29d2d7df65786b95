"""What an adapter keeps on the disk, so that after a restart it goes on: inventory, counters, schedules, what waits.

Two files of one directory, each written whole and put in the place of the old one: `inventory.json` with the devices
and their registrations, `adapter.json` with the rest. Responses and alerts that were given out are not kept.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from emulator.adapter.device_log import Joining
from emulator.adapter.inventory import Entry, Inventory
from emulator.services.document import Request

VERSION: Final = 1
INVENTORY, REST = "inventory.json", "adapter.json"


class KeptError(ValueError):
    """What stands in the directory is nothing that this version kept; the text says what and where."""


class Devices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The inventory as it is kept."""

    version: int
    devices: tuple[Entry, ...]


class Rest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All else: the highest counter of each user, what waits, what was on its way, schedules, who may join."""

    version: int = VERSION
    counters: dict[str, int] = msgspec.field(default_factory=dict)
    held: tuple[Request, ...] = ()
    under_way: tuple[Request, ...] = ()
    schedules: Any = None
    joining: tuple[Joining, ...] = ()


class Keeping:
    """The directory of one adapter; without one nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._inventory_changes = -1
        self._rest = b""
        self._closed = False
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def on(self) -> bool:
        """Whether anything is kept now."""
        return self._folder is not None and not self._closed

    def devices(self) -> tuple[Entry, ...] | None:
        """Give the devices that were kept; None if none ever were. Raises KeptError or OSError."""
        kept = self._read(INVENTORY, Devices)
        return None if kept is None else kept.devices

    def rest(self) -> Rest:
        """Give all else that was kept. Raises KeptError or OSError."""
        return self._read(REST, Rest) or Rest()

    def save(self, inventory: Inventory, counters: Mapping[str, int], **rest: Any) -> None:
        """Keep what changed; it is on the disk when this returns. Raises OSError."""
        if not self.on:
            return
        if inventory.changes != self._inventory_changes:
            self._write(INVENTORY, msgspec.json.encode(Devices(VERSION, tuple(inventory))))
            self._inventory_changes = inventory.changes
        octets = msgspec.json.encode(Rest(counters=dict(counters), **rest))
        if octets != self._rest:
            self._write(REST, octets)
            self._rest = octets

    def close(self) -> None:
        """Keep no more: what is ended from now on is ended by the stop, and goes on after the restart."""
        self._closed = True

    def _read(self, name: str, kind: type[Any]) -> Any:
        if self._folder is None or not (self._folder / name).exists():
            return None
        path = self._folder / name
        octets = path.read_bytes()
        try:
            version = msgspec.json.decode(octets, type=dict[str, Any]).get("version")
            if version != VERSION:
                raise KeptError(f"{path}: of version {version}; this is version {VERSION}")
            return msgspec.json.decode(octets, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise KeptError(f"{path}: {error}") from error

    def _write(self, name: str, octets: bytes) -> None:
        assert self._folder is not None
        fresh = self._folder / f"{name}.new"
        with fresh.open("wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
