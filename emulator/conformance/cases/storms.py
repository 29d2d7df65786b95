"""Storms of alerts: many of a kind are told as few with their count, copies once, and none is lost or made up.

A hub may send an alert several times, or be asked for it again and again; a user hears of each once (service requests,
2.3: ThrottledAlertCount; 8.1: duplicates; device dossier 4.1 W10).
"""

from typing import Any, Final

from emulator.conformance.case import Case, Group, Need
from emulator.conformance.cases.alerts import TAMPER, intrude
from emulator.conformance.stage import Stage
from emulator.device.profile import Profile
from emulator.services.document import Alert

CLAUSE: Final = "service requests, 2.3 (ThrottledAlertCount), 8.1 and 11; device dossier 4.1 W10"
ACCESS: Final = "8F53"
MANY: Final = 45
APART: Final = "11s"
"""Far enough apart for the hub, which takes what comes within 10 s for the same."""


async def _all(stage: Stage, wait: str) -> list[Alert]:
    """Let time pass, and give all alerts so far."""
    await stage.advance(wait)
    await stage.gather(0.05)
    return stage.alerts


def _of(alerts: list[Alert], *codes: str) -> list[Alert]:
    return [one for one in alerts if one.alert_code in codes]


def _stand_for(alerts: list[Alert]) -> int:
    return sum(one.throttled_alert_count or 1 for one in alerts)


async def _knock(stage: Stage, times: int) -> None:
    for _ in range(times):
        await intrude(stage)
        await stage.advance(APART)


async def _folded(stage: Stage) -> None:
    await _knock(stage, MANY)
    told = _of(await _all(stage, "3h"), ACCESS)
    sent = stage.truth("alerts_sent", "chf")
    if stage.profile.push.service == "none":
        sent = min(sent, stage.profile.push.log_entries)  # what a log has lost by the time it is asked for
    stage.expect(told, "the attacks are told of", stage.alerts)
    stage.expect(_stand_for(told) <= MANY, "no more than there were", _stand_for(told))
    stage.expect_strictly(_stand_for(told) == sent, f"they stand for all {sent} that the hub told", _stand_for(told))
    if sent > MANY // 2:
        stage.expect_strictly(len(told) < sent, "a storm is folded: fewer alerts, with their count", len(told))
        folded = [one for one in told if one.throttled_alert_count]
        named = all(one.throttled_alert_sequence_id is not None for one in folded)
        stage.expect_strictly(folded and named, "with ThrottledAlertCount and its sequence", len(folded))


