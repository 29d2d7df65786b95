"""Every log at its capacity (functional reference 2.9): the oldest entry goes, the newest stays; what clears what."""

import pytest
from device_sites import NOW, accept, meter, profile_with, refuse

from emulator.device import items, metering
from emulator.device.commands import (
    ClearEventLog,
    ClearSecurityLog,
    Reason,
    ShiftClock,
    WritePowerThresholds,
    WriteVoltageSettings,
)
from emulator.device.configuration import AccessRejected
from emulator.device.electricity import voltage
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.electricity.voltage import MainsDisturbed
from emulator.device.event_table import EVENT, LINES
from emulator.device.happenings import VoltageExcursion
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND, instant
from emulator.device.records import LogEntry
from emulator.device.tamper import CoverClosed, CoverOpened

OLD = instant(2020, 1, 1)


def test_the_packaged_capacities_are_the_references():
    profile = meter().site.profile
    held = profile.metering
    assert (held.billing_entries, held.daily_reads, held.import_profile_days) == (12, 14, 395)
    assert held.other_profile_days == 92
    assert (profile.logs.event_entries, profile.logs.security_entries) == (100, 100)
    assert profile.voltage.log_entries == 4_320
    assert (profile.prepayment.credits_kept, profile.prepayment.payments_kept) == (5, 10)


def test_the_event_log_wraps_at_a_hundred():
    device = meter()
    for number in range(130):
        accept(device, WritePowerThresholds(100 + number, 5_000), NOW + number * MINUTE)
    held = device.records.logs.event
    assert [entry.at for entry in held] == [NOW + number * MINUTE for number in range(30, 130)]
    assert {entry.code for entry in held} == {0x9004}


def test_the_security_log_wraps_at_a_hundred_and_is_never_cleared():
    device = meter()
    for number in range(130):
        device.note(AccessRejected(32, "write"), NOW + number * MINUTE)
    assert [entry.at for entry in device.records.logs.security] == [NOW + n * MINUTE for n in range(30, 130)]
    assert refuse(device, ClearSecurityLog()).reason is Reason.NOT_AUTHORISED
    accept(device, ClearEventLog())
    assert len(device.records.logs.security) == 100


def test_clearing_the_event_log_writes_the_security_log():
    device = meter()
    accept(device, WritePowerThresholds(1, 2))
    accept(device, ClearEventLog(), NOW + MINUTE)
    assert device.records.logs.event == ()
    assert device.records.logs.security == (LogEntry(NOW + MINUTE, 0x8F52),)


def test_voltage_and_power_events_stand_in_the_event_log():
    """SMETS1 has no power event log (2.9, 4.3 rule 1)."""
    device = meter()
    device.note(MainsDisturbed(2_600, 60))
    device.note(MainsOff(), NOW + HOUR)
    device.note(MainsOn(), NOW + 2 * HOUR)
    assert [entry.code for entry in device.records.logs.event] == [0x8024, 0x8F57, 0x8F36]
    assert device.records.logs.security == ()
    assert {line.log for key, line in LINES.items() if isinstance(key, tuple) and key[0] is VoltageExcursion} == {EVENT}


def test_the_daily_read_log_keeps_fourteen_midnights():
    device = meter(instant(2026, 3, 1, 12), installed_at=OLD)
    held = metering.midnights(device.records, device.now, device.site.metering.daily_reads)
    assert held.device.tolist() == [instant(2026, 3, 1) - number * DAY for number in range(13, -1, -1)]
    assert items.find("daily_read_entries").read(device) == 14


@pytest.mark.parametrize(("channel", "days"), [(Channel.IMPORT, 395), (Channel.EXPORT, 92)])
def test_the_profile_keeps_thirteen_months_of_import_and_three_of_the_rest(channel, days):
    device = meter(installed_at=OLD)
    held = metering.intervals(device.records, device.now, days * 48)
    last = NOW // HALF_HOUR * HALF_HOUR
    assert held.device.tolist()[0] == last - (days * 48 - 1) * HALF_HOUR
    assert held.device.tolist()[-1] == last
    assert len(metering.interval_energies(device.site, device.records, channel, held)) == days * 48
    assert metering.stamp_count(device.records, device.now, HALF_HOUR, days * 48) == days * 48


def test_a_partial_interval_is_recorded_as_measured():
    """Functional reference 2.9, semantics 3."""
    device = meter(instant(2026, 1, 10, 9))
    device.note(MainsOff(), instant(2026, 1, 10, 9, 10))
    device.note(MainsOn(), instant(2026, 1, 10, 9, 20))
    device.advance(instant(2026, 1, 10, 9, 30))
    load = device.site.load(Channel.IMPORT)
    on = [(instant(2026, 1, 10, 9), instant(2026, 1, 10, 9, 10)), (instant(2026, 1, 10, 9, 20), device.now)]
    measured = sum(load.energy_mwh(end) - load.energy_mwh(start) for start, end in on)
    assert abs(items.find("interval_import_wh").read(device) - measured // 1000) <= 1


def test_the_voltage_log_wraps_and_a_new_period_erases_it():
    """Functional reference 2.9, semantics 5."""
    device = meter(profile=profile_with(voltage={"log_entries": 6}))
    last = NOW // HALF_HOUR * HALF_HOUR
    held = voltage.log(device.site, device.records, device.now)
    assert held.device.tolist() == [last - number * HALF_HOUR for number in range(5, -1, -1)]
    device.advance(NOW + HOUR)
    assert voltage.log(device.site, device.records, device.now).device.tolist()[-1] == last + HOUR
    accept(device, WriteVoltageSettings(average_period_s=600))
    assert len(voltage.log(device.site, device.records, device.now).device) == 0


def test_stamps_of_logs_follow_the_device_clock():
    device = meter()
    accept(device, ShiftClock(300))
    device.note(CoverOpened("magnet"), NOW + MINUTE)
    device.note(CoverClosed("magnet"), NOW + 2 * MINUTE)
    assert device.records.logs.security[-1].at == NOW + MINUTE + 300 * SECOND
