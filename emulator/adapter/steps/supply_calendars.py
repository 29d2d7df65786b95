"""Non-disablement calendars between the service document and the device (service requests 5; reference 2.7)."""

from datetime import time
from typing import Final

from emulator.device.calendar import DayProfile, Season, SpecialDay, Switch, SwitchingTable, Week
from emulator.device.money.non_disablement import START, STOP, Day, Entry, NonDisablement
from emulator.services.bodies.calendars import ElectricityNonDisablementCalendar, GasNonDisablementCalendar
from emulator.services.bodies.dates import ElecDate, GasDate

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EVERY_YEAR: Final = 65_535
_NAME: Final = "non-disablement"


class CalendarError(ValueError):
    """A calendar that no SMETS1 device can hold; the text says which part."""


def electricity(given: ElectricityNonDisablementCalendar) -> NonDisablement:
    """Turn an electricity calendar into a device's. Raises CalendarError."""
    return NonDisablement(
        entries=tuple(
            Entry(
                action="start" if each.non_disablement_script == "START" else "stop",
                minute=minute(each.schedule_dates_and_time.switch_time),
                weekdays=tuple(WEEKDAYS.index(one.day_of_week_id) + 1 for one in each.days_of_week_applicability),
                special_days=tuple(one.special_day_id for one in each.special_days_applicability),
                first=_day(each.schedule_dates_and_time.start_date),
                last=_day(each.schedule_dates_and_time.end_date),
            )
            for each in given.electricity_non_disablement_schedule
        ),
        special_days=tuple(
            SpecialDay(place, *special(one.date), profile=place, year=_year(one.date))
            for place, one in enumerate(given.electricity_special_days, 1)
        ),
    )


def gas(given: GasNonDisablementCalendar) -> NonDisablement:
    """Turn a gas calendar into a device's. Raises CalendarError."""
    seasons = tuple(
        Season(
            str(place),
            *special(one.season_start_date),
            week=str(one.referenced_week_name),
            year=_year(one.season_start_date),
        )
        for place, one in enumerate(given.season_profiles, 1)
    )
    weeks = []
    for one in given.week_profiles:
        monday, tuesday, wednesday, thursday, friday, saturday, sunday = one.referenced_day_name
        each = (monday, tuesday, wednesday, thursday, friday, saturday, sunday)
        weeks.append(Week(str(one.week_name), each))
    profiles = tuple(
        DayProfile(
            one.gas_day_name,
            tuple(
                Switch(minute(each.start_time), START if each.non_disablement_action == "START" else STOP)
                for each in one.time_start_action
            ),
        )
        for one in given.day_profiles
    )
    days = tuple(
        SpecialDay(place, *special(one.date), profile=one.referenced_day_name, year=_year(one.date))
        for place, one in enumerate(given.special_days, 1)
    )
    return NonDisablement(table=SwitchingTable(_NAME, seasons, tuple(weeks), profiles, days))


def minute(at: time) -> int:
    """Give the minute of a day. Raises CalendarError for what is no whole minute."""
    if at.second or at.microsecond:
        raise CalendarError(f"{at} is no whole minute")
    return at.hour * 60 + at.minute


def special(on: ElecDate | GasDate) -> tuple[int, int]:
    """Give month and day of a date that says both. Raises CalendarError."""
    if isinstance(on, ElecDate):
        month, day = on.month.specified_month, on.day_of_month.specified_day_of_month
        open_day = on.day_of_week.specified_day_of_week
    else:
        month = on.gas_month_with_wildcards.specified_month
        day = on.gas_day_of_month_with_wildcards.specified_day_of_month
        open_day = on.gas_day_of_week_with_wildcards.specified_day_of_week
    if month is None or day is None or open_day is not None:
        raise CalendarError("a date here says its month and day, and no day of the week")
    return month, day


def _year(on: ElecDate | GasDate) -> int | None:
    return (on.year if isinstance(on, ElecDate) else on.gas_year_with_wildcards).specified_year


def _day(text: str) -> Day:
    """Read a date of an entry, whose year 65535 is every year."""
    year, month, day = (int(part) for part in text.removesuffix("Z").split("-"))
    return Day(month, day, None if year == EVERY_YEAR else year)
