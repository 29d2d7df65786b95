"""Exception-response and general-block-transfer (IEC 62056-5-3, 7.3)."""

from dataclasses import dataclass

from emulator.dlms.codec.octets import Cursor, octet_string
from emulator.dlms.errors import PduError
from emulator.dlms.pdu.tags import Apdu, ServiceError, StateError


def exception_response(state: StateError, service: ServiceError, counter: int | None = None) -> bytes:
    """Write an exception-response; an invocation counter error names the counter that would be taken."""
    tail = b"" if counter is None else counter.to_bytes(4, "big")
    return bytes((Apdu.EXCEPTION_RESPONSE, state, service)) + tail


@dataclass(frozen=True, slots=True)
class ExceptionAnswer:
    """A received exception-response."""

    state: int
    service: int
    counter: int | None = None


def read_exception(octets: bytes) -> ExceptionAnswer:
    """Read an exception-response. Raises PduError."""
    cursor = Cursor(octets, 1)
    state, service = cursor.u8(), cursor.u8()
    counter = cursor.u32() if service == ServiceError.INVOCATION_COUNTER_ERROR and cursor.left else None
    cursor.end()
    return ExceptionAnswer(state, service, counter)


@dataclass(frozen=True, slots=True)
class GeneralBlock:
    """A general-block-transfer APDU: its place in the stream, how far the sender has received, and its octets."""

    last: bool
    streaming: bool
    window: int
    number: int
    acknowledged: int
    octets: bytes

    def to_bytes(self) -> bytes:
        """Write the APDU."""
        control = (0x80 if self.last else 0) | (0x40 if self.streaming else 0) | self.window
        head = bytes((Apdu.GENERAL_BLOCK_TRANSFER, control))
        return head + self.number.to_bytes(2, "big") + self.acknowledged.to_bytes(2, "big") + octet_string(self.octets)


def read_general_block(octets: bytes) -> GeneralBlock:
    """Read the APDU. Raises PduError."""
    cursor = Cursor(octets)
    if cursor.u8() != Apdu.GENERAL_BLOCK_TRANSFER:
        raise PduError("no general-block-transfer")
    control = cursor.u8()
    number, acknowledged = cursor.u16(), cursor.u16()
    block = GeneralBlock(
        last=bool(control & 0x80),
        streaming=bool(control & 0x40),
        window=control & 0x3F,
        number=number,
        acknowledged=acknowledged,
        octets=cursor.octet_string(),
    )
    cursor.end()
    return block


# The refusals that need no more than their two numbers.
NOT_ALLOWED = exception_response(StateError.SERVICE_NOT_ALLOWED, ServiceError.OPERATION_NOT_POSSIBLE)
UNKNOWN = exception_response(StateError.SERVICE_UNKNOWN, ServiceError.SERVICE_NOT_SUPPORTED)
BROKEN = exception_response(StateError.SERVICE_NOT_ALLOWED, ServiceError.OTHER_REASON)
TOO_LONG = exception_response(StateError.SERVICE_NOT_ALLOWED, ServiceError.PDU_TOO_LONG)
DECIPHERING = exception_response(StateError.SERVICE_NOT_ALLOWED, ServiceError.DECIPHERING_ERROR)
