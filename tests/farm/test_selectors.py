"""Selectors: every way to name a device, and what is said of a name that is none."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device.identity import format_eui64
from emulator.device.journal import DeviceName
from emulator.farm.addresses import LoopbackAddresses, PortAddresses
from emulator.farm.estate import from_flags
from emulator.farm.estate_file import read
from emulator.farm.selectors import Chosen, SelectorError, described, every, select

BARE = '[estate]\nseed = 3\n[[cohort]]\nprofile = "elster-as300p"\nhomes = 120\nihd = 0\n'
ESTATE = read(BARE, "bare.toml", None)
ADDRESSES = LoopbackAddresses(120, 4059)


def names(text, limit=1000, addresses=ADDRESSES):
    return [chosen.text for chosen in select(text, ESTATE, addresses, limit)]


BOTH = ["home-7/esme", "home-7/chf"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("home-7", BOTH),
        ("home-7/", BOTH),
        ("home-7/esme", BOTH[:1]),
        ("home-7/CHF", BOTH[1:]),
        ("home-007/chf", BOTH[1:]),
        ("127.1.0.7", BOTH),
        ("127.1.0.7:4059", BOTH),
        (format_eui64(ESTATE.site(6).eui64), BOTH[:1]),
        (format_eui64(ESTATE.site(6).hub_eui64).lower().replace("-", ":"), BOTH[1:]),
        (f"{ESTATE.site(6).eui64:016x}", BOTH[:1]),
        ("home-7*/esme", ["home-7/esme", *[f"home-{number}/esme" for number in range(70, 80)]]),
        ("home-?/chf", [f"home-{number}/chf" for number in range(1, 10)]),
        ("home-[67]", ["home-6/esme", "home-6/chf", *BOTH]),
        ("home-12?", ["home-120/esme", "home-120/chf"]),
        ("*-119/*", ["home-119/esme", "home-119/chf"]),
        ("*/esme", [f"home-{number}/esme" for number in range(1, 121)]),
    ],
)
def test_a_name_leads_to_its_devices(text, found):
    assert names(text) == found


def test_a_glob_ends_at_the_limit():
    assert names("*", 3) == ["home-1/esme", "home-1/chf", "home-2/esme"]
    assert names("*") == [chosen.text for chosen in every(ESTATE)]


@pytest.mark.parametrize("index", [0, 6, 119])
def test_ports_of_their_own(index):
    addresses = PortAddresses(120, 45_000)
    both = [f"home-{index + 1}/esme", f"home-{index + 1}/chf"]
    assert names(f"127.0.0.1:{45_000 + index}", addresses=addresses) == both
    assert names("127.0.0.1", addresses=addresses) == ["home-1/esme", "home-1/chf"]


@pytest.mark.parametrize(
    "text",
    [
        *["", "home", "home-", "home-0", "home-121", "home--1", "home-x", "home-7/gsme", "home-7/esme/chf", "Home-7"],
        *["127.1.0.121", "127.1.0.7:4060", "127.1.0.7:x", "127.1.0.7:99999999999", "10.0.0.1", "[", "home-7/[", "*/x"],
        *["00-23-7E-00-00-00-00-02", "00-23-7E-00-00", "FF-FF-FF-FF-FF-FF-FF-FF", "home-²", "home-٧", "127.1.0.7:²"],
        *["home-" + "9" * 5000, "127.1.0.7:" + "9" * 5000, "home-7\n", "\0"],
    ],
)
def test_what_is_no_name_is_told_what_would_be(text):
    with pytest.raises(SelectorError) as caught:
        select(text, ESTATE, ADDRESSES, 10)
    assert str(caught.value).endswith(
        "names no device; there are home-1 to home-120, each with /esme and /chf, some with /gsme, /ppmid, /ihd; "
        "an EUI-64, an address and globs are taken too"
    )


@given(st.text(max_size=30))
@settings(max_examples=300)
def test_any_text_is_a_name_or_is_not(text):
    try:
        found = select(text, ESTATE, ADDRESSES, 5)
    except SelectorError:
        return
    assert 1 <= len(found) <= 5
    assert all(0 <= chosen.home < 120 and chosen.device in {DeviceName.ESME, DeviceName.CHF} for chosen in found)


@given(st.from_regex(r"home-[1-9?*\[\]]{1,4}(/(esme|chf|\*))?", fullmatch=True))
@settings(max_examples=200)
def test_a_glob_means_what_it_means_for_files(pattern):
    """As fnmatch, whole, over all names in order: an independent reading of the same pattern."""
    from fnmatch import fnmatchcase

    if not set("*?[") & set(pattern):
        return
    whole = pattern if "/" in pattern else pattern + "/*"
    expected = [chosen.text for chosen in every(ESTATE) if fnmatchcase(chosen.text, whole)]
    try:
        assert names(pattern) == expected
    except SelectorError:
        assert not expected


def test_the_end_of_a_million_homes_is_found_at_once():
    estate, addresses = from_flags(("elster-as300p",), 1_000_000, 1), LoopbackAddresses(1_000_000, 4059)
    began = time.perf_counter()
    found = select("home-99999?/esme", estate, addresses, 1000)
    assert [chosen.home + 1 for chosen in found] == list(range(999_990, 1_000_000))
    assert time.perf_counter() - began < 0.2


def test_a_row_has_what_a_client_needs():
    row = described(Chosen(6, DeviceName.ESME, "home-7"), ESTATE, ADDRESSES)
    assert row == {
        "selector": "home-7/esme",
        "eui64": "00-23-7E-00-00-00-00-38",
        "type": "ESME",
        "profile": "elster-as300p",
        "protocol": "dlms",
        "host": "127.1.0.7",
        "port": 4059,
        "address": {
            "server": 1,
            "clients": {"public": 16, "reader": 32, "management": 1},
            "hdlc_physical": 16,
        },
    }
    hub = described(Chosen(6, DeviceName.CHF, "home-7"), ESTATE, ADDRESSES)
    assert (hub["type"], hub["address"]["server"], hub["address"]["clients"]) == ("CHF", 2, row["address"]["clients"])
