"""Schedules of the national service: 5.1 to 5.3. Each run is an ordinary request with the schedule's id in its answer.

The service's own codes for 5.1 to 5.3 are known by number only: which case has which number is ours (service requests,
section 9). A day of a month that a month has not is its last (*assumed*); runs that the adapter slept through are lost.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from emulator.adapter.judging import GONE, Judged, Refusal, judge, unregistered
from emulator.adapter.schedule_runs import next_run, run_body
from emulator.services.bodies.national import (
    CreateSchedule,
    CreateScheduleRsp,
    DeleteSchedule,
    ReadSchedule,
    ReadScheduleRsp,
)
from emulator.services.bodies.national import Schedule as Row
from emulator.services.body import plain
from emulator.services.catalogue import find
from emulator.services.codes import Why
from emulator.services.document import NATIONAL_SERVICE, Acknowledgement, Alert, Request, Response, dated
from emulator.services.row import Role

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

MOST: Final = 99
TOO_MANY, PAST, NOT_KNOWN, NOT_KNOWN_TO_DELETE = "E050101", "E050102", "E050201", "E050301"
REMOVED: Final = "S1SP-SCHEDULE-REMOVED"
"""The national service has an alert for it, DSPScheduleRemoval, whose number is not known."""


class Standing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A schedule that stands: whose it is, in which role, when it was made, and how often it ran."""

    id: int
    user: str
    role: Role
    made_at: int
    details: CreateSchedule


class Schedules:
    """The schedules that stand."""

    def __init__(self, adapter: "Adapter") -> None:
        self._adapter = adapter
        self._standing: dict[int, Standing] = {}
        self._gone: dict[int, asyncio.Future[None]] = {}
        self._last = self._runs = 0

    def of(self, device_id: str, user: str = "") -> tuple[Standing, ...]:
        """Give the schedules of a device, or those of one user."""
        standing = self._standing.values()
        return tuple(one for one in standing if one.details.device_id == device_id and user in {"", one.user})

    def find(self, number: int) -> Standing | None:
        """Find a schedule by its id."""
        return self._standing.get(number)

    def create(self, user: str, role: Role, details: CreateSchedule) -> int:
        """Make a schedule; give its id."""
        self._last += 1
        self._stand(Standing(id=self._last, user=user, role=role, made_at=self._adapter.around.now(), details=details))
        return self._last

    def delete(self, number: int) -> None:
        """End a schedule. Raises KeyError."""
        del self._standing[number]
        self._gone.pop(number).set_result(None)

    def drop(self, user: str, device_id: str) -> int:
        """End what a user ("" is anybody) has scheduled for a device, and tell of it; say how many there were."""
        found = self.of(device_id, user)
        for one in found:
            self._remove(one)
        return len(found)

    def told(self, response: Response, schedule: int) -> Response:
        """Give the response of a run: it has the schedule's id, and the national service is its target."""
        return replace(response, dsp_schedule_id=schedule, business_target_id=NATIONAL_SERVICE)

    # Kept

    def kept(self) -> Any:
        """Give what stands, to be kept as JSON."""
        return msgspec.to_builtins(
            {"last": self._last, "runs": self._runs, "standing": list(self._standing.values())}, str_keys=True
        )

    def restore(self, kept: Any) -> None:
        """Go on with what was kept."""
        if kept is None:
            return
        self._last, self._runs = kept["last"], kept["runs"]
        for one in msgspec.convert(kept["standing"], list[Standing], strict=False):
            self._stand(one)

    # Runs

    def _stand(self, one: Standing) -> None:
        self._standing[one.id] = one
        self._gone[one.id] = asyncio.get_running_loop().create_future()
        self._adapter.beside(self._keep(one, self._gone[one.id]))

    async def _keep(self, one: Standing, gone: "asyncio.Future[None]") -> None:
        after = max(one.made_at, self._adapter.around.now())
        while (at := next_run(one.details, after)) is not None:
            waiting = asyncio.ensure_future(self._adapter.until(at))
            try:
                await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                with suppress(asyncio.CancelledError):
                    await waiting
            if gone.done():
                return
            self._run(one, at)
            after = at
        if not gone.done():
            self.delete(one.id)

    def _run(self, one: Standing, at: int) -> None:
        entry = self._adapter.inventory.get(one.details.device_id)
        if entry is None or entry.status in GONE or unregistered(one.user, one.role, entry) is not None:
            self._remove(one)
            return
        self._runs += 1
        request = run_request(one.details, one.role, at, NATIONAL_SERVICE, self._runs)
        judged = judge(replace(request, request_id=_as_user(request, one.user)), self._adapter.inventory)
        if isinstance(judged, Judged):
            self._adapter.start(request, judged, one.id)

    def _remove(self, one: Standing) -> None:
        self.delete(one.id)
        now = dated(self._adapter.around.now())
        told = {"DeviceID": one.details.device_id, "DSPScheduleID": one.id}
        self._adapter.alert(
            Alert(
                alert_code=REMOVED,
                description="a schedule ended: its device, or its user's right to it, is gone",
                timestamp=now,
                business_originator_id=one.details.device_id,
                business_target_id=one.user,
                body={"DSPScheduleRemoval": told},
            )
        )


