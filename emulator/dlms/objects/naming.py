"""Names in data: what a profile calls an object it is called wherever another object refers to it.

Rows are written with generic names. Where a profile has others, the attributes that refer to objects are translated on
their way out and back; all other attributes are left alone, so that a register costs what it costs under any name.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from emulator.dlms.codec.data import Data, Tag, decode, encode
from emulator.dlms.objects import kinds
from emulator.dlms.objects.rows import Attribute, Object, Takes

Names = Mapping[bytes, bytes]

# The attributes of each class that hold logical names of other objects (IEC 62056-6-2). A profile generic's columns
# are not here: they follow the profile by themselves.
REFERRING: Final[dict[int, frozenset[int]]] = {
    kinds.REGISTER_ACTIVATION.id: frozenset({2}),
    kinds.SCRIPT_TABLE.id: frozenset({2}),
    kinds.SCHEDULE.id: frozenset({2}),
    kinds.ASSOCIATION_LN.id: frozenset({9}),
    kinds.ACTIVITY_CALENDAR.id: frozenset({5, 9}),
    kinds.REGISTER_MONITOR.id: frozenset({3, 4}),
    kinds.SINGLE_ACTION_SCHEDULE.id: frozenset({2}),
    40: frozenset({2}),  # push setup: its object list
    kinds.TCP_UDP_SETUP.id: frozenset({3}),
    kinds.IPV4_SETUP.id: frozenset({2}),
    kinds.LIMITER.id: frozenset({2, 11}),
    kinds.ACCOUNT.id: frozenset({9, 10, 11, 12}),
    kinds.CHARGE.id: frozenset({5, 6}),
}
# Data objects that hold a switching table or a schedule.
REFERRING_DATA: Final = frozenset({"non_disablement_calendar", "prepayment_configuration", "passive_tariff"})
_NO_OBJECT: Final = bytes(6)


def translated(row: Object, names: Names) -> Object:
    """Give a row that refers to other objects by these names instead of its own: {its own: what it shall be}."""
    numbers = frozenset({2}) if row.name in REFERRING_DATA else REFERRING.get(row.kind.id, frozenset())
    changed = {number: _translated(row.attributes[number], names) for number in numbers & set(row.attributes)}
    return row._replace(attributes=row.attributes | changed) if changed else row


def _translated(attribute: Attribute, names: Names) -> Attribute:
    # A name that was given up means nothing here any more.
    back = dict.fromkeys(names, _NO_OBJECT) | {new: old for old, new in names.items()}
    read, write = attribute.read, attribute.write
    return attribute._replace(
        read=lambda view: encode(_with(names, decode(read(view)))),
        items={key: _after(back, find) for key, find in attribute.items.items()},
        write=None if write is None else _taking(write, names, back),
    )


def _after(back: Names, find: Callable[[Data], Any]) -> Callable[[Data], Any]:
    return lambda data: find(_with(back, data))


def _taking(takes: Takes, names: Names, back: Names) -> Takes:
    def data(command: Any) -> Data | None:
        written = takes.data(command)
        return None if written is None else _with(names, written)

    return takes._replace(make=lambda device, value: takes.make(device, _with(back, value)), data=data)


def _with(names: Names, data: Data) -> Data:
    if data.tag in {Tag.ARRAY, Tag.STRUCTURE}:
        return Data(data.tag, tuple(_with(names, item) for item in data.value))
    if data.tag is Tag.OCTET_STRING and data.value in names:
        return Data(data.tag, names[data.value])
    return data
