"""docs/profiles.md and docs/fidelity.md are what the profiles say; docs/adding.md shows a family that works."""

import importlib.util
import re
from pathlib import Path

import pytest

from emulator.device.display import customer
from emulator.device.fidelity import KINDS, counts, ledger
from emulator.device.installation import Installation
from emulator.device.instant import DAY, instant
from emulator.device.journal import DeviceName
from emulator.device.overlay import at_version
from emulator.dlms.objects.object_list import objects
from emulator.farm import library
from emulator.farm.estate_file import load

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def pages():
    spec = importlib.util.spec_from_file_location("generate_profiles", DOCS / "generate_profiles.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["profiles.md", "fidelity.md"])
def test_the_pages_are_what_the_profiles_say(pages, name):
    assert (DOCS / name).read_text("utf-8") == pages.documents()[DOCS / name], "run `python docs/generate_profiles.py`"


def test_every_family_has_its_section_and_its_row(pages):
    text, ledgers = (DOCS / "profiles.md").read_text("utf-8"), (DOCS / "fidelity.md").read_text("utf-8")
    for name in library.names():
        profile = library.packaged(name)
        assert f"\n## {profile.title}\n" in text
        row = next(line for line in ledgers.splitlines() if line.startswith(f"| `{name}` |"))
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[2 : 2 + len(KINDS)] == [str(count) for count in counts(ledger(profile)).values()]
        assert f"\n## {name}\n" in ledgers
        assert all(row.differs in text for row in profile.variations.rows)


def test_the_family_in_adding_works(tmp_path):
    """The example is one file: it is cut out of the page, checked and lived with."""
    page = (DOCS / "adding.md").read_text("utf-8")
    (example,) = [text for text in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "base = " in text]
    (tmp_path / "mine.toml").write_text(example, "utf-8")
    (tmp_path / "estate.toml").write_text(
        '[[cohort]]\nprofile = "mine.toml"\nhomes = 2\ngas = 1\nprepayment = 1\n', "utf-8"
    )
    estate = load(tmp_path / "estate.toml")
    home = Installation(estate.premises(1), instant(2026, 1, 1))
    home.advance(home.now + DAY)
    assert set(home.devices) == {"esme", "chf", "gsme"}
    assert "Used before" in example
    assert customer.code(home, DeviceName.ESME, "123").display[0] == "20 digits, please"
    profile = library.load(tmp_path / "mine.toml")
    known = {line.place: line.kind for line in ledger(profile)}
    assert known["metering.import_profile_days"] == "capture"
    assert known["metering.tou_registers"] == "from memory"
    assert known["prepayment.words"] == "document"
    assert known["prepayment.utrn_tries"] == "by us"  # left out, so no surer than the base
    assert {row.logical_name for row in objects(profile, 1) if row.name == "import_profile"} == {"1.0.99.3.0.255"}
    assert at_version(profile, "M1 1.1").display.idle_s == 10
