"""What all verbs share: the options each takes, exit codes, and printing for people or as JSON."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from emulator.device.instant import isoformat

READY = "ready: "
"""What the line begins with that ends a farm's start-up."""
VERDICT_FAILED = 1
USAGE = 2
NOT_ESTABLISHED = 4
OUR_FAULT = 70
TIMED_OUT = 124
INTERRUPTED = 130


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """Options of every verb."""

    state: Annotated[Path, Parameter(help="State directory, which names the farm.")] = Path("./.meterfarm")
    json: Annotated[bool, Parameter(help="Print JSON.", negative=())] = False


COMMON = Common()
Selector = Annotated[str, Parameter(help="Which device: home-1/gsme, home-1 (its electricity meter), or an EUI-64.")]


def print_json(value: Any) -> None:
    """Print a value as one indented JSON document."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def print_table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows under their columns; wide output is never cut."""
    widths = [max(len(row[place]) for row in (columns, *rows)) for place in range(len(columns))]
    for line in (columns, *rows):
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n")


def plain(value: Any, key: str = "", *, most: int = 6) -> str:
    """Write a value for people: an instant as date and time, nothing as "-", of a long list its beginning."""
    if isinstance(value, dict):
        return ", ".join(f"{name}={_inner(inner, name, most)}" for name, inner in value.items()) or "-"
    if isinstance(value, list | tuple):
        shown = [_inner(inner, key, most) for inner in value[:most]]
        return ", ".join(shown) + (f", ... ({len(value)} in all)" if len(value) > most else "") or "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and (key in {"at", "since", "until"} or key.endswith("_at")):
        return isoformat(value)
    return "-" if value is None or value == "" else str(value)


def _inner(value: Any, key: str, most: int) -> str:
    text = plain(value, key, most=most)
    return f"({text})" if isinstance(value, dict | list | tuple) and value else text


def measured(value: Any, unit: str) -> str:
    """Write a value with its unit, which nothing at all has not."""
    text = plain(value)
    return text if text == "-" else f"{text} {unit}".strip()


def fail(message: str, code: int) -> int:
    """Print an error and give the exit code."""
    sys.stdout.flush()
    sys.stderr.write(f"meterfarm: {message}\n")
    return code
