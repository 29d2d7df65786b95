"""Clock, logs, tenancy and credentials: 6.11, 6.13, 3.2, 3.3, 6.15 and 6.23 (functional reference 10.7, 2.9, 2.13)."""

from datetime import datetime
from typing import Any, Final

from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.cases.settings import equal
from emulator.conformance.samples import sample
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.instant import isoformat
from emulator.device.profile import Profile
from emulator.services.codes import Why
from emulator.services.document import instant_of
from emulator.services.row import Role, Target

SHEET: Final = "functional reference 10.7; service requests, section 3"
CREDENTIALS: Final = "service requests, 8.3"
SECOND: Final = 1_000
ALL_TIME: Final = {"StartDateTime": "2026-06-01T00:00:00Z", "EndDateTime": "2026-12-01T00:00:00Z"}
ADJUSTED, NOT_ADJUSTED, CLEARED, TENANCY = 0x8145, 0x8F0C, 0x8F52, 0x9022


def _codes(stage: Stage, log: str, device: str = "esme") -> list[int]:
    return [entry["code"] for entry in stage.truth(log, device)]


def _clock(stage: Stage, by_s: int, tolerance_s: int) -> dict[str, Any]:
    return {"CurrentDateTime": isoformat(stage.now + by_s * SECOND), "TolerancePeriod": tolerance_s}


def _shown(stage: Stage, device: str = "esme") -> int:
    held = stage.truth("clock", device)
    return held if isinstance(held, int) else instant_of(datetime.fromisoformat(held))


async def _sets_clock(stage: Stage) -> None:
    for by_s, tolerance_s in ((5, 10), (-3, 10), (60, 3_600)):
        asked = stage.done(await stage.ask("6.11", _clock(stage, by_s, tolerance_s)))
        off_ms = _shown(stage) - stage.now
        stage.expect(abs(off_ms - by_s * SECOND) <= SECOND, f"the clock is set {by_s} s off true time", off_ms)
        shown = instant_of(datetime.fromisoformat(asked.body["DeviceTime"]))
        stage.expect(abs(shown - _shown(stage)) <= SECOND, "DeviceTime is the clock after it was set", asked.body)
        status = asked.body["Electricity"]["ElecClockTimeStatus"]["TimeStatus"]
        stage.expect(status == "reliable", "a clock that was set is reliable", status)
    stage.expect(ADJUSTED in _codes(stage, "event_log"), "the event log has 8145", _codes(stage, "event_log"))


async def _at_the_tolerance(stage: Stage) -> None:
    stage.done(await stage.ask("6.11", _clock(stage, 20, 20)))
    stage.expect(abs(_shown(stage) - stage.now - 20 * SECOND) <= SECOND, "just within is within", _shown(stage))


async def _beyond_the_tolerance(stage: Stage) -> None:
    before = _shown(stage) - stage.now
    for by_s, tolerance_s in ((21, 20), (-11, 10), (3_600, 60), (90_000, 86_400)):
        stage.refused(await stage.ask("6.11", _clock(stage, by_s, tolerance_s)), Why.INVALID_VALUE, Why.REFUSED)
        off_ms = _shown(stage) - stage.now
        stage.expect(off_ms == before, "the clock is as it was", off_ms)
    stage.expect(
        NOT_ADJUSTED in _codes(stage, "security_log"), "the security log has 8F0C", stage.truth("security_log")
    )
    stage.expect(ADJUSTED not in _codes(stage, "event_log"), "the event log has no 8145", stage.truth("event_log"))


async def _gas_clock(stage: Stage) -> None:
    asked = stage.done(await stage.ask("6.11", _clock(stage, 0, 60), device="gsme"))
    off_ms = _shown(stage, "gsme") - stage.now
    stage.expect(abs(off_ms) <= 60 * SECOND, "the clock keeps true time within the tolerance", f"{off_ms} ms off")
    status = asked.body["Gas"]["GasClockTimeStatus"]["ASN1Status"]
    stage.expect(status == "reliable", "its status is told in the gas part", asked.body)


