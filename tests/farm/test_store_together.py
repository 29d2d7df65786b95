"""Deltas and values that are durable together or not at all, in the store's own transaction."""

import sqlite3
import threading

import pytest

from emulator.farm import store as module
from emulator.farm.store import Delta, Store, StoreBusy, StoreError

DELTAS = (
    Delta(7, 1000, ((1, b"a"), (2, b"b")), b""),
    Delta(7, 1000, ((5, b"c"),), b""),
    Delta(7, 1000, (), b"state"),
)


class Told:
    """A call-back that can be waited for."""

    def __init__(self):
        self.errors, self._heard = [], threading.Event()

    def __call__(self, error):
        self.errors.append(error)
        self._heard.set()

    def wait(self):
        assert self._heard.wait(20)
        return self.errors


def test_all_of_it_is_durable_when_it_is_told_once(tmp_path):
    store, told = Store(tmp_path / "s"), Told()
    store.append_together(DELTAS, {"forks": "7", "clocks": "{}"}, told)
    assert told.wait() == [None]
    store.close()
    assert told.errors == [None]
    again = Store(tmp_path / "s")
    assert again.state(7) == b"state"
    assert again.journal(7) == [(1, 1000, b"a"), (2, 1000, b"b"), (5, 1000, b"c")]
    assert (again.meta("forks"), again.meta("clocks")) == ("7", "{}")
    again.close()


def test_another_reader_sees_all_of_it_or_nothing(tmp_path):
    store, told = Store(tmp_path / "s"), Told()
    reader = sqlite3.connect(tmp_path / "s", isolation_level=None)

    def seen():
        reader.execute("BEGIN")
        meta = reader.execute("SELECT count(*) FROM meta WHERE key = 'forks'").fetchone()[0]
        rows = reader.execute("SELECT count(*) FROM delta").fetchone()[0]
        rows += reader.execute("SELECT count(*) FROM journal").fetchone()[0]
        reader.execute("COMMIT")
        return bool(meta), bool(rows)

    writer = sqlite3.connect(tmp_path / "s", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    store.append_together(DELTAS, {"forks": "7"}, told)
    assert seen() == (False, False)
    writer.execute("ROLLBACK")
    looks = {seen()}
    while not told.errors:
        looks.add(seen())
    looks.add(seen())
    assert looks <= {(False, False), (True, True)}
    assert seen() == (True, True)
    for connection in (reader, writer):
        connection.close()
    store.close()


def test_a_store_that_fails_keeps_none_of_it(tmp_path):
    store, told = Store(tmp_path / "s"), Told()
    raw = sqlite3.connect(tmp_path / "s", isolation_level=None)
    raw.execute("UPDATE fence SET epoch = epoch + 1")  # another owner
    raw.close()
    store.append_together(DELTAS, {"forks": "7"}, told)
    (error,) = told.wait()
    assert isinstance(error, StoreError)
    store.close()
    again = Store(tmp_path / "s")
    assert (again.state(7), again.journal(7), again.meta("forks")) == (None, [], None)
    again.close()


def test_more_than_the_queue_takes_is_refused_with_nothing_taken(tmp_path):
    store, told = Store(tmp_path / "s"), Told()
    large = Delta(7, 1000, (), bytes(module.MAX_QUEUED_BYTES // 2))
    with pytest.raises(StoreBusy, match="bytes are waiting for the disk, and "):
        store.append_together((large, large, large), {}, told)
    store.append_together(DELTAS, {}, told)
    assert told.wait() == [None]
    store.close()
