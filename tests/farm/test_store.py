"""The durable journal, on real files. What is right is said by plain dictionaries kept beside it."""

import os
import queue
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emulator
from emulator.farm.store import MAX_QUEUED_BYTES, Delta, Fenced, Store, StoreBusy, StoreError
from emulator.farm.store_backlog import Backlog
from emulator.farm.store_file import APPLICATION_ID, MIGRATIONS

CHILD = Path(__file__).with_name("store_child.py")
ROOT = str(Path(emulator.__file__).parents[1])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "farm.db"


@pytest.fixture
def store(path):
    opened = Store(path)
    yield opened
    opened.close()


class Acks:
    """What the store said of each append, in the order it said it."""

    def __init__(self) -> None:
        self.told: queue.SimpleQueue[tuple[object, Exception | None]] = queue.SimpleQueue()

    def of(self, name: object):
        return lambda error: self.told.put((name, error))

    def take(self, count: int):
        return [self.told.get(timeout=30) for _ in range(count)]


def write(store: Store, *deltas: Delta) -> None:
    acks = Acks()
    for delta in deltas:
        store.append(delta, acks.of(delta))
    assert acks.take(len(deltas)) == [(delta, None) for delta in deltas]


def delta(device: int, number: int, entries: int = 1) -> Delta:
    numbers = range(number, number + entries)
    return Delta(device, 1000 + number, tuple((n, b"entry %d" % n) for n in numbers), b"state %d" % number)


def raw(path: Path, *statements: str) -> list[object]:
    connection = sqlite3.connect(path, isolation_level=None)
    found = [connection.execute(statement).fetchone() for statement in statements]
    connection.close()
    return found


