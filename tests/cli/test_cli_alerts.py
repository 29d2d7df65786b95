"""`alerts` as its user has it: a head end that listens, a farm that tells it, and the account of both."""

import json
import signal

import pytest
from cli_farm import Process, run, start

STANDING = "@2026-03-02T10:17:00Z"
FARM = ("up", "--profile=elster-as300p", "--homes=3", "--port=0", f"--clock={STANDING}")


def test_a_listener_prints_what_hubs_send_and_the_farm_accounts_for_it(tmp_path):
    state = tmp_path / "state"
    ear = start("alerts", "--listen=127.0.0.1:0", "--json")
    listening = ear.stderr.readline()
    assert listening.startswith("listening at 127.0.0.1:")
    destination = listening.split()[-1]
    with Process(*FARM, f"--push={destination}", state=state) as farm:
        farm.ready()
        assert run("act", "home-2/esme", "open_cover", f"--state={state}").code == 0
        alert = json.loads(ear.stdout.readline())
        assert (alert["hub"], alert["source"], alert["number"]) == ("127.1.0.2", "esme", 1)
        assert (alert["service"], alert["raised_at"]) == ("data-notification", "2026-03-02T10:17:00Z")
        whole = run("alerts", f"--state={state}", "--json").json
        assert whole["balanced"] is True
        assert (whole["homes"], whole["raised"], whole["push"]["failed"]) == (1, 1, 0)
        assert whole["raised"] == sum(whole[name] for name in ("sent", "suppressed", "expired", "waiting"))
        assert run("alerts", "home-1", f"--state={state}", "--json").json["raised"] == 0
        text = run("alerts", "home-2", f"--state={state}").out
        assert "1 raised = " in text
        assert farm.stop() == 0
    ear.send_signal(signal.SIGINT)
    _, errors = ear.communicate(timeout=20)
    assert ear.returncode == 0
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("alerts", "--listen=4060"), 2, "allowed: HOST:PORT"),
        (("alerts", "home-1", "--listen=127.0.0.1:0"), 2, "not together with --listen"),
        (("alerts", "--listen=192.0.2.1:4060"), 4, "192.0.2.1:4060"),
        (("up", "--push=somewhere", "--port=0"), 2, "allowed: host:port"),
    ],
)
def test_what_cannot_be_listened_at_or_sent_to_is_said_so(tmp_path, words, code, says):
    ended = run(*words, f"--state={tmp_path}")
    assert ended.code == code
    assert says in ended.error
