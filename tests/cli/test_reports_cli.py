"""`report` and `coverage`, as their user has them."""

import json
from pathlib import Path

import pytest
from cli_farm import run

from emulator.conformance import reports
from emulator.conformance.verdict import Finding, RunInfo, Verdict

RUN = RunInfo(version="0.1.0", target="emulated", families=("elster-as300p",))


def finding(name: str, verdict: Verdict) -> Finding:
    return Finding(
        case=name,
        services=("2.2",),
        family="elster-as300p",
        group="happy path",
        negative=False,
        verdict=verdict,
        says="a top-up is added",
        clause="functional reference 10.7",
        expected="I0",
        got="\x1b[2Jnothing",
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two reports: `old` passed, `new` has one failure and one case more."""
    folder: Path = tmp_path_factory.mktemp("reports")
    reports.write([finding("2.2/a", Verdict.PASS)], RUN, folder / "old")
    reports.write([finding("2.2/a", Verdict.FAIL), finding("2.2/b", Verdict.PASS)], RUN, folder / "new")
    return folder


def test_evidence_is_verified(folder):
    ended = run("report", "verify", "new/evidence.zip", folder=folder)
    assert (ended.code, ended.err) == (0, "")
    whole = (folder / "new" / "evidence.zip").read_bytes()
    (folder / "broken.zip").write_bytes(whole.replace(b"findings/00001", b"findings/00009"))
    ended = run("report", "verify", "broken.zip", folder=folder)
    assert ended.code == 1
    assert "findings/00001-2.2-a-at-elster-as300p.json is missing" in ended.err
    told = run("report", "verify", "broken.zip", "--json", folder=folder).json
    assert not told["ok"]
    assert len(told["problems"]) == 2


def test_a_report_is_shown_and_has_the_runs_exit_code(folder):
    ended = run("report", "show", "new/report.json", folder=folder)
    assert ended.code == 1
    assert ended.out.startswith("Not passed. 1 of 2 checks failed, at elster-as300p.\n")
    assert "\\x1b[2Jnothing" in ended.out
    assert run("report", "show", "old/report.json", folder=folder).code == 0


def test_two_reports_are_compared(folder):
    ended = run("report", "compare", "old/report.json", "new/report.json", folder=folder)
    assert (ended.code, ended.out.splitlines()[0]) == (1, "1 worse, 0 better, 1 new, 0 gone")
    back = run("report", "compare", "new/report.json", "old/report.json", "--json", folder=folder)
    assert (back.code, [one["way"] for one in back.json["changes"]]) == (0, ["better", "gone"])


def test_the_folder_of_a_run_stands_for_its_files(folder):
    assert run("report", "show", "new", folder=folder).out.startswith("Not passed. 1 of 2 checks failed")
    assert run("report", "verify", "new", folder=folder).code == 0
    assert run("report", "compare", "old", "new", folder=folder).out.startswith("1 worse, 0 better, 1 new, 0 gone")
    assert run("coverage", "--from", "old", folder=folder).code == 0
    assert run("report", "show", ".", folder=folder).error == "report.json: No such file or directory"


def test_what_is_no_report_is_a_mistake_in_use(folder):
    (folder / "other.json").write_text("{}", "utf-8")
    assert run("report", "show", "other.json", folder=folder).error.startswith("other.json is no report.json")
    assert run("report", "compare", "old/report.json", "absent.json", folder=folder).code == 2
    assert run("coverage", "--from", "absent.json", folder=folder).code == 2


def test_the_schema_is_printed():
    assert run("report", "schema").json["$schema"].startswith("https://json-schema.org/")


def test_coverage_of_a_report(folder):
    page = run("coverage", "--from", "new/report.json", folder=folder)
    assert page.code == 0
    assert "| 2.2 | Top Up Device | FAIL 2 (0) |" in page.out
    data = run("coverage", "--from", "new/report.json", "--format", "json", folder=folder)
    cell = {"verdict": "FAIL", "cases": 2, "negative": 0, "assumed": False}
    assert json.loads(data.out)["services"]["2.2"] == {"elster-as300p": cell}


def test_this_versions_own_coverage_comes_with_it(tmp_path):
    assert run("coverage", folder=tmp_path).out.startswith("# Coverage\n")
