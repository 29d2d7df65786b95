"""The gas mirror: what the hub shows of the gas meter that sleeps (functional reference 3.8).

It shows the meter as of its last wake that got through. Wakes are a function of the instant, so nothing is copied at
them: the hub keeps since when wakes get through, the last one before that, and the meter's state at the last change
that a wake has brought over and at the newest one. A reading is then taken from the meter as it stood at that instant.
"""

from typing import Any

from emulator.device.device import Device
from emulator.device.gas import wake
from emulator.device.happenings import GasMirrorFrozen, GasMirrorResumed
from emulator.device.household import Site
from emulator.device.hub import han
from emulator.device.hub.hub_records import Copy, HubRecords, Mirror
from emulator.device.instant import SECOND
from emulator.device.step import Event, Moment, Step, replace


class MirrorStands(Event, frozen=True):
    """Wakes no longer get through; the last one that did was at this instant."""

    at: int


class GasChanged(Event, frozen=True):
    """The gas meter is another one since an instant: its whole state. The mirror shows it as of `shown_at`."""

    state: bytes
    since: int
    seq: int
    shown_at: int | None


def mirror_delivered(site: Site) -> Mirror:
    """Give the mirror as fitted."""
    return Mirror(up=any(device == han.GAS for device, _ in site.beside), resumed_at=site.installed_at)


def follow_link(records: HubRecords, _: object, moment: Moment) -> Step:
    """Note when the gas meter's wakes stop or begin again to get through; runs last wherever that may change."""
    mirror, up = records.mirror, han.linked(records, han.GAS)
    if up is mirror.up:
        return records, ()
    queue = replace(records.queue, wake_at=None)
    if up:
        resumed = replace(mirror, up=True, resumed_at=moment.at, stopped_at=None)
        return replace(records, mirror=resumed, queue=queue), (GasMirrorResumed(),)
    return replace(records, mirror=replace(mirror, up=False, stopped_at=moment.at), queue=queue), (GasMirrorFrozen(),)


def stand(records: HubRecords, event: MirrorStands, _: Moment) -> Step:
    """Remember the last wake that got through."""
    return replace(records, mirror=replace(records.mirror, heard_at=event.at, stopped_at=None)), ()


def change(records: HubRecords, event: GasChanged, _: Moment) -> Step:
    """Keep the gas meter's new state; the one before is shown if a wake has brought it over."""
    mirror, new = records.mirror, Copy(event.since, event.seq, event.state)
    brought = mirror.pending is not None and event.shown_at is not None and mirror.pending.since <= event.shown_at
    shown = mirror.pending if brought else mirror.shown
    return replace(records, mirror=replace(mirror, shown=shown, pending=new, heard_at=event.shown_at)), ()


def last_through(mirror: Mirror, gas: Device[Any], now: int) -> int | None:
    """Give the last wake at or before an instant that got through, as if they did until then. It never goes back.

    A mirror that lags shows what wakes of some time ago brought (device dossier 4.3, H1).
    """
    at = wake.last_wake(gas.site, gas.records, now - gas.site.profile.quirks.mirror_lag_s * SECOND)
    return mirror.heard_at if at < max(mirror.resumed_at, mirror.heard_at or 0) else at


def mirrored_at(hub: Device[HubRecords], gas: Device[Any], now: int) -> int | None:
    """Say as of which instant the mirror shows the gas meter; None if it never called."""
    mirror = hub.records.mirror
    if mirror.up:
        return last_through(mirror, gas, now)
    return mirror.heard_at if mirror.stopped_at is None else last_through(mirror, gas, mirror.stopped_at)


def mirrored(hub: Device[HubRecords], gas: Device[Any], now: int) -> Device[Any] | None:
    """Give the gas meter as the mirror shows it: a meter to read any item of. None if it never called."""
    at = mirrored_at(hub, gas, now)
    if at is None:
        return None
    mirror = hub.records.mirror
    copy = mirror.pending if mirror.pending is not None and mirror.pending.since <= at else mirror.shown
    maker: Any = type(gas)
    shown: Device[Any] = maker(gas.site, at, None if copy is None else copy.state)
    return shown
