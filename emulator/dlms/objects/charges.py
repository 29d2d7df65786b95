"""Rows of debts (class 113 of IEC 62056-6-2:2017): what is taken by hour or day, and of top-ups; and what a Charge is.

A debt's rate is written as the passive unit charge, as GBCS does, and is in force at once: nothing of it waits.
"""

from collections.abc import Callable

from emulator.device.commands import AdjustDebt
from emulator.device.instant import DAY, HOUR
from emulator.device.meter import Meter
from emulator.device.step import replace
from emulator.dlms.codec.data import Data, Tag
from emulator.dlms.objects import kinds
from emulator.dlms.objects.money import (
    AMOUNT,
    CHARGE_NAMES,
    NEVER,
    TIME_OR_NONE,
    bits,
    fully_prepaid,
    prepaid,
    read_amount,
    single_price,
    unit_charge,
)
from emulator.dlms.objects.rows import (
    Attribute,
    Method,
    Object,
    Takes,
    constant,
    of_item,
    of_meter,
    only,
    whole,
)
from emulator.dlms.objects.types import (
    ANY,
    BOOLEAN,
    ENUM,
    I32,
    U8,
    U16,
    U32,
    InvalidValueError,
    WireType,
    expect,
)

BY_CONSUMPTION, BY_TIME, BY_PAYMENT = range(3)
HOUR_S, DAY_S = HOUR // 1000, DAY // 1000


def charge(
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
    always, by_time = row in {0, 4}, row in {1, 2}
    shown = (lambda _: True) if always else fully_prepaid if by_time else prepaid
    return Object(name, CHARGE_NAMES[row], kinds.CHARGE, shared | own, methods, shown)


# Debts


def _added(field: str) -> Takes:
    return only(AdjustDebt, field, WireType(I32.encode, read_amount))


def _left(field: str, left: Callable[[Meter], int]) -> Takes:
    """Take what shall be left of a debt: the command says by how much that changes it."""

    def make(meter: Meter, value: Data) -> AdjustDebt:
        return replace(AdjustDebt(), **{field: read_amount(value) - left(meter)})

    return Takes(AdjustDebt, make, lambda _: None)


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
    return charge(
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


PAYMENT_DEBT = charge(
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
    told = AdjustDebt(payment_share=share)
    if meter.site.profile.prepayment.full:
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


CHARGES: tuple[Object, ...] = (_time_debt(1), _time_debt(2), PAYMENT_DEBT, DEBT_CHANGE)
