"""Verbs of one home: its customer, its accounts explained, its other futures, and snapshots."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from emulator.api.requests import One, Request, UsageError, Verb, told_outcome
from emulator.device import snapshot
from emulator.device.display import customer
from emulator.device.display.deeds import DEEDS
from emulator.device.instant import isoformat
from emulator.device.journal import Entry
from emulator.device.meter import Metered
from emulator.device.money import top_up
from emulator.device.money.explain import WHAT, explain
from emulator.farm import futures
from emulator.farm.farm import Farm
from emulator.farm.selectors import Chosen

_AT_ONCE = 10_000


def home_verbs(farm: Farm, one: One, chosen: Callable[[Request], list[Chosen]]) -> dict[str, Verb]:
    """Make the verbs."""

    async def press(asked: Request) -> Any:
        at = one(asked)
        return _shown(await farm.act(at.home, lambda home: customer.press(home, at.device, asked.keys)))

    async def code(asked: Request) -> Any:
        at = one(asked)
        return _shown(await farm.act(at.home, lambda home: customer.code(home, at.device, asked.text)))

    async def act(asked: Request) -> Any:
        at = one(asked)
        deed = DEEDS.get(asked.text)
        if deed is None:
            raise UsageError(f"nobody can {asked.text!r}; allowed: {', '.join(DEEDS)}")
        return _shown(await farm.act(at.home, lambda home: deed(home, at.device)))

    async def vend(asked: Request) -> Any:
        at = one(asked)
        meter = farm.home(at.home).installation.devices[at.device]
        if not isinstance(meter, Metered):
            raise UsageError(f"{at.text} takes no credit: name a meter")
        try:
            digits = top_up.vend_for(meter.site, meter.records, asked.amount_mp)
        except ValueError as error:
            raise UsageError(str(error)) from None
        return {"selector": at.text, "code": digits}

    async def explained(asked: Request) -> Any:
        if asked.text not in WHAT:
            raise UsageError(f"nothing explains {asked.text!r}; allowed: {', '.join(WHAT)}")
        at = one(asked)
        home = farm.home(at.home)
        await farm.settled(home)
        meter = home.installation.devices[at.device]
        if not isinstance(meter, Metered):
            raise UsageError(f"{at.text} has no account: name a meter")
        entries: list[Entry] = []
        while more := await farm.journal(at.home, entries[-1].seq if entries else 0, _AT_ONCE):
            entries += more
        own = [entry for entry in entries if entry.device is at.device]
        return {"selector": at.text, "lines": explain(own, meter, asked.text, detail=asked.detail)}

    async def fork(asked: Request) -> Any:
        place = await farm.futures.fork(one(asked).home)
        return {"selector": farm.estate.name(place), "at": isoformat(farm.now(place))}

    async def save(asked: Request) -> Any:
        homes = sorted({at.home for at in chosen(asked)}) if asked.selector else farm.futures.touched()
        taken = await farm.futures.save(homes, Path(asked.path))
        return {"path": asked.path, "homes": list(taken.homes)}

    async def load(asked: Request) -> Any:
        return {"path": asked.path, "homes": await farm.futures.load(Path(asked.path))}

    async def diff(asked: Request) -> Any:
        """Compare a file with another, or with the homes as they stand; or a home with another future of it."""
        if asked.selector:
            left, right = (one(msgspec.structs.replace(asked, selector=name)) for name in (asked.selector, asked.text))
            taken = await farm.futures.take([left.home, right.home])
            found = {left.name: snapshot.differences(taken.homes[left.name], taken.homes[right.name])}
        else:
            before = futures.read(Path(asked.path))
            after = futures.read(Path(asked.text)) if asked.text else await farm.futures.take(_named(farm, before))
            found = futures.differences(before, after)
        return {name: [difference._asdict() for difference in differences] for name, differences in found.items()}

    return {
        "press": press,
        "code": code,
        "act": act,
        "vend": vend,
        "explain": explained,
        "fork": fork,
        "snapshot_save": save,
        "snapshot_load": load,
        "snapshot_diff": diff,
    }


def _named(farm: Farm, taken: futures.SnapshotFile) -> list[int]:
    every = range(farm.estate.homes + len(farm.estate.forks))
    return [index for index in every if farm.estate.name(index) in taken.homes]


def _shown(done: customer.Done) -> dict[str, Any]:
    return {**told_outcome(done.outcome), "display": list(done.display)}
