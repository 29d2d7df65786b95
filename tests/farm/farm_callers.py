"""What the farm's tests share: running a scenario on uvloop, raw callers, and waiting for what a farm must come to.

Values that are expected come from the meter itself or from plain arithmetic, not from the wire's own tables.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from emulator import Farm
from emulator.farm.estate import Estate, from_flags
from emulator.farm.estate_file import read
from emulator.headend import HeadEnd

PROFILE = "elster-as300p"
STANDING = "@2026-03-02T10:17:00Z"
R = TypeVar("R")

# Public client (16) at the meter (1), by hand from the Green Book's tables: AARQ of LN without ciphering, conformance
# GET and block transfer with GET, largest PDU 1024; GET of the clock's time; GET of the total import; RLRQ.
AARQ = bytes.fromhex("601d a109060760857405080101 be10040e 01000000 065f1f0400 001010 0400".replace(" ", ""))
GET_CLOCK = bytes.fromhex("c001c1000800000100 00ff0200".replace(" ", ""))
GET_IMPORT = bytes.fromhex("c001c1000301000108 00ff0200".replace(" ", ""))
RLRQ = bytes.fromhex("6200")
RELEASED = bytes.fromhex("6300")


def run(scenario: Awaitable[R]) -> R:
    """Run a scenario to its end, on the loop the farm is served on. No call-back and no task may fail meanwhile."""
    failures: list[dict[str, Any]] = []

    async def watched() -> R:
        asyncio.get_running_loop().set_exception_handler(lambda _, failure: failures.append(failure))
        return await scenario

    found = uvloop.run(watched())
    assert not failures, failures
    return found


def wrapped(apdu: bytes, client: int = 16, server: int = 1) -> bytes:
    """Put an APDU into the TCP wrapper (IEC 62056-47: version, source, destination, length)."""
    return struct.pack(">HHHH", 1, client, server, len(apdu)) + apdu


class Caller:
    """A connection of octets, without any code of ours between."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @property
    def socket(self) -> socket.socket:
        return self.writer.get_extra_info("socket")

    def send(self, octets: bytes) -> None:
        self.writer.write(octets)

    async def hear(self, count: int) -> bytes:
        async with asyncio.timeout(10):
            return await self.reader.readexactly(count)

    async def apdu(self) -> bytes:
        """Take one wrapped APDU."""
        head = await self.hear(8)
        return await self.hear(int.from_bytes(head[6:8], "big"))

    async def ask(self, apdu: bytes, client: int = 16) -> bytes:
        self.send(wrapped(apdu, client))
        return await self.apdu()

    async def associate(self) -> None:
        answer = await self.ask(AARQ)
        assert answer[0] == 0x61, answer.hex()

    async def ended(self) -> bytes:
        """Take what still comes until the farm closes, in whatever way."""
        heard = b""
        async with asyncio.timeout(10):
            try:
                while piece := await self.reader.read(65536):
                    heard += piece
            except ConnectionError:
                pass
        return heard

    def reset(self) -> None:
        """End with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@asynccontextmanager
async def calling(address: tuple[str, int]):
    """Dial, and hang up at the end."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(*address)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def listening_in(address: tuple[str, int]):
    """Stand between clients and a meter; gives where, and what clients say and hear."""
    said, heard = bytearray(), bytearray()
    relays = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relays.add(asyncio.current_task())
        there, back = await asyncio.open_connection(*address)

        async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter, kept: bytearray) -> None:
            while octets := await source.read(65536):
                kept.extend(octets)
                sink.write(octets)
            sink.close()

        await asyncio.gather(carry(reader, back, said), carry(there, writer, heard))

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    yield server.sockets[0].getsockname(), said, heard
    server.close()
    await asyncio.gather(*relays)


async def is_served(farm: Farm, index: int) -> None:
    """Show that a home answers a caller from end to end."""
    async with calling(farm.addresses.of(index)) as caller:
        await caller.associate()
        assert (await caller.ask(GET_CLOCK))[:4] == b"\xc4\x01\xc1\x00"
        assert (await caller.ask(RLRQ))[:1] == b"\x63"


async def until(true: Callable[[], Any], what: str = "") -> None:
    """Let the loop go on until something is so. What must happen is waited for; time itself decides nothing."""
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0)
    assert true(), what


@asynccontextmanager
async def head_end(farm: Farm, selector: str, level: str = "management", framing: str = "wrapper"):
    async with HeadEnd.open(farm.access(selector, level), framing) as opened:
        yield opened


def an_estate(homes: int = 4, seed: int = 1, cohort: str = "") -> Estate:
    if not cohort:
        return from_flags((PROFILE,), homes, seed)
    return read(
        f'[estate]\nseed = {seed}\n[[cohort]]\nprofile = "{PROFILE}"\nhomes = {homes}\n{cohort}', "e.toml", None
    )


DESCRIPTORS = Path("/proc/self/fd")


def descriptors() -> int:
    """Count this process's open files."""
    return sum(1 for _ in DESCRIPTORS.iterdir())


def reader_aarq(password: bytes) -> bytes:
    """Ask for an association with a password (mechanism LLS), by hand as above. The meter notes it: it commits."""
    parts = bytes.fromhex("a109060760857405080101 8a020780 8b0760857405080201".replace(" ", ""))
    secret = bytes((0xAC, len(password) + 2, 0x80, len(password))) + password
    proposal = bytes.fromhex("be10040e01000000065f1f04000010100400")
    return bytes((0x60, len(parts + secret + proposal))) + parts + secret + proposal


def get(invoke: int, number: int = 2, name: str = "0100010800ff", kind: int = 3) -> bytes:
    """GET of one attribute; `invoke` 0 to 15 comes back in the answer."""
    return bytes((0xC0, 1, 0xC0 | invoke)) + kind.to_bytes(2, "big") + bytes.fromhex(name) + bytes((number, 0))
