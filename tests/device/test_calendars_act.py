"""Calendars from the command to what the meter then does (functional reference 2.7, 2.10, 3.1)."""

import pytest
from device_sites import NOW, accept, day_of, meter, refuse, week_of
from gas_sites import gas_meter
from money_sites import home, start

from emulator.device import metering
from emulator.device.calendar import BillingCalendar, DayProfile, Season, SpecialDay, Switch, SwitchingTable
from emulator.device.calendar import calendar_from as period_from
from emulator.device.commands import Reason, SetTariff, WriteBillingCalendar, WritePrepaymentConfiguration
from emulator.device.gas.items_gas import GAS_ITEMS
from emulator.device.happenings import CreditExhausted
from emulator.device.household import Channel
from emulator.device.instant import HOUR, instant, isoformat
from emulator.device.items import find
from emulator.device.money.account_records import Terms
from emulator.device.money.non_disablement import Day, Entry, NonDisablement

READ = {item.key: item.read for item in GAS_ITEMS}
EVERY_NOON = Entry("start", 12 * 60)

# Non-disablement (2.7): a home without credit from Monday 5 January 2026, noon, when each of these has begun.
CALENDARS = [
    (instant(2026, 1, 7, 9), (Entry("start", 720, (1,)), Entry("stop", 540, (3,))), ()),
    (instant(2026, 1, 5, 20, 30), (EVERY_NOON, Entry("stop", 1_230)), ()),
    (instant(2026, 1, 8, 10), (EVERY_NOON, Entry("stop", 600, (), (1,))), (SpecialDay(1, 1, 8, 1),)),
    (instant(2026, 1, 9, 10), (EVERY_NOON, Entry("stop", 600, first=Day(1, 9, 2026), last=Day(1, 9, 2026))), ()),
    (instant(2026, 1, 9, 10), (EVERY_NOON, Entry("stop", 600, first=Day(1, 9), last=Day(1, 9))), ()),
]


@pytest.mark.parametrize(("ends", "entries", "special_days"), CALENDARS, ids=range(len(CALENDARS)))
def test_a_meter_without_credit_stays_on_until_its_calendar_says_stop(ends, entries, special_days):
    device = home()
    start(device, 5)
    accept(device, WritePrepaymentConfiguration(calendar=NonDisablement(entries, special_days)))
    start(device, 0, terms=Terms(calendar=device.records.terms.calendar))
    assert find("non_disablement").read(device)
    device.advance(ends - 1)
    assert (find("supply_state").read(device), find("non_disablement").read(device)) == ("enabled", True)
    device.advance(ends)
    assert (find("supply_state").read(device), find("non_disablement").read(device)) == ("disabled", False)
    assert [entry.at for entry in device.journal if isinstance(entry.what, CreditExhausted)] == [ends]


def test_a_calendar_has_up_to_sixteen_entries():
    device = home()
    start(device, 5)
    sixteen = tuple(Entry("start" if number % 2 else "stop", number) for number in range(16))
    accept(device, WritePrepaymentConfiguration(calendar=NonDisablement(sixteen)))
    more = NonDisablement((*sixteen, EVERY_NOON))
    assert refuse(device, WritePrepaymentConfiguration(calendar=more)).reason is Reason.INVALID_VALUE
    assert device.records.terms.calendar.entries == sixteen


# Billing (2.10).
PERIODS = [
    (BillingCalendar("daily", 1, 6, 30), [(2026, 12, day, 6, 30) for day in (29, 30, 31)]),
    (BillingCalendar("weekly", 4, 23, 59), [(2026, 12, day, 23, 59) for day in (17, 24, 31)]),
    (BillingCalendar("monthly", 28, 1), [(2026, month, 28, 1, 0) for month in (10, 11, 12)]),
    (BillingCalendar("quarterly", 15, 6, 30, 2), [(2026, month, 15, 6, 30) for month in (5, 8, 11)]),
    (BillingCalendar("six-monthly", 1, 0, 0, 10), [(2026, month, 1, 0, 0) for month in (4, 10)]),
    (BillingCalendar("yearly", 28, 23, 59, 2), [(2026, 2, 28, 23, 59)]),
]
NEW_YEAR = instant(2027, 1, 1)


