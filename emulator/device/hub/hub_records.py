"""What a communications hub remembers between moments, as small frozen values.

Devices of the home stand here by the names that selectors use ("gsme"), keys not at all: they are derived.
"""

from enum import StrEnum
from typing import Literal

import msgspec

from emulator.device.records import Logs, Power


class SimState(StrEnum):
    """The subscription: not yet activated, in use, or barred by the operator."""

    INACTIVE = "inactive"
    ACTIVE = "active"
    BARRED = "barred"


class Phase(StrEnum):
    """Where the modem stands on its way to a session."""

    OFF = "off"
    NO_COVERAGE = "no_coverage"
    REFUSED = "refused"
    ATTACHING = "attaching"
    RETRYING = "retrying"
    ATTACHED = "attached"
    ASLEEP = "asleep"
    WAKING = "waking"


class Network(msgspec.Struct, frozen=True):
    """The world around the modem: SIM, coverage, whose network it is on, whether the APN is the network's.

    A hub that is `shadowed` is in a gap of its coverage (`weather.py`).
    """

    sim: SimState = SimState.ACTIVE
    covered: bool = True
    roaming: bool = False
    apn_valid: bool = True
    shadowed: bool = False

    @property
    def served(self) -> bool:
        """Whether a cell reaches the hub."""
        return self.covered and not self.shadowed


class Link(msgspec.Struct, frozen=True):
    """The modem's phase, since when, and when it next moves by itself.

    `number` counts attach procedures (chance is drawn by it), `failures` those in a row; `cause` is the last one's.
    """

    phase: Phase = Phase.ATTACHED
    since: int = 0
    due_at: int | None = None
    number: int = 0
    failures: int = 0
    cause: int = 0
    used_at: int = 0


class Flying(msgspec.Struct, frozen=True, array_like=True):
    """An SMS that the centre holds for the hub: when it may arrive, and until when the centre tries."""

    number: int
    text: str
    ready_at: int
    expires_at: int


class Sms(msgspec.Struct, frozen=True):
    """How many SMS came: in all, and on the UTC day of this number; how many were handed in and sent.

    `calls` are those that were to wake a hub which sleeps on.
    `flying` are on their way to the hub, `inbox` holds what the meter has yet to read, `outbox` what waits to be sent.
    """

    total: int = 0
    day: int = 0
    today: int = 0
    handed_in: int = 0
    calls: int = 0
    sent: int = 0
    flying: tuple[Flying, ...] = ()
    inbox: tuple[str, ...] = ()
    outbox: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True, array_like=True):
    """One line of the device log (the white list): who may join until when, and who did.

    `key_version` is the network key the device holds; `linked` whether the radio reaches it.
    """

    eui64: int
    device: str
    install_code: bytes = b""
    opened_at: int = 0
    closes_at: int | None = None
    joined_at: int | None = None
    key_version: int = 0
    linked: bool = True


class Removed(msgspec.Struct, frozen=True, array_like=True):
    """A device that was removed; it keeps its link key, and with it may come back."""

    eui64: int
    device: str
    removed_at: int


class Area(msgspec.Struct, frozen=True):
    """The home area network: the device log, the removed devices (newest last), the network key's version.

    `gas_unheard` says that the gas meter is in a gap of its own (`weather.py`).
    """

    log: tuple[Row, ...] = ()
    removed: tuple[Removed, ...] = ()
    key_version: int = 0
    log_changed_at: int | None = None
    gas_unheard: bool = False


class Copy(msgspec.Struct, frozen=True, array_like=True):
    """The gas meter's whole state as it stood at an instant, and the journal's number then."""

    since: int
    seq: int
    state: bytes


class Mirror(msgspec.Struct, frozen=True):
    """What closes the gas mirror's form: whether wakes get through, since when, and the last that is known to have.

    `stopped_at` is when they stopped, until `heard_at` is that of then. `shown` is the gas meter as of the last wake
    that got through, `pending` what has changed since; without one it stands as delivered.
    """

    up: bool = False
    resumed_at: int = 0
    heard_at: int | None = None
    stopped_at: int | None = None
    shown: Copy | None = None
    pending: Copy | None = None


class Queued(msgspec.Struct, frozen=True, array_like=True):
    """A command that waits for the gas meter: its class name, its fields as octets, who sends it (flags)."""

    number: int
    name: str
    fields: bytes
    sender: int
    queued_at: int


class Ended(msgspec.Struct, frozen=True, array_like=True):
    """What became of a command that waited: `reason` is "" where the gas meter carried it out."""

    number: int
    name: str
    reason: str
    detail: str
    ended_at: int


class Queue(msgspec.Struct, frozen=True):
    """Commands for the gas meter in order; `fetched` are on their way at this instant. `wake_at`: its next wake.

    `ended` is what became of the last of them.
    """

    waiting: tuple[Queued, ...] = ()
    fetched: tuple[Queued, ...] = ()
    total: int = 0
    wake_at: int | None = None
    ended: tuple[Ended, ...] = ()


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """An alert that is not sent yet: `ready_at` is its next attempt; `sending` one that is on the wire now."""

    number: int
    device: str
    code: int
    name: str
    priority: bool
    raised_at: int
    arrived_at: int
    ready_at: int
    tries: int = 0
    copies: int = 1
    sending: bool = False


class Told(msgspec.Struct, frozen=True, array_like=True):
    """An alert that left the queue, as the alert log shows it."""

    number: int
    device: str
    code: int
    name: str
    raised_at: int


class Recent(msgspec.Struct, frozen=True, array_like=True):
    """Until when the same alert of the same device is held for a duplicate."""

    device: str
    code: int
    until: int


class AlertQueue(msgspec.Struct, frozen=True):
    """Alerts on their way. Always: raised = sent + suppressed + expired + waiting. `log` holds the last that left."""

    waiting: tuple[Waiting, ...] = ()
    raised: int = 0
    sent: int = 0
    suppressed: int = 0
    expired: int = 0
    recent: tuple[Recent, ...] = ()
    sent_at: tuple[int, ...] = ()
    not_before: int = 0
    log: tuple[Told, ...] = ()


class Push(msgspec.Struct, frozen=True):
    """The head end that alerts go to, as host:port; "" is none, and whoever reads the journal has them."""

    destination: str = ""


class Firmware(msgspec.Struct, frozen=True):
    """The version that runs, and the version of an image that waits in the slot ("" for none)."""

    version: str
    slot: str = ""


class Enrolment(msgspec.Struct, frozen=True):
    """Attempts to enrol the installation that failed, and why it answers nobody ("" while it does)."""

    attempts: int = 0
    silent: Literal["", "dormant", "excluded"] = ""


class HubRecords(msgspec.Struct, frozen=True, kw_only=True):
    """All that a hub remembers; `cut_at` is when it last lost its power."""

    power: Power
    network: Network
    link: Link
    sms: Sms
    area: Area
    mirror: Mirror
    queue: Queue
    alerts: AlertQueue
    logs: Logs
    firmware: Firmware
    push: Push = Push()
    enrolment: Enrolment = Enrolment()
    cut_at: int | None = None
