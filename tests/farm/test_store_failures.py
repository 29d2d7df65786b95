"""The durable journal when something fails, and files that are not to be used."""

import os
import tempfile
import threading
from pathlib import Path

import pytest
from store_talk import Acks, child, delta, raw, write

from emulator.farm.store import Fenced, Store, StoreError
from emulator.farm.store_file import APPLICATION_ID, MIGRATIONS

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
