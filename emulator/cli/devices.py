"""`ls`, `show`, `read`, `do`, `events`: the devices of a running farm."""

import asyncio
import re
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from difflib import get_close_matches
from enum import Enum
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from emulator.cli.output import (
    COMMON,
    USAGE,
    VERDICT_FAILED,
    Common,
    Selector,
    fail,
    measured,
    plain,
    print_json,
    print_table,
)

FOLLOW_S = 0.5
EVENTS_AT_ONCE = 1000
Level = Literal["public", "reader", "management"]
Framing = Literal["wrapper", "hdlc"]


def ls(
    selector: Annotated[str, Parameter(help="home-7, home-7/esme, an EUI-64, an address, or a glob.")] = "*",
    /,
    *,
    limit: Annotated[int, Parameter(help="At most so many devices.", validator=Number(gte=1))] = 1000,
    common: Common = COMMON,
) -> int:
    """List devices and where they answer."""
    from emulator.api.remote import Remote  # noqa: PLC0415

    with Remote(common.state) as remote:
        rows = remote.ask("ls", selector=selector, limit=limit)
    if common.json:
        print_json(rows)
        return 0
    cells = [
        (
            row["selector"],
            row["type"],
            row["profile"],
            row["protocol"],
            f"{row['host']}:{row['port']}" if row["host"] else "-",
            str(row["address"].get("server", "-")),
            row["eui64"],
        )
        for row in rows
    ]
    print_table(("device", "type", "profile", "wire", "address", "server", "EUI-64"), cells)
    if len(rows) == limit:
        fail(f"only the first {limit} are shown: --limit shows more", 0)
    return 0


def show(
    selector: Selector,
    /,
    *,
    secrets: Annotated[bool, Parameter(help="Add the TEST passwords and keys.", negative=())] = False,
    common: Common = COMMON,
) -> int:
    """Show one device: where it is, what it is, what it holds."""
    from emulator.api.remote import Remote  # noqa: PLC0415

    with Remote(common.state) as remote:
        told = remote.ask("show", selector=selector, secrets=secrets)
    if common.json:
        print_json(told)
        return 0
    values = told.pop("values", {})
    lines = [(key, plain(value)) for key, value in told.items()]
    lines += [(key, measured(value["value"], value["unit"])) for key, value in values.items()]
    print_table(("what", "value"), lines)
    return 0


def read(
    selector: Selector,
    /,
    *items: Annotated[str, Parameter(help="Data items, such as import_wh; `meterfarm show SEL` lists them.")],
    level: Annotated[Level, Parameter(name=("--as",), help="Which client of the meter reads.")] = "reader",
    framing: Annotated[Framing, Parameter(help="How the octets are framed.")] = "wrapper",
    common: Common = COMMON,
) -> int:
    """Read data items of a device over its wire; without names, every item that this client may read there."""
    from emulator.device.items import UnknownItemError, present  # noqa: PLC0415
    from emulator.headend import HeadEnd, NotOnWireError, ServiceRefusedError  # noqa: PLC0415

    async def reading() -> dict[str, Any]:
        selected, access, at = _reach(common, selector, level)
        async with HeadEnd.open(access, framing) as head_end:
            values = {}
            for name in items or head_end.items:
                item = head_end.find(name)
                try:
                    value = await head_end.read(name)
                except ServiceRefusedError:
                    if items:
                        raise
                    continue
                values[name] = {"value": present(item, value), "unit": item.unit}
        return {"selector": selected, "at": at, "values": values}

    try:
        told = asyncio.run(reading())
    except (UnknownItemError, NotOnWireError) as error:
        return fail(str(error), USAGE)
    if common.json:
        print_json(told)
        return 0
    rows = [(name, measured(value["value"], value["unit"])) for name, value in told["values"].items()]
    print_table((told["selector"], f"at {told['at']}"), rows)
    if not rows:
        where = f"`meterfarm show {told['selector']}` shows what it holds"
        fail(f"{told['selector']}: no data item that this client may read stands on its wire; {where}", 0)
    return 0


