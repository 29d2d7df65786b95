"""No code reads a maker's, a model's or a profile's name: what differs is data (architecture D7).

The names are taken from the packaged profiles themselves, so a new one is looked for as soon as it is there.
"""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

import emulator
from emulator.device.commands import DisableSupply, Sender
from emulator.device.display.deeds import DEEDS
from emulator.device.installation import Installation
from emulator.device.instant import DAY, HOUR, instant
from emulator.device.journal import DeviceName
from emulator.farm import library
from emulator.farm.cohort import Cohort, Header
from emulator.farm.estate import Estate

NOW = instant(2026, 3, 2)
ROOT = Path(emulator.__file__).parent
SOURCES = sorted(ROOT.rglob("*.py"))
KINDS = {"PPMID", "IHD"}  # models that are not known go by their kind of device
PLAIN = {
    *(
        "clip",
        "hub",
        "sms",
        "modem",
        "integral",
        "lite",
        "secure",
        "meters",
        "green",
        "energy",
        "options",
        "technology",
    ),
    *("mixed", "tokenless"),
}
"""Words of names that are plain English."""
EXAMPLES = {
    ("__init__.py", "elster-as300p"),
    ("virtual_home.py", "elster-as300p"),
}
"""Where a docstring shows how a profile is named, by file and name."""


def makers():
    for name in library.names():
        profile = library.packaged(name)
        for block in (profile.model, profile.hub, profile.gas_model, profile.ppmid, profile.ihd):
            if block is not None:
                yield name, block


def words():
    """Give the names as a whole and their own words: `Landis+Gyr`, and `Landis` and `Gyr` as well."""
    found = set(library.names())
    for _, block in makers():
        found |= {block.maker, block.model} - KINDS
    parts = {part for text in found for part in re.findall(r"[A-Za-z][A-Za-z0-9]{2,}", text)} - KINDS
    return sorted(found | {part for part in parts if part.lower() not in PLAIN})


def flags():
    return sorted({block.flag for _, block in makers() if hasattr(block, "flag")})


def hits(text, name):
    return re.findall(rf"(?<![\w+-]){re.escape(name)}(?![\w+-])", text, re.IGNORECASE)


def test_the_names_are_all_there():
    assert {"elster-as300p", "Elster", "AS300P", "Landis+Gyr", "Landis", "Liberty", "Trilliant", "E470"} <= set(words())
    assert {"ELR", "LGB", "EHL", "EDM", "ACL", "FLO", "ITE"} <= set(flags())
    assert len(SOURCES) > 200


@pytest.mark.parametrize("name", words())
def test_no_code_names_a_maker_a_model_or_a_profile(name):
    found = {str(source.relative_to(ROOT)) for source in SOURCES if hits(source.read_text("utf-8"), name)}
    found -= {file for file, example in EXAMPLES if example == name}
    assert not found, f"{name} in {sorted(found)}: make it data of the profile"


@pytest.mark.parametrize("flag", flags())
def test_no_code_names_a_flag(flag):
    found = [str(source) for source in SOURCES if re.search(rf"[\"']{flag}[\"']", source.read_text("utf-8"))]
    assert not found


@pytest.mark.parametrize(("file", "name"), sorted(EXAMPLES))
def test_an_example_is_one_and_stands_in_a_docstring(file, name):
    text = (ROOT / file).read_text("utf-8")
    docstring = text.split('"""')[1]
    assert len(hits(text, name)) == len(hits(docstring, name)) >= 1


def test_a_name_would_be_found():
    assert hits('if profile.model.maker == "Elster":', "elster")
    assert hits("LIBERTY = 3", "Liberty")
    assert not hits("upholster = bolstered", "Elster")


@pytest.mark.parametrize("name", library.names())
def test_a_set_lives_the_same_life_under_other_names(name):
    """What the search for names cannot see: code that asks for part of a name, or for its hash."""
    profile = library.packaged(name)
    other = replace(profile, name="x", title="y", model=replace(profile.model, maker="Nobody", model="Z"))
    other = replace(other, hub=replace(profile.hub, maker="Nobody", model="H"))
    for block in ("gas_model", "ppmid", "ihd"):
        if (made := getattr(profile, block)) is not None:
            other = replace(other, **{block: replace(made, maker="Nobody", model="N")})
    if profile.family is not None:
        other = replace(other, family=replace(profile.family, cohort="none", weight=0, combination="c", fitted_by=()))
    assert told_of(other) == told_of(profile)


def told_of(profile):
    """Give what a home tells in a day in which a good deal happens."""
    estate = Estate(Header(seed=5), (Cohort(profile="p", homes=2, gas=1, prepayment=1),), {"p": profile})
    home = Installation(estate.premises(0), NOW)
    for index, deed in enumerate(("open_cover", "magnet", "cut_power", "restore_power", "close_cover"), 1):
        home.advance(NOW + index * HOUR)
        DEEDS[deed](home, DeviceName.ESME)
    home.send(DeviceName.ESME, DisableSupply(), Sender.SUPPLIER)
    home.advance(NOW + DAY)
    return [(entry.at, entry.device, entry.what) for entry in home.journal]
