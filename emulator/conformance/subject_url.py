"""An adapter of somebody's own, in another process: `adapter:URL`. It is asked over HTTP, in JSON.

    POST URL/stage       {"Time", "Devices", "Inventory", "Sms"}: a new home to look after; see `bench_port`. What was
                         before is forgotten. The answer may be {"Alerts": "host:port"}: where hubs shall push
    POST URL/requests    a request; the answer is its acknowledgement
    GET URL/results?after=N&wait=S
                         [{"Number", "Kind": "response" or "alert", "Document"}, ...] beyond a number, oldest first,
                         once there is one or after S seconds

What it answers is judged, never trusted: each text here says what was wrong.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final, Literal, TypeVar

import httpx
import msgspec

from emulator.adapter.farm_surroundings import FarmSurroundings
from emulator.adapter.outbox import Given
from emulator.conformance.bench_port import BenchPort
from emulator.conformance.case import Home
from emulator.conformance.staging import Stand, push_to
from emulator.conformance.subject import Subject, SubjectError
from emulator.farm.farm import Farm
from emulator.services.document import Acknowledgement, Alert, Request, Response

ANSWER_S: Final = 10.0
EACH_ITS_OWN: Final = httpx.Limits(max_keepalive_connections=0)
"""Each request has a connection of its own: one that is kept may be closed by an adapter just as it is used again."""
MOST_OCTETS: Final = 4 * 1024 * 1024
T = TypeVar("T")


class Result(msgspec.Struct, frozen=True, rename="pascal"):
    """A document that an adapter gave out."""

    number: int
    kind: Literal["response", "alert"]
    document: msgspec.Raw


class Staged(msgspec.Struct, frozen=True, rename="pascal"):
    """What an adapter answers to a new stage."""

    alerts: str = ""


def at_url(url: str) -> Stand:
    """Stand up an adapter that answers at a URL."""

    @asynccontextmanager
    async def stand(farm: Farm, home: Home) -> AsyncIterator[Subject]:
        async with (
            FarmSurroundings.beside(farm) as around,
            BenchPort.open(farm, around, enrolled=home.commissioned) as port,
            httpx.AsyncClient(base_url=url, timeout=ANSWER_S, trust_env=False, limits=EACH_ITS_OWN) as client,
        ):
            subject = OverHttp(client, around)
            staged = await subject.begin(port.announcement())
            if staged.alerts:
                await push_to(farm, _reachable(staged.alerts))
            yield subject

    return stand


def _reachable(alerts: str) -> str:
    host, _, port = alerts.rpartition(":")
    if not host or not port.isdigit():
        raise SubjectError(f"POST /stage: Alerts is {alerts[:60]!r}, not host:port")
    return alerts


class OverHttp:
    """Somebody's adapter at the other end of HTTP."""

    def __init__(self, client: httpx.AsyncClient, around: FarmSurroundings) -> None:
        self._client, self._around = client, around
        self._base = 0

    async def begin(self, announcement: dict[str, str]) -> Staged:
        """Announce a new home, and pass over what is left of the one before. Raises SubjectError."""
        octets = await self._ask("POST", "/stage", msgspec.json.encode(announcement), ANSWER_S)
        staged = _decoded(octets, Staged, "POST /stage") if octets.strip() else Staged()
        while left := await self.given(0, 0.0):
            self._base += left[-1].number
        return staged

    async def submit(self, request: Request) -> Acknowledgement:
        """Hand a request in. Raises SubjectError."""
        octets = await self._ask("POST", "/requests", msgspec.json.encode(request), ANSWER_S)
        return _decoded(octets, Acknowledgement, "POST /requests")

    async def given(self, after: int, wait_s: float) -> list[Given]:
        """Give what it gave out beyond a number. Raises SubjectError."""
        path = f"/results?after={self._base + after}&wait={wait_s:g}"
        told = _decoded(await self._ask("GET", path, b"", wait_s + ANSWER_S), list[Result], "GET /results")
        found = []
        for one in told:
            if one.number <= self._base + after:
                raise SubjectError(f"GET /results: asked for what comes after {after}, it gave {one.number}")
            kind: type[Response | Alert] = Response if one.kind == "response" else Alert
            found.append(Given(one.number - self._base, _decoded(bytes(one.document), kind, "GET /results: Document")))
        numbers = [one.number for one in found]
        if numbers != sorted(set(numbers)):
            raise SubjectError(f"GET /results: the numbers do not rise: {numbers[:10]}")
        return found

    @property
    def next_wait(self) -> int | None:
        """The instant it asked the stage's port to be told of."""
        return self._around.next_wait

    @property
    def at_rest(self) -> bool | None:
        """Nobody knows."""
        return None

    def moved(self) -> None:
        """Let the stage's port answer who waits for an instant."""
        self._around.moved()

    async def _ask(self, method: str, path: str, body: bytes, limit_s: float) -> bytes:
        what = f"{method} {path.partition('?')[0]}"
        try:
            async with asyncio.timeout(limit_s):
                return await self._answer(method, path, body, what)
        except TimeoutError as error:
            raise SubjectError(f"{what} hangs: no answer within {limit_s:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            told = " ".join(str(error).split()) or "the connection ended"
            raise SubjectError(f"{what}: {type(error).__name__}: {told}; is it dead?") from error

    async def _answer(self, method: str, path: str, body: bytes, what: str) -> bytes:
        headers = {"content-type": "application/json"} if body else {}
        async with self._client.stream(method, path, content=body, headers=headers, timeout=None) as answer:
            octets = bytearray()
            async for piece in answer.aiter_bytes():
                octets += piece
                if len(octets) > MOST_OCTETS:
                    raise SubjectError(f"{what} answered with more than {MOST_OCTETS} octets")
            if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
                raise SubjectError(f"{what} answered {answer.status_code}: {_shown(bytes(octets))}")
            return bytes(octets)


def _decoded(octets: bytes, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(octets, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SubjectError(f"{what} gave what is no {_name(kind)}: {error}: {_shown(octets)}") from error


def _name(kind: Any) -> str:
    return "list of results" if kind == list[Result] else kind.__name__.lower()


def _shown(octets: bytes) -> str:
    """Show the beginning of an answer, without what would spoil a screen."""
    text = "".join(one if one.isprintable() else "." for one in octets[:120].decode("utf-8", "replace"))
    return text or "nothing"
