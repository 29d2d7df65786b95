"""Drives Gurux.DLMS.Python (GPL-2.0): framing, ciphering, blocks and object model are the library's own.

Only the socket loop is here, as the library asks of its users. The library prints to stdout and its method
requests cannot go without parameters.
"""

import datetime as dt
import socket
from typing import Any

from gurux_dlms import GXByteBuffer, GXDateTime, GXReplyData
from gurux_dlms.enums import Authentication, Command, Conformance, DataType, InterfaceType, Security
from gurux_dlms.GXArray import GXArray
from gurux_dlms.GXBitString import GXBitString
from gurux_dlms.GXDLMSConfirmedServiceError import GXDLMSConfirmedServiceError
from gurux_dlms.GXDLMSException import GXDLMSException
from gurux_dlms.GXDLMSExceptionResponse import GXDLMSExceptionResponse
from gurux_dlms.GXDLMSGateway import GXDLMSGateway
from gurux_dlms.GXEnum import GXEnum
from gurux_dlms.GXInt8 import GXInt8
from gurux_dlms.GXInt16 import GXInt16
from gurux_dlms.GXInt32 import GXInt32
from gurux_dlms.GXInt64 import GXInt64
from gurux_dlms.GXStructure import GXStructure
from gurux_dlms.GXUInt8 import GXUInt8
from gurux_dlms.GXUInt16 import GXUInt16
from gurux_dlms.GXUInt32 import GXUInt32
from gurux_dlms.GXUInt64 import GXUInt64
from gurux_dlms.internal._GXCommon import _GXCommon
from gurux_dlms.objects import GXDLMSClock, GXDLMSObject, GXDLMSProfileGeneric
from gurux_dlms.secure import GXDLMSSecureClient
from steps import MAX_EXCHANGES, TIMEOUT_S, LinkLost, Refusal, Rejected, Unsupported, main, plain_time

AUTHENTICATION = {
    "none": Authentication.NONE,
    "lls": Authentication.LOW,
    "hls-gmac": Authentication.HIGH_GMAC,
}
POLICY = {
    "none": Security.NONE,
    "authenticated": Security.AUTHENTICATION,
    "encrypted": Security.ENCRYPTION,
    "authenticated-encrypted": Security.AUTHENTICATION_ENCRYPTION,
}
BLOCK_TRANSFER = (
    Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
    | Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE
    | Conformance.BLOCK_TRANSFER_WITH_ACTION
)
TYPES: dict[str, tuple[DataType, Any]] = {
    "boolean": (DataType.BOOLEAN, bool),
    "integer": (DataType.INT8, GXInt8),
    "long": (DataType.INT16, GXInt16),
    "double-long": (DataType.INT32, GXInt32),
    "long64": (DataType.INT64, GXInt64),
    "unsigned": (DataType.UINT8, GXUInt8),
    "long-unsigned": (DataType.UINT16, GXUInt16),
    "double-long-unsigned": (DataType.UINT32, GXUInt32),
    "long64-unsigned": (DataType.UINT64, GXUInt64),
    "enum": (DataType.ENUM, GXEnum),
    "visible-string": (DataType.STRING, str),
    "octet-string": (DataType.OCTET_STRING, bytearray.fromhex),
    "bit-string": (DataType.BITSTRING, GXBitString),
}
ABOUT_ITSELF = {"attributes", "methodAttributes"}
EMPTY = (b"\x01\x00", b"\x02\x00")  # an array or structure without items, which the library gives as None


class Target(GXDLMSObject):
    """Any object of any class, to write any value of any type to it."""

    def __init__(self, class_id: int, logical_name: str, kind: DataType = DataType.NONE, value: Any = None) -> None:
        super().__init__(class_id, logical_name, 0)
        self.kind, self.value = kind, value

    def getValue(self, settings: Any, e: Any) -> Any:  # noqa: ARG002, N802
        return self.value

    def getDataType(self, index: int) -> DataType:  # noqa: ARG002, N802
        return self.kind


