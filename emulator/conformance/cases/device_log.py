"""Who is joined to whom, parted, and told of: 8.7, 8.8, 8.9 and 8.12.1 at the hub's device log."""

from typing import Any, Final

from emulator.conformance.altered import NOBODY
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.installing import (
    devices,
    display,
    is_called,
    joins,
    let_in,
    let_out,
    on_log,
    status,
)
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.commands import RemoveDevice, Sender
from emulator.device.journal import DeviceName
from emulator.services.codes import Why
from emulator.services.row import Role, Target

JOINING: Final = "functional reference 8.2; service requests 8.4"
NOTHING: Final = Home(commissioned=False)
GAS: Final = Home(gas=True)
LOG: Final = Need("8.11", Target.H)
E: Final = (Need("8.1.1"), LOG)


async def _proxy(stage: Stage) -> None:
    await joins(stage, "8.7.1", "gsme", "gpf")
    await joins(stage, "8.7.2", display(stage), "gsme")


async def _gas_and_display(stage: Stage) -> None:
    await joins(stage, "8.7.2", "gsme", display(stage))
    await is_called(stage, "gsme", "Commissioned")


async def _joins_nobody(stage: Stage, variant: str, device: str) -> None:
    async with untouched(stage):
        for device_id in (NOBODY, stage.eui(device)):
            word = ("invalidJoinMethodAndRole", "noPartnerLinkKeyReceived", "incompatibleWithExistingEntry", "E19")
            await joins(stage, variant, device, "", *word, device_id=device_id)
    await is_called(stage, device, "Commissioned")


async def _unheard(stage: Stage) -> None:
    other = display(stage)
    stage.done(await let_out(stage, other))
    stage.done(await let_in(stage, other))
    async with untouched(stage):
        await joins(stage, "8.7.1", "esme", other, "noPartnerLinkKeyReceived", "noCBKEResponse")
    stage.expect(await status(stage, other) != "Commissioned", "it is not called Commissioned")


async def _parted(stage: Stage, variant: str) -> None:
    other = display(stage)
    meter, shown = ("esme", other) if variant == "8.8.1" else (other, "esme")
    await joins(stage, variant, meter, shown)
    stage.expect(stage.eui(other) not in on_log(stage), "the display is off the hub's log", on_log(stage))
    stage.expect(stage.eui() in on_log(stage), "the meter stays", on_log(stage))
    stage.expect(await status(stage, other) != "Commissioned", "the display is no longer commissioned")
    if variant == "8.8.1":
        await joins(stage, variant, meter, shown, "otherDeviceNotInDeviceLog")


async def _parts_nobody(stage: Stage) -> None:
    before = on_log(stage)
    async with untouched(stage):
        await joins(stage, "8.8.1", "esme", "", "otherDeviceNotInDeviceLog", "otherFailure", "E19", device_id=NOBODY)
    stage.expect(on_log(stage) == before, "the hub's log is as it was", on_log(stage))


async def _meters_are_not_parted(stage: Stage) -> None:
    async with untouched(stage):
        for other in ("gsme", "chf"):
            await joins(stage, "8.8.1", "esme", other, "otherFailure", "otherDeviceNotInDeviceLog")
    stage.expect({stage.eui(), stage.eui("gsme")} <= on_log(stage), "both stay on the hub's log", on_log(stage))
    stage.done(await stage.ask("7.4", device="gsme"))


# 8.9 and 8.12.1


async def _reads_log(stage: Stage) -> None:
    async with untouched(stage):
        read = stage.done(await stage.ask("8.9", device="chf", role=Role.IS)).body
    told = {one["DeviceID"] for one in read.get("CHFDeviceLog", ())}
    stage.expect(told == on_log(stage), "the devices on the hub's log are told", read)
    stage.expect(told == {stage.eui(one) for one in devices(stage)}, "which are the home's", read)


async def _reads_gas_log(stage: Stage) -> None:
    async with untouched(stage):
        read = stage.done(await stage.ask("8.9", device="gsme", role=Role.GS)).body
    told = {one["DeviceID"]: one["DeviceType"] for one in read.get("DeviceLogEntries", ())}
    stage.expect(stage.eui("chf") in told, "a gas meter knows its hub", read)
    stage.expect(set(told) <= on_log(stage) | {stage.eui("chf")}, "and nobody who is not there", read)


async def _reads_removed(stage: Stage) -> None:
    other = display(stage)
    stage.done(await let_out(stage, other))
    asked = stage.done(await stage.ask("8.9", {"ReadSecurityDetails": {}}, device="chf", role=Role.IS))
    log = asked.body.get("CHFConnectedDeviceLog", {})
    now = {one.get("DeviceID") for one in log.get("CHFCurrentConnectedDeviceLogEntry", ())}
    before = {one.get("DeviceID") for one in log.get("CHFHistoricConnectedDeviceLogEntry", ())}
    stage.expect(now == on_log(stage, joined_only=True), "who is there is told as current", log)
    stage.expect(stage.eui(other) in before and stage.eui(other) not in now, "who was removed, as historic", log)
    stage.expect("DeviceSecurityDetails" not in str(log), "no key of a device can be read", log)


