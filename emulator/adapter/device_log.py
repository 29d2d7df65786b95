"""The hub's device log as its wire tells it: who is on it, who has joined, and waiting for one to join.

What is done here is done of the adapter's own accord: no user's request waits for it. Users hear of it by alerts.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emulator.adapter.errand import Errand, StepError
from emulator.adapter.inventory import Entry
from emulator.device.commands import RemoveDevice
from emulator.device.instant import SECOND
from emulator.services.body import Body, Done
from emulator.services.document import NATIONAL_SERVICE, Alert, dated

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

LOOK_EVERY_MS: Final = 10 * SECOND
ADDED, UNCERTAIN, FAILED = "N24", "N25", "N29"
"""The alerts of 8.11 (service requests, section 10; their numbers are from memory)."""
_SAYS: Final = {
    ADDED: "the hub's device log was updated",
    UNCERTAIN: "the device is on the hub's device log and did not join in its time",
    FAILED: "the hub's device log was not updated",
}


class Known(NamedTuple):
    """A device on the log: whether it has joined, and whether its hub hears it."""

    device_id: str
    device: str
    joined: bool
    linked: bool


class Joining(NamedTuple):
    """A device that a hub lets in until an instant, and the request (8.11) that had it do so."""

    hub: str
    device_id: str
    until: int
    request_id: str


async def known_devices(errand: Errand, hub: str) -> tuple[Known, ...]:
    """Read a hub's device log, as one step. Raises StepError."""
    rows: Sequence[dict[str, Any]] = (await errand.read("device_log", device=hub))["device_log"]
    return tuple(Known(row["eui64"], row["device"], row["joined_at"] is not None, row["linked"]) for row in rows)


def found(log: tuple[Known, ...], device_id: str) -> Known | None:
    """Find a device on a log."""
    return next((one for one in log if one.device_id == device_id), None)


def await_joining(adapter: "Adapter", one: Joining) -> None:
    """Look at a hub's device log from now on until a device has joined, after a restart of the adapter too."""
    adapter.joining[one.request_id] = one
    adapter.beside(_watch(adapter, one))


async def _watch(adapter: "Adapter", one: Joining) -> None:
    """Look at a hub's device log until a device has joined or its time is over, and tell which."""
    hub, device_id, until, request_id = one
    joined = False

    async def look(errand: Errand) -> Body:
        nonlocal joined
        row = found(await known_devices(errand, hub), device_id)
        joined = row is not None and row.joined
        return Done()

    while True:
        entry = adapter.inventory.get(hub)
        if entry is None:
            break
        await adapter.behind(entry, "8.9", look)
        if joined or adapter.around.now() >= until:
            break
        await adapter.until(min(until, adapter.around.now() + LOOK_EVERY_MS))
    del adapter.joining[request_id]
    if joined:
        has_joined(adapter, hub, device_id)
    tell(adapter, ADDED if joined else UNCERTAIN, request_id)


def has_joined(adapter: "Adapter", hub: str, device_id: str) -> Entry | None:
    """Hold in the inventory that a device is in its home's network; the gas meter's proxy is its own from then on."""
    inventory = adapter.inventory
    entry, own = inventory.get(device_id), inventory.get(hub)
    if entry is None or own is None:
        return entry
    if device_id not in own.joined:
        inventory.change(hub, joined=(*own.joined, device_id))
    if entry.device_type == "GSME":
        for one in inventory.home_of(own):
            if one.device_type == "GPF":
                inventory.change(one.device_id, proxy_for=device_id, mpxn=entry.mpxn, status="InstalledNotCommissioned")
    if entry.status in {"Pending", "Whitelisted"}:
        entry = inventory.change(device_id, status="InstalledNotCommissioned", hub=hub)
    return entry


def has_left(adapter: "Adapter", hub: str, device_id: str) -> None:
    """Hold in the inventory that a device is no longer on its hub's log."""
    own = adapter.inventory.get(hub)
    if own is not None:
        adapter.inventory.change(hub, joined=tuple(one for one in own.joined if one != device_id))


async def take_off(adapter: "Adapter", hub: Entry, device_id: str) -> StepError | None:
    """Have a hub let a device go that was taken out of use; if it cannot be reached the device stays on its log."""

    async def remove(errand: Errand) -> Body:
        if found(await known_devices(errand, hub.device_id), device_id) is not None:
            await errand.send(RemoveDevice(device_id), device=hub.device_id)
        return Done()

    outcome = await adapter.behind(hub, "8.11", remove)
    has_left(adapter, hub.device_id, device_id)
    return outcome if isinstance(outcome, StepError) else None


def tell(adapter: "Adapter", code: str, request_id: str) -> None:
    """Give out the alert UpdateHANDeviceLogResult."""
    adapter.alert(
        Alert(
            alert_code=code,
            description=_SAYS[code],
            timestamp=dated(adapter.around.now()),
            business_originator_id=NATIONAL_SERVICE,
            business_target_id=request_id.split(":", maxsplit=1)[0],
            body={"UpdateHANDeviceLogResult": {"UpdateHANDeviceLogServiceRequestID": request_id}},
        )
    )
