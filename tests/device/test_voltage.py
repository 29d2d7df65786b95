"""Voltage quality (functional reference 2.12) against a plain walk through the seconds."""

import pytest
from device_sites import CONSUMER, NOW, SUPPLIER, accept, meter, profile_with, refuse, site
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import items
from emulator.device.commands import (
    ClearEventLog,
    Reason,
    ResetVoltageCounters,
    Sender,
    ShiftClock,
    WriteVoltageSettings,
)
from emulator.device.electricity import mains, voltage
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.electricity.voltage import MainsDisturbed
from emulator.device.electricity.voltage_records import VoltageSettings
from emulator.device.event_table import EVENT, LINES
from emulator.device.happenings import ConfigurationChanged, CounterReset, VoltageExcursion
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND
from emulator.device.load.load_shapes import LOAD_END, LOAD_EPOCH
from emulator.device.meter import Meter
from emulator.device.records import LogEntry

NETWORK = Sender.NETWORK
WHOLE = NOW // HOUR * HOUR + HOUR
LIMITS = (("extreme_over", True), ("extreme_under", False), ("sag", False), ("swell", True))


def excursions(device):
    return [(entry.at, entry.what.kind) for entry in device.journal if isinstance(entry.what, VoltageExcursion)]


def network_dv(device, at):
    """Look at the network alone, or at what the last disturbance makes of it."""
    for each in reversed(device.records.voltage.disturbances):
        if each.since <= at < each.until:
            return each.voltage_dv
    return mains.voltage_dv(voltage.key_of(device.site), at)


def walked(device, start, end, since):
    """Walk second by second: stretches beyond a limit since a write, averages of periods whose end falls after it."""
    held = device.records.voltage.settings
    found, began = [], dict.fromkeys([kind for kind, _ in LIMITS])
    told = dict.fromkeys(began, False)
    sums, count = 0, 0
    for at in range(start, end + SECOND, SECOND):
        volts = network_dv(device, at)
        if at > start and at % (held.average_period_s * SECOND) == 0:
            mean = sums // count
            if at > since and mean > held.average_over_dv:
                found.append((at, "average_over"))
            if at > since and mean < held.average_under_dv:
                found.append((at, "average_under"))
            sums, count = 0, 0
        sums, count = sums + volts, count + 1
        for kind, over in LIMITS:
            limit = getattr(held, kind)
            beyond = volts > limit.threshold_dv if over else volts < limit.threshold_dv
            if not beyond or at < since:
                began[kind], told[kind] = None, False
                continue
            began[kind] = at if began[kind] is None else began[kind]
            if not told[kind] and at >= began[kind] + limit.period_s * SECOND:
                found.append((at, kind))
                told[kind] = True
    return sorted(found)


NARROW = {"extreme_over_dv": 2_420, "swell_dv": 2_390, "sag_dv": 2_270, "extreme_under_dv": 2_240}


@pytest.mark.parametrize("seed", [3, 4, 9])
@pytest.mark.parametrize(
    "written",
    [
        {**NARROW, "average_over_dv": 2_380, "average_under_dv": 2_300},
        {"swell_dv": 2_360, "swell_s": 600, "sag_dv": 2_330, "sag_s": 61, "average_period_s": 60},
        {"average_over_dv": 2_370, "average_under_dv": 2_335, "average_period_s": 3_600},
    ],
)
def test_excursions_are_found_at_the_right_second(written, seed):
    device = meter(WHOLE, seed=seed)
    accept(device, WriteVoltageSettings(**written), WHOLE)
    for after, volts, for_s in (
        (2 * HOUR, 2_000, 45),
        (3 * HOUR + 17 * SECOND, 2_600, 3_000),
        (3 * HOUR + MINUTE, 2_700, 90),
    ):
        device.note(MainsDisturbed(volts, for_s), WHOLE + after)
    end = WHOLE + 12 * HOUR
    device.advance(end)
    expected = walked(device, WHOLE, end, WHOLE)
    assert sorted(excursions(device)) == expected
    assert {kind for _, kind in expected} & {"swell", "average_over"}
    held = device.records.voltage
    kinds = [kind for _, kind in expected]
    assert (held.over_count, held.under_count) == (kinds.count("average_over"), kinds.count("average_under"))


