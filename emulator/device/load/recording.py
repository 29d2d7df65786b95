"""Recordings: CSV text of half-hourly readings becomes a `Recording`, or a list of everything that is wrong with it.

Pure: text in, recording or problems out. docs/load.md says to users what is read here and by which rules. Half hours
are put in order on a grid of UTC; what the grid then lacks is a gap, for which the file or its reader names a rule.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, Literal, NamedTuple, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from emulator.device.declaration import DeclarationError, Problem, choices
from emulator.device.instant import HALF_HOUR, isoformat
from emulator.device.load.load import LOAD_END, LOAD_EPOCH
from emulator.device.load.recorded import MAX_HALF_HOURS, WEEK, Outside, Recorded, Recording
from emulator.device.load.recording_cells import CONSUMED, EXPORTED, TIMES, YEARS, Wrong, amount, edge, shown
from emulator.device.local_time import instants_of

Gaps = Literal["error", "zero", "spread"]
G = TypeVar("G", bound=str)

_UNIT: Final = 1_000  # a gap is spread in whole Wh or litres
_RULE = re.compile(r"#\s*(\w+)\s*=\s*(.*?)\s*", re.ASCII)


class RecordingError(DeclarationError):
    """Everything that is wrong with one recording, in the order of its lines."""


class _Columns(NamedTuple):
    """Which cell of a row is what."""

    names: tuple[str, ...]
    time: str
    consumed: str

    @property
    def counted(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name != self.time)


class _Row(NamedTuple):
    line: int
    edge: int  # the time as written: by the wall clock if the column is local, else an instant
    values: tuple[int | None, ...]  # of the counted columns; None is missing


def read(text: str, file: str, *, gaps: Gaps = "error", outside: Outside = "repeat") -> Recording:
    """Read a recording. Raises RecordingError with every problem; `file` is only a name.

    What the file says of `gaps` and `outside` goes before the arguments.
    """
    return _Reader(file, gaps, outside).read(text)


@dataclass(slots=True)
class _Reader:
    """One reading of one text: what is wrong with it gathers here."""

    file: str
    gaps: Gaps
    outside: Outside
    problems: list[Problem] = field(default_factory=list)
    untimed: bool = False  # a row has a time that cannot be read: what is missing is then not known
    repeated: int = 0

    def read(self, text: str) -> Recording:
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
        first = self._rules(lines)
        header = lines[first] if first < len(lines) else ""
        separator = ";" if ";" in header and "," not in header else ","
        table = csv.reader(lines[first:], delimiter=separator, strict=True)
        cells = ((first + table.line_num, row) for row in table)
        rows: list[_Row] = []
        columns: _Columns | None = None
        try:
            columns = self._header(*next(cells, (len(lines), [])))
            if columns:
                rows = self._rows(columns, cells, comma=separator == ";")
        except csv.Error as error:
            self._wrong(first + table.line_num, "", f"not a row of a CSV file ({error})")
            self.untimed = True
        if columns and not rows and not self.problems:
            self._wrong(first + 1, "", "no half hours", f"1 to {MAX_HALF_HOURS} rows below the header")
        found = self._folded(columns, rows) if columns else {}
        if columns and found:
            made = self._recording(columns, found, first + 1)
            if made and not self.problems:
                return made
        raise RecordingError(self.problems)

    def _wrong(self, line: int, key: str, message: str, allowed: str = "") -> None:
        self.problems.append(Problem(self.file, line, key, message, allowed))

    def _rules(self, lines: Sequence[str]) -> int:
        """Read the lines `# rule = value` above the header, and give the place of the header."""
        for place, line in enumerate(lines):
            text = line.strip()
            if text and not text.startswith("#"):
                return place
            if not (rule := _RULE.fullmatch(text)):
                continue
            match rule[1].lower():
                case "gaps":
                    self.gaps = self._choice(place + 1, "gaps", rule[2], get_args(Gaps), self.gaps)
                case "outside":
                    self.outside = self._choice(place + 1, "outside", rule[2], get_args(Outside), self.outside)
                case other:
                    self._wrong(place + 1, rule[1], "no such rule", choices(("gaps", "outside"), other))
        return len(lines)

    def _choice(self, line: int, key: str, given: str, allowed: tuple[G, ...], default: G) -> G:
        for name in allowed:
            if name == given.strip("\"'").lower():
                return name
        self._wrong(line, key, f"{shown(given)} is not allowed", choices(allowed, given))
        return default

    def _header(self, line: int, cells: Sequence[str]) -> _Columns | None:
        """Find the columns by their names."""
        before = len(self.problems)
        names = tuple(cell.strip().lower() for cell in cells)
        if not names:
            self._wrong(line, "", "no header", "a row that names the columns, such as start,kwh")
            return None
        known = (*TIMES, *CONSUMED, EXPORTED)
        for place, name in enumerate(names):
            if name not in known:
                self._wrong(line, shown(name), "no such column", choices(known, name))
            elif name in names[:place]:
                self._wrong(line, name, "the column is there twice", "once")
        times = [name for name in names if name in TIMES]
        consumed = [name for name in names if name in CONSUMED]
        for found, allowed in ((times, TIMES), (consumed, tuple(CONSUMED))):
            if len(set(found)) != 1:
                what = "the time" if allowed is TIMES else "the consumption"
                self._wrong(line, "", f"{len(set(found))} columns for {what}", f"exactly one of {choices(allowed)}")
        if EXPORTED in names and "m3" in names:
            self._wrong(line, EXPORTED, "gas is not exported", "m3 alone")
        return None if len(self.problems) > before else _Columns(names, times[0], consumed[0])

    def _rows(self, columns: _Columns, cells: Iterator[tuple[int, list[str]]], *, comma: bool) -> list[_Row]:
        """Read the rows below the header; one whose time cannot be read is left out."""
        rows: list[_Row] = []
        time_at = columns.names.index(columns.time)
        for line, row in cells:
            if not any(cell.strip() for cell in row):
                continue
            if len(rows) == MAX_HALF_HOURS:
                self._wrong(line, "", f"more than {MAX_HALF_HOURS} rows", f"at most {MAX_HALF_HOURS}")
                self.untimed = True
                break
            if len(row) != len(columns.names):
                self._wrong(line, "", f"{len(row)} cells", f"{len(columns.names)}, as in the header")
                self.untimed = True
                continue
            start = edge(columns.time, row[time_at].strip())
            values: list[int | None] = []
            for name, cell in zip(columns.names, row, strict=True):
                if name == columns.time:
                    continue
                value = amount(name, cell.strip(), comma=comma)
                if isinstance(value, Wrong):
                    self._wrong(line, name, *value)
                    value = 0  # there, though not known: no gap
                values.append(value)
            if isinstance(start, Wrong):
                self._wrong(line, columns.time, *start)
                self.untimed = True
            else:
                rows.append(_Row(line, start, tuple(values)))
        return rows

    def _folded(self, columns: _Columns, rows: list[_Row]) -> dict[int, _Row]:
        """Give the rows by the instants at which their half hours begin, each once.

        A local time that October repeats is summer time where it comes first, in order of time as the file runs.
        """
        if columns.time.endswith("_local") and rows and rows[0].edge > rows[-1].edge:
            rows.reverse()
        found: dict[int, _Row] = {}
        seen: set[int] = set()
        for row in rows:
            at = row.edge
            if columns.time.endswith("_local"):
                at, *later = instants_of(row.edge)
                if later and row.edge in seen:
                    at = later[0]
                seen.add(row.edge)
            if columns.time.startswith("end"):
                at -= HALF_HOUR
            if not LOAD_EPOCH <= at < LOAD_END:
                self._wrong(row.line, columns.time, f"the half hour from {isoformat(at)} is out of range", YEARS)
                continue
            other = found.setdefault(at, row)
            if other is row:
                continue
            if other.values == row.values:
                self.repeated += 1
            else:
                before, line = sorted((other.line, row.line))
                said = f"the half hour from {isoformat(at)} is on line {before} with other values"
                self._wrong(line, columns.time, said, "each half hour once, or again with the same values")
        return found

    def _recording(self, columns: _Columns, found: dict[int, _Row], header: int) -> Recording | None:
        """Lay the half hours on the grid and mend the gaps."""
        first, last = min(found), max(found)
        count = (last - first) // HALF_HOUR + 1
        if count > MAX_HALF_HOURS:
            said = f"{count} half hours from {isoformat(first)} to {isoformat(last + HALF_HOUR)}"
            self._wrong(header, columns.time, said, f"at most {MAX_HALF_HOURS} from the first to the last")
            return None
        if self.outside == "repeat" and count < WEEK:
            self._wrong(header, "outside", f"{count} half hours do not repeat", f"{WEEK} (7 days) or more, or zero")
        if self.untimed:
            return None
        made: dict[str, NDArray[np.int64]] = {}
        filled = 0
        places = np.array([(at - first) // HALF_HOUR for at in found], dtype=np.int64)
        for number, name in enumerate(columns.counted):
            cells = [row.values[number] for row in found.values()]
            half_hours = np.zeros(count, dtype=np.int64)
            missing = np.ones(count, dtype=np.bool_)
            half_hours[places] = [cell or 0 for cell in cells]
            missing[places] = [cell is None for cell in cells]
            filled += int(missing.sum())
            left = _spread(half_hours, missing) if self.gaps == "spread" else missing
            if self.gaps != "zero" and left.any():
                self._report(name, left, first, found)
            made[name] = half_hours
        if self.problems:
            return None
        exported = Recorded(first, made[EXPORTED], self.outside) if EXPORTED in made else None
        consumed = Recorded(first, made[columns.consumed], self.outside)
        fuel = CONSUMED[columns.consumed][0]
        return Recording(self.file, fuel, consumed, exported, self.repeated, filled)

    def _report(self, name: str, missing: NDArray[np.bool_], first: int, found: dict[int, _Row]) -> None:
        """Report each run of missing half hours at the line of the half hour that follows it, or of the last one."""
        last = found[max(found)].line
        places = np.flatnonzero(missing).tolist()
        for _, run in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
            gap = [first + place * HALF_HOUR for _, place in run]
            after = found.get(gap[0]) or found.get(gap[-1] + HALF_HOUR)
            said = f"{len(gap)} missing from {isoformat(gap[0])} to {isoformat(gap[-1] + HALF_HOUR)}"
            if self.gaps == "spread":
                self._wrong(after.line if after else last, name, f"{said}, which no other week holds", "gaps = zero")
            else:
                self._wrong(after.line if after else last, name, said, "no gaps, or gaps = zero or spread")


def _spread(half_hours: NDArray[np.int64], missing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill missing half hours, in place, with the mean of the same one of other weeks, in whole Wh or l rounded down.

    Gives those that no other week holds, which stay as they are.
    """
    place = np.arange(len(half_hours)) % WEEK
    held = np.bincount(place[~missing], minlength=WEEK)
    total = np.zeros(WEEK, dtype=np.int64)
    np.add.at(total, place[~missing], half_hours[~missing])
    mean = total // np.maximum(held, 1) // _UNIT * _UNIT
    known = missing & (held[place] > 0)
    half_hours[known] = mean[place[known]]
    return missing & ~known
