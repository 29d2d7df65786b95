"""Decoding for people: captured octets, from framing to data, as named parts. It needs no key and no association."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from emulator.device.instant import isoformat
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, plain
from emulator.dlms.codec.octets import Cursor
from emulator.dlms.errors import PduError
from emulator.dlms.framing.hdlc_frame import CONTROLS, FrameKind, HdlcDeframer, decode_address
from emulator.dlms.framing.wrapper import WrapperDeframer
from emulator.dlms.objects.kinds import KINDS
from emulator.dlms.pdu import acse
from emulator.dlms.pdu.general import read_exception, read_general_block
from emulator.dlms.pdu.initiate import read_initiate_request, read_initiate_response
from emulator.dlms.pdu.notification import DataNotification, Notification, read_notification
from emulator.dlms.pdu.services import Reference, Request, Response, read_request, read_response
from emulator.dlms.pdu.tags import Apdu, Conformance, DataAccessResult, ServiceError, StateError
from emulator.dlms.protection import DEDICATED_RESPONSES, GLOBAL_RESPONSES, PROTECTED

FLAG = 0x7E
LLC_OCTETS = 3
MAX_SHOWN = 200


class Part(NamedTuple):
    """One line of a decoding: how deep, what, its value, and whether it says that something is wrong."""

    depth: int
    name: str
    value: str = ""
    fault: bool = False


Opener = Callable[[bytes], bytes | None]
"""Takes an APDU out of its envelope; None where no key that is known fits."""


def decode_octets(octets: bytes) -> list[Part]:
    """Decode frames or a bare APDU. Never raises: what cannot be read becomes a part that says so."""
    if octets[:1] == bytes((FLAG,)):
        return list(_hdlc(octets))
    if octets[:2] == b"\x00\x01":
        return list(_wrapped(octets))
    return list(decode_apdu(octets, 0))


def _wrapped(octets: bytes) -> Iterator[Part]:
    deframer = WrapperDeframer()
    for datagram in deframer.feed(octets):
        yield Part(0, "wrapper", f"from {datagram.source} to {datagram.destination}, {len(datagram.apdu)} octets")
        yield from decode_apdu(datagram.apdu, 1)
    if deframer.error is not None:
        yield Part(0, "broken", str(deframer.error), fault=True)
    elif deframer.pending:
        yield Part(0, "broken", "a frame is cut short", fault=True)


def _hdlc(octets: bytes) -> Iterator[Part]:
    deframer = HdlcDeframer()
    information = b""
    for frame in deframer.feed(octets):
        control = CONTROLS[frame.control]
        addresses = [decode_address(address) for address in (frame.source, frame.destination)]
        source, destination = (str(one.upper) if one.lower is None else f"{one.upper}/{one.lower}" for one in addresses)
        poll = ", P/F" if control.poll_final else ""
        yield Part(0, f"HDLC {control.kind.name}", f"from {source} to {destination}{poll}")
        if control.kind not in {FrameKind.I, FrameKind.UI}:
            if frame.information:
                yield Part(1, "information", frame.information.hex(" "))
            continue
        information += frame.information
        if not frame.segmented:
            yield from decode_apdu(information[LLC_OCTETS:], 1)
            information = b""
    for kind, count in deframer.rejected.items():
        yield Part(0, "broken", f"{count} frame rejected: {kind}", fault=True)
    if deframer.pending:
        yield Part(0, "broken", "a frame is cut short", fault=True)


def decode_apdu(octets: bytes, depth: int, opener: Opener | None = None) -> list[Part]:
    """Decode one APDU; with an opener, what is protected is opened."""
    try:
        return list(_apdu(octets, depth, opener))
    except PduError as error:
        return [Part(depth, "broken", f"{error}: {octets[:MAX_SHOWN].hex(' ')}", fault=True)]


def _apdu(octets: bytes, depth: int, opener: Opener | None) -> Iterator[Part]:
    if not octets or octets[0] not in Apdu._value2member_map_:
        yield Part(depth, "broken", f"no APDU: {octets[:MAX_SHOWN].hex(' ')}", fault=True)
        return
    tag = Apdu(octets[0])
    if tag in {Apdu.GET_REQUEST, Apdu.SET_REQUEST, Apdu.ACTION_REQUEST}:
        yield from _request(read_request(octets), depth)
    elif tag in {Apdu.GET_RESPONSE, Apdu.SET_RESPONSE, Apdu.ACTION_RESPONSE}:
        yield from _response(read_response(octets), depth)
    elif tag is Apdu.AARQ:
        yield from _aarq(acse.read_aarq(octets), depth, opener)
    elif tag is Apdu.AARE:
        yield from _aare(acse.read_aare(octets), depth, opener)
    elif tag in {Apdu.RLRQ, Apdu.RLRE}:
        yield Part(depth, tag.name, f"reason {acse.read_release(octets).reason}")
    elif tag is Apdu.EXCEPTION_RESPONSE:
        yield from _exception(octets, depth)
    elif tag is Apdu.GENERAL_BLOCK_TRANSFER:
        block = read_general_block(octets)
        yield Part(depth, tag.name, f"block {block.number}, acknowledges {block.acknowledged}, last {block.last}")
        yield Part(depth + 1, "octets", block.octets[:MAX_SHOWN].hex(" "))
    elif tag in {Apdu.INITIATE_REQUEST, Apdu.INITIATE_RESPONSE}:
        yield from _initiate(octets, depth)
    elif tag in {Apdu.DATA_NOTIFICATION, Apdu.EVENT_NOTIFICATION}:
        yield from _notification(read_notification(octets), tag, depth)
    elif tag in _ENVELOPES:
        yield from _protected(octets, tag, depth, opener)
    else:
        yield Part(depth, tag.name, octets[1 : 1 + MAX_SHOWN].hex(" "))


_ENVELOPES = {
    *PROTECTED,
    *GLOBAL_RESPONSES.values(),
    *DEDICATED_RESPONSES.values(),
    Apdu.GLO_INITIATE_REQUEST,
    Apdu.GLO_INITIATE_RESPONSE,
}


def _reference(reference: Reference) -> str:
    kind = KINDS.get(reference.class_id)
    name = "?" if kind is None else kind.name
    return f"{name} ({reference.class_id}) {reference.logical_name} number {reference.number}"


def _request(asked: Request, depth: int) -> Iterator[Part]:
    yield Part(depth, asked.service.name, f"type {asked.kind}, invoke id 0x{asked.invoke:02x}")
    for reference in asked.references:
        yield Part(depth + 1, "target", _reference(reference))
        if reference.selection is not None:
            yield Part(depth + 2, "selector", str(reference.selection.selector))
            yield from _data(reference.selection.parameters, depth + 2)
    for value in asked.values:
        if value is not None:
            yield from _data(value, depth + 1)
    if asked.block is not None:
        yield Part(
            depth + 1, "block", f"{asked.block.number}, last {asked.block.last}, {len(asked.block.octets)} octets"
        )
    elif not asked.references:
        yield Part(depth + 1, "block number", str(asked.block_number))


def _response(answer: Response, depth: int) -> Iterator[Part]:
    yield Part(depth, answer.service.name, f"type {answer.kind}, invoke id 0x{answer.invoke:02x}")
    values = answer.values or (None,) * len(answer.results)
    for result, value in zip(answer.results, values, strict=True):
        yield Part(depth + 1, "result", _named(DataAccessResult, result))
        if value is not None:
            yield from _data(value, depth + 1)
    if answer.block is not None:
        block = answer.block
        yield Part(depth + 1, "block", f"{block.number}, last {block.last}, {len(block.octets)} octets")


def _named(kind: type[DataAccessResult | StateError | ServiceError | acse.Result], number: int) -> str:
    member = kind._value2member_map_.get(number)
    return f"{number} ({member.name.lower()})" if isinstance(member, kind) else str(number)


def _aarq(asked: acse.Aarq, depth: int, opener: Opener | None) -> Iterator[Part]:
    yield Part(depth, "AARQ", f"application context {asked.context}")
    if asked.title is not None:
        yield Part(depth + 1, "system title", asked.title.hex(" "))
    if asked.mechanism is not None:
        yield Part(depth + 1, "authentication mechanism", str(asked.mechanism))
    if asked.authentication is not None:
        yield Part(depth + 1, "authentication value", f"{len(asked.authentication)} octets")
    if asked.user_information:
        yield from decode_apdu(asked.user_information, depth + 1, opener)


def _aare(answer: acse.Aare, depth: int, opener: Opener | None) -> Iterator[Part]:
    yield Part(depth, "AARE", f"application context {answer.context}")
    yield Part(depth + 1, "result", _named(acse.Result, answer.result))
    source = "provider" if answer.by_provider else "user"
    yield Part(depth + 1, "diagnostic", f"{answer.diagnostic} (service {source})")
    if answer.title is not None:
        yield Part(depth + 1, "system title", answer.title.hex(" "))
    if answer.user_information:
        yield from decode_apdu(answer.user_information, depth + 1, opener)


def _initiate(octets: bytes, depth: int) -> Iterator[Part]:
    if octets[0] == Apdu.INITIATE_REQUEST:
        asked = read_initiate_request(octets)
        yield Part(depth, "InitiateRequest", f"DLMS version {asked.version}, largest PDU {asked.max_pdu}")
        yield Part(depth + 1, "conformance", _bits(asked.conformance))
        if asked.dedicated_key is not None:
            yield Part(depth + 1, "dedicated key", f"{len(asked.dedicated_key)} octets")
        return
    answer = read_initiate_response(octets)
    yield Part(depth, "InitiateResponse", f"DLMS version {answer.version}, largest PDU {answer.max_pdu}")
    yield Part(depth + 1, "conformance", _bits(answer.conformance))


def _notification(told: Notification, tag: Apdu, depth: int) -> Iterator[Part]:
    if isinstance(told, DataNotification):
        high = ", high priority" if told.high_priority else ""
        yield Part(depth, tag.name, f"long invoke id {told.invoke}{high}")
    else:
        target = Reference(told.class_id.to_bytes(2, "big") + told.logical_name + bytes((told.attribute,)))
        yield Part(depth, tag.name)
        yield Part(depth + 1, "target", _reference(target))
    if told.at is not None:
        yield Part(depth + 1, "time", isoformat(told.at))
    yield from _data(told.body if isinstance(told, DataNotification) else told.value, depth + 1)


def _bits(block: Conformance) -> str:
    return ", ".join((bit.name or hex(bit)).lower() for bit in Conformance if bit in block)


def _exception(octets: bytes, depth: int) -> Iterator[Part]:
    answer = read_exception(octets)
    yield Part(depth, "exception-response", _named(StateError, answer.state))
    yield Part(depth + 1, "service error", _named(ServiceError, answer.service))
    if answer.counter is not None:
        yield Part(depth + 1, "expected counter", str(answer.counter))


def _protected(octets: bytes, tag: Apdu, depth: int, opener: Opener | None) -> Iterator[Part]:
    cursor = Cursor(octets, 1)
    plain = None if opener is None else opener(octets)
    yield Part(depth, tag.name, "protected" if plain else "protected: its content needs the key")
    if tag in {Apdu.GENERAL_GLO_CIPHERING, Apdu.GENERAL_DED_CIPHERING}:
        yield Part(depth + 1, "system title", cursor.octet_string().hex(" "))
    inside = Cursor(cursor.octet_string())
    yield Part(depth + 1, "security control", f"0x{inside.u8():02x}")
    yield Part(depth + 1, "invocation counter", str(inside.u32()))
    if plain:
        yield from decode_apdu(plain, depth + 1, opener)
    else:
        yield Part(depth + 1, "octets", inside.rest()[:MAX_SHOWN].hex(" "))


def _data(data: Data, depth: int) -> Iterator[Part]:
    name = data.tag.name.lower().replace("_", "-")
    if data.tag in {Tag.ARRAY, Tag.STRUCTURE}:
        yield Part(depth, name, f"{len(data.value)} items")
        for item in data.value:
            yield from _data(item, depth + 1)
        return
    yield Part(depth, name, _scalar(data))


def _scalar(data: Data) -> str:
    if data.tag is Tag.OCTET_STRING and len(data.value) == 12:
        try:
            from_octets = datetimes.decode(data.value)
        except PduError:
            return str(plain(data))
        return f"{data.value.hex()} ({isoformat(from_octets)})"
    return str(plain(data))
