"""Who is let into a home, and who is not: 8.11 and joining (functional reference 8.2)."""

from typing import Any, Final

from emulator.conformance.altered import NOBODY
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.installing import (
    JOIN_S,
    announce,
    announcement,
    commission,
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
from emulator.services.codes import Why
from emulator.services.row import Role, Target

JOINING: Final = "functional reference 8.2; service requests 8.4"
DOSSIER: Final = "device dossier 4.3"
NOTHING: Final = Home(commissioned=False)
GAS: Final = Home(gas=True)
LOG: Final = Need("8.11", Target.H)
E: Final = (Need("8.1.1"), LOG)
DONE: Final = "N24"


def _refusals(happened: list[Any]) -> list[str]:
    return [one.reason for one in happened]


async def _not_in(stage: Stage, device: str, *reasons: str) -> None:
    """Hold that the hub kept a device out, for a reason."""
    told = _refusals(await stage.happened("JoinRefused"))
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
    told = _refusals(await stage.happened("JoinRefused"))
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
        _refusals(await stage.happened("JoinRefused")) == ["not_listed"],
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


JOIN: Final = Need("8.7.1")
CASES: tuple[Case, ...] = (
    _case("8.11/in-its-last-second", "a device joins until its time is over", _last_second),
    _case(
        "8.11/lets-out",
        "what is removed is off the hub's log and commissioned no more",
        _let_out,
        LOG,
        JOIN,
        home=Home(),
    ),
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
    _case(
        "8.11/lets-out-once", "who is not on the hub's log is not removed", _let_out_twice, home=Home(), negative=True
    ),
    _case(
        "8.11/hub-joins-nothing", "a hub and its proxy are let in nowhere", _hub_joins_nothing, home=GAS, negative=True
    ),
)
