"""The lines of an errand: its conversations with devices, opened when first needed and taken down when they break."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final, NamedTuple

from emulator.adapter.surroundings import Surroundings
from emulator.headend import HeadEnd, NotAssociatedError, ServiceRefusedError

ENDINGS: Final = (OSError, TimeoutError, ServiceRefusedError, NotAssociatedError)
"""How a conversation may end badly; by then what it was for is known."""


class Line(NamedTuple):
    """One conversation, and what takes it down."""

    head_end: HeadEnd
    stack: AsyncExitStack


class Lines:
    """The conversations that are open now, by device (EUI-64) and level."""

    def __init__(self, around: Surroundings, patience_s: float) -> None:
        self._around, self._patience_s = around, patience_s
        self._open: dict[tuple[str, str], Line] = {}

    async def to(self, device: str, level: str) -> HeadEnd:
        """Give the conversation with a device. Raises UnknownWayError, and what `HeadEnd.open` raises."""
        key = (device, level)
        if key not in self._open:
            stack = AsyncExitStack()
            head_end = await stack.enter_async_context(HeadEnd.open(self._around.way(device, level)))
            self._open[key] = Line(head_end, stack)
        return self._open[key].head_end

    async def close(self) -> None:
        """Take all down; how that ends changes nothing."""
        while self._open:
            _, line = self._open.popitem()
            try:
                async with asyncio.timeout(self._patience_s):
                    await line.stack.aclose()
            except ENDINGS:
                continue

    async def drop(self) -> None:
        """Give all up without a word to the devices: a conversation broke."""
        broken = ConnectionError("given up")
        while self._open:
            _, line = self._open.popitem()
            try:
                async with asyncio.timeout(self._patience_s):
                    await line.stack.__aexit__(ConnectionError, broken, None)
            except ENDINGS:
                continue
