"""`service`: hand a service request to the reference adapter, which carries it out over the wire; the catalogue."""

import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import App, Parameter
from cyclopts.validators import Number

from emulator.cli.output import (
    COMMON,
    NOT_ESTABLISHED,
    TIMED_OUT,
    USAGE,
    VERDICT_FAILED,
    Common,
    fail,
    plain,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from emulator.api.remote import Remote
    from emulator.services.row import Parameter as Item
    from emulator.services.row import Service

SHOWN = 40
NEVER_ASKED = {"malformed", "unknown_service", "unknown_device", "wrong_user", "wrong_command_variant"}
SOON_S = 2.0
"""How long an answer may take before somebody who waits is told what to do."""
WAITING = """\
waiting: a gas meter answers when it wakes, within half an hour of farm time; a future-dated request at its date.
  sooner: `meterfarm clock advance 30m` in another shell
  later:  Ctrl-C, and then `meterfarm service result {}`
"""
NO_ANSWER = {"unreachable", "timeout", "future_timeout", "not_established"}

Wait = Annotated[float, Parameter(help="How long to wait for the answer, s.", validator=Number(gte=0, lte=600))]
app = App(
    name="service",
    help="Hand a service request to the reference adapter: `service 7.4 home-1/esme --as IS`; `service ls` lists all.",
)


@app.default
def service(
    ref: Annotated[str, Parameter(help="A variant (4.1.1), a reference that has one variant (7.2), or the element.")],
    selector: Annotated[
        str,
        Parameter(
            help="Which device: home-1/esme, home-1/gpf (the gas proxy), an EUI-64; dcc for a non-device service."
        ),
    ],
    /,
    *given: Annotated[str, Parameter(help="Items, as in TolerancePeriod=10 or A.B=1; lists as JSON; no = is empty.")],
    role: Annotated[str, Parameter(name=("--as",), help="Who asks: IS, GS, ES, ED, GT, RSA, OU; IS2 is another.")] = "",
    wait: Wait = 60,
    common: Common = COMMON,
) -> int:
    """Hand a service request in and wait for its answer. Ctrl-C loses nothing: `service result ID` gives the answer.

    Exit codes: 0 done, 1 refused, 2 makes no sense, 4 no way to the device or no answer from it, 124 none in time.
    """
    from emulator.api.remote import Remote  # noqa: PLC0415
    from emulator.services.catalogue import UnknownServiceError, find, told  # noqa: PLC0415

    try:
        row = find(ref)
        words = nested(given)
        letters, which = _role(row, role, selector)
        body = msgspec.convert(words, row.request, strict=False)
    except (UnknownServiceError, UsageError) as error:
        return fail(str(error), USAGE)
    except msgspec.ValidationError as error:
        return fail(f"{told(row, str(error))}; `meterfarm service show {row.variant}` lists its items", USAGE)
    fields = {"role": letters, "which": which, "body": msgspec.to_builtins(body, str_keys=True)}
    with Remote(common.state) as remote:
        answer: dict[str, Any] = remote.ask("service", command=row.variant, selector=selector, fields=fields)
        if not common.json:
            sys.stdout.write(f"{row.variant} {row.name}\n")
            _print_told("acknowledged", answer["Acknowledgement"])
        identity = answer["Request"]["RequestID"]
        if _is_awaited(answer, row):
            answer["Response"] = _awaited(remote, identity, wait, quiet=common.json)
    if common.json:
        print_json(answer)
    elif answer["Response"] is not None:
        _print_told("response", answer["Response"])
    if _is_awaited(answer, row):
        return _none_in_time(identity)
    return _exit(answer["Response"] or answer["Acknowledgement"])


def _is_awaited(answer: dict[str, Any], row: "Service") -> bool:
    """Say whether a request was accepted and its answer is not there yet."""
    accepted = answer["Acknowledgement"]["ResponseCode"][:1] in "IW"
    return answer["Response"] is None and accepted and bool(row.answer) and row.targets.name != "D"


def _awaited(remote: "Remote", identity: str, wait_s: float, *, quiet: bool) -> dict[str, Any] | None:
    """Wait for an answer; who waits for long is told what for, and how not to."""

    def ask(seconds: float) -> dict[str, Any] | None:
        told: dict[str, Any] | None = remote.ask("service_result", text=identity, milliseconds=int(seconds * 1_000))
        return told

    found = ask(min(wait_s, SOON_S))
    if found is not None or wait_s <= SOON_S:
        return found
    if not quiet:
        sys.stdout.flush()
        sys.stderr.write(WAITING.format(identity))
    return ask(wait_s - SOON_S)


def _none_in_time(identity: str) -> int:
    told = f"accepted, but no answer came in time; it goes on: `meterfarm service result {identity}` gives the answer"
    return fail(told, TIMED_OUT)


def _exit(last: dict[str, Any]) -> int:
    """Give the exit code of what came last, an acknowledgement or a response."""
    if last.get("Success", last["ResponseCode"][:1] in "IW"):
        return 0
    reason = last.get("Reason", "")
    return USAGE if reason in NEVER_ASKED else NOT_ESTABLISHED if reason in NO_ANSWER else VERDICT_FAILED


@app.command
def result(
    identity: Annotated[str, Parameter(name="ID", help="The RequestID that `service` told, or that of a request.")],
    /,
    *,
    wait: Wait = 60,
    common: Common = COMMON,
) -> int:
    """Give the answer to a request that was handed in before; exit codes as those of `service`."""
    from emulator.api.remote import Remote  # noqa: PLC0415

    with Remote(common.state) as remote:
        found = _awaited(remote, identity, wait, quiet=common.json)
    if found is None:
        return _none_in_time(identity)
    if common.json:
        print_json(found)
    else:
        _print_told("response", found)
    return _exit(found)


@app.command
def ls(*, common: Common = COMMON) -> int:
    """List the catalogue: every variant, for whom it is and what it is asked of."""
    from emulator.api.told_services import told_services  # noqa: PLC0415
    from emulator.services.catalogue import SERVICES  # noqa: PLC0415

    if common.json:
        print_json(told_services())
        return 0
    rows = [
        (
            row.variant,
            row.name,
            "".join(str(one.name) for one in row.targets),
            " ".join(sorted(row.roles)),
            row.kind.value,
        )
        for row in SERVICES
    ]
    print_table(("variant", "service", "devices", "roles", "kind"), rows)
    return 0


@app.command
def show(
    ref: Annotated[str, Parameter(help="A variant, a reference that has one variant, or the element.")],
    /,
    *,
    common: Common = COMMON,
) -> int:
    """Show a service: who may ask it of what, its items with units and ranges, and what it answers."""
    from emulator.api.told_services import told_service  # noqa: PLC0415
    from emulator.services.catalogue import UnknownServiceError, find  # noqa: PLC0415
    from emulator.services.row import ROLE_NAMES  # noqa: PLC0415

    try:
        row = find(ref)
    except UnknownServiceError as error:
        return fail(str(error), USAGE)
    if common.json:
        print_json(told_service(row))
        return 0
    held = {"": "no", "device": "held by the meter", "dsp": "held by the national service", "both": "held by both"}
    for name, value in (
        (f"{row.variant}", f"{row.name} ({row.element})"),
        ("devices", " ".join(str(one.name) for one in row.targets)),
        ("roles", ", ".join(f"{one} ({ROLE_NAMES[one]})" for one in sorted(row.roles))),
        ("critical", "yes" if row.critical else "no"),
        ("future-dated", held[row.held]),
        ("schedulable", "yes" if row.schedulable else "no"),
        ("note", row.note),
    ):
        if value:
            sys.stdout.write(f"{name:<13} {value}\n")
    for title, items in (("items", row.parameters), ("answer", row.reply_fields)):
        sys.stdout.write(f"\n{title}:{'' if items else ' none'}\n")
        if items:
            print_table(("name", "type", "unit", "allowed", "", "meaning"), [_row(item) for item in items])
    return 0


def _row(item: "Item") -> tuple[str, ...]:
    bounds = "" if item.least is None and item.most is None else f"{plain(item.least)} to {plain(item.most)}"
    allowed = " ".join(item.words) or bounds
    return item.path, item.kind, item.unit, allowed, "required" if item.required else "optional", item.says


class UsageError(ValueError):
    """Words that cannot be understood; the text says what is allowed."""


def nested(words: tuple[str, ...]) -> dict[str, Any]:
    """Make a body of `A.B=value` words: what begins with a bracket is JSON, a word without `=` an empty element.

    Raises UsageError.
    """
    body: dict[str, Any] = {}
    for word in words:
        path, equals, text = word.partition("=")
        *above, last = path.split(".")
        if not last or not all(above):
            raise UsageError(f"{word!r}: allowed: Name=value, or Outer.Name=value")
        place = body
        for name in above:
            place = place.setdefault(name, {})
            if not isinstance(place, dict):
                raise UsageError(f"{word!r}: {name} has a value already")
        if last in place:
            raise UsageError(f"{word!r}: {path} is given twice")
        place[last] = _value(text) if equals else {}
    return body


def _value(text: str) -> Any:
    if text[:1] not in {"[", "{"}:
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _role(row: "Service", given: str, selector: str) -> tuple[str, int]:
    """Read who asks: the letters of a role, and a 2 for its second user; without it a supplier who may."""
    allowed = sorted(row.roles | row.duis_roles)
    if not given:
        gas = "GS" in allowed and selector.endswith(("/gsme", "/gpf"))
        return ("GS" if gas else "IS" if "IS" in allowed else str(allowed[0]), 1)
    match = re.fullmatch("([A-Za-z]+)([12]?)", given)
    if match is None or match[1].upper() not in {"IS", "GS", "ES", "ED", "GT", "RSA", "OU"}:
        raise UsageError(f"--as {given}: allowed: IS, GS, ES, ED, GT, RSA, OU, and IS2, GS2, ES2 for another of them")
    return match[1].upper(), int(match[2] or 1)


def _print_told(title: str, document: dict[str, Any]) -> None:
    """Print a document for people: its code, why, and what it carries."""
    why = document.get("Reason", "")
    sys.stdout.write(f"{title:<13} {document['ResponseCode']}  {why}\n")
    if document.get("Detail"):
        sys.stdout.write(f"  {document['Detail']}\n")
    for one in document.get("Debug", ()):
        sys.stdout.write(f"  step {one['Position']}: {one['Error']}\n")
    lines = [line for body in (document.get("Body") or {}).values() for line in _lines(body)]
    for path, value in lines[:SHOWN]:
        sys.stdout.write(f"  {path:<40} {value}\n")
    if len(lines) > SHOWN:
        sys.stdout.write(f"  ... and {len(lines) - SHOWN} more: --json shows all\n")


def _lines(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Give the leaves of a body with their paths."""
    if isinstance(value, dict) and (value or not path):
        for name, inner in value.items():
            yield from _lines(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value, 1):
            yield from _lines(inner, f"{path}[{index}]")
    else:
        yield path, plain(value)
