"""Links that break: whatever happens to frames, a value that is told is right, and what is told as done was done once.

A read is answered rightly or refused; a top-up is counted once, however often it is asked again (service requests, 8.1:
E20 is not reached, E21 is sent and not answered).
"""

from typing import Any, Final, NamedTuple

from emulator.conformance.case import Case, Home
from emulator.conformance.cases.reach import ON_THE_WAY, back, reach
from emulator.conformance.stage import Stage
from emulator.device.profile import Profile
from emulator.services.codes import Why

CLAUSE: Final = "service requests, 8.1 and 9: E20, E21; functional reference 2.6 F"
_DAY: Final = {"ReadLogPeriod": {"StartDateTime": "2026-06-03T11:00:00Z", "EndDateTime": "2026-06-04T10:00:00Z"}}
HASTY_S: Final = 0.3
"""How long answers are waited for where some never come: those that come are there in a few milliseconds."""
FIVE_POUNDS_MP: Final = 500_000


class Break(NamedTuple):
    """How a link breaks: the fault, whether devices fall silent by it, how often it is tried."""

    word: str
    says: str
    fault: str
    given: dict[str, Any]
    silent: bool = True
    times: int = 3


BREAKS: Final = (
    Break("lost-frames", "frames vanish", "link_loss", {"per_mille": 120}, times=1),
    Break("resets", "the link is reset", "link_reset", {"per_mille": 200}),
    Break("short-frames", "frames are cut short", "link_truncation", {"per_mille": 120}, times=1),
    Break("late-frames", "frames are late", "link_delay", {"delay_ms": 5, "spread_ms": 40, "way": "both"}),
    Break("doubled-frames", "frames come twice", "link_duplication", {"per_mille": 300}, silent=False),
    Break("wrong-tags", "answers carry the tag of another service", "link_wrong_tag", {"per_mille": 300}, silent=False),
    Break("stale-blocks", "blocks come a second time", "link_stale_block", {"per_mille": 500}, silent=False),
    Break("drip", "octets drip", "link_drip", {"octets": 24, "every_ms": 1}),
)
REGISTERS: Final = {"ActiveImportRegister": "import_wh", "ReactiveImportRegister": "reactive_import_varh"}
_LOST_OUT: Final = {"per_mille": 120, "way": "out"}
HALF_OPEN: Final = Break("half-open", "the link is taken and stays silent", "link_half_open", {}, times=1)
LOST_ANSWERS: Final = Break("lost-answers", "no answer is sure to come", "link_loss", _LOST_OUT, times=1)
USED_COUNTERS: Final = Break("used-counters", "answers carry a counter that was used", "link_old_counter", {})
GARBLED: Final = Break("garbled-frames", "bits are turned over", "link_corruption", {"per_mille": 200}, silent=False)


def _truth(stage: Stage) -> dict[str, int]:
    return {name: stage.truth(item) for name, item in REGISTERS.items()}


def _holds(stage: Stage, before: dict[str, int], told: dict[str, Any]) -> None:
    """Hold that what is told was held at some instant of the request: it may take tries, and each takes time."""
    for name, least in before.items():
        if name in told:
            most = stage.truth(REGISTERS[name])
            held = least - 1 <= told[name]["Value"] <= most + 1
            stage.expect(held, f"{name} is from {least} to {most}, or nothing is told", told)


def _reads(one: Break) -> Any:
    async def act(stage: Stage) -> None:
        await stage.fault(one.fault, **one.given)
        for _ in range(one.times):
            before = _truth(stage)
            asked = await stage.ask("4.1.1")
            if asked.ok:
                _holds(stage, before, asked.body["Electricity"])
            else:
                stage.expect(not asked.body, "a refusal tells no value", asked.body)
                stage.expect(not one.silent or asked.code in ON_THE_WAY, "what is not answered is E20 or E21", asked)
        await back(stage, "1m")
        stage.done(await stage.ask("4.1.1"))

    return act


def _has_entries(body: Any) -> bool:
    """Say whether there is a list with something in it, at whatever depth."""
    if isinstance(body, dict):
        return any(_has_entries(each) for each in body.values())
    return isinstance(body, list | tuple) and bool(body)


