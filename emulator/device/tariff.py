"""Tariff rules: the switching table, its passive twin, and the moment one becomes the other (2.3)."""

from emulator.device.calendar import SwitchingTable, bounds_fault, special_days_fault, table_fault
from emulator.device.commands import (
    ActivatePassiveTariff,
    Reason,
    SetTariff,
    WritePassiveTariff,
    WriteSpecialDays,
)
from emulator.device.household import Site
from emulator.device.instant import LAST, instant
from emulator.device.journal import (
    BillingSnapshotTaken,
    PassiveTariffWritten,
    TariffChanged,
    TariffNotActivated,
)
from emulator.device.metering import begin_run
from emulator.device.records import Records
from emulator.device.step import Due, Event, Moment, Refused, Step, replace

CANCEL_AT = instant(3000, 12, 31)
"""An execution time that stands for none: it cancels what is pending (functional reference 5.4, rule 2)."""


class TariffDue(Event, frozen=True):
    """The passive switching table's time has come."""


def active(records: Records) -> SwitchingTable:
    """Give the switching table that counts now."""
    return records.tariff.tables[-1]


def due(_: Site, records: Records, now: int) -> Due | None:
    """Say when the passive table becomes active; a time that the clock has passed is due at once."""
    at = records.tariff.activate_at
    return None if at is None else Due(max(now, at - records.clock.offset_ms), TariffDue())


def set_tariff(records: Records, command: SetTariff, moment: Moment) -> Step:
    """Take a whole table, now or at its time; a table with a fault is refused whole."""
    if command.at == CANCEL_AT:
        return _cancel(records)
    fault = table_fault(command.table, moment.site.profile.metering.tou_registers) or _time_fault(command.at)
    if fault:
        return Refused(Reason.INVALID_VALUE, fault)
    if command.at is None or command.at <= moment.at + records.clock.offset_ms:
        return _activate(records, command.table, moment)
    waiting = replace(records.tariff, passive=command.table, activate_at=command.at)
    return replace(records, tariff=waiting), (PassiveTariffWritten(command.table.name, command.at),)


def write_passive(records: Records, command: WritePassiveTariff, _: Moment) -> Step:
    """Hold a table ready; its parts may arrive one by one, so whether they fit is judged when it is activated."""
    fault = bounds_fault(command.table)
    if fault:
        return Refused(Reason.INVALID_VALUE, fault)
    held = replace(records.tariff, passive=command.table)
    return replace(records, tariff=held), (PassiveTariffWritten(command.table.name, held.activate_at),)


def activate_passive(records: Records, command: ActivatePassiveTariff, moment: Moment) -> Step:
    """Activate the passive table, or say when; a table with a fault is refused."""
    if command.at == CANCEL_AT:
        return _cancel(records)
    passive = records.tariff.passive
    fault = table_fault(passive, moment.site.profile.metering.tou_registers) or _time_fault(command.at)
    if fault:
        return Refused(Reason.INVALID_VALUE, fault)
    if command.at is None or command.at <= moment.at + records.clock.offset_ms:
        return _activate(records, passive, moment)
    waiting = replace(records.tariff, activate_at=command.at)
    return replace(records, tariff=waiting), (PassiveTariffWritten(passive.name, command.at),)


def activate_due(records: Records, _: TariffDue, moment: Moment) -> Step:
    """Activate the passive table at its time, or say why the active one stays."""
    passive = records.tariff.passive
    fault = table_fault(passive, moment.site.profile.metering.tou_registers)
    if fault:
        cleared = replace(records, tariff=replace(records.tariff, activate_at=None))
        return cleared, (TariffNotActivated(passive.name, fault),)
    return _activate(records, passive, moment)


def write_special_days(records: Records, command: WriteSpecialDays, moment: Moment) -> Step:
    """Replace the special days of the active table; the passive one takes them along."""
    table = replace(active(records), special_days=command.days)
    fault = special_days_fault(command.days) or table_fault(table, moment.site.profile.metering.tou_registers)
    if fault:
        return Refused(Reason.INVALID_VALUE, fault)
    if table == active(records):
        return records, ()
    passive = replace(records.tariff.passive, special_days=command.days)
    held = replace(records, tariff=replace(records.tariff, passive=passive))
    return _snapshot(held, table, moment)


def _time_fault(at: int | None) -> str | None:
    return "an activation time lies before the year 10000" if at is not None and at > LAST else None


def _cancel(records: Records) -> Step:
    kept = replace(records.tariff, activate_at=None)
    return replace(records, tariff=kept), (PassiveTariffWritten(kept.passive.name, None),)


def _activate(records: Records, table: SwitchingTable, moment: Moment) -> Step:
    settled = replace(records, tariff=replace(records.tariff, activate_at=None))
    return _snapshot(settled, table, moment)


def _snapshot(records: Records, table: SwitchingTable, moment: Moment) -> Step:
    """Change the table after a billing snapshot with the old one's registers (2.3.4, rule 2)."""
    kept = moment.site.profile.metering.billing_entries
    snapshots = (*records.billing.snapshots, moment.at)[-kept:]
    billed = replace(records, billing=replace(records.billing, snapshots=snapshots))
    changed = begin_run(moment.site, billed, moment.at, table=table)
    return changed, (BillingSnapshotTaken("tariff"), TariffChanged(table.name))
