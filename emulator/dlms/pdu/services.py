"""GET, SET and ACTION: requests and responses of every type (IEC 62056-5-3, 7.3; A-XDR)."""

from dataclasses import dataclass, field
from typing import NamedTuple

from emulator.dlms.codec.data import Data, encode, read
from emulator.dlms.codec.octets import Cursor, length, octet_string
from emulator.dlms.errors import PduError
from emulator.dlms.pdu.tags import Apdu

MAX_LIST = 256

NORMAL = 1
GET_NEXT, GET_WITH_LIST = 2, 3
SET_FIRST_BLOCK, SET_BLOCK, SET_WITH_LIST, SET_LIST_FIRST_BLOCK = 2, 3, 4, 5
ACTION_NEXT_BLOCK, ACTION_WITH_LIST, ACTION_FIRST_BLOCK, ACTION_LIST_FIRST_BLOCK, ACTION_BLOCK = 2, 3, 4, 5, 6

GET_RESPONSE_BLOCK, GET_RESPONSE_LIST = 2, 3
SET_RESPONSE_BLOCK, SET_RESPONSE_LAST_BLOCK, SET_RESPONSE_LAST_LIST, SET_RESPONSE_LIST = 2, 3, 4, 5
ACTION_RESPONSE_BLOCK, ACTION_RESPONSE_LIST, ACTION_RESPONSE_NEXT = 2, 3, 4


class Selection(NamedTuple):
    """Selective access: which selector, and its parameters."""

    selector: int
    parameters: Data


class Reference(NamedTuple):
    """One attribute or method: class id, logical name and number as their nine octets; selective access if asked."""

    descriptor: bytes
    selection: Selection | None = None

    @property
    def class_id(self) -> int:
        """The interface class."""
        return int.from_bytes(self.descriptor[:2], "big")

    @property
    def logical_name(self) -> str:
        """The logical name as six dotted numbers."""
        return ".".join(str(octet) for octet in self.descriptor[2:8])

    @property
    def number(self) -> int:
        """The attribute's or method's number."""
        return self.descriptor[8]


