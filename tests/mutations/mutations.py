"""Faults put into meter and adapter on purpose: is each caught by the case that is named for it?

    python tests/mutations/mutations.py [WORD]

Each row of `mutations.toml` is one change of one text of one module. Its case is judged in a process of its own, in
which a copy of that module with the change stands in its place: it must fail, and on the source as it is it must pass.
The source itself is never touched. Prints a table.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import emulator

HERE = Path(__file__).parent
TABLE = HERE / "mutations.toml"
ROOT = Path(str(emulator.__path__[0])).parent
TIMEOUT_S = 90
CAUGHT = {"FAIL", "CONTRADICTION"}
METER = ("emulator/device/", "emulator/dlms/")


class Mutation(NamedTuple):
    """A fault: what is wrong then, in which file, which text becomes which, and which case at which family sees it."""

    name: str
    file: str
    was: str
    becomes: str
    case: str
    family: str

    @property
    def in_meter(self) -> bool:
        """Whether it is the meter's fault; else it is the adapter's."""
        return self.file.startswith(METER)


class Judged(NamedTuple):
    """What a case said: its verdict, and what was seen."""

    verdict: str
    why: str


def table() -> tuple[Mutation, ...]:
    """Read the table."""
    return tuple(Mutation(**row) for row in tomllib.loads(TABLE.read_text("utf-8"))["mutation"])


def faulty(mutation: Mutation) -> str:
    """Give the text of a file with the fault in it. Raises ValueError where the text to change is not there once."""
    text = (ROOT / mutation.file).read_text("utf-8")
    if text.count(mutation.was) != 1:
        raise ValueError(f"{mutation.file} has {mutation.was!r} {text.count(mutation.was)} times, not once")
    return text.replace(mutation.was, mutation.becomes)


def tried(mutation: Mutation) -> Judged:
    """Judge a mutation's case with its fault."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        file = Path(folder) / Path(mutation.file).name
        file.write_text(faulty(mutation), "utf-8")
        module = mutation.file.removesuffix(".py").replace("/", ".")
        try:
            ran = _ran(mutation, module, file)
        except subprocess.TimeoutExpired:
            return Judged("no verdict", f"no end within {TIMEOUT_S} s")
    if ran.returncode:
        return Judged("no verdict", ran.stderr[-400:])
    return Judged(*json.loads(ran.stdout.splitlines()[-1]))


def _ran(mutation: Mutation, module: str, file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(HERE / "judged.py"), mutation.case, mutation.family, module, str(file)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def main() -> int:
    """Print what became of each fault, as many at a time as there are cores; 0 if all were caught."""
    word, began = sys.argv[1] if len(sys.argv) > 1 else "", time.monotonic()
    rows = [one for one in table() if word in one.name or word in one.case or word in one.file]
    missed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (one, told) in enumerate(zip(rows, pool.map(tried, rows), strict=True), 1):
            missed += told.verdict not in CAUGHT
            mark = "caught" if told.verdict in CAUGHT else f"MISSED ({told.verdict})"
            print(f"{number:>3}/{len(rows)}  {mark}  {one.name}  [{one.case} @ {one.family}] {told.why}", flush=True)
    meters = sum(one.in_meter for one in rows)
    took_s = time.monotonic() - began
    print(f"{len(rows) - missed} of {len(rows)} faults caught, {meters} of them the meter's, in {took_s:.0f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
