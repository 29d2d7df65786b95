"""`conformance`: list the cases of the suite, or put them to an adapter, and say first what came of it."""

import importlib.util
import itertools
import platform
import shlex
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from cyclopts import App, Parameter
from cyclopts.validators import Number

from emulator.cli.output import COMMON, INTERRUPTED, NOT_ESTABLISHED, USAGE, Common, fail, print_json, print_table
from emulator.cli.reports import in_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.conformance.reports.report import Report
    from emulator.conformance.selection import Pair
    from emulator.conformance.targets import Target
    from emulator.conformance.verdict import Finding, RunInfo, Verdict

app = App(name="conformance", help="List the cases of the conformance suite, or put them to an adapter.")

What = Annotated[
    str, Parameter(help="Cases: a name such as 2.2/wrong-role, a service such as 2.2 or 6, a group, or a glob.")
]
Profiles = Annotated[str, Parameter(help="Families, with commas: packaged names, globs, files; all if left out.")]
_DEADLINE, _PATIENCE, _MS = "15m", "30s", 1_000
_ANSWER_S = 5.0
_COLOURS = {"PASS": "green", "FAIL": "red", "CONTRADICTION": "red", "TOOL ERROR": "magenta", "BENCH ERROR": "magenta"}


@app.command(name="list")
def list_cases(*what: What, profiles: Profiles = "", common: Common = COMMON) -> int:
    """List cases; with `--profiles`, at which families each is run, and why not."""
    from emulator.conformance import selection  # noqa: PLC0415 (the catalogue and the farm, where they are wanted)

    try:
        chosen = selection.cases(what)
        families = selection.families(_split(profiles)) if profiles else {}
    except selection.SelectionError as error:
        return fail(str(error), USAGE)
    placed = {(pair.case.name, pair.profile.name): pair.chosen for pair in selection.pairs(chosen, families)}
    rows: list[dict[str, Any]] = []
    for case in chosen:
        row: dict[str, Any] = {"case": case.name, "services": case.services, "group": case.group.value}
        row |= {"negative": case.negative, "says": case.says, "clause": case.clause}
        if families:
            at = {name: placed.get((case.name, name)) for name in (one.name for one in families.values())}
            row["families"] = {
                name: {"choice": "not applicable" if one is None else one.choice, "why": "" if one is None else one.why}
                for name, one in at.items()
            }
        rows.append(row)
    if common.json:
        print_json(rows)
        return 0
    names = [one.name for one in families.values()]
    cells = [
        (row["case"], *(row["families"][name]["choice"] for name in names), row["group"], row["says"]) for row in rows
    ]
    print_table(("case", *names, "group", "what it says"), cells)
    print(f"\n{len(rows)} cases, {sum(row['negative'] for row in rows)} of them negative")
    return 0


