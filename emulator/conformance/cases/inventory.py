"""The inventory: read by anybody (8.2), corrected by rules (8.4)."""

from typing import Any, Final

from emulator.conformance.altered import NOBODY
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.installing import (
    METERS,
    announce,
    call_hub,
    devices,
    install_code,
    inventory,
    is_called,
    status,
    supply_number,
)
from emulator.conformance.stage import Asked, Stage
from emulator.conformance.untouched import untouched
from emulator.services.catalogue import SERVICES
from emulator.services.codes import Why
from emulator.services.offered import offered
from emulator.services.row import Role, Target

READ: Final = "service requests, sections 4 and 5 (8.2, INVENTORY); functional reference 8.1"
UPDATE: Final = "service requests, sections 4 (8.4) and 9 (E4, E5, E11, E19)"
NOTHING: Final = Home(commissioned=False)
GAS: Final = Home(gas=True)
ENROLLED: Final = Home()
NO_NUMBER: Final = "9999999999999"
ELSEWHERE: Final = "1000000000021"
D: Final = Target.D
E: Final = (Need("8.1.1"), Need("8.7.1"), Need("8.11", Target.H))


async def _read(stage: Stage, role: Role = Role.OU, which: int = 1, **by: Any) -> Asked:
    return await stage.ask("8.2", by, role=role, which=which)


async def _found(stage: Stage, role: Role = Role.OU, which: int = 1, **by: Any) -> dict[str, dict[str, Any]]:
    """Read the inventory and give the devices by their EUI-64."""
    asked = stage.done(await _read(stage, role, which, **by))
    return {one["DeviceID"]: one for one in asked.body.get("Device", ())}


def _home(stage: Stage) -> dict[str, str]:
    """Give the kinds of the home's devices by their EUI-64, from the farm."""
    held = {stage.eui("chf"): "CHF"} | {stage.eui(one): one.upper() for one in devices(stage)}
    return held | ({stage.eui("gpf"): "GPF"} if "gsme" in devices(stage) else {})


# 8.2


async def _by_device(stage: Stage) -> None:
    wanted = _home(stage)
    async with untouched(stage):
        for device_id in wanted:
            told = {key: one["DeviceType"] for key, one in (await _found(stage, DeviceID=device_id)).items()}
            stage.expect(told == wanted, f"by {device_id}: all devices of its home and no others", told)


async def _by_number(stage: Stage) -> None:
    for device in devices(stage):
        if device in METERS:
            told = await _found(stage, MPxN=supply_number(stage, device))
            stage.expect(set(told) == set(_home(stage)), "by its number: the home's devices", told)
            number = told[stage.eui(device)].get("ImportMPxN")
            stage.expect(number == supply_number(stage, device), "the meter has the number", number)


async def _by_address(stage: Stage) -> None:
    own = await inventory(stage, "esme")
    if not own.get("UPRN") or not own.get("PropertyFilter"):
        stage.undecided("the inventory has no address of the home")
    for by in ({"UPRN": own["UPRN"]}, {"PropertyFilter": own["PropertyFilter"]}):
        told = await _found(stage, **by)
        stage.expect(set(told) == set(_home(stage)), f"by {next(iter(by))}: the home's devices", told)


async def _every_status(stage: Stage) -> None:
    found = await _found(stage, DeviceID=stage.eui())
    stage.expect(set(found) == set(_home(stage)), "each device of the home is told of", sorted(found))
    for device_id, one in found.items():
        stage.expect(one.get("DeviceStatus") == "Commissioned", f"{device_id} is Commissioned", one)
        stage.expect(one.get("DeviceManufacturer") and one.get("DeviceModel"), "make and model are told", one)


