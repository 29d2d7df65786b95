"""The verbs of one home, as their user has them: its customer, its clock, its other futures, its snapshots."""

import json
import stat

import pytest
from cli_farm import Process, run, run_all

STANDING = "2026-03-02T10:17:00Z"
ESTATE = """
[estate]
seed = 5
[[cohort]]
profile = "elster-as300p"
homes = 6
prepayment = 1
gas = 1
"""
KINDS = ("esme", "chf", "gsme", "ppmid", "ihd")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A directory in which a farm of six prepaid homes runs. Each test has a home of its own."""
    folder = tmp_path_factory.mktemp("homes")
    (folder / "e.toml").write_text(ESTATE, "utf-8")
    up = run("up", "e.toml", "--port", 0, "--clock", f"@{STANDING}", "--detach", folder=folder)
    assert (up.code, up.err) == (0, ""), up
    assert up.out.splitlines()[-1].startswith("ready: 30 devices in ")
    yield folder
    assert run("down", folder=folder).code == 0
    assert "Traceback" not in (folder / ".meterfarm" / "farm.log").read_text("utf-8")


def ask(folder, *words, code=0):
    ended = run(*words, "--json", folder=folder)
    assert ended.code == code, ended
    return json.loads(ended.out)


def names(events):
    return [event["event"] for event in events]


def test_every_device_is_listed_and_shown(folder):
    rows = ask(folder, "ls", "home-1")
    assert [row["selector"] for row in rows] == [f"home-1/{kind}" for kind in KINDS]
    assert [row["type"] for row in rows] == [kind.upper() for kind in KINDS]
    assert [row["protocol"] for row in rows] == ["dlms", "dlms", "dlms", "none", "none"]
    assert all(row["address"] == {} for row in rows[3:])
    lines = run("ls", "home-1", folder=folder).out.splitlines()
    column = lines[0].split().index("server")
    assert [line.split()[column] for line in lines[1:]] == ["1", "2", "3", "-", "-"]
    shown = run_all({kind: ["show", f"home-1/{kind}", "--json"] for kind in KINDS}, folder)
    for row in rows:
        told = shown[row["selector"].split("/")[1]].json
        assert {key: told[key] for key in row} == row
        assert told["at"] == STANDING
        assert told["values"]["eui64"]["value"] == row["eui64"]
    assert shown["gsme"].json["values"]["battery_days"]["unit"] == "days"
    assert shown["chf"].json["values"]["wan_state"]["value"] == "attached"
    assert shown["ihd"].json["display"]
    assert "display" not in shown["chf"].json
    (found,) = ask(folder, "ls", rows[3]["eui64"])
    assert found == rows[3]


def test_a_device_without_a_wire_says_what_to_do_instead(folder):
    ended = run_all({kind: ["read", f"home-1/{kind}", "serial"] for kind in KINDS[3:]}, folder)
    for kind, one in ended.items():
        assert one.code == 2
        assert one.error == (
            f"home-1/{kind} has no wire of its own yet: `meterfarm show home-1/{kind}` reads it, "
            "`do`, `press` and `code` reach it"
        )


def test_gas_and_hub_are_read_over_the_wire_by_item_and_whole(folder):
    shown = {kind: ask(folder, "show", f"home-4/{kind}")["values"] for kind in ("gsme", "chf")}
    for framing in ("wrapper", "hdlc"):
        one = ask(folder, "read", "home-4/gsme", "serial", "Calorific Value", f"--framing={framing}")["values"]
        assert one == {
            "serial": shown["gsme"]["serial"],
            "Calorific Value": shown["gsme"]["calorific_value"],
        }
    assert ask(folder, "read", "home-4/chf", "wan_state")["values"] == {"wan_state": shown["chf"]["wan_state"]}
    for kind, values in shown.items():
        assert set(ask(folder, "read", f"home-4/{kind}")["values"]) == set(values)
    assert run("read", "home-4/gsme", "import_wh", folder=folder).error.startswith("no data item of gsme is called")


def test_what_do_press_code_and_act_give_programs(folder):
    told = {
        "do": ask(folder, "do", "home-2/gsme", "DisableSupply"),
        "press": ask(folder, "press", "home-2/esme", "A"),
        "code": ask(folder, "code", "home-2/esme", "123", code=1),
        "act": ask(folder, "act", "home-2/gsme", "change_battery"),
    }
    for verb, one in told.items():
        assert {"accepted", "reason", "events"} <= set(one), verb
        assert one["accepted"] is (verb != "code")
        assert (one["reason"] is None) is one["accepted"]
        assert all({"seq", "at", "device", "event"} <= set(event) for event in one["events"])
    assert names(told["do"]["events"])[0] == "SupplyChanged"
    assert {event["device"] for event in told["do"]["events"]} <= {"gsme", "chf"}
    assert told["press"]["display"]
    assert (told["code"]["reason"], told["code"]["detail"]) == ("malformed", "incomplete")
    assert names(told["act"]["events"]) == ["BatteryFitted"]


def test_a_top_up_from_the_shop_to_the_display(folder):
    digits = run("vend", "home-3/esme", "10.50", folder=folder).out.strip()
    assert digits.isdecimal()
    assert len(digits) == 20
    spaced = " ".join(digits[place : place + 4] for place in range(0, 20, 4))
    done = run("code", "home-3/esme", spaced, folder=folder)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("accepted\n")
    assert "CreditAdded value_mp=1050000" in done.out
    assert f"since={STANDING} until={STANDING}" in done.out
    assert done.out.splitlines()[-1] == "  | Added £10.50"
    again = ask(folder, "code", "home-3/esme", digits, code=1)
    assert again["reason"] == "duplicate"
    of_supplier = ask(folder, "do", "home-3/gsme", "AddCredit", f"code={ask(folder, 'vend', 'home-3/gsme', 5)['code']}")
    assert of_supplier["accepted"]
    (added,) = [event for event in of_supplier["events"] if event["event"] == "CreditAdded"]
    assert (added["device"], added["value_mp"], added["local"]) == ("gsme", 500_000, False)
    lines = ask(folder, "explain", "home-3")["lines"]
    assert any("10.50" in line for line in lines)
    assert run("explain", "home-3/gsme", "debt", folder=folder).code == 0


def test_events_are_of_the_device_that_is_named_or_of_the_whole_home(folder):
    whole = ask(folder, "events", "home-1")
    rows = {row["selector"]: row["eui64"] for row in ask(folder, "ls", "home-1")}
    assert {"esme", "gsme"} <= {event["device"] for event in whole}
    for device in ("esme", "gsme", "ihd"):
        own = [event for event in whole if event["device"] == device]
        assert ask(folder, "events", f"home-1/{device}") == own
        assert ask(folder, "events", rows[f"home-1/{device}"]) == own
    assert ask(folder, "events", "home-1*/esme", "--after", whole[-1]["seq"]) == []


def test_a_homes_own_clock(folder):
    assert ask(folder, "clock", "home-4") == {"at": STANDING, "rate": 0, "own": False}
    assert ask(folder, "clock", "home-4", "advance", "36h") == {"at": "2026-03-03T22:17:00Z", "rate": 0, "own": True}
    assert ask(folder, "clock") == {"at": STANDING, "rate": 0}
    assert ask(folder, "read", "home-4/esme", "import_wh")["at"] == "2026-03-03T22:17:00Z"
    assert run("clock", "home-4", folder=folder).out == "2026-03-03T22:17:00Z  standing  its own clock\n"
    assert run("clock", "home-5", folder=folder).out == f"{STANDING}  standing  the farm's clock\n"
    short = run("clock", "home-4", "until", "event LowCredit", "--limit", "1h", folder=folder)
    assert short.code == 1
    assert short.out == "2026-03-03T23:17:00Z  standing  its own clock\n"
    assert short.err == "meterfarm: that did not come about within the limit\n"
    reached = ask(folder, "clock", "home-4", "until", "supply_state != enabled", "--limit", "200d")
    assert (reached["reached"], reached["own"]) == (True, True)
    (last,) = [one for one in ask(folder, "events", "home-4/esme") if one["event"] == "SupplyChanged"][-1:]
    assert last["at"] == reached["at"]
    assert run("clock", "home-4", "rate", 1000, folder=folder).out.endswith("Z  x1000  its own clock\n")
    assert run("clock", "home-4", "pause", folder=folder).out.endswith("Z  standing  its own clock\n")
    ahead = run("clock", "home-4", "follow", folder=folder)
    assert ahead.code == 2
    assert ahead.error.startswith("home-4 is ahead of the farm, at 2026-")
    assert run("clock", "home-5", "pause", folder=folder).out == f"{STANDING}  standing  its own clock\n"
    assert run("clock", "home-5", "follow", folder=folder).out == f"{STANDING}  standing  the farm's clock\n"


def test_two_futures(folder):
    assert run("fork", "home-6", folder=folder).out == f"home-6~1 at {STANDING}\n"
    assert ask(folder, "fork", "home-6/gsme") == {"selector": "home-6~2", "at": STANDING}
    assert run("snapshot", "diff", "home-6", "home-6~1", folder=folder).out == "no difference\n"
    did = run("do", "home-6~1/esme", "DisableSupply", folder=folder)  # over its own wire
    assert did.out.splitlines()[0] == "accepted"
    found = ask(folder, "snapshot", "diff", "home-6", "home-6~1")["home-6"]
    assert {"path": "esme.supply.switch", "left": "enabled", "right": "disabled"} in found
    table = run("snapshot", "diff", "home-6", "home-6~1", folder=folder).out.splitlines()
    assert table[0].split() == ["home", "where", "left", "right"]
    assert ["home-6", "esme.supply.switch", "enabled", "disabled"] in [line.split() for line in table]
    assert [row["selector"] for row in ask(folder, "ls", "home-6*/esme")] == [
        *("home-6/esme", "home-6~1/esme", "home-6~2/esme"),
    ]
    assert ask(folder, "read", "home-6~1", "supply_state")["values"]["supply_state"]["value"] == "disabled"


def test_snapshots_in_files(folder):
    assert run("snapshot", "save", "a.json", "home-5", folder=folder).out == "saved home-5\n"
    assert stat.S_IMODE((folder / "a.json").stat().st_mode) == 0o600
    assert run("snapshot", "diff", "a.json", folder=folder).out == "no difference\n"
    assert run("do", "home-5", "DisableSupply", folder=folder).code == 0
    assert run("snapshot", "save", "b.json", "home-5", folder=folder).code == 0
    for words in (["a.json"], ["a.json", "b.json"]):
        found = ask(folder, "snapshot", "diff", *words)["home-5"]
        assert {"path": "esme.supply.switch", "left": "enabled", "right": "disabled"} in found
    assert ask(folder, "snapshot", "load", "a.json") == {"path": str(folder / "a.json"), "homes": ["home-5"]}
    found = ask(folder, "snapshot", "diff", "a.json")["home-5"]
    assert {one["path"] for one in found} <= {"chf.mirror.shown", "chf.mirror.pending"}  # they hold a journal's number
    assert ask(folder, "read", "home-5", "supply_state")["values"]["supply_state"]["value"] == "enabled"
    everything = ask(folder, "snapshot", "save", "all.json")
    assert "home-5" in everything["homes"]


MISTAKES = {
    "no such deed": (["act", "home-1", "kick"], "nobody can 'kick'; allowed: open_cover, close_cover, magnet"),
    "no such key": (["press", "home-1/esme", "Z"], None),
    "a hub's credit": (["vend", "home-1/chf", "5"], "home-1/chf takes no credit: name a meter"),
    "a sum of three pence digits": (
        ["vend", "home-1", "5.505"],
        "'5.505': allowed: pounds and pence, such as 10 or 10.50",
    ),
    "a sum that is none": (["vend", "home-1", "ten"], "allowed: pounds and pence"),
    "nothing": (["vend", "home-1", "0"], "pounds and pence, such as 10 or 10.50, from 0.01 to 99999.99"),
    "too much": (["vend", "home-1", "100000"], "pounds and pence, such as 10 or 10.50, from 0.01 to 99999.99"),
    "explain nothing": (
        ["explain", "home-1", "weather"],
        "nothing explains 'weather'; allowed: balance, emergency, debt",
    ),
    "explain a display": (["explain", "home-1/ihd"], "home-1/ihd has no account: name a meter"),
    "many homes": (["fork", "home-*"], "names more than one home; here one is wanted"),
    "no such home": (["fork", "home-99"], "'home-99' names no device; there are home-1 to home-6, each with"),
    "no such clock verb": (["clock", "advnce", "36h"], "`clock` has no 'advnce'; allowed: show, advance, until, rate"),
    "no such verb of a home": (["clock", "home-1", "advnce"], "`clock` has no 'advnce'; allowed: show, advance"),
    "no span": (["clock", "home-1", "advance", "soon"], "'soon' is no span of time; allowed: 90s, 36h, 1d12h, 2w"),
    "no end": (["clock", "home-1", "advance", "99999999999w"], "the farm's time ends at 2060-01-01T00:00:00Z"),
    "no condition": (["clock", "home-1", "until", "x"], "'x' is no condition; allowed: ITEM == VALUE"),
    "no item": (["clock", "home-1", "until", "import_kwh > 1"], "no data item is called 'import_kwh'; near: import_wh"),
    "no event": (["clock", "home-1", "until", "event LowCredits"], "no event is called 'LowCredits'; near: LowCredit"),
    "until of all": (["clock", "until", "supply_state == armed"], "`until` moves one home: name it, as in"),
    "follow of all": (["clock", "follow"], "`follow` is for one home, as in `clock home-1 follow`"),
    "no pace": (["clock", "home-1", "rate", "1000001"], "a rate is 0 to 1000000, not 1000001"),
    "no file": (["snapshot", "load", "gone.json"], "gone.json: No such file or directory"),
    "no snapshot": (["snapshot", "load", "e.toml"], "e.toml: no snapshot file: "),
    "nowhere": (["snapshot", "save", "no/a.json", "home-1"], "no/a.json: No such file or directory"),
    "compared with nothing": (["snapshot", "diff", "home-1"], "home-1: no such file; a home is compared with another"),
    "a display's tariff": (["do", "home-1/gsme", "AddCredit"], "required field `code`; AddCredit takes code="),
}


def test_mistakes_are_told_with_what_is_allowed(folder):
    ended = run_all({name: words for name, (words, _) in MISTAKES.items()}, folder)
    wrong = {}
    for name, (_, told) in MISTAKES.items():
        one = ended[name]
        if told is None:
            continue
        fine = one.code == 2 and not one.out and one.err.count("\n") == 1 and told in one.err
        if not fine:
            wrong[name] = one
    assert not wrong
    assert ended["no such key"].code == 1
    assert ended["no such key"].out.startswith("refused: not_applicable (there is no key 'Z'; there are")
    assert ask(folder, "clock", "home-1") == {"at": STANDING, "rate": 0, "own": False}


def test_all_of_it_is_there_after_a_kill(tmp_path):
    (tmp_path / "e.toml").write_text(ESTATE, "utf-8")
    state = tmp_path / "s"
    up = ["up", tmp_path / "e.toml", "--port=0", f"--clock=@{STANDING}"]
    with Process(*up, state=state) as farm:
        farm.ready()
        for words in (
            ["fork", "home-1"],
            ["clock", "home-1~1", "advance", "2d"],
            ["do", "home-1~1/gsme", "DisableSupply"],
            ["clock", "home-2", "advance", "3d"],
        ):
            assert run(*words, "--state", state).code == 0
        before = [run("events", home, "--json", "--state", state).json for home in ("home-1", "home-1~1", "home-2")]
        farm.kill()
        farm.wait()
    with Process(*up, state=state) as farm:
        assert farm.ready().startswith("ready: 35 devices in ")
        after = [run("events", home, "--json", "--state", state).json for home in ("home-1", "home-1~1", "home-2")]
        assert after == before
        assert run("clock", "home-1~1", "--json", "--state", state).json["at"] == "2026-03-04T10:17:00Z"
        assert run("clock", "home-2", "--json", "--state", state).json["at"] == "2026-03-05T10:17:00Z"
        assert run("clock", "--json", "--state", state).json["at"] == STANDING
        shown = run("show", "home-1~1/gsme", "--json", "--state", state).json["values"]
        assert shown["supply_state"]["value"] == "disabled"
        assert farm.stop() == 0


VERBS = [
    *("up", "down", "ls", "show", "read", "do", "events", "press", "code", "act", "vend", "explain", "fork", "decode"),
    *("clock", "clock show", "clock advance", "clock until", "clock rate", "clock pause", "clock follow"),
    *("snapshot", "snapshot save", "snapshot load", "snapshot diff", "profile", "profile ls", "profile check"),
]


def test_every_verb_has_help_without_a_farm(tmp_path):
    ended = run_all({verb: [*verb.split(), "--help"] for verb in VERBS}, tmp_path)
    for verb, one in ended.items():
        assert (one.code, one.err) == (0, ""), verb
        assert f"Usage: meterfarm {verb}" in one.out
        described = one.out.split("Usage: ")[1].splitlines()[2]
        assert described.strip(), verb
    assert "home-1/gsme" in ended["press"].out
    assert not list(tmp_path.iterdir())
