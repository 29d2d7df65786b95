"""The client's side of an association, without I/O: each exchange is a generator of APDUs to send and to receive.

It shares codecs and keys' handling with the meter, so it proves nothing about it (D9); `tests/peers` does.
"""

from collections.abc import Generator

from emulator.device.profile import POLICIES
from emulator.dlms.access import Access
from emulator.dlms.codec.data import Data, Tag, decode, encode
from emulator.dlms.codec.octets import Cursor, octet_string
from emulator.dlms.pdu import services as wire
from emulator.dlms.pdu.acse import Aarq, Context, Mechanism, Release, Result, read_aare
from emulator.dlms.pdu.general import read_exception
from emulator.dlms.pdu.initiate import InitiateRequest, read_initiate_response
from emulator.dlms.pdu.services import Block, Reference, Request, Response, read_response, reference, write_request
from emulator.dlms.pdu.tags import Apdu, Conformance, DataAccessResult, ServiceError
from emulator.dlms.protection import CONTROL_OF_POLICY, GLOBAL_REQUESTS, GLOBAL_RESPONSES, OVERHEAD_OCTETS
from emulator.dlms.security import Cipher, SecurityError

TITLE = b"MFHEADEN"
MAX_PDU = 0xFFFF
MAX_BLOCKS = 10_000
PROPOSED = (
    Conformance.BLOCK_GET
    | Conformance.BLOCK_SET
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.GET
    | Conformance.SET
    | Conformance.SELECTIVE_ACCESS
    | Conformance.ACTION
)
_CONFIRMED, _INVOKE_IDS = 0xC0, 16  # high priority, confirmed; the invoke-id is the lower four bits
_RESPONSES = {
    Apdu.GET_REQUEST: Apdu.GET_RESPONSE,
    Apdu.SET_REQUEST: Apdu.SET_RESPONSE,
    Apdu.ACTION_REQUEST: Apdu.ACTION_RESPONSE,
}
_BLOCK_HEAD = 3 + 10 + 5 + 3  # service, target, last flag and number, length
_MECHANISMS = {"none": None, "lls": Mechanism.LLS, "hls-gmac": Mechanism.HLS_GMAC}
_ENVELOPES = {plain: envelope for envelope, plain in GLOBAL_REQUESTS.items()}
_OPENED = {envelope: plain for plain, envelope in GLOBAL_RESPONSES.items()}
_HLS_REPLY = reference(15, "0.0.40.0.0.255", 1)

Exchange = Generator[bytes, bytes, "Answer"]


class NotAssociatedError(Exception):
    """The meter did not open the association."""


class ServiceRefusedError(Exception):
    """The meter answered a request with an exception, or with what no service allows."""


class BrokenAnswerError(ServiceRefusedError):
    """What came is no answer to what was asked, or none that can be trusted: it may have been done or not."""


class Answer:
    """What came of one exchange: a result, and data where there is some."""

    __slots__ = ("data", "result")

    def __init__(self, result: int = 0, data: Data | None = None) -> None:
        self.result = result
        self.data = data

    @property
    def accepted(self) -> bool:
        """Whether the result is success."""
        return self.result == DataAccessResult.SUCCESS

    @property
    def reason(self) -> str:
        """The result's name in words."""
        try:
            return DataAccessResult(self.result).name.lower()
        except ValueError:
            return f"result {self.result}"


