"""Faults of firmware (device dossier 4.2): what each does, and that service is as before once it is cleared."""

from itertools import pairwise

import msgspec
import pytest
from device_sites import NOW, PROFILE, SUPPLIER
from fault_sites import CHF, ESME, GSME, IHD, advance, clear, differs_by_step, put_in, reach, told, when, whole_home

from emulator.device.commands import DisableSupply, EnableSupply, Reason
from emulator.device.display import customer
from emulator.device.display.display import readings
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.faults.catalogue import find
from emulator.device.faults.fault import FaultError
from emulator.device.faults.firmware import FAULTS
from emulator.device.faults.in_force import require
from emulator.device.firmware_install import FirmwareActivation, FirmwareOffered, FirmwareVerification
from emulator.device.happenings import (
    DisplayPowered,
    FirmwareActivating,
    FirmwareChanged,
    FirmwareChecked,
    FirmwareUpgrade,
    HubStopped,
    MeterBroken,
    MeterRepaired,
)
from emulator.device.hub.wan import Unreachable
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.readings import find as item
from emulator.dlms.optical import OpticalPort

OWN = PROFILE.model.firmware


def version(of, name=ESME):
    return item(name, "firmware").read(of.devices[name])


def upgrades(of, since=0):
    return [(one.kind, one.reason, one.user, one.detail) for one in told(of, FirmwareUpgrade, since=since)]


def offer(of, name="TEST 5", **how):
    """Offer an image, and take it through all three stages of the set of these tests."""
    seq = of.seq
    of.note(ESME, FirmwareOffered(name, **how))
    of.note(ESME, FirmwareVerification())
    of.note(ESME, FirmwareActivation())
    advance(of, HOUR)
    return seq


def assert_upgrades_as_ever(of):
    """The set takes an image in its own three stages."""
    seq = of.seq
    of.note(ESME, FirmwareOffered("TEST 7"))
    of.note(ESME, FirmwareActivation())
    advance(of, HOUR)
    assert upgrades(of, seq) == [("started", 0, 0x81, "")]
    of.note(ESME, FirmwareVerification())
    assert [one.kind for one in told(of, FirmwareChecked, since=seq)] == ["ok"]
    of.note(ESME, FirmwareActivation())
    advance(of, 45 * SECOND - 1)
    assert version(of) != "TEST 7"
    advance(of, 1)
    assert version(of) == "TEST 7"
    assert upgrades(of, seq)[-1] == ("completed", 1, 0x81, "")
    assert reach(of) is None


@pytest.mark.parametrize("row", [fault.row for fault in FAULTS])
def test_a_fault_of_firmware_is_the_same_in_one_step_and_in_many(row):
    assert differs_by_step(row) == []


def test_a_set_without_a_fault_takes_an_image_in_its_stages():
    assert_upgrades_as_ever(whole_home())


def test_an_image_that_may_not_follow_is_rejected_and_the_old_version_runs_on():
    of = whole_home(profile=profile_with_model(predecessors={"TEST 5": ("TEST 4",)}))
    seq = offer(of)
    assert upgrades(of, seq) == [("rejected", 3, 0x81, "wrong_predecessor")]
    assert version(of) == OWN


@pytest.mark.parametrize(
    ("how", "why"), [({"part": "radio"}, "not_supported"), ({"name": "TEST 6"}, "busy"), ({"part": "meter"}, "busy")]
)
def test_an_image_that_nobody_can_take_is_rejected(how, why):
    of = whole_home()
    for event in (FirmwareOffered("TEST 5"), FirmwareVerification(), FirmwareActivation()):
        of.note(ESME, event)
    of.note(ESME, FirmwareOffered(how.get("name", "TEST 5"), part=how.get("part", "")))
    assert upgrades(of)[-1] == ("rejected", 3, 0x81, why)


def test_a_gas_meter_takes_an_image_too():
    of = whole_home()
    for event in (FirmwareOffered("EI2 TEST"), FirmwareVerification(), FirmwareActivation()):
        of.note(GSME, event)
    advance(of, HOUR)
    assert (version(of, GSME), version(of)) == ("EI2 TEST", OWN)


def profile_with_model(**keys):
    return msgspec.structs.replace(PROFILE, firmware_model=msgspec.structs.replace(PROFILE.firmware_model, **keys))


def test_f1_a_version_that_was_skipped_leaves_a_meter_that_does_nothing():
    of = put_in(whole_home(), "F1")
    assert [told(of, FirmwareActivating)[0].version, version(of)] == ["TEST 3", OWN]
    advance(of, 45 * SECOND)
    assert [one.version for one in told(of, MeterBroken)] == ["TEST 3"]
    refused = of.send(ESME, DisableSupply(), SUPPLIER)
    assert (refused.accepted, refused.reason) == (False, Reason.UNREACHABLE)
    assert reach(of) is Unreachable.NO_POWER
    clear(of)
    assert len(told(of, MeterRepaired)) == 1
    advance(of, MINUTE)
    assert version(of) == OWN
    assert of.send(ESME, DisableSupply(), SUPPLIER).accepted
    assert_upgrades_as_ever(of)


def test_f1_a_fault_cleared_before_the_meter_has_started_anew_breaks_nothing():
    of = clear(put_in(whole_home(), "F1"))
    advance(of, HOUR)
    assert not told(of, MeterBroken)
    assert_upgrades_as_ever(of)


