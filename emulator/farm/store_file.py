"""The file of the durable journal: whose it is, which version, how it is opened, and what went wrong with it.

One farm owns a file: the lock is on a file beside it, since closing any descriptor of a database would release
the locks SQLite holds on it (POSIX, fcntl: locks belong to process and file, not to the descriptor).
"""

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

APPLICATION_ID = 0x4D46524D  # "MFRM", in the file's header

# Each brings a file from the version of its index to the next; PRAGMA user_version counts them.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE fence (epoch INTEGER NOT NULL);
    INSERT INTO fence VALUES (0);
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE delta (id INTEGER PRIMARY KEY, device INTEGER NOT NULL, at INTEGER NOT NULL,
                        last INTEGER, entries BLOB NOT NULL, state BLOB NOT NULL);
    CREATE TABLE state (device INTEGER PRIMARY KEY, state BLOB NOT NULL);
    CREATE TABLE journal (device INTEGER NOT NULL, last INTEGER NOT NULL, at INTEGER NOT NULL,
                          entries BLOB NOT NULL, PRIMARY KEY (device, last)) WITHOUT ROWID;
    """,
)

_PRAGMAS = (
    "synchronous = FULL",
    "fullfsync = ON",  # macOS: fsync alone leaves the data in the drive's cache
    "journal_size_limit = 67108864",  # a log that grew under a flood is cut again
)

CHECKED_BYTES = 256 << 20  # a larger file is not read through at opening (about a second for each GB)

# SQLite's result codes (sqlite.org/rescode.html), whose extended names begin with these, in words.
_WORDS = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk reports an error",
    "SQLITE_NOTADB": "this is not a Meterfarm store",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_READONLY": "the file or its directory is not writable",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_BUSY": "another program has locked the file",
    "SQLITE_MISUSE": "the store is closed",
}
_SYSTEM_WORDS = {
    errno.EACCES: "the file or its directory is not writable",
    errno.EPERM: "the file or its directory is not writable",
    errno.EROFS: "the file system is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.ENOENT: "its directory does not exist",
    errno.EISDIR: "this is a directory",
}


class StoreError(Exception):
    """The file cannot be used, or a write failed and with it the store."""


class Fenced(StoreError):  # noqa: N818 - the word of the trade
    """Another owner has opened the file since; this one may write no more."""


class StoreBusy(StoreError):  # noqa: N818 - a state, and no fault
    """Too much waits for the disk. Nothing was taken: append again after some acknowledgements."""


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into a StoreError that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "SQLITE_MISUSE" if "closed" in str(error) else "")
        words = next((words for code, words in _WORDS.items() if name.startswith(code)), "SQLite failed")
        raise StoreError(f"{path}: {words} ({error})") from error
    except OSError as error:
        words = _SYSTEM_WORDS.get(error.errno or 0, "the file cannot be opened")
        raise StoreError(f"{path}: {words} ({error.strerror})") from error


def open_file(path: Path, undo: ExitStack) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    """Lock, check and if need be create or migrate the file; give a connection to write and one to read.

    `undo` closes them and releases the lock. Raises StoreError.
    """
    with explained(path):
        _lock(path.with_name(f"{path.name}.lock"), path, undo)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # it holds meters' keys
        writer = _connect(path, undo)
        _adopt(writer, path)
        reader = _connect(path, undo)
        reader.execute("PRAGMA query_only = ON")
    return writer, reader


def discard(path: Path) -> None:
    """Delete the file, unless a farm has it. Raises StoreError."""
    with explained(path), ExitStack() as undo:
        _lock(path.with_name(f"{path.name}.lock"), path, undo)
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def raise_epoch(writer: sqlite3.Connection) -> int:
    """Shut out every earlier owner, durably, and give our epoch. Raises sqlite3.Error."""
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE fence SET epoch = epoch + 1")
    found = writer.execute("SELECT epoch FROM fence").fetchone()
    if not found:
        raise sqlite3.DatabaseError("the file has no epoch")
    writer.execute("COMMIT")
    return int(found[0])


def _lock(lock: Path, path: Path, undo: ExitStack) -> None:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    undo.callback(os.close, descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
        raise StoreError(f"{path}: in use by another farm (process {owner})") from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, b"%d\n" % os.getpid())


def _connect(path: Path, undo: ExitStack) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    undo.callback(connection.close)
    return connection


def _adopt(connection: sqlite3.Connection, path: Path) -> None:
    """Make sure that the file is ours and of our version before anything in it is changed."""

    def ask(question: str) -> int | str:
        answer: int | str = connection.execute(question).fetchone()[0]
        return answer

    owner, version = ask("PRAGMA application_id"), int(ask("PRAGMA user_version"))
    if owner != APPLICATION_ID and (owner or version or ask("SELECT count(*) FROM sqlite_master")):
        raise StoreError(f"{path}: this is the database of another program")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path}: written by a newer Meterfarm (version {version} of the file; this one knows {len(MIGRATIONS)})"
        )
    if ask("PRAGMA journal_mode = WAL") != "wal":
        raise StoreError(f"{path}: this file system cannot share memory, which the write-ahead log needs")
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    if path.stat().st_size <= CHECKED_BYTES and (found := ask("PRAGMA quick_check(1)")) != "ok":
        raise StoreError(f"{path}: the file is damaged ({found})")
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        connection.executescript(
            f"BEGIN IMMEDIATE; {script}PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {number}; COMMIT"
        )
