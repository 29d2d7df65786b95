"""What came of a run, and what got worse since another."""

import msgspec
import pytest
from report_samples import RUN, finding

from emulator.conformance import reports
from emulator.conformance.reports import Way, compare
from emulator.conformance.reports.regressions import of_service
from emulator.conformance.verdict import Verdict


def of(*verdicts):
    return [finding(f"2.2/case-{place}", verdict=verdict) for place, verdict in enumerate(verdicts)]


@pytest.mark.parametrize(
    ("verdicts", "code", "word"),
    [
        ((Verdict.PASS, Verdict.UNSUPPORTED), 0, "Passed"),
        ((Verdict.PASS, Verdict.TOLERATED, Verdict.NON_STRICT, Verdict.NOT_RUN), 0, "Passed"),
        ((Verdict.PASS, Verdict.FAIL), 1, "Not passed"),
        ((Verdict.PASS, Verdict.CONTRADICTION, Verdict.TOOL_ERROR), 1, "Not passed"),
        ((Verdict.PASS, Verdict.TOOL_ERROR, Verdict.BENCH_ERROR), 70, "Not passed"),
        ((Verdict.PASS, Verdict.BENCH_ERROR), 75, "Not passed"),
        ((Verdict.NOT_RUN, Verdict.NOT_ESTABLISHED, Verdict.INCONCLUSIVE), 4, "Not established"),
        ((Verdict.UNSUPPORTED, Verdict.UNSUPPORTED), 4, "Not established"),
        ((), 4, "Not established"),
    ],
)
def test_the_exit_code_and_its_word(verdicts, code, word):
    found = reports.outcome(of(*verdicts))
    assert (found.exit_code, found.word) == (code, word)


def test_one_sentence_for_people():
    assert reports.outcome(of(Verdict.PASS, Verdict.FAIL, Verdict.NOT_RUN, Verdict.UNSUPPORTED)).sentence == (
        "1 of 2 checks failed, at elster-as300p. "
        "Besides, 1 could not be decided and 1 is about what a family has not got."
    )
    assert reports.outcome(of(Verdict.PASS, Verdict.TOLERATED)).sentence == (
        "All 2 checks came out well, 1 of them in a looser or tolerated form."
    )


@pytest.mark.parametrize(
    ("was", "now", "way"),
    [
        (Verdict.PASS, Verdict.FAIL, Way.WORSE),
        (Verdict.PASS, Verdict.NON_STRICT, Way.WORSE),
        (Verdict.PASS, Verdict.UNSUPPORTED, Way.WORSE),
        (Verdict.PASS, Verdict.NOT_RUN, Way.WORSE),
        (Verdict.FAIL, Verdict.NOT_RUN, Way.WORSE),
        (Verdict.PASS, Verdict.TOOL_ERROR, Way.WORSE),
        (Verdict.NOT_ESTABLISHED, Verdict.FAIL, Way.WORSE),
        (Verdict.NOT_RUN, Verdict.TOOL_ERROR, Way.WORSE),
        (Verdict.FAIL, Verdict.PASS, Way.BETTER),
        (Verdict.TOLERATED, Verdict.PASS, Way.BETTER),
        (Verdict.INCONCLUSIVE, Verdict.PASS, Way.BETTER),
        (Verdict.TOOL_ERROR, Verdict.INCONCLUSIVE, Way.BETTER),
        (Verdict.FAIL, Verdict.CONTRADICTION, None),
        (Verdict.NOT_RUN, Verdict.NOT_ESTABLISHED, None),
    ],
)
def test_the_way_from_one_verdict_to_another(was, now, way):
    changes = compare(of(was), of(now)).changes
    assert [(one.way, one.was, one.now) for one in changes] == ([] if way is None else [(way, was, now)])


@pytest.mark.parametrize("was", list(Verdict))
@pytest.mark.parametrize("now", list(Verdict))
def test_nothing_is_worse_both_ways_but_what_loses_or_breaks(was, now):
    there, back = compare(of(was), of(now)).worse, compare(of(now), of(was)).worse
    if there and back:
        undecided = {Verdict.NOT_RUN, Verdict.NOT_ESTABLISHED, Verdict.INCONCLUSIVE}
        undecided |= {Verdict.TOOL_ERROR, Verdict.BENCH_ERROR}
        assert {was, now} & undecided
        assert {was, now} & {Verdict.FAIL, Verdict.CONTRADICTION}


def test_what_comes_and_goes_is_told_and_fails_nothing():
    found = compare([finding("2.2/a"), finding("2.2/b")], [finding("2.2/b"), finding("2.2/c")])
    assert [(one.way, one.case) for one in found.changes] == [(Way.NEW, "2.2/c"), (Way.GONE, "2.2/a")]
    assert found.worse == ()


def test_the_worst_of_a_case_at_a_family_counts():
    found = compare([finding()], [finding(), finding(verdict=Verdict.FAIL), finding()])
    assert [one.now for one in found.worse] == [Verdict.FAIL]


def test_a_run_that_got_worse_fails(tmp_path):
    old = reports.write(of(Verdict.PASS, Verdict.PASS), RUN, tmp_path)
    assert old.exit_code == 0
    new = reports.write(of(Verdict.PASS, Verdict.NOT_RUN), RUN, tmp_path, against=tmp_path / "report.json")
    assert new.exit_code == 1
    assert new.report.outcome.sentence.startswith("No check failed, but: 1 check got worse since the report")
    assert "What got worse" in (tmp_path / "report.html").read_text("utf-8")
    assert "2.2/case-1 at elster-as300p: was PASS, is NOT RUN" in (tmp_path / "summary.md").read_text("utf-8")
    assert reports.read(tmp_path / "report.json") == new.report


def test_another_selection_or_target_is_told(tmp_path):
    reports.write(of(Verdict.PASS), RUN, tmp_path)
    other = msgspec.structs.replace(RUN, target="bench:unit-3", asked=("2.2",))
    found = reports.build(of(Verdict.PASS), other, tmp_path / "report.json").comparison
    assert found.warning == "the target was emulated, and is bench:unit-3; the selection was everything, and is 2.2"


def test_what_needs_another_service_does_not_count_where_this_one_works():
    works = finding("2.2/adds", verdict=Verdict.PASS)
    apart = finding("2.2/with-a-limit", verdict=Verdict.UNSUPPORTED)
    unknown = finding("2.2/with-a-display", verdict=Verdict.NOT_ESTABLISHED)
    refused = finding("2.2/wrong-role", verdict=Verdict.PASS, negative=True)
    assert of_service([works, apart, unknown, refused]) is Verdict.PASS
    assert of_service([works, finding("2.2/adds-twice", verdict=Verdict.FAIL), apart]) is Verdict.FAIL
    assert of_service([apart, refused]) is Verdict.UNSUPPORTED
    assert of_service([unknown]) is Verdict.NOT_ESTABLISHED
    assert of_service([finding("3.1/not-offered", verdict=Verdict.PASS, lacks=True)]) is Verdict.UNSUPPORTED
