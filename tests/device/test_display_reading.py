"""What a display shows of a meter: closed form, checked against the meter's own registers and plain sums."""

import pytest
from device_sites import HOMES, NOW, accept, meter, site
from display_sites import ESME, GSME, IHD, PENNY, POUND, PPMID, PREPAID, TERMS, home, prepaid
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import commands
from emulator.device.display.customer import shown
from emulator.device.display.display import readings
from emulator.device.display.display_reading import Known, periods, read
from emulator.device.household import Channel
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND, instant
from emulator.device.meter import Meter
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import TimeDebt
from emulator.device.money.charges import project
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.money.pricing import Prices
from emulator.device.records import Switch
from emulator.device.step import replace

ALWAYS = Known(0)


def seen(at, name=IHD):
    return readings(at.devices, at.devices[name], at.now)


def test_the_power_is_refreshed_each_ten_seconds():
    at = home(IHD)
    at.advance(NOW + 3 * SECOND)
    first = seen(at)["electricity"]
    assert first.at == NOW // (10 * SECOND) * 10 * SECOND
    assert first.power_w == at.esme.power_mw(Channel.IMPORT) // 1000
    powers = set()
    for _ in range(12):
        at.advance(at.now + 10 * SECOND)
        reading = seen(at)["electricity"]
        assert at.now - 10 * SECOND < reading.at <= at.now
        assert reading.power_w == Meter(at.esme.site, reading.at).power_mw(Channel.IMPORT) // 1000
        powers.add(reading.power_w)
    assert len(powers) > 1


def test_between_two_refreshes_the_power_is_that_of_the_last():
    at = home(IHD)
    at.advance(instant(2026, 1, 2, 18, 0, 1))
    before = seen(at)["electricity"].power_w
    at.send(ESME, commands.DisableSupply(), commands.Sender.SUPPLIER, at.now + SECOND)
    at.advance(at.now + 5 * SECOND)
    assert seen(at)["electricity"].power_w == before > 0
    assert seen(at)["electricity"].state.switch is Switch.DISABLED
    at.advance(at.now + 5 * SECOND)
    assert seen(at)["electricity"].power_w == 0


@pytest.mark.parametrize(("low_w", "high_w", "word"), [(5, 10, "high"), (5, 99_000, "medium"), (90_000, 99_000, "low")])
def test_ambient_feedback_goes_by_the_two_thresholds(low_w, high_w, word):
    at = home(IHD)
    accept(at.esme, commands.WritePowerThresholds(low_w, high_w))
    at.advance(NOW + 20 * SECOND)
    assert seen(at)["electricity"].ambient == word


def test_energy_of_the_periods_is_the_movement_of_the_register():
    device = meter(instant(2026, 3, 18, 15, 7, 30))
    reading = read(device.site, device.records, device.now, ALWAYS)

    def total(*when):
        return Meter(device.site, instant(*when)).total_mwh(Channel.IMPORT)

    now = device.total_mwh(Channel.IMPORT)
    day, week, month = reading.usages.day, reading.usages.week, reading.usages.month
    assert day.wh == (now - total(2026, 3, 18)) // 1000
    assert day.before_wh == (total(2026, 3, 18) - total(2026, 3, 17)) // 1000
    assert week.wh == (now - total(2026, 3, 16)) // 1000  # a Monday
    assert week.before_wh == (total(2026, 3, 16) - total(2026, 3, 9)) // 1000
    assert month.wh == (now - total(2026, 3, 1)) // 1000
    assert month.before_wh == (total(2026, 3, 1) - total(2026, 2, 1)) // 1000


def test_periods_are_of_the_wall_clock():
    records = meter().records
    day, week, month = periods(instant(2026, 7, 1, 12), records)
    assert day == (instant(2026, 6, 29, 23), instant(2026, 6, 30, 23))
    assert week == (instant(2026, 6, 21, 23), instant(2026, 6, 28, 23))
    assert month == (instant(2026, 5, 31, 23), instant(2026, 6, 30, 23))
    # Summer time begins in the night to Sunday 29 March: that month begins in winter and ends in summer.
    assert periods(instant(2026, 4, 2, 12), records)[2] == (instant(2026, 3, 1), instant(2026, 3, 31, 23))


