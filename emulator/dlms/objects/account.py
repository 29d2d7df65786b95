"""Rows of the account (class 111 of IEC 62056-6-2:2017): payment mode, what pays what, currency.

What a standard attribute cannot say all at once (a mode with its flags and its time) goes into one structure of a Data
object.
"""

from emulator.device.commands import (
    SetPaymentMode,
    WritePassiveTariff,
)
from emulator.device.meter import Meter
from emulator.device.money.account_records import Mode
from emulator.device.money.charges import in_use
from emulator.device.money.debt_to_clear import debt_to_clear_mp
from emulator.device.money.items_money import emergency_status
from emulator.device.profile import Profile
from emulator.device.step import replace
from emulator.dlms.codec.data import Data, Tag, array, octets, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.money import (
    ACCUMULATED,
    AMOUNT,
    BALANCE,
    CHARGE_NAMES,
    EMERGENCY,
    MONEY_SCALE,
    NEVER,
    TIME_OR_NONE,
    bits,
    fully_prepaid,
    prepaid,
    read_amount,
)
from emulator.dlms.objects.prices import passive_prices
from emulator.dlms.objects.rows import (
    Attribute,
    Object,
    Takes,
    constant,
    logical_name_octets,
    of_item,
    of_meter,
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
    expect,
    items,
    one_of,
)

ACTIVE_ACCOUNT = 2
MODE = one_of(ENUM, {Mode.CREDIT.value: 1, Mode.PREPAYMENT.value: 2})
WEEK_S = 7 * 86_400


def _names(logical_names: tuple[str, ...]) -> Data:
    return array([octets(logical_name_octets(name)) for name in logical_names])


def credit_names(profile: Profile) -> tuple[str, ...]:
    """Give the credits of an account, the one that is used first in front."""
    return (BALANCE, EMERGENCY, ACCUMULATED) if prepaid(profile) else (BALANCE,)


def charge_names(profile: Profile) -> tuple[str, ...]:
    """Give the charges of an account."""
    if fully_prepaid(profile):
        return CHARGE_NAMES
    return (CHARGE_NAMES[0], *CHARGE_NAMES[3:]) if prepaid(profile) else (CHARGE_NAMES[0], CHARGE_NAMES[-1])


# Mode and status, and which credit pays which charge.


def mode_data(meter: Meter) -> Data:
    """Write account_mode_and_status: the account of a meter is always active."""
    return structure(Data(Tag.ENUM, 1 if meter.records.account.mode is Mode.CREDIT else 2), Data(Tag.ENUM, 2))


def read_mode(data: Data) -> str:
    """Read the payment mode of account_mode_and_status."""
    mode, status = items(data, Tag.STRUCTURE, 2)
    if expect(status, Tag.ENUM) != ACTIVE_ACCOUNT:
        raise InvalidValueError("the account of a meter is active")
    return str(MODE.decode(mode))


def _in_mode(_: Meter, data: Data) -> SetPaymentMode:
    return SetPaymentMode(Mode(read_mode(data)))


def _only_mode(command: SetPaymentMode) -> Data | None:
    if command != SetPaymentMode(command.mode):
        return None
    return structure(Data(Tag.ENUM, 1 if command.mode is Mode.CREDIT else 2), Data(Tag.ENUM, ACTIVE_ACCOUNT))


def _collection(meter: Meter) -> Data:
    """Say which credit pays which charge; a charge that is suspended while emergency credit is used has no pair there.

    The bits: collect when the supply is disconnected, in load limiting, in friendly credit periods.
    """
    profile, terms = meter.site.profile, meter.records.terms
    pairs = []
    for credit in credit_names(profile)[:2]:
        for charge in charge_names(profile):
            by_time = charge in CHARGE_NAMES[1:3] or charge == CHARGE_NAMES[-1]
            if charge == CHARGE_NAMES[3] or (credit == EMERGENCY and by_time and terms.suspend_emergency):
                continue
            places = "011" if by_time and terms.suspend_disabled else "111"
            names = (octets(logical_name_octets(name)) for name in (credit, charge))
            pairs.append(structure(*names, Data(Tag.BIT_STRING, places)))
    return array(pairs)


