"""Futures: another future of a home beside it, and snapshots of homes kept in a file, loaded and compared.

A snapshot file is versioned JSON. It belongs to the estate it was taken of.
"""

import asyncio
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import msgspec

from emulator.device import snapshot
from emulator.device.device import EndlessError
from emulator.device.installation import Installation
from emulator.device.instant import isoformat
from emulator.device.snapshot import Difference, Snapshot, SnapshotError
from emulator.farm.clock import EARLIEST, LATEST
from emulator.farm.estate import Estate
from emulator.farm.farmstead import Farmstead
from emulator.farm.homes_apart import HomesApart
from emulator.farm.opening import FORKS_KEY, MAX_FORKS, forks_text
from emulator.farm.selectors import home_index
from emulator.farm.store import Delta, Store

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


class Forking(Farmstead, Protocol):
    """A farm that can be forked: its homes may have clocks of their own."""

    apart: HomesApart


class Futures:
    """Forks and snapshots of one farm."""

    def __init__(self, farm: Forking, store: Store) -> None:
        self._farm = farm
        self._store = store
        self._forking = asyncio.Lock()  # two forks at once would be given one place

    async def fork(self, index: int) -> int:
        """Make another future of a home, with its journal so far; gives its index. It has a clock of its own.

        It is durable when this returns, and it is there whole or not at all. Raises ForkError when there are too many.
        """
        async with self._forking:
            return await self._fork(index)

    async def _fork(self, index: int) -> int:
        farm, estate = self._farm, self._farm.estate
        if len(estate.forks) >= MAX_FORKS:
            raise ForkError(f"a farm has at most {MAX_FORKS} forks")
        home = farm.home(index)
        await farm.settled(home)
        place, origin, now = estate.homes + len(estate.forks), estate.origin(index), home.installation.now
        rate = (farm.apart.clock(index) or farm.clock).rate
        deltas, after = [], 0
        while rows := self._store.journal(index, after, _JOURNAL_AT_ONCE):
            deltas.append(Delta(place, now, tuple((seq, entry) for seq, _, entry in rows), b""))
            after = rows[-1][0]
        deltas.append(Delta(place, now, (), home.installation.state()))
        meta = {FORKS_KEY: forks_text([*estate.forks, origin]), **dict(farm.apart.kept(also={place: (now, rate)}))}
        loop = asyncio.get_running_loop()
        durable: asyncio.Future[Exception | None] = loop.create_future()
        self._store.append_together(deltas, meta, _heard(loop, durable))
        if (error := await asyncio.shield(durable)) is not None:
            raise error
        estate.forks.append(origin)
        farm.apart.part(place, now, rate)
        farm.home(place)
        return place

    async def save(self, indexes: list[int], path: Path) -> SnapshotFile:
        """Write snapshots of homes to a file that only its owner can read. Raises OSError."""
        taken = await self.take(indexes)
        half = path.with_name(path.name + ".new")
        try:
            half.unlink(missing_ok=True)
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(taken), indent=1))
            half.replace(path)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
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
            index = home_index(name, farm.estate)
            if index is None:
                raise SnapshotError(f"{path}: there is no {name} here")
            states[index] = self._judged(path, name, taken, index)
        for index, state in states.items():
            await farm.put(index, state)
        return list(kept.homes)

    def _judged(self, path: Path, name: str, taken: Snapshot, index: int) -> bytes:
        """Give the state of one home, which can be stood up and live until now. Raises SnapshotError."""
        if not EARLIEST <= taken.at < LATEST:
            allowed = f"{isoformat(EARLIEST)} to {isoformat(LATEST)}"
            raise SnapshotError(f"{path}: {name}: the instant {taken.at}; allowed: {allowed}, in milliseconds")
        premises = self._farm.estate.premises(index)
        try:
            state = snapshot.state(taken, premises)
            Installation(premises, max(taken.at, self._farm.now(index)), state)
        except (ValueError, ArithmeticError, LookupError, AssertionError, EndlessError) as error:
            raise SnapshotError(f"{path}: {name}: {error}") from error
        return state

    def touched(self) -> list[int]:
        """Give the homes of which anything is stored or in memory."""
        return [
            index for index in sorted({*self._store.devices(), *self._farm.awake}) if self._farm.estate.known(index)
        ]


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


def _heard(
    loop: asyncio.AbstractEventLoop, durable: "asyncio.Future[Exception | None]"
) -> Callable[[Exception | None], None]:
    """Make the writer thread's call-back."""

    def done(error: Exception | None) -> None:
        loop.call_soon_threadsafe(durable.set_result, error)

    return done
