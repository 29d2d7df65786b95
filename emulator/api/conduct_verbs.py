"""The verb of the conduct log: what clients did wrong."""

from typing import Any

from emulator.api.requests import Request, Verb
from emulator.device.instant import isoformat
from emulator.dlms.conduct import Misconduct
from emulator.farm.farm import Farm


def conduct_verbs(farm: Farm) -> dict[str, Verb]:
    """Make the verb."""

    async def conduct(asked: Request) -> Any:
        selector = asked.selector or "*"
        return {"selector": selector, "conduct": [_told(one) for one in await farm.conduct(selector)]}

    return {"conduct": conduct}


def _told(one: Misconduct) -> dict[str, Any]:
    return {
        "home": one.home,
        "at": isoformat(one.at),
        "kind": one.kind.value,
        "client": one.client,
        "server": one.server,
        "detail": one.detail,
        "evidence": one.evidence,
        "count": one.count,
    }
