"""What the command line says to a mistake: one line, what is allowed, the right exit code, and no traceback."""

import socket

import pytest
from cli_farm import finish, run, run_all, start

USAGE, NOT_ESTABLISHED = 2, 4
PROFILE = ("--profile", "elster-as300p")
GOOD = "000100100001000dc001c100030100010800ff0200"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mistakes")
    assert run("up", *PROFILE, "--port", 0, "--homes", 2, "--clock", "@2026-03-02", "--detach", folder=folder).code == 0
    yield folder
    assert run("down", folder=folder).code == 0


AT_A_FARM = {
    "unknown selector": (["show", "home-3"], USAGE, "'home-3' names no device; there are home-1 to home-2, each with"),
    "bad selector": (["read", "home-²"], USAGE, "an EUI-64, an address and globs are taken too"),
    "several homes": (["do", "home-*", "ArmSupply"], USAGE, "names more than one home; here one is wanted, as in"),
    "no limit": (["ls", "--limit", "0"], USAGE, "Must be >= 1"),
    "unknown item": (["read", "home-1", "import_kwh"], USAGE, "no data item is called 'import_kwh'; near: import_wh"),
    "item of no wire": (["read", "home-1", "power_threshold_status"], USAGE, "is not on this device's wire; there is"),
    "item of a hub": (["read", "home-1/chf", "tou_wh"], USAGE, "no data item of chf is called 'tou_wh'"),
    "denied item": (["read", "home-1", "mpan", "--as", "public"], 1, "the meter refused: "),
    "unknown level": (["read", "home-1", "--as", "root"], USAGE, 'Choose from: "public", "reader", "management"'),
    "unknown command": (["do", "home-1", "Disable"], USAGE, "no command is called 'Disable'; did you mean Disable"),
    "wild command": (["do", "home-1", "xyzzy"], USAGE, "allowed: EnableSupply, DisableSupply, ArmSupply"),
    "unknown field": (["do", "home-1", "SetClock", "too=1"], USAGE, "'too=1': SetClock takes to=, tolerance_s="),
    "field of nothing": (["do", "home-1", "ArmSupply", "a=1"], USAGE, "'a=1': ArmSupply takes nothing"),
    "missing field": (["do", "home-1", "ShiftClock"], USAGE, "required field `by_s`; ShiftClock takes by_s="),
    "bad instant": (["do", "home-1", "SetClock", "to=noon"], USAGE, "allowed: an instant such as 2026-01-01T00:00:00Z"),
    "bad number": (["do", "home-1", "ShiftClock", "by_s=soon"], USAGE, "Expected `int`, got `str`"),
    "bad word": (
        ["do", "home-1", "SetReadSchedule", "number=1", "kind=never"],
        USAGE,
        "'never' - at `$.kind`; allowed: ",
    ),
    "bad table": (["do", "home-1", "SetTariff", 'table={"a": 1}'], USAGE, "SetTariff takes table=, at="),
    "bad key": (["do", "home-1", "UpdateSecurityCredentials", "master_key=xy"], USAGE, "allowed: hex digits in pairs"),
    "too wide a number": (
        ["do", "home-1", "ShiftClock", "by_s=99999"],
        USAGE,
        "cannot be written on this device's wire",
    ),
    "bad span": (["clock", "advance", "5x"], USAGE, "'5x' is no span of time; allowed: 90s, 36h, 1d12h, 2w"),
    "beyond time": (["clock", "advance", "99999w"], USAGE, "the farm's time ends at 2060-01-01T00:00:00Z"),
    "bad rate": (["clock", "rate", "-1"], USAGE, "a rate is 0 to 1000000, not -1"),
    "bad start of a fault": (
        ["fault", "home-1", "busy", "--at", "noon"],
        USAGE,
        "'noon' is no instant; allowed: 2026-",
    ),
    "bad share of homes": (["fault", "home-1", "busy", "--probability", "2"], USAGE, "Must be <= 1"),
    "bad number of an event": (["events", "home-1", "--after", "-1"], USAGE, "Must be >= 0"),
}

