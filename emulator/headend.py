"""The head end: the other end of the wire. Associates, reads data items, sends commands, reads logs; over TCP.

What an item or a command is on the wire comes from the same rows that the meter answers with.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Any, Final, Literal, NamedTuple, Self

from emulator.device.commands import (
    ActivatePassiveTariff,
    Command,
    SetTariff,
    UpdateSecurityCredentials,
    WritePassiveTariff,
)
from emulator.device.future import CANCEL_AT
from emulator.device.item import Item
from emulator.device.profile import Profile
from emulator.device.readings import find
from emulator.dlms.access import Access
from emulator.dlms.client import Answer, BrokenAnswerError, Client, NotAssociatedError, ServiceRefusedError
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, array, encode, structure
from emulator.dlms.errors import PduError
from emulator.dlms.framing import wrapper
from emulator.dlms.framing.hdlc_client import Connected, Disconnected, HdlcClient, Refused, Response, Transmit
from emulator.dlms.framing.hdlc_frame import CALLING_DEVICE, encode_address
from emulator.dlms.framing.hdlc_parameters import HdlcLimits
from emulator.dlms.logical_device import DEVICE_AT
from emulator.dlms.objects.administration import GAS_SAP, INVOCATION_COUNTER, METER_SAP, transfer_data
from emulator.dlms.objects.buffers import CLOCK
from emulator.dlms.objects.object_list import objects
from emulator.dlms.objects.rows import Object, Takes
from emulator.dlms.pdu.services import Reference, Selection, reference
from emulator.transports.tcp import Connection

Framing = Literal["wrapper", "hdlc"]
CHALLENGE_OCTETS = 16
WIDE = HdlcLimits(2030, 2030, 1, 1)


__all__ = [
    "Access",
    "BrokenAnswerError",
    "HeadEnd",
    "NoPlaceError",
    "NotAssociatedError",
    "NotOnWireError",
    "ServiceRefusedError",
]


class NotOnWireError(LookupError):
    """The device's wire has no place for this item or command."""


class NoPlaceError(NotOnWireError):
    """No row of the device carries this command."""


class LinkBrokenError(ConnectionError):
    """The meter ended the link, or refused it."""


_CLOSED = (
    "the meter closed the connection, as it does while the home has no mains, or its hub no WAN or sleeps "
    "until an SMS: its events tell"
)


MATRIX: Final = {METER_SAP: ("tou_wh", "tou_"), GAS_SAP: ("tou_l", "volume_tou_")}
"""The item that is the TOU register matrix of a logical device, and how the names of its registers begin."""


class Place(NamedTuple):
    """Where an item stands: an attribute, and how to find the item in its data."""

    target: Reference
    decode: Callable[[Data], Any]


class Carrier(NamedTuple):
    """Where a command goes: a write or a method, and its data."""

    target: Reference
    takes: Takes
    writes: bool


@lru_cache(maxsize=64)
def places(profile: Profile, server: int) -> dict[str, Place]:
    """Find the items that stand on the wire of a device, by key."""
    found = {}
    for row in objects(profile, server):
        for number, attribute in row.attributes.items():
            target = reference(row.kind.id, row.logical_name, number)
            found.update({key: Place(target, decode) for key, decode in attribute.items.items()})
    return found


@lru_cache(maxsize=64)
def carriers(profile: Profile, server: int) -> dict[type[Command], list[Carrier]]:
    """Find what carries each command on the wire of a device, in the order of the rows."""
    found: dict[type[Command], list[Carrier]] = {}
    for row in objects(profile, server):
        for carrier in _of_row(row):
            for command in carrier.takes.commands:
                found.setdefault(command, []).append(carrier)
    return found


@lru_cache(maxsize=64)
def rates(profile: Profile, server: int) -> tuple[Reference, ...]:
    """Find every TOU register of a device: the matrix is up to 48 objects on this wire."""
    if server not in MATRIX:
        return ()
    _, named = MATRIX[server]
    rows = objects(profile, server)
    return tuple(reference(row.kind.id, row.logical_name, 2) for row in rows if row.name.startswith(named))


def _of_row(row: Object) -> list[Carrier]:
    writes = [
        Carrier(reference(row.kind.id, row.logical_name, number), attribute.write, writes=True)
        for number, attribute in row.attributes.items()
        if attribute.write is not None
    ]
    methods = [
        Carrier(reference(row.kind.id, row.logical_name, number), method.takes, writes=False)
        for number, method in row.methods.items()
        if method.takes is not None
    ]
    return writes + methods


