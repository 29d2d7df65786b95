"""Steps of billing: 4.4.2 to 4.4.5, 6.2.3 and 6.8 (functional reference 10.7).

A SMETS1 meter has one billing data log for both reasons. An entry whose stamp is an instant of the billing calendar is
the calendar's (4.4.3), any other was made by a change of mode, tariff or prices (4.4.2): the log itself says nothing of
its cause, and of a calendar that ran before nothing is known (*assumed*).
"""

from collections.abc import Mapping
from datetime import UTC, time
from typing import Any, Final

from emulator.adapter.errand import Errand, Step, StepError
from emulator.adapter.steps.profiles import GasReading, Row, entries, gas_readings, newest
from emulator.adapter.steps.supply_calendars import CalendarError, minute
from emulator.device.calendar import PERIOD_MONTHS, BillingCalendar, billing_moments, calendar_fault, calendar_from
from emulator.device.commands import WriteBillingCalendar
from emulator.device.instant import DAY, LAST
from emulator.dlms.objects.billing import BILLING_CALENDAR
from emulator.services.bodies import billing
from emulator.services.bodies.money import PrepaymentSnapshot
from emulator.services.body import Body, Done, Empty
from emulator.services.codes import Why
from emulator.services.document import dated, instant_of

BILLS: Final = 12
PAYMENTS, CREDITS = 10, 5
EXECUTION_TIME: Final = 4
"""The attribute of a single action schedule that says when (IEC 62056-6-2, class 22)."""
LONGEST: Final = 367 * DAY
PERIODICITY: Final = {
    "Daily": "daily",
    "Weekly": "weekly",
    "Monthly": "monthly",
    "Quarterly": "quarterly",
    "SixMonthly": "six-monthly",
    "Yearly": "yearly",
}
WORDS: Final[dict[str, Any]] = {period: word for word, period in PERIODICITY.items()}


# The logs


async def changes(errand: Errand) -> Body:
    """4.4.2: what the meter kept when its mode, its tariff or its prices changed."""
    calendar = await read_calendar(errand)
    snapshots = await _snapshots(errand, calendar, ended=False)
    if errand.gas:
        of_gas = [one for one in await gas_readings(errand, "billing_log") if not ends(calendar, one.at)]
        registers = tuple(_gas_change(one) for one in newest(of_gas, BILLS))
        return billing.RetrieveCoMOrTariffTriggeredBillingDataLogRsp(
            gas=billing.TriggeredGas(log_entry_consumption_register=registers, log_entry_prepayment_data=snapshots)
        )
    made = tuple(
        billing.TriggeredElecEntry(
            timestamp=dated(at),
            active_import_register_consumption=total_wh,
            tariff_tou_register_matrix_value=tuple(tou_wh),
        )
        for at, total_wh, *tou_wh in await _registers(errand, calendar, ended=False)
    )
    return billing.RetrieveCoMOrTariffTriggeredBillingDataLogRsp(
        electricity=billing.TriggeredElec(
            log_entry_consumption_and_tariff_registers_data=made, log_entry_prepayment_data=snapshots
        )
    )


async def periods(errand: Errand) -> Body:
    """4.4.3: what the meter kept at the ends of billing periods."""
    calendar = await read_calendar(errand)
    snapshots = await _snapshots(errand, calendar, ended=True)
    if errand.gas:
        of_gas = [one for one in await gas_readings(errand, "billing_log") if ends(calendar, one.at)]
        registers = tuple(_gas_bill(one) for one in newest(of_gas, BILLS))
        return billing.RetrieveBillingCalendarTriggeredBillingDataLogRsp(
            gas=billing.GasBilling(
                gsme_billing_data_log_entry=registers, gsme_billing_prepayment_data_log_entry=snapshots
            )
        )
    made = tuple(
        billing.ElecBillingEntry(
            timestamp=dated(at),
            active_import_register_value_consumption=total_wh,
            tariff_tou_register_matrix_value=tuple(tou_wh),
        )
        for at, total_wh, *tou_wh in await _registers(errand, calendar, ended=True)
    )
    return billing.RetrieveBillingCalendarTriggeredBillingDataLogRsp(
        electricity=billing.ElecBilling(
            esme_billing_data_log_entry=made, esme_billing_prepayment_data_log_entry=snapshots
        )
    )


