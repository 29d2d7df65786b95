"""Nothing is done twice, what is safe is tried again, sleeping hubs are woken (service requests, 8.1)."""

import msgspec
import pytest
from adapter_stages import errand, families, play, through

from emulator.adapter.trying import AGAIN_AFTER_MS, MORE_AFTER_SILENCE
from emulator.conformance.case import Home
from emulator.device.commands import AddCredit, ArmSupply, DisableSupply
from emulator.device.instant import MINUTE, SECOND
from emulator.farm import library
from emulator.services.codes import Why

ONE = "elster-as300p"
SLEEPERS = families(lambda profile: profile.wan.mode == "wake_on_sms")


def asleep(**wan):
    profile = library.packaged(ONE)
    changed = msgspec.structs.replace(profile.wan, mode="wake_on_sms", **wan)
    return msgspec.structs.replace(profile, wan=changed)


async def handed_in(stage):
    return await stage.happened("SmsHandedIn")


@pytest.mark.parametrize("profile", [*SLEEPERS, asleep(), asleep(wake_spread_s=0)])
def test_a_hub_that_sleeps_is_woken_by_one_sms_and_answers_some_minutes_later(profile):
    async def act(stage):
        await stage.advance("1h")
        began = stage.now
        stage.done(await stage.ask("7.4"))
        assert len(await handed_in(stage)) == 1
        assert 10 * SECOND <= stage.now - began < 10 * MINUTE

    play(act, profile)


def test_a_hub_that_was_just_woken_is_not_woken_again():
    async def act(stage):
        await stage.advance("1h")
        for _ in range(3):
            stage.done(await stage.ask("7.4"))
        assert len(await handed_in(stage)) == 1

    play(act, asleep())


def test_an_sms_that_the_quota_refuses_is_unreachable_and_says_so():
    async def act(stage):
        await stage.advance("1h")
        stage.done(await stage.ask("7.4"))
        await stage.advance("1h")
        asked = await stage.ask("7.4")
        assert (asked.code, asked.reason) == ("E20", "unreachable")

    play(act, asleep(sms_quota_a_day=1, sms_over_quota="drop"))


def test_a_hub_that_needs_two_sms_gets_two():
    async def act(stage):
        await stage.fault("sms_wake_up_needed", sms_needed=2)
        await stage.advance("1h")
        stage.done(await stage.ask("7.4"))
        assert len(await handed_in(stage)) == 2

    play(act, asleep())


def test_a_hub_that_is_back_within_the_tries_answers_and_one_that_is_not_is_unreachable():
    async def act(stage):
        await stage.fault("no_wan_before_migration", "20s")
        stage.done(await stage.ask("7.4"))
        await stage.fault("no_wan_before_migration")
        began = stage.now
        asked = await stage.ask("7.4")
        assert (asked.code, asked.reason, asked.response.success) == ("E20", "unreachable", False)
        assert MINUTE <= stage.now - began < 15 * MINUTE

    play(act, ONE)


def test_a_read_without_an_answer_is_asked_again_and_a_command_is_not():
    async def act(stage):
        async def reads(one):
            await one.read("supply_state")
            await stage.fault("link_half_open")
            await one.read("supply_state")

        began = stage.now
        _, failed = await through(stage, errand(stage, "esme", reads))
        assert (failed.why, failed.position) == (Why.TIMEOUT, 2)
        assert stage.now - began == AGAIN_AFTER_MS * MORE_AFTER_SILENCE
        await stage.farm.faults.clear()

        async def sends(one):
            await one.send(ArmSupply())
            await stage.fault("link_half_open")
            await one.send(DisableSupply())

        began = stage.now
        _, failed = await through(stage, errand(stage, "esme", sends))
        assert (failed.why, failed.position) == (Why.TIMEOUT, 2)
        assert "may have been done" in failed.detail
        assert stage.now == began

    play(act, ONE)


def test_an_answer_that_is_lost_after_a_top_up_is_no_second_top_up():
    async def act(stage):
        balance = stage.truth("meter_balance_mp")
        code = stage.vend(3_000_000)

        async def sends(one):
            await one.send(ArmSupply())
            await stage.fault("link_loss", way="out", per_mille=1_000)
            await one.send(AddCredit(code))

        _, failed = await through(stage, errand(stage, "esme", sends))
        assert failed.why is Why.TIMEOUT
        assert stage.truth("meter_balance_mp") == balance + 3_000_000

    play(act, ONE, Home(payment="prepayment"))


@pytest.mark.parametrize("name", families(lambda profile: profile.pace.busy != "never"))
def test_a_make_that_is_busy_after_a_write_is_not_asked_meanwhile(name):
    async def act(stage):
        began = stage.now
        sends = [DisableSupply(), ArmSupply(), DisableSupply()]
        _, failed = await through(stage, errand(stage, "esme", lambda one: one.send_all(sends)))
        assert failed is None, failed.detail
        assert stage.now - began >= 2 * stage.profile.pace.busy_after_write_ms
        stage.done(await stage.ask("7.4"))

    play(act, name)
