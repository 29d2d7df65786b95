"""Top-up codes (UTRN): 20 decimal digits that carry a sum of money to one meter, once. A SYNTHETIC scheme.

Makers of SMETS1 meters keep their schemes secret and SMETS2 has its own (PTUT, functional reference annex F). This is
neither: a code made here opens no real meter, and a real code is refused here. docs/utrn.md describes it for users.

A code is one, two or three blocks of 20 digits: a device digit, 18 digits of content and a Verhoeff check digit.

    one block   content = (mac * 65536 + counter) * 14000 + purpose           (purpose: kind and value, see _PURPOSES)
    two, three  content = ((mac * 65536 + counter) * 4 + kind) * 10**7 + value in pence        (36 or 54 digits)

The device digit is the same in all blocks of a code and needs no key; the MAC (HMAC-SHA256, as much of it as there
is room for: 30, 78 or 138 bits) does. A code of several blocks has one counter and one MAC, so it is one code:
no block of it means anything alone, and it is taken whole or not at all.
"""

import hashlib
import hmac
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from emulator.device.instant import SECOND

BLOCK_DIGITS: Final = 20
BLOCKS: Final = (1, 2, 3)
COUNTERS: Final = 65_536
KEY_OCTETS: Final = 16
PENNY_MP: Final = 1_000
POUND_PENCE: Final = 100
WINDOW: Final = 64

_BODY_DIGITS: Final = 18
_SCHEME: Final = b"meterfarm UTRN 1"
_KINDS: Final = 4
_LONG_VALUES: Final = 10**7

# Purposes of a one-block code: 0 supply on; 1..9999 vend of so many pence; 10000..10999 vend of 100..1099 whole
# pounds; 11000 engineer; 11001..13999 refund of 1..2999 pence.
_PURPOSES: Final = 14_000
_VEND_PENCE: Final = range(1, 10_000)
_VEND_POUNDS: Final = range(100, 1_100)
_FIRST_POUNDS: Final = 10_000
_ENGINEER: Final = 11_000
_REFUND_PENCE: Final = range(1, 3_000)

# Verhoeff's dihedral group of order 10 and his permutation (J. Verhoeff, "Error detecting decimal codes", 1969).
_ROTATION: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


class Kind(StrEnum):
    """What a code does."""

    VEND = "vend"
    REFUND = "refund"
    SUPPLY_ON = "switch"
    ENGINEER = "engineer"


class Fault(StrEnum):
    """Why digits are no code for a meter, in the order of testing (functional reference 2.6 G)."""

    INCOMPLETE = "incomplete"
    CHECK_DIGIT = "check digit"
    WRONG_DEVICE = "not for this device"
    NOT_AUTHENTIC = "not authentic"


class Token(NamedTuple):
    """What a code says. Only a vend and a refund have a value, of whole pence."""

    kind: Kind
    counter: int
    value_mp: int = 0


def check_digit(digits: str) -> str:
    """Give the Verhoeff check digit of a string of digits."""
    return str(_INVERSE[_sum(digits + "0")])


def split(digits: str) -> tuple[str, ...]:
    """Cut a code, as it was typed (spaces and hyphens do not count), into blocks; none if it is not whole."""
    typed = digits.replace(" ", "").replace("-", "")
    count, rest = divmod(len(typed), BLOCK_DIGITS)
    if rest or count not in BLOCKS or not (typed.isascii() and typed.isdigit()):
        return ()
    return tuple(typed[at : at + BLOCK_DIGITS] for at in range(0, len(typed), BLOCK_DIGITS))


def device_digit(eui64: int) -> str:
    """Give the digit that leads each block for a device: nine of ten codes for others show it without a key."""
    return str(int.from_bytes(hashlib.sha256(_SCHEME + eui64.to_bytes(8)).digest()) % 10)


