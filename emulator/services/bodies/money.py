"""Money: balance, payment mode, prepayment and debt; services 1.5, 1.6, 2.x, 4.3, 4.13, 4.14 and 4.18."""

from typing import Annotated, Literal

from emulator.services.bodies.calendars import (
    ElectricityNonDisablementCalendar,
    GasNonDisablementCalendar,
    ReadElectricityCalendar,
    ReadGasCalendar,
)
from emulator.services.bodies.log_reads import KeyedLogRead
from emulator.services.bodies.rows import E_G, SUPPLIERS, row
from emulator.services.body import (
    I16,
    I32,
    U16,
    U32,
    Body,
    Empty,
    Future,
    Instant,
    Millipence,
    Scale,
    UnsignedMillipence,
    number,
    several,
    text,
)
from emulator.services.row import Kind, Service, Target

RecoveryPeriod = Literal["HOURLY", "DAILY"]
ElecRecoveryRate = Annotated[int, number(-I16, I16 - 1, "GBP x 10^DebtRecoveryRatePriceScale a period")]
GasRecoveryRate = Annotated[int, number(-I32, I32 - 1, "mp a period")]
RecoveryPerPayment = Annotated[int, number(0, 10_000, "0.01 %")]
ElecRateCap = Annotated[int, number(0, U16, says="its unit is not stated")]
ReadMillipence = Annotated[int, number(-I32, U32, "mp")]
ReadRateCap = Annotated[int, number(-I32, I32 - 1, says="mp for gas; not stated for electricity")]
UTRN = Annotated[str, text(20, r"^[0-9]{20}$", "twenty digits", shortest=20)]


class AdjustOrReset(Body, frozen=True, kw_only=True):
    """Change a balance by an amount, or set it to zero."""

    one_of = ("adjust_meter_balance", "reset_meter_balance")
    adjust_meter_balance: Millipence | None = None
    reset_meter_balance: Empty | None = None


class UpdateMeterBalance(Body, frozen=True, kw_only=True):
    """1.5 (service requests, section 3): the balance of the mode that the meter is in."""

    one_of = ("prepayment_mode", "credit_mode")
    prepayment_mode: AdjustOrReset | None = None
    credit_mode: AdjustOrReset | None = None


class PrepaymentTerms(Body, frozen=True, kw_only=True):
    """How prepayment mode is to work."""

    suspend_debt_disabled: bool
    suspend_debt_emergency: bool
    disablement_threshold: Millipence


class UpdatePaymentMode(Future, frozen=True, kw_only=True):
    """1.6 (service requests, section 3)."""

    one_of = ("credit", "prepayment")
    credit: Empty | None = None
    prepayment: PrepaymentTerms | None = None


class PrepayConfigElec(Body, frozen=True, kw_only=True):
    """PREPAY-E (service requests, section 5)."""

    debt_recovery_rate_cap: ElecRateCap
    emergency_credit_limit: Millipence
    emergency_credit_threshold: Millipence
    low_credit_threshold: Millipence
    electricity_non_disablement_calendar: ElectricityNonDisablementCalendar
    max_meter_balance: Millipence
    max_credit_threshold: Millipence


class PrepayConfigGas(Body, frozen=True, kw_only=True):
    """PREPAY-G (service requests, section 5)."""

    debt_recovery_rate_cap: Millipence
    emergency_credit_limit: UnsignedMillipence
    emergency_credit_threshold: UnsignedMillipence
    low_credit_threshold: UnsignedMillipence
    gas_non_disablement_calendar: GasNonDisablementCalendar
    max_meter_balance: UnsignedMillipence
    max_credit_threshold: UnsignedMillipence


class UpdatePrepayConfiguration(Future, frozen=True, kw_only=True):
    """2.1 (service requests, section 3)."""

    one_of = ("update_prepay_config_electricity", "update_prepay_config_gas")
    update_prepay_config_electricity: PrepayConfigElec | None = None
    update_prepay_config_gas: PrepayConfigGas | None = None


class TopUpDevice(Body, frozen=True, kw_only=True):
    """2.2 (service requests, section 3)."""

    utrn: UTRN


