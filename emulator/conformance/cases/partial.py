"""Services of several steps that break after some: never told as done, and what was done is old or new, nothing else.

A failure names the step by SMETS1Debug's Position (service requests, 2.3: the natural reading is which of the steps).
"""

from typing import Any, Final, NamedTuple

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.reach import ON_THE_WAY
from emulator.conformance.samples import LOAD_LIMIT, VOLTAGE, sample
from emulator.conformance.stage import Asked, Stage
from emulator.conformance.untouched import SETTINGS, held
from emulator.device.profile import Profile

CLAUSE: Final = "service requests, 2.3: SMETS1Debug, Position; 8.1: E20, E21"
PREPAID: Final = Home(payment="prepayment")


class Service(NamedTuple):
    """A service of several writes. Of a `whole` one nothing is ever half in force."""

    variant: str
    body: dict[str, Any] | None = None
    home: Home = Home()
    whole: bool = False


_AVERAGES: Final = {**VOLTAGE["SinglePhaseVoltageSettings"], "AverageRMSVoltageMeasurementPeriod": 900}
_OTHER: Final = {**VOLTAGE, "SinglePhaseVoltageSettings": _AVERAGES}
"""Each setting is another than it was."""
SERVICES: Final = (
    Service("6.5", _OTHER),
    Service("6.4.1", LOAD_LIMIT),
    Service("2.1", None, PREPAID),
    Service("1.1.1", doc.TWO_RATES, whole=True),
)


class Break(NamedTuple):
    """How it breaks."""

    word: str
    says: str
    fault: str
    given: dict[str, Any]


BREAKS: Final = (
    Break("busy", "the meter refuses all but the first write", "busy", {"busy_after_write_ms": 600_000}),
    Break("early-reset", "the link is reset early", "link_reset", {"per_mille": 300}),
    Break("late-reset", "the link is reset later", "link_reset", {"per_mille": 120}),
    Break("garbled", "bits are turned over", "link_corruption", {"per_mille": 150}),
    Break("wrong-tags", "answers carry the tag of another service", "link_wrong_tag", {"per_mille": 150}),
)


def _settings(stage: Stage) -> dict[tuple[str, str], Any]:
    return {key: one for key, one in held(stage).items() if key[0] == "esme" and key[1] in SETTINGS}


def _moved(one: dict[tuple[str, str], Any], other: dict[tuple[str, str], Any]) -> dict[str, Any]:
    return {key[1]: other.get(key) for key in one if one[key] != other.get(key)}


def _breaks(service: Service, one: Break) -> Any:
    async def act(stage: Stage) -> None:
        body = sample(stage, service.variant) if service.body is None else service.body
        before = _settings(stage)
        await stage.fault(one.fault, **one.given)
        asked = await stage.ask(service.variant, body)
        between = _settings(stage)
        await stage.farm.faults.clear()
        await stage.advance("15m")
        stage.done(await stage.ask(service.variant, body))
        after = _settings(stage)
        stage.expect(_moved(before, after), "asked again without it, it is done", "no setting is another than before")
        _old_or_new(stage, before, between, after)
        if service.whole:
            half = between not in (before, after)
            stage.expect(not half, "nothing is half in force", _moved(before, between))
        _told_rightly(stage, asked, _moved(before, between), _moved(between, after))

    return act


def _old_or_new(stage: Stage, before: Any, between: Any, after: Any) -> None:
    other = {key[1]: one for key, one in between.items() if one != before.get(key) and one != after.get(key)}
    stage.expect(not other, "each setting is old or new", other)


def _told_rightly(stage: Stage, asked: Asked, done: dict[str, Any], left: dict[str, Any]) -> None:
    """Hold that the answer fits what was done of it, and what was left."""
    if asked.ok:
        stage.expect(not left, "what is told as done is done, all of it", left)
        return
    response = asked.response
    stage.expect(response is not None, "it is answered", asked.acknowledged)
    assert response is not None
    stage.expect(response.body is None, "a failure tells no result", response.body)
    if response.response_code == "E20":
        stage.expect(not done, "what was not delivered is not done", done)
    if response.response_code not in ON_THE_WAY:
        stage.expect(response.debug, "a device's refusal has SMETS1Debug", response)
        stage.expect(response.debug[0].position >= 1, "with the position of the step", response.debug)
        stage.expect_strictly(response.debug[0].error, "and says what it was", response.debug)
        later = response.debug[0].position > 1  # what is left is then none of the settings
        stage.expect(left or later, "what is told as refused at the first step was not all done", done)


def _speaks_dlms(profile: Profile) -> str:
    return "" if profile.protocol == "dlms" else "the fault is of the DLMS wire"


CASES: tuple[Case, ...] = tuple(
    Case(
        name=f"{service.variant}/partial-{one.word}",
        says=f"{service.variant} while {one.says}: no success is told, and each setting is old or new",
        clause=CLAUSE,
        group=Group.PARTIAL,
        needs=(Need(service.variant),),
        home=service.home,
        act=_breaks(service, one),
        only=_speaks_dlms,
        negative=True,
        virtual_only=True,
    )
    for service in SERVICES
    for one in BREAKS
)
