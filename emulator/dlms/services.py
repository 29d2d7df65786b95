"""GET, SET and ACTION on an object list: plain requests in, plain responses out, with their long transfers.

Knows no client, no key and no framing. What a device refuses becomes the service's own result here, by one table.
"""

from collections.abc import Callable, Mapping

from emulator.device.commands import Reason
from emulator.dlms.codec.data import NULL, Data, decode, encode
from emulator.dlms.codec.octets import Cursor, length, octet_string
from emulator.dlms.errors import PduError
from emulator.dlms.objects.object_list import ObjectList
from emulator.dlms.objects.rows import AccessError, Takes, View
from emulator.dlms.objects.types import InvalidValueError, TypeUnmatchedError
from emulator.dlms.pdu import services as wire
from emulator.dlms.pdu.services import Reference, Request, read_request, read_values
from emulator.dlms.pdu.tags import ActionResult, Apdu, Conformance, DataAccessResult
from emulator.dlms.transfers import Incoming, Outgoing

MAX_BUFFERS = 16  # in one request with a list: each may take milliseconds
LIST_OVERHEAD = 10  # tag, type, invoke id, count of up to 3 octets, block number

# Every reason a device may refuse for, as both DLMS services number it (IEC 62056-5-3, 7.4.1.8).
RESULT: dict[Reason, DataAccessResult] = {
    Reason.NOT_AUTHENTIC: DataAccessResult.READ_WRITE_DENIED,
    Reason.NOT_AUTHORISED: DataAccessResult.READ_WRITE_DENIED,
    Reason.MALFORMED: DataAccessResult.TYPE_UNMATCHED,
    Reason.INVALID_VALUE: DataAccessResult.OTHER_REASON,
    Reason.NOT_APPLICABLE: DataAccessResult.OBJECT_UNAVAILABLE,
    Reason.NOT_SUPPORTED: DataAccessResult.OBJECT_UNAVAILABLE,
    Reason.CONFLICT_STATE: DataAccessResult.TEMPORARY_FAILURE,
    Reason.DUPLICATE: DataAccessResult.OTHER_REASON,
    Reason.WRONG_DEVICE: DataAccessResult.OTHER_REASON,
    Reason.LOCKED_OUT: DataAccessResult.TEMPORARY_FAILURE,
    Reason.LIMIT_EXCEEDED: DataAccessResult.OTHER_REASON,
    Reason.UNREACHABLE: DataAccessResult.HARDWARE_FAULT,
}

Result = tuple[DataAccessResult, bytes]
Within = Callable[[Data | None], tuple[DataAccessResult, Data | None]]
_SUCCESS = DataAccessResult.SUCCESS
_FOUND = tuple(bytes((Apdu.GET_RESPONSE, wire.NORMAL, invoke, 0)) for invoke in range(256))

# How a long SET's ends are numbered where a long ACTION ends so.
_ACTION_RESULT = {
    DataAccessResult.NO_LONG_SET_IN_PROGRESS: ActionResult.NO_LONG_ACTION_IN_PROGRESS,
    DataAccessResult.LONG_SET_ABORTED: ActionResult.LONG_ACTION_ABORTED,
    DataAccessResult.DATA_BLOCK_NUMBER_INVALID: ActionResult.LONG_ACTION_ABORTED,
}


