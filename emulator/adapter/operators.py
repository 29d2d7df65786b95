"""What happens to homes beside service requests: another supplier, another operator, the end of a home.

Registration decides who a meter's supplier is, not a command: no key of a user stands on a SMETS1 device. What the
device itself is told at a change is its family's: nothing, new keys, or a change of account (service requests, 8.3).
"""

import os
from typing import TYPE_CHECKING, Final

from emulator.adapter.enrolment import retire
from emulator.adapter.errand import Errand, StepError
from emulator.adapter.inventory import Entry, Registered
from emulator.adapter.surroundings import UnknownWayError
from emulator.device.commands import SetPushDestination, UpdateSecurityCredentials
from emulator.device.instant import MINUTE, SECOND
from emulator.services.body import Body, Done
from emulator.services.codes import Why
from emulator.services.document import NATIONAL_SERVICE, Alert, dated
from emulator.services.row import Role
from emulator.services.users import USERS

if TYPE_CHECKING:
    from emulator.adapter.adapter import Adapter

TO_INCOMING, TO_OUTGOING = "N26", "N27"
"""The alerts of a change of supplier (service requests, section 10; which goes to whom is *assumed*)."""
METERS: Final = {Role.IS: "ESME", Role.ES: "ESME", Role.GS: "GSME"}
WITH: Final = {Role.IS: frozenset({"ESME", "CHF"}), Role.ES: frozenset({"ESME"}), Role.GS: frozenset({"GSME", "GPF"})}
"""Where a supplier is registered: at its meter, and at what serves that meter (*assumed*)."""
KEY_OCTETS: Final = 16
TEXT_PATIENCE_MS: Final = 30 * MINUTE
_LOOK_EVERY_MS: Final = 5 * SECOND


class NotAMeterError(ValueError):
    """The device is none that the role's supplier could be registered at."""


async def change_supplier(adapter: "Adapter", meter: str, role: Role, to: str) -> StepError | None:
    """Register another supplier at a meter (EUI-64s): what the outgoing one has waiting and scheduled there ends.

    Both are told by an alert, and the device what its family tells it; give what of that failed, which leaves the
    registration as it is: `tell_device` tries again. Raises NotAMeterError.
    """
    entry = adapter.inventory.get(meter)
    if entry is None or METERS.get(role) != entry.device_type:
        raise NotAMeterError(f"{meter} is no meter of the inventory that a supplier in the role {role} serves")
    outgoing = entry.holder(role)
    for one in adapter.inventory.home_of(entry):
        if one.device_id == meter or (one.device_type in WITH[role] and one.device_type != entry.device_type):
            held = (*one.registered, Registered(role, to, adapter.around.now()))
            adapter.inventory.change(one.device_id, registered=held)
            for user in [outgoing] if outgoing else [user.eui64 for user in USERS if role in user.roles]:
                if user != to:
                    adapter.drop(user, one.device_id)
    _tell(adapter, TO_INCOMING, entry, to)
    if outgoing:
        _tell(adapter, TO_OUTGOING, entry, outgoing)
    adapter.save()
    return await tell_device(adapter, entry)


def _tell(adapter: "Adapter", code: str, entry: Entry, user: str) -> None:
    device = {"DeviceID": entry.device_id, "DeviceType": entry.device_type, "MPxNs": {"ImportMPxN": entry.mpxn}}
    adapter.alert(
        Alert(
            alert_code=code,
            description=f"the supplier of {entry.device_id} changed",
            timestamp=dated(adapter.around.now()),
            business_originator_id=NATIONAL_SERVICE,
            business_target_id=user,
            body={"ChangeOfSupplier": {"DeviceChangeOfSupplier": device}},
        )
    )


async def tell_device(adapter: "Adapter", entry: Entry) -> StepError | None:
    """Tell a meter that its supplier changed, as its family is told: not at all, by new keys, or by a text."""
    try:
        declared = adapter.around.family(entry.device_id).services
    except UnknownWayError as error:
        return StepError(Why.NOT_ESTABLISHED, 1, str(error))
    match "nothing" if declared is None else declared.supplier_change:
        case "keys":
            return await renew_keys(adapter, entry)
        case "account":
            return await _change_account(adapter, entry)
    return None


async def renew_keys(adapter: "Adapter", entry: Entry) -> StepError | None:
    """Give a home new keys. They are the electricity meter's for all its devices; they stay with the key store."""
    meters = [one for one in adapter.inventory.home_of(entry) if one.device_type == "ESME"]
    if not meters:
        return StepError(Why.UNKNOWN_DEVICE, 1, f"the home of {entry.device_id} has no electricity meter")
    keys = UpdateSecurityCredentials(os.urandom(KEY_OCTETS), os.urandom(KEY_OCTETS))

    async def renew(errand: Errand) -> Body:
        await errand.send(keys)
        return Done()

    outcome = await adapter.behind(meters[0], "6.23", renew)
    return outcome if isinstance(outcome, StepError) else None


async def _change_account(adapter: "Adapter", entry: Entry) -> StepError | None:
    """Text a meter that its supplier changed, and wait for its answer (docs/sms.md: the format is ours)."""
    around, hub = adapter.around, entry.hub
    last = max((one.number for one in around.texts(hub, 0)), default=0)
    refused = await around.sms(hub, f"COS PW={around.text_password(hub)}")
    if refused:
        return StepError(Why.UNREACHABLE, 1, refused)
    until = around.now() + TEXT_PATIENCE_MS
    while around.now() < until:
        for one in around.texts(hub, last):
            if one.text.startswith(("OK", "HELD")):
                return None
            if one.text.startswith("ERR"):
                return StepError(Why.REFUSED, 1, one.text)
        await around.until(min(until, around.now() + _LOOK_EVERY_MS))
    return StepError(Why.TIMEOUT, 1, "the meter did not answer the text")


def decommission_home(adapter: "Adapter", hub: str) -> None:
    """End a home: all its devices are Decommissioned and taken off the hub's log meanwhile, the hub is Withdrawn.

    Raises KeyError for a hub that is not in the inventory.
    """
    entry = adapter.inventory.get(hub)
    if entry is None:
        raise KeyError(hub)
    for one in adapter.inventory.home_of(entry):
        if one.device_type not in {"CHF", "GPF"}:
            retire(adapter, one)
    for one in adapter.inventory.home_of(entry):
        if one.device_type in {"CHF", "GPF"}:
            adapter.drop("", one.device_id)
            adapter.inventory.change(one.device_id, status="Withdrawn")
    adapter.save()


async def move_home(adapter: "Adapter", to: "Adapter", hub: str, operator: str) -> StepError | None:
    """Hand a home over to another operator's adapter: alerts go there, keys are new, and its rows are there alone.

    Give the step that failed; then the home stays where it is, though alerts may go to the new operator already.
    Raises KeyError for a hub that is not in the inventory.
    """
    entry = adapter.inventory.get(hub)
    if entry is None:
        raise KeyError(hub)

    async def rename(errand: Errand) -> Body:
        await errand.send(SetPushDestination(to.around.listens_at))
        return Done()

    if adapter.around.family(hub).push.service != "none":
        outcome = await adapter.behind(entry, "8.11", rename)
        if isinstance(outcome, StepError):
            return outcome
    failed = await renew_keys(adapter, entry)
    if failed is not None:
        return failed
    for one in adapter.inventory.home_of(entry):
        adapter.drop("", one.device_id)
        to.inventory.put(one)
        to.inventory.change(one.device_id, s1sp=operator)
        adapter.inventory.remove(one.device_id)
    adapter.save()
    to.save()
    return None
