"""What a client does wrong on the wire is found, with evidence; what a good client does is not.

Requests whose evidence is compared are written by hand from IEC 62056-5-3, clause 8, as the farm's callers have them.
"""

import re
from pathlib import Path

import pytest
from dlms_bench import PROFILE, changed
from dlms_talk import CLOCK_COLUMN, IMPORT, OBJECT_LIST, PROFILE_BUFFER, Talker, octets, u8
from home_bench import GAS, HUB, METER, HomeBench, at, client
from wire_sites import POUND, PRICES, TERMS, send

from emulator.device.commands import AddCredit, ApplyPresetClock, ClearEventLog, SetClock, ShiftClock
from emulator.device.happenings import ClientMisbehaved
from emulator.device.hub.hub_conduct import MisconductSeen
from emulator.device.instant import HOUR, MINUTE, SECOND, instant
from emulator.device.journal import DeviceName
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import Mode
from emulator.device.money.contract import Contract
from emulator.device.money.top_up import vend_for
from emulator.device.self_check import FaultFound
from emulator.dlms.codec.data import Data, Tag, array, structure
from emulator.dlms.codec.datetimes import encode as date_time
from emulator.dlms.conduct import KINDS, WRONG_PASSWORDS, Kind, conduct_of
from emulator.dlms.framing.hdlc_client import HdlcLimits
from emulator.dlms.objects.object_list import object_list
from emulator.dlms.objects.rows import Level
from emulator.dlms.pdu.services import Reference, Selection, reference
from emulator.dlms.pdu.tags import DataAccessResult
from emulator.dlms.watch import HURRIED, POLLS, REMEMBERED, REPEATS

GET_IMPORT = bytes.fromhex("c001c1000301000108 00ff0200".replace(" ", ""))
GAS_VOLUME = at(3, "7.0.3.0.0.255")
EVENT_LOG = at(7, "0.0.99.98.0.255")
DAY = 24 * HOUR


def found(bench: HomeBench) -> list[tuple[Kind, int | None, int, int]]:
    """Give kind, client, server and count of all that the home's journal tells of its clients."""
    return [(one.kind, one.client, one.server, one.count) for one in conduct_of(bench.home.journal)]


def kinds(bench: HomeBench) -> list[Kind]:
    return [kind for kind, _, _, _ in found(bench)]


def asked(times: int, apart_ms: int = 0, level: str = "reader") -> HomeBench:
    """Have one client send one request so many times."""
    bench = HomeBench()
    talker = client(bench, METER, level)
    for _ in range(times):
        talker.exchange(GET_IMPORT)
        bench.now += apart_ms
    return bench


# Retry storms


def test_a_retry_storm():
    assert not found(asked(REPEATS))
    bench = asked(REPEATS + 1)
    (one,) = conduct_of(bench.home.journal)
    assert (one.kind, one.client, one.server, one.at) == (Kind.RETRY_STORM, 32, METER, bench.now)
    assert one.detail == "read 3/1.0.1.8.0.255/2"
    assert re.fullmatch("c001c100030100010800ff0200 -> c401c10006[0-9a-f]{8}", one.evidence)


def test_a_client_that_is_refused_storms_as_well():
    assert found(asked(REPEATS + 1, level="public")) == [(Kind.RETRY_STORM, 16, METER, 1)]


def test_a_client_that_waits_between_its_tries_storms_not():
    assert not found(asked(10 * REPEATS, apart_ms=3 * SECOND))


def test_other_invoke_ids_and_connections_do_not_hide_a_storm():
    bench = HomeBench()
    for number in range(REPEATS + 1):
        talker = client(bench, METER)
        talker.exchange(GET_IMPORT[:2] + bytes((0xC0 | number,)) + GET_IMPORT[3:])
    assert kinds(bench) == [Kind.RETRY_STORM]


@pytest.mark.parametrize("between", ["write", "hours"])
def test_asking_again_after_something_happened_is_no_retry(between: str):
    bench = HomeBench()
    reader, management = client(bench, METER), client(bench, METER, "management")
    for number in range(4 * REPEATS):
        reader.read(at(70, "0.0.96.3.10.255"))
        if between == "write":
            assert send(management, ShiftClock(1 + number % 2)) == 0
        else:
            bench.now += HOUR
    assert Kind.RETRY_STORM not in kinds(bench)