def make(key: bytes, eui64: int, token: Token, blocks: int | None = None) -> str:
    """Write a code in so many blocks, or in the fewest that can say it.

    Raises ValueError for what no such code can say.
    """
    _require(key, token)
    if blocks is None:
        blocks = 1 if _purpose(token) is not None else 2
    if blocks not in BLOCKS:
        raise ValueError(f"a code has 1 to {BLOCKS[-1]} blocks, not {blocks}")
    pence = token.value_mp // PENNY_MP
    mac = _mac(key, eui64, token, blocks) * COUNTERS + token.counter
    if blocks == 1:
        purpose = _purpose(token)
        if purpose is None:
            raise ValueError(f"one block cannot say a {token.kind} of {pence} pence")
        content = mac * _PURPOSES + purpose
    else:
        content = (mac * _KINDS + list(Kind).index(token.kind)) * _LONG_VALUES + pence
    body = f"{content:0{_BODY_DIGITS * blocks}}"
    parts = (device_digit(eui64) + body[at : at + _BODY_DIGITS] for at in range(0, len(body), _BODY_DIGITS))
    return "".join(part + check_digit(part) for part in parts)


def read(key: bytes, eui64: int, digits: str) -> Token | Fault:
    """Read a code as the meter of this key and identifier does. Whether it was used before is not its business."""
    parts = split(digits)
    if not parts:
        return Fault.INCOMPLETE
    if any(_sum(part) for part in parts):
        return Fault.CHECK_DIGIT
    if any(part[0] != device_digit(eui64) for part in parts):
        return Fault.WRONG_DEVICE
    content = int("".join(part[1:-1] for part in parts))
    if len(parts) == 1:
        rest, purpose = divmod(content, _PURPOSES)
        mac, counter = divmod(rest, COUNTERS)
        token = _of_purpose(purpose, counter)
    else:
        rest, pence = divmod(content, _LONG_VALUES)
        rest, kind = divmod(rest, _KINDS)
        mac, counter = divmod(rest, COUNTERS)
        token = Token(list(Kind)[kind], counter, pence * PENNY_MP)
    given, right = (number.to_bytes(_MAC_OCTETS) for number in (mac, _mac(key, eui64, token, len(parts))))
    return token if hmac.compare_digest(given, right) else Fault.NOT_AUTHENTIC


def _require(key: bytes, token: Token) -> None:
    if len(key) != KEY_OCTETS:
        raise ValueError(f"a key is {KEY_OCTETS} octets")
    if not 0 <= token.counter < COUNTERS:
        raise ValueError(f"a counter is 0 to {COUNTERS - 1}")
    pence, rest = divmod(token.value_mp, PENNY_MP)
    valued = token.kind in {Kind.VEND, Kind.REFUND}
    if rest or not (1 <= pence < _LONG_VALUES if valued else pence == 0):
        allowed = f"1 to {_LONG_VALUES - 1} whole pence" if valued else "nothing"
        raise ValueError(f"the value of a {token.kind} code is {allowed}")


def _purpose(token: Token) -> int | None:
    """Give the number of a kind and value in a one-block code, or None if it has no room for it."""
    pence = token.value_mp // PENNY_MP
    pounds, odd = divmod(pence, POUND_PENCE)
    if token.kind is Kind.SUPPLY_ON:
        return 0
    if token.kind is Kind.ENGINEER:
        return _ENGINEER
    if token.kind is Kind.REFUND:
        return _ENGINEER + pence if pence in _REFUND_PENCE else None
    if pence in _VEND_PENCE:
        return pence
    return _FIRST_POUNDS + pounds - _VEND_POUNDS.start if not odd and pounds in _VEND_POUNDS else None


def _of_purpose(purpose: int, counter: int) -> Token:
    if purpose == 0:
        return Token(Kind.SUPPLY_ON, counter)
    if purpose in _VEND_PENCE:
        return Token(Kind.VEND, counter, purpose * PENNY_MP)
    if purpose < _ENGINEER:
        return Token(Kind.VEND, counter, _VEND_POUNDS[purpose - _FIRST_POUNDS] * POUND_PENCE * PENNY_MP)
    if purpose == _ENGINEER:
        return Token(Kind.ENGINEER, counter)
    return Token(Kind.REFUND, counter, (purpose - _ENGINEER) * PENNY_MP)


