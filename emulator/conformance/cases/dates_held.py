"""Dated commands that a meter may hold itself: accepted now, done at their date, and 8F66 or 8F67 tells which.

First the meter judges the command, and the answer says *accepted*; the newest of a kind stands; 3000-12-31 cancels.
Families whose dates the adapter holds are the same outside (service requests, section 7; functional reference 5.4).
"""

from typing import Any, Final, NamedTuple

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Home
from emulator.conformance.cases.dates import CANCEL, PREPAID, SOON, case_of, dated, hand_in, seen
from emulator.conformance.cases.reach import answers
from emulator.conformance.samples import LOAD_LIMIT, PRICES, sample
from emulator.conformance.stage import Stage
from emulator.device.instant import span
from emulator.services.document import instant_of

DONE, FAILED = "8F66", "8F67"


def _at_meter(stage: Stage) -> bool:
    services = stage.profile.services
    return services is not None and services.holds_dates == "device"


class Held(NamedTuple):
    """A service whose date the meter may hold: its body, what it changes, the home it needs.

    `on_wire` says whether the emulated wire can carry a date with its command.
    """

    variant: str
    body: dict[str, Any]
    item: str
    home: Home = Home()
    on_wire: bool = True


HELD: Final = (
    Held("6.4.1", LOAD_LIMIT, "load_limit_w", on_wire=False),
    Held("1.6", {"Credit": {}}, "payment_mode", PREPAID),
    Held("2.1", {"LowCreditThreshold": 210_000}, "low_credit_mp", PREPAID),
    Held("1.2.1", {"PriceElements": PRICES}, "prices_mp"),
    Held("1.1.1", doc.TWO_RATES, "prices_mp"),
)


def _body(stage: Stage, one: Held) -> dict[str, Any]:
    if one.variant != "2.1":
        return one.body
    (name, configuration), *_ = sample(stage, "2.1").items()
    return {name: {**configuration, **one.body}}


def _acts(one: Held) -> Any:
    async def act(stage: Stage) -> None:
        before, at = stage.truth(one.item), stage.now + span(SOON)
        request = await hand_in(stage, one.variant, dated(stage, _body(stage, one)))
        await seen(stage, "119m")
        stage.expect(stage.truth(one.item) == before, "nothing is done before its date", stage.truth(one.item))
        early = answers(stage, request)
        stage.expect(len(early) <= 1 and all(one.ok for one in early), "it is accepted, or not answered yet", early)
        held_there = bool(early)
        await seen(stage, "2h")
        stage.expect(stage.truth(one.item) != before, "at its date it is done", stage.truth(one.item))
        told = answers(stage, request)
        stage.expect(len(told) == 1 and told[0].ok, "it is answered once, as done", told)
        ends = [alert for alert in stage.alerts if alert.alert_code in {DONE, FAILED}]
        if held_there:
            stage.expect([alert.alert_code for alert in ends] == [DONE], "8F66 tells that it was done, once", ends)
            stage.expect(instant_of(ends[0].timestamp) >= at, "not before its date", ends[0].timestamp)
            stage.expect_strictly(ends[0].request_id == request.request_id, "8F66 names its request", ends[0])
        stage.expect(FAILED not in {alert.alert_code for alert in ends}, "nobody tells that it failed", ends)
        declared = _at_meter(stage) and one.on_wire
        stage.expect_strictly(held_there == declared, f"the {'meter' if declared else 'adapter'} holds it", early)

    return act


def _is_cancelled(one: Held) -> Any:
    async def act(stage: Stage) -> None:
        before = stage.truth(one.item)
        await hand_in(stage, one.variant, dated(stage, _body(stage, one)))
        await seen(stage, "10m")
        cancels = {**_body(stage, one), "ExecutionDateTime": CANCEL}
        stage.done(await stage.ask(one.variant, cancels, within="10m"))
        await seen(stage, "6h")
        stage.expect(stage.truth(one.item) == before, "what was cancelled is not done", stage.truth(one.item))
        told = [alert.alert_code for alert in stage.alerts if alert.alert_code in {DONE, FAILED}]
        stage.expect(not told, "and nobody tells of it", told)
        await hand_in(stage, one.variant, dated(stage, _body(stage, one)))
        await seen(stage, "4h")
        stage.expect(stage.truth(one.item) != before, "the same one, not cancelled, is done at its date", before)

    return act


