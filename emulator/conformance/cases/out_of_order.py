"""Commissioning out of order, and what stands in its way: refused, and nothing changes (service requests, 8.4)."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from emulator.conformance.case import Case, Home, Need
from emulator.conformance.cases.commissioning import LOG, NOTHING_GAS, OF_DISPLAY, E, G, clock_off, journey, of
from emulator.conformance.installing import (
    METERS,
    announce,
    commission,
    devices,
    display,
    is_called,
    joined,
    joins,
    let_in,
    on_log,
    outcome_of,
    status,
)
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.services.codes import Why

STATUS: Final = "service requests, sections 8.4 and 9: E5"


async def _not_announced(stage: Stage) -> None:
    async with untouched(stage):
        stage.refused(await let_in(stage, "esme"), Why.UNKNOWN_DEVICE, code="E19")  # not even the hub is
        await announce(stage, "chf")
        asked = stage.refused(await let_in(stage, "esme"), Why.UNKNOWN_DEVICE, code="E19")
        stage.expect(not on_log(stage), "the hub's log stays empty", on_log(stage))
    await is_called(stage, "esme", "")
    stage.expect(await outcome_of(stage, asked) != "N24", "no alert says that the log was updated")


async def _commissioned_unknown(stage: Stage) -> None:
    async with untouched(stage):
        for device in devices(stage):
            if device in METERS:
                stage.refused(await commission(stage, device), Why.UNKNOWN_DEVICE, code="E19")


async def _commissioned_too_soon(stage: Stage, device: str) -> None:
    await announce(stage, "chf", device)
    async with untouched(stage):
        stage.refused(await commission(stage, device, HOUR), Why.WRONG_STATUS, code="E5")  # on no log
    await is_called(stage, device, "Pending")
    stage.done(await let_in(stage, device))
    async with untouched(stage):
        stage.refused(await commission(stage, device, HOUR), Why.WRONG_STATUS, code="E5")  # it has not joined
    await is_called(stage, device, "Whitelisted")


async def _joined_too_soon(stage: Stage) -> None:
    other = display(stage)
    await announce(stage, "chf", "esme", other)
    async with untouched(stage):
        for device, body in (("esme", other), (other, "esme")):
            variant = "8.7.1" if device == "esme" else "8.7.2"
            asked = await stage.ask(variant, {"OtherDeviceID": stage.eui(body)}, device=device)
            stage.refused(asked, Why.WRONG_STATUS, code="E5")
    await joined(stage, "esme")
    stage.done(await commission(stage, "esme"))
    stage.done(await let_in(stage, other))
    async with untouched(stage):  # it is listed, and has not joined
        await joins(stage, "8.7.1", "esme", other, "noPartnerLinkKeyReceived", "noCBKEResponse")
    await is_called(stage, other, "Whitelisted")


async def _listed_again(stage: Stage) -> None:
    before = on_log(stage)
    async with untouched(stage):
        stage.refused(await let_in(stage, "esme"), Why.WRONG_STATUS, code="E5")
    stage.expect(on_log(stage) == before, "the hub's log is as it was", on_log(stage))
    await is_called(stage, "esme", "Commissioned")


# What stands in the way


async def _not_listed(stage: Stage, moved: Callable[[Stage, str], Awaitable[Any]] | None) -> None:
    await announce(stage, "chf", "esme")
    if moved is not None:
        await moved(stage, "esme")
    before = on_log(stage)
    await stage.fault("combination_not_listed")
    async with untouched(stage):
        asked = await (let_in(stage, "esme") if moved is None else commission(stage, "esme", HOUR))
    stage.refused(asked, Why.NOT_ELIGIBLE)
    stage.expect(on_log(stage) == before, "the hub's log is as it was", on_log(stage))
    stage.expect(await status(stage, "esme") != "Commissioned", "the meter is not commissioned")
    await stage.farm.faults.clear(stage.name)
    if moved is None:
        await joined(stage, "esme")
    stage.done(await commission(stage, "esme"))


async def _clock_far_off(stage: Stage, device: str) -> None:
    await announce(stage, "chf", device)
    await joined(stage, device)
    for off_ms, tolerance_s in ((HOUR, 60), (-HOUR, 60), (DAY + HOUR, 86_400)):
        asked = await commission(stage, device, off_ms, tolerance_s)
        stage.refused(asked, Why.INVALID_VALUE, Why.REFUSED)
        off = clock_off(stage, device)
        stage.expect(abs(off) <= MINUTE, "the clock is as it was", f"{off} ms off")
        stage.expect(await status(stage, device) != "Commissioned", "it is not commissioned")
    stage.done(await commission(stage, device))
    await is_called(stage, device, "Commissioned")


async def _no_power(stage: Stage) -> None:
    await announce(stage, "chf", "esme")
    await joined(stage, "esme")
    await stage.act("cut_power")
    asked = await commission(stage, "esme")
    stage.refused(asked)
    stage.expect(asked.code in {"E20", "E21"}, "nobody could be reached", asked.code)
    stage.expect(await status(stage, "esme") != "Commissioned", "it is not commissioned")
    await stage.act("restore_power")
    await stage.advance("30m")
    stage.done(await commission(stage, "esme"))
    await is_called(stage, "esme", "Commissioned")


async def _list_ineligible(stage: Stage) -> None:
    await _not_listed(stage, None)


async def _commission_ineligible(stage: Stage) -> None:
    await _not_listed(stage, joined)


CASES: tuple[Case, ...] = (
    journey("8.11/not-announced", "nobody unknown is let in (E19)", _not_announced, LOG, negative=True),
    journey(
        "8.1.1/not-announced",
        "nobody unknown is commissioned (E19)",
        _commissioned_unknown,
        *E,
        *G,
        home=NOTHING_GAS,
        negative=True,
    ),
    *(
        of(
            one,
            "before-it-joined",
            "a meter that is not listed, or has not joined, is not commissioned (E5), and its clock stays",
            _commissioned_too_soon,
            clause=STATUS,
            negative=True,
        )
        for one in METERS
    ),
    journey(
        "8.7.1/before-it-joined",
        "no display is joined that is not listed (E5) or not there",
        _joined_too_soon,
        *E,
        Need("8.7.1"),
        OF_DISPLAY,
        negative=True,
    ),
    journey(
        "8.11/listed-already",
        "a commissioned meter is not let in again (E5)",
        _listed_again,
        LOG,
        clause=STATUS,
        home=Home(),
        negative=True,
    ),
    journey(
        "8.11/combination-not-listed",
        "a home whose combination is on no list is not let in",
        _list_ineligible,
        *E,
        clause="device dossier 4.6 E4",
        negative=True,
    ),
    journey(
        "8.1.1/combination-not-listed",
        "a home whose combination is on no list is not commissioned",
        _commission_ineligible,
        *E,
        clause="device dossier 4.6 E4",
        negative=True,
    ),
    *(
        of(
            one,
            "clock-far-off",
            "beyond the tolerance a meter is not commissioned, and its clock stays",
            _clock_far_off,
            clause="service requests, section 4 (8.1.1); functional reference 10.7, 6.11",
            negative=True,
        )
        for one in METERS
    ),
    journey("8.1.1/no-power", "a meter that cannot be reached is not commissioned", _no_power, *E, negative=True),
)
