"""A farm as its user has it: started and stopped through the command line, in a state directory of its own.

It is asked through the control API, which gives what `show --json` and `events --json` print at a hundredth of the
cost of a process for each question; a test compares the two.
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

from whole_profile import TEXT

from emulator.api.remote import Remote
from emulator.farm import library

PACKAGED = "elster-as300p"
HOMES_A_COHORT = 1_000
COMMAND_TIMEOUT_S = 90
STANDING_CLOCK = "2026-03-02T10:17:00+00:00"  # well past every meter's first month, and between two half hours
CLIENT_TITLE = b"PEERTEST".hex()

# The packaged profile speaks two of the security policies; these cohorts speak the others, at both levels.
LEVELS = {
    "authenticated": ("authenticated", "authenticated"),
    "encrypted": ("encrypted", "encrypted"),
    "mixed": ("authenticated-encrypted", "none"),
}
WIDE = "wide"  # its HDLC link takes the longest frames and the widest window
WRITTEN = {
    cohort: (
        ('authentication = "lls" }', f'authentication = "lls", policy = "{reader}" }}'),
        ('"hls-gmac", policy = "authenticated-encrypted" }', f'"hls-gmac", policy = "{management}" }}'),
    )
    for cohort, (reader, management) in LEVELS.items()
} | {WIDE: (("information_field = 128", "information_field = 2030"), ("\nwindow = 1", "\nwindow = 7"))}
# Every packaged set that speaks DLMS/COSEM, with gas where it has any: the cohort "family NAME".
DLMS_FAMILIES = tuple(name for name in library.names() if library.packaged(name).protocol == "dlms")
FAMILY = "family "
COHORTS = (PACKAGED, *WRITTEN, *(FAMILY + name for name in DLMS_FAMILIES))
ESTATE = '[estate]\nname = "peers"\nseed = 7\n'
COHORT = """
[[cohort]]
profile = "{profile}"
homes = {homes}
[cohort.household]
daily_import_wh = 9000
daily_export_wh = 4000
opening_import_wh = 1234567
opening_export_wh = 7654
"""


def profile_text(cohort: str) -> str:
    """Write the packaged profile with what a cohort has different."""
    text = TEXT
    for old, new in ((f'name = "{PACKAGED}"', f'name = "{cohort}"'), *WRITTEN[cohort]):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


class Home(NamedTuple):
    """One home of the farm, and what a peer's job needs to reach its meter (see driver.job)."""

    farm: "PeerFarm"
    name: str
    address: dict[str, Any]

    def show(self, device: str = "esme") -> dict[str, Any]:
        """Give what the device itself holds: no octet of it went over the wire."""
        told: dict[str, Any] = self.farm.ask("show", f"{self.name}/{device}", secrets=True)
        return told

    def values(self) -> dict[str, Any]:
        return {key: item["value"] for key, item in self.show()["values"].items()}

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """Give the journal's entries of some kinds, without their numbers."""
        told = self.farm.ask("events", f"{self.name}/esme")["events"]
        return [
            {key: value for key, value in event.items() if key != "seq"} for event in told if event["event"] in kinds
        ]


class PeerFarm:
    """A farm in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._state = folder / "state"
        self._next = {cohort: itertools.count(1 + place * HOMES_A_COHORT) for place, cohort in enumerate(COHORTS)}
        self._pid = 0

    def start(self) -> None:
        for cohort in WRITTEN:
            (self._folder / f"{cohort}.toml").write_text(profile_text(cohort), "utf-8")
        files = [PACKAGED, *(f"{cohort}.toml" for cohort in WRITTEN)]
        cohorts = [COHORT.format(profile=file, homes=HOMES_A_COHORT) for file in files]
        for name in DLMS_FAMILIES:
            gas = float(library.packaged(name).gas_model is not None)
            cohorts.append(f'\n[[cohort]]\nprofile = "{name}"\nhomes = {HOMES_A_COHORT}\ngas = {gas}\n')
        estate = self._folder / "estate.toml"
        estate.write_text(ESTATE + "".join(cohorts), "utf-8")
        self._run("up", str(estate), "--port", "0", "--clock", f"@{STANDING_CLOCK}", "--detach")
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

    def ask(self, verb: str, selector: str, **fields: Any) -> Any:
        with Remote(self._state) as remote:
            return remote.ask(verb, selector=selector, **fields)

    def printed(self, *words: str) -> Any:
        """Give what a command prints as JSON."""
        return json.loads(self._run(*words, "--json"))

    def take_home(self, cohort: str = PACKAGED) -> Home:
        """Give a home that nobody has touched."""
        name = f"home-{next(self._next[cohort])}"
        return Home(self, name, address_of(self.ask("show", f"{name}/esme", secrets=True)))

    def _run(self, *words: str) -> str:
        command = [sys.executable, "-m", "emulator.cli", *words, "--state", str(self._state)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=False)
        assert ended.returncode == 0, f"{' '.join(words)}: {ended.returncode}: {ended.stdout}{ended.stderr}"
        return ended.stdout


def address_of(told: dict[str, Any]) -> dict[str, Any]:
    """Make a job's address of what `show --secrets` gives."""
    secrets = told["secrets"]
    keys = {
        "encryption_key": secrets["test_encryption_key"],
        "authentication_key": secrets["test_authentication_key"],
    }
    clients = {}
    for who, level in secrets["levels"].items():
        security = {"authentication": level["authentication"], "policy": level["policy"], "system_title": CLIENT_TITLE}
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
