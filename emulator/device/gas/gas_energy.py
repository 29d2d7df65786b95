"""The energy of gas: each volume by calorific value and conversion factor of its time (functional reference 3.2)."""

import numpy as np

from emulator.device.gas.gas_records import MILLIONTHS, GasRecords
from emulator.device.household import Channel, Site
from emulator.device.metering import Instants, total_at, totals_at
from emulator.device.records import Factor


def energy_mwh(site: Site, records: GasRecords, at: int) -> int:
    """Read the register of energy at an instant."""
    held = next((factor for factor in reversed(records.factors) if factor.since <= at), records.factors[0])
    volume_ml = total_at(site, records.runs, Channel.GAS, at)
    return held.energy_mwh + (volume_ml - held.volume_ml) * held.millionths // MILLIONTHS


def energies_mwh(site: Site, records: GasRecords, at: Instants) -> Instants:
    """Read the register of energy at many instants."""
    since, millionths, volume_ml, energy = np.array([_row(factor) for factor in records.factors], dtype=np.int64).T
    held = np.maximum(0, np.searchsorted(since, at, side="right") - 1)
    volumes = totals_at(site, records.runs, Channel.GAS, at)
    found: Instants = energy[held] + (volumes - volume_ml[held]) * millionths[held] // MILLIONTHS
    return found


def _row(factor: Factor) -> tuple[int, int, int, int]:
    return factor.since, factor.millionths, factor.volume_ml, factor.energy_mwh
