"""The durable journal, on real files. What is right is said by plain dictionaries kept beside it."""

import os
import sqlite3
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_talk import Acks, delta, raw, write

from emulator.farm.store import MAX_QUEUED_BYTES, Delta, Store, StoreBusy, StoreError
from emulator.farm.store_backlog import Backlog

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
