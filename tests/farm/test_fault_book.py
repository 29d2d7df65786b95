"""The fault book: orders befall homes by selector and chance, outlive the farm, and leave nobody else touched."""

import asyncio
from pathlib import Path

import pytest
from farm_callers import PROFILE, head_end, run
from farm_homes import NOW, a_farm, names

from emulator.device.declaration import DeclarationError
from emulator.device.faults.fault import FaultError
from emulator.device.instant import HOUR, MINUTE
from emulator.farm.estate_file import read
from emulator.farm.farm import Farm

STANDING = "@2026-03-02T10:17:00Z"
WITH_FAULTS = f"""
[[cohort]]
profile = "{PROFILE}"
homes = 40
gas = 0.5

[[cohort]]
profile = "{PROFILE}"
homes = 10

[[fault]]
name = "power_cut"
into = "cohort:1"
probability = 0.5
starts = "2026-03-02T12:00:00Z"
lasts = "30m"
"""


def in_force(farm, index):
    return [one.name for one in farm.home(index).installation.faults.in_force]


def test_a_fault_befalls_the_homes_named_from_start_to_stop_and_no_other():
    async def scenario():
        async with a_farm(None) as farm:
            order, homes = await farm.faults.put_in("power_cut", "home-[12]", starts_at=NOW + HOUR, for_ms=HOUR)
            assert (order.number, homes) == (1, 2)
            assert farm.awake == (0, 1)
            await farm.advance(90 * MINUTE)
            assert [in_force(farm, index) for index in range(4)] == [["power_cut"], ["power_cut"], [], []]
            await farm.advance(HOUR)
            assert [in_force(farm, index) for index in range(2)] == [[], []]
            told = [(entry.at - NOW, type(entry.what).__name__) for entry in await farm.journal(0)]
            assert (HOUR, "PowerLost") in told
            assert (2 * HOUR, "PowerRestored") in told

    run(scenario())


def test_a_fault_of_one_device_is_put_into_it_and_one_without_end_is_cleared():
    async def scenario():
        async with a_farm(None) as farm:
            order, _ = await farm.faults.put_in("busy", "home-1/esme", {"busy_after_write_ms": 700})
            meter = farm.home(0).installation.esme
            assert (meter.site.profile.pace.busy_after_write_ms, order.on) == (700, "esme")
            assert farm.home(1).meter.site.profile.pace.busy_after_write_ms == 0
            assert await farm.faults.clear("home-1", order.number) == 1
            assert meter.site.profile.pace.busy_after_write_ms == 0
            assert in_force(farm, 0) == []

    run(scenario())


