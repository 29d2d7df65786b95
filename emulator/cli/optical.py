"""`optical`: a meter's optical port at a pseudo-terminal, for the program that reads real meters."""

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from emulator.cli.output import COMMON, NOT_ESTABLISHED, Common, Selector, fail, print_json, print_table

app = App(
    name="optical",
    help="Open a meter's optical port (IEC 62056-21) at a pseudo-terminal: `optical home-1`, `optical ls`, "
    "`optical close home-1`.",
)


def _ask(common: Common, verb: str, **fields: Any) -> Any:
    from emulator.api.remote import Remote  # noqa: PLC0415

    with Remote(common.state) as remote:
        return remote.ask(verb, **fields)


@app.default
def open_port(
    selector: Selector,
    /,
    *,
    pace: Annotated[bool, Parameter(help="Keep the line's pace: ten bits an octet, reaction times.", negative=())] = (
        False
    ),
    common: Common = COMMON,
) -> int:
    """Open a meter's optical port and print the path that a reader's program opens as its serial port."""
    told = _ask(common, "optical", selector=selector, pace=pace)
    if common.json:
        print_json(told)
        return 0
    sys.stdout.write(
        f"{told['path']}\n"
        f"{told['selector']} answers there at 300 baud, 7 data bits, even parity: /?! CR LF, then mode "
        f"{' or '.join(told['modes']) or 'A'}.\n"
        f"Open it as a serial port; `meterfarm optical close {told['selector']}` takes it away.\n"
    )
    return 0


@app.command(name="ls")
def list_ports(*, common: Common = COMMON) -> int:
    """List the optical ports that are open."""
    told = _ask(common, "optical_ls")
    if common.json:
        print_json(told)
    else:
        rows = [
            (port["selector"], port["path"], "kept" if port["pace"] else "none", port["state"], str(port["heard"]))
            for port in told
        ]
        print_table(("selector", "path", "pace", "state", "octets heard"), rows)
    return 0


@app.command
def close(selector: Selector, /, *, common: Common = COMMON) -> int:
    """Close a meter's optical port; its path goes away."""
    told = _ask(common, "optical_close", selector=selector)
    if common.json:
        print_json(told)
        return 0
    if not told["closed"]:
        return fail(f"the optical port of {told['selector']} is not open", NOT_ESTABLISHED)
    sys.stdout.write(f"{told['selector']} closed\n")
    return 0
