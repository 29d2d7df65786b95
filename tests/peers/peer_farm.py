"""A farm as its user has it: started, asked and stopped through the command line, in a state directory of its own.

Every test takes homes that no test had before: an untouched home costs nothing, and neither a set clock nor an
invocation counter then reaches another test.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

HOMES_A_COHORT = 2_000
START_TIMEOUT_S = 90
STANDING_CLOCK = "2026-03-02T10:17:00Z"  # well past every meter's first month, and between two half hours
CLIENT_TITLE = b"PEERTEST".hex()

ESTATE = """
[estate]
name = "peers"
seed = 7

[[cohort]]
profile = "elster-as300p"
homes = {homes}
economy_7 = 0.5
solar = 0.5
"""


class Home(NamedTuple):
    """One home of the farm: what `ls` and `show --secrets` say of its meter."""

    farm: "PeerFarm"
    name: str
    address: dict[str, Any]

    def show(self, device: str = "esme") -> dict[str, Any]:
        """Give what the device itself holds: no octet of it went over the wire."""
        return self.farm.ask("show", f"{self.name}/{device}")

    def values(self) -> dict[str, Any]:
        return {key: item["value"] for key, item in self.show()["values"].items()}

    def events(self) -> list[dict[str, Any]]:
        return self.farm.ask("events", f"{self.name}/esme")


class PeerFarm:
    """A farm in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._state = folder / "state"
        self._estate = folder / "estate.toml"
        self._numbers = itertools.count(1)
        self._pid = 0

    def start(self) -> None:
        self._estate.write_text(ESTATE.format(homes=HOMES_A_COHORT), "utf-8")
        clock = f"@{STANDING_CLOCK}"
        self._run("up", str(self._estate), "--port", "0", "--clock", clock, "--detach")
        self._pid = json.loads((self._state / "control.json").read_text("utf-8"))["pid"]

    def stop(self) -> None:
        """Stop the farm, and end its process, and no other, if it does not stop."""
        try:
            self._run("down")
        except (AssertionError, subprocess.TimeoutExpired):
            if self._pid:
                os.kill(self._pid, signal.SIGKILL)
            raise

    @property
    def log(self) -> str:
        """What the farm's process wrote."""
        return (self._state / "farm.log").read_text("utf-8", "replace")

    def ask(self, *words: str) -> Any:
        return json.loads(self._run(*words, "--json"))

    def take_home(self) -> Home:
        """Give a home that nobody has touched."""
        name = f"home-{next(self._numbers)}"
        told = self.ask("show", f"{name}/esme", "--secrets")
        return Home(self, name, address_of(told))

    def _run(self, *words: str) -> str:
        command = [sys.executable, "-m", "emulator.cli", *words, "--state", str(self._state)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=START_TIMEOUT_S, check=False)
        assert ended.returncode == 0, f"{' '.join(words)}: {ended.returncode}: {ended.stdout}{ended.stderr}"
        return ended.stdout


def address_of(told: dict[str, Any]) -> dict[str, Any]:
    """Make what a peer's job needs (see driver.job) of what `show --secrets` gives."""
    secrets = told["secrets"]
    keys = {
        "system_title": CLIENT_TITLE,
        "encryption_key": secrets["test_encryption_key"],
        "authentication_key": secrets["test_authentication_key"],
    }
    clients = {}
    for who, level in secrets["levels"].items():
        security = {"authentication": level["authentication"], "policy": level["policy"]}
        if level["authentication"] == "lls":
            security["password"] = secrets["test_passwords"][who].encode().hex()
        if level["authentication"] == "hls-gmac" or level["policy"] != "none":
            security |= keys
        clients[who] = {"client": level["client"], "security": security}
    return {
        "host": told["host"],
        "port": told["port"],
        "server": told["address"]["server"],
        "physical": told["address"]["hdlc_physical"],
        "clients": clients,
        "keys": keys,
    }
