"""The catalogue against the reference: rows, counts, names, and what a request is refused for."""

import re

import msgspec
import pytest

from emulator.services.catalogue import (
    BY_ELEMENT,
    BY_VARIANT,
    LISTED_TWICE,
    MINIMUM,
    SERVICES,
    UnknownServiceError,
    find,
    lines_37,
)
from emulator.services.row import Kind, Target, roles

# Written down from service-requests.md, sections 3 and 4: variant and element, target, the forum's roles, today's,
# critical, who holds a future date, schedulable. The first 56 are the minimum list's, the others section 4's.
TABLE = """
1.1.1 UpdateImportTariffPrimaryElement | E G | IS GS | same | critical | device | -
1.1.2 UpdateImportTariffSecondaryElement | E | IS GS | IS | critical | device | -
1.2.1 UpdatePricePrimaryElement | E G | IS GS | same | critical | device | -
1.2.2 UpdatePriceSecondaryElement | E | IS GS | IS | critical | device | -
1.5 UpdateMeterBalance | E G | IS GS | same | critical | - | -
1.6 UpdatePaymentMode | E G | IS GS | same | critical | device | -
2.1 UpdatePrepayConfiguration | E G | IS GS | same | critical | device | -
2.2 TopUpDevice | E G | IS GS | same | - | - | -
2.3 UpdateDebt | E G | IS GS | same | critical | - | -
2.5 ActivateEmergencyCredit | E G | IS GS | same | critical | - | -
3.2 RestrictAccessForChangeOfTenancy | E P | IS GS | same | - | dsp | -
3.3 ClearEventLog | E G | IS GS | same | - | - | -
4.1.1 ReadInstantaneousImportRegisters | E G P | IS GS ED GT | same | - | dsp | -
4.1.2 ReadInstantaneousImportTOUMatrices | E G P | IS GS ED GT | same | - | dsp | -
4.1.3 ReadInstantaneousImportTOUWithBlocksMatrices | E | IS GS ED GT | IS ED | - | dsp | -
4.1.4 ReadInstantaneousImportBlockCounters | G P | IS GS ED GT | GS | - | dsp | -
4.2 ReadInstantaneousExportRegisters | E | ES ED | same | - | dsp | -
4.3 ReadInstantaneousPrepayValues | E G P | IS GS | same | - | dsp | -
4.4.2 RetrieveCoMOrTariffTriggeredBillingDataLog | E G | IS GS | same | - | dsp | -
4.4.3 RetrieveBillingCalendarTriggeredBillingDataLog | E G | IS GS | same | - | dsp | -
4.4.4 RetrieveBillingDataLogDebtPayments | E G | IS GS | same | - | dsp | -
4.4.5 RetrieveBillingDataLogPrepaymentCredits | E G | IS GS | same | - | dsp | -
4.8.1 ReadActiveImportProfileData | E G | IS GS ED GT ES OU | IS GS ED GT OU | - | dsp | schedule
4.8.2 ReadReactiveImportProfileData | E | IS GS ED GT ES OU | IS ED OU | - | dsp | schedule
4.8.3 ReadExportProfileData | E | IS GS ED GT ES OU | ED ES OU | - | dsp | schedule
4.10 ReadNetworkData | E G | IS GS ED GT | same | - | dsp | schedule
4.11.1 ReadTariffPrimaryElement | E G | IS GS OU | same | - | - | -
4.11.2 ReadTariffSecondaryElement | E | IS GS OU | IS OU | - | - | -
4.16 ReadActivePowerImport | E | IS ED | same | - | - | schedule
6.2.1 ReadDeviceConfigurationVoltage | E | IS GS ED GT ES RSA OU | IS ED RSA | - | - | -
6.2.2 ReadDeviceConfigurationRandomisation | E | IS GS ED GT ES RSA OU | IS ED RSA | - | - | -
6.2.3 ReadDeviceConfigurationBillingCalendar | E G | IS GS ED GT ES RSA OU | IS GS RSA | - | - | -
6.2.4 ReadDeviceConfigurationIdentityExcMPxN | E G H | IS GS ED GT ES RSA OU | same | - | - | -
6.2.5 ReadDeviceConfigurationInstantaneousPowerThresholds | E | IS GS ED GT ES RSA OU | IS RSA | - | - | -
6.2.7 ReadDeviceConfigurationMPxN | E G | IS GS ED GT ES RSA OU | same | - | - | -
6.2.8 ReadDeviceConfigurationGas | G | IS GS ED GT ES RSA OU | GS GT RSA | - | - | -
6.2.9 ReadDeviceConfigurationPaymentMode | E G | IS GS ED GT ES RSA OU | IS GS RSA | - | - | -
6.2.10 ReadDeviceConfigurationEventAndAlertBehaviours | E G | IS GS ED GT ES RSA OU | IS GS ED | - | - | -
6.4.1 UpdateDeviceConfigurationLoadLimitingGeneralSettings | E | IS GS | IS | critical | device | -
6.4.2 UpdateDeviceConfigurationLoadLimitingCounterReset | E | IS GS | IS | - | dsp | -
6.5 UpdateDeviceConfigurationVoltage | E | ED | same | - | dsp | -
6.6 UpdateDeviceConfigurationGasConversion | G | GS | same | critical | - | -
6.7 UpdateDeviceConfigurationGasFlow | G | GS | same | critical | - | -
6.8 UpdateDeviceConfigurationBillingCalendar | E G | IS GS | same | critical | - | -
6.11 SynchroniseClock | E G | IS GS | same | critical | - | -
6.12 UpdateDeviceConfigurationInstantaneousPowerThreshold | E | IS GS | IS | - | dsp | -
6.13 ReadEventOrSecurityLog | E G H | IS GS ED GT RSA | same | - | - | -
6.15.1 UpdateSecurityCredentialsKRP | E G | IS GS ED GT | same | critical | device | -
6.15.2 UpdateSecurityCredentialsDevice | E G | IS GS ED GT | IS GS | critical | - | -
6.23 UpdateSecurityCredentialsCoS | E G | IS GS | same | - | both | -
7.1 EnableSupply | E | IS | same | critical | - | -
7.2 DisableSupply | E G | IS GS | same | critical | - | -
7.3 ArmSupply | E G | IS GS | same | critical | - | -
7.4 ReadSupplyStatus | E G | IS GS ED GT ES RSA | same | - | - | -
11.1 UpdateFirmware | D | IS GS | same | - | - | -
11.2 ReadFirmwareVersion | E G H I | IS GS ED GT ES RSA OU | same | - | dsp | -
3.1 DisplayMessage | E G | IS GS | same | - | dsp | -
3.4 UpdateSupplierName | E G | IS GS | same | - | dsp | -
3.5 DisablePrivacyPIN | E G | IS GS | same | - | - | -
4.6.1 RetrieveImportDailyReadLog | E G | IS GS | same | - | dsp | schedule
4.13 ReadPrepaymentConfiguration | E G | IS GS | same | - | dsp | -
4.14 ReadPrepaymentDailyReadLog | E G P | IS GS | same | - | dsp | schedule
4.15 ReadLoadLimitData | E | IS ED | same | - | dsp | schedule
4.17 RetrieveDailyConsumptionLog | E P | IS GS ED GT OU | same | - | dsp | schedule
4.18 ReadMeterBalance | E G P | IS GS | same | - | dsp | -
5.1 CreateSchedule | D | IS GS ED GT ES OU | same | - | - | -
5.2 ReadSchedule | D | IS GS ED GT ES OU | same | - | - | -
5.3 DeleteSchedule | D | IS GS ED GT ES OU | same | - | - | -
6.20.1 SetDeviceConfigurationImportMPxN | E G | IS GS | same | - | dsp | -
6.22 ConfigureAlertBehaviour | E G | IS GS ED | same | - | - | -
6.25 SetElectricitySupplyTamperState | E | IS | same | critical | - | -
6.27 UpdateDeviceConfigurationRMSVoltageCounterReset | E | ED | same | - | dsp | -
8.1.1 CommissionDeviceSynchroniseClock | E G | IS GS | same | critical | - | -
8.2 ReadInventory | D | IS GS ES ED GT RSA OU | same | - | - | -
8.3 DecommissionDevice | D | IS GS | same | - | - | -
8.4 UpdateInventory | D | IS GS ES ED GT RSA OU | same | - | - | -
8.7.1 JoinServiceCritical | E G | IS GS | same | critical | - | -
8.7.2 JoinServiceNonCritical | G I | IS GS OU | same | - | - | -
8.8.1 UnjoinServiceCritical | E G | IS GS | same | critical | - | -
8.8.2 UnjoinServiceNonCritical | G I | IS GS OU | same | - | - | -
8.9 ReadDeviceLog | H G | IS GS OU | same | - | dsp | -
8.11 UpdateHANDeviceLog | H | IS GS OU | same | - | dsp | -
8.12.1 RestoreHANDeviceLog | H | IS GS | same | - | - | -
11.3 ActivateFirmware | E G | IS GS | same | critical | device | -
12.2 DevicePrenotification | D | IS GS ES ED GT RSA OU | same | - | - | -
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
# The forum's 37 lines in its order (functional reference 10.2).
FORUM = (
    "1.1 1.1 1.2 1.2 1.5 1.6 2.1 2.2 2.3 2.5 3.2 3.3 4.1 4.2 4.3 4.4 4.8 4.10 4.11 4.16 6.2 6.4 6.5 6.6 6.7 6.8 6.11 "
    "6.12 6.13 6.15 6.23 7.1 7.2 7.3 7.4 11.1 11.2 "
)
# Names in backticks in sections 3 and 4, a variant a line (but for elements, alerts and SMETS2's ExecutionOutcome).
NAMES = """
1.1.1: ExecutionDateTime
1.1.2: ExecutionDateTime PriceScale ElectricityPriceElement
1.2.1: ExecutionDateTime
1.2.2: ExecutionDateTime PriceScale ElectricityPriceElement
1.5: PrepaymentMode CreditMode AdjustMeterBalance ResetMeterBalance
1.6: ExecutionDateTime Credit Prepayment SuspendDebtDisabled SuspendDebtEmergency DisablementThreshold
2.1: ExecutionDateTime
2.2: UTRN
3.2: ExecutionDateTime RestrictionDateTime
3.3: ESMEEventLogType
4.1.1: ExecutionDateTime ActiveImportRegister Value ActiveEnergyUnit ReactiveImportRegister
  SecondaryActiveImportRegister ConsumptionRegister Unit
