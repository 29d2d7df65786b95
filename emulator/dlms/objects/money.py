"""Money on the wire: amounts, prices with their scale, and when a meter has prepayment at all.

Amounts are millipence: 10**-5 of the currency unit, which `scaler_unit` and the account's currency say.
"""

from collections.abc import Callable, Iterable
from typing import Final

from emulator.device.money.account_records import MOST_MP
from emulator.device.profile import Profile
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, array, encode, octets, structure
from emulator.dlms.objects.rows import logical_name_octets
from emulator.dlms.objects.types import DATE_TIME, I32, OCTETS, InvalidValueError, WireType, expect, items

MONEY_SCALE: Final = -5
KWH_SCALE: Final = 3
BALANCE: Final = "0.0.19.10.0.255"
EMERGENCY: Final = "0.0.19.10.1.255"
ACCUMULATED: Final = "0.0.19.10.2.255"
CHARGE_NAMES: Final = tuple(f"0.0.19.20.{number}.255" for number in range(5))
"""The price matrix, time debts 1 and 2, the payment debt, the standing charge."""
_LONG: Final = range(-0x8000, 0x8000)
_SCALES: Final = range(-12, 13)

# IEC 62056-6-2, Charge: the commodity of a charge that is not taken for consumption is none.
NO_COMMODITY = structure(Data(Tag.LONG_UNSIGNED, 0), Data(Tag.OCTET_STRING, bytes(6)), Data(Tag.INTEGER, 0))
IMPORTED = structure(
    Data(Tag.LONG_UNSIGNED, 3), Data(Tag.OCTET_STRING, logical_name_octets("1.0.1.8.0.255")), Data(Tag.INTEGER, 2)
)


def prepaid(profile: Profile) -> bool:
    """Say whether a make has prepayment."""
    return profile.prepayment.offered


def fully_prepaid(profile: Profile) -> bool:
    """Say whether its prepayment has time debts and a non-disablement calendar."""
    return profile.prepayment.full


def within(amount_mp: int) -> int:
    """Give an amount as near as the wire's 32 bits come to it; only sums can lie beyond."""
    return max(-MOST_MP, min(MOST_MP, amount_mp))


AMOUNT = WireType(lambda amount_mp: I32.encode(within(amount_mp)), I32.decode)


def amount(amount_mp: int) -> Data:
    """Write an amount that is sent. A greater one has no place on the wire (ValueError when it is encoded)."""
    return Data(Tag.DOUBLE_LONG, amount_mp)


def read_amount(data: Data) -> int:
    """Read an amount, of 32 bits with a sign or without."""
    return int(expect(data, Tag.DOUBLE_LONG, Tag.DOUBLE_LONG_UNSIGNED))


# Prices: unit_charge of IEC 62056-6-2, Charge.

Prices = list[tuple[str, int]]


def unit_charge(prices: Iterable[tuple[str, int]], *, of_energy: bool) -> Data:
    """Write prices by index, in mp a kWh or a period, with the scale at which all of them fit 16 bits.

    Prices that fit at no scale are written with 32 bits (a departure from the standard's long).
    """
    listed = list(prices)
    for places in range(5):
        parts = [divmod(price, 10**places) for _, price in listed]
        if all(not rest and value in _LONG for value, rest in parts):
            tag, values = Tag.LONG, [value for value, _ in parts]
            break
    else:
        places, tag, values = 0, Tag.DOUBLE_LONG, [price for _, price in listed]
    elements = [
        structure(octets(index.encode("ascii")), Data(tag, value))
        for (index, _), value in zip(listed, values, strict=True)
    ]
    scales = (KWH_SCALE if of_energy else 0, MONEY_SCALE + places)
    return structure(
        structure(*(Data(Tag.INTEGER, scale) for scale in scales)),
        IMPORTED if of_energy else NO_COMMODITY,
        array(elements),
    )


def read_unit_charge(data: Data, *, of_energy: bool) -> Prices:
    """Read prices by index in mp a kWh or a period, whatever their scale."""
    scaling, commodity, table = items(data, Tag.STRUCTURE, 3)
    energy_scale, price_scale = (expect(scale, Tag.INTEGER) for scale in items(scaling, Tag.STRUCTURE, 2))
    items(commodity, Tag.STRUCTURE, 3)
    scale = price_scale - MONEY_SCALE + (KWH_SCALE - energy_scale if of_energy else 0)
    if scale not in _SCALES:
        raise InvalidValueError("a price is of a scale far from pence")
    return [_price(element, scale) for element in items(table, Tag.ARRAY)]


def _price(element: Data, scale: int) -> tuple[str, int]:
    index, price = items(element, Tag.STRUCTURE, 2)
    value = expect(price, Tag.LONG, Tag.DOUBLE_LONG)
    whole, rest = (value * 10**scale, 0) if scale >= 0 else divmod(value, 10**-scale)
    if rest:
        raise InvalidValueError("a price is a whole number of millipence")
    return expect(index, Tag.OCTET_STRING).decode("latin-1"), whole


def single_price(data: Data) -> int:
    """Read the one price of a charge that is taken by time."""
    prices = read_unit_charge(data, of_energy=False)
    if len(prices) != 1:
        raise InvalidValueError("a charge by time has one price")
    return prices[0][1]


# Times that may be none.


def _maybe_time(at: int | None) -> bytes:
    return OCTETS.encode(datetimes.NEVER) if at is None else DATE_TIME.encode(at)


def _read_time(data: Data) -> int | None:
    if datetimes.is_unspecified(expect(data, Tag.OCTET_STRING, Tag.DATE_TIME)):
        return None
    return int(DATE_TIME.decode(data))


TIME_OR_NONE = WireType(_maybe_time, _read_time)
NEVER = OCTETS.encode(datetimes.NEVER)


def optional(wire: WireType) -> WireType:
    """Make a type whose None is null-data."""

    def write(value: object) -> bytes:
        return b"\x00" if value is None else wire.encode(value)

    return WireType(write, lambda data: None if data.tag is Tag.NULL else wire.decode(data))


def tuple_of(wire: WireType) -> WireType:
    """Make a type for tuples of one element type, written as an array."""

    def write(values: tuple[object, ...]) -> bytes:
        from_wire: Callable[[object], bytes] = wire.encode
        return bytes((Tag.ARRAY, len(values))) + b"".join(from_wire(value) for value in values)

    return WireType(write, lambda data: tuple(wire.decode(item) for item in items(data, Tag.ARRAY)))


def bits(places: str) -> bytes:
    """Write a bit-string, its first bit first."""
    return encode(Data(Tag.BIT_STRING, places))
