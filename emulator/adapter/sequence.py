"""Sequences: a request that names a preceding one runs after it, and not at all if that failed.

`FirstInSequence` opens a chain, `PrecedingServiceRequestID` goes on (service requests, 7; that a broken chain fails its
followers is from memory).
"""

import asyncio
from collections import OrderedDict
from typing import Final

from emulator.services.document import Request

REMEMBERED: Final = 10_000


class Sequence:
    """What became of the requests that others may name."""

    def __init__(self) -> None:
        self._ended: OrderedDict[str, asyncio.Future[bool]] = OrderedDict()

    def refuses(self, request: Request) -> str | None:
        """Say why a request cannot stand where it says in a chain; None if it can."""
        before = request.preceding_service_request_id
        if before is None:
            return None
        if request.first_in_sequence:
            return "a first in sequence has no preceding request"
        if before not in self._ended:
            return f"no request {before} was accepted"
        return None

    def begin(self, request: Request) -> None:
        """Remember a request that was accepted."""
        self._ended[request.request_id] = asyncio.get_running_loop().create_future()
        while len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

    async def turn(self, request: Request) -> bool:
        """Wait until it is a request's turn; say whether the one before it succeeded."""
        before = request.preceding_service_request_id
        return before is None or await asyncio.shield(self._ended[before])

    def end(self, request: Request, *, succeeded: bool) -> None:
        """Tell followers what became of a request."""
        ended = self._ended.get(request.request_id)
        if ended is not None and not ended.done():
            ended.set_result(succeeded)