class WrapperLine:
    """APDUs over the TCP wrapper."""

    def __init__(self, connection: Connection, client: int, server: int) -> None:
        self._connection, self._client, self._server = connection, client, server
        self._deframer = wrapper.WrapperDeframer()

    async def open(self) -> None:
        """Nothing opens: the connection is there."""

    async def exchange(self, apdu: bytes) -> bytes:
        """Send an APDU and wait for the answer. Raises LinkBrokenError, OSError or TimeoutError."""
        await self._connection.send(wrapper.encode(self._client, self._server, apdu))
        while True:
            octets = await self._connection.receive()
            if not octets:
                raise LinkBrokenError(_CLOSED)
            for datagram in self._deframer.feed(octets):
                return datagram.apdu
            if self._deframer.error is not None:
                raise LinkBrokenError(str(self._deframer.error))

    async def close(self) -> None:
        """Nothing closes but the connection."""


class HdlcLine:
    """APDUs over HDLC: SNRM first, DISC last."""

    def __init__(self, connection: Connection, client: int, server: int, physical: int, limits: HdlcLimits) -> None:
        self._connection = connection
        octets = 2 if physical < CALLING_DEVICE & 0x7F else 4  # two would make a reserved address of the highest ones
        self._client = HdlcClient(client, encode_address(server, physical, octets=octets), limits)

    async def open(self) -> None:
        """Connect the link. Raises LinkBrokenError, OSError or TimeoutError."""
        await self._until(self._client.connect(), Connected)

    async def exchange(self, apdu: bytes) -> bytes:
        """Send an APDU and wait for the answer. Raises LinkBrokenError, OSError or TimeoutError."""
        answer = await self._until(self._client.request(apdu), Response)
        assert isinstance(answer, Response)
        return answer.apdu

    async def close(self) -> None:
        """Take the link down, whatever the meter says."""
        try:
            await self._until(self._client.disconnect(), Disconnected)
        except (OSError, TimeoutError):
            return

    async def _until(self, octets: bytes, kind: type) -> object:
        await self._connection.send(octets)
        while True:
            received = await self._connection.receive()
            if not received:
                raise LinkBrokenError(_CLOSED)
            for event in self._client.feed(received):
                if isinstance(event, kind):
                    return event
                if isinstance(event, Transmit):
                    await self._connection.send(event.octets)
                elif isinstance(event, Refused | Disconnected):
                    raise LinkBrokenError(f"the meter refused the link: {event}")


Line = WrapperLine | HdlcLine


