"""Faults of WAN, SIM and hub (device dossier 4.1): what each does, and that service is as before once it is cleared."""

import msgspec
import pytest
from device_sites import NOW, SUPPLIER, profile_with
from display_sites import POUND, prepaid, top_up_code
from fault_sites import CHF, ESME, GSME, advance, clear, differs_by_step, hub, put_in, reach, told, when, whole_home
from hub_sites import CODE, IHD_EUI64
from sms_sites import hand_in, sms_home, sms_profile

from emulator.device.commands import AddDevice, RemoveDevice
from emulator.device.configuration import AccessRejected
from emulator.device.display import customer
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.faults.catalogue import FAULTS as CATALOGUE
from emulator.device.faults.catalogue import find as find_fault
from emulator.device.faults.fault import FaultError
from emulator.device.faults.in_force import require
from emulator.device.faults.wan import FAULTS
from emulator.device.firmware_install import FirmwareOffered
from emulator.device.gas import wake
from emulator.device.happenings import (
    AlertSent,
    AttachFailed,
    CreditAdded,
    FaultStopped,
    FirmwareChanged,
    GasMirrorFrozen,
    GasMirrorResumed,
    HubStarted,
    HubStopped,
    PowerLost,
    PowerRestored,
    SmsLost,
    SmsTaken,
    WanAttached,
    WanLost,
    WanSlept,
)
from emulator.device.household import Channel
from emulator.device.hub.alert_queue import LAST_GASP
from emulator.device.hub.gas_mirror import mirrored_at
from emulator.device.hub.wan import Cause, SmsReceived, Unreachable
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.readings import find
from emulator.device.records import Switch
from emulator.device.sms.flight import SmsSubmitted

ASLEEP = Unreachable.ASLEEP


@pytest.mark.parametrize("row", [fault.row for fault in FAULTS])
def test_a_fault_of_the_wan_is_the_same_in_one_step_and_in_many(row):
    assert differs_by_step(row) == []


@pytest.mark.parametrize(("row", "given"), [("W1", {"sms_needed": 2}), ("W9", {"hours_lost_per_mille": 250})])
def test_a_fault_is_the_same_in_steps_with_other_parameters(row, given):
    assert differs_by_step(row, **given) == []


def test_alerts_that_are_never_pushed_are_the_same_in_steps():
    assert differs_by_step("W10", kind="silence") == []


@pytest.mark.parametrize("row", [fault for fault in CATALOGUE if fault.alone], ids=lambda row: row.name)
def test_a_fault_befalls_its_target_only(row):
    of = whole_home()
    others = set(of.devices) - {row.target}
    assert others
    for other in others:
        with pytest.raises(FaultError, match=f"{row.name} befalls the (whole home|{row.target}), not the {other}"):
            require(row, tuple(of.devices), of.esme.site.profile, other)
    require(row, tuple(of.devices), of.esme.site.profile, "")


def test_w1_the_hub_sleeps_until_an_sms_wakes_it():
    of = put_in(whole_home(), "W1", quota_a_day=2)
    assert reach(of) is None
    advance(of, 299 * SECOND)
    assert reach(of) is None
    advance(of, SECOND)
    assert reach(of) is ASLEEP
    assert when(of, WanSlept) == [NOW + 300 * SECOND]
    for place in range(3):
        of.note(CHF, SmsReceived("WAKE"))
        asked = of.now
        assert reach(of) is Unreachable.ATTACHING
        advance(of, 10 * SECOND - 1)
        assert reach(of) is Unreachable.ATTACHING
        advance(of, 131 * SECOND)
        attached = when(of, WanAttached)[place]
        assert 10 * SECOND <= attached - asked <= 140 * SECOND  # to wake 10 to 120 s, to attach 8 to 20 s
        assert reach(of) is None
        advance(of, 300 * SECOND)
        assert reach(of) is ASLEEP
    assert [(sms.today, sms.over_quota) for sms in told(of, SmsTaken)] == [(1, False), (2, False), (3, True)]
    clear(of)
    advance(of, 20 * SECOND)
    assert reach(of) is None
    seq = of.seq
    advance(of, DAY)
    assert reach(of) is None
    assert not told(of, WanSlept, WanLost, since=seq)


