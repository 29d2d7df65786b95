"""Requests with a date of their own: nothing before it, the thing itself at it, nothing when cancelled.

Who holds one, the meter or the adapter, is the family's to say; what is seen in the home is the same (service requests,
section 7).
"""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.reach import answers, back
from emulator.conformance.samples import VOLTAGE, sample
from emulator.conformance.stage import Stage
from emulator.device.instant import isoformat, span
from emulator.services.codes import Why
from emulator.services.document import Request, Response, instant_of

CLAUSE: Final = "service requests, section 7; DUIS ExecutionDateTime"
E30: Final = "service requests, sections 7 and 9: E30"
CANCEL: Final = "3000-12-31T00:00:00.00Z"
PREPAID: Final = Home(payment="prepayment")
DONE, FAILED = "8F66", "8F67"
SOON: Final = "2h"


def dated(stage: Stage, body: dict[str, Any], after: str = SOON) -> dict[str, Any]:
    """Give a body with a date that lies so far ahead."""
    return {**body, "ExecutionDateTime": isoformat(stage.now + span(after))}


async def hand_in(stage: Stage, variant: str, body: dict[str, Any]) -> Request:
    """Hand a request in that is accepted."""
    request = stage.request(variant, body)
    acknowledged = await stage.submit(request)
    stage.expect(acknowledged.response_code == "I99", f"{variant} is accepted", acknowledged.detail)
    return request


async def seen(stage: Stage, by: str) -> None:
    """Let time pass, and take in what came of it."""
    await stage.advance(by)
    await stage.gather(0.05)


def _import_told(stage: Stage, body: dict[str, Any]) -> int:
    """Give the import that is told, and hold that the meter has it."""
    told: int = body["Electricity"]["ActiveImportRegister"]["Value"]
    held = stage.truth("import_wh")
    stage.expect(abs(told - held) <= 5, f"the value of now: {held}", told)
    return told


# What the adapter holds


async def _read_at_its_date(stage: Stage) -> None:
    at = stage.now + span(SOON)
    early = stage.truth("import_wh")
    request = await hand_in(stage, "4.1.1", dated(stage, {}))
    await seen(stage, "119m")
    stage.expect(not answers(stage, request), "nothing is answered before its date", answers(stage, request))
    response = await stage.outcome(request, "30m")
    stage.expect(response is not None and response.ok, "at its date it is answered", response)
    assert response is not None
    assert response.body is not None
    told = _import_told(stage, next(iter(response.body.values())))
    stage.expect(early < told, f"the value of then, beyond {early}", told)
    answered_at = instant_of(response.timestamp)
    stage.expect(at <= answered_at <= at + span("10m"), "answered at its date", response.timestamp)
    await seen(stage, "3h")
    stage.expect(len(answers(stage, request)) == 1, "and once", len(answers(stage, request)))


async def _setting_at_its_date(stage: Stage) -> None:
    before = stage.truth("voltage_sag_dv")
    request = await hand_in(stage, "6.5", dated(stage, VOLTAGE))
    await seen(stage, "119m")
    stage.expect(stage.truth("voltage_sag_dv") == before, "nothing is set before", stage.truth("voltage_sag_dv"))
    response = await stage.outcome(request, "30m")
    stage.expect(response is not None and response.ok, "at its date it is done", response)
    held = stage.truth("voltage_sag_dv")
    stage.expect(held == 10 * VOLTAGE["RMSVoltageSettings"]["RMSVoltageSagThreshold"], "2150 dV", held)


async def _tenancy_at_its_date(stage: Stage) -> None:
    before = stage.truth("restricted_before")
    body = dated(stage, {"RestrictionDateTime": "2026-06-01T00:00:00Z"})
    request = await hand_in(stage, "3.2", body)
    await seen(stage, "119m")
    stage.expect(stage.truth("restricted_before") == before, "nothing is hidden before its date")
    response = await stage.outcome(request, "6h")
    stage.expect(response is not None and response.ok, "at its date it is done", response)
    stage.expect(stage.truth("restricted_before") != before, "and history is hidden")


async def _past_acts_at_once(stage: Stage) -> None:
    at = stage.now
    asked = stage.done(await stage.ask("4.1.1", {"ExecutionDateTime": "2026-06-01T00:00:00Z"}, within="10m"))
    _import_told(stage, asked.body)
    stage.expect(stage.now - at <= span("10m"), "a date that is past is now", isoformat(stage.now))


async def _cancelled(stage: Stage) -> None:
    before = stage.truth("voltage_sag_dv")
    request = await hand_in(stage, "6.5", dated(stage, VOLTAGE))
    stage.done(await stage.ask("6.5", {**VOLTAGE, "ExecutionDateTime": CANCEL}, within="10m"))
    await seen(stage, "6h")
    held = stage.truth("voltage_sag_dv")
    stage.expect(held == before, "what was cancelled is not done, nor what cancels", held)
    told = answers(stage, request)
    stage.expect(not any(one.ok for one in told), "and not told as done", told)
    await hand_in(stage, "6.5", dated(stage, VOLTAGE))
    await seen(stage, "3h")
    stage.expect(stage.truth("voltage_sag_dv") != before, "the same one, not cancelled, is done at its date", before)
    stage.expect_strictly([one.reason for one in told] == [Why.CANCELLED], "its end is told, once", told)


