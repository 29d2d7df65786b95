"""Prices between the service document and the device: PRICE-E and PRICE-G (service requests, section 5).

Pure. An electricity price is a whole number of 16 bits times a power of ten, in pounds; a device's is whole millipence.
What is no whole number of them is refused, and what fits no scale is not told: nothing is ever rounded. Gas thresholds
are thousandths of a cubic metre (*assumed*), a device's are watt-hours: there the calorific value decides.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from emulator.adapter.steps.tariff_tables import Shape, TariffError
from emulator.device.money.pricing import BLOCKS, THRESHOLDS, UNUSED, Prices, scaled
from emulator.services.bodies.tariff_parts import (
    Currency,
    ElecBlockPrices,
    ElecThresholds,
    ElectricityPriceElements,
    GasPriceElements,
)
from emulator.services.body import U48

MILLIPENCE: Final = -5
"""The scale at which a pound's number is millipence."""
FROM_DUIS: Final[dict[Currency, Literal["GBP", "EUR"]]] = {"GBP": "GBP", "ECB": "EUR"}
TO_DUIS: Final[dict[str, Currency]] = {device: document for document, device in FROM_DUIS.items()}
_SCALES: Final = range(MILLIPENCE, 1)
_I16: Final = range(-(2**15), 2**15)
_J_A_WH: Final = Fraction(36, 10)


class Room(NamedTuple):
    """How many TOU registers and columns of blocks a meter has; no columns is no blocks."""

    registers: int
    columns: int


# To the device


def electricity(given: ElectricityPriceElements, by: Shape, room: Room) -> Prices:
    """Turn PRICE-E into a device's prices, without thresholds. Raises TariffError."""
    tou_part = given.tou_tariff or given.hybrid_tariff
    block_part = given.block_tariff or given.hybrid_tariff
    tou = [_mp(one, given.price_scale) for one in tou_part.tou_price] if tou_part else []
    rows = [_row(one, given.price_scale) for one in block_part.block_prices] if block_part else []
    own: Sequence[object] = tou if by == "tou" else rows
    other = tou if by == "block" else [price for row in rows for price in row]
    if not own or any(other):
        raise TariffError(f"the prices are not of the tariff's shape, which is by {by}")
    standing_mp = _mp(given.standing_charge, given.standing_charge_scale)
    if by == "tou":
        return Prices(tou_mp=_within(tou, room.registers), standing_mp=standing_mp)
    wide = max(map(len, rows))
    if any(any(row) for row in rows[room.columns :]):
        raise TariffError(f"there are prices for {len(rows)} columns of blocks, and the meter has {room.columns}")
    matrix = tuple(_filled(row, max(wide, BLOCKS)) for row in rows[: room.columns])
    return Prices(by="block", block_mp=matrix, standing_mp=standing_mp)


def gas(given: GasPriceElements, by: Shape, room: Room) -> Prices:
    """Turn PRICE-G, which is millipence already, into a device's prices, without thresholds. Raises TariffError."""
    currency = FROM_DUIS[given.currency_units]
    if (given.tou_tariff is None) is (by == "tou"):
        raise TariffError(f"the prices are not of the tariff's shape, which is by {by}")
    if given.tou_tariff is not None:
        tou = _within(given.tou_tariff.tou_price, room.registers)
        return Prices(tou_mp=tou, standing_mp=given.standing_charge, currency=currency)
    assert given.block_tariff is not None  # the choice of the element
    row, blocks = given.block_tariff.block_price, given.block_tariff.number_of_thresholds + 1
    if any(row[blocks:]):
        raise TariffError(f"there is a price for a block beyond the {blocks} that the thresholds make")
    if len(row) < blocks:
        raise TariffError(f"{blocks - 1} thresholds make {blocks} blocks, and {len(row)} have a price")
    return Prices(by="block", block_mp=(_filled(row, BLOCKS),), standing_mp=given.standing_charge, currency=currency)


def thresholds(given: Iterable[ElecThresholds], room: Room) -> tuple[tuple[int, ...], ...]:
    """Turn a threshold matrix into a device's; rows beyond the columns that it has decide nothing and are left out."""
    rows = [one.block_threshold for one in given][: room.columns]
    return tuple(_filled(row, THRESHOLDS, UNUSED) for row in rows)


