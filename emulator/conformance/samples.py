"""A well-formed body for every variant of a service, by fuel: where a case is about something else than the body.

Each is in its shape and in its ranges, and fits the stage's home. Written by hand from the reference (service requests,
sections 3 to 5), so that a request which is refused is refused for what the case is about.
"""

from typing import Any, Final

from emulator.conformance.stage import Stage

DAY: Final = {"StartDateTime": "2026-06-02T00:00:00Z", "EndDateTime": "2026-06-03T00:00:00Z"}
NOW: Final = {"CurrentDateTime": "2026-06-03T10:07:00Z", "TolerancePeriod": 86_400}
NOTHING: Final[dict[str, Any]] = {}
UTRN: Final = "01234567890123456789"
"""In its shape, and no meter's."""
_CERTIFICATE: Final = "VEVTVA=="  # the word TEST
_LOG: Final = ("4.4.2", "4.4.3", "4.4.4", "4.4.5", "4.6.1", "4.8.1", "4.8.2", "4.8.3", "4.10", "4.14", "4.17")

EVERY_DAY: Final[dict[str, Any]] = {
    "Year": {"NonSpecifiedYear": {}},
    "Month": {"NonSpecifiedMonth": {}},
    "DayOfMonth": {"NonSpecifiedDayOfMonth": {}},
    "DayOfWeek": {"NonSpecifiedDayOfWeek": {}},
}
EVERY_GAS_DAY: Final[dict[str, Any]] = {
    "GasYearWithWildcards": {"NonSpecifiedYear": {}},
    "GasMonthWithWildcards": {"NonSpecifiedMonth": {}},
    "GasDayOfMonthWithWildcards": {"GasNonSpecifiedDayOfMonth": {}},
    "GasDayOfWeekWithWildcards": {"NonSpecifiedDayOfWeek": {}},
}
_NEW_YEAR: Final = {
    "GasYearWithWildcards": {"NonSpecifiedYear": {}},
    "GasMonthWithWildcards": {"SpecifiedMonth": 1},
    "GasDayOfMonthWithWildcards": {"SpecifiedDayOfMonth": 1},
    "GasDayOfWeekWithWildcards": {"NonSpecifiedDayOfWeek": {}},
}
_WEEK: Final = {"WeekName": 1, "ReferencedDayName": [1] * 7}
_SWITCHING: Final = {
    "DayProfiles": [{"DayName": 1, "ProfileSchedule": [{"StartTime": "00:00:00Z", "TOUTariffAction": 1}]}],
    "WeekProfiles": [_WEEK],
    "Seasons": [{"SeasonName": "all", "SeasonStartDate": EVERY_DAY, "ReferencedWeekName": 1}],
}
_TARIFF: Final = {
    "CurrencyUnits": "GBP",
    "SwitchingTable": _SWITCHING,
    "SpecialDays": [],
    "ThresholdMatrix": [{"BlockThreshold": [4_294_967_295] * 3}] * 8,
}
_GAS_TARIFF: Final = {
    "SwitchingTable": {
        "DayProfiles": [{"DayName": 1, "TOUTariffAction": 1}],
        "WeekProfiles": [_WEEK],
        "Seasons": [{"SeasonStartDate": EVERY_GAS_DAY, "ReferencedWeekName": 1}],
    },
    "SpecialDays": [],
    "ThresholdMatrix": [281_474_976_710_655],
}
PRICES: Final = {
    "ElectricityPriceElements": {
        "StandingCharge": 20_000,
        "StandingChargeScale": -5,
        "PriceScale": -5,
        "TOUTariff": {"TOUPrice": [2_121]},
    }
}
GAS_PRICES: Final = {
    "GasPriceElements": {"CurrencyUnits": "GBP", "StandingCharge": 22_465, "TOUTariff": {"TOUPrice": [9_600]}}
}
SECOND_PRICES: Final = {"PriceScale": -5, "ElectricityPriceElement": [2_121]}
_CONFIGURATION: Final = {
    "DebtRecoveryRateCap": 30,
    "EmergencyCreditLimit": 300_000,
    "EmergencyCreditThreshold": 100_000,
    "LowCreditThreshold": 200_000,
    "ElectricityNonDisablementCalendar": {
        "ElectricitySpecialDays": [],
        "ElectricityNonDisablementSchedule": [
            {
                "NonDisablementScript": script,
                "SpecialDaysApplicability": [],
                "DaysOfWeekApplicability": [{"DayOfWeekID": "Sunday"}],
                "ScheduleDatesAndTime": {"SwitchTime": at, "StartDate": "2026-01-01", "EndDate": "2030-12-31"},
            }
            for script, at in (("START", "16:00:00Z"), ("STOP", "20:00:00Z"))
        ],
    },
    "MaxMeterBalance": 5_000_000,
    "MaxCreditThreshold": 1_000_000,
}
_GAS_CONFIGURATION: Final = {
    "DebtRecoveryRateCap": 100_000,
    "EmergencyCreditLimit": 300_000,
    "EmergencyCreditThreshold": 100_000,
    "LowCreditThreshold": 200_000,
    "GasNonDisablementCalendar": {
        "DayProfiles": [
            {"TimeStartAction": [{"StartTime": "00:00:00Z", "NonDisablementAction": "STOP"}], "GasDayName": 1}
        ],
        "WeekProfiles": [_WEEK],
        "SeasonProfiles": [{"SeasonStartDate": _NEW_YEAR, "ReferencedWeekName": 1}],
        "SpecialDays": [],
    },
    "MaxMeterBalance": 5_000_000,
    "MaxCreditThreshold": 1_000_000,
}
_DEBT: Final = {
    "TimeDebtRegister1": 100_000,
    "TimeDebtRegister2": 0,
    "PaymentDebtRegister": 0,
    "DebtRecoveryPerPayment": 1_000,
}
_RATE: Final = {"DebtRecoveryRate": 5, "DebtRecoveryRatePriceScale": -2, "DebtRecoveryRatePeriod": "DAILY"}
_GAS_RATE: Final = {"DebtRecoveryRate": 5_000, "DebtRecoveryRatePeriod": "DAILY"}
VOLTAGE: Final = {
    "RMSVoltageSettings": {
        "RMSExtremeOverVoltageMeasurementPeriod": 40,
        "RMSExtremeOverVoltageThreshold": 286,
        "RMSExtremeUnderVoltageMeasurementPeriod": 41,
        "RMSExtremeUnderVoltageThreshold": 181,
        "RMSVoltageSagMeasurementPeriod": 42,
        "RMSVoltageSagThreshold": 215,
        "RMSVoltageSwellMeasurementPeriod": 43,
        "RMSVoltageSwellThreshold": 252,
    },
    "SinglePhaseVoltageSettings": {
        "AverageRMSOverVoltageThreshold": 263,
        "AverageRMSUnderVoltageThreshold": 201,
        "AverageRMSVoltageMeasurementPeriod": 1_800,
    },
}
LOAD_LIMIT: Final = {
    "LoadLimitPeriod": 300,
    "LoadLimitPowerThreshold": 6_900,
    "LoadLimitRestorationPeriod": 30,
    "LoadLimitSupplyState": "Disable",
}
GAS_FLOW: Final = {
    "UncontrolledGasFlowRate": 12_345,
    "SupplyDepletionState": "Locked",
    "SupplyTamperState": "Unchanged",
    "StabilisationPeriod": 33,
    "MeasurementPeriod": 777,
}
GAS_CONVERSION: Final = {"CalorificValue": "40.5", "ConversionFactor": "1.03264"}

