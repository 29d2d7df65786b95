"""DATE: a day of which parts may be left open, for switching tables and calendars (service requests, section 5).

The electricity form and the gas form differ in their names, and gas has no last day of the month. The names are the
schema's of today.
"""

from typing import Annotated, Self

from emulator.services.body import Body, Empty, number

_Year = Annotated[int, number(2014, 9999)]
_Month = Annotated[int, number(1, 12)]
_DayOfMonth = Annotated[int, number(1, 31)]
_DayOfWeek = Annotated[int, number(1, 7, says="Monday is 1 (*assumed*)")]


class Year(Body, frozen=True, kw_only=True):
    """The year, or every year."""

    one_of = ("specified_year", "non_specified_year")
    specified_year: _Year | None = None
    non_specified_year: Empty | None = None


class Month(Body, frozen=True, kw_only=True):
    """The month, or every month."""

    one_of = ("specified_month", "non_specified_month")
    specified_month: _Month | None = None
    non_specified_month: Empty | None = None


class DayOfMonth(Body, frozen=True, kw_only=True):
    """The day of the month, one of its last two, or every day."""

    one_of = ("specified_day_of_month", "last_day_of_month", "second_last_day_of_month", "non_specified_day_of_month")
    specified_day_of_month: _DayOfMonth | None = None
    last_day_of_month: Empty | None = None
    second_last_day_of_month: Empty | None = None
    non_specified_day_of_month: Empty | None = None


class GasDayOfMonth(Body, frozen=True, kw_only=True):
    """The day of the month, or every day."""

    one_of = ("specified_day_of_month", "gas_non_specified_day_of_month")
    specified_day_of_month: _DayOfMonth | None = None
    gas_non_specified_day_of_month: Empty | None = None


class DayOfWeek(Body, frozen=True, kw_only=True):
    """The day of the week, or every day."""

    one_of = ("specified_day_of_week", "non_specified_day_of_week")
    specified_day_of_week: _DayOfWeek | None = None
    non_specified_day_of_week: Empty | None = None


def _year(given: int | None) -> Year:
    return Year(non_specified_year=Empty()) if given is None else Year(specified_year=given)


def _month(given: int | None) -> Month:
    return Month(non_specified_month=Empty()) if given is None else Month(specified_month=given)


def _day_of_week(given: int | None) -> DayOfWeek:
    return DayOfWeek(non_specified_day_of_week=Empty()) if given is None else DayOfWeek(specified_day_of_week=given)


class ElecDate(Body, frozen=True, kw_only=True):
    """DATE for electricity."""

    year: Year
    month: Month
    day_of_month: DayOfMonth
    day_of_week: DayOfWeek

    @classmethod
    def of(cls, year: int | None, month: int | None, day: int | None, day_of_week: int | None = None) -> Self:
        """Give a date; None leaves a part open."""
        in_month = (
            DayOfMonth(non_specified_day_of_month=Empty()) if day is None else DayOfMonth(specified_day_of_month=day)
        )
        return cls(year=_year(year), month=_month(month), day_of_month=in_month, day_of_week=_day_of_week(day_of_week))


class GasDate(Body, frozen=True, kw_only=True):
    """DATE for gas."""

    gas_year_with_wildcards: Year
    gas_month_with_wildcards: Month
    gas_day_of_month_with_wildcards: GasDayOfMonth
    gas_day_of_week_with_wildcards: DayOfWeek

    @classmethod
    def of(cls, year: int | None, month: int | None, day: int | None, day_of_week: int | None = None) -> Self:
        """Give a date; None leaves a part open."""
        return cls(
            gas_year_with_wildcards=_year(year),
            gas_month_with_wildcards=_month(month),
            gas_day_of_month_with_wildcards=GasDayOfMonth(gas_non_specified_day_of_month=Empty())
            if day is None
            else GasDayOfMonth(specified_day_of_month=day),
            gas_day_of_week_with_wildcards=_day_of_week(day_of_week),
        )