def test_f2_a_bricked_meter_shows_a_version_and_nothing_else():
    of = put_in(whole_home(), "F2")
    assert customer.shown(of, ESME) == (OWN,)
    for key in ("A", "B", "B-hold"):
        pressed = customer.press(of, ESME, [key])
        assert not pressed.accepted
        assert pressed.display == (OWN,)
    assert not customer.code(of, ESME, "1" * 20).accepted
    assert reach(of) is Unreachable.NO_POWER
    assert told(of, HubStopped)
    assert OpticalPort(of.esme).closed == "no_power"
    of.note(ESME, MainsOff())
    of.note(ESME, MainsOn(), of.now + MINUTE)
    advance(of, DAY)
    assert reach(of) is Unreachable.NO_POWER
    counted = of.esme.records.runs[-1].supplied
    assert counted
    clear(of)
    advance(of, MINUTE)
    assert reach(of) is None
    assert customer.shown(of, ESME) != (OWN,)
    assert customer.press(of, ESME, ["B"]).accepted
    assert OpticalPort(of.esme).closed == OpticalPort(whole_home().esme).closed == ""
    assert of.send(ESME, DisableSupply(), SUPPLIER).accepted
    assert of.send(ESME, EnableSupply(), SUPPLIER).accepted


def test_f2_a_meter_that_is_exchanged_during_a_power_cut_wakes_with_the_mains():
    of = put_in(whole_home(), "F2")
    of.note(ESME, MainsOff())
    clear(of)
    assert reach(of) is Unreachable.NO_POWER
    of.note(ESME, MainsOn(), of.now + MINUTE)
    advance(of, MINUTE)
    assert reach(of) is None


def test_f3_one_service_sends_and_activates_or_two_do():
    combined = put_in(whole_home(), "F3", stages="combined")
    advance(combined, 45 * SECOND)
    assert version(combined) == f"{OWN} TEST"
    clear(combined)
    assert_upgrades_as_ever(combined)
    staged = put_in(whole_home(), "F3", stages="two-stage")
    advance(staged, DAY)
    assert [one.kind for one in told(staged, FirmwareChecked)] == ["ok"]
    assert version(staged) == OWN
    staged.note(ESME, FirmwareActivation())
    advance(staged, 45 * SECOND)
    assert version(staged) == f"{OWN} TEST"
    clear(staged)
    assert_upgrades_as_ever(staged)


def test_f4_the_metrology_part_refuses_what_the_application_takes():
    of = put_in(whole_home(), "F4")
    assert upgrades(of) == [("rejected", 3, 0x81, "not_over_the_air"), ("started", 0, 0x81, "")]
    advance(of, HOUR)
    assert version(of) == f"{OWN} TEST"
    of.note(ESME, FirmwareOffered("B2-07", "metrology", "optical"))
    advance(of, HOUR)
    assert upgrades(of)[-1] == ("completed", 1, 0x91, "")
    assert version(of) == f"{OWN} TEST"
    clear(of)
    assert_upgrades_as_ever(of)


def test_f5_the_display_starts_anew_every_few_minutes_while_the_wire_is_fine():
    of = put_in(whole_home(), "F5", every_s=240, up_after_s=45)
    blind = 0
    for _ in range(240):
        advance(of, 15 * SECOND)
        assert reach(of) is None
        assert of.esme.kind.awake(of.esme.records)
        blind += not readings(of.devices, of.devices[IHD], of.now)
    assert 35 <= blind <= 55  # 45 of 240 seconds
    ups = [at for at, what in zip(when(of, DisplayPowered), told(of, DisplayPowered), strict=True) if what.on]
    assert len(ups) == 15
    assert {after - before for before, after in pairwise(ups)} == {240 * SECOND}
    clear(of)
    advance(of, MINUTE)
    seq = of.seq
    for _ in range(240):
        advance(of, 15 * SECOND)
        assert readings(of.devices, of.devices[IHD], of.now)
    assert not told(of, DisplayPowered, since=seq)


def test_f6_nothing_is_told_between_the_image_and_its_result():
    of = put_in(whole_home(), "F6", silence_s=21_600)
    advance(of, 6 * HOUR)
    assert not told(of, FirmwareUpgrade, FirmwareChecked, FirmwareChanged)
    advance(of, 45 * SECOND)
    assert upgrades(of) == [("completed", 1, 0x81, "")]
    assert when(of, FirmwareChanged) == [NOW + 6 * HOUR + 45 * SECOND]
    clear(of)
    assert_upgrades_as_ever(of)


def test_f7_no_image_is_taken_any_more():
    of = put_in(whole_home(), "F7")
    assert upgrades(of) == [("rejected", 3, 0x81, "no_signed_image")]
    seq = offer(of, port="optical")
    assert upgrades(of, seq) == [("rejected", 3, 0x91, "no_signed_image")]
    assert version(of) == OWN
    assert "no image can be made" in find("F7").absent
    clear(of)
    assert_upgrades_as_ever(of)


@pytest.mark.parametrize(
    ("reason", "port", "user", "expected"),
    [
        ("failed", "wan", 1, ("failed", 2, 0x81, "")),
        ("rejected", "optical", 4, ("rejected", 3, 0x94, "")),
        ("failed", "unknown", 15, ("failed", 2, 0x0F, "")),
    ],
)
def test_f8_a_failed_upgrade_says_why_and_by_which_port(reason, port, user, expected):
    of = put_in(whole_home(), "F8", reason=reason, port=port, user=user)
    assert upgrades(of)[-1] == expected
    assert [entry.code for entry in of.esme.records.logs.event][-1] == 0x9050 + expected[1]
    assert version(of) == OWN
    clear(of)
    assert_upgrades_as_ever(of)


@pytest.mark.parametrize("row", [fault.row for fault in FAULTS if "firmware_model" in fault.needs])
def test_a_set_of_which_no_firmware_is_known_takes_no_such_fault(row):
    bare = msgspec.structs.replace(PROFILE, firmware_model=None)
    with pytest.raises(FaultError, match="has no firmware_model"):
        require(find(row), (ESME, CHF), bare, "")