PLAIN: Final[dict[str, dict[str, Any]]] = {
    "1.1.2": {"SwitchingTable": _SWITCHING, "SpecialDays": [], "PriceElements": SECOND_PRICES},
    "1.2.2": {"PriceElements": SECOND_PRICES},
    "1.5": {"CreditMode": {"AdjustMeterBalance": 100_000}},
    "1.6": {"Credit": {}},
    "2.2": {"UTRN": UTRN},
    "3.1": {"SupplierMessage": "TEST"},
    "3.2": {"RestrictionDateTime": "2026-06-01T00:00:00Z"},
    "3.4": {"SupplierName": "TEST", "SupplierTelephoneNumber": "01632 960000"},
    **{variant: {"ReadLogPeriod": DAY} for variant in _LOG},
    "6.4.1": LOAD_LIMIT,
    "6.5": VOLTAGE,
    "6.6": GAS_CONVERSION,
    "6.7": GAS_FLOW,
    "6.11": NOW,
    "6.12": {"LowMediumPowerThreshold": 1_500, "MediumHighPowerThreshold": 3_500},
    "6.13": {"ReadLogPeriod": DAY, "LogToRead": "Event"},
    "6.15.1": {
        "RemotePartyRole": "Supplier",
        "ReplacementCertificates": {
            "SupplierOrNetworkOperatorCertificates": {"DigitalSigningCertificate": _CERTIFICATE}
        },
        "CertificationPathCertificates": [_CERTIFICATE],
        "ApplyTimeBasedCPVChecks": False,
    },
    "6.15.2": {"DeviceCertificate": _CERTIFICATE},
    "6.22": {"ElectricitySupplierAlerts": {"SupplierESMECommon": {"x810D": "Enable"}}},
    "6.25": {"SupplyTamperState": "Locked"},
    "8.1.1": NOW,
    "11.3": {"FirmwareHash": "00" * 32},
}
BY_FUEL: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "1.1.1": (
        {"ElecTariffElements": _TARIFF, "PriceElements": PRICES},
        {"GasTariffElements": _GAS_TARIFF, "PriceElements": GAS_PRICES},
    ),
    "1.2.1": ({"PriceElements": PRICES}, {"PriceElements": GAS_PRICES}),
    "2.1": ({"UpdatePrepayConfigElectricity": _CONFIGURATION}, {"UpdatePrepayConfigGas": _GAS_CONFIGURATION}),
    "2.3": (
        {**_DEBT, "ElecDebtRecovery1": _RATE, "ElecDebtRecovery2": _RATE},
        {**_DEBT, "GasDebtRecovery1": _GAS_RATE, "GasDebtRecovery2": _GAS_RATE},
    ),
    "6.8": (
        {"ElectricityBillingCalendar": {"BillingTime": "00:00:00Z", "Monthly": 5}},
        {"GasBillingCalendar": {"BillingPeriodStart": "2026-06-05T00:00:00Z", "Periodicity": "Monthly"}},
    ),
    "6.20.1": ({"ImportMPANs": {"ImportMPAN": "1000000000021"}}, {"ImportMPRN": "1000000210"}),
}
"""Electricity's, and gas's."""


