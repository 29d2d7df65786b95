"""Reads of the account and of the tariff: 4.3, 4.13, 4.18 and 4.11.1 (functional reference 10.7)."""

from collections.abc import Mapping
from typing import Any, Final

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.debts import debts, full, gas_debts
from emulator.conformance.cases.prices import flat_rate
from emulator.conformance.cases.tariffs import at_time, gas
from emulator.conformance.counted import litres
from emulator.conformance.samples import sample
from emulator.conformance.short import INVALID, asked_as, at_each, blocks, equal, gas_blocks, row, same
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.instant import HOUR
from emulator.services.codes import Why
from emulator.services.row import Target

ACCOUNT: Final = "functional reference 2.6 and 10.7 (4.3); service requests, section 3"
TARIFF: Final = "functional reference 10.7 (4.11); service requests, section 3"
EVERY: Final = (Target.E, Target.G, Target.P)
BOTH: Final = (Target.E, Target.G)
PREPAID: Final = Home(payment="prepayment")
POOR: Final = Home(payment="prepayment", balance_mp=50_000)
VALUES: Final[Mapping[str, str]] = {
    "EmergencyCreditBalance": "emergency_credit_mp",
    "AccumulatedDebtRegister": "accumulated_debt_mp",
    "PaymentDebtRegister": "payment_debt_mp",
    "TimeDebtRegister1": "time_debt_1_mp",
    "TimeDebtRegister2": "time_debt_2_mp",
}
POUND_SCALE: Final = 5


def _meter(device: str) -> str:
    return "esme" if device == "esme" else "gsme"


async def _values(stage: Stage, device: str) -> None:
    told = stage.done(await stage.ask("4.3", device=device)).body
    for name, item in VALUES.items():
        held = stage.truth(item, _meter(device))
        all_told = stage.profile.protocol != "sms"  # an SMS has the balance alone
        if held is not None and (name in told or all_told):
            stage.expect(told.get(name) == held, f"{name} is {held} mp", told)
    held = stage.truth("meter_balance_mp", _meter(device))
    stage.expect(
        abs(told["MeterBalance"] - held) <= (0 if device == "esme" else 2_000), f"the balance is {held} mp", told
    )


async def _each_at_its_place(stage: Stage, device: str) -> None:
    meter = _meter(device)
    own = (
        debts(700_000, 200_000, 300_000)
        if meter == "esme"
        else {**gas_debts(700_000, 300_000), "TimeDebtRegister2": 200_000}
    )
    stage.done(await stage.ask("2.3", own, device=meter))
    stage.done(await stage.ask("2.5", device=meter))
    if device == "gpf":
        await stage.advance("1h")  # so that the mirror has it
    told = stage.done(await stage.ask("4.3", device=device)).body
    wanted = {"TimeDebtRegister1": 700_000, "TimeDebtRegister2": 200_000, "PaymentDebtRegister": 300_000}
    same(stage, "the debts", {name: told[name] for name in wanted}, wanted)
    held = stage.truth("emergency_credit_mp", meter)
    stage.expect(held > 0, "the emergency credit is on", held)
    stage.expect(told["EmergencyCreditBalance"] == held, f"the emergency credit is {held} mp", told)


async def _in_credit_mode(stage: Stage, device: str) -> None:
    meter = _meter(device)
    own = debts(0, 0, 300_000, rate=0) if meter == "esme" else gas_debts(0, 300_000)
    stage.done(await stage.ask("2.3", own, device=meter))
    stage.done(await stage.ask("1.6", {"Credit": {}}, device=meter))
    equal(stage, "payment_mode", "credit", meter)
    await stage.advance("1h")
    told = stage.done(await stage.ask("4.3", device=device)).body
    stage.expect(told["PaymentDebtRegister"] == 300_000, "what was stored is told", told)
    stage.expect(
        told["EmergencyCreditBalance"] == stage.truth("emergency_credit_mp", meter), "as the meter has it", told
    )


async def _anew(stage: Stage, device: str) -> None:
    meter = _meter(device)
    before = stage.done(await stage.ask("4.3", device=device)).body["MeterBalance"]
    stage.done(await stage.ask("2.2", {"UTRN": stage.vend(1_000_000, meter)}, device=meter))
    if device == "gpf":
        await stage.advance("1h")
    after = stage.done(await stage.ask("4.3", device=device)).body["MeterBalance"]
    stage.expect(950_000 <= after - before <= 1_000_000, "a top-up of 1000000 mp is in the balance", after - before)


async def _balance(stage: Stage, device: str) -> None:
    meter = _meter(device)
    told = stage.done(await stage.ask("4.18", device=device)).body
    held, apart = stage.truth("meter_balance_mp", meter), 0 if device == "esme" else 2_000
    stage.expect(abs(told["MeterBalance"] - held) <= apart, f"the balance is {held} mp", told)
    if device == "esme":
        stage.expect("Gas" not in told, "electricity has no gas part", told)


