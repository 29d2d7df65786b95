"""A report laid out for readers: services and alerts by families, what was not tested and why, and every case."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from emulator.conformance.reports.regressions import WORST_FIRST, of_service, worst
from emulator.conformance.reports.report import Report
from emulator.conformance.verdict import MEANS, Finding, Flag, Verdict
from emulator.device.alerts import MANDATED
from emulator.services.catalogue import SERVICES

ALERT: Final = "alert/"
UNTESTED: Final = (
    Verdict.TOOL_ERROR,
    Verdict.BENCH_ERROR,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_ESTABLISHED,
    Verdict.NOT_RUN,
    Verdict.UNSUPPORTED,
)
"""What says nothing of how a service works, in the order in which it is told."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """A finding with its number in the report, by which pages and files name it."""

    number: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Cell:
    """A service or an alert at a family: the worst verdict, of how many, and the first finding that has it.

    `assumed` is whether any of its findings leans on an assumption.
    """

    verdict: Verdict
    count: int
    total: int
    first: Numbered
    assumed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the matrix; its cells are in the order of the families, None where there is no case."""

    key: str
    name: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Untested:
    """Checks that say nothing for one reason: how many at each family, and which cases."""

    verdict: Verdict
    why: str
    families: tuple[tuple[str, int], ...]
    cases: tuple[str, ...]
    total: int


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case with its findings, in the order of the families."""

    number: int
    case: str
    says: str
    negative: bool
    virtual: bool
    found: tuple[Numbered | None, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All of it."""

    families: tuple[str, ...]
    services: tuple[Row, ...]
    alerts: tuple[Row, ...]
    without: tuple[str, ...]
    untested: tuple[Untested, ...]
    groups: tuple[tuple[str, tuple[CaseLine, ...]], ...]
    numbered: tuple[Numbered, ...]

    def of(self, *verdicts: Verdict) -> tuple[Numbered, ...]:
        """Give the findings of some verdicts, the worst first."""
        found = (one for one in self.numbered if one.finding.verdict in verdicts)
        return tuple(sorted(found, key=lambda one: WORST_FIRST.index(one.finding.verdict)))


def lay_out(report: Report) -> Sheet:
    """Lay a report out."""
    numbered = tuple(Numbered(place, one) for place, one in enumerate(report.findings, 1))
    families = tuple(dict.fromkeys((*report.run.families, *(one.family for one in report.findings))))
    services = _services(numbered, families)
    held = {row.key for row in services}
    return Sheet(
        families=families,
        services=services,
        alerts=_alerts(numbered, families),
        without=tuple(f"{row.variant} {row.name}" for row in SERVICES if row.variant not in held),
        untested=_untested(numbered),
        groups=_groups(numbered, families),
        numbered=numbered,
    )


def _services(numbered: Sequence[Numbered], families: Sequence[str]) -> tuple[Row, ...]:
    """Give a row for each variant that has a finding, in the catalogue's order; what it does not know comes last."""
    names = {row.variant: row.name for row in SERVICES}
    of: dict[str, list[Numbered]] = {variant: [] for variant in names}
    for one in numbered:
        for variant in one.finding.services:
            of.setdefault(variant, []).append(one)
    return tuple(
        Row(variant, names.get(variant, "(not in the catalogue)"), _cells(found, families))
        for variant, found in of.items()
        if found
    )


def alert_slug(name: str) -> str:
    """Give a mandated alert's name as cases have it: Low Battery is low-battery."""
    return name.casefold().replace(" ", "-")


def alert_of(case: str) -> str:
    """Give the mandated alert that a case is about, "" if none: alert/low-battery, alert/low-battery-on-gas."""
    if not case.startswith(ALERT):
        return ""
    told = case.removeprefix(ALERT)
    return next((row.name for row in MANDATED if f"{told}-".startswith(f"{alert_slug(row.name)}-")), "")


def _alerts(numbered: Sequence[Numbered], families: Sequence[str]) -> tuple[Row, ...]:
    rows = []
    for alert in MANDATED:
        found = [one for one in numbered if alert_of(one.finding.case) == alert.name]
        if found:
            rows.append(Row(str(alert.number), alert.name, _cells(found, families)))
    return tuple(rows)


def _cells(found: Iterable[Numbered], families: Sequence[str]) -> tuple[Cell | None, ...]:
    by: dict[str, list[Numbered]] = {}
    for one in found:
        by.setdefault(one.finding.family, []).append(one)
    return tuple(_cell(by[family]) if family in by else None for family in families)


def _cell(found: Sequence[Numbered]) -> Cell:
    verdict = of_service(one.finding for one in found)
    having = [one for one in found if one.finding.told_of_service is verdict]
    assumed = any(Flag.LEANS_ON_ASSUMPTION in one.finding.flags for one in found)
    return Cell(verdict, len(having), len(found), having[0], assumed)


def _untested(numbered: Sequence[Numbered]) -> tuple[Untested, ...]:
    by: dict[tuple[Verdict, str], list[Finding]] = {}
    for one in numbered:
        if one.finding.verdict in UNTESTED:
            why = one.finding.why or MEANS[one.finding.verdict]
            by.setdefault((one.finding.verdict, why), []).append(one.finding)
    told = [
        Untested(
            verdict,
            why,
            tuple(sorted(Counter(one.family for one in found).items())),
            tuple(dict.fromkeys(one.case for one in found)),
            len(found),
        )
        for (verdict, why), found in by.items()
    ]
    return tuple(sorted(told, key=lambda one: (UNTESTED.index(one.verdict), -one.total)))


def _groups(numbered: Sequence[Numbered], families: Sequence[str]) -> tuple[tuple[str, tuple[CaseLine, ...]], ...]:
    by: dict[str, dict[str, dict[str, Numbered]]] = {}
    for one in numbered:
        at = by.setdefault(one.finding.group, {}).setdefault(one.finding.case, {})
        known = at.get(one.finding.family)
        if known is None or worst((one.finding.verdict, known.finding.verdict)) is not known.finding.verdict:
            at[one.finding.family] = one
    count, groups = 0, []
    for group, cases in by.items():
        lines = []
        for case, at in cases.items():
            count += 1
            any_one = next(iter(at.values())).finding
            found = tuple(at.get(family) for family in families)
            virtual = Flag.VIRTUAL_ONLY in any_one.flags
            lines.append(CaseLine(count, case, any_one.says, any_one.negative, virtual, found))
        groups.append((group, tuple(lines)))
    return tuple(groups)