def sample(stage: Stage, variant: str, device: str = "esme") -> dict[str, Any]:
    """Give a well-formed body for a device of the stage's home; a service without items has an empty one."""
    if variant in BY_FUEL:
        return BY_FUEL[variant][device in {"gsme", "gpf"}]
    return PLAIN.get(variant) or _of_devices(stage, device).get(variant, NOTHING)


def _of_devices(stage: Stage, device: str) -> dict[str, dict[str, Any]]:
    """Give the bodies that name devices."""
    hub, meter = stage.eui("chf"), stage.eui()
    return {
        "5.1": {
            "ScheduleFrequency": "Daily",
            "ScheduleStartDate": "2026-06-04",
            "DSPScheduledServiceReference": "4.16",
            "DSPScheduledServiceReferenceVariant": "4.16",
            "DSPReadActivePowerImport": {},
            "DeviceID": meter,
        },
        "5.2": {"DeviceID": meter},
        "5.3": {"DeviceID": meter},
        "6.23": {
            "SupplierFloorSeqNumber": 1,
            "SupplierReplacementCertificates": {"DigitalSigningCertificate": _CERTIFICATE},
            "CertificationPathCertificates": [_CERTIFICATE],
            "ApplyTimeBasedCPVChecks": False,
            "ImportMPxN": str(stage.truth("mprn", "gsme") if device == "gsme" else stage.truth("mpan")),
        },
        "8.2": {"DeviceID": hub},
        "8.3": {"DeviceID": meter},
        "8.4": {"DeviceID": hub, "UpdateDeviceStatusCH": "Commissioned"},
        "8.7.1": {"OtherDeviceID": hub},
        "8.7.2": {"OtherDeviceID": meter},
        "8.8.1": {"OtherDeviceID": hub},
        "8.8.2": {"OtherDeviceID": meter},
        "8.11": {"DeviceID": meter, "RequestType": "Remove"},
        "8.12.1": {"OldCHFID": hub},
        "11.1": {"FirmwareImage": _CERTIFICATE, "FirmwareVersion": "TEST 1", "DeviceIDList": meter},
        "12.2": {
            "DeviceID": "90-B3-D5-1F-30-02-00-01",
            "DeviceManufacturer": "TEST",
            "DeviceModel": "TEST",
            "DeviceType": "ESME",
        },
    }
