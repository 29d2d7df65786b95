"""The command line. Each verb is a thin caller: the farm, the head end and the decoders do the work."""

import os
import select
import sys
from importlib import metadata
from typing import Any

from cyclopts import App, CycloptsError, Parameter

from emulator.cli import (
    alerts,
    clock,
    conduct,
    conformance,
    coverage,
    decode,
    devices,
    estates,
    faults,
    homes,
    optical,
    profiles,
    reports,
    repro,
    scenario,
    services,
    sms,
    up,
)
from emulator.cli.output import INTERRUPTED, NOT_ESTABLISHED, OUR_FAULT, TIMED_OUT, USAGE, VERDICT_FAILED, fail


def _version() -> str:
    try:
        return metadata.version("meterfarm")
    except metadata.PackageNotFoundError:
        return "not installed"


def _default(value: Any) -> str | None:
    """Show a default that says something: nothing, an empty text and a flag that is off are what their help says."""
    return None if value is None or value is False or value == "" else str(value)


app = App(
    name="meterfarm",
    help="A farm of emulated first-generation (SMETS1) British smart meters that answer on the wire as real ones do.",
    help_epilogue="Start with `meterfarm up`, then `meterfarm ls` and `meterfarm read home-1/esme import_wh`.",
    version=_version,
    version_flags=["--version"],
    default_parameter=Parameter(show_default=_default),
)
for verb in (
    *(up.up, up.down),
    *(devices.ls, devices.show, devices.read, devices.do, devices.events),
    *(homes.press, homes.code, homes.act, homes.vend, homes.explain, homes.fork),
    sms.sms,
    conduct.conduct,
    repro.repro,
    decode.decode,
    alerts.alerts,
    coverage.coverage,
):
    app.command(verb)
app.command(homes.snapshot)
app.command(clock.app)
app.command(conformance.app)
app.command(faults.app)
app.command(estates.app)
app.command(optical.app)
app.command(profiles.app)
app.command(services.app)
app.command(scenario.app)
app.command(reports.app)


def main() -> None:
    """Run the command line and end with its exit code."""
    try:
        try:
            app(clock.with_home_first(sys.argv[1:]), exit_on_error=False, print_error=False)
        finally:
            sys.stdout.flush()
    except CycloptsError as error:
        sys.exit(fail(_mistyped(error), USAGE))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        if os.environ.get("METERFARM_TRACEBACK"):
            raise
        hung_up = isinstance(error, BrokenPipeError) and _has_hung_up()
        sys.exit(0 if hung_up else fail(*_told(error)))


def _mistyped(error: CycloptsError) -> str:
    """Give a mistake in words or options as one line that ends with where to read what is allowed."""
    told = " ".join(str(error).split())
    for kind, allowed in (("int", "a whole number"), ("float", "a number such as 0.25")):
        told = told.replace(f" into {kind}.", f" into {kind}; allowed: {allowed}.")
    return f"{told} See `{' '.join(('meterfarm', *(error.command_chain or ())))} --help`."


def _has_hung_up() -> bool:
    """Say whether whoever read our output has seen enough; then nothing more goes there."""
    watch = select.poll()
    watch.register(sys.stdout, 0)
    if not watch.poll(0):  # it tells of nothing but errors and hang-ups
        return False
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def _told(error: Exception) -> tuple[str, int]:
    """Give an error in words, and its exit code."""
    from emulator.api.remote import NoFarmError, RefusedError  # noqa: PLC0415 (only where something went wrong)

    match error:
        case TimeoutError():
            return "no answer came in time", TIMED_OUT
        case OSError(filename=str(name)):
            return f"{name}: {error.strerror}", USAGE
        case NoFarmError() | OSError():
            return str(error), NOT_ESTABLISHED
        case RefusedError():
            return str(error), {"store": NOT_ESTABLISHED, "fault": OUR_FAULT}.get(error.kind, USAGE)
    from emulator.headend import NotAssociatedError, ServiceRefusedError  # noqa: PLC0415 (as above)

    match error:
        case NotAssociatedError():
            return str(error), NOT_ESTABLISHED
        case ServiceRefusedError():
            return f"the meter refused: {error}", VERDICT_FAILED
    where = "a fault of ours; METERFARM_TRACEBACK=1 shows where"
    return f"{type(error).__name__}: {error} ({where})", OUR_FAULT
