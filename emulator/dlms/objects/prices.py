"""Rows of prices (class 113 of IEC 62056-6-2:2017) and of block thresholds (class 21) and counters.

Prices come in three ways: a whole set of them in one Data object, at once or at a time (service 1.2); as passive unit
charges, which the activation of a charge or of the passive tariff takes up (1.1); and they are read as active ones.
"""

from collections.abc import Callable
from itertools import groupby

from emulator.device.commands import Command, SetPrices, WritePassiveTariff
from emulator.device.future import CANCEL_AT
from emulator.device.meter import Meter
from emulator.device.money.pricing import MAX_SETS, THRESHOLDS, UNUSED
from emulator.device.money.pricing import Prices as PriceSet
from emulator.device.profile import Profile
from emulator.device.step import replace
from emulator.dlms.codec.data import NULL, Data, Tag, array, decode, octets, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.charges import BY_CONSUMPTION, BY_TIME, DAY_S, charge
from emulator.dlms.objects.money import (
    MONEY_SCALE,
    TIME_OR_NONE,
    Prices,
    read_unit_charge,
    single_price,
    tuple_of,
    unit_charge,
)
from emulator.dlms.objects.rows import (
    Attribute,
    Method,
    Object,
    Takes,
    Unit,
    constant,
    data,
    logical_name_octets,
    of_meter,
    register,
)
from emulator.dlms.objects.types import (
    ANY,
    ENUM,
    I32,
    TEXT,
    U32,
    InvalidValueError,
    WireType,
    array_of,
    expect,
    items,
    one_of,
)

BLOCK_COUNTERS_NAME = "0.0.94.44.34.2"
NO_SCRIPTS = structure(*[structure(octets(bytes(6)), Data(Tag.LONG_UNSIGNED, 0))] * 2)


# Prices by index: the mask of a TOU register ("TOU01"), or a block of a set ("SET1B1").


def _by_index(prices: PriceSet) -> Prices:
    if prices.by == "tou":
        return [(f"TOU{number:02}", price) for number, price in enumerate(prices.tou_mp, 1)]
    return [
        (f"SET{number}B{block}", price)
        for number, row in enumerate(prices.block_mp, 1)
        for block, price in enumerate(row, 1)
    ]


def _price_set(prices: Prices) -> PriceSet:
    """Read prices that stand in the order of their indices."""
    values = tuple(price for _, price in prices)
    blocks = bool(prices) and prices[0][0].startswith("SET")
    sets = groupby(prices, key=lambda priced: priced[0].partition("B")[0])
    rows = tuple(tuple(price for _, price in row) for _, row in sets)
    made = PriceSet(by="block", block_mp=rows) if blocks else PriceSet(tou_mp=values)
    if _by_index(made) != prices:
        raise InvalidValueError("prices stand in the order of TOU01, TOU02... or SET1B1, SET1B2...")
    return made


def _matrix(prices: PriceSet) -> Data:
    return unit_charge(_by_index(prices), of_energy=True)


def _read_matrix(value: Data) -> PriceSet:
    return _price_set(read_unit_charge(value, of_energy=True))


def _shown_prices(value: Data) -> object:
    held = _read_matrix(value)
    return list(held.tou_mp) if held.by == "tou" else [list(row) for row in held.block_mp]


def _standing(prices: PriceSet) -> Data:
    return unit_charge([("", prices.standing_mp)], of_energy=False)


# The passive prices, part by part.


def passive_prices(meter: Meter) -> PriceSet:
    """Give the prices that wait beside the passive table; none of their own are the active ones."""
    tariff = meter.records.tariff
    return tariff.prices if tariff.passive_prices is None else tariff.passive_prices


def _waiting(meter: Meter, **changes: object) -> WritePassiveTariff:
    return WritePassiveTariff(meter.records.tariff.passive, replace(passive_prices(meter), **changes))


def _take_matrix(meter: Meter, value: Data) -> WritePassiveTariff:
    read = _read_matrix(value)
    return _waiting(meter, by=read.by, tou_mp=read.tou_mp, block_mp=read.block_mp)


def _activate_at(meter: Meter, value: Data) -> SetPrices:
    at = TIME_OR_NONE.decode(value)
    return SetPrices(passive_prices(meter), CANCEL_AT if at is None else at)


def _unit_charges(
    shown: Callable[[PriceSet], Data], told: dict[str, Callable[[Data], object]], passive: Takes
) -> dict[int, Attribute]:
    """Make attributes 5 to 7 of a charge whose passive prices are taken up by activation."""
    return {
        5: of_meter(lambda meter: shown(meter.records.tariff.prices), ANY)._replace(items=told),
        6: of_meter(lambda meter: shown(passive_prices(meter)), ANY)._replace(write=passive),
        7: of_meter(_prices_wait, TIME_OR_NONE)._replace(write=Takes(SetPrices, _activate_at, lambda _: None)),
    }


def _prices_wait(meter: Meter) -> int | None:
    return next((held.at for held in meter.records.pending if held.name == SetPrices.__name__), None)


ACTIVATE_PRICES = Takes(SetPrices, lambda meter, _: SetPrices(passive_prices(meter)), lambda _: None)


PRICE_MATRIX = charge(
    0,
    "price_matrix",
    BY_CONSUMPTION,
    _unit_charges(
        _matrix,
        {"prices_mp": _shown_prices},
        Takes(
            WritePassiveTariff,
            _take_matrix,
            lambda command: None if command.prices is None else _matrix(command.prices),
            part=True,
        ),
    ),
    {2: Method(ACTIVATE_PRICES)},
    "01",
)
STANDING_CHARGE = charge(
    4,
    "standing_charge",
    BY_TIME,
    {
        8: constant(U32.encode(DAY_S)),
        **_unit_charges(
            _standing,
            {"standing_charge_mp": single_price},
            Takes(
                WritePassiveTariff,
                lambda meter, value: _waiting(meter, standing_mp=single_price(value)),
                lambda command: None if command.prices is None else _standing(command.prices),
                part=True,
            ),
        ),
    },
    {2: Method(ACTIVATE_PRICES)},
)