def test_other_reads_between_do_not_hide_a_storm():
    bench = HomeBench()
    talker = client(bench, METER)
    for number in range(1, REPEATS + 2):
        for _ in range(number % 3):  # over and over, and then something else
            talker.exchange(GET_IMPORT)
        talker.read(at(3, f"1.0.1.8.{number}.255"))
    assert found(bench) == [(Kind.RETRY_STORM, 32, METER, 1)]  # 1 + 2 + 0 + 1 + 2 + 0 times


def test_a_storm_is_told_at_every_tenfold():
    bench = asked(1 + REPEATS * 100)
    assert [count for _, _, _, count in found(bench)] == [1, 10, 100]
    assert len(bench.told(ClientMisbehaved)) == 3


def test_over_hdlc_and_ciphered_it_is_the_same():
    bench = HomeBench()
    talker = Talker(bench, "management", hdlc=HdlcLimits()).associate()
    for _ in range(REPEATS + 1):
        assert talker.read(IMPORT)
    (one,) = conduct_of(bench.home.journal)
    assert one.evidence.startswith("c001c100030100010800ff0200 -> c401c100")


def test_repeated_writes_are_a_storm_and_their_content_is_no_evidence():
    bench = HomeBench()
    talker = client(bench, METER, "management")
    setting = structure(octets(date_time(bench.now + DAY)), Data(Tag.DOUBLE_LONG_UNSIGNED, 1))
    for _ in range(REPEATS + 1):
        talker.set(at(1, "0.0.96.50.24.255"), setting)
    storm = next(one for one in conduct_of(bench.home.journal) if one.kind is Kind.RETRY_STORM)
    assert storm.detail == "write 1/0.0.96.50.24.255/2"
    assert storm.evidence.split(" -> ")[0] == "c101c100010000603218ff0200"


# Busy


def test_busy_ignored():
    bench = HomeBench()
    talker = client(bench, METER, "management")
    assert send(talker, ApplyPresetClock()) == DataAccessResult.TEMPORARY_FAILURE
    assert not found(bench)
    bench.now += 999
    assert send(talker, ApplyPresetClock()) == DataAccessResult.TEMPORARY_FAILURE
    assert found(bench) == [(Kind.BUSY_IGNORED, 1, METER, 1)]
    bench.now += SECOND
    send(talker, ApplyPresetClock())
    assert len(found(bench)) == 1


def test_an_unknown_service_again_at_once_is_busy_ignored():
    bench = HomeBench()
    talker = Talker(bench, "reader").associate(conformance=0x10)  # GET only
    write = bytes.fromhex("c101c1000800000100 00ff020000".replace(" ", ""))
    for _ in range(2):
        assert talker.send(write) == bytes.fromhex("d80202")
    assert kinds(bench) == [Kind.BUSY_IGNORED]


def test_trying_again_after_another_write_is_fair():
    bench = HomeBench()
    talker = client(bench, METER, "management")
    for by_s in (1, 2):
        assert send(talker, ApplyPresetClock()) == DataAccessResult.TEMPORARY_FAILURE
        assert send(talker, ShiftClock(by_s)) == 0
    assert not found(bench)


@pytest.mark.parametrize(("apart_ms", "expected"), [(499, [Kind.PACE_EXCEEDED]), (500, [])])
def test_asking_on_before_an_answer_can_have_come(apart_ms: int, expected: list[Kind]):
    bench = HomeBench()
    bench.device.watch.answer_ms = 500
    talker = client(bench, METER)
    for target in attributes(bench, METER)[: HURRIED + 5]:
        bench.now += apart_ms
        talker.result(target)
    assert kinds(bench) == expected


# The gas meter


def test_polling_a_gas_meter_that_sleeps():
    bench = HomeBench()
    talker = client(bench, GAS)
    for _ in range(POLLS):
        bench.now += MINUTE // 2
        talker.read(GAS_VOLUME)
    assert not found(bench)
    talker.read(GAS_VOLUME)
    assert found(bench) == [(Kind.ASLEEP_POLLED, 32, GAS, 1)]
    assert conduct_of(bench.home.journal)[0].detail == "read 3/7.0.3.0.0.255/2"


