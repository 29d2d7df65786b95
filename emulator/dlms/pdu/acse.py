"""ACSE APDUs in BER: AARQ, AARE, RLRQ, RLRE (IEC 62056-5-3, 7.2)."""

from dataclasses import dataclass
from enum import IntEnum

from emulator.dlms.codec.octets import Cursor, octet_string
from emulator.dlms.errors import PduError
from emulator.dlms.pdu.tags import Apdu

_CONTEXT_OID = bytes.fromhex("60857405 0801".replace(" ", ""))
_MECHANISM_OID = bytes.fromhex("60857405 0802".replace(" ", ""))
FOREIGN = 0xFF
_OID = 0x06
_INTEGER = 0x02
_OCTETS = 0x04
_REQUIREMENTS_AUTHENTICATION = b"\x07\x80"


class Context(IntEnum):
    """The application context: how objects are named, and whether APDUs may be ciphered."""

    LN = 1
    SN = 2
    LN_CIPHERED = 3
    SN_CIPHERED = 4


class Mechanism(IntEnum):
    """The authentication mechanism."""

    NONE = 0
    LLS = 1
    HLS = 2
    HLS_MD5 = 3
    HLS_SHA1 = 4
    HLS_GMAC = 5
    HLS_SHA256 = 6
    HLS_ECDSA = 7


class Result(IntEnum):
    """The outcome in an AARE."""

    ACCEPTED = 0
    REJECTED_PERMANENT = 1
    REJECTED_TRANSIENT = 2


class Diagnostic(IntEnum):
    """Why, from the service user."""

    NULL = 0
    NO_REASON_GIVEN = 1
    APPLICATION_CONTEXT_NAME_NOT_SUPPORTED = 2
    CALLING_AP_TITLE_NOT_RECOGNIZED = 3
    AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED = 11
    AUTHENTICATION_MECHANISM_NAME_REQUIRED = 12
    AUTHENTICATION_FAILURE = 13
    AUTHENTICATION_REQUIRED = 14


class ProviderDiagnostic(IntEnum):
    """Why, from the service provider."""

    NULL = 0
    NO_REASON_GIVEN = 1
    NO_COMMON_ACSE_VERSION = 2


@dataclass(frozen=True, slots=True)
class Aarq:
    """What a client asks an association with. `context` and `mechanism` stay numbers: they may be unknown ones."""

    context: int
    user_information: bytes | None
    title: bytes | None = None
    requirements: bool = False
    mechanism: int | None = None
    authentication: bytes | None = None
    version_1: bool = True

    def to_bytes(self) -> bytes:
        """Write the APDU."""
        body = _tlv(0xA1, _tlv(_OID, _CONTEXT_OID + bytes((self.context,))))
        if self.title is not None:
            body += _tlv(0xA6, _tlv(_OCTETS, self.title))
        if self.requirements:
            body += _tlv(0x8A, _REQUIREMENTS_AUTHENTICATION)
        if self.mechanism is not None:
            body += _tlv(0x8B, _MECHANISM_OID + bytes((self.mechanism,)))
        if self.authentication is not None:
            body += _tlv(0xAC, _tlv(0x80, self.authentication))
        if self.user_information is not None:
            body += _tlv(0xBE, _tlv(_OCTETS, self.user_information))
        return _tlv(Apdu.AARQ, body)


def read_aarq(octets: bytes) -> Aarq:
    """Read the APDU. Raises PduError for broken BER or a missing context name."""
    parts = _parts(octets, Apdu.AARQ)
    mechanism = parts.get(0x8B)
    value = parts.get(0xAC)
    version = parts.get(0x80)
    return Aarq(
        context=_named(_inner(parts, 0xA1, _OID), _CONTEXT_OID),
        user_information=_inner(parts, 0xBE, _OCTETS) if 0xBE in parts else None,
        title=_inner(parts, 0xA6, _OCTETS) if 0xA6 in parts else None,
        requirements=_authenticates(parts.get(0x8A)),
        mechanism=None if mechanism is None else _named(mechanism, _MECHANISM_OID),
        authentication=None if value is None else _charstring(value),
        version_1=version is None or _has_version_1(version),
    )


