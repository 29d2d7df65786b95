"""Properties of a session: how octets are split changes nothing; no octets raise; every answer is bounded."""

import itertools
from functools import lru_cache

import pytest
from dlms_bench import PROFILE, Bench
from dlms_talk import (
    CLOCK,
    DEDICATED_KEY,
    IMPORT,
    NAME,
    OBJECT_LIST,
    PROFILE_BUFFER,
    USUAL,
    Talker,
    by_entry,
    octets,
    talk,
)
from dlms_values import ANYTHING
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.dlms.codec.data import Data
from emulator.dlms.codec.octets import octet_string
from emulator.dlms.framing import wrapper
from emulator.dlms.framing.hdlc_client import HdlcLimits
from emulator.dlms.objects.object_list import object_list
from emulator.dlms.objects.rows import Level
from emulator.dlms.pdu.services import Reference, Selection, reference
from emulator.dlms.pdu.tags import Conformance
from emulator.dlms.session import WRAPPER_SLACK, Session

LIMITS = HdlcLimits(64, 64, 3, 3)
WEEK = Reference(PROFILE_BUFFER.descriptor, by_entry(1, 100))
LARGEST = PROFILE.dlms.max_apdu
FUZZ = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
GBT = USUAL | Conformance.GENERAL_BLOCK_TRANSFER


