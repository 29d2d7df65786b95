"""The load generator: connections in a closed loop, as cheap as Python can make them. Requests are made beforehand.

A `Dialogue` opens a connection and says what must be said first; then a `Caller` takes the connection over.
"""

import asyncio
import time
from collections.abc import Generator, Iterator
from typing import Any, NamedTuple, cast

from benchmarks.servers import Server, busy_s
from emulator.dlms.client import Answer
from emulator.dlms.framing import wrapper
from emulator.dlms.framing.hdlc_client import HdlcClient, Response, Transmit

STALLED_S = 20
REST_S = 0.08  # longer than the spell after which the store begins to fold
RESTING_SHARE = 0.01
MOST_WAITS = 100

Step = tuple[bytes, int]  # a request, and how many octets answer it
Exchange = Generator[bytes, bytes, Answer]


class Cost(NamedTuple):
    """What one run came to."""

    per_s: float
    cpu_us: float
    foreign: float = 0.0  # cores that other processes took meanwhile


class Run:
    """What the callers of one run share: whether to go on, what was done and how many still wait for an answer."""

    __slots__ = ("done", "finished", "open", "waiting")

    def __init__(self, callers: int) -> None:
        self.open = True
        self.done = 0
        self.waiting = callers
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def leave(self) -> None:
        """One caller has ended."""
        self.waiting -= 1
        if not self.waiting:
            self.finished.set_result(None)


class Dialogue(asyncio.Protocol):
    """The careful beginning of a connection: one request, then all of its answer."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._more: asyncio.Future[None] | None = None
        self.transport: asyncio.Transport

    @classmethod
    async def dial(cls, host: str, port: int) -> "Dialogue":
        """Connect."""
        _, dialogue = await asyncio.get_running_loop().create_connection(cls, host, port)
        return dialogue

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hold what came."""
        self._held += data
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    async def octets(self) -> bytes:
        """Wait for octets, whatever came."""
        if not self._held:
            self._more = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(STALLED_S):
                await self._more
        taken = bytes(self._held)
        self._held.clear()
        return taken

    async def ask(self, octets: bytes) -> bytes:
        """Send a wrapped APDU and give the wrapped answer."""
        self.transport.write(octets)
        reply = b""
        while len(reply) < wrapper.HEADER_OCTETS or len(reply) < wrapper.HEADER_OCTETS + int.from_bytes(reply[6:8]):
            reply += await self.octets()
        return reply

    async def hold(self, client: int, server: int, exchange: Exchange) -> list[Step]:
        """Carry out an exchange over the wrapper; gives its steps, to be repeated. Raises RuntimeError if refused."""
        steps = []
        try:
            request = wrapper.encode(client, server, next(exchange))
            while True:
                reply = await self.ask(request)
                steps.append((request, len(reply)))
                request = wrapper.encode(client, server, exchange.send(reply[wrapper.HEADER_OCTETS :]))
        except StopIteration as end:
            if not end.value.accepted:
                raise RuntimeError(f"refused: {end.value.reason}") from None
        return steps


class Caller(asyncio.Protocol):
    """Repeats prepared steps: the next request goes out when the answer to the last one is in."""

    __slots__ = ("_missing", "_next", "_run", "_transport")

    def __init__(self, dialogue: Dialogue, steps: Iterator[Step]) -> None:
        self._transport = dialogue.transport
        self._transport.set_protocol(self)
        self._missing = 0
        self.follow(steps)

    def follow(self, steps: Iterator[Step]) -> None:
        """Go on with other steps, until there are no more."""
        self._next = steps.__next__

    def begin(self, run: Run) -> None:
        """Start."""
        self._run = run
        self._send()

    def data_received(self, data: bytes) -> None:
        """Go on when the whole answer is in."""
        self._missing -= len(data)
        if self._missing:  # below zero it was another answer than the prepared one: the run then stalls, and says so
            return
        run = self._run
        run.done += 1
        if run.open:
            self._send()
        else:
            run.leave()

    def _send(self) -> None:
        try:
            octets, self._missing = self._next()
        except StopIteration:
            self._run.leave()
        else:
            self._transport.write(octets)

    def close(self) -> None:
        """End the connection."""
        self._transport.close()


