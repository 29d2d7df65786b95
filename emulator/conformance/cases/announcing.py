"""Devices are announced (12.2): what is taken into the inventory, and a hub whose SIM is activated with it."""

from typing import Any, Final

from emulator.conformance.altered import NOBODY
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.installing import (
    announce,
    announcement,
    commission,
    inventory,
    is_called,
    joined,
    let_in,
    on_log,
    status,
)
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.farm.returned import factory_reset
from emulator.services.codes import Why
from emulator.services.row import Role, Target

ORDER: Final = "functional reference 8.1; service requests 8.4"
NOTHING: Final = Home(commissioned=False)
NOTHING_GAS: Final = Home(commissioned=False, gas=True)
LOG: Final = Need("8.11", Target.H)
ANNOUNCED: Final = Need("12.2", Target.D)
E: Final = (Need("8.1.1"), LOG)


async def _announces(stage: Stage) -> None:
    async with untouched(stage):
        await announce(stage, "esme")
    own, wanted = await inventory(stage, "esme"), announcement(stage, "esme")
    for item in ("DeviceID", "DeviceType", "DeviceManufacturer", "DeviceModel"):
        stage.expect(own.get(item) == wanted[item], f"{item} is {wanted[item]}", own)
    stage.expect(own.get("DeviceStatus") == "Pending", "it is Pending", own)


async def _announces_hub(stage: Stage) -> None:
    await announce(stage, "chf")
    asked = stage.done(await stage.ask("8.2", {"DeviceID": stage.eui("chf")}, role=Role.OU))
    kinds = {one["DeviceType"]: one["DeviceStatus"] for one in asked.body["Device"]}
    stage.expect(kinds == {"CHF": "Pending", "GPF": "Pending"}, "the hub and its gas proxy are Pending", kinds)


