"""Tariff rules: the switching table, its passive twin, and the moment one becomes the other (2.3)."""

from emulator.device.calendar import (
    SwitchingTable,
    bounds_fault,
    gas_table_fault,
    special_days_fault,
    table_fault,
)
from emulator.device.commands import (
    ActivatePassiveTariff,
    Reason,
    SetTariff,
    WritePassiveTariff,
    WriteSpecialDays,
)
from emulator.device.future import CANCEL_AT
from emulator.device.happenings import (
    FutureActioned,
    Happening,
    PassiveTariffWritten,
    PricesChanged,
    TariffChanged,
    TariffNotActivated,
)
from emulator.device.household import Site
from emulator.device.instant import LAST
from emulator.device.metering import begin_run
from emulator.device.money.payment import prices_fault, take_snapshot, with_prices
from emulator.device.money.pricing import MAX_SETS, Prices
from emulator.device.records import MeterRecords
from emulator.device.step import Due, Event, Moment, Refused, Step, replace


class TariffDue(Event, frozen=True):
    """The passive switching table's time has come."""


def active(records: MeterRecords) -> SwitchingTable:
    """Give the switching table that counts now."""
    return records.tariff.tables[-1]


def due(_: Site, records: MeterRecords, now: int) -> Due | None:
    """Say when the passive table becomes active; a time that the clock has passed is due at once."""
    at = records.tariff.activate_at
    return None if at is None or not records.clock.valid else Due(max(now, at - records.clock.offset_ms), TariffDue())


def set_tariff(records: MeterRecords, command: SetTariff, moment: Moment) -> Step:
    """Take a whole table, now or at its time; a table with a fault is refused whole."""
    if command.at == CANCEL_AT:
        return _cancel(records)
    prices = command.prices
    fault = _fault(command.table, prices or records.tariff.prices, moment) or _time_fault(command.at)
    if fault:
        return Refused(Reason.INVALID_VALUE, fault)
    if command.at is None or command.at <= moment.at + records.clock.offset_ms:
        return _activate(records, command.table, prices, moment)
    waiting = replace(records.tariff, passive=command.table, passive_prices=prices, activate_at=command.at)
    return replace(records, tariff=waiting), (PassiveTariffWritten(command.table.name, command.at),)


def write_passive(records: MeterRecords, command: WritePassiveTariff, moment: Moment) -> Step:
    """Hold a table ready; its parts may arrive one by one, so whether they fit is judged when it is activated."""
    fault = bounds_fault(command.table) or (command.prices and prices_fault(command.prices, moment))
    if fault:
        return Refused(Reason.INVALID_VALUE, fault)
    held = replace(records.tariff, passive=command.table, passive_prices=command.prices)
    return replace(records, tariff=held), (PassiveTariffWritten(command.table.name, held.activate_at),)


def activate_passive(records: MeterRecords, command: ActivatePassiveTariff, moment: Moment) -> Step:
    """Activate the passive table, or say when; a table with a fault is refused."""
    if command.at == CANCEL_AT:
        return _cancel(records)
    passive = records.tariff.passive
    fault = _fault(passive, records.tariff.passive_prices or records.tariff.prices, moment) or _time_fault(command.at)
    if fault:
        return Refused(Reason.INVALID_VALUE, fault)
    if command.at is None or command.at <= moment.at + records.clock.offset_ms:
        return _activate(records, passive, records.tariff.passive_prices, moment)
    waiting = replace(records.tariff, activate_at=command.at)
    return replace(records, tariff=waiting), (PassiveTariffWritten(passive.name, command.at),)


def activate_due(records: MeterRecords, _: TariffDue, moment: Moment) -> Step:
    """Activate the passive table at its time, or say why the active one stays."""
    passive = records.tariff.passive
    fault = _fault(passive, records.tariff.passive_prices or records.tariff.prices, moment)
    if fault:
        cleared = replace(records, tariff=replace(records.tariff, activate_at=None))
        return cleared, (TariffNotActivated(passive.name, fault),)
    changed, told = _activate(records, passive, records.tariff.passive_prices, moment)
    return changed, (*told, FutureActioned(SetTariff.__name__))


def write_special_days(records: MeterRecords, command: WriteSpecialDays, moment: Moment) -> Step:
    """Replace the special days of the active table; the passive one takes them along."""
    table = replace(active(records), special_days=command.days)
    fault = special_days_fault(command.days) or _fault(table, records.tariff.prices, moment)
    if fault:
        return Refused(Reason.INVALID_VALUE, fault)
    if table == active(records):
        return records, ()
    passive = replace(records.tariff.passive, special_days=command.days)
    held = replace(records, tariff=replace(records.tariff, passive=passive))
    return _snapshot(held, table, moment)


def _time_fault(at: int | None) -> str | None:
    return "an activation time lies before the year 10000" if at is not None and at > LAST else None


def _cancel(records: MeterRecords) -> Step:
    kept = replace(records.tariff, activate_at=None)
    return replace(records, tariff=kept), (PassiveTariffWritten(kept.passive.name, None),)


def _fault(table: SwitchingTable, prices: Prices, moment: Moment) -> str | None:
    """Say what is wrong with a tariff as a whole, or None: nothing of it takes effect then."""
    gas = moment.site.fuel == "gas"
    rates = moment.site.metering.tou_registers
    if prices.by == "block":
        rates = min(rates, MAX_SETS if moment.site.metering.hybrid and not gas else 1)
    fault = table_fault(table, rates) or prices_fault(prices, moment)
    return fault or (gas_table_fault(table) if gas else None)


def _activate(
    records: MeterRecords, table: SwitchingTable, prices: Prices | None, moment: Moment
) -> tuple[MeterRecords, tuple[Happening, ...]]:
    settled = replace(records, tariff=replace(records.tariff, activate_at=None, passive_prices=None))
    changed, told = _snapshot(settled, table, moment)
    if prices is None:
        return changed, told
    return with_prices(changed, prices, moment.at), (*told, PricesChanged())


def _snapshot(
    records: MeterRecords, table: SwitchingTable, moment: Moment
) -> tuple[MeterRecords, tuple[Happening, ...]]:
    """Change the table after a billing snapshot with the old one's registers (2.3.4, rule 2)."""
    billed, told = take_snapshot(records, moment, "tariff")
    if records.aside.table is not None:  # the rate stays frozen until the clock has its time again
        return replace(billed, aside=replace(billed.aside, table=table)), (*told, TariffChanged(table.name))
    return begin_run(moment.site, billed, moment.at, table=table), (*told, TariffChanged(table.name))
