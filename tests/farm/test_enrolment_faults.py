"""Dormant and excluded sets on the wire (device dossier 4.6, E1 and E3): callers are turned away, and then not."""

from farm_callers import AARQ, calling, is_served, run, wrapped
from farm_homes import a_farm

from emulator.device.configuration import AuthenticationRejected
from emulator.device.instant import MINUTE
from emulator.device.journal import DeviceName


async def turned_away(farm):
    async with calling(farm.addresses.of(0)) as caller:
        caller.send(wrapped(AARQ))
        assert await caller.ended() == b""


def test_a_dormant_set_takes_no_call_until_it_is_served_again():
    async def scenario():
        async with a_farm(None) as farm:
            await is_served(farm, 0)
            await farm.faults.put_in("E1", "home-1", {"cause": "contract_ended"})
            await turned_away(farm)
            assert farm.links.refused["dormant"] == 1
            await is_served(farm, 1)
            await farm.faults.clear("home-1")
            await is_served(farm, 0)

    run(scenario())


def test_an_excluded_set_takes_no_call_until_the_attempts_are_forgotten():
    async def scenario():
        async with a_farm(None) as farm:
            await farm.faults.put_in("E3", "home-1", {"attempts": 2})
            for _ in range(2):
                await is_served(farm, 0)
                farm.home(0).installation.note(DeviceName.ESME, AuthenticationRejected(1, "test"))
            await farm.advance(MINUTE)
            await turned_away(farm)
            assert farm.links.refused["excluded"] == 1
            await farm.faults.clear("home-1")
            await is_served(farm, 0)

    run(scenario())
