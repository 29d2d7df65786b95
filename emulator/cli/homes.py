"""`press`, `code`, `act`, `vend`, `explain`, `fork`, `snapshot`: one home, its customer and its futures."""

import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from emulator.cli.devices import print_outcome
from emulator.cli.output import COMMON, USAGE, Common, Selector, fail, plain, print_json, print_table

PENNY_MP = 1_000
SHOWN = 8  # homes
LONGEST = 48  # characters of a value
snapshot = App(name="snapshot", help="Keep homes in a file, stand them up again, compare them.")


def _ask(common: Common, verb: str, **fields: Any) -> Any:
    from emulator.api.remote import Remote  # noqa: PLC0415

    with Remote(common.state) as remote:
        return remote.ask(verb, **fields)


def press(
    selector: Selector,
    /,
    *keys: Annotated[str, Parameter(help="Keys in order, as the device names them: A, B, or 0 to 9.")],
    common: Common = COMMON,
) -> int:
    """Press keys of a meter or a display, and see what it shows then: `press home-1/esme A B`."""
    return print_outcome(common, _ask(common, "press", selector=selector, keys=keys))


def code(
    selector: Selector,
    digits: Annotated[str, Parameter(help="The top-up code; spaces and hyphens do not count.")],
    /,
    *,
    common: Common = COMMON,
) -> int:
    """Enter a top-up code at a meter or a PPMID.

    At a PPMID it goes to the electricity meter, or to the gas meter while a page of gas is open (`press SEL next`).
    """
    return print_outcome(common, _ask(common, "code", selector=selector, text=digits))


def act(
    selector: Selector,
    deed: Annotated[str, Parameter(help="open_cover, magnet, unplug, change_battery, cut_power and so on.")],
    /,
    *,
    common: Common = COMMON,
) -> int:
    """Do something to a device by hand: `act home-1/gsme change_battery`. A wrong word lists what there is."""
    return print_outcome(common, _ask(common, "act", selector=selector, text=deed))


def vend(
    selector: Selector,
    pounds: Annotated[str, Parameter(help="How much: 10 or 10.50.")],
    /,
    *,
    common: Common = COMMON,
) -> int:
    """Print a valid top-up code for a meter, as a shop would."""
    whole, _, pence = pounds.partition(".")
    right = whole.isdecimal() and len(whole) <= 5 and (not pence or (pence.isdecimal() and len(pence) == 2))
    if not right or not (int(whole) or int(pence or 0)):
        return fail(f"{pounds!r}: allowed: pounds and pence, such as 10 or 10.50, from 0.01 to 99999.99", USAGE)
    told = _ask(common, "vend", selector=selector, amount_mp=(int(whole) * 100 + int(pence or 0)) * PENNY_MP)
    if common.json:
        print_json(told)
    else:
        sys.stdout.write(told["code"] + "\n")
    return 0


def explain(
    selector: Selector,
    what: Annotated[str, Parameter(help="balance, emergency or debt.")] = "balance",
    /,
    *,
    detail: Annotated[bool, Parameter(help="Down to the half hour.", negative=())] = False,
    common: Common = COMMON,
) -> int:
    """Say in plain English how a balance came about."""
    told = _ask(common, "explain", selector=selector, text=what, detail=detail)
    if common.json:
        print_json(told)
    else:
        for line in told["lines"]:
            sys.stdout.write(line + "\n")
    return 0


def fork(
    home: Annotated[str, Parameter(help="Which home: home-1, or a fork of it, home-1~1.")],
    /,
    *,
    common: Common = COMMON,
) -> int:
    """Make another future of a home beside it, with a clock of its own; `snapshot diff home-1 home-1~1` compares."""
    told = _ask(common, "fork", selector=home)
    if common.json:
        print_json(told)
    else:
        sys.stdout.write(f"{told['selector']} at {told['at']}\n")
    return 0


@snapshot.command
def save(
    file: Path,
    selector: Annotated[str, Parameter(help="Which homes; all that anything happened to, if left out.")] = "",
    /,
    *,
    common: Common = COMMON,
) -> int:
    """Keep homes as they stand in a file. It holds TEST keys."""
    told = _ask(common, "snapshot_save", path=str(file.absolute()), selector=selector)
    return _homes(common, told, "saved")


@snapshot.command
def load(file: Path, /, *, common: Common = COMMON) -> int:
    """Stand the homes of a file up again. Time does not run back: they live on from then until now."""
    return _homes(common, _ask(common, "snapshot_load", path=str(file.absolute())), "loaded")


@snapshot.command
def diff(
    left: Annotated[str, Parameter(help="A snapshot file, or a home.")],
    right: Annotated[str, Parameter(help="Another file, or another home; left out, the homes as they stand.")] = "",
    /,
    *,
    common: Common = COMMON,
) -> int:
    """Show where homes differ: two files, a file and now, or a home and a fork of it."""
    if Path(left).exists():
        other = str(Path(right).absolute()) if right else ""
        told = _ask(common, "snapshot_diff", path=str(Path(left).absolute()), text=other)
    elif right:
        told = _ask(common, "snapshot_diff", selector=left, text=right)
    else:
        return fail(f"{left}: no such file; a home is compared with another: `snapshot diff home-1 home-1~1`", USAGE)
    if common.json:
        print_json(told)
        return 0
    rows = [(name, one["path"], _short(one, "left"), _short(one, "right")) for name in told for one in told[name]]
    if rows:
        print_table(("home", "where", "left", "right"), rows)
    else:
        sys.stdout.write("no difference\n")
    return 0


def _short(one: dict[str, Any], side: str) -> str:
    """Give a value for a table, an instant as people read it; --json has it whole."""
    text = plain(one[side], one["path"].rpartition(".")[2])
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _homes(common: Common, told: dict[str, Any], done: str) -> int:
    if common.json:
        print_json(told)
    else:
        sys.stdout.write(f"{done} {', '.join(told['homes'][:SHOWN]) or 'nothing'}{_more(told['homes'])}\n")
    return 0


def _more(names: list[str]) -> str:
    return f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
