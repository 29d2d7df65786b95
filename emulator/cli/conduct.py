"""`conduct`: what clients of the homes did wrong on the wire."""

import sys
from typing import Annotated

from cyclopts import Parameter

from emulator.cli import output
from emulator.cli.output import COMMON, USAGE, VERDICT_FAILED, Common, print_json, print_table


def conduct(
    selector: Annotated[str, Parameter(help="Which homes: home-1, home-1/gsme, or a glob.")] = "*",
    /,
    *,
    kind: Annotated[str, Parameter(help="Only this kind; --kinds lists them.")] = "",
    fail: Annotated[bool, Parameter(help="End with exit code 1 if there is any.", negative=())] = False,
    kinds: Annotated[bool, Parameter(help="List the kinds and what they mean.", negative=())] = False,
    common: Common = COMMON,
) -> int:
    """Show what clients did wrong on the wire, with evidence: replays, retry storms, double vends and so on."""
    from emulator.api.remote import Remote  # noqa: PLC0415
    from emulator.dlms.conduct import KINDS  # noqa: PLC0415

    if kind and kind not in {one.value for one in KINDS}:
        return output.fail(f"no misconduct is called {kind!r}; allowed: {', '.join(KINDS)}", USAGE)
    if kinds:
        if common.json:
            print_json({one.value: meaning._asdict() for one, meaning in KINDS.items()})
        else:
            print_table(("kind", "the client"), [(one.value, meaning.did) for one, meaning in KINDS.items()])
        return 0
    with Remote(common.state) as remote:
        told = remote.ask("conduct", selector=selector)
    told["conduct"] = [one for one in told["conduct"] if kind in {"", one["kind"]}]
    if common.json:
        print_json(told)
    elif told["conduct"]:
        columns = ("home", "at", "kind", "client", "server", "count", "detail", "evidence")
        print_table(columns, [tuple(_cell(one[column]) for column in columns) for one in told["conduct"]])
    else:
        sys.stdout.write("nothing\n")
    return VERDICT_FAILED if fail and told["conduct"] else 0


def _cell(value: object) -> str:
    return "-" if value is None else str(value)
