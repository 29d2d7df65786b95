"""Logs of half hours, of midnights and of the network: 4.6.1, 4.8 and 4.10 (functional reference 10.7).

Entries have the stamp of their end; a period has both its ends; oldest first; nothing is an answer too.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from emulator.conformance import tariff_documents as doc
from emulator.conformance.case import Case, Group, Home, Need
from emulator.conformance.counted import half_hour, litres, moved, stamps, whole
from emulator.conformance.short import INVALID, asked_as, row
from emulator.conformance.stage import Stage
from emulator.conformance.untouched import untouched
from emulator.device.household import Channel
from emulator.device.instant import DAY, HALF_HOUR, HOUR, SECOND, isoformat, parse
from emulator.device.profile import Profile
from emulator.services.row import Role, Target

SHEET: Final = "functional reference 10.7 (4.4, 4.8); service requests, section 5 (PERIOD)"
STAMPS: Final = "functional reference 2.9 and 10.7 (4.8): half-hour values by interval-end stamp, UTC"
SIZES: Final = "service requests, section 6"
NETWORK: Final = "functional reference 2.12, 3.9 and 10.7 (4.10)"
Entries = list[dict[str, Any]]
Of = Callable[[dict[str, Any]], int]


def _elec(entry: dict[str, Any]) -> int:
    return int(entry["Electricity"]["PrimaryValue"])


def _gas(entry: dict[str, Any]) -> int:
    return litres(entry["Gas"]["PrimaryValue"])


def _reactive(entry: dict[str, Any]) -> int:
    return int(entry["ReactiveEnergyImportedValue"])


def _exported(entry: dict[str, Any]) -> int:
    return int(entry["ActiveEnergyExportedValue"])


KINDS: Final[Mapping[tuple[str, str], tuple[Channel, Of]]] = {
    ("4.8.1", "esme"): (Channel.IMPORT, _elec),
    ("4.8.1", "gsme"): (Channel.GAS, _gas),
    ("4.8.2", "esme"): (Channel.REACTIVE_IMPORT, _reactive),
    ("4.8.3", "esme"): (Channel.EXPORT, _exported),
}
SPRING: Final = parse("2026-03-29T00:00:00Z")
AUTUMN: Final = parse("2025-10-26T00:00:00Z")
AUTUMN_AGO: Final = 156
"""Days from the one night to the other, and one."""
WORDS: Final = {"esme": "", "gsme": "-gas"}
LOGS: Final = (*KINDS, ("4.6.1", "esme"), ("4.6.1", "gsme"), ("4.10", "esme"), ("4.10", "gsme"))


async def read(stage: Stage, variant: str, device: str, start: int, end: int) -> Entries:
    """Read what a log has between two instants. Raises Failed."""
    role = {"role": Role.ED} if (variant, device) == ("4.10", "esme") else {}
    more = {**asked_as(device, variant), **role}
    body = stage.done(await stage.ask(variant, doc.period(start, end), **more)).body
    if variant != "4.10":
        return list(body.get("LogEntry", ()))
    if device == "gsme":
        return list(body["Gas"].get("NetworkDataLog", ()))
    return list(body["Electricity"]["SinglePhaseESME"]["AvgRMSVoltageProfileDataLog"].get("LogEntry", ()))


async def _right(stage: Stage, variant: str, device: str) -> None:
    channel, of = KINDS[variant, device]
    end = half_hour(stage)
    start = end - DAY
    told = await read(stage, variant, device, start + SECOND, end)
    wanted = list(range(start + HALF_HOUR, end + 1, HALF_HOUR))
    stage.expect(stamps(told) == wanted, "there is an entry at each end of a half hour, oldest first", stamps(told))
    for entry, at in zip(told, wanted, strict=True):
        taken = moved(stage, channel, at - HALF_HOUR, at) / 1000
        stage.expect(abs(of(entry) - taken) <= 1, f"the half hour to {isoformat(at)} has {taken}", entry)
    total = moved(stage, channel, start, end) / 1000
    stage.expect(abs(sum(map(of, told)) - total) <= len(told), f"they come to {total}", sum(map(of, told)))
    stage.expect(len(set(map(of, told))) > 2, "half hours differ", told[:4])


async def _edges(stage: Stage, variant: str, device: str) -> None:
    last = half_hour(stage) - HOUR
    for start, end, wanted in (
        (last, last, [last]),
        (last - SECOND, last + SECOND, [last]),
        (last, last + HALF_HOUR, [last, last + HALF_HOUR]),
        (last + SECOND, last + HALF_HOUR - SECOND, []),
    ):
        told = stamps(await read(stage, variant, device, start, end))
        stage.expect(told == wanted, f"from {isoformat(start)} to {isoformat(end)} there is {wanted}", told)


async def _running(stage: Stage, variant: str, device: str) -> None:
    channel, of = KINDS[variant, device]
    last = half_hour(stage)
    told = await read(stage, variant, device, last, stage.now + DAY)
    stage.expect(stamps(told) == [last], "the half hour that runs is not told", stamps(told))
    await stage.advance("3h")
    told = await read(stage, variant, device, last + SECOND, stage.now)
    wanted = list(range(last + HALF_HOUR, stage.now + 1, HALF_HOUR))
    fresh = wanted[:-1] if device == "gsme" else wanted  # of gas the newest may be on its way
    stage.expect(stamps(told) in (wanted, fresh), "those since are told: nothing is stale", stamps(told))
    for entry in told:
        (at,) = stamps([entry])
        taken = moved(stage, channel, at - HALF_HOUR, at) / 1000
        stage.expect(abs(of(entry) - taken) <= 1, f"the half hour to {isoformat(at)} has {taken}", entry)


async def _empty(stage: Stage, variant: str, device: str) -> None:
    for start, end in (
        (stage.now + DAY, stage.now + 2 * DAY),
        (0, SECOND),
        (stage.now - 3000 * DAY, stage.now - 2999 * DAY),
    ):
        told = await read(stage, variant, device, start, end)
        stage.expect(not told, f"from {isoformat(start)} to {isoformat(end)} there is nothing, which is success", told)


async def _no_period(stage: Stage, variant: str, device: str) -> None:
    good = doc.period(stage.now - DAY, stage.now)["ReadLogPeriod"]
    wrong = {
        "an end before its start": doc.period(stage.now, stage.now - SECOND),
        "no period": {},
        "no end": {"ReadLogPeriod": {"StartDateTime": good["StartDateTime"]}},
        "no start": {"ReadLogPeriod": {"EndDateTime": good["EndDateTime"]}},
        "no time zone": {"ReadLogPeriod": {**good, "EndDateTime": "2026-06-03T10:00:00"}},
        "no date": {"ReadLogPeriod": {**good, "EndDateTime": "2026-02-30T10:00:00Z"}},
    }
    more = {**asked_as(device, variant), **({"role": Role.ED} if (variant, device) == ("4.10", "esme") else {})}
    async with untouched(stage):
        for label, body in wrong.items():
            asked = await stage.ask(variant, body, **more)
            stage.expect(not asked.ok, f"{variant} with {label} is refused", asked.code)
            stage.refused(asked, *INVALID)


async def _reads_only(stage: Stage, variant: str, device: str) -> None:
    last = half_hour(stage)
    async with untouched(stage):
        first = await read(stage, variant, device, last - 2 * DAY, last)
        stage.expect(await read(stage, variant, device, last - 2 * DAY, last) == first, "a read twice is the same", "")


async def _clock_change(stage: Stage, variant: str, device: str) -> None:
    channel, of = KINDS[variant, device]
    reach = stage.profile.metering.import_profile_days if variant == "4.8.1" else 90
    for night in (SPRING, AUTUMN) if reach > AUTUMN_AGO else (SPRING,):
        told = await read(stage, variant, device, night + SECOND, night + DAY)
        wanted = list(range(night + HALF_HOUR, night + DAY + 1, HALF_HOUR))
        stage.expect(stamps(told) == wanted, "the day has 48 half hours, in UTC", stamps(told))
        total = moved(stage, channel, night, night + DAY) / 1000
        stage.expect(abs(sum(map(of, told)) - total) <= len(told), f"they come to {total}", sum(map(of, told)))


async def _most(stage: Stage) -> None:
    told = stamps(await read(stage, "4.8.1", "esme", stage.now - 500 * DAY, stage.now + DAY))
    days = stage.profile.metering.import_profile_days
    stage.expect(len(told) == days * 48, f"there are {days} days of half hours", len(told))
    stage.expect(
        told == list(range(told[0], told[0] + len(told) * HALF_HOUR, HALF_HOUR)), "without a gap, oldest first"
    )
    stage.expect(told[-1] == half_hour(stage), "up to the last half hour", told[-1])


async def _other_most(stage: Stage, variant: str) -> None:
    told = stamps(await read(stage, variant, "esme", stage.now - 500 * DAY, stage.now + DAY))
    days = min(stage.profile.metering.other_profile_days, 93)
    stage.expect(len(told) == days * 48, f"there are {days} days of half hours", len(told))
    stage.expect(told[-1] == half_hour(stage), "the newest are kept", told[-1])


async def _tenancy(stage: Stage) -> None:
    last = half_hour(stage)
    before = await read(stage, "4.8.1", "esme", last - DAY, last)
    stage.done(await stage.ask("3.2", {"RestrictionDateTime": isoformat(stage.now)}))
    after = await read(stage, "4.8.1", "esme", last - DAY, last)
    stage.expect(after == before and len(after) > 40, "the head-end sees what is before the tenancy", len(after))


# Midnights


async def _midnights(stage: Stage) -> None:
    told = await read(stage, "4.6.1", "esme", stage.now - 40 * DAY, stage.now)
    most, today = stage.profile.metering.daily_reads, stage.now // DAY * DAY
    wanted = [today - back * DAY for back in reversed(range(most))]
    stage.expect(stamps(told) == wanted, f"there are the last {most} midnights, oldest first", stamps(told))
    for entry, at in zip(told, wanted, strict=True):
        day, total = entry["Electricity"], whole(stage, Channel.IMPORT, at)
        stage.expect(day["ElecActiveImportRegisterConsumption"] == total, f"{isoformat(at)} has {total} Wh", day)
        stage.expect(day["TariffTOURegisterMatrixValue"][0] == total, "the first register had all of it", day)


async def _registers_at_midnight(stage: Stage) -> None:
    given = doc.update(doc.tariff(doc.day(1, ("00:00", 1), ("18:00", 2), ("21:00", 1))), doc.prices(1, 2))
    stage.done(await stage.ask("1.1.1", given))
    midnight = stage.now // DAY * DAY + DAY
    await stage.advance(midnight + HOUR - stage.now)
    (entry,) = await read(stage, "4.6.1", "esme", midnight, midnight)
    told = entry["Electricity"]["TariffTOURegisterMatrixValue"]
    taken = moved(stage, Channel.IMPORT, midnight - 6 * HOUR, midnight - 3 * HOUR) // 1000
    stage.expect(len(told) == stage.profile.metering.tou_registers, "it has the meter's registers", len(told))
    stage.expect(taken > 0 and abs(told[1] - taken) <= 1, f"register 2 had {taken} Wh", told[:4])
    total = entry["Electricity"]["ElecActiveImportRegisterConsumption"]
    stage.expect(total == whole(stage, Channel.IMPORT, midnight), "the total is that of midnight", total)


async def _gas_midnights(stage: Stage) -> None:
    own = stage.profile.gas_metering
    assert own is not None
    told = await read(stage, "4.6.1", "gsme", stage.now - 40 * DAY, stage.now)
    today = stage.now // DAY * DAY
    wanted = [today - back * DAY for back in reversed(range(own.daily_reads))]
    stage.expect(stamps(told) == wanted, "there are the last midnights, oldest first", stamps(told))
    for entry, at in zip(told, wanted, strict=True):
        day, held = entry["Gas"], whole(stage, Channel.GAS, at)
        got = litres(day["GasActiveImportRegisterConsumption"])
        stage.expect(got == held, f"{isoformat(at)} has {held} l, in m3", day)
        stage.expect(litres(day["TariffTOURegisterMatrix"][0]) == held, "the first register had all of it", day)


async def _day_edges(stage: Stage, device: str) -> None:
    last = stage.now // DAY * DAY - 2 * DAY
    for start, end, wanted in (
        (last, last, [last]),
        (last, last + DAY, [last, last + DAY]),
        (last + SECOND, last + DAY, [last + DAY]),
        (last, last + DAY - SECOND, [last]),
        (last + SECOND, last + DAY - SECOND, []),
    ):
        told = stamps(await read(stage, "4.6.1", device, start, end))
        stage.expect(told == wanted, f"from {isoformat(start)} to {isoformat(end)} there is {wanted}", told)


async def _next_midnight(stage: Stage, device: str) -> None:
    midnight = stage.now // DAY * DAY + DAY
    told = await read(stage, "4.6.1", device, midnight - SECOND, midnight + DAY)
    stage.expect(not told, "the midnight to come is not there yet", told)
    await stage.advance(midnight + HOUR - stage.now)
    told = await read(stage, "4.6.1", device, midnight - SECOND, midnight + DAY)
    stage.expect(stamps(told) == [midnight], "it is there an hour after", stamps(told))


# The network


def averages(profile: Profile) -> str:
    """Say why a family is not meant by what needs averages of the voltage."""
    return "" if profile.voltage.averages else "the set takes no averages"


def thirteen_months(profile: Profile) -> str:
    """Say why a family is not meant by a read of 13 months."""
    return "" if profile.metering.import_profile_days > 366 else "its log is shorter"


def _each(word: str, says: str, act: Any, kinds: Any, clause: str = SHEET, **more: Any) -> list[Case]:
    """Give a case for each service and kind of device."""
    made = []
    for variant, device in kinds:
        target = Target.E if device == "esme" else Target.G
        only = averages if (variant, device) == ("4.10", "esme") else None
        home = Home(gas=device == "gsme", at=more.get("at", Home().at))
        bound = partial(act, variant=variant, device=device)
        own = {key: value for key, value in more.items() if key != "at"}
        made.append(
            row(
                f"{variant}/{word}{WORDS[device]}",
                says,
                bound,
                clause=clause,
                target=target,
                only=only,
                home=home,
                **own,
            )
        )
    return made


def _row(name: str, says: str, act: Any, clause: str = SHEET, **more: Any) -> Case:
    return row(name, says, act, clause=clause, **more)


_LISTS: Final = tuple(kind for kind in LOGS if kind != ("4.10", "esme"))

CASES: tuple[Case, ...] = (
    *_each(
        "half-hours-by-their-end",
        "each half hour has its energy, by the stamp of its end, oldest first",
        _right,
        KINDS,
        STAMPS,
        group=Group.HAPPY,
    ),
    *_each("both-ends-included", "a period has both its ends, to the second", _edges, KINDS),
    *_each("not-stale", "what runs is not told, and what ended since is", _running, KINDS),
    *_each("nothing-is-an-answer", "a period without entries is success without entries", _empty, LOGS),
    *_each(
        "no-period", "a period that ends before it starts, or is no period, is refused", _no_period, LOGS, negative=True
    ),
    *_each("reads-change-nothing", "a read leaves the log as it was", _reads_only, LOGS, negative=True),
    *_each(
        "clock-change-of-48",
        "the days of the clock changes have 48 half hours",
        _clock_change,
        KINDS,
        STAMPS,
        at="2026-03-30T03:07:00Z",
    ),
    _row("4.8.1/thirteen-months", "13 months come whole, without a gap", _most, SIZES, only=thirteen_months),
    *(
        _row(
            f"{variant}/three-months", "the newest three months are kept", partial(_other_most, variant=variant), SIZES
        )
        for variant in ("4.8.2", "4.8.3")
    ),
    _row(
        "4.8.1/tenancy-hides-nothing-from-the-head-end",
        "a change of tenancy hides history from the home only",
        _tenancy,
        "functional reference 2.13 and 10.7 (3.2)",
        needs=(Need("3.2"),),
    ),
    _row("4.6.1/midnights", "the registers of the last midnights are told", _midnights, group=Group.HAPPY),
    _row(
        "4.6.1/registers-of-midnight",
        "each register is that of its midnight",
        _registers_at_midnight,
        needs=(Need("1.1.1"),),
    ),
    _row(
        "4.6.1/midnights-gas",
        "the registers of the last midnights are told, in m3",
        _gas_midnights,
        target=Target.G,
        group=Group.HAPPY,
    ),
    *(
        case
        for device, target in (("esme", Target.E), ("gsme", Target.G))
        for case in (
            _row(
                f"4.6.1/both-ends-included{WORDS[device]}",
                "a period has both its ends",
                partial(_day_edges, device=device),
                target=target,
            ),
            _row(
                f"4.6.1/not-stale{WORDS[device]}",
                "a midnight is told once it was",
                partial(_next_midnight, device=device),
                target=target,
            ),
        )
    ),
)
