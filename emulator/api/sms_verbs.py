"""Verbs of SMS: hand one in for a home, and list what a home sent."""

from typing import Any

from emulator.api.requests import MAX_EVENTS, One, Request, Verb, told_outcome
from emulator.device.instant import isoformat
from emulator.farm.farm import Farm
from emulator.farm.sms_centre import Sent


def sms_verbs(farm: Farm, one: One) -> dict[str, Verb]:
    """Make the verbs."""

    async def sms(asked: Request) -> Any:
        handed = await farm.sms.hand_in(one(asked).home, asked.text)
        return {"selector": handed.selector, "id": handed.number, **told_outcome(handed.outcome)}

    async def sent(asked: Request) -> Any:
        at = one(asked)
        return {
            "selector": at.name,
            "messages": [told_sent(message) for message in await farm.sms.sent(at.home, min(asked.limit, MAX_EVENTS))],
        }

    return {"sms": sms, "sms_sent": sent}


def told_sent(message: Sent) -> dict[str, Any]:
    """Give an SMS that a home sent, for JSON."""
    return {
        "selector": message.selector,
        "number": message.number,
        "at": isoformat(message.at),
        "iccid": message.iccid,
        "imsi": message.imsi,
        "text": message.text,
    }
