"""A farm with its adapter behind both endpoints, a client of them, and a caller's own server that is called back."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import uvloop

from emulator import Farm
from emulator.adapter import Adapter
from emulator.adapter.farm_surroundings import FarmSurroundings
from emulator.api.duis_http import DuisEndpoint
from emulator.api.services_http import ServicesEndpoint
from emulator.services.row import Role
from emulator.services.users import user

TOKEN = "TEST-token"
STANDING = "@2026-03-02T10:17:00Z"
SUPPLIER = user(Role.IS).eui64


class Caller:
    """A server that is called back; it answers with the given statuses in turn, and then with the last for ever."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers) or [204]
        self.heard: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/smartdcc/duis"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def next(self) -> bytes:
        return (await asyncio.wait_for(self.heard.get(), 10))[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        body = await reader.readexactly(length)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        kind = head.split("content-type:")[1].split("\r\n")[0].strip()
        if answer < 300:
            self.heard.put_nowait((kind, body))
        writer.write(f"HTTP/1.1 {answer} Said\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


class Beside:
    """What a test has: the farm, its adapter, a client of each endpoint, and the devices' EUI-64s."""

    def __init__(self, farm: Farm, adapter: Adapter, services: ServicesEndpoint, duis: DuisEndpoint) -> None:
        self.farm, self.adapter, self.services, self.duis = farm, adapter, services, duis
        self.counter = 0
        self.entries = {entry.device_type: entry.device_id for entry in adapter.inventory}

    def request(self, variant: str, element: str, body: Any = None, device: str = "ESME", cv: int = 1, **more: Any):
        """Make the next request of the supplier."""
        self.counter += 1
        return {
            "RequestID": f"{SUPPLIER}:{self.entries.get(device, device)}:{self.counter}",
            "ServiceReference": ".".join(variant.split(".")[:2]),
            "ServiceReferenceVariant": variant,
            "CommandVariant": cv,
            "Body": {element: body or {}},
            **more,
        }


@asynccontextmanager
async def beside(xsd=None, clock: str = STANDING, pauses_s=(0.01, 0.02), **more: Any):
    async with AsyncExitStack() as stack:
        farm = await stack.enter_async_context(Farm.start(profile="elster-as300p", homes=1, clock=clock))
        around = await stack.enter_async_context(FarmSurroundings.beside(farm))
        adapter = await stack.enter_async_context(Adapter(around, around.inventory()))
        services = ServicesEndpoint(adapter, TOKEN, 0, lambda: farm.clock.rate, **more)
        duis = DuisEndpoint(adapter, TOKEN, 0, xsd, **more)
        for endpoint in (services, duis):
            endpoint.callbacks.pauses_s = pauses_s
        try:
            yield Beside(farm, adapter, services, duis)
        finally:
            await asyncio.gather(services.stop(), duis.stop())


@asynccontextmanager
async def client(endpoint, token: str | None = TOKEN):
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=endpoint.url, headers=headers, timeout=20, trust_env=False) as asks:
        yield asks


def run(scenario) -> None:
    """Run a scenario; what nobody awaited and failed fails the test too."""
    failures = []

    async def watched():
        asyncio.get_running_loop().set_exception_handler(lambda _, failure: failures.append(failure))
        async with asyncio.timeout(50):
            return await scenario

    uvloop.run(watched())
    assert not failures, failures
