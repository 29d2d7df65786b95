"""A TCP connection of our own making, from an address of our own: octets out, and whether they arrived."""

import asyncio
import socket
from typing import cast

Address = tuple[str, int]


class Outgoing(asyncio.Protocol):
    """One dialled connection. What the peer sends is not read; whoever dials bounds every wait."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._flushed = asyncio.Event()
        self._flushed.set()
        self._ended = asyncio.Event()  # the peer has closed, or nothing comes any more
        self._lost: asyncio.Future[Exception | None] = loop.create_future()

    @classmethod
    async def dial(cls, source: str, destination: Address) -> "Outgoing":
        """Connect from one of our addresses. Raises OSError."""
        loop = asyncio.get_running_loop()
        host, port = destination
        _, line = await loop.create_connection(cls, host, port, family=socket.AF_INET, local_addr=(source, 0))
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hold nothing back: a write is done when the kernel has it all."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        """Some octets wait for the peer to read."""
        self._flushed.clear()

    def resume_writing(self) -> None:
        """None waits any more."""
        self._flushed.set()

    def eof_received(self) -> bool:
        """Take note that the peer has closed; our half stays open until we close."""
        self._ended.set()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note of the end, and of what was wrong with it."""
        self._ended.set()
        self._flushed.set()
        if not self._lost.done():
            self._lost.set_result(exc)

    async def send(self, octets: bytes) -> None:
        """Hand octets to the peer's side. Raises ConnectionError if the connection is gone."""
        if self._ended.is_set():
            raise ConnectionResetError("the peer has closed")
        self._transport.write(octets)
        await self._flushed.wait()
        if self._lost.done():
            raise self._lost.result() or ConnectionResetError("the peer has closed")

    async def finish(self, linger_s: float) -> None:
        """Say that all is said, give the peer so long to close too, and close. Raises OSError if it was broken off."""
        self._transport.write_eof()
        try:
            async with asyncio.timeout(linger_s):
                await self._ended.wait()
        except TimeoutError:
            pass  # a peer that does not close has the octets all the same
        self._transport.close()
        broken = await self._lost
        if broken is not None:
            raise broken

    def abort(self) -> None:
        """End at once."""
        self._transport.abort()
