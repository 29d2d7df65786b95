"""Steps of joining and commissioning: 8.1.1, 8.7.x, 8.8.x, 8.9, 8.11 and 8.12.1 (functional reference 8; section 8.4).

What a second-generation home does between two devices, a first-generation one does at its hub: who is on the hub's
device log and has joined hears the others. So joining is what the log says, and parting is being taken off it
(*assumed*: the forum says that an equivalent may be needed, not which).
"""

from collections.abc import Mapping
from typing import Any, Final, get_args

from emulator.adapter.device_log import (
    ADDED,
    FAILED,
    Joining,
    Known,
    await_joining,
    found,
    has_joined,
    has_left,
    known_devices,
    tell,
)
from emulator.adapter.enrolment import numbered
from emulator.adapter.errand import Errand, Step, StepError
from emulator.adapter.inventory import Entry
from emulator.adapter.steps.device import clock_told
from emulator.device.commands import AddDevice, Commission, RemoveDevice
from emulator.device.instant import SECOND
from emulator.services.bodies import joining as bodies
from emulator.services.body import Body, Done
from emulator.services.codes import Why
from emulator.services.document import instant_of

JOINABLE: Final = frozenset({"ESME", "GSME", "PPMID", "IHD"})
DISPLAYS: Final = frozenset({"PPMID", "IHD"})
JOIN_WORDS: Final = get_args(bodies.JoinStatus)
UNJOIN_WORDS: Final = get_args(bodies.UnjoinStatus)


async def eligible(errand: Errand, hub: str) -> str:
    """Ask a hub which combination its home is; refuse one that is on no list (device dossier 4.6, E4)."""
    name: str = (await errand.read("combination", device=hub))["combination"]
    why = errand.adapter.eligible.refuses(name)
    if why is not None:
        raise StepError(Why.NOT_ELIGIBLE, errand.position, why)
    return name


# 8.11


async def update_log(errand: Errand) -> Body:
    """8.11: let a device into the home, or out of it; the alert UpdateHANDeviceLogResult tells how it went."""
    body: bodies.UpdateHANDeviceLog = errand.body
    try:
        if body.add_device_to_chf_whitelist is None:
            await _remove(errand, body.device_id)
        else:
            await _add(errand, body.device_id, body.add_device_to_chf_whitelist)
    except StepError:
        tell(errand.adapter, FAILED, errand.request.request_id)
        raise
    return Done()


async def _add(errand: Errand, device_id: str, how: bodies.AddDeviceToCHFWhitelist) -> None:
    entry, hub = errand.inventory.get(device_id), errand.entry.device_id
    if entry is None:
        raise errand.refuse(Why.UNKNOWN_DEVICE, f"no device {device_id} is in the inventory: announce it first (12.2)")
    if entry.device_type not in JOINABLE:
        raise errand.refuse(Why.NOT_APPLICABLE, f"a {entry.device_type} joins no hub")
    if entry.status not in {"Pending", "Whitelisted"}:
        raise errand.refuse(Why.WRONG_STATUS, f"{device_id} is {entry.status}, neither Pending nor Whitelisted")
    name = await eligible(errand, hub)
    row = found(await known_devices(errand, hub), device_id)
    if row is None or not row.joined:
        seconds = how.join_time_period
        await errand.send(AddDevice(device_id, entry.device_type.lower(), how.install_code.lower(), seconds))
    mpxn = how.import_mpxn or ""
    if mpxn:
        entry = numbered(entry, mpxn, errand.around)
        errand.inventory.put(entry)
    changes = {"secondary_mpan": how.secondary_import_mpan or "", "export_mpan": how.export_mpan or ""}
    errand.inventory.change(device_id, status="Whitelisted", hub=hub, combination=name, **changes)
    if errand.entry.status == "Pending":
        for one in errand.inventory.home_of(errand.entry):
            if one.device_type in {"CHF", "GPF"}:
                errand.inventory.change(one.device_id, status="InstalledNotCommissioned", combination=name)
    until = errand.now + how.join_time_period * SECOND
    await_joining(errand.adapter, Joining(hub, device_id, until, errand.request.request_id))


