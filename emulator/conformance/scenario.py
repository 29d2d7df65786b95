"""Scenario files: a scenario is TOML or JSON of the type `step.Scenario`; it is played, and every step's `expect` held.

`schema()` is its published type. What replays here is what a test did: the fixture records the same steps.
"""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from emulator.conformance.scene import Scene, StepError, told
from emulator.conformance.stage import Stage
from emulator.conformance.step import AnyStep, Scenario
from emulator.device.journal import DeviceName
from emulator.device.readings import METERS, items_of

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
TITLE: Final = "Meterfarm scenario"


class ScenarioError(ValueError):
    """A file that is no scenario; the text says where and why."""


class Played(NamedTuple):
    """A step that was played: its number (1 is the first), what came of it, and what was expected instead."""

    number: int
    step: AnyStep
    outcome: dict[str, Any]
    wrong: tuple[str, ...]


def schema() -> dict[str, Any]:
    """Give the JSON schema of a scenario."""
    return {"$schema": DRAFT, "title": TITLE, **msgspec.json.schema(Scenario)}


def read(path: Path) -> Scenario:
    """Read a scenario file, TOML or JSON by its name's end. Raises OSError or ScenarioError."""
    raw = path.read_bytes()
    try:
        if path.suffix == ".toml":
            return msgspec.convert(tomllib.loads(raw.decode("utf-8")), Scenario)
        return msgspec.json.decode(raw, type=Scenario)
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: {error}") from None


def write(scenario: Scenario, path: Path) -> None:
    """Write a scenario file as JSON. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(scenario), indent=2) + b"\n")


async def play(
    scenario: Scenario, seen: Callable[[Played], None] | None = None, ended: Callable[[Scene], None] | None = None
) -> list[Played]:
    """Play a scenario to its end, whatever a step gives; `seen` is told of each, `ended` of the scene before it closes.

    Raises StepError for a step that cannot be done as written, and what `Farm.start` raises.
    """
    played: list[Played] = []
    async with Scene(scenario.target) as scene:
        for number, step in enumerate((*scenario.steps, None), start=1):
            for home in scenario.homes:
                if home.before == number:
                    await scene.stand_up(home)
            if step is not None:
                one = await play_one(scene, step, number)
                played.append(one)
                if seen is not None:
                    seen(one)
        if ended is not None:
            ended(scene)
    return played


async def play_one(scene: Scene, step: AnyStep, number: int = 1) -> Played:
    """Play one step. What it raises is what came of it, but for a step that cannot be done as written."""
    try:
        outcome = told(step, await scene.do(step))
    except (StepError, msgspec.ValidationError) as error:
        raise StepError(f"step {number}: {error}") from error
    except Exception as error:  # noqa: BLE001 (a device or an adapter may raise anything: it is the outcome)
        outcome = raised(error)
    return Played(number, step, outcome, tuple(wrong(step.expect or {}, outcome)))


def described(step: AnyStep) -> str:
    """Say a step in a few words."""
    given = {key: value for key, value in msgspec.to_builtins(step).items() if key not in {"do", "expect"}}
    words = ", ".join(f"{key}={value}" for key, value in given.items())
    return f"{step.__struct_config__.tag}{f' {words}' if words else ''}"


def raised(error: BaseException) -> dict[str, Any]:
    """Give the outcome of a step that raised."""
    return {"raised": type(error).__name__, "detail": str(error)}


def wrong(expected: Any, got: Any, where: str = "") -> list[str]:
    """Say where what was got is not what was expected; keys that are not named do not count."""
    if isinstance(expected, dict) and isinstance(got, dict):
        found = []
        for key, value in expected.items():
            place = f"{where}.{key}" if where else str(key)
            found += wrong(value, got[key], place) if key in got else [f"{place}: nothing, expected {value!r}"]
        return found
    return [] if expected == got else [f"{where}: {got!r}, expected {expected!r}"]


def readings(stage: Stage) -> dict[str, Any]:
    """Give what the meters of a home hold at the end, by item: what a replay must come to again."""
    home = stage.farm.home(stage.index).installation
    held = {
        f"{name}/{item.key}": stage.truth(item.key, name)
        for name in (DeviceName.ESME, DeviceName.GSME)
        if name in home.devices and name in METERS
        for item in items_of(home.devices[name])
    }
    return dict(msgspec.json.decode(msgspec.json.encode(held, enc_hook=str)))
