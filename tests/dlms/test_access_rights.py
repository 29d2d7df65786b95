"""The object list tells the truth: what it grants is granted and nothing else, for every object at every level."""

from functools import lru_cache
from typing import NamedTuple

import pytest
from dlms_bench import PROFILE, Bench
from dlms_talk import OBJECT_LIST, Talker, by_entry, talk

from emulator.dlms.codec.data import NULL, Data, Tag
from emulator.dlms.objects.object_list import objects
from emulator.dlms.pdu.services import Reference, reference
from emulator.dlms.pdu.tags import DataAccessResult

DENIED = DataAccessResult.READ_WRITE_DENIED
WALKS = [("public", 1), ("reader", 1), ("management", 1), ("public", 2)]
# Granted, and refused all the same: the security log is never cleared (the command is there to be refused and logged),
# and a challenge is answered only while one is open, which every associated management client has done.
REFUSED_BY_THE_DEVICE = {(7, "0.0.99.98.1.255", 1), (15, "0.0.40.0.0.255", 1)}


class Entry(NamedTuple):
    class_id: int
    version: int
    logical_name: str
    attributes: dict[int, int]
    methods: dict[int, int]
    selectors: dict[int, list[int]]


def entries(talker: Talker) -> list[Entry]:
    """Read the object list over the wire."""
    listed = []
    for entry in talker.read(OBJECT_LIST).value:
        class_id, version, name, (_, (attributes, methods)) = entry.value
        assert (class_id.tag, version.tag, name.tag) == (Tag.LONG_UNSIGNED, Tag.UNSIGNED, Tag.OCTET_STRING)
        rights = [item.value for item in attributes.value]
        listed.append(
            Entry(
                class_id.value,
                version.value,
                ".".join(map(str, name.value)),
                {number.value: access.value for number, access, _ in rights},
                {number.value: access.value for number, access in (item.value for item in methods.value)},
                {number.value: [one.value for one in given.value or ()] for number, _, given in rights},
            )
        )
    return listed


def everything(server: int) -> list[tuple[int, str, int, int]]:
    """Name every object there is: class, logical name, how many attributes and methods its class has."""
    return [
        (row.kind.id, row.logical_name, len(row.kind.attributes) + 1, len(row.kind.methods))
        for row in objects(PROFILE, server)
    ]


@lru_cache
def walked(level: str, server: int) -> tuple[Talker, dict[tuple[int, str], Entry]]:
    talker = Talker(Bench(), level, server).associate()
    listed = entries(talker)
    assert len({(entry.class_id, entry.logical_name) for entry in listed}) == len(listed)
    return talker, {(entry.class_id, entry.logical_name): entry for entry in listed}


def targets(server: int, *, methods: bool) -> list[Reference]:
    """Give every attribute or method there could be, and one beyond on both sides."""
    found = []
    for class_id, name, attributes, callable_ones in everything(server):
        count = callable_ones if methods else attributes
        found.extend(reference(class_id, name, number) for number in range(count + 2))
    return found


def granted(listed: dict[tuple[int, str], Entry], target: Reference, *, methods: bool) -> int:
    entry = listed.get((target.class_id, target.logical_name))
    if entry is None:
        return 0
    return (entry.methods if methods else entry.attributes).get(target.number, 0)


@pytest.mark.parametrize(("level", "server"), WALKS)
def test_what_is_granted_to_read_is_read_and_nothing_else(level: str, server: int):
    talker, listed = walked(level, server)
    for target in targets(server, methods=False):
        wanted = 0 if granted(listed, target, methods=False) & 1 else DENIED
        assert talker.result(target) == wanted, target


@pytest.mark.parametrize(("level", "server"), WALKS)
def test_what_is_granted_to_write_is_judged_by_its_value_and_nothing_else_is_taken(level: str, server: int):
    talker, listed = walked(level, server)
    for target in targets(server, methods=False):
        may = bool(granted(listed, target, methods=False) & 2)
        assert talker.set(target, NULL) == (DataAccessResult.TYPE_UNMATCHED if may else DENIED), target


