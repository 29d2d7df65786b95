"""Alerts on their way: sent, kept, retried, suppressed, expired, and all accounted for (functional reference 4)."""

import pytest
from device_sites import INSTALLED, NOW
from hub_sites import CHF, ESME, GSME, home, hub, raise_alert, told, when
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.device import configuration, happenings
from emulator.device.commands import DisableSupply
from emulator.device.electricity import power
from emulator.device.gas import battery
from emulator.device.hub import han, wan
from emulator.device.hub.alert_queue import AlertArrived, balanced
from emulator.device.installation import Installation
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND

LOW = AlertArrived("esme", 0x8F32, "supply armed", NOW)
HIGH = AlertArrived("esme", 0x8F3F, "Physical Tamper", NOW, priority=True)


def numbered(number, **how):
    """Give an alert of a code of its own."""
    return AlertArrived("esme", number, "some alert", NOW, **how)


def test_an_alert_goes_out_at_once():
    of = home()
    raise_alert(of)
    (sent,) = told(of, happenings.AlertSent)
    assert (sent.number, sent.source, sent.code, sent.raised_at, sent.attempt) == (1, "esme", 0x8F3E, NOW, 1)
    assert sent.name == "Unauthorised Access"
    assert when(of, happenings.AlertSent) == [NOW]


def test_what_is_no_alert_stays_in_the_home():
    of = home()
    of.send(ESME, DisableSupply(), DisableSupply.senders)
    assert told(of, happenings.SupplyChanged)
    assert hub(of).records.alerts.raised == 0


def test_a_gas_alert_does_not_wait_for_a_wake():
    of = home(gas=True)
    of.note(GSME, configuration.AccessRejected(16, "?"), NOW + MINUTE)
    assert [(sent.source, sent.raised_at) for sent in told(of, happenings.AlertSent)] == [("gsme", NOW + MINUTE)]
    assert when(of, happenings.AlertSent) == [NOW + MINUTE]


def test_an_alert_waits_for_the_wan():
    of = home()
    of.note(CHF, wan.CoverageLost(), NOW)
    raise_alert(of, at=NOW + HOUR)
    of.advance(NOW + DAY)
    assert not told(of, happenings.AlertSent)
    assert len(hub(of).records.alerts.waiting) == 1
    of.note(CHF, wan.CoverageFound(), NOW + DAY)
    of.advance(NOW + 2 * DAY)
    assert when(of, happenings.AlertSent) == when(of, happenings.WanAttached)
    assert told(of, happenings.AlertSent)[0].raised_at == NOW + HOUR


def test_an_alert_waits_for_the_gas_meters_radio():
    of = home(gas=True)
    of.note(CHF, han.HanLinkLost("gsme"), NOW)
    of.note(GSME, battery.BatteryRemoved(), NOW + HOUR)
    of.note(GSME, battery.BatteryReturned(), NOW + 2 * HOUR)
    assert not told(of, happenings.AlertSent)
    assert hub(of).records.alerts.waiting
    of.note(CHF, han.HanLinkFound("gsme"), NOW + DAY)
    assert set(when(of, happenings.AlertSent)) == {NOW + DAY}


def test_an_alert_wakes_a_sleeping_hub():
    of = home(wan={"mode": "wake_on_sms"})
    raise_alert(of, at=NOW)
    assert told(of, happenings.WanWoken) == [happenings.WanWoken("alert")]
    of.advance(NOW + HOUR)
    assert when(of, happenings.AlertSent) == when(of, happenings.WanAttached)
    assert told(of, happenings.WanSlept)


def test_a_duplicate_is_suppressed_for_a_while():
    of = home(forwarding={"duplicate_s": 60})
    for second in (0, 59, 60):
        raise_alert(of, at=NOW + second * SECOND)
    assert when(of, happenings.AlertSent) == [NOW, NOW + 60 * SECOND]
    assert [one.reason for one in told(of, happenings.AlertSuppressed)] == ["duplicate"]


def test_a_latch_of_the_make_is_longer():
    of = home()
    for second in (0, 11, 600):
        of.note(CHF, numbered(1, latch_s=600), NOW + second * SECOND)
    assert when(of, happenings.AlertSent) == [NOW, NOW + 600 * SECOND]


