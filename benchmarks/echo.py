"""The least a uvloop server can do: answer whatever arrives with the same octets. What `wire.py` compares with.

python benchmarks/echo.py PORT OCTETS
"""

import asyncio
import sys

import uvloop


class Echo(asyncio.Protocol):
    """One connection: no parsing, a constant answer."""

    __slots__ = ("_transport",)
    answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def data_received(self, _: bytes) -> None:
        """Answer."""
        self._transport.write(self.answer)  # type: ignore[attr-defined]


async def serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    Echo.answer = bytes(int(sys.argv[2]))
    uvloop.run(serve(int(sys.argv[1])))
