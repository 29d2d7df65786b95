"""Schedules: 5.1 makes one, its runs have its id, 5.2 lists it, 5.3 ends it (service requests, 4 and 7)."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from emulator.conformance.case import Case, Group, Need
from emulator.conformance.stage import Stage
from emulator.device.profile import Profile
from emulator.services.document import NATIONAL_SERVICE, Response
from emulator.services.row import Role, Target

CLAUSE: Final = "service requests, section 7: schedule; section 2.3: DSPScheduleID, BusinessTargetID"
BODY: Final = "service requests, sections 4 and 5 (SCHED)"
NIGHT: Final = time(2, 30, tzinfo=UTC)
YESTERDAY: Final = {
    "StartDateOffset": -1,
    "StartTime": "00:00:00Z",
    "EndDateOffset": 0,
    "EndTime": "00:00:00Z",
}


class Read(NamedTuple):
    """A service that a schedule can run: its reference, the part of 5.1 that is its own, and its reply."""

    variant: str
    part: str
    reply: str
    log: bool = True

    @property
    def reference(self) -> str:
        """The service's reference."""
        return ".".join(self.variant.split(".")[:2])


PROFILE: Final = Read("4.8.1", "DSPReadActiveImportProfileData", "ReadActiveImportProfileDataRsp")
NETWORK: Final = Read("4.10", "DSPReadNetworkData", "ReadNetworkDataRsp")
POWER: Final = Read("4.16", "DSPReadActivePowerImport", "ReadActivePowerImportRsp", log=False)
SCHEDULABLE: Final = (PROFILE, NETWORK, POWER)


def body_of(stage: Stage, read: Read, **more: Any) -> dict[str, Any]:
    """Give the body of 5.1: every night from 4 June on."""
    return {
        "ScheduleFrequency": "Daily",
        "ScheduleStartDate": "2026-06-04",
        "ScheduleExecutionStartTime": "02:30:00Z",
        "DSPScheduledServiceReference": read.reference,
        "DSPScheduledServiceReferenceVariant": read.variant,
        read.part: YESTERDAY if read.log else {},
        "DeviceID": stage.eui(),
        **more,
    }


async def _made(stage: Stage, read: Read, **more: Any) -> int:
    role = more.pop("role", None)
    asked = stage.done(await stage.ask("5.1", body_of(stage, read, **more), role=role))
    number: int | None = asked.body.get("DSPScheduleID", asked.acknowledged.dsp_schedule_id)
    stage.expect(number is not None, "the schedule's id is told", asked.acknowledged)
    assert number is not None
    return number


async def _runs(stage: Stage, number: int, until: str) -> list[Response]:
    """Let time pass, and give the responses of a schedule's runs so far."""
    await stage.advance(until)
    await stage.gather(0.05)
    held = [one.document for one in stage.given if isinstance(one.document, Response)]
    return [one for one in held if one.dsp_schedule_id == number]


def _nights(stage: Stage, runs: list[Response], *days: int) -> None:
    at = [one.timestamp for one in runs]
    wanted = [datetime(2026, 6, day, NIGHT.hour, NIGHT.minute, tzinfo=UTC) for day in days]
    near = len(at) == len(wanted) and all(
        timedelta(0) <= one - other <= timedelta(hours=1) for one, other in zip(at, wanted, strict=True)
    )
    stage.expect(near, f"a run each night of {days}", [one.isoformat() for one in at])


def _each_night(read: Read) -> Any:
    async def act(stage: Stage) -> None:
        number = await _made(stage, read)
        runs = await _runs(stage, number, "48h")
        _nights(stage, runs, 4, 5)
        for one in runs:
            stage.expect(one.ok, "each run is answered", one.reason)
            stage.expect(one.body is not None and read.reply in one.body, f"with {read.reply}", one.body)
            stage.expect(one.business_target_id == NATIONAL_SERVICE, "for the national service", one.business_target_id)
            stage.expect(one.business_originator_id == stage.eui(), "of the meter", one.business_originator_id)
        ids = {one.request_id for one in runs}
        stage.expect(len(ids) == len(runs), "each is a request of its own", ids)

    return act


async def _window(stage: Stage) -> None:
    number = await _made(stage, PROFILE)
    runs = await _runs(stage, number, "48h")
    for one, day in zip(runs, (4, 5), strict=False):
        entries = (one.body or {})[PROFILE.reply]["LogEntry"]
        stamps = [entry["Timestamp"] for entry in entries]
        stage.expect(len(stamps) in {48, 49}, "the half hours of a day", len(stamps))
        stage.expect(
            stamps[-1].startswith(f"2026-06-{day:02}T00:00"), "the window counts back from the day", stamps[-1]
        )
    stage.expect(runs, "it runs")


