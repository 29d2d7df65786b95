"""The billing data log (functional reference 2.9): what takes a snapshot, and values from before what took it."""

import pytest
from device_sites import FOUR_SEASONS, HOMES, NOW, accept, meter, profile_with
from money_sites import NOON, home, mp, pay, start

from emulator.device import block_log, items, metering
from emulator.device.calendar import BillingCalendar
from emulator.device.commands import (
    AdjustDebt,
    DisableSupply,
    ResetBlockCounters,
    SetPaymentMode,
    SetPrices,
    SetTariff,
    ShiftClock,
    WriteBillingCalendar,
)
from emulator.device.happenings import BillingSnapshotTaken
from emulator.device.household import Channel
from emulator.device.instant import DAY, HOUR, MINUTE, instant
from emulator.device.meter import Meter
from emulator.device.money.account import AccountStarts, snapshots
from emulator.device.money.account_records import Mode
from emulator.device.money.charges import block_counters
from emulator.device.money.contract import Contract
from emulator.device.money.pricing import UNUSED, Prices

TOU = Prices(tou_mp=(20_000,), standing_mp=30_000)
BLOCKS = Prices(by="block", block_mp=((9_000, 12_000, 15_000, 18_000),), thresholds_wh=((30_000, 60_000, UNUSED),))
DEARER = Prices(by="block", block_mp=((90_000,) * 4,), thresholds_wh=BLOCKS.thresholds_wh)
OTHERS = Prices(by="block", block_mp=((1, 2, 3, 4),), thresholds_wh=((5_000, UNUSED, UNUSED),))


def moments(device):
    return metering.snapshot_moments(device.site, device.records, device.now)


def causes(device):
    return [entry.what.cause for entry in device.journal if isinstance(entry.what, BillingSnapshotTaken)]


@pytest.mark.parametrize(
    ("command", "cause"),
    [
        (SetTariff(FOUR_SEASONS), "tariff"),
        (SetPrices(TOU), "price"),
        (SetPaymentMode(Mode.PREPAYMENT), "payment_mode"),
    ],
)
def test_a_change_takes_a_snapshot_of_what_was_before(command, cause):
    device = meter(household=HOMES["economy-7"])
    accept(device, SetPrices(TOU))
    at = NOW + 3 * HOUR + 7
    device.advance(at)
    registers, account = metering.registers_at(device.site, device.records, at), device.account()
    accept(device, command)
    assert moments(device)[-1] == at
    assert causes(device)[-1] == cause
    assert metering.registers_at(device.site, device.records, at) == registers
    taken = snapshots(device.site, device.records, device.now)[-1]
    assert (taken.at, taken.mode, taken.balance_mp) == (at, Mode.CREDIT, account.balance_mp)
    device.advance(at + 5 * DAY)
    assert snapshots(device.site, device.records, device.now)[-1] == taken


def test_a_price_change_does_not_change_what_was_billed():
    device = meter()
    accept(device, SetPrices(TOU))
    device.advance(instant(2026, 2, 1))
    balance = device.account().balance_mp
    accept(device, SetPrices(Prices(tou_mp=(90_000,))), instant(2026, 2, 3))
    device.advance(instant(2026, 2, 9))
    kept = {taken.at: taken.balance_mp for taken in snapshots(device.site, device.records, device.now)}
    assert kept[instant(2026, 2, 1)] == balance
    assert kept[instant(2026, 2, 3)] < balance


def test_the_calendar_takes_snapshots_of_registers_and_account():
    device = meter()
    accept(device, SetPrices(TOU))
    accept(device, AdjustDebt(time_1_mp=5_000, time_2_mp=600, payment_mp=70))
    accept(device, WriteBillingCalendar(BillingCalendar("daily", 1, 6, 30)))
    device.advance(NOW + 3 * DAY)
    days = [instant(2026, 1, day, 6, 30) for day in (1, 2, 3)]
    assert moments(device)[-3:] == days
    taken = snapshots(device.site, device.records, device.now)[-3:]
    assert [each.at for each in taken] == days
    assert [(each.debts_mp, each.payment_debt_mp) for each in taken] == [((5_000, 600), 70)] * 3
    used = [metering.total_at(device.site, device.records.runs, Channel.IMPORT, at) for at in (NOW, *days)]
    charged = [-each.balance_mp for each in taken]
    assert charged == [
        (used[n] - used[0]) * 20_000 // 1_000_000 + n_days * 30_000 for n, n_days in ((1, 0), (2, 1), (3, 2))
    ]


def test_the_log_holds_twelve_and_wraps():
    device = meter(profile=profile_with(metering={"billing_entries": 12}))
    accept(device, WriteBillingCalendar(BillingCalendar("daily")))
    device.advance(NOW + 30 * DAY)
    assert moments(device) == [instant(2026, 1, 31) - n * DAY for n in range(11, -1, -1)]
    assert [each.at for each in snapshots(device.site, device.records, device.now)] == moments(device)
    assert len(block_log.billing_counters(device.site, device.records, device.now)) == 12
    assert len(items.find("billing_accounts").read(device)) == 12


