"""Text of displays: amounts, registers, local time, and which pages and marks stand there when."""

import typing

import pytest
from device_sites import NOW, day_of, meter
from display_sites import ESME, GSME, IHD, PENNY, POUND, PPMID, PREPAID, TERMS, home, prepaid

from emulator.device import commands
from emulator.device.calendar import SwitchingTable
from emulator.device.display import customer
from emulator.device.display.display_reading import Known, read
from emulator.device.display.display_text import FIELDS, Own, marks, money, pages, price, thousandths
from emulator.device.instant import DAY, HOUR, MINUTE, instant
from emulator.device.money.account import AccountStarts
from emulator.device.money.account_records import TimeDebt
from emulator.device.money.non_disablement import Entry, NonDisablement
from emulator.device.profiles.profile_display import ASSUMED, IN_HOME_MENUS, MENUS, WORDS, Field, Interface, Page, Word
from emulator.device.step import replace


@pytest.mark.parametrize(
    ("amount_mp", "text"),
    [
        (0, "£0.00"),
        (1_234_567, "£12.35"),
        (-120_000, "-£1.20"),
        (-400, "£0.00"),
        (499, "£0.00"),
        (500, "£0.01"),
        (100_000_000, "£1000.00"),
    ],
)
def test_money_is_in_pounds_and_pence(amount_mp, text):
    assert money(amount_mp) == text


def test_money_in_euro():
    assert money(150_000, "EUR") == "€1.50"


def test_prices_are_in_pence_as_exact_as_they_are():
    assert [price(amount) for amount in (26_150, 25_000, 5, 0)] == ["26.15p", "25p", "0.005p", "0p"]


def test_registers_are_cut_and_not_rounded():
    assert [thousandths(1_999, places) for places in (0, 1, 2, 3)] == ["1", "1.9", "1.99", "1.999"]
    assert thousandths(12_000, 3) == "12.000"


def test_every_field_can_be_written_and_every_word_is_there():
    assert set(FIELDS) == set(typing.get_args(Field))
    assert set(WORDS) == set(typing.get_args(Word))
    shown = {page.shows for menus in (MENUS, IN_HOME_MENUS) for menu in menus.values() for page in menu}
    assert shown <= set(FIELDS)


def reading_of(device):
    return read(device.site, device.records, device.now, Known(0))


def values(device, *fields, block=ASSUMED):
    """Give what each field says of a meter."""
    own = Own("hello", device.site.serial, "1.2")
    return {field: FIELDS[field](reading_of(device), block, own) for field in fields}


PREPAYMENT_ONLY = (
    "balance",
    "emergency",
    "debt",
    "debt_1",
    "debt_2",
    "payment_debt",
    "to_clear",
    "last_vends",
    "vend_counts",
)


def test_in_credit_mode_there_is_an_amount_due_and_no_prepayment_page():
    device = meter()
    assert all(found == () for found in values(device, *PREPAYMENT_ONLY, "friendly", "days_left").values())
    device.send(commands.AdjustBalance(12 * POUND), commands.Sender.SUPPLIER)
    assert values(device, "due") == {"due": ("£12.00",)}


def test_in_prepayment_there_are_balance_debts_and_vends():
    device = meter()
    debts = (TimeDebt(20 * POUND, 30 * PENNY, hourly=True), TimeDebt(5 * POUND, POUND))
    device.note(
        AccountStarts(
            replace(PREPAID, debts=debts, payment_debt_mp=7 * POUND, terms=replace(TERMS, payment_share=2_500))
        )
    )
    found = values(device, *PREPAYMENT_ONLY, "due")
    assert found["balance"] == ("£10.00",)
    assert found["debt_1"] == ("£20.00 at £0.30 a hour",)
    assert found["debt_2"] == ("£5.00 at £1.00 a day",)
    assert found["payment_debt"] == ("£7.00 at 25% of a top-up",)
    assert found["debt"] == ("£32.00",)
    assert found["due"] == ()
    assert found["vend_counts"] == ("0 accepted, 0 rejected",)


def test_tariff_and_meter_pages():
    at = prepaid(home())
    at.esme.send(commands.SetTariff(SwitchingTable(name="standard")), commands.Sender.SUPPLIER)
    found = values(
        at.esme, "price", "standing", "tariff", "currency", "mode", "supply", "serial", "firmware", "message", "clock"
    )
    assert found["price"] == ("25p",)
    assert found["standing"] == ("50p a day",)
    assert found["tariff"] == ("standard 1",)
    assert found["currency"] == ("GBP",)
    assert found["supply"] == ("ON",)
    assert found["serial"] == ("14K0000001",)
    assert found["message"] == ("hello",)
    assert found["clock"] == ("01/01/26 03:04",)


def test_the_clock_is_shown_in_local_time():
    device = meter(instant(2026, 7, 1, 23, 30))
    assert values(device, "clock") == {"clock": ("02/07/26 00:30",)}


def test_days_of_credit_left_go_by_yesterday():
    at = prepaid(home(), balance_mp=100 * POUND)
    at.advance(NOW + 3 * DAY)
    used = reading_of(at.esme)
    days = int(values(at.esme, "days_left")["days_left"][0].split()[0])
    assert days == used.money.balance_mp // used.usages.day.before_cost_mp > 10


