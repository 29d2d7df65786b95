"""The XML facade, as a client of DCC's test service has it: requests at the D/S/T paths, results at its own URL."""

import asyncio
from pathlib import Path

import pytest
from callers import SUPPLIER, TOKEN, Caller, beside, client, run

from emulator.api.services_http import MAX_BODY
from emulator.api.xsd import NOT_VALIDATED, Xsd, XsdError
from emulator.device.instant import instant
from emulator.services.catalogue import find
from emulator.services.document import NATIONAL_SERVICE, Alert, dated
from emulator.services.element import Element, read

XML = {"Content-Type": "application/xml"}
# A schema in our own words: the national service's is not ours to pass on. It knows 7.4 and 2.2 and nothing else.
SCHEMA = """<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway"
  targetNamespace="http://www.dccinterface.co.uk/ServiceUserGateway" elementFormDefault="qualified">
  <xs:element name="Request"><xs:complexType><xs:sequence>
    <xs:element name="Header"><xs:complexType><xs:sequence>
      <xs:element name="RequestID" type="xs:token"/>
      <xs:element name="CommandVariant" type="xs:positiveInteger"/>
      <xs:element name="ServiceReference" type="xs:token"/>
      <xs:element name="ServiceReferenceVariant" type="xs:token"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="Body"><xs:complexType><xs:choice>
      <xs:element name="ReadSupplyStatus"><xs:complexType/></xs:element>
      <xs:element name="TopUpDevice"><xs:complexType><xs:sequence><xs:element name="UTRN"><xs:simpleType>
        <xs:restriction base="xs:string"><xs:pattern value="[0-9]{20}"/></xs:restriction></xs:simpleType></xs:element>
      </xs:sequence></xs:complexType></xs:element>
    </xs:choice></xs:complexType></xs:element>
  </xs:sequence><xs:attribute name="schemaVersion" type="xs:decimal" use="required"/></xs:complexType></xs:element>
</xs:schema>"""


# As DCC's open tools post them.
PATHS = {1: "serviceS", 4: "serviceT", 5: "serviceS", 8: "serviceD"}


