"""What a stage can arrange beside services: another supplier, an image, a home from nothing (service requests, 8)."""

import asyncio

import pytest

from emulator.conformance import installing
from emulator.conformance.case import Home, NotHere
from emulator.conformance.stage import Stage
from emulator.conformance.staging import staged
from emulator.services.row import Role
from emulator.services.users import user

AS300P = "elster-as300p"
ENROLLED = Home()


def play(act, home=ENROLLED):
    async def played():
        async with staged(AS300P, home) as stage:
            await asyncio.wait_for(act(stage), 20)

    asyncio.run(played())


class Elsewhere:
    """An adapter that is told elsewhere who is registered."""

    next_wait = at_rest = None


def test_a_supplier_is_changed_at_the_reference_adapter():
    async def act(stage):
        await stage.change_supplier(2)
        stage.done(await stage.ask("7.4", which=2))
        stage.refused(await stage.ask("7.4", which=1), code="E4")
        told = {alert.business_target_id for alert in stage.alerts if "ChangeOfSupplier" in alert.body}
        assert told <= {user(Role.IS, 2).eui64}

    play(act)


def test_a_supplier_cannot_be_changed_at_somebody_elses_adapter():
    async def act(stage):
        other = Stage(stage.farm, stage.profile, Elsewhere(), stage.seed)
        with pytest.raises(NotHere, match="told elsewhere"):
            await other.change_supplier(2)

    play(act)


def test_an_image_waits_until_it_is_to_run():
    async def act(stage):
        before = stage.truth("firmware")
        await stage.image("TEST 2", runs=False)
        await stage.advance("1h")
        assert stage.truth("firmware") == before
        await stage.image("TEST 2")
        await stage.advance("2m")
        assert stage.truth("firmware") == "TEST 2"

    play(act)


def test_a_home_is_put_up_from_nothing():
    async def act(stage):
        assert installing.on_log(stage) == set()
        await installing.whole_home(stage)
        assert installing.on_log(stage, joined_only=True) == {stage.eui(one) for one in installing.devices(stage)}
        assert await installing.status(stage, "chf") == "Commissioned"
        assert await installing.status(stage, device_id="00-00-00-00-00-00-00-01") == ""

    play(act, Home(commissioned=False, gas=True))


def test_a_strangers_display_has_a_code_of_its_own():
    async def act(stage):
        stranger = "90-B3-D5-1F-30-FF-FF-FF"
        assert await installing.strangers_code(stage, stranger) != installing.install_code(stage, "ihd")
        await installing.strangers_try(stage, stranger)
        assert [one.reason for one in await stage.happened("JoinRefused")] == ["not_listed"]

    play(act)
