"""Rows: one row, one object. A row says where values and commands stand on the wire, in both directions.

The meter decodes with the row and the head end encodes with the same row. Rows are shared by all devices of a
profile; what differs between connections reaches them through the `View` they are given.
"""

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

from emulator.device.commands import Command
from emulator.device.item import Item
from emulator.device.items import BY_KEY
from emulator.device.meter import Meter, Outcome
from emulator.device.profile import Profile
from emulator.dlms.codec.data import NULL, Data, Tag, decode, encode, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.kinds import Kind
from emulator.dlms.objects.types import TEXT, U8, U32, TypeUnmatchedError, WireType, items
from emulator.dlms.pdu.services import Selection
from emulator.dlms.pdu.tags import DataAccessResult


class Level(IntEnum):
    """What an association may do: each level may all that the ones below may."""

    PUBLIC = 0
    READER = 1
    MANAGEMENT = 2


class Unit(IntEnum):
    """Physical units (IEC 62056-6-2, table of units)."""

    DAY = 4
    SECOND = 7
    CURRENCY = 10
    CUBIC_METRE = 13
    CUBIC_METRE_AN_HOUR = 15
    WATT = 27
    VAR = 29
    WATT_HOUR = 30
    VAR_HOUR = 32
    AMPERE = 33
    VOLT = 35
    HERTZ = 44
    DECIBEL_MILLIWATT = 70
    OTHER = 254
    COUNT = 255


class View(Protocol):
    """What a row may know of the conversation it is read in: the device, and the association that asks."""

    @property
    def meter(self) -> Any:
        """The device behind the logical device: of the kind that its rows are written for."""

    @property
    def client(self) -> int:
        """The client's SAP."""

    @property
    def server(self) -> int:
        """The logical device's SAP."""

    @property
    def address(self) -> tuple[str, int]:
        """The hub's IPv4 address and port."""

    @property
    def object_list(self) -> bytes:
        """The objects that the association sees, as octets."""

    @property
    def terms(self) -> "Terms":
        """What client and server agreed on."""

    @property
    def server_title(self) -> bytes:
        """The server's system title."""

    @property
    def counter(self) -> int:
        """The highest invocation counter taken from any client."""

    @property
    def policy(self) -> int:
        """The least protection of management's messages."""

    @property
    def logical_devices(self) -> Mapping[int, bytes]:
        """The logical devices at this address: SAP and name."""

    def carry_out(self, command: Command) -> Outcome:
        """Hand a command to the device behind the logical device."""

    def reject(self, detail: str) -> None:
        """Note a request that the client may not make."""


class Terms(NamedTuple):
    """What an association was opened with."""

    context: int = 1
    mechanism: int = 0
    conformance: int = 0
    max_sent: int = 0
    max_received: int = 0
    client_title: bytes = b""


class AccessError(Exception):
    """A read that the object itself refuses."""

    def __init__(self, result: DataAccessResult) -> None:
        super().__init__(result.name)
        self.result = result


class Takes(NamedTuple):
    """A command that a write or a method carries: made from data by the meter, turned into data by the head end.

    `data` gives None where this row carries nothing of the command. With `part`, several rows carry one command.
    """

    command: type[Command] | tuple[type[Command], ...]
    make: Callable[[Any, Data], Command]  # of the device behind the logical device
    data: Callable[[Any], Data | None]
    part: bool = False

    @property
    def commands(self) -> tuple[type[Command], ...]:
        """The commands carried; nearly always one."""
        return self.command if isinstance(self.command, tuple) else (self.command,)


class Attribute(NamedTuple):
    """One attribute: how it is read and written, by whom, and which data items stand in it (key: how to find it)."""

    read: Callable[[Any], bytes]
    level: Level = Level.READER
    items: Mapping[str, Callable[[Data], Any]] = {}
    select: Callable[[Any, Selection | None], bytes] | None = None
    write: Takes | None = None


class Method(NamedTuple):
    """One method. `within` names a method of the association itself, which carries no command to the device."""

    takes: Takes | None = None
    within: str | None = None
    level: Level = Level.MANAGEMENT


class Object(NamedTuple):
    """One COSEM object. `name` is what a profile calls it when its logical name differs from this generic one."""

    name: str
    logical_name: str
    kind: Kind
    attributes: dict[int, Attribute]
    methods: Mapping[int, Method] = {}
    when: Callable[[Profile], bool] = lambda _: True