def child(mode: str, path: Path, directory: Path) -> list[str]:
    run = subprocess.run(
        [sys.executable, str(CHILD), mode, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=directory,
        env=os.environ | {"PYTHONPATH": ROOT},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


# --- reading what was written ---


def test_a_new_store_is_empty(store):
    assert store.state(7) is None
    assert list(store.devices()) == []
    assert store.journal(7) == []
    assert store.meta("clock") is None
    assert store.epoch == 1


def test_what_is_acknowledged_is_read(store):
    write(store, delta(7, 1, entries=2), delta(-5, 1), delta(7, 3))
    assert store.state(7) == b"state 3"
    assert store.state(-5) == b"state 1"
    assert list(store.devices()) == [-5, 7]
    assert store.journal(7) == [(1, 1001, b"entry 1"), (2, 1001, b"entry 2"), (3, 1003, b"entry 3")]
    assert store.journal(7, after=1, limit=1) == [(2, 1001, b"entry 2")]
    assert store.journal(7, after=3) == []


def test_a_delta_without_entries_changes_the_state_only(store):
    write(store, Delta(7, 5, (), b"advanced"))
    assert store.state(7) == b"advanced"
    assert store.journal(7) == []


def test_everything_is_there_after_a_restart(path):
    for epoch in range(1, 4):
        store = Store(path)
        assert store.epoch == epoch
        write(store, delta(epoch, 1), delta(9, epoch))
        store.set_meta("estate", f"digest {epoch}")
        store.close()
    store = Store(path)
    assert list(store.devices()) == [1, 2, 3, 9]
    assert [number for number, _, _ in store.journal(9)] == [1, 2, 3]
    assert store.meta("estate") == "digest 3"
    store.close()


def test_meta_is_durable_after_what_was_appended_before_it(store):
    acks = Acks()
    store.append(delta(1, 1), acks.of(1))
    store.set_meta("clock", "5")
    assert acks.take(1) == [(1, None)]
    assert store.meta("clock") == "5"


OPERATIONS = st.one_of(
    st.tuples(st.integers(0, 4), st.integers(0, 3)),  # append: device, number of entries
    st.just("reopen"),
    st.integers(1, 6),  # fold by so many
)


@settings(max_examples=40, deadline=None)
@given(st.lists(OPERATIONS, max_size=25), st.sampled_from([0, 3, 1000]))
def test_any_course_of_appending_folding_and_reopening(operations, max_unfolded):
    states: dict[int, bytes] = {}
    journals: dict[int, list[tuple[int, int, bytes]]] = {}
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "farm.db")
        store = Store(path, max_unfolded=max_unfolded)
        for at, operation in enumerate(operations):
            if isinstance(operation, tuple):
                device, count = operation
                journal = journals.setdefault(device, [])
                entries = tuple((len(journal) + n, os.urandom(4)) for n in range(1, count + 1))
                states[device] = b"%d" % at
                journal += [(number, at, entry) for number, entry in entries]
                write(store, Delta(device, at, entries, states[device]))
            else:
                store.close()
                fold(path, 0 if operation == "reopen" else operation)
                store = Store(path, max_unfolded=max_unfolded)
        assert {device: store.state(device) for device in store.devices()} == states
        for device, journal in journals.items():
            assert store.journal(device) == journal
            assert store.journal(device, after=2, limit=3) == journal[2:5]
        store.close()


def fold(path: Path, count: int) -> None:
    """Fold by so many deltas in as many transactions, and die."""
    connection = sqlite3.connect(path, isolation_level=None)
    backlog = Backlog(connection)
    for _ in range(count):
        if len(backlog):
            backlog.forget(backlog.fold(1))
    connection.close()


# --- folding ---


def test_folding_keeps_the_journal_and_the_newest_state(path):
    store = Store(path, max_unfolded=0)  # every commit folds
    for number in range(1, 200):
        write(store, delta(number % 7, number), delta(100 + number, 1))
    for device in range(7):
        numbers = [number for number, _, _ in store.journal(device)]
        assert numbers == [n for n in range(1, 200) if n % 7 == device]
        assert store.state(device) == b"state %d" % numbers[-1]
    store.close()
    assert raw(path, "SELECT count(*) > 0 FROM state", "SELECT count(*) < 100 FROM delta") == [(1,), (1,)]


def test_a_crash_at_any_point_of_a_fold_loses_nothing(tmp_path):
    deltas = [delta(device, number) for number in range(1, 6) for device in range(6)]
    for steps in range(40):
        path = tmp_path / f"{steps}.db"
        store = Store(path)
        write(store, *deltas)
        store.close()
        fold(path, steps)
        store = Store(path)
        assert list(store.devices()) == list(range(6))
        assert {store.state(device) for device in range(6)} == {b"state 5"}
        assert [len(store.journal(device)) for device in range(6)] == [5] * 6
        write(store, delta(0, 6))
        assert store.state(0) == b"state 6"
        store.close()
    assert raw(path, "SELECT count(*) FROM journal WHERE last < 6") == [(30,)]  # the last ones ran to the end


def test_a_delta_that_comes_during_a_sweep_waits_for_the_next(path):
    Store(path).close()
    insert = "INSERT INTO delta VALUES (?, 7, 0, NULL, x'90', ?)"  # 90: an empty array (MessagePack)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(insert, (1, b"old"))
    backlog = Backlog(connection)
    assert backlog.fold(10) == 0  # moved, not yet deleted
    connection.execute(insert, (2, b"new"))
    backlog.remember([(2, 7)])
    backlog.forget(backlog.fold(10))
    assert len(backlog) == 1
    assert backlog.ids == {7: (1, 2)}
    assert connection.execute("SELECT id FROM delta").fetchall() == [(2,)]
    assert connection.execute("SELECT state FROM state").fetchall() == [(b"old",)]
    connection.close()


def test_a_reader_never_sees_a_device_go_back(path):
    store, newest, count = Store(path, max_unfolded=0), [0] * 5, 1500

    def append() -> None:
        for number in range(1, count + 1):
            write(store, Delta(number % 5, number, ((number, b"x"),), b"%d" % number))
            newest[number % 5] = number

    appending = threading.Thread(target=append)
    appending.start()
    while appending.is_alive():
        for device in range(5):
            known = newest[device]
            state = int(store.state(device) or b"0")
            assert state >= known
            assert len(store.journal(device, limit=count)) >= (state + 4) // 5
    appending.join()
    assert max(newest) == count
    store.close()


# --- order, threads, closing ---


def test_acknowledgements_come_in_the_order_of_appends(store):
    acks = Acks()
    for number in range(1, 501):
        store.append(delta(number % 9, number), acks.of(number))
    assert acks.take(500) == [(number, None) for number in range(1, 501)]


def test_threads_may_append_together(store):
    acks = Acks()

    def append(device: int) -> None:
        for number in range(1, 101):
            store.append(delta(device, number), acks.of((device, number)))

    threads = [threading.Thread(target=append, args=(device,)) for device in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {error for _, error in acks.take(400)} == {None}
    assert [len(store.journal(device)) for device in range(4)] == [100] * 4


def test_close_commits_what_waits(path):
    store, acks = Store(path), Acks()
    for number in range(1, 2001):
        store.append(delta(number % 50, number), acks.of(number))
    store.close()
    store.close()
    assert acks.take(2000) == [(number, None) for number in range(1, 2001)]
    again = Store(path)
    assert sum(len(again.journal(device)) for device in again.devices()) == 2000
    again.close()


def test_a_closed_store_says_so(path):
    store = Store(path)
    write(store, delta(1, 1))
    store.close()
    for use in (
        lambda: store.append(delta(1, 2), print),
        lambda: store.set_meta("a", "b"),
        lambda: store.state(1),
        lambda: store.journal(1),
        lambda: store.meta("a"),
        lambda: list(store.devices()),
    ):
        with pytest.raises(StoreError, match="the store is closed"):
            use()


def test_too_much_waiting_is_refused_and_taken_again_later(store):
    held, first = threading.Event(), Acks()

    def hold(error):
        first.of("first")(error)
        held.wait(30)

    store.append(delta(1, 1), hold)
    assert first.take(1) == [("first", None)]  # the writer stands still in hold
    acks, large = Acks(), Delta(2, 1, (), bytes(MAX_QUEUED_BYTES // 8))
    for number in range(7):
        store.append(large, acks.of(number))
    with pytest.raises(StoreBusy):
        store.append(large, acks.of(7))
    held.set()
    assert acks.take(7) == [(number, None) for number in range(7)]
    write(store, large)


# --- failures ---


def test_a_newer_owner_fences_this_one(path):
    store = Store(path)
    write(store, delta(1, 1))
    raw(path, "UPDATE fence SET epoch = epoch + 1")
    acks = Acks()
    store.append(delta(1, 2), acks.of(2))
    [(_, error)] = acks.take(1)
    assert isinstance(error, Fenced)
    with pytest.raises(Fenced):
        store.append(delta(1, 3), acks.of(3))
    with pytest.raises(Fenced):
        store.set_meta("a", "b")
    assert store.state(1) == b"state 1"
    store.close()


def test_the_first_failure_is_told_to_all_who_wait_and_to_all_who_come(path):
    store, acks = Store(path), Acks()
    raw(path, "DROP TABLE delta")
    for number in range(1, 4):
        try:
            store.append(delta(1, number), acks.of(number))
        except StoreError as error:
            acks.of(number)(error)
    told = acks.take(3)
    assert sorted(number for number, _ in told) == [1, 2, 3]
    assert {type(error) for _, error in told} == {StoreError}
    assert all("no such table: delta" in str(error) for _, error in told)
    store.close()


def test_a_done_that_raises_stops_the_store_but_not_the_other_acknowledgements(path):
    store, acks, held = Store(path), Acks(), threading.Event()
    store.append(delta(1, 1), lambda _: held.wait(30))  # so that the next two are committed together
    store.append(delta(1, 2), lambda _: 1 / 0)
    store.append(delta(1, 3), acks.of(3))
    held.set()
    assert acks.take(1) == [(3, None)]
    store.close()
    with pytest.raises(StoreError, match="ZeroDivisionError"):
        store.append(delta(1, 4), acks.of(4))


def test_set_meta_in_done_is_an_error_and_no_deadlock(path):
    store = Store(path)
    store.append(delta(1, 1), lambda _: store.set_meta("a", "b"))
    store.close()
    with pytest.raises(StoreError, match="set_meta would wait for itself"):
        store.append(delta(1, 2), print)


def test_a_full_disk_is_told_and_what_was_acknowledged_stays(path, tmp_path):
    *appended, refused, closed = child("full", path, tmp_path)
    acked = [line for line in appended if line.startswith("acked")]
    assert len(acked) > 50
    assert [line.split()[0] for line in appended[len(acked) :]] == ["failed"]
    assert "the disk reports an error" in appended[-1]
    assert refused.startswith("refused")
    assert "the disk reports an error" in refused
    assert closed == "closed"
    store = Store(path)
    assert set(store.devices()) >= set(range(1, len(acked) + 1))
    store.close()


def test_a_full_disk_at_opening(path, tmp_path):
    [line] = child("full_at_opening", path, tmp_path)
    assert line.startswith(f"refused {path}: the disk reports an error")
    Store(path).close()  # what was left of the attempt is no obstacle


# --- files that are not to be used ---


def test_two_stores_on_one_file_are_refused(path, store, tmp_path):
    other_name = tmp_path / "other.db"
    other_name.symlink_to(path)
    for name in (path, other_name):
        with pytest.raises(StoreError, match=rf"in use by another farm \(process {os.getpid()}\)"):
            Store(name)
    write(store, delta(1, 1))


def test_a_refused_file_is_not_kept_locked(path):
    path.write_bytes(b"x" * 8192)
    for _ in range(2):
        with pytest.raises(StoreError, match="not a Meterfarm store"):
            Store(path)
    assert path.read_bytes() == b"x" * 8192
    path.unlink()
    Store(path).close()


def test_the_database_of_another_program(path):
    raw(path, "CREATE TABLE precious (a)", "PRAGMA journal_mode = DELETE")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="the database of another program"):
        Store(path)
    assert path.read_bytes() == before


def test_a_newer_version(path):
    Store(path).close()
    assert raw(path, "PRAGMA application_id", "PRAGMA user_version") == [(APPLICATION_ID,), (len(MIGRATIONS),)]
    raw(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(StoreError, match="written by a newer Meterfarm"):
        Store(path)


def test_an_empty_file_is_a_new_store(path):
    path.touch()
    Store(path).close()


@pytest.mark.parametrize("spoil", ["garbage in the middle", "cut short"])
def test_a_damaged_file(path, spoil):
    store = Store(path)
    write(store, *(delta(device, 1) for device in range(2000)))
    store.close()
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + (os.urandom(4096) + content[middle + 4096 :]) * (spoil != "cut short"))
    with pytest.raises(StoreError, match="the file is damaged"):
        Store(path)


@pytest.mark.parametrize(
    ("name", "words"), [("", "this is a directory"), ("nowhere/farm.db", "directory does not exist")]
)
def test_a_path_that_is_no_file(tmp_path, name, words):
    with pytest.raises(StoreError, match=words):
        Store(tmp_path / name)


def test_a_directory_that_is_not_writable():
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o555)
        [line] = child("unwritable", Path("farm.db"), Path(directory))
    assert line.startswith("refused")
    assert "the file or its directory is not writable" in line


def test_the_file_is_for_its_owner_only(path):
    Store(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
