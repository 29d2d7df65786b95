"""Adapters that do what none should, as factories for `adapter:misbehaving:NAME`. Most are the reference's, spoiled."""

import asyncio
import itertools
import os
import sys
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from emulator.adapter.adapter import Adapter
from emulator.adapter.outbox import Given
from emulator.services.body import plain
from emulator.services.codes import Why
from emulator.services.document import Response

TRIES = itertools.count()


class Spoiled:
    """The reference adapter, answering as a class made from this one says."""

    def __init__(self, adapter):
        self.adapter = adapter
        self.outbox = self

    async def submit(self, request):
        return await self.adapter.submit(request)

    async def wait(self, after, timeout_s):
        return await self.adapter.outbox.wait(after, timeout_s)


def _factory(kind):
    @asynccontextmanager
    async def opened(around):
        async with Adapter(around, around.inventory(), patience_s=1.0) as adapter:
            yield kind(adapter)

    return opened


class Plain(Spoiled):
    """Nothing is wrong with it: it gives its documents as plain values."""

    async def submit(self, request):
        return plain(await super().submit(request))

    async def wait(self, after, timeout_s):
        return [(number, plain(document)) for number, document in await super().wait(after, timeout_s)]


class Number(Spoiled):
    async def submit(self, *_):
        return 42


class Halfway(Spoiled):
    async def submit(self, *_):
        return {"RequestID": 7, "ResponseCode": None}


class Rubbish(Spoiled):
    async def wait(self, *_):
        return [(1, {"AlertCode": "no code"})]


class Numberless(Spoiled):
    async def wait(self, *_):
        return ["a", object()]


class Raises(Spoiled):
    async def submit(self, *_):
        raise ZeroDivisionError("a fault of its own")


class Hangs(Spoiled):
    async def submit(self, *_):
        await asyncio.Event().wait()


class HoldsUp(Spoiled):
    """It lets nothing else run, and holds a named pipe open for as long as its process is there."""

    async def submit(self, *_):
        if notes := os.environ.get("MISBEHAVING_NOTES"):
            os.write(os.open(notes, os.O_WRONLY), b"held")
        time.sleep(3_600)


class Silent(Spoiled):
    async def wait(self, _, timeout_s):
        await asyncio.sleep(min(timeout_s, 0.001))
        return []

    at_rest = True


class Twice(Spoiled):
    async def wait(self, after, timeout_s):
        found = await super().wait(after // 2, timeout_s)
        doubled = [Given(2 * one.number + more, one.document) for one in found for more in (-1, 0)]
        return [one for one in doubled if one.number > after]


class Dies(Spoiled):
    async def submit(self, *_):
        os._exit(3)


class DiesAtDisable(Spoiled):
    async def submit(self, request):
        if request.service_reference_variant == "7.2":
            os._exit(3)
        return await super().submit(request)


class Leaves(Spoiled):
    async def submit(self, *_):
        sys.exit(0)


class Moody(Spoiled):
    """It refuses to answer once in the life of its process."""

    async def submit(self, request):
        first = next(TRIES) == 0
        return 42 if first else await super().submit(request)


class Liar(Spoiled):
    """It says that all was done, and does nothing."""

    async def submit(self, request):
        self.asked = request
        return self.adapter.acknowledge(request, Why.ACCEPTED_FUTURE)

    async def wait(self, after, _):
        request = self.asked
        response = Response(
            request_id=request.request_id,
            response_code="I0",
            service_reference=request.service_reference,
            service_reference_variant=request.service_reference_variant,
            business_originator_id=request.target,
            business_target_id=request.originator,
            timestamp=datetime(2026, 6, 3, 10, 7, tzinfo=UTC),
            success=True,
        )
        return [Given(1, response)] if after < 1 else []


class Shouts(Spoiled):
    """Its texts hold what no page, no XML and no UTF-8 may."""

    async def submit(self, *_):
        raise RuntimeError("\x00\x1b[2J \ud800 " + "x" * 100_000)


plain_values, number, halfway, rubbish, numberless = map(_factory, (Plain, Number, Halfway, Rubbish, Numberless))
raises, hangs, holds_up, silent, twice = map(_factory, (Raises, Hangs, HoldsUp, Silent, Twice))
dies, dies_at_disable, leaves, moody, liar = map(_factory, (Dies, DiesAtDisable, Leaves, Moody, Liar))
shouts = _factory(Shouts)
not_a_factory = 7


def gives_nothing(around):
    return None


def fails_at_once(around):
    raise ImportError("no such licence")
