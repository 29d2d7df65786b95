"""Tampering and unauthorised access (functional reference 2.13, 4.1 rows 5 and 6): logs, alerts, counters, the lock."""

import pytest
from device_sites import CONSUMER, NOW, accept, meter, profile_with, refuse

from emulator.device import items
from emulator.device.commands import (
    ArmSupply,
    DisableSupply,
    EnableSupply,
    Reason,
    RestoreSupply,
    SetPaymentMode,
    SetTamperState,
)
from emulator.device.configuration import AccessRejected, AuthenticationRejected
from emulator.device.electricity.power import MainsOff, MainsOn
from emulator.device.event_table import ALERT, SECURITY, line_of
from emulator.device.happenings import (
    AuthenticationFailed,
    MalformedCommands,
    PhysicalTamper,
    PowerRestored,
    SupplyArmed,
    SupplyChanged,
    SupplyLocked,
    TamperEnded,
)
from emulator.device.instant import DAY, HOUR, MINUTE, SECOND
from emulator.device.meter import Meter
from emulator.device.money.account_records import Mode
from emulator.device.profiles.profile_electricity import TamperRules
from emulator.device.records import Cause, LogEntry, Switch
from emulator.device.tamper import CoverClosed, CoverOpened, MalformedReceived

# Codes of the functional reference 4.2; the hub's has none there.
CODES = {"terminal_cover": 0x8F76, "meter_cover": 0x8F74, "magnet": 0x8F75, "other": 0x8F78, "hub_removed": 0x9021}


def told(outcome):
    return [entry.what for entry in outcome.entries]


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_every_sensor_writes_the_security_log_and_alerts(kind, code):
    device = meter()
    assert told(device.note(CoverOpened(kind))) == [PhysicalTamper(kind)]
    assert device.records.logs.security == (LogEntry(NOW, code),)
    line = line_of(PhysicalTamper(kind))
    assert (line.log, line.alert, line.mandated) == (SECURITY, ALERT, 5)
    assert items.find("tampered").read(device) == [kind]
    assert told(device.note(CoverOpened(kind))) == []
    assert told(device.note(CoverClosed(kind), NOW + MINUTE)) == [TamperEnded(kind)]
    assert told(device.note(CoverClosed(kind))) == []
    assert items.find("tampered").read(device) == []
    assert told(device.note(CoverOpened(kind), NOW + HOUR)) == [PhysicalTamper(kind)]


def test_other_tampering_of_any_make_is_generic():
    assert line_of(PhysicalTamper("anything")).code == 0x8F3F


def test_cover_openings_are_counted_and_a_magnet_is_none():
    device = meter()
    for kind in ("terminal_cover", "magnet", "meter_cover", "terminal_cover"):
        device.note(CoverOpened(kind))
    assert items.find("cover_openings").read(device) == 2


def test_a_sensor_that_the_make_does_not_have_is_refused():
    device = meter(profile=profile_with(tamper={"sensors": ("magnet",)}))
    assert device.note(CoverOpened("meter_cover")).reason is Reason.INVALID_VALUE
    assert device.note(CoverOpened("magnet")).accepted


def test_sensors_work_without_mains_and_are_told_at_the_return():
    device = meter()
    device.note(MainsOff(), NOW + HOUR)
    assert told(device.note(CoverOpened("terminal_cover"), NOW + 2 * HOUR)) == []
    assert told(device.note(CoverClosed("terminal_cover"), NOW + 3 * HOUR)) == []
    device.note(CoverOpened("magnet"), NOW + 4 * HOUR)
    again = Meter(device.site, NOW + 5 * HOUR, device.state())
    restored = told(again.note(MainsOn()))
    assert restored == [
        PowerRestored(4 * HOUR, "long"),
        PhysicalTamper("terminal_cover"),
        PhysicalTamper("magnet"),
    ]
    assert [entry.at for entry in again.records.logs.security] == [NOW + 5 * HOUR] * 2
    assert again.records.tamper.open == ("magnet",)
    assert items.find("cover_openings").read(again) == 1


# The lock


def locked():
    device = meter()
    accept(device, SetTamperState(lock=True))
    assert told(device.note(CoverOpened("terminal_cover"), NOW + MINUTE)) == [
        PhysicalTamper("terminal_cover"),
        SupplyChanged(Switch.DISABLED, Cause.TAMPER),
        SupplyLocked(),
    ]
    return device