async def _reads_event_log(stage: Stage) -> None:
    stage.done(await stage.ask("7.2"))
    await stage.advance("90s")
    stage.done(await stage.ask("7.1"))
    await _reads_log(stage, "esme", "Event", "event_log")


async def _reads_log(stage: Stage, device: str, word: str, item: str, role: Role | None = None) -> None:
    body = {"ReadLogPeriod": ALL_TIME, "LogToRead": word}
    read = stage.done(await stage.ask("6.13", body, device=device, role=role)).body.get("Log", [])
    held = [(one["at"], f"{one['code']:04X}") for one in stage.truth(item, device)][-100:]
    stage.expect(held, f"the stage's own arranging: {item} has entries", held)
    got = [(isoformat(instant_of(datetime.fromisoformat(one["Timestamp"]))), one["LogCode"].upper()) for one in read]
    stage.expect([code for _, code in got] == [code for _, code in held], f"codes {held}", got)
    stage.expect([at[:19] for at, _ in got] == [at[:19] for at, _ in held], f"stamps {held}", got)
    stage.expect(all(one.get("LogMeaning") for one in read), "each entry says what it means", read)


async def _reads_security_log(stage: Stage) -> None:
    stage.done(await stage.ask("3.3"))
    await stage.act("open_terminal_cover")
    await _reads_log(stage, "esme", "Security", "security_log")


async def _reads_gas_log(stage: Stage) -> None:
    stage.done(await stage.ask("7.2", device="gsme"))
    await stage.advance("1h")
    for word in ("GSMEEvent", "Event"):
        await _reads_log(stage, "gsme", word, "event_log")


async def _log_period(stage: Stage) -> None:
    for variant in ("7.2", "7.1"):
        stage.done(await stage.ask(variant))
        await stage.advance("10m")
    stamps = [instant_of(datetime.fromisoformat(one["at"])) for one in stage.truth("event_log")]
    first, last = stamps[0], stamps[-1]
    stage.expect(first < last, "the stage's own arranging: two instants with entries", stamps)
    for start, end in (
        (first - 3_600 * SECOND, first - SECOND),
        (first, first),
        (first + SECOND, last - SECOND),
        (last, last + 3_600 * SECOND),
        (first, last),
    ):
        period = {"StartDateTime": isoformat(start), "EndDateTime": isoformat(end)}
        read = stage.done(await stage.ask("6.13", {"ReadLogPeriod": period, "LogToRead": "Event"})).body.get("Log", [])
        wanted = [one for one in stamps if start <= one <= end]
        got = [instant_of(datetime.fromisoformat(one["Timestamp"])) for one in read]
        stage.expect(got == wanted, f"entries from {isoformat(start)} to {isoformat(end)}, both included", got)


async def _no_such_log(stage: Stage) -> None:
    async with untouched(stage):
        for word in ("ALCSEvent", "PowerEvent", "GSMEEvent", "GSMESecurity"):
            body = {"ReadLogPeriod": ALL_TIME, "LogToRead": word}
            stage.refused(await stage.ask("6.13", body), Why.NOT_SUPPORTED)


async def _no_such_gas_log(stage: Stage) -> None:
    async with untouched(stage):
        for word in ("ALCSEvent", "PowerEvent"):
            body = {"ReadLogPeriod": ALL_TIME, "LogToRead": word}
            stage.refused(await stage.ask("6.13", body, device="gsme"), Why.NOT_SUPPORTED)


