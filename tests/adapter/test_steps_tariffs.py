"""Tariffs and prices over the wire: 1.1.1, 1.2.1 and 4.11.1 (10.7)."""

from datetime import UTC, datetime

import pytest
import tariff_bodies as made
from adapter_stages import play

from emulator.conformance.case import Home
from emulator.device.future import CANCEL_AT
from emulator.device.instant import DAY, to_datetime
from emulator.services.bodies import tariff_parts as parts
from emulator.services.bodies.dates import ElecDate

PLAIN = made.update(elec=made.elec_tariff("tou", (0, 1), (420, 2)), prices=made.elec_prices(tou=(12_345, 2_121)))
BLOCKS = made.update(
    elec=made.elec_tariff("block", (0, 1), thresholds=made.THRESHOLDS),
    prices=made.elec_prices(blocks=((10_000, 9_000, 8_000, 0),)),
)


@pytest.mark.parametrize("name", made.FAMILIES)
def test_an_electricity_tariff_is_written_whole_and_read_back(name):
    async def act(stage):
        special = (parts.ElecSpecialDay(date=ElecDate.of(2026, 12, 25), referenced_day_name=1),)
        elec = made.elec_tariff("tou", (0, 1), (420, 2), special_days=special)
        body = made.update(elec=elec, prices=made.elec_prices(tou=(12_345, 2_121)))
        stage.done(await stage.ask("1.1.1", body))
        assert stage.truth("prices_mp") == [12_345, 2_121]
        assert stage.truth("standing_charge_mp") == 54_000
        assert stage.truth("active_tou_register") == 2
        told = made.told(stage.done(await stage.ask("4.11.1")))["Electricity"]
        assert (told["PrimaryActiveTariffPrice"], told["PriceScale"]) == (2_121, -5)
        assert (told["StandingCharge"], told["StandingChargeScale"]) == (5_400, -4)
        assert told["TariffTOUPriceMatrix"] == [12_345, 2_121]
        assert told["CurrencyUnitsName"] == "Millipence"
        (day,) = told["TariffSwitchingTable"]["DayProfiles"]
        assert [(one["StartTime"], one["TOUTariffAction"]) for one in day["ProfileSchedule"]] == [
            ("00:00:00Z", 1),
            ("07:00:00Z", 2),
        ]
        assert [one["ReferencedDay"] for one in told["TariffSwitchingTableSpecialDays"]] == [1]
        asked = await stage.ask("1.1.1", BLOCKS)
        if stage.profile.metering.blocks:
            stage.done(asked)
            assert stage.truth("thresholds_wh")[0] == [10_000, 20_000, made.NO_LIMIT]
            assert stage.truth("price_shape") == "block"
        else:
            stage.refused(asked, "not_supported")
            assert stage.truth("prices_mp") == [12_345, 2_121]

    play(act, name)


@pytest.mark.parametrize("name", ["elster-as300p", "edmi-es10a"])
def test_new_prices_are_of_the_running_tariffs_shape(name):
    async def act(stage):
        stage.done(await stage.ask("1.1.1", PLAIN))
        stage.done(await stage.ask("1.2.1", made.price(made.elec_prices(tou=(500, 600), standing=1, standing_scale=0))))
        assert (stage.truth("prices_mp"), stage.truth("standing_charge_mp")) == ([500, 600], 100_000)
        wrong = (
            made.elec_prices(blocks=((1, 2, 3, 4),)),
            made.elec_prices(tou=(500, 600, 700)),  # number 3 is not used
            made.elec_prices(tou=(500,)),  # number 2 would have no price
            made.elec_prices(tou=(1, 1), scale=-6),
            made.gas_prices(tou=(500,)),
        )
        for one in wrong:
            stage.refused(await stage.ask("1.2.1", made.price(one)), "invalid_value")
        assert stage.truth("prices_mp") == [500, 600]
        stage.done(await stage.ask("1.1.1", BLOCKS))
        stage.done(await stage.ask("1.2.1", made.price(made.elec_prices(blocks=((7, 6, 5, 4),)))))
        assert stage.truth("prices_mp")[0] == [7, 6, 5, 4]
        assert stage.truth("thresholds_wh")[0] == [10_000, 20_000, made.NO_LIMIT]
        stage.refused(await stage.ask("1.2.1", made.price(made.elec_prices(blocks=((7, 6),)))), "invalid_value")

    play(act, name)


def test_a_tariff_that_does_not_hold_together_is_refused_and_nothing_is_sent():
    async def act(stage):
        tou = made.elec_prices(tou=(1,))
        wrong = (
            made.update(elec=made.elec_tariff("tou", (0, 2)), prices=tou),  # number 2 has no price
            made.update(elec=made.elec_tariff("block", (0, 1)), prices=tou),
            made.update(elec=made.elec_tariff("tou", (15, 1)), prices=tou),  # off the half hour
            made.update(elec=made.elec_tariff("tou", (30, 1), (0, 1)), prices=tou),
            made.update(elec=made.elec_tariff("tou", thresholds=(20, 10, 5)), prices=tou),
            made.update(elec=made.elec_tariff(date=ElecDate.of(None, None, 1)), prices=tou),
            made.update(gas=made.gas_tariff(), prices=made.gas_prices(tou=(1,))),
            made.update(elec=made.elec_tariff(), prices=made.gas_prices(tou=(1,))),
            made.update(
                elec=made.elec_tariff("block", thresholds=made.THRESHOLDS), prices=made.elec_prices(blocks=((1, 2),))
            ),
        )
        for body in wrong:
            asked = stage.refused(await stage.ask("1.1.1", body), "invalid_value")
            assert asked.response.debug[0].position <= 2
        assert await stage.happened("TariffChanged") == []
        assert await stage.happened("PassiveTariffWritten") == []

    play(act, "elster-as300p")