class HeadEnd:
    """One association with one device. Made by `HeadEnd.open`."""

    def __init__(self, access: Access, line: Line, client: Client) -> None:
        self._access, self._line, self._client = access, line, client

    @classmethod
    @asynccontextmanager
    async def open(cls, access: Access, framing: Framing = "wrapper", limits: HdlcLimits = WIDE) -> AsyncIterator[Self]:
        """Associate for as long as the context lasts.

        Where messages are protected, the public client first reads the invocation counter the meter would take.
        Raises NotAssociatedError, ServiceRefusedError, LinkBrokenError, OSError or TimeoutError.
        """
        connection = await Connection.dial((access.host, access.port))
        try:
            counter = 1
            if access.authentication == "hls-gmac":
                counter = await _next_counter(access, connection, framing, limits)
            line = _line(access, access.client, connection, framing, limits)
            await line.open()
            head_end = cls(access, line, Client(access, counter, os.urandom(CHALLENGE_OCTETS)))
            await head_end._run(head_end._client.associate())
            try:
                yield head_end
                await head_end._run(head_end._client.release())
            finally:
                await line.close()
        finally:
            await connection.close()

    async def _run(self, exchange: Generator[bytes, bytes, Answer]) -> Answer:
        return await _run(self._line, exchange)

    @property
    def items(self) -> tuple[str, ...]:
        """The keys of the data items that stand on this device's wire."""
        found = tuple(places(self._access.profile, self._access.server))
        matrix = rates(self._access.profile, self._access.server)
        return (*found, MATRIX[self._access.server][0]) if matrix else found

    def find(self, name: str) -> Item:
        """Find a data item of this device by key or title. Raises UnknownItemError."""
        return find(DEVICE_AT[self._access.server], name)

    async def read(self, name: str) -> Any:
        """Read a data item by key or title.

        Raises UnknownItemError, NotOnWireError, or ServiceRefusedError with the meter's result.
        """
        key = self.find(name).key
        if key not in self.items:
            raise NotOnWireError(f"{key} is not on this device's wire; there is {', '.join(self.items) or 'none'}")
        place = places(self._access.profile, self._access.server).get(key)
        if place is not None:
            return place.decode(await self.get(place.target))
        registers = rates(self._access.profile, self._access.server)
        return [(await self.get(register)).value for register in registers]

    async def get(self, target: Reference) -> Data:
        """Read any attribute. Raises ServiceRefusedError."""
        answer = await self._run(self._client.get(target))
        if not answer.accepted or answer.data is None:
            raise ServiceRefusedError(f"{target.logical_name} attribute {target.number}: {answer.reason}")
        return answer.data

    async def attribute(self, name: str, number: int) -> Data:
        """Read an attribute of an object by its name. Raises NotOnWireError or ServiceRefusedError."""
        rows = [row for row in objects(self._access.profile, self._access.server) if row.name == name]
        if not rows:
            raise NotOnWireError(f"this device has no object called {name!r}")
        return await self.get(reference(rows[0].kind.id, rows[0].logical_name, number))

    async def profile(self, name: str, start: int, end: int) -> list[tuple[Any, ...]]:
        """Read entries of a log by range of its stamps: (instant, values...), oldest first."""
        rows = [row for row in objects(self._access.profile, self._access.server) if row.name == name]
        if not rows:
            raise NotOnWireError(f"this device has no log called {name!r}")
        limits = (Data(Tag.OCTET_STRING, datetimes.encode(at)) for at in (start, end))
        clock = CLOCK.definition(self._access.profile.wire.dlms.logical_names)
        selection = Selection(1, structure(clock, *limits, array([])))
        entries = await self.get(reference(7, rows[0].logical_name, 2, selection))
        return [_row(entry) for entry in entries.value]

    async def send(self, command: Command, between: Callable[[], Awaitable[None]] | None = None) -> Answer:
        """Send a command, in as many writes and methods as its wire takes; the first refusal ends it.

        `between` is awaited before each but the first: some makes are busy for a while after a write.
        Raises NotOnWireError, with nothing sent, or ServiceRefusedError.
        """
        answer = Answer()
        try:
            steps = self._steps(command)
            for _, value, _ in chain.from_iterable(steps):
                encode(value)
        except ValueError as error:
            raise NotOnWireError(f"{command.title} cannot be written on this device's wire: {error}") from error
        for number, (target, value, writes) in enumerate(chain.from_iterable(steps)):
            if number and between is not None:
                await between()
            exchange = self._client.set(target, value) if writes else self._client.action(target, value)
            answer = await self._run(exchange)
            if not answer.accepted:
                return answer
        return answer

    def _steps(self, command: Command) -> list[list[tuple[Reference, Data, bool]]]:
        if isinstance(command, SetTariff):
            # A whole table is written as passive, part by part, and then made active: nothing is half in force.
            activation = ActivatePassiveTariff(command.at)
            passive = WritePassiveTariff(command.table, command.prices)
            parts: tuple[Command, ...] = (activation,) if command.at == CANCEL_AT else (passive, activation)
        else:
            parts = (command,)
        return [self._carried(part) for part in parts]

    def _carried(self, command: Command) -> list[tuple[Reference, Data, bool]]:
        carried = []
        for carrier in carriers(self._access.profile, self._access.server).get(type(command), []):
            value = carrier.takes.data(command)
            if isinstance(command, UpdateSecurityCredentials):
                value = transfer_data(command, self._access.master_key)
            if value is None:
                continue
            carried.append((carrier.target, value, carrier.writes))
            if not carrier.takes.part:
                break
        if not carried:
            raise NoPlaceError(f"{command.title} has no place on this device's wire")
        return carried


def _row(entry: Data) -> tuple[Any, ...]:
    stamp, *values = entry.value
    return (datetimes.decode(stamp.value), *(value.value for value in values))


def _line(access: Access, client: int, connection: Connection, framing: Framing, limits: HdlcLimits) -> Line:
    if framing == "wrapper":
        return WrapperLine(connection, client, access.server)
    return HdlcLine(connection, client, access.server, access.physical_address, limits)


async def _next_counter(access: Access, connection: Connection, framing: Framing, limits: HdlcLimits) -> int:
    line = _line(access, access.public_client, connection, framing, limits)
    await line.open()
    public = Client(public_access(access))
    await _run(line, public.associate())
    answer = await _run(line, public.get(_counter(access.profile, access.server)))
    await _run(line, public.release())
    await line.close()
    if not answer.accepted or answer.data is None:
        raise ServiceRefusedError(f"the invocation counter: {answer.reason}")
    return int(answer.data.value) + 1


@lru_cache(maxsize=64)
def _counter(profile: Profile, server: int) -> Reference:
    row = next(row for row in objects(profile, server) if row.name == INVOCATION_COUNTER.name)
    return reference(row.kind.id, row.logical_name, 2)


def public_access(access: Access) -> Access:
    """Give the public client's access at the same device."""
    return replace(access, client=access.public_client, authentication="none", policy="none")


async def _run(line: Line, exchange: Generator[bytes, bytes, Answer]) -> Answer:
    try:
        apdu = next(exchange)
        while True:
            apdu = exchange.send(await line.exchange(apdu))
    except StopIteration as end:
        answer: Answer = end.value
        return answer
    except PduError as error:
        raise BrokenAnswerError(f"the answer breaks its encoding: {error}") from error
