"""An installer's work on a stage: a home announced, let in and commissioned, service by service."""

from msgspec.structs import replace

from emulator.adapter.adapter import Adapter
from emulator.adapter.inventory import Entry
from emulator.conformance.stage import Asked, Stage
from emulator.device.instant import to_datetime
from emulator.farm.returned import install_code, joins
from emulator.services.bodies.joining import (
    AddDeviceToCHFWhitelist,
    CommissionDeviceSynchroniseClock,
    JoinServiceCritical,
    UpdateHANDeviceLog,
)
from emulator.services.bodies.national import DevicePrenotification, Sim, UpdateInventory


def entries(stage: Stage) -> dict[str, Entry]:
    """What the supplier knows of the devices of the home, by their kinds."""
    around = stage.subject._around
    return {entry.device_type.lower(): entry for entry in around.entries(stage.index)}


def announcement(stage: Stage, device: str, **other) -> DevicePrenotification:
    entry = entries(stage)[device]
    given = DevicePrenotification(
        device_id=entry.device_id,
        device_manufacturer=entry.manufacturer,
        device_model=entry.model,
        device_type=entry.device_type,
    )
    if device == "chf":
        sim = Sim(iccid=entry.sim.iccid, imsi=entry.sim.imsi)
        given = replace(given, sim=sim, associated_gpf_device_id=stage.eui("gpf"))
    return replace(given, **other)


async def announce(stage: Stage, device: str, **other) -> Asked:
    return await stage.ask("12.2", announcement(stage, device, **other), role="IS")


def adding(stage: Stage, device: str, **other) -> UpdateHANDeviceLog:
    entry = entries(stage)[device]
    how = AddDeviceToCHFWhitelist(
        join_time_period=90,
        install_code=install_code(stage.farm, f"{stage.name}/{device}"),
        import_mpxn=entry.mpxn or None,
    )
    return UpdateHANDeviceLog(
        device_id=entry.device_id, request_type="Add", add_device_to_chf_whitelist=replace(how, **other)
    )


async def let_in(stage: Stage, device: str, preceding_service_request_id=None, **other) -> Asked:
    before = {"preceding_service_request_id": preceding_service_request_id}
    return await stage.ask("8.11", adding(stage, device, **other), device="chf", role="IS", **before)


async def told(stage: Stage, added: Asked) -> str:
    """What the alert UpdateHANDeviceLogResult says of an 8.11."""
    result = {"UpdateHANDeviceLogResult": {"UpdateHANDeviceLogServiceRequestID": added.request.request_id}}
    for _ in range(20):
        codes = [alert.alert_code for alert in stage.alerts if alert.body == result]
        if codes:
            return codes[0]
        await stage.alert("N999", within="10s")
    return ""


async def power_up(stage: Stage, device: str) -> bool:
    return await joins(stage.farm, f"{stage.name}/{device}")


async def commission(stage: Stage, device: str) -> Asked:
    body = CommissionDeviceSynchroniseClock(current_date_time=to_datetime(stage.now), tolerance_period=86_400)
    return await stage.ask("8.1.1", body, device=device, within="8h")


async def whole_home(stage: Stage) -> None:
    """From nothing to commissioned, in the order of functional reference 8.1."""
    devices = [name for name in entries(stage) if name not in {"chf", "gpf"}]
    for device in ("chf", *devices):
        stage.done(await announce(stage, device))
    for device in devices:
        added = stage.done(await let_in(stage, device))
        assert await power_up(stage, device)
        assert await told(stage, added) == "N24"
    for device in devices:
        if device in {"esme", "gsme"}:
            stage.done(await commission(stage, device))
    for device in devices:
        if device in {"ppmid", "ihd"}:
            stage.done(await stage.ask("8.7.1", JoinServiceCritical(other_device_id=stage.eui(device))))
    hub = UpdateInventory(device_id=stage.eui("chf"), update_device_status_ch="Commissioned")
    stage.done(await stage.ask("8.4", hub, role="IS"))


def adapter(stage: Stage) -> Adapter:
    return stage.subject._adapter


def entry(stage: Stage, device: str) -> Entry:
    return adapter(stage).inventory.get(stage.eui(device))


def statuses(stage: Stage) -> dict[str, str]:
    inventory = adapter(stage).inventory
    return {one.device_type.lower(): one.status for one in inventory.home_of(inventory.get(stage.eui("chf")))}
