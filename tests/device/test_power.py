"""Loss of mains (functional reference 1.4, 2.8, 2.9): what stops, what survives, what happens when they are back."""

import pytest
from device_sites import CONSUMER, FOUR_SEASONS, HOMES, NOW, SUPPLIER, accept, meter, moved_mwh, profile_with

from emulator.device import items, metering
from emulator.device.clock import ClockDrifts
from emulator.device.commands import (
    AdjustBalance,
    ArmSupply,
    DisableSupply,
    Reason,
    RestoreSupply,
    SetClock,
    SetPaymentMode,
    SetPrices,
    SetTariff,
    WriteLoadLimit,
    WritePrepaymentConfiguration,
)
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.happenings import (
    BillingSnapshotTaken,
    ClockAdjusted,
    ClockInvalidated,
    CreditExhausted,
    FutureActioned,
    LoadLimitReached,
    PaymentModeChanged,
    PowerLost,
    PowerRestored,
    SupplyRestored,
    TariffChanged,
)
from emulator.device.household import Channel, Household
from emulator.device.instant import DAY, HALF_HOUR, HOUR, MINUTE, SECOND, instant
from emulator.device.meter import Meter
from emulator.device.money.account_records import Mode
from emulator.device.money.pricing import Prices
from emulator.device.records import LogEntry, Switch

FLAT = Household(shape="flat", daily_import_wh=24_000)  # about 1 kW, always


def outage(device, off, on):
    """Take the mains away for a time."""
    assert device.note(MainsOff(), off).accepted
    outcome = device.note(MainsOn(), on)
    assert outcome.accepted
    device.advance(on)
    return [entry.what for entry in device.journal if entry.at >= on]


@pytest.mark.parametrize("home", HOMES)
def test_registers_stand_still_without_mains_and_go_on(home):
    device = meter(household=HOMES[home])
    off, on, end = NOW + 17 * SECOND, NOW + 2 * DAY + 12_345, NOW + 3 * DAY
    device.note(MainsOff(), off)
    held, tou = [device.total_mwh(channel) for channel in Channel], device.tou()
    for at in (off, off + MINUTE, on - 1):
        device.advance(at)
        assert [device.total_mwh(channel) for channel in Channel] == held
        assert device.tou() == tou
        assert [device.power_mw(channel) for channel in Channel] == [0] * len(Channel)
    device.note(MainsOn(), on)
    device.advance(end)
    of = device.site
    moved = moved_mwh(of, Channel.IMPORT, [(of.installed_at, off), (on, end)])
    assert device.total_mwh(Channel.IMPORT) == of.household.opening_import_wh * 1000 + moved
    assert sum(device.tou()) == device.total_mwh(Channel.IMPORT)


def test_an_outage_is_told_at_its_beginning_and_end_only():
    device = meter()
    accept(device, WriteLoadLimit(300, 60))
    device.note(MainsOff(), NOW + HOUR)
    assert device.next_due() is None
    device.advance(NOW + 5 * DAY)
    assert device.journal[-1].what == PowerLost()
    assert device.note(MainsOn()).entries[0].what == PowerRestored(5 * DAY - HOUR, "long")
    codes = [entry.code for entry in device.records.logs.event]
    assert codes[-2:] == [0x8F57, 0x8F36]
    outage(device, device.now + SECOND, device.now + 3 * MINUTE)
    assert device.records.logs.event[-1] == LogEntry(device.now, 0x8F35)


def test_a_meter_without_mains_is_not_reached():
    device = meter()
    device.note(MainsOff())
    outcome = device.send(DisableSupply(), SUPPLIER)
    assert (outcome.accepted, outcome.reason) == (False, Reason.UNREACHABLE)
    assert device.note(MainsOff()).reason is Reason.CONFLICT_STATE
    device.note(MainsOn(), NOW + HOUR)
    assert device.note(MainsOn()).reason is Reason.CONFLICT_STATE


