"""An adapter in another process: what it needs to know is told, and what it answers is judged."""

import socketserver
import subprocess
import sys
import threading
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


@contextmanager
def speaking(octets, gap_s=0.0):
    """Answer whatever is asked with octets that may be no HTTP at all, one at a time if there is a gap."""

    class Says(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(65_536)
            for one in range(len(octets)) if gap_s else ():
                self.request.sendall(octets[one : one + 1])
                if gone.wait(gap_s):
                    return
            if not gap_s:
                self.request.sendall(octets)

    gone = threading.Event()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Says) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield targets.parse(f"adapter:http://127.0.0.1:{server.server_address[1]}")
        finally:
            gone.set()
            server.shutdown()


@pytest.mark.parametrize(
    ("octets", "got"),
    [
        (b"", "POST /stage: RemoteProtocolError"),
        (b"\x00\xff\x7e\xa0 no HTTP\r\n\r\n", "POST /stage: RemoteProtocolError"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{}", "POST /stage: RemoteProtocolError"),
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", "POST /stage answered 302"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\xfe\x00{", "POST /stage gave what is no staged"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", "POST /stage: DecodingError"),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"Alerts": "you"', "POST /stage gave what is no staged"),
        (
            b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{"Alerts": "you"}',
            "GET /results gave what is no list of results",
        ),
    ],
)
def test_octets_that_are_no_answer_are_its_verdict(octets, got):
    with speaking(octets) as target:
        finding = judge(pairs(DISABLE)[0], Terms(target, case_s=10.0))
    assert (finding.verdict, finding.trace) == (Verdict.FAIL, "")
    assert got in finding.got


def test_who_answers_an_octet_at_a_time_fails_in_time():
    began = time.monotonic()
    with speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + b" " * 9_000, gap_s=0.05) as target:
        finding = judge(pairs(DISABLE)[0], Terms(target, case_s=1.0))
    assert (finding.verdict, finding.trace) == (Verdict.FAIL, "")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("way", ["dies", "hangs", "number", "twice"])
def test_a_run_over_http_ends_on_time_with_a_verdict_for_each_case(way):
    names = (DISABLE, "7.1/closes-the-switch", "7.4/tells-each-state")
    began = time.monotonic()
    with running(way) as target:
        findings = engine.run(pairs(*names), Terms(target, case_s=1.5), deadline_s=60.0)
    assert [(one.verdict, one.trace) for one in findings] == [(Verdict.FAIL, "")] * len(names)
    assert not any("Traceback" in one.got for one in findings)
    assert time.monotonic() - began < 30