async def _balance_anew(stage: Stage, device: str) -> None:
    first = stage.done(await stage.ask("4.18", device=device)).body["MeterBalance"]
    await stage.advance("13h")
    stage.expect(first != stage.truth("meter_balance_mp", _meter(device)), "the balance moved")
    await _balance(stage, device)


CONFIGURED: Final = {
    "EmergencyCreditLimit": 300_001,
    "EmergencyCreditThreshold": 100_002,
    "LowCreditThreshold": 200_003,
    "MaxMeterBalance": 5_000_004,
    "MaxCreditThreshold": 1_000_005,
}
"""As 2.1 names them."""
READ_AS: Final = {"MaxMeterBalance": "MaxCreditMaxMeterBalance", "MaxCreditThreshold": "CreditMaxCreditThreshold"}


async def _configuration(stage: Stage, device: str) -> None:
    (name, body) = next(iter(sample(stage, "2.1", device).items()))
    given = {**body, **CONFIGURED, "DebtRecoveryRateCap": 31}
    stage.done(await stage.ask("2.1", {name: given}, device=device))
    terms = {"SuspendDebtDisabled": True, "SuspendDebtEmergency": False, "DisablementThreshold": -6}
    stage.done(await stage.ask("1.6", {"Prepayment": terms}, device=device))
    told = stage.done(await stage.ask("4.13", device=device)).body
    wanted = {READ_AS.get(key, key): value for key, value in CONFIGURED.items()} | terms | {"DebtRecoveryRateCap": 31}
    same(stage, "the configuration", {key: told.get(key) for key in wanted}, wanted)


async def _recovery(stage: Stage, device: str) -> None:
    own = debts(0, 0, 0, 1_234, rate=25, scale=-2) if device == "esme" else gas_debts(share=1_234, rate=25_000)
    stage.done(await stage.ask("2.3", own, device=device))
    told = stage.done(await stage.ask("4.13", device=device)).body
    same(stage, "the share of a top-up", told["DebtRecoveryPerPayment"], 1_234)
    rate = told["Electricity" if device == "esme" else "Gas"]["DebtRecovery1"]
    scale = rate.get("DebtRecoveryRatePriceScale", -POUND_SCALE)
    got = rate["DebtRecoveryRate"] * 10 ** (scale + POUND_SCALE)
    stage.expect(got == 25_000, "the rate is 25000 mp", rate)
    same(stage, "its period", rate["DebtRecoveryRatePeriod"], "DAILY")


async def _shape(stage: Stage, variant: str, device: str) -> None:
    async with untouched(stage):
        for body in ({"Register": 1}, doc.period(stage.now, stage.now), {"ExecutionDateTime": "never"}):
            asked = stage.refused(await stage.ask(variant, body, **asked_as(device, variant)), Why.MALFORMED)
            stage.expect(asked.response is None or not asked.response.body, "no value is told", asked.body)


async def _silent(stage: Stage, device: str) -> None:
    async with untouched(stage):
        for variant in ("4.11.1", "4.18"):
            stage.done(await stage.ask(variant, device=device))


# The tariff


def _mp(number: int, scale: int) -> float:
    return number * 10.0 ** (scale + POUND_SCALE)


async def _told(stage: Stage) -> dict[str, Any]:
    read: dict[str, Any] = stage.done(await stage.ask("4.11.1")).body["Electricity"]
    return read


async def _tariff(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.TWO_RATES))
    read = await _told(stage)
    prices = [_mp(one, read["PriceScale"]) for one in read["TariffTOUPriceMatrix"]]
    same(stage, "prices in mp", prices, [20_000, 30_000])
    standing = _mp(read["StandingCharge"], read["StandingChargeScale"])
    stage.expect(standing == 20_000, "the standing charge is 20000 mp", read)
    active = _mp(read["PrimaryActiveTariffPrice"], read["PriceScale"])
    stage.expect(active == 20_000, "the price now is that of register 1", read)
    same(stage, "the currency", (read["CurrencyUnitsLabel"], read["CurrencyUnitsName"]), ("GBP", "Millipence"))
    (day,) = read["TariffSwitchingTable"]["DayProfiles"]
    same(
        stage,
        "the day",
        [(one["StartTime"], one["TOUTariffAction"]) for one in day["ProfileSchedule"]],
        [("00:00:00Z", 1), ("11:30:00Z", 2), ("12:30:00Z", 1)],
    )
    stage.expect(not read.get("TariffBlockPriceMatrix"), "a tariff by time of use has no block prices", read)