def test_an_attempt_that_fails_is_made_again_and_in_the_end_given_up():
    of = home(forwarding={"failures": 1000, "retries": 3, "retry_s": 60})
    raise_alert(of, at=NOW)
    of.advance(NOW + DAY)
    failed = told(of, happenings.AlertNotSent)
    assert [(one.attempt, one.retry_at - NOW) for one in failed] == [(1, 60_000), (2, 180_000), (3, 420_000)]
    assert [one.reason for one in told(of, happenings.AlertExpired)] == ["too_many_tries"]
    assert hub(of).next_due() is None


def test_an_attempt_may_succeed_later():
    of = home(forwarding={"failures": 700, "retries": 100, "retry_most_s": 60})
    raise_alert(of, at=NOW)
    of.advance(NOW + DAY)
    (sent,) = told(of, happenings.AlertSent)
    assert sent.attempt == len(told(of, happenings.AlertNotSent)) + 1


def test_an_old_alert_expires():
    of = home(forwarding={"expiry_s": 3600})
    of.note(CHF, wan.CoverageLost(), NOW)
    raise_alert(of, at=NOW)
    of.advance(NOW + DAY)
    assert when(of, happenings.AlertExpired) == [NOW + HOUR]
    assert told(of, happenings.AlertExpired)[0].reason == "too_old"


def test_so_many_an_hour_and_the_rest_later():
    of = home(forwarding={"most_an_hour": 2})
    for number in range(5):
        of.note(CHF, numbered(number), NOW + number * SECOND)
    of.advance(NOW + DAY)
    assert [at - NOW for at in when(of, happenings.AlertSent)] == [0, 1_000, HOUR, HOUR + 1_000, 2 * HOUR]


def test_so_many_an_hour_and_no_more():
    of = home(forwarding={"most_an_hour": 2, "beyond": "suppress"})
    for number in range(5):
        of.note(CHF, numbered(number), NOW + number * SECOND)
    of.note(CHF, numbered(9), NOW + HOUR)
    assert [at - NOW for at in when(of, happenings.AlertSent)] == [0, 1_000, HOUR]
    assert [one.reason for one in told(of, happenings.AlertSuppressed)] == ["throttled"] * 3


def test_a_full_queue_loses_the_oldest_of_the_least_weight():
    of = home(forwarding={"capacity": 2})
    of.note(CHF, wan.CoverageLost())
    for number in (1, 2):
        of.note(CHF, numbered(number, priority=number == 1))
    of.note(CHF, numbered(3))
    assert [one.number for one in told(of, happenings.AlertExpired)] == [2]
    of.note(CHF, numbered(4, priority=True))
    assert [one.number for one in told(of, happenings.AlertExpired)] == [2, 3]
    of.note(CHF, numbered(5, priority=True))
    assert [one.number for one in told(of, happenings.AlertExpired)] == [2, 3, 1]


def test_alerts_of_weight_go_first():
    of = home()
    of.note(CHF, wan.CoverageLost())
    of.note(CHF, LOW)
    of.note(CHF, HIGH)
    of.note(CHF, wan.CoverageFound())
    of.advance(NOW + HOUR)
    assert [sent.code for sent in told(of, happenings.AlertSent)] == [HIGH.code, LOW.code]


