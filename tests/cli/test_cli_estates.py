"""`meterfarm estate`: an estate file is drawn up, listed, checked and counted, and what is wrong is told in a line."""

import pytest
from cli_farm import run, run_all

USAGE = 2


def test_an_estate_is_drawn_up_printed_written_checked_and_taken_by_a_farm(tmp_path):
    file = tmp_path / "gb.toml"
    asked = ["estate", "like", "gb-mixed", "--homes", 50, "--seed", 3]
    ended = run_all({"printed": asked, "written": [*asked, "--out", file], "json": [*asked, "--json"]})
    assert {one.code for one in ended.values()} == {0}
    assert ended["printed"].out == file.read_text("utf-8") == ended["json"].json["text"]
    assert ended["written"].out == f"{file}: 50 homes\n"
    assert {key: ended["json"].json[key] for key in ("name", "homes", "seed", "path")} == {
        "name": "gb-mixed",
        "homes": 50,
        "seed": 3,
        "path": None,
    }
    checked = run_all({"text": ["estate", "check", file], "json": ["estate", "check", file, "--json"]})
    told = checked["json"].json
    assert told["homes"] == 50 == sum(one["homes"] for one in told["cohorts"])
    assert told["devices"] > 100
    assert set(told["faults"]) == {"dormant", "gas_meter_lost", "signal_blocked_by_building"}
    last = checked["text"].out.splitlines()[-1]
    assert last == f"50 homes, {told['devices']} devices, {len(told['faults'])} standing faults"
    state = tmp_path / "state"
    state.mkdir()
    assert run("up", file, "--port", 0, "--clock", "@2026-03-02", "--detach", folder=state).code == 0
    listed = run("ls", "--json", "--limit", 1, folder=state)
    assert run("down", folder=state).code == 0
    assert listed.code == 0


def test_the_estates_are_listed():
    ended = run_all({"text": ["estate", "ls"], "json": ["estate", "ls", "--json"]})
    assert "gb-mixed" in ended["text"].out
    assert [one["name"] for one in ended["json"].json] == ["gb-mixed"]
    assert "dossier" in ended["json"].json[0]["source"]


MISTAKES = {
    "unknown estate": (["like", "gb-mixde"], "no estate is called 'gb-mixde'; allowed: gb-mixed"),
    "no home": (["like", "gb-mixed", "--homes", 0], "0 homes; allowed: 1 to 16000000"),
    "too many for the serial numbers": (["like", "gb-mixed", "--homes", 9_000_000], "has no serial number like"),
    "bad seed": (["like", "gb-mixed", "--seed", -1], "the seed -1; allowed: 0 to"),
    "no folder": (["like", "gb-mixed", "--out", "/nowhere/gb.toml"], "/nowhere/gb.toml: No such file or directory"),
    "no file": (["check", "/nowhere/gb.toml"], "/nowhere/gb.toml: No such file or directory"),
}


@pytest.fixture(scope="module")
def mistaken():
    return run_all({name: ["estate", *words] for name, (words, _) in MISTAKES.items()})


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_one_line(mistaken, name):
    assert mistaken[name].code == USAGE
    assert MISTAKES[name][1] in mistaken[name].error


def test_what_is_wrong_with_a_file_is_told_with_its_line(tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text('[[cohort]]\nprofile = "elster-as300p"\nhomes = 0\n', "utf-8")
    ended = run("estate", "check", file)
    assert ended.code == USAGE
    assert f"{file}:3: cohort[0].homes" in ended.error
