"""Service requests as JSON over HTTP: hand one in, fetch results and alerts, or have them pushed.

On the loopback only, and only for whoever holds the control token. A refusal of the national service is an
Acknowledgement with its code; what is no request at all is answered with one error that says where it breaks.
"""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar import Litestar, MediaType, Request, Response, delete, get, post, put
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, FromQuery, Parameter

from emulator.adapter import Adapter
from emulator.adapter.outbox import Given
from emulator.api.callbacks import CallbackError, Callbacks
from emulator.api.endpoint import Endpoint, Refusal, refusal, told, wants_token
from emulator.api.services_openapi import openapi
from emulator.api.told_services import told_services
from emulator.services.codes import ACCEPTED, Why
from emulator.services.document import Acknowledgement, dated
from emulator.services.document import Alert as AlertDocument
from emulator.services.document import Request as RequestDocument
from emulator.services.document import Response as ResponseDocument

T = TypeVar("T")
MAX_BODY: Final = 16 * 1024 * 1024
"""A firmware image of 10,240,000 octets in base64, and a list of 50,000 devices (service requests, 11.1)."""
MAX_WAIT_S: Final = 60.0
MAX_RESULTS: Final = 1_000
_STATUS: Final = {
    Why.WRONG_USER: 403,
    Why.WRONG_ROLE: 403,
    Why.NOT_THE_SUPPLIER: 403,
    Why.UNKNOWN_DEVICE: 404,
    Why.MALFORMED: 422,
    Why.UNKNOWN_SERVICE: 422,
}
Wait = Annotated[float, Parameter(ge=0, le=MAX_WAIT_S, description="How long to wait for one, s.")]


class Numbered(msgspec.Struct, frozen=True, rename="pascal"):
    """A document that was given out, with its number."""

    number: int
    kind: str
    document: ResponseDocument | AlertDocument


class CallbackIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="pascal"):
    """Where to push, and whose: a user's EUI-64, or everything."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2_048)]
    user: Annotated[str, msgspec.Meta(max_length=23)] = ""


def numbered(given: Given) -> Numbered:
    """Give a document with its number and kind."""
    kind = "response" if isinstance(given.document, ResponseDocument) else "alert"
    return Numbered(given.number, kind, given.document)


def status(acknowledged: Acknowledgement) -> int:
    """Give the HTTP status of an acknowledgement: 202 the result follows, 200 answered, 4xx refused."""
    if acknowledged.accepted:
        return 202 if acknowledged.response_code == ACCEPTED and acknowledged.body is None else 200
    return _STATUS.get(Why(acknowledged.reason), 409)


def app(adapter: Adapter, token: str, rate: Callable[[], int], callbacks: Callbacks) -> Litestar:
    """Make the application."""

    @post("/requests")
    async def hand_in(request: Request[Any, Any, Any]) -> Response[Acknowledgement]:
        """Hand a service request in."""
        acknowledged = await adapter.submit(await read(request, RequestDocument))
        return Response(acknowledged, status_code=status(acknowledged))

    @get("/results")
    async def results(
        after: Annotated[int, Parameter(ge=0, le=2**53, description="Documents beyond this number.")] = 0,
        wait: Wait = 0.0,
        limit: Annotated[int, Parameter(ge=1, le=MAX_RESULTS)] = MAX_RESULTS,
    ) -> list[Numbered]:
        """Give results and alerts, oldest first; none, if none comes in time."""
        found = adapter.outbox.after(after, limit)
        if not found and wait:
            found = (await adapter.outbox.wait(after, wait))[:limit]
        return [numbered(given) for given in found]

    @get("/results/{request_id:str}")
    async def result(request_id: FromPath[str], wait: Wait = 0.0) -> Response[Any]:
        """Give the result of a request; 202 while there is none yet."""
        try:
            async with asyncio.timeout(wait):
                return Response(await adapter.result(request_id))
        except KeyError:
            raise NotFoundException(f"no request {request_id[:80]} was accepted") from None
        except TimeoutError:
            return Response({"RequestID": request_id, "Pending": True}, status_code=202)

    @get("/time")
    async def time() -> dict[str, Any]:
        """Tell the farm's time."""
        return {"Now": dated(adapter.around.now()), "Rate": rate()}

    @get("/catalogue")
    async def catalogue() -> list[dict[str, Any]]:
        """Give every service."""
        return told_services()

    @get("/openapi/openapi.json")
    async def described() -> dict[str, Any]:
        """Give the OpenAPI document."""
        return openapi()

    return Litestar(
        [hand_in, results, result, *callback_routes(callbacks), time, catalogue, described],
        guards=[wants_token(token)],
        request_max_body_size=MAX_BODY,
        exception_handlers={Exception: refused},
        openapi_config=None,
        logging_config=None,
    )


def callback_routes(callbacks: Callbacks) -> list[Any]:
    """Make the routes of callbacks, which the XML facade has too."""

    @put("/callback")
    async def call(request: Request[Any, Any, Any]) -> Any:
        """Push to a URL from now on."""
        wanted = await read(request, CallbackIn)
        try:
            return callbacks.put(wanted.url, wanted.user.upper())
        except CallbackError as error:
            raise ClientException(str(error)) from None

    @delete("/callback", status_code=204)
    async def call_no_more(user: FromQuery[str] = "") -> None:
        """Push no more."""
        if not callbacks.delete(user.upper()):
            raise NotFoundException("there is no such callback")

    @get("/callback")
    async def called() -> Any:
        """Tell how the callbacks go."""
        return callbacks.standing()

    return [call, call_no_more, called]


async def read(request: Request[Any, Any, Any], kind: type[T]) -> T:
    """Read a JSON body. Raises ClientException, which says where it breaks."""
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except msgspec.DecodeError as error:
        raise ClientException(str(error)) from None


def refused(_: Request[Any, Any, Any], error: Exception) -> Response[Refusal]:
    """Answer an error."""
    return refusal(*told(error), error)


def pushed(given: Given) -> bytes:
    """Write a document as it is pushed."""
    return msgspec.json.encode(numbered(given))


class ServicesEndpoint(Endpoint):
    """The JSON endpoint of one adapter."""

    def __init__(
        self, adapter: Adapter, token: str, port: int, rate: Callable[[], int], *, anywhere: bool = False
    ) -> None:
        """Take the port (0 is any free one). Raises OSError."""
        self.callbacks = Callbacks(adapter.outbox, pushed, MediaType.JSON, anywhere=anywhere)
        super().__init__(app(adapter, token, rate, self.callbacks), port)

    async def stop(self) -> None:
        """Push no more, and stop."""
        await self.callbacks.close()
        await super().stop()
