"""Gas that leaves by an open end while the valve lets it: a steady flow on top of the home's own (reference 3.7).

An `OpenEnded` answers what a `Load` answers, with the same bits from its scalar and its vector form.
"""

from dataclasses import dataclass

import numpy as np

from emulator.device.household import Channel, Site
from emulator.device.instant import HOUR, MINUTE
from emulator.device.load.load import Ints, Segment
from emulator.device.load.recorded import Consumption
from emulator.device.records import Run


@dataclass(frozen=True, slots=True)
class OpenEnded:
    """A load, and so many millilitres an hour more until an instant."""

    load: Consumption
    flow_ml_h: int
    until: int

    def _more_ml(self, at: int) -> int:
        # Counted back from the end: differences are what matters, and the numbers stay small.
        return self.flow_ml_h * min(0, at - self.until) // HOUR

    def energy_mwh(self, at: int) -> int:
        """Give what was counted to an instant."""
        segment = self.segment(at)
        return segment.start_mwh + (segment.end_mwh - segment.start_mwh) * (at - segment.start) // MINUTE

    def segment(self, at: int) -> Segment:
        """Give the minute that holds an instant."""
        minute = self.load.segment(at)
        more = (self._more_ml(minute.start), self._more_ml(minute.end))
        return Segment(minute.start, minute.end, minute.start_mwh + more[0], minute.end_mwh + more[1])

    def energies_mwh(self, at: Ints) -> Ints:
        """Give energy_mwh of many instants."""
        start = at // MINUTE * MINUTE
        low, high = (
            self.load.energies_mwh(edge) + self.flow_ml_h * np.minimum(0, edge - self.until) // HOUR
            for edge in (start, start + MINUTE)
        )
        found: Ints = low + (high - low) * (at - start) // MINUTE
        return found


def load_of(site: Site, run: Run, channel: Channel) -> Consumption | OpenEnded:
    """Give what a run counts on a channel."""
    load = site.load(channel)
    return OpenEnded(load, run.open_ml_h, run.open_until) if run.open_ml_h and channel is Channel.GAS else load
