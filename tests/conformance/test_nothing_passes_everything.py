"""Adapters that have one answer to everything: a case that passes with a no to all and with a yes to all holds nothing.

What passes with both is written out here, with why: what is held is of the meter or of silence, and no answer shows it.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from emulator.conformance import selection, targets
from emulator.conformance.judge import Terms, judge
from emulator.conformance.verdict import Verdict

FAMILY = "aclara-sgm1411"
PROCESSES = 2
ANSWERS = ("says_no", "says_yes")
SILENCE = {"alert/low-credit-not-in-credit-mode", "alert/physical-tamper-not-without-a-cause"}
"""No request is made: no alert may come, and none does."""
UNSENT = {
    *("6.15.1/nothing-is-sent", "6.15.2/nothing-is-sent", "6.23/nothing-is-sent"),
    *("6.15.1/gas-nothing-is-sent", "6.15.2/gas-nothing-is-sent", "6.23/gas-nothing-is-sent"),
    *("6.15.1/keys-hold", "6.15.2/keys-hold", "6.23/keys-hold"),
}
"""These requests change nothing at a device, whatever is answered: `taken-untouched` holds the answer itself."""
NOT_DONE = {"1.2.1/dated-without-a-clock", "12.2/other-sim"}
"""Something must not be done, and either answer is allowed."""
KNOWN = SILENCE | UNSENT | NOT_DONE


def test_no_case_passes_with_a_no_to_all_and_with_a_yes_to_all() -> None:
    names = [pair.case.name for pair in _run_at_the_family()]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        passed = {name for name, both in zip(names, processes.map(_passes, names, chunksize=16), strict=True) if both}
    assert passed - KNOWN == set(), "cases that hold nothing"
    assert KNOWN - passed == set(), "they hold something now: take them off the list"


def _run_at_the_family() -> list[selection.Pair]:
    every = selection.pairs(selection.cases(), selection.families([FAMILY]))
    return [pair for pair in every if pair.chosen.choice == "run"]


def _passes(name: str) -> bool:
    """Say whether a case passes with each of the answers; the second is tried only where the first passes."""
    if str(Path(__file__).parent) not in sys.path:
        sys.path.insert(0, str(Path(__file__).parent))  # as pytest has it, for the adapters
    (pair,) = selection.pairs(selection.cases([name]), selection.families([FAMILY]))
    terms = [Terms(targets.parse(f"adapter:planted_adapters:{answer}")) for answer in ANSWERS]
    return all(judge(pair, one).verdict is Verdict.PASS for one in terms)
