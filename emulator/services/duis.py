"""The documents in their DUIS envelopes: request XML in, acknowledgement, response and alert XML out.

Elements of requests and of what the national service answers are of the `sr` namespace, results of devices of `ra`
(service requests, 2.1 and 2.3). Nothing is signed: where the schema asks for a signature of a response, there is none.
"""

from typing import Any, Final

import msgspec

from emulator.services.body import plain
from emulator.services.catalogue import BY_ELEMENT, BY_VARIANT
from emulator.services.codes import SUCCESS
from emulator.services.document import NATIONAL_SERVICE, Acknowledgement, Alert, Request, Response
from emulator.services.element import Element, XmlError
from emulator.services.row import Service, Target
from emulator.services.xml import body_from, element_of, plain_element, text_of

SCHEMA_VERSION: Final = "5.4"
_HEADER: Final = {
    "RequestID",
    "FirstInSequence",
    "PrecedingServiceRequestID",
    "CommandVariant",
    "ServiceReference",
    "ServiceReferenceVariant",
}
S1SP: Final = "N55"
"""The national service's alert that carries one of the adapter's own (from memory: service requests, section 10)."""


# Reading


def header_of(root: Element) -> dict[str, str]:
    """Give a request's header, as far as it has one. Raises XmlError for what is no request at all."""
    if root.name != "sr:Request":
        raise XmlError(f"the root is {root.name}, not Request of the namespace ServiceUserGateway")
    header = root.find("sr:Header")
    return {} if header is None else {child.local: child.text.strip() for child in header.children}


def request_of(root: Element) -> Request:
    """Read a request. Raises XmlError."""
    header = header_of(root)
    if "schemaVersion" not in root.attributes:
        raise XmlError(f"Request: the attribute schemaVersion is wanted (line {root.line})")
    for child in root.children:
        if child.name not in {"sr:Header", "sr:Body", "ds:Signature"}:
            raise XmlError(f"Request.{child.local}: no such element (line {child.line})")
    if unknown := header.keys() - _HEADER:
        raise XmlError(f"Header: no such element: {', '.join(sorted(unknown))}")
    body = root.find("sr:Body")
    if body is None or len(body.children) != 1:
        line = root.line if body is None else body.line
        raise XmlError(f"Body: exactly one element, the service's, is wanted (line {line})")
    given = body.children[0]
    service = BY_ELEMENT.get(given.local)
    if service is None or given.name != f"sr:{service.element}":
        raise XmlError(f"Body.{given.local}: no service has this element here (line {given.line})")
    read = plain(body_from(given, service.request))
    upper = {name: text.upper() if name.endswith("RequestID") else text for name, text in header.items()}
    try:
        return msgspec.convert({**upper, "Body": {service.element: read}}, Request, strict=False)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise XmlError(f"Header{f'.{where}'.rstrip('`.')}: {what}") from None


def is_signed(root: Element) -> bool:
    """Say whether a signature is there. Nobody verifies it."""
    return root.find("ds:Signature") is not None


# Writing


def acknowledgement_element(answer: Acknowledgement, reference: str, variant: str) -> Element:
    """Write the answer at once; the references are the request's, as it gave them."""
    root, body = _envelope(answer.request_id, answer.response_code, text_of(answer.response_date_time))
    message = _references(body.add("sr:ResponseMessage"), reference, variant)
    row = BY_VARIANT.get(variant)
    if row is not None and answer.body is not None:
        for name, given in answer.body.items():
            message.children += _national(row, name, given)
    return root


def _national(row: Service, name: str, given: Any) -> list[Element]:
    """Write what the national service answers: under its element's name, or bare where DUIS has none for it.

    Of an answer with nothing in it the schema has no element.
    """
    if name != row.answer:
        return [plain_element(f"sr:{name}", given)]
    element = element_of(msgspec.convert(given, row.reply), f"sr:{name}")
    return [element] if row.reply_element and element.children else element.children


def response_element(response: Response) -> Element:
    """Write the result of a request: a SMETS1 response; or, if no device answered, only the code that says why."""
    root, body = _envelope(response.request_id, response.response_code, text_of(response.timestamp), answers=True)
    row = BY_VARIANT.get(response.service_reference_variant)
    references = response.service_reference, response.service_reference_variant
    if response.response_code != SUCCESS or row is None or row.targets is Target.D:
        _references(body.add("sr:ResponseMessage"), *references)
        return root
    header, inner = _smets1(body, references, schedule=response.dsp_schedule_id)
    _parties(header, response.business_originator_id, response.business_target_id, _counter(response.request_id))
    header.add("ra:ServiceReference", references[0])
    header.add("ra:ServiceReferenceVariant", references[1])
    stamp = header.add("ra:Timestamp", text_of(response.timestamp))
    if response.is_from_gsme:
        stamp.attributes["isFromGSME"] = "true"
    if response.clock_status:
        stamp.attributes["ClockStatus"] = response.clock_status
    message = inner.add("sr:ResponseMessage")
    data = _data(row, response)
    if data is not None:
        data.attributes["MessageSuccess"] = text_of(response.success)
        message.add("ra:SMETSData").children.append(data)
    if response.debug:
        debug = message.add("ra:DebugInfo").add("ra:SMETS1Debug")
        for one in response.debug:
            step = debug.add("ra:SMETS1Response")
            step.attributes |= {"ResponseCode": str(one.response_code), "Position": str(one.position)}
            step.add("ra:Error", one.error)
    return root


