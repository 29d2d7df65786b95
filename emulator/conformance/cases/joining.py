"""Who is let into a home, and who is not: 8.11, 8.7, 8.8, 8.9 and 8.12.1 at the hub's device log."""

from typing import Any, Final

from emulator.conformance.altered import NOBODY
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.installing import (
    JOIN_S,
    announce,
    announcement,
    commission,
    devices,
    display,
    is_called,
    joined,
    joins,
    let_in,
    let_out,
    on_log,
    outcome_of,
    status,
    strangers_code,
    strangers_try,
    switch_on,
)
from emulator.conformance.stage import Asked, Stage
from emulator.conformance.untouched import untouched
from emulator.device.commands import RemoveDevice, Sender
from emulator.device.journal import DeviceName
from emulator.services.codes import Why
from emulator.services.row import Role, Target

JOINING: Final = "functional reference 8.2; service requests 8.4"
DOSSIER: Final = "device dossier 4.3"
NOTHING: Final = Home(commissioned=False)
GAS: Final = Home(gas=True)
LOG: Final = Need("8.11", Target.H)
E: Final = (Need("8.1.1"), LOG)
DONE: Final = "N24"


def _refusals(stage: Stage, happened: list[Any]) -> list[str]:
    return [one.reason for one in happened]


async def _not_in(stage: Stage, device: str, *reasons: str) -> None:
    """Hold that the hub kept a device out, for a reason."""
    told = _refusals(stage, await stage.happened("JoinRefused"))
    stage.expect(told and told[-1] in reasons, f"the hub keeps it out: {' or '.join(reasons)}", told)
    stage.expect(stage.eui(device) not in on_log(stage, joined_only=True), "it has not joined", on_log(stage))


async def _kept_out(stage: Stage, added: Asked) -> None:
    code = await outcome_of(stage, added)
    stage.expect(code != DONE, "no alert says that it joined", code)


# 8.11


