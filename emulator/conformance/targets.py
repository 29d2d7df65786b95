"""What a run is put to: the reference adapter, somebody's own beside emulated homes, or a bench."""

import re
from typing import Final, Literal, NamedTuple

from emulator.conformance.staging import Stand, reference

Kind = Literal["emulated", "url", "module", "bench"]
ALLOWED: Final = "emulated, adapter:http://HOST:PORT/PATH, adapter:MODULE:FACTORY, or bench:NAME"
_FACTORY: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


class TargetError(ValueError):
    """A word names no target; the text says what is allowed."""


class Target(NamedTuple):
    """A target, as somebody wrote it, and its kind. `place` is the URL, MODULE:FACTORY, or the bench's name."""

    text: str
    kind: Kind
    place: str = ""

    @property
    def stand(self) -> Stand:
        """Give what stands this target's adapter up beside a farm."""
        match self.kind:
            case "url":
                from emulator.conformance.subject_url import at_url  # noqa: PLC0415 (an HTTP client, where it is needed)

                return at_url(self.place)
            case "module":
                from emulator.conformance.subject_module import of_factory  # noqa: PLC0415 (as above)

                return of_factory(self.place)
        return reference

    @property
    def not_run(self) -> str:
        """Why nothing can be run there; "" is that it can."""
        return f"no bench called {self.place} is known: hil is not there yet" if self.kind == "bench" else ""


def parse(text: str) -> Target:
    """Read a target. Raises TargetError."""
    kind, _, place = text.partition(":")
    if text == "emulated":
        return Target(text, "emulated")
    if kind == "bench" and place:
        return Target(text, "bench", place)
    if kind == "adapter" and re.match(r"https?://[^/]", place):
        return Target(text, "url", place.rstrip("/"))
    if kind == "adapter" and _FACTORY.fullmatch(place):
        return Target(text, "module", place)
    raise TargetError(f"no target is called {text!r}; allowed: {ALLOWED}")
