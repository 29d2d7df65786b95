"""Drives dlms-cosem 21.3.2 (MIT); its HDLC, written for a serial line, runs over a TCP socket here.

Known of the library: every ciphered APDU is general-glo, authenticated and encrypted; no dedicated keys; no
EntryDescriptor (its to_bytes is not written); no encoder for arrays (its own raises TypeError); no decoder for
bit-string, visible-string, utf8-string, BCD, compact-array and floats.
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from bounded_transports import BoundedHdlcTransport, BoundedTcpTransport, SocketLine
from dlms_cosem import cosem, dlms_data, enumerations, exceptions
from dlms_cosem import time as dlms_time
from dlms_cosem.clients.dlms_client import ActionError, DataResultError, DlmsClient, HLSError
from dlms_cosem.cosem.capture_object import CaptureObject
from dlms_cosem.cosem.selective_access import RangeDescriptor
from dlms_cosem.parsers import AssociationObjectListParser, ProfileGenericBufferParser
from dlms_cosem.protocol import xdlms
from steps import (
    MAX_EXCHANGES,
    TIMEOUT_S,
    LinkLost,
    Refusal,
    Rejected,
    Unsupported,
    ln_octets,
    main,
    plain_time,
)

CLOCK = cosem.CosemAttribute(enumerations.CosemInterface.CLOCK, cosem.Obis(0, 0, 1, 0, 0), 2)
TYPES: dict[str, Any] = {
    "null": dlms_data.NullData,
    "boolean": dlms_data.BooleanData,
    "integer": dlms_data.IntegerData,
    "long": dlms_data.LongData,
    "double-long": dlms_data.DoubleLongData,
    "long64": dlms_data.Long64Data,
    "unsigned": dlms_data.UnsignedIntegerData,
    "long-unsigned": dlms_data.UnsignedLongData,
    "double-long-unsigned": dlms_data.DoubleLongUnsignedData,
    "long64-unsigned": dlms_data.UnsignedLong64Data,
    "enum": dlms_data.EnumData,
}


class RememberingClient(DlmsClient):
    """Keeps the last APDU: the library's own errors carry its result as text, or not at all."""

    last: Any = None

    def next_event(self) -> Any:
        self.last = None
        self.last = super().next_event()
        return self.last


def typed(kind: str, value: Any) -> dlms_data.AbstractDlmsData:
    """Give a job's value in the library's own types."""
    if kind == "structure":
        return dlms_data.DataStructure([typed(item["type"], item["value"]) for item in value])
    if kind == "octet-string":
        return dlms_data.OctetStringData(bytes.fromhex(value))
    if kind == "octet-date-time":
        return dlms_data.OctetStringData(dlms_time.datetime_to_bytes(dt.datetime.fromisoformat(value)))
    if kind not in TYPES:
        raise Unsupported(f"a parameter of type {kind}")
    return TYPES[kind](value)


def encoded(kind: str, value: Any) -> bytes:
    if kind == "null":
        return b"\x00"
    if kind == "boolean":  # BooleanData has no encoder
        return b"\x03" + bytes([bool(value)])
    return typed(kind, value).to_bytes()


def plain(value: Any) -> Any:
    """Give a decoded value as JSON."""
    if isinstance(value, bytes | bytearray):
        return {"octets": bytes(value).hex()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dt.datetime):
        return plain_time(value)
    if isinstance(value, tuple):  # a date-time with its clock status
        return plain(value[0])
    return str(value) if isinstance(value, dt.date | dt.time) else value


def attribute_of(class_id: int, logical_name: str, attribute: int) -> cosem.CosemAttribute:
    return cosem.CosemAttribute(
        enumerations.CosemInterface(class_id), cosem.Obis.from_bytes(ln_octets(logical_name)), attribute
    )


