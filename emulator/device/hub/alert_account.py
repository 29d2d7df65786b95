"""The account of alerts: what became of all that were raised, of one hub or of many together.

Of a home that only a store has, it is read from the state without making the home: of ten thousand at once.
"""

from typing import NamedTuple

import msgspec

from emulator.device.hub.hub_records import AlertQueue
from emulator.device.journal import DeviceName


class AlertAccount(NamedTuple):
    """How many alerts were raised, and what became of them; those on the wire are among those that wait."""

    homes: int = 0
    raised: int = 0
    sent: int = 0
    suppressed: int = 0
    expired: int = 0
    waiting: int = 0
    on_wire: int = 0

    @property
    def balanced(self) -> bool:
        """Whether every alert that was raised is accounted for."""
        return self.raised == self.sent + self.suppressed + self.expired + self.waiting

    def plus(self, other: "AlertAccount") -> "AlertAccount":
        """Give both together."""
        return AlertAccount(*(one + more for one, more in zip(self, other, strict=True)))


class _Hub(msgspec.Struct, frozen=True):
    alerts: AlertQueue


class _Device(msgspec.Struct, frozen=True, array_like=True):
    version: int
    at: int
    seq: int
    records: _Hub


class _Home(msgspec.Struct, frozen=True, array_like=True):
    kind: str
    version: int
    at: int
    seq: int
    devices: dict[str, bytes]


_HOME = msgspec.msgpack.Decoder(_Home)
_DEVICE = msgspec.msgpack.Decoder(_Device)


def account_of(alerts: AlertQueue) -> AlertAccount:
    """Give the account of one hub."""
    on_wire = sum(one.sending for one in alerts.waiting)
    return AlertAccount(1, alerts.raised, alerts.sent, alerts.suppressed, alerts.expired, len(alerts.waiting), on_wire)


def account_in(state: bytes) -> AlertAccount:
    """Read the account of a home's hub from the home's stored state; a home without a hub raised none."""
    try:
        hub = _HOME.decode(state).devices.get(DeviceName.CHF.value)
        return AlertAccount(1) if hub is None else account_of(_DEVICE.decode(hub).records.alerts)
    except msgspec.ValidationError:  # of a meter alone, or of a version before there were alerts
        return AlertAccount(1)
