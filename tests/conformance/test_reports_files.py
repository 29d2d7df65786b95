"""The files of a report beside the page: data with its schema, CI's file, tables, and evidence that tells changes."""

import csv
import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from report_samples import FAMILIES, GARBAGE, RUN, every_verdict, evidence, finding, garbage

from emulator.conformance import reports
from emulator.conformance.reports.cleaning import DEEPEST, LONGEST_TEXT, MOST_ITEMS, difference, plain, visible
from emulator.conformance.verdict import MEANS, PROVES, Verdict

SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    reports.write(every_verdict(), RUN, folder)
    return folder


def test_all_files_are_there(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {"report.html", "report.json", "junit.xml", "matrix.csv", "summary.md", "evidence.zip"}


def test_the_published_schema_is_current():
    told = "run `meterfarm report schema > docs/report.schema.json`"
    assert json.loads(SCHEMA.read_text("utf-8")) == json.loads(json.dumps(reports.schema())), told


def test_a_report_is_valid_by_the_schema(folder):
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    report = json.loads((folder / "report.json").read_bytes())
    jsonschema.Draft202012Validator(schema).validate(report)
    report["findings"][0]["verdict"] = "PERHAPS"
    assert not jsonschema.Draft202012Validator(schema).is_valid(report)


def test_a_report_is_read_as_it_was_written_but_for_the_evidence_of_what_passed(tmp_path):
    report = reports.build([*every_verdict(), finding("2.2/passed", **evidence())], RUN)
    (tmp_path / "report.json").write_bytes(reports.files(report)["report.json"])
    found = reports.read(tmp_path / "report.json")
    assert found.findings[:-1] == report.findings[:-1]
    passed = finding("2.2/passed", expected=evidence()["expected"], got=evidence()["got"])
    assert found.findings[-1] == passed  # its evidence is in the zip
    assert (found.run, found.outcome, found.counts) == (report.run, report.outcome, report.counts)


def test_a_report_gives_the_same_files_when_it_is_written_again(folder):
    report = reports.read(folder / "report.json")
    assert reports.build(report.findings, report.run) == report
    assert all((folder / name).read_bytes() == octets for name, octets in reports.files(report).items())


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": 1}', "\x00\xff"])
def test_what_is_no_report_is_told(tmp_path, text):
    file = tmp_path / "report.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(reports.NoReportError, match="is no report"):
        reports.read(file)


def test_ci_reads_a_suite_a_family(folder):
    root = ET.parse(folder / "junit.xml").getroot()
    assert root.tag == "testsuites"
    assert [suite.get("name") for suite in root] == [*FAMILIES, visible(GARBAGE)]
    cases = root.findall("testsuite/testcase")
    assert int(root.get("tests")) == len(cases) == len(every_verdict())
    for tag, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert len(root.findall(f"testsuite/testcase/{tag}")) == int(root.get(attribute)) > 0
        told = sum(int(suite.get(attribute)) for suite in root)
        assert told == int(root.get(attribute))
    kinds = {one.get("type"): one.tag for one in root.findall("testsuite/testcase/*") if one.get("type")}
    assert kinds == {
        **dict.fromkeys(("FAIL", "CONTRADICTION"), "failure"),
        **dict.fromkeys(("TOOL ERROR", "BENCH ERROR"), "error"),
        **dict.fromkeys(("NOT RUN", "NOT ESTABLISHED", "UNSUPPORTED", "INCONCLUSIVE"), "skipped"),
    }
    assert all(one.get("message") for one in root.findall("testsuite/testcase/*[@type]"))


def test_the_matrix_opens_in_a_spreadsheet(folder):
    with (folder / "matrix.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["row"] for row in rows[:2]] == ["1.1.1", "2.2"]
    top_up = rows[1]
    assert (top_up["aclara-sgm1411"], top_up["aclara-sgm1411 checks"]) == ("FAIL", "1")
    assert {"alert/1", "alert/12"} <= {row["row"] for row in rows}


def test_a_spreadsheet_takes_no_name_for_a_formula():
    table = reports.files(reports.build([finding("=1+1", "=2+2", services=("=3+3",))], RUN))["matrix.csv"]
    assert b",=" not in table
    assert b"\n=" not in table


def test_the_summary_holds_no_markup_of_an_adapter(folder):
    text = (folder / "summary.md").read_text("utf-8")
    assert text.startswith("# Not passed\n")
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "\x00" not in text
    widths = {line.replace("\\|", "").count("|") for line in text.splitlines() if line.startswith("| ")}
    assert widths == {3, len(FAMILIES) + 4}


def test_evidence_is_whole(folder):
    assert reports.verify(folder / "evidence.zip") == []
    with zipfile.ZipFile(folder / "evidence.zip") as held:
        names = held.namelist()
        assert held.read("report.json") == (folder / "report.json").read_bytes()
        first = json.loads(held.read(next(name for name in names if name.startswith("findings/00001-"))))
    assert first["case"] == every_verdict()[0].case
    assert sum(name.startswith("findings/") for name in names) == len(every_verdict())


def test_the_same_report_gives_the_same_evidence(folder, tmp_path):
    written = reports.write(every_verdict(), RUN, tmp_path)
    assert (tmp_path / "evidence.zip").read_bytes() == (folder / "evidence.zip").read_bytes()
    assert len(written.evidence_sha256) == 64


def repacked(source, target, change):
    """Write a zip again with its files changed."""
    with zipfile.ZipFile(source) as held:
        files = {name: held.read(name) for name in held.namelist()}
    change(files)
    with zipfile.ZipFile(target, "w") as to:
        for name, octets in files.items():
            to.writestr(name, octets)
    return reports.verify(target)


def test_one_changed_octet_is_told(folder, tmp_path):
    def flip(files):
        files["report.json"] = files["report.json"].replace(b'"FAIL"', b'"FAIl"', 1)

    (problem,) = repacked(folder / "evidence.zip", tmp_path / "one.zip", flip)
    assert problem.startswith("report.json was changed")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda files: files.pop("junit.xml"), "junit.xml is missing"),
        (lambda files: files.update({"more.txt": b"x"}), "more.txt is not in the manifest"),
        (lambda files: files.update({"summary.md": files["summary.md"] + b"x"}), "summary.md has "),
        (lambda files: files.pop("manifest.json"), "manifest.json is missing"),
        (lambda files: files.update({"manifest.json": b"{}"}), "manifest.json cannot be read"),
    ],
)
def test_each_other_change_is_told(folder, tmp_path, change, told):
    (problem,) = repacked(folder / "evidence.zip", tmp_path / "one.zip", change)
    assert problem.startswith(told)


