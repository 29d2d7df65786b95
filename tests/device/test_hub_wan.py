"""The hub's way to the WAN: attach, coverage, SIM, roaming, sessions, SMS wake-up."""

from itertools import pairwise

import pytest
from device_sites import NOW
from hub_sites import CHF, ESME, home, hub, told, when

from emulator.device import happenings
from emulator.device.electricity import power
from emulator.device.hub import wan
from emulator.device.hub.hub import reachable
from emulator.device.hub.hub_records import SimState
from emulator.device.hub.wan import Cause, Unreachable
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND

SLEEPER = {"mode": "wake_on_sms", "idle_s": 300}
SMS = wan.SmsReceived("WAKE")


@pytest.mark.parametrize(("mode", "reason"), [("always_on", None), ("wake_on_sms", Unreachable.ASLEEP)])
def test_an_untouched_hub_has_nothing_to_do(mode, reason):
    of = home(wan={"mode": mode})
    assert reachable(hub(of), NOW) is reason
    assert hub(of).next_due() is None
    assert not of.journal
    assert not of.changed


def test_no_answer_is_given_for_an_instant_the_hub_has_yet_to_move_to():
    of = home()
    of.note(CHF, wan.CoverageLost())
    of.note(CHF, wan.CoverageFound())
    with pytest.raises(ValueError, match="not at"):
        reachable(hub(of), NOW + HOUR)
    of.advance(NOW + HOUR)
    assert reachable(hub(of), NOW + HOUR) is None


def test_coverage_comes_back_and_the_attach_procedure_takes_its_time():
    of = home()
    of.note(CHF, wan.CoverageLost(), NOW)
    assert reachable(hub(of), NOW) is Unreachable.NO_COVERAGE
    assert hub(of).signal_dbm is None
    assert hub(of).next_due() is None
    of.note(CHF, wan.CoverageFound(), NOW + DAY)
    assert reachable(hub(of), NOW + DAY) is Unreachable.ATTACHING
    of.advance(NOW + 2 * DAY)
    (attached_at,) = when(of, happenings.WanAttached)
    assert 8 * SECOND <= attached_at - (NOW + DAY) <= 20 * SECOND
    assert reachable(hub(of), NOW + 2 * DAY) is None
    assert told(of, happenings.WanLost, happenings.NetworkChanged) == [
        happenings.WanLost("no_coverage"),
        happenings.NetworkChanged("no_coverage"),
        happenings.NetworkChanged("coverage"),
    ]


@pytest.mark.parametrize(
    ("change", "cause", "reason"),
    [
        (wan.SimChanged(SimState.BARRED), Cause.ILLEGAL_MS, Unreachable.SIM_BARRED),
        (wan.SimChanged(SimState.INACTIVE), Cause.IMSI_UNKNOWN_IN_HLR, Unreachable.SIM_INACTIVE),
        (wan.ApnChanged(valid=False), Cause.MISSING_OR_UNKNOWN_APN, Unreachable.REFUSED),
    ],
)
def test_a_lasting_refusal_is_told_once_and_ends_the_tries(change, cause, reason):
    # Cause values: 3GPP TS 24.008, tables 10.5.147 (GMM) and 10.5.157 (SM): 2, 3 and 27.
    assert cause in {2, 3, 27}
    of = home()
    of.note(CHF, change)
    of.advance(NOW + 30 * DAY)
    assert [(fail.cause, fail.retries) for fail in told(of, happenings.AttachFailed)] == [(cause, False)]
    assert reachable(hub(of), of.now) is reason
    assert hub(of).next_due() is None


def test_an_activated_sim_attaches():
    of = home()
    of.note(CHF, wan.SimChanged(SimState.INACTIVE))
    of.note(CHF, wan.SimChanged(SimState.ACTIVE), NOW + HOUR)
    of.advance(NOW + 2 * HOUR)
    assert reachable(hub(of), of.now) is None


def test_a_passing_failure_is_tried_again_ever_later():
    of = home(wan={"attach_failures": 1000, "attach_spread_s": 0})
    of.note(CHF, wan.NetworkSelected(roaming=True))
    starts = []
    for _ in range(12):
        of.advance(of.next_due())
        starts.append((of.now, hub(of).records.link.phase.value))
    waits = [later - before for (before, phase), (later, _) in pairwise(starts) if phase == "retrying"]
    assert waits == [30 * SECOND, 60 * SECOND, 120 * SECOND, 240 * SECOND, 480 * SECOND, 960 * SECOND]
    assert [fail.cause for fail in told(of, happenings.AttachFailed)] == [Cause.NETWORK_FAILURE]


def test_roaming_is_weaker_and_may_be_forbidden():
    of = home()
    at_home = hub(of).signal_dbm
    of.note(CHF, wan.NetworkSelected(roaming=True))
    assert hub(of).signal_dbm == at_home - 8
    of.advance(NOW + HOUR)
    assert told(of, happenings.WanAttached) == [happenings.WanAttached(roaming=True, attempts=1)]
    strict = home(wan={"roaming_allowed": False})
    strict.note(CHF, wan.NetworkSelected(roaming=True))
    strict.advance(NOW + HOUR)
    assert reachable(hub(strict), strict.now) is Unreachable.REFUSED
    strict.note(CHF, wan.NetworkSelected(roaming=False))
    strict.advance(NOW + 2 * HOUR)
    assert reachable(hub(strict), strict.now) is None


