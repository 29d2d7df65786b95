"""Profiles and daily reads over the wire, against what the devices counted (10.7: 4.6.1, 4.8, 4.10)."""

from decimal import Decimal
from itertools import pairwise

import pytest
import tariff_bodies as made
from adapter_stages import play

from emulator.adapter.steps.profiles import newest
from emulator.conformance.case import Home
from emulator.device.commands import RecordNetworkData, Sender
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR, HOUR, parse
from emulator.device.journal import DeviceName
from emulator.device.metering import total_at

WITH_GAS = Home(gas=True)


def meter_of(stage, name=DeviceName.ESME):
    return stage.farm.home(stage.index).installation.devices[name]


def total(meter, channel, at):
    """Give what a register of a meter read at an instant, in Wh, varh or l."""
    return total_at(meter.site, meter.records.runs, channel, at) // 1000


def check(told, field, meter, channel, start, end):
    """Hold that entries are all half hours of a stretch, and that they come to what the register moved."""
    stamps = [parse(one["Timestamp"]) for one in told]
    assert stamps == list(range(start + HALF_HOUR, end + 1, HALF_HOUR))
    moved = total(meter, channel, end) - total(meter, channel, start)
    assert abs(sum(field(one) for one in told) - moved) <= len(told)  # each half hour is cut to whole units
    for one, stamp in zip(told, stamps, strict=True):
        apart = total(meter, channel, stamp) - total(meter, channel, stamp - HALF_HOUR)
        assert abs(field(one) - apart) <= 1


@pytest.mark.parametrize("name", made.FAMILIES)
def test_half_hours_of_electricity_are_what_the_meter_counted(name):
    async def act(stage):
        end = stage.now // DAY * DAY
        start = end - 2 * DAY
        meter = meter_of(stage)
        body = made.period(start + 1000, end)  # an entry at its very start would be the half hour before
        told = made.told(stage.done(await stage.ask("4.8.1", body)))["LogEntry"]
        check(told, lambda one: one["Electricity"]["PrimaryValue"], meter, Channel.IMPORT, start, end)
        reactive, export = await stage.ask("4.8.2", body), await stage.ask("4.8.3", body, role="ED")
        metering = stage.profile.metering
        if not metering.other_profile_days:
            stage.refused(reactive, "not_supported")
            stage.refused(export, "not_supported")
            return
        told = made.told(stage.done(reactive))["LogEntry"]
        check(told, lambda one: one["ReactiveEnergyImportedValue"], meter, Channel.REACTIVE_IMPORT, start, end)
        told = made.told(stage.done(export))["LogEntry"]
        check(told, lambda one: one["ActiveEnergyExportedValue"], meter, Channel.EXPORT, start, end)
        check(told, lambda one: one["ReactiveEnergyExportedValue"], meter, Channel.REACTIVE_EXPORT, start, end)

    play(act, name)


@pytest.mark.parametrize("name", made.FAMILIES)
def test_half_hours_of_gas_are_what_the_meter_counted_in_cubic_metres(name):
    async def act(stage):
        end = stage.now // DAY * DAY
        start = end - DAY
        body = made.period(start + 1000, end)
        told = made.told(stage.done(await stage.ask("4.8.1", body, device="gsme")))["LogEntry"]
        litres = lambda one: Decimal(one["Gas"]["PrimaryValue"]) * 1000  # noqa: E731
        check(told, litres, meter_of(stage, DeviceName.GSME), Channel.GAS, start, end)
        assert all(one["Gas"]["PrimaryValue"][-4] == "." for one in told)

    play(act, name, WITH_GAS)


def test_thirteen_months_come_whole_and_in_order():
    async def act(stage):
        body = made.period(stage.now - 500 * DAY, stage.now + DAY)
        told = stage.done(await stage.ask("4.8.1", body)).body["LogEntry"]
        stamps = [parse(one["Timestamp"]) for one in told]
        assert len(stamps) == stage.profile.metering.import_profile_days * 48
        assert all(later - earlier == HALF_HOUR for earlier, later in pairwise(stamps))
        assert stamps[-1] == stage.now // HALF_HOUR * HALF_HOUR

    play(act, "elster-as300p")


def test_both_ends_of_a_period_are_in_it_and_nothing_is_an_empty_set():
    async def act(stage):
        end = stage.now // DAY * DAY
        for start, until, entries in (
            (end - HOUR, end, 3),
            (end - HOUR + 1000, end - 1000, 1),
            (end, end, 1),
            (end + 1000, end + 2000, 0),
            (stage.now + DAY, stage.now + 2 * DAY, 0),
            (0, 1, 0),
        ):
            told = stage.done(await stage.ask("4.8.1", made.period(start, until))).body
            assert len(told.get("LogEntry", ())) == entries

    play(act, "edmi-es10a")


