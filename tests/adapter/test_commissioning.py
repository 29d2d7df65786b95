"""A home from nothing to commissioned, in and out of order (functional reference 8.1; service requests 8.4)."""

import pytest
from adapter_stages import families, play
from installing import (
    adding,
    announce,
    announcement,
    commission,
    entries,
    entry,
    let_in,
    power_up,
    statuses,
    told,
    whole_home,
)

from emulator.conformance.case import Home
from emulator.farm.returned import install_code
from emulator.services.bodies.joining import (
    JoinServiceCritical,
    JoinServiceNonCritical,
    ReadDeviceLog,
    RestoreHANDeviceLog,
    UnjoinServiceCritical,
    UpdateHANDeviceLog,
)
from emulator.services.bodies.national import UpdateInventory
from emulator.services.body import Empty

AS300P = "elster-as300p"
NOTHING = Home(commissioned=False, gas=True)
BOTH = Home(gas=True)


@pytest.mark.parametrize("family", families())
def test_a_home_is_commissioned_from_nothing(family):
    async def act(stage):
        assert stage.truth("device_log", "chf") == []
        await whole_home(stage)
        assert set(statuses(stage).values()) == {"Commissioned"}
        assert set(statuses(stage)) == {"chf", "gpf", "esme", "gsme", "ihd"}
        log = stage.truth("device_log", "chf")
        assert {row["device"] for row in log if row["joined_at"]} == {"esme", "gsme", "ihd"}
        assert entry(stage, "esme").firmware == stage.truth("firmware")
        assert entry(stage, "gpf").proxy_for == stage.eui("gsme")
        assert entry(stage, "gsme").mpxn == entries(stage)["gsme"].mpxn

    play(act, family, NOTHING)


def test_each_step_moves_the_status_on():
    async def act(stage):
        await announce(stage, "chf")
        await announce(stage, "esme")
        assert statuses(stage) == {"chf": "Pending", "gpf": "Pending"}
        assert entry(stage, "esme").status == "Pending"
        added = stage.done(await let_in(stage, "esme"))
        assert entry(stage, "esme").status == "Whitelisted"
        assert entry(stage, "chf").status == "InstalledNotCommissioned"
        assert await power_up(stage, "esme")
        assert await told(stage, added) == "N24"
        assert entry(stage, "esme").status == "InstalledNotCommissioned"
        stage.done(await commission(stage, "esme"))
        assert entry(stage, "esme").status == "Commissioned"
        assert entry(stage, "esme").commissioned_at <= stage.now

    play(act, AS300P, NOTHING)


def test_out_of_order_is_refused_with_e5():
    async def act(stage):
        await announce(stage, "chf")
        await announce(stage, "esme")
        stage.refused(await commission(stage, "esme"), "wrong_status", code="E5")  # on no device log
        stage.refused(await stage.ask("4.1.1"), "wrong_status", code="E5")
        number = {"ImportMPANs": {"ImportMPAN": "1000000000021"}}  # its turn is after 8.1.1
        stage.refused(await stage.ask("6.20.1", number), "wrong_status", code="E5")
        hub = UpdateInventory(device_id=stage.eui("chf"), update_device_status_ch="Commissioned")
        stage.refused(await stage.ask("8.4", hub, role="IS"), "wrong_status", code="E5")
        stage.done(await let_in(stage, "esme"))
        stage.refused(await commission(stage, "esme"), "wrong_status", code="E5")  # it has not joined
        assert entry(stage, "esme").status == "Whitelisted"

    play(act, AS300P, NOTHING)


def test_who_is_not_announced_is_let_in_nowhere():
    async def act(stage):
        asked = await stage.ask("8.11", adding(stage, "esme"), device="chf", role="IS")
        stage.refused(asked, "unknown_device", code="E19")
        await announce(stage, "chf")
        asked = await let_in(stage, "esme")
        stage.refused(asked, "unknown_device", code="E19")
        assert await told(stage, asked) == "N29"
        assert stage.truth("device_log", "chf") == []

    play(act, AS300P, NOTHING)


def test_a_device_that_does_not_come_leaves_the_outcome_uncertain():
    async def act(stage):
        await announce(stage, "chf")
        await announce(stage, "ihd")
        added = stage.done(await let_in(stage, "ihd"))
        assert await told(stage, added) == "N25"
        assert entry(stage, "ihd").status == "Whitelisted"
        assert not await power_up(stage, "ihd")  # its time is over
        again = stage.done(await let_in(stage, "ihd"))
        assert await power_up(stage, "ihd")
        assert await told(stage, again) == "N24"

    play(act, AS300P, NOTHING)