def test_tampering_leaves_the_supply_unless_it_is_to_lock_it():
    device = meter()
    assert items.find("supply_tamper_state").read(device) == "unchanged"
    device.note(CoverOpened("terminal_cover"))
    assert device.supplied
    device = meter(profile=profile_with(tamper={"on_tamper": "lock"}))
    assert items.find("supply_tamper_state").read(device) == "lock"
    device.note(CoverOpened("terminal_cover"))
    assert not device.supplied


def test_a_lock_is_lifted_by_the_supplier_alone():
    device = locked()
    assert device.records.logs.event[-1] == LogEntry(NOW + MINUTE, 0x81BE)
    assert items.find("supply_causes").read(device) == ["tamper"]
    assert refuse(device, RestoreSupply(), sender=CONSUMER).reason is Reason.CONFLICT_STATE
    assert refuse(device, EnableSupply()).reason is Reason.CONFLICT_STATE
    device.note(CoverClosed("terminal_cover"))
    assert not device.supplied
    accept(device, SetTamperState(lock=False))
    assert not device.supplied
    assert accept(device, ArmSupply()) == [SupplyChanged(Switch.ARMED, Cause(0)), SupplyArmed()]
    accept(device, RestoreSupply(), sender=CONSUMER)
    assert device.supplied


def test_a_lock_outranks_credit():
    """Functional reference 2.8: arming for credit clears the credit cause alone."""
    device = locked()
    accept(device, SetPaymentMode(Mode.PREPAYMENT, disablement_mp=1_000))
    accept(device, SetPaymentMode(Mode.CREDIT))
    assert device.records.supply.switch is Switch.DISABLED
    assert Cause.TAMPER in device.records.supply.causes


def test_a_second_cause_keeps_it_off():
    device = locked()
    accept(device, DisableSupply())
    assert items.find("supply_causes").read(device) == ["supplier", "tamper"]
    device.note(CoverOpened("magnet"))
    assert [what for what in told(device.note(CoverOpened("other"))) if isinstance(what, SupplyLocked)] == []
    accept(device, ArmSupply())
    assert device.records.supply.switch is Switch.ARMED


def test_without_mains_the_lock_falls_at_the_return():
    device = meter()
    accept(device, SetTamperState(lock=True))
    device.note(MainsOff(), NOW + HOUR)
    device.note(CoverOpened("terminal_cover"), NOW + 2 * HOUR)
    assert device.records.supply.switch is Switch.ENABLED
    assert SupplyLocked() in told(device.note(MainsOn(), NOW + DAY))
    assert device.records.supply.switch is Switch.DISABLED


# Unauthorised access


@pytest.mark.parametrize(
    ("kind", "code", "log"), [("", 0x8F53, SECURITY), ("source", 0x8F3D, ""), ("integrity", 0x8F1E, SECURITY)]
)
def test_failed_authentication_is_an_alert(kind, code, log):
    device = meter()
    assert told(device.note(AuthenticationRejected(1, "wrong", kind))) == [AuthenticationFailed(1, "wrong", kind)]
    line = line_of(AuthenticationFailed(1, "wrong", kind))
    assert (line.code, line.log, line.alert, line.mandated) == (code, log, ALERT, 6)
    assert [entry.code for entry in device.records.logs.security] == ([code] if log else [])


def test_refused_access_is_an_alert():
    device = meter()
    what = told(device.note(AccessRejected(32, "write")))[0]
    line = line_of(what)
    assert (line.code, line.log, line.alert, line.mandated) == (0x8F3E, SECURITY, ALERT, 6)
    assert device.records.logs.security == (LogEntry(NOW, 0x8F3E),)


def test_unusual_numbers_of_malformed_commands_are_told_once_a_window():
    rules = {"malformed_count": 3, "malformed_window_s": 60}
    device = meter(profile=profile_with(tamper=rules))
    found = []
    for number in range(100):
        device.advance(NOW + number * SECOND)
        found += [(number, what) for what in told(device.note(MalformedReceived()))]
    assert found == [(2, MalformedCommands(3)), (62, MalformedCommands(3))]
    assert [entry.code for entry in device.records.logs.security] == [0x8F60] * 2
    slow = meter(profile=profile_with(tamper=rules))
    for number in range(20):
        assert told(slow.note(MalformedReceived(), NOW + number * MINUTE)) == []


def test_the_rules_say_how_sure_they_are():
    assert isinstance(meter().site.profile.tamper, TamperRules)
    assert meter().site.profile.tamper.provenance == "assumed"