def test_w1_only_the_second_sms_wakes_a_hub_that_needs_two():
    of = advance(put_in(whole_home(), "W1", sms_needed=2), HOUR)
    attached = len(told(of, WanAttached))
    of.note(CHF, SmsReceived("WAKE"))
    advance(of, 10 * MINUTE)  # by then one that woke up has been attached and sleeps again
    assert reach(of) is ASLEEP
    assert len(told(of, WanAttached)) == attached
    of.note(CHF, SmsReceived("WAKE"))
    advance(of, 140 * SECOND)
    assert reach(of) is None
    assert find(CHF, "sms_received").read(hub(of)) == 2


def test_w1_a_hub_that_was_cleared_while_it_waked_stays_attached():
    of = advance(put_in(whole_home(), "W1"), HOUR)
    of.note(CHF, SmsReceived("WAKE"))
    clear(of)
    advance(of, DAY)
    assert reach(of) is None
    assert len(told(of, WanSlept)) == 1


SLEEPY = profile_with(wan={"mode": "wake_on_sms"})


def test_w2_an_sms_is_lost_and_a_later_one_wakes_the_hub():
    of = put_in(whole_home(profile=SLEEPY), "W2", loss_per_mille=1_000)
    of.note(CHF, SmsSubmitted("WAKE"))
    advance(of, HOUR)
    assert [lost.reason for lost in told(of, SmsLost)] == ["network"]
    assert reach(of) is ASLEEP
    clear(of)
    of.note(CHF, SmsSubmitted("WAKE"))
    advance(of, 140 * SECOND)
    assert reach(of) is None


def test_w2_an_sms_is_late():
    of = put_in(whole_home(profile=SLEEPY), "W2", loss_per_mille=0, late_s=600, late_spread_s=60)
    of.note(CHF, SmsSubmitted("WAKE"))
    advance(of, 599 * SECOND)
    assert not told(of, SmsTaken)
    advance(of, 61 * SECOND)
    assert len(told(of, SmsTaken)) == 1
    clear(of)
    seq = of.seq
    of.note(CHF, SmsSubmitted("WAKE"))
    advance(of, SECOND)
    assert len(told(of, SmsTaken, since=seq)) == 1


def test_w3_a_weak_network_comes_and_goes():
    of = put_in(whole_home(), "W3", gap_every_s=3_600, gap_s=600)
    assert find(CHF, "registration").read(hub(of)) == "roaming"
    pace = of.esme.site.profile.pace
    assert pace is not None
    assert pace.response_ms == 4_000
    assert msgspec.structs.asdict(of.devices[CHF].site.profile.wan)["attach_failures"] == 300
    seen = []
    for _ in range(24 * 60):
        advance(of, MINUTE)
        seen.append(reach(of))
    gone = seen.count(Unreachable.NO_COVERAGE)
    assert 200 <= gone <= 280  # ten minutes of each hour
    assert seen.count(None) > 900
    assert len([lost for lost in told(of, WanLost) if lost.reason == "no_coverage"]) >= 20
    assert [failed.cause for failed in told(of, AttachFailed)][:1] == [Cause.NETWORK_FAILURE]
    clear(of)
    advance(of, MINUTE)
    assert reach(of) is None
    assert find(CHF, "registration").read(hub(of)) == "home"
    seq = of.seq
    advance(of, DAY)
    assert not told(of, WanLost, since=seq)


def test_w4_an_unknown_apn_fails_loudly_until_it_is_mended():
    of = put_in(whole_home(), "W4", messages=100)
    advance(of, HOUR)
    assert reach(of) is Unreachable.ATTACHING
    failures = told(of, AttachFailed)
    assert len(failures) >= 5
    assert {(one.cause, one.messages, one.retries) for one in failures} == {(Cause.MISSING_OR_UNKNOWN_APN, 100, True)}
    assert "homes share no air" in find_fault("W4").absent
    clear(of)
    advance(of, 30 * SECOND)
    assert reach(of) is None
    seq = of.seq
    advance(of, DAY)
    assert not told(of, AttachFailed, since=seq)


