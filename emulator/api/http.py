"""The HTTP endpoint that stands for the SMS centre: hand in SMS, fetch what homes sent (docs/sms.md).

On the loopback only, and only for whoever holds the control token. Every size is bounded before anything is read whole:
the header and the body by the server and the framework, the fields by their types.
"""

from typing import Annotated, Any

import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import JSONBody, Parameter
from litestar.status_codes import HTTP_202_ACCEPTED
from msgspec import Meta

from emulator.api.endpoint import Endpoint, Refusal, refusal, told, wants_token
from emulator.api.sms_verbs import told_sent
from emulator.device.commands import Reason
from emulator.device.device import EndlessError
from emulator.device.meter import StateError
from emulator.device.sms.text import LONGEST
from emulator.farm.farm import Farm
from emulator.farm.sms_centre import Sent, UnknownNumberError
from emulator.farm.store import StoreError

MAX_BODY = 4_096
MAX_MESSAGES = 1_000


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


_STATUS = {Reason.LIMIT_EXCEEDED: 429, Reason.NOT_APPLICABLE: 404}


def app(farm: Farm, token: str) -> Litestar:
    """Make the application."""
    holds_token = wants_token(token)

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
    match error:
        case UnknownNumberError():
            return refusal(404, "unknown_number", str(error), error)
        case StoreError() | StateError():
            return refusal(503, "store", str(error), error)
        case EndlessError():
            return refusal(500, "fault", str(error), error)
        case _:
            return refusal(*told(error), error)


class SmsEndpoint(Endpoint):
    """The endpoint of one farm, served in the farm's own loop."""

    def __init__(self, farm: Farm, token: str, port: int) -> None:
        """Take the port (0 is any free one). Raises OSError."""
        super().__init__(app(farm, token), port, "/sms")
