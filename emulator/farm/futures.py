"""Futures: another future of a home beside it, and snapshots of homes kept in a file, loaded and compared.

A snapshot file is versioned JSON. It belongs to the estate it was taken of.
"""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from emulator.device import snapshot
from emulator.device.snapshot import Difference, Snapshot, SnapshotError
from emulator.farm.estate import Estate
from emulator.farm.opening import MAX_FORKS, keep_forks
from emulator.farm.store import Delta, Store

if TYPE_CHECKING:
    from emulator.farm.farm import Farm

FILE_VERSION = 1
_JOURNAL_AT_ONCE = 1_000


class SnapshotFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a snapshot file holds: homes by their selectors, and of which estate they are."""

    meterfarm_snapshot: int
    estate: str
    at: int
    homes: dict[str, Snapshot]


class ForkError(ValueError):
    """No further fork can be made; the text says why."""


class Futures:
    """Forks and snapshots of one farm."""

    def __init__(self, farm: "Farm", store: Store) -> None:
        self._farm = farm
        self._store = store

    async def fork(self, index: int) -> int:
        """Make another future of a home, with its journal so far; gives its index. It has a clock of its own.

        Raises ForkError when there are too many.
        """
        farm, estate = self._farm, self._farm.estate
        if len(estate.forks) >= MAX_FORKS:
            raise ForkError(f"a farm has at most {MAX_FORKS} forks")
        home = farm.home(index)
        await farm.settled(home)
        own = farm.apart.clock(index) or farm.clock
        place = estate.homes + len(estate.forks)
        after = 0
        while rows := self._store.journal(index, after, _JOURNAL_AT_ONCE):
            entries = tuple((seq, entry) for seq, _, entry in rows)
            self._store.append(Delta(place, home.installation.now, entries, home.installation.state()), _nobody)
            after = rows[-1][0]
        self._store.append(Delta(place, home.installation.now, (), home.installation.state()), _nobody)
        estate.forks.append(estate.origin(index))
        keep_forks(self._store, estate.forks)
        farm.apart.part(place, home.installation.now, own.rate)
        await farm.settled(farm.home(place))
        return place

    async def save(self, indexes: list[int], path: Path) -> SnapshotFile:
        """Write snapshots of homes to a file that only its owner can read. Raises OSError."""
        taken = await self.take(indexes)
        partial = path.with_name(path.name + ".part")
        partial.touch(mode=0o600)
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(taken), indent=1))
        partial.replace(path)
        return taken

    async def take(self, indexes: list[int]) -> SnapshotFile:
        """Take snapshots of homes as they stand, durable."""
        farm, homes = self._farm, {}
        for index in indexes:
            home = farm.home(index)
            await farm.settled(home)
            homes[farm.estate.name(index)] = snapshot.take(home.installation)
        return SnapshotFile(FILE_VERSION, digest(farm.estate), farm.clock.now(), homes)

    async def load(self, path: Path) -> list[str]:
        """Stand the homes of a file up again, all or none; gives their names. Raises OSError or SnapshotError.

        A home's time does not run back: one that is further on by now lives on from then until now.
        """
        farm = self._farm
        kept = read(path)
        if kept.estate != digest(farm.estate):
            raise SnapshotError(f"{path}: a snapshot of another estate")
        states = {}
        for name, taken in kept.homes.items():
            index = next((at for at in self._indexes() if farm.estate.name(at) == name), None)
            if index is None:
                raise SnapshotError(f"{path}: there is no {name} here")
            states[index] = snapshot.state(taken, farm.estate.premises(index))
        for index, state in states.items():
            await farm.put(index, state)
        return list(kept.homes)

    def touched(self) -> list[int]:
        """Give the homes of which anything is stored or in memory."""
        return sorted({*self._store.devices(), *self._farm.awake})

    def _indexes(self) -> range:
        return range(self._farm.estate.homes + len(self._farm.estate.forks))


def read(path: Path) -> SnapshotFile:
    """Read a snapshot file. Raises OSError or SnapshotError."""
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=SnapshotFile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SnapshotError(f"{path}: no snapshot file: {error}") from error
    if kept.meterfarm_snapshot != FILE_VERSION:
        raise SnapshotError(f"{path}: version {kept.meterfarm_snapshot}; this is version {FILE_VERSION}")
    return kept


def differences(left: SnapshotFile, right: SnapshotFile) -> dict[str, list[Difference]]:
    """Compare the homes that both files hold."""
    return {
        name: snapshot.differences(taken, right.homes[name])
        for name, taken in left.homes.items()
        if name in right.homes
    }


def digest(estate: Estate) -> str:
    """Give a short text that is the same exactly for the same homes."""
    return sha256(estate.digest().encode()).hexdigest()[:16]


def _nobody(_: Exception | None) -> None:
    """Nobody waits for this delta: what is written after it is waited for."""