class Block(NamedTuple):
    """One block of a long service parameter."""

    last: bool
    number: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A GET, SET or ACTION request. Which fields count follows from `service` and `kind`."""

    service: Apdu
    kind: int
    invoke: int
    references: tuple[Reference, ...] = ()
    values: tuple[Data | None, ...] = ()
    block: Block | None = None
    block_number: int = 0


def reference(class_id: int, logical_name: str, number: int, selection: Selection | None = None) -> Reference:
    """Make a reference from numbers a person writes. Raises ValueError."""
    name = bytes(int(part) for part in logical_name.split("."))
    if len(name) != 6:
        raise ValueError(f"{logical_name!r} is no logical name")
    return Reference(class_id.to_bytes(2, "big") + name + bytes((number,)), selection)


def read_request(octets: bytes) -> Request:
    """Read a GET, SET or ACTION request. Raises PduError."""
    cursor = Cursor(octets)
    service = cursor.u8()
    kind, invoke = cursor.u8(), cursor.u8()
    readers = {Apdu.GET_REQUEST: _read_get, Apdu.SET_REQUEST: _read_set, Apdu.ACTION_REQUEST: _read_action}
    if service not in readers:
        raise PduError("no request of GET, SET or ACTION")
    asked = readers[Apdu(service)](cursor, kind, invoke)
    cursor.end()
    return asked


def _read_get(cursor: Cursor, kind: int, invoke: int) -> Request:
    service = Apdu.GET_REQUEST
    if kind == NORMAL:
        return Request(service, kind, invoke, (_read_attribute(cursor),))
    if kind == GET_NEXT:
        return Request(service, kind, invoke, block_number=cursor.u32())
    if kind == GET_WITH_LIST:
        return Request(service, kind, invoke, _read_list(cursor))
    raise PduError(f"no GET request of type {kind}")


def _read_set(cursor: Cursor, kind: int, invoke: int) -> Request:
    service = Apdu.SET_REQUEST
    if kind == NORMAL:
        return Request(service, kind, invoke, (_read_attribute(cursor),), (read(cursor),))
    if kind == SET_FIRST_BLOCK:
        return Request(service, kind, invoke, (_read_attribute(cursor),), block=_read_block(cursor))
    if kind == SET_BLOCK:
        return Request(service, kind, invoke, block=_read_block(cursor))
    if kind == SET_WITH_LIST:
        return Request(service, kind, invoke, _read_list(cursor), read_values(cursor))
    if kind == SET_LIST_FIRST_BLOCK:
        return Request(service, kind, invoke, _read_list(cursor), block=_read_block(cursor))
    raise PduError(f"no SET request of type {kind}")


def _read_action(cursor: Cursor, kind: int, invoke: int) -> Request:
    service = Apdu.ACTION_REQUEST
    if kind == NORMAL:
        return Request(service, kind, invoke, (Reference(cursor.take(9)),), (_read_optional(cursor),))
    if kind == ACTION_NEXT_BLOCK:
        return Request(service, kind, invoke, block_number=cursor.u32())
    if kind == ACTION_WITH_LIST:
        methods = _read_methods(cursor)
        return Request(service, kind, invoke, methods, read_values(cursor))
    if kind == ACTION_FIRST_BLOCK:
        return Request(service, kind, invoke, (Reference(cursor.take(9)),), block=_read_block(cursor))
    if kind == ACTION_LIST_FIRST_BLOCK:
        return Request(service, kind, invoke, _read_methods(cursor), block=_read_block(cursor))
    if kind == ACTION_BLOCK:
        return Request(service, kind, invoke, block=_read_block(cursor))
    raise PduError(f"no ACTION request of type {kind}")


def _read_attribute(cursor: Cursor) -> Reference:
    descriptor = cursor.take(9)
    if not _flag(cursor):
        return Reference(descriptor)
    return Reference(descriptor, Selection(cursor.u8(), read(cursor)))


def _read_list(cursor: Cursor) -> tuple[Reference, ...]:
    return tuple(_read_attribute(cursor) for _ in range(_count(cursor)))


def _read_methods(cursor: Cursor) -> tuple[Reference, ...]:
    return tuple(Reference(cursor.take(9)) for _ in range(_count(cursor)))


def read_values(cursor: Cursor) -> tuple[Data, ...]:
    """Read a list of values."""
    return tuple(read(cursor) for _ in range(_count(cursor)))


def _count(cursor: Cursor) -> int:
    count = cursor.length()
    if not 1 <= count <= MAX_LIST:
        raise PduError(f"a list has 1 to {MAX_LIST} references")
    return count


def _read_optional(cursor: Cursor) -> Data | None:
    return read(cursor) if _flag(cursor) else None


def _flag(cursor: Cursor) -> bool:
    flag = cursor.u8()
    if flag not in {0, 1}:
        raise PduError("a presence flag is 0 or 1")
    return flag == 1


def _read_block(cursor: Cursor) -> Block:
    return Block(cursor.u8() != 0, cursor.u32(), cursor.octet_string())


def write_request(asked: Request) -> bytes:
    """Write a GET, SET or ACTION request."""
    parts = [bytes((asked.service, asked.kind, asked.invoke))]
    many = len(asked.references) > 1 or _is_list(asked)
    if many:
        parts.append(length(len(asked.references)))
    for entry in asked.references:
        parts.append(entry.descriptor)
        if asked.service != Apdu.ACTION_REQUEST:
            parts.append(_selection(entry.selection))
    if asked.block is not None:
        parts.append(write_block(asked.block))
    elif not asked.references:
        parts.append(asked.block_number.to_bytes(4, "big"))
    elif asked.service == Apdu.ACTION_REQUEST and not many:
        value = asked.values[0] if asked.values else None
        parts.append(b"\x00" if value is None else b"\x01" + encode(value))
    elif asked.values:
        if many:
            parts.append(length(len(asked.values)))
        parts.extend(encode(value) for value in asked.values if value is not None)
    return b"".join(parts)


def _is_list(asked: Request) -> bool:
    lists = {
        Apdu.GET_REQUEST: {GET_WITH_LIST},
        Apdu.SET_REQUEST: {SET_WITH_LIST, SET_LIST_FIRST_BLOCK},
        Apdu.ACTION_REQUEST: {ACTION_WITH_LIST, ACTION_LIST_FIRST_BLOCK},
    }
    return asked.kind in lists[asked.service]


def _selection(selection: Selection | None) -> bytes:
    return b"\x00" if selection is None else bytes((1, selection.selector)) + encode(selection.parameters)


def write_block(block: Block) -> bytes:
    """Write the last-block flag, the number and the octets."""
    return bytes((block.last,)) + block.number.to_bytes(4, "big") + octet_string(block.octets)


@dataclass(frozen=True, slots=True)
class Response:
    """A GET, SET or ACTION response. `results` are numbers; a GET's `values` stand where the result is 0."""

    service: Apdu
    kind: int
    invoke: int
    results: tuple[int, ...] = ()
    values: tuple[Data | None, ...] = ()
    block: Block | None = None
    block_number: int = field(default=0)


