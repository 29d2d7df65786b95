"""The tables of objects, as tables: classes, rows, commands, items, reasons."""

import itertools

import pytest
from dlms_bench import PROFILE, changed

from emulator.device.commands import (
    COMMANDS,
    ChangeAccount,
    ClearReadSchedule,
    Command,
    LockOpticalPort,
    Reason,
    RestoreSupply,
    SendEmergencyCredit,
    SendSupplyOn,
    SendTopUp,
    SetReadSchedule,
    SetTariff,
    ShowMessage,
)
from emulator.device.readings import ITEMS_OF
from emulator.device.rules import ELECTRICITY_RULES
from emulator.dlms.logical_device import DEVICE_AT
from emulator.dlms.objects.kinds import KINDS
from emulator.dlms.objects.object_list import DEVICES, METER, object_list, objects
from emulator.dlms.objects.rows import Level, Object
from emulator.dlms.pdu.tags import DataAccessResult
from emulator.dlms.services import RESULT

ROWS = [(server, row) for server, rows in DEVICES.items() for row in rows]
NAMES = [f"{server}-{row.name}" for server, row in ROWS]

# Why a command has no row of this wire.
NOT_ON_THE_WIRE: dict[type[Command], str] = {
    RestoreSupply: "the consumer's own, at the meter",
    SetTariff: "composed by the head end of the passive table, its prices and its activation",
    SendTopUp: "a consumer's, at a display",
    SendEmergencyCredit: "a consumer's, at a display",
    SendSupplyOn: "a consumer's, at a display",
    ShowMessage: "a display's, which has no logical device",
    SetReadSchedule: "a maker's function, known of sets that speak SMS or ZigBee",
    ClearReadSchedule: "as the schedule's setting",
    ChangeAccount: "of a set that speaks SMS",
    LockOpticalPort: "a maker's service code, at the meter",
}
OF_THE_ESME_YET_NOT_ON_THE_WIRE = {
    RestoreSupply,
    SetTariff,
    LockOpticalPort,
    SetReadSchedule,
    ClearReadSchedule,
    ChangeAccount,
}
# Why an item has no attribute of its own.
ITEMS_ELSEWHERE: dict[int, dict[str, str]] = {
    1: {
        "tou_wh": "the matrix is 48 objects",
        "power_threshold_status": "known from the thresholds and the power",
        "power": "a meter that answers has power",
    },
    2: {},
    3: {"tou_l": "the matrix is 4 objects"},
}
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
    assert carried == set(COMMANDS) - set(NOT_ON_THE_WIRE)
    of_the_meter = {kind for kind in ELECTRICITY_RULES if issubclass(kind, Command)}
    assert of_the_meter & set(NOT_ON_THE_WIRE) == OF_THE_ESME_YET_NOT_ON_THE_WIRE


@pytest.mark.parametrize("server", DEVICES)
def test_every_data_item_stands_in_an_attribute(server: int):
    found = [key for row in DEVICES[server] for attribute in row.attributes.values() for key in attribute.items]
    assert len(set(found)) == len(found)
    assert set(found) == {item.key for item in ITEMS_OF[DEVICE_AT[server]]} - set(ITEMS_ELSEWHERE[server])


def test_every_reason_has_a_result():
    assert set(RESULT) == set(Reason)
    assert DataAccessResult.SUCCESS not in RESULT.values()


def test_mandatory_objects_of_a_logical_device():
    # IEC 62056-6-2, 4.1.8: the current association and the logical device name, in every logical device.
    for rows in DEVICES.values():
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


def test_a_make_without_prepayment_has_an_account_and_prices_only():
    plain = changed(PROFILE, prepayment={"level": "none"})
    kinds = {row.kind.id for row in objects(plain, 1)}
    assert {111, 112, 113} <= kinds
    assert 115 not in kinds
    assert [row.name for row in objects(plain, 1) if row.kind.id == 112] == ["meter_balance"]
    assert [row.name for row in objects(plain, 1) if row.kind.id == 113] == ["price_matrix", "standing_charge"]
    missing = {row.name for row in objects(PROFILE, 1)} - {row.name for row in objects(plain, 1)}
    assert {"token_gateway", "emergency_credit", "debt_change", "non_disablement_schedule", "credits"} <= missing


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
