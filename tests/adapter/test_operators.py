"""Changes of supplier, tenancy and operator, the end of a home and its next life (service requests 8.3, 8.4)."""

from contextlib import asynccontextmanager

import pytest
from adapter_stages import families, play
from installing import adapter, entry, statuses, whole_home

from emulator.adapter import operators
from emulator.adapter.adapter import Adapter
from emulator.adapter.farm_surroundings import FarmSurroundings
from emulator.conformance.case import Home
from emulator.conformance.subject import Reference
from emulator.device.instant import DAY, HOUR, to_datetime
from emulator.farm import library
from emulator.farm.returned import factory_reset
from emulator.services.bodies.device import RestrictAccessForChangeOfTenancy
from emulator.services.catalogue import find
from emulator.services.row import Role
from emulator.services.users import user

AS300P = "elster-as300p"
BOTH = Home(gas=True)
ONE, TWO = user(Role.IS).eui64, user(Role.IS, 2).eui64


def keys(stage):
    home = stage.farm.home(stage.index)
    return home.meter.records.credentials.encryption_key


async def moving(stage, work):
    """Wait for work of the adapter's own, while the clock moves."""
    done = []

    async def kept():
        done.append(await work)

    adapter(stage).beside(kept())
    for _ in range(30):
        await stage.advance("1m")
        if done:
            return done[0]
    raise AssertionError("it did not end")


async def change(stage, to, role=Role.IS, device="esme"):
    return await moving(stage, operators.change_supplier(adapter(stage), stage.eui(device), role, to))


async def move(stage, source, target):
    return await moving(stage, operators.move_home(source, target, stage.eui("chf"), "TEST SMSO"))


@pytest.mark.parametrize("family", families())
def test_a_meter_changes_its_supplier(family):
    async def act(stage):
        before = keys(stage)
        assert await change(stage, ONE) is None
        assert await change(stage, TWO) is None
        told = stage.profile.services.supplier_change
        assert (keys(stage) != before) == (told == "keys")
        stage.done(await stage.ask("4.1.1", which=2))  # with the new keys
        stage.refused(await stage.ask("4.1.1", which=1), "not_the_supplier", code="E4")
        await stage.alert("N27")
        alerts = {(alert.alert_code, alert.business_target_id) for alert in stage.alerts}
        assert {("N26", TWO), ("N27", ONE)} <= alerts
        assert ("N27", TWO) not in alerts

    play(act, family)


def test_gas_and_electricity_change_each_for_itself():
    async def act(stage):
        gas = user(Role.GS, 2).eui64
        assert await change(stage, gas, Role.GS, "gsme") is None
        assert entry(stage, "gsme").holder("GS") == gas
        assert entry(stage, "gpf").holder("GS") == gas
        assert entry(stage, "esme").holder("IS") == ""
        stage.refused(await stage.ask("4.1.1", device="gsme", which=1), "not_the_supplier", code="E4")
        stage.done(await stage.ask("4.1.1", device="esme", which=1))
        with pytest.raises(operators.NotAMeterError):
            await operators.change_supplier(adapter(stage), stage.eui("esme"), Role.GS, gas)

    play(act, AS300P, BOTH)


def dated(stage, ms):
    return find("4.1.1").request(execution_date_time=to_datetime(stage.now + ms))


def test_what_the_outgoing_supplier_has_waiting_is_dropped():
    async def act(stage):
        assert await change(stage, ONE) is None
        waiting = stage.request("4.1.1", dated(stage, HOUR), which=1)
        networks = stage.request("4.1.1", dated(stage, HOUR), role="ED")
        for one in (waiting, networks):
            assert (await stage.submit(one)).response_code == "I99"
        assert await change(stage, TWO) is None
        dropped = await stage.outcome(waiting, "1m")
        assert (dropped.response_code, dropped.reason) == ("E4", "dropped_at_change_of_supplier")
        assert (await stage.outcome(networks, "2h")).ok  # another role stays

    play(act, AS300P)


