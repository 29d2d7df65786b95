"""The object list: the rows of a profile, compiled once for each level of access into look-ups by wire octets.

A request's nine octets (class, logical name, number) are the key, so a GET costs one dictionary look-up; access rights
are not checked, they are the difference between the tables.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from emulator.device.profile import Profile
from emulator.dlms.codec.data import NULL, Data, Tag, array, encode, structure
from emulator.dlms.objects.account import ACCOUNTS
from emulator.dlms.objects.administration import ADMINISTRATION, GAS_SAP, HUB_SAP, METER_SAP
from emulator.dlms.objects.billing import BILLING_CALENDAR
from emulator.dlms.objects.calendars import CALENDARS
from emulator.dlms.objects.case import CASE
from emulator.dlms.objects.charges import CHARGES
from emulator.dlms.objects.clock import CLOCK_ROWS
from emulator.dlms.objects.control import CONTROL
from emulator.dlms.objects.credits import CREDIT_ROWS
from emulator.dlms.objects.energy import ENERGY
from emulator.dlms.objects.gas import GAS
from emulator.dlms.objects.hub import HUB
from emulator.dlms.objects.logs import LOGS
from emulator.dlms.objects.naming import translated
from emulator.dlms.objects.prepayment import PREPAYMENT
from emulator.dlms.objects.prices import PRICES
from emulator.dlms.objects.rows import Attribute, Level, Method, Object, Takes, logical_name_octets
from emulator.dlms.objects.tokens import TOKENS
from emulator.dlms.objects.types import OCTETS
from emulator.dlms.objects.voltage import VOLTAGES
from emulator.dlms.pdu.services import Selection
from emulator.dlms.pdu.tags import DataAccessResult

METER: tuple[Object, ...] = (
    *ADMINISTRATION,
    *CLOCK_ROWS,
    *CALENDARS,
    BILLING_CALENDAR,
    *CONTROL,
    *ENERGY,
    *VOLTAGES,
    *CASE,
    *LOGS,
    *ACCOUNTS,
    *CREDIT_ROWS,
    *CHARGES,
    *PRICES,
    *PREPAYMENT,
    *TOKENS,
)
DEVICES: dict[int, tuple[Object, ...]] = {METER_SAP: METER, HUB_SAP: HUB, GAS_SAP: GAS}

Getter = Callable[[Any], bytes]
Selector = Callable[[Any, Selection | None], bytes]


def objects(profile: Profile, server: int) -> tuple[Object, ...]:
    """Give the objects of a logical device as a profile has them, under its own logical names."""
    given = profile.wire.dlms.logical_names
    rows = tuple(row for row in DEVICES.get(server, ()) if row.when(profile))
    names = {
        logical_name_octets(row.logical_name): logical_name_octets(given[row.name]) for row in rows if row.name in given
    }
    if not names:
        return rows
    return tuple(translated(row._replace(logical_name=given.get(row.name, row.logical_name)), names) for row in rows)


class ObjectList:
    """What one level of access sees of a logical device."""

    __slots__ = ("_kinds", "level", "methods", "octets", "readable", "selectable", "writable")

    def __init__(self, rows: Iterable[Object], level: Level) -> None:
        self.level = level
        self.readable: dict[bytes, Getter] = {}
        self.selectable: dict[bytes, Selector] = {}
        self.writable: dict[bytes, Takes] = {}
        self.methods: dict[bytes, Method] = {}
        self._kinds: dict[bytes, set[int]] = {}
        seen = []
        for row in rows:
            name = logical_name_octets(row.logical_name)
            self._kinds.setdefault(name, set()).add(row.kind.id)
            if self._take(row, row.kind.id.to_bytes(2, "big") + name):
                seen.append(row)
        self.octets = encode(array([_entry(row, level) for row in seen]))

    def _take(self, row: Object, stem: bytes) -> bool:
        visible = False
        for number, attribute in row.attributes.items():
            if attribute.level <= self.level:
                visible = True
                key = stem + bytes((number,))
                self.readable[key] = attribute.read
                if attribute.select is not None:
                    self.selectable[key] = attribute.select
            if attribute.write is not None and self.level is Level.MANAGEMENT:
                self.writable[stem + bytes((number,))] = attribute.write
        if visible:
            name = stem[2:8]
            octets = OCTETS.encode(name)
            self.readable[stem + b"\x01"] = lambda _: octets
        for number, method in row.methods.items():
            if method.level <= self.level:
                self.methods[stem + bytes((number,))] = method
        return visible

    def refusal(self, descriptor: bytes) -> DataAccessResult:
        """Say why a descriptor that is in none of the tables cannot be used."""
        kinds = self._kinds.get(descriptor[2:8])
        if kinds is None:
            return DataAccessResult.OBJECT_UNDEFINED
        if int.from_bytes(descriptor[:2], "big") not in kinds:
            return DataAccessResult.OBJECT_CLASS_INCONSISTENT
        return DataAccessResult.READ_WRITE_DENIED


@lru_cache(maxsize=256)
def object_list(profile: Profile, server: int, level: Level) -> ObjectList:
    """Give the compiled object list of a logical device for a level; the same for all devices of a profile."""
    rows = objects(profile, server)
    if getattr(profile.wire.associations, level.name.lower()).authentication != "hls-gmac":
        rows = tuple(_without_proof(row) for row in rows)
    return ObjectList(rows, level)


def _without_proof(row: Object) -> Object:
    """Leave out the association's own methods, which only answer a challenge."""
    return row._replace(methods={number: method for number, method in row.methods.items() if method.within is None})


def _entry(row: Object, level: Level) -> Data:
    attributes = [
        structure(Data(Tag.INTEGER, number), Data(Tag.ENUM, _access(row, number, level)), _selectors(row, number))
        for number in range(1, len(row.kind.attributes) + 2)
    ]
    methods = [
        structure(Data(Tag.INTEGER, number), Data(Tag.ENUM, _may_call(row, number, level)))
        for number in range(1, len(row.kind.methods) + 1)
    ]
    return structure(
        Data(Tag.LONG_UNSIGNED, row.kind.id),
        Data(Tag.UNSIGNED, row.kind.version),
        Data(Tag.OCTET_STRING, logical_name_octets(row.logical_name)),
        structure(array(attributes), array(methods)),
    )


def _access(row: Object, number: int, level: Level) -> int:
    if number == 1:
        return 1
    attribute: Attribute | None = row.attributes.get(number)
    if attribute is None:
        return 0
    reads = attribute.level <= level
    writes = attribute.write is not None and level is Level.MANAGEMENT
    return (1 if reads else 0) + (2 if writes else 0)


def _may_call(row: Object, number: int, level: Level) -> int:
    method = row.methods.get(number)
    return int(method is not None and method.level <= level)


def _selectors(row: Object, number: int) -> Data:
    attribute = row.attributes.get(number)
    if attribute is None or attribute.select is None:
        return NULL
    return array([Data(Tag.INTEGER, selector) for selector in (1, 2)])
