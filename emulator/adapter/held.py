"""Requests that wait, for their date or for the one before them; until then they can be dropped, and are kept."""

import asyncio
from collections.abc import Coroutine
from typing import Any, NamedTuple

from emulator.adapter.errand import StepError
from emulator.services.body import Body
from emulator.services.codes import Why
from emulator.services.document import Request


class Waiting(NamedTuple):
    """A request that waits; the future has the reason once it is dropped or cancelled."""

    request: Request
    dropped: asyncio.Future[StepError]


class Held:
    """The requests that wait, by their ids."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests that wait, in the order in which they came."""
        return tuple(one.request for one in self._waiting.values())

    def begin(self, request: Request) -> None:
        """Hold a request from now on."""
        self._waiting[request.request_id] = Waiting(request, asyncio.get_running_loop().create_future())

    def drop(self, user: str, device_id: str, why: str) -> int:
        """End what a user ("" is anybody) has waiting for a device; say how many there were."""
        found = [
            one
            for one in self._waiting.values()
            if one.request.target == device_id and user in {"", one.request.originator} and not one.dropped.done()
        ]
        for one in found:
            one.dropped.set_result(StepError(Why.DROPPED, 1, why))
        return len(found)

    def cancel(self, by: Request) -> int:
        """End what the same user has waiting for the same device by the same service; say how many there were."""
        found = [
            one
            for one in self._waiting.values()
            if one.request is not by
            and (one.request.originator, one.request.target) == (by.originator, by.target)
            and one.request.service_reference_variant == by.service_reference_variant
            and not one.dropped.done()
        ]
        for one in found:
            one.dropped.set_result(StepError(Why.CANCELLED, 1, f"cancelled by {by.request_id}"))
        return len(found)

    async def wait(
        self, request: Request, until: Coroutine[Any, Any, Body | StepError | None]
    ) -> Body | StepError | None:
        """Let a request wait for what it waits for; say why it goes no further."""
        held = self._waiting.get(request.request_id)
        if held is None:
            return await until
        work = asyncio.get_running_loop().create_task(until)
        try:
            either: set[asyncio.Future[Any]] = {work, held.dropped}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if held.dropped.done():
                return held.dropped.result()
            return work.result()
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            self._waiting.pop(request.request_id, None)
