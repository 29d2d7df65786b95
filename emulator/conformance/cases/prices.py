"""Prices: 1.2.1 swaps them and the standing charge, and energy is charged by them (functional reference 2.3, 10.7)."""

from typing import Any, Final

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.tariffs import at_time, gas, taken_at
from emulator.conformance.counted import moved
from emulator.conformance.short import blocks, equal, row, same
from emulator.conformance.stage import Stage
from emulator.device.household import Channel
from emulator.device.instant import HOUR, MINUTE
from emulator.services.row import Target

SHEET: Final = "functional reference 10.7 (1.2); service requests, section 5 (PRICE-E, PRICE-G)"
CHARGE: Final = "functional reference 2.3 and 2.6 A"
PREPAID: Final = Home(payment="prepayment", balance_mp=5_000_000)
PREPAID_GAS: Final = Home(payment="prepayment", balance_mp=5_000_000, gas=True)
MWH_A_KWH: Final = 1_000_000


def flat_rate(price: int, standing: int = 0) -> dict[str, Any]:
    """Give the body of 1.1.1 of one register."""
    return doc.update(doc.tariff(doc.day(1, ("00:00", 1))), doc.prices(price, standing=standing))


async def _swaps(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.TWO_RATES))
    table = stage.done(await stage.ask("4.11.1")).body["Electricity"]["TariffSwitchingTable"]
    stage.done(await stage.ask("1.2.1", doc.prices(500, 600, standing=777)))
    equal(stage, "prices_mp", [500, 600])
    equal(stage, "standing_charge_mp", 777)
    equal(stage, "active_price_mp", 500)
    told = stage.done(await stage.ask("4.11.1")).body["Electricity"]
    same(stage, "the table", told["TariffSwitchingTable"], table)
    same(stage, "the prices", told["TariffTOUPriceMatrix"], [500, 600])


