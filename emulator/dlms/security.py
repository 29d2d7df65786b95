"""Security suite 0: AES-GCM-128 protection of APDUs, GMAC for HLS mechanism 5, key wrap (Green Book 9.2).

Tags are cut to 12 octets. Decryption runs the same counter-mode twice (once to decipher, once to recompute the tag
over the plain text) because the library's fast GCM checks whole tags only; a cut tag is compared in constant time.
"""

from hmac import compare_digest
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

KEY_OCTETS = 16
TITLE_OCTETS = 8
TAG_OCTETS = 12
HEADER_OCTETS = 5
AUTHENTICATED = 0x10
ENCRYPTED = 0x20
FOREIGN = 0xCF  # another suite, the broadcast key, compression: none of them is ours
MAX_COUNTER = 0xFFFF_FFFF


class SecurityError(Exception):
    """A protected message that is not authentic, or that cannot be one."""


class Secured(NamedTuple):
    """A protected message opened: the security control octet, the invocation counter and the plain text."""

    control: int
    counter: int
    plain: bytes


class Cipher:
    """One encryption key with its authentication key; the AES key schedule is made once."""

    __slots__ = ("_authentication_key", "_gcm", "encryption_key")

    def __init__(self, encryption_key: bytes, authentication_key: bytes) -> None:
        self.encryption_key = encryption_key
        self._gcm = AESGCM(encryption_key)
        self._authentication_key = authentication_key

    def with_key(self, encryption_key: bytes) -> "Cipher":
        """Make the cipher of another encryption key under the same authentication key."""
        return Cipher(encryption_key, self._authentication_key)

    def protect(self, control: int, title: bytes, counter: int, plain: bytes) -> bytes:
        """Give control octet, counter, text and tag of a message from `title`."""
        head = bytes((control,)) + counter.to_bytes(4, "big")
        nonce = title + head[1:]
        associated = head[:1] + self._authentication_key
        if control & ENCRYPTED and control & AUTHENTICATED:
            return head + self._gcm.encrypt(nonce, plain, associated)[:-4]
        if control & ENCRYPTED:
            return head + self._gcm.encrypt(nonce, plain, None)[:-16]
        if control & AUTHENTICATED:
            return head + plain + self._gcm.encrypt(nonce, b"", associated + plain)[:TAG_OCTETS]
        return head + plain

    def open(self, title: bytes, octets: bytes) -> Secured:
        """Open a message from `title`. Raises SecurityError."""
        if len(octets) < HEADER_OCTETS or octets[0] & FOREIGN:
            raise SecurityError("no message of security suite 0")
        control, counter = octets[0], int.from_bytes(octets[1:5], "big")
        nonce = title + octets[1:5]
        associated = octets[:1] + self._authentication_key
        if not control & AUTHENTICATED:
            text = octets[HEADER_OCTETS:]
            plain = self._gcm.encrypt(nonce, text, None)[:-16] if control & ENCRYPTED else text
            return Secured(control, counter, plain)
        text, tag = octets[HEADER_OCTETS:-TAG_OCTETS], octets[-TAG_OCTETS:]
        if len(octets) < HEADER_OCTETS + TAG_OCTETS:
            raise SecurityError("the tag is missing")
        if control & ENCRYPTED:
            plain = self._gcm.encrypt(nonce, text, None)[:-16]
            expected = self._gcm.encrypt(nonce, plain, associated)[-16:-4]
        else:
            plain = text
            expected = self._gcm.encrypt(nonce, b"", associated + plain)[:TAG_OCTETS]
        if not compare_digest(expected, tag):
            raise SecurityError("the tag does not fit")
        return Secured(control, counter, plain)

    def answer_challenge(self, title: bytes, counter: int, challenge: bytes) -> bytes:
        """Give the answer of `title` to a challenge by HLS mechanism 5: SC, counter, GMAC."""
        head = bytes((AUTHENTICATED,)) + counter.to_bytes(4, "big")
        return head + self.protect(AUTHENTICATED, title, counter, challenge)[-TAG_OCTETS:]

    def verify_answer(self, title: bytes, answer: bytes, challenge: bytes) -> int:
        """Check the answer of `title` and give its invocation counter. Raises SecurityError."""
        if len(answer) != HEADER_OCTETS + TAG_OCTETS or answer[0] != AUTHENTICATED:
            raise SecurityError("no answer to a challenge")
        return self.open(title, answer[:HEADER_OCTETS] + challenge + answer[HEADER_OCTETS:]).counter


def unwrap_key(master_key: bytes, wrapped: bytes) -> bytes:
    """Unwrap a transferred key (RFC 3394). Raises SecurityError."""
    try:
        return aes_key_unwrap(master_key, wrapped)
    except (InvalidUnwrap, ValueError) as error:
        raise SecurityError("a wrapped key does not unwrap") from error


def wrap_key(master_key: bytes, key: bytes) -> bytes:
    """Wrap a key for its transfer (RFC 3394)."""
    return aes_key_wrap(master_key, key)
