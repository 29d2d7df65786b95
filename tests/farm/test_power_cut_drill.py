"""The power-cut drill: an area loses the mains and gets them back together, and every alert is accounted for.

`python -m benchmarks.power_cut` runs it on ten thousand homes.
"""

import asyncio
import socket
from dataclasses import replace

import msgspec
from farm_callers import PROFILE, STANDING, an_estate, run, until

from emulator import Farm
from emulator.device.display.deeds import DEEDS
from emulator.device.instant import DAY, HOUR
from emulator.device.journal import DeviceName
from emulator.farm.estate import Estate
from emulator.farm.pushing import MOST_OPEN
from emulator.headend_push import AlertListener

HOMES = 2 * MOST_OPEN
AFTERWARDS = ("open_cover", "close_cover", "magnet", "open_cover")


def a_free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def estate(**forwarding: object) -> Estate:
    """Give an area whose hubs have a last gasp and forward in a way of their own."""
    area = an_estate(HOMES, seed=5)
    profile = area.profiles[PROFILE]
    changed = msgspec.structs.replace(
        profile,
        wan=msgspec.structs.replace(profile.wan, last_gasp=True),
        forwarding=msgspec.structs.replace(profile.forwarding, **forwarding),
        versions=(),
        variations=None,
    )
    return replace(area, profiles={PROFILE: changed})


async def everywhere(farm: Farm, *deeds: str) -> None:
    for index in range(HOMES):
        home = farm.home(index)
        for deed in deeds:
            DEEDS[deed](home.installation, DeviceName.ESME)
        farm.keep(home)
    await farm.settled()
    await until(lambda: farm.push.idle)


async def in_steps(farm: Farm, span_ms: int, step_ms: int) -> None:
    for _ in range(span_ms // step_ms):
        await farm.advance(step_ms)
        await until(lambda: farm.push.idle)


def test_every_alert_of_an_area_arrives_once_from_its_own_hub_while_the_storm_is_throttled():
    async def scenario():
        async with (
            AlertListener.open() as ear,
            Farm.start(estate=estate(), clock=STANDING, push=ear.address) as farm,
        ):
            await everywhere(farm, "cut_power")
            gasps = ear.take()
            assert len(gasps) == HOMES
            assert {one.hub for one in gasps} == {farm.addresses.of(index)[0] for index in range(HOMES)}
            await farm.advance(HOUR)
            for index in range(HOMES):
                home = farm.home(index)
                for deed in (*AFTERWARDS, "restore_power"):
                    DEEDS[deed](home.installation, DeviceName.ESME)
                farm.keep(home)
            advancing = asyncio.create_task(farm.advance(HOUR))
            most = 0

            def drained() -> bool:
                nonlocal most
                most = max(most, farm.push.counts.open)
                return advancing.done() and farm.push.idle

            await until(drained)
            assert 1 < most <= MOST_OPEN
            whole = await farm.push.account()
            assert whole.balanced
            assert (whole.waiting, whole.expired) == (0, 0)
            assert whole.raised > 2 * HOMES
            assert whole.sent == HOMES + ear.waiting == farm.push.counts.sent
            heard = [(one.hub, one.alert.number) for one in (*gasps, *ear.take())]
            assert len(set(heard)) == len(heard)

    run(scenario())


def test_a_head_end_that_is_down_through_it_hears_what_neither_expired_nor_was_too_much():
    async def scenario():
        port = a_free_port()
        rules = {"most_an_hour": 1, "beyond": "suppress", "expiry_s": 7_200, "retries": 3, "retry_s": 600}
        started = Farm.start(estate=estate(**rules), clock=STANDING, push=f"127.0.0.1:{port}")
        async with started as farm:
            await everywhere(farm, "cut_power")
            assert farm.push.counts.failed == HOMES  # the last gasps
            await farm.advance(HOUR)
            await everywhere(farm, *AFTERWARDS, "restore_power")
            await in_steps(farm, HOUR, HOUR // 6)
            assert (await farm.push.account()).sent == 0
            async with AlertListener.open(port=port) as ear:
                await in_steps(farm, DAY // 4, HOUR // 4)
                whole = await farm.push.account()
                heard = ear.take()
            assert whole.balanced
            assert whole.waiting == 0
            assert min(whole.sent, whole.suppressed, whole.expired) > 0
            assert whole.raised == whole.sent + whole.suppressed + whole.expired
            assert len({(one.hub, one.alert.number) for one in heard}) == len(heard) == whole.sent

    run(scenario())
