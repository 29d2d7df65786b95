"""What becomes of a command for a gas meter is told, though the hub only holds it (functional reference 3.8)."""

import asyncio

import pytest
from adapter_stages import errand, families, play, through

from emulator.conformance.case import Home
from emulator.device.commands import ArmSupply, DisableSupply, WriteGasConversion
from emulator.device.instant import DAY, HALF_HOUR, MINUTE
from emulator.services.codes import Why

GAS = Home(gas=True)
FAMILIES = families(lambda profile: profile.gas_device is not None)
ONE = "elster-as300p"


@pytest.mark.parametrize("name", FAMILIES)
def test_the_valve_of_every_family_is_shut_at_the_next_wake_and_the_answer_waits_for_it(name):
    async def act(stage):
        before = stage.now
        asked = stage.done(await stage.ask("7.2", device="gsme", within="3h"))
        assert stage.truth("valve", "gsme") in {"closing", "closed"}
        assert MINUTE < stage.now - before < 2 * HALF_HOUR + 5 * MINUTE
        assert asked.response.is_from_gsme

    play(act, name, GAS)


def test_what_the_gas_meter_refuses_at_its_wake_is_a_failure_with_its_reason_and_its_position():
    async def act(stage):
        sends = [DisableSupply(), WriteGasConversion(calorific_value=0), ArmSupply()]
        one, failed = await through(stage, errand(stage, "gsme", lambda one: one.send_all(sends)))
        assert (failed.why, failed.position) == (Why.INVALID_VALUE, 2)
        assert "Gas Conversion" in failed.detail
        assert one.done == [command.title for command in sends]

    play(act, ONE, GAS)


def test_each_of_two_requests_learns_its_own_outcome_and_others_use_the_home_meanwhile():
    async def act(stage):
        good = asyncio.ensure_future(errand(stage, "gsme", lambda one: one.send(DisableSupply())))
        bad = errand(stage, "gsme", lambda one: one.send(WriteGasConversion(calorific_value=0)))
        began = stage.now
        both = through(stage, asyncio.gather(good, bad))
        waiting = asyncio.ensure_future(both)
        await asyncio.sleep(0)
        read = await stage.ask("7.4")
        assert read.ok
        (_, first), (_, second) = await waiting
        assert first is None
        assert second.why is Why.INVALID_VALUE
        assert stage.now - began < 2 * HALF_HOUR  # both at one wake

    play(act, ONE, GAS)


def test_a_gas_meter_that_is_not_heard_for_a_day_is_no_answer_and_the_command_may_be_done_later():
    async def act(stage):
        await stage.fault("gas_meter_lost")
        began = stage.now
        _, failed = await through(stage, errand(stage, "gsme", lambda one: one.send(DisableSupply())))
        assert failed.why is Why.TIMEOUT
        assert "may be done later" in failed.detail
        assert stage.now - began == DAY
        await stage.farm.faults.clear()
        await stage.advance("1h")
        assert stage.truth("valve", "gsme") in {"closing", "closed"}

    play(act, ONE, GAS)


def test_a_full_queue_refuses_what_comes_and_what_was_handed_over_before_is_waited_for():
    async def act(stage):
        most = stage.profile.han.queued_commands
        sends = [DisableSupply()] * (most + 1)
        one, failed = await through(stage, errand(stage, "gsme", lambda one: one.send_all(sends)))
        assert (failed.why, failed.position) == (Why.REFUSED, most + 1)
        assert len(one.done) == most
        assert stage.truth("valve", "gsme") in {"closing", "closed"}

    play(act, ONE, GAS)


def test_a_hub_that_is_away_at_the_wake_is_asked_again_later():
    async def act(stage):
        began = stage.now
        work = asyncio.ensure_future(errand(stage, "gsme", lambda one: one.send(DisableSupply())))
        while stage.subject.next_wait is None:  # the clock stands until it waits for the wake
            await asyncio.sleep(0.01)
        await stage.fault("no_wan_before_migration", "50m")
        _, failed = await through(stage, work)
        assert failed is None
        assert stage.now >= began + 50 * MINUTE
        assert stage.truth("valve", "gsme") in {"closing", "closed"}

    play(act, ONE, GAS)