class ElecDebtRecovery(Body, frozen=True, kw_only=True):
    """How fast an electricity meter takes a time debt."""

    debt_recovery_rate: ElecRecoveryRate
    debt_recovery_rate_price_scale: Scale
    debt_recovery_rate_period: RecoveryPeriod


class GasDebtRecovery(Body, frozen=True, kw_only=True):
    """How fast a gas meter takes a time debt."""

    debt_recovery_rate: GasRecoveryRate
    debt_recovery_rate_period: RecoveryPeriod


class UpdateDebt(Body, frozen=True, kw_only=True):
    """2.3 (service requests, section 3): DEBT. Amounts are signed changes; both rates of one fuel are given."""

    time_debt_register1: Millipence
    time_debt_register2: Millipence
    payment_debt_register: Millipence
    debt_recovery_per_payment: RecoveryPerPayment
    elec_debt_recovery1: ElecDebtRecovery | None = None
    elec_debt_recovery2: ElecDebtRecovery | None = None
    gas_debt_recovery1: GasDebtRecovery | None = None
    gas_debt_recovery2: GasDebtRecovery | None = None

    def __post_init__(self) -> None:
        """Hold the choice of pairs. Raises ValueError."""
        elec = [one is not None for one in (self.elec_debt_recovery1, self.elec_debt_recovery2)]
        gas = [one is not None for one in (self.gas_debt_recovery1, self.gas_debt_recovery2)]
        if not ((all(elec) and not any(gas)) or (all(gas) and not any(elec))):
            raise ValueError(
                "exactly one pair of ElecDebtRecovery1 with ElecDebtRecovery2, GasDebtRecovery1 with GasDebtRecovery2"
                " is allowed"
            )


class ActivateEmergencyCredit(Body, frozen=True, kw_only=True):
    """2.5 (service requests, section 3)."""


class ReadInstantaneousPrepayValues(Future, frozen=True, kw_only=True):
    """4.3 (service requests, section 3)."""


class ReadInstantaneousPrepayValuesRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.3. The time debts are called TimeDebtRegister here, and TimeDebtRegisters in the snapshots."""

    emergency_credit_balance: Millipence | None = None
    accumulated_debt_register: Millipence | None = None
    payment_debt_register: Millipence | None = None
    time_debt_register1: Millipence | None = None
    time_debt_register2: Millipence | None = None
    meter_balance: Millipence | None = None


class ReadPrepaymentConfiguration(Future, frozen=True, kw_only=True):
    """4.13 (service requests, section 4)."""


class ReadElecDebtRecovery(Body, frozen=True, kw_only=True):
    """How fast an electricity meter takes a time debt, as read."""

    debt_recovery_rate: ElecRecoveryRate | None = None
    debt_recovery_rate_price_scale: Scale | None = None
    debt_recovery_rate_period: RecoveryPeriod | None = None


class ReadGasDebtRecovery(Body, frozen=True, kw_only=True):
    """How fast a gas meter takes a time debt, as read."""

    debt_recovery_rate: GasRecoveryRate | None = None
    debt_recovery_rate_period: RecoveryPeriod | None = None


class GasPrepayment(Body, frozen=True, kw_only=True):
    """What of the configuration a gas meter has in its own form."""

    non_disablement_calendar: ReadGasCalendar | None = None
    debt_recovery1: ReadGasDebtRecovery | None = None
    debt_recovery2: ReadGasDebtRecovery | None = None


class ElectricityPrepayment(Body, frozen=True, kw_only=True):
    """What of the configuration an electricity meter has in its own form."""

    payment_mode: Literal["Credit", "Prepayment"] | None = None
    non_disablement_calendar: ReadElectricityCalendar | None = None
    debt_recovery1: ReadElecDebtRecovery | None = None
    debt_recovery2: ReadElecDebtRecovery | None = None


class ReadPrepaymentConfigurationRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.13."""

    at_most_one = ("gas", "electricity")
    debt_recovery_per_payment: RecoveryPerPayment | None = None
    debt_recovery_rate_cap: ReadRateCap | None = None
    disablement_threshold: Millipence | None = None
    emergency_credit_limit: ReadMillipence | None = None
    emergency_credit_threshold: ReadMillipence | None = None
    low_credit_threshold: ReadMillipence | None = None
    credit_max_credit_threshold: ReadMillipence | None = None
    max_credit_max_meter_balance: ReadMillipence | None = None
    suspend_debt_disabled: bool | None = None
    suspend_debt_emergency: bool | None = None
    gas: GasPrepayment | None = None
    electricity: ElectricityPrepayment | None = None


