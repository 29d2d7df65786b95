"""`up` and `down`: a farm's life as a process."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Annotated, Literal

from cyclopts import Parameter

from emulator.cli.output import COMMON, READY, TIMED_OUT, USAGE, Common, fail, print_json
from emulator.farm.addresses import DLMS_PORT

LOG_FILE = "farm.log"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
POLL_S = 0.01


def up(
    estate: Annotated[Path | None, Parameter(help="Estate file (TOML).")] = None,
    /,
    *,
    profile: Annotated[
        str | None, Parameter(help="Profile of the homes, or its TOML; default: every packaged one.")
    ] = None,
    homes: Annotated[int | None, Parameter(help="How many homes (of each profile); default: 1.")] = None,
    seed: Annotated[int | None, Parameter(help="What all of the estate is drawn from; default: 1.")] = None,
    gas: Annotated[float | None, Parameter(help="Share of homes with a gas meter, 0 to 1; default: 0.")] = None,
    prepayment: Annotated[float | None, Parameter(help="Share of homes that pay first; default: 0.")] = None,
    clock: Annotated[str, Parameter(help="real, x60, max, or @2026-01-01T00:00:00Z (standing).")] = "real",
    port: Annotated[int, Parameter(help="Port of every hub; 0 is any free one.")] = DLMS_PORT,
    push: Annotated[str, Parameter(help="HOST:PORT of the head end that hubs send their alerts to.")] = "",
    sms_port: Annotated[int, Parameter(help="Port of the SMS centre's HTTP endpoint; 0 is none.")] = 0,
    service_port: Annotated[int, Parameter(help="Port of the service requests' JSON endpoint; 0 is none.")] = 0,
    duis_port: Annotated[int, Parameter(help="Port of the service requests' XML facade; 0 is none.")] = 0,
    duis_xsd: Annotated[Path | None, Parameter(help="Your DUIS schema (XSD), to hold XML requests against.")] = None,
    callback_anywhere: Annotated[
        bool, Parameter(help="Push results to any host; without it to the loopback only.", negative=())
    ] = False,
    pace: Annotated[bool, Parameter(help="Answer as slowly as each make does, not at once.", negative=())] = False,
    addressing: Annotated[
        Literal["address", "port"], Parameter(help="An address of its own for each hub, or a port.")
    ] = "address",
    fresh: Annotated[bool, Parameter(help="Discard the state directory's journal first.", negative=())] = False,
    detach: Annotated[bool, Parameter(help="Return after the ready line; the farm goes on.", negative=())] = False,
    common: Common = COMMON,
) -> int:
    """Start a farm and serve until Ctrl-C or `meterfarm down`.

    Prints where each hub answers and ends its start-up with `ready: N devices in T s`.
    """
    flags = {"--profile": profile, "--homes": homes, "--seed": seed, "--gas": gas, "--prepayment": prepayment}
    given = {flag: str(value) for flag, value in flags.items() if value is not None}
    if estate is not None and given:
        return fail(f"{', '.join(given)}: not together with an estate file, which says this itself", USAGE)
    ports = {"--sms-port": sms_port, "--service-port": service_port, "--duis-port": duis_port}
    for flag, number in ports.items():
        if not 0 <= number <= 65_535:
            return fail(f"{flag} {number}: allowed: 1 to 65535, or 0 for none", USAGE)
    if duis_xsd is not None and not duis_port:
        return fail("--duis-xsd: allowed with --duis-port only", USAGE)
    if detach:
        given |= {"--clock": clock, "--port": str(port), "--addressing": addressing}
        given |= {flag: str(number) for flag, number in ports.items() if number}
        given |= {"--duis-xsd": str(duis_xsd)} if duis_xsd else {}
        given |= {"--push": push} if push else {}
        words = [] if estate is None else [str(estate)]
        words += [f"{flag}={value}" for flag, value in given.items()]
        words += ["--fresh"] * fresh + ["--pace"] * pace + ["--callback-anywhere"] * callback_anywhere
        return _detach(words, common)
    from emulator.cli import serving  # noqa: PLC0415 (numpy and the rest only where they are needed)
    from emulator.cli.service_doors import Doors  # noqa: PLC0415

    homes, seed = (1 if value is None else value for value in (homes, seed))
    shares = serving.Shares(gas or 0.0, prepayment or 0.0)
    each = addressing == "port"
    doors = Doors(service_port, duis_port, duis_xsd, callback_anywhere)
    wanted = serving.Wanted(estate, profile, homes, seed, shares, clock, port, each, fresh, sms_port, push, pace, doors)
    return serving.run(wanted, common)


def down(*, common: Common = COMMON) -> int:
    """Stop the farm of the state directory; nothing is lost."""
    from emulator.api.remote import Remote  # noqa: PLC0415

    with Remote(common.state) as remote:
        pid = remote.known.pid
        remote.ask("stop")
    until = time.monotonic() + STOP_TIMEOUT_S
    while _lives(pid):
        if time.monotonic() > until:
            return fail(f"the farm (process {pid}) did not end in {STOP_TIMEOUT_S} s", TIMED_OUT)
        time.sleep(POLL_S)
    if common.json:
        print_json({"stopped": True})
    return 0


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        # A child of ours that ended is a zombie until it is waited for.
        return Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return True


def _detach(words: list[str], common: Common) -> int:
    """Start the farm as a process of its own, and wait for its ready line. Its log is added to the log file."""
    common.state.mkdir(parents=True, exist_ok=True)
    log = common.state / LOG_FILE
    command = [sys.executable, "-m", "emulator.cli", "up", *words, f"--state={common.state}"]
    with log.open("ab") as errors, tempfile.TemporaryFile() as said:
        logged = errors.tell()
        child = subprocess.Popen(  # noqa: S603 (this very command line, once more)
            [*command, "--json"] if common.json else command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=errors,
            start_new_session=True,
        )
        until = time.monotonic() + START_TIMEOUT_S
        while True:
            code = child.poll()
            text = _read(said)
            if code is not None or _ready(text, common):
                break
            if time.monotonic() > until:
                child.terminate()
                return fail(f"the farm was not ready in {START_TIMEOUT_S} s; see {log}", TIMED_OUT)
            time.sleep(POLL_S)
    sys.stderr.write(log.read_bytes()[logged:].decode("utf-8", "replace"))
    sys.stdout.write(text)
    return 0 if code is None else code or USAGE


def _read(said: IO[bytes]) -> str:
    """Read all of a file that a child writes to, whose place in it is ours too."""
    return os.pread(said.fileno(), os.fstat(said.fileno()).st_size, 0).decode("utf-8", "replace")


def _ready(text: str, common: Common) -> bool:
    """Say whether a farm has said all that it says at its start."""
    return text.endswith("\n}\n") if common.json else text.endswith("\n") and f"\n{READY}" in text
