"""Reach: hubs without power, network or SIM, hubs that sleep, meters that are busy or in other hands.

What cannot be reached is refused with E20 and nothing is done later; what may have been done is E21; nothing is told
wrongly, and nothing is done twice (service requests, 8.1 and 9).
"""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.stage import Asked, Stage
from emulator.device.display import customer
from emulator.device.instant import isoformat
from emulator.device.journal import DeviceName
from emulator.device.profile import Profile
from emulator.services.codes import Why
from emulator.services.document import Request, Response
from emulator.services.row import Target

WAY: Final = "service requests, 8.1 and 9: E20, E21"
SMS: Final = "device dossier 4.1, W1 and W2; service requests, 8.1: E20"
ON_THE_WAY: Final = frozenset({"E20", "E21"})
PREPAID: Final = Home(payment="prepayment")
TEN_POUNDS_MP: Final = 1_000_000
AWAY: Final = {
    "mains": ("power_cut", "its mains are off"),
    "wan": ("no_wan_before_migration", "no cell reaches it"),
    "sim": ("sim_operator_outage", "its operator serves no SIM"),
    "service": ("dormant", "its installation is dormant"),
}
"""How a hub is out of reach: the fault, and what it is in words."""


def answers(stage: Stage, request: Request) -> list[Response]:
    """Give the responses to a request so far."""
    held = [one.document for one in stage.given if isinstance(one.document, Response)]
    return [one for one in held if one.request_id == request.request_id]


def on_the_way(stage: Stage, asked: Asked) -> None:
    """Hold that a request that was not done failed on the way, and says so."""
    stage.expect(asked.response is not None, "it is answered", f"{asked.code} and nothing followed")
    stage.expect(asked.code in ON_THE_WAY, "what is not answered by the device is E20 or E21", asked.code)
    stage.expect(asked.reason, "and a reason is told", asked.reason)


async def back(stage: Stage, wait: str = "3h") -> None:
    """Put an end to what is wrong, and wait until all is on its feet again."""
    await stage.farm.faults.clear()
    await stage.advance(wait)


def _reads(fault: str) -> Any:
    async def act(stage: Stage) -> None:
        await stage.fault(fault)
        asked = await stage.ask("7.4", within="6h")
        stage.refused(asked, Why.UNREACHABLE, code="E20")
        stage.expect(not asked.body, "a refusal tells no value", asked.body)
        await back(stage)
        stage.expect(len(answers(stage, asked.request)) == 1, "it is answered once", answers(stage, asked.request))
        told = stage.done(await stage.ask("7.4")).body.get("SupplyState")
        stage.expect(told == "Enabled", "in reach again it tells the state", told)

    return act


def _commands(fault: str) -> Any:
    async def act(stage: Stage) -> None:
        await stage.fault(fault)
        asked = stage.refused(await stage.ask("7.2", within="6h"), Why.UNREACHABLE, code="E20")
        await back(stage, "1d")
        state = stage.truth("supply_state")
        stage.expect(state == "enabled", "what was refused is not done later", state)
        stage.expect(len(answers(stage, asked.request)) == 1, "it is answered once", answers(stage, asked.request))

    return act


async def _undelivered_code(stage: Stage) -> None:
    code = stage.vend(TEN_POUNDS_MP)
    await stage.fault("no_wan_before_migration")
    asked = stage.refused(await stage.ask("2.2", {"UTRN": code}, within="30h"))
    on_the_way(stage, asked)
    alert = await stage.alert("N55", within="1h")
    told = None if alert is None else (alert.utrn, alert.request_id)
    stage.expect_strictly(told == (code, asked.request.request_id), "N55 with the digits, to be keyed in", told)
    await back(stage)
    late = await stage.happened("CreditAdded")
    stage.expect(asked.code == "E21" or not late, "after E20 nothing is credited later", late)
    await stage.farm.act(stage.index, lambda one: customer.code(one, DeviceName.ESME, code))
    added = await stage.happened("CreditAdded")
    stage.expect(len(added) == 1, "keyed in, it is credited, and once in all", added)
    stage.refused(await stage.ask("2.2", {"UTRN": code}), Why.DUPLICATE)


