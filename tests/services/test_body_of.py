"""A request's body by the catalogue: taken with its types, or refused with what is allowed."""

from datetime import UTC, datetime

import msgspec
import pytest

from emulator.services.body import plain
from emulator.services.catalogue import BY_VARIANT, MalformedError, UnknownServiceError, body_of
from emulator.services.document import NATIONAL_SERVICE, Request

USER = "90-B3-D5-1F-30-01-00-01"
METER = "90-B3-D5-1F-30-02-00-01"
LOG = {"StartDateTime": "2026-01-01T00:00:00Z", "EndDateTime": "2026-02-01T00:00:00Z"}
BACKWARDS = {"StartDateTime": LOG["EndDateTime"], "EndDateTime": LOG["StartDateTime"]}
FLOW = {
    "SupplyDepletionState": "Unchanged",
    "SupplyTamperState": "Locked",
    "StabilisationPeriod": 10,
    "MeasurementPeriod": 60,
}
SCHEDULE = {
    "ScheduleFrequency": "Daily",
    "ScheduleStartDate": "2026-11-23",
    "DSPScheduledServiceReference": "4.16",
    "DSPScheduledServiceReferenceVariant": "4.16",
    "DeviceID": METER,
    "DSPReadActivePowerImport": {},
}


def asked(variant, body, reference=""):
    """A request as it came off the wire."""
    row = BY_VARIANT.get(variant)
    return Request(
        request_id=f"{USER}:{METER}:1",
        service_reference=reference or ".".join(variant.split(".")[:2]),
        service_reference_variant=variant,
        command_variant=1,
        body={row.element: body} if row else body,
    )


@pytest.mark.parametrize(
    ("variant", "body"),
    [
        ("6.6", {"CalorificValue": "40.0", "ConversionFactor": "1.02264"}),
        ("6.7", {**FLOW, "UncontrolledGasFlowRateDecimal": "6.5535"}),
        ("6.13", {"ReadLogPeriod": LOG, "LogToRead": "Security"}),
        ("6.22", {"GasSupplierAlerts": {"x810D": "Enable", "x81B4": "Disable"}}),
        ("7.1", {}),
        ("5.1", SCHEDULE),
        ("8.2", {"PropertyFilter": {"PostCode": "ZZ99 9ZZ", "AddressIdentifier": "1"}}),
        ("12.2", {"DeviceID": METER, "DeviceManufacturer": "TEST", "DeviceModel": "TEST", "DeviceType": "CHF"}),
        ("11.3", {"FirmwareHash": "00" * 32, "ExecutionDateTime": "3000-12-31T00:00:00Z"}),
    ],
)
def test_a_body_is_taken_and_given_back(variant, body):
    row, taken = body_of(asked(variant, body))
    assert row.variant == variant
    assert isinstance(taken, row.request)
    assert plain(taken) == body


