"""The schema of the service document says what the classes take."""

import json

from emulator.services.catalogue import SERVICES
from emulator.services.schema import schema

WHOLE = schema()
DEFINITIONS = WHOLE["$defs"]


def test_it_is_json_and_every_reference_leads_somewhere():
    text = json.dumps(WHOLE)
    refs = {one.split('"')[0] for one in text.split('"$ref": "')[1:]}
    assert {one.removeprefix("#/$defs/") for one in refs} <= set(DEFINITIONS)


def test_every_service_is_a_body_of_a_request_and_of_a_response():
    requests = DEFINITIONS["Request"]["properties"]["Body"]
    assert set(requests["properties"]) == {row.element for row in SERVICES}
    assert requests["maxProperties"] == 1
    assert set(DEFINITIONS["Response"]["properties"]["Body"]["properties"]) == {row.answer for row in SERVICES}


def test_units_ranges_and_choices_are_told():
    # service-requests.md, section 3: 6.7
    flow = DEFINITIONS["UpdateDeviceConfigurationGasFlow"]
    assert flow["properties"]["MeasurementPeriod"] == {"type": "integer", "minimum": 1, "maximum": 65535, "unit": "s"}
    assert flow["oneOf"] == [
        {"required": ["UncontrolledGasFlowRate"]},
        {"required": ["UncontrolledGasFlowRateDecimal"]},
    ]
    assert flow["additionalProperties"] is False
