"""The command line as a new user runs it, from `up` to `down`, and the JSON that programs rely on."""

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess

import msgspec
import pytest
from cli_farm import COMMAND, Process, environment, finish, run, run_all, start

from emulator.api.remote import NoFarmError, RefusedError, Remote
from emulator.dlms.access import Access
from emulator.headend import HeadEnd

STANDING = "2026-03-02T10:17:00Z"
PROFILE = ("--profile", "elster-as300p")
ESTATE = """
[estate]
name = "small"
seed = 11
[[cohort]]
profile = "elster-as300p"
homes = 5
ihd = 0
[[cohort]]
profile = "elster-as300p"
homes = 1
ihd = 0
household = { shape = "none", opening_import_wh = 12345 }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A directory in which a farm of six homes runs with the default state directory."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "small.toml").write_text(ESTATE, "utf-8")
    up = run("up", "small.toml", "--port", 0, "--clock", f"@{STANDING}", "--detach", folder=folder)
    assert up.code == 0, up
    assert up.out.splitlines()[0].split() == ["device", "type", "profile", "address", "EUI-64"]
    assert up.out.splitlines()[-1].startswith("ready: 12 devices in ")
    assert not up.err
    yield folder
    assert run("down", folder=folder) == (0, "", "")
    assert not (folder / ".meterfarm" / "control.json").exists()


def ask(folder, *words, code=0):
    ended = run(*words, "--json", folder=folder)
    assert (ended.code, ended.err) == (code, ""), ended
    return ended.json


def test_a_walk_through_the_verbs(folder):
    """The verbs of the README's first quarter of an hour."""
    home = "home-1/esme"
    ls = run("ls", folder=folder)
    assert ls.out.splitlines()[0].split() == ["device", "type", "profile", "wire", "address", "server", "EUI-64"]
    assert len(ls.out.splitlines()) == 13
    read = run("read", "home-6/esme", "import_wh", "Supply State", folder=folder).out
    assert [line.split() for line in read.splitlines()] == [
        ["home-6/esme", "at", STANDING],
        ["import_wh", "12345", "Wh"],
        ["Supply", "State", "enabled"],
    ]
    clock = run("read", home, "clock", "--as", "public", "--framing", "hdlc", folder=folder).out
    assert clock.splitlines()[1].split() == ["clock", STANDING, "UTC"]
    did = run("do", home, "disable supply", folder=folder).out.splitlines()
    assert did[0] == "accepted"
    assert did[1].split()[1:] == [STANDING, "esme", "SupplyChanged", "switch=disabled", "causes=supplier"]
    assert run("do", home, "ArmSupply", "--framing", "hdlc", folder=folder).out.startswith("accepted\n")
    assert run("do", home, "RestoreSupply", folder=folder).out.startswith("accepted\n")
    refused = run("do", home, "RestoreSupply", folder=folder)
    assert (refused.code, refused.out, refused.err) == (1, "refused: conflict_state (the supply is not armed)\n", "")
    happened = [line.split()[3] for line in run("events", home, folder=folder).out.splitlines()]
    assert [name for name in happened if name != "AssociationOpened"] == [
        *["SupplyChanged", "SupplyChanged", "SupplyArmed", "SupplyChanged"],
    ]
    after = run("events", home, "--after", len(happened) - 1, folder=folder).out
    assert [line.split()[0] for line in after.splitlines()] == [str(len(happened))]
    shown = run("show", home, folder=folder).out
    assert "supply_state                   enabled" in shown.splitlines()
    assert run("show", "home-1/chf", folder=folder).out.count("AM110R") == 3  # the model, its firmware, the combination


