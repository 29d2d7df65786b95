"""Duplicates, order, sequences: what is asked twice, out of turn, or all at once (service requests 2.1, 7, 8.1)."""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.stage import Stage
from emulator.services.document import Request
from emulator.services.row import Role

PREPAID: Final = Home(payment="prepayment")
ENVELOPE: Final = "service requests, 2.1: RequestID"
CHAIN: Final = "service requests, 7: FirstInSequence and PrecedingServiceRequestID"
ONCE: Final = "service requests, 8.1: delivery"
TEN_POUNDS_MP: Final = 1_000_000
WRONG_CODE: Final = "00000000000000000000"


def _adjusts(amount_mp: int) -> dict[str, Any]:
    return {"PrepaymentMode": {"AdjustMeterBalance": amount_mp}}


async def _same_request(stage: Stage) -> None:
    request = stage.request("1.5", _adjusts(10_000))
    stage.expect((await stage.submit(request)).response_code == "I99", "the first is accepted")
    await stage.outcome(request)
    again = await stage.submit(request)
    stage.expect(not again.accepted, "the same RequestID is refused", f"{again.response_code} {again.reason}")
    await stage.advance("1h")
    moved = await stage.happened("BalanceAdjusted")
    stage.expect(len(moved) == 1, "it is done once", moved)


async def _lower_counter(stage: Stage) -> None:
    earlier = stage.request("7.4")
    stage.done(await stage.ask("7.4"))
    again = await stage.submit(earlier)
    stage.expect(not again.accepted, "a counter below one that was used is refused", again.response_code)


async def _own_counters(stage: Stage) -> None:
    supplier = stage.request("7.4", role=Role.IS)
    stage.done(await stage.ask("7.4", role=Role.ED))
    acknowledged = await stage.submit(supplier)
    stage.expect(acknowledged.accepted, "each originator counts for itself", acknowledged.detail)
    stage.expect(await stage.outcome(supplier) is not None, "it is answered")


async def _one_answer(stage: Stage) -> None:
    asked = stage.done(await stage.ask("7.4"))
    await stage.advance("2h")
    told = [given.document for given in stage.given if given.document.request_id == asked.request.request_id]
    stage.expect(len(told) == 1, "one response", len(told))


async def _in_order(stage: Stage) -> None:
    first = stage.request("7.2", first_in_sequence=True)
    second = stage.request("7.3", preceding_service_request_id=first.request_id)
    third = stage.request("7.1", preceding_service_request_id=second.request_id)
    for request in (first, second, third):
        acknowledged = await stage.submit(request)
        stage.expect(acknowledged.response_code == "I99", "each is accepted", acknowledged.detail)
    await _ends(stage, third)
    state = stage.truth("supply_state")
    stage.expect(state == "enabled", "the last of the chain decides", state)
    stage.expect(await stage.happened("SupplyArmed"), "and the one before it was done")


async def _ends(stage: Stage, request: Request) -> None:
    response = await stage.outcome(request)
    stage.expect(response is not None and response.ok, "it is done", None if response is None else response.reason)


async def _broken(stage: Stage) -> None:
    before = stage.truth("meter_balance_mp")
    first = stage.request("2.2", {"UTRN": WRONG_CODE}, first_in_sequence=True)
    second = stage.request("1.5", _adjusts(10_000), preceding_service_request_id=first.request_id)
    third = stage.request("1.5", _adjusts(20_000), preceding_service_request_id=second.request_id)
    for request in (first, second, third):
        await stage.submit(request)
    for request in (second, third):
        response = await stage.outcome(request)
        stage.expect(response is not None, "whoever follows a failure is answered")
        assert response is not None
        stage.expect(not response.ok, "and not done", response.reason)
    stage.expect(stage.truth("meter_balance_mp") <= before, "nothing is adjusted", stage.truth("meter_balance_mp"))
    stage.expect(not await stage.happened("BalanceAdjusted"), "the meter never hears of it")


async def _unknown_predecessor(stage: Stage) -> None:
    request = stage.request("7.2")
    other = request.request_id.rsplit(":", 1)[0] + ":1"
    acknowledged = await stage.submit(stage.request("7.2", preceding_service_request_id=other))
    follows = acknowledged.accepted and not acknowledged.response_code.startswith("E")
    if follows:
        await stage.advance("2h")
    stage.expect(stage.truth("supply_state") == "enabled", "what follows nothing is not done", acknowledged.reason)
    stage.expect_strictly(not follows, "it is refused at once", acknowledged.response_code)


