"""The devices of an estate: how many there are, which home has which, their names both ways, their contracts."""

import pytest
from farm_callers import PROFILE, run
from farm_homes import NOW, a_farm, disable, estate, names
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import Farm
from emulator.device.declaration import DeclarationError
from emulator.device.identity import parse_mpan
from emulator.device.instant import DAY, HALF_HOUR, instant
from emulator.device.items import BY_KEY
from emulator.device.journal import DeviceName
from emulator.device.money.account_records import Mode
from emulator.farm.addresses import LoopbackAddresses
from emulator.farm.cohort import MAX_HOMES
from emulator.farm.estate import KINDS, PLACES
from emulator.farm.estate_file import load, read
from emulator.farm.selectors import SelectorError, every, select

ESME, CHF, GSME, PPMID, IHD = PLACES
MIXED = """
[estate]
seed = 7
[[cohort]]
profile = "elster-as300p"
homes = 2_000
gas = 0.37
prepayment = 0.37
ihd = 0.37
[[cohort]]
profile = "elster-as300p"
homes = 500
gas = 1
prepayment = 0
ihd = 0
[[cohort]]
profile = "elster-as300p"
homes = 300
gas = 0.0
prepayment = 1.0
ihd = 1.0
"""


def mixed():
    return read(MIXED, "mixed.toml", None)


@pytest.mark.parametrize("share", [0, 1, 0.37, 0.000001, 0.999999])
@pytest.mark.parametrize("what", ["gas", "prepayment", "ihd"])
def test_the_count_is_what_a_count_by_hand_gives(what, share):
    others = {"gas": 0, "prepayment": 0, "ihd": 0} | {what: share}
    made = estate(3_000, "\n".join(f"{key} = {value}" for key, value in others.items()))
    assert made.device_count() == sum(len(made.devices(index)) for index in range(made.homes))
    assert made.device_count() == sum(1 for _ in every(made))
    if share in {0, 1}:
        assert made.device_count() == 3_000 * (2 + share)


def test_the_count_goes_over_all_cohorts():
    made = mixed()
    by_hand = [made.devices(index) for index in range(made.homes)]
    assert made.device_count() == sum(map(len, by_hand))
    assert all(set(one) == {ESME, CHF, GSME} for one in by_hand[2_000:2_500])
    assert all(set(one) == {ESME, CHF, PPMID, IHD} for one in by_hand[2_500:])
    for name in (GSME, PPMID, IHD):  # within four standard deviations
        found = sum(name in one for one in by_hand[:2_000])
        assert abs(found - 740) < 4 * (2_000 * 0.37 * 0.63) ** 0.5


def test_sixteen_million_homes_are_counted():
    made = estate(10_000_000, "gas = 0.5\nprepayment = 0.25")
    assert abs(made.device_count() - 37_500_000) < 4 * (10_000_000 * (0.25 + 0.1875)) ** 0.5
    assert MAX_HOMES * KINDS < 1 << 40  # every number fits behind a maker's prefix


ESTATE = mixed()


@given(st.integers(0, ESTATE.homes - 1))
@settings(max_examples=100, deadline=None)
def test_every_device_is_found_by_its_eui64(index):
    premises = ESTATE.premises(index)
    assert tuple(premises.sites) == ESTATE.devices(index)
    addresses = LoopbackAddresses(ESTATE.homes, 4059)
    for name, site in premises.sites.items():
        number = site.hub_eui64 if name is CHF else site.eui64
        assert ESTATE.find_eui64(number) == (index, name)
        (chosen,) = select(f"{number:016X}", ESTATE, addresses, 9)
        assert (chosen.home, chosen.device) == (index, name)
    absent = set(PLACES) - set(premises.sites)
    for name in absent:
        profile = premises.electricity.profile
        maker = {GSME: profile.gas_model, PPMID: profile.ppmid, IHD: profile.ihd}[name]
        number = int(maker.oui.replace("-", ""), 16) << 40 | (index + 1) * KINDS + PLACES.index(name)
        assert ESTATE.find_eui64(number) is None
        with pytest.raises(SelectorError):
            select(f"home-{index + 1}/{name}", ESTATE, addresses, 9)


