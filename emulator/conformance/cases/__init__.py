"""The cases, a module for each subject; this table is all there are."""

from typing import Final

from emulator.conformance.case import Case
from emulator.conformance.cases import (
    alerts,
    balance,
    codes,
    debts,
    documents,
    firmware,
    identity,
    journeys,
    not_offered,
    roles,
    sequences,
    settings,
    settings_gas,
    supply,
    targets,
    upkeep,
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
    *documents.CASES,
    *settings.CASES,
    *settings_gas.CASES,
    *identity.CASES,
    *firmware.CASES,
    *upkeep.CASES,
)
