"""SMS on their way: loss, lateness, validity, quota, bounds; what a hub sends waits while it cannot be reached."""

import pytest
from device_sites import NOW
from hub_sites import CHF, home, hub, told, when
from hypothesis import given, settings
from hypothesis import strategies as st
from sms_sites import hand_in, sent

from emulator.device import happenings
from emulator.device.commands import Reason
from emulator.device.hub import wan
from emulator.device.hub.hub import reachable
from emulator.device.hub.hub_records import SimState
from emulator.device.hub.wan import Unreachable
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.sms.flight import MOST_FLYING, MOST_WAITING, SmsComposed

SLEEPER = {"mode": "wake_on_sms", "idle_s": 300}
LATE = {"sms_late_s": 60, "sms_late_spread_s": 600}


def test_an_sms_arrives_at_once_where_nothing_delays_it_and_wakes_the_hub():
    of = home(wan=SLEEPER)
    outcome = hand_in(of)
    assert outcome.accepted
    assert told(of, happenings.SmsHandedIn) == [happenings.SmsHandedIn(1)]
    assert when(of, happenings.SmsTaken) == [NOW]
    assert reachable(hub(of), NOW) is Unreachable.ATTACHING
    of.advance(NOW + 3 * MINUTE)
    assert reachable(hub(of), of.now) is None
    assert hub(of).records.sms.flying == ()


def test_a_late_sms_arrives_within_its_spread_and_each_at_its_own_moment():
    of = home(wan=SLEEPER | LATE)
    for _ in range(20):
        hand_in(of)
    assert len(hub(of).records.sms.flying) == 20
    assert reachable(hub(of), NOW) is Unreachable.ASLEEP
    of.advance(NOW + HOUR)
    arrived = [at - NOW for at in when(of, happenings.SmsTaken)]
    assert len(arrived) == 20
    assert all(60 * SECOND <= after <= 660 * SECOND for after in arrived)
    assert len(set(arrived)) == 20
    assert arrived == sorted(arrived)


def test_lost_sms_are_journalled_and_a_later_one_wakes_the_hub():
    of = home(wan=SLEEPER | {"sms_loss": 500})
    for _ in range(200):
        hand_in(of)
    lost, taken = told(of, happenings.SmsLost), told(of, happenings.SmsTaken)
    assert lost == [happenings.SmsLost("network")] * len(lost)
    assert len(lost) + len(taken) == 200
    assert 70 <= len(lost) <= 130  # 5 sigma of a fair draw are 35
    assert hub(of).records.sms.total == len(taken)
    of.advance(NOW + 3 * MINUTE)
    assert reachable(hub(of), of.now) is None


def test_every_sms_is_lost_at_a_thousand_in_a_thousand_and_the_hub_sleeps_on():
    of = home(wan=SLEEPER | {"sms_loss": 1000})
    hand_in(of)
    of.advance(NOW + DAY)
    assert told(of, happenings.SmsLost) == [happenings.SmsLost("network")]
    assert reachable(hub(of), of.now) is Unreachable.ASLEEP


@pytest.mark.parametrize(
    ("gone", "back"),
    [
        (wan.CoverageLost(), wan.CoverageFound()),
        (wan.SimChanged(SimState.BARRED), wan.SimChanged(SimState.ACTIVE)),
        (wan.HubPowerLost(), wan.HubPowerRestored()),
    ],
)
def test_the_centre_keeps_an_sms_for_a_hub_out_of_reach_and_tries_again_when_it_is_back(gone, back):
    of = home(wan=SLEEPER | {"sms_validity_s": 7_200})
    of.note(CHF, gone, NOW)
    hand_in(of, at=NOW + MINUTE)
    of.advance(NOW + HOUR)
    assert not told(of, happenings.SmsTaken, happenings.SmsLost)
    of.note(CHF, back, NOW + HOUR)
    of.advance(NOW + 2 * HOUR)
    boot = 30 * SECOND if isinstance(back, wan.HubPowerRestored) else 0
    assert when(of, happenings.SmsTaken) == [NOW + HOUR + boot]
    assert not told(of, happenings.SmsLost)


def test_an_sms_that_the_centre_could_not_deliver_expires():
    of = home(wan=SLEEPER | {"sms_validity_s": 7_200})
    of.note(CHF, wan.CoverageLost(), NOW)
    hand_in(of)
    of.advance(NOW + DAY)
    assert told(of, happenings.SmsLost) == [happenings.SmsLost("expired")]
    assert when(of, happenings.SmsLost) == [NOW + 2 * HOUR]
    of.note(CHF, wan.CoverageFound())
    of.advance(NOW + 2 * DAY)
    assert not told(of, happenings.SmsTaken)


def test_the_centre_holds_so_many_for_one_hub_and_refuses_more():
    of = home()
    of.note(CHF, wan.CoverageLost())
    outcomes = [hand_in(of) for _ in range(MOST_FLYING + 3)]
    assert [outcome.accepted for outcome in outcomes] == [True] * MOST_FLYING + [False] * 3
    assert outcomes[-1].reason is Reason.LIMIT_EXCEEDED
    assert hub(of).records.sms.handed_in == MOST_FLYING


