"""`clock`: the farm's time, or one home's."""

import re
from typing import Annotated, Any

from cyclopts import App, Parameter

from emulator.cli.output import COMMON, USAGE, VERDICT_FAILED, Common, fail, print_json
from emulator.device.instant import span

app = App(
    name="clock",
    help="Show the farm's clock, or move it. `clock home-1 advance 36h` moves one home, which has its own clock then.",
)

Home = Annotated[str, Parameter(name=("--home",), help="A home's selector: its clock instead of the farm's.")]


def with_home_first(words: list[str]) -> list[str]:
    """Take `clock home-1 advance 36h` as `clock advance 36h --home home-1`, and `clock home-1` as `clock show`."""
    if len(words) < 2 or words[0] != "clock" or words[1].startswith("-") or re.fullmatch("[a-z]{1,12}", words[1]):
        return words  # a verb, or what was meant as one
    shown = not words[2:] or words[2].startswith("-")
    return ["clock", *(["show"] if shown else []), *words[2:], "--home", words[1]]


def _ask(common: Common, verb: str, **fields: Any) -> int:
    from emulator.api.remote import Remote  # noqa: PLC0415

    with Remote(common.state) as remote:
        told = remote.ask(verb, **fields)
    if common.json:
        print_json(told)
    else:
        pace = "standing" if told["rate"] == 0 else "real time" if told["rate"] == 1 else f"x{told['rate']}"
        own = "" if "own" not in told else "  its own clock" if told["own"] else "  the farm's clock"
        print(f"{told['at']}  {pace}{own}")
    if told.get("reached", True):
        return 0
    return fail("that did not come about within the limit", VERDICT_FAILED)


@app.command
def show(*, home: Home = "", common: Common = COMMON) -> int:
    """Show farm time and its pace."""
    return _ask(common, "clock", selector=home)


@app.command
def advance(
    by: Annotated[str, Parameter(help="How far: 36h, 1d12h, 90s.")], /, *, home: Home = "", common: Common = COMMON
) -> int:
    """Move time forward, through everything that falls due on the way: `clock advance 36h`.

    `clock home-1 advance 36h` moves one home, which has a clock of its own from then on.
    """
    try:
        milliseconds = span(by)
    except ValueError as error:
        return fail(str(error), USAGE)
    return _ask(common, "advance", milliseconds=milliseconds, selector=home)


@app.command
def until(
    condition: Annotated[str, Parameter(help="`supply_state == disabled`, `event LowCredit`, joined by `and`.")],
    /,
    *,
    home: Home = "",
    limit: Annotated[str, Parameter(help="How far at most: 3d, 36h.")] = "31d",
    common: Common = COMMON,
) -> int:
    """Move one home from event to event until something holds: `clock home-1 until "event LowCredit" --limit 3d`."""
    try:
        milliseconds = span(limit)
    except ValueError as error:
        return fail(str(error), USAGE)
    return _ask(common, "until", text=condition, milliseconds=milliseconds, selector=home)


@app.command
def rate(
    times: Annotated[int, Parameter(help="Farm seconds to a second: 60 is a minute a second, 0 stands.")],
    /,
    *,
    home: Home = "",
    common: Common = COMMON,
) -> int:
    """Let time go on at another pace: `clock rate 60`, or of one home `clock home-1 rate 60`."""
    return _ask(common, "rate", rate=times, selector=home)


@app.command
def pause(*, home: Home = "", common: Common = COMMON) -> int:
    """Let time stand still, the farm's or one home's."""
    return _ask(common, "rate", rate=0, selector=home)


@app.command
def follow(*, home: Home = "", common: Common = COMMON) -> int:
    """Let a home that has its own clock follow the farm's again: `clock home-1 follow`."""
    if not home:
        return fail("`follow` is for one home, as in `clock home-1 follow`", USAGE)
    return _ask(common, "follow", selector=home)


@app.default
def _show(*words: Annotated[str, Parameter(show=False)], home: Home = "", common: Common = COMMON) -> int:
    """Show farm time and its pace."""
    if words:
        allowed = "show, advance, until, rate, pause, follow, a home before them"
        return fail(f"`clock` has no {words[0]!r}; allowed: {allowed}", USAGE)
    return show(home=home, common=common)
