"""Requirements: which rows of the functional reference are proved by a test that ran and asserted something.

`tests/requirements.toml` names a test for each row. A run prints covered/total for each section. It fails where a
listed test ran without one assertion, and, if the whole suite was asked for, where one did not run or did not pass.
"""

import tomllib
from collections import Counter
from pathlib import Path

import pytest
from _pytest.assertion import util
from _pytest.config import Config

FILE = Path(__file__).parent / "requirements.toml"
ASSERTED = "requirement-asserted"
KEYS = {"section", "row", "test"}


class Requirements:
    """The listed rows, and what became of their tests."""

    def __init__(self):
        self.rows = tomllib.loads(FILE.read_text("utf-8"))["requirement"]
        self.tests = {row["test"] for row in self.rows}
        self.passed = Counter()
        self.asserted = set()
        self.failed = set()
        self.unmet = []

    def judge(self, whole):
        ran = set(self.passed) | self.failed
        for row in self.rows:
            test = row["test"]
            if test in self.failed:
                self.unmet.append((row, "its test failed"))
            elif test in self.passed and test not in self.asserted:
                self.unmet.append((row, "its test ran without an assertion"))
            elif whole and test not in ran:
                self.unmet.append((row, "its test did not run"))

    def covered(self, row):
        return row["test"] in self.asserted and row["test"] not in self.failed


def plain(nodeid):
    """Give a test's name without its parameters."""
    return nodeid.partition("[")[0]


def pytest_configure(config):
    config.stash[STASH] = Requirements()


STASH = pytest.StashKey[Requirements]()


@pytest.hookimpl(hookwrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    # Telling of each passing assertion is slow, so it is asked for in listed tests only, and once.
    if plain(pyfuncitem.nodeid) not in pyfuncitem.config.stash[STASH].tests:
        util._assertion_pass = None
    yield


def pytest_assertion_pass(item):
    item.user_properties.append((ASSERTED, True))
    util._assertion_pass = None


def pytest_runtest_logreport(report):
    requirements = _current[0] if _current else None
    if requirements is None or plain(report.nodeid) not in requirements.tests:
        return
    name = plain(report.nodeid)
    if report.failed or report.skipped:
        requirements.failed.add(name)
    elif report.when == "call":
        requirements.passed[name] += 1
        if (ASSERTED, True) in [tuple(told) for told in report.user_properties]:
            requirements.asserted.add(name)


_current: list[Requirements] = []


def pytest_sessionstart(session):
    _current[:] = [session.config.stash[STASH]]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session, exitstatus):
    config = session.config
    if hasattr(config, "workerinput"):
        return
    chosen = config.option.keyword or config.option.markexpr or config.option.collectonly
    whole = config.args_source is Config.ArgsSource.TESTPATHS and not chosen
    requirements = config.stash[STASH]
    requirements.judge(whole)
    if requirements.unmet and exitstatus == 0:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter, config):
    requirements = config.stash[STASH]
    if not requirements.passed and not requirements.failed:
        return
    total = Counter(row["section"] for row in requirements.rows)
    covered = Counter(row["section"] for row in requirements.rows if requirements.covered(row))
    terminalreporter.section("requirements of the functional reference")
    order = sorted(total, key=lambda section: [int(part) for part in section.split(".") if part.isdigit()])
    told = [f"{section}: {covered[section]}/{total[section]}" for section in order if covered[section]]
    for at in range(0, len(told), 8):
        terminalreporter.line("   ".join(told[at : at + 8]))
    terminalreporter.line(f"in all: {sum(covered.values())}/{sum(total.values())}")
    for row, why in requirements.unmet:
        terminalreporter.line(f"NOT MET {row['section']} {row['row']}: {why} ({row['test']})", red=True)