def test_what_ls_gives_programs(folder):
    rows = ask(folder, "ls")
    assert [row["selector"] for row in rows] == [f"home-{n}/{kind}" for n in range(1, 7) for kind in ("esme", "chf")]
    for row in rows:
        assert {"selector", "eui64", "type", "profile", "protocol", "host", "port", "address"} <= set(row)
        assert row["type"] == {"esme": "ESME", "chf": "CHF"}[row["selector"].split("/")[1]]
        assert row["protocol"] == "dlms"
    assert rows[0]["address"] == {
        "server": 1,
        "clients": {"public": 16, "reader": 32, "management": 1},
        "hdlc_physical": 16,
    }
    names = {
        "eui64": ["ls", rows[5]["eui64"], "--json"],
        "address": ["ls", rows[4]["host"], "--json"],
        "port": ["ls", f"{rows[4]['host']}:{rows[4]['port']}", "--json"],
        "glob": ["ls", "home-[23]/chf", "--limit", 1, "--json"],
    }
    found = {name: ended.json for name, ended in run_all(names, folder).items()}
    assert found == {"eui64": rows[5:6], "address": rows[4:6], "port": rows[4:6], "glob": rows[3:4]}
    limited = run("ls", "--limit", 3, folder=folder)
    assert len(limited.out.splitlines()) == 4
    assert limited.err == "meterfarm: only the first 3 are shown: --limit shows more\n"


def test_what_read_gives_programs(folder):
    told = ask(folder, "read", "home-6", "import_wh", "clock", "tou_wh")
    assert told == {
        "selector": "home-6/esme",
        "at": STANDING,
        "values": {
            "import_wh": {"value": 12345, "unit": "Wh"},
            "clock": {"value": STANDING, "unit": "UTC"},
            "tou_wh": {"value": [12345] + [0] * 47, "unit": "Wh"},
        },
    }
    everything = run_all({level: ["read", "home-6", "--as", level, "--json"] for level in ("public", "reader")}, folder)
    assert set(everything["public"].json["values"]) == {"clock", "serial"}
    whole = everything["reader"].json["values"]
    shown = ask(folder, "show", "home-6/esme")["values"]
    logs = {"security_log", "event_log"}
    assert {key: whole[key] for key in whole.keys() - logs} == {key: shown[key] for key in whole.keys() - logs}
    assert "power_threshold_status" in shown.keys() - whole.keys()


def test_what_do_and_events_give_programs(folder):
    words = ["do", "home-3/esme"]
    did = ask(folder, *words, "WritePowerThresholds", "low_medium_w=5", "medium_high_w=7")
    assert did["accepted"] is True
    assert did["reason"] is None
    assert did["events"] == [
        {"seq": 2, "at": STANDING, "device": "esme", "event": "ConfigurationChanged", "name": "power_thresholds"},
    ]
    refused = ask(folder, *words, "WritePowerThresholds", "low_medium_w=7", "medium_high_w=5", code=1)
    assert refused == {"accepted": False, "reason": "other_reason", "events": []}
    consumer = ask(folder, *words, "RestoreSupply", code=1)
    assert {key: consumer[key] for key in ("accepted", "reason", "events")} == {
        "accepted": False,
        "reason": "conflict_state",
        "events": [],
    }
    preset = ["to=2026-05-01T00:00:00Z", "valid_from=2026-01-01", "valid_until=2027-01-01"]
    assert ask(folder, *words, "preset-clock", *preset)["accepted"]
    assert ask(folder, *words, "SetClock", "to=2026-03-02T10:18:00Z", "tolerance_s=60")["accepted"]
    table = '{"name": "day-night", "days": [{"id": 1, "switches": [{"minute": 0, "rate": 2}]}]}'
    assert ask(folder, *words, "SetTariff", f"table={table}")["accepted"]
    key = "000102030405060708090a0b0c0d0e0f"
    updated = ask(folder, *words, "UpdateSecurityCredentials", f"encryption_key={key}")
    assert updated["events"][0]["names"] == ["encryption_key"]
    events = ask(folder, "events", "home-3")
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert all(event["at"] == STANDING for event in events)
    supply = ask(folder, "do", "home-3", "DisableSupply")["events"][0]
    assert (supply["switch"], supply["causes"]) == ("disabled", ["supplier"])
    assert ask(folder, "read", "home-3", "tariff", "clock")["values"]["tariff"]["value"] == "day-night"


