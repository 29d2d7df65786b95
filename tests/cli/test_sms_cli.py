"""`sms` and `--sms-port`, as their user has them."""

import json
import re
import socket
import tomllib
from http.client import HTTPConnection
from pathlib import Path

import pytest
from cli_farm import finish, run, start

import device_profiles

STANDING = "2026-03-02T10:17:00Z"
PROFILE = "elster-as300p"


WAN = """[wan]
mode = "wake_on_sms"
sms_quota_a_day = 3
sms_over_quota = "drop"
wake_text = "RING 7"
provenance = "assumed"
source = "for tests only"
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as line:
        return line.getsockname()[1]


def sleeper(folder: Path) -> None:
    """Write an estate of two homes that sleep until an SMS comes; the quota drops the fourth of a day."""
    packaged = (Path(device_profiles.__file__).parent / f"{PROFILE}.toml").read_text("utf-8")
    block = re.search(r"\[wan\]\n(?:.+\n)+", packaged)
    assert block
    sleeps = packaged.replace(block[0], WAN).replace(f'name = "{PROFILE}"', 'name = "sleeper"')
    (folder / "sleeper.toml").write_text(sleeps, "utf-8")
    (folder / "e.toml").write_text('[estate]\nseed = 5\n[[cohort]]\nprofile = "sleeper.toml"\nhomes = 2\n', "utf-8")


@pytest.fixture(scope="module")
def farm(tmp_path_factory):
    """A directory in which a farm of two sleeping homes runs, and the port of its SMS centre."""
    folder, port = tmp_path_factory.mktemp("sms"), free_port()
    sleeper(folder)
    words = ("up", "e.toml", "--port", 0, "--clock", f"@{STANDING}", "--sms-port", port, "--detach")
    up = run(*words, folder=folder)
    assert (up.code, up.err) == (0, ""), up
    assert f"SMS centre: http://127.0.0.1:{port}/sms" in up.out
    assert up.out.splitlines()[-1].startswith("ready: ")
    yield folder, port
    assert run("down", folder=folder).code == 0
    assert "Traceback" not in (folder / ".meterfarm" / "farm.log").read_text("utf-8")


def ask(folder, *words, code=0):
    ended = run(*words, "--json", folder=folder)
    assert ended.code == code, ended
    return json.loads(ended.out)


def test_an_sms_wakes_a_home_which_then_answers(farm):
    folder, _ = farm
    refused = run("read", "home-1", "import_wh", folder=folder)
    assert refused.code == 4, refused
    told = ask(folder, "sms", "home-1")
    assert (told["selector"], told["id"], told["accepted"]) == ("home-1", 1, True)
    assert [event["event"] for event in told["events"]][:3] == ["SmsHandedIn", "SmsTaken", "WanWoken"]
    ask(folder, "clock", "advance", "140s")
    assert ask(folder, "read", "home-1", "import_wh")["values"]["import_wh"]["unit"] == "Wh"


def test_other_words_wake_nobody_and_the_quota_is_told(farm):
    folder, _ = farm
    told = ask(folder, "sms", "home-2", "WAKE")
    assert [event["event"] for event in told["events"]] == ["SmsHandedIn", "SmsTaken"]
    for _ in range(2):
        assert run("sms", "home-2", "hello", folder=folder).out.startswith("accepted\n")
    ended = run("sms", "home-2", folder=folder)
    assert ended.code == 1
    assert ended.out.startswith("refused: limit_exceeded (the day's quota of SMS to this hub is used up)\n")


def test_what_a_home_sent_is_listed(farm):
    folder, _ = farm
    assert ask(folder, "sms", "home-1", "--sent") == {"selector": "home-1", "messages": []}
    both = run("sms", "home-1", "hello", "--sent", folder=folder)
    assert (both.code, both.error) == (2, "--sent lists what a home sent: give no text with it")


def test_a_long_text_is_refused(farm):
    folder, _ = farm
    ended = run("sms", "home-1", "x" * 161, folder=folder)
    assert (ended.code, ended.out) == (1, "refused: invalid_value (an SMS has 1 to 160 characters)\n")
    assert run("sms", "home-9", folder=folder).code == 2
    ended = run("sms", "home-1", "\udcff", folder=folder)  # an octet of the command line that is no UTF-8
    assert (ended.code, ended.error) == (2, "a word of the command is not UTF-8")


def test_the_endpoint_takes_the_control_token(farm):
    folder, port = farm
    token = json.loads((folder / ".meterfarm" / "control.json").read_text("utf-8"))["token"]
    answers = []
    for given in (token, "wrong"):
        line = HTTPConnection("127.0.0.1", port, timeout=10)
        line.request("GET", "/sms", headers={"Authorization": f"Bearer {given}"})
        answers.append(line.getresponse().status)
        line.close()
    assert answers == [200, 401]


def test_a_port_that_is_taken_or_none_ends_the_start(tmp_path):
    sleeper(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as line:
        port = line.getsockname()[1]
        taken = run("up", "e.toml", "--port", 0, "--sms-port", port, folder=tmp_path)
    assert (taken.code, taken.err) == (4, f"meterfarm: 127.0.0.1:{port}: Address already in use\n")
    wrong = run("up", "e.toml", "--port", 0, "--sms-port", 65536, folder=tmp_path)
    assert (wrong.code, wrong.error) == (2, "--sms-port 65536: allowed: 1 to 65535, or 0 for none")


def test_without_the_extra_the_flag_says_what_to_install_and_all_else_works(tmp_path):
    # A litestar that is not there, as an import sees it.
    (tmp_path / "litestar.py").write_text('raise ModuleNotFoundError("No module", name="litestar")\n', "utf-8")
    (tmp_path / "e.toml").write_text(f'[[cohort]]\nprofile = "{PROFILE}"\nhomes = 1\n', "utf-8")
    # `python -m` puts the working directory first.
    ended = finish(start("up", "e.toml", "--port", 0, "--sms-port", free_port(), folder=tmp_path))
    assert (ended.code, ended.error) == (2, "--sms-port needs Litestar and uvicorn: pip install meterfarm[console]")
    up = run("up", "e.toml", "--port", 0, "--detach", folder=tmp_path)
    assert (up.code, up.err) == (0, "")
    assert run("down", folder=tmp_path).code == 0


def test_the_extra_is_the_one_that_the_package_declares():
    declared = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    names = {line.split(">")[0] for line in declared["project"]["optional-dependencies"]["console"]}
    assert {"litestar", "uvicorn"} <= names
