"""xDLMS InitiateRequest and InitiateResponse, and the ConfirmedServiceError that refuses one (A-XDR)."""

from dataclasses import dataclass
from enum import IntEnum

from emulator.dlms.codec.octets import Cursor, octet_string
from emulator.dlms.errors import PduError
from emulator.dlms.pdu.tags import Apdu, Conformance

DLMS_VERSION = 6
VAA_NAME_LN = 0x0007
_CONFORMANCE_TAG = b"\x5f\x1f\x04\x00"


class InitiateError(IntEnum):
    """Why an InitiateRequest was refused."""

    OTHER = 0
    DLMS_VERSION_TOO_LOW = 1
    INCOMPATIBLE_CONFORMANCE = 2
    PDU_SIZE_TOO_SHORT = 3
    REFUSED_BY_THE_VDE_HANDLER = 4


@dataclass(frozen=True, slots=True)
class InitiateRequest:
    """What a client proposes. A largest PDU of 0 is no limit."""

    conformance: Conformance
    max_pdu: int
    dedicated_key: bytes | None = None
    version: int = DLMS_VERSION

    def to_bytes(self) -> bytes:
        """Write the APDU."""
        key = b"\x00" if self.dedicated_key is None else b"\x01" + octet_string(self.dedicated_key)
        head = bytes((Apdu.INITIATE_REQUEST,)) + key + b"\x00\x00" + bytes((self.version,))
        return head + _conformance(self.conformance) + self.max_pdu.to_bytes(2, "big")


def read_initiate_request(octets: bytes) -> InitiateRequest:
    """Read the APDU. Raises PduError."""
    cursor = Cursor(octets)
    if cursor.u8() != Apdu.INITIATE_REQUEST:
        raise PduError("no InitiateRequest")
    key = cursor.octet_string() if _present(cursor) else None
    if _present(cursor):
        cursor.u8()  # response-allowed; DEFAULT TRUE
    if _present(cursor):
        cursor.u8()  # proposed-quality-of-service
    version = cursor.u8()
    conformance = _read_conformance(cursor)
    max_pdu = cursor.u16()
    cursor.end()
    return InitiateRequest(conformance, max_pdu, key, version)


@dataclass(frozen=True, slots=True)
class InitiateResponse:
    """What a server agreed to."""

    conformance: Conformance
    max_pdu: int
    version: int = DLMS_VERSION

    def to_bytes(self) -> bytes:
        """Write the APDU."""
        head = bytes((Apdu.INITIATE_RESPONSE, 0, self.version)) + _conformance(self.conformance)
        return head + self.max_pdu.to_bytes(2, "big") + VAA_NAME_LN.to_bytes(2, "big")


def read_initiate_response(octets: bytes) -> InitiateResponse:
    """Read the APDU. Raises PduError."""
    cursor = Cursor(octets)
    if cursor.u8() != Apdu.INITIATE_RESPONSE:
        raise PduError("no InitiateResponse")
    if _present(cursor):
        cursor.u8()
    version = cursor.u8()
    conformance = _read_conformance(cursor)
    max_pdu = cursor.u16()
    cursor.u16()
    cursor.end()
    return InitiateResponse(conformance, max_pdu, version)


def initiate_refusal(error: InitiateError) -> bytes:
    """Write the ConfirmedServiceError that refuses an InitiateRequest: initiateError, initiate, the reason."""
    return bytes((Apdu.CONFIRMED_SERVICE_ERROR, 0x01, 0x06, error))


def _present(cursor: Cursor) -> bool:
    flag = cursor.u8()
    if flag not in {0, 1}:
        raise PduError("a presence flag is 0 or 1")
    return flag == 1


def _conformance(bits: Conformance) -> bytes:
    return _CONFORMANCE_TAG + int(bits).to_bytes(3, "big")


def _read_conformance(cursor: Cursor) -> Conformance:
    # [APPLICATION 31] is BER: 5F 1F 04 00 and three octets; some clients leave the second octet of the tag out.
    if cursor.u8() != 0x5F:
        raise PduError("no conformance block")
    if cursor.data[cursor.place : cursor.place + 1] == b"\x1f":
        cursor.u8()
    if cursor.u8() != 4 or cursor.u8() != 0:
        raise PduError("a conformance block has 24 bits")
    return Conformance(int.from_bytes(cursor.take(3), "big"))