async def _gaining(stage: Stage) -> None:
    told = await _found(stage, Role.IS, 2, MPxN=supply_number(stage, "esme"))
    meter, hub = told[stage.eui()], told[stage.eui("chf")]
    version = str(meter.get("SMETSCHTSVersion", ""))
    stage.expect(version.startswith("SMETS1"), "SMETSCHTSVersion says that it is SMETS1", meter)
    held = stage.truth("firmware")[:8]
    stage.expect(meter.get("DeviceFirmwareVersion") == held, f"DeviceFirmwareVersion is {held}", meter)
    stage.expect(meter.get("DeviceModel") == stage.profile.model.model, "DeviceModel is the meter's", meter)
    stage.expect(hub.get("DeviceModel") == stage.profile.hub.model, "and the hub's the hub's", hub)
    stage.expect_strictly(meter.get("Capability"), "Capability names the release", meter)
    stage.expect_strictly(meter.get("CSPRegion") == "SMETS1", "CSPRegion is SMETS1", meter)


async def _offers(stage: Stage) -> None:
    told = (await inventory(stage, "esme")).get("ServiceOffered")
    stage.expect_strictly(told, "the services that the meter answers are told", told)
    wanted = {
        one.variant
        for one in SERVICES
        if one.targets & Target.E and offered(stage.profile, one, Target.E).standing == "offered"
    }
    stage.expect(set(told or ()) == wanted, "just what the family declares", sorted(set(told or ()) ^ wanted))


async def _nobody_there(stage: Stage) -> None:
    async with untouched(stage):
        stage.refused(await _read(stage, DeviceID=NOBODY), Why.UNKNOWN_DEVICE, code="E19")
        where = {"PostCode": "ZZ99 1ZZ", "AddressIdentifier": "nowhere"}
        for by in ({"MPxN": NO_NUMBER}, {"UPRN": 1}, {"PropertyFilter": where}):
            stage.refused(await _read(stage, **by), Why.UNKNOWN_DEVICE)


async def _one_way(stage: Stage) -> None:
    async with untouched(stage):
        own = {"DeviceID": stage.eui(), "MPxN": supply_number(stage, "esme")}
        every: tuple[dict[str, Any], ...] = ({}, own, {"DeviceID": "not an EUI-64"}, {"UPRN": 0}, {"Everything": {}})
        for by in every:
            stage.refused(await _read(stage, **by), Why.MALFORMED)


async def _no_secrets(stage: Stage) -> None:
    told = str(await _found(stage, DeviceID=stage.eui())).lower()
    access = stage.farm.access(f"{stage.name}/esme", "management")
    secrets = {install_code(stage, one) for one in devices(stage)}
    secrets |= {key.hex() for key in (access.encryption_key, access.authentication_key, access.master_key) if key}
    for secret in secrets:
        stage.expect(secret.lower() not in told, "no key, password or install code is told", secret)


async def _dark_home(stage: Stage) -> None:
    await stage.act("cut_power")
    stage.expect(len(await _found(stage, DeviceID=stage.eui())) == len(_home(stage)), "no device needs to be reached")


# 8.4


async def _update(stage: Stage, device: str, role: Role = Role.IS, device_id: str = "", **what: Any) -> Asked:
    return await stage.ask("8.4", {"DeviceID": device_id or stage.eui(device), **what}, role=role)


