"""Dates of the money's commands (functional reference 5.4, rules 1 to 5): now, past, later, replaced, cancelled."""

import pytest
from device_sites import day_of
from money_sites import NOON, PRICES, accept, home, mp, start, use

from emulator.device import commands, event_table
from emulator.device.calendar import SwitchingTable
from emulator.device.commands import (
    SetPaymentMode,
    SetPrices,
    SetTariff,
)
from emulator.device.future import CANCEL_AT
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.money.account_records import Mode
from emulator.device.money.pricing import Prices

NIGHT = SwitchingTable(name="night", days=(day_of(1, (0, 2), (420, 1)),))
TWO = Prices(tou_mp=(mp(1), mp(0.5)))
BLOCK_ROW = (mp(1), mp(2), mp(3), mp(4))
BLOCKS = Prices(by="block", block_mp=(BLOCK_ROW,), thresholds_wh=((1_000, 2_000, 3_000),))


def codes(happened):
    lines = [event_table.line_of(what) for what in happened]
    return [line.code for line in lines if line is not None]


PRICIER = Prices(tou_mp=(mp(2),))


@pytest.mark.parametrize("early", [0, 1, 400 * DAY])
def test_a_past_or_present_time_acts_at_once(early):
    meter = home()
    start(meter, 5)
    accept(meter, SetPrices(PRICIER, NOON - early))
    assert meter.records.tariff.prices == PRICIER
    assert meter.records.pending == ()


def test_a_later_time_waits_to_the_millisecond_and_the_newest_replaces_the_older():
    meter = home()
    start(meter, 5)
    accept(meter, SetPrices(PRICIER, NOON + HOUR))
    accept(meter, SetPrices(TWO_LATER, NOON + 2 * HOUR))
    accept(meter, SetPaymentMode(Mode.CREDIT, at=NOON + 3 * HOUR))
    assert len(meter.records.pending) == 2
    meter.advance(NOON + 2 * HOUR - 1)
    assert meter.records.tariff.prices == PRICES
    meter.advance(NOON + 2 * HOUR)
    assert meter.records.tariff.prices == TWO_LATER
    assert [pending.name for pending in meter.records.pending] == ["SetPaymentMode"]


TWO_LATER = Prices(tou_mp=(mp(3),))


def test_the_year_3000_cancels_what_is_pending_of_its_kind():
    meter = home()
    start(meter, 5)
    accept(meter, SetPrices(PRICIER, NOON + HOUR))
    accept(meter, SetPaymentMode(Mode.CREDIT, at=NOON + HOUR))
    accept(meter, SetTariff(NIGHT, NOON + HOUR, TWO))
    accept(meter, SetPrices(PRICIER, CANCEL_AT))
    accept(meter, SetTariff(NIGHT, CANCEL_AT))
    meter.advance(NOON + DAY)
    assert (meter.records.tariff.prices, meter.records.account.mode) == (PRICES, Mode.CREDIT)
    assert meter.records.tariff.tables[-1] == SwitchingTable()


def test_a_held_command_that_no_longer_fits_is_told_and_changes_nothing():
    meter = home()
    start(meter, 5)
    accept(meter, SetPrices(PRICIER, NOON + HOUR))
    accept(meter, SetTariff(SwitchingTable(), prices=BLOCKS))
    happened = use(meter, 2)
    assert 0x8F67 in codes(happened)
    assert meter.records.tariff.prices == BLOCKS


def test_a_clock_that_passes_the_time_makes_it_act():
    meter = home()
    start(meter, 5)
    accept(meter, SetPrices(PRICIER, NOON + 5 * DAY))
    accept(meter, commands.SetClock(NOON + 6 * DAY))
    meter.advance(NOON)
    assert meter.records.tariff.prices == PRICIER


def test_a_reading_changes_nothing():
    meter = home(1.0)
    start(meter, 5)
    meter.advance(NOON + 10 * MINUTE)
    before = meter.records
    from emulator.device.money.items_money import MONEY_ITEMS

    first = [item.read(meter) for item in MONEY_ITEMS]
    assert [item.read(meter) for item in MONEY_ITEMS] == first
    assert meter.records is before
    assert not meter.journal[-1].at > NOON
