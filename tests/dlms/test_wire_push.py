"""The hub's push setup and alert log on the wire: read, written by management, polled whole and in part.

Layouts are those of IEC 62056-6-2: Push setup (class 40, version 0) and Profile generic (class 7).
"""

import msgspec
import pytest
from dlms_bench import PROFILE, START
from home_bench import CHF, HUB, HomeBench, at, client

from emulator.device.happenings import PushDestinationSet
from emulator.device.hub.alert_queue import AlertArrived
from emulator.device.instant import SECOND
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, octets, structure
from emulator.dlms.objects.object_list import objects
from emulator.dlms.pdu.services import Selection, reference
from emulator.dlms.pdu.tags import DataAccessResult

SETUP, LOG, NEWEST = "0.0.25.9.0.255", "0.0.99.98.10.255", "0.0.96.50.102.255"
DESTINATION = at(40, SETUP, 3)


def to(destination: bytes, service: int = 0, message: int = 0) -> Data:
    return structure(Data(Tag.ENUM, service), octets(destination), Data(Tag.ENUM, message))


def raised(*codes: int) -> HomeBench:
    bench = HomeBench()
    for code in codes:
        bench.now += SECOND
        bench.home.note(CHF, AlertArrived("gsme", code, f"alert {code}", bench.now), bench.now)
    return bench


def test_management_names_the_head_end_and_a_reader_only_reads_it():
    bench = HomeBench()
    manager, reader = client(bench, HUB, "management"), client(bench, HUB)
    assert manager.read(DESTINATION) == to(b"")
    assert manager.set(DESTINATION, to(b"127.0.0.1:4060")) == 0
    assert reader.read(DESTINATION) == to(b"127.0.0.1:4060")
    assert reader.set(DESTINATION, to(b"127.0.0.1:4061")) == DataAccessResult.READ_WRITE_DENIED
    assert bench.hub.records.push.destination == "127.0.0.1:4060"
    assert bench.told(PushDestinationSet) == [PushDestinationSet("127.0.0.1:4060")]


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (to(b"127.0.0.1"), DataAccessResult.OTHER_REASON),
        (to(b"127.0.0.1:4060", service=1), DataAccessResult.OTHER_REASON),
        (to(b"127.0.0.1:4060", message=1), DataAccessResult.OTHER_REASON),
        (octets(b"127.0.0.1:4060"), DataAccessResult.TYPE_UNMATCHED),
        (structure(octets(b"127.0.0.1:4060")), DataAccessResult.TYPE_UNMATCHED),
    ],
)
def test_what_is_no_destination_is_refused(value, result):
    bench = HomeBench()
    assert client(bench, HUB, "management").set(DESTINATION, value) == result
    assert bench.hub.records.push.destination == ""


def test_the_push_setup_tells_the_familys_retries_and_spread():
    reader, rules = client(HomeBench(), HUB), PROFILE.forwarding
    assert reader.read(at(40, SETUP, 5)) == Data(Tag.LONG_UNSIGNED, rules.storm_spread_s)
    assert reader.read(at(40, SETUP, 6)) == Data(Tag.UNSIGNED, rules.retries)
    assert reader.read(at(40, SETUP, 7)) == Data(Tag.LONG_UNSIGNED, rules.retry_s)


def test_every_object_of_the_push_object_list_can_be_read():
    reader = client(raised(5), HUB)
    listed = reader.read(at(40, SETUP, 2)).value
    assert len(listed) == len(PROFILE.push.objects)
    for entry in listed:
        class_id, name, number, index = (part.value for part in entry.value)
        assert reader.result(at(class_id, ".".join(map(str, name)), number)) == 0
        assert index == 0


def test_the_newest_alert_stands_as_it_is_pushed():
    reader = client(raised(5, 6), HUB)
    found = reader.read(at(1, NEWEST)).value
    assert [part.value for part in found[2:5]] == [2, 6, 1]
    assert datetimes.decode(found[5].value) == START + 2 * SECOND
    assert reader.read(at(1, "0.0.96.11.10.255")).value == 6
    assert reader.read(at(1, "0.0.96.15.10.255")).value == 2
    assert reader.read(at(1, "0.0.96.50.101.255")) == Data(Tag.ENUM, 1)
    assert reader.read(at(1, "0.0.96.50.103.255")).value == b"alert 6"


def test_a_hub_that_never_alerted_says_so():
    reader = client(HomeBench(), HUB)
    assert reader.read(at(7, LOG)) == Data(Tag.ARRAY, ())
    assert reader.read(at(1, "0.0.96.11.10.255")).value == 0


def test_the_alert_log_is_polled_whole_and_by_range():
    reader = client(raised(5, 6, 7), HUB)
    rows = [[part.value for part in row.value] for row in reader.read(at(7, LOG)).value]
    assert [(datetimes.decode(row[0]), *row[1:]) for row in rows] == [
        (START + number * SECOND, number + 4, 1, number) for number in (1, 2, 3)
    ]
    assert reader.read(at(7, LOG, 7)).value == 3
    assert reader.read(at(7, LOG, 8)).value == PROFILE.push.log_entries
    clock = reader.read(at(7, LOG, 3)).value[0]
    first, last = (octets(datetimes.encode(START + number * SECOND)) for number in (2, 3))
    chosen = Selection(1, structure(clock, first, last, Data(Tag.ARRAY, ())))
    later = reader.read(reference(7, LOG, 2, chosen)).value
    assert [row.value[1].value for row in later] == [6, 7]


def test_a_family_that_pushes_nothing_has_no_push_setup_but_the_log():
    quiet = msgspec.structs.replace(PROFILE, push=msgspec.structs.replace(PROFILE.push, service="none"))
    names = {row.name for row in objects(quiet, HUB)}
    assert "push_setup" not in names
    assert "alert_log" in names
