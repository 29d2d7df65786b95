"""Alerts on their way: stored in the hub and forwarded over the WAN (functional reference 4.1, 4.3, 8.3).

What is an alert at all is `alerts.alert_of`'s matter. Every alert that was raised is sent, suppressed, expired or still
waiting. Nothing ticks: the queue knows when it can next do something.

With a head end named in the push setup an alert is sent once that head end took it: one of a hub is on the wire at a
time, so that their order holds, and the binding answers with AlertTaken or AlertFailed. Without one, forwarding it is
sending it.
"""

from emulator.device.happenings import (
    AlertExpired,
    AlertNotSent,
    AlertSending,
    AlertSent,
    AlertSuppressed,
    Happening,
)
from emulator.device.household import Site
from emulator.device.hub import wan
from emulator.device.hub.han import linked
from emulator.device.hub.hub_records import AlertQueue, HubRecords, Phase, Recent, Told, Waiting
from emulator.device.instant import HOUR, MINUTE, SECOND
from emulator.device.splitmix import output, stream
from emulator.device.step import Due, Event, Moment, Step, replace

OWN = "chf"
LAST_GASP = 0x9040  # ours: no code of GBCS's means it
LAST_GASP_APART_MS = 10 * MINUTE
MOST_RECENT = 64
_TRIES_DRAWN = 1_024

Happenings = tuple[Happening, ...]


class AlertArrived(Event, frozen=True):
    """A device of the home raised an alert at an instant; `latch_s` is for how long it is not sent again."""

    device: str
    code: int
    name: str
    at: int
    priority: bool = False
    copies: int = 1
    latch_s: int = 0


class AlertDue(Event, frozen=True):
    """Some alert can be sent, or is too old."""


class AlertTaken(Event, frozen=True):
    """The alert on the wire reached the head end."""

    number: int


class AlertFailed(Event, frozen=True):
    """The alert on the wire did not reach the head end."""

    number: int
    reason: str


def arrive(records: HubRecords, event: AlertArrived, moment: Moment) -> Step:
    """Take in an alert, unless it is a duplicate; what is too much for the queue expires."""
    rules, alerts = moment.site.profile.forwarding, records.alerts
    number = alerts.raised + 1
    recent = tuple(one for one in alerts.recent if one.until > moment.at)
    raised = replace(alerts, raised=number, recent=recent)
    if any((one.device, one.code) == (event.device, event.code) for one in recent):
        told = AlertSuppressed(number, event.device, event.code, "duplicate")
        return replace(records, alerts=replace(raised, suppressed=raised.suppressed + 1)), (told,)
    until = moment.at + max(rules.duplicate_s, event.latch_s) * SECOND
    remembered = (*recent, Recent(event.device, event.code, until))[-MOST_RECENT:]
    waits = Waiting(
        number,
        event.device,
        event.code,
        event.name,
        event.priority,
        event.at,
        arrived_at=moment.at,
        ready_at=moment.at,
        copies=event.copies,
    )
    queued, happened = _queue(moment.site, replace(raised, recent=remembered), waits)
    return replace(records, alerts=queued), happened


def _queue(site: Site, alerts: AlertQueue, one: Waiting) -> tuple[AlertQueue, Happenings]:
    queued = replace(alerts, waiting=(*alerts.waiting, one))
    if len(queued.waiting) <= site.profile.forwarding.capacity:
        return queued, ()
    idle = (other for other in queued.waiting if not other.sending)
    return _expire(site, queued, min(idle, key=lambda other: (other.priority, other.number)), "queue_full")


def forward(records: HubRecords, _: object, moment: Moment) -> Step:
    """Give up what is too old, and send all that can be sent at this instant; a sleeping hub wakes for it."""
    site, happened = moment.site, _nothing()
    for old in records.alerts.waiting:
        if _expires_at(site, old) <= moment.at and not old.sending:
            alerts, told = _expire(site, records.alerts, old, "too_old")
            records, happened = replace(records, alerts=alerts), (*happened, *told)
    while (one := _next(site, records, moment.at)) is not None:
        if records.link.phase is Phase.ASLEEP:
            records, told = wan.wake(records, moment, "alert")
            return records, (*happened, *told)
        if _free_at(site, records.alerts) > moment.at:  # only where more than so many an hour are suppressed
            alerts = _without(site, records.alerts, one)
            told = (AlertSuppressed(one.number, one.device, one.code, "throttled"),)
            alerts = replace(alerts, suppressed=alerts.suppressed + 1)
        elif _fails(site, one):
            alerts, told = _postpone(site, records.alerts, one, moment.at, "failed")
        else:
            give = _put_on_wire if pushes(site, records) else _sent
            alerts, told = give(site, records.alerts, one, moment.at)
            records = wan.use(records, wan.SessionUsed(), moment)[0]
        records, happened = replace(records, alerts=alerts), (*happened, *told)
    return records, happened


