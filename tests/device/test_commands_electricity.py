"""Commands of an electricity meter that are not money (functional reference 5.1 and 5.4): effect, timing, reads."""

import pytest
from device_sites import CONSUMER, FOUR_SEASONS, HOMES, NOW, SUPPLIER, accept, meter, refuse
from money_sites import NOON, home, mp, start

from emulator.device import block_log, items, metering
from emulator.device.calendar import BillingCalendar
from emulator.device.commands import (
    COMMANDS,
    ActivateEmergencyCredit,
    ClearEventLog,
    DisableSupply,
    Reason,
    RestrictData,
    Sender,
    SetClock,
    SetTariff,
    UpdateSecurityCredentials,
    WriteBillingCalendar,
    WriteLoadLimit,
    WritePowerThresholds,
    WriteVoltageSettings,
)
from emulator.device.electricity import voltage
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.electricity.voltage import MainsDisturbed
from emulator.device.future import CANCEL_AT
from emulator.device.happenings import (
    ConfigurationChanged,
    FutureActioned,
    FutureCancelled,
    FutureHeld,
    LoadLimitReached,
)
from emulator.device.household import Channel, Household
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.money.account import snapshots
from emulator.device.money.account_records import Terms, TimeDebt
from emulator.device.money.pricing import Prices
from emulator.device.rules import ELECTRICITY_RULES

FLAT = Household(shape="flat", daily_import_wh=24_000)  # about 1 kW, always


def read(device, *keys):
    return [items.find(key).read(device) for key in keys]


# Reads (services 4, 6.2, 6.13, 7.4, 11.2): they give what is there and change nothing.


def test_read_import_registers_tou_and_blocks():
    device = meter(household=HOMES["economy-7"])
    total, tou, blocks = read(device, "Total Active Import Register", "tou_wh", "Tariff Block Counter Matrix")
    assert total > 1_234
    assert (len(tou), len(blocks), len(blocks[0])) == (48, 8, 4)
    assert abs(sum(tou) - total) <= 2
    assert tou[0] > tou[1] > 0


def test_read_export_and_reactive_registers():
    device = meter(household=HOMES["solar"])
    assert read(device, "Total Active Export Register")[0] > 77
    assert read(device, "Total Reactive Import Register", "Total Reactive Export Register") == [
        device.total_mwh(Channel.REACTIVE_IMPORT) // 1000,
        device.total_mwh(Channel.REACTIVE_EXPORT) // 1000,
    ]


def test_read_prepayment_registers():
    device = home(1)
    start(device, 5, payment_debt_mp=mp(7))
    device.advance(NOON + HOUR)
    keys = ("meter_balance_mp", "emergency_credit_mp", "accumulated_debt_mp", "time_debt_1_mp", "payment_debt_mp")
    assert read(device, *keys) == [mp(4), 0, 0, 0, mp(7)]
    # And none of them nought: 10 lent, of which 0.5 used; 0.3 a day parked, then a time debt of 2 less 0.25.
    device = home(1)
    terms = Terms(emergency_limit_mp=mp(10), emergency_threshold_mp=mp(1), suspend_emergency=True)
    prices = Prices(tou_mp=(mp(1),), standing_mp=mp(0.3))
    start(device, 0.5, terms=terms, prices=prices, debts=(TimeDebt(mp(2), mp(0.25)), TimeDebt()))
    accept(device, ActivateEmergencyCredit())
    device.advance(NOON + 13 * HOUR)
    assert read(device, *keys) == [0, mp(9.5), mp(0.55), mp(1.75), 0]