def test_a_meter_that_cannot_be_reached_is_registered_all_the_same():
    async def act(stage):
        await stage.act("cut_power")
        assert (await change(stage, TWO)).why == "unreachable"
        assert entry(stage, "esme").holder("IS") == TWO
        before = keys(stage)
        await stage.act("restore_power")
        await stage.advance("30m")
        assert await moving(stage, operators.tell_device(adapter(stage), entry(stage, "esme"))) is None
        assert keys(stage) != before

    play(act, AS300P)


def test_a_change_of_tenancy_leaves_the_registration():
    async def act(stage):
        assert await change(stage, ONE) is None
        body = RestrictAccessForChangeOfTenancy(restriction_date_time=to_datetime(stage.now))
        stage.done(await stage.ask("3.2", body))
        assert entry(stage, "esme").holder("IS") == ONE

    play(act, AS300P)


@pytest.mark.parametrize("family", families())
def test_a_home_is_ended_reset_and_put_up_again(family):
    async def act(stage):
        await whole_home(stage)
        first, mine = keys(stage), adapter(stage)
        assert await moving(stage, operators.renew_keys(mine, entry(stage, "esme"))) is None
        operators.decommission_home(mine, stage.eui("chf"))
        await stage.advance("1m")
        assert set(statuses(stage).values()) == {"Decommissioned", "Withdrawn"}
        assert stage.truth("device_log", "chf") == []
        stage.refused(await stage.ask("4.1.1"), "wrong_status", code="E5")
        energy = stage.truth("import_wh")
        await factory_reset(stage.farm, stage.name)
        assert keys(stage) == first
        assert stage.truth("removed_devices", "chf") == []
        assert stage.truth("sim_state", "chf") == "inactive"
        assert stage.truth("push_destination", "chf") == ""
        assert stage.truth("import_wh") == energy  # no reset touches a register
        await whole_home(stage)
        assert set(statuses(stage).values()) == {"Commissioned"}
        stage.done(await stage.ask("4.1.1"))

    play(act, family, Home(commissioned=False, gas=True))


@asynccontextmanager
async def another(stage):
    """Another operator's adapter beside the same farm."""
    async with FarmSurroundings.beside(stage.farm) as around:
        async with Adapter(around, patience_s=1.0) as other:
            yield other, Reference(other, around)


@pytest.mark.parametrize("family", families())
def test_a_home_moves_to_another_operator(family):
    async def act(stage):
        async with another(stage) as (theirs, subject):
            before, mine = keys(stage), adapter(stage)
            waiting = stage.request("4.1.1", dated(stage, DAY))
            await stage.submit(waiting)
            assert await move(stage, mine, theirs) is None
            assert keys(stage) != before
            if stage.profile.push.service != "none":
                assert stage.truth("push_destination", "chf") == theirs.around.listens_at
            assert len(mine.inventory) == 0
            assert {one.s1sp for one in theirs.inventory} == {"TEST SMSO"}
            assert (await stage.outcome(waiting, "1m")).reason == "dropped_at_change_of_supplier"
            stage.refused(await stage.ask("4.1.1"), "unknown_device", code="E19")
            stage.subject = subject
            stage.given.clear()
            stage.done(await stage.ask("4.1.1"))
            # and back
            stage.subject = Reference(mine, mine.around)
            assert await move(stage, theirs, mine) is None
            assert len(theirs.inventory) == 0

    play(act, family, BOTH)


def test_a_home_that_cannot_be_reached_does_not_move():
    async def act(stage):
        async with another(stage) as (theirs, _):
            await stage.act("cut_power")
            assert (await move(stage, adapter(stage), theirs)).why == "unreachable"
            assert len(theirs.inventory) == 0
            assert entry(stage, "esme") is not None
            with pytest.raises(KeyError):
                await operators.move_home(adapter(stage), theirs, "nobody", "TEST SMSO")
            with pytest.raises(KeyError):
                operators.decommission_home(adapter(stage), "nobody")

    play(act, AS300P)


def test_a_meter_of_texts_is_told_by_a_text():
    texting = [name for name in library.names() if library.packaged(name).protocol == "sms"]

    async def act(stage):
        assert stage.profile.services.supplier_change == "account"
        assert await change(stage, TWO) is None
        assert await stage.happened("AccountChanged")

    for family in texting:
        play(act, family)
    assert texting
