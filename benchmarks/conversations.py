"""What is said to a home in the benchmarks: accesses computed from the seed, requests made before they are sent."""

import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle

from benchmarks.callers import Caller, Dialogue, Exchange, HdlcReader, Step, Talker
from benchmarks.servers import PROFILE
from emulator.device.instant import DAY
from emulator.device.meter import Meter
from emulator.dlms.access import Access, access
from emulator.dlms.client import Client
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, array, structure
from emulator.dlms.framing import wrapper
from emulator.dlms.framing.hdlc_client import Connected, HdlcClient, Response, Transmit
from emulator.dlms.framing.hdlc_frame import POLL_FINAL, encode_address, encode_frame
from emulator.dlms.framing.hdlc_link import LLC_COMMAND
from emulator.dlms.logical_device import LogicalDevices
from emulator.dlms.objects.buffers import CLOCK
from emulator.dlms.pdu.services import Reference, Selection, reference
from emulator.farm.addresses import LoopbackAddresses
from emulator.farm.clock import wall
from emulator.farm.estate import from_flags

SEED = 1
IMPORT = reference(3, "1.0.1.8.0.255", 2)
SERIAL = reference(1, "0.0.96.1.0.255", 2)  # which the public client may read
RESTORATION = reference(71, "0.0.17.0.0.255", 7)
RESET_COUNTER = reference(3, "0.0.96.15.1.255", 1)
CHALLENGE = bytes(range(16))
HDLC_NUMBERS = 8


class Homes:
    """The homes of a farm started with `--homes`, as a client knows them. Counters go on from use to use."""

    def __init__(self, count: int, port: int) -> None:
        self._estate = from_flags((PROFILE,), count, SEED)
        self._addresses = LoopbackAddresses(count, port)
        self._clients: dict[tuple[int, str], tuple[Access, Client]] = {}

    def known(self, index: int, level: str) -> tuple[Access, Client]:
        """Give a home's access at a level, and the one client that has it."""
        found = self._clients.get((index, level))
        if found is None:
            devices = LogicalDevices(Meter(self._estate.site(index), wall()), self._addresses.of(index))
            granted = access(devices, level)
            found = self._clients[index, level] = (granted, Client(granted, 1, CHALLENGE))
        return found

    async def dial(self, index: int, level: str) -> Dialogue:
        """Connect."""
        granted, _ = self.known(index, level)
        return await Dialogue.dial(granted.host, granted.port)

    async def associated(self, index: int, level: str) -> Dialogue:
        """Connect and associate."""
        dialogue = await self.dial(index, level)
        await self.hold(dialogue, index, level, self.known(index, level)[1].associate())
        return dialogue

    async def hold(self, dialogue: Dialogue, index: int, level: str, exchange: Exchange) -> list[Step]:
        """Carry out an exchange."""
        granted, _ = self.known(index, level)
        return await dialogue.hold(granted.client, granted.server, exchange)

    async def repeated(self, index: int, level: str, *, target: Reference = IMPORT) -> Caller:
        """Make a caller that reads a plain attribute for ever."""
        dialogue = await self.associated(index, level)
        steps = await self.hold(dialogue, index, level, self.known(index, level)[1].get(target))
        return Caller(dialogue, cycle(steps))

    async def protected(self, index: int) -> tuple[Caller, dict[str, int]]:
        """Make a caller at the management level, and say how long the answer to each protected request is."""
        dialogue = await self.associated(index, "management")
        client = self.known(index, "management")[1]
        answers = {}
        for name, exchange in PROTECTED.items():
            ((_, answers[name]),) = await self.hold(dialogue, index, "management", exchange(client, 0))
        return Caller(dialogue, iter(())), answers

    def prepared(self, index: int, name: str, count: int, answer: int) -> Iterator[Step]:
        """Make protected requests, to be sent in this order and once: each has its own invocation counter."""
        granted, client = self.known(index, "management")
        exchanges = (PROTECTED[name](client, number) for number in range(count))
        return iter([(wrapper.encode(granted.client, granted.server, next(one)), answer) for one in exchanges])

    async def associating(self, index: int, level: str) -> tuple[Caller | Talker, int]:
        """Make a caller that associates, reads and releases for ever; says how many steps that takes."""
        target = SERIAL if level == "public" else IMPORT
        granted, client = self.known(index, level)
        dialogue = await self.dial(index, level)
        steps = [
            step
            for exchange in (client.associate(), client.get(target), client.release())
            for step in await self.hold(dialogue, index, level, exchange)
        ]
        if granted.authentication == "hls-gmac":
            return Talker(dialogue, granted.client, granted.server, _anew(client, target)), 1
        return Caller(dialogue, cycle(steps)), len(steps)

    # HDLC

    async def linked(self, index: int) -> tuple[Dialogue, HdlcClient]:
        """Connect, open the HDLC link and associate as the reader."""
        granted, client = self.known(index, "reader")
        dialogue = await self.dial(index, "reader")
        link = HdlcClient(granted.client, encode_address(granted.server, granted.physical_address, octets=2))
        await _until(dialogue, link, link.connect(), Connected)
        exchange = client.associate()
        octets = next(exchange)
        try:
            while True:
                octets = exchange.send(await _until(dialogue, link, link.request(octets), Response))
        except StopIteration:
            return dialogue, link

    async def repeated_hdlc(self, index: int) -> Caller:
        """Make a caller that reads a plain attribute over HDLC for ever: its eight frames follow the association's."""
        granted, client = self.known(index, "reader")
        dialogue, _ = await self.linked(index)
        addresses = encode_address(granted.server, granted.physical_address, octets=2) + encode_address(granted.client)
        apdu = LLC_COMMAND + next(client.get(IMPORT))
        numbers = [number % HDLC_NUMBERS for number in range(1, HDLC_NUMBERS + 1)]
        frames = [encode_frame(addresses, n << 5 | POLL_FINAL | n << 1, apdu) for n in numbers]
        dialogue.transport.write(frames[0])
        answer = await dialogue.octets()
        if b"\xc4\x01\xc1\x00\x06" not in answer:
            raise RuntimeError(f"GET over HDLC was answered {answer.hex()}")
        return Caller(dialogue, cycle([(frame, len(answer)) for frame in frames[1:] + frames[:1]]))

    async def half_hours(self, index: int, days: int) -> tuple[Caller, int, HdlcReader]:
        """Make callers that read days of half hours over the wrapper (in so many steps) and over HDLC."""
        client = self.known(index, "reader")[1]
        dialogue = await self.associated(index, "reader")
        steps = await self.hold(dialogue, index, "reader", client.get(half_hours(days)))
        apdus = [octets[wrapper.HEADER_OCTETS :] for octets, _ in steps]
        return Caller(dialogue, cycle(steps)), len(steps), HdlcReader(*await self.linked(index), apdus)


