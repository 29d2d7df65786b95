"""Profile generic buffers: what a log captures, which entries a selection names, and their octets.

Entries stand oldest first. Half-hour logs are one numpy array of fixed-width rows: thousands of entries cost no more
than a few calls. The others are short and made entry by entry.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emulator.device import given_out, metering
from emulator.device.household import Channel
from emulator.device.instant import HALF_HOUR
from emulator.device.meter import Meter, Metered
from emulator.device.profile import Profile
from emulator.device.records import LogEntry
from emulator.dlms.codec import datetimes
from emulator.dlms.codec.data import Data, Tag, encode
from emulator.dlms.codec.octets import length
from emulator.dlms.errors import PduError
from emulator.dlms.objects.rows import AccessError, logical_name_octets
from emulator.dlms.objects.types import DATE_TIME, U16, U32
from emulator.dlms.pdu.services import Selection
from emulator.dlms.pdu.tags import DataAccessResult

Places = NDArray[np.int64]
_COUNTS = {Tag.DOUBLE_LONG_UNSIGNED, Tag.LONG_UNSIGNED, Tag.UNSIGNED}
BY_RANGE = 1
BY_ENTRY = 2


class Column(NamedTuple):
    """One captured attribute: the object's name in the rows, its class, logical name and attribute number."""

    object: str
    class_id: int
    logical_name: str
    attribute: int = 2

    def definition(self, renamed: dict[str, str]) -> Data:
        """Give the capture object definition of this column for a profile."""
        name = logical_name_octets(renamed.get(self.object, self.logical_name))
        return Data(
            Tag.STRUCTURE,
            (
                Data(Tag.LONG_UNSIGNED, self.class_id),
                Data(Tag.OCTET_STRING, name),
                Data(Tag.INTEGER, self.attribute),
                Data(Tag.LONG_UNSIGNED, 0),
            ),
        )


CLOCK = Column("clock", 8, "0.0.1.0.0.255")
STATUS = Column("interval_status", 1, "0.0.96.10.1.255")
IMPORT_TOTAL = Column("import_total", 3, "1.0.1.8.0.255")


@dataclass(frozen=True, slots=True)
class Buffer:
    """One log as a profile generic's buffer."""

    columns: Callable[[Profile], tuple[Column, ...]]
    capacity: Callable[[Profile], int]
    in_use: Callable[[Any], int]  # these three of the device behind the logical device
    stamps: Callable[[Any], Places]
    rows: Callable[[Any, Places, Sequence[int]], bytes]
    period_s: int = 0


# Half-hour logs

_CLOCK_CELL = [("tag", "u1"), ("length", "u1"), ("at", datetimes.ROW)]
_STATUS_CELL = [("tag", "u1"), ("value", "u1")]
_ENERGY_CELL = [("tag", "u1"), ("value", ">u4")]
_INTERVAL_CODES = ("1.0.1.29.0.255", "1.0.2.29.0.255", "1.0.3.29.0.255", "1.0.4.29.0.255")
_INTERVAL_NAMES = ("interval_import", "interval_export", "interval_reactive_import", "interval_reactive_export")


def half_hours(channels: Callable[[Profile], tuple[Channel, ...]], days: Callable[[Profile], int]) -> Buffer:
    """Make the half-hour log of some channels: clock at the end, status, energies of the half hour."""

    def capacity(profile: Profile) -> int:
        return days(profile) * 48

    def held(meter: Meter) -> metering.Intervals:
        taken = metering.intervals(meter.records, meter.now, capacity(meter.site.profile))
        return given_out.without_holes(meter.records, taken)

    def in_use(meter: Meter) -> int:
        if meter.records.holes:
            return len(held(meter).true)
        return metering.stamp_count(meter.records, meter.now, HALF_HOUR, capacity(meter.site.profile))

    def columns(profile: Profile) -> tuple[Column, ...]:
        energies = (Column(_INTERVAL_NAMES[place], 3, _INTERVAL_CODES[place]) for place in channels(profile))
        return (CLOCK, STATUS, *energies)

    def rows(meter: Meter, places: Places, picked: Sequence[int]) -> bytes:
        chosen, counted = held(meter).chosen(places), channels(meter.site.profile)
        return half_hour_rows(
            meter, chosen, picked, lambda n: given_out.logged_energies(meter.site, meter.records, counted[n], chosen)
        )

    return Buffer(
        columns,
        capacity,
        in_use,
        lambda meter: given_out.log_stamps(meter.site, held(meter).device),
        rows,
        HALF_HOUR // 1000,
    )


