"""Repro files: what a failing test did to its homes, step by step, with the answers it got; `meterfarm repro` replays.

A repro is a scenario with what came of each step and what the meters held at the end. It names no place of a machine.
"""

import re
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from emulator.conformance.scenario import Played, ScenarioError, described, play, readings
from emulator.conformance.scene import Scene
from emulator.conformance.step import Scenario

FOLDER: Final = "repro"
_IGNORE: Final = "# made by failing tests\n*\n"
_WORD: Final = re.compile(r"[^A-Za-z0-9]+")
_MOST: Final = 40


class Repro(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A failing test: its id, node id, seed, why it failed, its scenario, the answers, the last readings of meters."""

    id: str
    test: str
    seed: int
    why: str
    scenario: Scenario
    answers: tuple[dict[str, Any], ...]
    readings: tuple[dict[str, Any], ...] = ()


class Replayed(NamedTuple):
    """A replay: its steps, and where it is not the same; empty is that it is."""

    played: list[Played]
    differs: list[str]


def named(test: str, seed: int) -> str:
    """Give a failing test's id: the same for the same test and seed."""
    word = _WORD.sub("-", test.rpartition("::")[2]).strip("-")[:_MOST]
    return f"{word}-{blake2b(f'{test} {seed}'.encode(), digest_size=4).hexdigest()}"


def keep(repro: Repro, state: Path) -> Path:
    """Write a repro under a state directory. Raises OSError."""
    folder = state / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text(_IGNORE, "utf-8")
    path = folder / f"{repro.id}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(repro), indent=2) + b"\n")
    return path


def kept(state: Path) -> list[str]:
    """Give the ids under a state directory, newest first."""
    found = sorted((state / FOLDER).glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [path.stem for path in found]


def read(path: Path) -> Repro:
    """Read a repro. Raises OSError or ScenarioError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Repro)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: {error}") from None


async def replay(repro: Repro) -> Replayed:
    """Do the recorded steps again, on homes that were stood up anew, and compare. Raises what `play` raises."""
    held: list[dict[str, Any]] = []

    def look(scene: Scene) -> None:
        held.extend(readings(stage) for stage in scene.stages)

    played = await play(repro.scenario, ended=look)
    differs = [
        f"step {one.number}, {described(one.step)}: was {answer}, is {one.outcome}"
        for one, answer in zip(played, repro.answers, strict=False)
        if not _same(one.outcome, answer)
    ]
    for number, (before, after) in enumerate(zip(repro.readings, held, strict=False), start=1):
        differs += [
            f"home {number}, {item}: was {before[item]!r}, is {after.get(item)!r}"
            for item in before
            if before[item] != after.get(item)
        ]
    return Replayed(played, differs)


def _same(outcome: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Compare what came of a step; the text of an error may name a port, which is another one each time."""
    if "raised" in answer:
        return bool(outcome.get("raised") == answer["raised"])
    return outcome == answer