class Services:
    """One association's services: its object list, the largest response it may send, and the transfers under way.

    `within` holds the methods of the association itself, by the names that rows give them.
    """

    __slots__ = ("_agreed", "_incoming", "_list", "_outgoing", "_view", "_within", "limit")

    def __init__(
        self, view: View, seen: ObjectList, limit: int, within: Mapping[str, Within], agreed: Conformance
    ) -> None:
        self._agreed = agreed
        self._view = view
        self._list = seen
        self._within = within
        self.limit = limit
        self._outgoing: Outgoing | None = None
        self._incoming: Incoming | None = None

    # GET

    def get(self, apdu: bytes) -> bytes:
        """Answer a GET request; the plain one of a single attribute takes the short way."""
        if len(apdu) == 13 and apdu[1] == wire.NORMAL and not apdu[12]:
            read = self._list.readable.get(apdu[3:12])
            if read is not None:
                self._outgoing = None
                try:
                    data = read(self._view)
                except AccessError as error:
                    return b"\xc4\x01" + apdu[2:3] + bytes((1, error.result))
                if len(data) + 4 <= self.limit:
                    return _FOUND[apdu[2]] + data
                return self._start(data, apdu[2])
        return self._get(read_request(apdu))

    def _get(self, asked: Request) -> bytes:
        if asked.kind == wire.GET_NEXT:
            return self._next(asked)
        self._outgoing = None
        if asked.kind == wire.GET_WITH_LIST:
            return self._get_list(asked)
        result, data = self._read(asked.references[0])
        if result:
            return bytes((Apdu.GET_RESPONSE, wire.NORMAL, asked.invoke, 1, result))
        if len(data) + 4 <= self.limit:
            return bytes((Apdu.GET_RESPONSE, wire.NORMAL, asked.invoke, 0)) + data
        return self._start(data, asked.invoke)

    def _get_list(self, asked: Request) -> bytes:
        parts = [length(len(asked.references))]
        buffers = 0
        for reference in asked.references:
            buffers += reference.descriptor in self._list.selectable
            too_much: Result = (DataAccessResult.TEMPORARY_FAILURE, b"")
            result, data = too_much if buffers > MAX_BUFFERS else self._read(reference)
            parts.append(bytes((1, result)) if result else b"\x00" + data)
        listed = b"".join(parts)
        if len(listed) + 3 <= self.limit:
            return bytes((Apdu.GET_RESPONSE, wire.GET_RESPONSE_LIST, asked.invoke)) + listed
        return self._start(listed, asked.invoke)

    def _read(self, reference: Reference) -> Result:
        descriptor, selection = reference
        try:
            if selection is not None:
                if not self._agreed & Conformance.SELECTIVE_ACCESS:
                    return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED, b""
                select = self._list.selectable.get(descriptor)
                if select is not None:
                    return _SUCCESS, select(self._view, selection)
                if descriptor in self._list.readable:
                    return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED, b""
            read = self._list.readable.get(descriptor)
            if read is not None:
                return _SUCCESS, read(self._view)
        except AccessError as error:
            return error.result, b""
        return self._list.refusal(descriptor), b""

    def _start(self, data: bytes, invoke: int) -> bytes:
        if not self._agreed & Conformance.BLOCK_GET:
            # *Assumed*: the standard names no result for an answer that may not be cut.
            return bytes((Apdu.GET_RESPONSE, wire.NORMAL, invoke, 1, DataAccessResult.DATA_BLOCK_UNAVAILABLE))
        self._outgoing = Outgoing(data, self.limit)
        return self._send_block(self._outgoing, invoke)

    def _next(self, asked: Request) -> bytes:
        if self._outgoing is None:
            result = DataAccessResult.NO_LONG_GET_IN_PROGRESS
        elif asked.block_number != self._outgoing.number:
            result = DataAccessResult.DATA_BLOCK_NUMBER_INVALID
        else:
            return self._send_block(self._outgoing, asked.invoke)
        self._outgoing = None
        head = bytes((Apdu.GET_RESPONSE, wire.GET_RESPONSE_BLOCK, asked.invoke, 1))
        return head + asked.block_number.to_bytes(4, "big") + bytes((1, result))

    def _send_block(self, outgoing: Outgoing, invoke: int) -> bytes:
        block = outgoing.next_block()
        if block.last:
            self._outgoing = None
        head = bytes((Apdu.GET_RESPONSE, wire.GET_RESPONSE_BLOCK, invoke, block.last))
        return head + block.number.to_bytes(4, "big") + b"\x00" + octet_string(block.octets)

    # SET

    def set(self, apdu: bytes) -> bytes:
        """Answer a SET request."""
        asked = read_request(apdu)
        head = bytes((Apdu.SET_RESPONSE,))
        invoke = bytes((asked.invoke,))
        self._require_room(asked.references, 1)
        if asked.block is None:
            results = self._write_all(asked.references, asked.values)
            if asked.kind == wire.NORMAL:
                return head + bytes((wire.NORMAL,)) + invoke + bytes(results)
            return head + bytes((wire.SET_RESPONSE_LIST,)) + invoke + length(len(results)) + bytes(results)
        number = asked.block.number.to_bytes(4, "big")
        first, refused = self._take_block(asked, DataAccessResult.NO_LONG_SET_IN_PROGRESS)
        if refused is not None:
            return head + bytes((wire.SET_RESPONSE_LAST_BLOCK,)) + invoke + bytes((refused,)) + number
        if first is None:
            return head + bytes((wire.SET_RESPONSE_BLOCK,)) + invoke + number
        listed = first.first.kind == wire.SET_LIST_FIRST_BLOCK
        results = self._write_long(first, listed=listed)
        if listed:
            kind = bytes((wire.SET_RESPONSE_LAST_LIST,))
            return head + kind + invoke + length(len(results)) + bytes(results) + number
        return head + bytes((wire.SET_RESPONSE_LAST_BLOCK,)) + invoke + bytes(results) + number

    def _write_long(self, transfer: Incoming, *, listed: bool) -> list[DataAccessResult]:
        references = transfer.first.references
        try:
            return self._write_all(references, _values(bytes(transfer.octets), listed=listed))
        except PduError:
            return [DataAccessResult.TYPE_UNMATCHED] * len(references)

    def _write_all(self, references: tuple[Reference, ...], values: tuple[Data | None, ...]) -> list[DataAccessResult]:
        if len(references) != len(values):
            raise PduError("as many values as references")
        return [self._write(reference, value or NULL) for reference, value in zip(references, values, strict=True)]

    def _write(self, reference: Reference, value: Data) -> DataAccessResult:
        if reference.selection is not None:
            return DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
        takes = self._list.writable.get(reference.descriptor)
        return self._refuse(reference, "write") if takes is None else self._carry_out(takes, value)

    # ACTION

    def action(self, apdu: bytes) -> bytes:
        """Answer an ACTION request."""
        asked = read_request(apdu)
        head = bytes((Apdu.ACTION_RESPONSE,))
        invoke = bytes((asked.invoke,))
        references, values, kind = asked.references, asked.values, asked.kind
        self._require_room(references, 2)
        if kind == wire.ACTION_NEXT_BLOCK:
            # No method here returns more than one APDU holds, so there is never a block to go on with.
            return head + bytes((wire.NORMAL,)) + invoke + bytes((ActionResult.NO_LONG_ACTION_IN_PROGRESS, 0))
        if asked.block is not None:
            first, refused = self._take_block(asked, DataAccessResult.NO_LONG_SET_IN_PROGRESS)
            if refused is not None:
                return head + bytes((wire.NORMAL,)) + invoke + bytes((_ACTION_RESULT[refused], 0))
            if first is None:
                return head + bytes((wire.ACTION_RESPONSE_NEXT,)) + invoke + asked.block.number.to_bytes(4, "big")
            references, kind = first.first.references, first.first.kind
            try:
                values = _values(bytes(first.octets), listed=kind == wire.ACTION_LIST_FIRST_BLOCK)
            except PduError:
                values = ()
        if kind in {wire.NORMAL, wire.ACTION_FIRST_BLOCK}:
            if not values:
                return head + bytes((wire.NORMAL,)) + invoke + bytes((DataAccessResult.TYPE_UNMATCHED, 0))
            return head + bytes((wire.NORMAL,)) + invoke + self._invoke(references[0], values[0])
        if len(references) != len(values):
            raise PduError("as many values as methods")
        answers = [self._invoke(reference, value) for reference, value in zip(references, values, strict=True)]
        return head + bytes((wire.ACTION_RESPONSE_LIST,)) + invoke + length(len(answers)) + b"".join(answers)

    def _invoke(self, reference: Reference, value: Data | None) -> bytes:
        method = self._list.methods.get(reference.descriptor)
        if method is None:
            return bytes((self._refuse(reference, "call"), 0))
        if method.within is not None:
            result, returned = self._within[method.within](value)
            return bytes((result, 0)) if returned is None else bytes((result, 1, 0)) + encode(returned)
        assert method.takes is not None
        return bytes((self._carry_out(method.takes, value or NULL), 0))

    # Both

    def _require_room(self, references: tuple[Reference, ...], octets: int) -> None:
        """Refuse a list whose results would not fit the response, before anything is done."""
        if len(references) > 1 and len(references) * octets + LIST_OVERHEAD > self.limit:
            raise PduError("a list of more results than a response holds")

    def _refuse(self, reference: Reference, what: str) -> DataAccessResult:
        result = self._list.refusal(reference.descriptor)
        if result is DataAccessResult.READ_WRITE_DENIED:
            detail = f"{what} {reference.class_id}/{reference.logical_name}/{reference.number}"
            self._view.reject(detail)
        return result

    def _carry_out(self, takes: Takes, value: Data) -> DataAccessResult:
        try:
            command = takes.make(self._view.meter, value)
        except TypeUnmatchedError:
            return DataAccessResult.TYPE_UNMATCHED
        except InvalidValueError:
            return DataAccessResult.OTHER_REASON
        except AccessError as error:
            return error.result
        outcome = self._view.carry_out(command)
        return _SUCCESS if outcome.reason is None else RESULT[outcome.reason]

    def _take_block(self, asked: Request, none: DataAccessResult) -> tuple[Incoming | None, DataAccessResult | None]:
        """Take a block: gives the whole transfer after its last one, or the result that ends it."""
        assert asked.block is not None
        if asked.references:
            self._incoming = Incoming(asked)
        incoming = self._incoming
        if incoming is not None and incoming.first.service != asked.service:
            incoming = None
        refused = none if incoming is None else incoming.take(asked.block)
        if refused is not None or asked.block.last:
            self._incoming = None
        return (incoming if asked.block.last and refused is None else None), refused


def _values(octets: bytes, *, listed: bool) -> tuple[Data, ...]:
    if not listed:
        return (decode(octets),)
    cursor = Cursor(octets)
    values = read_values(cursor)
    cursor.end()
    return values