async def _listed(stage: Stage) -> None:
    first, second = await _made(stage, PROFILE), await _made(stage, POWER)
    stage.expect(first != second, "each has an id of its own", (first, second))
    read = stage.done(await stage.ask("5.2", {"DeviceID": stage.eui()}))
    told = {row["DSPScheduleID"]: row["DSPScheduleDetails"] for row in read.body["DSPSchedules"]}
    stage.expect(set(told) == {first, second}, "both are listed", set(told))
    detail = told[first]
    stage.expect(detail["DSPScheduledServiceReferenceVariant"] == "4.8.1", "with what was asked for", detail)
    stage.expect(detail["ScheduleStartDate"].startswith("2026-06-04"), "and its dates", detail)
    one = stage.done(await stage.ask("5.2", {"DSPScheduleID": second}))
    stage.expect(
        [row["DSPScheduleID"] for row in one.body["DSPSchedules"]] == [second], "by its id it is found", one.body
    )


async def _ended(stage: Stage) -> None:
    number = await _made(stage, POWER)
    stage.expect(len(await _runs(stage, number, "24h")) == 1, "it runs", number)
    stage.done(await stage.ask("5.3", {"DSPScheduleID": number}))
    runs = await _runs(stage, number, "24h")
    stage.expect(len(runs) == 1, "ended, it does not run again", len(runs))
    read = await stage.ask("5.2", {"DeviceID": stage.eui()})
    stage.expect(not read.body.get("DSPSchedules"), "and is not listed", read.body)


async def _ended_once(stage: Stage) -> None:
    number = await _made(stage, POWER)
    stage.done(await stage.ask("5.3", {"DSPScheduleID": number}))
    for variant in ("5.3", "5.2"):
        stage.refused(await stage.ask(variant, {"DSPScheduleID": number}))


async def _unknown(stage: Stage) -> None:
    for variant in ("5.2", "5.3"):
        stage.refused(await stage.ask(variant, {"DSPScheduleID": 987_654}))
        stage.refused(await stage.ask(variant, {"DeviceID": "90-B3-D5-1F-30-0F-0F-0F"}), code="E19")


async def _anothers(stage: Stage) -> None:
    number = await _made(stage, POWER)
    stage.refused(await stage.ask("5.3", {"DSPScheduleID": number}, role=Role.ED))
    runs = await _runs(stage, number, "24h")
    stage.expect(len(runs) == 1, "another user cannot end it", len(runs))


async def _no_such(stage: Stage) -> None:
    async def refused(code: str = "", role: str | None = None, **more: Any) -> None:
        stage.refused(await stage.ask("5.1", body_of(stage, PROFILE, **more), role=role), code=code)

    await refused(code="E19", DeviceID="90-B3-D5-1F-30-0F-0F-0F")
    await refused(ScheduleStartDate="2026-06-01")
    await refused(ScheduleEndDate="2026-06-03")
    await refused(code="E2", role="RSA")
    await refused(DSPScheduledServiceReferenceVariant="4.10")
    await refused(ScheduleFrequency="Hourly")
    await refused(DSPScheduledServiceReference="7.4", DSPScheduledServiceReferenceVariant="7.4")
    await refused(DSPScheduledServiceReference="7.2", DSPScheduledServiceReferenceVariant="7.2")
    await stage.advance("24h")
    await stage.gather(0.05)
    told = [one.document for one in stage.given if isinstance(one.document, Response)]
    stage.expect(not told, "what was refused never runs", told)
    stage.expect(stage.truth("supply_state") == "enabled", "and no command is scheduled", stage.truth("supply_state"))


async def _end_date(stage: Stage) -> None:
    number = await _made(stage, POWER, ScheduleEndDate="2026-06-04")
    runs = await _runs(stage, number, "48h")
    _nights(stage, runs, 4)
    stage.expect(not (await stage.ask("5.2", {"DSPScheduleID": number})).body, "it is over")


async def _weekly(stage: Stage) -> None:
    number = await _made(stage, POWER, ScheduleFrequency="Weekly")
    _nights(stage, await _runs(stage, number, "48h"), 4)


