"""Displays in a home: change of supplier, change of tenancy, and what the hub lets through."""

import pytest
from device_sites import NOW, profile_with
from display_sites import (
    CHF,
    ESME,
    GSME,
    IHD,
    POUND,
    PPMID,
    PREPAID,
    SUPPLIER,
    happened,
    home,
    prepaid,
    top_up_code,
)

from emulator.device import commands
from emulator.device.display import customer
from emulator.device.display.customer import shown
from emulator.device.display.display import readings
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.gas import wake
from emulator.device.happenings import (
    DisplayForgot,
)
from emulator.device.identity import format_eui64
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.money.account import AccountStarts


def seen(at, name):
    return readings(at.devices, at.devices[name], at.now)


def display_with(name, **keys):
    """Give the packaged profile with keys of a display's block replaced."""
    return profile_with(**{name.value: keys})


# Change of supplier, change of tenancy.


def test_a_change_of_supplier_takes_the_history_and_the_messages():
    at = prepaid(home(IHD))
    at.send(IHD, commands.ShowMessage("old supplier"), SUPPLIER)
    at.advance(NOW + 3 * DAY)
    assert seen(at, IHD)["electricity"].usages.day.before_wh
    outcome = at.note(ESME, AccountStarts(PREPAID))
    assert happened(outcome, DisplayForgot) == [DisplayForgot(("history", "messages"))]
    used = seen(at, IHD)["electricity"].usages
    assert (used.day.before_wh, used.month.before_wh, used.month.wh) == (None, None, 0)
    assert at.devices[IHD].records.messages == ()
    at.advance(at.now + DAY)
    used = seen(at, IHD)["electricity"].usages
    assert abs(used.month.wh - used.day.wh - used.day.before_wh) <= 1


@pytest.mark.parametrize(
    ("loses", "keeps_history", "heard"), [((), True, True), (("history",), False, True), (("join",), True, False)]
)
def test_what_a_change_of_supplier_takes_is_the_makes(loses, keeps_history, heard):
    at = prepaid(home(IHD, profile=display_with(IHD, loses=loses)))
    at.advance(NOW + 3 * DAY)
    at.note(ESME, AccountStarts(PREPAID))
    assert bool(at.devices[IHD].records.link.missing) is not heard
    if heard:
        assert (seen(at, IHD)["electricity"].usages.day.before_wh is not None) is keeps_history


def test_a_new_tenant_does_not_see_what_the_old_one_used():
    at = prepaid(home(IHD), balance_mp=500 * POUND)
    at.advance(NOW + 40 * DAY)
    assert seen(at, IHD)["electricity"].usages.month.before_wh
    at.send(ESME, commands.RestrictData(at.now), SUPPLIER)
    used = seen(at, IHD)["electricity"].usages
    assert used.day.before_wh is None
    assert used.month.before_wh is None
    assert used.day.wh < 5
    at.advance(at.now + 2 * DAY)
    used = seen(at, IHD)["electricity"].usages
    assert used.day.before_wh > 0
    assert used.week.before_wh is None or used.week.before_wh < 60_000


def test_a_new_tenant_does_not_see_the_old_ones_top_ups():
    at = prepaid(home(PPMID))
    customer.code(at, ESME, top_up_code(at))
    assert len(seen(at, PPMID)["electricity"].money.vends) == 1
    at.send(ESME, commands.RestrictData(NOW + SECOND), SUPPLIER, NOW + MINUTE)
    assert seen(at, PPMID)["electricity"].money.vends == ()
    customer.code(at, ESME, top_up_code(at))
    assert len(seen(at, PPMID)["electricity"].money.vends) == 1


# With a hub.


def test_a_gas_top_up_is_seen_at_the_next_wake_and_not_before():
    at = prepaid(home(GSME, CHF, PPMID), GSME)
    at.advance(NOW + HOUR)
    before = seen(at, PPMID)["gas"]
    assert customer.code(at, GSME, top_up_code(at, GSME)).accepted
    gas = at.devices[GSME]
    wakes = wake.next_wake(gas.site, gas.records, at.now)
    at.advance(wakes - 1)
    assert seen(at, PPMID)["gas"] == before
    at.advance(wakes)
    assert seen(at, PPMID)["gas"].money.balance_mp > 19 * POUND


def test_a_display_taken_off_the_hubs_list_is_cut_off():
    at = prepaid(home(IHD, PPMID, CHF))
    at.advance(NOW + HOUR)
    removed = commands.RemoveDevice(format_eui64(at.devices[IHD].site.eui64))
    assert at.send(CHF, removed, SUPPLIER).accepted
    at.advance(NOW + 2 * HOUR)
    assert seen(at, IHD)["electricity"].at <= NOW + HOUR
    assert seen(at, PPMID)["electricity"].at > NOW + HOUR


def test_a_power_cut_takes_the_hub_and_with_it_the_han():
    at = prepaid(home(IHD, CHF, profile=display_with(IHD, battery_s=86_400)))
    at.advance(NOW + HOUR)
    at.note(ESME, MainsOff())
    at.advance(NOW + 2 * HOUR)
    assert shown(at, IHD)[0] == "No connection since 01/01/26 04:04"
    at.note(ESME, MainsOn())
    at.advance(NOW + 3 * HOUR)
    assert seen(at, IHD)["electricity"].at > NOW + 2 * HOUR
