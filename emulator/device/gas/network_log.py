"""The network data log of a gas meter: consumption in steps of six minutes for four hours (functional reference 3.9).

Only the start is stored: the entries are readings of the register at later instants.
"""

from typing import NamedTuple

import numpy as np

from emulator.device.commands import RecordNetworkData
from emulator.device.gas.gas_records import GasRecords, NetworkLog
from emulator.device.happenings import NetworkLogStarted
from emulator.device.household import Channel, Site
from emulator.device.instant import MINUTE
from emulator.device.metering import run_at, totals_at
from emulator.device.step import Moment, Step, replace

STEP = 6 * MINUTE
ENTRIES = 40


class Consumed(NamedTuple):
    """What was consumed in one step, with the device clock's time at its end."""

    at: int
    volume_ml: int


def record(records: GasRecords, _: RecordNetworkData, moment: Moment) -> Step:
    """Start the log; one that runs or is full begins anew."""
    return replace(records, network=NetworkLog(moment.at)), (NetworkLogStarted(),)


def entries(site: Site, records: GasRecords, now: int) -> list[Consumed]:
    """Give the steps that are over, oldest first; none of a log that was never started."""
    started = records.network.started_at
    if started is None:
        return []
    count = min(ENTRIES, (now - started) // STEP)
    edges = started + np.arange(count + 1, dtype=np.int64) * STEP
    volumes = np.diff(totals_at(site, records.runs, Channel.GAS, edges))
    return [
        Consumed(at + run_at(records.runs, at).clock_offset_ms, volume)
        for at, volume in zip(edges[1:].tolist(), volumes.tolist(), strict=True)
    ]
