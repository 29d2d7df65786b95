"""Homes apart: a home's own clock is moved, paced and stopped alone, is durable, and disturbs no other home."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from farm_callers import head_end, is_served, run, until
from farm_homes import NOW, a_farm, disable, names, plan_tariff

import emulator
from emulator.device.conditions import ConditionError, parse
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, instant, isoformat
from emulator.device.items import BY_KEY, UnknownItemError
from emulator.farm.clock import LATEST, ClockError, FarmClock
from emulator.farm.homes_apart import AT_ONCE_MS
from emulator.farm.store import Store
from emulator.farm.timekeeping import Timekeeping

ROOT = str(Path(emulator.__file__).parents[1])


def held(farm, index):
    return farm.home(index).installation.state()


def test_a_home_moves_alone():
    async def scenario():
        async with a_farm(None) as farm:
            await plan_tariff(farm, 0, NOW + HOUR)
            await plan_tariff(farm, 1, NOW + HOUR)
            still = held(farm, 1)
            await farm.apart.advance(0, 3 * DAY)
            assert (farm.now(0), farm.now(1), farm.clock.now()) == (NOW + 3 * DAY, NOW, NOW)
            assert held(farm, 1) == still
            assert "TariffChanged" in names(await farm.journal(0))
            assert "TariffChanged" not in names(await farm.journal(1))
            async with head_end(farm, "home-1", "reader") as ahead, head_end(farm, "home-2", "reader") as other:
                assert (await ahead.read("clock"), await other.read("clock")) == (NOW + 3 * DAY, NOW)
            moved = held(farm, 0)
            await farm.advance(DAY)
            assert (farm.now(0), farm.now(1)) == (NOW + 3 * DAY, NOW + DAY)
            assert held(farm, 0) == moved  # the farm's clock does not move it
            assert "TariffChanged" in names(await farm.journal(1))

    run(scenario())


@pytest.mark.parametrize("step", [HOUR, 5 * DAY, AT_ONCE_MS - 1])
def test_the_size_of_a_step_does_not_matter(step):
    async def scenario():
        async with a_farm(None) as farm:
            twin = await farm.futures.fork(0)
            await farm.apart.advance(0, 20 * DAY)
            while (left := NOW + 20 * DAY - farm.now(twin)) > 0:
                await farm.apart.advance(twin, min(step, left))
            assert held(farm, 0) == held(farm, twin)
            assert await farm.journal(0) == await farm.journal(twin)

    run(scenario())


def test_where_a_homes_time_may_not_go():
    async def scenario():
        async with a_farm(None) as farm:
            for by in (-1, LATEST - NOW, 10**20):
                with pytest.raises(ClockError):
                    await farm.apart.advance(0, by)
            with pytest.raises(ClockError):
                await farm.apart.until(0, lambda _: False, -1)
            for rate in (-1, 1_000_001):
                with pytest.raises(ClockError, match="a rate is 0 to 1000000"):
                    farm.apart.set_rate(0, rate)
            await farm.apart.advance(0, 0)
            assert farm.apart.clock(0) is None
            assert not farm.apart.homes

    run(scenario())


# until


def test_until_an_event_reached_at_its_instant_and_not_before():
    async def scenario():
        async with a_farm(None) as farm:
            await plan_tariff(farm, 0, NOW + 5 * DAY + 17)
            holds = parse("event TariffChanged", farm.home(0).installation)
            assert not await farm.apart.until(0, holds, 5 * DAY)
            assert farm.now(0) == NOW + 5 * DAY
            assert await farm.apart.until(0, holds, DAY)
            assert farm.now(0) == NOW + 5 * DAY + 17
            assert await farm.apart.until(0, holds, DAY)  # it holds already: nothing moves
            assert farm.now(0) == NOW + 5 * DAY + 17
            again = parse("event TariffChanged", farm.home(0).installation)
            assert not await farm.apart.until(0, again, DAY)  # an event is one that happens from now on

    run(scenario())


def test_until_a_value_is_looked_at_each_half_hour():
    async def scenario():
        async with a_farm(None) as farm:
            home = farm.home(2).installation
            start = BY_KEY["import_wh"].read(home.esme)
            assert await farm.apart.until(2, parse(f"import_wh >= {start + 10_000}", home), 31 * DAY)
            reached, load = farm.now(2), farm.estate.site(2).load(Channel.IMPORT)
            assert reached % HALF_HOUR == 0
            used_mwh = [load.energy_mwh(at) - load.energy_mwh(NOW) for at in (reached - HALF_HOUR, reached)]
            assert used_mwh[0] < 10_001_000
            assert used_mwh[1] > 9_999_000

    run(scenario())


def test_until_the_money_is_gone():
    """A prepayment home runs out of credit by itself; the supply is then off, and the clock stands there."""

    async def scenario():
        async with a_farm(None) as farm:
            home = farm.home(0).installation
            assert await farm.apart.until(0, parse("supply_state != enabled", home), 90 * DAY)
            last = (await farm.journal(0))[-1]
            assert last.at == farm.now(0) == home.now
            assert not home.esme.supplied

    run(scenario())


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("import_kwh > 5", UnknownItemError, "near: "),
        ("supply_state", ConditionError, "is no condition; allowed: ITEM == VALUE"),
        ("event Low", ConditionError, "no event is called 'Low'; near: LowCredit"),
        ("shed/clock > 5", ConditionError, "there is no 'shed' in this home; allowed: esme, chf, gsme, ppmid, ihd"),
    ],
)
def test_what_is_no_condition_moves_nothing(text, error, told):
    async def scenario():
        async with a_farm(None) as farm:
            with pytest.raises(error, match=told):
                parse(text, farm.home(0).installation)
            assert farm.now(0) == NOW

    run(scenario())


# Pace


def test_a_pace_a_pause_and_following_again():
    async def scenario():
        async with a_farm(None) as farm:
            await plan_tariff(farm, 0, NOW + DAY)
            farm.apart.set_rate(0, 1_000_000)
            await until(lambda: "TariffChanged" in names(farm.held[0].installation.journal))  # nobody need call
            assert farm.clock.now() == farm.now(1) == NOW
            farm.apart.set_rate(0, 0)
            stood = farm.now(0)
            await is_served(farm, 0)
            assert farm.now(0) == stood > NOW + DAY
            with pytest.raises(ClockError, match=f"home-1 is ahead of the farm, at {isoformat(stood)}"):
                farm.apart.rejoin(0)
            await farm.advance(stood - NOW)
            farm.apart.rejoin(0)
            assert not farm.apart.homes
            await plan_tariff(farm, 0, stood + HOUR)
            await farm.advance(2 * HOUR)
            assert farm.now(0) == stood + 2 * HOUR
            assert names(await farm.journal(0)).count("TariffChanged") >= 1

    run(scenario())


def test_a_home_that_stands_while_the_farm_goes_on_catches_up_when_it_follows():
    async def scenario():
        async with a_farm(None) as farm:
            await plan_tariff(farm, 0, NOW + HOUR)
            farm.apart.set_rate(0, 0)
            await farm.advance(5 * HOUR)
            assert farm.now(0) == NOW
            assert "TariffChanged" not in names(await farm.journal(0))
            farm.apart.rejoin(0)
            fired = [entry.at for entry in await farm.journal(0) if type(entry.what).__name__ == "TariffChanged"]
            assert fired == [NOW + HOUR]
            assert farm.home(0).installation.now == NOW + 5 * HOUR

    run(scenario())


def test_homes_with_clocks_are_not_forgotten_and_others_are():
    async def scenario():
        async with a_farm(None, homes=200, cohort="ihd = 0") as farm:
            farm._homes.most = 3
            for index in range(100):
                await farm.apart.advance(index, HOUR)
            for index in range(100, 200):
                await disable(farm, index)
            assert set(range(100)) <= set(farm.awake)
            assert len(farm.awake) <= 104

    run(scenario())


# Durable


def test_clocks_of_homes_survive_a_restart(tmp_path):
    async def scenario():
        async with a_farm(tmp_path) as farm:
            await farm.apart.advance(0, DAY)
            farm.apart.set_rate(1, 0)
            farm.apart.set_rate(2, 500)
            running = farm.now(2)
        async with a_farm(tmp_path) as farm:
            assert farm.apart.homes == (0, 1, 2)
            assert (farm.now(0), farm.now(1)) == (NOW + DAY, NOW)
            assert farm.now(2) >= running
            assert farm.apart.clock(2).rate == 500
            await plan_tariff(farm, 0, NOW + 2 * DAY)
        async with a_farm(tmp_path) as farm:
            await until(lambda: 0 in farm.awake)  # remembered by itself
            await farm.apart.advance(0, 2 * DAY)
            assert "TariffChanged" in names(await farm.journal(0))
            farm.apart.set_rate(2, 0)
            await farm.advance(10 * DAY)
            for index in farm.apart.homes:
                farm.apart.rejoin(index)
        async with a_farm(tmp_path, clock=f"@{isoformat(NOW + 10 * DAY)}") as farm:
            assert not farm.apart.homes

    run(scenario())


CHILD = """
import asyncio, sys
from pathlib import Path
import uvloop
sys.path.insert(0, sys.argv[2])
from farm_homes import a_farm
async def scenario():
    async with a_farm(Path(sys.argv[1])) as farm:
        farm.apart.set_rate(1, 1000)
        while True:
            await farm.apart.advance(0, 3_600_000 * 7)
            print(farm.now(0), farm.now(1), farm.home(0).installation.seq, flush=True)
