"""What a meter does with a text that came by SMS, and what it answers (docs/sms.md).

A code counts as keyed in at the meter. What a supplier may do needs the password in the text; both are held to the
meter's own rules, and a refusal is answered with its reason.
"""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from emulator.device.commands import (
    AddCredit,
    ChangeAccount,
    ClearReadSchedule,
    Command,
    Reason,
    Sender,
    SetReadSchedule,
)
from emulator.device.future import in_turn
from emulator.device.happenings import FutureHeld, ReadingScheduled, TextAnswered
from emulator.device.household import Site
from emulator.device.records import Records
from emulator.device.schedules import reading
from emulator.device.sms import text
from emulator.device.step import Event, Moment, Refused, Rule, Step

PASSWORD = "sms"  # noqa: S105 (the name that the TEST password is derived from)
SCHEDULED, ASKED = "SCHED_READ", "READ"
CLOCK_INVALID, SUPPLY_OFF, LOW_CREDIT = 0x01, 0x02, 0x04
LENT, IN_USE = 1, 2


class TextReceived(Event, frozen=True):
    """A text came by SMS for the meter; an answer that is a reading bears this number."""

    text: str
    number: int


def answering(rules: Mapping[type, tuple[Rule, ...]]) -> Rule:
    """Make the rule by which a meter does what a text asks, by its own table, and answers."""

    def answer(records: Records, event: TextReceived, moment: Moment) -> Step:
        asked = text.parse(event.text)
        if isinstance(asked, text.Unreadable):
            return records, (TextAnswered(f"ERR {asked.why}"),)
        if isinstance(asked, text.Read):
            taken = reading(records, 0, "asked", moment)
            return records, (TextAnswered(text.format_reading(ASKED, told(moment.site, taken, records, event.number))),)
        sender = Sender.CONSUMER
        if not isinstance(asked, text.Code):
            sender = Sender.SUPPLIER
            if not compare_digest(asked.password.encode(), moment.site.password(PASSWORD)):
                return records, (TextAnswered(f"ERR {Reason.NOT_AUTHENTIC}"),)
        command = _command(asked)
        step = in_turn(rules[type(command)], records, command, Moment(moment.site, moment.at, sender))
        if isinstance(step, Refused):
            after = records if step.records is None else step.records
            return after, (*step.happened, TextAnswered(f"ERR {step.reason}"))
        done, happened = step
        said = "HELD" if any(isinstance(what, FutureHeld) for what in happened) else "OK"
        return done, (*happened, TextAnswered(said))

    return answer


def _command(asked: text.Code | text.Schedule | text.Change) -> Command:
    match asked:
        case text.Code(digits):
            return AddCredit(digits)
        case text.Schedule(number, None):
            return ClearReadSchedule(number)
        case text.Schedule(number, kind, day):
            assert kind is not None
            return SetReadSchedule(number, kind, day)
        case text.Change(of, at, balance_mp, debt_mp):
            return ChangeAccount(of, balance_mp, debt_mp, at)


def told(site: Site, taken: ReadingScheduled, records: Any, message: int) -> text.Reading:
    """Give a reading as its text says it, with how the meter stands."""
    status = CLOCK_INVALID * (not records.clock.valid) | SUPPLY_OFF * (not records.flows)
    status |= LOW_CREDIT * records.latches.low
    account = records.account
    emergency = LENT * account.emergency_on
    if account.emergency_on and account.emergency_mp < records.terms.emergency_limit_mp:
        emergency |= IN_USE
    return text.Reading(
        taken.shown_at,
        status,
        message,
        records.supply_number or site.mpan,
        site.serial,
        taken.mode == "prepayment",
        emergency,
        taken.balance_mp,
        sum(taken.debts_mp),
        taken.rates_wh,
        taken.import_wh,
        taken.export_wh,
    )
