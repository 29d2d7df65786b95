"""The outbox: responses and alerts in the order they were given out, each with a number to ask on from."""

import asyncio
from collections import deque
from typing import Final, NamedTuple

from emulator.services.document import Alert, Response

MOST: Final = 10_000


class Given(NamedTuple):
    """A document that was given out, and its number."""

    number: int
    document: Response | Alert


class Outbox:
    """What an adapter gave out, its newest documents."""

    def __init__(self, most: int = MOST) -> None:
        self._held: deque[Given] = deque(maxlen=most)
        self._last = 0
        self._more = asyncio.Event()

    @property
    def last(self) -> int:
        """The number of the newest document."""
        return self._last

    def put(self, document: Response | Alert) -> Given:
        """Give a document out."""
        self._last += 1
        given = Given(self._last, document)
        self._held.append(given)
        self._more.set()
        self._more = asyncio.Event()
        return given

    def after(self, number: int, limit: int = 1_000) -> list[Given]:
        """Give the documents beyond a number, oldest first."""
        return [given for given in self._held if given.number > number][:limit]

    async def wait(self, number: int, timeout_s: float) -> list[Given]:
        """Give the documents beyond a number, once there is one; none if that takes too long."""
        try:
            async with asyncio.timeout(timeout_s):
                while not (found := self.after(number)):
                    await self._more.wait()
                return found
        except TimeoutError:
            return []