async def _outage(stage: Stage) -> None:
    number = await _made(stage, POWER)
    await stage.advance("15h")  # to 01:07, well before it runs
    await stage.fault("no_wan_before_migration", "4h")
    runs = await _runs(stage, number, "9h")
    stage.expect(len(runs) == 1, "the night without WAN has an answer too", len(runs))
    stage.expect(runs[0].response_code == "E20" and not runs[0].ok, "it is E20", runs[0].response_code)
    runs = await _runs(stage, number, "24h")
    stage.expect(
        [one.ok for one in runs] == [False, True], "and the next night is answered", [one.reason for one in runs]
    )


async def _decommissioned(stage: Stage) -> None:
    number = await _made(stage, POWER)
    stage.done(await stage.ask("8.3", {"DeviceID": stage.eui()}))
    runs = await _runs(stage, number, "24h")
    stage.expect(not any(one.ok for one in runs), "a device out of use is not read", runs)


async def _new_supplier(stage: Stage) -> None:
    await stage.change_supplier(1)
    number = await _made(stage, POWER)
    await stage.change_supplier(2)
    runs = await _runs(stage, number, "24h")
    stage.expect(not any(one.ok for one in runs), "the losing supplier's schedule reads nothing any more", runs)


async def _both_at_once(stage: Stage) -> None:
    numbers = [await _made(stage, read) for read in (PROFILE, POWER, POWER)]
    await stage.advance("24h")
    for number in numbers:
        runs = await _runs(stage, number, "1m")
        stage.expect(len(runs) == 1 and runs[0].ok, "each of those that run at one time is answered", runs)


def _lacks_log(profile: Profile) -> str:
    return "" if profile.metering.import_profile_days >= 2 else "its log is too short"


def _case(variant: str, word: str, says: str, act: Any, *needs: str, negative: bool = False, **more: Any) -> Case:
    return Case(
        name=f"{variant}/{word}",
        says=says,
        clause=more.pop("clause", CLAUSE),
        group=Group.SCHEDULE,
        needs=(Need(variant, Target.D), *(Need(one) for one in needs)),
        act=act,
        negative=negative,
        **more,
    )


CASES: tuple[Case, ...] = (
    *(
        _case(
            "5.1",
            f"runs-{read.variant.replace('.', '-')}-daily",
            f"{read.variant} is read every night, and answered with the schedule's id for the national service",
            _each_night(read),
            read.variant,
        )
        for read in SCHEDULABLE
    ),
    _case(
        "5.1",
        "window",
        "the window of a log counts back from the day of the run",
        _window,
        "4.8.1",
        only=_lacks_log,
        clause=BODY,
    ),
    _case("5.1", "weekly", "a weekly schedule runs on its day, and not on the next", _weekly, "4.16", clause=BODY),
    _case(
        "5.1",
        "ends-at-its-end-date",
        "a schedule runs on its last day, and not after",
        _end_date,
        "4.16",
        negative=True,
        clause=BODY,
    ),
    _case(
        "5.1",
        "outage",
        "a night without WAN is E20, and the next one is answered",
        _outage,
        "4.16",
        negative=True,
        virtual_only=True,
    ),
    _case(
        "5.1",
        "refused",
        "what is no schedule, or may not be scheduled, is refused at once and never runs",
        _no_such,
        "4.8.1",
        negative=True,
        clause=BODY,
    ),
    _case(
        "5.1",
        "device-out-of-use",
        "a device that is taken out of use is not read any more",
        _decommissioned,
        "4.16",
        negative=True,
    ),
    _case(
        "5.1",
        "change-of-supplier",
        "schedules of a supplier that lost the meter end",
        _new_supplier,
        "4.16",
        negative=True,
    ),
    _case(
        "5.1",
        "at-one-time",
        "schedules of one device that run at one time are each answered",
        _both_at_once,
        "4.8.1",
        "4.16",
    ),
    _case(
        "5.2",
        "lists",
        "schedules are listed by device and by id, as they were asked for",
        _listed,
        "4.8.1",
        "4.16",
        clause=BODY,
    ),
    _case("5.3", "ends", "an ended schedule does not run again, and is not listed", _ended, "4.16"),
    _case("5.3", "ends-once", "what was ended is not known any more", _ended_once, "4.16", negative=True),
    _case("5.3", "unknown", "a schedule or a device that nobody knows is refused", _unknown, "4.16", negative=True),
    _case("5.3", "of-another-user", "a user cannot end another's schedule", _anothers, "4.16", negative=True),
)
