"""Change of tenancy: 3.2 hides the former consumer's history in the home, and nothing from the head end (2.13)."""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.reach import back
from emulator.conformance.stage import Stage
from emulator.device.display import display
from emulator.device.display.display_reading import Reading
from emulator.device.instant import DAY, isoformat
from emulator.device.journal import DeviceName
from emulator.device.profile import Profile
from emulator.services.codes import Why
from emulator.services.row import Role, Target

CLAUSE: Final = "functional reference 2.13 and 10.7 (3.2): consumer interfaces hide what was before, reads do not"
PREPAID: Final = Home(payment="prepayment")
GAS: Final = Home(gas=True)
SCREENS: Final = (DeviceName.PPMID, DeviceName.IHD)
TOP_UP_MP: Final = 1_000_000


def _shown(stage: Stage, fuel: str = "electricity") -> Reading:
    """Give what a display of the home shows of a meter."""
    home = stage.farm.home(stage.index).installation
    screen = next(home.devices[name] for name in SCREENS if name in home.devices)
    reading: Reading = display.readings(home.devices, screen, home.now)[fuel]  # type: ignore[index]
    return reading


def _yesterday(stage: Stage, fuel: str = "electricity") -> int | None:
    used: int | None = _shown(stage, fuel).usages.day.before_wh
    return used


def _restriction(stage: Stage, days: int = 0) -> dict[str, Any]:
    return {"RestrictionDateTime": isoformat(stage.now + days * DAY)}


async def _lived_in(stage: Stage, fuel: str = "electricity") -> None:
    await stage.advance("3d")
    stage.expect(_yesterday(stage, fuel), "the stage's own arranging: a display shows yesterday's use")


async def _hides(stage: Stage) -> None:
    await _lived_in(stage)
    stage.done(await stage.ask("3.2", _restriction(stage)))
    stage.expect(_yesterday(stage) is None, "the display shows no use of the former consumer", _yesterday(stage))
    await stage.advance("50h")
    stage.expect(_yesterday(stage), "it shows the new one's own", _yesterday(stage))


async def _hides_at_gas(stage: Stage) -> None:
    await _lived_in(stage, "gas")
    stage.done(await stage.ask("3.2", _restriction(stage), device="gpf", role=Role.GS))
    await stage.advance("1h")
    stage.expect(_yesterday(stage, "gas") is None, "no gas of the former consumer is shown", _yesterday(stage, "gas"))
    stage.expect(_yesterday(stage), "electricity is as it was: each meter has a restriction of its own")


async def _hides_top_ups(stage: Stage) -> None:
    stage.done(await stage.ask("2.2", {"UTRN": stage.vend(TOP_UP_MP)}))
    await stage.advance("1h")
    stage.expect(_shown(stage).money.vends, "the stage's own arranging: the top-up is shown")
    stage.done(await stage.ask("3.2", _restriction(stage)))
    stage.expect(not _shown(stage).money.vends, "no top-up of the former consumer is shown", _shown(stage).money.vends)
    period = {"StartDateTime": "2026-06-03T00:00:00Z", "EndDateTime": isoformat(stage.now)}
    told = stage.done(await stage.ask("4.4.5", {"ReadLogPeriod": period})).body
    stage.expect(str(TOP_UP_MP) in str(told), "the supplier is told of it as ever", told)


async def _reads_go_on(stage: Stage) -> None:
    await stage.advance("3d")
    log = {"ReadLogPeriod": {"StartDateTime": "2026-06-04T00:00:00Z", "EndDateTime": "2026-06-05T00:00:00Z"}}
    asked: tuple[tuple[str, dict[str, Any]], ...] = (("4.1.1", {}), ("4.8.1", log))
    before = [stage.done(await stage.ask(variant, body)).body for variant, body in asked]
    for days in (0, -30, 30):
        stage.done(await stage.ask("3.2", _restriction(stage, days)))
        after = [stage.done(await stage.ask(variant, body)).body for variant, body in asked]
        stage.expect(after[1] == before[1], "the head end reads what was before, whole", after[1])
        stage.expect(set(after[0]) == set(before[0]) and after[0], "and the registers", after[0])


async def _past(stage: Stage) -> None:
    await stage.advance("5d")
    shown, may = _yesterday(stage), _shown(stage).usages.month.before_wh
    stage.expect(shown and may, "the stage's own arranging: yesterday's use and that of May are shown", (shown, may))
    stage.done(await stage.ask("3.2", _restriction(stage, -3)))
    stage.expect(_yesterday(stage) == shown, "what is younger than a past date is shown as ever", _yesterday(stage))
    may = _shown(stage).usages.month.before_wh
    stage.expect(may is None, "what is older is not", may)