def test_reading_a_gas_meter_after_each_wake_is_fair():
    bench = HomeBench()
    talker = client(bench, GAS)
    for _ in range(4 * POLLS):
        talker.read(GAS_VOLUME)
        bench.now += 30 * MINUTE
    assert not found(bench)


# Logs


@pytest.mark.parametrize("read_first", [False, True])
def test_a_log_is_read_before_it_is_cleared(read_first: bool):
    bench = HomeBench()
    reader, management = client(bench, METER), client(bench, METER, "management")
    assert send(management, ShiftClock(1)) == 0
    if read_first:
        assert reader.read(EVENT_LOG).value
    assert send(management, ClearEventLog()) == 0
    if read_first:
        assert not found(bench)
        return
    (one,) = conduct_of(bench.home.journal)
    assert (one.kind, one.client) == (Kind.LOG_CLEARED_UNREAD, 1)
    assert one.detail == "call 7/0.0.99.98.0.255/1, with 1 entries nobody had read"


def test_entries_after_the_last_reading_are_lost_too():
    bench = HomeBench()
    reader, management = client(bench, METER), client(bench, METER, "management")
    assert send(management, ShiftClock(1)) == 0
    reader.read(EVENT_LOG)
    bench.now += MINUTE
    assert [send(management, ShiftClock(by_s)) for by_s in (2, 3)] == [0, 0]
    assert send(management, ClearEventLog()) == 0
    (one,) = conduct_of(bench.home.journal)
    assert one.detail.endswith("with 2 entries nobody had read")


def test_the_gas_meters_log_is_read_before_it_is_cleared():
    bench = HomeBench()
    reader, management = client(bench, GAS), client(bench, GAS, "management")
    bench.home.note(DeviceName.GSME, FaultFound("ram"))
    bench.now += HOUR
    clear = at(7, "0.0.99.98.0.255", 1)
    assert management.invoke(clear, Data(Tag.INTEGER, 0)) == 0
    assert kinds(bench) == [Kind.LOG_CLEARED_UNREAD]
    reader.read(EVENT_LOG)
    assert management.invoke(clear, Data(Tag.INTEGER, 0)) == 0
    assert len(found(bench)) == 1


# What stands in the journal anyway


def test_a_counter_replayed():
    bench = HomeBench()
    talker = client(bench, METER, "management")
    talker.send(talker.wrap(GET_IMPORT, counter=talker.counter - 1))
    assert found(bench) == [(Kind.COUNTER_REPLAYED, 1, METER, 1)]
    stale = Talker(bench, "management")
    stale.counter = 1
    stale.open()
    assert found(bench)[-1] == (Kind.COUNTER_REPLAYED, 1, METER, 2)


def test_a_double_vend():
    bench = HomeBench()
    assert bench.meter.note(AccountStarts(Contract(Mode.PREPAYMENT, 20 * POUND, PRICES, TERMS))).accepted
    talker = client(bench, METER, "management")
    digits = vend_for(bench.meter.site, bench.meter.records, 10 * POUND)
    assert send(talker, AddCredit(digits)) == 0
    assert not found(bench)
    bench.now += MINUTE
    assert send(talker, AddCredit(digits)) == DataAccessResult.OTHER_REASON
    assert found(bench) == [(Kind.VEND_REPEATED, None, METER, 1)]


