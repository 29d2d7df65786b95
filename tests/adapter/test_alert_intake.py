"""Alerts come in as their family tells them, and leave as documents, once each (service requests, 10 and 11)."""

import pytest
from adapter_stages import families, play

from emulator.adapter import alert_codes
from emulator.adapter.storms import PASS, WINDOW_MS, Storms
from emulator.adapter.surroundings import Pushed
from emulator.conformance.case import Home
from emulator.device.alerts import MANDATED
from emulator.device.hub.alert_queue import AlertArrived
from emulator.device.journal import DeviceName
from emulator.farm import library

ONE = "elster-as300p"


async def raised(stage, code, times=1, name="some alert"):
    """Have a hub tell alerts of its meter."""
    at = stage.now
    for number in range(times):
        event = AlertArrived("esme", code, name, at + number)
        await stage.farm.act(stage.index, lambda home, event=event: home.note(DeviceName.CHF, event))


@pytest.mark.parametrize("name", families())
def test_a_tamper_is_told_once_with_its_device_and_a_code_of_gbcs_whether_it_is_pushed_or_polled(name):
    async def act(stage):
        await stage.act("open_terminal_cover")
        alert = await stage.alert("8F76", "esme")
        assert alert is not None, stage.alerts
        assert alert.description
        await stage.advance("3h")
        assert await stage.alert("N999", within="10m") is None  # let what else came be seen
        assert [one.alert_code for one in stage.alerts].count("8F76") == 1

    play(act, name)


def test_what_a_hub_tells_twice_is_given_out_once_and_the_same_at_another_instant_is_another():
    async def act(stage):
        adapter = stage.subject._adapter
        one = Pushed(stage.eui(), stage.eui("chf"), 7, 0x8002, "", stage.now)
        for pushed in (one, one, one._replace(number=None), one._replace(number=8, raised_at=stage.now + 1)):
            adapter.alerts.take(pushed)
        assert len(adapter.outbox.after(0)) == 2

    play(act, ONE)


def test_of_a_storm_the_first_few_pass_and_the_rest_are_one_alert_that_counts_them():
    async def act(stage):
        adapter = stage.subject._adapter
        for number in range(40):
            adapter.alerts.take(Pushed(stage.eui(), stage.eui("chf"), number, 0x8002, "", stage.now + number))
        adapter.alerts.take(Pushed(stage.eui(), stage.eui("chf"), 99, 0x8006, "", stage.now))  # another kind
        await stage.advance("10m")
        found = [given.document for given in adapter.outbox.after(0)]
        assert [one.alert_code for one in found] == ["8002"] * PASS + ["8006", "8002"]
        assert [one.throttled_alert_count for one in found[-2:]] == [None, 40 - PASS]
        assert found[-1].throttled_alert_sequence_id == 1

    play(act, ONE)


def test_after_a_storm_alerts_pass_again():
    storms = Storms()
    held = [storms.folds("meter", "8002", at * 1_000) for at in range(20)]
    assert held == [False] * PASS + [True] * (20 - PASS)
    assert storms.end("meter", "8002") == (1, 20 - PASS)
    assert not storms.folds("meter", "8002", 20_000 + WINDOW_MS)
    assert not storms.folds("another", "8002", 0)


def test_the_supplier_of_the_supply_point_is_who_is_told():
    async def act(stage):
        adapter = stage.subject._adapter
        adapter.alerts.take(Pushed(stage.eui(), stage.eui("chf"), 1, 0x8002, "", stage.now))
        (given,) = adapter.outbox.after(0)
        holder = adapter.inventory.get(stage.eui()).holder("IS")
        assert given.document.business_target_id == (holder or None)

    play(act, ONE)


@pytest.mark.parametrize("row", MANDATED, ids=lambda row: row.name)
def test_each_of_the_13_has_its_code_whatever_the_make_calls_it(row):
    for name in library.names():
        profile = library.packaged(name)
        made = alert_codes.made(profile)
        for event in row.raised_by:
            told = alert_codes.meant(profile, made[event], row.name)
            assert int(told.code, 16) in {row.code, alert_codes.names()[event]}
            assert told.description == row.name


def test_a_code_of_the_makes_own_is_told_as_the_nearest_of_gbcs():
    alerts = library.packaged(ONE).alerts
    import msgspec

    profile = msgspec.structs.replace(
        library.packaged(ONE),
        alerts=msgspec.structs.replace(alerts, codes={"LowCredit": 0x0101, "LoadLimitReached": 0x0101}),
    )
    assert alert_codes.meant(profile, 0x0101, "Load Limit").code == "8F01"
    assert alert_codes.meant(profile, 0x0101, "Low Credit").code == "810D"
    assert alert_codes.meant(profile, 0x0777, "").code == "0777"
    assert alert_codes.meant(profile, 0x9040, "").code == "AD1"
    assert alert_codes.meant(profile, 0x9021, "").code == "8F3F"


def test_a_top_up_that_does_not_come_through_gives_its_digits_out_for_keying_in():
    async def act(stage):
        utrn = stage.vend(5_000_000)
        await stage.fault("no_wan_before_migration")
        asked = await stage.ask("2.2", {"UTRN": utrn})
        assert (asked.code, asked.reason) == ("E20", "unreachable")
        alert = await stage.alert("N55", "esme")
        assert alert.utrn == utrn
        assert alert.request_id == asked.request.request_id
        assert alert.body["S1SPAlert"]["UTRN"] == utrn

    play(act, ONE, Home(payment="prepayment"))
