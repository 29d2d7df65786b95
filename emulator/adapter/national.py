"""The non-device services: what the national service answers itself, from inventory and schedules."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from emulator.adapter import enrolment, firmware, inventory_read, schedules
from emulator.adapter.judging import Judged
from emulator.services.codes import Why
from emulator.services.document import Acknowledgement, Request

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

Answer = Callable[["Adapter", Judged, Request], Awaitable[Acknowledgement]]
ANSWERS: Final[Mapping[str, Answer]] = {
    **schedules.ANSWERS,
    "8.2": inventory_read.read,
    "8.3": enrolment.decommission,
    "8.4": enrolment.update,
    "12.2": enrolment.announce,
    **firmware.ANSWERS,
}
"""Who answers each."""


async def answer(adapter: "Adapter", judged: Judged, request: Request) -> Acknowledgement:
    """Answer a non-device request at once."""
    variant = judged.service.variant
    if variant not in ANSWERS:
        return adapter.acknowledge(request, Why.NOT_ESTABLISHED, f"{variant} is not there yet")
    return await ANSWERS[variant](adapter, judged, request)