async def _active_price(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.TWO_RATES))
    for at, wanted in (("11:29", 20_000), ("11:30", 30_000), ("12:30", 20_000)):
        await at_time(stage, at)
        read = await _told(stage)
        got = _mp(read["PrimaryActiveTariffPrice"], read["PriceScale"])
        stage.expect(got == wanted, f"the price at {at} is {wanted} mp", read)


async def _coarse(stage: Stage) -> None:
    for number, scale in ((32_767, -5), (30, 0), (1_234, -2), (0, 0)):
        body = doc.prices(number, scale=scale, standing=number, standing_scale=scale)
        stage.done(await stage.ask("1.1.1", doc.update(doc.tariff(doc.day(1, ("00:00", 1))), body)))
        read, wanted = await _told(stage), stage.truth("prices_mp")[0]
        stage.expect(wanted == round(_mp(number, scale)), f"{number} x 10^{scale} is held in mp", wanted)
        got = [
            _mp(one, read["PriceScale"]) for one in (*read["TariffTOUPriceMatrix"], read["PrimaryActiveTariffPrice"])
        ]
        stage.expect(got == [wanted, wanted], f"a price of {wanted} mp is told at a scale that holds it", read)
        standing = _mp(read["StandingCharge"], read["StandingChargeScale"])
        stage.expect(standing == wanted, f"a standing charge of {wanted} mp too", read)


async def _euros(stage: Stage) -> None:
    elements = doc.tariff(doc.day(1, ("00:00", 1)), currency="ECB")
    stage.done(await stage.ask("1.1.1", doc.update(elements, doc.prices(5))))
    read = await _told(stage)
    same(stage, "the currency", (read["CurrencyUnitsLabel"], read["CurrencyUnitsName"]), ("ECB", "Millicent"))
    equal(stage, "currency", "EUR")


