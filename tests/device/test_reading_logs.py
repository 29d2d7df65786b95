"""Daily reads, billing snapshots and maximum demand, against a meter that is read on the spot."""

import pytest
from device_commands import CALENDARS, CLOCK, SUPPLY, TARIFF, histories, sender_of
from device_sites import FOUR_SEASONS, HOMES, NOW, accept, meter, profile_with, refuse
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import items, metering
from emulator.device.calendar import BillingCalendar, billing_moments, calendar_fault
from emulator.device.commands import (
    DisableSupply,
    EnableSupply,
    Reason,
    ResetMaximumDemand,
    SetTariff,
    ShiftClock,
    WriteBillingCalendar,
)
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR, MINUTE, instant, to_datetime


def crossings(device, period, until):
    """Advance to an instant and give each reading at the moments the device clock passes a multiple of a period."""
    read = []
    while True:
        offset = device.records.clock.offset_ms
        following = ((device.now + offset) // period + 1) * period - offset
        due = device.next_due()
        if due is not None and due < min(following, until):
            device.advance(due)
            continue
        if following > until:
            device.advance(until)
            return read
        device.advance(following)
        read.append((following + offset, device.total_mwh(Channel.IMPORT), device.tou()))


@given(st.sampled_from(["domestic", "economy-7"]), histories(st.one_of(SUPPLY, CLOCK, TARIFF)), st.integers(0, 20))
@settings(max_examples=50, deadline=None)
def test_daily_reads_are_the_readings_at_midnight(home, history, days):
    device = meter(household=HOMES[home], installed_at=NOW - 3 * DAY)
    start = metering.stamp_count(device.records, NOW, DAY, 100)
    read = []
    for at, command in history:
        read += crossings(device, DAY, at)
        # What is due at this instant acts first, and a clock that is set passes no midnight.
        device.send(command, sender_of(command), at)
        device.advance(at)
    read += crossings(device, DAY, device.now + days * DAY)
    taken = metering.stamps(device.records, device.now, DAY, len(read))
    registers = metering.registers_at_each(device.site, device.records, taken.true.tolist())
    found = [
        (shown, register.import_mwh, register.tou)
        for shown, register in zip(taken.device.tolist(), registers, strict=True)
    ]
    assert found == read
    assert metering.stamp_count(device.records, device.now, DAY, 100) == start + len(read)


def plain_moments(calendar, start, end):
    """Look at every minute of the days between: does a billing period end here?"""
    found = []
    for minute in range(start // MINUTE + 1, end // MINUTE + 1):
        moment = to_datetime(minute * MINUTE)
        if (moment.hour, moment.minute) != (calendar.hour, calendar.minute):
            continue
        number = {"daily": calendar.day, "weekly": moment.isoweekday(), "monthly": moment.day}[calendar.period]
        if number == calendar.day:
            found.append(minute * MINUTE)
    return found


@pytest.mark.parametrize("calendar", [calendar for calendar in CALENDARS if calendar_fault(calendar) is None])
def test_billing_moments(calendar):
    for start, end in (
        (NOW, NOW + 40 * DAY),
        (instant(2026, 1, 28, 23, 59), instant(2026, 2, 28, 23, 59)),
        (instant(2026, 2, 1), instant(2026, 3, 1)),
        (NOW, NOW),
    ):
        assert billing_moments(calendar, start, end) == plain_moments(calendar, start, end)


@pytest.mark.parametrize(
    "calendar",
    [
        BillingCalendar("fortnightly"),
        BillingCalendar("monthly", 29),
        BillingCalendar("monthly", 0),
        BillingCalendar("weekly", 8),
        BillingCalendar("daily", 2),
        BillingCalendar("daily", 1, 24),
        BillingCalendar("daily", 1, 0, 60),
        BillingCalendar("daily", 1, -1),
    ],
)
def test_a_calendar_that_means_nothing_is_refused(calendar):
    assert refuse(meter(), WriteBillingCalendar(calendar)).reason is Reason.INVALID_VALUE


def test_the_billing_log_holds_what_was_read_at_each_moment():
    """Months, weeks and days of billing, tariff changes between, the switch open over some: read on the spot."""
    device = meter(household=HOMES["economy-7"], profile=profile_with(metering={"billing_entries": 100}))
    plan = {
        instant(2026, 2, 10, 12): SetTariff(FOUR_SEASONS),
        instant(2026, 2, 27): DisableSupply(),
        instant(2026, 3, 3): EnableSupply(),
        instant(2026, 3, 10): WriteBillingCalendar(BillingCalendar("weekly", 3, 6, 30)),
        instant(2026, 4, 15, 6, 30): SetTariff(FOUR_SEASONS),  # a tariff change at a billing moment: two snapshots
        instant(2026, 5, 1): WriteBillingCalendar(BillingCalendar("daily", 1, 0, 0)),
    }
    end = instant(2026, 5, 21, 0, 0)
    marks = sorted({*plan, end})
    calendar, read = BillingCalendar(), []
    for at in (instant(2025, 10, 1), instant(2025, 11, 1), instant(2025, 12, 1), instant(2026, 1, 1)):
        earlier = meter(at, household=HOMES["economy-7"])
        read.append((at, earlier.total_mwh(Channel.IMPORT), earlier.tou()))
    for mark in marks:
        for at in plain_moments(calendar, device.now, mark):
            device.advance(at)
            read.append((at, device.total_mwh(Channel.IMPORT), device.tou()))
        device.advance(mark)
        command = plan.get(mark)
        if isinstance(command, SetTariff):
            read.append((mark, device.total_mwh(Channel.IMPORT), device.tou()))
        if isinstance(command, WriteBillingCalendar):
            calendar = command.calendar
        if command is not None:
            accept(device, command)
    moments = metering.snapshot_moments(device.site, device.records, device.now)
    registers = metering.registers_at_each(device.site, device.records, moments)
    found = [(at, register.import_mwh, register.tou) for at, register in zip(moments, registers, strict=True)]
    assert found == read
    assert len(found) > 30


@pytest.mark.parametrize("entries", [1, 12, 40])
def test_the_billing_log_keeps_the_newest(entries):
    device = meter(
        instant(2026, 1, 1),
        installed_at=instant(2014, 5, 5),
        profile=profile_with(metering={"billing_entries": entries}),
    )
    moments = metering.snapshot_moments(device.site, device.records, device.now)
    assert moments == plain_months(2026, 1, entries)


def plain_months(year, month, count):
    months = [year * 12 + month - 1 - back for back in range(count)]
    return [instant(number // 12, number % 12 + 1, 1) for number in reversed(months)]


# Maximum demand


def highest(device, since):
    """Look at every half hour that ended after an instant; the earliest of the highest counts."""
    rows = metering.intervals(device.records, device.now, 10_000)

    def reading(at):
        return metering.total_at(device.site, device.records.runs, Channel.IMPORT, at) // 1000

    demands = [
        items.Demand(2 * (reading(end) - reading(begin)), shown)
        for end, begin, shown in zip(rows.true.tolist(), rows.before.tolist(), rows.device.tolist(), strict=True)
        if end > since
    ]
    return max(demands, key=lambda demand: demand.value_w, default=items.Demand(0, device.shown_time))


@given(
    histories(st.one_of(SUPPLY, CLOCK, TARIFF, st.just(ResetMaximumDemand()))),
    st.integers(0, 40).map(lambda days: days * DAY + 7 * MINUTE),
)
@settings(max_examples=40, deadline=None)
def test_maximum_demand_is_the_highest_half_hour(history, later):
    device = meter(installed_at=NOW - 3 * DAY)
    reset = device.site.installed_at
    for at, command in history:
        device.send(command, sender_of(command), at)
        if isinstance(command, ResetMaximumDemand):
            reset = at
    device.advance(device.now + later)
    snapshots = metering.snapshot_moments(device.site, device.records, device.now)
    since = max([reset, *snapshots])
    assert items.maximum_demand(device) == highest(device, since)


def test_maximum_demand_starts_anew_at_billing_and_reset():
    device = meter(instant(2026, 1, 31, 23, 59))
    month = items.maximum_demand(device)
    assert month == highest(device, instant(2026, 1, 1))
    device.advance(instant(2026, 2, 1))
    assert items.maximum_demand(device).value_w == 0
    device.advance(instant(2026, 2, 2))
    assert items.maximum_demand(device) == highest(device, instant(2026, 2, 1))
    accept(device, ResetMaximumDemand(), instant(2026, 2, 2, 12, 0))
    assert items.maximum_demand(device) == items.Demand(0, device.shown_time)
    device.advance(instant(2026, 2, 2, 14))
    assert items.maximum_demand(device) == highest(device, instant(2026, 2, 2, 12))


def test_maximum_demand_counts_every_row_of_a_clock_set_often():
    """A clock set back over a half hour makes a row more than the half hours that pass: none may be lost."""
    device = meter(instant(2026, 1, 10), installed_at=instant(2026, 1, 9))
    reset = instant(2026, 1, 10, 18)
    accept(device, ResetMaximumDemand(), reset)
    for number in range(40):
        accept(device, ShiftClock(-60), reset + (30 + number) * MINUTE + 1)
    found = items.maximum_demand(device)
    assert found == highest(device, reset)
    assert found.at == reset + 30 * MINUTE


def test_running_and_last_demand():
    device = meter(instant(2026, 1, 10, 18, 12))
    load = device.site.load(Channel.IMPORT)
    since = instant(2026, 1, 10, 18)
    so_far = load.energy_mwh(device.now) - load.energy_mwh(since)
    assert items.running_demand_w(device) == so_far * 2 // 1000
    assert items.demand_started(device) == since
    last = items.BY_KEY["interval_import_wh"].read(device)
    readings = [
        metering.total_at(device.site, device.records.runs, Channel.IMPORT, at) for at in (since, since - HALF_HOUR)
    ]
    assert last == readings[0] // 1000 - readings[1] // 1000
    assert items.BY_KEY["last_demand_w"].read(device) == 2 * last