4.1.2: ExecutionDateTime TOUPrimaryRegisterValue TOUSecondRegisterValue TOURegisterMatrixValue
4.1.3: ExecutionDateTime TariffBlock RegisterMatrixTOUValue CounterMatrixTOUValue
4.1.4: ExecutionDateTime TariffBlockCounterValue
4.2: ExecutionDateTime ActiveExportRegister ReactiveExportRegister
4.3: ExecutionDateTime EmergencyCreditBalance AccumulatedDebtRegister PaymentDebtRegister TimeDebtRegister1
  TimeDebtRegister2 MeterBalance
4.4.2: ExecutionDateTime LogEntryConsumptionAndTariffRegistersData LogEntryConsumptionRegister Timestamp
  LogEntryPrepaymentData
4.4.3: ExecutionDateTime
4.4.4: ExecutionDateTime PaymentBasedDebtRepayment LogEntry Amount Timestamp
4.4.5: ExecutionDateTime PrepaymentCredits LogEntry Amount Timestamp
4.8.1: ExecutionDateTime LogEntry Timestamp PrimaryValue SecondaryValue
4.8.2: ExecutionDateTime LogEntry ReactiveEnergyImportedValue Timestamp
4.8.3: ExecutionDateTime LogEntry ActiveEnergyExportedValue ReactiveEnergyExportedValue Timestamp
4.10: ExecutionDateTime AvgRMSOverVoltageCounter AvgRMSUnderVoltageCounter AvgRMSVoltageProfileDataLog LogEntry
  MeasurementPeriod NetworkDataLog