async def _remove(errand: Errand, device_id: str) -> None:
    await errand.send(RemoveDevice(device_id))
    has_left(errand.adapter, errand.entry.device_id, device_id)
    entry = errand.inventory.get(device_id)
    if entry is not None and entry.status in {"Whitelisted", "InstalledNotCommissioned", "Commissioned"}:
        errand.inventory.change(device_id, status="Pending", hub="")
    tell(errand.adapter, ADDED, errand.request.request_id)


# 8.1.1


async def commission(errand: Errand) -> Body:
    """8.1.1: set the clock of a meter that has joined; from then on it is Commissioned. Again is no fault."""
    body: bodies.CommissionDeviceSynchroniseClock = errand.body
    entry = errand.entry
    if entry.status == "Pending" or not entry.hub:
        raise errand.refuse(Why.WRONG_STATUS, f"{entry.device_id} is {entry.status}: let it into a home first (8.11)")
    name = await eligible(errand, entry.hub)
    row = found(await known_devices(errand, entry.hub), entry.device_id)
    if row is None or not row.joined:
        raise StepError(Why.WRONG_STATUS, errand.position, f"{entry.device_id} has not joined its home's network")
    has_joined(errand.adapter, entry.hub, entry.device_id)
    await errand.send(Commission(errand.later(instant_of(body.current_date_time)), body.tolerance_period))
    told: dict[str, Any] = await clock_told(errand)
    firmware: str = (await errand.read("firmware"))["firmware"]
    changes = {"status": "Commissioned", "combination": name, "firmware": firmware}
    errand.inventory.change(entry.device_id, commissioned_at=entry.commissioned_at or errand.now, **changes)
    for one in errand.inventory.home_of(entry):
        if one.device_type == "GPF" and one.proxy_for == entry.device_id:
            errand.inventory.change(one.device_id, status="Commissioned", commissioned_at=errand.now, combination=name)
    return bodies.CommissionDeviceSynchroniseClockRsp(**told)


# 8.7 and 8.8


async def _both(errand: Errand, other: str) -> tuple[Entry | None, tuple[Known, ...]]:
    hub = errand.entry.hub
    if not hub:
        raise errand.refuse(Why.WRONG_STATUS, f"{errand.entry.device_id} belongs to no home yet")
    return errand.inventory.get(other), await known_devices(errand, hub)


def _join_word(errand: Errand, other: Entry | None, log: tuple[Known, ...]) -> bodies.JoinStatus:
    if other is None or other.device_id == errand.entry.device_id:
        return "invalidJoinMethodAndRole"
    if other.device_type in {"CHF", "GPF"}:
        own = errand.entry.hub in {other.device_id, other.hub}
        return "success" if own else "invalidJoinMethodAndRole"
    rows = [found(log, one) for one in (errand.entry.way_id, other.device_id)]
    if any(row is None or not row.joined for row in rows):
        return "noPartnerLinkKeyReceived"
    return "success" if all(row is not None and row.linked for row in rows) else "noCBKEResponse"


async def join_critical(errand: Errand) -> Body:
    """8.7.1: for SMETS1 not critical."""
    return bodies.JoinServiceCriticalRsp(join_response_code=await _joined(errand))


async def join(errand: Errand) -> Body:
    """8.7.2."""
    return bodies.JoinServiceNonCriticalRsp(join_response_code=await _joined(errand))


async def _joined(errand: Errand) -> bodies.JoinAnswer:
    body: bodies.Join = errand.body
    other, log = await _both(errand, body.other_device_id)
    word = _join_word(errand, other, log)
    if word == "success":
        _call_commissioned(errand, other)
        entry = errand.inventory.get(errand.entry.device_id) or errand.entry
        if body.other_device_id not in entry.joined:
            errand.inventory.change(entry.device_id, joined=(*entry.joined, body.other_device_id))
    return bodies.JoinAnswer(asn1_status=word, response_code=JOIN_WORDS.index(word))


def _call_commissioned(errand: Errand, other: Entry | None) -> None:
    """Call a display Commissioned once it was joined to a meter: it has no 8.1.1 of its own (*assumed*)."""
    for one in (errand.entry, other):
        if one is not None and one.device_type in DISPLAYS and one.status != "Commissioned":
            errand.inventory.change(one.device_id, status="Commissioned", commissioned_at=errand.now)


