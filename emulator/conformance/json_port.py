"""A small port of HTTP and JSON on the loopback: what one process of a run tells another. It keeps nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

HOST: Final = "127.0.0.1"
MOST_OCTETS: Final = 65_536
READ_S: Final = 10.0
Route = Callable[[Mapping[str, str], bytes], Awaitable[Any]]
"""Answers what was asked, by the words behind the question mark and the body. Raises NoAnswerError."""


class NoAnswerError(Exception):
    """A question that has no answer: its HTTP status, and why."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


@asynccontextmanager
async def serving(routes: Mapping[tuple[str, str], Route], port: int = 0) -> AsyncIterator[str]:
    """Answer at routes, each a method and a path, for as long as the context lasts; give the URL."""
    callers: set[asyncio.Task[None]] = set()

    async def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        callers.add(task)
        try:
            await _serve(routes, reader, writer)
        finally:
            writer.close()
            callers.discard(task)

    server = await asyncio.start_server(called, HOST, port, limit=MOST_OCTETS)
    try:
        yield f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        await server.wait_closed()


async def _serve(
    routes: Mapping[tuple[str, str], Route], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):  # the caller is gone
        status, answer = await _answered(routes, reader)
        body = msgspec.json.encode(answer)
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()


async def _answered(routes: Mapping[tuple[str, str], Route], reader: asyncio.StreamReader) -> tuple[HTTPStatus, Any]:
    try:
        async with asyncio.timeout(READ_S):
            method, target, body = await _request(reader)
    except (TimeoutError, ValueError, asyncio.LimitOverrunError):
        return HTTPStatus.BAD_REQUEST, {"Error": "that is no HTTP request of at most 64 KiB"}
    split = urlsplit(target)
    route = routes.get((method, split.path.rstrip("/")))
    if route is None:
        known = ", ".join(f"{verb} {path}" for verb, path in routes)
        return HTTPStatus.NOT_FOUND, {"Error": f"there is {known}"}
    try:
        return HTTPStatus.OK, await route({key: one[-1] for key, one in parse_qs(split.query).items()}, body)
    except NoAnswerError as error:
        return error.status, {"Error": str(error)}


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    """Read one request. Raises ValueError, IncompleteReadError or LimitOverrunError."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *rest = head.rstrip().split("\r\n")
    method, target, _ = first.split(" ", 2)
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    length = int(fields.get("content-length", "0"))
    if not 0 <= length <= MOST_OCTETS:
        raise ValueError(length)
    return method, target, await reader.readexactly(length)
