"""Put one case to one family, with one module replaced by a faulty copy, and print the verdict: `mutations.py` runs it.

python judged.py CASE FAMILY MODULE FILE
"""

import json
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from types import ModuleType


class Planted(MetaPathFinder):
    """Finds one module in another file than its own."""

    def __init__(self, module: str, file: str) -> None:
        self._module, self._file = module, file

    def find_spec(self, name: str, _: Sequence[str] | None, __: ModuleType | None = None) -> ModuleSpec | None:
        """Find the faulty module; all others are found where they are."""
        return spec_from_file_location(name, self._file) if name == self._module else None


def main() -> None:
    """Print verdict and reason, as the last line."""
    name, family, module, file = sys.argv[1:]
    sys.meta_path.insert(0, Planted(module, file))
    from emulator.conformance import selection
    from emulator.conformance.judge import Terms, judge
    from emulator.conformance.targets import parse

    (case,) = selection.cases((name,))
    ((place, profile),) = selection.families((family,)).items()
    finding = judge(selection.paired(case, profile, place), Terms(parse("emulated")))
    if module not in sys.modules:
        raise SystemExit(f"the case never used {module}")
    told = finding.why or f"expected {finding.expected}; got {finding.got}"
    sys.stdout.write(f"\n{json.dumps([finding.verdict.value, told])}\n")


if __name__ == "__main__":
    main()
