"""Requests that break their shape: refused, and nothing changes (service requests, sections 2 to 5).

The codes for a broken shape are not known, so none is held; that nothing was done is.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from emulator.conformance.altered import hand_in, made, readdressed
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.roles import ELECTRICITY, GAS, Row, has_gas, row
from emulator.conformance.samples import GAS_PRICES, VOLTAGE, sample
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.services.codes import Why

SHAPES: Final = "service requests, sections 3 to 5: items, ranges and choices"
REASONS: Final = (Why.MALFORMED, Why.INVALID_VALUE)
GONE: Final = object()
"""In place of a value: the item is left out."""
TWO_YEARS: Final = {"StartDateTime": "2026-06-03T00:00:00Z", "EndDateTime": "2026-06-02T00:00:00Z"}
UNDATED: Final = ("ExecutionDateTime", "yesterday")
_PERIOD: Final = (
    ("ReadLogPeriod", TWO_YEARS),
    ("ReadLogPeriod.EndDateTime", GONE),
    ("ReadLogPeriod.StartDateTime", "the beginning"),
    UNDATED,
)
_CLOCK: Final = (
    ("TolerancePeriod", 86_401),
    ("TolerancePeriod", -1),
    ("TolerancePeriod", GONE),
    ("CurrentDateTime", GONE),
    ("CurrentDateTime", "noon"),
)
_NO_DEVICE: Final = (("DeviceID", "ESME"), ("DeviceID", GONE))
_OTHER: Final = (("OtherDeviceID", "the display"), ("OtherDeviceID", GONE))
_DATED: Final = (
    "4.1.1",
    "4.1.2",
    "4.1.3",
    "4.1.4",
    "4.2",
    "4.3",
    "4.13",
    "4.15",
    "4.18",
    "6.4.2",
    "6.27",
    "8.9",
    "11.2",
)
_LOGS: Final = ("4.4.2", "4.4.3", "4.4.4", "4.4.5", "4.6.1", "4.8.1", "4.8.2", "4.8.3", "4.10")
_PREPAY: Final = "UpdatePrepayConfigElectricity"
_PRICE: Final = "PriceElements.ElectricityPriceElements"
_TABLE: Final = "ElecTariffElements.SwitchingTable"

Wrong = tuple[tuple[str, Any], ...]
WRONG: Final[Mapping[str, Wrong]] = {
    "1.1.1": (
        ("ElecTariffElements.CurrencyUnits", "EUR"),
        ("ElecTariffElements.ThresholdMatrix", [{"BlockThreshold": [1]}] * 7),
        (f"{_TABLE}.DayProfiles.0.DayName", 17),
        (f"{_TABLE}.DayProfiles.0.ProfileSchedule.0.BlockTariffAction", 1),
        (f"{_TABLE}.WeekProfiles.0.ReferencedDayName", [1] * 6),
        (f"{_PRICE}.StandingCharge", 32_768),
        ("PriceElements.GasPriceElements", GAS_PRICES["GasPriceElements"]),
        ("PriceElements", GONE),
    ),
    "1.2.1": (
        (f"{_PRICE}.PriceScale", 128),
        (f"{_PRICE}.TOUTariff.TOUPrice", [32_768]),
        (f"{_PRICE}.BlockTariff", {"BlockPrices": [{"BlockPrice": [1]}]}),
        (f"{_PRICE}.TOUTariff", GONE),
        UNDATED,
    ),
    "1.5": (
        ("CreditMode.AdjustMeterBalance", 2**31),
        ("CreditMode.ResetMeterBalance", {}),
        ("PrepaymentMode", {"ResetMeterBalance": {}}),
        ("CreditMode", GONE),
    ),
    "1.6": (
        ("Prepayment", {"SuspendDebtDisabled": True, "SuspendDebtEmergency": True, "DisablementThreshold": 0}),
        ("Credit", GONE),
        UNDATED,
    ),
    "2.1": (
        (f"{_PREPAY}.MaxMeterBalance", GONE),
        (f"{_PREPAY}.MaxMeterBalance", 2**31),
        (f"{_PREPAY}.DebtRecoveryRateCap", 65_536),
        (f"{_PREPAY}.ElectricityNonDisablementCalendar.ElectricityNonDisablementSchedule", []),
        (f"{_PREPAY}.LowCreditThreshold", "2 pounds"),
        (_PREPAY, GONE),
    ),
    "2.2": (("UTRN", "0" * 19), ("UTRN", "0" * 21), ("UTRN", "O" * 20), ("UTRN", GONE)),
    "2.3": (
        ("DebtRecoveryPerPayment", 10_001),
        ("DebtRecoveryPerPayment", -1),
        ("TimeDebtRegister1", 2**31),
        ("ElecDebtRecovery2", GONE),
        ("ElecDebtRecovery1.DebtRecoveryRatePeriod", "WEEKLY"),
        ("GasDebtRecovery1", {"DebtRecoveryRate": 1, "DebtRecoveryRatePeriod": "DAILY"}),
    ),
    "2.5": (),
    "3.2": (
        ("RestrictionDateTime", GONE),
        ("RestrictionDateTime", "2026-06-01"),
        ("RestrictionDateTime", "2026-06-01T00:00:00"),
        UNDATED,
    ),
    "3.3": (("ESMEEventLogType", "HCALCS"),),
    **dict.fromkeys(_DATED, (UNDATED, ("ExecutionDateTime", "2026-06-04T00:00:00"))),
    **dict.fromkeys(_LOGS, _PERIOD),
    "5.1": (
        ("ScheduleFrequency", "Hourly"),
        ("DSPScheduledServiceReference", "4.8"),
        ("DSPReadLoadLimitData", {}),
        ("DSPReadActivePowerImport", GONE),
        ("ScheduleStartDate", "soon"),
        *_NO_DEVICE,
    ),
    "5.2": (*_NO_DEVICE, ("DSPScheduleID", 1)),
    "5.3": (*_NO_DEVICE, ("DSPScheduleID", 1)),
    "6.4.1": (
        ("LoadLimitPeriod", -1),
        ("LoadLimitPowerThreshold", 2**32),
        ("LoadLimitRestorationPeriod", GONE),
        ("LoadLimitSupplyState", "Enable"),
    ),
    "6.5": (
        ("RMSVoltageSettings.RMSVoltageSagThreshold", -1),
        ("RMSVoltageSettings.RMSVoltageSwellThreshold", 2**32),
        ("RMSVoltageSettings.RMSExtremeOverVoltageMeasurementPeriod", GONE),
        ("SinglePhaseVoltageSettings", GONE),
        (
            "PolyPhaseVoltageSettings",
            [{"Phase": n, "PhaseVoltageSettings": VOLTAGE["SinglePhaseVoltageSettings"]} for n in (1, 2, 3)],
        ),
    ),
    "6.6": (
        ("CalorificValue", "-0.1"),
        ("CalorificValue", "429496729.6"),
        ("CalorificValue", "40.55"),
        ("CalorificValue", "warm"),
        ("ConversionFactor", "42949.67296"),
        ("ConversionFactor", GONE),
    ),
    "6.7": (
        ("UncontrolledGasFlowRate", 65_536),
        ("UncontrolledGasFlowRate", GONE),
        ("UncontrolledGasFlowRateDecimal", "0.5"),
        ("StabilisationPeriod", 0),
        ("StabilisationPeriod", 256),
        ("MeasurementPeriod", 0),
        ("MeasurementPeriod", 65_536),
        ("SupplyTamperState", "Open"),
    ),
    "6.8": (
        ("ElectricityBillingCalendar.Monthly", 29),
        ("ElectricityBillingCalendar.Monthly", 0),
        ("ElectricityBillingCalendar.Weekly", 3),
        ("ElectricityBillingCalendar.Monthly", GONE),
        ("ElectricityBillingCalendar.BillingTime", "midnight"),
        ("GasBillingCalendar", {"BillingPeriodStart": "2026-06-05T00:00:00Z", "Periodicity": "Monthly"}),
    ),
    "6.11": _CLOCK,
    "6.12": (
        ("LowMediumPowerThreshold", -1),
        ("MediumHighPowerThreshold", 2**32),
        ("MediumHighPowerThreshold", GONE),
    ),
    "6.13": (("LogToRead", "All"), ("LogToRead", GONE), *_PERIOD[:3]),
    "6.15.1": (
        ("RemotePartyRole", "Customer"),
        ("CertificationPathCertificates", []),
        ("ReplacementCertificates", GONE),
    ),
    "6.15.2": (("DeviceCertificate", GONE),),
    "6.20.1": (
        ("ImportMPANs.ImportMPAN", "100000000002"),
        ("ImportMPANs.ImportMPAN", "10000000000210"),
        ("ImportMPANs.ImportMPAN", "one million"),
        ("ImportMPRN", "1000000206"),
        ("ImportMPANs", GONE),
    ),
    "6.23": (("SupplierFloorSeqNumber", -1), ("SupplierReplacementCertificates", GONE), ("ImportMPxN", "")),
    "6.25": (("SupplyTamperState", "Unlocked"), ("SupplyTamperState", GONE)),
    "7.2": (),
    "8.1.1": _CLOCK,
    "8.2": (("DeviceID", "all"), ("DeviceID", GONE), ("UPRN", 1)),
    "8.3": _NO_DEVICE,
    "8.4": (("UpdateDeviceStatusCH", "Recovered"), ("UpdateDeviceStatusCH", GONE), ("DeleteDevice", {}), *_NO_DEVICE),
    "8.7.1": _OTHER,
    "8.8.1": _OTHER,
    "8.11": (("RequestType", "Replace"), ("RequestType", "Add"), ("DeviceID", GONE)),
    "11.1": (("FirmwareVersion", "TOO LONG 1"), ("FirmwareVersion", ""), ("DeviceIDList", ""), ("DeviceIDList", "all")),
    "11.3": (("FirmwareHash", "00" * 31), ("FirmwareHash", "zz" * 32), ("FirmwareHash", GONE)),
    "12.2": (("DeviceType", "METER"), ("DeviceManufacturer", "M" * 31), ("DeviceModel", GONE), *_NO_DEVICE),
}
"""What is put in the place of an item of a well-formed body, one after another. An item that nobody knows comes too."""


def spoilt(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Give a body with one item changed, added, or left out."""
    copy: Any = deepcopy(body)
    *above, last = path.split(".")
    at = copy
    for word in above:
        at = at[int(word)] if word.isdigit() else at[word]
    if value is GONE:
        del at[last]
    else:
        at[last] = value
    return copy  # type: ignore[no-any-return]


