"""The mutation check: every fault of the table is caught by its case, which passes without it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "mutations"))
import mutations  # noqa: E402 (it stands beside, as a script of its own)

LEAST = 20


@pytest.mark.parametrize("mutation", mutations.table(), ids=lambda one: one.name.replace(" ", "-"))
def test_a_fault_is_caught_by_its_case(mutation: mutations.Mutation) -> None:
    told = mutations.tried(mutation)
    assert told.verdict in mutations.CAUGHT, f"{mutation.name}: {told.verdict} {told.why}"


def test_there_are_enough_faults_in_meter_and_adapter() -> None:
    rows = mutations.table()
    assert len(rows) >= LEAST
    assert len({row.name for row in rows}) == len(rows)
    assert {row.file.split("/")[1] for row in rows} >= {"device", "adapter"}


@pytest.mark.parametrize("place", sorted({(row.case, row.family) for row in mutations.table()}), ids=str)
def test_the_case_passes_without_the_fault(place: tuple[str, str]) -> None:
    mutation = next(row for row in mutations.table() if (row.case, row.family) == place)
    told = mutations.judged(mutation, None)
    assert told.verdict == "PASS", told.why
