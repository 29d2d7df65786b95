"""What happens to the communications hub: WAN, SMS, home area network, gas mirror, queued commands, alerts."""

from emulator.device.happenings.happening import Happening


class HubStopped(Happening, frozen=True):
    """The hub lost its power."""


class HubStarted(Happening, frozen=True):
    """The hub has power again."""


class WanAttached(Happening, frozen=True):
    """A session is open; `attempts` is how often the attach procedure ran for it."""

    roaming: bool
    attempts: int


class AttachFailed(Happening, frozen=True):
    """The attach procedure failed: the network's cause value, and whether the hub tries again by itself.

    `messages` is how many the hub sent about it.
    """

    cause: int
    detail: str
    retries: bool
    messages: int = 1


class WanLost(Happening, frozen=True):
    """The session ended because the network went away."""

    reason: str


class WanSlept(Happening, frozen=True):
    """Nobody used the session: the hub closed it and waits for an SMS."""


class WanWoken(Happening, frozen=True):
    """A sleeping hub wakes; `by` says for what."""

    by: str


class NetworkChanged(Happening, frozen=True):
    """The SIM, the coverage, the network or the APN changed, in a word."""

    to: str


class SmsTaken(Happening, frozen=True):
    """An SMS reached the hub; its text may hold a password and is not told."""

    today: int
    over_quota: bool
    understood: bool


class SmsLost(Happening, frozen=True):
    """An SMS did not reach the hub."""

    reason: str


class DeviceLogChanged(Happening, frozen=True):
    """The device log (white list) changed."""

    devices: int


class DeviceListed(Happening, frozen=True):
    """A device was put on the device log; it may join until an instant."""

    eui64: str
    joins_as: str
    until: int


class JoinWindowClosed(Happening, frozen=True):
    """The time to join is over, and the device did not."""

    eui64: str


class DeviceJoined(Happening, frozen=True):
    """A device joined the home area network; `by` says with which key."""

    eui64: str
    joined_as: str
    by: str


class DeviceLeft(Happening, frozen=True):
    """A device is no longer in the home area network."""

    eui64: str
    joined_as: str
    reason: str


class JoinRefused(Happening, frozen=True):
    """A device asked to join and was refused."""

    eui64: str
    reason: str


class NetworkKeyRotated(Happening, frozen=True):
    """Another network key holds; its version, never its value."""

    version: int


class HanLinkChanged(Happening, frozen=True):
    """The radio lost a device, or found it again."""

    name: str
    linked: bool


class GasMirrorFrozen(Happening, frozen=True):
    """The gas meter's wakes no longer get through: the mirror stands."""


class GasMirrorResumed(Happening, frozen=True):
    """The gas meter's wakes get through again."""


class CommandQueued(Happening, frozen=True):
    """A command waits for the gas meter; of it only its name is told."""

    number: int
    name: str
    waiting: int


class CommandFetched(Happening, frozen=True):
    """The gas meter woke and fetched a command; so many remain."""

    number: int
    name: str
    remaining: int


class QueuedCommandDone(Happening, frozen=True):
    """The gas meter carried out a command that waited for it."""

    number: int
    name: str
    remaining: int


class QueuedCommandRefused(Happening, frozen=True):
    """The gas meter refused a command that waited for it."""

    number: int
    name: str
    remaining: int
    reason: str
    detail: str


class PushDestinationSet(Happening, frozen=True):
    """Alerts go to another head end; "" is none."""

    destination: str


class AlertSending(Happening, frozen=True):
    """An alert is to go out over the wire now; whether the head end took it is told by what follows."""

    number: int
    source: str
    code: int
    name: str
    raised_at: int
    attempt: int
    copies: int = 1


class AlertSent(Happening, frozen=True):
    """An alert went out over the WAN, `copies` times; `attempt` counts from 1."""

    number: int
    source: str
    code: int
    name: str
    raised_at: int
    attempt: int
    copies: int = 1


class AlertNotSent(Happening, frozen=True):
    """An attempt to send an alert failed; the next one comes at an instant."""

    number: int
    attempt: int
    retry_at: int
    reason: str = ""


class AlertSuppressed(Happening, frozen=True):
    """An alert is not sent: it is a duplicate, or one too many in an hour."""

    number: int
    source: str
    code: int
    reason: str


class AlertExpired(Happening, frozen=True):
    """An alert was given up: too old, tried too often, or the queue was full."""

    number: int
    source: str
    code: int
    reason: str


HUB = (
    HubStopped
    | HubStarted
    | WanAttached
    | AttachFailed
    | WanLost
    | WanSlept
    | WanWoken
    | NetworkChanged
    | SmsTaken
    | SmsLost
    | DeviceLogChanged
    | DeviceListed
    | JoinWindowClosed
    | DeviceJoined
    | DeviceLeft
    | JoinRefused
    | NetworkKeyRotated
    | HanLinkChanged
    | GasMirrorFrozen
    | GasMirrorResumed
    | CommandQueued
    | CommandFetched
    | QueuedCommandDone
    | QueuedCommandRefused
    | PushDestinationSet
    | AlertSending
    | AlertSent
    | AlertNotSent
    | AlertSuppressed
    | AlertExpired
)
