"""Schedules: made, read, ended, and run as ordinary requests with the schedule's id (service requests, 4 and 7)."""

from datetime import UTC, date, datetime, time

import pytest
from adapter_stages import families, play
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.adapter.schedule_runs import MONTHS, day_of, next_run, run_body
from emulator.device.instant import DAY, HALF_HOUR, instant
from emulator.services.bodies.national import CreateSchedule, LogWindow
from emulator.services.body import Empty, plain
from emulator.services.document import NATIONAL_SERVICE, Response

ONE = "elster-as300p"
DEVICE = "90-B3-D5-1F-30-00-00-02"
NIGHT = time(2, 30, tzinfo=UTC)
NIGHTLY = {
    "ScheduleFrequency": "Daily",
    "ScheduleStartDate": "2026-06-04",
    "ScheduleExecutionStartTime": "02:30:00Z",
}
YESTERDAY = {
    "StartDateOffset": -1,
    "StartTime": "00:00:00Z",
    "EndDateOffset": 0,
    "EndTime": "00:00:00Z",
}


def half_hours(stage, **more):
    reference = {"DSPScheduledServiceReference": "4.8", "DSPScheduledServiceReferenceVariant": "4.8.1"}
    part = {"DSPReadActiveImportProfileData": YESTERDAY}
    return {**NIGHTLY, **reference, **part, "DeviceID": stage.eui(), **more}


def power(stage, **more):
    reference = {"DSPScheduledServiceReference": "4.16", "DSPScheduledServiceReferenceVariant": "4.16"}
    return {**NIGHTLY, **reference, "DSPReadActivePowerImport": {}, "DeviceID": stage.eui(), **more}


def runs(stage, number):
    return [
        given.document
        for given in stage.subject._adapter.outbox.after(0)
        if isinstance(given.document, Response) and given.document.dsp_schedule_id == number
    ]


def test_a_schedule_runs_each_night_and_each_answer_has_its_id_and_yesterday_s_half_hours():
    async def act(stage):
        made = stage.done(await stage.ask("5.1", half_hours(stage)))
        number = made.acknowledged.dsp_schedule_id
        assert made.acknowledged.body == {"CreateScheduleRsp": {"DSPScheduleID": number}}
        await stage.advance("72h")
        found = runs(stage, number)
        assert len(found) == 3
        for day, one in enumerate(found):
            assert one.ok
            assert one.business_target_id == NATIONAL_SERVICE
            assert one.timestamp == datetime(2026, 6, 4 + day, 2, 30, tzinfo=UTC)
            stamps = [entry["Timestamp"] for entry in one.body["ReadActiveImportProfileDataRsp"]["LogEntry"]]
            assert len(stamps) in {48, 49}
            assert stamps[-1].startswith(f"2026-06-{4 + day:02}T00:00")

    play(act, ONE)


def test_a_user_reads_and_ends_its_own_schedules_only():
    async def act(stage):
        first = stage.done(await stage.ask("5.1", half_hours(stage))).acknowledged.dsp_schedule_id
        second = stage.done(await stage.ask("5.1", power(stage), role="ED")).acknowledged.dsp_schedule_id
        read = await stage.ask("5.2", {"DeviceID": stage.eui()})
        assert [one["DSPScheduleID"] for one in read.body["DSPSchedules"]] == [first]
        assert read.body["DSPSchedules"][0]["DSPScheduleDetails"]["ScheduleFrequency"] == "Daily"
        other = await stage.ask("5.2", {"DSPScheduleID": second})
        assert (other.code, other.reason) == ("E4", "not_the_supplier")
        assert not (await stage.ask("5.3", {"DSPScheduleID": second})).ok
        stage.done(await stage.ask("5.3", {"DSPScheduleID": first}))
        assert (await stage.ask("5.2", {"DSPScheduleID": first})).code == "E050201"
        assert (await stage.ask("5.3", {"DSPScheduleID": first})).code == "E050301"
        await stage.advance("30h")
        assert not runs(stage, first)
        assert len(runs(stage, second)) == 1

    play(act, ONE)


@pytest.mark.parametrize(
    ("changes", "role", "code"),
    [
        ({"DeviceID": DEVICE}, "IS", "E19"),
        ({"ScheduleStartDate": "2026-06-01"}, "IS", "E050102"),
        ({"ScheduleStartDate": "2026-06-03", "ScheduleEndDate": "2026-06-03"}, "IS", "E050102"),
        ({}, "GT", "E4"),
        ({"DSPScheduledServiceReferenceVariant": "4.10"}, "IS", "E48"),
    ],
    ids=["no device", "in the past", "never", "role", "malformed"],
)
def test_what_would_be_refused_each_night_is_refused_at_once(changes, role, code):
    async def act(stage):
        asked = await stage.ask("5.1", half_hours(stage, **changes), role=role)
        assert asked.code == code, asked.acknowledged

    play(act, ONE)


def test_a_device_has_99_schedules_at_most():
    async def act(stage):
        for _ in range(99):
            stage.done(await stage.ask("5.1", power(stage)))
        asked = await stage.ask("5.1", power(stage))
        assert (asked.code, asked.reason) == ("E050101", "limit_exceeded")
        stage.done(await stage.ask("5.3", {"DeviceID": stage.eui()}))
        assert not (await stage.ask("5.2", {"DeviceID": stage.eui()})).body

    play(act, ONE)