4.11.1: PrimaryActiveTariffPrice CurrencyUnitsLabel CurrencyUnitsName StandingCharge StandingChargeScale PriceScale
  PrimaryActiveTariffPriceScale
4.11.2: SecondaryActiveTariffPrice PriceScale TariffTOUPrice
4.16: ActivePowerImport PrimaryActivePowerImportValue
6.2.1: AverageRMSOverVoltageThreshold AverageRMSUnderVoltageThreshold RMSVoltageSettings
6.2.2: RandomisedOffset RandomisedOffsetNumber RandomisedOffsetLimit
6.2.3: BillingCalendar ReadDeviceConfigurationDataBillingCalendarRsp
6.2.4: DeviceIdentifier ModelType ManufacturerIdentifier SupplyTamperState MeterVariant SupplyDepletionState
6.2.5: LowMediumPowerThreshold MediumHighPowerThreshold
6.2.7: ImportMPAN SecondaryImportMPAN ExportMPAN MPRN
6.2.8: CalorificValue ConversionFactor UncontrolledGasFlowRate FlowStabilisationPeriod FlowMeasurementPeriod
6.2.9: PaymentMode SuspendDebtEmergency SuspendDebtDisabled
6.4.1: ExecutionDateTime LoadLimitPeriod LoadLimitPowerThreshold LoadLimitRestorationPeriod LoadLimitSupplyState
6.4.2: ExecutionDateTime
6.5: ExecutionDateTime RMSVoltageCountersNotReset
6.6: CalorificValue ConversionFactor
6.7: UncontrolledGasFlowRate UncontrolledGasFlowRateDecimal SupplyDepletionState SupplyTamperState StabilisationPeriod
  MeasurementPeriod
