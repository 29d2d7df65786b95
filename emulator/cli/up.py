"""`up` and `down`: a farm's life as a process."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from emulator.cli.output import COMMON, TIMED_OUT, USAGE, Common, fail, print_json

SHOWN = 20
LOG_FILE = "farm.log"
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
DLMS_PORT = 4059


def up(
    estate: Annotated[Path | None, Parameter(help="Estate file (TOML).")] = None,
    /,
    *,
    profile: Annotated[str | None, Parameter(help="Profile of the homes; default: one home of each profile.")] = None,
    homes: Annotated[int, Parameter(help="How many homes (of each profile).")] = 1,
    seed: Annotated[int, Parameter(help="What all of the estate is drawn from.")] = 1,
    clock: Annotated[str, Parameter(help="real, x60, max, or @2026-01-01T00:00:00Z (standing).")] = "real",
    port: Annotated[int, Parameter(help="Port of every hub.")] = DLMS_PORT,
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
    if detach:
        return _detach(common)
    from emulator.cli import serving  # noqa: PLC0415 (numpy and the rest only where they are needed)

    wanted = serving.Wanted(estate, profile, homes, seed, clock, port, addressing == "port", fresh)
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
        time.sleep(0.02)
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


def _detach(common: Common) -> int:
    """Start the same command again as a process of its own, and wait for its ready line."""
    from emulator.api.control import CONTROL_FILE  # noqa: PLC0415

    common.state.mkdir(parents=True, exist_ok=True)
    log = common.state / LOG_FILE
    arguments = [argument for argument in sys.argv[1:] if argument != "--detach"]
    known = common.state / CONTROL_FILE
    before = known.stat().st_mtime_ns if known.exists() else 0
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603 (this very command, once more)
            [sys.executable, "-m", "emulator.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    until = time.monotonic() + START_TIMEOUT_S
    while not (known.exists() and known.stat().st_mtime_ns != before):
        code = child.poll()
        if code is not None:
            sys.stderr.write(log.read_text("utf-8", "replace"))
            return code or USAGE
        if time.monotonic() > until:
            child.terminate()
            return fail(f"the farm was not ready in {START_TIMEOUT_S} s; see {log}", TIMED_OUT)
        time.sleep(0.01)
    sys.stdout.write(log.read_text("utf-8", "replace"))
    return 0
