"""The other end of a push: a head end that listens on the loopback and hands over the alerts that hubs send it.

    async with AlertListener.open(port=4060) as listener:
        received = await listener.next()

It answers nothing, as nothing answers a notification, and closes when the hub does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple, Self, cast

from emulator.dlms.alerts import Alert, read_alert
from emulator.dlms.errors import PduError
from emulator.dlms.framing.wrapper import WrapperDeframer

LOOPBACK = "127.0.0.1"
MAX_APDU = 2_048
BACKLOG = 1_024


class Received(NamedTuple):
    """An alert, the address it came from (which is its hub's) and the port there, and the SAPs of hub and head end."""

    hub: str
    port: int
    server: int
    client: int
    alert: Alert


class AlertListener:
    """A head end's ear. `refused` counts what came and was no alert."""

    def __init__(self) -> None:
        self.refused = 0
        self._received: asyncio.Queue[Received] = asyncio.Queue()
        self._server: asyncio.Server | None = None

    @classmethod
    @asynccontextmanager
    async def open(cls, host: str = LOOPBACK, port: int = 0) -> AsyncIterator[Self]:
        """Listen for as long as the context lasts; port 0 is any free one. Raises OSError."""
        listener = cls()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Caller(listener), host, port, backlog=BACKLOG)
        listener._server = server
        try:
            yield listener
        finally:
            server.close()
            await server.wait_closed()

    @property
    def address(self) -> str:
        """Where it listens, as a push setup names it."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    @property
    def waiting(self) -> int:
        """How many alerts came that nobody has asked for yet."""
        return self._received.qsize()

    async def next(self) -> Received:
        """Wait for the next alert."""
        return await self._received.get()

    def take(self) -> list[Received]:
        """Give all that came since the last call."""
        return [self._received.get_nowait() for _ in range(self._received.qsize())]

    def hear(self, received: Received) -> None:
        """Take an alert in."""
        self._received.put_nowait(received)


class _Caller(asyncio.Protocol):
    """One connection of a hub."""

    def __init__(self, listener: AlertListener) -> None:
        self._listener = listener
        self._deframer = WrapperDeframer(MAX_APDU)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Learn whose hub it is from the address it dials from."""
        self._transport = cast("asyncio.Transport", transport)
        self._from: tuple[str, int] = transport.get_extra_info("peername")[:2]

    def data_received(self, data: bytes) -> None:
        """Hand over every alert that the octets complete."""
        for datagram in self._deframer.feed(data):
            try:
                alert = read_alert(datagram.apdu)
            except PduError:
                self._listener.refused += 1
            else:
                self._listener.hear(Received(*self._from, datagram.source, datagram.destination, alert))
        if self._deframer.error is not None:
            self._listener.refused += 1
            self._transport.abort()

    def eof_received(self) -> bool:
        """Close as the hub has closed; half a frame is none."""
        if self._deframer.pending:
            self._listener.refused += 1
        return False