def test_another_install_code_keeps_the_device_out():
    async def act(stage):
        await announce(stage, "chf")
        await announce(stage, "ihd")
        added = stage.done(await let_in(stage, "ihd", install_code="00" * 16))
        assert not await power_up(stage, "ihd")
        assert await told(stage, added) == "N25"
        assert [one.reason for one in await stage.happened("JoinRefused")] == ["wrong_install_code"]

    play(act, AS300P, NOTHING)


def test_what_the_hub_refuses_is_told_with_its_step():
    async def act(stage):
        await announce(stage, "chf")
        await announce(stage, "ihd")
        asked = await let_in(stage, "ihd", install_code="00" * 6)  # the emulated hubs take 16 octets
        stage.refused(asked)
        assert [one.position for one in asked.response.debug] == [3]  # combination, device log, Add Device
        assert await told(stage, asked) == "N29"
        assert entry(stage, "ihd").status == "Pending"

    play(act, AS300P, NOTHING)


def test_a_device_is_taken_out_of_a_home():
    async def act(stage):
        body = UpdateHANDeviceLog(device_id=stage.eui("ihd"), request_type="Remove")
        removed = stage.done(await stage.ask("8.11", body, device="chf", role="IS"))
        assert await told(stage, removed) == "N24"
        assert stage.eui("ihd") not in {row["eui64"] for row in stage.truth("device_log", "chf")}
        assert entry(stage, "ihd").status == "Pending"
        assert stage.eui("ihd") not in entry(stage, "chf").joined
        again = await stage.ask("8.11", body, device="chf", role="IS")
        stage.refused(again)
        assert await told(stage, again) == "N29"

    play(act, AS300P, BOTH)


def test_a_combination_that_is_not_listed_is_not_enrolled():
    async def act(stage):
        await announce(stage, "chf")
        await announce(stage, "esme")
        await stage.fault("combination_not_listed")
        asked = await let_in(stage, "esme")
        stage.refused(asked, "combination_not_eligible", code="E5")
        assert stage.truth("device_log", "chf") == []
        await stage.farm.faults.clear(stage.name)
        stage.done(await let_in(stage, "esme"))
        await power_up(stage, "esme")
        await stage.fault("combination_not_listed")
        asked = await commission(stage, "esme")
        stage.refused(asked, "combination_not_eligible", code="E5")
        assert entry(stage, "esme").status != "Commissioned"

    play(act, AS300P, NOTHING)


def test_a_make_that_is_in_no_listed_combination_is_not_announced():
    async def act(stage):
        asked = await announce(stage, "esme", device_model="Another")
        stage.refused(asked, "combination_not_eligible", code="E5")
        assert "AS300P" in asked.acknowledged.detail  # and what is allowed
        assert stage.subject._adapter.inventory.get(stage.eui("esme")) is None

    play(act, AS300P, NOTHING)


def test_announcing_wrongly_is_refused():
    async def act(stage):
        own = announcement(stage, "chf", associated_gpf_device_id=stage.eui("chf"))
        stage.refused(await stage.ask("12.2", own, role="IS"), "hub_is_its_own_proxy", code="E120201")
        stage.done(await announce(stage, "chf"))
        stage.refused(await announce(stage, "chf"), "wrong_status", code="E5")
        stage.refused(await announce(stage, "esme", device_type="HCALCS"), "not_applicable", code="E11")

    play(act, AS300P, NOTHING)


def test_the_sim_is_activated_when_its_hub_is_announced():
    async def act(stage):
        from emulator.farm.returned import factory_reset

        await factory_reset(stage.farm, stage.name)
        assert stage.truth("sim_state", "chf") == "inactive"
        asked = stage.done(await announce(stage, "chf", sim=None))
        assert "not activated" in asked.acknowledged.detail
        assert stage.truth("sim_state", "chf") == "inactive"
        await announce(stage, "esme")
        stage.refused(await let_in(stage, "esme"), "unreachable", code="E20")
        deleted = UpdateInventory(device_id=stage.eui("chf"), delete_device=Empty())
        stage.done(await stage.ask("8.4", deleted, role="IS"))
        other = announcement(stage, "chf").sim.__class__(iccid="8" * 19, imsi="2" * 15)
        asked = stage.done(await announce(stage, "chf", sim=other))
        assert "another SIM" in asked.acknowledged.detail
        stage.done(await stage.ask("8.4", deleted, role="IS"))
        asked = stage.done(await announce(stage, "chf"))
        assert asked.acknowledged.detail == ""
        assert stage.truth("sim_state", "chf") == "active"
        stage.done(await let_in(stage, "esme"))  # once the modem has attached

    play(act, AS300P, NOTHING)


