"""The judge: it puts one case to one family and says what came of it. Whatever happens, it gives a finding.

What the adapter under test does wrong is its verdict, also where a case cannot read its answer. What goes wrong in our
own code, a device of the farm that breaks among it, is TOOL ERROR, and only that keeps a trace.
"""

import asyncio
import shlex
import time
import traceback
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from emulator.conformance import cases
from emulator.conformance.case import (
    Case,
    Chosen,
    Contradicted,
    Failed,
    NonStrict,
    NotHere,
    Tolerated,
    Undecided,
)
from emulator.conformance.selection import Pair
from emulator.conformance.stage import Stage
from emulator.conformance.staging import staged
from emulator.conformance.subject import SubjectError
from emulator.conformance.targets import Target
from emulator.conformance.verdict import Finding, Flag, Octets, Verdict
from emulator.device.instant import isoformat
from emulator.device.items import present
from emulator.device.journal import describe
from emulator.device.readings import items_of
from emulator.farm.link import Link
from emulator.services.document import Response

LATE_S: Final = 0.1
"""So long a second answer to a request is waited for, where nobody knows whether more is to come."""
JOURNAL: Final = 40
"""So many of a home's newest happenings go with a finding."""
LONG: Final = frozenset({"voltage_log_entries"})
"""What takes long to work out, and tells nothing of a case."""
_VERDICTS: Final = (
    (NonStrict, Verdict.NON_STRICT),
    (Tolerated, Verdict.TOLERATED),
    (Contradicted, Verdict.CONTRADICTION),
    (Failed, Verdict.FAIL),
    (Undecided, Verdict.INCONCLUSIVE),
    (NotHere, Verdict.NOT_RUN),
)
_UNREADABLE: Final = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError, RuntimeError)
"""How a case stumbles over an answer that has not got what it looks for: that is the answer's fault."""
_UNRUN: Final = {"unsupported": Verdict.UNSUPPORTED, "not established": Verdict.NOT_ESTABLISHED}


class Terms(NamedTuple):
    """On what terms a case is judged: put to whom, with which seed, and how long one try may take."""

    target: Target
    seed: int = 1
    case_s: float = 30.0


def judge(pair: Pair, terms: Terms) -> Finding:
    """Put a case to a family. One that fails is tried once more: if it passes then, it is flaky, and says so."""
    unrun = unjudged(pair, terms)
    if unrun is not None:
        return unrun
    first = _tried(pair, terms)
    if first.verdict is not Verdict.FAIL or first.took_ms >= terms.case_s * 1_000:
        return first
    second = _tried(pair, terms)
    if second.verdict is not Verdict.PASS:
        return first
    flags = (*first.flags, Flag.FLAKY)
    return msgspec.structs.replace(first, flags=flags, why="it failed, and passed when it was tried again")


def unjudged(pair: Pair, terms: Terms) -> Finding | None:
    """Give the finding of a case that is not run at all; None for one that is."""
    if terms.target.not_run:
        return blank(pair, terms, Verdict.NOT_RUN, terms.target.not_run)
    verdict = _UNRUN.get(pair.chosen.choice)
    return None if verdict is None else blank(pair, terms, verdict, pair.chosen.why)


def blank(pair: Pair, terms: Terms, verdict: Verdict, why: str, **more: Any) -> Finding:
    """Make a finding without evidence."""
    case, profile = pair.case, pair.profile
    return Finding(
        case=case.name,
        services=case.services,
        family=profile.name,
        group=case.group.value,
        negative=case.negative,
        verdict=verdict,
        lacks=case.lacks,
        says=case.says,
        clause=case.clause,
        why=why,
        flags=_flags(case, pair.chosen),
        seed=terms.seed,
        rerun=rerun(case.name, pair.place, terms),
        **more,
    )


def rerun(case: str, place: str, terms: Terms) -> str:
    """Give the command that does it again."""
    words = ["meterfarm", "conformance", "run", case, "--profiles", place, "--seed", str(terms.seed)]
    if terms.target.kind != "emulated":
        words += ["--target", terms.target.text]
    return shlex.join(words)


def _flags(case: Case, chosen: Chosen) -> tuple[Flag, ...]:
    told = ((Flag.VIRTUAL_ONLY, case.virtual_only), (Flag.LEANS_ON_ASSUMPTION, chosen.assumed))
    return tuple(flag for flag, stands in told if stands)


