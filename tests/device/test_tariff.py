"""Tariff: how one switching table follows another, and what the billing log keeps of it (reference 2.3.4)."""

import pytest
from device_sites import FOUR_SEASONS, HOMES, NOW, accept, day_of, meter, refuse

from emulator.device import metering
from emulator.device.calendar import SpecialDay, SwitchingTable
from emulator.device.commands import (
    ActivatePassiveTariff,
    Reason,
    SetClock,
    SetTariff,
    ShiftClock,
    WritePassiveTariff,
    WriteSpecialDays,
)
from emulator.device.future import CANCEL_AT
from emulator.device.happenings import BillingSnapshotTaken, FutureActioned, PassiveTariffWritten, TariffChanged
from emulator.device.household import Channel
from emulator.device.instant import DAY, HOUR, LAST, MINUTE, SECOND, instant
from emulator.device.tariff import active

SINGLE = SwitchingTable()
TWO_RATE = SwitchingTable(name="two", days=(day_of(1, (0, 1), (420, 2)),))


def test_a_table_is_taken_at_once():
    device = meter()
    before = device.tou()
    told = accept(device, SetTariff(FOUR_SEASONS), NOW)
    assert told == [BillingSnapshotTaken("tariff"), TariffChanged("seasons")]
    assert active(device.records) == FOUR_SEASONS
    assert device.tou() == before
    device.advance(instant(2026, 1, 1, 8))
    grown = [new - old for old, new in zip(before, device.tou(), strict=True)]
    load = device.site.load(Channel.IMPORT)
    seven = instant(2026, 1, 1, 7)
    assert grown[:2] == [
        load.energy_mwh(seven) - load.energy_mwh(NOW),
        load.energy_mwh(device.now) - load.energy_mwh(seven),
    ]
    assert not any(grown[2:])


@pytest.mark.parametrize("whole", [True, False])
def test_a_future_table_becomes_active_at_its_time(whole):
    at = NOW + 2 * DAY + 123
    device = meter()
    if whole:
        told = accept(device, SetTariff(TWO_RATE, at))
    else:
        accept(device, WritePassiveTariff(TWO_RATE))
        told = accept(device, ActivatePassiveTariff(at))
    assert told == [PassiveTariffWritten("two", at)]
    assert device.next_due() == at
    device.advance(at - 1)
    assert active(device.records) == SINGLE
    device.advance(at + 5 * DAY)
    assert active(device.records) == TWO_RATE
    assert [(entry.at, entry.what) for entry in device.journal[-3:]] == [
        (at, BillingSnapshotTaken("tariff")),
        (at, TariffChanged("two")),
        (at, FutureActioned("SetTariff")),
    ]
    assert device.next_due() is None
    assert device.records.runs[-1].since == at


@pytest.mark.parametrize("late", [0, 1, 30 * DAY])
def test_a_time_that_has_passed_acts_at_once(late):
    """Functional reference 5.4, rule 2."""
    device = meter()
    assert TariffChanged("two") in accept(device, SetTariff(TWO_RATE, NOW - late))
    device = meter()
    accept(device, WritePassiveTariff(TWO_RATE))
    assert TariffChanged("two") in accept(device, ActivatePassiveTariff(NOW - late))


def test_the_year_3000_cancels():
    device = meter()
    accept(device, SetTariff(TWO_RATE, NOW + DAY))
    accept(device, SetTariff(FOUR_SEASONS, CANCEL_AT))
    device.advance(NOW + 2 * DAY)
    assert active(device.records) == SINGLE
    assert refuse(device, SetTariff(TWO_RATE, LAST + 1)).reason is Reason.INVALID_VALUE


def test_a_newer_future_table_replaces_the_older():
    device = meter()
    accept(device, SetTariff(TWO_RATE, NOW + DAY))
    accept(device, SetTariff(FOUR_SEASONS, NOW + 2 * DAY))
    device.advance(NOW + 3 * DAY)
    assert [entry.what for entry in device.journal if isinstance(entry.what, TariffChanged)] == [
        TariffChanged("seasons")
    ]


def test_the_time_of_a_table_is_the_device_clocks():
    device = meter()
    accept(device, ShiftClock(600))
    accept(device, SetTariff(TWO_RATE, NOW + DAY))
    assert device.next_due() == NOW + DAY - 600 * SECOND
    accept(device, SetClock(NOW + DAY + HOUR), NOW + HOUR)
    assert device.next_due() is None  # what the clock has passed acts at once
    assert active(device.records) == TWO_RATE
    assert device.journal[-1].at == NOW + HOUR


def test_special_days_of_the_active_table_are_replaced():
    device = meter()
    accept(device, SetTariff(TWO_RATE))
    accept(device, WritePassiveTariff(FOUR_SEASONS))
    days = (SpecialDay(7, 1, 2, 1),)
    assert accept(device, WriteSpecialDays(days))[-1] == TariffChanged("two")
    assert active(device.records).special_days == device.records.tariff.passive.special_days == days
    for wrong in ((SpecialDay(1, 1, 1, 9),), (SpecialDay(1, 2, 30, 1),)):
        assert refuse(device, WriteSpecialDays(wrong)).reason is Reason.INVALID_VALUE


def test_billing_snapshots_hold_the_values_before_the_change():
    device = meter(household=HOMES["economy-7"])
    changes = [NOW + 3 * HOUR + 7, NOW + 2 * DAY, NOW + 9 * DAY + 123_456]
    read = []
    for at, table in zip(changes, (FOUR_SEASONS, TWO_RATE, SINGLE), strict=True):
        device.advance(at)
        read.append((device.total_mwh(Channel.IMPORT), device.tou()))
        accept(device, SetTariff(table))
    device.advance(NOW + 20 * DAY)
    held = [at for at in metering.snapshot_moments(device.site, device.records, device.now) if at in changes]
    assert held == changes
    taken = metering.registers_at_each(device.site, device.records, held)
    assert [(registers.import_mwh, registers.tou) for registers in taken] == read


def test_economy_7_splits_night_and_day():
    device = meter(instant(2026, 1, 11), household=HOMES["economy-7"])
    before = device.tou()
    load = device.site.load(Channel.IMPORT)
    night = 0
    for day in range(10):
        midnight = instant(2026, 1, 11) + day * DAY
        night += load.energy_mwh(midnight + 450 * MINUTE) - load.energy_mwh(midnight + 30 * MINUTE)
    device.advance(instant(2026, 1, 21))
    grown = [new - old for old, new in zip(before, device.tou(), strict=True)]
    total = load.energy_mwh(instant(2026, 1, 21)) - load.energy_mwh(instant(2026, 1, 11))
    assert grown[0] == night
    assert grown[1] == total - night
    assert 0.3 < night / total < 0.7
    assert not any(grown[2:])
