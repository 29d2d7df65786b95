"""When a schedule runs, and what each run asks for. Pure: it is told the instant (service requests, section 4)."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from emulator.device.instant import from_datetime, to_datetime
from emulator.services.bodies.national import CreateSchedule

MIDNIGHT: Final = time(0, tzinfo=UTC)
MONTHS: Final = {"Monthly": 1, "Quarterly": 3, "Half-Yearly": 6, "Yearly": 12}
DAYS: Final = {"Daily": 1, "Weekly": 7}
MOST_RUNS: Final = 400_000
"""More than a daily schedule can have by the last date there is."""


def day_of(details: CreateSchedule, run: int) -> date:
    """Give the day of a run; 0 is the first. A day that a month has not is its last. Raises OverflowError."""
    start = details.schedule_start_date
    if details.schedule_frequency in DAYS:
        return start + timedelta(days=run * DAYS[details.schedule_frequency])
    months = start.year * 12 + start.month - 1 + run * MONTHS[details.schedule_frequency]
    year, month = months // 12, months % 12 + 1
    if year > date.max.year:
        raise OverflowError("beyond the last year there is")
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def instant_at(day: date, at: time) -> int:
    """Give a time of day of a day as an instant."""
    return from_datetime(datetime.combine(day, at.replace(tzinfo=None), at.tzinfo or UTC).astimezone(UTC))


def next_run(details: CreateSchedule, after: int) -> int | None:
    """Give the first run after an instant; None if there is none left."""
    at = details.schedule_execution_start_time or MIDNIGHT
    low, high = 0, MOST_RUNS
    while low < high:  # the first run beyond the instant: runs only ever get later
        middle = (low + high) // 2
        if _beyond(details, middle, at, after):
            high = middle
        else:
            low = middle + 1
    try:
        day = day_of(details, low)
    except OverflowError:
        return None
    if details.schedule_end_date is not None and day > details.schedule_end_date:
        return None
    return instant_at(day, at)


def _beyond(details: CreateSchedule, run: int, at: time, after: int) -> bool:
    try:
        return instant_at(day_of(details, run), at) > after
    except OverflowError:
        return True


def run_body(details: CreateSchedule, at: int) -> dict[str, Any]:
    """Give the body of a run at an instant: the window counts back from its day."""
    window = details.window
    if window is None:
        return {}
    today = to_datetime(at).date()
    start = instant_at(today + timedelta(days=window.start_date_offset), window.start_time)
    end = instant_at(today + timedelta(days=window.end_date_offset), window.end_time)
    return {"ReadLogPeriod": {"StartDateTime": _text(start), "EndDateTime": _text(end)}}


def _text(at: int) -> str:
    return to_datetime(at).isoformat().replace("+00:00", "Z")