def _reach(common: Common, selector: str, level: str) -> tuple[str, Any, str]:
    """Ask the farm where a device is and what lets a client in; gives its selector, its access and its home's time."""
    from emulator.api.remote import Remote  # noqa: PLC0415
    from emulator.dlms.access import Access  # noqa: PLC0415

    with Remote(common.state) as remote:
        reach = remote.ask("access", selector=selector, level=level)
        at = remote.ask("clock", selector=selector)["at"]
    return reach["selector"], msgspec.convert(reach["access"], Access), at


def do(
    selector: Selector,
    command: Annotated[str, Parameter(help="DisableSupply, or disable-supply; a wrong name lists all there are.")],
    /,
    *fields: Annotated[str, Parameter(help="Its fields, as key=value; a wrong key lists them.")],
    framing: Annotated[Framing, Parameter(help="How the octets are framed.")] = "wrapper",
    common: Common = COMMON,
) -> int:
    """Have a device carry out a command: over its wire where that carries it, else directly, and so a gas meter's.

    For example `meterfarm do home-1/esme DisableSupply`. What the consumer does is done with `press`, `code` and `act`.
    """
    from emulator.api.remote import Remote  # noqa: PLC0415
    from emulator.device.commands import Sender  # noqa: PLC0415
    from emulator.headend import HeadEnd, NoPlaceError, NotOnWireError, ServiceRefusedError  # noqa: PLC0415

    try:
        kind = _command(command)
        given = _fields(kind, fields)
        built = _built(kind, given)
    except (LookupError, ValueError) as error:
        return fail(str(error), USAGE)
    with Remote(common.state) as remote:
        row = remote.ask("ls", selector=selector)[0]
        # Over the wire a gas meter's command would only wait at the hub for its next wake.
        direct = row["protocol"] == "none" or row["type"] == "GSME" or not row["host"]  # or has no wire to send it on
        if direct or not Sender.SUPPLIER & kind.senders:
            told = remote.ask("do", selector=selector, command=kind.__name__, fields=given)
        else:
            before = remote.ask("last", selector=selector)["seq"]

            async def sending() -> str | None:
                _, access, _ = _reach(common, selector, "management")
                async with HeadEnd.open(access, framing) as head_end:
                    try:
                        answer = await head_end.send(built)
                    except ServiceRefusedError as error:
                        return str(error)
                    return None if answer.accepted else answer.reason

            try:
                reason = asyncio.run(sending())
            except NoPlaceError:  # this make's wire carries no such command: the device is given it directly
                told = remote.ask("do", selector=selector, command=kind.__name__, fields=msgspec.to_builtins(built))
            except NotOnWireError as error:
                return fail(str(error), USAGE)
            else:
                events = remote.ask("events", selector=selector, after=before)["events"]
                told = {
                    "accepted": reason is None,
                    "reason": reason,
                    "events": [event for event in events if event["event"] != "AssociationOpened"],
                }
    return print_outcome(common, told)


def print_outcome(common: Common, told: dict[str, Any]) -> int:
    """Print what came of a command or of a person's deed, and give the exit code."""
    if common.json:
        print_json(told)
    else:
        detail = f" ({told['detail']})" if told.get("detail") not in {None, "", told["reason"]} else ""
        sys.stdout.write("accepted\n" if told["accepted"] else f"refused: {told['reason']}{detail}\n")
        print_events(told["events"])
        for line in told.get("display", ()):
            sys.stdout.write(f"  | {line}\n")
    return 0 if told["accepted"] else VERDICT_FAILED


def _command(name: str) -> Any:
    """Find a command by class name or title, whatever its case and spaces."""
    from emulator.device.commands import COMMANDS  # noqa: PLC0415

    plain = {re.sub(r"[^a-z0-9]", "", word.lower()): kind for kind in COMMANDS for word in (kind.__name__, kind.title)}
    asked = re.sub(r"[^a-z0-9]", "", name.lower())
    if asked not in plain:
        near = sorted({plain[match].__name__ for match in get_close_matches(asked, plain, n=3)})
        hint = f"did you mean {', '.join(near)}? " if near else ""
        known = ", ".join(kind.__name__ for kind in COMMANDS)
        raise LookupError(f"no command is called {name!r}; {hint}allowed: {known}")
    return plain[asked]


