"""An installer's work on a stage: devices are announced, let in, switched on and commissioned, service by service.

What is asked goes to the adapter under test; what is done by hand goes to the farm. The bodies are made from what is
printed on the devices and what their supplier knows of them.
"""

from typing import Any, Final

from emulator.conformance.stage import Asked, Stage
from emulator.device.hub.han import JoinAsked
from emulator.device.hub.han import install_code as code_of
from emulator.device.identity import parse_eui64
from emulator.device.instant import isoformat
from emulator.device.journal import DeviceName
from emulator.farm import returned
from emulator.services.row import Role

JOIN_S: Final = 90
DISPLAYS: Final = ("ppmid", "ihd")
METERS: Final = ("esme", "gsme")


def devices(stage: Stage) -> tuple[str, ...]:
    """Give the devices of the home that join its hub, meters first."""
    held = {one.value for one in stage.farm.estate.premises(stage.index).sites}
    return tuple(one for one in (*METERS, *DISPLAYS) if one in held)


def display(stage: Stage) -> str:
    """Give the home's display."""
    found = [one for one in devices(stage) if one in DISPLAYS]
    if not found:
        stage.not_here("the home has no display")
    return found[0]


def install_code(stage: Stage, device: str) -> str:
    """Read the install code that is printed on a device."""
    return returned.install_code(stage.farm, f"{stage.name}/{device}")


def supply_number(stage: Stage, device: str) -> str:
    """Give the number of a meter's supply point."""
    return str(stage.farm.estate.premises(stage.index).sites[DeviceName(device)].mpan)


def announcement(stage: Stage, device: str, **other: Any) -> dict[str, Any]:
    """Give the body of 12.2 for a device; what is given as None is left out."""
    profile, site = stage.profile, stage.farm.estate.site(stage.index)
    made: Any = {"esme": profile.model, "gsme": profile.gas_model, "chf": profile.hub}.get(device)
    made = made or (profile.ppmid if device == "ppmid" else profile.ihd)
    body = {
        "DeviceID": stage.eui(device),
        "DeviceManufacturer": made.maker,
        "DeviceModel": made.model,
        "DeviceType": device.upper(),
    }
    if device == "chf":
        body["SIM"] = {"ICCID": site.iccid, "IMSI": site.imsi}
        if profile.gas_metering is not None:
            body["AssociatedGPFDeviceID"] = stage.eui("gpf")
    return {key: value for key, value in (body | other).items() if value is not None}


async def announce(stage: Stage, *names: str, **other: Any) -> Asked:
    """Announce devices (12.2), and hold that each was taken; give the last answer."""
    for name in names:
        asked = stage.done(await stage.ask("12.2", announcement(stage, name, **other), role=Role.IS))
    return asked


async def let_in(stage: Stage, device: str, device_id: str = "", **other: Any) -> Asked:
    """Have the hub let a device in (8.11); `other` is what the item of the body has else."""
    how = {"JoinTimePeriod": JOIN_S, "InstallCode": install_code(stage, device)}
    if device in METERS:
        how["ImportMPxN"] = supply_number(stage, device)
    body = {
        "DeviceID": device_id or stage.eui(device),
        "RequestType": "Add",
        "AddDeviceToCHFWhitelist": how | other,
    }
    return await stage.ask("8.11", body, device="chf", role=Role.IS)


async def let_out(stage: Stage, device: str, device_id: str = "") -> Asked:
    """Have the hub let a device go (8.11)."""
    body = {"DeviceID": device_id or stage.eui(device), "RequestType": "Remove"}
    return await stage.ask("8.11", body, device="chf", role=Role.IS)


async def switch_on(stage: Stage, device: str) -> bool:
    """Switch a device on so that it looks for its network; say whether its hub let it in."""
    return await returned.joins(stage.farm, f"{stage.name}/{device}")


async def strangers_code(stage: Stage, device_id: str) -> str:
    """Read what is printed on a display that the home did not have."""
    hub = stage.farm.home(stage.index).installation.devices[DeviceName.CHF].site
    return code_of(hub, parse_eui64(device_id)).hex()


