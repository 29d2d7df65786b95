"""Adapters with a defect planted in them, for `adapter:planted_adapters:NAME`: the reference one, bent, or parrots."""

import asyncio
from contextlib import asynccontextmanager

from msgspec.structs import replace

from emulator.adapter import Adapter
from emulator.services.codes import Why
from emulator.services.document import NATIONAL_SERVICE, Acknowledgement, Debug, Response, dated

PATIENCE_S = 1.0


class Bent:
    """The reference adapter; from the given number of 7.2 on, it says that the supply is enabled."""

    def __init__(self, adapter, after):
        self.adapter, self.outbox, self.after, self.disabled = adapter, self, after, 0

    @property
    def at_rest(self):
        return self.adapter.at_rest

    async def submit(self, request):
        self.disabled += request.service_reference_variant == "7.2"
        return await self.adapter.submit(request)

    async def wait(self, after, timeout_s):
        given = await self.adapter.outbox.wait(after, timeout_s)
        return [(one.number, self.bend(one.document)) for one in given]

    def bend(self, document):
        if self.disabled >= self.after and getattr(document, "service_reference_variant", "") == "7.4" and document.ok:
            return replace(document, body={"ReadSupplyStatusRsp": {"SupplyState": "Enabled"}})
        return document


def bent(after):
    @asynccontextmanager
    async def factory(surroundings):
        async with Adapter(surroundings, surroundings.inventory(), patience_s=PATIENCE_S) as adapter:
            yield Bent(adapter, after)

    return factory


enabled_after_one, enabled_after_two = bent(1), bent(2)


class Parrot:
    """It looks at no request and asks no device: it has one answer to every request, at once or as the result."""

    at_rest = True

    def __init__(self, surroundings, *, success, at_once):
        self.now, self.success, self.at_once = surroundings.now, success, at_once
        self.outbox, self.given = self, []

    async def submit(self, request):
        direct = self.at_once or request.target == NATIONAL_SERVICE
        at, element = dated(self.now()), {f"{next(iter(request.body), 'None')}Rsp": {}} if self.success else None
        reason = Why.OK if self.success else Why.NOT_SUPPORTED
        if not direct:
            result = Response(
                request_id=request.request_id,
                response_code="I0",
                service_reference=request.service_reference,
                service_reference_variant=request.service_reference_variant,
                business_originator_id=request.target,
                business_target_id=request.originator,
                timestamp=at,
                success=self.success,
                reason=reason,
                body=element,
                debug=() if self.success else (Debug(response_code=1, position=1, error=Why.NOT_SUPPORTED),),
            )
            self.given.append(result)
            return Acknowledgement(request_id=request.request_id, response_code="I99", response_date_time=at)
        told = "I0" if self.success else "E48"
        return Acknowledgement(
            request_id=request.request_id, response_code=told, response_date_time=at, reason=reason, body=element
        )

    async def wait(self, after, _):
        await asyncio.sleep(0)
        return list(enumerate(self.given, start=1))[after:]


def parrot(*, success, at_once=False):
    @asynccontextmanager
    async def factory(surroundings):
        yield Parrot(surroundings, success=success, at_once=at_once)

    return factory


says_yes, says_no, says_no_at_once = parrot(success=True), parrot(success=False), parrot(success=False, at_once=True)