def test_w5_local_codes_work_while_the_operator_is_down_and_alerts_follow():
    of = put_in(whole_home(), "W5", stops_at=NOW + 2 * DAY)
    assert reach(of) is Unreachable.SIM_BARRED
    seq = of.seq
    of.note(ESME, AccessRejected(16, ""))
    assert customer.code(of, ESME, top_up_code(of)).accepted
    assert [added.value_mp for added in told(of, CreditAdded)] == [10 * POUND]
    advance(of, DAY)
    assert not told(of, AlertSent, since=seq)
    advance(of, DAY + MINUTE)
    assert reach(of) is None
    assert [sent.code for sent in told(of, AlertSent, since=seq)] == [0x8F3E]


def test_w5_of_two_outages_that_overlap_the_last_one_to_end_gives_the_service_back():
    of = put_in(whole_home(), "W5", stops_at=NOW + 2 * HOUR)
    put_in(of, "W5", stops_at=NOW + 5 * HOUR)
    advance(of, 4 * HOUR)
    assert reach(of) is Unreachable.SIM_BARRED
    assert [stopped.remains for stopped in told(of, FaultStopped)] == [True]
    advance(of, 2 * HOUR)
    assert reach(of) is None
    assert [stopped.remains for stopped in told(of, FaultStopped)] == [True, False]


def test_w5_a_top_up_by_sms_is_applied_when_the_operator_is_back():
    of = prepaid(sms_home(profile=sms_profile()))
    put_in(of, "W5", stops_at=NOW + 2 * DAY)
    hand_in(of, top_up_code(of))
    advance(of, 2 * DAY - SECOND)
    assert not told(of, CreditAdded)
    advance(of, SECOND)
    of.advance(of.now)
    assert [added.value_mp for added in told(of, CreditAdded)] == [10 * POUND]
    assert when(of, CreditAdded) == [NOW + 2 * DAY]


def test_w6_nothing_can_be_pushed_to_a_hub_without_wan():
    of = put_in(whole_home(), "W6")
    assert reach(of) is Unreachable.NO_COVERAGE
    of.note(CHF, SmsSubmitted("WAKE"))
    of.note(ESME, AccessRejected(16, ""))
    advance(of, 12 * HOUR)
    assert reach(of) is Unreachable.NO_COVERAGE
    assert hub(of).signal_dbm is None
    assert not told(of, SmsTaken, AlertSent)
    clear(of)
    advance(of, 30 * SECOND)
    assert reach(of) is None
    assert len(told(of, SmsTaken)) == len(told(of, AlertSent)) == 1


def test_w7_an_activation_tells_of_an_outage_that_never_was():
    of = advance(whole_home(), HOUR)
    before = of.esme.total_mwh(Channel.IMPORT)
    put_in(of, "W7", hub_off_s=200)
    assert told(of, HubStopped)
    assert reach(of) is Unreachable.NO_POWER
    assert [sent.code for sent in told(of, AlertSent) if sent.code == LAST_GASP] == [LAST_GASP]
    advance(of, 199 * SECOND)
    assert not told(of, HubStarted)
    advance(of, 10 * MINUTE)
    assert len(told(of, HubStarted)) == 1
    assert reach(of) is None
    assert len(told(of, FirmwareChanged)) == 1
    assert [(back.off_ms, back.kind) for back in told(of, PowerRestored)] == [(200 * SECOND, "long")]
    assert [sent.code for sent in told(of, AlertSent)][-1] == 0x8F36
    # The mains never went: nothing is missing from the register, and no outage is kept.
    assert not told(of, PowerLost)
    assert of.esme.records.power.outages == ()
    plain = advance(whole_home(), HOUR)
    plain.advance(of.now)
    assert of.esme.total_mwh(Channel.IMPORT) == plain.esme.total_mwh(Channel.IMPORT) > before
    clear(of)
    seq = of.seq
    of.note(ESME, FirmwareOffered("TEST 9", port="optical"))
    advance(of, HOUR)
    assert not told(of, HubStopped, PowerRestored, since=seq)
    assert reach(of) is None


