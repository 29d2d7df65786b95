"""The durable journal: what a command changed is on the disk before its reply leaves (architecture D5).

SQLite in WAL mode, synchronous FULL. One thread writes. It commits whatever was queued while its last commit ran,
so there is no timer and a lone caller waits for one disk flush only. Deltas are appended to one table, whose pages
fill in order; when nothing waits they are folded into a state row a device and a journal in order of device. Which
deltas are not folded yet is kept in memory: an index on the disk made appending three times slower. Under a flood
every commit folds a little too, so that this memory and the next opening stay bounded.

The store knows nothing of meters: a device is a number, its state and its journal entries are octets.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import msgspec

from emulator.farm.store_backlog import Backlog
from emulator.farm.store_file import Fenced, StoreBusy, StoreError, explained, open_file, raise_epoch

__all__ = ["Delta", "Fenced", "Store", "StoreBusy", "StoreError"]

MAX_QUEUED_BYTES = 64 << 20  # waiting or being committed; above it append raises StoreBusy
MAX_UNFOLDED = 50_000  # deltas; above it every commit also folds
FOLD_CHUNK = 200  # deltas folded in one transaction: about 2 ms that a delta arriving meanwhile waits
QUIET_S = 0.05  # after so long without work the writer starts to fold
_ROW_BYTES = 200  # what a waiting delta costs beside its octets, roughly
_ROWS_AT_ONCE = (128, 16, 1)  # rows in one INSERT: each statement is one struggle for the interpreter's lock
_DEVICES_AT_ONCE = 10_000

_INSERT = "INSERT INTO delta (id, device, at, last, entries, state) VALUES "

Done = Callable[[Exception | None], None]
Row = tuple[int, int, int, int | None, bytes, bytes]  # the columns of delta

_ENTRIES = msgspec.msgpack.Decoder(list[tuple[int, bytes]])


class Delta(NamedTuple):
    """One step of one device: what happened, and the device's whole state after it."""

    device: int
    at: int
    entries: tuple[tuple[int, bytes], ...]  # (number in the device's journal, encoded entry), numbers rising
    state: bytes


class _Write(NamedTuple):
    """What waits for the next commit: a row of delta, or a key and value of meta."""

    row: Row | None
    meta: tuple[str, str] | None
    size: int
    done: Done


