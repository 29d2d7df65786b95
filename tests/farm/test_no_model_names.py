"""No code reads a maker's, a model's or a profile's name: what differs is data (architecture D7).

The names are taken from the packaged profiles themselves, so a new one is looked for as soon as it is there.
"""

import re
from pathlib import Path

import pytest

import emulator
from emulator.farm import library

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
