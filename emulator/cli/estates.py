"""`estate`: estate files drawn up, checked and counted."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from emulator.cli.output import COMMON, USAGE, Common, fail, print_json, print_table

app = App(name="estate", help="Draw up estate files: `estate like gb-mixed --homes 9000 > gb.toml`, then `up gb.toml`.")


@app.command
def like(
    name: Annotated[str, Parameter(help="Which estate: gb-mixed; `estate ls` lists what there is.")],
    /,
    *,
    homes: Annotated[int, Parameter(help="How many homes in all.")] = 1_000,
    seed: Annotated[int, Parameter(help="What all of it is drawn from.")] = 1,
    out: Annotated[Path | None, Parameter(help="The file to write; without it the text is printed.")] = None,
    common: Common = COMMON,
) -> int:
    """Write an estate with the weights, payment modes, debts, firmware and faults of a real one."""
    from emulator.farm.cohort import EstateError  # noqa: PLC0415
    from emulator.farm.likeness import like as drawn_up  # noqa: PLC0415

    try:
        text = drawn_up(name, homes, seed)
    except EstateError as error:
        return fail(str(error), USAGE)
    if out is not None:
        out.write_text(text, "utf-8")
    if common.json:
        print_json(
            {"name": name, "homes": homes, "seed": seed, "path": None if out is None else str(out), "text": text}
        )
    elif out is None:
        sys.stdout.write(text)
    else:
        print(f"{out}: {homes} homes")
    return 0


@app.command
def ls(*, common: Common = COMMON) -> int:
    """List the estates that others can be like."""
    from emulator.farm import likeness  # noqa: PLC0415

    found = [(name, likeness.likeness(name)) for name in likeness.names()]
    if common.json:
        print_json([{"name": name, "title": one.title, "source": one.source} for name, one in found])
        return 0
    print_table(("estate", "what it is"), [(name, one.title) for name, one in found])
    return 0


@app.command
def check(file: Annotated[Path, Parameter(help="An estate file.")], /, *, common: Common = COMMON) -> int:
    """Check an estate file and count its homes and devices by profile, without starting a farm."""
    from emulator.device.declaration import DeclarationError  # noqa: PLC0415
    from emulator.farm.estate_file import load  # noqa: PLC0415

    try:
        estate = load(file)
    except DeclarationError as error:
        return fail(str(error), USAGE)
    told = {
        "homes": estate.homes,
        "devices": estate.device_count(),
        "cohorts": [{"profile": one.profile, "homes": one.homes} for one in estate.cohorts],
        "faults": [one.name for one in estate.faults],
    }
    if common.json:
        print_json(told)
        return 0
    print_table(("cohort", "homes"), [(one.profile, str(one.homes)) for one in estate.cohorts])
    print(f"{told['homes']} homes, {told['devices']} devices, {len(estate.faults)} standing faults")
    return 0
