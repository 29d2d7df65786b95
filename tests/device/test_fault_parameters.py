"""Parameters of faults: another value than the default does what its meaning says (device dossier 4.1 to 4.4)."""

from itertools import pairwise

import pytest
from display_sites import top_up_code
from fault_sites import CHF, ESME, GSME, IHD, PPMID, advance, put_in, told, when, whole_home

from emulator.device.configuration import AccessRejected
from emulator.device.display import customer
from emulator.device.display.display import readings
from emulator.device.faults.catalogue import FAULTS
from emulator.device.happenings import (
    AlertSent,
    AttachFailed,
    CreditAdded,
    DisplayPowered,
    FirmwareChanged,
    GasMirrorFrozen,
    SmsLost,
    SmsTaken,
    WanAttached,
    WanSlept,
)
from emulator.device.hub.wan import SmsReceived
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.sms.flight import SmsSubmitted


def test_w1_how_long_a_session_stays_open_and_how_long_waking_takes():
    of = put_in(whole_home(), "W1", idle_s=60, wake_s=500, wake_spread_s=0)
    began = of.now
    advance(of, HOUR)
    assert when(of, WanSlept) == [began + 60 * SECOND]
    of.note(CHF, SmsReceived("WAKE"))
    asked = of.now
    advance(of, 30 * MINUTE)
    assert 508 * SECOND <= when(of, WanAttached)[-1] - asked <= 520 * SECOND  # and 8 to 20 s to attach


@pytest.mark.parametrize("late_s", [5, 90])
def test_w2_how_late_an_sms_comes(late_s):
    of = put_in(whole_home(), "W2", loss_per_mille=0, late_s=late_s, late_spread_s=0)
    of.note(CHF, SmsSubmitted("WAKE"))
    asked = of.now
    advance(of, HOUR)
    assert when(of, SmsTaken) == [asked + late_s * SECOND]


def test_w3_how_often_attach_procedures_fail_and_how_long_answers_take():
    of = put_in(whole_home(), "W3", gap_every_s=3_600, gap_s=60, attach_failures_per_mille=1_000, response_ms=1_234)
    assert of.esme.site.profile.pace.response_ms == 1_234
    assert of.esme.site.profile.pace.response_ms != whole_home().esme.site.profile.pace.response_ms
    attached = len(told(of, WanAttached))
    advance(of, 6 * HOUR)
    assert len(told(of, WanAttached)) == attached  # none succeeds after the first stretch
    sure = put_in(whole_home(), "W3", gap_every_s=3_600, gap_s=60, attach_failures_per_mille=0)
    advance(sure, 6 * HOUR)
    assert not told(sure, AttachFailed)
    assert len(told(sure, WanAttached)) >= 5


def test_w4_how_many_messages_a_failure_costs():
    of = advance(put_in(whole_home(), "W4", messages=7), HOUR)
    assert {one.messages for one in told(of, AttachFailed)} == {7}


def test_w5_how_long_the_operator_keeps_an_sms():
    of = put_in(whole_home(), "W5", stops_at=whole_home().now + 2 * HOUR, held_s=3_600)
    of.note(CHF, SmsSubmitted("WAKE"))
    advance(of, 3 * HOUR)
    assert [lost.reason for lost in told(of, SmsLost)] == ["expired"]
    assert not told(of, SmsTaken)


@pytest.mark.parametrize(("per_mille", "frozen"), [(0, 0), (1_000, 1)])
def test_w9_how_many_hours_are_in_vain(per_mille, frozen):
    of = advance(put_in(whole_home(), "W9", hours_lost_per_mille=per_mille), 2 * DAY)
    assert len(told(of, GasMirrorFrozen)) == frozen


def test_w10_how_often_an_alert_is_sent():
    of = put_in(whole_home(), "W10", kind="flood", copies=3)
    of.note(ESME, AccessRejected(16, ""))
    assert {one.copies for one in told(of, AlertSent) if one.source == "esme"} == {3}


def test_f5_how_often_a_display_starts_anew_and_how_long_it_is_deaf():
    of = put_in(whole_home(), "F5", every_s=3_600, up_after_s=900)
    advance(of, 6 * HOUR)
    ups = [at for at, what in zip(when(of, DisplayPowered), told(of, DisplayPowered), strict=True) if what.on]
    assert {after - before for before, after in pairwise(ups)} == {HOUR}
    blind = 0
    for _ in range(60):
        advance(of, MINUTE)
        blind += not readings(of.devices, of.devices[IHD], of.now)
    assert 14 <= blind <= 16


def test_f6_how_long_nothing_is_told():
    of = put_in(whole_home(), "F6", silence_s=600)
    began = of.now
    advance(of, HOUR)
    assert when(of, FirmwareChanged) == [began + 645 * SECOND]  # and 45 s to start anew


def test_d2_a_unit_may_flip_to_the_one_there_was():
    of = put_in(whole_home(), "D2", to="m3")
    assert of.devices[GSME].site.profile.gas_device.profile_unit == "m3"
    put_in(of, "D2", to="kWh")
    assert of.devices[GSME].site.profile.gas_device.profile_unit == "kWh"


@pytest.mark.parametrize(("late_s", "spread_s"), [(60, 0), (60, 30), (7_200, 0)])
def test_h12_how_late_a_code_is_handed_over(late_s, spread_s):
    of = put_in(whole_home(), "H12", late_s=late_s, late_spread_s=spread_s)
    assert customer.code(of, PPMID, top_up_code(of)).accepted
    asked = of.now
    advance(of, 4 * HOUR)
    (added,) = when(of, CreditAdded)
    assert late_s * SECOND <= added - asked <= (late_s + spread_s) * SECOND


def test_every_parameter_says_what_it_means_and_takes_its_default():
    for fault in FAULTS:
        for one in fault.parameters:
            assert one.meaning, (fault.name, one.name)
            assert one.default in one.words if one.words else one.least <= int(one.default) <= one.most, fault.name
