"""Billing: logs and calendar; services 4.4.2 to 4.4.5, 6.2.3 and 6.8."""

from typing import Annotated, Literal

from emulator.services.bodies.log_reads import KeyedLogRead, LogRead
from emulator.services.bodies.matrices import BlockColumns, GasMatrix, SecondaryMatrix, TouMatrix
from emulator.services.bodies.money import PrepaymentSnapshot
from emulator.services.bodies.rows import ALL, E_G, SUPPLIERS, row
from emulator.services.body import (
    Body,
    CubicMetres,
    Empty,
    Instant,
    Millipence,
    TimeOfDay,
    WattHours,
    number,
    several,
    wrapped,
)
from emulator.services.row import Service, roles

Snapshots = Annotated[tuple[PrepaymentSnapshot, ...], several(0, 12)]


class RetrieveCoMOrTariffTriggeredBillingDataLog(KeyedLogRead, frozen=True, kw_only=True):
    """4.4.2 (service requests, section 3)."""


class TriggeredElecEntry(Body, frozen=True, kw_only=True):
    """What an electricity meter kept when its mode or its tariff changed."""

    active_import_register_consumption: WattHours | None = None
    tariff_tou_register_matrix_value: TouMatrix = ()
    tariff_tou_block1_register_matrix_value: BlockColumns = ()
    tariff_tou_block2_register_matrix_value: BlockColumns = ()
    tariff_tou_block3_register_matrix_value: BlockColumns = ()
    tariff_tou_block4_register_matrix_value: BlockColumns = ()
    secondary_active_import_register_consumption: WattHours | None = None
    secondary_tariff_tou_register_matrix_value: SecondaryMatrix = ()
    timestamp: Instant | None = None


class TriggeredElec(Body, frozen=True, kw_only=True):
    """The electricity form of 4.4.2."""

    log_entry_consumption_and_tariff_registers_data: Annotated[tuple[TriggeredElecEntry, ...], several(0, 12)] = ()
    log_entry_prepayment_data: Snapshots = ()


class TriggeredGasEntry(Body, frozen=True, kw_only=True):
    """What a gas meter kept when its mode or its tariff changed."""

    consumption_register: CubicMetres | None = None
    timestamp: Instant | None = None
    tariff_tou_register_matrix_value: GasMatrix = ()
    block_register_matrix_value: GasMatrix = ()


class TriggeredGas(Body, frozen=True, kw_only=True):
    """The gas form of 4.4.2."""

    log_entry_consumption_register: Annotated[tuple[TriggeredGasEntry, ...], several(0, 12)] = ()
    log_entry_prepayment_data: Snapshots = ()


class RetrieveCoMOrTariffTriggeredBillingDataLogRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.4.2."""

    one_of = ("electricity", "gas")
    electricity: TriggeredElec | None = None
    gas: TriggeredGas | None = None


class RetrieveBillingCalendarTriggeredBillingDataLog(KeyedLogRead, frozen=True, kw_only=True):
    """4.4.3 (service requests, section 3)."""


class ElecBillingEntry(Body, frozen=True, kw_only=True):
    """BILL-SNAP of an electricity meter (service requests, section 5)."""

    timestamp: Instant | None = None
    active_import_register_value_consumption: WattHours | None = None
    secondary_active_import_register_value_consumption: WattHours | None = None
    tariff_tou_register_matrix_value: TouMatrix = ()
    secondary_tariff_tou_register_matrix_value: SecondaryMatrix = ()
    tariff_tou_block1_register_matrix_value: BlockColumns = ()
    tariff_tou_block2_register_matrix_value: BlockColumns = ()
    tariff_tou_block3_register_matrix_value: BlockColumns = ()
    tariff_tou_block4_register_matrix_value: BlockColumns = ()


class ElecBilling(Body, frozen=True, kw_only=True):
    """The electricity form of 4.4.3."""

    esme_billing_data_log_entry: Annotated[tuple[ElecBillingEntry, ...], several(0, 12)] = ()
    esme_billing_prepayment_data_log_entry: Snapshots = ()


class GasBillingEntry(Body, frozen=True, kw_only=True):
    """BILL-SNAP of a gas meter (service requests, section 5)."""

    timestamp: Instant | None = None
    active_import_register_value_consumption: CubicMetres | None = None
    block_register_matrix_value: GasMatrix = ()
    tariff_tou_register_matrix_value: GasMatrix = ()


class GasBilling(Body, frozen=True, kw_only=True):
    """The gas form of 4.4.3."""

    gsme_billing_data_log_entry: Annotated[tuple[GasBillingEntry, ...], several(0, 12)] = ()
    gsme_billing_prepayment_data_log_entry: Snapshots = ()


class RetrieveBillingCalendarTriggeredBillingDataLogRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.4.3."""

    one_of = ("electricity", "gas")
    electricity: ElecBilling | None = None
    gas: GasBilling | None = None