def _macs(blocks: int) -> int:
    """How many MACs fit in the content of a code."""
    others = COUNTERS * (_PURPOSES if blocks == 1 else _KINDS * _LONG_VALUES)
    return int(10 ** (_BODY_DIGITS * blocks)) // others


_MAC_OCTETS: Final = (_macs(BLOCKS[-1]).bit_length() + 7) // 8


def _mac(key: bytes, eui64: int, token: Token, blocks: int) -> int:
    """Reduce HMAC-SHA256 over all that a code says; the number of blocks too, so that no block stands alone."""
    parts = (
        (blocks, 1),
        (eui64, 8),
        (list(Kind).index(token.kind), 1),
        (token.counter, 2),
        (token.value_mp // PENNY_MP, 4),
    )
    said = _SCHEME + b"".join(number.to_bytes(width) for number, width in parts)
    return int.from_bytes(hmac.digest(key, said, "sha256")) % _macs(blocks)


def _times(left: int, right: int) -> int:
    """Multiply in the dihedral group: 0 to 4 turn, 5 to 9 turn and mirror."""
    if left < 5:
        return (left + right) % 5 + 5 * (right >= 5)
    return (left - right) % 5 + 5 * (right < 5)


def _permutations() -> tuple[tuple[int, ...], ...]:
    rows = [tuple(range(10))]
    while len(rows) < 8:
        rows.append(tuple(rows[-1][digit] for digit in _ROTATION))
    return tuple(rows)


_PERMUTED: Final = _permutations()
_INVERSE: Final = tuple(next(other for other in range(10) if _times(digit, other) == 0) for digit in range(10))


def _sum(digits: str) -> int:
    """Add up digits in Verhoeff's way; 0 if the last is the right check digit."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        total = _times(total, _PERMUTED[place % 8][int(digit)])
    return total


class Used(msgspec.Struct, frozen=True):
    """Which counters a meter has taken: the highest, and one bit for each of the last 64 (bit 0 is the highest)."""

    highest: int = -1
    window: int = 0


def seen(used: Used, counter: int) -> bool:
    """Say whether a counter counts as used: taken before, or older than the window remembers."""
    age = used.highest - counter
    return age >= 0 and (age >= WINDOW or bool(used.window >> age & 1))


def note(used: Used, counter: int) -> Used:
    """Remember a counter. One older than the window changes nothing: it counts as used already."""
    age = used.highest - counter
    if age >= WINDOW:
        return used
    if age >= 0:
        return Used(used.highest, used.window | 1 << age)
    return Used(counter, (used.window << -age | 1) & ((1 << WINDOW) - 1))


class LockOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When entry by hand is locked: after so many failures within a window; 0 tries lock never."""

    tries: int = 5
    window_s: int = 600
    lock_s: int = 3_600


class Tries(msgspec.Struct, frozen=True):
    """The failures that still count, and until when entry is locked. Instants are true time, not the device clock's."""

    failures: tuple[int, ...] = ()
    locked_until: int | None = None


def locked(tries: Tries, at: int) -> bool:
    """Say whether entry is locked; at the very instant a lock ends it is not."""
    return tries.locked_until is not None and at < tries.locked_until


def failed(tries: Tries, at: int, rule: LockOut) -> Tries:
    """Count a failure. One made exactly `window_s` before no longer counts; while locked nothing is counted."""
    if locked(tries, at) or not rule.tries:
        return tries
    failures = (*(earlier for earlier in tries.failures if at - earlier < rule.window_s * SECOND), at)
    if len(failures) < rule.tries:
        return Tries(failures)
    return Tries(locked_until=at + rule.lock_s * SECOND)


def succeeded(tries: Tries) -> Tries:
    """Forget failures: only tries that fail one after another lock. A lock that runs stays."""
    return Tries(locked_until=tries.locked_until)