6.11: CurrentDateTime TolerancePeriod DeviceTime ElecClockTimeStatus TimeStatus GasClockTimeStatus ASN1Status
6.12: ExecutionDateTime LowMediumPowerThreshold MediumHighPowerThreshold
6.13: LogToRead Log LogEntry Timestamp LogCode LogMeaning OtherInformation OtherInformationLogMeaning ALCSEvent
6.15.1: ExecutionDateTime RemotePartyRole CertificationPathCertificates ApplyTimeBasedCPVChecks
6.15.2: DeviceCertificate
6.23: ExecutionDateTime SupplierFloorSeqNumber SupplierPrepaymentTopUpFloorSeqNumber ApplyTimeBasedCPVChecks ImportMPxN
7.4: SupplyState RemainingBatteryCapacity
11.1: FirmwareImage FirmwareVersion DeviceIDList DSPUpdateFirmwareWarning
11.2: ExecutionDateTime FirmwareVersion
3.1: ExecutionDateTime SupplierMessage
3.4: ExecutionDateTime SupplierName SupplierTelephoneNumber
4.6.1: ExecutionDateTime LogEntry
4.13: ExecutionDateTime PaymentMode DisablementThreshold
4.14: ExecutionDateTime
4.15: ExecutionDateTime LoadLimitCounterValue LoadLimitSupplyState
4.17: ExecutionDateTime LogEntry
4.18: ExecutionDateTime MeterBalance MeterBalancePrepaymentMode
5.1: DSPScheduleID
5.2: DSPScheduleID DeviceID
5.3: DSPScheduleID DeviceID
6.20.1: ExecutionDateTime ImportMPANs ImportMPAN SecondaryImportMPAN ImportMPRN
6.25: SupplyTamperState
6.27: ExecutionDateTime
8.1.1: CurrentDateTime TolerancePeriod
8.2: UPRN DeviceID MPxN PropertyFilter PostCode AddressIdentifier Device
8.3: DeviceID
8.4: DeviceID UpdateDeviceDetails DeleteDevice UpdateMPxN
8.7.1: OtherDeviceID joinResponseCode ASN1Status
8.7.2: OtherDeviceID joinResponseCode
8.8.1: OtherDeviceID unjoinResponseCode
8.8.2: OtherDeviceID unjoinResponseCode
8.9: ExecutionDateTime ReadSecurityDetails DeviceLogEntries DeviceID LastCommunicationsDateTime
8.11: ExecutionDateTime DeviceID RequestType JoinTimePeriod InstallCode
8.12.1: OldCHFID
11.3: ExecutionDateTime FirmwareHash ActivateImageResponseCode ASN1Status FirmwareVersion
12.2: DeviceID DeviceManufacturer DeviceModel DeviceType SMETSCHTSVersion FirmwareVersion ESMEVariant
  AssociatedGPFDeviceID
