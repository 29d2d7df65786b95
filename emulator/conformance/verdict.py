"""The verdicts, worst first, and what each means; a finding is one with its evidence."""

from enum import StrEnum
from typing import Any, Final

import msgspec


class Verdict(StrEnum):
    """What came of a case at a family."""

    FAIL = "FAIL"
    CONTRADICTION = "CONTRADICTION"
    TOOL_ERROR = "TOOL ERROR"
    BENCH_ERROR = "BENCH ERROR"
    INCONCLUSIVE = "INCONCLUSIVE"
    NON_STRICT = "NON-STRICT"
    TOLERATED = "TOLERATED"
    NOT_ESTABLISHED = "NOT ESTABLISHED"
    NOT_RUN = "NOT RUN"
    UNSUPPORTED = "UNSUPPORTED"
    PASS = "PASS"  # noqa: S105 (a verdict, not a password)


MEANS: Final = {
    Verdict.PASS: "what is required was seen",
    Verdict.FAIL: "something else was seen than is required",
    Verdict.NON_STRICT: "the duty is met, in a form that the reference does not give",
    Verdict.TOLERATED: "a known departure of this family, which its profile declares",
    Verdict.UNSUPPORTED: "the family declares that it has not got this; that it refuses it is a case of its own",
    Verdict.CONTRADICTION: "what was seen contradicts what the family declares",
    Verdict.INCONCLUSIVE: "nothing was seen that decides it, though all was tried",
    Verdict.NOT_RUN: "it cannot be done at this target, or was not asked for",
    Verdict.NOT_ESTABLISHED: "nobody knows: no wire to the family yet, or its profile says nothing of it",
    Verdict.BENCH_ERROR: "the bench failed, not the device: try again",
    Verdict.TOOL_ERROR: "a fault of ours",
}
FAILED: Final = frozenset({Verdict.FAIL, Verdict.CONTRADICTION})
PROVES: Final = frozenset({Verdict.PASS, Verdict.FAIL, Verdict.CONTRADICTION, Verdict.NON_STRICT, Verdict.TOLERATED})
"""Verdicts that establish something. A run without any of them proves nothing, and fails (exit code 4)."""
SETTLED: Final = PROVES | {Verdict.UNSUPPORTED}
"""Those, and what a family declares that it has not got: between two runs, a verdict that leaves them got worse."""


class Flag(StrEnum):
    """What a reader of a verdict must know besides."""

    FLAKY = "flaky"
    VIRTUAL_ONLY = "virtual-only"
    LEANS_ON_ASSUMPTION = "leans-on-assumption"


class Octets(msgspec.Struct, frozen=True):
    """Octets that passed the wire: when (farm time), whither (`to` or `from` the device), hex, and decoded."""

    at: int
    way: str
    hex: str
    decoded: str = ""


class Passed(msgspec.Struct, frozen=True):
    """A document that passed between suite and adapter: when, which kind, and its JSON."""

    at: int
    kind: str
    document: dict[str, Any]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a case at a family, with all that somebody needs to see it again.

    `lacks` says that the case holds a refusal of what the family has not got.
    """

    case: str
    services: tuple[str, ...]
    family: str
    group: str
    negative: bool
    verdict: Verdict
    says: str
    clause: str
    why: str = ""
    expected: str = ""
    got: str = ""
    flags: tuple[Flag, ...] = ()
    seed: int = 1
    rerun: str = ""
    took_ms: int = 0
    documents: tuple[Passed, ...] = ()
    wire: tuple[Octets, ...] = ()
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    journal: tuple[str, ...] = ()
    trace: str = ""  # of a fault of ours, for a bug report only
    lacks: bool = False

    @property
    def told_of_service(self) -> Verdict:
        """What it says of its service at its family: that a family rightly refuses one does not make it pass."""
        return Verdict.UNSUPPORTED if self.lacks and self.verdict is Verdict.PASS else self.verdict


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What was run: which version, put to what, when, and what to type to run it again.

    `asked` is what was selected (nothing: all of it); `began` is real time, ISO 8601 in UTC; `where` names the machine.
    """

    version: str
    target: str
    families: tuple[str, ...]
    asked: tuple[str, ...] = ()
    seed: int = 1
    began: str = ""
    took_ms: int = 0
    command: str = ""
    where: str = ""