class Put(NamedTuple):
    """To whom a malformed request goes, and as whom."""

    device: str
    role: str


def put(of: Row) -> Put:
    """Give the first device and role of a variant."""
    gas = has_gas(of)
    device = "" if of.targets == "D" else "gsme" if gas else "chf" if of.targets[0] == "H" else "esme"
    return Put(device, min(of.both - (ELECTRICITY if gas else GAS)))


def _malformed(of: Row) -> Case:
    async def act(stage: Stage) -> None:
        device, role = put(of)
        body = sample(stage, of.variant, device)
        for path, value in (*WRONG[of.variant], ("Colour", "red")):
            told = "is left out" if value is GONE else f"is {str(value)[:60]}"
            async with untouched(stage):
                asked = await stage.ask(of.variant, spoilt(body, path, value), device=device, role=role)
                stage.expect(
                    not asked.ok, f"{of.variant} is refused where {path} {told}", f"{asked.code} {asked.reason}"
                )
                stage.refused(asked, *REASONS)

    return Case(
        name=f"{of.variant}/malformed-body",
        says=f"{of.variant} with a body that breaks its shape or its ranges is refused, and nothing changes",
        clause=SHAPES,
        group=Group.UNITS,
        needs=(Need(of.variant, of.target),),
        act=act,
        home=Home(gas=has_gas(of)),
        negative=True,
    )


