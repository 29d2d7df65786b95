"""The head end and the money of a meter: prices, modes, debts and top-ups, over TCP."""

import asyncio

import pytest

from emulator import Farm, HeadEnd
from emulator.device.calendar import DayProfile, SpecialDay, Switch, SwitchingTable
from emulator.device.commands import (
    AddCredit,
    AdjustBalance,
    AdjustDebt,
    SetPaymentMode,
    SetPrices,
    SetTariff,
    WritePrepaymentConfiguration,
    WriteVoltageSettings,
)
from emulator.device.future import CANCEL_AT
from emulator.device.instant import DAY
from emulator.device.items import BY_KEY
from emulator.device.money.account_records import Mode
from emulator.device.money.pricing import UNUSED, Prices
from emulator.device.money.top_up import vend_for
from emulator.headend import NotOnWireError

POUND = 100_000
BLOCKS = Prices(
    by="block",
    block_mp=((30_000, 20_000, 10_000, 10_000), (15_000, 15_000, 15_000, 15_000)),
    thresholds_wh=((1_000_000, 2_000_000, UNUSED),),
    standing_mp=61_123,
)
TWO_SETS = SwitchingTable(
    name="two sets",
    days=(DayProfile(1, (Switch(0, 1), Switch(420, 2))),),
    special_days=(SpecialDay(1, 12, 25, 1),),
)


@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
def test_a_dated_tariff_takes_effect_whole_and_at_its_time(framing):
    async def scenario():
        async with Farm.start(profile="elster-as300p", seed=7, clock="@2026-02-01T00:00:00Z") as farm:
            meter, at = farm.home(0).meter, farm.clock.now() + DAY
            before = meter.records.tariff
            async with HeadEnd.open(farm.access("home-1/esme", "management"), framing) as head_end:
                assert (await head_end.send(SetTariff(TWO_SETS, at, BLOCKS))).accepted
                assert meter.records.tariff.tables == before.tables
                assert meter.records.tariff.prices == before.prices
            await farm.advance(DAY)
            assert meter.records.tariff.tables[-1] == TWO_SETS
            assert meter.records.tariff.prices == BLOCKS
            async with HeadEnd.open(farm.access("home-1/esme", "management"), framing) as head_end:
                for key in ("prices_mp", "thresholds_wh", "price_shape", "standing_charge_mp", "active_price_mp"):
                    assert await head_end.read(key) == BY_KEY[key].read(meter)
                # Without prices the present ones stay, and a tariff that is taken back changes nothing.
                assert (await head_end.send(SetTariff(SwitchingTable(name="one set")))).accepted
                assert meter.records.tariff.prices == BLOCKS
                assert (await head_end.send(SetTariff(TWO_SETS, at + DAY, BLOCKS))).accepted
                assert (await head_end.send(SetTariff(TWO_SETS, CANCEL_AT))).accepted
                assert meter.records.tariff.activate_at is None

    asyncio.run(scenario())


def test_a_prepayment_home_from_mode_to_top_up():
    async def scenario():
        async with Farm.start(profile="elster-as300p", seed=7, clock="@2026-02-01T00:00:00Z") as farm:
            meter = farm.home(0).meter
            async with HeadEnd.open(farm.access("home-1/esme", "management")) as head_end:
                for command in (
                    SetPrices(Prices(tou_mp=(28_550,), standing_mp=61_123)),
                    WritePrepaymentConfiguration(emergency_limit_mp=5 * POUND, low_credit_mp=POUND),
                    SetPaymentMode(Mode.PREPAYMENT, suspend_disabled=True),
                    AdjustBalance(3 * POUND),
                    AdjustDebt(payment_mp=8 * POUND, payment_share=5_000),
                    WriteVoltageSettings(sag_dv=2_100),
                    AddCredit(vend_for(meter.site, meter.records, 10 * POUND)),
                ):
                    answer = await head_end.send(command)
                    assert answer.accepted, (command, answer.reason)
                assert await head_end.read("meter_balance_mp") == 8 * POUND
                assert await head_end.read("payment_debt_mp") == 3 * POUND
                assert await head_end.read("payment_mode") == "prepayment"
                (credit,) = await head_end.read("credits")
                assert credit["value_mp"] == 10 * POUND
                refused = await head_end.send(AddCredit("0" * 20))
                assert not refused.accepted
                for command in (AdjustBalance(2**31), SetPrices(Prices(tou_mp=(-1,))), AdjustDebt(rate_1_mp=2**40)):
                    with pytest.raises(NotOnWireError, match="cannot be written"):
                        await head_end.send(command)

    asyncio.run(scenario())