def test_a_long_journal_is_one_document(folder):
    async def associate():
        with Remote(folder / ".meterfarm") as remote:
            told = remote.ask("access", selector="home-4", level="reader")["access"]
        access = msgspec.convert(told, Access)
        for _ in range(1005):
            async with HeadEnd.open(access):
                pass

    asyncio.run(associate())
    events = ask(folder, "events", "home-4")
    assert [event["seq"] for event in events] == list(range(1, 1006))
    assert run("events", "home-4", folder=folder).out.count("AssociationOpened client=32\n") == 1005
    assert ask(folder, "do", "home-4", "DisableSupply")["events"][0]["seq"] == 1007


def test_following_goes_on_until_it_is_interrupted(folder):
    follower = start("events", "home-5", "--follow", "--json", folder=folder)
    try:
        assert ask(folder, "do", "home-5", "DisableSupply")["accepted"]
        told = [json.loads(follower.stdout.readline())["event"] for _ in range(2)]
        assert told == ["AssociationOpened", "SupplyChanged"]
    finally:
        follower.send_signal(signal.SIGINT)
        ended = finish(follower)
    assert (ended.code, ended.err) == (130, "")


def test_who_has_read_enough_may_hang_up(folder):
    for words in (["show", "home-4"], ["events", "home-4"], ["profile", "show", "elster-as300p"]):
        child = subprocess.Popen(
            [*COMMAND, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        )
        child.stdout.close()
        assert child.stderr.read() == b"", words
        child.stderr.close()
        assert child.wait(30) == 0


def test_secrets_are_shown_only_when_they_are_asked_for(folder):
    secrets = ask(folder, "show", "home-2", "--secrets")["secrets"]
    words = [secrets[f"test_{name}_key"] for name in ("encryption", "authentication", "master")]
    words.append(secrets["test_passwords"]["reader"])
    assert all(len(word) in {12, 32} for word in words)
    assert run("do", "home-2", "DisableSupply", folder=folder).code == 0
    assert run("read", "home-2", "import_wh", folder=folder).code == 0
    texts = [
        run("show", "home-2", folder=folder).out,
        run("show", "home-2", "--json", folder=folder).out,
        run("events", "home-2", "--json", folder=folder).out,
        run("ls", "--json", folder=folder).out,
        (folder / ".meterfarm" / "farm.log").read_text("utf-8"),
    ]
    for text in texts:
        assert not any(word in text or bytes.fromhex(word).hex(" ") in text for word in words[:3])
        assert words[3] not in text
        assert "test_" not in text


def test_the_clock(folder):
    """Last of all that read this farm's clock: it moves it."""
    assert ask(folder, "clock") == {"at": STANDING, "rate": 0}
    assert ask(folder, "clock", "advance", "1d12h") == {"at": "2026-03-03T22:17:00Z", "rate": 0}
    assert run("clock", "advance", "90s", folder=folder).out == "2026-03-03T22:18:30Z  standing\n"
    before = ask(folder, "read", "home-2", "import_wh")["values"]["import_wh"]["value"]
    assert run("clock", "rate", 1_000_000, folder=folder).out.endswith("Z  x1000000\n")
    assert run("clock", "rate", 1, folder=folder).out.endswith("Z  real time\n")
    paused = run("clock", "pause", folder=folder).out
    assert paused.endswith("Z  standing\n")
    assert run("clock", "show", folder=folder).out == paused
    assert ask(folder, "read", "home-2", "import_wh")["values"]["import_wh"]["value"] >= before


# The control file and its port


def test_the_control_file_is_for_its_owner_only(folder):
    file = folder / ".meterfarm" / "control.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / ".meterfarm" / "farm.sqlite").stat().st_mode) == 0o600
    assert msgspec.json.decode(file.read_bytes())["token"] not in (folder / ".meterfarm" / "farm.log").read_text()


def test_a_wrong_token_is_refused(folder, tmp_path):
    known = msgspec.json.decode((folder / ".meterfarm" / "control.json").read_bytes())
    (tmp_path / "control.json").write_bytes(msgspec.json.encode(known | {"token": "x" * len(known["token"])}))
    ended = run("ls", "--state", tmp_path)
    assert ended.code == 4
    assert ended.error == "another farm answers at this farm's port, or control.json is not its own"
    with Remote(tmp_path) as remote, pytest.raises(NoFarmError):
        remote.ask("stop")
    assert run("clock", folder=folder).code == 0


def test_what_is_no_request_is_answered_and_the_next_is_served(folder):
    state = folder / ".meterfarm"
    with Remote(state) as remote:
        for verb, fields, kind in (
            ("dance", {}, "usage"),
            ("ls", {"limit": 0}, "usage"),
            ("ls", {"limit": "x"}, "usage"),
            ("events", {"selector": "home-1", "after": -1}, "usage"),
            ("do", {"selector": "home-1", "command": "Dance"}, "usage"),
            ("do", {"selector": "home-1", "command": "SetClock", "fields": {"to": "x"}}, "usage"),
            ("access", {"selector": "home-1", "level": "root"}, "usage"),
            ("advance", {"milliseconds": -1}, "usage"),
            ("advance", {"milliseconds": 10**17}, "usage"),
            ("rate", {"rate": -1}, "usage"),
            ("show", {"selector": "home-99"}, "selector"),
            ("show", {"selector": "*"}, "selector"),
            ("show", {}, "selector"),
        ):
            with pytest.raises(RefusedError) as caught:
                remote.ask(verb, **fields)
            assert caught.value.kind == kind, verb
            assert "\n" not in str(caught.value)
        assert remote.ask("ls", limit=1)
    for octets in (b"\n", b"{}\n", b"[]\n", b"\xff\xfe\n", b'{"token": 5, "verb": "ls"}\n'):
        with Remote(state) as remote:
            remote._socket.sendall(octets)
            assert b'"error"' in remote._file.readline()
    with Remote(state) as remote:
        try:
            remote._socket.sendall(b"x" * (2 << 20))
            assert remote._file.readline() == b""
        except ConnectionError:
            pass
    with Remote(state) as remote:
        remote._socket.sendall(b'{"token"')  # and no more
    assert run("ls", folder=folder).code == 0


# Starting and stopping


def test_a_second_farm_in_one_state_directory_is_refused_and_harms_nothing(folder):
    pid = msgspec.json.decode((folder / ".meterfarm" / "control.json").read_bytes())["pid"]
    log = (folder / ".meterfarm" / "farm.log").read_bytes()
    events = ask(folder, "events", "home-1")
    common = ["up", "small.toml", "--port", 0]
    ended = run_all(
        {"up": common, "fresh": [*common, "--fresh"], "detach": [*common, "--fresh", "--detach=true"]}, folder
    )
    for name, one in ended.items():
        assert one.code == 4, name
        assert one.err.splitlines()[-1].endswith(f"farm.sqlite: in use by another farm (process {pid})"), name
        assert "Traceback" not in one.err
    assert (folder / ".meterfarm" / "farm.log").read_bytes().startswith(log)
    assert ask(folder, "events", "home-1") == events


def test_a_farm_in_the_foreground_ends_cleanly_on_either_signal_and_is_gone_on_with(tmp_path):
    state = tmp_path / "s"
    for number, signal_ in enumerate((signal.SIGTERM, signal.SIGINT)):
        with Process("up", *PROFILE, "--homes", 2, "--port=0", f"--clock=@{STANDING}", state=state) as farm:
            assert farm.ready().startswith("ready: 6 devices in ")
            follower = start("events", "home-1", "--follow", "--state", state)
            did = run("do", "home-1", "DisableSupply", "--json", "--state", state).json
            assert did["accepted"]
            assert len(did["events"]) == (0 if number else 1)  # the second farm finds what the first one did
            assert farm.stop(signal_) == 0
            assert farm.err == []
            ended = finish(follower)
            assert ended.code == 4
            assert ended.err == "meterfarm: the farm ended the conversation\n"
        assert not (state / "control.json").exists()
    gone = run("ls", "--state", state)
    assert gone.code == 4
    assert gone.error == (
        f"no farm runs with the state directory {state}: start one with `meterfarm up`, or name another with --state"
    )
    other = run("up", *PROFILE, "--homes", 3, "--port=0", "--state", state)
    assert other.code == 2
    assert other.error.startswith(f"{state} holds other homes than the ones asked for; name another directory")
    early = run("up", *PROFILE, "--homes", 2, "--port=0", "--state", state, "--clock", "@2026-01-01")
    assert early.code == 2
    assert "start at that instant or later" in early.error
    fresh = run("up", *PROFILE, "--homes", 3, "--port=0", "--state", state, "--fresh", "--detach", "--json")
    assert fresh.code == 0
    assert fresh.json["devices"] == 9
    assert fresh.json["ready"].startswith("ready: 9 devices in ")
    assert [row["selector"] for row in fresh.json["first"]][:2] == ["home-1/esme", "home-1/chf"]
    assert run("events", "home-1", "--json", "--state", state).json == []
    assert run("down", "--json", "--state", state).json == {"stopped": True}


def test_what_a_kill_leaves_behind_is_said_and_started_over(tmp_path):
    state = tmp_path / "s"
    up = ["up", "--port=0", "--detach", "--state", state]
    assert run(*up).code == 0
    pid = msgspec.json.decode((state / "control.json").read_bytes())["pid"]
    os.kill(pid, signal.SIGKILL)
    ended = run_all({verb: [verb, "--state", state] for verb in ("ls", "down", "clock")})
    for one in ended.values():
        assert one.code == 4
        assert one.error == f"the farm of {state} does not answer; it may have been killed: start it again"
    (state / "control.json").write_text("{half", "utf-8")
    assert run("ls", "--state", state).code == 4
    assert run(*up).code == 0
    assert run("ls", "--state", state).code == 0
    assert run("down", "--state", state).code == 0


def test_a_port_that_is_no_farms_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        file = {"port": other.getsockname()[1], "token": "t", "pid": 1, "ready": ""}
        (tmp_path / "control.json").write_bytes(msgspec.json.encode(file))
        caller = start("ls", "--state", tmp_path)
        connection, _ = other.accept()
        with connection:
            assert b'"ls"' in connection.recv(9999)
            connection.sendall(b"220 mail\r\n")
            ended = finish(caller)
    assert ended.code == 4
    assert ended.error == "what answers at the farm's port is no farm; it may have been killed"


def test_a_hub_a_port(tmp_path):
    up = run("up", *PROFILE, "--homes=2", "--port=0", "--addressing=port", "--detach", "--json", "--state", tmp_path)
    assert up.code == 0
    ports = [row["port"] for row in up.json["first"]]
    assert ports == [ports[0]] * 3 + [ports[0] + 1] * 3
    assert run("read", "home-2", "serial", "--state", tmp_path).code == 0
    assert run("down", "--state", tmp_path).code == 0


def test_help_and_version_start_fast_and_say_what_there_is():
    shown = run_all({"none": [], "help": ["--help"], "up": ["up", "--help"], "version": ["--version"]})
    assert all((one.code, one.err) == (0, "") for one in shown.values())
    verbs = ("up", "down", "ls", "show", "read", "do", "events", "clock", "decode", "profile")
    assert all(verb in shown["help"].out for verb in verbs)
    assert shown["version"].out.strip() in {"0.1.0", "not installed"}
