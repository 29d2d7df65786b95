"""Steps of the supply: 7.1 to 7.4 (functional reference 10.7)."""

from collections.abc import Mapping
from typing import Final

from emulator.adapter.errand import Errand, Step
from emulator.device.commands import ArmSupply, Command, DisableSupply, EnableSupply
from emulator.services.bodies.device import Battery, ReadSupplyStatusRsp
from emulator.services.body import Body, Done
from emulator.services.codes import Why


def _sends(command: Command) -> Step:
    async def send(errand: Errand) -> Body:
        await errand.send(command)
        return Done()

    return send


async def arm(errand: Errand) -> Body:
    """Arm the supply; if other causes keep it off, it stays so and that is a failure (10.7, 7.3: our setting)."""
    await errand.send(ArmSupply())
    state = (await errand.read("supply_state"))["supply_state"]
    if not errand.gas and state == "disabled":
        raise errand.refuse(Why.CONFLICT_STATE, "the supply stays disabled: another cause stands")
    return Done()


async def status(errand: Errand) -> Body:
    """Read the supply state; gas tells its battery too."""
    items = ("supply_state", "battery_days") if errand.gas else ("supply_state",)
    read = await errand.read(*items)
    battery = Battery(remaining_battery_capacity=read["battery_days"]) if errand.gas else None
    return ReadSupplyStatusRsp(supply_state=read["supply_state"].capitalize(), gas=battery)


STEPS: Final[Mapping[str, Step]] = {
    "7.1": _sends(EnableSupply()),
    "7.2": _sends(DisableSupply()),
    "7.3": arm,
    "7.4": status,
}
