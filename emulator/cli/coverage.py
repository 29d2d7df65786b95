"""`coverage`: services and alerts by families, from results."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from emulator.cli.output import COMMON, NOT_ESTABLISHED, USAGE, Common, fail
from emulator.cli.reports import in_folder

Format = Annotated[Literal["md", "json"], Parameter(name="--format", help="md or json.")]
From = Annotated[
    Path | None, Parameter(name="--from", help="A report.json or its folder; without it, this version's own results.")
]


def coverage(*, form: Format = "md", source: From = None, common: Common = COMMON) -> int:
    """Show which services and alerts are tested at which family, and what came of it."""
    from emulator.conformance import coverage as results  # noqa: PLC0415
    from emulator.conformance.reports import NoReportError, read  # noqa: PLC0415

    try:
        if source is None:
            found = results.kept()
        else:
            report = read(in_folder(source, "report.json"))
            found = results.of(report.findings, report.run.families)
    except (NoReportError, results.NoCoverageError) as error:
        return fail(str(error), USAGE)
    except FileNotFoundError as error:
        told = "name a report with --from report.json; `meterfarm conformance run --report DIR` writes one"
        return fail(f"{error.filename} is not there: {told}", USAGE if source else NOT_ESTABLISHED)
    print(results.encoded(found) if common.json or form == "json" else results.markdown(found), end="")
    return 0
