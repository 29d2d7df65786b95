"""The engine: pytest, in a process of its own, over the cases of a plan (architecture, section 2).

Nothing of the caller's own pytest reaches it: neither settings, nor plugins, nor environment. Whatever happens in
there, each item of the plan gets a finding, and the run ends by its deadline.
"""

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from emulator.conformance import plan as plans
from emulator.conformance.judge import Terms, blank, unjudged
from emulator.conformance.selection import Pair
from emulator.conformance.verdict import Finding, Verdict

INI: Final = Path(__file__).with_name("engine.ini")
DEADLINE_S: Final = 900.0
RESTARTS: Final = 1_000_000
"""An adapter may take its worker along at every case; each time there is another."""
MEMORY: Final = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it)
ROOM: Final = 512 * 1024 * 1024
_STOP_S: Final = 0.2
BESIDE: Final = 1
"""So many cases more than there are cores at a time: some wait for answers that never come."""
_FOREIGN: Final = ("PYTEST_", "COV_CORE_")


class EngineError(Exception):
    """The engine cannot be run here; the text says what it wants."""


class Line(msgspec.Struct, frozen=True):
    """What the engine tells: that an item began, its finding, or that the engine broke."""

    began: str = ""
    finding: Finding | None = None
    broke: str = ""
    trace: str = ""


class Heard(NamedTuple):
    """What the engine said in all, and how it ended: `late` by its deadline, `broke` by a fault."""

    findings: dict[str, Finding]
    begun: frozenset[str]
    late: bool
    broke: str
    trace: str


Told = Callable[[Finding], None]


def run(
    pairs: Sequence[Pair],
    terms: Terms,
    *,
    jobs: int = 0,
    deadline_s: float = DEADLINE_S,
    tables: tuple[str, ...] = ("emulator.conformance.cases",),
    told: Told = lambda _: None,
) -> list[Finding]:
    """Put each case to its family; give the findings in the order of the pairs, and tell each as it comes.

    `jobs` cases at a time; 0 is one more than there are cores. An adapter at a URL looks after one home at a time, so
    it has one job. Raises EngineError.
    """
    ready: dict[str, Finding] = {}
    items: list[plans.Item] = []
    for pair in pairs:
        unrun = unjudged(pair, terms)
        if unrun is None:
            items.append(plans.Item(pair.case.name, pair.place))
        else:
            ready[pair.name] = unrun
            told(unrun)
    heard = Heard({}, frozenset(), late=False, broke="", trace="")
    if items:
        plan = plans.Plan(
            items=tuple(items), target=terms.target.text, seed=terms.seed, case_s=terms.case_s, tables=tables
        )
        heard = _hear(plan, 1 if terms.target.kind == "url" else jobs or _jobs(), deadline_s, told)
    found = []
    for pair in pairs:
        finding = ready.get(pair.name) or heard.findings.get(pair.name)
        if finding is None:
            finding = _missing(pair, terms, heard, deadline_s, begun=pair.name in heard.begun)
            told(finding)
        found.append(finding)
    return found


def _missing(pair: Pair, terms: Terms, heard: Heard, deadline_s: float, *, begun: bool) -> Finding:
    """Give the finding of an item that the engine said nothing of."""
    if heard.late:
        under_way = "it was under way when" if begun else "it had not begun when"
        return blank(pair, terms, Verdict.NOT_RUN, f"{under_way} the run's deadline of {deadline_s:g} s came")
    return blank(pair, terms, Verdict.TOOL_ERROR, heard.broke or "the engine ended early", trace=heard.trace)


def _jobs() -> int:
    return (os.cpu_count() or 1) + BESIDE


