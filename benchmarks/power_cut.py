"""The power-cut drill: an area loses the mains and gets them back together, and a head end hears its alerts.

    python -m benchmarks.power_cut [--homes 10000] [--profile elster-as300p]

Each home's cover is opened while it is dark. The head end is in the same process, so its work is in the figures.
"""

import argparse
import asyncio
import resource
import time

import uvloop

from emulator import Farm
from emulator.device.display.deeds import DEEDS
from emulator.device.instant import HOUR
from emulator.device.journal import DeviceName
from emulator.headend_push import AlertListener

AT_ONCE = 50
START = "@2026-02-03T17:40:00Z"


async def everywhere(farm: Farm, homes: int, *deeds: str) -> None:
    for index in range(homes):
        home = farm.home(index)
        for deed in deeds:
            DEEDS[deed](home.installation, DeviceName.ESME)
        farm.keep(home)
        if index % AT_ONCE == 0:
            await asyncio.sleep(0)
    await farm.settled()


async def drill(homes: int, profile: str) -> None:
    async with AlertListener.open() as ear, Farm.start(profile, homes, seed=3, clock=START, push=ear.address) as farm:
        began = time.perf_counter()
        await everywhere(farm, homes, "cut_power")
        print(f"mains lost, homes woken       {time.perf_counter() - began:7.1f} s")
        await farm.advance(HOUR)
        began = time.perf_counter()
        await everywhere(farm, homes, "open_cover", "restore_power")
        print(f"mains back, alerts raised     {time.perf_counter() - began:7.1f} s")
        began, most = time.perf_counter(), 0
        advancing = asyncio.create_task(farm.advance(12 * HOUR))
        while not (advancing.done() and farm.push.idle):
            most = max(most, farm.push.counts.open)
            await asyncio.sleep(0.001)
        print(f"twelve hours, all sent        {time.perf_counter() - began:7.1f} s, at most {most} connections at once")
        began = time.perf_counter()
        account = await farm.push.account()
        print(f"account                       {time.perf_counter() - began:7.2f} s: {account}, {account.balanced=}")
        heard = ear.take()
        print(f"the head end heard {len(heard)} alerts of {len({one.hub for one in heard})} hubs")
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The power-cut drill on many homes.")
    parser.add_argument("--homes", type=int, default=10_000)
    parser.add_argument("--profile", default="elster-as300p")
    given = parser.parse_args()
    uvloop.run(drill(given.homes, given.profile))
