"""Adapters with a defect planted in them, for `adapter:planted_adapters:NAME`: the reference one, bent."""

from contextlib import asynccontextmanager

from msgspec.structs import replace

from emulator.adapter import Adapter

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
