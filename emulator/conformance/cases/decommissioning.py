"""The end of a device's use (8.3), and its next life: decommissioned, reset, put up again elsewhere."""

from typing import Any, Final

from emulator.conformance.altered import NOBODY
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.installing import (
    announce,
    announcement,
    call_hub,
    devices,
    is_called,
    let_in,
    on_log,
    supply_number,
    whole_home,
)
from emulator.conformance.stage import Asked, Stage
from emulator.conformance.untouched import untouched
from emulator.device.instant import HOUR, isoformat
from emulator.farm.returned import factory_reset
from emulator.services.codes import Why
from emulator.services.row import Role, Target

END: Final = "service requests, sections 4 (8.3) and 9; functional reference 8.1"
NOTHING: Final = Home(commissioned=False)
GAS: Final = Home(gas=True)
ENROLLED: Final = Home()
ELSEWHERE: Final = "1000000000021"
D: Final = Target.D
E: Final = (Need("8.1.1"), Need("8.7.1"), Need("8.11", Target.H))


async def _read(stage: Stage, role: Role = Role.OU, which: int = 1, **by: Any) -> Asked:
    return await stage.ask("8.2", by, role=role, which=which)


async def _found(stage: Stage, role: Role = Role.OU, which: int = 1, **by: Any) -> dict[str, dict[str, Any]]:
    """Read the inventory and give the devices by their EUI-64."""
    asked = stage.done(await _read(stage, role, which, **by))
    return {one["DeviceID"]: one for one in asked.body.get("Device", ())}


async def _decommission(stage: Stage, device: str, role: Role | None = None, device_id: str = "") -> Asked:
    role = role or (Role.GS if device == "gsme" else Role.IS)
    return await stage.ask("8.3", {"DeviceID": device_id or stage.eui(device)}, role=role)


async def _ended(stage: Stage) -> None:
    stage.done(await _decommission(stage, "gsme"))
    await stage.advance("1m")
    await is_called(stage, "gsme", "Decommissioned")
    stage.expect(stage.eui("gsme") not in on_log(stage), "its hub lets it go", on_log(stage))
    async with untouched(stage):
        stage.refused(await stage.ask("7.4", device="gsme"), Why.WRONG_STATUS, code="E5")
    await is_called(stage, "esme", "Commissioned")
    stage.done(await stage.ask("7.4"))


async def _ended_wrongly(stage: Stage) -> None:
    async with untouched(stage):
        stage.refused(await _decommission(stage, "", Role.IS, NOBODY), Why.UNKNOWN_DEVICE, code="E19")
        stage.refused(await _decommission(stage, "esme", Role.GS), Why.NOT_THE_SUPPLIER, code="E4")
        stage.refused(await _decommission(stage, "chf", Role.IS), Why.NOT_APPLICABLE, code="E11")
    for device in ("esme", "chf"):
        await is_called(stage, device, "Commissioned")


async def _ended_twice(stage: Stage) -> None:
    stage.done(await _decommission(stage, "esme"))
    stage.refused(await _decommission(stage, "esme"), Why.WRONG_STATUS, code="E5")
    await is_called(stage, "esme", "Decommissioned")


async def _what_waited(stage: Stage) -> None:
    waiting = stage.request("7.2")
    dated = stage.request("4.1.1", {"ExecutionDateTime": isoformat(stage.now + HOUR)})
    stage.expect((await stage.submit(dated)).response_code == "I99", "the stage's own arranging: it waits")
    stage.done(await _decommission(stage, "esme"))
    acknowledged = await stage.submit(waiting)
    stage.expect(acknowledged.response_code == "E5", "nothing more is taken", acknowledged.response_code)
    answered = await stage.outcome(dated, "3h")
    stage.expect(answered is not None, "what waited is answered")
    stage.expect(answered is None or not answered.ok, "and is not done", answered)
    stage.expect(stage.truth("supply_state") == "enabled", "the supply stays on", stage.truth("supply_state"))


async def _next_life(stage: Stage) -> None:
    await whole_home(stage)
    for device in devices(stage):
        stage.done(await _decommission(stage, device))
    stage.done(await call_hub(stage, "Withdrawn"))
    await stage.advance("1m")
    stage.expect(not on_log(stage), "the hub has let them all go", on_log(stage))
    stage.refused(await stage.ask("7.4"), Why.WRONG_STATUS, code="E5")
    await factory_reset(stage.farm, stage.name)
    before = stage.truth("import_wh")
    await whole_home(stage)
    stage.done(await stage.ask("7.4"))
    stage.expect(stage.truth("import_wh") >= before, "no register is lost", stage.truth("import_wh"))


async def _elsewhere(stage: Stage) -> None:
    stage.done(await _decommission(stage, "esme"))
    stage.done(await call_hub(stage, "Withdrawn"))
    await factory_reset(stage.farm, stage.name)
    await announce(stage, "chf", "esme")
    await is_called(stage, "esme", "Pending")
    stage.refused(await stage.ask("7.4"), Why.WRONG_STATUS, code="E5")
    old = await _read(stage, MPxN=supply_number(stage, "esme"))
    there = {one["DeviceID"] for one in old.body.get("Device", ())} if old.ok else set()
    stage.expect(stage.eui() not in there, "nothing of its former supply point is left", there)
    stage.done(await let_in(stage, "esme", ImportMPxN=ELSEWHERE))
    stage.expect(stage.eui() in await _found(stage, MPxN=ELSEWHERE), "it is found at the new one")


async def _ended_is_not_let_in(stage: Stage) -> None:
    stage.done(await _decommission(stage, "esme"))
    await stage.advance("1m")
    async with untouched(stage):
        stage.refused(await let_in(stage, "esme"), Why.WRONG_STATUS, code="E5")
        stage.refused(await stage.ask("8.1.1", _now(stage)), Why.WRONG_STATUS, code="E5")
        stage.refused(await stage.ask("12.2", announcement(stage, "chf"), role=Role.IS), Why.WRONG_STATUS)
    await is_called(stage, "esme", "Decommissioned")


def _now(stage: Stage) -> dict[str, Any]:
    return {"CurrentDateTime": isoformat(stage.now), "TolerancePeriod": 86_400}


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
GAS_READS: Final = Need("7.4", Target.G)
LOG: Final = Need("8.11", Target.H)
CASES: tuple[Case, ...] = (
    _case(
        "8.3/ends-gas",
        "a gas meter is taken out of use (E5 then), electricity goes on",
        _ended,
        END,
        READS,
        GAS_READS,
        home=GAS,
    ),
    _bad("8.3/not-this", "nobody unknown (E19), of another fuel (E4), or a hub (E11)", _ended_wrongly, END),
    _bad("8.3/twice", "what is out of use is not taken out again (E5)", _ended_twice, END),
    _bad(
        "8.3/what-waited",
        "what waited for its date is not done, and answered",
        _what_waited,
        END,
        Need("4.1.1"),
        Need("7.2"),
    ),
    _case("8.3/next-life", "a home that was ended and reset is put up again", _next_life, END, *E, READS, home=NOTHING),
    _bad("8.3/elsewhere", "nothing of its former life comes with a returned meter", _elsewhere, END, READS, LOG),
    _bad("8.3/is-not-let-in", "what is out of use is not let in or commissioned (E5)", _ended_is_not_let_in, END, *E),
)