def test_money_of_a_day_is_energy_at_its_price_and_the_standing_charge():
    at = prepaid(home(IHD))
    at.advance(instant(2026, 1, 3, 20))
    used = seen(at)["electricity"].usages.day
    energy_mwh = Meter(at.esme.site, at.now).total_mwh(Channel.IMPORT) - Meter(
        at.esme.site, instant(2026, 1, 3)
    ).total_mwh(Channel.IMPORT)
    assert used.cost_mp == energy_mwh * 25 * PENNY // 1_000_000 + 50 * PENNY
    assert used.before_cost_mp > 50 * PENNY


def test_money_is_what_the_account_was_charged():
    at = prepaid(home(IHD), balance_mp=500 * POUND)
    at.advance(instant(2026, 1, 26))
    before = project(at.esme.site, at.esme.records, at.now)[0].balance_mp
    at.advance(instant(2026, 1, 31, 23, 59, 50))
    after = project(at.esme.site, at.esme.records, at.now)[0].balance_mp
    # The standing charge of the 26th was taken at its first instant, before the first look.
    assert abs(seen(at)["electricity"].usages.week.cost_mp - (before - after + 50 * PENNY)) <= 1


def test_a_change_of_price_leaves_what_was_used_before_at_the_old_price():
    at = prepaid(home(IHD, PPMID), balance_mp=500 * POUND)
    at.advance(instant(2026, 1, 5, 12))
    cost_mp = seen(at)["electricity"].usages.day.cost_mp
    assert at.send(ESME, commands.SetPrices(Prices(tou_mp=(90 * PENNY,))), commands.Sender.SUPPLIER).accepted
    for name in (IHD, PPMID):
        reading = seen(at, name)["electricity"]
        assert abs(reading.usages.day.cost_mp - cost_mp) <= 1
        assert reading.tariff.price_mp == 90 * PENNY


