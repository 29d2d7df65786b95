"""Selective access to logs: by range and by entry give what the whole log holds, and nothing that was not asked."""

from functools import lru_cache
from typing import Any

import pytest
from dlms_bench import PROFILE, START, Bench
from dlms_talk import CLOCK_COLUMN, PROFILE_BUFFER, Talker, by_entry, octets, talk, u8, u16, u32
from hypothesis import given
from hypothesis import strategies as st

from emulator.device.instant import DAY, HALF_HOUR, HOUR, SECOND, instant
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import NULL, Data, Tag, array, decode, encode, structure
from emulator.dlms.objects.buffers import read_buffer
from emulator.dlms.objects.logs import BILLING, DAILY, EVENTS, IMPORT_PROFILE, OTHER_PROFILE, SECURITY
from emulator.dlms.objects.rows import AccessError
from emulator.dlms.pdu.services import Reference, Selection, reference
from emulator.dlms.pdu.tags import Conformance, DataAccessResult

SCOPE = DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
UNMATCHED = DataAccessResult.TYPE_UNMATCHED
ENERGY_COLUMN = structure(u16(3), octets(bytes((1, 0, 1, 29, 0, 255))), Data(Tag.INTEGER, 2), u16(0))
STATUS_COLUMN = structure(u16(1), octets(bytes((0, 0, 96, 10, 1, 255))), Data(Tag.INTEGER, 2), u16(0))
DAY_START = instant(2025, 12, 31)
FIRST_ENTRY = (START // HALF_HOUR - 395 * 48 + 1) * HALF_HOUR


def moment(at: int) -> Data:
    return octets(datetimes.encode(at))


def by_range(start: Data, end: Data, *columns: Data, restricting: Data = CLOCK_COLUMN) -> Selection:
    return Selection(1, structure(restricting, start, end, array(columns)))


@lru_cache
def reader() -> Talker:
    return talk("reader")


@lru_cache
def whole() -> list[tuple[int, list[Any]]]:
    """Give the whole import log once: stamp and cells."""
    entries = reader().read(PROFILE_BUFFER).value
    return [(datetimes.decode(entry.value[0].value), list(entry.value)) for entry in entries]


def select(selection: Selection) -> list[list[Data]]:
    return [list(entry.value) for entry in reader().read(Reference(PROFILE_BUFFER.descriptor, selection)).value]


def refused(selection: Selection) -> int:
    return reader().result(Reference(PROFILE_BUFFER.descriptor, selection))


def between(start: int, end: int) -> list[list[Data]]:
    return [cells for stamp, cells in whole() if start <= stamp <= end]


def test_the_whole_log_is_in_order_and_full():
    stamps = [stamp for stamp, _ in whole()]
    assert stamps[-1] == START // HALF_HOUR * HALF_HOUR
    assert stamps == list(range(stamps[0], stamps[-1] + 1, HALF_HOUR))
    assert len(stamps) == PROFILE.metering.import_profile_days * 48


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (DAY_START, DAY_START + DAY),  # both ends are in
        (DAY_START + 1 * SECOND, DAY_START + DAY - SECOND),
        (DAY_START, DAY_START),
        (DAY_START + SECOND, DAY_START + 2 * SECOND),  # nothing in between
        (DAY_START + DAY, DAY_START),  # reversed: nothing
        (START - 2 * HOUR, START + 400 * DAY),  # into the future
        (instant(2010, 1, 1), instant(2014, 1, 1)),  # before there was a meter
        (instant(2010, 1, 1), FIRST_ENTRY + 2 * HALF_HOUR),
    ],
)
def test_by_range(start: int, end: int):
    assert select(by_range(moment(start), moment(end))) == between(start, end)


