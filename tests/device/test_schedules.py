"""Reading schedules that the meter holds itself: when they read, what they say, and how it leaves the home."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from device_sites import HOMES, NOW, SUPPLIER, meter, profile_with, refuse
from hub_sites import CHF, ESME, told, when
from hypothesis import given, settings
from hypothesis import strategies as st
from sms_sites import SCHEDULES, sent, sms_home, sms_profile

from emulator.device import happenings
from emulator.device.calendar import BillingCalendar
from emulator.device.commands import (
    ClearReadSchedule,
    Reason,
    Sender,
    SetClock,
    SetReadSchedule,
    WriteBillingCalendar,
)
from emulator.device.electricity import power
from emulator.device.household import Channel
from emulator.device.hub import wan
from emulator.device.installation import Installation
from emulator.device.instant import DAY, HOUR, MINUTE, instant, to_datetime
from emulator.device.sms import text

LONDON = ZoneInfo("Europe/London")
"""The machine's time zone data, which is not ours."""


def a_home(now=NOW, spread_s=7_200, by="sms", **of_home):
    rules = msgspec.structs.replace(SCHEDULES, spread_s=spread_s, by=by)
    return sms_home(now, profile=sms_profile(schedules=rules), **of_home)


def schedule(of, number, kind, day=1, at=None):
    outcome = of.send(ESME, SetReadSchedule(number, kind, day), SUPPLIER, at)
    assert outcome.accepted, outcome


def readings(of):
    return [(entry.at, entry.what) for entry in of.journal if isinstance(entry.what, happenings.ReadingScheduled)]


def local(at):
    return to_datetime(at).astimezone(LONDON)


def test_a_meter_that_nobody_scheduled_has_nothing_to_do():
    of = a_home()
    assert of.next_due() is None
    assert not of.changed


def test_a_daily_schedule_reads_once_in_every_night_up_to_two_hours_after_local_midnight():
    of = a_home()
    schedule(of, 1, "daily")
    of.advance(NOW + 366 * DAY)
    moments = [local(at) for at, _ in readings(of)]
    assert [moment.date() for moment in moments] == [date(2026, 1, 2) + timedelta(days=n) for n in range(366)]
    after = [
        moment.astimezone(ZoneInfo("UTC")) - datetime(moment.year, moment.month, moment.day, tzinfo=LONDON)
        for moment in moments
    ]
    assert all(timedelta() <= late <= timedelta(hours=2) for late in after)
    assert len(set(after)) > 300  # the moment is drawn for every night
    assert min(after) < timedelta(minutes=10) < timedelta(minutes=110) < max(after)


@pytest.mark.parametrize(("day", "weekday"), [(1, 0), (4, 3), (7, 6)])
def test_a_weekly_schedule_reads_on_its_weekday(day, weekday):
    of = a_home()
    schedule(of, 1, "weekly", day)
    of.advance(NOW + 70 * DAY)
    days = [local(at).date() for at, _ in readings(of)]
    assert len(days) == 10
    assert {on.weekday() for on in days} == {weekday}
    assert {later - before for before, later in pairwise(days)} == {timedelta(days=7)}


def test_a_monthly_schedule_reads_on_its_day_of_the_month():
    of = a_home()
    schedule(of, 1, "monthly", 28)
    of.advance(NOW + 365 * DAY)
    assert [local(at).date() for at, _ in readings(of)] == [date(2026, month, 28) for month in range(1, 13)]


@pytest.mark.parametrize(
    ("hour", "nights"),
    [
        # A period that ends at midnight UTC is read in that night, one that ends at noon in the next.
        (0, [(2026, month, 1) for month in range(2, 13)]),
        (12, [(2026, month, 2) for month in range(1, 13)]),
    ],
)
def test_a_billing_schedule_reads_in_the_night_after_the_end_of_a_billing_period(hour, nights):
    of = a_home()
    assert of.send(ESME, WriteBillingCalendar(BillingCalendar("monthly", hour=hour)), SUPPLIER).accepted
    schedule(of, 1, "billing")
    of.advance(instant(2026, 12, 20))
    found = readings(of)
    assert [local(at).date() for at, _ in found] == [date(*night) for night in nights]
    for at, _ in found:
        ended = instant(*to_datetime(at).timetuple()[:2], 1, hour)
        assert ended <= at


