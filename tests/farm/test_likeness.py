"""Estates like a real one: shared out exactly, with the faults that stand there, in a text that a farm takes."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.farm import library
from emulator.farm.cohort import MAX_SEED, EstateError
from emulator.farm.estate_file import read
from emulator.farm.farm import Farm
from emulator.farm.likeness import apportioned, like, likeness, names

NAME = "gb-mixed"
# device dossier 1.1: 22, 32, 42 and 4 in a hundred. FOC's 42 are those of its makers beside EDMI, whose 4 go with it.
IN_A_HUNDRED = {"IOC": 22, "MOC-Secure": 32, "FOC": 42 + 4}


def estate(homes, seed=1):
    return read(like(NAME, homes, seed), "drawn up", Path())


@given(st.integers(0, 20_000_000), st.lists(st.integers(1, 1_000), min_size=1, max_size=12))
def test_no_part_is_a_whole_one_away_from_its_share_and_all_sum_to_the_whole(total, weights):
    parts, whole = apportioned(total, weights), sum(weights)
    assert sum(parts) == total
    assert all(abs(part * whole - total * weight) < whole for part, weight in zip(parts, weights, strict=True))


def test_the_greatest_remainders_get_the_rest_and_the_first_of_equal_ones():
    # by hand: 10 by 6:6:5 of 17 is 3.53, 3.53 and 2.94; 2 by 1:1:1 is 0.67 each
    assert apportioned(10, [6, 6, 5]) == [4, 3, 3]
    assert apportioned(2, [1, 1, 1]) == [1, 1, 0]


def test_a_hundred_homes_are_shared_out_as_the_cohorts_are():
    found = dict.fromkeys(IN_A_HUNDRED, 0)
    for cohort in estate(100).cohorts:
        found[library.packaged(cohort.profile).family.cohort] += cohort.homes
    assert found == IN_A_HUNDRED


@pytest.mark.parametrize("homes", [1, 2, 3, 7, 49, 999, 10_000, 1_000_000])
def test_there_are_as_many_homes_as_were_asked_for_and_no_set_that_is_for_tests_only(homes):
    made = estate(homes)
    assert made.homes == homes
    there = [cohort.profile for cohort in made.cohorts]
    assert len(set(there)) == len(there)
    assert all(library.packaged(name).family.weight for name in there)
    if homes >= 999:
        weighed = [name for name in library.names() if library.packaged(name).family.weight]
        assert there == weighed


def test_the_text_says_who_prepays_who_has_gas_and_which_firmware_runs_where_the_set_can():
    shares = likeness(NAME).shares
    for cohort in estate(10_000).cohorts:
        profile = library.packaged(cohort.profile)
        able = profile.prepayment.level != "none"
        assert (cohort.prepayment, cohort.debts) == ((shares["prepayment"], shares["debts"]) if able else (0, None))
        assert cohort.gas == (shares["gas"] if profile.gas_model is not None else 0)
        assert (cohort.vacant, cohort.solar, cohort.economy_7) == (0.02, 0.05, 0.1)
        assert cohort.firmware == {one.firmware: one.share / 1_000 for one in profile.versions if one.share}
    assert list(estate(10_000).warnings()) == []


def test_a_fault_stands_in_each_cohort_that_it_can_befall_and_a_family_says_how_often_it_is_dormant():
    made = estate(10_000)
    into = {(one.name, one.into): one.probability for one in made.faults}
    assert len(into) == len(made.faults)
    for cohort in made.cohorts:
        profile, name = library.packaged(cohort.profile), f"cohort:{cohort.profile}"
        assert into["dormant", name] == max(0.21, profile.family.dormant / 1_000)
        assert (("gas_meter_lost", name) in into) is (profile.gas_device is not None)
    # device dossier 8: "dormant by default", of the Itron set
    assert into["dormant", "cohort:itron-lite"] == 1
    assert {one.into.removeprefix("cohort:") for one in estate(2).faults} == {one.profile for one in estate(2).cohorts}


def test_the_faults_are_in_the_book_of_a_farm_made_of_it(farm_of_many):
    homes, befallen = farm_of_many
    assert sum(len(found) for found in homes.values()) == 3_000
    for profile, indices in homes.items():
        share = sum(index in befallen for index in indices) / len(indices)
        assert (share == 1) if profile == "itron-lite" else (0.1 < share < 0.4), profile


@pytest.fixture
def farm_of_many():
    """Give the homes of a farm by profile, and those of them that are dormant."""
    import asyncio

    async def scenario():
        async with Farm.start(estate=estate(3_000, seed=4), clock="@2026-03-02T10:17:00Z") as farm:
            homes = {}
            for index in range(farm.estate.homes):
                homes.setdefault(farm.estate.cohort(index).profile, []).append(index)
            dormant = [order for order in farm.faults.orders if order.name == "dormant"]
            return homes, {
                index for index in range(farm.estate.homes) if any(one.befalls(farm.estate, index) for one in dormant)
            }

    return asyncio.run(scenario())


def test_a_seed_makes_the_same_estate_again_and_another_one_another():
    assert like(NAME, 500, 7) == like(NAME, 500, 7)
    first, again, other = estate(500, 7), estate(500, 7), estate(500, 8)
    assert first.digest() == again.digest() != other.digest()
    assert first.cohorts == other.cohorts
    drawn = [[made.prepays(index) for index in range(500)] for made in (first, again, other)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_text_is_for_people_too():
    text = like(NAME, 1_000, 7)
    assert text.startswith("# Britain's first-generation estate")
    assert "device dossier 1.1" in text
    assert tomllib.loads(text)["estate"] == {"name": NAME, "seed": 7}
    assert max(map(len, text.splitlines()[2:])) <= 120


@pytest.mark.parametrize(
    ("name", "homes", "seed", "told"),
    [
        ("gb-mixde", 10, 1, "no estate is called 'gb-mixde'; allowed: gb-mixed"),
        ("", 10, 1, "no estate is called ''"),
        ("../gb-mixed", 10, 1, "no estate is called"),
        (NAME, 0, 1, "0 homes; allowed: 1 to 16000000"),
        (NAME, 16_000_001, 1, "16000001 homes; allowed: 1 to 16000000"),
        (NAME, 10, -1, f"the seed -1; allowed: 0 to {MAX_SEED}"),
        (NAME, 10, MAX_SEED + 1, "allowed: 0 to"),
        (NAME, 16_000_000, 1, "has no serial number like .*; homes up to home-1000000"),
    ],
)
def test_what_cannot_be_drawn_up_is_told(name, homes, seed, told):
    with pytest.raises(EstateError, match=told):
        like(name, homes, seed)


def test_every_template_is_listed_and_says_where_its_shares_come_from():
    assert NAME in names()
    for name in names():
        template = likeness(name)
        assert template.title
        assert re.search("assumed|dossier", template.source)
