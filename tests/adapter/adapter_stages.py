"""A stage for the tests of the adapter: a home of a family, the reference adapter beside it, a clock that they move."""

import asyncio

import uvloop

from emulator.adapter.errand import Errand, StepError
from emulator.conformance.case import Home
from emulator.conformance.staging import staged
from emulator.farm import library


def families(where=lambda _: True):
    """Name the families whose wire the adapter speaks, and that a test is for."""
    profiles = {name: library.packaged(name) for name in library.names()}
    return [name for name, one in profiles.items() if one.protocol == "dlms" and where(one)]


def play(act, profile, home=None, seed=1):
    """Let a test act on a stage; a failure that nobody saw is one too."""
    failures = []

    async def scenario():
        asyncio.get_running_loop().set_exception_handler(lambda _, failure: failures.append(failure))
        async with staged(profile, home or Home(), seed) as stage:
            await act(stage)

    uvloop.run(scenario())
    assert not failures, failures


async def errand(stage, device, act):
    """Let a test be the steps of a service: give the errand, and how it failed, or None."""
    adapter = stage.subject._adapter
    request = stage.request("7.4", device=device)
    entry = adapter.inventory.get(stage.eui(device))
    one = Errand(adapter, request, None, None, entry)
    turn = adapter._homes[one.home]
    async with turn, one:
        try:
            await act(one)
        except StepError as failed:
            return one, failed
    return one, None


async def through(stage, work, limit="2d"):
    """Let a piece of work go on while the clock moves to all that the adapter waits for."""
    task = asyncio.ensure_future(work)
    adapter = stage.subject._adapter
    adapter._at_work += 1
    task.add_done_callback(lambda _: setattr(adapter, "_at_work", adapter._at_work - 1))
    while not task.done():
        await stage._rest()
        at = stage.subject.next_wait
        if at is not None and not task.done():
            await stage._move(at)
    return await task
