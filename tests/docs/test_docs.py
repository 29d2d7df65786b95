"""The docs tell the truth: generated pages are current, links lead somewhere, the README's test command is CI's."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_reference_is_what_the_tables_say():
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "reference.md").read_text("utf-8") == module.document(), "run `python docs/generate.py`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_ci_runs_the_readmes_test_command():
    commands = [
        line.strip()
        for line in (ROOT / "README.md").read_text("utf-8").splitlines()
        if line.startswith("    python3 -m venv")
    ]
    assert len(commands) == 2
    assert commands[1] in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def test_files_named_in_the_docs_exist():
    for page in PAGES:
        for name in re.findall(r"`((?:emulator|device_profiles|tests|benchmarks)/[\w./-]+)`", page.read_text("utf-8")):
            assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_no_code_reads_a_profiles_name():
    # A profile differs by data only (docs/architecture.md): no model is named outside the data, the tests and the docs.
    names = [path.stem for path in (ROOT / "device_profiles").glob("*.toml")]
    for source in (ROOT / "emulator").rglob("*.py"):
        text = source.read_text("utf-8")
        found = [name for name in names if re.search(rf"(==|!=|in)\s*\(?[\"']{re.escape(name)}", text)]
        assert not found, f"{source}: {found}"
