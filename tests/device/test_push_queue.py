"""Alerts with a head end to go to: one on the wire at a time, in order, answered, retried, and always accounted for."""

import msgspec
import pytest
from device_sites import NOW
from hub_sites import CHF, ESME, home, hub, raise_alert, send, told, when
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import happenings
from emulator.device.commands import Reason, SetPushDestination
from emulator.device.electricity import power
from emulator.device.hub import alert_queue, wan
from emulator.device.hub.alert_queue import AlertArrived, AlertFailed, AlertTaken, balanced
from emulator.device.hub.hub_records import HubRecords
from emulator.device.installation import Installation
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND

HEAD_END = "127.0.0.1:4060"
ENDED = happenings.AlertSent | happenings.AlertSuppressed | happenings.AlertExpired


def pushing(**blocks):
    """Give a home whose hub sends alerts to a head end."""
    of = home(**blocks)
    assert send(of, CHF, SetPushDestination(HEAD_END)).accepted
    return of


def alert(number, **how):
    return AlertArrived("esme", number, "some alert", NOW, **how)


def on_wire(of):
    return alert_queue.in_flight(hub(of).records.alerts)


def numbers(of, kind):
    return [one.number for one in told(of, kind)]


def test_an_alert_on_the_wire_is_not_sent_until_the_head_end_took_it():
    of = pushing()
    raise_alert(of, at=NOW)
    (going,) = told(of, happenings.AlertSending)
    assert (going.number, going.source, going.code, going.raised_at, going.attempt) == (1, "esme", 0x8F3E, NOW, 1)
    assert not told(of, happenings.AlertSent)
    assert hub(of).records.alerts.sent == 0
    assert balanced(hub(of).records.alerts)
    of.note(CHF, AlertTaken(1), NOW + 3 * SECOND)
    assert numbers(of, happenings.AlertSent) == [1]
    assert when(of, happenings.AlertSent) == [NOW + 3 * SECOND]
    assert hub(of).next_due() is None


def test_one_is_on_the_wire_at_a_time_and_weight_goes_before_age():
    of = pushing()
    for number, weight in ((1, False), (2, False), (3, True)):
        of.note(CHF, alert(number, priority=weight))
    assert numbers(of, happenings.AlertSending) == [1]
    for number in (1, 3, 2):
        assert on_wire(of).number == number
        of.note(CHF, AlertTaken(number))
    assert numbers(of, happenings.AlertSent) == [1, 3, 2]


def test_what_the_head_end_did_not_take_is_tried_again_by_the_rules_of_the_family():
    of = pushing(forwarding={"retries": 2, "retry_s": 60})
    raise_alert(of, at=NOW)
    waits = []
    for wait_s in (60, 120, 0):
        at = when(of, happenings.AlertSending)[-1]
        waits.append(at - NOW)
        of.note(CHF, AlertFailed(1, "connection refused"), at + SECOND)
        of.advance(at + (1 + wait_s) * SECOND)
    assert waits == [0, 61_000, 182_000]
    assert [one.reason for one in told(of, happenings.AlertNotSent)] == ["connection refused"] * 2
    assert [one.reason for one in told(of, happenings.AlertExpired)] == ["too_many_tries"]
    assert balanced(hub(of).records.alerts)


def test_while_one_waits_for_its_next_try_the_others_go():
    of = pushing(forwarding={"retry_s": 60})
    of.note(CHF, alert(1, priority=True), NOW)
    of.note(CHF, alert(2), NOW)
    of.note(CHF, AlertFailed(1, "timed out"), NOW + 10 * SECOND)
    assert on_wire(of).number == 2
    of.note(CHF, AlertTaken(2), NOW + 11 * SECOND)
    of.advance(NOW + HOUR)
    assert on_wire(of).number == 1
    assert told(of, happenings.AlertSending)[-1].attempt == 2


def test_an_answer_that_nobody_waits_for_changes_nothing():
    of = pushing()
    of.note(CHF, AlertTaken(1))
    raise_alert(of)
    before = hub(of).records
    of.note(CHF, AlertTaken(9))
    of.note(CHF, AlertFailed(9, "late"))
    assert hub(of).records == before


