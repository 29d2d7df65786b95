"""What all verbs share: the options each takes, exit codes, and printing for people or as JSON."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

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


def fail(message: str, code: int) -> int:
    """Print an error and give the exit code."""
    sys.stdout.flush()
    sys.stderr.write(f"meterfarm: {message}\n")
    return code