def test_values_have_their_types():
    _, body = body_of(asked("6.13", {"ReadLogPeriod": LOG, "LogToRead": "Event"}))
    assert body.read_log_period.start_date_time == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("variant", "body", "told"),
    [
        ("6.12", {"LowMediumPowerThreshold": -1, "MediumHighPowerThreshold": 2}, r"LowMediumPowerThreshold: .* >= 0"),
        ("6.12", {"LowMediumPowerThreshold": 2**32, "MediumHighPowerThreshold": 2}, "<= 4294967295"),
        ("6.12", {"LowMediumPowerThreshold": 1}, "missing required field `MediumHighPowerThreshold`"),
        ("6.13", {"ReadLogPeriod": LOG, "LogToRead": "all"}, "LogToRead: .*; allowed: Event, ALCSEvent, PowerEvent"),
        ("6.13", {"ReadLogPeriod": {"From": 1}, "LogToRead": "Event"}, "`From`; allowed: StartDateTime, EndDateTime"),
        ("6.13", {"ReadLogPeriod": BACKWARDS, "LogToRead": "Event"}, "ends before"),
        ("7.1", {"Now": True}, "unknown field `Now`; allowed: nothing"),
        ("6.7", FLOW, "exactly one of UncontrolledGasFlowRate, UncontrolledGasFlowRateDecimal is allowed, not none"),
        ("6.7", {**FLOW, "UncontrolledGasFlowRateDecimal": 6.55351}, "0 to 6.5535 with 4 digits"),
        ("6.7", {**FLOW, "UncontrolledGasFlowRate": 1, "StabilisationPeriod": 256}, "StabilisationPeriod: .* <= 255"),
        ("6.6", {"CalorificValue": "429496729.6", "ConversionFactor": "1"}, "0 to 429496729.5 with 1 digits"),
        ("6.11", {"CurrentDateTime": "2026-01-01T00:00:00", "TolerancePeriod": 1}, "timezone"),
        ("6.11", {"CurrentDateTime": "2026-01-01T00:00:00Z", "TolerancePeriod": 86_401}, "<= 86400"),
        ("3.1", {"SupplierMessage": "x" * 117}, "length <= 116"),
        ("3.1", {"SupplierMessage": "caf\u00e9"}, "SupplierMessage: .* matching regex"),
        ("6.22", {"GasSupplierAlerts": {"x0000": "Enable"}}, "GasSupplierAlerts: .*allowed: an element an alert code"),
        (
            "8.11",
            {"DeviceID": METER, "RequestType": "Add"},
            "AddDeviceToCHFWhitelist is given with the RequestType Add",
        ),
        ("8.2", {"DeviceID": METER, "UPRN": 1}, "exactly one of UPRN, DeviceID, MPxN, PropertyFilter"),
        ("5.1", {**SCHEDULE, "DSPScheduledServiceReferenceVariant": "4.10"}, "4.16 has no variant 4.10"),
        ("5.1", {**SCHEDULE, "ScheduleEndDate": "2026-11-22"}, "ends before it starts"),
        ("2.2", {"UTRN": "1234"}, "UTRN"),
        ("11.3", {"FirmwareHash": "00"}, "length >= 64"),
    ],
)
def test_a_body_that_breaks_its_shape_is_refused(variant, body, told):
    with pytest.raises(MalformedError, match=told) as refused:
        body_of(asked(variant, body))
    assert str(refused.value).startswith(f"Body.{BY_VARIANT[variant].element}")


def test_element_and_reference_must_be_the_variants():
    two = msgspec.structs.replace(asked("7.1", {}), body={"EnableSupply": {}, "DisableSupply": {}})
    with pytest.raises(
        MalformedError, match=r"one element is allowed for 7\.1, EnableSupply; given: EnableSupply, Dis"
    ):
        body_of(two)
    with pytest.raises(MalformedError, match=r"given: DisableSupply"):
        body_of(msgspec.structs.replace(two, body={"DisableSupply": {}}))
    with pytest.raises(MalformedError, match=r"ServiceReference: 7\.1 is allowed for 7\.1, not 7\.2"):
        body_of(asked("7.1", {}, "7.2"))
    with pytest.raises(MalformedError, match=r"ServiceReferenceVariant: 7\.1 is allowed here, not EnableSupply"):
        body_of(asked("EnableSupply", {}))
    with pytest.raises(UnknownServiceError):
        body_of(asked("9.9", {}))


def test_a_schedule_knows_its_window():
    _, plainly = body_of(asked("5.1", SCHEDULE))
    assert plainly.window is None
    log = {"StartDateOffset": -1, "StartTime": "00:00:00Z", "EndDateOffset": 0, "EndTime": "00:00:00Z"}
    profile = {name: value for name, value in SCHEDULE.items() if name != "DSPReadActivePowerImport"} | {
        "DSPScheduledServiceReference": "4.8",
        "DSPScheduledServiceReferenceVariant": "4.8.1",
        "DSPReadActiveImportProfileData": log,
    }
    _, reading = body_of(asked("5.1", profile))
    assert reading.window.start_date_offset == -1
    assert (
        Request(
            request_id=f"{USER}:{NATIONAL_SERVICE}:1",
            service_reference="5.1",
            service_reference_variant="5.1",
            command_variant=8,
            body={"CreateSchedule": profile},
        ).target
        == NATIONAL_SERVICE
    )