@pytest.mark.parametrize("way", [(), (DisableSupply(),), (DisableSupply(), ArmSupply())])
def test_the_supply_is_as_before(way):
    """Functional reference 2.8: power loss and return, same as before, automatic."""
    device = meter()
    for command in way:
        accept(device, command)
    before = device.records.supply
    outage(device, NOW + HOUR, NOW + 2 * HOUR)
    assert device.records.supply == before
    running = device.total_mwh(Channel.IMPORT)
    device.advance(NOW + 3 * HOUR)
    assert (device.total_mwh(Channel.IMPORT) > running) is (before.switch is Switch.ENABLED)
    if before.switch is Switch.ARMED:
        accept(device, RestoreSupply(), sender=CONSUMER)
        assert device.supplied


def test_all_of_the_data_store_survives():
    device = meter()
    accept(device, SetTariff(FOUR_SEASONS))
    accept(device, WritePrepaymentConfiguration(emergency_limit_mp=500_000))
    before = device.records
    device.note(MainsOff(), NOW + HOUR)
    again = Meter(device.site, NOW + 9 * HOUR, device.state())
    assert not again.records.power.on
    again.note(MainsOn())
    for name in before.__struct_fields__:
        if name not in {"runs", "logs", "power", "tamper", "voltage", "account"}:
            assert getattr(again.records, name) == getattr(before, name), name


def test_what_was_due_meanwhile_happens_at_the_return():
    device = meter()
    accept(device, SetTariff(FOUR_SEASONS, NOW + 2 * HOUR))
    accept(device, SetPaymentMode(Mode.PREPAYMENT, at=NOW + 3 * HOUR))
    told = outage(device, NOW + HOUR, NOW + DAY)
    assert {TariffChanged("seasons"), PaymentModeChanged(Mode.PREPAYMENT)} <= set(told)
    assert FutureActioned("SetPaymentMode") in told
    assert BillingSnapshotTaken("tariff") in told
    assert device.records.account.mode is Mode.PREPAYMENT
    assert all(entry.at in {NOW, NOW + HOUR, NOW + DAY} for entry in device.journal)


def test_the_load_limit_begins_afresh_and_restores_at_the_return():
    device = meter(household=FLAT)
    accept(device, WriteLoadLimit(500, 600, 900, disable=True))
    outage(device, NOW + 5 * MINUTE, NOW + 6 * MINUTE)
    device.advance(NOW + 16 * MINUTE)
    reached = [entry.at for entry in device.journal if isinstance(entry.what, LoadLimitReached)]
    assert reached == [NOW + 16 * MINUTE]
    told = outage(device, NOW + 17 * MINUTE, NOW + 2 * HOUR)
    assert SupplyRestored() in told
    assert device.supplied


def test_credit_that_ran_out_is_found_at_the_return():
    """Charges of the days without mains fall due when it is back, and then the thresholds are tested."""
    device = meter()
    accept(device, SetPrices(Prices(standing_mp=100_000)))
    accept(device, AdjustBalance(0))
    accept(device, SetPaymentMode(Mode.PREPAYMENT))
    accept(device, AdjustBalance(250_000))
    told = outage(device, NOW + HOUR, NOW + 4 * DAY)
    assert CreditExhausted(-150_000) in told
    assert device.records.supply.switch is Switch.DISABLED


def test_power_ups_are_counted():
    device = meter()
    for number in range(3):
        outage(device, NOW + number * HOUR + MINUTE, NOW + number * HOUR + 2 * MINUTE)
    assert items.find("power_ups").read(device) == 3
    assert items.find("power").read(device) == "on"
    assert device.records.power.outages[0] == (NOW + MINUTE, NOW + 2 * MINUTE)


def test_outages_kept_are_bounded():
    device = meter()
    for number in range(200):
        outage(device, NOW + number * MINUTE, NOW + number * MINUTE + SECOND)
    assert len(device.records.power.outages) == 128
    assert items.find("power_ups").read(device) == 200