async def _announced_twice(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    async with untouched(stage):
        for device in ("esme", "chf"):
            body = announcement(stage, device, FirmwareVersion="TEST 9")
            stage.refused(await stage.ask("12.2", body, role=Role.IS), Why.WRONG_STATUS)
            own = await inventory(stage, device)
            stage.expect(own.get("DeviceStatus") == "Pending", f"the {device} stays Pending", own)
            stage.expect(own.get("DeviceFirmwareVersion") != "TEST 9", "nothing of it is written over", own)


async def _own_proxy(stage: Stage) -> None:
    body = announcement(stage, "chf", AssociatedGPFDeviceID=stage.eui("chf"))
    async with untouched(stage):
        stage.refused(await stage.ask("12.2", body, role=Role.IS), Why.HUB_AS_PROXY, code="E120201")
    await is_called(stage, "chf", "")


async def _not_eligible(stage: Stage) -> None:
    async with untouched(stage):
        for device in ("esme", "chf"):
            for other in ({"DeviceModel": "TEST 1"}, {"DeviceManufacturer": "TEST"}):
                body = announcement(stage, device, SIM=None, **other)
                stage.refused(await stage.ask("12.2", body, role=Role.IS), Why.NOT_ELIGIBLE)
            await is_called(stage, device, "")


async def _no_such_kind(stage: Stage) -> None:
    async with untouched(stage):
        for kind in ("HCALCS", "CAD"):
            body = announcement(stage, "esme", DeviceID=NOBODY, DeviceType=kind)
            stage.refused(await stage.ask("12.2", body, role=Role.IS), Why.NOT_APPLICABLE, code="E11")
        stage.expect(not await status(stage, device_id=NOBODY), "nobody new is in the inventory")


async def _proxy_of_a_meter(stage: Stage) -> None:
    async with untouched(stage):
        body = announcement(stage, "esme", AssociatedGPFDeviceID=NOBODY)
        stage.refused(await stage.ask("12.2", body, role=Role.IS), Why.NOT_APPLICABLE)
    await is_called(stage, "esme", "")
    stage.expect(not await status(stage, device_id=NOBODY), "the proxy is not in the inventory either")


# The SIM


async def _sim(stage: Stage) -> None:
    await factory_reset(stage.farm, stage.name)
    stage.expect(stage.truth("sim_state", "chf") == "inactive", "the stage's own arranging: the SIM is not activated")
    await announce(stage, "chf")
    stage.expect(stage.truth("sim_state", "chf") == "active", "the SIM is activated", stage.truth("sim_state", "chf"))


async def _sim_reaches(stage: Stage) -> None:
    await _sim(stage)
    await announce(stage, "esme")
    await joined(stage, "esme")
    stage.done(await commission(stage, "esme"))


async def _no_sim(stage: Stage, **sim: str) -> None:
    await factory_reset(stage.farm, stage.name)
    await stage.ask("12.2", announcement(stage, "chf", SIM=dict(sim) or None), role=Role.IS)
    stage.expect(
        stage.truth("sim_state", "chf") == "inactive", "the SIM is left alone", stage.truth("sim_state", "chf")
    )


async def _other_sim(stage: Stage) -> None:
    await _no_sim(stage, ICCID="8" * 19, IMSI="2" * 15)


async def _without_sim(stage: Stage) -> None:
    await _no_sim(stage)
    await announce(stage, "esme")
    stage.refused(await let_in(stage, "esme"), Why.UNREACHABLE, code="E20")
    stage.expect(not on_log(stage), "nobody is on the hub's log", on_log(stage))
    await is_called(stage, "esme", "Pending")


async def _broken_chain(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    failed = await stage.ask("12.2", announcement(stage, "esme"), role=Role.IS)
    stage.refused(failed)
    body = {"DeviceID": stage.eui(), "RequestType": "Remove"}
    follows = {"preceding_service_request_id": failed.request.request_id}
    stage.refused(await stage.ask("8.11", body, device="chf", role=Role.IS, **follows), Why.BROKEN_SEQUENCE)
    await is_called(stage, "esme", "Pending")


def _case(
    name: str, says: str, act: Any, *wanted: Need, clause: str = ORDER, home: Home = NOTHING, **more: Any
) -> Case:
    return Case(
        name=name,
        says=says,
        clause=clause,
        group=Group.COMMISSIONING,
        needs=wanted or (ANNOUNCED,),
        act=act,
        home=home,
        **more,
    )


CASES: tuple[Case, ...] = (
    _case("12.2/announces", "what is announced is Pending in the inventory; no device hears of it", _announces),
    _case("12.2/hub-brings-its-proxy", "with a hub comes its gas proxy", _announces_hub, home=NOTHING_GAS),
    _case("12.2/twice", "what is announced already is not announced again", _announced_twice, negative=True),
    _case(
        "12.2/own-proxy",
        "a hub that is announced as its own gas proxy is refused (E120201)",
        _own_proxy,
        clause="service requests, section 9: E120201",
        negative=True,
    ),
    _case(
        "12.2/not-eligible",
        "a make that is in no eligible combination is refused",
        _not_eligible,
        clause="device dossier 1.3 and 4.6 E4",
        negative=True,
    ),
    _case("12.2/no-such-kind", "a kind of device that SMETS1 has not is refused (E11)", _no_such_kind, negative=True),
    _case("12.2/proxy-of-a-meter", "a meter has no gas proxy", _proxy_of_a_meter, negative=True),
    _case("12.2/activates-the-sim", "a hub's SIM is activated with its announcement", _sim),
    _case("12.2/sim-makes-it-reachable", "an inactive SIM's home is reached after 12.2", _sim_reaches, *E),
    _case("12.2/other-sim", "a SIM that is not the hub's activates nothing", _other_sim, negative=True),
    _case("12.2/without-sim", "without its SIM's data a hub is not reached (E20)", _without_sim, LOG, negative=True),
    _case(
        "12.2/failed-breaks-the-chain",
        "what follows an announcement that was refused is not done",
        _broken_chain,
        LOG,
        negative=True,
    ),
)
