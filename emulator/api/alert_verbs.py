"""The verb of alerts: what became of them, over the farm or some homes, and what the outgoing side is doing."""

from collections.abc import Callable
from typing import Any

from emulator.api.requests import Request, Verb
from emulator.farm.farm import Farm
from emulator.farm.selectors import Chosen

EVERY = "*"


def alert_verbs(farm: Farm, chosen: Callable[[Request], list[Chosen]]) -> dict[str, Verb]:
    """Make the verb."""

    async def alerts(asked: Request) -> Any:
        among = {at.home for at in chosen(asked)} if asked.selector not in {"", EVERY} else None
        account = await farm.push.account(among)
        return {**account._asdict(), "balanced": account.balanced, "push": farm.push.counts._asdict()}

    return {"alerts": alerts}