def take(records: HubRecords, event: AlertTaken, moment: Moment) -> Step:
    """Count the alert on the wire as sent."""
    one = in_flight(records.alerts)
    if one is None or one.number != event.number:
        return records, ()
    alerts, told = _sent(moment.site, records.alerts, one, moment.at)
    return wan.use(replace(records, alerts=alerts), wan.SessionUsed(), moment)[0], told


def fail(records: HubRecords, event: AlertFailed, moment: Moment) -> Step:
    """Try the alert on the wire again later, by the rules of its family."""
    one = in_flight(records.alerts)
    if one is None or one.number != event.number:
        return records, ()
    alerts, told = _postpone(moment.site, records.alerts, one, moment.at, event.reason)
    return replace(records, alerts=alerts), told


def pushes(site: Site, records: HubRecords) -> bool:
    """Say whether alerts go to a head end over the wire, or stay to be polled."""
    return bool(records.push.destination) and site.profile.push.service != "none"


def in_flight(alerts: AlertQueue) -> Waiting | None:
    """Give the alert that is on the wire now."""
    return next((one for one in alerts.waiting if one.sending), None)


def kept_from(records: HubRecords, one: Waiting) -> str:
    """Say what keeps an alert from leaving the hub now; "" is nothing. A last gasp leaves as the power goes."""
    reason = wan.unreachable(records)
    return "" if reason is None or one.code == LAST_GASP else reason.value


def alert_log(site: Site, records: HubRecords) -> tuple[Told, ...]:
    """Give the newest alerts as a head end may poll them, oldest first: those that left, and those that wait here."""
    here = (_told(one) for one in records.alerts.waiting if _in_reach(records, one))
    return tuple(sorted((*records.alerts.log, *here), key=lambda one: one.number)[-site.profile.push.log_entries :])


def hold_after_cut(records: HubRecords, _: object, moment: Moment) -> Step:
    """After a cut, wait for a time of this home's own: all homes of an area come back at one instant."""
    if records.power.since != moment.at:
        return records, ()
    spread_ms = moment.site.profile.forwarding.storm_spread_s * SECOND
    wait_ms = stream(moment.site.key, "STORM") % (spread_ms + 1)
    return replace(records, alerts=replace(records.alerts, not_before=moment.at + wait_ms)), ()


def gasp(records: HubRecords, _: object, moment: Moment) -> Step:
    """Tell of the cut with the last charge, where fitted; cuts within ten minutes leave none (dossier 4.1, W8)."""
    recent = records.cut_at is not None and moment.at - records.cut_at < LAST_GASP_APART_MS
    if not moment.site.profile.wan.last_gasp or recent or records.link.phase is not Phase.ATTACHED:
        return records, ()
    site, alerts = moment.site, replace(records.alerts, raised=records.alerts.raised + 1)
    one = Waiting(alerts.raised, OWN, LAST_GASP, "last gasp", True, moment.at, moment.at, moment.at)
    if in_flight(alerts) is not None:
        alerts, told = _queue(site, alerts, one)
    else:
        give = _put_on_wire if pushes(site, records) else _sent
        alerts, told = give(site, replace(alerts, waiting=(*alerts.waiting, one)), one, moment.at)
    return replace(records, alerts=alerts), told


def due(site: Site, records: HubRecords, now: int) -> Due | None:
    """Say when some alert can next be sent or is too old."""
    idle = [one for one in records.alerts.waiting if not one.sending]
    if not idle:
        return None
    moments = [_expires_at(site, one) for one in idle]
    free = len(idle) == len(records.alerts.waiting) and not records.enrolment.silent
    if records.link.phase in {Phase.ATTACHED, Phase.ASLEEP} and free:
        moments += [_ready_at(site, records, one) for one in idle if _in_reach(records, one)]
    return Due(max(now, min(moments)), AlertDue())


