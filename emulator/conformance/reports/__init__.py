"""Reports of a run: for people, for programs, and as evidence that can be checked."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from emulator.conformance.reports.evidence import finding_files, verify, write_zip
from emulator.conformance.reports.junit import junit
from emulator.conformance.reports.regressions import Change, Comparison, Way, compare
from emulator.conformance.reports.report import (
    NoReportError,
    Outcome,
    Report,
    against_report,
    build,
    encoded,
    outcome,
    read,
    schema,
)
from emulator.conformance.reports.tables import markdown, matrix_csv
from emulator.conformance.verdict import Finding, RunInfo

__all__ = [
    "Change",
    "Comparison",
    "NoReportError",
    "Outcome",
    "Report",
    "Way",
    "Written",
    "against_report",
    "build",
    "compare",
    "files",
    "outcome",
    "read",
    "schema",
    "verify",
    "write",
]


class Written(NamedTuple):
    """What was written: the report, its files, and the SHA-256 of evidence.zip, to be kept elsewhere."""

    report: Report
    paths: tuple[Path, ...]
    evidence_sha256: str

    @property
    def exit_code(self) -> int:
        """The exit code of the run, what got worse included."""
        return self.report.outcome.exit_code


def files(report: Report) -> dict[str, bytes]:
    """Give the files of a report, by name."""
    from emulator.conformance.reports.page import html  # noqa: PLC0415 (jinja2 comes with an extra: reading needs none)

    return {
        "report.html": html(report).encode(),
        "report.json": encoded(report),
        "junit.xml": junit(report),
        "matrix.csv": matrix_csv(report).encode("utf-8-sig"),
        "summary.md": markdown(report).encode(),
    }


def write(findings: Iterable[Finding], run: RunInfo, folder: Path, against: Path | None = None) -> Written:
    """Write a report into a folder: page, data, CI's file, tables and evidence.

    `against` is an older report.json: what got worse since makes the exit code 1. It may stand in the same folder.
    Raises NoReportError, or OSError.
    """
    report = build(findings, run, against)
    folder.mkdir(parents=True, exist_ok=True)
    made = files(report)
    for name, octets in made.items():
        (folder / name).write_bytes(octets)
    zipped = folder / "evidence.zip"
    digest = write_zip(zipped, {**made, **dict(finding_files(report))}, run.version)
    return Written(report, (*(folder / name for name in made), zipped), digest)
