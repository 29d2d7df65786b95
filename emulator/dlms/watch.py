"""A watch on the clients of one home: each request is held against the few before it. What is wrong is told once, and
again whenever a client has done it ten times as often.

It changes no answer. It sees plain APDUs, whatever framing and protection they came in. Two clocks count: that of the
line, by which a client's own timers run, and that of the home; where the home's time has jumped on, or another request
changed something, asking again is no fault.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, Protocol

from emulator.device.commands import AlignClock, ApplyPresetClock, ClearEventLog, PresetClock, SetClock, ShiftClock
from emulator.device.hub import gas_mirror
from emulator.device.hub.hub_conduct import MisconductSeen
from emulator.device.installation import Installation
from emulator.device.instant import MINUTE, SECOND
from emulator.device.journal import DeviceName
from emulator.device.meter import Meter
from emulator.device.profile import Profile
from emulator.dlms.conduct import TOLD_AT, Kind
from emulator.dlms.objects import kinds
from emulator.dlms.objects.administration import GAS_SAP
from emulator.dlms.objects.object_list import objects
from emulator.dlms.objects.rows import AccessError, logical_name_octets
from emulator.dlms.pdu import services as wire
from emulator.dlms.pdu.tags import Apdu, DataAccessResult

REPEATS: Final = 5
REPEATS_MS: Final = 10 * SECOND
REPEATS_HOME_MS: Final = 10 * MINUTE
AT_ONCE_MS: Final = SECOND
AT_ONCE_HOME_MS: Final = MINUTE
HURRIED: Final = 10
POLLS: Final = 3
REMEMBERED: Final = 64
EVIDENCE_OCTETS: Final = 16
STRANGER: Final = -1

_PROFILE_GENERIC: Final = kinds.PROFILE_GENERIC.id
_INVOKE: Final = 3  # what follows the invoke id
_HEAD: Final = 13  # tag, type, invoke id, nine octets of a descriptor, and whether there is more
_GET: Final = bytes((Apdu.GET_REQUEST, wire.NORMAL))
_CALL: Final = bytes((Apdu.ACTION_REQUEST, wire.NORMAL))
_WRITES: Final = {bytes((Apdu.SET_REQUEST, wire.NORMAL)), _CALL}
_VERBS: Final[dict[int, str]] = {Apdu.GET_REQUEST: "read", Apdu.SET_REQUEST: "write", Apdu.ACTION_REQUEST: "call"}
_SUCCESS: Final = bytes((DataAccessResult.SUCCESS,))
_OTHER_REASON: Final = bytes((DataAccessResult.OTHER_REASON,))
_BUSY: Final = DataAccessResult.TEMPORARY_FAILURE
_SET_CLOCKS: Final = {SetClock, ShiftClock, AlignClock, PresetClock, ApplyPresetClock}
# The parts of a long transfer are alike in every transfer.
_PARTS: Final = {
    bytes((Apdu.GET_REQUEST, wire.GET_NEXT)),
    bytes((Apdu.SET_REQUEST, wire.SET_BLOCK)),
    bytes((Apdu.ACTION_REQUEST, wire.ACTION_NEXT_BLOCK)),
    bytes((Apdu.ACTION_REQUEST, wire.ACTION_BLOCK)),
}

Tell = Callable[[MisconductSeen], object]


class Served(Protocol):
    """The logical devices, as the watch sees them."""

    meter: Meter

    def shown(self, server: int) -> Any:
        """Give the device behind a SAP."""

    def role(self, client: int, server: int) -> object | None:
        """Give a client's role at a server, or None for a stranger."""