async def _clears(stage: Stage) -> None:
    stage.done(await stage.ask("7.2"))
    stage.expect(stage.truth("event_log"), "the stage's own arranging: the event log has entries")
    security = stage.truth("security_log")
    stage.done(await stage.ask("3.3", {"ESMEEventLogType": "ESME"}))
    equal(stage, "event_log", [])
    stage.expect(CLEARED in _codes(stage, "security_log"), "the security log has 8F52", stage.truth("security_log"))
    stage.expect(stage.truth("security_log")[: len(security)] == security, "the security log keeps what it had")
    read = stage.done(await stage.ask("6.13", {"ReadLogPeriod": ALL_TIME, "LogToRead": "Event"})).body.get("Log", [])
    stage.expect(not read, "an empty log is told as empty, and is a success", read)


async def _clears_gas(stage: Stage) -> None:
    stage.done(await stage.ask("7.2", device="gsme"))
    stage.done(await stage.ask("3.3", device="gsme"))
    stage.expect(not stage.truth("event_log", "gsme"), "the event log is empty", stage.truth("event_log", "gsme"))
    held = _codes(stage, "security_log", "gsme")
    stage.expect(CLEARED in held, "the security log has 8F52", held)


async def _no_other_log(stage: Stage) -> None:
    stage.done(await stage.ask("7.2"))
    async with untouched(stage):
        stage.refused(await stage.ask("3.3", {"ESMEEventLogType": "ALCS"}), Why.NOT_SUPPORTED)


async def _restricts(stage: Stage) -> None:
    for moment in ("2026-06-01T00:00:00Z", "2026-07-01T00:00:00Z", "2026-05-01T12:34:00Z"):
        stage.done(await stage.ask("3.2", {"RestrictionDateTime": moment}))
        held = stage.truth("restricted_before")
        stage.expect(held, f"the restriction is {moment}", "none")
        stored = held if isinstance(held, int) else instant_of(datetime.fromisoformat(held))
        stage.expect(isoformat(stored)[:16] == moment[:16], f"the restriction is {moment}", held)
    stage.expect(TENANCY in _codes(stage, "event_log"), "the event log has it", _codes(stage, "event_log"))
    stage.expect(stage.truth("import_wh") > 0, "the registers go on")


async def _restricts_by_text(stage: Stage) -> None:
    moment = "2026-06-01T00:00:00Z"
    stage.done(await stage.ask("3.2", {"RestrictionDateTime": moment}))
    held = stage.truth("restricted_before")
    stage.expect(held, "history is hidden", held)
    stored = instant_of(datetime.fromisoformat(held))
    stage.expect(stored >= instant_of(datetime.fromisoformat(moment)), f"all before {moment} is hidden", held)
    if held != moment:
        stage.tolerate(f"the restriction is {moment}", f"{held}: the text of this family has no past date")


def _by_text(profile: Profile) -> str:
    return "" if profile.protocol == "sms" else "the set is not asked by text"


def _on_a_wire(profile: Profile) -> str:
    return "the set is asked by text, which has no past date" if profile.protocol == "sms" else ""


async def _restricts_gas(stage: Stage) -> None:
    stage.done(await stage.ask("3.2", {"RestrictionDateTime": "2026-06-01T00:00:00Z"}, device="gpf", role=Role.GS))
    await stage.advance("1h")
    told = await stage.happened("TenancyChanged", "gsme")
    stage.expect(len(told) == 1, "the gas meter's history is hidden from then on", told)


async def _credentials(stage: Stage, variant: str, device: str) -> None:
    services = stage.profile.services
    assert services is not None
    async with untouched(stage):
        asked = await stage.ask(variant, sample(stage, variant, device), device=device)
    changed = await stage.happened("CredentialsUpdated")
    stage.expect(not changed, "no key of a user's is put into the device", changed)
    if services.credentials == "refuse":
        stage.refused(asked, Why.NOT_APPLICABLE, Why.NOT_SUPPORTED)
    else:
        stage.done(asked)
    stage.done(await stage.ask("6.2.7", device=device))  # the keys that hold go on holding