class NodeRed:
    """What a flow does: it posts a request to the path of its command variant, and reads the answer's header."""

    def __init__(self, asks, at) -> None:
        self.asks, self.at, self.counter = asks, at, 0

    def xml(self, variant: str, body: str = "", device: str = "ESME", cv: int = 1, end: str = "") -> bytes:
        row = find(variant)
        self.counter += 1
        target = self.at.entries.get(device, device)
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4"><sr:Header>
<sr:RequestID>{SUPPLIER}:{target}:{self.counter}</sr:RequestID>
<sr:CommandVariant>{cv}</sr:CommandVariant>
<sr:ServiceReference>{row.reference}</sr:ServiceReference>
<sr:ServiceReferenceVariant>{variant}</sr:ServiceReferenceVariant></sr:Header>
<sr:Body><sr:{row.element}>{body}</sr:{row.element}></sr:Body>{end}</sr:Request>""".encode()

    async def post(self, octets: bytes, path: str = "serviceS", root: str = "/api/v1/"):
        answer = await self.asks.post(f"{root}{path}", content=octets, headers=XML)
        if answer.status_code != 200:
            return answer, ""
        assert answer.headers["Content-Type"] == "application/xml"
        return answer, read(answer.content).find("sr:Header").value("sr:ResponseCode")

    async def send(self, variant: str, body: str = "", cv: int = 1, **more):
        return await self.post(self.xml(variant, body, cv=cv, **more), PATHS[cv])


def inside(octets: bytes, *names: str) -> Element:
    """Give the element that a path leads to."""
    at = read(octets)
    for name in names:
        at = at.find(name)
        assert at is not None, (name, octets)
    return at


SMETS1 = ("sr:Body", "sr:SMETS1ResponseMessage", "sr:SMETS1SignedResponse", "sr:SMETS1Response")
RESULT = (*SMETS1, "sr:Body", "sr:ResponseMessage", "ra:SMETSData")


def test_a_flow_gets_its_acknowledgement_at_once_and_its_result_pushed():
    async def scenario():
        async with beside() as at, client(at.duis) as asks, Caller() as flow:
            assert (await asks.put("/callback", json={"Url": flow.url})).status_code == 200
            red = NodeRed(asks, at)
            answer, code = await red.send("7.4")
            assert code == "I99"
            assert (answer.headers["Meterfarm-Validated"], answer.headers["Meterfarm-Signature"]) == (
                NOT_VALIDATED,
                "none",
            )
            message = inside(answer.content, "sr:Body", "sr:ResponseMessage")
            assert (message.value("sr:ServiceReference"), message.value("sr:ServiceReferenceVariant")) == ("7.4", "7.4")
            kind, pushed = await asyncio.wait_for(flow.heard.get(), 10)
            assert kind == "application/xml"
            header = inside(pushed, "sr:Header")
            assert header.value("sr:RequestID") == f"{SUPPLIER}:{at.entries['ESME']}:1"
            assert header.value("sr:ResponseID") == f"{at.entries['ESME']}:{SUPPLIER}:1"
            assert header.value("sr:ResponseCode") == "I0"
            told = inside(pushed, *RESULT, "ra:ReadSupplyStatusRsp")
            assert (told.attributes["MessageSuccess"], told.value("ra:SupplyState")) == ("true", "Enabled")

    run(scenario())


def test_a_supply_is_disabled_by_way_of_t_and_read_by_way_of_s():
    async def scenario():
        async with beside() as at, client(at.duis) as asks, Caller() as flow:
            await asks.put("/callback", json={"Url": flow.url, "User": SUPPLIER})
            red = NodeRed(asks, at)
            assert (await red.send("7.2", cv=4))[1] == "I99"  # no message to sign: it is carried out
            assert inside(await flow.next(), *RESULT, "ra:DisableSupplyRsp").attributes == {"MessageSuccess": "true"}
            assert (await red.send("7.4"))[1] == "I99"
            assert inside(await flow.next(), *RESULT, "ra:ReadSupplyStatusRsp").value("ra:SupplyState") == "Disabled"
            assert (await red.send("7.1", cv=5))[1] == "I99"
            assert inside(await flow.next(), *RESULT, "ra:EnableSupplyRsp").attributes == {"MessageSuccess": "true"}
            assert (await red.send("4.1.1"))[1] == "I99"
            register = inside(
                await flow.next(),
                *RESULT,
                *("ra:ReadInstantaneousImportRegistersRsp", "ra:Electricity", "ra:ActiveImportRegister"),
            )
            assert int(register.value("ra:Value")) > 0
            assert register.value("ra:ActiveEnergyUnit") == "Wh"

    run(scenario())


def test_alerts_are_pushed():
    async def scenario():
        async with beside() as at, client(at.duis) as asks, Caller() as flow:
            await asks.put("/callback", json={"Url": flow.url})
            meter, now = at.entries["ESME"], dated(instant(2026, 3, 2))
            at.adapter.alert(
                Alert(
                    alert_code="8F3F",
                    description="tamper",
                    timestamp=now,
                    number=1,
                    business_originator_id=meter,
                    business_target_id=SUPPLIER,
                )
            )
            content = inside(await flow.next(), *SMETS1, "sr:Body", "sr:DeviceAlertMessage", "ra:DeviceAlertContent")
            assert content.value("ra:GBCSHexAlertCode") == "8F3F"
            assert content.value("ra:Timestamp") == "2026-03-02T00:00:00.00Z"
            changed = {"DeviceStatusChangeEvent": {"DeviceID": meter}}
            at.adapter.alert(Alert(alert_code="N2", description="x", timestamp=now, body=changed))
            told = inside(await flow.next(), "sr:Body", "sr:DCCAlertMessage")
            assert told.value("sr:DCCAlertCode") == "N2"
            assert told.find("sr:DCCAlert").find("sr:DeviceStatusChangeEvent").value("sr:DeviceID") == meter

    run(scenario())


def test_a_request_at_the_wrong_path_is_e13():
    async def scenario():
        async with beside() as at, client(at.duis) as asks:
            red = NodeRed(asks, at)
            for variant, cv, device, wrong in (
                ("7.4", 1, "ESME", ("serviceD", "serviceT")),
                ("7.2", 4, "ESME", ("serviceD", "serviceS")),
                ("7.2", 5, "ESME", ("serviceD", "serviceT")),
                ("8.2", 8, NATIONAL_SERVICE, ("serviceS", "serviceT")),
            ):
                body = "<sr:UPRN>1</sr:UPRN>" if variant == "8.2" else ""
                for path in wrong:
                    for root in ("/api/v1/", "/"):
                        answer, code = await red.post(red.xml(variant, body, device, cv), path, root)
                        assert (code, answer.headers["Meterfarm-Reason"]) == ("E13", "wrong_path")
            assert PATHS[4] in (await red.post(red.xml("7.2", cv=4), "serviceD"))[0].headers["Meterfarm-Detail"]
            assert at.adapter.outbox.last == 0

    run(scenario())


def test_a_non_device_request_is_answered_at_once():
    async def scenario():
        async with beside() as at, client(at.duis) as asks:
            red = NodeRed(asks, at)
            body = f"<sr:DeviceID>{at.entries['ESME']}</sr:DeviceID>"
            answer, code = await red.send("8.2", body, device=NATIONAL_SERVICE, cv=8)
            assert code in {"I0", "I99"}
            devices = inside(answer.content, "sr:Body", "sr:ResponseMessage", "sr:DSPInventory").children
            assert at.entries["ESME"] in {device.value("sr:DeviceID") for device in devices}
            assert at.adapter.outbox.last == 0

    run(scenario())


def test_refusals_are_acknowledgements_of_their_code():
    async def scenario():
        async with beside() as at, client(at.duis) as asks:
            red = NodeRed(asks, at)
            answer, code = await red.send("2.2", "<sr:UTRN>1</sr:UTRN>")
            assert (code, answer.headers["Meterfarm-Reason"]) == ("E48", "malformed")
            assert "TopUpDevice.UTRN" in answer.headers["Meterfarm-Detail"]
            assert "(line 7)" in answer.headers["Meterfarm-Detail"]
            assert (await red.send("7.4", device="00-00-00-00-00-00-00-09"))[1] == "E19"
            assert (await red.send("6.5"))[1] == "E48"
            assert (await red.post(red.xml("7.4", cv=4), "serviceT"))[1] == "E12"
            twice = red.xml("7.4")
            assert (await red.post(twice))[1] == "I99"
            assert (await red.post(twice))[1] == "E50"

    run(scenario())


def test_garbage_is_400_too_much_413_and_no_token_401():
    async def scenario():
        async with beside() as at, client(at.duis) as asks, client(at.duis, None) as stranger:
            red = NodeRed(asks, at)
            bomb = b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><a>&b;</a>'
            other = b'<a xmlns="http://example.org"/>'
            for octets in (b"", b"garbage", b"<a>", b'{"RequestID": 1}', bomb, other):
                answer, _ = await red.post(octets)
                assert (answer.status_code, answer.json()["error"]["kind"]) == (400, "usage")
            assert (await red.post(b"x" * (MAX_BODY + 1)))[0].status_code == 413
            assert (await stranger.post("/serviceS", content=red.xml("7.2", cv=5))).status_code == 401
            assert (await asks.get("/api/v1/serviceS")).status_code == 405

    run(scenario())


def test_a_signature_is_tolerated_and_told_to_be_unverified():
    async def scenario():
        async with beside() as at, client(at.duis) as asks:
            red = NodeRed(asks, at)
            signature = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:Any/></ds:Signature>'
            answer, code = await red.send("7.4", end=signature)
            assert (code, answer.headers["Meterfarm-Signature"]) == ("I99", "not verified")

    run(scenario())


def test_with_a_schema_requests_are_held_against_it(tmp_path):
    path = tmp_path / "duis.xsd"
    path.write_text(SCHEMA, "utf-8")

    async def scenario():
        async with beside(Xsd(path)) as at, client(at.duis) as asks:
            red = NodeRed(asks, at)
            answer, code = await red.send("7.4")
            assert (code, answer.headers["Meterfarm-Validated"]) == ("I99", str(path))
            answer, code = await red.send("2.2", "\n<sr:UTRN>12</sr:UTRN>")
            assert code == "E48"
            assert answer.headers["Meterfarm-Detail"].startswith("/Request/Body/TopUpDevice/UTRN: ")
            assert answer.headers["Meterfarm-Detail"].endswith("(line 8)")
            assert (await red.send("7.2", cv=5))[1] == "E48"  # which this schema does not know
            answer, code = await red.send("2.2", "<sr:UTRN>\x7f\u2603\n\r</sr:UTRN>")  # a header carries no such text
            assert code == "E48"
            assert answer.headers["Meterfarm-Detail"].isprintable()
            answers = await asyncio.gather(*(red.send("7.4") for _ in range(5)))
            assert [code for _, code in answers].count("I99") >= 1

    run(scenario())


def test_a_schema_that_is_none_is_said_so(tmp_path):
    broken = tmp_path / "broken.xsd"
    for text in ("", "garbage", "<a/>", '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:x/></xs:schema>'):
        broken.write_text(text, "utf-8")
        with pytest.raises(XsdError, match=r"broken\.xsd"):
            Xsd(broken)
    with pytest.raises(XsdError, match=r"nowhere\.xsd"):
        Xsd(Path("/nowhere.xsd"))
    broken.write_text(
        SCHEMA.replace("<xs:element", '<xs:import namespace="x" schemaLocation="http://x.invalid/x.xsd"/>', 1)
    )
    with pytest.raises(XsdError):
        Xsd(broken)


def test_a_dead_caller_is_given_up_with_a_count_and_the_next_result_is_tried():
    async def scenario():
        async with beside() as at, client(at.duis) as asks, Caller(500, 500, 500, 204) as flow:
            await asks.put("/callback", json={"Url": flow.url})
            red = NodeRed(asks, at)
            await red.send("7.4")
            await red.send("7.4")
            assert inside(await flow.next(), "sr:Header").value("sr:RequestID").endswith(":2")
            (standing,) = (await asks.get("/callback")).json()
            assert (standing["GivenUp"], standing["Failed"]) == (1, 3)

    run(scenario())


def test_the_token_is_the_control_token():
    async def scenario():
        async with beside() as at, client(at.duis, TOKEN + "x") as asks:
            assert (await asks.put("/callback", json={"Url": "http://127.0.0.1:9/"})).status_code == 401
            assert (await asks.get("/callback")).status_code == 401

    run(scenario())
