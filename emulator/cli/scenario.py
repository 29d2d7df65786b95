"""`scenario`: courses of events from files, played again."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from msgspec.structs import replace

from emulator.cli.output import COMMON, USAGE, VERDICT_FAILED, Common, fail, print_json

app = App(name="scenario", help="Play scenario files: homes, steps, and what is expected of each.")


@app.command
def run(
    file: Annotated[Path, Parameter(help="A scenario, TOML or JSON.")],
    /,
    *,
    target: Annotated[str, Parameter(help="Another adapter than the file names: emulated, adapter:...")] = "",
    common: Common = COMMON,
) -> int:
    """Play a scenario to its end. It ends with 0 if every step gave what is expected, with 1 if not."""
    from emulator.conformance.repro import described  # noqa: PLC0415
    from emulator.conformance.scenario import Played, ScenarioError, play, read  # noqa: PLC0415
    from emulator.conformance.scene import StepError  # noqa: PLC0415
    from emulator.conformance.targets import TargetError  # noqa: PLC0415

    def told(one: Played) -> None:
        if not common.json:
            sys.stdout.write(f"{one.number:4} {described(one)} -> {one.outcome}\n")
            sys.stdout.write("".join(f"     NOT AS EXPECTED {line}\n" for line in one.wrong))

    sys.path.insert(0, str(Path.cwd()))  # an adapter of somebody's own may be named by a module here
    try:
        scenario = read(file)
        played = asyncio.run(play(replace(scenario, target=target) if target else scenario, told))
    except (ScenarioError, StepError, TargetError) as error:
        return fail(str(error), USAGE)
    wrong = [one for one in played if one.wrong]
    if common.json:
        print_json({"name": scenario.name, "as_expected": not wrong, "steps": [_plain(one) for one in played]})
    else:
        sys.stdout.write(f"{len(wrong)} of {len(played)} steps not as expected\n" if wrong else "all as expected\n")
    return VERDICT_FAILED if wrong else 0


@app.command
def schema() -> int:
    """Print the JSON schema of scenario files."""
    from emulator.conformance.scenario import schema as of_scenarios  # noqa: PLC0415

    print_json(of_scenarios())
    return 0


def _plain(one: Any) -> dict[str, Any]:
    return {"step": one.number, "outcome": one.outcome, "not_as_expected": one.wrong}
