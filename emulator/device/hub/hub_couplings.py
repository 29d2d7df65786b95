"""What reaches the hub from the home's other devices, and the gas meter through the hub.

Only here do the hub and the gas meter meet: the hub's rules know nothing of when a gas meter wakes.
"""

from collections.abc import Iterator
from typing import Any, get_args

from emulator.device.alerts import alert_of
from emulator.device.device import Device
from emulator.device.event_table import ALERT, line_of
from emulator.device.gas import wake
from emulator.device.happenings import (
    HAPPENINGS,
    AuthenticationFailed,
    CommandFetched,
    CommandQueued,
    FirmwareActivating,
    FirmwareChanged,
    GasMirrorFrozen,
    GasMirrorResumed,
    Happening,
    MeterBroken,
    MeterRepaired,
    NetworkKeyRotated,
    PowerLost,
    PowerRestored,
    QueuedCommandDone,
    QueuedCommandRefused,
)
from emulator.device.hub.alert_queue import OWN, AlertArrived
from emulator.device.hub.command_queue import CarryOut, CommandEnded, GasWakesNext, HandedOver, fields_at
from emulator.device.hub.enrolment import AttemptFailed
from emulator.device.hub.gas_mirror import GasChanged, MirrorStands, last_through, mirrored_at
from emulator.device.hub.han import GAS, KeyMissed, key_waits
from emulator.device.hub.hub_records import HubRecords
from emulator.device.hub.wan import HubPowerLost, HubPowerRestored
from emulator.device.instant import SECOND
from emulator.device.journal import DeviceName, Entry
from emulator.device.reached import Coupling, Devices, Reached

_HUB, _GAS = DeviceName.CHF, DeviceName.GSME


