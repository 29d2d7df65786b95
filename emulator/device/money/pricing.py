"""Prices: what energy costs, by TOU register or by blocks of each of eight counters (functional reference 2.3).

Prices are millipence (mp) per kWh, energies milliwatt-hours, so a cost is in millionths of a millipence: exact, and
nothing is rounded here. Register (or block set) number 1 of the switching table stands first in every sequence. The
energies are those counted since the block counters were last reset; prices by TOU register do not mind which.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

MAX_PRICE_MP: Final = 10_000_000
MAX_SETS: Final = 8
GAS_SETS: Final = 1
BLOCKS: Final = 4
THRESHOLDS: Final = BLOCKS - 1
UNUSED: Final = 0xFFFF_FFFF
MWH_A_WH: Final = 1_000
MILLIONTHS: Final = 1_000_000

_POUND_DIGITS: Final = 5  # a pound (or euro) is 10**5 mp
_SCALES: Final = range(-128, 128)
_INT64: Final = 2**63 - 1


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All prices of a meter. What is left out is 0, thresholds left out are unused (functional reference 2.3.3).

    With `by` "block" the switching table names block sets, each with four prices and three ascending thresholds; a make
    that has more blocks may have up to eight and seven.
    """

    tou_mp: tuple[int, ...] = ()
    block_mp: tuple[tuple[int, ...], ...] = ()
    thresholds_wh: tuple[tuple[int, ...], ...] = ()
    by: Literal["tou", "block"] = "tou"
    standing_mp: int = 0
    currency: Literal["GBP", "EUR"] = "GBP"


class Part(NamedTuple):
    """Energy at one price: the register or block set (1 is the first) and the block in it, 0 without blocks."""

    register: int
    block: int
    energy_mwh: int
    price_mp: int


def fault(prices: Prices, registers: int, sets: int = MAX_SETS, blocks: int = BLOCKS) -> str | None:
    """Say what is wrong with prices for a meter of so many TOU registers and block sets (gas: 4 and 1), or None.

    A set has the specification's blocks, or up to the `blocks` of a make that has more.
    """
    if prices.by not in {"tou", "block"} or prices.currency not in {"GBP", "EUR"}:
        return "prices are by tou or block, in GBP or EUR"
    if len(prices.tou_mp) > registers:
        return f"there are {len(prices.tou_mp)} prices for {registers} TOU registers"
    if max(len(prices.block_mp), len(prices.thresholds_wh)) > sets:
        return f"there are more block sets than {sets}"
    most = max(BLOCKS, blocks)
    if not all(BLOCKS <= len(row) <= most for row in prices.block_mp):
        return f"a block set has {_from_to(BLOCKS, most)} prices"
    every = (prices.standing_mp, *prices.tou_mp, *(price for row in prices.block_mp for price in row))
    if not all(0 <= price <= MAX_PRICE_MP for price in every):
        return f"a price is 0 to {MAX_PRICE_MP} millipence"
    for row in prices.thresholds_wh:
        used = [threshold for threshold in row if threshold != UNUSED]
        if not THRESHOLDS <= len(row) < most or not all(0 < threshold < UNUSED for threshold in used):
            return f"a block set has {_from_to(THRESHOLDS, most - 1)} thresholds of 1 to {UNUSED} Wh"
        if list(row[: len(used)]) != used or sorted(set(used)) != used:
            return "the thresholds of a block set rise, and unused ones come last"
    return None


def _from_to(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def width(prices: Prices) -> int:
    """Give the number of blocks of the widest set, at least the specification's."""
    return max([BLOCKS, *map(len, prices.block_mp), *(len(row) + 1 for row in prices.thresholds_wh)])


def scaled(value: int, scale: int) -> int | None:
    """Turn `value` x 10**`scale` pounds into whole millipence; None if that is not whole or no price."""
    if scale not in _SCALES:
        return None
    places = scale + _POUND_DIGITS
    price, rest = (value * 10**places, 0) if places >= 0 else divmod(value, 10**-places)
    return price if not rest and 0 <= price <= MAX_PRICE_MP else None


def active_price_mp(prices: Prices, register: int, energy_mwh: int = 0) -> int:
    """Give the price of the next energy of a register or block set; at a threshold it is the next block's."""
    return next(price for price, _, end in _bands(prices, register) if end is None or energy_mwh < end)


def blocks(prices: Prices, energies: Sequence[int]) -> tuple[Part, ...]:
    """Split energies by price; parts without energy are left out."""
    parts = []
    for register, energy in enumerate(energies, 1):
        for block, (price, start, end) in enumerate(_bands(prices, register), int(prices.by == "block")):
            held = (energy if end is None else min(energy, end)) - start
            if held > 0:
                parts.append(Part(register, block, held, price))
    return tuple(parts)


def cost(prices: Prices, energies: Sequence[int], before: Sequence[int] = ()) -> int:
    """Give the cost from one set of readings to a later one, in millionths of a millipence (mWh x mp a kWh)."""
    return sum(part.energy_mwh * part.price_mp for part in blocks(prices, energies)) - sum(
        part.energy_mwh * part.price_mp for part in blocks(prices, before[: len(energies)])
    )


def costs(prices: Prices, energies: NDArray[np.int64], before: Sequence[int] = ()) -> NDArray[np.int64]:
    """Give cost() of many sets of readings, a row each, from the same earlier one.

    No register may stand below `before`. A cost above 2**63 - 1 millionths (92 million pounds; at the highest price,
    922 MWh between the readings) has no place in the result: OverflowError, before anything is computed.
    """
    columns = energies.shape[1]
    start = np.zeros(columns, dtype=np.int64)
    start[: len(before)] = before[:columns]
    used = energies - start
    bands = [list(_bands(prices, register)) for register in range(1, columns + 1)]
    dearest = max((price for row in bands for price, _, _ in row), default=0)
    # Every partial sum is at most all the energy at the highest price.
    if used.size and int(used.sum(axis=1).max()) * dearest > _INT64:
        raise OverflowError("a cost of more than 2**63 - 1 millionths of a millipence")
    total = np.zeros(len(energies), dtype=np.int64)
    for column, row in enumerate(bands):
        for price, lower, upper in row:
            if price:
                low, high = np.maximum(start[column], lower), energies[:, column]
                if upper is not None:
                    high = np.minimum(high, upper)
                total += np.maximum(high - low, 0) * price
    return total


def _bands(prices: Prices, register: int) -> Iterator[tuple[int, int, int | None]]:
    """Give price, start and end (None: open) of each stretch of a register's or set's counter, in milliwatt-hours."""
    if prices.by == "tou":
        yield (prices.tou_mp[register - 1] if register <= len(prices.tou_mp) else 0), 0, None
        return
    row = prices.block_mp[register - 1] if register <= len(prices.block_mp) else ()
    ends = prices.thresholds_wh[register - 1] if register <= len(prices.thresholds_wh) else ()
    start = 0
    for price, threshold in zip_longest(row, (*ends, UNUSED), fillvalue=0):
        if threshold == UNUSED:
            yield price, start, None
            return
        yield price, start, threshold * MWH_A_WH
        start = threshold * MWH_A_WH
