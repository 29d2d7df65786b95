"""The estate: identity both ways for any home, shares, and everything an estate file may have wrong."""

import re
import sys
import tracemalloc
from collections import Counter

import pytest
import whole_profile
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import identity
from emulator.device.declaration import DeclarationError
from emulator.device.instant import instant
from emulator.device.journal import DeviceName
from emulator.device.overlay import at_version
from emulator.farm import library
from emulator.farm.addresses import LoopbackAddresses
from emulator.farm.cohort import MAX_HOMES, EstateError
from emulator.farm.estate import KINDS, from_flags
from emulator.farm.estate_file import load, read

NAME = "elster-as300p"
PROFILE = whole_profile.TEXT
MILLION = from_flags((NAME,), 1_000_000, 42)
SHAPES = "domestic, economy-7, flat, none, tapped, vacant"
COHORTS = f"""
[estate]
name = "three"
seed = 9
[[cohort]]
profile = "{NAME}"
homes = 300
[[cohort]]
profile = "{NAME}"
homes = 7_000
economy_7 = 1.0
solar = 1.0
[[cohort]]
profile = "{NAME}"
homes = 10
household = {{ shape = "none", opening_import_wh = 12345 }}
"""


def problems(text, folder):
    with pytest.raises(DeclarationError) as caught:
        read(text, "estate.toml", folder)
    return [str(problem) for problem in caught.value.problems]


@given(st.integers(0, 999_999))
@settings(max_examples=150, deadline=None)
def test_every_name_of_a_home_leads_back_to_it(index):
    site = MILLION.site(index)
    addresses = LoopbackAddresses(MILLION.homes, 4059)
    assert MILLION.find_eui64(site.eui64) == (index, DeviceName.ESME)
    assert MILLION.find_eui64(site.hub_eui64) == (index, DeviceName.CHF)
    assert addresses.index(addresses.of(index)) == index
    assert identity.number_of(site.eui64, identity.parse_oui(site.profile.model.oui)) == (index + 1) * KINDS
    year, number = identity.SerialPattern(site.profile.model.serial).parse(site.serial)
    assert number == index + 1
    assert instant(2000 + year, 1, 1) <= site.installed_at < instant(2001 + year, 1, 1)
    assert identity.parse_mpan(site.mpan) == (10 + index % 14, index + 1)
    assert identity.parse_iccid(site.iccid)[1] == identity.parse_imsi(site.imsi)[1] == index + 1
    assert MILLION.site(index) == site


def test_no_two_homes_share_a_name():
    estate = read(COHORTS, "estate.toml", None)
    sites = [estate.site(index) for index in range(estate.homes)]
    addresses = LoopbackAddresses(estate.homes, 4059)
    for name in ("key", "serial", "hub_serial", "mpan", "iccid", "imsi"):
        assert len({getattr(site, name) for site in sites}) == estate.homes, name
    assert len({eui64 for site in sites for eui64 in (site.eui64, site.hub_eui64)}) == 2 * estate.homes
    assert len({addresses.of(index) for index in range(estate.homes)}) == estate.homes


@pytest.mark.parametrize("eui64", [0, 1, 2**64 - 1, 0x00237E0000000002, 0x00237E000000000F, 0x001A630000000008])
def test_a_stranger_is_nobody(eui64):
    """Of no home, of no device, or the maker of another device before the number of this one."""
    assert MILLION.find_eui64(eui64) is None


def test_a_stranger_beyond_the_last_home_is_nobody():
    estate = from_flags((NAME,), 3, 1)
    assert estate.find_eui64(estate.site(2).eui64) == (2, DeviceName.ESME)
    assert estate.find_eui64(estate.site(2).eui64 + KINDS) is None
    with pytest.raises(IndexError):
        estate.site(3)
    with pytest.raises(IndexError):
        estate.site(-1)


def test_cohorts_lie_one_behind_the_other():
    estate = read(COHORTS, "estate.toml", None)
    assert estate.homes == 7_310
    assert [estate.cohort(index).homes for index in (0, 299, 300, 7_299, 7_300, 7_309)] == [
        300,
        300,
        7000,
        7000,
        10,
        10,
    ]
    assert all(estate.site(index).household.shape == "economy-7" for index in range(300, 400))
    assert all(estate.site(index).household.daily_export_wh >= 3_000 for index in range(300, 400))
    fixed = estate.site(7_305).household
    assert (fixed.shape, fixed.opening_import_wh) == ("none", 12_345)