def test_blocks_and_rates_price_what_counts_now():
    prices = Prices(
        by="block", block_mp=((10 * PENNY, 20 * PENNY, 30 * PENNY, 40 * PENNY),), thresholds_wh=((1_000, 2_000),)
    )
    device = meter()
    device.note(AccountStarts(replace(PREPAID, prices=prices)))
    found = []
    for hours in range(0, 60, 2):
        device.advance(NOW + hours * HOUR)
        found.append(read(device.site, device.records, device.now, ALWAYS).tariff.price_mp // PENNY)
    assert sorted(set(found)) == [10, 20, 30]
    assert found == sorted(found)
    counters = read(device.site, device.records, device.now, ALWAYS).tariff.blocks_wh
    assert counters[:2] == (1_000, 1_000)
    assert counters[2] > 0
    night = meter(instant(2026, 1, 2, 2), household=HOMES["economy-7"])
    assert read(night.site, night.records, night.now, ALWAYS).tariff.rate == 1
    night.advance(instant(2026, 1, 2, 12))
    assert read(night.site, night.records, night.now, ALWAYS).tariff.rate == 2
    assert len(read(night.site, night.records, night.now, ALWAYS).registers) == 2


def test_the_account_as_a_display_shows_it():
    debts = (TimeDebt(20 * POUND, 30 * PENNY, hourly=True), TimeDebt(5 * POUND, 1 * POUND))
    at = prepaid(home(IHD), debts=debts, payment_debt_mp=7 * POUND, terms=replace(TERMS, payment_share=2_500))
    money = seen(at)["electricity"].money
    assert (money.balance_mp, money.payment_debt_mp, money.payment_share) == (10 * POUND, 7 * POUND, 2_500)
    assert [(debt.left_mp, debt.rate_mp) for debt in money.debts] == [(20 * POUND, 30 * PENNY), (5 * POUND, POUND)]
    at.advance(NOW + 2 * DAY)
    account, _ = project(at.esme.site, at.esme.records, at.now)
    later = seen(at)["electricity"].money
    assert later.debts[0].left_mp == account.debts[0].left_mp < 20 * POUND
    assert later.balance_mp >= account.balance_mp


def test_low_credit_emergency_credit_and_disablement_are_shown_as_they_come():
    at = prepaid(home(IHD), balance_mp=int(1.2 * POUND))
    money = seen(at)["electricity"].money
    assert money.latches.low
    assert not money.offered_mp
    at.advance(NOW + 6 * HOUR)
    assert seen(at)["electricity"].money.offered_mp == 5 * POUND
    at.advance(NOW + 2 * DAY)
    state = seen(at)["electricity"].state
    assert state.switch is Switch.DISABLED
    assert state.for_credit


def test_a_non_disablement_period_is_shown_with_its_end():
    every_day = NonDisablement(
        entries=(Entry("start", 0), Entry("stop", 10 * 60)),
    )
    at = prepaid(home(IHD), terms=replace(TERMS, calendar=every_day))
    state = seen(at)["electricity"].state
    assert state.friendly
    assert state.friendly_until == instant(2026, 1, 1, 10)
    at.advance(instant(2026, 1, 1, 10, 0, 10))
    assert not seen(at)["electricity"].state.friendly


def test_gas_is_as_old_as_the_meters_last_wake():
    at = prepaid(home(GSME, IHD), GSME)
    at.advance(NOW + HOUR)
    reading = seen(at)["gas"]
    assert reading.at < at.now
    assert at.now - reading.at <= 31 * MINUTE
    gas = at.devices[GSME]
    at.advance(at.now + 7 * MINUTE)
    assert seen(at)["gas"].counted == reading.counted
    assert reading.counted < gas.total_mwh(Channel.GAS) // 1000
    at.advance(at.now + 30 * MINUTE)
    assert seen(at)["gas"].at == reading.at + 30 * MINUTE
    assert seen(at)["gas"].power_w == 0
    assert seen(at)["gas"].ambient == ""


@given(
    st.lists(st.integers(1, 6 * HOUR), min_size=1, max_size=6),
    st.sampled_from([commands.DisableSupply(), commands.EnableSupply(), commands.SetPrices(Prices(tou_mp=(7_000,)))]),
)
@settings(max_examples=25, deadline=None)
def test_a_reading_does_not_depend_on_when_it_was_last_asked(steps, command):
    often, once = prepaid(home(IHD, GSME)), prepaid(home(IHD, GSME))
    for at in (often, once):
        at.send(ESME, command, commands.Sender.SUPPLIER)
    for step in steps:
        often.advance(often.now + step)
        seen(often)
    once.advance(often.now)
    assert seen(often) == seen(once)


def test_periods_before_the_display_counts_are_unknown():
    device = meter()
    reading = read(device.site, device.records, NOW, Known(NOW - HOUR))
    assert reading.usages.day.before_wh is None
    assert reading.usages.month.before_cost_mp is None
    assert 0 < reading.usages.day.wh < 1_500
    assert reading.usages.day.wh == reading.usages.month.wh


def test_the_clock_is_the_meters_own():
    device = Meter(site(), NOW)
    accept(device, commands.ShiftClock(90))
    assert read(device.site, device.records, NOW, ALWAYS).clock_at == NOW + 90 * SECOND


def test_a_display_shows_what_a_meter_tells_the_home_of():
    """4.2: low credit, emergency credit available, activated and exhausted, and a supply off and back."""
    at = prepaid(home(IHD), balance_mp=int(2.2 * POUND))
    told = []
    for quarter in range(12 * 96):
        at.advance(NOW + quarter * 15 * MINUTE)
        told.append(shown(at, IHD)[2:])  # after the two lines of the page
        if "EMERGENCY AVAILABLE" in " ".join(told[-1]):
            at.send(ESME, commands.ActivateEmergencyCredit(), commands.Sender.SUPPLIER)
    assert list(dict.fromkeys(told)) == [
        (),
        ("LOW CREDIT",),
        ("LOW CREDIT", "EMERGENCY AVAILABLE"),
        ("EMERGENCY IN USE",),
        ("LOW CREDIT", "EMERGENCY IN USE"),
        ("OFF", "NO CREDIT", "EMERGENCY USED UP"),
    ]
    limited = home(IHD)
    limit = commands.WriteLoadLimit(threshold_w=100, period_s=30, restoration_s=300, disable=True)
    limited.send(ESME, limit, commands.Sender.SUPPLIER)
    limited.advance(limited.next_due())
    reached = limited.now
    limited.advance(reached + MINUTE)
    assert shown(limited, IHD)[2:] == ("READY",)
    limited.advance(reached + 310 * SECOND)  # back by itself after 300 s, seen at the next ten seconds
    assert shown(limited, IHD)[2:] == ()