class Talker(asyncio.Protocol):
    """Carries out conversations that need thought: the requests depend on the answers. Each is one operation."""

    def __init__(self, dialogue: Dialogue, client: int, server: int, conversation: Iterator[Exchange]) -> None:
        self._transport = dialogue.transport
        self._transport.set_protocol(self)
        self._client, self._server = client, server
        self._conversation = conversation
        self._deframer = wrapper.WrapperDeframer()
        self._run: Run

    def begin(self, run: Run) -> None:
        """Start."""
        self._run = run
        self._exchange = next(self._conversation)
        self._send(next(self._exchange))

    def _send(self, apdu: bytes) -> None:
        self._transport.write(wrapper.encode(self._client, self._server, apdu))

    def data_received(self, data: bytes) -> None:
        """Go on with the answer."""
        for datagram in self._deframer.feed(data):
            try:
                self._send(self._exchange.send(datagram.apdu))
            except StopIteration:
                self._run.done += 1
                if self._run.open:
                    self.begin(self._run)
                else:
                    self._run.leave()

    def close(self) -> None:
        """End the connection."""
        self._transport.close()


class HdlcReader(asyncio.Protocol):
    """Repeats a list of APDUs over an HDLC link, polling for each frame; the list is one operation."""

    def __init__(self, dialogue: Dialogue, link: HdlcClient, apdus: list[bytes]) -> None:
        self._transport = dialogue.transport
        self._transport.set_protocol(self)
        self._link, self._apdus = link, apdus
        self._place = 0
        self._run: Run

    def begin(self, run: Run) -> None:
        """Start."""
        self._run = run
        self._place = 0
        self._ask()

    def _ask(self) -> None:
        self._transport.write(self._link.request(self._apdus[self._place]))
        self._place += 1

    def data_received(self, data: bytes) -> None:
        """Poll, or go on with the answer."""
        for event in self._link.feed(data):
            if isinstance(event, Transmit):
                self._transport.write(event.octets)
            elif isinstance(event, Response):
                if self._place < len(self._apdus):
                    self._ask()
                    continue
                self._run.done += 1
                if self._run.open:
                    self.begin(self._run)
                else:
                    self._run.leave()

    def close(self) -> None:
        """End the connection."""
        self._transport.close()


async def measured(server: Server, callers: list[Any], seconds: float, steps_each: int = 1) -> Cost:
    """Let callers work for some seconds, or to the end of their steps; an operation is so many steps.

    What the server does afterwards (folding its journal, say) counts as processor time of these operations.
    """
    await _quiet(server)
    run = Run(len(callers))
    handle = asyncio.get_running_loop().call_later(seconds, setattr, run, "open", False)
    everybody, ours = busy_s(), time.process_time()
    cpu, began = server.cpu_ns, time.perf_counter()
    for caller in callers:
        caller.begin(run)
    async with asyncio.timeout(seconds + STALLED_S):
        await run.finished
    took = time.perf_counter() - began
    foreign = busy_s() - everybody - (time.process_time() - ours) - (server.cpu_ns - cpu) / 1e9
    handle.cancel()
    await _quiet(server)
    done = run.done / steps_each
    return Cost(done / took, (server.cpu_ns - cpu) / 1_000 / done, max(0.0, foreign / took))


async def _quiet(server: Server) -> None:
    """Wait until the server rests, or always did something."""
    before = server.cpu_ns
    for _ in range(MOST_WAITS):
        await asyncio.sleep(REST_S)
        now = server.cpu_ns
        if now - before < RESTING_SHARE * REST_S * 1e9:
            return
        before = now