ANYWHERE = {
    "unknown verb": (["upp"], USAGE, 'Unknown command "upp"'),
    "unknown option": (["ls", "--all"], USAGE, "Unknown option: --all. See `meterfarm ls --help`."),
    "no argument": (["read"], USAGE, "SELECTOR requires an argument. See `meterfarm read --help`."),
    "no whole number": (["clock", "rate", "fast"], USAGE, "into int; allowed: a whole number."),
    "no farm": (["ls"], NOT_ESTABLISHED, "no farm runs with the state directory .meterfarm: start one with"),
    "no farm to stop": (["down"], NOT_ESTABLISHED, "no farm runs with the state directory"),
    "unreadable hex": (
        ["decode", "0xabc"],
        USAGE,
        "allowed: hex digits in pairs, a file's name, or - for standard input",
    ),
    "long words for hex": (["decode", "z" * 5000], USAGE, "allowed: hex digits in pairs"),
    "directory for hex": (["decode", "."], USAGE, "'.': allowed: hex digits in pairs"),
    "unknown profile": (
        ["profile", "show", "as300"],
        USAGE,
        "no profile is called 'as300'; there is aclara-sgm1411, edmi-es10a, ",
    ),
    "check of nothing": (["profile", "check"], USAGE, "name the files to check, as in"),
    "check of no file": (["profile", "check", "gone.toml"], 1, "gone.toml: No such file or directory"),
    "check of a directory": (["profile", "check", "."], 1, ".: Is a directory"),
    "check of what is not text": (["profile", "check", "binary.toml"], 1, "binary.toml:2: not Unicode text"),
    "up: unknown profile": (
        ["up", "--profile", "as300"],
        USAGE,
        "no profile is called 'as300'; there is aclara-sgm1411, edmi-es10a, ",
    ),
    "up: no homes": (["up", "--homes", "0"], USAGE, "allowed: 1 to 16000000 homes in all"),
    "up: too many for the serial numbers": (
        ["up", "--profile", "elster-as300p", "--homes", "12000000"],
        USAGE,
        "allowed: homes up to home-10000000",
    ),
    "up: too many for ports": (["up", "--homes", "1001", "--addressing", "port"], USAGE, "at most 1000 homes"),
    "up: bad seed": (["up", "--seed", "-1"], USAGE, "the seed -1: allowed: 0 to 9223372036854775807"),
    "up: bad clock": (
        ["up", "--clock", "fast"],
        USAGE,
        "no clock is called 'fast'; allowed: real, x1 to x1000000, max",
    ),
    "up: clock of the past": (
        ["up", "--clock", "@1999-01-01"],
        USAGE,
        "(2021-01-01T00:00:00Z to 2060-01-01T00:00:00Z)",
    ),
    "up: bad port": (["up", "--port", "70000"], USAGE, "--port 70000: allowed: 0 (any free one) to 65535"),
    "up: bad addressing": (["up", "--addressing", "x"], USAGE, 'Choose from: "address", "port"'),
    "up: no such estate": (["up", "gone.toml"], USAGE, "gone.toml: No such file or directory"),
    "up: estate and flags": (["up", "bad.toml", "--homes", "2"], USAGE, "--homes: not together with an estate file"),
    "up: bad estate": (
        ["up", "bad.toml"],
        USAGE,
        "bad.toml:3: cohort[0].homes: a string is not allowed; allowed: a whole number from 1 to 16000000",
    ),
    "up: estate that is not text": (["up", "binary.toml"], USAGE, "binary.toml:2: not Unicode text"),
    "up: state is a file": (["up", "--port", "0", "--state", "bad.toml"], USAGE, "bad.toml: File exists"),
    "up: detached, state is a file": (["up", "--detach", "--state", "bad.toml"], USAGE, "bad.toml: File exists"),
    "up: detached, bad clock": (
        ["up", "--detach", "--clock", "fast", "--state", "d"],
        USAGE,
        "no clock is called 'fast'",
    ),
    "up: database of another": (["up", "--port", "0", "--state", "other"], NOT_ESTABLISHED, "not a Meterfarm store"),
}


def judge(cases, folder):
    ended = run_all({name: words for name, (words, _, _) in cases.items()}, folder)
    wrong = {}
    for name, (_, code, told) in cases.items():
        one = ended[name]
        lines = one.err.splitlines()
        fine = one.code == code and not one.out and len(lines) == 1 and told in lines[0]
        if not (fine and lines[0].startswith("meterfarm: ")):
            wrong[name] = one
    assert not wrong


def test_mistakes_at_a_running_farm(folder):
    judge(AT_A_FARM, folder)


def test_a_command_that_a_device_has_not_is_refused_with_the_reason(folder):
    for device, allowed in (
        ("chf", "AddDevice, RemoveDevice, RotateNetworkKey, SetPushDestination"),
        ("ihd", "ShowMessage"),
    ):
        ended = run("do", f"home-1/{device}", "ArmSupply", folder=folder)
        assert ended == (1, f"refused: not_applicable (this {device} takes no Arm Supply; allowed: {allowed})\n", "")


