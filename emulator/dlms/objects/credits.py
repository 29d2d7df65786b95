"""Rows of credits (class 112 of IEC 62056-6-2:2017), under the logical names of GBCS (OBIS map 6.4).

The meter balance, emergency credit and the accumulated debt are Credits, as GBCS has them. The balance is the one that
the meter shows: in credit mode it may be the amount due.
"""

from emulator.device.commands import (
    ActivateEmergencyCredit,
    AdjustBalance,
    Command,
    ResetBalance,
)
from emulator.device.meter import Meter
from emulator.device.money.account_records import Mode
from emulator.device.money.items_money import balance_mp
from emulator.dlms.codec.data import NULL, Data, Tag, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.account import MODE_TYPE, mode_data
from emulator.dlms.objects.money import (
    ACCUMULATED,
    AMOUNT,
    BALANCE,
    EMERGENCY,
    NEVER,
    amount,
    bits,
    optional,
    prepaid,
    read_amount,
    within,
)
from emulator.dlms.objects.rows import (
    Attribute,
    Method,
    Object,
    Takes,
    constant,
    of_item,
    of_meter,
)
from emulator.dlms.objects.types import (
    ANY,
    ENUM,
    I32,
    U8,
    items,
    one_of,
)

TOKEN_CREDIT, EMERGENCY_CREDIT = 0, 2
ENABLED, SELECTABLE, SELECTED, IN_USE, EXHAUSTED = range(5)


def _status(meter: Meter) -> int:
    account, terms = meter.account(), meter.records.terms
    if account.mode is Mode.CREDIT or account.balance_mp > terms.disablement_mp:
        return IN_USE
    return EXHAUSTED


def _set_balance(meter: Meter, data: Data) -> Command:
    wanted_mp = read_amount(data)
    return AdjustBalance(wanted_mp - balance_mp(meter)) if wanted_mp else ResetBalance()


def _credit(logical_name: str, name: str, own: dict[int, Attribute], methods: dict[int, Method]) -> Object:
    always = logical_name == BALANCE
    zero = constant(I32.encode(0))
    shared = {5: zero, 6: zero, 9: zero, 10: zero, 11: constant(NEVER)}
    return Object(name, logical_name, kinds.CREDIT, shared | own, methods, (lambda _: True) if always else prepaid)


CREDITS = (
    _credit(
        BALANCE,
        "meter_balance",
        {
            2: of_item("meter_balance_mp", AMOUNT),
            3: constant(ENUM.encode(TOKEN_CREDIT)),
            4: constant(U8.encode(1)),
            5: of_meter(lambda meter: meter.records.terms.low_credit_mp, AMOUNT),
            6: of_meter(lambda meter: meter.records.terms.disablement_mp, AMOUNT),
            7: constant(bits("00011")),
            8: of_meter(_status, ENUM),
        },
        {
            1: Method(
                Takes(
                    AdjustBalance,
                    lambda _, data: AdjustBalance(read_amount(data)),
                    lambda command: amount(command.amount_mp) if command.mode is None else None,
                )
            ),
            2: Method(Takes(ResetBalance, _set_balance, lambda command: amount(0) if command.mode is None else None)),
        },
    ),
    _credit(
        EMERGENCY,
        "emergency_credit",
        {
            2: of_item("emergency_credit_mp", AMOUNT),
            3: constant(ENUM.encode(EMERGENCY_CREDIT)),
            4: constant(U8.encode(2)),
            7: constant(bits("11100")),
            8: of_item(
                "emergency_status",
                one_of(
                    ENUM,
                    {
                        "not available": ENABLED,
                        "available": SELECTABLE,
                        "activated": SELECTED,
                        "in use": IN_USE,
                        "exhausted": EXHAUSTED,
                    },
                ),
            ),
            9: of_item("emergency_limit_mp", AMOUNT),
            10: of_item("emergency_threshold_mp", AMOUNT),
        },
        {
            3: Method(
                Takes(
                    ActivateEmergencyCredit,
                    lambda _meter, _data: ActivateEmergencyCredit(),
                    lambda _: Data(Tag.INTEGER, 0),
                )
            )
        },
    ),
    _credit(
        ACCUMULATED,
        "accumulated_debt",
        {
            2: of_item("accumulated_debt_mp", AMOUNT),
            3: constant(ENUM.encode(TOKEN_CREDIT)),
            4: constant(U8.encode(3)),
            7: constant(bits("00101")),
            8: constant(ENUM.encode(ENABLED)),
        },
        {},
    ),
)


def _balance_change(_: Meter, data: Data) -> Command:
    by, mode = items(data, Tag.STRUCTURE, 2)
    of_mode = optional(MODE_TYPE).decode(mode)
    return ResetBalance(of_mode) if by.tag is Tag.NULL else AdjustBalance(read_amount(by), of_mode)


def _change_data(command: AdjustBalance | ResetBalance) -> Data:
    by = amount(command.amount_mp) if isinstance(command, AdjustBalance) else NULL
    mode = NULL if command.mode is None else Data(Tag.ENUM, 1 if command.mode is Mode.CREDIT else 2)
    return structure(by, mode)


def _balance_now(meter: Meter) -> Data:
    return structure(amount(within(balance_mp(meter))), mode_data(meter).value[0])


BALANCE_CHANGE = Object(
    "balance_change",
    "0.0.96.50.11.255",
    kinds.DATA,
    {
        2: of_meter(_balance_now, ANY)._replace(
            write=Takes((AdjustBalance, ResetBalance), _balance_change, _change_data)
        )
    },
)

CREDIT_ROWS: tuple[Object, ...] = (*CREDITS, BALANCE_CHANGE)