async def _another_kind(stage: Stage) -> None:
    await _knock(stage, MANY // 2)
    await stage.act("open_terminal_cover")
    told = _of(await _all(stage, "2h"), *TAMPER)
    stage.expect(len(told) == 1, "one of another kind in a storm is told, by itself", told)
    stage.expect(told[0].throttled_alert_count is None, "and is not folded into it", told[0])


async def _apart(stage: Stage) -> None:
    for _ in range(2):
        await stage.act("open_terminal_cover")
        await stage.advance("2h")
        await stage.act("close_terminal_cover")
        await stage.advance("2h")
    told = _of(await _all(stage, "1h"), *TAMPER)
    stage.expect(len(told) == 2, "what happens twice is told twice", told)
    stage.expect(len({one.timestamp for one in told}) == 2, "each with its own instant", told)


async def _after_the_storm(stage: Stage) -> None:
    await _knock(stage, MANY // 2)
    before = _stand_for(_of(await _all(stage, "3h"), ACCESS))
    await intrude(stage)
    told = _of(await _all(stage, "2h"), ACCESS)
    stage.expect(_stand_for(told) == before + 1, "after a storm one more is told as one more", _stand_for(told))
    stage.expect(told[-1].throttled_alert_count is None, "by itself", told[-1])


async def _flood(stage: Stage) -> None:
    await stage.fault("alert_flood_or_silence", kind="flood", copies=10)
    await stage.act("open_terminal_cover")
    told = _of(await _all(stage, "3h"), *TAMPER)
    stage.expect(len(told) == 1, "ten copies of an alert are one", len(told))
    stage.expect(told[0].throttled_alert_count in {None, 1}, "that happened once", told[0].throttled_alert_count)


async def _silence(stage: Stage) -> None:
    await stage.fault("alert_flood_or_silence", kind="silence")
    await stage.act("open_terminal_cover")
    told = _of(await _all(stage, "3h"), *TAMPER)
    stage.expect(len(told) <= 1, "what a silent hub does not tell is told once at most", told)
    read = await stage.ask("6.13", {"ReadLogPeriod": _TODAY, "LogToRead": "Security"})
    entries = read.body.get("Log", read.body)
    stage.expect(read.ok and entries, "it stands in the meter's log, which is read as ever", read.code)


async def _polled(stage: Stage) -> None:
    await stage.act("open_terminal_cover")
    await stage.advance("2h")
    await stage.act("magnet")
    told = await _all(stage, "6h")
    times = [(one.alert_code, one.timestamp) for one in told]
    stage.expect(len(_of(told, *TAMPER)) >= 1, "it is told", times)
    stage.expect(len(times) == len(set(times)), "each once, over many polls", times)


async def _after_an_outage(stage: Stage) -> None:
    await stage.fault("no_wan_before_migration", "6h")
    await stage.act("open_terminal_cover")
    at = stage.now
    early = _of(await _all(stage, "5h"), *TAMPER)
    stage.expect(not early, "without WAN nothing is told", early)
    told = _of(await _all(stage, "1d"), *TAMPER)
    stage.expect(len(told) == 1, "what waited is told once when it is back", told)
    raised = int(told[0].timestamp.timestamp() * 1000)
    stage.expect(abs(raised - at) < 60_000, "with the instant at which it happened", told[0].timestamp)


async def _busy_in_a_storm(stage: Stage) -> None:
    for _ in range(6):
        await _knock(stage, 3)
        told = stage.done(await stage.ask("7.4")).body.get("SupplyState")
        stage.expect(told == "Enabled", "in a storm reads are answered as ever", told)


_TODAY: Final = {"StartDateTime": "2026-06-03T00:00:00Z", "EndDateTime": "2026-06-04T00:00:00Z"}


def _is_polled(profile: Profile) -> str:
    return "" if profile.push.service == "none" else "its hubs tell alerts unasked"


def _is_pushed(profile: Profile) -> str:
    return "" if profile.push.service != "none" else "its hubs are asked for alerts"


def _speaks_dlms(profile: Profile) -> str:
    return "" if profile.protocol != "sms" else "no alert leaves this family"


def _limits_none(profile: Profile) -> str:
    limited = profile.forwarding.most_an_hour and profile.forwarding.beyond == "suppress"
    return "its hubs suppress what is beyond so many an hour" if limited else _speaks_dlms(profile)


def _case(name: str, says: str, act: Any, *needs: str, negative: bool = True, **more: Any) -> Case:
    return Case(
        name=f"alert/{name}",
        says=says,
        clause=CLAUSE,
        group=Group.STORM,
        needs=tuple(Need(one) for one in needs) or (Need("7.4"),),
        act=act,
        negative=negative,
        virtual_only=True,
        **{"only": _speaks_dlms, **more},
    )


CASES: tuple[Case, ...] = (
    _case("storm-folded", "many alerts of a kind are told as few, with their count, and none is lost", _folded),
    _case(
        "storm-hides-no-other",
        "an alert of another kind in a storm is told by itself",
        _another_kind,
        only=_limits_none,
    ),
    _case("storm-is-over", "after a storm alerts pass again, one by one", _after_the_storm),
    _case(
        "storm-and-reads", "in a storm of alerts reads are answered as ever", _busy_in_a_storm, "7.4", negative=False
    ),
    _case("twice-is-two", "what happens twice, hours apart, is told twice", _apart, negative=False),
    _case("flood", "an alert that a hub sends ten times is told once", _flood, only=_is_pushed),
    _case("silence", "a hub that tells nothing multiplies nothing, and the log can be read", _silence, "6.13"),
    _case("polled-once", "an alert that is polled again and again is told once", _polled, only=_is_polled),
    _case("after-an-outage", "an alert that waited for the WAN is told once, with its own instant", _after_an_outage),
)