class Watch:
    """What is known of all clients of one home. `line_at` is the time of the line, which the session moves.

    `answer_ms` is how long an answer takes at least where the link is as slow as the make's, else 0.
    """

    __slots__ = (
        "_askers",
        "_counts",
        "_shown_as_of",
        "_tell",
        "answer_ms",
        "deeds",
        "last_deed",
        "line_at",
        "read_log",
    )

    def __init__(self, tell: Tell | None = None, shown_as_of: Callable[[], int | None] | None = None) -> None:
        """Tell findings, if there is somebody to be told; `shown_as_of` says as of when the gas mirror stands."""
        self._tell = tell
        self._shown_as_of = shown_as_of
        self._askers: dict[tuple[int, int], Asker] = {}
        self._counts: dict[tuple[Kind, int, int], int] = {}
        self.line_at = 0
        self.answer_ms = 0
        self.deeds = 0  # writes and calls, but for repeated ones
        self.last_deed = b""
        self.read_log: dict[int, tuple[Any, ...]] = {}  # the event log of a server as somebody last read it

    def asker(self, served: Served, client: int, server: int) -> "Asker":
        """Give what is remembered of a client at a server; of strangers, only how often they all went wrong."""
        found = self._askers.get((client, server))
        if found is None:
            known = served.role(client, server) is not None
            shown_as_of = self._shown_as_of if server == GAS_SAP else None
            found = Asker(self, served, client, server, client if known else STRANGER, shown_as_of)
            if known:
                self._askers[client, server] = found
        return found

    def find(self, kind: Kind, asker: "Asker", apdu: bytes, reply: bytes, more: str = "") -> None:
        """Count a finding, and tell it the first time, the tenth, the hundredth: telling costs a commit."""
        key = (kind, asker.counted_as, asker.server)
        count = self._counts[key] = self._counts.get(key, 0) + 1
        if self._tell is not None and count in TOLD_AT:
            detail, evidence = _target(apdu) + more, _evidence(apdu, reply)
            self._tell(MisconductSeen(kind.value, asker.client, asker.server, detail, evidence, count))


class _Asked:
    """A request that was asked before: when by both clocks, after how many deeds, and its answer."""

    __slots__ = ("answer", "deeds", "home_at", "left", "line_at")

    def __init__(self, line_at: int, home_at: int, deeds: int, answer: bytes) -> None:
        self.left = REPEATS  # repeats until it is judged
        self.line_at = line_at
        self.home_at = home_at
        self.deeds = deeds
        self.answer = answer


