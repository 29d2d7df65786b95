"""The walk over all COSEM objects, after the `COSEM_X_Y` cases of the DLMS UA conformance test list.

The test plans are not public. In our reading the walk reads every attribute of every object and checks its type,
writes every writable attribute back, and finds every refusal. TYPES is taken from the class descriptions of the Blue
Book (IEC 62056-6-2) by hand, apart from the rows; access refusal is in test_access_rights.py.
"""

import pytest
from dlms_bench import PROFILE, Bench
from dlms_talk import Talker, talk

from emulator.device.instant import SECOND, instant
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag
from emulator.dlms.objects.object_list import objects
from emulator.dlms.objects.rows import Object
from emulator.dlms.pdu.services import reference
from emulator.dlms.pdu.tags import DataAccessResult

ANY = frozenset(Tag)
NUMBERS = frozenset({Tag.DOUBLE_LONG_UNSIGNED, Tag.LONG_UNSIGNED, Tag.UNSIGNED, Tag.DOUBLE_LONG, Tag.LONG, Tag.INTEGER})
MOMENT = frozenset({Tag.OCTET_STRING})
ENUM, BOOL, ARRAY, STRUCTURE = (frozenset({tag}) for tag in (Tag.ENUM, Tag.BOOLEAN, Tag.ARRAY, Tag.STRUCTURE))
OCTETS, U8, U16, U32 = (
    frozenset({tag}) for tag in (Tag.OCTET_STRING, Tag.UNSIGNED, Tag.LONG_UNSIGNED, Tag.DOUBLE_LONG_UNSIGNED)
)
LONG, INTEGER, I32, BITS = (frozenset({tag}) for tag in (Tag.LONG, Tag.INTEGER, Tag.DOUBLE_LONG, Tag.BIT_STRING))

# Class: the types of attributes 2, 3, ...
TYPES: dict[int, tuple[frozenset[Tag], ...]] = {
    1: (ANY,),
    3: (NUMBERS, STRUCTURE),
    4: (NUMBERS, STRUCTURE, ANY, MOMENT),
    5: (NUMBERS, NUMBERS, STRUCTURE, ANY, MOMENT, MOMENT, U32, U16),
    6: (ARRAY, ARRAY, OCTETS),
    7: (ARRAY, ARRAY, U32, ENUM, STRUCTURE, U32, U32),
    8: (MOMENT, LONG, U8, MOMENT, MOMENT, INTEGER, BOOL, ENUM),
    9: (ARRAY,),
    10: (ARRAY,),
    11: (ARRAY,),
    15: (ARRAY, STRUCTURE, OCTETS | STRUCTURE, STRUCTURE, OCTETS | STRUCTURE, ANY, ENUM, OCTETS),
    17: (ARRAY,),
    20: (OCTETS, ARRAY, ARRAY, ARRAY, OCTETS, ARRAY, ARRAY, ARRAY, OCTETS),
    21: (ARRAY, STRUCTURE, ARRAY),
    22: (STRUCTURE, ENUM, ARRAY),
    23: (ENUM, U8, U8, U16, U16, U16, U16, U16),
    41: (U16, OCTETS, U16, U8, U16),
    42: (OCTETS, U32, ARRAY, ARRAY, U32, U32, BOOL, U32, U32),
    64: (ENUM, ENUM, OCTETS, OCTETS),
    70: (BOOL, ENUM, ENUM),
    71: (STRUCTURE, NUMBERS, NUMBERS, NUMBERS, U32, U32, STRUCTURE, ARRAY, BOOL, STRUCTURE),
    111: (
        *(STRUCTURE, U8, BITS, I32, I32, I32, I32, ARRAY, ARRAY, ARRAY, ARRAY, MOMENT, MOMENT, STRUCTURE, I32, I32),
        *(U16 | U32, I32),  # max_provision is a long-unsigned; ours is wider where the amount is
    ),
    112: (I32, ENUM, U8, I32, I32, BITS, ENUM, I32, I32, MOMENT),
    113: (I32, ENUM, U8, STRUCTURE, STRUCTURE, MOMENT, U32, BITS, MOMENT, I32, I32, U16),
    115: (OCTETS, OCTETS, ARRAY, ENUM, STRUCTURE),
}
# A restriction can be set and never lifted: where there is none, nothing that is read could be written.
NOT_WRITTEN_BACK = {("restricted_before", 2)}
ROWS = objects(PROFILE, 1)
NAMES = [row.name for row in ROWS]
WRITABLE = [(row, number) for row in ROWS for number, attribute in row.attributes.items() if attribute.write]


@pytest.fixture(scope="module")
def reader() -> Talker:
    return talk("reader")


