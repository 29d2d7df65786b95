"""`meterfarm conduct`: what a client did wrong, as its user sees it, and as a failed run."""

import socket

import pytest
from cli_farm import Process, run

from emulator.dlms.conduct import KINDS

# GET of the clock's time, by hand, in the TCP wrapper from the public client (16) to the meter (1): no association.
ASKED = bytes.fromhex("0001 0010 0001 000d c001c10008000001 0000ff0200".replace(" ", ""))


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    folder = tmp_path_factory.mktemp("conduct") / "farm"
    with Process("up", "--profile", "elster-as300p", "--homes", 2, state=folder) as farm:
        farm.ready()
        yield folder
        assert farm.stop() == 0


def conduct(state, *words):
    return run("conduct", *words, f"--state={state}")


def test_it_is_shown_and_fails_a_run(state):
    nothing = conduct(state, "--fail")
    assert (nothing.code, nothing.out) == (0, "nothing\n")
    row = run("ls", "home-1/esme", "--json", f"--state={state}").json[0]
    with socket.create_connection((row["host"], row["port"]), timeout=10) as caller:
        caller.sendall(ASKED)
        assert caller.recv(64)[8:] == bytes.fromhex("d80101")
    told = conduct(state, "home-1", "--json").json
    (one,) = told.pop("conduct")
    assert told == {"selector": "home-1"}
    at = one.pop("at")
    assert at.endswith("Z")
    assert one == {
        "home": "home-1",
        "kind": "not_associated",
        "client": 16,
        "server": 1,
        "detail": "read 8/0.0.1.0.0.255/2",
        "evidence": ASKED[8:].hex(),
        "count": 1,
    }
    shown = conduct(state, "home-1")
    assert shown.code == 0
    assert "not_associated" in shown.out
    assert conduct(state, "--fail").code == 1
    assert conduct(state, "--fail", "--kind", "not_associated").code == 1
    assert conduct(state, "--fail", "--kind", "retry_storm").code == 0
    assert conduct(state, "home-2", "--fail").code == 0


def test_a_wrong_kind_and_a_wrong_home_say_what_there_is(state):
    wrong = conduct(state, "--kind", "rudeness")
    assert wrong.code == 2
    assert all(kind in wrong.error for kind in KINDS)
    assert conduct(state, "home-9").code == 2


def test_the_kinds_are_listed_without_a_farm(tmp_path):
    listed = conduct(tmp_path, "--kinds")
    assert listed.code == 0
    assert all(f"{kind} " in listed.out and meaning.did in listed.out for kind, meaning in KINDS.items())
    assert conduct(tmp_path, "--kinds", "--json").json["malformed"]["did"] == "sent octets that are no request"