def test_credits_and_debt_payments_wrap_at_five_and_ten():
    device = home(0)
    start(device, 1, payment_debt_mp=mp(100))
    accept(device, AdjustDebt(payment_share=1_000))
    for number in range(12):
        device.advance(NOON + number * HOUR)
        pay(device, 10 + number)
    credited, paid = items.find("credits").read(device), items.find("debt_payments").read(device)
    assert [each["value_mp"] for each in credited] == [mp(10 + number) for number in range(7, 12)]
    assert [each["at"] for each in credited] == [NOON + number * HOUR for number in range(7, 12)]
    assert [each["value_mp"] for each in paid] == [mp(10 + number) // 10 for number in range(2, 12)]


# Block counters


def held(device, at):
    return next(
        kept.rows for kept in block_log.billing_counters(device.site, device.records, device.now) if kept.at == at
    )


def blocks_of(device, since, until, thresholds):
    """Split what one register counted by hand."""
    runs = device.records.runs
    used = metering.total_at(device.site, runs, Channel.IMPORT, until) - metering.total_at(
        device.site, runs, Channel.IMPORT, since
    )
    edges = [0, *(each * 1000 for each in thresholds)]
    counted = [max(0, min(used, end) - begin) for begin, end in zip(edges, [*edges[1:], used], strict=True)]
    return (*counted, *[0] * (3 - len(thresholds)))


def test_block_counters_of_a_snapshot_are_those_before_the_period_began_anew():
    device = meter()
    accept(device, SetTariff(FOUR_SEASONS, prices=None))
    accept(device, SetTariff(metering.SwitchingTable(), prices=BLOCKS))
    device.advance(instant(2026, 3, 20))
    february = held(device, instant(2026, 2, 1))
    assert february[0] == blocks_of(device, NOW, instant(2026, 2, 1), (30_000, 60_000))
    march = held(device, instant(2026, 3, 1))
    assert march[0] == blocks_of(device, instant(2026, 2, 1), instant(2026, 3, 1), (30_000, 60_000))
    assert block_counters(device.site, device.records, device.now)[0] == blocks_of(
        device, instant(2026, 3, 1), device.now, (30_000, 60_000)
    )


@pytest.mark.parametrize(
    "change",
    [
        SetTariff(metering.SwitchingTable(), prices=OTHERS),
        SetPrices(DEARER),
        ResetBlockCounters(),
        WriteBillingCalendar(BillingCalendar("weekly", 1)),
        AccountStarts(Contract(prices=TOU)),
    ],
)
def test_block_counters_of_the_past_stay_what_they_were(change):
    """Thresholds, periods and resets act on later counters only; so do a restart and a day that follows."""
    device = meter()
    accept(device, SetTariff(metering.SwitchingTable(), prices=BLOCKS))
    device.advance(instant(2026, 3, 20, 12))
    bills = {kept.at: kept for kept in block_log.billing_counters(device.site, device.records, device.now)}
    days = {kept.at: kept for kept in block_log.daily_counters(device.site, device.records, device.now)}
    now = block_counters(device.site, device.records, device.now)
    if isinstance(change, AccountStarts):
        device.note(change)
    else:
        accept(device, change)
    for _ in range(2):
        after = {kept.at: kept for kept in block_log.billing_counters(device.site, device.records, device.now)}
        assert {at: after[at] for at in bills if at in after} == bills
        if instant(2026, 3, 20, 12) in after:
            assert after[instant(2026, 3, 20, 12)].rows == now
        later = {kept.at: kept for kept in block_log.daily_counters(device.site, device.records, device.now)}
        assert all(later[at] == kept for at, kept in days.items() if at in later)
        device = Meter(device.site, device.now + DAY, device.state())


def test_a_daily_read_at_a_billing_moment_shows_the_closed_period():
    device = meter()
    accept(device, SetTariff(metering.SwitchingTable(), prices=BLOCKS))
    device.advance(instant(2026, 2, 3))
    read = {kept.at: kept.rows for kept in block_log.daily_counters(device.site, device.records, device.now)}
    assert read[instant(2026, 2, 1)] == held(device, instant(2026, 2, 1))
    assert sum(read[instant(2026, 2, 2)][0]) < sum(read[instant(2026, 2, 1)][0])


def test_reset_block_counters_begins_them_anew():
    device = meter()
    accept(device, SetTariff(metering.SwitchingTable(), prices=BLOCKS))
    device.advance(NOW + 9 * DAY)
    accept(device, ResetBlockCounters())
    assert block_counters(device.site, device.records, device.now)[0] == (0, 0, 0, 0)
    device.advance(NOW + 9 * DAY + HOUR)
    assert sum(block_counters(device.site, device.records, device.now)[0]) == device.total_mwh(Channel.IMPORT) - (
        metering.total_at(device.site, device.records.runs, Channel.IMPORT, NOW + 9 * DAY)
    )


def test_stamps_are_the_device_clocks():
    device = meter()
    accept(device, ShiftClock(600))
    accept(device, SetTariff(FOUR_SEASONS), NOW + HOUR)
    accept(device, DisableSupply())
    device.advance(instant(2026, 2, 2))
    # The bill of 1 February falls ten minutes early in true time.
    assert moments(device)[-2:] == [NOW + HOUR, instant(2026, 2, 1) - 10 * MINUTE]