async def _newest(stage: Stage) -> None:
    before = stage.truth("prices_mp")
    await hand_in(stage, "1.2.1", dated(stage, _price(1_111), "2h"))
    await seen(stage, "10m")
    await hand_in(stage, "1.2.1", dated(stage, _price(2_222), "4h"))
    await seen(stage, "170m")
    held = stage.truth("prices_mp")
    wanted = before if _at_meter(stage) else [1_111]
    stage.expect(held == wanted, f"a meter keeps the newest of a kind, the adapter all: {wanted}", held)
    await seen(stage, "3h")
    stage.expect(stage.truth("prices_mp") == [2_222], "the newest acts", stage.truth("prices_mp"))
    told = [alert.alert_code for alert in stage.alerts if alert.alert_code in {DONE, FAILED}]
    stage.expect(not _at_meter(stage) or told == [DONE], "one end is told, of the one that acted", told)


def _price(*mp: int) -> dict[str, Any]:
    elements = PRICES["ElectricityPriceElements"]
    return {"PriceElements": {"ElectricityPriceElements": {**elements, "TOUTariff": {"TOUPrice": list(mp)}}}}


async def _refused_then(stage: Stage) -> None:
    """Prices for two rates, held; meanwhile the tariff has but one: at their date they no longer fit."""
    stage.done(await stage.ask("1.1.1", doc.TWO_RATES, within="30m"))
    request = await hand_in(stage, "1.2.1", dated(stage, _price(1_111, 2_222)))
    one_rate = doc.update(doc.tariff(doc.day(1, ("00:00", 1))), doc.prices(7_000))
    stage.done(await stage.ask("1.1.1", one_rate, within="30m"))
    after = stage.truth("prices_mp")
    await seen(stage, "4h")
    held = stage.truth("prices_mp")
    if held != after:
        stage.undecided("the meter took two prices for a tariff of one rate")
    told = [alert for alert in stage.alerts if alert.alert_code in {DONE, FAILED}]
    codes = [alert.alert_code for alert in told]
    answered = answers(stage, request)
    if answered and answered[0].ok:
        stage.expect(codes == [FAILED], "the meter accepted it, and 8F67 tells that it was not done, once", codes)
        stage.expect_strictly(told[0].request_id == request.request_id, "8F67 names its request", told[0])
    else:
        stage.expect(len(answered) == 1, "the answer at its date is that it was refused", answered)
        stage.expect(DONE not in codes, "and nobody tells that it was done", codes)


async def _wrong_now(stage: Stage) -> None:
    wrong = {**LOAD_LIMIT, "LoadLimitPowerThreshold": 2**40}
    before = stage.truth("load_limit_w")
    asked = stage.request("6.4.1", dated(stage, wrong))
    acknowledged = await stage.submit(asked)
    await seen(stage, "6h")
    stage.expect(
        not any(one.ok for one in answers(stage, asked)), "what cannot be set is not told as set", acknowledged
    )
    stage.expect(stage.truth("load_limit_w") == before, "and not set", stage.truth("load_limit_w"))
    told = [alert.alert_code for alert in stage.alerts if alert.alert_code == DONE]
    stage.expect(not told, "8F66 is not told", told)


async def _no_clock(stage: Stage) -> None:
    before = stage.truth("prices_mp")
    request = await hand_in(stage, "1.2.1", dated(stage, _price(1_111)))
    await seen(stage, "1h")
    await stage.fault("clock_invalid")
    await seen(stage, "4h")
    if _at_meter(stage):
        held = stage.truth("prices_mp")
        stage.expect(held == before, "a meter that has no time does not act", held)
        told = [alert.alert_code for alert in stage.alerts if alert.alert_code == DONE]
        stage.expect(not told, "and nobody tells that it did", told)
    else:
        done = any(one.ok for one in answers(stage, request))
        stage.expect(done == (stage.truth("prices_mp") != before), "what is told as done is done", done)


CASES: tuple[Case, ...] = (
    *(
        case_of(
            f"{one.variant}/dated",
            f"{one.variant} with a date takes effect then and not before; its end is told once",
            _acts(one),
            one.variant,
            home=one.home,
            negative=False,
        )
        for one in HELD
    ),
    *(
        case_of(
            f"{one.variant}/cancelled",
            f"a dated {one.variant} that was cancelled is not done, nor told of",
            _is_cancelled(one),
            one.variant,
            home=one.home,
        )
        for one in HELD
    ),
    case_of("1.2.1/newest-of-a-kind", "a meter keeps the newest dated command of a kind", _newest, "1.2.1"),
    case_of(
        "1.2.1/refused-at-its-date",
        "what a meter refuses at the date is told as failed: 8F67, or the answer of then",
        _refused_then,
        "1.2.1",
        "1.1.1",
    ),
    case_of(
        "6.4.1/dated-and-wrong", "a dated command that cannot be carried out is never told as done", _wrong_now, "6.4.1"
    ),
    case_of(
        "1.2.1/dated-without-a-clock",
        "a meter without time does not act, and nobody tells that it did",
        _no_clock,
        "1.2.1",
        virtual_only=True,
    ),
)