async def _wrong_code(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    added = stage.done(await let_in(stage, "esme", InstallCode="00" * 16))
    stage.expect(not await switch_on(stage, "esme"), "the hub does not let it in")
    await _not_in(stage, "esme", "wrong_install_code")
    await _kept_out(stage, added)
    stage.refused(await commission(stage, "esme"), Why.WRONG_STATUS, code="E5")
    await joined(stage, "esme")  # with its own code it comes in
    stage.done(await commission(stage, "esme"))


async def _no_code(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    async with untouched(stage):
        for code in ("00" * 6, "00" * 17, "XY" * 16, "0" * 31, ""):
            stage.refused(await let_in(stage, "esme", InstallCode=code))
            stage.expect(not on_log(stage), "nobody is on the hub's log", on_log(stage))
    await is_called(stage, "esme", "Pending")


async def _too_late(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    added = stage.done(await let_in(stage, "esme"))
    await stage.advance(f"{JOIN_S}s")
    stage.expect(not await switch_on(stage, "esme"), "its time is over")
    await _not_in(stage, "esme", "window_closed")
    await _kept_out(stage, added)
    await is_called(stage, "esme", "Whitelisted")
    stage.refused(await commission(stage, "esme"), Why.WRONG_STATUS, code="E5")
    await joined(stage, "esme")  # once it is let in anew


async def _last_second(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    added = stage.done(await let_in(stage, "esme"))
    await stage.advance(f"{JOIN_S - 1}s")
    stage.expect(await switch_on(stage, "esme"), "within its time it is let in", await stage.happened("JoinRefused"))
    stage.expect(await outcome_of(stage, added), "an alert tells how it went")
    await is_called(stage, "esme", "InstalledNotCommissioned")


async def _no_such_time(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    async with untouched(stage):
        for seconds in (0, -1, 3_601, 10**9):
            stage.refused(await let_in(stage, "esme", JoinTimePeriod=seconds))
    stage.expect(not on_log(stage), "nobody is on the hub's log", on_log(stage))


async def _uncertain(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    added = stage.done(await let_in(stage, "esme"))
    code = await outcome_of(stage, added)
    stage.expect(code, "UpdateHANDeviceLogResult tells how it went, though nobody joined")
    stage.expect(code != DONE, "and does not say that it joined", code)
    await is_called(stage, "esme", "Whitelisted")


async def _log_full(stage: Stage) -> None:
    other = display(stage)
    await announce(stage, "chf", "esme", other)
    await joined(stage, "esme")
    await stage.fault("device_table_full", holds=1)
    before = on_log(stage)
    async with untouched(stage):
        asked = stage.refused(await let_in(stage, other), Why.LIMIT_EXCEEDED, Why.REFUSED)
    stage.expect(on_log(stage) == before, "the hub's log is as it was", on_log(stage))
    await is_called(stage, other, "Pending")
    await _kept_out(stage, asked)
    await switch_on(stage, other)
    await _not_in(stage, other, "not_listed")
    await stage.farm.faults.clear(stage.name)
    await joined(stage, other)


async def _new_display(stage: Stage, *, replaceable: bool) -> None:
    """Exchange the display of a commissioned home for another one."""
    old = display(stage)
    stage.done(await let_out(stage, old))
    if not replaceable:
        await stage.fault("ihd_cannot_be_replaced")
    body = announcement(stage, old, DeviceID=NOBODY)
    stage.done(await stage.ask("12.2", body, role=Role.IS))
    code = await strangers_code(stage, NOBODY)
    added = stage.done(await let_in(stage, old, NOBODY, InstallCode=code))
    await strangers_try(stage, NOBODY)
    if replaceable:
        stage.expect(await outcome_of(stage, added), "an alert tells how it went")
        await joins(stage, "8.7.1", "esme", "", device_id=NOBODY)
        stage.expect(await status(stage, device_id=NOBODY) == "Commissioned", "the new display is Commissioned")
        return
    told = _refusals(stage, await stage.happened("JoinRefused"))
    stage.expect(told == ["not_replaceable"], "the stage's own arranging: the hub keeps the new display out", told)
    await _kept_out(stage, added)
    await joins(stage, "8.7.1", "esme", "", "noPartnerLinkKeyReceived", "noCBKEResponse", device_id=NOBODY)
    stage.expect(await status(stage, device_id=NOBODY) != "Commissioned", "the new display is not commissioned")


async def _exchanged(stage: Stage) -> None:
    await _new_display(stage, replaceable=True)


async def _not_exchanged(stage: Stage) -> None:
    await _new_display(stage, replaceable=False)


async def _neighbour(stage: Stage) -> None:
    """Let a display in; meanwhile the neighbour's asks, who is on no log here."""
    other = display(stage)
    await announce(stage, "chf", "esme", other)
    await joined(stage, "esme")
    stage.done(await commission(stage, "esme"))
    stage.done(await stage.ask("12.2", announcement(stage, other, DeviceID=NOBODY), role=Role.IS))
    added = stage.done(await let_in(stage, other))
    await strangers_try(stage, NOBODY)
    stage.expect(
        _refusals(stage, await stage.happened("JoinRefused")) == ["not_listed"],
        "the stage's own arranging: the hub keeps the neighbour's display out",
    )
    await _kept_out(stage, added)
    word = ("noPartnerLinkKeyReceived", "noCBKEResponse", "invalidJoinMethodAndRole")
    await joins(stage, "8.7.1", "esme", "", *word, device_id=NOBODY)
    stage.expect(await status(stage, device_id=NOBODY) == "Pending", "the neighbour's display stays Pending")
    await is_called(stage, other, "Whitelisted")


async def _let_out(stage: Stage) -> None:
    other = display(stage)
    stage.done(await let_out(stage, other))
    stage.expect(stage.eui(other) not in on_log(stage), "it is off the hub's log", on_log(stage))
    stage.expect(await status(stage, other) != "Commissioned", "it is no longer commissioned")
    stage.expect(stage.eui() in on_log(stage), "the meter stays", on_log(stage))
    await joins(stage, "8.7.1", "esme", other, "noPartnerLinkKeyReceived", "noCBKEResponse")


async def _let_out_twice(stage: Stage) -> None:
    other = display(stage)
    stage.done(await let_out(stage, other))
    before = on_log(stage)
    for device_id in (stage.eui(other), NOBODY):
        asked = stage.refused(await let_out(stage, other, device_id))
        await _kept_out(stage, asked)
    stage.expect(on_log(stage) == before, "the hub's log is as it was", on_log(stage))


async def _comes_back(stage: Stage) -> None:
    other = display(stage)
    stage.done(await let_out(stage, other))
    await joined(stage, other)
    await joins(stage, "8.7.1", "esme", other)
    await is_called(stage, other, "Commissioned")


async def _hub_joins_nothing(stage: Stage) -> None:
    async with untouched(stage):
        stage.refused(await let_in(stage, "esme", stage.eui("chf")), Why.NOT_APPLICABLE, Why.WRONG_STATUS)
        stage.refused(await let_in(stage, "gsme", stage.eui("gpf")), Why.NOT_APPLICABLE, Why.WRONG_STATUS)
    await is_called(stage, "chf", "Commissioned")


# 8.7 and 8.8


async def _proxy(stage: Stage) -> None:
    await joins(stage, "8.7.1", "gsme", "gpf")
    await joins(stage, "8.7.2", display(stage), "gsme")


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


def _case(name: str, says: str, act: Any, *wanted: Need, clause: str = JOINING, home: Home = NOTHING, **more: Any) -> Case:
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
    _case("8.11/in-its-last-second", "a device joins until its time is over", _last_second),
    _case("8.11/lets-out", "what is removed is off the hub's log and commissioned no more", _let_out, LOG, JOIN, home=Home()),
    _case("8.11/comes-back", "what was removed is let in again, and joined", _comes_back, LOG, JOIN, home=Home()),
    _case("8.11/exchanges-a-display", "another display takes the old one's place", _exchanged, LOG, JOIN, home=Home()),
    _case("8.11/wrong-install-code", "a device with another install code stays out", _wrong_code, *E, negative=True),
    _case("8.11/no-install-code", "what is no install code is refused, and nobody is listed", _no_code, negative=True),
    _case("8.11/too-late", "a device that comes too late stays out (E5 at 8.1.1)", _too_late, *E, negative=True),
    _case("8.11/no-such-time", "a time to join that is none is refused", _no_such_time, negative=True),
    _case("8.11/uncertain", "of a device that does not come nobody says that it joined", _uncertain, negative=True),
    _case(
        "8.11/device-log-full",
        "a hub whose device log is full takes nobody more",
        _log_full,
        clause=f"{DOSSIER} H4",
        negative=True,
    ),
    _case(
        "8.11/display-cannot-be-replaced",
        "a display that the hub keeps out is never called joined or commissioned",
        _not_exchanged,
        LOG,
        JOIN,
        clause=f"{DOSSIER} H7",
        home=Home(),
        negative=True,
    ),
    _case(
        "8.11/neighbours-display",
        "while one display is awaited the neighbour's stays out",
        _neighbour,
        *E,
        JOIN,
        clause=f"{DOSSIER} H9",
        negative=True,
    ),
    _case("8.11/lets-out-once", "who is not on the hub's log is not removed", _let_out_twice, home=Home(), negative=True),
    _case("8.11/hub-joins-nothing", "a hub and its proxy are let in nowhere", _hub_joins_nothing, home=GAS, negative=True),
    _case("8.7.1/gas-and-proxy", "a gas meter joins its proxy, and its display", _proxy, Need("8.7.1", Target.G), home=GAS),
    _nobody("8.7.1", "joins-nobody", Target.E),
    _nobody("8.7.1", "gas-joins-nobody", Target.G, gas=True),
    _nobody("8.7.2", "display-joins-nobody", Target.I),
    _nobody("8.7.2", "gas-joins-nobody", Target.G, gas=True),
    _case("8.7.1/not-there-yet", "a display that is listed and not there is not joined", _unheard, JOIN, LOG, home=Home(), negative=True),
    _parting("8.8.1", Target.E),
    _parting("8.8.2", Target.I),
    _case("8.8.1/parts-nobody", "nobody is parted who is not there", _parts_nobody, Need("8.8.1"), home=Home(), negative=True),
    _case(
        "8.8.1/meters-are-not-parted",
        "two meters, or a meter and its hub, are not parted",
        _meters_are_not_parted,
        Need("8.8.1"),
        home=GAS,
        negative=True,
    ),
    _case("8.9/reads-the-log", "8.9 tells the devices on the hub's log", _reads_log, Need("8.9", Target.H), home=GAS),
    _case("8.9/reads-of-a-gas-meter", "8.9 tells whom a gas meter knows", _reads_gas_log, Need("8.9", Target.G), home=GAS),
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