def test_any_octet_of_the_zip_that_matters_is_told(folder, tmp_path):
    whole = (folder / "evidence.zip").read_bytes()
    broken = tmp_path / "broken.zip"
    with zipfile.ZipFile(folder / "evidence.zip") as held:
        offsets = [info.header_offset + 30 + len(info.filename) + 5 for info in held.infolist()]
    for at in offsets:
        broken.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        assert reports.verify(broken)
    broken.write_bytes(whole[: len(whole) // 2])
    assert reports.verify(broken)


def test_whatever_an_adapter_gives_is_written():
    endless: dict = {}
    endless["again"] = endless
    deep = plain(endless)
    for _ in range(DEEPEST - 1):
        deep = deep["again"]
    assert deep["again"] == f"(deeper than {DEEPEST})"
    assert plain("x" * (LONGEST_TEXT + 1)).endswith(f"... ({LONGEST_TEXT + 1} characters in all)")
    assert plain(list(range(MOST_ITEMS + 1)))[-1] == f"... ({MOST_ITEMS + 1} in all)"
    assert plain({1: b"\x01", "x": float("nan")}) == {"1": "01", "x": "nan"}
    assert plain("\ud800") == "\\ud800"
    assert garbage() != reports.build([garbage()], RUN).findings[0]


def test_of_the_state_what_differs_is_kept():
    before, after = difference({"a": 1, "b": {"c": [1, 2]}}, {"a": 1, "b": {"c": [1, 3]}, "d": {}})
    assert (before, after) == ({"b.c[1]": 2, "d": "(not there)"}, {"b.c[1]": 3, "d": {}})
    assert difference(before, after) == (before, after)


def test_the_counts_are_of_verdicts(folder):
    counts = reports.read(folder / "report.json").counts
    assert set(counts) == {verdict.value for verdict in Verdict}
    assert sum(counts.values()) == len(every_verdict())


def test_the_page_of_reports_tells_each_verdict_as_it_is():
    page = (SCHEMA.parent / "reports.md").read_text("utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")
    ]
    told = {row[0]: row for row in rows if len(row) == 4}
    for verdict in Verdict:
        _, meaning, decided, read = told[verdict.value]
        assert (meaning, decided) == (MEANS[verdict], "yes" if verdict in PROVES else "no")
        junit = reports.files(reports.build([finding(verdict=verdict)], RUN))["junit.xml"].decode()
        tags = {tag for tag in ("failure", "error", "skipped", "system-out") if f"<{tag}" in junit}
        assert tags == {"passed": set(), "passed, with a note": {"system-out"}}.get(read, {read})
    names = {f"`{name}`" for name in (*reports.files(reports.build([], RUN)), "evidence.zip")}
    assert names <= {row[0] for row in rows if len(row) == 2}
