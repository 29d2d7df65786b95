"""Switching tables between the service document and the device: TARIFF-E and TARIFF-G (service requests, section 5).

Pure. A day is split by TOU registers or by columns of blocks; a device has the one or the other for a whole table.
Day profiles keep their numbers, week profiles are named by theirs.
"""

from collections.abc import Iterable
from datetime import UTC, time
from typing import Final, Literal

from emulator.adapter.steps.supply_calendars import minute, special
from emulator.device.calendar import DayProfile, Season, SpecialDay, Switch, SwitchingTable, Week
from emulator.services.bodies import tariff
from emulator.services.bodies.dates import ElecDate, GasDate
from emulator.services.bodies.tariff_parts import (
    ElecDayProfile,
    ElecProfileSchedule,
    ElecSeason,
    ElecSpecialDay,
    ElecSwitchingTable,
    GasDayProfile,
    GasSeason,
    GasSpecialDay,
    GasSwitchingTable,
)
from emulator.services.body import Empty

Shape = Literal["tou", "block"]
NAME: Final = "primary"
"""A table has no name in the document; the device's own is this."""
GAS_SET: Final = 1
ELEC_DAYS, ELEC_WEEKS, GAS_DAYS, GAS_WEEKS = 16, 4, 4, 2
SEASON_LETTERS: Final = 8


class TariffError(ValueError):
    """A tariff or a price that no device can take as it is written; the text says which part."""


def shape(given: ElecSwitchingTable | GasSwitchingTable) -> Shape:
    """Say what the actions of a table choose. Raises TariffError where they choose now the one, now the other."""
    if isinstance(given, ElecSwitchingTable):
        by_tou = {one.tou_tariff_action is not None for day in given.day_profiles for one in day.profile_schedule}
    else:
        by_tou = {day.tou_tariff_action is not None for day in given.day_profiles}
    if len(by_tou) > 1:
        raise TariffError("a table chooses TOU registers or columns of blocks, not both")
    return "tou" if by_tou == {True} else "block"


def used(table: SwitchingTable) -> frozenset[int]:
    """Give the numbers of the TOU registers, or of the columns of blocks, that a table chooses."""
    return frozenset(switch.rate for profile in table.days for switch in profile.switches)


# To the device


def electricity(given: ElecSwitchingTable, special_days: Iterable[ElecSpecialDay]) -> SwitchingTable:
    """Turn an electricity table into a device's. Raises TariffError or CalendarError."""
    shape(given)
    return SwitchingTable(
        NAME,
        tuple(_season(_latin(one.season_name), one) for one in given.seasons),
        tuple(_week(one.week_name, one.referenced_day_name) for one in given.week_profiles),
        tuple(_elec_day(one) for one in given.day_profiles),
        tuple(_special(place, one) for place, one in enumerate(special_days, 1)),
    )


def gas(given: GasSwitchingTable, special_days: Iterable[GasSpecialDay]) -> SwitchingTable:
    """Turn a gas table into a device's; its seasons are named by their place. Raises TariffError or CalendarError."""
    shape(given)
    days = (DayProfile(one.day_name, (Switch(0, one.tou_tariff_action or GAS_SET),)) for one in given.day_profiles)
    return SwitchingTable(
        NAME,
        tuple(_season(str(place), one) for place, one in enumerate(given.seasons, 1)),
        tuple(_week(one.week_name, one.referenced_day_name) for one in given.week_profiles),
        tuple(days),
        tuple(_special(place, one) for place, one in enumerate(special_days, 1)),
    )


def _elec_day(given: ElecDayProfile) -> DayProfile:
    switches = []
    for one in given.profile_schedule:
        rate = one.tou_tariff_action if one.tou_tariff_action is not None else one.block_tariff_action
        assert rate is not None  # the choice of the element
        switches.append(Switch(minute(one.start_time), rate))
    return DayProfile(given.day_name, tuple(switches))


def _season(name: str, one: ElecSeason | GasSeason) -> Season:
    start = one.season_start_date
    return Season(name, *special(start), str(one.referenced_week_name), _year(start))


def _week(number: int, days: tuple[int, ...]) -> Week:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = days
    return Week(str(number), (monday, tuesday, wednesday, thursday, friday, saturday, sunday))


def _special(place: int, one: ElecSpecialDay | GasSpecialDay) -> SpecialDay:
    return SpecialDay(place, *special(one.date), one.referenced_day_name, _year(one.date))