def read_collection(data: Data) -> tuple[bool, bool]:
    """Read the suspend flags (disabled, emergency) from the pairs of the standing charge."""
    pairs = {}
    for pair in items(data, Tag.ARRAY):
        credit, charge, places = items(pair, Tag.STRUCTURE, 3)
        pairs[expect(credit, Tag.OCTET_STRING), expect(charge, Tag.OCTET_STRING)] = expect(places, Tag.BIT_STRING)
    standing = logical_name_octets(CHARGE_NAMES[-1])
    paid = pairs.get((logical_name_octets(BALANCE), standing))
    if not paid:
        raise InvalidValueError("the balance pays the standing charge")
    return paid[0] == "0", (logical_name_octets(EMERGENCY), standing) not in pairs


def _with_flags(meter: Meter, data: Data) -> SetPaymentMode:
    disabled, emergency = read_collection(data)
    return SetPaymentMode(meter.records.account.mode, disabled, emergency)


# What stands on the account.


def _status_bits(meter: Meter) -> bytes:
    """In credit, low, next enabled, next selectable, next selected, selectable credit used, out of credit, reserved."""
    account, terms = meter.account(), meter.records.terms
    offered = emergency_status(meter)
    credit_mp = account.balance_mp + account.emergency_mp
    out = account.mode is Mode.PREPAYMENT and credit_mp <= terms.disablement_mp
    places = (
        not out,
        meter.records.latches.low,
        False,
        offered == "available",
        offered == "activated",
        offered == "in use",
        out,
        False,
    )
    return bits("".join("01"[place] for place in places))


def _aggregated(meter: Meter) -> int:
    account = meter.account()
    return account.accumulated_mp + account.payment_debt_mp + sum(debt.left_mp for debt in account.debts)


def _currency(meter: Meter) -> Data:
    return _currency_named(meter.records.tariff.prices.currency)


def _currency_named(currency: str) -> Data:
    name = Data(Tag.UTF8_STRING, currency.encode())
    return structure(name, Data(Tag.INTEGER, MONEY_SCALE), Data(Tag.ENUM, 0))


def read_currency(data: Data) -> str:
    """Read the name of a currency of which amounts are of the meter's scale."""
    name, scale, unit = items(data, Tag.STRUCTURE, 3)
    if expect(scale, Tag.INTEGER) != MONEY_SCALE or expect(unit, Tag.ENUM):
        raise InvalidValueError(f"amounts are of the scale {MONEY_SCALE} of a currency")
    return str(TEXT.decode(name))


def _cap(meter: Meter) -> bytes:
    """Write the cap with 16 bits, or with 32 where it needs them (a departure from the standard's long-unsigned)."""
    cap_mp = meter.records.terms.cap_mp
    return U16.encode(cap_mp) if cap_mp <= 0xFFFF else U32.encode(cap_mp)


def _priority(meter: Meter) -> int:
    return 2 if in_use(meter.account(), meter.records.terms) else 1


def _bytes(encoded: bytes) -> bytes:
    return encoded


_RAW = WireType(_bytes, lambda data: data)

