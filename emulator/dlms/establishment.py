"""Opening an association: an AARQ judged step by step, and the AARE that tells the outcome (IEC 62056-5-3, 7.2)."""

from hmac import compare_digest
from typing import NamedTuple

from emulator.device.configuration import PASSWORD, REPLAY
from emulator.dlms.codec.octets import Cursor, octet_string
from emulator.dlms.errors import PduError
from emulator.dlms.logical_device import LogicalDevices, Role
from emulator.dlms.objects.rows import Terms
from emulator.dlms.pdu.acse import (
    FOREIGN,
    Aare,
    Aarq,
    Context,
    Diagnostic,
    Mechanism,
    ProviderDiagnostic,
    Result,
    read_aarq,
)
from emulator.dlms.pdu.initiate import (
    DLMS_VERSION,
    InitiateError,
    InitiateRequest,
    InitiateResponse,
    initiate_refusal,
    read_initiate_request,
)
from emulator.dlms.pdu.tags import Apdu, Conformance
from emulator.dlms.protection import CONTROL_OF_POLICY, OVERHEAD_OCTETS, ReplayError, dedicated_cipher
from emulator.dlms.security import TITLE_OCTETS, Cipher, Secured, SecurityError
from emulator.dlms.transfers import BLOCK_OVERHEAD

SUPPORTED = (
    Conformance.GENERAL_PROTECTION
    | Conformance.GENERAL_BLOCK_TRANSFER
    | Conformance.BLOCK_GET
    | Conformance.BLOCK_SET
    | Conformance.BLOCK_ACTION
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.GET
    | Conformance.SET
    | Conformance.SELECTIVE_ACCESS
    | Conformance.ACTION
)
SERVICES = Conformance.GET | Conformance.SET | Conformance.ACTION
LEAST_PDU = BLOCK_OVERHEAD + OVERHEAD_OCTETS + 8
CHALLENGES = range(8, 65)
MECHANISMS = {"none": Mechanism.NONE, "lls": Mechanism.LLS, "hls-gmac": Mechanism.HLS_GMAC}


class Opening(NamedTuple):
    """What an accepted AARQ opened. With challenges, the client has yet to prove itself."""

    aare: bytes
    terms: Terms
    ciphered: bool
    dedicated: Cipher | None
    client_challenge: bytes | None
    server_challenge: bytes | None
    counter: int


class Refusal(NamedTuple):
    """Why an AARQ was refused, and the AARE that says so; `detail` goes to the security log if it is not empty."""

    aare: bytes
    detail: str = ""
    kind: str = ""


def _refuse(
    context: int,
    diagnostic: int,
    *,
    detail: str = "",
    kind: str = "",
    by_provider: bool = False,
    information: bytes | None = None,
) -> Refusal:
    named = context if context in Context._value2member_map_ else Context.LN
    aare = Aare(named, Result.REJECTED_PERMANENT, diagnostic, by_provider, user_information=information)
    return Refusal(aare.to_bytes(), detail, kind)


def establish(device: LogicalDevices, role: Role | None, client: int, octets: bytes) -> Opening | Refusal:
    """Judge an AARQ. Never raises: whatever is wrong has its diagnostic."""
    try:
        asked = read_aarq(octets)
    except PduError:
        return _refuse(Context.LN, Diagnostic.NO_REASON_GIVEN)
    if not asked.version_1:
        return _refuse(asked.context, ProviderDiagnostic.NO_COMMON_ACSE_VERSION, by_provider=True)
    if asked.context not in {Context.LN, Context.LN_CIPHERED}:
        return _refuse(asked.context, Diagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED)
    if role is None:
        return _refuse(asked.context, Diagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED, detail="unknown client")
    return (
        _judge_context(device, role, asked)
        or _judge_authentication(device, role, asked)
        or _open(device, role, client, asked)
    )


def _judge_context(device: LogicalDevices, role: Role, asked: Aarq) -> Refusal | None:
    if asked.context == Context.LN and device.policy(role):
        return _refuse(asked.context, Diagnostic.APPLICATION_CONTEXT_NAME_NOT_SUPPORTED, detail="ciphering required")
    needs_title = asked.context == Context.LN_CIPHERED or role.allowed.authentication == "hls-gmac"
    if needs_title and len(asked.title or b"") != TITLE_OCTETS:
        return _refuse(asked.context, Diagnostic.CALLING_AP_TITLE_NOT_RECOGNIZED, detail="no system title")
    return None