def _fields(kind: Any, pairs: tuple[str, ...]) -> dict[str, Any]:
    """Read key=value pairs: JSON where it is JSON, ISO 8601 for instants, hex for keys. Raises ValueError."""
    from emulator.device.instant import parse  # noqa: PLC0415

    known, hints = kind.__struct_fields__, get_type_hints(kind)
    given: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or key not in known:
            raise ValueError(f"{pair!r}: {_takes(kind)}")
        value: Any = text
        with suppress(msgspec.DecodeError):
            value = msgspec.json.decode(text)
        if isinstance(value, int | float) and {str} & {hints[key], *get_args(hints[key])}:
            value = text  # digits are a text here, such as a top-up code
        if isinstance(value, str) and key in {"to", "at", "valid_from", "valid_until"}:
            value = _read(pair, parse, value, "an instant such as 2026-01-01T00:00:00Z")
        elif key.endswith("_key"):
            value = _read(f"{key}=", bytes.fromhex, text, "hex digits in pairs")
        given[key] = value
    return given


def _read(shown: str, reading: Callable[[str], Any], text: str, allowed: str) -> Any:
    try:
        return reading(text)
    except (ValueError, OverflowError):
        raise ValueError(f"{shown!r}: allowed: {allowed}") from None


def _built(kind: Any, given: dict[str, Any]) -> Any:
    """Make the command. Raises ValueError."""
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{error}; {_words(kind, str(error))}{_takes(kind)}") from None


def _words(kind: Any, told: str) -> str:
    """Give the words that a field takes where one was refused, and nothing for a field of another kind."""
    hint = get_type_hints(kind).get(told.partition("`$.")[2].rstrip("`"))
    for one in (hint, *get_args(hint)):
        words = get_args(one) if get_origin(one) is Literal else ()
        if isinstance(one, type) and issubclass(one, Enum):
            words = tuple(member.value for member in one)
        if words:
            return f"allowed: {', '.join(map(str, words))}; "
    return ""


def _takes(kind: Any) -> str:
    return f"{kind.__name__} takes {', '.join(f'{name}=' for name in kind.__struct_fields__) or 'nothing'}"


def events(
    selector: Selector,
    /,
    *,
    follow: Annotated[bool, Parameter(help="Go on until Ctrl-C.", negative=())] = False,
    after: Annotated[int, Parameter(help="Only what came after this number.", validator=Number(gte=0))] = 0,
    common: Common = COMMON,
) -> int:
    """Show what happened to a device, or in a whole home (`events home-1`), oldest first."""
    from emulator.api.remote import Remote  # noqa: PLC0415

    whole: list[dict[str, Any]] = []
    with Remote(common.state) as remote:
        while True:
            answer = remote.ask("events", selector=selector, after=after, limit=EVENTS_AT_ONCE)
            told, last = answer["events"], answer["last"]
            if common.json and not follow:
                whole += told
            elif common.json:
                for event in told:
                    sys.stdout.write(msgspec.json.encode(event).decode() + "\n")
            else:
                print_events(told)
            sys.stdout.flush()
            if last - after >= EVENTS_AT_ONCE:
                after = last
                continue
            after = last
            if not follow:
                break
            time.sleep(FOLLOW_S)
    if common.json:
        print_json(whole)
    return 0


def print_events(told: list[dict[str, Any]]) -> None:
    """Print events, a line each."""
    for event in told:
        rest = {key: value for key, value in event.items() if key not in {"seq", "at", "event", "device"}}
        detail = " ".join(f"{key}={_worded(key, value)}" for key, value in rest.items())
        sys.stdout.write(
            f"{event['seq']:>6}  {event['at']:<24}  {event['device']:<5}  {event['event']} {detail}".rstrip() + "\n"
        )


def _worded(key: str, value: Any) -> str:
    """Give an event's value for people: a log code as docs/reference.md has it."""
    return f"0x{value:04X}" if key == "code" and isinstance(value, int) else plain(value, key)