uvloop.run(scenario())
"""


def test_no_homes_time_runs_back_over_a_kill(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": ROOT},
    )
    assert child.stdout
    with child:
        lines = [child.stdout.readline() for _ in range(12)]
        child.send_signal(signal.SIGKILL)
        lines += [line for line in child.stdout.read().splitlines() if line.count(b" ") == 2]
    first, second, seq = map(int, lines[-1].split())

    async def scenario():
        async with a_farm(tmp_path) as farm:
            assert farm.now(0) >= first
            assert farm.now(1) >= second
            home = farm.home(0).installation
            assert farm.now(0) == home.now >= first
            assert home.seq >= seq
            assert (await farm.journal(0))[-1].seq == home.seq

    run(scenario())


# Order


def test_homes_are_woken_in_order_of_time(tmp_path):
    async def scenario():
        store, clock, woken = Store(tmp_path / "s"), FarmClock(NOW, 0), []

        async def settled():
            woken.append((clock.now(), None))

        time = Timekeeping(clock, store, lambda index: woken.append((clock.now(), index)), settled, lambda: False)
        for index, at in {0: NOW + 3 * HOUR, 1: NOW + MINUTE, 2: NOW + 2 * HOUR, 3: NOW + 2 * HOUR, 4: NOW}.items():
            time.plan(index, at)
        time.plan(3, None)
        await time.advance(DAY)
        assert woken == [(NOW, 4), (NOW + MINUTE, 1), (NOW + 2 * HOUR, 2), (NOW + 3 * HOUR, 0), (NOW + DAY, None)]
        time.stop()
        store.close()

    run(scenario())


def test_time_that_is_moved_on_waits_for_a_store_that_is_behind(tmp_path):
    async def scenario():
        store, clock, told = Store(tmp_path / "s"), FarmClock(NOW, 0), []

        async def settled():
            told.append("settled")

        time = Timekeeping(clock, store, told.append, settled, lambda: told[-1:] == [1])
        for index in range(3):
            time.plan(index, NOW + index * HOUR)
        await time.advance(DAY)
        assert told == [0, 1, "settled", 2, "settled"]
        time.stop()
        store.close()

    run(scenario())


def test_events_of_the_devices_of_one_home_come_in_order_of_time():
    async def scenario():
        async with a_farm(None) as farm:
            for index in range(4):
                await plan_tariff(farm, index, NOW + index * HOUR)
            await farm.advance(120 * DAY)
            for index in range(4):
                entries = await farm.journal(index)
                assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
                assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
                assert len({entry.device for entry in entries}) > 1

    run(scenario())


def test_the_instants_here_are_what_they_say():
    assert isoformat(NOW) == "2026-03-02T10:17:00Z"
    assert instant(2026, 3, 2, 10, 17) == NOW