def test_joining_says_what_the_hub_says():
    async def act(stage):
        def word(asked):
            return stage.done(asked).body["joinResponseCode"]

        ihd = stage.eui("ihd")
        joined = await stage.ask("8.7.1", JoinServiceCritical(other_device_id=ihd))
        assert word(joined) == {"ASN1Status": "success", "ResponseCode": 0}
        proxy = await stage.ask("8.7.1", JoinServiceCritical(other_device_id=stage.eui("gpf")), device="gsme")
        assert word(proxy)["ASN1Status"] == "success"
        of_display = await stage.ask("8.7.2", JoinServiceNonCritical(other_device_id=stage.eui("esme")), device="ihd")
        assert word(of_display)["ASN1Status"] == "success"
        unknown = await stage.ask("8.7.1", JoinServiceCritical(other_device_id="00-00-00-00-00-00-00-01"))
        assert word(unknown) == {"ASN1Status": "invalidJoinMethodAndRole", "ResponseCode": 2}
        parted = await stage.ask("8.8.1", UnjoinServiceCritical(other_device_id=ihd))
        assert stage.done(parted).body["unjoinResponseCode"] == {"ASN1Status": "success", "ResponseCode": 0}
        assert ihd not in {row["eui64"] for row in stage.truth("device_log", "chf")}
        again = await stage.ask("8.8.1", UnjoinServiceCritical(other_device_id=ihd))
        assert stage.done(again).body["unjoinResponseCode"]["ASN1Status"] == "otherDeviceNotInDeviceLog"
        lost = await stage.ask("8.7.1", JoinServiceCritical(other_device_id=ihd))
        assert word(lost)["ASN1Status"] == "noPartnerLinkKeyReceived"
        meters = await stage.ask("8.8.1", UnjoinServiceCritical(other_device_id=stage.eui("gsme")))
        assert stage.done(meters).body["unjoinResponseCode"]["ASN1Status"] == "otherFailure"

    play(act, AS300P, BOTH)


def test_the_device_log_is_read_of_a_hub_and_of_a_gas_meter():
    async def act(stage):
        of_hub = stage.done(await stage.ask("8.9", ReadDeviceLog(), device="chf", role="IS"))
        held = [one["DeviceID"] for one in of_hub.body["CHFDeviceLog"]]
        assert sorted(held) == sorted(stage.eui(name) for name in ("esme", "gsme", "ihd"))
        of_gas = stage.done(await stage.ask("8.9", ReadDeviceLog(), device="gsme", role="GS"))
        assert [one["DeviceType"] for one in of_gas.body["DeviceLogEntries"]] == ["CHF", "Type2"]
        body = UpdateHANDeviceLog(device_id=stage.eui("ihd"), request_type="Remove")
        await stage.ask("8.11", body, device="chf", role="IS")
        detailed = ReadDeviceLog(read_security_details=Empty())
        told = stage.done(await stage.ask("8.9", detailed, device="chf", role="IS")).body["CHFConnectedDeviceLog"]
        assert len(told["CHFCurrentConnectedDeviceLogEntry"]) == 2
        assert told["CHFHistoricConnectedDeviceLogEntry"] == ({"DeviceID": stage.eui("ihd")},)

    play(act, AS300P, BOTH)


def test_a_log_is_restored_where_nothing_is_missing():
    async def act(stage):
        own = RestoreHANDeviceLog(old_chf_id=stage.eui("chf"))
        stage.done(await stage.ask("8.12.1", own, device="chf", role="IS"))
        stage.refused(
            await stage.ask("8.12.1", RestoreHANDeviceLog(old_chf_id=stage.eui("esme")), device="chf", role="IS"),
            "invalid_value",
        )

    play(act, AS300P, BOTH)


def test_an_install_code_is_the_devices_own():
    async def act(stage):
        codes = {install_code(stage.farm, f"{stage.name}/{device}") for device in ("esme", "gsme", "ihd")}
        assert len(codes) == 3
        assert all(len(code) == 32 for code in codes)

    play(act, AS300P, BOTH)


def test_an_installation_is_one_chain_of_requests():
    async def act(stage):
        await announce(stage, "chf")
        meter = await announce(stage, "esme")
        added = await let_in(stage, "esme", preceding_service_request_id=meter.request.request_id)
        stage.done(added)
        refused = await announce(stage, "chf")  # twice: it fails, and so does what follows it
        follower = await let_in(stage, "esme", preceding_service_request_id=refused.request.request_id)
        stage.refused(follower, "broken_sequence")

    play(act, AS300P, NOTHING)
