"""What happens to settings, snapshots, counters and logs."""

from emulator.device.happenings.happening import Happening


class BillingSnapshotTaken(Happening, frozen=True):
    """A billing snapshot was taken for a cause other than the billing calendar."""

    cause: str


class BillingCalendarChanged(Happening, frozen=True):
    """Another billing calendar holds."""

    period: str


class ConfigurationChanged(Happening, frozen=True):
    """A setting was written."""

    name: str


class CounterReset(Happening, frozen=True):
    """A counter or a maximum was started anew."""

    name: str


class EventLogCleared(Happening, frozen=True):
    """The event log was emptied."""

    entries: int


class FutureHeld(Happening, frozen=True):
    """A command waits for its time."""

    name: str
    at: int


class FutureCancelled(Happening, frozen=True):
    """A command that waited was cancelled."""

    name: str


class FutureActioned(Happening, frozen=True):
    """A command that waited was carried out."""

    name: str


class FutureNotActioned(Happening, frozen=True):
    """A command that waited was refused when its time came."""

    name: str
    detail: str


SETTINGS = (
    BillingSnapshotTaken
    | BillingCalendarChanged
    | ConfigurationChanged
    | CounterReset
    | EventLogCleared
    | FutureHeld
    | FutureCancelled
    | FutureActioned
    | FutureNotActioned
)
