"""Reach: hubs without power, network or SIM, hubs that sleep, and gas meters that wake when they like.

What cannot be reached is refused with E20 and nothing is done later; what may have been done is E21; nothing is told
wrongly, and nothing is done twice (functional reference 3.8; service requests, 8.1 and 9).
"""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.stage import Asked, Stage
from emulator.conformance.untouched import untouched
from emulator.device.profile import Profile
from emulator.services.codes import Why
from emulator.services.document import Request, Response
from emulator.services.row import Role, Target

WAY: Final = "service requests, 8.1 and 9: E20, E21"
SMS: Final = "device dossier 4.1, W1 and W2; service requests, 8.1: E20"
SLEEPY: Final = "functional reference 3.8; service requests, 8.1: a sleeping gas meter is a slow answer, then E21"
ON_THE_WAY: Final = frozenset({"E20", "E21"})
PREPAID: Final = Home(payment="prepayment")
PREPAID_GAS: Final = Home(payment="prepayment", gas=True)
GAS: Final = Home(gas=True)
TEN_POUNDS_MP: Final = 1_000_000
AWAY: Final = {
    "mains": ("power_cut", "its mains are off"),
    "wan": ("no_wan_before_migration", "no cell reaches it"),
    "sim": ("sim_operator_outage", "its operator serves no SIM"),
    "service": ("dormant", "its installation is dormant"),
}
"""How a hub is out of reach: the fault, and what it is in words."""


def answers(stage: Stage, request: Request) -> list[Response]:
    """Give the responses to a request so far."""
    held = [one.document for one in stage.given if isinstance(one.document, Response)]
    return [one for one in held if one.request_id == request.request_id]


def on_the_way(stage: Stage, asked: Asked) -> None:
    """Hold that a request that was not done failed on the way, and says so."""
    stage.expect(asked.response is not None, "it is answered", f"{asked.code} and nothing followed")
    stage.expect(asked.code in ON_THE_WAY, "what is not answered by the device is E20 or E21", asked.code)
    stage.expect(asked.reason, "and a reason is told", asked.reason)


async def _back(stage: Stage, wait: str = "3h") -> None:
    """Put an end to what is wrong, and wait until all is on its feet again."""
    await stage.farm.faults.clear()
    await stage.advance(wait)


def _reads(fault: str) -> Any:
    async def act(stage: Stage) -> None:
        await stage.fault(fault)
        asked = await stage.ask("7.4", within="6h")
        stage.refused(asked, Why.UNREACHABLE, code="E20")
        stage.expect(not asked.body, "a refusal tells no value", asked.body)
        await _back(stage)
        stage.expect(len(answers(stage, asked.request)) == 1, "it is answered once", answers(stage, asked.request))
        told = stage.done(await stage.ask("7.4")).body.get("SupplyState")
        stage.expect(told == "Enabled", "in reach again it tells the state", told)

    return act


def _commands(fault: str) -> Any:
    async def act(stage: Stage) -> None:
        await stage.fault(fault)
        asked = stage.refused(await stage.ask("7.2", within="6h"), Why.UNREACHABLE, code="E20")
        await _back(stage, "1d")
        state = stage.truth("supply_state")
        stage.expect(state == "enabled", "what was refused is not done later", state)
        stage.expect(len(answers(stage, asked.request)) == 1, "it is answered once", answers(stage, asked.request))

    return act


async def _gas_command(stage: Stage) -> None:
    await stage.fault("no_wan_before_migration")
    stage.refused(await stage.ask("7.2", device="gsme", within="30h"), Why.UNREACHABLE, code="E20")
    await _back(stage, "1d")
    state = stage.truth("supply_state", "gsme")
    stage.expect(state == "enabled", "what never reached the hub is not done later", state)


async def _undelivered_code(stage: Stage) -> None:
    code = stage.vend(TEN_POUNDS_MP)
    await stage.fault("no_wan_before_migration")
    asked = stage.refused(await stage.ask("2.2", {"UTRN": code}, within="6h"), Why.UNREACHABLE, code="E20")
    alert = await stage.alert("N55", within="1h")
    told = None if alert is None else (alert.utrn, alert.request_id)
    stage.expect_strictly(told == (code, asked.request.request_id), "N55 with the digits, to be keyed in", told)
    await _back(stage)
    stage.expect(not await stage.happened("CreditAdded"), "nothing is credited later")
    await stage.farm.homes  # placeholder


CASES: tuple[Case, ...] = ()