class Recorder:
    """A session that writes down what it is given and what it answers."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.given: list[bytes] = []
        self.answered = b""

    def receive(self, data: bytes, now: int) -> list[bytes]:
        self.given.append(data)
        replies = self._session.receive(data, now)
        self.answered += b"".join(replies)
        return replies


@lru_cache
def conversation(framing: str) -> tuple[tuple[bytes, ...], bytes]:
    """Let every kind of client talk over one connection of a new meter: what was sent, and the answers."""
    bench = Bench()
    recorder = Recorder(bench.session())
    hdlc = LIMITS if framing == "hdlc" else None
    for level in ("public", "reader", "management"):
        talker = Talker(bench, level, session=recorder, hdlc=hdlc)
        talker.associate(max_pdu=256, dedicated=DEDICATED_KEY, conformance=GBT)
        talker.read(OBJECT_LIST) if level == "public" else talker.read(WEEK)
        if level == "management":
            for envelope in ("ded", "general-glo", "general-ded"):
                talker.read(WEEK, envelope)
            talker.set(CLOCK, talker.read(CLOCK))
            talker.invoke(reference(70, "0.0.96.3.10.255", 1))
        talker.get(reference(3, "1.2.3.4.5.6", 2))
        talker.send(b"\xc0\x01")
        talker.release()
    return tuple(recorder.given), recorder.answered


@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
def test_octet_by_octet_and_all_at_once(framing: str):
    given_octets, answers = conversation(framing)
    whole = b"".join(given_octets)
    bench = Bench()
    session = bench.session()
    assert b"".join(itertools.chain.from_iterable(session.receive(bytes((o,)), bench.now) for o in whole)) == answers
    bench = Bench()
    assert b"".join(bench.session().receive(whole, bench.now)) == answers
    assert len(answers) > 4_000


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["wrapper", "hdlc"]), st.lists(st.integers(0, 1_000_000), max_size=60))
def test_any_split_gives_the_same_answers(framing: str, places: list[int]):
    given_octets, answers = conversation(framing)
    whole = b"".join(given_octets)
    marks = sorted({0, len(whole), *(place % len(whole) for place in places)})
    bench = Bench()
    session = bench.session()
    pieces = [whole[start:end] for start, end in itertools.pairwise(marks)]
    assert b"".join(reply for piece in pieces for reply in session.receive(piece, bench.now)) == answers
    assert not session.pending
    assert not session.closed


def bounded(session: Session, data: bytes, now: int) -> None:
    """Feed octets; nothing may be raised, and what comes back is at most one APDU for every header's worth."""
    replies = session.receive(data, now)
    assert sum(map(len, replies)) <= (LARGEST + 64) * (len(data) // 8 + 8)


@FUZZ
@given(st.lists(st.binary(max_size=80), max_size=8), st.sampled_from([b"", b"\x7e", b"\x00\x01\x00\x20\x00\x01"]))
def test_random_octets_never_raise(chunks: list[bytes], head: bytes):
    bench = Bench()
    session = bench.session()
    for chunk in (head, *chunks):
        bounded(session, chunk, bench.now)


@FUZZ
@given(st.sampled_from(["wrapper", "hdlc"]), st.data())
def test_a_changed_conversation_never_raises(framing: str, data: st.DataObject):
    sent = list(conversation(framing)[0])
    for _ in range(data.draw(st.integers(1, 5))):
        index = data.draw(st.integers(0, len(sent) - 1))
        changed = bytearray(sent[index])
        match data.draw(st.integers(0, 4)):
            case 0 if changed:
                changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
            case 1:
                del changed[data.draw(st.integers(0, len(changed))) :]
            case 2:
                place = data.draw(st.integers(0, len(changed)))
                changed[place:place] = data.draw(st.binary(max_size=20))
            case 3:
                changed *= 2
            case _:
                changed[:] = sent[data.draw(st.integers(0, len(sent) - 1))]
        sent[index] = bytes(changed)
    bench = Bench()
    session = bench.session()
    for chunk in sent[:60]:
        bounded(session, chunk, bench.now)


def opened(level: str) -> Talker:
    return talk(level, dedicated=DEDICATED_KEY, conformance=GBT)


@FUZZ
@given(
    st.sampled_from(["public", "reader", "management"]),
    st.one_of(
        st.binary(max_size=60),
        st.tuples(
            st.sampled_from([0xC0, 0xC1, 0xC3, 0xE0, 0xC8, 0xDB, 0x60, 0x62]), st.integers(0, 7), st.binary(max_size=60)
        ).map(lambda parts: bytes(parts[:2]) + parts[2]),
    ),
)
def test_random_apdus_in_an_association_are_answered(level: str, apdu: bytes):
    talker = opened(level)
    reply = talker.send(apdu)
    assert len(reply) <= LARGEST
    if apdu and apdu[0] != 0xE0:
        assert reply


@FUZZ
@given(st.binary(max_size=80), st.sampled_from(["general", "glo"]), st.sampled_from([b"", b"\xc0", b"\xc1", b"\xc3"]))
def test_random_apdus_in_an_envelope_are_answered(plain: bytes, envelope: str, head: bytes):
    talker = opened("management")
    message = talker.cipher.protect(talker.control, talker.title, talker.take_counter(), head + plain)
    reply = talker.send((b"\xdb\x00" if envelope == "general" else b"\xc8") + octet_string(message))
    assert 0 < len(reply) <= LARGEST


WRITABLE = sorted(object_list(PROFILE, 1, Level.MANAGEMENT).writable)
CALLABLE = sorted(object_list(PROFILE, 1, Level.MANAGEMENT).methods)


@FUZZ
@given(st.sampled_from(WRITABLE), ANYTHING)
def test_any_data_is_written_or_refused(descriptor: bytes, value: Data):
    talker = opened("management")
    assert talker.set(Reference(descriptor), value) in (0, 3, 12, 250)


@FUZZ
@given(st.sampled_from(CALLABLE), st.one_of(st.none(), ANYTHING))
def test_any_data_is_taken_by_a_method_or_refused(descriptor: bytes, value: Data | None):
    talker = opened("management")
    assert talker.invoke(Reference(descriptor), value) in (0, 2, 3, 12, 250)


@FUZZ
@given(st.data())
def test_a_value_changed_a_little_is_written_or_refused(data: st.DataObject):
    talker = opened("management")
    target = Reference(data.draw(st.sampled_from(WRITABLE)))
    value = talker.read(target)
    assert talker.set(target, changed(value, data)) in (0, 3, 12, 250)
    for shown in (target, IMPORT, CLOCK, NAME, reference(20, "0.0.13.0.0.255", 5)):
        talker.read(shown)


def changed(value: Data, data: st.DataObject) -> Data:
    """Change one place somewhere in a value."""
    if isinstance(value.value, tuple) and value.value:
        items = list(value.value)
        index = data.draw(st.integers(0, len(items) - 1))
        match data.draw(st.integers(0, 3)):
            case 0:
                items.append(items[index])
            case 1:
                del items[index]
            case _:
                items[index] = changed(items[index], data)
        return value._replace(value=tuple(items))
    if isinstance(value.value, bytes) and value.value:
        content = bytearray(value.value)
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        return octets(bytes(content))
    return data.draw(ANYTHING)


@FUZZ
@given(st.integers(0, 255), ANYTHING)
def test_any_selection_of_any_log_is_answered(selector: int, parameters: Data):
    talker = opened("reader")
    for name in ("1.0.99.1.0.255", "0.0.98.1.0.255", "0.0.99.98.0.255"):
        target = reference(7, name, 2, Selection(selector % 4, parameters))
        assert talker.result(target) in (0, 12, 13, 250)


def test_the_wrapper_holds_no_more_than_one_apdu():
    bench = Bench()
    for size, closed in (
        (LARGEST + WRAPPER_SLACK, ""),
        (LARGEST + WRAPPER_SLACK + 1, "oversize"),
        (0xFFFF, "oversize"),
    ):
        session = bench.session()
        header = bytes.fromhex("000100100001") + size.to_bytes(2, "big")
        assert session.receive(header, bench.now) == []
        assert session.closed == closed
    session = bench.session()
    assert session.receive(b"\x00\x02" + bytes(6), bench.now) == []
    assert session.closed == "bad_version"
    assert session.receive(wrapper.encode(16, 1, b"\xc0"), bench.now) == []


def test_nothing_at_all_is_no_beginning():
    bench = Bench()
    session = bench.session()
    assert session.receive(b"", bench.now) == []
    assert not session.pending
    assert session.receive(b"\x00", bench.now) == []
    assert session.pending