def _judge_authentication(device: LogicalDevices, role: Role, asked: Aarq) -> Refusal | None:
    wanted = MECHANISMS[role.allowed.authentication]
    offered = Mechanism.NONE if asked.mechanism is None else asked.mechanism
    if offered == FOREIGN or offered not in {wanted, Mechanism.NONE}:
        diagnostic = Diagnostic.AUTHENTICATION_MECHANISM_NAME_NOT_RECOGNISED
        return _refuse(asked.context, diagnostic, detail="another authentication mechanism")
    if offered != wanted:
        diagnostic = Diagnostic.AUTHENTICATION_MECHANISM_NAME_REQUIRED
        return _refuse(asked.context, diagnostic, detail="no authentication")
    if wanted == Mechanism.LLS:
        password = device.meter.site.password(role.level.name.lower())
        if not compare_digest(password, asked.authentication or b""):
            return _refuse(asked.context, Diagnostic.AUTHENTICATION_FAILURE, detail="wrong password", kind=PASSWORD)
    if wanted == Mechanism.HLS_GMAC and len(asked.authentication or b"") not in CHALLENGES:
        return _refuse(asked.context, Diagnostic.AUTHENTICATION_FAILURE, detail="no challenge")
    return None


def _open(device: LogicalDevices, role: Role, client: int, asked: Aarq) -> Opening | Refusal:
    title = asked.title or b""
    try:
        secured, proposal = _proposal(device, role, client, asked)
    except SecurityError as error:
        kind = REPLAY if isinstance(error, ReplayError) else ""
        return _refuse(asked.context, Diagnostic.AUTHENTICATION_FAILURE, detail=str(error), kind=kind)
    except PduError:
        return _refuse(asked.context, Diagnostic.NO_REASON_GIVEN, information=initiate_refusal(InitiateError.OTHER))
    ciphered = asked.context == Context.LN_CIPHERED
    supported = SUPPORTED if ciphered else SUPPORTED & ~Conformance.GENERAL_PROTECTION
    fault = _initiate_fault(proposal, supported)
    if fault is not None:
        return _refuse(asked.context, Diagnostic.NO_REASON_GIVEN, information=initiate_refusal(fault))
    dedicated = None
    if ciphered and proposal.dedicated_key is not None:
        try:
            dedicated = dedicated_cipher(proposal.dedicated_key, device.cipher)
        except SecurityError as error:
            return _refuse(asked.context, Diagnostic.NO_REASON_GIVEN, detail=str(error))
    largest = device.meter.site.profile.wire.dlms.max_apdu
    agreed = InitiateResponse(proposal.conformance & supported, largest)
    information = agreed.to_bytes()
    if secured is not None:
        device.take_counter(client, secured.control, secured.counter, CONTROL_OF_POLICY[device.policy(role)])
        protected = device.cipher.protect(secured.control, device.title, device.next_counter(), information)
        information = bytes((Apdu.GLO_INITIATE_RESPONSE,)) + octet_string(protected)
    mechanism = MECHANISMS[role.allowed.authentication]
    pending = mechanism == Mechanism.HLS_GMAC
    challenge = device.challenge() if pending else None
    aare = Aare(
        asked.context,
        Result.ACCEPTED,
        Diagnostic.AUTHENTICATION_REQUIRED if pending else Diagnostic.NULL,
        title=device.title if ciphered or pending else None,
        mechanism=mechanism if pending else None,
        authentication=challenge,
        user_information=information,
    )
    sent = min(proposal.max_pdu or 0xFFFF, largest)
    return Opening(
        aare.to_bytes(),
        Terms(asked.context, mechanism, int(agreed.conformance), sent, largest, title),
        ciphered,
        dedicated,
        asked.authentication if pending else None,
        challenge,
        device.seen.get(client, 0),
    )


def _proposal(device: LogicalDevices, role: Role, client: int, asked: Aarq) -> tuple[Secured | None, InitiateRequest]:
    """Read the InitiateRequest, in the clear or under the global key. Raises PduError or SecurityError."""
    information = asked.user_information or b""
    if information[:1] != bytes((Apdu.GLO_INITIATE_REQUEST,)):
        if CONTROL_OF_POLICY[device.policy(role)]:
            raise SecurityError("an unprotected InitiateRequest")
        return None, read_initiate_request(information)
    if asked.context != Context.LN_CIPHERED:
        raise PduError("a ciphered InitiateRequest in a context without ciphering")
    cursor = Cursor(information, 1)
    message = cursor.octet_string()
    cursor.end()
    secured = device.cipher.open(asked.title or b"", message)
    required = CONTROL_OF_POLICY[device.policy(role)]
    if secured.control & required != required:
        raise SecurityError("an InitiateRequest protected too weakly")
    least = device.seen.get(client, -1) + 1
    if secured.counter < least:
        raise ReplayError(least)
    return secured, read_initiate_request(secured.plain)


def _initiate_fault(proposal: InitiateRequest, supported: Conformance) -> InitiateError | None:
    if proposal.version < DLMS_VERSION:
        return InitiateError.DLMS_VERSION_TOO_LOW
    if not proposal.conformance & supported & SERVICES:
        return InitiateError.INCOMPATIBLE_CONFORMANCE
    if proposal.max_pdu and proposal.max_pdu < LEAST_PDU:
        return InitiateError.PDU_SIZE_TOO_SHORT
    return None