# Hubs that sleep


async def _asleep(stage: Stage, sms_needed: int = 1) -> None:
    await stage.fault("sms_wake_up_needed", sms_needed=sms_needed)
    await stage.advance("1h")
    stage.expect(stage.truth("wan_state", "chf") != "attached", "the hub sleeps", stage.truth("wan_state", "chf"))


async def _woken(stage: Stage) -> None:
    await _asleep(stage)
    told = stage.done(await stage.ask("7.4", within="6h")).body.get("SupplyState")
    stage.expect(told == "Enabled", "woken, it tells the state", told)
    stage.expect(await stage.happened("SmsHandedIn"), "an SMS woke it")


async def _commanded_awake(stage: Stage) -> None:
    await _asleep(stage)
    stage.done(await stage.ask("7.2", within="6h"))
    state = stage.truth("supply_state")
    stage.expect(state == "disabled", "what is told as done is done", state)
    switched = await stage.happened("SupplyChanged", "esme")
    stage.expect(len(switched) == 1, "and once", switched)


async def _two_sms(stage: Stage) -> None:
    await _asleep(stage, sms_needed=2)
    asked = await stage.ask("7.2", within="6h")
    if not asked.ok:
        stage.refused(asked, Why.UNREACHABLE, code="E20")
        stage.expect(stage.truth("supply_state") == "enabled", "what is refused is not done")
        asked = await stage.ask("7.2", within="6h")
    stage.done(asked)
    sent = len(await stage.happened("SmsHandedIn"))
    stage.expect(sent >= 2, "it took both SMS", sent)
    stage.expect(stage.truth("supply_state") == "disabled", "and is done", stage.truth("supply_state"))


async def _no_sms_arrives(stage: Stage) -> None:
    await stage.fault("sms_lost_or_late", loss_per_mille=1_000)
    await _asleep(stage)
    stage.refused(await stage.ask("7.2", within="6h"), Why.UNREACHABLE, code="E20")
    await stage.advance("1d")
    stage.expect(stage.truth("supply_state") == "enabled", "what is refused is not done later")
    await back(stage)
    stage.done(await stage.ask("7.2", within="6h"))


async def _late_sms(stage: Stage) -> None:
    await stage.fault("sms_lost_or_late", loss_per_mille=0, late_s=7_200, late_spread_s=0)
    await _asleep(stage)
    asked = await stage.ask("7.2", within="8h")
    if not asked.ok:
        on_the_way(stage, asked)
        await stage.advance("4h")
        stage.expect(stage.truth("supply_state") == "enabled", "an SMS that comes late brings no command with it")
    else:
        stage.expect(stage.truth("supply_state") == "disabled", "what is told as done is done")


# Devices that are busy, without a clock, or in other hands


async def _busy(stage: Stage) -> None:
    await stage.fault("busy", busy_after_write_ms=5_000)
    stage.done(await stage.ask("7.2"))
    asked = await stage.ask("7.4")
    told = asked.body.get("SupplyState")
    stage.expect(not asked.ok or told == "Disabled", "a busy meter is told rightly or not at all", told)
    if not asked.ok:
        await stage.advance("10s")
        told = stage.done(await stage.ask("7.4")).body.get("SupplyState")
        stage.expect(told == "Disabled", "after a while it answers", told)


async def _clock_invalid(stage: Stage) -> None:
    await stage.fault("clock_invalid")
    now = {"CurrentDateTime": isoformat(stage.now), "TolerancePeriod": 86_400}
    asked = await stage.ask("6.11", now)
    held = stage.truth("clock_status")
    if asked.ok:
        word = asked.body["Electricity"]["ElecClockTimeStatus"]["TimeStatus"]
        stage.expect((word == "reliable") == (held == "valid"), f"a clock that is {held} is told as it is", word)
    elif held == "valid":
        stage.expect(held=False, expected="a clock that was set is told as set", got=asked.reason)


