"""The HTTP endpoint that stands for the SMS centre: hand in SMS, fetch what homes sent (docs/sms.md).

On the loopback only, and only for whoever holds the control token. Every size is bounded before anything is read whole:
the header and the body by the server and the framework, the fields by their types.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from hmac import compare_digest
from typing import Annotated, Any

import msgspec
import structlog
import uvicorn
from litestar import Litestar, MediaType, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import JSONBody, Parameter
from litestar.status_codes import HTTP_202_ACCEPTED
from msgspec import Meta

from emulator.api.sms_verbs import told_sent
from emulator.device.commands import Reason
from emulator.device.device import EndlessError
from emulator.device.meter import StateError
from emulator.device.sms.text import LONGEST
from emulator.farm.farm import Farm
from emulator.farm.sms_centre import Sent, UnknownNumberError
from emulator.farm.store import StoreError

HOST = "127.0.0.1"
MAX_BODY = 4_096
MAX_HEADER = 16_384
MAX_CALLERS = 64
MAX_MESSAGES = 1_000
KEEP_ALIVE_S = 5
STOP_S = 1
_log = structlog.get_logger("meterfarm")


class SmsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An SMS to hand in: to whom (ICCID, IMSI or a selector such as home-1), and what it says."""

    to: Annotated[str, Meta(min_length=1, max_length=64)]
    text: Annotated[str, Meta(min_length=1, max_length=LONGEST)]


class SmsTaken(msgspec.Struct, frozen=True):
    """An SMS that was taken: its number among those of its home, and whose it is."""

    id: int
    selector: str


class SmsOut(msgspec.Struct, frozen=True):
    """An SMS that a home sent. `id` rises through the outbox, `number` through all that the home ever sent."""

    id: int
    selector: str
    number: int
    at: str
    iccid: str
    imsi: str
    text: str


class Wrong(msgspec.Struct, frozen=True):
    """Why a request was refused."""

    kind: str
    message: str


class Refusal(msgspec.Struct, frozen=True):
    """The answer to a refused request."""

    error: Wrong


_STATUS = {Reason.LIMIT_EXCEEDED: 429, Reason.NOT_APPLICABLE: 404}


def app(farm: Farm, token: str) -> Litestar:
    """Make the application."""

    def holds_token(asked: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        scheme, given = (asked.headers.get("authorization", "") + " ").split(" ", 1)
        if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), token.encode()):
            raise NotAuthorizedException("the control token is wanted: Authorization: Bearer <token>")

    @post("/sms", status_code=HTTP_202_ACCEPTED, guards=[holds_token])
    async def hand_in(data: JSONBody[SmsIn]) -> SmsTaken:
        """Hand an SMS in. It arrives when the network lets it."""
        handed = await farm.sms.hand_in(farm.sms.find(data.to), data.text)
        if handed.number is None:
            reason = handed.outcome.reason or Reason.NOT_APPLICABLE
            raise HTTPException(status_code=_STATUS.get(reason, 400), detail=handed.outcome.detail)
        return SmsTaken(handed.number, handed.selector)

    @get("/sms", guards=[holds_token])
    async def fetch(
        after: Annotated[int, Parameter(ge=0, le=2**53, description="Messages beyond this id.")] = 0,
        limit: Annotated[int, Parameter(ge=1, le=MAX_MESSAGES)] = MAX_MESSAGES,
    ) -> list[SmsOut]:
        """Give what homes sent since the farm started, oldest first."""
        return [_out(message) for message in farm.sms.outbox(after, limit)]

    return Litestar(
        [hand_in, fetch],
        request_max_body_size=MAX_BODY,
        exception_handlers={Exception: _refused},
        openapi_config=OpenAPIConfig(
            title="Meterfarm SMS centre",
            version="1",
            path="/openapi",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
            components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"token": []}],
        ),
        logging_config=None,
    )


def _out(message: Sent) -> SmsOut:
    return SmsOut(id=message.id, **told_sent(message))


def _refused(_: Request[Any, Any, Any], error: Exception) -> Response[Refusal]:
    """Give one clear error for whatever was wrong; what is no caller's fault is logged too."""
    status, kind, message = _told(error)
    if status >= 500:
        _log.error("http_fault", error=repr(error))
    return Response(Refusal(Wrong(kind, message)), status_code=status, media_type=MediaType.JSON)


def _told(error: Exception) -> tuple[int, str, str]:
    match error:
        case UnknownNumberError():
            return 404, "unknown_number", str(error)
        case HTTPException(status_code=status):
            return status, _KINDS.get(status, "usage" if status < 500 else "fault"), _detail(error)
        case UnicodeDecodeError() | RecursionError():  # msgspec's of a body, which the framework lets through
            return 400, "usage", "the body is no JSON in UTF-8, or too deep"
        case StoreError() | StateError():
            return 503, "store", str(error)
        case EndlessError():
            return 500, "fault", str(error)
        case _:
            return 500, "fault", "a fault of ours; the farm's log names it"


_KINDS = {401: "not_authorised", 404: "unknown", 413: "too_large", 429: "limit_exceeded"}


def _detail(error: HTTPException) -> str:
    """Give what is wrong in one line, with the fields that are."""
    fields = error.extra if isinstance(error.extra, list) else []
    told = [f"{one.get('key', 'body')}: {one.get('message', '')}" for one in fields if isinstance(one, dict)]
    return "; ".join(told) or error.detail


class _Server(uvicorn.Server):
    """uvicorn, which leaves the process's signals to the farm."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class SmsEndpoint:
    """The endpoint of one farm, served in the farm's own loop."""

    def __init__(self, farm: Farm, token: str, port: int) -> None:
        """Take the port (0 is any free one). Raises OSError."""
        centre = app(farm, token)
        line = socket.create_server((HOST, port))
        config = uvicorn.Config(
            centre,
            http="h11",  # it bounds what a header may hold; httptools does not
            h11_max_incomplete_event_size=MAX_HEADER,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MAX_CALLERS,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S,
        )
        self._server = _Server(config)
        self.url = f"http://{HOST}:{line.getsockname()[1]}/sms"
        self._task = asyncio.get_running_loop().create_task(self._server.serve([line]))

    async def stop(self) -> None:
        """Answer what was asked, and stop."""
        self._server.should_exit = True
        await self._task
