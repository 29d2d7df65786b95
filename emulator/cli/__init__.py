"""The command line. Each verb is a thin caller: the farm, the head end and the decoders do the work."""

import os
import sys

from cyclopts import App, CycloptsError

from emulator.cli import clock, decode, devices, profiles, up
from emulator.cli.output import NOT_ESTABLISHED, OUR_FAULT, TIMED_OUT, USAGE, VERDICT_FAILED, fail

app = App(
    name="meterfarm",
    help="A farm of emulated first-generation (SMETS1) British smart meters that answer on the wire as real ones do.",
    help_epilogue="Start with `meterfarm up`, then `meterfarm ls` and `meterfarm read home-1/esme import_wh`.",
    version_flags=["--version"],
)
for verb in (up.up, up.down, devices.ls, devices.show, devices.read, devices.do, devices.events, decode.decode):
    app.command(verb)
app.command(clock.app)
app.command(profiles.app)


def main() -> None:
    """Run the command line and end with its exit code."""
    from emulator.api.remote import NoFarmError, RefusedError  # noqa: PLC0415 (only once a verb runs)
    from emulator.headend import NotAssociatedError, ServiceRefusedError  # noqa: PLC0415

    try:
        try:
            app(sys.argv[1:], exit_on_error=False, print_error=False)
        finally:
            sys.stdout.flush()
    except CycloptsError as error:
        sys.exit(fail(" ".join(str(error).split()), USAGE))
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except TimeoutError:
        sys.exit(fail("no answer came in time", TIMED_OUT))
    except (NoFarmError, NotAssociatedError) as error:
        sys.exit(fail(str(error), NOT_ESTABLISHED))
    except OSError as error:
        text, code = (f"{error.filename}: {error.strerror}", USAGE) if error.filename else (str(error), NOT_ESTABLISHED)
        sys.exit(fail(text, code))
    except RefusedError as error:
        sys.exit(fail(str(error), NOT_ESTABLISHED if error.kind == "store" else USAGE))
    except ServiceRefusedError as error:
        sys.exit(fail(f"the meter refused: {error}", VERDICT_FAILED))
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("METERFARM_TRACEBACK"):
            raise
        text = f"{type(error).__name__}: {error} (a fault of ours; METERFARM_TRACEBACK=1 shows where)"
        sys.exit(fail(text, OUR_FAULT))
