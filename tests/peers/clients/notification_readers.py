"""Reads pushed octets with the three libraries: gurux-dlms, dlms-cosem and pydlms-client (see requirements.txt).

A job on stdin is {"frame": hex of one notification in the TCP wrapper, "service"}; the document on stdout says what
each made of it: the invoke id, the time, the values in order. dlms-cosem knows no EventNotification.
"""

import datetime as dt
import json
import sys
from typing import Any
from xml.etree import ElementTree as ET

from dlms_cosem.protocol.xdlms.data_notification import DataNotification
from dlms_cosem.utils import parse_as_dlms_data
from gurux_dlms import GXByteBuffer, GXDateTime, GXDLMSClient, GXDLMSTranslator, GXReplyData
from gurux_dlms.enums import Authentication, InterfaceType
from pydlms.apdu.xdlms import EventNotificationRequest, decode_apdu

WRAPPER = 8


def plain(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "value"):
        return plain(value.value)
    return value if isinstance(value, str | None) else int(value)


def moment(value: Any) -> str | None:
    if isinstance(value, GXDateTime):
        value = value.value
    return None if value is None else value.astimezone(dt.UTC).isoformat()


def by_gurux(frame: bytes) -> dict[str, Any]:
    source, client = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big")
    reader = GXDLMSClient(True, client, source, Authentication.NONE, None, InterfaceType.WRAPPER)
    reply, notify = GXReplyData(), GXReplyData()
    reader.getData(GXByteBuffer(frame), reply, notify)
    return {"at": moment(notify.time), "values": plain(notify.value)}


def gurux_xml(apdu: bytes) -> dict[str, Any]:
    """Read with the library's translator: its client (1.0.203) fails where it would hand an event over."""
    document = ET.fromstring(GXDLMSTranslator().pduToXml(apdu.hex()))
    descriptor = document.find("AttributeDescriptor")
    fields = [descriptor.find(name).get("Value") for name in ("ClassId", "InstanceId", "AttributeId")]
    body = document.find("AttributeValue")[0]
    values = [[one.tag, one.get("Value")] for one in body]
    return {"target": fields, "time": document.find("Time").get("Value"), "shape": body.tag, "values": values}


def by_dlms_cosem(apdu: bytes) -> dict[str, Any]:
    read = DataNotification.from_bytes(apdu)
    head = read.long_invoke_id_and_priority
    return {
        "invoke": head.long_invoke_id,
        "high": head.prioritized,
        "confirmed": head.confirmed,
        "at": moment(read.date_time),
        "values": plain(parse_as_dlms_data(read.body)),
    }


def by_pydlms(apdu: bytes) -> dict[str, Any]:
    read = decode_apdu(apdu)
    again = read.to_bytes().hex()
    if isinstance(read, EventNotificationRequest):
        target = read.attribute
        return {
            "target": [target.class_id, str(target.instance_id), target.attribute_id],
            "at": moment(read.timestamp.to_datetime()),
            "values": plain(read.value),
            "again": again,
        }
    return {
        "invoke": read.invoke_id,
        "high": read.high_priority,
        "confirmed": read.confirmed,
        "at": moment(read.timestamp.to_datetime()),
        "values": plain(read.body),
        "again": again,
    }


def main() -> None:
    job = json.load(sys.stdin)
    frame = bytes.fromhex(job["frame"])
    apdu = frame[WRAPPER:]
    found = {"pydlms": by_pydlms(apdu)}
    if job["service"] == "data-notification":
        found |= {"gurux": by_gurux(frame), "dlms-cosem": by_dlms_cosem(apdu)}
    else:
        found["gurux"] = gurux_xml(apdu)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