@pytest.mark.ctt("COSEM_X_Y")
@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_every_attribute_has_the_type_of_its_class(row: Object, reader: Talker):
    """Our reading: attribute 1 is the object's own name; every other has a type its class allows."""
    name = reader.read(reference(row.kind.id, row.logical_name, 1))
    assert name == Data(Tag.OCTET_STRING, bytes(map(int, row.logical_name.split("."))))
    for number in row.attributes:
        data = reader.read(reference(row.kind.id, row.logical_name, number))
        assert data.tag in TYPES[row.kind.id][number - 2], (number, data)


@pytest.mark.ctt("COSEM_X_Y")
@pytest.mark.parametrize("row", [row for row in ROWS if row.kind.id in {3, 4, 5}], ids=lambda row: row.name)
def test_every_register_has_a_scaler_and_a_unit(row: Object, reader: Talker):
    """Our reading: scaler_unit is a structure of an integer and an enumeration."""
    number = 4 if row.kind.id == 5 else 3
    scaler, unit = reader.read(reference(row.kind.id, row.logical_name, number)).value
    assert (scaler.tag, unit.tag) == (Tag.INTEGER, Tag.ENUM)
    assert -5 <= scaler.value <= 0
    assert unit.value in {7, 10, 254, 27, 29, 30, 32, 33, 35, 44, 255}  # IEC 62056-6-2, table of units


@pytest.mark.ctt("COSEM_X_Y")
@pytest.mark.parametrize(("row", "number"), WRITABLE, ids=[f"{row.name}-{number}" for row, number in WRITABLE])
def test_what_was_read_is_written_back(row: Object, number: int):
    """Our reading: every writable attribute takes its own value back and shows it again, now and after a restart."""
    bench = Bench()
    talker = talk("management", bench)
    target = reference(row.kind.id, row.logical_name, number)
    value = talker.read(target)
    if (row.name, number) in NOT_WRITTEN_BACK:
        assert talker.set(target, value) == DataAccessResult.OTHER_REASON
        return
    assert talker.set(target, value) == 0
    assert talker.read(target) == value
    again = talk("management", Bench(state=bench.meter.state()))
    assert again.read(target) == value


@pytest.mark.ctt("COSEM_X_Y")
@pytest.mark.parametrize(("row", "number"), WRITABLE, ids=[f"{row.name}-{number}" for row, number in WRITABLE])
def test_a_value_of_another_type_is_refused(row: Object, number: int):
    """Our reading: type-unmatched, and the value stays."""
    talker = talk("management")
    target = reference(row.kind.id, row.logical_name, number)
    value = talker.read(target)
    for wrong in (Data(Tag.NULL, None), Data(Tag.FLOAT32, 1.0), Data(Tag.LONG64, 1), Data(Tag.STRUCTURE, ())):
        assert talker.set(target, wrong) == DataAccessResult.TYPE_UNMATCHED
    assert talker.read(target) == value


@pytest.mark.ctt("COSEM_X_Y")
def test_capture_objects_are_objects(reader: Talker):
    """Our reading: whatever a log captures stands in the object list, and the log sorts by its first column."""
    known = {(row.kind.id, row.logical_name) for row in ROWS}
    for row in ROWS:
        if row.kind.id != 7:
            continue
        captured = reader.read(reference(7, row.logical_name, 3)).value
        places = [(item.value[0].value, ".".join(map(str, item.value[1].value))) for item in captured]
        assert places[0] == (8, "0.0.1.0.0.255")
        assert set(places) <= known
        assert reader.read(reference(7, row.logical_name, 6)) == captured[0]
        held = reader.read(reference(7, row.logical_name, 2))
        assert len(held.value) == reader.read(reference(7, row.logical_name, 7)).value
        assert len(held.value) <= reader.read(reference(7, row.logical_name, 8)).value
        assert all(len(entry.value) == len(places) for entry in held.value)


def test_references_between_objects_lead_somewhere(reader: Talker):
    names = {row.logical_name for row in ROWS}
    security = reader.read(reference(15, "0.0.40.0.0.255", 9)).value
    assert ".".join(map(str, security)) in names
    assert ".".join(map(str, reader.read(reference(41, "0.0.25.0.0.255", 3)).value)) in names
    for table in ("0.0.10.0.100.255", "0.0.10.0.106.255"):
        for script in reader.read(reference(9, table, 2)).value:
            for action in script.value[1].value:
                assert ".".join(map(str, action.value[2].value)) in names


def test_the_clock_of_an_object_is_the_meters_clock(reader: Talker):
    shown = reader.read(reference(8, "0.0.1.0.0.255", 2)).value
    assert datetimes.decode(shown) == instant(2026, 1, 1, 3, 4, 5)
    reader.bench.now += 90 * SECOND
    assert datetimes.decode(reader.read(reference(8, "0.0.1.0.0.255", 2)).value) == instant(2026, 1, 1, 3, 5, 35)
