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


class ClockInvalidated(Happening, frozen=True):
    """The clock lost its time: it stood still while there was no power, and is not to be trusted until it is set."""


CLOCK = ClockAdjusted | ClockNotAdjusted | ClockPreset | ClockInvalidated
