"""`fault`, `profile` and homes without a wire, as somebody who has just installed meterfarm meets them."""

import re
from pathlib import Path

import pytest
from cli_farm import run

ADDING = (Path(__file__).parents[2] / "docs" / "adding.md").read_text("utf-8")
OWN = ADDING.partition("```toml\n")[2].partition("```")[0]  # the whole family that stands there


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A farm of one home whose set speaks ZigBee only, and one that speaks DLMS."""
    folder = tmp_path_factory.mktemp("newcomer")
    (folder / "two.toml").write_text(
        '[[cohort]]\nprofile = "landis-gyr-e470"\nhomes = 1\n'
        '[[cohort]]\nprofile = "elster-as300p"\nhomes = 1\ngas = 1\n',
        "utf-8",
    )
    assert run("up", "two.toml", "--port", 0, "--clock", "@2026-03-02", "--detach", folder=folder).code == 0
    yield folder
    assert run("down", folder=folder).code == 0


def test_a_home_without_a_wire_carries_out_commands(folder):
    did = run("do", "home-1", "DisableSupply", "--json", folder=folder).json
    assert did["accepted"]
    assert "wire" in run("read", "home-1", folder=folder).error


def test_what_is_shown_is_written_for_people(folder):
    shown = run("show", "home-2", folder=folder).out
    for raw in ("None", "True", "False", "{", "["):
        assert raw not in shown
    lines = {words[0]: words[1:] for words in map(str.split, shown.splitlines())}
    assert (lines["low_credit"], lines["next_calendar_at"]) == (["no"], ["-"])
    assert lines["billing_accounts"][0].startswith("(at=2025-")


def test_faults_go_in_and_out(folder):
    assert run("fault", "active", folder=folder).out == "no fault is planned or in force\n"
    assert run("fault", "home-2", "H11", "--for", "2d", "low_battery=told", folder=folder).out == (
        "fault 1: gas_battery_flat in 1 home, from 2026-03-02T00:00:00Z until 2026-03-04T00:00:00Z\n"
    )
    (told,) = run("fault", "active", "--json", folder=folder).json
    assert told == {
        "home": "home-2",
        "in_force": True,
        "number": 1,
        "name": "gas_battery_flat",
        "selector": "home-2",
        "given": {"low_battery": "told"},
        "starts": "2026-03-02T00:00:00Z",
        "stops": "2026-03-04T00:00:00Z",
        "probability": 1.0,
        "seed": 1,
    }
    assert run("fault", "clear", folder=folder).out == "1 taken out (each home counts)\n"
    assert run("fault", "clear", folder=folder).out == "no home named had such a fault\n"
    again = run("fault", "home-2", "busy", "--json", folder=folder).json
    assert (again["number"], again["homes"]) == (2, 1)
    assert run("fault", "clear", folder=folder).code == 0


def test_the_hint_at_an_optical_port_names_the_modes_of_that_meter(folder):
    assert "then mode C or E." in run("optical", "home-2", folder=folder).out
    assert "then mode C." in run("optical", "home-2/gsme", folder=folder).out


def test_profiles_are_told_without_the_marks_of_a_programming_language(tmp_path):
    later = run("profile", "show", "elster-as300p", "--firmware", "AS300P 01.31.02").out
    assert "firmware AS300P 01.31.02, of AS300P 01.21.29, AS300P 01.31.02," in later
    apart = run("profile", "diff", "elster-as300p", "elster-as330-mixed").out
    known = run("profile", "fidelity", "elster-as300p").out
    for told in (later, apart, known):
        for raw in ("True", "False", "None", "{'", "('", "()", "{}"):
            assert raw not in told
    rows = [line.split() for line in apart.splitlines()]
    assert ["ppmid", "there", "none"] in rows
    assert [words[0] for words in rows if words[0].startswith("display.menus")] == [
        "display.menus.main",
        "display.menus.prepayment",
        "display.menus.general",
        "display.menus.account",
    ]


def test_help_shows_defaults_that_say_something_and_no_others():
    told = " ".join(run("up", "--help").out.split())
    assert "[default: 4059]" in told
    assert "0 is none. │ │ [default: 0]" in told
    for raw in ("None", "False", '""'):
        assert raw not in told


MISTAKES = {
    'basis = "by us"': ('basis = "guess"', "allowed: by default, by us, from memory, inferred"),
    "import_profile =": ("import_profil =", "more (did you mean 'import_profile'?)"),
    "changes.clock =": ("changes.clok =", "no block is called 'clok'; allowed: model, hub,"),
    "{ idle_s = 10 }": ("{ idles = 10 }", "its keys: kind, idle_s, said_s,"),
}


@pytest.mark.parametrize("right", MISTAKES)
def test_a_mistake_in_a_family_of_ones_own_is_told_with_what_is_allowed(tmp_path, right):
    wrong, told = MISTAKES[right]
    assert right in OWN
    (tmp_path / "mine.toml").write_text(OWN.replace(right, wrong, 1), "utf-8")
    ended = run("profile", "check", "mine.toml", folder=tmp_path)
    assert ended.code == 1
    assert told in ended.err
    assert len(ended.err) < 1_500


def test_an_estate_drawn_up_names_no_firmware_that_nobody_runs():
    drawn = run("estate", "like", "gb-mixed", "--homes", 1000).out
    assert "firmware = {" in drawn
    assert not re.search(r'" = 0\.0[ ,]', drawn)


def test_a_family_of_ones_own_is_brought_up_without_an_estate_file(tmp_path):
    (tmp_path / "mine.toml").write_text(OWN, "utf-8")
    up = ("up", "--port", 0, "--detach")
    assert "nope.toml: No such file" in run(*up, "--profile", "nope.toml", folder=tmp_path).err
    assert run(*up, "--profile", "mine.toml", "--gas", 1, folder=tmp_path).code == 0
    assert run("read", "home-1", "model", folder=tmp_path).out.splitlines()[1].split() == ["model", "M1"]
    assert run("read", "home-1/gsme", "volume_l", folder=tmp_path).code == 0
    assert run("down", folder=tmp_path).code == 0
