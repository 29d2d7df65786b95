"""Run the whole suite and write docs/coverage.json and docs/coverage.md from what came of it.

`--page` writes the page alone, from the results that are kept. `--check` writes nothing, and fails where the suite
gives something else than what is kept.
"""

import sys
from pathlib import Path

from emulator.conformance import coverage, engine, selection
from emulator.conformance.judge import Terms
from emulator.conformance.targets import parse
from emulator.conformance.verdict import Finding
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
    """Print in what a run made now differs from what is kept."""
    differences = coverage.current(results(), coverage.read(DATA))
    for one in differences:
        print(one)
    return 1 if differences else 0


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(check())
    if "--page" not in sys.argv:
        DATA.write_text(coverage.encoded(found()), "utf-8")
    PAGE.write_text(coverage.markdown(coverage.read(DATA)), "utf-8")