def test_no_two_devices_share_a_name():
    sites = [(name, site) for index in range(ESTATE.homes) for name, site in ESTATE.premises(index).sites.items()]
    numbers = {site.hub_eui64 if name is CHF else site.eui64 for name, site in sites}
    assert len(numbers) == len(sites) == ESTATE.device_count()
    for kind in (ESME, GSME, PPMID, IHD):
        of_kind = [site for name, site in sites if name is kind]
        assert len({site.serial for site in of_kind}) == len(of_kind)
        assert len({site.key for site in of_kind}) == len(of_kind)
    assert all(parse_mpan(site.mpan) for name, site in sites if name is ESME)
    assert len({site.mpan for name, site in sites if name is GSME}) == sum(name is GSME for name, _ in sites)


def test_shares_of_one_seed_only_grow():
    """A home that has gas at a share of 0.2 has it at 0.6 too: shares are thresholds on one draw."""
    few, many = (estate(500, f"gas = {share}\nihd = 1") for share in (0.2, 0.6))
    assert all(set(few.devices(index)) <= set(many.devices(index)) for index in range(500))


# Contracts


def test_contracts_are_opened_once_at_the_first_touch_and_journalled(tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            assert await farm.journal(1) == []
            await farm.advance(DAY)
            assert await farm.journal(1) == []  # nobody touched it
            home = farm.home(1)
            entries = await farm.journal(1)
            opened = [entry for entry in entries if type(entry.what).__name__ == "AccountOpened"]
            assert [(entry.device, entry.at, entry.what.mode) for entry in opened] == [
                (ESME, NOW + DAY, Mode.PREPAYMENT),
                (GSME, NOW + DAY, Mode.PREPAYMENT),
            ]
            for name in (ESME, GSME):
                contract = farm.estate.contract(1, name)
                assert home.installation.devices[name].records.account.balance_mp == contract.balance_mp
            assert farm.estate.contract(1, ESME) != farm.estate.contract(1, GSME)
            assert farm.estate.contract(1, IHD) is None
            await disable(farm, 1)
        async with a_farm(tmp_path, clock="@2026-03-05T00:00:00Z") as farm:
            farm.home(1)
            assert names(await farm.journal(1)).count("AccountOpened") == 2
            assert (await farm.journal(1))[: len(entries)] == entries

    run(scenario())


def test_a_home_on_credit_is_left_as_delivered_and_has_no_row():
    async def scenario():
        async with a_farm(None, cohort="gas = 1\nihd = 1") as farm:
            farm.home(0)
            await farm.advance(DAY)
            await farm.settled()
            assert await farm.journal(0) == []
            assert not list(farm._store.devices())

    run(scenario())


def test_homes_that_are_forgotten_come_back_the_same():
    """Against a farm that forgets nobody."""

    async def scenario(in_memory):
        async with a_farm(None, homes=30) as farm:
            farm._homes.most = in_memory
            for index in range(30):
                if index % 2:
                    await disable(farm, index)
                else:
                    farm.home(index)
                    await farm.settled()
            awake = len(farm.awake)
            await farm.advance(3 * DAY)
            homes = [farm.home(index).installation for index in range(30)]
            assert {home.now for home in homes} == {NOW + 3 * DAY}
            return awake, [home.state() for home in homes], [await farm.journal(index) for index in range(30)]

    few, *forgetful = run(scenario(2))
    many, *mindful = run(scenario(1_000))
    assert (few <= 3, many) == (True, 30)
    assert forgetful == mindful


# Households


def test_vacant_homes():
    made = estate(2_000, "vacant = 0.5\nihd = 0")
    vacant = [made.site(index).household for index in range(2_000) if made.site(index).household.shape == "vacant"]
    assert abs(len(vacant) - 1_000) < 4 * 500**0.5
    assert all(one.daily_import_wh <= 900 for one in vacant)
    every_one = estate(50, "vacant = 1")
    assert {every_one.site(index).household.shape for index in range(50)} == {"vacant"}


WEEK = [f"2026-01-{day:02}T{half // 2:02}:{half % 2 * 30:02}:00Z" for day in range(5, 12) for half in range(48)]


def recording(kwh="0.125", name="kwh"):
    return "\n".join([f"start,{name}", *(f"{at},{kwh}" for at in WEEK)]) + "\n"


def with_recording(name="house.csv", profile=PROFILE):
    return (
        f'[[cohort]]\nprofile = "{profile}"\nhomes = 2\ngas = 1\n'
        f'[[cohort]]\nprofile = "{profile}"\nhomes = 1\n[cohort.household]\nrecording = "{name}"\n'
    )


def test_a_household_may_be_driven_by_a_recording_beside_the_estate(tmp_path):
    (tmp_path / "house.csv").write_text(recording(), "utf-8")
    (tmp_path / "estate.toml").write_text(with_recording(), "utf-8")
    made = load(tmp_path / "estate.toml")
    start = instant(2026, 1, 5)
    driven = made.site(2).load(made.site(2).counted)
    assert driven.energy_mwh(start + HALF_HOUR) - driven.energy_mwh(start) == 125_000
    assert made.site(0).recording is None
    assert list(made.warnings()) == []
    other = (tmp_path / "house.csv").read_text("utf-8").replace("0.125", "0.126", 1)
    digest = made.digest()
    (tmp_path / "house.csv").write_text(other, "utf-8")
    assert load(tmp_path / "estate.toml").digest() != digest  # other energies are other homes


def test_a_farm_reads_what_was_recorded(tmp_path):
    (tmp_path / "house.csv").write_text(recording(), "utf-8")
    made = read(with_recording(), str(tmp_path / "estate.toml"), tmp_path)

    async def scenario():
        async with Farm.start(estate=made, clock="@2026-01-06T00:00:00Z") as farm:
            before = BY_KEY["import_wh"].read(farm.home(2).meter)
            await farm.advance(DAY)
            assert BY_KEY["import_wh"].read(farm.home(2).meter) - before == 48 * 125

    run(scenario())


def test_what_is_wrong_with_a_recording_is_told_with_its_line(tmp_path):
    text = (
        recording()
        .replace("2026-01-05T02:00:00Z,0.125", "2026-01-05T02:00:00Z,-1")
        .replace("T03:30:00Z,0.125", "T,1", 1)
    )
    (tmp_path / "house.csv").write_text(text, "utf-8")
    with pytest.raises(DeclarationError) as caught:
        read(with_recording(), "estate.toml", tmp_path)
    told = [str(problem) for problem in caught.value.problems]
    assert told[0] == f"{tmp_path}/house.csv:6: kwh: '-1' is out of range; allowed: 0 to 100"
    assert told[1].startswith(f"{tmp_path}/house.csv:9: start: ")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gone.csv", "gone.csv: No such file or directory; allowed: a CSV file beside the estate file"),
        ("folder", "folder: Is a directory; allowed: a CSV file beside the estate file"),
    ],
)
def test_a_recording_that_cannot_be_opened_is_told_with_the_estates_line(name, told, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(DeclarationError) as caught:
        read(with_recording(name), "estate.toml", tmp_path)
    assert str(caught.value) == f"estate.toml:9: cohort[1].household.recording: {told}"


def test_what_was_mended_in_a_recording_is_a_warning(tmp_path):
    (tmp_path / "house.csv").write_text(recording() + f"{WEEK[-1]},0.125\n", "utf-8")
    (warning,) = read(with_recording(), "estate.toml", tmp_path).warnings()
    assert warning.endswith("house.csv: 1 row says again what another says")


def test_a_recording_that_is_no_text_is_told(tmp_path):
    (tmp_path / "house.csv").write_bytes(b"\xff\xfe\x00kwh")
    with pytest.raises(DeclarationError, match=r"house\.csv:1: "):
        read(with_recording(), "estate.toml", tmp_path)


def test_several_cohorts_may_name_one_recording(tmp_path):
    (tmp_path / "house.csv").write_text(recording(), "utf-8")
    twice = with_recording() + with_recording().split("homes = 2\ngas = 1\n")[1]
    made = read(twice, "estate.toml", tmp_path)
    assert made.site(2).recording is made.site(3).recording
    assert DeviceName.GSME not in made.devices(2)
