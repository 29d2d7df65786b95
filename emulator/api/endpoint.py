"""What the HTTP endpoints share: the loopback, the control token, one shape of error, a server in the farm's own loop.

Every size is bounded before anything is read whole: the header by the server, the body by the framework.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from hmac import compare_digest
from typing import Any

import msgspec
import structlog
import uvicorn
from litestar import Litestar, MediaType, Response
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard

HOST = "127.0.0.1"
MAX_HEADER = 16_384
MAX_CALLERS = 64
KEEP_ALIVE_S = 5
STOP_S = 1
KINDS = {401: "not_authorised", 404: "unknown", 413: "too_large", 429: "limit_exceeded"}
_log = structlog.get_logger("meterfarm")


class Wrong(msgspec.Struct, frozen=True):
    """Why a request was refused."""

    kind: str
    message: str


class Refusal(msgspec.Struct, frozen=True):
    """The answer to a refused request."""

    error: Wrong


def wants_token(token: str) -> Guard:
    """Make the guard that lets those in who hold the control token."""

    def holds_token(asked: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        scheme, given = (asked.headers.get("authorization", "") + " ").split(" ", 1)
        if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), token.encode()):
            raise NotAuthorizedException("the control token is wanted: Authorization: Bearer <token>")

    return holds_token


def refusal(status: int, kind: str, message: str, error: Exception) -> Response[Refusal]:
    """Answer with one clear error; what is no caller's fault is logged too."""
    if status >= 500:
        _log.error("http_fault", error=repr(error))
    return Response(Refusal(Wrong(kind, message)), status_code=status, media_type=MediaType.JSON)


def told(error: Exception) -> tuple[int, str, str]:
    """Give status, kind and words of an error that any endpoint may meet."""
    match error:
        case HTTPException(status_code=status):
            return status, KINDS.get(status, "usage" if status < 500 else "fault"), _detail(error)
        case UnicodeDecodeError() | RecursionError():  # msgspec's of a body, which the framework lets through
            return 400, "usage", "the body is no JSON in UTF-8, or too deep"
        case _:
            return 500, "fault", "a fault of ours; the farm's log names it"


def _detail(error: HTTPException) -> str:
    """Give what is wrong in one line, with the fields that are."""
    fields = error.extra if isinstance(error.extra, list) else []
    lines = [f"{one.get('key', 'body')}: {one.get('message', '')}" for one in fields if isinstance(one, dict)]
    return "; ".join(lines) or error.detail


class _Server(uvicorn.Server):
    """uvicorn, which leaves the process's signals to the farm."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class Endpoint:
    """An application on a port, served in the running loop."""

    def __init__(self, app: Litestar, port: int, path: str = "", callers: int = MAX_CALLERS) -> None:
        """Take the port (0 is any free one). Raises OSError."""
        line = socket.create_server((HOST, port))
        config = uvicorn.Config(
            app,
            http="h11",  # it bounds what a header may hold; httptools does not
            h11_max_incomplete_event_size=MAX_HEADER,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=callers,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S,
        )
        self._server = _Server(config)
        self.url = f"http://{HOST}:{line.getsockname()[1]}{path}"
        self._task = asyncio.get_running_loop().create_task(self._server.serve([line]))

    async def stop(self) -> None:
        """Answer what was asked, and stop."""
        self._server.should_exit = True
        await self._task
