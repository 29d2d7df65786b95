"""Sites and meters for the device tests, made from the packaged profile, and plain oracles to hold them against.

An oracle here is the slow and obvious way: it counts half hour by half hour and knows no run, no vector and no cache.
"""

from datetime import date, timedelta

import msgspec

from emulator.device.calendar import DayProfile, Season, SpecialDay, Switch, SwitchingTable, Week
from emulator.device.commands import Sender
from emulator.device.household import Channel, Household, Site
from emulator.device.instant import HALF_HOUR, instant, to_datetime
from emulator.device.meter import Meter
from emulator.device.profile import Profile
from emulator.farm import library

PROFILE = library.packaged("elster-as300p")
INSTALLED = instant(2025, 9, 3, 10, 20)
NOW = instant(2026, 1, 1, 3, 4, 5)
SUPPLIER, CONSUMER = Sender.SUPPLIER, Sender.CONSUMER

HOMES = {
    "domestic": Household(opening_import_wh=1_234),
    "economy-7": Household(shape="economy-7", daily_import_wh=14_000),
    "solar": Household(daily_export_wh=9_000, opening_export_wh=77),
    "vacant": Household(shape="none", opening_import_wh=5_000),
}


def profile_with(**blocks: dict[str, object]) -> Profile:
    """Give the packaged profile with keys of blocks replaced: profile_with(metering={"tou_registers": 1})."""
    changed = {name: msgspec.structs.replace(getattr(PROFILE, name), **keys) for name, keys in blocks.items()}
    return msgspec.structs.replace(PROFILE, **changed)


def site(
    household: Household = HOMES["domestic"],
    seed: int = 77,
    profile: Profile = PROFILE,
    installed_at: int = INSTALLED,
) -> Site:
    """Give a site of the packaged profile."""
    return Site(
        key=seed,
        profile=profile,
        serial="14K0000001",
        eui64=0x00237E0000000001,
        mpan="1012345678907",
        hub_serial="H14K0000001",
        hub_eui64=0x001A630000000001,
        iccid="8944110000000000001",
        imsi="234150000000001",
        household=household,
        installed_at=installed_at,
    )


def meter(now: int = NOW, **of_site) -> Meter:
    """Give a meter that nobody has touched, at an instant."""
    return Meter(site(**of_site), now)


def accept(device: Meter, command, now: int | None = None, sender: Sender = SUPPLIER):
    """Send a command that must be taken, and give what happened."""
    outcome = device.send(command, sender, now)
    assert outcome.accepted, outcome
    return [entry.what for entry in outcome.entries]


def refuse(device: Meter, command, now: int | None = None, sender: Sender = SUPPLIER):
    """Send a command that must be refused, changing nothing, and give the outcome."""
    device.advance(device.now if now is None else now)
    before = device.records
    outcome = device.send(command, sender)
    assert not outcome.accepted
    assert outcome.reason is not None
    if not outcome.entries:
        assert device.records is before
    return outcome


def moved_mwh(of: Site, channel: Channel, spans) -> int:
    """Give what a register counts over spans of (start, end) in which the supply was on."""
    load = of.load(channel)
    return sum(load.energy_mwh(end) - load.energy_mwh(start) for start, end in spans)


def plain_rate(table: SwitchingTable, at: int) -> int:
    """Say which TOU register counts at a moment of the device clock, from the words of the tables alone."""
    moment = to_datetime(at)
    on, minute = moment.date(), moment.hour * 60 + moment.minute
    begun = [switch for switch in _plain_day(table, on).switches if switch.minute <= minute]
    last = begun or _plain_day(table, on - timedelta(days=1)).switches
    return max(last, key=lambda switch: switch.minute).rate


def _plain_day(table: SwitchingTable, on: date) -> DayProfile:
    chosen = [special for special in table.special_days if (special.month, special.day) == (on.month, on.day)]
    chosen = [special for special in chosen if special.year is None or special.year == on.year]
    if chosen:
        number = chosen[0].profile
    else:
        starts = [
            (date(year, season.month, season.day), season)
            for season in table.seasons
            for year in ((on.year - 1, on.year) if season.year is None else (season.year,))
        ]
        season = max((start for start in starts if start[0] <= on), key=lambda start: start[0])[1]
        week = next(week for week in table.weeks if week.name == season.week)
        number = week.days[on.weekday()]
    return next(profile for profile in table.days if profile.id == number)


def plain_tou_mwh(of: Site, pieces) -> list[int]:
    """Split a history on the TOU registers: pieces of (start, end, supplied, clock offset, table)."""
    load = of.load(Channel.IMPORT)
    split = [0] * of.profile.metering.tou_registers
    for start, end, supplied, offset, table in pieces:
        at = start
        while at < end:
            until = min(end, (at + offset) // HALF_HOUR * HALF_HOUR + HALF_HOUR - offset)
            if supplied:
                split[plain_rate(table, at + offset) - 1] += load.energy_mwh(until) - load.energy_mwh(at)
            at = until
    return split


def day_of(number: int, *switches: tuple[int, int]) -> DayProfile:
    """Make a day profile of (minute, rate) pairs."""
    return DayProfile(number, tuple(Switch(*switch) for switch in switches))


def week_of(name: str, *days: int) -> Week:
    """Make a week profile; one day profile stands for all seven days."""
    numbers = days if len(days) == 7 else days * 7
    return Week(name, numbers)


FOUR_SEASONS = SwitchingTable(
    name="seasons",
    seasons=(
        Season("winter", 11, 1, "winter"),
        Season("spring", 3, 1, "weekdays"),
        Season("summer", 6, 1, "summer"),
        Season("jubilee", 6, 10, "jubilee", year=2026),
    ),
    weeks=(
        week_of("winter", 1),
        week_of("weekdays", 2, 2, 2, 2, 2, 3, 3),
        week_of("summer", 3),
        week_of("jubilee", 4),
    ),
    days=(
        day_of(1, (0, 1), (420, 2), (1380, 1)),
        day_of(2, (30, 3), (450, 4), (960, 5), (1170, 4)),
        day_of(3, (360, 6)),
        day_of(4, (0, 7), (30, 8), (1410, 48)),
    ),
    special_days=(SpecialDay(1, 12, 25, 4), SpecialDay(2, 3, 2, 3, year=2026), SpecialDay(3, 3, 2, 4)),
)
"""Winter wraps the year; spring days begin at half past midnight; a dated season and a dated special day."""
