"""Rows of prices and charges (class 113 of IEC 62056-6-2:2017): what is taken for energy, by day and hour, of top-ups.

Prices come in three ways: a whole set of them in one Data object, at once or at a time (service 1.2); as passive unit
charges, which the activation of a charge or of the passive tariff takes up (1.1); and they are read as active ones.
"""

from collections.abc import Callable

from emulator.device.commands import AdjustDebt, Command, SetPrices, WritePassiveTariff
from emulator.device.future import CANCEL_AT
from emulator.device.instant import HOUR, DAY
from emulator.device.meter import Meter
from emulator.device.pricing import BLOCKS, MAX_SETS, THRESHOLDS, UNUSED
from emulator.device.pricing import Prices as PriceSet
from emulator.device.step import replace
from emulator.dlms.codec.data import NULL, Data, Tag, array, decode, octets, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.money import (
    AMOUNT,
    MONEY_SCALE,
    NEVER,
    TIME_OR_NONE,
    Prices,
    amount,
    bits,
    prepaid,
    read_amount,
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
    of_item,
    of_meter,
    only,
    register,
    whole,
)
from emulator.dlms.objects.types import (
    ANY,
    BOOLEAN,
    ENUM,
    I32,
    TEXT,
    U8,
    U16,
    U32,
    InvalidValueError,
    WireType,
    array_of,
    expect,
    items,
    one_of,
)

CHARGE_NAMES = tuple(f"0.0.19.20.{number}.255" for number in range(5))
"""The price matrix, time debts 1 and 2, the payment debt, the standing charge."""

BY_CONSUMPTION, BY_TIME, BY_PAYMENT = range(3)
HOUR_S, DAY_S = HOUR // 1000, DAY // 1000
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
    rows = tuple(values[place : place + BLOCKS] for place in range(0, len(values), BLOCKS))
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
    """Take passive prices; null-data takes them away, so that the passive table leaves the active ones."""
    if value.tag is Tag.NULL:
        return WritePassiveTariff(meter.records.tariff.passive)
    read = _read_matrix(value)
    return _waiting(meter, by=read.by, tou_mp=read.tou_mp, block_mp=read.block_mp)


def _passive_part(write: Callable[[PriceSet], Data | None]) -> Callable[[WritePassiveTariff], Data | None]:
    return lambda command: None if command.prices is None else write(command.prices)


def _activation(row: str) -> dict[int, Attribute]:
    """Make attributes 5 to 7 of a charge whose passive prices are taken up by activation."""
    shown = _matrix if row == CHARGE_NAMES[0] else _standing

    def activate_at(meter: Meter, value: Data) -> SetPrices:
        at = TIME_OR_NONE.decode(value)
        return SetPrices(passive_prices(meter), CANCEL_AT if at is None else at)

    if row == CHARGE_NAMES[0]:
        taken: Callable[[Meter, Data], WritePassiveTariff] = _take_matrix

        def given(command: WritePassiveTariff) -> Data | None:
            return NULL if command.prices is None else _matrix(command.prices)

        told: dict[str, Callable[[Data], object]] = {"prices_mp": _shown_prices}
    else:

        def taken(meter: Meter, value: Data) -> WritePassiveTariff:
            return _waiting(meter, standing_mp=single_price(value))

        given = _passive_part(_standing)
        told = {"standing_charge_mp": single_price}
    return {
        5: of_meter(lambda meter: shown(meter.records.tariff.prices), ANY)._replace(items=told),
        6: of_meter(lambda meter: shown(passive_prices(meter)), ANY)._replace(
            write=Takes(WritePassiveTariff, taken, given, part=True)
        ),
        7: of_meter(_prices_wait, TIME_OR_NONE)._replace(write=Takes(SetPrices, activate_at, lambda _: None)),
    }


def _prices_wait(meter: Meter) -> int | None:
    return next((held.at for held in meter.records.pending if held.name == SetPrices.__name__), None)


ACTIVATE_PRICES = Takes(SetPrices, lambda meter, _: SetPrices(passive_prices(meter)), lambda _: None)


def _charge(
    row: int, name: str, kind: int, own: dict[int, Attribute], methods: dict[int, Method], configuration: str = "00"
) -> Object:
    """Make a charge. What was ever paid and when last is not kept: 0, and a time that is not specified."""
    zero = constant(AMOUNT.encode(0))
    shared = {
        2: zero,
        3: constant(ENUM.encode(kind)),
        4: constant(U8.encode(row + 1)),
        6: of_meter(lambda _: unit_charge([("", 0)], of_energy=False), ANY),
        7: constant(NEVER),
        8: constant(U32.encode(0)),
        9: constant(bits(configuration)),
        10: constant(NEVER),
        11: zero,
        12: zero,
        13: constant(U16.encode(0)),
    }
    always = row in {0, 4}
    shown = (lambda _: True) if always else prepaid
    return Object(name, CHARGE_NAMES[row], kinds.CHARGE, shared | own, methods, shown)


