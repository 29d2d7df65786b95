"""`report`: show a report of the conformance suite, compare two, and say whether evidence was changed."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from emulator.cli.output import COMMON, USAGE, VERDICT_FAILED, Common, fail, print_json, print_table

if TYPE_CHECKING:
    from emulator.conformance.reports import Report

app = App(name="report", help="Show and compare reports of the conformance suite; check an evidence.zip.")

ReportFile = Annotated[Path, Parameter(help="A report.json, or the folder of --report.")]
ZipFile = Annotated[Path, Parameter(help="An evidence.zip, or the folder of --report.")]
MOST_TOLD = 40


def in_folder(path: Path, name: str) -> Path:
    """Give a file of a report by itself, or by the folder that it was written into."""
    return path / name if path.is_dir() else path


@app.command
def verify(file: ZipFile, /, *, common: Common = COMMON) -> int:
    """Check that no file of an evidence.zip was changed, lost or added since it was written."""
    from emulator.conformance.reports import verify as problems_of  # noqa: PLC0415

    file = in_folder(file, "evidence.zip")
    problems = problems_of(file)
    if common.json:
        print_json({"ok": not problems, "problems": problems})
        return VERDICT_FAILED if problems else 0
    for problem in problems:
        fail(problem, VERDICT_FAILED)
    if not problems:
        print(f"{file}: each file is as the manifest says")
    return VERDICT_FAILED if problems else 0


@app.command
def show(file: ReportFile, /, *, common: Common = COMMON) -> int:
    """Show a report: what came of it, what failed, and what was not tested. Its exit code is that of the run."""
    from emulator.conformance.reports import NoReportError, read  # noqa: PLC0415
    from emulator.conformance.reports.sheet import lay_out  # noqa: PLC0415

    try:
        report = read(in_folder(file, "report.json"))
    except NoReportError as error:
        return fail(str(error), USAGE)
    if common.json:
        print_json({"run": report.run, "outcome": report.outcome, "counts": report.counts})
        return report.outcome.exit_code
    print(f"{report.outcome.word}. {_clear(report.outcome.sentence)}\n")
    print_table(("verdict", "checks"), [(verdict, str(count)) for verdict, count in report.counts.items()])
    failed = list(_failed(report))
    if failed:
        print()
        print_table(("verdict", "case", "family", "expected", "got"), failed[:MOST_TOLD])
        _rest(len(failed))
    untested = lay_out(report).untested
    if untested:
        print()
        rows = [(one.verdict.value, str(one.total), _clear(one.why)) for one in untested]
        print_table(("verdict", "checks", "why"), rows[:MOST_TOLD])
        _rest(len(rows))
    return report.outcome.exit_code


def _failed(report: "Report") -> Iterator[tuple[str, ...]]:
    from emulator.conformance.reports.cleaning import short  # noqa: PLC0415
    from emulator.conformance.verdict import FAILED  # noqa: PLC0415

    for one in report.findings:
        if one.verdict in FAILED:
            told = (one.case, one.family, short(one.expected, 60), short(one.got, 60))
            yield one.verdict.value, *(_clear(text) for text in told)


def _clear(text: str) -> str:
    """Keep what an adapter answered from steering the terminal, and on one line."""
    from emulator.conformance.reports.cleaning import visible  # noqa: PLC0415

    return visible(" ".join(text.split()))


def _rest(count: int) -> None:
    if count > MOST_TOLD:
        print(f"and {count - MOST_TOLD} more")


@app.command
def compare(old: ReportFile, new: ReportFile, /, *, common: Common = COMMON) -> int:
    """Compare two reports: what got worse, better, came and went. The exit code is 1 if something got worse."""
    from emulator.conformance.reports import NoReportError, Way, against_report, read  # noqa: PLC0415

    try:
        later = read(in_folder(new, "report.json"))
        found = against_report(read(in_folder(old, "report.json")), later.findings, later.run, str(old))
    except NoReportError as error:
        return fail(str(error), USAGE)
    code = VERDICT_FAILED if found.worse else 0
    if common.json:
        print_json(found)
        return code
    if found.warning:
        print(f"mind: {_clear(found.warning)}")
    print(", ".join(f"{len(found.went(way))} {way}" for way in Way))
    rows = [
        (one.way.value, _clear(one.case), _clear(one.family), one.was or "-", one.now or "-") for one in found.changes
    ]
    if rows:
        print_table(("", "case", "family", "was", "is"), rows)
    return code


@app.command
def schema(*, common: Common = COMMON) -> int:
    """Print the JSON Schema of report.json."""
    del common  # it is JSON anyway, and no farm is asked
    from emulator.conformance.reports import schema as published  # noqa: PLC0415

    print_json(published())
    return 0