async def _another_element(stage: Stage) -> None:
    async with untouched(stage):
        wrong: tuple[dict[str, Any], ...] = (
            {"DisableSupply": {}},
            {},
            {"EnableSupply": {}, "DisableSupply": {}},
            {"Enable": {}},
        )
        for body in wrong:
            asked = await hand_in(stage, replace(made(stage, "7.1"), body=body))
            stage.refused(asked, *REASONS)
        asked = await hand_in(stage, replace(made(stage, "7.4"), body={"DisableSupply": {}}))
        stage.refused(asked, *REASONS)


async def _another_reference(stage: Stage) -> None:
    async with untouched(stage):
        for reference, variant in (("7.2", "7.1"), ("7.1", "7.2"), ("7", "7.2"), ("", "7.2")):
            request = replace(made(stage, "7.2"), service_reference=reference, service_reference_variant=variant)
            stage.refused(await hand_in(stage, request))


async def _no_such_service(stage: Stage) -> None:
    async with untouched(stage):
        for variant in ("7.9", "99.1", "7.2.1", "seven", ""):
            request = replace(made(stage, "7.2"), service_reference=variant, service_reference_variant=variant)
            stage.refused(await hand_in(stage, request))


async def _used_number(stage: Stage) -> None:
    stage.done(await stage.ask("1.5", {"CreditMode": {"ResetMeterBalance": {}}}))
    request = made(stage, "1.5", body={"CreditMode": {"AdjustMeterBalance": 300_000}})
    stage.done(await hand_in(stage, request))
    held = stage.truth("meter_balance_mp")
    async with untouched(stage):
        again = await stage.submit(request)
        stage.expect(not again.accepted, "a RequestID that was used is refused", again.response_code)
        stage.expect(again.reason == Why.DUPLICATE_REQUEST, "duplicate_request", again.reason) if again.reason else None
    await stage.advance("10m")
    stage.expect(
        stage.truth("meter_balance_mp") == held, "the balance is changed once", stage.truth("meter_balance_mp")
    )