@pytest.mark.parametrize("text", ["", "x" * 161, "WAKE\udcff"])
def test_an_sms_has_1_to_160_characters_of_unicode(text):
    # 3GPP TS 23.040: 140 octets, which are 160 characters of the 7 bit alphabet.
    outcome = hand_in(home(), text)
    assert (outcome.accepted, outcome.reason) == (False, Reason.INVALID_VALUE)


@pytest.mark.parametrize(("policy", "taken"), [("flag", 5), ("drop", 3)])
def test_beyond_the_quota_sms_are_flagged_or_refused_until_the_next_day(policy, taken):
    of = home(wan={"sms_quota_a_day": 3, "sms_over_quota": policy})
    outcomes = [hand_in(of) for _ in range(5)]
    assert [outcome.accepted for outcome in outcomes] == [True] * taken + [False] * (5 - taken)
    assert len(told(of, happenings.SmsTaken)) == taken
    assert sum(one.over_quota for one in told(of, happenings.SmsTaken)) == taken - 3
    assert told(of, happenings.SmsLost) == [happenings.SmsLost("over_quota")] * (5 - taken)
    assert hand_in(of, at=NOW + DAY).accepted


def test_sms_of_one_home_are_lost_and_late_as_those_of_no_other():
    lost = {
        seed: tuple(type(what).__name__ for what in told(of, happenings.SmsLost, happenings.SmsTaken))
        for seed in range(4)
        for of in [home(seed=seed, wan={"sms_loss": 500})]
        for _ in [[hand_in(of) for _ in range(30)]]
    }
    assert len(set(lost.values())) == 4


def test_what_the_hub_has_to_send_waits_until_the_network_is_there():
    of = home()
    of.note(CHF, wan.CoverageLost(), NOW)
    of.note(CHF, SmsComposed("one"), NOW)
    of.note(CHF, SmsComposed("two"), NOW + HOUR)
    assert sent(of) == []
    of.note(CHF, wan.CoverageFound(), NOW + DAY)
    assert told(of, happenings.SmsSent) == [happenings.SmsSent(1, "one"), happenings.SmsSent(2, "two")]
    assert when(of, happenings.SmsSent) == [NOW + DAY] * 2


def test_of_too_many_that_wait_to_be_sent_the_oldest_are_given_up():
    of = home()
    of.note(CHF, wan.HubPowerLost(), NOW)
    for number in range(MOST_WAITING + 2):
        of.note(CHF, SmsComposed(str(number)))
    assert len(told(of, happenings.SmsNotSent)) == 2
    of.note(CHF, wan.HubPowerRestored(), NOW + HOUR)
    assert sent(of) == []
    of.advance(NOW + 2 * HOUR)
    assert sent(of) == [str(number) for number in range(2, MOST_WAITING + 2)]
    assert set(when(of, happenings.SmsSent)) == {NOW + HOUR + 30 * SECOND}


def test_no_text_that_came_stands_in_the_journal():
    of = home(wan=SLEEPER | LATE)
    hand_in(of, "SECRET WORD")
    of.advance(NOW + DAY)
    assert "SECRET" not in repr(of.journal)


def test_flying_sms_survive_a_restart():
    of = home(wan=SLEEPER | LATE)
    hand_in(of)
    again = home(NOW + SECOND, wan=SLEEPER | LATE, state=of.state())
    for one in (of, again):
        one.advance(NOW + HOUR)
    assert when(of, happenings.SmsTaken) == when(again, happenings.SmsTaken) != []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["sms", "text", "lost", "found", "off", "on", "send"]),
        st.integers(min_value=0, max_value=2 * HOUR),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(min_value=0, max_value=2**32))
def test_the_size_of_a_step_does_not_matter(steps, seed):
    rules = SLEEPER | LATE | {"sms_loss": 300, "sms_validity_s": 3_600}
    events = {
        "lost": wan.CoverageLost(),
        "found": wan.CoverageFound(),
        "off": wan.HubPowerLost(),
        "on": wan.HubPowerRestored(),
        "send": SmsComposed("told"),
    }
    once, often = home(wan=rules, seed=seed), home(wan=rules, seed=seed)
    for what, wait in steps:
        at = once.now + wait
        for of in (once, often):
            while of is often and of.now + 17 * MINUTE < at:
                of.advance(of.now + 17 * MINUTE)
            if what in {"sms", "text"}:
                hand_in(of, "WAKE" if what == "sms" else "?", at)
            else:
                of.note(CHF, events[what], at)
    end = once.now + DAY
    for of in (once, often):
        of.advance(end)
    assert once.journal == often.journal
    assert once.state() == often.state()
    handed = sum(isinstance(entry.what, happenings.SmsHandedIn) for entry in once.journal)
    ended = sum(isinstance(entry.what, happenings.SmsTaken | happenings.SmsLost) for entry in once.journal)
    assert handed == ended + len(hub(once).records.sms.flying)
