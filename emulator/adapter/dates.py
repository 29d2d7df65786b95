"""Requests with a date of their own that the adapter holds until then, and their cancelling (service requests, 7).

Who holds one is the service's pattern and the set's setting: what a device can hold, the steps hand it over at once.
"""

from typing import TYPE_CHECKING, Any

from emulator.adapter.errand import Errand, StepError
from emulator.adapter.inventory import Entry
from emulator.adapter.judging import Judged
from emulator.device.future import CANCEL_AT
from emulator.services.codes import Why
from emulator.services.document import Request, instant_of

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter


def execution_at(body: Any) -> int | None:
    """Give the date that a request carries; None is now."""
    moment = getattr(body, "execution_date_time", None)
    return None if moment is None else instant_of(moment)


async def wait(adapter: "Adapter", request: Request, judged: Judged, entry: Entry) -> StepError | None:
    """Hold a request until its date, if it is the adapter's to hold; say if it was dropped meanwhile."""
    at = execution_at(judged.body)
    holds = judged.service.held == "dsp"
    if at is None or not holds:
        return None
    if at == CANCEL_AT:
        return StepError(Why.NOT_SUPPORTED, 1, "nothing is held that could be cancelled")
    await adapter.until(at)
    return None


def at_device(errand: Errand) -> int | None:
    """Give the date that the steps hand over to the device with their command; None where there is none to hand over."""
    declared = errand.profile.services
    held = errand.service.held == "device" and declared is not None and declared.holds_dates == "device"
    return execution_at(errand.body) if held else None