PRICE_MATRIX = _charge(
    0, "price_matrix", BY_CONSUMPTION, _activation(CHARGE_NAMES[0]), {2: Method(ACTIVATE_PRICES)}, "01"
)
STANDING_CHARGE = _charge(
    4,
    "standing_charge",
    BY_TIME,
    {8: constant(U32.encode(DAY_S)), **_activation(CHARGE_NAMES[4])},
    {2: Method(ACTIVATE_PRICES)},
)


# Debts


def _added(field: str) -> Takes:
    return only(AdjustDebt, field, WireType(I32.encode, read_amount))


def _left(field: str, left: Callable[[Meter], int]) -> Takes:
    return Takes(
        AdjustDebt, lambda meter, value: AdjustDebt(**{field: read_amount(value) - left(meter)}), lambda _: None
    )


def _period(value: Data) -> bool:
    seconds = expect(value, Tag.DOUBLE_LONG_UNSIGNED)
    if seconds not in {HOUR_S, DAY_S}:
        raise InvalidValueError("a debt is recovered each hour or day")
    return bool(seconds == HOUR_S)


PERIOD = WireType(lambda hourly: U32.encode(HOUR_S if hourly else DAY_S), _period)
RATE = WireType(lambda rate_mp: ANY.encode(unit_charge([("", rate_mp)], of_energy=False)), single_price)


def _time_debt(number: int) -> Object:
    def debt_left(meter: Meter) -> int:
        return meter.account().debts[number - 1].left_mp

    def hourly(meter: Meter) -> bool:
        return meter.records.account.debts[number - 1].hourly

    field = f"time_{number}_mp"
    return _charge(
        number,
        f"time_debt_{number}",
        BY_TIME,
        {
            5: of_item(f"debt_rate_{number}_mp", RATE),
            6: of_meter(lambda meter: meter.records.account.debts[number - 1].rate_mp, RATE)._replace(
                write=only(AdjustDebt, f"rate_{number}_mp", RATE)
            ),
            8: of_meter(hourly, PERIOD)._replace(write=only(AdjustDebt, f"hourly_{number}", PERIOD)),
            12: of_item(f"time_debt_{number}_mp", AMOUNT),
        },
        # A written rate is in force at once, so that its activation changes nothing more.
        {
            2: Method(Takes(AdjustDebt, lambda _meter, _value: AdjustDebt(), lambda _: None)),
            4: Method(_added(field)),
            5: Method(_left(field, debt_left)),
        },
    )


def _last_payment(meter: Meter) -> tuple[int | None, int]:
    paid = meter.records.receipts.payments
    return (paid[-1].at, paid[-1].value_mp) if paid else (None, 0)


PAYMENT_DEBT = _charge(
    3,
    "payment_debt",
    BY_PAYMENT,
    {
        5: of_meter(lambda _: unit_charge([("", 0)], of_energy=False), ANY),
        10: of_meter(lambda meter: _last_payment(meter)[0], TIME_OR_NONE),
        11: of_meter(lambda meter: _last_payment(meter)[1], AMOUNT),
        12: of_item("payment_debt_mp", AMOUNT),
        13: of_item("payment_share", U16, write=only(AdjustDebt, "payment_share", U16)),
    },
    {4: Method(_added("payment_mp")), 5: Method(_left("payment_mp", lambda meter: meter.account().payment_debt_mp))},
    "10",
)
DEBT_FIELDS: dict[str, WireType] = {
    "time_1_mp": I32,
    "time_2_mp": I32,
    "payment_mp": I32,
    "rate_1_mp": I32,
    "rate_2_mp": I32,
    "hourly_1": BOOLEAN,
    "hourly_2": BOOLEAN,
    "payment_share": U16,
}


def _debts_now(meter: Meter) -> Data:
    first, second = meter.records.account.debts
    share = meter.records.terms.payment_share
    told = AdjustDebt(0, 0, 0, first.rate_mp, second.rate_mp, first.hourly, second.hourly, share)
    shown = whole(AdjustDebt, DEBT_FIELDS).data(told)
    assert shown is not None
    return shown


DEBT_CHANGE = Object(
    "debt_change",
    "0.0.96.50.12.255",
    kinds.DATA,
    {2: of_meter(_debts_now, ANY)._replace(write=whole(AdjustDebt, DEBT_FIELDS))},
    when=prepaid,
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
    )


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
            write=Takes(SetPrices, _set_prices, lambda command: _prices_data(command.prices, command.at))
        )
    },
)
ACTIVE_PRICE = register(
    "active_price", "0.0.94.44.1.7", "active_price_mp", Unit.OTHER, MONEY_SCALE, I32
)

CHARGES: tuple[Object, ...] = (
    PRICE_MATRIX,
    _time_debt(1),
    _time_debt(2),
    PAYMENT_DEBT,
    STANDING_CHARGE,
    *MONITORS,
    data("threshold_matrix", "0.0.63.1.1.255", "thresholds_wh", ROWS),
    data("block_counters", BLOCK_COUNTERS_NAME, "block_counters_wh", ROWS),
    ACTIVE_PRICE,
    Object(
        "currency", "0.0.94.44.2.0", kinds.DATA, {2: of_meter(lambda meter: meter.records.tariff.prices.currency, TEXT)}
    ),
    DEBT_CHANGE,
    PRICE_CHANGE,
)