def alert_reaches_hub(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Have the hub forward what its make alerts; its own only where the profile says so (reference 4.1)."""
    if _HUB not in devices:
        return
    profile = devices[_HUB].site.profile
    if entry.device is _HUB:
        line = line_of(entry.what)
        if profile.forwarding.own_alerts and line is not None and line.alert == ALERT:
            yield Reached(_HUB, AlertArrived(OWN, line.code, line.meaning, entry.at))
        return
    alert = alert_of(profile, entry.device, entry.what)
    if alert is not None:
        told = AlertArrived(
            entry.device.value, alert.code, alert.name, entry.at, alert.priority, alert.copies, alert.latch_s
        )
        yield Reached(_HUB, told)


def mains_reach_hub(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Let the hub lose and regain its power with the electricity meter it stands at (reference 1.1)."""
    if entry.device is not DeviceName.ESME:
        return
    if isinstance(entry.what, PowerLost):
        yield Reached(_HUB, HubPowerLost())
    elif feeds_hub(devices):
        yield Reached(_HUB, HubPowerRestored())


def feeds_hub(devices: Devices) -> bool:
    """Say whether a meter that has mains gives the hub its power: one that is broken does not (dossier 4.2, F2)."""
    install = devices[DeviceName.ESME].records.install
    return not install.broken and not (install.cuts_hub and install.until is not None)


def firmware_reaches_hub(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Take the hub's power where the meter breaks, or cuts it as it starts anew; give it back after (W7, F2)."""
    if entry.device is not DeviceName.ESME:
        return
    if not feeds_hub(devices):
        yield Reached(_HUB, HubPowerLost())
    elif devices[DeviceName.ESME].records.power.on:
        yield Reached(_HUB, HubPowerRestored())


def key_rotated(devices: Devices, _: Entry) -> Iterator[Reached]:
    """Let sleepy and unplugged devices miss the new network key, where a quirk has it so (dossier 4.3, H5)."""
    hub = devices[_HUB]
    if not hub.site.profile.quirks.key_rotation_missed:
        return
    for row in hub.records.area.log:
        device = devices.get(DeviceName(row.device))
        dark = device is not None and not device.records.power.on
        if row.joined_at is not None and (row.device == GAS or dark or not row.linked):
            yield Reached(_HUB, KeyMissed(row.device))


def gas_changed(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Give the mirror the gas meter's new state, once for all that happened to it."""
    pair = _pair(devices)
    if entry.device is not _GAS or pair is None:
        return
    hub, gas = pair
    pending = hub.records.mirror.pending
    if pending is None or (pending.seq, pending.since) != (gas.seq, gas.now):
        shown_at = mirrored_at(hub, gas, gas.now)
        yield Reached(_HUB, GasChanged(gas.state(), gas.now, gas.seq, shown_at))
    yield from next_wake(devices, entry)


def mirror_stands(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Tell the hub which wake was the last that got through."""
    pair = _pair(devices)
    if pair is not None:
        at = last_through(pair[0].records.mirror, pair[1], entry.at)
        if at is not None:
            yield Reached(_HUB, MirrorStands(at))


def next_wake(devices: Devices, _: Entry) -> Iterator[Reached]:
    """Tell the hub when the gas meter wakes next, while something waits for it."""
    yield from wakes_next(devices)


def wakes_next(devices: Devices) -> Iterator[Reached]:
    """Give the hub the gas meter's next wake, if it knows another one."""
    pair = _pair(devices)
    if pair is None:
        return
    hub, gas = pair
    if hub.records.queue.waiting or key_waits(hub.records.area):
        at = wake.next_wake(gas.site, gas.records, _not_before(hub, gas))
        if at != hub.records.queue.wake_at:
            yield Reached(_HUB, GasWakesNext(at))


def _not_before(hub: Device[HubRecords], gas: Device[Any]) -> int:
    """Give the instant after which the gas meter fetches what waits: now, or later by a quirk (dossier 4.3, H2)."""
    late_ms = gas.site.profile.quirks.gas_fetch_late_s * SECOND
    waiting = hub.records.queue.waiting
    return max(gas.now, waiting[0].queued_at + late_ms) if waiting and late_ms else gas.now


def command_fetched(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Bring a command from the hub's queue to the gas meter."""
    assert isinstance(entry.what, CommandFetched)
    one = devices[_HUB].records.queue.fetched[0]
    yield Reached(_GAS, CarryOut(one.number, one.name, fields_at(one, entry.at), one.sender, entry.what.remaining))
    yield Reached(_HUB, HandedOver())


def command_ended(_: Devices, entry: Entry) -> Iterator[Reached]:
    """Tell the hub what became of a command that waited there."""
    match entry.what:
        case QueuedCommandRefused(number, name, _, reason, detail):
            yield Reached(_HUB, CommandEnded(number, name, reason, detail))
        case QueuedCommandDone(number, name):
            yield Reached(_HUB, CommandEnded(number, name))


def _pair(devices: Devices) -> tuple[Device[HubRecords], Device[Any]] | None:
    hub, gas = devices.get(_HUB), devices.get(_GAS)
    return None if hub is None or gas is None else (hub, gas)


def attempt_failed(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Count an attempt that the electricity meter turned away (device dossier 4.6, E3)."""
    if entry.device is DeviceName.ESME and _HUB in devices and devices[_HUB].site.profile.quirks.excluded_after:
        yield Reached(_HUB, AttemptFailed())


_OWN: dict[type[Happening], tuple[Coupling, ...]] = {
    PowerLost: (mains_reach_hub,),
    PowerRestored: (mains_reach_hub,),
    GasMirrorFrozen: (mirror_stands,),
    GasMirrorResumed: (next_wake,),
    NetworkKeyRotated: (key_rotated, next_wake),
    FirmwareActivating: (firmware_reaches_hub,),
    FirmwareChanged: (firmware_reaches_hub,),
    MeterBroken: (firmware_reaches_hub,),
    MeterRepaired: (firmware_reaches_hub,),
    CommandQueued: (next_wake,),
    CommandFetched: (command_fetched,),
    QueuedCommandDone: (command_ended,),
    QueuedCommandRefused: (command_ended,),
    AuthenticationFailed: (attempt_failed,),
}

COUPLINGS: dict[type[Happening], tuple[Coupling, ...]] = {
    kind: (*_OWN.get(kind, ()), alert_reaches_hub, gas_changed) for kind in get_args(HAPPENINGS)
}
