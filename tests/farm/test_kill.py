"""A farm killed at any moment has lost nothing that it acknowledged, and has written nothing by halves."""

import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import emulator
from emulator.farm.store import Store

CHILD = Path(__file__).with_name("store_child.py")
DEVICES, ENTRIES = 150, 3  # as in the child
KILLS = 20
ROOT = str(Path(emulator.__file__).parents[1])


def kill_after(path: Path, lines: int) -> tuple[int, list[int]]:
    """Let the child append until it has told of so many; give its epoch and all it told of before it died."""
    child = subprocess.Popen(
        [sys.executable, str(CHILD), "appending", str(path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": ROOT},
    )
    assert child.stdout
    with child, child.stdout as told:
        seen = [told.readline() for _ in range(lines)]
        child.kill()
        seen += told.readlines()
    words = [line.split() for line in seen if line.endswith(b"\n")]
    assert words[0][0] == b"epoch"
    assert {word for word, *_ in words[1:]} <= {b"acked"}
    return int(words[0][1]), [int(counter) for _, counter in words[1:]]


def counters(store: Store) -> set[int]:
    """The numbers of all deltas in the store, each of which is there whole."""
    found: set[int] = set()
    for device in store.devices():
        journal, after = [], 0
        while batch := store.journal(device, after, limit=1000):
            journal += batch
            after = batch[-1][0]
        assert [number for number, _, _ in journal] == list(range(1, len(journal) + 1))
        parts = defaultdict(list)
        for _, at, entry in journal:
            parts[at].append((int.from_bytes(entry[:8]), entry[8]))
        for at, part in parts.items():
            assert part == [(at, n) for n in range(1, ENTRIES + 1)]
        state = store.state(device) or b""
        assert int.from_bytes(state[:8]) == max(parts)
        assert int.from_bytes(state[8:16]) == len(journal)
        assert not found & set(parts)
        found |= set(parts)
    return found


def test_nothing_acknowledged_is_lost_in_twenty_kills(tmp_path):
    drawn, path = random.Random(2026), tmp_path / "farm.db"
    epochs, acknowledged, slowest_ms = [0], 0, 0.0
    for _ in range(KILLS):
        epoch, acked = kill_after(path, drawn.randrange(1, 1200))
        began = time.perf_counter()
        store = Store(path)
        slowest_ms = max(slowest_ms, (time.perf_counter() - began) * 1e3)
        there = counters(store)
        store.close()
        assert epochs[-1] < epoch < store.epoch
        epochs.append(store.epoch)
        assert there == set(range(1, len(there) + 1))  # what is there was appended first: batches are whole
        assert there.issuperset(acked)
        acknowledged += len(acked)
    print(f"{acknowledged} acknowledged, 0 lost, {len(there)} written, slowest opening {slowest_ms:.0f} ms")
    assert acknowledged > KILLS