def _logs(one: Break) -> Any:
    async def act(stage: Stage) -> None:
        await stage.advance("1d")
        whole = stage.done(await stage.ask("4.8.1", _DAY)).body
        stage.expect(_has_entries(whole), "the log of a day has entries", whole)
        await stage.fault(one.fault, **one.given)
        for _ in range(one.times):
            asked = await stage.ask("4.8.1", _DAY)
            stage.expect(not asked.ok or asked.body == whole, "the whole log as it is, or a refusal", asked.body)
            stage.expect(asked.ok or not asked.body, "a refusal tells no entry", asked.body)
        await back(stage, "1m")
        after = stage.done(await stage.ask("4.8.1", _DAY)).body
        stage.expect(after == whole, "with the link whole again, all entries", after)

    return act


def _switches(one: Break) -> Any:
    async def act(stage: Stage) -> None:
        await stage.fault(one.fault, **one.given)
        for variant, wanted in (("7.2", "disabled"), ("7.1", "enabled"), ("7.2", "disabled")):
            before = stage.truth("supply_state")
            asked = await stage.ask(variant)
            state = stage.truth("supply_state")
            stage.expect(not asked.ok or state == wanted, f"told as done, the supply is {wanted}", state)
            known = asked.ok or asked.code == "E21"
            stage.expect(known or state == before, "what is refused is not done", asked.response)

    return act


def _top_ups(one: Break) -> Any:
    async def act(stage: Stage) -> None:
        for number in range(1, one.times + 1):
            await stage.advance("2m")  # a code has the minute in which it was made
            code = stage.vend(FIVE_POUNDS_MP)
            await stage.fault(one.fault, **one.given)
            asked = await stage.ask("2.2", {"UTRN": code})
            added = len(await stage.happened("CreditAdded"))
            stage.expect(added <= number, "a code is counted once", added)
            stage.expect(not asked.ok or added == number, "told as done, it is counted", added)
            known = asked.ok or asked.code == "E21"
            stage.expect(known or added == number - 1, "what is refused is not counted", asked.response)
            await back(stage, "1m")
            again = await stage.ask("2.2", {"UTRN": code})
            if not again.ok:
                stage.refused(again, Why.DUPLICATE)
            told = [each.value_mp for each in await stage.happened("CreditAdded")]
            stage.expect(told == [FIVE_POUNDS_MP] * number, "each is counted once in all", told)

    return act


def _speaks_dlms(profile: Profile) -> str:
    return "" if profile.protocol == "dlms" else "the fault is of the DLMS wire"


def _home(one: Break, **more: Any) -> Home:
    hasty = one.word in {"lost-frames", "short-frames", "half-open", "lost-answers", "garbled-frames"}
    return Home(patience_s=HASTY_S, **more) if hasty else Home(**more)


def _reading(one: Break) -> Case:
    says = f"while {one.says} a read is answered rightly, or refused"
    return reach(f"4.1.1/{one.word}", says, _reads(one), CLAUSE, "4.1.1", home=_home(one), only=_speaks_dlms)


def _logging(one: Break) -> Case:
    says = f"while {one.says} a log is read whole and right, or refused"
    return reach(f"4.8.1/{one.word}", says, _logs(one), CLAUSE, "4.8.1", only=_speaks_dlms)


def _switching(one: Break) -> Case:
    says = f"while {one.says} a switch that is told as done was done, and E20 says it was not"
    return reach(f"7.2/{one.word}", says, _switches(one), CLAUSE, "7.2", "7.1", home=_home(one), only=_speaks_dlms)


def _topping(one: Break) -> Case:
    says = f"while {one.says} a top-up is never counted twice, and asked again it is counted"
    return reach(
        f"2.2/{one.word}", says, _top_ups(one), CLAUSE, "2.2", home=_home(one, payment="prepayment"), only=_speaks_dlms
    )


_NOISY: Final = tuple(one for one in BREAKS if one.word in {"resets", "doubled-frames", "wrong-tags"})

CASES: tuple[Case, ...] = (
    *(_reading(one) for one in BREAKS),
    _reading(HALF_OPEN),
    *(_switching(one) for one in (*_NOISY, GARBLED, USED_COUNTERS)),
    *(_logging(one) for one in BREAKS if one.word in {"resets", "doubled-frames", "stale-blocks"}),
    *(_topping(one) for one in (*_NOISY, GARBLED)),
    reach(
        "2.2/lost-answers",
        "while answers are lost a top-up may have been counted: once, and asked again it is not counted again",
        _top_ups(LOST_ANSWERS),
        CLAUSE,
        "2.2",
        home=_home(LOST_ANSWERS, payment="prepayment"),
        only=_speaks_dlms,
    ),
)
