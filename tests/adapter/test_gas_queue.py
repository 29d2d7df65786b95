"""What becomes of a command for a gas meter is told, though the hub only holds it (functional reference 3.8)."""

import pytest

from emulator.adapter.errand import Errand, StepError
from emulator.conformance.case import Home
from emulator.conformance.stage import Stage
from emulator.conformance.staging import staged
from emulator.device.commands import ArmSupply, DisableSupply, WriteGasConversion
from emulator.device.instant import DAY, HALF_HOUR, MINUTE
from emulator.farm import library
from emulator.services.codes import Why

GAS = Home(gas=True)
FAMILIES = [
    name
    for name in library.names()
    if (one := library.packaged(name)).protocol == "dlms" and one.gas_device is not None
]


async def queued(stage: Stage, *commands, device="gsme"):
    """Carry commands out at a gas meter as one errand; give the position it came to, and the failure."""
    adapter = stage.subject._adapter
    entry = adapter.inventory.get(stage.eui(device))
    request = stage.request("7.4", device="gsme")
    async with Errand(adapter, request, None, None, entry) as errand:
        try:
            await errand.send_all(commands)
        except StepError as failed:
            return errand, failed
    return errand, None


@pytest.mark.parametrize("name", FAMILIES)
async def test_the_valve_of_every_family_is_shut_at_the_next_wake_and_the_answer_waits_for_it(name):
    async with staged(name, GAS) as stage:
        before = stage.now
        asked = stage.done(await stage.ask("7.2", device="gsme", within="3h"))
        assert stage.truth("valve_position", "gsme") == "closed"
        assert MINUTE < stage.now - before < 2 * HALF_HOUR + 5 * MINUTE
        assert asked.response.is_from_gsme
