"""junit.xml: what a CI server reads. A suite a family, a test a case; what decided nothing is skipped, with why."""

from typing import Final
from xml.etree import ElementTree as ET

from emulator.conformance.reports.cleaning import short, visible
from emulator.conformance.reports.report import Report
from emulator.conformance.verdict import FAILED, MEANS, Finding, Verdict

_ERRORS: Final = frozenset({Verdict.TOOL_ERROR, Verdict.BENCH_ERROR})
_SKIPPED: Final = frozenset({Verdict.NOT_RUN, Verdict.NOT_ESTABLISHED, Verdict.UNSUPPORTED, Verdict.INCONCLUSIVE})
LONGEST: Final = 4_000
NAME: Final = "meterfarm conformance"
DATE_TIME: Final = len("2026-11-22T18:00:00")
"""Readers of JUnit's file know no time zone; it is UTC."""


def junit(report: Report) -> bytes:
    """Write the file."""
    findings = report.findings
    root = ET.Element("testsuites", {"name": NAME, **_tally(findings)})
    for family in dict.fromkeys(one.family for one in findings):
        held = tuple(one for one in findings if one.family == family)
        began = {"timestamp": report.run.began[:DATE_TIME]} if report.run.began else {}
        suite = ET.SubElement(root, "testsuite", {"name": visible(family), **_tally(held), **began})
        properties = ET.SubElement(suite, "properties")
        for name, value in (
            ("target", report.run.target),
            ("seed", str(report.run.seed)),
            ("version", report.run.version),
            ("outcome", f"{report.outcome.word}. {report.outcome.sentence}"),
        ):
            ET.SubElement(properties, "property", {"name": name, "value": visible(value)})
        for one in held:
            _case(suite, one)
    ET.indent(root)
    octets: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return octets + b"\n"


def _tally(findings: tuple[Finding, ...]) -> dict[str, str]:
    return {
        "tests": str(len(findings)),
        "failures": str(sum(one.verdict in FAILED for one in findings)),
        "errors": str(sum(one.verdict in _ERRORS for one in findings)),
        "skipped": str(sum(one.verdict in _SKIPPED for one in findings)),
        "time": _seconds(sum(one.took_ms for one in findings)),
    }


def _case(suite: ET.Element, one: Finding) -> None:
    named = {"classname": f"{one.family}.{one.group}", "name": one.case, "time": _seconds(one.took_ms)}
    case = ET.SubElement(suite, "testcase", {key: visible(text) for key, text in named.items()})
    tag = _tag(one.verdict)
    if tag:
        message = f"{one.verdict.value}: {one.why or one.got or MEANS[one.verdict]}"
        child = ET.SubElement(case, tag, {"message": visible(short(message, 300)), "type": one.verdict.value})
        if tag != "skipped":
            child.text = visible(short(_text(one), LONGEST))
    elif one.verdict is not Verdict.PASS or one.flags:
        told = () if one.verdict is Verdict.PASS else (_text(one),)
        words = (one.verdict.value, *(flag.value for flag in one.flags), *told)
        ET.SubElement(case, "system-out").text = visible(short("\n".join(words), LONGEST))


def _tag(verdict: Verdict) -> str:
    if verdict in FAILED:
        return "failure"
    return "error" if verdict in _ERRORS else "skipped" if verdict in _SKIPPED else ""


def _text(one: Finding) -> str:
    rows = (
        ("requirement", one.says),
        ("clause", one.clause),
        ("expected", one.expected),
        ("got", one.got),
        ("why", one.why),
        ("seed", str(one.seed)),
        ("run it again", one.rerun),
    )
    return "\n".join(f"{name}: {text}" for name, text in rows if text)


def _seconds(took_ms: int) -> str:
    return f"{took_ms // 1_000}.{took_ms % 1_000:03d}"