@pytest.mark.parametrize(("calendar", "ends"), PERIODS, ids=[calendar.period for calendar, _ in PERIODS])
def test_a_written_billing_calendar_takes_its_snapshots(calendar, ends):
    device = meter()
    accept(device, WriteBillingCalendar(calendar))
    device.advance(NEW_YEAR)
    taken = [at for at in metering.snapshot_moments(device.site, device.records, device.now) if at > NOW]
    assert taken[-3:] == [instant(*end) for end in ends]
    assert [kept["at"] for kept in find("billing_accounts").read(device)][-len(ends) :] == taken[-3:]


@pytest.mark.parametrize(
    ("period", "ends"),
    [
        ("daily", [(12, 29), (12, 30), (12, 31)]),
        ("weekly", [(12, 17), (12, 24), (12, 31)]),
        ("monthly", [(10, 7), (11, 7), (12, 7)]),
        ("quarterly", [(5, 7), (8, 7), (11, 7)]),
        ("six-monthly", [(5, 7), (11, 7)]),
        ("yearly", [(5, 7)]),
    ],
)
def test_a_billing_calendar_of_gas_takes_its_snapshots_from_its_start(period, ends):
    device = gas_meter()
    accept(device, WriteBillingCalendar(period_from(instant(2026, 5, 7, 6, 15), period)), NOW)
    device.advance(NEW_YEAR)
    taken = [row["at"] for row in READ["billing_data_log"](device) if row["at"] > isoformat(NOW)]
    assert taken[-3:] == [isoformat(instant(2026, *end, 6, 15)) for end in ends]


# The switching table of gas (3.1).
def special_days(count):
    days = tuple(DayProfile(rate, (Switch(0, rate),)) for rate in (1, 2, 3, 4))
    named = tuple(SpecialDay(n, 1 + n // 25, 1 + n % 25, 4) for n in range(count))
    return SwitchingTable("holidays", (Season("all", 1, 1, "all"),), (week_of("all", 2),), days, named)


def test_special_days_of_gas_count_in_their_register():
    device = gas_meter()
    accept(device, SetTariff(special_days(50)), NOW)
    before = READ["tou_l"](device)
    march = instant(2026, 3, 1)
    device.advance(march)
    load = device.site.load(Channel.GAS)
    # Register 4 from now to 25 January and 1 to 25 February, register 2 on the other days.
    spans = [(NOW, instant(2026, 1, 26)), (instant(2026, 2, 1), instant(2026, 2, 26))]
    special_ml = sum(load.energy_mwh(end) - load.energy_mwh(since) for since, end in spans)
    rest_ml = load.energy_mwh(march) - load.energy_mwh(NOW) - special_ml
    grown = [now - then for now, then in zip(READ["tou_l"](device), before, strict=True)]
    assert [abs(grown[1] - rest_ml // 1000) <= 1, abs(grown[3] - special_ml // 1000) <= 1] == [True, True]
    assert (grown[0], grown[2]) == (0, 0)
    assert rest_ml > 0


@pytest.mark.parametrize(
    "table",
    [
        special_days(51),
        SwitchingTable(days=(day_of(1, (0, 5)),)),
        SwitchingTable(days=(day_of(1, (0, 1), (720, 2)),)),
    ],
    ids=["special days", "rates", "times"],
)
def test_a_gas_table_beyond_its_bounds_is_refused_whole(table):
    device = gas_meter()
    assert refuse(device, SetTariff(table)).reason is Reason.INVALID_VALUE
    device.advance(NOW + HOUR)
    assert READ["tou_l"](device)[1:] == [0, 0, 0]
