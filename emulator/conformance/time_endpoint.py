"""Farm time for adapters in other processes, told as a stage's own port tells it (`bench_port`).

    GET /time                     {"Now": "2026-06-03T10:07:00Z", "Milliseconds": ..., "Rate": 0}
    GET /time?until=MS&wait=S     the same, once farm time has come to an instant, or after S seconds

`Rate` is milliseconds of farm time a millisecond; 0 stands still until somebody moves it. On the loopback only.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from emulator.conformance.json_port import NoAnswerError, serving
from emulator.device.instant import isoformat

LOOKS: Final = 50
"""How often a second the clock is looked at for somebody who waits."""
LONGEST_WAIT_S: Final = 60
LONGEST_NUMBER: Final = 15


class Reading(NamedTuple):
    """A clock as it stands: the instant, and its pace."""

    at: int
    rate: int


@asynccontextmanager
async def serve(clock: Callable[[], Reading], port: int = 0) -> AsyncIterator[str]:
    """Tell the time for as long as the context lasts; gives the URL. Raises OSError."""

    async def told(asked: Mapping[str, str], _: bytes) -> Any:
        until = _whole(asked, "until", 0)
        for _look in range(LOOKS * min(_whole(asked, "wait", 30), LONGEST_WAIT_S)):
            if clock().at >= until:
                break
            await asyncio.sleep(1 / LOOKS)
        at, rate = clock()
        return {"Now": isoformat(at), "Milliseconds": at, "Rate": rate}

    async with serving({("GET", "/time"): told}, port) as url:
        yield f"{url}/time"


def _whole(asked: Mapping[str, str], name: str, otherwise: int) -> int:
    text = asked.get(name, str(otherwise))
    if not text.isascii() or not text.isdigit() or len(text) > LONGEST_NUMBER:
        raise NoAnswerError(HTTPStatus.BAD_REQUEST, f"{name} is {text[:40]!r}, no whole number")
    return int(text)