class Asker:
    """One client at one logical device: what it asked lately."""

    __slots__ = (
        "_again",
        "_asked_at",
        "_busy",
        "_held",
        "_held_key",
        "_held_left",
        "_hurried",
        "_log_name",
        "_once",
        "_polled",
        "_polled_as_of",
        "_served",
        "_shown_as_of",
        "_wary",
        "_watch",
        "client",
        "counted_as",
        "server",
    )

    def __init__(
        self,
        watch: Watch,
        served: Served,
        client: int,
        server: int,
        counted_as: int,
        shown_as_of: Callable[[], int | None] | None,
    ) -> None:
        self._watch, self._served = watch, served
        self.client, self.server, self.counted_as = client, server, counted_as
        self._log_name = _event_log(served.meter.site.profile, server)
        self._shown_as_of = shown_as_of
        self._once: dict[bytes, int] = {}  # what was asked, and when on the line
        self._again: dict[bytes, _Asked] = {}  # what was asked twice or more
        # Of these, the read that it does nothing but repeat. Its count is kept here until it asks for something else.
        self._held = _Asked(0, 0, 0, b"")
        self._held_key, self._held_left = b"", 0
        self._busy: dict[bytes, _Asked] = {}
        self._polled: dict[bytes, int] = {}
        self._polled_as_of: int | None = None
        self._asked_at, self._hurried = 0, 0
        self._wary = shown_as_of is not None or watch.answer_ms > 0

    # What an association shows.

    def saw(self, apdu: bytes, reply: bytes, line_at: int) -> None:
        """See a GET of one attribute and its answer: nearly all there is on a busy wire."""
        key = apdu[_INVOKE:]
        if key == self._held_key and not reply[_INVOKE]:
            self._held_left -= 1
            if not self._held_left:
                self._watch.line_at = line_at
                self._judge(self._held, apdu, reply)
                self._held_left = REPEATS
            return
        self._watch.line_at = line_at
        self._let_go()
        asked = self._count(key, apdu, reply)
        if reply[_INVOKE] or apdu[4] == _PROFILE_GENERIC or self._wary:
            self._consider(key, apdu, reply)
        elif asked is not None:
            self._held, self._held_key, self._held_left = asked, _one_object(key), asked.left

    def served(self, apdu: bytes, serve: Callable[[bytes], bytes]) -> bytes:
        """Have a request of any service served, see it, and give its answer."""
        journal = self._served.meter
        seq, held = journal.seq, self._event_log() if apdu[0] == Apdu.ACTION_REQUEST else ()
        reply = serve(apdu)
        head = apdu[:2]
        if len(apdu) <= len(_GET) + 1 or not reply or head in _PARTS:
            return reply
        if head == _GET and len(reply) > 3:
            self.saw(apdu, reply, self._watch.line_at)
            return reply
        self._let_go()
        key = head + apdu[_INVOKE:]
        if apdu[0] != Apdu.GET_REQUEST and key != self._watch.last_deed:
            self._watch.deeds += 1
            self._watch.last_deed = key
        self._count(key, apdu, reply)
        self._consider(key, apdu, reply)
        refused = reply[3:4] == _OTHER_REASON and journal.seq == seq  # and the journal does not say so
        if refused and head in _WRITES and apdu[3:12] in _clock_setters(journal.site.profile, self.server):
            self._find(Kind.CLOCK_OUT_OF_BOUNDS, apdu, reply)
        if held and apdu[:2] == _CALL and apdu[3:12] == self._log_name[:8] + b"\x01" and reply[3:4] == _SUCCESS:
            self._log_cleared(held, apdu, reply)
        return reply

    def early(self, apdu: bytes) -> None:
        """See a request outside an association."""
        self._find(Kind.NOT_ASSOCIATED, apdu, b"")

    def broken(self, apdu: bytes) -> None:
        """See what is no request."""
        self._find(Kind.MALFORMED, apdu, b"")

    # What is made of it.

    def _let_go(self) -> None:
        """Write down the count that was kept at hand."""
        if self._held_key:
            self._held.left, self._held_key = self._held_left, b""

    def _count(self, key: bytes, apdu: bytes, reply: bytes) -> _Asked | None:
        """Count a request that was asked before, and judge it now and then; None for one that is new."""
        asked = self._again.get(key)
        if asked is None:
            self._remember(key, reply)
        else:
            asked.left -= 1
            if not asked.left:
                self._judge(asked, apdu, reply)
        return asked

    def _remember(self, key: bytes, reply: bytes) -> None:
        first_at = self._once.get(key)
        if first_at is not None:
            again = self._again[key] = self._now(reply)
            again.line_at = first_at
            again.left -= 1
            return
        if len(self._once) >= REMEMBERED:
            self._once.clear()
            self._again.clear()
        self._once[key] = self._watch.line_at

    def _now(self, reply: bytes) -> _Asked:
        return _Asked(self._watch.line_at, self._served.meter.now, self._watch.deeds, reply)

    def _judge(self, asked: _Asked, apdu: bytes, reply: bytes) -> None:
        """Judge a request that was repeated several times, and begin to count anew."""
        if self._is_within(asked, REPEATS_MS, REPEATS_HOME_MS) and asked.answer[_INVOKE:] == reply[_INVOKE:]:
            self._find(Kind.RETRY_STORM, apdu, reply)
        asked.left = REPEATS
        asked.line_at, asked.home_at = self._watch.line_at, self._served.meter.now
        asked.deeds, asked.answer = self._watch.deeds, reply

    def _is_within(self, first: _Asked, line_ms: int, home_ms: int) -> bool:
        """Say whether nothing came between then and now but a little time."""
        return (
            self._watch.line_at - first.line_at < line_ms
            and self._served.meter.now - first.home_at < home_ms
            and self._watch.deeds == first.deeds
        )

    def _consider(self, key: bytes, apdu: bytes, reply: bytes) -> None:
        """See what hardly ever is: a refusal, a log that is read, a device that sleeps."""
        refused = self._busy.pop(key, None)
        if refused is not None and self._is_within(refused, AT_ONCE_MS, AT_ONCE_HOME_MS):
            self._find(Kind.BUSY_IGNORED, apdu, reply)
        if _is_busy(reply):
            if len(self._busy) >= REMEMBERED:
                self._busy.clear()
            self._busy[key] = self._now(reply)
            self._wary = True
        elif apdu[0] == Apdu.GET_REQUEST and self._log_name in apdu:
            self._watch.read_log[self.server] = self._event_log()
        if self._watch.answer_ms:
            self._time(apdu, reply)
        if self._shown_as_of is not None and apdu[:2] == _GET:
            self._poll(key, apdu, reply, self._shown_as_of())

    def _time(self, apdu: bytes, reply: bytes) -> None:
        """Count requests in a row that came before the answer to the last one can have arrived."""
        now = self._watch.line_at
        self._hurried = self._hurried + 1 if now - self._asked_at < self._watch.answer_ms else 0
        self._asked_at = now
        if self._hurried and not self._hurried % HURRIED:
            self._find(Kind.PACE_EXCEEDED, apdu, reply)

    def _poll(self, key: bytes, apdu: bytes, reply: bytes, as_of: int | None) -> None:
        if as_of != self._polled_as_of or len(self._polled) >= REMEMBERED:
            self._polled.clear()
            self._polled_as_of = as_of
        count = self._polled[key] = self._polled.get(key, 0) + 1
        if count > POLLS:
            self._find(Kind.ASLEEP_POLLED, apdu, reply)

    def _event_log(self) -> tuple[Any, ...]:
        """Give the event log of the device asked; none of a gas meter that never called its hub."""
        try:
            entries: tuple[Any, ...] = self._served.shown(self.server).records.logs.event
        except AccessError:
            return ()
        return entries

    def _log_cleared(self, held: tuple[Any, ...], apdu: bytes, reply: bytes) -> None:
        read = self._watch.read_log.pop(self.server, ())
        newest = read[-1] if read else None
        unread = held[len(held) - held[::-1].index(newest) :] if newest in held else held
        if unread:
            self._find(Kind.LOG_CLEARED_UNREAD, apdu, reply, f", with {len(unread)} entries nobody had read")

    def _find(self, kind: Kind, apdu: bytes, reply: bytes, more: str = "") -> None:
        self._watch.find(kind, self, apdu, reply, more)