async def _blocks(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", doc.BLOCKS))
    read = await _told(stage)
    prices = [_mp(one, read["PriceScale"]) for one in read["TariffBlockPriceMatrix"][0]["BlockPrice"]]
    same(stage, "prices in mp", prices, [30_000, 25_000, 20_000, 0])
    same(stage, "thresholds in Wh", read["TariffThresholdMatrix"][0]["BlockThreshold"], doc.LIMITS)
    stage.expect(not read.get("TariffTOUPriceMatrix"), "a tariff by blocks has no prices by time of use", read)
    (day,) = read["TariffSwitchingTable"]["DayProfiles"]
    stage.expect(day["ProfileSchedule"][0].get("BlockTariffAction") == 1, "its days choose columns", day)


async def _prices_anew(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", flat_rate(500)))
    await _told(stage)
    stage.done(await stage.ask("1.2.1", doc.prices(600, standing=7)))
    read = await _told(stage)
    got = _mp(read["TariffTOUPriceMatrix"][0], read["PriceScale"])
    stage.expect(got == 600, "a second read has the new price", read)
    stage.expect(_mp(read["StandingCharge"], read["StandingChargeScale"]) == 7, "and the new standing charge", read)


async def _not_yet(stage: Stage) -> None:
    stage.done(await stage.ask("1.1.1", flat_rate(500)))
    before = await _told(stage)
    later = doc.update(doc.tariff(doc.day(1, ("00:00", 2))), doc.prices(7, 8), stage.now + 3 * HOUR)
    await stage.submit(stage.request("1.1.1", later))
    await stage.advance("1h")
    stage.expect(await _told(stage) == before, "a tariff of tomorrow is not told today", "another")
    stage.refused(await stage.ask("1.1.1", doc.update(doc.tariff(doc.day(1, ("00:00", 2))), doc.prices(1))), *INVALID)
    stage.expect(await _told(stage) == before, "a tariff that was refused is not told", "another")


async def _gas_tariff(stage: Stage) -> None:
    body = doc.update(doc.gas_tariff(doc.gas_day(1, 1)), doc.gas_prices(9_600, standing=22_465))
    await gas(stage, body)
    read = stage.done(await stage.ask("4.11.1", device="gsme")).body["Gas"]
    same(stage, "prices in mp", read["TOUTariff"], [9_600])
    same(stage, "the standing charge", read["StandingCharge"], 22_465)
    active = _mp(read["PrimaryActiveTariffPrice"], read["PrimaryActiveTariffPriceScale"])
    stage.expect(active == 9_600, "the price now is 9600 mp", read)
    same(stage, "the days", read["TariffSwitchingTable"]["DayProfiles"], [{"DayName": 1, "TOUTariffAction": 1}])
    stage.expect(not read.get("BlockTariff"), "a tariff by register has no block prices", read)
    stage.done(await stage.ask("1.2.1", doc.gas_prices(9_700), device="gsme"))
    read = stage.done(await stage.ask("4.11.1", device="gsme")).body["Gas"]
    same(stage, "the new price", read["TOUTariff"], [9_700])


async def _gas_by_blocks(stage: Stage) -> None:
    await gas(stage, doc.GAS_BLOCKS)
    read = stage.done(await stage.ask("4.11.1", device="gsme")).body["Gas"]
    same(stage, "block prices in mp", read["BlockTariff"], [8_000, 7_000, 6_000])
    same(stage, "thresholds in m3", [litres(one) for one in read["TariffThresholds"]], doc.GAS_LIMITS)
    same(stage, "the days", read["TariffSwitchingTable"]["DayProfiles"], [{"DayName": 1, "BlockTariff": {}}])


def _each(name: str, says: str, act: Any, *targets: Target, **more: Any) -> list[Case]:
    return at_each(name, says, act, *targets, clause=ACCOUNT, **more)


def _row(word: str, says: str, act: Any, *needs: str, **more: Any) -> Case:
    target = more.get("target", Target.E)
    wanted = tuple(Need(one, target) for one in ("1.1.1", *needs))
    return row(f"4.11.1/{word}", says, act, clause=TARIFF, needs=wanted, **more)


def _malformed(variant: str, target: Target) -> Case:
    async def act(stage: Stage) -> None:
        await _shape(stage, variant, {Target.E: "esme", Target.G: "gsme", Target.P: "gpf"}[target])

    word = {Target.E: "", Target.G: "-gas", Target.P: "-gas-proxy"}[target]
    says = "what the request has no place for is refused, and no value is told"
    return row(f"{variant}/not-in-its-shape{word}", says, act, clause=ACCOUNT, target=target, negative=True)


CASES: tuple[Case, ...] = (
    *_each(
        "4.3/values-as-held",
        "balance, emergency credit and debts are the meter's, in mp",
        _values,
        *EVERY,
        group=Group.HAPPY,
        home=PREPAID,
    ),
    *_each(
        "4.3/each-at-its-place",
        "each debt is told by its own name",
        _each_at_its_place,
        *EVERY,
        needs=("2.3", "2.5"),
        only=full,
        home=POOR,
    ),
    *_each(
        "4.3/stored-in-credit-mode",
        "in credit mode the stored values are told",
        _in_credit_mode,
        *EVERY,
        needs=("2.3", "1.6"),
        home=PREPAID,
    ),
    *_each("4.3/not-stale", "a top-up is in the balance of the next read", _anew, *EVERY, needs=("2.2",), home=PREPAID),
    *_each(
        "4.18/balance-of-the-mode",
        "the balance of prepayment is told",
        _balance,
        *EVERY,
        group=Group.HAPPY,
        home=PREPAID,
    ),
    *_each("4.18/balance-in-credit-mode", "the balance of credit mode is told", _balance, *EVERY),
    *_each("4.18/not-stale", "half a day later the balance is that of then", _balance_anew, *EVERY, home=PREPAID),
    *_each(
        "4.13/configuration-as-set",
        "each item of 2.1 and 1.6 is told by its own name, in its unit",
        _configuration,
        *BOTH,
        group=Group.HAPPY,
        needs=("2.1", "1.6"),
        home=PREPAID,
    ),
    *_each(
        "4.13/recovery-as-set",
        "the recovery of debts is told as 2.3 set it",
        _recovery,
        *BOTH,
        needs=("2.3",),
        only=full,
        home=PREPAID,
    ),
    *(_malformed(variant, target) for variant in ("4.3", "4.18") for target in EVERY),
    *(_malformed(variant, target) for variant in ("4.13", "4.11.1") for target in BOTH),
    *_each(
        "4.11.1/reads-change-nothing",
        "reads of tariff and balance leave no trace",
        _silent,
        *BOTH,
        needs=("4.18",),
        negative=True,
    ),
    _row(
        "tariff-as-it-runs",
        "table, prices, standing charge and the price now are told, each in its unit",
        _tariff,
        group=Group.HAPPY,
    ),
    _row("price-of-now", "the price now follows the table", _active_price),
    _row("exact-at-any-scale", "prices are told exactly, at a scale that holds them", _coarse),
    _row("euros", "a tariff in euros is told as one", _euros),
    _row("blocks-as-they-run", "block prices and thresholds are told, in Wh", _blocks, only=blocks),
    _row("not-stale", "a read after new prices has them", _prices_anew, "1.2.1"),
    _row("not-before-its-date", "a tariff that waits, or was refused, is not told", _not_yet, negative=True),
    _row(
        "gas-tariff-as-it-runs",
        "days, prices and standing charge are told in mp",
        _gas_tariff,
        "1.2.1",
        target=Target.G,
        group=Group.HAPPY,
    ),
    _row("gas-blocks-as-they-run", "thresholds are told in m3", _gas_by_blocks, target=Target.G, only=gas_blocks),
)