async def _foreign_keys(stage: Stage) -> None:
    await stage.fault("credentials_not_handed_over")
    before = stage.truth("supply_state")
    asked = await stage.ask("7.2")
    state = stage.truth("supply_state")
    stage.expect(state == ("disabled" if asked.ok else before), "it is done if it is told so, and not if not", state)
    stage.expect(asked.ok or not asked.body, "a refusal tells no value", asked.body)
    await back(stage, "1m")
    stage.done(await stage.ask("7.4"))


async def _no_master_key(stage: Stage) -> None:
    await stage.fault("master_key_missing")
    asked = stage.refused(await stage.ask("7.2"))
    stage.expect(asked.reason, "and a reason is told", asked.reason)
    stage.expect(stage.truth("supply_state") == "enabled", "nothing is done", stage.truth("supply_state"))
    asked = await stage.ask("7.4")
    told = asked.body.get("SupplyState") if asked.ok else "Enabled"
    stage.expect(told == "Enabled", "what is told of its state is true", told)
    await back(stage, "1m")
    stage.done(await stage.ask("7.2"))


def _speaks_dlms(profile: Profile) -> str:
    return "" if profile.protocol == "dlms" else "the fault is of the DLMS wire"


def reach(name: str, says: str, act: Any, clause: str, *needs: str, **more: Any) -> Case:
    """Make a case of reach."""
    target = more.pop("target", Target.E)
    return Case(
        name=name,
        says=says,
        clause=clause,
        group=Group.REACH,
        needs=tuple(Need(one, target) for one in needs),
        act=act,
        virtual_only=True,
        **{"negative": True, **more},
    )


CASES: tuple[Case, ...] = (
    *(
        reach(f"7.4/hub-without-{word}", f"a read of a hub is refused while {why}: E20", _reads(fault), WAY, "7.4")
        for word, (fault, why) in AWAY.items()
    ),
    *(
        reach(
            f"7.2/hub-without-{word}",
            f"a command is refused while {why}, and not done later behind the caller's back",
            _commands(fault),
            WAY,
            "7.2",
        )
        for word, (fault, why) in AWAY.items()
    ),
    reach(
        "2.2/digits-for-keying-in",
        "a code that cannot be delivered is told with its digits; keyed in, it counts once",
        _undelivered_code,
        "service requests, 8.5 and 10: S1SPAlert",
        "2.2",
        home=PREPAID,
    ),
    reach("7.4/sleeping-hub-is-woken", "a hub that sleeps is woken and answers", _woken, SMS, "7.4", negative=False),
    reach(
        "7.2/sleeping-hub-is-woken",
        "a command wakes a hub that sleeps, and is done once",
        _commanded_awake,
        SMS,
        "7.2",
        negative=False,
    ),
    reach(
        "7.2/hub-needs-two-sms",
        "a hub that needs two SMS is woken at the second asking at the latest; until then E20",
        _two_sms,
        SMS,
        "7.2",
    ),
    reach(
        "7.2/no-sms-arrives", "a hub whose SMS are lost is E20, and nothing is done later", _no_sms_arrives, SMS, "7.2"
    ),
    reach("7.2/late-sms", "an SMS that comes hours late brings no command with it", _late_sms, SMS, "7.2"),
    reach(
        "7.4/busy-after-a-write",
        "a meter that is busy after a write is told rightly, or asked again after a while",
        _busy,
        "functional reference 10.5: temporary failure",
        "7.4",
        "7.2",
        only=_speaks_dlms,
    ),
    reach(
        "6.11/invalid-clock",
        "a clock that is invalid is not told as reliable",
        _clock_invalid,
        "service requests, 2.3: ClockStatus; device dossier 4.4 D3",
        "6.11",
    ),
    reach(
        "7.2/keys-in-other-hands",
        "a meter whose keys another party changed is never told as switched when it is not",
        _foreign_keys,
        "device dossier 4.6 E5; service requests, 8.3",
        "7.2",
        "7.4",
        only=_speaks_dlms,
    ),
    reach(
        "7.2/master-key-missing",
        "a meter that nobody can prove himself to refuses commands, and changes nothing",
        _no_master_key,
        "device dossier 4.6 E2",
        "7.2",
        "7.4",
        only=_speaks_dlms,
    ),
)