def test_without_a_spread_a_reading_is_taken_at_local_midnight():
    of = a_home(instant(2026, 6, 1, 12), spread_s=0)
    schedule(of, 1, "daily")
    of.advance(instant(2026, 6, 2, 12))
    assert [at for at, _ in readings(of)] == [instant(2026, 6, 1, 23)]  # summer time is an hour ahead


def test_a_schedule_begins_after_the_next_midnight_and_another_of_its_number_takes_its_place():
    of = a_home(instant(2026, 1, 1, 0, 0, 1))
    schedule(of, 2, "daily")
    schedule(of, 1, "monthly", 5)
    schedule(of, 2, "weekly", 5)
    of.advance(instant(2026, 1, 6))
    found = [(local(at).day, what.number, what.kind) for at, what in readings(of)]
    assert found == [(2, 2, "weekly"), (5, 1, "monthly")]


def test_a_reading_holds_the_registers_and_the_account_of_its_moment():
    of = a_home()
    schedule(of, 1, "daily")
    of.advance(NOW + 2 * DAY)
    at, what = readings(of)[0]
    load = of.premises.electricity.load(Channel.IMPORT)
    opening = HOMES["domestic"].opening_import_wh * 1000
    counted = opening + load.energy_mwh(at) - load.energy_mwh(of.premises.electricity.installed_at)
    assert what.import_wh == counted // 1000
    assert sum(what.rates_wh) <= what.import_wh
    assert (what.mode, what.balance_mp, what.debts_mp, what.export_wh) == ("credit", 0, (0, 0, 0), 0)
    assert what.shown_at == at


def test_a_cleared_schedule_reads_no_more():
    of = a_home()
    schedule(of, 1, "daily")
    assert of.send(ESME, ClearReadSchedule(1), SUPPLIER).accepted
    assert of.next_due() is None
    again = of.send(ESME, ClearReadSchedule(1), SUPPLIER)
    assert again.accepted
    assert not again.entries
    assert told(of, happenings.ReadScheduleChanged)[-1] == happenings.ReadScheduleChanged(1)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (SetReadSchedule(0, "daily"), Reason.INVALID_VALUE),
        (SetReadSchedule(5, "daily"), Reason.INVALID_VALUE),
        (SetReadSchedule(1, "weekly", 8), Reason.INVALID_VALUE),
        (SetReadSchedule(1, "monthly", 29), Reason.INVALID_VALUE),
        (SetReadSchedule(1, "daily", 2), Reason.INVALID_VALUE),
        (SetReadSchedule(1, "monthly", 0), Reason.INVALID_VALUE),
    ],
)
def test_a_schedule_that_the_meter_does_not_have_is_refused(command, reason):
    device = meter(profile=sms_profile())
    assert refuse(device, command).reason is reason


def test_a_schedule_of_a_kind_that_the_make_lacks_is_refused():
    rules = msgspec.structs.replace(SCHEDULES, kinds=("daily",))
    device = meter(profile=sms_profile(schedules=rules))
    outcome = refuse(device, SetReadSchedule(1, "billing"))
    assert (outcome.reason, outcome.detail) == (Reason.INVALID_VALUE, "a schedule here is daily")


@pytest.mark.parametrize("command", [SetReadSchedule(1, "daily"), ClearReadSchedule(1)])
def test_a_meter_without_schedules_refuses_them(command):
    assert refuse(meter(profile=profile_with()), command).reason is Reason.NOT_APPLICABLE


def test_only_the_supplier_sets_a_schedule():
    assert refuse(meter(profile=sms_profile()), SetReadSchedule(1, "daily"), sender=Sender.CONSUMER).reason is (
        Reason.NOT_AUTHORISED
    )


def test_a_reading_leaves_by_sms_in_one_message():
    of = a_home()
    schedule(of, 1, "daily")
    of.advance(NOW + 3 * DAY)
    taken = [what for _, what in readings(of)]
    assert when(of, happenings.SmsSent) == when(of, happenings.ReadingScheduled)
    for said, what in zip(sent(of), taken, strict=True):
        word, reading = text.parse_reading(said)
        assert len(said) <= 160
        assert word == "SCHED_READ"
        assert (reading.total_wh, reading.balance_mp) == (what.import_wh, what.balance_mp)
        assert reading.mpan == of.premises.electricity.mpan


