"""An association: one client at one logical device, from AARQ to release, and every APDU between.

    idle --AARQ--> open                     (no authentication, or a password)
    idle --AARQ--> pending --reply_to_HLS--> open
    open, pending --RLRQ, link gone, a new AARQ--> idle

An AARQ in an open association opens it anew (*assumed*: meters differ). Requests outside an association, of unknown
services, or protected wrongly get the exception-response of IEC 62056-5-3, 7.3.14.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from emulator.device.commands import Command
from emulator.device.configuration import REPLAY, AccessRejected, Associated, AuthenticationRejected
from emulator.device.meter import Outcome
from emulator.device.tamper import MalformedReceived
from emulator.dlms.codec.data import Data, Tag
from emulator.dlms.codec.octets import Cursor, octet_string
from emulator.dlms.errors import PduError
from emulator.dlms.establishment import Opening, establish
from emulator.dlms.general_blocks import GeneralBlocks
from emulator.dlms.logical_device import LogicalDevices
from emulator.dlms.objects.administration import METER_SAP
from emulator.dlms.objects.object_list import ObjectList, object_list
from emulator.dlms.objects.rows import Level, Terms
from emulator.dlms.pdu import services as wire
from emulator.dlms.pdu.acse import Release, read_release
from emulator.dlms.pdu.general import BROKEN, DECIPHERING, NOT_ALLOWED, TOO_LONG, UNKNOWN, exception_response
from emulator.dlms.pdu.initiate import InitiateResponse
from emulator.dlms.pdu.needs import BLOCKS_AND_LISTS, SERVICES
from emulator.dlms.pdu.tags import Apdu, Conformance, DataAccessResult, ServiceError, StateError
from emulator.dlms.protection import (
    CONTROL_OF_POLICY,
    OVERHEAD_OCTETS,
    PROTECTED,
    Envelope,
    ReplayError,
    is_dedicated,
    open_request,
    protect_reply,
)
from emulator.dlms.security import MAX_COUNTER, Cipher, Secured, SecurityError
from emulator.dlms.services import Services

_NO_TERMS = Terms()
UNLIMITED = 8 * 1024 * 1024  # more than the longest log
SHORT_GET_OCTETS = 13  # of one attribute without selective access
_GET_NORMAL = bytes((Apdu.GET_REQUEST, wire.NORMAL))
_NOTHING = ObjectList((), Level.PUBLIC)
Relay = Callable[[int, int, bytes], bytes]


class State(Enum):
    """How far the association has come."""

    IDLE = "idle"
    PENDING = "pending"
    OPEN = "open"


class Association:
    """One client's association; it is also the `View` that the object rows read through."""

    __slots__ = (
        "_asker",
        "_blocks",
        "_ciphered",
        "_client_challenge",
        "_dedicated",
        "_dedicated_seen",
        "_fresh_above",
        "_list",
        "_plain",
        "_relay",
        "_server_challenge",
        "_services",
        "client",
        "device",
        "meter",
        "server",
        "state",
        "terms",
    )

    def __init__(self, device: LogicalDevices, client: int, server: int, relay: Relay | None = None) -> None:
        """Begin idle. `relay` takes what is headed to another device, and gives its answer."""
        self.device = device
        self.meter: Any = device.shown(server)  # the device that the rows read
        self.client = client
        self.server = server
        self._relay = relay
        self._asker = device.watch.asker(device, client, server)
        self._close()

    def _close(self) -> None:
        self.state = State.IDLE
        self.terms = _NO_TERMS
        self._ciphered = False
        self._dedicated: Cipher | None = None
        self._dedicated_seen = -1
        self._fresh_above = -1
        self._client_challenge: bytes | None = None
        self._server_challenge: bytes | None = None
        self._list = _NOTHING
        self._services = Services(self, self._list, 0, {}, Conformance(0))
        self._blocks: GeneralBlocks | None = None
        self._plain = False

    # The view that rows have.

    @property
    def address(self) -> tuple[str, int]:
        """The hub's address and port."""
        return self.device.address

    @property
    def object_list(self) -> bytes:
        """The octets of the object list."""
        return self._list.octets

    @property
    def server_title(self) -> bytes:
        """The meter's system title."""
        return self.device.title

    @property
    def counter(self) -> int:
        """The highest invocation counter taken."""
        return self.device.counter

    @property
    def policy(self) -> int:
        """The least protection of management's messages."""
        return self.device.meter.records.credentials.policy

    @property
    def logical_devices(self) -> Mapping[int, bytes]:
        """The logical devices at this address: SAP and name."""
        return self.device.names

    def carry_out(self, command: Command) -> Outcome:
        """Hand a command to the device behind this logical device."""
        return self.device.send(self.server, command)

    def reject(self, detail: str) -> None:
        """Note a request that the client may not make; the meter keeps the security log of all."""
        self.device.meter.note(AccessRejected(self.client, detail))

    # The road.

    def receive(self, apdu: bytes, line_at: int) -> bytes:
        """Answer one APDU, at an instant of the line; no octets is no answer."""
        if self._plain and len(apdu) == SHORT_GET_OCTETS and self.device.busy is None and apdu[:2] == _GET_NORMAL:
            try:
                reply = self._services.get(apdu)
            except PduError:
                return self._broken(apdu)
            self._asker.saw(apdu, reply, line_at)
            return reply
        self.device.watch.line_at = line_at
        return self._receive(apdu) if apdu else b""

    def _receive(self, apdu: bytes) -> bytes:
        if self.server != METER_SAP:
            self.meter = self.device.shown(self.server)
        if apdu[0] == Apdu.GATEWAY_REQUEST and self._relay is not None:
            return self._relay(self.client, self.server, apdu)
        if len(apdu) > self.meter.site.profile.wire.dlms.max_apdu and self.state is not State.IDLE:
            return TOO_LONG
        try:
            blocks = self._blocks
            if blocks is None:
                return self._dispatch(apdu)
            if apdu[0] == Apdu.GENERAL_BLOCK_TRANSFER:
                return blocks.receive(apdu, self._dispatch_whole)
            reply = self._dispatch(apdu)
            # An RLRQ or a new AARQ ended the association whose blocks these are: its answer goes whole.
            return blocks.send(reply) if blocks is self._blocks and len(reply) > self.terms.max_sent else reply
        except PduError:
            return self._broken(apdu)
        except SecurityError:  # our own counters are used up
            return DECIPHERING

    def _dispatch_whole(self, apdu: bytes) -> bytes:
        """Serve a request whose reply goes out in general blocks, so no service need cut it."""
        services = self._services
        limit, services.limit = services.limit, UNLIMITED
        try:
            return self._dispatch(apdu)
        finally:
            services.limit = limit

    def link_lost(self) -> None:
        """The link below is gone, and the association with it."""
        self._close()

    def _dispatch(self, apdu: bytes) -> bytes:
        tag = apdu[0]
        self._fresh_above = self.device.seen.get(self.client, -1)
        if tag == Apdu.AARQ:
            return self._associate(apdu)
        if self.state is State.IDLE:
            return self._refuse_early(apdu)
        if tag == Apdu.RLRQ:
            return self._release(apdu)
        if tag in PROTECTED:
            return self._serve_protected(apdu)
        if tag not in SERVICES:
            return UNKNOWN
        if CONTROL_OF_POLICY[self._policy()]:
            self._reject("an unprotected request")
            return NOT_ALLOWED
        return self._serve(apdu)

    def _refuse_early(self, apdu: bytes) -> bytes:
        if apdu[0] not in _KNOWN:
            return UNKNOWN
        if apdu[0] != Apdu.RLRQ:
            self._asker.early(apdu)
        return NOT_ALLOWED

    def _policy(self) -> int:
        role = self.device.role(self.client, self.server)
        return 0 if role is None else self.device.policy(role)

    def _associate(self, apdu: bytes) -> bytes:
        self._close()
        role = self.device.role(self.client, self.server)
        outcome = establish(self.device, role, self.client, apdu)
        if not isinstance(outcome, Opening) or role is None:
            if not isinstance(outcome, Opening) and outcome.detail:
                self._reject(outcome.detail, outcome.kind)
            return outcome.aare
        self.terms = outcome.terms
        self._ciphered = outcome.ciphered
        self._dedicated = outcome.dedicated
        self._client_challenge, self._server_challenge = outcome.client_challenge, outcome.server_challenge
        self._list = object_list(self.meter.site.profile, self.server, role.level)
        limit = self.terms.max_sent - (OVERHEAD_OCTETS if self._ciphered else 0)
        within = {"reply_to_hls": self._reply_to_hls}
        agreed = Conformance(self.terms.conformance)
        self._services = Services(self, self._list, limit, within, agreed)
        if agreed & Conformance.GENERAL_BLOCK_TRANSFER:
            self._blocks = GeneralBlocks(self.terms.max_sent)
            if not agreed & Conformance.BLOCK_GET:
                self._services.limit = UNLIMITED
        if self._server_challenge is not None:
            self.state = State.PENDING
            return outcome.aare
        self._opened(told=role.allowed.authentication != "none" or self._ciphered)
        return outcome.aare

    def _opened(self, *, told: bool) -> None:
        self.state = State.OPEN
        agreed = Conformance(self.terms.conformance)
        # Not for management, whose policy may be strengthened at any moment, nor for what is behind the hub.
        lasting = self.server == METER_SAP and self._list.level is not Level.MANAGEMENT and not self._policy()
        self._plain = lasting and bool(agreed & Conformance.GET) and self._services.limit < UNLIMITED
        if told:
            seen = self.device.seen.get(self.client, 0)
            self.device.meter.note(Associated(self.client, self.device.reserve(), seen))

    def _release(self, apdu: bytes) -> bytes:
        asked = read_release(apdu)
        information = None
        if asked.user_information is not None and asked.user_information[:1] == bytes((Apdu.GLO_INITIATE_REQUEST,)):
            # A protected release proves who asks; without it an open network could end an association.
            try:
                cursor = Cursor(asked.user_information, 1)
                secured = self.device.cipher.open(self.terms.client_title, cursor.octet_string())
                cursor.end()
                self._require_release(secured)
            except SecurityError as error:
                self._reject(f"release: {error}", REPLAY if isinstance(error, ReplayError) else "integrity")
                return DECIPHERING
            agreed = InitiateResponse(Conformance(self.terms.conformance), self.terms.max_received).to_bytes()
            message = self.device.cipher.protect(secured.control, self.device.title, self.device.next_counter(), agreed)
            information = bytes((Apdu.GLO_INITIATE_RESPONSE,)) + octet_string(message)
        self._close()
        return Release(0, information).to_bytes(Apdu.RLRE)

    # Protected requests

    def _serve_protected(self, apdu: bytes) -> bytes:
        if not self._ciphered:
            return UNKNOWN
        dedicated = is_dedicated(apdu[0])
        cipher = self._dedicated if dedicated else self.device.cipher
        if cipher is None:
            self._reject("no dedicated key was agreed")
            return DECIPHERING
        least = (self._dedicated_seen if dedicated else self.device.seen.get(self.client, -1)) + 1
        try:
            opened = open_request(apdu, cipher, self.terms.client_title, least)
        except ReplayError as error:
            self._reject(str(error), REPLAY)
            return exception_response(
                StateError.SERVICE_NOT_ALLOWED,
                ServiceError.INVOCATION_COUNTER_ERROR,
                min(error.expected, MAX_COUNTER),
            )
        except SecurityError as error:
            self._reject(str(error), "integrity")
            return DECIPHERING
        required = CONTROL_OF_POLICY[self._policy()]
        if opened.envelope.control & required != required:
            self._reject("a request protected too weakly")
            return NOT_ALLOWED
        if dedicated:
            self._dedicated_seen = opened.counter
        else:
            self.device.take_counter(self.client, opened.envelope.control, opened.counter, required)
        try:
            reply = self._serve(opened.plain)
        except PduError:
            reply = self._broken(opened.plain)
        return self._protect(reply, opened.envelope)

    def _protect(self, reply: bytes, envelope: Envelope) -> bytes:
        if not reply or reply[0] == Apdu.EXCEPTION_RESPONSE:
            return reply
        return protect_reply(reply, envelope, self.device.title, self.device.next_counter())

    def _require_release(self, secured: Secured) -> None:
        required = CONTROL_OF_POLICY[self._policy()]
        if secured.control & required != required:
            raise SecurityError("protected too weakly")
        if secured.counter <= self.device.seen.get(self.client, -1):
            raise ReplayError(self.device.seen.get(self.client, -1) + 1)
        self.device.take_counter(self.client, secured.control, secured.counter, required)

    # Plain services

    def _serve(self, apdu: bytes) -> bytes:
        return self._asker.served(apdu, self._serve_unseen)

    def _serve_unseen(self, apdu: bytes) -> bytes:
        if self.device.busy is not None and (answer := self.device.answer_busy(apdu)) is not None:
            return answer
        service = SERVICES.get(apdu[0])
        if service is None:
            return UNKNOWN
        if self.state is State.PENDING:
            return self._services.action(apdu) if self._is_hls_reply(apdu) else NOT_ALLOWED
        needed = service | BLOCKS_AND_LISTS.get(apdu[:2], 0)
        if self.terms.conformance & needed != needed:
            return UNKNOWN
        if apdu[0] == Apdu.GET_REQUEST:
            return self._services.get(apdu)
        if apdu[0] == Apdu.SET_REQUEST:
            return self._services.set(apdu)
        return self._services.action(apdu)

    def _is_hls_reply(self, apdu: bytes) -> bool:
        return apdu[:2] == b"\xc3\x01" and apdu[3:12] == _HLS_REPLY

    def _reply_to_hls(self, value: Data | None) -> tuple[DataAccessResult, Data | None]:
        """Check f(StoC), open the association, and give f(CtoS)."""
        ours, theirs = self._server_challenge, self._client_challenge
        self._server_challenge = None
        if self.state is not State.PENDING or ours is None or theirs is None:
            return DataAccessResult.READ_WRITE_DENIED, None
        if value is None or value.tag is not Tag.OCTET_STRING:
            return self._fail("no answer to the challenge")
        if self.device.meter.site.profile.quirks.lacks_master_key:
            return self._fail("the master key is missing")
        try:
            counter = self.device.cipher.verify_answer(self.terms.client_title, value.value, ours)
            # The answer was made before its envelope: its counter is at most the envelope's, and above all others.
            if counter <= self._fresh_above:
                raise ReplayError(self._fresh_above + 1)
        except SecurityError as error:
            return self._fail(str(error), REPLAY if isinstance(error, ReplayError) else "")
        self.device.seen[self.client] = max(counter, self.device.seen.get(self.client, -1))
        self._opened(told=True)
        answer = self.device.cipher.answer_challenge(self.device.title, self.device.next_counter(), theirs)
        return DataAccessResult.SUCCESS, Data(Tag.OCTET_STRING, answer)

    def _fail(self, detail: str, kind: str = "") -> tuple[DataAccessResult, None]:
        self._reject(detail, kind)
        self._close()
        return DataAccessResult.READ_WRITE_DENIED, None

    def _reject(self, detail: str, kind: str = "") -> None:
        self.device.meter.note(AuthenticationRejected(self.client, detail, kind))

    def _broken(self, apdu: bytes) -> bytes:
        """Answer what is no request; from a client that has associated, it counts."""
        if self.state is State.OPEN:
            self.device.meter.note(MalformedReceived())
            self._asker.broken(apdu)
        return BROKEN


_HLS_REPLY = bytes.fromhex("000f0000280000ff01")
_KNOWN = {*SERVICES, *PROTECTED, Apdu.RLRQ, Apdu.GENERAL_BLOCK_TRANSFER}
