"""The open links of a farm: what was refused on them, and which of them must end for their silence."""

from collections import Counter

import structlog

from emulator.farm.home import Home
from emulator.farm.link import Link

FRAME_TIMEOUT_S = 30.0
LOGGED_EACH = 5
_log = structlog.get_logger("meterfarm")


class Links:
    """The links of one farm, and counts of what they did wrong."""

    def __init__(self) -> None:
        self.open: set[Link] = set()
        self.refused: Counter[str] = Counter()
        self._partial: dict[Link, float] = {}

    def leave(self, link: Link) -> None:
        """A link is gone. What it sent that no link is ended for is counted now."""
        self.open.discard(link)
        self._partial.pop(link, None)
        for kind, times in link.refused.items():
            self.count("frames_dropped", link, f"frame_{kind}", times)

    def count(self, event: str, link: Link, kind: str, times: int) -> None:
        """Count what happened on a link, and log it: the first few of a kind, then every doubling of their number."""
        before = self.refused[kind]
        count = self.refused[kind] = before + times
        if before < LOGGED_EACH or before.bit_length() != count.bit_length():
            home = None if link.home is None else link.home.name
            _log.warning(event, kind=kind, peer=link.peer, home=home, count=count)

    def hang_up(self, home: Home, reason: str) -> None:
        """End the links of a home that can no longer be reached, as the air does: without a word."""
        for link in tuple(self.open):
            if link.home is home and not link.transport.is_closing():
                self.count("link_ended", link, reason, 1)
                link.transport.abort()

    def sweep(self, now: float) -> None:
        """End links that began a frame and do not finish it, and links that are silent for too long."""
        for link in tuple(self.open):
            assert link.home is not None
            if link.pending:
                since = self._partial.setdefault(link, now)
                if now - max(since, link.answered_at) >= FRAME_TIMEOUT_S:
                    link.end("incomplete_frame")
                    continue
            else:
                self._partial.pop(link, None)
            if now - link.heard_at >= link.home.inactivity_s:
                link.end("inactivity")