def test_signal_is_a_function_of_the_instant():
    of = home()
    levels = [wan.signal_dbm(of.premises.electricity, hub(of).records, NOW + n * MINUTE) for n in range(3 * 1440)]
    again = [wan.signal_dbm(of.premises.electricity, hub(of).records, NOW + n * MINUTE) for n in range(3 * 1440)]
    assert levels == again
    assert all(-113 <= level <= -59 for level in levels)
    assert 5 < max(levels) - min(levels) <= 18


@pytest.mark.parametrize(
    ("dbm", "quality"), [(None, 99), (-113, 0), (-111, 1), (-109, 2), (-53, 30), (-51, 31), (-40, 31)]
)
def test_signal_quality_is_that_of_3gpp_27_007(dbm, quality):
    # 3GPP TS 27.007, 8.5: 0 is -113 dBm or less, 1 is -111, 2..30 are -109..-53, 31 is -51 or more, 99 is unknown.
    assert wan.signal_quality(dbm) == quality


def test_a_sleeping_hub_wakes_for_an_sms_and_sleeps_again_when_nobody_uses_it():
    of = home(wan=SLEEPER)
    assert reachable(hub(of), NOW) is Unreachable.ASLEEP
    of.note(CHF, SMS, NOW)
    assert reachable(hub(of), NOW) is Unreachable.ATTACHING
    of.advance(NOW + HOUR)
    attached = when(of, happenings.WanAttached)
    slept = when(of, happenings.WanSlept)
    assert 18 * SECOND <= attached[0] - NOW <= 140 * SECOND  # 10 to 120 s to wake (W1), 8 to 20 s to attach
    assert slept == [attached[0] + 300 * SECOND]


def test_use_keeps_the_session_open():
    of = home(wan=SLEEPER)
    of.note(CHF, SMS, NOW)
    of.advance(NOW + 200 * SECOND)
    (attached,) = when(of, happenings.WanAttached)
    site = of.premises.electricity
    assert not wan.use_is_news(site, hub(of).records, attached + 30 * SECOND)
    assert wan.use_is_news(site, hub(of).records, attached + 200 * SECOND)
    due = wan.use_due(site, hub(of).records, attached)
    assert due == attached + 300 * SECOND // 8
    assert not wan.use_is_news(site, hub(of).records, due - 1)
    assert wan.use_is_news(site, hub(of).records, due)
    of.note(CHF, wan.SessionUsed(), attached + 200 * SECOND)
    of.advance(attached + HOUR)
    assert when(of, happenings.WanSlept) == [attached + 500 * SECOND]


def test_the_wrong_words_wake_nobody_and_are_not_told():
    of = home(wan=SLEEPER)
    of.note(CHF, wan.SmsReceived("password 1234"))
    assert reachable(hub(of), NOW) is Unreachable.ASLEEP
    (taken,) = told(of, happenings.SmsTaken)
    assert (taken.understood, taken.today) == (False, 1)


@pytest.mark.parametrize(("over", "woken"), [("flag", True), ("drop", False)])
def test_sms_beyond_the_quota_of_a_day(over, woken):
    of = home(wan={**SLEEPER, "sms_quota_a_day": 2, "sms_over_quota": over})
    for hour in range(3):
        of.note(CHF, SMS, NOW + hour * HOUR)
    assert (reachable(hub(of), of.now) is Unreachable.ATTACHING) is woken
    flags = [taken.over_quota for taken in told(of, happenings.SmsTaken)]
    assert flags == [False, False, True][: 2 + woken]
    assert told(of, happenings.SmsLost) == [happenings.SmsLost("over_quota")] * (not woken)
    of.note(CHF, SMS, NOW + DAY)
    assert told(of, happenings.SmsTaken)[-1].today == 1


def test_an_sms_without_coverage_is_lost():
    of = home(wan=SLEEPER)
    of.note(CHF, wan.CoverageLost())
    of.note(CHF, SMS)
    assert told(of, happenings.SmsLost) == [happenings.SmsLost("no_coverage")]
    assert hub(of).records.sms.total == 0


def test_the_hub_loses_its_power_with_the_meter_and_starts_with_it():
    of = home()
    of.note(ESME, power.MainsOff(), NOW)
    assert reachable(hub(of), NOW) is Unreachable.NO_POWER
    assert hub(of).next_due() is None
    of.note(ESME, power.MainsOn(), NOW + HOUR)
    of.advance(NOW + 2 * HOUR)
    (attached_at,) = when(of, happenings.WanAttached)
    assert 38 * SECOND <= attached_at - (NOW + HOUR) <= 50 * SECOND  # 30 s to start, 8 to 20 s to attach
    assert when(of, happenings.HubStopped) == [NOW]
    assert when(of, happenings.HubStarted) == [NOW + HOUR]
