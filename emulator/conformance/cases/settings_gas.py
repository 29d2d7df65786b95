"""Settings of a gas meter, which sleeps: they wait at the hub, and are held once it woke (3.2, 3.7, 10.7)."""

from decimal import Decimal
from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.settings import equal, told
from emulator.conformance.samples import GAS_CONVERSION, GAS_FLOW, sample
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.services.codes import Why
from emulator.services.row import Target

SHEET: Final = "functional reference 10.7; service requests, section 3"
REFUSED: Final = (Why.INVALID_VALUE, Why.REFUSED)


async def ask(stage: Stage, variant: str, body: dict[str, Any] | None = None, **more: Any) -> Any:
    """Ask the gas meter."""
    return await stage.ask(variant, body, device="gsme", **more)


async def _conversion(stage: Stage) -> None:
    before = stage.truth("energy_wh", "gsme")
    stage.done(await ask(stage, "6.6", GAS_CONVERSION))
    equal(stage, "calorific_value", 405, "gsme")
    equal(stage, "calorific_digits", 1, "gsme")
    equal(stage, "conversion_factor", 103_264, "gsme")
    equal(stage, "conversion_digits", 5, "gsme")
    after = stage.truth("energy_wh", "gsme")
    stage.expect(after - before < before // 100, "what was counted before is not computed anew", (before, after))
    stage.expect(stage.truth("event_log", "gsme"), "the event log has an entry of it")


async def _conversion_ends(stage: Stage) -> None:
    for value, factor, held, digits in (
        ("0.1", "0.01", 1, 1_000),
        ("0.1", "1.00001", 1, 100_001),
        ("99.9", "1.5", 999, 150_000),
    ):
        stage.done(await ask(stage, "6.6", {"CalorificValue": value, "ConversionFactor": factor}))
        equal(stage, "calorific_value", held, "gsme")
        equal(stage, "conversion_factor", digits, "gsme")


async def _no_conversion(stage: Stage) -> None:
    async with untouched(stage):
        for value, factor in (("0", "1.02264"), ("40.0", "0"), ("0.0", "0.00000"), ("429496729.5", "42949.67295")):
            body = {"CalorificValue": value, "ConversionFactor": factor}
            stage.refused(await ask(stage, "6.6", body), *REFUSED)


async def _flow(stage: Stage) -> None:
    for tamper, depletion in (("Locked", "Unchanged"), ("Unchanged", "Locked")):
        body = {**GAS_FLOW, "SupplyTamperState": tamper, "SupplyDepletionState": depletion}
        stage.done(await ask(stage, "6.7", body))
        equal(stage, "uncontrolled_flow", 12_345, "gsme")
        equal(stage, "stabilisation_s", 33, "gsme")
        equal(stage, "measurement_s", 777, "gsme")
        equal(stage, "tamper_state", tamper.lower(), "gsme")
        equal(stage, "depletion_state", depletion.lower(), "gsme")


async def _flow_decimal(stage: Stage) -> None:
    body = {key: value for key, value in GAS_FLOW.items() if key != "UncontrolledGasFlowRate"}
    for rate, held in (("0.5", 5_000), ("6.5535", 65_535), ("0", 0), ("0.0001", 1)):
        stage.done(await ask(stage, "6.7", {**body, "UncontrolledGasFlowRateDecimal": rate}))
        equal(stage, "uncontrolled_flow", held, "gsme")


async def _flow_ends(stage: Stage) -> None:
    for rate, still_s, long_s in ((0, 1, 1), (65_535, 255, 65_535)):
        ends = {"UncontrolledGasFlowRate": rate, "StabilisationPeriod": still_s, "MeasurementPeriod": long_s}
        stage.done(await ask(stage, "6.7", {**GAS_FLOW, **ends}))
        equal(stage, "uncontrolled_flow", rate, "gsme")
        equal(stage, "stabilisation_s", still_s, "gsme")
        equal(stage, "measurement_s", long_s, "gsme")


async def _gas_told(stage: Stage) -> None:
    read = stage.done(await ask(stage, "6.2.8")).body
    for name, item, digits in (
        ("CalorificValue", "calorific_value", stage.truth("calorific_digits", "gsme")),
        ("ConversionFactor", "conversion_factor", stage.truth("conversion_digits", "gsme")),
        ("UncontrolledGasFlowRate", "uncontrolled_flow", 4),
    ):
        wanted = Decimal(stage.truth(item, "gsme")).scaleb(-digits)
        stage.expect(Decimal(read[name]) == wanted, f"{name} is {wanted}", read[name])
    told(stage, read, "FlowStabilisationPeriod", stage.truth("stabilisation_s", "gsme"))
    told(stage, read, "FlowMeasurementPeriod", stage.truth("measurement_s", "gsme"))


async def _gas_told_anew(stage: Stage) -> None:
    stage.done(await ask(stage, "6.6", GAS_CONVERSION))
    stage.done(await ask(stage, "6.7", GAS_FLOW))
    await stage.advance("1h")  # so that the mirror at the hub has it too
    await _gas_told(stage)
    read = stage.done(await ask(stage, "6.2.8")).body
    stage.expect(Decimal(read["CalorificValue"]) == Decimal("40.5"), "CalorificValue is 40.5", read)
    stage.expect(Decimal(read["UncontrolledGasFlowRate"]) == Decimal("1.2345"), "the rate is 1.2345 m3/h", read)


async def _identity(stage: Stage) -> None:
    read = stage.done(await ask(stage, "6.2.4")).body
    told(stage, read, "DeviceIdentifier", stage.eui("gsme"))
    told(stage, read, "ModelType", stage.truth("model", "gsme")[:8])
    told(stage, read, "ManufacturerIdentifier", stage.truth("maker", "gsme"))
    told(stage, read["Gas"], "SupplyTamperState", stage.truth("tamper_state", "gsme").capitalize())
    told(stage, read["Gas"], "SupplyDepletionState", stage.truth("depletion_state", "gsme").capitalize())
    stage.expect("Electricity" not in read, "a gas meter has no electricity part", read)


async def _number(stage: Stage) -> None:
    read = stage.done(await ask(stage, "6.2.7")).body
    told(stage, read.get("Gas", {}), "MPRN", stage.truth("mprn", "gsme"))


async def _number_set(stage: Stage) -> None:
    stage.done(await ask(stage, "6.20.1", sample(stage, "6.20.1", "gsme")))
    equal(stage, "mprn", sample(stage, "6.20.1", "gsme")["ImportMPRN"], "gsme")


async def _wrong_numbers(stage: Stage) -> None:
    number = sample(stage, "6.20.1", "gsme")["ImportMPRN"]
    off_by_one = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    async with untouched(stage):
        stage.refused(await ask(stage, "6.20.1", sample(stage, "6.20.1")), Why.INVALID_VALUE, Why.NOT_APPLICABLE)
        stage.refused(await ask(stage, "6.20.1", {"ImportMPRN": off_by_one}), *REFUSED)


async def _mode(stage: Stage) -> None:
    read = stage.done(await ask(stage, "6.2.9")).body
    told(stage, read, "PaymentMode", stage.truth("payment_mode", "gsme").capitalize())


async def _version(stage: Stage) -> None:
    told(stage, stage.done(await ask(stage, "11.2")).body, "FirmwareVersion", stage.truth("firmware", "gsme"))


async def _waits(stage: Stage) -> None:
    request = stage.request("6.6", GAS_CONVERSION, device="gsme")
    before = stage.truth("calorific_value", "gsme")
    wake = stage.truth("next_wake", "gsme")
    taken = await stage.submit(request)
    stage.expect(taken.accepted, "the request is taken", taken.response_code)
    await stage.advance(0)
    stage.expect(stage.truth("next_wake", "gsme") == wake, "the meter is not woken", wake)
    equal(stage, "calorific_value", before, "gsme")
    stage.expect(not await stage.gather(0.0), "nothing is answered before the meter woke")
    response = await stage.outcome(request)
    stage.expect(response is not None and response.ok, "it is done once the meter woke", response)
    equal(stage, "calorific_value", 405, "gsme")


def _case(variant: str, word: str, says: str, act: Any, *needs: str, **more: Any) -> Case:
    return Case(
        name=f"{variant}/{word}",
        says=says,
        clause=SHEET,
        group=more.pop("group", Group.UNITS),
        needs=tuple(Need(one, Target.G) for one in (variant, *needs)),
        act=act,
        home=Home(gas=True),
        **more,
    )


CASES: tuple[Case, ...] = (
    _case("6.6", "sets-conversion", "calorific value and factor are set with their digits, for later gas", _conversion),
    _case("6.6", "ends-of-the-range", "the least values, and large ones, are held to the last digit", _conversion_ends),
    _case(
        "6.6",
        "nothing-is-no-conversion",
        "a calorific value or factor of zero, or beyond any gas, is refused, and nothing changes",
        _no_conversion,
        negative=True,
    ),
    _case(
        "6.6", "waits-for-the-meter", "a sleeping meter is given it when it wakes, and the answer follows then", _waits
    ),
    _case("6.7", "sets-flow", "rate, periods and both locks are set, each at its place", _flow),
    _case("6.7", "rate-in-decimals", "a rate in m3/h is the same as one in ten-thousandths", _flow_decimal),
    _case("6.7", "ends-of-the-range", "the ends of rate and periods are held", _flow_ends),
    _case("6.2.8", "tells-the-configuration", "decimals and seconds are told as the meter holds them", _gas_told),
    _case("6.2.8", "tells-what-was-set", "what 6.6 and 6.7 set is told from then on", _gas_told_anew, "6.6", "6.7"),
    _case("6.2.4", "gas-tells-who-it-is", "EUI-64, model, maker and locks are the meter's own", _identity),
    _case("6.2.7", "tells-the-mprn", "the MPRN is the one that the meter holds", _number),
    _case("6.20.1", "sets-the-mprn", "the MPRN is set", _number_set),
    _case(
        "6.20.1",
        "wrong-gas-number",
        "the number of the other fuel and a wrong check digit are refused, and nothing changes",
        _wrong_numbers,
        negative=True,
    ),
    _case("6.2.9", "gas-tells-the-mode", "the payment mode is told", _mode),
    _case("11.2", "gas-tells-its-version", "the version is the one that runs", _version),
)