@given(st.integers(0, 2**64 - 1), st.integers(LOAD_EPOCH, LOAD_END - DAY))
@settings(max_examples=200, deadline=None)
def test_a_site_stays_within_its_bounds(key, at):
    least, greatest = mains.bounds_dv(key)
    values = mains.curve(key, at, at + DAY).values_dv
    assert least <= values.min() <= values.max() <= greatest
    assert least >= 2_190
    assert greatest <= 2_470


@pytest.mark.parametrize("seed", range(20))
def test_settings_as_delivered_need_no_look_ahead(seed):
    """Thresholds outside what the mains can do: nothing is due, whatever the seed."""
    device = meter(seed=seed)
    assert not voltage.possible(device.site, VoltageSettings())
    assert voltage.due(device.site, device.records, device.now) is None
    assert device.next_due() is None


@pytest.mark.parametrize(
    ("kind", "volts", "code", "mandated"),
    [
        ("extreme_over", 2_871, 0x8020, 10),
        ("extreme_under", 1_799, 0x8028, 11),
        ("sag", 2_159, 0x802C, 12),
        ("swell", 2_531, 0x8024, 13),
    ],
)
def test_a_stretch_longer_than_its_period_is_told_once(kind, volts, code, mandated):
    """Event log and alert at the onset, once; SMETS1 mandates no return to normal."""
    device = meter()
    device.note(MainsDisturbed(volts, 300), NOW)
    device.advance(NOW + DAY)
    onset = (NOW + 30 * SECOND, kind)
    assert onset in excursions(device)
    assert [entry for entry in excursions(device) if entry[1] == kind] == [onset]
    assert LogEntry(NOW + 30 * SECOND, code) in device.records.logs.event
    line = LINES[VoltageExcursion, kind]
    assert (line.log, line.code, line.mandated) == (EVENT, code, mandated)
    device.note(MainsDisturbed(volts, 300))
    device.advance(NOW + 2 * DAY)
    assert [at for at, told in excursions(device) if told == kind] == [onset[0], NOW + DAY + 30 * SECOND]
    assert device.next_due() is None


def test_a_stretch_of_the_period_is_not_longer_than_it():
    device = meter()
    device.note(MainsDisturbed(2_700, 30), NOW)
    device.advance(NOW + HOUR)
    assert excursions(device) == []
    device.note(MainsDisturbed(2_700, 31))
    device.advance(NOW + DAY)
    assert excursions(device) == [(NOW + HOUR + 30 * SECOND, "swell")]


@pytest.mark.parametrize(
    ("kind", "volts", "counter"),
    [("average_over", 2_800, "over_count"), ("average_under", 1_900, "under_count")],
)
def test_an_average_beyond_its_threshold_is_counted_logged_and_told(kind, volts, counter):
    device = meter(WHOLE)
    device.note(MainsDisturbed(volts, 3 * 1_800), WHOLE)
    device.advance(WHOLE + DAY)
    assert [at for at, told in excursions(device) if told == kind] == [WHOLE + n * HALF_HOUR for n in (1, 2, 3)]
    assert getattr(device.records.voltage, counter) == 3
    codes = [entry.code for entry in device.records.logs.event]
    assert codes.count(LINES[VoltageExcursion, kind].code) == 3
    assert LINES[VoltageExcursion, kind].mandated in {8, 9}
    told = accept(device, ResetVoltageCounters(), sender=NETWORK)
    assert told == [CounterReset("voltage_counters")]
    assert getattr(device.records.voltage, counter) == 0


def test_a_disturbance_replaces_the_one_before():
    device = meter(WHOLE)
    device.note(MainsDisturbed(2_000, 3_600), WHOLE)
    device.note(MainsDisturbed(2_600, 60), WHOLE + MINUTE)
    key = voltage.key_of(device.site)
    read = items.find("voltage_dv").read
    assert read(device) == 2_600
    device.advance(WHOLE + 2 * MINUTE)
    assert read(device) == mains.voltage_dv(key, device.now)
    assert voltage.voltage_dv(device.site, device.records, WHOLE + MINUTE - 1) == 2_000
    for event in (
        MainsDisturbed(0, 5),
        MainsDisturbed(10_001, 5),
        MainsDisturbed(2_000, 0),
        MainsDisturbed(2_000, 10**9),
    ):
        assert device.note(event).reason is Reason.INVALID_VALUE


