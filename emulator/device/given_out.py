"""What a meter gives out of its registers and logs where something spoils it on the way (device dossier 4.4).

The registers themselves are right: `metering.py` has them. Without a quirk and without a hole everything here gives
back what it was given.
"""

import numpy as np

from emulator.device.household import Channel, Site
from emulator.device.local_time import offset_ms
from emulator.device.metering import Instants, Intervals, interval_energies, run_at
from emulator.device.records import MeterRecords


def logged_energies(site: Site, records: MeterRecords, channel: Channel, held: Intervals) -> Instants:
    """Give what the profile log says of each half hour: its energy, or what a set takes for it."""
    return as_logged(site, interval_energies(site, records, channel, held))


def as_logged(site: Site, energies: Instants) -> Instants:
    """Give energies as the profile log has them: some sets log the power of the half hour (device dossier 4.4, D1)."""
    match site.profile.quirks.half_hours:
        case "double":
            return energies * 2
        case "half":
            return energies // 2
        case _:
            return energies


def log_stamps(site: Site, device: Instants) -> Instants:
    """Give the stamps of a log: off by the hour of summer time where two clocks are mixed up (dossier 4.4, D4)."""
    if site.profile.quirks.log_stamps == "right":
        return device
    return np.array([log_stamp(site, at) for at in device.tolist()], dtype=np.int64)


def log_stamp(site: Site, device: int) -> int:
    """Give one stamp of a log."""
    match site.profile.quirks.log_stamps:
        case "ahead":
            return device + offset_ms(device)
        case "behind":
            return device - offset_ms(device)
        case _:
            return device


def without_holes(records: MeterRecords, held: Intervals) -> Intervals:
    """Leave out the half hours that the log never took (device dossier 4.4, D7)."""
    if not records.holes:
        return held
    lost = np.zeros(len(held.true), dtype=np.bool_)
    for since, until in records.holes:
        lost |= (held.true > since) & (held.true <= until)
    return held.chosen(np.flatnonzero(~lost))


def with_time(records: MeterRecords, held: Intervals) -> Intervals:
    """Leave out the half hours that ended while the meter did not know the time: demand stops (dossier 4.4, D3)."""
    kept = [place for place, at in enumerate(held.true.tolist()) if not run_at(records.runs, at).timeless]
    return held if len(kept) == len(held.true) else held.chosen(np.array(kept, dtype=np.int64))


def rolled(site: Site, amount: int) -> int:
    """Give a register in Wh, varh or litres as far as it counts: some begin anew at a width (dossier 4.4, D8)."""
    over = site.profile.quirks.rolls_over_at
    return amount % over if over else amount