def test_what_is_on_the_wire_neither_grows_too_old_nor_is_pushed_out():
    of = pushing(forwarding={"capacity": 1, "expiry_s": 60})
    raise_alert(of, at=NOW)
    of.note(CHF, alert(2, priority=True), NOW + SECOND)
    of.advance(NOW + DAY)
    assert numbers(of, happenings.AlertExpired) == [2]
    of.note(CHF, AlertFailed(1, "timed out"), NOW + DAY)
    assert numbers(of, happenings.AlertExpired) == [2, 1]
    assert balanced(hub(of).records.alerts)


def test_it_is_on_the_wire_still_after_a_restart():
    of = pushing()
    raise_alert(of, at=NOW)
    again = Installation(of.premises, NOW + HOUR, of.state())
    assert on_wire(again).number == 1
    again.note(CHF, AlertTaken(1))
    assert numbers(again, happenings.AlertSent) == [1]


def test_the_hours_allowance_counts_what_was_taken():
    of = pushing(forwarding={"most_an_hour": 1})
    for number in (1, 2):
        of.note(CHF, alert(number), NOW)
    of.note(CHF, AlertTaken(1), NOW + MINUTE)
    of.advance(NOW + DAY)
    assert [at - NOW for at in when(of, happenings.AlertSending)] == [0, HOUR + MINUTE]


def test_a_sleeping_hub_wakes_and_stays_awake_while_something_is_on_the_wire():
    of = pushing(wan={"mode": "wake_on_sms", "idle_s": 60})
    raise_alert(of, at=NOW)
    of.advance(NOW + HOUR)
    assert on_wire(of) is not None
    assert not told(of, happenings.WanSlept)
    assert alert_queue.kept_from(hub(of).records, on_wire(of)) == ""
    of.note(CHF, AlertTaken(1))
    of.advance(NOW + 2 * HOUR)
    assert told(of, happenings.WanSlept)


def test_a_last_gasp_is_on_the_wire_as_the_power_goes():
    of = pushing(wan={"last_gasp": True})
    of.note(ESME, power.MainsOff(), NOW)
    (going,) = told(of, happenings.AlertSending)
    assert (going.name, when(of, happenings.AlertSending)) == ("last gasp", [NOW])
    assert alert_queue.kept_from(hub(of).records, on_wire(of)) == ""
    of.note(CHF, AlertTaken(going.number), NOW + SECOND)
    assert [one.name for one in told(of, happenings.AlertSent)] == ["last gasp"]


def test_a_last_gasp_behind_another_alert_waits_for_the_power():
    of = pushing(wan={"last_gasp": True})
    raise_alert(of, at=NOW)
    of.note(ESME, power.MainsOff(), NOW)
    of.note(CHF, AlertFailed(1, "no_power"), NOW + SECOND)
    of.note(ESME, power.MainsOn(), NOW + HOUR)
    of.note(CHF, AlertTaken(1), NOW + 2 * HOUR)
    assert [one.name for one in told(of, happenings.AlertSending)][-2:] == ["Unauthorised Access", "last gasp"]
    assert balanced(hub(of).records.alerts)


def test_out_of_reach_is_told():
    of = pushing()
    raise_alert(of, at=NOW)
    of.note(CHF, wan.CoverageLost())
    assert alert_queue.kept_from(hub(of).records, on_wire(of)) == "no_coverage"


def test_a_family_that_pushes_nothing_keeps_its_alerts_to_be_polled():
    of = pushing(push={"service": "none"})
    raise_alert(of, at=NOW)
    assert not told(of, happenings.AlertSending)
    assert [one.code for one in alert_queue.alert_log(hub(of).site, hub(of).records)] == [0x8F3E]


def test_the_alert_log_holds_the_last_ones_whether_they_left_or_wait():
    of = home(push={"log_entries": 3})
    for number in (1, 2):
        of.note(CHF, alert(number), NOW)
    of.note(CHF, wan.CoverageLost(), NOW)
    for number in (3, 4):
        of.note(CHF, alert(number), NOW + SECOND)
    shown = alert_queue.alert_log(hub(of).site, hub(of).records)
    assert [(one.number, one.code) for one in shown] == [(2, 2), (3, 3), (4, 4)]
    of.note(CHF, wan.CoverageFound(), NOW + SECOND)
    of.advance(NOW + HOUR)
    assert alert_queue.alert_log(hub(of).site, hub(of).records) == shown == hub(of).records.alerts.log


@pytest.mark.parametrize("wrong", ["x", ":1", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "a b:1", "h:-1", "h:+1"])
def test_a_destination_that_is_none_is_refused(wrong):
    of = home()
    outcome = send(of, CHF, SetPushDestination(wrong))
    assert (outcome.accepted, outcome.reason) == (False, Reason.INVALID_VALUE)
    assert hub(of).records.push.destination == ""