# The writes change something each time; the method is carried out and journalled each time.
PROTECTED: dict[str, Callable[[Client, int], Exchange]] = {
    "GET": lambda client, _: client.get(IMPORT),
    "SET": lambda client, number: client.set(RESTORATION, Data(Tag.DOUBLE_LONG_UNSIGNED, 301 + number % 2)),
    "ACTION": lambda client, _: client.action(RESET_COUNTER, Data(Tag.INTEGER, 0)),
}


def _anew(client: Client, target: Reference) -> Iterator[Exchange]:
    def conversation() -> Exchange:
        yield from client.associate()
        answer = yield from client.get(target)
        yield from client.release()
        return answer

    while True:
        yield conversation()


async def _until(dialogue: Dialogue, link: HdlcClient, octets: bytes, kind: type) -> bytes:
    dialogue.transport.write(octets)
    while True:
        for event in link.feed(await dialogue.octets()):
            if isinstance(event, Transmit):
                dialogue.transport.write(event.octets)
            elif isinstance(event, kind):
                return event.apdu if isinstance(event, Response) else b""


@cache
def half_hours(days: int) -> Reference:
    """Select so many whole days of the import profile, the last of them yesterday."""
    end = int(time.time()) * 1000 // DAY * DAY
    limits = (Data(Tag.OCTET_STRING, datetimes.encode(at)) for at in (end - days * DAY + 1, end))
    return reference(7, "1.0.99.1.0.255", 2, Selection(1, structure(CLOCK.definition({}), *limits, array([]))))