def test_a_clock_beyond_its_tolerance_and_outside_its_years():
    bench = HomeBench(profile=changed(PROFILE, clock={"set_tolerance_s": 60}))
    talker = client(bench, METER, "management")
    assert send(talker, SetClock(bench.now + MINUTE // 2)) == 0
    assert not found(bench)
    assert send(talker, SetClock(bench.now + HOUR)) == DataAccessResult.OTHER_REASON
    assert found(bench) == [(Kind.CLOCK_OUT_OF_BOUNDS, None, METER, 1)]
    assert send(talker, SetClock(instant(2070, 1, 1))) == DataAccessResult.OTHER_REASON
    assert found(bench)[1:] == [(Kind.CLOCK_OUT_OF_BOUNDS, 1, METER, 1)]


def test_a_wrong_password_again_and_again():
    bench = HomeBench()
    for number in range(WRONG_PASSWORDS + 2):
        Talker(bench, "reader").open(authentication=b"TEST nonsense")
        assert kinds(bench) == [Kind.PASSWORD_STORM] * max(0, number + 1 - WRONG_PASSWORDS)
    assert found(bench)[-1] == (Kind.PASSWORD_STORM, 32, METER, 2)


def test_wrong_passwords_long_apart_are_no_storm():
    bench = HomeBench()
    for _ in range(4 * WRONG_PASSWORDS):
        Talker(bench, "reader").open(authentication=b"TEST nonsense")
        bench.now += 5 * MINUTE
    assert not found(bench)


def test_a_write_beyond_the_clients_rights():
    bench = HomeBench()
    assert send(client(bench, METER), ShiftClock(1)) == DataAccessResult.READ_WRITE_DENIED
    assert found(bench) == [(Kind.BEYOND_RIGHTS, 32, METER, 1)]


# No association, no request


def test_a_request_outside_an_association():
    bench = HomeBench()
    talker = Talker(bench, "reader")
    assert talker.send(GET_IMPORT) == bytes.fromhex("d80101")
    (one,) = conduct_of(bench.home.journal)
    assert (one.kind, one.client, one.evidence) == (Kind.NOT_ASSOCIATED, 32, GET_IMPORT.hex())
    talker.associate().release()
    talker.release()
    assert len(found(bench)) == 1  # a release too many harms nobody


def test_strangers_are_counted_together():
    bench = HomeBench()
    for number in range(64):
        Talker(bench, "reader", client=100 + number).send(GET_IMPORT)
    assert [(one.client, one.count) for one in conduct_of(bench.home.journal)] == [
        (99 + count, count) for count in (1, 10)
    ]


def test_octets_that_are_no_request():
    bench = HomeBench()
    talker = client(bench, METER)
    assert talker.send(GET_IMPORT[:9]) == bytes.fromhex("d80103")
    (one,) = conduct_of(bench.home.journal)
    assert (one.kind, one.evidence) == (Kind.MALFORMED, GET_IMPORT[:9].hex())


# Good clients


def attributes(bench: HomeBench, server: int) -> list[Reference]:
    """Give all that a reader may read at a logical device."""
    readable = object_list(bench.meter.site.profile, server, Level.READER).readable
    return [Reference(descriptor) for descriptor in readable]


@pytest.mark.parametrize("server", [METER, HUB, GAS])
def test_reading_all_there_is_twice_is_fair(server: int):
    bench = HomeBench()
    talker = client(bench, server)
    for _ in range(2):
        talker.read(OBJECT_LIST)
        every = attributes(bench, server)
        assert len(every) > REMEMBERED / 3
        for target in every:
            talker.result(target)
    assert not found(bench)


def test_a_month_of_the_profile_and_a_long_write_in_blocks_are_fair():
    bench = HomeBench()
    reader, management = client(bench, METER), client(bench, METER, "management")
    limits = [octets(date_time(when)) for when in (bench.now - 31 * DAY, bench.now)]
    selection = Selection(1, structure(CLOCK_COLUMN, *limits, Data(Tag.ARRAY, [])))
    month = reference(PROFILE_BUFFER.class_id, PROFILE_BUFFER.logical_name, 2, selection)
    for _ in range(2):
        assert len(reader.read(month).value) == 31 * 48
    days = array([structure(u8(number), array([])) for number in range(1, 120)])
    for _ in range(2):
        assert management.set_long(at(20, "0.0.13.0.0.255", 9), days, size=64) == DataAccessResult.OTHER_REASON
    assert not found(bench)


# The table


def test_every_kind_has_its_meaning():
    assert list(KINDS) == list(Kind)
    assert all(all(meaning) for meaning in KINDS.values())


def test_a_kind_that_is_not_known_any_more_is_left_out():
    bench = HomeBench()
    bench.home.note(DeviceName.CHF, MisconductSeen("of another version", 1, METER, "", "", 1))
    assert len(bench.told(ClientMisbehaved)) == 1
    assert not found(bench)


def test_the_page_has_the_table():
    page = (Path(__file__).parents[2] / "docs" / "conduct.md").read_text("utf-8")
    rows = [f"| `{kind}` | {meaning.did} | {meaning.found} | {meaning.remedy} |" for kind, meaning in KINDS.items()]
    assert "\n".join(rows) in page
