"""`repro`: what a failing test did, done again on a fresh home."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from emulator.cli.output import COMMON, USAGE, VERDICT_FAILED, Common, fail, print_json


def repro(
    name: Annotated[str, Parameter(help="The id that a failing test printed, or a file; none lists them.")] = "",
    /,
    *,
    common: Common = COMMON,
) -> int:
    """Do what a failing test did again, step by step, and say whether answers and meters are the same.

    It ends with 0 if they are, with 1 if not.
    """
    from emulator.conformance import repro as repros  # noqa: PLC0415
    from emulator.conformance.scenario import ScenarioError, described  # noqa: PLC0415
    from emulator.conformance.scene import StepError  # noqa: PLC0415

    if not name:
        kept = repros.kept(common.state)
        if common.json:
            print_json(kept)
        else:
            sys.stdout.write("".join(f"{one}\n" for one in kept) or "no test has failed here\n")
        return 0
    path = Path(name) if name.endswith(".json") else common.state / repros.FOLDER / f"{name}.json"
    sys.path.insert(0, str(Path.cwd()))  # an adapter of somebody's own may be named by a module here
    try:
        taken = repros.read(path)
        replayed = asyncio.run(repros.replay(taken))
    except FileNotFoundError:
        there = ", ".join(repros.kept(common.state)) or "none"
        return fail(f"no repro is called {name!r} under {common.state}; there is {there}", USAGE)
    except (ScenarioError, StepError) as error:
        return fail(str(error), USAGE)
    if common.json:
        steps = [{"step": described(one.step), "outcome": one.outcome} for one in replayed.played]
        print_json(
            {
                "id": taken.id,
                "test": taken.test,
                "seed": taken.seed,
                "why": taken.why,
                "steps": steps,
                "same": not replayed.differs,
                "differs": replayed.differs,
            }
        )
    else:
        first = taken.why.partition("\n")[0]
        sys.stdout.write(f"{taken.test}, seed {taken.seed}: {first}\n")
        for one in replayed.played:
            sys.stdout.write(f"{one.number:4} {described(one.step)} -> {one.outcome}\n")
        sys.stdout.write("".join(f"differs: {one}\n" for one in replayed.differs))
        sys.stdout.write("not the same\n" if replayed.differs else "the same: every answer, and what the meters hold\n")
    return VERDICT_FAILED if replayed.differs else 0
