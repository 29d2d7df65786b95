"""docs/coverage.md is what docs/coverage.json gives, and that has a place for all there is to cover."""

from pathlib import Path

import pytest
from report_samples import FAMILIES, every_verdict, finding

from emulator.conformance import coverage
from emulator.conformance.case import Group
from emulator.conformance.cases import CASES
from emulator.conformance.reports.sheet import alert_of, alert_slug
from emulator.conformance.verdict import Flag, Verdict
from emulator.device.alerts import MANDATED
from emulator.farm import library
from emulator.services.catalogue import SERVICES

DOCS = Path(__file__).parents[2] / "docs"
STALE = "run `python docs/generate_coverage.py`"


def test_the_page_is_what_is_kept():
    kept = coverage.read(DOCS / "coverage.json")
    assert (DOCS / "coverage.md").read_text("utf-8") == coverage.markdown(kept), f"{STALE} --page"
    assert (DOCS / "coverage.json").read_text("utf-8") == coverage.encoded(kept), STALE


def test_what_is_kept_has_each_service_family_alert_and_case():
    kept = coverage.read(DOCS / "coverage.json")
    assert list(kept.services) == [row.variant for row in SERVICES], STALE
    assert list(kept.alerts) == [row.name for row in MANDATED], STALE
    assert kept.families == library.names(), STALE
    assert kept.cases == {case.name: case.negative for case in sorted(CASES, key=lambda one: one.name)}, STALE


def test_a_case_of_an_alert_names_one_of_the_13():
    named = [case.name for case in CASES if case.group is Group.ALERTS]
    assert [name for name in named if not alert_of(name)] == []


@pytest.mark.parametrize("alert", MANDATED, ids=lambda alert: alert.name)
def test_each_alert_is_known_by_its_name(alert):
    assert alert_of(f"alert/{alert_slug(alert.name)}") == alert.name
    assert alert_of(f"alert/{alert_slug(alert.name)}-on-gas") == alert.name
    assert not alert_of(f"2.2/{alert_slug(alert.name)}")


def test_a_cell_has_the_worst_verdict_and_counts():
    found = coverage.of(
        [
            finding("2.2/a"),
            finding("2.2/b", negative=True, verdict=Verdict.TOLERATED),
            finding("2.2/c", negative=True, flags=(Flag.LEANS_ON_ASSUMPTION,)),
        ]
    )
    assert found.services["2.2"] == {"elster-as300p": coverage.Cell(Verdict.TOLERATED, 3, 2, assumed=True)}
    assert found.services["2.3"] == {}
    assert "| 2.2 | Top Up Device | TOLERATED 3 (2)* |" in coverage.markdown(found)


def test_it_is_read_as_it_was_written(tmp_path):
    found = coverage.of(every_verdict(), FAMILIES)
    file = tmp_path / "coverage.json"
    file.write_text(coverage.encoded(found), "utf-8")
    assert coverage.read(file) == found
    file.write_text("{}", "utf-8")
    with pytest.raises(coverage.NoCoverageError, match="holds no coverage"):
        coverage.read(file)


def test_what_is_not_current_is_told():
    kept = coverage.of(
        [finding("2.2/a"), finding("alert/low-battery")], cases={"2.2/a": False, "alert/low-battery": False}
    )
    assert coverage.current([finding("2.2/a"), finding("alert/low-battery")], kept) == []
    assert coverage.current([finding("2.2/a", verdict=Verdict.FAIL), finding("2.2/b")], kept) == [
        "2.2/b is no case of what is kept",
        "2.2 at elster-as300p: kept is PASS 1 (0), found FAIL 2 (0)",
        "Low Battery at elster-as300p: kept is PASS 1 (0), found -",
    ]
    assert coverage.current([finding("2.2/a", "itron-lite")], kept)[0] == "itron-lite is no family of what is kept"


def test_a_service_of_which_only_refusals_were_seen_does_not_count():
    told = coverage.markdown(coverage.of([finding("2.2/a"), finding("2.3/b", negative=True)]))
    assert "| elster-as300p | 1 of 56 | 0 | 0 of 13 | 0 |" in told
    apart = finding("2.2/b", verdict=Verdict.UNSUPPORTED)
    told = coverage.markdown(coverage.of([finding("2.2/a"), apart]))
    assert "| elster-as300p | 1 of 56 | 0 | 0 of 13 | 0 |" in told
    told = coverage.markdown(coverage.of([finding("2.2/a", negative=True), apart]))
    assert "| elster-as300p | 0 of 56 | 1 | 0 of 13 | 0 |" in told