async def _cancels_its_own_only(stage: Stage) -> None:
    first = await hand_in(stage, "4.1.1", dated(stage, {}))
    second = await hand_in(stage, "6.5", dated(stage, VOLTAGE))
    stage.done(await stage.ask("6.5", {**VOLTAGE, "ExecutionDateTime": CANCEL}, within="10m"))
    await seen(stage, "3h")
    ends = [any(one.ok for one in answers(stage, request)) for request in (first, second)]
    stage.expect(ends == [True, False], "what is of another service goes on", ends)


async def _two_of_one_service(stage: Stage) -> None:
    early = _with_sag(214)
    late = _with_sag(213)
    second = await hand_in(stage, "6.5", dated(stage, late, "4h"))
    first = await hand_in(stage, "6.5", dated(stage, early, "2h"))
    for request, wanted, by in ((first, 2_140, "3h"), (second, 2_130, "2h")):
        await seen(stage, by)
        stage.expect(any(one.ok for one in answers(stage, request)), "each is done at its date", wanted)
        held = stage.truth("voltage_sag_dv")
        stage.expect(held == wanted, f"{wanted} dV", held)


def _with_sag(volts: int) -> dict[str, Any]:
    settings = {**VOLTAGE["RMSVoltageSettings"], "RMSVoltageSagThreshold": volts}
    return {**VOLTAGE, "RMSVoltageSettings": settings}


async def _unreachable_then(stage: Stage) -> None:
    before = stage.truth("voltage_sag_dv")
    request = await hand_in(stage, "6.5", dated(stage, VOLTAGE))
    await stage.advance("1h")
    await stage.fault("no_wan_before_migration")
    response = await stage.outcome(request, "12h")
    told = None if response is None else (response.response_code, response.success)
    stage.expect(told == ("E30", False), "E30: it timed out at its date", told)
    await back(stage, "1d")
    held = stage.truth("voltage_sag_dv")
    stage.expect(held == before, "and it is not done later", held)
    stage.expect(len(answers(stage, request)) == 1, "told once", len(answers(stage, request)))


async def _outage_before(stage: Stage) -> None:
    request = await hand_in(stage, "4.1.1", dated(stage, {}))
    await stage.fault("power_cut", "30m")
    response = await stage.outcome(request, "6h")
    stage.expect(response is not None and response.ok, "an outage that is over by its date does not matter", response)
    assert response is not None
    assert response.body is not None
    _import_told(stage, next(iter(response.body.values())))


async def _gone_by_then(stage: Stage) -> None:
    request = await hand_in(stage, "4.1.1", dated(stage, {}))
    stage.done(await stage.ask("8.3", {"DeviceID": stage.eui()}))
    await seen(stage, "3h")
    told = answers(stage, request)
    stage.expect(not any(one.ok for one in told), "a device that is out of use is not read", told)
    stage.expect_strictly(len(told) == 1, "and that is told", told)


async def _refused_at_once(stage: Stage) -> None:
    asked = await stage.ask("7.4", role="OU", within="10m")
    code = asked.code
    for variant, body in (("4.1.1", {}), ("3.2", sample(stage, "3.2"))):
        asked = await stage.ask(variant, dated(stage, body), role="OU", within="10m")
        stage.refused(asked, Why.WRONG_ROLE, code=code)
        stage.expect(asked.response is None, "it is refused now, not at its date", asked.response)
    await seen(stage, "3h")
    stage.expect(not [one for one in stage.given if isinstance(one.document, Response)], "and nothing follows")


def case_of(name: str, says: str, act: Any, *needs: str, negative: bool = True, **more: Any) -> Case:
    """Make a case of dates."""
    return Case(
        name=name,
        says=says,
        clause=more.pop("clause", CLAUSE),
        group=Group.FUTURE,
        needs=tuple(Need(one) for one in needs),
        act=act,
        negative=negative,
        **more,
    )


CASES: tuple[Case, ...] = (
    case_of(
        "4.1.1/dated",
        "a read with a date is answered then, with the values of then",
        _read_at_its_date,
        "4.1.1",
        negative=False,
    ),
    case_of(
        "6.5/dated", "a setting with a date is made then, and not before", _setting_at_its_date, "6.5", negative=False
    ),
    case_of(
        "3.2/dated", "a restriction with a date of its own is stored then", _tenancy_at_its_date, "3.2", negative=False
    ),
    case_of("4.1.1/date-in-the-past", "a date that is past is now", _past_acts_at_once, "4.1.1", negative=False),
    case_of("6.5/cancelled", "the date 3000-12-31 cancels what is held: it is not done", _cancelled, "6.5"),
    case_of(
        "6.5/cancels-its-own-only",
        "cancelling ends no request of another service",
        _cancels_its_own_only,
        "6.5",
        "4.1.1",
    ),
    case_of(
        "6.5/two-dates",
        "two requests of one service that the adapter holds act each at its date",
        _two_of_one_service,
        "6.5",
    ),
    case_of(
        "6.5/unreachable-at-its-date",
        "a hub out of reach at the date is E30, and nothing is done later",
        _unreachable_then,
        "6.5",
        clause=E30,
        virtual_only=True,
    ),
    case_of(
        "4.1.1/outage-before-its-date",
        "an outage that is over by the date does not matter",
        _outage_before,
        "4.1.1",
        negative=False,
        virtual_only=True,
    ),
    case_of(
        "4.1.1/device-gone-by-its-date", "a device taken out of use before the date is not read", _gone_by_then, "4.1.1"
    ),
    case_of(
        "4.1.1/dated-by-a-wrong-role",
        "what may not be asked is refused at once, whatever its date",
        _refused_at_once,
        "4.1.1",
        "3.2",
    ),
)