def test_a_reading_waits_for_the_network_and_then_leaves_as_it_was_taken():
    of = a_home()
    schedule(of, 1, "daily")
    of.note(CHF, wan.CoverageLost())
    of.advance(NOW + 3 * DAY)
    assert len(readings(of)) == 3
    assert sent(of) == []
    of.note(CHF, wan.CoverageFound(), NOW + 3 * DAY)
    assert [text.parse_reading(said)[1].total_wh for said in sent(of)] == [what.import_wh for _, what in readings(of)]


def test_a_reading_leaves_as_a_notification_where_the_make_pushes():
    of = a_home(by="push")
    schedule(of, 1, "daily")
    of.advance(NOW + 2 * DAY)
    pushed = [one for one in told(of, happenings.AlertSent) if one.name == "ScheduledRead"]
    assert [(one.source, one.code, one.raised_at) for one in pushed] == [("esme", 0, at) for at, _ in readings(of)]
    assert sent(of) == []


def test_of_nights_missed_without_power_one_reading_is_taken_when_it_is_back():
    of = a_home()
    schedule(of, 1, "daily")
    of.note(ESME, power.MainsOff(), NOW)
    of.note(ESME, power.MainsOn(), NOW + 5 * DAY)
    assert [at for at, _ in readings(of)] == [NOW + 5 * DAY]
    of.advance(NOW + 6 * DAY)
    assert len(readings(of)) == 2


def test_a_clock_set_forward_takes_one_reading_and_one_set_back_repeats_none():
    of = a_home()
    schedule(of, 1, "daily")
    assert of.send(ESME, SetClock(NOW + 9 * DAY), SUPPLIER).accepted
    assert [at for at, _ in readings(of)] == [NOW]
    assert of.send(ESME, SetClock(NOW), SUPPLIER).accepted
    of.advance(NOW + 8 * DAY)
    assert len(readings(of)) == 1
    of.advance(NOW + 11 * DAY)
    assert len(readings(of)) == 3


def test_while_the_clock_is_invalid_nothing_is_read():
    profile = sms_profile()
    profile = msgspec.structs.replace(profile, clock=msgspec.structs.replace(profile.clock, backup_s=60))
    of = sms_home(profile=profile)
    schedule(of, 1, "daily")
    of.note(ESME, power.MainsOff(), NOW)
    of.note(ESME, power.MainsOn(), NOW + HOUR)
    assert not of.esme.records.clock.valid
    of.advance(NOW + 3 * DAY)
    assert not readings(of)
    assert of.send(ESME, SetClock(of.now), SUPPLIER).accepted
    of.advance(NOW + 4 * DAY)
    assert readings(of)


KINDS = st.tuples(st.sampled_from(["daily", "weekly", "monthly", "billing"]), st.integers(min_value=1, max_value=4))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(KINDS, min_size=1, max_size=4),
    st.lists(st.integers(min_value=1, max_value=40 * 24 * 60), max_size=6),
    st.integers(min_value=0, max_value=2**32),
)
def test_the_size_of_a_step_does_not_matter(schedules, cuts, seed):
    homes = [a_home(seed=seed), a_home(seed=seed)]
    for of in homes:
        for number, (kind, day) in enumerate(schedules, 1):
            schedule(of, number, kind, 1 if kind in {"daily", "billing"} else day)
    once, often = homes
    for minute in sorted(cuts):
        often.advance(NOW + minute * MINUTE)
    for of in homes:
        of.advance(NOW + 41 * DAY)
    assert once.journal == often.journal
    assert once.state() == often.state()


def test_a_schedule_survives_a_restart():
    of = a_home()
    schedule(of, 1, "weekly", 3)
    again = Installation(of.premises, NOW + HOUR, of.state())
    of.advance(NOW + 20 * DAY)
    again.advance(NOW + 20 * DAY)
    assert readings(of) == readings(again) != []
