"""Run the whole suite and write docs/coverage.json and docs/coverage.md from what came of it.

`--page` writes the page alone, from the results that are kept. `--check` writes nothing, and fails where the suite
gives something else than what is kept.
"""

import sys
import time
from collections import Counter
from pathlib import Path

from emulator.conformance import coverage, engine, selection
from emulator.conformance.judge import Terms
from emulator.conformance.targets import parse
from emulator.conformance.verdict import FAILED, Finding, Verdict
from emulator.farm import library

DATA = Path(__file__).with_name("coverage.json")
PAGE = Path(__file__).with_name("coverage.md")


def results() -> list[Finding]:
    """Put every case to every packaged family."""
    return engine.run(selection.pairs(selection.cases(), selection.families()), Terms(parse("emulated")))


def found() -> coverage.Coverage:
    """Give the coverage of a run made now."""
    cases = {case.name: case.negative for case in selection.cases()}
    return coverage.of(results(), library.names(), cases)


def check() -> int:
    """Print what failed, and in what a run made now differs from what is kept."""
    began = time.monotonic()
    findings = results()
    for one in findings:
        if one.verdict in FAILED or one.verdict is Verdict.TOOL_ERROR:
            print(f"{one.verdict} {one.case} at {one.family}: expected {one.expected}; got {one.got or one.why}")
    differences = coverage.current(findings, coverage.read(DATA))
    for difference in differences:
        print(difference)
    told = ", ".join(f"{count} {verdict}" for verdict, count in Counter(one.verdict.value for one in findings).items())
    word = "not current" if differences else "current"
    print(f"{len(findings)} checks in {time.monotonic() - began:.0f} s: {told}; the page of coverage is {word}")
    return 1 if differences else 0


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(check())
    if "--page" not in sys.argv:
        DATA.write_text(coverage.encoded(found()), "utf-8")
    PAGE.write_text(coverage.markdown(coverage.read(DATA)), "utf-8")