# Thresholds and counters of blocks


def _thresholds(prices: PriceSet, number: int) -> Data:
    row = prices.thresholds_wh[number - 1] if number <= len(prices.thresholds_wh) else ()
    return array([Data(Tag.DOUBLE_LONG_UNSIGNED, threshold) for threshold in row])


def _take_thresholds(number: int) -> Callable[[Meter, Data], WritePassiveTariff]:
    """Take one set's thresholds; none at all take this set and all above it away."""

    def make(meter: Meter, value: Data) -> WritePassiveTariff:
        rows = passive_prices(meter).thresholds_wh
        taken = tuple(expect(item, Tag.DOUBLE_LONG_UNSIGNED) for item in items(value, Tag.ARRAY))
        if not taken:
            return _waiting(meter, thresholds_wh=rows[: number - 1])
        unused = ((UNUSED,) * THRESHOLDS,) * (number - 1 - len(rows))
        return _waiting(meter, thresholds_wh=(*rows[: number - 1], *unused, taken, *rows[number:]))

    return make


def _thresholds_written(number: int) -> Callable[[WritePassiveTariff], Data | None]:
    def written(command: WritePassiveTariff) -> Data | None:
        if command.prices is None or number > len(command.prices.thresholds_wh) + 1:
            return None
        return _thresholds(command.prices, number)

    return written


def _monitor(number: int, *, passive: bool) -> Object:
    def shown(meter: Meter) -> Data:
        return _thresholds(passive_prices(meter) if passive else meter.records.tariff.prices, number)

    counters = structure(
        Data(Tag.LONG_UNSIGNED, 1), octets(logical_name_octets(BLOCK_COUNTERS_NAME)), Data(Tag.INTEGER, 2)
    )
    thresholds = of_meter(shown, ANY)
    if passive:
        takes = Takes(WritePassiveTariff, _take_thresholds(number), _thresholds_written(number), part=True)
        thresholds = thresholds._replace(write=takes)

    def actions(meter: Meter) -> Data:
        return array([NO_SCRIPTS] * len(shown(meter).value))

    name = f"block_thresholds_{number}" + ("_passive" if passive else "")
    return Object(
        name,
        f"0.0.16.{int(passive)}.{10 + number}.255",
        kinds.REGISTER_MONITOR,
        {2: thresholds, 3: constant(ANY.encode(counters)), 4: of_meter(actions, ANY)},
        when=lambda profile: bool(profile.metering.blocks) and number <= (MAX_SETS if profile.metering.hybrid else 1),
    )


def _has_blocks(profile: Profile) -> bool:
    return profile.metering.blocks > 0


ROWS = array_of(array_of(U32))
MONITORS = tuple(_monitor(number, passive=passive) for passive in (False, True) for number in range(1, MAX_SETS + 1))

# A whole set of prices at once

SHAPE = one_of(ENUM, {"tou": 0, "block": 1})
MATRIX_ROWS = tuple_of(tuple_of(U32))
PRICE_FIELDS: dict[str, WireType] = {
    "by": SHAPE,
    "standing_mp": U32,
    "currency": TEXT,
    "tou_mp": tuple_of(U32),
    "block_mp": MATRIX_ROWS,
    "thresholds_wh": MATRIX_ROWS,
}


def _set_prices(_: Meter, value: Data) -> Command:
    *given, at = items(value, Tag.STRUCTURE, len(PRICE_FIELDS) + 1)
    read = {name: wire.decode(item) for (name, wire), item in zip(PRICE_FIELDS.items(), given, strict=True)}
    return SetPrices(PriceSet(**read), None if at.tag is Tag.NULL else TIME_OR_NONE.decode(at))


def _as_data(wire: WireType, value: object) -> Data:
    return decode(wire.encode(value))


def _prices_data(prices: PriceSet, at: int | None) -> Data:
    parts = (_as_data(wire, getattr(prices, name)) for name, wire in PRICE_FIELDS.items())
    return structure(*parts, NULL if at is None else _as_data(TIME_OR_NONE, at))


PRICE_CHANGE = Object(
    "price_change",
    "0.0.96.50.13.255",
    kinds.DATA,
    {
        2: of_meter(lambda meter: _prices_data(meter.records.tariff.prices, None), ANY)._replace(
            items={"price_shape": lambda value: SHAPE.decode(items(value, Tag.STRUCTURE)[0])},
            write=Takes(SetPrices, _set_prices, lambda command: _prices_data(command.prices, command.at)),
        )
    },
)
ACTIVE_PRICE = register("active_price", "0.0.94.44.1.7", "active_price_mp", Unit.OTHER, MONEY_SCALE, I32)

PRICES: tuple[Object, ...] = (
    PRICE_MATRIX,
    STANDING_CHARGE,
    *MONITORS,
    data("threshold_matrix", "0.0.63.1.1.255", "thresholds_wh", ROWS, when=_has_blocks),
    data("block_counters", BLOCK_COUNTERS_NAME, "block_counters_wh", ROWS, when=_has_blocks),
    ACTIVE_PRICE,
    Object(
        "currency", "0.0.94.44.2.0", kinds.DATA, {2: of_meter(lambda meter: meter.records.tariff.prices.currency, TEXT)}
    ),
    PRICE_CHANGE,
)