def gas_thresholds(given: Sequence[int], count: int, wh_a_litre: Fraction) -> tuple[tuple[int, ...], ...]:
    """Turn the first `count` gas thresholds into a device's one row, in watt-hours. Raises TariffError."""
    if len(given) < count:
        raise TariffError(f"there are {len(given)} thresholds, not the {count} that the prices are for")
    energies = [UNUSED if litres == U48 else wh_of(litres, wh_a_litre) for litres in given[:count]]
    if any(energy > UNUSED for energy in energies):
        raise TariffError("a threshold is more than the meter can count")
    return (_filled(energies, THRESHOLDS, UNUSED),)


def unpriced(prices: Prices, chosen: Iterable[int], given: int) -> str | None:
    """Say which number that a table chooses has no price, or None; `given` is how many prices or columns came."""
    missing = [number for number in sorted(chosen) if number > given]
    return f"the table chooses number {missing[0]}, which has no price by {prices.by}" if missing else None


def unchosen(prices: Prices, chosen: frozenset[int]) -> str | None:
    """Say which price is for a number that a table never chooses, or None (functional reference 10.7, 1.2)."""
    rows = [(price,) for price in prices.tou_mp] if prices.by == "tou" else list(prices.block_mp)
    idle = [number for number, row in enumerate(rows, 1) if any(row) and number not in chosen]
    return f"the tariff does not use number {idle[0]}, which has a price" if idle else None


def short(given: Iterable[ElecBlockPrices], rows: Iterable[Sequence[int]]) -> str | None:
    """Say which column opens more blocks than it has prices for, or None."""
    for place, (prices, row) in enumerate(zip(given, rows, strict=False), 1):
        if len(prices.block_price) < opened(row):
            return f"column {place} has {opened(row)} blocks and {len(prices.block_price)} prices"
    return None


def opened(row: Sequence[int]) -> int:
    """Count the blocks that a row of thresholds makes."""
    return sum(threshold != UNUSED for threshold in row) + 1


def _mp(value: int, scale: int) -> int:
    price = scaled(value, scale)
    if price is None:
        raise TariffError(f"{value} x 10^{scale} pounds is no whole number of millipence, or no price")
    return price


def _row(given: ElecBlockPrices, scale: int) -> tuple[int, ...]:
    return tuple(_mp(one, scale) for one in given.block_price)


def _within(prices: Sequence[int], registers: int) -> tuple[int, ...]:
    """Leave out the zeros for registers that a meter does not have. Raises TariffError for a price of such a one."""
    if any(prices[registers:]):
        raise TariffError(f"there are prices for {len(prices)} TOU registers, and the meter has {registers}")
    return tuple(prices[:registers])


def _filled(row: Sequence[int], size: int, value: int = 0) -> tuple[int, ...]:
    return (*row, *(value,) * (size - len(row)))


# From the device


def scale_for(prices: Iterable[int]) -> int | None:
    """Give the finest scale at which prices fit 16 bits exactly; None where none is."""
    listed = list(prices)
    for scale in _SCALES:
        step = 10 ** (scale - MILLIPENCE)
        if all(price % step == 0 and price // step in _I16 for price in listed):
            return scale
    return None


def at_scale(price_mp: int, scale: int) -> int:
    """Give a price at a scale that `scale_for` found."""
    return int(price_mp // 10 ** (scale - MILLIPENCE))


# Volume and energy


def wh_a_litre(calorific_value: int, digits: int, conversion_factor: int, factor_digits: int) -> Fraction:
    """Give the energy of a litre by calorific value (MJ/m3) and conversion factor, each with its digits."""
    return Fraction(calorific_value * conversion_factor, 10 ** (digits + factor_digits)) / _J_A_WH


def wh_of(litres: int, wh_a_litre: Fraction) -> int:
    """Give the energy of whole litres, to the nearest watt-hour."""
    return round(litres * wh_a_litre)


def litres_of(energy_wh: int, wh_a_litre: Fraction) -> int:
    """Give the litres of an energy, to the nearest."""
    return round(energy_wh / wh_a_litre)


def cubic_metres(litres: int) -> Decimal:
    """Give litres as cubic metres with three digits."""
    return Decimal(litres).scaleb(-3)