def ends(calendar: BillingCalendar, at: int) -> bool:
    """Say whether a billing period ends at an instant of the device's clock."""
    return billing_moments(calendar, at - 1, at) == [at]


async def _registers(errand: Errand, calendar: BillingCalendar, *, ended: bool) -> tuple[Row, ...]:
    rows = await entries(errand, "billing_log")
    return newest([row for row in rows if ends(calendar, row[0]) is ended], BILLS)


async def _snapshots(errand: Errand, calendar: BillingCalendar, *, ended: bool) -> tuple[PrepaymentSnapshot, ...]:
    """Read the account at each billing snapshot; a make without prepayment keeps none."""
    try:
        rows = await entries(errand, "billing_accounts")
    except StepError as error:
        if error.why is not Why.NOT_SUPPORTED:
            raise
        return ()
    kept = newest([row for row in rows if ends(calendar, row[0]) is ended], BILLS)
    return tuple(snapshot(row) for row in kept)


def snapshot(row: Row) -> PrepaymentSnapshot:
    """Give an entry of the account log as PREPAY-SNAP; a make without time debts leaves them out."""
    at, _mode, balance_mp, emergency_mp, accumulated_mp, payment_mp, *debts_mp = row
    first_mp, second_mp = debts_mp or (None, None)
    return PrepaymentSnapshot(
        timestamp=dated(at),
        meter_balance=balance_mp,
        emergency_credit_balance=emergency_mp,
        accumulated_debt_register=accumulated_mp,
        payment_debt_register=payment_mp,
        time_debt_registers1=first_mp,
        time_debt_registers2=second_mp,
    )


def _gas_change(one: GasReading) -> billing.TriggeredGasEntry:
    return billing.TriggeredGasEntry(
        timestamp=dated(one.at),
        consumption_register=one.volume,
        tariff_tou_register_matrix_value=one.tou,
        block_register_matrix_value=one.blocks,
    )


def _gas_bill(one: GasReading) -> billing.GasBillingEntry:
    return billing.GasBillingEntry(
        timestamp=dated(one.at),
        active_import_register_value_consumption=one.volume,
        tariff_tou_register_matrix_value=one.tou,
        block_register_matrix_value=one.blocks,
    )


async def debt_payments(errand: Errand) -> Body:
    """4.4.4: what of top-ups went into the payment debt."""
    rows = newest(await entries(errand, "debt_payments"), PAYMENTS)
    made = tuple(billing.AmountEntry(timestamp=dated(at), amount=amount_mp) for at, amount_mp in rows)
    return billing.RetrieveBillingDataLogDebtPaymentsRsp(payment_based_debt_repayment=made)


async def credits_taken(errand: Errand) -> Body:
    """4.4.5: the last top-ups."""
    rows = newest(await entries(errand, "credits"), CREDITS)
    made = tuple(billing.AmountEntry(timestamp=dated(at), amount=amount_mp) for at, amount_mp, _ in rows)
    return billing.RetrieveBillingDataLogPrepaymentCreditsRsp(prepayment_credits=made)


# The calendar


async def read_calendar(errand: Errand) -> BillingCalendar:
    """Read the billing calendar, by the same row that the meter reads what is written with."""
    written = await errand.attribute(BILLING_CALENDAR.name, EXECUTION_TIME)
    takes = BILLING_CALENDAR.attributes[EXECUTION_TIME].write
    assert takes is not None  # the row is written by 6.8
    command = takes.make(None, written)
    assert isinstance(command, WriteBillingCalendar)
    return command.calendar