async def _called(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    async with untouched(stage):
        stage.done(await _update(stage, "esme", UpdateDeviceStatusExceptCH="InstalledNotCommissioned"))
        await is_called(stage, "esme", "InstalledNotCommissioned")
        stage.done(await _update(stage, "esme", UpdateDeviceStatusExceptCH="Pending"))
        await is_called(stage, "esme", "Pending")
        for word in ("InstalledNotCommissioned", "Commissioned", "Withdrawn"):
            stage.done(await call_hub(stage, word))
            await is_called(stage, "chf", word)


async def _wrong_item(stage: Stage) -> None:
    async with untouched(stage):
        stage.refused(await _update(stage, "chf", UpdateDeviceStatusExceptCH="Pending"), code="E11")
        stage.refused(await _update(stage, "esme", UpdateDeviceStatusCH="Withdrawn"), code="E11")
        numbers = {"ImportMPxN": ELSEWHERE}
        stage.refused(await _update(stage, "chf", UpdateMPxN=numbers), Why.NOT_APPLICABLE, code="E11")
    for device in ("chf", "esme"):
        await is_called(stage, device, "Commissioned")


async def _at_work(stage: Stage) -> None:
    async with untouched(stage):
        for word in ("Pending", "InstalledNotCommissioned"):
            asked = await _update(stage, "esme", UpdateDeviceStatusExceptCH=word)
            stage.refused(asked, Why.WRONG_STATUS, code="E5")
        stage.refused(await _update(stage, "esme", DeleteDevice={}), Why.WRONG_STATUS, code="E5")
        stage.refused(await _update(stage, "chf", DeleteDevice={}), Why.WRONG_STATUS, code="E5")
        details = {"FirmwareVersion": "TEST 9"}
        stage.refused(await _update(stage, "esme", UpdateDeviceDetails=details), Why.WRONG_STATUS, code="E5")
    own = await inventory(stage, "esme")
    stage.expect(own.get("DeviceStatus") == "Commissioned", "the meter stays Commissioned", own)
    stage.expect(own.get("DeviceFirmwareVersion") != "TEST 9", "what it runs is not written over", own)


async def _withdrawn(stage: Stage) -> None:
    stage.done(await call_hub(stage, "Withdrawn"))
    async with untouched(stage):
        for word in ("Commissioned", "InstalledNotCommissioned"):
            stage.refused(await call_hub(stage, word), Why.WRONG_STATUS, code="E5")
    await is_called(stage, "chf", "Withdrawn")


async def _deleted(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    async with untouched(stage):
        stage.done(await _update(stage, "esme", DeleteDevice={}))
        await is_called(stage, "esme", "")
        stage.refused(await _update(stage, "esme", DeleteDevice={}), Why.UNKNOWN_DEVICE, code="E19")
        stage.done(await _update(stage, "chf", DeleteDevice={}))
        for device in ("chf", "gpf"):
            await is_called(stage, device, "")
    await announce(stage, "chf", "esme")  # and may be announced again


async def _unknown(stage: Stage) -> None:
    async with untouched(stage):
        every: tuple[dict[str, Any], ...] = (
            {"UpdateDeviceStatusExceptCH": "Pending"},
            {"UpdateDeviceStatusCH": "Commissioned"},
            {"DeleteDevice": {}},
            {"UpdateMPxN": {"ImportMPxN": ELSEWHERE}},
        )
        for what in every:
            stage.refused(await _update(stage, "", device_id=NOBODY, **what), Why.UNKNOWN_DEVICE, code="E19")
        stage.expect(not await status(stage, device_id=NOBODY), "nobody new is in the inventory")


async def _corrects(stage: Stage) -> None:
    await announce(stage, "esme")
    details = {"FirmwareVersion": "TEST 9", "SMETSCHTSVersion": "SMETS1 TEST"}
    stage.done(await _update(stage, "esme", UpdateDeviceDetails=details))
    own = await inventory(stage, "esme")
    stage.expect(own.get("DeviceFirmwareVersion") == "TEST 9", "FirmwareVersion is corrected", own)
    stage.expect(own.get("SMETSCHTSVersion") == "SMETS1 TEST", "SMETSCHTSVersion is corrected", own)
    stage.expect(own.get("DeviceStatus") == "Pending", "the status stays", own)
    stage.refused(await _update(stage, "esme", UpdateDeviceDetails={"DeviceModel": "TEST"}), Why.NOT_ELIGIBLE)
    own = await inventory(stage, "esme")
    stage.expect(own.get("DeviceModel") == stage.profile.model.model, "a make on no list is not taken", own)


async def _numbers(stage: Stage) -> None:
    await announce(stage, "esme")
    stage.refused(await _read(stage, MPxN=ELSEWHERE))
    stage.done(await _update(stage, "esme", UpdateMPxN={"ImportMPxN": ELSEWHERE}))
    stage.expect(stage.eui() in await _found(stage, MPxN=ELSEWHERE), "it is found by its number")
    stage.done(await _update(stage, "esme", UpdateMPxN={"ImportMPxN": supply_number(stage, "esme")}))
    stage.refused(await _read(stage, MPxN=ELSEWHERE))
    held = str(stage.truth("mpan"))
    stage.expect(held == supply_number(stage, "esme"), "the meter itself hears nothing of it", held)


async def _other_fuel(stage: Stage) -> None:
    async with untouched(stage):
        for device, role in (("esme", Role.GS), ("gsme", Role.IS)):
            asked = await _update(stage, device, role, UpdateMPxN={"ImportMPxN": ELSEWHERE})
            stage.refused(asked, Why.NOT_THE_SUPPLIER, code="E4")
            own = await inventory(stage, device)
            stage.expect(own.get("ImportMPxN") == supply_number(stage, device), "the number stays", own)


async def _one_thing(stage: Stage) -> None:
    async with untouched(stage):
        both = {"DeleteDevice": {}, "UpdateMPxN": {"ImportMPxN": ELSEWHERE}}
        letters = {"UpdateMPxN": {"ImportMPxN": "ABC"}}
        every: tuple[dict[str, Any], ...] = ({}, both, {"UpdateDeviceStatusCH": "Recovered"}, letters)
        for what in every:
            stage.refused(await _update(stage, "esme", **what), Why.MALFORMED)
    await is_called(stage, "esme", "Commissioned")


def _case(name: str, says: str, act: Any, clause: str, *wanted: Need, home: Home = ENROLLED, **more: Any) -> Case:
    return Case(
        name=name,
        says=says,
        clause=clause,
        group=Group.COMMISSIONING,
        needs=(Need(name.partition("/")[0], D), *wanted),
        act=act,
        home=home,
        **more,
    )


def _bad(name: str, says: str, act: Any, clause: str, *wanted: Need, home: Home = ENROLLED) -> Case:
    return _case(name, says, act, clause, *wanted, home=home, negative=True)


READS: Final = Need("7.4")
CASES: tuple[Case, ...] = (
    _case("8.2/by-device", "by any of its devices a whole home is found", _by_device, READ),
    _case("8.2/by-device-with-gas", "by any of its devices a home with gas is found", _by_device, READ, home=GAS),
    _case("8.2/by-number", "by the number of either meter the home is found", _by_number, READ, home=GAS),
    _case("8.2/by-address", "by its address the home is found", _by_address, READ),
    _case("8.2/every-status", "each device has its status, make and model", _every_status, READ, home=GAS),
    _case("8.2/gaining-supplier", "a future supplier reads version, firmware and capability", _gaining, READ),
    _case("8.2/services-offered", "a future supplier reads which services there are", _offers, READ),
    _case("8.2/no-power", "a home without power is read too", _dark_home, READ),
    _bad("8.2/nobody-there", "what nobody knows is not found (E19)", _nobody_there, READ),
    _bad("8.2/one-way-to-ask", "none, or two, of the four ways to ask are refused", _one_way, READ),
    _bad("8.2/no-secrets", "no key or install code is told", _no_secrets, READ, READS, home=GAS),
    _case("8.4/status", "a status is called by the item of its kind", _called, UPDATE, home=NOTHING),
    _bad("8.4/wrong-item", "an item of another kind of device is refused (E11)", _wrong_item, UPDATE),
    _bad("8.4/at-work", "what is commissioned is not called back, deleted or corrected (E5)", _at_work, UPDATE),
    _bad("8.4/withdrawn-stays", "a withdrawn hub is not called back (E5)", _withdrawn, UPDATE),
    _case("8.4/deletes", "what is Pending is deleted, a hub with its proxy", _deleted, UPDATE, home=NOTHING),
    _bad("8.4/unknown", "nobody unknown is updated (E19)", _unknown, UPDATE),
    _case(
        "8.4/corrects", "what was announced wrongly is corrected, by eligible makes", _corrects, UPDATE, home=NOTHING
    ),
    _case("8.4/supply-number", "a device is found by its corrected number only", _numbers, UPDATE, home=NOTHING),
    _bad("8.4/other-fuel", "a supplier corrects nothing of the other fuel (E4)", _other_fuel, UPDATE, home=GAS),
    _bad("8.4/one-thing-at-once", "none, or two, corrections at once are refused", _one_thing, UPDATE),
)
