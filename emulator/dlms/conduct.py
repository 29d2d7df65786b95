"""The conduct log: what clients of a home did wrong, read from the home's journal.

Some of it the watch on the wire found and the hub wrote down; the rest stands in the journal anyway, as what the
devices refused. Each kind stands here once: what it means, how it is found, what to do about it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

from emulator.device.configuration import PASSWORD, REPLAY
from emulator.device.happenings import (
    AccessRefused,
    AuthenticationFailed,
    ClientMisbehaved,
    ClockNotAdjusted,
    TopUpRejected,
)
from emulator.device.instant import MINUTE
from emulator.device.journal import DeviceName, Entry
from emulator.dlms.objects.administration import GAS_SAP, HUB_SAP, METER_SAP

WRONG_PASSWORDS: Final = 3
WRONG_WITHIN_MS: Final = 10 * MINUTE
SERVER_OF: Final = {DeviceName.ESME: METER_SAP, DeviceName.CHF: HUB_SAP, DeviceName.GSME: GAS_SAP}


class Kind(StrEnum):
    """The kinds of misconduct."""

    RETRY_STORM = "retry_storm"
    BUSY_IGNORED = "busy_ignored"
    PACE_EXCEEDED = "pace_exceeded"
    ASLEEP_POLLED = "asleep_polled"
    LOG_CLEARED_UNREAD = "log_cleared_unread"
    COUNTER_REPLAYED = "counter_replayed"
    VEND_REPEATED = "vend_repeated"
    CLOCK_OUT_OF_BOUNDS = "clock_out_of_bounds"
    PASSWORD_STORM = "password_storm"  # noqa: S105 (a kind, no password)
    BEYOND_RIGHTS = "beyond_rights"
    NOT_ASSOCIATED = "not_associated"
    MALFORMED = "malformed"


class Meaning(NamedTuple):
    """One kind for people: what the client did, how that is found, and what to do about it."""

    did: str
    found: str
    remedy: str


TOLD_AT: Final = frozenset(10**power for power in range(12))
"""How often a client has done something when it is told again: each telling costs a commit."""

KINDS: dict[Kind, Meaning] = {
    Kind.RETRY_STORM: Meaning(
        "sent the same request again and again",
        "more than 5 times within 10 s on the line, with the same answer and no other write or call between",
        "wait for the answer; after a time-out wait longer each time, and give up after a few",
    ),
    Kind.BUSY_IGNORED: Meaning(
        "repeated a request at once that was refused for the moment",
        "the same request within 1 s of a temporary failure or an exception, with no other write or call between",
        "wait before trying again: a temporary failure asks for it, and an exception will not go away by itself",
    ),
    Kind.PACE_EXCEEDED: Meaning(
        "asked on without waiting for answers",
        "10 requests in a row, each sooner than the make can have answered the one before (homes whose link is paced)",
        "have one request under way at a time",
    ),
    Kind.ASLEEP_POLLED: Meaning(
        "polled a gas meter that sleeps",
        "more than 3 reads of one attribute at the gas meter's logical device within one interval of its wakes",
        "read once after each wake: until then the hub's mirror shows the same",
    ),
    Kind.LOG_CLEARED_UNREAD: Meaning(
        "cleared an event log with entries that nobody had read",
        "a successful clearing of the log, with entries newer than those at its last reading over this wire",
        "read the log, keep its entries, and only then clear it",
    ),
    Kind.COUNTER_REPLAYED: Meaning(
        "used an invocation counter again",
        "a protected request, an association or a release whose counter is not above the last one taken",
        "keep the counter durable, one for each key and client; read it as public client after a restart",
    ),
    Kind.VEND_REPEATED: Meaning(
        "sent a top-up code a second time",
        "a top-up that came by the wire and was refused as a duplicate",
        "after a lost answer read what the meter applied before sending the code again",
    ),
    Kind.CLOCK_OUT_OF_BOUNDS: Meaning(
        "set a clock to where it may not be set",
        "a clock setting that was refused: beyond its tolerance, or outside the years the clock knows",
        "read the clock first; correct small errors often, and large ones with the tolerance they need",
    ),
    Kind.PASSWORD_STORM: Meaning(
        "went on with a wrong password",
        "more than 3 wrong passwords of one client within 10 minutes of the home's time",
        "stop at the first refusal: repeating it locks real meters and raises alerts",
    ),
    Kind.BEYOND_RIGHTS: Meaning(
        "wrote or called what its association may not",
        "a write or a call that was refused for want of access rights",
        "associate as the client that has the right, or leave it",
    ),
    Kind.NOT_ASSOCIATED: Meaning(
        "sent a request outside an association",
        "a request of a known service where no association is open",
        "associate first; a new connection and a refused association have none",
    ),
    Kind.MALFORMED: Meaning(
        "sent octets that are no request",
        "an APDU that breaks the encoding of its service",
        "check the encoder: the evidence shows how the APDU begins",
    ),
}


@dataclass(frozen=True, slots=True)
class Misconduct:
    """One thing that a client did wrong, at an instant of the home's time.

    `client` is its SAP, None where the journal does not tell; `evidence` is octets in hex, or the journal's number.
    `count` is how often it had done so by then.
    """

    kind: Kind
    at: int
    client: int | None
    server: int
    detail: str
    evidence: str
    count: int = 0
    home: str = ""


def conduct_of(entries: Iterable[Entry], home: str = "") -> tuple[Misconduct, ...]:
    """Find what clients did wrong in a home's journal, oldest first."""
    counts: dict[tuple[Kind, int | None, int], int] = {}
    found = []
    for one in _found(entries):
        key = (one.kind, one.client, one.server)
        counts[key] = one.count or counts.get(key, 0) + 1
        found.append(replace(one, count=counts[key], home=home))
    return tuple(found)


def _found(entries: Iterable[Entry]) -> Iterator[Misconduct]:
    wrong: dict[int, tuple[int, ...]] = {}
    for entry in entries:
        match entry.what:
            case ClientMisbehaved() as seen if seen.kind in _KNOWN:
                kind = Kind(seen.kind)
                yield Misconduct(kind, entry.at, seen.client, seen.server, seen.detail, seen.evidence, seen.count)
            case AuthenticationFailed() as failed if failed.kind == REPLAY:
                yield _derived(Kind.COUNTER_REPLAYED, entry, failed.detail, failed.client)
            case AuthenticationFailed() as failed if failed.kind == PASSWORD:
                before = wrong.get(failed.client, ())
                wrong[failed.client] = (*before, entry.at)[-WRONG_PASSWORDS:]
                if len(before) == WRONG_PASSWORDS and entry.at - before[0] < WRONG_WITHIN_MS:
                    yield _derived(Kind.PASSWORD_STORM, entry, failed.detail, failed.client)
            case AccessRefused(client=client, detail=detail):
                yield _derived(Kind.BEYOND_RIGHTS, entry, detail, client)
            case TopUpRejected(kind="duplicate", local=False):
                yield _derived(Kind.VEND_REPEATED, entry, "a top-up code used before")
            case ClockNotAdjusted(by_ms=by_ms):
                yield _derived(Kind.CLOCK_OUT_OF_BOUNDS, entry, f"the clock would have moved by {by_ms} ms")


def _derived(kind: Kind, entry: Entry, detail: str, client: int | None = None) -> Misconduct:
    server = SERVER_OF.get(entry.device, METER_SAP)
    return Misconduct(kind, entry.at, client, server, detail, f"journal {entry.seq}")


_KNOWN = frozenset(kind.value for kind in Kind)
