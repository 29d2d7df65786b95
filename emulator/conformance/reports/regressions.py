"""What got worse, better, came and went between two runs: by case and family."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from emulator.conformance.verdict import FAILED, SETTLED, Finding, Verdict

_ERRORS: Final = frozenset({Verdict.TOOL_ERROR, Verdict.BENCH_ERROR})
_FROM_WORST: Final = (FAILED, {Verdict.NON_STRICT}, {Verdict.TOLERATED}, {Verdict.UNSUPPORTED}, {Verdict.PASS})
WORST_FIRST: Final = tuple(Verdict)


class Way(StrEnum):
    """Where a case went at a family."""

    WORSE = "worse"
    BETTER = "better"
    NEW = "new"
    GONE = "gone"


class Change(msgspec.Struct, frozen=True):
    """A case at a family whose verdict is another; `was` None is new, `now` None is gone."""

    way: Way
    case: str
    family: str
    was: Verdict | None
    now: Verdict | None


class Comparison(msgspec.Struct, frozen=True):
    """All that changed since an older run, and in words whether the two can be compared."""

    changes: tuple[Change, ...]
    against: str = ""
    warning: str = ""

    def went(self, way: Way) -> tuple[Change, ...]:
        """Give the changes that went one way."""
        return tuple(one for one in self.changes if one.way is way)

    @property
    def worse(self) -> tuple[Change, ...]:
        """What got worse."""
        return self.went(Way.WORSE)


_ABSENT: Final = frozenset({Verdict.UNSUPPORTED, Verdict.NOT_ESTABLISHED})


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Give the worst of some verdicts."""
    return min(verdicts, key=WORST_FIRST.index)


def of_service(findings: Iterable[Finding]) -> Verdict:
    """Give the verdict of a service at a family: the worst of its checks.

    Where a check shows that the service does what it should, those that need something else which the family has not
    got, or which nobody has established of it, do not count against it.
    """
    held = list(findings)
    told = [one.told_of_service for one in held]
    if any(one.verdict is Verdict.PASS and not one.negative and not one.lacks for one in held):
        told = [verdict for verdict in told if verdict not in _ABSENT]
    return worst(told)


def compare(old: Iterable[Finding], new: Iterable[Finding]) -> Comparison:
    """Compare two runs.

    What decided something and does so no more is worse: a failure that is not run any longer is not mended.
    """
    was, now = _worst_of_each(old), _worst_of_each(new)
    changes: list[Change] = []
    for key in dict.fromkeys((*now, *was)):
        before, after = was.get(key), now.get(key)
        way = _way(before, after)
        if way is not None:
            changes.append(Change(way, *key, before, after))
    order = list(Way)
    return Comparison(tuple(sorted(changes, key=lambda one: order.index(one.way))))


def _worst_of_each(findings: Iterable[Finding]) -> dict[tuple[str, str], Verdict]:
    held: dict[tuple[str, str], Verdict] = {}
    for one in findings:
        key = (one.case, one.family)
        held[key] = worst((one.verdict, held.get(key, one.verdict)))
    return held


def _way(was: Verdict | None, now: Verdict | None) -> Way | None:
    if was is None or now is None:
        return Way.NEW if was is None else Way.GONE
    before, after = _grade(was), _grade(now)
    if before == after:
        return None
    return Way.WORSE if _is_worse(was, now, before, after) else Way.BETTER


def _is_worse(was: Verdict, now: Verdict, before: int, after: int) -> bool:
    if was in SETTLED and now in SETTLED:
        return after < before
    if was in SETTLED or now in SETTLED:
        return was in SETTLED or now in FAILED
    return now in _ERRORS


def _grade(verdict: Verdict) -> int:
    """Give verdicts that are as good as each other one number; those that decide nothing stand below zero."""
    if verdict not in SETTLED:
        return -2 if verdict in _ERRORS else -1
    return next(grade for grade, among in enumerate(_FROM_WORST) if verdict in among)