class _Evidence:
    """What was seen while a case was tried; there is some even if it broke off."""

    def __init__(self) -> None:
        self.stage: Stage | None = None
        self.before: dict[str, Any] = {}
        self.after: dict[str, Any] = {}
        self.journal: tuple[str, ...] = ()
        self.wire: tuple[Octets, ...] = ()
        self.broken: list[Exception] = []

    def note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Note what a device of the farm broke on: it is no answer, and nobody else would hear of it."""
        error = context.get("exception")
        if isinstance(context.get("protocol"), Link) and isinstance(error, Exception):
            self.broken.append(error)
        loop.default_exception_handler(context)

    async def end(self) -> None:
        """Look at the home once more."""
        assert self.stage is not None
        self.after = state(self.stage)
        told = describe((await self.stage.journal())[-JOURNAL:])
        self.journal = tuple(_line(one) for one in told)
        self.wire = tuple(self.stage.wire)


def _tried(pair: Pair, terms: Terms) -> Finding:
    began = time.monotonic()
    evidence = _Evidence()
    verdict, told = Verdict.PASS, dict[str, Any]()
    try:
        asyncio.run(_act(pair, terms, evidence))
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 (each has a verdict of its own)
        verdict, told = _ruled(error, terms)
    took_ms = int((time.monotonic() - began) * 1_000)
    why = told.pop("why", "")
    finding = blank(pair, terms, verdict, why, took_ms=took_ms, **told)
    stage = evidence.stage
    if stage is None:
        return finding
    return msgspec.structs.replace(
        finding,
        documents=tuple(stage.documents),
        wire=evidence.wire,
        before=evidence.before,
        after=evidence.after,
        journal=evidence.journal,
    )


class _NoEnd(Exception):  # noqa: N818 (as the words of a case)
    """A case takes longer than it may."""


async def _act(pair: Pair, terms: Terms, evidence: _Evidence) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(evidence.note)
    try:
        async with asyncio.timeout(terms.case_s) as limit:
            async with staged(pair.profile, pair.case.home, terms.seed, terms.target.stand) as stage:
                evidence.stage, evidence.before = stage, state(stage)
                try:
                    await pair.case.act(stage)
                    await _answered_once(stage)
                except BaseException:
                    with suppress(Exception):  # what the case ended with counts
                        await evidence.end()
                    raise
                await evidence.end()
                if evidence.broken:
                    raise evidence.broken[0]
    except TimeoutError as error:
        if limit.expired():
            raise _NoEnd from error
        raise


async def _answered_once(stage: Stage) -> None:
    """Hold that no request got two results: who answers twice may have done it twice. Raises Failed."""
    await stage.gather(0.0 if stage.subject.at_rest else LATE_S)
    results = [given.document for given in stage.given if isinstance(given.document, Response)]
    counts = Counter(one.request_id for one in results if one.dsp_schedule_id is None)
    twice = [f"{count} to {request}" for request, count in counts.items() if count > 1]
    stage.expect(not twice, "one result to each request", ", ".join(twice))


def _ruled(error: BaseException, terms: Terms) -> tuple[Verdict, dict[str, Any]]:
    """Give the verdict of what a case ended with, and what is to be said of it."""
    for kind, verdict in _VERDICTS:
        if isinstance(error, kind):
            given = {"expected": error.expected, "got": error.got} if isinstance(error, Failed) else {}
            return verdict, given or {"why": str(error)}
    match error:
        case SubjectError():
            expected = "an adapter that answers with documents"
            return Verdict.FAIL, {"expected": expected, "got": str(error)}
        case _NoEnd():
            expected = f"an end within {terms.case_s:g} s"
            return Verdict.FAIL, {"expected": expected, "got": f"no end within {terms.case_s:g} s"}
        case SystemExit() | KeyboardInterrupt() if terms.target.kind == "module":
            got = f"it ends the process that it runs in ({type(error).__name__})"
            return Verdict.FAIL, {"expected": "an adapter that goes on", "got": got}
    if isinstance(error, _UNREADABLE) and _in_a_case(error):
        return Verdict.FAIL, {"expected": "an answer that has what the service gives", "got": told_fault(error)}
    return Verdict.TOOL_ERROR, {"why": told_fault(error), "trace": "".join(traceback.format_exception(error))}


def _in_a_case(error: BaseException) -> bool:
    """Say whether it was raised in the lines of a case itself, which do little more than look into answers."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename).parent == Path(cases.__file__).parent


def told_fault(error: BaseException) -> str:
    """Say in one line what broke in our own code, and where."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "emulator" in Path(frame.filename).parts] or list(frames)
    where = f" at {'/'.join(Path(ours[-1].filename).parts[-3:])}:{ours[-1].lineno}" if ours else ""
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}{f': {text}' if text else ''}{where}"


def state(stage: Stage) -> dict[str, Any]:
    """Give what the home's devices hold, item by item."""
    installation = stage.farm.home(stage.index).installation
    held: dict[str, Any] = {"at": isoformat(stage.now)}
    for name, device in installation.devices.items():
        items = (item for item in items_of(device) if item.key not in LONG)
        held[name.value] = {item.key: present(item, item.read(device)) for item in items}
    return msgspec.to_builtins(held)  # type: ignore[no-any-return]


def _line(entry: dict[str, Any]) -> str:
    rest = ", ".join(f"{key}={value}" for key, value in entry.items() if key not in {"seq", "at", "device", "event"})
    return f"{isoformat(entry['at'])} {entry['device']} {entry['event']} {rest}".rstrip()