class DlmsCosemPeer:
    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.counter = job.get("security", {}).get("invocation_counter") or 1
        if job.get("gbt"):
            raise Unsupported("general-block-transfer")
        self.client = self._associated()
        connection = self.client.dlms_connection
        self.negotiated = {
            "conformance": connection.conformance.to_bytes()[1:].hex(),
            "max_pdu": connection.max_pdu_size,
        }

    def _associated(self) -> RememberingClient:
        client = RememberingClient(**self._settings(), io_interface=self._transport())
        try:
            client.connect()
            client.associate()
        except HLSError as error:
            raise Rejected(f"association refused: HLS {error} {error.__cause__ or ''}") from error
        except exceptions.DlmsClientException as error:
            if isinstance(client.last, xdlms.ExceptionResponse):
                raise self._rejection(client.last) from error
            found = re.search(r"AssociationResult\.\w+: (\d+)> and <(\w+)\.\w+: (\d+)>", str(error))
            text = f"association-result {found[1]} diagnostic {found[3]}" if found else str(error)
            raise Rejected(f"{text} ({error})") from error
        except exceptions.CommunicationError as error:
            raise LinkLost(f"{error}: {error.__cause__}") from error
        return client

    def _settings(self) -> dict[str, Any]:
        job, security = self.job, self.job.get("security", {})
        settings: dict[str, Any] = {
            "client_logical_address": job["client"],
            "server_logical_address": job["server"],
            "max_pdu_size": job.get("max_pdu") or 0xFFFF,
            "client_initial_invocation_counter": self.counter,
        }
        methods = enumerations.AuthenticationMechanism
        authentication = security.get("authentication", "none")
        if authentication != "none":
            settings["authentication_method"] = {"lls": methods.LLS, "hls-gmac": methods.HLS_GMAC}[authentication]
        if security.get("password"):
            settings["password"] = bytes.fromhex(security["password"])
        policy = security.get("policy", "none")
        if policy not in {"none", "authenticated-encrypted"} or (policy == "none" and authentication == "hls-gmac"):
            raise Unsupported(f"policy {policy} with {authentication}")
        if security.get("dedicated_key") or security.get("envelope") == "glo":
            raise Unsupported("dedicated keys and glo- envelopes")
        if policy != "none":
            settings["encryption_key"] = bytes.fromhex(security["encryption_key"])
            settings["authentication_key"] = bytes.fromhex(security["authentication_key"])
        if security.get("system_title"):
            settings["client_system_title"] = bytes.fromhex(security["system_title"])
        return settings

    def _transport(self) -> Any:
        job = self.job
        if job["framing"] == "wrapper":
            return BoundedTcpTransport(job["host"], job["port"], job["client"], job["server"], int(TIMEOUT_S))
        return BoundedHdlcTransport(
            client_logical_address=job["client"],
            server_logical_address=job["server"],
            server_physical_address=job.get("physical"),
            serial_port="",
            serial=SocketLine(job["host"], job["port"]),
        )

    def _checked(self, call: Callable[[], Any]) -> Any:
        """Run a call and turn what the library raises into what the meter said."""
        try:
            return call()
        except (DataResultError, ActionError) as error:
            last = self.client.last
            for name, kind in (("error", "data-access-result"), ("status", "action-result")):
                if getattr(last, name, None):
                    raise Refusal(kind, int(getattr(last, name))) from error
            raise
        except exceptions.CommunicationError as error:
            raise LinkLost(f"{error}: {error.__cause__}") from error
        except TimeoutError as error:
            raise LinkLost("time-out") from error
        except (IndexError, exceptions.DlmsClientException) as error:
            if isinstance(self.client.last, xdlms.ExceptionResponse):
                raise self._rejection(self.client.last) from error
            raise

    @staticmethod
    def _rejection(apdu: xdlms.ExceptionResponse) -> Rejected:
        return Rejected(f"exception-response state {int(apdu.state_error)} service {int(apdu.service_error)}")

    def _get(self, attribute: cosem.CosemAttribute, access: Any = None) -> bytes:
        return self._checked(lambda: self.client.get(attribute, access))

    def objects(self) -> list[dict[str, Any]]:
        listed = AssociationObjectListParser.parse_bytes(self._get(attribute_of(15, "0.0.40.0.0.255", 2)))
        return [
            {
                "class": int(o.interface),
                "version": o.version,
                "logical_name": o.logical_name.to_string("."),
                "attributes": [[i, sum(1 << r for r in a.access_rights)] for i, a in o.attribute_access_rights.items()],
                "methods": [[i, sum(1 << r for r in m.access_rights)] for i, m in o.method_access_rights.items()],
            }
            for o in listed
        ]

    def get(self, class_id: int, logical_name: str, attribute: int) -> dict[str, Any]:
        raw = self._get(attribute_of(class_id, logical_name, attribute))
        value, problem = None, None
        try:
            value = plain(dlms_data.DlmsDataParser().parse(raw)[0].to_python())
        except Exception as error:  # noqa: BLE001  (what its decoder makes of the value is the finding)
            problem = f"{type(error).__name__}: {error}"
        return {"value": value, "type": raw[0], "raw": raw.hex(), "problem": problem}

    def get_list(self, items: list[tuple[int, str, int]]) -> list[dict[str, Any]]:
        asked = [cosem.CosemAttributeWithSelection(attribute_of(*item), None) for item in items]
        answer = self._checked(lambda: self.client.get_many(asked))
        if isinstance(answer, xdlms.GetResponseWithList):
            results = answer.response_data
        else:
            data = self._blocks(answer)
            results = xdlms.GetResponseWithList.parse_list_response(data[1:], data[0])
        return [
            {"value": None, "error": str(Refusal("data-access-result", int(r)))}
            if isinstance(r, enumerations.DataAccessResult)
            else {"value": plain(r.to_python()), "error": None}
            for r in results
        ]

    def _blocks(self, answer: Any) -> bytes:
        """Fetch the blocks of a with-list answer: the library does it for single reads only."""
        data = bytearray()
        for _ in range(MAX_EXCHANGES):
            if not isinstance(answer, xdlms.GetResponseWithBlock | xdlms.GetResponseLastBlock):
                raise Rejected(f"unexpected answer {type(answer).__name__}")
            data += answer.data
            if isinstance(answer, xdlms.GetResponseLastBlock):
                break
            self.client.send(xdlms.GetRequestNext(answer.block_number, answer.invoke_id_and_priority))
            answer = self.client.next_event()
        return bytes(data)

    def get_range(self, logical_name: str, start: dt.datetime, end: dt.datetime) -> dict[str, Any]:
        captured = dlms_data.DlmsDataParser().parse(self._get(attribute_of(7, logical_name, 3)))[0].to_python()
        period = dlms_data.DlmsDataParser().parse(self._get(attribute_of(7, logical_name, 4)))[0].to_python()
        columns = [[c, ".".join(str(octet) for octet in ln), a, i] for c, ln, a, i in captured]
        raw = self._get(attribute_of(7, logical_name, 2), RangeDescriptor(CaptureObject(CLOCK), start, end))
        parser = ProfileGenericBufferParser([attribute_of(c, ln, a) for c, ln, a, _ in columns], period // 60)
        rows = [[plain(cell.value if cell else None) for cell in row] for row in parser.parse_bytes(raw)]
        return {"columns": columns, "rows": rows}

    def get_entries(self, *_: Any) -> dict[str, Any]:
        raise Unsupported("selection by entry")

    def get_clock(self, logical_name: str) -> dt.datetime:
        raw = self._get(attribute_of(8, logical_name, 2))
        moment, _ = dlms_time.datetime_from_bytes(bytes(dlms_data.DlmsDataParser().parse(raw)[0].to_python()))
        return moment

    def set(self, class_id: int, logical_name: str, attribute: int, kind: str, value: Any) -> None:
        data = encoded(kind, value)
        answer = self._checked(lambda: self.client.set(attribute_of(class_id, logical_name, attribute), data))
        if answer.result:
            raise Refusal("data-access-result", int(answer.result))

    def action(self, class_id: int, logical_name: str, method: int, kind: str, value: Any) -> Any:
        place = attribute_of(class_id, logical_name, method)
        target = cosem.CosemMethod(place.interface, place.instance, method)
        data = self._checked(lambda: self.client.action(target, encoded(kind, value)))
        return plain(dlms_data.DlmsDataParser().parse(data)[0].to_python()) if data else None

    def count_from(self, counter: int) -> None:
        """Send the next protected message with this invocation counter."""
        self.client.dlms_connection.client_invocation_counter = counter

    def release(self) -> None:
        self._checked(self.client.release_association)

    def close(self) -> None:
        try:
            self.release()
        finally:
            self.client.disconnect()


if __name__ == "__main__":
    main(DlmsCosemPeer)