def test_mistakes_anywhere(tmp_path):
    (tmp_path / "bad.toml").write_text("[[cohort]]\nprofile = 'elster-as300p'\nhomes = 'two'\n", "utf-8")
    (tmp_path / "binary.toml").write_bytes(b"[estate]\nname = '\xff'\n")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "farm.sqlite").write_bytes(b"no database, but some octets\n" * 50)
    judge(ANYWHERE, tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        *[".meterfarm", "bad.toml", "binary.toml", "d", "other"],
    ]
    assert run("up", "--port", 0, "--detach", folder=tmp_path).code == 0  # no mistake has bound it to anything
    assert run("down", folder=tmp_path).code == 0


def test_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        common = ["up", "--port", port, "--state"]
        ended = run_all(
            {
                "foreground": [*common, tmp_path / "a"],
                "detached": [*common, tmp_path / "b", "--detach"],
                "a port each": [*common, tmp_path / "c", "--addressing", "port"],
            }
        )
    for one in ended.values():
        assert one.code == NOT_ESTABLISHED
        assert one.error == f"port {port} is taken: stop what listens there, or choose another with --port"


def test_a_farm_that_cannot_start_discards_nothing(tmp_path):
    """--fresh with a mistake beside it: the mistake is told first."""
    up = ["up", "--port", 0, "--state", tmp_path]
    assert run(*up, "--detach").code == 0
    assert run("do", "home-1", "DisableSupply", "--state", tmp_path).code == 0
    assert run("down", "--state", tmp_path).code == 0
    assert run(*up, "--fresh", "--clock", "fast").code == USAGE
    assert run(*up, "--fresh", "--homes", 0).code == USAGE
    assert run(*up, "--detach").code == 0
    assert run("read", "home-1", "supply_state", "--json", "--state", tmp_path).json["values"] == {
        "supply_state": {"value": "disabled", "unit": ""}
    }
    assert run("down", "--state", tmp_path).code == 0