"""
# Names in backticks in section 5, the field groups.
GROUP_NAMES = """
ReadLogPeriod StartDateTime EndDateTime KAPublicSecurityCredentials CurrencyUnits SwitchingTable DayProfile DayName
ProfileSchedule StartTime TOUTariffAction BlockTariffAction WeekProfile WeekName ReferencedDayName Season SeasonName
SeasonStartDate ReferencedWeekName SpecialDays SpecialDay Date ThresholdMatrix Thresholds BlockThreshold StandingCharge
StandingChargeScale PriceScale BlockTariff BlockPrices BlockPrice TOUTariff TOUPrice HybridTariff NumberOfThresholds
DebtRecoveryRateCap EmergencyCreditLimit EmergencyCreditThreshold LowCreditThreshold ElectricityNonDisablementCalendar
ElectricityNonDisablementSchedule NonDisablementScript SwitchTime StartDate EndDate MaxMeterBalance MaxCreditThreshold
GasNonDisablementCalendar TimeStartAction NonDisablementAction TimeDebtRegister1 TimeDebtRegister2 PaymentDebtRegister
DebtRecoveryPerPayment DebtRecoveryRate DebtRecoveryRatePriceScale DebtRecoveryRatePeriod RMSVoltageSettings
SinglePhaseVoltageSettings PolyPhaseVoltageSettings Phase AverageRMSOverVoltageThreshold
AverageRMSUnderVoltageThreshold AverageRMSVoltageMeasurementPeriod ElectricityBillingCalendar BillingTime Daily Weekly
Monthly Quarterly SixMonthly Yearly DayOfMonth BillingPeriodStartMonth GasBillingCalendar BillingPeriodStart
Periodicity Timestamp ActiveImportRegisterValueConsumption TariffTOUBlock1RegisterMatrixValue AccumulatedDebtRegister
EmergencyCreditBalance MeterBalance TimeDebtRegisters1 TimeDebtRegisters2 ScheduleFrequency ScheduleStartDate
ScheduleEndDate ScheduleExecutionStartTime DeviceID StartDateOffset EndDateOffset EndTime DeviceType DeviceStatus
SMETSCHTSVersion CPLStatus DateCommissioned ESMEVariant UPRN CSPRegion HANVariant S1SP Connectivity
"""


def names_of(kind):
    """Every name in a body: its items, their parts, and the elements that stand within an item."""
    if isinstance(kind, msgspec.inspect.Metadata):
        if kind.extra and "wrapped" in kind.extra:
            yield kind.extra["wrapped"]
        yield from names_of(kind.type)
    elif isinstance(kind, msgspec.inspect.UnionType):
        for one in kind.types:
            yield from names_of(one)
    elif isinstance(kind, msgspec.inspect.VarTupleType):
        yield from names_of(kind.item_type)
    elif isinstance(kind, msgspec.inspect.StructType):
        for field in kind.fields:
            yield field.encode_name
            yield from names_of(field.type)


def names_in(row):
    return {
        row.answer,
        *names_of(msgspec.inspect.type_info(row.request)),
        *names_of(msgspec.inspect.type_info(row.reply)),
    }


def test_the_catalogue_has_the_references_rows_and_no_others():
    assert sorted(BY_VARIANT) == sorted(cells[0].split()[0] for cells in ROWS)
    assert len(SERVICES) == len(BY_VARIANT) == len(BY_ELEMENT)


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: cells[0].split()[0])
def test_a_row_says_what_the_reference_says(cells):
    named, targets, forum, today, critical, held, schedulable = cells
    variant, element = named.split()
    row = BY_VARIANT[variant]
    assert row.element == element == row.request.__name__
    assert {one.name for one in Target if one in row.targets} == set(targets.split())
    assert row.roles == roles(forum)
    assert row.duis_roles == roles(forum if today == "same" else today)
    assert (row.critical, row.schedulable) == (critical == "critical", schedulable == "schedule")
    assert row.held == held.replace("-", "")
    assert variant.startswith(f"{row.reference}.") or variant == row.reference


def test_the_37_lines_are_35_references_and_56_variants():
    forum = "".join(FORUM).split()
    assert len(forum) == 37
    assert list(lines_37()) == forum
    assert len(set(forum)) == 35
    assert {one for one in forum if forum.count(one) == 2} == set(LISTED_TWICE)
    assert [row.variant for row in SERVICES if row.kind is Kind.MINIMUM] == [row.variant for row in MINIMUM]
    assert {row.variant for row in MINIMUM} == {cells[0].split()[0] for cells in ROWS[:56]}


def test_the_commissioning_and_the_non_device_services_are_there():
    commissioning = {row.variant for row in SERVICES if row.kind is Kind.COMMISSIONING}
    assert commissioning == {"12.2", "8.11", "8.1.1", "8.7.1", "8.7.2", "6.20.1", "8.4"}
    assert BY_VARIANT["8.2"].kind is Kind.NON_DEVICE
    assert BY_VARIANT["8.2"].targets == BY_VARIANT["8.4"].targets == Target.D
    assert "non-device" in BY_VARIANT["8.4"].note


def test_rows_are_in_the_order_of_their_numbers():
    in_order = [row.variant for row in SERVICES]
    assert in_order[0] == "1.1.1"
    assert in_order[-1] == "12.2"
    assert in_order.index("4.2") < in_order.index("4.10") < in_order.index("4.11.1")


def test_command_variants_are_those_of_the_reference():
    # service-requests.md, note 4 of section 3
    assert BY_VARIANT["7.1"].command_variants == (4, 5, 6, 7)
    assert BY_VARIANT["7.4"].command_variants == (1, 2, 3)
    assert BY_VARIANT["11.1"].command_variants == (8,)
    assert BY_VARIANT["8.1.1"].command_variants == (4, 5)


def test_one_device_service_breaks_the_naming_law():
    odd = {row.variant: row.answer for row in SERVICES if row.answer != f"{row.element}Rsp"}
    assert odd.pop("6.2.3") == "ReadDeviceConfigurationDataBillingCalendarRsp"
    assert all(BY_VARIANT[variant].targets is Target.D for variant in odd)


def test_every_name_of_the_reference_is_in_its_row():
    for variant, told in re.findall(r"^([0-9.]+): (.*(?:\n  .*)*)", NAMES, re.MULTILINE):
        assert set(told.split()) <= names_in(BY_VARIANT[variant]), variant


def test_every_name_of_the_field_groups_is_in_the_catalogue():
    assert set(GROUP_NAMES.split()) <= set().union(*(names_in(row) for row in SERVICES))


@pytest.mark.parametrize(
    ("name", "variant"),
    [("2.2", "2.2"), ("TopUpDevice", "2.2"), ("topupdevice", "2.2"), ("6.20", "6.20.1"), (" 4.10 ", "4.10")],
)
def test_a_row_is_found_by_variant_reference_or_element(name, variant):
    assert find(name).variant == variant


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("4.1", r"4\.1 has 4 variants: 4\.1\.1 .*4\.1\.4"),
        ("TopUpDevic", "near: TopUpDevice"),
        ("7.9", r"near: 7\.1, 7\.2, 7\.3, 7\.4"),
        ("?", r"variants go from 1\.1\.1 to 12\.2"),
    ],
)
def test_what_is_not_found_is_told_the_near_ones(name, told):
    with pytest.raises(UnknownServiceError, match=told):
        find(name)