def _credential_case(variant: str, device: str) -> Case:
    async def act(stage: Stage) -> None:
        await _credentials(stage, variant, device)

    of = " (gas)" if device == "gsme" else ""
    target = Target.G if device == "gsme" else Target.E
    return Case(
        name=f"{variant}/{'gas-' if of else ''}keys-are-not-touched",
        says=f"no user's credentials go into a SMETS1 device{of}: refused or done without it, as the family declares",
        clause=CREDENTIALS,
        group=Group.CREDENTIALS,
        needs=(Need(variant, target), Need("6.2.7", target)),
        act=act,
        home=Home(gas=bool(of)),
        negative=True,
    )


def _case(variant: str, word: str, says: str, act: Any, *needs: str, **more: Any) -> Case:
    target = more.pop("target", Target.E)
    gas = bool(target & (Target.G | Target.P))
    return Case(
        name=f"{variant}/{word}",
        says=says,
        clause=SHEET,
        group=Group.HAPPY,
        needs=tuple(Need(one, target) for one in (variant, *needs)),
        act=act,
        home=Home(gas=gas),
        **more,
    )


def _no_limit(profile: Profile) -> str:
    return "" if not profile.clock.set_tolerance_s else "the set has a tolerance of its own"


CASES: tuple[Case, ...] = (
    _case(
        "6.11",
        "sets-the-clock",
        "within the tolerance the clock is set, told back, and logged",
        _sets_clock,
        only=_no_limit,
    ),
    _case(
        "6.11",
        "at-the-tolerance",
        "a clock that is off by just the tolerance is set",
        _at_the_tolerance,
        only=_no_limit,
    ),
    _case(
        "6.11",
        "beyond-the-tolerance",
        "beyond the tolerance the clock stays, and the security log says so (8F0C)",
        _beyond_the_tolerance,
        negative=True,
    ),
    _case(
        "6.11",
        "sets-the-gas-clock",
        "a gas meter's clock, set when it wakes, keeps true time",
        _gas_clock,
        target=Target.G,
    ),
    _case(
        "6.13", "reads-the-event-log", "stamps and codes are the meter's, oldest first", _reads_event_log, "7.1", "7.2"
    ),
    _case("6.13", "reads-the-security-log", "stamps and codes are the meter's", _reads_security_log, "3.3"),
    _case("6.13", "reads-the-gas-log", "stamps and codes are the gas meter's", _reads_gas_log, "7.2", target=Target.G),
    _case("6.13", "holds-the-period", "entries of the period are told, and no others", _log_period, "7.1", "7.2"),
    _case(
        "6.13",
        "log-that-it-has-not",
        "a log that an electricity meter has not is refused as not supported",
        _no_such_log,
        negative=True,
    ),
    _case(
        "6.13",
        "log-that-gas-has-not",
        "a log that a gas meter has not is refused as not supported",
        _no_such_gas_log,
        target=Target.G,
        negative=True,
    ),
    _case(
        "3.3", "empties-the-event-log", "the event log is empty, and the security log says so", _clears, "6.13", "7.2"
    ),
    _case("3.3", "empties-the-gas-log", "a gas meter's event log is emptied too", _clears_gas, "7.2", target=Target.G),
    _case("3.3", "no-other-log", "there is no log of auxiliary switches to clear", _no_other_log, "7.2", negative=True),
    _case(
        "3.2",
        "restricts-history",
        "past and future dates are stored, and the event log says so",
        _restricts,
        only=_on_a_wire,
    ),
    _case(
        "3.2",
        "restricts-history-by-text",
        "what is asked to be hidden is hidden, and more where a text has no past date",
        _restricts_by_text,
        only=_by_text,
    ),
    _case(
        "3.2",
        "restricts-gas-history",
        "for gas it goes to the proxy, and the meter has it",
        _restricts_gas,
        target=Target.P,
    ),
    *(_credential_case(variant, device) for variant in ("6.15.1", "6.15.2", "6.23") for device in ("esme", "gsme")),
)