ACCOUNT_ATTRIBUTES: dict[int, Attribute] = {
    2: of_meter(mode_data, ANY)._replace(items={"payment_mode": read_mode}),
    3: of_meter(_priority, U8),
    4: of_meter(_status_bits, _RAW)._replace(items={"low_credit": lambda data: expect(data, Tag.BIT_STRING)[1] == "1"}),
    5: of_meter(lambda meter: meter.account().balance_mp + meter.account().emergency_mp, AMOUNT),
    6: of_meter(lambda m: debt_to_clear_mp(m.site, m.records, m.account(), m.now), AMOUNT)._replace(
        items={"debt_to_clear_mp": read_amount}
    ),
    7: of_meter(lambda meter: meter.records.terms.disablement_mp, AMOUNT),
    8: of_meter(_aggregated, AMOUNT),
    9: of_meter(lambda meter: _names(credit_names(meter.site.profile)), ANY),
    10: of_meter(lambda meter: _names(charge_names(meter.site.profile)), ANY),
    11: of_meter(_collection, ANY)._replace(
        items={
            "suspend_debt_disabled": lambda data: read_collection(data)[0],
            "suspend_debt_emergency": lambda data: read_collection(data)[1],
        }
    ),
    12: constant(ANY.encode(array([structure(octets(logical_name_octets(BALANCE)), Data(Tag.UNSIGNED, 100))]))),
    13: of_meter(lambda meter: meter.site.installed_at, TIME_OR_NONE),
    14: constant(NEVER),
    15: of_meter(_currency, ANY)._replace(items={"currency": read_currency}),
    16: of_item("low_credit_mp", AMOUNT),
    17: of_meter(lambda meter: meter.records.terms.emergency_threshold_mp, AMOUNT),
    18: of_meter(_cap, _RAW),
    19: constant(I32.encode(WEEK_S)),
}
ACCOUNT = Object("account", "0.0.19.0.0.255", kinds.ACCOUNT, ACCOUNT_ATTRIBUTES)


def _other_currency(meter: Meter, data: Data) -> WritePassiveTariff:
    currency = read_currency(data)
    if currency not in {"GBP", "EUR"}:
        raise InvalidValueError(f"no currency is called {currency!r}")
    prices = replace(passive_prices(meter), currency=currency)
    return WritePassiveTariff(meter.records.tariff.passive, prices)


_PASSIVE_CURRENCY = of_meter(lambda meter: _currency_named(passive_prices(meter).currency), ANY)._replace(
    write=Takes(
        WritePassiveTariff,
        _other_currency,
        lambda command: None if command.prices is None else _currency_named(command.prices.currency),
        part=True,
    )
)
# GBCS writes at the account of B=1: here its mode and flags act at once, its currency with the passive prices.
ACCOUNT_TO_COME = Object(
    "account_passive",
    "0.1.19.0.0.255",
    kinds.ACCOUNT,
    {number: attribute._replace(items={}) for number, attribute in ACCOUNT_ATTRIBUTES.items()}
    | {
        2: of_meter(mode_data, ANY)._replace(write=Takes(SetPaymentMode, _in_mode, _only_mode)),
        11: of_meter(_collection, ANY)._replace(write=Takes(SetPaymentMode, _with_flags, lambda _: None)),
        15: _PASSIVE_CURRENCY,
    },
)

MODE_TYPE = WireType(MODE.encode, lambda data: Mode(MODE.decode(data)))
MODE_FIELDS: dict[str, WireType] = {
    "mode": MODE_TYPE,
    "suspend_disabled": BOOLEAN,
    "suspend_emergency": BOOLEAN,
    "disablement_mp": I32,
    "at": TIME_OR_NONE,
}


def _mode_now(meter: Meter) -> Data:
    terms = meter.records.terms
    told = SetPaymentMode(
        meter.records.account.mode, terms.suspend_disabled, terms.suspend_emergency, terms.disablement_mp
    )
    shown = whole(SetPaymentMode, MODE_FIELDS).data(told)
    assert shown is not None
    return shown


MODE_CHANGE = Object(
    "payment_mode_change",
    "0.0.96.50.10.255",
    kinds.DATA,
    {2: of_meter(_mode_now, ANY)._replace(write=whole(SetPaymentMode, MODE_FIELDS))},
)

ACCOUNTS: tuple[Object, ...] = (ACCOUNT, ACCOUNT_TO_COME, MODE_CHANGE)
