"""Prices that do not hold: 1.2.1 is refused, and nothing changes (functional reference 2.3, 10.7)."""

from collections.abc import Mapping
from typing import Any, Final

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Group, Need
from emulator.conformance.cases.prices import SHEET
from emulator.conformance.cases.tariffs import gas
from emulator.conformance.short import at_each, blocks, equal, gas_blocks, none_taken, refuses, row
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.instant import HOUR, parse
from emulator.services.codes import Why
from emulator.services.row import Target


async def _wrong_shape(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.TWO_RATES))
    by_block = doc.prices(blocks=((4, 3, 2, 1),))
    await none_taken(stage, "1.2.1", {"blocks on registers": by_block, "one of two": doc.prices(500)})


async def _wrong_shape_of_blocks(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.BLOCKS))
    wrong = {"registers on blocks": doc.prices(500), "2 prices of 3": doc.prices(blocks=((4, 3),))}
    await none_taken(stage, "1.2.1", wrong)


async def _unused(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.TWO_RATES))
    async with untouched(stage):
        stage.refused(await stage.ask("1.2.1", doc.prices(500, 600, 700)), Why.INVALID_VALUE)
    stage.done(await stage.ask("1.1.1", doc.update(doc.tariff(doc.day(1, ("00:00", 2))), doc.prices(0, 5))))
    async with untouched(stage):
        stage.refused(await stage.ask("1.2.1", doc.prices(1, 5)), Why.INVALID_VALUE)


async def _too_many(stage: Stage) -> None:
    most = stage.profile.metering.tou_registers
    wrong = {"one beyond the meter's": doc.prices(*range(1, most + 2)), "49": doc.prices(*range(1, 50))}
    await none_taken(stage, "1.2.1", wrong)


async def _gas_wrong_shape(stage: Stage) -> None:
    await gas(stage, doc.update(doc.gas_tariff(doc.gas_day(1, 1)), doc.gas_prices(5_000)))
    wrong = {"blocks on a register": doc.gas_prices(blocks=(3, 2, 1)), "an unused register": doc.gas_prices(1, 2)}
    await none_taken(stage, "1.2.1", wrong, "gsme")


async def _gas_wrong_blocks(stage: Stage) -> None:
    await gas(stage, doc.GAS_BLOCKS)
    wrong = {
        "a register on blocks": doc.gas_prices(5_000),
        "2 prices of 3": doc.gas_prices(blocks=(3, 2), limits=1),
        "4 prices of 3": doc.gas_prices(blocks=(4, 3, 2, 1), limits=3),
    }
    await none_taken(stage, "1.2.1", wrong, "gsme")


async def _cancelled(stage: Stage, device: str) -> None:
    await gas(stage, doc.update(doc.gas_tariff(doc.gas_day(1, 1)), doc.gas_prices(500)))
    priced = doc.gas_prices(600)
    await stage.submit(stage.request("1.2.1", {**priced, **doc.dated(stage.now + 3 * HOUR)}, device=device))
    await stage.advance("1h")
    never = parse("3000-12-31T00:00:00Z")
    await stage.submit(stage.request("1.2.1", {**priced, **doc.dated(never)}, device=device))
    await stage.advance("4h")
    equal(stage, "prices_mp", [500], device)
    await stage.submit(stage.request("1.2.1", {**priced, **doc.dated(stage.now + HOUR)}, device=device))
    await stage.advance("4h")
    equal(stage, "prices_mp", [600], device)  # the same ones, not cancelled


WRONG: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "no-whole-millipence": (
        "a price that is no whole number of millipence is refused, not rounded",
        {
            "0.5 mp": doc.prices(5, scale=-6),
            "2121 x 10^-7": doc.prices(2_121, scale=-7),
            "1 x 10^-128": doc.prices(1, scale=-128),
            "a standing charge of 0.1 mp": doc.prices(1, standing=1, standing_scale=-6),
        },
    ),
    "no-price": (
        "a price is not below zero, of 16 bits, of a scale of 8 bits, and not beyond any price",
        {
            "-1": doc.prices(-1),
            "-32769": doc.prices(-32_769),
            "32768": doc.prices(32_768),
            "a scale of 128": doc.prices(0, scale=128),
            "a scale of -129": doc.prices(0, scale=-129),
            "1 x 10^127": doc.prices(1, scale=127),
            "a standing charge of -1": doc.prices(1, standing=-1),
            "a fraction": {
                "PriceElements": {
                    "ElectricityPriceElements": {
                        "StandingCharge": 1,
                        "StandingChargeScale": -5,
                        "PriceScale": -5,
                        "TOUTariff": {"TOUPrice": [1.5]},
                    }
                }
            },
        },
    ),
    "mixed-fuel": (
        "gas prices are not for an electricity meter, alone or beside its own",
        {
            "gas": doc.gas_prices(9_600),
            "both": {"PriceElements": {**doc.prices(1)["PriceElements"], **doc.gas_prices(1)["PriceElements"]}},
            "neither": {"PriceElements": {}},
            "nothing": {},
            "none in a list": doc.prices(),
        },
    ),
}
WRONG_GAS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "mixed-fuel-gas": (
        "electricity prices are not for a gas meter, alone or beside its own",
        {
            "electricity": doc.prices(9_600),
            "both": {"PriceElements": {**doc.prices(1)["PriceElements"], **doc.gas_prices(1)["PriceElements"]}},
            "no part of it": {},
        },
    ),
    "no-price-of-gas": (
        "a gas price is a whole number of millipence, not below zero, of 32 bits",
        {
            "-1": doc.gas_prices(-1),
            "33 bits": doc.gas_prices(2**32),
            "a standing charge of -1": doc.gas_prices(1, standing=-1),
        },
    ),
}


def _row(word: str, says: str, act: Any, clause: str = SHEET, **more: Any) -> Case:
    needs = tuple(Need(one, more.get("target", Target.E)) for one in more.pop("needs", ("1.1.1",)))
    return row(f"1.2.1/{word}", says, act, clause=clause, needs=needs, **more)


def _gas(word: str, says: str, act: Any, clause: str = SHEET, **more: Any) -> Case:
    return _row(word, says, act, clause, target=Target.G, **more)


CASES: tuple[Case, ...] = (
    _row(
        "wrong-shape",
        "prices of another shape, or too few, are refused, and nothing changes",
        _wrong_shape,
        negative=True,
    ),
    _row(
        "wrong-shape-of-blocks",
        "prices of another shape than the blocks that run are refused",
        _wrong_shape_of_blocks,
        negative=True,
        only=blocks,
    ),
    _row("unused-index", "a price for a register that the table never chooses is refused", _unused, negative=True),
    _row("too-many-prices", "prices beyond the meter's registers are refused", _too_many, negative=True),
    *(refuses(f"1.2.1/{word}", says, wrong, clause=SHEET) for word, (says, wrong) in WRONG.items()),
    _gas("gas-wrong-shape", "prices by blocks, or of an unused register, are refused", _gas_wrong_shape, negative=True),
    _gas(
        "gas-wrong-blocks",
        "prices that are not for the blocks that run are refused",
        _gas_wrong_blocks,
        negative=True,
        only=gas_blocks,
    ),
    *(
        refuses(f"1.2.1/{word}", says, wrong, clause=SHEET, target=Target.G)
        for word, (says, wrong) in WRONG_GAS.items()
    ),
    *at_each(
        "1.2.1/cancelled",
        "dated prices that were cancelled are not taken",
        _cancelled,
        Target.G,
        clause="service requests, section 7; Annex A: cancel date",
        negative=True,
        group=Group.FUTURE,
        needs=("1.1.1",),
    ),
)
