"""When a meter may not disable the supply: the calendars in PREPAY-E and PREPAY-G (service requests, section 5).

Their names are the schema's of today. A reply may leave parts of them out, and differs in a few.
"""

from typing import Annotated, Literal

from emulator.services.bodies.dates import ElecDate, GasDate
from emulator.services.body import INDEXED, Body, TimeOfDay, number, several, text, wrapped

Script = Literal["START", "STOP"]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
PlainDate = Annotated[str, text(13, r"^[0-9]{4,5}-[0-9]{2}-[0-9]{2}Z?$", "a date; year 65535 is every year")]
GasDayName = Annotated[int, number(1, 5)]
GasWeekName = Annotated[int, number(1, 2)]


class ElecSpecialDay(Body, frozen=True, kw_only=True):
    """A special day of the electricity calendar."""

    date: ElecDate


class SpecialDayApplicability(Body, frozen=True, kw_only=True):
    """A special day on which a switch holds."""

    special_day_id: Annotated[int, number(1, 20)]


class DayOfWeekApplicability(Body, frozen=True, kw_only=True):
    """A day of the week on which a switch holds."""

    day_of_week_id: Weekday


class ScheduleDatesAndTime(Body, frozen=True, kw_only=True):
    """When a switch is made, and between which dates."""

    switch_time: TimeOfDay
    start_date: PlainDate
    end_date: PlainDate


class ElectricityNonDisablementSchedule(Body, frozen=True, kw_only=True):
    """A switch into or out of a time without disablement."""

    non_disablement_script: Script
    special_days_applicability: Annotated[
        tuple[SpecialDayApplicability, ...], wrapped("SpecialDayApplicability"), several(0, 20)
    ]
    days_of_week_applicability: Annotated[
        tuple[DayOfWeekApplicability, ...], wrapped("DayOfWeekApplicability"), several(0, 7)
    ]
    schedule_dates_and_time: ScheduleDatesAndTime


class ElectricityNonDisablementCalendar(Body, frozen=True, kw_only=True):
    """The electricity calendar."""

    electricity_special_days: Annotated[tuple[ElecSpecialDay, ...], wrapped("SpecialDay"), INDEXED, several(0, 20)]
    electricity_non_disablement_schedule: Annotated[tuple[ElectricityNonDisablementSchedule, ...], several(1, 22)]


class ReadElectricityCalendar(Body, frozen=True, kw_only=True):
    """The electricity calendar, as read."""

    electricity_special_days: Annotated[tuple[ElecDate, ...], wrapped("SpecialDay"), INDEXED, several(0, 20)] = ()
    electricity_non_disablement_schedule: Annotated[tuple[ElectricityNonDisablementSchedule, ...], several(0, 22)] = ()


class TimeStartAction(Body, frozen=True, kw_only=True):
    """What starts or stops at a time of the day."""

    start_time: TimeOfDay
    non_disablement_action: Script


class GasNonDisablementDayProfile(Body, frozen=True, kw_only=True):
    """How a day is split."""

    time_start_action: Annotated[tuple[TimeStartAction, ...], several(1, 3)]
    gas_day_name: GasDayName


class GasNonDisablementWeekProfile(Body, frozen=True, kw_only=True):
    """Which day profile each of the seven days has, Monday first."""

    week_name: GasWeekName
    referenced_day_name: Annotated[tuple[GasDayName, ...], INDEXED, several(7, 7)]


class GasNonDisablementSeason(Body, frozen=True, kw_only=True):
    """From when on a week profile holds."""

    season_start_date: GasDate
    referenced_week_name: GasWeekName


class GasNonDisablementSpecialDay(Body, frozen=True, kw_only=True):
    """A day that has a profile of its own."""

    date: GasDate
    referenced_day_name: GasDayName


class ReadGasDayProfile(Body, frozen=True, kw_only=True):
    """How a day is split, as read."""

    time_start_action: Annotated[tuple[TimeStartAction, ...], INDEXED, several(0, 3)] = ()
    gas_day_name: GasDayName | None = None


class ReadGasCalendar(Body, frozen=True, kw_only=True):
    """The gas calendar, as read."""

    day_profiles: Annotated[tuple[ReadGasDayProfile, ...], wrapped("GasNonDisablementDayProfile"), several(0, 5)] = ()
    week_profiles: Annotated[tuple[GasNonDisablementWeekProfile, ...], wrapped("WeekProfile"), several(0, 2)] = ()
    season_profiles: Annotated[tuple[GasNonDisablementSeason, ...], wrapped("Season"), several(0, 3)] = ()
    special_days: Annotated[tuple[GasNonDisablementSpecialDay, ...], wrapped("SpecialDay"), several(0, 20)] = ()


class GasNonDisablementCalendar(Body, frozen=True, kw_only=True):
    """The gas calendar."""

    day_profiles: Annotated[
        tuple[GasNonDisablementDayProfile, ...], wrapped("GasNonDisablementDayProfile"), several(1, 5)
    ]
    week_profiles: Annotated[tuple[GasNonDisablementWeekProfile, ...], wrapped("WeekProfile"), several(1, 2)]
    season_profiles: Annotated[tuple[GasNonDisablementSeason, ...], wrapped("Season"), several(1, 3)]
    special_days: Annotated[tuple[GasNonDisablementSpecialDay, ...], wrapped("SpecialDay"), several(0, 20)]
