"""docs/pytest.md: its tests run as they stand, its scenario plays, its options and methods are there."""

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "pytest.md"
BLOCK = re.compile(r"```(\w+)\n# (\S+)\n(.*?)```", re.DOTALL)


def blocks():
    return {name: text for _, name, text in BLOCK.findall(PAGE.read_text("utf-8"))}


def run(folder, *words):
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=100, cwd=folder)


def test_every_block_runs(tmp_path):
    assert PAGE.read_text("utf-8").count("```") == 2 * len(blocks())
    for name, text in blocks().items():
        (tmp_path / name).write_text(text, "utf-8")
    named = () if entry_points(group="pytest11", name="meterfarm") else ("-p", "emulator.pytest_plugin")
    plugin = (*named, "-p", "no:cacheprovider", "-W", "error", "-q")
    done = run(tmp_path, "pytest", *plugin, "--meterfarm-profiles=elster-*")
    assert done.returncode == 0, done.stdout
    for name in blocks():
        if name.endswith(".py"):
            assert name in run(tmp_path, "pytest", *plugin, "--collect-only").stdout
    done = run(tmp_path, "emulator.cli", "scenario", "run", "lights.toml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_methods_of_the_page_are_there():
    from emulator.conformance.fixture import Meterfarm, SyncHome

    page = PAGE.read_text("utf-8")
    assert all(hasattr(SyncHome, name) for name in re.findall(r"\bhome\.(\w+)", page))
    assert all(hasattr(Meterfarm, name) for name in re.findall(r"\bmeterfarm\.(\w+)\(", page))
    public = {name for name in vars(SyncHome) if not name.startswith("_")}
    assert public - set(re.findall(r"\bhome\.(\w+)", page)) <= {"profile", "now"}


def test_options_of_the_page_are_there():
    text = (PAGE.parents[1] / "emulator" / "pytest_plugin.py").read_text("utf-8")
    assert set(re.findall(r"--meterfarm-\w+", PAGE.read_text("utf-8"))) == set(re.findall(r'"(--meterfarm-\w+)"', text))
