"""Answers that come by SMS after their request ended with E21: told of once, as an alert that names the request.

The response was given out and stands. What answers a text that was answered in time is never late.
"""

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Final

from emulator.adapter.surroundings import Text
from emulator.services.document import Alert, Request, dated

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

LATE_ANSWER: Final = "S1SP-LATE-ANSWER"
REMEMBERED: Final = 1_000


class LateAnswers:
    """The requests of one adapter whose answer may still come, by hubs, oldest first."""

    def __init__(self, adapter: "Adapter") -> None:
        self._adapter = adapter
        self._awaited: defaultdict[str, deque[tuple[Request, int]]] = defaultdict(deque)
        self._in_time: deque[tuple[str, int]] = deque(maxlen=REMEMBERED)

    def may_come(self, hub: str, request: Request, after: int) -> None:
        """Remember a request that was given up; its answer has a number beyond this one."""
        self._awaited[hub].append((request, after))

    def came_in_time(self, hub: str, number: int) -> None:
        """Remember that a text was an answer that somebody waited for."""
        self._in_time.append((hub, number))

    def take(self, hub: str, text: Text) -> None:
        """Take in a text that nobody waited for: the oldest that may still be answered is."""
        awaited = self._awaited[hub]
        if (hub, text.number) in self._in_time or not awaited or text.number <= awaited[0][1]:
            return
        request, _ = awaited.popleft()
        self._adapter.alert(
            Alert(
                alert_code=LATE_ANSWER,
                description="the meter answered after the request had ended with E21",
                timestamp=dated(text.at),
                business_originator_id=request.target,
                business_target_id=request.originator,
                request_id=request.request_id,
                body={"LateAnswer": {"Text": text.text}},
            )
        )