def test_read_billing_profile_and_network_data():
    device = meter()
    assert len(snapshots(device.site, device.records, device.now)) == 4
    assert len(block_log.billing_counters(device.site, device.records, device.now)) == 4
    assert len(metering.intervals(device.records, device.now, 48).device) == 48
    assert len(voltage.log(device.site, device.records, device.now).device) == 4_320
    assert read(device, "Average RMS Over Voltage Counter", "Average RMS Under Voltage Counter") == [0, 0]
    device.note(MainsDisturbed(2_900, 3_600))
    device.advance(NOW + DAY)
    assert read(device, "Average RMS Over Voltage Counter", "Average RMS Under Voltage Counter") == [2, 0]
    assert voltage.log(device.site, device.records, device.now).voltages_dv.max() == 2_900
    day = metering.intervals(device.records, device.now, 48)
    used = metering.interval_energies(device.site, device.records, Channel.IMPORT, day)
    load, last = device.site.load(Channel.IMPORT), int(day.true[-1])
    assert abs(int(used.sum()) - (load.energy_mwh(last) - load.energy_mwh(last - DAY)) // 1000) <= 1


def test_read_tariff_power_configuration_status_and_version():
    device = meter()
    accept(device, SetTariff(FOUR_SEASONS))
    accept(device, WriteBillingCalendar(BillingCalendar("weekly", 3, 6, 30)))
    assert read(device, "tariff", "active_tou_register", "billing_calendar") == [
        "seasons",
        1,
        "weekly on weekday 3 at 06:30",
    ]
    assert read(device, "Active Power Import") == [device.power_mw(Channel.IMPORT) // 1000]
    assert read(device, "supply_state", "load_limit_w", "low_medium_w", "voltage_sag_dv") == [
        "enabled",
        0,
        2_300,
        2_160,
    ]
    assert read(device, "firmware", "hub_firmware", "clock_status")[2] == "valid"
    assert read(device, "firmware") == [device.site.profile.model.firmware]
    accept(device, DisableSupply())
    assert read(device, "Supply State") == ["disabled"]


def test_read_logs():
    device = meter()
    accept(device, WritePowerThresholds(1, 2))
    accept(device, ClearEventLog())
    accept(device, WritePowerThresholds(3, 4))
    event, security = read(device, "event_log", "security_log")
    assert [line["code"] for line in event] == [0x9004]
    assert [line["code"] for line in security] == [0x8F52]


def test_reads_change_nothing():
    device = meter()
    before = device.records
    for item in items.ITEMS:
        item.read(device)
    assert device.records is before
    assert not device.changed


# Effects


def test_write_load_limit_takes_effect_and_may_wait():
    device = meter(household=FLAT)
    at = NOW + 2 * HOUR
    assert accept(device, WriteLoadLimit(500, 60, at=at)) == [FutureHeld("WriteLoadLimit", at)]
    device.advance(at - 1)
    assert read(device, "load_limit_w") == [0]
    device.advance(at + MINUTE)
    told = [entry.what for entry in device.journal[1:]]
    assert told == [
        ConfigurationChanged("load_limit"),
        FutureActioned("WriteLoadLimit"),
        LoadLimitReached(500, disabled=False),
    ]


def test_a_newer_one_replaces_what_waits_and_a_cancel_takes_it_away():
    """Functional reference 5.4, rules 2 and 4."""
    device = meter(household=FLAT)
    accept(device, WriteLoadLimit(500, 60, at=NOW + HOUR))
    accept(device, WriteLoadLimit(700, 60, at=NOW + 2 * HOUR))
    assert len(device.records.pending) == 1
    assert accept(device, WriteLoadLimit(at=CANCEL_AT)) == [FutureCancelled("WriteLoadLimit")]
    device.advance(NOW + DAY)
    assert read(device, "load_limit_w") == [0]
    accept(device, WriteLoadLimit(900, at=NOW))  # a time that has passed acts at once
    assert read(device, "load_limit_w") == [900]


def test_what_waits_is_refused_whole_if_it_would_be_refused_now():
    device = meter()
    assert refuse(device, WriteLoadLimit(-1, at=NOW + HOUR)).reason is Reason.INVALID_VALUE
    assert device.records.pending == ()


def test_a_future_command_missed_without_mains_acts_at_the_return():
    """Functional reference 1.4."""
    device = meter()
    accept(device, WriteLoadLimit(800, at=NOW + HOUR))
    device.note(MainsOff(), NOW + MINUTE)
    device.note(MainsOn(), NOW + 3 * HOUR)
    device.advance(device.now)
    assert read(device, "load_limit_w") == [800]
    assert device.journal[-1].what == FutureActioned("WriteLoadLimit")


def test_set_clock_within_its_tolerance():
    device = meter()
    refused = refuse(device, SetClock(NOW + 61 * SECOND, 60))
    assert refused.reason is Reason.INVALID_VALUE
    assert device.records.logs.security[-1].code == 0x8F0C
    accept(device, SetClock(NOW + 60 * SECOND, 60))
    assert device.shown_time == NOW + 60 * SECOND
    assert device.records.logs.event[-1].code == 0x8145


def test_power_thresholds_band_the_power():
    device = meter(household=FLAT)
    bands = []
    for low, high in ((1_500, 2_000), (500, 2_000), (100, 200)):
        accept(device, WritePowerThresholds(low, high))
        bands += read(device, "power_threshold_status")
    assert bands == ["low", "medium", "high"]


def test_credentials_are_replaced_and_logged():
    device = meter()
    accept(device, UpdateSecurityCredentials(encryption_key=bytes(range(16))))
    assert device.records.credentials.encryption_key == bytes(range(16))
    assert device.records.logs.security[-1].code == 0x8F70


# Standard handling


def test_authority_comes_before_the_syntax_and_that_before_the_state():
    """Functional reference 5.4, rule 1."""
    device = meter()
    assert refuse(device, WritePowerThresholds(5, 1), sender=CONSUMER).reason is Reason.NOT_AUTHORISED
    assert refuse(device, WritePowerThresholds(5, 1)).reason is Reason.INVALID_VALUE
    device.note(MainsOff())
    assert device.send(RestrictData(0), CONSUMER).reason is Reason.NOT_AUTHORISED
    assert device.send(RestrictData(0), SUPPLIER).reason is Reason.UNREACHABLE


@pytest.mark.parametrize("kind", [kind for kind in COMMANDS if kind not in ELECTRICITY_RULES])
def test_what_belongs_to_another_device_is_not_applicable(kind):
    command = kind(*[None] * len(kind.__struct_fields__))
    assert meter().send(command, kind.senders).reason is Reason.NOT_APPLICABLE


def test_a_write_is_whole_or_nothing():
    device = meter()
    before = device.records
    refuse(device, WriteVoltageSettings(sag_dv=2_100, swell_dv=-1), sender=Sender.NETWORK)
    refuse(device, WriteLoadLimit(threshold_w=10, period_s=-1))
    assert device.records is before
    device.note(MainsDisturbed(2_100, 5))
    assert device.records.voltage.settings == before.voltage.settings