async def strangers_try(stage: Stage, device_id: str) -> None:
    """Switch on a display that the home did not have: it asks the hub to let it in."""
    code = bytes.fromhex(await strangers_code(stage, device_id))
    asks = JoinAsked(parse_eui64(device_id), code)
    await stage.farm.act(stage.index, lambda home: home.note(DeviceName.CHF, asks))


async def outcome_of(stage: Stage, added: Asked) -> str:
    """Wait for the alert UpdateHANDeviceLogResult of an 8.11 and give its code; "" if none comes."""
    wanted = {"UpdateHANDeviceLogServiceRequestID": added.request.request_id}
    for _ in range(60):
        await stage.gather()
        for one in stage.alerts:
            if (one.body or {}).get("UpdateHANDeviceLogResult") == wanted:
                return one.alert_code
        await stage.advance("10s")
    return ""


async def joined(stage: Stage, device: str) -> Asked:
    """Let a device in and have it join; hold that it did."""
    asked = stage.done(await let_in(stage, device))
    stage.expect(await switch_on(stage, device), f"the hub lets the {device} in", await stage.happened("JoinRefused"))
    return asked


async def commission(stage: Stage, device: str, off_ms: int = 0, tolerance_s: int = 86_400) -> Asked:
    """Commission a meter (8.1.1), by a clock that is so far off."""
    body = {"CurrentDateTime": isoformat(stage.now + off_ms), "TolerancePeriod": tolerance_s}
    return await stage.ask("8.1.1", body, device=device, within="8h")


def on_log(stage: Stage, *, joined_only: bool = False) -> set[str]:
    """Give the EUI-64s on the hub's device log, by the hub itself."""
    return {row["eui64"] for row in stage.truth("device_log", "chf") if row["joined_at"] or not joined_only}


async def inventory(stage: Stage, device: str = "", device_id: str = "") -> dict[str, Any]:
    """Give what 8.2 tells of a device; nothing if nobody has it."""
    own = device_id or stage.eui(device)
    asked = await stage.ask("8.2", {"DeviceID": own}, role=Role.OU)
    found = asked.body.get("Device", ()) if asked.ok else ()
    return next((one for one in found if one["DeviceID"] == own), {})


async def status(stage: Stage, device: str = "", device_id: str = "") -> str:
    """Give the status of a device in the inventory; "" if nobody has it."""
    return str((await inventory(stage, device, device_id)).get("DeviceStatus", ""))


async def is_called(stage: Stage, device: str, *words: str) -> None:
    """Hold the status of a device in the inventory."""
    got = await status(stage, device)
    stage.expect(got in words, f"the {device} is {' or '.join(words) or 'unknown'}", got or "unknown")


async def call_hub(stage: Stage, word: str) -> Asked:
    """Call the hub something in the inventory (8.4)."""
    return await stage.ask("8.4", {"DeviceID": stage.eui("chf"), "UpdateDeviceStatusCH": word}, role=Role.IS)


async def whole_home(stage: Stage) -> None:
    """Put a home up from nothing, in the order of functional reference 8.1."""
    every = devices(stage)
    await announce(stage, "chf", *every)
    for device in every:
        await joined(stage, device)
    for device in every:
        if device in METERS:
            stage.done(await commission(stage, device))
    for device in every:
        if device in DISPLAYS:
            await joins(stage, "8.7.1", "esme", device)
    stage.done(await call_hub(stage, "Commissioned"))


async def joins(stage: Stage, variant: str, device: str, other: str, *words: str, device_id: str = "") -> None:
    """Have two devices joined (8.7), or parted (8.8), and hold the word that it ends with; success if none is given."""
    asked = await stage.ask(variant, {"OtherDeviceID": device_id or stage.eui(other)}, device=device)
    key = "joinResponseCode" if variant.startswith("8.7") else "unjoinResponseCode"
    got = asked.body.get(key, {}).get("ASN1Status") if asked.ok else asked.code
    stage.expect(got in (words or ("success",)), f"{variant} ends with {' or '.join(words or ('success',))}", got)
