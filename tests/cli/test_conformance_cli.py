"""`meterfarm conformance`: what it prints, and its exit codes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emulator.cli import app

FAMILY = "elster-as300p"
DISABLE = "7.2/opens-the-switch"
MISBEHAVING = Path(__file__).parents[1] / "conformance"


COMMAND = [sys.executable, "-m", "emulator.cli", "conformance"]


def environment(**more):
    path = os.pathsep.join((str(MISBEHAVING), str(Path(__file__).parents[2])))
    return {**os.environ, "PYTHONPATH": path, **more}


def meterfarm(*words):
    return subprocess.run(
        [*COMMAND, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
    )


def test_a_run_that_passes_says_so_first():
    ended = meterfarm("run", DISABLE, "--profiles", FAMILY)
    assert (ended.returncode, ended.stderr) == (0, "")
    first, _, rest = ended.stdout.partition("\n\n")
    assert first == "1 of 1 checks"
    assert rest.startswith("Passed.")
    assert "1 PASS" in rest


def test_a_failure_says_what_was_expected_what_came_and_how_to_see_it_again():
    ended = meterfarm("run", DISABLE, "--profiles", FAMILY, "--target", "adapter:misbehaving:shouts")
    assert ended.returncode == 1
    assert "expected an adapter that answers with documents" in " ".join(ended.stdout.split())
    assert "submit raised RuntimeError" in ended.stdout
    again = f"meterfarm conformance run {DISABLE} --profiles {FAMILY} --seed 1 --target adapter:misbehaving:shouts"
    assert again in ended.stdout
    assert not {"\x00", "\x1b"} & set(ended.stdout)
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--target", "bench:attic"), "NOT RUN: no bench called attic is known: hil is not there yet"),
        (("--profiles", "landis-gyr-tokenless"), "UNSUPPORTED: device dossier"),
        (("--profiles", "secure-liberty100"), "NOT ESTABLISHED: the ZigBee wire of this family is not there yet"),
    ],
)
def test_a_run_that_proves_nothing_fails(words, why):
    ended = meterfarm("run", DISABLE, *words)
    assert ended.returncode == 4
    assert "Not established. Nothing was proved." in ended.stdout
    assert why in ended.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "9.9/nothing"), "no case is called '9.9/nothing'"),
        (("run", "--profiles", "nobody"), "no profile is called 'nobody'"),
        (("run", "--target", "adapter:x"), "allowed: emulated, adapter:http://"),
        (("run", "--deadline", "soon"), "soon"),
        (("run", "--against", "/no/such/report.json"), "/no/such/report.json"),
        (("run", "--report", "/dev/null"), "/dev/null: File exists"),
        (("list", "9.9/nothing"), "no case is called"),
    ],
)
def test_what_cannot_be_meant_is_refused(words, said, capsys):
    assert app(["conformance", *words], result_action="return_value") == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_an_adapter_that_is_not_there_is_said_once():
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]
    ended = meterfarm("run", "--target", f"adapter:http://127.0.0.1:{port}/mine")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (4, "", 1)
    assert f"no adapter answers at http://127.0.0.1:{port}/mine" in ended.stderr


def test_json_has_the_outcome_and_each_finding():
    ended = meterfarm("run", DISABLE, "--profiles", FAMILY, "--json")
    told = json.loads(ended.stdout)
    assert told["outcome"]["exit_code"] == ended.returncode == 0
    assert [(one["case"], one["family"], one["verdict"]) for one in told["findings"]] == [(DISABLE, FAMILY, "PASS")]
    assert told["run"]["command"].startswith("meterfarm conformance run")


def test_reports_are_written_and_what_got_worse_fails(tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    assert meterfarm("run", DISABLE, "--profiles", FAMILY, "--report", str(before)).returncode == 0
    assert {"report.html", "report.json", "junit.xml"} <= {one.name for one in before.iterdir()}
    words = ("run", DISABLE, "--profiles", FAMILY, "--target", "bench:attic", "--report", str(after))
    ended = meterfarm(*words, "--against", str(before / "report.json"))
    assert ended.returncode == 1
    assert f"worse: {DISABLE} at {FAMILY}: PASS -> NOT RUN" in ended.stdout


def test_a_run_ends_by_its_deadline():
    began = time.monotonic()
    ended = meterfarm(
        "run", DISABLE, "--profiles", FAMILY, "--target", "adapter:misbehaving:holds_up", "--deadline", "3s"
    )
    assert (ended.returncode, time.monotonic() - began < 15) == (4, True)
    assert "the run's deadline of 3 s came" in ended.stdout


def test_a_run_that_is_ended_leaves_nothing_behind(tmp_path):
    noted = tmp_path / "pipe"
    os.mkfifo(noted)
    words = ("run", DISABLE, "--profiles", FAMILY, "--target", "adapter:misbehaving:holds_up")
    child = subprocess.Popen(
        [*COMMAND, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(MISBEHAVING_NOTES=str(noted)),
    )
    with noted.open("rb") as pipe:
        assert pipe.read(4) == b"held"
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 130
        assert pipe.read() == b""  # the adapter's process has ended too
    told = child.stderr.read()
    assert b"ended before all checks were done; no report is written" in told
    assert b"Traceback" not in told + child.stdout.read()
    child.stderr.close()
    child.stdout.close()


def test_list_tells_cases_and_where_they_are_run(capsys):
    assert (
        app(["conformance", "list", "7.4/not-offered", "--profiles", "elster*", "--json"], result_action="return_value")
        == 0
    )
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["case"], row["services"], row["negative"]) == ("7.4/not-offered", ["7.4"], True)
    assert {one["choice"] for one in row["families"].values()} == {"not applicable"}
    assert app(["conformance", "list"], result_action="return_value") == 0
    assert DISABLE in capsys.readouterr().out


def test_a_module_that_is_not_there_is_told_before_the_run():
    done = meterfarm("run", "7.4", "--target", "adapter:nowhere_at_all:make")
    assert done.returncode == 4
    assert "there is no module 'nowhere_at_all'" in done.stderr
    assert "FAIL" not in done.stdout
