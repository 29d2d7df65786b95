"""Requests with a date of their own: who holds them until then, and how they are cancelled (service requests, 7).

The meter holds what its pattern and its make let it hold: the steps hand the date over with the command, the first
answer says *accepted*, and an alert tells what came of it (`outcomes`). All else the adapter holds (`held`), and
answers once when it was done. The date 3000-12-31 cancels: at the meter by the command itself, here by dropping what
the same user holds of the same service for the same device.
"""

from typing import TYPE_CHECKING, Any, Final, Literal

from msgspec.structs import replace

from emulator.adapter.errand import Errand, StepError
from emulator.adapter.inventory import Entry
from emulator.adapter.judging import GONE, Judged
from emulator.adapter.surroundings import UnknownWayError
from emulator.device.future import CANCEL_AT
from emulator.device.profile import Profile
from emulator.services.body import Body, Done
from emulator.services.codes import Why
from emulator.services.document import Request, Response, instant_of
from emulator.services.row import Service

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

AT_METER: Final = frozenset({"1.1.1", "1.1.2", "1.2.1", "1.2.2", "1.6", "2.1"})
"""Services whose command can carry a time of its own to the meter; the others of the pattern have no such command."""
ON_THE_WAY: Final = frozenset({Why.TIMEOUT, Why.UNREACHABLE})


def execution_at(body: Any) -> int | None:
    """Give the date that a request carries; None is now."""
    moment = getattr(body, "execution_date_time", None)
    return None if moment is None else instant_of(moment)


def holder(profile: Profile, service: Service) -> Literal["device", "adapter"]:
    """Say who keeps a dated request of a service for a set."""
    declared = profile.services
    can = service.held in {"device", "both"} and service.variant in AT_METER
    return "device" if can and declared is not None and declared.holds_dates == "device" else "adapter"


def at_device(errand: Errand) -> int | None:
    """Give the date that the steps hand over to the device with their command; None where there is none."""
    return execution_at(errand.body) if holder(errand.profile, errand.service) == "device" else None


async def wait(adapter: "Adapter", request: Request, judged: Judged, entry: Entry) -> Body | StepError | None:
    """Hold a request until its date, if it is the adapter's to hold.

    Give the answer of one that ends here: it cancelled, or there was nothing to cancel, or its device is gone by now.
    """
    at = execution_at(judged.body)
    if at is None or _held_by(adapter, judged, entry) == "device":
        return None
    if at == CANCEL_AT:
        if adapter.held.cancel(request):
            return Done()
        return StepError(Why.CONFLICT_STATE, 1, "nothing is held that could be cancelled")
    await adapter.until(at)
    now = adapter.inventory.get(entry.device_id)
    if now is None or now.status in GONE:
        return StepError(Why.WRONG_STATUS, 1, f"{entry.device_id} is {'gone' if now is None else now.status}")
    return None


def answered(adapter: "Adapter", request: Request, judged: Judged, entry: Entry, outcome: Body | StepError) -> Response:
    """Make the response of an outcome, as its date has it.

    What a meter now holds was accepted, and is followed; what did not come through at its date timed out (E30).
    """
    at = execution_at(judged.body)
    if at is None:
        return adapter.respond(request, judged, entry, outcome)
    if _held_by(adapter, judged, entry) == "adapter":
        if isinstance(outcome, StepError) and outcome.why in ON_THE_WAY:
            outcome = StepError(Why.FUTURE_TIMEOUT, outcome.position, f"{outcome.why.value}: {outcome.detail}")
        return adapter.respond(request, judged, entry, outcome)
    response = adapter.respond(request, judged, entry, outcome)
    if response.ok:
        adapter.outcomes.replaced(entry, judged.service)
        if adapter.around.now() < at < CANCEL_AT:
            adapter.outcomes.follow(request, judged, entry, at)
            return replace(response, reason=Why.ACCEPTED_FUTURE.value)
    return response


def _held_by(adapter: "Adapter", judged: Judged, entry: Entry) -> Literal["device", "adapter"]:
    try:
        return holder(adapter.around.family(entry.device_id), judged.service)
    except UnknownWayError:
        return "adapter"