async def _falling_number(stage: Stage) -> None:
    request = made(stage, "7.2")
    stage.done(await stage.ask("7.4"))
    stage.done(await stage.ask("6.2.7"))
    async with untouched(stage):
        for counter in (request.counter - 500, request.counter, request.counter + 1):
            asked = await stage.submit(readdressed(request, counter=counter))
            stage.expect(not asked.accepted, "a number that does not rise is refused", asked.response_code)
    stage.done(await stage.ask("7.4"))  # the next that rises is taken


async def _numbers_of_each(stage: Stage) -> None:
    low = made(stage, "7.4", role="ED")
    stage.done(await stage.ask("7.4"))
    stage.done(await hand_in(stage, low))


async def _refused_number(stage: Stage) -> None:
    request = made(stage, "7.4")
    wrong = replace(request, command_variant=8)
    stage.refused(await hand_in(stage, wrong), Why.WRONG_VARIANT, code="E12")
    asked = await stage.submit(readdressed(request, counter=request.counter + 1))
    stage.expect(asked.accepted, "a refusal does not keep the next number from being taken", asked.response_code)


def _envelope(name: str, says: str, act: Any, *variants: str, negative: bool = True) -> Case:
    return Case(
        name=name,
        says=says,
        clause="service requests, table 2.1",
        group=Group.ORDER if "number" in name else Group.UNITS,
        needs=tuple(Need(variant) for variant in variants),
        act=act,
        negative=negative,
    )


CASES: tuple[Case, ...] = (
    *(_malformed(row(variant)) for variant in WRONG),
    _envelope(
        "7.1/element-of-another-service",
        "a body with the element of another service, with two or with none is refused",
        _another_element,
        "7.1",
        "7.2",
        "7.4",
    ),
    _envelope(
        "7.2/reference-of-another-service",
        "reference, variant and element of different services are refused",
        _another_reference,
        "7.2",
    ),
    _envelope("7.2/no-such-service", "a service that nobody has is refused", _no_such_service, "7.2"),
    _envelope(
        "1.5/number-used-twice",
        "a request that comes twice with one RequestID is done once, and refused then",
        _used_number,
        "1.5",
    ),
    _envelope(
        "7.2/number-that-falls",
        "a request whose counter does not rise is refused, and the next that rises is taken",
        _falling_number,
        "7.2",
        "7.4",
        "6.2.7",
    ),
    _envelope(
        "7.4/numbers-of-each-user",
        "each user counts for himself: a low number of another is taken",
        _numbers_of_each,
        "7.4",
        negative=False,
    ),
    _envelope(
        "7.4/number-after-a-refusal",
        "after a refusal the next number is taken",
        _refused_number,
        "7.4",
        negative=False,
    ),
)