# The log of averages


def plain_average(device, start, end):
    seconds = range(start, end, SECOND)
    return sum(network_dv(device, at) for at in seconds) // len(seconds)


def test_the_log_holds_the_average_of_each_period():
    device = meter(WHOLE, installed_at=WHOLE - 2 * DAY)
    device.note(MainsDisturbed(2_111, 777), WHOLE + 5 * MINUTE)
    device.note(MainsDisturbed(2_555, 333), WHOLE + 40 * MINUTE)
    device.advance(WHOLE + 3 * HOUR + 7 * MINUTE)
    held = voltage.log(device.site, device.records, device.now)
    ends = [WHOLE + number * HALF_HOUR for number in range(-95, 7)]
    assert held.device.tolist() == held.true.tolist() == ends
    expected = [plain_average(device, end - HALF_HOUR, end) for end in ends[-10:]]
    assert held.voltages_dv.tolist()[-10:] == expected
    assert items.find("average_voltage_dv").read(device) == expected[-1]
    assert items.find("voltage_log_entries").read(device) == len(ends)
    assert voltage.log(device.site, device.records, device.now, 3).voltages_dv.tolist() == expected[-3:]


def test_the_log_holds_4320_entries_and_is_cleared_when_the_period_changes():
    device = meter(WHOLE)
    entries = items.find("voltage_log_entries").read
    assert entries(device) == 4_320
    accept(device, WriteVoltageSettings(average_over_dv=2_700), sender=NETWORK)
    assert entries(device) == 4_320
    accept(device, WriteVoltageSettings(average_period_s=600), WHOLE + MINUTE, NETWORK)
    assert entries(device) == 0
    assert items.find("average_voltage_dv").read(device) == 0
    device.advance(WHOLE + 30 * MINUTE)
    held = voltage.log(device.site, device.records, device.now)
    assert held.device.tolist() == [WHOLE + 10 * MINUTE, WHOLE + 20 * MINUTE, WHOLE + 30 * MINUTE]
    assert held.voltages_dv[0] == plain_average(device, WHOLE + MINUTE, WHOLE + 10 * MINUTE)
    small = meter(WHOLE, profile=profile_with(voltage={"log_entries": 5}))
    assert voltage.log(small.site, small.records, small.now).true.tolist() == [
        WHOLE - number * HALF_HOUR for number in range(4, -1, -1)
    ]


def test_a_long_period_is_averaged_in_parts():
    device = meter(WHOLE)
    accept(device, WriteVoltageSettings(average_period_s=86_400))
    device.advance(WHOLE + 400 * DAY)
    held = voltage.log(device.site, device.records, device.now)
    assert len(held.true) == 400
    assert held.voltages_dv[200] == mains.average_dv(voltage.key_of(device.site), *held.true[199:201].tolist())


def test_a_set_clock_bends_the_log_as_any_other():
    device = meter(WHOLE + 10 * MINUTE)
    accept(device, ShiftClock(900))
    device.advance(WHOLE + HOUR)
    held = voltage.log(device.site, device.records, device.now, 2)
    assert held.true.tolist() == [WHOLE + 15 * MINUTE, WHOLE + 45 * MINUTE]
    assert held.device.tolist() == [WHOLE + 30 * MINUTE, WHOLE + HOUR]
    assert held.voltages_dv[0] == plain_average(device, WHOLE, WHOLE + 15 * MINUTE)


def test_without_mains_there_is_no_voltage_and_no_average():
    device = meter(WHOLE)
    before = items.find("voltage_log_entries").read(device)
    device.note(MainsOff(), WHOLE + 10 * MINUTE)
    assert items.find("voltage_dv").read(device) == items.find("frequency_chz").read(device) == 0
    assert items.find("current_ma").read(device) == 0
    device.note(MainsOn(), WHOLE + 2 * HOUR + 10 * MINUTE)
    device.advance(WHOLE + 3 * HOUR)
    held = voltage.log(device.site, device.records, device.now, 4)
    assert held.true.tolist() == [WHOLE + n * HALF_HOUR for n in (0, 1, 5, 6)]
    assert held.voltages_dv[1] == plain_average(device, WHOLE, WHOLE + 10 * MINUTE)
    assert held.voltages_dv[2] == plain_average(device, WHOLE + 2 * HOUR + 10 * MINUTE, WHOLE + 2 * HOUR + HALF_HOUR)
    assert items.find("voltage_log_entries").read(device) == before == 4_320
    assert excursions(device) == []  # no under voltage is told of mains that are off


