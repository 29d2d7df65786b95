"""Gas meters that sleep: what waits at the hub, what becomes of it at the wake, and what is told of it.

The hub holds commands until the gas meter asks; an answer comes after its wake and says what the meter made of it
(functional reference 3.8). One that is never heard is a slow answer, then E21 (service requests, 8.1).
"""

from typing import Any, Final

from emulator.conformance.case import Case, Home
from emulator.conformance.cases.reach import WAY, answers, back, reach
from emulator.conformance.stage import Stage
from emulator.services.codes import Why
from emulator.services.row import Target

SLEEPY: Final = "functional reference 3.8; service requests, 8.1: a sleeping gas meter is a slow answer, then E21"
PREPAID_GAS: Final = Home(payment="prepayment", gas=True)
GAS: Final = Home(gas=True)
TEN_POUNDS_MP: Final = 1_000_000


async def _gas_command(stage: Stage) -> None:
    await stage.fault("no_wan_before_migration")
    stage.refused(await stage.ask("7.2", device="gsme", within="30h"), Why.UNREACHABLE, code="E20")
    await back(stage, "1d")
    state = stage.truth("supply_state", "gsme")
    stage.expect(state == "enabled", "what never reached the hub is not done later", state)


async def _after_its_wake(stage: Stage) -> None:
    request = stage.request("7.2", device="gsme")
    stage.expect((await stage.submit(request)).response_code == "I99", "it is accepted, and the result follows")
    await stage.advance("1m")
    await stage.gather(0.05)
    early = answers(stage, request)
    done = await stage.happened("SupplyChanged", "gsme")
    stage.expect(done or not any(one.ok for one in early), "nothing is told as done before the gas meter did it", early)
    response = await stage.outcome(request, "3h")
    stage.expect(response is not None and response.ok, "after its wake it is answered", response)
    state = stage.truth("supply_state", "gsme")
    stage.expect(state == "disabled", "and done by then", state)


async def _refused_at_its_wake(stage: Stage) -> None:
    code = stage.vend(TEN_POUNDS_MP, "gsme")
    stage.done(await stage.ask("2.2", {"UTRN": code}, device="gsme"))
    stage.refused(await stage.ask("2.2", {"UTRN": code}, device="gsme"), Why.DUPLICATE)
    added = await stage.happened("CreditAdded", "gsme")
    stage.expect(len(added) == 1, "it is credited once", added)


async def _mixed_at_one_wake(stage: Stage) -> None:
    before = stage.truth("meter_balance_mp", "gsme")
    code = stage.vend(TEN_POUNDS_MP, "gsme")
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    bad, good = (stage.request("2.2", {"UTRN": one}, device="gsme") for one in (wrong, code))
    for request in (bad, good):
        await stage.submit(request)
    told = [await stage.outcome(request, "3h") for request in (good, bad)]
    stage.expect(all(told), "both are answered", told)
    stage.expect([one.ok for one in told if one] == [True, False], "each with its own result", told)
    gained = stage.truth("meter_balance_mp", "gsme") - before
    stage.expect(0 < gained <= TEN_POUNDS_MP, "the good one is credited", gained)


async def _lost_gas_meter(stage: Stage) -> None:
    await stage.fault("gas_meter_lost")
    request = stage.request("7.2", device="gsme")
    await stage.submit(request)
    await stage.advance("2h")
    stage.done(await stage.ask("7.4"))  # its neighbour is read as ever
    response = await stage.outcome(request, "30h")
    told = None if response is None else response.response_code
    stage.expect(told == "E21", "no answer of the gas meter is E21", told)
    await back(stage)
    stage.expect(len(answers(stage, request)) == 1, "and that is told once", answers(stage, request))
    switched = await stage.happened("SupplyChanged", "gsme")
    stage.expect(len(switched) <= 1, "late or never, it is not done twice", switched)


async def _full_queue(stage: Stage) -> None:
    before = stage.truth("meter_balance_mp", "gsme")
    amounts = [1_000_000 + 1_000 * each for each in range(stage.profile.han.queued_commands + 4)]
    requests = [stage.request("1.5", _adjusts(amount), device="gsme") for amount in amounts]
    for request in requests:
        await stage.submit(request)
    told = [await stage.outcome(request, "30h") for request in requests]
    stage.expect(all(told), "each is answered", sum(one is None for one in told))
    wanted = sum(amount for amount, one in zip(amounts, told, strict=True) if one is not None and one.ok)
    gained = stage.truth("meter_balance_mp", "gsme") - before
    stage.expect(wanted, "some are done", [one.reason for one in told if one])
    stage.expect(abs(gained - wanted) < 500_000, f"what is told as done is done, the rest is not: {wanted} mp", gained)


def _adjusts(amount_mp: int) -> dict[str, Any]:
    return {"PrepaymentMode": {"AdjustMeterBalance": amount_mp}}


CASES: tuple[Case, ...] = (
    reach(
        "7.2/gas-hub-without-wan",
        "a command that never reached the hub is refused, and not done later",
        _gas_command,
        WAY,
        "7.2",
        target=Target.G,
        home=GAS,
    ),
    reach(
        "7.2/gas-answers-after-its-wake",
        "what a gas meter is told is answered after its wake, and not before it is done",
        _after_its_wake,
        SLEEPY,
        "7.2",
        target=Target.G,
        home=GAS,
        negative=False,
    ),
    reach(
        "2.2/gas-refuses-at-its-wake",
        "what a gas meter refuses at its wake is told as refused, with its reason",
        _refused_at_its_wake,
        SLEEPY,
        "2.2",
        target=Target.G,
        home=PREPAID_GAS,
    ),
    reach(
        "2.2/each-its-own-result-at-a-wake",
        "of two codes that wait for one wake each has its own result",
        _mixed_at_one_wake,
        SLEEPY,
        "2.2",
        target=Target.G,
        home=PREPAID_GAS,
    ),
    reach(
        "7.2/gas-meter-lost",
        "a gas meter that is not heard is E21 in the end, told once; electricity is read meanwhile",
        _lost_gas_meter,
        SLEEPY,
        "7.2",
        target=Target.G,
        home=GAS,
    ),
    reach(
        "1.5/gas-queue-full",
        "more commands than a hub holds for the gas meter: what is told as done is done, the rest is refused",
        _full_queue,
        SLEEPY,
        "1.5",
        "2.2",
        target=Target.G,
        home=PREPAID_GAS,
    ),
)
