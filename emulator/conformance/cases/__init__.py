"""The cases, a module for each subject; this table is all there are."""

from typing import Final

from emulator.conformance.case import Case
from emulator.conformance.cases import (
    alerts,
    balance,
    codes,
    debts,
    journeys,
    not_offered,
    roles,
    sequences,
    supply,
    targets,
)

CASES: Final[tuple[Case, ...]] = (
    *supply.CASES,
    *alerts.CASES,
    *balance.CASES,
    *codes.CASES,
    *debts.CASES,
    *journeys.CASES,
    *sequences.CASES,
    *roles.CASES,
    *targets.CASES,
    *not_offered.CASES,
)
