"""Forks: two futures of one home go their own ways, each with the past they share, and neither is lost."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from farm_callers import STANDING, calling, head_end, is_served, run
from farm_homes import NOW, a_farm, disable, estate, names, plan_tariff

import emulator
from emulator import Farm
from emulator.device import snapshot
from emulator.device.commands import EnableSupply, Sender
from emulator.device.instant import DAY, HOUR
from emulator.device.journal import DeviceName
from emulator.farm.futures import ForkError
from emulator.farm.opening import FORKS_KEY, MAX_FORKS, STORE_FILE
from emulator.farm.selectors import SelectorError, described, home_index, select
from emulator.farm.store import StoreError

ROOT = str(Path(emulator.__file__).parents[1])


def differences(farm, left, right):
    taken = [snapshot.take(farm.home(index).installation) for index in (left, right)]
    return {one.path: (one.left, one.right) for one in snapshot.differences(*taken)}


def test_two_futures_go_their_own_ways_and_only_that_differs():
    async def scenario():
        async with a_farm(None) as farm:
            await disable(farm, 1)
            before, journal = farm.home(1).installation.state(), await farm.journal(1)
            fork = await farm.futures.fork(1)
            assert farm.estate.name(fork) == "home-2~1"
            assert await farm.journal(fork) == journal
            assert not differences(farm, 1, fork)
            assert (await farm.send(fork, EnableSupply(), Sender.SUPPLIER)).accepted
            assert not farm.home(1).meter.supplied
            assert farm.home(fork).meter.supplied
            found = differences(farm, 1, fork)
            assert found["esme.supply.switch"] == ("disabled", "enabled")
            assert {path.split(".")[0] for path in found} <= {"esme", "chf"}  # the hub heard the alert of it
            assert await farm.journal(1) == journal
            assert farm.home(1).installation.state() == before
            assert names((await farm.journal(fork))[len(journal) :])[0] == "SupplyChanged"

    run(scenario())


def test_the_same_done_to_both_leaves_no_difference():
    async def scenario():
        async with a_farm(None) as farm:
            fork = await farm.futures.fork(0)
            for index in (0, fork):
                await plan_tariff(farm, index, NOW + HOUR)
                await farm.apart.advance(index, 40 * DAY)
                await disable(farm, index)
            assert not differences(farm, 0, fork)
            assert await farm.journal(0) == await farm.journal(fork)

    run(scenario())


def test_both_futures_survive_a_restart(tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            first = await farm.futures.fork(2)
            await disable(farm, first)
            await farm.apart.advance(first, 3 * DAY)
            second = await farm.futures.fork(first)  # a fork of a fork is a further future of the home
            other = await farm.futures.fork(0)
            assert [farm.estate.name(index) for index in (first, second, other)] == ["home-3~1", "home-3~2", "home-1~1"]
            states = {index: farm.home(index).installation.state() for index in (0, 2, first, second, other)}
            journals = {index: await farm.journal(index) for index in states}
            times = {index: farm.now(index) for index in states}
        assert times == {0: NOW, 2: NOW, first: NOW + 3 * DAY, second: NOW + 3 * DAY, other: NOW}
        async with a_farm(tmp_path) as farm:
            assert farm.estate.forks == [2, 2, 0]
            assert {index: farm.home(index).installation.state() for index in states} == states
            assert {index: await farm.journal(index) for index in states} == journals
            assert {index: farm.now(index) for index in states} == times
            assert len(select("home-*", farm.estate, farm.addresses, 99)) == farm.estate.device_count() == 7 * 5

    run(scenario())


def test_a_fork_of_a_home_that_nobody_touched_is_that_home():
    async def scenario():
        async with a_farm(None) as farm:
            fork = await farm.futures.fork(3)
            assert not differences(farm, 3, fork)
            assert names(await farm.journal(fork)) == names(await farm.journal(3))
            assert names(await farm.journal(3)).count("AccountOpened") == 2
            assert farm.estate.contract(fork, DeviceName.ESME) == farm.estate.contract(3, DeviceName.ESME)

    run(scenario())


def test_a_fork_answers_at_an_address_of_its_own():
    async def scenario():
        async with a_farm(None) as farm:
            fork = await farm.futures.fork(0)
            row, parent = (
                described(select(name, farm.estate, farm.addresses, 1)[0], farm.estate, farm.addresses)
                for name in ("home-1~1", "home-1")
            )
            assert (row["selector"], row["eui64"]) == ("home-1~1/esme", parent["eui64"])
            assert row["host"] != parent["host"]
            await is_served(farm, fork)
            await disable(farm, fork)
            async with head_end(farm, "home-1~1", "reader") as reading:
                assert await reading.read("supply_state") == "disabled"
            async with head_end(farm, "home-1", "reader") as reading:
                assert await reading.read("supply_state") == "enabled"
            beyond = farm.addresses.of(fork + 1)
            async with calling(beyond) as caller:
                assert await caller.ended() == b""

    run(scenario())


def test_with_a_port_for_each_hub_a_fork_has_no_wire():
    async def scenario():
        async with Farm.start(estate=estate(2), clock=STANDING, port_each=True) as farm:
            fork = await farm.futures.fork(0)
            await disable(farm, fork)
            with pytest.raises(SelectorError, match="home-1~1/esme has no address: with a port for each hub, forks"):
                farm.access("home-1~1")
            row = described(select("home-1~1", farm.estate, farm.addresses, 1)[0], farm.estate, farm.addresses)
            assert (row["protocol"], row["host"], row["port"], row["address"]) == ("none", "", 0, {})

    run(scenario())


@pytest.mark.parametrize("name", ["home-1~2", "home-1~0", "home-2~1", "home-9~1", "home-1~x", "home-1~", "home-~1"])
def test_a_fork_that_is_not_there_has_no_name(name):
    async def scenario():
        async with a_farm(None) as farm:
            fork = await farm.futures.fork(0)
            assert home_index("home-1~1", farm.estate) == fork
            if name == "home-1~":  # no number: the home itself
                return
            with pytest.raises(SelectorError, match="names no device"):
                select(name, farm.estate, farm.addresses, 9)

    run(scenario())


def test_forks_made_at_once_are_different_ones_and_there_is_an_end_of_them():
    async def scenario():
        async with a_farm(None, cohort="ihd = 0") as farm:
            made = await asyncio.gather(*(farm.futures.fork(index % 4) for index in range(MAX_FORKS)))
            assert sorted(made) == list(range(4, 4 + MAX_FORKS))
            assert len({farm.estate.name(index) for index in made}) == MAX_FORKS
            with pytest.raises(ForkError, match=f"at most {MAX_FORKS} forks"):
                await farm.futures.fork(0)

    run(scenario())


def test_a_long_journal_is_forked_whole():
    async def scenario():
        async with a_farm(None, cohort="ihd = 0") as farm:
            for number in range(1_300):
                command = EnableSupply() if number % 2 else None
                if command is None:
                    await disable(farm, 0)
                else:
                    assert (await farm.send(0, command, Sender.SUPPLIER)).accepted
            fork = await farm.futures.fork(0)
            whole = await farm.journal(0, limit=100_000)
            assert len(whole) >= 1_300
            assert await farm.journal(fork, limit=100_000) == whole

    run(scenario())


def test_a_store_that_fails_makes_no_fork(tmp_path):
    async def scenario():
        context = a_farm(tmp_path)
        farm = await context.__aenter__()
        await disable(farm, 0)
        raw = sqlite3.connect(tmp_path / STORE_FILE, isolation_level=None)
        raw.execute("UPDATE fence SET epoch = epoch + 1")  # another owner
        raw.close()
        with pytest.raises(StoreError):
            await farm.futures.fork(0)
        assert farm.estate.forks == []
        with pytest.raises(StoreError):
            await context.__aexit__(None, None, None)

    run(scenario())


CHILD = """
import asyncio, sys
from pathlib import Path
import uvloop
sys.path.insert(0, sys.argv[2])
from farm_homes import a_farm, disable
async def scenario():
    async with a_farm(Path(sys.argv[1])) as farm:
        await disable(farm, 0)
        for number in range(60):
            place = await farm.futures.fork(number % 3)
            print(place, flush=True)
            await farm.apart.advance(place, 3_600_000)
uvloop.run(scenario())
"""


def test_a_kill_in_the_middle_leaves_whole_forks_or_none(tmp_path):
    """Each fork that was told of is there with its past; of one that was not, there is no trace to mix with."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": ROOT},
    )
    assert child.stdout
    with child:
        told = [int(child.stdout.readline()) for _ in range(7)]
        child.send_signal(signal.SIGKILL)
        told += [int(line) for line in child.stdout.read().split()]

    async def scenario():
        async with a_farm(tmp_path) as farm:
            assert len(farm.estate.forks) >= len(told)
            for index in range(farm.estate.homes, farm.estate.homes + len(farm.estate.forks)):
                origin = await farm.journal(farm.estate.origin(index))
                own = await farm.journal(index)
                assert own[: len(origin)] == origin or not origin
                assert farm.now(index) >= farm.home(index).installation.now - HOUR
            assert farm.futures.touched()[-1] < farm.estate.homes + len(farm.estate.forks)
            assert farm._store.meta(FORKS_KEY).split() == [str(index) for index in farm.estate.forks]
            place = await farm.futures.fork(0)
            assert await farm.journal(place) == await farm.journal(0)

    run(scenario())
