"""The engine: whatever an adapter does to the process that it runs in, each case has its finding, in time."""

import os
import time

import pytest

from emulator.conformance import engine, selection, targets
from emulator.conformance.judge import Terms
from emulator.conformance.verdict import Verdict

FAMILY = "elster-as300p"
CLOSE, NO_VALVE = "7.1/closes-the-switch", "7.1/no-valve-is-opened"
DISABLE, WRONG_ROLE, WRONG_TARGET = "7.2/opens-the-switch", "7.2/wrong-role", "7.2/wrong-target"


def run(names, target="emulated", families=(FAMILY,), case_s=20.0, **more):
    pairs = selection.pairs(selection.cases(names), selection.families(families))
    told = []
    findings = engine.run(pairs, Terms(targets.parse(target), case_s=case_s), told=told.append, **more)
    assert [one.case for one in findings] == [pair.case.name for pair in pairs]
    assert sorted(one.case for one in told) == sorted(one.case for one in findings)
    return findings


def verdicts(findings):
    return {one.case: one.verdict for one in findings}


def test_each_case_gets_its_finding_with_evidence():
    findings = run([DISABLE, WRONG_ROLE])
    assert verdicts(findings) == {DISABLE: Verdict.PASS, WRONG_ROLE: Verdict.PASS}
    assert findings[0].wire
    assert findings[0].after == {**findings[0].after, "esme.supply_state": "disabled"}


def test_an_adapter_that_dies_fails_and_the_run_goes_on():
    findings = run([DISABLE, NO_VALVE, CLOSE], "adapter:misbehaving:dies_at_disable")
    assert verdicts(findings) == {CLOSE: Verdict.FAIL, DISABLE: Verdict.FAIL, NO_VALVE: Verdict.PASS}
    died = next(one for one in findings if one.case == DISABLE)
    assert (died.why, died.got) == ("the adapter died", "it ended the process that it ran in")
    assert not any("Traceback" in f"{one.why}{one.got}{one.trace}" for one in findings)


def test_an_adapter_that_dies_at_once_every_time_does_not_stop_the_run():
    findings = run([DISABLE, CLOSE, WRONG_ROLE, WRONG_TARGET], "adapter:misbehaving:dies")
    assert {one.verdict for one in findings} == {Verdict.FAIL}
    assert {one.why for one in findings} == {"the adapter died"}


def test_an_adapter_that_holds_the_loop_up_fails_in_time():
    began = time.monotonic()
    (finding,) = run([DISABLE], "adapter:misbehaving:holds_up", case_s=0.2)
    assert (finding.verdict, finding.why) == (Verdict.FAIL, "the adapter hung")
    assert time.monotonic() - began < 20


def test_the_run_ends_by_its_deadline():
    began = time.monotonic()
    findings = run([DISABLE, WRONG_ROLE, WRONG_TARGET], "adapter:misbehaving:holds_up", jobs=1, deadline_s=8.0)
    assert time.monotonic() - began < 14
    assert {one.verdict for one in findings} == {Verdict.NOT_RUN}
    assert min(one.why for one in findings) == "it had not begun when the run's deadline of 8 s came"
    assert max(one.why for one in findings) == "it was under way when the run's deadline of 8 s came"


def test_somebody_elses_pytest_does_not_interfere(monkeypatch, tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise SystemExit('nobody may read this')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--another-that-is-not-there")
    monkeypatch.setenv("PYTEST_PLUGINS", "a_plugin_that_is_not_there")
    assert verdicts(run([DISABLE])) == {DISABLE: Verdict.PASS}


def test_a_profile_file_is_a_family(tmp_path):
    text = "\n".join(
        line.replace(FAMILY, "my-own") if line.startswith("name = ") else line
        for line in (engine.INI.parents[2] / "device_profiles" / f"{FAMILY}.toml").read_text().splitlines()
    )
    path = tmp_path / "mine.toml"
    path.write_text(text)
    (finding,) = run([DISABLE], families=[str(path)])
    assert (finding.family, finding.verdict) == ("my-own", Verdict.PASS)
    assert f"--profiles {path}" in finding.rerun


def test_cases_that_cannot_be_read_are_a_fault_of_ours():
    (finding,) = run([DISABLE], tables=("no_such_table",))
    assert finding.verdict is Verdict.TOOL_ERROR
    assert "Traceback" not in finding.why
    assert "no_such_table" in finding.trace


def test_nothing_is_started_where_nothing_is_to_be_run():
    began = time.monotonic()
    (finding,) = run([DISABLE], "bench:attic")
    assert finding.verdict is Verdict.NOT_RUN
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("text", ["", "emulate", "adapter:", "adapter:x", "bench:", "adapter:http://", "adapter:a:b:c"])
def test_a_target_that_is_none_is_refused_with_what_is_allowed(text):
    with pytest.raises(targets.TargetError, match="allowed: emulated, adapter:http"):
        targets.parse(text)


def test_no_process_is_left(monkeypatch, tmp_path):
    noted = tmp_path / "pipe"
    os.mkfifo(noted)
    reading = os.open(noted, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reading, True)
    monkeypatch.setenv("MISBEHAVING_NOTES", str(noted))
    run([DISABLE], "adapter:misbehaving:holds_up", deadline_s=8.0)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b"held"  # had the adapter's process not ended, this would wait for ever