async def calendar(errand: Errand) -> Body:
    """6.2.3: the billing calendar; that of gas starts where the present period did."""
    held = await read_calendar(errand)
    if not errand.gas:
        told = billing.BillingCalendar(electricity_billing_calendar=electricity_calendar(held))
        return billing.ReadDeviceConfigurationDataBillingCalendarRsp(billing_calendar=told)
    now = (await errand.read("clock"))["clock"]
    begun = billing_moments(held, now - LONGEST, now)[-1]
    told = billing.BillingCalendar(
        gas_billing_calendar=billing.GasBillingCalendar(
            billing_period_start=dated(begun), periodicity=WORDS[held.period]
        )
    )
    return billing.ReadDeviceConfigurationDataBillingCalendarRsp(billing_calendar=told)


async def set_calendar(errand: Errand) -> Body:
    """6.8: another billing calendar."""
    body: billing.UpdateDeviceConfigurationBillingCalendar = errand.body
    elec, of_gas = body.electricity_billing_calendar, body.gas_billing_calendar
    if (of_gas is not None) is not errand.gas:
        raise errand.refuse(Why.INVALID_VALUE, "the calendar is for the other fuel")
    try:
        wanted = device_calendar(elec) if elec is not None else gas_calendar(of_gas)  # type: ignore[arg-type]
    except CalendarError as error:
        raise errand.refuse(Why.INVALID_VALUE, str(error)) from error
    fault = calendar_fault(wanted)
    if fault is not None:
        raise errand.refuse(Why.INVALID_VALUE, fault)
    await errand.send(WriteBillingCalendar(await _startless(errand, wanted)))
    return Done()


async def _startless(errand: Errand, wanted: BillingCalendar) -> BillingCalendar:
    """Give a calendar without its start, for which the wire has no place. Raises StepError where that would matter."""
    if wanted.start is None:
        return wanted
    always = BillingCalendar(wanted.period, wanted.day, wanted.hour, wanted.minute, wanted.month)
    now = (await errand.read("clock"))["clock"]
    if wanted.start > now and billing_moments(always, now, min(wanted.start - 1, now + LONGEST)):
        raise errand.refuse(Why.NOT_SUPPORTED, "a first period that is longer than the others has no place on the wire")
    return always


def device_calendar(given: billing.ElectricityBillingCalendar) -> BillingCalendar:
    """Turn an electricity calendar into a device's. Raises CalendarError."""
    at = divmod(minute(given.billing_time), 60)
    if given.daily is not None:
        return BillingCalendar("daily", 1, *at)
    if given.weekly is not None:
        return BillingCalendar("weekly", given.weekly, *at)
    if given.monthly is not None:
        return BillingCalendar("monthly", given.monthly, *at)
    named = {"quarterly": given.quarterly, "six-monthly": given.six_monthly, "yearly": given.yearly}
    period, months = next((period, months) for period, months in named.items() if months is not None)
    return BillingCalendar(period, months.day_of_month, *at, months.billing_period_start_month)


def electricity_calendar(held: BillingCalendar) -> billing.ElectricityBillingCalendar:
    """Give a device's calendar as the document has it."""
    at = time(held.hour, held.minute, tzinfo=UTC)
    value: Any = {"daily": Empty(), "weekly": held.day, "monthly": held.day}.get(held.period)
    if PERIOD_MONTHS.get(held.period, 1) > 1:
        value = billing.BillingMonths(day_of_month=held.day, billing_period_start_month=held.month)
    return billing.ElectricityBillingCalendar(billing_time=at, **{held.period.replace("-", "_"): value})


def gas_calendar(given: billing.GasBillingCalendar) -> BillingCalendar:
    """Turn a gas calendar into a device's. Raises CalendarError for a start that is no whole minute."""
    minute(given.billing_period_start.astimezone(UTC).timetz())
    start = instant_of(given.billing_period_start)
    if not 0 <= start <= LAST:
        raise CalendarError("billing starts in the years 1970 to 9999")
    return calendar_from(start, PERIODICITY[given.periodicity])


STEPS: Final[Mapping[str, Step]] = {
    "4.4.2": changes,
    "4.4.3": periods,
    "4.4.4": debt_payments,
    "4.4.5": credits_taken,
    "6.2.3": calendar,
    "6.8": set_calendar,
}
