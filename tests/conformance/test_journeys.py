"""Journeys: nothing is found at the reference adapter, and a planted defect shrinks to the steps it needs."""

import asyncio

import pytest
from msgspec.structs import replace

from emulator.conformance.journeys import explore
from emulator.conformance.scenario import play, read, write
from emulator.conformance.step import Agree, Ask, HomeOf

HOME = HomeOf(profile="elster-as300p", payment="prepayment", balance_mp=300_000)


@pytest.mark.timeout(120)
def test_planted_defect_shrinks_and_replays(tmp_path):
    found = explore(HOME, target="adapter:planted_adapters:enabled_after_two", seed=3, examples=40, longest=5)
    assert found is not None
    assert "7.4 says Enabled, the device is Disabled" in found.wrong[0]
    # The defect shows at the first look behind the second 7.2; a look follows each step.
    done = [step for step in found.scenario.steps if not isinstance(step, Agree)]
    assert done == [Ask(service="7.2"), Ask(service="7.2")]
    assert len(found.scenario.steps) == 5

    write(found.scenario, tmp_path / "found.json")
    scenario = read(tmp_path / "found.json")
    assert scenario == found.scenario
    assert [one.number for one in asyncio.run(play(scenario)) if one.wrong] == [5]
    assert not any(one.wrong for one in asyncio.run(play(replace(scenario, target="emulated"))))


def test_reference_adapter_agrees_with_the_device():
    assert explore(HOME, seed=5, examples=8, longest=8) is None


def test_same_seed_takes_the_same_journeys():
    target = "adapter:planted_adapters:enabled_after_one"
    first, second = (explore(HOME, target=target, seed=3, examples=30, longest=4) for _ in range(2))
    assert first is not None
    assert first == second