def typed(kind: str, value: Any) -> tuple[DataType, Any]:
    """Give a job's value in the library's own types."""
    if kind in {"array", "structure"}:
        items = GXArray() if kind == "array" else GXStructure()
        items.extend(typed(item["type"], item["value"])[1] for item in value)
        return (DataType.ARRAY if kind == "array" else DataType.STRUCTURE), items
    if kind == "octet-date-time":  # the library's date-time octets without the tag and length before them
        octets = GXByteBuffer()
        moment = GXDateTime(dt.datetime.fromisoformat(value))
        _GXCommon.setData(None, octets, DataType.OCTET_STRING, moment)
        return DataType.OCTET_STRING, bytearray(octets.array()[2:])
    if kind not in TYPES:
        raise Unsupported(f"a parameter of type {kind}")
    data_type, build = TYPES[kind]
    return data_type, build(value)


def plain(value: Any) -> Any:
    """Give a decoded value as JSON."""
    if isinstance(value, bytes | bytearray):
        return {"octets": bytes(value).hex()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, GXBitString):
        return {"bits": value.toString(True).rpartition(" ")[2]}
    if isinstance(value, GXDateTime):
        return plain_time(value.value)
    return value


def fields_of(value: Any) -> Any:
    """Give a library object's fields as JSON, those of the objects in them too."""
    if isinstance(value, list):
        return [fields_of(item) for item in value]
    if isinstance(value, int | str | bytes | bytearray | GXDateTime | None):
        return value if isinstance(value, int | str | None) else plain(value)
    if not hasattr(value, "__dict__"):
        return str(value)
    return {name: fields_of(held) for name, held in vars(value).items() if name not in ABOUT_ITSELF}


