"""A family that is spoken to by SMS only (docs/sms.md; device dossier 3.2 b): what its wire can do, how it fails."""

import msgspec
import pytest
from adapter_stages import play

from emulator.adapter.steps import by_sms
from emulator.conformance.case import Home
from emulator.device.instant import MINUTE
from emulator.farm import library
from emulator.services.document import Alert, Response

NAMES = [name for name in library.names() if library.packaged(name).protocol == "sms"]
PREPAYS = Home(payment="prepayment")


def with_wan(name, **wan):
    profile = library.packaged(name)
    return msgspec.structs.replace(profile, wan=msgspec.structs.replace(profile.wan, **wan))


@pytest.mark.parametrize("name", NAMES)
def test_a_code_tops_up_once_and_the_second_time_is_a_duplicate(name):
    async def act(stage):
        before = stage.truth("meter_balance_mp")
        code = stage.vend(7_000_000)
        stage.done(await stage.ask("2.2", {"UTRN": code}))
        assert stage.truth("meter_balance_mp") == before + 7_000_000
        again = await stage.ask("2.2", {"UTRN": code})
        assert (again.code, again.reason) == ("I0", "duplicate")
        assert again.response.debug[0].position == 1
        assert stage.truth("meter_balance_mp") == before + 7_000_000

    play(act, name, PREPAYS)


@pytest.mark.parametrize("name", NAMES)
def test_registers_and_balance_are_those_of_a_reading(name):
    async def act(stage):
        total = stage.done(await stage.ask("4.1.1")).body["Electricity"]["ActiveImportRegister"]
        assert total["Value"] == stage.truth("import_wh")
        rates = stage.done(await stage.ask("4.1.2")).body["Electricity"]["TariffTOURegisterCollection"]
        assert sum(rates["TOUPrimaryRegisterValue"]) <= stage.truth("import_wh")
        assert stage.done(await stage.ask("4.3")).body["MeterBalance"] == stage.truth("meter_balance_mp")
        stage.done(await stage.ask("4.2"))

    play(act, name, PREPAYS)


@pytest.mark.parametrize("name", NAMES)
def test_tenancy_changes_at_once_or_at_its_date_and_supplier_changes(name):
    async def act(stage):
        stage.done(await stage.ask("3.2", {"RestrictionDateTime": "2026-06-03T10:07:00Z"}))
        assert await stage.happened("TenancyChanged")
        stage.done(await stage.ask("3.2", {"RestrictionDateTime": "2026-06-05T00:00:00Z"}))
        before = len(await stage.happened("TenancyChanged"))
        await stage.advance("48h")
        assert len(await stage.happened("TenancyChanged")) == before + 1

    play(act, name, PREPAYS)


@pytest.mark.parametrize("name", NAMES)
def test_a_text_that_is_lost_has_no_answer_and_is_not_sent_again(name):
    async def act(stage):
        began = stage.now
        asked = await stage.ask("4.1.1")
        assert (asked.code, asked.reason) == ("E21", "timeout")
        assert stage.now - began == by_sms.PATIENCE_MS
        assert len(await stage.happened("SmsHandedIn")) == 1

    play(act, with_wan(name, sms_loss=1_000), PREPAYS)


@pytest.mark.parametrize("name", NAMES)
def test_a_text_that_is_late_is_waited_for(name):
    async def act(stage):
        began = stage.now
        stage.done(await stage.ask("4.1.1"))
        assert stage.now - began >= 10 * MINUTE

    play(act, with_wan(name, sms_late_s=600), PREPAYS)


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_that_comes_after_the_request_ended_is_neither_lost_nor_a_second_response(name):
    async def act(stage):
        before = stage.truth("meter_balance_mp")
        asked = await stage.ask("2.2", {"UTRN": stage.vend(7_000_000)})
        assert asked.code == "E21"
        late = await stage.alert("S1SP-LATE-ANSWER", "esme", within="6h")
        assert late.request_id == asked.request.request_id
        assert late.body == {"LateAnswer": {"Text": "OK"}}
        await stage.advance("6h")
        assert before < stage.truth("meter_balance_mp") <= before + 7_000_000
        documents = [given.document for given in stage.subject._adapter.outbox.after(0)]
        assert [one.alert_code for one in documents if isinstance(one, Alert)] == ["N55", "S1SP-LATE-ANSWER"]
        assert len([one for one in documents if isinstance(one, Response)]) == 1

    play(act, with_wan(name, sms_late_s=3_000), PREPAYS)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_quota_refuses_is_unreachable(name):
    async def act(stage):
        stage.done(await stage.ask("4.1.1"))
        asked = await stage.ask("4.1.1")
        assert (asked.code, asked.reason) == ("E20", "unreachable")

    play(act, with_wan(name, sms_quota_a_day=1, sms_over_quota="drop"), PREPAYS)


@pytest.mark.parametrize("name", NAMES)
def test_a_service_without_a_text_is_not_supported(name):
    async def act(stage):
        asked = await stage.ask("7.4")
        assert asked.reason == "not_supported"

    play(act, name, PREPAYS)


def test_readings_that_a_meter_takes_by_its_own_schedule_are_told():
    async def act(stage):
        from emulator.device.commands import Sender, SetReadSchedule

        await stage.farm.send(stage.index, SetReadSchedule(1, "daily", 1), Sender.SUPPLIER)
        alert = await stage.alert("S1SP-SCHEDULED-READ", "esme", within="48h")
        assert alert.body["ScheduledRead"]["Text"].startswith("SCHED_READ ")

    play(act, NAMES[0], PREPAYS)
