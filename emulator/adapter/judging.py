"""What the national service checks before any device is asked, in its order: user, role, service, device, registration.

Pure: it is told all it needs, and gives the refusal or what the request comes to.
"""

from typing import Final, NamedTuple

from emulator.adapter.inventory import Entry, Inventory
from emulator.services.body import Body
from emulator.services.catalogue import MalformedError, UnknownServiceError, body_of, find
from emulator.services.codes import Why
from emulator.services.document import NATIONAL_SERVICE, Request
from emulator.services.row import Role, Service, Target
from emulator.services.users import BY_EUI

TARGETS: Final = {
    "ESME": Target.E,
    "GSME": Target.G,
    "GPF": Target.P,
    "CHF": Target.H,
    "PPMID": Target.I,
    "IHD": Target.I,
}
REGISTERED: Final = frozenset({Role.IS, Role.GS, Role.ES})
"""The roles that are held at one supply point each; the others serve all (service requests, section 1; *assumed*)."""
FUELS: Final = {
    **dict.fromkeys((Role.IS, Role.ES, Role.ED), frozenset({"GSME", "GPF"})),
    **dict.fromkeys((Role.GS, Role.GT), frozenset({"ESME"})),
}
"""The devices of the other fuel, at which a role has no rights; hubs and displays are everybody's (E4; *assumed*)."""
BEFORE_COMMISSIONED: Final = frozenset({"8.1.1", "8.7.1", "8.7.2"})
"""What a device is asked that is not Commissioned yet, beside all that its hub is asked."""
GONE: Final = frozenset({"Decommissioned", "Withdrawn", "Suspended"})


class Refusal(NamedTuple):
    """Why a request goes no further, and what of it."""

    why: Why
    detail: str


class Judged(NamedTuple):
    """A request that may go on: its service, its body, who asks in which role, and the device, unless it has none."""

    service: Service
    body: Body
    role: Role
    entry: Entry | None


def judge(request: Request, inventory: Inventory) -> Judged | Refusal:
    """Say what a request comes to, or why it is refused."""
    user = BY_EUI.get(request.originator)
    if user is None:
        return Refusal(Why.WRONG_USER, f"no user has the EUI-64 {request.originator}")
    role = request.user_role or user.roles[0]
    if role not in user.roles:
        return Refusal(Why.WRONG_USER, f"{user.name} does not hold the role {role}; it holds {', '.join(user.roles)}")
    try:
        service = find(request.service_reference_variant)
    except UnknownServiceError as error:
        return Refusal(Why.UNKNOWN_SERVICE, str(error))
    if role not in service.roles | service.duis_roles:
        allowed = ", ".join(sorted(service.roles | service.duis_roles))
        return Refusal(Why.WRONG_ROLE, f"{role} may not send {service.variant}; allowed: {allowed}")
    if request.command_variant not in service.command_variants:
        allowed = ", ".join(map(str, service.command_variants))
        return Refusal(Why.WRONG_VARIANT, f"command variant {request.command_variant}; allowed: {allowed}")
    if request.command_variant in {2, 6}:
        return Refusal(Why.LOCAL_ONLY, "a SMETS1 device takes no command for local delivery")
    entry: Entry | None = None
    if service.targets is not Target.D:
        found = _device(request, service, role, inventory)
        if isinstance(found, Refusal):
            return found
        entry = found
    elif request.target != NATIONAL_SERVICE:
        return Refusal(Why.NOT_APPLICABLE, f"{service.variant} is asked of the national service, {NATIONAL_SERVICE}")
    try:
        _, body = body_of(request)
    except MalformedError as error:
        return Refusal(Why.MALFORMED, str(error))
    return Judged(service, body, role, entry)


def _device(request: Request, service: Service, role: Role, inventory: Inventory) -> Entry | Refusal:
    entry = inventory.get(request.target)
    if entry is None:
        return Refusal(Why.UNKNOWN_DEVICE, f"no device {request.target} is in the inventory")
    if not service.targets & TARGETS[entry.device_type]:
        return Refusal(Why.NOT_APPLICABLE, f"{service.variant} {service.name} is not for a {entry.device_type}")
    if entry.status in GONE:
        return Refusal(Why.WRONG_STATUS, f"{entry.device_id} is {entry.status}")
    if entry.status != "Commissioned" and service.variant not in BEFORE_COMMISSIONED and entry.device_type != "CHF":
        return Refusal(Why.WRONG_STATUS, f"{entry.device_id} is {entry.status}: commission it first (8.1.1)")
    return unregistered(request.originator, role, entry) or entry


def unregistered(user: str, role: Role, entry: Entry) -> Refusal | None:
    """Say if a role that is held at one supply point is held by somebody else there, or is one of the other fuel."""
    if entry.device_type in FUELS.get(role, frozenset()):
        return Refusal(Why.NOT_THE_SUPPLIER, f"{role} has no rights at {entry.device_id}: it is of the other fuel")
    holder = entry.holder(role)
    if role in REGISTERED and holder not in {user, ""}:
        return Refusal(Why.NOT_THE_SUPPLIER, f"another user is {role} at {entry.device_id}")
    return None
