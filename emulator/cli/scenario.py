"""`scenario`: courses of events from files, played again."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from msgspec.structs import replace

from emulator.cli.output import COMMON, NOT_ESTABLISHED, USAGE, VERDICT_FAILED, Common, fail, print_json

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
    from emulator.conformance.scenario import Played, ScenarioError, described, play, read  # noqa: PLC0415
    from emulator.conformance.scene import StepError  # noqa: PLC0415
    from emulator.conformance.subject import SubjectError  # noqa: PLC0415
    from emulator.conformance.targets import TargetError  # noqa: PLC0415
    from emulator.farm.library import UnknownProfileError  # noqa: PLC0415

    def told(one: Played) -> None:
        if not common.json:
            sys.stdout.write(f"{one.number:4} {described(one.step)} -> {one.outcome}\n")
            sys.stdout.write("".join(f"     NOT AS EXPECTED {line}\n" for line in one.wrong))

    sys.path.insert(0, str(Path.cwd()))  # an adapter of somebody's own may be named by a module here
    try:
        scenario = read(file)
        played = asyncio.run(play(replace(scenario, target=target) if target else scenario, told))
    except ScenarioError as error:
        return fail(f"{error}; `meterfarm scenario schema` tells what is allowed", USAGE)
    except (StepError, TargetError, UnknownProfileError) as error:
        return fail(str(error), USAGE)
    except SubjectError as error:
        return fail(str(error), NOT_ESTABLISHED)
    wrong = [one for one in played if one.wrong]
    if common.json:
        print_json({"name": scenario.name, "as_expected": not wrong, "steps": [_plain(one) for one in played]})
    else:
        sys.stdout.write(f"{len(wrong)} of {len(played)} steps not as expected\n" if wrong else "all as expected\n")
    return VERDICT_FAILED if wrong else 0


@app.command
def explore(
    profile: Annotated[str, Parameter(help="The home's family.")],
    /,
    *,
    target: Annotated[str, Parameter(help="Whose adapter: emulated, adapter:...")] = "emulated",
    seed: Annotated[int, Parameter(help="The same seed takes the same journeys.")] = 1,
    journeys: Annotated[int, Parameter(help="How many.")] = 25,
    steps: Annotated[int, Parameter(help="Of the longest.")] = 12,
    save: Annotated[Path, Parameter(help="Where the smallest failing journey is written.")] = Path("journey.json"),
    common: Common = COMMON,
) -> int:
    """Take random journeys of prepayment; what the adapter says must be what the device holds.

    It ends with 0 if none failed, else with 1, and the smallest one that fails is saved as a scenario.
    """
    from emulator.conformance.scenario import write  # noqa: PLC0415
    from emulator.conformance.scene import StepError  # noqa: PLC0415
    from emulator.conformance.step import HomeOf  # noqa: PLC0415
    from emulator.conformance.subject import SubjectError  # noqa: PLC0415
    from emulator.conformance.targets import TargetError  # noqa: PLC0415
    from emulator.farm.library import UnknownProfileError  # noqa: PLC0415

    try:
        from emulator.conformance import journeys as taken  # noqa: PLC0415 (Hypothesis is an extra)
    except ModuleNotFoundError as error:
        return fail(f"{error.name} is not there: pip install 'meterfarm[conformance]'", USAGE)
    sys.path.insert(0, str(Path.cwd()))  # an adapter of somebody's own may be named by a module here
    home = HomeOf(profile=profile, payment="prepayment", balance_mp=300_000, seed=seed)
    try:
        found = taken.explore(home, target=target, seed=seed, examples=journeys, longest=steps)
    except (StepError, TargetError, UnknownProfileError) as error:
        return fail(str(error), USAGE)
    except SubjectError as error:
        return fail(str(error), NOT_ESTABLISHED)
    if found is not None:
        write(found.scenario, save)
    if common.json:
        print_json({"failed": found is not None, "wrong": () if found is None else found.wrong})
    else:
        sys.stdout.write(f"no journey failed of {journeys}\n" if found is None else f"{found.told}\nsaved: {save}\n")
    return 0 if found is None else VERDICT_FAILED


@app.command
def schema() -> int:
    """Print the JSON schema of scenario files."""
    from emulator.conformance.scenario import schema as of_scenarios  # noqa: PLC0415

    print_json(of_scenarios())
    return 0


def _plain(one: Any) -> dict[str, Any]:
    return {"step": one.number, "outcome": one.outcome, "not_as_expected": one.wrong}
