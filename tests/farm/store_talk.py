"""What the tests of the store share: writing, reading back, and a process to kill."""

import os
import queue
import sqlite3
import subprocess
import sys
from pathlib import Path

import emulator
from emulator.farm.store import Delta, Store

CHILD = Path(__file__).with_name("store_child.py")
ROOT = str(Path(emulator.__file__).parents[1])


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
