"""`fault`: what goes wrong, on purpose: put in, taken out, explained."""

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from emulator.cli.output import COMMON, USAGE, Common, fail, print_json, print_table
from emulator.device.instant import span

app = App(
    name="fault",
    help="Put faults into homes, devices and links: `fault home-1 power_cut --for 45m`; `fault ls` explains each.",
)

Into = Annotated[
    str, Parameter(help="home-1, home-1/gsme, a glob such as 'home-*', or cohort:PROFILE for all homes of a cohort.")
]


def _ask(common: Common, verb: str, **fields: Any) -> Any:
    from emulator.api.remote import Remote  # noqa: PLC0415

    with Remote(common.state) as remote:
        return remote.ask(verb, **fields)


@app.default
def put_in(
    into: Into,
    name: Annotated[str, Parameter(help="Its name, or the id of the reference's row: W1, H3, P2. See `fault ls`.")],
    /,
    *given: Annotated[str, Parameter(help="Parameters, as in per_mille=50.")],
    lasts: Annotated[str, Parameter(name=("--for",), help="How long: 10m, 2d; without it until it is cleared.")] = "",
    at: Annotated[str, Parameter(help="When it starts: 2026-01-01T00:00:00Z; without it now.")] = "",
    probability: Annotated[
        float, Parameter(help="Share of the homes named that it befalls, 0 to 1.", validator=Number(gte=0, lte=1))
    ] = 1.0,
    seed: Annotated[int | None, Parameter(help="What is drawn is drawn from this; default: the estate's seed.")] = None,
    common: Common = COMMON,
) -> int:
    """Put a fault in: `fault 'home-*' power_cut --for 45m` is a power cut of an area, with the storm after it."""
    fields: dict[str, str] = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals:
            return fail(f"{one!r}: allowed: key=value; `meterfarm fault ls {name}` lists the keys", USAGE)
        fields[key] = value
    try:
        milliseconds = span(lasts) if lasts else 0
    except ValueError as error:
        return fail(f"--for: {error}", USAGE)
    words = {"text": name, "selector": into, "fields": fields, "milliseconds": milliseconds, "at": at}
    told = _ask(common, "fault_put_in", **words, probability=probability, seed=seed)
    if common.json:
        print_json(told)
        return 0
    until = f"until {told['stops']}" if told["stops"] else "until it is cleared"
    homes = "1 home" if told["homes"] == 1 else f"{told['homes']} homes"
    print(f"fault {told['number']}: {told['name']} in {homes}, from {told['starts']} {until}")
    return 0


@app.command
def ls(
    name: Annotated[str, Parameter(help="One fault, by its name or its row: all that is said of it.")] = "",
    /,
    *,
    common: Common = COMMON,
) -> int:
    """List the faults there are, or explain one. No farm is needed for it."""
    from emulator.api.fault_verbs import told_fault  # noqa: PLC0415
    from emulator.device.faults.catalogue import FAULTS, find  # noqa: PLC0415
    from emulator.device.faults.fault import FaultError  # noqa: PLC0415

    try:
        rows = [told_fault(find(name))] if name else [told_fault(fault) for fault in FAULTS]
    except FaultError as error:
        return fail(str(error), USAGE)
    if common.json:
        print_json(rows)
    elif name:
        _explain(rows[0])
    else:
        cells = [
            (
                row["name"],
                row["row"] or "-",
                row["target"],
                row["title"] + ("" if row["reproduced"] else " (told only)"),
            )
            for row in rows
        ]
        print_table(("fault", "row", "into", "what"), cells)
    return 0


def _explain(row: dict[str, Any]) -> None:
    title = f"{row['name']} ({row['row']}): {row['title']}" if row["row"] else f"{row['name']}: {row['title']}"
    lines = [title, "", row["behaviour"], "", f"into: {row['place']}", f"source: {row['source']}"]
    if row["needed"]:
        lines.append(row["needed"])
    if row["not_reproduced"]:
        lines.append(f"not reproduced: {row['not_reproduced']}")
    sys.stdout.write("\n".join(lines) + "\n")
    if row["parameters"]:
        sys.stdout.write("\n")
        cells = [
            (one["name"], str(one["default"]), _allowed(one["allowed"]), one["meaning"]) for one in row["parameters"]
        ]
        print_table(("parameter", "default", "allowed", "meaning"), cells)


def _allowed(allowed: list[Any]) -> str:
    return ", ".join(allowed) if isinstance(allowed[0], str) else f"{allowed[0]} to {allowed[1]}"


@app.command
def active(into: Into = "*", /, *, common: Common = COMMON) -> int:
    """List the faults that are planned or in force in homes."""
    rows = _ask(common, "fault_active", selector=into)
    if common.json:
        print_json(rows)
        return 0
    cells = [
        (
            row["home"],
            str(row["number"]),
            row["name"],
            "in force" if row["in_force"] else "planned",
            row["stops"] or "-",
        )
        for row in rows
    ]
    if not cells:
        print("no fault is planned or in force")
        return 0
    print_table(("home", "number", "fault", "state", "until"), cells)
    return 0


@app.command
def clear(
    into: Into = "*",
    /,
    *,
    number: Annotated[int, Parameter(help="One fault by its number; without it all of them.")] = 0,
    common: Common = COMMON,
) -> int:
    """Take faults out again: `fault clear` all of the farm, `fault clear home-1 --number 3` one."""
    told = _ask(common, "fault_clear", selector=into, number=number)
    if common.json:
        print_json(told)
    else:
        count = told["cleared"]
        print(f"{count} taken out (each home counts)" if count else "no home named had such a fault")
    return 0