def test_w7_a_hub_that_is_cut_comes_back_though_the_fault_is_cleared_meanwhile():
    of = put_in(whole_home(), "W7")
    advance(of, MINUTE)
    clear(of)
    assert reach(of) is Unreachable.NO_POWER
    advance(of, HOUR)
    assert reach(of) is None


GASPS = profile_with(wan={"last_gasp": True})


def gasps(of, since=0):
    return [sent.code for sent in told(of, AlertSent, since=since) if sent.code == LAST_GASP]


def test_w8_a_second_cut_within_ten_minutes_leaves_no_last_gasp():
    of = put_in(whole_home(profile=GASPS), "W8")
    assert len(gasps(of)) == 1
    advance(of, 5 * MINUTE)
    assert reach(of) is None
    of.note(ESME, MainsOff())
    assert reach(of) is Unreachable.NO_POWER
    assert len(gasps(of)) == 1
    of.note(ESME, MainsOn(), of.now + MINUTE)
    clear(of)
    advance(of, 11 * MINUTE)
    of.note(ESME, MainsOff())
    assert len(gasps(of)) == 2


def test_w8_a_hub_without_a_charge_of_its_own_has_one_while_the_fault_is_in_force():
    of = put_in(whole_home(profile=profile_with(wan={"last_gasp": False})), "W8")
    assert len(gasps(of)) == 1
    clear(of)
    advance(of, 11 * MINUTE)
    of.note(ESME, MainsOff())
    assert len(gasps(of)) == 1


def test_w9_gas_is_read_in_part_and_electricity_always():
    of = put_in(whole_home(), "W9", hours_lost_per_mille=600)
    ages = []
    for _ in range(96):
        advance(of, 30 * MINUTE)
        ages.append(of.now - mirrored_at(hub(of), of.devices[GSME], of.now))
        assert reach(of) is None
    assert 20 < len(told(of, GasMirrorFrozen)) + len(told(of, GasMirrorResumed)) < 96
    assert max(ages) > 2 * HOUR
    assert sum(age <= 31 * MINUTE for age in ages) > 15
    clear(of)
    seq = of.seq
    for _ in range(48):
        advance(of, 30 * MINUTE)
        gas = of.devices[GSME]
        assert mirrored_at(hub(of), gas, of.now) == wake.last_wake(gas.site, gas.records, of.now)
    assert not told(of, GasMirrorFrozen, since=seq)


def test_w10_a_flood_of_alerts():
    of = put_in(whole_home(), "W10", kind="flood", copies=10)
    seq = of.seq
    of.note(ESME, MainsOff())
    of.note(ESME, MainsOn(), of.now + MINUTE)
    assert of.send(CHF, AddDevice(IHD_EUI64, "ihd", CODE), SUPPLIER).accepted
    advance(of, HOUR)
    sent = told(of, AlertSent, since=seq)
    assert {one.copies for one in sent if one.source == "esme"} == {10}
    assert {"esme", "chf"} <= {one.source for one in sent}
    clear(of)
    seq = of.seq
    of.note(ESME, MainsOff())
    of.note(ESME, MainsOn(), of.now + MINUTE)
    of.note(ESME, AccessRejected(16, ""))
    assert of.send(CHF, RemoveDevice(IHD_EUI64), SUPPLIER).accepted
    advance(of, HOUR)
    assert [(one.code, one.copies) for one in told(of, AlertSent, since=seq)] == [(0x8F3E, 1)]


def test_w10_needed_alerts_are_never_pushed():
    of = put_in(whole_home(), "W10", kind="silence")
    of.note(ESME, AccessRejected(16, ""))
    prepaid(of, balance_mp=0)
    advance(of, HOUR)
    assert of.esme.records.supply.switch is not Switch.ENABLED
    assert not told(of, AlertSent)
    assert 0x8F3E in [entry.code for entry in of.esme.records.logs.security]
    clear(of)
    of.note(ESME, AccessRejected(17, ""))
    assert [one.code for one in told(of, AlertSent)] == [0x8F3E]