@dataclass(frozen=True, slots=True)
class Aare:
    """A server's answer to an AARQ."""

    context: int
    result: int
    diagnostic: int
    by_provider: bool = False
    title: bytes | None = None
    mechanism: int | None = None
    authentication: bytes | None = None
    user_information: bytes | None = None

    def to_bytes(self) -> bytes:
        """Write the APDU."""
        body = _tlv(0xA1, _tlv(_OID, _CONTEXT_OID + bytes((self.context,))))
        body += _tlv(0xA2, _tlv(_INTEGER, bytes((self.result,))))
        source = 0xA2 if self.by_provider else 0xA1
        body += _tlv(0xA3, _tlv(source, _tlv(_INTEGER, bytes((self.diagnostic,)))))
        if self.title is not None:
            body += _tlv(0xA4, _tlv(_OCTETS, self.title))
        if self.mechanism is not None:
            body += _tlv(0x88, _REQUIREMENTS_AUTHENTICATION)
            body += _tlv(0x89, _MECHANISM_OID + bytes((self.mechanism,)))
        if self.authentication is not None:
            body += _tlv(0xAA, _tlv(0x80, self.authentication))
        if self.user_information is not None:
            body += _tlv(0xBE, _tlv(_OCTETS, self.user_information))
        return _tlv(Apdu.AARE, body)


def read_aare(octets: bytes) -> Aare:
    """Read the APDU. Raises PduError."""
    parts = _parts(octets, Apdu.AARE)
    source = Cursor(_need(parts, 0xA3))
    by_provider = source.u8() == 0xA2
    diagnostic = Cursor(source.octet_string())
    mechanism = parts.get(0x89)
    value = parts.get(0xAA)
    return Aare(
        context=_named(_inner(parts, 0xA1, _OID), _CONTEXT_OID),
        result=_number(_inner(parts, 0xA2, _INTEGER)),
        diagnostic=_number(_expect(diagnostic, _INTEGER)),
        by_provider=by_provider,
        title=_inner(parts, 0xA4, _OCTETS) if 0xA4 in parts else None,
        mechanism=None if mechanism is None else _named(mechanism, _MECHANISM_OID),
        authentication=None if value is None else _charstring(value),
        user_information=_inner(parts, 0xBE, _OCTETS) if 0xBE in parts else None,
    )


@dataclass(frozen=True, slots=True)
class Release:
    """An RLRQ or an RLRE: a reason (0 is normal) and the user information, which a ciphered context protects."""

    reason: int | None = None
    user_information: bytes | None = None

    def to_bytes(self, apdu: Apdu) -> bytes:
        """Write the APDU, as RLRQ or RLRE."""
        body = b"" if self.reason is None else _tlv(0x80, bytes((self.reason,)))
        if self.user_information is not None:
            body += _tlv(0xBE, _tlv(_OCTETS, self.user_information))
        return _tlv(apdu, body)


def read_release(octets: bytes) -> Release:
    """Read an RLRQ or an RLRE. Raises PduError."""
    parts = _parts(octets, octets[0] if octets else 0)
    reason = parts.get(0x80)
    return Release(
        reason=None if reason is None else _number(reason),
        user_information=_inner(parts, 0xBE, _OCTETS) if 0xBE in parts else None,
    )


def _tlv(tag: int, value: bytes) -> bytes:
    return bytes((tag,)) + octet_string(value)


def _parts(octets: bytes, apdu: int) -> dict[int, bytes]:
    cursor = Cursor(octets)
    if cursor.u8() != apdu:
        raise PduError("another APDU was expected")
    inside = Cursor(cursor.octet_string())
    cursor.end()
    parts: dict[int, bytes] = {}
    while inside.left:
        tag = inside.u8()
        if tag in parts:
            raise PduError(f"field 0x{tag:02x} stands twice")
        parts[tag] = inside.octet_string()
    return parts


def _need(parts: dict[int, bytes], tag: int) -> bytes:
    if tag not in parts:
        raise PduError(f"field 0x{tag:02x} is missing")
    return parts[tag]


def _inner(parts: dict[int, bytes], tag: int, kind: int) -> bytes:
    return _expect(Cursor(_need(parts, tag)), kind)


def _expect(cursor: Cursor, kind: int) -> bytes:
    if cursor.u8() != kind:
        raise PduError("a field has another type")
    value = cursor.octet_string()
    cursor.end()
    return value


def _number(value: bytes) -> int:
    if not 1 <= len(value) <= 4:
        raise PduError("no number")
    return int.from_bytes(value, "big")


def _named(oid: bytes, prefix: bytes) -> int:
    """Give the last number of a name of DLMS UA's, or FOREIGN for any other."""
    return oid[6] if len(oid) == 7 and oid[:6] == prefix else FOREIGN


def _charstring(value: bytes) -> bytes:
    cursor = Cursor(value)
    if cursor.u8() != 0x80:
        raise PduError("an authentication value is a string")
    text = cursor.octet_string()
    cursor.end()
    return text


def _authenticates(requirements: bytes | None) -> bool:
    return requirements is not None and len(requirements) == 2 and bool(requirements[1] & 0x80)


def _has_version_1(version: bytes) -> bool:
    return len(version) >= 2 and bool(version[1] & 0x80)
