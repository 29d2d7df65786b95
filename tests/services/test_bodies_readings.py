"""Bodies of tariff, money, readings and billing. Names and limits: service requests, sections 3 to 6."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.services.bodies import billing, money, readings, registers, tariff
from emulator.services.bodies.dates import ElecDate, GasDate
from emulator.services.body import Body, Done, Empty, plain
from emulator.services.row import Kind, Service, Target

SERVICES = (*tariff.SERVICES, *money.SERVICES, *readings.SERVICES, *billing.SERVICES)

# examples of service requests, section 5: 20 p a day, 2.121 p a kWh
PRICES = {
    "ElectricityPriceElements": {
        "StandingCharge": 20000,
        "StandingChargeScale": -5,
        "PriceScale": -5,
        "TOUTariff": {"TOUPrice": [2121, 2121]},
    }
}
GAS_PRICES = {"CurrencyUnits": "GBP", "StandingCharge": 22465, "TOUTariff": {"TOUPrice": [9600]}}
NEGATIVE = GAS_PRICES | {"StandingCharge": -1}
DAY_29 = {"BillingTime": "00:00:00Z", "Monthly": 29}
LAST_OF_MARCH = {
    "Year": {"NonSpecifiedYear": {}},
    "Month": {"SpecifiedMonth": 3},
    "DayOfMonth": {"LastDayOfMonth": {}},
    "DayOfWeek": {"NonSpecifiedDayOfWeek": {}},
}
TARIFF = {
    "ElecTariffElements": {
        "CurrencyUnits": "GBP",
        "SwitchingTable": {
            "DayProfiles": [
                {
                    "DayName": 1,
                    "ProfileSchedule": [
                        {"StartTime": "00:00:00Z", "TOUTariffAction": 1},
                        {"StartTime": "07:00:00Z", "BlockTariffAction": 8},
                    ],
                }
            ],
            "WeekProfiles": [{"WeekName": 1, "ReferencedDayName": [1] * 7}],
            "Seasons": [{"SeasonName": "all", "SeasonStartDate": LAST_OF_MARCH, "ReferencedWeekName": 1}],
        },
        "SpecialDays": [],
        "ThresholdMatrix": [{"BlockThreshold": [4294967295]}] * 8,
    },
    "PriceElements": PRICES,
}
PERIOD = {"ReadLogPeriod": {"StartDateTime": "2026-11-01T00:00:00Z", "EndDateTime": "2026-11-22T00:00:00Z"}}
RATE = {"DebtRecoveryRate": 5, "DebtRecoveryRatePriceScale": -2, "DebtRecoveryRatePeriod": "DAILY"}
GAS_RATE = {"DebtRecoveryRate": 5, "DebtRecoveryRatePeriod": "DAILY"}
DEBTS = {"TimeDebtRegister1": 1, "TimeDebtRegister2": -2, "PaymentDebtRegister": 0, "DebtRecoveryPerPayment": 10000}
AT = "2026-11-22T00:00:00Z"

EXAMPLES: list[tuple[type[Body], dict[str, Any]]] = [
    (tariff.UpdateImportTariffPrimaryElement, TARIFF),
    (
        tariff.ReadTariffPrimaryElementRsp,
        {
            "Gas": {
                "PrimaryActiveTariffPrice": 9600,
                "CurrencyUnitsLabel": "GBP",
                "StandingCharge": 22465,
                "TariffThresholds": ["1000.000"],
                "TOUTariff": [9600],
            }
        },
    ),
    (money.UpdateMeterBalance, {"PrepaymentMode": {"AdjustMeterBalance": -2147483648}}),
    (money.UpdateMeterBalance, {"CreditMode": {"ResetMeterBalance": {}}}),
    (money.UpdatePaymentMode, {"ExecutionDateTime": AT, "Credit": {}}),
    (money.TopUpDevice, {"UTRN": "12345678901234567890"}),
    (money.UpdateDebt, DEBTS | {"ElecDebtRecovery1": RATE, "ElecDebtRecovery2": RATE}),
    (money.UpdateDebt, DEBTS | {"GasDebtRecovery1": GAS_RATE, "GasDebtRecovery2": GAS_RATE}),
    (money.ReadInstantaneousPrepayValuesRsp, {"TimeDebtRegister1": 5, "MeterBalance": -100}),
    (money.ReadPrepaymentDailyReadLogRsp, {"Gas": {"LogEntry": [{"TimeDebtRegisters1": 5, "Timestamp": AT}]}}),
    (
        registers.ReadInstantaneousImportRegistersRsp,
        {"Electricity": {"ActiveImportRegister": {"Value": 12345, "ActiveEnergyUnit": "Wh"}}},
    ),
    (registers.ReadInstantaneousImportTOUMatricesRsp, {"Gas": {"TariffTOURegisterMatrix": ["1.234"]}}),
    (
        registers.ReadInstantaneousImportTOUWithBlocksMatricesRsp,
        {"TariffBlockTOURegisterCollection": [{"RegisterMatrixTOUValue": [1], "CounterMatrixTOUValue": [1, 2]}]},
    ),
    (readings.ReadActiveImportProfileData, PERIOD),
    (readings.ReadActiveImportProfileDataRsp, {"LogEntry": [{"Timestamp": AT, "Gas": {"PrimaryValue": "0.113"}}]}),
    (
        readings.ReadNetworkDataRsp,
        {
            "Electricity": {
                "SinglePhaseESME": {
                    "AvgRMSOverVoltageCounter": {"Value": 1},
                    "AvgRMSVoltageProfileDataLog": {
                        "LogEntry": [{"Value": "240.1", "Timestamp": AT}],
                        "MeasurementPeriod": 1800,
                    },
                }
            }
        },
    ),
    (
        billing.RetrieveBillingCalendarTriggeredBillingDataLogRsp,
        {
            "Electricity": {
                "ESMEBillingDataLogEntry": [
                    {
                        "Timestamp": AT,
                        "ActiveImportRegisterValueConsumption": 5,
                        "TariffTOUBlock1RegisterMatrixValue": [1],
                    }
                ],
                "ESMEBillingPrepaymentDataLogEntry": [{"TimeDebtRegisters2": 1}],
            }
        },
    ),
    (
        billing.UpdateDeviceConfigurationBillingCalendar,
        {"ElectricityBillingCalendar": {"BillingTime": "00:00:00Z", "Monthly": 28}},
    ),
    (
        billing.UpdateDeviceConfigurationBillingCalendar,
        {"GasBillingCalendar": {"BillingPeriodStart": AT, "Periodicity": "SixMonthly"}},
    ),
]


def decode(of: type[Body], given: object) -> Body:
    return msgspec.json.decode(msgspec.json.encode(given), type=of)


@pytest.mark.parametrize(("of", "given_as"), EXAMPLES, ids=lambda one: getattr(one, "__name__", ""))
def test_a_body_comes_back_under_its_duis_names(of: type[Body], given_as: dict[str, Any]) -> None:
    body = decode(of, given_as)
    assert msgspec.json.decode(msgspec.json.encode(plain(body))) == given_as
    assert decode(of, plain(body)) == body


@pytest.mark.parametrize(
    ("of", "given_as", "told"),
    [
        (money.UpdateMeterBalance, {}, "exactly one of PrepaymentMode, CreditMode is allowed, not none"),
        (
            money.UpdateMeterBalance,
            {"CreditMode": {"AdjustMeterBalance": 1, "ResetMeterBalance": {}}},
            "exactly one of AdjustMeterBalance, ResetMeterBalance is allowed, not AdjustMeterBalance and",
        ),
        (money.UpdatePaymentMode, {}, "exactly one of Credit, Prepayment is allowed"),
        (money.UpdateDebt, DEBTS, "ElecDebtRecovery1 with ElecDebtRecovery2, GasDebtRecovery1 with GasDebtRecovery2"),
        (money.UpdateDebt, DEBTS | {"ElecDebtRecovery1": RATE}, "exactly one pair of"),
        (
            money.UpdateDebt,
            DEBTS | {"ElecDebtRecovery1": RATE, "ElecDebtRecovery2": RATE, "GasDebtRecovery1": GAS_RATE},
            "exactly one pair of",
        ),
        (
            tariff.UpdateImportTariffPrimaryElement,
            {"PriceElements": PRICES},
            "exactly one of ElecTariffElements, GasTariffElements",
        ),
        (
            billing.UpdateDeviceConfigurationBillingCalendar,
            {"ElectricityBillingCalendar": {"BillingTime": "00:00:00Z"}},
            "exactly one of Daily, Weekly, Monthly, Quarterly, SixMonthly, Yearly is allowed, not none",
        ),
    ],
)
def test_a_choice_is_refused_with_its_alternatives(of: type[Body], given_as: dict[str, Any], told: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=told):
        decode(of, given_as)


@pytest.mark.parametrize(
    ("of", "given_as"),
    [
        (money.TopUpDevice, {"UTRN": "1" * 19}),
        (money.TopUpDevice, {"UTRN": "1" * 21}),
        (money.TopUpDevice, {"UTRN": "1234567890123456789x"}),
        (money.UpdateMeterBalance, {"CreditMode": {"AdjustMeterBalance": 2**31}}),
        (money.UpdateDebt, DEBTS | {"DebtRecoveryPerPayment": 10001}),
        (
            tariff.UpdatePricePrimaryElement,
            {"PriceElements": {"GasPriceElements": NEGATIVE}},
        ),
        (tariff.UpdatePriceSecondaryElement, {"PriceElements": {"PriceScale": 0, "ElectricityPriceElement": [1] * 5}}),
        (tariff.UpdatePriceSecondaryElement, {"PriceElements": {"PriceScale": 128, "ElectricityPriceElement": [1]}}),
        (
            billing.UpdateDeviceConfigurationBillingCalendar,
            {"ElectricityBillingCalendar": DAY_29},
        ),
        (billing.RetrieveBillingDataLogDebtPaymentsRsp, {"PaymentBasedDebtRepayment": [{"Amount": 1}] * 11}),
        (readings.ReadExportProfileData, {}),
        (readings.ReadNetworkDataRsp, {"Gas": {"NetworkDataLog": [{}] * 42}}),
    ],
)
def test_what_is_out_of_range_is_refused(of: type[Body], given_as: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode(of, given_as)


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    backwards = {"ReadLogPeriod": {"StartDateTime": AT, "EndDateTime": "2026-11-21T23:59:59Z"}}
    with pytest.raises(msgspec.ValidationError, match="ends before"):
        decode(readings.ReadActiveImportProfileData, backwards)


def test_thirteen_months_of_half_hours_are_taken_and_no_more() -> None:
    # 19056 entries are 397 days (service requests, section 6)
    entry = {"Timestamp": AT, "Electricity": {"PrimaryValue": 1}}
    assert len(decode(readings.ReadActiveImportProfileDataRsp, {"LogEntry": [entry] * 19056}).log_entry) == 397 * 48  # type: ignore[attr-defined]
    with pytest.raises(msgspec.ValidationError):
        decode(readings.ReadActiveImportProfileDataRsp, {"LogEntry": [entry] * 19057})


@given(
    st.one_of(st.none(), st.integers(2014, 9999)),
    st.one_of(st.none(), st.integers(1, 12)),
    st.one_of(st.none(), st.integers(1, 31)),
    st.one_of(st.none(), st.integers(1, 7)),
)
def test_dates_come_back(year: int | None, month: int | None, day: int | None, day_of_week: int | None) -> None:
    for of in (ElecDate, GasDate):
        date = of.of(year, month, day, day_of_week)
        assert decode(of, plain(date)) == date


def test_instants_and_times_of_the_day_are_in_utc() -> None:
    calendar = billing.ElectricityBillingCalendar(billing_time=time(12, tzinfo=UTC), daily=Empty())
    assert plain(calendar) == {"BillingTime": "12:00:00Z", "Daily": {}}
    entry = readings.GasDayEntry(value=Decimal("1.500"), timestamp=datetime(2026, 11, 22, tzinfo=UTC))
    assert plain(entry) == {"Value": "1.500", "Timestamp": AT}
    with pytest.raises(msgspec.ValidationError):
        decode(readings.GasDayEntry, {"Timestamp": "2026-11-22T00:00:00"})


def test_every_row_has_its_variant_once_and_its_names() -> None:
    # service requests, section 3: the variants of these subjects
    variants = "1.1.1 1.1.2 1.2.1 1.2.2 1.5 1.6 2.1 2.2 2.3 2.5 4.1.1 4.1.2 4.1.3 4.1.4 4.2 4.3 4.4.2 4.4.3 4.4.4 4.4.5"
    variants += " 4.8.1 4.8.2 4.8.3 4.10 4.11.1 4.11.2 4.16 6.2.3 6.8"
    electives = "4.6.1 4.13 4.14 4.15 4.17 4.18"  # section 4
    assert sorted(row.variant for row in SERVICES if row.kind is Kind.MINIMUM) == sorted(variants.split())
    assert sorted(row.variant for row in SERVICES if row.kind is Kind.ELECTIVE) == sorted(electives.split())
    for row in SERVICES:
        assert row.request.__name__ == row.element
        assert row.reply is Done or row.reply.__name__ == row.answer
        assert row.variant.startswith(row.reference)


def row_of(variant: str) -> Service:
    return next(row for row in SERVICES if row.variant == variant)


def test_parameters_are_told_with_units_and_ranges() -> None:
    (adjust, *_) = [one for one in row_of("1.5").parameters if one.path == "CreditMode.AdjustMeterBalance"]
    assert (adjust.unit, adjust.least, adjust.most, adjust.required) == ("mp", -(2**31), 2**31 - 1, False)
    paths = {one.path for one in row_of("1.1.1").parameters}
    assert "ElecTariffElements.SwitchingTable.DayProfiles[].ProfileSchedule[].TOUTariffAction" in paths
    assert {one.path: one.required for one in row_of("4.8.2").parameters} == {
        "ExecutionDateTime": False,
        "ReadLogPeriod.StartDateTime": True,
        "ReadLogPeriod.EndDateTime": True,
    }


def test_rows_say_who_holds_a_date_and_what_may_be_scheduled() -> None:
    assert [row.variant for row in SERVICES if row.held == "device"] == [
        "1.1.1",
        "1.1.2",
        "1.2.1",
        "1.2.2",
        "1.6",
        "2.1",
    ]
    # the seed's schedulable ones, and the electives of section 4
    scheduled = {row.variant for row in SERVICES if row.schedulable}
    assert scheduled == {"4.8.1", "4.8.2", "4.8.3", "4.10", "4.16", "4.6.1", "4.14", "4.15", "4.17"}
    assert {row.variant for row in SERVICES if row.targets & Target.P} == {
        *("4.1.1", "4.1.2", "4.1.4", "4.3", "4.14", "4.17", "4.18"),
    }
