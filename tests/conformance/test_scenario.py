"""Scenario files: read, written, played, and held against what they expect."""

import asyncio
import json
import subprocess
import sys
from typing import get_args

import msgspec
import pytest

from emulator.conformance.repro import Repro, keep, kept, named, replay
from emulator.conformance.repro import read as read_repro
from emulator.conformance.scenario import ScenarioError, play, read, readings, schema, write, wrong
from emulator.conformance.scene import _DEEDS, StepError
from emulator.conformance.step import Advance, AnyStep, Ask, HomeOf, Read, Scenario, Step, TopUp, Truth

LIGHTS = """
name = "the lights come back"

[[homes]]
profile = "elster-as300p"
payment = "prepayment"
balance_mp = 40_000
seed = 7

[[steps]]
do = "until"
condition = "supply_state == disabled"
expect = { value = true }

[[steps]]
do = "top_up"
value_mp = 1_000_000
expect = { ok = true }

[[steps]]
do = "top_up"
again = true
expect = { ok = false, reason = "duplicate" }

[[steps]]
do = "ask"
service = "7.4"
expect = { body = { SupplyState = "Armed" } }

[[steps]]
do = "agree"
expect = { differs = [] }
"""


def meterfarm(*words):
    command = [sys.executable, "-m", "emulator.cli", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.fixture
def lights(tmp_path):
    path = tmp_path / "lights.toml"
    path.write_text(LIGHTS, "utf-8")
    return path


def test_file_plays(lights):
    played = asyncio.run(play(read(lights)))
    assert [one.wrong for one in played] == [()] * 5


def test_command_line_plays_a_file(lights):
    done = meterfarm("scenario", "run", str(lights))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "all as expected"), done.stdout + done.stderr
    lights.write_text(LIGHTS.replace('"Armed"', '"Enabled"'), "utf-8")
    done = meterfarm("scenario", "run", str(lights), "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["as_expected"]) == (1, False)
    assert told["steps"][3]["not_as_expected"] == ["body.SupplyState: 'Armed', expected 'Enabled'"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("homes = []\n", "steps"),
        (LIGHTS.replace('"agree"', '"dance"'), "dance"),
        (LIGHTS.replace("again", "twice"), "twice"),
        ("homes = [", "Invalid value"),
    ],
)
def test_file_that_is_none_is_refused(tmp_path, text, says):
    path = tmp_path / "wrong.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as refused:
        read(path)
    assert says in str(refused.value)
    assert meterfarm("scenario", "run", str(path)).returncode == 2


@pytest.mark.parametrize(
    ("words", "changed", "code", "says"),
    [
        ((), ("elster-as300p", "nobody"), 2, "no profile is called 'nobody'"),
        (("--target", "adapter:nowhere_at_all:x"), ("", ""), 4, "nowhere_at_all:x cannot be imported"),
    ],
)
def test_what_cannot_be_stood_up_is_no_fault_of_ours(lights, words, changed, code, says):
    lights.write_text(LIGHTS.replace(*changed), "utf-8")
    done = meterfarm("scenario", "run", str(lights), *words)
    assert (done.returncode, done.stderr.count("\n")) == (code, 1)
    assert says in done.stderr


def test_step_at_no_home_is_refused():
    scenario = Scenario(homes=(HomeOf(profile="elster-as300p"),), steps=(Truth(home=2, item="import_wh"),))
    with pytest.raises(StepError, match="step 1: there is no home 2; there are 1"):
        asyncio.run(play(scenario))


def test_every_step_can_be_done():
    assert set(_DEEDS) == set(get_args(AnyStep))
    assert all(issubclass(kind, Step) for kind in _DEEDS)


def test_file_of_a_scenario_comes_back(tmp_path):
    steps = (Ask(service="2.2", body={"UTRN": "0" * 20}), Advance(by="1d"), TopUp(again=True), Read(item="import_wh"))
    scenario = Scenario(name="n", homes=(HomeOf(profile="elster-as300p", before=2),), steps=steps)
    write(scenario, tmp_path / "s.json")
    assert read(tmp_path / "s.json") == scenario


def test_schema_names_every_step():
    told = json.dumps(schema())
    assert all(f'"{kind.__struct_config__.tag}"' in told for kind in _DEEDS)


def test_homes_share_one_clock():
    homes = (HomeOf(profile="elster-as300p"), HomeOf(profile="elster-as300p", seed=2, before=2))
    instants = []
    scenario = Scenario(homes=homes, steps=(Advance(by="1d"), Advance(home=2, by="2h"), Read(item="import_wh")))
    asyncio.run(play(scenario, ended=lambda scene: instants.extend(stage.now for stage in scene.stages)))
    assert instants[0] == instants[1]


def test_only_named_keys_are_expected():
    assert wrong({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}) == []
    assert wrong({"a": {"b": 1}}, {"a": {"b": 2}}) == ["a.b: 2, expected 1"]
    assert wrong({"a": 1}, {}) == ["a: nothing, expected 1"]


def test_replay_says_what_is_not_the_same(tmp_path):
    held = []
    scenario = Scenario(homes=(HomeOf(profile="elster-as300p"),), steps=(Read(item="import_wh"),))
    played = asyncio.run(play(scenario, ended=lambda scene: held.append(readings(scene.stages[0]))))
    same = Repro(
        id=named("t.py::test_it", 1),
        test="t.py::test_it",
        seed=1,
        why="",
        scenario=scenario,
        answers=(played[0].outcome,),
        readings=tuple(held),
    )
    keep(same, tmp_path)
    assert kept(tmp_path) == [same.id]
    assert asyncio.run(replay(read_repro(tmp_path / "repro" / f"{same.id}.json"))).differs == []
    other = msgspec.structs.replace(same, answers=({"value": 1},))
    keep(other, tmp_path)
    done = meterfarm("repro", same.id, "--state", str(tmp_path))
    assert done.returncode == 1
    assert "step 1, read item=import_wh: was {'value': 1}" in done.stdout
    assert meterfarm("repro", "nobody", "--state", str(tmp_path)).returncode == 2