def read_response(octets: bytes) -> Response:
    """Read a GET, SET or ACTION response. Raises PduError."""
    cursor = Cursor(octets)
    service = cursor.u8()
    kind, invoke = cursor.u8(), cursor.u8()
    readers = {
        Apdu.GET_RESPONSE: _read_get_response,
        Apdu.SET_RESPONSE: _read_set_response,
        Apdu.ACTION_RESPONSE: _read_action_response,
    }
    if service not in readers:
        raise PduError("no response of GET, SET or ACTION")
    answer = readers[Apdu(service)](cursor, kind, invoke)
    cursor.end()
    return answer


def _read_get_response(cursor: Cursor, kind: int, invoke: int) -> Response:
    service = Apdu.GET_RESPONSE
    if kind == NORMAL:
        result, value = _read_get_result(cursor)
        return Response(service, kind, invoke, (result,), (value,))
    if kind == GET_RESPONSE_BLOCK:
        last, number = cursor.u8() != 0, cursor.u32()
        if _flag(cursor):
            return Response(service, kind, invoke, (cursor.u8(),), block=Block(last, number, b""))
        return Response(service, kind, invoke, block=Block(last, number, cursor.octet_string()))
    if kind == GET_RESPONSE_LIST:
        pairs = read_get_results(cursor)
        return Response(service, kind, invoke, tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))
    raise PduError(f"no GET response of type {kind}")


def read_get_results(cursor: Cursor) -> tuple[tuple[int, Data | None], ...]:
    """Read a list of values or results."""
    return tuple(_read_get_result(cursor) for _ in range(_count(cursor)))


def _read_get_result(cursor: Cursor) -> tuple[int, Data | None]:
    return (cursor.u8(), None) if _flag(cursor) else (0, read(cursor))


def _read_set_response(cursor: Cursor, kind: int, invoke: int) -> Response:
    service = Apdu.SET_RESPONSE
    if kind == NORMAL:
        return Response(service, kind, invoke, (cursor.u8(),))
    if kind == SET_RESPONSE_BLOCK:
        return Response(service, kind, invoke, block_number=cursor.u32())
    if kind == SET_RESPONSE_LAST_BLOCK:
        result = cursor.u8()
        return Response(service, kind, invoke, (result,), block_number=cursor.u32())
    if kind in {SET_RESPONSE_LAST_LIST, SET_RESPONSE_LIST}:
        results = tuple(cursor.u8() for _ in range(_count(cursor)))
        number = cursor.u32() if kind == SET_RESPONSE_LAST_LIST else 0
        return Response(service, kind, invoke, results, block_number=number)
    raise PduError(f"no SET response of type {kind}")


def _read_action_response(cursor: Cursor, kind: int, invoke: int) -> Response:
    service = Apdu.ACTION_RESPONSE
    if kind == NORMAL:
        result, value = _read_action_result(cursor)
        return Response(service, kind, invoke, (result,), (value,))
    if kind == ACTION_RESPONSE_LIST:
        pairs = tuple(_read_action_result(cursor) for _ in range(_count(cursor)))
        return Response(service, kind, invoke, tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))
    if kind == ACTION_RESPONSE_BLOCK:
        return Response(service, kind, invoke, block=_read_block(cursor))
    if kind == ACTION_RESPONSE_NEXT:
        return Response(service, kind, invoke, block_number=cursor.u32())
    raise PduError(f"no ACTION response of type {kind}")


def _read_action_result(cursor: Cursor) -> tuple[int, Data | None]:
    result = cursor.u8()
    if not _flag(cursor):
        return result, None
    inner, value = _read_get_result(cursor)
    return (result or inner), value