@app.command
def run(
    *what: What,
    profiles: Profiles = "",
    target: Annotated[
        str, Parameter(help="Whom to test: emulated, adapter:URL, adapter:MODULE:FACTORY, bench:NAME.")
    ] = "emulated",
    jobs: Annotated[
        int,
        Parameter(help="So many cases at a time; 0 is one more than there are cores.", validator=Number(gte=0, lte=64)),
    ] = 0,
    seed: Annotated[int, Parameter(help="What every home is drawn from.", validator=Number(gte=0))] = 1,
    report: Annotated[Path | None, Parameter(help="Write the reports into this folder.")] = None,
    against: Annotated[
        Path | None, Parameter(help="An older report.json, or its folder: what got worse since fails.")
    ] = None,
    deadline: Annotated[str, Parameter(help="When the run ends at the latest.")] = _DEADLINE,
    patience: Annotated[str, Parameter(help="How long one case may take.")] = _PATIENCE,
    common: Common = COMMON,
) -> int:
    """Put cases to an adapter beside emulated homes, or to a bench; the reference adapter unless another is named.

    The exit code: 0 all well, 1 a verdict failed or got worse, 4 nothing was established, 70 a fault of ours, 75 of
    the bench.
    """
    from emulator.conformance import engine, reports, selection, targets  # noqa: PLC0415 (as above)
    from emulator.conformance.judge import Terms  # noqa: PLC0415
    from emulator.device.instant import span  # noqa: PLC0415

    try:
        terms = Terms(targets.parse(target), seed, span(patience) / _MS)
        pairs = selection.pairs(selection.cases(what), selection.families(_split(profiles)))
        limit_s = span(deadline) / _MS
        if against is not None:
            against = in_folder(against, "report.json")
            reports.read(against)
        if report is not None:
            report.mkdir(parents=True, exist_ok=True)  # before the run: what cannot be written shall not cost one
    except (targets.TargetError, selection.SelectionError, reports.NoReportError, ValueError) as error:
        return fail(str(error), USAGE)
    except OSError as error:
        return fail(f"{error.filename}: {error.strerror}", USAGE)
    if dead := _dead(terms.target):
        return fail(dead, NOT_ESTABLISHED)
    began, clock = datetime.now(UTC), time.monotonic()
    with _ended_well(), _told(pairs, quiet=common.json) as told:
        try:
            findings = engine.run(pairs, terms, jobs=jobs, deadline_s=limit_s, told=told)
        except engine.EngineError as error:
            return fail(str(error), USAGE)
        except KeyboardInterrupt:
            return fail("ended before all checks were done; no report is written", INTERRUPTED)
    took_ms = int((time.monotonic() - clock) * _MS)
    info = _info(pairs, terms.target.text, what, seed, began.isoformat(timespec="seconds"), took_ms)
    paths: tuple[Path, ...] = ()
    if report is None:
        made = reports.build(findings, info, against)
    else:
        written = reports.write(findings, info, report, against)
        made, paths = written.report, written.paths
    if common.json:
        print_json(_plain(made, paths))
    else:
        _print(made, paths)
    return made.outcome.exit_code


def _dead(target: "Target") -> str:
    """Say that nobody listens at an adapter's URL, or that its module is not there: each check would say the same."""
    if target.kind == "module":
        module = target.place.partition(":")[0]
        if not _is_there(module):
            return f"there is no module {module!r} here: start in the folder it stands in, or install it"
        return ""
    if target.kind != "url":
        return ""
    place = urlsplit(target.place)
    try:
        port = place.port or {"http": 80, "https": 443}[place.scheme]
        socket.create_connection((place.hostname or "", port), timeout=_ANSWER_S).close()
    except (OSError, ValueError) as error:
        return f"no adapter answers at {target.place} ({error}): start it first, then the run"
    return ""


def _is_there(module: str) -> bool:
    """Say whether a module can be found, from here too, without importing it."""
    beside = Path.cwd().joinpath(*module.split("."))
    if beside.is_dir() or beside.with_suffix(".py").is_file():
        return True
    try:
        return importlib.util.find_spec(module.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",") if name.strip()]


def _info(pairs: "tuple[Pair, ...]", target: str, what: tuple[str, ...], seed: int, began: str, took: int) -> "RunInfo":
    from emulator.conformance.verdict import RunInfo  # noqa: PLC0415

    try:
        version = metadata.version("meterfarm")
    except metadata.PackageNotFoundError:
        version = "not installed"
    return RunInfo(
        version=version,
        target=target,
        families=tuple(dict.fromkeys(pair.profile.name for pair in pairs)),
        asked=what,
        seed=seed,
        began=began,
        took_ms=took,
        command=shlex.join(["meterfarm", *sys.argv[1:]]),
        where=platform.node(),
    )


# While it runs