def test_the_schedules_of_a_user_that_lost_the_device_end_and_it_is_told():
    async def act(stage):
        stage.done(await stage.ask("5.1", half_hours(stage)))
        adapter = stage.subject._adapter
        request = stage.request("5.1")
        assert adapter.drop(request.originator, stage.eui()) == 0
        assert not adapter.schedules.of(stage.eui())
        alert = await stage.alert("S1SP-SCHEDULE-REMOVED", "esme")
        assert alert.body["DSPScheduleRemoval"]["DeviceID"] == stage.eui()

    play(act, ONE)


def test_schedules_end_with_their_device():
    async def act(stage):
        stage.done(await stage.ask("5.1", half_hours(stage)))
        adapter = stage.subject._adapter
        adapter.inventory.change(stage.eui(), status="Decommissioned")
        await stage.advance("24h")
        assert not adapter.schedules.of(stage.eui())
        assert stage.subject.next_wait is None

    play(act, ONE)


def test_a_run_that_does_not_come_through_is_answered_and_told():
    async def act(stage):
        number = stage.done(await stage.ask("5.1", power(stage))).acknowledged.dsp_schedule_id
        await stage.fault("no_wan_before_migration")
        await stage.advance("17h")
        (run,) = runs(stage, number)
        assert run.response_code == "E20"
        alert = await stage.alert("N12", "esme")
        assert alert.body["CommandFailure"]["DSPScheduleID"] == str(number)

    play(act, ONE)


def test_schedules_go_on_after_a_restart():
    async def act(stage):
        adapter = stage.subject._adapter
        number = stage.done(await stage.ask("5.1", half_hours(stage))).acknowledged.dsp_schedule_id
        kept = adapter.schedules.kept()
        adapter.schedules.delete(number)
        adapter.schedules.restore(kept)
        assert adapter.schedules.kept() == kept
        await stage.advance("24h")
        assert len(runs(stage, number)) == 1

    play(act, ONE)


@pytest.mark.parametrize("name", families())
def test_power_of_every_family_that_offers_it_is_read_by_a_schedule(name):
    async def act(stage):
        number = stage.done(await stage.ask("5.1", power(stage))).acknowledged.dsp_schedule_id
        await stage.advance("24h")
        (run,) = runs(stage, number)
        lacking = "4.16" in (*stage.profile.services.lacks, *stage.profile.services.without)
        assert run.ok or lacking, run

    play(act, name)


# When a schedule runs


def details(frequency, start, end=None):
    return CreateSchedule(
        schedule_frequency=frequency,
        schedule_start_date=start,
        schedule_end_date=end,
        schedule_execution_start_time=NIGHT,
        dsp_scheduled_service_reference="4.16",
        dsp_scheduled_service_reference_variant="4.16",
        device_id=DEVICE,
        dsp_read_active_power_import=Empty(),
    )


def test_a_day_that_a_month_has_not_is_its_last():
    monthly = details("Monthly", date(2026, 1, 31))
    assert [day_of(monthly, run).isoformat() for run in range(4)] == [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
    ]
    assert day_of(details("Yearly", date(2028, 2, 29)), 1) == date(2029, 2, 28)


@given(
    st.sampled_from(["Daily", "Weekly", *MONTHS]),
    st.dates(date(2026, 1, 1), date(2030, 1, 1)),
    st.integers(0, 4_000),
)
@settings(max_examples=200, deadline=None)
def test_runs_are_found_from_any_instant_none_twice_and_none_left_out(frequency, start, days):
    one = details(frequency, start)
    after = instant(2026, 1, 1) + days * DAY
    found = next_run(one, after)
    assert found is not None
    assert found > after
    place = next(
        run
        for run in range(20_000)
        if day_of(one, run).isoformat() == datetime.fromtimestamp(found / 1000, UTC).date().isoformat()
    )
    if place:
        before = next_run(one, after - DAY * 400)
        assert before is not None
        assert before <= found
        assert next_run(one, found - 1) == found
    assert next_run(one, found) > found


def test_the_last_run_is_on_the_last_day():
    one = details("Weekly", date(2026, 6, 1), date(2026, 6, 15))
    last = instant(2026, 6, 15) + 5 * HALF_HOUR
    assert next_run(one, last - 1) == last
    assert next_run(one, last) is None


def test_a_window_counts_back_from_the_day_of_the_run():
    window = LogWindow(
        start_date_offset=-7, start_time=time(0, tzinfo=UTC), end_date_offset=-1, end_time=time(23, 30, tzinfo=UTC)
    )
    one = CreateSchedule(
        schedule_frequency="Weekly",
        schedule_start_date=date(2026, 6, 1),
        dsp_scheduled_service_reference="4.10",
        dsp_scheduled_service_reference_variant="4.10",
        device_id=DEVICE,
        dsp_read_network_data=window,
    )
    assert run_body(one, instant(2026, 6, 8) + 1) == {
        "ReadLogPeriod": {"StartDateTime": "2026-06-01T00:00:00Z", "EndDateTime": "2026-06-07T23:30:00Z"}
    }
    assert plain(one)["DSPReadNetworkData"]["StartDateOffset"] == -7