async def _first_with_predecessor(stage: Stage) -> None:
    first = stage.request("7.4", first_in_sequence=True)
    await stage.submit(first)
    both = stage.request("7.2", first_in_sequence=True, preceding_service_request_id=first.request_id)
    acknowledged = await stage.submit(both)
    stage.expect(not acknowledged.accepted, "a first with one before it is refused", acknowledged.response_code)
    stage.expect(stage.truth("supply_state") == "enabled", "and not done", stage.truth("supply_state"))


async def _storm(stage: Stage) -> None:
    requests = [stage.request("7.4", role=role) for _ in range(10) for role in (Role.IS, Role.ED)]
    for request in requests:
        acknowledged = await stage.submit(request)
        stage.expect(acknowledged.accepted, "each is accepted", acknowledged.detail)
    for request in requests:
        await _ends(stage, request)
    told = [given.document.request_id for given in stage.given]
    stage.expect(len(told) == len(set(told)), "none is answered twice", len(told))


async def _mixed_storm(stage: Stage) -> None:
    before = stage.truth("meter_balance_mp")
    requests = [stage.request("1.5", _adjusts(1_000 + each)) for each in range(10)]
    requests += [stage.request("2.2", {"UTRN": stage.vend(TEN_POUNDS_MP)})]
    for request in requests:
        await stage.submit(request)
    for request in requests:
        await _ends(stage, request)
    gained = stage.truth("meter_balance_mp") - before
    wanted = sum(1_000 + each for each in range(10)) + TEN_POUNDS_MP
    stage.expect(abs(gained - wanted) < 10_000, f"all of it is added, once: {wanted} mp", f"{gained} mp")


CASES: tuple[Case, ...] = (
    Case(
        name="1.5/same-request-twice",
        says="a request whose RequestID was used is refused, and not done again",
        clause=ENVELOPE,
        group=Group.ORDER,
        needs=(Need("1.5"), Need("2.2")),
        home=PREPAID,
        act=_same_request,
        negative=True,
    ),
    Case(
        name="7.4/counter-must-rise",
        says="a counter that does not rise is refused",
        clause=ENVELOPE,
        group=Group.ORDER,
        needs=(Need("7.4"),),
        act=_lower_counter,
        negative=True,
    ),
    Case(
        name="7.4/each-counts-for-itself",
        says="counters of two originators do not mind each other",
        clause=ENVELOPE,
        group=Group.ORDER,
        needs=(Need("7.4"),),
        act=_own_counters,
    ),
    Case(
        name="7.4/answered-once",
        says="a request has one response, however long one listens",
        clause=ONCE,
        group=Group.ORDER,
        needs=(Need("7.4"),),
        act=_one_answer,
    ),
    Case(
        name="7.2/chain-in-order",
        says="a chain is done in its order",
        clause=CHAIN,
        group=Group.SEQUENCE,
        needs=(Need("7.1"), Need("7.2"), Need("7.3")),
        act=_in_order,
    ),
    Case(
        name="1.5/broken-chain",
        says="what follows a failure in a chain is not done, and answered",
        clause=CHAIN,
        group=Group.SEQUENCE,
        needs=(Need("1.5"), Need("2.2")),
        home=PREPAID,
        act=_broken,
        negative=True,
    ),
    Case(
        name="7.2/follows-nothing",
        says="a request that follows one nobody knows is not done",
        clause=CHAIN,
        group=Group.SEQUENCE,
        needs=(Need("7.2"),),
        act=_unknown_predecessor,
        negative=True,
    ),
    Case(
        name="7.2/first-that-follows",
        says="a first in sequence cannot follow another",
        clause=CHAIN,
        group=Group.SEQUENCE,
        needs=(Need("7.2"), Need("7.4")),
        act=_first_with_predecessor,
        negative=True,
    ),
    Case(
        name="7.4/twenty-at-once",
        says="twenty requests to one home are each answered, once",
        clause=ONCE,
        group=Group.STORM,
        needs=(Need("7.4"),),
        act=_storm,
    ),
    Case(
        name="1.5/changes-at-once",
        says="changes that arrive together are all done, none twice",
        clause=ONCE,
        group=Group.STORM,
        needs=(Need("1.5"), Need("2.2")),
        home=PREPAID,
        act=_mixed_storm,
    ),
)
