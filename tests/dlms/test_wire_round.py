"""Every item and every command of the account, both ways: what the wire carries is what the meter holds or takes."""

import msgspec
import pytest
from dlms_bench import PROFILE, START
from dlms_talk import talk
from wire_sites import POUND, PRICES, TERMS, again, held, prepaid, read, send, steps

from emulator.device import commands
from emulator.device.calendar import SpecialDay, SwitchingTable
from emulator.device.commands import AddCredit
from emulator.device.household import Household
from emulator.device.instant import DAY, HOUR, MINUTE
from emulator.device.money.account_records import Mode
from emulator.device.money.non_disablement import Day, Entry, NonDisablement
from emulator.device.money.pricing import UNUSED, Prices
from emulator.device.money.top_up import vend_for
from emulator.headend import carriers, places

BLOCKS = Prices(
    by="block",
    block_mp=((30_001, 20_000, 10_000, 5_000), (40_000, 41_000, 42_000, 43_000)),
    thresholds_wh=((1_000, 2_000, UNUSED), (500, UNUSED, UNUSED)),
    standing_mp=33_333,
    currency="EUR",
)
NIGHTS = NonDisablement(
    (
        Entry("start", 16 * 60, first=Day(10, 1), last=Day(3, 31, 2027)),
        Entry("stop", 9 * 60, (1, 2, 3, 4, 5), (7, 200)),
    ),
    (SpecialDay(1, 12, 25, 7), SpecialDay(2, 1, 1, 200, 2027)),
)


def lived_in(mode: Mode = Mode.PREPAYMENT):
    """Give a meter that has had a life: use, top-ups, wrong codes, a calendar, blocks."""
    bench = prepaid(mode, prices=Prices(by="block", block_mp=BLOCKS.block_mp, thresholds_wh=BLOCKS.thresholds_wh))
    bench = bench if mode is Mode.CREDIT else prepaid(mode, household=Household(daily_import_wh=20_000))
    meter = bench.meter
    for command in (
        commands.WritePrepaymentConfiguration(calendar=NIGHTS),
        commands.WritePrepaymentConfiguration(calendar=NonDisablement(), calendar_at=START + 400 * DAY),
        commands.SetPaymentMode(mode, suspend_disabled=True, suspend_emergency=True),
        commands.WriteVoltageSettings(average_period_s=600, sag_dv=2_111),
        commands.RestrictData(START),
    ):
        assert meter.send(command, commands.Sender.SUPPLIER).reason is None
    for days, pounds in ((1, 7), (2, 40)):
        meter.advance(START + days * DAY)
        if mode is Mode.PREPAYMENT:
            code = vend_for(meter.site, meter.records, pounds * POUND)
            assert meter.send(AddCredit(code), commands.Sender.SUPPLIER).reason is None
        meter.send(AddCredit("0" * 20), commands.Sender.CONSUMER)
    bench.now = meter.now + 3 * HOUR + 5 * MINUTE
    meter.advance(bench.now)
    return bench


@pytest.fixture(scope="module")
def talkers():
    return [talk("reader", lived_in(mode)) for mode in Mode]


@pytest.mark.parametrize("key", sorted(places(PROFILE, 1)))
def test_an_item_read_is_the_meters_own(talkers, key: str):
    for talker in talkers:
        assert read(talker, key) == held(talker.bench, key)


TABLE = SwitchingTable(name="later", special_days=(SpecialDay(3, 4, 5, 1),))
AT = START + 30 * DAY
SENT = [
    commands.SetPrices(Prices(tou_mp=(30_001,), standing_mp=7, currency="EUR")),
    commands.SetPrices(Prices(tou_mp=(30_001,)), AT),
    commands.SetPrices(BLOCKS, AT),
    commands.AdjustBalance(-123_456),
    commands.AdjustBalance(POUND, Mode.PREPAYMENT),
    commands.ResetBalance(),
    commands.ResetBalance(Mode.CREDIT),
    commands.SetPaymentMode(Mode.CREDIT),
    commands.SetPaymentMode(Mode.PREPAYMENT, True, False, -POUND, AT),
    commands.SetPaymentMode(Mode.PREPAYMENT, suspend_emergency=False),
    commands.ResetBlockCounters(),
    commands.WritePrepaymentConfiguration(cap_mp=0),
    commands.WritePrepaymentConfiguration(low_credit_mp=-1),
    commands.WritePrepaymentConfiguration(calendar=NIGHTS),
    commands.WritePrepaymentConfiguration(1, 2, -3, -4, 5, 6, NIGHTS, AT, AT),
    commands.WritePrepaymentConfiguration(calendar=NonDisablement(table=TABLE)),
    commands.WritePrepaymentConfiguration(),
    commands.AddCredit("12345678901234567890"),
    commands.AdjustDebt(time_1_mp=-5),
    commands.AdjustDebt(payment_mp=5),
    commands.AdjustDebt(rate_2_mp=40_001),
    commands.AdjustDebt(hourly_1=True),
    commands.AdjustDebt(payment_share=10_000),
    commands.AdjustDebt(1, -2, 3, 4, 5, False, True, 6),
    commands.ActivateEmergencyCredit(),
    commands.WriteVoltageSettings(sag_s=60),
    commands.WriteVoltageSettings(average_period_s=900),
    commands.WriteVoltageSettings(average_over_dv=2_650, swell_dv=2_540),
    commands.ResetVoltageCounters(),
    commands.SetTamperState(lock=True),
    commands.RestrictData(AT),
    commands.SetClock(AT, 10),
    commands.Commission(AT, 0),
    commands.Commission(AT),
]


@pytest.mark.parametrize("command", SENT, ids=repr)
def test_a_command_comes_out_as_it_went_in(command: commands.Command):
    bench = prepaid()
    (step,) = steps(bench, command)
    carrier = next(
        carrier
        for carrier in carriers(bench.meter.site.profile, 1)[type(command)]
        if (carrier.target, carrier.writes) == (step[0], step[2])
    )
    assert carrier.takes.make(bench.meter, again(step[1])) == command


@pytest.mark.parametrize("command", SENT, ids=repr)
def test_a_command_over_the_wire_does_what_it_does_without(command: commands.Command):
    wired, direct = prepaid(), prepaid()
    result = send(talk("management", wired), command)
    outcome = direct.meter.send(command, commands.Sender.SUPPLIER)
    assert (result == 0) is (outcome.reason is None)
    left = [
        msgspec.structs.replace(bench.meter.records, credentials=direct.meter.records.credentials, logs=None)
        for bench in (wired, direct)
    ]
    assert left[0] == left[1]


@pytest.mark.parametrize("prices", [None, PRICES, BLOCKS, Prices()])
def test_a_passive_tariff_with_its_prices_part_by_part(prices: Prices | None):
    bench = prepaid(prices=BLOCKS)
    talker = talk("management", bench)
    assert send(talker, commands.WritePassiveTariff(TABLE, BLOCKS)) == 0
    assert send(talker, commands.WritePassiveTariff(TABLE, prices)) == 0
    tariff = bench.meter.records.tariff
    assert (tariff.passive, tariff.passive_prices) == (TABLE, prices)
    assert tariff.prices == BLOCKS
    assert tariff.tables[-1] == SwitchingTable()
    assert send(talker, commands.ActivatePassiveTariff()) == 0
    tariff = bench.meter.records.tariff
    assert tariff.tables[-1] == TABLE
    assert tariff.prices == (BLOCKS if prices is None else prices)


def test_terms_are_the_contracts():
    bench = prepaid()
    assert bench.meter.records.terms == TERMS