# The clock


def test_a_clock_with_enough_reserve_keeps_its_time():
    device = meter(profile=profile_with(clock={"backup_s": 86_400}))
    outage(device, NOW, NOW + DAY)
    assert device.shown_time == NOW + DAY
    assert items.find("clock_status").read(device) == "valid"


def test_a_clock_without_reserve_stands_still_and_is_invalid_until_it_is_set():
    device = meter(profile=profile_with(clock={"backup_s": 3_600}))
    told = outage(device, NOW, NOW + DAY)
    assert ClockInvalidated() in told
    assert device.shown_time == NOW + HOUR
    assert items.find("clock_status").read(device) == "invalid"
    assert device.records.logs.event[-1] == LogEntry(NOW + HOUR, 0x9020)
    assert ClockAdjusted(DAY - HOUR) in accept(device, SetClock(NOW + DAY))
    assert items.find("clock_status").read(device) == "valid"
    assert device.shown_time == NOW + DAY


# Logs across an outage


def test_half_hours_have_the_hole_with_its_status():
    off, on = instant(2026, 1, 10, 12, 10), instant(2026, 1, 10, 13, 40)
    device = meter()
    outage(device, off, on)
    device.advance(instant(2026, 1, 10, 15))
    rows = metering.intervals(device.records, device.now, 6)
    energies = metering.interval_energies(device.site, device.records, Channel.IMPORT, rows).tolist()
    assert metering.interval_statuses(device.records, rows).tolist() == [1, 1, 1, 1, 0, 0]
    assert energies[1:3] == [0, 0]
    load = device.site.load(Channel.IMPORT)
    partial = load.energy_mwh(off) - load.energy_mwh(off // HALF_HOUR * HALF_HOUR)
    assert abs(energies[0] - partial // 1000) <= 1


def test_a_day_wholly_without_mains_has_no_daily_read():
    """Functional reference 2.9, semantics 2: a gap, nothing synthesised. A day with some mains has its read."""
    device = meter(instant(2026, 1, 10, 9))
    outage(device, instant(2026, 1, 10, 18), instant(2026, 1, 14, 6))
    device.advance(instant(2026, 1, 16, 1))
    held = metering.midnights(device.records, device.now, 14)
    days = [at // DAY - instant(2026, 1, 1) // DAY + 1 for at in held.true.tolist()]
    # 12th to 14th at 00:00 close the 11th to 13th, which were dark; the 11th closes a day with mains until 18:00.
    assert days == [*range(-1, 12), 15, 16][-14:]
    assert len(days) == 14
    assert items.find("daily_read_entries").read(device) == 14
    reading = metering.registers_at(device.site, device.records, instant(2026, 1, 11)).import_mwh
    assert reading == metering.registers_at(device.site, device.records, instant(2026, 1, 10, 18)).import_mwh


def test_a_meter_that_is_off_now_has_no_daily_reads_of_it():
    device = meter(instant(2026, 1, 10, 9), installed_at=instant(2026, 1, 8))
    device.note(MainsOff(), instant(2026, 1, 11))
    device.advance(instant(2026, 1, 20))
    assert metering.midnights(device.records, device.now, 14).true.tolist() == [
        instant(2026, 1, 9),
        instant(2026, 1, 10),
        instant(2026, 1, 11),
    ]


def test_what_waited_for_the_power_happens_with_its_return_and_a_restart_changes_nothing():
    """A clock that strayed for months without being bent, as a search over random homes found it."""
    device = meter()
    device.note(ClockDrifts(500))
    device.note(MainsOff(), device.now + HOUR)
    device.note(MainsOn(), device.now + 200 * DAY)
    again = Meter(device.site, device.now, device.state())
    assert device.shown_time == again.shown_time != device.now
    assert device.state() == again.state()