@pytest.mark.parametrize("name", made.FAMILIES)
def test_a_gas_tariff_is_written_whole_and_read_back(name):
    async def act(stage):
        body = made.update(gas=made.gas_tariff(), prices=made.gas_prices(tou=(9_600,)))
        stage.done(await stage.ask("1.1.1", body, device="gsme", within="3h"))
        assert stage.truth("prices_mp", "gsme") == [9_600]
        assert stage.truth("standing_charge_mp", "gsme") == 22_465
        stage.done(await stage.ask("1.2.1", made.price(made.gas_prices(tou=(9_700,))), device="gsme", within="3h"))
        told = made.told(stage.done(await stage.ask("4.11.1", device="gsme")))["Gas"]
        assert (told["PrimaryActiveTariffPrice"], told["TOUTariff"]) == (9_700, [9_700])
        assert told["TariffSwitchingTable"]["WeekProfiles"][0]["WeekName"] == 2
        blocks = made.update(gas=made.gas_tariff(None), prices=made.gas_prices(blocks=(3, 2, 1)))
        asked = await stage.ask("1.1.1", blocks, device="gsme", within="3h")
        if not stage.profile.gas_metering.blocks:
            stage.refused(asked, "not_supported")
            return
        stage.done(asked)
        assert stage.truth("price_shape", "gsme") == "block"
        told = made.told(stage.done(await stage.ask("4.11.1", device="gsme")))["Gas"]
        assert (told["TariffThresholds"], told["BlockTariff"]) == (["1.000", "2.000"], [3, 2, 1])
        fewer = made.price(made.gas_prices(blocks=(3, 2), thresholds=1))
        stage.refused(await stage.ask("1.2.1", fewer, device="gsme"), "invalid_value")

    play(act, name, Home(gas=True))


@pytest.mark.parametrize("name", ["elster-as300p", "edmi-es10a"])
def test_a_tariff_and_prices_wait_for_their_date_and_can_be_cancelled(name):
    async def act(stage):
        stage.done(await stage.ask("1.1.1", PLAIN))
        date = to_datetime(stage.now + DAY)
        later = made.update(elec=made.elec_tariff(), prices=made.elec_prices(tou=(77,)), date=date)
        await stage.ask("1.1.1", later, within="1h")
        assert stage.truth("prices_mp") == [12_345, 2_121]
        await stage.advance("25h")
        assert stage.truth("prices_mp") == [77]
        date = to_datetime(stage.now + DAY)
        await stage.ask("1.2.1", made.price(made.elec_prices(tou=(88,)), date), within="1h")
        assert stage.truth("prices_mp") == [77]
        await stage.advance("25h")
        assert stage.truth("prices_mp") == [88]

    play(act, name)


def test_a_date_is_cancelled_with_the_same_service():
    async def act(stage):
        stage.done(await stage.ask("1.1.1", PLAIN))
        date, never = to_datetime(stage.now + DAY), to_datetime(CANCEL_AT)
        assert never == datetime(3000, 12, 31, tzinfo=UTC)
        body = made.elec_tariff(), made.elec_prices(tou=(77,))
        await stage.ask("1.1.1", made.update(elec=body[0], prices=body[1], date=date), within="1h")
        await stage.ask("1.1.1", made.update(elec=body[0], prices=body[1], date=never), within="1h")
        prices_then = made.elec_prices(tou=(5, 6))
        await stage.ask("1.2.1", made.price(prices_then, date), within="1h")
        await stage.ask("1.2.1", made.price(prices_then, never), within="1h")
        await stage.advance("49h")
        assert stage.truth("prices_mp") == [12_345, 2_121]

    play(act, "elster-as300p")


@pytest.mark.parametrize("name", made.FAMILIES)
def test_columns_of_blocks_are_as_many_as_the_meter_has(name):
    async def act(stage):
        body = made.update(
            elec=made.elec_tariff("block", (0, 1), (420, 2), thresholds=made.THRESHOLDS),
            prices=made.elec_prices(blocks=((4, 3, 2, 0), (8, 7, 6, 0))),
        )
        asked = await stage.ask("1.1.1", body)
        if not stage.profile.metering.hybrid:
            stage.refused(asked, "invalid_value" if stage.profile.metering.blocks else "not_supported")
            return
        stage.done(asked)
        told = made.told(stage.done(await stage.ask("4.11.1")))["Electricity"]
        assert [row["BlockPrice"] for row in told["TariffBlockPriceMatrix"]] == [[4, 3, 2, 0], [8, 7, 6, 0]]
        assert [row["BlockThreshold"] for row in told["TariffThresholdMatrix"]] == [list(made.THRESHOLDS)] * 8
        assert told["PrimaryActiveTariffPrice"] == 8
        stage.refused(await stage.ask("1.2.1", made.price(made.elec_prices(tou=(1, 1)))), "invalid_value")

    play(act, name)
