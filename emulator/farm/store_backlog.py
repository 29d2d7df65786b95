"""The deltas that were appended and not yet folded, and the folding of them.

Folding moves a delta to where it is read by device: its state over the device's older one, its entries behind the
device's journal. It sweeps over the backlog in order of device, so that deltas of one page are written together,
and deletes them from the append table, oldest first, only when the sweep is through: swept in order of appending,
200,000 devices folded five times slower. A sweep cut short by a crash is simply begun again: what it has written,
it writes once more.

Runs in the writer's thread, in transactions of the writer. Only `ids` is looked at from elsewhere.
"""

import sqlite3
from collections import deque
from collections.abc import Iterable

DELETES_A_FOLD = 8  # deleting a prefix is so much cheaper than moving rows

_BEGIN = "CREATE TEMP TABLE sweep (k INTEGER PRIMARY KEY, device INTEGER NOT NULL, id INTEGER NOT NULL)"
_PLAN = "INSERT INTO sweep (device, id) SELECT device, id FROM delta WHERE id <= ? ORDER BY device, id"
_MOVE = (
    """INSERT OR REPLACE INTO journal (device, last, at, entries)
       SELECT delta.device, last, at, entries FROM sweep CROSS JOIN delta USING (id)
       WHERE k BETWEEN ? AND ? AND last IS NOT NULL""",
    """INSERT OR REPLACE INTO state (device, state)
       SELECT delta.device, state FROM sweep CROSS JOIN delta USING (id)
       WHERE k BETWEEN ? AND ?
         AND NOT EXISTS (SELECT 1 FROM sweep AS next WHERE next.k = sweep.k + 1 AND next.device = sweep.device)""",
)


class Backlog:
    """Which deltas wait for folding, and how far the present sweep has come."""

    def __init__(self, writer: sqlite3.Connection) -> None:
        self._writer = writer
        self._order: deque[tuple[int, int]] = deque()  # (id, device), as they were appended
        self.ids: dict[int, tuple[int, int]] = {}  # device: ids of its first and newest delta here
        self.newest_id = 0
        self._sweep_end = 0  # the last id of the present sweep; 0 when there is none
        self._planned = self._moved = 0  # deltas of the present sweep
        writer.execute("PRAGMA temp_store = MEMORY")
        writer.execute(_BEGIN)
        self.remember(writer.execute("SELECT id, device FROM delta ORDER BY id"))

    def __len__(self) -> int:
        return len(self._order)

    def remember(self, rows: Iterable[tuple[int, int]]) -> None:
        """Take up deltas (id, device) that are durable now."""
        for number, device in rows:
            self._order.append((number, device))
            first, _ = self.ids.get(device, (number, number))
            self.ids[device] = (first, number)
            self.newest_id = number

    def fold(self, count: int) -> int:
        """Go on by about `count` deltas. Gives the id up to which all were deleted, to be forgotten once durable."""
        if not self._sweep_end:
            self._writer.execute("DELETE FROM sweep")
            self._sweep_end, self._moved = self.newest_id, 0
            self._planned = self._writer.execute(_PLAN, (self._sweep_end,)).rowcount
        if self._moved < self._planned:
            for statement in _MOVE:
                self._writer.execute(statement, (self._moved + 1, self._moved + count))
            self._moved += count
            return 0
        last = min(self._order[0][0] + count * DELETES_A_FOLD, self._sweep_end)
        self._writer.execute("DELETE FROM delta WHERE id <= ?", (last,))
        if last == self._sweep_end:
            self._sweep_end = 0
        return last

    def forget(self, last: int) -> None:
        """Let go of the deltas up to an id: they are read from state and journal now."""
        while self._order and self._order[0][0] <= last:
            _, device = self._order.popleft()
            if device in self.ids and self.ids[device][1] <= last:
                del self.ids[device]
