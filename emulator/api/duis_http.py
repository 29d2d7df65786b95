"""The XML facade: DUIS requests at the three paths of the national service, acknowledgements back, results pushed.

Which command variant belongs to which path is as DCC's open tools have it: D takes non-device requests and those for
local delivery (2, 6, 8), S what is sent to a device (1, 3, 5, 7), T what would be made a pre-command (4). As a SMETS1
device has no message to sign, what comes at T is carried out (*assumed*; service requests, 2.2). Nothing is signed, and
no signature is verified: the answer's header says so.
"""

from typing import Any, Final

import structlog
from litestar import Litestar, Request, Response, post
from litestar.exceptions import ClientException
from msgspec.structs import replace

from emulator.adapter import Adapter
from emulator.adapter.outbox import Given
from emulator.api.callbacks import Callbacks
from emulator.api.endpoint import Endpoint, wants_token
from emulator.api.services_http import MAX_BODY, callback_routes, refused
from emulator.api.xsd import NOT_VALIDATED, Xsd
from emulator.services.codes import Why, code
from emulator.services.document import Acknowledgement, dated
from emulator.services.document import Response as ResponseDocument
from emulator.services.duis import (
    acknowledgement_element,
    alert_element,
    header_of,
    is_signed,
    request_of,
    response_element,
)
from emulator.services.element import Element, XmlError, read, written

XML: Final = "application/xml"
ROOTS: Final = ("/api/v1", "")
"""Clients of DCC's test service have the first; the second is short."""
PATHS: Final = {"serviceD": {2, 6, 8}, "serviceS": {1, 3, 5, 7}, "serviceT": {4}}
OF_VARIANT: Final = {variant: path for path, variants in PATHS.items() for variant in variants}
LONGEST_DETAIL: Final = 500
_log = structlog.get_logger("meterfarm")


class Facade:
    """The XML side of one adapter; without a schema nothing is validated, and every answer says so."""

    def __init__(self, adapter: Adapter, xsd: Xsd | None) -> None:
        self._adapter, self._xsd = adapter, xsd

    async def answer(self, path: str, octets: bytes) -> Response[bytes]:
        """Answer a request. Raises XmlError for what is none."""
        root = read(octets)
        header = header_of(root)
        acknowledged = await self._judge(path, root, header)
        reference, variant = header.get("ServiceReference", ""), header.get("ServiceReferenceVariant", "")
        element = acknowledgement_element(acknowledged, reference, variant)
        told = {
            "Meterfarm-Reason": acknowledged.reason,
            "Meterfarm-Detail": _in_header(acknowledged.detail),
            "Meterfarm-Validated": NOT_VALIDATED if self._xsd is None else _in_header(str(self._xsd.path)),
            "Meterfarm-Signature": "not verified" if is_signed(root) else "none",
        }
        return Response(written(element), media_type=XML, status_code=200, headers=told)

    async def _judge(self, path: str, root: Element, header: dict[str, str]) -> Acknowledgement:
        wrong = "" if self._xsd is None else await self._xsd.wrong(root)
        if wrong:
            return self._refuse(header, Why.MALFORMED, wrong)
        try:
            request = request_of(root)
        except XmlError as error:
            return self._refuse(header, Why.MALFORMED, str(error))
        if request.command_variant not in PATHS[path]:
            right = OF_VARIANT.get(request.command_variant, "none")
            detail = f"command variant {request.command_variant} is not for {path}; its path: {right}"
            return self._adapter.acknowledge(request, Why.WRONG_PATH, detail)
        return await self._adapter.submit(request)

    def _refuse(self, header: dict[str, str], why: Why, detail: str) -> Acknowledgement:
        return Acknowledgement(
            request_id=header.get("RequestID", ""),
            response_code=code(why),
            response_date_time=dated(self._adapter.around.now()),
            reason=why.value,
            detail=detail,
        )


def app(facade: Facade, token: str, callbacks: Callbacks) -> Litestar:
    """Make the application."""

    def route(path: str) -> Any:
        @post([f"{root}/{path}" for root in ROOTS], name=path)
        async def take(request: Request[Any, Any, Any]) -> Response[bytes]:
            try:
                return await facade.answer(path, await request.body())
            except XmlError as error:
                raise ClientException(str(error)) from None

        return take

    return Litestar(
        [*(route(path) for path in PATHS), *callback_routes(callbacks)],
        guards=[wants_token(token)],
        request_max_body_size=MAX_BODY,
        exception_handlers={Exception: refused},
        openapi_config=None,
        logging_config=None,
    )


def pushed(given: Given) -> bytes:
    """Write a document as it is pushed."""
    if isinstance(given.document, ResponseDocument):
        return written(response_element(given.document))
    alert = given.document
    return written(alert_element(replace(alert, number=alert.number or given.number)))


def _in_header(text: str) -> str:
    """Give a text as a header can carry it: printable ASCII in one line, and not without end."""
    printable = "".join(char if " " <= char <= "~" else "?" for char in " ".join(text.split()))
    return printable[:LONGEST_DETAIL]


class DuisEndpoint(Endpoint):
    """The XML endpoint of one adapter."""

    def __init__(
        self, adapter: Adapter, token: str, port: int, xsd: Xsd | None = None, *, anywhere: bool = False
    ) -> None:
        """Take the port (0 is any free one). Raises OSError."""
        if xsd is None:
            _log.info("duis_requests", told=NOT_VALIDATED)
        self.callbacks = Callbacks(adapter.outbox, pushed, XML, anywhere=anywhere)
        super().__init__(app(Facade(adapter, xsd), token, self.callbacks), port)

    async def stop(self) -> None:
        """Push no more, and stop."""
        await self.callbacks.close()
        await super().stop()
