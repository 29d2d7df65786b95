"""What a meter finds in itself, its firmware and its commissioning: codes and logs of the functional reference 4.2."""

import pytest
from device_sites import NOW, meter

from emulator.device import items
from emulator.device.commands import Commission, Sender
from emulator.device.device import Device
from emulator.device.event_table import ALERT, EVENT, LINES, NO_LOG, SECURITY
from emulator.device.happenings import Commissioned, CurrentCondition, FirmwareChanged, FirmwareChecked, MeterError
from emulator.device.self_check import (
    CONDITIONS,
    FAULTS,
    CurrentNoticed,
    FaultFound,
    FirmwareRuns,
    FirmwareTested,
)

FAULT_CODES = dict(zip(FAULTS, range(0x81AC, 0x81B4), strict=True))
CONDITION_CODES = {"over_current": 0x8010, "power_factor": 0x8014, "polarity": 0x81B8, "reverse_current": 0x81BB}
FIRMWARE_CODES = {"ok": 0x8F72, "failed": 0x8F1C, "failed_at_power_on": 0x8F1B}


def logged(device: Device, log: str) -> list[int]:
    return [entry.code for entry in getattr(device.records.logs, log)]


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_stands_in_the_event_log_and_the_meter_goes_on(kind):
    device = meter()
    before = device.records
    assert device.note(FaultFound(kind)).accepted
    assert logged(device, "event") == [FAULT_CODES[kind]]
    assert [entry.what for entry in device.journal] == [MeterError(kind)]
    assert device.records.runs == before.runs


@pytest.mark.parametrize("kind", CONDITIONS)
def test_a_condition_of_the_current_stands_in_the_event_log_and_alerts(kind):
    device = meter()
    device.note(CurrentNoticed(kind))
    assert logged(device, "event") == [CONDITION_CODES[kind]]
    line = LINES[CurrentCondition, kind]
    assert (line.log, line.alert) == (EVENT, ALERT)


@pytest.mark.parametrize("kind", FIRMWARE_CODES)
def test_a_verification_of_firmware_stands_in_the_security_log_and_alerts(kind):
    device = meter()
    device.note(FirmwareTested(kind))
    assert logged(device, "security") == [FIRMWARE_CODES[kind]]
    line = LINES[FirmwareChecked, kind]
    assert (line.log, line.alert) == (SECURITY, ALERT)


def test_another_firmware_version_is_read_and_logged_and_changes_nothing_else():
    device = meter()
    before = {item.key: item.read(device) for item in items.ITEMS}
    device.note(FirmwareRuns("AS300P 02.00.01"))
    after = {item.key: item.read(device) for item in items.ITEMS}
    assert after["firmware"] == "AS300P 02.00.01"
    assert {key for key in before if before[key] != after[key]} == {"firmware", "security_log"}
    assert logged(device, "security") == [0x8F43]
    assert (LINES[FirmwareChanged].log, LINES[FirmwareChanged].alert) == (SECURITY, "")


def test_commissioning_sets_the_clock_and_alerts_without_a_log():
    device = meter()
    assert device.send(Commission(NOW + 7_000, 60), Sender.SUPPLIER).accepted
    assert device.shown_time == NOW + 7_000
    assert Commissioned() in [entry.what for entry in device.journal]
    assert (LINES[Commissioned].log, LINES[Commissioned].alert) == (NO_LOG, ALERT)
    refused = meter().send(Commission(NOW + 61_000, 60), Sender.SUPPLIER)
    assert not refused.accepted


@pytest.mark.parametrize("event", [FaultFound("gremlins"), CurrentNoticed("sideways"), FirmwareTested("perhaps")])
def test_what_nobody_knows_is_refused_and_leaves_no_trace(event):
    device = meter()
    outcome = device.note(event)
    assert not outcome.accepted
    assert "there are" in outcome.detail
    assert device.journal == []
