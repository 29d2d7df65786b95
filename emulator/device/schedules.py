"""Reading schedules that the meter holds: it reads itself some time after midnight and sends it (dossier 3.2 b).

The moment is a closed form: the local midnight of the meter's clock, and what the day's number draws. Of nights that
it missed without power or by a change of its clock, a meter takes one reading when it can. While the clock is invalid
nothing is due (dossier 3.1).
"""

from emulator.device import local_time
from emulator.device.calendar import BillingCalendar, billing_moments
from emulator.device.commands import ClearReadSchedule, Reason, SetReadSchedule
from emulator.device.happenings import ReadingScheduled, ReadScheduleChanged
from emulator.device.household import Site
from emulator.device.instant import DAY, SECOND, day_date, day_number, instant
from emulator.device.metering import registers_at
from emulator.device.money.charges import project
from emulator.device.profiles.profile_schedules import Schedules
from emulator.device.records import Records
from emulator.device.schedule_records import ReadSchedule
from emulator.device.splitmix import output, stream
from emulator.device.step import Due, Event, Moment, Refused, Step, replace

_DAYS = {"weekly": 7, "monthly": 28}
_LONGEST_PERIOD = 367 * DAY
_MWH = 1_000


class ReadDue(Event, frozen=True):
    """The time of a schedule has come."""

    number: int


def set_schedule(records: Records, command: SetReadSchedule, moment: Moment) -> Step:
    """Hold a schedule; it first reads after a midnight that is still to come."""
    rules = moment.site.profile.schedules
    if rules is None:
        return _none_here()
    fault = _fault(rules, command)
    if fault:
        return Refused(Reason.INVALID_VALUE, fault)
    held = ReadSchedule(command.number, command.kind, command.day, local_day(records, moment.at))
    others = tuple(one for one in records.schedules if one.number != command.number)
    told = ReadScheduleChanged(command.number, command.kind, command.day)
    return replace(records, schedules=(*others, held)), (told,)


def clear_schedule(records: Records, command: ClearReadSchedule, moment: Moment) -> Step:
    """Forget a schedule; one that is not there is a success without effect."""
    if moment.site.profile.schedules is None:
        return _none_here()
    others = tuple(one for one in records.schedules if one.number != command.number)
    if len(others) == len(records.schedules):
        return records, ()
    return replace(records, schedules=others), (ReadScheduleChanged(command.number),)


def _none_here() -> Refused:
    return Refused(Reason.NOT_APPLICABLE, "this meter holds no schedules: its readings are asked for")


def _fault(rules: Schedules, command: SetReadSchedule) -> str | None:
    if not 1 <= command.number <= rules.most:
        return f"schedules are numbered 1 to {rules.most}"
    if command.kind not in rules.kinds:
        return f"a schedule here is {', '.join(rules.kinds)}"
    last = _DAYS.get(command.kind, 1)
    return None if 1 <= command.day <= last else f"the day of a {command.kind} schedule is 1 to {last}"


def take(records: Records, event: ReadDue, moment: Moment) -> Step:
    """Read the meter, and be done with this day."""
    today = local_day(records, moment.at)
    one = next(held for held in records.schedules if held.number == event.number)
    later = tuple(replace(held, after=today) if held is one else held for held in records.schedules)
    return replace(records, schedules=later), (reading(records, one.number, one.kind, moment),)


def reading(records: Records, number: int, kind: str, moment: Moment) -> ReadingScheduled:
    """Read what a scheduled reading holds; nothing is settled by it."""
    at, site = moment.at, moment.site
    registers = registers_at(site, records, at)
    account = project(site, records, at)[0]
    return ReadingScheduled(
        number,
        kind,
        at + records.clock.offset_ms,
        registers.import_mwh // _MWH,
        registers.export_mwh // _MWH,
        tuple(rate // _MWH for rate in registers.tou),
        account.mode.value,
        account.balance_mp,
        account.emergency_mp,
        (account.debts[0].left_mp, account.debts[1].left_mp, account.payment_debt_mp),
    )


def due(site: Site, records: Records, now: int) -> Due | None:
    """Say when the meter next reads itself."""
    rules = site.profile.schedules
    if not records.schedules or rules is None or not records.clock.valid:
        return None
    at, number = min((_next(site, rules, records, one), one.number) for one in records.schedules)
    return Due(max(now, at), ReadDue(number))


def local_day(records: Records, at: int) -> int:
    """Count the local days of the meter's clock since 1970."""
    shown_at = at + records.clock.offset_ms
    return day_number(shown_at + local_time.offset_ms(shown_at))


def _next(site: Site, rules: Schedules, records: Records, one: ReadSchedule) -> int:
    """Give the true instant at which a schedule reads next."""
    first, earliest = one.after + 1, 0
    if one.kind == "billing":
        earliest = _billing_end(records.billing.calendar, first)
        day = -(-earliest // DAY)
    else:
        day = _day_of(one, first)
    drawn = output(stream(site.key, "SCHEDULE", one.number), day) % (rules.spread_s * SECOND + 1)
    return max(local_time.instants_of(day * DAY)[0] + drawn, earliest) - records.clock.offset_ms


def _day_of(one: ReadSchedule, first: int) -> int:
    """Give the first local day from `first` on which a schedule reads."""
    on = day_date(first)
    if one.kind == "weekly":
        return first + (one.day - on.isoweekday()) % 7
    if one.kind == "monthly":
        month = on.year * 12 + on.month - 1 + (on.day > one.day)
        return day_number(instant(month // 12, month % 12 + 1, one.day))
    return first


def _billing_end(calendar: BillingCalendar, first: int) -> int:
    """Give the first end of a billing period whose next midnight is that of a day from `first` on."""
    begin = max((first - 1) * DAY, (calendar.start or 0) - 1)
    return next(iter(billing_moments(calendar, begin, begin + _LONGEST_PERIOD)), begin + _LONGEST_PERIOD)
