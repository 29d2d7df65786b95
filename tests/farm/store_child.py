"""A process for the tests of the store to kill, to starve of disk, or to deny a directory.

store_child.py appending|full|full_at_opening|unwritable FILE. It prints a line for each thing that happened, at once.
"""

import itertools
import os
import resource
import struct
import sys
import threading
from pathlib import Path

from emulator.farm.store import Delta, Store, StoreError

DEVICES = 150
ENTRIES = 3  # in each delta
UNACKNOWLEDGED = 400
STATE = struct.Struct(">QQ40s")  # number of the delta in the farm, last journal number of its device, padding


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def delta(counter: int, device: int, sequence: int) -> Delta:
    """A delta whose every part tells its number in the farm."""
    entries = tuple((sequence + n, struct.pack(">QB", counter, n)) for n in range(1, ENTRIES + 1))
    return Delta(device, counter, entries, STATE.pack(counter, sequence + ENTRIES, os.urandom(40)))


def appending(path: Path) -> None:
    """Append until killed, folding all the while; tell of every acknowledgement."""
    store = Store(path, max_unfolded=100)
    say("epoch", store.epoch)
    found = {device: STATE.unpack(store.state(device) or b"") for device in store.devices()}
    sequences = {device: sequence for device, (_, sequence, _) in found.items()}
    room = threading.Semaphore(UNACKNOWLEDGED)
    for counter in itertools.count(max((counter for counter, _, _ in found.values()), default=0) + 1):
        device = counter * 7919 % DEVICES if counter % 5 else 0  # 0 is written often, the others in turn

        def done(error: Exception | None, counter: int = counter) -> None:
            say("failed" if error else "acked", counter)
            room.release()

        room.acquire()
        store.append(delta(counter, device, sequences.get(device, 0)), done)
        sequences[device] = sequences.get(device, 0) + ENTRIES


def full(path: Path) -> None:
    """Append one by one until the file may not grow any more."""
    store = Store(path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    told = threading.Semaphore(0)

    def done(error: Exception | None) -> None:
        say("failed" if error else "acked", counter, error or "")
        told.release()

    try:
        for counter in range(1, 100_000):
            store.append(delta(counter, counter, 0), done)
            told.acquire()
    except StoreError as error:
        say("refused", error)
    store.close()
    say("closed")


def full_at_opening(path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
    opening(path)


def unwritable(path: Path) -> None:
    if os.geteuid() == 0:
        os.setuid(65_534)  # the superuser may write everywhere
    opening(path)


def opening(path: Path) -> None:
    try:
        Store(path)
    except StoreError as error:
        say("refused", error)


if __name__ == "__main__":
    {f.__name__: f for f in (appending, full, full_at_opening, unwritable)}[sys.argv[1]](Path(sys.argv[2]))