def test_a_register_set_has_a_page_a_register():
    device = meter()
    device.send(commands.SetTariff(_two_rates()), commands.Sender.SUPPLIER)
    device.advance(NOW + DAY)
    found = pages((Page("rates", "IMP R0{n}"),), {"electricity": reading_of(device)}, ASSUMED, Own())
    assert [page.label for page in found] == ["IMP R01", "IMP R02"]
    assert all(page.value.endswith(" kWh") for page in found)


def _two_rates():

    return SwitchingTable(name="two", days=(day_of(1, (0, 1), (600, 2)),))


def test_gas_is_in_cubic_metres_and_has_no_power():
    at = home(GSME)
    gas = at.devices[GSME]
    found = values(gas, "total", "power", "ambient")
    assert found["total"][0].endswith(" m3")
    assert found["power"] == found["ambient"] == ()


def test_a_low_battery_is_marked_on_the_gas_meter():
    at = home(GSME, now=NOW)
    at.advance(NOW + 7_000 * DAY)
    assert "BATTERY" in marks(reading_of(at.devices[GSME]), ASSUMED, at.now)


def test_pages_of_a_meter_that_is_not_there_are_left_out():
    at = home(IHD)
    menu = (Page("total", "Gas", "gas"), Page("total", "Total"))
    assert [page.label for page in pages(menu, {"electricity": reading_of(at.esme)}, ASSUMED, Own())] == ["Total"]


# Marks: what stands there whatever page is open.


def test_marks_follow_the_account():
    # A balance that runs out, emergency credit lent and used up, and the supply off.
    at = prepaid(home(), balance_mp=int(2.2 * POUND))
    told = []
    for quarter in range(12 * 96):
        at.advance(NOW + quarter * 15 * MINUTE)
        told.append(tuple(marks(reading_of(at.esme), ASSUMED, at.now)))
        if told[-1] == ("LOW CREDIT", "EMERGENCY AVAILABLE"):
            at.send(ESME, commands.ActivateEmergencyCredit(), commands.Sender.CONSUMER)
    assert list(dict.fromkeys(told)) == [
        (),
        ("LOW CREDIT",),
        ("LOW CREDIT", "EMERGENCY AVAILABLE"),
        ("EMERGENCY IN USE",),
        ("LOW CREDIT", "EMERGENCY IN USE"),
        ("OFF", "NO CREDIT", "EMERGENCY USED UP"),
    ]


def test_a_mark_stands_in_a_non_disablement_period():
    calendar = NonDisablement(entries=(Entry("start", 0), Entry("stop", 600)))
    at = prepaid(home(), terms=replace(TERMS, calendar=calendar))
    block = Interface(provenance="assumed", source="test", words={"friendly": "EC F"})
    assert marks(reading_of(at.esme), block, at.now) == ["EC F"]
    assert values(at.esme, "friendly") == {"friendly": ("until 01/01/26 10:00",)}


def test_supply_words_are_the_makes():
    block = Interface(provenance="assumed", source="test", words={"off": "ZU", "ready": "BEREIT"})
    at = home()
    at.send(ESME, commands.DisableSupply(), commands.Sender.SUPPLIER)
    assert marks(reading_of(at.esme), block, at.now) == ["ZU"]
    at.send(ESME, commands.ArmSupply(), commands.Sender.SUPPLIER)
    assert marks(reading_of(at.esme), block, at.now) == ["BEREIT"]


def test_overload_is_told_for_twenty_seconds_then_ready():
    at = home()
    at.advance(instant(2026, 1, 1, 17, 59))
    write = commands.WriteLoadLimit(threshold_w=100, period_s=30, restoration_s=300, disable=True)
    at.send(ESME, write, commands.Sender.SUPPLIER)
    at.advance(at.next_due())
    reached = at.now
    assert marks(reading_of(at.esme), ASSUMED, at.now) == ["OVERLOAD", "READY"]
    at.advance(reached + 19_999)
    assert "OVERLOAD" in marks(reading_of(at.esme), ASSUMED, at.now)
    at.advance(reached + 20_000)
    assert marks(reading_of(at.esme), ASSUMED, at.now) == ["READY"]


@pytest.mark.parametrize("name", [IHD, PPMID])
def test_a_home_display_offers_what_the_reference_asks_for(name):
    debts = (TimeDebt(20 * POUND, 30 * PENNY, hourly=True), TimeDebt(5 * POUND, POUND))
    at = prepaid(prepaid(home(name, GSME), debts=debts, payment_debt_mp=POUND), GSME)
    at.advance(NOW + HOUR)
    labels = {customer.press(at, name, ["next"]).display[0] for _ in range(60)}
    electricity = {"Now", "Use", "Price", "Standing charge", "Balance", "Debt 1", "Debt 2", "Payment debt", "Supply"}
    periods = {"Today", "Yesterday", "This week", "Last week", "This month", "Last month"}
    gas = {"Gas today", "Gas yesterday", "Gas this week", "Gas price", "Gas balance", "Gas supply", "Gas updated"}
    assert electricity | periods | gas | {"Time", "Updated"} <= labels
