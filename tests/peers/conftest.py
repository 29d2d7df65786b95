"""Fixtures of the peer tests: where the clients are, how to run one, and which meter they talk to."""

import itertools
import os
from collections.abc import Callable
from typing import Any

import driver
import pytest

Run = Callable[..., dict[str, Any]]


def farm_under_test() -> dict[str, Any]:
    """Start a farm of one electricity meter with a new state and give its address.

    {
        "host": "127.0.0.1",
        "ports": {"wrapper": 4059, "hdlc": 4060},
        "server": 1,                # logical device: wPort and upper HDLC address
        "physical": 17,             # lower HDLC address, 1 to 127 (dlms-cosem reads no four-octet address), or None
        "clients": {
            "public": {"client": 16, "security": {"authentication": "none", "policy": "none"}},
            "reader": {"client": 32, "security": {"authentication": "lls", "password": hex, "policy": "none"}},
            "management": {
                "client": 1,
                "security": {
                    "authentication": "hls-gmac", "policy": "authenticated-encrypted", "system_title": hex,
                    "encryption_key": hex, "authentication_key": hex,
                },
            },
        },
        "protected": [7, "1.0.99.1.0.255", 2],   # class, name and attribute that the public client may not read
    }

    The meter's clock must be past its first month, and its invocation counters new.
    """
    raise NotImplementedError("tests/peers/conftest.py: farm_under_test does not start a farm yet")


@pytest.fixture(scope="session")
def peers_python() -> str:
    python = os.environ.get(driver.PEERS_PYTHON)
    if python:
        return python
    if os.environ.get("CI"):
        pytest.fail(driver.HOW_TO_INSTALL)
    pytest.skip(driver.HOW_TO_INSTALL)


@pytest.fixture(scope="session")
def farm_address(peers_python: str) -> dict[str, Any]:
    return farm_under_test()


@pytest.fixture(scope="session")
def counters() -> "itertools.count[int]":
    """Invocation counters to start an association at: no association of a session uses as many as the step."""
    return itertools.count(10_000, 10_000)


@pytest.fixture
def run(peers_python: str, farm_address: dict[str, Any], counters: "itertools.count[int]") -> Run:
    """Give run(client, who, framing, steps, **more): one association of a peer client with the meter."""

    def run_job(client: str, who: str, framing: str, steps: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        security = {"invocation_counter": next(counters)} | more.pop("security", {})
        return driver.run(
            peers_python, client, driver.job(farm_address, who, framing, steps, security=security, **more)
        )

    return run_job
