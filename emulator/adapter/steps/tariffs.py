"""Steps of tariffs and prices: 1.1.1 and 1.2.1 (functional reference 10.7).

What a tariff lacks is refused before anything is sent; what only the meter knows, the meter refuses.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final

from emulator.adapter import dates
from emulator.adapter.errand import Errand, Step, StepError
from emulator.adapter.steps import prices, tariff_tables
from emulator.adapter.steps.prices import Room
from emulator.adapter.steps.supply_calendars import CalendarError
from emulator.adapter.steps.tariff_tables import Shape, TariffError
from emulator.device.calendar import SwitchingTable, gas_table_fault, table_fault
from emulator.device.commands import SetPrices, SetTariff
from emulator.device.money import pricing
from emulator.device.money.pricing import Prices
from emulator.device.profile import Metering
from emulator.device.step import replace
from emulator.dlms.objects.calendars import DAYS
from emulator.services.bodies.tariff import UpdateImportTariffPrimaryElement, UpdatePricePrimaryElement
from emulator.services.bodies.tariff_parts import ElectricityPriceElements, PriceElements
from emulator.services.body import Body, Done
from emulator.services.codes import Why

CONVERSION: Final = ("calorific_value", "calorific_digits", "conversion_factor", "conversion_digits")
CALENDAR_DAYS: Final = 5
"""The attribute of an activity calendar that is the active day profiles (IEC 62056-6-2, class 20)."""


async def set_tariff(errand: Errand) -> Body:
    """1.1.1: the whole tariff, now or at the date it says."""
    body: UpdateImportTariffPrimaryElement = errand.body
    elec, of_gas = body.elec_tariff_elements, body.gas_tariff_elements
    _hold_fuel(errand, body.price_elements, [of_gas is not None])
    try:
        given = elec.switching_table if elec is not None else of_gas.switching_table  # type: ignore[union-attr]
        by = tariff_tables.shape(given)
        if elec is not None:
            table = tariff_tables.electricity(elec.switching_table, elec.special_days)
        else:
            assert of_gas is not None
            table = tariff_tables.gas(of_gas.switching_table, of_gas.special_days)
        if by == "block":
            await errand.read("thresholds_wh")  # a make without blocks has no place for it
        priced = _priced(errand, body.price_elements, by)
        if elec is not None:
            rows = prices.thresholds(elec.threshold_matrix, _room(errand))
            priced = replace(priced, thresholds_wh=rows, currency=prices.FROM_DUIS[elec.currency_units])
        elif by == "block":
            assert of_gas is not None
            assert body.price_elements.gas_price_elements is not None
            blocks = body.price_elements.gas_price_elements.block_tariff
            assert blocks is not None
            energy = await wh_a_litre(errand)
            rows = prices.gas_thresholds(of_gas.threshold_matrix, blocks.number_of_thresholds, energy)
            priced = replace(priced, thresholds_wh=rows)
        fault = _tariff_fault(errand, table, priced) or _gap(body.price_elements, priced, tariff_tables.used(table))
        if fault is not None:
            raise TariffError(fault)
    except (TariffError, CalendarError) as error:
        raise errand.refuse(Why.INVALID_VALUE, str(error)) from error
    await errand.send(SetTariff(table, dates.at_device(errand), priced))
    return Done()


async def set_prices(errand: Errand) -> Body:
    """1.2.1: new prices of the running tariff's shape.

    Those of a date are for the tariff of then, which may be another: only the meter can say whether they fit.
    """
    body: UpdatePricePrimaryElement = errand.body
    _hold_fuel(errand, body.price_elements)
    at = dates.at_device(errand)
    running = await errand.read("price_shape", "currency")
    try:
        by = running["price_shape"] if at is None else _shape_of(body.price_elements, running["price_shape"])
        priced = _priced(errand, body.price_elements, by)
        if not errand.gas:
            priced = replace(priced, currency=running["currency"])
        held = await optional(errand, "thresholds_wh")
        rows = tuple(tuple(row) for row in held.get("thresholds_wh", ()))
        if at is None and (fault := _running_fault(body.price_elements, priced, rows)):
            raise TariffError(fault)
        if at is None or by == "tou":  # without thresholds a device keeps those of the tariff that runs then
            priced = replace(priced, thresholds_wh=rows)
        fault = _prices_fault(errand, priced)
        if fault is None and at is None:
            chosen = await _chosen(errand)
            fault = prices.unchosen(priced, chosen) or _gap(body.price_elements, priced, chosen)
        if fault is not None:
            raise TariffError(fault)
    except TariffError as error:
        raise errand.refuse(Why.INVALID_VALUE, str(error)) from error
    await errand.send(SetPrices(priced, at))
    return Done()


async def optional(errand: Errand, *items: str) -> dict[str, Any]:
    """Read the items that a make has, and leave the others out. Raises StepError."""
    read: dict[str, Any] = {}
    for item in items:
        try:
            read |= await errand.read(item)
        except StepError as error:
            if error.why is not Why.NOT_SUPPORTED:
                raise
    return read


async def wh_a_litre(errand: Errand) -> Fraction:
    """Read what a litre of gas counts as now. Raises StepError."""
    return prices.wh_a_litre(*(await errand.read(*CONVERSION)).values())


def metering(errand: Errand) -> Metering:
    """Give the registers and blocks of the meter that is asked."""
    of_gas = errand.profile.gas_metering
    return of_gas if errand.gas and of_gas is not None else errand.profile.metering


def _room(errand: Errand) -> Room:
    own = metering(errand)
    columns = (pricing.MAX_SETS if own.hybrid and not errand.gas else 1) if own.blocks else 0
    return Room(own.tou_registers, columns)


def _hold_fuel(errand: Errand, given: PriceElements, of_gas: Iterable[bool] = ()) -> None:
    """Refuse prices of the other fuel, and what else says that it is of gas or not. Raises StepError."""
    if {errand.gas} != {*of_gas, given.gas_price_elements is not None}:
        raise errand.refuse(Why.INVALID_VALUE, "tariff and prices are for the other fuel, or for both")


def _priced(errand: Errand, given: PriceElements, by: Shape) -> Prices:
    if given.electricity_price_elements is not None:
        return prices.electricity(given.electricity_price_elements, by, _room(errand))
    assert given.gas_price_elements is not None  # the choice of the element
    return prices.gas(given.gas_price_elements, by, _room(errand))


def _shape_of(given: PriceElements, running: Shape) -> Shape:
    """Give the shape of prices that wait for a date: till then the tariff may change. Both is the running one's."""
    own = given.electricity_price_elements or given.gas_price_elements
    assert own is not None
    if isinstance(own, ElectricityPriceElements) and own.hybrid_tariff is not None:
        return running
    return "tou" if own.tou_tariff is not None else "block"


