"""The power-cut drill: an area loses the mains and gets them back together, and a head end hears its alerts.

    python -m benchmarks.power_cut [--homes 10000] [--like gb-mixed]

The estate is drawn up like the one named, all families in it, with its dormant homes and lost gas meters; each home's
cover is opened once it has power again. The head end is in the same process, so its work is in the figures. Days later
nothing waits any more: each alert was sent, suppressed or is expired.
"""

import argparse
import asyncio
import resource
import time
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path

import uvloop

from emulator import Farm
from emulator.device.display.deeds import DEEDS
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.journal import DeviceName
from emulator.farm.estate_file import read
from emulator.farm.likeness import like
from emulator.headend_push import AlertListener

AT_ONCE = 50
START = "@2026-02-03T17:40:00Z"
CUT_MS = 45 * MINUTE
LATER_MS = 8 * DAY


async def open_covers(farm: Farm) -> None:
    """Open every meter's cover, as people do who look for a blown fuse."""
    for index in range(farm.estate.homes):
        home = farm.home(index)
        DEEDS["open_cover"](home.installation, DeviceName.ESME)
        farm.keep(home)
        if index % AT_ONCE == 0:
            await asyncio.sleep(0)
    await farm.settled()


async def drill(homes: int, name: str) -> None:
    began = time.perf_counter()
    estate = read(like(name, homes, 3), f"{name}.toml", Path())
    async with AlertListener.open() as ear, Farm.start(estate=estate, clock=START, push=ear.address) as farm:
        print(f"estate drawn up, farm serves  {time.perf_counter() - began:7.2f} s for {homes} homes")
        began = time.perf_counter()
        _, cut = await farm.faults.put_in("power_cut", "home-*", for_ms=CUT_MS)
        print(f"mains lost, homes woken       {time.perf_counter() - began:7.1f} s for {cut} homes")
        print(await _told(farm), "(of the years before, when nothing was pushed)")
        began = time.perf_counter()
        most = await _heard_out(farm, farm.advance(HOUR))
        print(f"an hour on, mains back        {time.perf_counter() - began:7.1f} s, at most {most} connections at once")
        began = time.perf_counter()
        await open_covers(farm)
        print(f"every cover opened            {time.perf_counter() - began:7.1f} s")
        began = time.perf_counter()
        most = await _heard_out(farm, farm.advance(12 * HOUR))
        print(f"twelve hours, storm over      {time.perf_counter() - began:7.1f} s, at most {most} connections at once")
        print(await _told(farm))
        began = time.perf_counter()
        await farm.advance(LATER_MS)
        print(f"eight days on                 {time.perf_counter() - began:7.1f} s")
        print(await _told(farm))
        await farm.faults.clear()
        await _heard_out(farm, farm.advance(HOUR))
        print("all faults cleared, and an hour")
        print(await _told(farm))
        heard = ear.take()
        print(f"the head end heard {len(heard)} notifications of {len({one.hub for one in heard})} hubs")
        codes = Counter(f"{one.alert.code or 0:#06x}" for one in heard)
        print("by code: " + ", ".join(f"{code} {count}" for code, count in codes.most_common()))
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


async def _heard_out(farm: Farm, work: Coroutine[object, object, None]) -> int:
    """Do something and wait until no alert is on its way; give the most connections that were open at once."""
    most, working = 0, asyncio.create_task(work)
    while not (working.done() and farm.push.idle):
        most = max(most, farm.push.counts.open)
        await asyncio.sleep(0.001)
    await working
    return most


async def _told(farm: Farm) -> str:
    began = time.perf_counter()
    account = await farm.push.account()
    return f"account                       {time.perf_counter() - began:7.2f} s: {account}, {account.balanced=}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The power-cut drill on many homes.")
    parser.add_argument("--homes", type=int, default=10_000)
    parser.add_argument("--like", default="gb-mixed")
    given = parser.parse_args()
    uvloop.run(drill(given.homes, given.like))
