"""What happens to the clock."""

from emulator.device.happenings.happening import Happening


class ClockAdjusted(Happening, frozen=True):
    """The clock was set."""

    by_ms: int


class ClockNotAdjusted(Happening, frozen=True):
    """The clock was not set: the command would have moved it further than its tolerance."""

    by_ms: int


class ClockPreset(Happening, frozen=True):
    """A time is held ready for the clock."""

    to: int


CLOCK = ClockAdjusted | ClockNotAdjusted | ClockPreset
