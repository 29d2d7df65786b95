"""The supply switch: 7.1 to 7.4 (functional reference 10.7; service requests, section 3)."""

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.stage import Stage
from emulator.services.codes import Why
from emulator.services.row import Role, Target

SWITCH = "functional reference 10.7, 7.1 to 7.4"
DEVICES = "service requests, section 3: device types"


async def _opens_and_closes(stage: Stage) -> None:
    stage.done(await stage.ask("7.2"))
    stage.expect(stage.truth("supply_state") == "disabled", "the switch is open", stage.truth("supply_state"))
    stage.done(await stage.ask("7.1"))
    stage.expect(stage.truth("supply_state") == "enabled", "the switch is closed", stage.truth("supply_state"))


async def _disables(stage: Stage) -> None:
    stage.done(await stage.ask("7.2"))
    stage.expect(stage.truth("supply_state") == "disabled", "the switch is open", stage.truth("supply_state"))


async def _arms(stage: Stage) -> None:
    stage.done(await stage.ask("7.2"))
    stage.done(await stage.ask("7.3"))
    stage.expect(
        stage.truth("supply_state") == "armed", "the switch waits for the customer", stage.truth("supply_state")
    )


async def _tells_each_state(stage: Stage) -> None:
    for variant, word in ((None, "Enabled"), ("7.2", "Disabled"), ("7.3", "Armed")):
        if variant is not None:
            stage.done(await stage.ask(variant))
        told = stage.done(await stage.ask("7.4")).body.get("SupplyState")
        stage.expect(told == word, f"SupplyState is {word}", told)


async def _shuts_the_valve(stage: Stage) -> None:
    stage.done(await stage.ask("7.2", device="gsme"))
    await stage.advance("1h")  # a gas meter sleeps, and fetches what waits for it at the hub
    state = stage.truth("supply_state", "gsme")
    stage.expect(state == "disabled", "the valve is shut", state)


async def _no_valve_is_opened(stage: Stage) -> None:
    stage.refused(await stage.ask("7.1", device="gsme", role=Role.IS), Why.NOT_APPLICABLE, code="E11")


CASES = (
    Case(
        name="7.1/closes-the-switch",
        says="after Disable Supply, Enable Supply closes the switch",
        clause=SWITCH,
        group=Group.HAPPY,
        needs=(Need("7.1"), Need("7.2")),
        act=_opens_and_closes,
    ),
    Case(
        name="7.2/opens-the-switch",
        says="Disable Supply opens the switch",
        clause=SWITCH,
        group=Group.HAPPY,
        needs=(Need("7.2"),),
        act=_disables,
    ),
    Case(
        name="7.3/waits-for-the-customer",
        says="Arm Supply lets the customer close the switch, and does not close it",
        clause=SWITCH,
        group=Group.HAPPY,
        needs=(Need("7.3"), Need("7.2")),
        act=_arms,
    ),
    Case(
        name="7.4/tells-each-state",
        says="Read Supply Status tells Enabled, Disabled and Armed",
        clause=SWITCH,
        group=Group.HAPPY,
        needs=(Need("7.4"), Need("7.2"), Need("7.3")),
        act=_tells_each_state,
    ),
    Case(
        name="7.2/shuts-the-valve",
        says="Disable Supply shuts a gas meter's valve",
        clause=SWITCH,
        group=Group.HAPPY,
        needs=(Need("7.2", Target.G),),
        act=_shuts_the_valve,
        home=Home(gas=True),
    ),
    Case(
        name="7.1/no-valve-is-opened",
        says="no service opens a gas valve from afar: 7.1 is for electricity only",
        clause=DEVICES,
        group=Group.WRONG_TARGET,
        needs=(Need("7.2", Target.G),),
        act=_no_valve_is_opened,
        home=Home(gas=True),
        negative=True,
    ),
)
