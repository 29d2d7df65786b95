"""What a request of the control API holds, and how answers tell of outcomes and events."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from emulator.device.device import Outcome
from emulator.device.instant import isoformat
from emulator.device.journal import describe
from emulator.farm.selectors import Chosen

MAX_ROWS = 100_000
MAX_EVENTS = 10_000  # in one answer
MAX_KEYS = 200  # pressed in one request: the farm serves nobody else meanwhile
MAX_TEXT = 4_096


class UsageError(ValueError):
    """A request that cannot be understood; the text says what is allowed."""


class Request(msgspec.Struct, frozen=True):
    """One request; which fields count depends on the verb."""

    token: str
    verb: str
    selector: str = ""
    limit: Annotated[int, Meta(ge=1)] = MAX_ROWS
    after: Annotated[int, Meta(ge=0, lt=2**62)] = 0
    secrets: bool = False
    level: str = "reader"
    command: str = ""
    fields: dict[str, Any] = {}
    milliseconds: int = 0
    amount_mp: int = 0
    rate: int = 0
    keys: Annotated[tuple[str, ...], Meta(max_length=MAX_KEYS)] = ()
    text: Annotated[str, Meta(max_length=MAX_TEXT)] = ""
    path: str = ""
    detail: bool = False
    at: Annotated[str, Meta(max_length=64)] = ""
    probability: Annotated[float, Meta(ge=0, le=1)] = 1.0
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    number: Annotated[int, Meta(ge=0, lt=2**31)] = 0
    pace: bool = False


Verb = Callable[[Request], Awaitable[Any]]
One = Callable[[Request], Chosen]


def told_outcome(outcome: Outcome) -> dict[str, Any]:
    """Give what came of a command, for JSON."""
    return {
        "accepted": outcome.accepted,
        "reason": outcome.reason,
        "detail": outcome.detail,
        "events": dated(describe(outcome.entries)),
    }


def dated(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give events with their instants as ISO 8601."""
    return [{**event, "at": isoformat(event["at"])} for event in events]
