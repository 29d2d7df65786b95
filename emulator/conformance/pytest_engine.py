"""The suite inside pytest: a plugin that reads the plan, makes an item of each case at each family, and tells findings.

It is loaded by name (`-p`), in the process that leads and in each worker. Findings leave by a pipe, a JSON line each.
"""

import importlib
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from emulator.conformance import plan as plans
from emulator.conformance import selection
from emulator.conformance.case import Case
from emulator.conformance.judge import Terms, blank, told_fault
from emulator.conformance.selection import Pair, paired
from emulator.conformance.targets import parse
from emulator.conformance.verdict import Finding, Verdict

FINDING: Final = "finding"
GRACE_S: Final = 5.0
"""An event loop that an adapter holds up ends its worker so long after both tries should have ended."""
Properties = Callable[[str, object], None]
_PLAN: Final = pytest.StashKey["Loaded"]()


class Loaded:
    """A plan with its cases and families read."""

    def __init__(self, plan: plans.Plan) -> None:
        table: dict[str, Case] = {}
        for module in plan.tables:
            table |= {case.name: case for case in importlib.import_module(module).CASES}
        profiles = selection.families(dict.fromkeys(one.place for one in plan.items))
        self.terms = Terms(parse(plan.target), plan.seed, plan.case_s)
        pairs = [paired(table[one.case], profiles[one.place], one.place) for one in plan.items]
        self.pairs: dict[str, Pair] = {pair.name: pair for pair in pairs}

    @property
    def timeout_s(self) -> float:
        """When an item is no longer waited for: a case is tried twice at most."""
        return 2 * self.terms.case_s + GRACE_S


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the plan's place, and the pipe's."""
    group = parser.getgroup("meterfarm conformance")
    group.addoption("--conformance-plan", type=Path, help="the plan of the run, a JSON file")
    group.addoption("--conformance-pipe", type=int, default=-1, help="the descriptor that findings are written to")


def pytest_configure(config: pytest.Config) -> None:
    """Read the plan; whoever leads tells findings."""
    config.stash[_PLAN] = loaded = Loaded(plans.read(config.getoption("--conformance-plan")))
    pipe = config.getoption("--conformance-pipe")
    if pipe >= 0 and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Teller(loaded, pipe), "conformance-teller")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item of each pair."""
    if "pair" in metafunc.fixturenames:
        pairs = metafunc.config.stash[_PLAN].pairs
        metafunc.parametrize("pair", list(pairs.values()), ids=list(pairs))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Bound each item's time."""
    timeout_s = config.stash[_PLAN].timeout_s
    for item in items:
        item.add_marker(pytest.mark.timeout(timeout_s, method="thread"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Leave out what was printed and logged: it is an adapter's, may be anything, and nobody reads it."""
    report = yield
    report.sections = []
    return report


@pytest.fixture
def terms(pytestconfig: pytest.Config) -> Terms:
    """On what terms the run judges."""
    return pytestconfig.stash[_PLAN].terms


class Teller:
    """Tells what comes of each item, as it comes: also of those whose worker died or hung."""

    def __init__(self, loaded: Loaded, pipe: int) -> None:
        self._loaded, self._pipe = loaded, pipe
        self._began: dict[str, float] = {}

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """An item begins."""
        self._began[nodeid] = time.monotonic()
        self._tell({"began": _name(nodeid)})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A step of an item ended; that of its worker's death is none of pytest's three."""
        given = dict(report.user_properties).get(FINDING)
        if report.when == "call" and isinstance(given, str):
            self._tell({"finding": msgspec.Raw(given.encode())})
        elif report.failed:
            self._tell({"finding": self._fault(report)})

    def _fault(self, report: pytest.TestReport) -> Finding:
        name = _name(report.nodeid)
        pair, terms = self._loaded.pairs[name], self._loaded.terms
        if report.when in {"setup", "call", "teardown"}:
            text = report.longreprtext
            last = text.strip().splitlines()[-1] if text.strip() else "no more is known"
            return blank(pair, terms, Verdict.TOOL_ERROR, last, trace=text)
        lasted = time.monotonic() - self._began.get(report.nodeid, time.monotonic())
        hung = lasted >= self._loaded.timeout_s
        if terms.target.kind == "emulated":
            why = f"the worker {'hung' if hung else 'died'} after {lasted:.1f} s"
            return blank(pair, terms, Verdict.TOOL_ERROR, why, took_ms=int(lasted * 1_000))
        got = "it hung: nothing else could run beside it" if hung else "it ended the process that it ran in"
        told = {"expected": "an adapter that answers and goes on", "got": got, "took_ms": int(lasted * 1_000)}
        return blank(pair, terms, Verdict.FAIL, f"the adapter {'hung' if hung else 'died'}", **told)

    @pytest.hookimpl(trylast=True)
    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """The engine itself broke."""
        self._tell({"broke": told_fault(excinfo.value), "trace": str(excinfo.getrepr())})

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """The cases cannot be read."""
        if report.failed:
            self._tell({"broke": "the cases cannot be read", "trace": report.longreprtext})

    def _tell(self, line: dict[str, Any]) -> None:
        rest = msgspec.json.encode(line) + b"\n"
        while rest:
            rest = rest[os.write(self._pipe, rest) :]


def _name(nodeid: str) -> str:
    return nodeid.partition("[")[2].removesuffix("]")