def watch_of(home: Installation | None) -> Watch:
    """Make the watch of a home: its hub writes down what is found. Without a hub nobody does."""
    if home is None or DeviceName.CHF not in home.devices:
        return Watch()

    def as_of() -> int | None:
        return gas_mirror.mirrored_at(home.devices[DeviceName.CHF], home.devices[DeviceName.GSME], home.now)

    return Watch(lambda seen: home.note(DeviceName.CHF, seen), as_of if DeviceName.GSME in home.devices else None)


@lru_cache(maxsize=1024)
def _one_object(key: bytes) -> bytes:
    """Give one object for all homes where the same is asked, so that it stays near."""
    return key


def _is_busy(reply: bytes) -> bool:
    """Say whether an answer asks for patience: a temporary failure, or an exception."""
    if reply[0] == Apdu.EXCEPTION_RESPONSE:
        return True
    if reply[1] != wire.NORMAL or len(reply) < 4:
        return False
    return reply[3:5] == bytes((1, _BUSY)) if reply[0] == Apdu.GET_RESPONSE else reply[3] == _BUSY


def _target(apdu: bytes) -> str:
    """Name the object of a request: its class, logical name and number."""
    verb = _VERBS.get(apdu[0])
    if verb is None:
        return f"{len(apdu)} octets, the first {apdu[0]:#04x}"
    if apdu[1:2] != bytes((wire.NORMAL,)) or len(apdu) < _HEAD:
        return f"{verb}, {len(apdu)} octets"
    name = ".".join(str(octet) for octet in apdu[5:11])
    return f"{verb} {int.from_bytes(apdu[3:5], 'big')}/{name}/{apdu[11]}"


def _evidence(apdu: bytes, reply: bytes) -> str:
    """Give request and answer in hex; of what is no read the head only: what follows may be secret."""
    asked = apdu[: EVIDENCE_OCTETS * 4 if apdu[0] == Apdu.GET_REQUEST else _HEAD].hex()
    return f"{asked} -> {reply[:EVIDENCE_OCTETS].hex()}" if reply else asked


@lru_cache(maxsize=64)
def _clock_setters(profile: Profile, server: int) -> frozenset[bytes]:
    """Find what sets a clock: class, logical name and number of attributes that are written and methods."""
    found = set()
    for row in objects(profile, server):
        takes = {number: attribute.write for number, attribute in row.attributes.items()}
        takes |= {number: method.takes for number, method in row.methods.items()}
        stem = row.kind.id.to_bytes(2, "big") + logical_name_octets(row.logical_name)
        found |= {stem + bytes((number,)) for number, one in takes.items() if one and _SET_CLOCKS & {*one.commands}}
    return frozenset(found)


@lru_cache(maxsize=64)
def _event_log(profile: Profile, server: int) -> bytes:
    """Find the entries of the event log, which a method clears: class, logical name and number."""
    for row in objects(profile, server):
        if any(method.takes is not None and ClearEventLog in method.takes.commands for method in row.methods.values()):
            return row.kind.id.to_bytes(2, "big") + logical_name_octets(row.logical_name) + b"\x02"
    return b"\xff" * 9
