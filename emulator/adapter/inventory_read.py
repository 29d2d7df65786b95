"""8.2 Read Inventory: which devices belong to a home, how far each has come, and what each is declared to answer.

Any user may ask, so that a future supplier can (functional reference 8.1).
"""

from typing import TYPE_CHECKING, Final

from emulator.adapter.combinations import Eligible
from emulator.adapter.inventory import Entry, Inventory
from emulator.adapter.judging import TARGETS, Judged
from emulator.adapter.surroundings import Surroundings, UnknownWayError
from emulator.device.instant import to_datetime
from emulator.device.profile import Profile
from emulator.services.bodies.national import InventoryDevice, PropertyFilter, ReadInventory, ReadInventoryRsp
from emulator.services.body import plain
from emulator.services.catalogue import SERVICES
from emulator.services.codes import Why
from emulator.services.document import Acknowledgement, Request
from emulator.services.offered import offered
from emulator.services.row import Target

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

MOST: Final = 17
_VERSION: Final = 8  # octets of a firmware version in DUIS
_MADE: Final = 30


async def read(adapter: "Adapter", judged: Judged, request: Request) -> Acknowledgement:
    """Answer 8.2."""
    body = judged.body
    assert isinstance(body, ReadInventory)
    found = matching(adapter.inventory, body)
    if not found:
        return adapter.acknowledge(request, Why.UNKNOWN_DEVICE, "the inventory has no such device or supply point")
    told = tuple(describe(one, adapter.around, adapter.eligible) for one in found[:MOST])
    return adapter.acknowledge(request, Why.OK, body={judged.service.answer: plain(ReadInventoryRsp(device=told))})


def matching(inventory: Inventory, asked: ReadInventory) -> tuple[Entry, ...]:
    """Find the homes that are asked for, with all their devices, hubs first."""
    if asked.device_id is not None:
        own = inventory.get(asked.device_id)
        first: tuple[Entry, ...] = () if own is None else (own,)
    elif asked.mpxn is not None:
        first = tuple(one for one in inventory if asked.mpxn in {one.mpxn, one.secondary_mpan, one.export_mpan})
    elif asked.uprn is not None:
        first = tuple(one for one in inventory if one.uprn == asked.uprn)
    else:
        assert asked.property_filter is not None
        where = (asked.property_filter.post_code, asked.property_filter.address_identifier)
        first = tuple(one for one in inventory if (one.post_code, one.address) == where)
    found = {device.device_id: device for one in first for device in inventory.home_of(one)}
    return tuple(sorted(found.values(), key=lambda one: (one.device_type != "CHF", one.device_type, one.device_id)))


def describe(entry: Entry, around: Surroundings, eligible: Eligible) -> InventoryDevice:
    """Tell a device as the inventory has it, and what it is declared to answer."""
    profile = _profile(entry, around)
    family = None if profile is None else profile.family
    combination = eligible.find(entry.combination or ("" if family is None else family.combination))
    where: PropertyFilter | None = None
    if entry.post_code:
        where = PropertyFilter(post_code=entry.post_code, address_identifier=entry.address)
    at = entry.commissioned_at
    return InventoryDevice(
        device_id=entry.device_id,
        device_type=entry.device_type,
        device_status=entry.status,
        device_manufacturer=entry.manufacturer[:_MADE],
        device_model=entry.model[:_MADE],
        smetschts_version=entry.smets_version or None,
        device_firmware_version=entry.firmware[:_VERSION] or None,
        cpl_status="Active" if combination is not None else None,
        date_commissioned=None if at is None else to_datetime(at).date(),
        secondary_import_mpan=entry.secondary_mpan or None,
        export_mpan=entry.export_mpan or None,
        esme_variant=entry.esme_variant or None,
        csp_region="SMETS1",
        s1sp=entry.s1sp or (None if family is None else family.service_provider),
        connectivity="Cellular" if entry.device_type == "CHF" else None,
        capability=None if combination is None else combination.release,
        service_offered=() if profile is None else services_of(profile, TARGETS[entry.device_type]),
        import_mpxn=entry.mpxn or None,
        uprn=entry.uprn or None,
        property_filter=where,
    )


def services_of(profile: Profile, target: Target) -> tuple[str, ...]:
    """Give the variants that a device of a set is declared to answer, in the catalogue's order."""
    return tuple(
        row.variant for row in SERVICES if row.targets & target and offered(profile, row, target).standing == "offered"
    )


def _profile(entry: Entry, around: Surroundings) -> Profile | None:
    try:
        return around.family(entry.device_id)
    except UnknownWayError:
        return None
