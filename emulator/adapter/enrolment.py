"""How a device comes into the inventory, is corrected there and leaves it: 12.2, 8.4, 8.3 (functional reference 8.1).

From which status a device may go to which is *assumed*, but for the order of an installation: Pending, Whitelisted,
InstalledNotCommissioned, Commissioned.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, get_args

from msgspec.structs import replace

from emulator.adapter.device_log import take_off
from emulator.adapter.inventory import DeviceType, Entry, Inventory, Sim, Status
from emulator.adapter.judging import GONE, Judged, Refusal, unregistered
from emulator.adapter.surroundings import Surroundings, UnknownWayError
from emulator.services.bodies.national import DecommissionDevice, DeviceDetails, DevicePrenotification, UpdateInventory
from emulator.services.codes import Why
from emulator.services.document import Acknowledgement, Request

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

NOT_A_HUB: Final[Mapping[Status, frozenset[Status]]] = {
    "Pending": frozenset({"Pending", "Whitelisted", "InstalledNotCommissioned", "Suspended"}),
    "InstalledNotCommissioned": frozenset({"Pending", "Whitelisted", "InstalledNotCommissioned", "Suspended"}),
}
HUB: Final[Mapping[Status, frozenset[Status]]] = {
    "InstalledNotCommissioned": frozenset({"Pending", "InstalledNotCommissioned", "Suspended"}),
    "Commissioned": frozenset({"InstalledNotCommissioned", "Commissioned"}),
    "Withdrawn": frozenset({"Pending", "InstalledNotCommissioned", "Commissioned", "Suspended"}),
}
"""To which status somebody may call a device by 8.4, and from which."""
CORRECTED_BEFORE: Final = frozenset({"Pending", "Whitelisted", "InstalledNotCommissioned"})
"""Until when what was announced may be corrected: of a device at work, the device itself tells."""


async def announce(adapter: "Adapter", judged: Judged, request: Request) -> Acknowledgement:
    """12.2: put a device into the inventory as Pending; a hub brings its gas proxy, and its SIM is activated."""
    body = judged.body
    assert isinstance(body, DevicePrenotification)
    refused = announced_wrongly(adapter, body)
    if refused is not None:
        return adapter.acknowledge(request, refused.why, refused.detail)
    entry = _entry_of(body, adapter.around)
    if entry.device_type != "CHF":
        adapter.inventory.put(entry)
        return adapter.acknowledge(request, Why.ACCEPTED_FUTURE)
    told = "no SIM data: the hub's SIM was not activated"
    if entry.sim is not None:
        told = await adapter.around.activate_sim(entry.device_id, entry.sim.iccid)
        entry = replace(entry, sim=Sim(entry.sim.iccid, entry.sim.imsi, active=not told))
    adapter.inventory.put(entry)
    if body.associated_gpf_device_id is not None:
        proxy = body.associated_gpf_device_id
        adapter.inventory.put(replace(entry, device_id=proxy, device_type="GPF", hub=entry.device_id, sim=None))
    return adapter.acknowledge(request, Why.ACCEPTED_FUTURE, told)


def announced_wrongly(adapter: "Adapter", body: DevicePrenotification) -> Refusal | None:
    """Say why a device is not taken into the inventory; None if it is."""
    if body.device_type not in get_args(DeviceType):
        told = ", ".join(get_args(DeviceType))
        return Refusal(Why.NOT_APPLICABLE, f"no first-generation home has a {body.device_type}; allowed: {told}")
    if body.associated_gpf_device_id == body.device_id:
        return Refusal(Why.HUB_AS_PROXY, f"{body.device_id} is announced as its own gas proxy")
    if body.device_type != "CHF" and (body.associated_gpf_device_id is not None or body.sim is not None):
        return Refusal(Why.NOT_APPLICABLE, "only a hub (CHF) has a gas proxy and a SIM")
    for device_id in (body.device_id, body.associated_gpf_device_id):
        known = None if device_id is None else adapter.inventory.get(device_id)
        if known is not None and known.status not in GONE:
            return Refusal(Why.WRONG_STATUS, f"{device_id} is in the inventory already, as {known.status}")
    why = adapter.eligible.refuses_device(body.device_type, body.device_manufacturer, body.device_model)
    return None if why is None else Refusal(Why.NOT_ELIGIBLE, why)


def _entry_of(body: DevicePrenotification, around: Surroundings) -> Entry:
    try:
        family = around.family(body.device_id).name
    except UnknownWayError:
        family = ""
    device_type: Any = body.device_type
    return Entry(
        device_id=body.device_id,
        device_type=device_type,
        status="Pending",
        manufacturer=body.device_manufacturer,
        model=body.device_model,
        firmware=body.firmware_version or "",
        smets_version=body.smetschts_version or "SMETS1",
        esme_variant=body.esme_variant or "",
        family=family,
        sim=None if body.sim is None else Sim(body.sim.iccid, body.sim.imsi),
    )


async def update(adapter: "Adapter", judged: Judged, request: Request) -> Acknowledgement:
    """8.4: correct the inventory; nothing reaches a device."""
    body = judged.body
    assert isinstance(body, UpdateInventory)
    entry = adapter.inventory.get(body.device_id)
    if entry is None:
        refused: Refusal | None = Refusal(Why.UNKNOWN_DEVICE, f"no device {body.device_id} is in the inventory")
    else:
        refused = unregistered(request.originator, judged.role, entry) or _update(adapter, entry, body)
    if refused is not None:
        return adapter.acknowledge(request, refused.why, refused.detail)
    return adapter.acknowledge(request, Why.ACCEPTED_FUTURE)


def _update(adapter: "Adapter", entry: Entry, body: UpdateInventory) -> Refusal | None:
    inventory, is_hub = adapter.inventory, entry.device_type == "CHF"
    if body.update_device_status_ch is not None:
        return _called(inventory, entry, body.update_device_status_ch, HUB, rightly=is_hub)
    if body.update_device_status_except_ch is not None:
        return _called(inventory, entry, body.update_device_status_except_ch, NOT_A_HUB, rightly=not is_hub)
    if body.update_device_details is not None:
        return _corrected(adapter, entry, body.update_device_details)
    if body.delete_device is not None:
        if entry.status != "Pending":
            return Refusal(Why.WRONG_STATUS, f"{entry.device_id} is {entry.status}; only what is Pending is deleted")
        for one in inventory.home_of(entry) if is_hub else ():
            if one.device_type == "GPF":
                inventory.remove(one.device_id)
        inventory.remove(entry.device_id)
        return None
    return _numbered(adapter, entry, body)


def _called(
    inventory: Inventory, entry: Entry, to: Status, allowed: Mapping[Status, frozenset[Status]], *, rightly: bool
) -> Refusal | None:
    if not rightly:
        return Refusal(Why.NOT_APPLICABLE, f"a {entry.device_type} is not called {to} by this item of 8.4")
    if entry.status not in allowed[to]:
        told = ", ".join(sorted(allowed[to]))
        return Refusal(Why.WRONG_STATUS, f"{entry.device_id} is {entry.status}; {to} comes after {told}")
    inventory.change(entry.device_id, status=to)
    for one in inventory.home_of(entry) if entry.device_type == "CHF" else ():
        if one.device_type == "GPF":
            inventory.change(one.device_id, status=to)
    return None


def _corrected(adapter: "Adapter", entry: Entry, details: DeviceDetails) -> Refusal | None:
    if entry.status not in CORRECTED_BEFORE:
        return Refusal(Why.WRONG_STATUS, f"{entry.device_id} is {entry.status}: what it is, it tells itself")
    given = {
        "manufacturer": details.device_manufacturer,
        "model": details.device_model,
        "smets_version": details.smetschts_version,
        "firmware": details.firmware_version,
        "esme_variant": details.esme_variant,
    }
    after = replace(entry, **{name: value for name, value in given.items() if value is not None})
    why = adapter.eligible.refuses_device(after.device_type, after.manufacturer, after.model)
    if why is not None:
        return Refusal(Why.NOT_ELIGIBLE, why)
    adapter.inventory.put(after)
    return None


def _numbered(adapter: "Adapter", entry: Entry, body: UpdateInventory) -> Refusal | None:
    assert body.update_mpxn is not None
    numbers = body.update_mpxn
    import_only = numbers.import_mpxn is not None
    if entry.device_type not in ({"ESME", "GSME", "GPF"} if import_only else {"ESME"}):
        return Refusal(Why.NOT_APPLICABLE, f"a {entry.device_type} has no such number")
    if numbers.import_mpxn is not None:
        adapter.inventory.put(numbered(entry, numbers.import_mpxn, adapter.around))
    elif numbers.export_mpan is not None:
        adapter.inventory.change(entry.device_id, export_mpan=numbers.export_mpan)
    else:
        adapter.inventory.change(entry.device_id, secondary_mpan=numbers.secondary_import_mpan)
    return None


def numbered(entry: Entry, mpxn: str, around: Surroundings) -> Entry:
    """Give a device at a supply point, with the address that is registered there."""
    place = around.place(mpxn)
    where = {} if place is None else {"uprn": place.uprn, "post_code": place.post_code, "address": place.address}
    return replace(entry, mpxn=mpxn, **where)


async def decommission(adapter: "Adapter", judged: Judged, request: Request) -> Acknowledgement:
    """8.3: take a device out of use: its schedules end, and its hub is told to let it go."""
    body = judged.body
    assert isinstance(body, DecommissionDevice)
    entry = adapter.inventory.get(body.device_id)
    refused = None if entry is None else unregistered(request.originator, judged.role, entry)
    if entry is None:
        refused = Refusal(Why.UNKNOWN_DEVICE, f"no device {body.device_id} is in the inventory")
    elif entry.device_type in {"CHF", "GPF"}:
        refused = Refusal(Why.NOT_APPLICABLE, "a hub is withdrawn by 8.4, and its gas proxy with it")
    elif entry.status in GONE:
        refused = Refusal(Why.WRONG_STATUS, f"{entry.device_id} is {entry.status}")
    if refused is not None or entry is None:
        return adapter.acknowledge(request, *(refused or Refusal(Why.REFUSED, "")))
    retire(adapter, entry)
    return adapter.acknowledge(request, Why.ACCEPTED_FUTURE)


def retire(adapter: "Adapter", entry: Entry) -> None:
    """Call a device Decommissioned; what was held and scheduled for it ends, and its hub lets it go meanwhile."""
    adapter.inventory.change(entry.device_id, status="Decommissioned")
    adapter.drop("", entry.device_id)
    for one in adapter.inventory.home_of(entry):
        if one.proxy_for == entry.device_id:
            adapter.inventory.change(one.device_id, proxy_for="", mpxn="")
    hub = adapter.inventory.get(entry.hub)
    if hub is not None and entry.status != "Pending":
        adapter.beside(take_off(adapter, hub, entry.device_id))
