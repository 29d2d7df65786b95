"""A farm in a process of its own whose one home has an alert to tell, for a test that kills it.

push_child.py STATE PORT: pushes to that port of the loopback, and goes on until it is killed.
"""

import asyncio
import sys
from pathlib import Path

import uvloop
from farm_callers import STANDING, an_estate

from emulator import Farm
from emulator.device.hub.alert_queue import AlertArrived
from emulator.device.journal import DeviceName


async def serve(state: Path, port: str) -> None:
    push = f"127.0.0.1:{port}"
    async with Farm.start(estate=an_estate(1), clock=STANDING, state=state, push=push) as farm:
        event = AlertArrived("esme", 0x8F3F, "Physical Tamper", farm.now(0))
        await farm.act(0, lambda home: home.note(DeviceName.CHF, event))
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), sys.argv[2]))