def _data(row: Service, response: Response) -> Element | None:
    """Write the result itself; of a failure an empty one, unless the schema allows none."""
    if response.body is not None:
        given = response.body.get(row.answer, {})
        return element_of(msgspec.convert(given, row.reply), f"ra:{row.answer}")
    try:
        msgspec.convert({}, row.reply)
    except msgspec.ValidationError:
        return None
    return None if row.reply.at_most_one else Element(f"ra:{row.answer}")


def alert_element(alert: Alert) -> Element:
    """Write an alert: a device's own in a SMETS1 response, the others as the national service's."""
    root, body = _envelope("", SUCCESS, text_of(alert.timestamp))
    if alert.alert_code.startswith("S1SP"):
        _s1sp(body, alert)
    elif alert.alert_code[0] == "N" or alert.alert_code == "AD1":
        told = _dcc(body, alert.alert_code, alert)
        for name, given in (alert.body or {}).items():
            held = plain_element(f"sr:{name}", given)
            if name == "S1SPAlert":  # the adapter's own stands inside the national service's
                held.attributes["schemaVersion"] = SCHEMA_VERSION
                held = Element("sr:S1SPAlertDSP", children=[held])
            told.children.append(held)
    else:
        header, inner = _smets1(body, ("", ""), alert)
        originator, target = alert.business_originator_id, alert.business_target_id
        _parties(header, originator or NATIONAL_SERVICE, target or NATIONAL_SERVICE, alert.number)
        header.add("ra:Timestamp", text_of(alert.timestamp))
        content = inner.add("sr:DeviceAlertMessage").add("ra:DeviceAlertContent")
        content.add("ra:GBCSHexAlertCode", alert.alert_code)
        content.add("ra:AlertDescription", alert.description)
        content.add("ra:Timestamp", text_of(alert.timestamp))
        if alert.body:
            content.children.append(plain_element("ra:Payload", alert.body))
    return root


def _s1sp(body: Element, alert: Alert) -> None:
    """Write one of the adapter's own alerts, inside the national service's."""
    told = _dcc(body, S1SP, alert).add("sr:S1SPAlertDSP").add("sr:S1SPAlert")
    told.attributes["schemaVersion"] = SCHEMA_VERSION
    for name, text in (
        ("RequestID", alert.request_id),
        ("DeviceID", alert.business_originator_id),
        ("S1SPAlertCode", alert.alert_code),
        ("AdditionalInformation", alert.description),
        ("UTRN", alert.utrn),
        ("DateTime", text_of(alert.timestamp)),
    ):
        if text:
            told.add(f"sr:{name}", text)


def _envelope(request_id: str, code: str, at: str, *, answers: bool = False) -> tuple[Element, Element]:
    """Make the outer response, and give its body too. What `answers` has the id of the response as well."""
    root = Element("sr:Response", {"schemaVersion": SCHEMA_VERSION})
    header = root.add("sr:Header")
    if request_id:
        header.add("sr:RequestID", request_id)
        if answers:
            originator, target, counter = request_id.split(":")
            header.add("sr:ResponseID", f"{target}:{originator}:{counter}")
    header.add("sr:ResponseCode", code)
    header.add("sr:ResponseDateTime", at)
    return root, root.add("sr:Body")


def _smets1(
    body: Element, references: tuple[str, str], alert: Alert | None = None, schedule: int | None = None
) -> tuple[Element, Element]:
    """Make the SMETS1 response inside the outer one; give its header and its body."""
    message = _references(body.add("sr:SMETS1ResponseMessage"), *references)
    if schedule is not None:
        message.add("sr:DSPScheduleID", str(schedule))
    if alert is not None:
        _throttled(message, alert)
    held = message.add("sr:SMETS1SignedResponse")
    held.attributes["schemaVersion"] = SCHEMA_VERSION
    inner = held.add("sr:SMETS1Response")
    return inner.add("sr:Header"), inner.add("sr:Body")


def _dcc(body: Element, code: str, alert: Alert) -> Element:
    message = body.add("sr:DCCAlertMessage")
    message.add("sr:DCCAlertCode", code)
    _throttled(message, alert)
    return message.add("sr:DCCAlert")


def _throttled(message: Element, alert: Alert) -> None:
    if alert.throttled_alert_sequence_id is not None:
        message.add("sr:ThrottledAlertSequenceId", str(alert.throttled_alert_sequence_id))
    if alert.throttled_alert_count is not None:
        message.add("sr:ThrottledAlertCount", str(alert.throttled_alert_count))


def _references(message: Element, reference: str, variant: str) -> Element:
    if reference:
        message.add("sr:ServiceReference", reference)
    if variant:
        message.add("sr:ServiceReferenceVariant", variant)
    return message


def _parties(header: Element, originator: str, target: str, counter: int) -> None:
    header.add("ra:BusinessOriginatorID", originator)
    header.add("ra:BusinessTargetID", target)
    header.add("ra:OriginatorCounter", str(counter))


def _counter(request_id: str) -> int:
    return int(request_id.rpartition(":")[2])
