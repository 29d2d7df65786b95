"""Requests that are not as a stage makes them: with another target, another originator, a number used before."""

from typing import Any

from msgspec.structs import replace

from emulator.conformance.samples import sample
from emulator.conformance.stage import Asked, Stage
from emulator.services.document import NATIONAL_SERVICE, Request

NOBODY = "90-B3-D5-1F-30-FF-FF-FF"
"""A TEST EUI-64 that neither a device nor a user has."""


def made(stage: Stage, variant: str, **more: Any) -> Request:
    """Make a request with a well-formed body."""
    device = more.get("device") or ("gsme" if more.get("role") in {"GS", "GT"} else "esme")
    return stage.request(variant, more.pop("body", None) or sample(stage, variant, device), **more)


def readdressed(request: Request, target: str = "", originator: str = "", counter: int | None = None) -> Request:
    """Give a request with other parts of its RequestID."""
    number = request.counter if counter is None else counter
    return replace(request, request_id=f"{originator or request.originator}:{target or request.target}:{number}")


async def hand_in(stage: Stage, request: Request, within: str = "2h") -> Asked:
    """Hand a request in, and wait for its result where it was accepted."""
    acknowledged = await stage.submit(request)
    follows = acknowledged.response_code == "I99" and request.target != NATIONAL_SERVICE
    return Asked(request, acknowledged, await stage.outcome(request, within) if follows else None)