def test_a_fault_of_ours_says_so_and_how_to_see_more(tmp_path):
    """A farm that answers what no farm of ours would: the one error here that is nobody's mistake."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        file = f'{{"port": {other.getsockname()[1]}, "token": "t", "pid": 1, "ready": ""}}'
        (tmp_path / "control.json").write_text(file, "utf-8")
        caller = start("ls", "--state", tmp_path)
        connection, _ = other.accept()
        with connection:
            connection.sendall(b'{"ok": 5}\n')
            ended = finish(caller)
    assert ended.code == 70
    assert ended.error.startswith("TypeError: ")
    assert ended.error.endswith(" (a fault of ours; METERFARM_TRACEBACK=1 shows where)")


# decode and profile need no farm


def test_decode_takes_hex_a_file_or_standard_input(tmp_path):
    (tmp_path / "raw").write_bytes(bytes.fromhex(GOOD))
    (tmp_path / "hex.txt").write_text("0001 0010 0001 000d\nc0 01 c1 00 03 01 00 01 08 00 ff 02 00\n", "utf-8")
    ended = run_all(
        {
            "hex": ["decode", GOOD],
            "spaced": ["decode", "0x00 01:00-10, 0001000d C001C1 0003 0100010800FF 0200"],
            "raw": ["decode", "raw"],
            "text": ["decode", "hex.txt"],
        },
        tmp_path,
    )
    ended["stdin"] = run("decode", "-", folder=tmp_path, given=GOOD)
    for one in ended.values():
        assert (one.code, one.err) == (0, "")
        assert one.out == (
            "wrapper: from 16 to 1, 13 octets\n"
            "  GET_REQUEST: type 1, invoke id 0xc1\n"
            "    target: Register (3) 1.0.1.8.0.255 number 2\n"
        )
    told = run("decode", GOOD, "--json").json
    assert told[2] == {
        "depth": 2,
        "name": "target",
        "value": "Register (3) 1.0.1.8.0.255 number 2",
        "fault": False,
    }


def test_decode_says_what_is_broken_and_fails():
    long = "00010010000100ff" + "c0" * 255
    ended = run_all({"cut": ["decode", GOOD[:-2]], "nothing": ["decode", "ff"], "long": ["decode", long]})
    assert [one.code for one in ended.values()] == [1, 1, 1]
    assert ended["cut"].out == "broken: a frame is cut short\n"
    assert ended["nothing"].out == "broken: no APDU: ff\n"
    assert "broken: " in ended["long"].out


def test_profile_says_how_sure_it_is_and_how_two_differ(tmp_path):
    (tmp_path / "bad.toml").write_text("name = 5\n", "utf-8")
    ended = run_all(
        {
            "all": ["profile", "fidelity"],
            "one": ["profile", "fidelity", "secure-liberty100"],
            "json": ["profile", "fidelity", "edmi-es10a", "--json"],
            "diff": ["profile", "diff", "elster-as300p", "elster-as330-mixed"],
            "diff json": ["profile", "diff", "elster-as300p", "elster-as300p", "--json"],
            "later": ["profile", "show", "edmi-es10a", "--firmware", "ES10A 1.52", "--json"],
            "no such": ["profile", "show", "edmi-es10a", "--firmware", "9"],
            "bad": ["profile", "fidelity", "bad.toml"],
            "gone": ["profile", "diff", "elster-as300p", "gone.toml"],
        },
        tmp_path,
    )
    assert ended["all"].out.splitlines()[0].split()[:4] == ["profile", "keys", "clause", "document"]
    assert ended["all"].out.splitlines()[-1].startswith("all ")
    assert "  prepayment.utrn_lock_s = 3600   (by us: " in ended["one"].out
    (told,) = ended["json"].json["profiles"]
    assert told["keys"] == sum(told["counts"].values()) == sum(ended["json"].json["all"].values())
    assert {"key", "basis", "source"} == told["assumed"][0].keys()
    assert ["model.flag", "ELR", "ELS"] in [line.split() for line in ended["diff"].out.splitlines()]
    assert ended["diff json"].json == []
    assert ended["later"].json["logs"]["event_entries"] == 150
    assert ended["later"].json["model"]["firmware"] == "ES10A 1.52"
    assert (ended["no such"].code, ended["no such"].error) == (
        USAGE,
        "edmi-es10a has no firmware '9'; allowed: ES10A 1.47, ES10A 1.52",
    )
    assert ended["bad"].code == ended["gone"].code == USAGE
    assert "gone.toml: No such file or directory" in ended["gone"].err


def test_profile_lists_shows_and_checks(tmp_path):
    ended = run_all(
        {
            "ls": ["profile", "ls"],
            "json": ["profile", "ls", "--json"],
            "show": ["profile", "show", "elster-as300p"],
            "whole": ["profile", "show", "elster-as300p", "--json"],
        },
    )
    assert all((one.code, one.err) == (0, "") for one in ended.values())
    rows = [line.split()[:4] for line in ended["ls"].out.splitlines()]
    assert ["elster-as300p", "dlms", "IOC", "12.0%"] in rows
    assert ["landis-gyr-tokenless", "sms", "none", "0.0%"] in rows
    assert ended["json"].json[0].keys() == {"name", "title", "protocol", "cohort", "weight", "assumed"}
    assert "[metering]  assumed, inferred: " in ended["show"].out
    assert "flag = ELR   (assumed, inferred: device dossier 2.1" in ended["show"].out
    assert ended["whole"].json["metering"]["tou_registers"] == 48
    from whole_profile import TEXT as text  # noqa: N811 (a text that stands on no base)

    (tmp_path / "good.toml").write_text(text, "utf-8")
    line = text.splitlines().index(next(one for one in text.splitlines() if one.startswith("window = 1"))) + 1
    (tmp_path / "bad.toml").write_text(text.replace("window = 1", "window = 9").replace("export = true", ""), "utf-8")
    checks = run_all(
        {
            "good": ["profile", "check", "good.toml"],
            "both": ["profile", "check", "good.toml", "bad.toml"],
            "json": ["profile", "check", "bad.toml", "--json"],
        },
        tmp_path,
    )
    assert (checks["good"].code, checks["good"].out) == (0, "1 checked, no problem\n")
    problems = [
        "bad.toml:37: metering.export: missing; allowed: true or false",
        f"bad.toml:{line}: hdlc.window: 9 is not allowed; allowed: a whole number from 1 to 7",
    ]
    assert (checks["both"].code, checks["both"].out) == (1, "")
    assert checks["both"].err.splitlines() == [f"meterfarm: {problem}" for problem in problems]
    assert (checks["json"].code, checks["json"].json) == (1, {"ok": False, "problems": problems})
