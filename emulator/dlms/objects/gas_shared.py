"""Rows of the gas meter that are the electricity meter's own: clock, calendars, account, prices, prepayment, top-ups.

The same rows, but what they refer to is gas's, and what cannot wait at the hub for the meter is not taken.
"""

from typing import Final

from emulator.device.commands import WritePassiveTariff
from emulator.device.gas.gas_meter import GasMeter
from emulator.device.gas.items_gas import GAS_ITEMS
from emulator.device.money.pricing import Prices
from emulator.device.profile import Profile
from emulator.device.step import replace
from emulator.dlms.codec.data import NULL, Data, Tag, decode, structure
from emulator.dlms.objects import kinds
from emulator.dlms.objects.account import ACCOUNTS
from emulator.dlms.objects.billing import BILLING_CALENDAR
from emulator.dlms.objects.calendars import CALENDARS
from emulator.dlms.objects.case import CASE
from emulator.dlms.objects.charges import CHARGES
from emulator.dlms.objects.clock import CLOCK_ROWS
from emulator.dlms.objects.credits import CREDIT_ROWS
from emulator.dlms.objects.gas_logs import tou_name
from emulator.dlms.objects.naming import translated
from emulator.dlms.objects.prepayment import PREPAYMENT, read_table, table_data
from emulator.dlms.objects.prices import PRICE_FIELDS, PRICES
from emulator.dlms.objects.rows import Object, Takes, logical_name_octets, of_meter
from emulator.dlms.objects.tokens import TOKENS
from emulator.dlms.objects.types import ANY, U32, items

GAS_BY_KEY: Final = {item.key: item for item in GAS_ITEMS}
ENERGY_NAME: Final = "0.0.96.50.61.255"
RATES: Final = range(1, 49)

# The electricity meter's rows refer to its registers; here the same attributes refer to those of gas.
_REGISTERS: Final = {
    logical_name_octets(f"1.0.1.8.{rate}.255"): logical_name_octets(tou_name(rate) if rate else ENERGY_NAME)
    for rate in (0, *RATES)
}


def _entries(row: Object) -> Object:
    """Give a log that holds as many entries as the gas meter's billing log does."""
    capacity = of_meter(lambda meter: meter.site.metering.billing_entries, U32)
    return row._replace(attributes=row.attributes | {8: capacity}) if row.name == "billing_accounts" else row


# What is reckoned from what the meter holds cannot be reckoned from a mirror while other commands wait: there are
# writes and methods of the whole for each of them.
_RECKONED_WRITES: Final = {
    "account_passive": 11,
    "price_matrix": 7,
    "standing_charge": 7,
    "disablement_threshold": 2,
}
_RECKONED_METHODS: Final = {"special_days": (1, 2), "price_matrix": (2,), "standing_charge": (2,)}


def _of_gas(row: Object) -> Object:
    """Give a row that tells the items which a gas meter has, and takes what can wait for it."""
    attributes = {
        number: attribute._replace(
            items={key: find for key, find in attribute.items.items() if key in GAS_BY_KEY},
            write=None if _reckoned(row, number, attribute.write) else attribute.write,
        )
        for number, attribute in row.attributes.items()
    }
    methods = {
        number: method
        for number, method in row.methods.items()
        if number not in _RECKONED_METHODS.get(row.name, ()) and not _reckoned(row, 0, method.takes)
    }

    def has(profile: Profile) -> bool:
        """Say whether a gas meter has a row: what decides is its own registers and blocks."""
        return profile.gas_metering is not None and row.when(replace(profile, metering=profile.gas_metering))

    return row._replace(attributes=attributes, methods=methods, when=has)


def _reckoned(row: Object, number: int, takes: Takes | None) -> bool:
    part = takes is not None and takes.part and WritePassiveTariff in takes.commands
    return part or _RECKONED_WRITES.get(row.name) == number


def _passive(meter: GasMeter) -> Data:
    held = meter.records.tariff
    return structure(table_data(held.passive), NULL if held.passive_prices is None else _prices(held.passive_prices))


def _prices(prices: Prices) -> Data:
    return structure(*(decode(wire.encode(getattr(prices, name))) for name, wire in PRICE_FIELDS.items()))


def _read_passive(_: GasMeter, value: Data) -> WritePassiveTariff:
    table, prices = items(value, Tag.STRUCTURE, 2)
    if prices.tag is Tag.NULL:
        return WritePassiveTariff(read_table(table), None)
    parts = zip(PRICE_FIELDS.items(), items(prices, Tag.STRUCTURE, len(PRICE_FIELDS)), strict=True)
    return WritePassiveTariff(read_table(table), Prices(**{name: wire.decode(part) for (name, wire), part in parts}))


PASSIVE_TARIFF: Final = Object(
    "passive_tariff",
    "0.0.96.50.76.255",
    kinds.DATA,
    {
        2: of_meter(_passive, ANY)._replace(
            write=Takes(
                WritePassiveTariff,
                _read_passive,
                lambda command: structure(
                    table_data(command.table), NULL if command.prices is None else _prices(command.prices)
                ),
            )
        )
    },
)


SHARED: Final[tuple[Object, ...]] = tuple(
    translated(_of_gas(row), _REGISTERS)
    for row in (
        PASSIVE_TARIFF,
        *CLOCK_ROWS,
        *CALENDARS,
        BILLING_CALENDAR,
        *ACCOUNTS,
        *CREDIT_ROWS,
        *CHARGES,
        *PRICES,
        *PREPAYMENT,
        *(_entries(row) for row in TOKENS),
        *(row for row in CASE if row.name == "restricted_before"),
    )
)
