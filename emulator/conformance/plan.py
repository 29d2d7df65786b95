"""The plan of a run, as one process hands it to another: which cases at which families, put to whom, how patiently."""

from pathlib import Path

import msgspec


class Item(msgspec.Struct, frozen=True):
    """A case, and the place of a family's profile: a packaged one's name, or a file."""

    case: str
    place: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that a worker needs. `tables` are the modules whose CASES there are."""

    items: tuple[Item, ...]
    target: str = "emulated"
    seed: int = 1
    case_s: float = 30.0
    tables: tuple[str, ...] = ("emulator.conformance.cases",)


def read(path: Path) -> Plan:
    """Read a plan. Raises OSError or msgspec.DecodeError."""
    return msgspec.json.decode(path.read_bytes(), type=Plan)


def write(plan: Plan, path: Path) -> None:
    """Write a plan."""
    path.write_bytes(msgspec.json.encode(plan))
