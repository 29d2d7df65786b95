"""The event and the security log, and the rules that write them: codes, capacity, clearing, credentials."""

import pytest
from device_sites import NOW, accept, meter, profile_with, refuse

from emulator.device import items
from emulator.device.commands import (
    ActivateSecurityPolicy,
    ClearEventLog,
    ClearSecurityLog,
    DisableSupply,
    EnableSupply,
    Reason,
    ShiftClock,
    UpdateSecurityCredentials,
    WritePowerThresholds,
)
from emulator.device.configuration import AccessRejected, Associated, AuthenticationRejected, CountersReserved
from emulator.device.event_table import LINES
from emulator.device.happenings import AssociationOpened, EventLogCleared
from emulator.device.instant import MINUTE
from emulator.device.records import LogEntry
from emulator.device.step import replace

# Codes of the functional reference 4.2 for what this release logs.
REFERENCE = {
    "ClockNotAdjusted": (0x8F0C, "security"),
    "ClockAdjusted": (0x8145, "event"),
    "AccessRefused": (0x8F3E, "security"),
    "AuthenticationFailed": (0x8F53, "security"),
    "EventLogCleared": (0x8F52, "security"),
    "CredentialsUpdated": (0x8F70, "security"),
    "SupplyArmed": (0x8F32, "event"),
    "SupplyArmed load_limit": (0x8F33, "event"),
    "SupplyArmed emergency_credit": (0x8168, ""),
    "SupplyRestored": (0x8F34, ""),
    "LoadLimitReached": (0x8F01, "event"),
    "TariffNotActivated": (0x8F67, "event"),
}


def test_codes_and_logs_are_the_references():
    lines = {name_of(key): (line.code, line.log) for key, line in LINES.items()}
    assert {name: lines[name] for name in REFERENCE} == REFERENCE


def test_a_code_means_one_thing():
    meanings = {}
    for line in LINES.values():
        assert meanings.setdefault(line.code, line.meaning) == line.meaning


def name_of(key):
    return f"{key[0].__name__} {key[1]}" if isinstance(key, tuple) else key.__name__


def test_the_oldest_entry_is_overwritten():
    device = meter(profile=profile_with(logs={"event_entries": 5, "security_entries": 3}))
    for number in range(12):
        accept(device, ShiftClock(1), NOW + number * MINUTE)
        device.note(AuthenticationRejected(1, "wrong password"))
    logs = device.records.logs
    assert [entry.at for entry in logs.event] == [NOW + n * MINUTE + (n + 1) * 1000 for n in range(7, 12)]
    assert [entry.at for entry in logs.security] == [NOW + n * MINUTE + (n + 1) * 1000 for n in range(9, 12)]


def test_the_packaged_logs_hold_a_hundred():
    device = meter()
    for _ in range(130):
        accept(device, ShiftClock(0))
        device.note(AccessRejected(32, "write"))
    assert (len(device.records.logs.event), len(device.records.logs.security)) == (100, 100)


def test_the_event_log_is_cleared_and_the_security_log_tells():
    device = meter()
    accept(device, DisableSupply())
    accept(device, EnableSupply())
    assert accept(device, ClearEventLog(), NOW + MINUTE) == [EventLogCleared(2)]
    assert device.records.logs.event == ()
    assert device.records.logs.security == (LogEntry(NOW + MINUTE, 0x8F52),)
    assert accept(device, ClearEventLog()) == [EventLogCleared(0)]


def test_the_security_log_is_never_cleared():
    device = meter()
    device.note(AuthenticationRejected(1, "wrong password"))
    assert refuse(device, ClearSecurityLog()).reason is Reason.NOT_AUTHORISED
    assert len(device.records.logs.security) == 1


def test_log_lines_for_people():
    device = meter()
    accept(device, DisableSupply())
    assert items.find("event_log").read(device) == [
        {"at": "2026-01-01T03:04:05Z", "code": 0x9001, "meaning": "load switch moved"}
    ]
    assert items.find("security_log").read(device) == []
    assert items.log_line(NOW, 1)["meaning"] == ""


# Credentials and their counters


def test_keys_are_replaced_all_or_none():
    device = meter()
    device.note(Associated(1, 5_000, 77))
    for wrong in ({}, {"encryption_key": b"x"}, {"encryption_key": bytes(16), "master_key": bytes(17)}):
        assert refuse(device, UpdateSecurityCredentials(**wrong)).reason is Reason.INVALID_VALUE
    old = device.records.credentials
    told = accept(device, UpdateSecurityCredentials(authentication_key=bytes(range(16))))
    assert told[0].names == ("authentication_key",)
    assert bytes(range(16)).hex() not in repr(device.journal)
    held = device.records.credentials
    assert held == replace(old, authentication_key=bytes(range(16)))
    accept(device, UpdateSecurityCredentials(encryption_key=bytes(16)))
    assert (device.records.credentials.seen, device.records.credentials.sent_below) == ({}, 0)
    assert device.records.logs.security[-1] == LogEntry(NOW, 0x8F70)


def test_counters_only_rise():
    device = meter()
    assert [entry.what for entry in device.note(Associated(1, 100, 7)).entries] == [AssociationOpened(1)]
    device.note(Associated(1, 50, 3))
    device.note(Associated(2, 0, 1))
    assert device.note(CountersReserved(4_000)).entries == ()
    device.note(CountersReserved(3_000))
    assert (device.records.credentials.seen, device.records.credentials.sent_below) == ({1: 7, 2: 1}, 4_000)


@pytest.mark.parametrize(
    ("before", "after", "taken"), [(0, 1, 1), (1, 3, 1), (1, 2, 0), (3, 2, 0), (3, 3, 1), (0, 4, 0)]
)
def test_a_policy_is_only_strengthened(before, after, taken):
    policies = ("none", "authenticated", "encrypted", "authenticated-encrypted")
    profile = profile_with()
    allowed = replace(profile.associations.management, policy=policies[before])
    profile = replace(profile, associations=replace(profile.associations, management=allowed))
    device = meter(profile=profile)
    (accept if taken else refuse)(device, ActivateSecurityPolicy(after))
    assert device.records.credentials.policy == (after if taken else before)


@pytest.mark.parametrize(("low", "high"), [(2_300, 2_300), (-1, 5), (5, 100_001), (3, 2)])
def test_thresholds_in_disorder_are_refused(low, high):
    assert refuse(meter(), WritePowerThresholds(low, high)).reason is Reason.INVALID_VALUE
