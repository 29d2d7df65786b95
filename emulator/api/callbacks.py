"""Results and alerts pushed to the URLs that callers named: in order, tried again after a while, given up with a count.

Each URL has its own place in the adapter's outbox, which is bounded, so a caller who does not answer costs the adapter
nothing: it never waits for one. What a caller missed can still be fetched by its number for as long as it is held.
"""

import asyncio
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog

from emulator.adapter.outbox import Given, Outbox
from emulator.services.document import Response
from emulator.services.naming import duis_name

PAUSES_S: Final = (0.1, 0.4, 1.6, 6.4)
"""How long is waited after each try that failed; after one more the document is given up."""
TIMEOUT_S: Final = 5.0
MOST: Final = 64
EVERYBODY: Final = ""
_LISTEN_S: Final = 60.0
_LONGEST = 200
_log = structlog.get_logger("meterfarm")


class CallbackError(ValueError):
    """A URL that is none, or not one that may be called; the text says what is allowed."""


class Standing(msgspec.Struct, kw_only=True, rename=duis_name):
    """A URL and how it goes: what was pushed, the tries that failed, what was given up, and what came too late."""

    url: str
    user: str
    after: int
    pushed: int = 0
    failed: int = 0
    given_up: int = 0
    missed: int = 0
    last_error: str = ""


class Callbacks:
    """The URLs of one endpoint. `write` makes the octets that are pushed of a document."""

    def __init__(
        self,
        outbox: Outbox,
        write: Callable[[Given], bytes],
        media_type: str,
        *,
        anywhere: bool = False,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self._outbox, self._write, self._media_type = outbox, write, media_type
        self._anywhere, self.pauses_s = anywhere, tuple(pauses_s)
        self._standing: dict[str, Standing] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._client: httpx.AsyncClient | None = None

    def put(self, url: str, user: str = EVERYBODY) -> Standing:
        """Push to a URL from now on what is for a user (EUI-64), or everything; one that moves keeps its place.

        Raises CallbackError.
        """
        self._judge(url)
        if self._client is None:  # not before it is needed: its TLS takes a while to set up
            self._client = httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)
        if user not in self._standing and len(self._standing) >= MOST:
            raise CallbackError(f"there are {MOST} callbacks already; allowed: {MOST}")
        known = self._standing.get(user)
        self._stop(user)
        standing = Standing(url=url, user=user, after=self._outbox.last if known is None else known.after)
        self._standing[user] = standing
        self._tasks[user] = asyncio.get_running_loop().create_task(self._push(standing))
        return standing

    def delete(self, user: str = EVERYBODY) -> bool:
        """Push no more; say whether there was a URL."""
        self._stop(user)
        return self._standing.pop(user, None) is not None

    def standing(self) -> list[Standing]:
        """Give all URLs and how they go."""
        return list(self._standing.values())

    async def close(self) -> None:
        """End all."""
        tasks = list(self._tasks.values())
        for user in tuple(self._tasks):
            self._stop(user)
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    def _stop(self, user: str) -> None:
        task = self._tasks.pop(user, None)
        if task is not None:
            task.cancel()

    def _judge(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError as error:
            raise CallbackError(f"{url[:_LONGEST]!r} is no URL: {error}") from None
        if parts.scheme not in {"http", "https"} or not host:
            raise CallbackError(f"{url[:_LONGEST]!r}: http://HOST:PORT/PATH is wanted")
        if not self._anywhere and not _is_loopback(host):
            raise CallbackError(
                f"{host} is not on the loopback; allowed: 127.0.0.1, ::1, localhost (--callback-anywhere)"
            )

    async def _push(self, standing: Standing) -> None:
        while True:
            for given in await self._outbox.wait(standing.after, _LISTEN_S):
                standing.missed += given.number - standing.after - 1
                if _is_for(standing.user, given):
                    await self._deliver(standing, given)
                standing.after = given.number

    async def _deliver(self, standing: Standing, given: Given) -> None:
        try:
            octets = self._write(given)
        except Exception as error:  # noqa: BLE001 (a document that cannot be written must not end the pushing)
            _log.exception("callback_fault", number=given.number)
            standing.given_up += 1
            standing.last_error = f"a fault of ours: {type(error).__name__}"
            return
        for pause_s in (*self.pauses_s, None):
            standing.last_error = await self._try(standing.url, octets)
            if not standing.last_error:
                standing.pushed += 1
                return
            standing.failed += 1
            if pause_s is not None:
                await asyncio.sleep(pause_s)
        standing.given_up += 1
        _log.warning("callback_given_up", url=standing.url, number=given.number, error=standing.last_error)

    async def _try(self, url: str, octets: bytes) -> str:
        """Push once; give "" or what went wrong. What the other end answers is not read."""
        assert self._client is not None
        try:
            headers = {"Content-Type": self._media_type}
            async with self._client.stream("POST", url, content=octets, headers=headers) as answer:
                return "" if answer.is_success else f"answered {answer.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"{type(error).__name__}: {error}"[:_LONGEST]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_for(user: str, given: Given) -> bool:
    """Say whether a document is for a user: the answer to its request, or an alert to it or to all."""
    if user == EVERYBODY:
        return True
    if isinstance(given.document, Response):
        return given.document.request_id.startswith(user)
    return given.document.business_target_id in {user, None}