def test_limits_as_unix_time_and_as_date_time():
    start, end = DAY_START, DAY_START + 3 * HOUR
    wanted = between(start, end)
    assert len(wanted) == 7
    assert select(by_range(u32(start // 1000), u32(end // 1000))) == wanted
    tagged = [Data(Tag.DATE_TIME, datetimes.encode(at)) for at in (start, end)]
    assert select(by_range(*tagged)) == wanted
    assert select(by_range(u32(start // 1000), moment(end))) == wanted
    local = octets(bytes.fromhex("07e90c1fff03000000ff4c00"))  # 03:00 at GMT+3
    assert select(by_range(local, moment(end))) == wanted


def test_an_open_limit_is_no_limit():
    never = octets(datetimes.NEVER)
    assert len(select(by_range(never, never))) == len(whole())
    assert select(by_range(never, moment(whole()[1][0]))) == [cells for _, cells in whole()[:2]]
    assert select(by_range(moment(START - HOUR), never)) == between(START - HOUR, START)


def test_columns_come_in_the_order_asked():
    start, end = moment(DAY_START), moment(DAY_START + HOUR)
    rows = between(DAY_START, DAY_START + HOUR)
    assert select(by_range(start, end, CLOCK_COLUMN)) == [[row[0]] for row in rows]
    assert select(by_range(start, end, ENERGY_COLUMN, CLOCK_COLUMN)) == [[row[2], row[0]] for row in rows]
    assert select(by_range(start, end, CLOCK_COLUMN, STATUS_COLUMN, ENERGY_COLUMN)) == rows


@pytest.mark.parametrize(
    ("selection", "result"),
    [
        (by_range(moment(0), moment(0), restricting=ENERGY_COLUMN), SCOPE),
        (by_range(moment(0), moment(0), restricting=NULL), SCOPE),
        (by_range(moment(0), moment(0), CLOCK_COLUMN, CLOCK_COLUMN), SCOPE),  # a column twice
        (by_range(moment(0), moment(0), NULL), SCOPE),
        (by_range(moment(0), moment(0), structure(u16(3), octets(bytes(6)), Data(Tag.INTEGER, 2), u16(0))), SCOPE),
        (by_range(NULL, moment(0)), UNMATCHED),
        (by_range(moment(0), u8(0)), UNMATCHED),
        (by_range(octets(b""), moment(0)), DataAccessResult.OTHER_REASON),
        (by_range(octets(bytes.fromhex("07eaff01ff00000000800000")), moment(0)), DataAccessResult.OTHER_REASON),
        (Selection(1, structure(CLOCK_COLUMN, moment(0), moment(0), NULL)), UNMATCHED),
        (Selection(1, structure(CLOCK_COLUMN, moment(0), moment(0))), UNMATCHED),
        (Selection(1, NULL), UNMATCHED),
        (Selection(0, NULL), SCOPE),
        (Selection(3, NULL), SCOPE),
        (Selection(255, NULL), SCOPE),
        (Selection(2, NULL), UNMATCHED),
        (Selection(2, structure(u32(1), u32(1), u16(1))), UNMATCHED),
        (Selection(2, structure(u32(1), u32(1), u16(1), octets(b""))), UNMATCHED),
        (Selection(2, structure(u32(1), u32(1), u16(1), Data(Tag.BOOLEAN, True))), UNMATCHED),
        (Selection(2, structure(Data(Tag.LONG64_UNSIGNED, 2**64 - 1), u32(0), u16(1), u16(0))), UNMATCHED),
        (Selection(2, structure(Data(Tag.FLOAT32, 1.0), u32(0), u16(1), u16(0))), UNMATCHED),
        (by_entry(0, 1), SCOPE),
        (by_entry(1, 1, 0), SCOPE),
        (by_entry(1, 1, 4), SCOPE),
        (by_entry(1, 1, 3, 2), SCOPE),
        (by_entry(1, 1, 1, 4), SCOPE),
    ],
)
def test_what_selects_nothing_sensible_is_refused(selection: Selection, result: int):
    assert refused(selection) == result


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (1, 1),
        (1, 48),
        (2, 2),
        (48, 40),
        (1, 0),
        (18_959, 0),
        (18_960, 18_960),
        (18_950, 99_999),
        (18_961, 0),
        (2**32 - 1, 0),
    ],
)
def test_by_entry(first: int, last: int):
    assert select(by_entry(first, last)) == [cells for _, cells in whole()[first - 1 : last or None]]


def test_by_entry_with_columns():
    rows = [cells for _, cells in whole()[:3]]
    assert select(by_entry(1, 3, 2, 3)) == [row[1:] for row in rows]
    assert select(by_entry(1, 3, 3, 0)) == [row[2:] for row in rows]
    assert select(by_entry(1, 3, 1, 1)) == [row[:1] for row in rows]


@given(st.integers(0, 200), st.integers(0, 200), st.permutations(range(3)), st.integers(1, 3))
def test_any_range_and_any_columns(first: int, count: int, order: list[int], picked: int):
    stamps = [stamp for stamp, _ in whole()]
    start, end = stamps[first] - SECOND, stamps[first + count] + SECOND
    names = [CLOCK_COLUMN, STATUS_COLUMN, ENERGY_COLUMN]
    asked = order[:picked]
    wanted = [[cells[place] for place in asked] for _, cells in whole()[first : first + count + 1]]
    meter = reader().bench.meter
    given_back = read_buffer(IMPORT_PROFILE, meter, by_range(moment(start), moment(end), *(names[n] for n in asked)))
    assert [list(entry.value) for entry in decode(given_back).value] == wanted


@pytest.mark.parametrize("buffer", [IMPORT_PROFILE, OTHER_PROFILE, DAILY, BILLING, EVENTS, SECURITY])
def test_every_log_selects_as_it_shows(buffer):
    bench = Bench()
    management = talk("management", bench)
    assert management.invoke(reference(70, "0.0.96.3.10.255", 1)) == 0
    meter = bench.meter
    entries = decode(read_buffer(buffer, meter, None)).value
    stamps = [datetimes.decode(entry.value[0].value) for entry in entries]
    middle = len(entries) // 2
    some = read_buffer(buffer, meter, by_entry(middle + 1, 0))
    assert decode(some).value == entries[middle:]
    if entries:
        start = moment(stamps[middle])
        ranged = decode(read_buffer(buffer, meter, by_range(start, octets(datetimes.NEVER)))).value
        assert ranged == tuple(entry for entry, at in zip(entries, stamps, strict=True) if at >= stamps[middle])
    assert decode(read_buffer(buffer, meter, by_range(u32(0), u32(0)))).value == ()


@given(
    st.integers(0, 255),
    st.recursive(
        st.sampled_from([NULL, u8(1), u16(1), u32(1), moment(0), octets(b""), CLOCK_COLUMN, Data(Tag.LONG, -1)]),
        lambda inner: st.lists(inner, max_size=5).map(lambda items: structure(*items)),
        max_leaves=8,
    ),
)
def test_any_selection_is_answered_or_refused(selector: int, parameters: Data):
    meter = reader().bench.meter
    try:
        found = read_buffer(EVENTS, meter, Selection(selector % 4, parameters))
    except AccessError:
        return
    assert encode(decode(found)) == found


def test_selective_access_must_have_been_agreed_on():
    talker = talk("reader", conformance=Conformance.GET | Conformance.BLOCK_GET)
    assert talker.result(Reference(PROFILE_BUFFER.descriptor, by_entry(1, 1))) == SCOPE
    assert talker.result(PROFILE_BUFFER) == 0
