"""`clock`: the farm's time."""

import re
from typing import Annotated

from cyclopts import App, Parameter

from emulator.cli.output import COMMON, USAGE, Common, fail, print_json

app = App(name="clock", help="Show the farm's clock, or move it.")

_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_SPAN = re.compile(r"(\d+)(ms|s|m|h|d|w)")


def span_ms(text: str) -> int:
    """Read a span of time: 36h, 1d12h, 90s. Raises ValueError."""
    parts = _SPAN.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no span of time; allowed: 90s, 36h, 1d12h, 2w")
    return sum(int(number) * _UNITS_MS[unit] for number, unit in parts)


def _ask(common: Common, verb: str, **fields: int) -> int:
    from emulator.api.remote import Remote  # noqa: PLC0415

    with Remote(common.state) as remote:
        told = remote.ask(verb, **fields)
    if common.json:
        print_json(told)
    else:
        pace = "standing" if told["rate"] == 0 else "real time" if told["rate"] == 1 else f"x{told['rate']}"
        print(f"{told['at']}  {pace}")
    return 0


@app.command
def show(*, common: Common = COMMON) -> int:
    """Show farm time and its pace."""
    return _ask(common, "clock")


@app.command
def advance(by: Annotated[str, Parameter(help="How far: 36h, 1d12h, 90s.")], /, *, common: Common = COMMON) -> int:
    """Move farm time forward, through everything that falls due on the way."""
    try:
        milliseconds = span_ms(by)
    except ValueError as error:
        return fail(str(error), USAGE)
    return _ask(common, "advance", milliseconds=milliseconds)


@app.command
def rate(times: Annotated[int, Parameter(help="Farm seconds a second.")], /, *, common: Common = COMMON) -> int:
    """Let farm time go on at another pace."""
    return _ask(common, "rate", rate=times)


@app.command
def pause(*, common: Common = COMMON) -> int:
    """Let farm time stand still."""
    return _ask(common, "rate", rate=0)


@app.default
def _show(*, common: Common = COMMON) -> int:
    """Show farm time and its pace."""
    return show(common=common)