class ReadPrepaymentDailyReadLog(KeyedLogRead, frozen=True, kw_only=True):
    """4.14 (service requests, section 4)."""


class PrepaymentSnapshot(Body, frozen=True, kw_only=True):
    """PREPAY-SNAP (service requests, section 5): the balances at an instant."""

    accumulated_debt_register: Millipence | None = None
    emergency_credit_balance: Millipence | None = None
    meter_balance: Millipence | None = None
    payment_debt_register: Millipence | None = None
    time_debt_registers1: Millipence | None = None
    time_debt_registers2: Millipence | None = None
    timestamp: Instant | None = None


class PrepaymentDays(Body, frozen=True, kw_only=True):
    """The snapshots of a log of days."""

    log_entry: Annotated[tuple[PrepaymentSnapshot, ...], several(0, 31)] = ()


class ReadPrepaymentDailyReadLogRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.14."""

    one_of = ("electricity", "gas")
    electricity: PrepaymentDays | None = None
    gas: PrepaymentDays | None = None


class ReadMeterBalance(Future, frozen=True, kw_only=True):
    """4.18 (service requests, section 4)."""


class GasBalance(Body, frozen=True, kw_only=True):
    """What a gas meter adds."""

    meter_balance_prepayment_mode: Millipence | None = None


class ReadMeterBalanceRsp(Body, frozen=True, kw_only=True):
    """Reply of 4.18."""

    meter_balance: Millipence | None = None
    gas: GasBalance | None = None


SERVICES: tuple[Service, ...] = (
    row("1.5", "Update Meter Balance", UpdateMeterBalance, targets=E_G, roles=SUPPLIERS, critical=True),
    row("1.6", "Update Payment Mode", UpdatePaymentMode, targets=E_G, roles=SUPPLIERS, critical=True, held="device"),
    row(
        "2.1",
        "Update Prepay Configuration",
        UpdatePrepayConfiguration,
        targets=E_G,
        roles=SUPPLIERS,
        critical=True,
        held="device",
    ),
    row("2.2", "Top Up Device", TopUpDevice, targets=E_G, roles=SUPPLIERS),
    row("2.3", "Update Debt", UpdateDebt, targets=E_G, roles=SUPPLIERS, critical=True),
    row("2.5", "Activate Emergency Credit", ActivateEmergencyCredit, targets=E_G, roles=SUPPLIERS, critical=True),
    row(
        "4.3",
        "Read Instantaneous Prepay Values",
        ReadInstantaneousPrepayValues,
        ReadInstantaneousPrepayValuesRsp,
        targets=E_G | Target.P,
        roles=SUPPLIERS,
        held="dsp",
    ),
    row(
        "4.13",
        "Read Prepayment Configuration",
        ReadPrepaymentConfiguration,
        ReadPrepaymentConfigurationRsp,
        targets=E_G,
        roles=SUPPLIERS,
        kind=Kind.ELECTIVE,
        held="dsp",
    ),
    row(
        "4.14",
        "Read Prepayment Daily Read Log",
        ReadPrepaymentDailyReadLog,
        ReadPrepaymentDailyReadLogRsp,
        targets=E_G | Target.P,
        roles=SUPPLIERS,
        kind=Kind.ELECTIVE,
        held="dsp",
        schedulable=True,
    ),
    row(
        "4.18",
        "Read Meter Balance",
        ReadMeterBalance,
        ReadMeterBalanceRsp,
        targets=E_G | Target.P,
        roles=SUPPLIERS,
        kind=Kind.ELECTIVE,
        held="dsp",
    ),
)