def half_hour_rows(
    meter: Metered[Any], held: metering.Intervals, picked: Sequence[int], values: Callable[[int], Places]
) -> bytes:
    """Write half hours in their chosen columns: clock, status, and from the third on what `values` gives for each."""
    cells = [_CLOCK_CELL, _STATUS_CELL, *([_ENERGY_CELL] * max([0, *picked]))]
    fields = [("structure", "u1"), ("count", "u1"), *((str(place), cells[place]) for place in picked)]
    table = np.zeros(len(held.true), dtype=np.dtype(fields))
    table["structure"], table["count"] = Tag.STRUCTURE, len(picked)
    for place in picked:
        cell = table[str(place)]
        if place == 0:
            cell["tag"], cell["length"] = Tag.OCTET_STRING, 12
            cell["at"] = datetimes.encode_rows(given_out.log_stamps(meter.site, held.device))
        elif place == 1:
            cell["tag"] = Tag.UNSIGNED
            cell["value"] = metering.interval_statuses(meter.records, held)
        else:
            cell["tag"] = Tag.DOUBLE_LONG_UNSIGNED
            cell["value"] = values(place - 2)
    return table.tobytes()


# Snapshots of the registers


def snapshots(capacity: Callable[[Profile], int], moments: Callable[[Meter], metering.Stamps]) -> Buffer:
    """Make a log of register snapshots: clock, total active import, every TOU register."""

    def columns(profile: Profile) -> tuple[Column, ...]:
        rates = range(1, profile.metering.tou_registers + 1)
        return (CLOCK, IMPORT_TOTAL, *(Column(f"tou_{rate}", 3, f"1.0.1.8.{rate}.255") for rate in rates))

    def rows(meter: Meter, places: Places, picked: Sequence[int]) -> bytes:
        taken = moments(meter)
        readings = metering.registers_at_each(meter.site, meter.records, taken.true[places].tolist())
        made = []
        for stamp, reading in zip(taken.device[places].tolist(), readings, strict=True):
            energies = (reading.import_mwh, *reading.tou)
            cells = (DATE_TIME.encode(stamp), *(U32.encode(energy // 1000) for energy in energies))
            made.append(_structure([cells[place] for place in picked]))
        return b"".join(made)

    return Buffer(
        columns,
        capacity,
        lambda meter: len(moments(meter).true),
        lambda meter: moments(meter).device,
        rows,
    )


def midnights(meter: Meter) -> metering.Stamps:
    """Give the daily reads that the log still holds."""
    taken = metering.midnights(meter.records, meter.now, meter.site.metering.daily_reads)
    return metering.Stamps(given_out.log_stamps(meter.site, taken.device), taken.true)


def billings(meter: Meter) -> metering.Stamps:
    """Give the billing snapshots that the log still holds."""
    true = np.array(metering.snapshot_moments(meter.site, meter.records, meter.now), dtype=np.int64)
    shown = [at + metering.run_at(meter.records.runs, at).clock_offset_ms for at in true.tolist()]
    return metering.Stamps(given_out.log_stamps(meter.site, np.array(shown, dtype=np.int64)), true)


# Logs of few entries

Line = tuple[int, tuple[bytes, ...]]


def lines(
    columns: tuple[Column, ...], capacity: Callable[[Profile], int], entries: Callable[[Any], Sequence[Line]]
) -> Buffer:
    """Make a log of what a meter keeps as entries: the stamp of each, and the octets of its other columns."""

    def rows(meter: Any, places: Places, picked: Sequence[int]) -> bytes:
        held = entries(meter)
        made = []
        for place in places.tolist():
            at, values = held[place]
            cells = (DATE_TIME.encode(at), *values)
            made.append(_structure([cells[column] for column in picked]))
        return b"".join(made)

    return Buffer(
        lambda _: (CLOCK, *columns),
        capacity,
        lambda meter: len(entries(meter)),
        lambda meter: np.array([at for at, _ in entries(meter)], dtype=np.int64),
        rows,
    )


# Event logs


def events(
    code: Column, capacity: Callable[[Profile], int], entries: Callable[[Meter], tuple[LogEntry, ...]]
) -> Buffer:
    """Make an event log: clock and event code."""
    return lines((code,), capacity, lambda meter: [(entry.at, (U16.encode(entry.code),)) for entry in entries(meter)])


def _structure(cells: Sequence[bytes]) -> bytes:
    return bytes((Tag.STRUCTURE, len(cells))) + b"".join(cells)


# Selective access


def read_buffer(buffer: Buffer, meter: Meter, selection: Selection | None) -> bytes:
    """Give the octets of a buffer, whole or selected by range or by entry. Raises AccessError."""
    count = len(buffer.columns(meter.site.profile))
    if selection is None:
        places = np.arange(buffer.in_use(meter), dtype=np.int64)
        picked: Sequence[int] = range(count)
    elif selection.selector == BY_RANGE:
        places, picked = _by_range(buffer, meter, selection.parameters)
    elif selection.selector == BY_ENTRY:
        places, picked = _by_entry(buffer.in_use(meter), count, selection.parameters)
    else:
        raise AccessError(DataAccessResult.SCOPE_OF_ACCESS_VIOLATED)
    rows = buffer.rows(meter, places, picked) if len(places) else b""
    return bytes((Tag.ARRAY,)) + length(len(places)) + rows


def _by_range(buffer: Buffer, meter: Meter, parameters: Data) -> tuple[Places, Sequence[int]]:
    """Range descriptor: restricting object, from, to, selected columns (none: all)."""
    restricting, start, end, selected = _parts(parameters)
    renamed = meter.site.profile.wire.dlms.logical_names
    defined = [column.definition(renamed) for column in buffer.columns(meter.site.profile)]
    if restricting != defined[0]:
        raise AccessError(DataAccessResult.SCOPE_OF_ACCESS_VIOLATED)
    stamps = buffer.stamps(meter)
    inside = (stamps >= _limit(start, 0)) & (stamps <= _limit(end, 1 << 60))
    if selected.tag is not Tag.ARRAY:
        raise AccessError(DataAccessResult.TYPE_UNMATCHED)
    try:
        picked: Sequence[int] = [defined.index(column) for column in selected.value] or range(len(defined))
    except ValueError:
        raise AccessError(DataAccessResult.SCOPE_OF_ACCESS_VIOLATED) from None
    if len(set(picked)) != len(picked):
        raise AccessError(DataAccessResult.SCOPE_OF_ACCESS_VIOLATED)
    return np.flatnonzero(inside), picked


def _limit(value: Data, unspecified: int) -> int:
    """Read a limit as an instant: date-time in either form, or seconds since 1970."""
    if value.tag is Tag.DOUBLE_LONG_UNSIGNED:
        return int(value.value) * 1000
    if value.tag not in {Tag.OCTET_STRING, Tag.DATE_TIME}:
        raise AccessError(DataAccessResult.TYPE_UNMATCHED)
    if datetimes.is_unspecified(value.value):
        return unspecified
    try:
        return datetimes.decode(value.value)
    except PduError:
        raise AccessError(DataAccessResult.OTHER_REASON) from None


def _by_entry(in_use: int, columns: int, parameters: Data) -> tuple[Places, Sequence[int]]:
    """Entry descriptor: first and last entry, first and last column, counted from 1; a last of 0 is the very last."""
    parts = _parts(parameters)
    if not all(part.tag in _COUNTS for part in parts):
        raise AccessError(DataAccessResult.TYPE_UNMATCHED)
    first, last, first_column, last_column = (part.value for part in parts)
    last = last or in_use
    last_column = last_column or columns
    if first < 1 or first_column < 1 or not first_column <= last_column <= columns:
        raise AccessError(DataAccessResult.SCOPE_OF_ACCESS_VIOLATED)
    places = np.arange(first - 1, min(last, in_use), dtype=np.int64)
    return places, range(first_column - 1, last_column)


def _parts(parameters: Data) -> tuple[Any, ...]:
    if parameters.tag is not Tag.STRUCTURE or len(parameters.value) != 4:
        raise AccessError(DataAccessResult.TYPE_UNMATCHED)
    return tuple(parameters.value)


def capture_objects(buffer: Buffer, profile: Profile) -> bytes:
    """Give the octets of the capture_objects attribute."""
    renamed = profile.wire.dlms.logical_names
    columns = buffer.columns(profile)
    return encode(Data(Tag.ARRAY, tuple(column.definition(renamed) for column in columns)))
