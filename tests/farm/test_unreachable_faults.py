"""Faults of the hub on the wire (device dossier 4.1, 4.2): a caller is turned away, and served again after."""

import pytest
from farm_callers import AARQ, calling, is_served, run, wrapped
from farm_homes import a_farm

from emulator.device.instant import MINUTE

ROWS = {
    "W1": "asleep",
    "W4": "attaching",
    "W5": "sim_barred",
    "W6": "no_coverage",
    "W7": "no_power",
    "F1": "no_power",
    "F2": "no_power",
}


@pytest.mark.parametrize("row", ROWS)
def test_a_home_out_of_reach_takes_no_call_until_the_fault_is_cleared(row):
    async def scenario():
        async with a_farm(None) as farm:
            await is_served(farm, 0)
            await farm.faults.put_in(row, "home-1")
            await farm.advance(10 * MINUTE if row == "W1" else MINUTE)
            async with calling(farm.addresses.of(0)) as caller:
                caller.send(wrapped(AARQ))
                assert await caller.ended() == b""
            assert farm.links.refused[ROWS[row]] == 1
            await is_served(farm, 1)
            await farm.faults.clear("home-1")
            await farm.advance(10 * MINUTE)
            await is_served(farm, 0)

    run(scenario())


PREPAID, CREDIT = "prepayment = 1\ngas = 1", "prepayment = 0\ngas = 1\nihd = 1"


@pytest.mark.parametrize(
    ("row", "cohort"), [("F5", CREDIT), ("W9", CREDIT), ("H3", CREDIT), ("H10", PREPAID), ("H12", PREPAID)]
)
def test_what_befalls_gas_or_displays_leaves_the_wire_alone(row, cohort):
    async def scenario():
        async with a_farm(None, cohort=cohort) as farm:
            await farm.faults.put_in(row, "home-1")
            await farm.advance(10 * MINUTE)
            await is_served(farm, 0)

    run(scenario())