def _hear(plan: plans.Plan, jobs: int, deadline_s: float, told: Told) -> Heard:
    with tempfile.TemporaryDirectory(prefix="meterfarm-conformance-", dir=_in_memory()) as folder:
        plan_file, errors = Path(folder, "plan.json"), Path(folder, "errors.txt")
        plans.write(plan, plan_file)
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb", buffering=0) as pipe, errors.open("wb") as error_file:
            try:
                child = subprocess.Popen(  # noqa: S603 (our own engine)
                    _command(plan_file, writing, min(max(jobs, 1), len(plan.items))),
                    env=_environment(folder),
                    stdin=subprocess.DEVNULL,
                    stdout=error_file,
                    stderr=subprocess.STDOUT,
                    pass_fds=(writing,),
                    start_new_session=True,
                )
            finally:
                os.close(writing)
            try:
                heard = _listen(pipe.fileno(), time.monotonic() + deadline_s, len(plan.items), told)
            finally:
                _stop(child)
        if heard.late or heard.broke or len(heard.findings) == len(plan.items):
            return heard
        trace = errors.read_text("utf-8", "replace")
        ended = f"the engine ended with code {child.returncode}"
        if wanting := _wanting(trace):
            raise EngineError(wanting)
        return heard._replace(broke=ended, trace=trace)


def _command(plan_file: Path, pipe: int, jobs: int) -> list[str]:
    options = [
        *("-c", str(INI), "--rootdir", str(INI.parent), "-p", "no:cacheprovider", "--import-mode=importlib"),
        *("-p", "xdist.plugin", "-p", "pytest_timeout", "-p", "emulator.conformance.pytest_engine"),
        *("-n", str(jobs), "--dist", "worksteal", f"--max-worker-restart={RESTARTS}"),
        *("--assert=plain", "--tb=short", "-q", "--conformance-plan", str(plan_file), "--conformance-pipe", str(pipe)),
    ]
    return [sys.executable, "-m", "pytest", *options, str(INI.with_name("test_cases.py"))]


def _in_memory() -> str | None:
    """Give a folder in memory, if there is one with room: a case's farm need not outlive it, so no disk is awaited."""
    try:
        space = os.statvfs(MEMORY)
    except OSError:
        return None
    return str(MEMORY) if space.f_bavail * space.f_frsize >= ROOM and os.access(MEMORY, os.W_OK) else None


def _environment(folder: str) -> dict[str, str]:
    """Give the engine's environment: the caller's without what is for the caller's own pytest, and its import path.

    What is made there for a while is made in the folder, so that who dies leaves nothing behind.
    """
    own = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
    path = os.pathsep.join(dict.fromkeys([*(one for one in sys.path if one), str(Path.cwd())]))
    return own | {
        "TMPDIR": folder,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _wanting(trace: str) -> str:
    for module in ("pytest", "xdist", "pytest_timeout"):
        if f"No module named {module}" in trace or f"No module named '{module}" in trace:
            return f"{module} is not installed: pip install 'meterfarm[conformance]'"
    return ""


def _listen(pipe: int, until: float, wanted: int, told: Told) -> Heard:
    """Hear the engine out, until each item has its finding; who does not end after that is not waited for."""
    findings: dict[str, Finding] = {}
    begun: set[str] = set()
    broke, trace = "", ""
    for line in _lines(pipe, until):
        if line is None:
            return Heard(findings, frozenset(begun), late=True, broke=broke, trace=trace)
        if line.began:
            begun.add(line.began)
        if line.broke and not broke:
            broke, trace = line.broke, line.trace
        finding = line.finding
        if finding is not None:
            name = f"{finding.case}@{finding.family}"
            if name not in findings:
                findings[name] = finding
                told(finding)
                if len(findings) == wanted:
                    break
    return Heard(findings, frozenset(begun), late=False, broke=broke, trace=trace)


def _lines(pipe: int, until: float) -> Iterator[Line | None]:
    """Read the engine's lines until it says no more; None at the end says that this took too long."""
    decoder, held = msgspec.json.Decoder(Line), bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            left = until - time.monotonic()
            if left <= 0 or not selector.select(left):
                yield None
                return
            octets = os.read(pipe, 1 << 16)
            if not octets:
                return
            held += octets
            *whole, rest = held.split(b"\n")
            held = bytearray(rest)
            yield from (decoder.decode(one) for one in whole)


def _stop(child: subprocess.Popen[bytes]) -> None:
    """End the engine's processes, all of them: they are a group of their own."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(_STOP_S)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
