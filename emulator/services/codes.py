"""Why a request is refused or fails, and the response code that says it (service requests, section 9).

Only codes whose meaning is known are given out, unless somebody injects another. `ESTABLISHED` says where a meaning is
from; what is from memory alone says so, and no verdict may rest on its number.
"""

from enum import StrEnum
from typing import Final, Literal, NamedTuple

SUCCESS: Final = "I0"
ACCEPTED: Final = "I99"


class Why(StrEnum):
    """Why: the vocabulary of functional reference 10.8, and what the national service itself refuses for."""

    OK = "ok"
    ACCEPTED_FUTURE = "accepted_future"
    # the national service, before any device is asked
    WRONG_USER = "wrong_user"
    WRONG_ROLE = "wrong_role"
    NOT_THE_SUPPLIER = "not_the_supplier"
    WRONG_STATUS = "wrong_status"
    NOT_APPLICABLE = "not_applicable"
    WRONG_VARIANT = "wrong_command_variant"
    WRONG_PATH = "wrong_path"
    LOCAL_ONLY = "not_for_local_delivery"
    UNKNOWN_DEVICE = "unknown_device"
    MALFORMED = "malformed"
    DUPLICATE_REQUEST = "duplicate_request"
    BROKEN_SEQUENCE = "broken_sequence"
    UNKNOWN_SERVICE = "unknown_service"
    NOT_ELIGIBLE = "combination_not_eligible"
    # on the way
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    FUTURE_TIMEOUT = "future_timeout"
    DROPPED = "dropped_at_change_of_supplier"
    CANCELLED = "cancelled"
    NOT_ESTABLISHED = "not_established"
    # the device
    NOT_AUTHENTIC = "not_authentic"
    NOT_AUTHORISED = "not_authorised"
    INVALID_VALUE = "invalid_value"
    NOT_SUPPORTED = "not_supported"
    CONFLICT_STATE = "conflict_state"
    DUPLICATE = "duplicate"
    WRONG_DEVICE = "wrong_device"
    LOCKED_OUT = "locked_out"
    LIMIT_EXCEEDED = "limit_exceeded"
    HARDWARE_FAULT = "hardware_fault"
    REFUSED = "refused"
    # the national service again: what it says of one service
    HUB_AS_PROXY = "hub_is_its_own_proxy"


Known = Literal["third-party", "schema", "from memory"]


class Code(NamedTuple):
    """A response code: what it means, and who says so."""

    code: str
    means: str
    known: Known


CODES: Final[dict[Why, Code]] = {
    Why.OK: Code(SUCCESS, "success", "third-party"),
    Why.ACCEPTED_FUTURE: Code(ACCEPTED, "accepted, the result follows", "third-party"),
    Why.WRONG_USER: Code("E1", "the pair of user and role is not valid", "third-party"),
    Why.WRONG_ROLE: Code("E2", "this role may not send this service", "third-party"),
    Why.NOT_THE_SUPPLIER: Code("E4", "the role is not authorised for this device at this date", "third-party"),
    Why.WRONG_STATUS: Code("E5", "the device's status in the inventory does not fit", "third-party"),
    Why.NOT_APPLICABLE: Code("E11", "the service does not fit the device type", "third-party"),
    Why.WRONG_VARIANT: Code("E12", "the command variant does not fit the service", "third-party"),
    Why.WRONG_PATH: Code("E13", "the wrong URL for this kind of request", "third-party"),
    Why.LOCAL_ONLY: Code("E17", "not available for local delivery", "third-party"),
    Why.UNKNOWN_DEVICE: Code("E19", "no such device", "third-party"),
    Why.UNREACHABLE: Code("E20", "cannot communicate with the device", "third-party"),
    Why.NOT_ESTABLISHED: Code("E20", "no way to the device exists yet", "third-party"),
    Why.TIMEOUT: Code("E21", "no response from the device", "third-party"),
    Why.FUTURE_TIMEOUT: Code("E30", "a future-dated request timed out", "third-party"),
    Why.DROPPED: Code("E4", "the supplier changed before its date: no longer authorised", "third-party"),
    Why.MALFORMED: Code("E48", "the request breaks its schema", "from memory"),
    Why.UNKNOWN_SERVICE: Code("E48", "no service has this reference", "from memory"),
    Why.DUPLICATE_REQUEST: Code("E50", "the RequestID was used before", "from memory"),
    Why.BROKEN_SEQUENCE: Code("E43", "the preceding request failed, or never came", "from memory"),
    Why.HUB_AS_PROXY: Code("E120201", "a pre-notification repeats the hub's id as its proxy's", "third-party"),
    Why.NOT_ELIGIBLE: Code("E5", "the combination of devices is on no list of eligible ones", "third-party"),
}
"""What is refused before a device answers, or instead of its answer. What a device refuses is answered with success of
the exchange (I0), `Success` false, and SMETS1Debug that names the step (service requests, 2.3)."""


def code(why: Why) -> str:
    """Give the response code of a refusal; a device's own has the code of an exchange that worked."""
    known = CODES.get(why)
    return SUCCESS if known is None else known.code


def of_device(why: Why) -> bool:
    """Say whether it is the device's refusal, and not that of the national service or of the way."""
    return why not in CODES