def test_faults_outlive_the_farm(tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            await farm.faults.put_in("power_cut", "home-1", for_ms=HOUR)
        async with a_farm(tmp_path) as farm:
            assert in_force(farm, 0) == ["power_cut"]
            assert [order.name for order in farm.faults.orders] == ["power_cut"]
            await farm.advance(2 * HOUR)
            assert in_force(farm, 0) == []

    run(scenario())


def test_a_number_is_never_given_twice_so_a_home_hears_of_what_comes_after_a_clearing(tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            await farm.faults.put_in("power_cut", "home-1")
            await farm.faults.put_in("busy", "home-2")
            assert await farm.faults.clear() == 2
            assert farm.faults.orders == []
        async with a_farm(tmp_path) as farm:
            order, befallen = await farm.faults.put_in("power_cut", "home-1")
            assert (order.number, befallen, in_force(farm, 0)) == (3, 1, ["power_cut"])

    run(scenario())


def test_clearing_all_reaches_forks_and_empties_the_book():
    async def scenario():
        async with a_farm(None) as farm:
            await farm.faults.put_in("busy", "home-1")
            fork = await farm.futures.fork(0)
            assert in_force(farm, fork) == ["busy"]
            assert await farm.faults.clear() == 2
            assert (farm.faults.orders, in_force(farm, 0), in_force(farm, fork)) == ([], [], [])

    run(scenario())


def test_a_home_of_a_snapshot_has_the_faults_it_had_then_and_no_later_ones(tmp_path):
    async def scenario():
        file = tmp_path / "then.json"
        async with a_farm(None) as farm:
            await farm.faults.put_in("busy", "home-1/esme", {"busy_after_write_ms": 700})
            await farm.futures.save([0], file)
            await farm.faults.put_in("power_cut", "home-1")
            await farm.futures.load(file)
            await farm.faults.put_in("clock_strays", "home-1")
            assert in_force(farm, 0) == ["busy", "clock_strays"]
        async with a_farm(None) as other:
            await other.faults.put_in("power_cut", "home-2")
            await other.futures.load(file)
            (told,) = [order for _, order in other.faults.active([other.home(0)])]
            assert (told.name, told.selector, told.given["busy_after_write_ms"]) == ("busy", "home-1/esme", 700)
            order, befallen = await other.faults.put_in("power_cut", "home-1")
            assert (order.number, befallen) == (2, 1)

    run(scenario())


def test_a_home_woken_late_has_lived_through_its_faults():
    """An order for homes that nobody has touched is data only; who wakes late has the history of who was awake."""

    async def scenario():
        async with Farm.start(estate=read(WITH_FAULTS, "e", Path()), clock=STANDING) as early:
            homes = [index for index in range(50) if early.faults.first_start(index) is not None]
            assert 10 <= len(homes) <= 30
            assert max(homes) < 40
            index = homes[0]
            early.home(index)
            await early.advance(3 * HOUR)
            awake = [(entry.at, entry.what) for entry in await early.journal(index)]
        async with Farm.start(estate=read(WITH_FAULTS, "e", Path()), clock=STANDING) as late:
            await late.advance(3 * HOUR)
            assert late.awake == ()
            late.home(index)
            assert [(entry.at, entry.what) for entry in await late.journal(index)] == awake
            spared = next(one for one in range(40) if one not in homes)
            assert "PowerLost" not in names(await late.journal(spared))

    run(scenario())


def test_a_standing_fault_starts_stops_and_is_given_as_the_estate_says():
    text = WITH_FAULTS.replace("power_cut", "busy").replace("0.5", "1") + "given = { busy_after_write_ms = 900 }\n"

    async def scenario():
        async with Farm.start(estate=read(text, "e", Path()), clock=STANDING) as farm:
            (order,) = farm.faults.orders
            begins = NOW - 17 * MINUTE + 2 * HOUR
            assert (order.starts_at, order.stops_at) == (begins, begins + 30 * MINUTE)
            meter = farm.home(0).installation.esme
            busy = []
            for _ in range(3):
                busy.append(meter.site.profile.pace.busy_after_write_ms)
                await farm.advance(HOUR + 50 * MINUTE if len(busy) == 1 else HOUR)
            assert busy == [0, 900, 0]

    run(scenario())


def test_a_number_is_never_given_twice():
    """A home remembers the highest number it was told of: under a number given anew it would miss a fault."""

    async def scenario():
        async with a_farm(None) as farm:
            first, _ = await farm.faults.put_in("power_cut", "home-1")
            second, _ = await farm.faults.put_in("power_cut", "home-1")
            assert await farm.faults.clear("*", first.number) == 1
            third, homes = await farm.faults.put_in("busy", "home-1")
            assert [first.number, second.number, third.number] == [1, 2, 3]
            assert homes == 1
            assert in_force(farm, 0) == ["power_cut", "busy"]

    run(scenario())


def test_chance_is_drawn_from_the_seed():
    async def befallen(seed):
        async with a_farm(None, homes=60) as farm:
            await farm.faults.put_in("power_cut", "home-*", probability=0.3, seed=seed)
            return [index for index in range(60) if in_force(farm, index)]

    first, again, other = (run(befallen(seed)) for seed in (5, 5, 6))
    assert first == again != other
    assert 8 <= len(first) <= 30


@pytest.mark.parametrize(
    ("name", "selector", "given", "more", "told"),
    [
        ("gremlins", "home-1", {}, {}, "no fault is called 'gremlins'; `meterfarm fault ls`"),
        ("power_cuts", "home-1", {}, {}, "did you mean power_cut?"),
        ("gas_mirror", "home-1", {}, {}, "did you mean gas_mirror_lags?"),
        (
            "power_cut",
            "cohort:elster",
            {},
            {},
            f"home-1 to home-4, home-1/gsme, a glob such as .*, or cohort:{PROFILE}",
        ),
        ("power_cut", "home-99", {}, {}, "'home-99' names no home"),
        ("power_cut", "home-1/ppm", {}, {}, "no device is called 'ppm'"),
        ("power_cut", "home-1", {"depth": 1}, {}, "has no 'depth'"),
        ("link_loss", "home-1", {"per_mille": 2_000}, {}, "allowed: a whole number from 0 to 1000"),
        ("link_loss", "home-1", {"way": "up"}, {}, "allowed: in, out, both"),
        ("power_cut", "home-1", {}, {"probability": 3.0}, "allowed: 0 to 1"),
        ("power_cut", "home-1", {}, {"for_ms": -1}, "must last for some time"),
    ],
)
def test_what_cannot_be_put_in_is_told_and_changes_nothing(name, selector, given, more, told):
    async def scenario():
        async with a_farm(None) as farm:
            with pytest.raises(FaultError, match=told):
                await farm.faults.put_in(name, selector, given, **more)
            assert farm.faults.orders == []
            assert farm.awake == ()

    run(scenario())


def test_faults_of_an_estate_file_are_judged_with_line_and_key():
    text = WITH_FAULTS.replace('"power_cut"', '"powercut"').replace('"30m"', '"soon"').replace("cohort:1", "cohort:el")
    with pytest.raises(DeclarationError) as error:
        read(text, "estate.toml", Path())
    told = [str(problem) for problem in error.value.problems]
    assert any(":12: fault[0].name: no fault is called 'powercut'" in line for line in told), told
    assert any(":16: fault[0].lasts" in line for line in told), told
    assert any(":13: fault[0].into: 'cohort:el' names no home; allowed: home-1 to home-50" in line for line in told), (
        told
    )


@pytest.mark.parametrize(
    ("into", "named"),
    [
        *(
            (good, True)
            for good in ("home-50", "home-1/esme", "home-*", "home-[12]/gsme", "cohort:2", f"cohort:{PROFILE}")
        ),
        *((bad, False) for bad in ("home-51", "home-0", "home-", "house-1", "cohort:3", "cohort:", "home-¹")),
    ],
)
def test_a_fault_of_an_estate_file_names_homes_that_there_are(into, named):
    text = WITH_FAULTS.replace("cohort:1", into)
    if named:
        assert read(text, "estate.toml", Path()).faults[0].into == into
    else:
        with pytest.raises(DeclarationError, match="names no home"):
            read(text, "estate.toml", Path())


def test_a_half_open_link_answers_nothing_and_then_is_normal_again():
    """Over TCP: the connection is taken, nothing comes back, and clearing the fault restores the service."""

    async def scenario():
        async with a_farm(None) as farm:
            order, _ = await farm.faults.put_in("link_half_open", "home-1")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3), head_end(farm, "home-1") as client:
                    await client.read("import_wh")
            await farm.faults.clear("home-1", order.number)
            async with head_end(farm, "home-1") as client:
                assert await client.read("import_wh") > 0

    run(scenario())
