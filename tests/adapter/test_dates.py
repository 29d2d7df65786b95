"""Requests with a date: held by the meter or by the adapter, cancelled, dropped, timed out (service requests, 7)."""

from datetime import UTC, datetime

import msgspec
import pytest
import tariff_bodies
from adapter_stages import families, play

from emulator.adapter.dates import AT_METER, holder
from emulator.conformance.case import Home
from emulator.device.instant import HOUR
from emulator.farm import library
from emulator.services.catalogue import SERVICES, find

ONE = "elster-as300p"
LATER, MUCH_LATER, NEVER = "2026-06-03T18:00:00Z", "2026-06-05T18:00:00Z", "3000-12-31T00:00:00Z"


def holding(name, who):
    profile = library.packaged(name)
    return msgspec.structs.replace(profile, services=msgspec.structs.replace(profile.services, holds_dates=who))


def mode(at):
    return {"ExecutionDateTime": at, "Credit": {}}


async def outcome(stage, code, asked):
    alert = await stage.alert(code, "esme", within="12h")
    assert alert is not None, stage.alerts
    assert alert.request_id == asked.request.request_id
    return alert


@pytest.mark.parametrize("name", families(lambda profile: profile.prepayment.offered))
def test_a_meter_that_holds_dates_accepts_at_once_and_an_alert_tells_the_outcome(name):
    async def act(stage):
        began = stage.now
        asked = stage.done(await stage.ask("1.6", mode(LATER)))
        assert asked.reason == "accepted_future"
        assert stage.now - began < HOUR
        assert stage.truth("payment_mode") == "prepayment"
        alert = await outcome(stage, "8F66", asked)
        assert alert.timestamp.isoformat().startswith("2026-06-03T18:00")
        assert stage.truth("payment_mode") == "credit"
        await stage.advance("26h")
        assert [one.request_id for one in stage.alerts].count(asked.request.request_id) == 1

    play(act, holding(name, "device"), Home(payment="prepayment"))


@pytest.mark.parametrize("name", families(lambda profile: profile.prepayment.offered))
def test_an_adapter_that_holds_dates_answers_when_it_was_done(name):
    async def act(stage):
        asked = stage.done(await stage.ask("1.6", mode(LATER), within="12h"))
        assert asked.reason == "ok"
        assert asked.response.timestamp.isoformat().startswith("2026-06-03T18:00")
        assert stage.truth("payment_mode") == "credit"

    play(act, holding(name, "adapter"), Home(payment="prepayment"))


@pytest.mark.parametrize("name", tariff_bodies.FAMILIES)
def test_of_a_dated_tariff_the_meter_s_log_tells_the_outcome_where_no_alert_does(name):
    async def act(stage):
        moment = datetime(2026, 6, 3, 18, tzinfo=UTC)
        prices = tariff_bodies.elec_prices(tou=(20_000,))
        body = tariff_bodies.update(elec=tariff_bodies.elec_tariff(), prices=prices, date=moment)
        asked = stage.done(await stage.ask("1.1.1", body))
        assert asked.reason == "accepted_future"
        await outcome(stage, "8F66", asked)

    play(act, holding(name, "device"))


def test_a_meter_forgets_what_is_cancelled_and_keeps_the_newest_of_a_kind():
    async def act(stage):
        stage.done(await stage.ask("1.6", mode(LATER)))
        newest = stage.done(await stage.ask("1.6", mode(MUCH_LATER)))
        followed = stage.subject._adapter.outcomes.open
        assert [one.request.request_id for one in followed] == [newest.request.request_id]
        cancelled = stage.done(await stage.ask("1.6", mode(NEVER)))
        assert cancelled.reason == "ok"
        assert not stage.subject._adapter.outcomes.open
        await stage.advance("72h")
        assert stage.truth("payment_mode") == "prepayment"
        assert not [one for one in stage.alerts if one.request_id]

    play(act, holding(ONE, "device"), Home(payment="prepayment"))