async def _old_hub_unknown(stage: Stage) -> None:
    async with untouched(stage):
        for device_id in (NOBODY, stage.eui()):
            asked = await stage.ask("8.12.1", {"OldCHFID": device_id}, device="chf", role=Role.IS)
            stage.refused(asked, Why.INVALID_VALUE, Why.NOT_SUPPORTED, Why.UNKNOWN_DEVICE)


async def _keys_are_gone(stage: Stage) -> None:
    """A hub that has lost a device cannot have it back without its install code."""
    other = display(stage)
    remove = RemoveDevice(stage.eui(other))
    await stage.farm.send(stage.index, remove, Sender.SUPPLIER, DeviceName.CHF)
    before = on_log(stage)
    asked = await stage.ask("8.12.1", {"OldCHFID": stage.eui("chf")}, device="chf", role=Role.IS)
    stage.refused(asked, Why.NOT_SUPPORTED)
    stage.expect(on_log(stage) == before, "the hub's log is as it was", on_log(stage))


def _case(
    name: str, says: str, act: Any, *wanted: Need, clause: str = JOINING, home: Home = NOTHING, **more: Any
) -> Case:
    return Case(
        name=name,
        says=says,
        clause=clause,
        group=Group.COMMISSIONING,
        needs=wanted or (LOG,),
        act=act,
        home=home,
        **more,
    )


def _nobody(variant: str, word: str, target: Target, *, gas: bool = False) -> Case:
    async def act(stage: Stage) -> None:
        device = "gsme" if gas else display(stage) if target is Target.I else "esme"
        await _joins_nobody(stage, variant, device)

    return _case(
        f"{variant}/{word}",
        "nobody is joined who is not of the home, nor a device to itself",
        act,
        Need(variant, target),
        home=GAS if gas else Home(),
        negative=True,
    )


def _parting(variant: str, target: Target) -> Case:
    async def act(stage: Stage) -> None:
        await _parted(stage, variant)

    return _case(
        f"{variant}/parts-a-display",
        "a display that is parted is off the hub's log, and the meter stays",
        act,
        Need(variant, target),
        home=Home(),
    )


JOIN: Final = Need("8.7.1")
CASES: tuple[Case, ...] = (
    _case(
        "8.7.1/gas-and-proxy", "a gas meter joins its proxy, and its display", _proxy, Need("8.7.1", Target.G), home=GAS
    ),
    _case(
        "8.7.2/gas-and-display",
        "a gas meter joins its display",
        _gas_and_display,
        Need("8.7.2", Target.G),
        home=GAS,
    ),
    _nobody("8.7.1", "joins-nobody", Target.E),
    _nobody("8.7.1", "gas-joins-nobody", Target.G, gas=True),
    _nobody("8.7.2", "display-joins-nobody", Target.I),
    _nobody("8.7.2", "gas-joins-nobody", Target.G, gas=True),
    _case(
        "8.7.1/not-there-yet",
        "a display that is listed and not there is not joined",
        _unheard,
        JOIN,
        LOG,
        home=Home(),
        negative=True,
    ),
    _parting("8.8.1", Target.E),
    _parting("8.8.2", Target.I),
    _case(
        "8.8.1/parts-nobody",
        "nobody is parted who is not there",
        _parts_nobody,
        Need("8.8.1"),
        home=Home(),
        negative=True,
    ),
    _case(
        "8.8.1/meters-are-not-parted",
        "two meters, or a meter and its hub, are not parted",
        _meters_are_not_parted,
        Need("8.8.1"),
        home=GAS,
        negative=True,
    ),
    _case("8.9/reads-the-log", "8.9 tells the devices on the hub's log", _reads_log, Need("8.9", Target.H), home=GAS),
    _case(
        "8.9/reads-of-a-gas-meter", "8.9 tells whom a gas meter knows", _reads_gas_log, Need("8.9", Target.G), home=GAS
    ),
    _case(
        "8.9/removed-without-keys",
        "removed devices are told as historic, and no key of any",
        _reads_removed,
        Need("8.9", Target.H),
        LOG,
        home=Home(),
        negative=True,
    ),
    _case(
        "8.12.1/old-hub-unknown",
        "a log is restored of a hub, and of nobody else",
        _old_hub_unknown,
        Need("8.12.1", Target.H),
        home=Home(),
        negative=True,
    ),
    _case(
        "8.12.1/keys-are-gone",
        "a device that the hub has lost is not had back without its install code",
        _keys_are_gone,
        Need("8.12.1", Target.H),
        home=Home(),
        negative=True,
    ),
)
