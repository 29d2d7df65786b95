"""Farm time for adapters in other processes: `GET /time` gives `{"Now": "2026-06-03T10:07:00.000Z", "Rate": 0}`.

`Rate` is milliseconds of farm time a millisecond; 0 stands still until somebody moves it. On the loopback only.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import msgspec

from emulator.device.instant import isoformat
from emulator.services.naming import duis_name

HOST: Final = "127.0.0.1"
MOST_OCTETS: Final = 8_192
PATIENCE_S: Final = 5.0
_END = b"\r\n\r\n"


class FarmTime(msgspec.Struct, frozen=True, rename=duis_name):
    """What the endpoint tells."""

    now: str
    rate: int


class Reading(NamedTuple):
    """A clock as it stands: the instant, and its pace."""

    at: int
    rate: int


@asynccontextmanager
async def serve(clock: Callable[[], Reading], port: int = 0) -> AsyncIterator[str]:
    """Tell the time for as long as the context lasts; gives the URL. Raises OSError."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                asked = await reader.readuntil(_END)
                writer.write(_answer(asked, clock()))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # whoever asks so badly gets no time
        finally:
            writer.close()

    server = await asyncio.start_server(answer, HOST, port, limit=MOST_OCTETS)
    try:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}/time"
    finally:
        server.close()
        await server.wait_closed()


def _answer(asked: bytes, reading: Reading) -> bytes:
    method, _, rest = asked.partition(b" ")
    path = rest.split(b" ", 1)[0].partition(b"?")[0]
    if method != b"GET":
        return _response("405 Method Not Allowed", b'{"allowed":"GET"}')
    if path != b"/time":
        return _response("404 Not Found", b'{"there is":"/time"}')
    return _response("200 OK", msgspec.json.encode(FarmTime(isoformat(reading.at), reading.rate)))


def _response(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close"
    return head.encode("ascii") + _END + body