class GuruxPeer:
    def __init__(self, job: dict[str, Any]) -> None:
        self.versions: dict[tuple[int, str], int] = {}
        self.client = self._client(job)
        self.sock = self._dial(job)
        try:
            self._associate()
        except BaseException:
            self.sock.close()
            raise
        self.negotiated = {
            "conformance": f"{int(f'{int(self.client.negotiatedConformance):024b}'[::-1], 2):06x}",
            "max_pdu": self.client.maxReceivePDUSize,
        }

    @staticmethod
    def _dial(job: dict[str, Any]) -> Any:
        """Give a line with sendall, recv and close of a socket."""
        return socket.create_connection((job["host"], job["port"]), TIMEOUT_S)

    @staticmethod
    def _client(job: dict[str, Any]) -> GXDLMSSecureClient:
        security = job.get("security", {})
        server = job["server"]
        if job.get("physical") is not None and job["framing"] == "hdlc":
            server = GXDLMSSecureClient.getServerAddress(server, job["physical"])
        client = GXDLMSSecureClient(
            True,
            job["client"],
            server,
            AUTHENTICATION[security.get("authentication", "none")],
            bytes.fromhex(security.get("password") or "") or None,
            InterfaceType.HDLC if job["framing"] == "hdlc" else InterfaceType.WRAPPER,
        )
        cipher = client.ciphering
        cipher.security = POLICY[security.get("policy", "none")]
        for name, field in (
            ("system_title", "systemTitle"),
            ("encryption_key", "blockCipherKey"),
            ("authentication_key", "authenticationKey"),
            ("dedicated_key", "dedicatedKey"),
        ):
            if security.get(name):
                setattr(cipher, field, bytearray.fromhex(security[name]))
        cipher.invocationCounter = security.get("invocation_counter") or 1
        if security.get("envelope") == "glo":  # the library takes general-glo whenever it was negotiated
            client.proposedConformance &= ~Conformance.GENERAL_PROTECTION
        if job.get("gbt"):
            raise Unsupported("general-block-transfer (its receiver reads a setting that does not exist)")
        if job.get("max_pdu"):
            client.maxReceivePDUSize = job["max_pdu"]
        if job.get("gateway"):
            client.gateway = GXDLMSGateway()
            client.gateway.networkId = job["gateway"]["network"]
            client.gateway.physicalDeviceAddress = bytearray.fromhex(job["gateway"]["address"])
        if job.get("hdlc"):
            link = client.hdlcSettings
            link.maxInfoTX = link.maxInfoRX = job["hdlc"]["information"]
            link.windowSizeTX = link.windowSizeRX = job["hdlc"]["window"]
        return client

    def _associate(self) -> None:
        snrm = self.client.snrmRequest()
        if snrm:
            self.client.parseUAResponse(self._request(snrm).data)
        try:
            self.client.parseAareResponse(self._request(self.client.aarqRequest()).data)
        except GXDLMSException as error:
            result, diagnostic = int(error.result), int(error.diagnostic)
            raise Rejected(f"association-result {result} diagnostic {diagnostic} ({error.diagnostic!r})") from error
        except (GXDLMSExceptionResponse, GXDLMSConfirmedServiceError) as error:
            raise Rejected(f"association refused: {error}") from error
        if self.client.isAuthenticationRequired:
            reply = self._request(self.client.getApplicationAssociationRequest())
            self.client.parseApplicationAssociationResponse(reply.data)

    def _exchange(self, frame: bytes | None, reply: GXReplyData) -> None:
        """Send one frame, if any, and feed the library what comes until it has its answer."""
        if frame:
            self.sock.sendall(bytes(frame))
        received, notify = GXByteBuffer(), GXReplyData()
        for _ in range(MAX_EXCHANGES):
            chunk = self.sock.recv(65_536)
            if not chunk:
                raise LinkLost("the meter closed the connection")
            received.set(chunk)
            if self.client.getData(received, reply, notify):
                return
        raise LinkLost("no end to the answer")

    def _request(self, frames: Any, *, refusable: bool = True) -> GXReplyData:
        reply = GXReplyData()
        for frame in frames if isinstance(frames, list) else [frames]:
            reply.clear()
            try:
                self._exchange(frame, reply)
                for _ in range(MAX_EXCHANGES):
                    if not reply.isMoreData():
                        break
                    self._exchange(None if reply.isStreaming() else self.client.receiverReady(reply), reply)
            except GXDLMSExceptionResponse as error:
                state, service = int(error.exceptionStateError), int(error.exceptionServiceError)
                raise Rejected(f"exception-response state {state} service {service}") from error
        if reply.error < 0:
            raise LinkLost(f"HDLC error {reply.error}")
        if reply.error and refusable:
            kind = "action-result" if reply.command == Command.METHOD_RESPONSE else "data-access-result"
            raise Refusal(kind, int(reply.error))
        return reply

    def objects(self) -> list[dict[str, Any]]:
        data = self._request(self.client.getObjectsRequest()).data
        listed = self.client.parseObjects(data, False, False)
        self.versions = {(int(o.objectType), o.logicalName): o.version for o in listed}
        v3 = self.versions.get((15, "0.0.40.0.0.255"), 0) >= 3
        return [
            {
                "class": int(o.objectType),
                "version": o.version,
                "logical_name": o.logicalName,
                "attributes": [[a.index, int(a.access3 if v3 else a.access)] for a in o.attributes],
                "methods": [[m.index, int(m.methodAccess3 if v3 else m.methodAccess)] for m in o.methodAttributes],
            }
            for o in listed
        ]

    def _model(self, class_id: int, logical_name: str) -> GXDLMSObject:
        target = self.client.createObject(class_id)
        target.logicalName = logical_name
        target.version = self.versions.get((class_id, logical_name), target.version)
        return target

    def get(self, class_id: int, logical_name: str, attribute: int) -> dict[str, Any]:
        reply = self._request(self.client.read(Target(class_id, logical_name), attribute))
        problem = None
        if (class_id, attribute) not in {(7, 2), (15, 2)}:  # read by readers of their own, below and above
            try:
                self.client.updateValue(self._model(class_id, logical_name), attribute, reply.value)
            except Exception as error:  # noqa: BLE001  (what its object model makes of the value is the finding)
                problem = f"{type(error).__name__}: {error}"
        raw = bytes(reply.data.array())
        return {
            "value": [] if raw in EMPTY and reply.value is None else plain(reply.value),
            "type": raw[0] if raw else None,
            "raw": raw.hex(),
            "problem": problem,
        }

    def model(self, class_id: int, logical_name: str) -> dict[str, Any]:
        """Read every attribute of an object into the library's own class for it, and give that one's fields."""
        held = self._model(class_id, logical_name)
        for attribute in range(2, held.getAttributeCount() + 1):
            value = self._request(self.client.read(Target(class_id, logical_name), attribute)).value
            self.client.updateValue(held, attribute, value)
        return fields_of(held)

    def get_list(self, items: list[tuple[int, str, int]]) -> list[dict[str, Any]]:
        """Read a list. The library keeps only the last error of it, and None for every value that failed."""
        reply = GXReplyData()
        for frames in self.client.readList([(Target(c, ln), a) for c, ln, a in items]):
            reply = self._request(frames, refusable=False)
        error = str(Refusal("data-access-result", int(reply.error))) if reply.error else None
        return [{"value": plain(v), "error": error if v is None else None} for v in reply.value]

    def _profile(self, logical_name: str) -> GXDLMSProfileGeneric:
        profile = GXDLMSProfileGeneric(logical_name)
        profile.version = self.versions.get((7, logical_name), 1)
        self.client.updateValue(profile, 3, self._request(self.client.read(profile, 3)).value)
        return profile

    def _rows(self, profile: GXDLMSProfileGeneric, frames: Any) -> dict[str, Any]:
        self.client.updateValue(profile, 2, self._request(frames).value or [])
        columns = [[int(o.objectType), o.logicalName, c.attributeIndex, c.dataIndex] for o, c in profile.captureObjects]
        return {"columns": columns, "rows": plain(profile.buffer)}

    def get_range(self, logical_name: str, start: dt.datetime, end: dt.datetime) -> dict[str, Any]:
        profile = self._profile(logical_name)
        return self._rows(profile, self.client.readRowsByRange(profile, start, end))

    def get_entries(self, logical_name: str, first: int, last: int) -> dict[str, Any]:
        profile = self._profile(logical_name)
        return self._rows(profile, self.client.readRowsByEntry(profile, first, last - first + 1))

    def get_clock(self, logical_name: str) -> dt.datetime:
        clock = GXDLMSClock(logical_name)
        self.client.updateValue(clock, 2, self._request(self.client.read(clock, 2)).value)
        return clock.time.value

    def set(self, class_id: int, logical_name: str, attribute: int, kind: str, value: Any) -> None:
        self._request(self.client.write(Target(class_id, logical_name, *typed(kind, value)), attribute))

    def action(self, class_id: int, logical_name: str, method: int, kind: str, value: Any) -> Any:
        data_type, parameter = typed(kind, value)
        reply = self._request(self.client.method(Target(class_id, logical_name), method, parameter, data_type))
        return plain(reply.value)

    def count_from(self, counter: int) -> None:
        """Send the next protected message with this invocation counter."""
        self.client.ciphering.invocationCounter = counter

    def release(self) -> None:
        frames = self.client.releaseRequest()
        if frames:
            self._request(frames)

    def close(self) -> None:
        try:
            self.release()
            if self.client.interfaceType == InterfaceType.HDLC:
                self._request(self.client.disconnectRequest())
        finally:
            self.sock.close()


if __name__ == "__main__":
    main(GuruxPeer)