def test_a_period_that_ends_before_it_starts_is_no_request():
    async def act(stage):
        asked = await stage.ask(
            "4.8.1", {"ReadLogPeriod": {"StartDateTime": "2026-06-02T00:00:00Z", "EndDateTime": "2026-06-01T00:00:00Z"}}
        )
        stage.refused(asked, "malformed")

    play(act, "edmi-es10a")


@pytest.mark.parametrize("name", made.FAMILIES)
def test_midnights_are_the_registers_of_then(name):
    async def act(stage):
        body = made.period(stage.now - 40 * DAY, stage.now)
        told = made.told(stage.done(await stage.ask("4.6.1", body)))["LogEntry"]
        assert len(told) == stage.profile.metering.daily_reads
        meter = meter_of(stage)
        for one in told:
            at = parse(one["Timestamp"])
            assert at % DAY == 0
            day = one["Electricity"]
            assert day["ElecActiveImportRegisterConsumption"] == total(meter, Channel.IMPORT, at)
            assert len(day["TariffTOURegisterMatrixValue"]) == stage.profile.metering.tou_registers
            assert day["TariffTOURegisterMatrixValue"][0] == day["ElecActiveImportRegisterConsumption"]
        told = made.told(stage.done(await stage.ask("4.6.1", body, device="gsme")))["LogEntry"]
        held = stage.truth("daily_read_log", "gsme")
        assert [one["Timestamp"] for one in told] == [one["at"] for one in held]
        assert [int(Decimal(one["Gas"]["GasActiveImportRegisterConsumption"]) * 1000) for one in told] == [
            one["volume_l"] for one in held
        ]

    play(act, name, WITH_GAS)


def test_a_gas_day_by_blocks_has_counters_and_no_registers():
    async def act(stage):
        body = made.update(gas=made.gas_tariff(None), prices=made.gas_prices(blocks=(3, 2, 1)))
        stage.done(await stage.ask("1.1.1", body, device="gsme", within="3h"))
        await stage.advance("25h")
        body = made.period(stage.now - DAY, stage.now)
        (entry,) = made.told(stage.done(await stage.ask("4.6.1", body, device="gsme")))["LogEntry"]
        assert "TariffTOURegisterMatrix" not in entry["Gas"]
        counted = entry["Gas"]["TariffBlockCounterMatrix"]
        assert len(counted) == 4
        assert sum(map(Decimal, counted)) > 0

    play(act, "elster-as300p", WITH_GAS)


@pytest.mark.parametrize("name", made.FAMILIES)
def test_network_data_are_averages_in_volts_and_their_counters(name):
    async def act(stage):
        body = made.period(stage.now - 2 * HOUR, stage.now)
        asked = await stage.ask("4.10", body, role="ED")
        if not stage.profile.voltage.averages:
            stage.refused(asked, "not_supported")
            return
        told = made.told(stage.done(asked))["Electricity"]["SinglePhaseESME"]
        assert told["AvgRMSOverVoltageCounter"]["Value"] == stage.truth("average_over_voltage_count")
        assert told["AvgRMSUnderVoltageCounter"]["Value"] == stage.truth("average_under_voltage_count")
        log = told["AvgRMSVoltageProfileDataLog"]
        assert log["MeasurementPeriod"] == stage.truth("average_voltage_period_s")
        assert len(log["LogEntry"]) == 2 * HOUR // (log["MeasurementPeriod"] * 1000)
        assert Decimal(log["LogEntry"][-1]["Value"]) * 10 == stage.truth("average_voltage_dv")

    play(act, name)


def test_the_gas_network_log_is_empty_until_it_is_begun_and_six_minutes_each_then():
    async def act(stage):
        body = made.period(stage.now - DAY, stage.now + 10 * DAY)
        assert stage.done(await stage.ask("4.10", body, device="gsme")).body == {"Gas": {}}
        await stage.farm.send(stage.index, RecordNetworkData(), Sender.NETWORK | Sender.SUPPLIER, DeviceName.GSME)
        await stage.advance("6h")
        told = made.told(stage.done(await stage.ask("4.10", body, device="gsme")))["Gas"]["NetworkDataLog"]
        held = stage.truth("network_data_log", "gsme")
        assert len(told) == len(held) > 0
        assert [one["Timestamp"] for one in told] == [one["at"] for one in held]
        apart = [
            Decimal(one["Value"]) * 1000 - Decimal(two["volume_ml"]) / 1000 for one, two in zip(told, held, strict=True)
        ]
        assert max(map(abs, apart)) <= Decimal("0.5")

    play(act, "elster-as300p", WITH_GAS)


def test_of_too_many_entries_the_newest_are_kept():
    assert newest([1, 2, 3], 2) == (2, 3)
    assert newest([1], 2) == (1,)