async def _future(stage: Stage) -> None:
    await _lived_in(stage)
    stage.done(await stage.ask("3.2", _restriction(stage, 1)))
    stage.expect(_yesterday(stage) is None, "until a date to come nothing that was is shown", _yesterday(stage))
    await stage.advance("12h")
    stage.expect(_yesterday(stage) is None, "nor on the way there", _yesterday(stage))
    await stage.advance("72h")
    stage.expect(_yesterday(stage), "afterwards the new consumer's own is", _yesterday(stage))


async def _wrong_role(stage: Stage) -> None:
    await _lived_in(stage)
    shown = _yesterday(stage)
    stage.refused(await stage.ask("3.2", _restriction(stage), role=Role.ED), Why.WRONG_ROLE, code="E2")
    stage.expect(_yesterday(stage) == shown, "what is refused hides nothing", _yesterday(stage))


async def _out_of_reach(stage: Stage) -> None:
    await _lived_in(stage)
    body = _restriction(stage)
    await stage.fault("no_wan_before_migration")
    stage.refused(await stage.ask("3.2", body, within="6h"), Why.UNREACHABLE, code="E20")
    await back(stage, "3h")
    stage.expect(_yesterday(stage), "what never reached the meter hides nothing, then or later", _yesterday(stage))


async def _dated_and_cancelled(stage: Stage) -> None:
    await _lived_in(stage)
    at = isoformat(stage.now + 2 * 3_600_000)
    request = stage.request("3.2", {**_restriction(stage), "ExecutionDateTime": at})
    await stage.submit(request)
    await stage.advance("1h")
    stage.expect(_yesterday(stage), "before its date nothing is hidden", _yesterday(stage))
    cancel = {**_restriction(stage), "ExecutionDateTime": "3000-12-31T00:00:00Z"}
    stage.done(await stage.ask("3.2", cancel, within="10m"))
    await stage.advance("4h")
    stage.expect(_yesterday(stage), "nor after it, once it was cancelled", _yesterday(stage))
    at = isoformat(stage.now + 2 * 3_600_000)
    await stage.submit(stage.request("3.2", {**_restriction(stage), "ExecutionDateTime": at}))
    await stage.advance("4h")
    stage.expect(not _yesterday(stage), "the same one, not cancelled, hides it at its date", _yesterday(stage))


def _has_screen(profile: Profile) -> str:
    dlms = profile.protocol == "dlms"
    return "" if dlms and (profile.ppmid or profile.ihd) else "the set has no display in the home that is emulated"


def _has_profile(profile: Profile) -> str:
    return "" if profile.protocol == "dlms" else "its wire carries no log"


def _case(name: str, says: str, act: Any, *needs: Need, negative: bool = True, **more: Any) -> Case:
    return Case(
        name=f"3.2/{name}",
        says=says,
        clause=CLAUSE,
        group=Group.HAPPY,
        needs=(Need("3.2"), *needs),
        act=act,
        negative=negative,
        virtual_only=True,
        **{"only": _has_screen, **more},
    )


_BY_PROXY: Final = Need("3.2", Target.P)

CASES: tuple[Case, ...] = (
    _case("display-hides-history", "displays show nothing of the former consumer from then on", _hides, negative=False),
    _case(
        "gas-display-hides-history",
        "gas is hidden by the proxy, electricity is not",
        _hides_at_gas,
        _BY_PROXY,
        home=GAS,
    ),
    _case(
        "display-hides-top-ups",
        "former top-ups are hidden in the home, and told to the supplier",
        _hides_top_ups,
        Need("2.2"),
        Need("4.4.5"),
        home=PREPAID,
    ),
    _case(
        "reads-go-on",
        "whatever the date, the head end reads all",
        _reads_go_on,
        Need("4.1.1"),
        Need("4.8.1"),
        only=_has_profile,
    ),
    _case("past-date", "a past date hides what is older, and nothing else", _past, negative=False),
    _case("future-date", "until a date to come nothing that was is shown", _future, negative=False),
    _case("wrong-role-hides-nothing", "a restriction that is refused hides nothing", _wrong_role),
    _case("out-of-reach", "a restriction that did not reach the meter is E20, and hides nothing later", _out_of_reach),
    _case("dated-and-cancelled", "a dated restriction that was cancelled hides nothing", _dated_and_cancelled),
)