async def unjoin_critical(errand: Errand) -> Body:
    """8.8.1: for SMETS1 not critical."""
    return bodies.UnjoinServiceCriticalRsp(unjoin_response_code=await _unjoined(errand))


async def unjoin(errand: Errand) -> Body:
    """8.8.2."""
    return bodies.UnjoinServiceNonCriticalRsp(unjoin_response_code=await _unjoined(errand))


async def _unjoined(errand: Errand) -> bodies.UnjoinAnswer:
    body: bodies.Join = errand.body
    other, log = await _both(errand, body.other_device_id)
    word: bodies.UnjoinStatus = "otherDeviceNotInDeviceLog"
    displays = [one for one in (other, errand.entry) if one is not None and one.device_type in DISPLAYS]
    if other is not None and (found(log, other.device_id) or other.device_id == errand.entry.hub):
        word = "otherFailure"  # two meters, or a meter and its hub, are not parted
        if displays:
            word = "success"
            await errand.send(RemoveDevice(displays[0].device_id), device=errand.entry.hub)
            has_left(errand.adapter, errand.entry.hub, displays[0].device_id)
            left = tuple(one for one in errand.entry.joined if one != other.device_id)
            errand.inventory.change(errand.entry.device_id, joined=left)
            errand.inventory.change(displays[0].device_id, status="Pending", hub="", joined=())
    return bodies.UnjoinAnswer(asn1_status=word, response_code=UNJOIN_WORDS.index(word))


# 8.9 and 8.12.1


async def read_log(errand: Errand) -> Body:
    """8.9: of a hub the devices on its log, and those that left if security details are asked for; of a gas meter whom
    it hears.

    Nothing of a key can be read, so the details themselves are left out.
    """
    body: bodies.ReadDeviceLog = errand.body
    hub = errand.home
    log = await known_devices(errand, hub)
    if errand.entry.device_type != "CHF":
        entries = [bodies.KnownDevice(device_id=hub, device_type="CHF")]
        kinds = {"ppmid": "PPMID", "ihd": "Type2"}
        for one in log:
            kind = kinds.get(one.device)
            if kind is not None and one.joined:
                entries.append(bodies.KnownDevice(device_id=one.device_id, device_type=kind))  # type: ignore[arg-type]
        return bodies.ReadDeviceLogRsp(device_log_entries=tuple(entries))
    if body.read_security_details is None:
        return bodies.ReadDeviceLogRsp(chf_device_log=tuple(bodies.HeardDevice(device_id=one.device_id) for one in log))
    removed = (await errand.read("removed_devices", device=hub))["removed_devices"]
    return bodies.ReadDeviceLogRsp(
        chf_connected_device_log=bodies.ConnectedDevices(
            chf_current_connected_device_log_entry=tuple(
                bodies.ConnectedDevice(device_id=one.device_id) for one in log if one.joined
            ),
            chf_historic_connected_device_log_entry=tuple(
                bodies.ConnectedDevice(device_id=row["eui64"]) for row in removed[-16:]
            ),
        )
    )


async def restore_log(errand: Errand) -> Body:
    """8.12.1: a hub that has all devices of the old one takes its home over; what is missing must be added (8.11)."""
    body: bodies.RestoreHANDeviceLog = errand.body
    old, hub = errand.inventory.get(body.old_chf_id), errand.entry.device_id
    if old is None or old.device_type != "CHF":
        raise errand.refuse(Why.INVALID_VALUE, f"{body.old_chf_id} is no hub of the inventory")
    log = await known_devices(errand, hub)
    theirs = [one for one in errand.inventory.home_of(old) if one.device_type in JOINABLE]
    missing = [one.device_id for one in theirs if found(log, one.device_id) is None]
    if missing:
        told = f"the hub has no keys of {', '.join(missing)}: add each with its install code (8.11)"
        raise StepError(Why.NOT_SUPPORTED, errand.position, told)
    for one in theirs:
        errand.inventory.change(one.device_id, hub=hub)
    return Done()


STEPS: Final[Mapping[str, Step]] = {
    "8.1.1": commission,
    "8.7.1": join_critical,
    "8.7.2": join,
    "8.8.1": unjoin_critical,
    "8.8.2": unjoin,
    "8.9": read_log,
    "8.11": update_log,
    "8.12.1": restore_log,
}