class Store:
    """The durable state of one farm in one file, owned by this process until it is closed.

    `append` and `set_meta` may be called from any thread. After a failed write nothing more is accepted: what the
    file holds is then known only by opening it again, and a delta reported as failed may be there or not.
    """

    epoch: int  # one more at every opening; a write under an older one is refused (Fenced)

    def __init__(self, path: Path, *, max_unfolded: int = MAX_UNFOLDED) -> None:
        """Open the file, or create it. Raises StoreError saying what is wrong with it.

        More than `max_unfolded` deltas waiting to be folded, at some 300 bytes of memory each, slow the next ones.
        """
        self._path, self._max_unfolded = path.resolve(), max_unfolded
        with ExitStack() as undo:
            self._writer, self._reader = open_file(self._path, undo)
            with explained(self._path):
                self.epoch = raise_epoch(self._writer)
                self._backlog = Backlog(self._writer)
            self._resources = undo.pop_all()
        self._wake = threading.Condition()  # guards the next five
        self._queue: list[_Write] = []
        self._queued_bytes = 0
        self._next_id = self._backlog.newest_id + 1
        self._closing = False
        self._failure: StoreError | None = None
        self._taken: list[_Write] = []
        self._thread = threading.Thread(target=self._run, name=f"store {self._path.name}", daemon=True)
        self._thread.start()

    # --- writing: any thread ---

    def append(self, delta: Delta, done: Done) -> None:
        """Hand a delta to the writer. `done` is called from its thread once the delta is durable, or has failed.

        Deltas are committed in the order of their appends, each whole. `done` must return at once and not raise.
        Raises StoreBusy, with nothing taken, while MAX_QUEUED_BYTES wait; StoreError when closed or failed.
        """
        device, at, entries, state = delta
        packed = msgspec.msgpack.encode(entries)
        last = entries[-1][0] if entries else None
        with self._wake:
            row = (self._next_id, device, at, last, packed, state)
            self._enqueue(_Write(row, None, len(packed) + len(state) + _ROW_BYTES, done))
            self._next_id += 1

    def append_together(self, deltas: Sequence[Delta], meta: Mapping[str, str], done: Done) -> None:
        """Hand deltas, and values of keys, to the writer: they are durable together or not at all; as `append`."""
        size = sum(len(state) + sum(len(entry) + 20 for _, entry in entries) for _, _, entries, state in deltas)
        with self._wake:  # what is queued while the lock is held is taken together, and committed in one transaction
            if self._queued_bytes + size + len(deltas) * _ROW_BYTES > MAX_QUEUED_BYTES:
                raise StoreBusy(f"{self._path}: {self._queued_bytes} bytes are waiting for the disk, and {size} more")
            for delta in deltas:
                self.append(delta, _nobody)
            for key, value in meta.items():
                self._enqueue(_Write(None, (key, value), len(key) + len(value) + _ROW_BYTES, _nobody))
            self._queue[-1] = self._queue[-1]._replace(done=done)

    def set_meta(self, key: str, value: str) -> None:
        """Set a value and wait until it, and all that was appended before it, is durable. Not to be used in `done`."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("set_meta would wait for itself in the writer thread")
        durable: Future[None] = Future()

        def done(error: Exception | None) -> None:
            if error:
                durable.set_exception(error)
            else:
                durable.set_result(None)

        with self._wake:
            self._enqueue(_Write(None, (key, value), len(key) + len(value) + _ROW_BYTES, done))
        durable.result()

    def close(self) -> None:
        """Commit what waits, stop the writer and release the file. A second call does nothing."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        self._resources.close()

    def _enqueue(self, write: _Write) -> None:
        if self._failure:
            raise type(self._failure)(str(self._failure)) from self._failure
        if self._closing:
            raise StoreError(f"{self._path}: the store is closed")
        if self._queued_bytes and self._queued_bytes + write.size > MAX_QUEUED_BYTES:
            raise StoreBusy(f"{self._path}: {self._queued_bytes} bytes are waiting for the disk")
        self._queued_bytes += write.size
        self._queue.append(write)
        if len(self._queue) == 1:
            self._wake.notify()

    # --- reading: the newest committed values, through a connection of its own ---

    def state(self, device: int) -> bytes | None:
        """Give the device's newest committed state, or None for a device nothing was written of."""
        with explained(self._path):
            if ids := self._backlog.ids.get(device):
                found = self._reader.execute("SELECT state FROM delta WHERE id = ?", ids[1:]).fetchone()
                if found:  # or else it was folded a moment ago
                    return bytes(found[0])
            found = self._reader.execute("SELECT state FROM state WHERE device = ?", (device,)).fetchone()
            return bytes(found[0]) if found else None

    def devices(self) -> Iterator[int]:
        """Give every device that has state, in rising order."""
        unfolded = sorted(self._backlog.ids)  # copied in one step, before anything more can be folded
        for device, _ in groupby(merge(unfolded, self._folded_devices())):
            yield device

    def _folded_devices(self) -> Iterator[int]:
        select = "SELECT device FROM state WHERE device > ? ORDER BY device LIMIT ?"
        last = -(2**63)
        while True:
            with explained(self._path):
                found = self._reader.execute(select, (last, _DEVICES_AT_ONCE)).fetchall()
            if not found:
                return
            yield from (device for (device,) in found)
            last = found[-1][0]

    def journal(self, device: int, after: int = 0, limit: int = 1000) -> list[tuple[int, int, bytes]]:
        """Give the device's first `limit` entries numbered above `after`: (number, instant, entry)."""
        first, newest = self._backlog.ids.get(device, (0, 0))
        # In this order: a row folded between the two is then found twice, not lost.
        selects = (
            ("delta WHERE id BETWEEN ? AND ? AND device = ? AND last > ?", (first, newest, device, after)),
            ("journal WHERE device = ? AND last > ?", (device, after)),
        )
        found: dict[int, tuple[int, int, bytes]] = {}
        for rows, values in selects:
            select = f"SELECT at, entries FROM {rows} ORDER BY last LIMIT ?"  # noqa: S608 - both stand above
            with explained(self._path):
                batches = self._reader.execute(select, (*values, limit)).fetchall()
            for at, packed in batches:
                found |= {number: (number, at, entry) for number, entry in _ENTRIES.decode(packed) if number > after}
        return [found[number] for number in sorted(found)[:limit]]

    def meta(self, key: str) -> str | None:
        """Give the durable value of a key."""
        with explained(self._path):
            found = self._reader.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(found[0]) if found else None

    # --- the writer thread ---

    def _run(self) -> None:
        quiet_s = QUIET_S
        try:
            while self._take(quiet_s if self._backlog else None):
                if self._taken:
                    self._commit()
                    quiet_s = QUIET_S
                else:
                    self._fold(FOLD_CHUNK)
                    quiet_s = 0
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            self._fail(error)

    def _take(self, quiet_s: float | None) -> bool:
        """Take all that waits; take nothing after a quiet spell. False: closed, and nothing is left."""
        with self._wake:
            self._wake.wait_for(lambda: self._queue or self._closing, quiet_s)
            self._taken, self._queue = self._queue, []
            return bool(self._taken) or not self._closing

    def _commit(self) -> None:
        rows = [write.row for write in self._taken if write.row]
        with self._transaction():
            self._insert(rows)
            metas = [write.meta for write in self._taken if write.meta]
            self._writer.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", metas)
        self._backlog.remember((row[0], row[1]) for row in rows)
        told, self._taken = self._taken, []
        with self._wake:
            self._queued_bytes -= sum(write.size for write in told)
        _tell(told, None)
        if len(self._backlog) > self._max_unfolded:
            self._fold(FOLD_CHUNK + 2 * len(rows))

    def _insert(self, rows: Sequence[Row]) -> None:
        start = 0
        for size in _ROWS_AT_ONCE:
            insert = _INSERT + ", ".join(["(?, ?, ?, ?, ?, ?)"] * size)
            while len(rows) - start >= size:
                self._writer.execute(insert, [value for row in rows[start : start + size] for value in row])
                start += size

    def _fold(self, count: int) -> None:
        with self._transaction():
            last = self._backlog.fold(count)
        self._backlog.forget(last)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            (epoch,) = self._writer.execute("SELECT epoch FROM fence").fetchone()
            if epoch != self.epoch:
                raise Fenced(f"{self._path}: opened again with epoch {epoch}; this store holds {self.epoch}")
            yield
            self._writer.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # a failed COMMIT may have rolled back by itself
                self._writer.execute("ROLLBACK")
            raise

    def _fail(self, error: Exception) -> None:
        """Stop for good, and tell everyone who waits why."""
        try:
            with explained(self._path):
                raise error
        except StoreError as reason:
            failure = reason
        except Exception as bug:  # noqa: BLE001 - as above
            failure = StoreError(f"{self._path}: the writer failed: {bug!r}")
            failure.__cause__ = bug
        with self._wake:
            self._failure = failure
            told, self._taken, self._queue = self._taken + self._queue, [], []
        with suppress(Exception):  # the first failure is the one to report
            _tell(told, failure)


def _nobody(_: Exception | None) -> None:
    """Nobody waits for this: what is written with it is waited for."""


def _tell(writes: Sequence[_Write], error: StoreError | None) -> None:
    """Call everyone back, and only then raise what one of them raised."""
    raised: Exception | None = None
    for write in writes:
        try:
            write.done(error)
        except Exception as bug:  # noqa: BLE001 - the others must hear too
            raised = raised or bug
    if raised:
        raise raised
