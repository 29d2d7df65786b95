"""Clients that talk to a meter's session in APDUs: what the DLMS tests share.

The clients share codecs and ciphers with the meter, so they prove behaviour and not octets; octets are proved by the
vectors of the codec tests, by the transcripts in tests/wire and by tests/peers.
"""

from typing import Any

from dlms_bench import Bench, HdlcLine, WrapperLine

from emulator.device.profile import POLICIES
from emulator.dlms.codec.data import Data, Tag, decode, encode, structure
from emulator.dlms.codec.octets import Cursor, octet_string
from emulator.dlms.framing.hdlc_client import HdlcLimits
from emulator.dlms.pdu import acse
from emulator.dlms.pdu import services as wire
from emulator.dlms.pdu.acse import Aare, Aarq, Context, Mechanism, Release, read_aare
from emulator.dlms.pdu.general import ExceptionAnswer, read_exception
from emulator.dlms.pdu.initiate import InitiateRequest, InitiateResponse, read_initiate_response
from emulator.dlms.pdu.services import Reference, Request, Selection, read_response, reference, write_request
from emulator.dlms.pdu.tags import Apdu, Conformance
from emulator.dlms.protection import DEDICATED_REQUESTS, DEDICATED_RESPONSES, GLOBAL_REQUESTS, GLOBAL_RESPONSES
from emulator.dlms.security import AUTHENTICATED, ENCRYPTED, KEY_OCTETS, Cipher
from emulator.dlms.session import Session

TITLE = b"TSTCLNT1"
CHALLENGE = b"TEST challenge 1"
DEDICATED_KEY = bytes(range(0x40, 0x50))
INVOKE = 0xC1
FULL = AUTHENTICATED | ENCRYPTED
SAPS = {"public": 16, "reader": 32, "management": 1}

BLOCKS = Conformance.BLOCK_GET | Conformance.BLOCK_SET | Conformance.BLOCK_ACTION
SERVICES = Conformance.GET | Conformance.SET | Conformance.ACTION
USUAL = (
    SERVICES | BLOCKS | Conformance.MULTIPLE_REFERENCES | Conformance.SELECTIVE_ACCESS | Conformance.GENERAL_PROTECTION
)

IMPORT = reference(3, "1.0.1.8.0.255", 2)
CLOCK = reference(8, "0.0.1.0.0.255", 2)
NAME = reference(1, "0.0.42.0.0.255", 2)
OBJECT_LIST = reference(15, "0.0.40.0.0.255", 2)
PROFILE_BUFFER = reference(7, "1.0.99.1.0.255", 2)
HLS_REPLY = reference(15, "0.0.40.0.0.255", 1)


