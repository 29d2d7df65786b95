"""The supply switch: 7.1 to 7.4 (functional reference 10.7; service requests, section 3)."""

from collections.abc import Awaitable, Callable
from typing import Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.stage import Stage
from emulator.device.commands import RestoreSupply, Sender
from emulator.device.journal import DeviceName
from emulator.services.codes import Why
from emulator.services.row import Role, Target

SWITCH = "functional reference 10.7, 7.1 to 7.4"
ARMED: Final = 0x8F32
Act = Callable[[Stage], Awaitable[None]]
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


async def _twice(stage: Stage) -> None:
    for variant, state in (("7.2", "disabled"), ("7.2", "disabled"), ("7.1", "enabled"), ("7.1", "enabled")):
        stage.done(await stage.ask(variant))
        stage.expect(stage.truth("supply_state") == state, f"the supply is {state}", stage.truth("supply_state"))
    moved = await stage.happened("SupplyChanged", "esme")
    stage.expect(len(moved) == 2, "the switch moves twice", moved)


async def _closed_is_not_armed(stage: Stage) -> None:
    stage.done(await stage.ask("7.3"))
    stage.expect(stage.truth("supply_state") == "enabled", "a closed switch stays closed", stage.truth("supply_state"))
    stage.expect(not await stage.happened("SupplyArmed"), "nothing is told of an arming")


async def _other_causes(stage: Stage) -> None:
    stage.done(await stage.ask("1.5", {"PrepaymentMode": {"ResetMeterBalance": {}}}))
    stage.done(await stage.ask("1.5", {"PrepaymentMode": {"AdjustMeterBalance": -5_000_000}}))
    stage.expect(
        await stage.until("supply_state == disabled", "10d"), "the stage's own arranging: no credit, no supply"
    )
    stage.done(await stage.ask("7.2"))
    stage.refused(await stage.ask("7.3"), Why.CONFLICT_STATE, Why.REFUSED)
    stage.expect(stage.truth("supply_state") == "disabled", "the supply stays off", stage.truth("supply_state"))
    told = stage.done(await stage.ask("7.4")).body.get("SupplyState")
    stage.expect(told == "Disabled", "SupplyState is Disabled", told)


async def _logged(stage: Stage) -> None:
    for variant in ("7.2", "7.3", "7.1"):
        before = len(stage.truth("event_log"))
        stage.done(await stage.ask(variant))
        stage.expect(len(stage.truth("event_log")) > before, f"the event log has {variant}", stage.truth("event_log"))
    armed = [one["code"] for one in stage.truth("event_log") if one["code"] == ARMED]
    stage.expect(armed, "the event log has 8F32", stage.truth("event_log"))


async def _customer_closes(stage: Stage) -> None:
    stage.done(await stage.ask("7.2"))
    stage.done(await stage.ask("7.3"))
    await stage.farm.act(stage.index, lambda home: home.send(DeviceName.ESME, RestoreSupply(), Sender.CONSUMER))
    stage.expect(stage.truth("supply_state") == "enabled", "the customer closes it", stage.truth("supply_state"))
    told = stage.done(await stage.ask("7.4")).body.get("SupplyState")
    stage.expect(told == "Enabled", "SupplyState is Enabled", told)


async def _customer_cannot(stage: Stage) -> None:
    stage.done(await stage.ask("7.2"))
    await stage.farm.act(stage.index, lambda home: home.send(DeviceName.ESME, RestoreSupply(), Sender.CONSUMER))
    stage.expect(stage.truth("supply_state") == "disabled", "the switch stays open", stage.truth("supply_state"))


async def _gas_arms(stage: Stage) -> None:
    stage.done(await stage.ask("7.2", device="gsme"))
    stage.expect(stage.truth("valve", "gsme") != "open", "the valve is shut", stage.truth("valve", "gsme"))
    stage.done(await stage.ask("7.3", device="gsme"))
    state = stage.truth("supply_state", "gsme")
    stage.expect(state == "armed", "the valve waits for the customer", state)
    stage.expect(stage.truth("valve", "gsme") != "open", "no valve is opened from afar", stage.truth("valve", "gsme"))


async def _gas_tells(stage: Stage) -> None:
    read = stage.done(await stage.ask("7.4", device="gsme")).body
    stage.expect(read.get("SupplyState") == "Enabled", "SupplyState is Enabled", read)
    left = read.get("Gas", {}).get("RemainingBatteryCapacity")
    stage.expect(left == stage.truth("battery_days", "gsme"), "RemainingBatteryCapacity is the meter's own", left)


def _more(variant: str, word: str, says: str, act: Act, *needs: str, negative: bool = False, gas: bool = False) -> Case:
    target = Target.G if gas else Target.E
    return Case(
        name=f"{variant}/{word}",
        says=says,
        clause=SWITCH,
        group=Group.HAPPY,
        needs=tuple(Need(one, target) for one in (variant, *needs)),
        act=act,
        home=Home(gas=gas),
        negative=negative,
    )


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
    _more("7.2", "twice", "what is off already is a success, and moves nothing; so is what is on", _twice, "7.1"),
    _more(
        "7.3",
        "closed-is-not-armed",
        "arming a closed switch is a success and moves nothing",
        _closed_is_not_armed,
        negative=True,
    ),
    _more("7.2", "is-logged", "the event log has each of disabling, arming (8F32) and enabling", _logged, "7.1", "7.3"),
    _more(
        "7.3", "customer-closes", "an armed switch is closed at the meter, and told as Enabled", _customer_closes, "7.4"
    ),
    _more(
        "7.2", "customer-cannot-close", "a disabled switch is not closed at the meter", _customer_cannot, negative=True
    ),
    _more("7.3", "arms-the-valve", "arming gas opens no valve: the customer does", _gas_arms, "7.2", gas=True),
    _more("7.4", "gas-tells-its-battery", "a gas meter tells supply and battery", _gas_tells, gas=True),
    Case(
        name="7.3/other-causes",
        says="while credit keeps the supply off, arming is a failure and the supply stays disabled",
        clause=SWITCH,
        group=Group.PREPAYMENT,
        needs=(Need("7.3"), Need("7.2"), Need("7.4"), Need("1.5")),
        act=_other_causes,
        home=Home(payment="prepayment", balance_mp=500_000),
        negative=True,
        only=lambda profile: "an arming goes before credit" if profile.prepayment.arm_overrides_credit else "",
    ),
)
