"""The cases, a module for each subject; this table is all there are."""

from typing import Final

from emulator.conformance.case import Case
from emulator.conformance.cases import balance, codes, debts, journeys, sequences, supply

CASES: Final[tuple[Case, ...]] = (
    *supply.CASES,
    *balance.CASES,
    *codes.CASES,
    *debts.CASES,
    *journeys.CASES,
    *sequences.CASES,
)
