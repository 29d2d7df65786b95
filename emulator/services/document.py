"""The service document: request, acknowledgement, response and alert, in one JSON model (service requests, section 2).

Its names are DUIS's. What DUIS has not and people need (`Reason`, `UserRole`) is added, never renamed. The in-process
entry, HTTP and the XML facade are bindings of this one model.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from emulator.device.instant import from_datetime, to_datetime
from emulator.services.body import Eui64, Instant
from emulator.services.codes import SUCCESS
from emulator.services.naming import duis_name
from emulator.services.row import Role

EUI = r"[0-9A-F]{2}(?:-[0-9A-F]{2}){7}"
RequestId = Annotated[
    str, Meta(pattern=f"^{EUI}:{EUI}:[0-9]{{1,20}}$", description="originator, target and counter, with colons")
]
NATIONAL_SERVICE = "90-B3-D5-1F-30-00-00-01"
"""The target of non-device requests: a TEST EUI-64 of ours."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename=duis_name):
    """The base of the documents."""


class Request(Part, frozen=True, kw_only=True):
    """A service request. `Body` has one element, the service's; who asks is the originator of the RequestID.

    `UserRole` says in which role, where the originator has several.
    """

    request_id: RequestId
    service_reference: str
    service_reference_variant: str
    command_variant: Annotated[int, Meta(ge=1, le=9)]
    body: dict[str, Any]
    first_in_sequence: bool = False
    preceding_service_request_id: RequestId | None = None
    user_role: Role | None = None

    @property
    def originator(self) -> str:
        """The EUI-64 of who asks."""
        return self.request_id.split(":")[0]

    @property
    def target(self) -> str:
        """The EUI-64 of the device, or of the national service."""
        return self.request_id.split(":")[1]

    @property
    def counter(self) -> int:
        """The originator's counter."""
        return int(self.request_id.split(":")[2])


class Acknowledgement(Part, frozen=True, kw_only=True):
    """The answer at once: I99 and the result follows, an I0 with the result of a non-device request, or a refusal."""

    request_id: str
    response_code: str
    response_date_time: Instant
    reason: str = ""
    detail: str = ""
    dsp_schedule_id: int | None = None
    body: dict[str, Any] | None = None

    @property
    def accepted(self) -> bool:
        """Whether it is no refusal."""
        return self.response_code[:1] in {"I", "W"}


class Debug(Part, frozen=True, kw_only=True):
    """SMETS1Debug: which of the equivalent steps failed, counted from 1, and how."""

    response_code: int
    position: Annotated[int, Meta(ge=1)]
    error: Annotated[str, Meta(max_length=250)]


class Response(Part, frozen=True, kw_only=True):
    """The result of a request at a device. `Success` is MessageSuccess; the body is there if it is true.

    Of a schedule's run it has the schedule's id, and the national service as target.
    """

    request_id: str
    response_code: str
    service_reference: str
    service_reference_variant: str
    business_originator_id: Eui64
    business_target_id: Eui64
    timestamp: Instant
    success: bool
    reason: str = ""
    body: dict[str, Any] | None = None
    debug: tuple[Debug, ...] = ()
    dsp_schedule_id: int | None = None
    is_from_gsme: bool = False
    clock_status: str = ""

    @property
    def ok(self) -> bool:
        """Whether the device was reached and did it."""
        return self.success and self.response_code == SUCCESS


class Alert(Part, frozen=True, kw_only=True):
    """An alert: a device's own (GBCS code in hexadecimal), the national service's (N...), or the adapter's (S1SP...).

    `Number` counts the alerts that an adapter gave out; a folded storm says how many it stands for.
    """

    alert_code: Annotated[str, Meta(pattern=r"^([0-9A-F]{4}|N[0-9]{1,3}|AD1|S1SP-[A-Z0-9-]+)$")]
    description: Annotated[str, Meta(max_length=250)]
    timestamp: Instant
    number: int = 0
    business_originator_id: Eui64 | None = None
    business_target_id: Eui64 | None = None
    request_id: str | None = None
    utrn: str | None = None
    throttled_alert_count: int | None = None
    throttled_alert_sequence_id: int | None = None
    body: dict[str, Any] | None = None


Document = Request | Acknowledgement | Response | Alert


def dated(at: int) -> datetime:
    """Give an instant (ms) as documents have it, to hundredths of a second."""
    return to_datetime(at - at % 10)


def instant_of(moment: datetime) -> int:
    """Give a document's date as an instant (ms)."""
    return from_datetime(moment.astimezone(UTC))