def test_what_the_adapter_holds_is_cancelled_by_the_same_service_and_both_are_answered():
    async def act(stage):
        held = stage.request("1.6", mode(LATER))
        assert (await stage.submit(held)).accepted
        assert [one.request_id for one in stage.subject._adapter.held.requests] == [held.request_id]
        stage.done(await stage.ask("1.6", mode(NEVER)))
        ended = await stage.outcome(held)
        assert (ended.success, ended.reason) == (False, "cancelled")
        again = await stage.ask("1.6", mode(NEVER))
        assert again.reason == "conflict_state"
        await stage.advance("12h")
        assert stage.truth("payment_mode") == "prepayment"

    play(act, holding(ONE, "adapter"), Home(payment="prepayment"))


def test_a_dated_read_is_held_by_the_adapter_whoever_holds_commands():
    async def act(stage):
        asked = stage.done(await stage.ask("4.1.1", {"ExecutionDateTime": LATER}, within="12h"))
        assert asked.response.timestamp.isoformat().startswith("2026-06-03T18:00")

    play(act, ONE)


def test_a_date_that_is_past_is_now():
    async def act(stage):
        began = stage.now
        stage.done(await stage.ask("4.1.1", {"ExecutionDateTime": "2026-01-01T00:00:00Z"}))
        assert stage.now - began < HOUR

    play(act, ONE)


def test_a_dated_request_that_does_not_come_through_is_e30_and_told():
    async def act(stage):
        request = stage.request("4.1.1", {"ExecutionDateTime": LATER})
        assert (await stage.submit(request)).accepted
        await stage.fault("no_wan_before_migration")
        ended = await stage.outcome(request, "12h")
        assert (ended.response_code, ended.reason) == ("E30", "future_timeout")
        alert = await stage.alert("N13", "esme")
        assert alert.body["CommandFailure"]["CommandRequestID"] == request.request_id

    play(act, ONE)


def test_what_a_losing_supplier_has_waiting_is_dropped_and_answered():
    async def act(stage):
        request = stage.request("4.1.1", {"ExecutionDateTime": LATER})
        assert (await stage.submit(request)).accepted
        assert stage.subject._adapter.drop(request.originator, stage.eui()) == 1
        ended = await stage.outcome(request, "12h")
        assert (ended.response_code, ended.reason) == ("E4", "dropped_at_change_of_supplier")
        assert stage.now < 1_780_500_000_000

    play(act, ONE)


def test_an_outcome_that_nobody_can_learn_is_told_as_not_known_after_a_day():
    async def act(stage):
        asked = stage.done(await stage.ask("1.6", mode(LATER)))
        await stage.fault("no_wan_before_migration")
        alert = await stage.alert("N13", "esme", within="48h")
        assert alert.request_id == asked.request.request_id
        assert not stage.subject._adapter.outcomes.open

    play(act, holding(ONE, "device"), Home(payment="prepayment"))


def test_a_gas_meter_holds_a_date_too_and_its_outcome_is_told():
    async def act(stage):
        asked = stage.done(await stage.ask("1.6", mode(LATER), device="gsme", within="3h"))
        assert asked.reason == "accepted_future"
        alert = await stage.alert("8F66", "gsme", within="24h")
        assert alert.request_id == asked.request.request_id

    play(act, holding(ONE, "device"), Home(payment="prepayment", gas=True))


def test_who_holds_is_the_pattern_of_the_service_and_the_setting_of_the_set():
    meter, adapter = holding(ONE, "device"), holding(ONE, "adapter")
    for service in SERVICES:
        assert holder(adapter, service) == "adapter"
        at_meter = service.variant in AT_METER
        assert (holder(meter, service) == "device") is at_meter
        assert not at_meter or service.held == "device"
    assert holder(msgspec.structs.replace(meter, services=None), find("1.6")) == "adapter"