def test_the_destination_is_told_once_and_taken_away():
    of = pushing()
    send(of, CHF, SetPushDestination(HEAD_END))
    send(of, CHF, SetPushDestination("head-end.example:4060"))
    send(of, CHF, SetPushDestination(""))
    found = [one.destination for one in told(of, happenings.PushDestinationSet)]
    assert found == [HEAD_END, "head-end.example:4060", ""]
    raise_alert(of, at=NOW)
    assert numbers(of, happenings.AlertSent) == [1]


def test_state_from_before_there_was_a_push_setup_is_read():
    of = home()
    of.note(CHF, wan.CoverageLost(), NOW)
    raise_alert(of, at=NOW)
    plain = msgspec.msgpack.decode(msgspec.msgpack.encode(hub(of).records))
    del plain["push"], plain["alerts"]["log"]
    plain["alerts"]["waiting"] = [row[:-1] for row in plain["alerts"]["waiting"]]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(plain), type=HubRecords) == hub(of).records


# Whatever happens and whatever the head end answers: accounted for, in steps of any size, and after a restart.

_WORLD = st.sampled_from(
    [
        wan.CoverageLost(),
        wan.CoverageFound(),
        wan.HubPowerLost(),
        wan.HubPowerRestored(),
        SetPushDestination(""),
        SetPushDestination(HEAD_END),
    ]
)
_ALERTS = st.tuples(st.integers(1, 3), st.booleans()).map(lambda drawn: alert(drawn[0], priority=drawn[1]))
_GAPS = st.one_of(st.just(0), st.integers(1, 90_000), st.integers(1, 200).map(lambda n: n * MINUTE))
_HISTORY = st.lists(st.tuples(_GAPS, st.one_of(_ALERTS, _WORLD, st.booleans())), max_size=20)
_RULES = st.fixed_dictionaries(
    {
        "capacity": st.integers(1, 4),
        "duplicate_s": st.sampled_from([0, 60]),
        "expiry_s": st.sampled_from([900, 86_400]),
        "failures": st.sampled_from([0, 500]),
        "retries": st.integers(0, 3),
        "most_an_hour": st.integers(0, 3),
        "beyond": st.sampled_from(["delay", "suppress"]),
    }
)
_WAN = st.fixed_dictionaries({"mode": st.sampled_from(["always_on", "wake_on_sms"]), "last_gasp": st.booleans()})


def _happen(of, history, stops=(), restarts=()):
    """Let it all happen; True and False are the head end's answers to what is on the wire then, if anything is."""
    at, kept, stops = NOW, [], sorted(stops)
    for place, (gap, what) in enumerate(history):
        at += gap
        while stops and stops[0] < at:
            of.advance(stops.pop(0))
        of.advance(at)
        if isinstance(what, SetPushDestination):
            send(of, CHF, what)
        elif not isinstance(what, bool):
            of.note(CHF, what)
        elif (one := on_wire(of)) is not None:
            of.note(CHF, AlertTaken(one.number) if what else AlertFailed(one.number, "refused"))
        if place in restarts:
            kept += of.take_changes().entries
            of = Installation(of.premises, at, of.state())
    of.advance(at + 2 * DAY)
    return of, [*kept, *of.take_changes().entries]


@given(_HISTORY, _RULES, _WAN, st.lists(st.integers(NOW, NOW + 3 * DAY), max_size=6), st.sets(st.integers(0, 19)))
@settings(max_examples=50, deadline=None)
def test_every_alert_is_accounted_for_whatever_the_head_end_answers(history, rules, modem, stops, restarts):
    once, entries = _happen(pushing(forwarding=rules, wan=modem), history)
    often, again = _happen(pushing(forwarding=rules, wan=modem), history, stops)
    restarted, kept = _happen(pushing(forwarding=rules, wan=modem), history, restarts=restarts)
    assert entries == again == kept
    assert hub(once).records == hub(often).records == hub(restarted).records
    alerts = hub(once).records.alerts
    assert balanced(alerts)
    ended = [entry.what.number for entry in entries if isinstance(entry.what, ENDED)]
    assert sorted(ended + [one.number for one in alerts.waiting]) == list(range(1, alerts.raised + 1))
    assert sum(one.sending for one in alerts.waiting) <= 1
