"""What pytest runs: one item is one case at one family. `pytest_engine` fills it from the plan of a run."""

import msgspec
import pytest

from emulator.conformance.judge import Terms, judge
from emulator.conformance.pytest_engine import FINDING, Properties
from emulator.conformance.reports.cleaning import lean
from emulator.conformance.selection import Pair
from emulator.conformance.verdict import FAILED


def test_case(pair: Pair, terms: Terms, record_property: Properties) -> None:
    """Put a case to a family. The finding travels with the item's report."""
    finding = judge(pair, terms)
    record_property(FINDING, msgspec.json.encode(lean(finding)).decode())
    if finding.verdict in FAILED:
        pytest.fail(finding.verdict, pytrace=False)
