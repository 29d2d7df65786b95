"""Verbs of optical ports: open one, list those that are open, close one."""

from typing import Any

from emulator.api.requests import One, Request, Verb
from emulator.farm.farm import Farm


def optical_verbs(farm: Farm, one: One) -> dict[str, Verb]:
    """Make the verbs."""

    async def opened(asked: Request) -> Any:
        chosen = one(asked)
        path = farm.optical.open(chosen, pace=asked.pace)
        return {"selector": chosen.text, "path": path, "pace": asked.pace, "modes": farm.optical.modes(chosen)}

    async def listed(_: Request) -> Any:
        return [port._asdict() for port in farm.optical.listed()]

    async def closed(asked: Request) -> Any:
        chosen = one(asked)
        return {"selector": chosen.text, "closed": farm.optical.close(chosen)}

    return {"optical": opened, "optical_ls": listed, "optical_close": closed}