@pytest.mark.parametrize(("level", "server"), WALKS)
def test_what_is_granted_to_call_is_called_and_nothing_else(level: str, server: int):
    talker = Talker(Bench(), level, server).associate()
    listed = walked(level, server)[1]
    for target in targets(server, methods=True):
        may = bool(granted(listed, target, methods=True))
        named = (target.class_id, target.logical_name, target.number)
        if named in REFUSED_BY_THE_DEVICE:
            continue
        assert (talker.invoke(target, NULL) == DENIED) == (not may), target


def test_what_the_device_always_refuses():
    talker, listed = walked("management", 1)
    for class_id, name, number in REFUSED_BY_THE_DEVICE:
        target = reference(class_id, name, number)
        assert granted(listed, target, methods=True)
        assert talker.invoke(target, Data(Tag.INTEGER, 0)) == DENIED


@pytest.mark.parametrize(("level", "server"), WALKS)
def test_selective_access_works_where_selectors_are_listed(level: str, server: int):
    talker, listed = walked(level, server)
    for entry in listed.values():
        for number, access in entry.attributes.items():
            if not access & 1:
                continue
            selectors = entry.selectors[number]
            assert selectors in ([], [1, 2])
            target = reference(entry.class_id, entry.logical_name, number, by_entry(1, 1))
            wanted = 0 if selectors else DataAccessResult.SCOPE_OF_ACCESS_VIOLATED
            assert talker.result(target) == wanted, target


@pytest.mark.parametrize(("level", "server"), WALKS)
def test_an_object_asked_by_another_class_or_of_another_name(level: str, server: int):
    talker, _ = walked(level, server)
    for class_id, name, _, _ in everything(server):
        wrong = 4 if class_id == 3 else 3
        assert talker.result(reference(wrong, name, 2)) == DataAccessResult.OBJECT_CLASS_INCONSISTENT
        assert talker.set(reference(wrong, name, 2), NULL) == DataAccessResult.OBJECT_CLASS_INCONSISTENT
        assert talker.invoke(reference(wrong, name, 1)) == DataAccessResult.OBJECT_CLASS_INCONSISTENT
    nowhere = reference(3, "1.0.99.99.99.255", 2)
    assert talker.result(nowhere) == DataAccessResult.OBJECT_UNDEFINED
    assert talker.set(nowhere, NULL) == DataAccessResult.OBJECT_UNDEFINED
    assert talker.invoke(nowhere) == DataAccessResult.OBJECT_UNDEFINED


def test_versions_and_counts_are_those_of_the_classes():
    _, listed = walked("management", 1)
    rows = {(row.kind.id, row.logical_name): row.kind for row in objects(PROFILE, 1)}
    assert set(listed) == set(rows)
    for place, entry in listed.items():
        kind = rows[place]
        assert entry.version == kind.version
        assert list(entry.attributes) == list(range(1, len(kind.attributes) + 2))
        assert list(entry.methods) == list(range(1, len(kind.methods) + 1))


def test_an_object_of_which_nothing_may_be_read_is_not_listed():
    for level, server in WALKS:
        _, listed = walked(level, server)
        assert all(any(access & 1 for access in entry.attributes.values()) for entry in listed.values())
    assert (7, "1.0.99.1.0.255") not in walked("public", 1)[1]


def test_a_refused_write_or_call_stands_in_the_security_log():
    bench = Bench()
    reader = talk("reader", bench)
    before = len(bench.meter.records.logs.security)
    assert reader.set(reference(8, "0.0.1.0.0.255", 2), NULL) == DENIED
    assert reader.invoke(reference(70, "0.0.96.3.10.255", 1)) == DENIED
    assert bench.refusals() == ["write 8/0.0.1.0.0.255/2", "call 70/0.0.96.3.10.255/1"]
    assert len(bench.meter.records.logs.security) == before + 2
    # A read tells nothing and is not logged.
    assert reader.result(reference(15, "0.0.40.0.0.255", 7)) == DENIED
    assert len(bench.meter.records.logs.security) == before + 2