def test_shares_come_out_within_four_standard_deviations():
    count = 20_000
    households = [MILLION.site(index).household for index in range(count)]
    economy_7 = sum(one.shape == "economy-7" for one in households)
    solar = sum(one.daily_export_wh > 0 for one in households)
    both = sum(one.shape == "economy-7" and one.daily_export_wh > 0 for one in households)
    for found, share in ((economy_7, 0.1), (solar, 0.05), (both, 0.005)):
        assert abs(found - count * share) < 4 * (count * share * (1 - share)) ** 0.5
    domestic = [one.daily_import_wh for one in households if one.shape == "domestic"]
    assert 7_300 < sum(domestic) / len(domestic) < 7_700
    assert 2_500 <= min(domestic) < max(domestic) < 12_500


def test_seeds_give_other_households_and_the_same_names():
    one, other = from_flags((NAME,), 100, 1), from_flags((NAME,), 100, 2)
    pairs = [(one.site(index), other.site(index)) for index in range(100)]
    assert all(a.key != b.key and a.mpan == b.mpan and a.eui64 == b.eui64 for a, b in pairs)
    assert sum(a.household != b.household for a, b in pairs) > 90


def test_a_million_homes_cost_nothing():
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    flags = from_flags((NAME,), 1_000_000, 5)
    file = read(f'[[cohort]]\nprofile = "{NAME}"\nhomes = 1_000_000\n', "million.toml", None)
    for estate in (flags, file):
        assert estate.homes == 1_000_000
        for index in (0, 1, 499_999, 999_999):
            assert estate.find_eui64(estate.site(index).eui64) == (index, DeviceName.ESME)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 200_000, f"{grown} octets for two million homes"
    assert sys.getsizeof(flags.cohorts) < 100


# What an estate file may have wrong


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["estate.toml:1: cohort: missing; allowed: an array, at least 1 long"]),
        ("cohort = []", ["estate.toml:1: cohort: an array of 0 is not allowed; allowed: an array, at least 1 long"]),
        (
            f'[[cohort]]\nprofile = "{NAME}"\nhomes = 0',
            ["estate.toml:3: cohort[0].homes: 0 is not allowed; allowed: a whole number from 1 to 16000000"],
        ),
        (
            f'[[cohort]]\nprofile = "{NAME}"',
            ["estate.toml:1: cohort[0].homes: missing; allowed: a whole number from 1 to 16000000"],
        ),
        (
            f'[[cohort]]\nprofile = "{NAME}"\nhomes = 1\nsolar = 1.5',
            ["estate.toml:4: cohort[0].solar: 1.5 is not allowed; allowed: a number from 0 to 1"],
        ),
        (
            f'[[cohort]]\nprofile = "{NAME}"\nhomes = 1\nhousehold = {{ shape = "castle" }}',
            [f"estate.toml:4: cohort[0].household.shape: 'castle' is not allowed; allowed: {SHAPES}"],
        ),
        ("[estate]\n\nseed = ", ["estate.toml:3: Invalid value (at the end of the file)"]),
        ("[estate]\nname = 'a'\n!", ["estate.toml:3: Invalid statement (column 1)"]),
    ],
)
def test_a_fault_has_file_line_key_and_what_is_allowed(text, told, tmp_path):
    assert problems(text, tmp_path) == told


def test_an_unknown_key_gets_a_suggestion(tmp_path):
    (told,) = problems(f'[[cohort]]\nprofile = "{NAME}"\nhomes = 1\nprepaiment = 0.4', tmp_path)
    assert told.startswith("estate.toml:4: cohort[0].prepaiment: unknown key; allowed: ")
    assert told.endswith("(did you mean 'prepayment'?)")


def test_an_unknown_profile_gets_a_suggestion(tmp_path):
    (told,) = problems('[[cohort]]\nhomes = 1\nprofile = "elster-as300"', tmp_path)
    assert told.startswith("estate.toml:3: cohort[0].profile: unknown profile 'elster-as300'; allowed: ")
    assert told.endswith(f"FILE.toml (did you mean '{NAME}'?)")


def test_every_fault_is_told_at_once(tmp_path):
    text = "[estate]\nseed = -1\n[[cohort]]\nhomes = 'x'\nprofile = 'p'\n[[cohort]]\nhomes = 2\nprofile = ''"
    assert [one.split(": ")[1] for one in problems(text, tmp_path)] == [
        "estate.seed",
        "cohort[0].homes",
        "cohort[1].profile",
    ]