@contextmanager
def _ended_well() -> Iterator[None]:
    """Take SIGTERM as Ctrl-C: the engine's processes end with this one."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _told(pairs: "tuple[Pair, ...]", *, quiet: bool) -> "Iterator[Callable[[Finding], None]]":
    """Show how far it is: a bar where somebody looks; elsewhere each tenth, and what is not as it should be."""
    if sys.stderr.isatty():
        with _bar(len(pairs)) as told:
            yield told
        return

    done, total = itertools.count(1), len(pairs)

    def line(finding: "Finding") -> None:
        number = next(done)
        if quiet:
            return
        if finding.verdict in _COLOURS and finding.verdict != "PASS":
            flags = f" ({', '.join(finding.flags)})" if finding.flags else ""
            print(f"{finding.verdict:<16} {finding.case} at {finding.family}{flags}", flush=True)
        if number * 10 // total > (number - 1) * 10 // total:
            print(f"{number} of {total} checks", flush=True)

    yield line


@contextmanager
def _bar(total: int) -> "Iterator[Callable[[Finding], None]]":
    from rich.console import Console  # noqa: PLC0415 (where somebody looks)
    from rich.markup import escape  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    counts: Counter[Verdict] = Counter()
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total)

        def told(finding: "Finding") -> None:
            counts[finding.verdict] += 1
            shown = " ".join(
                f"[{_COLOURS.get(verdict, 'yellow')}]{count} {verdict}[/]" for verdict, count in sorted(counts.items())
            )
            progress.update(task, advance=1, description=f"{shown}  {escape(finding.case)}")
            if finding.verdict in _COLOURS and finding.verdict != "PASS":
                progress.console.print(
                    f"[{_COLOURS[finding.verdict]}]{finding.verdict}[/] {escape(finding.case)} at {finding.family}"
                )

        yield told


# After it


def _print(made: "Report", paths: tuple[Path, ...]) -> None:
    """Print the verdict first, then what it rests on, why nothing is known of the rest, and each failure."""
    from emulator.conformance.reports.cleaning import visible  # noqa: PLC0415

    print(f"\n{made.outcome.word}. {made.outcome.sentence}")
    print(", ".join(f"{count} {verdict}" for verdict, count in made.counts.items()) or "no case")
    comparison = made.comparison
    if comparison is not None:
        if comparison.warning:
            print(f"compared with {comparison.against}, but {comparison.warning}")
        for one in comparison.worse:
            print(f"worse: {one.case} at {one.family}: {one.was} -> {one.now or 'gone'}")
    unknown: Counter[tuple[str, str]] = Counter((one.verdict, one.why) for one in made.findings if _is_open(one))
    for (verdict, why), count in unknown.most_common():
        print(f"  {count} {verdict}: {visible(why)}")
    for finding in made.findings:
        if finding.verdict in _COLOURS and finding.verdict != "PASS":
            _print_one(finding)
    if paths:
        print(f"\nreports: {', '.join(str(path) for path in paths)}")


def _is_open(finding: "Finding") -> bool:
    from emulator.conformance.verdict import PROVES  # noqa: PLC0415

    return finding.verdict not in PROVES


def _print_one(finding: "Finding") -> None:
    from emulator.conformance.reports.cleaning import visible  # noqa: PLC0415

    flags = f" ({', '.join(finding.flags)})" if finding.flags else ""
    print(f"\n{finding.verdict} {finding.case} at {finding.family}{flags}: {finding.says}")
    lines = {"clause": finding.clause, "expected": finding.expected, "got": finding.got, "why": finding.why}
    for name, text in {**lines, "again": finding.rerun}.items():
        if text:
            print(f"  {name:<8} {visible(text)}")


def _plain(made: "Report", paths: tuple[Path, ...]) -> dict[str, Any]:
    keys = ("case", "family", "verdict", "flags", "says", "clause", "why", "expected", "got", "took_ms", "rerun")
    return {
        "outcome": made.outcome,
        "counts": made.counts,
        "worse": [] if made.comparison is None else made.comparison.worse,
        "run": made.run,
        "findings": [{key: getattr(one, key) for key in keys} for one in made.findings],
        "files": [str(path) for path in paths],
    }
