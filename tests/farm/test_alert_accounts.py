"""The account of alerts over a farm: homes in memory, homes that only the store has, and homes nobody touched."""

import time

from farm_callers import STANDING, an_estate, run

from emulator import Farm
from emulator.device.hub import wan
from emulator.device.hub.alert_account import AlertAccount, account_in
from emulator.device.hub.alert_queue import AlertArrived
from emulator.device.journal import DeviceName
from emulator.farm.alert_accounts import account
from emulator.farm.store import Delta, Store

CHF = DeviceName.CHF


async def raise_one(farm: Farm, index: int, *codes: int) -> None:
    for code in codes:
        event = AlertArrived("esme", code, "some alert", farm.now(index))
        await farm.act(index, lambda home, event=event: home.note(CHF, event))


def test_homes_in_memory_and_homes_in_the_store_add_up():
    async def scenario():
        async with Farm.start(estate=an_estate(4), clock=STANDING, homes_in_memory=1) as farm:
            assert await farm.push.account() == AlertAccount()
            await raise_one(farm, 0, 1, 2, 2)
            await farm.act(1, lambda home: home.note(CHF, wan.CoverageLost()))
            await raise_one(farm, 1, 1)
            await farm.act(3, lambda home: home.note(CHF, wan.CoverageLost()))
            assert len(farm.awake) < 3
            every = await farm.push.account()
            assert every == AlertAccount(homes=3, raised=4, sent=2, suppressed=1, waiting=1)
            assert every.balanced
            assert await farm.push.account({0, 2}) == AlertAccount(homes=1, raised=3, sent=2, suppressed=1)
            assert (await farm.push.account({2})).homes == 0

    run(scenario())


def test_state_of_a_meter_alone_or_without_alerts_has_none():
    async def scenario():
        async with Farm.start(estate=an_estate(1), clock=STANDING) as farm:
            return farm.home(0).installation

    home = run(scenario())
    assert account_in(home.esme.state()) == AlertAccount(1)
    assert account_in(home.state()) == AlertAccount(1)


def test_ten_thousand_stored_homes_are_counted_quickly(tmp_path):
    async def scenario():
        async with Farm.start(estate=an_estate(1), clock=STANDING) as farm:
            await raise_one(farm, 0, 1, 2)
            state = farm.home(0).installation.state()
        store = Store(tmp_path / "many.db")
        try:
            for index in range(10_000):
                store.append(Delta(index, 0, (), state), lambda _: None)
            store.set_meta("all", "there")
            async with Farm.start(estate=an_estate(10_000), clock=STANDING) as many:
                began = time.perf_counter()
                counted = await account(many, store)
                took = time.perf_counter() - began
            assert counted == AlertAccount(homes=10_000, raised=20_000, sent=20_000)
            assert took < 10  # some 0.3 s on a machine of its own
        finally:
            store.close()

    run(scenario())
