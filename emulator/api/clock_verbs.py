"""Verbs of time: the farm's clock, and the clock of one home."""

from typing import Any

from emulator.api.requests import One, Request, Verb
from emulator.device.conditions import parse
from emulator.device.instant import isoformat
from emulator.farm.clock import ClockError
from emulator.farm.farm import Farm


def clock_verbs(farm: Farm, one: One) -> dict[str, Verb]:
    """Make the verbs; a selector names the home whose clock is meant, none is the farm's."""

    async def clock(asked: Request) -> Any:
        if not asked.selector:
            return {"at": isoformat(farm.clock.now()), "rate": farm.clock.rate}
        index = one(asked).home
        own = farm.apart.clock(index)
        rate = farm.clock.rate if own is None else own.rate
        return {"at": isoformat(farm.now(index)), "rate": rate, "own": own is not None}

    async def advance(asked: Request) -> Any:
        if asked.selector:
            await farm.apart.advance(one(asked).home, asked.milliseconds)
        else:
            await farm.advance(asked.milliseconds)
        return await clock(asked)

    async def rate(asked: Request) -> Any:
        if asked.selector:
            farm.apart.set_rate(one(asked).home, asked.rate)
        else:
            farm.set_rate(asked.rate)
        return await clock(asked)

    async def until(asked: Request) -> Any:
        if not asked.selector:
            raise ClockError("`until` moves one home: name it, as in `clock home-1 until ...`")
        index = one(asked).home
        holds = parse(asked.text, farm.home(index).installation)
        reached = await farm.apart.until(index, holds, asked.milliseconds)
        return {**await clock(asked), "reached": reached}

    async def follow(asked: Request) -> Any:
        farm.apart.rejoin(one(asked).home)
        return await clock(asked)

    return {"clock": clock, "advance": advance, "rate": rate, "until": until, "follow": follow}