class Talker:
    """One client of one logical device, and its association when it has one."""

    def __init__(
        self,
        bench: Bench,
        level: str = "public",
        server: int = 1,
        session: Session | None = None,
        hdlc: HdlcLimits | None = None,
        client: int | None = None,
    ) -> None:
        self.bench, self.level = bench, level
        self.client = SAPS[level] if client is None else client
        session = session or bench.session()
        self.line: WrapperLine | HdlcLine = (
            WrapperLine(bench, self.client, server, session)
            if hdlc is None
            else HdlcLine(bench, self.client, server, session, hdlc)
        )
        held = bench.meter.records.credentials
        self.cipher = Cipher(held.encryption_key, held.authentication_key)
        self.dedicated: Cipher | None = None
        self.title = TITLE
        self.counter = held.seen.get(self.client, 0) + 1
        self.dedicated_counter = 1
        self.envelope = "plain"
        self.control = FULL
        self.server_title = b""
        self.heard: dict[str, int] = {}
        self.agreed: InitiateResponse | None = None
        self.aare: Aare | None = None

    # The association

    def aarq(self, **changes: Any) -> Aarq:
        """Give the AARQ that this client would send, with changes; `proposal` and its keys are its InitiateRequest."""
        profile = self.bench.meter.site.profile
        who = getattr(profile.associations, self.level)
        proposal: InitiateRequest = changes.pop("proposal", None) or InitiateRequest(
            changes.pop("conformance", USUAL),
            changes.pop("max_pdu", 0xFFFF),
            changes.pop("dedicated", None),
            changes.pop("version", 6),
        )
        information = proposal.to_bytes()
        ciphered = POLICIES[who.policy] or who.authentication == "hls-gmac" or changes.pop("ciphered", False)
        if ciphered:
            message = self.cipher.protect(self.control, self.title, self.take_counter(), information)
            information = bytes((Apdu.GLO_INITIATE_REQUEST,)) + octet_string(message)
        if len(proposal.dedicated_key or b"") == KEY_OCTETS:
            self.dedicated = self.cipher.with_key(proposal.dedicated_key or b"")
        fields: dict[str, Any] = {
            "context": Context.LN_CIPHERED if ciphered else Context.LN,
            "user_information": information,
            "title": self.title if ciphered else None,
        }
        if who.authentication == "lls":
            password = self.bench.meter.site.password(self.level)
            fields |= {"requirements": True, "mechanism": Mechanism.LLS, "authentication": password}
        if who.authentication == "hls-gmac":
            fields |= {"requirements": True, "mechanism": Mechanism.HLS_GMAC, "authentication": CHALLENGE}
        return Aarq(**(fields | changes))

    def associate(self, **changes: Any) -> "Talker":
        """Open the association, through both challenges where there are any."""
        envelope = changes.pop("envelope", None)
        aare = self.open(**changes)
        assert aare.result == acse.Result.ACCEPTED, aare
        if aare.mechanism == Mechanism.HLS_GMAC:
            self.prove(aare)
        self.envelope = envelope or self.envelope
        return self

    def open(self, **changes: Any) -> Aare:
        """Send the AARQ and take the AARE in."""
        aare = read_aare(self.send(self.aarq(**changes).to_bytes()))
        self.aare = aare
        if aare.result != acse.Result.ACCEPTED:
            return aare
        self.server_title = aare.title or b""
        information = aare.user_information or b""
        if information[0] == Apdu.GLO_INITIATE_RESPONSE:
            self.envelope = "glo"
            information = self.opened("glo", Cursor(information, 1).octet_string())
        self.agreed = read_initiate_response(information)
        return aare

    def prove(self, aare: Aare) -> None:
        """Answer the meter's challenge and check its answer to ours."""
        assert aare.authentication is not None
        answer = self.cipher.answer_challenge(self.title, self.take_counter(), aare.authentication)
        replied = self.action(HLS_REPLY, Data(Tag.OCTET_STRING, answer))
        assert replied.results == (0,), replied
        self.cipher.verify_answer(self.server_title, replied.values[0].value, CHALLENGE)

    def release(self, apdu: bytes | None = None) -> bytes:
        return self.send(Release(0).to_bytes(Apdu.RLRQ) if apdu is None else apdu)

    def take_counter(self, *, dedicated: bool = False) -> int:
        if dedicated:
            self.dedicated_counter += 1
            return self.dedicated_counter - 1
        self.counter += 1
        return self.counter - 1

    # Messages

    def send(self, apdu: bytes) -> bytes:
        """Send octets as they are and give the APDU that comes back."""
        return self.line.exchange(apdu)

    def wrap(self, plain: bytes, envelope: str | None = None, counter: int | None = None) -> bytes:
        """Put an APDU into an envelope."""
        envelope = envelope or self.envelope
        if envelope == "plain":
            return plain
        dedicated = envelope.endswith("ded")
        cipher = self.dedicated if dedicated else self.cipher
        assert cipher is not None
        taken = self.take_counter(dedicated=dedicated) if counter is None else counter
        message = cipher.protect(self.control, self.title, taken, plain)
        if envelope.startswith("general"):
            tag = Apdu.GENERAL_DED_CIPHERING if dedicated else Apdu.GENERAL_GLO_CIPHERING
            return bytes((tag,)) + octet_string(self.title) + octet_string(message)
        requests = DEDICATED_REQUESTS if dedicated else GLOBAL_REQUESTS
        return bytes((next(tag for tag, inner in requests.items() if inner == plain[0]),)) + octet_string(message)

    def unwrap(self, reply: bytes, envelope: str | None = None) -> bytes:
        """Take a reply out of the envelope it must have come in. Exceptions come plain."""
        envelope = envelope or self.envelope
        if envelope == "plain" or reply[:1] == bytes((Apdu.EXCEPTION_RESPONSE,)):
            return reply
        cursor = Cursor(reply, 1)
        if envelope.startswith("general"):
            dedicated = envelope.endswith("ded")
            assert reply[0] == (Apdu.GENERAL_DED_CIPHERING if dedicated else Apdu.GENERAL_GLO_CIPHERING)
            assert cursor.octet_string() == self.server_title
            return self.opened(envelope[8:], cursor.octet_string())
        plain = self.opened(envelope, cursor.octet_string())
        responses = DEDICATED_RESPONSES if envelope == "ded" else GLOBAL_RESPONSES
        assert reply[0] == responses[Apdu(plain[0])]
        return plain

    def opened(self, key: str, message: bytes) -> bytes:
        """Open a message from the meter; its counters must rise."""
        cipher = self.dedicated if key == "ded" else self.cipher
        assert cipher is not None
        secured = cipher.open(self.server_title, message)
        assert secured.control == self.control
        assert secured.counter > self.heard.get(key, -1)
        self.heard[key] = secured.counter
        return secured.plain

    def exchange(self, plain: bytes, envelope: str | None = None) -> bytes:
        """Send an APDU in an envelope and give the plain one that comes back."""
        return self.unwrap(self.send(self.wrap(plain, envelope)), envelope)

    def ask(self, request: Request, envelope: str | None = None) -> wire.Response | ExceptionAnswer:
        reply = self.exchange(write_request(request), envelope)
        return read_exception(reply) if reply[0] == Apdu.EXCEPTION_RESPONSE else read_response(reply)

    # Services

    def get(self, target: Reference, envelope: str | None = None) -> wire.Response | ExceptionAnswer:
        return self.ask(Request(Apdu.GET_REQUEST, wire.NORMAL, INVOKE, (target,)), envelope)

    def read(self, target: Reference, envelope: str | None = None) -> Data:
        """Read an attribute, in blocks if it comes so."""
        answer = self.get(target, envelope)
        assert isinstance(answer, wire.Response), answer
        if answer.kind == wire.NORMAL:
            assert answer.results == (0,), answer
            return answer.values[0]
        return decode(self.blocks(answer, envelope))

    def blocks(self, answer: wire.Response, envelope: str | None = None) -> bytes:
        """Fetch the blocks that follow a first one."""
        octets = b""
        for number in range(1, 10_000):
            assert answer.block is not None
            assert not answer.results, answer
            assert answer.block.number == number
            octets += answer.block.octets
            if answer.block.last:
                return octets
            following = Request(Apdu.GET_REQUEST, wire.GET_NEXT, INVOKE, block_number=number)
            answer = self.ask(following, envelope)
            assert isinstance(answer, wire.Response), answer
        raise AssertionError("no end")

    def result(self, target: Reference) -> int:
        """Give the result of reading an attribute: 0 also where a first block came."""
        answer = self.get(target)
        assert isinstance(answer, wire.Response), answer
        return answer.results[0] if answer.results else 0

    def set(self, target: Reference, value: Data, envelope: str | None = None) -> int:
        answer = self.ask(Request(Apdu.SET_REQUEST, wire.NORMAL, INVOKE, (target,), (value,)), envelope)
        assert isinstance(answer, wire.Response), answer
        return answer.results[0]

    def set_long(self, target: Reference, value: Data, size: int = 512) -> int:
        """Write an attribute block by block."""
        whole = encode(value)
        pieces = [whole[place : place + size] for place in range(0, len(whole), size)]
        for number, piece in enumerate(pieces, 1):
            block = wire.Block(number == len(pieces), number, piece)
            kind, targets = (wire.SET_FIRST_BLOCK, (target,)) if number == 1 else (wire.SET_BLOCK, ())
            answer = self.ask(Request(Apdu.SET_REQUEST, kind, INVOKE, targets, block=block))
            assert isinstance(answer, wire.Response), answer
        return answer.results[0]

    def action(self, target: Reference, value: Data | None = None, envelope: str | None = None) -> wire.Response:
        answer = self.ask(Request(Apdu.ACTION_REQUEST, wire.NORMAL, INVOKE, (target,), (value,)), envelope)
        assert isinstance(answer, wire.Response), answer
        return answer

    def invoke(self, target: Reference, value: Data | None = None) -> int:
        return self.action(target, value).results[0]


def talk(level: str = "public", bench: Bench | None = None, **changes: Any) -> Talker:
    """Give an associated client of a new meter, or of a given one."""
    return Talker(bench or Bench(), level).associate(**changes)


def u8(value: int) -> Data:
    return Data(Tag.UNSIGNED, value)


def u16(value: int) -> Data:
    return Data(Tag.LONG_UNSIGNED, value)


def u32(value: int) -> Data:
    return Data(Tag.DOUBLE_LONG_UNSIGNED, value)


def octets(value: bytes) -> Data:
    return Data(Tag.OCTET_STRING, value)


def by_entry(first: int, last: int, first_column: int = 1, last_column: int = 0) -> Selection:
    """Give an entry selection."""
    return Selection(2, structure(u32(first), u32(last), u16(first_column), u16(last_column)))


CLOCK_COLUMN = structure(u16(8), octets(bytes((0, 0, 1, 0, 0, 255))), Data(Tag.INTEGER, 2), u16(0))
