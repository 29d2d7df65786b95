"""matrix.csv and summary.md: the same report for a spreadsheet and for a pull request."""

import csv
import io
import re
from typing import Final

from emulator.conformance.reports.cleaning import short, visible
from emulator.conformance.reports.regressions import Way
from emulator.conformance.reports.report import Report
from emulator.conformance.reports.sheet import ALERT, Cell, Row, lay_out
from emulator.conformance.verdict import FAILED, Verdict

MOST_TOLD: Final = 50
_LIVE: Final = re.compile(r"([\\`*_{}\[\]<>#|~!&@])")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def matrix_csv(report: Report) -> str:
    """Write services and alerts by families: the worst verdict, of how many checks, and how many there are."""
    sheet = lay_out(report)
    text = io.StringIO()
    to = csv.writer(text, lineterminator="\r\n")
    to.writerow(["row", "name", *(column for family in sheet.families for column in _columns(family))])
    for row in sheet.services:
        to.writerow(_line(row, row.key))
    for row in sheet.alerts:
        to.writerow(_line(row, f"{ALERT}{row.key}"))
    return text.getvalue()


def _columns(family: str) -> tuple[str, str, str]:
    name = _cell_text(family)
    return name, f"{name} with it", f"{name} checks"


def _line(row: Row, key: str) -> list[str | int]:
    told: list[str | int] = [_cell_text(key), _cell_text(row.name)]
    for cell in row.cells:
        told += ["", 0, 0] if cell is None else [cell.verdict.value, cell.count, cell.total]
    return told


def _cell_text(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    shown = visible(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def markdown(report: Report) -> str:
    """Write the summary."""
    sheet = lay_out(report)
    lines = [f"# {report.outcome.word}", "", _safe(report.outcome.sentence), ""]
    lines += [
        f"Under test: {_safe(report.run.target)}; seed {report.run.seed}; meterfarm {_safe(report.run.version)}.",
        "",
    ]
    lines += _table(("verdict", "checks"), [(name, str(count)) for name, count in report.counts.items()])
    if report.comparison is not None:
        tally = ", ".join(f"{len(report.comparison.went(way))} {way.value}" for way in Way)
        lines += ["## What got worse", "", f"Compared with {_safe(report.comparison.against)}: {tally}.", ""]
        if report.comparison.warning:
            lines += [f"Not the same run: {_safe(report.comparison.warning)}.", ""]
        lines += _bounded(
            [
                f"- {_safe(one.case)} at {_safe(one.family)}: was {one.was or 'nothing'}, is {one.now or 'nothing'}"
                for one in report.comparison.worse
            ]
        )
    failed = sheet.of(*(verdict for verdict in Verdict if verdict in FAILED))
    if failed:
        told = [
            f"- **{one.finding.verdict.value}** {_safe(one.finding.case)} at {_safe(one.finding.family)}: "
            f"expected {_safe(short(one.finding.expected, 200))}; got {_safe(short(one.finding.got, 200))}"
            for one in failed
        ]
        lines += ["## What failed", "", *_bounded(told)]
    if sheet.untested:
        reasons = [
            f"- {one.verdict.value}: {_safe(short(one.why, 200))}: {one.total} "
            f"({', '.join(f'{_safe(family)} {count}' for family, count in one.families)})"
            for one in sheet.untested
        ]
        lines += ["## What was not tested, and why", "", *_bounded(reasons)]
    for title, rows in (("Services by family", sheet.services), ("Alerts by family", sheet.alerts)):
        if rows:
            lines += [f"## {title}", "", *_table(("", "", *sheet.families), [_cells(row) for row in rows])]
    return "\n".join(lines).rstrip("\n") + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    return (row.key, row.name, *("" if cell is None else cell_text(cell) for cell in row.cells))


def cell_text(cell: Cell) -> str:
    """Write a cell: the verdict, and of how many."""
    count = f"{cell.total}" if cell.count == cell.total else f"{cell.count} of {cell.total}"
    return f"{cell.verdict.value} ({count})"


def _bounded(lines: list[str]) -> list[str]:
    rest = [f"- and {len(lines) - MOST_TOLD} more, in report.html"] if len(lines) > MOST_TOLD else []
    return [*lines[:MOST_TOLD], *rest, ""]


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    told = [tuple(_safe(cell) for cell in line) for line in (columns, *rows)]
    told.insert(1, tuple("---" for _ in columns))
    return [*("| " + " | ".join(line) + " |" for line in told), ""]


def _safe(text: str) -> str:
    """Keep a text from being Markdown or HTML, and on one line."""
    return _LIVE.sub(r"\\\1", " ".join(visible(text).split()))
