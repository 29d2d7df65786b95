"""report.html: one file for a mail attachment. It reaches nothing, needs no script, and escapes all that it shows.

Style and script stand in it, and its own policy lets no other run: what an adapter answered cannot become code.
"""

import base64
import hashlib
import json
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from emulator.conformance.reports.cleaning import GONE, short, visible
from emulator.conformance.reports.regressions import Way
from emulator.conformance.reports.report import Report
from emulator.conformance.reports.sheet import UNTESTED, Numbered, Sheet, lay_out
from emulator.conformance.verdict import FAILED, MEANS, Finding, Verdict
from emulator.device.instant import isoformat
from emulator.services.catalogue import SERVICES

MOST_EVIDENCE: Final = 200
"""Findings with all their evidence, the worst first; the others' is in evidence.zip, so that the page can be mailed."""
MOST_OPEN: Final = 12
MOST_DOCUMENTS, MOST_WIRE, MOST_STATE, MOST_JOURNAL = 12, 60, 150, 60
LONGEST_DOCUMENT, LONGEST_VALUE, LONGEST_HEX = 6_000, 400, 2_048
TONES: Final = {
    Verdict.FAIL: "bad",
    Verdict.CONTRADICTION: "bad",
    Verdict.TOOL_ERROR: "error",
    Verdict.BENCH_ERROR: "error",
    Verdict.INCONCLUSIVE: "unsure",
    Verdict.NON_STRICT: "loose",
    Verdict.TOLERATED: "loose",
    Verdict.NOT_ESTABLISHED: "unsure",
    Verdict.NOT_RUN: "unsure",
    Verdict.UNSUPPORTED: "lacking",
    Verdict.PASS: "good",
}
_QUIET: Final = frozenset({Verdict.PASS, Verdict.UNSUPPORTED})
_TOLD_IN_GROUPS: Final = frozenset({Verdict.NOT_RUN, Verdict.NOT_ESTABLISHED})


def html(report: Report) -> str:
    """Write the page."""
    sheet = lay_out(report)
    told = _detailed(sheet)
    style, script = _source("report.css"), _source("report.js")
    return (
        _environment()
        .get_template("report.html")
        .render(
            report=report,
            sheet=sheet,
            told=told,
            linked={one.number for one in told},
            lines={line.case: line.number for _, lines in sheet.groups for line in lines},
            evidence={one.number for one in told[:MOST_EVIDENCE]},
            opened={one.number for one in told[:MOST_OPEN] if one.finding.verdict in FAILED},
            verdicts=[verdict for verdict in Verdict if verdict.value in report.counts],
            untested=[(verdict, [one for one in sheet.untested if one.verdict is verdict]) for verdict in UNTESTED],
            means=MEANS,
            tones=TONES,
            ways=list(Way),
            style=Markup(style),  # noqa: S704 (our own file)
            script=Markup(script),  # noqa: S704 (our own file)
            style_hash=_digest(style),
            script_hash=_digest(script),
            most_evidence=MOST_EVIDENCE,
            catalogued=len(SERVICES),
        )
    )


def _detailed(sheet: Sheet) -> list[Numbered]:
    """Give the findings that are told one by one; what was not tested is told in groups unless it left evidence."""
    return [
        one
        for one in sheet.of(*(verdict for verdict in Verdict if verdict not in _QUIET))
        if one.finding.verdict not in _TOLD_IN_GROUPS or one.finding.documents or one.finding.wire
    ]


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("emulator.conformance.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters.update(
        instant=_instant,
        document=_document,
        octets=_octets,
        changes=_changes,
        duration=_duration,
        last=_last,
        short=short,
        tone=TONES.__getitem__,
    )
    made.globals.update(
        most_documents=MOST_DOCUMENTS, most_wire=MOST_WIRE, most_journal=MOST_JOURNAL, most_state=MOST_STATE
    )
    return made


def _shown(value: Any) -> Any:
    """Let nothing that is not seen into the page; jinja2 escapes it after this."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _source(name: str) -> str:
    loader = PackageLoader("emulator.conformance.reports")
    return loader.get_source(_environment(), name)[0]


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _instant(at: int) -> str:
    try:
        return isoformat(at)
    except (OverflowError, ValueError, OSError):
        return str(at)


def _document(document: dict[str, Any]) -> str:
    return short(json.dumps(document, indent=2, ensure_ascii=False), LONGEST_DOCUMENT)


def _octets(text: str) -> str:
    """Write hexadecimal octets apart, sixteen together and a space between, so that a page can break them."""
    joined = short("".join(text.split()), LONGEST_HEX)
    return " ".join(joined[at : at + 8] for at in range(0, len(joined), 8)) if joined.isalnum() else joined


def _changes(finding: Finding) -> list[tuple[str, str, str]]:
    return [
        (path, _value(finding.before.get(path, GONE)), _value(finding.after.get(path, GONE)))
        for path in dict.fromkeys((*finding.before, *finding.after))
    ]


def _value(value: Any) -> str:
    return short(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), LONGEST_VALUE)


def _duration(took_ms: int) -> str:
    if took_ms < 1_000:
        return f"{took_ms} ms"
    return f"{took_ms / 1_000:.1f} s" if took_ms < 60_000 else f"{took_ms // 60_000} min {took_ms // 1_000 % 60} s"


def _last(several: tuple[Any, ...], most: int) -> tuple[Any, ...]:
    return several[-most:]
