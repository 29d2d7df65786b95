"""The schedule: one heap of the moments at which homes act unasked. A home that never does is not in it."""

import heapq


class Schedule:
    """Which home is due when; a home's newer moment replaces its older one."""

    __slots__ = ("_due", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int]] = []
        self._due: dict[int, int] = {}

    def plan(self, index: int, at: int | None) -> None:
        """Say when a home next acts, or that it does not."""
        if at is None:
            self._due.pop(index, None)
        elif self._due.get(index) != at:
            self._due[index] = at
            heapq.heappush(self._heap, (at, index))

    def first(self) -> int | None:
        """Give the next moment that matters."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, now: int) -> int | None:
        """Take out one home that is due, the longest overdue first."""
        at = self.first()
        if at is None or at > now:
            return None
        index = heapq.heappop(self._heap)[1]
        del self._due[index]
        return index
