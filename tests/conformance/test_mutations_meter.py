"""The mutation check of the meter: every fault of the table is caught by its case, which passes without it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "mutations"))
import mutations

from emulator.conformance import selection
from emulator.conformance.judge import Terms, judge
from emulator.conformance.targets import parse
from emulator.conformance.verdict import Verdict

LEAST = 18
ROWS = tuple(one for one in mutations.table() if one.in_meter)
FAMILIES = {"aclara-sgm1411", "edmi-es10a", "elster-as300p", "elster-as330-mixed", "itron-lite", "landis-gyr-tokenless"}


@pytest.mark.parametrize("mutation", ROWS, ids=lambda one: one.name.replace(" ", "-"))
def test_a_fault_is_caught_by_its_case(mutation: mutations.Mutation) -> None:
    told = mutations.tried(mutation)
    assert told.verdict in mutations.CAUGHT, f"{mutation.name}: {told.verdict} {told.why}"


@pytest.mark.parametrize("place", sorted({(one.case, one.family) for one in ROWS}), ids="@".join)
def test_the_case_passes_without_the_fault(place: tuple[str, str]) -> None:
    (case,), ((name, profile),) = selection.cases(place[:1]), selection.families(place[1:]).items()
    finding = judge(selection.paired(case, profile, name), Terms(parse("emulated")))
    assert finding.verdict is Verdict.PASS, finding.why or finding.got


def test_there_are_enough_faults_in_all_families() -> None:
    assert len(ROWS) >= LEAST
    assert len({one.name for one in ROWS}) == len(ROWS)
    assert {one.family for one in ROWS} == FAMILIES