def balanced(alerts: AlertQueue) -> bool:
    """Say whether every alert that was raised is accounted for."""
    return alerts.raised == alerts.sent + alerts.suppressed + alerts.expired + len(alerts.waiting)


def _next(site: Site, records: HubRecords, at: int) -> Waiting | None:
    """Find the alert to send now: mandated and pushed ones first, then the oldest."""
    if records.link.phase not in {Phase.ATTACHED, Phase.ASLEEP} or not records.power.on:
        return None
    if in_flight(records.alerts) is not None or records.enrolment.silent:
        return None
    ready = [one for one in records.alerts.waiting if _in_reach(records, one) and _ready_at(site, records, one) <= at]
    return min(ready, key=lambda one: (not one.priority, one.number), default=None)


def _in_reach(records: HubRecords, one: Waiting) -> bool:
    return one.device == OWN or linked(records, one.device)


def _ready_at(site: Site, records: HubRecords, one: Waiting) -> int:
    earliest = max(one.ready_at, records.alerts.not_before)
    if site.profile.forwarding.beyond == "delay":
        return max(earliest, _free_at(site, records.alerts))
    return earliest


def _free_at(site: Site, alerts: AlertQueue) -> int:
    """Give the instant from which the hour's allowance has room."""
    most = site.profile.forwarding.most_an_hour
    return alerts.sent_at[-most] + HOUR if 0 < most <= len(alerts.sent_at) else 0


def _expires_at(site: Site, one: Waiting) -> int:
    return one.arrived_at + site.profile.forwarding.expiry_s * SECOND


def _fails(site: Site, one: Waiting) -> bool:
    failures = site.profile.forwarding.failures
    drawn = output(stream(site.key, "ALERT ATTEMPT"), one.number * _TRIES_DRAWN + one.tries)
    return failures > 0 and drawn % 1_000 < failures


def _postpone(site: Site, alerts: AlertQueue, one: Waiting, at: int, reason: str) -> tuple[AlertQueue, Happenings]:
    rules = site.profile.forwarding
    if one.tries >= rules.retries:
        return _expire(site, alerts, one, "too_many_tries")
    retry_at = at + wan.back_off_ms(rules.retry_s, rules.retry_most_s, one.tries)
    later = replace(one, tries=one.tries + 1, ready_at=retry_at, sending=False)
    return _changed(alerts, one, later), (AlertNotSent(one.number, one.tries + 1, retry_at, reason),)


def _put_on_wire(_: Site, alerts: AlertQueue, one: Waiting, __: int) -> tuple[AlertQueue, Happenings]:
    told = AlertSending(one.number, one.device, one.code, one.name, one.raised_at, one.tries + 1, one.copies)
    return _changed(alerts, one, replace(one, sending=True)), (told,)


def _sent(site: Site, alerts: AlertQueue, one: Waiting, at: int) -> tuple[AlertQueue, Happenings]:
    remember = site.profile.forwarding.most_an_hour
    sent_at = (*alerts.sent_at, at)[-remember:] if remember else ()
    told = AlertSent(one.number, one.device, one.code, one.name, one.raised_at, one.tries + 1, one.copies)
    return replace(_without(site, alerts, one), sent=alerts.sent + 1, sent_at=sent_at), (told,)


def _expire(site: Site, alerts: AlertQueue, one: Waiting, reason: str) -> tuple[AlertQueue, Happenings]:
    told = AlertExpired(one.number, one.device, one.code, reason)
    return replace(_without(site, alerts, one), expired=alerts.expired + 1), (told,)


def _changed(alerts: AlertQueue, one: Waiting, into: Waiting) -> AlertQueue:
    return replace(alerts, waiting=tuple(into if other is one else other for other in alerts.waiting))


def _without(site: Site, alerts: AlertQueue, one: Waiting) -> AlertQueue:
    log = (*alerts.log, _told(one))[-site.profile.push.log_entries :]
    return replace(alerts, waiting=tuple(other for other in alerts.waiting if other is not one), log=log)


def _told(one: Waiting) -> Told:
    return Told(one.number, one.device, one.code, one.name, one.raised_at)


def _nothing() -> Happenings:
    return ()
