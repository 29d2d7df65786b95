"""An adapter in another process: what it needs to know is told, and what it answers is judged."""

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from emulator.conformance import engine, selection, targets
from emulator.conformance.judge import Terms, judge
from emulator.conformance.verdict import Verdict

FAMILY = "elster-as300p"
DISABLE = "7.2/opens-the-switch"


@contextmanager
def running(way):
    """Run the adapter of foreign.py; give it as a target."""
    script = Path(__file__).with_name("foreign.py")
    child = subprocess.Popen([sys.executable, str(script), way], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        url = child.stdout.readline().decode().strip()
        assert url.startswith("http://"), child.stderr.read().decode()
        yield targets.parse(f"adapter:{url}")
    finally:
        child.kill()
        child.communicate()


def pairs(*names):
    return selection.pairs(selection.cases(names), selection.families([FAMILY]))


def test_an_adapter_in_another_process_passes_by_what_it_is_told():
    with running("well") as target:
        names = (DISABLE, "7.1/closes-the-switch", "7.4/tells-each-state", "7.2/wrong-role", "7.2/wrong-target")
        findings = engine.run(pairs(*names), Terms(target, case_s=20.0), jobs=2)
    assert {one.case: (one.verdict, one.got) for one in findings} == dict.fromkeys(names, (Verdict.PASS, ""))


@pytest.mark.parametrize(
    ("way", "got"),
    [
        ("no_stage", "POST /stage answered 500"),
        ("fails", "POST /requests answered 500"),
        ("dies", "is it dead?"),
        ("number", "POST /requests gave what is no acknowledgement"),
        ("null", "POST /requests gave what is no acknowledgement"),
        ("text", "GET /results gave what is no list of results"),
        ("kindless", "GET /results gave what is no list of results"),
        ("falling", "GET /results: asked for what comes after 0, it gave 0"),
        ("twice", "2 to "),
        ("endless", "POST /requests answered with more than 4194304 octets"),
    ],
)
def test_what_it_does_wrong_is_its_verdict(way, got):
    with running(way) as target:
        finding = judge(pairs(DISABLE)[0], Terms(target, case_s=10.0))
    assert finding.verdict is Verdict.FAIL
    assert got in finding.got
    assert (finding.trace, "Traceback" in finding.got) == ("", False)


def test_who_hangs_fails_in_time():
    began = time.monotonic()
    with running("hangs") as target:
        finding = judge(pairs(DISABLE)[0], Terms(target, case_s=1.0))
    assert (finding.verdict, finding.got) == (Verdict.FAIL, "no end within 1 s")
    assert time.monotonic() - began < 10


def test_where_nobody_is_nobody_passes():
    finding = judge(pairs(DISABLE)[0], Terms(targets.parse("adapter:http://127.0.0.1:9"), case_s=5.0))
    assert finding.verdict is Verdict.FAIL
    assert "ConnectError" in finding.got
