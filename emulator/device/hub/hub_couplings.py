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
    CommandFetched,
    CommandQueued,
    GasMirrorFrozen,
    GasMirrorResumed,
    Happening,
    NetworkKeyRotated,
    PowerLost,
    PowerRestored,
)
from emulator.device.hub.alert_queue import OWN, AlertArrived
from emulator.device.hub.command_queue import CarryOut, GasWakesNext, HandedOver
from emulator.device.hub.gas_mirror import GasChanged, MirrorStands, last_through, mirrored_at
from emulator.device.hub.han import key_waits
from emulator.device.hub.hub_records import HubRecords
from emulator.device.hub.wan import HubPowerLost, HubPowerRestored
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


def mains_reach_hub(_: Devices, entry: Entry) -> Iterator[Reached]:
    """Let the hub lose and regain its power with the electricity meter it stands at (reference 1.1)."""
    if entry.device is DeviceName.ESME:
        yield Reached(_HUB, HubPowerLost() if isinstance(entry.what, PowerLost) else HubPowerRestored())


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
    pair = _pair(devices)
    if pair is None:
        return
    hub, gas = pair
    if hub.records.queue.waiting or key_waits(hub.records.area):
        at = wake.next_wake(gas.site, gas.records, gas.now)
        if at != hub.records.queue.wake_at:
            yield Reached(_HUB, GasWakesNext(at))


def command_fetched(devices: Devices, entry: Entry) -> Iterator[Reached]:
    """Bring a command from the hub's queue to the gas meter."""
    assert isinstance(entry.what, CommandFetched)
    one = devices[_HUB].records.queue.fetched[0]
    yield Reached(_GAS, CarryOut(one.number, one.name, one.fields, one.sender, entry.what.remaining))
    yield Reached(_HUB, HandedOver())


def _pair(devices: Devices) -> tuple[Device[HubRecords], Device[Any]] | None:
    hub, gas = devices.get(_HUB), devices.get(_GAS)
    return None if hub is None or gas is None else (hub, gas)


_OWN: dict[type[Happening], tuple[Coupling, ...]] = {
    PowerLost: (mains_reach_hub,),
    PowerRestored: (mains_reach_hub,),
    GasMirrorFrozen: (mirror_stands,),
    GasMirrorResumed: (next_wake,),
    NetworkKeyRotated: (next_wake,),
    CommandQueued: (next_wake,),
    CommandFetched: (command_fetched,),
}

COUPLINGS: dict[type[Happening], tuple[Coupling, ...]] = {
    kind: (*_OWN.get(kind, ()), alert_reaches_hub, gas_changed) for kind in get_args(HAPPENINGS)
}
