"""Fixtures of the peer tests: where the clients are, how to run one, and which meter they talk to."""

import itertools
import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import driver
import pytest
from peer_farm import Home, PeerFarm

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def peers_python() -> str:
    python = os.environ.get(driver.PEERS_PYTHON)
    if python:
        return python
    if os.environ.get("CI"):
        pytest.fail(driver.HOW_TO_INSTALL)
    pytest.skip(driver.HOW_TO_INSTALL)


@pytest.fixture(scope="session")
def farm(peers_python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeerFarm]:
    """Start the farm that all tests of a session share; its clock stands still."""
    farm = PeerFarm(tmp_path_factory.mktemp("farm"))
    farm.start()
    try:
        yield farm
    finally:
        farm.stop()
    assert "Traceback" not in farm.log, farm.log


@pytest.fixture
def home(farm: PeerFarm) -> Home:
    """Give a home of the test's own."""
    return farm.take_home()


@pytest.fixture(scope="session")
def counters() -> "itertools.count[int]":
    """Invocation counters to start an association at: no association of a session uses as many as the step."""
    return itertools.count(10_000, 10_000)


@pytest.fixture
def run_at(peers_python: str, counters: "itertools.count[int]") -> Run:
    """Give run_at(home, client, who, framing, steps, **more): one association of a peer client with a home."""

    def run_job(
        home: Home, client: str, who: str, framing: str, steps: list[dict[str, Any]], **more: Any
    ) -> dict[str, Any]:
        security = {"invocation_counter": next(counters)} | more.pop("security", {})
        job = driver.job(home.address, who, framing, steps, security=security, **more)
        return driver.run(peers_python, client, job)

    return run_job


@pytest.fixture
def run(run_at: Run, home: Home) -> Run:
    """Give run(client, who, framing, steps, **more): as run_at, with the test's home."""
    return partial(run_at, home)
