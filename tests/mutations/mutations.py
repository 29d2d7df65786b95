"""Faults put into copies of meter and adapter on purpose: is each caught by the case that is named for it?

    python tests/mutations/mutations.py [WORD]

Each row of `mutations.toml` is one change of one line of the source. The package is copied, the change made in the copy,
and its case judged there in a process of its own: it must fail, and on the source as it is it must pass. Prints a table.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

import device_profiles
import emulator

HERE = Path(__file__).parent
TABLE = HERE / "mutations.toml"
TIMEOUT_S = 90
CAUGHT = {"FAIL", "CONTRADICTION"}


class Mutation(NamedTuple):
    """A fault: what is wrong then, in which file, which text becomes which, and the case at a family that catches it."""

    name: str
    file: str
    was: str
    becomes: str
    case: str
    family: str


class Judged(NamedTuple):
    """What a case said: its verdict, and what was seen."""

    verdict: str
    why: str


def table() -> tuple[Mutation, ...]:
    """Read the table."""
    return tuple(Mutation(**row) for row in tomllib.loads(TABLE.read_text("utf-8"))["mutation"])


def copied(mutation: Mutation, folder: Path) -> None:
    """Copy the packages to a folder, with the fault in them. Raises ValueError where its text is not there once."""
    for package in (emulator, device_profiles):
        source = Path(str(package.__path__[0]))
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / mutation.file
    text = file.read_text("utf-8")
    if text.count(mutation.was) != 1:
        raise ValueError(f"{mutation.file} has {mutation.was!r} {text.count(mutation.was)} times, not once")
    file.write_text(text.replace(mutation.was, mutation.becomes), "utf-8")


def judged(mutation: Mutation, folder: Path | None) -> Judged:
    """Judge a mutation's case: by the packages in a folder, or by the source as it is."""
    paths = {} if folder is None else {"PYTHONPATH": str(folder)}
    ran = subprocess.run(
        [sys.executable, str(HERE / "judged.py"), mutation.case, mutation.family],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **paths},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    verdict, _, why = ran.stdout.strip().partition("\n")
    return Judged(verdict, why) if ran.returncode == 0 and verdict else Judged("no verdict", ran.stderr[-400:])


def tried(mutation: Mutation) -> Judged:
    """Put a fault into a copy, and judge its case there."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        folder = Path(name)
        copied(mutation, folder)
        return judged(mutation, folder)


def main() -> int:
    """Print what became of each fault; 0 if all were caught."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    rows = [mutation for mutation in table() if word in mutation.name or word in mutation.case]
    missed = 0
    for number, mutation in enumerate(rows, 1):
        told = tried(mutation)
        missed += told.verdict not in CAUGHT
        mark = "caught" if told.verdict in CAUGHT else "MISSED"
        print(f"{number:>3}/{len(rows)}  {mark}  {mutation.name}  [{mutation.case} @ {mutation.family}] {told.why}", flush=True)
    print(f"{len(rows) - missed} of {len(rows)} faults caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