async def _scales(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", flat_rate(1)))
    for value, scale, wanted in (
        (26, -2, 26_000),
        (2_121, -5, 2_121),
        (1, 0, 100_000),
        (3, 1, 3_000_000),
        (50, -6, 5),
        (32_000, -8, 32),
        (0, -128, 0),
        (32_767, -5, 32_767),
    ):
        body = doc.prices(value, scale=scale, standing=value, standing_scale=scale)
        stage.done(await stage.ask("1.2.1", body))
        equal(stage, "prices_mp", [wanted])
        equal(stage, "standing_charge_mp", wanted)
    stage.done(await stage.ask("1.2.1", doc.prices(12, scale=-2, standing=34, standing_scale=-3)))
    equal(stage, "prices_mp", [12_000])
    equal(stage, "standing_charge_mp", 34_000 // 10)


async def _blocks(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.BLOCKS))
    before, counters = stage.truth("thresholds_wh"), stage.truth("block_counters_wh")
    stage.done(await stage.ask("1.2.1", doc.prices(blocks=((9, 8, 7, 0),))))
    equal(stage, "prices_mp", [[9, 8, 7, 0], *stage.truth("prices_mp")[1:]])
    equal(stage, "thresholds_wh", before)
    equal(stage, "block_counters_wh", counters)


async def _charged(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", flat_rate(30_000)))
    await at_time(stage, "10:10")
    since, before = stage.now, stage.truth("meter_balance_mp")
    await stage.advance("6h")
    taken = before - stage.truth("meter_balance_mp")
    wanted = moved(stage, Channel.IMPORT, since, stage.now) * 30_000 / MWH_A_KWH
    stage.expect(wanted > 1_000, "the home takes energy", wanted)
    stage.expect(abs(taken - wanted) <= 1, f"{wanted:.1f} mp are charged", taken)


async def _charged_by_register(stage: Stage) -> None:
    stage.done(
        await stage.ask("1.1.1", doc.update(doc.TWO_RATES["ElecTariffElements"], doc.prices(1_000, 32_000, standing=0)))
    )
    await at_time(stage, "10:10")
    since, before = stage.now, stage.truth("meter_balance_mp")
    await at_time(stage, "11:30")
    first = stage.now
    await at_time(stage, "12:30")
    second = stage.now
    await at_time(stage, "13:00")
    dear = moved(stage, Channel.IMPORT, first, second)
    wanted = (dear * 32_000 + (moved(stage, Channel.IMPORT, since, stage.now) - dear) * 1_000) / MWH_A_KWH
    taken = before - stage.truth("meter_balance_mp")
    stage.expect(abs(taken - wanted) <= 1, f"{wanted:.1f} mp are charged", taken)


async def _charged_by_block(stage: Stage) -> None:
    tariff = doc.tariff(doc.column_day(1, ("00:00", 1)), limits=doc.LIMITS)
    stage.done(await stage.ask("1.1.1", doc.update(tariff, doc.prices(blocks=((30_000, 3_000, 300, 0),), standing=0))))
    since, before = await taken_at(stage), stage.truth("meter_balance_mp")
    counted = moved(stage, Channel.IMPORT, since, stage.now)
    await stage.advance("6h")
    used = moved(stage, Channel.IMPORT, since, stage.now)
    stage.expect(counted < 50_000 and used > 100_000, "the third block is open", used)
    wanted = (50_000 * 30_000 + 50_000 * 3_000 + (used - 100_000) * 300 - counted * 30_000) / MWH_A_KWH
    taken = before - stage.truth("meter_balance_mp")
    stage.expect(abs(taken - wanted) <= 1, f"{wanted:.1f} mp are charged", taken)


async def _standing(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", flat_rate(0, standing=12_345)))
    before = stage.truth("meter_balance_mp")
    await at_time(stage, "23:59")
    equal(stage, "meter_balance_mp", before)
    await stage.advance("2d")
    equal(stage, "meter_balance_mp", before - 2 * 12_345)


async def _from_now_on(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", flat_rate(1)))
    await at_time(stage, "12:00")
    before = stage.truth("meter_balance_mp")
    stage.done(await stage.ask("1.2.1", doc.prices(32_000, standing=0)))
    after = stage.truth("meter_balance_mp")
    stage.expect(before - after <= 2, "what was counted before is not charged again", before - after)
    since = stage.now
    await stage.advance("2h")
    wanted = moved(stage, Channel.IMPORT, since, stage.now) * 32_000 / MWH_A_KWH
    taken = after - stage.truth("meter_balance_mp")
    stage.expect(abs(taken - wanted) <= 2, f"{wanted:.1f} mp are charged from then on", taken)


async def _waits(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", flat_rate(500)))
    later = {**doc.dated(stage.now + 2 * HOUR), **doc.prices(600, standing=7)}
    await stage.submit(stage.request("1.2.1", later))
    await stage.advance(2 * HOUR - MINUTE)
    equal(stage, "prices_mp", [500])
    equal(stage, "standing_charge_mp", 0)
    await stage.advance(2 * MINUTE)
    equal(stage, "prices_mp", [600])
    equal(stage, "standing_charge_mp", 7)


# Gas


async def _gas_swaps(stage: Stage) -> None:
    await gas(stage, doc.update(doc.gas_tariff(doc.gas_day(1, 1)), doc.gas_prices(5_000)))
    stage.done(await stage.ask("1.2.1", doc.gas_prices(9_600, standing=22_465), device="gsme"))
    equal(stage, "prices_mp", [9_600], "gsme")
    equal(stage, "standing_charge_mp", 22_465, "gsme")
    equal(stage, "active_price_mp", 9_600, "gsme")


async def _gas_ends(stage: Stage) -> None:
    await gas(stage, doc.update(doc.gas_tariff(doc.gas_day(1, 1)), doc.gas_prices(5_000)))
    for price in (0, 1, 40_000, 1_000_000):
        stage.done(await stage.ask("1.2.1", doc.gas_prices(price, standing=price + 1), device="gsme"))
        equal(stage, "prices_mp", [price], "gsme")
        equal(stage, "standing_charge_mp", price + 1, "gsme")


async def _gas_charged(stage: Stage) -> None:
    await gas(stage, doc.update(doc.gas_tariff(doc.gas_day(1, 1)), doc.gas_prices(9_600, standing=0)))
    before, energy = stage.truth("meter_balance_mp", "gsme"), stage.truth("energy_wh", "gsme")
    await stage.advance("30h")
    used = stage.truth("energy_wh", "gsme") - energy
    stage.expect(used > 1_000, "the home takes gas", used)
    taken = before - stage.truth("meter_balance_mp", "gsme")
    wanted = used * 9_600 / 1_000
    # both energies are cut to whole watt-hours
    stage.expect(abs(taken - wanted) <= 2 * 9_600 / 1_000, f"{wanted:.0f} mp are charged", taken)


async def _gas_standing(stage: Stage) -> None:
    await gas(stage, doc.update(doc.gas_tariff(doc.gas_day(1, 1)), doc.gas_prices(0, standing=22_465)))
    before = stage.truth("meter_balance_mp", "gsme")
    await stage.advance("2d")
    equal(stage, "meter_balance_mp", before - 2 * 22_465, "gsme")


def _row(word: str, says: str, act: Any, clause: str = SHEET, **more: Any) -> Case:
    needs = tuple(Need(one, more.get("target", Target.E)) for one in more.pop("needs", ("1.1.1",)))
    return row(f"1.2.1/{word}", says, act, clause=clause, needs=needs, **more)


def _gas(word: str, says: str, act: Any, clause: str = SHEET, **more: Any) -> Case:
    return _row(word, says, act, clause, target=Target.G, **more)


CASES: tuple[Case, ...] = (
    _row(
        "swaps-prices",
        "prices and standing charge are swapped, the table is not",
        _swaps,
        group=Group.HAPPY,
        needs=("1.1.1", "4.11.1"),
    ),
    _row(
        "scales", "a number times a power of ten in pounds is so many millipence, of price and standing charge", _scales
    ),
    _row("prices-of-blocks", "new prices of blocks leave thresholds and counters alone", _blocks, only=blocks),
    _row(
        "charge-is-price-times-energy",
        "energy is charged at exactly its price",
        _charged,
        CHARGE,
        group=Group.PREPAYMENT,
        home=PREPAID,
    ),
    _row(
        "charge-by-register",
        "each register's energy is charged at its own price",
        _charged_by_register,
        CHARGE,
        group=Group.PREPAYMENT,
        home=PREPAID,
    ),
    _row(
        "charge-by-block",
        "each block's energy is charged at its own price",
        _charged_by_block,
        CHARGE,
        group=Group.PREPAYMENT,
        home=PREPAID,
        only=blocks,
    ),
    _row(
        "standing-charge-once-a-day",
        "the standing charge is taken once a day, at its time",
        _standing,
        CHARGE,
        group=Group.PREPAYMENT,
        home=PREPAID,
    ),
    _row(
        "new-price-from-now-on",
        "a new price is for what is taken from then on",
        _from_now_on,
        CHARGE,
        group=Group.PREPAYMENT,
        home=PREPAID,
    ),
    _row("waits-for-its-date", "dated prices are taken at their date, and not before", _waits, group=Group.FUTURE),
    _gas("swaps-gas-prices", "gas prices are millipence as they stand", _gas_swaps, group=Group.HAPPY),
    _gas("ends-of-gas-prices", "gas prices are not scaled, from nothing on", _gas_ends),
    _gas(
        "gas-charge-is-price-times-energy",
        "gas is charged by its energy",
        _gas_charged,
        CHARGE,
        group=Group.PREPAYMENT,
        home=PREPAID_GAS,
    ),
    _gas(
        "gas-standing-charge-once-a-day",
        "the standing charge is taken once a day",
        _gas_standing,
        CHARGE,
        group=Group.PREPAYMENT,
        home=PREPAID_GAS,
    ),
)