class Client:
    """One association as its client sees it. `counter` is the next invocation counter to send with."""

    def __init__(self, access: Access, counter: int = 1, challenge: bytes = b"") -> None:
        self._access = access
        self._control = CONTROL_OF_POLICY[POLICIES[access.policy]]
        self._ciphered = bool(self._control) or access.authentication == "hls-gmac"
        self._cipher = Cipher(access.encryption_key, access.authentication_key)
        self._counter = counter
        self._heard = -1
        self._invoke = 0
        self._challenge = challenge
        self._server_title = b""
        self.max_pdu = MAX_PDU

    def _next_counter(self) -> int:
        self._counter += 1
        return self._counter - 1

    def _next_invoke(self) -> int:
        self._invoke = (self._invoke + 1) % _INVOKE_IDS
        return _CONFIRMED | self._invoke

    def associate(self) -> Exchange:
        """Open the association, with both challenges where there are any. Raises NotAssociatedError."""
        access = self._access
        proposal = InitiateRequest(PROPOSED, MAX_PDU).to_bytes()
        if self._control:
            message = self._cipher.protect(self._control, TITLE, self._next_counter(), proposal)
            proposal = bytes((Apdu.GLO_INITIATE_REQUEST,)) + octet_string(message)
        mechanism = _MECHANISMS[access.authentication]
        asked = Aarq(
            Context.LN_CIPHERED if self._ciphered else Context.LN,
            proposal,
            title=TITLE if self._ciphered else None,
            requirements=mechanism is not None,
            mechanism=mechanism,
            authentication={"none": None, "lls": access.password, "hls-gmac": self._challenge}[access.authentication],
        )
        reply = yield asked.to_bytes()
        if reply[:1] == bytes((Apdu.EXCEPTION_RESPONSE,)):
            raise NotAssociatedError(f"the meter answered {read_exception(reply)}")
        aare = read_aare(reply)
        if aare.result != Result.ACCEPTED:
            raise NotAssociatedError(f"refused: result {aare.result}, diagnostic {aare.diagnostic}")
        self._server_title = aare.title or b""
        information = aare.user_information or b""
        if information[:1] == bytes((Apdu.GLO_INITIATE_RESPONSE,)):
            information = self._open(Cursor(information, 1).octet_string())
        self.max_pdu = read_initiate_response(information).max_pdu
        if mechanism is Mechanism.HLS_GMAC:
            yield from self._prove(aare.authentication or b"")
        return Answer()

    def _prove(self, challenge: bytes) -> Exchange:
        ours = self._cipher.answer_challenge(TITLE, self._next_counter(), challenge)
        answer = yield from self.action(_HLS_REPLY, Data(Tag.OCTET_STRING, ours))
        if not answer.accepted or answer.data is None:
            raise NotAssociatedError("the meter did not take our answer to its challenge")
        try:
            self._cipher.verify_answer(self._server_title, answer.data.value, self._challenge)
        except SecurityError as error:
            raise NotAssociatedError(f"the meter's answer to our challenge: {error}") from error
        return answer

    def release(self) -> Exchange:
        """Close the association."""
        reply = yield Release(0).to_bytes(Apdu.RLRQ)
        if reply[:1] != bytes((Apdu.RLRE,)):
            raise BrokenAnswerError("the release was not confirmed")
        return Answer()

    def get(self, target: Reference) -> Exchange:
        """Read an attribute, in blocks if need be."""
        asked = Request(Apdu.GET_REQUEST, wire.NORMAL, self._next_invoke(), (target,))
        answer = yield from self._ask(asked)
        if answer.kind == wire.NORMAL:
            return Answer(answer.results[0], answer.values[0])
        received = bytearray()
        for number in range(1, MAX_BLOCKS + 1):
            if answer.block is None or answer.results:
                return Answer(answer.results[0] if answer.results else DataAccessResult.OTHER_REASON)
            if answer.block.number != number:
                raise BrokenAnswerError(f"block {answer.block.number} came in place of block {number}")
            received += answer.block.octets
            if answer.block.last:
                return Answer(0, decode(bytes(received)))
            following = Request(Apdu.GET_REQUEST, wire.GET_NEXT, asked.invoke, block_number=number)
            answer = yield from self._ask(following)
        raise BrokenAnswerError("the answer has no end")

    def set(self, target: Reference, value: Data) -> Exchange:
        """Write an attribute, in blocks if it does not fit into one request."""
        asked = Request(Apdu.SET_REQUEST, wire.NORMAL, self._next_invoke(), (target,), (value,))
        if len(write_request(asked)) + OVERHEAD_OCTETS <= self.max_pdu:
            return Answer((yield from self._ask(asked)).results[0])
        octets, size = encode(value), self.max_pdu - OVERHEAD_OCTETS - _BLOCK_HEAD
        for place in range(0, len(octets), size):
            block = Block(place + size >= len(octets), place // size + 1, octets[place : place + size])
            first = not place
            kind, targets = (wire.SET_FIRST_BLOCK, (target,)) if first else (wire.SET_BLOCK, ())
            part = Request(Apdu.SET_REQUEST, kind, asked.invoke, targets, block=block)
            answer = yield from self._ask(part)
            if answer.results:
                return Answer(answer.results[0])
        raise BrokenAnswerError("a long write had no result")

    def action(self, target: Reference, value: Data | None) -> Exchange:
        """Invoke a method."""
        answer = yield from self._ask(
            Request(Apdu.ACTION_REQUEST, wire.NORMAL, self._next_invoke(), (target,), (value,))
        )
        return Answer(answer.results[0], answer.values[0])

    def _ask(self, asked: Request) -> Generator[bytes, bytes, Response]:
        plain = write_request(asked)
        if len(plain) > self.max_pdu:
            raise ServiceRefusedError(f"a request of {len(plain)} octets; the meter takes {self.max_pdu}")
        if self._control:
            message = self._cipher.protect(self._control, TITLE, self._next_counter(), plain)
            plain = bytes((_ENVELOPES[asked.service],)) + octet_string(message)
        reply = yield plain
        if reply[:1] == bytes((Apdu.EXCEPTION_RESPONSE,)):
            refused = read_exception(reply)
            told = f"exception: state error {refused.state}, service error {refused.service}"
            if refused.service == ServiceError.INVOCATION_COUNTER_ERROR:  # it may be about a request that came twice
                raise BrokenAnswerError(told)
            raise ServiceRefusedError(told)
        if self._control:
            if reply[:1] == b"" or reply[0] not in _OPENED:
                raise BrokenAnswerError("an unprotected answer")
            reply = self._open(Cursor(reply, 1).octet_string())
        answer = read_response(reply)
        if (answer.service, answer.invoke) != (_RESPONSES[asked.service], asked.invoke):
            raise BrokenAnswerError("an answer to another request")
        return answer

    def _open(self, message: bytes) -> bytes:
        try:
            secured = self._cipher.open(self._server_title, message)
        except SecurityError as error:
            raise BrokenAnswerError(f"the answer is not authentic: {error}") from error
        if secured.counter <= self._heard or secured.control & self._control != self._control:
            raise BrokenAnswerError("the answer is not fresh, or protected too weakly")
        self._heard = secured.counter
        return secured.plain