def _gap(given: PriceElements, priced: Prices, chosen: frozenset[int]) -> str | None:
    """Say what of the energy that a table counts would have no price, or None."""
    elec, of_gas = given.electricity_price_elements, given.gas_price_elements
    if of_gas is not None:
        count = 1 if of_gas.tou_tariff is None else len(of_gas.tou_tariff.tou_price)
        return prices.unpriced(priced, chosen, count)
    assert elec is not None  # the choice of the element
    tou, blocks = elec.tou_tariff or elec.hybrid_tariff, elec.block_tariff or elec.hybrid_tariff
    if priced.by == "tou":
        return prices.unpriced(priced, chosen, len(tou.tou_price) if tou is not None else 0)
    columns = blocks.block_prices if blocks is not None else ()
    return prices.unpriced(priced, chosen, len(columns)) or prices.short(columns, priced.thresholds_wh)


def _tariff_fault(errand: Errand, table: SwitchingTable, priced: Prices) -> str | None:
    room = _room(errand)
    fault = table_fault(table, room.registers if priced.by == "tou" else room.columns)
    return fault or (gas_table_fault(table) if errand.gas else None) or _prices_fault(errand, priced)


def _prices_fault(errand: Errand, priced: Prices) -> str | None:
    room = _room(errand)
    return pricing.fault(priced, room.registers, max(room.columns, 1), metering(errand).blocks)


def _running_fault(given: PriceElements, priced: Prices, rows: tuple[tuple[int, ...], ...]) -> str | None:
    """Say why gas prices by block are not for the thresholds that run, or None."""
    blocks = given.gas_price_elements.block_tariff if given.gas_price_elements is not None else None
    if blocks is None or priced.by != "block":
        return None
    opened = prices.opened(rows[0]) if rows else 1
    wanted = blocks.number_of_thresholds + 1
    return None if wanted == opened else f"the running tariff has {opened} blocks, and the prices are for {wanted}"


async def _chosen(errand: Errand) -> frozenset[int]:
    days = DAYS.decode(await errand.attribute("activity_calendar", CALENDAR_DAYS))
    return tariff_tables.used(SwitchingTable(days=days))


STEPS: Final[Mapping[str, Step]] = {"1.1.1": set_tariff, "1.2.1": set_prices}
