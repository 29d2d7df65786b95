"""`profile`: the device profiles there are, what they say, how sure that is, and whether a file is one."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from cyclopts import App, Parameter

from emulator.cli.output import COMMON, USAGE, VERDICT_FAILED, Common, fail, plain, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emulator.device.fidelity import Difference, Line
    from emulator.device.profile import Profile

app = App(name="profile", help="List, show, compare and check device profiles, and say how sure they are.")

Name = Annotated[str, Parameter(help="A packaged profile's name, or a TOML file.")]
Firmware = Annotated[str, Parameter(help="As this firmware version has it.")]
LONGEST_VALUE = 48
ALL = 1_000


class UnreadableError(Exception):
    """A profile that was named cannot be read; the text says why."""


def _read(name: str, firmware: str = "") -> "Profile":
    """Read a profile by name or file, as a firmware version has it. Raises UnreadableError."""
    from emulator.device.declaration import DeclarationError  # noqa: PLC0415
    from emulator.device.overlay import OverlayError, at_version  # noqa: PLC0415
    from emulator.farm import library  # noqa: PLC0415

    try:
        found = library.named(name)
        return at_version(found, firmware) if firmware else found
    except (library.UnknownProfileError, DeclarationError, OverlayError) as error:
        raise UnreadableError(str(error)) from None
    except OSError as error:
        raise UnreadableError(f"{name}: {error.strerror}") from None


def _packaged() -> "list[Profile]":
    from emulator.farm import library  # noqa: PLC0415

    return [library.packaged(name) for name in library.names()]


@app.command
def ls(*, common: Common = COMMON) -> int:
    """List the packaged profiles: wire, cohort and weight in the estate, and how much of each is assumed."""
    from emulator.device.fidelity import assumed_share, ledger  # noqa: PLC0415

    rows: list[dict[str, Any]] = []
    for one in _packaged():
        cohort, weight = ("none", 0) if one.family is None else (one.family.cohort, one.family.weight)
        share = assumed_share(ledger(one)) / 1_000
        row = {"name": one.name, "title": one.title, "protocol": one.protocol, "cohort": cohort}
        rows.append({**row, "weight": weight / 1_000, "assumed": share})
    if common.json:
        print_json(rows)
        return 0
    told = [
        (
            *(str(row[key]) for key in ("name", "protocol", "cohort")),
            *(f"{row['weight']:.1%}", f"{row['assumed']:.0%}", str(row["title"])),
        )
        for row in rows
    ]
    print_table(("profile", "protocol", "cohort", "weight", "assumed", "what it is"), told)
    return 0


@app.command
def show(name: Name, /, *, firmware: Firmware = "", common: Common = COMMON) -> int:
    """Show a profile: every block, how sure it is, and where it comes from."""
    from emulator.device.overlay import versions  # noqa: PLC0415
    from emulator.device.profile import blocks  # noqa: PLC0415

    try:
        found = _read(name, firmware)
    except UnreadableError as error:
        return fail(str(error), USAGE)
    if common.json:
        print_json(msgspec.to_builtins(found))
        return 0
    print(f"{found.name}: {found.title} ({found.protocol})")
    print(f"firmware {found.model.firmware}, of {', '.join(versions(_read(name)))}")
    for block, value in blocks(found).items():
        told: dict[str, Any] = msgspec.to_builtins(value)
        provenance, source, basis = (told.pop(key) for key in ("provenance", "source", "basis"))
        claims = told.pop("claims")
        print(f"\n[{block}]  {_sure(provenance, basis)}: {source}")
        for key, inner in told.items():
            own = claims.get(key)
            apart = "" if own is None else f"   ({_sure(own['provenance'], own['basis'])}: {own['source']})"
            print(f"  {key} = {plain(inner, most=ALL)}{apart}")
    return 0


def _sure(provenance: str, basis: str) -> str:
    return f"{provenance}, {basis}" if basis else provenance


@app.command
def fidelity(name: Name = "", /, *, common: Common = COMMON) -> int:
    """Say how sure a profile is, or all of them: its keys by who says so, and each that is assumed."""
    from emulator.device.fidelity import KINDS, assumed_share, counts, ledger  # noqa: PLC0415

    try:
        found = [_read(name)] if name else _packaged()
    except UnreadableError as error:
        return fail(str(error), USAGE)
    ledgers = {one.name: ledger(one) for one in found}
    every = [line for lines in ledgers.values() for line in lines]
    if common.json:
        print_json({"profiles": [_told(one, lines) for one, lines in ledgers.items()], "all": counts(every)})
        return 0
    rows = [*ledgers.items(), *([("all", tuple(every))] if len(ledgers) > 1 else [])]
    print_table(
        ("profile", "keys", *KINDS, "assumed"),
        [
            (one, str(len(lines)), *map(str, counts(lines).values()), f"{assumed_share(lines) / 1_000:.0%}")
            for one, lines in rows
        ],
    )
    if name:
        print(f"\nAssumed by {found[0].name}:")
        for line in every:
            if line.assumed:
                print(f"  {line.place} = {_short(line.value)}   ({line.kind}: {line.claim.source})")
    return 0


def _told(name: str, lines: "tuple[Line, ...]") -> dict[str, Any]:
    from emulator.device.fidelity import counts  # noqa: PLC0415

    assumed = [{"key": line.place, "basis": line.claim.basis, "source": line.claim.source} for line in lines]
    return {
        "name": name,
        "keys": len(lines),
        "counts": counts(lines),
        "assumed": [told for told, line in zip(assumed, lines, strict=True) if line.assumed],
    }


def _apart(found: "Iterable[Difference]") -> Iterator[tuple[str, str, str]]:
    """Give the rows of a comparison: a table key by key, and a block that one set lacks as one row."""
    lacking = set()
    for key, one, other in found:
        block = key.partition(".")[0]
        if isinstance(one, dict) and isinstance(other, dict):
            names = [name for name in dict.fromkeys((*one, *other)) if one.get(name) != other.get(name)]
            yield from ((f"{key}.{name}", _short(one.get(name)), _short(other.get(name))) for name in names)
        elif one is not None and other is not None:
            yield key, _short(one), _short(other)
        elif block not in lacking:
            lacking.add(block)
            yield block, "none" if one is None else "there", "none" if other is None else "there"


def _short(value: Any) -> str:
    text = plain(value, most=ALL)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


@app.command
def diff(one: Name, other: Name, /, *, common: Common = COMMON) -> int:
    """Compare two profiles: each key in which they differ."""
    from emulator.device.fidelity import differences  # noqa: PLC0415

    try:
        found = differences(_read(one), _read(other))
    except UnreadableError as error:
        return fail(str(error), USAGE)
    if common.json:
        print_json([{"key": key, "one": first, "other": second} for key, first, second in found])
        return 0
    print_table(("key", one, other), list(_apart(found)))
    return 0


@app.command
def check(*files: Annotated[Path, Parameter(help="Profile files.")], common: Common = COMMON) -> int:
    """Check profile files: every problem with its file, line, key and what is allowed."""
    from emulator.device.declaration import DeclarationError  # noqa: PLC0415
    from emulator.farm import library  # noqa: PLC0415

    if not files:
        return fail("name the files to check, as in `meterfarm profile check mine.toml`", USAGE)
    problems: list[str] = []
    for file in files:
        try:
            library.load(file)
        except DeclarationError as error:
            problems += [str(problem) for problem in error.problems]
        except OSError as error:
            problems.append(f"{file}: {error.strerror}")
    if common.json:
        print_json({"ok": not problems, "problems": problems})
    else:
        for problem in problems:
            fail(problem, VERDICT_FAILED)
        if not problems:
            print(f"{len(files)} checked, no problem")
    return VERDICT_FAILED if problems else 0