def test_a_stretch_begins_anew_after_an_outage():
    device = meter(WHOLE)
    device.note(MainsDisturbed(2_600, 600), WHOLE)
    device.note(MainsOff(), WHOLE + 20 * SECOND)
    device.note(MainsOn(), WHOLE + 80 * SECOND)
    device.advance(WHOLE + HOUR)
    assert excursions(device) == [(WHOLE + 110 * SECOND, "swell")]


# Settings


def test_every_setting_is_written_and_read():
    device = meter()
    written = {
        "average_over_dv": 2_600,
        "average_under_dv": 2_050,
        "average_period_s": 600,
        "extreme_over_dv": 2_800,
        "extreme_over_s": 40,
        "extreme_under_dv": 1_900,
        "extreme_under_s": 50,
        "sag_dv": 2_100,
        "sag_s": 60,
        "swell_dv": 2_520,
        "swell_s": 70,
    }
    for name, value in written.items():
        assert accept(device, WriteVoltageSettings(**{name: value}), sender=NETWORK) == [
            ConfigurationChanged("voltage")
        ]
    read = {key: items.BY_KEY[key].read(device) for key in items.BY_KEY}
    names = {
        **{name: name.replace("_dv", "_voltage_dv").replace("_s", "_voltage_s") for name in written},
        "average_period_s": "average_voltage_period_s",
        **{name: f"voltage_{name}" for name in written if name.startswith(("sag", "swell"))},
    }
    assert {name: read[names[name]] for name in written} == written


@pytest.mark.parametrize(
    "fields",
    [
        {"average_over_dv": 2_000},
        {"average_under_dv": 2_640},
        {"extreme_over_dv": 1_500, "extreme_under_dv": 1_600},
        {"sag_dv": 2_530},
        {"swell_dv": 10_001},
        {"sag_dv": -1},
        {"sag_s": 0},
        {"swell_s": 86_401},
        {"average_period_s": 29},
        {"average_period_s": 10**30},
    ],
)
def test_settings_in_disorder_are_refused_whole(fields):
    device = meter()
    refused = refuse(device, WriteVoltageSettings(**{"extreme_over_s": 31, **fields}), sender=NETWORK)
    assert refused.reason is Reason.INVALID_VALUE
    assert device.records.voltage.settings == VoltageSettings()


def test_the_network_and_the_supplier_write_them_and_nobody_else():
    for sender in (NETWORK, SUPPLIER):
        accept(meter(), WriteVoltageSettings(sag_dv=2_000), sender=sender)
    for command in (WriteVoltageSettings(sag_dv=2_000), ResetVoltageCounters()):
        assert refuse(meter(), command, sender=CONSUMER).reason is Reason.NOT_AUTHORISED


def test_a_new_limit_starts_its_timer_and_counters_stay():
    device = meter(WHOLE)
    device.note(MainsDisturbed(2_600, 3_600), WHOLE)
    accept(device, WriteVoltageSettings(swell_s=120), WHOLE + MINUTE)
    device.advance(WHOLE + 2 * HOUR)
    assert excursions(device) == [(WHOLE + 30 * SECOND, "swell"), (WHOLE + 3 * MINUTE, "swell")]


def test_a_restart_in_the_middle_of_a_stretch_changes_nothing():
    device, again = meter(WHOLE), meter(WHOLE)
    for each in (device, again):
        each.note(MainsDisturbed(2_900, 7_200), WHOLE + MINUTE)
    told = []
    for number in range(200):
        told.extend(again.take_changes().entries)
        again = Meter(again.site, WHOLE + MINUTE + number * 37 * SECOND, again.state())
    told.extend(again.take_changes().entries)
    device.advance(again.now)
    assert told == device.journal
    assert again.records == device.records


def test_the_settings_are_those_of_the_profile():
    profile = profile_with(voltage={"sag_dv": 2_111, "average_period_s": 600})
    held = meter(profile=profile).records.voltage
    assert (held.settings.sag.threshold_dv, held.settings.average_period_s) == (2_111, 600)
    assert held.log_since == site().installed_at
    accept(meter(), ClearEventLog())
