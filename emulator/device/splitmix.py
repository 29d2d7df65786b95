"""splitmix64: the only source of chance in the core, by number rather than by turn.

Output n of the stream of a key is computed directly, so nothing has a state to keep and drawing more in one
subsystem never shifts another (architecture D1, D3). The scalar and the numpy forms give the same bits.

The generator is Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014), with
the mixing constants of Vigna's splitmix64. It is not a cipher: never make a key or a secret from it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

MASK: Final = 0xFFFF_FFFF_FFFF_FFFF
GAMMA: Final = 0x9E37_79B9_7F4A_7C15
_FIRST: Final = 0xBF58_476D_1CE4_E5B9
_SECOND: Final = 0x94D0_49BB_1331_11EB
_INT_PART: Final = 1
_STR_PART: Final = 2


def mix64(z: int) -> int:
    """Scramble 64 bits, one to one."""
    z = ((z ^ (z >> 30)) * _FIRST) & MASK
    z = ((z ^ (z >> 27)) * _SECOND) & MASK
    return z ^ (z >> 31)


def output(key: int, number: int) -> int:
    """Give output `number` (0 is the first) of the generator seeded with `key`."""
    z = (key + (number + 1) * GAMMA) & MASK
    z = ((z ^ (z >> 30)) * _FIRST) & MASK
    z = ((z ^ (z >> 27)) * _SECOND) & MASK
    return z ^ (z >> 31)


def outputs(key: int, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Give many outputs of one stream."""
    z = numbers.astype(np.uint64)
    z *= np.uint64(GAMMA)
    z += np.uint64((key + GAMMA) & MASK)
    return _mixed(z)


def outputs_of(keys: NDArray[np.uint64], number: int) -> NDArray[np.uint64]:
    """Give the same output of many streams."""
    return _mixed(keys + np.uint64((number + 1) * GAMMA & MASK))


def stream(*parts: int | str) -> int:
    """Derive the key of a stream from what names it, such as (farm seed, device index, "load").

    Each part is turned into 64-bit words that start with its kind (and, for text, its length in bytes), so
    different lists of parts never give the same words. Fold: state = mix64((state ^ word) + GAMMA).
    A whole number must lie in 0..2**64-1. The mix is fixed for ever: changing it changes every farm.
    """
    state = 0
    for part in parts:
        for word in _words(part):
            state = mix64(((state ^ word) + GAMMA) & MASK)
    return state


def streams(seed: int, indexes: NDArray[np.int64], name: str) -> NDArray[np.uint64]:
    """Give stream(seed, index, name) for many device indexes at once."""
    state = (indexes.astype(np.uint64) ^ np.uint64(_after_kind(stream(seed), _INT_PART))) + np.uint64(GAMMA)
    state = _mixed(state)
    for word in _words(name):
        state = _mixed((state ^ np.uint64(word)) + np.uint64(GAMMA))
    return state


def _after_kind(state: int, kind: int) -> int:
    return mix64(((state ^ kind) + GAMMA) & MASK)


def _words(part: int | str) -> list[int]:
    if isinstance(part, str):
        text = part.encode()
        chunks = [int.from_bytes(text[at : at + 8], "little") for at in range(0, len(text), 8)]
        return [_STR_PART | len(text) << 8, *chunks]
    if not 0 <= part <= MASK:
        raise ValueError(f"a part of a stream's name must fit 64 bits without a sign, not {part}")
    return [_INT_PART, part]


def _mixed(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble an array that nobody else holds, in place."""
    z ^= z >> np.uint64(30)
    z *= np.uint64(_FIRST)
    z ^= z >> np.uint64(27)
    z *= np.uint64(_SECOND)
    z ^= z >> np.uint64(31)
    return z