def test_too_many_homes(tmp_path):
    cohort = f'[[cohort]]\nprofile = "{NAME}"\nhomes = 9_000_000\n'
    (told,) = problems(cohort * 2, tmp_path)
    assert told == f"estate.toml:1: cohort: too many homes; allowed: at most {MAX_HOMES} in all"


def test_no_two_meters_of_a_maker_may_have_one_serial_number(tmp_path):
    (tmp_path / "short.toml").write_text(PROFILE.replace("{year}K{number:7}", "{year}K{number:2}"), "utf-8")
    cohort = '[[cohort]]\nprofile = "short.toml"\nhomes = 100\n'
    assert read(cohort, "estate.toml", tmp_path).homes == 100
    (told,) = problems(cohort + f'[[cohort]]\nprofile = "{NAME}"\nhomes = 9\n' + cohort, tmp_path)
    assert told == (
        "estate.toml:9: cohort[2].homes: home-209 has no serial number like {year}K{number:2}; "
        "allowed: homes up to home-100"
    )
    with pytest.raises(EstateError, match="no serial number like"):
        from_flags((NAME,), 10_000_001, 1)


@pytest.mark.parametrize(("homes", "seed"), [(0, 1), (-1, 1), (MAX_HOMES + 1, 1), (1, -1), (1, 2**63)])
def test_flags_are_judged_too(homes, seed):
    with pytest.raises(EstateError, match="allowed: "):
        from_flags((NAME,), homes, seed)


def test_an_unknown_profile_in_flags():
    with pytest.raises(library.UnknownProfileError, match=f"no profile is called 'x'; there is .*{NAME}"):
        from_flags(("x",), 1, 1)


# Files


def test_a_profile_may_lie_beside_the_estate(tmp_path):
    (tmp_path / "mine.toml").write_text(PROFILE.replace("AS300P 01.21.29", "MINE 9"), "utf-8")
    (tmp_path / "estate.toml").write_text('[[cohort]]\nprofile = "mine.toml"\nhomes = 2\n', "utf-8")
    estate = load(tmp_path / "estate.toml")
    assert estate.site(1).profile.model.firmware == "MINE 9"


SPREAD = [
    ("", {"V24.01.08.00 -5c1e2a": 1_000}),  # the version that the profile is written for
    (
        'firmware = { "V24.02.00.00 -77ab03" = 0.5, "V24.03.01.00 -90d4f1" = 0.2 }',
        {"V24.01.08.00 -5c1e2a": 300, "V24.02.00.00 -77ab03": 500, "V24.03.01.00 -90d4f1": 200},
    ),
    ('firmware = { "V24.02.00.00 -77ab03" = 0.25 }', {"V24.01.08.00 -5c1e2a": 750, "V24.02.00.00 -77ab03": 250}),
    ('firmware = { "V24.03.01.00 -90d4f1" = 1 }', {"V24.03.01.00 -90d4f1": 1_000}),
]


@pytest.mark.parametrize(("said", "of_thousand"), SPREAD)
def test_homes_run_the_firmware_that_their_cohort_says_or_their_profile_is_written_for(tmp_path, said, of_thousand):
    estate = read(f'[[cohort]]\nprofile = "landis-gyr-e470"\nhomes = 1000\n{said}\n', "estate.toml", tmp_path)
    found = Counter(estate.site(index).profile.model.firmware for index in range(1_000))
    assert found.keys() == of_thousand.keys()
    assert all(abs(found[version] - share) <= 60 for version, share in of_thousand.items())  # four standard deviations
    last = next(
        site for index in range(1_000) if (site := estate.site(index)).profile.model.firmware == max(of_thousand)
    )
    assert last.profile == at_version(library.packaged("landis-gyr-e470"), max(of_thousand))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('{ "V9" = 0.1 }', "estate.toml:4: cohort[0].firmware: landis-gyr-e470 has no firmware 'V9'; allowed: V24."),
        (
            '{ "V24.02.00.00 -77ab03" = 0.7, "V24.03.01.00 -90d4f1" = 0.4 }',
            "estate.toml:4: cohort[0].firmware: shares of more than the whole; allowed: at most 1 in all",
        ),
    ],
)
def test_firmware_that_a_cohort_cannot_run_is_told(tmp_path, said, told):
    (problem,) = problems(f'[[cohort]]\nprofile = "landis-gyr-e470"\nhomes = 9\nfirmware = {said}\n', tmp_path)
    assert problem.startswith(told)