class AmountEntry(Body, frozen=True, kw_only=True):
    """An amount, and when."""

    amount: Millipence | None = None
    timestamp: Instant | None = None


class RetrieveBillingDataLogDebtPayments(LogRead, frozen=True, kw_only=True):
    """4.4.4 (service requests, section 3)."""


class RetrieveBillingDataLogDebtPaymentsRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.4.4."""

    payment_based_debt_repayment: Annotated[tuple[AmountEntry, ...], wrapped("LogEntry"), several(0, 10)] = ()


class RetrieveBillingDataLogPrepaymentCredits(LogRead, frozen=True, kw_only=True):
    """4.4.5 (service requests, section 3)."""


class RetrieveBillingDataLogPrepaymentCreditsRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.4.5."""

    prepayment_credits: Annotated[tuple[AmountEntry, ...], wrapped("LogEntry"), several(0, 5)] = ()


class BillingMonths(Body, frozen=True, kw_only=True):
    """On which day, and from which month on."""

    day_of_month: Annotated[int, number(1, 28)]
    billing_period_start_month: Annotated[int, number(1, 12)]


class ElectricityBillingCalendar(Body, frozen=True, kw_only=True):
    """BILLCAL of an electricity meter (service requests, section 5)."""

    one_of = ("daily", "weekly", "monthly", "quarterly", "six_monthly", "yearly")
    billing_time: TimeOfDay
    daily: Empty | None = None
    weekly: Annotated[int, number(1, 7, says="Monday is 1 (*assumed*)")] | None = None
    monthly: Annotated[int, number(1, 28, says="day of the month")] | None = None
    quarterly: BillingMonths | None = None
    six_monthly: BillingMonths | None = None
    yearly: BillingMonths | None = None


class GasBillingCalendar(Body, frozen=True, kw_only=True):
    """BILLCAL of a gas meter (service requests, section 5)."""

    billing_period_start: Instant
    periodicity: Literal["Daily", "Weekly", "Monthly", "Quarterly", "SixMonthly", "Yearly"]


class BillingCalendar(Body, frozen=True, kw_only=True):
    """BILLCAL (service requests, section 5)."""

    one_of = ("electricity_billing_calendar", "gas_billing_calendar")
    electricity_billing_calendar: ElectricityBillingCalendar | None = None
    gas_billing_calendar: GasBillingCalendar | None = None


class ReadDeviceConfigurationBillingCalendar(Body, frozen=True, kw_only=True):
    """6.2.3 (service requests, section 3)."""


class ReadDeviceConfigurationDataBillingCalendarRsp(Body, frozen=True, kw_only=True):
    """Reply of 6.2.3, the one whose name is not its request's."""

    billing_calendar: BillingCalendar | None = None


class UpdateDeviceConfigurationBillingCalendar(BillingCalendar, frozen=True, kw_only=True):
    """6.8 (service requests, section 3)."""


SERVICES: tuple[Service, ...] = (
    row(
        "4.4.2",
        "Retrieve Change Of Mode / Tariff Triggered Billing Data Log",
        RetrieveCoMOrTariffTriggeredBillingDataLog,
        RetrieveCoMOrTariffTriggeredBillingDataLogRsp,
        targets=E_G,
        roles=SUPPLIERS,
        held="dsp",
    ),
    row(
        "4.4.3",
        "Retrieve Billing Calendar Triggered Billing Data Log",
        RetrieveBillingCalendarTriggeredBillingDataLog,
        RetrieveBillingCalendarTriggeredBillingDataLogRsp,
        targets=E_G,
        roles=SUPPLIERS,
        held="dsp",
    ),
    row(
        "4.4.4",
        "Retrieve Billing Data Log (Payment Based Debt Payments)",
        RetrieveBillingDataLogDebtPayments,
        RetrieveBillingDataLogDebtPaymentsRsp,
        targets=E_G,
        roles=SUPPLIERS,
        held="dsp",
    ),
    row(
        "4.4.5",
        "Retrieve Billing Data Log (Prepayment Credits)",
        RetrieveBillingDataLogPrepaymentCredits,
        RetrieveBillingDataLogPrepaymentCreditsRsp,
        targets=E_G,
        roles=SUPPLIERS,
        held="dsp",
    ),
    row(
        "6.2.3",
        "Read Device Configuration (Billing Calendar)",
        ReadDeviceConfigurationBillingCalendar,
        ReadDeviceConfigurationDataBillingCalendarRsp,
        targets=E_G,
        roles=ALL,
        duis_roles=roles("IS GS RSA"),
        reply_element="ReadDeviceConfigurationDataBillingCalendarRsp",
    ),
    row(
        "6.8",
        "Update Device Configuration (Billing Calendar)",
        UpdateDeviceConfigurationBillingCalendar,
        targets=E_G,
        roles=SUPPLIERS,
        critical=True,
    ),
)
