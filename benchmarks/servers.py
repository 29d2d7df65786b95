"""Processes to be measured: started on a core of their own, their processor time and memory read from the kernel."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PROFILE = "elster-as300p"
PEERS_PYTHON = "METERFARM_PEERS_PYTHON"
START_TIMEOUT_S = 60
ROOT = Path(__file__).resolve().parent.parent


class Server:
    """One running process."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    @property
    def cpu_ns(self) -> int:
        """Processor time of all its threads that live, user and system, to the nanosecond."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text("ascii").split()[0]) for task in tasks)

    def memory_mib(self) -> tuple[float, float]:
        """PSS and RSS."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text("ascii").splitlines()[1:]
        kib = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        return kib["Pss"] / 1024, kib["Rss"] / 1024


def busy_s() -> float:
    """Give the time that all processes of the machine together have run, as far as the kernel's ticks tell."""
    ticks = Path("/proc/stat").read_text("ascii").split()[1:4]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(arguments: Sequence[str], port: int, *, core: int | None = None, ready: str = "") -> Iterator[Server]:
    """Run a command until it prints a line that begins with `ready`, or else listens on its port; end it at the end."""
    allowed = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})  # a child begins where its parent is
    try:
        process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True, cwd=ROOT
        )
    finally:
        os.sched_setaffinity(0, allowed)
    try:
        if ready:
            assert process.stdout is not None
            if not any(line.startswith(ready) for line in iter(process.stdout.readline, "")):
                raise RuntimeError(f"{' '.join(arguments)} ended before it was ready")
        else:
            _await_listener(process, port)
        yield Server(process, port)
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_S)


def _await_listener(process: subprocess.Popen[str], port: int) -> None:
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"{process.args!r} does not listen on port {port}")


@contextmanager
def farm(asked: Sequence[str], *, core: int | None = None, clock: str = "real") -> Iterator[Server]:
    """Run a farm with a fresh journal; `asked` are the homes: an estate file, or --homes N."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="meterfarm-") as state:
        command = [sys.executable, "-m", "emulator.cli", "up", *asked, "--clock", clock]
        command += ["--state", state, "--port", str(port)]
        with running(command, port, core=core, ready="ready:") as server:
            yield server


@contextmanager
def echo(answer_octets: int, *, core: int) -> Iterator[Server]:
    """Run the bare uvloop echo."""
    port = free_port()
    command = [sys.executable, str(Path(__file__).with_name("echo.py")), str(port), str(answer_octets)]
    with running(command, port, core=core) as server:
        yield server


@contextmanager
def pydlms(*, core: int) -> Iterator[Server | None]:
    """Run the simulator of pydlms-client from the Python that has it, or give None."""
    python = os.environ.get(PEERS_PYTHON)
    if python is None or subprocess.run([python, "-c", "import pydlms"], capture_output=True, check=False).returncode:
        yield None
        return
    port = free_port()
    command = [python, "-c", "from pydlms.cli import main; main()", "simulate", "--port", str(port)]
    with running(command, port, core=core) as server:
        yield server