@pytest.mark.parametrize(("share", "least", "most"), [(0.0, 0, 0), (0.5, 200, 300), (1.0, 500, 500)])
def test_so_many_of_those_who_prepay_owe_something(tmp_path, share, least, most):
    text = f'[[cohort]]\nprofile = "{NAME}"\nhomes = 500\nprepayment = 1\ndebts = {share}\n'
    estate = read(text, "estate.toml", tmp_path)
    contracts = [estate.contract(index, DeviceName.ESME) for index in range(500)]
    assert least <= sum(one is not None and one.terms.payment_share > 0 for one in contracts) <= most


def test_a_fault_of_a_profile_beside_the_estate_is_told_with_its_own_file(tmp_path):
    (tmp_path / "mine.toml").write_text(PROFILE.replace("max_apdu = 1024", "max_apdu = 10"), "utf-8")
    (told,) = problems('[[cohort]]\nprofile = "mine.toml"\nhomes = 2\n', tmp_path)
    line = PROFILE.splitlines().index("max_apdu = 1024") + 1
    allowed = "a whole number from 64 to 65535"
    assert told == f"{tmp_path}/mine.toml:{line}: dlms.max_apdu: 10 is not allowed; allowed: {allowed}"


def test_a_profile_file_that_is_not_there(tmp_path):
    (told,) = problems('[[cohort]]\nprofile = "gone.toml"\nhomes = 2\n', tmp_path)
    assert told == "estate.toml:2: cohort[0].profile: gone.toml: No such file or directory"


def test_a_file_that_is_not_text(tmp_path):
    file = tmp_path / "estate.toml"
    file.write_bytes(b"[estate]\nname = '\xff'\n")
    with pytest.raises(DeclarationError, match=r"estate\.toml:2: not Unicode text"):
        load(file)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "gone.toml")


# Warnings and digest


def test_what_a_profile_does_not_have_is_said(tmp_path):
    tables = re.split(r"(?m)^(?=\[)", PROFILE)
    kept = [table for table in tables if not table.startswith(("[gas_", "[ppmid", "[ihd"))]
    bare = "".join(kept).replace('level = "full"', 'level = "none"')
    (tmp_path / "bare.toml").write_text(bare, "utf-8")
    text = '[[cohort]]\nprofile = "bare.toml"\nhomes = 1\nprepayment = 0.4\ngas = 0.8\n'
    estate = read(text, "estate.toml", tmp_path)
    assert list(estate.warnings()) == [
        f"cohort[0].gas = 0.8: {NAME} has no gas meter; these homes have none",
        f"cohort[0].prepayment = 0.4: {NAME} runs on credit only",
    ]
    assert set(estate.devices(0)) == {DeviceName.ESME, DeviceName.CHF}
    assert not list(MILLION.warnings())


def digest_of(profile, tmp_path, cohort='profile = "mine.toml"\nhomes = 2'):
    (tmp_path / "mine.toml").write_text(profile, "utf-8")
    return read(f"[[cohort]]\n{cohort}\n", "estate.toml", tmp_path).digest()


def test_the_digest_tells_other_homes_apart(tmp_path):
    given = digest_of(PROFILE, tmp_path)
    other_words = PROFILE.replace("AS300P 01.21.29", "AS300P 02").replace('maker = "Elster"', 'maker = "Else"')
    assert digest_of(other_words, tmp_path) == given
    for old, new in (
        ('oui = "00-23-7E"', 'oui = "00-23-7F"'),
        ('"{year}K{number:7}"', '"K{number:8}"'),
        ("tou_registers = 48", "tou_registers = 4"),
        ("first_year = 2012", "first_year = 2013"),
        ("iccid_issuer = 10", "iccid_issuer = 11"),
    ):
        assert old in PROFILE
        assert digest_of(PROFILE.replace(old, new), tmp_path) != given, new
    assert digest_of(PROFILE, tmp_path, 'profile = "mine.toml"\nhomes = 3') != given
    assert digest_of(PROFILE, tmp_path, 'profile = "mine.toml"\nhomes = 2\nsolar = 0.5') != given
    assert from_flags((NAME,), 2, 1).digest() != from_flags((NAME,), 2, 2).digest()