def test_after_a_power_cut_homes_do_not_send_all_at_once():
    waits = []
    for seed in range(40):
        of = home(seed=seed, forwarding={"storm_spread_s": 600})
        raise_alert(of, "before", NOW)
        of.note(ESME, power.MainsOff(), NOW + MINUTE)
        raise_alert(of, "meanwhile", NOW + 2 * MINUTE)
        of.note(ESME, power.MainsOn(), NOW + HOUR)
        of.advance(NOW + DAY)
        before, after = when(of, happenings.AlertSent)[0], when(of, happenings.AlertSent)[-1]
        assert before == NOW
        waits.append(after - (NOW + HOUR))
    assert all(0 < wait <= 650 * SECOND for wait in waits)
    assert len({wait // MINUTE for wait in waits}) >= 6  # spread over the ten minutes, not heaped


@pytest.mark.parametrize(("fitted", "gasps"), [(True, [NOW, NOW + HOUR]), (False, [])])
def test_a_last_gasp_where_fitted_and_not_for_cuts_close_together(fitted, gasps):
    of = home(wan={"last_gasp": fitted}, forwarding={"storm_spread_s": 0})
    for at in (NOW, NOW + 9 * MINUTE, NOW + HOUR):
        of.note(ESME, power.MainsOff(), at)
        of.note(ESME, power.MainsOn(), at + 2 * MINUTE)
    assert when(of, happenings.AlertSent) == gasps
    assert {sent.name for sent in told(of, happenings.AlertSent)} <= {"last gasp"}


# Whatever happens: every alert is accounted for, and neither the size of a step nor a restart matters.

_ALERTS = st.tuples(st.integers(1, 3), st.booleans(), st.sampled_from(["esme", "gsme", "chf"])).map(
    lambda drawn: (CHF, AlertArrived(drawn[2], drawn[0], "some alert", INSTALLED, drawn[1]))
)
_WORLD = st.sampled_from(
    [
        (ESME, configuration.AccessRejected(16, "?")),
        (GSME, configuration.AccessRejected(16, "?")),
        (CHF, wan.CoverageLost()),
        (CHF, wan.CoverageFound()),
        (CHF, wan.NetworkSelected(roaming=True)),
        (CHF, wan.NetworkSelected(roaming=False)),
        (CHF, wan.ApnChanged(valid=False)),
        (CHF, wan.ApnChanged(valid=True)),
        (CHF, wan.SmsReceived("WAKE")),
        (CHF, wan.HubPowerLost()),
        (CHF, wan.HubPowerRestored()),
        (CHF, han.HanLinkLost("gsme")),
        (CHF, han.HanLinkFound("gsme")),
        (GSME, battery.BatteryRemoved()),
        (GSME, battery.BatteryReturned()),
    ]
)
_GAPS = st.one_of(st.just(0), st.integers(1, 90_000), st.integers(1, 200).map(lambda n: n * MINUTE))
_HISTORY = st.lists(st.tuples(_GAPS, st.one_of(_ALERTS, _WORLD)), max_size=25)
_RULES = st.fixed_dictionaries(
    {
        "capacity": st.integers(1, 4),
        "duplicate_s": st.sampled_from([0, 60]),
        "expiry_s": st.sampled_from([1, 900, 86_400]),
        "failures": st.sampled_from([0, 500]),
        "retries": st.integers(0, 3),
        "most_an_hour": st.integers(0, 3),
        "beyond": st.sampled_from(["delay", "suppress"]),
    }
)
_WAN = st.fixed_dictionaries(
    {"mode": st.sampled_from(["always_on", "wake_on_sms"]), "attach_failures": st.sampled_from([0, 500])}
)


def _happen(of, history, stops=(), restarts=()):
    at, kept = NOW, []
    stops = sorted(stops)
    for place, (gap, (device, event)) in enumerate(history):
        at += gap
        while stops and stops[0] < at:
            of.advance(stops.pop(0))
        of.note(device, event, at)
        if place in restarts:
            kept += of.take_changes().entries
            of = Installation(of.premises, at, of.state())
    of.advance(at + 2 * DAY)
    return of, [*kept, *of.take_changes().entries]


@given(_HISTORY, _RULES, _WAN, st.lists(st.integers(NOW, NOW + 3 * DAY), max_size=8), st.sets(st.integers(0, 24)))
@settings(max_examples=60, deadline=None)
def test_every_alert_is_accounted_for_whatever_the_steps(history, rules, modem, stops, restarts):
    once, entries = _happen(home(gas=True, forwarding=rules, wan=modem), history)
    often, again = _happen(home(gas=True, forwarding=rules, wan=modem), history, stops)
    restarted, kept = _happen(home(gas=True, forwarding=rules, wan=modem), history, restarts=restarts)
    assert entries == again == kept
    assert hub(once).records == hub(often).records == hub(restarted).records
    alerts = hub(once).records.alerts
    assert balanced(alerts)
    seen = [type(entry.what) for entry in entries]
    assert seen.count(happenings.AlertSent) == alerts.sent
    assert seen.count(happenings.AlertSuppressed) == alerts.suppressed
    assert seen.count(happenings.AlertExpired) == alerts.expired
    ended = [
        entry.what.number
        for entry in entries
        if isinstance(entry.what, happenings.AlertSent | happenings.AlertSuppressed | happenings.AlertExpired)
    ]
    assert sorted(ended + [one.number for one in alerts.waiting]) == list(range(1, alerts.raised + 1))
