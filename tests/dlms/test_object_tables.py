"""The tables of objects, as tables: classes, rows, commands, items, reasons."""

import itertools

import pytest
from dlms_bench import PROFILE, changed

from emulator.device.commands import COMMANDS, Reason, RestoreSupply, SetTariff
from emulator.device.items import ITEMS
from emulator.dlms.objects.kinds import KINDS
from emulator.dlms.objects.object_list import DEVICES, HUB, METER, object_list, objects
from emulator.dlms.objects.rows import Level, Object
from emulator.dlms.pdu.tags import DataAccessResult
from emulator.dlms.services import RESULT

ROWS = [(server, row) for server, rows in DEVICES.items() for row in rows]
NAMES = [f"{server}-{row.name}" for server, row in ROWS]

# RestoreSupply is the consumer's own, at the meter. SetTariff is composed by the head end of the passive table, its
# special days and its activation.
NOT_ON_THE_WIRE = {RestoreSupply, SetTariff}
# The matrix is 48 objects; the status is known from the thresholds and the power.
ITEMS_ELSEWHERE = {"tou_wh", "power_threshold_status"}
# The secret of an association is never shown, so it is not there to be read.
ATTRIBUTES_LEFT_OUT = {("association", 7)}


@pytest.mark.parametrize(("server", "row"), ROWS, ids=NAMES)
def test_a_row_has_every_attribute_of_its_class_and_no_other(server: int, row: Object):
    numbers = set(range(2, len(row.kind.attributes) + 2))
    left_out = {number for name, number in ATTRIBUTES_LEFT_OUT if name == row.name}
    assert set(row.attributes) == numbers - left_out


@pytest.mark.parametrize(("server", "row"), ROWS, ids=NAMES)
def test_a_row_has_methods_of_its_class_only(server: int, row: Object):
    assert set(row.methods) <= set(range(1, len(row.kind.methods) + 1))
    for method in row.methods.values():
        assert (method.takes is None) != (method.within is None)


@pytest.mark.parametrize("server", DEVICES)
def test_no_object_stands_twice(server: int):
    for rows in (DEVICES[server], objects(PROFILE, server)):
        assert len({(row.kind.id, row.logical_name) for row in rows}) == len(rows)
        assert len({row.logical_name for row in rows}) == len(rows)
        assert len({row.name for row in rows}) == len(rows)


def test_every_class_has_an_object():
    assert {row.kind.id for _, row in ROWS} == set(KINDS)
    assert all(number == kind.id for number, kind in KINDS.items())


def test_every_command_has_a_row_that_carries_it():
    carried = {
        command
        for _, row in ROWS
        for takes in (
            *(attribute.write for attribute in row.attributes.values()),
            *(method.takes for method in row.methods.values()),
        )
        if takes is not None
        for command in takes.commands
    }
    assert carried == set(COMMANDS) - NOT_ON_THE_WIRE


def test_every_data_item_stands_in_an_attribute():
    found = [key for row in METER for attribute in row.attributes.values() for key in attribute.items]
    assert len(set(found)) == len(found)
    assert set(found) == {item.key for item in ITEMS} - ITEMS_ELSEWHERE


def test_every_reason_has_a_result():
    assert set(RESULT) == set(Reason)
    assert DataAccessResult.SUCCESS not in RESULT.values()


def test_mandatory_objects_of_a_logical_device():
    # IEC 62056-6-2, 4.1.8: the current association and the logical device name, in every logical device.
    for rows in (METER, HUB):
        names = {(row.kind.id, row.logical_name) for row in rows}
        assert {(15, "0.0.40.0.0.255"), (1, "0.0.42.0.0.255")} <= names
    assert (17, "0.0.41.0.0.255") in {(row.kind.id, row.logical_name) for row in METER}


def test_a_profile_leaves_objects_out_and_renames_them():
    fewer = changed(PROFILE, metering={"export": False, "reactive": False, "tou_registers": 4})
    names = {row.name for row in objects(fewer, 1)}
    assert "export_total" not in names
    assert "other_profile" not in names
    assert {"tou_4", "import_total"} <= names
    assert "tou_5" not in names
    renamed = changed(PROFILE, dlms={"logical_names": {"import_total": "1.1.1.8.0.255"}})
    (row,) = [row for row in objects(renamed, 1) if row.name == "import_total"]
    assert row.logical_name == "1.1.1.8.0.255"


def test_the_levels_contain_each_other():
    lists = [object_list(PROFILE, 1, level) for level in Level]
    for less, more in itertools.pairwise(lists):
        assert set(less.readable) <= set(more.readable)
        assert set(less.writable) <= set(more.writable)
        assert set(less.methods) <= set(more.methods)
    assert not object_list(PROFILE, 1, Level.PUBLIC).writable
    assert not object_list(PROFILE, 1, Level.READER).methods


def test_only_a_client_that_is_challenged_may_answer_a_challenge():
    reply = bytes.fromhex("000f0000280000ff01")
    assert reply in object_list(PROFILE, 1, Level.MANAGEMENT).methods
    assert reply not in object_list(PROFILE, 1, Level.READER).methods
