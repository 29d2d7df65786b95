"""The report as data: what report.json holds, by a published schema (docs/report.schema.json)."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from emulator.conformance.reports.cleaning import lean
from emulator.conformance.reports.regressions import Comparison, compare
from emulator.conformance.verdict import FAILED, PROVES, Finding, RunInfo, Verdict

FORMAT: Final = 1
SCHEMA_ID: Final = "https://json-schema.org/draft/2020-12/schema"
LOOSE: Final = frozenset({Verdict.NON_STRICT, Verdict.TOLERATED})
DONE, VERDICT_FAILED, NOT_ESTABLISHED, OUR_FAULT, BENCH_FAULT = 0, 1, 4, 70, 75
"""Exit codes of the architecture page."""


class NoReportError(ValueError):
    """A file is no report; the text says why."""


class Outcome(msgspec.Struct, frozen=True):
    """What came of the whole run: for a program its exit code, for people one sentence."""

    exit_code: int
    word: str
    sentence: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A run and all that came of it."""

    format: int = FORMAT
    run: RunInfo
    outcome: Outcome
    counts: dict[str, int]
    comparison: Comparison | None = None
    findings: tuple[Finding, ...]


def build(findings: Iterable[Finding], run: RunInfo, against: Path | None = None) -> Report:
    """Make a report. Raises NoReportError if what to compare with is none."""
    held = tuple(lean(one) for one in findings)
    comparison = None if against is None else against_report(read(against), held, run, str(against))
    tally = Counter(one.verdict for one in held)
    return Report(
        run=run,
        outcome=outcome(held, comparison),
        counts={verdict.value: tally[verdict] for verdict in Verdict if tally[verdict]},
        comparison=comparison,
        findings=held,
    )


def against_report(old: Report, findings: Iterable[Finding], run: RunInfo, name: str) -> Comparison:
    """Compare findings with those of an older report; what was asked otherwise is said."""
    told = [
        f"the {what} was {before}, and is {now}"
        for what, before, now in (
            ("target", old.run.target, run.target),
            ("seed", old.run.seed, run.seed),
            ("selection", _all(old.run.asked), _all(run.asked)),
        )
        if before != now
    ]
    found = compare(old.findings, findings)
    return msgspec.structs.replace(found, against=name, warning="; ".join(told))


def _all(asked: tuple[str, ...]) -> str:
    return " ".join(asked) or "everything"


def outcome(findings: Iterable[Finding], comparison: Comparison | None = None) -> Outcome:
    """Say in a sentence what came of it all. A check is one case put to one family.

    What a family has not got is not asked of it, so that alone establishes nothing.
    """
    held = list(findings)
    tally = Counter(one.verdict for one in held)
    lacking = tally[Verdict.UNSUPPORTED]
    decided = sum(tally[verdict] for verdict in PROVES)
    failed = sum(tally[verdict] for verdict in FAILED)
    worse = 0 if comparison is None else len(comparison.worse)
    rest = _rest(worse, lacking, len(held) - decided - lacking)
    if failed:
        hit = {one.family for one in held if one.verdict in FAILED}
        families = {one.family for one in held}
        where = next(iter(hit)) if len(families) == 1 else f"{len(hit)} of {len(families)} families"
        told = f"{failed:,} of {_many(decided, 'check')} failed, at {where}."
        return Outcome(VERDICT_FAILED, "Not passed", told + rest)
    if worse:
        return Outcome(VERDICT_FAILED, "Not passed", f"No check failed, but:{rest}")
    if tally[Verdict.TOOL_ERROR]:
        count = _many(tally[Verdict.TOOL_ERROR], "check")
        return Outcome(OUR_FAULT, "Not passed", f"{count} ended in a fault of the test tool itself; tell its makers.")
    if tally[Verdict.BENCH_ERROR]:
        count = _many(tally[Verdict.BENCH_ERROR], "check")
        return Outcome(
            BENCH_FAULT, "Not passed", f"{count} ended in a fault of the bench, not of the device: try again."
        )
    if not decided:
        return Outcome(NOT_ESTABLISHED, "Not established", f"Nothing was proved.{rest or ' No check was run.'}")
    loose = sum(tally[verdict] for verdict in LOOSE)
    form = f", {loose:,} of them in a looser or tolerated form" if loose else ""
    return Outcome(DONE, "Passed", f"All {_many(decided, 'check')} came out well{form}.{rest}")


def _rest(worse: int, lacking: int, undecided: int) -> str:
    """Tell of what neither failed nor came out well."""
    since = f" {_many(worse, 'check')} got worse since the report that this is compared with." if worse else ""
    left = [f"{undecided:,} could not be decided"] if undecided else []
    left += [f"{lacking:,} {'is' if lacking == 1 else 'are'} about what a family has not got"] if lacking else []
    return f"{since} Besides, {' and '.join(left)}." if left else since


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def published(report: Report) -> Report:
    """Leave out the evidence of what passed, most of a report's size: it is in evidence.zip."""
    return msgspec.structs.replace(report, findings=tuple(_brief(one) for one in report.findings))


def _brief(one: Finding) -> Finding:
    if one.verdict is not Verdict.PASS:
        return one
    return msgspec.structs.replace(one, documents=(), wire=(), before={}, after={}, journal=())


def encoded(report: Report) -> bytes:
    """Write a report as JSON."""
    return msgspec.json.format(msgspec.json.encode(published(report)), indent=1) + b"\n"


def read(path: Path) -> Report:
    """Read a report. Raises NoReportError, or OSError."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Report)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NoReportError(f"{path} is no report.json of meterfarm: {error}") from None
    if found.format != FORMAT:
        raise NoReportError(f"{path} has format {found.format}; this version reads {FORMAT}")
    return found


def schema() -> dict[str, Any]:
    """Give the JSON Schema of report.json."""
    told = msgspec.json.schema(Report)
    return {"$schema": SCHEMA_ID, "title": "A report of meterfarm's conformance suite (report.json)", **told}
