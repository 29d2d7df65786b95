"""SMS on their way: the centre takes one, the network loses or delays it, the hub gets it when it can be reached.

What chance decides is drawn by the number of the SMS. The centre keeps what it cannot deliver and tries again when the
hub is back, as long as an SMS is valid; what the hub has to send waits here too (device dossier 4.1, W1, W2, W5).
"""

from emulator.device.commands import Reason
from emulator.device.happenings import Happening, SmsHandedIn, SmsLost, SmsNotSent, SmsSent, SmsTaken
from emulator.device.household import Site
from emulator.device.hub import wan
from emulator.device.hub.hub_records import Flying, HubRecords
from emulator.device.instant import SECOND, day_number
from emulator.device.sms import text
from emulator.device.splitmix import output, stream
from emulator.device.step import Due, Event, Moment, Refused, Step, replace

MOST_FLYING = 32
MOST_WAITING = 32
"""How many SMS a home's SMS centre holds for it, and how many the hub holds to be sent (both *assumed*)."""


class SmsSubmitted(Event, frozen=True):
    """Somebody handed the SMS centre an SMS for the hub."""

    text: str


class SmsComposed(Event, frozen=True):
    """A device of the home has an SMS to send."""

    text: str


class SmsDue(Event, frozen=True):
    """An SMS arrives, leaves, or is no longer valid."""


class SmsRead(Event, frozen=True):
    """The meter has read the oldest text of the inbox."""


def submit(records: HubRecords, event: SmsSubmitted, moment: Moment) -> Step:
    """Take an SMS in at the centre; it is under way, or lost already."""
    sms, rules = records.sms, moment.site.profile.wan
    if not 1 <= len(event.text) <= text.LONGEST:
        return Refused(Reason.INVALID_VALUE, f"an SMS has 1 to {text.LONGEST} characters")
    if any("\ud800" <= letter <= "\udfff" for letter in event.text):
        return Refused(Reason.INVALID_VALUE, "an SMS has characters of Unicode: a lone surrogate is none")
    if len(sms.flying) >= MOST_FLYING:
        return Refused(Reason.LIMIT_EXCEEDED, f"{MOST_FLYING} SMS are on their way to this hub already")
    if over_quota(moment.site, records, moment.at):
        return Refused(Reason.LIMIT_EXCEEDED, "the day's quota of SMS to this hub is used up", (SmsLost("over_quota"),))
    number = sms.handed_in + 1
    taken = replace(sms, handed_in=number)
    if output(stream(moment.site.key, "SMS", "loss"), number) % 1_000 < rules.sms_loss:
        return replace(records, sms=taken), (SmsHandedIn(number), SmsLost("network"))
    drawn = output(stream(moment.site.key, "SMS", "late"), number) % (rules.sms_late_spread_s * SECOND + 1)
    ready_at = moment.at + rules.sms_late_s * SECOND + drawn
    flies = Flying(number, event.text, ready_at, max(ready_at + SECOND, moment.at + rules.sms_validity_s * SECOND))
    return replace(records, sms=replace(taken, flying=(*sms.flying, flies))), (SmsHandedIn(number),)


def over_quota(site: Site, records: HubRecords, at: int) -> bool:
    """Say whether another SMS would be dropped: the day's quota has come or is on its way."""
    rules, sms = site.profile.wan, records.sms
    today = sms.today if sms.day == day_number(at) else 0
    return (
        rules.sms_over_quota == "drop"
        and bool(rules.sms_quota_a_day)
        and today + len(sms.flying) >= rules.sms_quota_a_day
    )


def receive(records: HubRecords, event: wan.SmsReceived, moment: Moment) -> Step:
    """Receive an SMS; where the meter itself is spoken to by SMS, its text is for the meter."""
    step = wan.receive_sms(records, event, moment)
    if isinstance(step, Refused) or moment.site.profile.protocol != "sms":
        return step
    after, told = step
    if not any(isinstance(what, SmsTaken) for what in told):
        return step
    understood = not isinstance(text.parse(event.text), text.Unreadable)
    told = tuple(replace(what, understood=understood) if isinstance(what, SmsTaken) else what for what in told)
    return replace(after, sms=replace(after.sms, inbox=(*after.sms.inbox, event.text))), told


def read(records: HubRecords, _: SmsRead, __: Moment) -> Step:
    """Forget a text that the meter has read."""
    return replace(records, sms=replace(records.sms, inbox=records.sms.inbox[1:])), ()


def compose(records: HubRecords, event: SmsComposed, _: Moment) -> Step:
    """Let an SMS wait to be sent; what is too much is given up, the oldest first."""
    waiting = (*records.sms.outbox, event.text)
    told = (SmsNotSent(),) * (len(waiting) > MOST_WAITING)
    return replace(records, sms=replace(records.sms, outbox=waiting[-MOST_WAITING:])), told


def act(records: HubRecords, _: SmsDue, moment: Moment) -> Step:
    """Send all that waits, give up what is no longer valid, and let the oldest of what is ready arrive."""
    happened: tuple[Happening, ...] = ()
    if _hears_from(moment.site, records) <= moment.at:
        records, happened = _send(records)
    sms = records.sms
    expired = [one for one in sms.flying if one.expires_at <= moment.at]
    if expired:
        left = tuple(one for one in sms.flying if one.expires_at > moment.at)
        happened = (*happened, *(SmsLost("expired") for _ in expired))
        return replace(records, sms=replace(sms, flying=left)), happened
    ready = [one for one in sms.flying if _ready_at(moment.site, records, one) <= moment.at]
    if not ready:
        return records, happened
    first = min(ready, key=lambda one: (one.ready_at, one.number))
    arrived = replace(records, sms=replace(sms, flying=tuple(one for one in sms.flying if one is not first)))
    step = receive(arrived, wan.SmsReceived(first.text), moment)
    assert not isinstance(step, Refused)
    return step[0], (*happened, *step[1])


def _send(records: HubRecords) -> tuple[HubRecords, tuple[Happening, ...]]:
    sms = records.sms
    if not sms.outbox:
        return records, ()
    told = tuple(SmsSent(sms.sent + place, said) for place, said in enumerate(sms.outbox, 1))
    return replace(records, sms=replace(sms, sent=sms.sent + len(told), outbox=())), told


def due(site: Site, records: HubRecords, now: int) -> Due | None:
    """Say when an SMS next arrives, leaves or expires."""
    sms = records.sms
    if not sms.flying and not sms.outbox:
        return None
    moments = [min(one.expires_at, _ready_at(site, records, one)) for one in sms.flying]
    if sms.outbox:
        moments.append(_hears_from(site, records))
    first = min(moments)
    return None if first == _NEVER else Due(max(now, first), SmsDue())


_NEVER = 1 << 62


def _ready_at(site: Site, records: HubRecords, one: Flying) -> int:
    return max(one.ready_at, _hears_from(site, records))


def _hears_from(site: Site, records: HubRecords) -> int:
    """Give the instant from which the modem is registered for SMS: once it has started, if the network serves it."""
    if wan.unreachable(records) in wan.OUT_OF_REACH:
        return _NEVER
    return records.power.since + site.profile.wan.boot_s * SECOND
