"""A clock that strays: bent in whole steps, unseen by logs and statuses, right again when it is set (1.3)."""

import pytest
from device_sites import NOW, accept, meter, profile_with

from emulator.device import items, metering
from emulator.device.clock import ClockDrifts
from emulator.device.commands import Reason, SetClock, ShiftClock
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND, instant


@pytest.mark.parametrize("ppm", [-500, -20, -3, 1, 5, 28, 100, 500])
def test_a_clock_strays_by_its_ppm(ppm):
    """Never further off than a step from what its rate comes to."""
    device = meter()
    device.note(ClockDrifts(ppm))
    for days in (1, 7, 30, 200):
        device.advance(NOW + days * DAY)
        strayed = days * DAY * ppm // 1_000_000
        step = max(SECOND, 10 * HOUR * abs(ppm) // 1_000_000)
        assert abs(device.records.clock.offset_ms - strayed) <= step + days
    assert device.journal == []
    assert device.records.logs.event == ()


def test_a_second_is_the_step_of_a_slow_drift():
    device = meter()
    device.note(ClockDrifts(5))  # a second in 200,000 s
    assert device.next_due() == NOW + 200_000 * SECOND
    device.advance(device.next_due())
    assert device.shown_time - device.now == SECOND
    assert device.next_due() == NOW + 400_000 * SECOND


def test_straying_ends_when_the_clock_is_set_and_begins_anew():
    device = meter()
    device.note(ClockDrifts(-100))
    device.advance(NOW + 10 * DAY)
    assert device.shown_time < device.now
    accept(device, SetClock(device.now))
    assert device.shown_time == device.now
    device.advance(NOW + 20 * DAY)
    assert device.shown_time < device.now
    device.note(ClockDrifts(0))
    assert device.next_due() is None


def test_a_drift_is_the_profiles_or_the_worlds():
    device = meter(profile=profile_with(clock={"drift_ppm": 100}))
    assert device.shown_time > device.now
    assert device.note(ClockDrifts(501)).reason is Reason.INVALID_VALUE
    assert meter().records.clock.drift_ppm == 0


def test_registers_and_profile_are_those_of_the_bent_clock():
    device, plain = meter(), meter()
    device.note(ClockDrifts(200))
    for each in (device, plain):
        each.advance(NOW + 20 * DAY + 7 * MINUTE)
    assert device.total_mwh(Channel.IMPORT) == plain.total_mwh(Channel.IMPORT)
    assert sum(device.tou()) == device.total_mwh(Channel.IMPORT)
    rows = metering.intervals(device.records, device.now, 900)
    assert set((rows.device % HALF_HOUR).tolist()) == {0}
    assert not metering.interval_statuses(device.records, rows).any()
    accept(device, ShiftClock(-3))
    device.advance(device.now + HOUR)
    last = metering.intervals(device.records, device.now, 2)
    assert metering.interval_statuses(device.records, last).tolist() == [0x20, 0]


def test_thirteen_months_of_straying_fit_the_runs():
    device = meter()
    device.note(ClockDrifts(500))
    device.advance(NOW + 395 * DAY)
    assert device.records.runs[0].since < NOW
    assert len(device.records.runs) <= metering.MAX_RUNS


def test_leap_days_are_days():
    """29 February 2028: a midnight of its own, half hours stamped in it, and the bill on 1 March."""
    device = meter(instant(2028, 2, 28, 12), installed_at=instant(2028, 2, 1))
    device.advance(instant(2028, 3, 2))
    days = metering.midnights(device.records, device.now, 3).true.tolist()
    assert days == [instant(2028, 2, 29), instant(2028, 3, 1), instant(2028, 3, 2)]
    rows = metering.intervals(device.records, instant(2028, 3, 1), 48)
    assert rows.device.tolist()[0] == instant(2028, 2, 29, 0, 30)
    assert metering.snapshot_moments(device.site, device.records, device.now)[-1] == instant(2028, 3, 1)
    accept(device, SetClock(instant(2028, 2, 29, 23, 59)))
    assert items.find("clock").read(device) == instant(2028, 2, 29, 23, 59)