def _as_user(request: Request, user: str) -> str:
    return f"{user}:{request.target}:{request.counter}"


def run_request(details: CreateSchedule, role: Role, at: int, originator: str, counter: int) -> Request:
    """Make the request of a run at an instant."""
    service = find(details.dsp_scheduled_service_reference_variant)
    return Request(
        request_id=f"{originator}:{details.device_id}:{counter}",
        service_reference=service.reference,
        service_reference_variant=service.variant,
        command_variant=1,
        user_role=role,
        body={service.element: run_body(details, at)},
    )


# The services


def _refused(adapter: "Adapter", request: Request, why: Why, code: str, detail: str) -> Acknowledgement:
    return replace(adapter.acknowledge(request, why, detail), response_code=code)


async def create(adapter: "Adapter", judged: Judged, request: Request) -> Acknowledgement:
    """5.1: what it would run is judged now as the request that it will be."""
    details, now = judged.body, adapter.around.now()
    assert isinstance(details, CreateSchedule)
    run = run_request(details, judged.role, now, request.originator, 0)
    found = judge(run, adapter.inventory)
    if isinstance(found, Refusal):
        return adapter.acknowledge(request, found.why, found.detail)
    if dated(now).date() > details.schedule_start_date:
        return _refused(adapter, request, Why.INVALID_VALUE, PAST, "ScheduleStartDate lies in the past")
    if next_run(details, now) is None:
        return _refused(adapter, request, Why.INVALID_VALUE, PAST, "it would never run: all its times are past")
    if len(adapter.schedules.of(details.device_id)) >= MOST:
        detail = f"a device has at most {MOST} schedules"
        return _refused(adapter, request, Why.LIMIT_EXCEEDED, TOO_MANY, detail)
    number = adapter.schedules.create(request.originator, judged.role, details)
    body = {judged.service.answer: plain(CreateScheduleRsp(dsp_schedule_id=number))}
    return adapter.acknowledge(request, Why.OK, body=body, dsp_schedule_id=number)


def _meant(adapter: "Adapter", judged: Judged, request: Request, code: str) -> list[Standing] | Acknowledgement:
    """Find the schedules that 5.2 or 5.3 means: one by its id, or those of its own that a user has at a device."""
    body = judged.body
    assert isinstance(body, ReadSchedule | DeleteSchedule)
    if body.device_id is not None:
        if adapter.inventory.get(body.device_id) is None:
            return adapter.acknowledge(request, Why.UNKNOWN_DEVICE, f"no device {body.device_id} is in the inventory")
        return list(adapter.schedules.of(body.device_id, request.originator))
    assert body.dsp_schedule_id is not None
    found = adapter.schedules.find(body.dsp_schedule_id)
    if found is None:
        return _refused(adapter, request, Why.INVALID_VALUE, code, f"there is no schedule {body.dsp_schedule_id}")
    if found.user != request.originator:
        return adapter.acknowledge(request, Why.NOT_THE_SUPPLIER, f"schedule {found.id} is another user's")
    return [found]


async def read(adapter: "Adapter", judged: Judged, request: Request) -> Acknowledgement:
    """5.2: a user reads schedules of its own."""
    found = _meant(adapter, judged, request, NOT_KNOWN)
    if isinstance(found, Acknowledgement):
        return found
    rows = tuple(Row(dsp_schedule_id=one.id, dsp_schedule_details=one.details) for one in found)
    return adapter.acknowledge(
        request, Why.OK, body={judged.service.answer: plain(ReadScheduleRsp(dsp_schedules=rows))}
    )


async def delete(adapter: "Adapter", judged: Judged, request: Request) -> Acknowledgement:
    """5.3: a user ends schedules of its own; a run that is on its way is still answered."""
    found = _meant(adapter, judged, request, NOT_KNOWN_TO_DELETE)
    if isinstance(found, Acknowledgement):
        return found
    for one in found:
        adapter.schedules.delete(one.id)
    return adapter.acknowledge(request, Why.ACCEPTED_FUTURE)


ANSWERS: Final[Mapping[str, Callable[["Adapter", Judged, Request], Awaitable[Acknowledgement]]]] = {
    "5.1": create,
    "5.2": read,
    "5.3": delete,
}
"""Who answers each."""