def _year(on: ElecDate | GasDate) -> int | None:
    return (on.year if isinstance(on, ElecDate) else on.gas_year_with_wildcards).specified_year


def _latin(name: str) -> str:
    if any(letter > "\xff" for letter in name):
        raise TariffError(f"the name of a season is of Latin letters, not {name!r}")
    return name


# From the device


def read_electricity(table: SwitchingTable, by: Shape) -> tariff.ReadElecSwitchingTable:
    """Give a device's table as 4.11.1 has it."""
    days, weeks = day_numbers(table, ELEC_DAYS), week_numbers(table, ELEC_WEEKS)
    return tariff.ReadElecSwitchingTable(
        day_profiles=tuple(
            tariff.ReadElecDayProfile(
                day=days[profile.id], profile_schedule=tuple(_action(switch, by) for switch in profile.switches)
            )
            for profile in table.days
        ),
        week_profiles=tuple(
            tariff.ReadElecWeekProfile(
                week_name=weeks[week.name], referenced_elec_day=tuple(days[day] for day in week.days)
            )
            for week in table.weeks
        ),
        seasons=tuple(
            tariff.ReadElecSeason(
                season_name=season.name[:SEASON_LETTERS],
                season_start_date=ElecDate.of(season.year, season.month, season.day),
                referenced_week_name=weeks[season.week],
            )
            for season in table.seasons
        ),
    )


def read_elec_special_days(table: SwitchingTable) -> tuple[tariff.ReadElecSpecialDay, ...]:
    """Give a device's special days as 4.11.1 has them."""
    days = day_numbers(table, ELEC_DAYS)
    return tuple(
        tariff.ReadElecSpecialDay(
            date=ElecDate.of(one.year, one.month, one.day), referenced_day=days.get(one.profile, one.profile)
        )
        for one in table.special_days
    )


def read_gas(table: SwitchingTable, by: Shape) -> tariff.ReadGasSwitchingTable:
    """Give a gas device's table as 4.11.1 has it."""
    days, weeks = day_numbers(table, GAS_DAYS), week_numbers(table, GAS_WEEKS)
    return tariff.ReadGasSwitchingTable(
        day_profiles=tuple(
            GasDayProfile(day_name=days[profile.id], tou_tariff_action=profile.switches[0].rate)
            if by == "tou"
            else GasDayProfile(day_name=days[profile.id], block_tariff=Empty())
            for profile in table.days
        ),
        week_profiles=tuple(
            tariff.ReadGasWeekProfile(week_name=weeks[week.name], referenced_day=tuple(days[day] for day in week.days))
            for week in table.weeks
        ),
        seasons=tuple(
            tariff.ReadGasSeason(
                season_start_date=GasDate.of(season.year, season.month, season.day),
                referenced_week_name=weeks[season.week],
            )
            for season in table.seasons
        ),
    )


def read_gas_special_days(table: SwitchingTable) -> tuple[tariff.ReadGasSpecialDay, ...]:
    """Give a gas device's special days as 4.11.1 has them."""
    days = day_numbers(table, GAS_DAYS)
    return tuple(
        tariff.ReadGasSpecialDay(
            date=GasDate.of(one.year, one.month, one.day), referenced_day=days.get(one.profile, one.profile)
        )
        for one in table.special_days
    )


def day_numbers(table: SwitchingTable, most: int) -> dict[int, int]:
    """Give the document's number of each day profile: its own where all lie in range, else its place."""
    own = [profile.id for profile in table.days]
    if all(1 <= number <= most for number in own):
        return {number: number for number in own}
    return {number: place for place, number in enumerate(own, 1)}


def week_numbers(table: SwitchingTable, most: int) -> dict[str, int]:
    """Give the document's number of each week profile: its name where all are numbers in range, else its place."""
    own = [week.name for week in table.weeks]
    allowed = {str(number) for number in range(1, most + 1)}
    if set(own) <= allowed:
        return {name: int(name) for name in own}
    return {name: place for place, name in enumerate(own, 1)}


def _action(switch: Switch, by: Shape) -> ElecProfileSchedule:
    at = time(*divmod(switch.minute, 60), tzinfo=UTC)
    if by == "tou":
        return ElecProfileSchedule(start_time=at, tou_tariff_action=switch.rate)
    return ElecProfileSchedule(start_time=at, block_tariff_action=switch.rate)
