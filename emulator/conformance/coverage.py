"""Coverage: services and the 13 alerts by families, from results: docs/coverage.json, and docs/coverage.md of it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from emulator.conformance.reports.regressions import of_service
from emulator.conformance.reports.sheet import alert_of
from emulator.conformance.verdict import Finding, Flag, Verdict
from emulator.device.alerts import MANDATED
from emulator.services.catalogue import MINIMUM, SERVICES

FORMAT: Final = 1
NAME: Final = "coverage.json"
WELL: Final = frozenset({Verdict.PASS, Verdict.NON_STRICT, Verdict.TOLERATED})
HEAD: Final = """\
# Coverage

Which services and alerts the conformance suite puts to which family with the reference adapter, over the wire, and what
came of it. Written from results by `python docs/generate_coverage.py`; nobody edits it, and a test fails when the suite
gives something else. `meterfarm coverage --from report.json` prints the same of a run of your own.

A cell is the worst verdict, how many cases, and in brackets how many of those are negative ones. A case that needs
another service too, which the family has not got, does not count where others show that this one works. `*` leans on
what is assumed of the family. `-` is that no case is meant for it. What the verdicts mean is in
[reports.md](reports.md).
"""


class NoCoverageError(ValueError):
    """A file holds no coverage; the text says why."""


class Cell(msgspec.Struct, frozen=True):
    """A service or an alert at a family: the worst verdict, how many cases, negative ones, and if one is assumed."""

    verdict: Verdict
    cases: int
    negative: int
    assumed: bool


Cells = dict[str, Cell]


class Coverage(msgspec.Struct, frozen=True):
    """All of it: cells by variant and family, and by alert and family; each case with whether it is a negative one."""

    format: int
    families: tuple[str, ...]
    cases: dict[str, bool]
    services: dict[str, Cells]
    alerts: dict[str, Cells]


def of(findings: Iterable[Finding], families: Iterable[str] = (), cases: Mapping[str, bool] | None = None) -> Coverage:
    """Give the coverage that results show. `cases` is the table's, some of which may be for none of the families."""
    held = list(findings)
    named = dict(cases or {}) or {one.case: one.negative for one in held}
    services: dict[str, dict[str, list[Finding]]] = {row.variant: {} for row in SERVICES}
    alerts: dict[str, dict[str, list[Finding]]] = {row.name: {} for row in MANDATED}
    for one in held:
        for variant in one.services:
            services.setdefault(variant, {}).setdefault(one.family, []).append(one)
        alert = alert_of(one.case)
        if alert:
            alerts[alert].setdefault(one.family, []).append(one)
    return Coverage(
        FORMAT,
        tuple(sorted({*families, *(one.family for one in held)})),
        dict(sorted(named.items())),
        {variant: _cells(found) for variant, found in services.items()},
        {name: _cells(found) for name, found in alerts.items()},
    )


def _cells(found: Mapping[str, list[Finding]]) -> Cells:
    return {
        family: Cell(
            of_service(several),
            len(several),
            sum(one.negative for one in several),
            any(Flag.LEANS_ON_ASSUMPTION in one.flags for one in several),
        )
        for family, several in sorted(found.items())
    }


def current(findings: Iterable[Finding], kept: Coverage) -> list[str]:
    """Say in what the results of a whole run differ from what is kept; nothing if it is current."""
    now = of(findings, kept.families)
    told = [f"{family} is no family of what is kept" for family in now.families if family not in kept.families]
    told += [f"{case} is no case of what is kept" for case in now.cases if case not in kept.cases]
    for rows, before in ((now.services, kept.services), (now.alerts, kept.alerts)):
        for key in dict.fromkeys((*before, *rows)):
            was, found = before.get(key, {}), rows.get(key, {})
            told += [
                f"{key} at {family}: kept is {_told(was.get(family))}, found {_told(found.get(family))}"
                for family in dict.fromkeys((*was, *found))
                if was.get(family) != found.get(family)
            ]
    return told


def encoded(coverage: Coverage) -> str:
    """Write it as JSON, a line for each case and each row, so that a change is seen where it is."""
    plain = msgspec.to_builtins(coverage)
    parts = [f'"{key}": {_block(value)}' for key, value in plain.items()]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _block(value: Any) -> str:
    if not isinstance(value, dict):
        return json.dumps(value)
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(inner)}" for key, inner in value.items())
    return "{\n" + lines + "\n}"


def read(path: Path) -> Coverage:
    """Read what is kept. Raises NoCoverageError, or OSError."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Coverage)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NoCoverageError(f"{path} holds no coverage: {error}") from None
    if found.format != FORMAT:
        raise NoCoverageError(f"{path} has format {found.format}; this version reads {FORMAT}")
    return found


def kept() -> Coverage:
    """Read what came with this version: beside this file where it is installed, else the checkout's own.

    Raises NoCoverageError, or OSError.
    """
    beside = Path(__file__).with_name(NAME)
    return read(beside if beside.exists() else Path(__file__).parents[2] / "docs" / NAME)


def markdown(coverage: Coverage) -> str:
    """Write the page."""
    return "\n".join(_lines(coverage)) + "\n"


def _lines(coverage: Coverage) -> Iterator[str]:
    negative = sum(coverage.cases.values())
    count = len(coverage.cases)
    share = f" ({100 * negative // count}%)" if count else ""
    yield HEAD
    yield f"{count} cases, {negative} of them negative{share}; {len(coverage.families)} families.\n"
    yield "## By family\n"
    yield "How many of the minimum services' variants came out well in each of their cases, of which one at least is no"
    yield "negative one; how many more the family says it has not got, wholly or in part; and so for the alerts.\n"
    yield from _table(
        ("family", "minimum services", "not there", "alerts", "not there"),
        (
            (
                family,
                *_shares([coverage.services.get(row.variant, {}).get(family) for row in MINIMUM]),
                *_shares([coverage.alerts.get(row.name, {}).get(family) for row in MANDATED]),
            )
            for family in coverage.families
        ),
    )
    for kind in dict.fromkeys(row.kind for row in SERVICES):
        yield f"## {kind.value.capitalize()} services\n"
        rows = [(row.variant, row.name, coverage.services.get(row.variant, {})) for row in SERVICES if row.kind is kind]
        yield from _by_family(("variant", "service"), rows, coverage.families)
    yield "## The 13 alerts\n"
    alerts = [(str(row.number), row.name, coverage.alerts.get(row.name, {})) for row in MANDATED]
    yield from _by_family(("no.", "alert"), alerts, coverage.families)


def _shares(cells: list[Cell | None]) -> tuple[str, str]:
    there = [one for one in cells if one is not None]
    well = sum(one.verdict in WELL and one.cases > one.negative for one in there)
    return f"{well} of {len(cells)}", str(sum(one.verdict is Verdict.UNSUPPORTED for one in there))


def _by_family(first: tuple[str, str], rows: Iterable[tuple[str, str, Cells]], families: tuple[str, ...]) -> list[str]:
    told = ((key, name, *(_told(cells.get(family)) for family in families)) for key, name, cells in rows)
    return _table((*first, *families), told)


def _told(cell: Cell | None) -> str:
    if cell is None:
        return "-"
    return f"{cell.verdict.value} {cell.cases} ({cell.negative}){'*' if cell.assumed else ''}"


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return [*("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines), ""]
