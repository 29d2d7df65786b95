"""Protection of APDUs in an association: which envelope, which key, which counter; replies go as requests came.

Takes service-specific global and dedicated ciphering and both general envelopes (IEC 62056-5-3, 5.3 and 7.3.10-13).
"""

from typing import NamedTuple

from emulator.dlms.codec.octets import Cursor, octet_string
from emulator.dlms.errors import PduError
from emulator.dlms.pdu.tags import Apdu
from emulator.dlms.security import AUTHENTICATED, ENCRYPTED, KEY_OCTETS, Cipher, SecurityError

GLOBAL_REQUESTS = {
    Apdu.GLO_GET_REQUEST: Apdu.GET_REQUEST,
    Apdu.GLO_SET_REQUEST: Apdu.SET_REQUEST,
    Apdu.GLO_ACTION_REQUEST: Apdu.ACTION_REQUEST,
}
DEDICATED_REQUESTS = {
    Apdu.DED_GET_REQUEST: Apdu.GET_REQUEST,
    Apdu.DED_SET_REQUEST: Apdu.SET_REQUEST,
    Apdu.DED_ACTION_REQUEST: Apdu.ACTION_REQUEST,
}
GLOBAL_RESPONSES = {
    Apdu.GET_RESPONSE: Apdu.GLO_GET_RESPONSE,
    Apdu.SET_RESPONSE: Apdu.GLO_SET_RESPONSE,
    Apdu.ACTION_RESPONSE: Apdu.GLO_ACTION_RESPONSE,
}
DEDICATED_RESPONSES = {
    Apdu.GET_RESPONSE: Apdu.DED_GET_RESPONSE,
    Apdu.SET_RESPONSE: Apdu.DED_SET_RESPONSE,
    Apdu.ACTION_RESPONSE: Apdu.DED_ACTION_RESPONSE,
}
PROTECTED = {*GLOBAL_REQUESTS, *DEDICATED_REQUESTS, Apdu.GENERAL_GLO_CIPHERING, Apdu.GENERAL_DED_CIPHERING}
_DEDICATED = {*DEDICATED_REQUESTS, Apdu.GENERAL_DED_CIPHERING}
_GENERAL = {Apdu.GENERAL_GLO_CIPHERING, Apdu.GENERAL_DED_CIPHERING}

# Tag, length of up to 3 octets, title with its length, control octet, counter, tag.
OVERHEAD_OCTETS = 1 + 3 + 9 + 5 + 12

CONTROL_OF_POLICY = {0: 0, 1: AUTHENTICATED, 2: ENCRYPTED, 3: AUTHENTICATED | ENCRYPTED}


class ReplayError(SecurityError):
    """A protected message whose counter was used before; `expected` is the lowest that would be taken."""

    def __init__(self, expected: int) -> None:
        super().__init__("the invocation counter was used before")
        self.expected = expected


class Envelope(NamedTuple):
    """How a request came, and so how its reply goes."""

    apdu: Apdu
    control: int
    cipher: Cipher


class Opened(NamedTuple):
    """A request taken out of its envelope."""

    envelope: Envelope
    counter: int
    plain: bytes


def is_dedicated(apdu: int) -> bool:
    """Say whether an envelope uses the dedicated key."""
    return apdu in _DEDICATED


def open_request(octets: bytes, cipher: Cipher, title: bytes, least_counter: int) -> Opened:
    """Take a request out of its envelope. Raises PduError, SecurityError or ReplayError."""
    cursor = Cursor(octets)
    apdu = Apdu(cursor.u8())
    if apdu in _GENERAL:
        named = cursor.octet_string()
        if named not in {b"", title}:
            raise SecurityError("a message from another system title")
    message = cursor.octet_string()
    cursor.end()
    secured = cipher.open(title, message)
    if secured.counter < least_counter:
        raise ReplayError(least_counter)
    inner = GLOBAL_REQUESTS.get(apdu) or DEDICATED_REQUESTS.get(apdu)
    if not secured.plain or (inner is not None and secured.plain[0] != inner):
        raise PduError("an envelope for another service")
    return Opened(Envelope(apdu, secured.control, cipher), secured.counter, secured.plain)


def protect_reply(plain: bytes, envelope: Envelope, title: bytes, counter: int) -> bytes:
    """Put a reply into the kind of envelope its request came in."""
    message = envelope.cipher.protect(envelope.control, title, counter, plain)
    if envelope.apdu in _GENERAL:
        return bytes((envelope.apdu,)) + octet_string(title) + octet_string(message)
    responses = DEDICATED_RESPONSES if is_dedicated(envelope.apdu) else GLOBAL_RESPONSES
    return bytes((responses[Apdu(plain[0])],)) + octet_string(message)


def dedicated_cipher(key: bytes, shared: Cipher) -> Cipher:
    """Make the cipher of a dedicated key. Raises SecurityError."""
    if len(key) != KEY_OCTETS:
        raise SecurityError("a dedicated key has 16 octets")
    return shared.with_key(key)