def logical_name_octets(logical_name: str) -> bytes:
    """Give the six octets of a logical name."""
    return bytes(int(part) for part in logical_name.split("."))


def constant(octets: bytes, level: Level = Level.READER) -> Attribute:
    """Make an attribute that never changes."""
    return Attribute(lambda _: octets, level)


def scaler_unit(scaler: int, unit: Unit) -> Attribute:
    """Make the scaler_unit attribute."""
    return constant(encode(structure(Data(Tag.INTEGER, scaler), Data(Tag.ENUM, unit))))


def of_item(
    key: str,
    wire: WireType,
    level: Level = Level.READER,
    write: Takes | None = None,
    among: Mapping[str, Item] = BY_KEY,
) -> Attribute:
    """Make an attribute whose value is a data item, of an electricity meter unless other items are given."""
    read, write_out = among[key].read, wire.encode
    return Attribute(lambda view: write_out(read(view.meter)), level, {key: wire.decode}, write=write)


def of_meter(read: Callable[[Any], Any], wire: WireType, level: Level = Level.READER) -> Attribute:
    """Make an attribute whose value is something of the device that is no data item."""
    write_out = wire.encode
    return Attribute(lambda view: write_out(read(view.meter)), level)


def data(
    name: str,
    logical_name: str,
    key: str,
    wire: WireType = TEXT,
    level: Level = Level.READER,
    write: Takes | None = None,
    when: Callable[[Profile], bool] = lambda _: True,
    among: Mapping[str, Item] = BY_KEY,
) -> Object:
    """Make a Data object of a data item."""
    return Object(name, logical_name, kinds.DATA, {2: of_item(key, wire, level, write, among)}, when=when)


def register(
    name: str,
    logical_name: str,
    key: str,
    unit: Unit,
    scaler: int = 0,
    wire: WireType = U32,
    reset: Takes | None = None,
    when: Callable[[Profile], bool] = lambda _: True,
    write: Takes | None = None,
    among: Mapping[str, Item] = BY_KEY,
) -> Object:
    """Make a Register object of a data item."""
    methods = {} if reset is None else {1: Method(reset)}
    return Object(
        name,
        logical_name,
        kinds.REGISTER,
        {2: of_item(key, wire, write=write, among=among), 3: scaler_unit(scaler, unit)},
        methods,
        when,
    )


def whole(command: type[Command], wires: Mapping[str, WireType]) -> Takes:
    """Make a carrier of a command with all its fields in one structure, in the order of `wires`: all or nothing.

    A field that is None is null-data.
    """

    def make(_: Meter, data: Data) -> Command:
        fields = zip(wires.items(), items(data, Tag.STRUCTURE, len(wires)), strict=True)
        given = {name: wire.decode(item) for (name, wire), item in fields if item.tag is not Tag.NULL}
        if not needed <= set(given):
            raise TypeUnmatchedError(f"{', '.join(sorted(needed))} may not be null-data")
        return command(**given)

    def written(given: Command) -> Data:
        values = ((wire, getattr(given, name)) for name, wire in wires.items())
        return structure(*(NULL if value is None else decode(wire.encode(value)) for wire, value in values))

    needed = set(command.__struct_fields__[: len(wires) - len(command.__struct_defaults__)])
    return Takes(command, make, written)


def only(command: type[Command], field: str, wire: WireType) -> Takes:
    """Make a carrier of a command in which nothing is said but one field."""

    def written(given: Command) -> Data | None:
        said = {name: value for name in given.__struct_fields__ if (value := getattr(given, name)) != silent[name]}
        return decode(wire.encode(said[field])) if set(said) == {field} else None

    silent = dict(zip(command.__struct_fields__, command.__struct_defaults__, strict=True))
    return Takes(command, lambda _, data: command(**{field: wire.decode(data)}), written)


def without_parameters(command: type[Command]) -> Takes:
    """Make a carrier of a command without parameters; methods of such kind take integer(0), whatever is sent."""
    return Takes(command, lambda _meter, _data: command(), lambda _: NO_PARAMETER)


NO_PARAMETER = Data(Tag.INTEGER, 0)
STATUS_OK = constant(U8.encode(0))
