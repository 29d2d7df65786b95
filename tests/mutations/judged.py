"""Put one case to one family, and print its verdict: what `mutations.py` runs against a copy with a fault in it."""

import sys

from emulator.conformance import selection
from emulator.conformance.judge import Terms, judge
from emulator.conformance.targets import parse


def main() -> None:
    """Print the verdict, and what was seen."""
    name, family = sys.argv[1:]
    (case,) = selection.cases((name,))
    ((place, profile),) = selection.families((family,)).items()
    finding = judge(selection.paired(case, profile, place), Terms(parse("emulated")))
    sys.stdout.write(f"{finding.verdict.value}\n{finding.why or f'expected {finding.expected}; got {finding.got}'}\n")


if __name__ == "__main__":
    main()
