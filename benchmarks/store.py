"""Durable acknowledgements a second, and how long each was waited for.

Run from the root of the source: python -m benchmarks.store [SECONDS] [DIRECTORY]. Each waiter is an asyncio task
that appends a delta of a random device (fresh octets: SQLite skips a cell that does not change) and waits until it
is durable. The last rows say what folding, opening and reading cost afterwards.
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections import deque
from pathlib import Path

from emulator.farm.store import Delta, Done, Store

DEVICES = 200_000
STATE_BYTES, ENTRY_BYTES = 200, 60


class Acknowledgements:
    """Brings `done` from the writer thread to the loop: one wake-up for all that were made durable together."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ready: deque[tuple[asyncio.Future[None], Exception | None]] = deque()
        self._awake = False

    def done(self, future: asyncio.Future[None]) -> Done:
        """Make the callback that settles a future."""

        def done(error: Exception | None) -> None:
            self._ready.append((future, error))
            if not self._awake:
                self._awake = True
                self._loop.call_soon_threadsafe(self._settle)

        return done

    def _settle(self) -> None:
        self._awake = False
        while self._ready:
            future, error = self._ready.popleft()
            if error:
                future.set_exception(error)
            else:
                future.set_result(None)


async def load(store: Store, waiters: int, seconds: float, sequences: dict[int, int]) -> tuple[list[float], float]:
    acknowledgements, waits = Acknowledgements(), list[float]()
    loop, drawn = asyncio.get_running_loop(), random.Random(waiters)
    started = time.perf_counter()

    async def waiter() -> None:
        while time.perf_counter() - started < seconds:
            device = drawn.randrange(DEVICES)
            sequence = sequences[device] = sequences.get(device, 0) + 1
            delta = Delta(device, sequence, ((sequence, os.urandom(ENTRY_BYTES)),), os.urandom(STATE_BYTES))
            durable = loop.create_future()
            asked = time.perf_counter()
            store.append(delta, acknowledgements.done(durable))
            await durable
            waits.append(time.perf_counter() - asked)

    await asyncio.gather(*(waiter() for _ in range(waiters)))
    return sorted(waits), time.perf_counter() - started


def measure(path: Path, seconds: float) -> None:
    sequences: dict[int, int] = {}
    print("waiters  acked/s  p50 ms  p99 ms  max ms  log MB")
    for waiters in (1, 10, 200, 2000):
        store = Store(path)
        waits, took = asyncio.run(load(store, waiters, seconds, sequences))
        p50, p99, longest = (waits[int((len(waits) - 1) * share)] * 1e3 for share in (0.5, 0.99, 1))
        log_mb = Path(f"{path}-wal").stat().st_size / 1e6
        print(f"{waiters:7}  {len(waits) / took:7.0f}  {p50:6.2f}  {p99:6.2f}  {longest:6.1f}  {log_mb:6.1f}")
        store.close()
    after(path, sequences)


def after(path: Path, sequences: dict[int, int]) -> None:
    started = time.perf_counter()
    store = Store(path)
    print(f"opened in {(time.perf_counter() - started) * 1e3:.0f} ms, {path.stat().st_size / 1e6:.0f} MB")
    for name, read in (("state", store.state), ("journal", store.journal)):
        asked = random.Random(1).sample(sorted(sequences), min(20_000, len(sequences)))
        started = time.perf_counter()
        for device in asked:
            assert read(device)
        print(f"{name}: {len(asked) / (time.perf_counter() - started):.0f} reads/s")
    started = time.perf_counter()
    count = sum(1 for _ in store.devices())
    print(f"devices: {count} in {(time.perf_counter() - started) * 1e3:.0f} ms")
    store.close()


if __name__ == "__main__":
    arguments = dict(enumerate(sys.argv))
    with tempfile.TemporaryDirectory(dir=arguments.get(2)) as directory:
        measure(Path(directory) / "farm.db", float(arguments.get(1, "5")))
